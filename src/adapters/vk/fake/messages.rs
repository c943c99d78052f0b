//! Writing messages: between users and communities.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Kind;
use super::faults::Rule;
use super::routes::Call;
use super::state::{Attachment, Message, World};
use super::wire::{Answer, Refusal};

/// Group chats have numbers from here on.
const CHATS: i64 = 2_000_000_000;
/// How long a message can be deleted for all, in seconds.
const DELETE_WINDOW: i64 = 24 * 3600;

fn refused(code: i64) -> Refusal {
    let message = match code {
        900 => "Can't send messages for users from blacklist",
        901 => "Can't send messages for users without permission",
        909 => "Can't edit this message, because it's too old",
        911 => "Keyboard format is invalid",
        914 => "Message is too long",
        917 => "You don't have access to this chat",
        920 => "Can't edit this kind of message",
        924 => "Can't delete this message for everybody",
        936 => "Contact not found",
        950 => "Can't send message, reply timed out",
        _ => "Unknown error occurred",
    };
    Refusal::new(code, message)
}

/// A message that is to be written.
pub(super) struct Letter {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) reply_to: Option<i64>,
    pub(super) payload: Option<String>,
    pub(super) random: i64,
    pub(super) admin: Option<i64>,
}

impl World {
    /// Whose messages a call is about: a community's below zero, a user's above.
    pub(super) fn mailbox(&self, call: &Call<'_>) -> Result<i64, Refusal> {
        match (call.kind(), call.p.int("group_id").filter(|id| *id != 0)) {
            (kind @ Kind::User { .. }, Some(id)) => Ok(-self.managed(Some(id), kind)?),
            (Kind::Community(own), Some(id)) if own != id => {
                Err(Refusal::denied("group_id is of another community"))
            }
            (kind, _) => Ok(kind.actor()),
        }
    }

    /// The peer that a call names.
    pub(super) fn peer(&self, call: &Call<'_>) -> Result<i64, Refusal> {
        let named = call
            .p
            .int("peer_id")
            .or_else(|| call.p.int("user_id"))
            .or_else(|| call.p.int("chat_id").map(|id| CHATS + id))
            .filter(|id| *id != 0);
        match (named, call.p.text("domain")) {
            (Some(id), _) => Ok(id),
            (None, Some(name)) => self.resolve(name).ok_or_else(|| refused(936)),
            (None, None) => Err(Refusal::param("peer_id is undefined")),
        }
    }

    fn known_peer(&self, peer: i64) -> Result<(), Refusal> {
        if peer >= CHATS {
            Err(refused(917))
        } else if self.exists(peer) {
            Ok(())
        } else {
            Err(refused(936))
        }
    }

    /// When somebody last wrote to a community.
    fn last_from(&self, user: i64, group: i64) -> Option<i64> {
        self.wrote.get(&(user, -group)).copied()
    }

    /// Until when a community may write to a user, where that ends.
    pub(super) fn open_until(&self, group: i64, user: i64) -> Option<i64> {
        let window = self.settings.reply_window?;
        Some(self.last_from(user, group).unwrap_or(0) + window)
    }

    /// Whether a community may write to a user.
    pub(super) fn may_write(&self, group: i64, user: i64, now: Timestamp) -> Result<(), Refusal> {
        self.known_peer(user)?;
        let now = now.as_second();
        let banned = self
            .group(group)
            .and_then(|group| group.banned.get(&user))
            .is_some_and(|ban| ban.until == 0 || ban.until > now);
        if banned && self.keeps(Rule::BansBar) {
            return Err(refused(900));
        }
        let open = match self.allowed.get(&(group, user)) {
            Some(allowed) => *allowed,
            None => self.last_from(user, group).is_some(),
        };
        if !open && self.keeps(Rule::WriteFirst) {
            return Err(refused(901));
        }
        let over = self
            .open_until(group, user)
            .is_some_and(|until| until <= now);
        if over && self.keeps(Rule::ReplyWindow) {
            return Err(refused(950));
        }
        Ok(())
    }

    /// Puts a message into the conversation, and tells the community of it.
    pub(super) fn deliver(&mut self, letter: Letter, now: i64) -> (i64, i64) {
        let id = self.next();
        let (from, to) = (letter.from, letter.to);
        let cmid = self.cmids.entry((from.min(to), from.max(to))).or_insert(0);
        *cmid += 1;
        let cmid = *cmid;
        self.wrote.insert((from, to), now);
        let mut deleted_for = BTreeSet::new();
        if !self.keeps(Rule::MessagesAreDelivered) {
            deleted_for.insert(to);
        }
        let message = Message {
            id,
            cmid,
            from,
            to,
            date: now,
            text: letter.text,
            attachments: letter.attachments,
            payload: letter.payload,
            reply_to: letter.reply_to,
            random: letter.random,
            edited: None,
            deleted_for,
            admin: letter.admin,
        };
        if from < 0 {
            let object = self.message_view(&message, from);
            self.tell(-from, "message_reply", object, now);
        }
        if to < 0 && self.keeps(Rule::MessagesAreDelivered) {
            let object = json!({
                "message": self.message_view(&message, to),
                "client_info": {
                    "button_actions": ["text", "open_link"],
                    "keyboard": true,
                    "inline_keyboard": true,
                    "carousel": false,
                    "lang_id": 0,
                },
            });
            self.tell(-to, "message_new", object, now);
        }
        self.messages.push(message);
        (id, cmid)
    }

    fn letter(&self, call: &Call<'_>) -> Result<(String, Vec<Attachment>), Refusal> {
        let text = call.p.text("message").unwrap_or_default();
        let most = if self.keeps(Rule::MessageLimit) {
            self.settings.message_limit
        } else {
            40
        };
        let units = text.encode_utf16().count();
        if units > most {
            return Err(refused(914));
        }
        if let Some(keyboard) = call.p.text("keyboard")
            && !serde_json::from_str::<Value>(keyboard).is_ok_and(|value| value.is_object())
        {
            return Err(refused(911));
        }
        if let Some(format) = call.p.text("format_data") {
            well_formed(format, units)?;
        }
        if call
            .p
            .text("payload")
            .is_some_and(|payload| payload.chars().count() > 1000)
        {
            return Err(Refusal::param("payload is too long"));
        }
        let attachments = self.attachments(&call.p.list("attachment"), call.kind())?;
        let other = [
            "sticker_id",
            "lat",
            "template",
            "forward",
            "forward_messages",
        ]
        .iter()
        .any(|name| call.p.text(name).is_some());
        if text.trim().is_empty() && attachments.is_empty() && !other {
            return Err(Refusal::param("message is empty or invalid"));
        }
        Ok((text.to_owned(), attachments))
    }

    pub(super) fn send(&mut self, call: &Call<'_>) -> Answer {
        let from = self.mailbox(call)?;
        let random = match call.p.int("random_id") {
            Some(random) => random,
            None if self.keeps(Rule::RandomIdIsNeeded) => {
                return Err(Refusal::param("random_id is a required parameter"));
            }
            None => 0,
        };
        let several = call.p.text("peer_ids").is_some();
        let peers = if several {
            call.p.ints("peer_ids")?
        } else {
            vec![self.peer(call)?]
        };
        if peers.len() > 100 || peers.is_empty() {
            return Err(Refusal::param("peer_ids is invalid"));
        }
        let (text, attachments) = self.letter(call)?;
        let key = (from, random);
        let first = self.randoms.get(&key).cloned().unwrap_or_default();
        if random != 0 && !first.is_empty() && self.keeps(Rule::RandomId) {
            // The number counts for the sender, not for the peer: a second message under it is dropped.
            let of = |peer: i64| {
                first
                    .iter()
                    .find(|(known, _)| *known == peer)
                    .or_else(|| first.first())
                    .map_or(0, |(_, id)| *id)
            };
            if !several {
                return Ok(json!(of(peers.first().copied().unwrap_or(0))));
            }
            let items: Vec<Value> = peers
                .iter()
                .map(|peer| {
                    let id = of(*peer);
                    let cmid = self.message(id).map_or(0, |message| message.cmid);
                    json!({ "peer_id": peer, "message_id": id, "conversation_message_id": cmid })
                })
                .collect();
            return Ok(json!(items));
        }
        let mut told = Vec::new();
        for peer in peers {
            let sent = self.send_one(call, from, peer, random, &text, &attachments);
            match sent {
                Ok((id, cmid)) => {
                    if random != 0 {
                        self.randoms.entry(key).or_default().push((peer, id));
                    }
                    if !several {
                        return Ok(json!(id));
                    }
                    told.push(json!({ "peer_id": peer, "message_id": id,
                                      "conversation_message_id": cmid }));
                }
                Err(refusal) if !several => return Err(refusal),
                Err(refusal) => told.push(json!({
                    "peer_id": peer,
                    "message_id": 0,
                    "conversation_message_id": 0,
                    "error": { "code": refusal.code, "description": refusal.message },
                })),
            }
        }
        Ok(json!(told))
    }

    fn send_one(
        &mut self,
        call: &Call<'_>,
        from: i64,
        peer: i64,
        random: i64,
        text: &str,
        attachments: &[Attachment],
    ) -> Result<(i64, i64), Refusal> {
        self.known_peer(peer)?;
        if from < 0 {
            self.may_write(-from, peer, call.now)?;
        }
        let reply_to = call.p.int("reply_to").filter(|id| *id != 0);
        if let Some(id) = reply_to
            && !self
                .message(id)
                .is_some_and(|message| message.between(from, peer))
        {
            return Err(Refusal::param("reply_to is invalid"));
        }
        self.repeated(from, peer, text, call.now)?;
        let letter = Letter {
            from,
            to: peer,
            text: text.to_owned(),
            attachments: attachments.to_vec(),
            reply_to,
            payload: call.p.text("payload").map(str::to_owned),
            random,
            admin: call.kind().user().filter(|_| from < 0),
        };
        Ok(self.deliver(letter, call.second()))
    }

    pub(super) fn message(&self, id: i64) -> Option<&Message> {
        let at = self
            .messages
            .binary_search_by_key(&id, |message| message.id)
            .ok()?;
        self.messages.get(at)
    }

    /// The messages that a call names by their numbers, in a mailbox.
    pub(super) fn named(&self, call: &Call<'_>, mailbox: i64) -> Result<Vec<i64>, Refusal> {
        let mut ids = call.p.ints("message_ids")?;
        ids.extend(call.p.int("message_id"));
        let mut cmids = call.p.ints("cmids")?;
        cmids.extend(call.p.ints("conversation_message_ids")?);
        cmids.extend(call.p.int("cmid"));
        if !cmids.is_empty() {
            let peer = self.peer(call)?;
            let found = self
                .messages
                .iter()
                .filter(|message| message.between(mailbox, peer) && cmids.contains(&message.cmid));
            ids.extend(found.map(|message| message.id));
        }
        ids.retain(|id| {
            self.message(*id).is_some_and(|message| {
                (message.from == mailbox || message.to == mailbox)
                    && !message.deleted_for.contains(&mailbox)
            })
        });
        Ok(ids)
    }

    pub(super) fn edit_message(&mut self, call: &Call<'_>) -> Answer {
        let from = self.mailbox(call)?;
        let peer = self.peer(call)?;
        let (text, attachments) = self.letter(call)?;
        let id = self
            .named(call, from)?
            .first()
            .copied()
            .ok_or_else(|| Refusal::param("message_id is invalid"))?;
        let window = if self.keeps(Rule::MessageEdits) {
            self.settings.edit_window
        } else {
            -1
        };
        let now = call.second();
        let Some(message) = self
            .messages
            .iter_mut()
            .find(|message| message.id == id && message.from == from && message.to == peer)
        else {
            return Err(refused(920));
        };
        if now - message.date > window {
            return Err(refused(909));
        }
        message.text = text;
        message.attachments = attachments;
        message.edited = Some(now);
        self.tell_edit(id, now);
        Ok(json!(1))
    }

    /// Tells the community of a conversation that a message was edited.
    pub(super) fn tell_edit(&mut self, id: i64, now: i64) {
        let Some(message) = self.message(id) else {
            return;
        };
        let side = if message.from < 0 {
            message.from
        } else {
            message.to
        };
        if side < 0 {
            let object = self.message_view(message, side);
            self.tell(-side, "message_edit", object, now);
        }
    }

    pub(super) fn delete_messages(&mut self, call: &Call<'_>) -> Answer {
        let mailbox = self.mailbox(call)?;
        let all = call.p.flag("delete_for_all");
        let both = self.keeps(Rule::DeleteForAll);
        let ids = self.named(call, mailbox)?;
        let now = call.second();
        let mut told = Vec::new();
        for id in ids {
            let Some(message) = self.messages.iter_mut().find(|message| message.id == id) else {
                continue;
            };
            let peer = if message.from == mailbox {
                message.to
            } else {
                message.from
            };
            let mut item = json!({
                "peer_id": peer,
                "message_id": id,
                "conversation_message_id": message.cmid,
            });
            let too_late = message.from != mailbox || now - message.date > DELETE_WINDOW;
            if let Some(fields) = item.as_object_mut() {
                if all && too_late {
                    let refusal = refused(924);
                    let error = json!({ "code": 924, "description": refusal.message });
                    fields.insert("error".to_owned(), error);
                } else {
                    message.deleted_for.insert(mailbox);
                    if all && both {
                        message.deleted_for.insert(peer);
                    }
                    fields.insert("response".to_owned(), json!(1));
                }
            }
            told.push(item);
        }
        Ok(json!(told))
    }

    pub(super) fn restore_message(&mut self, call: &Call<'_>) -> Answer {
        let mailbox = self.mailbox(call)?;
        let id = call.p.int("message_id");
        let cmid = call.p.int("cmid");
        let peer = call.p.int("peer_id");
        let found = self.messages.iter_mut().find(|message| {
            Some(message.id) == id
                || (peer.is_some_and(|peer| message.between(mailbox, peer))
                    && Some(message.cmid) == cmid)
        });
        if found.is_some_and(|message| message.deleted_for.remove(&mailbox)) {
            return Ok(json!(1));
        }
        Err(Refusal::param("message_id is invalid"))
    }

    pub(super) fn is_allowed(&self, call: &Call<'_>) -> Answer {
        let group = self.community(call.p.int("group_id"))?;
        let user = call.p.id("user_id")?;
        let allowed = match self.allowed.get(&(group, user)) {
            Some(allowed) => *allowed,
            None => self.last_from(user, group).is_some(),
        };
        Ok(json!({ "is_allowed": i64::from(allowed) }))
    }
}

/// Whether `format_data` fits its text.
fn well_formed(format: &str, units: usize) -> Result<(), Refusal> {
    let wrong = || Refusal::param("format_data is invalid");
    let value: Value = serde_json::from_str(format).map_err(|_| wrong())?;
    let items = value
        .get("items")
        .and_then(Value::as_array)
        .ok_or_else(wrong)?;
    for item in items {
        let number = |name| item.get(name).and_then(Value::as_u64);
        let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
        let end = number("offset").zip(number("length")).map(|(o, l)| o + l);
        let fits = end.is_some_and(|end| usize::try_from(end).is_ok_and(|end| end <= units));
        let url = kind != "url" || item.get("url").is_some_and(Value::is_string);
        if !["bold", "italic", "underline", "url"].contains(&kind) || !fits || !url {
            return Err(wrong());
        }
    }
    Ok(())
}
