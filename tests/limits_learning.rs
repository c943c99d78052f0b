//! What the limits make of what answers tell.

// Helpers of tests are not tests to clippy, but fail like them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use std::time::Duration;

use jiff::Timestamp;
use limits_support::{Desk, MS, SEC, START, bucket, granted, held, secs, told, ts, until};
use sociable::client::limits::{
    Bucket, BucketKey, LimitPolicy, Limits, Observation, Reservation, Reset, Scope, Sent, Wait,
    Window,
};

#[test]
fn a_bucket_of_which_nothing_is_known_lets_one_call_through_and_waits_for_its_answer() {
    let unknown = [bucket("unknown", vec![]).charge(1)];
    let mut desk = Desk::new();
    let first = desk.take(&unknown);
    let waits = held(desk.ask(&unknown, None));
    assert_eq!(waits.wait, Wait::ForAnswer);
    desk.now += 50 * MS;
    let sent = Sent::answered(ts(START)).saw(Observation {
        reset: Some(Reset::after(secs(10))),
        ..told(3, 2)
    });
    assert_eq!(desk.settle(first, sent), [waits.ticket]);
    let _permit = granted(desk.ask(&unknown, Some(waits.ticket)));
    let _permit = granted(desk.ask(&unknown, None));
    held(desk.ask(&unknown, None));
}

#[test]
fn two_families_of_headers_teach_two_windows() {
    let unknown = [bucket("unknown", vec![]).charge(1)];
    let family = |limit, remaining, period| Observation {
        period: Some(secs(period)),
        ..told(limit, remaining)
    };
    let mut desk = Desk::new();
    for used in 1..3 {
        desk.call(&unknown, |sent| {
            sent.saw(family(10, 10 - used, 60))
                .saw(family(500, 7 - used, 86_400))
        });
    }
    let budgets = desk.limits.budgets(ts(desk.now));
    let windows: Vec<_> = budgets
        .iter()
        .map(|budget| (budget.limit, budget.left))
        .collect();
    assert_eq!(windows, [(Some(10), Some(8)), (Some(500), Some(5))]);
}

#[test]
fn a_learned_limit_corrects_the_constant_up_and_down_by_its_period() {
    let calls = bucket(
        "calls",
        vec![
            Window::fixed(300, secs(300)),
            Window::fixed(5000, secs(86_400)),
        ],
    );
    for limit in [100, 3000] {
        let mut desk = Desk::new();
        desk.call(&[calls.charge(1)], |sent| {
            sent.saw(Observation {
                period: Some(secs(300)),
                ..told(limit, limit - 1)
            })
        });
        let budgets = desk.limits.budgets(ts(desk.now));
        let limits: Vec<_> = budgets.iter().map(|budget| budget.limit).collect();
        assert_eq!(limits, [Some(limit), Some(5000)]);
        assert_eq!(budgets[0].left, Some(limit - 1));
    }
}

#[test]
fn an_observation_finds_its_bucket_by_name_then_period_then_limit() {
    let session = bucket(
        "session",
        vec![
            Window::fixed(30, secs(300)),
            Window::fixed(300, secs(86_400)),
        ],
    );
    let ip = Bucket::new(
        BucketKey::new("testnet", "ip", Scope::Ip),
        vec![Window::fixed(3000, secs(300))],
    );
    let charges = [session.charge(1), ip.charge(1)];
    let lefts = |seen: Observation| {
        let mut desk = Desk::new();
        desk.call(&charges, |sent| sent.saw(seen));
        let budgets = desk.limits.budgets(ts(desk.now));
        budgets
            .iter()
            .filter_map(|budget| budget.left)
            .collect::<Vec<_>>()
    };
    let period = |seconds| Some(secs(seconds));
    assert_eq!(lefts(Observation::default()), [2999, 29, 299]);
    let named = Observation {
        bucket: Some("ip".into()),
        remaining: Some(7),
        ..Observation::default()
    };
    assert_eq!(lefts(named), [7, 29, 299]);
    assert_eq!(
        lefts(Observation {
            period: period(300),
            ..told(3000, 7)
        }),
        [7, 29, 299]
    );
    assert_eq!(
        lefts(Observation {
            period: period(300),
            ..told(30, 7)
        }),
        [2999, 7, 299]
    );
    assert_eq!(
        lefts(Observation {
            period: period(86_400),
            ..told(300, 7)
        }),
        [2999, 29, 7]
    );
    assert_eq!(lefts(told(300, 7)), [2999, 29, 7]);
    assert_eq!(
        lefts(Observation {
            remaining: Some(7),
            ..Observation::default()
        }),
        [2999, 7, 299]
    );
}

#[test]
fn within_one_window_what_is_left_only_falls_whatever_the_order_of_the_answers() {
    let calls = [bucket("calls", vec![Window::from_first_call(100, secs(60))]).charge(1)];
    let ends = Reset::at(ts(START + 60 * SEC)).to_within(Duration::from_millis(1));
    let seen = |remaining| Observation {
        reset: Some(ends),
        ..told(100, remaining)
    };
    let mut desk = Desk::new();
    let permits: Vec<_> = (0..4).map(|_| desk.take(&calls)).collect();
    desk.now += SEC;
    // Somebody else has used 40. Answers come in the order 4, 1, 3, 2.
    let mut permits: Vec<_> = permits.into_iter().map(Some).collect();
    for (at, remaining, left) in [(3, 56, 53), (0, 59, 54), (2, 57, 55), (1, 58, 56)] {
        let sent = Sent::answered(ts(START + at as i64)).saw(seen(remaining));
        desk.settle(permits[at].take().unwrap(), sent);
        assert_eq!(desk.left("calls"), Some(left));
    }
    // The window turns: a new one may raise it, less what is under way.
    desk.now = START + 31 * SEC;
    let late = desk.take(&calls);
    let _under_way = desk.take(&calls);
    let next = Observation {
        reset: Some(Reset::at(ts(START + 91 * SEC)).to_within(Duration::from_millis(1))),
        ..told(100, 99)
    };
    desk.settle(late, Sent::answered(ts(desk.now)).saw(next));
    assert_eq!(desk.left("calls"), Some(98));
}

#[test]
fn unusable_values_change_nothing() {
    let calls = [bucket("calls", vec![Window::fixed(100, secs(60))]).charge(1)];
    let mut plain = Desk::new();
    plain.call(&calls, |sent| sent);
    for seen in [
        Observation::default(),
        Observation {
            limit: Some(0),
            ..Observation::default()
        },
        Observation {
            remaining: Some(u64::MAX),
            ..Observation::default()
        },
        Observation {
            period: Some(Duration::MAX),
            ..Observation::default()
        },
        Observation {
            period: Some(Duration::ZERO),
            ..Observation::default()
        },
        Observation {
            reset: Some(Reset::at(Timestamp::MIN)),
            ..Observation::default()
        },
        Observation {
            reset: Some(Reset::at(Timestamp::MAX)),
            ..Observation::default()
        },
        Observation {
            reset: Some(Reset::after(Duration::MAX)),
            ..Observation::default()
        },
        Observation {
            percent: Some(f64::NAN),
            ..Observation::default()
        },
        Observation {
            percent: Some(-5.0),
            ..Observation::default()
        },
        Observation {
            percent: Some(f64::INFINITY),
            ..Observation::default()
        },
    ] {
        let mut desk = Desk::new();
        desk.call(&calls, |sent| sent.saw(seen.clone()));
        assert_eq!(
            desk.limits.budgets(ts(START)),
            plain.limits.budgets(ts(START)),
            "{seen:?}"
        );
    }
}

#[test]
fn a_share_above_eighty_per_cent_slows_and_a_hundred_stops() {
    let calls = [bucket("calls", vec![Window::rolling(1_000_000, secs(3600))]).charge(1)];
    let share = |percent| {
        let mut desk = Desk::new();
        desk.call(&calls, |sent| {
            sent.saw(Observation {
                percent: Some(percent),
                ..Observation::default()
            })
        });
        match desk.ask(&calls, None) {
            Reservation::Granted(_) => 0,
            other => (until(&held(other)) - START) / SEC,
        }
    };
    let waits: Vec<_> = [10.0, 79.0, 85.0, 90.0, 98.0, 100.0, 130.0]
        .into_iter()
        .map(share)
        .collect();
    assert_eq!(waits, [0, 0, 12, 36, 324, 3600, 3600]);
    let mut desk = Desk::new();
    desk.limits = Limits::new().with_policy(LimitPolicy::default().slow_above(5.0));
    desk.call(&calls, |sent| {
        sent.saw(Observation {
            percent: Some(10.0),
            ..Observation::default()
        })
    });
    held(desk.ask(&calls, None));
}

#[test]
fn a_share_that_our_own_calls_explain_slows_nothing_and_one_beyond_it_does() {
    let calls = [bucket("calls", vec![Window::from_first_call(100, secs(60))]).charge(1)];
    let share = |percent| {
        move |sent: Sent| {
            sent.saw(Observation {
                percent: Some(percent),
                ..Observation::default()
            })
        }
    };
    let mut desk = Desk::new();
    for used in 1..=100 {
        desk.call(&calls, share(f64::from(used)));
    }
    assert_eq!(until(&held(desk.ask(&calls, None))), START + 60 * SEC);
    // Somebody else uses it too.
    let mut desk = Desk::new();
    desk.call(&calls, share(90.0));
    held(desk.ask(&calls, None));
    let mut desk = Desk::new();
    for used in 2..=100 {
        desk.call(&calls, share(f64::from(used)));
    }
    held(desk.ask(&calls, None));
}

#[test]
fn calls_that_were_under_way_when_a_window_ended_count_in_both_until_an_answer_tells() {
    let calls = [bucket("calls", vec![Window::fixed(100, secs(60))]).charge(1)];
    let boundary = START.div_euclid(60 * SEC) * 60 * SEC;
    let mut desk = Desk::new();
    desk.now = boundary - 100 * MS;
    let under_way: Vec<_> = (0..16).map(|_| desk.take(&calls)).collect();
    desk.now = boundary + 100 * MS;
    for permit in under_way {
        desk.settle(permit, Sent::answered(ts(boundary - 100 * MS)));
    }
    assert_eq!(desk.left("calls"), Some(84));
    // One that was under way beside them says nothing of them.
    desk.call(&calls, |mut sent| {
        sent.sent_at = ts(boundary + 50 * MS);
        sent.saw(told(100, 95))
    });
    assert_eq!(desk.left("calls"), Some(83));
    // Six units of this window, this call and the last among them: four of the sixteen came in it at most.
    desk.now += MS;
    desk.call(&calls, |sent| sent.saw(told(100, 94)));
    assert_eq!(desk.left("calls"), Some(93));
}

#[test]
fn a_moment_told_in_whole_seconds_is_narrowed_by_the_windows_length() {
    let calls = [bucket("calls", vec![Window::from_first_call(2, secs(60))]).charge(1)];
    let (wait, resolution) = (secs(60), secs(1));
    let second = (START + 60 * SEC).div_euclid(SEC) * SEC;
    for reset in [Reset::at(ts(second)), Reset::After { wait, resolution }] {
        let mut desk = Desk::new();
        for remaining in [1, 0] {
            desk.call(&calls, |sent| {
                sent.saw(Observation {
                    reset: Some(reset),
                    ..told(2, remaining)
                })
            });
        }
        assert_eq!(until(&held(desk.ask(&calls, None))), START + 60 * SEC);
    }
}
