//! Budgets against their plans.

use proptest::prelude::*;
use sociable::jiff::civil::{Date, date};
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{Timestamp, ToSpan};
use sociable::promo::{Amount, Budget, Dimension, Fact, Fraction, Layout};
use sociable::{Absent, Currency};

use crate::kit::{day, eur, hours, paid, tallied, usd};

fn november(day: i8) -> Date {
    date(2026, 11, day)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ten_days() -> Budget {
    Budget::new(eur("100"), november(1), november(10), TimeZone::UTC).unwrap()
}

#[test]
fn a_budget_as_planned_stands_at_one() {
    let spent: Vec<_> = (1..=4).map(|day| (november(day), eur("10"))).collect();
    let pacing = ten_days()
        .pacing(&spent, at("2026-11-05T00:00:00Z"))
        .unwrap();
    assert_eq!(pacing.spent, eur("40"));
    assert_eq!(pacing.expected, eur("40"));
    assert_eq!(pacing.ratio, Some(Fraction::whole(1)));
    assert_eq!(pacing.forecast, Some(eur("100")));
    assert_eq!(pacing.ends_on, None);
    assert_eq!(pacing.left, eur("60"));
    assert_eq!(pacing.per_day, Some(eur("10")));
    assert_eq!(pacing.days.last().unwrap().planned, eur("100"));
    assert!(pacing.words().starts_with("40.00 EUR of 100.00 EUR spent"));
}

#[test]
fn a_budget_that_runs_out_says_when() {
    let spent = [(november(1), eur("20")), (november(2), eur("20"))];
    let pacing = ten_days()
        .pacing(&spent, at("2026-11-03T00:00:00Z"))
        .unwrap();
    assert_eq!(pacing.ratio, Some(Fraction::whole(2)));
    assert_eq!(pacing.forecast, Some(eur("200")));
    assert_eq!(pacing.ends_on, Some(november(5)));
    assert_eq!(pacing.per_day, Some(eur("7.50")));
}

#[test]
fn days_that_are_missing_are_told_and_not_filled() {
    let spent = [(november(1), eur("10")), (november(3), eur("10"))];
    let pacing = ten_days()
        .pacing(&spent, at("2026-11-05T00:00:00Z"))
        .unwrap();
    assert_eq!(pacing.missing, [november(2), november(4)]);
    assert_eq!(pacing.spent, eur("20"));
    // Ten a day on the days that are told, for the six that are left.
    assert_eq!(pacing.forecast, Some(eur("80")));
    assert_eq!(pacing.days[1].spent, None);
    let none = ten_days().pacing(&[], at("2026-11-05T00:00:00Z")).unwrap();
    assert_eq!((none.forecast, none.ends_on), (None, None));
    assert_eq!(none.missing.len(), 4);
    assert_eq!(none.ratio, Some(Fraction::whole(0)));
}

#[test]
fn weights_of_weekdays_and_hours_shape_the_plan() {
    // Monday 2 November until Sunday; the week-end weighs as much as the five days before it.
    let budget = Budget::new(eur("100"), november(2), november(8), TimeZone::UTC).unwrap();
    let budget = budget.weekdays([2, 2, 2, 2, 2, 5, 5]);
    let pacing = budget.pacing(&[], at("2026-11-07T00:00:00Z")).unwrap();
    assert_eq!(pacing.expected, eur("50"));
    // All of a day is spent between noon and midnight.
    let mut hours = [0; 24];
    hours[12..].fill(1);
    let pacing = budget
        .clone()
        .hours(hours)
        .pacing(&[], at("2026-11-07T12:00:00Z"))
        .unwrap();
    assert_eq!(pacing.expected, eur("50"));
    let pacing = budget
        .clone()
        .hours(hours)
        .pacing(&[], at("2026-11-07T18:00:00Z"))
        .unwrap();
    assert_eq!(pacing.expected, eur("62.5"));
    let holiday = budget.day(november(7), 0);
    let pacing = holiday.pacing(&[], at("2026-11-08T00:00:00Z")).unwrap();
    assert_eq!(pacing.expected, eur("66.67"));
}

#[test]
fn days_with_a_changed_clock_have_as_many_hours_as_they_have() {
    let athens = TimeZone::get("Europe/Athens").unwrap();
    // On 25 October 2026 the clock goes back: 25 hours.
    let budget = Budget::new(eur("25"), date(2026, 10, 25), date(2026, 10, 25), athens).unwrap();
    let start = at("2026-10-24T21:00:00Z");
    for hour in 0..=25_i64 {
        let pacing = budget.pacing(&[], start + hour.hours()).unwrap();
        assert_eq!(pacing.expected, eur(&hour.to_string()), "{hour}");
    }
}

#[test]
fn before_and_after_the_plan_all_is_told() {
    let early = ten_days().pacing(&[], at("2026-10-30T12:00:00Z")).unwrap();
    assert_eq!((early.expected, early.ratio), (eur("0"), None));
    assert_eq!(early.per_day, Some(eur("10")));
    assert!(early.missing.is_empty());
    let all: Vec<_> = (1..=10).map(|day| (november(day), eur("12"))).collect();
    let late = ten_days().pacing(&all, at("2026-12-01T00:00:00Z")).unwrap();
    assert_eq!(late.expected, eur("100"));
    assert_eq!(late.left, eur("-20"));
    assert_eq!(late.per_day, None);
    assert_eq!(late.forecast, Some(eur("120")));
}

#[test]
fn wrong_plans_and_amounts_are_refused() {
    let plan = |total, from, to| Budget::new(total, from, to, TimeZone::UTC);
    assert!(plan(eur("1"), november(2), november(1)).is_err());
    assert!(plan(eur("0"), november(1), november(2)).is_err());
    assert!(plan(eur("-1"), november(1), november(2)).is_err());
    assert!(plan(eur("1"), date(1900, 1, 1), date(2026, 1, 1)).is_err());
    let now = at("2026-11-05T00:00:00Z");
    let other = ten_days().pacing(&[(november(1), usd("1"))], now);
    assert!(other.unwrap_err().message().contains("rate"));
    let nothing = ten_days().weekdays([0; 7]).pacing(&[], now);
    assert!(nothing.unwrap_err().message().contains("weight"));
    let outside = [
        (november(11), eur("1")),
        (date(2026, 10, 1), eur("1")),
        (november(7), eur("1")),
    ];
    let pacing = ten_days().pacing(&outside, now).unwrap();
    assert_eq!(pacing.outside.len(), 3);
    assert_eq!(pacing.spent, eur("0"));
}

#[test]
fn a_report_by_days_tells_what_a_budget_asks_for() {
    let row = |campaign: &str, number, spend: &str| {
        paid(campaign)
            .id(campaign)
            .period(day(number))
            .money(Fact::Spend, eur(spend))
    };
    let layout = || Layout::by([Dimension::Day, Dimension::Campaign]);
    let lacking = paid("cups")
        .id("cups")
        .period(day(1))
        .absent(Fact::Spend, Absent::NotYet);
    let rows = [
        row("tea", 0, "10"),
        row("cups", 0, "2.5"),
        row("tea", 1, "3"),
        lacking,
    ];
    let report = tallied(layout(), &rows).unwrap();
    // Of the second day a line lacks its spend: the day is not known.
    assert_eq!(
        report.spend_by_day().unwrap(),
        [(november(1), eur("12.50"))]
    );
    let spanning = paid("tea")
        .period(hours(0, 48))
        .money(Fact::Spend, eur("1"));
    let report = tallied(layout(), &[spanning]).unwrap();
    assert!(
        report
            .spend_by_day()
            .unwrap_err()
            .message()
            .contains("not of one day")
    );
    let report = tallied(Layout::by([Dimension::Campaign]), &rows).unwrap();
    assert!(
        report
            .spend_by_day()
            .unwrap_err()
            .message()
            .contains("not by days")
    );
    let two = row("tea", 0, "1").id("other").money(Fact::Spend, usd("1"));
    let report = tallied(layout(), &[row("tea", 0, "1"), two]).unwrap();
    assert!(
        report
            .spend_by_day()
            .unwrap_err()
            .message()
            .contains("rates")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_plan_is_spent_exactly_and_only_grows(
        cents in 1..100_000_000_i64,
        days in 1..60_i64,
        weights in proptest::array::uniform7(0..10_u32),
        minute in 0..200_000_i64,
        spent in proptest::collection::vec(0..1_000_000_i64, 0..60),
    ) {
        prop_assume!(weights.iter().all(|weight| *weight > 0));
        let total = Amount::new(i128::from(cents), 2, Currency::EUR).unwrap();
        let end = november(1).checked_add((days - 1).days()).unwrap();
        let budget = Budget::new(total, november(1), end, TimeZone::get("Europe/Athens").unwrap()).unwrap().weekdays(weights);
        let told: Vec<(Date, Amount)> = spent.iter().zip(0_i64..).map(|(cents, day)| {
            let amount = Amount::new(i128::from(*cents), 2, Currency::EUR).unwrap();
            (november(1).checked_add(day.days()).unwrap(), amount)
        }).collect();
        let now = at("2026-10-31T22:00:00Z") + minute.minutes();
        let pacing = budget.pacing(&told, now).unwrap();
        let later = budget.pacing(&told, now + 37.minutes()).unwrap();
        prop_assert!(pacing.expected.fraction() <= later.expected.fraction());
        prop_assert!(pacing.expected.fraction() <= total.fraction());
        prop_assert_eq!(pacing.days.last().unwrap().planned, total);
        prop_assert!(pacing.days.windows(2).all(|pair| pair[0].planned.fraction() <= pair[1].planned.fraction()));
        prop_assert_eq!(pacing.spent.plus(pacing.left).unwrap(), total);
        if let Some(per_day) = pacing.per_day {
            prop_assert!(!per_day.is_negative());
        }
        prop_assert!(!pacing.words().is_empty());
    }
}
