//! The small grammars inside header values.

use std::iter::Take;
use std::time::Duration;

use http::header::{HeaderMap, HeaderValue, ValueIter};
use jiff::Timestamp;

use super::MOST;
use crate::shared::moment;

/// How many lines of one header, and how many items of one line, are read.
pub(super) const ITEMS: usize = 16;

/// The texts of a header's lines; lines that are not visible ASCII are left out.
#[inline(never)]
pub(super) fn lines<'a>(headers: &'a HeaderMap, name: &str) -> Lines<'a> {
    Lines(Some(headers.get_all(name).into_iter().take(ITEMS)))
}

/// [`lines`]: a type of its own, as is [`Split`], and not inlined, so that what looks at headers is compiled once and not
/// for each way of looking. Without a header there are none.
#[derive(Default)]
pub(super) struct Lines<'a>(Option<Take<ValueIter<'a, HeaderValue>>>);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        loop {
            if let Ok(line) = self.0.as_mut()?.next()?.to_str() {
                return Some(line.trim_ascii());
            }
        }
    }
}

/// Splits at a separator outside double quotes.
pub(super) fn split(text: &str, separator: u8) -> Split<'_> {
    Split {
        rest: Some(text),
        separator,
        left: ITEMS,
    }
}

/// [`split`].
#[derive(Clone)]
pub(super) struct Split<'a> {
    rest: Option<&'a str>,
    separator: u8,
    left: usize,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        self.left = self.left.checked_sub(1)?;
        let text = self.rest?;
        let mut quoted = false;
        let mut escaped = false;
        let end = text.bytes().position(|byte| {
            let was_escaped = std::mem::take(&mut escaped);
            match byte {
                b'\\' if quoted && !was_escaped => escaped = true,
                b'"' if !was_escaped => quoted = !quoted,
                _ => {}
            }
            byte == self.separator && !quoted
        });
        // Header text is ASCII, so that every index is a boundary.
        let (part, after) = match end {
            Some(end) => (text.get(..end)?, text.get(end + 1..)),
            None => (text, None),
        };
        self.rest = after;
        Some(part.trim_ascii())
    }
}

/// The content of a quoted text without escapes, or the bare text.
pub(super) fn unquoted(text: &str) -> &str {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(text)
}

/// A number of digits, with or without decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    whole: u64,
    /// Billionths.
    nanos: u32,
    places: u32,
}

impl Decimal {
    /// Reads `12` or `12.5`: no sign, no exponent, no unit. What is too large counts as the largest number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        if let Some(whole) = plain_digits(text) {
            return Some(Self {
                whole,
                nanos: 0,
                places: 0,
            });
        }
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || fraction.is_some_and(|fraction| !digits(fraction)) {
            return None;
        }
        let digit = |byte: u8| u64::from(byte - b'0');
        let whole = whole.bytes().fold(0_u64, |sum, byte| {
            sum.saturating_mul(10).saturating_add(digit(byte))
        });
        let mut nanos = 0;
        let mut places = 0;
        for byte in fraction.unwrap_or_default().bytes().take(9) {
            nanos = nanos * 10 + u32::from(byte - b'0');
            places += 1;
        }
        nanos *= 10_u32.pow(9 - places);
        Some(Self {
            whole,
            nanos,
            places,
        })
    }

    /// Rounded down; `None` above the largest count that is believed.
    pub(super) fn floor(self) -> Option<u64> {
        (self.whole <= MOST).then_some(self.whole)
    }

    /// Rounded up; `None` above the largest count that is believed.
    pub(super) fn ceil(self) -> Option<u64> {
        Some(self.floor()? + u64::from(self.nanos > 0))
    }

    pub(super) fn seconds(self) -> Duration {
        Duration::new(self.whole, self.nanos)
    }

    pub(super) fn millis(self) -> Duration {
        let micro_fraction = Duration::from_nanos(u64::from(self.nanos) / 1_000);
        Duration::from_millis(self.whole) + micro_fraction
    }

    /// The last digit's worth, in billionths of `unit`.
    pub(super) fn resolution(self, unit: Duration) -> Duration {
        (unit / 10_u32.pow(self.places)).max(Duration::from_nanos(1))
    }
}

/// Digits alone, as nearly all numbers are, and no more than fit.
fn plain_digits(text: &str) -> Option<u64> {
    if !(1..=18).contains(&text.len()) {
        return None;
    }
    text.bytes().try_fold(0_u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + u64::from(digit))
    })
}

/// A count: a number rounded down, and believed.
pub(super) fn count(text: &str) -> Option<u64> {
    Decimal::parse(text)?.floor()
}

/// The moment so long after 1970.
pub(super) fn since_epoch(time: Duration) -> Option<Timestamp> {
    Timestamp::UNIX_EPOCH.checked_add(time).ok()
}

/// A date and time of ISO 8601, and how finely it is written; UTC where no offset is written.
pub(super) fn iso_date(text: &str) -> Option<(Timestamp, Duration)> {
    let written = moment::written(text)?;
    let resolution = Duration::from_secs(1) / 10_u32.pow(written.places);
    Some((written.at, resolution.max(Duration::from_nanos(1))))
}

/// A date of HTTP (RFC 9110, 5.6.7), in any of its three forms. Years of two digits are
/// 1970 to 2069.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    if let Some(date) = fixed_date(text) {
        return Some(date);
    }
    let words = text.split([' ', ',']);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).take(6).collect();
    let (date, clock) = match words[..] {
        // Sun, 06 Nov 1994 08:49:37 GMT
        [_, day, month_name, long_year, clock, "GMT" | "UTC", ..] => {
            ((year(long_year)?, month(month_name)?, number(day)?), clock)
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        [_, date, clock, "GMT" | "UTC", ..] => {
            let [day, month_name, short_year] = date.split('-').collect::<Vec<_>>()[..] else {
                return None;
            };
            let short_year = number(short_year)?;
            let year = short_year + if short_year < 70 { 2000 } else { 1900 };
            ((year, month(month_name)?, number(day)?), clock)
        }
        // Sun Nov  6 08:49:37 1994
        [_, month_name, day, clock, long_year] => {
            ((year(long_year)?, month(month_name)?, number(day)?), clock)
        }
        _ => return None,
    };
    assemble(date, clock)
}

/// The form in which nearly all dates come, and each answer holds one: `Sun, 06 Nov 1994 08:49:37 GMT`. `None` is for
/// whoever reads more slowly to say.
fn fixed_date(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 29] = text.as_bytes().try_into().ok()?;
    #[rustfmt::skip]
    let [
        w0, w1, w2, b',', b' ', d0, d1, b' ', m0, m1, m2, b' ', y0, y1, y2, y3, b' ',
        h0, h1, b':', i0, i1, b':', s0, s1, b' ', b'G', b'M', b'T',
    ] = *bytes else {
        return None;
    };
    if ![w0, w1, w2].iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let two = |tens: u8, ones: u8| {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
    };
    let month: i64 = match &[m0, m1, m2] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (day, hour, minute, second) = (two(d0, d1)?, two(h0, h1)?, two(i0, i1)?, two(s0, s1)?);
    // Leap seconds and the far past are left to the slow way.
    if !(1970..=9998).contains(&year) || second > 59 {
        return None;
    }
    let second = moment::seconds([year, month, day], [hour, minute, second])?;
    Timestamp::from_second(second).ok()
}

fn assemble((year, month, day): (i64, i64, i64), clock: &str) -> Option<Timestamp> {
    let mut parts = clock.split(':');
    let time = [
        number(parts.next()?)?,
        number(parts.next()?)?,
        number(parts.next()?)?,
    ];
    if parts.next().is_some() {
        return None;
    }
    let second = moment::seconds([year, month, day], time)?;
    // The last day of the year 9999, which some write for "never", is beyond jiff's last moment.
    Some(Timestamp::from_second(second).unwrap_or(Timestamp::MAX))
}

fn year(text: &str) -> Option<i64> {
    (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// One or two digits.
fn number(text: &str) -> Option<i64> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn month(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let position = MONTHS.iter().position(|name| *name == text)?;
    i64::try_from(position + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_usual_form_read_as_in_the_calendar() {
        let mut read = 0;
        // A step that meets every hour, minute and second, and each day of years that are leap and are not.
        for second in (0..16_000_000_000_i64).step_by(89_989) {
            let moment = Timestamp::from_second(second).unwrap();
            let text = moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            assert_eq!(http_date(&text), Some(moment), "{text}");
            // On every day of a month alike: a call must not cost more at the end of each.
            assert!(fixed_date(&text).is_some(), "{text}");
            read += 1;
        }
        assert!(read > 150_000, "{read}");
    }

    #[test]
    fn dates_of_the_other_forms_read_alike_and_what_is_none_of_them_does_not() {
        let moment = Timestamp::from_second(784_111_777).ok();
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 UTC",
            "Sun 06,Nov 1994  08:49:37 GMT and more",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sunday, 6-Nov-94 08:49:37 UTC and more",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(text), moment, "{text}");
        }
        for none in [
            "",
            "Sun",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37",
            "Sunday, 06-Nov-94-1 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994 GMT",
            "Sun Nov  6 08:49:37",
        ] {
            assert_eq!(http_date(none), None, "{none}");
        }
    }

    #[test]
    fn numbers_of_digits_alone_read_as_with_decimals() {
        for digits in ["0", "7", "007", "3000", "1767225600", "999999999999999999"] {
            let plain = Decimal::parse(digits).unwrap();
            let decimals = Decimal::parse(&format!("{digits}.0")).unwrap();
            assert_eq!(plain.floor(), decimals.floor(), "{digits}");
            assert_eq!(plain.seconds(), decimals.seconds(), "{digits}");
        }
        for none in ["", " ", "-1", "+1", "1e3", "1 000", "१२"] {
            assert_eq!(Decimal::parse(none), None, "{none}");
        }
    }

    #[test]
    fn what_the_usual_form_cannot_tell_is_left_to_the_calendar() {
        for odd in [
            "Sun, 29 Feb 2026 08:49:37 GMT",
            "Sun, 29 Feb 2100 08:49:37 GMT",
            "Sun, 31 Apr 2026 08:49:37 GMT",
            "Sun, 32 Jan 2026 08:49:37 GMT",
            "Sun, 00 Jan 2026 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:60 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:4a:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Thu, 01 Jan 1601 00:00:00 GMT",
            " un, 06 Nov 1994 08:49:37 GMT",
            "",
        ] {
            assert_eq!(fixed_date(odd), None, "{odd}");
        }
        let last = http_date("Sun, 06 Nov 1994 08:49:60 GMT");
        assert_eq!(last, "1994-11-06T08:49:59Z".parse().ok());
    }
}
