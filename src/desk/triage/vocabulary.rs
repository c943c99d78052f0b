//! What a desk adds to the built-in words: its brands, its products, its topics.

use serde::{Deserialize, Serialize};

use super::assessment::{Intent, Topic};
use crate::model::setters;

/// Own words, in code or in a file: any format that serde reads.
///
/// ```
/// # use sociable::desk::triage::Vocabulary;
/// let own: Vocabulary = sociable::serde_json::from_str(r#"{
///     "brands": [{"name": "acme", "terms": ["acme", "акме"]}],
///     "terms": [{"text": "crema gone", "polarity": -2.0, "topic": "coffee"}]
/// }"#)?;
/// # Ok::<(), sociable::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Vocabulary {
    /// Whom texts may speak about: us, our products, our competitors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<Brand>,
    /// Words with a meaning of their own here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
}

impl Vocabulary {
    /// Nothing of its own.
    pub fn new() -> Self {
        Self::default()
    }
}

setters!(Vocabulary {
    push brands: Brand, "Adds somebody whom texts may speak about.";
    push terms: Term, "Adds a word.";
});

/// Somebody whom texts speak about, and how they call them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Brand {
    /// By which name an [`Input`](super::Input) asks.
    pub name: String,
    /// How it is written: words with any ending (`сбер` finds `сбером` and `сбербанк`), handles without `@`. The name
    /// itself counts too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
}

impl Brand {
    /// A brand that is written as it is named.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            terms: Vec::new(),
        }
    }
}

setters!(Brand {
    push terms: String, "Adds a way to write it.";
});

/// A word or a phrase and what it means here. It comes before the built-in meaning of the same words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Term {
    /// Words with blanks between them, in any case and with accents or without; `*` at a word's end stands for any ending.
    /// Greek words are found in Latin letters too.
    pub text: String,
    /// How good or bad, usually from -3 to 3: 1 is weak, 2 plain, 3 strong. 0 says that it is neither, whatever the built-in
    /// words say; `None` says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polarity: Option<f64>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// How much it adds to the severity, from 0 to 1.
    #[serde(default)]
    pub severity: f64,
    /// What a text with it is there for, as far as its other words do not say more; an intent of the desk's own always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
}

impl Term {
    /// Words without a meaning yet.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            polarity: None,
            topic: None,
            severity: 0.0,
            intent: None,
        }
    }
}

setters!(Term {
    some polarity: f64, "Says how good or bad it is.";
    some topic: Topic, "Says what it is about.";
    set severity: f64, "Says how much it adds to the severity.";
    some intent: Intent, "Says what a text with it is there for.";
});
