use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::message::Message;
use super::post::Post;
use crate::id::{EventCursor, EventId, PostId};

words! {
    /// What happened.
    EventKind {
        /// Somebody mentioned this identity.
        Mention = "mention",
        /// Somebody answered a post of this identity.
        Reply = "reply",
        /// Somebody quoted a post of this identity.
        Quote = "quote",
        /// Somebody reposted a post of this identity.
        Repost = "repost",
        /// Somebody liked a post of this identity.
        Like = "like",
        /// Somebody reacted to a post or message.
        Reaction = "reaction",
        /// Somebody began to follow, or joined.
        Follow = "follow",
        /// Somebody ceased to follow, or left.
        Unfollow = "unfollow",
        /// A message came.
        Message = "message",
        /// A message of this identity went out, through whichever program or app.
        MessageSent = "message_sent",
        /// A message was changed.
        MessageEdited = "message_edited",
        /// A message was deleted.
        MessageDeleted = "message_deleted",
        /// A post appeared.
        Post = "post",
        /// A post was changed.
        PostEdited = "post_edited",
        /// A post was deleted.
        PostDeleted = "post_deleted",
        /// A deleted post was brought back.
        PostRestored = "post_restored",
        /// Somebody voted in a poll.
        Vote = "vote",
        /// What happened between two moments may be lost, and cannot be had any more: the network no longer has it, or no
        /// longer tells it. It comes whatever kinds are asked for. Networks differ in what they can know; one that has no
        /// way to tell never says so.
        Gap = "gap",
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Its identity: the same happening, delivered twice, has the same id.
    pub id: EventId,
    /// Where to go on after it. Store it once the event is dealt with.
    pub cursor: EventCursor,
    /// What happened.
    pub kind: EventKind,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Box<Account>>,
    /// The post that appeared or was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<Box<Post>>,
    /// The message that came or was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<Message>>,
    /// The post that it was done to (liked, answered, quoted, deleted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<PostId>,
    /// The sign of a reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
    /// Whether this identity has seen it already; `None` is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<bool>,
    /// Since when happenings are lost, for a [`EventKind::Gap`]; `at` is its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_since: Option<Timestamp>,
}

impl Event {
    /// An event of this kind.
    pub fn new(id: impl Into<EventId>, cursor: impl Into<EventCursor>, kind: EventKind) -> Self {
        Self {
            id: id.into(),
            cursor: cursor.into(),
            kind,
            at: None,
            account: None,
            post: None,
            message: None,
            target: None,
            sign: None,
            seen: None,
            lost_since: None,
        }
    }

    /// What happened between these moments may be lost.
    pub fn gap(
        id: impl Into<EventId>,
        cursor: impl Into<EventCursor>,
        lost_since: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self::new(id, cursor, EventKind::Gap)
            .lost_since(lost_since)
            .at(until.max(lost_since))
    }

    /// Sets who did it.
    pub fn account(mut self, account: Account) -> Self {
        self.account = Some(Box::new(account));
        self
    }

    /// Sets the post that appeared or was changed.
    pub fn post(mut self, post: Post) -> Self {
        self.post = Some(Box::new(post));
        self
    }

    /// Sets the message that came or was changed.
    pub fn message(mut self, message: Message) -> Self {
        self.message = Some(Box::new(message));
        self
    }
}

setters!(Event {
    some at: Timestamp, "Sets when it happened.";
    some target: PostId, "Sets the post that it was done to.";
    some sign: String, "Sets the sign of a reaction.";
    some seen: bool, "Says whether this identity has seen it.";
    some lost_since: Timestamp, "Sets since when happenings are lost.";
});

/// What happened since a cursor, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Events {
    /// What happened, oldest first.
    pub items: Vec<Event>,
    /// Where to go on, also when nothing happened. Made to be stored.
    pub cursor: EventCursor,
    /// Whether more is waiting already.
    pub more: bool,
}

impl Events {
    /// What happened, and where to go on.
    pub fn new(items: Vec<Event>, cursor: impl Into<EventCursor>) -> Self {
        Self {
            items,
            cursor: cursor.into(),
            more: false,
        }
    }

    /// Says whether more is waiting already.
    pub fn more(mut self, more: bool) -> Self {
        self.more = more;
        self
    }
}
