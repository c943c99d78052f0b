//! A burst from its alarm to its end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decay::Decay;
use super::habit::Habit;
use super::term::Span;

/// So many quiet buckets in a row end a burst: what rises again before is the same one.
pub(super) const QUIET: u32 = 6;

/// What a new level is measured by: older buckets weigh less, by this at each.
const KEEP: f32 = 0.94;

/// A burst that is going on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Burst {
    pub(super) started: Timestamp,
    /// When the alarm was raised.
    pub(super) raised: Timestamp,
    /// The strongest ratio so far, of two buckets so that chance alone makes no peak.
    pub(super) peak: f32,
    since_peak: u32,
    quiet: u32,
    seen: f32,
    expected: f32,
    pub(super) hours: Habit,
    pub(super) decay: Decay,
}

impl Burst {
    pub(super) fn new(started: Timestamp, raised: Timestamp) -> Self {
        Self {
            started,
            raised,
            peak: 0.0,
            since_peak: 0,
            quiet: 0,
            seen: 0.0,
            expected: 0.0,
            hours: Habit::default(),
            decay: Decay::default(),
        }
    }

    /// Takes in a bucket, by itself and with those before it.
    pub(super) fn go_on(&mut self, slot: usize, bucket: &Span, lately: &Span, quiet_below: f32) {
        self.hours.mark(slot);
        self.seen = self.seen * KEEP + bucket.observed;
        self.expected = self.expected * KEEP + bucket.expected;
        let quiet = lately.ratio() < quiet_below && bucket.ratio() < quiet_below;
        self.quiet = if quiet { self.quiet + 1 } else { 0 };
        let two = lately.ratio();
        if two > self.peak {
            self.peak = two;
            self.since_peak = 0;
            self.decay = Decay::default();
        } else {
            self.since_peak = self.since_peak.saturating_add(1);
        }
        let ratio = bucket.ratio();
        let chance = ratio.max(1.0) / bucket.expected + bucket.dispersion * ratio * ratio;
        self.decay.add(self.since_peak as f32, ratio, chance);
    }

    pub(super) fn over(&self) -> bool {
        self.quiet >= QUIET
    }

    /// The level since the alarm, as a multiple of the usual one; the last buckets weigh most.
    pub(super) fn level(&self) -> f32 {
        if self.expected > 0.0 {
            self.seen / self.expected
        } else {
            1.0
        }
    }

    pub(super) fn since_peak(&self) -> u32 {
        self.since_peak
    }
}
