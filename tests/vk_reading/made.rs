//! Answers and happenings that are made from the schema by chance: none is read with a panic, and what cannot be read is a
//! typed error.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::vk::Vk;
use sociable::client::{Clock, Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::webhook::Webhook;
use sociable::{
    AccountId, AccountRef, Audience, AudienceQuery, ConversationId, Error, ErrorKind, EventQuery,
    PageRequest, Period, PostId, PostQuery, PromotionQuery, SocialNetwork, Timeline,
};

use crate::contract::dice::Freedom;
use crate::contract::vk::{Contract, Generator};
use crate::net::{client, fast, vk};

/// How often everything is asked.
const ROUNDS: usize = 25;

/// A server whose every answer is made up.
struct Made {
    contract: &'static Contract,
    generator: Mutex<Generator<'static>>,
    answers: Mutex<BTreeMap<String, usize>>,
    turn: Mutex<usize>,
}

impl Made {
    fn method(&self, method: &str, params: &[(String, String)]) -> Value {
        let mut turn = self.turn.lock().unwrap();
        *turn += 1;
        let mut generator = self.generator.lock().unwrap();
        if method == "execute" {
            let mut list = Vec::new();
            for _ in 0..25 {
                let answer = generator
                    .answer("wall.getComments", "extendedResponse")
                    .unwrap();
                list.push(answer["response"].clone());
            }
            return json!({"response": list});
        }
        if method == "groups.getLongPollServer" {
            return json!({"response": {"server": "https://lp.vk.test/whp/1", "key": "k", "ts": turn.to_string()}});
        }
        let variants = self.contract.variants(method);
        let holds = |name: &str| params.iter().any(|(known, _)| known == name);
        // The answer that these parameters ask for, where the schema has several.
        let fits = |variant: &&&str| {
            let variant = variant.to_lowercase();
            variant.contains("extended") == holds("extended")
                && variant.contains("userids") == holds("user_ids")
                && variant.contains("fields") == (holds("fields") && !holds("extended"))
        };
        let fitting: Vec<&&str> = variants.iter().filter(fits).collect();
        let variant = match fitting.as_slice() {
            [] => variants[*turn % variants.len()],
            fitting => fitting[*turn % fitting.len()],
        };
        generator.answer(method, variant).unwrap()
    }

    fn polled(&self) -> Value {
        let mut turn = self.turn.lock().unwrap();
        *turn += 1;
        let mut generator = self.generator.lock().unwrap();
        let events = self.contract.events();
        // Nothing any more, from time to time, so that questions end.
        let updates: Vec<Value> = match *turn % 2 {
            0 => Vec::new(),
            _ => (0..8)
                .map(|n| {
                    generator
                        .event(events[(*turn * 4 + n) % events.len()])
                        .unwrap()
                })
                .collect(),
        };
        json!({"ts": turn.to_string(), "updates": updates})
    }
}

impl Service for Made {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let path = request.uri().path();
        let answer = match path.strip_prefix("/method/") {
            Some(method) => {
                *self
                    .answers
                    .lock()
                    .unwrap()
                    .entry(method.to_owned())
                    .or_default() += 1;
                let params: Vec<_> = url::form_urlencoded::parse(request.body())
                    .into_owned()
                    .collect();
                self.method(method, &params)
            }
            None => self.polled(),
        };
        http::Response::new(Bytes::from(answer.to_string()))
    }
}

/// What is asked, and how often it was answered at all.
#[derive(Default)]
struct Told {
    read: usize,
    all: usize,
}

impl Told {
    fn saw<T>(&mut self, what: &str, answer: Result<T, Error>) {
        self.all += 1;
        match answer {
            Ok(_) => self.read += 1,
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::Decode
                        | ErrorKind::NotFound
                        | ErrorKind::Invalid(_)
                        | ErrorKind::Forbidden(_)
                ),
                "{what}: {error:?}"
            ),
        }
    }
}

fn post(id: &str) -> PostId {
    PostId::new(id)
}

#[tokio::test]
async fn every_made_answer_is_read_or_refused_in_a_typed_way() {
    let Some(contract) = vk() else { return };
    let clock = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let server = Arc::new(Made {
        contract,
        generator: Mutex::new(Generator::new(contract, 11, Freedom::Any)),
        answers: Mutex::default(),
        turn: Mutex::default(),
    });
    let client = client(Arc::clone(&server) as Arc<dyn Service>, &clock);
    let vk: Vk = fast(Vk::builder().client(&client))
        .community(1)
        .community_token("c")
        .user_token("u")
        .service_token("s")
        .build()
        .unwrap();
    let me = AccountRef::id("club1");
    let day = Period::new(
        "2026-11-19T21:00:00Z".parse().unwrap(),
        "2026-11-20T21:00:00Z".parse().unwrap(),
    );
    let mut told: BTreeMap<&str, Told> = BTreeMap::new();
    let first = PageRequest::first();
    for _ in 0..ROUNDS {
        for (name, timeline) in [
            ("own", Timeline::Own),
            ("community", Timeline::Community(AccountId::new("club1"))),
            ("mentions", Timeline::Mentions),
            ("replies", Timeline::Replies(post("wall-1_2"))),
            ("replies below", Timeline::Replies(post("wall-1_2_r3"))),
            ("replies in a topic", Timeline::Replies(post("topic-1_2"))),
            ("thread", Timeline::Thread(post("wall-1_2"))),
            ("quotes", Timeline::Quotes(post("wall-1_2"))),
            ("hashtag", Timeline::Hashtag("a".to_owned())),
            ("search", Timeline::Search("a".to_owned())),
            ("scheduled", Timeline::Scheduled),
            (
                "ids",
                Timeline::Ids(vec![
                    post("wall-1_2"),
                    post("wall-1_2_r3"),
                    post("wall-1_2_r4"),
                    post("topic-1_2_r3"),
                ]),
            ),
        ] {
            told.entry(name)
                .or_default()
                .saw(name, vk.posts(&PostQuery::new(timeline)).await);
        }
        told.entry("post")
            .or_default()
            .saw("post", vk.post(&post("wall-1_2")).await);
        told.entry("comment")
            .or_default()
            .saw("comment", vk.post(&post("wall-1_2_r3")).await);
        told.entry("wall")
            .or_default()
            .saw("wall", vk.search_wall(&me, "a", &first).await);
        for (name, audience) in [
            ("members", Audience::Members(me.clone())),
            ("liked", Audience::Liked(post("wall-1_2"))),
            ("reposted", Audience::Reposted(post("wall-1_2"))),
            ("commented", Audience::Commented(post("wall-1_2"))),
            ("voted", Audience::Voted(post("wall-1_2"), None)),
        ] {
            told.entry(name)
                .or_default()
                .saw(name, vk.audience(&AudienceQuery::new(audience)).await);
        }
        told.entry("membership")
            .or_default()
            .saw("membership", vk.membership(&[AccountId::new("id5")]).await);
        told.entry("conversations")
            .or_default()
            .saw("conversations", vk.conversations(&first).await);
        told.entry("messages").or_default().saw(
            "messages",
            vk.messages(&ConversationId::new("5"), &first).await,
        );
        told.entry("metrics").or_default().saw(
            "metrics",
            vk.post_metrics(&[post("wall-1_2"), post("wall-1_2_r3")])
                .await,
        );
        told.entry("account")
            .or_default()
            .saw("account", vk.account_metrics(&day).await);
        told.entry("promotions")
            .or_default()
            .saw("promotions", vk.promotions(&PromotionQuery::new(day)).await);
        told.entry("events")
            .or_default()
            .saw("events", vk.events(&EventQuery::oldest()).await);
    }
    for (name, told) in &told {
        assert_eq!(told.all, ROUNDS);
        // Of a post, comment or account that was not asked for nothing is told; a poll is in few.
        let seldom = [
            "post",
            "comment",
            "account",
            "voted",
            "thread",
            "replies below",
        ]
        .contains(name);
        assert!(
            seldom || told.read * 3 > ROUNDS * 2,
            "{name}: {} of {ROUNDS} were read",
            told.read
        );
    }
    let answers = server.answers.lock().unwrap();
    for (method, count) in answers.iter() {
        println!("{method}: {count} generated answers");
    }
    assert!(answers.len() >= 20, "{answers:?}");
}

#[test]
fn every_event_of_the_schema_is_read() {
    let Some(contract) = vk() else { return };
    let now = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap()).now();
    let webhook = sociable::adapters::vk::VkWebhook::new(1, "s3cret", "code").unwrap();
    for (seed, freedom) in [(1, Freedom::Named), (2, Freedom::Any), (3, Freedom::Any)] {
        let mut generator = Generator::new(contract, seed, freedom);
        for kind in contract.events() {
            for _ in 0..15 {
                let mut event = generator.event(kind).unwrap();
                event["group_id"] = json!(1);
                event["secret"] = json!("s3cret");
                let request = http::Request::post("/")
                    .body(Bytes::from(event.to_string()))
                    .unwrap();
                let delivery = webhook.receive(&request, now).unwrap();
                let [told] = delivery.events.as_slice() else {
                    panic!("{kind}: {:?}", delivery.events)
                };
                assert_eq!(Some(told.id.as_str()), event["event_id"].as_str(), "{kind}");
                assert!(!told.kind.as_str().is_empty());
            }
        }
    }
}
