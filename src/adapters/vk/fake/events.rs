//! What happens in a community, told by the long poll and by deliveries.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::access::Kind;
use super::faults::Rule;
use super::routes::Call;
use super::state::{Key, Post, World};
use super::wire::{Answer, Params};

/// The version that events are written in.
pub(super) const VERSION: &str = "5.199";

/// Events that can be switched on and off, as `groups.getLongPollSettings` lists them.
pub(super) const SWITCHES: [&str; 52] = [
    "audio_new",
    "board_post_delete",
    "board_post_edit",
    "board_post_new",
    "board_post_restore",
    "group_change_photo",
    "group_change_settings",
    "group_join",
    "group_leave",
    "group_officers_edit",
    "market_comment_delete",
    "market_comment_edit",
    "market_comment_new",
    "market_comment_restore",
    "message_allow",
    "message_deny",
    "message_new",
    "message_read",
    "message_reply",
    "message_typing_state",
    "message_edit",
    "photo_comment_delete",
    "photo_comment_edit",
    "photo_comment_new",
    "photo_comment_restore",
    "photo_new",
    "poll_vote_new",
    "user_block",
    "user_unblock",
    "video_comment_delete",
    "video_comment_edit",
    "video_comment_new",
    "video_comment_restore",
    "video_new",
    "message_reaction_event",
    "wall_post_new",
    "wall_reply_delete",
    "wall_reply_edit",
    "wall_reply_new",
    "wall_reply_restore",
    "wall_repost",
    "wall_schedule_post_new",
    "wall_schedule_post_delete",
    "donut_subscription_create",
    "donut_subscription_prolonged",
    "donut_subscription_cancelled",
    "donut_subscription_expired",
    "donut_subscription_price_changed",
    "donut_money_withdraw",
    "donut_money_withdraw_error",
    "like_add",
    "like_remove",
];

/// The events of one community.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) key: String,
    /// The number of the last event.
    ts: i64,
    /// The first number from which nothing is missing.
    start: i64,
    kept: VecDeque<(i64, Value)>,
    pub(super) enabled: bool,
    switches: BTreeMap<&'static str, bool>,
    /// Whether what was known is lost altogether.
    pub(super) lost: bool,
    /// Whether deliveries are made.
    pub(super) calls_back: bool,
    due: VecDeque<Delivery>,
}

impl Feed {
    pub(super) fn new(key: String) -> Self {
        Self {
            key,
            ts: 1,
            start: 1,
            kept: VecDeque::new(),
            enabled: true,
            switches: SWITCHES.iter().map(|name| (*name, true)).collect(),
            lost: false,
            calls_back: false,
            due: VecDeque::new(),
        }
    }

    /// Forgets all but the last events.
    pub(super) fn forget(&mut self, keep: usize) {
        while self.kept.len() > keep {
            if let Some((ts, _)) = self.kept.pop_front() {
                self.start = ts;
            }
        }
    }
}

/// An event that is delivered to the community's own server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The id of the event: the same each time it comes.
    pub event_id: String,
    /// How often it came before: the header `X-Retry-Counter`.
    pub retries: u32,
    /// The body of the `POST`, which holds the secret.
    pub body: Bytes,
}

impl World {
    fn silent(&self, kind: &str) -> bool {
        let rule = match kind.split('_').next() {
            _ if !self.keeps(Rule::EventsAreTold) => return true,
            _ if kind.starts_with("wall_reply") => Rule::EventsOfComments,
            _ if kind == "wall_repost" => Rule::EventsOfLikes,
            Some("wall") => Rule::EventsOfPosts,
            Some("message") => Rule::EventsOfMessages,
            Some("like") => Rule::EventsOfLikes,
            Some("group" | "user" | "poll") => Rule::EventsOfPeople,
            _ => return false,
        };
        !self.keeps(rule)
    }

    /// Tells that something happened in a community. Of users' walls nothing is told.
    pub(super) fn tell(&mut self, group: i64, kind: &str, object: Value, _now: i64) {
        if self.silent(kind) || !self.groups.contains_key(&group) {
            return;
        }
        let id = if self.keeps(Rule::EventIds) {
            self.secret("event")
        } else {
            "same".to_owned()
        };
        let sent = self.keeps(Rule::SecretIsSent);
        let history = self.settings.history;
        let Some(community) = self.groups.get_mut(&group) else {
            return;
        };
        let feed = &mut community.feed;
        if feed.switches.get(kind) == Some(&false) {
            return;
        }
        let event = json!({
            "type": kind,
            "event_id": id,
            "v": VERSION,
            "group_id": group,
            "object": object,
        });
        if feed.calls_back {
            let mut body = event.clone();
            if let (Some(fields), Some(secret)) = (body.as_object_mut(), &community.secret) {
                let secret = if sent { secret.as_str() } else { "another" };
                fields.insert("secret".to_owned(), json!(secret));
            }
            feed.due.push_back(Delivery {
                event_id: id,
                retries: 0,
                body: Bytes::from(body.to_string()),
            });
        }
        feed.ts += 1;
        feed.kept.push_back((feed.ts, event));
        feed.forget(history);
    }

    /// A post as an event tells of it.
    pub(super) fn event_post(&self, post: &Post) -> Value {
        let mut view = self.post_view(post, Kind::Service);
        if let Some(fields) = view.as_object_mut() {
            for name in ["views", "is_pinned", "donut"] {
                fields.remove(name);
            }
            fields.insert("created_by".to_owned(), json!(post.created_by));
        }
        view
    }

    pub(super) fn tell_post(&mut self, kind: &str, key: Key, now: i64) {
        if let Some(post) = self.posts.get(&key) {
            let view = self.event_post(post);
            self.tell(-key.0, kind, view, now);
        }
    }

    pub(super) fn tell_schedule(&mut self, kind: &str, key: Key, now: i64) {
        if let Some(post) = self.posts.get(&key) {
            let object = json!({ "id": key.1, "schedule_time": post.date });
            self.tell(-key.0, kind, object, now);
        }
    }

    pub(super) fn tell_comment(&mut self, kind: &str, key: Key, now: i64) {
        if let Some(comment) = self.comments.get(&key) {
            let mut view = self.comment_view(comment, Kind::Service, false);
            if let Some(fields) = view.as_object_mut() {
                fields.insert("post_owner_id".to_owned(), json!(key.0));
            }
            self.tell(-key.0, kind, view, now);
        }
    }

    pub(super) fn long_poll_server(&mut self, call: &Call<'_>) -> Answer {
        let id = self.managed(call.p.int("group_id"), call.kind())?;
        let key = self.secret("poll");
        if let Some(feed) = self.groups.get_mut(&id).map(|group| &mut group.feed)
            && feed.lost
        {
            feed.lost = false;
            feed.key = key;
            feed.forget(0);
        }
        let feed = self.group(id).map(|group| &group.feed);
        let (key, ts) = feed.map_or(("", 0), |feed| (feed.key.as_str(), feed.ts));
        let ts = if self.settings.ts_as_number {
            json!(ts)
        } else {
            json!(ts.to_string())
        };
        Ok(json!({ "key": key, "server": format!("{}/whp/{id}", self.base), "ts": ts }))
    }

    pub(super) fn long_poll_settings(&self, call: &Call<'_>) -> Answer {
        let id = self.managed(call.p.int("group_id"), call.kind())?;
        let mut events = Map::new();
        let mut enabled = false;
        if let Some(group) = self.group(id) {
            enabled = group.feed.enabled;
            for (name, on) in &group.feed.switches {
                events.insert((*name).to_owned(), json!(i64::from(*on)));
            }
        }
        Ok(json!({ "api_version": VERSION, "events": events, "is_enabled": enabled }))
    }

    pub(super) fn set_long_poll_settings(&mut self, call: &Call<'_>) -> Answer {
        let id = self.managed(call.p.int("group_id"), call.kind())?;
        if let Some(group) = self.groups.get_mut(&id) {
            if call.p.raw("enabled").is_some() {
                group.feed.enabled = call.p.flag("enabled");
            }
            for (name, on) in &mut group.feed.switches {
                if call.p.raw(name).is_some() {
                    *on = call.p.flag(name);
                }
            }
        }
        Ok(json!(1))
    }

    /// Answers a request to a long-poll server. It comes at once: the fake has no time of its own to wait in.
    pub(super) fn long_poll(&mut self, group: &str, params: &Params) -> Option<Value> {
        let (keys, old, goes_on) = (
            self.keeps(Rule::OldKeyFails),
            self.keeps(Rule::OldTsFails),
            self.keeps(Rule::TsGoesOn),
        );
        let number = self.settings.ts_as_number;
        let told = |ts: i64| {
            if number {
                json!(ts)
            } else {
                json!(ts.to_string())
            }
        };
        let id: i64 = group.parse().ok()?;
        let feed = &mut self.groups.get_mut(&id)?.feed;
        if params.text("act") != Some("a_check") {
            return None;
        }
        if !feed.enabled || feed.lost {
            return Some(json!({ "failed": 3 }));
        }
        if params.text("key") != Some(feed.key.as_str()) {
            return Some(if keys {
                json!({ "failed": 2 })
            } else {
                json!({ "failed": 1, "ts": told(feed.ts) })
            });
        }
        let Some(ts) = params.int("ts").filter(|ts| *ts <= feed.ts) else {
            return Some(json!({ "failed": 3 }));
        };
        if ts < feed.start && old {
            return Some(json!({ "failed": 1, "ts": told(feed.ts) }));
        }
        let from = if goes_on { ts } else { 0 };
        let updates: Vec<&Value> = feed
            .kept
            .iter()
            .filter(|(at, _)| *at > from)
            .map(|(_, event)| event)
            .collect();
        Some(json!({ "ts": told(feed.ts), "updates": updates }))
    }

    /// What is to be delivered, oldest first; each time it is asked for counts as a try.
    pub(super) fn deliveries(&mut self, group: i64) -> Vec<Delivery> {
        let again = self.keeps(Rule::Redelivery);
        let Some(group) = self.groups.get_mut(&group) else {
            return Vec::new();
        };
        let due: Vec<Delivery> = group.feed.due.iter().cloned().collect();
        for delivery in &mut group.feed.due {
            delivery.retries += 1;
        }
        if !again {
            group.feed.due.clear();
        }
        due
    }

    /// Ends a delivery: it was answered with `ok`.
    pub(super) fn confirm(&mut self, group: i64, event_id: &str) {
        if let Some(group) = self.groups.get_mut(&group) {
            group
                .feed
                .due
                .retain(|delivery| delivery.event_id != event_id);
        }
    }
}
