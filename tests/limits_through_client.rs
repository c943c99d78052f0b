//! The same promises through a whole `Client`, under a set clock.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use limits_support::{Dialect, MS, SEC, World, secs, storm};
use sociable::client::limits::Window;

// All kinds of windows, and more round trips, are measured by the gates.

#[test]
fn a_thousand_calls_meet_no_refusal_in_any_dialect() {
    for (at, dialect) in Dialect::KNOWN.into_iter().enumerate() {
        let window = Window::fixed(300, secs(3));
        let trip = [0, 50, 200][at % 3];
        let told = storm(&World::told(window, dialect, trip * MS));
        let name = format!("{dialect:?} {trip} ms");
        assert_eq!((told.answers, told.refusals), (1000, 0), "{name}");
        for share in told.shares {
            assert!(share.percent() >= 98.0, "{name}: {share:?}");
        }
    }
}

#[test]
fn a_clock_five_minutes_off_costs_no_refusal() {
    for skew in [-300, 300] {
        let window = Window::fixed(300, secs(3));
        let mut world = World::told(window, Dialect::EpochSeconds, 50 * MS);
        world.server.skew = skew * SEC + 300 * MS;
        world.server.dated = true;
        let told = storm(&world);
        assert_eq!((told.answers, told.refusals), (1000, 0), "{skew} s");
    }
}

#[test]
fn nothing_leaves_before_a_moment_that_a_refusal_named() {
    let window = Window::fixed(300, secs(3));
    let world = World::told(window, Dialect::RetryAfter, 50 * MS).unknown();
    let told = storm(&world);
    assert_eq!(told.answers, 1000);
    assert!(told.refusals > 0);
    assert_eq!(told.early, 0);
}
