//! The rows of one group, added up. What is kept does not grow with the rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::amount::Purse;
use super::fact::{Fact, Kind, Told};
use super::fraction::Fraction;
use super::measure::Measure;
use super::row::{Reported, Row};
use crate::error::{Error, Result};
use crate::model::{Absent, Period, Source};

/// Means over rows are kept in units of a millionth of a millionth, each row's rounded half to even: whole numbers,
/// so that the order of rows does not matter.
pub(super) const MEAN_UNITS: i128 = 1_000_000_000_000;

/// How many attributions of a line are told apart.
const MOST_ATTRIBUTIONS: usize = 16;

/// Whose mean by followers is kept.
const BY_FOLLOWERS: [Fact; 6] = [
    Fact::Engagements,
    Fact::Likes,
    Fact::Replies,
    Fact::Reposts,
    Fact::Reach,
    Fact::Impressions,
];

/// Nothing yet, one, or several that differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Only<T> {
    #[default]
    None,
    One(T),
    Several,
}

impl<T: PartialEq + Clone> Only<T> {
    pub(super) fn add(&mut self, value: &T) {
        match self {
            Self::None => *self = Self::One(value.clone()),
            Self::One(known) if known == value => {}
            _ => *self = Self::Several,
        }
    }

    fn merge(&mut self, other: &Self) {
        match other {
            Self::None => {}
            Self::One(value) => self.add(value),
            Self::Several => *self = Self::Several,
        }
    }

    pub(super) fn one(&self) -> Option<&T> {
        match self {
            Self::One(value) => Some(value),
            _ => None,
        }
    }
}

/// What rows tell of one fact.
#[derive(Clone, Debug, Default)]
pub(super) struct FactSum {
    pub(super) rows: u64,
    pub(super) sum: i128,
    pub(super) largest: u64,
    pub(super) purse: Purse,
    pub(super) lacking: u64,
    pub(super) reason: Option<Absent>,
    pub(super) period: Option<Period>,
    pub(super) source: Only<Source>,
    /// Of what stood at a moment: whose, and the value at the moment that counts.
    pub(super) whose: Only<Option<String>>,
    pub(super) standing: Option<(Timestamp, u64)>,
}

/// The sum of a fact divided by each row's followers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    pub(super) rows: u64,
    pub(super) sum: i128,
    /// Rows that tell the fact, but no followers.
    pub(super) without: u64,
    /// Rows with no follower at all.
    pub(super) zero: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) rows: u64,
    pub(super) name: Only<String>,
    pub(super) period: Option<Period>,
    pub(super) facts: BTreeMap<Fact, FactSum>,
    pub(super) means: BTreeMap<Fact, Mean>,
    pub(super) attribution: BTreeSet<String>,
    /// Who counted impressions: paid, unpaid, both together.
    pub(super) paid: bool,
    pub(super) unpaid: bool,
    pub(super) whole: bool,
    /// What a single row reports itself.
    pub(super) reported: BTreeMap<Measure, Reported>,
}

pub(super) fn joined(one: Option<Period>, other: Option<Period>) -> Option<Period> {
    match (one, other) {
        (Some(a), Some(b)) => Some(Period::new(a.since.min(b.since), a.until.max(b.until))),
        (one, other) => one.or(other),
    }
}

fn too_many(fact: Fact) -> Error {
    Error::config(format!(
        "the sum of {fact} is too large to be told: report a shorter span, or fewer rows"
    ))
}

/// The least of two reasons by their names, so that the order of rows does not matter.
fn least(one: Option<Absent>, other: Option<Absent>) -> Option<Absent> {
    let by = |reason: &Absent| format!("{reason:?}");
    one.into_iter().chain(other).min_by_key(by)
}

impl FactSum {
    fn push(&mut self, fact: Fact, told: &Told, row: &Row) -> Result<()> {
        match told {
            Told::Absent(reason) => {
                self.lacking += 1;
                if self.reason.as_ref() != Some(reason) {
                    self.reason = least(self.reason.take(), Some(reason.clone()));
                }
                return Ok(());
            }
            Told::Count(count) => {
                let sum = self.sum.checked_add(i128::from(*count));
                self.sum = sum.ok_or_else(|| too_many(fact))?;
                self.largest = self.largest.max(*count);
                if fact.kind() == Kind::Standing {
                    let until = row.period.map(|period| period.until);
                    let at = row.taken_at.or(until).unwrap_or(Timestamp::MIN);
                    self.whose.add(&row.account);
                    self.stand(fact, (at, *count));
                }
            }
            Told::Money(amount) => self.purse.add(*amount)?,
        }
        self.rows += 1;
        self.period = joined(self.period, row.period);
        self.source.add(&row.source);
        Ok(())
    }

    /// Of followers the last standing counts, of those before the first.
    fn stand(&mut self, fact: Fact, new: (Timestamp, u64)) {
        self.standing = Some(match self.standing {
            None => new,
            Some(old) if fact == Fact::FollowersBefore => old.min(new),
            Some(old) => old.max(new),
        });
    }

    fn merge(&mut self, fact: Fact, other: &Self) -> Result<()> {
        let sum = self.sum.checked_add(other.sum);
        self.sum = sum.ok_or_else(|| too_many(fact))?;
        self.rows += other.rows;
        self.largest = self.largest.max(other.largest);
        self.purse.merge(&other.purse)?;
        self.lacking += other.lacking;
        self.reason = least(self.reason.take(), other.reason.clone());
        self.period = joined(self.period, other.period);
        self.source.merge(&other.source);
        self.whose.merge(&other.whose);
        if let Some(standing) = other.standing {
            self.stand(fact, standing);
        }
        Ok(())
    }
}

impl Sum {
    pub(super) fn push(&mut self, row: &Row) -> Result<()> {
        self.reported = if self.rows == 0 {
            row.reported.clone()
        } else {
            BTreeMap::new()
        };
        self.rows += 1;
        if let Some(name) = &row.name {
            self.name.add(name);
        }
        self.period = joined(self.period, row.period);
        for (fact, told) in &row.facts {
            self.facts
                .entry(*fact)
                .or_default()
                .push(*fact, told, row)?;
        }
        self.means(row)?;
        let counted =
            |fact: Fact| matches!(row.facts.get(&fact), Some(Told::Count(_) | Told::Money(_)));
        if let Some(attribution) = &row.attribution
            && (counted(Fact::Conversions) || counted(Fact::AttributedRevenue))
        {
            self.attributed(attribution);
        }
        if counted(Fact::Impressions) {
            match row.source {
                Source::Promoted => self.paid = true,
                Source::Organic => self.unpaid = true,
                Source::Public | Source::Owner => self.whole = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn attributed(&mut self, attribution: &str) {
        if self.attribution.len() < MOST_ATTRIBUTIONS && !self.attribution.contains(attribution) {
            self.attribution.insert(attribution.to_owned());
        }
    }

    fn means(&mut self, row: &Row) -> Result<()> {
        let Some(followers) = row.facts.get(&Fact::Followers) else {
            // Rows that say nothing of followers are of no post.
            return Ok(());
        };
        for fact in BY_FOLLOWERS {
            let Some(Told::Count(count)) = row.facts.get(&fact) else {
                continue;
            };
            let mean = self.means.entry(fact).or_default();
            match followers {
                Told::Count(0) => mean.zero += 1,
                Told::Count(followers) => {
                    let above = i128::from(*count) * MEAN_UNITS;
                    let part = Fraction::new(above, i128::from(*followers));
                    let part = part.and_then(|part| part.rounded(0));
                    let sum = part.and_then(|part| mean.sum.checked_add(part));
                    mean.sum = sum.ok_or_else(|| too_many(fact))?;
                    mean.rows += 1;
                }
                _ => mean.without += 1,
            }
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, other: &Self) -> Result<()> {
        if self.rows == 0 {
            self.reported.clone_from(&other.reported);
        } else if other.rows > 0 {
            self.reported.clear();
        }
        self.rows += other.rows;
        self.name.merge(&other.name);
        self.period = joined(self.period, other.period);
        for (fact, sum) in &other.facts {
            self.facts.entry(*fact).or_default().merge(*fact, sum)?;
        }
        for (fact, theirs) in &other.means {
            let mean = self.means.entry(*fact).or_default();
            let sum = mean.sum.checked_add(theirs.sum);
            mean.sum = sum.ok_or_else(|| too_many(*fact))?;
            mean.rows += theirs.rows;
            mean.without += theirs.without;
            mean.zero += theirs.zero;
        }
        for attribution in &other.attribution {
            self.attributed(attribution);
        }
        self.paid |= other.paid;
        self.unpaid |= other.unpaid;
        self.whole |= other.whole;
        Ok(())
    }

    /// Whether impressions of both kinds together stand beside those of one kind.
    pub(super) fn mixes_sources(&self) -> bool {
        self.whole && (self.paid || self.unpaid)
    }
}
