use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the limits do where neither a constant nor the server says it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimitPolicy {
    /// How long a bucket rests after a refusal that named no moment. Default: one minute. It doubles with each refused
    /// probe.
    pub first_rest: Duration,
    /// The longest such rest. Default: one hour.
    pub longest_rest: Duration,
    /// The used share in per cent above which calls are spread out, unless our own calls came to as much: then the
    /// bucket's window holds them by itself. Default: 80.
    pub slow_above: f64,
    /// The length of a window that is told only as a share. Default: one hour.
    pub share_period: Duration,
    /// How far a server's clock may differ before its `Date` is held to be wrong. Default: one hour.
    pub longest_skew: Duration,
    /// How far ahead a moment may lie that a server names. Default: 32 days. What lies further is not believed.
    pub furthest: Duration,
}

impl Default for LimitPolicy {
    fn default() -> Self {
        Self {
            first_rest: Duration::from_secs(60),
            longest_rest: Duration::from_secs(3600),
            slow_above: 80.0,
            share_period: Duration::from_secs(3600),
            longest_skew: Duration::from_secs(3600),
            furthest: Duration::from_secs(32 * 86_400),
        }
    }
}

impl LimitPolicy {
    /// Sets the first and the longest rest after a refusal that named no moment.
    #[must_use]
    pub const fn rest(mut self, first: Duration, longest: Duration) -> Self {
        self.first_rest = first;
        self.longest_rest = longest;
        self
    }

    /// Sets the share in per cent above which calls are spread out.
    #[must_use]
    pub const fn slow_above(mut self, percent: f64) -> Self {
        self.slow_above = percent;
        self
    }
}
