//! Conversations and messages, by way of the chat service.

use serde_json::{Map, Value, json};

use super::super::wire::Obj;
use super::super::{Bluesky, convert, wire};
use super::place::Place;
use crate::client::WriteSafety;
use crate::error::{ErrorKind, Result};
use crate::id::ConversationId;
use crate::model::{
    Account, Checked, Conversation, Message, MessageDraft, Page, PageRequest, Recipient,
};
use crate::operation::Operation;

/// How many messages are looked through for one whose sending is in doubt.
const LOOKED_THROUGH: &str = "50";

impl Bluesky {
    pub(in super::super) async fn listed_conversations(
        &self,
        page: &PageRequest,
    ) -> Result<Page<Conversation>> {
        let operation = Operation::CONVERSATIONS;
        let place = Place::of(page)?;
        let asked = place.asked();
        let params: Vec<_> = place.params(&asked).collect();
        let answer = self
            .ask(&operation, "chat.bsky.convo.listConvos", &params)
            .await?;
        let me = self.session().await?.tokens.did().to_owned();
        let convos: wire::Convos<'_> = wire::read(&answer)?;
        let (mine, next) = place.cut(&convos.convos, convos.cursor.get());
        let items = mine
            .iter()
            .filter_map(Obj::get)
            .filter_map(|view| convert::conversation(view, &me));
        Ok(Page::new(items.collect()).next(next).raw(answer.raw()))
    }

    pub(in super::super) async fn listed_messages(
        &self,
        conversation: &ConversationId,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        let operation = Operation::MESSAGES;
        let place = Place::of(page)?;
        let asked = place.asked();
        let params: Vec<_> = std::iter::once(("convoId", conversation.as_str()))
            .chain(place.params(&asked))
            .collect();
        let answer = self
            .ask(&operation, "chat.bsky.convo.getMessages", &params)
            .await?;
        let me = self.session().await?.tokens.did().to_owned();
        let messages: wire::Messages<'_> = wire::read(&answer)?;
        let (mine, next) = place.cut(&messages.messages, messages.cursor.get());
        let items = mine
            .iter()
            .filter_map(Obj::get)
            .filter_map(|view| convert::message(view, conversation.as_str(), &me));
        Ok(Page::new(items.collect()).next(next).raw(answer.raw()))
    }

    /// Sends a message. The service knows no keys, so a message whose answer is lost is looked for before it is
    /// called unconfirmed, and never sent again.
    pub(in super::super) async fn sent(
        &self,
        operation: &Operation,
        to: &Recipient,
        message: &Checked<MessageDraft>,
    ) -> Result<Message> {
        let conversation = match to {
            Recipient::Conversation(conversation) => conversation.clone(),
            Recipient::Account(account) => {
                let did = self.did(operation, account).await?;
                self.conversation_with(operation, &did).await?
            }
            Recipient::CommentAuthor(post) => {
                let author = self.settled(operation, post.id.as_str()).await?.repo;
                self.conversation_with(operation, &author).await?
            }
        };
        let mut body = Map::new();
        body.insert("text".to_owned(), json!(message.text.as_str()));
        let facets = self.facets(operation, &message.text).await?;
        if !facets.is_empty() {
            body.insert("facets".to_owned(), facets.into());
        }
        if let Some(post) = &message.share {
            let uri = self.settled(operation, post.id.as_str()).await?;
            let (uri, cid) = self.strong_of(operation, uri).await?;
            let embed = json!({
                "$type": "app.bsky.embed.record",
                "record": convert::strong_ref(&uri, &cid),
            });
            body.insert("embed".to_owned(), embed);
        }
        if let Some(answered) = &message.reply_to {
            body.insert(
                "replyTo".to_owned(),
                json!({"messageId": answered.as_str()}),
            );
        }
        // What stood last tells a message that was sent now from one of the same words before.
        let before = self.newest(operation, &conversation).await?;
        let body: Value = json!({"convoId": conversation.as_str(), "message": body});
        let nsid = "chat.bsky.convo.sendMessage";
        let answer = self
            .tell(operation, nsid, &body, WriteSafety::Reconcilable)
            .await;
        let me = self.session().await?.tokens.did().to_owned();
        let error = match answer {
            Ok(answer) => {
                let view: std::result::Result<wire::ChatMessage<'_>, _> = wire::read(&answer);
                match view {
                    Ok(view) => match convert::message(&view, conversation.as_str(), &me) {
                        Some(mut sent) => {
                            sent.raw = answer.raw();
                            return Ok(sent);
                        }
                        None => answer.unreadable("it holds no message"),
                    },
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        if error.kind() != &ErrorKind::Unconfirmed {
            return Err(error);
        }
        match self
            .arrived(
                operation,
                &conversation,
                message.text.as_str(),
                before.as_deref(),
                &me,
            )
            .await
        {
            Ok(Some(sent)) => Ok(sent),
            _ => Err(error),
        }
    }

    /// The revision of a conversation's newest message.
    async fn newest(
        &self,
        operation: &Operation,
        conversation: &ConversationId,
    ) -> Result<Option<String>> {
        let params = [("convoId", conversation.as_str()), ("limit", "1")];
        let answer = self
            .ask(operation, "chat.bsky.convo.getMessages", &params)
            .await?;
        let messages: wire::Messages<'_> = wire::read(&answer)?;
        Ok(messages
            .messages
            .iter()
            .filter_map(Obj::get)
            .find_map(|message| message.rev.owned()))
    }

    /// This identity's message of these words that came after a revision.
    async fn arrived(
        &self,
        operation: &Operation,
        conversation: &ConversationId,
        text: &str,
        after: Option<&str>,
        me: &str,
    ) -> Result<Option<Message>> {
        let params = [
            ("convoId", conversation.as_str()),
            ("limit", LOOKED_THROUGH),
        ];
        let answer = self
            .ask(operation, "chat.bsky.convo.getMessages", &params)
            .await?;
        let messages: wire::Messages<'_> = wire::read(&answer)?;
        // Revisions are times in a form whose order is that of their letters.
        let is_new = |message: &wire::ChatMessage<'_>| match (message.rev.get(), after) {
            (Some(rev), Some(after)) => rev > after,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let found = messages
            .messages
            .iter()
            .filter_map(Obj::get)
            .find(|message| {
                is_new(message)
                    && message.text.0 == Some(text)
                    && message.sender.get().and_then(|s| s.did.get()) == Some(me)
            });
        Ok(found.and_then(|view| convert::message(view, conversation.as_str(), me)))
    }

    /// The members whom entries of the log name.
    pub(super) fn named_in(entry: &wire::LogEntry<'_>) -> Vec<Account> {
        entry
            .related_profiles
            .objects()
            .filter_map(convert::account)
            .collect()
    }
}
