use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{BucketKey, Budget, Charge, Limits, Permit, Reservation, Settled, Spending, Ticket};

/// A store of limits that could not be reached or read.
#[derive(Debug)]
pub struct LimitStoreError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl LimitStoreError {
    /// An error that says what to do next.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// Names the cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for LimitStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LimitStoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// The steps of [`Limits`], each atomic, for budgets that several processes share.
///
/// A store runs them on its own clock where it has one, and on `now` otherwise. A reservation that is not settled in time
/// expires as spent. Among processes only this holds: no more is reserved than there is. The order of waiters holds
/// within one process, and a waiter whom no moment was told asks again after a pause.
#[async_trait]
pub trait LimitStore: Send + Sync + fmt::Debug {
    /// See [`Limits::reserve`]. Where the future is dropped before it answers, the store has to give back what it reserves
    /// for it, a place in the queue included: nobody else knows of it.
    ///
    /// # Errors
    /// Where the store cannot be reached; nothing is reserved then.
    async fn reserve(
        &self,
        now: Timestamp,
        charges: &[Charge],
        ticket: Option<Ticket>,
    ) -> Result<Reservation, LimitStoreError>;

    /// See [`Limits::leave`].
    ///
    /// # Errors
    /// Where the store cannot be reached; the call must not leave then.
    async fn leave(&self, now: Timestamp, permit: &Permit) -> Result<bool, LimitStoreError>;

    /// See [`Limits::settle`]. Answers the waiters that may go now, as [`Limits::ready`] does.
    ///
    /// # Errors
    /// Where the store cannot be reached; the reservation expires as spent then.
    async fn settle(
        &self,
        now: Timestamp,
        permit: Permit,
        settled: Settled,
    ) -> Result<Vec<Ticket>, LimitStoreError>;

    /// See [`Limits::forget`]. Answers the waiters that may go now.
    ///
    /// # Errors
    /// Where the store cannot be reached.
    async fn forget(&self, now: Timestamp, ticket: Ticket) -> Result<Vec<Ticket>, LimitStoreError>;

    /// See [`Limits::budgets`].
    ///
    /// # Errors
    /// Where the store cannot be reached.
    async fn budgets(&self, now: Timestamp) -> Result<Vec<Budget>, LimitStoreError>;

    /// See [`Limits::spending`].
    ///
    /// # Errors
    /// Where the store cannot be reached.
    async fn spending(&self, now: Timestamp) -> Result<Spending, LimitStoreError>;
}

/// Limits in the memory of this process.
///
/// The methods of the value itself neither wait nor allocate a future; the trait's are there for those who hold a
/// `dyn LimitStore`.
#[derive(Debug)]
pub struct MemoryLimits {
    limits: Mutex<Limits>,
    lease: Option<Lease>,
}

/// How long reservations last, and how they end: so that only those who set it have the code for it.
#[derive(Clone, Copy)]
struct Lease {
    time: Duration,
    expire: fn(&mut Limits, Timestamp, Duration),
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.time.fmt(f)
    }
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self::new(Limits::new())
    }
}

impl MemoryLimits {
    /// Begins with these limits.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits: Mutex::new(limits),
            lease: None,
        }
    }

    /// Lets reservations expire as spent after this time. Without it they last until they are settled.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = Some(Lease {
            time: lease,
            expire: Limits::expire,
        });
        self
    }

    /// The limits, for as long as the guard is held: not across an `await`.
    pub fn lock(&self) -> MutexGuard<'_, Limits> {
        // Each step leaves the value whole, so a panic elsewhere does not make it unusable.
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self, now: Timestamp) -> MutexGuard<'_, Limits> {
        let mut limits = self.lock();
        if let Some(lease) = self.lease {
            (lease.expire)(&mut limits, now, lease.time);
        }
        limits
    }

    /// See [`Limits::reserve`]. Waiters that may go now are added to `ready`.
    pub fn reserve(
        &self,
        now: Timestamp,
        charges: &[Charge],
        ticket: Option<Ticket>,
        ready: &mut Vec<Ticket>,
    ) -> Reservation {
        let mut limits = self.locked(now);
        let reservation = limits.reserve(now, charges, ticket);
        if limits.has_ready() {
            ready.append(&mut limits.ready(now));
        }
        reservation
    }

    /// See [`Limits::leave`].
    pub fn leave(&self, now: Timestamp, permit: &Permit) -> bool {
        self.locked(now).leave(now, permit)
    }

    /// See [`Limits::settle`]. Answers the waiters that may go now.
    pub fn settle(
        &self,
        now: Timestamp,
        permit: Permit,
        settled: impl Into<Settled>,
    ) -> Vec<Ticket> {
        let mut limits = self.locked(now);
        limits.settle(now, permit, settled);
        limits.ready(now)
    }

    /// See [`Limits::forget`]. Answers the waiters that may go now.
    pub fn forget(&self, now: Timestamp, ticket: Ticket) -> Vec<Ticket> {
        let mut limits = self.locked(now);
        limits.forget(ticket);
        limits.ready(now)
    }

    /// See [`Limits::budgets`].
    pub fn budgets(&self, now: Timestamp) -> Vec<Budget> {
        self.locked(now).budgets(now)
    }

    /// Until when a bucket rests after a refusal; `None` where it does not.
    pub fn frozen_until(&self, bucket: &BucketKey) -> Option<Timestamp> {
        self.lock().frozen_until(bucket)
    }

    /// A copy of the limits, to save.
    #[inline]
    pub fn snapshot(&self) -> Limits {
        self.lock().clone()
    }
}

#[async_trait]
impl LimitStore for MemoryLimits {
    #[inline]
    async fn reserve(
        &self,
        now: Timestamp,
        charges: &[Charge],
        ticket: Option<Ticket>,
    ) -> Result<Reservation, LimitStoreError> {
        Ok(self.locked(now).reserve(now, charges, ticket))
    }

    #[inline]
    async fn leave(&self, now: Timestamp, permit: &Permit) -> Result<bool, LimitStoreError> {
        Ok(Self::leave(self, now, permit))
    }

    #[inline]
    async fn settle(
        &self,
        now: Timestamp,
        permit: Permit,
        settled: Settled,
    ) -> Result<Vec<Ticket>, LimitStoreError> {
        Ok(Self::settle(self, now, permit, settled))
    }

    #[inline]
    async fn forget(&self, now: Timestamp, ticket: Ticket) -> Result<Vec<Ticket>, LimitStoreError> {
        Ok(Self::forget(self, now, ticket))
    }

    #[inline]
    async fn budgets(&self, now: Timestamp) -> Result<Vec<Budget>, LimitStoreError> {
        Ok(Self::budgets(self, now))
    }

    #[inline]
    async fn spending(&self, now: Timestamp) -> Result<Spending, LimitStoreError> {
        Ok(self.locked(now).spending())
    }
}
