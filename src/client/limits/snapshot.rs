//! The saved forms. One stands alone: what is reserved is spent, who waits is not kept. The other is shared by processes
//! that go on with it: what is reserved stays so.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::freeze::{Brake, Freeze, Guess};
use super::ledger::Slot;
use super::meter::Meter;
use super::spending::{Booked, Ledger};
use super::state::State;
use super::time::{Micros, Skew, Trip, timestamp};
use super::{Bucket, BucketKey, LimitPolicy, Limits, Name, Permit, Sent, Unit, Windows};
use crate::shared::order;

#[derive(PartialEq, Serialize, Deserialize)]
struct Snapshot {
    policy: LimitPolicy,
    latest: Micros,
    /// So that what is read forgets idle buckets when what was saved would have.
    swept: Micros,
    serial: u64,
    networks: Vec<(Name, Skew)>,
    buckets: Vec<Saved>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ledger: Option<Box<Ledger>>,
    /// Reservations that are not settled, where they are kept as such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<Open>,
}

/// A reservation that is not settled.
#[derive(PartialEq, Serialize, Deserialize)]
struct Open {
    slot: u32,
    serial: u64,
    taken: Micros,
    left: bool,
    /// The bucket's place among those that are saved, and the cost.
    charges: Vec<(u32, u64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    booked: Vec<Booked>,
    /// Frozen buckets that it probes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    probes: Vec<u32>,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Saved {
    key: Arc<BucketKey>,
    windows: Windows,
    unit: Unit,
    meters: Vec<Meter>,
    freeze: Option<Box<Freeze>>,
    brake: Option<Box<Brake>>,
    guess: Guess,
    answered: bool,
    used_at: Micros,
}

impl From<&Limits> for Snapshot {
    #[inline]
    fn from(limits: &Limits) -> Self {
        let mut limits = limits.clone();
        limits.spend_what_is_open();
        Self::of(limits)
    }
}

impl Limits {
    /// Counts what is reserved as spent without an answer.
    #[inline]
    fn spend_what_is_open(&mut self) {
        let limits = self;
        let trip = Trip {
            sent: limits.latest,
            now: limits.latest,
        };
        for slot in limits.slots.iter().filter(|slot| slot.serial != 0) {
            for (at, cost) in slot.charges.iter().copied() {
                let Some(Some(state)) = limits.states.get_mut(at as usize) else {
                    continue;
                };
                let skew = limits
                    .networks
                    .get(state.network as usize)
                    .map_or_else(Skew::default, |(_, skew)| *skew);
                if !slot.left {
                    state.leave(trip.sent, cost);
                }
                state.land(cost, slot.serial);
                state.settle(trip, cost, &[], &skew);
            }
            if let Some(ledger) = &mut limits.ledger {
                slot.booked.iter().for_each(|booked| ledger.lose(booked));
            }
        }
    }
}

impl Snapshot {
    /// Without what is reserved.
    #[inline]
    fn of(limits: Limits) -> Self {
        let mut buckets: Vec<Saved> = limits
            .states
            .into_iter()
            .flatten()
            .map(Saved::from)
            .collect();
        order::sort_by(&mut buckets, |a, b| a.key.cmp(&b.key));
        Self {
            policy: limits.policy,
            latest: limits.latest,
            swept: limits.swept,
            serial: limits.serial,
            networks: limits.networks,
            buckets,
            ledger: limits.ledger,
            open: Vec::new(),
        }
    }

    /// With what is reserved.
    #[inline]
    fn whole(limits: &Limits) -> Self {
        let mut limits = limits.clone();
        let slots = std::mem::take(&mut limits.slots);
        let keys: Vec<Option<Arc<BucketKey>>> = limits
            .states
            .iter()
            .map(|state| state.as_ref().map(|state| Arc::clone(&state.key)))
            .collect();
        let probed: Vec<(u32, u64)> = (0..)
            .zip(&limits.states)
            .filter_map(|(at, state)| {
                let freeze = state.as_ref()?.freeze.as_ref()?;
                Some((at, freeze.probe?))
            })
            .collect();
        let mut snapshot = Self::of(limits);
        let place = |at: u32| {
            let key = keys.get(at as usize)?.as_ref()?;
            let found = snapshot
                .buckets
                .binary_search_by(|saved| saved.key.cmp(key));
            u32::try_from(found.ok()?).ok()
        };
        let open: Vec<Open> = (0..)
            .zip(slots)
            .filter(|(_, slot)| slot.serial != 0)
            .map(|(at, slot)| Open {
                slot: at,
                serial: slot.serial,
                taken: slot.taken,
                left: slot.left,
                probes: probed
                    .iter()
                    .filter(|(_, serial)| *serial == slot.serial)
                    .filter_map(|(at, _)| place(*at))
                    .collect(),
                charges: slot
                    .charges
                    .iter()
                    .filter_map(|(at, cost)| Some((place(*at)?, *cost)))
                    .collect(),
                booked: slot
                    .booked
                    .iter()
                    .filter_map(|booked| Some(booked.moved(place(booked.at)?)))
                    .collect(),
            })
            .collect();
        snapshot.open = open;
        snapshot
    }
}

impl From<Box<State>> for Saved {
    #[inline]
    fn from(state: Box<State>) -> Self {
        let state = *state;
        Self {
            key: state.key,
            windows: state.windows,
            unit: state.unit,
            meters: state.meters,
            freeze: state.freeze,
            brake: state.brake,
            guess: state.guess,
            answered: state.answered,
            used_at: state.used_at,
        }
    }
}

impl From<Snapshot> for Limits {
    #[inline]
    fn from(snapshot: Snapshot) -> Self {
        let mut limits = Self::new().with_policy(snapshot.policy);
        limits.networks = snapshot.networks;
        limits.serial = snapshot.serial;
        for saved in snapshot.buckets {
            let network = limits.network(&saved.key.network);
            let bucket = Bucket {
                key: BucketKey::clone(&saved.key),
                windows: saved.windows,
                unit: saved.unit,
            };
            let mut state = State::new(saved.key, &bucket, network);
            state.meters = saved.meters;
            state.freeze = saved.freeze;
            state.brake = saved.brake;
            state.guess = saved.guess;
            state.answered = saved.answered;
            state.used_at = saved.used_at;
            limits.insert(state);
        }
        limits.latest = snapshot.latest;
        limits.swept = snapshot.swept;
        limits.ledger = snapshot.ledger;
        for open in snapshot.open {
            limits.reopen(open);
        }
        limits.free_slots = (0..)
            .zip(&limits.slots)
            .filter(|(_, slot)| slot.serial == 0)
            .map(|(at, _)| at)
            .collect();
        limits
    }
}

impl Limits {
    /// Takes back a reservation that was saved as one.
    #[inline]
    fn reopen(&mut self, open: Open) {
        for (at, cost) in &open.charges {
            if let Some(Some(state)) = self.states.get_mut(*at as usize) {
                state.flight.cost = state.flight.cost.saturating_add(*cost);
                state.flight.calls += 1;
            }
        }
        for at in open.probes {
            if let Some(Some(state)) = self.states.get_mut(at as usize)
                && let Some(freeze) = &mut state.freeze
            {
                freeze.probe = Some(open.serial);
            }
        }
        let at = open.slot as usize;
        if self.slots.len() <= at {
            self.slots.resize_with(at + 1, Slot::default);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot {
                serial: open.serial,
                taken: open.taken,
                left: open.left,
                charges: open.charges,
                booked: open.booked,
            };
        }
    }

    /// The saved form that keeps reservations as such, for processes that share it.
    #[inline]
    pub(super) fn written_whole(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Snapshot::whole(self))
    }

    /// Goes on with what another process made of it. Those who wait here keep their places.
    #[inline]
    pub(super) fn go_on_with(&mut self, mut other: Self) {
        let here = std::mem::take(self);
        other.ticket = other.ticket.max(here.ticket);
        for mut state in here.states.into_iter().flatten() {
            let mut queue = std::mem::take(&mut state.queue);
            if queue.is_empty() {
                continue;
            }
            let bucket = Bucket {
                key: BucketKey::clone(&state.key),
                windows: state.windows,
                unit: state.unit,
            };
            let at = other.bucket(&bucket);
            while let Some((ticket, waiter)) = queue.first().copied() {
                queue.remove(&ticket);
                other.enqueue(ticket, at, waiter);
            }
            other.look_again(at);
        }
        *self = other;
    }

    /// The permits of what is not settled.
    #[inline]
    pub(super) fn open_permits(&self) -> Vec<Permit> {
        let slots = (0..).zip(&self.slots);
        slots
            .filter(|(_, slot)| slot.serial != 0)
            .map(|(at, slot)| Permit {
                slot: at,
                serial: slot.serial,
            })
            .collect()
    }

    /// What is known of a call whose maker is gone.
    #[inline]
    pub(super) fn lost(&self, permit: &Permit) -> Option<Sent> {
        let slot = self.slots.get(permit.slot as usize)?;
        (slot.serial == permit.serial).then(|| Sent::lost(timestamp(slot.taken)))
    }
}

/// Two limits are equal when they would be saved alike.
impl PartialEq for Limits {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        Snapshot::from(self) == Snapshot::from(other)
    }
}

impl Serialize for Limits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Snapshot::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Snapshot::deserialize(deserializer).map(Self::from)
    }
}
