//! What the desk's clock costs, event by event.

use std::hint::black_box;

use jiff::{SignedDuration, Timestamp};
use sociable::desk::clock::{
    Calendar, CaseEvent, CaseEventKind as Kind, Fold, Policy, Pushed, Rules, Status, Target,
};

use crate::counted::{Work, instructions};
use crate::figures::{Bound, Report};

pub(crate) const EVENTS: Work = ("desk.event", events);

/// An event is folded in, and the case's standing told anew.
const EVENT: f64 = 4_000.0;

/// Split hours in a zone whose clocks change, a year of holidays, all targets with warnings.
fn rules() -> Rules {
    let mut hours = Calendar::form("shop")
        .zone("Europe/Athens")
        .open("mon-fri", "09:00-13:00")
        .open("mon-fri", "14:00-18:00")
        .open("fri-sat", "22:00-02:00");
    for month in 1..=12 {
        hours = hours.closed_on(jiff::civil::date(2026, month, 6));
    }
    let hours = hours.build().unwrap();
    let policy = Policy::new("service", 1)
        .first(Target::minutes(10).warn_at(50).warn_at(80))
        .next(Target::minutes(30).warn_at(50).warn_at(80))
        .resolution(Target::minutes(480).warn_at(80))
        .calendar(hours.reference());
    Rules::new().policy(policy).calendar(hours)
}

/// Two days of a case, with all that happens to one; the times are minutes from its beginning.
fn log() -> Vec<CaseEvent> {
    let start: Timestamp = "2026-10-23T06:30:00Z".parse().unwrap();
    let acts = [
        (0, Kind::message("m1")),
        (1, Kind::detected("m1")),
        (1, Kind::policy("service", 1)),
        (2, Kind::bot_reply("b1")),
        (3, Kind::assigned("ann")),
        (5, Kind::message("m2")),
        (9, Kind::reply("r1")),
        (30, Kind::message("m3")),
        (31, Kind::Note),
        (40, Kind::edited("m3")),
        (55, Kind::reply("r2")),
        (56, Kind::status(Status::WaitingCustomer)),
        (300, Kind::message("m4")),
        (310, Kind::handed_off("h1", "warehouse")),
        (350, Kind::hand_off_answered("h1")),
        (360, Kind::reply("r3")),
        (400, Kind::status(Status::Resolved)),
        (2400, Kind::message("m5")),
        (2410, Kind::reply("r4")),
        (2500, Kind::status(Status::Resolved)),
    ];
    let entries = acts.into_iter().zip(1..).map(|((minute, kind), seq)| {
        let at = start + SignedDuration::from_mins(minute);
        CaseEvent::new(seq, at, kind).by("ann")
    });
    entries.collect()
}

/// Folds the events of a case in, again and again, and tells after each how the case stands.
fn events(turns: u64, _: &[String]) {
    let (rules, log) = (rules(), log());
    let mut fold = Fold::default();
    for event in log.iter().cycle().take(turns as usize) {
        if event.seq == 1 {
            fold = Fold::default();
        }
        let pushed = fold.push(black_box(event), black_box(&rules));
        assert_eq!(pushed.unwrap(), Pushed::Applied);
        black_box(fold.standing(event.at, &rules).unwrap());
    }
}

pub(crate) fn gates(report: &mut Report) {
    let name = "desk.event.instructions";
    match instructions(EVENTS.0, 2_000, &[]) {
        Ok(count) => report.figure(name, count, Bound::AtMost(EVENT)),
        Err(why) => report.unmeasured(name, &why),
    }
}
