//! What happens on the network, for whoever is told of it: subscriptions of X Activity and filtered streams.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::faults::Rule;
use super::state::{Id, World};
use super::views::{Fields, Includes};
use super::wire::moment;

/// Whom an event concerns: who did it, and to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    pub(super) doer: Option<Id>,
    pub(super) target: Option<Id>,
}

/// Every whole number stands beside its text, as in deliveries of X.
fn twins(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let more: Vec<(String, Value)> = map
                .iter()
                .filter(|(_, value)| value.is_i64() || value.is_u64())
                .map(|(name, value)| (format!("{name}_str"), json!(value.to_string())))
                .collect();
            map.values_mut().for_each(twins);
            map.extend(more);
        }
        Value::Array(list) => list.iter_mut().for_each(twins),
        _ => {}
    }
}

impl World {
    /// A post as deliveries tell it.
    pub(super) fn post_told(&self, post: Id, now: Timestamp) -> Value {
        let fields = Fields::usual();
        let mut unused = Vec::new();
        self.posts.get(&post).map_or(Value::Null, |post| {
            self.post_view(post, &fields, None, now, &mut unused)
        })
    }

    fn user_told(&self, user: Id) -> Value {
        let fields = Fields::usual();
        self.users.get(&user).map_or(
            Value::Null,
            |user| json!({ "data": self.user_view(user, &fields, None) }),
        )
    }

    fn includes_told(&self, users: &[Id], posts: &[Id], now: Timestamp) -> Value {
        let includes = Includes {
            users: users.iter().copied().collect(),
            posts: posts.iter().copied().collect(),
            ..Includes::default()
        };
        self.includes_view(&includes, &Fields::usual(), None, now)
            .unwrap_or_else(|| Value::Object(Map::new()))
    }

    fn event(
        &mut self,
        kind: &str,
        between: Between,
        mut payload: Value,
        mut includes: Value,
        now: Timestamp,
    ) {
        twins(&mut payload);
        twins(&mut includes);
        self.notify(kind, between, &payload, &includes, now);
    }

    pub(super) fn happened_post(&mut self, id: Id, now: Timestamp) {
        self.stream_post(id, now);
        let Some(post) = self.posts.get(&id).cloned() else {
            return;
        };
        let protected = self
            .users
            .get(&post.author)
            .is_some_and(|user| user.protected);
        if protected || post.nullcast {
            return;
        }
        let payload = self.post_told(id, now);
        let author_of = |id: Option<Id>| {
            id.and_then(|id| self.posts.get(&id))
                .map(|post| post.author)
        };
        let (answered, quoted, shared) = (
            author_of(post.reply_to),
            author_of(post.quote),
            author_of(post.repost_of),
        );
        let mut users = vec![post.author];
        users.extend(post.entities.mentions.iter().filter_map(|mark| mark.user));
        let includes = self.includes_told(&users, &[id], now);
        let to = |target: Option<Id>| Between {
            doer: Some(post.author),
            target,
        };
        let own = Between {
            doer: Some(post.author),
            target: None,
        };
        self.event("post.create", own, payload.clone(), includes.clone(), now);
        if post.repost_of.is_none() {
            for target in post.named() {
                if target != post.author {
                    self.event(
                        "post.mention.create",
                        to(Some(target)),
                        payload.clone(),
                        includes.clone(),
                        now,
                    );
                }
            }
        }
        for (kind, target) in [
            ("post.reply.create", answered),
            ("post.quote.create", quoted),
            ("post.repost.create", shared),
        ] {
            if target.is_some() && target != Some(post.author) {
                self.event(kind, to(target), payload.clone(), includes.clone(), now);
            }
        }
    }

    pub(super) fn happened_delete(&mut self, id: Id, now: Timestamp) {
        let Some(author) = self.posts.get(&id).map(|post| post.author) else {
            return;
        };
        let between = Between {
            doer: Some(author),
            target: None,
        };
        let payload = json!({ "id": id.to_string(), "author_id": author.to_string() });
        self.event("post.delete", between, payload, json!({}), now);
    }

    pub(super) fn happened_like(&mut self, user: Id, post: Id, now: Timestamp) {
        let Some(author) = self.posts.get(&post).map(|post| post.author) else {
            return;
        };
        let id = format!("{:032x}", u128::from(user) << 64 | u128::from(post));
        let payload = json!({
            "id": id,
            "liked_tweet_id": post.to_string(),
            "liked_tweet_author_id": author.to_string(),
            "created_at": moment(now),
            "timestamp_ms": now.as_millisecond().to_string(),
        });
        let includes = self.includes_told(&[user, author], &[post], now);
        let between = Between {
            doer: Some(user),
            target: Some(author),
        };
        self.event("like.create", between, payload, includes, now);
    }

    pub(super) fn happened_follow(&mut self, user: Id, target: Id, on: bool, now: Timestamp) {
        let kind = if on {
            "follow.follow"
        } else {
            "follow.unfollow"
        };
        self.happened_pair(kind, user, target, now);
    }

    pub(super) fn happened_pair(&mut self, kind: &str, user: Id, target: Id, now: Timestamp) {
        let payload = json!({ "source": self.user_told(user), "target": self.user_told(target) });
        // Only who mutes or blocks is told of it.
        let quiet = kind.starts_with("mute.") || kind.starts_with("block.");
        let between = Between {
            doer: Some(user),
            target: Some(target).filter(|_| !quiet),
        };
        self.event(kind, between, payload, json!({}), now);
    }

    pub(super) fn happened_profile(
        &mut self,
        kind: &str,
        user: Id,
        before: &str,
        after: &str,
        now: Timestamp,
    ) {
        let between = Between {
            doer: Some(user),
            target: None,
        };
        let payload = json!({ "before": before, "after": after });
        self.event(kind, between, payload, json!({}), now);
    }

    pub(super) fn happened_message(&mut self, id: Id, now: Timestamp) {
        let Some(event) = self.dm.events.get(&id).cloned() else {
            return;
        };
        let Some(message) = &event.message else {
            return;
        };
        if !self.keeps(Rule::MessagesAreDelivered) {
            return;
        }
        let within = self.dm.conversations.get(&event.conversation).cloned();
        let others: Vec<Id> = within
            .unwrap_or_default()
            .into_iter()
            .filter(|user| *user != event.sender)
            .collect();
        for (at, other) in others.iter().enumerate() {
            let payload = json!({
                "direct_message_events": [{
                    "type": "message_create",
                    "id": event.id.to_string(),
                    "created_timestamp": event.at.as_millisecond().to_string(),
                    "message_create": {
                        "target": { "recipient_id": other.to_string() },
                        "sender_id": event.sender.to_string(),
                        "message_data": {
                            "text": message.text,
                            "entities": { "hashtags": [], "symbols": [], "user_mentions": [], "urls": [] },
                        },
                    },
                }],
                "users": {
                    event.sender.to_string(): self.user_told(event.sender),
                    other.to_string(): self.user_told(*other),
                },
            });
            if at == 0 {
                let sent = Between {
                    doer: Some(event.sender),
                    target: None,
                };
                self.event("dm.sent", sent, payload.clone(), json!({}), now);
            }
            let received = Between {
                doer: None,
                target: Some(*other),
            };
            self.event("dm.received", received, payload, json!({}), now);
        }
    }
}
