//! How a report is laid out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::dimension::Dimension;
use super::measure::Measure;
use super::rates::Rate;
use crate::error::{Error, Result};
use crate::model::Currency;

/// How many lines a report has at most, unless one says otherwise.
const USUAL_LINES: usize = 1000;

/// How a report is laid out: by what rows are put together, what is shown, how money is converted.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Layout {
    pub(super) by: Vec<Dimension>,
    pub(super) measures: Option<Vec<Measure>>,
    pub(super) zone: TimeZone,
    pub(super) rates: Vec<Rate>,
    pub(super) convert_to: Option<Currency>,
    pub(super) same: BTreeMap<(Dimension, String), String>,
    pub(super) most_lines: usize,
    pub(super) refuse_corrections: bool,
}

impl Layout {
    /// A line for each value of these dimensions; without one there is only the total.
    ///
    /// Days are those of UTC, money is not converted, and every measure is shown whose facts any row tells.
    pub fn by(dimensions: impl IntoIterator<Item = Dimension>) -> Self {
        Self {
            by: dimensions.into_iter().collect(),
            measures: None,
            zone: TimeZone::UTC,
            rates: Vec::new(),
            convert_to: None,
            same: BTreeMap::new(),
            most_lines: USUAL_LINES,
            refuse_corrections: false,
        }
    }

    /// Shows these measures, in this order.
    pub fn measures<M: Into<Measure>>(mut self, measures: impl IntoIterator<Item = M>) -> Self {
        self.measures = Some(measures.into_iter().map(Into::into).collect());
        self
    }

    /// Counts days, weeks and months in this zone.
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// Converts all money to this currency, by the rates that are given. Sums are converted, not rows, and are
    /// rounded (half to even) only where they are shown.
    pub fn convert_to(mut self, currency: Currency) -> Self {
        self.convert_to = Some(currency);
        self
    }

    /// Adds a rate.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rates.push(rate);
        self
    }

    /// Says that a value of a dimension means another, as a shop's name of a campaign means the network's id of it.
    /// So rows of several sources come into one line.
    pub fn same(
        mut self,
        dimension: Dimension,
        value: impl Into<String>,
        means: impl Into<String>,
    ) -> Self {
        self.same.insert((dimension, value.into()), means.into());
        self
    }

    /// Bounds the lines, and with them the memory: 1000 unless one says otherwise. What comes beyond is summed as
    /// others. Lines are counted for each source and level of rows.
    pub fn most_lines(mut self, lines: usize) -> Self {
        self.most_lines = lines;
        self
    }

    /// Refuses rows with a negative spend or revenue. Otherwise they are taken as corrections of earlier rows, and
    /// told.
    pub fn refuse_corrections(mut self) -> Self {
        self.refuse_corrections = true;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let twice = |words: &[&str]| {
            let mut seen = BTreeSet::new();
            words
                .iter()
                .find(|word| !seen.insert(**word))
                .map(|word| (*word).to_owned())
        };
        let by: Vec<&str> = self.by.iter().map(|dimension| dimension.as_str()).collect();
        let shown: Vec<&str> = (self.measures.iter().flatten())
            .map(|measure| measure.as_str())
            .collect();
        if let Some(word) = twice(&by).or_else(|| twice(&shown)) {
            return Err(Error::config(format!(
                "`{word}` is named twice: name it once"
            )));
        }
        for (at, rate) in self.rates.iter().enumerate() {
            let same = |other: &&Rate| (other.from, other.to) == (rate.from, rate.to);
            if self.rates.iter().take(at).any(|other| same(&other)) {
                return Err(Error::config(format!(
                    "there are two rates from {} to {}: give the one that holds",
                    rate.from, rate.to
                )));
            }
        }
        if self.convert_to.is_none() && !self.rates.is_empty() {
            return Err(Error::config(
                "there are rates, but no currency to convert to: name it, or take the rates out",
            ));
        }
        for ((dimension, value), means) in &self.same {
            if self.same.contains_key(&(*dimension, means.clone())) {
                return Err(Error::config(format!(
                    "the {dimension} `{value}` means `{means}`, which means another itself: name the last one"
                )));
            }
            if dimension.is_time() {
                return Err(Error::config(format!(
                    "a {dimension} cannot mean another: join by names"
                )));
            }
        }
        if self.most_lines == 0 {
            return Err(Error::config("a report needs room for one line at least"));
        }
        Ok(())
    }
}
