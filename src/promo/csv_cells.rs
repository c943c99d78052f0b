//! What stands in the cells of a file of rows.

use jiff::civil::{Date, Time};
use jiff::fmt::temporal::Pieces;
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

/// What a cell says of time.
enum When {
    Day(Date),
    Moment(Timestamp),
}

impl When {
    /// A date alone is a day; a time without an offset is one of the zone's clock.
    fn read(text: &str, zone: &TimeZone) -> std::result::Result<Self, String> {
        if let Some(day) = date_alone(text) {
            return Ok(Self::Day(day));
        }
        if let Ok(moment) = text.parse() {
            return Ok(Self::Moment(moment));
        }
        let short: String = text.chars().take(40).collect();
        // What is neither is not guessed at: a date would be taken from it, and the rest lost.
        let Some(bare) = bare(text) else {
            return Err(format!(
                "`{short}` is no time: write 2026-11-30, or 2026-11-30T10:00:00Z"
            ));
        };
        let Some(time) = bare.time() else {
            return Ok(Self::Day(bare.date()));
        };
        // An hour that the clock shows twice would make one row of two.
        let moment = zone.to_ambiguous_timestamp(bare.date().to_datetime(time));
        moment.unambiguous().map(Self::Moment).map_err(|_| {
            format!(
                "the clock of {} shows `{short}` twice or never: write its offset, such as 2026-11-30T10:00:00+01:00",
                zone.iana_name().unwrap_or("the zone")
            )
        })
    }
}

/// What most cells are, read without a look at what else they might be.
fn date_alone(text: &str) -> Option<Date> {
    (text.len() == "2026-11-30".len())
        .then(|| text.parse().ok())
        .flatten()
}

/// A date, with or without a time, and nothing that says where.
fn bare(text: &str) -> Option<Pieces<'_>> {
    let pieces = Pieces::parse(text).ok()?;
    (pieces.offset().is_none() && pieces.time_zone_annotation().is_none()).then_some(pieces)
}

/// The day of a cell. Spreadsheets write a day with a midnight behind it.
fn date(text: &str) -> Option<Date> {
    if let Some(day) = date_alone(text) {
        return Some(day);
    }
    let bare = bare(text)?;
    let whole = bare.time().is_none_or(|time| time == Time::midnight());
    whole.then(|| bare.date())
}

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
    match (day, from, until) {
        (None, None, None) => Ok(None),
        (Some(day), None, None) => {
            let date = date(day).ok_or_else(|| {
                let short: String = day.chars().take(40).collect();
                let message = format!(
                    "`{short}` is no day: write 2026-11-30, or times in `from` and `until`"
                );
                ("day", message)
            })?;
            Ok(Some(Period::new(start("day", date)?, next("day", date)?)))
        }
        (None, Some(from), Some(until)) => {
            let since = match When::read(from, zone).map_err(|message| ("from", message))? {
                When::Moment(moment) => moment,
                When::Day(date) => start("from", date)?,
            };
            let end = match When::read(until, zone).map_err(|message| ("until", message))? {
                When::Moment(moment) => moment,
                When::Day(date) => next("until", date)?,
            };
            if end < since {
                return Err(("until", "it lies before `from`".to_owned()));
            }
            // Whoever writes one midnight twice means its day.
            if end == since && until.parse::<Timestamp>().is_err() {
                let message = "it is the moment of `from`: write dates alone for a whole day";
                return Err(("until", message.to_owned()));
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
