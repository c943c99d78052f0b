//! A network whose answers a test decides, over an account of the in-memory world; with keys, or without.
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sociable::adapters::memory::Memory;
use sociable::client::Clock;
use sociable::jiff::Timestamp;
use sociable::{
    Checked, Draft, Error, ErrorKind, Post, PostQuery, Prepared, Profile, Reconciled, Repeatable,
    Result, SocialNetwork, async_trait,
};

/// What goes wrong with one call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It is done, and the answer is lost.
    Lost,
    /// It is not done, and nobody can tell.
    Dropped,
    /// It is not done, and this is the answer.
    Error(Error),
    /// It is done after this time.
    Slow(Duration),
    /// Nothing goes wrong.
    Fine,
}

#[derive(Debug)]
pub(crate) struct Double {
    inner: Memory,
    /// How long the network knows its keys.
    pub(crate) repeatable: Repeatable,
    /// How long what was prepared lasts.
    pub(crate) lasts: Option<Duration>,
    pub(crate) prepares: Mutex<VecDeque<Fault>>,
    pub(crate) commits: Mutex<VecDeque<Fault>>,
    pub(crate) reconciles: Mutex<VecDeque<Fault>>,
    pub(crate) committed: AtomicU64,
    fresh: AtomicU64,
}

impl Double {
    pub(crate) fn new(inner: Memory, keyed: bool) -> Self {
        Self {
            inner,
            repeatable: if keyed {
                Repeatable::Always
            } else {
                Repeatable::Never
            },
            lasts: None,
            prepares: Mutex::default(),
            commits: Mutex::default(),
            reconciles: Mutex::default(),
            committed: AtomicU64::new(0),
            fresh: AtomicU64::new(0),
        }
    }

    async fn go_through(
        &self,
        script: &Mutex<VecDeque<Fault>>,
        call: impl Future<Output = Result<Post>>,
    ) -> Result<Post> {
        let fault = script.lock().unwrap().pop_front();
        let lost = || Error::new(ErrorKind::Unconfirmed, "the answer was lost");
        match fault.unwrap_or(Fault::Fine) {
            Fault::Fine => call.await,
            Fault::Lost => {
                call.await?;
                Err(lost())
            }
            Fault::Dropped => Err(lost()),
            Fault::Error(error) => Err(error),
            Fault::Slow(wait) => {
                let clock = self.inner.clock();
                clock.sleep_until(clock.now() + wait).await;
                call.await
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.inner.clock().now()
    }
}

#[async_trait]
impl SocialNetwork for Double {
    fn profile(&self) -> Arc<Profile> {
        self.inner.profile()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }

    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let fault = self.prepares.lock().unwrap().pop_front();
        match fault {
            Some(Fault::Error(error)) => return Err(error),
            Some(Fault::Slow(wait)) => {
                let clock = self.inner.clock();
                clock.sleep_until(clock.now() + wait).await;
            }
            _ => {}
        }
        let mut prepared = self.inner.prepare(draft).await?.repeatable(self.repeatable);
        if let Some(lasts) = self.lasts {
            prepared = prepared.expires_at(self.now() + lasts);
        }
        Ok(prepared)
    }

    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        self.committed.fetch_add(1, Ordering::SeqCst);
        let mut prepared = prepared.clone();
        if !prepared.repeatable.holds_at(self.now()) {
            // The network does not know the key: each call makes a post.
            let fresh = self.fresh.fetch_add(1, Ordering::SeqCst);
            prepared.key = format!("{}/{fresh}", prepared.key).into();
        }
        self.go_through(&self.commits, self.inner.commit(&prepared))
            .await
    }

    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        let fault = self.reconciles.lock().unwrap().pop_front();
        if let Some(Fault::Error(error)) = fault {
            return Err(error);
        }
        if prepared.repeatable.holds_at(self.now()) {
            return self.inner.reconcile(prepared).await;
        }
        // Without keys it looks at the listing, which shows a new post late.
        let text = prepared.payload["text"].clone();
        let page = self.inner.posts(&PostQuery::own().limit(50)).await?;
        let found = page
            .items
            .into_iter()
            .find(|post| serde_json::to_value(&post.text).unwrap() == text);
        Ok(match found {
            Some(post) => Reconciled::Published(Box::new(post)),
            None => Reconciled::Unknown,
        })
    }
}
