//! X on its fake, as the behaviour suite wants it; every exchange is held to the contract.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use sociable::SocialNetwork;
use sociable::adapters::x::fake::{Fake, Plan};
use sociable::adapters::x::{Tier, X};
use sociable::client::{Client, SeededRandom};
use sociable::testing::stage::{Bench, Set};

use crate::contract::openapi::Contract;
use crate::contract::tally::Tally;
use crate::x_watch::Watched;

/// A community that posts can be sent to.
const COMMUNITY: &str = "1777000000000000900";

/// A token that nobody gave out.
const FORGED: &str = "not-a-token-of-anybody";

/// An account with its own token and the application's.
pub(crate) fn account(client: &Client, token: &str, tier: Tier) -> Arc<dyn SocialNetwork> {
    let x = X::builder()
        .bearer(Fake::BEARER)
        .user_token(token)
        .tier(tier)
        .client(client);
    Arc::new(x.build().unwrap())
}

fn impostor(client: &Client, tier: Tier) -> Arc<dyn SocialNetwork> {
    let x = X::builder()
        .bearer(FORGED)
        .user_token(FORGED)
        .tier(tier)
        .client(client);
    Arc::new(x.build().unwrap())
}

/// X on its fake, under a set clock and this plan.
pub(crate) fn on_fake(contract: Option<Contract>, tier: Tier) -> (Bench, Set, Fake, Arc<Watched>) {
    let fake = Fake::new();
    fake.set_plan(match tier {
        Tier::Enterprise => Plan::Enterprise,
        _ => Plan::PayPerUse,
    });
    let tally = Arc::new(Tally::default());
    let watched = Arc::new(Watched::new(fake.clone(), contract, tally));
    let bench = Bench::new(watched.clone()).unwrap();
    // Windows of a quarter of an hour are waited out, which costs nothing under a set clock.
    let client = Client::builder()
        .transport(bench.wire.clone())
        .clock(Arc::new(bench.clock.clone()))
        .random(Arc::new(SeededRandom::new(7)))
        .observer(bench.attempts.clone())
        .max_wait(Duration::from_secs(3600))
        .build()
        .unwrap();
    let again = client.clone();
    let stage = bench
        .stage(
            format!("x, its fake under a set clock, on the plan {tier}"),
            account(&client, Fake::ANNA_TOKEN, tier),
            account(&client, Fake::BOB_TOKEN, tier),
        )
        .stranger(account(&client, Fake::CAROL_TOKEN, tier))
        .again(move || account(&again, Fake::ANNA_TOKEN, tier))
        .impostor(impostor(&client, tier))
        .place(sociable::Place::new(COMMUNITY))
        .secret(Fake::ANNA_TOKEN)
        .secret(Fake::BOB_TOKEN)
        .secret(Fake::BEARER)
        .secret(FORGED);
    (bench, stage, fake, watched)
}
