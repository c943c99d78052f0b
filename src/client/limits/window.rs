use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Name;

/// How a server counts against one limit.
///
/// Units are those of the bucket: calls, points, objects or money. A network that does not tell how it counts is
/// declared as [`Window::Rolling`], which is never more than any of the others allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Window {
    /// `limit` units in each period; periods follow each other without a gap, counted from 1970 on the server's clock
    /// until the server names a moment at which one ends.
    Fixed {
        /// Units in a period, at least 1.
        limit: u64,
        /// Length of a period.
        period: Duration,
    },
    /// `limit` units in a period that begins with the first call after the last one ended.
    FromFirstCall {
        /// Units in a period, at least 1.
        limit: u64,
        /// Length of a period.
        period: Duration,
    },
    /// `limit` units in any stretch of time of this length.
    Rolling {
        /// Units in any period, at least 1.
        limit: u64,
        /// Length of the period.
        period: Duration,
    },
    /// One unit each `per`, and up to `burst` units at once after a pause.
    Paced {
        /// Time that one unit needs.
        per: Duration,
        /// Units that may leave at once, at least 1.
        burst: u64,
    },
    /// `limit` units in a calendar day of a time zone, with its changes to and from summer time.
    Day {
        /// Units in a day, at least 1.
        limit: u64,
        /// IANA name of the zone, such as `America/Los_Angeles`; the feature `zones` brings the names.
        /// Where a name is not known, no 25 hours in a row hold more than the limit: never too much, and less than could be.
        zone: Name,
    },
    /// `limit` units in a calendar month of UTC.
    Month {
        /// Units in a month, at least 1.
        limit: u64,
    },
    /// `limit` units in all, which nothing gives back.
    Total {
        /// Units in all.
        limit: u64,
    },
    /// At most this many calls without an answer.
    InFlight(u64),
}

impl Window {
    /// `limit` units in each period that begins at a multiple of `period`.
    #[must_use]
    pub const fn fixed(limit: u64, period: Duration) -> Self {
        Self::Fixed { limit, period }
    }

    /// `limit` units in a period that begins with the first call.
    #[must_use]
    pub const fn from_first_call(limit: u64, period: Duration) -> Self {
        Self::FromFirstCall { limit, period }
    }

    /// `limit` units in any stretch of `period`.
    #[must_use]
    pub const fn rolling(limit: u64, period: Duration) -> Self {
        Self::Rolling { limit, period }
    }

    /// One unit each `per`, up to `burst` at once.
    #[must_use]
    pub const fn paced(per: Duration, burst: u64) -> Self {
        Self::Paced { per, burst }
    }

    /// `limit` units in a calendar day of `zone` (an IANA name).
    #[must_use]
    pub const fn day(limit: u64, zone: &'static str) -> Self {
        Self::Day {
            limit,
            zone: Name::constant(zone),
        }
    }

    /// `limit` units in a calendar month of UTC.
    #[must_use]
    pub const fn month(limit: u64) -> Self {
        Self::Month { limit }
    }

    /// `limit` units in all.
    #[must_use]
    pub const fn total(limit: u64) -> Self {
        Self::Total { limit }
    }

    /// At most `calls` calls without an answer.
    #[must_use]
    pub const fn in_flight(calls: u64) -> Self {
        Self::InFlight(calls)
    }

    /// The most that the window can ever hold at once.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        match self {
            Self::Fixed { limit, .. }
            | Self::FromFirstCall { limit, .. }
            | Self::Rolling { limit, .. }
            | Self::Day { limit, .. }
            | Self::Month { limit }
            | Self::Total { limit } => *limit,
            Self::Paced { burst, .. } => *burst,
            Self::InFlight(calls) => *calls,
        }
    }
}

/// The windows of a bucket: a constant of the program, or one shared allocation.
#[derive(Clone, Debug)]
pub struct Windows(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Constant(&'static [Window]),
    Shared(Arc<[Window]>),
}

impl Windows {
    /// No window: the server's answers are the only word.
    pub const NONE: Self = Self(Kind::Constant(&[]));

    /// Windows that are a constant of the program.
    #[must_use]
    pub const fn constant(windows: &'static [Window]) -> Self {
        Self(Kind::Constant(windows))
    }
}

impl Deref for Windows {
    type Target = [Window];

    fn deref(&self) -> &[Window] {
        match &self.0 {
            Kind::Constant(windows) => windows,
            Kind::Shared(windows) => windows,
        }
    }
}

impl PartialEq for Windows {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq::<[Window]>(&**self, &**other) || **self == **other
    }
}

impl Eq for Windows {}

impl Default for Windows {
    fn default() -> Self {
        Self::NONE
    }
}

impl From<&'static [Window]> for Windows {
    fn from(windows: &'static [Window]) -> Self {
        Self::constant(windows)
    }
}

impl<const N: usize> From<&'static [Window; N]> for Windows {
    fn from(windows: &'static [Window; N]) -> Self {
        Self::constant(windows)
    }
}

impl<const N: usize> From<[Window; N]> for Windows {
    fn from(windows: [Window; N]) -> Self {
        Self(Kind::Shared(Arc::new(windows)))
    }
}

impl From<Vec<Window>> for Windows {
    fn from(windows: Vec<Window>) -> Self {
        Self(Kind::Shared(windows.into()))
    }
}

impl From<Arc<[Window]>> for Windows {
    fn from(windows: Arc<[Window]>) -> Self {
        Self(Kind::Shared(windows))
    }
}

impl Serialize for Windows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Windows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Window>::deserialize(deserializer).map(Self::from)
    }
}
