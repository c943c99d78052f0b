//! What came of one bucket of time.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::topic::{Storm, Topic};

/// What became of a post that was shown to a [`Watch`](super::Watch).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pushed {
    /// Its terms were counted.
    Counted,
    /// It was counted before: the same id.
    Known,
    /// It passes on another's post.
    Repost,
    /// Its text is another's, word for word or nearly so.
    Copy,
    /// One of our accounts wrote it.
    Own,
    /// Its bucket is closed already; or it has no time, and none is known yet.
    Late,
    /// It claims to be written more than a week after all that was seen: a wrong clock, or
    /// [`Watch::close`](super::Watch::close) was not called meanwhile.
    Ahead,
}

/// A bucket that is over, and what it showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Closed {
    /// When it began.
    pub start: Timestamp,
    /// How long it lasted.
    pub len: Duration,
    /// Posts that were counted.
    pub posts: u64,
    /// Their distinct authors, not weighted.
    pub authors: u64,
    /// Distinct terms, at least.
    pub terms: u64,
    /// The most authors that a term had.
    #[serde(default)]
    pub busiest: u64,
    /// Reposts, copies and our own posts, which were not counted.
    pub dropped: u64,
    /// Whether the whole bucket was seen. Where not, nothing is learnt from it.
    pub complete: bool,
    /// Topics that were not there before.
    pub new: Vec<Topic>,
    /// Topics that went on.
    pub changed: Vec<Topic>,
    /// Topics that ended.
    pub ended: Vec<Topic>,
    /// Terms that rose and whose words are not known, since the bucket held more busy terms than there is room for.
    #[serde(default)]
    pub unnamed: u64,
    /// Texts that many accounts passed on as their own.
    pub storms: Vec<Storm>,
}
