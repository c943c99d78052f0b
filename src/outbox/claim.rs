use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use super::builder::Outbox;
use super::history::{Happening, HappeningKind};
use super::post::{End, Planned, Posted, Progress};
use super::run::RunReport;
use super::{Step, after, before};
use crate::error::Result;
use crate::model::PostState;
use crate::store::{JobChange, LeaseChange, Queued};

/// How often a known post is tried to be written down while the store fails.
const TRIES: u32 = 6;
const STORE_WAIT: Duration = Duration::from_secs(1);

/// A planned post that this worker has leased.
pub(super) struct Claim {
    /// As it stands in the store, so far as we know.
    pub(super) queued: Queued,
    /// The same, read.
    pub(super) planned: Planned,
    /// Until when we have leased it. With the worker's name it tells our lease from another's.
    until: Timestamp,
    pub(super) report: RunReport,
}

impl Claim {
    pub(super) fn new(queued: Queued) -> Result<Self> {
        let planned = Planned::read(&queued)?;
        let until = queued.lease.as_ref().map_or(Timestamp::MIN, |l| l.until);
        Ok(Self {
            queued,
            planned,
            until,
            report: RunReport::default(),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.queued.job.id
    }

    /// Notes what happens to the post; it is kept with the next write.
    pub(super) fn happened(&mut self, happening: Happening) {
        self.planned.history.push(happening);
    }

    /// Whether the lease that stands there is the one that we made.
    fn is_ours(&self, worker: &str) -> bool {
        self.queued
            .lease
            .as_ref()
            .is_some_and(|lease| lease.worker == worker && lease.until == self.until)
    }
}

impl Outbox {
    /// Whether the claim's lease is this worker's still.
    pub(super) fn owns(&self, claim: &Claim) -> bool {
        claim.is_ours(&self.inner.worker)
    }

    /// Writes the claim's state. False when somebody else wrote in between: then nothing was written, and the claim
    /// holds what they wrote.
    pub(super) async fn write(
        &self,
        claim: &mut Claim,
        [before, done]: [Step; 2],
        lease: LeaseChange,
    ) -> Result<bool> {
        self.inner.reached(before, claim.id());
        let due = claim.planned.job_due();
        let change = JobChange::new(&claim.queued, claim.planned.to_value()?, due).lease(lease);
        if !self.apply(claim, change).await? {
            self.reread(claim).await?;
            return Ok(false);
        }
        self.inner.reached(done, claim.id());
        Ok(true)
    }

    /// Makes a change; what it makes of the job is known then.
    async fn apply(&self, claim: &mut Claim, change: JobChange) -> Result<bool> {
        let Some(version) = self.inner.store.change(&change).await? else {
            return Ok(false);
        };
        claim.queued.version = version;
        claim.queued.job.value = change.value;
        claim.queued.job.due = change.due;
        match change.lease {
            LeaseChange::Extend(until) => {
                if let Some(lease) = &mut claim.queued.lease {
                    lease.until = until;
                    claim.until = until;
                }
            }
            LeaseChange::Release => claim.queued.lease = None,
            LeaseChange::Keep => {}
        }
        Ok(true)
    }

    /// Takes the claim as it stands in the store by now. What is gone is nobody's.
    pub(super) async fn reread(&self, claim: &mut Claim) -> Result<()> {
        match self.inner.store.job(claim.id()).await? {
            Some(queued) => {
                claim.planned = Planned::read(&queued)?;
                claim.queued = queued;
            }
            None => claim.queued.lease = None,
        }
        Ok(())
    }

    /// A lease that begins now.
    pub(super) fn lease_from_now(&self) -> LeaseChange {
        LeaseChange::Extend(after(self.inner.clock.now(), self.inner.lease))
    }

    /// Whether enough of the lease is left to begin with the one mutation.
    pub(super) fn lease_lasts(&self, claim: &Claim) -> bool {
        self.inner.clock.now() <= before(claim.until, self.inner.lease / 2)
    }

    /// Waits for a network, and extends the lease meanwhile. `None` when the lease was lost and the work may be dropped, and
    /// when it ended without our doing (the machine slept, the store is away): what was not sent by then must not be sent
    /// any more, since others may have gone on. Nor must it from `no_later` on.
    pub(super) async fn with_lease<T>(
        &self,
        claim: &mut Claim,
        work: impl Future<Output = T>,
        may_drop: bool,
        no_later: Timestamp,
    ) -> Result<Option<T>> {
        let mut work = pin!(work);
        let mut extend_at = before(claim.until, self.inner.lease / 2);
        loop {
            let until = claim.until.min(no_later);
            let mut awake = pin!(poll_fn(|cx| {
                if self.inner.clock.now() >= until {
                    return Poll::Ready(None);
                }
                work.as_mut().poll(cx).map(Some)
            }));
            if !self.owns(claim) {
                return if may_drop { Ok(None) } else { Ok(awake.await) };
            }
            let sleep = self.inner.clock.sleep_until(extend_at);
            if let Either::Left((answer, _)) = select(awake.as_mut(), sleep).await {
                return Ok(answer);
            }
            // What the network does goes on meanwhile.
            let extended = match select(awake, pin!(self.extend(claim))).await {
                Either::Left((answer, extending)) => {
                    // The answer counts, whatever becomes of the lease.
                    let _ = extending.await;
                    return Ok(answer);
                }
                Either::Right((extended, _)) => extended,
            };
            match extended {
                Ok(()) => extend_at = before(claim.until, self.inner.lease / 2),
                Err(error) if may_drop => return Err(error),
                // What may have been sent is waited for, and the store may come back before the lease ends.
                Err(_) => extend_at = after(self.inner.clock.now(), self.inner.lease / 10),
            }
        }
    }

    async fn extend(&self, claim: &mut Claim) -> Result<()> {
        self.inner.reached(Step::BeforeExtend, claim.id());
        let job = &claim.queued.job;
        let change =
            JobChange::new(&claim.queued, job.value.clone(), job.due).lease(self.lease_from_now());
        if self.apply(claim, change).await? {
            self.inner.reached(Step::AfterExtend, claim.id());
            return Ok(());
        }
        self.reread(claim).await
    }

    /// Writes down a post that is known, whoever has the lease by now, and whatever they wrote.
    pub(super) async fn record(&self, claim: &mut Claim, at: usize, posted: Posted) -> Result<()> {
        let mut failed = 0;
        loop {
            let now = self.inner.clock.now();
            let news = claim.planned.publish(at, &posted, now, &self.inner.worker);
            if !news {
                return Ok(());
            }
            let lease = if !self.owns(claim) {
                LeaseChange::Keep
            } else if claim.planned.end.is_some() {
                LeaseChange::Release
            } else {
                self.lease_from_now()
            };
            let steps = [Step::BeforePublished, Step::AfterPublished];
            let written = match self.write(claim, steps, lease).await {
                Err(error) => {
                    failed += 1;
                    if failed >= TRIES {
                        return Err(error);
                    }
                    let wait = STORE_WAIT.saturating_mul(1 << failed);
                    self.inner.clock.sleep_until(after(now, wait)).await;
                    // It may have been written, and only the answer was lost.
                    if self.reread(claim).await.is_err() {
                        claim.planned = Planned::read(&claim.queued)?;
                    }
                    false
                }
                Ok(written) => written,
            };
            if written {
                claim.report.published += 1;
                return Ok(());
            }
        }
    }
}

impl Planned {
    /// Takes in a post that is known. False when it was known already.
    fn publish(&mut self, at: usize, posted: &Posted, now: Timestamp, by: &str) -> bool {
        let Some(part) = self.parts.get_mut(at) else {
            return false;
        };
        let happening = |kind| {
            Happening::new(now, kind)
                .part(at)
                .by(by)
                .note(posted.post.id.as_str())
        };
        if let Progress::Published(known) = &part.progress {
            let same = |other: &Posted| other.post.id == posted.post.id;
            if same(known) || self.surplus.iter().any(same) {
                return false;
            }
            self.surplus.push(posted.clone());
            self.history.push(happening(HappeningKind::Surplus));
            return true;
        }
        part.progress = Progress::Published(Box::new(posted.clone()));
        self.history.push(happening(HappeningKind::Published));
        self.late_from = self.late_from.max(now);
        self.next_at = None;
        self.failures = 0;
        if let PostState::Failed(words) = &posted.state {
            let part = self.part_name(at);
            self.end = Some(End::Rejected);
            self.reason = Some(format!("{part}the network gave up on it: {words}"));
            return true;
        }
        if self.next_part().is_none() {
            self.end = Some(End::Published);
            self.reason = None;
        } else if self.end == Some(End::Unknown) {
            // The rest of the thread waited for this.
            self.end = None;
            self.reason = None;
        } else if self.end.is_none() && !self.paused {
            self.reason = None;
        }
        true
    }
}
