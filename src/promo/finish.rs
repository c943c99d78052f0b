//! From a tally to its report.

use std::collections::{BTreeMap, HashMap};

use super::evaluate;
use super::fact::Fact;
use super::report::{Line, LineKey, Report};
use super::row::Level;
use super::sum::Sum;
use super::tally::Tally;
use super::warning::Warning;
use crate::error::Result;
use crate::model::Currency;

impl Tally {
    /// The report of all that was added.
    ///
    /// # Errors
    /// `Config` where a sum is too large to be told.
    pub fn finish(mut self) -> Result<Report> {
        let twice = self.told_twice();
        let mut lines: BTreeMap<LineKey, Sum> = BTreeMap::new();
        let mut total = Sum::default();
        let mut left_out: BTreeMap<(String, Level), u64> = BTreeMap::new();
        let mut keep = |origin: &Option<String>, level: Option<Level>, sum: &Sum| {
            let (Some(origin), Some(level)) = (origin, level) else {
                return true;
            };
            let drop = twice.get(origin) == Some(&level);
            if drop {
                *left_out.entry((origin.clone(), level)).or_default() += sum.rows;
            }
            !drop
        };
        for (group, sum) in std::mem::take(&mut self.groups) {
            if keep(&group.origin, group.level, &sum) {
                total.merge(&sum)?;
                lines.entry(group.key).or_default().merge(&sum)?;
            }
        }
        let mut others = Sum::default();
        for ((origin, level), sum) in std::mem::take(&mut self.others) {
            if keep(&origin, level, &sum) {
                total.merge(&sum)?;
                others.merge(&sum)?;
            }
        }
        for ((account, level), rows) in left_out {
            self.told.add(Warning::CountedOnce {
                account,
                left_out: level.as_str().to_owned(),
                rows,
            });
        }
        let measures = match &self.layout.measures {
            Some(measures) => measures.clone(),
            None => evaluate::usual(&total),
        };
        self.notes(&total, &lines);
        if self.beyond > 0 {
            self.told.add(Warning::Others(self.beyond));
        }
        self.watch.end(|warning| self.told.add(warning));
        let make = |key: LineKey, sum: &Sum| evaluate::line(key, sum, &measures, &self.conversion);
        let mut made: Vec<Line> = lines
            .into_iter()
            .map(|(key, sum)| make(key, &sum))
            .collect();
        if !self.layout.by.iter().any(|dimension| dimension.is_time()) {
            by_spend(&mut made);
        }
        let of_others = (others.rows > 0).then(|| make(LineKey::default(), &others));
        let total_line = make(LineKey::default(), &total);
        Ok(Report {
            period: self.period.or(total.period),
            made_at: self.made_at,
            by: self.layout.by,
            measures,
            lines: made,
            others: of_others,
            total: total_line,
            rates: self.conversion.rates,
            warnings: self.told.finish(),
            troubles: Vec::new(),
            left_out: Vec::new(),
        })
    }

    /// Which level is left out of which origin: where both are told, parts are, unless the report tells them apart.
    fn told_twice(&self) -> HashMap<String, Level> {
        let groups = self.groups.keys().map(|g| (&g.origin, g.level));
        let others = self.others.keys().map(|(origin, level)| (origin, *level));
        let mut seen: HashMap<&str, [bool; 2]> = HashMap::new();
        for (origin, level) in groups.chain(others) {
            if let (Some(origin), Some(level)) = (origin, level) {
                let both = seen.entry(origin).or_default();
                match level {
                    Level::Campaign => both[0] = true,
                    Level::Creative => both[1] = true,
                }
            }
        }
        let fine = self.layout.by.iter().any(|dimension| dimension.is_fine());
        let drop = if fine {
            Level::Campaign
        } else {
            Level::Creative
        };
        let twice = seen.into_iter().filter(|(_, both)| *both == [true, true]);
        twice.map(|(origin, _)| (origin.to_owned(), drop)).collect()
    }

    /// What must be known of the lines.
    fn notes(&mut self, total: &Sum, lines: &BTreeMap<LineKey, Sum>) {
        let told = |sum: &Sum, fact: Fact| sum.facts.get(&fact).is_some_and(|told| told.rows > 0);
        let spent = told(total, Fact::Spend);
        for (key, sum) in lines {
            let label = key.label();
            if sum.mixes_sources() {
                self.told.add(Warning::MixedSources {
                    line: label.clone(),
                });
            }
            if sum.attribution.len() > 1 {
                self.told.add(Warning::MixedAttribution {
                    line: label.clone(),
                    attribution: sum.attribution.iter().cloned().collect(),
                });
            }
            let own = [Fact::Orders, Fact::Revenue, Fact::Profit];
            let own: Vec<Fact> = own.into_iter().filter(|fact| told(sum, *fact)).collect();
            if own.is_empty() {
                continue;
            }
            if spent && !told(sum, Fact::Spend) {
                self.told.add(Warning::NotJoined {
                    line: label.clone(),
                });
            }
            let span = |fact: Fact| sum.facts.get(&fact).and_then(|told| told.period);
            if let Some(paid) = span(Fact::Spend)
                && own
                    .iter()
                    .any(|fact| span(*fact).is_some_and(|own| own != paid))
            {
                self.told.add(Warning::DifferentWindows { line: label });
            }
        }
        if let Some(to) = self.conversion.to {
            let purses = total.facts.values().flat_map(|told| told.purse.amounts());
            let mut lacking: Vec<Currency> = purses
                .map(|amount| amount.currency())
                .filter(|from| *from != to && self.conversion.rate(*from).is_none())
                .collect();
            lacking.sort_unstable();
            lacking.dedup();
            for currency in lacking {
                self.told.add(Warning::NoRate(currency));
            }
        }
    }
}

/// The largest spend first, where all is in one currency.
fn by_spend(lines: &mut [Line]) {
    let spend = |line: &Line| {
        let figure = line.get(Fact::Spend)?;
        Some((figure.currency()?, figure.value()?))
    };
    let mut currencies = lines.iter().filter_map(|line| spend(line).map(|(c, _)| c));
    let first = currencies.next();
    if first.is_none() || currencies.any(|other| Some(other) != first) {
        return;
    }
    // Equal ones stay in the order of their keys.
    lines.sort_by_cached_key(|line| std::cmp::Reverse(spend(line).map(|(_, value)| value)));
}
