//! What a stretch of text is: a link, a mention, a hashtag, emphasis.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize};

/// A stretch of a [`Text`](super::Text) and what it is. Offsets are UTF-8 bytes on character boundaries; `end` is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What the stretch is.
    pub kind: SpanKind,
}

impl Span {
    /// A span over `range`. Whether it lies on character boundaries shows when a text takes it.
    pub fn new(range: Range<usize>, kind: SpanKind) -> Self {
        Self {
            start: range.start,
            end: range.end,
            kind,
        }
    }

    /// The bytes covered.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What a span makes of its text.
///
/// [`Link`](Self::Link), [`Mention`](Self::Mention) and [`Hashtag`](Self::Hashtag) are entities: no two of them overlap, and a
/// text is never split inside one. All others are emphasis: spans of one kind that overlap or touch become one.
///
/// In serde a kind is `"bold"` or `{"link": "https://…"}`. An unknown name is kept as [`Other`](Self::Other); of an unknown kind
/// that carries data, only the name is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SpanKind {
    /// A quotation, a block of its own where the network has blocks.
    Quote,
    /// Preformatted text, a block of its own where the network has blocks.
    Pre,
    /// A link to this URL; the text under it is the label.
    Link(String),
    /// Names an account.
    Mention(Mention),
    /// A hashtag, without its `#`.
    Hashtag(String),
    /// Hidden until the reader asks for it.
    Spoiler,
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Underlined.
    Underline,
    /// Struck through.
    Strike,
    /// Code within a line.
    Code,
    /// A kind that this version does not know, by its name.
    #[serde(untagged)]
    Other(String),
}

impl SpanKind {
    /// Whether this is a link, a mention or a hashtag.
    pub fn is_entity(&self) -> bool {
        matches!(
            self,
            SpanKind::Link(_) | SpanKind::Mention(_) | SpanKind::Hashtag(_)
        )
    }
}

impl<'de> Deserialize<'de> for SpanKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Name(String),
            Data(Data),
            Unknown(BTreeMap<String, IgnoredAny>),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Data {
            Link(String),
            Mention(Mention),
            Hashtag(String),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Data(Data::Link(url)) => SpanKind::Link(url),
            Form::Data(Data::Mention(mention)) => SpanKind::Mention(mention),
            Form::Data(Data::Hashtag(tag)) => SpanKind::Hashtag(tag),
            Form::Unknown(data) => SpanKind::Other(data.into_keys().next().unwrap_or_default()),
            Form::Name(name) => match name.as_str() {
                "quote" => SpanKind::Quote,
                "pre" => SpanKind::Pre,
                "spoiler" => SpanKind::Spoiler,
                "bold" => SpanKind::Bold,
                "italic" => SpanKind::Italic,
                "underline" => SpanKind::Underline,
                "strike" => SpanKind::Strike,
                "code" => SpanKind::Code,
                _ => SpanKind::Other(name),
            },
        })
    }
}

/// An account that a text names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mention {
    /// The handle as people write it, without the leading `@`: `alice.test`, `bob@mastodon.example`, `carol`.
    pub handle: String,
    /// The network's own id of the account, when it is known already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Mention {
    /// A mention of `handle` (a leading `@` is dropped), its id not known yet.
    pub fn new(handle: impl Into<String>) -> Self {
        let mut handle = handle.into();
        if handle.starts_with('@') {
            handle.remove(0);
        }
        Self { handle, id: None }
    }

    /// The same with the network's id of the account.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// A span or range that a text cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpanError {
    /// The end lies before the start, or nothing is covered.
    #[error("the span {start}..{end} covers nothing: give it at least one character")]
    Empty {
        /// First byte.
        start: usize,
        /// Byte after the last.
        end: usize,
    },
    /// The end lies behind the text.
    #[error(
        "the span {start}..{end} ends behind the text of {length} bytes: offsets are UTF-8 bytes"
    )]
    OutOfText {
        /// First byte.
        start: usize,
        /// Byte after the last.
        end: usize,
        /// The text's length in bytes.
        length: usize,
    },
    /// An offset lies inside a character.
    #[error(
        "offset {offset} lies inside a character: offsets are UTF-8 bytes on character boundaries"
    )]
    InsideCharacter {
        /// The offset.
        offset: usize,
    },
    /// Two links, mentions or hashtags cover the same text.
    #[error("the entity at {}..{} overlaps the one at {}..{}: keep one of them", .second.start, .second.end, .first.start, .first.end)]
    Overlap {
        /// The bytes of the one that begins first.
        first: Range<usize>,
        /// The bytes of the other.
        second: Range<usize>,
    },
}
