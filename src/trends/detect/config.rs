use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::slots::Week;
use crate::error::{Error, Result};
use crate::model::setters;

const WEEK: f64 = 7.0 * 86_400.0;

/// What a [`Detector`](super::Detector) goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DetectorConfig {
    /// The zone whose days and weeks people live by, as IANA names it; UTC by default.
    pub zone: String,
    /// Days that are like a Sunday, whatever their weekday, and teach nothing about it.
    pub holidays: Vec<Date>,
    /// How many false alarms a week are allowed for, over all terms: above 0, by default 0.7.
    pub false_alarms_a_week: f64,
    /// Fewer authors in the bucket are never an alarm; by default 5.
    pub min_authors: f64,
    /// Fewer posts in the bucket are never an alarm; by default 10.
    pub min_posts: u64,
    /// Less than so many times the usual is never an alarm: above 1, by default 2.
    pub min_ratio: f64,
    /// How long the stream is watched before the first alarm; by default a day.
    pub warm_up: Duration,
    /// How many terms are followed at most; by default 16,384.
    pub capacity: usize,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            zone: "UTC".to_owned(),
            holidays: Vec::new(),
            false_alarms_a_week: 0.7,
            min_authors: 5.0,
            min_posts: 10,
            min_ratio: 2.0,
            warm_up: Duration::from_secs(86_400),
            capacity: 16_384,
        }
    }
}

impl DetectorConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The week, if all settings are within their ranges.
    pub(super) fn week(&self) -> Result<Week> {
        let above = |value: f64, least: f64| value.is_finite() && value > least;
        let wrong = if !above(self.false_alarms_a_week, 0.0) {
            "false_alarms_a_week must be above 0: without any risk of a false alarm there is no alarm"
        } else if !above(self.min_ratio, 1.0) {
            "min_ratio must be above 1: a trend is more than the usual"
        } else if !(self.min_authors.is_finite() && self.min_authors >= 0.0) {
            "min_authors must be a number of authors, 0 or more"
        } else if self.capacity == 0 {
            "capacity must be at least 1: without a term followed nothing is found"
        } else {
            return Week::new(&self.zone, &self.holidays);
        };
        Err(Error::config(wrong))
    }

    /// The level of false discoveries at which the terms of one bucket are believed.
    pub(super) fn level(&self, len: Duration) -> f64 {
        (self.false_alarms_a_week * len.as_secs_f64() / WEEK).min(1.0)
    }
}

setters!(DetectorConfig {
    set zone: String, "Sets the zone.";
    push holidays: Date, "Adds a holiday.";
    set false_alarms_a_week: f64, "Sets how many false alarms a week are allowed for.";
    set min_authors: f64, "Sets the fewest authors of an alarm.";
    set min_posts: u64, "Sets the fewest posts of an alarm.";
    set min_ratio: f64, "Sets the smallest effect.";
    set warm_up: Duration, "Sets how long the stream is watched before the first alarm.";
    set capacity: usize, "Sets how many terms are followed at most.";
});
