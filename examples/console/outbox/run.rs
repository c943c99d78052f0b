//! Publishing what is due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Args;
use futures_util::future::{Either, select};
use sociable::client::{Clock, SystemClock};
use sociable::jiff::Timestamp;
use sociable::outbox::{Outbox, OutboxStore, State, Step, StepObserver};
use sociable::{Error, ErrorKind, Result};

use super::super::args::Common;
use super::super::out::Out;
use super::super::reach::{Access, LOOK_AGAIN, Reach};
use super::{builder, show};

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Goes on until this moment; without it and without --follow only what is due now is published
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Goes on until it is stopped (Ctrl-C); what is being sent then is finished
    #[arg(long)]
    follow: bool,
}

pub(super) async fn run(
    args: &RunArgs,
    store: Arc<dyn OutboxStore>,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<bool> {
    let mut shown = Shown::default();
    let mut stop = std::pin::pin!(stopped(args.until));
    // Others may look at the embedded world, and change it, between two rounds.
    let rounds = reach.is_kept();
    loop {
        let work = Work::new(&store, common, reach, out).await?;
        let goes_on = args.follow || args.until.is_some();
        if goes_on && !rounds {
            work.go_on(stop.as_mut(), &mut shown, out).await?;
            return Ok(shown.good);
        }
        work.round(&mut shown, out).await?;
        drop(work);
        if !goes_on {
            return Ok(shown.good);
        }
        let pause = std::pin::pin!(tokio::time::sleep(LOOK_AGAIN));
        if let Either::Left(_) = select(stop.as_mut(), pause).await {
            return Ok(shown.good);
        }
    }
}

/// Ready when the run is to end: at its moment, or when somebody stops the program.
async fn stopped(until: Option<Timestamp>) {
    let clock = SystemClock::new();
    let end = std::pin::pin!(clock.sleep_until(until.unwrap_or(Timestamp::MAX)));
    let interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    if let Either::Right((Err(_), end)) = select(end, interrupt).await {
        // A machine without such signals ends the program its own way.
        end.await;
    }
}

/// An outbox that may publish, and the world it works on.
struct Work {
    reach: Arc<Reach>,
    outbox: Outbox,
    touched: Arc<Mutex<Touched>>,
}

/// What the steps of the work have left to tell.
#[derive(Default)]
struct Touched {
    ids: BTreeSet<String>,
    /// Why the world could not be kept.
    lost: Option<Error>,
}

impl Work {
    async fn new(
        store: &Arc<dyn OutboxStore>,
        common: &Common,
        reach: &Reach,
        out: &Out,
    ) -> Result<Self> {
        let reach = Arc::new(reach.anew(common, out, Access::Own).await?);
        let touched = Arc::default();
        let outbox = builder(store, &reach, out)
            .observe(observer(&reach, &touched))
            .build()?;
        Ok(Self {
            reach,
            outbox,
            touched,
        })
    }

    fn touched(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does all that is due.
    async fn round(&self, shown: &mut Shown, out: &Out) -> Result<()> {
        let done = self.outbox.run_once().await;
        if !self.touched().ids.is_empty() {
            self.reach.keep().await?;
        }
        shown.show(self, out).await?;
        self.remark(&done?, shown, out)
    }

    /// Goes on, and shows what is done about once a second.
    async fn go_on(
        &self,
        stop: impl Future<Output = ()>,
        shown: &mut Shown,
        out: &Out,
    ) -> Result<()> {
        let mut running = std::pin::pin!(self.outbox.run_until(stop));
        let done = loop {
            let pause = std::pin::pin!(tokio::time::sleep(LOOK_AGAIN));
            match select(running.as_mut(), pause).await {
                Either::Left((done, _)) => break done,
                Either::Right(_) => shown.show(self, out).await?,
            }
        };
        shown.show(self, out).await?;
        self.remark(&done?, shown, out)
    }

    fn remark(
        &self,
        report: &sociable::outbox::RunReport,
        shown: &mut Shown,
        out: &Out,
    ) -> Result<()> {
        for account in &report.foreign {
            shown.good = false;
            if shown.foreign.insert(account.clone()) {
                out.remark(format!(
                    "{account} has posts that are due, but is not among the accounts here"
                ));
            }
        }
        for error in &report.errors {
            shown.good = false;
            out.remark(error);
        }
        let lost = self.touched().lost.take();
        lost.map_or(Ok(()), Err)
    }
}

/// Remembers what was worked on, and keeps the embedded world before the outbox writes down what happened in it: a
/// process that is killed in between finds both as they were.
fn observer(reach: &Arc<Reach>, touched: &Arc<Mutex<Touched>>) -> StepObserver {
    let (reach, touched) = (Arc::downgrade(reach), Arc::clone(touched));
    Arc::new(move |step, id| {
        let lost = match (step, reach.upgrade()) {
            (Step::AfterPrepare | Step::AfterCommit, Some(reach)) if reach.is_kept() => {
                let keep = || tokio::runtime::Handle::current().block_on(reach.keep());
                tokio::task::block_in_place(keep).err()
            }
            _ => None,
        };
        let mut touched = touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.lost = touched.lost.take().or(lost);
        if !id.is_empty() {
            touched.ids.insert(id.to_owned());
        }
    })
}

/// What was shown of each planned post, so that each change is shown once.
struct Shown {
    last: BTreeMap<String, (State, Option<String>, usize)>,
    foreign: BTreeSet<String>,
    good: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            last: BTreeMap::new(),
            foreign: BTreeSet::new(),
            good: true,
        }
    }
}

impl Shown {
    async fn show(&mut self, work: &Work, out: &Out) -> Result<()> {
        let ids = std::mem::take(&mut work.touched().ids);
        for id in ids {
            let item = match work.outbox.item(&id).await {
                Ok(item) => item,
                // Somebody has forgotten it meanwhile.
                Err(e) if *e.kind() == ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            let seen = (item.state, item.reason.clone(), item.posted.len());
            if self.last.get(&id) == Some(&seen) {
                continue;
            }
            let bad = [State::Rejected, State::Unknown, State::Missed, State::Held];
            self.good &= !bad.contains(&item.state);
            if item.state != State::Waiting || item.reason.is_some() {
                show(&item, out);
            }
            self.last.insert(id, seen);
        }
        Ok(())
    }
}
