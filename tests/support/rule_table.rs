//! The rules of a fake, each broken alone: which case of the behaviour suite fails for it, or why none can.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{Either, select};
use sociable::client::{Clock, SetClock};
use sociable::testing::stage::Set;
use sociable::testing::suite;

/// How long a case may take on the set clock before it counts as stuck. Some wait for a day's or a month's budget.
const LIMIT: Duration = Duration::from_secs(400 * 24 * 3600);

/// What is known of the rules of a fake.
pub(crate) struct Table<R: 'static> {
    /// Rules, and the case that notices.
    pub(crate) noticed: &'static [(R, &'static str)],
    /// Rules that no case can notice, and why.
    pub(crate) elsewhere: &'static [(R, &'static str)],
}

impl<R: Copy + Debug + Ord + Send + Sync> Table<R> {
    /// Every rule stands in one of the two lists, once.
    pub(crate) fn names_each_once(&self, all: &[R]) {
        let named = self.noticed.iter().chain(self.elsewhere);
        let mut named: Vec<R> = named.map(|(rule, _)| *rule).collect();
        named.sort();
        let mut all = all.to_vec();
        all.sort();
        assert_eq!(named, all);
    }

    /// Each case holds while all rules are kept, and fails when its rule is broken.
    pub(crate) fn is_noticed(&self, holds: impl Fn(&str, Option<R>) -> Result<(), String> + Sync) {
        let cases: BTreeSet<&str> = self.noticed.iter().map(|(_, case)| *case).collect();
        let kept = cases.into_iter().map(|case| (case, None));
        let broken = self.noticed.iter().map(|(rule, case)| (*case, Some(*rule)));
        let runs: Vec<(&str, Option<R>)> = kept.chain(broken).collect();
        let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some((case, rule)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let told = match (holds(case, *rule), rule) {
                    (Ok(()), None) => continue,
                    (Err(why), Some(rule)) => {
                        println!("{rule:?}: {case}: {why}");
                        continue;
                    }
                    (Err(why), None) => format!("{case}: fails although all rules are kept: {why}"),
                    (Ok(()), Some(rule)) => format!("{case}: passes although {rule:?} is broken"),
                };
                wrong.lock().unwrap().push(told);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(work);
            }
        });
        let wrong = wrong.into_inner().unwrap();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Plays a case on a stage of its own; why it failed. One that does not end fails.
pub(crate) fn play(clock: &SetClock, stage: &Set, case: &str) -> Result<(), String> {
    let until = clock.now().checked_add(LIMIT).unwrap();
    let played = pin!(suite::run_only(stage, case));
    let played = clock.drive(select(played, clock.sleep_until(until)));
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    match runtime.block_on(played) {
        Either::Left((report, _)) => {
            assert_eq!(report.run_count(), 1, "{case} ran not once: {report}");
            match report.failed().next() {
                Some((_, why)) => Err(why.to_owned()),
                None => Ok(()),
            }
        }
        Either::Right(_) => Err(format!("it did not end within {LIMIT:?}")),
    }
}
