//! Bluesky, on its own servers and on self-hosted ones.
//!
//! ```no_run
//! use sociable::{Draft, SocialNetwork, adapters::bluesky::Bluesky};
//!
//! # async fn example() -> sociable::Result<()> {
//! let network = Bluesky::builder("https://bsky.social")
//!     .identifier("alice.bsky.social")
//!     .password("abcd-efgh-ijkl-mnop")
//!     .token_file("alice.tokens")
//!     .build()?;
//! let post = network.publish(&Draft::text("Hello, sky")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! **Login.** With an app password (made in the app's settings; tick "allow direct messages" for conversations), or with
//! the tokens of a session. A login is made once and kept: servers allow few of them a day, so give the account a token
//! store that outlives the program. While the account is deactivated, calls answer `Suspended`; its login is kept, and
//! within five minutes of its return it is asked whether it is back.
//!
//! **Hosts.** Every call goes to the base URL. Only where that is the entryway `https://bsky.social`, calls go to the
//! server that its own answer to the login names as the account's, over https, and videos to
//! `https://video.bsky.app`. The tokens of another program name none: until they are renewed calls go to the entryway.
//!
//! **Handles of posts** carry the address and the content hash. A bare `at://` address and the address of a post's page
//! (`https://bsky.app/profile/…/post/…`) are taken too; what they lack is looked up.
//!
//! **Keys.** A post's record key follows from the draft's idempotency key and `created_at`, in whole seconds. With a key
//! alone, the record key is a time between 2010 and 2020 that follows from it: such posts stand last where a server
//! lists records without an AppView, and in their place by `createdAt` everywhere else.
//!
//! **Native drafts.** [`Draft::native`](crate::Draft::native) takes an object whose members are added to the record,
//! such as `{"tags": ["extra"]}`.
//!
//! **Events** are the notifications and, where the login may read them, incoming messages. A notification that is
//! listed later than two minutes after its own time may be missed. A [`Gap`](crate::EventKind::Gap) comes where none of
//! five and more notifications that were listed before is listed any more, nor anything older, while newer ones are; and
//! where more than a hundred thousand came since the cursor. What was cut from a shorter list, and from conversations,
//! cannot be known. Who blocks all accounts that it was ever notified of is told of a gap that is none.

mod calls;
mod compose;
mod convert;
mod facets;
#[cfg(feature = "testing")]
pub mod fake;
mod fault;
mod id;
mod rules;
mod wire;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use url::Url;

pub use calls::Session;

use crate::client::{Client, Clock, TokenKeeper, is_loopback};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Account, AccountId, AccountRef, AudienceQuery, Checked, Conversation, ConversationId, Draft,
    Engaged, Engagement, EventQuery, Events, Membership, Message, MessageDraft, Metrics,
    Moderation, Page, PageRequest, Period, Post, PostId, PostQuery, Prepared, Recipient,
    Reconciled, Target, Trend, TrendScope,
};
use crate::network::{AccountConfig, Profile, SocialNetwork, permit};
use crate::operation::Operation;
use crate::secret::Secret;
use crate::shared::search::has;
use crate::store::{FileStore, KeyValue};
use rules::{Facts, NETWORK, Reach};

/// Bluesky, spoken to as one account. Cheap to clone; clones share the login.
#[derive(Clone)]
pub struct Bluesky {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    base: Url,
    /// Whether the base URL is the entryway, whose logins tell which server holds the account.
    entryway: bool,
    identifier: Option<String>,
    password: Option<Secret>,
    /// Until it is in use.
    given: Mutex<Option<Box<Session>>>,
    keeper: Arc<TokenKeeper<Session>>,
    chat: Option<HeaderValue>,
    video: Option<Box<Url>>,
    image_bytes: u64,
    video_bytes: u64,
    messages: (Duration, u64),
    known: RwLock<Known>,
}

/// What is known of what the identity may do, and the profile that follows from it and the session.
struct Known {
    facts: Facts,
    /// The profile without account and login, once it was asked for: one for all identities that may do the same.
    alike: Option<Arc<Profile>>,
    /// The profile, once it was asked for.
    told: Option<Arc<Profile>>,
}

impl Known {
    fn new(facts: Facts) -> Self {
        Self {
            facts,
            alike: None,
            told: None,
        }
    }
}

/// The profile of an identity of which this is known, without its account and login: there are few of them, however
/// many identities there are.
fn alike_of(facts: &Facts) -> Arc<Profile> {
    static ALIKE: Mutex<Vec<(Facts, Weak<Profile>)>> = Mutex::new(Vec::new());
    let mut all = ALIKE.lock().unwrap_or_else(PoisonError::into_inner);
    let known = all.iter().find(|(known, _)| known == facts);
    if let Some(profile) = known.and_then(|(_, profile)| profile.upgrade()) {
        return profile;
    }
    all.retain(|(_, profile)| profile.strong_count() > 0);
    let profile = Arc::new(rules::profile(facts));
    all.push((facts.clone(), Arc::downgrade(&profile)));
    profile
}

impl Inner {
    /// Looks at what is known.
    fn knows<T>(&self, look: impl FnOnce(&Facts) -> T) -> T {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        look(&known.facts)
    }

    fn learn(&self, change: impl FnOnce(&mut Facts)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.facts.clone();
        change(&mut known.facts);
        if known.facts != before {
            known.alike = None;
            known.told = None;
        }
    }

    /// The session that was given, until one is in use.
    fn given(&self) -> MutexGuard<'_, Option<Box<Session>>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the session in use, or at the one that was given.
    fn with_session<T>(&self, look: impl FnOnce(&Session) -> T) -> Option<T> {
        match self.keeper.peek() {
            Some(held) => Some(look(&held.tokens)),
            None => self.given().as_deref().map(look),
        }
    }

    /// Another session is in use.
    fn speaks_anew(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.told = None;
    }

    fn profile(&self) -> Arc<Profile> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(told) = &known.told {
                return Arc::clone(told);
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Known { facts, alike, .. } = &mut *known;
        let mut profile = Profile::clone(alike.get_or_insert_with(|| alike_of(facts)));
        let spoken = self.with_session(|session| (session.did().into(), session.status()));
        (profile.account, profile.login) = spoken.unzip();
        let profile = Arc::new(profile);
        known.told = Some(Arc::clone(&profile));
        profile
    }

    fn lacks_appview(&self) {
        self.learn(|facts| facts.appview = Reach::No);
    }

    fn lacks_chat(&self, kind: &ErrorKind) {
        let reach = match kind {
            ErrorKind::Forbidden(_) => Reach::NotAllowed,
            _ => Reach::No,
        };
        self.learn(|facts| facts.chat = reach);
    }

    fn may_chat(&self) -> bool {
        self.chat.is_some() && self.knows(|facts| matches!(facts.chat, Reach::Yes | Reach::Unknown))
    }

    /// The server that holds the account, as far as the session tells it.
    fn server(&self, session: &Session) -> Cow<'_, Url> {
        self.named(session.server())
            .map_or(Cow::Borrowed(&self.base), Cow::Owned)
    }

    /// A server that the entryway names, if calls may go there.
    fn named(&self, server: Option<&str>) -> Option<Url> {
        let server = server.filter(|_| self.entryway)?;
        Url::parse(server).ok().filter(|server| {
            server.scheme() == "https" && server.domain().is_some_and(|d| d.contains('.'))
        })
    }
}

impl std::fmt::Debug for Bluesky {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bluesky")
            .field("host", &self.inner.base.host_str())
            .field("account", &self.inner.with_session(|s| s.did().to_owned()))
            .finish_non_exhaustive()
    }
}

/// What the network offers, on its own servers, to an identity that lacks nothing.
pub(super) fn described() -> Profile {
    rules::profile(&Facts {
        appview: Reach::Yes,
        chat: Reach::Yes,
        trends: Reach::Yes,
        bookmarks: Reach::Yes,
        video_refused: None,
        image_bytes: rules::IMAGE_BYTES,
        video_bytes: rules::VIDEO_BYTES,
    })
}

/// Settings for a [`Bluesky`]. What is wrong with them shows on [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use]
pub struct BlueskyBuilder {
    base: String,
    identifier: Option<String>,
    password: Option<Secret>,
    tokens: Option<Session>,
    store: Option<Arc<dyn KeyValue>>,
    client: Option<Client>,
    chat: Option<String>,
    video: Option<String>,
    image_bytes: u64,
    video_bytes: u64,
    messages: (Duration, u64),
}

impl BlueskyBuilder {
    /// The account: its handle, or the mail address or DID that it logs in with.
    pub fn identifier(mut self, identifier: impl Into<String>) -> Self {
        self.identifier = Some(identifier.into());
        self
    }

    /// The account's app password.
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The tokens of a session that exists already. What the token store holds wins over them.
    pub fn tokens(mut self, session: Session) -> Self {
        self.tokens = Some(session);
        self
    }

    /// Keeps tokens here; by default in the client's memory, so that each run logs in anew.
    pub fn token_store(mut self, store: Arc<dyn KeyValue>) -> Self {
        self.store = Some(store);
        self
    }

    /// Keeps tokens in this file, which only its owner may read.
    pub fn token_file(self, path: impl Into<PathBuf>) -> Self {
        self.token_store(Arc::new(FileStore::new(path)))
    }

    /// Goes through this client, and so shares its budgets.
    pub fn client(mut self, client: &Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// The service that carries messages, as `did:web:api.bsky.chat#bsky_chat`, which is the default except for
    /// servers on this machine: those have none unless it is set.
    pub fn chat(mut self, service: impl Into<String>) -> Self {
        self.chat = Some(service.into());
        self
    }

    /// The service that takes videos, by default `https://video.bsky.app` for accounts of the entryway; others get
    /// their videos as plain files.
    pub fn video_service(mut self, url: impl Into<String>) -> Self {
        self.video = Some(url.into());
        self
    }

    /// How large a picture may be, in bytes: 2 000 000 by default. Older servers take no more than 1 000 000.
    pub fn image_limit(mut self, bytes: u64) -> Self {
        self.image_bytes = bytes;
        self
    }

    /// How large a video may be, in bytes: 300 000 000 by default. Older servers take no more than 100 000 000.
    pub fn video_limit(mut self, bytes: u64) -> Self {
        self.video_bytes = bytes;
        self
    }

    /// How fast messages are sent: one in so much time, and so many a day. By default one in 15 seconds and 200 a day,
    /// since the network publishes no limit and refuses for hours whoever goes over it.
    pub fn message_pace(mut self, every: Duration, a_day: u64) -> Self {
        self.messages = (every, a_day);
        self
    }

    /// Builds the adapter. No I/O.
    ///
    /// # Errors
    /// `Config` where an address is none, is plain http to another machine, or where there is neither a password nor
    /// tokens.
    pub fn build(self) -> Result<Bluesky> {
        let base = server_url(&self.base)?;
        let entryway = base.as_str().trim_end_matches('/') == rules::ENTRYWAY;
        let loopback = is_loopback(&base);
        let identifier = self
            .identifier
            .map(|identifier| identifier.trim().trim_start_matches('@').to_owned())
            .filter(|identifier| !identifier.is_empty());
        if self.password.is_some() && identifier.is_none() {
            return Err(config(
                "a password needs an identifier: set the account's handle",
            ));
        }
        let who = match (&identifier, &self.tokens) {
            (Some(identifier), _) => identifier.to_ascii_lowercase(),
            (None, Some(session)) => session.did().to_owned(),
            (None, None) => {
                return Err(config(
                    "there is no login: set an identifier and an app password, or the tokens of a session",
                ));
            }
        };
        if self.password.is_none() && self.tokens.is_none() && self.store.is_none() {
            return Err(config(
                "there is no login: set an app password, the tokens of a session, or the store that holds them",
            ));
        }
        let client = match self.client {
            Some(client) => client,
            None => Client::new()?,
        };
        let chat = match self.chat {
            Some(service) => Some(service),
            None => (!loopback).then(|| rules::CHAT_SERVICE.to_owned()),
        };
        let chat = match chat {
            Some(service) => {
                let good = service.starts_with("did:") && service.contains('#');
                let value = HeaderValue::from_str(&service).ok().filter(|_| good);
                Some(value.ok_or_else(|| {
                    config("the chat service is none: write it as did:web:api.bsky.chat#bsky_chat")
                })?)
            }
            None => None,
        };
        let video = match self.video {
            Some(url) => Some(Box::new(server_url(&url)?)),
            None if entryway => Some(Box::new(server_url(rules::VIDEO_SERVICE)?)),
            None => None,
        };
        let facts = Facts {
            appview: Reach::Unknown,
            chat: if chat.is_some() {
                Reach::Unknown
            } else {
                Reach::No
            },
            trends: Reach::Unknown,
            bookmarks: Reach::Unknown,
            video_refused: None,
            image_bytes: self.image_bytes,
            video_bytes: self.video_bytes,
        };
        let store = self.store.unwrap_or_else(|| client.token_store());
        let keeper = TokenKeeper::new(store, calls::session_key(&base, &who));
        Ok(Bluesky {
            inner: Arc::new(Inner {
                client,
                base,
                entryway,
                identifier,
                password: self.password,
                given: Mutex::new(self.tokens.map(Box::new)),
                keeper,
                chat,
                video,
                image_bytes: self.image_bytes,
                video_bytes: self.video_bytes,
                messages: self.messages,
                known: RwLock::new(Known::new(facts)),
            }),
        })
    }
}

fn config(message: &str) -> Error {
    Error::config(message).with_network(NETWORK)
}

fn server_url(text: &str) -> Result<Url> {
    crate::client::server_url(text, rules::ENTRYWAY).map_err(|e| e.with_network(NETWORK))
}

impl Bluesky {
    /// Settings for an account on a server: the entryway `https://bsky.social`, or a self-hosted one.
    pub fn builder(base_url: impl Into<String>) -> BlueskyBuilder {
        BlueskyBuilder {
            base: base_url.into(),
            identifier: None,
            password: None,
            tokens: None,
            store: None,
            client: None,
            chat: None,
            video: None,
            image_bytes: rules::IMAGE_BYTES,
            video_bytes: rules::VIDEO_BYTES,
            messages: (rules::MESSAGE_EVERY, rules::MESSAGES_A_DAY),
        }
    }

    /// The adapter of a configured account: keys `identifier` and `password`, and `base_url` for a self-hosted server.
    /// No I/O to the network.
    ///
    /// # Errors
    /// `Config` for an unknown or missing key, naming the line.
    pub fn from_config(config: &AccountConfig, client: &Client) -> Result<Self> {
        config.only(&["identifier", "password"])?;
        if config.place.is_some() {
            let message = "Bluesky has no places: posts go to the account itself; take `place` out";
            return Err(config.error("place", message));
        }
        let base = config.base_url.as_deref().unwrap_or(rules::ENTRYWAY);
        let mut builder = Self::builder(base)
            .identifier(config.required("identifier")?)
            .client(client);
        if let Some(path) = &config.token_store {
            builder = builder.token_file(path);
        }
        let password = match config.secret("password")? {
            None if config.token_store.is_some() => None,
            None => Some(config.required_secret("password")?),
            password => password,
        };
        if let Some(password) = password {
            builder = builder.password(password);
        }
        builder.build().map_err(|error| {
            let key = if has(error.message(), "server") {
                "base_url"
            } else {
                "identifier"
            };
            config.error(key, error.message())
        })
    }

    fn require(&self, operation: &Operation) -> Result<()> {
        let support = self.inner.knows(|facts| rules::support(facts, operation));
        permit(NETWORK, operation, support.as_ref())
    }
}

#[async_trait]
impl SocialNetwork for Bluesky {
    fn profile(&self) -> Arc<Profile> {
        self.inner.profile()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(self.inner.client.clock())
    }

    async fn refresh_profile(&self) -> Result<Arc<Profile>> {
        let facts = self.asked_facts().await?;
        self.inner.learn(|known| *known = facts);
        Ok(self.inner.profile())
    }

    async fn me(&self) -> Result<Account> {
        self.require(&Operation::ME)?;
        self.myself().await
    }

    async fn account(&self, account: &AccountRef) -> Result<Account> {
        self.require(&Operation::ACCOUNT)?;
        self.whole_account(&Operation::ACCOUNT, account).await
    }

    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        self.require(&Operation::PUBLISH)?;
        self.prepared(draft).await
    }

    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        self.require(&Operation::PUBLISH)?;
        self.committed(prepared).await
    }

    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        self.require(&Operation::RECONCILE)?;
        self.reconciled(prepared).await
    }

    async fn delete(&self, post: &PostId) -> Result<()> {
        self.require(&Operation::DELETE)?;
        self.deleted(post).await
    }

    async fn post(&self, post: &PostId) -> Result<Post> {
        self.require(&Operation::POST)?;
        self.one_post(post).await
    }

    async fn posts(&self, query: &PostQuery) -> Result<Page<Post>> {
        self.require(&query.timeline.operation())?;
        self.listing(query).await
    }

    async fn engage(&self, target: &Target, engagement: &Engagement) -> Result<Engaged> {
        self.require(&engagement.operation())?;
        self.engaged(target, engagement).await
    }

    async fn audience(&self, query: &AudienceQuery) -> Result<Page<Account>> {
        self.require(&query.audience.operation())?;
        self.listed_accounts(query).await
    }

    async fn membership(&self, accounts: &[AccountId]) -> Result<Vec<Membership>> {
        self.require(&Operation::MEMBERSHIP)?;
        self.memberships(accounts).await
    }

    async fn moderate(&self, moderation: &Moderation) -> Result<()> {
        self.require(&moderation.operation())?;
        self.moderated(moderation).await
    }

    async fn conversations(&self, page: &PageRequest) -> Result<Page<Conversation>> {
        self.require(&Operation::CONVERSATIONS)?;
        self.listed_conversations(page).await
    }

    async fn messages(
        &self,
        conversation: &ConversationId,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        self.require(&Operation::MESSAGES)?;
        self.listed_messages(conversation, page).await
    }

    async fn send(&self, to: &Recipient, message: &MessageDraft) -> Result<Message> {
        let operation = match to {
            Recipient::Conversation(_) => Operation::SEND,
            Recipient::Account(_) => Operation::SEND_ACCOUNT,
            Recipient::CommentAuthor(_) => Operation::SEND_COMMENT_AUTHOR,
        };
        self.require(&operation)?;
        let message = message.checked(&self.profile())?;
        self.sent(&operation, to, &message).await
    }

    async fn post_metrics(&self, posts: &[PostId]) -> Result<Vec<(PostId, Result<Metrics>)>> {
        self.require(&Operation::METRICS_POST)?;
        self.measured_posts(posts).await
    }

    async fn account_metrics(&self, period: &Period) -> Result<Metrics> {
        // The network knows totals only, which say so by their window.
        let _ = period;
        self.require(&Operation::METRICS_ACCOUNT)?;
        self.measured_account().await
    }

    async fn trending(&self, scope: &TrendScope) -> Result<Vec<Trend>> {
        self.require(&Operation::TRENDING)?;
        self.trends(scope).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Events> {
        self.require(&Operation::EVENTS)?;
        self.happened(query).await
    }
}
