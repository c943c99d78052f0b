//! A server that refuses what is too much, and tells its limits in the header fields of one of the networks.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use sociable::client::headers::{HeaderFamily, ResetFormat, UsageJson, date, observe, retry_after};
use sociable::client::limits::{Refusal, Reset, Sent, Window};

use super::truth::Truth;
use super::{MS, SEC, Us, ts};

/// How the server tells its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Not at all: VK, LinkedIn, YouTube.
    Silent,
    /// Bluesky: epoch seconds, and the window's length as a policy.
    EpochSeconds,
    /// Mastodon: ISO dates to the microsecond.
    IsoMicros,
    /// Pinterest: whole seconds that are left, and policies behind the limit.
    DeltaSeconds,
    /// Discord: seconds with decimals, and a bucket's name that means nothing to us.
    DeltaDecimals,
    /// Reddit: used and left, as fractions, without a limit.
    UsedAndLeft,
    /// The drafts of the IETF: all in one field.
    Combined,
    /// X: the window and the day of the app, each by itself.
    TwoFamilies,
    /// Meta: percentages in JSON.
    Percent,
    /// What is used, and nothing of when it ends.
    UsedOnly,
    /// Telegram: nothing but `Retry-After` with a refusal.
    RetryAfter,
}

impl Dialect {
    /// All in which a known limit must be kept without a refusal.
    pub const KNOWN: [Self; 10] = [
        Self::Silent,
        Self::EpochSeconds,
        Self::IsoMicros,
        Self::DeltaSeconds,
        Self::DeltaDecimals,
        Self::UsedAndLeft,
        Self::Combined,
        Self::TwoFamilies,
        Self::Percent,
        Self::UsedOnly,
    ];

    /// Those that tell a limit that nobody knew before.
    pub const TELLING: [Self; 7] = [
        Self::EpochSeconds,
        Self::IsoMicros,
        Self::DeltaSeconds,
        Self::DeltaDecimals,
        Self::UsedAndLeft,
        Self::Combined,
        Self::TwoFamilies,
    ];

    /// Whether an answer tells what is left.
    pub fn counts(self) -> bool {
        !matches!(self, Self::Silent | Self::RetryAfter | Self::Percent)
    }

    /// What an adapter's rules would name; `period` where the answers do not tell it.
    pub fn families(self, period: Duration) -> Vec<HeaderFamily> {
        const SHARES: &[&str] = &["call_count", "total_time", "total_cputime"];
        let family = HeaderFamily::new();
        let common = family
            .limit("x-ratelimit-limit")
            .remaining("x-ratelimit-remaining");
        let reset = "x-ratelimit-reset";
        match self {
            Self::Silent | Self::RetryAfter => vec![],
            Self::EpochSeconds => vec![
                family
                    .limit("ratelimit-limit")
                    .remaining("ratelimit-remaining")
                    .reset("ratelimit-reset", ResetFormat::EpochSeconds)
                    .policy("ratelimit-policy"),
            ],
            Self::IsoMicros => vec![common.reset(reset, ResetFormat::Iso8601)],
            Self::DeltaSeconds => vec![
                common
                    .bucket_header("x-ratelimit-category")
                    .reset(reset, ResetFormat::Any),
            ],
            Self::DeltaDecimals => vec![
                common
                    .bucket_header("x-ratelimit-bucket")
                    .reset("x-ratelimit-reset-after", ResetFormat::DeltaSeconds),
            ],
            Self::UsedAndLeft => vec![
                family
                    .used("x-ratelimit-used")
                    .remaining("x-ratelimit-remaining")
                    .reset(reset, ResetFormat::DeltaSeconds)
                    .period(period),
            ],
            Self::Combined => vec![HeaderFamily::ietf()],
            Self::TwoFamilies => vec![
                family
                    .limit("x-rate-limit-limit")
                    .remaining("x-rate-limit-remaining")
                    .reset("x-rate-limit-reset", ResetFormat::EpochSeconds)
                    .period(period),
                family
                    .bucket("day")
                    .limit("x-app-limit-24hour-limit")
                    .remaining("x-app-limit-24hour-remaining")
                    .reset("x-app-limit-24hour-reset", ResetFormat::EpochSeconds)
                    .period(Duration::from_secs(86_400)),
            ],
            Self::Percent => vec![family.usage(UsageJson::new("x-app-usage", SHARES))],
            Self::UsedOnly => vec![family.limit("x-ratelimit-limit").used("x-ratelimit-used")],
        }
    }
}

/// A server that knows the truth.
#[derive(Clone, Debug)]
pub struct Server {
    /// Which charge it counts, and how; several windows of one bucket are several truths of one charge. Header fields
    /// tell of the first, and where there are two families of the second too.
    pub truths: Vec<(usize, Truth)>,
    pub dialect: Dialect,
    /// Whether answers tell the date.
    pub dated: bool,
    /// Its clock is ahead by this.
    pub skew: Us,
    families: Vec<HeaderFamily>,
    families_of: Option<Dialect>,
}

impl Server {
    pub fn new(windows: &[Window]) -> Self {
        let truths = windows
            .iter()
            .filter(|window| !matches!(window, Window::InFlight(_)))
            .map(|window| (0, Truth::new(window.clone())))
            .collect();
        Self {
            truths,
            dialect: Dialect::Silent,
            dated: false,
            skew: 0,
            families: Vec::new(),
            families_of: None,
        }
    }

    /// Takes a unit of everything, as another process would; nothing where there is no room.
    pub fn foreign(&mut self, now: Us) {
        let there = now + self.skew;
        if (self.truths.iter_mut()).all(|(_, truth)| truth.has_room(there, 1)) {
            for (_, truth) in &mut self.truths {
                truth.count(there, 1);
            }
        }
    }

    /// Answers a call that comes at `now`, on the client's clock, and really costs so much of each charge.
    pub fn answer(&mut self, now: Us, costs: &[(usize, u64)]) -> Response<Bytes> {
        let there = now + self.skew;
        let cost_of = |charge: usize| costs.iter().find(|(at, _)| *at == charge).map(|it| it.1);
        let mut wait_until = there;
        let mut room = true;
        for (charge, truth) in &mut self.truths {
            if let Some(cost) = cost_of(*charge)
                && !truth.has_room(there, cost)
            {
                room = false;
                wait_until = wait_until.max(truth.tell(there).2);
            }
        }
        for (charge, truth) in &mut self.truths {
            match cost_of(*charge) {
                Some(cost) if room => truth.count(there, cost),
                Some(_) => truth.refused += 1,
                None => {}
            }
        }
        let mut answer = Response::new(Bytes::from_static(b"{}"));
        if !room {
            *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            if self.dialect != Dialect::Silent {
                let wait = ceil(wait_until - there);
                put(answer.headers_mut(), "retry-after", wait.to_string());
            }
        }
        self.tell(there, answer.headers_mut());
        if self.dated {
            let date = ts(there.div_euclid(SEC) * SEC);
            let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let date = HeaderValue::try_from(date).unwrap();
            answer.headers_mut().insert(header::DATE, date);
        }
        answer
    }

    fn tell(&mut self, there: Us, headers: &mut HeaderMap) {
        let dialect = self.dialect;
        let Some((_, truth)) = self.truths.first_mut() else {
            return;
        };
        if truth.period() == 0 {
            // No header field speaks of paces.
            return;
        }
        let (limit, left, ends) = truth.tell(there);
        let used = limit - left;
        let (wait, period) = (ends - there, truth.period());
        let seconds = period / SEC;
        let mut put = |name: &'static str, value: String| put(headers, name, value);
        match dialect {
            Dialect::Silent | Dialect::RetryAfter => {}
            Dialect::EpochSeconds => {
                put("ratelimit-limit", limit.to_string());
                put("ratelimit-remaining", left.to_string());
                put("ratelimit-reset", ends.div_euclid(SEC).to_string());
                if seconds * SEC == period {
                    put("ratelimit-policy", format!("{limit};w={seconds}"));
                }
            }
            Dialect::IsoMicros => {
                put("x-ratelimit-limit", limit.to_string());
                put("x-ratelimit-remaining", left.to_string());
                put("x-ratelimit-reset", format!("{:.6}", ts(ends)));
            }
            Dialect::DeltaSeconds => {
                let policy = if seconds * SEC == period {
                    format!("{limit}, {limit};w={seconds};name=org_read")
                } else {
                    limit.to_string()
                };
                put("x-ratelimit-category", "org_read".into());
                put("x-ratelimit-limit", policy);
                put("x-ratelimit-remaining", left.to_string());
                put("x-ratelimit-reset", ceil(wait).to_string());
            }
            Dialect::DeltaDecimals => {
                let millis = wait.div_euclid(MS);
                put("x-ratelimit-bucket", "d41d8cd98f00b204".into());
                put("x-ratelimit-limit", limit.to_string());
                put("x-ratelimit-remaining", left.to_string());
                let after = format!("{}.{:03}", millis / 1_000, millis % 1_000);
                put("x-ratelimit-reset-after", after);
            }
            Dialect::UsedAndLeft => {
                put("x-ratelimit-used", used.to_string());
                put("x-ratelimit-remaining", format!("{left}.0"));
                put("x-ratelimit-reset", wait.div_euclid(SEC).to_string());
            }
            Dialect::Combined => {
                let wait = ceil(wait);
                put("ratelimit", format!("\"default\";r={left};t={wait}"));
                let window = if seconds * SEC == period {
                    format!(";w={seconds}")
                } else {
                    String::new()
                };
                put("ratelimit-policy", format!("\"default\";q={limit}{window}"));
            }
            Dialect::TwoFamilies => {
                put("x-rate-limit-limit", limit.to_string());
                put("x-rate-limit-remaining", left.to_string());
                put("x-rate-limit-reset", ends.div_euclid(SEC).to_string());
                if let Some((_, day)) = self.truths.get_mut(1) {
                    let (limit, left, ends) = day.tell(there);
                    put("x-app-limit-24hour-limit", limit.to_string());
                    put("x-app-limit-24hour-remaining", left.to_string());
                    put("x-app-limit-24hour-reset", ends.div_euclid(SEC).to_string());
                }
            }
            Dialect::Percent => {
                let share = used * 100 / limit.max(1);
                let text = format!(
                    r#"{{"call_count":{share},"total_time":{},"total_cputime":{}}}"#,
                    share / 2,
                    share / 3
                );
                put("x-app-usage", text);
            }
            Dialect::UsedOnly => {
                put("x-ratelimit-limit", limit.to_string());
                put("x-ratelimit-used", used.to_string());
            }
        }
    }

    /// The families in which this server's answers are to be read.
    pub fn families(&mut self) -> &[HeaderFamily] {
        if self.families_of != Some(self.dialect) {
            let period = self.truths.first().map_or(0, |(_, truth)| truth.period());
            let period = Duration::from_micros(period.max(1) as u64);
            self.families = self.dialect.families(period);
            self.families_of = Some(self.dialect);
        }
        &self.families
    }

    /// What a client makes of an answer, without a client.
    pub fn read(&mut self, answer: &Response<Bytes>, sent_at: Us, now: Us) -> Sent {
        let now = ts(now);
        let mut sent = Sent::answered(ts(sent_at));
        sent.seen = observe(self.families(), answer.headers(), now);
        sent.server_date = date(answer.headers());
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let mut refusal = Refusal::new();
            if let Some(told) = retry_after(answer.headers(), now) {
                refusal = refusal.until(Reset::after(told.wait(now)));
            }
            sent = sent.refused(refusal);
        }
        sent
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: String) {
    let value = HeaderValue::try_from(value).unwrap();
    headers.insert(HeaderName::from_static(name), value);
}

fn ceil(time: Us) -> Us {
    -(-time.max(0)).div_euclid(SEC)
}
