//! The adapter keeps every promise that it makes.

use own_network::server;
use sociable::testing::{block_on, suite};

#[test]
fn it_passes_the_behaviour_suite() {
    let (bench, stage) = server::stage().unwrap();
    let report = block_on(bench.clock.drive(suite::run(&stage))).unwrap();
    println!("{report}");
    assert!(report.passed());
}
