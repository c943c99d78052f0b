//! The trait that every network stands behind, and what all networks share.

#[cfg(any(
    feature = "contest",
    feature = "desk",
    feature = "promo",
    feature = "trends"
))]
pub(crate) mod by_name;
mod check;
mod doubles;
mod forward;
mod inspect;
mod pages;
mod price;
mod profile;
mod publish;
mod registry;
mod watch;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures_core::stream::BoxStream;

pub use doubles::{Deduplicated, deduplicated};
pub use pages::pages;
pub use price::thread_price;
#[cfg(feature = "bluesky")]
pub(crate) use profile::permit;
pub use profile::{Availability, LoginStatus, MediaLimit, MediaRules, Profile, Support, TextRules};
pub use publish::{Sent, ThreadProgress, publish_all, publish_thread};
#[cfg(feature = "oauth")]
pub use registry::LoginFactory;
pub use registry::{AccountConfig, Factory, Options, Registry};
#[cfg(feature = "vk")]
pub(crate) use watch::follow;

use crate::client::{Clock, SystemClock};
use crate::error::{Error, Result};
use crate::model::{
    Account, AccountId, AccountRef, AudienceQuery, Checked, Conversation, ConversationId, Draft,
    Edit, Engaged, Engagement, Event, EventQuery, Events, Membership, Message, MessageDraft,
    Metrics, Moderation, Page, PageRequest, Period, Post, PostId, PostQuery, Prepared, Promotion,
    PromotionQuery, Recipient, Reconciled, Target, Trend, TrendScope,
};
use crate::operation::Operation;

/// A social network, spoken to as one identity.
///
/// One object speaks as one identity (profile, page, community, channel, bot) with the tokens it needs. Only
/// [`profile`](Self::profile) is required. Every other method answers, unless an adapter has its own,
/// [`Unsupported`](crate::ErrorKind::Unsupported) with the network and the operation, without I/O. What a profile
/// declares works, what it does not declare answers so: the behaviour suite proves both for every adapter.
///
/// Errors are typed: see [`ErrorKind`](crate::ErrorKind). A write that may have happened is
/// [`Unconfirmed`](crate::ErrorKind::Unconfirmed), whatever the cause.
#[async_trait]
pub trait SocialNetwork: Debug + Send + Sync {
    /// What this identity may do here. No I/O; what a server allows is known after
    /// [`refresh_profile`](Self::refresh_profile).
    fn profile(&self) -> Arc<Profile>;

    /// The clock that waiting between two questions goes by; the system's unless a test sets another.
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock::new())
    }

    /// Asks the server what it allows, and keeps the answer for [`profile`](Self::profile).
    async fn refresh_profile(&self) -> Result<Arc<Profile>> {
        unsupported(self, Operation::REFRESH_PROFILE)
    }

    /// This identity.
    async fn me(&self) -> Result<Account> {
        unsupported(self, Operation::ME)
    }

    /// An account, by its id or its name. What does not exist is `NotFound`.
    async fn account(&self, account: &AccountRef) -> Result<Account> {
        let _ = account;
        unsupported(self, Operation::ACCOUNT)
    }

    /// Uploads files, makes containers, fixes the key and the time: all but the one mutation. Nothing is visible yet.
    async fn prepare(&self, draft: &Checked<Draft>) -> Result<Prepared> {
        let _ = draft;
        unsupported(self, Operation::PUBLISH)
    }

    /// Publishes what was prepared: the one mutation. Where the network has keys, doing it again gives the same post.
    async fn commit(&self, prepared: &Prepared) -> Result<Post> {
        let _ = prepared;
        unsupported(self, Operation::PUBLISH)
    }

    /// Finds out what became of a publication whose answer was lost.
    async fn reconcile(&self, prepared: &Prepared) -> Result<Reconciled> {
        let _ = prepared;
        unsupported(self, Operation::RECONCILE)
    }

    /// Publishes a draft: check, prepare, commit, and reconcile after an ambiguous answer.
    ///
    /// # Errors
    /// `Invalid` with every violation before anything is sent; `Unconfirmed`, with
    /// [`pending`](Error::pending), where it cannot be told whether the post exists.
    async fn publish(&self, draft: &Draft) -> Result<Post> {
        publish::publish(self, draft).await
    }

    /// Changes a post in place; what the edit does not name stays.
    async fn edit(&self, post: &PostId, edit: &Edit) -> Result<Post> {
        let _ = (post, edit);
        unsupported(self, Operation::EDIT)
    }

    /// Takes a post away. What is gone already is `Ok`.
    async fn delete(&self, post: &PostId) -> Result<()> {
        let _ = post;
        unsupported(self, Operation::DELETE)
    }

    /// Reads one post. What does not exist is `NotFound`.
    async fn post(&self, post: &PostId) -> Result<Post> {
        let _ = post;
        unsupported(self, Operation::POST)
    }

    /// Lists posts.
    async fn posts(&self, query: &PostQuery) -> Result<Page<Post>> {
        unsupported(self, query.timeline.operation())
    }

    /// Likes, reacts, reposts, bookmarks, votes, follows or marks as read; on or off. A repetition is no error.
    async fn engage(&self, target: &Target, engagement: &Engagement) -> Result<Engaged> {
        let _ = target;
        unsupported(self, engagement.operation())
    }

    /// Lists accounts: followers, members, who liked, reposted, commented or voted.
    async fn audience(&self, query: &AudienceQuery) -> Result<Page<Account>> {
        unsupported(self, query.audience.operation())
    }

    /// Whether accounts follow, or belong to, this identity: one answer for each, in order.
    async fn membership(&self, accounts: &[AccountId]) -> Result<Vec<Membership>> {
        let _ = accounts;
        unsupported(self, Operation::MEMBERSHIP)
    }

    /// Hides, restores, pins, closes comments, blocks or mutes; on or off. A repetition is no error.
    async fn moderate(&self, moderation: &Moderation) -> Result<()> {
        unsupported(self, moderation.operation())
    }

    /// Lists conversations, the one with the newest message first.
    async fn conversations(&self, page: &PageRequest) -> Result<Page<Conversation>> {
        let _ = page;
        unsupported(self, Operation::CONVERSATIONS)
    }

    /// Lists a conversation's messages, the newest first.
    async fn messages(
        &self,
        conversation: &ConversationId,
        page: &PageRequest,
    ) -> Result<Page<Message>> {
        let _ = (conversation, page);
        unsupported(self, Operation::MESSAGES)
    }

    /// Sends a message. What goes to people is a message, what goes to a place is a post.
    async fn send(&self, to: &Recipient, message: &MessageDraft) -> Result<Message> {
        let _ = message;
        unsupported(
            self,
            match to {
                Recipient::Conversation(_) => Operation::SEND,
                Recipient::Account(_) => Operation::SEND_ACCOUNT,
                Recipient::CommentAuthor(_) => Operation::SEND_COMMENT_AUTHOR,
            },
        )
    }

    /// Measures posts: one result for each id, in order.
    async fn post_metrics(&self, posts: &[PostId]) -> Result<Vec<(PostId, Result<Metrics>)>> {
        let _ = posts;
        unsupported(self, Operation::METRICS_POST)
    }

    /// Measures this identity's account. A network that only knows totals answers with them, under their own window.
    async fn account_metrics(&self, period: &Period) -> Result<Metrics> {
        let _ = period;
        unsupported(self, Operation::METRICS_ACCOUNT)
    }

    /// What paid reach brought.
    async fn promotions(&self, query: &PromotionQuery) -> Result<Page<Promotion>> {
        let _ = query;
        unsupported(self, Operation::PROMOTIONS)
    }

    /// What is trending, the strongest first.
    async fn trending(&self, scope: &TrendScope) -> Result<Vec<Trend>> {
        let _ = scope;
        unsupported(self, Operation::TRENDING)
    }

    /// What happened, oldest first, with a cursor that is always there. Which kinds can be relied on to come, the profile
    /// names ([`Profile::event_kinds`]).
    async fn events(&self, query: &EventQuery) -> Result<Events> {
        let _ = query;
        unsupported(self, Operation::EVENTS)
    }

    /// What happens, as it happens: at least once, and in order within each conversation.
    ///
    /// Each event has an id, the same however often it comes, and a cursor: store that once the event is dealt with, and
    /// after a restart go on from it ([`EventQuery::after`]). Then nothing is missed that the network still has; what
    /// was not dealt with comes again. [`deduplicated`] drops what one stream brings twice. A hole
    /// that the network cannot fill comes as an [`EventKind::Gap`](crate::EventKind::Gap), where the network lets us know.
    ///
    /// # Errors
    /// Passing troubles are waited out inside. The stream never ends in silence: an error is its last item, and
    /// [`Error::ended`] tells why it ended.
    fn listen(&self, query: EventQuery) -> BoxStream<'_, Result<Event>> {
        watch::listen(self, query)
    }
}

/// The answer to what an adapter does not do.
fn unsupported<T, N: SocialNetwork + ?Sized>(network: &N, operation: Operation) -> Result<T> {
    Err(Error::unsupported(&network.profile().network, operation))
}
