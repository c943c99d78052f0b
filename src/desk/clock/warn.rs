//! Warnings before a promise is broken: who, which, how much is left; each once, at its moment.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::future::{Either, FutureExt, select};
use futures_util::stream::{StreamExt, unfold};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy::TargetKind;
use super::standing::Standing;
use super::target::{Basis, TargetClock};
use crate::client::Clock;
use crate::model::SharedStr;

/// So much of a promise's time is used up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Warning<K> {
    /// Which case.
    pub case: K,
    /// Which promise.
    pub target: TargetKind,
    /// Whether it is counted from when the customer wrote, or from when that was found.
    pub basis: Basis,
    /// Which hand-off, for [`TargetKind::HandOff`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_off: Option<SharedStr>,
    /// When its clock began.
    pub started: Timestamp,
    /// How much is used up, in per cent.
    pub percent: u8,
    /// When that was, or will be: the moment of the warning. What is found late has passed it already.
    pub at: Timestamp,
    /// How much business time is left at that moment.
    pub remaining: Duration,
    /// When it is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Who is to deal with the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<SharedStr>,
}

/// What makes a warning one that was given before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Given {
    target: TargetKind,
    basis: Basis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hand_off: Option<SharedStr>,
    started: Timestamp,
    percent: u8,
}

impl<K> Warning<K> {
    fn given(&self) -> Given {
        Given {
            target: self.target.clone(),
            basis: self.basis,
            hand_off: self.hand_off.clone(),
            started: self.started,
            percent: self.percent,
        }
    }
}

/// What was warned of already, so that each warning comes once; it can be stored, for after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "K: Ord + Deserialize<'de>"))]
pub struct Warned<K>(BTreeMap<K, BTreeSet<Given>>);

impl<K> Default for Warned<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Warned<K> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers a warning. False when it was given before.
    pub fn note(&mut self, warning: &Warning<K>) -> bool {
        let case = self.0.entry(warning.case.clone()).or_default();
        case.insert(warning.given())
    }

    /// Forgets what cannot come again: the clocks of a case that have ended.
    pub fn forget(&mut self, case: &K, standing: &Standing) {
        let Some(given) = self.0.get_mut(case) else {
            return;
        };
        let runs = |given: &Given, clock: &TargetClock| {
            clock.is_open()
                && clock.target == given.target
                && clock.basis == given.basis
                && clock.started == given.started
                && clock.hand_off == given.hand_off
        };
        given.retain(|given| standing.running.iter().any(|clock| runs(given, clock)));
        if given.is_empty() {
            self.0.remove(case);
        }
    }

    /// The warnings of a case that are still to be given, in no order.
    fn wanted(&self, case: &K, standing: &Standing) -> Vec<Warning<K>> {
        let given = self.0.get(case);
        let mut wanted = Vec::new();
        for clock in &standing.running {
            for (percent, at) in clock.warnings.iter() {
                let warning = warning(case, standing, clock, *percent, *at);
                if !given.is_some_and(|given| given.contains(&warning.given())) {
                    wanted.push(warning);
                }
            }
        }
        wanted
    }
}

fn warning<K: Clone>(
    case: &K,
    standing: &Standing,
    clock: &TargetClock,
    percent: u8,
    at: Timestamp,
) -> Warning<K> {
    let within = clock.within.unwrap_or_default();
    let used = TargetClock::share(within, percent);
    Warning {
        case: case.clone(),
        target: clock.target.clone(),
        basis: clock.basis,
        hand_off: clock.hand_off.clone(),
        started: clock.started,
        percent,
        at,
        remaining: within.saturating_sub(used),
        due: clock.due,
        assignee: standing.assignee.clone(),
    }
}

/// The warning that comes next, or should have come already. `None` when none is left, as far as is known now.
pub fn next_warning<'a, K: Ord + Clone + 'a>(
    standings: impl IntoIterator<Item = (&'a K, &'a Standing)>,
    warned: &Warned<K>,
) -> Option<Warning<K>> {
    let wanted = (standings.into_iter()).flat_map(|(case, standing)| warned.wanted(case, standing));
    wanted.min_by_key(|warning| warning.at)
}

/// Gives each warning at its moment, once.
///
/// `feed` tells how a case stands each time that something has happened to it, and at the beginning for all that are
/// open; a case's last word counts. Whoever dropped the stream goes on with what was warned of so far ([`Warned::note`]
/// every warning). The stream ends when `feed` has ended and no warning is left.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use futures_util::{StreamExt, stream};
/// use sociable::client::SetClock;
/// use sociable::desk::clock::{CaseEvent, CaseEventKind, Rules, Warned, evaluate, warnings};
///
/// let asked = "2026-11-30T09:00:00Z".parse()?;
/// let log = [
///     CaseEvent::new(1, asked, CaseEventKind::message("m1")),
///     CaseEvent::new(2, asked, CaseEventKind::policy("ten-minutes", 1)),
/// ];
/// let standing = evaluate(&log, &Rules::new(), asked)?;
///
/// let clock = SetClock::at(asked);
/// let feed = stream::iter([("case 1", standing)]);
/// let all = warnings(feed, Arc::new(clock.clone()), Warned::new()).collect::<Vec<_>>();
/// let all = clock.drive(all).await;
/// assert_eq!(all[0].percent, 50);
/// assert_eq!(all[0].at, "2026-11-30T09:05:00Z".parse()?);
/// assert_eq!(all[1].percent, 80);
/// # Ok(())
/// # }
/// ```
pub fn warnings<K, F>(
    feed: F,
    clock: Arc<dyn Clock>,
    warned: Warned<K>,
) -> impl Stream<Item = Warning<K>> + Send
where
    K: Ord + Clone + Send + Sync,
    F: Stream<Item = (K, Standing)> + Send,
{
    let watch = Watch {
        feed: Some(Box::pin(feed)),
        clock,
        warned,
        cases: BTreeMap::new(),
        moments: BTreeSet::new(),
    };
    unfold(watch, Watch::next)
}

struct Watch<K, F> {
    feed: Option<Pin<Box<F>>>,
    clock: Arc<dyn Clock>,
    warned: Warned<K>,
    /// The warnings of each case that are still to come.
    cases: BTreeMap<K, Vec<Warning<K>>>,
    /// When they come.
    moments: BTreeSet<(Timestamp, K)>,
}

impl<K: Ord + Clone, F: Stream<Item = (K, Standing)>> Watch<K, F> {
    async fn next(mut self) -> Option<(Warning<K>, Self)> {
        loop {
            // What has happened by now comes first: nobody is warned of what is answered.
            while let Some(told) = self.told() {
                self.take(told);
            }
            let clock = Arc::clone(&self.clock);
            let next = self.moments.first().map(|(at, _)| *at);
            if next.is_some_and(|at| at <= clock.now()) {
                if let Some(warning) = self.give() {
                    return Some((warning, self));
                }
                continue;
            }
            match (&mut self.feed, next) {
                (None, None) => return None,
                (None, Some(at)) => clock.sleep_until(at).await,
                (Some(feed), None) => {
                    let told = feed.next().await;
                    self.take(told);
                }
                (Some(feed), Some(at)) => match select(feed.next(), clock.sleep_until(at)).await {
                    Either::Left((told, _)) => self.take(told),
                    Either::Right(_) => {}
                },
            }
        }
    }

    /// What the feed has ready: a case, or its end.
    fn told(&mut self) -> Option<Option<(K, Standing)>> {
        self.feed.as_mut()?.next().now_or_never()
    }

    fn take(&mut self, told: Option<(K, Standing)>) {
        let Some((case, standing)) = told else {
            self.feed = None;
            return;
        };
        for warning in self.cases.remove(&case).unwrap_or_default() {
            self.moments.remove(&(warning.at, case.clone()));
        }
        self.warned.forget(&case, &standing);
        let wanted = self.warned.wanted(&case, &standing);
        for warning in &wanted {
            self.moments.insert((warning.at, case.clone()));
        }
        if !wanted.is_empty() {
            self.cases.insert(case, wanted);
        }
    }

    /// The earliest warning, which is not to come again.
    fn give(&mut self) -> Option<Warning<K>> {
        let (at, case) = self.moments.first()?.clone();
        let wanted = self.cases.get_mut(&case)?;
        let place = wanted.iter().position(|warning| warning.at == at)?;
        let warning = wanted.remove(place);
        if !wanted.iter().any(|warning| warning.at == at) {
            self.moments.remove(&(at, case));
        }
        self.warned.note(&warning);
        Some(warning)
    }
}
