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
    let cut = world.clone();
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
        .cutting(move || {
            cut.set_event_capacity(0);
            cut.set_event_capacity(10_000);
        })
        .community(community.as_str())
        .place(community.as_str());
    #[cfg(feature = "webhook")]
    let stage = stage
        .secret(pushed::SECRET)
        .pushes(pushed::Deliveries::of(&world, &client));
    (clock, stage)
}

#[cfg(feature = "webhook")]
mod pushed {
    use bytes::Bytes;
    use http::{HeaderValue, Request, Response};
    use sociable::adapters::memory::{Memory, MemoryWebhook};
    use sociable::testing::stage::Pushes;
    use sociable::webhook::Webhook;

    use super::*;

    pub(super) const SECRET: &str = "the secret of ann's webhook";

    /// What the embedded network delivers to ann.
    pub(super) struct Deliveries {
        world: World,
        webhook: Arc<MemoryWebhook>,
    }

    impl Deliveries {
        pub(super) fn of(world: &World, client: &Client) -> Self {
            world.subscribe("ann", "/hook", SECRET).unwrap();
            let ann = Memory::builder(world).account("ann").client(client);
            Self {
                world: world.clone(),
                webhook: Arc::new(ann.build().unwrap().webhook(SECRET)),
            }
        }
    }

    impl Pushes for Deliveries {
        fn webhook(&self) -> Arc<dyn Webhook> {
            self.webhook.clone()
        }

        fn delivery(&self) -> Option<Request<Bytes>> {
            self.world.delivery("ann")
        }

        fn answered(&self, response: &Response<Bytes>) {
            self.world.delivered("ann", response);
        }

        fn forged(&self) -> Vec<(String, Request<Bytes>)> {
            let good = self.world.delivery("ann").unwrap();
            let secret = |secret: Option<&str>| {
                let mut forged = good.clone();
                let fields = forged.headers_mut();
                fields.remove("memory-webhook-secret");
                if let Some(secret) = secret {
                    let secret = HeaderValue::from_str(secret).unwrap();
                    fields.insert("memory-webhook-secret", secret);
                }
                forged
            };
            let mut other = good.clone();
            let body = String::from_utf8(other.body().to_vec()).unwrap();
            let body = body.replacen(r#""account":"ann""#, r#""account":"bill""#, 1);
            *other.body_mut() = body.into();
            vec![
                ("no secret".to_owned(), secret(None)),
                ("an empty secret".to_owned(), secret(Some(""))),
                ("a wrong secret".to_owned(), secret(Some("another"))),
                (
                    "the beginning of the secret".to_owned(),
                    secret(Some(&SECRET[..10])),
                ),
                ("another account".to_owned(), other),
            ]
        }
    }
}

#[cfg(feature = "bluesky")]
pub(crate) use bluesky::*;

#[cfg(feature = "bluesky")]
mod bluesky {
    use std::collections::{BTreeMap, VecDeque};
    use std::sync::{Mutex, PoisonError};

    use bytes::Bytes;
    use futures_util::future::BoxFuture;
    use futures_util::{FutureExt, StreamExt, TryStreamExt};
    use http::header::CONTENT_TYPE;
    use sociable::adapters::bluesky::Bluesky;
    use sociable::adapters::bluesky::fake::Fake;
    use sociable::client::{
        Disturbance, Incoming, Outgoing, OutgoingBody, RetryPolicy, Service, Transport,
        TransportError,
    };
    use sociable::testing::loopback::Loopback;
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
            // The lexicon names no parameters of this method; the service wants them, as its guide says.
            if !refused && nsid != "app.bsky.video.uploadVideo" {
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

    /// Builds identities of a fake; without the service for messages they have none.
    pub(crate) fn identity(
        client: &Client,
        server: &str,
        chat: Option<&str>,
        handle: &str,
        password: &str,
    ) -> Arc<dyn SocialNetwork> {
        let builder = Bluesky::builder(server)
            .identifier(handle)
            .password(password)
            .token_store(Arc::new(sociable::store::MemoryStore::new()))
            .client(client);
        let builder = match chat {
            Some(chat) => builder.chat(chat),
            None => builder,
        };
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
        let of = |handle: &str| identity(&client, SERVER, Some(CHAT), handle, Fake::PASSWORD);
        let (expired, cut) = (fake.clone(), fake.clone());
        let again = client.clone();
        let stage = bench
            .stage(
                "bluesky, its fake under a set clock",
                of("alice.test"),
                of("bob.test"),
            )
            .stranger(of("carol.test"))
            .again(move || identity(&again, SERVER, Some(CHAT), "alice.test", Fake::PASSWORD))
            .impostor(identity(
                &client,
                SERVER,
                Some(CHAT),
                "alice.test",
                "not-the-password",
            ))
            .expiring(move || expired.expire_access("alice.test"))
            .cutting(move || cut.forget_notifications("alice.test"))
            .secret(Fake::PASSWORD)
            .secret("not-the-password");
        let own = crate::bluesky_cases::all(fake, &bench);
        let stage = own.into_iter().fold(stage, Set::case);
        (bench, stage, watched)
    }

    /// What a started server tells of itself, or `None` after a line that says that `test` was passed over.
    pub(crate) fn server(variable: &str, test: &str) -> Option<BTreeMap<String, String>> {
        let Some(path) = std::env::var_os(variable) else {
            assert!(
                std::env::var_os("CI").is_none_or(|v| v.is_empty() || v == "false"),
                "CI is set, but {variable} names no server"
            );
            println!("passed over: {test} ({variable} names no running server)");
            return None;
        };
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{variable}: {e}"));
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Some(
            pairs
                .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
                .collect(),
        )
    }

    /// Sends over the network, and checks what goes out and what comes back against the lexicons.
    #[derive(Debug)]
    struct Checking {
        http: reqwest::Client,
        lexicons: Option<Lexicons>,
        wrong: Wrong,
        /// What happens to the next requests, as in a network that loses and breaks things.
        disturbances: Disturbances,
    }

    type Disturbances = Arc<Mutex<VecDeque<Disturbance>>>;

    impl Checking {
        fn disturbance(&self) -> Option<Disturbance> {
            let mut waiting = self.disturbances.lock();
            waiting.as_mut().unwrap().pop_front()
        }

        fn note(&self, what: &str, found: Result<(), Vec<String>>) {
            if let Err(found) = found {
                let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
                wrong.extend(found.into_iter().map(|w| format!("{what}: {w}")));
            }
        }

        async fn carry(&self, request: Outgoing) -> Result<Incoming, TransportError> {
            let disturbance = self.disturbance();
            let lost = || TransportError::maybe_sent("the connection broke");
            let of = |status: u16, headers: http::HeaderMap, body: Bytes| {
                let status = http::StatusCode::from_u16(status).unwrap();
                let pieces = futures_util::stream::iter([Ok(body)]);
                Incoming::new(status, headers, pieces.boxed())
            };
            match &disturbance {
                Some(Disturbance::Refuse) => return Err(TransportError::not_sent("refused")),
                Some(Disturbance::LoseRequest) => return Err(lost()),
                Some(Disturbance::StatusInstead(status)) => {
                    return Ok(of(*status, http::HeaderMap::new(), Bytes::new()));
                }
                Some(Disturbance::Answer {
                    status,
                    headers,
                    body,
                }) => {
                    return Ok(of(*status, headers.clone(), body.clone()));
                }
                _ => {}
            }
            let (method, url) = (request.method.clone(), request.url.clone());
            let kind = |headers: &http::HeaderMap| {
                let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
                Some(kind.to_owned())
            };
            let asked = kind(&request.headers);
            let body = match request.body {
                OutgoingBody::Bytes(bytes) => bytes,
                OutgoingBody::Stream { stream, .. } => {
                    let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
                    pieces.concat().into()
                }
                _ => Bytes::new(),
            };
            let nsid = url.path().trim_start_matches("/xrpc/").to_owned();
            let target = match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            };
            let mut out = self
                .http
                .request(method.clone(), url)
                .headers(request.headers);
            if method != http::Method::GET {
                out = out.body(body.clone());
            }
            let gone = |e: reqwest::Error| TransportError::maybe_sent(e.without_url().to_string());
            let answer = out.send().await.map_err(gone)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let answered = answer.bytes().await.map_err(gone)?;
            if let Some(lexicons) = &self.lexicons {
                let strict = lexicons;
                // Ids and cursors that are none are sent on purpose, and refused.
                if !status.is_client_error() && !status.is_server_error() {
                    let found =
                        strict.check_request(method.as_str(), &target, asked.as_deref(), &body);
                    self.note(&format!("request {nsid}"), found);
                    // Real servers may know more than our copy of the lexicons does.
                    let found = lexicons.lenient().check_response(
                        &nsid,
                        status.as_u16(),
                        kind(&headers).as_deref(),
                        &answered,
                    );
                    self.note(&format!("answer {nsid}"), found);
                }
            }
            let pieces = match disturbance {
                Some(Disturbance::LoseAnswer) => return Err(lost()),
                Some(Disturbance::Hang) => return std::future::pending().await,
                Some(Disturbance::StatusAfter(status)) => {
                    return Ok(of(status, http::HeaderMap::new(), Bytes::new()));
                }
                Some(Disturbance::Garbage(garbage)) => vec![Ok(garbage)],
                Some(Disturbance::Truncate) => {
                    vec![Ok(answered.slice(..answered.len() / 2)), Err(lost())]
                }
                Some(Disturbance::Endless) => vec![Ok(Bytes::from(vec![b' '; 32 << 20]))],
                _ => vec![Ok(answered)],
            };
            let pieces = futures_util::stream::iter(pieces);
            Ok(Incoming::new(status, headers, pieces.boxed()))
        }
    }

    impl Transport for Checking {
        fn send<'a>(
            &'a self,
            request: Outgoing,
        ) -> BoxFuture<'a, Result<Incoming, TransportError>> {
            self.carry(request).boxed()
        }
    }

    /// What the contract checks found wrong.
    pub(crate) type Wrong = Arc<Mutex<Vec<String>>>;

    /// Bluesky on a real server, as its start script tells of it.
    pub(crate) fn on_server(
        name: &str,
        server: &BTreeMap<String, String>,
        lexicons: Option<Lexicons>,
    ) -> (Set, Wrong) {
        // The first client of the library chooses the provider of cryptography, which reqwest by itself does not.
        Client::new().unwrap();
        let (wrong, disturbances) = (Wrong::default(), Disturbances::default());
        let attempts = Arc::new(Attempts::new());
        let client = Client::builder()
            .transport(Arc::new(Checking {
                http: reqwest::Client::builder()
                    .redirect(reqwest::redirect::Policy::none())
                    .no_proxy()
                    .build()
                    .unwrap(),
                lexicons,
                wrong: Arc::clone(&wrong),
                disturbances: Arc::clone(&disturbances),
            }))
            .observer(attempts.clone())
            .retry(RetryPolicy::new().base(Duration::from_millis(50)))
            .attempt_timeout(Duration::from_secs(2))
            .call_timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let of = |number: u32, password: &str| -> Arc<dyn SocialNetwork> {
            let builder = Bluesky::builder(&server["BASE_URL"])
                .identifier(server[&format!("ACCOUNT{number}_HANDLE")].as_str())
                .password(password)
                .token_store(Arc::new(sociable::store::MemoryStore::new()))
                .client(&client);
            Arc::new(builder.build().unwrap())
        };
        let password = |number: u32| server[&format!("ACCOUNT{number}_PASSWORD")].clone();
        let again = of(1, &password(1));
        let calmed = Arc::clone(&disturbances);
        let stage = Set::new(name, of(1, &password(1)), of(2, &password(2)))
            .attempts(attempts)
            .again(move || Arc::clone(&again))
            .impostor(of(1, "not-the-password"))
            .pause(Duration::from_millis(60))
            .patience(150)
            .disturbed_by(
                move |disturbance| {
                    disturbances.lock().unwrap().push_back(disturbance);
                    true
                },
                move || calmed.lock().unwrap().clear(),
            )
            .secret(password(1))
            .secret(password(2))
            .secret("not-the-password");
        (stage, wrong)
    }

    /// A server on loopback that several hold.
    pub(crate) struct Held(Arc<Loopback>);

    impl Held {
        /// Ends the server, once nobody else holds it.
        pub(crate) async fn shutdown(self) {
            let loopback = Arc::into_inner(self.0).expect("the stage is gone");
            loopback.shutdown().await;
        }
    }

    /// Bluesky on its fake, over real sockets and in real time.
    pub(crate) async fn over_sockets(fake: &Fake) -> (Held, Set) {
        let clock = Arc::new(sociable::client::SystemClock::new());
        let served = Loopback::serve(Arc::new(fake.clone()), clock).await;
        let loopback = Arc::new(served.unwrap());
        let attempts = Arc::new(Attempts::new());
        let client = Client::builder()
            .observer(attempts.clone())
            .no_proxy()
            .attempt_timeout(Duration::from_millis(600))
            .retry(RetryPolicy::new().base(Duration::from_millis(20)))
            .call_timeout(Duration::from_secs(20))
            .max_response(1 << 20)
            .build()
            .unwrap();
        let url = loopback.url().to_owned();
        // Messages are paced at one in 15 seconds, which real time is too dear for.
        let of = |handle: &str| identity(&client, &url, None, handle, Fake::PASSWORD);
        let (disturbed, calmed) = (Arc::clone(&loopback), Arc::clone(&loopback));
        let (expired, cut) = (fake.clone(), fake.clone());
        let stage = Set::new(
            "bluesky, its fake over sockets",
            of("alice.test"),
            of("bob.test"),
        )
        .stranger(of("carol.test"))
        .attempts(attempts)
        .pause(Duration::from_millis(15))
        .impostor(identity(
            &client,
            &url,
            None,
            "alice.test",
            "not-the-password",
        ))
        .disturbed_by(
            move |disturbance| {
                disturbed.disturb(disturbance);
                true
            },
            move || calmed.calm(),
        )
        .expiring(move || expired.expire_access("alice.test"))
        .cutting(move || cut.forget_notifications("alice.test"))
        .secret(Fake::PASSWORD)
        .secret("not-the-password");
        (Held(loopback), stage)
    }
}
