//! What holds for limits on any trace: random ones, from fixed seeds.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use limits_support::{
    Rng, SEC, START, bucket, cancelling_differs, random_world, reading_differs, run, secs, ts,
};
use sociable::client::limits::{Limits, Reservation, Wait, Window};

#[test]
fn random_traces_never_overspend_and_nobody_is_overtaken_or_forgotten() {
    let mut rng = Rng(20_261_123);
    let mut steps = 0;
    for case in 0..250 {
        let mut world = random_world(&mut rng, 250);
        let plan = format!("{case}: {world:?}");
        let told = run(&mut world, &mut Limits::new());
        assert_eq!(told.refusals, 0, "{plan}");
        assert_eq!(told.early, 0, "{plan}");
        assert_eq!(told.overtaken, 0, "{plan}");
        assert_eq!(told.serde_mismatches, 0, "{plan}");
        steps += told.steps;
    }
    assert!(steps > 50_000, "{steps}");
}

#[test]
fn cancellation_neither_loses_nor_makes_budget() {
    // The last two found a bucket that was forgotten although its calls may have counted in the next window.
    for seed in (0..60).chain([67, 177]) {
        assert_eq!(cancelling_differs(seed, 1_000), [""; 0], "{seed}");
    }
}

#[test]
fn limits_that_are_saved_and_read_are_equal_and_go_on_identically() {
    for seed in 0..120 {
        assert_eq!(reading_differs(seed, 450), [""; 0], "{seed}");
    }
}

#[test]
fn what_is_under_way_when_limits_are_saved_is_spent() {
    let full = bucket("full", vec![Window::rolling(3, secs(60))]);
    let mut limits = Limits::new();
    let now = ts(START);
    for _ in 0..3 {
        let Reservation::Granted(_permit) = limits.reserve(now, &[full.charge(1)], None) else {
            panic!("there is room for three");
        };
    }
    let saved = serde_json::to_string(&limits).unwrap();
    let mut read: Limits = serde_json::from_str(&saved).unwrap();
    let Reservation::NotBefore(held) = read.reserve(now, &[full.charge(1)], None) else {
        panic!("saving made budget");
    };
    assert_eq!(held.wait, Wait::Until(ts(START + 60 * SEC)));
}
