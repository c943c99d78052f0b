//! Warnings, as many of each kind as people read.

use std::collections::BTreeMap;

use super::warning::Warning;

/// How many warnings of one kind are told.
const MOST_WARNINGS: u64 = 20;

/// Warnings, of each kind so many.
#[derive(Debug, Default)]
pub(super) struct Heard {
    warnings: Vec<Warning>,
    counts: BTreeMap<&'static str, u64>,
}

impl Heard {
    pub(super) fn add(&mut self, warning: Warning) {
        let count = self.counts.entry(warning.kind()).or_default();
        if *count < MOST_WARNINGS {
            self.warnings.push(warning);
        }
        *count += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        let mut counts = other.counts;
        for warning in other.warnings {
            if let Some(count) = counts.get_mut(warning.kind()) {
                *count -= 1;
            }
            self.add(warning);
        }
        for (kind, more) in counts {
            *self.counts.entry(kind).or_default() += more;
        }
    }

    pub(super) fn finish(mut self) -> Vec<Warning> {
        self.warnings
            .sort_by_cached_key(|warning| (warning.kind(), warning.to_string()));
        for (kind, count) in self.counts {
            let there = self.warnings.iter().filter(|w| w.kind() == kind).count() as u64;
            if count > there {
                self.warnings.push(Warning::More {
                    kind: kind.to_owned(),
                    count: count - there,
                });
            }
        }
        self.warnings
    }
}
