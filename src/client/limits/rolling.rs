//! Windows that roll on with the time.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::time::{End, Flight, Gate, Micros, Need, Seen, Skew, Trip, set_back};

/// Up to so many calls are kept each by itself.
const EXACT: usize = 32;
/// Beyond that, those of the same hundredth of the period are kept as one that happened when the last of them did.
const SLOTS: Micros = 100;

/// What was used during the last `period`.
///
/// The server counts a call at some moment between its departure and its answer. It is given back one period after the
/// answer, so that it is never given back too early.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rolling {
    pub(super) limit: u64,
    pub(super) period: Micros,
    used: VecDeque<(Micros, u64)>,
    sum: u64,
    told: Option<Box<Told>>,
    limit_at: Micros,
    /// Whether the period is only the longest time to an end that was told.
    guessed: bool,
}

/// The server's last word on what is left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    left: u64,
    /// When its call was sent, and when the answer came.
    sent: Micros,
    at: Micros,
    /// After this it may be over: one call goes to find out.
    until: Micros,
    over: bool,
    /// After this it says nothing any more.
    last: Micros,
    end: Option<End>,
    uncounted: u64,
    released: u64,
}

/// What an answer showed about the kind of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Unknown,
    /// The whole budget came back at once: the server counts windows that end.
    Ends,
}

impl Rolling {
    pub(super) fn new(limit: u64, period: Micros) -> Self {
        Self {
            limit,
            period,
            used: VecDeque::new(),
            sum: 0,
            told: None,
            limit_at: Micros::MIN,
            guessed: false,
        }
    }

    /// A window of which only an end was told: it is at least `period` long.
    pub(super) fn guessed(limit: u64, period: Micros) -> Self {
        let mut rolling = Self::new(limit, period);
        rolling.guessed = true;
        rolling
    }

    pub(super) const fn is_guessed(&self) -> bool {
        self.guessed
    }

    pub(super) fn turn(&mut self, now: Micros) {
        while let Some((at, cost)) = self.used.front().copied() {
            if at.saturating_add(self.period) > now {
                break;
            }
            self.used.pop_front();
            self.sum = self.sum.saturating_sub(cost);
            if let Some(told) = &mut self.told
                && at <= told.at
                && !self.guessed
            {
                told.released = told.released.saturating_add(cost);
            }
        }
        if let Some(told) = &mut self.told {
            told.over = told.until <= now;
            if told.last <= now {
                self.told = None;
            }
        }
    }

    /// Our clock was set back.
    pub(super) fn set_back(&mut self, by: Micros) {
        for (at, _) in &mut self.used {
            set_back(at, by);
        }
        set_back(&mut self.limit_at, by);
        if let Some(told) = &mut self.told {
            for at in [
                &mut told.sent,
                &mut told.at,
                &mut told.until,
                &mut told.last,
            ] {
                set_back(at, by);
            }
            if let Some(end) = &mut told.end {
                end.set_back(by);
            }
        }
    }

    fn own_left(&self, flight: Flight) -> u64 {
        self.limit
            .saturating_sub(self.sum)
            .saturating_sub(flight.cost)
    }

    pub(super) fn left(&self, flight: Flight) -> u64 {
        let own = self.limit.saturating_sub(self.sum);
        let told = self.told.as_ref().map_or(own, |told| {
            told.left
                .saturating_add(told.released)
                .saturating_sub(told.uncounted)
        });
        own.min(told).saturating_sub(flight.cost)
    }

    /// When the first of what is used comes back.
    pub(super) fn resets_at(&self) -> Option<Micros> {
        let first = self
            .used
            .front()
            .map(|(at, _)| at.saturating_add(self.period));
        first.or_else(|| self.told.as_ref().map(|told| told.until))
    }

    pub(super) fn fresh_at(&self) -> Micros {
        let last = self
            .used
            .back()
            .map(|(at, _)| at.saturating_add(self.period));
        let told = self.told.as_ref().map(|told| told.last);
        last.max(told).unwrap_or(Micros::MIN)
    }

    pub(super) fn gate(&self, now: Micros, need: Need, flight: Flight) -> Gate {
        if need.cost > self.limit {
            return Gate::Never;
        }
        let left = self.left(flight);
        if need.units() <= left {
            return Gate::Open;
        }
        let over = need.units() - left;
        let whole = (over - 1) / self.limit.max(1);
        let mut over = over - whole * self.limit.max(1);
        let later = Micros::try_from(whole)
            .unwrap_or(Micros::MAX)
            .saturating_mul(self.period);
        // What is out comes back a period after an answer that is still to come.
        let mut at = now.saturating_add(self.period);
        for (used, cost) in &self.used {
            over = over.saturating_sub(*cost);
            if over == 0 {
                at = used.saturating_add(self.period);
                break;
            }
        }
        if let Some(told) = &self.told
            && self.own_left(flight) >= need.units()
        {
            // Only the server's word holds it back.
            if !told.over {
                at = at.min(told.until);
            } else if flight.calls == 0 && need.ahead.calls == 0 {
                return Gate::Open;
            } else {
                return Gate::Answer;
            }
        }
        Gate::At(at.max(now.saturating_add(1)).saturating_add(later))
    }

    pub(super) fn settle(
        &mut self,
        trip: Trip,
        cost: u64,
        seen: Option<&Seen>,
        skew: &Skew,
    ) -> Nature {
        self.turn(trip.now);
        let before = self.sum;
        self.push(trip.now, cost);
        let Some(seen) = seen else {
            if let Some(told) = &mut self.told {
                told.uncounted = told.uncounted.saturating_add(cost);
            }
            return Nature::Unknown;
        };
        if trip.sent >= self.limit_at {
            if let Some(limit) = seen.limit {
                self.limit = limit;
                self.limit_at = trip.sent;
            }
            if let Some(period) = seen.period {
                self.period = period;
            }
        }
        let Some(left) = seen.remaining.filter(|left| *left <= self.limit) else {
            if let Some(told) = &mut self.told {
                told.uncounted = told.uncounted.saturating_add(cost);
            }
            return Nature::Unknown;
        };
        if self.told.as_ref().is_some_and(|told| told.sent > trip.sent) {
            // An earlier call: a later one's answer contains it.
            return Nature::Unknown;
        }
        let local = seen.end.map(|end| end.local(skew));
        if let (true, Some((_, hi))) = (self.guessed, local) {
            self.period = self.period.max(hi.saturating_sub(trip.sent));
        }
        let last = trip.now.saturating_add(self.period);
        let until = local.map_or(last, |(_, hi)| hi).min(last);
        let moved = match (self.told.as_ref().and_then(|told| told.end), local) {
            (Some(known), Some((lo, _))) => lo >= known.local(skew).1,
            // The word of the last window ran out with it.
            (None, Some(_)) => true,
            _ => false,
        };
        let ends = moved && before > 1 && (self.limit - left) < before / 2;
        self.told = Some(Box::new(Told {
            left,
            sent: trip.sent,
            at: trip.now,
            until,
            over: false,
            last,
            end: seen.end,
            uncounted: 0,
            released: 0,
        }));
        if ends { Nature::Ends } else { Nature::Unknown }
    }

    fn push(&mut self, now: Micros, cost: u64) {
        if cost == 0 {
            return;
        }
        self.sum = self.sum.saturating_add(cost);
        let exact = self.used.len() < EXACT;
        let slot = (self.period / SLOTS).max(1);
        if let Some((at, used)) = self.used.back_mut() {
            let now = now.max(*at);
            if *at == now || (!exact && at.div_euclid(slot) == now.div_euclid(slot)) {
                *at = now;
                *used = used.saturating_add(cost);
                return;
            }
            self.used.push_back((now, cost));
        } else {
            self.used.push_back((now, cost));
        }
    }
}
