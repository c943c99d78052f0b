//! X (formerly Twitter), by its API v2.
//!
//! ```no_run
//! use sociable::{Draft, SocialNetwork, adapters::x::X};
//! use sociable::adapters::x::{AccessToken, ConsumerKey};
//!
//! # async fn example() -> sociable::Result<()> {
//! let network = X::builder()
//!     .consumer(ConsumerKey::new("xvz1…", "kAcS…"))
//!     .access_token(AccessToken::new("370773112-…", "Lsww…"))
//!     .build()?;
//! let post = network.publish(&Draft::text("Hello, X")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! **Tokens.** There are three kinds, and each endpoint takes some of them: an application's own
//! ([`bearer`](XBuilder::bearer), or got by its [`consumer`](XBuilder::consumer) key), a user's of OAuth 2.0
//! (`user_login`, feature `oauth`, which is renewed and carries scopes) and a user's of OAuth 1.0a
//! ([`access_token`](XBuilder::access_token), without an end). Give those that there are: each call picks the one that
//! fits, and [`profile`](crate::SocialNetwork::profile) tells beforehand what is missing for which operation. Bookmarks need
//! OAuth 2.0, the full archive an application's own token.
//!
//! **Plans.** X does not tell which [`Tier`] an application has: set it. On self-serve plans (pay-per-use, Basic, Pro) likes,
//! follows and quotes are gone, and an account answers only posts that mention or quote it, and its own: the draft's check
//! says so, and a refusal is a `Forbidden` that is never repeated. Blocking an account is not in X's published contract: it
//! goes by [`call`](X::call) where the plan has it.
//!
//! **Money.** Nearly every call costs: [`profile`](crate::SocialNetwork::profile) tells the prices, a draft's check what it
//! would cost, and a post with an address in it costs thirteen times as much as one without. What was spent is counted
//! ([`Client::spending`]), and a [`spending_cap`](XBuilder::spending_cap) refuses what could pass it. Counted is what the
//! answers hold at the prices that are set, with the posts and accounts that are told beside others: not that X bills the
//! same thing once a day, and less for what the application's owner reads of itself. A page of a listing that could pass
//! the cap is asked for with fewer things on it, if it can have fewer.
//!
//! **Handles.** Posts, accounts, communities and files are decimal numbers, kept as text; addresses of posts' pages are
//! taken, too.
//!
//! **Texts** are 280 weighted characters; [`post_limit`](XBuilder::post_limit) raises that for accounts with Premium. Texts
//! that are read hold the whole addresses in place of shortened ones, and not what X adds behind them.
//!
//! **Native drafts.** [`Draft::native`](crate::Draft::native) takes an object of members of the request that makes a post,
//! such as `{"reply_settings": "following", "made_with_ai": true, "share_with_followers": true, "tagged_user_ids": ["12"],
//! "exclude_reply_user_ids": ["12"]}`. A community is the draft's place.
//!
//! **Keys.** X knows none. Whether a post whose answer was lost was published is found out among the account's own posts, by
//! its text. Since they may not show it at once, what does not stand there is `Unknown` for a minute, and `NotPublished`
//! after it. X refuses the same text within a while, which is taken for the same publication where that was in doubt.
//!
//! **Searching** reaches seven days back; with an app-only token the whole archive, where `since` is older. Answers to a
//! post are found by a search, since X does not list them.
//!
//! **Messages** are those of the last thirty days, without encrypted chats, and each that is read is billed. X lists no
//! conversations: they are gathered from messages, so that a page of them costs up to three hundred messages. There is no
//! time in which one has to answer. A message whose answer was lost is looked for once, among the newest five of the
//! conversation; where it does not stand there it is `Unconfirmed`, and never sent again.
//!
//! **Happenings.** [`events`](crate::SocialNetwork::events) and [`listen`](crate::SocialNetwork::listen) ask, every two
//! minutes at most: mentions and answers since the last one, and messages, of which X gives the newest first, so that each
//! question reads (and pays for) one at least. Small limits read the same again. They need no server and no connection
//! that stays open, and miss nothing that X still has, which is why they are what `listen` does. What is to be heard at
//! once, and followers, likes, quotes and reposts, are delivered: by a webhook (`X::webhook`, feature `webhook`) or over a
//! connection by [`activity`](X::activity). Posts that match rules come by [`stream`](X::stream).
//!
//! **Figures.** Of own posts of the last thirty days the author is told more than everybody, and by itself and by
//! advertising apart; of an account, how it stands now. Trends are those of the world, or of a place by its number (WOEID).
//! What advertising brought is told by the Ads API, with a token of OAuth 1.0a and an
//! [`ads_account`](XBuilder::ads_account); that part was not tried against an account. How many posts were read in a month
//! tells [`call`](X::call) of `GET /2/usage/tweets`.
//!
//! **Limits** of a quarter of an hour and of a day are kept for each endpoint, token and application, and corrected by what
//! X's answers tell.

mod budgets;
mod calls;
mod compose;
mod compose_files;
mod config;
mod convert;
mod convert_chat;
mod convert_events;
mod convert_figures;
#[cfg(feature = "testing")]
pub mod fake;
mod fault;
mod fault_words;
mod id;
#[cfg(feature = "oauth")]
mod login;
mod markup;
mod rules;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use async_trait::async_trait;
use url::Url;

#[cfg(feature = "webhook")]
pub use calls::XWebhook;
pub use calls::{AccessToken, AppToken, ConsumerKey, UserToken};
#[cfg(feature = "oauth")]
pub use login::XLogin;
pub use rules::{Tier, TokenKind};

use crate::client::limits::{SpendingBudget, SpendingCap};
use crate::client::{Client, Clock, Login, TokenKeeper, server_url};
use crate::error::{Error, Result};
use crate::model::{
    Account, AccountId, AccountRef, AudienceQuery, Checked, Conversation, ConversationId, Currency,
    Draft, Edit, Engaged, Engagement, EventQuery, Events, Membership, Message, MessageDraft,
    Metrics, Moderation, Money, Page, PageRequest, Period, Post, PostId, PostQuery, Prepared,
    Promotion, PromotionQuery, Recipient, Reconciled, Target, Trend, TrendScope,
};
use crate::network::{Profile, SocialNetwork};
#[cfg(feature = "oauth")]
use crate::oauth::Keeper;
use crate::operation::Operation;
use crate::shared::doubts::Doubts;
use calls::Tokens;
use rules::limits::{POST_UNITS, PREMIUM_UNITS, VIDEO_SECONDS};
use rules::prices::{Prices, dollars};
use rules::{Facts, Has, NETWORK};

/// What X bills, by the names that `prices` in a configuration and [`XBuilder::price`] take, for one read object or one
/// write: as its documentation told on 22 August 2026.
pub fn prices() -> impl Iterator<Item = (&'static str, Money)> {
    rules::prices::listed()
}

/// X, spoken to as one account, or as an application that only reads. Cheap to clone.
#[derive(Clone)]
pub struct X {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    base: Url,
    ads: Ads,
    /// The number of the account that this is, once it was asked.
    me: OnceLock<AccountId>,
    tokens: Tokens,
    /// Whether X has verified the account, which else publishes less a day.
    verified: bool,
    /// What may be spent.
    money: SpendingBudget,
    /// The login that the last call of a token that is renewed went out under, from 1; 0 before the first.
    spoke_under: AtomicU64,
    /// The publications whose answers were lost.
    doubts: Doubts,
    known: RwLock<Known>,
}

/// Where advertising is asked about.
struct Ads {
    base: Url,
    version: String,
    account: Option<String>,
}

/// What is known of what the identity may do, and the profile that follows from it.
struct Known {
    facts: Facts,
    /// The profile, once it was asked for.
    told: Option<Arc<Profile>>,
}

impl Inner {
    /// Remembers which account this is.
    fn is_me(&self, id: &AccountId) {
        if self.me.set(id.clone()).is_ok() {
            self.learn(|_| {});
        }
    }

    /// Notes which login a call goes out under: with a new one the profile tells other scopes and another end.
    fn speaks_under(&self, kind: TokenKind, login: Login) {
        let number = login.0.saturating_add(1);
        let renews = kind == TokenKind::OAuth2 && self.tokens.renews(kind);
        if renews && self.spoke_under.swap(number, Ordering::Relaxed) != number {
            let scopes = self.tokens.scopes();
            self.learn(|facts| facts.scopes = scopes);
        }
    }

    /// The plan lacks an operation, until it is configured otherwise. An answer may be refused for the post that it
    /// answers, and others are not.
    fn lacks(&self, operation: &Operation) {
        let of_plans = [Operation::ENGAGE_LIKE, Operation::ENGAGE_FOLLOW];
        if of_plans.contains(operation) {
            self.learn(|facts| facts.lost.push(operation.clone()));
        }
    }

    fn learn(&self, change: impl FnOnce(&mut Facts)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut known.facts);
        known.told = None;
    }

    /// Looks at what is known.
    fn knows<T>(&self, look: impl FnOnce(&Facts) -> T) -> T {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        look(&known.facts)
    }

    fn profile(&self) -> Arc<Profile> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(told) = &known.told {
                return Arc::clone(told);
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut profile = rules::profile(&known.facts);
        profile.account = self.me.get().cloned();
        profile.login = Some(self.tokens.status());
        let profile = Arc::new(profile);
        known.told = Some(Arc::clone(&profile));
        profile
    }
}

impl std::fmt::Debug for X {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("X")
            .field("host", &self.inner.base.host_str())
            .field("account", &self.inner.me.get())
            .finish_non_exhaustive()
    }
}

/// What the network offers to an identity that lacks nothing.
pub(super) fn described() -> Profile {
    rules::profile(&Facts {
        has: Has::all(),
        tier: Tier::Enterprise,
        ads: true,
        scopes: None,
        lost: Vec::new(),
        post_units: POST_UNITS,
        video_seconds: VIDEO_SECONDS,
        prices: Prices::default(),
    })
}

/// Settings for an [`X`]. What is wrong with them shows on [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use]
pub struct XBuilder {
    base: String,
    bearer: Option<AppToken>,
    consumer: Option<ConsumerKey>,
    access: Option<AccessToken>,
    user: Option<UserToken>,
    #[cfg(feature = "oauth")]
    login: Option<Keeper>,
    tier: Tier,
    post_units: usize,
    video_seconds: u64,
    verified: bool,
    prices: Vec<(String, String)>,
    name: Option<String>,
    cap: Option<SpendingCap>,
    ads_account: Option<String>,
    ads_url: Option<String>,
    ads_version: String,
    client: Option<Client>,
}

impl XBuilder {
    /// The application's own bearer token.
    pub fn bearer(mut self, token: impl Into<AppToken>) -> Self {
        self.bearer = Some(token.into());
        self
    }

    /// The application's key and secret. They sign what an [`access_token`](Self::access_token) asks, and where no
    /// [`bearer`](Self::bearer) is given they get one.
    pub fn consumer(mut self, key: ConsumerKey) -> Self {
        self.consumer = Some(key);
        self
    }

    /// A user's token of OAuth 1.0a, which needs the application's [`consumer`](Self::consumer) key.
    pub fn access_token(mut self, token: AccessToken) -> Self {
        self.access = Some(token);
        self
    }

    /// A user's access token of OAuth 2.0 as it is: it ends after two hours.
    pub fn user_token(mut self, token: impl Into<UserToken>) -> Self {
        self.user = Some(token.into());
        self
    }

    /// The login of a user by OAuth 2.0 (feature `oauth`): it is renewed before it ends, and when the network calls it
    /// expired. [`XLogin`] describes it.
    ///
    /// The object stays the account whom its first call found: for another account build another.
    #[cfg(feature = "oauth")]
    pub fn user_login(mut self, keeper: Keeper) -> Self {
        self.login = Some(keeper);
        self
    }

    /// The plan of the application: [`Tier::SelfServe`] by default.
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// How long a post may be, in weighted characters: 280 by default, up to 25 000 for accounts with Premium.
    pub fn post_limit(mut self, units: usize) -> Self {
        self.post_units = units;
        self
    }

    /// How long a video may play, in seconds: 140 by default, longer for accounts with Premium.
    pub fn video_limit(mut self, seconds: u64) -> Self {
        self.video_seconds = seconds;
        self
    }

    /// Whether X has verified the account, which is taken for granted unless it is said otherwise. One that is not publishes
    /// 50 posts and 200 answers a day; no answer tells of it beforehand, so that they are counted.
    pub fn verified(mut self, verified: bool) -> Self {
        self.verified = verified;
        self
    }

    /// What one of the things costs that X bills, in US dollars: `price("post.create", "0.015")`. The prices that hold
    /// without it are those of X's page of 22 August 2026.
    pub fn price(mut self, name: impl Into<String>, dollars: impl Into<String>) -> Self {
        self.prices.push((name.into(), dollars.into()));
        self
    }

    /// What the account is called where it is told what was spent ([`Client::spending`]); by default a hash of its token.
    pub fn account_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What may be spent at most: a call that could pass it is refused before it is made, with `QuotaExhausted`.
    pub fn spending_cap(mut self, cap: SpendingCap) -> Self {
        self.cap = Some(cap);
        self
    }

    /// The account of X Ads whose promotions are measured, such as `18ce54d4x5t`. It takes a token of OAuth 1.0a, an
    /// application that is approved for X Ads, and a user who may see the account.
    pub fn ads_account(mut self, account: impl Into<String>) -> Self {
        self.ads_account = Some(account.into());
        self
    }

    /// Asks about advertising at another address than `https://ads-api.x.com`, or the
    /// [`base_url`](Self::base_url) where that is set.
    pub fn ads_url(mut self, url: impl Into<String>) -> Self {
        self.ads_url = Some(url.into());
        self
    }

    /// The version of the Ads API: `12` by default.
    pub fn ads_version(mut self, version: impl Into<String>) -> Self {
        self.ads_version = version.into();
        self
    }

    /// Asks another address than `https://api.x.com`, for everything: calls, uploads, tokens. Plain http goes to this
    /// machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base = url.into();
        self
    }

    /// Goes through this client, and so shares its budgets.
    pub fn client(mut self, client: &Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Builds the adapter. No I/O.
    ///
    /// # Errors
    /// `Config` where there is no token, a cap in another currency than US dollars, both a user's token and a login of OAuth 2.0, a login to another network, a token
    /// of OAuth 1.0a without its application's key, a price of nothing that is billed, or an address that is none or is
    /// plain http to another machine.
    pub fn build(self) -> Result<X> {
        let base = server_url(&self.base, rules::API).map_err(|e| e.with_network(NETWORK))?;
        let client = match self.client {
            Some(client) => client,
            None => Client::new()?,
        };
        let mut tokens = Tokens::default();
        if let Some(token) = &self.bearer {
            tokens.app_only(token.secret())?;
        }
        if let Some(consumer) = self.consumer {
            let (store, host) = (client.token_store(), base.host_str().unwrap_or_default());
            let keeper =
                |key: &str| TokenKeeper::new(store, format!("{NETWORK} bearer {host} {key}"));
            tokens.consumer(consumer, keeper)?;
        }
        if let Some(access) = self.access {
            tokens.access(access)?;
        }
        if let Some(token) = &self.user {
            tokens.user(token.secret())?;
        }
        #[cfg(feature = "oauth")]
        if let Some(keeper) = self.login {
            login::check(&keeper, self.user.is_some())?;
            tokens.keep(keeper);
        }
        let has = tokens.has();
        if has == Has::default() {
            return Err(config(
                "there is no token: set `bearer`, `consumer_key` with `access_token`, or a login of OAuth 2.0, as many as \
                 there are",
            ));
        }
        if !(1..=PREMIUM_UNITS).contains(&self.post_units) {
            return Err(config(&format!(
                "`text_limit` is {}: posts are up to 280 weighted characters long, and up to {PREMIUM_UNITS} with Premium",
                self.post_units
            )));
        }
        let mut prices = Prices::default();
        for (name, amount) in &self.prices {
            let Some(micros) = dollars(amount) else {
                return Err(config(&format!(
                    "`prices` sets `{name}` to `{amount}`, which is no amount of dollars: write it as 0.015"
                )));
            };
            prices.set(name, micros)?;
        }
        let ads = ads(
            self.ads_url.as_deref(),
            self.ads_version,
            self.ads_account,
            &base,
        )?;
        let ads_there = ads.account.is_some();
        let scopes = tokens.scopes();
        let name = self.name.unwrap_or_else(|| tokens.booked_as());
        let mut money = SpendingBudget::new(NETWORK, name, Currency::USD);
        if let Some(cap) = self.cap {
            money = money
                .cap(cap)
                .map_err(|error| error.with_network(NETWORK))?;
        }
        Ok(X {
            inner: Arc::new(Inner {
                client,
                base,
                ads,
                me: OnceLock::new(),
                tokens,
                verified: self.verified,
                money,
                spoke_under: AtomicU64::new(0),
                doubts: Doubts::default(),
                known: RwLock::new(Known {
                    facts: Facts {
                        has,
                        tier: self.tier,
                        ads: ads_there,
                        scopes,
                        lost: Vec::new(),
                        post_units: self.post_units,
                        video_seconds: self.video_seconds,
                        prices,
                    },
                    told: None,
                }),
            }),
        })
    }
}

/// Where advertising is asked about: where everything is, unless that is X's own.
fn ads(url: Option<&str>, version: String, account: Option<String>, base: &Url) -> Result<Ads> {
    let plain = |text: &str| {
        (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !plain(&version) {
        return Err(config(
            "`ads_version` is no version of the Ads API: write its number, such as 12",
        ));
    }
    if account.as_deref().is_some_and(|account| !plain(account)) {
        return Err(config(
            "`ads_account` is no account of X Ads: write its letters and digits, as in the address of ads.x.com",
        ));
    }
    let own = base.as_str().trim_end_matches('/') == rules::API;
    let base = match url {
        Some(url) => server_url(url, rules::ADS_API).map_err(|e| e.with_network(NETWORK))?,
        None if own => {
            server_url(rules::ADS_API, rules::ADS_API).map_err(|e| e.with_network(NETWORK))?
        }
        None => base.clone(),
    };
    Ok(Ads {
        base,
        version,
        account,
    })
}

fn config(message: &str) -> Error {
    Error::config(message).with_network(NETWORK)
}

impl X {
    /// Settings for an account or an application.
    pub fn builder() -> XBuilder {
        XBuilder {
            base: rules::API.to_owned(),
            bearer: None,
            consumer: None,
            access: None,
            user: None,
            #[cfg(feature = "oauth")]
            login: None,
            tier: Tier::default(),
            post_units: POST_UNITS,
            video_seconds: VIDEO_SECONDS,
            verified: true,
            prices: Vec::new(),
            name: None,
            cap: None,
            ads_account: None,
            ads_url: None,
            ads_version: rules::ADS_VERSION.to_owned(),
            client: None,
        }
    }

    fn require(&self, operation: &Operation) -> Result<()> {
        self.inner.profile().require(operation)
    }

    fn now(&self) -> jiff::Timestamp {
        self.inner.client.clock().now()
    }
}

#[async_trait]
impl SocialNetwork for X {
    fn profile(&self) -> Arc<Profile> {
        self.inner.profile()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(self.inner.client.clock())
    }

    async fn refresh_profile(&self) -> Result<Arc<Profile>> {
        self.require(&Operation::REFRESH_PROFILE)?;
        self.asked_rights().await?;
        Ok(self.inner.profile())
    }

    async fn me(&self) -> Result<Account> {
        self.require(&Operation::ME)?;
        self.myself(&Operation::ME).await
    }

    async fn account(&self, account: &AccountRef) -> Result<Account> {
        self.require(&Operation::ACCOUNT)?;
        self.whole_account(account).await
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

    async fn edit(&self, post: &PostId, edit: &Edit) -> Result<Post> {
        self.require(&Operation::EDIT)?;
        self.edited(post, edit).await
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
        let message = message.checked(&self.inner.profile())?;
        self.delivered(&operation, to, &message).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Events> {
        self.require(&Operation::EVENTS)?;
        self.happened(query).await
    }

    async fn post_metrics(&self, posts: &[PostId]) -> Result<Vec<(PostId, Result<Metrics>)>> {
        self.require(&Operation::METRICS_POST)?;
        self.measured_posts(posts).await
    }

    async fn account_metrics(&self, period: &Period) -> Result<Metrics> {
        self.require(&Operation::METRICS_ACCOUNT)?;
        self.measured_account(period).await
    }

    async fn promotions(&self, query: &PromotionQuery) -> Result<Page<Promotion>> {
        self.require(&Operation::PROMOTIONS)?;
        self.promoted(query).await
    }

    async fn trending(&self, scope: &TrendScope) -> Result<Vec<Trend>> {
        self.require(&Operation::TRENDING)?;
        self.trends(scope).await
    }
}
