//! Comparisons: what they say, and the chart of how sure they are.

use std::collections::{BTreeMap, BTreeSet};

use super::bars::{Span, spans};
use super::charts::{ROWS, cut, name};
use super::picture::{Column, Picture};
use super::words::Language;
use crate::error::Result;
use crate::promo::rank::in_order;
use crate::promo::{ArmFigures, Caution, Comparison, Pair, Report, Verdict};

/// How many pairs of a comparison are told in words.
const PAIRS: usize = 4;

/// What became of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Decided,
    Same,
    Waiting,
    /// As planned, and not.
    OnPlan,
    Off,
}

/// A sentence of the page.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) standing: Standing,
    pub(super) text: String,
    /// What stands behind it.
    pub(super) why: String,
}

/// What those that are compared are called here: by their short names, where those tell them apart.
pub(super) struct Called<'a> {
    names: BTreeMap<String, String>,
    comparison: &'a Comparison,
}

impl<'a> Called<'a> {
    pub(super) fn new(comparison: &'a Comparison, report: &Report, language: Language) -> Self {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut twice: BTreeSet<String> = BTreeSet::new();
        for line in &report.lines {
            let short = name(line, language);
            if !taken.insert(short.clone()) {
                twice.insert(short.clone());
            }
            names.insert(line.label(), short);
        }
        names.retain(|_, short| !twice.contains(short));
        Self { names, comparison }
    }

    fn name<'b>(&'b self, arm: &'b str) -> &'b str {
        self.names.get(arm).map_or(arm, String::as_str)
    }

    fn value(&self, arm: &ArmFigures, value: f64, language: Language) -> String {
        let currency = arm.spend.map(|spend| spend.currency());
        match currency {
            Some(currency) => language.money(&format!("{value:.2}"), currency),
            None => language.percent(&format!("{:.2}", value * 100.0)),
        }
    }

    fn interval(&self, arm: &ArmFigures, language: Language) -> String {
        let words = language.words();
        let low = self.value(arm, arm.low, language);
        let high = match arm.high {
            Some(high) => self.value(arm, high, language),
            None => words.unbounded.to_owned(),
        };
        words
            .interval
            .replace("{low}", &low)
            .replace("{high}", &high)
    }

    fn found(&self, arm: &ArmFigures, language: Language) -> String {
        match arm.value {
            Some(value) => self.value(arm, value, language),
            None => language.words().no_value.to_owned(),
        }
    }

    /// A chart with one row for each, in the order of the other charts.
    pub(super) fn picture(
        &self,
        nth: usize,
        report: &Report,
        language: Language,
    ) -> Result<Option<Picture>> {
        let words = language.words();
        let comparison = self.comparison;
        if comparison.arms.is_empty() {
            return Ok(None);
        }
        let order = in_order(report);
        let place = |arm: &ArmFigures| {
            let mut lines = order.iter();
            lines
                .position(|line| line.label() == arm.name)
                .unwrap_or(usize::MAX)
        };
        let mut arms: Vec<&ArmFigures> = comparison.arms.iter().collect();
        arms.sort_by_key(|arm| place(arm));
        let shown: Vec<&ArmFigures> = arms.iter().copied().take(ROWS).collect();
        let row = |arm: &&ArmFigures| Span {
            name: self.name(&arm.name).to_owned(),
            found: arm.value,
            low: arm.low,
            high: arm.high,
            value: self.found(arm, language),
            series: 0,
        };
        let rows: Vec<Span> = shown.iter().map(row).collect();
        let measure = language.title(comparison.comparing.measure);
        let is_cost = shown.iter().any(|arm| arm.spend.is_some());
        let tick = |value: f64| {
            if is_cost {
                language.tick(value)
            } else {
                language.percent_tick(value * 100.0)
            }
        };
        let sure = format!("{:.0}", comparison.comparing.confidence * 100.0);
        let mut columns = vec![Column::words(words.what), Column::number(measure)];
        columns.extend([words.low, words.high, words.results, words.out_of].map(Column::number));
        let cells = |arm: &&ArmFigures| {
            let high = arm.high.map(|high| self.value(arm, high, language));
            let out_of = match (arm.tries, arm.spend) {
                (Some(tries), _) => language.number(&tries.to_string()),
                (None, Some(spend)) => language.amount(&spend),
                (None, None) => String::new(),
            };
            vec![
                self.name(&arm.name).to_owned(),
                self.found(arm, language),
                self.value(arm, arm.low, language),
                high.unwrap_or_else(|| words.unbounded.to_owned()),
                language.number(&arm.hits.to_string()),
                out_of,
            ]
        };
        Ok(Some(Picture {
            name: format!("intervals-{nth}"),
            title: words.intervals.replace("{}", measure),
            says: words.intervals_says.replace("{}", &sure),
            remark: cut(comparison.arms.len(), language),
            legend: Vec::new(),
            columns,
            rows: shown.iter().map(cells).collect(),
            drawing: spans(&rows, tick)?,
        }))
    }

    /// What the comparison says, what is decided first, and how many pairs are not told.
    pub(super) fn says(&self, language: Language) -> (Vec<Said>, usize) {
        let mut pairs: Vec<&Pair> = self.comparison.pairs.iter().collect();
        pairs.sort_by_key(|pair| match pair.verdict {
            Verdict::Better { .. } => 0,
            Verdict::NoDifferenceSeen { .. } => 1,
            Verdict::NotEnoughData { .. } => 2,
        });
        let told = pairs
            .iter()
            .take(PAIRS)
            .map(|pair| self.pair(pair, language));
        let best = self.best(language);
        (
            best.into_iter().chain(told).collect(),
            pairs.len().saturating_sub(PAIRS),
        )
    }

    /// The one that is better than every other, where there are more than two.
    fn best(&self, language: Language) -> Option<Said> {
        let comparison = self.comparison;
        let best = comparison
            .best
            .as_deref()
            .filter(|_| comparison.arms.len() > 2)?;
        let arm = comparison.arms.iter().find(|arm| arm.name == best)?;
        let text = language.words().best;
        let text = text.replace("{measure}", language.title(comparison.comparing.measure));
        let text = text.replace("{others}", &(comparison.arms.len() - 1).to_string());
        let (before, after) = text.split_once("{first}").unwrap_or_default();
        Some(Said {
            standing: Standing::Decided,
            text: format!("{before}{}{after}", self.name(best)),
            why: format!(
                "{} ({})",
                self.found(arm, language),
                self.interval(arm, language)
            ),
        })
    }

    fn pair(&self, pair: &Pair, language: Language) -> Said {
        let words = language.words();
        let put = |text: &str| {
            let text = text.replace(
                "{measure}",
                language.title(self.comparison.comparing.measure),
            );
            // Last, since names may hold anything.
            let mut parts = text.split("{first}");
            let mut whole = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                whole.push_str(self.name(&pair.first));
                whole.push_str(part);
            }
            match whole.split_once("{second}") {
                Some((before, after)) => format!("{before}{}{after}", self.name(&pair.second)),
                None => whole,
            }
        };
        let (standing, text) = match &pair.verdict {
            Verdict::Better { winner } if *winner == pair.first => {
                (Standing::Decided, put(words.first_better))
            }
            Verdict::Better { .. } => (Standing::Decided, put(words.second_better)),
            Verdict::NoDifferenceSeen { would_have_seen } => {
                let least = format!("{:.0}", (would_have_seen * 100.0).ceil());
                (
                    Standing::Same,
                    put(&words
                        .no_difference
                        .replace("{least}", &language.percent(&least))),
                )
            }
            Verdict::NotEnoughData { more, of } => {
                let of = language.title((*of).into()).to_lowercase();
                let text = match more {
                    Some(more) => words
                        .more_data
                        .replace("{more}", &language.number(&more.to_string())),
                    None => words.no_data.to_owned(),
                };
                (Standing::Waiting, put(&text.replace("{of}", &of)))
            }
        };
        let arm = |wanted: &str| self.comparison.arms.iter().find(|arm| arm.name == wanted);
        let side = |wanted: &str| {
            arm(wanted).map(|arm| {
                let (found, interval) = (self.found(arm, language), self.interval(arm, language));
                format!("{}: {found} ({interval})", self.name(wanted))
            })
        };
        let sides: Vec<String> = [side(&pair.first), side(&pair.second)]
            .into_iter()
            .flatten()
            .collect();
        Said {
            standing,
            text,
            why: sides.join(" · "),
        }
    }

    /// What must be known beside it.
    pub(super) fn cautions(&self, language: Language) -> Vec<String> {
        let words = language.words();
        let caution = |caution: &Caution| match caution {
            Caution::DifferentWindows => words.different_windows.to_owned(),
            Caution::StillRunning => words.still_running.to_owned(),
            Caution::DifferentAttribution => words.different_attribution.to_owned(),
            Caution::Looks(looks) => words.looks.replace("{}", &looks.to_string()),
            Caution::LeftOut { name, why } => {
                let (before, after) = words.not_compared.split_once("{}").unwrap_or_default();
                format!("{before}{}{after}: {why}", self.name(name))
            }
        };
        let measure = language.title(self.comparison.comparing.measure);
        let all = self.comparison.cautions.iter();
        all.map(|one| format!("{measure}: {}", caution(one)))
            .collect()
    }
}
