//! What people see of a trend: its words, its evidence, its flags, and why it was told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::detect::Forecast;
use crate::model::{PostRef, setters, words};

words! {
    /// What kind of thing is spoken of.
    TermKind {
        /// A hashtag, compared without case, accents and `ё`.
        Hashtag = "hashtag",
        /// A word with its inflections.
        Word = "word",
        /// Two hashtags or words in one post.
        Pair = "pair",
        /// People who name others to go on, as they were named themselves.
        Chain = "chain",
        /// An account that is mentioned.
        Account = "account",
        /// A page on the web.
        Link = "link",
    }
}

/// Something that posts have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Term {
    /// What kind of thing it is.
    pub kind: TermKind,
    /// As a person reads it: `#tea`, `чай`, `tea + market`, `@shop`.
    pub text: String,
}

impl Term {
    /// A term of this kind that reads so.
    pub fn new(kind: TermKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Names a topic: the same in every process, as long as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopicId(String);

impl TopicId {
    /// The topic that was named so.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TopicId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The figures by which a topic was told, of its strongest term.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Strength {
    /// Weighted distinct authors in the last `buckets` buckets.
    pub observed: f64,
    /// How many would have been usual.
    pub expected: f64,
    /// `observed / expected`.
    pub ratio: f64,
    /// Over how many buckets both are summed.
    pub buckets: u32,
    /// The probability of so many or more at the usual level.
    pub p: f64,
    /// `p` corrected for all terms that were looked at.
    pub q: f64,
    /// By how many standard deviations `observed` lies above `expected`.
    pub z: f64,
    /// The doublings of the usual level: 1 from ×2, 2 from ×4.
    pub level: u32,
    /// The strongest ratio of a bucket so far.
    pub peak: f64,
}

/// What to be careful about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "flag", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flag {
    /// Few authors wrote most of it.
    Concentrated {
        /// The share of the author who wrote most, 0 to 1.
        top_share: f64,
        /// How unequally the authors wrote: 0 all the same, near 1 one of them everything.
        gini: f64,
    },
    /// Many authors have young accounts.
    YoungAccounts {
        /// Their share of the authors, 0 to 1; authors whose age is not told count as old.
        share: f64,
    },
    /// It is our own: a term that we named as ours, or a hashtag of our own posts.
    OwnCampaign {
        /// The terms.
        terms: Vec<String>,
    },
    /// Many posts offer a prize for passing them on.
    ContestSpam {
        /// Their share of the posts, 0 to 1.
        share: f64,
    },
    /// Many posts say that they are paid for.
    Promoted {
        /// Their share of the posts, 0 to 1.
        share: f64,
    },
    /// Many posts are copies of a text. They are not counted among the posts.
    Copied {
        /// Their share of posts and copies together, 0 to 1.
        share: f64,
    },
    /// Many posts were deleted soon, as by those who only want to be counted. They stay in the counts.
    DeletedAfter {
        /// Their share of a sample of the posts, 0 to 1.
        share: f64,
    },
    /// It stands on several networks, which speaks for it.
    CrossNetwork {
        /// Their names.
        networks: Vec<String>,
    },
}

words! {
    /// What seems to drive a topic (classes of Zubiaga et al., "Real-time classification of Twitter trends", 2013).
    TriggerKind {
        /// Something happened, and a page about it is passed on.
        News = "news",
        /// People do something and name others to do it too.
        Nomination = "nomination",
        /// A joke or a form that many fill in their own way.
        Meme = "meme",
        /// It comes back: the same time last week, or last year.
        Commemorative = "commemorative",
        /// An event that goes on for hours.
        Event = "event",
        /// Nothing tells.
        Unclear = "unclear",
    }
}

/// What seems to drive a topic, and by which signs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trigger {
    /// The class.
    pub kind: TriggerKind,
    /// Its signs, in a sentence.
    pub why: String,
}

impl Trigger {
    /// A class with its signs.
    pub fn new(kind: TriggerKind, why: impl Into<String>) -> Self {
        Self {
            kind,
            why: why.into(),
        }
    }
}

/// A chain of nominations within a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chain {
    /// How many authors named others after they had been named, in the last bucket.
    pub links: u64,
    /// How long the longest chain is: 1 where a starter named somebody, 2 where he went on.
    pub depth: u32,
}

/// A post that shows what a topic is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Example {
    /// Its network.
    pub network: String,
    /// The post.
    pub post: PostRef,
    /// Its page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its author's name within the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// The beginning of what it says, at most 140 characters.
    pub text: String,
}

/// An entry of a network's own list of trends that names the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Listed {
    /// The network.
    pub network: String,
    /// How the network calls it.
    pub name: String,
    /// Its last place in the list, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// How many posts it has, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<u64>,
    /// When we saw it in the list first.
    pub first_seen: Timestamp,
    /// When we saw it last.
    pub last_seen: Timestamp,
}

words! {
    /// Where a topic stands.
    TopicState {
        /// It is above the usual.
        Rising = "rising",
        /// It is back at the usual, or the new level has become the usual one.
        Ended = "ended",
    }
}

/// A trend: terms that rose above the usual together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Topic {
    /// Its handle.
    pub id: TopicId,
    /// Its strongest term, as a person reads it.
    pub name: String,
    /// Its terms, the strongest first.
    pub terms: Vec<Term>,
    /// Where it stands.
    pub state: TopicState,
    /// When it began, estimated: the start of a bucket.
    pub started: Timestamp,
    /// When it was told: the end of the bucket that showed it.
    pub first_seen: Timestamp,
    /// The end of the bucket that changed it last.
    pub updated: Timestamp,
    /// The figures by which it is told.
    pub strength: Strength,
    /// Distinct authors in the last bucket: the most that one of its terms has, not weighted.
    pub authors: u64,
    /// Posts of that term in the last bucket, without reposts and copies.
    pub posts: u64,
    /// By how many `authors` may be too many: 0 unless the bucket held more terms than there is room for.
    #[serde(default)]
    pub uncertain: u64,
    /// In how many places (walls, channels, communities) it stands, at least; 0 where networks tell none.
    #[serde(default)]
    pub places: u64,
    /// What to be careful about.
    #[serde(default)]
    pub flags: Vec<Flag>,
    /// What seems to drive it.
    pub trigger: Trigger,
    /// Its chain of nominations, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
    /// Why it was told, in a sentence for a person.
    pub why: String,
    /// Posts that show what it is about, those first that hold most of its terms.
    #[serde(default)]
    pub examples: Vec<Example>,
    /// When it may end; `None` while it rises or too little is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Forecast>,
    /// The same in the networks' own lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<Listed>,
}

impl Topic {
    /// A topic of which only the handle, the name and the beginning are known.
    pub fn new(id: TopicId, name: impl Into<String>, started: Timestamp) -> Self {
        Self {
            id,
            name: name.into(),
            terms: Vec::new(),
            state: TopicState::Rising,
            started,
            first_seen: started,
            updated: started,
            strength: Strength::default(),
            authors: 0,
            posts: 0,
            uncertain: 0,
            places: 0,
            flags: Vec::new(),
            trigger: Trigger::new(TriggerKind::Unclear, ""),
            chain: None,
            why: String::new(),
            examples: Vec::new(),
            ends: None,
            listed: Vec::new(),
        }
    }

    /// Whether it is above the usual now.
    pub fn is_rising(&self) -> bool {
        self.state == TopicState::Rising
    }
}

setters!(Topic {
    push terms: Term, "Adds a term.";
    set state: TopicState, "Sets where it stands.";
    set first_seen: Timestamp, "Sets when it was told.";
    set updated: Timestamp, "Sets when it changed last.";
    set strength: Strength, "Sets its figures.";
    set authors: u64, "Sets its authors.";
    set posts: u64, "Sets its posts.";
    push flags: Flag, "Adds what to be careful about.";
    set trigger: Trigger, "Sets what seems to drive it.";
    set why: String, "Sets why it was told.";
    push examples: Example, "Adds a post.";
    some ends: Forecast, "Sets when it may end.";
});

/// A text that many accounts passed on as their own. It counts once, and is told here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Storm {
    /// How many accounts passed it on in the bucket: at most 64 are told apart.
    pub authors: u64,
    /// In how many posts.
    pub posts: u64,
    /// The first of them.
    pub example: Example,
}
