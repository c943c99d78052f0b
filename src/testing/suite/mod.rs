//! The behaviour suite: what every adapter promises, proved case by case.
//!
//! The cases are computed from the profile. For each operation that is declared (`Yes` or `Unknown`) there are cases in
//! which it works, with what was written read back; for each that is not, one in which it answers `Unsupported` (or,
//! where the identity lacks something, `Forbidden`) before anything is sent. Beyond these there are cases for bad
//! input, for lost and broken answers, and for secrets.
//!
//! ```no_run
//! # async fn f(stage: &dyn sociable::testing::stage::Stage) {
//! let report = sociable::testing::suite::run(stage).await;
//! println!("{report}");
//! assert!(report.passed());
//! # }
//! ```
//!
//! Every case works with content of its own, told apart by words that no other run uses, so that the suite can be run
//! on a server that others use too. It leaves posts behind.

mod case;
mod cases;
mod report;
mod samples;
mod scene;
mod undeclared;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::{Either, select};

pub use case::{Case, Stop, Verdict};
pub use report::{CaseReport, Outcome, Report};
pub use scene::Scene;

use super::stage::Stage;
use crate::network::{Availability, Profile};
use crate::operation::Operation;

/// Plays all cases.
pub async fn run(stage: &dyn Stage) -> Report {
    play(stage, &|_| true).await
}

/// Plays the cases whose name holds these words.
pub async fn run_only(stage: &dyn Stage, words: &str) -> Report {
    play(stage, &|name| name.contains(words)).await
}

async fn play(stage: &dyn Stage, wanted: &dyn Fn(&str) -> bool) -> Report {
    let profile = stage.me().profile();
    let mut reports = Vec::new();
    for (case, fixed) in programme(stage, &profile) {
        if !wanted(case.name()) {
            continue;
        }
        let outcome = match fixed {
            Some(outcome) => outcome,
            None => play_one(stage, &case).await,
        };
        reports.push(CaseReport::new(&case, outcome));
    }
    Report::new(stage.name(), profile.network.clone(), reports)
}

/// All cases in order; those that are not to be played have their outcome with them.
fn programme(stage: &dyn Stage, profile: &Profile) -> Vec<(Case, Option<Outcome>)> {
    let own = stage.cases();
    let mut operations: Vec<Operation> = Operation::ALL.to_vec();
    operations.extend(
        profile
            .operations
            .keys()
            .filter(|o| !Operation::ALL.contains(o))
            .cloned(),
    );
    let (of_one, own): (Vec<Case>, Vec<Case>) =
        own.into_iter().partition(|c| c.operation().is_some());
    let mut all: Vec<Case> = cases::all();
    all.extend(of_one);
    let mut programme = Vec::new();
    for case in all.iter().filter(|c| c.operation().is_none()) {
        programme.push((case.clone(), missing(stage, profile, case)));
    }
    for operation in &operations {
        let support = profile.supports(operation);
        if !support.is_available() {
            // What an outside adapter calls its own, and does not offer, cannot be asked for through the trait.
            if Operation::ALL.contains(operation) {
                let need = match support.availability {
                    Availability::Needs(need) => Some(need),
                    _ => None,
                };
                programme.push((undeclared::case(operation, need), None));
            }
            continue;
        }
        let of_it: Vec<&Case> = all
            .iter()
            .filter(|c| c.operation() == Some(operation))
            .collect();
        if of_it.is_empty() {
            let case = Case::new(format!("{operation}: has a case"), |_| {
                Box::pin(async { Ok(()) })
            })
            .of(operation.clone());
            let why = "it is declared, and no case proves it: add one to the stage".to_owned();
            programme.push((case, Some(Outcome::Failed(why))));
        }
        for case in of_it {
            programme.push((case.clone(), missing(stage, profile, case)));
        }
    }
    for case in own {
        let outcome = missing(stage, profile, &case);
        programme.push((case, outcome));
    }
    programme
}

/// Why a case cannot be played here.
fn missing(stage: &dyn Stage, profile: &Profile, case: &Case) -> Option<Outcome> {
    if let Some(reason) = stage.passes_over_case(case.name()) {
        return Some(Outcome::PassedOver(reason));
    }
    for operation in case.operation().into_iter().chain(case.needs()) {
        if let Some(reason) = stage.passes_over(operation) {
            return Some(Outcome::PassedOver(format!("{operation}: {reason}")));
        }
        if !profile.can(operation) {
            let reason = format!("it is seen by way of {operation}, which is not offered");
            return Some(Outcome::PassedOver(reason));
        }
    }
    None
}

async fn play_one(stage: &dyn Stage, case: &Case) -> Outcome {
    let scene = Scene::new(stage);
    let clock = stage.clock();
    let limit = stage.case_limit();
    let until = clock.now().checked_add(limit);
    let until = until.unwrap_or(jiff::Timestamp::MAX);
    let played = AssertUnwindSafe(case.play(&scene)).catch_unwind();
    let outcome = match select(std::pin::pin!(played), clock.sleep_until(until)).await {
        Either::Left((Ok(Ok(())), _)) => Outcome::Passed,
        Either::Left((Ok(Err(Stop::Failed(why))), _)) => Outcome::Failed(why),
        Either::Left((Ok(Err(Stop::PassedOver(why))), _)) => Outcome::PassedOver(why),
        Either::Left((Err(panic), _)) => {
            let words = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            Outcome::Failed(format!("it panicked: {}", words.unwrap_or("without words")))
        }
        Either::Right(_) => Outcome::Failed(format!("it did not end within {} s", limit.as_secs())),
    };
    stage.calm();
    outcome
}
