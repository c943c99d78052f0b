//! Cases of X's own: what only this network promises, each on a fake of its own, so that no case meets what another one
//! left: its windows, its money and its plan.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Fake, Plan, Rule, SeenRequest, Streaming};
use sociable::adapters::x::{AccessToken, ConsumerKey, Tier, X, XBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock, Transport};
use sociable::http::{Request, Response};
use sociable::jiff::Timestamp;
use sociable::testing::suite::{Case, Scene, Stop, Verdict};
use sociable::{Draft, ErrorKind, Post, PostRef, Result, SocialNetwork, Target};

use crate::contract::openapi::Contract;
use crate::contract::tally::Tally;
use crate::x_watch::Watched;

/// Declares the cases of a file: `"promise" => function;`
macro_rules! own_cases {
    ($($name:literal => $play:ident;)*) => {
        pub(super) const CASES: &[(&str, super::Play)] =
            &[$(($name, |net, scene| Box::pin($play(net, scene)))),*];
    };
}
mod files;
mod gate;
#[cfg(feature = "webhook")]
mod happenings;
#[cfg(feature = "oauth")]
mod logins;
mod measure;
mod money;
mod people;
mod reading;
#[path = "../../x_fake/sign.rs"]
mod sign;
mod streams;
mod talk;
mod windows;
mod writing;

type Play = for<'a> fn(Net, &'a Scene<'a>) -> LocalBoxFuture<'a, Verdict>;

/// Where everything is asked.
const HOST: &str = "https://api.x.com";
/// More than any case asks for while all rules are kept.
pub(crate) const MOST_REQUESTS: usize = 3000;

/// What the cases' networks have in common.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) clock: SetClock,
    pub(crate) contract: Option<Contract>,
    pub(crate) broken: Option<Rule>,
}

/// A fake with a watch on it that remembers the last request whole, as somebody on the line could.
struct Line {
    watched: Watched,
    last: Mutex<Option<Request<Bytes>>>,
}

impl Service for Line {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(request.clone());
        self.watched.answer(request, now)
    }
}

/// A network of its own: Anna, who owns the application, Bob and Carol, on the plan that anybody can buy.
#[derive(Clone)]
struct Net {
    fake: Fake,
    clock: SetClock,
    line: Arc<Line>,
    transport: Arc<dyn Transport>,
    client: Client,
    /// Anna.
    me: X,
}

/// All of them.
pub(crate) fn all(ground: &Ground) -> Vec<Case> {
    let files = [
        files::CASES,
        gate::CASES,
        #[cfg(feature = "webhook")]
        happenings::CASES,
        #[cfg(feature = "oauth")]
        logins::CASES,
        measure::CASES,
        money::CASES,
        people::CASES,
        reading::CASES,
        streams::CASES,
        talk::CASES,
        windows::CASES,
        writing::CASES,
    ];
    let cases = files.into_iter().flatten().map(|(name, play)| {
        let ground = ground.clone();
        Case::new(*name, move |scene| {
            let net = Net::new(&ground);
            Box::pin(async move {
                play(net.clone(), scene).await?;
                net.is_clean()
            })
        })
    });
    cases.collect()
}

impl Net {
    fn new(ground: &Ground) -> Self {
        let fake = Fake::new();
        let broken = ground.broken;
        if let Some(rule) = broken {
            fake.break_rule(rule);
        }
        let contract = ground.contract.clone().filter(|_| broken.is_none());
        // What a case sends is wrong on purpose here and there: what is answered is held to the contract.
        let watched = Watched::new(fake.clone(), contract, Arc::new(Tally::default()));
        let line = Arc::new(Line {
            watched: watched.answers_alone(),
            last: Mutex::default(),
        });
        if broken.is_some() {
            line.watched.ends_after(MOST_REQUESTS);
        }
        let clock: Arc<dyn Clock> = Arc::new(ground.clock.clone());
        let rest = Arc::new(InProcess::new(line.clone(), Arc::clone(&clock)));
        let transport: Arc<dyn Transport> = Arc::new(Streaming::new(fake.clone(), clock, rest));
        let client = client(&ground.clock, &transport, Duration::from_secs(3600));
        let me = X::builder()
            .bearer(Fake::BEARER)
            .user_token(Fake::ANNA_TOKEN)
            .client(&client)
            .build()
            .unwrap();
        Self {
            fake,
            clock: ground.clock.clone(),
            line,
            transport,
            client,
            me,
        }
    }

    /// Nothing was wrong with the answers, and nothing was sent that X passes over in silence.
    fn is_clean(&self) -> Verdict {
        let mut wrong = self.line.watched.wrong();
        wrong.extend(self.fake.complaints());
        holds(wrong.is_empty(), &wrong.join("\n"))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn build(&self, builder: XBuilder) -> X {
        builder.client(&self.client).build().unwrap()
    }

    /// Somebody with a token of OAuth 2.0, and the application's.
    fn user(&self, token: &str) -> X {
        self.build(X::builder().bearer(Fake::BEARER).user_token(token))
    }

    fn bob(&self) -> X {
        self.user(Fake::BOB_TOKEN)
    }

    /// The application alone.
    fn app(&self) -> X {
        self.build(X::builder().bearer(Fake::BEARER))
    }

    /// Anna, as on a contract. What X thinks of it, [`contract`](Self::contract) says.
    fn enterprise(&self) -> X {
        let anna = X::builder()
            .bearer(Fake::BEARER)
            .user_token(Fake::ANNA_TOKEN);
        self.build(anna.tier(Tier::Enterprise))
    }

    /// Anna by OAuth 1.0a, with this secret.
    fn signed(&self, secret: &str) -> XBuilder {
        X::builder()
            .consumer(ConsumerKey::new(Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET))
            .access_token(AccessToken::new(Fake::ANNA_OAUTH1.0, secret))
    }

    /// All have a contract from now on.
    fn contract(&self) -> X {
        self.fake.set_plan(Plan::Enterprise);
        self.enterprise()
    }

    /// Another client on the same line, which waits for so long at most.
    fn patient(&self, wait: Duration) -> Client {
        client(&self.clock, &self.transport, wait)
    }

    async fn publish(&self, text: &str) -> Result<Post> {
        self.me.publish(&Draft::text(text)).await
    }

    /// A request as anybody could make it.
    fn raw(&self, auth: &str, method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{HOST}{target}"))
            .header("authorization", auth);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        self.send(&request.body(body).unwrap())
    }

    fn send(&self, request: &Request<Bytes>) -> (u16, Value) {
        let answer = self.line.answer(request, self.now());
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), body)
    }

    /// A form with a file, as Anna.
    fn form(&self, path: &str, fields: &[(&str, &str)], bytes: &[u8]) -> (u16, Value) {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--mark\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head =
            "--mark\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a\"\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--mark--\r\n");
        let request = Request::post(format!("{HOST}{path}"))
            .header("authorization", format!("Bearer {}", Fake::ANNA_TOKEN))
            .header("content-type", "multipart/form-data; boundary=mark")
            .body(Bytes::from(body))
            .unwrap();
        self.send(&request)
    }

    /// The last request, with all that stood in it.
    fn heard(&self) -> Request<Bytes> {
        let last = self.line.last.lock().unwrap();
        last.clone().unwrap()
    }

    /// Makes a call that must not send anything.
    async fn quiet<T>(&self, call: impl Future<Output = T>) -> std::result::Result<T, Stop> {
        let before = self.fake.seen().len();
        let outcome = call.await;
        let sent = self.fake.seen().len() - before;
        holds(sent == 0, &format!("{sent} requests went out"))?;
        Ok(outcome)
    }

    /// The requests of an operation so far.
    fn asked(&self, operation: &str) -> Vec<SeenRequest> {
        let seen = self.fake.seen().into_iter();
        seen.filter(|seen| seen.name() == operation).collect()
    }

    /// How many of them were answered so.
    fn answered(&self, operation: &str, status: u16) -> usize {
        let asked = self.asked(operation).into_iter();
        asked.filter(|seen| seen.status == status).count()
    }
}

fn client(clock: &SetClock, transport: &Arc<dyn Transport>, wait: Duration) -> Client {
    Client::builder()
        .transport(Arc::clone(transport))
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(7)))
        .max_wait(wait)
        .build()
        .unwrap()
}

fn holds(holds: bool, why: &str) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(Stop::failed(why))
    }
}

/// That a call is refused under this status of the network, and of this kind.
fn refused<T>(answer: Result<T>, status: u16, kind: &str, what: &str) -> Verdict {
    match answer {
        Ok(_) => Err(Stop::failed(format!("{what} is taken"))),
        Err(error) if error.http_status() == Some(status) && error.kind().name() == kind => Ok(()),
        Err(error) => Err(Stop::failed(format!(
            "{what} is answered by {} ({:?}): {error}",
            error.kind().name(),
            error.http_status(),
        ))),
    }
}

/// That something is refused as this, whoever says it.
fn is_kind<T>(answer: Result<T>, kind: &str, what: &str) -> Verdict {
    match answer {
        Ok(_) => Err(Stop::failed(format!("{what} is taken"))),
        Err(error) if error.kind().name() == kind => Ok(()),
        Err(error) => Err(Stop::failed(format!(
            "{what} is answered by {}: {error}",
            error.kind().name()
        ))),
    }
}

/// That something lacks what only the plan of a contract has.
fn lacks_plan<T>(answer: Result<T>, what: &str) -> Verdict {
    let tier = |kind: &ErrorKind| matches!(kind, ErrorKind::Forbidden(sociable::Need::Tier(tier)) if tier == "enterprise");
    match answer {
        Ok(_) => Err(Stop::failed(format!("{what} is taken"))),
        Err(error) if tier(error.kind()) => Ok(()),
        Err(error) => Err(Stop::failed(format!("{what}: {error}"))),
    }
}

/// The ids of what an answer lists.
fn ids(told: &Value) -> Vec<String> {
    let list = told["data"].as_array().cloned().unwrap_or_default();
    let texts = list
        .iter()
        .map(|item| item["id"].as_str().unwrap_or_default());
    texts.map(str::to_owned).collect()
}

async fn get(x: &X, path: &str, params: Value) -> Result<Value> {
    x.call("GET", path, &params).await
}

async fn post(x: &X, path: &str, params: Value) -> Result<Value> {
    x.call("POST", path, &params).await
}

/// A post of this number.
fn at(post: u64) -> Target {
    Target::Post(PostRef::from(post.to_string().as_str()))
}

/// The path of something of Anna's.
fn mine(part: &str) -> String {
    format!("/2/users/{}/{part}", Fake::ANNA)
}

/// A post of Anna's in the network's own words.
async fn written(x: &X, body: Value) -> Result<String> {
    let told = post(x, "/2/tweets", body).await?;
    Ok(told["data"]["id"].as_str().unwrap_or_default().to_owned())
}

fn no_params() -> Value {
    json!({})
}
