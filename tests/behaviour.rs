//! The behaviour suite over every network of the house, on every server that there is.
#![cfg(feature = "testing")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "bluesky")]
#[path = "support/bluesky_cases.rs"]
mod bluesky_cases;
#[cfg(any(feature = "bluesky", feature = "vk", feature = "x"))]
mod contract;
#[path = "support/stages.rs"]
mod stages;
#[cfg(feature = "vk")]
#[path = "support/vk_cases/mod.rs"]
mod vk_cases;
#[cfg(feature = "vk")]
#[path = "support/vk_stage.rs"]
mod vk_stage;
#[cfg(feature = "vk")]
#[path = "support/vk_watch.rs"]
mod vk_watch;

#[cfg(feature = "x")]
#[path = "support/x_cases/mod.rs"]
mod x_cases;
#[cfg(feature = "x")]
#[path = "support/x_stage.rs"]
mod x_stage;
#[cfg(feature = "x")]
#[path = "support/x_talk.rs"]
mod x_talk;
#[cfg(feature = "x")]
#[path = "support/x_watch.rs"]
mod x_watch;

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
    judge(&clock.drive(suite::run(&stage)).await, 150);
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
    judge(&report, 160);
}

#[cfg(feature = "vk")]
#[tokio::test]
async fn vk_keeps_every_promise_on_its_fake() {
    let contract = contract::vk("vk_keeps_every_promise_on_its_fake").unwrap();
    let (bench, stage, fake, watched) = vk_stage::on_fake(contract);
    let report = bench.clock.drive(suite::run(&stage)).await;
    println!("{report}");
    let mut wrong = watched.wrong();
    // What the network passes over in silence, and no caller should do.
    let complaints = fake.complaints().into_iter();
    wrong.extend(complaints.filter(|complaint| !vk_cases::is_meant(complaint)));
    assert!(
        wrong.is_empty(),
        "against the contract:\n{}",
        wrong.join("\n")
    );
    judge(&report, 70);
}

#[cfg(feature = "x")]
async fn x_on_its_fake(name: &str, tier: sociable::adapters::x::Tier, at_least: usize) {
    let contract = contract::x(name).unwrap();
    let (bench, stage, fake, watched) = x_stage::on_fake(contract, tier);
    let stage = x_talk::with_talk(stage, &fake, &bench, tier);
    let report = bench.clock.drive(suite::run(&stage)).await;
    println!("{report}");
    let mut wrong = watched.wrong();
    // What the network passes over in silence, and no caller should do.
    wrong.extend(fake.complaints());
    assert!(
        wrong.is_empty(),
        "against the contract:\n{}",
        wrong.join("\n")
    );
    judge(&report, at_least);
}

#[cfg(feature = "x")]
#[tokio::test]
async fn x_keeps_every_promise_on_its_fake() {
    let name = "x_keeps_every_promise_on_its_fake";
    x_on_its_fake(name, sociable::adapters::x::Tier::Enterprise, 140).await;
}

/// Where nothing is liked, followed or quoted, and only who is mentioned answers.
#[cfg(feature = "x")]
#[tokio::test]
async fn x_keeps_every_promise_on_a_plan_that_anybody_can_buy() {
    let name = "x_keeps_every_promise_on_a_plan_that_anybody_can_buy";
    x_on_its_fake(name, sociable::adapters::x::Tier::SelfServe, 230).await;
}

/// On a real server `profile.refresh` is asked first, as a program does that wants to know what the server has.
#[cfg(feature = "bluesky")]
async fn on_a_real_server(
    variable: &str,
    name: &str,
    passed_over: &[(&str, &str)],
    at_least: usize,
) {
    let Some(server) = stages::server(variable, name) else {
        return;
    };
    let lexicons = contract::lexicons(name).unwrap();
    let (mut stage, wrong) = stages::on_server(name, &server, lexicons);
    for (case, why) in passed_over {
        stage = stage.passing_over_case(*case, *why);
    }
    use sociable::testing::stage::Stage;
    for network in [stage.me(), stage.other()] {
        network.refresh_profile().await.unwrap();
    }
    let report = suite::run(&stage).await;
    println!("{report}");
    let mut wrong = wrong.lock().unwrap().clone();
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "against the lexicons:\n{}",
        wrong.join("\n")
    );
    judge(&report, at_least);
}

#[cfg(feature = "bluesky")]
#[tokio::test]
async fn bluesky_keeps_every_promise_on_a_real_network() {
    let name = "bluesky, a real PDS with its AppView";
    on_a_real_server("SOCIABLE_BLUESKY_NETWORK", name, &[], 140).await;
}

#[cfg(feature = "bluesky")]
#[tokio::test]
async fn bluesky_keeps_every_promise_on_a_real_pds() {
    let name = "bluesky, a real PDS alone";
    on_a_real_server(
        "SOCIABLE_BLUESKY_PDS",
        name,
        &[
            (
                "publish.link: a link card has its picture",
                "without an AppView nothing shows the picture of a card",
            ),
            (
                "engage.like: what is gone cannot be liked",
                "a PDS alone does not look at what is liked",
            ),
        ],
        120,
    )
    .await;
}

/// Over real sockets and in real time: connections that are cut, answers that break off or never end.
#[cfg(feature = "bluesky")]
#[tokio::test]
async fn bluesky_keeps_every_promise_over_sockets() {
    let fake = stages::fake();
    fake.set_index_lag(sociable::jiff::SignedDuration::from_millis(30));
    let (loopback, stage) = stages::over_sockets(&fake).await;
    let report = suite::run(&stage).await;
    drop(stage);
    loopback.shutdown().await;
    judge(&report, 140);
}
