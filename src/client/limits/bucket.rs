use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::{Bill, Name, Window, Windows};

/// Whom a limit is counted for, from the widest to the narrowest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// Everything that one network is asked.
    Network,
    /// The address that requests come from.
    Ip,
    /// The registered application.
    App,
    /// A scope with a name of its own.
    Other(Name),
    /// One account, however many tokens it has.
    Account,
    /// One token.
    Token,
    /// One method or route.
    Endpoint,
    /// One chat, channel or conversation.
    Chat,
}

impl Scope {
    /// The larger, the narrower.
    pub(super) const fn narrowness(&self) -> u8 {
        match self {
            Self::Network => 0,
            Self::Ip => 1,
            Self::App => 2,
            Self::Other(_) => 3,
            Self::Account => 4,
            Self::Token => 5,
            Self::Endpoint => 6,
            Self::Chat => 7,
        }
    }
}

/// A number for a token, an account or a chat: the same in every process and every version of this crate.
///
/// Buckets are keyed by it, so that no token is ever kept, printed or saved with the limits.
#[must_use]
pub fn subject(text: &str) -> u64 {
    // The key is part of the saved format: changing it would forget every saved budget.
    let mut hasher = SipHasher13::new_with_keys(0x736f_6369_6162_6c65, 0x6c69_6d69_7473_2031);
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Which budget: network, name, scope, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BucketKey {
    /// The network, as adapters name it; the clock's skew is learned for each.
    pub network: Name,
    /// The limit's name, which headers and refusals use.
    pub name: Name,
    /// Whom it is counted for.
    pub scope: Scope,
    /// Which one of that scope: [`subject`] of a token, an account or a chat; 0 where there is only one.
    pub id: u64,
}

impl BucketKey {
    /// A key with id 0.
    pub fn new(network: impl Into<Name>, name: impl Into<Name>, scope: Scope) -> Self {
        Self {
            network: network.into(),
            name: name.into(),
            scope,
            id: 0,
        }
    }

    /// The same limit, for one token, account or chat: see [`subject`].
    #[must_use]
    pub fn of(mut self, id: u64) -> Self {
        self.id = id;
        self
    }
}

impl Hash for BucketKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Network and scope nearly always follow from the name, and one word is cheaper to hash than text.
        let name = self.name.bytes().fold(0_u64, |sum, byte| {
            sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        state.write_u64(self.id ^ name);
    }
}

/// What a bucket's numbers count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Calls.
    #[default]
    Calls,
    /// Points of the network's own tariff.
    Points,
    /// Objects that answers return.
    Objects,
    /// Bytes.
    Bytes,
    /// Millionths of a currency's main unit, by its ISO 4217 code.
    MoneyMicros(Name),
}

/// A budget with the windows that are published for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bucket {
    /// Which budget.
    pub key: BucketKey,
    /// All that hold at once; none where only the server knows.
    pub windows: Windows,
    /// What is counted.
    pub unit: Unit,
}

impl Bucket {
    /// A bucket that counts calls.
    pub fn new(key: BucketKey, windows: impl Into<Windows>) -> Self {
        Self {
            key,
            windows: windows.into(),
            unit: Unit::Calls,
        }
    }

    /// The same bucket, counting something else.
    #[must_use]
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// A charge of `cost` units: an upper bound, which the answer settles.
    #[must_use]
    pub fn charge(&self, cost: u64) -> Charge {
        Charge {
            bucket: self.clone(),
            cost,
            bill: None,
        }
    }

    /// The windows, for reading.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }
}

/// What a call takes from one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Charge {
    /// The bucket.
    pub bucket: Bucket,
    /// Units: the most that the call can cost. 0 takes no budget, but waits where the bucket is frozen.
    pub cost: u64,
    /// Under what the cost is booked, where it is money: see
    /// [`SpendingBudget::charge`](super::SpendingBudget::charge).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<Arc<Bill>>,
}

impl Charge {
    /// A charge of `cost` units.
    #[must_use]
    pub const fn new(bucket: Bucket, cost: u64) -> Self {
        Self {
            bucket,
            cost,
            bill: None,
        }
    }
}
