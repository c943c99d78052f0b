//! What the limits promise, one promise at a time.

// Helpers of tests are not tests to clippy, but fail like them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod limits_support;

use std::time::Duration;

use jiff::Timestamp;
use limits_support::{Desk, SEC, START, bucket, granted, held, key, refused, secs, ts, until};
use sociable::client::limits::{
    Bucket, BucketKey, LimitStore, Limits, MemoryLimits, Observation, Refusal, Reservation, Reset,
    Scope, Sent, Settled, Unit, Wait, Window, subject,
};

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
fn a_pace_says_nothing_of_how_long_a_refusal_lasts() {
    let calls = [bucket("calls", vec![Window::paced(secs(1), 1)]).charge(1)];
    let mut desk = Desk::new();
    let mut rests = Vec::new();
    for _ in 0..3 {
        desk.call(&calls, refused(None));
        let rest = until(&held(desk.ask(&calls, None))) - desk.now;
        rests.push(rest / SEC);
        desk = Desk {
            limits: read_back(&desk.limits),
            now: desk.now + rest,
        };
    }
    assert_eq!(rests, [60, 120, 240]);
}

/// Without those who wait.
fn read_back(limits: &Limits) -> Limits {
    serde_json::from_str(&serde_json::to_string(limits).unwrap()).unwrap()
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out_and_makes_no_budget() {
    const BACK: i64 = 3 * 3600 * SEC;
    let minute = secs(60);
    for (window, most) in [
        (Window::rolling(3, minute), 60),
        (Window::from_first_call(3, minute), 60),
        (Window::fixed(3, minute), 60),
        (Window::paced(secs(20), 3), 20),
    ] {
        let calls = [bucket("calls", vec![window.clone()]).charge(1)];
        let mut desk = Desk::new();
        // The longer it ran, the more is known on the clock that was wrong.
        for _ in 0..2 {
            desk.now += 3600 * SEC;
            for _ in 0..3 {
                desk.call(&calls, |sent| sent);
            }
        }
        held(desk.ask(&calls, None));
        desk.limits = read_back(&desk.limits);
        desk.now -= BACK;
        let back = desk.now;
        let mut waited = 0;
        while let Reservation::NotBefore(held) = desk.ask(&calls, None) {
            desk.limits.forget(held.ticket);
            desk.now += SEC;
            waited += 1;
            assert!(waited <= most + 5, "{window:?}: locked out");
        }
        let fixed = matches!(window, Window::Fixed { .. });
        assert!(
            fixed || desk.now - back >= (most - 1) * SEC,
            "{window:?}: early"
        );
    }
}

#[test]
fn a_refusals_rest_is_not_longer_for_a_clock_that_is_set_back() {
    let calls = [bucket("calls", vec![Window::rolling(100, secs(60))]).charge(1)];
    let mut desk = Desk::new();
    desk.call(&calls, refused(Some(Reset::after(secs(90)))));
    desk.now -= 3600 * SEC;
    for _ in 0..2 {
        let waits = held(desk.ask(&calls, None));
        desk.limits.forget(waits.ticket);
        desk.now += SEC;
    }
    assert_eq!(until(&held(desk.ask(&calls, None))) - desk.now, 89 * SEC);
}

#[test]
fn one_step_that_was_held_up_is_no_clock_that_is_set_back() {
    let calls = [bucket("calls", vec![Window::rolling(1, secs(900))]).charge(1)];
    let mut desk = Desk::new();
    desk.call(&calls, |sent| sent);
    let end = START + 900 * SEC;
    // Asked before the machine slept, looked at after somebody else's step.
    let now = desk.now + 600 * SEC;
    for at in [now, desk.now, now, desk.now + SEC, now] {
        desk.now = at;
        let waits = held(desk.ask(&calls, None));
        desk.limits.forget(waits.ticket);
        assert_eq!(until(&waits), end);
    }
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
fn a_day_of_a_zone_that_nobody_knows_is_never_spent_twice() {
    let day = bucket("day", vec![Window::day(1, "Mars/Olympus_Mons")]);
    let mut desk = Desk::new();
    desk.call(&[day.charge(1)], |sent| sent);
    let waits = held(desk.ask(&[day.charge(1)], None));
    assert_eq!(until(&waits), START + 25 * 3600 * SEC);
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
fn a_cancelled_call_gives_its_place_among_slowed_calls_back() {
    let calls = [bucket("calls", vec![Window::rolling(1_000_000, secs(3600))]).charge(1)];
    let mut desk = Desk::new();
    desk.call(&calls, |sent| {
        sent.saw(Observation {
            percent: Some(85.0),
            ..Observation::default()
        })
    });
    let waits = held(desk.ask(&calls, None));
    desk.limits.forget(waits.ticket);
    desk.now = until(&waits);
    for _ in 0..3 {
        let cancelled = desk.take(&calls);
        desk.settle(cancelled, Settled::NotSent);
    }
    let _permit = desk.take(&calls);
    held(desk.ask(&calls, None));
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
fn a_bucket_that_was_slowed_is_forgotten_too() {
    let calls = [bucket("calls", vec![Window::rolling(1000, secs(60))]).charge(1)];
    let mut desk = Desk::new();
    desk.call(&calls, |sent| {
        sent.saw(Observation {
            percent: Some(95.0),
            ..Observation::default()
        })
    });
    assert_eq!(desk.limits.len(), 1);
    desk.limits.prune(ts(desk.now + 2 * 86_400 * SEC));
    assert!(desk.limits.is_empty());
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

#[test]
fn a_custom_of_rests_is_kept_in_its_order_and_sends_callers_away() {
    const RESTS: &[Duration] = &[Duration::from_secs(60), Duration::from_secs(300)];
    let calls = [bucket("calls", vec![Window::rolling(100, secs(1))]).charge(1)];
    let other = [bucket("others", vec![Window::rolling(100, secs(1))]).charge(1)];
    let mut desk = Desk::new();
    let key = calls[0].bucket.key.clone();
    assert_eq!(desk.limits.frozen_until(&key), None);
    for minutes in [1, 5, 5] {
        desk.call(&calls, |sent| sent.refused(Refusal::new().rests(RESTS)));
        let next = held(desk.ask(&calls, None));
        assert!(next.sends_away);
        assert_eq!(until(&next), desk.now + minutes * 60 * SEC);
        assert_eq!(desk.limits.frozen_until(&key), Some(ts(until(&next))));
        desk.limits.forget(next.ticket);
        // Others go on meanwhile.
        desk.call(&other, |sent| sent);
        desk.now = until(&next);
    }
    // One that is answered ends it, and a refusal that names its moment is waited for.
    desk.call(&calls, |sent| sent);
    assert_eq!(desk.limits.frozen_until(&key), None);
    desk.call(&calls, refused(Some(Reset::after(secs(5)))));
    let next = held(desk.ask(&calls, None));
    assert!(!next.sends_away);
    desk.limits.forget(next.ticket);
    // What is saved knows how long a rest has grown.
    desk.now += 5 * SEC;
    desk.call(&calls, |sent| sent);
    desk.call(&calls, |sent| sent.refused(Refusal::new().rests(RESTS)));
    let saved = serde_json::to_string(&desk.limits).unwrap();
    let mut read: Limits = serde_json::from_str(&saved).unwrap();
    let Reservation::NotBefore(next) = read.reserve(ts(desk.now), &calls, None) else {
        panic!("a bucket that rests lets a call through")
    };
    assert!(next.sends_away);
}
