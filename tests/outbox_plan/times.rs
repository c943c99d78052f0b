//! Times as people write them, and what the change of clocks makes of them.

use sociable::jiff::Timestamp;
use sociable::outbox::PlannedTime;

use super::{at, one_fault, reader};

/// The moment that a sheet's time means in Athens.
fn read(time: &str) -> Timestamp {
    let plan = reader().csv(&sheet(time, "")).unwrap();
    match plan.posts[0].time {
        PlannedTime::At(moment) => moment,
        other => panic!("{time}: {other:?}"),
    }
}

fn sheet(time: &str, zone: &str) -> String {
    format!("account,time,zone,text\nshop,\"{time}\",{zone},Tea\n")
}

fn wrong(time: &str, says: &str) {
    one_fault(&sheet(time, ""), "line 2, `time`", says);
}

#[test]
fn each_way_of_writing_one_moment_means_it() {
    for text in [
        "2026-12-01 18:00",
        "2026-12-01T18:00:00",
        " 2026-12-01  18:00:00 ",
        "2026-12-01, 18:00",
        "2026/12/01 18:00",
        "2026-12-1 18:00",
        "01.12.2026 18:00",
        "1.12.2026 18:00",
        "2026-12-01T16:00:00Z",
        "2026-12-01t16:00:00.000z",
        "2026-12-01T18:00:00+02:00",
        "2026-12-01 18:00 +0200",
        "2026-12-01 18:00+02",
        "2026-12-01 11:00 -05:00",
    ] {
        assert_eq!(read(text), at("2026-12-01T16:00:00Z"), "{text}");
    }
    assert_eq!(read("2026-12-01 9:05:30.25"), at("2026-12-01T07:05:30.25Z"));
    let plan = reader().csv(&sheet("Now", "")).unwrap();
    assert_eq!(plan.posts[0].time, PlannedTime::Now);
}

#[test]
fn twenty_four_hours_are_the_midnight_at_the_end_of_the_day() {
    assert_eq!(read("2026-12-01 24:00"), read("2026-12-02 00:00"));
    assert_eq!(read("2026-12-31 24:00:00"), read("2027-01-01 0:00"));
    wrong("2026-12-01 24:01", "no time of day");
    wrong("2026-12-01 25:00", "no time of day");
}

#[test]
fn a_date_without_a_time_is_no_time() {
    wrong("2026-12-01", "write 2026-12-01 18:00");
    wrong("1.12.2026", "write 2026-12-01 18:00");
}

#[test]
fn a_date_that_may_be_two_is_told_with_both() {
    wrong("03/04/2027 18:00", "write 2027-04-03 or 2027-03-04");
    wrong("03-04-2027 18:00", "write 2027-04-03 or 2027-03-04");
    wrong("13/04/2027 18:00", "write 2027-04-13");
    wrong("04/04/2027 18:00", "write 2027-04-04");
}

#[test]
fn what_is_no_date_or_time_is_told_with_the_form() {
    wrong(
        "tomorrow",
        "`tomorrow` is no date: write it as 2026-11-30 or 30.11.2026",
    );
    wrong("30.11.26 18:00", "write it as 2026-11-30");
    wrong("2026-02-30 18:00", "not in the calendar");
    wrong("31.11.2026 18:00", "not in the calendar");
    wrong("40/40/2026 18:00", "not in the calendar");
    wrong("2026-12-01 6:00 PM", "24 hours");
    wrong("2026-12-01 18", "no time of day");
    wrong("2026-12-01 18:0", "no time of day");
    wrong("2026-12-01 18:00+99:00", "no offset from UTC");
    wrong("2026-12-01 18:00+02:75", "no offset from UTC");
    wrong("2026-12-01 18:00Z and more", "no offset from UTC");
    wrong("2026–12–01 18:00", "is no date");
}

#[test]
fn a_local_time_without_a_zone_is_told() {
    let reader = sociable::outbox::PlanReader::new(at("2026-11-30T08:00:00Z"));
    let found = super::told(reader.csv("account,time,text\nshop,2026-12-01 18:00,Tea\n"));
    assert!(found[0].1.contains("in which time zone"), "{found:?}");
    assert!(found[0].1.contains("2026-12-01 18:00 +02:00"), "{found:?}");
    reader
        .csv("account,time,text\nshop,2026-12-01 18:00Z,Tea\n")
        .unwrap();
}

#[test]
fn a_skipped_time_is_told_with_both_moments_and_each_can_be_written() {
    // On 28 March 2027 the clocks of Athens go from 3 to 4.
    wrong(
        "2027-03-28 03:30",
        "2027-03-28 03:30 does not exist in Europe/Athens, because the clocks are changed: write 2027-03-28 04:30+03:00 \
         or 2027-03-28 02:30+02:00, whichever is meant",
    );
    assert_eq!(read("2027-03-28 04:30+03:00"), at("2027-03-28T01:30:00Z"));
    assert_eq!(read("2027-03-28 02:30+02:00"), at("2027-03-28T00:30:00Z"));
}

#[test]
fn a_doubled_time_is_told_with_both_moments_and_each_can_be_written() {
    // On 31 October 2027 they go from 4 to 3.
    wrong(
        "2027-10-31 03:30",
        "comes twice in Europe/Athens, because the clocks are changed: write 2027-10-31 03:30+03:00 or \
         2027-10-31 03:30+02:00",
    );
    assert_eq!(read("2027-10-31 03:30+03:00"), at("2027-10-31T00:30:00Z"));
    assert_eq!(read("2027-10-31 03:30+02:00"), at("2027-10-31T01:30:00Z"));
    // Half an hour at Lord Howe: on 4 April 2027 from 2:00 to 1:30.
    one_fault(
        &sheet("2027-04-04 01:45", "Australia/Lord_Howe"),
        "line 2, `time`",
        "write 2027-04-04 01:45+11:00 or 2027-04-04 01:45+10:30",
    );
}

#[test]
fn a_row_may_name_its_own_zone() {
    let plan = reader()
        .csv(&sheet("2026-12-01 18:00", "Asia/Tokyo"))
        .unwrap();
    assert_eq!(plan.posts[0].times(), [at("2026-12-01T09:00:00Z")]);
    // An offset goes before it.
    let plan = reader()
        .csv(&sheet("2026-12-01 18:00Z", "Asia/Tokyo"))
        .unwrap();
    assert_eq!(plan.posts[0].times(), [at("2026-12-01T18:00:00Z")]);
}

#[test]
fn a_repeated_post_keeps_its_local_time_and_each_time_has_its_own_key() {
    let sheet = "account,time,text,repeat,until\nshop,2027-03-22 09:00,Tea,mon,2027-04-05\n";
    let plan = reader().csv(sheet).unwrap();
    let post = &plan.posts[0];
    let times = [
        at("2027-03-22T07:00:00Z"),
        at("2027-03-29T06:00:00Z"),
        at("2027-04-05T06:00:00Z"),
    ];
    assert_eq!(post.times(), times);
    assert_eq!(post.keys().len(), 3);
    let own = sheet
        .replace("account,", "key,account,")
        .replace("shop,", "tea,shop,");
    let keys = reader().csv(&own).unwrap().posts[0].keys();
    let named = [
        "tea@20270322T070000Z",
        "tea@20270329T060000Z",
        "tea@20270405T060000Z",
    ];
    assert_eq!(
        keys.iter().collect::<Vec<_>>(),
        named.iter().collect::<Vec<_>>()
    );
}

#[test]
fn a_repetition_goes_on_over_a_skipped_and_a_doubled_time() {
    let sheet = "account,time,text,repeat,until\nshop,2027-03-27 03:30,Tea,daily,2027-03-29\n\
                 news,2027-10-30 03:30,Tea,daily,2027-11-01\n";
    let plan = reader().csv(sheet).unwrap();
    let spring = [
        "2027-03-27T01:30:00Z",
        "2027-03-28T01:30:00Z",
        "2027-03-29T00:30:00Z",
    ]
    .map(at);
    assert_eq!(plan.posts[0].times(), spring);
    let autumn = [
        "2027-10-30T00:30:00Z",
        "2027-10-31T00:30:00Z",
        "2027-11-01T01:30:00Z",
    ]
    .map(at);
    assert_eq!(plan.posts[1].times(), autumn);
}
