//! Recurring times of an account, and the queue that fills them.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::days::{Closed, SlotTime, Weekdays};
use crate::error::{Error, Result};

/// An account's recurring times for posts: local times on days of the week, in a zone, without the days that are closed.
///
/// A slot keeps its local time when the clocks are changed. Where a change skips that time, the slot comes later by as
/// much as is skipped (02:30 becomes 03:30); where a change doubles it, the slot comes once, the first time: as RFC 5545
/// §3.3.5 reads local times. Two slots that fall on one moment so are one, and a slot on a day that a zone skipped as a
/// whole is left out.
///
/// ```
/// use std::collections::BTreeSet;
/// use sociable::jiff::{Timestamp, civil::{Weekday, date, time}};
/// use sociable::outbox::{Slots, Weekdays};
///
/// let slots = Slots::new("Europe/Athens")?
///     .at(Weekdays::WEEKDAYS, time(9, 0, 0, 0))
///     .at(Weekday::Saturday, time(12, 30, 0, 0))
///     .closed(date(2026, 12, 25));
/// let friday: Timestamp = "2026-12-24T12:00:00Z".parse().unwrap();
/// let next = slots.next_free(friday, &BTreeSet::new()).unwrap();
/// assert_eq!(next.to_string(), "2026-12-26T10:30:00Z"); // Christmas is closed, so Saturday
/// # Ok::<(), sociable::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Slots {
    /// The zone of the local times.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// The times of the week.
    pub times: Vec<SlotTime>,
    /// Days of the zone without slots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<Closed>,
}

impl Slots {
    /// No slots yet, in a zone of the IANA list.
    ///
    /// # Errors
    /// `Config` where there is no such zone.
    pub fn new(zone: &str) -> Result<Self> {
        super::time::zone(zone)
            .map(Self::in_zone)
            .map_err(Error::config)
    }

    /// No slots yet, in this zone.
    pub fn in_zone(zone: TimeZone) -> Self {
        Self {
            zone,
            times: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// Adds a local time on these days.
    pub fn at(mut self, days: impl Into<Weekdays>, time: Time) -> Self {
        self.times.push(SlotTime::new(days, time));
        self
    }

    /// Leaves out a day, or a span of days.
    pub fn closed(mut self, days: impl Into<Closed>) -> Self {
        self.closed.push(days.into());
        self
    }

    /// Whether there is no slot in any week.
    pub fn is_empty(&self) -> bool {
        self.times.iter().all(|slot| slot.days.is_empty())
    }

    /// The slots from one moment (within) until another (without), in order.
    pub fn slots_between(&self, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        self.from(from).take_while(|at| *at < until).collect()
    }

    /// The first slot after a moment that is not among those `taken`; `None` where there is none in any week.
    pub fn next_free(&self, after: Timestamp, taken: &BTreeSet<Timestamp>) -> Option<Timestamp> {
        self.from(after)
            .find(|at| *at > after && !taken.contains(at))
    }

    /// Every slot from a moment on.
    fn from(&self, from: Timestamp) -> impl Iterator<Item = Timestamp> {
        let first = from.to_zoned(self.zone.clone()).date();
        let days = if self.is_empty() { None } else { Some(first) };
        let days = std::iter::successors(days, |day| day.checked_add(1.day()).ok());
        days.flat_map(|day| self.on(day))
            .filter(move |at| *at >= from)
    }

    /// The slots that are written for a day.
    fn on(&self, day: Date) -> BTreeSet<Timestamp> {
        if self
            .closed
            .iter()
            .any(|c| (c.first..=c.last).contains(&day))
        {
            return BTreeSet::new();
        }
        let today = self.times.iter().filter(|s| s.days.contains(day.weekday()));
        today
            .filter_map(|slot| local(day, slot.time, &self.zone))
            .collect()
    }
}

/// The moment of a local time: a skipped one is later by as much as is skipped, a doubled one is the first. `None` where
/// that leaves the day, since then there was no such day.
pub(super) fn local(day: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let at = zone.to_ambiguous_zoned(day.to_datetime(time));
    let at = at.compatible().ok()?;
    (at.date() == day).then(|| at.timestamp())
}
