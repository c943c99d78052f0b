//! Which rows came already, and which times of an id are told twice or not at all.

use std::collections::HashMap;

use jiff::Timestamp;

use super::warning::Warning;
use crate::model::Period;

/// How many stretches of time are remembered. Days in a row are one stretch.
const MOST: usize = 20_000;
/// How many overlapping rows of one id are remembered.
const MOST_ODD: usize = 64;

/// Periods of one length that follow each other without a hole.
#[derive(Clone, Copy, Debug)]
struct Run {
    since: i128,
    length: i128,
    count: i128,
}

impl Run {
    fn until(&self) -> i128 {
        self.since + self.length * self.count
    }

    /// Whether this is one of its periods.
    fn holds(&self, since: i128, length: i128) -> bool {
        self.length == length
            && self.since <= since
            && since < self.until()
            && (since - self.since) % length == 0
    }
}

#[derive(Debug, Default)]
struct Known {
    /// Apart from each other, in their order.
    runs: Vec<Run>,
    /// What overlapped, from moment to moment.
    odd: Vec<(i128, i128)>,
    /// Whether it is an id: of what has none, no time is missed.
    named: bool,
}

/// What was seen of a row's id and period.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    New,
    Again,
    Overlaps,
}

/// Remembers which periods of which id were told, within a bound.
#[derive(Debug, Default)]
pub(super) struct Watch {
    ids: HashMap<Box<str>, Known>,
    stretches: usize,
    missed: u64,
}

fn moment(nanos: i128) -> Timestamp {
    Timestamp::from_nanosecond(nanos).unwrap_or(Timestamp::MAX)
}

impl Watch {
    /// Takes note of a row.
    pub(super) fn see(&mut self, id: &str, period: &Period, named: bool) -> Seen {
        let since = period.since.as_nanosecond();
        let length = period.until.as_nanosecond() - since;
        if length <= 0 {
            return Seen::New;
        }
        let run = Run {
            since,
            length,
            count: 1,
        };
        match self.ids.get_mut(id) {
            Some(known) => {
                let at = known.runs.partition_point(|run| run.since <= since);
                let last = at.checked_sub(1).and_then(|at| known.runs.get(at));
                let again = last.is_some_and(|run| run.holds(since, length))
                    || known.odd.contains(&(since, since + length));
                if again {
                    return Seen::Again;
                }
                known.add(run, &mut self.stretches, &mut self.missed)
            }
            None => self.begin(id, run, named),
        }
    }

    fn begin(&mut self, id: &str, run: Run, named: bool) -> Seen {
        if self.stretches >= MOST {
            self.missed += 1;
            return Seen::New;
        }
        self.stretches += 1;
        let known = Known {
            runs: vec![run],
            odd: Vec::new(),
            named,
        };
        self.ids.insert(id.into(), known);
        Seen::New
    }

    /// Takes over what another one saw, and tells what both did.
    pub(super) fn merge(&mut self, other: Self, mut tell: impl FnMut(Warning)) {
        self.missed += other.missed;
        let mut ids: Vec<(Box<str>, Known)> = other.ids.into_iter().collect();
        ids.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (id, theirs) in ids {
            let odd = theirs.odd.into_iter().map(|(since, until)| Run {
                since,
                length: until - since,
                count: 1,
            });
            for run in theirs.runs.into_iter().chain(odd) {
                let seen = match self.ids.get_mut(&id) {
                    Some(known) => known.add(run, &mut self.stretches, &mut self.missed),
                    None => self.begin(&id, run, theirs.named),
                };
                if seen == Seen::Overlaps {
                    tell(Warning::Overlaps {
                        row: id.to_string(),
                        period: Period::new(moment(run.since), moment(run.until())),
                    });
                }
            }
        }
    }

    /// Tells the holes, and how many rows could not be remembered.
    pub(super) fn end(&self, mut tell: impl FnMut(Warning)) {
        let named = self.ids.iter().filter(|(_, known)| known.named);
        let mut ids: Vec<(&str, &Known)> = named.map(|(id, known)| (&**id, known)).collect();
        ids.sort_by_key(|(id, _)| *id);
        for (id, known) in ids {
            for pair in known.runs.windows(2) {
                let [one, next] = pair else { continue };
                let hole = (one.until(), next.since);
                let filled = |(since, until): &(i128, i128)| *since <= hole.0 && hole.1 <= *until;
                if hole.0 < hole.1 && !known.odd.iter().any(filled) {
                    tell(Warning::Gap {
                        row: id.to_owned(),
                        period: Period::new(moment(hole.0), moment(hole.1)),
                    });
                }
            }
        }
        if self.missed > 0 {
            tell(Warning::NotWatched(self.missed));
        }
    }
}

impl Known {
    fn add(&mut self, run: Run, stretches: &mut usize, missed: &mut u64) -> Seen {
        let at = self.runs.partition_point(|known| known.since < run.since);
        let before = at.checked_sub(1).and_then(|at| self.runs.get(at)).copied();
        let after = self.runs.get(at).copied();
        let overlaps = before.is_some_and(|known| known.until() > run.since)
            || after.is_some_and(|known| run.until() > known.since)
            || (self.odd.iter()).any(|(since, until)| *since < run.until() && run.since < *until);
        if overlaps {
            if self.odd.len() < MOST_ODD {
                self.odd.push((run.since, run.until()));
            } else {
                *missed += 1;
            }
            return Seen::Overlaps;
        }
        let joins = |known: Option<Run>| known.is_some_and(|known| known.length == run.length);
        let left = joins(before) && before.is_some_and(|known| known.until() == run.since);
        let right = joins(after) && after.is_some_and(|known| run.until() == known.since);
        let more = run.count
            + if right {
                after.map_or(0, |known| known.count)
            } else {
                0
            };
        if left {
            if let Some(known) = self.runs.get_mut(at - 1) {
                known.count += more;
            }
            if right {
                self.runs.remove(at);
                *stretches -= 1;
            }
        } else if right {
            if let Some(known) = self.runs.get_mut(at) {
                known.since = run.since;
                known.count = more;
            }
        } else if *stretches < MOST {
            self.runs.insert(at, run);
            *stretches += 1;
        } else {
            *missed += 1;
        }
        Seen::New
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(since: i64, until: i64) -> Period {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        Period::new(at(since), at(until))
    }

    #[test]
    fn days_in_any_order_become_one_stretch() {
        let mut watch = Watch::default();
        for day in [3, 0, 1, 4, 2] {
            assert_eq!(
                watch.see("a", &hours(day * 24, day * 24 + 24), true),
                Seen::New
            );
        }
        assert_eq!(watch.stretches, 1);
        assert_eq!(watch.see("a", &hours(48, 72), true), Seen::Again);
        assert_eq!(watch.see("b", &hours(48, 72), true), Seen::New);
        assert_eq!(watch.see("a", &hours(60, 84), true), Seen::Overlaps);
        assert_eq!(watch.see("a", &hours(60, 84), true), Seen::Again);
        assert_eq!(watch.see("a", &hours(240, 264), true), Seen::New);
        let mut told = Vec::new();
        watch.end(|warning| told.push(warning));
        let gap = Warning::Gap {
            row: "a".to_owned(),
            period: hours(120, 240),
        };
        assert_eq!(told, [gap]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut watch = Watch::default();
        for id in 0..MOST + 5 {
            watch.see(&id.to_string(), &hours(0, 24), true);
        }
        let mut told = Vec::new();
        watch.end(|warning| told.push(warning));
        assert_eq!(told, [Warning::NotWatched(5)]);
    }
}
