//! X Activity: who is told of what, by a delivery or a stream.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::access::Kind;
use super::faults::Rule;
use super::happen::Between;
use super::setup::Plan;
use super::state::{Id, World};
use super::webhooks::{Hook, Pending};
use super::wire::{Answer, Call, Refusal, Reply, bad_body, moment, number, only};

/// An event, the scope that a user's token needs for it (nothing: it is public), and what a delivery costs.
const EVENTS: &[(&str, &str, i64)] = &[
    ("profile.update.bio", "", 5),
    ("profile.update.profile_picture", "", 5),
    ("profile.update.banner_picture", "", 5),
    ("profile.update.screenname", "", 5),
    ("profile.update.geo", "", 5),
    ("profile.update.url", "", 5),
    ("profile.update.verified_badge", "", 5),
    ("profile.update.affiliate_badge", "", 5),
    ("profile.update.handle", "", 5),
    ("news.new", "", 5),
    ("follow.follow", "", 10),
    ("follow.unfollow", "", 10),
    ("spaces.start", "", 5),
    ("spaces.end", "", 5),
    ("chat.received", "dm.read", 10),
    ("chat.sent", "dm.read", 0),
    ("chat.conversation_join", "dm.read", 0),
    ("dm.sent", "dm.read", 0),
    ("dm.received", "dm.read", 10),
    ("dm.indicate_typing", "dm.read", 0),
    ("dm.read", "dm.read", 0),
    ("post.create", "", 5),
    ("post.delete", "", 0),
    ("post.mention.create", "tweet.read", 5),
    ("post.reply.create", "tweet.read", 5),
    ("post.quote.create", "tweet.read", 5),
    ("post.repost.create", "tweet.read", 5),
    ("like.create", "like.read", 1),
    ("mute.mute", "mute.read", 1),
    ("mute.unmute", "mute.read", 1),
    ("block.block", "block.read", 1),
    ("block.unblock", "block.read", 1),
];
/// Self-serve plans have so many subscriptions.
const MOST: usize = 1500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subscription {
    id: Id,
    kind: String,
    user: Option<Id>,
    keyword: Option<String>,
    direction: Option<String>,
    tag: Option<String>,
    webhook: Option<Id>,
    created: Timestamp,
    updated: Timestamp,
}

impl Subscription {
    fn filter(&self) -> Value {
        let mut told = Map::new();
        if let Some(user) = self.user {
            told.insert("user_id".to_owned(), json!(user.to_string()));
        }
        if let Some(keyword) = &self.keyword {
            told.insert("keyword".to_owned(), json!(keyword));
        }
        if let Some(direction) = &self.direction {
            told.insert("direction".to_owned(), json!(direction));
        }
        Value::Object(told)
    }

    fn view(&self) -> Value {
        let mut told = json!({
            "subscription_id": self.id.to_string(),
            "event_type": self.kind,
            "filter": self.filter(),
            "created_at": moment(self.created),
            "updated_at": moment(self.updated),
        });
        if let Some(tag) = &self.tag {
            told["tag"] = json!(tag);
        }
        if let Some(webhook) = self.webhook {
            told["webhook_id"] = json!(webhook.to_string());
        }
        told
    }

    /// Whether an event between two is one that was asked for.
    fn wants(&self, kind: &str, between: Between) -> bool {
        if self.kind != kind {
            return false;
        }
        let did = between.doer.is_some() && between.doer == self.user;
        let suffered = between.target.is_some() && between.target == self.user;
        // What somebody else does to a post is told to whom it was done.
        let inward = [
            "post.mention.create",
            "post.reply.create",
            "post.quote.create",
            "post.repost.create",
        ];
        if inward.contains(&kind) {
            return suffered;
        }
        match self.direction.as_deref() {
            Some("inbound") => suffered,
            Some("outbound") => did,
            _ => did || suffered,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Activity {
    pub(super) hooks: BTreeMap<Id, Hook>,
    pub(super) subscriptions: BTreeMap<Id, Subscription>,
    /// What is delivered next, oldest first.
    pub(super) pending: Vec<Pending>,
    /// What was delivered, for who asks for it again.
    pub(super) done: Vec<Pending>,
    pub(super) crc: Option<super::webhooks::Crc>,
}

fn text<'a>(body: &'a Value, name: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad_body(name)),
    }
}

impl World {
    fn hook_of(&self, body: &Value) -> Result<Option<Id>, Refusal> {
        let Some(named) = text(body, "webhook_id")? else {
            return Ok(None);
        };
        let id = number(named).filter(|id| self.activity.hooks.contains_key(id));
        id.map(Some).ok_or_else(|| {
            Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                format!("The webhook [{named}] does not exist."),
            )
        })
    }

    pub(super) fn subscribe(&mut self, call: &Call<'_>) -> Answer {
        let body = &call.body;
        only("", body, &["event_type", "filter", "tag", "webhook_id"])?;
        let named = text(body, "event_type")?.ok_or_else(|| bad_body("event_type"))?;
        let (kind, scope, _) = EVENTS
            .iter()
            .find(|(name, ..)| *name == named)
            .ok_or_else(|| bad_body("event_type"))?;
        let filter = body.get("filter").ok_or_else(|| bad_body("filter"))?;
        only(".filter", filter, &["user_id", "keyword", "direction"])?;
        let user = match text(filter, "user_id")? {
            None => None,
            Some(id) => Some(number(id).ok_or_else(|| bad_body("filter.user_id"))?),
        };
        let keyword = text(filter, "keyword")?.map(str::to_owned);
        if user.is_none() && keyword.is_none() {
            return Err(bad_body("filter"));
        }
        let direction = text(filter, "direction")?.map(str::to_owned);
        if direction
            .as_deref()
            .is_some_and(|word| !["inbound", "outbound"].contains(&word))
        {
            return Err(bad_body("filter.direction"));
        }
        let tag = text(body, "tag")?.map(str::to_owned);
        if tag
            .as_ref()
            .is_some_and(|tag| !(1..=200).contains(&tag.chars().count()))
        {
            return Err(bad_body("tag"));
        }
        if !scope.is_empty() && self.keeps(Rule::PrivateEventsNeedTheUser) {
            let own = call.me().is_some() && call.me() == user;
            let granted =
                !matches!(call.token.kind, Kind::User2(_)) || call.token.scopes.contains(*scope);
            if !own || !granted {
                return Err(Refusal::forbidden(format!(
                    "Subscriptions to {kind} need the token of the user, with the scope {scope}."
                )));
            }
        }
        let webhook = self.hook_of(body)?;
        let most =
            self.plan_of(call.me()) != Plan::Enterprise && self.keeps(Rule::SubscriptionsHaveAnEnd);
        if most && self.activity.subscriptions.len() >= MOST {
            return Err(Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                "SubscriptionLimitExceeded",
            ));
        }
        let new = Subscription {
            id: 0,
            kind: (*kind).to_owned(),
            user,
            keyword,
            direction,
            tag,
            webhook,
            created: call.now,
            updated: call.now,
        };
        let same = |known: &Subscription| {
            (
                &known.kind,
                known.user,
                &known.keyword,
                &known.direction,
                known.webhook,
            ) == (
                &new.kind,
                new.user,
                &new.keyword,
                &new.direction,
                new.webhook,
            )
        };
        if self.activity.subscriptions.values().any(same)
            && self.keeps(Rule::SubscriptionsAreUnique)
        {
            return Err(Refusal::problem(
                400,
                "invalid-request",
                "Invalid Request",
                "DuplicateSubscriptionFailed",
            ));
        }
        let id = self.new_id(call.now);
        let new = Subscription { id, ..new };
        let told = new.view();
        self.activity.subscriptions.insert(id, new);
        Ok(Reply::data(json!({ "subscription": told })))
    }

    pub(super) fn subscriptions(&mut self, call: &Call<'_>) -> Answer {
        let items = self
            .activity
            .subscriptions
            .values()
            .rev()
            .map(|known| (known.id, known.view()))
            .collect();
        let (page, _) = self.page(call, 1000, items)?;
        let mut body = json!({});
        if !page.is_empty() || !self.keeps(Rule::EmptyDataIsOmitted) {
            body["data"] = json!(page);
        }
        Ok(Reply::ok(body))
    }

    fn known(&self, call: &Call<'_>) -> Result<Id, Refusal> {
        let id = call.id("subscription_id")?;
        let known = self.activity.subscriptions.contains_key(&id);
        known
            .then_some(id)
            .ok_or_else(|| super::change::missing("subscription", "subscription_id", id))
    }

    pub(super) fn resubscribe(&mut self, call: &Call<'_>) -> Answer {
        only("", &call.body, &["tag", "webhook_id"])?;
        let id = self.known(call)?;
        let tag = text(&call.body, "tag")?.map(str::to_owned);
        let webhook = self.hook_of(&call.body)?;
        let total = self.activity.subscriptions.len();
        let Some(known) = self.activity.subscriptions.get_mut(&id) else {
            return Err(Refusal::not_found());
        };
        known.tag = tag.or(known.tag.take());
        known.webhook = webhook.or(known.webhook);
        known.updated = call.now;
        Ok(Reply::data(
            json!({ "subscription": known.view(), "total_subscriptions": total }),
        ))
    }

    pub(super) fn unsubscribe(&mut self, call: &Call<'_>) -> Answer {
        let id = self.known(call)?;
        self.activity.subscriptions.remove(&id);
        Ok(Reply::data(json!({ "deleted": true })))
    }

    pub(super) fn unsubscribe_all(&mut self, call: &Call<'_>) -> Answer {
        let ids: Vec<Id> = call.list("ids").into_iter().filter_map(number).collect();
        let mut errors = Vec::new();
        let mut data = Vec::new();
        for id in ids {
            if self.activity.subscriptions.remove(&id).is_some() {
                data.push(json!({ "subscription_id": id.to_string(), "deleted": true }));
            } else {
                errors.push(json!({ "subscription_id": id.to_string(), "reason": "not_found", "message": "There is no such subscription." }));
            }
        }
        let mut body =
            json!({ "meta": { "total_subscriptions": self.activity.subscriptions.len() } });
        if !data.is_empty() {
            body["data"] = json!(data);
        }
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        Ok(Reply::ok(body))
    }

    /// Subscribes an address to everything that concerns a user.
    pub(super) fn subscribe_hook(&mut self, user: Id, webhook: Id, now: Timestamp) {
        for (kind, ..) in EVENTS.iter().filter(|(kind, ..)| *kind != "news.new") {
            let id = self.new_id(now);
            self.activity.subscriptions.insert(
                id,
                Subscription {
                    id,
                    kind: (*kind).to_owned(),
                    user: Some(user),
                    keyword: None,
                    direction: None,
                    tag: None,
                    webhook: Some(webhook),
                    created: now,
                    updated: now,
                },
            );
        }
    }

    /// Tells an event to whoever asked for it.
    pub(super) fn notify(
        &mut self,
        kind: &str,
        between: Between,
        payload: &Value,
        includes: &Value,
        now: Timestamp,
    ) {
        if !self.keeps(Rule::EventsAreTold) {
            return;
        }
        let price = EVENTS
            .iter()
            .find(|(name, ..)| *name == kind)
            .map_or(0, |(.., price)| *price);
        let wanted: Vec<Subscription> = self
            .activity
            .subscriptions
            .values()
            .filter(|known| known.wants(kind, between))
            .cloned()
            .collect();
        for known in wanted {
            let uuid = if self.keeps(Rule::EventIdsDiffer) {
                let hash = hmac_sha256::Hash::hash(&self.next().to_be_bytes());
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&hash[..8]);
                // Below zero as often as above.
                i64::from_be_bytes(bytes)
            } else {
                1
            };
            let mut data = json!({
                "event_uuid": uuid.to_string(),
                "filter": known.filter(),
                "event_type": kind,
                "payload": payload,
            });
            if let Some(tag) = &known.tag {
                data["tag"] = json!(tag);
            }
            if includes.as_object().is_some_and(|map| !map.is_empty()) {
                data["includes"] = includes.clone();
            }
            let body = json!({ "data": data }).to_string();
            if price > 0 {
                self.bill(now, format!("event {kind}"), known.user, "event", 1, price);
            }
            match known.webhook {
                Some(webhook) => {
                    let id = self.next();
                    self.activity.pending.push(Pending {
                        id,
                        webhook,
                        at: now,
                        body,
                    });
                }
                None => self.stream_activity(&body, now),
            }
        }
    }
}
