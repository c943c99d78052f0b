//! How long a text is to a network.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::find::find_links;
use super::weighted::WeightedRules;
use super::x_links::XLinks;

/// What a network counts. Counting takes time in proportion to the text and allocates nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Count {
    /// Unicode scalar values.
    Scalars,
    /// UTF-16 code units.
    Utf16,
    /// Extended grapheme clusters: what a reader takes for one character.
    Graphemes,
    /// UTF-8 bytes.
    Bytes,
    /// Weights for ranges of characters and a fixed length for links (X).
    Weighted(WeightedRules),
}

impl Count {
    /// The length of `text` in this unit. Weights are rounded up to a whole one.
    pub fn measure(&self, text: &str) -> usize {
        match self {
            Count::Weighted(rules) => rules.weigh(text).div_ceil(rules.scale.max(1)),
            _ => self.cost(text),
        }
    }

    /// What one is called in messages, in the plural.
    pub fn unit(&self) -> &'static str {
        match self {
            Count::Scalars => "characters",
            Count::Utf16 => "UTF-16 units",
            Count::Graphemes => "graphemes",
            Count::Bytes => "bytes",
            Count::Weighted(_) => "weighted characters",
        }
    }

    /// The length in the finest steps: those of a weight's scale, or whole units.
    pub(super) fn cost(&self, text: &str) -> usize {
        match self {
            Count::Scalars => text.chars().count(),
            Count::Utf16 => text.chars().map(char::len_utf16).sum(),
            Count::Graphemes => text.graphemes(true).count(),
            Count::Bytes => text.len(),
            Count::Weighted(rules) => rules.weigh(text),
        }
    }

    /// How many of the finest steps one unit has.
    pub(super) fn scale(&self) -> usize {
        match self {
            Count::Weighted(rules) => rules.scale.max(1),
            _ => 1,
        }
    }

    /// Each grapheme (or link that counts as one), in order: the byte where it ends, and its cost.
    pub(super) fn each(&self, text: &str, mut each: impl FnMut(usize, usize)) {
        if let Count::Weighted(rules) = self {
            return rules.each(text, each);
        }
        for (at, grapheme) in text.grapheme_indices(true) {
            let cost = if matches!(self, Count::Graphemes) {
                1
            } else {
                self.cost(grapheme)
            };
            each(at + grapheme.len(), cost);
        }
    }
}

/// How long a text may be: so many units, and for some networks so many bytes besides.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextLimit {
    /// What is counted.
    pub count: Count,
    /// How many there may be.
    pub max: usize,
    /// How many UTF-8 bytes there may be, whatever the count says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<usize>,
}

impl TextLimit {
    /// At most `max` of what `count` counts.
    pub fn new(count: Count, max: usize) -> Self {
        Self {
            count,
            max,
            max_bytes: None,
        }
    }

    /// The same with at most `max` UTF-8 bytes.
    #[must_use]
    pub fn bytes(mut self, max: usize) -> Self {
        self.max_bytes = Some(max);
        self
    }

    /// Whether `text` holds what the network takes for a link: by X's own rule where weights are counted, else as
    /// [`find_links`](super::find_links).
    pub fn holds_link(&self, text: &str) -> bool {
        match &self.count {
            Count::Weighted(rules) if rules.link_length.is_some() => {
                XLinks::new(text).next().is_some()
            }
            _ => !find_links(text).is_empty(),
        }
    }

    /// The length of `text` in the unit of this limit.
    pub fn measure(&self, text: &str) -> usize {
        self.count.measure(text)
    }

    /// Whether `text` is short enough.
    ///
    /// # Errors
    /// When it is too long: in the unit of the limit if that is exceeded, else in bytes.
    pub fn check(&self, text: &str) -> Result<(), TooLong> {
        let length = self.measure(text);
        if length > self.max {
            return Err(TooLong::new(length, self.max, self.count.unit()));
        }
        match self.max_bytes {
            Some(max) if text.len() > max => {
                Err(TooLong::new(text.len(), max, Count::Bytes.unit()))
            }
            _ => Ok(()),
        }
    }

    /// Whether `text` is short enough.
    pub fn is_within(&self, text: &str) -> bool {
        self.check(text).is_ok()
    }

    /// How many more units may follow `text`: 0 when it is full or too long. With a byte cap this is the most that can follow.
    pub fn remaining(&self, text: &str) -> usize {
        let units = self.max.saturating_sub(self.measure(text));
        match self.max_bytes {
            // Every unit that is counted takes at least one byte, but a weight below one does not.
            Some(max) if !matches!(self.count, Count::Weighted(_)) => {
                units.min(max.saturating_sub(text.len()))
            }
            Some(max) if text.len() >= max => 0,
            _ => units,
        }
    }
}

/// A text is longer than its limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "the text has {length} {unit}, {over_by} over the limit of {max}: shorten it, or split it into a thread"
)]
#[non_exhaustive]
pub struct TooLong {
    /// How long it is.
    pub length: usize,
    /// How long it may be.
    pub max: usize,
    /// What is counted, as a word in the plural.
    pub unit: &'static str,
    /// How much must go.
    pub over_by: usize,
}

impl TooLong {
    /// A text of `length` where `max` are allowed.
    pub fn new(length: usize, max: usize, unit: &'static str) -> Self {
        Self {
            length,
            max,
            unit,
            over_by: length.saturating_sub(max),
        }
    }
}
