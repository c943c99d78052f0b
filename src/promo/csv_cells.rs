//! What stands in the cells of a file of rows.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::amount::Amount;
use super::fact::{Fact, Told};
use crate::model::{Absent, Currency, Period, Source};

pub(super) fn source(word: &str) -> Source {
    match word {
        "public" => Source::Public,
        "owner" => Source::Owner,
        "organic" => Source::Organic,
        "promoted" => Source::Promoted,
        "derived" => Source::Derived,
        other => Source::Other(other.to_owned()),
    }
}

pub(super) fn told(
    fact: Fact,
    cell: &str,
    currency: Option<Currency>,
) -> std::result::Result<Told, String> {
    if cell.is_empty() {
        return Ok(Told::Absent(Absent::Other("the cell is empty".to_owned())));
    }
    if !fact.is_money() {
        let count = cell.parse().map(Told::Count);
        return count.map_err(|_| {
            format!("`{cell}` is no count: write digits alone, without a mark between thousands")
        });
    }
    let (number, code) = match cell.split_once(' ') {
        Some((number, code)) => (number, Currency::new(code.trim())),
        None => (cell, currency),
    };
    let Some(code) = code else {
        return Err(format!(
            "`{cell}` has no currency: add a column `currency`, or write it behind the number"
        ));
    };
    Amount::parse(number, code.as_str()).map(Told::Money).ok_or_else(|| {
        format!("`{cell}` is no amount: write it with a point and at most nine places, such as 1234.56")
    })
}

type At = (&'static str, String);

/// A row's period: a day, or from one until another.
pub(super) fn period(
    day: Option<&str>,
    from: Option<&str>,
    until: Option<&str>,
    zone: &TimeZone,
) -> std::result::Result<Option<Period>, At> {
    let start = |column: &'static str, date: Date| {
        let start = date.to_zoned(zone.clone()).map(|at| at.timestamp());
        start.map_err(|_| (column, format!("{date} lies outside of the calendar")))
    };
    let next = |column: &'static str, date: Date| {
        let next = date.checked_add(1.day());
        let next = next.map_err(|_| (column, format!("{date} lies outside of the calendar")))?;
        start(column, next)
    };
    let wrong = |column: &'static str, text: &str| {
        let short: String = text.chars().take(40).collect();
        (
            column,
            format!("`{short}` is no time: write 2026-11-30, or 2026-11-30T10:00:00Z"),
        )
    };
    match (day, from, until) {
        (None, None, None) => Ok(None),
        (Some(day), None, None) => {
            let date: Date = day.parse().map_err(|_| wrong("day", day))?;
            Ok(Some(Period::new(start("day", date)?, next("day", date)?)))
        }
        (None, Some(from), Some(until)) => {
            let since = match from.parse::<Timestamp>() {
                Ok(moment) => moment,
                Err(_) => start("from", from.parse().map_err(|_| wrong("from", from))?)?,
            };
            let end = match until.parse::<Timestamp>() {
                Ok(moment) => moment,
                Err(_) => next("until", until.parse().map_err(|_| wrong("until", until))?)?,
            };
            if end < since {
                return Err(("until", "it lies before `from`".to_owned()));
            }
            Ok(Some(Period::new(since, end)))
        }
        (Some(_), _, _) => Err((
            "day",
            "a row has a day, or from and until, not both".to_owned(),
        )),
        (None, Some(_), None) => Err(("until", "there is a beginning without an end".to_owned())),
        (None, None, Some(_)) => Err(("from", "there is an end without a beginning".to_owned())),
    }
}
