use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment that a server told, as it told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// A moment on the server's clock.
    At {
        /// The moment as written.
        time: Timestamp,
        /// How coarsely it is written: one second for epoch seconds.
        resolution: Duration,
    },
    /// A time to wait, counted from the answer.
    After {
        /// The time as written.
        wait: Duration,
        /// How coarsely it is written.
        resolution: Duration,
    },
}

impl Reset {
    /// A moment on the server's clock, written in whole seconds.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self::At {
            time,
            resolution: Duration::from_secs(1),
        }
    }

    /// A wait that is exact, such as one told in milliseconds by an error's body.
    #[must_use]
    pub const fn after(wait: Duration) -> Self {
        Self::After {
            wait,
            resolution: Duration::ZERO,
        }
    }

    /// The same moment, known to be written this coarsely.
    #[must_use]
    pub const fn to_within(self, resolution: Duration) -> Self {
        match self {
            Self::At { time, .. } => Self::At { time, resolution },
            Self::After { wait, .. } => Self::After { wait, resolution },
        }
    }
}

/// What an answer told about one limit, in no network's dialect. What it did not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The bucket's name; `None` means the one that fits best among those that the call was charged to.
    pub bucket: Option<Cow<'static, str>>,
    /// Units in a whole window.
    pub limit: Option<u64>,
    /// Units that are left after this call.
    pub remaining: Option<u64>,
    /// Units that are used, this call included.
    pub used: Option<u64>,
    /// When the window ends.
    pub reset: Option<Reset>,
    /// The window's length.
    pub period: Option<Duration>,
    /// The used share, 0 to 100 and above.
    pub percent: Option<f64>,
}
