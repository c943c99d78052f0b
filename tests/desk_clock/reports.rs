//! Reports: what every figure is made of, and what is left out.

use sociable::desk::clock::{
    Calendar, CaseEventKind as Kind, Policy, ReportQuery, Reported, Rules, Spread, Standing,
    Status, Target, TargetKind, report,
};
use sociable::{Period, Window};

use crate::{Log, at, hours, minutes};

fn asked(time: &str) -> Log {
    let policy = Policy::ten_minutes();
    Log::of("2026-11-30")
        .then(time, Kind::message("m1"))
        .policy(time, &policy)
}

fn told(cases: &[Standing]) -> sociable::desk::clock::Report {
    report(cases.iter().map(Reported::new), &ReportQuery::new()).unwrap()
}

#[test]
fn the_median_is_the_middle_and_the_ninetieth_the_nearest_rank() {
    let spread = |lengths: &[u64]| {
        let lengths = lengths.iter().map(|length| minutes(*length));
        Spread::of(lengths.collect(), Window::Lifetime)
    };
    let none = spread(&[]);
    assert_eq!(
        (
            none.count,
            none.median,
            none.p75,
            none.p90,
            none.mean,
            none.longest
        ),
        (0, None, None, None, None, None)
    );
    let one = spread(&[7]);
    assert_eq!(
        [one.median, one.p75, one.p90, one.mean],
        [Some(minutes(7)); 4]
    );
    let four = spread(&[9, 1, 3, 2]);
    assert_eq!(four.median, Some(crate::Duration::from_secs(150)));
    assert_eq!(
        (four.p75, four.p90, four.longest),
        (Some(minutes(3)), Some(minutes(9)), Some(minutes(9)))
    );
    let ten = spread(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 100]);
    assert_eq!(ten.p90, Some(minutes(9)));
    assert_eq!(ten.mean, Some(crate::Duration::from_secs(870)));
    assert_eq!((ten.count, ten.total), (10, minutes(145)));
}

#[test]
fn nothing_is_divided_by_nothing() {
    let all = told(&[]).all;
    assert_eq!(all.cases, 0);
    assert_eq!(all.answered.value(), None);
    assert_eq!(all.reopened.value(), None);
    assert_eq!(all.first_within[0].share.value(), None);
    assert!(all.targets.is_empty());
}

#[test]
fn answers_are_counted_within_five_ten_and_sixty_minutes_of_all_that_are_decided() {
    let rules = Rules::new();
    let cases = [
        asked("09:00")
            .then("09:05", Kind::reply("r"))
            .standing(&rules, "12:00"),
        asked("09:00")
            .then("09:05:01", Kind::reply("r"))
            .standing(&rules, "12:00"),
        asked("09:00")
            .then("09:59", Kind::reply("r"))
            .standing(&rules, "12:00"),
        asked("11:52").standing(&rules, "12:00"), // Waits for eight minutes: more than five, and no ten yet.
        asked("09:00")
            .then("09:30", Kind::status(Status::Spam))
            .standing(&rules, "12:00"),
    ];
    let all = told(&cases).all;
    let within: Vec<_> = all
        .first_within
        .iter()
        .map(|w| (w.minutes, w.share.numerator, w.share.denominator))
        .collect();
    assert_eq!(within, [(5, 1, 4), (10, 2, 3), (60, 3, 3)]);
    let first = &all.targets[&TargetKind::First];
    assert_eq!(
        (first.kept.numerator, first.kept.denominator, first.open),
        (2, 3, 1)
    );
    assert_eq!(first.over.longest, Some(minutes(49)));
}

#[test]
fn what_is_open_and_late_is_a_miss_at_once() {
    let case = [asked("09:00").standing(&Rules::new(), "09:10:01")];
    let kept = told(&case).all.targets[&TargetKind::First].kept;
    assert_eq!((kept.numerator, kept.denominator), (0, 1));
    let case = [asked("09:00").standing(&Rules::new(), "09:10")];
    assert_eq!(
        told(&case).all.targets[&TargetKind::First].kept.value(),
        None,
        "at its due time it can still be kept"
    );
}

#[test]
fn spam_thanks_and_questions_taken_back_are_counted_and_in_no_rate_of_answers() {
    let rules = Rules::new();
    let cases = [
        asked("09:00")
            .then("09:05", Kind::reply("r"))
            .standing(&rules, "12:00"),
        asked("09:00").standing(&rules, "12:00"),
        asked("09:00")
            .then("09:30", Kind::status(Status::Spam))
            .then("09:31", Kind::status(Status::Resolved))
            .standing(&rules, "12:00"),
        asked("09:00")
            .then("09:30", Kind::status(Status::NoAnswerNeeded))
            .standing(&rules, "12:00"),
        asked("09:00")
            .then("09:05", Kind::deleted("m1"))
            .standing(&rules, "12:00"),
    ];
    let all = told(&cases).all;
    assert_eq!((all.answered.numerator, all.answered.denominator), (1, 2));
    assert_eq!(
        (all.cases, all.spam, all.no_answer_needed, all.withdrawn),
        (5, 1, 1, 1)
    );
    let first = &all.targets[&TargetKind::First];
    assert_eq!(
        (
            first.kept.numerator,
            first.kept.denominator,
            first.fell_away
        ),
        (1, 2, 1)
    );
    // Spam that somebody closed is still spam, and no solved case.
    assert_eq!(all.reopened.denominator, 0);
}

#[test]
fn cases_reopened_within_seven_days_of_those_solved() {
    let rules = Rules::new();
    let solved = || {
        asked("09:00")
            .then("09:05", Kind::reply("r"))
            .then("10:00", Kind::status(Status::Resolved))
    };
    let cases = [
        solved().standing(&rules, "2026-12-30T00:00:00Z"),
        solved()
            .then("2026-12-07T10:00:00Z", Kind::message("m2"))
            .standing(&rules, "2026-12-30T00:00:00Z"),
        solved()
            .then("2026-12-07T10:00:01Z", Kind::message("m2"))
            .standing(&rules, "2026-12-30T00:00:00Z"),
        asked("09:00").standing(&rules, "2026-12-30T00:00:00Z"),
    ];
    let all = told(&cases).all;
    assert_eq!((all.reopened.numerator, all.reopened.denominator), (1, 3));
    assert_eq!(all.handling.median, Some(minutes(55)));
    assert_eq!(all.first_resolution.count, 3);
}

#[test]
fn by_network_agent_and_hour_of_the_week_in_a_zone() {
    let rules = Rules::new();
    // A Sunday, 22:30 in UTC, is the first hour of the Monday in Athens.
    let night = Log::of("2026-11-29")
        .then("22:30", Kind::message("m1"))
        .policy("22:30", &Policy::ten_minutes())
        .then("22:31", Kind::assigned("ann"))
        .then("22:34", Kind::reply("r"))
        .by("bob")
        .standing(&rules, "23:59");
    let day = asked("09:00")
        .then("09:30", Kind::reply("r"))
        .by("ann")
        .standing(&rules, "12:00");
    let cases = [
        Reported::new(&night).network("vk"),
        Reported::new(&day).network("bluesky"),
    ];
    let told = report(cases, &ReportQuery::new().zone("Europe/Athens")).unwrap();
    assert_eq!(told.networks["vk"].first_response.median, Some(minutes(4)));
    assert_eq!(
        told.networks["bluesky"].first_response.median,
        Some(minutes(30))
    );
    assert_eq!(
        told.agents["bob"].first_response.median,
        Some(minutes(4)),
        "who answered"
    );
    assert_eq!(told.agents["ann"].first_response.median, Some(minutes(30)));
    assert_eq!(told.agents["ann"].cases, 1, "who is to deal with it");
    assert_eq!(told.hours.keys().copied().collect::<Vec<_>>(), [0, 11]);
    let error = report(cases, &ReportQuery::new().zone("Mars/Olympus")).unwrap_err();
    assert!(error.to_string().contains("no time zone"), "{error}");
}

#[test]
fn lengths_are_clipped_to_business_hours_and_the_time_of_the_answer_is_a_filter() {
    let office = Calendar::form("office")
        .open("mon-fri", "09:00-17:00")
        .build()
        .unwrap();
    let policy = Policy::new("p", 1)
        .first(Target::minutes(10))
        .calendar(office.reference());
    let rules = Rules::new().policy(policy.clone()).calendar(office);
    let night = Log::of("2026-11-29")
        .then("23:00", Kind::message("m1"))
        .policy("23:00", &policy)
        .then("2026-11-30T02:00:00Z", Kind::reply("r"))
        .standing(&rules, "2026-11-30T12:00:00Z");
    let day = Log::of("2026-11-30")
        .then("08:00", Kind::message("m1"))
        .policy("08:00", &policy)
        .then("09:07", Kind::reply("r"))
        .standing(&rules, "12:00");
    let cases = [night, day];
    let clipped = told(&cases).all.first_response;
    assert_eq!((clipped.count, clipped.longest), (2, Some(minutes(7))));
    let query = ReportQuery::new().only_in_hours();
    let filtered = report(cases.iter().map(Reported::new), &query)
        .unwrap()
        .all
        .first_response;
    assert_eq!((filtered.count, filtered.median), (1, Some(minutes(7))));
}

#[test]
fn a_period_holds_what_began_in_it_and_stands_on_every_figure() {
    let rules = Rules::new();
    let cases = [
        asked("08:59:59")
            .then("09:30", Kind::reply("r"))
            .standing(&rules, "12:00"),
        asked("09:00")
            .then("11:30", Kind::reply("r"))
            .standing(&rules, "12:00"),
        asked("10:00")
            .then("10:01", Kind::reply("r"))
            .standing(&rules, "12:00"),
    ];
    let period = Period::new(at("2026-11-30T09:00:00Z"), at("2026-11-30T10:00:00Z"));
    let told = report(
        cases.iter().map(Reported::new),
        &ReportQuery::new().period(period),
    )
    .unwrap();
    assert_eq!(told.window, Window::Period(period));
    assert_eq!(told.all.cases, 1);
    assert_eq!(told.all.first_response.median, Some(minutes(150)));
    assert_eq!(told.all.first_response.window, Window::Period(period));
    assert_eq!(told.all.answered.window, Window::Period(period));
}

#[test]
fn what_a_search_found_late_is_told_from_both_beginnings() {
    let rules = Rules::new();
    let found = [Log::of("2026-11-30")
        .then("09:00", Kind::message("m1"))
        .then("12:00", Kind::detected("m1"))
        .policy("12:00", &Policy::ten_minutes())
        .then("12:04", Kind::reply("r"))
        .standing(&rules, "13:00")];
    let posted = told(&found).all;
    assert_eq!(posted.first_response.median, Some(hours(3) + minutes(4)));
    assert_eq!(posted.targets[&TargetKind::First].kept.numerator, 0);
    assert_eq!(posted.detection.median, Some(hours(3)));
    let query = ReportQuery::new().from_detection();
    let detected = report(found.iter().map(Reported::new), &query).unwrap().all;
    assert_eq!(detected.first_response.median, Some(minutes(4)));
    assert_eq!(detected.targets[&TargetKind::First].kept.numerator, 1);
}
