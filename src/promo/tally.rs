//! Rows in, a report out: in memory that does not grow with the rows.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hasher as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use siphasher::sip::SipHasher13;

use super::dimension::Dimension;
use super::evaluate::{self, Conversion};
use super::fact::{Fact, Told};
use super::heard::Heard;
use super::layout::Layout;
use super::report::LineKey;
use super::row::{Level, Row};
use super::sum::Sum;
use super::warning::Warning;
use super::watch::{Seen, Watch};
use crate::error::{Error, Result};
use crate::model::Period;

/// Adds up rows, as many as there are, by the dimensions of a [`Layout`].
///
/// Up to the layout's bound of lines the order of rows does not matter, and a report of two tallies merged is that of
/// all their rows. Beyond it, what comes later goes into the others, whose sums are exact.
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
    pub(super) layout: Layout,
    pub(super) zone: TimeZone,
    pub(super) conversion: Conversion,
    pub(super) groups: HashMap<Group, Sum>,
    /// What is beyond the bound of lines.
    pub(super) others: BTreeMap<(Option<String>, Option<Level>), Sum>,
    pub(super) watch: Watch,
    pub(super) told: Heard,
    pub(super) period: Option<Period>,
    pub(super) made_at: Option<Timestamp>,
    /// How many rows went into the others.
    pub(super) beyond: u64,
}

/// A group of rows, finer than a line: of one origin and level, so that what is told twice can be left out at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) key: LineKey,
    pub(super) origin: Option<String>,
    pub(super) level: Option<Level>,
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

    /// Adds a row. One that came already, by its origin, id and period, is told and not counted again; without an id
    /// it is the same where all that it says is.
    ///
    /// # Errors
    /// `Config` where the row contradicts itself (a period that ends before it begins, money as a count), tells a
    /// negative amount that the layout refuses, or makes a sum too large to be told. Of a row that is refused nothing
    /// is counted; after a sum that is too large the tally is of no more use.
    pub fn push(&mut self, row: &Row) -> Result<()> {
        self.check(row)?;
        let correction = self.corrections(row)?;
        if let Some(period) = &row.period
            && let Some((id, named)) = identity(row, correction)
        {
            let seen = self.watch.see(&id, period, named);
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

    /// Adds what another tally of the same layout holds. Rows that both have are told, but counted twice: keep the
    /// rows of one id and period in one tally.
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
}

/// What tells a row from every other of its time, and whether that is an id. Rows without one are the same where all
/// that they say is: two of one campaign and day may well be of its parts.
fn identity(row: &Row, correction: bool) -> Option<(String, bool)> {
    let mut id = row.origin.clone().unwrap_or_default();
    let mut add = |part: &str| {
        if !id.is_empty() {
            id.push_str(" / ");
        }
        id.push_str(part);
    };
    if let Some(own) = &row.id {
        add(own);
    } else {
        let keys = [
            &row.network,
            &row.account,
            &row.campaign,
            &row.creative,
            &row.post,
        ];
        if keys.iter().all(|key| key.is_none()) {
            return None;
        }
        keys.into_iter().flatten().for_each(|key| add(key));
        let mut facts = SipHasher13::new();
        facts.write(format!("{:?}", row.facts).as_bytes());
        add(&format!("{:016x}", facts.finish()));
    }
    if let Some(level) = row.level {
        add(level.as_str());
    }
    // A correction of a day stands beside the day itself.
    if correction {
        add("correction");
    }
    Some((id, row.id.is_some()))
}
