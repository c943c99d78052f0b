use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// A piece of work that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Job {
    /// Its name, which no other job has.
    pub id: String,
    /// Whose it is: jobs of one lane can be held together.
    pub lane: String,
    /// From when it may be done; `None` while it is not to be done at all: finished, held, not approved.
    pub due: Option<Timestamp>,
    /// What is to be done. Its form belongs to whoever does it.
    pub value: String,
}

impl Job {
    /// A job that is not to be done yet.
    pub fn new(id: impl Into<String>, lane: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            lane: lane.into(),
            due: None,
            value: value.into(),
        }
    }

    /// Sets from when it may be done.
    pub fn due(mut self, at: Timestamp) -> Self {
        self.due = Some(at);
        self
    }
}

/// Who works on a job, and until when nobody else does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lease {
    /// The worker's name.
    pub worker: String,
    /// At this moment the job is free again, whatever became of the worker.
    pub until: Timestamp,
}

impl Lease {
    /// Held by a worker until a moment.
    pub fn new(worker: impl Into<String>, until: Timestamp) -> Self {
        Self {
            worker: worker.into(),
            until,
        }
    }
}

/// A job as it stands in a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Queued {
    /// The work.
    pub job: Job,
    /// Which write it is. Each change and each lease makes a new one, so that whoever lost a lease cannot write any more.
    pub version: u64,
    /// Who works on it.
    pub lease: Option<Lease>,
}

impl Queued {
    /// A job that nobody works on.
    pub fn new(job: Job, version: u64) -> Self {
        Self {
            job,
            version,
            lease: None,
        }
    }

    /// Whether nobody works on it at this moment.
    pub fn is_free(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_none_or(|lease| lease.until <= now)
    }

    /// From when a worker may take it: when it is due and its lease has ended. `None` without a time.
    pub fn free_at(&self) -> Option<Timestamp> {
        let due = self.job.due?;
        Some(
            self.lease
                .as_ref()
                .map_or(due, |lease| due.max(lease.until)),
        )
    }
}

/// Takes in one more job, where jobs come in the order of their times, and says whether those that follow cannot be free
/// any sooner.
pub(super) fn sooner(
    next: &mut Option<Timestamp>,
    due: Timestamp,
    leased_until: Option<Timestamp>,
) -> bool {
    let free = leased_until.map_or(due, |until| due.max(until));
    let soonest = next.map_or(free, |known| known.min(free));
    *next = Some(soonest);
    soonest <= due
}

/// Which jobs are listed, in the order of their ids' bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobQuery {
    /// Only those of this lane.
    pub lane: Option<String>,
    /// Only those that have a time before this.
    pub due_before: Option<Timestamp>,
    /// Those after this id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

impl JobQuery {
    /// All jobs, at most `limit` at once.
    pub fn new(limit: u32) -> Self {
        Self {
            lane: None,
            due_before: None,
            after: None,
            limit,
        }
    }

    /// Only those of this lane.
    pub fn lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }

    /// Only those that have a time before this.
    pub fn due_before(mut self, at: Timestamp) -> Self {
        self.due_before = Some(at);
        self
    }

    /// Those after this id: the last one of the page before.
    pub fn after(mut self, id: impl Into<String>) -> Self {
        self.after = Some(id.into());
        self
    }

    /// Whether a job is one of those; its id aside.
    pub fn wants(&self, job: &Job) -> bool {
        self.lane.as_ref().is_none_or(|lane| *lane == job.lane)
            && self
                .due_before
                .is_none_or(|before| job.due.is_some_and(|due| due < before))
    }
}

/// Who takes which work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseRequest {
    /// The worker's name.
    pub worker: String,
    /// The moment by the worker's clock.
    pub now: Timestamp,
    /// Until when the work is his.
    pub until: Timestamp,
    /// At most so many jobs.
    pub limit: u32,
    /// No jobs of these lanes.
    pub except: Vec<String>,
}

impl LeaseRequest {
    /// Takes what is due `now`, until a moment; one job.
    pub fn new(worker: impl Into<String>, now: Timestamp, until: Timestamp) -> Self {
        Self {
            worker: worker.into(),
            now,
            until,
            limit: 1,
            except: Vec::new(),
        }
    }

    /// Takes at most so many.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Takes none of this lane.
    pub fn except(mut self, lane: impl Into<String>) -> Self {
        self.except.push(lane.into());
        self
    }
}

/// What becomes of a job's lease with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseChange {
    /// It stays as it is.
    Keep,
    /// It lasts until this moment. Where there is none, none is made.
    Extend(Timestamp),
    /// It ends.
    Release,
}

/// A job's new state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobChange {
    /// The job.
    pub id: String,
    /// The version that this follows; if it is not that any more, nothing is changed.
    pub expected: u64,
    /// What is to be done.
    pub value: String,
    /// From when.
    pub due: Option<Timestamp>,
    /// What becomes of the lease.
    pub lease: LeaseChange,
}

impl JobChange {
    /// Changes a job as it was read: what is to be done, and from when. The lease stays.
    pub fn new(from: &Queued, value: impl Into<String>, due: Option<Timestamp>) -> Self {
        Self {
            id: from.job.id.clone(),
            expected: from.version,
            value: value.into(),
            due,
            lease: LeaseChange::Keep,
        }
    }

    /// Says what becomes of the lease.
    pub fn lease(mut self, lease: LeaseChange) -> Self {
        self.lease = lease;
        self
    }
}

/// Work with a time, taken by one worker at once.
///
/// A worker leases what is due, and changes it as the work goes on. If it dies, its lease ends and another takes the job
/// as the last change left it. If it was only slow, its next change is refused, since the other's lease made a new
/// version. Moments are by the caller's clock.
#[async_trait]
pub trait Queue: Debug + Send + Sync {
    /// Adds a job; false, and nothing changes, if there is one of this id already.
    ///
    /// When this answers, the job is kept for good.
    async fn add(&self, job: &Job) -> Result<bool>;

    /// One job, if it is there.
    async fn job(&self, id: &str) -> Result<Option<Queued>>;

    /// Lists jobs, whether they are leased or not.
    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Queued>>;

    /// Takes jobs that are due and free, the longest due first, and those of one moment in the order of their ids. Reads
    /// only what is due. Two workers never get one job.
    ///
    /// Fewer than are free may be taken while others work on the same store at this moment.
    async fn lease(&self, request: &LeaseRequest) -> Result<Vec<Queued>>;

    /// Changes a job, if nobody did since it was read, and answers its new version; `None`, and nothing changes, if
    /// somebody did, or it is gone.
    async fn change(&self, change: &JobChange) -> Result<Option<u64>>;

    /// When the next job may be taken, jobs of these lanes aside: due, and free. A moment that has passed means now. Reads
    /// only as far as the first job that is free.
    async fn next_due(&self, except: &[String]) -> Result<Option<Timestamp>>;

    /// Takes a job away. What is not there is no error.
    async fn discard(&self, id: &str) -> Result<()>;
}
