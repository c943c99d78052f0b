//! Conversations between two accounts.

use jiff::Timestamp;

use super::ids;
use super::journal::RecordKind;
use super::listings;
use super::posts::check_length;
use super::show;
use super::state::{Ask, ConversationRow, KeyRow, MessageRow, No, State};
use crate::adapters::memory::wire::{
    ConversationSays, MessageSays, MessagesArgs, PageSays, SendArgs,
};
use crate::error::{Rule, Violation};
use crate::model::{EventKind, PageRequest, Recipient};
use crate::text::Text;

const NONE: No = No::NotFound("there is no such conversation");

impl State {
    /// A conversation that this account takes part in.
    pub(super) fn my_conversation(&self, me: &str, number: u64) -> Ask<&ConversationRow> {
        self.conversations
            .get(&number)
            .filter(|row| row.members.iter().any(|m| m == me))
            .ok_or(NONE)
    }

    /// Until when this account may answer, where the network bounds it: so long after the other side's last message.
    pub(super) fn can_reply_until(&self, me: &str, row: &ConversationRow) -> Option<Timestamp> {
        let window = self.settings.reply_window?;
        let mut messages = row
            .messages
            .iter()
            .rev()
            .filter_map(|n| self.messages.get(n));
        let last = messages.find(|m| m.author != me)?;
        last.at.checked_add(window).ok()
    }

    pub(super) fn send(&mut self, me: &str, args: &SendArgs, now: Timestamp) -> Ask<u64> {
        let fingerprint = Self::fingerprint(&(
            &args.to,
            &args.text,
            &args.media,
            &args.reply_to,
            &args.share,
        ));
        let key = format!("message/{me}/{}", args.key);
        if let Some(known) = self.keys.get(&key) {
            return if known.fingerprint == fingerprint {
                Ok(known.made)
            } else {
                Err(No::Conflict(
                    "this key was used for another message: give this one a key of its own",
                ))
            };
        }
        let mut found = Vec::new();
        if args.text.as_str().trim().is_empty() && args.media.is_empty() && args.share.is_none() {
            found.push(Violation::error(
                Rule::Empty,
                "text",
                "there is nothing to send",
            ));
        }
        let limit = self.settings.text.message.as_ref();
        check_length(args.text.as_str(), limit, "text", &mut found);
        self.check_media(me, &args.media, &mut found);
        if !found.is_empty() {
            return Err(No::Invalid(found));
        }
        self.check_content(me, &args.text, &args.media, None)?;
        let share = match &args.share {
            None => None,
            Some(id) => {
                let number = ids::post_number(id.as_str())?;
                self.visible(me, number)?;
                Some(number)
            }
        };
        let conversation = self.conversation_with(me, &args.to)?;
        let row = self.my_conversation(me, conversation)?;
        let reply_to = match &args.reply_to {
            None => None,
            Some(id) => {
                let number = ids::message_number(id.as_str())?;
                if !row.messages.contains(&number) {
                    return Err(No::NotFound("there is no such message in it"));
                }
                Some(number)
            }
        };
        if self.can_reply_until(me, row).is_some_and(|end| now >= end) {
            return Err(No::Closed(
                "the time to answer is over: wait until the other side writes again",
            ));
        }
        let others: Vec<String> = row.members.iter().filter(|m| *m != me).cloned().collect();
        if others.iter().any(|other| self.apart(me, other)) {
            return Err(No::Forbidden("both sides not to block each other"));
        }
        let number = self.number();
        self.messages.insert(
            number,
            MessageRow {
                conversation,
                author: me.to_owned(),
                text: args.text.clone().detect(),
                at: now,
                edited_at: None,
                reply_to,
                media: args.media.clone(),
                share,
            },
        );
        if let Some(row) = self.conversations.get_mut(&conversation) {
            row.messages.push(number);
        }
        self.record_message(RecordKind::Message, number, now);
        for other in others {
            self.tell(&other, EventKind::Message, me, now, |event| {
                event.message = Some(number);
            });
        }
        let made = KeyRow {
            made: number,
            fingerprint,
        };
        self.keys.insert(key, made);
        Ok(number)
    }

    /// The conversation that a message goes into; it is begun where there is none.
    fn conversation_with(&mut self, me: &str, to: &Recipient) -> Ask<u64> {
        let other = match to {
            Recipient::Conversation(id) => {
                let number = ids::conversation_number(id.as_str())?;
                return self.my_conversation(me, number).map(|_| number);
            }
            Recipient::Account(account) => self.handle_of(me, account)?,
            Recipient::CommentAuthor(post) => {
                let number = ids::post_number(post.id.as_str())?;
                self.visible(me, number)?.author.clone()
            }
        };
        if other == me {
            return Err(No::invalid(
                Rule::Malformed,
                "to",
                "a message goes to another account, not to one's own",
            ));
        }
        if self.apart(me, &other) {
            return Err(No::Forbidden("both sides not to block each other"));
        }
        let both = |row: &ConversationRow| row.members.iter().all(|m| *m == me || *m == other);
        if let Some((number, _)) = self.conversations.iter().find(|(_, row)| both(row)) {
            return Ok(*number);
        }
        let number = self.number();
        self.conversations.insert(
            number,
            ConversationRow {
                members: vec![me.to_owned(), other],
                messages: Vec::new(),
                read: Default::default(),
            },
        );
        Ok(number)
    }

    /// A message is changed, or taken away with `None`, by its author; the others are told.
    pub(super) fn change_message(
        &mut self,
        number: u64,
        text: Option<Text>,
        now: Timestamp,
    ) -> Option<()> {
        let row = self.messages.get_mut(&number)?;
        let author = row.author.clone();
        let conversation = row.conversation;
        let kind = match text {
            Some(text) => {
                row.text = text;
                row.edited_at = Some(now);
                EventKind::MessageEdited
            }
            None => {
                row.text = Text::default();
                row.media.clear();
                EventKind::MessageDeleted
            }
        };
        let recorded = match kind {
            EventKind::MessageEdited => RecordKind::MessageEdited,
            _ => RecordKind::MessageDeleted,
        };
        self.record_message(recorded, number, now);
        let talk = self.conversations.get_mut(&conversation)?;
        if kind == EventKind::MessageDeleted {
            talk.messages.retain(|n| *n != number);
        }
        let others: Vec<String> = talk
            .members
            .iter()
            .filter(|m| **m != author)
            .cloned()
            .collect();
        for other in others {
            self.tell(&other, kind.clone(), &author, now, |event| {
                event.message = Some(number);
            });
        }
        Some(())
    }

    pub(super) fn conversations_for<'a>(
        &'a self,
        me: &str,
        page: &PageRequest,
        now: Timestamp,
    ) -> Ask<PageSays<'a, ConversationSays<'a>>> {
        let shown = self.shown_at(now);
        // The newest message gives a conversation its place.
        let mine: Vec<(u64, u64, &ConversationRow)> = self
            .conversations
            .iter()
            .filter(|(_, row)| row.members.iter().any(|m| m == me))
            .filter_map(|(number, row)| {
                let newest = row.messages.last()?;
                let first = row.messages.first()?;
                let listed = self.messages.get(first).is_some_and(|m| m.at <= shown);
                listed.then_some((*newest, *number, row))
            })
            .collect();
        let total = mine.len() as u64;
        let (mine, next) = listings::cut(mine, page, false, |(newest, _, _)| *newest)?;
        Ok(PageSays {
            items: mine
                .into_iter()
                .map(|(_, number, row)| show::conversation(self, me, number, row))
                .collect(),
            next: next.map(|n| n.to_string().into()),
            total: Some(total),
            omitted: Vec::new(),
        })
    }

    pub(super) fn messages_for<'a>(
        &'a self,
        me: &str,
        args: &MessagesArgs,
        now: Timestamp,
    ) -> Ask<PageSays<'a, MessageSays<'a>>> {
        let shown = self.shown_at(now);
        let number = ids::conversation_number(args.conversation.as_str())?;
        let row = self.my_conversation(me, number)?;
        let listed = |n: &u64| self.messages.get(n).is_some_and(|m| m.at <= shown);
        let numbers: Vec<u64> = row.messages.iter().copied().filter(listed).collect();
        let total = numbers.len() as u64;
        let (numbers, next) = listings::cut(numbers, &args.page, false, |n| *n)?;
        Ok(PageSays {
            items: numbers
                .into_iter()
                .filter_map(|n| show::message(self, me, n))
                .collect(),
            next: next.map(|n| n.to_string().into()),
            total: Some(total),
            omitted: Vec::new(),
        })
    }
}
