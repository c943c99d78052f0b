//! How fast things are learnt.

use std::time::Duration;

use super::slots::SLOTS;

const HOUR: f32 = 3600.0;

/// How fast things are learnt, from the length of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// What remains of the evidence about the level after a bucket.
    pub(super) level: f32,
    /// The same for the dispersion.
    pub(super) spread: f32,
    /// How often a slot is visited in a week.
    pub(super) visits: f32,
    /// How many slots are visited.
    pub(super) slots: f32,
}

impl Pace {
    /// For buckets of this length, after so long a time evidence weighs half as much.
    pub(super) fn new(len: Duration, level: Duration, spread: Duration) -> Self {
        let half = |time: Duration| 0.5f32.powf(len.as_secs_f32() / time.as_secs_f32());
        let hours = len.as_secs_f32() / HOUR;
        Self {
            level: half(level),
            spread: half(spread),
            visits: (1.0 / hours).max(1.0),
            slots: SLOTS as f32 / hours.max(1.0),
        }
    }
}
