//! What the limits promise, one promise at a time.

// Helpers of tests are not tests to clippy, but fail like them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use std::time::Duration;

use jiff::Timestamp;
use limits_support::{MS, SEC, START, bucket, key, secs, ts};
use sociable::client::limits::{
    Bucket, BucketKey, Charge, Held, LimitPolicy, LimitStore, Limits, MemoryLimits, Observation,
    Permit, Refusal, Reservation, Reset, Scope, Sent, Settled, Ticket, Unit, Wait, Window, subject,
};

fn granted(reservation: Reservation) -> Permit {
    match reservation {
        Reservation::Granted(permit) => permit,
        other => panic!("held: {other:?}"),
    }
}

fn held(reservation: Reservation) -> Held {
    match reservation {
        Reservation::NotBefore(held) => held,
        other => panic!("not held: {other:?}"),
    }
}

fn until(held: &Held) -> i64 {
    match held.wait {
        Wait::Until(at) => at.as_microsecond(),
        other => panic!("no moment: {other:?}"),
    }
}

struct Desk {
    limits: Limits,
    now: i64,
}

impl Desk {
    fn new() -> Self {
        Self {
            limits: Limits::new(),
            now: START,
        }
    }

    fn ask(&mut self, charges: &[Charge], ticket: Option<Ticket>) -> Reservation {
        self.limits.reserve(ts(self.now), charges, ticket)
    }

    fn take(&mut self, charges: &[Charge]) -> Permit {
        granted(self.ask(charges, None))
    }

    fn settle(&mut self, permit: Permit, settled: impl Into<Settled>) -> Vec<Ticket> {
        self.limits.settle(ts(self.now), permit, settled);
        self.limits.ready(ts(self.now))
    }

    fn call(&mut self, charges: &[Charge], sent: impl FnOnce(Sent) -> Sent) {
        let permit = self.take(charges);
        let sent = sent(Sent::answered(ts(self.now)));
        self.settle(permit, sent);
    }

    fn left(&self, name: &str) -> Option<u64> {
        let budgets = self.limits.budgets(ts(self.now));
        let found = budgets.iter().find(|budget| budget.bucket.name == *name);
        found.and_then(|budget| budget.left)
    }
}

fn told(limit: u64, remaining: u64) -> Observation {
    Observation {
        limit: Some(limit),
        remaining: Some(remaining),
        ..Observation::default()
    }
}

fn refused(until: Option<Reset>) -> impl FnOnce(Sent) -> Sent {
    move |sent| {
        let refusal = Refusal::new();
        sent.refused(match until {
            Some(until) => refusal.until(until),
            None => refusal,
        })
    }
}

#[test]
fn nothing_leaves_before_the_moment_that_a_refusal_named() {
    let calls = [bucket("calls", vec![Window::rolling(100, secs(60))]).charge(1)];
    let mut desk = Desk::new();
    let reserved = desk.take(&calls);
    desk.call(&calls, refused(Some(Reset::after(secs(90)))));
    assert!(
        !desk.limits.leave(ts(desk.now), &reserved),
        "reserved before the refusal"
    );
    desk.settle(reserved, Settled::NotSent);
    let moment = START + 90 * SEC;
    for at in [START, START + SEC, moment - 1] {
        desk.now = at;
        assert_eq!(until(&held(desk.ask(&calls, None))), moment);
    }
    desk.now = moment;
    let first = desk.limits.waiting();
    assert_eq!(first, 3);
}

#[test]
fn a_later_refusal_that_names_an_earlier_moment_does_not_shorten_the_wait() {
    let calls = [bucket("calls", vec![Window::rolling(100, secs(60))]).charge(1)];
    let mut desk = Desk::new();
    let late = desk.take(&calls);
    desk.call(&calls, refused(Some(Reset::after(secs(90)))));
    let sent = Sent::answered(ts(START));
    desk.settle(late, refused(Some(Reset::after(secs(5))))(sent));
    assert_eq!(until(&held(desk.ask(&calls, None))), START + 90 * SEC);
}

#[test]
fn one_probe_reopens_a_frozen_bucket_and_the_others_wait_for_its_answer() {
    let calls = [bucket("calls", vec![Window::rolling(100, secs(60))]).charge(1)];
    let mut desk = Desk::new();
    desk.call(&calls, refused(Some(Reset::after(secs(10)))));
    let waiters: Vec<_> = (0..4)
        .map(|_| held(desk.ask(&calls, None)).ticket)
        .collect();
    desk.now += 10 * SEC;
    let other = held(desk.ask(&calls, Some(waiters[2])));
    assert_eq!(other.wait, Wait::ForAnswer, "the first one is the probe");
    let probe = granted(desk.ask(&calls, Some(waiters[0])));
    assert!(desk.limits.ready(ts(desk.now)).is_empty());
    assert_eq!(
        held(desk.ask(&calls, Some(waiters[1]))).wait,
        Wait::ForAnswer
    );
    assert_eq!(held(desk.ask(&calls, None)).wait, Wait::ForAnswer);

    // Cancelled: the next becomes the probe.
    assert_eq!(desk.settle(probe, Settled::NotSent), [waiters[1]]);
    let probe = granted(desk.ask(&calls, Some(waiters[1])));
    // Lost: so does the next.
    let sent = ts(desk.now);
    assert_eq!(desk.settle(probe, Sent::lost(sent)), [waiters[2]]);
    let probe = granted(desk.ask(&calls, Some(waiters[2])));
    // Answered: everybody may go.
    assert_eq!(desk.settle(probe, Sent::answered(sent)), [waiters[3]]);
    let _permit = granted(desk.ask(&calls, Some(waiters[3])));
}

#[test]
fn a_refusal_without_a_moment_rests_a_minute_and_doubles_up_to_an_hour() {
    let calls = [bucket("calls", vec![Window::rolling(100, secs(1))]).charge(1)];
    let mut desk = Desk::new();
    let mut rests = Vec::new();
    for _ in 0..8 {
        desk.call(&calls, refused(None));
        let next = held(desk.ask(&calls, None));
        rests.push((until(&next) - desk.now) / (60 * SEC));
        desk.now = until(&next);
        desk.limits.forget(next.ticket);
    }
    assert_eq!(rests, [1, 2, 4, 8, 16, 32, 60, 60]);
    desk.call(&calls, |sent| sent);
    desk.call(&calls, refused(None));
    assert_eq!(until(&held(desk.ask(&calls, None))), desk.now + 60 * SEC);
}

#[test]
fn many_refusals_of_calls_that_were_under_way_together_are_one() {
    let calls = [bucket("calls", vec![Window::rolling(100, secs(1))]).charge(1)];
    let mut desk = Desk::new();
    let permits: Vec<_> = (0..5).map(|_| desk.take(&calls)).collect();
    desk.now += SEC;
    for permit in permits {
        desk.settle(permit, refused(None)(Sent::answered(ts(START))));
    }
    assert_eq!(until(&held(desk.ask(&calls, None))), desk.now + 60 * SEC);
}

#[test]
fn a_refusal_freezes_the_named_bucket_else_the_narrowest_without_room() {
    let wide = Bucket::new(
        BucketKey::new("testnet", "wide", Scope::Ip),
        vec![Window::rolling(1, secs(60))],
    );
    let chat = Bucket::new(
        BucketKey::new("testnet", "chat", Scope::Chat),
        vec![Window::rolling(50, secs(60))],
    );
    let both = [wide.charge(1), chat.charge(1)];
    let frozen = |desk: &Desk| -> Vec<String> {
        let budgets = desk.limits.budgets(ts(desk.now));
        let frozen = budgets
            .iter()
            .filter(|budget| budget.frozen_until.is_some());
        frozen
            .map(|budget| budget.bucket.name.to_string())
            .collect()
    };
    // Only the wide one is full.
    let mut desk = Desk::new();
    desk.call(&both, refused(Some(Reset::after(secs(5)))));
    assert_eq!(frozen(&desk), ["wide"]);
    // None is full: the narrowest.
    let mut desk = Desk::new();
    let roomy = [
        both[1].clone(),
        bucket("token", vec![Window::rolling(9, secs(60))]).charge(1),
    ];
    desk.call(&roomy, refused(Some(Reset::after(secs(5)))));
    assert_eq!(frozen(&desk), ["chat"]);
    // Named, even where the call was not charged to it.
    let mut desk = Desk::new();
    let app = BucketKey::new("testnet", "app", Scope::App);
    desk.call(&both, |sent| {
        let refusal = Refusal::new()
            .bucket(app.clone())
            .until(Reset::after(secs(5)));
        sent.refused(refusal)
    });
    assert_eq!(frozen(&desk), ["app"]);
    let charged = [Bucket::new(app, vec![Window::rolling(9, secs(60))]).charge(1)];
    assert_eq!(until(&held(desk.ask(&charged, None))), START + 5 * SEC);
}

#[test]
fn a_moment_in_the_past_or_beyond_belief_is_no_moment() {
    let calls = [bucket("calls", vec![Window::rolling(100, secs(1))]).charge(1)];
    for absurd in [
        Reset::at(ts(START - 3600 * SEC)),
        Reset::at(Timestamp::MAX),
        Reset::after(Duration::MAX),
        Reset::after(Duration::ZERO),
    ] {
        let mut desk = Desk::new();
        desk.call(&calls, refused(Some(absurd)));
        assert_eq!(until(&held(desk.ask(&calls, None))), START + 60 * SEC);
    }
}

#[test]
fn waiters_go_in_the_order_of_their_arrival() {
    let calls = [bucket("calls", vec![Window::rolling(2, secs(1))]).charge(1)];
    let mut desk = Desk::new();
    desk.call(&calls, |sent| sent);
    desk.call(&calls, |sent| sent);
    let waiters: Vec<_> = (0..6).map(|_| held(desk.ask(&calls, None))).collect();
    let moments: Vec<_> = waiters
        .iter()
        .map(|held| (until(held) - START) / SEC)
        .collect();
    assert_eq!(moments, [1, 1, 2, 2, 3, 3]);
    desk.now += SEC;
    // The second of them comes first, and a new one too: both wait for the first.
    assert_eq!(
        held(desk.ask(&calls, Some(waiters[1].ticket))).wait,
        Wait::ForAnswer
    );
    held(desk.ask(&calls, None));
    let _permit = granted(desk.ask(&calls, Some(waiters[0].ticket)));
    assert_eq!(desk.limits.ready(ts(desk.now)), [waiters[1].ticket]);
    let _permit = granted(desk.ask(&calls, Some(waiters[1].ticket)));
}

#[test]
fn a_call_held_by_a_days_window_does_not_block_one_that_needs_the_seconds() {
    let day = bucket("day", vec![Window::day(1, "UTC")]);
    let second = bucket("second", vec![Window::rolling(2, secs(1))]);
    let mut desk = Desk::new();
    desk.call(&[day.charge(1), second.charge(1)], |sent| sent);
    let waits = held(desk.ask(&[second.charge(1), day.charge(1)], None));
    assert_eq!(waits.bucket.name, "day");
    desk.call(&[second.charge(1)], |sent| sent);
    let waits = held(desk.ask(&[second.charge(1)], None));
    assert_eq!(until(&waits), START + SEC);
}

#[test]
fn giving_up_frees_the_place_and_makes_no_budget() {
    let calls = [bucket("calls", vec![Window::rolling(1, secs(1))]).charge(1)];
    let mut desk = Desk::new();
    desk.call(&calls, |sent| sent);
    let first = held(desk.ask(&calls, None));
    let second = held(desk.ask(&calls, None));
    assert_eq!(until(&second), START + 2 * SEC);
    desk.limits.forget(first.ticket);
    assert_eq!(
        desk.limits.ready(ts(desk.now)),
        [second.ticket],
        "its moment came closer"
    );
    let again = held(desk.ask(&calls, Some(second.ticket)));
    assert_eq!(until(&again), START + SEC);
    desk.limits.forget(second.ticket);
    assert_eq!((desk.limits.waiting(), desk.left("calls")), (0, Some(0)));
}

#[test]
fn a_call_that_was_not_sent_gives_everything_back_and_a_lost_one_stays_spent() {
    let calls = [
        bucket(
            "a",
            vec![Window::rolling(5, secs(60)), Window::fixed(7, secs(90))],
        )
        .charge(3),
        bucket("b", vec![Window::paced(secs(1), 4)]).charge(2),
    ];
    let mut desk = Desk::new();
    let before = desk.limits.clone();
    let permit = desk.take(&calls);
    assert_eq!((desk.left("a"), desk.left("b")), (Some(2), Some(2)));
    desk.settle(permit, Settled::NotSent);
    assert_eq!((desk.left("a"), desk.left("b")), (Some(5), Some(4)));
    assert!(before.is_empty());
    let permit = desk.take(&calls);
    desk.settle(permit, Sent::lost(ts(START)));
    assert_eq!((desk.left("a"), desk.left("b")), (Some(2), Some(2)));
}

#[test]
fn a_cost_is_an_upper_bound_that_the_answer_settles() {
    let points = bucket("points", vec![Window::rolling(100, secs(60))]).unit(Unit::Points);
    let mut desk = Desk::new();
    let permit = desk.take(&[points.charge(90)]);
    let waits = held(desk.ask(&[points.charge(50)], None));
    let sent = Sent::answered(ts(START)).cost(key("points"), 10);
    assert_eq!(desk.settle(permit, sent), [waits.ticket]);
    let _permit = granted(desk.ask(&[points.charge(50)], Some(waits.ticket)));
    assert_eq!(desk.left("points"), Some(40));
}

#[test]
fn all_charges_or_none() {
    let full = bucket("full", vec![Window::in_flight(1)]);
    let free = bucket("free", vec![Window::rolling(5, secs(60))]);
    let mut desk = Desk::new();
    let _held = desk.take(&[full.charge(1)]);
    let waits = held(desk.ask(&[free.charge(1), full.charge(1)], None));
    assert_eq!(
        (waits.bucket.name.as_str(), waits.wait),
        ("full", Wait::ForAnswer)
    );
    assert_eq!(desk.left("free"), Some(5));
}

#[test]
fn what_no_window_can_ever_hold_is_told_at_once() {
    let calls = bucket(
        "calls",
        vec![Window::rolling(5, secs(60)), Window::fixed(50, secs(99))],
    );
    let mut desk = Desk::new();
    assert_eq!(
        desk.ask(&[calls.charge(6)], None),
        Reservation::Never(key("calls"))
    );
    assert_eq!(desk.limits.waiting(), 0);
    let _permit = desk.take(&[calls.charge(5)]);
}

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
fn a_paced_call_that_was_held_up_does_not_catch_up_with_the_next() {
    let chat = [bucket("chat", vec![Window::paced(secs(1), 1)]).charge(1)];
    let mut desk = Desk::new();
    let slow = desk.take(&chat);
    desk.now += SEC;
    let quick = desk.take(&chat);
    assert!(desk.limits.leave(ts(desk.now), &quick));
    desk.now += SEC / 2;
    assert!(!desk.limits.leave(ts(desk.now), &slow));
    desk.settle(slow, Settled::NotSent);
    assert_eq!(until(&held(desk.ask(&chat, None))), START + 2 * SEC);
}

#[test]
fn limits_are_equal_after_being_saved_and_read_and_what_was_under_way_is_spent() {
    let calls = [
        bucket(
            "calls",
            vec![Window::rolling(10, secs(60)), Window::fixed(20, secs(300))],
        )
        .charge(1),
        bucket(
            "zone",
            vec![Window::day(5, "Europe/Berlin"), Window::paced(secs(1), 3)],
        )
        .charge(1),
    ];
    let mut desk = Desk::new();
    desk.call(&calls, |sent| sent.date(ts(START + 300 * SEC)));
    desk.call(
        &[bucket("unknown", vec![]).charge(1)],
        refused(Some(Reset::after(secs(9)))),
    );
    let _under_way = desk.take(&calls);
    let saved = serde_json::to_string(&desk.limits).unwrap();
    let read: Limits = serde_json::from_str(&saved).unwrap();
    assert_eq!(read, desk.limits);
    let other = Desk {
        limits: read,
        now: desk.now,
    };
    assert_eq!(other.left("calls"), Some(8));
    assert_eq!(other.left("zone"), desk.left("zone"));
    assert!(
        other
            .limits
            .budgets(ts(desk.now))
            .iter()
            .all(|budget| budget.in_flight == 0)
    );
}

#[test]
fn idle_buckets_are_forgotten_when_their_longest_window_is_over() {
    let mut desk = Desk::new();
    for account in 0..10_000 {
        let key = key("account").of(account);
        let bucket = Bucket::new(
            key,
            vec![Window::rolling(10, secs(60)), Window::fixed(9, secs(300))],
        );
        desk.call(&[bucket.charge(1)], |sent| sent);
    }
    assert_eq!(desk.limits.len(), 10_000);
    desk.now += 299 * SEC;
    desk.limits.prune(ts(desk.now));
    assert_eq!(desk.limits.len(), 10_000);
    desk.now += 302 * SEC;
    desk.call(
        &[bucket("other", vec![Window::in_flight(1)]).charge(1)],
        |sent| sent,
    );
    assert_eq!(desk.limits.len(), 1);
}

#[test]
fn a_subject_is_the_same_number_in_every_process() {
    assert_eq!(
        subject("did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        12_471_309_203_169_597_027
    );
    assert_ne!(subject("a"), subject("b"));
    let key = BucketKey::new("testnet", "calls", Scope::Token).of(subject("secret-token"));
    assert!(!format!("{key:?}").contains("secret"));
}

#[test]
fn a_thousand_waiters_are_served_in_order() {
    let calls = [bucket("calls", vec![Window::fixed(100, secs(1))]).charge(1)];
    let mut desk = Desk::new();
    desk.now = START - START % SEC;
    for _ in 0..100 {
        desk.call(&calls, |sent| sent);
    }
    let mut waiting: Vec<_> = (0..1000)
        .map(|_| held(desk.ask(&calls, None)).ticket)
        .collect();
    waiting.reverse();
    for _ in 0..10 {
        desk.now += SEC;
        let mut next = waiting.pop();
        let mut served = 0;
        while let Some(ticket) = next {
            match desk.ask(&calls, Some(ticket)) {
                Reservation::Granted(permit) => {
                    served += 1;
                    desk.limits
                        .settle(ts(desk.now), permit, Sent::answered(ts(desk.now)));
                    next = waiting.pop();
                    if served < 100 && next.is_some() {
                        assert_eq!(desk.limits.ready(ts(desk.now)), Vec::from_iter(next));
                    }
                }
                _ => {
                    waiting.push(ticket);
                    next = None;
                }
            }
        }
        assert_eq!(served, 100);
    }
    assert!(waiting.is_empty());
}

#[tokio::test]
async fn a_store_lets_reservations_expire_as_spent() {
    let store = MemoryLimits::default().lease(secs(30));
    let calls = [bucket("calls", vec![Window::rolling(2, secs(60))]).charge(1)];
    let shared: &dyn LimitStore = &store;
    let lost = granted(shared.reserve(ts(START), &calls, None).await.unwrap());
    let left = |at| {
        let store = &store;
        async move { store.lock().budgets(ts(at))[0].left }
    };
    assert_eq!(left(START).await, Some(1));
    let now = START + 31 * SEC;
    let kept = granted(shared.reserve(ts(now), &calls, None).await.unwrap());
    shared
        .settle(ts(now), lost, Settled::NotSent)
        .await
        .unwrap();
    shared
        .settle(ts(now), kept, Settled::NotSent)
        .await
        .unwrap();
    assert_eq!(
        left(now).await,
        Some(1),
        "the first is spent, whatever is said later"
    );
    assert_eq!(left(now + 61 * SEC).await, Some(2));
}
