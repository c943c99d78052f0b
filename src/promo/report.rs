//! The report: lines, their figures, and what must be known beside them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::amount::{Amount, FINEST, coin};
use super::dimension::Dimension;
use super::fact::Fact;
use super::fraction::{Fraction, shares};
use super::measure::{Measure, Style};
use super::rates::Rate;
use super::warning::Warning;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Absent, Currency, Omitted, Period, Source, Unit};

/// Why a figure has no value. Never the same as zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// No row says anything of this fact.
    NotTold(Fact),
    /// Some rows should tell this fact and do not: how many, and why the first of them does not.
    #[non_exhaustive]
    Lacking {
        /// What is lacking.
        fact: Fact,
        /// In how many rows.
        rows: u64,
        /// A reason that one of them gives.
        reason: Absent,
    },
    /// It would be divided by zero.
    DividedByZero,
    /// It counts distinct accounts, or what stood at one moment, and several rows tell it: their sum would mean
    /// nothing.
    DoesNotAddUp(Fact),
    /// Several currencies, and no rate for them.
    SeveralCurrencies,
    /// It is too large to be told exactly.
    TooLarge,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotTold(fact) => write!(f, "no row tells {fact}"),
            Self::Lacking { fact, rows: 1, .. } => write!(f, "a row does not tell {fact}"),
            Self::Lacking { fact, rows, .. } => write!(f, "{rows} rows do not tell {fact}"),
            Self::DividedByZero => write!(f, "it would be divided by zero"),
            Self::DoesNotAddUp(fact) => write!(f, "{fact} of several rows does not add up"),
            Self::SeveralCurrencies => write!(f, "several currencies, and no rate for them"),
            Self::TooLarge => write!(f, "it is too large to be told exactly"),
        }
    }
}

/// A value, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// There is a value. Ratios are parts of one: 0.05 is five percent.
    #[non_exhaustive]
    Value {
        /// The exact value.
        value: Fraction,
        /// Of money, its currency.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        currency: Option<Currency>,
    },
    /// There is none.
    Absent(Why),
}

/// One side of a quotient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// What it is, such as `link_clicks` or `profit - spend`.
    pub what: String,
    /// How much.
    pub value: Fraction,
    /// Of money, its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

impl Part {
    pub(super) fn new(what: String, value: Fraction, currency: Option<Currency>) -> Self {
        Self {
            what,
            value,
            currency,
        }
    }
}

/// A figure with all that it must be read with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measured {
    /// What it is.
    pub measure: Measure,
    /// Its value, or why there is none.
    pub outcome: Outcome,
    /// What is divided, where it is a quotient and is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<Part>,
    /// By what it is divided, where it is a quotient and is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<Part>,
    /// What it is measured in.
    pub unit: Unit,
    /// The time that it speaks of, where any row tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Period>,
    /// Who counted; `Derived` for what is computed here.
    pub source: Source,
    /// By which attribution conversions were counted, where it is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attribution: Vec<String>,
    /// What the network itself reports of it, where the line is one row. It is kept beside the derived value, and
    /// where the two disagree a [`Warning::Disagrees`] says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Fraction>,
}

impl Measured {
    /// The exact value, where there is one.
    pub fn value(&self) -> Option<Fraction> {
        match &self.outcome {
            Outcome::Value { value, .. } => Some(*value),
            Outcome::Absent(_) => None,
        }
    }

    /// The value for a chart: always a number, never a made-up zero.
    pub fn as_f64(&self) -> Option<f64> {
        self.value().map(Fraction::as_f64)
    }

    /// The currency, where it is money.
    pub fn currency(&self) -> Option<Currency> {
        match &self.outcome {
            Outcome::Value { currency, .. } => *currency,
            Outcome::Absent(_) => None,
        }
    }

    /// Why there is no value, where there is none.
    pub fn why(&self) -> Option<&Why> {
        match &self.outcome {
            Outcome::Value { .. } => None,
            Outcome::Absent(why) => Some(why),
        }
    }

    /// The value as people read it, rounded half to even: percent and ratios with two places, unit prices with up to
    /// four; a dash where there is none.
    pub fn shown(&self) -> String {
        match &self.outcome {
            Outcome::Value { value, currency } => {
                shown(*value, *currency, self.measure.formula().style)
            }
            Outcome::Absent(_) => "–".to_owned(),
        }
    }
}

pub(super) fn shown(value: Fraction, currency: Option<Currency>, style: Style) -> String {
    let text = match (style, currency) {
        (Style::Percent, _) => Fraction::whole(100)
            .times(value)
            .and_then(|percent| percent.decimal(2))
            .map(|percent| format!("{percent} %")),
        (Style::Times, _) => value.decimal(2),
        (Style::Money(digits), Some(currency)) => {
            let digits = u8::try_from(digits).unwrap_or(9).max(coin(currency));
            Amount::from_fraction(value, digits, currency).map(|amount| amount.to_string())
        }
        (Style::Whole | Style::Money(_), _) => value.decimal(0),
    };
    text.unwrap_or_else(|| format!("{:e}", value.as_f64()))
}

/// Where a line stands: the value of each dimension, `None` where the rows do not tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineKey(pub Vec<Option<String>>);

impl LineKey {
    /// The values in a row, with `?` for what is not told; `total` where there are none.
    pub fn label(&self) -> String {
        let parts: Vec<&str> = (self.0.iter())
            .map(|part| part.as_deref().unwrap_or("?"))
            .collect();
        if parts.is_empty() {
            return "total".to_owned();
        }
        parts.join(" / ")
    }
}

/// The rows of one group, added up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Line {
    /// Where it stands, in the order of the report's dimensions; empty for a total.
    pub key: LineKey,
    /// What its campaign or creative is called, where all its rows say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many rows it is made of.
    pub rows: u64,
    /// From the first moment that a row speaks of until the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Its figures, in the order of the report's measures.
    pub figures: Vec<Measured>,
    /// The money that rows tell, each currency by itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<Fact, Vec<Amount>>,
    /// The least that the reach of all rows together can be: the largest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach_at_least: Option<u64>,
    /// The most that it can be: the sum, as if nobody stood in two rows. Absent where a row does not tell its reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach_at_most: Option<u64>,
    /// When the followers were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers_at: Option<Timestamp>,
    /// By which attribution windows conversions were counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attribution: Vec<String>,
}

impl Line {
    /// A figure, where the report has it.
    pub fn get(&self, measure: impl Into<Measure>) -> Option<&Measured> {
        let measure = measure.into();
        self.figures.iter().find(|figure| figure.measure == measure)
    }

    /// A figure's exact value, where it has one.
    pub fn value(&self, measure: impl Into<Measure>) -> Option<Fraction> {
        self.get(measure)?.value()
    }

    /// A fact as a whole count, where it is one.
    pub fn count(&self, fact: Fact) -> Option<u64> {
        let value = self.value(fact)?;
        (!fact.is_money() && value.denominator() == 1)
            .then(|| u64::try_from(value.numerator()).ok())
            .flatten()
    }

    /// The money that rows tell of a fact, each currency by itself, before any rate.
    pub fn amounts(&self, fact: Fact) -> &[Amount] {
        self.amounts
            .get(&fact)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Whether a row should tell this fact and does not: what the others tell is then no sum.
    pub(super) fn lacks(&self, fact: Fact) -> bool {
        let why = self.get(fact).and_then(Measured::why);
        matches!(why, Some(Why::Lacking { .. }))
    }

    /// The money of a fact, each currency by itself, where every row that should tell it does.
    pub(super) fn whole_amounts(&self, fact: Fact) -> &[Amount] {
        if self.lacks(fact) {
            return &[];
        }
        self.amounts(fact)
    }

    /// What it is called: the values of its dimensions, with `?` for what is not told.
    pub fn label(&self) -> String {
        let label = self.key.label();
        match &self.name {
            Some(name) if !label.contains(name.as_str()) => format!("{name} ({label})"),
            _ => label,
        }
    }
}

/// A network that could not be asked, or failed while it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trouble {
    /// The account's name here.
    pub account: String,
    /// What happened.
    pub kind: ErrorKind,
    /// What it says, and what to do next.
    pub message: String,
}

impl Trouble {
    pub(super) fn new(account: &str, error: &Error) -> Self {
        Self {
            account: account.to_owned(),
            kind: error.kind().clone(),
            message: error.to_string(),
        }
    }
}

/// Something that a network left out of its report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// The account's name here.
    pub account: String,
    /// The network's name of what is missing.
    pub id: String,
    /// Why.
    pub reason: ErrorKind,
    /// What the network says of it.
    pub message: String,
}

impl LeftOut {
    pub(super) fn of(account: &str, omitted: Omitted) -> Self {
        Self {
            account: account.to_owned(),
            id: omitted.id,
            reason: omitted.reason,
            message: omitted.message,
        }
    }

    pub(super) fn of_error(account: &str, id: &str, error: &Error) -> Self {
        Self {
            account: account.to_owned(),
            id: id.to_owned(),
            reason: error.kind().clone(),
            message: error.to_string(),
        }
    }
}

/// Many networks' reports as one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The period that was asked for; else the one that the rows speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// When it was made, where a clock was at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
    /// By what rows are put together.
    pub by: Vec<Dimension>,
    /// Which figures each line has.
    pub measures: Vec<Measure>,
    /// A line for each group, the largest spend first where it is in one currency, else by their keys; days in their
    /// order.
    pub lines: Vec<Line>,
    /// What was beyond the bound of lines, added up exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Line>,
    /// All rows together.
    pub total: Line,
    /// The rates by which money was converted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<Rate>,
    /// What must be known before the figures are believed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// Networks that failed: nothing of them, or not all, is in the lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<Trouble>,
    /// What networks left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

impl Report {
    /// The line of this key.
    pub fn line(&self, key: &[&str]) -> Option<&Line> {
        self.lines.iter().find(|line| {
            let parts = line.key.0.iter().map(|part| part.as_deref());
            parts.eq(key.iter().map(|part| Some(*part)))
        })
    }

    /// What was spent on each day, as [`Budget::pacing`](super::Budget::pacing) takes it, of a report by days. A day
    /// of which a line does not tell its spend is left out, so that it counts as missing.
    ///
    /// # Errors
    /// `Config` where the report is not by days, a line spans several of them, or money is in several currencies.
    pub fn spend_by_day(&self) -> Result<Vec<(Date, Amount)>> {
        let at = self.by.iter().position(|by| *by == Dimension::Day);
        let at =
            at.ok_or_else(|| Error::config("this report is not by days: lay it out by day"))?;
        if self.others.is_some() {
            return Err(Error::config(
                "some days are summed as others: allow more lines, or lay the report out by day alone",
            ));
        }
        let mut days: BTreeMap<Date, Option<Amount>> = BTreeMap::new();
        for line in &self.lines {
            let key = line.key.0.get(at).and_then(|key| key.as_deref());
            let key = key.unwrap_or("no time");
            let date: Date = key.parse().map_err(|_| {
                Error::config(format!(
                    "a line speaks of {key}, not of one day: ask for each day by itself"
                ))
            })?;
            let figure = line.get(Fact::Spend);
            if figure.and_then(Measured::why) == Some(&Why::SeveralCurrencies) {
                return Err(Error::config(format!(
                    "{date} has spend in several currencies: give rates to one of them"
                )));
            }
            let spent = figure.and_then(|figure| {
                let (value, currency) = (figure.value()?, figure.currency()?);
                Amount::from_fraction(value, FINEST, currency)
            });
            let sum = match (days.get(&date).copied(), spent) {
                (None, spent) => spent,
                (Some(Some(sum)), Some(spent)) => Some(sum.plus(spent)?),
                _ => None,
            };
            days.insert(date, sum);
        }
        let told = days.into_iter();
        Ok(told
            .filter_map(|(date, spent)| Some((date, spent?)))
            .collect())
    }

    /// What part of the total each line has, then the others, in hundredths of a percent that add up to exactly 10,000.
    /// `None` where a line lacks the figure, has a negative one, or they are of several currencies.
    pub fn shares(&self, fact: Fact) -> Option<Vec<u32>> {
        if !fact.adds_up() {
            return None;
        }
        let all: Vec<&Line> = self.lines.iter().chain(&self.others).collect();
        let mut values = Vec::with_capacity(all.len());
        let mut below = 1_i128;
        let mut currency = None;
        for line in all {
            let figure = line.get(fact)?;
            let value = figure.value()?;
            if *currency.get_or_insert(figure.currency()) != figure.currency() {
                return None;
            }
            below = below.max(value.denominator());
            values.push(value);
        }
        // Denominators of money are powers of ten in lowest terms: the product of the largest with ten's others fits
        // all.
        let below = if fact.is_money() {
            1_000_000_000
        } else {
            below
        };
        let whole: Option<Vec<u128>> = values
            .into_iter()
            .map(|value| {
                let value = value.times(Fraction::whole(below))?;
                (value.denominator() == 1).then(|| u128::try_from(value.numerator()).ok())?
            })
            .collect();
        shares(&whole?, 10_000)
    }
}
