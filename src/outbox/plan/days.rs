//! Days of the week and local times, as a plan writes them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Days of the week, written as `mon,thu`, `daily` or `weekdays`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Weekdays(u8);

const NAMES: [(&str, &str, Weekday); 7] = [
    ("mon", "monday", Weekday::Monday),
    ("tue", "tuesday", Weekday::Tuesday),
    ("wed", "wednesday", Weekday::Wednesday),
    ("thu", "thursday", Weekday::Thursday),
    ("fri", "friday", Weekday::Friday),
    ("sat", "saturday", Weekday::Saturday),
    ("sun", "sunday", Weekday::Sunday),
];

/// How no day at all is written, so that it can be read again.
const NEVER: &str = "never";

impl Weekdays {
    /// All seven.
    pub const DAILY: Self = Self(0b111_1111);
    /// From Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b001_1111);

    /// These days.
    pub fn new(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | bit(day)))
    }

    /// Whether a day is among them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl From<Weekday> for Weekdays {
    fn from(day: Weekday) -> Self {
        Self(bit(day))
    }
}

impl FromStr for Weekdays {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bits = 0;
        let words = text.split([',', ';', ' ', '|']).filter(|w| !w.is_empty());
        for word in words {
            let word = word.to_lowercase();
            bits |= match word.as_str() {
                "daily" => Self::DAILY.0,
                NEVER => return Ok(Self::default()),
                "weekdays" => Self::WEEKDAYS.0,
                _ => NAMES
                    .iter()
                    .find(|(short, long, _)| word == *short || word == *long)
                    .map(|(_, _, day)| bit(*day))
                    .ok_or_else(|| {
                        Error::config(format!(
                            "`{word}` is no day: write mon, tue, wed, thu, fri, sat, sun (with commas between several), \
                             `weekdays` or `daily`"
                        ))
                    })?,
            };
        }
        if bits == 0 {
            return Err(Error::config(
                "no day is named: write mon,thu or `weekdays` or `daily`",
            ));
        }
        Ok(Self(bits))
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::DAILY => f.write_str("daily"),
            Self::WEEKDAYS => f.write_str("weekdays"),
            none if none.is_empty() => f.write_str(NEVER),
            _ => {
                let mut gap = "";
                for (short, _, day) in NAMES {
                    if self.contains(day) {
                        write!(f, "{gap}{short}")?;
                        gap = ",";
                    }
                }
                Ok(())
            }
        }
    }
}

/// A local time on days of the week, written as `mon,thu 09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub struct SlotTime {
    /// On which days.
    pub days: Weekdays,
    /// At what time of the zone.
    pub time: Time,
}

impl SlotTime {
    /// A time on these days.
    pub fn new(days: impl Into<Weekdays>, time: Time) -> Self {
        Self {
            days: days.into(),
            time,
        }
    }
}

impl FromStr for SlotTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::config(format!(
                "`{text}` is no slot: write the days and a time, such as `mon,thu 09:00` or `daily 18:30`"
            ))
        };
        let (days, time) = text.trim().rsplit_once(' ').ok_or_else(wrong)?;
        let time = super::time::clock_time(time).ok_or_else(wrong)?;
        Ok(Self::new(days.parse::<Weekdays>()?, time))
    }
}

impl fmt::Display for SlotTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.time.second() == 0 && self.time.subsec_nanosecond() == 0 {
            "%H:%M"
        } else {
            "%H:%M:%S%.f"
        };
        write!(f, "{} {}", self.days, self.time.strftime(form))
    }
}

/// Days on which nothing is published, both ends within, written as `2026-12-25` or `2026-12-24..2026-12-26`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub struct Closed {
    /// The first of them.
    pub first: Date,
    /// The last of them.
    pub last: Date,
}

impl Closed {
    /// From one day to another, in either order.
    pub fn new(first: Date, last: Date) -> Self {
        Self {
            first: first.min(last),
            last: last.max(first),
        }
    }
}

impl From<Date> for Closed {
    fn from(day: Date) -> Self {
        Self::new(day, day)
    }
}

impl FromStr for Closed {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        match (
            super::time::day(first.trim()),
            super::time::day(last.trim()),
        ) {
            (Ok(first), Ok(last)) if first <= last => Ok(Self::new(first, last)),
            (Err(trouble), _) | (_, Err(trouble)) => Err(Error::config(trouble)),
            _ => Err(Error::config(format!(
                "`{text}` ends before it begins: write the earlier day first"
            ))),
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}..{}", self.first, self.last)
        }
    }
}

/// Serde by the written form.
macro_rules! written_as_text {
    ($($name:ident)*) => {$(
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }
    )*};
}

written_as_text! { Weekdays SlotTime Closed }
