//! Warnings: each once, at its moment, and not of what is done.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use sociable::client::{Clock, SetClock};
use sociable::desk::clock::{
    CaseEventKind as Kind, Policy, Rules, Standing, Status, Target, TargetKind, Warned, Warning,
    next_warning, warnings,
};
use sociable::jiff::Timestamp;

use crate::{Log, at, minutes};

fn asked(time: &str) -> Log {
    let policy = Policy::ten_minutes();
    Log::of("2026-11-30")
        .then(time, Kind::message("m1"))
        .policy(time, &policy)
        .then(time, Kind::assigned("ann"))
}

/// A feed that tells each standing at its moment, and when each warning came.
async fn run(
    told: Vec<(&'static str, &'static str, Standing)>,
    warned: Warned<&'static str>,
) -> Vec<(Timestamp, Warning<&'static str>)> {
    let clock = SetClock::at(at("2026-11-30T09:00:00Z"));
    let times = clock.clone();
    let feed = stream::iter(told).then(move |(time, case, standing)| {
        let clock = times.clone();
        async move {
            clock
                .sleep_until(at(&format!("2026-11-30T{time}:00Z")))
                .await;
            (case, standing)
        }
    });
    let came = clock.clone();
    let all = warnings(feed, Arc::new(clock.clone()), warned)
        .map(move |warning| (came.now(), warning))
        .collect::<Vec<_>>();
    clock.drive(all).await
}

#[tokio::test(flavor = "current_thread")]
async fn each_warning_comes_once_at_its_moment_and_says_who_what_and_how_much_is_left() {
    let rules = Rules::new();
    let one = asked("09:00").standing(&rules, "09:00");
    let other = asked("09:01").standing(&rules, "09:01");
    let told = vec![
        ("09:00", "one", one.clone()),
        ("09:01", "other", other),
        ("09:06", "one", one),
    ];
    let came = run(told, Warned::new()).await;
    let seen: Vec<_> = came
        .iter()
        .map(|(when, warning)| (when.to_string(), warning.case, warning.percent))
        .collect();
    let expected = [
        ("2026-11-30T09:05:00Z", "one", 50),
        ("2026-11-30T09:06:00Z", "other", 50),
        ("2026-11-30T09:08:00Z", "one", 80),
        ("2026-11-30T09:09:00Z", "other", 80),
    ];
    assert_eq!(
        seen,
        expected.map(|(when, case, percent)| (when.to_owned(), case, percent))
    );
    let (_, first) = &came[0];
    assert_eq!(
        (first.target.clone(), first.remaining),
        (TargetKind::First, minutes(5))
    );
    assert_eq!(first.assignee.as_deref(), Some("ann"));
    assert_eq!(first.due, Some(at("2026-11-30T09:10:00Z")));
}

#[tokio::test(flavor = "current_thread")]
async fn nobody_is_warned_of_what_is_answered_at_that_moment() {
    let rules = Rules::new();
    let open = asked("09:00");
    let answered = open
        .clone()
        .then("09:05", Kind::reply("r"))
        .standing(&rules, "09:05");
    let told = vec![
        ("09:00", "one", open.standing(&rules, "09:00")),
        ("09:05", "one", answered),
    ];
    assert_eq!(run(told, Warned::new()).await, []);
}

#[tokio::test(flavor = "current_thread")]
async fn after_a_restart_what_was_warned_of_is_not_repeated() {
    let rules = Rules::new();
    let standing = asked("09:00").standing(&rules, "09:00");
    let mut warned = Warned::new();
    let first = next_warning([(&"one", &standing)], &warned).unwrap();
    assert_eq!(first.at, at("2026-11-30T09:05:00Z"));
    assert!(warned.note(&first));
    assert!(!warned.note(&first));
    let stored = sociable::serde_json::to_string(&warned).unwrap();
    let warned: Warned<&'static str> = sociable::serde_json::from_str(stored.leak()).unwrap();
    let came = run(vec![("09:00", "one", standing)], warned).await;
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].1.percent, 80);
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_found_late_warns_at_once_and_a_paused_clock_not_at_all() {
    let rules = Rules::new();
    let late = asked("08:00").standing(&rules, "09:00");
    let came = run(vec![("09:00", "late", late)], Warned::new()).await;
    let now = at("2026-11-30T09:00:00Z");
    assert_eq!(
        came.iter().map(|(when, _)| *when).collect::<Vec<_>>(),
        [now, now]
    );
    let policy = Policy::new("p", 1).resolution(Target::minutes(60).warn_at(50));
    let rules = rules.policy(policy.clone());
    let held = Log::of("2026-11-30")
        .then("08:50", Kind::message("m1"))
        .policy("08:50", &policy)
        .then("08:55", Kind::status(Status::WaitingCustomer));
    let goes_on = held
        .clone()
        .then("09:30", Kind::status(Status::Open))
        .standing(&rules, "09:30");
    let told = vec![
        ("09:00", "held", held.standing(&rules, "09:00")),
        ("09:30", "held", goes_on),
    ];
    let came = run(told, Warned::new()).await;
    assert_eq!(came.len(), 1);
    assert_eq!(
        came[0].0,
        at("2026-11-30T09:55:00Z"),
        "25 minutes of the half hour were left"
    );
}
