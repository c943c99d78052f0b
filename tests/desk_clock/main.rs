//! The desk's clock: business hours, the clocks of a case, warnings and reports.
#![cfg(feature = "desk")]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod calendars;
mod clocks;
mod model;
mod reports;
mod warned;
mod wrong_numbers;

use std::time::Duration;

use sociable::desk::clock::{
    CaseEvent, CaseEventKind, Policy, Rules, Standing, TargetClock, TargetKind, evaluate,
};
use sociable::jiff::Timestamp;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

/// A log that numbers its entries; times are of one day unless a date is given.
#[derive(Clone)]
struct Log {
    day: &'static str,
    entries: Vec<CaseEvent>,
}

impl Log {
    /// A log of this day (`2026-11-30`), in UTC.
    fn of(day: &'static str) -> Self {
        let entries = Vec::new();
        Self { day, entries }
    }

    /// At `09:00`, `09:00:05`, or on another day at `2026-12-01T09:00:00Z`.
    fn moment(&self, time: &str) -> Timestamp {
        match time.len() {
            5 => at(&format!("{}T{time}:00Z", self.day)),
            8 => at(&format!("{}T{time}Z", self.day)),
            _ => at(time),
        }
    }

    fn then(mut self, time: &str, kind: CaseEventKind) -> Self {
        let seq = self.entries.len() as u64 + 1;
        let event = CaseEvent::new(seq, self.moment(time), kind);
        self.entries.push(event);
        self
    }

    fn by(mut self, agent: &str) -> Self {
        let last = self.entries.pop().unwrap();
        self.entries.push(last.by(agent));
        self
    }

    fn policy(self, time: &str, policy: &Policy) -> Self {
        let kind = CaseEventKind::policy(policy.id.clone(), policy.version);
        self.then(time, kind)
    }

    fn standing(&self, rules: &Rules, now: &str) -> Standing {
        evaluate(&self.entries, rules, self.moment(now)).unwrap()
    }
}

/// The clocks of a kind, counted from when the customer wrote.
fn posted(standing: &Standing, target: TargetKind) -> Vec<&TargetClock> {
    let clocks = standing.of(target);
    let posted = clocks.filter(|clock| clock.basis == sociable::desk::clock::Basis::Posted);
    posted.collect()
}
