//! VK on its fake, as the behaviour suite wants it; every exchange is held to the contract.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use sociable::SocialNetwork;
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::Fake;
use sociable::client::{Client, Clock};
use sociable::testing::stage::{Bench, Set};

use crate::contract::vk::{Contract, Tally};
use crate::vk_watch::Watched;

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

/// What the fake delivers to the community's own server.
#[cfg(feature = "webhook")]
struct Deliveries {
    fake: Fake,
    webhook: Arc<dyn sociable::webhook::Webhook>,
    sent: std::sync::Mutex<Option<String>>,
}

#[cfg(feature = "webhook")]
impl Deliveries {
    const SECRET: &str = "the secret of the webhook";

    fn of(fake: &Fake) -> Self {
        fake.call_back(Fake::GROUP, Some(Self::SECRET));
        let code = fake.confirmation_code(Fake::GROUP);
        let webhook = sociable::adapters::vk::VkWebhook::new(Fake::GROUP, Self::SECRET, code);
        Self {
            fake: fake.clone(),
            webhook: Arc::new(webhook.unwrap()),
            sent: std::sync::Mutex::default(),
        }
    }
}

#[cfg(feature = "webhook")]
impl sociable::testing::stage::Pushes for Deliveries {
    fn webhook(&self) -> Arc<dyn sociable::webhook::Webhook> {
        self.webhook.clone()
    }

    fn delivery(&self) -> Option<http::Request<bytes::Bytes>> {
        let next = self.fake.deliveries(Fake::GROUP).into_iter().next()?;
        *self.sent.lock().unwrap() = Some(next.event_id);
        Some(http::Request::post("/").body(next.body).unwrap())
    }

    fn answered(&self, response: &http::Response<bytes::Bytes>) {
        let sent = self.sent.lock().unwrap().take();
        if let Some(id) = sent.filter(|_| response.status() == 200 && response.body() == "ok") {
            self.fake.confirm(Fake::GROUP, &id);
        }
    }

    fn forged(&self) -> Vec<(String, http::Request<bytes::Bytes>)> {
        let good = self.delivery().unwrap();
        let good: serde_json::Value = serde_json::from_slice(good.body()).unwrap();
        let with = |name: &str, value: serde_json::Value| {
            let mut forged = good.clone();
            forged[name] = value;
            let body = bytes::Bytes::from(forged.to_string());
            http::Request::post("/").body(body).unwrap()
        };
        vec![
            (
                "no secret".to_owned(),
                with("secret", serde_json::Value::Null),
            ),
            ("an empty secret".to_owned(), with("secret", "".into())),
            (
                "a wrong secret".to_owned(),
                with("secret", "another".into()),
            ),
            (
                "the beginning of the secret".to_owned(),
                with("secret", Self::SECRET[..10].into()),
            ),
            (
                "another community".to_owned(),
                with("group_id", (Fake::GROUP + 1).into()),
            ),
        ]
    }
}

/// VK on its fake, under a set clock: a community among persons.
pub(crate) fn on_fake(contract: Option<Contract>) -> (Bench, Set, Fake, Arc<Watched>) {
    let fake = Fake::new();
    let tally = Arc::new(Tally::default());
    let watched = Arc::new(Watched::new(fake.clone(), contract, tally));
    let bench = Bench::new(watched.clone()).unwrap();
    for user in [Fake::BOB, Fake::CAROL] {
        fake.allow_as(user, Fake::GROUP, true, bench.clock.now());
    }
    let client = bench.client.clone();
    let cut = fake.clone();
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
        .cutting(move || cut.forget_events(Fake::GROUP, 0))
        .place(sociable::Place::new(format!("id{}", Fake::ADMIN)))
        .community(format!("club{}", Fake::GROUP))
        .secret(Fake::GROUP_TOKEN)
        .secret(Fake::USER_TOKEN)
        .secret(Fake::SERVICE_TOKEN)
        .secret("vk1.a.not-a-token-of-anybody");
    #[cfg(feature = "webhook")]
    let stage = stage
        .pushes(Deliveries::of(&fake))
        .secret(Deliveries::SECRET);
    let own = crate::vk_cases::all(&fake, &bench, &watched);
    let stage = own.into_iter().fold(stage, Set::case);
    (bench, stage, fake, watched)
}
