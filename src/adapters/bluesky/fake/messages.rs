//! Messages, reactions and the log of the message service (chat.bsky.convo).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chat::{Entry, Message, deleted_view, invalid_convo, reaction_view, typed};
use super::faults::Rule;
use super::limits::Limiter;
use super::shape::graphemes;
use super::state::World;
use super::views::{Key, with_cursor};
use super::xrpc::{Answer, Call, Refusal, Reply};

/// Different reactions of one member to one message (as the app has it).
const MOST_REACTIONS: usize = 5;
/// Entries of the log in one answer.
const LOG_PAGE: usize = 100;

pub(super) fn get_messages(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let convo = world.convo(call.need("convoId")?, me)?;
    let items: Vec<(Key, &Message)> = convo
        .messages
        .iter()
        .filter(|message| world.keeps(Rule::ChatDelivers) || message.sender == me)
        .map(|message| ((message.sent.as_millisecond(), message.id.clone()), message))
        .collect();
    let (page, cursor) = world.page(items, call.limit(50)?, call.param("cursor"))?;
    let messages: Vec<Value> = page
        .into_iter()
        .map(|message| {
            if message.deleted_for.contains(me) {
                deleted_view(message)
            } else {
                typed(
                    world.message_view(convo, message, me),
                    "chat.bsky.convo.defs#messageView",
                )
            }
        })
        .collect();
    let profiles: Vec<Value> = convo
        .sides
        .keys()
        .filter_map(|did| world.member_view(did, me))
        .collect();
    Ok(Reply::json(with_cursor(
        json!({ "messages": messages, "relatedProfiles": profiles }),
        cursor,
    )))
}

impl World {
    fn send(
        &mut self,
        id: &str,
        me: &str,
        input: &Value,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let convo = self.convo(id, me)?;
        let text = input
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if text.is_empty() && input.get("embed").is_none() {
            return Err(Refusal::invalid("Message must have text or an embed"));
        }
        if !self.keeps(Rule::ChatTextLimit) && graphemes(text) > 100 {
            return Err(Refusal::invalid(format!(
                "grapheme too big (maximum 100, got {}) at $.message.text",
                graphemes(text)
            )));
        }
        if let Some(answered) = input.pointer("/replyTo/messageId").and_then(Value::as_str)
            && convo.messages.iter().all(|message| message.id != answered)
        {
            return Err(Refusal::named(
                "ReplyTargetNotFound",
                "Reply target not found",
            ));
        }
        let others: Vec<String> = convo
            .sides
            .keys()
            .filter(|did| did.as_str() != me)
            .cloned()
            .collect();
        let answered_before = convo.messages.iter().any(|message| message.sender != me);
        for other in &others {
            // Who has written may be answered, whatever the settings say; a block holds all the same.
            if answered_before && !self.index.blocked(me, other) {
                continue;
            }
            self.may_write(me, other)?;
        }
        self.limits.spend(Limiter::Messages, me, 1, now)?;
        let rev = self.next_tid(now);
        let message = Message {
            id: rev.clone(),
            rev: rev.clone(),
            sender: me.to_owned(),
            sent: now,
            input: input.clone(),
            reactions: Vec::new(),
            deleted_for: BTreeSet::new(),
        };
        let Some(convo) = self.chat.convos.get_mut(id) else {
            return Err(invalid_convo());
        };
        convo.rev.clone_from(&rev);
        convo.messages.push(message.clone());
        if let Some(side) = convo.sides.get_mut(me) {
            // To answer a request is to accept it.
            side.accepted = true;
            side.left = false;
        }
        let dids: Vec<String> = convo.sides.keys().cloned().collect();
        self.log(id, "logCreateMessage", &dids, Some(&message.id), &rev);
        let convo = self.chat.convos.get(id).ok_or_else(invalid_convo)?;
        Ok(self.message_view(convo, &message, me))
    }
}

pub(super) fn send_message(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let input = call.input.get("message").unwrap_or(&Value::Null);
    world
        .send(call.need_field("convoId")?, me, input, call.now)
        .map(Reply::json)
}

pub(super) fn send_message_batch(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let items = call
        .input
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut views = Vec::new();
    for item in &items {
        let convo = item
            .get("convoId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        views.push(world.send(
            convo,
            me,
            item.get("message").unwrap_or(&Value::Null),
            call.now,
        )?);
    }
    Ok(Reply::json(json!({ "items": views })))
}

pub(super) fn delete_message_for_self(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?.to_owned();
    let id = call.need_field("convoId")?.to_owned();
    let wanted = call.need_field("messageId")?.to_owned();
    world.convo(&id, &me)?;
    let for_self = world.keeps(Rule::ChatDeletesForSelf);
    let rev = world.next_tid(call.now);
    let convo = world.chat.convos.get_mut(&id).ok_or_else(invalid_convo)?;
    let everyone: Vec<String> = convo.sides.keys().cloned().collect();
    let message = convo
        .messages
        .iter_mut()
        .find(|message| message.id == wanted);
    let message = message.ok_or_else(|| Refusal::invalid("Message not found"))?;
    message.deleted_for.insert(me.clone());
    if !for_self {
        message.deleted_for.extend(everyone);
    }
    message.rev.clone_from(&rev);
    let mut view = deleted_view(message);
    if let Some(fields) = view.as_object_mut() {
        fields.remove("$type");
    }
    convo.rev.clone_from(&rev);
    world.log(&id, "logDeleteMessage", &[me], Some(&wanted), &rev);
    Ok(Reply::json(view))
}

fn react(world: &mut World, call: &Call<'_>, add: bool) -> Answer {
    let me = call.me()?.to_owned();
    let id = call.need_field("convoId")?.to_owned();
    let wanted = call.need_field("messageId")?.to_owned();
    let value = call.need_field("value")?.to_owned();
    world.convo(&id, &me)?;
    let kept = world.keeps(Rule::ChatReactions);
    let rev = world.next_tid(call.now);
    let convo = world.chat.convos.get_mut(&id).ok_or_else(invalid_convo)?;
    let message = convo
        .messages
        .iter_mut()
        .find(|message| message.id == wanted);
    let message = message.ok_or_else(|| Refusal::invalid("Message not found"))?;
    if message.deleted_for.contains(&me) {
        return Err(Refusal::named(
            "ReactionMessageDeleted",
            "Message was deleted",
        ));
    }
    let own = message
        .reactions
        .iter()
        .filter(|(_, sender, _)| *sender == me)
        .count();
    let known = message
        .reactions
        .iter()
        .any(|(known, sender, _)| *known == value && *sender == me);
    if add && !known && own >= MOST_REACTIONS {
        return Err(Refusal::named(
            "ReactionLimitReached",
            "Reaction limit reached",
        ));
    }
    let changes = kept && known != add;
    if changes && add {
        message
            .reactions
            .push((value.clone(), me.clone(), call.now));
    } else if changes {
        message
            .reactions
            .retain(|(known, sender, _)| !(*known == value && *sender == me));
    }
    if changes {
        message.rev.clone_from(&rev);
        convo.rev.clone_from(&rev);
        let dids: Vec<String> = convo.sides.keys().cloned().collect();
        let kind = if add {
            "logAddReaction"
        } else {
            "logRemoveReaction"
        };
        let from = world.chat.log.len();
        world.log(&id, kind, &dids, Some(&wanted), &rev);
        for entry in world.chat.log.iter_mut().skip(from) {
            entry.reaction = Some(reaction_view(&(value.clone(), me.clone(), call.now)));
        }
    }
    let convo = world.chat.convos.get(&id).ok_or_else(invalid_convo)?;
    let message = convo
        .messages
        .iter()
        .find(|message| message.id == wanted)
        .ok_or_else(invalid_convo)?;
    Ok(Reply::json(
        json!({ "message": world.message_view(convo, message, &me) }),
    ))
}

pub(super) fn add_reaction(world: &mut World, call: &Call<'_>) -> Answer {
    react(world, call, true)
}

pub(super) fn remove_reaction(world: &mut World, call: &Call<'_>) -> Answer {
    react(world, call, false)
}

pub(super) fn get_log(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let cursor = call.param("cursor").unwrap_or_default().to_owned();
    let delivers = world.keeps(Rule::ChatDelivers);
    let entries: Vec<&Entry> = world
        .chat
        .log
        .iter()
        .filter(|entry| world.keeps(Rule::ChatLog) && entry.did == me && entry.rev > cursor)
        .take(LOG_PAGE)
        .collect();
    let logs: Vec<Value> = entries
        .iter()
        .filter_map(|entry| {
            let mut view = json!({
                "$type": format!("chat.bsky.convo.defs#{}", entry.kind), "rev": entry.rev, "convoId": entry.convo,
            });
            let convo = world.chat.convos.get(&entry.convo)?;
            let fields = view.as_object_mut()?;
            if let Some(id) = &entry.message {
                let message = convo.messages.iter().find(|message| message.id == *id)?;
                if !delivers && message.sender != me {
                    return None;
                }
                let shown = if message.deleted_for.contains(me) {
                    deleted_view(message)
                } else {
                    typed(world.message_view(convo, message, me), "chat.bsky.convo.defs#messageView")
                };
                fields.insert("message".to_owned(), shown);
            }
            fields.extend(entry.reaction.clone().map(|reaction| ("reaction".to_owned(), reaction)));
            Some(view)
        })
        .collect();
    let next = entries.last().map_or(cursor, |entry| entry.rev.clone());
    Ok(Reply::json(with_cursor(
        json!({ "logs": logs }),
        Some(next).filter(|next| !next.is_empty()),
    )))
}
