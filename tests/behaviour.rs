//! The behaviour suite over every network of the house, on every server that there is.
#![cfg(feature = "testing")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "bluesky")]
mod contract;
#[path = "support/stages.rs"]
mod stages;

use sociable::testing::suite::{self, Report};

/// Prints a report, and ends the test where a case failed or too few ran.
fn judge(report: &Report, at_least: usize) {
    println!("{report}");
    assert!(report.passed(), "{report}");
    let ran = report.run_count();
    assert!(
        ran >= at_least,
        "{}: only {ran} cases ran, at least {at_least} must",
        report.stage
    );
}

#[tokio::test]
async fn memory_keeps_every_promise() {
    let (clock, stage) = stages::memory().await;
    judge(&clock.drive(suite::run(&stage)).await, 149);
}

#[cfg(feature = "bluesky")]
#[tokio::test]
async fn bluesky_keeps_every_promise_on_its_fake() {
    let lexicons = contract::lexicons("bluesky_keeps_every_promise_on_its_fake").unwrap();
    let fake = stages::fake();
    let (bench, stage, watched) = stages::on_fake(&fake, lexicons);
    let report = bench.clock.drive(suite::run(&stage)).await;
    println!("{report}");
    let wrong = watched.wrong();
    assert!(
        wrong.is_empty(),
        "against the lexicons:\n{}",
        wrong.join("\n")
    );
    judge(&report, 130);
}
