//! VK (VKontakte): a community, or a person's own wall.
//!
//! ```no_run
//! use sociable::{Draft, SocialNetwork, adapters::vk::Vk};
//!
//! # async fn example() -> sociable::Result<()> {
//! let network = Vk::builder()
//!     .community(123)
//!     .community_token("vk1.a.…")
//!     .user_token("vk1.a.…")
//!     .build()?;
//! let post = network.publish(&Draft::text("Hello, community")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! **Tokens.** There are three kinds, and each method takes some of them: give those that there are, and each call picks
//! the one that fits. [`profile`](crate::SocialNetwork::profile) tells beforehand what is missing for which operation.
//! With a community's token alone one publishes texts, comments, answers messages and lists members; photos on the wall,
//! editing, likes and statistics need a user token of an administrator; reading walls needs a user or service token.
//!
//! **Logging in** (feature `oauth`). A community's and a service token are made in settings and stay. A person's comes of a
//! login, `VkBuilder::user_login`, of one of two ways (`VkLogin`): VK ID, open to every application, whose tokens last an
//! hour, are renewed by themselves and read profiles alone; and the older flow of standalone applications, whose tokens do
//! all that a user may and cannot be renewed. In a configuration: `client_id`, `token_store` and `redirect_uri`, and
//! `login = "legacy"` for the older one; the console's `login` does the rest.
//!
//! **Identity.** With [`community`](VkBuilder::community) the object speaks as that community, without it as the person
//! whose the user token is.
//!
//! **Handles.** A post is `wall-1_2` (owner and number; communities are negative there), its comment `wall-1_2_r3`, a
//! topic of a board `topic-1_2`; addresses of pages on `vk.com` are taken, too. An account is `id1` or `club1`, a place the
//! wall of one.
//!
//! **Native drafts.** [`Draft::native`](crate::Draft::native) takes an object of parameters of the method that publishes
//! (`wall.post`, `wall.createComment`, `wall.repost`), such as `{"signed": true, "mark_as_ads": true, "copyright": "https://…",
//! "lat": 55.75, "long": 37.61, "attachments": ["market-1_2"]}`; an [`Edit`] likewise. Board topics, stories and
//! whatever else has no common name go by [`call`](Vk::call).
//!
//! **Keys.** A post or comment goes out under a name that VK remembers for an hour (`guid`), made of the draft's key. A
//! draft whose `created_at` is older is looked for on the wall before it is published again. Since a wall may not show it
//! at once, what does not stand there is `Unknown` for a minute, and `NotPublished` after it.
//!
//! **Challenges.** Where VK wants a person to pass a captcha or to confirm something, the error is a `Challenge`: show its
//! `url`, hand the answer to [`answer_challenge`](Vk::answer_challenge), and make the same call again. Meanwhile that
//! method answers the same challenge without asking the network.
//!
//! **Reading.** What an account wrote on its own wall, all of a community's, comments as threads, what was found in the
//! news feed or on one wall ([`search_wall`](Vk::search_wall)). A repost without words shows the original under its own
//! id, with who reposted it.
//!
//! **Happenings.** A community's come by Bots Long Poll, and to its own server by the Callback API (feature `webhook`),
//! with the same ids. What the network has lost of them comes as a gap; what it still has behind it is found.
//!
//! **Limits.** VK tells none beforehand. The calls of a second are kept for each token; a method that VK refuses for flood
//! control rests 1, 5 and then 30 minutes, one whose quota is used up 1, 2, 4 … 24 hours, and others go on.

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
use futures_core::stream::BoxStream;
use url::Url;

#[cfg(feature = "webhook")]
pub use calls::VkWebhook;
pub use calls::{CommunityToken, ServiceToken, UserToken};
#[cfg(feature = "oauth")]
pub use login::VkLogin;
pub use rules::TokenKind;

use crate::client::{Client, Clock, Login, server_url};
use crate::error::{Error, Result};
use crate::model::{
    Account, AccountId, AccountRef, AudienceQuery, Checked, Conversation, ConversationId, Draft,
    Edit, Engaged, Engagement, Event, EventQuery, Events, Membership, Message, MessageDraft,
    Metrics, Moderation, Page, PageRequest, Period, Post, PostId, PostQuery, Prepared, Promotion,
    PromotionQuery, Recipient, Reconciled, Target,
};
use crate::network::{Profile, SocialNetwork};
#[cfg(feature = "oauth")]
use crate::oauth::Keeper;
use crate::operation::Operation;
use crate::secret::Secret;
use crate::shared::doubts::Doubts;
use budgets::Paces;
use calls::{Challenges, Poll, Tokens};
use rules::{Facts, Has, NETWORK};

/// VK, spoken to as one community or person. Cheap to clone.
#[derive(Clone)]
pub struct Vk {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    base: Url,
    /// The positive id of the community that this is.
    community: Option<u64>,
    /// The person that this is, once it was asked.
    person: OnceLock<i64>,
    tokens: Tokens,
    /// The login that the last call of a token that is renewed went out under, from 1; 0 before the first.
    spoke_under: AtomicU64,
    paces: Paces,
    challenges: Challenges,
    poll: Poll,
    /// The publications whose answers were lost.
    doubts: Doubts,
    known: RwLock<Known>,
}

/// What is known of what the identity may do, and the profile that follows from it.
struct Known {
    facts: Facts,
    /// The rights that the tokens were found to carry.
    scopes: Vec<String>,
    /// The profile, once it was asked for.
    told: Option<Arc<Profile>>,
}

impl Inner {
    /// The owner id of this identity, as far as it is known without asking.
    fn owner(&self) -> Option<i64> {
        match self.community {
            Some(id) => i64::try_from(id).ok().map(|id| -id),
            None => self.person.get().copied(),
        }
    }

    /// Remembers which person this is.
    fn is_person(&self, owner: i64) {
        if self.person.set(owner).is_ok() {
            self.learn(|_| {});
        }
    }

    /// Notes which login a call goes out under: with a new one the profile tells another end.
    fn speaks_under(&self, kind: TokenKind, login: Login) {
        let number = login.0.saturating_add(1);
        if self.tokens.renews(kind) && self.spoke_under.swap(number, Ordering::Relaxed) != number {
            self.learn(|_| {});
        }
    }

    fn learn(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
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
        let mut profile = rules::profile(&known.facts);
        profile.account = self.owner().map(id::account_id);
        let mut login = self.tokens.status();
        if !known.scopes.is_empty() {
            login.scopes.clone_from(&known.scopes);
        }
        profile.login = Some(login);
        let profile = Arc::new(profile);
        known.told = Some(Arc::clone(&profile));
        profile
    }
}

impl std::fmt::Debug for Vk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vk")
            .field("host", &self.inner.base.host_str())
            .field("account", &self.inner.owner().map(id::account_id))
            .finish_non_exhaustive()
    }
}

/// What the network offers to a community that lacks no token.
pub(super) fn described() -> Profile {
    rules::profile(&facts(true, Has::all(), &Limits::default()))
}

/// Bounds that the network does not publish, so that they can be set.
#[derive(Clone, Copy, Debug)]
struct Limits {
    post_units: usize,
    comment_units: usize,
    message_units: usize,
    document_bytes: u64,
    video_bytes: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            post_units: rules::POST_UNITS,
            comment_units: rules::COMMENT_UNITS,
            message_units: rules::MESSAGE_UNITS,
            document_bytes: rules::DOCUMENT_BYTES,
            video_bytes: None,
        }
    }
}

fn facts(community: bool, has: Has, limits: &Limits) -> Facts {
    Facts {
        community,
        has,
        lacking: Vec::new(),
        post_units: limits.post_units,
        comment_units: limits.comment_units,
        message_units: limits.message_units,
        document_bytes: limits.document_bytes,
        video_bytes: limits.video_bytes,
    }
}

/// Settings for a [`Vk`]. What is wrong with them shows on [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use]
pub struct VkBuilder {
    base: String,
    community: Option<i64>,
    community_token: Option<CommunityToken>,
    user_token: Option<UserToken>,
    #[cfg(feature = "oauth")]
    user_login: Option<Keeper>,
    service_token: Option<ServiceToken>,
    client: Option<Client>,
    paces: Paces,
    limits: Limits,
}

impl VkBuilder {
    /// The community that the object speaks as, by its positive id: the number in `vk.com/club123`.
    pub fn community(mut self, id: i64) -> Self {
        self.community = Some(id);
        self
    }

    /// The community's own token.
    pub fn community_token(mut self, token: impl Into<CommunityToken>) -> Self {
        self.community_token = Some(token.into());
        self
    }

    /// The token of a person: of an administrator of the community, or whose own wall it is.
    pub fn user_token(mut self, token: impl Into<UserToken>) -> Self {
        self.user_token = Some(token.into());
        self
    }

    /// The login of a person in place of a fixed token (feature `oauth`): it is renewed before it ends, and when the
    /// network calls it expired. [`VkLogin`] describes the two ways to log in, which bring tokens of different worth.
    ///
    /// The object stays the person whom its first call found: for another person build another.
    #[cfg(feature = "oauth")]
    pub fn user_login(mut self, keeper: Keeper) -> Self {
        self.user_login = Some(keeper);
        self
    }

    /// The application's service token.
    pub fn service_token(mut self, token: impl Into<ServiceToken>) -> Self {
        self.service_token = Some(token.into());
        self
    }

    /// Asks another address than `https://api.vk.ru`. Plain http goes to this machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base = url.into();
        self
    }

    /// Goes through this client, and so shares its budgets.
    pub fn client(mut self, client: &Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// How many calls a kind of token makes in any second, at least 1: 20 for a community's token and 3 for the others by
    /// default, which is what the network allows.
    pub fn pace(mut self, kind: TokenKind, calls_a_second: u64) -> Self {
        self.paces.set(kind, calls_a_second);
        self
    }

    /// How long a post may be, in UTF-16 units: 16 000 by default. The network publishes no bound.
    pub fn post_limit(mut self, units: usize) -> Self {
        self.limits.post_units = units;
        self
    }

    /// How long a comment may be, in UTF-16 units: 4096 by default. The network publishes no bound.
    pub fn comment_limit(mut self, units: usize) -> Self {
        self.limits.comment_units = units;
        self
    }

    /// How long a message may be, in UTF-16 units: 4096 by default.
    pub fn message_limit(mut self, units: usize) -> Self {
        self.limits.message_units = units;
        self
    }

    /// How large a document may be, in bytes: 200 MiB by default.
    pub fn document_limit(mut self, bytes: u64) -> Self {
        self.limits.document_bytes = bytes;
        self
    }

    /// How large a video may be, in bytes: by default the network is left to say.
    pub fn video_limit(mut self, bytes: u64) -> Self {
        self.limits.video_bytes = Some(bytes);
        self
    }

    /// Builds the adapter. No I/O.
    ///
    /// # Errors
    /// `Config` where there is no token, both a user's token and a login, a login to another network, a community's token
    /// without its id, an id with the wrong sign, or an address that is none or is plain http to another machine.
    pub fn build(self) -> Result<Vk> {
        let base = server_url(&self.base, rules::API).map_err(|e| e.with_network(NETWORK))?;
        let community = match self.community {
            None => None,
            Some(id) if id > 0 => u64::try_from(id).ok(),
            Some(0) => {
                return Err(config(
                    "`community` is 0, which is none: set the number in vk.com/club123",
                ));
            }
            Some(id) => {
                return Err(config(&format!(
                    "`community` is {id}, but ids of communities are positive: write {}; only owners of walls are negative",
                    id.unsigned_abs()
                )));
            }
        };
        let mut tokens = Tokens::default();
        let given: [(TokenKind, Option<&Secret>); 3] = [
            (
                TokenKind::Community,
                self.community_token.as_ref().map(CommunityToken::secret),
            ),
            (
                TokenKind::User,
                self.user_token.as_ref().map(UserToken::secret),
            ),
            (
                TokenKind::Service,
                self.service_token.as_ref().map(ServiceToken::secret),
            ),
        ];
        for (kind, token) in given {
            if let Some(token) = token {
                tokens.set(kind, token)?;
            }
        }
        #[cfg(feature = "oauth")]
        if let Some(keeper) = self.user_login {
            login::check(&keeper, self.user_token.is_some())?;
            tokens.keep(keeper);
        }
        let has = tokens.has();
        if has == Has::default() {
            return Err(config(
                "there is no token: set `community_token`, `user_token` or `service_token`, as many as there are",
            ));
        }
        if has.community && community.is_none() {
            return Err(config(
                "`community_token` needs `community`: set the number in vk.com/club123",
            ));
        }
        let client = match self.client {
            Some(client) => client,
            None => Client::new()?,
        };
        Ok(Vk {
            inner: Arc::new(Inner {
                client,
                base,
                community,
                person: OnceLock::new(),
                tokens,
                spoke_under: AtomicU64::new(0),
                paces: self.paces,
                challenges: Challenges::default(),
                poll: Poll::default(),
                doubts: Doubts::default(),
                known: RwLock::new(Known {
                    facts: facts(community.is_some(), has, &self.limits),
                    scopes: Vec::new(),
                    told: None,
                }),
            }),
        })
    }
}

fn config(message: &str) -> Error {
    Error::config(message).with_network(NETWORK)
}

impl Vk {
    /// Settings for a community or person.
    pub fn builder() -> VkBuilder {
        VkBuilder {
            base: rules::API.to_owned(),
            community: None,
            community_token: None,
            user_token: None,
            #[cfg(feature = "oauth")]
            user_login: None,
            service_token: None,
            client: None,
            paces: Paces::default(),
            limits: Limits::default(),
        }
    }

    fn require(&self, operation: &Operation) -> Result<()> {
        self.inner.profile().require(operation)
    }
}

#[async_trait]
impl SocialNetwork for Vk {
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
        let message = message.checked(&self.profile())?;
        self.sent(&operation, to, &message).await
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

    async fn events(&self, query: &EventQuery) -> Result<Events> {
        self.require(&Operation::EVENTS)?;
        self.happened(query).await
    }

    fn listen(&self, query: EventQuery) -> BoxStream<'_, Result<Event>> {
        self.listened(query)
    }
}
