//! Moments as people write them, and what a clock change makes of them.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Span, SpanRelativeTo, Timestamp, ToSpan};

/// How a time is to be written, for messages.
const FORM: &str = "2026-11-30 18:00";

/// A zone by its name in the IANA list.
pub(super) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name.trim()).map_err(|_| {
        format!(
            "`{}` is no time zone: write its name in the IANA list, such as Europe/Athens or UTC",
            name.trim()
        )
    })
}

/// The moment that a text means: in its own offset if it has one, else in the zone.
pub(super) fn moment(text: &str, zone: Option<&TimeZone>) -> Result<Timestamp, String> {
    let text = text.trim();
    let (day_part, rest) = split(text);
    let date = day(day_part)?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Err(format!("`{text}` has no time of day: write {date} 18:00"));
    }
    let (clock, offset) = split_offset(rest);
    let at = date_time(date, clock).ok_or_else(|| {
        format!(
            "`{text}` has no time of day that can be read: write it in 24 hours, such as {FORM}"
        )
    })?;
    if let Some(offset) = offset {
        let offset = read_offset(offset).ok_or_else(|| {
            format!(
                "`{text}` ends with no offset from UTC: write Z or +02:00 there, or leave it out"
            )
        })?;
        return offset
            .to_timestamp(at)
            .map_err(|_| format!("`{text}` lies beyond all calendars: write another year"));
    }
    let zone = zone.ok_or_else(|| {
        format!(
            "`{text}` does not say in which time zone: name one in the column `zone` or for the whole plan, or add an \
             offset: {} +02:00",
            at.strftime("%Y-%m-%d %H:%M")
        )
    })?;
    in_zone(at, zone)
}

fn in_zone(at: DateTime, zone: &TimeZone) -> Result<Timestamp, String> {
    let beyond = |_| format!("{at} lies beyond all calendars: write another year");
    let offset = zone.to_ambiguous_timestamp(at).offset();
    let (before, after, what) = match offset {
        AmbiguousOffset::Unambiguous { offset } => {
            return offset.to_timestamp(at).map_err(beyond);
        }
        AmbiguousOffset::Gap { before, after } => (before, after, "does not exist"),
        AmbiguousOffset::Fold { before, after } => (before, after, "comes twice"),
    };
    let told = |offset: Offset| {
        let moment = offset.to_timestamp(at).map_err(beyond)?;
        Ok::<_, String>(written(moment, Some(zone)))
    };
    let (one, other) = (told(before)?, told(after)?);
    let name = zone.iana_name().unwrap_or("this zone");
    Err(format!(
        "{} {what} in {name}, because the clocks are changed: write {one} or {other}, whichever is meant",
        at.strftime("%Y-%m-%d %H:%M")
    ))
}

/// A moment in the form that this module reads, with its offset in a zone.
pub(super) fn written(at: Timestamp, zone: Option<&TimeZone>) -> String {
    let local = at.to_zoned(zone.cloned().unwrap_or(TimeZone::UTC));
    let whole = |form: &str| local.strftime(form).to_string();
    // Some zones of the past stood at an offset with seconds.
    let offset = if local.offset().seconds() % 60 == 0 {
        "%:z"
    } else {
        "%::z"
    };
    let clock = if local.subsec_nanosecond() != 0 {
        "%H:%M:%S%.f"
    } else if local.second() != 0 {
        "%H:%M:%S"
    } else {
        "%H:%M"
    };
    whole(&format!("%Y-%m-%d {clock}{offset}"))
}

/// The date and what follows it. What does not begin as a date is taken whole, to be told as it is written.
fn split(text: &str) -> (&str, &str) {
    let begins = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text
        .find(['T', 't', ' ', ','])
        .filter(|_| begins)
        .unwrap_or(text.len());
    let (day, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (day, rest.trim_start_matches(['T', 't', ' ', ',']))
}

/// A calendar day, where it can be read in one way alone.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let wrong = || format!("`{text}` is no date: write it as 2026-11-30 or 30.11.2026");
    let no_such = || format!("`{text}` is not in the calendar: write another day");
    let Some(mark) = text.chars().find(|c| !c.is_ascii_digit()) else {
        return Err(wrong());
    };
    let parts: Vec<&str> = text.split(mark).collect();
    let [a, b, c] = parts.as_slice() else {
        return Err(wrong());
    };
    let number = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        (digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i16>().ok())
            .flatten()
    };
    let date = |year: i16, month: i16, day: i16| {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        Date::new(year, month, day).ok()
    };
    if let (Some(year), Some(month), Some(day)) =
        (number(a, 4..=4), number(b, 1..=2), number(c, 1..=2))
    {
        return match mark {
            '-' | '/' => date(year, month, day).ok_or_else(no_such),
            _ => Err(wrong()),
        };
    }
    let (Some(a), Some(b), Some(year)) = (number(a, 1..=2), number(b, 1..=2), number(c, 4..=4))
    else {
        return Err(wrong());
    };
    match mark {
        '.' => date(year, b, a).ok_or_else(no_such),
        '/' | '-' => {
            let both = [date(year, b, a), date(year, a, b)];
            let readings: Vec<String> = both.iter().flatten().map(Date::to_string).collect();
            match readings.as_slice() {
                [one, other] if one != other => Err(format!(
                    "`{text}` may be the one or the other day: write {one} or {other}"
                )),
                [one, ..] => Err(format!(
                    "`{text}` is written in an order that not all read alike: write {one}"
                )),
                [] => Err(no_such()),
            }
        }
        _ => Err(wrong()),
    }
}

/// A time of day and an offset behind it.
fn split_offset(text: &str) -> (&str, Option<&str>) {
    match text.find(['+', '-', 'Z', 'z', '\u{2212}']) {
        Some(at) => {
            let (clock, offset) = text.split_at_checked(at).unwrap_or((text, ""));
            (clock.trim_end(), Some(offset))
        }
        None => (text, None),
    }
}

/// A date with a time of it; 24:00 is the midnight at its end, as ISO 8601 has it.
fn date_time(date: Date, clock: &str) -> Option<DateTime> {
    if matches!(clock, "24:00" | "24:00:00") {
        return Some(
            date.checked_add(1.day())
                .ok()?
                .to_datetime(Time::midnight()),
        );
    }
    clock_time(clock).map(|time| date.to_datetime(time))
}

/// A time of day: hours and minutes, with seconds and their decimals where they are written.
pub(super) fn clock_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute) = (two(parts.next()?, 1)?, two(parts.next()?, 2)?);
    let (second, nanos) = match parts.next() {
        None => (0, 0),
        Some(part) => match part.split_once(['.', ',']) {
            None => (two(part, 2)?, 0),
            Some((second, decimals)) => (two(second, 2)?, nanoseconds(decimals)?),
        },
    };
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, nanos).ok()
}

fn two(text: &str, least: usize) -> Option<i8> {
    let good = (least..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

fn nanoseconds(decimals: &str) -> Option<i32> {
    if decimals.is_empty() || decimals.len() > 9 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{decimals:0<9}").parse().ok()
}

fn read_offset(text: &str) -> Option<Offset> {
    if matches!(text, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let (negative, digits) = match text.strip_prefix('+') {
        Some(digits) => (false, digits),
        None => (true, text.strip_prefix(['-', '\u{2212}'])?),
    };
    let parts: Vec<&str> = match digits.split(':').collect::<Vec<_>>().as_slice() {
        [one] => match one.len() {
            4 => vec![one.get(..2)?, one.get(2..)?],
            _ => vec![one],
        },
        several => several.to_vec(),
    };
    let mut seconds = 0;
    for (part, unit) in parts.iter().zip([3600, 60, 1]) {
        let value = i32::from(two(part, if unit == 3600 { 1 } else { 2 })?);
        if unit < 3600 && value > 59 {
            return None;
        }
        seconds += value * unit;
    }
    if parts.len() > 3 {
        return None;
    }
    Offset::from_seconds(if negative { -seconds } else { seconds }).ok()
}

/// A length of time: `90m`, `2h`, `1d`, `1d 12h`.
pub(super) fn length(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{}` is no length of time: write 30m, 2h or 1d",
            text.trim()
        )
    };
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    let length = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    Duration::try_from(length).map_err(|_| wrong())
}

/// A length in the form that [`length`] reads.
pub(super) fn length_written(length: Duration) -> String {
    let (seconds, nanos) = (length.as_secs(), length.subsec_nanos());
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    match units.iter().find(|(unit, _)| seconds % unit == 0) {
        Some((unit, name)) if nanos == 0 && seconds > 0 => format!("{}{name}", seconds / unit),
        _ if nanos == 0 => "0s".to_owned(),
        _ => format!("{seconds}s {nanos}ns"),
    }
}
