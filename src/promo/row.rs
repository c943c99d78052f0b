//! Rows: what one thing brought in one period.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::fact::{Fact, Told};
use super::fraction::{Fraction, read};
use super::measure::Measure;
use crate::error::{Error, Result};
use crate::model::{
    Absent, Figure, Metrics, Period, Promotion, PromotionKind, Quantity, Reading, Source, setters,
};

/// What one campaign, creative, post or account brought in one period: a line of a network's report, or of your own
/// file.
///
/// What it does not name it says nothing about; what it should tell and does not is [`Told::Absent`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Row {
    /// Its own id. With its source and period it tells it from every other; a row of the same three is a repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it comes from: an account of a network, a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Who counted.
    pub source: Source,
    /// The network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Our account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What it is of, where the same source tells of campaigns and of their parts too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The creative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creative: Option<String>,
    /// The post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// The time that its figures speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// When its figures were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// By which attribution its conversions were counted, such as `7d click`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// What it tells.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<Fact, Told>,
    /// What its source itself computed: ratios as parts of one, money in whole units of the currency of the spend.
    /// Each is compared with what the facts give.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<Measure, Reported>,
}

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// A whole campaign.
    Campaign,
    /// A part of a campaign: an ad, a promoted post.
    Creative,
}

impl Level {
    /// Its word in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Creative => "creative",
        }
    }
}

/// A value that a source computed itself, as it wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reported {
    /// The value.
    pub value: Fraction,
    /// How many decimal places it was written with: it agrees with what rounds to it.
    pub digits: u32,
}

impl Reported {
    /// Takes a decimal number as it is written.
    pub fn parse(text: &str) -> Option<Self> {
        let (units, digits) = read(text)?;
        Some(Self {
            value: Fraction::new(units, 10_i128.checked_pow(digits)?)?,
            digits,
        })
    }

    /// Takes percent as they are written: `1.23` is 0.0123.
    pub fn percent(text: &str) -> Option<Self> {
        let read = Self::parse(text.trim().trim_end_matches('%').trim_end())?;
        Some(Self {
            value: read.value.times(Fraction::new(1, 100)?)?,
            digits: read.digits + 2,
        })
    }

    /// Whether a value agrees: it differs by at most one unit of the last place, since sources round in their own ways.
    pub(super) fn agrees(self, derived: Fraction) -> bool {
        let near =
            || Some((self.value.rounded(self.digits)? - derived.rounded(self.digits)?).abs());
        near().is_none_or(|apart| apart <= 1)
    }
}

/// What a report of paid promotion should tell.
const PAID: &[Fact] = &[
    Fact::Spend,
    Fact::Impressions,
    Fact::Reach,
    Fact::Clicks,
    Fact::LinkClicks,
    Fact::Joins,
    Fact::Conversions,
];

impl Default for Row {
    fn default() -> Self {
        Self::new(Source::Promoted)
    }
}

impl Row {
    /// A row that tells nothing yet, counted by this source.
    pub fn new(source: Source) -> Self {
        Self {
            id: None,
            name: None,
            origin: None,
            source,
            network: None,
            account: None,
            level: None,
            campaign: None,
            creative: None,
            post: None,
            period: None,
            taken_at: None,
            attribution: None,
            facts: BTreeMap::new(),
            reported: BTreeMap::new(),
        }
    }

    /// A row of your own: of a shop, of a spreadsheet.
    pub fn own(origin: impl Into<String>) -> Self {
        let origin = origin.into();
        Self::new(Source::Other("own".to_owned())).origin(origin)
    }

    /// Tells a count.
    pub fn count(mut self, fact: Fact, count: u64) -> Self {
        self.facts.insert(fact, Told::Count(count));
        self
    }

    /// Tells money.
    pub fn money(mut self, fact: Fact, amount: Amount) -> Self {
        self.facts.insert(fact, Told::Money(amount));
        self
    }

    /// Says why a fact is not told that should be.
    pub fn absent(mut self, fact: Fact, reason: Absent) -> Self {
        self.facts.insert(fact, Told::Absent(reason));
        self
    }

    /// Adds what the source itself computed.
    pub fn reports(mut self, measure: Measure, value: Reported) -> Self {
        self.reported.insert(measure, value);
        self
    }

    /// What a network tells of a promotion, under our name of the account.
    ///
    /// # Errors
    /// `Config` where its money is finer than a billionth, or it is of a kind that is neither a campaign nor a part
    /// of one.
    pub fn of_promotion(network: &str, account: &str, promotion: &Promotion) -> Result<Self> {
        let id = promotion.id.as_str();
        let mut row = Self::new(Source::Promoted)
            .id(id)
            .origin(account)
            .network(network)
            .account(account)
            .period(promotion.period);
        row.name.clone_from(&promotion.name);
        row.post = promotion.post.as_ref().map(|post| post.as_str().to_owned());
        row.attribution.clone_from(&promotion.attribution);
        match &promotion.kind {
            Some(PromotionKind::Campaign) => {
                row.level = Some(Level::Campaign);
                row.campaign = Some(id.to_owned());
            }
            Some(PromotionKind::Other(kind)) => {
                return Err(Error::config(format!(
                    "{id} is of the kind `{kind}`, neither a campaign nor a part of one: counted with them, its money could count \
                     twice; make a row of it yourself"
                )));
            }
            Some(PromotionKind::Creative) => {
                row.level = Some(Level::Creative);
                row.creative = Some(id.to_owned());
                row.campaign = promotion.campaign.as_ref().map(|id| id.as_str().to_owned());
            }
            // It is both, as far as is known.
            None => {
                row.creative = Some(id.to_owned());
                let campaign = promotion.campaign.as_ref().unwrap_or(&promotion.id);
                row.campaign = Some(campaign.as_str().to_owned());
            }
        }
        row.take(&promotion.metrics)?;
        row.taken_at = promotion.metrics.when();
        // Networks leave out what they do not count. Sums over several of them would not be whole, and must say so.
        for fact in PAID {
            let absent = || Told::Absent(Absent::NotOffered);
            row.facts.entry(*fact).or_insert_with(absent);
        }
        Ok(row)
    }

    /// Takes the figures for which a report has a place: the first of each metric.
    pub(super) fn take(&mut self, metrics: &Metrics) -> Result<()> {
        for figure in metrics {
            let Some(fact) = Fact::of(&figure.metric) else {
                continue;
            };
            if let Some(told) = told(fact, figure)? {
                self.facts.entry(fact).or_insert(told);
            }
        }
        Ok(())
    }

    /// What it is called in warnings.
    pub(super) fn shown(&self) -> String {
        let parts = [
            &self.origin,
            &self.id,
            &self.campaign,
            &self.creative,
            &self.post,
        ];
        let mut told: Vec<&str> = Vec::new();
        for part in parts.into_iter().flatten() {
            if !told.contains(&part.as_str()) {
                told.push(part);
            }
        }
        if told.is_empty() {
            return "a row without an id".to_owned();
        }
        told.join(" / ")
    }
}

fn told(fact: Fact, figure: &Figure) -> Result<Option<Told>> {
    Ok(match &figure.reading {
        Reading::Absent(reason) => Some(Told::Absent(reason.clone())),
        Reading::Value { value, .. } => match value {
            Quantity::Count(count) if !fact.is_money() => Some(Told::Count(*count)),
            Quantity::Money(money) if fact.is_money() => {
                Some(Told::Money(Amount::try_from(*money)?))
            }
            _ => None,
        },
    })
}

setters!(Row {
    some id: String, "Sets its own id.";
    some name: String, "Sets what it is called.";
    some origin: String, "Sets where it comes from.";
    set source: Source, "Sets who counted.";
    some network: String, "Sets the network.";
    some account: String, "Sets our account.";
    some level: Level, "Sets what it is of.";
    some campaign: String, "Sets the campaign.";
    some creative: String, "Sets the creative.";
    some post: String, "Sets the post.";
    some period: Period, "Sets the time that its figures speak of.";
    some taken_at: Timestamp, "Sets when its figures were taken.";
    some attribution: String, "Sets by which attribution its conversions were counted.";
});
