//! What is read, how often, and what it may cost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{Money, PostQuery, Timeline, setters, words};
use crate::operation::Operation;

words! {
    /// What a [`Feed`] reads.
    FeedKind {
        /// What happens to our accounts: mentions, answers, posts in our places, deletions.
        Events = "events",
        /// What the accounts write that ours follow.
        Home = "home",
        /// Posts that mention our accounts.
        Mentions = "mentions",
        /// Posts under a hashtag.
        Hashtag = "hashtag",
        /// Posts that match words.
        Search = "search",
        /// The networks' own lists of trends.
        Lists = "lists",
    }
}

/// A stream of posts, or of trends that networks list themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Feed {
    /// What is read.
    pub kind: FeedKind,
    /// The hashtag or the words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Only by these accounts; where none is named, by every one whose network can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// How long to wait between two readings; 5 minutes, for lists half an hour.
    pub every: Duration,
    /// How many posts a page holds at most, of which a call may be billed for each; 100.
    pub page: u32,
    /// How many pages are followed at most in one reading; 10.
    pub pages: u32,
    /// How many calls it may make on a day of UTC, on all accounts together; 2,000.
    pub max_calls_a_day: u32,
    /// What it may cost on a day of UTC, on all accounts together. Where a network bills for it and no cap is set, it is
    /// not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_a_day: Option<Money>,
}

impl Feed {
    fn new(kind: FeedKind, words: impl Into<String>) -> Self {
        let minutes = if kind == FeedKind::Lists { 30 } else { 5 };
        Self {
            kind,
            words: words.into(),
            accounts: Vec::new(),
            every: Duration::from_secs(minutes * 60),
            page: 100,
            pages: 10,
            max_calls_a_day: 2_000,
            max_cost_a_day: None,
        }
    }

    /// What happens to our accounts.
    pub fn events() -> Self {
        Self::new(FeedKind::Events, "")
    }

    /// What the accounts write that ours follow.
    pub fn home() -> Self {
        Self::new(FeedKind::Home, "")
    }

    /// Posts that mention our accounts.
    pub fn mentions() -> Self {
        Self::new(FeedKind::Mentions, "")
    }

    /// Posts under a hashtag, with or without its `#`.
    pub fn hashtag(tag: impl AsRef<str>) -> Self {
        Self::new(
            FeedKind::Hashtag,
            tag.as_ref().trim_start_matches(['#', '＃']),
        )
    }

    /// Posts that match these words, in the network's own way.
    pub fn search(words: impl Into<String>) -> Self {
        Self::new(FeedKind::Search, words)
    }

    /// The networks' own lists of trends.
    pub fn lists() -> Self {
        Self::new(FeedKind::Lists, "")
    }

    /// Its name, by which its state is kept.
    pub fn name(&self) -> String {
        match self.words.as_str() {
            "" => self.kind.to_string(),
            words => format!("{} `{words}`", self.kind),
        }
    }

    /// The operation that a network must support for it; `None` for a kind that this version does not know.
    pub fn operation(&self) -> Option<Operation> {
        match self.kind {
            FeedKind::Events => Some(Operation::EVENTS),
            FeedKind::Lists => Some(Operation::TRENDING),
            _ => self.query().map(|query| query.timeline.operation()),
        }
    }

    /// The listing that it reads, if it reads one.
    pub(super) fn query(&self) -> Option<PostQuery> {
        let timeline = match self.kind {
            FeedKind::Home => Timeline::Home,
            FeedKind::Mentions => Timeline::Mentions,
            FeedKind::Hashtag => Timeline::Hashtag(self.words.clone()),
            FeedKind::Search => Timeline::Search(self.words.clone()),
            _ => return None,
        };
        Some(PostQuery::new(timeline))
    }

    /// Passes when it can be read.
    ///
    /// # Errors
    /// `Config` for a search or a hashtag without words, a kind that this version does not know, and where nothing may be
    /// asked.
    pub fn check(&self) -> Result<()> {
        let blank = !self.words.chars().any(char::is_alphanumeric);
        let trouble = match self.kind {
            FeedKind::Search | FeedKind::Hashtag if blank => "has no word to look for: name one",
            FeedKind::Other(_) => {
                "is none that there is: take events, home, mentions, hashtag, search or lists"
            }
            _ if self.every.is_zero() => "waits no time between two readings: set `every`",
            _ if self.max_calls_a_day == 0 || self.page == 0 || self.pages == 0 => {
                "may make no call: raise `max_calls_a_day`, `page` and `pages` above 0"
            }
            _ => return Ok(()),
        };
        Err(Error::config(format!("the feed {} {trouble}", self.name())))
    }
}

setters!(Feed {
    push accounts: String, "Lets this account read it.";
    set every: Duration, "Sets how long to wait between two readings.";
    set page: u32, "Bounds how many posts a page holds.";
    set pages: u32, "Bounds how many pages are followed.";
    set max_calls_a_day: u32, "Bounds the calls of a day.";
    some max_cost_a_day: Money, "Bounds the cost of a day.";
});
