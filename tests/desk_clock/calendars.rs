//! Business hours against a model that looks at every minute, in zones whose clocks change in odd ways.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sociable::desk::clock::Calendar;
use sociable::jiff::civil::{Date, date};
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{SignedDuration, Timestamp, ToSpan};

use crate::{at, hours, minutes};

/// From and to, in minutes of the day; the end may lie beyond midnight.
pub(crate) type Open = (i64, i64);

/// A calendar as plain data, which the model reads.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) zone: &'static str,
    pub(crate) week: Vec<Vec<Open>>,
    pub(crate) special: BTreeMap<Date, Vec<Open>>,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Plain {
    pub(crate) fn calendar(&self, id: &str, version: u32) -> Calendar {
        let text = |(from, to): &Open| {
            let to = if *to > 1440 { to - 1440 } else { *to };
            format!(
                "{:02}:{:02}-{:02}:{:02}",
                from / 60,
                from % 60,
                to / 60,
                to % 60
            )
        };
        let mut form = Calendar::form(id).version(version).zone(self.zone);
        for (name, opens) in DAYS.iter().zip(&self.week) {
            for open in opens {
                form = form.open(*name, text(open));
            }
        }
        for (date, opens) in &self.special {
            form = form.closed_on(*date);
            for open in opens {
                form = form.open_on(*date, text(open));
            }
        }
        form.build().unwrap()
    }

    fn begins_on(&self, date: Date) -> &[Open] {
        match self.special.get(&date) {
            Some(opens) => opens,
            None => &self.week[date.weekday().to_monday_zero_offset() as usize],
        }
    }

    /// What the clock on the wall says.
    pub(crate) fn is_open(&self, moment: Timestamp) -> bool {
        let local = TimeZone::get(self.zone).unwrap().to_datetime(moment);
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let today = self.begins_on(local.date()).iter();
        let night = self.begins_on(local.date().yesterday().unwrap()).iter();
        today
            .clone()
            .any(|(from, to)| *from <= minute && minute < *to)
            || night
                .clone()
                .any(|(from, to)| *from <= minute + 1440 && minute + 1440 < *to)
    }
}

/// Zones, and a day near which their clocks change: by an hour, by half of one, at midnight, and not at all.
const ZONES: [(&str, Date); 8] = [
    ("Europe/Athens", date(2026, 3, 29)),
    ("Europe/Athens", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Asia/Kathmandu", date(2026, 1, 1)),
];

fn open() -> impl Strategy<Value = Open> {
    prop_oneof![
        3 => (0..1439_i64, 1..600_i64).prop_map(|(from, long)| (from, from + long)),
        1 => Just((0, 1440)),
    ]
}

fn opens() -> impl Strategy<Value = Vec<Open>> {
    prop::collection::vec(open(), 0..3)
}

/// A calendar, and the day around which its zone's clocks change.
pub(crate) fn plain() -> impl Strategy<Value = (Plain, Date)> {
    let week = prop::collection::vec(opens(), 7);
    let special = prop::collection::btree_map(-3..4_i64, opens(), 0..4);
    (0..ZONES.len(), week, special, open()).prop_map(|(zone, mut week, special, one)| {
        let (zone, day) = ZONES[zone];
        if week.iter().all(Vec::is_empty) {
            week[2].push(one);
        }
        let special = special.into_iter();
        let special = special.map(|(days, opens)| (day.saturating_add(days.days()), opens));
        let special = special.collect();
        (
            Plain {
                zone,
                week,
                special,
            },
            day,
        )
    })
}

fn minute_of(day: Date, minute: i64) -> Timestamp {
    let midnight = day
        .at(0, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp();
    midnight + SignedDuration::from_mins(minute)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn open_time_is_what_the_clock_on_the_wall_shows((plain, day) in plain(), from in -5000..3000_i64, long in 0..4500_i64) {
        let calendar = plain.calendar("c", 1);
        let (from, to) = (minute_of(day, from), minute_of(day, from + long));
        let mut open = 0;
        for minute in 0..long {
            let moment = from + SignedDuration::from_mins(minute);
            prop_assert_eq!(calendar.is_open(moment), plain.is_open(moment));
            open += u64::from(plain.is_open(moment));
        }
        prop_assert_eq!(calendar.open_time_between(from, to), minutes(open));
        // The due time is the first moment at which so much has passed.
        let due = calendar.add(from, minutes(open));
        prop_assert!(due <= to);
        prop_assert_eq!(calendar.open_time_between(from, due), minutes(open));
        if open > 0 {
            prop_assert!(plain.is_open(due - SignedDuration::from_mins(1)));
        }
    }

    #[test]
    fn adding_and_measuring_are_each_others_inverse((plain, day) in plain(), from in -9_000_000_000_000_i64..9_000_000_000_000, time in 0..3_000_000_000_000_000_u64) {
        let calendar = plain.calendar("c", 1);
        let from = minute_of(day, 0) + SignedDuration::from_micros(from / 1000);
        let time = std::time::Duration::from_nanos(time);
        let due = calendar.add(from, time);
        prop_assert!(due >= from);
        prop_assert_eq!(calendar.open_time_between(from, due), time);
        if !time.is_zero() {
            let before = due - SignedDuration::from_nanos(1);
            prop_assert!(calendar.open_time_between(from, before) < time, "no earlier moment will do");
        }
    }
}

#[test]
fn an_hour_that_is_skipped_has_no_open_time_and_one_that_comes_twice_is_open_twice() {
    let night = |zone: &str| {
        Calendar::form("night")
            .zone(zone)
            .open("mon-sun", "01:00-05:00")
            .build()
            .unwrap()
    };
    for (zone, spring, autumn) in [
        (
            "Europe/Athens",
            "2026-03-28T22:00:00Z",
            "2026-10-24T21:00:00Z",
        ),
        (
            "America/New_York",
            "2026-03-08T05:00:00Z",
            "2026-11-01T04:00:00Z",
        ),
        (
            "Europe/London",
            "2026-03-29T00:00:00Z",
            "2026-10-24T23:00:00Z",
        ),
    ] {
        let night = night(zone);
        let spring = at(spring);
        assert_eq!(
            night.open_time_between(spring, spring + 12.hours()),
            hours(3),
            "{zone}"
        );
        let autumn = at(autumn);
        assert_eq!(
            night.open_time_between(autumn, autumn + 12.hours()),
            hours(5),
            "{zone}"
        );
        // Four hours from the opening on: an hour of them lies in the next night.
        assert_eq!(night.add(spring, hours(3)), spring + 4.hours(), "{zone}");
        assert_eq!(night.add(autumn, hours(5)), autumn + 6.hours(), "{zone}");
    }
}

#[test]
fn half_an_hour_is_skipped_on_lord_howe_island() {
    let all = Calendar::form("c")
        .zone("Australia/Lord_Howe")
        .open("mon-sun", "00:00-24:00")
        .build()
        .unwrap();
    // Sunday 4 October 2026: clocks go from 2:00 to 2:30.
    let day = (at("2026-10-03T13:30:00Z"), at("2026-10-04T13:00:00Z"));
    assert_eq!(all.open_time_between(day.0, day.1), minutes(23 * 60 + 30));
    let night = Calendar::form("c")
        .zone("Australia/Lord_Howe")
        .open("sun", "02:00-03:00")
        .build()
        .unwrap();
    assert_eq!(night.open_time_between(day.0, day.1), minutes(30));
}

#[test]
fn hours_contain_their_beginning_and_not_their_end() {
    let day = Calendar::form("c")
        .open("mon", "09:00-17:00")
        .build()
        .unwrap();
    let monday = |time: &str| at(&format!("2026-11-30T{time}Z"));
    assert!(!day.is_open(monday("08:59:59.999999999")));
    assert!(day.is_open(monday("09:00:00")));
    assert!(day.is_open(monday("16:59:59.999999999")));
    assert!(!day.is_open(monday("17:00:00")));
    // What is used up to the last second ends when they close.
    assert_eq!(day.add(monday("09:00:00"), hours(8)), monday("17:00:00"));
    let more = day.add(
        monday("09:00:00"),
        hours(8) + std::time::Duration::from_nanos(1),
    );
    assert_eq!(more, at("2026-12-07T09:00:00.000000001Z"));
}

#[test]
fn a_night_shift_belongs_to_the_day_on_which_it_begins() {
    let bar = Calendar::form("bar")
        .open("fri-sat", "22:00-02:00")
        .closed_on(date(2026, 12, 5))
        .build()
        .unwrap();
    let friday = at("2026-12-04T20:00:00Z");
    // Friday's shift ends on Saturday, although no hours begin on that Saturday.
    assert_eq!(
        bar.open_time_between(friday, at("2026-12-07T00:00:00Z")),
        hours(4)
    );
    assert!(bar.is_open(at("2026-12-05T01:59:00Z")));
    assert!(!bar.is_open(at("2026-12-05T22:30:00Z")));
    assert!(!bar.is_open(at("2026-12-06T01:00:00Z")));
}

#[test]
fn hours_that_overlap_count_once() {
    let calendar = Calendar::form("c")
        .open("mon", "09:00-13:00")
        .open("mon-tue", "12:00-14:00")
        .open("sun", "23:00-10:00")
        .build()
        .unwrap();
    let monday = at("2026-11-30T00:00:00Z");
    assert_eq!(
        calendar.open_time_between(monday, monday + 24.hours()),
        hours(14)
    );
}

#[test]
fn years_are_as_exact_as_days() {
    let zone = TimeZone::get("Europe/Athens").unwrap();
    let office = Calendar::form("c")
        .zone("Europe/Athens")
        .open("mon-fri", "09:00-17:00")
        .build()
        .unwrap();
    let from = date(2000, 1, 3)
        .at(0, 0, 0, 0)
        .to_zoned(zone.clone())
        .unwrap();
    let to = date(2040, 1, 2).at(0, 0, 0, 0).to_zoned(zone).unwrap();
    let days = to.date().since(from.date()).unwrap().get_days();
    let open = hours(days as u64 / 7 * 5 * 8);
    assert_eq!(days % 7, 0);
    assert_eq!(
        office.open_time_between(from.timestamp(), to.timestamp()),
        open
    );
    let due = office.add(from.timestamp(), open);
    assert_eq!(
        due,
        at("2039-12-30T15:00:00Z"),
        "the last Friday closes at 17:00"
    );
}

#[test]
fn it_is_written_the_same_in_json_and_by_code() {
    let code = Calendar::form("shop")
        .version(2)
        .zone("Europe/Athens")
        .open("mon-thu", "09:00-13:00")
        .open("mon-thu", "14:00-18:00")
        .open("fri", "22:00-02:00")
        .open_on(date(2026, 12, 24), "09:00-12:00")
        .closed_on(date(2026, 12, 25))
        .build()
        .unwrap();
    let text = r#"{
        "id": "shop", "version": 2, "zone": "Europe/Athens",
        "weekly": {"mon-thu": ["09:00-13:00", "14:00-18:00"], "fri": ["22:00-02:00"]},
        "exceptions": {"2026-12-24": ["09:00-12:00"], "2026-12-25": []}
    }"#;
    let read: Calendar = sociable::serde_json::from_str(text).unwrap();
    assert_eq!(read, code);
    let again = sociable::serde_json::to_string(&code).unwrap();
    assert_eq!(
        sociable::serde_json::from_str::<Calendar>(&again).unwrap(),
        code
    );
    let word = text.replace("[]}", "\"closed\"}");
    let read: Calendar = sociable::serde_json::from_str(&word).unwrap();
    assert!(
        !read.is_open(at("2026-12-25T20:30:00Z")),
        "closed on that Friday evening"
    );
}

#[cfg(feature = "accounts")]
#[test]
fn the_form_in_the_documentation_is_toml() {
    let text = r#"
        id = "shop"
        version = 2
        zone = "Europe/Athens"
        [weekly]
        mon-thu = ["09:00-13:00", "14:00-18:00"]
        fri = ["09:00-15:00", "22:00-02:00"]
        [exceptions]
        2026-12-24 = ["09:00-12:00"]
        2026-12-25 = "closed"
    "#;
    use sociable::desk::clock::CalendarForm;
    let form: CalendarForm = toml::from_str(text).unwrap();
    let calendar = form.clone().build().unwrap();
    assert!(
        calendar.is_open(at("2026-11-27T23:30:00Z")),
        "Saturday, 1:30 in Athens"
    );
    let written = toml::to_string(&calendar).unwrap();
    assert_eq!(toml::from_str::<CalendarForm>(&written).unwrap(), form);
}
