//! What an answer says about coming back, about time, and about itself.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;

use super::{
    FURTHEST,
    parse::{Decimal, http_date, iso_date, lines, since_epoch},
};
use crate::client::clock::{after, between};

/// The moment that a server named for coming back, on our clock.
///
/// At most 31 days ([`FURTHEST`]) after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct RetryAfter {
    /// Nothing leaves before it.
    pub until: Timestamp,
}

impl RetryAfter {
    /// A wait that begins `now`; longer ones count as 31 days.
    pub fn after(now: Timestamp, wait: Duration) -> Self {
        Self {
            until: after(now, wait.min(FURTHEST)),
        }
    }

    /// A wait of so many seconds, as error bodies tell it; `None` unless the number is finite and not negative.
    pub fn after_seconds(now: Timestamp, seconds: f64) -> Option<Self> {
        if !seconds.is_finite() || seconds < 0.0 {
            return None;
        }
        let seconds = seconds.min(FURTHEST.as_secs_f64());
        let wait = Duration::try_from_secs_f64(seconds).ok()?;
        Some(Self::after(now, wait))
    }

    /// How long it is from `now` on.
    pub fn wait(self, now: Timestamp) -> Duration {
        between(now, self.until)
    }
}

/// When `Retry-After` says to come back.
///
/// - Seconds, with or without decimals, count from `now`. Numbers beyond 31 days that read as a moment of the next 31
///   days in seconds since 1970 are that moment; others count as 31 days.
/// - A date counts by the server's clock ([`server_now`]) and is rounded up to the next second. One that is past is
///   ignored.
/// - Negative numbers, exponents and other text are ignored. Of several usable lines the latest moment wins.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<RetryAfter> {
    let told = lines(headers, "retry-after");
    told.filter_map(|line| read_retry_after(line, headers, now))
        .max()
}

fn read_retry_after(text: &str, headers: &HeaderMap, now: Timestamp) -> Option<RetryAfter> {
    if let Some(number) = Decimal::parse(text) {
        let wait = number.seconds();
        if wait > FURTHEST
            && let Some(moment) = since_epoch(wait)
            && let Some(meant) = at(moment, headers, now)
            && meant.wait(now) < FURTHEST
        {
            return Some(meant);
        }
        return Some(RetryAfter::after(now, wait));
    }
    let moment = http_date(text).or_else(|| Some(iso_date(text)?.0))?;
    at(moment, headers, now)
}

/// A moment of the server's clock that lies ahead.
fn at(moment: Timestamp, headers: &HeaderMap, now: Timestamp) -> Option<RetryAfter> {
    let server_now = server_now(headers, now);
    let wait = between(server_now, moment);
    // Written to the second, it may be meant up to a second later.
    (!wait.is_zero()).then(|| RetryAfter::after(now, wait + Duration::from_secs(1)))
}

/// The moment at which the server says that it answered; the first line counts.
pub fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let value = headers.get(header::DATE)?.to_str().ok()?;
    http_date(value)
}

/// The server's time now: its `Date`, unless that is absent or more than a day from `now`; then `now`.
pub fn server_now(headers: &HeaderMap, now: Timestamp) -> Timestamp {
    const DAY: Duration = Duration::from_secs(86_400);
    match date(headers) {
        Some(date) if between(now, date).max(between(date, now)) <= DAY => date,
        _ => now,
    }
}

/// How the server calls this exchange: for its support, and for our logs.
///
/// The first of the names under which it is commonly told; only visible ASCII of up to 128 bytes.
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    const NAMES: [&str; 6] = [
        "x-request-id",
        "request-id",
        "x-correlation-id",
        "x-transaction-id",
        "x-trace-id",
        "cf-ray",
    ];
    NAMES
        .iter()
        .filter_map(|name| lines(headers, name).next())
        .find(|id| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The wait that a sentence tells, such as `try again in 3 minutes` or `retry after 35`.
///
/// The first number with a unit (milliseconds to hours) counts, rounded up by one unit because a sentence rounds down;
/// else the number after `retry after` counts as seconds.
pub fn wait_in_words(text: &str, now: Timestamp) -> Option<RetryAfter> {
    let words = || {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .filter(|word| !word.is_empty())
    };
    let told = words().zip(words().skip(1)).find_map(|(number, unit)| {
        let number = Decimal::parse(number)?.floor()?;
        let unit = match unit.to_ascii_lowercase().as_str() {
            "ms" | "millisecond" | "milliseconds" => Duration::from_millis(1),
            "s" | "sec" | "second" | "seconds" => Duration::from_secs(1),
            "min" | "minute" | "minutes" => Duration::from_secs(60),
            "h" | "hour" | "hours" => Duration::from_secs(3_600),
            _ => return None,
        };
        Some(Duration::from_nanos(
            u64::try_from(unit.as_nanos())
                .ok()?
                .saturating_mul(number + 1),
        ))
    });
    let bare = || {
        let mut pairs = words().zip(words().skip(1)).zip(words().skip(2));
        pairs.find_map(|((first, second), number)| {
            let phrase =
                first.eq_ignore_ascii_case("retry") && second.eq_ignore_ascii_case("after");
            phrase.then(|| Decimal::parse(number)).flatten()
        })
    };
    let wait = told.or_else(|| Some(bare()?.seconds()))?;
    Some(RetryAfter::after(now, wait))
}
