//! VK as a state machine: its API, the hosts that take files, the long poll and the logins, in one.
//!
//! [`Fake`] answers requests as VK does, from its own users, communities and walls, under the clock of the caller, and
//! keeps VK's rules: which token may do what, what a second and a day allow, what is sent twice and counts once, what
//! waits for its time. A program that speaks to VK can be tested on it without a network. What it answers follows the
//! JSON schema 5.199; where that is silent, the platform's documentation and what real answers were reported to be.
//!
//! ```
//! use bytes::Bytes;
//! use sociable::adapters::vk::fake::Fake;
//! use sociable::client::Service;
//! use sociable::jiff::Timestamp;
//!
//! let fake = Fake::new();
//! let body = format!("v=5.199&owner_id=-{}&message=Hello", Fake::GROUP);
//! let request = http::Request::post("https://api.vk.ru/method/wall.post")
//!     .header("content-type", "application/x-www-form-urlencoded")
//!     .header("authorization", format!("Bearer {}", Fake::USER_TOKEN))
//!     .body(Bytes::from(body))?;
//! let answer = fake.answer(&request, Timestamp::UNIX_EPOCH);
//! assert_eq!(answer.body(), r#"{"response":{"post_id":1}}"#);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! Every host is the same network, and the addresses that answers hand out lead to the host that was asked:
//!
//! | path | what stands there |
//! | --- | --- |
//! | `/method/…` | the API |
//! | `/upload/…` | the hosts that take files |
//! | `/whp/…` | the long poll; it answers at once, as time does not pass by itself |
//! | `/authorize`, `/oauth2/…` | VK ID and the old login, where the administrator says yes to everything |
//!
//! Rules can be switched off one by one ([`Fake::break_rule`]) to prove that a suite would notice, and single answers
//! can be made to go wrong ([`Fake::fail_next`]). What VK passes over although no caller should do it (a token in a URL,
//! a parameter that nobody reads) is kept in [`Fake::complaints`].

mod access;
mod attach;
mod board;
mod comments;
mod engage;
mod events;
mod execute;
mod faults;
mod limits;
mod log;
mod measure;
mod messages;
mod messages_read;
mod methods;
mod oauth;
mod people;
mod routes;
mod scripts;
mod setup;
mod state;
mod uploads;
mod views;
mod wall;
mod wall_read;
mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use jiff::Timestamp;

pub use events::Delivery;
pub use faults::{Fault, Rule};
pub use log::{InnerCall, SeenRequest};
pub use measure::CommunityDay;
pub use scripts::AdFigures;

use crate::client::Service;
use state::World;

/// A fake of VK. Clones share one network.
///
/// A new one has the users [`ADMIN`](Fake::ADMIN), [`BOB`](Fake::BOB) and [`CAROL`](Fake::CAROL), the community
/// [`GROUP`](Fake::GROUP) of the administrator, a token of each kind with every right, and the limits of the network.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.world();
        f.debug_struct("Fake")
            .field("users", &world.users.keys().collect::<Vec<_>>())
            .field("groups", &world.groups.keys().collect::<Vec<_>>())
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
    /// The user `admin.test`, who manages the community.
    pub const ADMIN: i64 = 101;
    /// The user `bob.test`.
    pub const BOB: i64 = 102;
    /// The user `carol.test`.
    pub const CAROL: i64 = 103;
    /// The community `club.test`, as a positive number.
    pub const GROUP: i64 = 7001;
    /// The application that logins name as `client_id`.
    pub const APP: i64 = 51_234_567;
    /// The administrator's token from the old login, with every scope.
    pub const USER_TOKEN: &'static str = "vk1.a.fake-user-token-of-the-administrator";
    /// Bob's token from the old login, with every scope.
    pub const BOB_TOKEN: &'static str = "vk1.a.fake-user-token-of-bob";
    /// The community's token, with every right.
    pub const GROUP_TOKEN: &'static str = "vk1.a.fake-token-of-the-community";
    /// The application's service token.
    pub const SERVICE_TOKEN: &'static str = "fake-service-token-of-the-application";
    /// What a person reads in a captcha's picture.
    pub const CAPTCHA_KEY: &'static str = "qwerty";

    /// A network with three users and a community.
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

    /// Makes the next call of a method go wrong, once. `method` is a full name like `wall.post`, a path like
    /// `/upload/`, or the start of either with `*` at the end. Several wait in order. A call within a script is refused
    /// where it is named in full.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.world().faults.push((method.to_owned(), fault));
    }

    /// The last 1024 requests, oldest first, without secrets.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        self.world().log.iter().cloned().collect()
    }

    /// The last request.
    #[must_use]
    pub fn last_seen(&self) -> Option<SeenRequest> {
        self.world().log.back().cloned()
    }

    /// The kind of a token that was given out: `user`, `group` or `service`.
    #[must_use]
    pub fn token_kind(&self, token: &str) -> Option<&'static str> {
        let world = self.world();
        Some(match world.tokens.get(token)?.kind {
            access::Kind::User { .. } => "user",
            access::Kind::Community(_) => "group",
            access::Kind::Service => "service",
        })
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.world().log.clear();
    }

    /// What callers did that VK passes over and no caller should do: tokens in URLs, parameters that nobody reads,
    /// methods that are not there, bodies of JSON.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.world().complaints.clone()
    }

    /// The names of the methods that the fake answers.
    #[must_use]
    pub fn methods() -> Vec<&'static str> {
        methods::Method::all().map(|method| method.name).collect()
    }

    /// The parameters that a method reads, each with whether it must be there.
    #[must_use]
    pub fn params(method: &str) -> Vec<(String, bool)> {
        methods::Method::find(method).map_or_else(Vec::new, |method| method.told())
    }

    /// The kinds of token that a method takes: `user`, `group`, `service`.
    #[must_use]
    pub fn token_kinds(method: &str) -> Vec<&'static str> {
        let Some(method) = methods::Method::find(method) else {
            return Vec::new();
        };
        [('U', "user"), ('G', "group"), ('S', "service")]
            .into_iter()
            .filter(|(letter, _)| method.takes(*letter))
            .map(|(_, name)| name)
            .collect()
    }
}

impl Service for Fake {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut world = self.world();
        let mut response = world.answer(request, now);
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(header::DATE, date);
        }
        world.keep(request, &response, now);
        response
    }
}
