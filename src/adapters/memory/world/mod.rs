//! The embedded network itself.

mod engage;
mod events;
mod ids;
mod journal;
mod limits;
mod listings;
mod messages;
mod metrics;
mod posts;
mod promotion;
#[cfg(feature = "webhook")]
mod push;
mod sample;
mod serve;
mod sessions;
mod show;
mod state;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

pub use journal::{Record, RecordKind};
pub use limits::Limit;
pub use promotion::PromotionYield;
pub(super) use sessions::password_of;

use super::{Memory, rules};
use crate::client::{Client, Clock, Disturbance, InProcess, Service, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccountId, AccountKind, MessageId, Money, Period, PostId, PromotionId, Trend};
use crate::network::{MediaRules, TextRules};
use crate::operation::Operation;
use crate::text::Text;
use state::{AccountRow, State};

/// A whole little network, within the program: accounts, posts, messages, figures, on a clock of its own.
///
/// Clones are the same world. [`network`](Self::network) gives an object that speaks as one of its accounts; what the
/// one does the others see. It lives on the [clock](Self::with_clock) that it is given: set that clock, and scheduled
/// posts appear, polls close, figures grow, logins expire and limits reset.
///
/// For tests it can be made to misbehave: connections and answers are [disturbed](Self::disturb), logins
/// [lost](Self::lose_sessions), [limits](Self::set_limit) kept, listings [delayed](Self::set_listing_delay).
///
/// ```
/// # async fn example() -> sociable::Result<()> {
/// use sociable::adapters::memory::World;
/// use sociable::{Draft, PostQuery, SocialNetwork};
///
/// let world = World::new();
/// world.add_account("shop");
/// world.add_account("alice");
/// let post = world.network("shop")?.publish(&Draft::text("Hello, @alice!")).await?;
/// let seen = world.network("alice")?.posts(&PostQuery::mentions()).await?;
/// assert_eq!(seen.items[0].id, post.id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct World {
    server: Arc<Server>,
    road: Arc<InProcess>,
    clock: Arc<dyn Clock>,
}

struct Server {
    state: Mutex<State>,
    requests: AtomicU64,
    /// Which of this process's worlds it is.
    serial: u64,
}

impl Server {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Server {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        serve::answer(&mut self.state(), request, now)
    }
}

/// The server of the world, to be served elsewhere, such as on a loopback port.
impl Service for World {
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes> {
        self.server.answer(request, now)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("World")
            .field("accounts", &state.accounts.len())
            .field("posts", &state.posts.len())
            .finish_non_exhaustive()
    }
}

impl World {
    /// An empty world on the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock::new()))
    }

    /// An empty world on this clock; a test passes a [`SetClock`](crate::client::SetClock).
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::of(State::default(), clock)
    }

    fn of(state: State, clock: Arc<dyn Clock>) -> Self {
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let server = Arc::new(Server {
            state: Mutex::new(state),
            requests: AtomicU64::new(0),
            serial: WORLDS.fetch_add(1, Ordering::Relaxed),
        });
        let service: Arc<dyn Service> = Arc::clone(&server) as _;
        Self {
            road: Arc::new(InProcess::new(service, Arc::clone(&clock))),
            server,
            clock,
        }
    }

    /// A small world in which every call finds something, with the same ids each time: the accounts `shop`, `alice` and
    /// `bob`, the community `plaza`, posts with replies, mentions, hashtags, a poll and a scheduled post, a
    /// conversation, a trend and a promotion of `shop`'s. Its times lie within the last days of the machine's clock.
    pub fn sample() -> Self {
        Self::sample_with_clock(Arc::new(SystemClock::new()))
    }

    /// The [`sample`](Self::sample) on this clock.
    pub fn sample_with_clock(clock: Arc<dyn Clock>) -> Self {
        let state = sample::state(clock.now());
        Self::of(state, clock)
    }

    /// The world as JSON: everything but logins, disturbances, what is spent of limits, and the bytes of files
    /// (their type, size and dimensions stay).
    ///
    /// # Errors
    /// `Config` where it cannot be written as JSON.
    pub fn snapshot(&self) -> Result<String> {
        serde_json::to_string(&*self.state())
            .map_err(|e| Error::config(format!("the world cannot be written as JSON: {e}")))
    }

    /// The world of a [`snapshot`](Self::snapshot), on the machine's clock.
    ///
    /// # Errors
    /// `Config` where it is no snapshot.
    pub fn restore(snapshot: &str) -> Result<Self> {
        Self::restore_with_clock(snapshot, Arc::new(SystemClock::new()))
    }

    /// The world of a [`snapshot`](Self::snapshot), on this clock.
    ///
    /// # Errors
    /// `Config` where it is no snapshot.
    pub fn restore_with_clock(snapshot: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let state = serde_json::from_str(snapshot).map_err(|e| {
            Error::config(format!(
                "this is not the snapshot of a world ({e}): begin with a new one"
            ))
        })?;
        Ok(Self::of(state, clock))
    }

    /// An object that speaks as this account, over a client of its own on the world's clock.
    ///
    /// # Errors
    /// `Config` where there is no such account, naming those that there are.
    pub fn network(&self, handle: &str) -> Result<Memory> {
        let client = Client::builder()
            .clock(Arc::clone(&self.clock))
            .transport(self.transport())
            .build()?;
        Memory::builder(self)
            .account(handle)
            .client(&client)
            .build()
    }

    /// Adds a person's account, and answers its id; one that is there stays as it is. The handle is the name that
    /// others mention, without `@`; it is kept in small letters.
    pub fn add_account(&self, handle: &str) -> AccountId {
        self.add(handle, AccountKind::Person)
    }

    /// Adds a community: who follows it is a member and may post there (`Draft::to` its id, or the configured place).
    pub fn add_community(&self, handle: &str) -> AccountId {
        self.add(handle, AccountKind::Community)
    }

    fn add(&self, handle: &str, kind: AccountKind) -> AccountId {
        let now = self.clock.now();
        let handle = handle.trim_start_matches('@').to_lowercase();
        self.state().add_account(&handle, kind, now);
        ids::account_id(&handle).into()
    }

    /// The handles of all accounts, in alphabetical order.
    pub fn accounts(&self) -> Vec<String> {
        self.state().accounts.keys().cloned().collect()
    }

    /// Whether there is an account of this handle.
    pub fn has_account(&self, handle: &str) -> bool {
        self.state().accounts.contains_key(handle)
    }

    /// The posts of an account that readers can see now, oldest first. No request is counted for it, and no delay
    /// holds.
    pub fn published(&self, handle: &str) -> Vec<PostId> {
        let now = self.clock.now();
        let mut state = self.state();
        state.tick(now);
        let Some(row) = state.accounts.get(handle) else {
            return Vec::new();
        };
        let live = |n: &&u64| state.posts.get(n).is_some_and(state::PostRow::is_live);
        row.posts
            .iter()
            .filter(live)
            .map(|n| ids::post(*n).into())
            .collect()
    }

    /// The texts of those posts, as they were written.
    pub fn texts(&self, handle: &str) -> Vec<String> {
        let published = self.published(handle);
        let state = self.state();
        let row = |id: &PostId| state.posts.get(&ids::post_number(id.as_str()).ok()?);
        let rows = published.iter().filter_map(row);
        rows.map(|row| row.text.as_str().to_owned()).collect()
    }

    /// The posts that an account has pinned, the latest first.
    pub fn pinned(&self, handle: &str) -> Vec<PostId> {
        let state = self.state();
        let row = state.accounts.get(handle);
        let live = |n: &&u64| state.posts.get(n).is_some_and(state::PostRow::is_live);
        row.map(|row| {
            let pinned = row.pinned.iter().filter(live);
            pinned.map(|n| ids::post(*n).into()).collect()
        })
        .unwrap_or_default()
    }

    /// Records what happens from now on: new accounts, posts, messages, what becomes of them, engagements, promotions, and
    /// who reads what. Not by default, since records are kept for ever. A snapshot does not hold them.
    pub fn keep_records(&self) {
        self.state().records.get_or_insert_default();
    }

    /// What was recorded, the oldest first; nothing before [`keep_records`](Self::keep_records).
    pub fn records(&self) -> Vec<Record> {
        self.state().records.clone().unwrap_or_default()
    }

    /// The clock that the world lives on.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The road to the world, for a client of one's own.
    pub fn transport(&self) -> Arc<InProcess> {
        Arc::clone(&self.road)
    }

    /// How many requests have reached the world, logins among them.
    pub fn requests(&self) -> u64 {
        self.server.requests.load(Ordering::Relaxed)
    }

    /// Disturbs the next call that nothing else disturbs, whichever account makes it. Logins are left alone.
    pub fn disturb(&self, disturbance: Disturbance) {
        self.road.disturb_path("/v1/", disturbance);
    }

    /// Disturbs the next call of an operation: `publish`, `posts.own`, or `upload` for a file.
    pub fn disturb_call(&self, operation: &Operation, disturbance: Disturbance) {
        // An answer, a quotation and so on are publications to the server too.
        let name = operation.as_str();
        let name = if name.starts_with("publish") {
            "publish"
        } else {
            name
        };
        self.road.disturb_path(format!("/v1/{name}"), disturbance);
    }

    /// Disturbs the next login or renewal of one.
    pub fn disturb_login(&self, disturbance: Disturbance) {
        self.road.disturb_path("/session", disturbance);
    }

    /// Ends all logins of an account: its objects have to log in again, which they do by themselves.
    pub fn lose_sessions(&self, handle: &str) {
        self.state().end_logins(handle, true);
    }

    /// Lets the logins of an account expire: its objects renew them by themselves.
    pub fn expire_sessions(&self, handle: &str) {
        self.state().end_logins(handle, false);
    }

    /// Ends all logins of an account and refuses new ones (`Unauthorized`), or allows them again.
    pub fn lock_out(&self, handle: &str, locked: bool) {
        let mut state = self.state();
        if let Some(row) = state.accounts.get_mut(handle) {
            row.locked_out = locked;
        }
        if locked {
            state.end_logins(handle, true);
        }
    }

    /// Suspends an account (`Suspended`), or lifts that.
    pub fn suspend(&self, handle: &str, suspended: bool) {
        if let Some(row) = self.state().accounts.get_mut(handle) {
            row.suspended = suspended;
        }
    }

    /// Sets how long a login lasts from now on; 2 hours by default.
    pub fn set_login_life(&self, life: Duration) {
        self.state().settings.login_life = life;
    }

    /// Keeps a limit from now on; one of the same name is replaced. By default there is none.
    pub fn set_limit(&self, limit: Limit) {
        let mut state = self.state();
        let limits = &mut state.settings.limits;
        limits.retain(|l| l.name != limit.name);
        limits.push(limit);
    }

    /// Keeps a limit no longer.
    pub fn remove_limit(&self, name: &str) {
        self.state().settings.limits.retain(|l| l.name != name);
    }

    /// The limits that hold for an operation.
    pub(super) fn limits_on(&self, operation: &str) -> Vec<Limit> {
        let state = self.state();
        let limits = state.settings.limits.iter();
        limits.filter(|l| l.counts(operation)).cloned().collect()
    }

    /// A number for an account of this world: budgets of another world's account of the same name are others.
    pub(super) fn subject(&self, handle: &str) -> u64 {
        crate::client::limits::subject(&format!("{}/{handle}", self.server.serial))
    }

    /// Lets listings (timelines, audiences, conversations, events) show the network as it was so long ago, to the
    /// author too. A post that is read by its id is there at once. None by default.
    pub fn set_listing_delay(&self, delay: Duration) {
        self.state().settings.listing_delay = delay;
    }

    /// Lets posts tell their texts as other networks do: as plain words, without spaces that say nothing, with `&`, `<`
    /// and `>` escaped and addresses shortened. Off by default.
    pub fn set_rewrites(&self, rewrites: bool) {
        self.state().settings.rewrites = rewrites;
    }

    /// Sets how long texts may be. Objects learn it by
    /// [`refresh_profile`](crate::SocialNetwork::refresh_profile), or by a refusal.
    pub fn set_text_rules(&self, rules: TextRules) {
        self.state().settings.text = rules;
    }

    /// Sets what files may be like.
    pub fn set_media_rules(&self, rules: MediaRules) {
        self.state().settings.media = rules;
    }

    /// Allows answers in a conversation only so long after the other side's last message (`WindowClosed`); `None`, the
    /// default, allows them always.
    pub fn set_reply_window(&self, window: Option<Duration>) {
        self.state().settings.reply_window = window;
    }

    /// Refuses the same text of the same account within this time (`Duplicate`); `None`, the default, never does.
    pub fn set_repeat_window(&self, window: Option<Duration>) {
        self.state().settings.repeat_window = window;
    }

    /// Refuses posts and messages that hold this word (`Rejected`), whatever its capitals.
    pub fn reject_word(&self, word: &str) {
        self.state().settings.unwanted.push(word.to_lowercase());
    }

    /// Sets how many happenings are kept for all accounts together; 10 000 by default. Who comes back too late, and
    /// missed something of its own, is told of a [`Gap`](crate::EventKind::Gap).
    pub fn set_event_capacity(&self, events: usize) {
        let mut state = self.state();
        state.settings.event_capacity = events;
        state.forget_events();
    }

    /// Promotes a post for its author: the budget is spent evenly over the period, and brings what
    /// [`PromotionYield::new`] says.
    ///
    /// # Errors
    /// `NotFound` where there is no such post.
    pub fn promote(
        &self,
        post: &PostId,
        name: &str,
        period: Period,
        budget: Money,
    ) -> Result<PromotionId> {
        self.promote_with(post, name, period, budget, PromotionYield::new())
    }

    /// Promotes a post as [`promote`](Self::promote) does, with a yield of its own.
    ///
    /// # Errors
    /// `NotFound` where there is no such post.
    pub fn promote_with(
        &self,
        post: &PostId,
        name: &str,
        period: Period,
        budget: Money,
        brings: PromotionYield,
    ) -> Result<PromotionId> {
        let now = self.clock.now();
        let number = ids::post_number(post.as_str()).ok();
        number
            .and_then(|number| {
                self.state()
                    .promote(number, name, period, budget, brings, now)
            })
            .map(|number| ids::promotion(number).into())
            .ok_or_else(|| {
                let what = format!("there is no post {post} to promote: publish it first");
                Error::new(ErrorKind::NotFound, what).with_network(rules::NETWORK)
            })
    }

    /// Changes a message as its author would; the other side is told of
    /// [`MessageEdited`](crate::EventKind::MessageEdited). The trait has no call for it.
    ///
    /// # Errors
    /// `NotFound` where there is no such message.
    pub fn edit_message(&self, message: &MessageId, text: impl Into<Text>) -> Result<()> {
        self.change_message(message, Some(text.into()))
    }

    /// Takes a message away as its author would; the other side is told of
    /// [`MessageDeleted`](crate::EventKind::MessageDeleted). The trait has no call for it.
    ///
    /// # Errors
    /// `NotFound` where there is no such message.
    pub fn delete_message(&self, message: &MessageId) -> Result<()> {
        self.change_message(message, None)
    }

    fn change_message(&self, message: &MessageId, text: Option<Text>) -> Result<()> {
        let now = self.clock.now();
        let number = ids::message_number(message.as_str()).ok();
        number
            .and_then(|number| self.state().change_message(number, text, now))
            .ok_or_else(|| {
                let what = format!("there is no message {message}: send it first");
                Error::new(ErrorKind::NotFound, what).with_network(rules::NETWORK)
            })
    }

    /// Sets a trend, above those that follow from hashtags; one of the same name is replaced.
    pub fn set_trend(&self, trend: Trend) {
        let mut state = self.state();
        state.trends.retain(|t| t.name != trend.name);
        state.trends.push(trend);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.server.state()
    }
}

impl State {
    fn add_account(&mut self, handle: &str, kind: AccountKind, now: Timestamp) {
        if self.accounts.contains_key(handle) {
            return;
        }
        let mut letters = handle.chars();
        let name = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        let row = AccountRow {
            name,
            about: None,
            kind,
            created_at: now,
            number: self.number(),
            suspended: false,
            locked_out: false,
            followers: Default::default(),
            following: Default::default(),
            blocked: Default::default(),
            muted: Default::default(),
            moves: Vec::new(),
            pinned: Vec::new(),
            posts: Vec::new(),
            seen: 0,
            forgotten: None,
        };
        self.accounts.insert(handle.to_owned(), row);
        let id = ids::account_id(handle);
        self.record(RecordKind::Joined, handle, now, id, None, String::new());
    }
}
