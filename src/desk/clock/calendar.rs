//! Business hours: when time counts.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::changes::Changes;
use super::hours::{DAY, Hours, Stretch};
use super::policy::CalendarRef;
use crate::client::{after, between};
use crate::error::{Error, Result};
use crate::model::SharedStr;

/// The name of the calendar that is open day and night.
pub(super) const ALWAYS: &str = "always";

/// For how many days in a row special days may keep a calendar closed: a year.
const MOST_CLOSED_DAYS: i64 = 366;

/// A time that is longer than all there is, in seconds: some twelve thousand years.
const LONGEST: i64 = 400_000_000_000;

/// What a calendar is written as, in a file or by code: its hours as text.
///
/// ```toml
/// id = "shop"
/// version = 2
/// zone = "Europe/Athens"
///
/// [weekly]
/// mon-thu = ["09:00-13:00", "14:00-18:00"]
/// fri = ["09:00-15:00", "22:00-02:00"]       # until 2 o'clock of the Saturday
///
/// [exceptions]
/// 2026-12-24 = ["09:00-12:00"]
/// 2026-12-25 = "closed"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CalendarForm {
    /// Its name.
    pub id: SharedStr,
    /// Its version.
    #[serde(default = "first")]
    pub version: u32,
    /// The time zone of its hours, by its IANA name. UTC unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Open day and night, but for the exceptions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always_open: bool,
    /// The hours of a week by day (`mon`, `mon-fri`): `09:00-13:00`, or `22:00-06:00` beyond midnight. An hour's end is
    /// not part of it. Days that are not named are closed; one that is named twice has the hours of both.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weekly: BTreeMap<String, Vec<String>>,
    /// The hours that begin on special dates, instead of those of the week; none: closed. What began the evening before
    /// ends as it does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exceptions: BTreeMap<Date, Exception>,
}

fn first() -> u32 {
    1
}

/// The hours of a special date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Exception {
    /// These hours.
    Hours(Vec<String>),
    /// The word `closed`.
    Word(String),
}

impl CalendarForm {
    /// Sets its version; 1 unless set.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Sets the time zone by its IANA name; UTC unless set.
    #[must_use]
    pub fn zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Opens day and night.
    #[must_use]
    pub fn always_open(mut self) -> Self {
        self.always_open = true;
        self
    }

    /// Opens on a day (`mon`) or days (`mon-fri`) of every week: `09:00-13:00`, `22:00-06:00` beyond midnight.
    #[must_use]
    pub fn open(mut self, days: impl Into<String>, hours: impl Into<String>) -> Self {
        self.weekly
            .entry(days.into())
            .or_default()
            .push(hours.into());
        self
    }

    /// Has these hours on a special date, and those of further calls, instead of the week's.
    #[must_use]
    pub fn open_on(mut self, date: Date, hours: impl Into<String>) -> Self {
        let hours = hours.into();
        match self.exceptions.get_mut(&date) {
            Some(Exception::Hours(known)) => known.push(hours),
            _ => {
                self.exceptions.insert(date, Exception::Hours(vec![hours]));
            }
        }
        self
    }

    /// Begins no hours on a date.
    #[must_use]
    pub fn closed_on(mut self, date: Date) -> Self {
        self.exceptions.insert(date, Exception::Hours(Vec::new()));
        self
    }

    /// Makes the calendar.
    ///
    /// # Errors
    ///
    /// `Config`: an unknown zone, day or hour; a week without an open hour (say [`always_open`](Self::always_open) if that
    /// is meant); special dates that keep it closed for more than 366 days in a row.
    pub fn build(self) -> Result<Calendar> {
        Calendar::try_from(self)
    }

    fn wrong(&self, what: impl std::fmt::Display) -> Error {
        Error::config(format!(
            "calendar {} version {}: {what}",
            self.id, self.version
        ))
    }

    fn week(&self) -> Result<[Vec<Stretch>; 7]> {
        let mut week: [Vec<Stretch>; 7] = Default::default();
        if self.always_open {
            if !self.weekly.is_empty() {
                return Err(self.wrong(
                    "it is open day and night and has hours: take out always_open or weekly",
                ));
            }
            week.fill(vec![(0, DAY)]);
        }
        for (days, hours) in &self.weekly {
            let hours = self.stretches(days, hours)?;
            let named = named(days).ok_or_else(|| {
                self.wrong(format_args!("{days:?} is no day: write mon or mon-fri"))
            })?;
            for day in named {
                if let Some(day) = week.get_mut(day) {
                    day.extend(&hours);
                }
            }
        }
        Ok(week)
    }

    fn special(&self) -> Result<Vec<(i64, Vec<Stretch>)>> {
        let dates = self.exceptions.iter().map(|(date, hours)| {
            let hours = match hours {
                Exception::Hours(hours) => self.stretches(&date.to_string(), hours)?,
                Exception::Word(word) if word == "closed" => Vec::new(),
                Exception::Word(word) => {
                    return Err(self.wrong(format_args!(
                        "{date} is {word:?}: write \"closed\", or a list of hours"
                    )));
                }
            };
            let day = date.duration_since(Date::constant(1970, 1, 1)).as_secs() / DAY;
            Ok((day, hours))
        });
        dates.collect()
    }

    fn stretches(&self, day: &str, hours: &[String]) -> Result<Vec<Stretch>> {
        let read = hours.iter().map(|text| {
            stretch(text).ok_or_else(|| {
                self.wrong(format_args!(
                    "{text:?} of {day} are no hours: write 09:00-13:00, 22:00-06:00 beyond midnight, 00:00-24:00 for a whole day"
                ))
            })
        });
        read.collect()
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The days that `mon` or `fri-mon` name.
fn named(days: &str) -> Option<Vec<usize>> {
    let day = |name: &str| {
        DAYS.iter()
            .position(|known| known.eq_ignore_ascii_case(name.trim()))
    };
    let (from, to) = days.split_once('-').unwrap_or((days, days));
    let (from, to) = (day(from)?, day(to)?);
    let count = (to + 7 - from) % 7;
    Some((from..=from + count).map(|day| day % 7).collect())
}

/// `09:00-13:00`; an end that is not behind the beginning is one of the next day.
fn stretch(text: &str) -> Option<Stretch> {
    let (from, to) = text.split_once('-')?;
    let (from, mut to) = (second(from)?, second(to)?);
    if to < from {
        to += DAY;
    }
    (from < to && from < DAY).then_some((from, to))
}

/// `09:00` or `09:00:30`, up to `24:00`.
fn second(text: &str) -> Option<i64> {
    let mut sum = 0;
    let mut parts = 0;
    for part in text.trim().split(':') {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let value: i64 = if digits {
            part.parse().ok()?
        } else {
            return None;
        };
        if parts > 0 && value > 59 {
            return None;
        }
        sum = sum * 60 + value;
        parts += 1;
    }
    match parts {
        2 => sum *= 60,
        3 => {}
        _ => return None,
    }
    (sum <= DAY).then_some(sum)
}

/// Business hours in a time zone: in them time counts, outside it stands still.
///
/// A moment is open when the clock on the wall shows an open hour, also in the night in which that clock is set: an hour
/// that is skipped has no open time, one that comes twice is open twice. Hours contain their beginning and not their
/// end. Nothing here steps through time: years are as quick as minutes.
///
/// It is made of a [`CalendarForm`], from a file too, and always has open hours ahead: one that has none is an error,
/// never "always".
///
/// ```
/// use std::time::Duration;
/// use sociable::desk::clock::Calendar;
///
/// let shop = Calendar::form("shop")
///     .zone("Europe/Athens")
///     .open("mon-fri", "09:00-13:00")
///     .open("mon-fri", "14:00-18:00")
///     .build()?;
/// // A Friday, 17:50 in Athens: ten minutes are left, the other ten are those of Monday morning.
/// let asked = "2026-11-27T15:50:00Z".parse()?;
/// let due = shop.add(asked, Duration::from_secs(20 * 60));
/// assert_eq!(due.to_string(), "2026-11-30T07:10:00Z");
/// assert_eq!(shop.open_time_between(asked, due), Duration::from_secs(20 * 60));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    form: CalendarForm,
    zone: TimeZone,
    /// When the zone's clocks change, in these and the coming years, and by how many seconds they are ahead of UTC from
    /// then on. Asking the zone itself takes several times as long.
    changes: Changes,
    /// `None`: every second is open.
    hours: Option<Hours>,
}

impl TryFrom<CalendarForm> for Calendar {
    type Error = Error;

    fn try_from(form: CalendarForm) -> Result<Self> {
        let zone = match &form.zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| {
                form.wrong(format_args!(
                    "{name:?} is no time zone: write an IANA name such as Europe/Athens"
                ))
            })?,
        };
        let week = form.week()?;
        let special = form.special()?;
        if form.always_open && special.is_empty() {
            let hours = None;
            return Ok(Self {
                form,
                zone,
                changes: Changes::default(),
                hours,
            });
        }
        let hours = Hours::new(&week, &special).ok_or_else(|| {
            form.wrong("no week has an open hour, so that no time would ever count: add hours to weekly, or write always_open = true")
        })?;
        if let Some((closes, opens)) = hours.longest_closed()
            && opens - closes > MOST_CLOSED_DAYS * DAY
        {
            let date = |moment: i64| {
                Timestamp::from_second(moment).map_or_else(
                    |_| "the end of time".to_owned(),
                    |moment| TimeZone::UTC.to_datetime(moment).date().to_string(),
                )
            };
            return Err(form.wrong(format_args!(
                "its exceptions keep it closed from {} until {}: that is {} days, and at most {MOST_CLOSED_DAYS} in a row are taken",
                date(closes),
                date(opens),
                (opens - closes) / DAY,
            )));
        }
        let hours = Some(hours);
        let changes = Changes::of(&zone);
        Ok(Self {
            form,
            zone,
            changes,
            hours,
        })
    }
}

impl From<Calendar> for CalendarForm {
    fn from(calendar: Calendar) -> Self {
        calendar.form
    }
}

impl Serialize for Calendar {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.form.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Calendar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let form = CalendarForm::deserialize(from)?;
        form.build().map_err(serde::de::Error::custom)
    }
}

impl Calendar {
    /// Begins a calendar of this name, without an hour yet.
    pub fn form(id: impl Into<SharedStr>) -> CalendarForm {
        CalendarForm {
            id: id.into(),
            version: 1,
            ..CalendarForm::default()
        }
    }

    /// The one that is open day and night: `always`, version 1.
    pub fn always() -> Self {
        Self {
            form: Self::form(ALWAYS).always_open(),
            zone: TimeZone::UTC,
            changes: Changes::default(),
            hours: None,
        }
    }

    /// The same, made once.
    pub(super) fn open_always() -> &'static Self {
        static ALWAYS: LazyLock<Calendar> = LazyLock::new(Calendar::always);
        &ALWAYS
    }

    /// Its name.
    pub fn id(&self) -> &SharedStr {
        &self.form.id
    }

    /// Its version.
    pub fn version(&self) -> u32 {
        self.form.version
    }

    /// Its name and version.
    pub fn reference(&self) -> CalendarRef {
        CalendarRef::new(self.form.id.clone(), self.form.version)
    }

    /// The time zone of its hours.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether this moment is open.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let Some(hours) = &self.hours else {
            return true;
        };
        hours.before(parts(at).0 + self.offset(at).0).1
    }

    /// How much open time lies between two moments; zero when the second is not after the first.
    pub fn open_time_between(&self, from: Timestamp, to: Timestamp) -> Duration {
        if to <= from {
            return Duration::ZERO;
        }
        self.measure(from, to).0
    }

    /// How much open time lies between a moment and a later one, and whether the later one is open.
    pub(super) fn measure(&self, from: Timestamp, to: Timestamp) -> (Duration, bool) {
        let Some(hours) = &self.hours else {
            return (between(from, to), true);
        };
        let ((from_second, from_nanos), (to_second, to_nanos)) = (parts(from), parts(to));
        let (mut offset, until) = self.offset(from);
        // As long as the offset stays, seconds of local time are seconds.
        let [(mut begun, within), (mut ended, mut open)] =
            hours.before_both(from_second + offset, to_second + offset);
        let mut sum = 0;
        if to_second >= until {
            for (at, next) in self.shifts(from, to) {
                sum += hours.before(at + offset).0 - begun;
                offset = next;
                begun = hours.before(at + offset).0;
            }
            (ended, open) = hours.before(to_second + offset);
        }
        sum += ended - begun;
        let begun = if within { from_nanos } else { 0 };
        let ended = if open { to_nanos } else { 0 };
        let total = SignedDuration::new(sum, ended - begun);
        (Duration::try_from(total).unwrap_or_default(), open)
    }

    /// When so much open time has passed since a moment: the first moment of which that is true, so that hours which
    /// are used up to the last second end when they close, not when they open again. The last moment that there is,
    /// where it would be beyond that.
    pub fn add(&self, start: Timestamp, time: Duration) -> Timestamp {
        self.since(start).add(time)
    }

    /// Looks up once what several sums from one moment need.
    pub(super) fn since(&self, start: Timestamp) -> Since<'_> {
        let local = self.hours.as_ref().map(|hours| {
            let (second, nanos) = parts(start);
            let (offset, until) = self.offset(start);
            let (begun, within) = hours.before(second + offset);
            Local {
                hours,
                offset,
                until,
                begun,
                // Counted from the beginning of the second, what of it is over is wanted once more.
                passed: if within { nanos } else { 0 },
            }
        });
        let calendar = self;
        Since {
            calendar,
            start,
            local,
        }
    }

    /// By how many seconds the clock on the wall is ahead of UTC, and a second up to which that stays so.
    fn offset(&self, at: Timestamp) -> (i64, i64) {
        let second = parts(at).0;
        let known = self.changes.around(second);
        known.unwrap_or_else(|| (i64::from(self.zone.to_offset(at).seconds()), second))
    }

    /// When that changes between two moments, and to what.
    fn shifts(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = (i64, i64)> {
        let (first, last) = (parts(from).0, parts(to).0);
        let known = self.changes.after(first);
        let end = known.last().map(|(at, _)| *at);
        let end = end.and_then(|end| Timestamp::from_second(end).ok());
        let beyond = match end {
            Some(end) if to <= end => None,
            Some(end) => Some(self.zone.following(from.max(end))),
            None => Some(self.zone.following(from)),
        };
        let beyond = beyond.into_iter().flatten();
        let beyond = beyond.map(|shift| {
            let offset = i64::from(shift.offset().seconds());
            (shift.timestamp().as_second(), offset)
        });
        let all = known.iter().copied().chain(beyond);
        all.take_while(move |(at, _)| *at <= last)
    }
}

/// A moment from which open time is counted.
pub(super) struct Since<'a> {
    calendar: &'a Calendar,
    start: Timestamp,
    /// `None`: every second is open.
    local: Option<Local<'a>>,
}

struct Local<'a> {
    hours: &'a Hours,
    /// By how many seconds the clock on the wall is ahead of UTC, and until when.
    offset: i64,
    until: i64,
    /// How many seconds were open until the second of the start.
    begun: i64,
    /// How many billionths of that second are over, if it is open.
    passed: i32,
}

impl Since<'_> {
    /// When so much open time has passed.
    pub(super) fn add(&self, time: Duration) -> Timestamp {
        let Some(local) = &self.local else {
            return after(self.start, time);
        };
        if time.is_zero() {
            return self.start;
        }
        let wanted =
            time.saturating_add(Duration::from_nanos(u64::from(local.passed.unsigned_abs())));
        let nanos = wanted.subsec_nanos().cast_signed();
        // A part of a second lies in the open second that follows.
        let part = i64::from(nanos > 0);
        let mut left = match i64::try_from(wanted.as_secs()) {
            Ok(seconds) if seconds < LONGEST => seconds + part,
            _ => return Timestamp::MAX,
        };
        let (hours, mut offset, mut begun) = (local.hours, local.offset, local.begun);
        let mut end = hours.after(begun + left) - offset;
        if end > local.until {
            for (at, next) in self.calendar.shifts(self.start, Timestamp::MAX) {
                let here = hours.before(at + offset).0 - begun;
                if here >= left {
                    break;
                }
                left -= here;
                offset = next;
                begun = hours.before(at + offset).0;
            }
            end = hours.after(begun + left) - offset;
        }
        Timestamp::new(end - part, nanos).unwrap_or(Timestamp::MAX)
    }
}

/// The second that a moment lies in, and how many billionths of it are over.
fn parts(at: Timestamp) -> (i64, i32) {
    // Before 1970 both parts are below zero.
    match (at.as_second(), at.subsec_nanosecond()) {
        (second, nanos @ ..0) => (second - 1, nanos + 1_000_000_000),
        parts => parts,
    }
}
