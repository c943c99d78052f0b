//! X as a state machine: its API, its logins, and what it charges, in one.
//!
//! [`Fake`] answers requests as X does, from its own users and posts, under the clock of the caller, and keeps X's
//! rules: which token may do what, what fifteen minutes and a day allow, what a plan has lost, what each call costs. A
//! program that speaks to X can be tested on it without a network. What it answers follows the OpenAPI document 2.167;
//! where that is silent, the platform's documentation and what real answers were reported to be.
//!
//! ```
//! use bytes::Bytes;
//! use sociable::adapters::x::fake::Fake;
//! use sociable::client::Service;
//! use sociable::jiff::Timestamp;
//!
//! let fake = Fake::new();
//! let request = http::Request::post("https://api.x.com/2/tweets")
//!     .header("content-type", "application/json")
//!     .header("authorization", format!("Bearer {}", Fake::ANNA_TOKEN))
//!     .body(Bytes::from(r#"{"text":"Hello"}"#))?;
//! let answer = fake.answer(&request, Timestamp::UNIX_EPOCH);
//! assert_eq!(answer.status(), 201);
//! assert_eq!(fake.spent(), 15);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! Every host is the same network:
//!
//! | path | what stands there |
//! | --- | --- |
//! | `/2/…` | the API |
//! | `/i/oauth2/authorize`, `/2/oauth2/token`, `/2/oauth2/revoke` | the login with OAuth 2.0, where a user says yes to everything |
//! | `/oauth2/token` | the app's own token |
//! | `/12/…` | the Ads API |
//!
//! Streams answer what is there and end; through [`Streaming`] they come piece by piece. What X would send to a webhook
//! waits in [`Fake::deliveries`].
//!
//! Rules can be switched off one by one ([`Fake::break_rule`]) to prove that a suite would notice, and single answers
//! can be made to go wrong ([`Fake::fail_next`]). What X passes over although no caller should do it (a token in a URL)
//! is kept in [`Fake::complaints`].

mod access;
mod activity;
mod acts;
mod ads;
mod change;
mod dm;
mod engage;
mod faults;
mod groups;
mod happen;
mod limits;
mod log;
mod may_write;
mod measure;
mod media;
mod money;
mod oauth1;
mod oauth2;
mod operations;
mod params;
mod people;
mod posts;
mod read;
mod routes;
mod search;
mod setup;
mod state;
mod stream;
mod streaming;
mod subtitles;
mod table;
mod text;
mod view_user;
mod views;
mod webhooks;
mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use jiff::Timestamp;

pub use ads::AdDay;
pub use faults::{Fault, Rule};
pub use log::SeenRequest;
pub use money::Billed;
pub use setup::{Login, Plan, Spelling};
pub use state::Figures;
pub use stream::Piece;
pub use streaming::Streaming;
pub use webhooks::{Delivery, Signing};

use crate::client::Service;
use state::World;

/// A fake of X. Clones share one network.
///
/// A new one has the users [`ANNA`](Fake::ANNA), who owns the app, [`BOB`](Fake::BOB) and [`CAROL`](Fake::CAROL), a
/// token of each kind with every scope, the limits of the network and the plan that X gives to who has no other.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.world();
        f.debug_struct("Fake")
            .field("users", &world.users.keys().collect::<Vec<_>>())
            .field("posts", &world.posts.len())
            .field("broken", &world.broken)
            .finish_non_exhaustive()
    }
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

impl Fake {
    /// The user who owns the app. Ids of X do not fit into a double.
    pub const ANNA: u64 = 1_777_000_000_000_000_101;
    /// Another user.
    pub const BOB: u64 = 1_777_000_000_000_000_102;
    /// A third one.
    pub const CAROL: u64 = 1_777_000_000_000_000_103;
    /// What Anna is called.
    pub const ANNA_NAME: &'static str = "anna_test";
    /// What Bob is called.
    pub const BOB_NAME: &'static str = "bob_test";
    /// What Carol is called.
    pub const CAROL_NAME: &'static str = "carol_test";
    /// The app's name in logins with OAuth 2.0.
    pub const CLIENT_ID: &'static str = "ZmFrZS1jbGllbnQtaWQ6MTpjaQ";
    /// The app's secret in logins with OAuth 2.0, where it keeps one.
    pub const CLIENT_SECRET: &'static str = "fake-client-secret-of-the-app";
    /// Where logins come back to.
    pub const REDIRECT: &'static str = "http://127.0.0.1:8723/callback";
    /// The app's key of OAuth 1.0a.
    pub const CONSUMER_KEY: &'static str = "fakeConsumerKeyOfTheApp";
    /// The secret to it, which signs deliveries too.
    pub const CONSUMER_SECRET: &'static str = "fake-consumer-secret-of-the-app";
    /// The app's own token.
    pub const BEARER: &'static str = "AAAAAAAAAAAAAAAAAAAAAfake-bearer-of-the-app";
    /// Anna's token of OAuth 2.0, with every scope; it does not end.
    pub const ANNA_TOKEN: &'static str = "fake-access-token-of-anna";
    /// Bob's.
    pub const BOB_TOKEN: &'static str = "fake-access-token-of-bob";
    /// Carol's.
    pub const CAROL_TOKEN: &'static str = "fake-access-token-of-carol";
    /// Anna's token of OAuth 1.0a, and the secret to it.
    pub const ANNA_OAUTH1: (&'static str, &'static str) = (
        "1777000000000000101-fakeTokenOfAnna",
        "fake-token-secret-of-anna",
    );

    /// A network with three users and an app.
    #[must_use]
    pub fn new() -> Self {
        let fake = Self::empty();
        setup::people(&fake);
        fake
    }

    /// A network without anybody.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            world: Arc::new(Mutex::new(World::default())),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic elsewhere must not hide what a test wants to see.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Breaks a rule: what then happens is told at each [`Rule`].
    pub fn break_rule(&self, rule: Rule) {
        self.world().broken.insert(rule);
    }

    /// Keeps a rule again.
    pub fn mend_rule(&self, rule: Rule) {
        self.world().broken.remove(&rule);
    }

    /// Makes the next call of an operation go wrong, once. `operation` is a name like `POST /2/tweets`, a path like
    /// `/2/oauth2/token`, or the start of either with `*` at the end. Several wait in order.
    pub fn fail_next(&self, operation: &str, fault: Fault) {
        self.world().faults.push((operation.to_owned(), fault));
    }

    /// The last 4096 requests, oldest first, without secrets.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        self.world().log.iter().cloned().collect()
    }

    /// The last request.
    #[must_use]
    pub fn last_seen(&self) -> Option<SeenRequest> {
        self.world().log.back().cloned()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.world().log.clear();
    }

    /// What callers did that X passes over and no caller should do.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.world().complaints.clone()
    }

    /// The names of the operations that the fake answers, like `GET /2/tweets/{id}`.
    #[must_use]
    pub fn operations() -> Vec<String> {
        operations::OPERATIONS
            .iter()
            .map(operations::Operation::name)
            .collect()
    }

    /// The parameters that an operation reads from the query, each with whether it must be there.
    #[must_use]
    pub fn params(operation: &str) -> Vec<(&'static str, bool)> {
        let found = operations::OPERATIONS
            .iter()
            .find(|op| op.name() == operation);
        found.map_or_else(Vec::new, |op| {
            op.params()
                .map(|param| (param.name, param.required))
                .collect()
        })
    }

    /// The kinds of token that an operation takes (`bearer`, `user`, `oauth1`), and the scopes that a user's needs.
    #[must_use]
    pub fn access(operation: &str) -> (Vec<&'static str>, Vec<&'static str>) {
        let found = operations::OPERATIONS
            .iter()
            .find(|op| op.name() == operation);
        let Some(op) = found else {
            return (Vec::new(), Vec::new());
        };
        let kinds = [('B', "bearer"), ('O', "oauth1"), ('U', "user")];
        let kinds = kinds
            .into_iter()
            .filter(|(letter, _)| op.kinds.contains(*letter))
            .map(|(_, name)| name)
            .collect();
        (kinds, op.scopes.to_vec())
    }
}

impl Service for Fake {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut world = self.world();
        let (mut response, token) = world.answer(request, now);
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(header::DATE, date);
        }
        world.keep(request, &response, token, now);
        response
    }
}
