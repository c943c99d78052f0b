//! Which hour of whose week.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};

/// The hours of a week.
pub(super) const SLOTS: usize = 168;

/// Tells the hour of the week, Monday's midnight first, on the clocks of a zone.
///
/// Where clocks go back, the hour that comes twice is one slot twice; the hour that is left out in spring is a slot that
/// its week does not visit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Week {
    zone: TimeZone,
    holidays: BTreeSet<Date>,
}

/// A place in the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) index: usize,
    pub(super) holiday: bool,
}

impl Week {
    pub(super) fn new(zone: &str, holidays: &[Date]) -> Result<Self> {
        let known = TimeZone::get(zone).map_err(|why| {
            Error::config(format!(
                "the time zone {zone:?} is not known: {why}; name one of the IANA database, such as Europe/Athens"
            ))
        })?;
        Ok(Self {
            zone: known,
            holidays: holidays.iter().copied().collect(),
        })
    }

    /// The day of a moment.
    pub(super) fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The slot of a bucket, which is that of its middle: the bounds of buckets and hours need not meet.
    pub(super) fn slot(&self, start: Timestamp, len: Duration) -> Slot {
        let half = SignedDuration::try_from(len / 2).unwrap_or(SignedDuration::ZERO);
        let middle = start.saturating_add(half).unwrap_or(start);
        let local = self.zone.to_datetime(middle);
        let holiday = self.holidays.contains(&local.date());
        let day = if holiday {
            Weekday::Sunday
        } else {
            local.weekday()
        };
        let day = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
        let hour = usize::try_from(local.hour()).unwrap_or(0);
        Slot {
            index: (day * 24 + hour).min(SLOTS - 1),
            holiday,
        }
    }
}
