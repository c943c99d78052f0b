//! What a watch goes by.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::detect::DetectorConfig;
use crate::error::{Error, Result};
use crate::model::setters;

/// What a [`Watch`](super::Watch) goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WatchConfig {
    /// How long a bucket of time is: a minute to a day, and a whole part of a day; by default an hour.
    pub bucket: Duration,
    /// How long after its end a bucket is still open to posts that come late: at most one bucket; by default 10 minutes.
    pub lateness: Duration,
    /// Accounts younger than this are young; by default 30 days. Networks that do not tell an account's age have none.
    pub young: Duration,
    /// What a young account counts as: 0 to 1, by default 0.5.
    pub young_weight: f64,
    /// Terms of our own campaigns: `#ShopSale`, `sale`. Topics that hold one are flagged.
    pub own_terms: Vec<String>,
    /// What the statistics go by.
    pub detector: DetectorConfig,
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self {
            bucket: Duration::from_secs(3600),
            lateness: Duration::from_secs(600),
            young: Duration::from_secs(30 * 86_400),
            young_weight: 0.5,
            own_terms: Vec::new(),
            detector: DetectorConfig::default(),
        }
    }
}

setters!(WatchConfig {
    set bucket: Duration, "Sets how long a bucket is.";
    set lateness: Duration, "Sets how long a bucket waits for late posts.";
    set young: Duration, "Sets which accounts are young.";
    set young_weight: f64, "Sets what a young account counts as.";
    push own_terms: String, "Adds a term of our own campaigns.";
    set detector: DetectorConfig, "Sets what the statistics go by.";
});

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

impl WatchConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Passes when a watch can work with it.
    ///
    /// # Errors
    /// `Config` for a bucket that is no whole part of a day, a lateness longer than a bucket, a weight outside of 0 to 1,
    /// an own term without a letter, and what the detector refuses.
    pub fn check(&self) -> Result<()> {
        let seconds = self.bucket.as_secs();
        let whole = self.bucket.subsec_nanos() == 0;
        if !whole || !(MINUTE..=DAY).contains(&seconds) || !DAY.is_multiple_of(seconds) {
            return Err(Error::config(format!(
                "a bucket of {:?} does not divide the day: take one of a minute to a day that does, such as an hour",
                self.bucket
            )));
        }
        if self.lateness > self.bucket {
            return Err(Error::config(format!(
                "buckets of {:?} cannot wait {:?} for late posts: wait no longer than one bucket",
                self.bucket, self.lateness
            )));
        }
        if !(0.0..=1.0).contains(&self.young_weight) {
            return Err(Error::config(format!(
                "a young account cannot count as {}: set `young_weight` between 0 and 1",
                self.young_weight
            )));
        }
        let empty = |term: &&String| !term.chars().any(char::is_alphanumeric);
        if let Some(term) = self.own_terms.iter().find(empty) {
            return Err(Error::config(format!(
                "the own term `{term}` has no letter: take it out"
            )));
        }
        Ok(())
    }
}
