//! A world under a set clock, outboxes on one store, and what can be counted in the world.
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use sociable::adapters::memory::World;
use sociable::client::{Clock, SetClock};
use sociable::jiff::Timestamp;
use sociable::outbox::{
    Entry, Filter, Happening, HappeningKind, Item, Outbox, OutboxBuilder, OutboxStore, RunReport,
    Step, StepObserver,
};
use sociable::store::MemoryStore;
use sociable::{Draft, Result, SocialNetwork};

use crate::double::Double;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// What begins like a picture.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

pub(crate) fn t0() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

/// What ends a worker: its process is gone.
struct Killed;

pub(crate) struct Stage {
    pub(crate) clock: SetClock,
    pub(crate) world: World,
    pub(crate) store: Arc<dyn OutboxStore>,
    pub(crate) double: Arc<Double>,
    workers: AtomicU64,
}

impl Stage {
    pub(crate) fn new(keyed: bool) -> Self {
        Self::of(keyed, |_| {})
    }

    pub(crate) fn of(keyed: bool, change: impl FnOnce(&mut Double)) -> Self {
        let clock = SetClock::at(t0());
        let world = World::with_clock(Arc::new(clock.clone()));
        world.add_account("shop");
        world.add_account("other");
        let mut double = Double::new(world.network("shop").unwrap(), keyed);
        change(&mut double);
        Self {
            clock,
            double: Arc::new(double),
            world,
            store: Arc::new(MemoryStore::new()),
            workers: AtomicU64::new(0),
        }
    }

    /// Settings of a further worker on the store.
    pub(crate) fn builder(&self) -> OutboxBuilder {
        let number = self.workers.fetch_add(1, Ordering::SeqCst);
        let other: Arc<dyn SocialNetwork> = Arc::new(self.world.network("other").unwrap());
        Outbox::builder(Arc::clone(&self.store))
            .network("shop", self.double.clone())
            .network("other", other)
            .clock(Arc::new(self.clock.clone()))
            .look_every(10 * MINUTE)
            .worker(format!("worker-{number}"))
    }

    pub(crate) fn outbox(&self) -> Outbox {
        self.builder().build().unwrap()
    }

    /// Lets an outbox work for this long.
    pub(crate) async fn run_for(&self, outbox: &Outbox, length: Duration) -> RunReport {
        let until = self.clock.now() + length;
        let run = outbox.run_until(self.clock.sleep_until(until));
        self.clock.drive(run).await.unwrap()
    }

    /// Lets a worker run until the `nth` time that it comes to a step, and ends it there; true if it came there.
    pub(crate) async fn run_until_step(&self, step: Step, nth: usize, length: Duration) -> bool {
        let outbox = self.builder().observe(killer(step, nth)).build().unwrap();
        let until = self.clock.now() + length;
        let run = outbox.run_until(self.clock.sleep_until(until));
        survives(self.clock.drive(run)).await.is_none()
    }

    /// The world's posts of an account, by text.
    pub(crate) async fn posts(&self, account: &str) -> BTreeMap<String, usize> {
        let network = self.world.network(account).unwrap();
        let mut posts = BTreeMap::new();
        for id in self.world.published(account) {
            let post = network.post(&id).await.unwrap();
            *posts.entry(post.text.as_str().to_owned()).or_default() += 1;
        }
        posts
    }

    pub(crate) async fn only(&self, outbox: &Outbox) -> Item {
        let items = outbox.list(&Filter::new()).await.unwrap();
        assert_eq!(items.len(), 1, "{items:#?}");
        items.into_iter().next().unwrap()
    }
}

pub(crate) fn entry(key: &str, text: &str) -> Entry {
    Entry::new(key, Draft::text(text)).on("shop")
}

/// How often a planned post's parts were prepared.
pub(crate) async fn prepared(outbox: &Outbox, id: &str) -> usize {
    let history = outbox.history(id).await.unwrap();
    let prepared = |h: &&Happening| h.kind == HappeningKind::Prepared;
    history.happenings.iter().filter(prepared).count()
}

/// What ends the process at the `nth` time that it comes to a step.
pub(crate) fn killer(at: Step, nth: usize) -> StepObserver {
    let times = AtomicU64::new(0);
    Arc::new(move |step, _| {
        if step == at && times.fetch_add(1, Ordering::SeqCst) + 1 == nth as u64 {
            std::panic::resume_unwind(Box::new(Killed));
        }
    })
}

/// What a process answers; `None` when it was killed.
pub(crate) async fn survives<T>(process: impl Future<Output = Result<T>>) -> Option<T> {
    match AssertUnwindSafe(process).catch_unwind().await {
        Ok(answer) => Some(answer.unwrap()),
        Err(cause) if cause.is::<Killed>() => None,
        Err(cause) => std::panic::resume_unwind(cause),
    }
}

/// Waits for a process that may be killed, or may end with an error of the store.
pub(crate) async fn dies_or_fails<T>(process: impl Future<Output = Result<T>>) {
    if let Err(cause) = AssertUnwindSafe(process).catch_unwind().await
        && !cause.is::<Killed>()
    {
        std::panic::resume_unwind(cause);
    }
}
