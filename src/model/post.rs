use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::{Account, Place};
use super::draft::{ContentWarning, LinkCard, Poll, Visibility};
use super::media::Attachment;
use super::metrics::Metrics;
use crate::id::{AccountId, PostId};
use crate::shared::SharedStr;
use crate::text::Text;

/// Where a post stands on its way to its readers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PostState {
    /// Readers see it.
    #[default]
    Live,
    /// The network will publish it at this time.
    Scheduled(Timestamp),
    /// The network is still working on it, such as on its video.
    Processing,
    /// The network's or community's moderators look at it first.
    InReview,
    /// The network gave up on it; its words.
    Failed(String),
    /// A state that this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// What this identity has done to a post; `None` is not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Mine {
    /// Whether it likes the post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liked: Option<bool>,
    /// Whether it reposted the post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reposted: Option<bool>,
    /// Whether it bookmarked the post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bookmarked: Option<bool>,
}

impl Mine {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self::default()
    }
}

setters!(Mine {
    some liked: bool, "Says whether it likes the post.";
    some reposted: bool, "Says whether it reposted the post.";
    some bookmarked: bool, "Says whether it bookmarked the post.";
});

/// A post, comment or story as the network tells it.
///
/// It never invents: what the answer does not make certain is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Post {
    /// Its handle for every further call.
    pub id: PostId,
    /// Its page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<SharedStr>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Arc<Account>>,
    /// What it says.
    #[serde(default)]
    pub text: Text,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Where it stands on its way to its readers.
    #[serde(default)]
    pub state: PostState,
    /// The post that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<PostId>,
    /// The post that began the thread it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<PostId>,
    /// The post that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<PostId>,
    /// Who reposted it, where it stands in a listing as a repost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reposted_by: Option<Arc<Account>>,
    /// Its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Attachment>,
    /// Its link card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Box<LinkCard>>,
    /// Its poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Box<Poll>>,
    /// Its languages as BCP 47 tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<SharedStr>,
    /// Who may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Of what its readers are warned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<ContentWarning>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Its figures, as far as the answer held them.
    #[serde(default, skip_serializing_if = "Metrics::says_nothing")]
    pub metrics: Metrics,
    /// What this identity has done to it.
    #[serde(default)]
    pub mine: Mine,
    /// The network's answer as it came, only where the client was built with `keep_raw()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Arc<str>>,
}

impl Post {
    /// A post of which only the handle is known.
    pub fn new(id: impl Into<PostId>) -> Self {
        Self {
            id: id.into(),
            url: None,
            author: None,
            text: Text::default(),
            created_at: None,
            edited_at: None,
            state: PostState::Live,
            reply_to: None,
            thread: None,
            quote: None,
            reposted_by: None,
            media: Vec::new(),
            link: None,
            poll: None,
            languages: Vec::new(),
            visibility: None,
            warnings: Vec::new(),
            place: None,
            metrics: Metrics::default(),
            mine: Mine::default(),
            raw: None,
        }
    }

    /// Sets who reposted it.
    pub fn reposted_by(mut self, account: impl Into<Arc<Account>>) -> Self {
        self.reposted_by = Some(account.into());
        self
    }

    /// Sets who wrote it.
    pub fn author(mut self, account: impl Into<Arc<Account>>) -> Self {
        self.author = Some(account.into());
        self
    }

    /// Sets its languages, as BCP 47 tags.
    pub fn languages<L: Into<SharedStr>>(mut self, tags: impl IntoIterator<Item = L>) -> Self {
        self.languages = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Sets its link card.
    pub fn link(mut self, card: LinkCard) -> Self {
        self.link = Some(Box::new(card));
        self
    }

    /// Sets its poll.
    pub fn poll(mut self, poll: Poll) -> Self {
        self.poll = Some(Box::new(poll));
        self
    }
}

setters!(Post {
    some url: SharedStr, "Sets its page on the web.";
    set text: Text, "Sets what it says.";
    some created_at: Timestamp, "Sets when it was written.";
    some edited_at: Timestamp, "Sets when it was last changed.";
    set state: PostState, "Sets where it stands on its way to its readers.";
    some reply_to: PostId, "Sets the post that it answers.";
    some thread: PostId, "Sets the post that began the thread.";
    some quote: PostId, "Sets the post that it quotes.";
    set media: Vec<Attachment>, "Sets its files.";
    some visibility: Visibility, "Sets who may see it.";
    set warnings: Vec<ContentWarning>, "Sets of what its readers are warned.";
    some place: Place, "Sets where it stands.";
    set metrics: Metrics, "Sets its figures.";
    set mine: Mine, "Sets what this identity has done to it.";
    some raw: Arc<str>, "Keeps the network's answer as it came.";
});

/// Names a post in a call: by its id, or by the post itself, which spares a look-up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "PostRefData")]
#[non_exhaustive]
pub struct PostRef {
    /// The post's handle.
    pub id: PostId,
    /// The post that began its thread; the post itself when it began one. `None` is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<PostId>,
    /// Who wrote it, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<AccountId>,
}

/// What data may hold in place of a [`PostRef`]: the bare id is enough.
#[derive(Deserialize)]
#[serde(untagged)]
enum PostRefData {
    Id(PostId),
    Full {
        id: PostId,
        #[serde(default)]
        thread: Option<PostId>,
        #[serde(default)]
        author: Option<AccountId>,
    },
}

impl From<PostRefData> for PostRef {
    fn from(data: PostRefData) -> Self {
        match data {
            PostRefData::Id(id) => Self::from(id),
            PostRefData::Full { id, thread, author } => Self { id, thread, author },
        }
    }
}

impl From<PostId> for PostRef {
    fn from(id: PostId) -> Self {
        Self {
            id,
            thread: None,
            author: None,
        }
    }
}

impl From<&PostId> for PostRef {
    fn from(id: &PostId) -> Self {
        Self::from(id.clone())
    }
}

impl From<&Post> for PostRef {
    fn from(post: &Post) -> Self {
        let thread = match (&post.thread, &post.reply_to) {
            (Some(thread), _) => Some(thread.clone()),
            (None, None) => Some(post.id.clone()),
            (None, Some(_)) => None,
        };
        Self {
            id: post.id.clone(),
            thread,
            author: post.author.as_ref().map(|a| a.id.clone()),
        }
    }
}

impl From<Post> for PostRef {
    fn from(post: Post) -> Self {
        Self::from(&post)
    }
}

impl From<&str> for PostRef {
    fn from(id: &str) -> Self {
        Self::from(PostId::from(id))
    }
}
