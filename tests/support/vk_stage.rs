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
    (bench, stage, fake, watched)
}
