//! Handles of things on a network. Each is one printable string that only its own network reads.

use crate::shared::SharedStr;

/// Declares string newtypes, so that an account's id is never passed where a post's is wanted.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(SharedStr);

        impl $name {
            /// Takes the handle as the network, or an earlier run, printed it.
            pub fn new(id: impl Into<SharedStr>) -> Self {
                Self(id.into())
            }

            /// The handle as text, fit to be stored and read back.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The text as a string of its own.
            pub fn into_string(self) -> String {
                self.0.into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }

        impl From<SharedStr> for $name {
            fn from(id: SharedStr) -> Self {
                Self(id)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// A post, comment or story. It carries all that its network needs to find it again (owner, chat, kind, version).
    PostId;
    /// An account: a person, page, community, channel or bot.
    AccountId;
    /// A conversation: the thread of messages with one or more people.
    ConversationId;
    /// A message within a conversation.
    MessageId;
    /// Something that happened. The same happening, delivered twice, has the same id.
    EventId;
    /// A file that the network holds already.
    MediaId;
    /// A wall, channel, chat or board.
    PlaceId;
    /// A paid promotion: a campaign, an ad, a boosted post.
    PromotionId;
    /// Where a listing goes on. Good for the next page, not made to be stored.
    Cursor;
    /// Where a stream of happenings goes on. Made to be stored: after a restart nothing is missed that the network still has.
    EventCursor;
}

/// The caller's own name for one publication: the same key never makes a second post where the network has keys.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Takes any text of the caller's, such as the row of a content plan.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for IdempotencyKey {
    fn from(key: &str) -> Self {
        Self(key.to_owned())
    }
}

impl From<String> for IdempotencyKey {
    fn from(key: String) -> Self {
        Self(key)
    }
}

impl std::fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
