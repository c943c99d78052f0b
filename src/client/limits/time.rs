use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Microseconds since 1970, or a length in microseconds.
pub(super) type Micros = i64;

pub(super) const SECOND: Micros = 1_000_000;
pub(super) const DAY: Micros = 86_400 * SECOND;

pub(super) fn micros(at: Timestamp) -> Micros {
    at.as_microsecond()
}

/// A length, rounded up, so that nothing leaves a fraction of a microsecond early.
pub(super) fn length(of: Duration) -> Micros {
    let whole = Micros::try_from(of.as_secs()).ok();
    let fraction = Micros::from(of.subsec_nanos().div_ceil(1_000));
    whole
        .and_then(|seconds| seconds.checked_mul(SECOND)?.checked_add(fraction))
        .unwrap_or(Micros::MAX / 4)
}

/// The same for a window's period, which is never empty.
pub(super) fn period(of: Duration) -> Micros {
    length(of).clamp(1, 400 * 365 * DAY)
}

pub(super) fn duration(of: Micros) -> Duration {
    Duration::from_micros(u64::try_from(of).unwrap_or(0))
}

pub(super) fn timestamp(at: Micros) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX)
}

/// Moves a moment back along with our clock. What stands for never stays.
#[inline(never)]
pub(super) const fn set_back(at: &mut Micros, by: Micros) {
    if *at != Micros::MIN && *at != Micros::MAX {
        *at = at.saturating_sub(by);
    }
}

/// By how much a server's clock is ahead of ours: somewhere between two bounds.
///
/// A `Date` in whole seconds was written between the request's departure and the answer's arrival, so each answer
/// bounds the difference from both sides, and many answers together narrow it to about the fastest round trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Skew {
    pub(super) lo: Micros,
    pub(super) hi: Micros,
    /// Counts how often the estimate began anew, 0 where nothing is known.
    pub(super) epoch: u32,
    seen: Micros,
}

impl Skew {
    pub(super) const fn known(&self) -> bool {
        self.epoch > 0
    }

    pub(super) const fn middle(&self) -> Micros {
        self.lo / 2 + self.hi / 2
    }

    /// Ours was set back: so much further is a known one ahead, as far as can be seen.
    pub(super) const fn set_back(&mut self, by: Micros) {
        if self.known() {
            self.lo = self.lo.saturating_add(by);
            self.hi = self.hi.saturating_add(by);
            self.epoch = self.epoch.saturating_add(1);
            set_back(&mut self.seen, by);
        }
    }

    pub(super) fn learn(&mut self, date: Micros, sent: Micros, answered: Micros, longest: Micros) {
        let lo = date.saturating_sub(answered);
        let hi = date.saturating_add(SECOND).saturating_sub(sent);
        let middle = lo / 2 + hi / 2;
        if hi < lo || middle.saturating_abs() > longest {
            return;
        }
        // Clocks drift: what was learned long ago binds less.
        let drift = answered.saturating_sub(self.seen).max(0) / 10_000;
        let narrowed = (lo.max(self.lo - drift), hi.min(self.hi + drift));
        if self.known() && narrowed.0 <= narrowed.1 {
            (self.lo, self.hi) = narrowed;
        } else {
            (self.lo, self.hi) = (lo, hi);
            self.epoch = self.epoch.saturating_add(1);
        }
        self.seen = self.seen.max(answered);
    }
}

/// The moment at which a window ends: somewhere between two bounds, on our clock or on the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    Local { lo: Micros, hi: Micros },
    Server { lo: Micros, hi: Micros },
}

impl End {
    /// The bounds on our clock.
    pub(super) const fn local(self, skew: &Skew) -> (Micros, Micros) {
        match self {
            Self::Local { lo, hi } => (lo, hi),
            Self::Server { lo, hi } => (lo.saturating_sub(skew.hi), hi.saturating_sub(skew.lo)),
        }
    }

    /// Our clock was set back.
    pub(super) const fn set_back(&mut self, by: Micros) {
        if let Self::Local { .. } = self {
            *self = self.later(by.saturating_neg());
        }
    }

    pub(super) const fn later(self, by: Micros) -> Self {
        match self {
            Self::Local { lo, hi } => Self::Local {
                lo: lo.saturating_add(by),
                hi: hi.saturating_add(by),
            },
            Self::Server { lo, hi } => Self::Server {
                lo: lo.saturating_add(by),
                hi: hi.saturating_add(by),
            },
        }
    }

    /// What both say, where they do not contradict each other.
    pub(super) fn narrowed(self, by: Self, skew: &Skew) -> Option<Self> {
        if let (Self::Server { lo: a, hi: b }, Self::Server { lo: c, hi: d }) = (self, by) {
            let (lo, hi) = (a.max(c), b.min(d));
            return (lo <= hi).then_some(Self::Server { lo, hi });
        }
        let ((a, b), (c, d)) = (self.local(skew), by.local(skew));
        let (lo, hi) = (a.max(c), b.min(d));
        (lo <= hi).then_some(Self::Local { lo, hi })
    }
}

/// What an answer told about one window, in units and on clocks that we can count with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) limit: Option<u64>,
    pub(super) remaining: Option<u64>,
    pub(super) end: Option<End>,
    pub(super) period: Option<Micros>,
}

/// When an answer's call was sent and when the answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trip {
    pub(super) sent: Micros,
    pub(super) now: Micros,
}

/// What is out without an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) cost: u64,
    pub(super) calls: u64,
}

/// What must fit: a call, and the earlier waiters of its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// The call alone.
    pub(super) cost: u64,
    /// Waiters before it.
    pub(super) ahead: Flight,
}

impl Need {
    pub(super) const fn units(&self) -> u64 {
        self.cost.saturating_add(self.ahead.cost)
    }
}

/// Whether a call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    At(Micros),
    Answer,
    Never,
}

impl Gate {
    /// The one that makes a call wait longer. A moment is longer than an answer, which comes within a round trip.
    pub(super) fn and(self, other: Self) -> Self {
        let rank = |gate: Self| match gate {
            Self::Open => (0, 0),
            Self::Answer => (1, 0),
            Self::At(at) => (2, at),
            Self::Never => (3, 0),
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_rounded_up_and_has_a_bound() {
        for (of, micros) in [
            (Duration::ZERO, 0),
            (Duration::from_nanos(1), 1),
            (Duration::from_nanos(1_000), 1),
            (Duration::new(3, 999_999_001), 4 * SECOND),
            (Duration::from_micros(i64::MAX as u64), i64::MAX),
            (Duration::from_micros(i64::MAX as u64 + 1), i64::MAX / 4),
            (Duration::MAX, i64::MAX / 4),
        ] {
            assert_eq!(length(of), micros, "{of:?}");
        }
    }
}
