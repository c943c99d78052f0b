//! Times as people of a language write them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::words::Language;
use crate::model::Period;

const ENGLISH: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const RUSSIAN: [&str; 12] = [
    "янв.",
    "февр.",
    "марта",
    "апр.",
    "мая",
    "июня",
    "июля",
    "авг.",
    "сент.",
    "окт.",
    "нояб.",
    "дек.",
];

impl Language {
    /// A day of a year that is told elsewhere.
    pub(super) fn day(self, date: Date) -> String {
        let months = match self {
            Self::English => ENGLISH,
            Self::Russian => RUSSIAN,
        };
        let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
        let month = months.get(month).copied().unwrap_or_default();
        format!("{}\u{a0}{month}", date.day())
    }

    fn date(self, date: Date) -> String {
        format!("{}\u{a0}{}", self.day(date), date.year())
    }

    /// A moment to the minute.
    pub(super) fn moment(self, at: Timestamp, zone: &TimeZone) -> String {
        let at = at.to_zoned(zone.clone()).datetime();
        format!(
            "{}, {:02}:{:02}",
            self.date(at.date()),
            at.hour(),
            at.minute()
        )
    }

    /// A span of time. Of whole days the last one is named, not the one after it.
    pub(super) fn period(self, period: &Period, zone: &TimeZone) -> String {
        let local = |at: Timestamp| at.to_zoned(zone.clone()).datetime();
        let midnight = |at: DateTime| at.time() == Time::midnight();
        let (from, to) = (local(period.since), local(period.until));
        if !midnight(from) || !midnight(to) {
            let (from, to) = (
                self.moment(period.since, zone),
                self.moment(period.until, zone),
            );
            return format!("{from} – {to}");
        }
        let end = period.until.checked_sub(SignedDuration::from_nanos(1));
        let last = local(end.unwrap_or(period.until)).date();
        let first = from.date();
        if first >= last {
            return self.date(last);
        }
        if first.year() != last.year() {
            return format!("{} – {}", self.date(first), self.date(last));
        }
        if first.month() != last.month() {
            return format!("{} – {}", self.day(first), self.date(last));
        }
        format!("{}–{}", first.day(), self.date(last))
    }

    /// A stretch of time by its word in a report: a day (`2026-11-03`), a month (`2026-11`), or the days from and to.
    pub(super) fn stretch(self, word: &str) -> String {
        let read = |text: &str| text.parse::<Date>().ok();
        match word.split_once("..") {
            Some((from, to)) => match (read(from), read(to)) {
                (Some(from), Some(to)) => format!("{} – {}", self.day(from), self.day(to)),
                _ => word.to_owned(),
            },
            None => read(word).map_or_else(|| word.to_owned(), |date| self.day(date)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Period {
        Period::new(from.parse().unwrap(), to.parse().unwrap())
    }

    #[test]
    fn whole_days_are_told_by_the_first_and_the_last() {
        let (en, ru) = (Language::English, Language::Russian);
        let november = period("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
        assert_eq!(
            en.period(&november, &TimeZone::UTC),
            "1–30\u{a0}Nov\u{a0}2026"
        );
        assert_eq!(
            ru.period(&november, &TimeZone::UTC),
            "1–30\u{a0}нояб.\u{a0}2026"
        );
        let day = period("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
        assert_eq!(en.period(&day, &TimeZone::UTC), "1\u{a0}Nov\u{a0}2026");
        let part = period("2026-11-01T09:30:00Z", "2026-11-02T00:00:00Z");
        assert_eq!(
            en.period(&part, &TimeZone::UTC),
            "1\u{a0}Nov\u{a0}2026, 09:30 – 2\u{a0}Nov\u{a0}2026, 00:00"
        );
        assert_eq!(en.stretch("2026-11-03"), "3\u{a0}Nov");
        assert_eq!(en.stretch("2026-11"), "2026-11");
    }
}
