//! The embedded network: everything that networks do, within the program, without accounts and without a connection.
//!
//! [`World`] is the network: accounts, posts, messages, figures, on a clock that a test can set, with limits and faults
//! that a test can choose. [`Memory`] speaks as one of its accounts, over the same client, limits and errors as every
//! other adapter. Bots and tools are tested on it.
//!
//! It does everything that [`Operation::ALL`](crate::Operation::ALL) names. In it an account that others follow is a
//! community where it was added as one; its wall is the place whose id is the account's. Lengths are bounded
//! differently for a post (500 graphemes), a post with files (300), an answer (400) and a message (2000 characters).
//! Messages are edited and deleted by the world alone ([`World::edit_message`]), since the trait has no call for it, and
//! posts are not ranked, so that
//! [`Order::Top`](crate::Order::Top) is refused.
//!
//! In configuration its one key is `account`, the handle. Accounts of one process that are connected through
//! [`Registry::default`] live in one shared [`World::sample`]; [`register`] puts another world in its place.

mod calls;
mod convert;
mod fault;
mod login;
mod rules;
#[cfg(feature = "webhook")]
mod webhook;
mod wire;
mod world;

use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use async_trait::async_trait;
use url::Url;

#[cfg(feature = "webhook")]
pub use webhook::MemoryWebhook;
pub use world::{Limit, PromotionYield, Record, RecordKind, World};

use crate::client::{Client, Clock, Random, SystemRandom, WriteSafety};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::model::{
    Account, AccountId, AccountRef, AudienceQuery, Checked, Conversation, ConversationId, Draft,
    Edit, Engaged, Engagement, EventQuery, Events, LinkCard, Membership, Message, MessageDraft,
    Metrics, Moderation, Page, PageRequest, Period, Place, Post, PostId, PostQuery, Prepared,
    Promotion, PromotionQuery, Recipient, Reconciled, Repeatable, Target, Trend, TrendScope,
};
use crate::network::{AccountConfig, Profile, Registry, SocialNetwork};
use crate::operation::Operation;
use crate::store::{FileStore, KeyValue, MemoryStore};
use wire::{
    AccountArgs, AccountSays, AccountsArgs, Card, Change, ConversationSays, Done, EditArgs,
    EngageArgs, EngagedSays, EventsSay, KeyArgs, MaybePost, Measured, MessageSays, MessagesArgs,
    NewPoll, NewPost, PageSays, PostArgs, PostSays, PostsArgs, PublishArgs, Rules, SendArgs, Str,
};

/// One account of a [`World`].
///
/// Publications and messages have keys, so that a repetition makes nothing twice, whatever was lost on the way; the
/// network keeps keys for ever. A key that was used for another text is refused with `Conflict`.
pub struct Memory {
    world: World,
    handle: String,
    place: Option<Place>,
    base: Url,
    /// The client over the road into the world.
    road: Client,
    /// The client as it was given, for files on the web.
    outside: Client,
    session: login::Session,
    /// The number under which the account's budgets are kept.
    subject: u64,
    profile: RwLock<Arc<Profile>>,
}

/// Settings for a [`Memory`]. What is wrong with them shows on [`build`](Self::build).
#[must_use]
pub struct MemoryBuilder {
    world: World,
    account: String,
    place: Option<Place>,
    client: Option<Client>,
    tokens: Option<Arc<dyn KeyValue>>,
    served_at: Option<String>,
}

impl fmt::Debug for MemoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBuilder")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl MemoryBuilder {
    /// Names the account that is spoken as, by its handle.
    pub fn account(mut self, handle: impl Into<String>) -> Self {
        self.account = handle.into();
        self
    }

    /// Sets where posts go by default: a community that the account belongs to.
    pub fn place(mut self, place: impl Into<Place>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Sends with the limits, clock and settings of this client, over the world's own road.
    pub fn client(mut self, client: &Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Keeps the login here; by default in memory.
    pub fn token_store(mut self, store: Arc<dyn KeyValue>) -> Self {
        self.tokens = Some(store);
        self
    }

    /// Speaks to a world that is served at this address, over the client's own transport. Whether it has the account
    /// shows with the first call, and the world that the object was made from is left alone.
    pub fn served_at(mut self, url: impl Into<String>) -> Self {
        self.served_at = Some(url.into());
        self
    }

    /// Builds the object. No request is made.
    ///
    /// # Errors
    /// `Config` where the world has no such account, naming those that it has, and for an address that is none.
    pub fn build(self) -> Result<Memory> {
        let handle = self.account.trim_start_matches('@').to_lowercase();
        if self.served_at.is_none() && !self.world.has_account(&handle) {
            let there = self.world.accounts().join(", ");
            let message = format!(
                "the world has no account `{handle}`; it has: {there}. World::add_account adds one"
            );
            return Err(Error::config(message).with_network(rules::NETWORK));
        }
        let outside = match self.client {
            Some(client) => client,
            None => Client::builder()
                .clock(self.world.clock())
                .transport(self.world.transport())
                .build()?,
        };
        let base = Url::parse(self.served_at.as_deref().unwrap_or(rules::BASE))
            .map_err(|e| Error::config(format!("the network's address is not one: {e}")))?;
        let road = match self.served_at {
            Some(_) => outside.clone(),
            None => outside.over(self.world.transport()),
        };
        let tokens = self.tokens.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        let subject = self.world.subject(&handle);
        let session =
            login::Session::new(road.clone(), base.clone(), handle.clone(), subject, tokens);
        let profile = rules::profile(rules::text(), rules::media())
            .account(format!("memory:account:{handle}"));
        Ok(Memory {
            world: self.world,
            handle,
            place: self.place,
            base,
            road,
            outside,
            session,
            subject,
            profile: RwLock::new(Arc::new(profile)),
        })
    }
}

impl Memory {
    /// Settings for one account of a world.
    pub fn builder(world: &World) -> MemoryBuilder {
        MemoryBuilder {
            world: world.clone(),
            account: String::new(),
            place: None,
            client: None,
            tokens: None,
            served_at: None,
        }
    }

    /// The account's handle.
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// The world that it lives in.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Passes what the profile declares, before any request.
    fn require(&self, operation: &Operation) -> Result<()> {
        self.profile().require(operation)
    }

    /// The card with its picture uploaded.
    async fn card(&self, link: &LinkCard) -> Result<Card> {
        let thumbnail = match &link.thumbnail {
            Some(file) => Some(self.upload(file).await?),
            None => None,
        };
        Ok(Card {
            url: link.url.clone(),
            title: link.title.clone(),
            description: link.description.clone(),
            thumbnail,
        })
    }

    /// What a prepared publication holds, if it is one of this account's.
    fn prepared(&self, prepared: &Prepared) -> Result<NewPost> {
        let own = self.profile().account.clone();
        if prepared.network != rules::NETWORK || prepared.account != own {
            return Err(Error::invalid(vec![Violation::error(
                Rule::Malformed,
                "prepared",
                "it was prepared for another network or account: prepare it here",
            )])
            .with_network(rules::NETWORK));
        }
        serde_json::from_value(prepared.payload.clone()).map_err(|e| {
            Error::invalid(vec![Violation::error(
                Rule::Malformed,
                "prepared.payload",
                format!("it cannot be read ({e}): prepare it anew"),
            )])
            .with_network(rules::NETWORK)
        })
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("account", &self.handle)
            .finish_non_exhaustive()
    }
}

/// A key that no other publication has. It need not be repeatable: a run that is to be repeated names its own keys.
fn fresh_key() -> String {
    let random = SystemRandom::new();
    format!("{:016x}{:016x}", random.next(), random.next())
}

/// What is passed to this network alone: it knows nothing that has no common name.
fn native(values: &std::collections::BTreeMap<String, serde_json::Value>) -> Vec<Violation> {
    let message = "the embedded network takes nothing of its own: take it out";
    values
        .contains_key(rules::NETWORK)
        .then(|| Violation::error(Rule::Unsupported, "native.memory", message))
        .into_iter()
        .collect()
}

/// Passes when nothing was found, before any request.
fn refuse(found: Vec<Violation>, operation: Operation) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(found)
        .with_network(rules::NETWORK)
        .with_operation(operation))
}

const KEYED: WriteSafety = WriteSafety::Keyed { until: None };
const SETS_A_STATE: WriteSafety = WriteSafety::Idempotent;

#[async_trait]
impl SocialNetwork for Memory {
    fn profile(&self) -> Arc<Profile> {
        let profile = self.profile.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&profile)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(self.road.clock())
    }

    async fn refresh_profile(&self) -> Result<Arc<Profile>> {
        let answer = self.ask(Operation::REFRESH_PROFILE, &()).await?;
        let rules: Rules = answer.json()?;
        let mut profile = Profile::clone(&self.profile());
        profile.text = rules.text;
        profile.media = rules.media;
        profile.poll_options = Some(rules.poll_options);
        profile.login = self.session.status();
        let profile = Arc::new(profile);
        let mut kept = self.profile.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Arc::clone(&profile);
        Ok(profile)
    }

    async fn me(&self) -> Result<Account> {
        let answer = self.ask(Operation::ME, &()).await?;
        Ok(convert::account(answer.json()?))
    }

    async fn account(&self, account: &AccountRef) -> Result<Account> {
        let args = AccountArgs {
            account: account.clone(),
        };
        let answer = self.ask(Operation::ACCOUNT, &args).await?;
        Ok(convert::account(answer.json()?))
    }

    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let mut found = native(&draft.native);
        if draft.schedule.is_some_and(|at| at <= self.clock().now()) {
            let message = "the time to publish it is past: leave it out, or name a later one";
            found.push(Violation::error(Rule::Time, "schedule", message));
        }
        refuse(found, Operation::PUBLISH)?;
        let media = self.upload_all(&draft.media).await?;
        let link = match &draft.link {
            Some(link) => Some(self.card(link).await?),
            None => None,
        };
        // An answer stands where the post stands that it answers.
        let usual = self.place.as_ref().filter(|_| draft.reply_to.is_none());
        let post = NewPost {
            text: draft.text.clone(),
            media,
            reply_to: draft.reply_to.as_ref().map(|r| r.id.clone()),
            quote: draft.quote.as_ref().map(|r| r.id.clone()),
            link,
            poll: draft.poll.as_ref().map(|poll| NewPoll {
                question: poll.question.clone(),
                options: poll.options.iter().map(|o| o.text.clone()).collect(),
                multiple: poll.multiple,
                open_for: poll.open_for,
            }),
            languages: draft.languages.clone(),
            visibility: draft.visibility.clone(),
            warnings: draft.warnings.clone(),
            publish_at: draft.schedule,
            place: draft.place.as_ref().or(usual).map(|p| p.id.clone()),
            created_at: draft.created_at,
        };
        let payload = serde_json::to_value(&post)
            .map_err(|e| Error::config(format!("the draft cannot be written as JSON: {e}")))?;
        let key = match &draft.key {
            Some(key) => key.clone(),
            None => fresh_key().into(),
        };
        let mut prepared = Prepared::new(rules::NETWORK, key, payload);
        prepared.account = self.profile().account.clone();
        prepared.repeatable = Repeatable::Always;
        Ok(prepared)
    }

    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        let post = self.prepared(prepared)?;
        let args = PublishArgs {
            key: prepared.key.as_str().into(),
            post: std::borrow::Cow::Owned(post),
        };
        let answer = self.tell(Operation::PUBLISH, KEYED, &args).await?;
        let says: PostSays<'_> = answer.json()?;
        let mut post = convert::post(says);
        post.raw = answer.raw();
        Ok(post)
    }

    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        self.prepared(prepared)?;
        let args = KeyArgs {
            key: prepared.key.clone(),
        };
        let answer = self.ask(Operation::RECONCILE, &args).await?;
        let found: MaybePost<'_> = answer.json()?;
        Ok(match found.post {
            Some(post) => Reconciled::Published(Box::new(convert::post(post))),
            None => Reconciled::NotPublished,
        })
    }

    async fn edit(&self, post: &PostId, edit: &Edit) -> Result<Post> {
        let mut found = native(&edit.native);
        // Which of the lengths holds, the server knows; what exceeds the longest is not sent.
        let longest = self.profile().text.post.clone();
        if let (Some(text), Some(limit)) = (&edit.text, longest)
            && let Err(long) = limit.check(text.as_str())
        {
            found.push(
                Violation::error(Rule::TooLong, "text", long.to_string()).measured(
                    long.max as u64,
                    long.length as u64,
                    long.unit,
                ),
            );
        }
        refuse(found, Operation::EDIT)?;
        let media = match &edit.media {
            Some(files) => {
                let mut looked_at = Vec::with_capacity(files.len());
                for file in files {
                    looked_at.push(file.inspect().await?);
                }
                Some(self.upload_all(&looked_at).await?)
            }
            None => None,
        };
        let link = match &edit.link {
            Some(link) => Some(self.card(link).await?),
            None => None,
        };
        let args = EditArgs {
            post: post.clone(),
            change: Change {
                text: edit.text.clone(),
                media,
                link,
                languages: edit.languages.clone(),
                warnings: edit.warnings.clone(),
            },
        };
        let answer = self.tell(Operation::EDIT, SETS_A_STATE, &args).await?;
        Ok(convert::post(answer.json()?))
    }

    async fn delete(&self, post: &PostId) -> Result<()> {
        let args = PostArgs { post: post.clone() };
        match self.tell(Operation::DELETE, SETS_A_STATE, &args).await {
            Ok(answer) => answer.json().map(|_: Done| ()),
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn post(&self, post: &PostId) -> Result<Post> {
        let args = PostArgs { post: post.clone() };
        let answer = self.ask(Operation::POST, &args).await?;
        let says: PostSays<'_> = answer.json()?;
        let mut post = convert::post(says);
        post.raw = answer.raw();
        Ok(post)
    }

    async fn posts(&self, query: &PostQuery) -> Result<Page<Post>> {
        let operation = query.timeline.operation();
        self.require(&operation)?;
        let answer = self.ask(operation, query).await?;
        let says: PageSays<'_, PostSays<'_>> = answer.json()?;
        Ok(convert::page(says, convert::post).raw(answer.raw()))
    }

    async fn engage(&self, target: &Target, engagement: &Engagement) -> Result<Engaged> {
        let operation = engagement.operation();
        self.require(&operation)?;
        let args = EngageArgs {
            target: std::borrow::Cow::Borrowed(target),
            engagement: std::borrow::Cow::Borrowed(engagement),
        };
        let answer = self.tell(operation, SETS_A_STATE, &args).await?;
        let says: EngagedSays<'_> = answer.json()?;
        let mut engaged = Engaged::new(says.on).changed(says.changed);
        engaged.id = says.id.map(Str::into_string);
        Ok(engaged)
    }

    async fn audience(&self, query: &AudienceQuery) -> Result<Page<Account>> {
        let operation = query.audience.operation();
        self.require(&operation)?;
        let answer = self.ask(operation, query).await?;
        let says: PageSays<'_, AccountSays<'_>> = answer.json()?;
        Ok(convert::page(says, convert::account).raw(answer.raw()))
    }

    async fn membership(&self, accounts: &[AccountId]) -> Result<Vec<Membership>> {
        let args = AccountsArgs {
            accounts: accounts.to_vec(),
        };
        let answer = self.ask(Operation::MEMBERSHIP, &args).await?;
        let says: Vec<Option<bool>> = answer.json()?;
        Ok(says
            .into_iter()
            .map(|belongs| match belongs {
                Some(true) => Membership::Yes,
                Some(false) => Membership::No,
                None => Membership::Unknown,
            })
            .collect())
    }

    async fn moderate(&self, moderation: &Moderation) -> Result<()> {
        let operation = moderation.operation();
        self.require(&operation)?;
        let answer = self.tell(operation, SETS_A_STATE, moderation).await?;
        answer.json().map(|_: Done| ())
    }

    async fn conversations(&self, page: &PageRequest) -> Result<Page<Conversation>> {
        let answer = self.ask(Operation::CONVERSATIONS, page).await?;
        let says: PageSays<'_, ConversationSays<'_>> = answer.json()?;
        Ok(convert::page(says, convert::conversation).raw(answer.raw()))
    }

    async fn messages(
        &self,
        conversation: &ConversationId,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        let args = MessagesArgs {
            conversation: conversation.clone(),
            page: page.clone(),
        };
        let answer = self.ask(Operation::MESSAGES, &args).await?;
        let says: PageSays<'_, MessageSays<'_>> = answer.json()?;
        Ok(convert::page(says, convert::message).raw(answer.raw()))
    }

    async fn send(&self, to: &Recipient, message: &MessageDraft) -> Result<Message> {
        let operation = match to {
            Recipient::Conversation(_) => Operation::SEND,
            Recipient::Account(_) => Operation::SEND_ACCOUNT,
            Recipient::CommentAuthor(_) => Operation::SEND_COMMENT_AUTHOR,
        };
        self.require(&operation)?;
        let mut message = message.clone();
        for file in &mut message.media {
            *file = file.inspect().await?;
        }
        let message = message.checked(&self.profile())?;
        let args = SendArgs {
            to: to.clone(),
            key: match &message.key {
                Some(key) => key.as_str().to_owned(),
                None => fresh_key(),
            },
            text: message.text.clone(),
            media: self.upload_all(&message.media).await?,
            reply_to: message.reply_to.clone(),
            share: message.share.as_ref().map(|post| post.id.clone()),
        };
        let answer = self.send_message(operation, &args).await?;
        let says: MessageSays<'_> = answer.json()?;
        let mut message = convert::message(says);
        message.raw = answer.raw();
        Ok(message)
    }

    async fn post_metrics(&self, posts: &[PostId]) -> Result<Vec<(PostId, Result<Metrics>)>> {
        let args = PostsArgs {
            posts: posts.to_vec(),
        };
        let answer = self.ask(Operation::METRICS_POST, &args).await?;
        let says: Vec<Measured> = answer.json()?;
        Ok(says
            .into_iter()
            .map(|measured| {
                let result = measured.metrics.ok_or_else(|| {
                    let message = measured.error.map(|e| e.message).unwrap_or_default();
                    Error::new(ErrorKind::NotFound, message)
                        .with_network(rules::NETWORK)
                        .with_operation(Operation::METRICS_POST)
                });
                (measured.id, result)
            })
            .collect())
    }

    async fn account_metrics(&self, period: &Period) -> Result<Metrics> {
        self.ask(Operation::METRICS_ACCOUNT, period).await?.json()
    }

    async fn promotions(&self, query: &PromotionQuery) -> Result<Page<Promotion>> {
        let answer = self.ask(Operation::PROMOTIONS, query).await?;
        let says: PageSays<'_, Promotion> = answer.json()?;
        Ok(convert::page(says, |promotion| promotion).raw(answer.raw()))
    }

    async fn trending(&self, scope: &TrendScope) -> Result<Vec<Trend>> {
        self.ask(Operation::TRENDING, scope).await?.json()
    }

    async fn events(&self, query: &EventQuery) -> Result<Events> {
        let answer = self.ask(Operation::EVENTS, query).await?;
        let says: EventsSay<'_> = answer.json()?;
        Ok(convert::events(says))
    }
}

/// Lets a registry connect accounts of this world under the name `memory`.
pub fn register(registry: &mut Registry, world: World) {
    registry
        .register(rules::NETWORK, move |config, client| {
            from_config(&world, config, client)
        })
        .describe(rules::NETWORK, described());
}

/// Lets a registry connect accounts of the world that all of this process share.
pub(super) fn register_shared(registry: &mut Registry) {
    static SHARED: OnceLock<World> = OnceLock::new();
    registry.register(rules::NETWORK, |config, client| {
        from_config(SHARED.get_or_init(World::sample), config, client)
    });
    registry.describe(rules::NETWORK, described());
}

fn described() -> Profile {
    rules::profile(rules::text(), rules::media())
}

fn from_config(
    world: &World,
    config: &AccountConfig,
    client: &Client,
) -> Result<Arc<dyn SocialNetwork>> {
    config.only(&["account"])?;
    if config.base_url.is_some() {
        let message = "`base_url` has no meaning here: the network lies within the program";
        return Err(config.error("base_url", message));
    }
    let account = config.required("account")?;
    let mut builder = Memory::builder(world).account(account).client(client);
    if let Some(place) = &config.place {
        builder = builder.place(place.as_str());
    }
    if let Some(path) = &config.token_store {
        builder = builder.token_store(Arc::new(FileStore::new(path.clone())));
    }
    let memory = builder
        .build()
        .map_err(|e| config.error("account", e.message()))?;
    Ok(Arc::new(memory))
}
