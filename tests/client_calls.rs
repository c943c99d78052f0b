//! The client under a set clock: budgets kept, refusals obeyed, waits bounded, logins renewed once.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

// It needs no token.
#[allow(dead_code)]
#[path = "support/plain.rs"]
mod plain;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use plain::Plain;
use sociable::client::headers::{HeaderFamily, ResetFormat};
use sociable::client::limits::{Bucket, BucketKey, Charge, Scope, Window};
use sociable::client::{
    Client, ClientBuilder, Clock, Dialect, Disturbance, Fault, InProcess, Login, Notice, Observer,
    Reply, Request, Service, SetClock, WriteSafety,
};
use sociable::{Error, ErrorKind, Operation, Result};

const START: i64 = 1_790_000_000;

fn start() -> Timestamp {
    Timestamp::from_second(START).unwrap()
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A server that allows so many calls in each fixed window, and knows whether that was kept.
struct Server {
    limit: u64,
    period: i64,
    tells: Tells,
    state: Mutex<(i64, u64)>,
    answered: AtomicU64,
    refused: AtomicU64,
}

#[derive(Clone, Copy, PartialEq)]
enum Tells {
    Headers,
    RetryAfter,
}

impl Server {
    fn new(limit: u64, period: i64, tells: Tells) -> Arc<Self> {
        let (state, answered, refused) = (Mutex::default(), AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self {
            limit,
            period,
            tells,
            state,
            answered,
            refused,
        })
    }
}

impl Service for Server {
    fn answer(&self, _: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        let window = now.as_second().div_euclid(self.period);
        let mut state = self.state.lock().unwrap();
        if state.0 != window {
            *state = (window, 0);
        }
        let mut answer = http::Response::new(Bytes::from_static(b"{}"));
        let reset = (window + 1) * self.period;
        if state.1 >= self.limit {
            self.refused.fetch_add(1, Ordering::SeqCst);
            *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
            if self.tells == Tells::RetryAfter {
                let wait = reset - now.as_second();
                answer
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(wait));
            }
        } else {
            state.1 += 1;
            self.answered.fetch_add(1, Ordering::SeqCst);
        }
        if self.tells == Tells::Headers {
            let headers = answer.headers_mut();
            headers.insert("x-limit", HeaderValue::from(self.limit));
            headers.insert("x-left", HeaderValue::from(self.limit - state.1));
            headers.insert("x-reset", HeaderValue::from(reset));
        }
        answer
    }
}

const FAMILIES: [HeaderFamily; 1] = [HeaderFamily::new()
    .limit("x-limit")
    .remaining("x-left")
    .reset("x-reset", ResetFormat::EpochSeconds)];

/// A network whose header fields tell its limits, and whose login can expire.
struct Told {
    renewals: AtomicU64,
}

impl Dialect for Told {
    fn network(&self) -> &str {
        "told"
    }

    fn families(&self) -> &[HeaderFamily] {
        &FAMILIES
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        let login = self.renewals.load(Ordering::SeqCst);
        headers.insert(header::AUTHORIZATION, HeaderValue::from(login));
        std::future::ready(Ok(Login(login))).boxed()
    }

    fn renew(&self, _: Login) -> BoxFuture<'_, Result<()>> {
        self.renewals.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(())).boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let fault = Plain.fault(reply)?;
        Some(if reply.status == 401 {
            fault.renew()
        } else {
            fault
        })
    }
}

fn told() -> Told {
    Told {
        renewals: AtomicU64::new(0),
    }
}

fn setup(service: Arc<dyn Service>) -> (SetClock, Arc<InProcess>, ClientBuilder) {
    let clock = SetClock::at(start());
    let transport = Arc::new(InProcess::new(service, Arc::new(clock.clone())));
    let builder = Client::builder()
        .transport(transport.clone())
        .clock(Arc::new(clock.clone()));
    (clock, transport, builder)
}

fn bucket(windows: Vec<Window>) -> Charge {
    Charge::new(
        Bucket::new(BucketKey::new("told", "calls", Scope::Token), windows),
        1,
    )
}

fn read() -> Request {
    Request::get(Operation::POST, "https://told.example/x".parse().unwrap())
}

fn write() -> Request {
    Request::post(
        Operation::PUBLISH,
        "https://told.example/x".parse().unwrap(),
    )
}

/// Sixteen tasks make so many calls between them.
async fn storm(
    client: &Client,
    dialect: &Told,
    calls: usize,
    charge: &Charge,
) -> Vec<Result<(), Error>> {
    let left = Mutex::new(calls);
    let task = || async {
        let mut done = Vec::new();
        loop {
            {
                let mut left = left.lock().unwrap();
                if *left == 0 {
                    return done;
                }
                *left -= 1;
            }
            done.push(
                client
                    .send(dialect, read().charge(charge.clone()))
                    .await
                    .map(drop),
            );
        }
    };
    join_all((0..16).map(|_| task()))
        .await
        .into_iter()
        .flatten()
        .collect()
}

#[tokio::test]
async fn a_known_limit_is_never_met() {
    for round_trip in [0, 50, 200] {
        let server = Server::new(300, 3, Tells::Headers);
        let (clock, transport, builder) = setup(server.clone());
        transport.set_round_trip(Duration::from_millis(round_trip));
        let client = builder.build().unwrap();
        let charge = bucket(vec![Window::fixed(300, seconds(3))]);
        let dialect = told();
        let done = clock.drive(storm(&client, &dialect, 1000, &charge)).await;
        assert!(
            done.iter().all(Result::is_ok),
            "{:?}",
            done.iter().find(|d| d.is_err())
        );
        assert_eq!(
            server.refused.load(Ordering::SeqCst),
            0,
            "round trip {round_trip} ms"
        );
        assert_eq!(server.answered.load(Ordering::SeqCst), 1000);
    }
}

#[tokio::test]
async fn an_unknown_limit_is_learned_from_the_first_answer() {
    let server = Server::new(20, 60, Tells::Headers);
    let (clock, _, builder) = setup(server.clone());
    let client = builder.max_wait(seconds(3600)).build().unwrap();
    let dialect = told();
    let done = clock
        .drive(storm(&client, &dialect, 100, &bucket(Vec::new())))
        .await;
    let failed: Vec<_> = done.iter().filter(|d| d.is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(server.refused.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nothing_leaves_before_the_moment_that_a_refusal_named() {
    let server = Server::new(5, 30, Tells::RetryAfter);
    let (clock, _, builder) = setup(server.clone());
    let client = builder.max_wait(seconds(3600)).build().unwrap();
    let dialect = told();
    let charge = bucket(Vec::new());
    let done = clock.drive(storm(&client, &dialect, 20, &charge)).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    // One refusal a window teaches it; sixteen tasks at once would make fifteen more each time.
    assert!(
        server.refused.load(Ordering::SeqCst) <= 8,
        "{}",
        server.refused.load(Ordering::SeqCst)
    );
}

#[tokio::test]
async fn no_caller_waits_longer_than_max_wait_and_each_is_told_when_to_come_back() {
    let server = Server::new(1, 600, Tells::Headers);
    let (clock, _, builder) = setup(server.clone());
    let client = builder.max_wait(seconds(30)).build().unwrap();
    let dialect = told();
    let charge = bucket(vec![Window::rolling(1, seconds(600))]);
    client
        .send(&dialect, read().charge(charge.clone()))
        .await
        .unwrap();
    let before = clock.now();
    let error = clock
        .drive(client.send(&dialect, read().charge(charge.clone())))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::RateLimited);
    assert_eq!(clock.now(), before, "it was refused at once");
    let back = error.retry_at().expect("a moment to come back");
    assert!(back >= before.checked_add(seconds(500)).unwrap(), "{back}");
    clock.set(back);
    client
        .send(&dialect, read().charge(charge))
        .await
        .expect("the moment was right");
    assert_eq!(server.refused.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_call_that_is_dropped_gives_its_budget_and_its_place_back() {
    let server = Server::new(2, 600, Tells::Headers);
    let (clock, transport, builder) = setup(server);
    let client = builder.max_wait(seconds(3600)).build().unwrap();
    let dialect = told();
    let charge = bucket(vec![Window::fixed(2, seconds(600))]);
    let permit = client
        .permit("told", std::slice::from_ref(&charge))
        .await
        .unwrap();
    drop(permit);
    let left = || client.budgets().iter().find_map(|b| b.left).unwrap();
    assert_eq!(left(), 2);
    transport.set_round_trip(seconds(5));
    {
        let call = client.send(&dialect, read().charge(charge.clone()));
        let mut call = std::pin::pin!(call);
        assert!(call.as_mut().now_or_never().is_none());
    }
    assert_eq!(left(), 1, "what was sent is spent");
    transport.set_round_trip(Duration::ZERO);
    client
        .send(&dialect, read().charge(charge.clone()))
        .await
        .unwrap();
    {
        let waiting = client.send(&dialect, read().charge(charge.clone()));
        let mut waiting = std::pin::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(client.budgets().iter().map(|b| b.waiting).max(), Some(1));
    }
    assert_eq!(client.budgets().iter().map(|b| b.waiting).max(), Some(0));
    let _ = clock;
}

/// Answers what it is told, in order; the last goes on.
struct Script(Mutex<VecDeque<(u16, HeaderMap, &'static str)>>);

impl Script {
    fn new(answers: Vec<(u16, HeaderMap, &'static str)>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(answers.into())))
    }
}

impl Service for Script {
    fn answer(&self, _: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let mut answers = self.0.lock().unwrap();
        let (status, headers, body) = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers.front().cloned().unwrap()
        };
        let mut answer = http::Response::new(Bytes::from_static(body.as_bytes()));
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        *answer.headers_mut() = headers;
        answer
    }
}

fn fields(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[tokio::test]
async fn an_expired_login_is_renewed_once_and_the_call_goes_on() {
    let script = Script::new(vec![
        (401, HeaderMap::new(), ""),
        (200, HeaderMap::new(), "{}"),
    ]);
    let (_, _, builder) = setup(script);
    let client = builder.build().unwrap();
    let dialect = told();
    client.send(&dialect, write()).await.unwrap();
    assert_eq!(dialect.renewals.load(Ordering::SeqCst), 1);

    let (_, _, builder) = setup(Script::new(vec![(401, HeaderMap::new(), "")]));
    let client = builder.build().unwrap();
    let dialect = told();
    let error = client.send(&dialect, write()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert_eq!(
        dialect.renewals.load(Ordering::SeqCst),
        1,
        "a login that does not help is not repeated"
    );
}

#[tokio::test]
async fn absurd_header_fields_do_no_harm() {
    let absurd: [&[(&'static str, &str)]; 9] = [
        &[("retry-after", "-5")],
        &[("retry-after", "1e99")],
        &[("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")],
        &[("retry-after", "99999999999999999999999999")],
        &[("retry-after", "soon"), ("x-left", "NaN"), ("x-reset", "∞")],
        &[("x-limit", "0"), ("x-left", "-1"), ("x-reset", "1")],
        &[
            ("x-limit", "18446744073709551616"),
            ("x-left", "1e99"),
            ("x-reset", "99999999999999999999"),
        ],
        &[
            ("x-left", "3"),
            ("x-left", "0"),
            ("x-reset", "1790000001"),
            ("x-reset", "1790000030"),
        ],
        &[("date", "yesterday"), ("x-left", "")],
    ];
    for pairs in absurd {
        let script = Script::new(vec![(429, fields(pairs), ""), (200, fields(pairs), "{}")]);
        let (clock, _, builder) = setup(script);
        let client = builder.max_wait(seconds(7200)).build().unwrap();
        let dialect = told();
        let charge = bucket(vec![Window::rolling(100, seconds(60))]);
        let outcome = clock
            .drive(client.send(&dialect, read().charge(charge)))
            .await;
        if let Err(error) = outcome {
            assert_eq!(error.kind(), &ErrorKind::RateLimited, "{pairs:?}: {error}");
            assert!(error.retry_at().is_some(), "{pairs:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_unconfirmed_unless_the_write_may_be_repeated() {
    for disturbance in [
        Disturbance::LoseAnswer,
        Disturbance::LoseRequest,
        Disturbance::StatusAfter(500),
        Disturbance::Truncate,
        Disturbance::Hang,
    ] {
        let server = Server::new(100, 60, Tells::Headers);
        let (clock, transport, builder) = setup(server.clone());
        let client = builder.build().unwrap();
        let dialect = told();
        transport.disturb(disturbance.clone());
        let error = clock
            .drive(client.send(&dialect, write()))
            .await
            .unwrap_err();
        assert_eq!(
            error.kind(),
            &ErrorKind::Unconfirmed,
            "{disturbance:?}: {error}"
        );
        assert!(server.answered.load(Ordering::SeqCst) <= 1);
        transport.disturb(disturbance.clone());
        let keyed = write().safety(WriteSafety::Keyed { until: None });
        clock.drive(client.send(&dialect, keyed)).await.unwrap();
    }
    let server = Server::new(100, 60, Tells::Headers);
    let (clock, transport, builder) = setup(server.clone());
    let client = builder.build().unwrap();
    transport.disturb(Disturbance::Refuse);
    clock
        .drive(client.send(&told(), write()))
        .await
        .expect("nothing was sent, so it may be sent");
    assert_eq!(server.answered.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn doubt_is_not_forgotten_when_a_later_attempt_is_refused() {
    let script = Script::new(vec![
        (500, HeaderMap::new(), ""),
        (404, HeaderMap::new(), ""),
    ]);
    let (clock, _, builder) = setup(script);
    let client = builder.build().unwrap();
    let keyed = write().safety(WriteSafety::Keyed { until: None });
    let error = clock.drive(client.send(&told(), keyed)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unconfirmed, "{error}");
}

#[tokio::test]
async fn a_whole_call_ends_in_time_whatever_the_server_does() {
    let (clock, transport, builder) = setup(Server::new(100, 60, Tells::Headers));
    let client = builder
        .attempt_timeout(seconds(10))
        .call_timeout(seconds(25))
        .build()
        .unwrap();
    for _ in 0..10 {
        transport.disturb(Disturbance::Hang);
    }
    let before = clock.now();
    let error = clock.drive(client.send(&told(), read())).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Timeout, "{error}");
    assert!(
        clock.now().duration_since(before).as_secs() <= 29,
        "{}",
        clock.now()
    );
}

/// Writes down what it is told.
#[derive(Debug, Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn notice(&self, notice: &Notice<'_>) {
        let word = match notice {
            Notice::Attempt { attempt, .. } => format!("attempt {attempt}"),
            Notice::Answered { status, .. } => format!("answered {status}"),
            Notice::Failed { .. } => "failed".to_owned(),
            Notice::Waiting { bucket, .. } => format!("waiting for {}", bucket.name),
            Notice::Retrying { .. } => "retrying".to_owned(),
            Notice::Learned { seen, .. } => format!("learned {:?}", seen.remaining),
            Notice::Renewed { .. } => "renewed".to_owned(),
            _ => "other".to_owned(),
        };
        self.0.lock().unwrap().push(word);
    }
}

#[tokio::test]
async fn an_observer_is_told_of_every_attempt_wait_and_limit() {
    let diary = Arc::new(Diary::default());
    let (clock, transport, builder) = setup(Server::new(1, 10, Tells::Headers));
    let client = builder.observer(diary.clone()).build().unwrap();
    let charge = bucket(vec![Window::fixed(1, seconds(10))]);
    transport.disturb(Disturbance::Refuse);
    clock
        .drive(client.send(&told(), read().charge(charge.clone())))
        .await
        .unwrap();
    clock
        .drive(client.send(&told(), read().charge(charge)))
        .await
        .unwrap();
    let words = diary.0.lock().unwrap().join(", ");
    for word in [
        "attempt 1, failed, retrying, attempt 2, learned Some(0)",
        "answered 200",
        "waiting for calls",
    ] {
        let fits = word.split(", ").all(|w| words.contains(w));
        assert!(fits, "{word} is not in {words}");
    }
}
