//! Midnights, where days are counted.

use jiff::tz::TimeZone;

use super::time::{DAY, Micros, timestamp};

/// Whether the days of a zone can be told.
pub(super) fn is_known(zone: &str) -> bool {
    is_utc(zone) || TimeZone::get(zone).is_ok()
}

fn is_utc(zone: &str) -> bool {
    zone.eq_ignore_ascii_case("UTC")
}

/// The first midnight after `there`, on the server's clock.
pub(super) fn next_midnight(there: Micros, zone: &str) -> Micros {
    let day_later = there.saturating_add(DAY);
    let Some(zone) = TimeZone::get(zone).ok().filter(|_| !is_utc(zone)) else {
        return day_later - day_later.rem_euclid(DAY);
    };
    let next = timestamp(there)
        .to_zoned(zone)
        .tomorrow()
        .and_then(|day| day.start_of_day());
    next.map_or(day_later, |at| at.timestamp().as_microsecond())
}
