//! What an answer told, brought to the windows that it speaks of.

use super::state::{State, told_period};
use super::time::{End, Micros, Seen, Skew, Trip, length, micros};
use super::{LimitPolicy, Observation, Reset};

/// Windows that answers may add to a bucket.
const LEARNED: usize = 4;

/// A told moment as bounds on the clock that it was read from.
pub(super) fn end(reset: Reset, trip: Trip, skew: &Skew, policy: &LimitPolicy) -> Option<End> {
    let end = match reset {
        Reset::At { time, resolution } => {
            let (at, within) = (micros(time), length(resolution));
            End::Server {
                lo: at.saturating_sub(within),
                hi: at.saturating_add(within),
            }
        }
        Reset::After { wait, resolution } => {
            let (wait, within) = (length(wait), length(resolution));
            End::Local {
                lo: trip.sent.saturating_add(wait).saturating_sub(within),
                hi: trip.now.saturating_add(wait).saturating_add(within),
            }
        }
    };
    let (_, hi) = end.local(skew);
    let furthest = trip.now.saturating_add(length(policy.furthest));
    (hi > trip.sent && hi <= furthest).then_some(end)
}

/// The moment that a refusal named, on our clock; `None` where it is over or beyond belief.
///
/// A wait is taken at its word: servers round it up, and a second more in each short window would waste it. Where they
/// rounded it down to nothing, its resolution is waited.
pub(super) fn until(reset: Reset, trip: Trip, skew: &Skew, policy: &LimitPolicy) -> Option<Micros> {
    let reset = match reset {
        Reset::After { wait, resolution } => {
            Reset::after(if wait.is_zero() { resolution } else { wait })
        }
        at => at,
    };
    let (_, hi) = end(reset, trip, skew, policy)?.local(skew);
    (hi > trip.now).then_some(hi)
}

fn seen(told: &Observation, trip: Trip, skew: &Skew, policy: &LimitPolicy) -> Seen {
    let sum = told.used.zip(told.remaining);
    let limit = told
        .limit
        .or_else(|| sum.map(|(used, left)| used.saturating_add(left)))
        .filter(|limit| *limit > 0);
    Seen {
        limit,
        remaining: told.remaining.or_else(|| {
            let (limit, used) = limit.zip(told.used)?;
            Some(limit.saturating_sub(used))
        }),
        end: told.reset.and_then(|reset| end(reset, trip, skew, policy)),
        period: told.period.and_then(|of| told_period(of, policy)),
    }
}

/// A window that an answer may speak of.
struct Candidate {
    bucket: usize,
    meter: usize,
    limit: u64,
    period: Micros,
    narrowness: u8,
}

/// What was told of one of a call's buckets.
#[derive(Clone, Debug, Default)]
pub(super) struct Lesson {
    /// By the window's place.
    pub(super) seen: Vec<Option<Seen>>,
    pub(super) percent: Option<(f64, Option<Micros>)>,
}

/// Brings each observation to a window: by name, then period, then limit, else to the narrowest.
///
/// `states` are the buckets of the call, in the order of its charges.
pub(super) fn lessons(
    told: &[Observation],
    states: &mut [&mut State],
    trip: Trip,
    skew: &Skew,
    policy: &LimitPolicy,
) -> Vec<Lesson> {
    let mut lessons = vec![Lesson::default(); states.len()];
    for observation in told {
        let seen = seen(observation, trip, skew, policy);
        let Some((bucket, meter)) = place(observation, &seen, told.len(), states) else {
            continue;
        };
        let (Some(state), Some(lesson)) = (states.get_mut(bucket), lessons.get_mut(bucket)) else {
            continue;
        };
        let local = seen
            .end
            .map(|end| end.local(skew).1)
            .filter(|at| *at > trip.now);
        if let Some(percent) = observation
            .percent
            .filter(|share| (0.0..1e9).contains(share))
        {
            let worse = lesson.percent.is_none_or(|(known, _)| known < percent);
            if worse {
                lesson.percent = Some((percent, local));
            }
        }
        let meter = match meter {
            Some(meter) => meter,
            None if state.meters.len() < state.windows.len() + LEARNED
                && state.learn_window(trip, &seen, skew) =>
            {
                state.meters.len() - 1
            }
            None => {
                if seen.remaining == Some(0) && local.is_some() {
                    // Nothing to count against, but the end of it is told.
                    lesson.percent = Some((100.0, local));
                }
                continue;
            }
        };
        if lesson.seen.len() <= meter {
            lesson.seen.resize(meter + 1, None);
        }
        if let Some(at) = lesson.seen.get_mut(meter) {
            let mut seen = seen;
            if seen.remaining.is_none()
                && let Some(used) = observation.used
                && let Some((limit, _)) = state.meters.get(meter).and_then(|meter| meter.size())
            {
                seen.remaining = Some(limit.saturating_sub(used));
            }
            *at = Some(seen);
        }
    }
    lessons
}

/// The bucket, and its window where it has one that fits.
fn place(
    observation: &Observation,
    seen: &Seen,
    told: usize,
    states: &[&mut State],
) -> Option<(usize, Option<usize>)> {
    // No header tells what is left of a cap of ours.
    let named = |state: &&mut State| match &observation.bucket {
        _ if state.is_money() => false,
        Some(name) => state.key.name.as_str() == &**name,
        None => true,
    };
    let known = states.iter().any(named);
    let pool: Vec<usize> = states
        .iter()
        .enumerate()
        .filter(|(_, state)| !state.is_money() && (!known || named(state)))
        .map(|(at, _)| at)
        .collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for bucket in pool.iter().copied() {
        let Some(state) = states.get(bucket) else {
            continue;
        };
        for (meter, size) in state.meters.iter().map(|meter| meter.size()).enumerate() {
            if let Some((limit, period)) = size {
                candidates.push(Candidate {
                    bucket,
                    meter,
                    limit,
                    period,
                    narrowness: state.key.scope.narrowness(),
                });
            }
        }
    }
    let fits = |candidate: &&Candidate| {
        seen.period
            .is_some_and(|period| (candidate.period - period).abs() <= period / 100)
    };
    let distance = |candidate: &Candidate| match seen.limit {
        Some(limit) => limit.max(candidate.limit) as f64 / limit.min(candidate.limit).max(1) as f64,
        None => 1.0,
    };
    let narrowest = |candidate: &Candidate| {
        (
            std::cmp::Reverse(candidate.narrowness),
            candidate.period,
            candidate.limit,
        )
    };
    let by_period = candidates.iter().filter(fits).min_by(|a, b| {
        distance(a)
            .total_cmp(&distance(b))
            .then_with(|| narrowest(a).cmp(&narrowest(b)))
    });
    let by_limit = || {
        candidates
            .iter()
            .filter(|candidate| Some(candidate.limit) == seen.limit)
            .min_by_key(|candidate| narrowest(candidate))
    };
    // An unknown period of a bucket whose windows only answers tell is one more window of it.
    let open = pool
        .iter()
        .copied()
        .filter(|at| {
            states
                .get(*at)
                .is_some_and(|state| state.windows.is_empty())
        })
        .max_by_key(|at| states.get(*at).map(|state| state.key.scope.narrowness()));
    if let Some(found) = by_period {
        return Some((found.bucket, Some(found.meter)));
    }
    if let (Some(open), Some(_)) = (open, seen.period) {
        return Some((open, None));
    }
    if let Some(found) = by_limit() {
        return Some((found.bucket, Some(found.meter)));
    }
    if !known && told > 1 {
        // A name that the call was not charged for, beside others: it speaks of something else.
        return None;
    }
    let bucket = pool
        .into_iter()
        .max_by_key(|at| states.get(*at).map(|state| state.key.scope.narrowness()))?;
    let meter = candidates
        .iter()
        .filter(|candidate| candidate.bucket == bucket)
        .min_by_key(|candidate| narrowest(candidate))
        .map(|candidate| candidate.meter);
    Some((bucket, meter))
}
