//! All buckets together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::learn;
use super::spending::{Booked, Books, Ledger};
use super::state::{State, Waiter};
use super::time::{Gate, Micros, Need, SECOND, Skew, Trip, length, micros, set_back, timestamp};
use super::{
    Bucket, BucketKey, Budget, Charge, Held, LimitPolicy, Name, Permit, Refusal, Reservation, Sent,
    Settled, Ticket, Wait,
};
use crate::shared::order;
use crate::shared::table::Table;

/// Steps of several tasks come a little out of order; by more than this, the clock was set back.
const OUT_OF_ORDER: Micros = 60 * SECOND;

/// Between two sweeps for buckets that nobody uses any more.
const SWEEP: Micros = 60 * SECOND;

/// A reservation that is not settled.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// 0 where the slot is free.
    pub(super) serial: u64,
    pub(super) taken: Micros,
    pub(super) left: bool,
    /// Bucket and cost.
    pub(super) charges: Vec<(u32, u64)>,
    /// What of it is money.
    pub(super) booked: Vec<Booked>,
}

/// The budgets of everything that a program calls, as a value: no task, no clock, no I/O.
///
/// A call is [reserved](Limits::reserve), [leaves](Limits::leave), and is [settled](Limits::settle) with what the answer
/// told; in between nothing happens by itself. `now` is handed in, and may be any clock. Where it is set back by more than
/// a minute, what is used comes back as late as if no time had passed meanwhile. Times are kept to the microsecond.
///
/// Saved with serde, reservations that are not settled are saved as spent, and waiters are not saved.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    pub(super) policy: LimitPolicy,
    pub(super) index: HashMap<Arc<BucketKey>, u32>,
    pub(super) states: Vec<Option<Box<State>>>,
    pub(super) free: Vec<u32>,
    pub(super) networks: Vec<(Name, Skew)>,
    /// What was spent; made with the first call that costs money.
    pub(super) ledger: Option<Box<Ledger>>,
    pub(super) slots: Vec<Slot>,
    pub(super) free_slots: Vec<u32>,
    pub(super) serial: u64,
    pub(super) ticket: u64,
    waiting: Table<Ticket, u32>,
    dirty: Vec<u32>,
    /// The charges of the reservation that is being looked at.
    scratch: Vec<(u32, u64)>,
    pub(super) latest: Micros,
    pub(super) swept: Micros,
    /// When the clock first showed less than it should.
    behind: Option<Micros>,
}

impl Limits {
    /// Limits with nothing used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same limits under another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: LimitPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &LimitPolicy {
        &self.policy
    }

    /// Reserves all charges, or none.
    ///
    /// A call without budget is told its place in the queue of the bucket that makes it wait longest. It comes again with
    /// that `ticket` at the moment that it was told, or when [`Limits::ready`] names the ticket. Nobody overtakes an
    /// earlier waiter of the same queue.
    pub fn reserve(
        &mut self,
        now: Timestamp,
        charges: &[Charge],
        ticket: Option<Ticket>,
    ) -> Reservation {
        let now = self.tick(micros(now));
        let mut wanted = std::mem::take(&mut self.scratch);
        wanted.clear();
        for charge in charges {
            let at = self.bucket(&charge.bucket);
            match wanted.iter_mut().find(|(known, _)| *known == at) {
                Some((_, cost)) => *cost = cost.saturating_add(charge.cost),
                None => wanted.push((at, charge.cost)),
            }
        }
        let books = Books::of(charges);
        let over = books.and_then(|books| books.over_cap(self, now, charges));
        let reservation = match over {
            Some(over) => {
                if let Some(ticket) = ticket {
                    self.forget(ticket);
                }
                Reservation::OverCap(Box::new(over))
            }
            None => self.decide(now, &wanted, ticket),
        };
        self.scratch = wanted;
        if let (Reservation::Granted(permit), Some(books)) = (&reservation, books) {
            books.book(self, now, permit.slot, charges);
        }
        reservation
    }

    fn decide(
        &mut self,
        now: Micros,
        wanted: &[(u32, u64)],
        ticket: Option<Ticket>,
    ) -> Reservation {
        let mut worst: Option<(Gate, u32, u64)> = None;
        for (at, cost) in wanted.iter().copied() {
            let skew = self.skew_of(at);
            let Some(state) = self.state(at) else {
                continue;
            };
            let need = state.need(cost, ticket);
            let gate = state.gate(now, need, &skew);
            let waits_longer =
                worst.is_none_or(|(known, ..)| known.and(gate) != known && gate != Gate::Open);
            if gate != Gate::Open && waits_longer {
                worst = Some((gate, at, cost));
            }
        }
        let Some((gate, at, cost)) = worst else {
            if let Some(ticket) = ticket {
                self.forget(ticket);
            }
            return Reservation::Granted(self.take(now, wanted));
        };
        let Some(key) = self.state(at).map(|state| Arc::clone(&state.key)) else {
            return Reservation::Granted(self.take(now, wanted));
        };
        let bucket = BucketKey::clone(&key);
        let sends_away = self
            .state(at)
            .and_then(|state| state.freeze.as_ref())
            .is_some_and(|freeze| freeze.sends_away(now));
        if gate == Gate::Never {
            if let Some(ticket) = ticket {
                self.forget(ticket);
            }
            return Reservation::Never(bucket);
        }
        let ticket = ticket.unwrap_or_else(|| {
            self.ticket += 1;
            Ticket(self.ticket)
        });
        let (wait, told) = match gate {
            Gate::At(moment) => (Wait::Until(timestamp(moment)), moment),
            _ => (Wait::ForAnswer, Micros::MAX),
        };
        self.enqueue(ticket, at, Waiter { cost, told });
        Reservation::NotBefore(Held {
            ticket,
            bucket,
            wait,
            sends_away,
        })
    }

    fn take(&mut self, now: Micros, wanted: &[(u32, u64)]) -> Permit {
        self.serial += 1;
        let serial = self.serial;
        for (at, cost) in wanted.iter().copied() {
            if let Some(state) = self.state(at) {
                state.take(now, cost, serial);
            }
        }
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.serial = serial;
            slot.taken = now;
            slot.left = false;
            slot.charges.extend_from_slice(wanted);
        }
        Permit { slot, serial }
    }

    /// Asked right before the first byte is sent: whether the call may still leave.
    ///
    /// `false` means that a refusal came since the reservation, or that the call was held up so long that a paced bucket
    /// would see it too close to another: settle the permit as [`Settled::NotSent`] and reserve again.
    pub fn leave(&mut self, now: Timestamp, permit: &Permit) -> bool {
        let now = self.tick(micros(now));
        let Some(slot) = self.slots.get_mut(permit.slot as usize) else {
            return true;
        };
        if slot.serial != permit.serial || slot.left {
            return true;
        }
        let may = slot.charges.iter().all(|(at, cost)| {
            self.states
                .get(*at as usize)
                .and_then(Option::as_deref)
                .is_none_or(|state| state.may_leave(now, *cost, permit.serial))
        });
        if may {
            slot.left = true;
            for (at, cost) in &slot.charges {
                if let Some(Some(state)) = self.states.get_mut(*at as usize) {
                    state.leave(now, *cost);
                }
            }
        }
        may
    }

    /// Ends a reservation with what became of the call. Ask [`Limits::ready`] afterwards who may go now.
    ///
    /// A permit that this value did not grant, or that [expired](Limits::expire), changes nothing.
    pub fn settle(&mut self, now: Timestamp, permit: Permit, settled: impl Into<Settled>) {
        let now = self.tick(micros(now));
        let Some(slot) = self
            .slots
            .get_mut(permit.slot as usize)
            .filter(|slot| slot.serial == permit.serial)
        else {
            return;
        };
        let left = slot.left;
        let mut charges = std::mem::take(&mut slot.charges);
        let booked = std::mem::take(&mut slot.booked);
        slot.serial = 0;
        self.free_slots.push(permit.slot);
        let settled = settled.into();
        if let Some(books) = self.ledger.as_ref().map(|ledger| ledger.books.0) {
            books.close(self, &booked, &settled);
        }
        match settled {
            Settled::NotSent => {
                for (at, cost) in charges.iter().copied() {
                    if let Some(state) = self.state(at) {
                        state.land(cost, permit.serial);
                        state.give_back(cost);
                    }
                }
            }
            Settled::Sent(sent) => self.count(now, &permit, &charges, left, &sent),
        }
        for (at, _) in &charges {
            self.look_again(*at);
        }
        charges.clear();
        if let Some(slot) = self.slots.get_mut(permit.slot as usize) {
            slot.charges = charges;
        }
    }

    fn count(
        &mut self,
        now: Micros,
        permit: &Permit,
        charges: &[(u32, u64)],
        left: bool,
        sent: &Sent,
    ) {
        let trip = Trip {
            sent: micros(sent.sent_at).min(now),
            now,
        };
        let network = charges
            .iter()
            .find_map(|(at, _)| self.peek(*at).map(|state| state.network));
        let longest = length(self.policy.longest_skew);
        if let (Some(date), Some((_, skew))) = (
            sent.server_date,
            network.and_then(|network| self.networks.get_mut(network as usize)),
        ) {
            skew.learn(micros(date), trip.sent, trip.now, longest);
        }
        let skew = charges
            .first()
            .map_or_else(Skew::default, |(at, _)| self.skew_of(*at));

        let mut probed = 0_u64;
        for (place, (at, cost)) in charges.iter().copied().enumerate() {
            if let Some(state) = self.state(at) {
                let probe = state.freeze.as_ref().and_then(|freeze| freeze.probe);
                if probe == Some(permit.serial) {
                    probed |= 1 << place.min(63);
                }
                if !left {
                    state.leave(trip.sent, cost);
                }
                state.land(cost, permit.serial);
            }
        }
        let mut lessons = self.lessons(charges, sent, trip, &skew);
        for (place, (at, cost)) in charges.iter().copied().enumerate() {
            let policy = self.policy;
            let Some(state) = self.state(at) else {
                continue;
            };
            let real = sent.costs.iter().find(|(key, _)| *key == *state.key);
            let cost = real.map_or(cost, |(_, real)| *real);
            let lesson = lessons
                .get_mut(place)
                .map(std::mem::take)
                .unwrap_or_default();
            state.settle(trip, cost, &lesson.seen, &skew);
            if let Some((percent, until)) = lesson.percent {
                state.percent(percent, trip, until, &policy);
            }
            if sent.answered {
                state.answered = true;
            }
            if sent.answered && sent.refusal.is_none() {
                let over = state.freeze.as_ref().is_some_and(|it| it.until <= now);
                if over && probed & (1 << place.min(63)) != 0 {
                    state.thaw();
                }
                if state.meters.is_empty() {
                    state.guess.passed(cost);
                }
            }
        }
        if let Some(refusal) = &sent.refusal {
            self.refuse(refusal, charges, trip, &skew);
        }
    }

    fn lessons(
        &mut self,
        charges: &[(u32, u64)],
        sent: &Sent,
        trip: Trip,
        skew: &Skew,
    ) -> Vec<learn::Lesson> {
        if sent.seen.is_empty() || !sent.answered {
            return Vec::new();
        }
        // Taken out for the while, as several are changed at once.
        let mut states: Vec<(u32, Box<State>)> = Vec::with_capacity(charges.len());
        for (at, _) in charges {
            if let Some(state) = self.states.get_mut(*at as usize).and_then(Option::take) {
                states.push((*at, state));
            }
        }
        let mut borrowed: Vec<&mut State> =
            states.iter_mut().map(|(_, state)| &mut **state).collect();
        let lessons = learn::lessons(&sent.seen, &mut borrowed, trip, skew, &self.policy);
        for (at, state) in states {
            if let Some(place) = self.states.get_mut(at as usize) {
                *place = Some(state);
            }
        }
        lessons
    }

    fn refuse(&mut self, refusal: &Refusal, charges: &[(u32, u64)], trip: Trip, skew: &Skew) {
        let named = refusal.bucket.as_ref().map(|key| {
            self.index.get(key).copied().unwrap_or_else(|| {
                // A bucket that the call was not charged to: those that are must still be held.
                self.bucket(&Bucket::new(key.clone(), super::Windows::NONE))
            })
        });
        let narrowest = |limits: &Self, full: bool| {
            charges
                .iter()
                .filter_map(|(at, cost)| limits.peek(*at).map(|state| (*at, *cost, state)))
                // A cap of ours is nothing that a server refuses for.
                .filter(|(_, cost, state)| {
                    !state.is_money() && (!full || state.is_full(trip.now, *cost))
                })
                .max_by_key(|(_, _, state)| state.key.scope.narrowness())
                .map(|(at, ..)| at)
        };
        let Some(at) = named
            .or_else(|| narrowest(self, true))
            .or_else(|| narrowest(self, false))
        else {
            return;
        };
        let until = refusal
            .until
            .and_then(|reset| learn::until(reset, trip, skew, &self.policy));
        let cost = charges
            .iter()
            .find(|(known, _)| *known == at)
            .map_or(1, |(_, cost)| *cost);
        let policy = self.policy;
        if let Some(state) = self.state(at) {
            state.refuse(trip, cost, until, refusal.rests, &policy, skew);
        }
        self.look_again(at);
    }

    /// Gives a waiter's place back.
    pub fn forget(&mut self, ticket: Ticket) {
        if let Some(at) = self.waiting.remove(&ticket)
            && let Some(state) = self.state(at)
        {
            if let Some(waiter) = state.queue.remove(&ticket) {
                state.queued_cost = state.queued_cost.saturating_sub(waiter.cost);
            }
            self.look_again(at);
        }
    }

    pub(super) fn enqueue(&mut self, ticket: Ticket, at: u32, waiter: Waiter) {
        if self.waiting.get(&ticket) != Some(&at) {
            self.forget(ticket);
            self.waiting.insert(ticket, at);
        }
        if let Some(state) = self.state(at) {
            state.queued_cost = state.queued_cost.saturating_add(waiter.cost);
            if let Some(old) = state.queue.insert(ticket, waiter) {
                state.queued_cost = state.queued_cost.saturating_sub(old.cost);
            }
        }
    }

    /// Whether [`Limits::ready`] has anything to look at.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// The waiters that should reserve again now, because something happened: the first of each queue that can go, or
    /// whose moment came closer. In the order of their arrival.
    ///
    /// To be asked after each [`Limits::settle`], [`Limits::forget`] and [`Limits::reserve`]: the one that goes makes the
    /// next of its queue the first.
    pub fn ready(&mut self, now: Timestamp) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        if self.dirty.is_empty() {
            return tickets;
        }
        let now = self.tick(micros(now));
        for at in std::mem::take(&mut self.dirty) {
            let skew = self.skew_of(at);
            let Some(state) = self.state(at) else {
                continue;
            };
            state.dirty = false;
            let Some((ticket, waiter)) = state.queue.first() else {
                continue;
            };
            let (ticket, waiter) = (*ticket, *waiter);
            let need = Need {
                cost: waiter.cost,
                ahead: super::time::Flight::default(),
            };
            let sooner = match state.gate(now, need, &skew) {
                Gate::Open | Gate::Never => true,
                Gate::At(moment) => moment < waiter.told,
                Gate::Answer => false,
            };
            if sooner {
                let place = tickets.partition_point(|earlier| *earlier < ticket);
                tickets.insert(place, ticket);
            }
        }
        tickets
    }

    /// Ends reservations older than `lease` as spent without an answer: for a store whose users may die.
    pub fn expire(&mut self, now: Timestamp, lease: Duration) {
        let until = micros(now).saturating_sub(length(lease));
        let expired: Vec<(Permit, Micros)> = (0_u32..)
            .zip(&self.slots)
            .filter(|(_, slot)| slot.serial != 0 && slot.taken <= until)
            .map(|(at, slot)| {
                let permit = Permit {
                    slot: at,
                    serial: slot.serial,
                };
                (permit, slot.taken)
            })
            .collect();
        for (permit, taken) in expired {
            self.settle(now, permit, Sent::lost(timestamp(taken)));
        }
    }

    /// Every window of every bucket, in the order of their keys.
    #[must_use]
    pub fn budgets(&self, now: Timestamp) -> Vec<Budget> {
        let mut budgets = Vec::new();
        let mut states: Vec<&State> = self.states.iter().flatten().map(|state| &**state).collect();
        order::sort_by(&mut states, |a, b| a.key.cmp(&b.key));
        for state in states {
            let skew = self.skew(state.network);
            state.budgets(micros(now), &skew, &mut budgets);
        }
        budgets
    }

    /// Until when a bucket rests after a refusal; `None` where it does not.
    #[must_use]
    pub fn frozen_until(&self, bucket: &BucketKey) -> Option<Timestamp> {
        let at = self.index.get(bucket).copied()?;
        let freeze = self.peek(at)?.freeze.as_ref()?;
        Some(timestamp(freeze.until))
    }

    /// How many buckets are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether no bucket is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// How many calls wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets buckets whose windows are all over. Happens by itself about once a minute of `now`.
    pub fn prune(&mut self, now: Timestamp) {
        let now = micros(now);
        self.swept = now;
        for at in 0..self.states.len() {
            let Some(Some(state)) = self.states.get(at) else {
                continue;
            };
            if state.is_idle(now, &self.skew(state.network)) && !state.dirty {
                let key = Arc::clone(&state.key);
                self.index.remove(&*key);
                if let Some(place) = self.states.get_mut(at) {
                    *place = None;
                }
                self.free.extend(u32::try_from(at));
            }
        }
    }

    fn tick(&mut self, now: Micros) -> Micros {
        if self.latest.saturating_sub(now) <= OUT_OF_ORDER {
            self.behind = None;
        } else if self.since_behind(now) >= SECOND {
            self.set_back(self.latest - now);
        }
        self.latest = self.latest.max(now);
        if now.saturating_sub(self.swept) >= SWEEP {
            self.prune(timestamp(now));
        }
        now
    }

    /// How long the clock has shown less than it should: a step alone may only have been held up.
    #[cold]
    fn since_behind(&mut self, now: Micros) -> Micros {
        now.saturating_sub(*self.behind.get_or_insert(now))
    }

    /// Moves all that is known on our clock along with it, lest what was used comes back only when the clock has made up
    /// for it.
    #[cold]
    fn set_back(&mut self, by: Micros) {
        self.behind = None;
        for state in self.states.iter_mut().flatten() {
            state.set_back(by);
        }
        for (_, skew) in &mut self.networks {
            skew.set_back(by);
        }
        for slot in &mut self.slots {
            set_back(&mut slot.taken, by);
        }
        set_back(&mut self.latest, by);
        set_back(&mut self.swept, by);
    }

    pub(super) fn look_again(&mut self, at: u32) {
        if let Some(Some(state)) = self.states.get_mut(at as usize)
            && !state.dirty
            && !state.queue.is_empty()
        {
            state.dirty = true;
            self.dirty.push(at);
        }
    }

    pub(super) fn state(&mut self, at: u32) -> Option<&mut State> {
        self.states
            .get_mut(at as usize)
            .and_then(Option::as_deref_mut)
    }

    pub(super) fn peek(&self, at: u32) -> Option<&State> {
        self.states.get(at as usize).and_then(Option::as_deref)
    }

    fn skew(&self, network: u32) -> Skew {
        self.networks
            .get(network as usize)
            .map_or_else(Skew::default, |(_, skew)| *skew)
    }

    pub(super) fn skew_of(&self, at: u32) -> Skew {
        self.peek(at)
            .map_or_else(Skew::default, |state| self.skew(state.network))
    }

    /// The bucket's place; it is made where there is none.
    pub(super) fn bucket(&mut self, bucket: &Bucket) -> u32 {
        if let Some(at) = self.index.get(&bucket.key).copied() {
            if let Some(state) = self.state(at) {
                state.declare(bucket);
            }
            return at;
        }
        let network = self.network(&bucket.key.network);
        let key = Arc::new(bucket.key.clone());
        self.insert(State::new(key, bucket, network))
    }

    pub(super) fn insert(&mut self, mut state: State) -> u32 {
        state.used_at = state.used_at.max(self.latest);
        let key = Arc::clone(&state.key);
        let at = match self.free.pop() {
            Some(at) => {
                if let Some(place) = self.states.get_mut(at as usize) {
                    *place = Some(Box::new(state));
                }
                at
            }
            None => {
                self.states.push(Some(Box::new(state)));
                u32::try_from(self.states.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.index.insert(key, at);
        at
    }

    pub(super) fn network(&mut self, name: &Name) -> u32 {
        let known = self.networks.iter().position(|(known, _)| known == name);
        let at = known.unwrap_or_else(|| {
            self.networks.push((name.clone(), Skew::default()));
            self.networks.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }
}
