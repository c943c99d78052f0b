//! What the retry rule promises.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy takes the helpers of tests for the program"
)]

use std::time::Duration;

use jiff::Timestamp;
use sociable::client::{Failure, Random, RetryPolicy, SeededRandom, Tried, Verdict, WriteSafety};

/// Always the same number.
#[derive(Debug)]
struct Fixed(u64);

impl Random for Fixed {
    fn next(&self) -> u64 {
        self.0
    }
}

const HIGHEST: Fixed = Fixed(u64::MAX);
const LOWEST: Fixed = Fixed(0);
const SECOND: Duration = Duration::from_secs(1);

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn keyed(seconds: u64) -> WriteSafety {
    WriteSafety::Keyed {
        until: Some(now() + Duration::from_secs(seconds)),
    }
}

const ENDLESS_KEY: WriteSafety = WriteSafety::Keyed { until: None };

#[derive(Clone, Copy, Debug, PartialEq)]
enum Short {
    Stop,
    Own,
    Told,
    Defer,
}
use Short::{Defer, Own, Stop, Told};

/// All combinations of safety, failure, doubt and what the server said: nothing, 5 s, one hour; the caller waits a minute.
#[test]
fn every_combination_has_the_one_verdict_of_the_table() {
    use Failure::{Ambiguous, Final, NotSent, Refused};
    use WriteSafety::{Idempotent, Reconcilable, Unsafe};
    // (failure, doubt before) → for [nothing, 5 s, 1 h]
    let survivor = |failure, _doubt: bool| match failure {
        Final => [Stop, Stop, Stop],
        _ => [Own, Told, Defer],
    };
    let fragile = |failure, doubt: bool| match (failure, doubt) {
        (NotSent | Refused, false) => [Own, Told, Defer],
        _ => [Stop, Stop, Stop],
    };
    // A key that lives two seconds: our own wait (at most 0.5 s) fits, the told ones do not.
    let short_key = |failure, doubt: bool| match (failure, doubt) {
        (Final, _) => [Stop, Stop, Stop],
        (NotSent | Refused, false) => [Own, Defer, Defer],
        _ => [Own, Stop, Stop],
    };
    // A key that is forgotten already.
    let dead_key = |failure, doubt: bool| match (failure, doubt) {
        (NotSent | Refused, false) => [Stop, Defer, Defer],
        _ => [Stop, Stop, Stop],
    };
    type Row = (WriteSafety, fn(Failure, bool) -> [Short; 3]);
    let table: [Row; 7] = [
        (Idempotent, survivor),
        (ENDLESS_KEY, survivor),
        (keyed(86_400), survivor),
        (keyed(2), short_key),
        (keyed(0), dead_key),
        (Reconcilable, fragile),
        (Unsafe, fragile),
    ];
    let policy = RetryPolicy::default();
    let mut seen = 0;
    for (safety, expected) in table {
        for failure in [NotSent, Refused, Ambiguous, Final] {
            for doubt in [false, true] {
                let told = [None, Some(5), Some(3_600)];
                for (told, expected) in told.into_iter().zip(expected(failure, doubt)) {
                    for random in [&LOWEST, &HIGHEST] {
                        let moment = told.map(|seconds| now() + Duration::from_secs(seconds));
                        let tried = Tried::new(1, now(), safety, failure)
                            .in_doubt(doubt)
                            .told(moment)
                            .max_wait(Duration::from_secs(60));
                        let verdict = policy.verdict(&tried, random);
                        let short = match verdict {
                            Verdict::Wait(wait)
                                if moment.is_some_and(|moment| now() + wait >= moment) =>
                            {
                                Told
                            }
                            Verdict::Wait(wait) if moment.is_none() && wait <= policy.base => Own,
                            Verdict::Defer(at) if Some(at) == moment => Defer,
                            Verdict::Stop => Stop,
                            other => panic!("{other:?} for {tried:?}"),
                        };
                        assert_eq!(short, expected, "{tried:?}");
                        seen += 1;
                    }
                }
            }
        }
    }
    assert_eq!(seen, 7 * 4 * 2 * 3 * 2);
}

#[test]
fn a_retry_never_leaves_before_the_moment_a_refusal_named() {
    let random = SeededRandom::new(3);
    let policy = RetryPolicy::default();
    for millis in [1, 499, 1_000, 59_999, 60_000] {
        for attempts in 1..4 {
            let told = now() + Duration::from_millis(millis);
            let tried = Tried::new(attempts, now(), WriteSafety::Unsafe, Failure::Refused)
                .told(Some(told))
                .max_wait(Duration::from_secs(60));
            match policy.verdict(&tried, &random) {
                Verdict::Wait(wait) => {
                    assert!(now() + wait >= told);
                    assert!(
                        wait <= Duration::from_secs(60),
                        "{wait:?} is longer than the caller waits"
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_told_wait_longer_than_the_caller_waits_is_deferred_even_when_no_attempt_is_left() {
    let told = now() + Duration::from_secs(61);
    for policy in [RetryPolicy::default(), RetryPolicy::none()] {
        for attempts in [1, 4, 9] {
            let tried = Tried::new(attempts, now(), WriteSafety::Idempotent, Failure::Refused)
                .told(Some(told))
                .max_wait(Duration::from_secs(60));
            assert_eq!(policy.verdict(&tried, &HIGHEST), Verdict::Defer(told));
        }
    }
}

#[test]
fn attempts_are_counted() {
    let policy = RetryPolicy::default();
    let verdict = |policy: RetryPolicy, attempts, told| {
        let tried =
            Tried::new(attempts, now(), WriteSafety::Idempotent, Failure::Refused).told(told);
        policy.verdict(&tried, &HIGHEST)
    };
    for told in [None, Some(now() + SECOND)] {
        for attempts in 0..=3 {
            assert!(
                matches!(verdict(policy, attempts, told), Verdict::Wait(_)),
                "{attempts}"
            );
        }
        for attempts in [4, 5, u32::MAX] {
            assert_eq!(verdict(policy, attempts, told), Verdict::Stop);
        }
        assert_eq!(verdict(RetryPolicy::none(), 1, told), Verdict::Stop);
        assert_eq!(verdict(policy.attempts(0), 1, told), Verdict::Stop);
    }
}

#[test]
fn waits_double_up_to_the_cap_and_are_spread_over_the_whole_range() {
    let policy = RetryPolicy::default()
        .attempts(u32::MAX)
        .total(Duration::MAX);
    let wait = |attempts, random: &dyn Random| {
        let tried = Tried::new(attempts, now(), WriteSafety::Idempotent, Failure::Ambiguous);
        match policy.verdict(&tried, random) {
            Verdict::Wait(wait) => wait,
            other => panic!("{other:?}"),
        }
    };
    let millis = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (attempts, most) in (1..).zip(millis.map(Duration::from_millis)) {
        assert_eq!(policy.ceiling(attempts), most);
        assert_eq!(wait(attempts, &LOWEST), Duration::ZERO);
        assert!(
            wait(attempts, &HIGHEST) < most && wait(attempts, &HIGHEST) > most - SECOND / 1_000
        );
    }
    assert_eq!(policy.ceiling(u32::MAX - 1), Duration::from_secs(30));
}

#[test]
fn our_own_waits_end_with_the_total_but_told_ones_with_the_callers_patience() {
    let policy = RetryPolicy::default();
    let tried = Tried::new(1, now(), WriteSafety::Idempotent, Failure::Ambiguous);
    assert_eq!(
        policy.verdict(&tried.elapsed(policy.total), &HIGHEST),
        Verdict::Stop
    );
    assert!(matches!(
        policy.verdict(&tried.elapsed(policy.total - SECOND), &HIGHEST),
        Verdict::Wait(_)
    ));
    let told = tried.elapsed(policy.total).told(Some(now() + SECOND * 600));
    assert!(matches!(policy.verdict(&told, &HIGHEST), Verdict::Wait(_)));
}

#[test]
fn a_caller_that_waits_for_nothing_gets_no_repeat() {
    let tried =
        Tried::new(1, now(), WriteSafety::Idempotent, Failure::NotSent).max_wait(Duration::ZERO);
    let policy = RetryPolicy::default();
    assert_eq!(policy.verdict(&tried, &LOWEST), Verdict::Stop);
    assert_eq!(policy.verdict(&tried, &HIGHEST), Verdict::Stop);
    assert_eq!(
        policy.base(Duration::ZERO).verdict(&tried, &HIGHEST),
        Verdict::Wait(Duration::ZERO)
    );
}

#[test]
fn a_moment_that_is_past_is_no_word_at_all() {
    let tried = Tried::new(1, now(), WriteSafety::Idempotent, Failure::Refused);
    let policy = RetryPolicy::default();
    for told in [now(), now() - SECOND, Timestamp::MIN] {
        assert_eq!(
            policy.verdict(&tried.told(Some(told)), &HIGHEST),
            policy.verdict(&tried, &HIGHEST)
        );
    }
}

#[test]
fn no_keyed_attempt_leaves_when_its_key_may_be_forgotten() {
    let random = SeededRandom::new(11);
    let policy = RetryPolicy::default();
    for millis in 0..2_000 {
        let until = now() + Duration::from_millis(millis);
        let safety = WriteSafety::Keyed { until: Some(until) };
        for failure in [Failure::NotSent, Failure::Refused, Failure::Ambiguous] {
            for told in [None, Some(now() + SECOND)] {
                let tried = Tried::new(3, now(), safety, failure).told(told);
                if let Verdict::Wait(wait) = policy.verdict(&tried, &random) {
                    assert!(now() + wait < until);
                }
            }
        }
    }
}

#[test]
fn absurd_figures_do_not_break_the_rule() {
    let huge = [Duration::ZERO, SECOND, Duration::MAX];
    let moments = [None, Some(Timestamp::MIN), Some(Timestamp::MAX)];
    for attempts in [0, 1, 33, u32::MAX] {
        for base in huge {
            for patience in huge {
                for told in moments {
                    for time in [Timestamp::MIN, now(), Timestamp::MAX] {
                        let policy = RetryPolicy::default()
                            .attempts(u32::MAX)
                            .base(base)
                            .cap(Duration::MAX)
                            .total(Duration::MAX);
                        let tried = Tried::new(attempts, time, ENDLESS_KEY, Failure::Refused)
                            .told(told)
                            .elapsed(Duration::MAX)
                            .max_wait(patience);
                        policy.verdict(&tried, &HIGHEST);
                    }
                }
            }
        }
    }
}

#[test]
fn a_policy_reads_and_writes_plain_durations() {
    let policy: RetryPolicy =
        serde_json::from_str(r#"{"attempts": 2, "base": "250ms", "total": "2m"}"#).unwrap();
    let expected = RetryPolicy::default()
        .attempts(2)
        .base(Duration::from_millis(250))
        .total(Duration::from_secs(120));
    assert_eq!(policy, expected);
    let written = serde_json::to_string(&policy).unwrap();
    assert_eq!(
        serde_json::from_str::<RetryPolicy>(&written).unwrap(),
        policy
    );
    assert!(serde_json::from_str::<RetryPolicy>(r#"{"atempts": 2}"#).is_err());
}

#[test]
fn a_write_safety_reads_back_what_it_wrote() {
    for safety in [
        WriteSafety::Idempotent,
        keyed(9),
        ENDLESS_KEY,
        WriteSafety::Reconcilable,
        WriteSafety::Unsafe,
    ] {
        let written = serde_json::to_string(&safety).unwrap();
        assert_eq!(
            serde_json::from_str::<WriteSafety>(&written).unwrap(),
            safety
        );
    }
    assert_eq!(WriteSafety::default(), WriteSafety::Unsafe);
}
