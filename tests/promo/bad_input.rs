//! What is wrong with a report, and what is said of it.

use sociable::jiff::civil::date;
use sociable::promo::{
    Amount, Comparing, Dimension, Fact, Fraction, Layout, Measure, Rate, Reported, Row, Tally,
    Told, Warning,
};
use sociable::{Currency, ErrorKind, Money, Period};

use crate::kit::{day, eur, paid, tallied, warned};

fn campaigns() -> Layout {
    Layout::by([Dimension::Campaign])
}

#[test]
fn a_negative_spend_is_a_correction_that_is_told_or_refused() {
    let rows = [
        paid("tea")
            .id("a")
            .period(day(1))
            .money(Fact::Spend, eur("10")),
        // Of the same id and day: a correction is no repeat.
        paid("tea")
            .id("a")
            .period(day(1))
            .money(Fact::Spend, eur("-2.50")),
    ];
    let report = tallied(campaigns(), &rows).unwrap();
    assert_eq!(report.total.amounts(Fact::Spend), [eur("7.50")]);
    assert_eq!(warned(&report, "correction"), 1);
    assert_eq!(warned(&report, "repeated"), 0);
    let error = tallied(campaigns().refuse_corrections(), &rows).unwrap_err();
    assert!(error.message().contains("negative spend"), "{error}");
    // A loss is no correction.
    let loss = paid("tea").money(Fact::Profit, eur("-3"));
    let report = tallied(campaigns().refuse_corrections(), &[loss]).unwrap();
    assert_eq!(report.total.amounts(Fact::Profit), [eur("-3")]);
}

#[test]
fn a_refused_row_leaves_nothing_behind() {
    let mut tally = Tally::new(campaigns().refuse_corrections()).unwrap();
    let bad = paid("tea")
        .id("a")
        .period(day(1))
        .money(Fact::Spend, eur("-1"))
        .count(Fact::Clicks, 5);
    tally.push(&bad).unwrap_err();
    let good = paid("tea")
        .id("a")
        .period(day(1))
        .money(Fact::Spend, eur("1"))
        .count(Fact::Clicks, 2);
    tally.push(&good).unwrap();
    let report = tally.finish().unwrap();
    assert_eq!(report.total.count(Fact::Clicks), Some(2));
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn more_clicks_than_impressions_and_more_reach_are_told() {
    let row = paid("tea")
        .count(Fact::Impressions, 10)
        .count(Fact::Clicks, 20)
        .count(Fact::LinkClicks, 30)
        .count(Fact::Reach, 11);
    let report = tallied(campaigns(), &[row]).unwrap();
    assert_eq!(warned(&report, "impossible"), 4);
    // The figures stay what they are.
    assert_eq!(
        report.total.get(Measure::CtrAllClicks).unwrap().shown(),
        "200.00 %"
    );
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    let period = Period::new(day(2).until, day(1).since);
    let error = tallied(campaigns(), &[paid("tea").period(period)]).unwrap_err();
    assert!(error.message().contains("ends before it begins"));
}

#[test]
fn money_as_a_count_is_refused() {
    let mut row = paid("tea");
    row.facts.insert(Fact::Spend, Told::Count(3));
    let error = tallied(campaigns(), &[row]).unwrap_err();
    assert!(error.message().contains("spend is money"), "{error}");
    let row = paid("tea").money(Fact::Clicks, eur("1"));
    assert!(tallied(campaigns(), &[row]).is_err());
}

#[test]
fn sums_that_are_too_large_are_errors_and_no_wraps() {
    let most = Amount::new(i128::MAX, 0, Currency::EUR).unwrap();
    assert!(
        most.plus(eur("1"))
            .unwrap_err()
            .message()
            .contains("too large")
    );
    let row = |id: &str| paid("tea").id(id).money(Fact::Spend, most);
    let error = tallied(campaigns(), &[row("a"), row("b")]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Config));
    // One alone is told; what is computed of it has no value that fits.
    let one = row("a").count(Fact::Impressions, 3);
    let report = tallied(campaigns(), &[one]).unwrap();
    let figure = report.total.get(Measure::Cpm).unwrap();
    assert!(figure.value().is_none() && figure.why().is_some());
    assert!(Amount::try_from(Money::minor(1, Currency::EUR)).is_ok());
    let mut fine = Money::minor(1, Currency::EUR);
    fine.scale = 12;
    assert!(
        Amount::try_from(fine)
            .unwrap_err()
            .message()
            .contains("billionth")
    );
}

#[test]
fn no_number_is_ever_read_from_what_is_none() {
    for bad in ["NaN", "inf", "1e5", "", "1,5", "1.", "--1", "1 000", "٣"] {
        assert_eq!(Reported::parse(bad), None, "{bad}");
        assert_eq!(Amount::parse(bad, "EUR"), None, "{bad}");
        assert!(
            Rate::new("USD", "EUR", bad, date(2026, 1, 1), "x").is_err(),
            "{bad}"
        );
    }
    assert_eq!(Fraction::new(1, 0), None);
    assert_eq!(Fraction::new(1, i128::MIN), None);
    assert!(serde_json::from_str::<Fraction>(r#"{"numerator":"1","denominator":"0"}"#).is_err());
    assert!(Rate::new("USD", "EUR", "0", date(2026, 1, 1), "x").is_err());
    assert!(Rate::new("USD", "EUR", "-1", date(2026, 1, 1), "x").is_err());
    assert!(Rate::new("USDX", "EUR", "1", date(2026, 1, 1), "x").is_err());
}

#[test]
fn layouts_that_contradict_themselves_are_refused() {
    let rate = |to: &str, worth: &str| Rate::new("USD", to, worth, date(2026, 1, 1), "x").unwrap();
    for (layout, says) in [
        (Layout::by([Dimension::Day, Dimension::Day]), "twice"),
        (campaigns().measures([Measure::Cpm, Measure::Cpm]), "twice"),
        (
            campaigns().rate(rate("EUR", "1")),
            "no currency to convert to",
        ),
        (
            campaigns()
                .convert_to(Currency::EUR)
                .rate(rate("EUR", "1"))
                .rate(rate("EUR", "2")),
            "two rates",
        ),
        (
            campaigns()
                .same(Dimension::Campaign, "a", "b")
                .same(Dimension::Campaign, "b", "c"),
            "means another",
        ),
        (campaigns().same(Dimension::Day, "a", "b"), "join by names"),
        (campaigns().most_lines(0), "one line"),
    ] {
        let error = Tally::new(layout).unwrap_err();
        assert!(error.message().contains(says), "{error}");
    }
}

#[test]
fn comparisons_out_of_range_are_refused() {
    for measure in [
        Measure::Cpm,
        Measure::Roas,
        Measure::Frequency,
        Measure::Fact(Fact::Spend),
    ] {
        assert!(Comparing::new(measure).is_err(), "{measure}");
    }
    let comparing = Comparing::new(Measure::CtrLinkClicks).unwrap();
    for bad in [
        comparing.clone().confidence(1.0),
        comparing.clone().confidence(f64::NAN),
        comparing.clone().power(0.2),
        comparing.clone().least_effect(0.0),
        comparing.clone().least_effect(f64::INFINITY),
        comparing.looks(0_u32),
    ] {
        assert!(bad.arms(&[]).is_err());
    }
}

#[test]
fn warnings_of_one_kind_are_bounded_and_the_rest_is_counted() {
    let rows: Vec<Row> = (0..50)
        .map(|at| paid("tea").id(at.to_string()).money(Fact::Spend, eur("-1")))
        .collect();
    let report = tallied(campaigns(), &rows).unwrap();
    assert_eq!(warned(&report, "correction"), 20);
    let more =
        |w: &&Warning| matches!(w, Warning::More { kind, count: 30, .. } if kind == "correction");
    assert_eq!(report.warnings.iter().filter(more).count(), 1);
}
