use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::tally::TermId;

/// Where a burst stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// The alarm: the one signal of a burst that somebody should look at.
    Start,
    /// The burst goes on.
    Update,
    /// The term is back at its usual level, or the new level has become the usual one.
    End,
}

/// How long a burst may still last, from the decay seen so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Forecast {
    /// Before this its end would surprise: four of five bursts should end within the range.
    pub earliest: Timestamp,
    /// The likeliest end.
    pub likely: Timestamp,
    /// After this its end would surprise. `None` where the decay seen so far would allow any length.
    pub latest: Option<Timestamp>,
}

/// A term that is used more than usual, at the end of one bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Signal {
    /// Which term.
    pub term: TermId,
    /// Start, update or end.
    pub phase: Phase,
    /// The end of the bucket that showed it: earlier nobody could know.
    pub at: Timestamp,
    /// When the burst began, estimated: the start of a bucket, never after `at`.
    pub started: Timestamp,
    /// Over how many buckets `observed` and `expected` are summed: the span that shows the burst best.
    pub buckets: u32,
    /// Weighted distinct authors in these buckets.
    pub observed: f64,
    /// How many would have been usual.
    pub expected: f64,
    /// `observed / expected`; above 0, and bounded since `expected` is never 0.
    pub ratio: f64,
    /// Posts in these buckets.
    pub posts: u64,
    /// The probability of so many authors or more at the usual level, corrected for the spans tried: 0 to 1.
    pub p: f64,
    /// `p` corrected for all terms of the bucket (Benjamini and Hochberg, 1995): 0 to 1.
    pub q: f64,
    /// By how many standard deviations of the usual level `observed` lies above `expected`.
    pub z: f64,
    /// How strong: the whole doublings of the usual level, so 1 from ×2, 2 from ×4, 3 from ×8.
    pub level: u32,
    /// The strongest ratio of a bucket since the start.
    pub peak: f64,
    /// How long it may last; `None` while it still rises or too little of its decay was seen.
    pub ends: Option<Forecast>,
}
