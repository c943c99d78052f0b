use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::post::Post;
use crate::id::{AccountId, IdempotencyKey};

/// Whether a publication may be committed again while it is not known what became of the first try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Repeatable {
    /// The network has no key for it: a second try may make a second post.
    #[default]
    Never,
    /// The network knows its key until this moment: so long, a second try gives the post of the first.
    Until(Timestamp),
    /// The network knows its key for good.
    Always,
}

impl Repeatable {
    /// Whether a second try that the network has by this moment is harmless.
    pub fn holds_at(self, at: Timestamp) -> bool {
        match self {
            Self::Never => false,
            Self::Until(until) => at < until,
            Self::Always => true,
        }
    }
}

/// A publication that is ready: files are uploaded, the key is fixed, one mutation is left to do.
///
/// It can be stored, and committed or reconciled by another process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Prepared {
    /// The network that it is for.
    pub network: String,
    /// The identity that publishes, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The key under which it is published at most once.
    pub key: IdempotencyKey,
    /// After this it must be prepared anew: uploads and containers are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether it may be committed again after a try whose answer was lost.
    #[serde(default)]
    pub repeatable: Repeatable,
    /// What the adapter needs to commit it. Its form belongs to the adapter.
    pub payload: serde_json::Value,
}

impl Prepared {
    /// A publication ready on this network.
    pub fn new(
        network: impl Into<String>,
        key: impl Into<IdempotencyKey>,
        payload: serde_json::Value,
    ) -> Self {
        Self {
            network: network.into(),
            account: None,
            key: key.into(),
            expires_at: None,
            repeatable: Repeatable::Never,
            payload,
        }
    }
}

setters!(Prepared {
    some account: AccountId, "Names the identity that publishes.";
    some expires_at: Timestamp, "Sets after when it must be prepared anew.";
    set repeatable: Repeatable, "Says whether it may be committed again after a try whose answer was lost.";
});

/// What became of a publication whose answer was lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reconciled {
    /// It happened; this is it.
    Published(Box<Post>),
    /// It certainly did not happen: it may be committed again.
    NotPublished,
    /// It cannot be told. A person has to look before it is repeated.
    Unknown,
}
