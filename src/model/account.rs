use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::metrics::Metrics;
use crate::id::{AccountId, PlaceId};
use crate::shared::SharedStr;

words! {
    /// What stands behind an account.
    AccountKind {
        /// A person.
        Person = "person",
        /// A page or a community.
        Community = "community",
        /// A channel.
        Channel = "channel",
        /// A program that says so.
        Bot = "bot",
    }
}

/// An account: a person, page, community, channel or bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// Its handle for further calls.
    pub id: AccountId,
    /// Its name within the network, without a leading `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<SharedStr>,
    /// The name it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<SharedStr>,
    /// Its page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<SharedStr>,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<SharedStr>,
    /// Its picture's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<SharedStr>,
    /// What stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AccountKind>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Whether this identity follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followed: Option<bool>,
    /// Whether it follows this identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<bool>,
    /// Whether this identity blocks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// Whether this identity has muted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// Its figures (followers, posts), as far as the answer held them.
    #[serde(default, skip_serializing_if = "Metrics::says_nothing")]
    pub metrics: Metrics,
}

impl Account {
    /// An account of which only the handle for further calls is known.
    pub fn new(id: impl Into<AccountId>) -> Self {
        Self {
            id: id.into(),
            handle: None,
            name: None,
            url: None,
            about: None,
            avatar: None,
            kind: None,
            created_at: None,
            followed: None,
            follows: None,
            blocked: None,
            muted: None,
            metrics: Metrics::default(),
        }
    }
}

setters!(Account {
    some handle: SharedStr, "Sets its name within the network, without a leading `@`.";
    some name: SharedStr, "Sets the name it shows.";
    some url: SharedStr, "Sets its page on the web.";
    some about: SharedStr, "Sets what it says of itself.";
    some avatar: SharedStr, "Sets its picture's address.";
    some kind: AccountKind, "Sets what stands behind it.";
    some created_at: Timestamp, "Sets when it was made.";
    some followed: bool, "Sets whether this identity follows it.";
    some follows: bool, "Sets whether it follows this identity.";
    some blocked: bool, "Sets whether this identity blocks it.";
    some muted: bool, "Sets whether this identity has muted it.";
    set metrics: Metrics, "Sets its figures.";
});

/// Names an account: by its handle for calls, by its name, or this identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountRef {
    /// This identity.
    Me,
    /// By the id that the network gave.
    Id(AccountId),
    /// By its name within the network, with or without a leading `@`.
    Handle(String),
}

impl AccountRef {
    /// Names an account by its id.
    pub fn id(id: impl Into<AccountId>) -> Self {
        Self::Id(id.into())
    }

    /// Names an account by its name; a leading `@` is dropped.
    pub fn handle(handle: impl AsRef<str>) -> Self {
        Self::Handle(handle.as_ref().trim_start_matches('@').to_owned())
    }
}

impl From<AccountId> for AccountRef {
    fn from(id: AccountId) -> Self {
        Self::Id(id)
    }
}

impl From<&AccountId> for AccountRef {
    fn from(id: &AccountId) -> Self {
        Self::Id(id.clone())
    }
}

impl From<&Account> for AccountRef {
    fn from(account: &Account) -> Self {
        Self::Id(account.id.clone())
    }
}

/// Whether an account follows, or belongs to, this identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Membership {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The network does not tell.
    Unknown,
}

words! {
    /// What kind of place it is.
    PlaceKind {
        /// A wall or profile.
        Wall = "wall",
        /// A channel.
        Channel = "channel",
        /// A group's chat.
        Chat = "chat",
        /// A board or topic.
        Board = "board",
    }
}

/// Where posts appear: a wall, channel, chat or board.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// Its handle.
    pub id: PlaceId,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PlaceKind>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Place {
    /// The place with this handle.
    pub fn new(id: impl Into<PlaceId>) -> Self {
        Self {
            id: id.into(),
            kind: None,
            name: None,
        }
    }
}

setters!(Place {
    some kind: PlaceKind, "Sets what it is.";
    some name: String, "Sets what it is called.";
});

impl From<&str> for Place {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}
