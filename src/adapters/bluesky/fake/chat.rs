//! Conversations (chat.bsky.convo), reached through the PDS by the proxy header.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::Rule;
use super::state::World;
use super::syntax::{Format, iso};
use super::views::{EMBEDDED, Key, with_cursor};
use super::xrpc::{Answer, Call, Refusal, Reply};

/// The service that the proxy header must name.
pub(super) const CHAT_SERVICE: &str = "did:web:api.bsky.chat#bsky_chat";

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) rev: String,
    pub(super) sender: String,
    pub(super) sent: Timestamp,
    pub(super) input: Value,
    pub(super) reactions: Vec<(String, String, Timestamp)>,
    pub(super) deleted_for: BTreeSet<String>,
}

/// What one member sees of a conversation.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) accepted: bool,
    pub(super) muted: bool,
    pub(super) left: bool,
    /// The revision up to which it has read.
    pub(super) read: String,
}

#[derive(Clone, Debug)]
pub(super) struct Convo {
    pub(super) id: String,
    pub(super) rev: String,
    pub(super) sides: BTreeMap<String, Side>,
    pub(super) messages: Vec<Message>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) rev: String,
    pub(super) did: String,
    pub(super) kind: &'static str,
    pub(super) convo: String,
    pub(super) message: Option<String>,
    pub(super) reaction: Option<Value>,
}

#[derive(Debug, Default)]
pub(super) struct Chat {
    pub(super) convos: BTreeMap<String, Convo>,
    pub(super) log: Vec<Entry>,
}

pub(super) fn invalid_convo() -> Refusal {
    Refusal::named("InvalidConvo", "Convo not found")
}

impl World {
    /// A conversation of the caller.
    pub(super) fn convo<'a>(&'a self, id: &str, me: &str) -> Result<&'a Convo, Refusal> {
        let convo = self.chat.convos.get(id).ok_or_else(invalid_convo)?;
        let member = convo.sides.get(me).is_some_and(|side| !side.left);
        if member || !self.keeps(Rule::ChatMembersOnly) {
            Ok(convo)
        } else {
            Err(invalid_convo())
        }
    }

    /// The messages of a conversation that a member sees, oldest first.
    pub(super) fn seen_messages<'a>(
        &'a self,
        convo: &'a Convo,
        me: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Message> {
        let delivers = self.keeps(Rule::ChatDelivers);
        convo
            .messages
            .iter()
            .filter(move |message| !message.deleted_for.contains(me))
            .filter(move |message| delivers || message.sender == me)
    }

    /// chat.bsky.actor.defs#profileViewBasic
    pub(super) fn member_view(&self, did: &str, me: &str) -> Option<Value> {
        let mut view = self.profile_basic(did, Some(me))?;
        let fields = view.as_object_mut()?;
        fields.remove("pronouns");
        fields.insert(
            "kind".to_owned(),
            json!({ "$type": "chat.bsky.actor.defs#directConvoMember" }),
        );
        Some(view)
    }

    /// chat.bsky.convo.defs#messageView
    pub(super) fn message_view(&self, convo: &Convo, message: &Message, me: &str) -> Value {
        let mut view = json!({
            "id": message.id, "rev": message.rev, "sender": { "did": message.sender }, "sentAt": iso(message.sent),
            "text": message.input.get("text"),
        });
        let Some(fields) = view.as_object_mut() else {
            return view;
        };
        fields.extend(
            message
                .input
                .get("facets")
                .map(|facets| ("facets".to_owned(), facets.clone())),
        );
        let quoted = message
            .input
            .pointer("/embed/record/uri")
            .and_then(Value::as_str);
        if let Some(uri) = quoted {
            fields.insert("embed".to_owned(), self.message_embed(uri, me));
        }
        if !message.reactions.is_empty() {
            let reactions: Vec<Value> = message.reactions.iter().map(reaction_view).collect();
            fields.insert("reactions".to_owned(), Value::Array(reactions));
        }
        let answered = message
            .input
            .pointer("/replyTo/messageId")
            .and_then(Value::as_str);
        let answered = answered.and_then(|id| convo.messages.iter().find(|other| other.id == id));
        if let Some(answered) = answered {
            let shown = if answered.deleted_for.contains(me) {
                deleted_view(answered)
            } else {
                let mut flat = answered.clone();
                // One step back is shown, not the whole chain.
                if let Some(input) = flat.input.as_object_mut() {
                    input.remove("replyTo");
                }
                typed(
                    self.message_view(convo, &flat, me),
                    "chat.bsky.convo.defs#messageView",
                )
            };
            fields.insert("replyTo".to_owned(), shown);
        }
        view
    }

    fn message_embed(&self, uri: &str, me: &str) -> Value {
        let record = match self.post_view(uri, Some(me)) {
            Some(mut view) => {
                let mut shown = json!({ "$type": "app.bsky.embed.record#viewRecord", "value": view.get("record") });
                if let (Some(shown), Some(view)) = (shown.as_object_mut(), view.as_object_mut()) {
                    shown.extend(
                        EMBEDDED
                            .iter()
                            .filter_map(|name| Some(((*name).to_owned(), view.remove(*name)?))),
                    );
                    shown.insert(
                        "embeds".to_owned(),
                        Value::Array(view.remove("embed").into_iter().collect()),
                    );
                }
                shown
            }
            None => {
                json!({ "$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": true })
            }
        };
        json!({ "$type": "app.bsky.embed.record#view", "record": record })
    }

    /// chat.bsky.convo.defs#convoView
    fn convo_view(&self, convo: &Convo, me: &str) -> Value {
        let others = convo
            .sides
            .keys()
            .filter(|did| did.as_str() != me)
            .map(String::as_str);
        let members: Vec<Value> = std::iter::once(me)
            .chain(others)
            .filter_map(|did| self.member_view(did, me))
            .collect();
        let side = convo.sides.get(me);
        let unread = self
            .seen_messages(convo, me)
            .filter(|message| message.sender != me)
            .filter(|message| side.is_none_or(|side| message.id > side.read))
            .count();
        let mut view = json!({
            "id": convo.id, "rev": convo.rev, "members": members, "unreadCount": unread,
            "muted": side.is_some_and(|side| side.muted),
            "status": if side.is_some_and(|side| side.accepted) { "accepted" } else { "request" },
            "kind": { "$type": "chat.bsky.convo.defs#directConvo" },
        });
        let last = convo
            .messages
            .iter()
            .rev()
            .find(|message| self.keeps(Rule::ChatDelivers) || message.sender == me);
        if let (Some(fields), Some(last)) = (view.as_object_mut(), last) {
            let shown = if last.deleted_for.contains(me) {
                deleted_view(last)
            } else {
                typed(
                    self.message_view(convo, last, me),
                    "chat.bsky.convo.defs#messageView",
                )
            };
            fields.insert("lastMessage".to_owned(), shown);
        }
        view
    }

    pub(super) fn log(
        &mut self,
        convo: &str,
        kind: &'static str,
        dids: &[String],
        message: Option<&str>,
        rev: &str,
    ) {
        for did in dids {
            self.chat.log.push(Entry {
                rev: rev.to_owned(),
                did: did.clone(),
                kind,
                convo: convo.to_owned(),
                message: message.map(str::to_owned),
                reaction: None,
            });
        }
    }

    /// Whether an account may write to another (chat.bsky.actor.declaration; `following` where nothing is declared).
    pub(super) fn may_write(&self, from: &str, to: &str) -> Result<(), Refusal> {
        let recipient = self
            .accounts
            .get(to)
            .ok_or_else(|| Refusal::named("RecipientNotFound", "recipient not found"))?;
        if self.index.blocked(from, to) && self.keeps(Rule::BlocksHide) {
            return Err(Refusal::named(
                "BlockedActor",
                "block between recipient and sender",
            ));
        }
        if !self.keeps(Rule::ChatPermission) {
            return Ok(());
        }
        let declared = recipient.record("chat.bsky.actor.declaration", "self");
        let standard = if self.settings.chat_open {
            "all"
        } else {
            "following"
        };
        let allow = declared
            .and_then(|declared| declared.value.get("allowIncoming"))
            .and_then(Value::as_str);
        match allow.unwrap_or(standard) {
            "all" => Ok(()),
            "none" => Err(Refusal::named(
                "MessagesDisabled",
                "recipient has disabled incoming messages",
            )),
            _ if self.index.follow(to, from).is_some() => Ok(()),
            _ => Err(Refusal::named(
                "NotFollowedBySender",
                "recipient requires incoming messages to come from someone they follow",
            )),
        }
    }
}

pub(super) fn typed(mut view: Value, kind: &str) -> Value {
    if let Some(fields) = view.as_object_mut() {
        fields.insert("$type".to_owned(), json!(kind));
    }
    view
}

pub(super) fn reaction_view((value, sender, at): &(String, String, Timestamp)) -> Value {
    json!({ "value": value, "sender": { "did": sender }, "createdAt": iso(*at) })
}

pub(super) fn deleted_view(message: &Message) -> Value {
    json!({
        "$type": "chat.bsky.convo.defs#deletedMessageView", "id": message.id, "rev": message.rev,
        "sender": { "did": message.sender }, "sentAt": iso(message.sent),
    })
}

/// The members that a query names, the caller among them.
fn members(world: &World, call: &Call<'_>) -> Result<BTreeSet<String>, Refusal> {
    let named = call.need_many("members", 10, Format::Did)?;
    let mut members: BTreeSet<String> = named.into_iter().map(str::to_owned).collect();
    members.insert(call.me()?.to_owned());
    if members.len() != 2 {
        return Err(Refusal::invalid("Convo must have two members"));
    }
    if members.iter().any(|did| !world.accounts.contains_key(did)) {
        return Err(Refusal::named("RecipientNotFound", "recipient not found"));
    }
    Ok(members)
}

fn between<'a>(world: &'a World, members: &BTreeSet<String>) -> Option<&'a Convo> {
    world
        .chat
        .convos
        .values()
        .find(|convo| convo.sides.keys().eq(members.iter()))
}

pub(super) fn get_convo_for_members(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?.to_owned();
    let members = members(world, call)?;
    if let Some(convo) = between(world, &members) {
        let view = world.convo_view(convo, &me);
        return Ok(Reply::json(json!({ "convo": view })));
    }
    for other in members.iter().filter(|did| **did != me) {
        world.may_write(&me, other)?;
    }
    let id = world.next_tid(call.now);
    let waits = world.keeps(Rule::ChatRequestsWait);
    let sides = members
        .iter()
        .map(|did| {
            let accepted = *did == me || !waits || world.index.follow(did, &me).is_some();
            (
                did.clone(),
                Side {
                    accepted,
                    muted: false,
                    left: false,
                    read: String::new(),
                },
            )
        })
        .collect();
    let convo = Convo {
        id: id.clone(),
        rev: id.clone(),
        sides,
        messages: Vec::new(),
    };
    let view = world.convo_view(&convo, &me);
    world.chat.convos.insert(id.clone(), convo);
    let dids: Vec<String> = members.into_iter().collect();
    world.log(&id, "logBeginConvo", &dids, None, &id);
    Ok(Reply::json(json!({ "convo": view })))
}

pub(super) fn get_convo_availability(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let members = members(world, call)?;
    if let Some(convo) = between(world, &members) {
        return Ok(Reply::json(
            json!({ "canChat": true, "convo": world.convo_view(convo, me) }),
        ));
    }
    let can = members
        .iter()
        .filter(|did| *did != me)
        .all(|other| world.may_write(me, other).is_ok());
    Ok(Reply::json(json!({ "canChat": can })))
}

pub(super) fn get_convo(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let convo = world.convo(call.need("convoId")?, me)?;
    Ok(Reply::json(json!({ "convo": world.convo_view(convo, me) })))
}

impl World {
    fn convo_page(
        &self,
        call: &Call<'_>,
        fits: impl Fn(&Side) -> bool,
    ) -> Result<(Vec<Value>, Option<String>), Refusal> {
        let me = call.me()?;
        let unread_only = call.param("readState") == Some("unread");
        let items: Vec<(Key, Value)> = self
            .chat
            .convos
            .values()
            .filter(|convo| {
                convo
                    .sides
                    .get(me)
                    .is_some_and(|side| !side.left && fits(side))
            })
            .filter(|convo| self.seen_messages(convo, me).next().is_some())
            .map(|convo| {
                let last = convo
                    .messages
                    .last()
                    .map_or(0, |message| message.sent.as_millisecond());
                ((last, convo.rev.clone()), self.convo_view(convo, me))
            })
            .filter(|(_, view)| {
                !unread_only || view.get("unreadCount").and_then(Value::as_u64) > Some(0)
            })
            .collect();
        self.page(items, call.limit(50)?, call.param("cursor"))
    }
}

pub(super) fn list_convos(world: &mut World, call: &Call<'_>) -> Answer {
    let wanted = call.param("status").map(str::to_owned);
    let group = call.param("kind") == Some("group")
        || call
            .param("lockStatus")
            .is_some_and(|lock| lock != "unlocked");
    let (convos, cursor) = world.convo_page(call, |side| match wanted.as_deref() {
        Some("request") => !group && !side.accepted,
        Some("accepted") => !group && side.accepted,
        _ => !group,
    })?;
    Ok(Reply::json(with_cursor(
        json!({ "convos": convos }),
        cursor,
    )))
}

pub(super) fn list_convo_requests(world: &mut World, call: &Call<'_>) -> Answer {
    let (convos, cursor) = world.convo_page(call, |side| !side.accepted)?;
    let requests: Vec<Value> = convos
        .into_iter()
        .map(|convo| typed(convo, "chat.bsky.convo.defs#convoView"))
        .collect();
    Ok(Reply::json(with_cursor(
        json!({ "requests": requests }),
        cursor,
    )))
}

/// Changes the caller's side of a conversation and tells the caller's log.
fn change_side(
    world: &mut World,
    call: &Call<'_>,
    kind: &'static str,
    change: impl FnOnce(&mut Side),
) -> Result<(String, String), Refusal> {
    let me = call.me()?.to_owned();
    let id = call.need_field("convoId")?.to_owned();
    world.convo(&id, &me)?;
    let rev = world.next_tid(call.now);
    if let Some(convo) = world.chat.convos.get_mut(&id) {
        convo.rev.clone_from(&rev);
        if let Some(side) = convo.sides.get_mut(&me) {
            change(side);
        }
    }
    world.log(&id, kind, &[me], None, &rev);
    Ok((id, rev))
}

fn convo_answer(world: &World, call: &Call<'_>, id: &str) -> Answer {
    let me = call.me()?;
    let convo = world.chat.convos.get(id).ok_or_else(invalid_convo)?;
    Ok(Reply::json(json!({ "convo": world.convo_view(convo, me) })))
}

pub(super) fn accept_convo(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let convo = world.convo(call.need_field("convoId")?, me)?;
    if convo.sides.get(me).is_some_and(|side| side.accepted) {
        return Ok(Reply::json(json!({})));
    }
    let (_, rev) = change_side(world, call, "logAcceptConvo", |side| side.accepted = true)?;
    Ok(Reply::json(json!({ "rev": rev })))
}

pub(super) fn leave_convo(world: &mut World, call: &Call<'_>) -> Answer {
    let (id, rev) = change_side(world, call, "logLeaveConvo", |side| side.left = true)?;
    Ok(Reply::json(json!({ "convoId": id, "rev": rev })))
}

pub(super) fn mute_convo(world: &mut World, call: &Call<'_>) -> Answer {
    let (id, _) = change_side(world, call, "logMuteConvo", |side| side.muted = true)?;
    convo_answer(world, call, &id)
}

pub(super) fn unmute_convo(world: &mut World, call: &Call<'_>) -> Answer {
    let (id, _) = change_side(world, call, "logUnmuteConvo", |side| side.muted = false)?;
    convo_answer(world, call, &id)
}

pub(super) fn update_read(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?.to_owned();
    let id = call.need_field("convoId")?.to_owned();
    let convo = world.convo(&id, &me)?;
    let last = convo.messages.last().map(|message| message.id.clone());
    let upto = match call.field("messageId") {
        Some(id) if convo.messages.iter().any(|message| message.id == id) => Some(id.to_owned()),
        Some(_) => return Err(Refusal::invalid("Message not found")),
        None => last,
    };
    let marks = world.keeps(Rule::ChatUnread);
    let rev = world.next_tid(call.now);
    if let Some(convo) = world.chat.convos.get_mut(&id) {
        convo.rev.clone_from(&rev);
        if let (Some(side), Some(upto)) = (convo.sides.get_mut(&me), upto.clone().filter(|_| marks))
        {
            side.read = side.read.clone().max(upto);
        }
    }
    if upto.is_some() {
        world.log(&id, "logReadConvo", &[me], upto.as_deref(), &rev);
    }
    convo_answer(world, call, &id)
}

pub(super) fn update_all_read(world: &mut World, call: &Call<'_>) -> Answer {
    let me = call.me()?;
    let wanted = call.field("status");
    let mut updated = 0;
    if world.keeps(Rule::ChatUnread) {
        for convo in world.chat.convos.values_mut() {
            let last = convo
                .messages
                .iter()
                .rev()
                .find(|message| message.sender != me)
                .map(|message| message.id.clone());
            let Some(side) = convo.sides.get_mut(me) else {
                continue;
            };
            let fits = wanted.is_none_or(|wanted| (wanted == "accepted") == side.accepted);
            if let Some(last) = last.filter(|last| fits && *last > side.read) {
                side.read = last;
                updated += 1;
            }
        }
    }
    Ok(Reply::json(json!({ "updatedCount": updated })))
}
