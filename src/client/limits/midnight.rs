//! Midnights, where days and months are counted.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::time::{DAY, Micros, SECOND, micros, timestamp};

/// Whether the days of a zone can be told.
pub(super) fn is_known(zone: &str) -> bool {
    is_utc(zone) || TimeZone::get(zone).is_ok()
}

fn is_utc(zone: &str) -> bool {
    zone.eq_ignore_ascii_case("UTC")
}

/// The first midnight after `there`, on the server's clock.
pub(super) fn next_midnight(there: Micros, zone: &str) -> Micros {
    let zone = TimeZone::get(zone).ok().filter(|_| !is_utc(zone));
    // What a clock on the wall shows, counted as if it stood in UTC.
    let shown = |at: Micros| match &zone {
        Some(zone) => at + Micros::from(zone.to_offset(timestamp(at)).seconds()) * SECOND,
        None => at,
    };
    let today = shown(there).div_euclid(DAY);
    // Days begin at a whole second. The longest have an hour or two more than others, and where a date is left out,
    // another day.
    let (mut before, mut after) = (
        there.div_euclid(SECOND),
        there.div_euclid(SECOND) + 51 * 3600,
    );
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if shown(middle * SECOND).div_euclid(DAY) > today {
            after = middle;
        } else {
            before = middle;
        }
    }
    after * SECOND
}

/// The first moment of the month after `there`, in UTC.
pub(super) fn next_month(there: Micros) -> Micros {
    let date = TimeZone::UTC.to_datetime(timestamp(there)).date();
    let (year, month) = match date.month() {
        12 => (date.year() + 1, 1),
        month => (date.year(), month + 1),
    };
    let first = Date::new(year, month, 1).ok();
    let first = first.and_then(|date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok());
    first.map_or(Micros::MAX, micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_when_the_calendar_says() {
        for zone in [
            "UTC",
            "America/New_York",
            "Asia/Kathmandu",
            "Africa/Cairo",
            "America/Santiago",
        ] {
            let calendar = TimeZone::get(zone).unwrap();
            for hour in 0..3 * 365 * 24 {
                let there = (1_735_689_600 + hour * 3600) * SECOND + hour;
                let next = timestamp(there)
                    .to_zoned(calendar.clone())
                    .tomorrow()
                    .unwrap();
                let next = next.start_of_day().unwrap().timestamp().as_microsecond();
                assert_eq!(next_midnight(there, zone), next, "{zone} {there}");
            }
        }
    }

    #[test]
    fn months_end_with_their_last_day() {
        let at = |text: &str| micros(text.parse().unwrap());
        for (there, next) in [
            ("2026-01-31T23:59:59.999999Z", "2026-02-01T00:00:00Z"),
            ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z"),
            ("2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z"),
        ] {
            assert_eq!(next_month(at(there)), at(next), "{there}");
        }
    }
}
