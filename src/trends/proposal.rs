//! What could be made of a trend: proposed to a person, never published.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::topic::{Example, Topic};
use crate::error::Violation;
use crate::model::{Draft, words};

/// How well a topic fits what a brand speaks of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fit {
    /// The share of the topic's examples and terms that hold one of our words, 0 to 1.
    pub score: f64,
    /// Which of our words.
    pub words: Vec<String>,
}

/// Whether a brand may join in. Where words leave a doubt it is [`Careful`](Self::Careful): nothing here replaces a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decision", content = "reasons", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Safety {
    /// Nothing speaks against it, and enough was seen to say so.
    Safe,
    /// A person should look first, for these reasons.
    Careful(Vec<String>),
    /// Leave it, for these reasons.
    Unsafe(Vec<String>),
}

impl Safety {
    /// Why it is not simply safe.
    pub fn reasons(&self) -> &[String] {
        match self {
            Self::Safe => &[],
            Self::Careful(reasons) | Self::Unsafe(reasons) => reasons,
        }
    }
}

words! {
    /// How much work it is to join in.
    Effort {
        /// A text.
        Low = "low",
        /// A picture, or a text in several languages.
        Medium = "medium",
        /// A film, people to be named, something to be done first.
        High = "high",
    }
}

/// What one of our accounts would say to the draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DraftCheck {
    /// Our account.
    pub account: String,
    /// What would be wrong; what is no error does not keep it from being published.
    pub violations: Vec<Violation>,
}

/// A trend that we could join, for a person to decide. Nothing here publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proposal {
    /// The trend.
    pub topic: Topic,
    /// How well it fits.
    pub fit: Fit,
    /// Whether it is safe to join.
    pub safety: Safety,
    /// The order of proposals: fit, strength and time left in one figure, 0 to 1.
    pub score: f64,
    /// Posts that show it.
    pub examples: Vec<Example>,
    /// Until when it is likely to last; `None` where nothing tells.
    pub until: Option<Timestamp>,
    /// How much work it is.
    pub effort: Effort,
    /// A beginning, to be written to its end by a person: its words in brackets are not meant to be published.
    pub draft: Draft,
    /// What our accounts would say to the draft as it is.
    pub checks: Vec<DraftCheck>,
    /// What a person reads first.
    pub why: String,
}
