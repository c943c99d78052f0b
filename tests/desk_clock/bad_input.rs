//! What is wrong is said, or has a stated outcome; nothing is lost and nothing is below zero.

use std::time::Duration;

use sociable::desk::clock::{
    Calendar, CaseEvent, CaseEventKind as Kind, Fold, Policy, Pushed, Rules, Status, Target,
    TargetKind, evaluate,
};
use sociable::jiff::ToSpan;
use sociable::jiff::civil::date;
use sociable::{Error, ErrorKind};

use crate::{Log, at, hours, minutes};

#[track_caller]
fn refused(form: sociable::desk::clock::CalendarForm, says: &str) {
    let error: Error = form.build().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    let said = error.to_string();
    assert!(said.contains(says), "{said}");
}

#[test]
fn a_calendar_without_an_open_hour_is_an_error_and_never_always() {
    refused(Calendar::form("c"), "no week has an open hour");
    refused(
        Calendar::form("c").open_on(date(2026, 12, 1), "09:00-10:00"),
        "no week has an open hour",
    );
    let error = sociable::serde_json::from_str::<Calendar>(r#"{"id": "c", "weekly": {"mon": []}}"#)
        .unwrap_err();
    assert!(
        error.to_string().contains("no week has an open hour"),
        "{error}"
    );
}

#[test]
fn exceptions_that_close_everything_for_more_than_a_year_are_an_error_that_tells_until_when() {
    let closed = |days: i64| {
        let mut form = Calendar::form("c").open("mon-sun", "09:00-17:00");
        for day in 0..days {
            form = form.closed_on(date(2026, 1, 1).saturating_add(day.days()));
        }
        form
    };
    refused(
        closed(400),
        "from 2025-12-31 until 2027-02-05: that is 400 days, and at most 366",
    );
    assert!(closed(365).build().is_ok());
}

#[test]
fn words_that_are_no_hours_days_zones_or_exceptions_are_named() {
    for hours in [
        "9-17",
        "09:00",
        "09:00-25:00",
        "09:60-10:00",
        "09:00-09:00",
        "24:00-02:00",
        "",
        "09:00–17:00",
        "0x:00-10:00",
    ] {
        refused(
            Calendar::form("c").open("mon", hours),
            &format!("{hours:?} of mon are no hours"),
        );
    }
    refused(
        Calendar::form("c").open("monday", "09:00-17:00"),
        "\"monday\" is no day",
    );
    refused(
        Calendar::form("c").zone("Mars/Olympus").always_open(),
        "\"Mars/Olympus\" is no time zone",
    );
    refused(
        Calendar::form("c").always_open().open("mon", "09:00-10:00"),
        "take out always_open or weekly",
    );
    let error = sociable::serde_json::from_str::<Calendar>(
        r#"{"id": "c", "always_open": true, "exceptions": {"2026-12-25": "shut"}}"#,
    );
    assert!(error.unwrap_err().to_string().contains("write \"closed\""));
    let unknown = sociable::serde_json::from_str::<Calendar>(
        r#"{"id": "c", "always_open": true, "hours": {}}"#,
    );
    assert!(unknown.unwrap_err().to_string().contains("hours"));
}

#[test]
fn a_version_that_the_rules_lack_is_an_error_and_changes_nothing() {
    let rules = Rules::new();
    let log = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .entries;
    let unknown = CaseEvent::new(
        2,
        at("2026-11-30T09:01:00Z"),
        Kind::policy("ten-minutes", 7),
    );
    let mut fold = Fold::of(&log, &rules).unwrap();
    let before = fold.clone();
    let error = fold.push(&unknown, &rules).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no policy ten-minutes version 7"),
        "{error}"
    );
    assert_eq!(fold, before);
    let calendar = CaseEvent::new(2, at("2026-11-30T09:01:00Z"), Kind::calendar("shop", 1));
    let error = fold.push(&calendar, &rules).unwrap_err();
    assert!(
        error.to_string().contains("no calendar shop version 1"),
        "{error}"
    );
    assert_eq!(fold, before);
}

#[test]
fn a_policy_that_cannot_be_kept_is_named() {
    let check = |policy: Policy| Rules::new().policy(policy).check().unwrap_err().to_string();
    let said = check(Policy::new("p", 1).first(Target::minutes(0)));
    assert!(
        said.contains("policy p version 1: the target first has no time at all"),
        "{said}"
    );
    let said = check(Policy::new("p", 1).next(Target::minutes(10).warn_at(0)));
    assert!(said.contains("the target next warns at 0 %"), "{said}");
    let said =
        check(Policy::new("p", 1).calendar(sociable::desk::clock::CalendarRef::new("shop", 3)));
    assert!(said.contains("no calendar shop version 3"), "{said}");
    let negative = r#"{"id": "p", "version": 1, "targets": {"first": {"within": "-5m"}}}"#;
    assert!(sociable::serde_json::from_str::<Policy>(negative).is_err());
}

#[test]
fn a_clock_that_goes_back_keeps_the_order_of_acts_and_makes_no_negative_time() {
    let rules = Rules::new();
    // Between the answer and the solution our clock was set back by two minutes.
    let standing = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &Policy::ten_minutes())
        .then("09:05", Kind::reply("r1"))
        .then("09:06", Kind::status(Status::Resolved))
        .then("09:04", Kind::status(Status::Reopened))
        .then("09:05", Kind::status(Status::Resolved))
        .standing(&rules, "12:00");
    assert_eq!(standing.status, Status::Resolved);
    assert_eq!(standing.resolutions, 2);
    assert_eq!(standing.resolved_at, Some(at("2026-11-30T09:06:00Z")));
    assert_eq!(standing.first_response(), Some(minutes(5)));
    // Asked about a time before it all: what was used up by then, and nothing below zero.
    let open = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .standing(&rules, "08:00");
    assert_eq!(open.waiting.unwrap().time, Duration::ZERO);
}

#[test]
fn an_act_stamped_before_the_message_it_was_recorded_after_counts_at_that_messages_time() {
    let standing = Log::of("2026-11-30")
        .then("09:00:10", Kind::message("m1"))
        .then("09:00:05", Kind::policy("ten-minutes", 1))
        .then("09:00:07", Kind::reply("r1"))
        .standing(&Rules::new(), "12:00");
    assert_eq!(standing.first_response(), Some(Duration::ZERO));
    assert_eq!(standing.waiting, None);
}

#[test]
fn one_act_stamped_in_a_far_year_does_not_drag_the_others_there() {
    let standing = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .then("2099-01-01T00:00:00Z", Kind::assigned("ann"))
        .then("09:05", Kind::reply("r1"))
        .standing(&Rules::new(), "12:00");
    assert_eq!(standing.first_response(), Some(minutes(5)));
    assert_eq!(standing.assignee.as_deref(), Some("ann"));
}

#[test]
fn what_is_told_late_is_put_where_it_belongs_and_the_same_number_counts_once() {
    let rules = Rules::new();
    let log = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &Policy::ten_minutes())
        .then("09:05", Kind::reply("r1"))
        .then("09:04", Kind::message("m2"));
    let mut fold = Fold::default();
    for event in &log.entries[..3] {
        assert_eq!(fold.push(event, &rules).unwrap(), Pushed::Applied);
        assert_eq!(fold.push(event, &rules).unwrap(), Pushed::Repeated);
    }
    let before = fold.clone();
    assert_eq!(fold.push(&log.entries[3], &rules).unwrap(), Pushed::Late);
    assert_eq!(fold, before);
    let whole = Fold::of(&log.entries, &rules).unwrap();
    let standing = whole.standing(at("2026-11-30T10:00:00Z"), &rules).unwrap();
    assert_eq!(standing.messages, 2);
    assert_eq!(standing.waiting, None, "the answer came after it");
    let mut twice = log.entries.clone();
    twice.extend(log.entries.clone());
    twice.reverse();
    assert_eq!(Fold::of(&twice, &rules).unwrap(), whole);
}

#[test]
fn a_case_whose_author_vanished_keeps_its_record_and_runs_no_clock() {
    let rules = Rules::new();
    let log = Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .policy("09:00", &Policy::ten_minutes())
        .then("09:02", Kind::message("m2"))
        .then("09:03", Kind::deleted("m2"))
        .then("09:03", Kind::deleted("m1"));
    let standing = log.standing(&rules, "12:00");
    assert_eq!((standing.messages, standing.withdrawn), (2, 2));
    assert_eq!(standing.waiting, None);
    assert!(
        standing
            .clocks()
            .all(|clock| !clock.is_open() && clock.kept().is_none())
    );
    // Its messages are named again, although they are gone: nothing happens.
    let again = log
        .then("09:04", Kind::deleted("m1"))
        .then("09:05", Kind::edited("m9"));
    assert_eq!(again.standing(&rules, "12:00").withdrawn, 2);
}

#[test]
fn an_empty_log_a_log_of_remarks_and_a_long_one_have_an_answer() {
    let rules = Rules::new();
    let now = at("2026-11-30T12:00:00Z");
    let nothing = evaluate(&[], &rules, now).unwrap();
    assert_eq!(
        (&nothing.status, nothing.clocks().count(), nothing.waiting),
        (&Status::New, 0, None)
    );
    let note = Log::of("2026-11-30")
        .then("09:00", Kind::Note)
        .standing(&rules, "12:00");
    assert_eq!(note.clocks().count(), 0);
    // A name of 100 KB, and ten thousand messages without an answer.
    let long = "я".repeat(50_000);
    let mut log = Log::of("2026-11-30").then("09:00", Kind::message(long.as_str()));
    for message in 0..10_000 {
        log = log.then("09:01", Kind::message(message.to_string()));
    }
    let standing = log
        .then("09:02", Kind::deleted(long))
        .standing(&rules, "09:03");
    assert_eq!(
        standing.open(TargetKind::First).unwrap().started,
        at("2026-11-30T09:01:00Z")
    );
}

#[test]
fn a_target_beyond_the_end_of_time_is_due_at_the_end_of_time() {
    let office = Calendar::form("c")
        .zone("Europe/Athens")
        .open("mon", "09:00-10:00")
        .build()
        .unwrap();
    let end = sociable::jiff::Timestamp::MAX;
    assert_eq!(office.add(at("2026-11-30T09:00:00Z"), Duration::MAX), end);
    assert_eq!(
        office.add(at("2026-11-30T09:00:00Z"), hours(1_000_000)),
        end
    );
    assert_eq!(Calendar::always().add(end, hours(1)), end);
    assert!(office.open_time_between(sociable::jiff::Timestamp::MIN, end) > hours(10_000 * 52));
}
