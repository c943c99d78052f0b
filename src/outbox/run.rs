use std::collections::BTreeSet;
use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, FutureExt, select};
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::builder::Outbox;
use super::claim::Claim;
use super::hold::{Hold, Scope};
use super::{Step, after};
use crate::error::Result;
use crate::store::{LeaseChange, LeaseRequest, Queued};

/// The least that is waited between two looks at the store.
const LEAST_WAIT: Duration = Duration::from_millis(50);

/// How many different errors a report tells.
const MOST_ERRORS: usize = 100;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RunReport {
    /// How many posts were published, each part of a thread counted.
    pub published: u64,
    /// How many tries failed before anything was sent and are made again.
    pub retried: u64,
    /// How many planned posts were refused.
    pub rejected: u64,
    /// How many have an outcome that a person has to settle.
    pub unknown: u64,
    /// How many were too late.
    pub missed: u64,
    /// How often an account was held for a person.
    pub held: u64,
    /// Accounts with due posts that this outbox does not know: another worker has to publish them.
    pub foreign: BTreeSet<String>,
    /// What else went wrong, in words: planned posts that could not be read.
    pub errors: Vec<String>,
}

impl RunReport {
    fn take_in(&mut self, other: Self) {
        self.published += other.published;
        self.retried += other.retried;
        self.rejected += other.rejected;
        self.unknown += other.unknown;
        self.missed += other.missed;
        self.held += other.held;
        self.foreign.extend(other.foreign);
        self.errors.extend(other.errors);
    }
}

/// What stands still at the moment, beside the lanes that are being worked on.
#[derive(Default)]
struct Still {
    all: bool,
    lanes: Vec<String>,
}

impl Outbox {
    /// Does all that is due, and what becomes due meanwhile; answers when nothing is.
    ///
    /// Dropping the future is what a crash is: nothing is published twice, and another run goes on when the lease ends.
    ///
    /// # Errors
    /// Those of the store. What was being sent is waited for first.
    pub async fn run_once(&self) -> Result<RunReport> {
        self.drive(pending(), true).await
    }

    /// Goes on until `stop` is ready, sleeping by the clock until the next post is due. What is being sent at that moment
    /// is finished.
    ///
    /// # Errors
    /// As [`run_once`](Self::run_once).
    pub async fn run_until(&self, stop: impl Future<Output = ()>) -> Result<RunReport> {
        self.drive(stop, false).await
    }

    /// Goes on for ever.
    ///
    /// # Errors
    /// As [`run_once`](Self::run_once): only an error of the store ends it.
    pub async fn run(&self) -> Result<RunReport> {
        self.drive(pending(), false).await
    }

    async fn drive(&self, stop: impl Future<Output = ()>, once: bool) -> Result<RunReport> {
        let mut stop = pin!(stop.fuse());
        let mut report = RunReport::default();
        let mut busy: Vec<String> = Vec::new();
        let mut working = FuturesUnordered::new();
        let mut stopped = false;
        let mut failed = None;
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            let mut wake = None;
            if !stopped && failed.is_none() {
                match self.due(&mut busy, &mut report).await {
                    Ok((jobs, next)) => {
                        working.extend(jobs.into_iter().map(|job| self.serve(job)));
                        wake = Some(next);
                    }
                    Err(error) => failed = Some(error),
                }
            }
            if working.is_empty() && (once || stopped || failed.is_some()) {
                break;
            }
            let finished = async {
                match working.next().await {
                    Some(done) => done,
                    None => pending().await,
                }
            };
            let idle = async {
                match wake {
                    Some(at) => {
                        let sleep = self.inner.clock.sleep_until(at);
                        select(sleep, changed).await;
                    }
                    None => pending().await,
                }
            };
            let asked = async {
                match stopped {
                    true => pending().await,
                    false => stop.as_mut().await,
                }
            };
            let (finished, asked, idle) = (pin!(finished), pin!(asked), pin!(idle));
            match select(finished, select(asked, idle)).await {
                Either::Left(((lane, done), _)) => {
                    busy.retain(|other| *other != lane);
                    match done {
                        Ok(done) => report.take_in(done),
                        Err(error) => failed = failed.or(Some(error)),
                    }
                }
                Either::Right((Either::Left(_), _)) => stopped = true,
                Either::Right((Either::Right(_), _)) => {}
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(report),
        }
    }

    /// Leases what is due, one job a lane, and tells when to look again.
    async fn due(
        &self,
        busy: &mut Vec<String>,
        report: &mut RunReport,
    ) -> Result<(Vec<Claim>, Timestamp)> {
        let still = self.still().await?;
        let mut jobs = Vec::new();
        let now = self.inner.clock.now();
        let look_again = after(now, self.inner.look_every);
        if still.all {
            return Ok((jobs, look_again));
        }
        loop {
            let now = self.inner.clock.now();
            let mut request =
                LeaseRequest::new(&self.inner.worker, now, after(now, self.inner.lease));
            request.except = still.except(busy, report);
            self.inner.reached(Step::BeforeLease, "");
            let leased = self.inner.store.lease(&request).await?;
            let Some(queued) = leased.into_iter().next() else {
                let next = self.inner.store.next_due(&request.except).await?;
                let next = next.map_or(look_again, |at| at.min(look_again));
                return Ok((jobs, next.max(after(now, LEAST_WAIT))));
            };
            self.inner.reached(Step::AfterLease, &queued.job.id);
            let lane = queued.job.lane.clone();
            let foreign = !self.inner.networks.contains_key(&lane);
            if let Some(mut claim) = readable(queued, report) {
                if foreign {
                    let steps = [Step::BeforeGiveBack, Step::AfterGiveBack];
                    self.write(&mut claim, steps, LeaseChange::Release).await?;
                } else {
                    busy.push(lane.clone());
                    jobs.push(claim);
                }
            }
            if foreign {
                report.foreign.insert(lane);
            }
        }
    }

    /// Works on a job, and tells whose lane is free again.
    async fn serve(&self, mut claim: Claim) -> (String, Result<RunReport>) {
        let lane = claim.queued.job.lane.clone();
        let done = self.work(&mut claim).await;
        (lane, done.map(|()| claim.report))
    }

    async fn still(&self) -> Result<Still> {
        let mut still = Still::default();
        for Hold { scope, .. } in self.holds().await? {
            match scope {
                Scope::All => still.all = true,
                Scope::Account(account) => still.lanes.push(account),
                Scope::Post(_) => {}
            }
        }
        Ok(still)
    }
}

impl Still {
    /// The lanes of which nothing is leased.
    fn except(&self, busy: &[String], report: &RunReport) -> Vec<String> {
        let lanes = self.lanes.iter().chain(busy).chain(&report.foreign);
        lanes.cloned().collect()
    }
}

/// Reads a job that was leased. One that cannot be read stays leased for a while, so that others go on.
fn readable(queued: Queued, report: &mut RunReport) -> Option<Claim> {
    match Claim::new(queued) {
        Ok(claim) => Some(claim),
        Err(error) => {
            let error = error.to_string();
            if report.errors.len() < MOST_ERRORS && !report.errors.contains(&error) {
                report.errors.push(error);
            }
            None
        }
    }
}
