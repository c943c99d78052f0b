//! What calls cost: how many a second each token has, and how many of some methods a day.

use std::time::Duration;

use super::rules::TokenKind::{Community, Service, User};
use super::rules::{METHODS, NETWORK, TokenKind};
use crate::client::limits::{Bucket, BucketKey, Charge, Name, Scope, Window};

/// How many calls each kind of token makes in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paces {
    community: u64,
    user: u64,
    service: u64,
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            community: Community.a_second(),
            user: User.a_second(),
            service: Service.a_second(),
        }
    }
}

impl Paces {
    /// Sets how many calls a kind of token makes in a second, at least one.
    pub(super) fn set(&mut self, kind: TokenKind, calls: u64) {
        let place = match kind {
            Community => &mut self.community,
            User => &mut self.user,
            Service => &mut self.service,
        };
        *place = calls.max(1);
    }

    const fn of(self, kind: TokenKind) -> u64 {
        match kind {
            Community => self.community,
            User => self.user,
            Service => self.service,
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The usual paces as constants, which cost no allocation.
const TWENTY_A_SECOND: &[Window] = &[Window::rolling(20, SECOND)];
const THREE_A_SECOND: &[Window] = &[Window::rolling(3, SECOND)];

/// What the network grants a method in a day (docs, data limits, which do not say of whom they count: so of each token).
const A_DAY: &[(&str, &[Window])] = &[
    ("wall.get", &[Window::rolling(5000, DAY)]),
    ("wall.search", &[Window::rolling(1000, DAY)]),
    ("newsfeed.search", &[Window::rolling(1000, DAY)]),
    ("video.save", &[Window::rolling(5000, DAY)]),
];
/// Other methods: their quotas are not published, and a refusal freezes the bucket.
const UNTOLD: &[Window] = &[Window::in_flight(1024)];

/// Who spends budgets: one token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spender {
    pub(super) kind: TokenKind,
    /// The hash of the token, or of the account whose login renews it.
    pub(super) subject: u64,
    pub(super) paces: Paces,
}

impl Spender {
    /// The budget of all calls of a token.
    pub(super) fn second(&self) -> BucketKey {
        let name = match self.kind {
            Community => "community token",
            User => "user token",
            Service => "service token",
        };
        BucketKey::new(NETWORK, name, Scope::Token).of(self.subject)
    }

    /// The budget of one method of a token, which flood control freezes.
    pub(super) fn method(&self, method: &str) -> BucketKey {
        let known = METHODS.iter().find(|(name, _)| *name == method);
        let name = known.map_or_else(
            || Name::from(method.to_owned()),
            |(name, _)| Name::constant(name),
        );
        BucketKey::new(NETWORK, name, Scope::Endpoint).of(self.subject)
    }

    fn second_windows(&self) -> Bucket {
        let key = self.second();
        match self.paces.of(self.kind) {
            20 => Bucket::new(key, TWENTY_A_SECOND),
            3 => Bucket::new(key, THREE_A_SECOND),
            calls => Bucket::new(key, [Window::rolling(calls, SECOND)]),
        }
    }

    fn method_charge(&self, method: &str, calls: u64) -> Charge {
        let key = self.method(method);
        match A_DAY.iter().find(|(name, _)| *name == method) {
            Some((_, windows)) => Charge::new(Bucket::new(key, *windows), calls),
            None => Charge::new(Bucket::new(key, UNTOLD), 0),
        }
    }

    /// What a call costs.
    pub(super) fn charges(&self, method: &str) -> Vec<Charge> {
        vec![
            Charge::new(self.second_windows(), 1),
            self.method_charge(method, 1),
        ]
    }

    /// What an `execute` costs: one request, and each call within it its own quota.
    pub(super) fn batch_charges(&self, method: &str, calls: u64) -> Vec<Charge> {
        let mut charges = self.charges("execute");
        charges.push(self.method_charge(method, calls));
        charges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_spends_its_second_and_its_quota() {
        let mut paces = Paces::default();
        paces.set(User, 0);
        let spender = Spender {
            kind: User,
            subject: 7,
            paces,
        };
        let charges = spender.charges("wall.get");
        assert_eq!(charges[0].bucket.windows(), [Window::rolling(1, SECOND)]);
        assert_eq!(
            (charges[1].cost, charges[1].bucket.key.name.as_str()),
            (1, "wall.get")
        );
        assert_eq!(spender.charges("likes.add")[1].cost, 0);
        let batch = spender.batch_charges("wall.get", 25);
        assert_eq!(batch.iter().map(|c| c.cost).collect::<Vec<_>>(), [1, 0, 25]);
    }
}
