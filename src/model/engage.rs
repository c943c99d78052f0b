use serde::{Deserialize, Serialize};

use super::account::AccountRef;
use super::post::{Post, PostRef};
use crate::id::{AccountId, ConversationId, PostId};
use crate::operation::Operation;

/// What an engagement is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Target {
    /// A post.
    Post(PostRef),
    /// An account.
    Account(AccountRef),
    /// A conversation.
    Conversation(ConversationId),
    /// All notifications of this identity.
    Notifications,
}

impl From<PostRef> for Target {
    fn from(post: PostRef) -> Self {
        Self::Post(post)
    }
}

impl From<&Post> for Target {
    fn from(post: &Post) -> Self {
        Self::Post(post.into())
    }
}

impl From<PostId> for Target {
    fn from(id: PostId) -> Self {
        Self::Post(id.into())
    }
}

impl From<&PostId> for Target {
    fn from(id: &PostId) -> Self {
        Self::Post(id.into())
    }
}

impl From<AccountRef> for Target {
    fn from(account: AccountRef) -> Self {
        Self::Account(account)
    }
}

impl From<AccountId> for Target {
    fn from(id: AccountId) -> Self {
        Self::Account(id.into())
    }
}

impl From<ConversationId> for Target {
    fn from(id: ConversationId) -> Self {
        Self::Conversation(id)
    }
}

/// What is done in an engagement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Like a post.
    Like,
    /// React to a post with a sign.
    React(String),
    /// Repost a post.
    Repost,
    /// Bookmark a post.
    Bookmark,
    /// Vote in a post's poll, for answers by their positions from 0.
    Vote(Vec<u32>),
    /// Follow an account.
    Follow,
    /// Mark a conversation, or the notifications, as read.
    MarkRead,
}

/// An engagement, on or off. Doing again what is done already is no error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Engagement {
    /// What is done.
    pub action: Action,
    /// Whether it is done or taken back.
    pub on: bool,
}

impl Engagement {
    /// Does this.
    pub fn new(action: Action) -> Self {
        Self { action, on: true }
    }

    /// Likes a post.
    pub fn like() -> Self {
        Self::new(Action::Like)
    }

    /// Reacts to a post with a sign, such as an emoji.
    pub fn react(sign: impl Into<String>) -> Self {
        Self::new(Action::React(sign.into()))
    }

    /// Reposts a post.
    pub fn repost() -> Self {
        Self::new(Action::Repost)
    }

    /// Bookmarks a post.
    pub fn bookmark() -> Self {
        Self::new(Action::Bookmark)
    }

    /// Votes for answers by their positions from 0.
    pub fn vote(choices: impl IntoIterator<Item = u32>) -> Self {
        Self::new(Action::Vote(choices.into_iter().collect()))
    }

    /// Follows an account.
    pub fn follow() -> Self {
        Self::new(Action::Follow)
    }

    /// Marks a conversation, or the notifications, as read.
    pub fn mark_read() -> Self {
        Self::new(Action::MarkRead)
    }

    /// Takes it back instead.
    pub fn off(mut self) -> Self {
        self.on = false;
        self
    }

    /// The operation that a profile must support for it.
    pub fn operation(&self) -> Operation {
        match self.action {
            Action::Like => Operation::ENGAGE_LIKE,
            Action::React(_) => Operation::ENGAGE_REACT,
            Action::Repost => Operation::ENGAGE_REPOST,
            Action::Bookmark => Operation::ENGAGE_BOOKMARK,
            Action::Vote(_) => Operation::ENGAGE_VOTE,
            Action::Follow => Operation::ENGAGE_FOLLOW,
            Action::MarkRead => Operation::ENGAGE_READ,
        }
    }
}

/// What an engagement brought about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Engaged {
    /// Whether it stands now.
    pub on: bool,
    /// Whether this call changed anything; `None` where the network does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    /// The network's handle of it, such as of the repost, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// As whom it was done, where that is another than the identity itself: a community that cannot like does so as
    /// its administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AccountId>,
}

impl Engaged {
    /// It stands, or does not stand, now.
    pub fn new(on: bool) -> Self {
        Self {
            on,
            changed: None,
            id: None,
            by: None,
        }
    }
}

setters!(Engaged {
    some changed: bool, "Says whether this call changed anything.";
    some id: String, "Sets the network's handle of it.";
    some by: AccountId, "Says as whom it was done.";
});

/// What is done in moderation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModerationAction {
    /// Hide an answer from readers.
    Hide,
    /// Bring back what was deleted.
    Restore,
    /// Pin a post.
    Pin,
    /// Close a post's comments.
    CloseComments,
    /// Block an account.
    Block,
    /// Mute an account.
    Mute,
}

/// A measure of moderation, on or off. Doing again what is done already is no error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Moderation {
    /// What is done.
    pub action: ModerationAction,
    /// To what.
    pub target: Target,
    /// Whether it is done or taken back.
    pub on: bool,
}

impl Moderation {
    /// Does this to that.
    pub fn new(action: ModerationAction, target: impl Into<Target>) -> Self {
        Self {
            action,
            target: target.into(),
            on: true,
        }
    }

    /// Hides an answer.
    pub fn hide(post: impl Into<PostRef>) -> Self {
        Self::new(ModerationAction::Hide, post.into())
    }

    /// Brings a deleted post back.
    pub fn restore(post: impl Into<PostRef>) -> Self {
        Self::new(ModerationAction::Restore, post.into())
    }

    /// Pins a post.
    pub fn pin(post: impl Into<PostRef>) -> Self {
        Self::new(ModerationAction::Pin, post.into())
    }

    /// Closes a post's comments.
    pub fn close_comments(post: impl Into<PostRef>) -> Self {
        Self::new(ModerationAction::CloseComments, post.into())
    }

    /// Blocks an account.
    pub fn block(account: impl Into<AccountRef>) -> Self {
        Self::new(ModerationAction::Block, account.into())
    }

    /// Mutes an account.
    pub fn mute(account: impl Into<AccountRef>) -> Self {
        Self::new(ModerationAction::Mute, account.into())
    }

    /// Takes it back instead.
    pub fn off(mut self) -> Self {
        self.on = false;
        self
    }

    /// The operation that a profile must support for it.
    pub fn operation(&self) -> Operation {
        match self.action {
            ModerationAction::Hide => Operation::MODERATE_HIDE,
            ModerationAction::Restore => Operation::MODERATE_RESTORE,
            ModerationAction::Pin => Operation::MODERATE_PIN,
            ModerationAction::CloseComments => Operation::MODERATE_CLOSE,
            ModerationAction::Block => Operation::MODERATE_BLOCK,
            ModerationAction::Mute => Operation::MODERATE_MUTE,
        }
    }
}
