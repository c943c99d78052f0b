//! Rows in, a report out: in memory that does not grow with the rows.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::dimension::Dimension;
use super::evaluate::{self, Conversion};
use super::fact::{Fact, Told};
use super::layout::Layout;
use super::report::{Line, LineKey, Report};
use super::row::{Level, Row};
use super::sum::Sum;
use super::warning::Warning;
use super::watch::{Seen, Watch};
use crate::error::{Error, Result};
use crate::model::{Currency, Period};

/// How many warnings of one kind are told.
const MOST_WARNINGS: u64 = 20;

/// Adds up rows, as many as there are, by the dimensions of a [`Layout`].
///
/// Up to the layout's bound of lines the order of rows does not matter, and a report of two tallies merged is that of all their
/// rows. Beyond it, what comes later goes into the others, whose sums are exact.
///
/// ```
/// use sociable::promo::{Amount, Dimension, Fact, Layout, Measure, Row, Tally};
/// use sociable::Source;
///
/// let mut tally = Tally::new(Layout::by([Dimension::Campaign]))?;
/// for (campaign, spend, clicks) in [("tea", "10.50", 70), ("tea", "3.50", 30), ("cups", "7", 0)] {
///     let row = Row::new(Source::Promoted)
///         .campaign(campaign)
///         .money(Fact::Spend, Amount::parse(spend, "EUR").unwrap())
///         .count(Fact::LinkClicks, clicks);
///     tally.push(&row)?;
/// }
/// let report = tally.finish()?;
/// let cost = |campaign| report.line(&[campaign]).unwrap().get(Measure::CostPerLinkClick).unwrap().shown();
/// assert_eq!(cost("tea"), "0.14 EUR");
/// assert_eq!(cost("cups"), "–");
/// # Ok::<(), sociable::Error>(())
/// ```
#[derive(Debug)]
pub struct Tally {
    layout: Layout,
    zone: TimeZone,
    conversion: Conversion,
    groups: HashMap<Group, Sum>,
    /// What is beyond the bound of lines.
    others: BTreeMap<(Option<String>, Option<Level>), Sum>,
    watch: Watch,
    told: Heard,
    period: Option<Period>,
    made_at: Option<Timestamp>,
    /// How many rows went into the others.
    beyond: u64,
}

/// A group of rows, finer than a line: of one origin and level, so that what is told twice can be left out at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Group {
    key: LineKey,
    origin: Option<String>,
    level: Option<Level>,
}

/// Warnings, of each kind so many.
#[derive(Debug, Default)]
struct Heard {
    warnings: Vec<Warning>,
    counts: BTreeMap<&'static str, u64>,
}

impl Heard {
    fn add(&mut self, warning: Warning) {
        let count = self.counts.entry(warning.kind()).or_default();
        if *count < MOST_WARNINGS {
            self.warnings.push(warning);
        }
        *count += 1;
    }

    fn merge(&mut self, other: Self) {
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

    fn finish(mut self) -> Vec<Warning> {
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

impl Tally {
    /// An empty tally.
    ///
    /// # Errors
    /// `Config` where the layout contradicts itself.
    pub fn new(layout: Layout) -> Result<Self> {
        layout.check()?;
        Ok(Self {
            zone: layout.zone.clone(),
            conversion: Conversion {
                to: layout.convert_to,
                rates: layout.rates.clone(),
            },
            layout,
            groups: HashMap::new(),
            others: BTreeMap::new(),
            watch: Watch::default(),
            told: Heard::default(),
            period: None,
            made_at: None,
            beyond: 0,
        })
    }

    /// Says which period was asked for, and when.
    pub(super) fn asked(&mut self, period: Period, now: Timestamp) {
        self.period = Some(period);
        self.made_at = Some(now);
    }

    /// Adds a row. One that came already, by its origin, id and period, is told and not counted again.
    ///
    /// # Errors
    /// `Config` where the row contradicts itself (a period that ends before it begins, money as a count), tells a negative
    /// amount that the layout refuses, or makes a sum too large to be told. Of a row that is refused nothing is counted; after a
    /// sum that is too large the tally is of no more use.
    pub fn push(&mut self, row: &Row) -> Result<()> {
        self.check(row)?;
        let correction = self.corrections(row)?;
        if let Some(period) = &row.period
            && let Some(id) = identity(row, correction)
        {
            let seen = self.watch.see(&id, period);
            let (row, period) = (row.shown(), *period);
            match seen {
                Seen::New => {}
                Seen::Again => {
                    self.told.add(Warning::Repeated { row, period });
                    return Ok(());
                }
                Seen::Overlaps => self.told.add(Warning::Overlaps { row, period }),
            }
        }
        self.look(row);
        let group = Group {
            key: self.key(row),
            origin: row.origin.clone(),
            level: row.level,
        };
        let room = self.groups.len() < self.layout.most_lines;
        match self.groups.get_mut(&group) {
            Some(sum) => sum.push(row),
            None if room => self.groups.entry(group).or_default().push(row),
            None => {
                self.beyond += 1;
                let others = (group.origin, group.level);
                self.others.entry(others).or_default().push(row)
            }
        }
    }

    /// Adds rows until one cannot be taken.
    ///
    /// # Errors
    /// That of the row that cannot be read, or as [`push`](Self::push).
    pub fn extend(&mut self, rows: impl IntoIterator<Item = Result<Row>>) -> Result<()> {
        rows.into_iter().try_for_each(|row| self.push(&row?))
    }

    fn key(&self, row: &Row) -> LineKey {
        let part = |dimension: &Dimension| {
            let value = dimension.of(row, &self.zone)?;
            let same = self.layout.same.get(&(*dimension, value.clone()));
            Some(same.cloned().unwrap_or(value))
        };
        LineKey(self.layout.by.iter().map(part).collect())
    }

    fn check(&self, row: &Row) -> Result<()> {
        if let Some(period) = &row.period
            && period.until < period.since
        {
            return Err(Error::config(format!(
                "{} speaks of a period that ends before it begins, {} to {}: correct its source",
                row.shown(),
                period.since,
                period.until
            )));
        }
        for (fact, told) in &row.facts {
            let fits = match told {
                Told::Absent(_) => true,
                Told::Money(_) => fact.is_money(),
                Told::Count(_) => !fact.is_money(),
            };
            if !fits {
                let kind = if fact.is_money() { "money" } else { "a count" };
                return Err(Error::config(format!(
                    "{}: {fact} is {kind}, and is told as something else",
                    row.shown()
                )));
            }
        }
        Ok(())
    }

    /// Whether the row is a correction.
    fn corrections(&mut self, row: &Row) -> Result<bool> {
        let mut found = false;
        for (fact, told) in &row.facts {
            // Profit may well be a loss.
            if !matches!(told, Told::Money(amount) if amount.is_negative()) || *fact == Fact::Profit
            {
                continue;
            }
            if self.layout.refuse_corrections {
                return Err(Error::config(format!(
                    "{} tells a negative {fact}: correct its source, or allow corrections",
                    row.shown()
                )));
            }
            found = true;
            self.told.add(Warning::Correction {
                row: row.shown(),
                fact: *fact,
            });
        }
        Ok(found)
    }

    /// Tells what a row says that cannot be, or that its source computes in another way.
    fn look(&mut self, row: &Row) {
        let count = |fact: Fact| match row.facts.get(&fact) {
            Some(Told::Count(count)) => Some(*count),
            _ => None,
        };
        for (larger, smaller) in [
            (Fact::Clicks, Fact::Impressions),
            (Fact::LinkClicks, Fact::Impressions),
            (Fact::LinkClicks, Fact::Clicks),
            (Fact::Reach, Fact::Impressions),
        ] {
            if let (Some(a), Some(b)) = (count(larger), count(smaller))
                && a > b
            {
                let row = row.shown();
                self.told.add(Warning::Impossible {
                    row,
                    larger,
                    smaller,
                });
            }
        }
        if row.reported.is_empty() {
            return;
        }
        let mut alone = Sum::default();
        if alone.push(row).is_err() {
            return;
        }
        for (measure, reported) in &row.reported {
            let derived = evaluate::measured(*measure, &alone, &Conversion::default());
            if let Some(derived) = derived.value()
                && !reported.agrees(derived)
            {
                self.told.add(Warning::Disagrees {
                    row: row.shown(),
                    measure: *measure,
                    reported: reported.value,
                    derived,
                });
            }
        }
    }

    /// Adds what another tally of the same layout holds. Rows that both have are told, but counted twice: keep the rows of one
    /// id and period in one tally.
    ///
    /// # Errors
    /// `Config` where the layouts differ, or a sum is too large to be told.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if self.layout != other.layout {
            return Err(Error::config(
                "tallies of two layouts cannot be merged: make both with the same",
            ));
        }
        let mut groups: Vec<(Group, Sum)> = other.groups.into_iter().collect();
        groups.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (group, sum) in groups {
            let room = self.groups.len() < self.layout.most_lines;
            match self.groups.get_mut(&group) {
                Some(mine) => mine.merge(&sum)?,
                None if room => {
                    self.groups.insert(group, sum);
                }
                None => {
                    self.beyond += sum.rows;
                    let others = (group.origin, group.level);
                    self.others.entry(others).or_default().merge(&sum)?;
                }
            }
        }
        for (of, sum) in other.others {
            self.others.entry(of).or_default().merge(&sum)?;
        }
        self.watch
            .merge(other.watch, |warning| self.told.add(warning));
        self.told.merge(other.told);
        self.beyond += other.beyond;
        Ok(())
    }

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

/// What tells a row from every other of its time; `None` where nothing does.
fn identity(row: &Row, correction: bool) -> Option<String> {
    let own = [&row.id, &None, &None, &None, &None, &None];
    let keys = [
        &None,
        &row.network,
        &row.account,
        &row.campaign,
        &row.creative,
        &row.post,
    ];
    let parts = if row.id.is_some() { own } else { keys };
    if parts.iter().all(|part| part.is_none()) {
        return None;
    }
    let mut id = row.origin.clone().unwrap_or_default();
    let level = row.level.map(Level::as_str);
    // A correction of a day stands beside the day itself.
    let more = [level, correction.then_some("correction")];
    for part in parts
        .iter()
        .map(|part| part.as_deref())
        .chain(more)
        .flatten()
    {
        if !id.is_empty() {
            id.push_str(" / ");
        }
        id.push_str(part);
    }
    Some(id)
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
