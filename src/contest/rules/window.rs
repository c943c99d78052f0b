use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::error::{Rule, Violation};

/// When people may take part: from `open`, up to but without `close`, by the clocks of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EntryWindow {
    /// The first moment: `2026-12-01T10:00`.
    pub open: DateTime,
    /// The first moment at which it is too late.
    pub close: DateTime,
    /// The zone whose clocks these are, by its IANA name: `Europe/Athens`, `UTC`.
    pub zone: String,
}

impl EntryWindow {
    /// From a time up to but without another, by the clocks of a zone.
    pub fn new(open: DateTime, close: DateTime, zone: impl Into<String>) -> Self {
        Self {
            open,
            close,
            zone: zone.into(),
        }
    }

    /// From a moment up to but without another, by the clocks of UTC.
    pub fn utc(open: Timestamp, close: Timestamp) -> Self {
        let civil = |at| TimeZone::UTC.to_datetime(at);
        Self::new(civil(open), civil(close), "UTC")
    }

    fn moment(&self, time: DateTime) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).ok()?;
        zone.to_timestamp(time).ok()
    }

    /// The first moment; `None` where the zone is not known.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.moment(self.open)
    }

    /// The first moment at which it is too late; `None` where the zone is not known.
    pub fn closes_at(&self) -> Option<Timestamp> {
        self.moment(self.close)
    }

    /// Finds what is wrong with it.
    pub(super) fn check(&self, found: &mut Vec<Violation>) {
        let Ok(zone) = TimeZone::get(&self.zone) else {
            let what = format!(
                "there is no time zone `{}`: give its IANA name, such as `Europe/Athens` or `UTC`",
                self.zone
            );
            found.push(Violation::error(Rule::Malformed, "window.zone", what));
            return;
        };
        for (name, time) in [("open", self.open), ("close", self.close)] {
            let why = match zone.to_ambiguous_timestamp(time).offset() {
                AmbiguousOffset::Unambiguous { .. } => continue,
                AmbiguousOffset::Gap { .. } => "does not exist: clocks are put forward over it",
                AmbiguousOffset::Fold { .. } => "comes twice: clocks are put back over it",
            };
            let what = format!("{time} {why} in {}; choose another time", self.zone);
            found.push(Violation::error(Rule::Time, format!("window.{name}"), what));
        }
        match (self.opens_at(), self.closes_at()) {
            (Some(open), Some(close)) if close <= open => {
                let what = format!(
                    "the contest ends ({}) before it begins ({}), so that nobody could take part",
                    self.close, self.open
                );
                found.push(Violation::error(Rule::Time, "window.close", what));
            }
            (Some(open), Some(close)) => {
                let year = zone.to_datetime(open).checked_add(1.year());
                let ends = year.ok().and_then(|year| zone.to_timestamp(year).ok());
                if ends.is_some_and(|ends| close > ends) {
                    let what = "the contest lasts longer than a year: are both dates right?";
                    found.push(Violation::note(Rule::Time, "window.close", what));
                }
            }
            _ => {
                let what = "a time of the window lies outside of the calendar";
                found.push(Violation::error(Rule::Time, "window", what));
            }
        }
    }
}
