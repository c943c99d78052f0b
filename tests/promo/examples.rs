//! What the examples tell of money that a network keeps silent of.

use sociable::jiff::civil::date;
use sociable::promo::{Dimension, Fact, Layout, Row};
use sociable::{Absent, Currency};

use crate::kit::{day, eur, paid, tallied, usd};

#[path = "../../examples/manager/costs.rs"]
mod costs;

fn rows() -> [Row; 4] {
    let of = |campaign: &str, number| paid(campaign).id(campaign).period(day(number));
    [
        of("tea", 0).money(Fact::Spend, eur("10")),
        of("cups", 0).money(Fact::Spend, usd("2.50")),
        of("tea", 1).money(Fact::Spend, eur("3")),
        of("cups", 1).absent(Fact::Spend, Absent::NotYet),
    ]
}

#[test]
fn a_sum_that_a_row_is_silent_of_is_told_as_not_told() {
    let layout = || Layout::by([Dimension::Campaign]);
    let whole = tallied(layout(), &rows()[..3]).unwrap();
    assert_eq!(
        costs::spent(&whole.total).unwrap(),
        [eur("13"), usd("2.50")]
    );
    let lacking = tallied(layout(), &rows()).unwrap();
    let why = costs::spent(&lacking.total).unwrap_err();
    assert_eq!(why.to_string(), "a row does not tell spend");
    let silent = tallied(layout(), &[paid("tea").count(Fact::Clicks, 3)]).unwrap();
    let why = costs::spent(&silent.total).unwrap_err();
    assert_eq!(why.to_string(), "no row tells spend");
}

#[test]
fn a_day_that_a_row_is_silent_of_is_missing_and_not_cheap() {
    let days = tallied(Layout::by([Dimension::Day]), &rows()).unwrap();
    let first = date(2026, 11, 1);
    assert_eq!(
        costs::spent_on(&days, Currency::EUR),
        [(first, eur("10"))],
        "of the second day a row does not tell what it cost"
    );
    assert_eq!(
        costs::spent_on(&days, Currency::USD),
        [(first, usd("2.50"))]
    );
}
