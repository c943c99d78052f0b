//! One bucket: its windows, its refusals, its queue.

use std::sync::Arc;

use super::freeze::{Brake, Freeze, Guess};
use super::meter::Meter;
use super::rolling::Rolling;
use super::time::{
    DAY, Flight, Gate, Micros, Need, Seen, Skew, Trip, duration, length, period, set_back,
};
use super::{Bucket, BucketKey, Budget, LimitPolicy, OverCap, Ticket, Unit, Window, Windows};
use crate::shared::table::Table;

/// A waiter in a bucket's queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    pub(super) cost: u64,
    /// The moment that it was told; the largest where it was told none.
    pub(super) told: Micros,
}

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) key: Arc<BucketKey>,
    pub(super) network: u32,
    pub(super) windows: Windows,
    pub(super) unit: Unit,
    pub(super) meters: Vec<Meter>,
    pub(super) flight: Flight,
    // Most buckets are never refused: what that takes is made when it comes.
    pub(super) freeze: Option<Box<Freeze>>,
    pub(super) brake: Option<Box<Brake>>,
    pub(super) guess: Guess,
    /// Whether any answer came: a bucket of which nothing is known lets one call through until then.
    pub(super) answered: bool,
    pub(super) used_at: Micros,
    pub(super) queue: Table<Ticket, Waiter>,
    pub(super) queued_cost: u64,
    /// Whether the queue's head must be looked at again.
    pub(super) dirty: bool,
}

impl State {
    pub(super) fn new(key: Arc<BucketKey>, bucket: &Bucket, network: u32) -> Self {
        Self {
            key,
            network,
            windows: bucket.windows.clone(),
            unit: bucket.unit.clone(),
            meters: bucket.windows.iter().map(Meter::from).collect(),
            flight: Flight::default(),
            freeze: None,
            brake: None,
            guess: Guess::default(),
            answered: false,
            used_at: Micros::MIN,
            queue: Table::default(),
            queued_cost: 0,
            dirty: false,
        }
    }

    /// Takes over other constants: a new version of the program, or an adapter that learned more.
    pub(super) fn declare(&mut self, bucket: &Bucket) {
        if self.windows == bucket.windows {
            return;
        }
        let mut old: Vec<_> = self.windows.iter().cloned().map(Some).collect();
        let mut meters: Vec<_> = std::mem::take(&mut self.meters)
            .into_iter()
            .map(Some)
            .collect();
        let money = self.is_money();
        self.meters = bucket
            .windows
            .iter()
            .map(|window| {
                let same = old.iter().position(|had| had.as_ref() == Some(window));
                // Another cap does not forget what is spent.
                let alike = || {
                    meters.iter_mut().position(|meter| {
                        money && meter.as_mut().is_some_and(|meter| meter.resize(window))
                    })
                };
                let same = same.or_else(alike);
                let kept = same.and_then(|at| {
                    if let Some(had) = old.get_mut(at) {
                        *had = None;
                    }
                    meters.get_mut(at).and_then(Option::take)
                });
                kept.unwrap_or_else(|| Meter::from(window))
            })
            .collect();
        self.windows = bucket.windows.clone();
        self.unit = bucket.unit.clone();
    }

    pub(super) fn need(&self, cost: u64, ticket: Option<Ticket>) -> Need {
        let ahead = match (ticket, self.queue.first()) {
            (_, None) => Flight::default(),
            (None, Some(_)) => Flight {
                cost: self.queued_cost,
                calls: self.queue.len() as u64,
            },
            (Some(ticket), Some((first, _))) if *first >= ticket => Flight::default(),
            (Some(ticket), Some(_)) => {
                self.queue
                    .below(&ticket)
                    .iter()
                    .fold(Flight::default(), |sum, (_, waiter)| Flight {
                        cost: sum.cost.saturating_add(waiter.cost),
                        calls: sum.calls + 1,
                    })
            }
        };
        Need { cost, ahead }
    }

    /// Whether its units are money: then nobody waits for it, and answers do not speak of it.
    pub(super) const fn is_money(&self) -> bool {
        matches!(self.unit, Unit::MoneyMicros(_))
    }

    /// The cap that a call of this cost could pass. After [`State::turn`].
    pub(super) fn over_cap(&self, now: Micros, cost: u64, skew: &Skew) -> Option<OverCap> {
        let Unit::MoneyMicros(currency) = &self.unit else {
            return None;
        };
        let need = Need {
            cost,
            ahead: Flight::default(),
        };
        let gate = |meter: &&Meter| meter.gate(now, need, self.flight, skew);
        let full = |meter: &&Meter| gate(meter) != Gate::Open;
        // The one that keeps the call away for longest.
        let meter = self.meters.iter().filter(full).reduce(|longest, meter| {
            if gate(&longest).and(gate(&meter)) == gate(&longest) {
                longest
            } else {
                meter
            }
        })?;
        let window = meter.window();
        let alone = meter.left(now, Flight::default());
        let again_at = match meter.gate(now, need, Flight::default(), skew) {
            Gate::At(at) => Some(super::time::timestamp(at)),
            _ => None,
        };
        Some(OverCap {
            bucket: BucketKey::clone(&self.key),
            currency: currency.clone(),
            spent: window.limit().saturating_sub(alone),
            window,
            reserved: self.flight.cost,
            cost,
            again_at,
        })
    }

    pub(super) fn turn(&mut self, now: Micros, skew: &Skew) {
        for meter in &mut self.meters {
            meter.turn(now, skew);
        }
        if self.meters.is_empty() {
            self.guess.turn(now);
        }
        if self.brake.as_ref().is_some_and(|brake| brake.until <= now) {
            self.brake = None;
        }
    }

    /// Our clock was set back.
    pub(super) fn set_back(&mut self, by: Micros) {
        for meter in &mut self.meters {
            meter.set_back(by);
        }
        if let Some(freeze) = &mut self.freeze {
            freeze.set_back(by);
        }
        if let Some(brake) = &mut self.brake {
            brake.set_back(by);
        }
        self.guess.set_back(by);
        set_back(&mut self.used_at, by);
    }

    pub(super) fn gate(&mut self, now: Micros, need: Need, skew: &Skew) -> Gate {
        self.turn(now, skew);
        let mut gate = Gate::Open;
        for meter in &self.meters {
            gate = gate.and(meter.gate(now, need, self.flight, skew));
        }
        if let Some(freeze) = &self.freeze {
            gate = gate.and(freeze.gate(now, need));
        }
        if let Some(brake) = &self.brake {
            gate = gate.and(brake.gate(now, need));
        }
        if self.meters.is_empty() {
            gate = gate.and(if self.answered {
                self.guess.gate(need, self.flight)
            } else if self.flight.calls == 0 && need.ahead.calls == 0 {
                Gate::Open
            } else {
                Gate::Answer
            });
        }
        if gate == Gate::Open && need.ahead.calls > 0 {
            // There is room, but it is an earlier waiter's turn.
            gate = Gate::Answer;
        }
        gate
    }

    pub(super) fn take(&mut self, now: Micros, cost: u64, serial: u64) {
        self.flight.cost = self.flight.cost.saturating_add(cost);
        self.flight.calls += 1;
        self.used_at = now;
        for meter in &mut self.meters {
            meter.take(now, cost);
        }
        if let Some(freeze) = &mut self.freeze {
            freeze.probe = Some(serial);
        }
        if let Some(brake) = &mut self.brake {
            brake.take(now);
        }
    }

    pub(super) fn may_leave(&self, now: Micros, cost: u64, serial: u64) -> bool {
        let frozen = self
            .freeze
            .as_ref()
            .is_some_and(|freeze| freeze.probe != Some(serial) || now < freeze.until);
        !frozen && self.meters.iter().all(|meter| meter.may_leave(now, cost))
    }

    pub(super) fn leave(&mut self, now: Micros, cost: u64) {
        for meter in &mut self.meters {
            meter.leave(now, cost);
        }
    }

    /// Ends the reservation, whatever became of it.
    pub(super) fn land(&mut self, cost: u64, serial: u64) {
        self.flight.cost = self.flight.cost.saturating_sub(cost);
        self.flight.calls = self.flight.calls.saturating_sub(1);
        if let Some(freeze) = &mut self.freeze
            && freeze.probe == Some(serial)
        {
            freeze.probe = None;
        }
    }

    pub(super) fn give_back(&mut self, cost: u64) {
        for meter in &mut self.meters {
            meter.give_back(cost);
        }
        if let Some(brake) = &mut self.brake {
            brake.give_back();
        }
    }

    /// Counts a sent call; `seen` holds what was told of each window, by its place.
    pub(super) fn settle(&mut self, trip: Trip, cost: u64, seen: &[Option<Seen>], skew: &Skew) {
        self.used_at = trip.now;
        for (at, meter) in self.meters.iter_mut().enumerate() {
            let seen = seen.get(at).and_then(Option::as_ref);
            meter.settle(trip, cost, seen, skew);
        }
    }

    /// Adds the window that an answer told of a bucket without constants.
    pub(super) fn learn_window(&mut self, trip: Trip, seen: &Seen, skew: &Skew) -> bool {
        let Some(limit) = seen.limit else {
            return false;
        };
        let end = seen
            .end
            .map(|end| end.local(skew).1.saturating_sub(trip.sent));
        let end = end.filter(|length| *length > 0);
        let rolling = match (seen.period, end) {
            (Some(period), _) => Rolling::new(limit, period),
            (None, Some(length)) => Rolling::guessed(limit, length),
            (None, None) => return false,
        };
        self.meters.push(Meter::Learned(rolling));
        true
    }

    pub(super) fn percent(
        &mut self,
        percent: f64,
        trip: Trip,
        told: Option<Micros>,
        policy: &LimitPolicy,
    ) {
        if self
            .brake
            .as_ref()
            .is_some_and(|brake| !brake.older_than(trip.sent))
        {
            return;
        }
        let meter = self
            .meters
            .iter()
            .filter(|meter| meter.period() > 0)
            .min_by_key(|meter| meter.period());
        if meter.is_some_and(|meter| self.explains(meter, percent, trip.now)) {
            // The window itself stops what would be too much, and not before.
            self.brake = None;
            return;
        }
        let window = meter.map_or_else(|| period(policy.share_period), Meter::period);
        let until = told.unwrap_or_else(|| trip.now.saturating_add(window));
        self.brake = Brake::at(percent, trip.sent, trip.now, until, window, policy).map(Box::new);
    }

    /// Whether a told share is what our own calls came to: then nobody else uses the budget.
    fn explains(&self, meter: &Meter, percent: f64, now: Micros) -> bool {
        let Some((limit, _)) = meter.size() else {
            return false;
        };
        let left = meter.left(now, self.flight);
        if percent >= 100.0 {
            return left == 0;
        }
        // Shares are rounded to whole per cents.
        limit.saturating_sub(left) as f64 >= (percent - 1.0) / 100.0 * limit as f64
    }

    /// Whether a call of this cost would find no room in some window.
    pub(super) fn is_full(&self, now: Micros, cost: u64) -> bool {
        (self.meters.iter()).any(|meter| self.has_no_room(meter, now, cost))
    }

    /// A pace never is full: it says how fast, not what is used up.
    #[inline(never)]
    fn has_no_room(&self, meter: &Meter, now: Micros, cost: u64) -> bool {
        !matches!(meter, Meter::Paced(_)) && meter.left(now, self.flight) < cost.max(1)
    }

    /// When the window that has no room ends, where that is known.
    fn full_until(&self, now: Micros, cost: u64, skew: &Skew) -> Option<Micros> {
        self.meters
            .iter()
            .filter(|meter| self.has_no_room(meter, now, cost))
            .filter_map(|meter| meter.resets_at(skew))
            .filter(|at| *at > now)
            .max()
    }

    pub(super) fn refuse(
        &mut self,
        trip: Trip,
        cost: u64,
        until: Option<Micros>,
        rests: Option<&[std::time::Duration]>,
        policy: &LimitPolicy,
        skew: &Skew,
    ) {
        if self.meters.is_empty() {
            let again = self
                .freeze
                .as_ref()
                .is_none_or(|freeze| freeze.is_new(trip.sent));
            self.guess.refused(until, again);
            self.answered = true;
        }
        let until = match rests {
            Some(_) => until,
            None => until.or_else(|| self.full_until(trip.now, cost, skew)),
        };
        self.freeze
            .get_or_insert_with(|| Box::new(Freeze::new(trip.now)))
            .refuse(trip.sent, trip.now, until, rests, policy);
    }

    /// The probe came back with an answer.
    pub(super) fn thaw(&mut self) {
        self.freeze = None;
        self.guess.reopen();
    }

    /// Whether nothing would be lost by forgetting the bucket.
    pub(super) fn is_idle(&self, now: Micros, skew: &Skew) -> bool {
        let remembers = self
            .meters
            .iter()
            .map(|meter| {
                let unused = self.used_at.saturating_add(meter.period());
                meter.fresh_at(skew).max(unused)
            })
            .max()
            .unwrap_or(Micros::MIN);
        let learned = self.meters.is_empty()
            || self.meters.len() != self.windows.len()
            || self
                .meters
                .iter()
                .zip(self.windows.iter())
                .any(|(meter, window)| meter.window() != *window);
        // What only answers can tell is kept for a day.
        let learned = if learned { DAY } else { 0 };
        let remembers = remembers.max(self.used_at.saturating_add(learned));
        self.flight.calls == 0
            && self.queue.is_empty()
            && self.brake.as_ref().is_none_or(|brake| brake.until <= now)
            && remembers <= now
            && self
                .freeze
                .as_ref()
                .is_none_or(|freeze| freeze.until.saturating_add(DAY) <= now)
    }

    pub(super) fn budgets(&self, now: Micros, skew: &Skew, into: &mut Vec<Budget>) {
        let mut state = self.clone();
        state.turn(now, skew);
        let frozen = state.freeze.as_ref().map(|freeze| freeze.until);
        let stopped = state.brake.as_ref().map(|brake| brake.until);
        let base = Budget {
            bucket: (*state.key).clone(),
            unit: state.unit.clone(),
            window: None,
            limit: state.guess.limit(),
            left: state.guess.left(state.flight),
            resets_at: None,
            frozen_until: frozen.map(super::time::timestamp),
            slowed_until: stopped.map(super::time::timestamp),
            in_flight: state.flight.calls,
            waiting: state.queue.len() as u64,
        };
        if state.meters.is_empty() {
            into.push(base);
            return;
        }
        for meter in &state.meters {
            let window: Window = meter.window();
            if state.is_money() && window.limit() == u64::MAX {
                // Money without a cap is counted, and nothing is left of what has no end.
                continue;
            }
            into.push(Budget {
                limit: Some(window.limit()),
                left: Some(meter.left(now, state.flight)),
                resets_at: meter
                    .resets_at(skew)
                    .filter(|at| *at > now)
                    .map(super::time::timestamp),
                window: Some(window),
                ..base.clone()
            });
        }
    }
}

/// A told length as one that a window can have.
pub(super) fn told_period(of: std::time::Duration, policy: &LimitPolicy) -> Option<Micros> {
    let told = length(of);
    (told > 0 && told <= length(policy.furthest).max(length(duration(DAY)))).then_some(told)
}
