//! Conversations and their messages, read.

use super::super::compose::Authors;
use super::super::wire::{self, Obj};
use super::super::{Vk, convert_chat, id};
use super::place::Place;
use super::posts::{AUTHOR_FIELDS, count};
use super::{Params, response};
use crate::error::Result;
use crate::id::ConversationId;
use crate::model::{Conversation, Message, Page, PageRequest};
use crate::operation::Operation;

/// How many conversations or messages a page holds at most (schema, `messages.getConversations`, `messages.getHistory`).
const MESSAGES: u32 = 200;

impl Vk {
    /// Parameters of a call that concerns the messages of this identity: a community's name it, so that no person's token
    /// that was set in its place speaks as that person.
    pub(super) fn of_my_messages(&self, params: Params) -> Params {
        params.maybe("group_id", self.inner.community)
    }

    pub(in super::super) async fn listed_conversations(
        &self,
        page: &PageRequest,
    ) -> Result<Page<Conversation>> {
        let operation = Operation::CONVERSATIONS;
        let place = Place::of(page, MESSAGES)?;
        let me = self.owner(&operation).await?;
        let params = self.of_my_messages(
            Params::new()
                .with("count", place.limit)
                .with("offset", place.offset)
                .flag("extended", true)
                .with("fields", AUTHOR_FIELDS),
        );
        let answer = self
            .ask(&operation, "messages.getConversations", &params)
            .await?;
        let now = self.now();
        let told: wire::Conversations<'_> = response(&answer)?;
        let mut authors = Authors::of(&told.profiles, &told.groups);
        let views = told.items.iter().filter_map(Obj::get);
        let items: Vec<Conversation> = views
            .filter_map(|view| convert_chat::conversation(view, me, now, &mut authors))
            .collect();
        let total = count(told.count);
        let next = place.next(told.items.len(), total);
        Ok(Page::new(items).total(total).next(next).raw(answer.raw()))
    }

    pub(in super::super) async fn listed_messages(
        &self,
        conversation: &ConversationId,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        let operation = Operation::MESSAGES;
        let peer = id::peer(conversation)?;
        let place = Place::of(page, MESSAGES)?;
        let params = self.of_my_messages(
            Params::new()
                .with("peer_id", peer)
                .with("count", place.limit)
                .with("offset", place.offset)
                .flag("extended", true)
                .with("fields", AUTHOR_FIELDS),
        );
        let answer = self.ask(&operation, "messages.getHistory", &params).await?;
        let told: wire::History<'_> = response(&answer)?;
        let mut authors = Authors::of(&told.profiles, &told.groups);
        let views = told.items.iter().filter_map(Obj::get);
        let items: Vec<Message> = views
            .filter_map(|view| convert_chat::message(view, Some(peer), &mut authors))
            .collect();
        let total = count(told.count);
        let next = place.next(told.items.len(), total);
        Ok(Page::new(items).total(total).next(next).raw(answer.raw()))
    }
}
