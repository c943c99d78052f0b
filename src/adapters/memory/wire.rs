//! What the embedded network and its adapter say to each other: JSON over HTTP, of their own making.
//!
//! A question is `GET /v1/<operation>?args=<JSON>`, a write `POST /v1/<operation>` with JSON, an upload
//! `POST /v1/upload` with the file. Texts are borrowed from the body where they hold no escapes.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Violation;
use crate::model::{
    AccountId, AccountKind, ContentWarning, ConversationId, EventKind, IdempotencyKey, MediaId,
    MediaKind, MessageId, Metrics, PageRequest, PlaceId, PostId, Recipient, Target, Visibility,
};
use crate::network::{MediaRules, TextRules};
use crate::text::Text;

/// A text that is borrowed from the body where it can be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Str<'a>(pub(super) Cow<'a, str>);

impl Str<'_> {
    pub(super) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl<'a> From<&'a str> for Str<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Str<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text))
            }
        }

        deserializer.deserialize_str(Visitor).map(Str)
    }
}

// What is asked.

#[derive(Serialize, Deserialize)]
pub(super) struct LoginArgs<'a> {
    #[serde(borrow)]
    pub(super) handle: Str<'a>,
    #[serde(borrow)]
    pub(super) password: Str<'a>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RefreshArgs<'a> {
    #[serde(borrow)]
    pub(super) refresh: Str<'a>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AccountArgs {
    pub(super) account: crate::model::AccountRef,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PostArgs {
    pub(super) post: PostId,
}

#[derive(Serialize, Deserialize)]
pub(super) struct KeyArgs {
    pub(super) key: IdempotencyKey,
}

#[derive(Serialize, Deserialize)]
pub(super) struct UploadArgs {
    pub(super) kind: Option<MediaKind>,
    pub(super) dimensions: Option<(u32, u32)>,
    pub(super) duration: Option<Duration>,
}

/// A file that was uploaded before, as one post or message uses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct MediaUse {
    pub(super) id: MediaId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Card {
    pub(super) url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) thumbnail: Option<MediaId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NewPoll {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) question: Option<String>,
    pub(super) options: Vec<String>,
    #[serde(default)]
    pub(super) multiple: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) open_for: Option<Duration>,
}

/// A publication as it goes to the network; a [`Prepared`](crate::Prepared) carries it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct NewPost {
    pub(super) text: Text,
    pub(super) media: Vec<MediaUse>,
    pub(super) reply_to: Option<PostId>,
    pub(super) quote: Option<PostId>,
    pub(super) link: Option<Card>,
    pub(super) poll: Option<NewPoll>,
    pub(super) languages: Vec<String>,
    pub(super) visibility: Option<Visibility>,
    pub(super) warnings: Vec<ContentWarning>,
    pub(super) publish_at: Option<Timestamp>,
    pub(super) place: Option<PlaceId>,
    pub(super) created_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PublishArgs<'a> {
    #[serde(borrow)]
    pub(super) key: Str<'a>,
    pub(super) post: Cow<'a, NewPost>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Change {
    pub(super) text: Option<Text>,
    pub(super) media: Option<Vec<MediaUse>>,
    pub(super) link: Option<Card>,
    pub(super) languages: Option<Vec<String>>,
    pub(super) warnings: Option<Vec<ContentWarning>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EditArgs {
    pub(super) post: PostId,
    pub(super) change: Change,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EngageArgs<'a> {
    pub(super) target: Cow<'a, Target>,
    pub(super) engagement: Cow<'a, crate::model::Engagement>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AccountsArgs {
    pub(super) accounts: Vec<AccountId>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PostsArgs {
    pub(super) posts: Vec<PostId>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MessagesArgs {
    pub(super) conversation: ConversationId,
    pub(super) page: PageRequest,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SendArgs {
    pub(super) to: Recipient,
    pub(super) key: String,
    pub(super) text: Text,
    #[serde(default)]
    pub(super) media: Vec<MediaUse>,
    #[serde(default)]
    pub(super) reply_to: Option<MessageId>,
    #[serde(default)]
    pub(super) share: Option<PostId>,
}

// What is answered.

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tokens {
    pub(super) access: crate::Secret,
    pub(super) refresh: crate::Secret,
    /// When the access token ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<jiff::Timestamp>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) violations: Vec<Violation>,
    /// The earlier post, of which this would be a repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) post: Option<PostId>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) error: Problem,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) done: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Rules {
    pub(super) text: TextRules,
    pub(super) media: MediaRules,
    pub(super) poll_options: (u32, u32),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Uploaded<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AccountSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) handle: Str<'a>,
    #[serde(borrow)]
    pub(super) name: Str<'a>,
    #[serde(borrow)]
    pub(super) url: Str<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) about: Option<Str<'a>>,
    pub(super) kind: AccountKind,
    pub(super) created_at: Timestamp,
    pub(super) followed: bool,
    pub(super) follows: bool,
    pub(super) blocked: bool,
    pub(super) muted: bool,
    pub(super) followers: u64,
    pub(super) following: u64,
    pub(super) posts: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FileSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    pub(super) kind: MediaKind,
    #[serde(borrow)]
    pub(super) media_type: Str<'a>,
    #[serde(borrow)]
    pub(super) url: Str<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) alt: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dimensions: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CardSays<'a> {
    #[serde(borrow)]
    pub(super) url: Str<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Str<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Str<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) preview: Option<Str<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PollSays<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) question: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) options: Vec<(Str<'a>, u64)>,
    pub(super) multiple: bool,
    pub(super) closes_at: Timestamp,
    pub(super) voters: u64,
    pub(super) mine: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PlaceSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) name: Str<'a>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CountsSay {
    pub(super) likes: u64,
    pub(super) reactions: u64,
    pub(super) reposts: u64,
    pub(super) quotes: u64,
    pub(super) replies: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) votes: Option<u64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PostSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) url: Str<'a>,
    #[serde(borrow)]
    pub(super) author: AccountSays<'a>,
    pub(super) text: Cow<'a, Text>,
    pub(super) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) publish_at: Option<Timestamp>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) thread: Str<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) quote: Option<Str<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) reposted_by: Option<Box<AccountSays<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) media: Vec<FileSays<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<CardSays<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) poll: Option<PollSays<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) languages: Vec<Str<'a>>,
    pub(super) visibility: Visibility,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<ContentWarning>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<PlaceSays<'a>>,
    pub(super) counts: CountsSay,
    pub(super) liked: bool,
    pub(super) reposted: bool,
    pub(super) bookmarked: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MaybePost<'a> {
    #[serde(borrow)]
    pub(super) post: Option<PostSays<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct OmittedSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) message: Str<'a>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PageSays<'a, T> {
    pub(super) items: Vec<T>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Str<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
    #[serde(borrow, default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) omitted: Vec<OmittedSays<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EngagedSays<'a> {
    pub(super) on: bool,
    pub(super) changed: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Str<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MessageSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) conversation: Str<'a>,
    #[serde(borrow)]
    pub(super) author: AccountSays<'a>,
    pub(super) text: Cow<'a, Text>,
    pub(super) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<Timestamp>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<Str<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) media: Vec<FileSays<'a>>,
    pub(super) outgoing: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ConversationSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) members: Vec<AccountSays<'a>>,
    pub(super) unread: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<MessageSays<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) can_reply_until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EventSays<'a> {
    #[serde(borrow)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) cursor: Str<'a>,
    pub(super) kind: EventKind,
    pub(super) at: Timestamp,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<AccountSays<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) post: Option<PostSays<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<MessageSays<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Str<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) sign: Option<Str<'a>>,
    pub(super) seen: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lost_since: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EventsSay<'a> {
    #[serde(borrow)]
    pub(super) items: Vec<EventSays<'a>>,
    #[serde(borrow)]
    pub(super) cursor: Str<'a>,
    pub(super) more: bool,
}

/// What is delivered to an account's webhook.
#[cfg(feature = "webhook")]
#[derive(Serialize, Deserialize)]
pub(super) struct PushSays<'a> {
    #[serde(borrow)]
    pub(super) account: Str<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) challenge: Option<Str<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<EventSays<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) id: PostId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) metrics: Option<Metrics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Problem>,
}
