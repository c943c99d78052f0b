use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::Step;
use crate::client::{Clock, Random, SystemClock, SystemRandom};
use crate::error::{Error, Result};
use crate::network::SocialNetwork;
use crate::store::{KeyValue, Queue};

/// What the outbox keeps its state in: work with a time, and values beside it. Every store that is both is one.
///
/// The queue is the outbox's alone: it takes every job of it for a planned post. Its values stand under keys that begin
/// with `outbox/`, so that others may share them.
pub trait OutboxStore: KeyValue + Queue {}

impl<T: KeyValue + Queue + ?Sized> OutboxStore for T {}

/// What is told of each step: the step, and the planned post's id where there is one.
pub type StepObserver = Arc<dyn Fn(Step, &str) + Send + Sync>;

/// A content plan on its way to being published: see [the module](crate::outbox).
///
/// Clones share everything, so that one can list and decide while another runs.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn OutboxStore>,
    pub(crate) networks: BTreeMap<String, Arc<dyn SocialNetwork>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) worker: String,
    pub(crate) lease: Duration,
    pub(crate) tolerance: Duration,
    pub(crate) too_late_after: Duration,
    pub(crate) settle: Vec<Duration>,
    pub(crate) key_margin: Duration,
    pub(crate) gap: Duration,
    pub(crate) lately: Duration,
    pub(crate) look_every: Duration,
    pub(crate) retry: (Duration, Duration),
    pub(crate) observer: Option<StepObserver>,
    /// Wakes a running worker of this process when something was added or decided.
    pub(crate) changed: Notify,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("worker", &self.inner.worker)
            .field("accounts", &self.inner.networks.keys())
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// Settings for an outbox that keeps its state here.
    pub fn builder(store: Arc<dyn OutboxStore>) -> OutboxBuilder {
        OutboxBuilder {
            inner: Inner {
                store,
                networks: BTreeMap::new(),
                clock: Arc::new(SystemClock::new()),
                worker: String::new(),
                lease: Duration::from_secs(120),
                tolerance: Duration::from_secs(60),
                too_late_after: Duration::from_secs(24 * 60 * 60),
                settle: [15, 30, 60, 120, 300].map(Duration::from_secs).to_vec(),
                key_margin: Duration::from_secs(60),
                gap: Duration::from_secs(5 * 60),
                lately: Duration::from_secs(30 * 24 * 60 * 60),
                look_every: Duration::from_secs(15),
                retry: (Duration::from_secs(30), Duration::from_secs(15 * 60)),
                observer: None,
                changed: Notify::new(),
            },
        }
    }

    /// The names of the accounts that it publishes on.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.inner.networks.keys().map(String::as_str)
    }

    /// The worker's name, as it stands in leases.
    pub fn worker(&self) -> &str {
        &self.inner.worker
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }
}

/// Settings for an [`Outbox`]. What is wrong with them shows on [`build`](Self::build).
#[must_use]
pub struct OutboxBuilder {
    inner: Inner,
}

impl fmt::Debug for OutboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxBuilder")
            .field("accounts", &self.inner.networks.keys())
            .finish_non_exhaustive()
    }
}

impl OutboxBuilder {
    /// Adds an account under the name that plans call it by.
    pub fn network(mut self, account: impl Into<String>, network: Arc<dyn SocialNetwork>) -> Self {
        self.inner.networks.insert(account.into(), network);
        self
    }

    /// Adds accounts under the names that plans call them by.
    pub fn networks(
        mut self,
        accounts: impl IntoIterator<Item = (String, Arc<dyn SocialNetwork>)>,
    ) -> Self {
        self.inner.networks.extend(accounts);
        self
    }

    /// Sets the clock; the system's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.inner.clock = clock;
        self
    }

    /// Sets the worker's name, which no other worker on this store has; a random one by default.
    pub fn worker(mut self, name: impl Into<String>) -> Self {
        self.inner.worker = name.into();
        self
    }

    /// Sets how long work is leased; two minutes by default, 10 seconds at least. A lease is extended while a network
    /// works, so that this is how long work lies still after a crash.
    pub fn lease(mut self, length: Duration) -> Self {
        self.inner.lease = length;
        self
    }

    /// Sets how far from its time a post may be published and still count as on time, and how far in the past a time may
    /// lie when it is added; a minute by default.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.inner.tolerance = tolerance;
        self
    }

    /// Sets how late an entry that does not say so may still go out; 24 hours by default.
    pub fn too_late_after(mut self, late: Duration) -> Self {
        self.inner.too_late_after = late;
        self
    }

    /// Sets how long it is waited before each further look for a lost answer; after the last one a person has to settle
    /// it. By default 15 s, 30 s, 1 min, 2 min and 5 min: networks show a new post in listings only after a delay.
    pub fn settle(mut self, waits: impl IntoIterator<Item = Duration>) -> Self {
        self.inner.settle = waits.into_iter().collect();
        self
    }

    /// Sets how much longer a network must know a key for it to be used again; a minute by default. It covers the time
    /// between our look at the clock and the network's.
    pub fn key_margin(mut self, margin: Duration) -> Self {
        self.inner.key_margin = margin;
        self
    }

    /// Sets how near two posts of one account may be without a warning; five minutes by default.
    pub fn gap(mut self, gap: Duration) -> Self {
        self.inner.gap = gap;
        self
    }

    /// Sets how long a published text is remembered for the warning that it comes again; 30 days by default.
    pub fn lately(mut self, lately: Duration) -> Self {
        self.inner.lately = lately;
        self
    }

    /// Sets how often a running worker looks for what others added; 15 seconds by default. What is added through a clone
    /// of the outbox is seen at once.
    pub fn look_every(mut self, wait: Duration) -> Self {
        self.inner.look_every = wait;
        self
    }

    /// Sets how long it is waited after a failure before the next try where the network names no moment: `first`, then
    /// twice as long each time, up to `most`. By default 30 seconds, up to 15 minutes.
    pub fn retry(mut self, first: Duration, most: Duration) -> Self {
        self.inner.retry = (first, most);
        self
    }

    /// Tells of each step of the work as it is reached.
    pub fn observe(mut self, observer: StepObserver) -> Self {
        self.inner.observer = Some(observer);
        self
    }

    /// Builds the outbox. Nothing is read or sent.
    ///
    /// # Errors
    /// `Config` for a lease of less than 10 seconds, and for waits of no length.
    pub fn build(mut self) -> Result<Outbox> {
        if self.inner.lease < Duration::from_secs(10) {
            return Err(Error::config(
                "a lease must last 10 seconds at least: a shorter one ends while the network still works",
            ));
        }
        let waits = [
            ("look_every", self.inner.look_every),
            ("retry", self.inner.retry.0),
            ("retry", self.inner.retry.1),
        ];
        for (name, wait) in waits
            .into_iter()
            .chain(self.inner.settle.iter().map(|wait| ("settle", *wait)))
        {
            if wait < Duration::from_millis(1) {
                return Err(Error::config(format!(
                    "`{name}` must be a millisecond at least: without a wait the outbox would ask without end"
                )));
            }
        }
        if self.inner.worker.is_empty() {
            let random = SystemRandom::new();
            self.inner.worker = format!("{}-{:016x}", std::process::id(), random.next());
        }
        Ok(Outbox {
            inner: Arc::new(self.inner),
        })
    }
}

impl Inner {
    /// Tells of a step.
    pub(crate) fn reached(&self, step: Step, id: &str) {
        if let Some(observer) = &self.observer {
            observer(step, id);
        }
    }
}

/// The id of an entry's job on an account. An account's name stands behind the last `@`, with its own ones written
/// otherwise, so that no two pairs make the same id.
pub(crate) fn job_id(key: &str, account: &str) -> String {
    format!("{key}@{}", escaped(account, '@'))
}

/// An account's name as a part of a key, without this sign.
pub(crate) fn escaped(account: &str, sign: char) -> String {
    let escaped_sign = format!("%{:02X}", u32::from(sign));
    account.replace('%', "%25").replace(sign, &escaped_sign)
}
