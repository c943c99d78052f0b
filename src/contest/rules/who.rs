use serde::{Deserialize, Serialize};

use crate::model::Account;

/// Names an account in rules: `@handle`, `id`, or either after a network's name, as in `bluesky/@shop.example` or
/// `vk/id1`. Without a network it is meant wherever it is met.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Who(String);

impl Who {
    /// The account that is written so.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> (Option<&str>, &str) {
        match self.0.split_once('/') {
            Some((network, name)) => (Some(network), name),
            None => (None, self.0.as_str()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let (network, name) = self.parts();
        name.trim_start_matches('@').trim().is_empty() || network.is_some_and(str::is_empty)
    }

    /// Whether it is named by its handle.
    pub(in crate::contest) fn by_handle(&self) -> bool {
        self.parts().1.starts_with('@')
    }

    /// Whether an account of a network is meant. Handles are compared without regard to case.
    pub(in crate::contest) fn is(&self, network: &str, account: &Account) -> bool {
        let (named, name) = self.parts();
        if named.is_some_and(|named| !named.eq_ignore_ascii_case(network)) {
            return false;
        }
        match name.strip_prefix('@') {
            Some(handle) => account
                .handle
                .as_deref()
                .is_some_and(|own| own.to_lowercase() == handle.to_lowercase()),
            None => account.id.as_str() == name,
        }
    }
}

impl From<&str> for Who {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Who {
    fn from(name: String) -> Self {
        Self(name)
    }
}
