//! The limits of the servers and the headers that tell of them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::xrpc::Refusal;

/// A limiter of the network (docs.bsky.app, rate limits; @atproto/pds).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Limiter {
    /// All requests of one address: 3000 in 5 minutes.
    Everything,
    /// `createSession` for one identifier: 30 in 5 minutes.
    Sessions,
    /// `createSession` for one identifier: 300 a day.
    SessionsDay,
    /// Points for writes of one account: 5000 an hour.
    WritesHour,
    /// Points for writes of one account: 35000 a day.
    WritesDay,
    /// `uploadBlob`: 1000 a day.
    Blobs,
    /// Messages of one account. Off until it is set: the network publishes none. Its refusals come from behind the PDS,
    /// whose headers still show room.
    Messages,
}

#[derive(Clone, Copy, Debug)]
struct Allowance {
    points: u64,
    window: SignedDuration,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: Timestamp,
    used: u64,
}

/// What one limiter tells in headers.
#[derive(Clone, Copy, Debug)]
struct Told {
    limit: u64,
    left: u64,
    reset: i64,
    window: i64,
}

#[derive(Debug)]
pub(super) struct Limits {
    pub(super) on: bool,
    allowances: BTreeMap<Limiter, Allowance>,
    windows: BTreeMap<(Limiter, String), Window>,
    told: Vec<Told>,
}

impl Limits {
    pub(super) fn new() -> Self {
        let standard = [
            (Limiter::Everything, 3_000, SignedDuration::from_mins(5)),
            (Limiter::Sessions, 30, SignedDuration::from_mins(5)),
            (Limiter::SessionsDay, 300, SignedDuration::from_hours(24)),
            (Limiter::WritesHour, 5_000, SignedDuration::from_hours(1)),
            (Limiter::WritesDay, 35_000, SignedDuration::from_hours(24)),
            (Limiter::Blobs, 1_000, SignedDuration::from_hours(24)),
        ];
        let allowances = standard
            .into_iter()
            .map(|(limiter, points, window)| (limiter, Allowance { points, window }))
            .collect();
        Self {
            on: true,
            allowances,
            windows: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, limiter: Limiter, points: u64, window: SignedDuration) {
        let window = window.max(SignedDuration::from_secs(1));
        self.allowances
            .insert(limiter, Allowance { points, window });
        self.windows.retain(|(named, _), _| *named != limiter);
    }

    /// Forgets what the last request was told.
    pub(super) fn begin(&mut self) {
        self.told.clear();
    }

    /// Takes points; what goes over the limit is taken as well, as the servers do.
    pub(super) fn spend(
        &mut self,
        limiter: Limiter,
        key: &str,
        points: u64,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(allowance) = self.allowances.get(&limiter).copied().filter(|_| self.on) else {
            return Ok(());
        };
        let fresh = Window {
            ends: now.checked_add(allowance.window).unwrap_or(now),
            used: 0,
        };
        let window = self
            .windows
            .entry((limiter, key.to_owned()))
            .or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        window.used = window.used.saturating_add(points);
        let over = window.used > allowance.points;
        if limiter != Limiter::Messages {
            let millis = window.ends.as_millisecond();
            self.told.push(Told {
                limit: allowance.points,
                left: allowance.points.saturating_sub(window.used),
                reset: millis.div_euclid(1000) + i64::from(millis.rem_euclid(1000) > 0),
                window: allowance.window.as_secs(),
            });
        }
        if over {
            Err(Refusal::new(
                429,
                "RateLimitExceeded",
                "Rate Limit Exceeded",
            ))
        } else {
            Ok(())
        }
    }

    /// The headers of the limiter that has least left of those that the request touched.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let Some(told) = self.told.iter().min_by_key(|told| told.left) else {
            return Vec::new();
        };
        vec![
            ("ratelimit-limit", told.limit.to_string()),
            ("ratelimit-remaining", told.left.to_string()),
            ("ratelimit-reset", told.reset.to_string()),
            (
                "ratelimit-policy",
                format!("{};w={}", told.limit, told.window),
            ),
        ]
    }
}
