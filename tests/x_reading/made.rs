//! Answers and happenings that are made from the contract by chance: the adapter reads all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::client::{Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::webhook::Webhook as _;
use sociable::{
    AccountRef, ConversationId, Draft, Edit, Engagement, Error, ErrorKind, MessageDraft,
    Moderation, Poll, PostId, PostRef, Recipient, SocialNetwork, Target,
};

use crate::asked::{mp4, png};
use crate::contract::dice::{Dice, Freedom};
use crate::contract::openapi::{Asked, Contract, Generator};
use crate::contract::tally::Tally;
use crate::native;
use crate::net::{client, clock, whole};
use crate::world::{LONG, ME, reads};

/// A server whose every answer is made up.
struct Made {
    contract: &'static Contract,
    tally: Arc<Tally>,
    state: Mutex<State>,
}

struct State {
    generator: Generator<'static>,
    dice: Dice,
    used: Used,
    wrong: BTreeSet<String>,
}

/// How often answers used the freedom that the contract leaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) nulls: usize,
    pub(crate) unknown: usize,
    pub(crate) older: usize,
    pub(crate) newer: usize,
    pub(crate) sparse: usize,
}

impl Used {
    fn count(&mut self, text: &str) {
        self.nulls += usize::from(text.contains(":null"));
        self.unknown += usize::from(text.contains("future_"));
        let older = [
            "_tweet_ids\"",
            "referenced_tweets",
            "retweet_count",
            "\"tweets\"",
        ];
        let newer = [
            "_post_ids\"",
            "referenced_posts",
            "repost_count",
            "\"posts\"",
        ];
        self.older += usize::from(older.iter().any(|name| text.contains(name)));
        self.newer += usize::from(newer.iter().any(|name| text.contains(name)));
        self.sparse += usize::from(text.contains("{}"));
    }
}

impl Made {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn said(&self, request: &http::Request<Bytes>) -> (u16, String) {
        let query = request.uri().query().unwrap_or_default();
        let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let (method, path) = (request.method().as_str(), request.uri().path());
        let kind = request.headers().get("content-type");
        let asked = Asked {
            method,
            path,
            query: &query,
            content_type: kind.and_then(|kind| kind.to_str().ok()),
            body: request.body(),
            scheme: None,
        };
        let mut state = self.state();
        let name = match self.contract.check_request(&asked) {
            Ok(name) => name.to_owned(),
            Err(wrong) => {
                let wrong = wrong
                    .into_iter()
                    .map(|wrong| format!("{method} {path}: {wrong}"));
                state.wrong.extend(wrong);
                return (404, String::new());
            }
        };
        self.tally.request(&name);
        let statuses = self.contract.statuses(&name);
        let status = *statuses.iter().find(|status| **status < 300).unwrap();
        let lines = if name.ends_with("/stream") { 6 } else { 1 };
        let mut text = String::new();
        for _ in 0..lines {
            let mut answer = state.generator.answer(&name, status).unwrap();
            state.fit(&name, path, &mut answer);
            let line = answer.to_string();
            state.used.count(&line);
            text.push_str(&line);
            text.push_str(if lines > 1 { "\r\n" } else { "" });
        }
        self.tally.generated(&name, lines);
        (status, text)
    }
}

/// Operations that tell of one thing, or what became of one.
fn is_of_one(name: &str) -> bool {
    !name.starts_with("GET ")
        || [
            "/me",
            "/tweets/{id}",
            "/users/{id}",
            "/username/{username}",
            "/media/upload",
            "/stream",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

impl State {
    /// Makes of an answer one to what was asked: a list says when it is empty, and what tells of one thing tells of the one
    /// that was named, with the numbers that the next step goes on with. All else stays as it came.
    fn fit(&mut self, name: &str, path: &str, answer: &mut Value) {
        let told = |answer: &Value, part: &str| {
            let empty = |part: &Value| part.as_array().is_some_and(Vec::is_empty);
            answer
                .get(part)
                .is_some_and(|part| !part.is_null() && !empty(part))
        };
        // Of a token it says nothing; a question takes one of 16 letters or more.
        if answer["meta"]["next_token"].is_string() {
            let more = self.dice.percent(30);
            answer["meta"]["next_token"] = if more {
                json!("7140dibdnow9c7btw3w29")
            } else {
                Value::Null
            };
        }
        if !is_of_one(name) {
            if !["errors", "meta"].iter().any(|part| told(answer, part))
                && !answer["data"].is_array()
            {
                answer["meta"] = json!({"result_count": 0});
            }
            return;
        }
        // Now and then nothing but an error.
        if told(answer, "errors") && !told(answer, "data") && name.starts_with("GET ") {
            return;
        }
        if !answer["data"].is_object() {
            answer["data"] = json!({});
        }
        let data = &mut answer["data"];
        match name {
            "GET /2/users/me" => data["id"] = json!(ME),
            "GET /2/activity/stream" => {
                data["filter"]["user_id"] = json!(ME);
                if !data["event_type"].is_string() {
                    data["event_type"] = json!("post.create");
                }
            }
            _ if name.contains("/messages") => {
                data["dm_event_id"] = json!("12");
                data["dm_conversation_id"] = json!("12-13");
            }
            _ if name.contains("/media/upload") => {
                data["id"] = json!("12");
                if let Some(info) = data
                    .get_mut("processing_info")
                    .filter(|info| info.is_object())
                    && self.dice.percent(80)
                {
                    info["state"] = json!("succeeded");
                    info["check_after_secs"] = json!(1);
                }
            }
            _ => {
                let last = path
                    .rsplit('/')
                    .find(|part| part.bytes().all(|b| b.is_ascii_digit()));
                data["id"] = json!(last.unwrap_or("12"));
            }
        }
    }
}

impl Service for Made {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let (status, text) = self.said(request);
        let mut response = http::Response::new(Bytes::from(text));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        response
    }
}

/// What was asked, and how often it was read of all times that it was answered.
#[derive(Default)]
struct Told(BTreeMap<&'static str, (usize, usize)>);

impl Told {
    /// What the contract allows is read. That what was asked for is not among it, or is closed, is an answer, too.
    fn saw<T>(&mut self, what: &'static str, answer: Result<T, Error>) {
        let (read, all) = self.0.entry(what).or_default();
        *all += 1;
        match answer {
            Ok(_) => *read += 1,
            Err(error) => assert!(
                !matches!(
                    error.kind(),
                    ErrorKind::Decode | ErrorKind::Config | ErrorKind::Transport
                ),
                "{what}: {error:?}"
            ),
        }
    }
}

/// Has the adapter read so many rounds of everything, and counts what it read.
pub(crate) async fn read(
    contract: &'static Contract,
    rounds: usize,
    seed: u64,
    tally: &Arc<Tally>,
) -> Used {
    let clock = clock();
    let state = State {
        generator: Generator::new(contract, seed, Freedom::Any),
        dice: Dice::new(seed),
        used: Used::default(),
        wrong: BTreeSet::new(),
    };
    let server = Arc::new(Made {
        contract,
        tally: Arc::clone(tally),
        state: Mutex::new(state),
    });
    let client = client(Arc::clone(&server) as Arc<dyn Service>, &clock);
    let mut told = Told::default();
    for _ in 0..rounds {
        // What it is told of its rights would hold for all that follows.
        let x = whole(&client).build().unwrap();
        round(&x, &clock, &mut told).await;
        delivered(&server, &mut told);
    }
    for (name, (read, all)) in &told.0 {
        // In a stream one line in a few says why it ends.
        assert!(*read > rounds / 8, "{name}: {read} of {all} were read");
    }
    let state = server.state();
    assert!(
        state.wrong.is_empty(),
        "against the contract: {:#?}",
        state.wrong
    );
    state.used
}

async fn round(x: &X, clock: &SetClock, told: &mut Told) {
    clock
        .drive(async {
            for (name, answer) in reads(x, &|_| true).await {
                told.saw(name, answer);
            }
            written(x, told).await;
            for (method, path, params) in native::calls(ME) {
                let answer: Result<Value, Error> = x.call(method, &path, &params).await;
                told.saw("native", answer);
            }
        })
        .await;
}

async fn written(x: &X, told: &mut Told) {
    let draft = Draft::text("A cat").media(png().alt("a cat"));
    told.saw("published", x.publish(&draft).await);
    told.saw(
        "with a video",
        x.publish(&Draft::text("v").media(mp4())).await,
    );
    let poll = Draft::text("Which?").poll(Poll::new(["This", "That"]));
    told.saw("with a poll", x.publish(&poll).await);
    told.saw(
        "answered",
        x.publish(&Draft::text("Yes").reply_to(LONG)).await,
    );
    told.saw("quoted", x.publish(&Draft::text("See").quote(LONG)).await);
    let post = PostId::new(LONG);
    // Whose post it is, and whether it can be edited, is up to chance.
    let edited = x.edit(&post, &Edit::text("After")).await;
    let edited = edited.map(drop).or_else(|error| match error.kind() {
        ErrorKind::Forbidden(_) | ErrorKind::Rejected | ErrorKind::WindowClosed => Ok(()),
        _ => Err(error),
    });
    told.saw("edited", edited);
    told.saw("deleted", x.delete(&post).await);
    for engagement in [
        Engagement::like(),
        Engagement::repost(),
        Engagement::bookmark(),
    ] {
        let target = Target::from(&post);
        told.saw("engaged", x.engage(&target, &engagement).await);
        told.saw("taken back", x.engage(&target, &engagement.off()).await);
    }
    let somebody = AccountRef::id("12");
    for engagement in [Engagement::follow(), Engagement::follow().off()] {
        let target = Target::Account(somebody.clone());
        told.saw("followed", x.engage(&target, &engagement).await);
    }
    for moderation in [
        Moderation::hide(PostRef::from(&post)),
        Moderation::mute(somebody.clone()),
    ] {
        told.saw("moderated", x.moderate(&moderation).await);
        told.saw("moderated", x.moderate(&moderation.off()).await);
    }
    let hello = MessageDraft::text("Hello").media(png());
    let talk = Recipient::Conversation(ConversationId::new("12-13"));
    for to in [talk, Recipient::Account(somebody)] {
        told.saw("sent", x.send(&to, &hello).await);
    }
}

/// What is delivered to a webhook, as X signs it.
fn delivered(server: &Made, told: &mut Told) {
    let webhook = sociable::adapters::x::XWebhook::new(ME, Fake::CONSUMER_SECRET).unwrap();
    for _ in 0..8 {
        let name = "GET /2/activity/stream";
        let body = {
            let mut state = server.state();
            let mut event = state.generator.answer(name, 200).unwrap();
            event.as_object_mut().unwrap().remove("errors");
            state.fit(name, "/2/activity/stream", &mut event);
            event.to_string()
        };
        let signed = hmac_sha256::HMAC::mac(body.as_bytes(), Fake::CONSUMER_SECRET.as_bytes());
        let signed = base64::engine::general_purpose::STANDARD.encode(signed);
        let request = http::Request::post("https://desk.example/x")
            .header("x-twitter-webhooks-signature", format!("sha256={signed}"))
            .body(Bytes::from(body))
            .unwrap();
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        match webhook.receive(&request, now) {
            // What does not say which post it is of is not taken for a happening.
            Err(error) if *error.kind() == ErrorKind::Decode => {
                assert!(error.message().contains("what happened"), "{error}");
            }
            answer => told.saw("delivered", answer),
        }
    }
}
