//! Values: what networks hold and what is asked of them. No I/O, no clock, no network's name.
//!
//! Every model can be built outside this crate (a constructor for what it must have, a setter for the rest), and goes
//! through serde both ways. What is unknown is `None`, never an invented value.

/// Declares fluent setters. `some` wraps the value in `Some`, `set` takes it as it is, `push` appends.
macro_rules! setters {
    ($type:ident { $($mode:ident $name:ident: $value:ty, $doc:literal;)* }) => {
        impl $type {
            $(setters!(@$mode $name, $value, $doc);)*
        }
    };
    (@some $name:ident, $value:ty, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(mut self, value: impl Into<$value>) -> Self {
            self.$name = Some(value.into());
            self
        }
    };
    (@set $name:ident, $value:ty, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(mut self, value: impl Into<$value>) -> Self {
            self.$name = value.into();
            self
        }
    };
    (@push $name:ident, $value:ty, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(mut self, value: impl Into<$value>) -> Self {
            self.$name.push(value.into());
            self
        }
    };
}

/// Declares an open enumeration of words: known ones as variants, others kept as they came.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A word that this version does not know, kept as it came.
            Other(String),
        }

        impl $name {
            /// The word as it is written in data.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Ok(Self::from(word.as_ref()))
            }
        }
    };
}

// The jobs and the embedded network declare their values in the same way.
#[cfg(any(
    feature = "contest",
    feature = "desk",
    feature = "memory",
    feature = "promo",
    feature = "trends"
))]
pub(crate) use setters;
#[cfg(any(feature = "desk", feature = "memory", feature = "trends"))]
pub(crate) use words;

mod account;
mod draft;
mod engage;
mod event;
mod media;
mod message;
mod metrics;
mod money;
mod page;
mod post;
mod prepared;
mod promotion;
mod query;

pub use crate::id::{
    AccountId, ConversationId, Cursor, EventCursor, EventId, IdempotencyKey, MediaId, MessageId,
    PlaceId, PostId, PromotionId,
};
pub use crate::shared::SharedStr;
pub use account::{Account, AccountKind, AccountRef, Membership, Place, PlaceKind};
pub use draft::{Checked, ContentWarning, Draft, Edit, LinkCard, Poll, PollOption, Visibility};
pub use engage::{Action, Engaged, Engagement, Moderation, ModerationAction, Target};
pub use event::{Event, EventKind, Events};
pub use media::{Attachment, Media, MediaFactory, MediaKind, MediaSource, MediaStream};
pub use message::{Conversation, Message, MessageDraft, Recipient};
pub use metrics::{Absent, Figure, Metric, Metrics, Quantity, Reading, Source, Unit, Window};
pub use money::{Currency, Money};
pub use page::{Omitted, Page, PageRequest};
pub use post::{Mine, Post, PostRef, PostState};
pub use prepared::{Prepared, Reconciled, Repeatable};
pub use promotion::{Promotion, PromotionKind, Trend};
pub use query::{
    Audience, AudienceQuery, EventQuery, Order, Period, PostQuery, PromotionQuery, Since, Timeline,
    TrendScope,
};
