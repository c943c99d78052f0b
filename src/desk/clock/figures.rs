//! Figures that say what they are made of.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Window;

/// A part of a whole, with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ratio {
    /// How many are counted.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
    /// Of which time it tells.
    pub window: Window,
}

impl Ratio {
    /// So many of so many.
    pub fn new(numerator: u64, denominator: u64, window: Window) -> Self {
        Self {
            numerator,
            denominator,
            window,
        }
    }

    /// The part, 0 to 1. `None` where there is nothing to take a part of.
    pub fn value(&self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }
}

/// How lengths of time are spread. Every length is `None` where there is none to tell of.
///
/// The median is the middle one, or the mean of the two in the middle. Other percentiles are by the nearest rank: the
/// shortest length that is not exceeded by so many per cent of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spread {
    /// How many lengths.
    pub count: u64,
    /// All of them together: the mean is this by `count`.
    pub total: Duration,
    /// The middle.
    pub median: Option<Duration>,
    /// Three quarters are not longer.
    pub p75: Option<Duration>,
    /// Nine of ten are not longer.
    pub p90: Option<Duration>,
    /// The longest.
    pub longest: Option<Duration>,
    /// The mean: beside the others, since a single long one moves it far.
    pub mean: Option<Duration>,
    /// Of which time it tells.
    pub window: Window,
}

impl Spread {
    /// Of these lengths.
    pub fn of(mut lengths: Vec<Duration>, window: Window) -> Self {
        lengths.sort_unstable();
        let count = lengths.len();
        let at = |place: usize| lengths.get(place).copied();
        let rank = |percent: usize| at((count * percent).div_ceil(100).checked_sub(1)?);
        let total = lengths
            .iter()
            .fold(Duration::ZERO, |sum, length| sum.saturating_add(*length));
        let median = count.checked_sub(1).and_then(|last| {
            let (low, high) = (at(last / 2)?, at(count / 2)?);
            Some(low + (high - low) / 2)
        });
        let mean = u32::try_from(count)
            .ok()
            .and_then(|count| total.checked_div(count));
        Self {
            count: u64::try_from(count).unwrap_or(u64::MAX),
            total,
            median,
            p75: rank(75),
            p90: rank(90),
            longest: lengths.last().copied(),
            mean,
            window,
        }
    }
}
