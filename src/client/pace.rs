use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use futures_util::future::select;
use jiff::Timestamp;
use tokio::sync::Notify;

use super::clock::after;
use super::limits::{
    Books, BucketKey, Budget, Charge, Held, LimitStore, LimitStoreError, Limits, MemoryLimits,
    Permit as Reserved, Reservation, Sent, Settled, Spending, Ticket, Wait,
};
use super::{Client, Clock, Fault, Notice};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;
use crate::shared::table::Table;

/// How long a waiter whom no moment was told rests, before it asks a store that other processes change as well.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Where budgets are kept, and who waits for them.
#[derive(Clone)]
pub(super) struct Pace(Arc<Inner>);

struct Inner {
    /// The local path neither boxes a future nor waits.
    local: MemoryLimits,
    shared: Option<Shared>,
    waiters: Mutex<Table<Ticket, Arc<Notify>>>,
}

/// A store that is not the client's own, and what only its users need.
#[derive(Clone)]
pub(super) struct Shared {
    store: Arc<dyn LimitStore>,
    pub(super) learn_clock: fn(&Client, &str, &Sent, Timestamp),
}

impl Shared {
    pub(super) fn new(store: Arc<dyn LimitStore>) -> Self {
        Self {
            store,
            learn_clock: Client::learn_clock,
        }
    }
}

impl Pace {
    pub(super) fn new(shared: Option<Shared>, limits: Option<Limits>) -> Self {
        let local = MemoryLimits::new(limits.unwrap_or_default());
        Self(Arc::new(Inner {
            local,
            shared,
            waiters: Mutex::default(),
        }))
    }

    pub(super) fn shared(&self) -> Option<&Shared> {
        self.0.shared.as_ref()
    }

    async fn reserve(
        &self,
        now: Timestamp,
        charges: &[Charge],
        ticket: Option<Ticket>,
    ) -> Result<Reservation> {
        match &self.0.shared {
            Some(Shared { store, .. }) => store
                .reserve(now, charges, ticket)
                .await
                .map_err(unreachable_store),
            None => {
                let mut ready = Vec::new();
                let reservation = self.0.local.reserve(now, charges, ticket, &mut ready);
                self.wake(ready);
                Ok(reservation)
            }
        }
    }

    async fn leave(&self, now: Timestamp, permit: &Reserved) -> Result<bool> {
        match &self.0.shared {
            Some(Shared { store, .. }) => store.leave(now, permit).await.map_err(unreachable_store),
            None => Ok(self.0.local.leave(now, permit)),
        }
    }

    /// Settles, whatever becomes of the caller: it is asked from destructors too.
    fn settle(&self, now: Timestamp, permit: Reserved, settled: Settled) {
        match &self.0.shared {
            None => self.wake(self.0.local.settle(now, permit, settled)),
            Some(Shared { store, .. }) => {
                let (pace, store) = (self.clone(), Arc::clone(store));
                in_background(Box::pin(async move {
                    // What is not settled expires in the store as spent, so that a failure only wastes budget.
                    if let Ok(ready) = store.settle(now, permit, settled).await {
                        pace.wake(ready);
                    }
                }));
            }
        }
    }

    fn forget(&self, now: Timestamp, ticket: Ticket) {
        self.waiters().remove(&ticket);
        match &self.0.shared {
            None => self.wake(self.0.local.forget(now, ticket)),
            Some(Shared { store, .. }) => {
                let (pace, store) = (self.clone(), Arc::clone(store));
                in_background(Box::pin(async move {
                    if let Ok(ready) = store.forget(now, ticket).await {
                        pace.wake(ready);
                    }
                }));
            }
        }
    }

    fn waiters(&self) -> std::sync::MutexGuard<'_, Table<Ticket, Arc<Notify>>> {
        self.0
            .waiters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Who waits under a ticket, and whether it can be woken only from now on.
    fn waiter(&self, ticket: Ticket) -> (Arc<Notify>, bool) {
        let mut waiters = self.waiters();
        if let Some(known) = waiters.get(&ticket) {
            return (Arc::clone(known), false);
        }
        let new = Arc::<Notify>::default();
        waiters.insert(ticket, Arc::clone(&new));
        (new, true)
    }

    fn wake(&self, ready: Vec<Ticket>) {
        if ready.is_empty() {
            return;
        }
        let waiters = self.waiters();
        for ticket in ready {
            if let Some(waiter) = waiters.get(&ticket) {
                waiter.notify_one();
            }
        }
    }
}

/// Runs what a destructor cannot wait for. Outside a runtime there is nobody to run it, and the store's lease ends it.
///
/// Boxed, so that a task is compiled once.
fn in_background(work: BoxFuture<'static, ()>) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        // A store may note at once what it then brings to its place.
        let mut work = work;
        if (&mut work).now_or_never().is_none() {
            runtime.spawn(work);
        }
    }
}

fn unreachable_store(error: LimitStoreError) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the store of shared limits cannot be reached: nothing was sent, so that no limit is broken; check the store",
    )
    .with_source(error)
}

/// The answer to a call for which there is never enough.
#[cold]
fn never(bucket: &BucketKey) -> Error {
    Error::new(
        ErrorKind::QuotaExhausted,
        format!(
            "the call costs more than the budget `{}` ever holds: nothing was sent; ask for less at once",
            bucket.name
        ),
    )
}

/// The answer to a call for which there is nothing soon enough.
#[cold]
fn not_now(held: &Held, until: Option<Timestamp>) -> Error {
    let name = &held.bucket.name;
    let message = if held.sends_away {
        format!(
            "the network refused `{name}` for being asked too often, and is left alone for a while: nothing was sent; \
             come back later"
        )
    } else {
        format!(
            "the budget `{name}` is used up, and there is none within the wait that is allowed: nothing was sent; come \
             back later, or allow a longer max_wait"
        )
    };
    Error::new(ErrorKind::RateLimited, message).with_retry_at(until)
}

/// The right to send one request. Dropped before it is [`sent`](Self::sent), it is given back; afterwards it is spent.
#[must_use = "a permit that is dropped is given back"]
pub struct Permit {
    pace: Pace,
    clock: Arc<dyn Clock>,
    reserved: Option<Reserved>,
    sent_at: Option<Timestamp>,
}

impl Permit {
    /// Asks, right before the first byte goes out, whether it may still: a refusal may have come since it was granted.
    ///
    /// # Errors
    /// `Unavailable` where a shared store cannot be reached.
    pub async fn may_leave(&self) -> Result<bool> {
        match &self.reserved {
            Some(reserved) => self.pace.leave(self.clock.now(), reserved).await,
            None => Ok(true),
        }
    }

    /// Says that the first byte goes out now: from here on the permit is spent.
    pub fn sent(&mut self) {
        let now = self.clock.now();
        self.sent_at.get_or_insert(now);
    }

    /// Says that nothing went out after all.
    pub(super) fn unsent(&mut self) {
        self.sent_at = None;
    }

    /// When the first byte went out.
    pub fn sent_at(&self) -> Option<Timestamp> {
        self.sent_at
    }

    /// Says what the answer told: what it really cost, the limits that it named, a refusal.
    pub fn settle(mut self, sent: Sent) {
        self.end(sent.into());
    }

    fn end(&mut self, settled: Settled) {
        if let Some(reserved) = self.reserved.take() {
            self.pace.settle(self.clock.now(), reserved, settled);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.reserved.is_some() {
            let settled = match self.sent_at {
                Some(at) => Sent::lost(at).into(),
                None => Settled::NotSent,
            };
            self.end(settled);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("sent_at", &self.sent_at)
            .finish_non_exhaustive()
    }
}

/// A place in a queue, given back when the waiter goes away.
struct Place<'a> {
    pace: &'a Pace,
    clock: &'a Arc<dyn Clock>,
    ticket: Option<Ticket>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.pace.forget(self.clock.now(), ticket);
        }
    }
}

impl Client {
    /// Waits for budget, for a wire that this crate does not carry: a socket, a command-line tool, another library.
    ///
    /// # Errors
    /// `RateLimited` with the moment to come back, where that is further away than `max_wait`; `QuotaExhausted` where
    /// the charges are more than the budget can ever hold.
    pub async fn permit(&self, network: &str, charges: &[Charge]) -> Result<Permit> {
        let patience = after(self.shared.clock.now(), self.shared.max_wait);
        self.acquire(network, &Operation::named("permit"), charges, patience)
            .await
    }

    /// What is left of every limit that this process keeps, for people and dashboards. Limits in a shared store are
    /// told by [`shared_budgets`](Self::shared_budgets).
    pub fn budgets(&self) -> Vec<Budget> {
        self.shared.pace.0.local.budgets(self.shared.clock.now())
    }

    /// What is left of every limit, as all processes that share the store see it.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be reached.
    pub async fn shared_budgets(&self) -> Result<Vec<Budget>> {
        match &self.shared.pace.0.shared {
            Some(Shared { store, .. }) => store
                .budgets(self.shared.clock.now())
                .await
                .map_err(unreachable_store),
            None => Ok(self.budgets()),
        }
    }

    /// What was spent, by network, account and operation: what answers showed to be billed, what calls without an answer
    /// may have cost, and what is reserved for those under way. Over restarts, and by all processes, where limits are
    /// kept in a [file](super::FileLimits); otherwise by this client.
    ///
    /// # Errors
    /// `Unavailable` where a shared store cannot be reached.
    pub async fn spending(&self) -> Result<Spending> {
        match &self.shared.pace.0.shared {
            Some(Shared { store, .. }) => store
                .spending(self.shared.clock.now())
                .await
                .map_err(unreachable_store),
            None => Ok(self.shared.pace.0.local.lock().spending()),
        }
    }

    /// The time on a network's own clock, as far as the `Date` of its answers told; ours before the first.
    pub fn server_clock(&self, network: &str) -> Timestamp {
        let now = self.shared.clock.now();
        let skew = self.shared.pace.0.local.lock().clock_ahead(network);
        skew.and_then(|skew| now.checked_add(skew).ok())
            .unwrap_or(now)
    }

    /// Budgets in a shared store learn there; what a network's clock shows is asked here.
    fn learn_clock(&self, network: &str, sent: &Sent, now: Timestamp) {
        if let Some(date) = sent.server_date {
            let mut local = self.shared.pace.0.local.lock();
            local.learn_clock(network, date, sent.sent_at, now);
        }
    }

    /// Until when the bucket that a fault names rests, by the network's custom.
    pub(super) fn rest_of(&self, fault: &Fault, now: Timestamp) -> Option<Timestamp> {
        let first = *fault.rests?.first()?;
        let kept = match (&self.shared.pace.0.shared, &fault.bucket) {
            (None, Some(bucket)) => self.shared.pace.0.local.frozen_until(bucket),
            _ => None,
        };
        Some(kept.unwrap_or_else(|| after(now, first)))
    }

    /// The limits as they stand, to be stored and passed to [`limits`](super::ClientBuilder::limits) by the next run.
    #[inline]
    pub fn limits(&self) -> Limits {
        self.shared.pace.0.local.snapshot()
    }

    pub(super) async fn acquire(
        &self,
        network: &str,
        operation: &Operation,
        charges: &[Charge],
        patience: Timestamp,
    ) -> Result<Permit> {
        let (pace, clock) = (&self.shared.pace, &self.shared.clock);
        let mut place = Place {
            pace,
            clock,
            ticket: None,
        };
        loop {
            let now = clock.now();
            let held = match pace.reserve(now, charges, place.ticket).await? {
                Reservation::Granted(reserved) => {
                    if let Some(ticket) = place.ticket.take() {
                        pace.waiters().remove(&ticket);
                    }
                    return Ok(Permit {
                        pace: pace.clone(),
                        clock: Arc::clone(clock),
                        reserved: Some(reserved),
                        sent_at: None,
                    });
                }
                Reservation::Never(bucket) => return Err(never(&bucket)),
                Reservation::OverCap(over) => {
                    return Err(match Books::of(charges) {
                        Some(books) => books.refusal(&over, charges),
                        None => never(&over.bucket),
                    });
                }
                Reservation::NotBefore(held) => held,
            };
            let until = match held.wait {
                Wait::Until(until) => Some(until),
                Wait::ForAnswer => None,
            };
            place.ticket = Some(held.ticket);
            let too_far = until.is_some_and(|until| until > patience) || now >= patience;
            if held.sends_away || too_far {
                return Err(not_now(&held, until));
            }
            let (waiter, new) = pace.waiter(held.ticket);
            if new && pace.0.shared.is_none() {
                // Budget may have come back before there was anybody to wake: one more look.
                continue;
            }
            self.notice(&Notice::Waiting {
                network,
                operation,
                bucket: &held.bucket,
                until,
            });
            let wake_at = match until {
                Some(until) => until,
                None if pace.0.shared.is_some() => after(now, ASK_AGAIN).min(patience),
                None => patience,
            };
            select(
                std::pin::pin!(waiter.notified()),
                clock.sleep_until(wake_at),
            )
            .await;
        }
    }
}
