//! Conversations and their messages, read. X lists no conversations: they are gathered from the messages of the last
//! thirty days, each of which is billed.

use std::collections::BTreeSet;

use super::super::compose_files::MEDIA_FIELDS;
use super::super::convert::AUTHOR_FIELDS;
use super::super::convert_chat::{
    self, MESSAGE_EVENTS, MESSAGE_FIELDS, other_of, pair, takes_part,
};
use super::super::rules::PAGE;
use super::super::rules::beside::MESSAGE_EXPANSIONS;
use super::super::rules::endpoints::{DM_EVENTS, DM_OF, DM_WITH, Endpoint};
use super::super::{X, id, wire};
use super::place::{Place, is_token};
use super::{Call, invalid, told};
use crate::error::{Result, Rule};
use crate::id::{ConversationId, Cursor};
use crate::model::{AccountRef, Conversation, Message, Page, PageRequest};
use crate::operation::Operation;

/// How many conversations a page holds where the caller does not say.
const USUAL_CONVERSATIONS: u32 = 20;
/// How many pages of messages are read at most for one page of conversations: there are 15 calls in a quarter of an hour.
const MOST_PAGES: u32 = 3;

impl Call {
    /// Asks for what a [`Message`] is made of.
    pub(super) fn of_messages(self) -> Self {
        self.with("event_types", MESSAGE_EVENTS)
            .with("dm_event.fields", MESSAGE_FIELDS)
            .expanding(MESSAGE_EXPANSIONS)
            .with("media.fields", MEDIA_FIELDS)
            .with("user.fields", AUTHOR_FIELDS)
    }
}

/// Where a page of conversations begins: at a token of the network's, without those that were told.
#[derive(Debug, Default, PartialEq)]
struct Talks {
    token: Option<String>,
    /// The other one of two, or a group's number behind a `g`.
    told: BTreeSet<String>,
}

impl Talks {
    fn of(page: &PageRequest) -> Result<Self> {
        let Some(cursor) = &page.cursor else {
            return Ok(Self::default());
        };
        let wrong = || {
            let message = "it is not one that a page gave: begin again without it";
            invalid(Rule::Malformed, "cursor", message).with_operation(Operation::CONVERSATIONS)
        };
        let (token, told) = cursor.as_str().split_once(':').ok_or_else(wrong)?;
        let told: BTreeSet<String> = told.split(',').map(str::to_owned).collect();
        let good = |key: &String| id::is_number(key.strip_prefix('g').unwrap_or(key));
        if !is_token(token) || !told.iter().all(good) {
            return Err(wrong());
        }
        Ok(Self {
            token: Some(token.to_owned()).filter(|token| !token.is_empty()),
            told,
        })
    }

    fn cursor(&self) -> Cursor {
        let told: Vec<&str> = self.told.iter().map(String::as_str).collect();
        let token = self.token.as_deref().unwrap_or_default();
        Cursor::new(format!("{token}:{}", told.join(",")))
    }

    /// How a conversation is kept in mind.
    fn key(conversation: &ConversationId, me: &str) -> String {
        let id = conversation.as_str();
        other_of(id, me).map_or_else(|| format!("g{id}"), str::to_owned)
    }
}

impl X {
    pub(in super::super) async fn listed_conversations(
        &self,
        page: &PageRequest,
    ) -> Result<Page<Conversation>> {
        let operation = Operation::CONVERSATIONS;
        let mut talks = Talks::of(page)?;
        let me = self.my_number(&operation).await?;
        let me = me.as_str();
        let limit = page.limit.unwrap_or(USUAL_CONVERSATIONS).clamp(1, PAGE);
        let mut found: Vec<Conversation> = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = Call::of(DM_EVENTS, &[])
                .listing(PAGE, 1)
                .maybe("pagination_token", talks.token.as_deref())
                .of_messages();
            let answer = self.ask(&operation, call).await?;
            let told: wire::DmEvents<'_> = told(&answer)?;
            let includes = told.includes.get();
            let views = told.data.objects();
            for message in views.filter_map(|view| convert_chat::message(view, includes, me)) {
                let known = found
                    .iter_mut()
                    .find(|known| known.id == message.conversation);
                if let Some(known) = known {
                    if pair(known.id.as_str()).is_none() {
                        takes_part(known, &message);
                    }
                    continue;
                }
                let key = Talks::key(&message.conversation, me);
                if talks.told.contains(&key) {
                    continue;
                }
                if found.len() >= limit as usize {
                    // The rest of this page belongs to the next one, which asks for the same again.
                    return Ok(Page::new(found).next(talks.cursor()));
                }
                talks.told.insert(key);
                found.push(convert_chat::conversation(message, includes, me));
            }
            talks.token = told.meta.get().and_then(|meta| meta.next_token.owned());
            if talks.token.is_none() {
                return Ok(Page::new(found));
            }
            if found.len() >= limit as usize {
                break;
            }
        }
        Ok(Page::new(found).next(talks.cursor()))
    }

    pub(in super::super) async fn listed_messages(
        &self,
        conversation: &ConversationId,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        let number = talk(conversation)?;
        self.history(DM_OF, number, page).await
    }

    /// The messages of the conversation with an account alone, the newest first: as
    /// [`messages`](crate::SocialNetwork::messages), where the conversation's id is not known.
    ///
    /// # Errors
    /// As `messages`.
    pub async fn messages_with(
        &self,
        account: &AccountRef,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        let operation = Operation::MESSAGES;
        self.require(&operation)?;
        let number = self.number_of(&operation, account).await?;
        self.history(DM_WITH, number.as_str(), page).await
    }

    async fn history(
        &self,
        endpoint: &'static Endpoint,
        of: &str,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        let operation = Operation::MESSAGES;
        let place = Place::of(page, 1, PAGE)?;
        let me = self.my_number(&operation).await?;
        let call = Call::of(endpoint, &[of])
            .listing(place.count(), 1)
            .maybe("pagination_token", place.token.as_deref())
            .of_messages();
        let answer = self.ask(&operation, call).await?;
        let told: wire::DmEvents<'_> = told(&answer)?;
        let includes = told.includes.get();
        let views = told.data.objects();
        let mut messages: Vec<Message> = views
            .filter_map(|view| convert_chat::message(view, includes, me.as_str()))
            .collect();
        let token = told.meta.get().and_then(|meta| meta.next_token.get());
        let next = place.cut(&mut messages, token);
        Ok(Page::new(messages).next(next).raw(answer.raw()))
    }
}

/// The id of a conversation as the network writes it: the numbers of two accounts, or the number of a group.
pub(super) fn talk(conversation: &ConversationId) -> Result<&str> {
    let text = conversation.as_str().trim();
    if pair(text).is_some() || id::is_number(text) {
        return Ok(text);
    }
    let shown: String = text.chars().take(100).collect();
    let message = format!(
        "`{shown}` is no conversation: take the id that conversations() tells, or write to an account"
    );
    Err(invalid(Rule::Malformed, "conversation", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_kept_in_the_cursor_and_nothing_else_is_taken_for_one() {
        let mut talks = Talks::default();
        for (id, me) in [
            ("12-900", "12"),
            ("1580705921830768600", "12"),
            ("5-12", "12"),
        ] {
            talks.told.insert(Talks::key(&ConversationId::new(id), me));
        }
        talks.token = Some("abc".to_owned());
        let cursor = talks.cursor();
        assert_eq!(cursor.as_str(), "abc:5,900,g1580705921830768600");
        let read = Talks::of(&PageRequest::first().after(cursor)).unwrap();
        assert_eq!(read, talks);
        for bad in ["", "abc", "abc:", ":x", "a b:1", "abc:1,", "abc:1;2"] {
            assert!(
                Talks::of(&PageRequest::first().after(bad)).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn conversations_are_known_by_their_form() {
        for good in ["12-900", "1580705921830768600"] {
            assert_eq!(talk(&ConversationId::new(good)).unwrap(), good);
        }
        for bad in ["", "the-suite", "12-", "../x", "12-900-1"] {
            assert!(talk(&ConversationId::new(bad)).is_err(), "{bad}");
        }
    }
}
