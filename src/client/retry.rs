//! Whether and when a failed attempt is made again: a pure function.

use std::time::Duration;

use jiff::{Timestamp, fmt::serde::unsigned_duration::friendly::compact};
use serde::{Deserialize, Serialize};

use super::{
    clock::{after, between},
    random::{Random, jitter},
};

/// What happens when the same request arrives twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WriteSafety {
    /// The same as when it arrives once: reads, and writes that set a state. It may always be sent again.
    Idempotent,
    /// The server recognises the repeat by its key.
    Keyed {
        /// When the server may forget the key: no attempt leaves at this moment or later. `None`: never.
        until: Option<Timestamp>,
    },
    /// It is done twice, but a look at the server tells whether it was done once. After doubt it is looked up, not sent.
    Reconcilable,
    /// It is done twice, and nobody can tell. After doubt it is not sent again.
    #[default]
    Unsafe,
}

impl WriteSafety {
    /// Whether it may be sent again although it may have been done already.
    pub const fn survives_doubt(self) -> bool {
        matches!(self, Self::Idempotent | Self::Keyed { .. })
    }

    /// Whether an attempt may leave at `time`: false once a key may be forgotten.
    pub fn allows_sending_at(self, time: Timestamp) -> bool {
        !matches!(self, Self::Keyed { until: Some(until) } if time >= until)
    }
}

/// What a failed attempt tells about the work that it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The request certainly did not leave: connection refused, no secure connection, a permit that was dropped.
    NotSent,
    /// The server certainly did not do it, and may do it later: 429, or a 503 that says so.
    Refused,
    /// It may have been done: a lost connection, a timeout, most 5xx, an unreadable 2xx.
    Ambiguous,
    /// The same request would fail again.
    Final,
}

/// A failed attempt, and what the call has behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tried {
    /// How many attempts were made, this one included; 0 counts as 1.
    pub attempts: u32,
    /// Since the call began.
    pub elapsed: Duration,
    /// The time when the attempt failed.
    pub now: Timestamp,
    /// What a repeat does.
    pub safety: WriteSafety,
    /// What the failure tells.
    pub failure: Failure,
    /// Whether an *earlier* attempt of the call may have done the work.
    pub in_doubt: bool,
    /// The moment that the server named; nothing leaves before it.
    pub told: Option<Timestamp>,
    /// How long the caller is still willing to wait in all.
    pub max_wait: Duration,
}

impl Tried {
    /// A failed attempt of a call that was never in doubt, with no word from the server and no bound on waiting.
    pub const fn new(attempts: u32, now: Timestamp, safety: WriteSafety, failure: Failure) -> Self {
        Self {
            attempts,
            elapsed: Duration::ZERO,
            now,
            safety,
            failure,
            in_doubt: false,
            told: None,
            max_wait: Duration::MAX,
        }
    }

    /// Sets how long ago the call began.
    #[must_use]
    pub const fn elapsed(mut self, elapsed: Duration) -> Self {
        self.elapsed = elapsed;
        self
    }

    /// Sets whether an earlier attempt may have done the work.
    #[must_use]
    pub const fn in_doubt(mut self, in_doubt: bool) -> Self {
        self.in_doubt = in_doubt;
        self
    }

    /// Sets the moment that the server named.
    #[must_use]
    pub const fn told(mut self, told: Option<Timestamp>) -> Self {
        self.told = told;
        self
    }

    /// Sets how long the caller is still willing to wait.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Report the failure.
    Stop,
    /// Try again after this wait.
    Wait(Duration),
    /// Report the failure with this moment to come back: it is further away than the caller waits, or than a key lives.
    Defer(Timestamp),
}

/// How often and how fast a call is tried again.
///
/// In configuration, durations are written like `500ms`, `30s` or `2m`; fields that are left out have their defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first included. Default 4; 0 counts as 1.
    pub attempts: u32,
    /// The most that is waited before the second attempt; it doubles with each further one. Default 500 ms.
    #[serde(with = "compact::required")]
    pub base: Duration,
    /// What the doubling stops at. Default 30 s.
    #[serde(with = "compact::required")]
    pub cap: Duration,
    /// No attempt follows a wait of our own choosing that ends later than this after the call began. Default 2 min.
    /// Moments that the server named are bounded by the caller's longest wait instead.
    #[serde(with = "compact::required")]
    pub total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            total: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// The default policy.
    pub fn new() -> Self {
        Self::default()
    }

    /// One attempt.
    pub fn none() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// Sets the attempts in all, the first included.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the most that is waited before the second attempt.
    #[must_use]
    pub const fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// Sets what the doubling stops at.
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Sets how long after the call's begin our own waits may end.
    #[must_use]
    pub const fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The most that is waited after `attempts` attempts: `base` doubled for each after the first, up to `cap`.
    pub fn ceiling(&self, attempts: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempts.max(1) - 1).unwrap_or(u32::MAX);
        self.base.saturating_mul(doubled).min(self.cap)
    }

    /// What to do after a failed attempt.
    ///
    /// - A failure that is final stops. So does one in doubt, unless the write is idempotent or keyed.
    /// - A moment that the server named is waited for, with jitter on top; one further away than the caller waits
    ///   defers, whatever attempts are left.
    /// - Otherwise the wait is random between nothing and the [`ceiling`](RetryPolicy::ceiling) ("full jitter"). A
    ///   caller that waits for nothing gets no repeat.
    /// - An attempt that would leave when its key may be forgotten is not made. A caller whose call was never in doubt
    ///   is told to come back, with a new key, at the moment that the server named.
    pub fn verdict(&self, tried: &Tried, random: &dyn Random) -> Verdict {
        let in_doubt = tried.in_doubt || tried.failure == Failure::Ambiguous;
        if tried.failure == Failure::Final || in_doubt && !tried.safety.survives_doubt() {
            return Verdict::Stop;
        }
        let told = tried.told.filter(|told| *told > tried.now);
        let told_wait = told.map(|told| between(tried.now, told));
        if let (Some(told), Some(wait)) = (told, told_wait)
            && wait > tried.max_wait
        {
            let useless = in_doubt && !tried.safety.allows_sending_at(told);
            return if useless {
                Verdict::Stop
            } else {
                Verdict::Defer(told)
            };
        }
        if tried.attempts.max(1) >= self.attempts {
            return Verdict::Stop;
        }
        let patience = tried.max_wait - told_wait.unwrap_or_default();
        let ceiling = self.ceiling(tried.attempts).min(patience);
        let own = jitter(random, ceiling);
        let wait = match told_wait {
            Some(told_wait) => told_wait + own,
            None if patience.is_zero() && !self.ceiling(tried.attempts).is_zero() => {
                return Verdict::Stop;
            }
            None if tried.elapsed.saturating_add(own) > self.total => return Verdict::Stop,
            None => own,
        };
        if tried.safety.allows_sending_at(after(tried.now, wait)) {
            return Verdict::Wait(wait);
        }
        match told {
            Some(told) if !in_doubt => Verdict::Defer(told),
            _ => Verdict::Stop,
        }
    }
}
