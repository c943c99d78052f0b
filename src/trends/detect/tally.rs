use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::setters;

/// A term, as the one who counts numbers them: the detector never sees words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TermId(pub u64);

/// How often one term was used in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TermCount {
    /// Which term.
    pub term: TermId,
    /// How many distinct authors used it, each weighted with 0 to 1: what is tested.
    pub authors: f64,
    /// In how many posts it stood.
    pub posts: u64,
}

impl TermCount {
    /// So many authors in so many posts.
    pub fn new(term: TermId, authors: impl Into<f64>, posts: u64) -> Self {
        Self {
            term,
            authors: authors.into(),
            posts,
        }
    }
}

/// What was counted in one bucket of time that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tally {
    /// When the bucket begins.
    pub start: Timestamp,
    /// How long it lasts: half open, its end belongs to the next one.
    pub len: Duration,
    /// All posts of the bucket, whatever they speak of.
    pub posts: u64,
    /// The distinct authors of these posts: what the terms' volume is measured by. Where it is 0 the
    /// authors of all terms, added up, stand for it.
    pub authors: u64,
    /// Each term once, in any order; a term that is not named was used by nobody.
    pub terms: Vec<TermCount>,
    /// Whether the whole bucket was seen. What was seen in part can raise an alarm, but nothing is learnt from it.
    pub complete: bool,
}

impl Tally {
    /// A complete bucket without posts.
    pub fn new(start: Timestamp, len: Duration) -> Self {
        Self {
            start,
            len,
            posts: 0,
            authors: 0,
            terms: Vec::new(),
            complete: true,
        }
    }
}

setters!(Tally {
    set posts: u64, "Sets how many posts there were.";
    set authors: u64, "Sets how many distinct authors there were.";
    push terms: TermCount, "Adds a term's count.";
    set complete: bool, "Sets whether the whole bucket was seen.";
});
