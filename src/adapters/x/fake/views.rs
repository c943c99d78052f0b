//! Posts, users and polls as answers tell them: the fields that were asked for, and what they refer to.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::faults::Rule;
use super::params::newer;
use super::state::{Figures, Id, Post, World};
use super::wire::{Call, PROBLEMS, moment};

/// Private figures are told for so many seconds.
const PRIVATE_LIFE: i64 = 30 * 24 * 3600;

/// What a call asks to be told, in the newer spelling.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) post: BTreeSet<String>,
    pub(super) user: BTreeSet<String>,
    pub(super) media: BTreeSet<String>,
    pub(super) poll: BTreeSet<String>,
    pub(super) dm: BTreeSet<String>,
    pub(super) expansions: BTreeSet<String>,
}

impl Fields {
    pub(super) fn of(call: &Call<'_>) -> Self {
        let read = |names: &[&str]| -> BTreeSet<String> {
            names
                .iter()
                .flat_map(|name| call.list(name))
                .map(|name| newer(name).to_owned())
                .collect()
        };
        Self {
            post: read(&["tweet.fields", "post.fields"]),
            user: read(&["user.fields"]),
            media: read(&["media.fields"]),
            poll: read(&["poll.fields"]),
            dm: read(&["dm_event.fields"]),
            expansions: read(&["expansions"]),
        }
    }

    /// Everything that deliveries tell.
    pub(super) fn usual() -> Self {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            post: all(&[
                "author_id",
                "conversation_id",
                "created_at",
                "display_text_range",
                "edit_controls",
                "entities",
                "in_reply_to_user_id",
                "lang",
                "paid_partnership",
                "possibly_sensitive",
                "public_metrics",
                "referenced_posts",
                "reply_settings",
            ]),
            user: all(&[
                "created_at",
                "description",
                "profile_image_url",
                "protected",
                "public_metrics",
                "verified",
                "verified_type",
            ]),
            ..Self::default()
        }
    }
}

/// What answers refer to, without repeats.
#[derive(Clone, Debug, Default)]
pub(super) struct Includes {
    pub(super) users: BTreeSet<Id>,
    pub(super) posts: BTreeSet<Id>,
    pub(super) media: Vec<Id>,
    pub(super) polls: BTreeSet<Id>,
}

fn metric(post: &Post, promoted: bool) -> Figures {
    if promoted {
        post.promoted.unwrap_or_default()
    } else {
        post.organic
    }
}

impl World {
    fn reposts(&self, root: Id) -> usize {
        self.posts
            .values()
            .filter(|post| post.repost_of == Some(root) && !post.deleted)
            .count()
    }

    pub(super) fn count(&self, test: impl Fn(&Post) -> bool) -> i64 {
        let found = self
            .posts
            .values()
            .filter(|post| !post.deleted && !post.superseded && test(post));
        i64::try_from(found.count()).unwrap_or(i64::MAX)
    }

    fn public_metrics(&self, post: &Post) -> Value {
        let name = self.settings.spelling.of("repost_count");
        if !self.keeps(Rule::CountsAreKept) {
            return json!({ name: 0, "reply_count": 0, "like_count": 0, "quote_count": 0, "bookmark_count": 0, "impression_count": 0 });
        }
        let root = post.root();
        let known = |id: Option<Id>| {
            let other = id.and_then(|id| self.posts.get(&id));
            other.is_some_and(|other| other.root() == root)
        };
        let both = [post.organic, post.promoted.unwrap_or_default()];
        let sum = |of: fn(&Figures) -> i64| both.iter().map(of).sum::<i64>();
        let ties =
            |ties: &super::state::Ties| i64::try_from(ties.count_to(root)).unwrap_or(i64::MAX);
        json!({
            name: i64::try_from(self.reposts(root)).unwrap_or(i64::MAX) + sum(|f| f.reposts),
            "reply_count": self.count(|other| known(other.reply_to)) + sum(|f| f.replies),
            "like_count": ties(&self.likes) + sum(|f| f.likes),
            "quote_count": self.count(|other| known(other.quote)),
            "bookmark_count": ties(&self.bookmarks),
            "impression_count": sum(|f| f.impressions),
        })
    }

    /// Figures for the author alone, and why they are not told.
    fn private(
        &self,
        post: &Post,
        field: &str,
        viewer: Option<Id>,
        now: Timestamp,
    ) -> Result<Option<Value>, ()> {
        let own = viewer == Some(post.author) || !self.keeps(Rule::PrivateFiguresAreOwn);
        let young = now.as_second() - post.at.as_second() < PRIVATE_LIFE;
        if !own || (!young && self.keeps(Rule::PrivateFiguresEnd)) {
            return Err(());
        }
        let public = self.public_metrics(post);
        let (organic, paid) = (metric(post, false), metric(post, true));
        let name = self.settings.spelling.of("repost_count");
        let counts = |f: Figures, likes: i64, reposts: i64, replies: i64| {
            json!({
                "impression_count": f.impressions,
                "like_count": likes,
                "reply_count": replies,
                name: reposts,
                "url_link_clicks": f.url_clicks,
                "user_profile_clicks": f.profile_clicks,
            })
        };
        let of = |field: &str| public.get(field).and_then(Value::as_i64).unwrap_or(0);
        Ok(match field {
            "non_public_metrics" => Some(json!({
                "impression_count": organic.impressions + paid.impressions,
                "url_link_clicks": organic.url_clicks + paid.url_clicks,
                "user_profile_clicks": organic.profile_clicks + paid.profile_clicks,
                "engagements": organic.engagements + paid.engagements,
            })),
            "organic_metrics" => Some(counts(
                organic,
                of("like_count") - paid.likes,
                of(name) - paid.reposts,
                of("reply_count") - paid.replies,
            )),
            _ => post
                .promoted
                .map(|paid| counts(paid, paid.likes, paid.reposts, paid.replies)),
        })
    }

    fn referenced(post: &Post) -> Vec<(&'static str, Id)> {
        [
            ("retweeted", post.repost_of),
            ("quoted", post.quote),
            ("replied_to", post.reply_to),
        ]
        .into_iter()
        .filter_map(|(kind, id)| Some((kind, id?)))
        .collect()
    }

    /// A post, with the errors of fields that may not be told.
    pub(super) fn post_view(
        &self,
        post: &Post,
        fields: &Fields,
        viewer: Option<Id>,
        now: Timestamp,
        errors: &mut Vec<Value>,
    ) -> Value {
        let spelling = self.settings.spelling;
        let all = !self.keeps(Rule::FieldsAsAsked);
        let history: Vec<String> = post.history.iter().map(Id::to_string).collect();
        let mut told = Map::new();
        told.insert("id".to_owned(), json!(post.id.to_string()));
        let long = post.text.chars().count() > 280 && super::text::weight(&post.raw) > 280;
        let cut = long && self.keeps(Rule::LongTextsAreCut);
        let short: String = if cut {
            post.text.chars().take(276).chain(['…']).collect()
        } else {
            post.text.clone()
        };
        told.insert("text".to_owned(), json!(short));
        told.insert(
            spelling.of("edit_history_post_ids").to_owned(),
            json!(history),
        );
        let asked = |name: &str| all || fields.post.contains(name);
        let expands = |name: &str| fields.expansions.contains(name);
        let mut put = |name: &str, value: Value| {
            told.insert(spelling.of(name).to_owned(), value);
        };
        if asked("author_id") || expands("author_id") {
            put("author_id", json!(post.author.to_string()));
        }
        if asked("created_at") {
            put("created_at", json!(moment(post.at)));
        }
        if asked("conversation_id") {
            put("conversation_id", json!(post.conversation.to_string()));
        }
        if asked("lang") {
            put(
                "lang",
                json!(if post.raw.is_empty() { "zxx" } else { "en" }),
            );
        }
        if asked("possibly_sensitive") {
            put("possibly_sensitive", json!(false));
        }
        if asked("reply_settings") {
            put("reply_settings", json!(post.reply_settings));
        }
        if asked("paid_partnership") {
            put("paid_partnership", json!(post.paid_partnership));
        }
        if asked("source") {
            put("source", json!("Test app"));
        }
        if let Some(community) = post.community.as_ref().filter(|_| asked("community_id")) {
            put("community_id", json!(community));
        }
        if asked("public_metrics") {
            put("public_metrics", self.public_metrics(post));
        }
        if asked("edit_controls") {
            let (eligible, until, left) = self.editable(post, now);
            put(
                "edit_controls",
                json!({
                    "is_edit_eligible": eligible,
                    "editable_until": moment(until),
                    "edits_remaining": left,
                }),
            );
        }
        if let Some(mut entities) = post.entities.view().filter(|_| asked("entities")) {
            if !self.keeps(Rule::RangesCountCodePoints) {
                super::text::in_units(&mut entities, &post.text);
            }
            put("entities", entities);
        }
        if asked("display_text_range") {
            let end = post
                .entities
                .links
                .iter()
                .find(|link| link.media_key.is_some())
                .map_or(post.text.chars().count(), |link| {
                    link.start.saturating_sub(1)
                });
            put("display_text_range", json!([post.lead.min(end), end]));
        }
        if let Some(target) = post.reply_to.and_then(|id| self.posts.get(&id))
            && (asked("in_reply_to_user_id") || expands("in_reply_to_user_id"))
        {
            put("in_reply_to_user_id", json!(target.author.to_string()));
        }
        let referenced = Self::referenced(post);
        if !referenced.is_empty() && (asked("referenced_posts") || expands("referenced_posts")) {
            let list: Vec<Value> = referenced
                .iter()
                .map(|(kind, id)| json!({ "type": kind, "id": id.to_string() }))
                .collect();
            put("referenced_posts", json!(list));
        }
        let keyed = asked("attachments")
            || expands("attachments.media_keys")
            || expands("attachments.poll_ids");
        if keyed && (!post.media.is_empty() || post.poll.is_some()) {
            let mut attachments = Map::new();
            let keys: Vec<String> = post
                .media
                .iter()
                .filter_map(|id| self.media.get(id))
                .map(super::media::Medium::key)
                .collect();
            if !keys.is_empty() {
                attachments.insert("media_keys".to_owned(), json!(keys));
            }
            if let Some(poll) = post.poll {
                attachments.insert("poll_ids".to_owned(), json!([poll.to_string()]));
            }
            put("attachments", Value::Object(attachments));
        }
        if long && asked("note_post") {
            let mut note = json!({ "text": post.text });
            if let Some(entities) = post.entities.view() {
                note["entities"] = entities;
            }
            put("note_post", note);
        }
        for field in ["non_public_metrics", "organic_metrics", "promoted_metrics"] {
            if !fields.post.contains(field) {
                continue;
            }
            match self.private(post, field, viewer, now) {
                Ok(Some(figures)) => put(field, figures),
                Ok(None) => {}
                Err(()) => errors.push(json!({
                    "resource_id": post.id.to_string(),
                    "resource_type": "tweet",
                    "parameter": "ids",
                    "value": post.id.to_string(),
                    "section": "data",
                    "field": field,
                    "title": "Field Authorization Error",
                    "detail": format!("Sorry, you are not authorized to access '{field}' on the Tweet with id: [{}].", post.id),
                    "type": format!("{PROBLEMS}not-authorized-for-field"),
                })),
            }
        }
        Value::Object(told)
    }

    /// Notes what the expansions of a post refer to.
    pub(super) fn expand_post(
        &self,
        post: &Post,
        fields: &Fields,
        viewer: Option<Id>,
        into: &mut Includes,
    ) {
        let expands = |name: &str| fields.expansions.contains(name);
        if expands("author_id") {
            into.users.insert(post.author);
        }
        if expands("in_reply_to_user_id")
            && let Some(target) = post.reply_to.and_then(|id| self.posts.get(&id))
        {
            into.users.insert(target.author);
        }
        if expands("entities.mentions.username") {
            into.users
                .extend(post.entities.mentions.iter().filter_map(|m| m.user));
        }
        if expands("attachments.media_keys") {
            for id in &post.media {
                if !into.media.contains(id) {
                    into.media.push(*id);
                }
            }
        }
        if expands("attachments.poll_ids") {
            into.polls.extend(post.poll);
        }
        if expands("edit_history_post_ids") {
            into.posts.extend(post.history.iter().copied());
        }
        if expands("referenced_posts") {
            for (_, id) in Self::referenced(post) {
                if let Some(other) = self.visible(id, viewer) {
                    into.posts.insert(id);
                    // What goes with the posts of the answer does not go with those beside them.
                    if expands("referenced_tweets.id.author_id") {
                        into.users.insert(other.author);
                    }
                    if expands("referenced_tweets.id.attachments.media_keys") {
                        for id in &other.media {
                            if !into.media.contains(id) {
                                into.media.push(*id);
                            }
                        }
                    }
                }
            }
        }
    }

    pub(super) fn includes_view(
        &self,
        includes: &Includes,
        fields: &Fields,
        viewer: Option<Id>,
        now: Timestamp,
    ) -> Option<Value> {
        if !self.keeps(Rule::ExpansionsAreTold) {
            return None;
        }
        let mut told = Map::new();
        let mut put = |name: &str, list: Vec<Value>| {
            if !list.is_empty() {
                told.insert(
                    self.settings.spelling.of(name).to_owned(),
                    Value::Array(list),
                );
            }
        };
        let users = includes.users.iter().filter_map(|id| self.users.get(id));
        put(
            "users",
            users
                .map(|user| self.user_view(user, fields, viewer))
                .collect(),
        );
        let posts = includes
            .posts
            .iter()
            .filter_map(|id| self.visible(*id, viewer));
        let mut unused = Vec::new();
        put(
            "posts",
            posts
                .map(|post| self.post_view(post, fields, viewer, now, &mut unused))
                .collect(),
        );
        let media = includes.media.iter().filter_map(|id| self.media.get(id));
        let wanted = |name: &str| fields.media.contains(name);
        put("media", media.map(|medium| medium.view(&wanted)).collect());
        let polls = includes.polls.iter().filter_map(|id| self.polls.get(id));
        put(
            "polls",
            polls
                .map(|poll| {
                    let options: Vec<Value> = poll
                        .options
                        .iter()
                        .enumerate()
                        .map(|(at, (label, votes))| json!({ "position": at + 1, "label": label, "votes": votes }))
                        .collect();
                    let mut told = json!({ "id": poll.id.to_string(), "options": options });
                    let asked = |name: &str| fields.poll.contains(name);
                    if asked("duration_minutes") {
                        told["duration_minutes"] = json!(poll.minutes);
                    }
                    if asked("end_datetime") {
                        told["end_datetime"] = json!(moment(poll.ends));
                    }
                    if asked("voting_status") {
                        let open = now < poll.ends;
                        told["voting_status"] = json!(if open { "open" } else { "closed" });
                    }
                    told
                })
                .collect(),
        );
        (!told.is_empty()).then_some(Value::Object(told))
    }
}
