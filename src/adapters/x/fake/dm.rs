//! Messages: between two, in groups, and what may not be sent.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::change::missing;
use super::faults::Rule;
use super::state::{Id, World, first_id};
use super::text::Entities;
use super::views::{Fields, Includes};
use super::wire::{Answer, Call, Read, Refusal, Reply, bad_body, moment, number, only};

/// How long messages are listed.
const DAYS: i64 = 30;

#[derive(Clone, Debug)]
pub(super) struct DmEvent {
    pub(super) id: Id,
    pub(super) conversation: String,
    pub(super) at: Timestamp,
    pub(super) sender: Id,
    /// Nothing where somebody joined.
    pub(super) message: Option<Message>,
    /// Who joined.
    pub(super) joined: Vec<Id>,
    /// Who no longer sees it.
    deleted_for: BTreeSet<Id>,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) text: String,
    entities: Entities,
    media: Option<Id>,
}

#[derive(Debug, Default)]
pub(super) struct Messages {
    /// Who takes part, by the conversation.
    pub(super) conversations: BTreeMap<String, Vec<Id>>,
    pub(super) events: BTreeMap<Id, DmEvent>,
    /// Who takes no messages of whom.
    blocks: BTreeSet<(Id, Id)>,
}

/// The name of the conversation of two.
pub(super) fn between(one: Id, other: Id) -> String {
    format!("{}-{}", one.min(other), one.max(other))
}

fn kind(event: &DmEvent) -> &'static str {
    if event.message.is_some() {
        "MessageCreate"
    } else {
        "ParticipantsJoin"
    }
}

impl World {
    /// What a body says of a message.
    fn dm_wish(
        &self,
        call: &Call<'_>,
        at: &str,
        body: &Value,
    ) -> Result<(String, Option<Id>), Refusal> {
        only(at, body, &["text", "attachments"])?;
        let text = match body.get("text") {
            None => String::new(),
            Some(text) => text.as_str().ok_or_else(|| bad_body("text"))?.to_owned(),
        };
        let attachments = match body.get("attachments") {
            None => Vec::new(),
            Some(list) => list
                .as_array()
                .cloned()
                .ok_or_else(|| bad_body("attachments"))?,
        };
        let mut media = Vec::new();
        for attachment in &attachments {
            only(".attachments", attachment, &["media_id"])?;
            let id = attachment
                .get("media_id")
                .and_then(Value::as_str)
                .and_then(number);
            media.push(id.ok_or_else(|| bad_body("attachments.media_id"))?);
        }
        if text.is_empty() && media.is_empty() {
            return Err(bad_body("text"));
        }
        if media.len() > 1 && self.keeps(Rule::MessagesCarryOne) {
            return Err(bad_body("attachments"));
        }
        if text.encode_utf16().count() > 10_000 && self.keeps(Rule::MessageLimit) {
            return Err(Refusal::legacy(
                403,
                354,
                "The text of your direct message is over the max character limit.",
            ));
        }
        let me = call.me().unwrap_or_default();
        self.media_fits(me, &media, "dm", call.now)?;
        Ok((text, media.first().copied()))
    }

    /// Refuses to write to somebody who does not want it.
    fn may_message(&self, me: Id, to: Id) -> Result<(), Refusal> {
        let user = self
            .users
            .get(&to)
            .filter(|user| !user.suspended)
            .ok_or_else(|| missing("user", "participant_id", to))?;
        let open = user.takes_messages
            || self.follows.has(to, me)
            || self
                .dm
                .events
                .values()
                .any(|event| event.sender == to && event.conversation == between(me, to));
        let barred = self.blocks.has(to, me) || self.dm.blocks.contains(&(to, me));
        if (!open || barred) && me != to && self.keeps(Rule::MessagesNeedConsent) {
            return Err(Refusal::legacy(
                403,
                349,
                "You cannot send messages to this user.",
            ));
        }
        Ok(())
    }

    pub(super) fn deliver(
        &mut self,
        sender: Id,
        conversation: &str,
        text: &str,
        media: Option<Id>,
        now: Timestamp,
    ) -> Id {
        let id = self.new_id(now);
        let mut more = Vec::new();
        if let Some(medium) = media.and_then(|media| self.media.get_mut(&media)) {
            medium.used = true;
            let to = format!("https://x.com/messages/media/{id}");
            more.push((
                to,
                format!("pic.x.com/{}", id % 1_000_000),
                Some(medium.key()),
            ));
        }
        let (text, entities) = self.tell(text, &more);
        self.dm.events.insert(
            id,
            DmEvent {
                id,
                conversation: conversation.to_owned(),
                at: now,
                sender,
                message: Some(Message {
                    text,
                    entities,
                    media,
                }),
                joined: Vec::new(),
                deleted_for: BTreeSet::new(),
            },
        );
        self.happened_message(id, now);
        id
    }

    fn sent(conversation: &str, event: Id) -> Reply {
        Reply::created(json!({
            "dm_conversation_id": conversation,
            "dm_event_id": event.to_string(),
        }))
    }

    pub(super) fn dm_send_with(&mut self, call: &Call<'_>) -> Answer {
        let to = call.id("participant_id")?;
        let me = call.me().unwrap_or_default();
        self.may_message(me, to)?;
        let (text, media) = self.dm_wish(call, "", &call.body)?;
        let conversation = self.two(me, to);
        let event = self.deliver(me, &conversation, &text, media, call.now);
        Ok(Self::sent(&conversation, event))
    }

    /// The conversation of two, which begins here if it did not yet.
    pub(super) fn two(&mut self, me: Id, to: Id) -> String {
        let name = between(me, to);
        let both = vec![me, to];
        self.dm.conversations.entry(name.clone()).or_insert(both);
        name
    }

    pub(super) fn dm_send(&mut self, call: &Call<'_>) -> Answer {
        let name = call.part("dm_conversation_id").to_owned();
        let me = call.me().unwrap_or_default();
        let within = self.within_conversation(&name, me)?;
        if let ([one, other], true) = (within.as_slice(), name.contains('-')) {
            self.may_message(me, if *one == me { *other } else { *one })?;
        }
        let (text, media) = self.dm_wish(call, "", &call.body)?;
        let event = self.deliver(me, &name, &text, media, call.now);
        Ok(Self::sent(&name, event))
    }

    /// Who takes part in a conversation, if one does oneself.
    fn within_conversation(&self, name: &str, me: Id) -> Result<Vec<Id>, Refusal> {
        let known = self.dm.conversations.get(name);
        let mine = known
            .filter(|within| within.contains(&me) || !self.keeps(Rule::ConversationsAreClosed));
        mine.cloned().ok_or_else(|| {
            Refusal::forbidden("You are not permitted to take part in this conversation.")
        })
    }

    pub(super) fn dm_group(&mut self, call: &Call<'_>) -> Answer {
        only(
            "",
            &call.body,
            &["conversation_type", "participant_ids", "message"],
        )?;
        if call.body.get("conversation_type") != Some(&json!("Group")) {
            return Err(bad_body("conversation_type"));
        }
        let me = call.me().unwrap_or_default();
        let listed = call.body.get("participant_ids").and_then(Value::as_array);
        let listed: Option<Vec<Id>> =
            listed.and_then(|list| list.iter().map(|id| id.as_str().and_then(number)).collect());
        let listed = listed
            .filter(|list| (2..=49).contains(&list.len()))
            .ok_or_else(|| bad_body("participant_ids"))?;
        for id in &listed {
            self.may_message(me, *id)?;
        }
        let message = call
            .body
            .get("message")
            .ok_or_else(|| bad_body("message"))?;
        let (text, media) = self.dm_wish(call, ".message", message)?;
        let name = self.new_id(call.now).to_string();
        let mut within = vec![me];
        within.extend(listed.iter().filter(|id| **id != me));
        self.dm.conversations.insert(name.clone(), within.clone());
        let joined = self.new_id(call.now);
        self.dm.events.insert(
            joined,
            DmEvent {
                id: joined,
                conversation: name.clone(),
                at: call.now,
                sender: me,
                message: None,
                joined: within,
                deleted_for: BTreeSet::new(),
            },
        );
        let event = self.deliver(me, &name, &text, media, call.now);
        Ok(Self::sent(&name, event))
    }

    pub(super) fn dm_delete(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("event_id")?;
        let me = call.me().unwrap_or_default();
        if self.seen_event(id, me, call.now).is_none() {
            return Err(missing("dm_event", "event_id", id));
        }
        if let Some(event) = self.dm.events.get_mut(&id) {
            event.deleted_for.insert(me);
        }
        Ok(Reply::data(json!({ "deleted": true })))
    }

    fn seen_event(&self, id: Id, me: Id, now: Timestamp) -> Option<&DmEvent> {
        let event = self.dm.events.get(&id)?;
        let within = self
            .dm
            .conversations
            .get(&event.conversation)?
            .contains(&me);
        let since = now
            .checked_sub(SignedDuration::from_hours(DAYS * 24))
            .map_or(0, first_id);
        let young = event.id >= since || !self.keeps(Rule::MessagesAreListedAMonth);
        let received = event.sender == me || self.keeps(Rule::MessagesAreDelivered);
        (within && young && received && !event.deleted_for.contains(&me)).then_some(event)
    }

    pub(super) fn dm_one(&mut self, call: &Call<'_>) -> Answer {
        let id = call.id("event_id")?;
        let me = call.me().unwrap_or_default();
        let Some(event) = self.seen_event(id, me, call.now) else {
            return Err(missing("dm_event", "event_id", id));
        };
        let (mut told, includes) = self.events_told(call, &[event]);
        let mut body = json!({ "data": told.pop() });
        if let Some(includes) = includes {
            body["includes"] = includes;
        }
        Ok(Reply::ok(body).reads(Read::DmEvent, [id]))
    }

    pub(super) fn dm_all(&mut self, call: &Call<'_>) -> Answer {
        self.dm_list(call, None)
    }

    pub(super) fn dm_with(&mut self, call: &Call<'_>) -> Answer {
        let other = call.id("participant_id")?;
        let name = between(call.me().unwrap_or_default(), other);
        self.dm_list(call, Some(&name))
    }

    pub(super) fn dm_in(&mut self, call: &Call<'_>) -> Answer {
        let name = call.part("id").to_owned();
        self.within_conversation(&name, call.me().unwrap_or_default())?;
        self.dm_list(call, Some(&name))
    }

    fn dm_list(&self, call: &Call<'_>, conversation: Option<&str>) -> Answer {
        let me = call.me().unwrap_or_default();
        let kinds = call.list("event_types");
        let items = self
            .dm
            .events
            .keys()
            .rev()
            .filter_map(|id| self.seen_event(*id, me, call.now))
            .filter(|event| conversation.is_none_or(|name| event.conversation == name))
            .filter(|event| {
                kinds.is_empty()
                    || kinds.contains(&kind(event))
                    || !self.keeps(Rule::EventTypesAreKept)
            })
            .map(|event| (event.id, event))
            .collect();
        let (page, next) = self.page(call, 100, items)?;
        let (told, includes) = self.events_told(call, &page);
        let mut body = json!({ "meta": { "result_count": page.len() } });
        if let Some(next) = next {
            body["meta"]["next_token"] = json!(next);
        }
        if !told.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(told);
        }
        if let Some(includes) = includes {
            body["includes"] = includes;
        }
        Ok(Reply::ok(body).reads(Read::DmEvent, page.iter().map(|event| event.id)))
    }

    fn events_told(&self, call: &Call<'_>, events: &[&DmEvent]) -> (Vec<Value>, Option<Value>) {
        let fields = Fields::of(call);
        let viewer = call.me();
        let mut includes = Includes::default();
        let expands = |name: &str| fields.expansions.contains(name);
        let asked = |name: &str| fields.dm.contains(name) || expands(name);
        let told = events
            .iter()
            .map(|event| {
                let mut told = Map::new();
                let mut put = |name: &str, value: Value| {
                    told.insert(name.to_owned(), value);
                };
                put("id", json!(event.id.to_string()));
                put("event_type", json!(kind(event)));
                if asked("created_at") {
                    put("created_at", json!(moment(event.at)));
                }
                if asked("sender_id") {
                    put("sender_id", json!(event.sender.to_string()));
                }
                if asked("dm_conversation_id") {
                    put("dm_conversation_id", json!(event.conversation));
                }
                if asked("participant_ids") && !event.joined.is_empty() {
                    let ids: Vec<String> = event.joined.iter().map(Id::to_string).collect();
                    put("participant_ids", json!(ids));
                }
                if let Some(message) = &event.message {
                    put("text", json!(message.text));
                    if let Some(entities) = message.entities.view().filter(|_| asked("entities")) {
                        put("entities", plain(entities));
                    }
                    let medium = message.media.and_then(|id| self.media.get(&id));
                    if let Some(medium) = medium
                        && (asked("attachments") || expands("attachments.media_keys"))
                    {
                        put("attachments", json!({ "media_keys": [medium.key()] }));
                        if expands("attachments.media_keys") {
                            includes.media.push(medium.id);
                        }
                    }
                }
                if expands("sender_id") {
                    includes.users.insert(event.sender);
                }
                if expands("participant_ids") {
                    includes.users.extend(event.joined.iter().copied());
                }
                Value::Object(told)
            })
            .collect();
        (
            told,
            self.includes_view(&includes, &fields, viewer, call.now),
        )
    }

    pub(super) fn dm_block(&mut self, call: &Call<'_>) -> Answer {
        self.dm_bar(call, true)
    }

    pub(super) fn dm_unblock(&mut self, call: &Call<'_>) -> Answer {
        self.dm_bar(call, false)
    }

    fn dm_bar(&mut self, call: &Call<'_>, on: bool) -> Answer {
        let id = call.id("id")?;
        let me = call.me().unwrap_or_default();
        if !self.users.contains_key(&id) {
            return Err(missing("user", "id", id));
        }
        if on {
            self.dm.blocks.insert((me, id));
        } else {
            self.dm.blocks.remove(&(me, id));
        }
        Ok(Reply::data(json!({ "blocked": on })))
    }
}

/// Entities of a message, whose links name no file.
fn plain(mut entities: Value) -> Value {
    for link in entities["urls"].as_array_mut().into_iter().flatten() {
        if let Some(link) = link.as_object_mut() {
            link.remove("media_key");
        }
    }
    if entities["urls"].is_null()
        && let Some(entities) = entities.as_object_mut()
    {
        entities.remove("urls");
    }
    entities
}
