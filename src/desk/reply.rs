//! What we answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Violation;
use crate::model::{MessageDraft, MessageId, PostId, Prepared, setters, words};

words! {
    /// Which way an answer goes.
    Way {
        /// As it came: into the conversation, or in public below the post.
        Same = "same",
        /// In public, below the post.
        Public = "public",
        /// As a private message to the author of the comment.
        Private = "private",
    }
}

words! {
    /// What became of an answer.
    ReplyState {
        /// It is on its way: whoever wrote this may have died before the network answered.
        Sending = "sending",
        /// It is out.
        Sent = "sent",
        /// It may be out: a person has to look, or the network tells later. It is never sent again by itself.
        Unknown = "unknown",
        /// It is certainly not out.
        Failed = "failed",
    }
}

/// What is to be answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Which way it goes.
    pub way: Way,
    /// Whether a program made it, so that no clock takes it for a person's answer.
    pub automatic: bool,
    /// Whether the case is resolved with it.
    pub resolve: bool,
    /// Whether personal data may stand in a public answer all the same.
    pub personal_data: bool,
    /// Which answer it is, where one message is answered more than once: a second answer of one name is the first.
    pub name: String,
}

impl Answer {
    /// An answer of this text, as the case came.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            way: Way::Same,
            automatic: false,
            resolve: false,
            personal_data: false,
            name: String::new(),
        }
    }

    /// Sends it in public, below the post.
    pub fn in_public(mut self) -> Self {
        self.way = Way::Public;
        self
    }

    /// Sends it as a private message to the author of the comment.
    pub fn in_private(mut self) -> Self {
        self.way = Way::Private;
        self
    }
}

setters!(Answer {
    set automatic: bool, "Says whether a program made it.";
    set resolve: bool, "Says whether the case is resolved with it.";
    set personal_data: bool, "Says whether personal data may stand in a public answer all the same.";
    set name: String, "Names it, where one message is answered more than once.";
});

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// What stands ready to be sent, or was sent: what the network needs to find it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outgoing {
    /// A public answer.
    Post(Box<Prepared>),
    /// A message.
    Message(Box<MessageDraft>),
    /// It was erased.
    Erased,
}

/// An answer of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reply {
    /// The key under which it goes out once.
    pub key: String,
    /// Which mention it answers, by its hash.
    pub to: String,
    /// Who answered.
    pub agent: String,
    /// Whether a program made it.
    pub automatic: bool,
    /// Which way it went.
    pub way: Way,
    /// When it was begun.
    pub at: Timestamp,
    /// What became of it.
    pub state: ReplyState,
    /// When it was out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// What it says; `None` after an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The post that it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<PostId>,
    /// The message that it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// Why it is not out, in the error's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Whether the case is to be resolved with it.
    #[serde(default)]
    pub resolve: bool,
    /// What was given to the network, while it is not known that it is out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outgoing: Option<Outgoing>,
}

impl Reply {
    /// Whether it is not known that it is out, or that it is not.
    pub fn is_unsettled(&self) -> bool {
        matches!(self.state, ReplyState::Sending | ReplyState::Unknown)
    }
}

/// What came of answering.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answered {
    /// The answer as it stands in the case.
    pub reply: Reply,
    /// Whether this call sent it: `false` where it was out before.
    pub sent_now: bool,
    /// What was remarked: personal data in public, a price.
    pub remarks: Vec<Violation>,
}
