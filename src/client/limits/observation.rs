//! What one answer said about one budget.

use std::{borrow::Cow, time::Duration};

use jiff::Timestamp;

/// What one answer said about one budget.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// The bucket's name; `None` is the narrowest bucket that the call charged.
    pub bucket: Option<Cow<'static, str>>,
    /// How much a window holds.
    pub limit: Option<u64>,
    /// How much of the window is left.
    pub remaining: Option<u64>,
    /// How much of the window is spent.
    pub used: Option<u64>,
    /// When the window ends.
    pub reset: Option<Reset>,
    /// How long the window is.
    pub period: Option<Duration>,
    /// How much of the window is spent, 0 to 100.
    pub percent: Option<f64>,
}

/// When a window ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reset {
    /// At a moment of the server's clock.
    At {
        /// The moment.
        time: Timestamp,
        /// How finely it was told.
        resolution: Duration,
    },
    /// A while after the answer.
    After {
        /// The while.
        wait: Duration,
        /// How finely it was told.
        resolution: Duration,
    },
}
