//! The content plan: what a sheet or file may say, what is wrong with it, its times and slots, and its calendar.
#![cfg(feature = "outbox")]
// Clippy lets `unwrap` pass inside of test functions only; here some of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bad;
#[cfg(feature = "memory")]
mod calendar;
#[cfg(feature = "memory")]
mod entries;
mod form;
mod slots;
mod times;

use sociable::jiff::Timestamp;
use sociable::outbox::{Plan, PlanReader};
use sociable::{Error, ErrorKind};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A reader on the last day of November, 2026, who knows two accounts.
pub(crate) fn reader() -> PlanReader {
    PlanReader::new(at("2026-11-30T08:00:00Z"))
        .zone(zone("Europe/Athens"))
        .accounts([("shop", "mastodon"), ("news", "telegram")])
}

pub(crate) fn zone(name: &str) -> sociable::jiff::tz::TimeZone {
    sociable::jiff::tz::TimeZone::get(name).unwrap()
}

/// What is wrong with a sheet: where, and what to do.
#[track_caller]
pub(crate) fn faults(text: &str) -> Vec<(String, String)> {
    told(reader().csv(text))
}

#[track_caller]
pub(crate) fn told(result: Result<Plan, Error>) -> Vec<(String, String)> {
    let error = result.unwrap_err();
    let ErrorKind::Invalid(violations) = error.kind() else {
        panic!("another kind of error: {error}");
    };
    for violation in violations {
        assert!(error.message().contains(&violation.message), "{error}");
    }
    violations
        .iter()
        .map(|v| (v.field.clone(), v.message.clone()))
        .collect()
}

/// One thing is wrong, there, and the message says this.
#[track_caller]
pub(crate) fn one_fault(text: &str, field: &str, says: &str) {
    let found = faults(text);
    let [(place, message)] = found.as_slice() else {
        panic!("not one thing is wrong: {found:#?}");
    };
    assert_eq!(place, field, "{message}");
    assert!(message.contains(says), "{message}");
}
