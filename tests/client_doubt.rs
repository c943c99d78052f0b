//! The client where things go wrong twice: what is honest after a doubt, and what is never shown, lost or waited for.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/plain.rs"]
mod plain;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use plain::{Plain, TOKEN, all_of};
use sociable::client::limits::{Bucket, BucketKey, Charge, Scope, Window};
use sociable::client::{
    Client, ClientBuilder, ClientConfig, Clock, Dialect, Fault, Incoming, Login, Notice, Observer,
    Outgoing, Permit, Reply, Request, RetryPolicy, SetClock, Transport, TransportError,
    WriteSafety,
};
use sociable::{Error, ErrorKind, Operation, Result};

enum Step {
    Say(u16, &'static [(&'static str, &'static str)], &'static str),
    NotSent,
    Lost,
    /// The head comes, and then nothing more.
    Stall,
}

/// A wire on which everything is written beforehand.
struct Wire {
    steps: Mutex<VecDeque<Step>>,
    sent: Mutex<Vec<String>>,
}

impl Wire {
    fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self {
            steps: Mutex::new(steps.into_iter().collect()),
            sent: Mutex::default(),
        })
    }

    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Transport for Wire {
    fn send<'a>(&'a self, request: Outgoing) -> BoxFuture<'a, Result<Incoming, TransportError>> {
        self.sent
            .lock()
            .unwrap()
            .push(format!("{} {}", request.method, request.url));
        let step = self.steps.lock().unwrap().pop_front();
        let answer = match step.unwrap_or(Step::Say(200, &[], "{}")) {
            Step::NotSent => Err(TransportError::not_sent("refused")),
            Step::Lost => Err(TransportError::maybe_sent("broken")),
            Step::Stall => Ok(Incoming::new(
                http::StatusCode::OK,
                HeaderMap::new(),
                futures_util::stream::pending().boxed(),
            )),
            Step::Say(status, fields, body) => {
                let mut answer = http::Response::new(Bytes::from_static(body.as_bytes()));
                *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
                for (name, value) in fields {
                    answer.headers_mut().insert(
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    );
                }
                Ok(Incoming::of(answer))
            }
        };
        std::future::ready(answer).boxed()
    }
}

/// A network whose key stands in a field of its own, and whose login cannot be renewed.
struct Keyed;

impl Dialect for Keyed {
    fn network(&self) -> &str {
        "keyed"
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        headers.insert(
            HeaderName::from_static("x-api-key"),
            HeaderValue::from_static(TOKEN),
        );
        std::future::ready(Ok(Login(1))).boxed()
    }

    fn renew(&self, _: Login) -> BoxFuture<'_, Result<()>> {
        let error = Error::new(ErrorKind::Unauthorized, "log in again");
        std::future::ready(Err(error)).boxed()
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

fn setup(wire: &Arc<Wire>) -> (SetClock, ClientBuilder) {
    let clock = SetClock::at(Timestamp::from_second(1_790_000_000).unwrap());
    let builder = Client::builder()
        .transport(wire.clone())
        .retry(RetryPolicy::new().base(Duration::ZERO))
        .clock(Arc::new(clock.clone()));
    (clock, builder)
}

fn read() -> Request {
    Request::get(Operation::POST, "https://keyed.example/x".parse().unwrap())
}

fn write() -> Request {
    Request::post(
        Operation::PUBLISH,
        "https://keyed.example/x".parse().unwrap(),
    )
}

fn charge(window: Window) -> Charge {
    Charge::new(
        Bucket::new(BucketKey::new("keyed", "calls", Scope::Token), vec![window]),
        1,
    )
}

#[tokio::test]
async fn a_question_is_never_unconfirmed() {
    let wire = Wire::new([Step::Lost, Step::Say(401, &[], "{}")]);
    let (clock, builder) = setup(&wire);
    let client = builder.build().unwrap();
    let error = clock.drive(client.send(&Keyed, read())).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error:?}");
    assert_eq!(error.network(), Some("keyed"));
}

#[tokio::test]
async fn an_unconfirmed_write_names_its_network_and_operation() {
    let wire = Wire::new([Step::Lost, Step::Say(401, &[], "{}")]);
    let (clock, builder) = setup(&wire);
    let client = builder.build().unwrap();
    let request = write().safety(WriteSafety::Idempotent);
    let error = clock.drive(client.send(&Keyed, request)).await.unwrap_err();
    assert!(error.is_unconfirmed(), "{error:?}");
    assert_eq!(error.network(), Some("keyed"));
    assert_eq!(error.operation(), Some(&Operation::PUBLISH));
}

#[tokio::test]
async fn a_write_that_was_answered_with_a_look_elsewhere_is_not_sent_again() {
    for status in [301, 302, 303] {
        let wire = Wire::new([
            Step::Say(status, &[("location", "/done")], ""),
            Step::NotSent,
        ]);
        let (clock, builder) = setup(&wire);
        let client = builder.build().unwrap();
        let error = clock.drive(client.send(&Keyed, write())).await.unwrap_err();
        let posts = wire.sent().iter().filter(|s| s.starts_with("POST")).count();
        assert_eq!(posts, 1, "{status}: {:?}", wire.sent());
        assert!(error.is_unconfirmed(), "{status}: {error:?}");
    }
    // What was told to go elsewhere as it is was not done here.
    let wire = Wire::new([
        Step::Say(307, &[("location", "/there")], ""),
        Step::NotSent,
        Step::Say(200, &[], "{}"),
    ]);
    let (clock, builder) = setup(&wire);
    let client = builder.build().unwrap();
    clock.drive(client.send(&Keyed, write())).await.unwrap();
}

#[tokio::test]
async fn what_the_look_at_a_writes_outcome_is_refused_with_does_not_unmake_the_write() {
    for status in [401, 404, 429, 503] {
        let wire = Wire::new([
            Step::Say(303, &[("location", "/done")], ""),
            Step::Say(status, &[("retry-after", "1")], "{}"),
        ]);
        let (clock, builder) = setup(&wire);
        let client = builder.build().unwrap();
        let error = clock.drive(client.send(&Keyed, write())).await.unwrap_err();
        let posts = wire.sent().iter().filter(|s| s.starts_with("POST")).count();
        assert_eq!(posts, 1, "{status}: {:?}", wire.sent());
        assert!(error.is_unconfirmed(), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn a_write_answered_with_a_look_at_another_server_is_unconfirmed() {
    for (status, doubtful) in [(302, true), (303, true), (307, false), (308, false)] {
        let wire = Wire::new([Step::Say(
            status,
            &[("location", "https://other.example/done")],
            "",
        )]);
        let (clock, builder) = setup(&wire);
        let client = builder.build().unwrap();
        let error = clock.drive(client.send(&Keyed, write())).await.unwrap_err();
        assert_eq!(error.is_unconfirmed(), doubtful, "{status}: {error:?}");
        assert!(error.message().contains("base URL"), "{error}");
        assert_eq!(wire.sent().len(), 1);
    }
}

#[tokio::test]
async fn no_attempt_leaves_after_its_keys_time() {
    let wire = Wire::new([]);
    let (clock, builder) = setup(&wire);
    let client = builder.max_wait(Duration::from_secs(600)).build().unwrap();
    let minute = charge(Window::rolling(1, Duration::from_secs(60)));
    client
        .send(&Keyed, read().charge(minute.clone()))
        .await
        .unwrap();
    let until = clock.now().checked_add(Duration::from_secs(30)).unwrap();
    let request = write()
        .safety(WriteSafety::Keyed { until: Some(until) })
        .charge(minute);
    let error = clock.drive(client.send(&Keyed, request)).await.unwrap_err();
    assert_eq!(wire.sent().len(), 1, "{error:?}");
    assert!(error.message().contains("key"), "{error}");
    assert!(!error.is_unconfirmed(), "nothing was sent: {error:?}");
}

/// Logs in where it has to, with a call of the same budgets, and has to after each refusal.
struct Expiring {
    client: Client,
    charge: Charge,
    logged_in: Mutex<bool>,
}

impl Dialect for Expiring {
    fn network(&self) -> &str {
        "keyed"
    }

    fn authorise<'a>(&'a self, _: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        async {
            if !*self.logged_in.lock().unwrap() {
                let login = write().charge(self.charge.clone());
                self.client.send(&Plain, login).await?;
                *self.logged_in.lock().unwrap() = true;
            }
            Ok(Login(1))
        }
        .boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let fault = Plain.fault(reply)?;
        *self.logged_in.lock().unwrap() = false;
        Some(fault)
    }
}

#[tokio::test]
async fn a_login_never_waits_for_the_call_that_waits_for_it() {
    for window in [
        Window::rolling(100, Duration::from_secs(60)),
        Window::in_flight(1),
        Window::rolling(1, Duration::from_secs(5)),
    ] {
        let wire = Wire::new([Step::Say(429, &[("retry-after", "10")], "{}")]);
        let (clock, builder) = setup(&wire);
        let charge = charge(window.clone());
        let network = Expiring {
            client: builder.build().unwrap(),
            charge: charge.clone(),
            logged_in: Mutex::new(true),
        };
        let began = clock.now();
        let call = network.client.send(&network, read().charge(charge));
        clock.drive(call).await.unwrap();
        let sent = wire.sent().join(", ");
        let (get, post) = (
            "GET https://keyed.example/x",
            "POST https://keyed.example/x",
        );
        assert_eq!(sent, [get, post, get].join(", "), "{window:?}");
        let took = clock.now().duration_since(began).as_secs();
        assert!((10..=15).contains(&took), "{window:?}: {took} s");
    }
}

#[tokio::test]
async fn a_call_that_asks_for_its_own_time_has_it() {
    for whole in [Duration::from_secs(300), Duration::MAX] {
        let wire = Wire::new([Step::Stall]);
        let (clock, builder) = setup(&wire);
        let client = builder.call_timeout(whole).build().unwrap();
        let began = clock.now();
        let request = write().attempt_timeout(Duration::from_secs(1200));
        let error = clock.drive(client.send(&Keyed, request)).await.unwrap_err();
        assert!(error.is_unconfirmed(), "{error:?}");
        assert_eq!(clock.now().duration_since(began).as_secs(), 1200);
    }
}

/// Gives a permit back in the moment between a refusal and the wait for it, as another thread may.
#[derive(Debug)]
struct Sudden(Mutex<Option<Permit>>);

impl Observer for Sudden {
    fn notice(&self, notice: &Notice<'_>) {
        if matches!(notice, Notice::Waiting { .. }) {
            self.0.lock().unwrap().take();
        }
    }
}

#[tokio::test]
async fn budget_that_comes_back_as_a_waiter_sits_down_is_not_missed() {
    let sudden = Arc::new(Sudden(Mutex::default()));
    let (_clock, builder) = setup(&Wire::new([]));
    let client = builder.observer(sudden.clone()).build().unwrap();
    let one = [charge(Window::in_flight(1))];
    let permit = client.permit("keyed", &one).await.unwrap();
    *sudden.0.lock().unwrap() = Some(permit);
    let second = client.permit("keyed", &one).now_or_never();
    assert!(second.expect("it does not wait for a time").is_ok());
}

#[test]
fn no_debug_shows_a_proxys_password() {
    let mut config = ClientConfig::default();
    config.proxy = Some("http://me:hunter2@proxy.example:3128".to_owned());
    let client = Client::builder().config(config.clone()).build().unwrap();
    for text in [format!("{config:?}"), format!("{client:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(
            !text.contains("aHVudGVy") && !text.contains("bWU6aHVudGVyMg"),
            "{text}"
        );
    }
    let mut fields = HeaderMap::new();
    fields.insert(header::AUTHORIZATION, HeaderValue::from_static(TOKEN));
    let own = reqwest::Client::builder()
        .default_headers(fields)
        .build()
        .unwrap();
    let text = format!("{:?}", Client::builder().reqwest(own).build().unwrap());
    assert!(!text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn no_credential_comes_back_in_a_message_whatever_field_it_went_out_in() {
    const ECHO: &str = "<p>your key plain-token-4711-secret is odd</p>";
    let wire = Wire::new([Step::Say(400, &[], ECHO)]);
    let (clock, builder) = setup(&wire);
    let client = builder.build().unwrap();
    let error = clock.drive(client.send(&Keyed, read())).await.unwrap_err();
    assert!(!all_of(&error).contains(TOKEN), "{}", all_of(&error));
    assert!(error.excerpt().unwrap().contains("is odd"));

    let wire = Wire::new([
        Step::Say(200, &[], ECHO),
        Step::Say(200, &[], r#""plain-token-4711-secret""#),
        Step::Say(200, &[], r#""a fresh \"opaque\" one""#),
    ]);
    let (_, builder) = setup(&wire);
    let client = builder.build().unwrap();
    for _ in 0..2 {
        let answer = client.send(&Keyed, read()).await.unwrap();
        let error = answer.json::<u64>().unwrap_err();
        assert!(!all_of(&error).contains(TOKEN), "{}", all_of(&error));
    }
    // What a login answers was never sent, so it cannot be known: no value is quoted by the reader's own message.
    let answer = client.send(&Keyed, read()).await.unwrap();
    let error = answer.json::<u64>().unwrap_err();
    assert!(!error.message().contains("opaque"), "{error}");
    assert!(error.message().contains("expected u64"), "{error}");
}

#[tokio::test]
async fn a_download_that_stands_still_ends() {
    let wire = Wire::new([Step::Stall]);
    let (clock, builder) = setup(&wire);
    let client = builder.build().unwrap();
    let mut file = Vec::new();
    let url = "https://files.example/large".parse().unwrap();
    let driven = clock.drive(client.download(url, &mut file, 1000));
    let error = tokio::time::timeout(Duration::from_secs(5), driven)
        .await
        .expect("its end is a matter of the set clock")
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Transport, "{error:?}");
}

#[tokio::test]
async fn a_file_on_the_web_never_leads_to_this_machine() {
    let wire = Wire::new([Step::Say(
        302,
        &[("location", "http://127.0.0.1:8080/admin")],
        "",
    )]);
    let (_, builder) = setup(&wire);
    let client = builder.build().unwrap();
    let mut file = Vec::new();
    let url = "https://files.example/x".parse().unwrap();
    let error = client.download(url, &mut file, 1000).await.unwrap_err();
    assert_eq!(wire.sent().len(), 1, "{error:?}");
}

#[tokio::test]
async fn a_moment_beyond_belief_in_an_answers_body_changes_nothing() {
    struct Absurd;

    impl Dialect for Absurd {
        fn network(&self) -> &str {
            "absurd"
        }

        fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
            Some(Plain.fault(reply)?.until(Timestamp::MAX))
        }
    }

    let wire = Wire::new([Step::Say(429, &[], "{}")]);
    let (clock, builder) = setup(&wire);
    let client = builder.build().unwrap();
    let request = || read().charge(charge(Window::rolling(10, Duration::from_secs(60))));
    clock
        .drive(client.send(&Absurd, request()))
        .await
        .expect("it rests as after any refusal, and then goes on");
}
