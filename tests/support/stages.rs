//! The stages of the house's own networks.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::World;
use sociable::client::{Client, SeededRandom, SetClock};
use sociable::jiff::Timestamp;
use sociable::testing::stage::{Attempts, Set};
use sociable::{
    AccountRef, Currency, Draft, Engagement, Money, Period, SocialNetwork, Target, Trend,
};

/// The embedded network under a set clock.
pub(crate) async fn memory() -> (SetClock, Set) {
    let clock = SetClock::at("2026-03-14T09:26:53.589Z".parse::<Timestamp>().unwrap());
    let world = World::with_clock(Arc::new(clock.clone()));
    for name in ["ann", "bill", "carla", "dora"] {
        world.add_account(name);
    }
    world.lock_out("dora", true);
    let community = world.add_community("plaza");
    world.set_trend(Trend::new("#spring").rank(1_u32));
    world.set_trend(Trend::new("#tea").rank(2_u32));
    let attempts = Arc::new(Attempts::new());
    let client = Client::builder()
        .clock(Arc::new(clock.clone()))
        .transport(world.transport())
        .random(Arc::new(SeededRandom::new(7)))
        .observer(attempts.clone())
        .build()
        .unwrap();
    let (home, way) = (world.clone(), client.clone());
    let identity = move |name: &str| -> Arc<dyn SocialNetwork> {
        let builder = sociable::adapters::memory::Memory::builder(&home);
        Arc::new(builder.account(name).client(&way).build().unwrap())
    };
    let me = identity("ann");
    // Who writes on a community's wall belongs to it.
    let wall = Target::Account(AccountRef::from(&community));
    me.engage(&wall, &Engagement::follow()).await.unwrap();
    for (name, days) in [("first", 2), ("second", 5)] {
        let post = clock
            .drive(me.publish(&Draft::text(format!("The {name} advertisement."))))
            .await
            .unwrap();
        let now = sociable::client::Clock::now(&clock);
        let day = Duration::from_secs(24 * 3600);
        let period = Period::new(
            now.checked_sub(day * days).unwrap(),
            now.checked_add(day * days).unwrap(),
        );
        let budget = Money::minor(5000, Currency::EUR);
        world.promote(&post.id, name, period, budget).unwrap();
    }
    let (disturbed, calmed, expired) = (world.clone(), world.clone(), world.clone());
    let stage = Set::new("memory, under a set clock", me, identity("bill"))
        .stranger(identity("carla"))
        .impostor(identity("dora"))
        .secret("the password of ann")
        .secret("the password of dora")
        .again(move || identity("ann"))
        .attempts(attempts)
        .set_clock(clock.clone())
        .disturbed_by(
            move |disturbance| {
                disturbed.disturb(disturbance);
                true
            },
            move || calmed.transport().calm(),
        )
        .expiring(move || expired.expire_sessions("ann"))
        .community(community.as_str())
        .place(community.as_str());
    (clock, stage)
}

#[cfg(feature = "bluesky")]
pub(crate) use bluesky::*;

#[cfg(feature = "bluesky")]
mod bluesky {
    use std::sync::{Mutex, PoisonError};

    use bytes::Bytes;
    use http::header::CONTENT_TYPE;
    use sociable::adapters::bluesky::Bluesky;
    use sociable::adapters::bluesky::fake::Fake;
    use sociable::client::Service;
    use sociable::testing::stage::Bench;

    use super::*;
    use crate::contract::lexicon::Lexicons;

    /// What the in-process servers are called.
    pub(crate) const SERVER: &str = "https://pds.test";
    /// The service that carries messages.
    pub(crate) const CHAT: &str = "did:web:api.bsky.chat#bsky_chat";

    /// A service whose requests and answers are checked against the lexicons.
    pub(crate) struct Watched {
        fake: Fake,
        lexicons: Option<Lexicons>,
        wrong: Mutex<Vec<String>>,
    }

    impl Watched {
        pub(crate) fn new(fake: Fake, lexicons: Option<Lexicons>) -> Arc<Self> {
            Arc::new(Self {
                fake,
                lexicons,
                wrong: Mutex::default(),
            })
        }

        /// What was found wrong, each thing once.
        pub(crate) fn wrong(&self) -> Vec<String> {
            let mut wrong = self
                .wrong
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            wrong.sort();
            wrong.dedup();
            wrong
        }

        fn note(&self, what: &str, found: Result<(), Vec<String>>) {
            if let Err(found) = found {
                let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
                wrong.extend(found.into_iter().map(|w| format!("{what}: {w}")));
            }
        }
    }

    impl Service for Watched {
        fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
            let answer = self.fake.answer(request, now);
            let Some(lexicons) = &self.lexicons else {
                return answer;
            };
            fn kind(headers: &http::HeaderMap) -> Option<&str> {
                headers.get(CONTENT_TYPE)?.to_str().ok()
            }
            let path = request
                .uri()
                .path_and_query()
                .map_or("", |path| path.as_str());
            let nsid = request.uri().path().trim_start_matches("/xrpc/");
            let asked = lexicons.check_request(
                request.method().as_str(),
                path,
                kind(request.headers()),
                request.body(),
            );
            // What the server refuses as badly formed was meant to be: bad cursors, and ids that are none.
            let refused = answer.status() == http::StatusCode::BAD_REQUEST;
            if !refused {
                self.note(&format!("request {nsid}"), asked);
            }
            let answered = lexicons.check_response(
                nsid,
                answer.status().as_u16(),
                kind(answer.headers()),
                answer.body(),
            );
            self.note(&format!("answer {nsid}"), answered);
            answer
        }
    }

    /// Builds identities of a fake.
    pub(crate) fn identity(
        client: &Client,
        server: &str,
        handle: &str,
        password: &str,
    ) -> Arc<dyn SocialNetwork> {
        let builder = Bluesky::builder(server)
            .identifier(handle)
            .password(password)
            .chat(CHAT)
            .token_store(Arc::new(sociable::store::MemoryStore::new()))
            .client(client);
        Arc::new(builder.build().unwrap())
    }

    /// A fake as the suite wants it: messages from everybody, and an index that lags behind a little.
    pub(crate) fn fake() -> Fake {
        Fake::builder()
            .chat_open_to_all()
            .index_lag(sociable::jiff::SignedDuration::from_millis(700))
            .build()
    }

    /// Bluesky on its fake, under a set clock.
    pub(crate) fn on_fake(fake: &Fake, lexicons: Option<Lexicons>) -> (Bench, Set, Arc<Watched>) {
        let watched = Watched::new(fake.clone(), lexicons);
        let bench = Bench::new(watched.clone()).unwrap();
        let client = bench.client.clone();
        let of = |handle: &str| identity(&client, SERVER, handle, Fake::PASSWORD);
        let expired = fake.clone();
        let again = client.clone();
        let stage = bench
            .stage(
                "bluesky, its fake under a set clock",
                of("alice.test"),
                of("bob.test"),
            )
            .stranger(of("carol.test"))
            .again(move || identity(&again, SERVER, "alice.test", Fake::PASSWORD))
            .impostor(identity(&client, SERVER, "alice.test", "not-the-password"))
            .expiring(move || expired.expire_access("alice.test"))
            .secret(Fake::PASSWORD)
            .secret("not-the-password");
        (bench, stage, watched)
    }
}
