//! VK on its fake, as the behaviour suite wants it; every exchange is held to the contract.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use sociable::SocialNetwork;
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::Fake;
use sociable::client::{Client, Clock, Service};
use sociable::jiff::Timestamp;
use sociable::testing::stage::{Bench, Set};

use crate::contract::vk::Contract;

/// A fake whose requests and answers are checked against the contract.
pub(crate) struct Watched {
    fake: Fake,
    contract: Option<Contract>,
    wrong: Mutex<BTreeSet<String>>,
}

impl Watched {
    pub(crate) fn new(fake: Fake, contract: Option<Contract>) -> Arc<Self> {
        Arc::new(Self {
            fake,
            contract,
            wrong: Mutex::default(),
        })
    }

    /// What was found wrong, each thing once: against the contract, and what the network would pass over in silence.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let mut wrong = self.wrong.lock().unwrap().clone();
        wrong.extend(self.fake.complaints());
        wrong.into_iter().collect()
    }

    fn note(&self, what: &str, found: Result<(), Vec<String>>) {
        let found = found.err().into_iter().flatten();
        let found = found.map(|wrong| format!("{what}: {wrong}"));
        self.wrong.lock().unwrap().extend(found);
    }
}

fn kind_of_token(request: &http::Request<Bytes>) -> Option<&'static str> {
    let value = request.headers().get("authorization")?.to_str().ok()?;
    match value.strip_prefix("Bearer ")? {
        Fake::USER_TOKEN | Fake::BOB_TOKEN => Some("user"),
        Fake::GROUP_TOKEN => Some("group"),
        Fake::SERVICE_TOKEN => Some("service"),
        _ => None,
    }
}

impl Service for Watched {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        let answer = self.fake.answer(request, now);
        let Some(contract) = &self.contract else {
            return answer;
        };
        let Some(method) = request.uri().path().strip_prefix("/method/") else {
            return answer;
        };
        let params: Vec<(String, String)> = url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        let Ok(said) = serde_json::from_slice::<serde_json::Value>(answer.body()) else {
            return answer;
        };
        let failed = said.get("error").is_some();
        let told = contract.check_response(method, &params, &said);
        self.note(&format!("answer {method}"), told);
        // What the network refuses was meant to be refused: the suite sends nonsense, too.
        if !failed {
            let asked = contract.check_request(method, &params, kind_of_token(request));
            self.note(&format!("request {method}"), asked);
        }
        answer
    }
}

/// The community, with a token of each kind.
pub(crate) fn community(client: &Client) -> Arc<dyn SocialNetwork> {
    let vk = Vk::builder()
        .community(Fake::GROUP)
        .community_token(Fake::GROUP_TOKEN)
        .user_token(Fake::USER_TOKEN)
        .service_token(Fake::SERVICE_TOKEN)
        .client(client);
    Arc::new(vk.build().unwrap())
}

/// The community, with tokens that nobody gave out.
fn impostor(client: &Client) -> Arc<dyn SocialNetwork> {
    let vk = Vk::builder()
        .community(Fake::GROUP)
        .community_token("vk1.a.not-a-token-of-anybody")
        .user_token("vk1.a.not-a-token-of-anybody")
        .service_token("vk1.a.not-a-token-of-anybody")
        .client(client);
    Arc::new(vk.build().unwrap())
}

/// A person on an own wall.
pub(crate) fn person(client: &Client, token: &str) -> Arc<dyn SocialNetwork> {
    Arc::new(
        Vk::builder()
            .user_token(token)
            .client(client)
            .build()
            .unwrap(),
    )
}

/// VK on its fake, under a set clock: a community among persons.
pub(crate) fn on_fake(contract: Option<Contract>) -> (Bench, Set, Arc<Watched>) {
    let fake = Fake::new();
    let watched = Watched::new(fake.clone(), contract);
    let bench = Bench::new(watched.clone()).unwrap();
    for user in [Fake::BOB, Fake::CAROL] {
        fake.allow_as(user, Fake::GROUP, true, bench.clock.now());
    }
    let client = bench.client.clone();
    let scopes = [
        "wall", "photos", "video", "docs", "groups", "messages", "stats",
    ];
    let carol = fake.user_token(Fake::CAROL, &scopes);
    let again = client.clone();
    let stage = bench
        .stage(
            "vk, its fake under a set clock",
            community(&client),
            person(&client, Fake::BOB_TOKEN),
        )
        .stranger(person(&client, &carol))
        .again(move || community(&again))
        .impostor(impostor(&client))
        .place(sociable::Place::new(format!("id{}", Fake::ADMIN)))
        .community(format!("club{}", Fake::GROUP))
        .secret(Fake::GROUP_TOKEN)
        .secret(Fake::USER_TOKEN)
        .secret(Fake::SERVICE_TOKEN)
        .secret("vk1.a.not-a-token-of-anybody");
    (bench, stage, watched)
}
