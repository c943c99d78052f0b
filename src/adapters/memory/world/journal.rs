//! What the world records of itself, for those who check others' figures by it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::State;
use crate::model::words;

words! {
    /// What a world records.
    RecordKind {
        /// An account was added.
        Joined = "joined",
        /// A post appeared.
        Post = "post",
        /// A post was asked for again under its key, and none was made.
        PostRepeated = "post_repeated",
        /// A post was changed.
        PostEdited = "post_edited",
        /// A post was deleted.
        PostDeleted = "post_deleted",
        /// A deleted post was brought back.
        PostRestored = "post_restored",
        /// A message was sent.
        Message = "message",
        /// A message was changed.
        MessageEdited = "message_edited",
        /// A message was deleted.
        MessageDeleted = "message_deleted",
        /// Somebody liked, reposted, followed, voted and the like, and that changed something.
        Engaged = "engaged",
        /// An engagement was taken back.
        Disengaged = "disengaged",
        /// A promotion was booked.
        Promoted = "promoted",
        /// An account read something, and was answered.
        Read = "read",
    }
}

/// Something that happened in a [`World`](super::World), as the world itself recorded it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// Who did it, by handle.
    pub by: String,
    /// What was done.
    pub kind: RecordKind,
    /// The post, message or account that it was done to; of a promotion its own, of a reading the
    /// operation.
    pub id: String,
    /// The post that a post answers or a promotion is of, the conversation that a message stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// The text as it was from then on. Of an engagement its operation; of a reading what was asked, of a promotion its
    /// name, period, budget and yield, as JSON.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl State {
    /// Records something, if records are kept.
    pub(super) fn record(
        &mut self,
        kind: RecordKind,
        by: &str,
        at: Timestamp,
        id: String,
        within: Option<String>,
        text: String,
    ) {
        if let Some(records) = &mut self.records {
            records.push(Record {
                at,
                by: by.to_owned(),
                kind,
                id,
                within,
                text,
            });
        }
    }

    /// Records what was done to a post.
    pub(super) fn record_post(&mut self, kind: RecordKind, number: u64, at: Timestamp) {
        if self.records.is_none() {
            return;
        }
        let Some(post) = self.posts.get(&number) else {
            return;
        };
        let (by, text) = (post.author.clone(), post.text.as_str().to_owned());
        let within = post.reply_to.map(super::ids::post);
        self.record(kind, &by, at, super::ids::post(number), within, text);
    }

    /// Records what was done to a message.
    pub(super) fn record_message(&mut self, kind: RecordKind, number: u64, at: Timestamp) {
        if self.records.is_none() {
            return;
        }
        let Some(message) = self.messages.get(&number) else {
            return;
        };
        let (by, text) = (message.author.clone(), message.text.as_str().to_owned());
        let within = Some(super::ids::conversation(message.conversation));
        self.record(kind, &by, at, super::ids::message(number), within, text);
    }
}
