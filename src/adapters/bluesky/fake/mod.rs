//! A Bluesky network as a state machine: PDS, AppView, message service and video service in one.
//!
//! [`Fake`] answers requests as the network does, from its own accounts and records, under the clock of the caller, and
//! keeps the network's rules: what a record may hold, when a token ends, what a limit refuses, who sees what and when.
//! A program that speaks to Bluesky can be tested on it without a network. What it answers follows the lexicons; where
//! they are silent, what a real PDS 0.4.217 and its AppView answered.
//!
//! ```
//! use bytes::Bytes;
//! use sociable::adapters::bluesky::fake::Fake;
//! use sociable::client::Service;
//! use sociable::jiff::Timestamp;
//!
//! let fake = Fake::new();
//! let body = format!(r#"{{"identifier": "alice.test", "password": "{}"}}"#, Fake::PASSWORD);
//! let request = http::Request::post("http://pds.test/xrpc/com.atproto.server.createSession")
//!     .header("content-type", "application/json")
//!     .body(Bytes::from(body))?;
//! let answer = fake.answer(&request, Timestamp::UNIX_EPOCH);
//! assert_eq!(answer.status(), 200);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! Every host is the same network: `video.bsky.app` and `public.api.bsky.app` behave as these do, every other host is
//! the PDS. Rules can be switched off one by one ([`Fake::break_rule`]) to prove that a suite would notice, and single
//! answers can be made to go wrong ([`Fake::fail_next`]).

mod chat;
mod faults;
mod feed;
mod ids;
mod index;
mod lexicon;
mod limits;
mod messages;
mod notify;
mod people;
mod records;
mod repo;
mod routes;
mod search;
mod session;
mod shape;
mod state;
mod syntax;
mod video;
mod views;
mod xrpc;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub use faults::{Fault, Rule};
pub use limits::Limiter;

use crate::client::Service;
pub use state::Standing;
use state::{Account, World};
use syntax::iso;
use xrpc::{Reply, ReplyBody};

/// How many requests the log keeps.
const LOG_LENGTH: usize = 1024;
/// How much of a body the log keeps, in bytes.
const LOG_BODY: usize = 256 * 1024;

/// A request and what was answered, without secrets.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    at: Timestamp,
    request: Request<Bytes>,
    response: Response<Bytes>,
}

/// A request as the fake saw it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SeenRequest {
    /// When it came.
    pub at: Timestamp,
    /// `GET` or `POST`, or whatever came.
    pub method: http::Method,
    /// The host that it was sent to.
    pub host: String,
    /// The path, like `/xrpc/app.bsky.feed.getTimeline`.
    pub path: String,
    /// The query string, without `?`.
    pub query: String,
    /// The headers; `authorization` holds its kind only, like `Bearer redacted`.
    pub headers: HeaderMap,
    /// The body, up to 256 KiB of it; passwords and tokens are replaced by `redacted`.
    pub body: Bytes,
    /// The status of the answer.
    pub status: StatusCode,
}

impl SeenRequest {
    /// The method that was called, like `app.bsky.feed.getTimeline`; empty where it was none.
    #[must_use]
    pub fn nsid(&self) -> &str {
        self.path.strip_prefix("/xrpc/").unwrap_or_default()
    }
}

/// A record that was written: what likes, reposts and replies refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The address of the record, `at://did/collection/key`.
    pub uri: String,
    /// The content id of the record.
    pub cid: String,
}

/// A fake of Bluesky. Clones share one network.
///
/// A new one has the accounts `alice.test`, `bob.test` and `carol.test`, all with the password [`Fake::PASSWORD`], the
/// limits of the network, and an index without lag.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.world();
        f.debug_struct("Fake")
            .field("accounts", &world.handles.keys().collect::<Vec<_>>())
            .field("broken", &world.broken)
            .finish_non_exhaustive()
    }
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

/// Sets a [`Fake`] up before its first request.
#[derive(Debug)]
pub struct FakeBuilder {
    fake: Fake,
    standard_accounts: bool,
}

impl FakeBuilder {
    /// Adds an account. The first one that is named replaces `alice.test`, `bob.test` and `carol.test`.
    #[must_use]
    pub fn with_account(mut self, handle: &str, password: &str) -> Self {
        self.standard_accounts = false;
        self.fake.add_account(handle, password);
        self
    }

    /// Adds an app password to an account that was added before; `privileged` ones may reach messages.
    #[must_use]
    pub fn with_app_password(self, handle: &str, password: &str, privileged: bool) -> Self {
        self.fake.add_app_password(handle, password, privileged);
        self
    }

    /// How long a write takes until others see it (at first: no time).
    #[must_use]
    pub fn index_lag(self, lag: SignedDuration) -> Self {
        self.fake.set_index_lag(lag);
        self
    }

    /// How long an access token lives (at first: 2 hours).
    #[must_use]
    pub fn access_token_life(self, life: SignedDuration) -> Self {
        self.fake.set_access_token_life(life);
        self
    }

    /// The largest blob in bytes (at first: 5242880, as the PDS software has it; Bluesky's own: 52428800).
    #[must_use]
    pub fn blob_limit(self, bytes: usize) -> Self {
        self.fake.set_blob_limit(bytes);
        self
    }

    /// The largest video in bytes (at first: 300000000) and how long one takes to be ready (at first: 3 seconds).
    #[must_use]
    pub fn video(self, limit: usize, time: SignedDuration) -> Self {
        self.fake.set_video(limit, time);
        self
    }

    /// A bare PDS: `app.bsky.*` has nobody to answer it.
    #[must_use]
    pub fn no_appview(self) -> Self {
        self.fake.world().settings.appview = false;
        self
    }

    /// A network without the message service.
    #[must_use]
    pub fn no_chat(self) -> Self {
        self.fake.world().settings.chat = false;
        self
    }

    /// Accounts that declare nothing take messages from everybody, not only from those they follow.
    #[must_use]
    pub fn chat_open_to_all(self) -> Self {
        self.fake.world().settings.chat_open = true;
        self
    }

    /// `app.bsky.*` answers public reads without a login on every host, as an AppView does.
    #[must_use]
    pub fn public_reads(self) -> Self {
        self.fake.world().settings.public_reads = true;
        self
    }

    /// The address of the PDS that sessions tell of in `didDoc`; without it they have no `didDoc`.
    #[must_use]
    pub fn service_url(self, url: &str) -> Self {
        self.fake.set_service_url(Some(url));
        self
    }

    /// Without limits and without their headers.
    #[must_use]
    pub fn no_limits(self) -> Self {
        self.fake.limits(false);
        self
    }

    /// One limit at another size.
    #[must_use]
    pub fn limit(self, limiter: Limiter, points: u64, window: SignedDuration) -> Self {
        self.fake.set_limit(limiter, points, window);
        self
    }

    /// The network.
    #[must_use]
    pub fn build(self) -> Fake {
        if self.standard_accounts {
            for handle in STANDARD_ACCOUNTS {
                self.fake.add_account(handle, Fake::PASSWORD);
            }
        }
        self.fake
    }
}

const STANDARD_ACCOUNTS: [&str; 3] = ["alice.test", "bob.test", "carol.test"];

impl Fake {
    /// The password of `alice.test`, `bob.test` and `carol.test`.
    pub const PASSWORD: &'static str = "fake-password";

    /// A network with three accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A network to set up.
    #[must_use]
    pub fn builder() -> FakeBuilder {
        FakeBuilder {
            fake: Self {
                world: Arc::new(Mutex::new(World::new())),
            },
            standard_accounts: true,
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic elsewhere must not hide what a test wants to see.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The DID of a handle. It follows from the handle alone, so that two fakes agree.
    #[must_use]
    pub fn account(&self, handle: &str) -> String {
        ids::did_plc(&handle.to_ascii_lowercase())
    }

    /// Adds an account, or sets the password of one that is there, and tells its DID.
    pub fn add_account(&self, handle: &str, password: &str) -> String {
        let handle = handle.to_ascii_lowercase();
        let mut world = self.world();
        if let Some(account) = world.find_mut(&handle) {
            password.clone_into(&mut account.password);
            return account.did.clone();
        }
        world.add(Account::new(&handle, password))
    }

    /// Adds an app password to an account; `privileged` ones may reach messages.
    pub fn add_app_password(&self, handle: &str, password: &str, privileged: bool) {
        if let Some(account) = self.world().find_mut(handle) {
            account
                .app_passwords
                .push((password.to_owned(), privileged));
        }
    }

    /// How long a write takes until others see it. What was written before keeps its time.
    pub fn set_index_lag(&self, lag: SignedDuration) {
        self.world().settings.index_lag = lag.max(SignedDuration::ZERO);
    }

    /// Whether spaces at the end of a new post's text are taken out (at first: no, as on the network itself).
    pub fn set_trims(&self, trims: bool) {
        self.world().settings.trims = trims;
    }

    /// How long access tokens live that are given out from now on.
    pub fn set_access_token_life(&self, life: SignedDuration) {
        self.world().settings.access_life = life;
    }

    /// The largest blob in bytes.
    pub fn set_blob_limit(&self, bytes: usize) {
        self.world().settings.blob_limit = bytes;
    }

    /// The largest video in bytes, and how long one takes to be ready.
    pub fn set_video(&self, limit: usize, time: SignedDuration) {
        let mut world = self.world();
        world.settings.video_limit = limit;
        world.settings.video_time = time;
    }

    /// The address of the PDS that sessions tell of in `didDoc`.
    pub fn set_service_url(&self, url: Option<&str>) {
        self.world().settings.service_url = url.map(str::to_owned);
    }

    /// Ends every session of an account: its refresh tokens are revoked and its access tokens expire.
    pub fn revoke_sessions(&self, handle: &str) {
        let mut world = self.world();
        if !world.keeps(Rule::RevokedSessionsEnd) {
            return;
        }
        let floor = world.serial + 1;
        if let Some(account) = world.find_mut(handle) {
            account.refreshes.clear();
            account.access_floor = floor;
        }
    }

    /// Lets the access tokens of an account expire before their time. Its refresh tokens stay.
    pub fn expire_access(&self, handle: &str) {
        let mut world = self.world();
        let floor = world.serial + 1;
        if let Some(account) = world.find_mut(handle) {
            account.access_floor = floor;
        }
    }

    /// Cuts an account's notifications: nothing that it was told of so far is listed any more.
    pub fn forget_notifications(&self, handle: &str) {
        let did = self.account(handle);
        self.world().index.forget_notices(&did);
    }

    /// Puts an account to rest, takes it down, or sets it free again.
    pub fn set_standing(&self, handle: &str, standing: Standing) {
        if let Some(account) = self.world().find_mut(handle) {
            account.standing = standing;
        }
    }

    /// The code that a login with the account's own password needs from now on, as if it came by mail; none switches
    /// that off. App passwords need none.
    pub fn set_sign_in_code(&self, handle: &str, code: Option<&str>) {
        if let Some(account) = self.world().find_mut(handle) {
            account.code = code.map(str::to_owned);
        }
    }

    /// Switches all limits on or off. Off, no headers tell of them.
    pub fn limits(&self, on: bool) {
        self.world().limits.on = on;
    }

    /// Sets the size of one limit and forgets what was used of it.
    pub fn set_limit(&self, limiter: Limiter, points: u64, window: SignedDuration) {
        self.world().limits.set(limiter, points, window);
    }

    /// Breaks a rule: what then happens is told at each [`Rule`].
    pub fn break_rule(&self, rule: Rule) {
        self.world().broken.insert(rule);
    }

    /// Keeps a rule again.
    pub fn mend_rule(&self, rule: Rule) {
        self.world().broken.remove(&rule);
    }

    /// Makes the next call of a method go wrong, once. `method` is a full name, like
    /// `com.atproto.repo.putRecord`, or the start of names with `*` at the end. Several wait in order.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.world().faults.push((method.to_owned(), fault));
    }

    /// The last 1024 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        let seen = |exchange: &Exchange| {
            let (request, uri) = (&exchange.request, exchange.request.uri());
            let named = request
                .headers()
                .get(http::header::HOST)
                .and_then(|host| host.to_str().ok());
            SeenRequest {
                at: exchange.at,
                method: request.method().clone(),
                host: uri
                    .authority()
                    .map(http::uri::Authority::as_str)
                    .or(named)
                    .unwrap_or_default()
                    .to_owned(),
                path: uri.path().to_owned(),
                query: uri.query().unwrap_or_default().to_owned(),
                headers: request.headers().clone(),
                body: request.body().clone(),
                status: exchange.response.status(),
            }
        };
        self.world().log.iter().map(seen).collect()
    }

    /// The last 1024 requests with their answers, oldest first: without secrets, bodies up to 256 KiB.
    #[must_use]
    pub fn log_pairs(&self) -> Vec<(Request<Bytes>, Response<Bytes>)> {
        self.world()
            .log
            .iter()
            .map(|exchange| (exchange.request.clone(), exchange.response.clone()))
            .collect()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.world().log.clear();
    }

    /// Writes a record in the name of an account, past the wire: no session, no limit, no check. Nothing happens if
    /// there is no such account. `record` needs no `$type` and no `createdAt`.
    pub fn record_as(
        &self,
        handle: &str,
        collection: &str,
        record: Value,
        now: Timestamp,
    ) -> Option<Written> {
        let mut record = record;
        let fields = record.as_object_mut()?;
        fields.entry("$type").or_insert_with(|| json!(collection));
        fields.entry("createdAt").or_insert_with(|| json!(iso(now)));
        let mut world = self.world();
        let did = world.find(handle)?.did.clone();
        let (uri, cid) = world.write_unchecked(&did, collection, record, now);
        world.catch_up(now);
        Some(Written { uri, cid })
    }

    /// The texts of an account's posts, in the order of their keys.
    #[must_use]
    pub fn texts(&self, handle: &str) -> Vec<String> {
        let world = self.world();
        let account = world.find(handle);
        let posts = account.and_then(|account| account.collections.get(index::POST));
        let text = |stored: &state::Stored| stored.value.get("text")?.as_str().map(str::to_owned);
        posts
            .into_iter()
            .flat_map(|posts| posts.values().filter_map(text))
            .collect()
    }

    /// Posts a text in the name of an account, past the wire.
    pub fn post_as(&self, handle: &str, text: &str, now: Timestamp) -> Option<Written> {
        self.record_as(handle, index::POST, json!({ "text": text }), now)
    }

    /// Replies in the name of an account, past the wire; the root is that of the post which is answered.
    pub fn reply_as(
        &self,
        handle: &str,
        to: &Written,
        text: &str,
        now: Timestamp,
    ) -> Option<Written> {
        let parent = json!({ "uri": to.uri, "cid": to.cid });
        let root = {
            let world = self.world();
            let parent = world.index.post(&to.uri);
            parent.and_then(|parent| parent.value.pointer("/reply/root").cloned())
        };
        let reply = json!({ "root": root.unwrap_or_else(|| parent.clone()), "parent": parent });
        self.record_as(
            handle,
            index::POST,
            json!({ "text": text, "reply": reply }),
            now,
        )
    }

    /// Likes a post in the name of an account, past the wire.
    pub fn like_as(&self, handle: &str, post: &Written, now: Timestamp) -> Option<Written> {
        self.record_as(
            handle,
            index::LIKE,
            json!({ "subject": { "uri": post.uri, "cid": post.cid } }),
            now,
        )
    }

    /// Reposts in the name of an account, past the wire.
    pub fn repost_as(&self, handle: &str, post: &Written, now: Timestamp) -> Option<Written> {
        self.record_as(
            handle,
            index::REPOST,
            json!({ "subject": { "uri": post.uri, "cid": post.cid } }),
            now,
        )
    }

    /// Lets one account follow another, past the wire.
    pub fn follow_as(&self, handle: &str, whom: &str, now: Timestamp) -> Option<Written> {
        self.record_as(
            handle,
            index::FOLLOW,
            json!({ "subject": self.account(whom) }),
            now,
        )
    }

    fn keep(
        &self,
        world: &mut World,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        now: Timestamp,
    ) {
        let secret = request
            .uri()
            .path()
            .starts_with("/xrpc/com.atproto.server.");
        let mut seen = Request::new(kept_body(request.body(), secret));
        *seen.method_mut() = request.method().clone();
        *seen.uri_mut() = request.uri().clone();
        *seen.headers_mut() = request.headers().clone();
        if let Some(value) = seen.headers_mut().get_mut(http::header::AUTHORIZATION) {
            let kind = value
                .to_str()
                .ok()
                .and_then(|text| text.split(' ').next())
                .unwrap_or_default()
                .to_owned();
            *value = HeaderValue::from_str(&format!("{kind} redacted"))
                .unwrap_or(HeaderValue::from_static("redacted"));
        }
        let mut told = Response::new(kept_body(response.body(), secret));
        *told.status_mut() = response.status();
        *told.headers_mut() = response.headers().clone();
        if world.log.len() >= LOG_LENGTH {
            world.log.pop_front();
        }
        world.log.push_back(Exchange {
            at: now,
            request: seen,
            response: told,
        });
    }
}

/// A body as the log keeps it: short, and without passwords and tokens.
fn kept_body(body: &Bytes, secret: bool) -> Bytes {
    if body.len() > LOG_BODY {
        return Bytes::copy_from_slice(body.get(..LOG_BODY).unwrap_or_default());
    }
    if !secret {
        return body.clone();
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut fields)) => {
            for name in [
                "password",
                "accessJwt",
                "refreshJwt",
                "token",
                "authFactorToken",
            ] {
                if let Some(value) = fields.get_mut(name).filter(|value| value.is_string()) {
                    *value = json!("redacted");
                }
            }
            Bytes::from(Value::Object(fields).to_string())
        }
        // What is no JSON object may hold anything: nothing of it is kept.
        _ => Bytes::new(),
    }
}

impl Service for Fake {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut world = self.world();
        let reply = world.answer(request, now);
        let mut headers = if world.keeps(Rule::RateHeaders) {
            world.limits.headers()
        } else {
            Vec::new()
        };
        headers.extend(reply.headers.iter().cloned());
        headers.push((
            "date",
            now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        ));
        let response = response(reply, &headers);
        self.keep(&mut world, request, &response, now);
        response
    }
}

fn response(reply: Reply, headers: &[(&'static str, String)]) -> Response<Bytes> {
    let (mime, bytes) = match reply.body {
        ReplyBody::Json(value) => (
            Some(routes::JSON.to_owned()),
            Bytes::from(value.to_string()),
        ),
        ReplyBody::Empty => (None, Bytes::new()),
        ReplyBody::File { bytes, mime } => (Some(mime), bytes),
    };
    let mut response = Response::new(bytes);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let type_of_body = mime.iter().map(|mime| ("content-type", mime));
    for (name, value) in headers
        .iter()
        .map(|(name, value)| (*name, value))
        .chain(type_of_body)
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}
