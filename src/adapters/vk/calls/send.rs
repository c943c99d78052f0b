//! Messages: each goes out under a number that the network never forgets.

use serde_json::json;

use super::super::id::{self, Thing};
use super::super::rules::{NETWORK, TokenKind};
use super::super::wire::{self, Delivered, List, Obj};
use super::super::{Vk, convert, markup};
use super::draft::written;
use super::upload::{Goal, Held};
use super::{Params, invalid, listed, response};
use crate::client::WriteSafety;
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::model::{Attachment, Checked, Message, MessageDraft, PostRef, Recipient};
use crate::operation::Operation;

impl Vk {
    pub(in super::super) async fn sent(
        &self,
        operation: &Operation,
        to: &Recipient,
        message: &Checked<MessageDraft>,
    ) -> Result<Message> {
        let profile = self.inner.profile();
        let text = written(&message.text, profile.text.message.as_ref(), "text")?;
        let answered = match &message.reply_to {
            Some(answered) => Some(id::message(answered)?),
            None => None,
        };
        let share = match &message.share {
            Some(post) => Some(Thing::parse(post.id.as_str())?.root().to_string()),
            None => None,
        };
        let peer = self.peer_of(operation, to).await?;
        if answered.is_some_and(|(there, _)| there != peer) {
            let message = "it answers a message of another conversation: send it there";
            return Err(invalid(Rule::Together, "reply_to", message));
        }
        let held = self
            .held(operation, &message.media, Goal::Peer(peer))
            .await?;
        let mut shown: Vec<&str> = held.iter().map(|held| held.attachment.as_str()).collect();
        shown.extend(share.as_deref());
        let random_id = match &message.key {
            Some(key) => id::random_id(peer, key.as_str(), 0),
            None => id::spread(self.inner.client.random().next()),
        };
        let forward = answered.map(|(peer, number)| {
            json!({"peer_id": peer, "conversation_message_ids": [number], "is_reply": true})
        });
        let method = "messages.send";
        let kind = self.token_for(operation, method)?;
        let attachment = (!shown.is_empty()).then(|| shown.join(","));
        let params = Params::new()
            .with("peer_ids", peer)
            .with("random_id", random_id)
            .with("message", &text)
            .maybe("attachment", attachment)
            .maybe("forward", forward);
        let params = self.of_my_messages(params);
        // The number is known for ever.
        let safety = WriteSafety::Keyed { until: None };
        let answer = self
            .tell_as(kind, operation, method, &params, safety)
            .await?;
        let told: List<Obj<Delivered<'_>>> = listed(&answer)?;
        let number = told
            .objects()
            .next()
            .and_then(|delivered| delivered.conversation_message_id.0)
            .filter(|number| *number > 0);
        let Some(number) = number else {
            return Err(answer.unreadable("it does not tell the message's number"));
        };
        let mut sent = Message::new(id::message_id(peer, number), id::conversation_id(peer));
        sent.author = self
            .inner
            .owner()
            .map(|owner| Box::new(convert::bare_account(owner)));
        sent.text = markup::read(&text);
        sent.outgoing = Some(true);
        sent.reply_to.clone_from(&message.reply_to);
        sent.media = held
            .into_iter()
            .map(|Held { kind, attachment }| Attachment::new(kind).id(attachment))
            .collect();
        sent.raw = answer.raw();
        Ok(sent)
    }

    /// Whom a message goes to.
    async fn peer_of(&self, operation: &Operation, to: &Recipient) -> Result<i64> {
        match to {
            Recipient::Conversation(conversation) => id::peer(conversation),
            Recipient::Account(account) => self.owner_of(operation, account).await,
            Recipient::CommentAuthor(comment) => self.author_of(operation, comment).await,
        }
    }

    /// Who wrote a comment.
    async fn author_of(&self, operation: &Operation, comment: &PostRef) -> Result<i64> {
        let thing = Thing::parse(comment.id.as_str())?;
        let Thing::Comment { owner, id, .. } = thing else {
            let message = "this is no comment of a wall: name one, or write to an account";
            return Err(invalid(Rule::Malformed, "to", message));
        };
        if let Some(author) = &comment.author {
            return id::account(author);
        }
        let params = Params::new().with("owner_id", owner).with("comment_id", id);
        let answer = self
            .ask_as(TokenKind::User, operation, "wall.getComment", &params)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::Forbidden(_) => error.with_message(
                    "a community's token does not read who wrote a comment: pass the comment as it was read, or set a user token",
                ),
                _ => error,
            })?;
        let told: wire::Kept<'_> = response(&answer)?;
        let author = told.items.objects().next().and_then(|post| post.from_id.0);
        author.filter(|author| *author != 0).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the comment is gone: check the id")
                .with_network(NETWORK)
                .with_operation(operation.clone())
        })
    }
}
