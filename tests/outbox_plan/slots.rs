//! Recurring slots: their local times, days that are closed, and the queue that fills them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sociable::jiff::civil::{Time, Weekday, date, time};
use sociable::jiff::{SignedDuration, Timestamp, ToSpan};
use sociable::outbox::{Closed, Slots, Weekdays};

use super::{at, zone};

/// Zones whose clocks are changed by an hour, by half an hour, and on the other half of the year.
const ZONES: [&str; 3] = ["Europe/Athens", "Australia/Lord_Howe", "America/New_York"];

fn week() -> Slots {
    Slots::new("Europe/Athens")
        .unwrap()
        .at(Weekdays::WEEKDAYS, time(9, 0, 0, 0))
        .at(Weekday::Saturday, time(12, 30, 0, 0))
}

#[test]
fn slots_come_in_order_from_the_first_moment_until_before_the_last() {
    let slots = week().at(Weekday::Monday, time(7, 0, 0, 0));
    let found = slots.slots_between(at("2026-11-28T10:30:00Z"), at("2026-12-01T07:00:00Z"));
    let expected = [
        "2026-11-28T10:30:00Z",
        "2026-11-30T05:00:00Z",
        "2026-11-30T07:00:00Z",
    ];
    assert_eq!(found, expected.map(at));
    assert!(
        slots
            .slots_between(at("2026-12-01T00:00:00Z"), at("2026-11-01T00:00:00Z"))
            .is_empty()
    );
}

#[test]
fn no_slot_falls_on_a_day_that_is_closed() {
    let slots = week()
        .closed(date(2026, 12, 25))
        .closed(Closed::new(date(2027, 1, 4), date(2026, 12, 28)));
    let next = |from: &str| slots.next_free(at(from), &BTreeSet::new()).unwrap();
    assert_eq!(next("2026-12-24T07:00:00Z"), at("2026-12-26T10:30:00Z"));
    assert_eq!(next("2026-12-26T10:30:00Z"), at("2027-01-05T07:00:00Z"));
}

#[test]
fn an_account_without_slots_has_no_next_one() {
    let never = Slots::new("UTC").unwrap();
    assert!(never.is_empty());
    assert_eq!(
        never.next_free(at("2026-12-01T00:00:00Z"), &BTreeSet::new()),
        None
    );
    let no_day = never.at(Weekdays::default(), time(9, 0, 0, 0));
    assert!(no_day.is_empty());
    assert_eq!(
        no_day.next_free(at("2026-12-01T00:00:00Z"), &BTreeSet::new()),
        None
    );
    assert_eq!(week().next_free(Timestamp::MAX, &BTreeSet::new()), None);
}

#[test]
fn a_skipped_slot_comes_later_by_as_much_as_is_skipped_and_a_doubled_one_once() {
    let slots = Slots::new("Europe/Athens")
        .unwrap()
        .at(Weekdays::DAILY, time(3, 30, 0, 0));
    let spring = slots.slots_between(at("2027-03-27T12:00:00Z"), at("2027-03-29T12:00:00Z"));
    assert_eq!(
        spring,
        ["2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"].map(at)
    );
    let autumn = slots.slots_between(at("2027-10-30T12:00:00Z"), at("2027-11-01T12:00:00Z"));
    assert_eq!(
        autumn,
        ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"].map(at)
    );
    // Where the later time has a slot of its own, both are one.
    let both = slots.at(Weekdays::DAILY, time(4, 30, 0, 0));
    let spring = both.slots_between(at("2027-03-28T00:00:00Z"), at("2027-03-28T12:00:00Z"));
    assert_eq!(spring, [at("2027-03-28T01:30:00Z")]);
}

#[test]
fn a_slot_on_a_day_that_a_zone_skipped_is_left_out() {
    // Samoa went from 29 to 31 December 2011.
    let slots = Slots::new("Pacific/Apia")
        .unwrap()
        .at(Weekdays::DAILY, time(18, 0, 0, 0));
    let found = slots.slots_between(at("2011-12-29T12:00:00Z"), at("2011-12-31T12:00:00Z"));
    assert_eq!(
        found,
        ["2011-12-30T04:00:00Z", "2011-12-31T04:00:00Z"].map(at)
    );
}

#[test]
fn slots_are_written_as_they_are_read() {
    let slots = week()
        .at(Weekdays::DAILY, time(18, 0, 30, 0))
        .closed(date(2026, 12, 25));
    let text = serde_json::to_string(&slots).unwrap();
    assert_eq!(
        text,
        r#"{"zone":"Europe/Athens","times":["weekdays 09:00","sat 12:30","daily 18:00:30"],"closed":["2026-12-25"]}"#
    );
    assert_eq!(serde_json::from_str::<Slots>(&text).unwrap(), slots);
    let never = Weekdays::default();
    assert_eq!(never.to_string().parse::<Weekdays>().unwrap(), never);
    for wrong in ["Athens", "+02"] {
        assert!(Slots::new(wrong).is_err(), "{wrong}");
    }
}

fn any_time() -> impl Strategy<Value = Time> {
    (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

fn any_slots() -> impl Strategy<Value = Slots> {
    let days = prop::sample::subsequence(
        vec![
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
            Weekday::Sunday,
        ],
        1..=7,
    );
    let times = prop::collection::vec((days, any_time()), 1..6);
    let closed = prop::collection::vec((0..800_i64, 0..20_i64), 0..4);
    (prop::sample::select(ZONES.to_vec()), times, closed).prop_map(|(name, times, closed)| {
        let mut slots = Slots::in_zone(zone(name));
        for (days, time) in times {
            slots = slots.at(Weekdays::new(days), time);
        }
        for (first, more) in closed {
            let first = date(2026, 1, 1).saturating_add(first.days());
            slots = slots.closed(Closed::new(first, first.saturating_add(more.days())));
        }
        slots
    })
}

fn any_moment() -> impl Strategy<Value = Timestamp> {
    (0..63_072_000_i64).prop_map(|s| at("2026-01-01T00:00:00Z") + SignedDuration::from_secs(s))
}

proptest! {
    #[test]
    fn a_queue_never_puts_two_entries_into_one_slot(slots in any_slots(), begin in any_moment(), count in 1..40_usize) {
        let mut taken = BTreeSet::new();
        let mut last = begin;
        for _ in 0..count {
            let next = slots.next_free(begin, &taken).unwrap();
            prop_assert!(next > last, "in order, each after the one before");
            prop_assert!(taken.insert(next));
            last = next;
        }
        // It leaves none out: the slots of that span are those that are taken.
        let all = slots.slots_between(begin, last + SignedDuration::from_nanos(1));
        let all: BTreeSet<Timestamp> = all.into_iter().filter(|at| *at > begin).collect();
        prop_assert_eq!(all, taken);
    }

    #[test]
    fn a_slot_stays_at_its_local_time_unless_a_change_skips_it(slots in any_slots(), begin in any_moment()) {
        let end = begin + SignedDuration::from_hours(24 * 40);
        let found = slots.slots_between(begin, end);
        prop_assert!(found.is_sorted());
        for moment in &found {
            let local = moment.to_zoned(slots.zone.clone());
            prop_assert!(!slots.closed.iter().any(|c| c.first <= local.date() && local.date() <= c.last));
            let today = slots.times.iter().filter(|s| s.days.contains(local.weekday()));
            let stays = today.clone().any(|s| s.time == local.time());
            // A skipped time is later by as long as the clocks are put on: an hour, or half of one.
            let moved = today.clone().any(|s| {
                let written = slots.zone.to_ambiguous_zoned(local.date().to_datetime(s.time));
                written.is_ambiguous() && written.compatible().unwrap().timestamp() == *moment
            });
            prop_assert!(stays || moved, "{} is no slot", local);
        }
        // And every local time of every day is there.
        let mut day = begin.to_zoned(slots.zone.clone()).date();
        while day < end.to_zoned(slots.zone.clone()).date() {
            day = day.tomorrow().unwrap();
            if slots.closed.iter().any(|c| c.first <= day && day <= c.last) {
                continue;
            }
            for slot in slots.times.iter().filter(|s| s.days.contains(day.weekday())) {
                let moment = day.to_datetime(slot.time).to_zoned(slots.zone.clone()).unwrap().timestamp();
                prop_assert!(moment >= end || found.contains(&moment), "{} {} is missing", day, slot.time);
            }
        }
    }
}
