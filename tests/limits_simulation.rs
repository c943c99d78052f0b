//! Limits against servers that know the truth.

// Helpers of tests are not tests to clippy, but fail like them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use limits_support::{
    Dialect, MS, SEC, START, Told, Truth, World, bucket, pace_share, run, secs, us,
};
use sociable::client::limits::{Limits, Window};

fn kinds() -> Vec<(&'static str, Window)> {
    vec![
        ("fixed", Window::fixed(300, secs(3))),
        ("from first call", Window::from_first_call(300, secs(3))),
        ("rolling", Window::rolling(300, secs(3))),
    ]
}

/// Every window that lay as a whole within the calls is used to 98 per cent of what can be; rolling ones as fast as is
/// safe.
fn assert_used(name: &str, world: &World, told: &Told) {
    let truth = &world.server.truths[0].1;
    if let Window::Rolling { limit, period } = truth.window {
        let limit = usize::try_from(limit).unwrap();
        let pace = (world.tasks, world.trip());
        let share = pace_share(&told.journeys, limit, us(period), pace);
        assert!(share >= 98.0, "{name}: {share} per cent of the safe pace");
    }
    for share in world.shares(told) {
        assert!(share.percent() >= 98.0, "{name}: {share:?}");
    }
}

#[test]
fn a_thousand_calls_meet_no_refusal_in_any_window_dialect_or_round_trip() {
    for (name, window) in kinds() {
        for dialect in Dialect::KNOWN {
            for trip in [0, 50, 200] {
                let mut world = World::told(window.clone(), dialect, trip * MS);
                let told = run(&mut world, &mut Limits::new());
                let name = format!("{name} {dialect:?} {trip} ms");
                assert_eq!(told.answers, 1000);
                assert_eq!(told.refusals, 0, "{name}");
                assert_eq!((told.overtaken, told.early), (0, 0));
                assert_used(&name, &world, &told);
            }
        }
    }
}

#[test]
fn a_limit_that_only_answers_tell_is_used_as_well_once_it_is_known() {
    for (name, window) in kinds() {
        for dialect in Dialect::TELLING {
            for trip in [0, 50, 200] {
                let mut world = World::told(window.clone(), dialect, trip * MS).unknown();
                let told = run(&mut world, &mut Limits::new());
                let name = format!("{name} {dialect:?} {trip} ms");
                assert_eq!(told.answers, 1000);
                assert_eq!(told.refusals, 0, "{name}");
                // In the first window one call went alone to ask.
                for share in world.shares(&told).iter().skip(1) {
                    assert!(share.percent() >= 98.0, "{name}: {share:?}");
                }
            }
        }
    }
}

#[test]
fn a_refused_world_is_seen_as_such() {
    // The constant is twice what the server allows, and the server tells nothing.
    let mut world = World::new(vec![Window::fixed(150, secs(3))]);
    world.charges = vec![bucket("calls", vec![Window::fixed(300, secs(3))]).charge(1)];
    world.calls = 400;
    let told = run(&mut world, &mut Limits::new());
    assert!(told.refusals > 0);
}

#[test]
fn a_skewed_clock_costs_no_refusal_where_answers_tell_the_date() {
    for (name, window) in kinds() {
        for dialect in Dialect::KNOWN {
            for skew in [-300, 300] {
                let mut world = World::new(vec![window.clone()]);
                world.server.dialect = dialect;
                world.server.skew = skew * SEC + 300 * MS;
                world.server.dated = true;
                world.calls = 1000;
                let told = run(&mut world, &mut Limits::new());
                let late = told.took / SEC;
                assert_eq!(told.refusals, 0, "{name} {dialect:?} {skew} s: {told:?}");
                assert!(late <= 22, "{name} {dialect:?} {skew} s took {late} s");
            }
        }
    }
}

#[test]
fn answers_out_of_order_lost_answers_and_cancelled_calls_never_overspend() {
    for (name, window) in kinds() {
        for dialect in Dialect::KNOWN {
            for seed in [0, 3, 5] {
                let mut world = World::new(vec![window.clone()]);
                world.rng.0 = seed;
                world.server.dialect = dialect;
                world.up = (0, 300 * MS);
                world.down = (0, 300 * MS);
                world.tasks = 60;
                world.calls = 1000;
                world.lost_percent = 5;
                world.cancel_percent = 5;
                world.give_up_percent = 2;
                world.server.dated = seed % 2 == 0;
                world.pause = if seed % 3 == 0 { 400 * MS } else { 0 };
                let told = run(&mut world, &mut Limits::new());
                assert_eq!(told.refusals, 0, "{name} {dialect:?} {seed}: {told:?}");
                assert_eq!(told.overtaken, 0);
            }
        }
    }
}

#[test]
fn several_windows_hold_at_once() {
    for seed in 0..5 {
        let mut world = World::new(vec![
            Window::rolling(20, secs(1)),
            Window::fixed(100, secs(10)),
            Window::from_first_call(150, secs(20)),
            Window::in_flight(7),
        ]);
        world.rng.0 = seed;
        world.up = (0, 80 * MS);
        world.down = (0, 80 * MS);
        world.calls = 800;
        world.round_trip_serde_every = 97;
        let told = run(&mut world, &mut Limits::new());
        assert_eq!(told.refusals, 0, "{told:?}");
        assert_eq!(told.serde_mismatches, 0);
    }
}

#[test]
fn paced_calls_keep_their_distance() {
    for (per, burst) in [(333 * MS, 1), (333 * MS, 3), (50 * MS, 20)] {
        let per = std::time::Duration::from_micros(per as u64);
        let mut world = World::new(vec![Window::paced(per, burst)]);
        world.calls = 300;
        let told = run(&mut world, &mut Limits::new());
        assert_eq!(told.refusals, 0);
        let least = per.as_micros() as i64 * (300 - burst as i64);
        assert!(told.took >= least && told.took < least * 102 / 100 + SEC);
    }
}

#[test]
fn days_end_at_midnight_of_their_zone_on_the_days_of_summer_time_too() {
    for (zone, change) in [
        ("America/Los_Angeles", "2026-11-01T00:00:00Z"),
        ("Europe/Berlin", "2026-10-25T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T00:00:00Z"),
        ("America/Los_Angeles", "2027-03-14T00:00:00Z"),
    ] {
        let mut world = World::new(vec![Window::day(200, zone)]);
        let change: jiff::Timestamp = change.parse().unwrap();
        world.start = change.as_microsecond() - 3 * 86_400 * SEC;
        world.calls = 2000;
        world.pause = 3600 * SEC;
        world.tasks = 40;
        world.up = (0, 2 * SEC);
        let told = run(&mut world, &mut Limits::new());
        assert_eq!(told.refusals, 0);
        let closed = &world.server.truths[0].1.closed;
        let full = closed.iter().filter(|it| it.used >= 196).count();
        assert!(full >= 5, "{zone}: {closed:?}");
        assert!(told.took > 6 * 86_400 * SEC);
    }
}

#[test]
fn points_are_settled_with_what_the_call_really_cost() {
    for (name, window) in kinds() {
        let mut world = World::new(vec![window]);
        world.charges[0].cost = 9;
        world.real_costs = true;
        world.up = (0, 60 * MS);
        world.down = (0, 60 * MS);
        let told = run(&mut world, &mut Limits::new());
        assert_eq!(told.refusals, 0, "{name}");
    }
}

#[test]
fn an_unknown_limit_is_learned_from_the_first_answers() {
    for (name, window) in kinds() {
        for dialect in [
            Dialect::EpochSeconds,
            Dialect::IsoMicros,
            Dialect::DeltaSeconds,
        ] {
            let mut world = World::new(vec![window.clone()]);
            world.charges = vec![bucket("unknown", vec![]).charge(1)];
            world.server.dialect = dialect;
            world.calls = 2000;
            let told = run(&mut world, &mut Limits::new());
            assert_eq!(told.refusals, 0, "{name} {dialect:?}: {told:?}");
            // Whole seconds, told and read on the safe side, make each window up to two seconds longer.
            let most = if dialect == Dialect::IsoMicros {
                23
            } else {
                31
            };
            assert!(
                told.took / SEC <= most,
                "{name} {dialect:?} {} s",
                told.took / SEC
            );
        }
    }
}

#[test]
fn retry_after_as_the_only_word_costs_at_most_one_refusal_a_window() {
    for window in [
        Window::fixed(300, secs(3)),
        Window::from_first_call(300, secs(3)),
    ] {
        for trip in [0, 50, 200] {
            for offset in [0, 300, 1000, 1700, 2500] {
                let mut world = World::new(vec![window.clone()]);
                world.charges = vec![bucket("unknown", vec![]).charge(1)];
                world.server.dialect = Dialect::RetryAfter;
                world.calls = 3000;
                world.start = START.div_euclid(3 * SEC) * 3 * SEC + offset * MS;
                world.up = (trip * MS / 2, trip * MS / 2);
                world.down = world.up;
                let told = run(&mut world, &mut Limits::new());
                assert_eq!(told.early, 0, "{told:?}");
                let bound = if trip == 200 { 240 } else { 300 };
                let truth = &world.server.truths[0].1;
                let windows: Vec<u64> = truth.closed.iter().map(|it| it.used).collect();
                let refused: Vec<usize> = truth.closed.iter().map(|it| it.refused).collect();
                // The first window that is used up tells how much fits in; one that was half over when the calls began
                // makes that too much once more.
                let half = usize::from(windows[0] < 300 && bound == 300);
                for (used, no) in windows.iter().zip(&refused).skip(2 + half) {
                    let name = format!("{window:?} {trip} ms {offset}: {windows:?} {refused:?}");
                    assert!(*no <= 1, "{name}");
                    assert!(*used * 10 >= bound * 9, "{name}");
                }
            }
        }
    }
}

#[test]
fn another_process_that_eats_half_is_noticed_by_headers() {
    for (name, window) in kinds() {
        for dialect in Dialect::TELLING {
            let mut world = World::new(vec![window.clone()]);
            world.server.dialect = dialect;
            world.calls = 2000;
            world.server.dated = true;
            world.foreign_every = Some(20 * MS);
            let told = run(&mut world, &mut Limits::new());
            // What others send while our calls are under way cannot be known.
            assert!(told.refusals <= 40, "{name} {dialect:?}: {}", told.refusals);
            assert_eq!(told.early, 0);
        }
    }
}

#[test]
fn a_limit_that_changes_in_the_middle_is_kept_from_the_next_answers_on() {
    for (name, window) in kinds() {
        for (to, most) in [(100, 17), (600, 0)] {
            let mut world = World::new(vec![window.clone()]);
            world.server.dialect = Dialect::IsoMicros;
            world.server.dated = true;
            world.calls = 2000;
            world.relimit = Some((4 * SEC, to));
            let told = run(&mut world, &mut Limits::new());
            assert!(told.refusals <= most, "{name} {to}: {told:?}");
            if to == 600 {
                assert!(told.took < 16 * SEC, "{name} {to}: {} s", told.took / SEC);
            }
        }
    }
}

#[test]
fn percentages_slow_and_stop() {
    let mut world = World::new(vec![Window::fixed(100, secs(60))]);
    world.charges = vec![bucket("share", vec![Window::rolling(1000, secs(60))]).charge(1)];
    world.server.dialect = Dialect::Percent;
    world.calls = 400;
    world.tasks = 4;
    let told = run(&mut world, &mut Limits::new());
    assert_eq!(told.refusals, 0, "{told:?}");
}

#[test]
fn a_narrow_bucket_does_not_delay_calls_of_the_wide_one() {
    // 20 calls on 15 in 15 minutes, and 300 that only share the wide bucket with them.
    let wide = bucket("wide", vec![Window::rolling(3000, secs(300))]);
    let narrow = bucket("narrow", vec![Window::rolling(15, secs(900))]);
    let mut limits = Limits::new();
    let now = limits_support::ts(START);
    let mut held = 0;
    for _ in 0..20 {
        let charges = [narrow.charge(1), wide.charge(1)];
        match limits.reserve(now, &charges, None) {
            sociable::client::limits::Reservation::Granted(permit) => {
                limits.settle(now, permit, sociable::client::limits::Sent::answered(now));
            }
            _ => held += 1,
        }
    }
    assert_eq!(held, 5);
    for _ in 0..300 {
        match limits.reserve(now, &[wide.charge(1)], None) {
            sociable::client::limits::Reservation::Granted(permit) => {
                limits.settle(now, permit, sociable::client::limits::Sent::answered(now));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_truth_refuses_what_is_too_much() {
    let mut truth = Truth::new(Window::rolling(2, secs(1)));
    for _ in 0..2 {
        assert!(truth.has_room(START, 1));
        truth.count(START, 1);
    }
    assert!(!truth.has_room(START + SEC - 1, 1));
    assert!(truth.has_room(START + SEC, 1));
}
