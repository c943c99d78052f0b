use std::collections::BTreeSet;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Fuse, FusedFuture, FutureExt};
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::builder::Outbox;
use super::claim::Claim;
use super::hold::{Hold, Scope};
use super::{Step, after};
use crate::error::{Error, Result, Retry};
use crate::store::{LeaseChange, LeaseRequest};

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
    /// What else went wrong, in words: planned posts that could not be read, a store that was out of order for a while. At
    /// most a hundred different ones.
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
        for error in other.errors {
            self.tell(error);
        }
    }

    fn tell(&mut self, error: String) {
        if self.errors.len() < MOST_ERRORS && !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

/// Whether an error of the store passes by itself.
fn passes(error: &Error) -> bool {
    error.retry() == Retry::Later || error.is_unconfirmed()
}

/// What a run waits for.
enum Event {
    /// The work on a lane's job ended.
    Finished(String, Result<RunReport>),
    Looked(Result<Due>),
    Stopped,
    /// The next post is due, or something was added or decided.
    Woken,
}

/// What a look at the store found.
struct Due {
    jobs: Vec<Claim>,
    /// When to look again.
    next: Timestamp,
    report: RunReport,
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
    /// As [`run`](Self::run).
    pub async fn run_until(&self, stop: impl Future<Output = ()>) -> Result<RunReport> {
        self.drive(stop, false).await
    }

    /// Goes on for ever.
    ///
    /// # Errors
    /// Those of the store that do not pass by themselves. Where one does (`Retry::Later`, or a write that is unconfirmed),
    /// it goes on after a while.
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
        let mut looks = pin!(Fuse::terminated());
        let mut again = true;
        let mut wake = None;
        let mut changed = Box::pin(self.inner.changed.notified());
        loop {
            let ends = stopped || failed.is_some();
            if again && !ends && looks.is_terminated() {
                (again, wake) = (false, None);
                changed.set(self.inner.changed.notified());
                changed.as_mut().enable();
                looks.set(self.due(busy.clone(), report.foreign.clone()).fuse());
            }
            let idle = looks.is_terminated() && working.is_empty();
            if idle && (ends || once && !again) {
                break;
            }
            let mut sleep = wake.map(|at| self.inner.clock.sleep_until(at));
            // All of it is polled together: whoever waits for the store may wait for what another holds of it.
            let event = poll_fn(|cx| {
                if let Poll::Ready(Some((lane, done))) = working.poll_next_unpin(cx) {
                    return Poll::Ready(Event::Finished(lane, done));
                }
                if !looks.is_terminated()
                    && let Poll::Ready(due) = looks.as_mut().poll(cx)
                {
                    return Poll::Ready(Event::Looked(due));
                }
                if !stopped && stop.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Event::Stopped);
                }
                let Some(sleep) = sleep.as_mut().filter(|_| !ends) else {
                    return Poll::Pending;
                };
                if sleep.as_mut().poll(cx).is_ready() || changed.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Event::Woken);
                }
                Poll::Pending
            });
            let mut trouble = None;
            match event.await {
                Event::Looked(Ok(due)) => {
                    report.take_in(due.report);
                    wake = Some(due.next);
                    busy.extend(due.jobs.iter().map(|job| job.queued.job.lane.clone()));
                    working.extend(due.jobs.into_iter().map(|job| self.serve(job)));
                }
                Event::Looked(Err(error)) => trouble = Some(error),
                Event::Finished(lane, done) => {
                    busy.retain(|other| *other != lane);
                    again = true;
                    match done {
                        Ok(done) => report.take_in(done),
                        Err(error) => trouble = Some(error),
                    }
                }
                Event::Stopped => stopped = true,
                Event::Woken => again = true,
            }
            match trouble {
                // What was leased meanwhile is free again when its lease ends, as after a crash.
                Some(error) if !once && passes(&error) => {
                    report.tell(error.to_string());
                    again = false;
                    wake = Some(after(self.inner.clock.now(), self.inner.look_every));
                }
                Some(error) => failed = failed.or(Some(error)),
                None => {}
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(report),
        }
    }

    /// Leases what is due, one job a lane that nothing is done on, and tells when to look again.
    async fn due(&self, busy: Vec<String>, foreign: BTreeSet<String>) -> Result<Due> {
        let still = self.still().await?;
        let now = self.inner.clock.now();
        let look_again = after(now, self.inner.look_every);
        let mut due = Due {
            jobs: Vec::new(),
            next: look_again,
            report: RunReport::default(),
        };
        if still.all {
            return Ok(due);
        }
        let mut except: Vec<String> = still.lanes.into_iter().chain(busy).chain(foreign).collect();
        loop {
            let now = self.inner.clock.now();
            let mut request =
                LeaseRequest::new(&self.inner.worker, now, after(now, self.inner.lease));
            request.except.clone_from(&except);
            self.inner.reached(Step::BeforeLease, "");
            let leased = self.inner.store.lease(&request).await?;
            let Some(queued) = leased.into_iter().next() else {
                let next = self.inner.store.next_due(&except).await?;
                let next = next.map_or(look_again, |at| at.min(look_again));
                due.next = next.max(after(now, LEAST_WAIT));
                return Ok(due);
            };
            self.inner.reached(Step::AfterLease, &queued.job.id);
            let lane = queued.job.lane.clone();
            let known = self.inner.networks.contains_key(&lane);
            match Claim::new(queued) {
                Ok(claim) if known => {
                    due.jobs.push(claim);
                    except.push(lane);
                    continue;
                }
                Ok(mut claim) => {
                    let steps = [Step::BeforeGiveBack, Step::AfterGiveBack];
                    self.write(&mut claim, steps, LeaseChange::Release).await?;
                }
                // It stays leased for a while, so that others go on.
                Err(error) => due.report.errors.push(error.to_string()),
            }
            if !known {
                except.push(lane.clone());
                due.report.foreign.insert(lane);
            }
        }
    }

    /// Works on a job, and tells whose lane is free again.
    async fn serve(&self, mut claim: Claim) -> (String, Result<RunReport>) {
        let lane = claim.queued.job.lane.clone();
        let done = self.work(&mut claim).await;
        (lane, done.map(|()| claim.report))
    }

    /// Whether nothing is sent on an account by now: it is held, or all is.
    pub(super) async fn stands_still(&self, account: &str) -> Result<bool> {
        let still = self.still().await?;
        Ok(still.all || still.lanes.iter().any(|lane| lane == account))
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
