//! The webhook room: what is refused, what is known again, and that nothing is answered for before it is kept.
#![cfg(all(feature = "webhook", feature = "memory"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, join, poll};
use http::{Method, Request, Response, StatusCode, header};
use sociable::adapters::memory::World;
use sociable::client::{Clock, SetClock};
use sociable::jiff::Timestamp;
use sociable::store::{KeyValue, MemoryStore, Versioned};
use sociable::webhook::{
    Delivery, Pushed, Received, Receiver, ReceiverBuilder, Webhook, of_another, read_json,
    same_secret, wrong_secret,
};
use sociable::*;

const SECRET: &str = "s3cret-of-the-webhook";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A webhook whose deliveries are lists of ids, told apart by their path.
#[derive(Debug)]
struct Lists(Secret);

impl Webhook for Lists {
    fn receive(&self, request: &Request<Bytes>, _: Timestamp) -> Result<Delivery> {
        let sent = request.headers().get("secret");
        if !sent.is_some_and(|sent| same_secret(sent.as_bytes(), &self.0)) {
            return Err(wrong_secret("lists"));
        }
        match request.uri().path() {
            "/hello" => return Ok(Delivery::handshake("hello yourself")),
            "/later" => return Err(Error::new(ErrorKind::Unavailable, "not now")),
            "/elsewhere" => return Err(of_another("lists", "another list")),
            _ => {}
        }
        let ids: Vec<String> = read_json("lists", request.body())?;
        let event = |id: &String| Event::new(id.as_str(), id.as_str(), EventKind::Like);
        let events = ids.iter().map(event);
        let answer = Response::new(Bytes::from_static(b"ok"));
        Ok(Delivery::new(events.collect()).answer(answer))
    }
}

fn clock() -> SetClock {
    SetClock::at("2026-03-14T09:26:53Z".parse().unwrap())
}

fn builder(clock: &SetClock) -> ReceiverBuilder {
    Receiver::builder(Lists(Secret::new(SECRET))).clock(Arc::new(clock.clone()))
}

fn to(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let request = Request::post(path).header("secret", SECRET);
    request.body(body.into()).unwrap()
}

fn ids(ids: &[&str]) -> Request<Bytes> {
    to("/", serde_json::to_vec(ids).unwrap())
}

/// A program that keeps ids, and fails at some of them.
#[derive(Clone, Default)]
struct Program {
    kept: Arc<Mutex<Vec<String>>>,
    fails_at: Arc<Mutex<Option<String>>>,
}

impl Program {
    fn receiver(&self, builder: ReceiverBuilder) -> Receiver {
        let program = self.clone();
        builder.sink(move |event| {
            let program = program.clone();
            async move {
                let id = event.id.into_string();
                if program.fails_at.lock().unwrap().as_ref() == Some(&id) {
                    return Err(Error::new(ErrorKind::Unavailable, "the disk is full"));
                }
                program.kept.lock().unwrap().push(id);
                Ok(())
            }
        })
    }

    fn kept(&self) -> Vec<String> {
        self.kept.lock().unwrap().clone()
    }
}

fn status(received: &Received) -> u16 {
    received.response.status().as_u16()
}

#[tokio::test]
async fn what_is_taken_is_answered_as_the_network_wants_it() {
    let program = Program::default();
    let receiver = program.receiver(builder(&clock()));
    let received = receiver.receive(&ids(&["1", "2"])).await;
    assert_eq!(status(&received), 200);
    assert_eq!(received.response.body().as_ref(), b"ok");
    assert_eq!((received.taken, received.repeated), (2, 0));
    assert!(received.error.is_none());
    assert_eq!(program.kept(), ["1", "2"]);
    let hello = receiver.receive(&to("/hello", "")).await;
    assert_eq!(hello.response.body().as_ref(), b"hello yourself");
    assert_eq!(hello.taken, 0);
}

#[tokio::test]
async fn each_refusal_has_its_status_and_its_error_and_tells_the_sender_nothing() {
    let program = Program::default();
    let receiver = program.receiver(builder(&clock()));
    let mut without = ids(&["1"]);
    without.headers_mut().clear();
    let mut wrong = ids(&["1"]);
    let almost = SECRET[..SECRET.len() - 1].parse().unwrap();
    wrong.headers_mut().insert("secret", almost);
    let mut get = ids(&["1"]);
    *get.method_mut() = Method::GET;
    let quoted = format!(r#"["{SECRET}", 7]"#);
    let cases = [
        ("no secret", without, 403, "Unauthorized"),
        ("a wrong secret", wrong, 403, "Unauthorized"),
        ("another list", to("/elsewhere", "[]"), 404, "NotFound"),
        ("not JSON", to("/", "{not"), 400, "Decode"),
        ("nothing", to("/", ""), 400, "Decode"),
        ("JSON of another kind", to("/", quoted), 400, "Decode"),
        ("10 MB", to("/", vec![b'['; 10_000_000]), 413, "Invalid"),
        ("another method", get, 405, "Invalid"),
        ("trouble of ours", to("/later", "[]"), 503, "Unavailable"),
    ];
    for (what, request, wanted, kind) in cases {
        let received = receiver.receive(&request).await;
        assert_eq!(status(&received), wanted, "{what}");
        let error = received.error.as_ref().unwrap();
        assert_eq!(error.kind().name(), kind, "{what}");
        assert!(received.response.body().is_empty(), "{what}");
        let shown = format!("{error} {error:?} {received:?} {receiver:?}");
        assert!(!shown.contains(SECRET), "{what}: {shown}");
        let headers = received.response.headers();
        assert_eq!(headers.contains_key(header::ALLOW), wanted == 405, "{what}");
        assert_eq!(
            headers.contains_key(header::RETRY_AFTER),
            wanted == 503,
            "{what}"
        );
    }
    assert!(program.kept().is_empty());
}

#[test]
fn a_secret_is_right_as_a_whole_or_not_at_all() {
    let secret = Secret::new(SECRET);
    assert!(same_secret(SECRET, &secret));
    for wrong in ["", "s", "S3cret-of-the-webhook", "s3cret-of-the-webhook "] {
        assert!(!same_secret(wrong, &secret), "{wrong}");
    }
    assert!(
        !same_secret("", &Secret::new("")),
        "an empty one is nobody's"
    );
}

/// A body in pieces that counts how many were asked for, and may break.
struct Pieces {
    announced: Option<u64>,
    left: usize,
    breaks: bool,
    asked: Arc<AtomicUsize>,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<http_body::Frame<Bytes>>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.left == 0 {
            let broken = self.breaks.then(|| Err(std::io::Error::other("cut")));
            return Poll::Ready(broken);
        }
        self.left -= 1;
        let piece = http_body::Frame::data(Bytes::from_static(&[b' '; 1000]));
        Poll::Ready(Some(Ok(piece)))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self.announced {
            Some(bytes) => http_body::SizeHint::with_exact(bytes),
            None => http_body::SizeHint::default(),
        }
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_read_no_further() {
    let receiver = Program::default().receiver(builder(&clock()).body_limit(10_000));
    let send = async |announced, left, breaks| {
        let asked = Arc::new(AtomicUsize::new(0));
        let body = Pieces {
            announced,
            left,
            breaks,
            asked: Arc::clone(&asked),
        };
        let request = Request::post("/").header("secret", SECRET);
        let received = receiver.accept(request.body(body).unwrap()).await;
        (status(&received), asked.load(Ordering::Relaxed))
    };
    assert_eq!(send(Some(10_001), 11, false).await, (413, 0), "announced");
    assert_eq!(send(None, 1_000_000, false).await, (413, 11), "endless");
    assert_eq!(send(None, 10, false).await, (400, 11), "just so much");
    assert_eq!(send(Some(3000), 2, true).await, (400, 3), "broken");
}

#[tokio::test]
async fn a_server_passes_its_request_and_gets_the_answer() {
    let receiver = Program::default().receiver(builder(&clock()));
    let (head, _) = ids(&[]).into_parts();
    let request = Request::from_parts(head, r#"["1"]"#.to_owned());
    let response = receiver.handle(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.body().as_ref(), b"ok");
}

#[tokio::test]
async fn what_the_program_did_not_take_comes_again_and_the_rest_does_not() {
    let clock = clock();
    let program = Program::default();
    let receiver = program.receiver(builder(&clock).retry_after(Duration::from_millis(1500)));
    *program.fails_at.lock().unwrap() = Some("2".to_owned());
    let failed = receiver.receive(&ids(&["1", "2", "3"])).await;
    assert_eq!(status(&failed), 503);
    assert_eq!(failed.response.headers()[header::RETRY_AFTER], "2");
    assert_eq!((failed.taken, failed.repeated), (1, 0));
    assert_eq!(failed.error.unwrap().message(), "the disk is full");
    assert_eq!(program.kept(), ["1"], "in order: nothing after what failed");
    *program.fails_at.lock().unwrap() = None;
    let again = receiver.receive(&ids(&["1", "2", "3"])).await;
    assert_eq!(status(&again), 200);
    assert_eq!((again.taken, again.repeated), (2, 1));
    assert_eq!(program.kept(), ["1", "2", "3"]);
}

#[tokio::test]
async fn the_network_is_asked_to_come_when_the_program_can_take_it() {
    let clock = clock();
    let at = clock.now().checked_add(Duration::from_secs(300)).unwrap();
    let full = move || Error::new(ErrorKind::RateLimited, "later").with_retry_at(at);
    let receiver = builder(&clock).sink(move |_| std::future::ready(Err(full())));
    let received = receiver.receive(&ids(&["1"])).await;
    assert_eq!(received.response.headers()[header::RETRY_AFTER], "300");
}

#[tokio::test]
async fn an_event_is_known_again_for_a_day_and_not_for_ever() {
    let clock = clock();
    let program = Program::default();
    let receiver = program.receiver(builder(&clock));
    receiver.receive(&ids(&["1"])).await;
    clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(receiver.receive(&ids(&["1"])).await.repeated, 1);
    // Others come, day by day.
    for other in ["2", "3"] {
        clock.advance(DAY);
        receiver.receive(&ids(&[other])).await;
    }
    assert_eq!(receiver.receive(&ids(&["1"])).await.taken, 1);
}

#[tokio::test]
async fn a_store_knows_events_beyond_a_restart_for_a_day_and_stays_small() {
    let clock = clock();
    let counted = Arc::new(Counted::default());
    let store: Arc<dyn KeyValue> = counted.clone();
    let build = |name: &str| {
        let builder = builder(&clock).store(Arc::clone(&store), name);
        Program::default().receiver(builder.remember(256))
    };
    build("one").receive(&ids(&["1", "2"])).await;
    let after = build("one").receive(&ids(&["1", "2", "3"])).await;
    assert_eq!((after.taken, after.repeated), (1, 2));
    let other = build("two").receive(&ids(&["1"])).await;
    assert_eq!(other.taken, 1, "another webhook's ids are others");
    clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(build("one").receive(&ids(&["1"])).await.repeated, 1);
    clock.advance(Duration::from_secs(2));
    assert_eq!(build("one").receive(&ids(&["1"])).await.taken, 1);

    let receiver = build("many");
    for n in 0..5000 {
        receiver.receive(&ids(&[&n.to_string()])).await;
    }
    assert!(counted.keys("webhook/many/") <= 256);
    assert!(counted.longest() < 400, "{} bytes", counted.longest());
}

#[tokio::test]
async fn processes_that_share_a_store_lose_no_id() {
    let clock = clock();
    let counted = Arc::new(Counted::default());
    let store: Arc<dyn KeyValue> = counted.clone();
    let build = || {
        let builder = builder(&clock).store(Arc::clone(&store), "shared");
        Program::default().receiver(builder)
    };
    let processes: Vec<Receiver> = (0..40).map(|_| build()).collect();
    let id = |round: usize, process: usize| ids(&[&format!("{round}/{process}")]);
    for round in 0..5 {
        // All at once: each reads before the others have written.
        let at_once = processes.iter().enumerate().map(|(number, process)| {
            let request = id(round, number);
            async move { process.receive(&request).await }
        });
        for received in futures_util::future::join_all(at_once).await {
            assert!(received.error.is_none(), "{received:?}");
        }
    }
    let beaten = counted.beaten.load(Ordering::Relaxed);
    assert!(beaten > 0, "nobody was in another's way");
    let later = build();
    for round in 0..5 {
        for process in 0..40 {
            let received = later.receive(&id(round, process)).await;
            assert_eq!(received.repeated, 1, "{round}/{process}");
        }
    }
}

#[tokio::test]
async fn without_its_store_nothing_is_taken_and_what_was_taken_is_not_refused() {
    let clock = clock();
    let store = Arc::new(Counted::default());
    let program = Program::default();
    let receiver = program.receiver(builder(&clock).store(store.clone(), "one"));
    // It cannot be told whether it was taken before.
    store.fail(true, true);
    let unknown = receiver.receive(&ids(&["1"])).await;
    assert_eq!((status(&unknown), unknown.taken), (503, 0));
    assert!(program.kept().is_empty());
    // The program has it: the network must not send it again.
    store.fail(false, true);
    let taken = receiver.receive(&ids(&["1"])).await;
    assert_eq!((status(&taken), taken.taken), (200, 1));
    assert!(taken.error.is_some(), "it is said that it was not noted");
    assert_eq!(receiver.receive(&ids(&["1"])).await.repeated, 1);
}

/// A store that can be looked at, and that can fail.
#[derive(Debug, Default)]
struct Counted {
    store: MemoryStore,
    values: Mutex<std::collections::BTreeMap<String, usize>>,
    fails: Mutex<(bool, bool)>,
    /// How often somebody else was faster.
    beaten: AtomicUsize,
}

impl Counted {
    fn fail(&self, reading: bool, writing: bool) {
        *self.fails.lock().unwrap() = (reading, writing);
    }

    fn keys(&self, start: &str) -> usize {
        let values = self.values.lock().unwrap();
        values.keys().filter(|key| key.starts_with(start)).count()
    }

    fn longest(&self) -> usize {
        let values = self.values.lock().unwrap();
        values.values().copied().max().unwrap_or_default()
    }
}

fn gone<T>(gone: bool, other: T) -> Result<T> {
    if gone {
        return Err(Error::new(ErrorKind::Unavailable, "the store is gone"));
    }
    Ok(other)
}

#[async_trait]
impl KeyValue for Counted {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        let fails = self.fails.lock().unwrap().0;
        let value = self.store.get(key).await?;
        tokio::task::yield_now().await;
        gone(fails, value)
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        let fails = self.fails.lock().unwrap().1;
        gone(fails, ())?;
        let (name, length) = (key.to_owned(), value.len());
        self.values.lock().unwrap().insert(name, length);
        let written = self.store.put(key, value, expected).await?;
        let beaten = usize::from(written.is_none());
        self.beaten.fetch_add(beaten, Ordering::Relaxed);
        Ok(written)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.store.remove(key).await
    }
}

async fn id(stream: &mut Pushed) -> String {
    stream.next().await.unwrap().unwrap().id.into_string()
}

#[tokio::test]
async fn a_stream_answers_for_an_event_when_the_next_is_asked_for() {
    let (receiver, mut stream) = builder(&clock()).stream();
    let request = ids(&["1", "2"]);
    let mut answer = Box::pin(receiver.receive(&request));
    assert!(poll!(&mut answer).is_pending());
    assert_eq!(id(&mut stream).await, "1");
    assert!(
        poll!(&mut answer).is_pending(),
        "the first is being dealt with"
    );
    assert!(
        poll!(stream.next()).is_pending(),
        "the second is on its way"
    );
    assert!(poll!(&mut answer).is_pending());
    assert_eq!(id(&mut stream).await, "2");
    assert!(poll!(&mut answer).is_pending(), "so is the second");
    assert!(poll!(stream.next()).is_pending());
    let received = answer.now_or_never().unwrap();
    assert_eq!((status(&received), received.taken), (200, 2));
}

#[tokio::test]
async fn what_a_dropped_stream_was_dealing_with_is_delivered_again() {
    let (receiver, mut stream) = builder(&clock()).stream();
    let request = ids(&["1"]);
    let mut answer = Box::pin(receiver.receive(&request));
    assert!(poll!(&mut answer).is_pending());
    assert_eq!(id(&mut stream).await, "1");
    drop(stream);
    assert_eq!(status(&answer.await), 503);
    let later = receiver.receive(&ids(&["2"])).await;
    assert_eq!((status(&later), later.taken), (503, 0));
}

#[tokio::test]
async fn a_stream_without_receivers_ends_and_says_so() {
    let (receiver, mut stream) = builder(&clock()).stream();
    let clone = receiver.clone();
    drop(receiver);
    assert!(poll!(stream.next()).is_pending(), "one is left");
    drop(clone);
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.ended(), Some(Ended::Closed));
    assert_eq!(error.retry(), Retry::Never);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn deliveries_are_taken_one_after_the_other_as_they_arrive() {
    let (receiver, mut stream) = builder(&clock()).stream();
    let requests = [ids(&["1", "2"]), ids(&["3"]), ids(&["2", "4"])];
    let deliveries = requests.iter().map(|request| receiver.receive(request));
    let deliveries = futures_util::future::join_all(deliveries);
    let program = async {
        let mut heard = Vec::new();
        while heard.len() < 4 {
            heard.push(id(&mut stream).await);
        }
        assert!(poll!(stream.next()).is_pending());
        heard
    };
    let (received, heard) = join!(deliveries, program);
    assert_eq!(heard, ["1", "2", "3", "4"]);
    let taken: Vec<_> = received.iter().map(|r| (r.taken, r.repeated)).collect();
    assert_eq!(taken, [(2, 0), (1, 0), (1, 1)]);
}

#[tokio::test]
async fn a_delivery_whose_connection_was_cut_is_not_taken_for_known() {
    let (receiver, mut stream) = builder(&clock()).stream();
    let request = ids(&["1"]);
    let mut answer = Box::pin(receiver.receive(&request));
    assert!(poll!(&mut answer).is_pending());
    assert_eq!(id(&mut stream).await, "1");
    // The server drops the request with the connection; the network delivers again.
    drop(answer);
    let mut again = Box::pin(receiver.receive(&request));
    assert!(poll!(&mut again).is_pending());
    assert_eq!(id(&mut stream).await, "1", "at least once");
    assert!(poll!(stream.next()).is_pending());
    assert_eq!(status(&again.await), 200);
}

#[tokio::test]
async fn the_embedded_network_delivers_after_a_handshake_and_until_it_is_taken() {
    let clock = clock();
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    world.add_account("alice");
    let error = world.subscribe("nobody", "/hook", SECRET).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound);
    let error = world
        .subscribe("shop", "not an address", SECRET)
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config);
    assert!(world.delivery("shop").is_none(), "nobody subscribed");
    world
        .subscribe("shop", "https://shop.example/hook", SECRET)
        .unwrap();
    let alice = world.network("alice").unwrap();
    let say = async |text: &str| alice.publish(&Draft::text(text)).await.unwrap();
    for n in 0..12 {
        say(&format!("@shop {n}")).await;
    }
    let deliver = async |receiver: &Receiver| {
        let request = world.delivery("shop")?;
        let received = receiver.receive(&request).await;
        world.delivered("shop", &received.response);
        Some(received)
    };
    // Whoever does not know the secret does not get through the handshake.
    let shop = world.network("shop").unwrap();
    let program = Program::default();
    let of = |secret: &str| {
        let builder = Receiver::builder(shop.webhook(secret)).clock(Arc::new(clock.clone()));
        program.receiver(builder)
    };
    assert_eq!(status(&deliver(&of("wrong")).await.unwrap()), 403);
    assert!(world.delivery("shop").is_none(), "it waits a minute");
    clock.advance(Duration::from_secs(60));
    let receiver = of(SECRET);
    assert_eq!(deliver(&receiver).await.unwrap().taken, 0, "a handshake");
    // Ten at once, and what is not taken comes again.
    *program.fails_at.lock().unwrap() = Some("nothing fails".to_owned());
    let first = world.delivery("shop").unwrap();
    assert_eq!(world.delivery("shop").unwrap().body(), first.body());
    assert_eq!(deliver(&receiver).await.unwrap().taken, 10);
    assert_eq!(deliver(&receiver).await.unwrap().taken, 2);
    assert!(deliver(&receiver).await.is_none());
    let polled = shop.events(&EventQuery::oldest()).await.unwrap();
    let polled: Vec<String> = polled.items.iter().map(|e| e.id.to_string()).collect();
    assert_eq!(program.kept(), polled);
    // What was forgotten before it was delivered is a gap.
    for n in 0..3 {
        say(&format!("@shop again {n}")).await;
    }
    world.set_event_capacity(1);
    let (receiver, mut stream) = Receiver::builder(shop.webhook(SECRET)).stream();
    let (received, heard) = join!(deliver(&receiver), async {
        let heard = [stream.next().await, stream.next().await];
        assert!(poll!(stream.next()).is_pending());
        heard.map(|event| event.unwrap().unwrap().kind)
    });
    assert_eq!(received.unwrap().taken, 2);
    assert_eq!(heard, [EventKind::Gap, EventKind::Mention]);
}
