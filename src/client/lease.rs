//! One process at a time: who has the turn stands in the store, for a minute at most.

use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::{Clock, after, between};
use crate::error::{Error, ErrorKind, Result};
use crate::store::KeyValue;

/// How long one process may take to change tokens before another takes its place.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// How long before that a process gives up, so that it never meets its successor.
const MARGIN: Duration = Duration::from_secs(10);
/// How often a process that waits for another looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A turn that is this process's own.
pub(super) struct Leased {
    version: u64,
    until: Timestamp,
}

/// Gives turns to processes: behind a pointer, so that it is in the programs whose logins need it, and in no other.
pub(super) trait Turns: Send + Sync {
    /// How long a caller may wait for a turn.
    fn patience(&self) -> Duration;

    /// Waits until no other process has the turn.
    fn begin<'a>(
        &'a self,
        store: &'a dyn KeyValue,
        key: &'a str,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Leased>>;

    /// Waits until it is time to give up.
    fn nearly_over<'a>(&'a self, lease: &Leased) -> BoxFuture<'a, ()>;

    /// Gives a turn back. Where that fails it runs out by itself.
    fn end<'a>(&'a self, store: &'a dyn KeyValue, key: &'a str, lease: Leased)
    -> BoxFuture<'a, ()>;
}

/// Gives turns by what stands in the store.
pub(super) struct Lessor {
    clock: Arc<dyn Clock>,
    patience: Duration,
}

impl Lessor {
    pub(super) fn new(clock: Arc<dyn Clock>, patience: Duration) -> Self {
        Self { clock, patience }
    }
}

/// Which process has the turn, as it stands in the store beside the tokens.
#[derive(Serialize, Deserialize)]
struct Lease {
    /// Until when; `None` where nobody does.
    until: Option<Timestamp>,
}

impl Lease {
    fn written(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|e| Error::config(format!("the lease cannot be written as JSON: {e}")))
    }
}

fn beside(key: &str) -> String {
    format!("{key} lease")
}

impl Turns for Lessor {
    fn patience(&self) -> Duration {
        self.patience
    }

    fn begin<'a>(
        &'a self,
        store: &'a dyn KeyValue,
        key: &'a str,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Leased>> {
        Box::pin(async move {
            let clock = &self.clock;
            let key = beside(key);
            let enough = after(clock.now(), patience);
            loop {
                let now = clock.now();
                let there = store.get(&key).await?;
                let taken = there
                    .as_ref()
                    .and_then(|there| serde_json::from_str::<Lease>(&there.value).ok())
                    .and_then(|lease| lease.until)
                    // What lies further ahead than clocks differ is nobody's.
                    .filter(|until| *until > now && between(now, *until) <= LEASE * 2);
                if let Some(taken) = taken {
                    if now >= enough {
                        return Err(Error::new(
                            ErrorKind::Unavailable,
                            "another process renews the login, or ended while it did: try again later",
                        )
                        .with_retry_at(taken));
                    }
                    let look = after(now, LOOK_AGAIN).min(taken).min(enough);
                    clock.sleep_until(look).await;
                    continue;
                }
                let until = after(now, LEASE);
                let text = Lease { until: Some(until) }.written()?;
                let expected = there.map(|there| there.version);
                if let Some(version) = store.put(&key, &text, expected).await? {
                    return Ok(Leased { version, until });
                }
            }
        })
    }

    fn nearly_over<'a>(&'a self, lease: &Leased) -> BoxFuture<'a, ()> {
        let end = lease.until.checked_sub(MARGIN).unwrap_or(Timestamp::MIN);
        self.clock.sleep_until(end)
    }

    fn end<'a>(
        &'a self,
        store: &'a dyn KeyValue,
        key: &'a str,
        lease: Leased,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Ok(text) = (Lease { until: None }).written() {
                let key = beside(key);
                store.put(&key, &text, Some(lease.version)).await.ok();
            }
        })
    }
}
