//! Moments as servers write them. The calendars of all the world's time zones, which a reader of any date needs, stay
//! out of the programs whose servers only ever write UTC or an offset from it.

use jiff::Timestamp;

/// A moment, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) at: Timestamp,
    /// How many decimals its seconds have, at most 9.
    pub(crate) places: u32,
    /// Whether an offset from UTC was written; without one it is read as UTC.
    pub(crate) offset: bool,
}

/// A date and time of RFC 3339. `None` where it is none, or does not say where on Earth it holds.
#[cfg(any(feature = "bluesky", test))]
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let written = written(text)?;
    written.offset.then_some(written.at)
}

/// A date and time of RFC 3339, or as much of ISO 8601 as servers use beside it: without separators, without seconds,
/// with a decimal comma, with an offset of hours alone, without an offset.
pub(crate) fn written(text: &str) -> Option<Written> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.number(4)?;
    let dashes = rest.has(b"-");
    let month = rest.number(2)?;
    if dashes && !rest.has(b"-") {
        return None;
    }
    let day = rest.number(2)?;
    if !rest.has(b"Tt ") {
        return None;
    }
    let hour = rest.number(2)?;
    let colons = rest.has(b":");
    let minute = rest.number(2)?;
    let (mut second, mut nanos, mut places) = (0, 0, 0);
    let more = if colons {
        rest.has(b":")
    } else {
        rest.0.first().is_some_and(u8::is_ascii_digit)
    };
    if more {
        second = rest.number(2)?;
        if rest.has(b".,") {
            (nanos, places) = rest.decimals()?;
        }
    }
    let ahead = if rest.has(b"Zz") {
        Some(0)
    } else {
        rest.offset()?
    };
    if !rest.0.is_empty() {
        return None;
    }
    let seconds = seconds([year, month, day], [hour, minute, second])?;
    let at = Timestamp::new(seconds - ahead.unwrap_or(0), nanos).ok()?;
    Some(Written {
        at,
        places,
        offset: ahead.is_some(),
    })
}

/// The seconds from 1970 to a date and time of UTC, in the years 0 to 9999. `None` where the calendar has no such date
/// or the day no such time; a leap second counts as the one before it, as in Unix time.
pub(crate) fn seconds([year, month, day]: [i64; 3], [h, min, s]: [i64; 3]) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(0..=9999).contains(&year) || !(1..=last).contains(&day) {
        return None;
    }
    if !(0..24).contains(&h) || !(0..60).contains(&min) || !(0..=60).contains(&s) {
        return None;
    }
    // Counted from March, a year's months are 31, 30, 31, 30, 31 days long, again and again, and a leap day comes last.
    // 400 years more, which are whole weeks and leap days, keep it above 0.
    let (year, month) = if month < 3 {
        (year + 399, month + 9)
    } else {
        (year + 400, month - 3)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // From 1 March of the year -400 until 1970.
    let days = days - 719_468 - 146_097;
    Some(((days * 24 + h) * 60 + min) * 60 + s.min(59))
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// Passes one of these bytes, if it comes next.
    fn has(&mut self, any: &[u8]) -> bool {
        match self.0 {
            [next, rest @ ..] if any.contains(next) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A number of so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |sum, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| sum * 10 + i64::from(digit))
        })
    }

    /// The billionths that decimals are, and how many there are; what is finer is cut off.
    fn decimals(&mut self) -> Option<(i32, u32)> {
        let (mut nanos, mut places) = (0, 0);
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            if places < 9 {
                nanos = nanos * 10 + i32::from(digit - b'0');
                places += 1;
            }
            self.0 = rest;
        }
        (places > 0).then(|| (nanos * 10_i32.pow(9 - places), places))
    }

    /// How many seconds an offset is ahead of UTC, where there is one.
    fn offset(&mut self) -> Option<Option<i64>> {
        let sign = match self.0 {
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return Some(None),
        };
        self.0 = self.0.get(1..)?;
        let hours = self.number(2)?;
        let minutes = if self.has(b":") || !self.0.is_empty() {
            self.number(2)?
        } else {
            0
        };
        (hours < 24 && minutes < 60).then_some(Some(sign * (hours * 60 + minutes) * 60))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    #[test]
    fn moments_read_as_in_the_calendar() {
        // A step that meets every hour, minute and second, and each day of years that are leap and are not.
        for second in (-62_167_219_200..253_402_000_000_i64).step_by(3_589_989) {
            let at = Timestamp::from_second(second).unwrap();
            assert_eq!(moment(&at.to_string()), Some(at), "{at}");
            let hours = i8::try_from(second % 14).unwrap();
            let offset = Offset::from_hours(hours).unwrap();
            let there = at.display_with_offset(offset).to_string();
            if !there.starts_with('-') {
                assert_eq!(moment(&there), Some(at), "{there}");
            }
        }
    }

    #[test]
    fn whatever_is_read_reads_as_jiff_reads_it() {
        for text in [
            "2026-01-02T03:04:05Z",
            "2026-01-02t03:04:05.678z",
            "2026-01-02 03:04:05,5Z",
            "2026-01-02T03:04:05.123456789+02:00",
            "2026-01-02T03:04:05-0930",
            "2026-01-02T03:04:05+02",
            "2026-01-02T03:04Z",
            "20260102T030405Z",
            "20260102T0304Z",
            "2024-02-29T23:59:60Z",
            "0000-01-01T00:00:00Z",
        ] {
            assert_eq!(moment(text), Some(text.parse().unwrap()), "{text}");
        }
        let local = written("2026-01-02T03:04:05.25").unwrap();
        assert_eq!(local.at, "2026-01-02T03:04:05.25Z".parse().unwrap());
        assert_eq!((local.places, local.offset), (2, false));
        assert_eq!(moment("2026-01-02T03:04:05"), None);
    }

    #[test]
    fn what_is_no_moment_reads_as_none() {
        for text in [
            "",
            "2026",
            "2026-01-02",
            "2026-01-02T",
            "2026-01-02T03Z",
            "2026-0102T03:04:05Z",
            "2026-13-02T03:04:05Z",
            "2026-00-02T03:04:05Z",
            "2026-02-29T03:04:05Z",
            "1900-02-29T03:04:05Z",
            "2026-01-00T03:04:05Z",
            "2026-01-02T24:04:05Z",
            "2026-01-02T03:60:05Z",
            "2026-01-02T03:04:61Z",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05+24:00",
            "2026-01-02T03:04:05+02:",
            "2026-01-02T03:04:05Z ",
            "2026-01-02T03:04:05ZZ",
            "+2026-01-02T03:04:05Z",
            "202६-01-02T03:04:05Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
