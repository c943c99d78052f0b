//! The saved form: what is reserved is spent, who waits is not kept.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::freeze::{Brake, Freeze, Guess};
use super::meter::Meter;
use super::state::State;
use super::time::{Micros, Skew, Trip};
use super::{Bucket, BucketKey, LimitPolicy, Limits, Name, Unit, Windows};
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
    fn from(limits: &Limits) -> Self {
        let mut limits = limits.clone();
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
        }
        let mut buckets: Vec<Saved> = limits
            .states
            .into_iter()
            .flatten()
            .map(|state| Saved {
                key: state.key,
                windows: state.windows,
                unit: state.unit,
                meters: state.meters,
                freeze: state.freeze,
                brake: state.brake,
                guess: state.guess,
                answered: state.answered,
                used_at: state.used_at,
            })
            .collect();
        order::sort_by(&mut buckets, |a, b| a.key.cmp(&b.key));
        Self {
            policy: limits.policy,
            latest: limits.latest,
            swept: limits.swept,
            serial: limits.serial,
            networks: limits.networks,
            buckets,
        }
    }
}

impl From<Snapshot> for Limits {
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
        limits
    }
}

/// Two limits are equal when they would be saved alike.
impl PartialEq for Limits {
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
