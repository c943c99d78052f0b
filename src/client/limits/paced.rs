//! Windows that let one unit through at a time.

use serde::{Deserialize, Serialize};

use super::time::{Gate, Micros, Need, set_back};

/// The generic cell rate algorithm: each unit moves a mark on by `per`, and a unit may leave while the mark is less than
/// `burst` units ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Paced {
    pub(super) per: Micros,
    pub(super) burst: u64,
    /// The mark, with everything that is reserved.
    reserved: Micros,
    /// The mark, with what has left.
    left: Micros,
}

impl Paced {
    pub(super) const fn new(per: Micros, burst: u64) -> Self {
        Self {
            per,
            burst,
            reserved: Micros::MIN,
            left: Micros::MIN,
        }
    }

    /// Our clock was set back.
    pub(super) const fn set_back(&mut self, by: Micros) {
        set_back(&mut self.reserved, by);
        set_back(&mut self.left, by);
    }

    fn time(&self, units: u64) -> Micros {
        Micros::try_from(units)
            .unwrap_or(Micros::MAX)
            .saturating_mul(self.per)
    }

    /// The first moment at which so many units conform.
    fn conforms(&self, mark: Micros, units: u64) -> Micros {
        mark.saturating_add(self.time(units))
            .saturating_sub(self.time(self.burst))
    }

    pub(super) fn gate(&self, now: Micros, need: Need) -> Gate {
        if need.cost > self.burst {
            return Gate::Never;
        }
        // With waiters before it, the mark will be at least at `now` when it is this call's turn.
        let mark = if need.ahead.calls > 0 {
            self.reserved.max(now)
        } else {
            self.reserved
        };
        let at = self.conforms(mark, need.units());
        if need.cost == 0 || at <= now {
            Gate::Open
        } else {
            Gate::At(at)
        }
    }

    pub(super) fn units_left(&self, now: Micros) -> u64 {
        let ahead = self.reserved.saturating_sub(now).max(0);
        let used = ahead / self.per + i64::from(ahead % self.per > 0);
        self.burst.saturating_sub(u64::try_from(used).unwrap_or(0))
    }

    pub(super) fn fresh_at(&self) -> Micros {
        self.reserved.max(self.left)
    }

    pub(super) fn take(&mut self, now: Micros, cost: u64) {
        if cost > 0 {
            self.reserved = self.reserved.max(now).saturating_add(self.time(cost));
        }
    }

    pub(super) fn give_back(&mut self, cost: u64) {
        self.reserved = self.reserved.saturating_sub(self.time(cost)).max(self.left);
    }

    /// Whether a reserved call may leave now: one that was held up after its reservation may not catch up with the next.
    pub(super) fn may_leave(&self, now: Micros, cost: u64) -> bool {
        cost == 0 || self.conforms(self.left, cost) <= now
    }

    pub(super) fn leave(&mut self, now: Micros, cost: u64) {
        if cost > 0 {
            self.left = self.left.max(now).saturating_add(self.time(cost));
            self.reserved = self.reserved.max(self.left);
        }
    }
}
