use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::AccountRef;
use super::event::EventKind;
use super::page::PageRequest;
use crate::id::{AccountId, Cursor, EventCursor, PostId, PromotionId};
use crate::operation::Operation;

/// A span of time: from a moment up to, but without, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Period {
    /// The first moment of it.
    pub since: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Period {
    /// From a moment up to, but without, another.
    pub fn new(since: Timestamp, until: Timestamp) -> Self {
        Self { since, until }
    }

    /// Whether the moment lies within.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.since <= at && at < self.until
    }
}

/// Which posts are listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Timeline {
    /// What the accounts one follows publish.
    Home,
    /// One's own posts.
    Own,
    /// An account's posts.
    Account(AccountRef),
    /// A community's posts.
    Community(AccountId),
    /// Posts that mention this identity.
    Mentions,
    /// The direct answers to a post.
    Replies(PostId),
    /// The whole thread that a post stands in: the post that began it, then all answers, each after what it answers.
    Thread(PostId),
    /// The posts that quote a post.
    Quotes(PostId),
    /// Posts under a hashtag, given without its `#`.
    Hashtag(String),
    /// Posts that match the words.
    Search(String),
    /// What the network will publish later.
    Scheduled,
    /// These posts, in this order; what cannot be had is `omitted`.
    Ids(Vec<PostId>),
}

impl Timeline {
    /// The operation that a profile must support for it.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Home => Operation::POSTS_HOME,
            Self::Own => Operation::POSTS_OWN,
            Self::Account(_) => Operation::POSTS_ACCOUNT,
            Self::Community(_) => Operation::POSTS_COMMUNITY,
            Self::Mentions => Operation::POSTS_MENTIONS,
            Self::Replies(_) => Operation::POSTS_REPLIES,
            Self::Thread(_) => Operation::POSTS_THREAD,
            Self::Quotes(_) => Operation::POSTS_QUOTES,
            Self::Hashtag(_) => Operation::POSTS_HASHTAG,
            Self::Search(_) => Operation::POSTS_SEARCH,
            Self::Scheduled => Operation::POSTS_SCHEDULED,
            Self::Ids(_) => Operation::POSTS_IDS,
        }
    }
}

/// In which order a listing comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Order {
    /// As the network lists: most often the newest first.
    #[default]
    Default,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// What the network thinks the best first.
    Top,
}

/// Which posts are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PostQuery {
    /// Which list.
    pub timeline: Timeline,
    /// Only posts written at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Only posts written before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// In which order. A network that cannot list so answers `Invalid`.
    #[serde(default)]
    pub order: Order,
    /// Which part.
    #[serde(default)]
    pub page: PageRequest,
}

impl PostQuery {
    /// The posts of this list.
    pub fn new(timeline: Timeline) -> Self {
        Self {
            timeline,
            since: None,
            until: None,
            order: Order::Default,
            page: PageRequest::default(),
        }
    }

    /// One's own posts.
    pub fn own() -> Self {
        Self::new(Timeline::Own)
    }

    /// What the accounts one follows publish.
    pub fn home() -> Self {
        Self::new(Timeline::Home)
    }

    /// An account's posts.
    pub fn account(account: impl Into<AccountRef>) -> Self {
        Self::new(Timeline::Account(account.into()))
    }

    /// Posts that mention this identity.
    pub fn mentions() -> Self {
        Self::new(Timeline::Mentions)
    }

    /// The direct answers to a post.
    pub fn replies(post: impl Into<PostId>) -> Self {
        Self::new(Timeline::Replies(post.into()))
    }

    /// The whole thread that a post stands in.
    pub fn thread(post: impl Into<PostId>) -> Self {
        Self::new(Timeline::Thread(post.into()))
    }

    /// Posts under a hashtag, with or without its `#`.
    pub fn hashtag(tag: impl AsRef<str>) -> Self {
        Self::new(Timeline::Hashtag(
            tag.as_ref().trim_start_matches(['#', '＃']).to_owned(),
        ))
    }

    /// Posts that match the words.
    pub fn search(words: impl Into<String>) -> Self {
        Self::new(Timeline::Search(words.into()))
    }

    /// These posts.
    pub fn ids(ids: impl IntoIterator<Item = PostId>) -> Self {
        Self::new(Timeline::Ids(ids.into_iter().collect()))
    }

    /// Bounds the number of posts on a page.
    pub fn limit(mut self, limit: u32) -> Self {
        self.page = self.page.limit(limit);
        self
    }

    /// Goes on after an earlier page.
    pub fn after(mut self, cursor: impl Into<Cursor>) -> Self {
        self.page = self.page.after(cursor);
        self
    }
}

setters!(PostQuery {
    some since: Timestamp, "Only posts written at this moment or later.";
    some until: Timestamp, "Only posts written before this moment.";
    set order: Order, "Sets the order.";
    set page: PageRequest, "Sets which part.";
});

/// Whose accounts are listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Audience {
    /// Who follows the account.
    Followers(AccountRef),
    /// Whom the account follows.
    Following(AccountRef),
    /// Who belongs to the community.
    Members(AccountRef),
    /// Who liked the post.
    Liked(PostId),
    /// Who reposted the post.
    Reposted(PostId),
    /// Who commented on the post; each account once a page.
    Commented(PostId),
    /// Who voted in the post's poll, for the answer at this position from 0 or for any.
    Voted(PostId, Option<u32>),
}

impl Audience {
    /// The operation that a profile must support for it.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Followers(_) => Operation::AUDIENCE_FOLLOWERS,
            Self::Following(_) => Operation::AUDIENCE_FOLLOWING,
            Self::Members(_) => Operation::AUDIENCE_MEMBERS,
            Self::Liked(_) => Operation::AUDIENCE_LIKED,
            Self::Reposted(_) => Operation::AUDIENCE_REPOSTED,
            Self::Commented(_) => Operation::AUDIENCE_COMMENTED,
            Self::Voted(..) => Operation::AUDIENCE_VOTED,
        }
    }
}

/// Which accounts are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AudienceQuery {
    /// Whose.
    pub audience: Audience,
    /// Which part.
    #[serde(default)]
    pub page: PageRequest,
}

impl AudienceQuery {
    /// These accounts.
    pub fn new(audience: Audience) -> Self {
        Self {
            audience,
            page: PageRequest::default(),
        }
    }

    /// This identity's followers.
    pub fn followers() -> Self {
        Self::new(Audience::Followers(AccountRef::Me))
    }

    /// Whom this identity follows.
    pub fn following() -> Self {
        Self::new(Audience::Following(AccountRef::Me))
    }

    /// The members of this identity's community.
    pub fn members() -> Self {
        Self::new(Audience::Members(AccountRef::Me))
    }

    /// Who liked a post.
    pub fn liked(post: impl Into<PostId>) -> Self {
        Self::new(Audience::Liked(post.into()))
    }

    /// Who reposted a post.
    pub fn reposted(post: impl Into<PostId>) -> Self {
        Self::new(Audience::Reposted(post.into()))
    }

    /// Who commented on a post.
    pub fn commented(post: impl Into<PostId>) -> Self {
        Self::new(Audience::Commented(post.into()))
    }

    /// Bounds the number of accounts on a page.
    pub fn limit(mut self, limit: u32) -> Self {
        self.page = self.page.limit(limit);
        self
    }

    /// Goes on after an earlier page.
    pub fn after(mut self, cursor: impl Into<Cursor>) -> Self {
        self.page = self.page.after(cursor);
        self
    }
}

/// Which promotions are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PromotionQuery {
    /// The span to measure.
    pub period: Period,
    /// Only these; all where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<PromotionId>,
    /// Which part.
    #[serde(default)]
    pub page: PageRequest,
}

impl PromotionQuery {
    /// All promotions in a span.
    pub fn new(period: Period) -> Self {
        Self {
            period,
            ids: Vec::new(),
            page: PageRequest::default(),
        }
    }
}

setters!(PromotionQuery {
    push ids: PromotionId, "Asks for this one.";
    set page: PageRequest, "Sets which part.";
});

/// Where trends are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TrendScope {
    /// The network's handle of a place; `None` is wherever the identity is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How many at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl TrendScope {
    /// Wherever the identity is.
    pub fn anywhere() -> Self {
        Self::default()
    }
}

setters!(TrendScope {
    some place: String, "Names a place by the network's handle.";
    some limit: u32, "Bounds how many.";
});

/// From when happenings are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Since {
    /// What happens from now on.
    #[default]
    Now,
    /// All that the network still has.
    Oldest,
    /// What happened after this cursor.
    Cursor(EventCursor),
}

impl From<EventCursor> for Since {
    fn from(cursor: EventCursor) -> Self {
        Self::Cursor(cursor)
    }
}

/// Which happenings are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EventQuery {
    /// From when.
    pub since: Since,
    /// Only these kinds, and [`EventKind::Gap`]; all where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<EventKind>,
    /// How many at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl EventQuery {
    /// What happens from now on.
    pub fn now() -> Self {
        Self::default()
    }

    /// All that the network still has.
    pub fn oldest() -> Self {
        Self {
            since: Since::Oldest,
            ..Self::default()
        }
    }

    /// What happened after this cursor.
    pub fn after(cursor: impl Into<EventCursor>) -> Self {
        Self {
            since: Since::Cursor(cursor.into()),
            ..Self::default()
        }
    }

    /// Whether a kind is wanted. A gap always is: what is lost may be of any kind.
    pub fn wants(&self, kind: &EventKind) -> bool {
        self.kinds.is_empty() || *kind == EventKind::Gap || self.kinds.contains(kind)
    }
}

setters!(EventQuery {
    set since: Since, "Sets from when.";
    push kinds: EventKind, "Asks for this kind.";
    some limit: u32, "Bounds how many.";
});
