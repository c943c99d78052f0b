//! A store that dies at a write, and a network without keys whose answers get lost.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use sociable::adapters::memory::Memory;
use sociable::client::Clock;
use sociable::store::{KeyValue, MemoryStore, Versioned};
use sociable::{
    Account, AccountId, AccountRef, AudienceQuery, Checked, Draft, Error, ErrorKind, EventQuery,
    Events, Membership, Page, Post, PostId, PostQuery, Prepared, Profile, Reconciled, Repeatable,
    Result, SocialNetwork, Text, async_trait,
};

/// When the write that kills the process is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// The process dies before it.
    Before,
    /// The process dies right after it.
    After,
}

/// A store over another one, whose process dies at a write.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) inner: Arc<MemoryStore>,
    /// How many writes are left to live.
    left: AtomicI64,
    death: Death,
    /// How many writes there were.
    pub(crate) writes: AtomicU64,
}

impl Shelf {
    pub(crate) fn over(inner: &Arc<MemoryStore>, left: i64, death: Death) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            left: AtomicI64::new(left),
            death,
            writes: AtomicU64::new(0),
        })
    }

    fn dead() -> Error {
        Error::new(ErrorKind::Unavailable, "the process is dead")
    }

    fn alive(&self) -> Result<()> {
        if self.left.load(Ordering::SeqCst) < 0 {
            return Err(Self::dead());
        }
        Ok(())
    }

    async fn write<T>(&self, write: impl Future<Output = Result<T>>) -> Result<T> {
        self.alive()?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        let dies = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if dies && self.death == Death::Before {
            return Err(Self::dead());
        }
        tokio::task::yield_now().await;
        let done = write.await?;
        tokio::task::yield_now().await;
        if dies { Err(Self::dead()) } else { Ok(done) }
    }
}

#[async_trait]
impl KeyValue for Shelf {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        self.alive()?;
        tokio::task::yield_now().await;
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        self.write(self.inner.put(key, value, expected)).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.write(self.inner.remove(key)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        self.alive()?;
        self.inner.list(prefix, after, limit).await
    }
}

/// An account on a network that has no keys: each commit makes a post, and what became of one is found by looking.
#[derive(Debug)]
pub(crate) struct Keyless {
    inner: Memory,
    /// How many of the next answers to a commit are lost.
    pub(crate) lost: AtomicI64,
    /// How many of the next commits are refused.
    pub(crate) refused: AtomicI64,
    /// Accounts that are not there any more.
    pub(crate) gone: Mutex<Vec<AccountId>>,
    /// Accounts that the network has suspended.
    pub(crate) suspended: Mutex<Vec<AccountId>>,
    fresh: AtomicU64,
}

impl Keyless {
    pub(crate) fn new(inner: Memory) -> Self {
        Self {
            inner,
            lost: AtomicI64::new(0),
            refused: AtomicI64::new(0),
            gone: Mutex::default(),
            suspended: Mutex::default(),
            fresh: AtomicU64::new(0),
        }
    }
}

#[async_trait]
impl SocialNetwork for Keyless {
    fn profile(&self) -> Arc<Profile> {
        self.inner.profile()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }

    async fn me(&self) -> Result<Account> {
        self.inner.me().await
    }

    async fn account(&self, account: &AccountRef) -> Result<Account> {
        let among = |these: &Mutex<Vec<AccountId>>| {
            let these = these.lock().unwrap();
            let mut these = these.iter().cloned().map(AccountRef::Id);
            these.any(|one| one == *account)
        };
        if among(&self.gone) {
            return Err(Error::new(ErrorKind::NotFound, "there is no such account"));
        }
        if among(&self.suspended) {
            return Err(Error::new(ErrorKind::Suspended, "the account is suspended"));
        }
        self.inner.account(account).await
    }

    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let prepared = self.inner.prepare(draft).await?;
        Ok(prepared.repeatable(Repeatable::Never))
    }

    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        if self.refused.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Err(Error::new(ErrorKind::RateLimited, "too many posts"));
        }
        let mut prepared = prepared.clone();
        let fresh = self.fresh.fetch_add(1, Ordering::SeqCst);
        prepared.key = format!("{}/{fresh}", prepared.key).into();
        let post = self.inner.commit(&prepared).await?;
        if self.lost.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Err(Error::new(ErrorKind::Unconfirmed, "the answer was lost"));
        }
        Ok(post)
    }

    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        let text: Text = serde_json::from_value(prepared.payload["text"].clone()).unwrap();
        let page = self.inner.posts(&PostQuery::own().limit(50)).await?;
        let found = page
            .items
            .into_iter()
            .find(|post| post.text.as_str() == text.as_str());
        Ok(match found {
            Some(post) => Reconciled::Published(Box::new(post)),
            None => Reconciled::NotPublished,
        })
    }

    async fn post(&self, post: &PostId) -> Result<Post> {
        self.inner.post(post).await
    }

    async fn posts(&self, query: &PostQuery) -> Result<Page<Post>> {
        self.inner.posts(query).await
    }

    async fn audience(&self, query: &AudienceQuery) -> Result<Page<Account>> {
        self.inner.audience(query).await
    }

    async fn membership(&self, accounts: &[AccountId]) -> Result<Vec<Membership>> {
        self.inner.membership(accounts).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Events> {
        self.inner.events(query).await
    }
}
