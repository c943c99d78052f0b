//! How often each account may ask: what a test sets, kept by the network itself.

use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::{No, State};

/// A limit that the embedded network keeps: so many calls of an account in each period.
///
/// Periods follow one another, counted from 1970. Every answer to a call that it holds for tells what is left in the
/// fields `RateLimit-Bucket`, `-Limit`, `-Remaining` and `-Reset` (seconds to the period's end); a call over it is
/// refused with 429 and `Retry-After`, and is not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limit {
    /// Its name.
    pub name: String,
    /// Which operations it counts: those whose dotted name begins so. All where none is named.
    #[serde(default)]
    pub operations: Vec<String>,
    /// How many calls in a period.
    pub calls: u64,
    /// How long a period is; whole seconds, at least 1.
    pub period: Duration,
    /// Whether the network's published rules name it, so that the adapter keeps it from the first call on. Otherwise
    /// it shows in answers alone.
    #[serde(default)]
    pub published: bool,
    /// Whether it is a quota: used up, it is refused as such (402 and no `Retry-After`).
    #[serde(default)]
    pub quota: bool,
}

impl Limit {
    /// At most so many calls of any kind in each period.
    pub fn new(name: impl Into<String>, calls: u64, period: Duration) -> Self {
        Self {
            name: name.into(),
            operations: Vec::new(),
            calls,
            period,
            published: false,
            quota: false,
        }
    }

    /// Counts only operations whose dotted name begins so, such as `publish`, `posts.` or `engage.like`.
    pub fn on(mut self, operations: impl Into<String>) -> Self {
        self.operations.push(operations.into());
        self
    }

    /// Has the network's published rules name it.
    pub fn published(mut self) -> Self {
        self.published = true;
        self
    }

    /// Makes it a quota.
    pub fn quota(mut self) -> Self {
        self.quota = true;
        self
    }

    /// Whether it counts an operation.
    pub fn counts(&self, operation: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|o| operation.starts_with(o))
    }

    /// The period in whole seconds.
    pub(in crate::adapters::memory) fn whole_period(&self) -> Duration {
        Duration::from_secs(self.period.as_secs().max(1))
    }

    fn seconds(&self) -> i64 {
        i64::try_from(self.period.as_secs())
            .unwrap_or(i64::MAX)
            .max(1)
    }
}

/// What is spent: by limit and account, in which period and how much.
pub(super) type Spent = BTreeMap<(String, String), (i64, u64)>;

impl State {
    /// Counts a call, or refuses it; and what the answer's fields tell.
    pub(super) fn count(
        &mut self,
        me: &str,
        operation: &str,
        now: Timestamp,
    ) -> (Result<(), No>, HeaderMap) {
        let mut told = HeaderMap::new();
        let mut tightest = u64::MAX;
        let mut refused = None;
        let second = now.as_second();
        let limits: Vec<&Limit> = self
            .settings
            .limits
            .iter()
            .filter(|l| l.counts(operation))
            .collect();
        let spent = |limit: &Limit| {
            let period = second.div_euclid(limit.seconds());
            let key = (limit.name.clone(), me.to_owned());
            match self.spent.get(&key) {
                Some((then, used)) if *then == period => (key, period, *used),
                _ => (key, period, 0),
            }
        };
        let counted: Vec<_> = limits.into_iter().map(|l| (l, spent(l))).collect();
        let full = counted.iter().any(|(l, (_, _, used))| *used >= l.calls);
        let mut paid = Vec::new();
        for (limit, (key, period, used)) in counted {
            let over = used >= limit.calls;
            let used = if full { used } else { used + 1 };
            let left = limit.calls.saturating_sub(used);
            let wait = (period + 1)
                .saturating_mul(limit.seconds())
                .saturating_sub(second);
            if over {
                refused = Some(if limit.quota { No::Spent } else { No::Limited });
            }
            if left < tightest || over {
                tightest = left;
                told.clear();
                let mut tell = |name: &'static str, value: String| {
                    if let Ok(value) = value.parse() {
                        told.insert(name, value);
                    }
                };
                tell("ratelimit-bucket", limit.name.clone());
                tell("ratelimit-limit", limit.calls.to_string());
                tell("ratelimit-remaining", left.to_string());
                tell("ratelimit-reset", wait.to_string());
                if over && !limit.quota {
                    tell("retry-after", wait.to_string());
                }
            }
            if !full {
                paid.push((key, (period, used)));
            }
        }
        self.spent.extend(paid);
        (refused.map_or(Ok(()), Err), told)
    }
}
