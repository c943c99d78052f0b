//! A small world that is told field by field: a server that answers what a question asks for and no more, or all of it, or
//! all but one field; and the adapter that reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use sociable::adapters::x::X;
use sociable::client::{Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    AccountId, AccountRef, AudienceQuery, ConversationId, Edit, Error, EventQuery, PageRequest,
    Period, PostId, PostQuery, Since, SocialNetwork, Timeline, TrendScope,
};

use crate::net::{client, whole};

/// Ids that no double holds.
pub(crate) const ME: &str = "1777000000000000101";
pub(crate) const ANN: &str = "1777000000000000103";
pub(crate) const GROUP: &str = "1777000000000000901";
/// Posts: a long one of mine with files, an answer in its thread, a repost, a poll, a quote, an answer to what is gone, and
/// one that is not to be edited.
pub(crate) const LONG: &str = "1777000000000000201";
pub(crate) const ANSWER: &str = "1777000000000000203";
const REPOST: &str = "1777000000000000205";
const POLL: &str = "1777000000000000207";
const QUOTE: &str = "1777000000000000209";
const TO_NOBODY: &str = "1777000000000000211";
const FIXED: &str = "1777000000000000213";
/// What they point to.
const ORIGINAL: &str = "1777000000000000215";
const GONE: &str = "1777000000000000217";

/// What a server leaves out, or puts in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tells {
    /// What was asked for.
    #[default]
    Asked,
    /// All that there is, but for what is asked for elsewhere alone.
    All,
    /// What was asked for, but of one path not one value of a parameter.
    AllBut(String, String, String),
}

/// A path, a parameter, and one of its values.
pub(crate) type Wish = (String, String, String);

#[derive(Default)]
pub(crate) struct World {
    pub(crate) tells: Tells,
    /// The names that followed `tweet`.
    pub(crate) newer: bool,
    /// Ids as bare numbers.
    pub(crate) bare: bool,
    /// What the contract knows besides, by the kind of thing.
    pub(crate) more: BTreeMap<&'static str, Map<String, Value>>,
    /// What was asked for, and by which steps.
    pub(crate) asked: Mutex<BTreeMap<Wish, BTreeSet<&'static str>>>,
    pub(crate) step: Mutex<&'static str>,
    /// What is asked for anywhere: the values of each parameter.
    pub(crate) known: BTreeSet<(String, String)>,
    /// Every request, as one text.
    pub(crate) sent: Mutex<Vec<String>>,
}

fn user(id: &str, name: &str) -> Value {
    json!({
        "id": id, "name": name.to_uppercase(), "username": name, "created_at": "2013-12-14T04:35:55.000Z",
        "description": "about <me>", "profile_image_url": format!("https://pbs.example/{name}.jpg"), "protected": true,
        "connection_status": ["followed_by"],
        "public_metrics": {"followers_count": 3, "following_count": 4, "tweet_count": 9, "listed_count": 1},
        "verified": true, "location": "here", "most_recent_tweet_id": LONG,
    })
}

fn counts(n: u64) -> Value {
    json!({"retweet_count": n, "reply_count": n + 1, "like_count": n + 2, "quote_count": n + 3, "bookmark_count": n + 4, "impression_count": n + 5})
}

fn post(id: &str, author: &str, more: Value) -> Value {
    let mut post = json!({
        "id": id, "text": format!("@ann says {id}"), "author_id": author, "created_at": "2026-11-22T10:00:00.000Z",
        "conversation_id": id, "lang": "en", "public_metrics": counts(1), "edit_history_tweet_ids": [id],
        "entities": {"mentions": [{"start": 0, "end": 4, "username": "ann", "id": ANN}]},
        "source": "a program", "reply_settings": "everyone",
    });
    for (name, value) in more.as_object().unwrap() {
        post[name] = value.clone();
    }
    post
}

pub(crate) fn posts() -> Vec<Value> {
    let private = json!({"impression_count": 9, "url_link_clicks": 2, "user_profile_clicks": 1, "engagements": 4});
    let parts = json!({"impression_count": 9, "retweet_count": 1, "reply_count": 2, "like_count": 3, "url_link_clicks": 1, "user_profile_clicks": 1});
    vec![
        post(
            LONG,
            ME,
            json!({
                "possibly_sensitive": true,
                "note_tweet": {"text": "@ann says it at length", "entities": {"hashtags": [{"start": 13, "end": 15, "tag": "at"}]}},
                "attachments": {"media_keys": ["3_1777000000000000301", "7_1777000000000000303"]},
                "non_public_metrics": private, "organic_metrics": parts, "promoted_metrics": parts,
                "edit_controls": {"is_edit_eligible": true, "edits_remaining": 4, "editable_until": "2027-01-01T00:00:00.000Z"},
            }),
        ),
        post(
            ANSWER,
            ANN,
            json!({
                "conversation_id": LONG, "in_reply_to_user_id": ME, "community_id": "1777000000000000801",
                "referenced_tweets": [{"type": "replied_to", "id": LONG}], "display_text_range": [5, 29],
            }),
        ),
        post(
            REPOST,
            ANN,
            json!({"referenced_tweets": [{"type": "retweeted", "id": ORIGINAL}]}),
        ),
        post(
            POLL,
            ME,
            json!({"attachments": {"poll_ids": ["1777000000000000401"]}}),
        ),
        post(
            QUOTE,
            ANN,
            json!({"referenced_tweets": [{"type": "quoted", "id": LONG}]}),
        ),
        post(
            TO_NOBODY,
            ANN,
            json!({
                "conversation_id": GONE, "in_reply_to_user_id": ME,
                "referenced_tweets": [{"type": "replied_to", "id": "1777000000000000219"}],
            }),
        ),
        post(
            FIXED,
            ME,
            json!({"edit_controls": {"is_edit_eligible": false, "edits_remaining": 0, "editable_until": "2026-11-22T10:30:00.000Z"}}),
        ),
    ]
}

fn beside() -> Vec<Value> {
    let bob = "1777000000000000105";
    let text = json!({"text": "of somebody else entirely", "entities": {},
        "attachments": {"media_keys": ["3_1777000000000000305"]}});
    vec![post(ORIGINAL, bob, text), posts()[0].clone()]
}

fn media() -> Vec<Value> {
    vec![
        json!({
            "media_key": "3_1777000000000000301", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "a cat",
            "width": 4, "height": 3, "public_metrics": {"view_count": 1},
        }),
        json!({
            "media_key": "7_1777000000000000303", "type": "video", "preview_image_url": "https://pbs.example/2.jpg",
            "duration_ms": 1500, "width": 4, "height": 3,
            "variants": [{"bit_rate": 256_000, "content_type": "video/mp4", "url": "https://video.example/2.mp4"}],
        }),
    ]
}

/// The files of the posts beside.
fn media_beside() -> Vec<Value> {
    vec![json!({
        "media_key": "3_1777000000000000305", "type": "photo", "url": "https://pbs.example/3.jpg", "alt_text": "a dog",
        "width": 5, "height": 6, "public_metrics": {"view_count": 2},
    })]
}

fn poll() -> Value {
    json!({
        "id": "1777000000000000401", "voting_status": "open", "duration_minutes": 60, "end_datetime": "2026-11-23T14:00:00.000Z",
        "options": [{"position": 1, "label": "Yes", "votes": 3}, {"position": 2, "label": "No", "votes": 1}],
    })
}

fn messages() -> Vec<Value> {
    let talk = format!("{ME}-{ANN}");
    vec![
        json!({
            "id": "1777000000000000505", "event_type": "ParticipantsJoin", "dm_conversation_id": GROUP, "sender_id": ANN,
            "created_at": "2026-11-22T10:02:00.000Z", "participant_ids": [ANN],
        }),
        json!({
            "id": "1777000000000000503", "event_type": "MessageCreate", "text": "@ann &amp; a cat", "sender_id": ANN,
            "dm_conversation_id": talk, "created_at": "2026-11-22T10:01:00.000Z",
            "entities": {"mentions": [{"start": 0, "end": 4, "username": "ann", "id": ANN}]},
            "attachments": {"media_keys": ["3_1777000000000000301", "7_1777000000000000303"]},
        }),
        json!({
            "id": "1777000000000000501", "event_type": "MessageCreate", "text": "mine", "sender_id": ME,
            "dm_conversation_id": GROUP, "created_at": "2026-11-22T10:00:00.000Z",
        }),
    ]
}

/// The path without what is filled in.
pub(crate) fn template(path: &str) -> String {
    let mut before = "";
    let parts = path.split('/').enumerate().map(|(at, part)| {
        let number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        // The version stands first.
        let filled = at > 1 && (number || before == "username");
        before = part;
        if filled { "*" } else { part }
    });
    parts.collect::<Vec<&str>>().join("/")
}

/// What one question wants told.
struct Wanted<'w> {
    world: &'w World,
    values: BTreeMap<String, BTreeSet<String>>,
}

impl Wanted<'_> {
    fn has(&self, param: &str, value: &str) -> bool {
        let known = || {
            let known = &self.world.known;
            known.contains(&(param.to_owned(), value.to_owned()))
        };
        // What is asked for elsewhere may be read, wherever it is told.
        let spare = self.world.tells == Tells::All && !known();
        let values = self.values.get(param);
        spare || values.is_some_and(|values| values.contains(value))
    }

    /// A thing as far as it is to be told.
    fn told(&self, param: &'static str, always: &[&str], thing: &Value) -> Value {
        let mut told = Map::new();
        for (name, value) in thing.as_object().unwrap() {
            // Whose it is comes with the expansion of it, too.
            let wanted = always.contains(&name.as_str())
                || self.has(param, name)
                || (name == "sender_id" && self.has("expansions", name));
            if wanted {
                told.insert(name.clone(), value.clone());
            }
        }
        if self.world.tells == Tells::All {
            for (name, value) in self.world.more.get(param).into_iter().flatten() {
                let here = thing.as_object().unwrap().contains_key(name);
                let known = (param.to_owned(), name.clone());
                if !here && !name.contains("post") && !self.world.known.contains(&known) {
                    told.insert(name.clone(), value.clone());
                }
            }
        }
        Value::Object(told)
    }

    fn post(&self, post: &Value) -> Value {
        self.told("tweet.fields", &["id", "text"], post)
    }

    fn user(&self, id: &str) -> Value {
        let name = match id {
            ME => "me",
            ANN => "ann",
            _ => "bob",
        };
        self.told("user.fields", &["id"], &user(id, name))
    }

    /// What stands beside these posts or messages.
    fn includes(&self, of: &[Value], posts: bool) -> Value {
        let mut includes = Map::new();
        let texts = |of: &[Value], name: &str| -> BTreeSet<String> {
            let told = of.iter().filter_map(|one| one[name].as_str());
            told.map(str::to_owned).collect()
        };
        let mut users = BTreeSet::new();
        if posts && self.has("expansions", "author_id") {
            users.extend(texts(of, "author_id"));
        }
        if posts && self.has("expansions", "referenced_tweets.id.author_id") {
            users.extend(texts(&beside(), "author_id"));
        }
        if !posts && self.has("expansions", "sender_id") {
            users.extend(texts(of, "sender_id"));
        }
        let users: Vec<Value> = users.iter().map(|id| self.user(id)).collect();
        includes.insert("users".into(), json!(users));
        if posts && self.has("expansions", "referenced_tweets.id") {
            let beside = beside();
            let told: Vec<Value> = beside.iter().map(|post| self.post(post)).collect();
            includes.insert("tweets".into(), json!(told));
        }
        let mut files = Vec::new();
        if self.has("expansions", "attachments.media_keys") {
            files.extend(media());
        }
        if posts && self.has("expansions", "referenced_tweets.id.attachments.media_keys") {
            files.extend(media_beside());
        }
        if !files.is_empty() {
            let told = files
                .iter()
                .map(|file| self.told("media.fields", &["media_key"], file));
            includes.insert("media".into(), told.collect());
        }
        if posts && self.has("expansions", "attachments.poll_ids") {
            let told = self.told("poll.fields", &["id"], &poll());
            includes.insert("polls".into(), json!([told]));
        }
        Value::Object(includes)
    }

    fn posts(&self, of: &[Value]) -> Value {
        let told: Vec<Value> = of.iter().map(|post| self.post(post)).collect();
        json!({"data": told, "includes": self.includes(of, true), "meta": {"result_count": told.len()}})
    }

    fn one(&self, post: &Value) -> Value {
        let of = std::slice::from_ref(post);
        json!({"data": self.post(post), "includes": self.includes(of, true)})
    }
}

impl World {
    fn wanted(&self, path: &str, query: &[(String, String)]) -> Wanted<'_> {
        let path = template(path);
        let mut values = BTreeMap::new();
        for (param, list) in query {
            if param != "expansions" && !param.ends_with(".fields") {
                continue;
            }
            let mut told: BTreeSet<String> = list.split(',').map(str::to_owned).collect();
            let mut asked = self.asked.lock().unwrap();
            let step = *self.step.lock().unwrap();
            for value in &told {
                let wish = (path.clone(), param.clone(), value.clone());
                asked.entry(wish).or_default().insert(step);
            }
            if let Tells::AllBut(of, but, value) = &self.tells
                && (of, but) == (&path, param)
            {
                told.remove(value);
            }
            values.insert(param.clone(), told);
        }
        Wanted {
            world: self,
            values,
        }
    }

    fn said(&self, method: &str, path: &str, query: &[(String, String)]) -> Value {
        let wanted = self.wanted(path, query);
        let all = posts();
        let number = path.split('/').nth(3).unwrap_or_default();
        match (method, template(path).as_str()) {
            ("POST", "/2/tweets") => json!({"data": {"id": "1777000000000000601", "text": "x"}}),
            ("GET", "/2/tweets/*") => match all.iter().find(|post| post["id"] == number) {
                Some(post) => wanted.one(post),
                None => {
                    json!({"errors": [{"type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found Error", "detail": "gone", "resource_id": number, "resource_type": "tweet", "parameter": "id", "value": number}]})
                }
            },
            ("GET", "/2/tweets/search/stream") => {
                let line = |post: &Value| wanted.one(post).to_string();
                Value::String(all.iter().map(line).collect::<Vec<_>>().join("\r\n"))
            }
            ("GET", "/2/activity/stream") => {
                let payload = &all[1];
                let event = json!({"data": {
                    "event_uuid": "1777000000000000701", "event_type": "post.mention.create", "filter": {"user_id": ME},
                    "payload": payload, "includes": {"users": [user(ANN, "ann")]},
                }});
                Value::String(event.to_string())
            }
            (
                "GET",
                "/2/dm_events"
                | "/2/dm_conversations/*/dm_events"
                | "/2/dm_conversations/with/*/dm_events",
            ) => {
                let all = messages();
                let told: Vec<Value> = all
                    .iter()
                    .map(|event| wanted.told("dm_event.fields", &["id"], event))
                    .collect();
                json!({"data": told, "includes": wanted.includes(&all, false), "meta": {"result_count": told.len()}})
            }
            ("GET", "/2/users/me") => json!({"data": wanted.user(ME)}),
            ("GET", "/2/users/*" | "/2/users/by/username/*") => json!({"data": wanted.user(ANN)}),
            (
                "GET",
                "/2/users"
                | "/2/users/*/followers"
                | "/2/users/*/following"
                | "/2/tweets/*/liking_users"
                | "/2/tweets/*/retweeted_by",
            ) => {
                json!({"data": [wanted.user(ANN)], "meta": {"result_count": 1}})
            }
            ("GET", "/2/trends/by/woeid/*") => {
                json!({"data": [{"trend_name": "#cats", "tweet_count": 12}]})
            }
            ("GET", _) => wanted.posts(&all),
            other => panic!("{other:?} is asked"),
        }
    }
}

impl Service for World {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let said = String::from_utf8_lossy(request.body());
        self.sent
            .lock()
            .unwrap()
            .push(format!("{} {said}", request.uri()));
        let told = self.said(request.method().as_str(), request.uri().path(), &query);
        let mut text = match told {
            Value::String(lines) => lines + "\r\n",
            told => told.to_string(),
        };
        if self.newer {
            for (older, newer) in [
                ("tweet_ids\"", "post_ids\""),
                ("\"referenced_tweets\"", "\"referenced_posts\""),
                ("\"note_tweet\"", "\"note_post\""),
                ("\"retweet_count\"", "\"repost_count\""),
                ("\"tweet_count\"", "\"post_count\""),
                ("\"tweets\"", "\"posts\""),
            ] {
                text = text.replace(older, newer);
            }
        }
        if self.bare {
            text = unquoted(&text);
        }
        http::Response::new(Bytes::from(text))
    }
}

/// The same JSON with every number bare that stands within quotation marks.
fn unquoted(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    // No text of this world holds a quotation mark: every second part stands between two.
    for (n, part) in json.split('"').enumerate() {
        let number = part.len() > 8 && part.bytes().all(|b| b.is_ascii_digit());
        let mark = if n % 2 == 1 && !number { "\"" } else { "" };
        out.extend([mark, part, mark]);
    }
    out
}

/// What the adapter makes of everything that it can read, each as it is shown to programmers. `wants` is told what comes next,
/// and says whether it is to be done.
pub(crate) async fn reads(
    x: &X,
    wants: &(dyn Fn(&'static str) -> bool + Sync),
) -> Vec<(&'static str, Result<String, Error>)> {
    fn shown<T: Debug>(answer: Result<T, Error>) -> Result<String, Error> {
        answer.map(|answer| format!("{answer:#?}"))
    }
    let mut all = Vec::new();
    macro_rules! read {
        ($name:expr, $answer:expr) => {
            if wants($name) {
                all.push(($name, shown($answer.await)));
            }
        };
    }
    let ann = AccountRef::id(ANN);
    let first = PageRequest::first();
    read!("me", x.me());
    read!("account", x.account(&ann));
    read!("handle", x.account(&AccountRef::handle("ann")));
    for id in [LONG, ANSWER, REPOST, POLL, QUOTE, TO_NOBODY] {
        read!("post", x.post(&PostId::new(id)));
    }
    let long_ago: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut archive = PostQuery::search("cats");
    archive.since = Some(long_ago);
    for (name, query) in [
        ("own", PostQuery::own()),
        ("home", PostQuery::home()),
        ("mentions", PostQuery::mentions()),
        ("timeline", PostQuery::account(ann.clone())),
        (
            "timeline by name",
            PostQuery::account(AccountRef::handle("ann")),
        ),
        ("replies", PostQuery::replies(LONG)),
        ("thread", PostQuery::thread(ANSWER)),
        (
            "quotes",
            PostQuery::new(Timeline::Quotes(PostId::new(LONG))),
        ),
        ("hashtag", PostQuery::hashtag("cats")),
        ("search", PostQuery::search("cats")),
        ("archive", archive),
        (
            "ids",
            PostQuery::ids([LONG, ANSWER, REPOST, POLL, QUOTE].map(PostId::new)),
        ),
    ] {
        read!(name, x.posts(&query));
    }
    for (name, query) in [
        ("followers", AudienceQuery::followers()),
        ("following", AudienceQuery::following()),
        ("liked", AudienceQuery::liked(LONG)),
        ("reposted", AudienceQuery::reposted(LONG)),
        ("commented", AudienceQuery::commented(LONG)),
    ] {
        read!(name, x.audience(&query));
    }
    read!("membership", x.membership(&[AccountId::new(ANN)]));
    read!("conversations", x.conversations(&first));
    for id in [format!("{ME}-{ANN}"), GROUP.to_owned()] {
        let talk = ConversationId::new(id);
        read!("messages", x.messages(&talk, &first));
    }
    read!("messages with", x.messages_with(&ann, &first));
    read!("events", x.events(&EventQuery::oldest()));
    read!("from now", x.events(&EventQuery::now()));
    let measured = [LONG, ANSWER, FIXED].map(PostId::new);
    read!("metrics", x.post_metrics(&measured));
    let days = Period::new(long_ago, "2026-01-08T00:00:00Z".parse().unwrap());
    read!("account's metrics", x.account_metrics(&days));
    read!("trends", x.trending(&TrendScope::anywhere()));
    for (name, mut stream, items) in [
        ("stream", x.stream(Since::Now), 7),
        ("activity", x.activity(Since::Now), 1),
    ] {
        if !wants(name) {
            continue;
        }
        for _ in 0..items {
            let Some(item) = stream.next().await else {
                break;
            };
            all.push((name, shown(item)));
        }
    }
    all
}

/// What the adapter makes of this world, edits included: all of it, or what these steps tell.
pub(crate) async fn told_of(
    world: &Arc<World>,
    clock: &SetClock,
    only: Option<&BTreeSet<&'static str>>,
) -> Vec<String> {
    let client = client(Arc::clone(world) as Arc<dyn Service>, clock);
    let x = whole(&client).build().unwrap();
    let wants = |name: &'static str| {
        *world.step.lock().unwrap() = name;
        only.is_none_or(|only| only.contains(name))
    };
    clock
        .drive(async {
            let mut all = Vec::new();
            // A stream tells what is an answer to whom, where it is known who asks.
            x.me().await.unwrap();
            for (name, told) in reads(&x, &wants).await {
                all.push(match told {
                    Ok(told) => format!("{name}: {told}"),
                    Err(error) => format!("{name}: {error}"),
                });
            }
            for id in [LONG, POLL, FIXED] {
                if !wants("edit") {
                    break;
                }
                let edit = Edit::text("After");
                let told = match x.edit(&PostId::new(id), &edit).await {
                    Ok(told) => format!("edit: {told:#?}"),
                    Err(error) => format!("edit: {error}"),
                };
                all.push(told);
            }
            all
        })
        .await
}
