//! The fake under a set clock, and the identities that ask it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sociable::adapters::x::fake::{Fake, Plan};
use sociable::adapters::x::{AccessToken, ConsumerKey, Tier, X, XBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock};
use sociable::jiff::{SignedDuration, Timestamp};

use crate::contract;
use crate::contract::openapi::Contract;
use crate::contract::tally::Tally;
use crate::x_watch::Watched;

/// The contract, read once; says so and answers nothing where this machine has none.
pub(crate) fn x() -> Option<&'static Contract> {
    static READ: OnceLock<Option<Contract>> = OnceLock::new();
    READ.get_or_init(|| contract::x("what the adapter reads against X's contract").unwrap())
        .as_ref()
}

pub(crate) fn clock() -> SetClock {
    SetClock::at("2026-11-23T12:00:00Z".parse().unwrap())
}

pub(crate) fn client(service: Arc<dyn Service>, clock: &SetClock) -> Client {
    let wire = InProcess::new(service, Arc::new(clock.clone()));
    Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(3)))
        .max_wait(Duration::from_secs(48 * 3600))
        .build()
        .unwrap()
}

/// Whoever has a token of each kind, on the largest plan.
pub(crate) fn whole(client: &Client) -> XBuilder {
    X::builder()
        .bearer(Fake::BEARER)
        .consumer(ConsumerKey::new(Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET))
        .access_token(AccessToken::new(Fake::ANNA_OAUTH1.0, Fake::ANNA_OAUTH1.1))
        .user_token(Fake::ANNA_TOKEN)
        .tier(Tier::Enterprise)
        .client(client)
}

pub(crate) struct Net {
    pub(crate) fake: Fake,
    pub(crate) clock: SetClock,
    pub(crate) client: Client,
    watched: Arc<Watched>,
    pub(crate) tally: Arc<Tally>,
}

impl Net {
    pub(crate) fn new() -> Self {
        let fake = Fake::new();
        fake.set_plan(Plan::Enterprise);
        fake.limits(false);
        let clock = clock();
        let tally = Arc::new(Tally::default());
        let watched = Watched::new(fake.clone(), x().cloned(), Arc::clone(&tally));
        let watched = Arc::new(watched);
        let client = client(Arc::clone(&watched) as Arc<dyn Service>, &clock);
        Self {
            fake,
            clock,
            client,
            watched,
            tally,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time passes.
    pub(crate) fn seconds(&self, seconds: i64) {
        let time = SignedDuration::from_secs(seconds).unsigned_abs();
        self.clock.advance(time);
    }

    pub(crate) fn builder(&self) -> XBuilder {
        whole(&self.client)
    }

    /// Another account.
    pub(crate) fn as_user(&self, token: &str) -> X {
        let x = X::builder().bearer(Fake::BEARER).user_token(token);
        let x = x.tier(Tier::Enterprise).client(&self.client);
        x.build().unwrap()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // What failed already is told first.
        if !std::thread::panicking() {
            let wrong = self.watched.wrong();
            assert!(wrong.is_empty(), "against the contract: {wrong:#?}");
            let complaints = self.fake.complaints();
            assert!(complaints.is_empty(), "{complaints:#?}");
        }
    }
}
