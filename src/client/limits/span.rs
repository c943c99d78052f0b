//! Windows that end as a whole: fixed, from the first call, days and months.

use serde::{Deserialize, Serialize};

use super::Name;
use super::midnight::{next_midnight, next_month};
use super::time::{End, Flight, Gate, Micros, Need, Seen, Skew, Trip, set_back};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Fixed,
    FromFirstCall,
    Day(Name),
    Month,
}

impl Kind {
    /// Whether the calendar says how long a window is.
    const fn is_calendar(&self) -> bool {
        matches!(self, Self::Day(_) | Self::Month)
    }
}

/// The present window.
///
/// The server turns it at a moment that we know only between two bounds (`end`). Calls wait for the later one; what is
/// answered after the earlier one counts in both windows, as it may have arrived in either.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Span {
    pub(super) kind: Kind,
    pub(super) limit: u64,
    pub(super) period: Micros,
    /// Whether the period is only the longest time to an end that was told.
    pub(super) guessed: bool,
    end: Option<End>,
    /// The clock estimate that `end` was computed with; `None` where the server told `end` or a call made it.
    derived: Option<u32>,
    told_end: bool,
    /// `FromFirstCall`: whether the call that opened the window is known to have been sent in it.
    opened: bool,
    /// When the window before this one was over.
    past: Micros,
    /// Our own answered cost.
    own: u64,
    /// The part of it that may belong to the next window.
    carry: u64,
    /// The part of it that may belong to the window before: it was under way when that one ended.
    doubt: u64,
    /// When the last of that was answered, and what else was answered until then.
    doubt_at: Micros,
    sure: u64,
    /// The least that the server said is left.
    told: Option<u64>,
    /// Cost answered without a word, which `told` may not contain.
    uncounted: u64,
    uncounted_at: Micros,
    /// When the call was sent that told the limit.
    limit_at: Micros,
}

/// Which window an answer speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Before,
    Present,
    Next,
    Unknown,
}

impl Span {
    pub(super) fn new(kind: Kind, limit: u64, period: Micros) -> Self {
        Self {
            kind,
            limit,
            period,
            guessed: false,
            end: None,
            derived: None,
            told_end: false,
            opened: false,
            past: Micros::MIN,
            own: 0,
            carry: 0,
            doubt: 0,
            doubt_at: Micros::MIN,
            sure: 0,
            told: None,
            uncounted: 0,
            uncounted_at: Micros::MIN,
            limit_at: Micros::MIN,
        }
    }

    /// Brings the window up to `now`.
    pub(super) fn turn(&mut self, now: Micros, skew: &Skew) {
        if self.derived.is_some_and(|epoch| epoch != skew.epoch) {
            // The clock was corrected: the boundary moves, what is used stays used.
            self.derive(now, skew);
        }
        let Some(end) = self.end else {
            if self.kind != Kind::FromFirstCall {
                self.derive(now, skew);
            }
            return;
        };
        let (lo, hi) = end.local(skew);
        if now < hi {
            return;
        }
        let passed = (now - hi) / self.period + 1;
        self.own = if passed == 1 { self.carry } else { 0 };
        self.carry = 0;
        (self.doubt, self.doubt_at, self.sure) = (self.own, hi, 0);
        self.told = None;
        self.uncounted = 0;
        self.past = hi;
        match self.kind {
            Kind::Fixed => self.end = Some(end.later(passed.saturating_mul(self.period))),
            Kind::Day(_) | Kind::Month => self.derive(now, skew),
            Kind::FromFirstCall => {
                self.opened = false;
                self.told_end = false;
                // A call that was answered near the end may have opened the next window already.
                self.end = (self.own > 0).then_some(End::Local {
                    lo: lo.saturating_add(self.period),
                    hi: hi.saturating_add(self.period),
                });
            }
        }
    }

    /// Our clock was set back.
    pub(super) fn set_back(&mut self, by: Micros) {
        if let Some(end) = &mut self.end {
            end.set_back(by);
        }
        // What follows from the calendar is to be looked up there again.
        self.derived = self.derived.map(|_| u32::MAX);
        for at in [
            &mut self.past,
            &mut self.doubt_at,
            &mut self.uncounted_at,
            &mut self.limit_at,
        ] {
            set_back(at, by);
        }
    }

    /// Sets the end that follows from the calendar.
    fn derive(&mut self, now: Micros, skew: &Skew) {
        let there = now.saturating_add(skew.lo);
        let at = match &self.kind {
            Kind::Day(zone) => next_midnight(there, zone),
            Kind::Month => next_month(there),
            _ => there
                .div_euclid(self.period)
                .saturating_add(1)
                .saturating_mul(self.period),
        };
        self.end = Some(End::Server { lo: at, hi: at });
        self.derived = Some(skew.epoch);
        self.told_end = false;
    }

    pub(super) fn left(&self, flight: Flight) -> u64 {
        let own = self.limit.saturating_sub(self.own);
        let told = self
            .told
            .map_or(own, |told| told.saturating_sub(self.uncounted));
        own.min(told).saturating_sub(flight.cost)
    }

    pub(super) fn resets_at(&self, skew: &Skew) -> Option<Micros> {
        self.end.map(|end| end.local(skew).1)
    }

    pub(super) fn gate(&self, now: Micros, need: Need, flight: Flight, skew: &Skew) -> Gate {
        if need.cost > self.limit {
            return Gate::Never;
        }
        let left = self.left(flight);
        if need.units() <= left {
            return Gate::Open;
        }
        let over = need.units() - left;
        let windows = (over - 1) / self.limit.max(1);
        // Where everything is out and the window is not yet open, its end follows from the first answer.
        let next = self
            .resets_at(skew)
            .unwrap_or_else(|| now.saturating_add(self.period));
        let windows = Micros::try_from(windows).unwrap_or(Micros::MAX);
        Gate::At(next.saturating_add(windows.saturating_mul(self.period)))
    }

    /// The time until which what is known of the window matters: its end, and that of the next where that may have
    /// begun already.
    pub(super) fn fresh_at(&self, skew: &Skew) -> Micros {
        let next = if self.carry > 0 { self.period } else { 0 };
        let ends = self.resets_at(skew).unwrap_or(self.past);
        ends.saturating_add(next)
    }

    pub(super) fn settle(&mut self, trip: Trip, cost: u64, seen: Option<&Seen>, skew: &Skew) {
        self.turn(trip.now, skew);
        let mut seen = seen.copied().unwrap_or_default();
        self.learn_size(trip, &seen);
        seen.end = seen.end.and_then(|end| self.believable(end, trip, skew));
        seen.remaining = seen.remaining.filter(|left| *left <= self.limit);
        if let (true, Some((_, hi))) = (self.guessed, seen.end.map(|end| end.local(skew))) {
            self.period = self.period.max(hi.saturating_sub(trip.sent));
        }
        match self.which(&seen, trip, skew) {
            Which::Before => {}
            Which::Present => {
                self.count(trip, cost);
                if let Some(end) = seen.end {
                    self.end = match self.end {
                        Some(known) if self.told_end => {
                            Some(known.narrowed(end, skew).unwrap_or(end))
                        }
                        _ => Some(end),
                    };
                    self.told_end = true;
                    self.derived = None;
                    self.opened = true;
                }
                // It ends between two bounds: what is answered between them may belong to the next already.
                self.carry_over(trip, cost, skew);
                self.told_left(seen.remaining, trip, cost);
                self.resolve(&seen, trip, cost);
            }
            Which::Next => {
                if let Some((_, hi)) = self.end.map(|end| end.local(skew)) {
                    self.past = hi.min(trip.now);
                }
                self.own = cost;
                self.carry = 0;
                (self.doubt, self.sure) = (0, 0);
                self.end = seen.end;
                self.told_end = true;
                self.derived = None;
                self.opened = true;
                self.told = seen.remaining;
                self.uncounted = 0;
            }
            Which::Unknown => {
                self.count(trip, cost);
                self.open(trip);
                self.carry_over(trip, cost, skew);
                let inside = trip.sent >= self.past;
                self.told_left(seen.remaining.filter(|_| inside), trip, cost);
                self.resolve(&seen, trip, cost);
            }
        }
    }

    /// Counts a call that was answered in this window.
    fn count(&mut self, trip: Trip, cost: u64) {
        if trip.sent < self.past && cost > 0 {
            self.doubt = self.doubt.saturating_add(cost);
            self.doubt_at = self.doubt_at.max(trip.now);
            self.sure = self.own.saturating_add(cost).saturating_sub(self.doubt);
        }
        self.own = self.own.saturating_add(cost);
    }

    /// What is told as left by a call that was certainly sent in this window, and after all that is in doubt was
    /// answered, bounds how much of that the server counted here.
    fn resolve(&mut self, seen: &Seen, trip: Trip, cost: u64) {
        let Some(left) = seen.remaining else {
            return;
        };
        if self.doubt == 0 || trip.sent < self.past.max(self.doubt_at) {
            return;
        }
        let limit = seen.limit.unwrap_or(self.limit);
        let others = limit
            .saturating_sub(left)
            .saturating_sub(cost)
            .saturating_sub(self.sure);
        if others < self.doubt {
            self.own = self.own.saturating_sub(self.doubt - others);
            self.doubt = others;
        }
    }

    fn carry_over(&mut self, trip: Trip, cost: u64, skew: &Skew) {
        if let Some((lo, _)) = self.end.map(|end| end.local(skew))
            && trip.now > lo
        {
            self.carry = self.carry.saturating_add(cost);
        }
    }

    fn learn_size(&mut self, trip: Trip, seen: &Seen) {
        if trip.sent < self.limit_at {
            return;
        }
        if let Some(limit) = seen.limit {
            if limit != self.limit
                && let Some(told) = &mut self.told
            {
                *told = told.saturating_add(limit).saturating_sub(self.limit);
            }
            self.limit = limit;
            self.limit_at = trip.sent;
        }
        if let Some(period) = seen.period
            && !self.kind.is_calendar()
        {
            self.period = period;
            self.guessed = false;
        }
    }

    /// A window that is running now cannot end further off than it is long: where the clocks cannot be compared, such a
    /// moment tells only that.
    fn believable(&self, end: End, trip: Trip, skew: &Skew) -> Option<End> {
        let (lo, hi) = end.local(skew);
        // One that is told more coarsely than windows are long tells nothing.
        if hi <= trip.sent || (hi - lo >= self.period && !self.guessed) {
            return None;
        }
        let furthest = trip.now.saturating_add(self.period);
        let blind = matches!(end, End::Server { .. }) && !skew.known() && !self.guessed;
        if blind && lo > furthest {
            return Some(End::Local {
                lo: trip.sent,
                hi: furthest,
            });
        }
        // Where the moment is told coarsely, the window's length often says it better. Days differ in length.
        let known = !self.guessed && !self.kind.is_calendar();
        if known && lo <= furthest && furthest < hi {
            return Some(End::Local { lo, hi: furthest });
        }
        Some(end)
    }

    fn which(&self, seen: &Seen, trip: Trip, skew: &Skew) -> Which {
        let Some((lo, hi)) = seen.end.map(|end| end.local(skew)) else {
            return Which::Unknown;
        };
        match self.end.map(|end| end.local(skew)) {
            None if hi <= self.past => Which::Before,
            None => Which::Next,
            // A moment of our own reckoning yields to the server's word.
            Some(_) if !self.told_end && trip.sent >= self.past => Which::Present,
            Some((known_lo, known_hi)) => {
                if hi < known_lo && known_lo - hi >= self.period / 2 {
                    Which::Before
                } else if lo >= known_hi && lo - known_lo >= self.period / 2 {
                    Which::Next
                } else {
                    Which::Present
                }
            }
        }
    }

    /// `FromFirstCall`: an answered call shows that the window is open.
    fn open(&mut self, trip: Trip) {
        if self.kind != Kind::FromFirstCall || (self.opened && self.end.is_some()) {
            return;
        }
        let hi = trip.now.saturating_add(self.period);
        let lo = match self.end {
            Some(End::Local { lo, .. }) => lo,
            _ => trip.sent.saturating_add(self.period),
        };
        self.end = Some(End::Local { lo, hi });
        // A call that was under way when the last window ended may have been counted there.
        self.opened = trip.sent >= self.past;
    }

    fn told_left(&mut self, remaining: Option<u64>, trip: Trip, cost: u64) {
        match (remaining, self.told) {
            (Some(left), told) => {
                if told.is_none_or(|told| left < told) {
                    self.told = Some(left);
                    if trip.sent >= self.uncounted_at {
                        self.uncounted = 0;
                    }
                }
            }
            (None, Some(_)) => {
                self.uncounted = self.uncounted.saturating_add(cost);
                self.uncounted_at = trip.now;
            }
            (None, None) => {}
        }
    }
}
