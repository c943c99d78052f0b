use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Need, Result};
use crate::model::{AccountId, EventKind, MediaKind, Money};
use crate::operation::Operation;
use crate::text::TextLimit;

/// Whether an operation is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Availability {
    /// It works.
    Yes,
    /// The network does not do it, or this adapter does not.
    No,
    /// It would work, if this identity had something that it lacks.
    Needs(Need),
    /// It cannot be told beforehand; a call is tried.
    Unknown,
}

/// What a profile says of one operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Support {
    /// Whether it is there.
    pub availability: Availability,
    /// What one call costs at most, or each thing that a listing tells with all that comes beside it, where it costs
    /// money. [`Draft::price`](crate::Draft::price) tells how the prices of `publish` and of its parts make up that of a
    /// post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// What else a caller should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Support {
    /// It works.
    pub fn yes() -> Self {
        Self {
            availability: Availability::Yes,
            price: None,
            note: None,
        }
    }

    /// It does not exist here.
    pub fn no() -> Self {
        Self {
            availability: Availability::No,
            price: None,
            note: None,
        }
    }

    /// It would work with this.
    pub fn needs(need: Need) -> Self {
        Self {
            availability: Availability::Needs(need),
            price: None,
            note: None,
        }
    }

    /// It cannot be told beforehand.
    pub fn unknown() -> Self {
        Self {
            availability: Availability::Unknown,
            price: None,
            note: None,
        }
    }

    /// Adds what one call costs.
    pub fn price(mut self, price: Money) -> Self {
        self.price = Some(price);
        self
    }

    /// Adds what else a caller should know.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Whether a call is worth making: everything but `No` and `Needs`.
    pub fn is_available(&self) -> bool {
        matches!(self.availability, Availability::Yes | Availability::Unknown)
    }
}

/// How long texts may be, by where they stand. `None` is without a known bound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TextRules {
    /// A post's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<TextLimit>,
    /// The text of a post that has media; by default the post's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<TextLimit>,
    /// The text of an answer; by default the post's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<TextLimit>,
    /// A message's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<TextLimit>,
    /// The description of media.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt: Option<TextLimit>,
    /// One answer of a poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_option: Option<TextLimit>,
}

impl TextRules {
    /// No bound is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The limit for a draft's text, by whether it has media and whether it answers.
    pub fn for_draft(&self, has_media: bool, is_reply: bool) -> Option<&TextLimit> {
        let caption = if has_media {
            self.caption.as_ref()
        } else {
            None
        };
        let reply = if is_reply { self.reply.as_ref() } else { None };
        caption.or(reply).or(self.post.as_ref())
    }
}

macro_rules! rule_setters {
    ($type:ident { $($name:ident: $value:ty, $doc:literal;)* }) => {
        impl $type {$(
            #[doc = $doc]
            pub fn $name(mut self, value: $value) -> Self {
                self.$name = Some(value);
                self
            }
        )*}
    };
}

rule_setters!(TextRules {
    post: TextLimit, "Bounds a post's text.";
    caption: TextLimit, "Bounds the text of a post that has media.";
    reply: TextLimit, "Bounds the text of an answer.";
    message: TextLimit, "Bounds a message's text.";
    alt: TextLimit, "Bounds the description of media.";
    poll_option: TextLimit, "Bounds one answer of a poll.";
});

/// What files of one kind must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MediaLimit {
    /// How many in one post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_count: Option<u32>,
    /// How large, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// How wide and how high, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_side: Option<u32>,
    /// How long it may play, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u64>,
    /// Which media types are taken: `image/png`, or `image/*`. All where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}

impl MediaLimit {
    /// No bound is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names a media type that is taken.
    pub fn accepts(mut self, media_type: impl Into<String>) -> Self {
        self.types.push(media_type.into());
        self
    }

    /// Whether a media type is taken.
    pub fn takes(&self, media_type: &str) -> bool {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        self.types.is_empty()
            || self.types.iter().any(|t| match t.strip_suffix('*') {
                Some(prefix) => essence
                    .get(..prefix.len())
                    .is_some_and(|p| p.eq_ignore_ascii_case(prefix)),
                None => t.eq_ignore_ascii_case(essence),
            })
    }
}

rule_setters!(MediaLimit {
    max_count: u32, "Bounds how many in one post.";
    max_bytes: u64, "Bounds how large, in bytes.";
    max_side: u32, "Bounds how wide and how high, in pixels.";
    max_seconds: u64, "Bounds how long it may play, in seconds.";
});

/// What files must be like, by their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MediaRules {
    /// The limits for each kind that can be published.
    pub kinds: BTreeMap<MediaKind, MediaLimit>,
    /// How many files of all kinds in one post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_count: Option<u32>,
    /// Whether files of several kinds may stand in one post.
    pub mixed: bool,
    /// Whether a post that has files can have no link card.
    pub apart_from_link: bool,
    /// Whether a post that quotes another can have no files.
    pub apart_from_quote: bool,
}

impl MediaRules {
    /// No files can be published.
    pub fn none() -> Self {
        Self::default()
    }

    /// Lets a kind be published within a limit.
    pub fn with(mut self, kind: MediaKind, limit: MediaLimit) -> Self {
        self.kinds.insert(kind, limit);
        self
    }

    /// Bounds how many files of all kinds stand in one post.
    pub fn max_count(mut self, count: u32) -> Self {
        self.max_count = Some(count);
        self
    }

    /// Lets files of several kinds stand in one post.
    pub fn mixed(mut self) -> Self {
        self.mixed = true;
        self
    }

    /// Lets a post have files or quote another, and not both.
    pub fn apart_from_quote(mut self) -> Self {
        self.apart_from_quote = true;
        self
    }

    /// Lets a post have files or a link card, and not both.
    pub fn apart_from_link(mut self) -> Self {
        self.apart_from_link = true;
        self
    }
}

/// What is known of the login that an identity speaks with. No token stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoginStatus {
    /// What kind of login it is, for a person to read: `app password`, `password`, `bot token`.
    pub kind: String,
    /// The rights that it carries, in the network's own words; empty where they are not told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// When the token in use ends, where it tells. What can be renewed is renewed by itself before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl LoginStatus {
    /// A login of this kind, of which nothing else is known.
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            scopes: Vec::new(),
            expires_at: None,
        }
    }

    /// A login of this kind by OAuth (feature `oauth`), with what its session tells.
    #[cfg(feature = "oauth")]
    pub fn oauth(kind: impl Into<String>, session: &crate::oauth::Session) -> Self {
        let mut status = Self::new(kind).scopes(session.scopes.iter().cloned());
        status.expires_at = session.expires_at;
        status
    }

    /// Sets the rights that it carries.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets when the token in use ends.
    pub fn expires_at(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }
}

/// What an identity may do on its network. Plain data; asking for it costs nothing.
///
/// What it declares works, and what it does not declare answers [`Unsupported`](crate::ErrorKind::Unsupported) without
/// I/O: the behaviour suite proves both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// The network's name, as in configuration.
    pub network: String,
    /// The identity, where it is known without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The login, where one was made and tells something of itself;
    /// [`refresh_profile`](crate::SocialNetwork::refresh_profile) makes sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginStatus>,
    /// What is said of each operation. What is not named is not there. Shared by identities that may do the same.
    pub operations: Arc<BTreeMap<Operation, Support>>,
    /// How long texts may be.
    #[serde(default)]
    pub text: TextRules,
    /// What files must be like.
    #[serde(default)]
    pub media: MediaRules,
    /// How many options a poll may have, from and to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_options: Option<(u32, u32)>,
    /// How many languages a post may name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_languages: Option<u32>,
    /// How many items a page holds at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_page: Option<u32>,
    /// How long to wait, in seconds, between two questions of what happened, where the network does not push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_seconds: Option<u32>,
    /// The kinds of happenings that [`events`](crate::SocialNetwork::events) tells, each of them whenever it happens. Others
    /// may come too; what is not named has to be listed by whoever must not miss it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_kinds: Vec<EventKind>,
}

impl Profile {
    /// A network of this name that does nothing yet.
    pub fn new(network: impl Into<String>) -> Self {
        Self {
            network: network.into(),
            account: None,
            login: None,
            operations: Arc::default(),
            text: TextRules::default(),
            media: MediaRules::default(),
            poll_options: None,
            max_languages: None,
            max_page: None,
            poll_seconds: None,
            event_kinds: Vec::new(),
        }
    }

    /// Says what holds for an operation.
    pub fn with(mut self, operation: Operation, support: Support) -> Self {
        Arc::make_mut(&mut self.operations).insert(operation, support);
        self
    }

    /// Declares operations that work.
    pub fn offers(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        let known = Arc::make_mut(&mut self.operations);
        for operation in operations {
            known.insert(operation, Support::yes());
        }
        self
    }

    /// Names the identity.
    pub fn account(mut self, account: impl Into<AccountId>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Names the kinds of happenings that are told, each of them whenever it happens.
    pub fn event_kinds(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        self.event_kinds = kinds.into_iter().collect();
        self
    }

    /// Sets how long texts may be.
    pub fn text(mut self, rules: TextRules) -> Self {
        self.text = rules;
        self
    }

    /// Sets what files must be like.
    pub fn media(mut self, rules: MediaRules) -> Self {
        self.media = rules;
        self
    }

    /// What holds for an operation; `No` for what is not named.
    pub fn supports(&self, operation: &Operation) -> Support {
        self.operations
            .get(operation)
            .cloned()
            .unwrap_or_else(Support::no)
    }

    /// Whether a call of this operation is worth making.
    pub fn can(&self, operation: &Operation) -> bool {
        self.operations
            .get(operation)
            .is_some_and(Support::is_available)
    }

    /// Whether happenings of this kind are told, whenever there is one.
    pub fn tells(&self, kind: &EventKind) -> bool {
        self.can(&Operation::EVENTS) && self.event_kinds.contains(kind)
    }

    /// Passes when a call of this operation is worth making. Adapters ask this first, before any I/O.
    ///
    /// # Errors
    /// `Unsupported` for what the network does not do, `Forbidden` for what the identity lacks something.
    pub fn require(&self, operation: &Operation) -> Result<()> {
        permit(&self.network, operation, self.operations.get(operation))
    }
}

/// Passes when a call of an operation is worth making, by what holds for it on a network.
pub(crate) fn permit(
    network: &str,
    operation: &Operation,
    support: Option<&Support>,
) -> Result<()> {
    match support.map(|support| &support.availability) {
        Some(Availability::Yes | Availability::Unknown) => Ok(()),
        Some(Availability::Needs(need)) => Err(Error::forbidden(need.clone())
            .with_network(network)
            .with_operation(operation.clone())),
        Some(Availability::No) | None => Err(Error::unsupported(network, operation.clone())),
    }
}

rule_setters!(Profile {
    login: LoginStatus, "Tells the login.";
    poll_options: (u32, u32), "Bounds how many options a poll may have, from and to.";
    max_languages: u32, "Bounds how many languages a post may name.";
    max_page: u32, "Bounds how many items a page holds.";
    poll_seconds: u32, "Sets how long to wait between two questions of what happened.";
});
