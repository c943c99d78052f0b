//! Midnights, where days and months are counted.

use jiff::tz::TimeZone;

use super::time::{DAY, Micros, SECOND, timestamp};

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
    // Days since the first of March of the year 0, so that a leap day ends its year, in the 400 years after which the
    // calendar repeats.
    const CYCLE: i64 = 146_097;
    const MARCH_0000: i64 = 719_468;
    let day = there.div_euclid(DAY) + MARCH_0000;
    let (cycle, day) = (day.div_euclid(CYCLE), day.rem_euclid(CYCLE));
    let begins = |year: i64| 365 * year + year / 4 - year / 100 + year / 400;
    let mut year = day / 365;
    if begins(year) > day {
        year -= 1;
    }
    // Five months from March on are 153 days, and so are the five after them.
    let month = (5 * (day - begins(year)) + 2) / 153;
    let next = match month {
        ..11 => begins(year) + (153 * (month + 1) + 2) / 5,
        _ => begins(year + 1),
    };
    (cycle * CYCLE + next - MARCH_0000).saturating_mul(DAY)
}

#[cfg(test)]
mod tests {
    use super::super::time::micros;
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
        let mut day = jiff::civil::date(1599, 12, 1);
        while day.year() < 2401 {
            let noon = |day: jiff::civil::Date| TimeZone::UTC.to_timestamp(day.at(12, 0, 0, 0));
            let next = next_month(micros(noon(day).unwrap()));
            let first = noon(day.last_of_month().tomorrow().unwrap()).unwrap();
            assert_eq!(next, micros(first) - DAY / 2, "{day}");
            day = day.tomorrow().unwrap();
        }
    }
}
