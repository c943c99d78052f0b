//! An adapter that this crate never heard of gets everything that those of the house get.
#![cfg(feature = "testing")]

#[path = "../examples/own_network/src/adapter.rs"]
mod adapter;
// Public in the adapter's own crate.
#[allow(unreachable_pub)]
#[path = "../examples/own_network/src/server.rs"]
mod server;

use sociable::testing::suite;

#[tokio::test]
async fn an_adapter_from_outside_passes_the_behaviour_suite() {
    let (bench, stage) = server::stage().unwrap();
    let report = bench.clock.drive(suite::run(&stage)).await;
    println!("{report}");
    assert!(report.passed());
    assert!(
        report.run_count() > 80,
        "only {} cases ran",
        report.run_count()
    );
}

#[test]
fn an_adapter_from_outside_has_at_most_200_lines() {
    let lines = include_str!("../examples/own_network/src/adapter.rs")
        .lines()
        .count();
    assert!(lines <= 200, "it has {lines} lines");
}
