//! What holds for limits on any trace: random ones, from fixed seeds.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use limits_support::{
    Rng, SEC, START, bucket, cancelling_differs, random_world, reading_differs, run, secs, ts,
};
use sociable::client::limits::{Limits, Reservation, Sent, Wait, Window};

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

/// A server that counts calendar months and all in all on a clock of its own, which its answers tell.
#[test]
fn months_and_totals_hold_on_the_servers_clock_and_are_used_whole() {
    let mut rng = Rng(20_261_130);
    let (mut sent, mut waited, mut never) = (0, 0, 0);
    for case in 0..60 {
        let (month, total) = (40 + rng.below(100), 150 + rng.below(200));
        let full = bucket("full", vec![Window::month(month), Window::total(total)]);
        let skew = rng.below(600) as i64 * SEC - 300 * SEC;
        let mut limits = Limits::new();
        // An hour before December, on our clock.
        let mut now = 1_796_079_600 * SEC;
        let mut truth: std::collections::BTreeMap<String, u64> = Default::default();
        let mut out = Vec::new();
        for _ in 0..1_500 {
            // Calls take seconds, and stretches without any take longer.
            now += match rng.below(30) {
                0 if out.is_empty() => 86_400 * SEC * 3,
                1..6 if out.is_empty() => 600 * SEC,
                _ => SEC / 3,
            };
            let cost = 1 + rng.below(5);
            if rng.chance(60) {
                match limits.reserve(ts(now), &[full.charge(cost)], None) {
                    Reservation::Granted(permit) => {
                        assert!(limits.leave(ts(now), &permit));
                        out.push((permit, now, cost));
                    }
                    Reservation::NotBefore(held) => {
                        waited += 1;
                        limits.forget(held.ticket);
                        if let Wait::Until(until) = held.wait
                            && limits.clock_ahead("testnet").is_some()
                        {
                            let there = ts(until.as_microsecond() + skew).to_string();
                            assert_eq!(&there[8..17], "01T00:00:", "{there}");
                        }
                    }
                    _ => never += 1,
                }
            } else if !out.is_empty() {
                let (permit, left, cost) = out.swap_remove(rng.below(out.len() as u64) as usize);
                // It arrives somewhere on the way.
                let arrived = left + rng.below((now - left).max(1) as u64) as i64;
                let real = rng.below(cost + 1);
                let month = ts(arrived + skew).to_string()[..7].to_owned();
                *truth.entry(month).or_default() += real;
                sent += 1;
                let answer = Sent::answered(ts(left))
                    .cost(full.key.clone(), real)
                    .date(ts((arrived + skew) / SEC * SEC));
                limits.settle(ts(now), permit, answer);
            }
            if rng.chance(3) && out.is_empty() {
                let saved = serde_json::to_string(&limits).unwrap();
                let read: Limits = serde_json::from_str(&saved).unwrap();
                assert_eq!(read, limits, "{case}");
                limits = read;
            }
        }
        for (name, used) in &truth {
            assert!(*used <= month, "{case}: {used} of {month} in {name}");
        }
        assert!(truth.values().sum::<u64>() <= total, "{case}");
    }
    assert!(
        sent > 3_000 && waited > 1_000 && never > 1_000,
        "{sent} {waited} {never}"
    );
}
