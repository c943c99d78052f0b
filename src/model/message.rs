use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::{Account, AccountRef};
use super::media::{Attachment, Media};
use super::post::PostRef;
use crate::id::{ConversationId, IdempotencyKey, MessageId};
use crate::text::Text;

/// A conversation: the messages exchanged with one or more people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conversation {
    /// Its handle.
    pub id: ConversationId,
    /// Who takes part, without this identity.
    #[serde(default)]
    pub members: Vec<Account>,
    /// What it is called, where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How many messages this identity has not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<u64>,
    /// The newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Box<Message>>,
    /// Until when the network lets this identity answer; `None` is without an end or not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_reply_until: Option<Timestamp>,
    /// Whether it is still a request that this identity has not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<bool>,
}

impl Conversation {
    /// A conversation of which only the handle is known.
    pub fn new(id: impl Into<ConversationId>) -> Self {
        Self {
            id: id.into(),
            members: Vec::new(),
            title: None,
            unread: None,
            last: None,
            can_reply_until: None,
            request: None,
        }
    }

    /// Sets the newest message.
    pub fn last(mut self, message: Message) -> Self {
        self.last = Some(Box::new(message));
        self
    }
}

setters!(Conversation {
    set members: Vec<Account>, "Sets who takes part.";
    some title: String, "Sets what it is called.";
    some unread: u64, "Sets how many messages are not read.";
    some can_reply_until: Timestamp, "Sets until when it may be answered.";
    some request: bool, "Says whether it is a request that is not accepted yet.";
});

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Its handle.
    pub id: MessageId,
    /// The conversation it stands in.
    pub conversation: ConversationId,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Box<Account>>,
    /// What it says.
    #[serde(default)]
    pub text: Text,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Attachment>,
    /// Whether this identity sent it; `None` is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outgoing: Option<bool>,
    /// Whether a program wrote it in this identity's name, and no person; `None` is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// The network's answer as it came, only where the client was built with `keep_raw()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Arc<str>>,
}

impl Message {
    /// A message of which only the handle and the conversation are known.
    pub fn new(id: impl Into<MessageId>, conversation: impl Into<ConversationId>) -> Self {
        Self {
            id: id.into(),
            conversation: conversation.into(),
            author: None,
            text: Text::default(),
            created_at: None,
            edited_at: None,
            reply_to: None,
            media: Vec::new(),
            outgoing: None,
            automatic: None,
            raw: None,
        }
    }

    /// Sets who wrote it.
    pub fn author(mut self, account: Account) -> Self {
        self.author = Some(Box::new(account));
        self
    }
}

setters!(Message {
    set text: Text, "Sets what it says.";
    some created_at: Timestamp, "Sets when it was sent.";
    some edited_at: Timestamp, "Sets when it was last changed.";
    some reply_to: MessageId, "Sets the message that it answers.";
    set media: Vec<Attachment>, "Sets its files.";
    some outgoing: bool, "Says whether this identity sent it.";
    some automatic: bool, "Says whether a program wrote it in this identity's name.";
    some raw: Arc<str>, "Keeps the network's answer as it came.";
});

/// To whom a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Recipient {
    /// Into a conversation.
    Conversation(ConversationId),
    /// To an account; a conversation is begun where there is none.
    Account(AccountRef),
    /// Privately to the author of a comment.
    CommentAuthor(PostRef),
}

impl From<ConversationId> for Recipient {
    fn from(id: ConversationId) -> Self {
        Self::Conversation(id)
    }
}

impl From<&ConversationId> for Recipient {
    fn from(id: &ConversationId) -> Self {
        Self::Conversation(id.clone())
    }
}

impl From<AccountRef> for Recipient {
    fn from(account: AccountRef) -> Self {
        Self::Account(account)
    }
}

impl From<&Account> for Recipient {
    fn from(account: &Account) -> Self {
        Self::Account(account.into())
    }
}

/// A message to be sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MessageDraft {
    /// What it says.
    pub text: Text,
    /// Files to send with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// A post to show in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<PostRef>,
    /// The caller's own name for this message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<IdempotencyKey>,
}

impl MessageDraft {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A message of this text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

setters!(MessageDraft {
    push media: Media, "Adds a file.";
    some reply_to: MessageId, "Makes it an answer to a message.";
    some share: PostRef, "Shows a post in it.";
    some key: IdempotencyKey, "Names this message, so that it is not sent twice where the network has keys.";
});
