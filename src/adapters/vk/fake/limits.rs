//! How much VK takes: calls a second, calls a day, the same thing again and again.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::access::Kind;
use super::faults::Rule;
use super::state::World;
use super::wire::Refusal;

/// Moscow, where VK's day begins, is three hours ahead of UTC.
const MOSCOW: i64 = 3 * 3600;
const DAY: i64 = 24 * 3600;

#[derive(Debug)]
pub(super) struct Limits {
    pub(super) on: bool,
    /// Calls of each token in the last second.
    recent: BTreeMap<String, VecDeque<Timestamp>>,
    pub(super) per_second: (usize, usize, usize),
    pub(super) quotas: BTreeMap<String, usize>,
    /// Calls of a method by a token on a day.
    used: BTreeMap<(String, String), (i64, usize)>,
    /// Methods that are flooded, and until when.
    floods: Vec<(String, Timestamp)>,
    /// When a text went to a peer.
    repeats: BTreeMap<(i64, i64, String), VecDeque<Timestamp>>,
}

impl Default for Limits {
    fn default() -> Self {
        let quotas = [
            ("wall.get", 5000),
            ("wall.search", 1000),
            ("newsfeed.search", 1000),
            ("video.save", 5000),
        ];
        Self {
            on: true,
            recent: BTreeMap::new(),
            per_second: (3, 20, 3),
            quotas: quotas
                .into_iter()
                .map(|(name, calls)| (name.to_owned(), calls))
                .collect(),
            used: BTreeMap::new(),
            floods: Vec::new(),
            repeats: BTreeMap::new(),
        }
    }
}

impl Limits {
    /// Refuses a method with error 9 for a while; `*` means all.
    pub(super) fn flood(&mut self, method: &str, until: Timestamp) {
        self.floods.push((method.to_owned(), until));
    }
}

/// The number of the day in Moscow.
pub(super) fn day(now: Timestamp) -> i64 {
    (now.as_second() + MOSCOW).div_euclid(DAY)
}

impl World {
    /// Counts one request of a token, unless any sliding second holds too many.
    pub(super) fn per_second(
        &mut self,
        token: &str,
        kind: Kind,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if !self.limits.on || !self.keeps(Rule::PerSecondRefuses) {
            return Ok(());
        }
        let (user, community, service) = self.limits.per_second;
        let most = match kind {
            _ if !self.keeps(Rule::PerSecondRate) => 1,
            Kind::User { .. } => user,
            Kind::Community(_) => community,
            Kind::Service => service,
        };
        let recent = self.limits.recent.entry(token.to_owned()).or_default();
        let second = SignedDuration::from_secs(1);
        while recent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= second)
        {
            recent.pop_front();
        }
        if recent.len() >= most {
            return Err(Refusal::new(6, "Too many requests per second"));
        }
        recent.push_back(now);
        Ok(())
    }

    /// Counts one call against the day's quota of its method, and refuses while the method is flooded.
    pub(super) fn quota(
        &mut self,
        token: &str,
        method: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.limits.floods.retain(|(_, until)| *until > now);
        if self
            .limits
            .floods
            .iter()
            .any(|(name, _)| name == method || name == "*")
        {
            return Err(Refusal::new(9, "Flood control"));
        }
        if !self.limits.on {
            return Ok(());
        }
        let most = match self.limits.quotas.get(method) {
            Some(_) if !self.keeps(Rule::QuotaSize) => 10,
            Some(most) => *most,
            None => return Ok(()),
        };
        let today = day(now);
        let used = self
            .limits
            .used
            .entry((token.to_owned(), method.to_owned()))
            .or_default();
        if used.0 != today {
            *used = (today, 0);
        }
        if used.1 >= most && !self.broken.contains(&Rule::QuotaRefuses) {
            return Err(Refusal::new(29, "Rate limit reached"));
        }
        used.1 += 1;
        Ok(())
    }

    /// Refuses the same text to the same peer again and again.
    pub(super) fn repeated(
        &mut self,
        from: i64,
        to: i64,
        text: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if !self.limits.on || text.is_empty() || !self.keeps(Rule::FloodRefuses) {
            return Ok(());
        }
        let sent = self
            .limits
            .repeats
            .entry((from, to, text.to_owned()))
            .or_default();
        let minute = SignedDuration::from_secs(60);
        while sent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= minute)
        {
            sent.pop_front();
        }
        if sent.len() >= 10 {
            return Err(Refusal::new(9, "Flood control"));
        }
        sent.push_back(now);
        Ok(())
    }
}
