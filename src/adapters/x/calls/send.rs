//! Messages, sent. X knows no keys for them, so that one whose answer is lost is looked for once, and never sent again.

use std::time::Duration;

use jiff::Timestamp;

use super::super::convert_chat::{self, conversation_of};
use super::super::rules::endpoints::{
    DM_OF, DM_WITH, Endpoint, SEND_TO_CONVERSATION, SEND_TO_USER,
};
use super::super::rules::{NETWORK, PAGES};
use super::super::wire::{self, NewMessage, SharedFile};
use super::super::{X, id};
use super::chat::talk;
use super::draft::{append, plain};
use super::publish::same_words;
use super::upload::{Goal, Held};
use super::{Call, invalid, told};
use crate::client::WriteSafety;
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::id::{ConversationId, MediaId};
use crate::model::{Attachment, Checked, Message, MessageDraft, PostRef, Recipient};
use crate::operation::Operation;
use crate::text::Text;

/// How many of a conversation's newest messages are looked through for one whose answer was lost. Each is billed.
const LOOKED_THROUGH: u32 = 5;
/// How much earlier than by our reckoning of the network's clock a message may be dated.
const SKEW: Duration = Duration::from_secs(2);

/// Where a message goes.
enum Way {
    Conversation(String),
    Account(String),
}

impl Way {
    fn number(&self) -> &str {
        match self {
            Self::Conversation(number) | Self::Account(number) => number,
        }
    }

    const fn sends(&self) -> &'static Endpoint {
        match self {
            Self::Conversation(_) => SEND_TO_CONVERSATION,
            Self::Account(_) => SEND_TO_USER,
        }
    }

    const fn reads(&self) -> &'static Endpoint {
        match self {
            Self::Conversation(_) => DM_OF,
            Self::Account(_) => DM_WITH,
        }
    }
}

impl X {
    pub(in super::super) async fn delivered(
        &self,
        operation: &Operation,
        to: &Recipient,
        message: &Checked<MessageDraft>,
    ) -> Result<Message> {
        if message.reply_to.is_some() {
            let why = "a message of X answers no other message: leave it out";
            return Err(invalid(Rule::Unsupported, "reply_to", why));
        }
        if message.media.len() > 1 {
            let why = "a message of X has one file: send the others by themselves";
            let violation = Violation::error(Rule::TooMany, "media", why);
            let measured = violation.measured(1, message.media.len() as u64, "files");
            return Err(Error::invalid(vec![measured]).with_network(NETWORK));
        }
        let text = self.said(message)?;
        let way = self.way(operation, to).await?;
        let held = self
            .held(operation, &message.media, Goal::Message)
            .await?
            .into_iter()
            .next();
        let file = held.as_ref().map(|held| SharedFile { media_id: &held.id });
        let body = NewMessage {
            text: Some(text.as_str()).filter(|text| !text.is_empty()),
            attachments: file.into_iter().collect(),
        };
        let began = self.inner.client.server_clock(NETWORK);
        let call = Call::of(way.sends(), &[way.number()]);
        let answer = self
            .tell(operation, call, Some(&body), WriteSafety::Unsafe)
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_unconfirmed() => {
                return match self.arrived(operation, &way, &text, &held, began).await {
                    Ok(Some(found)) => Ok(found),
                    _ => Err(error),
                };
            }
            Err(error) => return Err(error),
        };
        let done: wire::DmDone<'_> = told(&answer)?;
        let done = done.data.get();
        let Some(number) = done.and_then(|done| done.id.get()) else {
            return Err(answer.unreadable("it does not tell the message's number"));
        };
        let me = self.inner.me.get();
        let conversation = match (done.and_then(|done| done.conversation.get()), &way, me) {
            (Some(told), ..) => ConversationId::new(told),
            (None, Way::Conversation(number), _) => ConversationId::new(number.as_str()),
            (None, Way::Account(other), Some(me)) => conversation_of(me.as_str(), other),
            (None, Way::Account(_), None) => {
                return Err(answer.unreadable("it does not tell the conversation"));
            }
        };
        let mut sent = Message::new(number, conversation);
        sent.author = me.map(|me| Box::new(super::super::convert::bare_account(me.as_str())));
        sent.text = Text::plain(text);
        sent.outgoing = Some(true);
        sent.media = held
            .into_iter()
            .map(|Held { kind, id, alt }| {
                let mut file = Attachment::new(kind).id(MediaId::new(id));
                file.alt = alt.map(Into::into);
                file
            })
            .collect();
        sent.raw = answer.raw();
        Ok(sent)
    }

    /// What a message says: its words, and the address of the post that it shares, which X shows as that post.
    fn said(&self, message: &MessageDraft) -> Result<String> {
        let mut text = plain(&message.text);
        if let Some(post) = &message.share {
            let address = format!("{PAGES}/i/web/status/{}", id::post(&post.id)?);
            append(&mut text, &address);
        }
        if let Some(Err(long)) = self
            .inner
            .profile()
            .text
            .message
            .as_ref()
            .map(|limit| limit.check(&text))
        {
            let why = format!(
                "{} {} are {} too many: {} are allowed; shorten it or send it in parts",
                long.length, long.unit, long.over_by, long.max
            );
            let violation = Violation::error(Rule::TooLong, "text", why);
            let measured = violation.measured(long.max as u64, long.length as u64, long.unit);
            return Err(Error::invalid(vec![measured]).with_network(NETWORK));
        }
        Ok(text)
    }

    async fn way(&self, operation: &Operation, to: &Recipient) -> Result<Way> {
        Ok(match to {
            Recipient::Conversation(conversation) => {
                Way::Conversation(talk(conversation)?.to_owned())
            }
            Recipient::Account(account) => {
                let number = self.number_of(operation, account).await?;
                Way::Account(number.as_str().to_owned())
            }
            Recipient::CommentAuthor(comment) => {
                Way::Account(self.author_of(operation, comment).await?)
            }
        })
    }

    /// Who wrote a post; asked where the caller does not know, which costs as much as reading it.
    async fn author_of(&self, operation: &Operation, post: &PostRef) -> Result<String> {
        if let Some(author) = &post.author {
            return id::account(author).map(str::to_owned);
        }
        let post = self.post_of(operation, id::post(&post.id)?).await?;
        let author = post.author.map(|author| author.id.as_str().to_owned());
        author.ok_or_else(|| {
            let message = "the network does not tell who wrote the post: write to the account";
            Error::new(ErrorKind::NotFound, message)
                .with_network(NETWORK)
                .with_operation(operation.clone())
        })
    }

    /// This account's message of these words, if it stands there since it was sent.
    async fn arrived(
        &self,
        operation: &Operation,
        way: &Way,
        text: &str,
        held: &Option<Held>,
        began: Timestamp,
    ) -> Result<Option<Message>> {
        let me = self.my_number(operation).await?;
        let call = Call::of(way.reads(), &[way.number()])
            .with("max_results", LOOKED_THROUGH)
            .most(LOOKED_THROUGH)
            .of_messages();
        let answer = self.ask(operation, call).await?;
        let told: wire::DmEvents<'_> = told(&answer)?;
        let includes = told.includes.get();
        let earliest = began.checked_sub(SKEW).unwrap_or(began);
        let messages = told
            .data
            .objects()
            .filter_map(|view| convert_chat::message(view, includes, me.as_str()));
        let mut ours = messages.filter(|message| {
            message.outgoing == Some(true)
                && message.created_at.is_some_and(|at| at >= earliest)
                && message.media.len() == usize::from(held.is_some())
                && same_words(text, message.text.as_str(), false)
        });
        Ok(ours.next())
    }
}
