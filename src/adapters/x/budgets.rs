//! What calls cost: the windows of an endpoint, of a token and of the application, a quarter of an hour and a day long.

use std::borrow::Cow;

use http::HeaderMap;
use jiff::Timestamp;

use super::rules::endpoints::{DAY, Endpoint, QUARTER};
use super::rules::{NETWORK, TokenKind};
use crate::client::headers::{self, HeaderFamily, ResetFormat};
use crate::client::limits::{Bucket, BucketKey, Charge, Name, Observation, Scope, Window};

/// The header fields in which X tells its limits (docs). Each is told under the name of the endpoint's bucket.
const FAMILIES: &[HeaderFamily] = &[
    HeaderFamily::new()
        .bucket("quarter")
        .limit("x-rate-limit-limit")
        .remaining("x-rate-limit-remaining")
        .reset("x-rate-limit-reset", ResetFormat::EpochSeconds)
        .period(QUARTER),
    // Of the Ads API: those of an advertising account, which go before the others.
    HeaderFamily::new()
        .bucket("account")
        .limit("x-account-rate-limit-limit")
        .remaining("x-account-rate-limit-remaining")
        .reset("x-account-rate-limit-reset", ResetFormat::EpochSeconds)
        .period(QUARTER),
    HeaderFamily::new()
        .bucket("app day")
        .limit("x-app-limit-24hour-limit")
        .remaining("x-app-limit-24hour-remaining")
        .reset("x-app-limit-24hour-reset", ResetFormat::EpochSeconds)
        .period(DAY),
    HeaderFamily::new()
        .bucket("user day")
        .limit("x-user-limit-24hour-limit")
        .remaining("x-user-limit-24hour-remaining")
        .reset("x-user-limit-24hour-reset", ResetFormat::EpochSeconds)
        .period(DAY),
];

/// What a window is that the page does not tell of: a refusal freezes it, headers teach it.
const UNTOLD: &[Window] = &[Window::in_flight(1024)];

/// Who spends budgets: one token, and the application that it is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spender {
    pub(super) kind: TokenKind,
    /// The hash of the token, or of the account whose login renews it.
    pub(super) subject: u64,
    /// The hash of the application.
    pub(super) app: u64,
}

impl Spender {
    fn key(&self, name: &'static str) -> BucketKey {
        // An application's own windows and those of its users are different ones under one name.
        let id = if self.kind.is_user() {
            self.subject
        } else {
            self.app
        };
        BucketKey::new(NETWORK, Name::constant(name), Scope::Endpoint).of(id)
    }

    /// The windows of a quarter of an hour.
    pub(super) fn quarter(&self, endpoint: &Endpoint) -> BucketKey {
        self.key(endpoint.name)
    }

    /// The user's day.
    pub(super) fn user_day(&self, endpoint: &Endpoint) -> BucketKey {
        self.key(endpoint.user_day_name)
    }

    /// The application's day.
    pub(super) fn app_day(&self, endpoint: &Endpoint) -> BucketKey {
        BucketKey::new(NETWORK, Name::constant(endpoint.app_day_name), Scope::App).of(self.app)
    }

    /// What a call costs, in calls.
    pub(super) fn charges(&self, endpoint: &'static Endpoint) -> Vec<Charge> {
        let user = self.kind.is_user();
        let windows = if user { endpoint.user } else { endpoint.app };
        let mut charges = Vec::with_capacity(4);
        let key = self.quarter(endpoint);
        charges.push(match windows {
            [] => Charge::new(Bucket::new(key, UNTOLD), 1),
            windows => Charge::new(Bucket::new(key, windows), 1),
        });
        if user && !endpoint.user_day.is_empty() {
            let bucket = Bucket::new(self.user_day(endpoint), endpoint.user_day);
            charges.push(Charge::new(bucket, 1));
        }
        if !endpoint.app_day.is_empty() {
            let bucket = Bucket::new(self.app_day(endpoint), endpoint.app_day);
            charges.push(Charge::new(bucket, 1));
        }
        charges
    }
}

/// What an answer's header fields tell, under the names of the endpoint's buckets.
pub(super) fn observe(
    endpoint: &'static Endpoint,
    fields: &HeaderMap,
    now: Timestamp,
) -> Vec<Observation> {
    let mut seen = headers::observe(FAMILIES, fields, now);
    let is_of = |one: &Observation, name: &str| one.bucket.as_deref() == Some(name);
    if seen.iter().any(|one| is_of(one, "account")) {
        seen.retain(|one| !is_of(one, "quarter"));
    }
    for one in &mut seen {
        let name = match one.bucket.as_deref() {
            Some("app day") => endpoint.app_day_name,
            Some("user day") => endpoint.user_day_name,
            _ => endpoint.name,
        };
        one.bucket = Some(Cow::Borrowed(name));
    }
    seen
}

/// A window that an answer says is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    Quarter,
    UserDay,
    AppDay,
}

/// Which window an answer says is empty, and until when: the one that lasts longest.
pub(super) fn empty(fields: &HeaderMap, now: Timestamp) -> Option<(Empty, Option<Timestamp>)> {
    let here = |at: Timestamp| {
        // The moment is the server's, whose clock may differ from ours; it is written in whole seconds.
        let ahead = headers::server_now(fields, now).duration_since(now);
        at.checked_sub(ahead)
            .ok()?
            .checked_add(std::time::Duration::from_secs(1))
            .ok()
    };
    let seen = headers::observe(FAMILIES, fields, now);
    let empty = seen
        .into_iter()
        .filter(|one| one.remaining == Some(0))
        .map(|one| {
            let which = match one.bucket.as_deref() {
                Some("app day") => Empty::AppDay,
                Some("user day") => Empty::UserDay,
                _ => Empty::Quarter,
            };
            let until = match one.reset {
                Some(crate::client::limits::Reset::At { time, .. }) => here(time),
                _ => None,
            };
            (which, until)
        });
    empty.max_by_key(|(_, until)| *until)
}

#[cfg(test)]
mod tests {
    use super::super::rules::endpoints::{CREATE_POST, LIKE_POST, POST, SEARCH_ALL};
    use super::*;

    fn spender(kind: TokenKind) -> Spender {
        Spender {
            kind,
            subject: 7,
            app: 9,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn fields(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_user_spends_the_users_windows_and_the_applications_day() {
        let charges = spender(TokenKind::OAuth2).charges(CREATE_POST);
        let names: Vec<&str> = charges
            .iter()
            .map(|charge| charge.bucket.key.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["POST /2/tweets", "POST /2/tweets, the application's day"]
        );
        assert_eq!(charges[0].bucket.windows(), CREATE_POST.user);
        assert_eq!((charges[0].bucket.key.id, charges[1].bucket.key.id), (7, 9));
        assert_eq!(spender(TokenKind::OAuth1).charges(LIKE_POST).len(), 2);
        let app = spender(TokenKind::AppOnly).charges(POST);
        assert_eq!(
            (app[0].bucket.windows(), app[0].bucket.key.id),
            (POST.app, 9)
        );
        assert_eq!(
            spender(TokenKind::AppOnly).charges(SEARCH_ALL)[0]
                .bucket
                .windows()
                .len(),
            2
        );
    }

    #[test]
    fn headers_are_told_under_the_names_of_the_endpoints_buckets() {
        let told = fields(&[
            ("x-rate-limit-limit", "50"),
            ("x-rate-limit-remaining", "49"),
            ("x-rate-limit-reset", "1795000900"),
            ("x-user-limit-24hour-limit", "1000"),
            ("x-user-limit-24hour-remaining", "0"),
            ("x-user-limit-24hour-reset", "1795080000"),
        ]);
        let seen = observe(LIKE_POST, &told, at(1_795_000_000));
        let names: Vec<_> = seen
            .iter()
            .map(|one| one.bucket.as_deref().unwrap())
            .collect();
        assert_eq!(names, [LIKE_POST.name, LIKE_POST.user_day_name]);
        assert_eq!((seen[0].remaining, seen[1].remaining), (Some(49), Some(0)));
        let (which, until) = empty(&told, at(1_795_000_000)).unwrap();
        assert_eq!((which, until), (Empty::UserDay, Some(at(1_795_080_001))));
        assert_eq!(
            empty(&fields(&[("x-rate-limit-remaining", "3")]), at(0)),
            None
        );
    }
}
