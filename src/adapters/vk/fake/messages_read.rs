//! Reading messages: conversations, their history, and what was read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::access::Kind;
use super::faults::Rule;
use super::routes::Call;
use super::state::{Message, World};
use super::wire::{Answer, Refusal};

impl World {
    /// What a mailbox shows, oldest first.
    fn mail(&self, mailbox: i64) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| {
            (message.from == mailbox || message.to == mailbox)
                && !message.deleted_for.contains(&mailbox)
        })
    }

    fn read_to(&self, reader: i64, writer: i64) -> i64 {
        self.reads.get(&(reader, writer)).copied().unwrap_or(0)
    }

    fn unread(&self, mailbox: i64, peer: i64) -> usize {
        let read = self.read_to(mailbox, peer);
        self.mail(mailbox)
            .filter(|message| message.from == peer && message.id > read)
            .count()
    }

    fn conversation(&self, mailbox: i64, peer: i64, last: &Message, call: &Call<'_>) -> Value {
        let kind = if peer < 0 { "group" } else { "user" };
        let mut can_write = json!({ "allowed": true });
        if mailbox < 0
            && let Some(fields) = can_write.as_object_mut()
        {
            if let Err(refusal) = self.may_write(-mailbox, peer, call.now) {
                fields.insert("allowed".to_owned(), json!(false));
                fields.insert("reason".to_owned(), json!(refusal.code));
            } else if let Some(until) = self.open_until(-mailbox, peer)
                && self.keeps(Rule::ReplyWindowIsTold)
            {
                fields.insert("until".to_owned(), json!(until));
            }
        }
        json!({
            "peer": { "id": peer, "type": kind, "local_id": peer.abs() },
            "last_message_id": last.id,
            "last_conversation_message_id": last.cmid,
            "in_read": self.read_to(mailbox, peer),
            "out_read": self.read_to(peer, mailbox),
            "unread_count": self.unread(mailbox, peer),
            "sort_id": { "major_id": 0, "minor_id": last.id },
            "is_marked_unread": false,
            "important": false,
            "unanswered": last.from == peer,
            "can_write": can_write,
            "version": 10_000 + last.id,
        })
    }

    /// The last message of each conversation, the newest first.
    fn lasts(&self, mailbox: i64) -> Vec<(i64, &Message)> {
        let mut lasts: BTreeMap<i64, &Message> = BTreeMap::new();
        for message in self.mail(mailbox) {
            let peer = if message.from == mailbox {
                message.to
            } else {
                message.from
            };
            lasts.insert(peer, message);
        }
        let mut lasts: Vec<(i64, &Message)> = lasts.into_iter().collect();
        lasts.sort_by_key(|(_, last)| std::cmp::Reverse(last.id));
        lasts
    }

    pub(super) fn conversations(&self, call: &Call<'_>) -> Answer {
        let mailbox = self.mailbox(call)?;
        let (offset, count) = call.p.page(20, 200);
        let filter = call.p.text("filter").unwrap_or("all");
        let mut lasts = self.lasts(mailbox);
        let unread_count = lasts
            .iter()
            .filter(|(peer, _)| self.unread(mailbox, *peer) > 0)
            .count();
        lasts.retain(|(peer, last)| match filter {
            "unread" => self.unread(mailbox, *peer) > 0,
            "unanswered" => last.from == *peer,
            "important" | "archive" => false,
            _ => true,
        });
        if let Some(start) = call.p.int("start_message_id").filter(|id| *id != 0) {
            lasts.retain(|(_, last)| last.id <= start);
        }
        let (total, page) = self.cut(lasts, offset, count);
        let items: Vec<Value> = page
            .iter()
            .map(|(peer, last)| {
                json!({
                    "conversation": self.conversation(mailbox, *peer, last, call),
                    "last_message": self.message_view(last, mailbox),
                })
            })
            .collect();
        let mut answer = json!({ "count": total, "items": items, "unread_count": unread_count });
        if call.p.flag("extended") {
            let ids = page.iter().map(|(peer, _)| *peer).chain([mailbox]);
            self.extend(&mut answer, ids, call.kind());
        }
        Ok(answer)
    }

    pub(super) fn conversations_by_id(&self, call: &Call<'_>) -> Answer {
        let mailbox = self.mailbox(call)?;
        let peers = call.p.ints("peer_ids")?;
        let lasts = self.lasts(mailbox);
        let found: Vec<&(i64, &Message)> = peers
            .iter()
            .filter_map(|peer| lasts.iter().find(|(known, _)| known == peer))
            .collect();
        let items: Vec<Value> = found
            .iter()
            .map(|(peer, last)| self.conversation(mailbox, *peer, last, call))
            .collect();
        let mut answer = json!({ "count": items.len(), "items": items });
        if call.p.flag("extended") {
            let ids = found.iter().map(|(peer, _)| *peer).chain([mailbox]);
            self.extend(&mut answer, ids, call.kind());
        }
        Ok(answer)
    }

    pub(super) fn history(&self, call: &Call<'_>) -> Answer {
        let mailbox = self.mailbox(call)?;
        let peer = self.peer(call)?;
        let (offset, count) = call.p.page(20, 200);
        let mut messages: Vec<&Message> = self
            .mail(mailbox)
            .filter(|message| message.between(mailbox, peer))
            .collect();
        let total = messages.len();
        let upwards = call.p.flag("rev");
        if !upwards {
            messages.reverse();
        }
        if let Some(start) = call.p.int("start_message_id").filter(|id| *id > 0) {
            messages.retain(|message| (message.id <= start) != upwards || message.id == start);
        }
        let last = self
            .lasts(mailbox)
            .into_iter()
            .find(|(known, _)| *known == peer);
        let (_, page) = self.cut(messages, offset, count);
        let items: Vec<Value> = page
            .iter()
            .map(|message| self.message_view(message, mailbox))
            .collect();
        let total = if self.keeps(Rule::TotalsAreTold) {
            total
        } else {
            items.len()
        };
        let mut answer = json!({ "count": total, "items": items });
        if call.p.flag("extended") {
            self.extend(&mut answer, [peer, mailbox], call.kind());
            let known: Vec<Value> = last
                .map(|(peer, last)| self.conversation(mailbox, peer, last, call))
                .into_iter()
                .collect();
            if let Some(fields) = answer.as_object_mut() {
                fields.insert("conversations".to_owned(), json!(known));
            }
        }
        Ok(answer)
    }

    pub(super) fn messages_by_id(&self, call: &Call<'_>) -> Answer {
        let mailbox = self.mailbox(call)?;
        let ids = self.named(call, mailbox)?;
        let found: Vec<&Message> = ids.iter().filter_map(|id| self.message(*id)).collect();
        let items: Vec<Value> = found
            .iter()
            .map(|message| self.message_view(message, mailbox))
            .collect();
        let mut answer = json!({ "count": items.len(), "items": items });
        if call.p.flag("extended") {
            let ids = found.iter().flat_map(|message| [message.from, message.to]);
            self.extend(&mut answer, ids, call.kind());
        }
        Ok(answer)
    }

    /// Marks what a reader has read of a writer up to a message.
    pub(super) fn set_read(&mut self, reader: i64, writer: i64, id: i64, now: i64) {
        if !self.keeps(Rule::ReadIsMarked) {
            return;
        }
        let read = self.reads.entry((reader, writer)).or_insert(0);
        if *read >= id {
            return;
        }
        *read = id;
        let cmid = self.message(id).map_or(1, |message| message.cmid);
        if writer < 0 {
            let object = json!({
                "from_id": reader,
                "peer_id": reader,
                "read_message_id": id,
                "conversation_message_id": cmid,
            });
            self.tell(-writer, "message_read", object, now);
        }
    }

    pub(super) fn mark_as_read(&mut self, call: &Call<'_>) -> Answer {
        let mailbox = self.mailbox(call)?;
        let peer = self.peer(call)?;
        let last = self
            .mail(mailbox)
            .filter(|message| message.from == peer)
            .map(|message| message.id)
            .max()
            .unwrap_or(0);
        let by_number = call.p.int("up_to_cmid").and_then(|cmid| {
            self.messages
                .iter()
                .find(|message| message.between(mailbox, peer) && message.cmid == cmid)
                .map(|message| message.id)
        });
        let named = call.p.ints("message_ids")?.into_iter().max();
        let to = call
            .p
            .int("start_message_id")
            .filter(|id| *id != 0)
            .or(by_number)
            .or(named)
            .unwrap_or(last)
            .min(last);
        if matches!(call.kind(), Kind::Service) {
            return Err(Refusal::denied("no messages"));
        }
        self.set_read(mailbox, peer, to, call.second());
        Ok(json!(1))
    }
}
