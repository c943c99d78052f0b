//! Rich text: a plain string and what its stretches are.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Bound, Range, RangeBounds};

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};

use super::bulk;
use super::find::Finder;
use super::span::{Mention, Span, SpanError, SpanKind};
use crate::shared::order;

/// Text written once and rendered by each network in its own way.
///
/// The plain string is what a reader sees; spans say which stretches are links, mentions, hashtags or emphasised. They are kept
/// in order (by start, the longest first), on character boundaries, and inside the text.
///
/// In serde a text without spans is a bare string, any other `{"text": …, "spans": […]}`; both are read. Spans that do not fit
/// are an error when they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    plain: String,
    spans: Vec<Span>,
}

impl Text {
    /// Text without spans.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            plain: text.into(),
            spans: Vec::new(),
        }
    }

    /// A string with its spans, in any order.
    ///
    /// # Errors
    /// When a span covers nothing, leaves the text or a character boundary, or two entities overlap.
    pub fn with_spans(
        text: impl Into<String>,
        spans: impl IntoIterator<Item = Span>,
    ) -> Result<Self, SpanError> {
        let plain = text.into();
        let spans: Vec<Span> = spans.into_iter().collect();
        for span in &spans {
            bulk::check_span(&plain, span)?;
        }
        Ok(Self {
            spans: bulk::arrange(spans)?,
            plain,
        })
    }

    /// For spans that are known to be in order.
    pub(super) fn arranged(plain: String, spans: Vec<Span>) -> Self {
        Self { plain, spans }
    }

    /// The plain string.
    pub fn as_str(&self) -> &str {
        &self.plain
    }

    /// The spans, by start, the longest first.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// The length in UTF-8 bytes.
    pub fn len(&self) -> usize {
        self.plain.len()
    }

    /// The plain string, given away.
    pub fn into_string(self) -> String {
        self.plain
    }

    /// Appends plain text.
    #[must_use]
    pub fn push(mut self, text: impl AsRef<str>) -> Self {
        self.plain.push_str(text.as_ref());
        self
    }

    /// Appends another text with its spans.
    #[must_use]
    pub fn push_text(self, text: &Text) -> Self {
        bulk::concat([&self, text])
    }

    /// Appends `label`, a link to `url`.
    #[must_use]
    pub fn link(self, label: impl AsRef<str>, url: impl Into<String>) -> Self {
        self.append(label.as_ref(), SpanKind::Link(url.into()))
    }

    /// Appends `@handle` as a mention of `handle` (which may be given with or without its `@`).
    #[must_use]
    pub fn mention(self, handle: impl Into<String>) -> Self {
        let mention = Mention::new(handle);
        let label = format!("@{}", mention.handle);
        self.append(&label, SpanKind::Mention(mention))
    }

    /// Appends `label` as a mention of the account with this handle and the network's `id`.
    #[must_use]
    pub fn mention_id(
        self,
        label: impl AsRef<str>,
        handle: impl Into<String>,
        id: impl Into<String>,
    ) -> Self {
        self.append(
            label.as_ref(),
            SpanKind::Mention(Mention::new(handle).id(id)),
        )
    }

    /// Appends `#tag` as a hashtag (which may be given with or without its `#`).
    #[must_use]
    pub fn hashtag(self, tag: impl AsRef<str>) -> Self {
        let tag = tag.as_ref();
        let tag = tag.strip_prefix(['#', '＃']).unwrap_or(tag);
        self.append(&format!("#{tag}"), SpanKind::Hashtag(tag.to_owned()))
    }

    /// Appends bold text.
    #[must_use]
    pub fn bold(self, text: impl AsRef<str>) -> Self {
        self.append(text.as_ref(), SpanKind::Bold)
    }

    /// Appends italic text.
    #[must_use]
    pub fn italic(self, text: impl AsRef<str>) -> Self {
        self.append(text.as_ref(), SpanKind::Italic)
    }

    /// Appends code within a line.
    #[must_use]
    pub fn code(self, text: impl AsRef<str>) -> Self {
        self.append(text.as_ref(), SpanKind::Code)
    }

    /// Appends `text` as `kind`. Nothing is appended for an empty text.
    #[must_use]
    pub fn append(mut self, text: &str, kind: SpanKind) -> Self {
        if text.is_empty() {
            return self;
        }
        let start = self.plain.len();
        self.plain.push_str(text);
        let end = self.plain.len();
        if !kind.is_entity() {
            // Only spans that end where the new one begins can touch it, and one of each kind at most.
            if let Some(touching) = self
                .spans
                .iter_mut()
                .rev()
                .find(|span| span.end == start && span.kind == kind)
            {
                touching.end = end;
                self.spans = bulk::arrange(std::mem::take(&mut self.spans)).unwrap_or_default();
                return self;
            }
        }
        self.spans.push(Span::new(start..end, kind));
        self
    }

    /// Adds a span over what is already written.
    ///
    /// # Errors
    /// When it covers nothing, leaves the text or a character boundary, or overlaps another entity and is one itself.
    pub fn with_span(mut self, range: Range<usize>, kind: SpanKind) -> Result<Self, SpanError> {
        self.add_span(Span::new(range, kind))?;
        Ok(self)
    }

    /// Adds a span over what is already written; an error leaves the text as it was.
    ///
    /// # Errors
    /// As [`with_span`](Self::with_span).
    pub fn add_span(&mut self, span: Span) -> Result<(), SpanError> {
        bulk::check_span(&self.plain, &span)?;
        // Entities mostly come in the order of the text, and so behind all that is there.
        let before = self.spans.last().is_none_or(|last| last.start < span.start);
        let entity = (self.spans.iter().rev()).find(|known| known.kind.is_entity());
        if before && span.kind.is_entity() && entity.is_none_or(|last| last.end <= span.start) {
            self.spans.push(span);
            return Ok(());
        }
        let mut spans = self.spans.clone();
        spans.push(span);
        self.spans = bulk::arrange(spans)?;
        Ok(())
    }

    /// The same text with the links, mentions and hashtags that a [`Finder`] of every kind finds in it.
    #[must_use]
    pub fn detect(self) -> Self {
        self.detect_with(&Finder::default())
    }

    /// The same text with what `finder` finds in it. What lies in an entity, in code or in preformatted text stays as it is.
    #[must_use]
    pub fn detect_with(mut self, finder: &Finder) -> Self {
        let mut found = finder.find(&self.plain);
        if found.is_empty() {
            return self;
        }
        if !self.spans.is_empty() {
            self.leave_out_closed(&mut found);
        }
        // A finder's finds do not overlap one another, and those that overlap a span were left out.
        self.spans.append(&mut found);
        bulk::order(&mut self.spans);
        self
    }

    /// Drops what was found within links, mentions, hashtags and code.
    fn leave_out_closed(&self, found: &mut Vec<Span>) {
        let is_closed = |span: &&Span| {
            span.kind.is_entity() || matches!(span.kind, SpanKind::Code | SpanKind::Pre)
        };
        if let [only] = self.spans.as_slice() {
            // As most texts have it, and without a list.
            if is_closed(&only) {
                found.retain(|found| found.end <= only.start || only.end <= found.start);
            }
            return;
        }
        let mut closed = self.spans.iter().filter(is_closed).collect::<Vec<_>>();
        // By end, so that the first that ends behind a find is the only one to look at; nested ones are covered by the outer.
        order::sort_by(&mut closed, |a, b| a.end.cmp(&b.end));
        let mut least_start = vec![usize::MAX; closed.len()];
        let mut least = usize::MAX;
        for (span, slot) in closed.iter().zip(&mut least_start).rev() {
            least = least.min(span.start);
            *slot = least;
        }
        found.retain(|found| {
            let behind = closed.partition_point(|span| span.end <= found.start);
            least_start
                .get(behind)
                .is_none_or(|start| *start >= found.end)
        });
    }

    /// The text under a range of bytes; spans are cut to it.
    ///
    /// # Errors
    /// When an end lies behind the text or inside a character, or before the start.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<Text, SpanError> {
        let start = match range.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(end) => end.saturating_add(1),
            Bound::Excluded(end) => *end,
            Bound::Unbounded => self.plain.len(),
        };
        if start > end {
            return Err(SpanError::Empty { start, end });
        }
        bulk::check_range(&self.plain, &(start..end))?;
        Ok(bulk::cut(self, std::slice::from_ref(&(start..end)))
            .pop()
            .unwrap_or_default())
    }

    /// One text of many, in their order. Emphasis that touches at a seam becomes one span.
    pub fn concat<'a>(texts: impl IntoIterator<Item = &'a Text>) -> Text {
        bulk::concat(texts)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.plain)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::plain(text)
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        Text::plain(text)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.plain
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.spans.is_empty() {
            return serializer.serialize_str(&self.plain);
        }
        let mut fields = serializer.serialize_struct("Text", 2)?;
        fields.serialize_field("text", &self.plain)?;
        fields.serialize_field("spans", &self.spans)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Rich {
            text: String,
            #[serde(default)]
            spans: Vec<Span>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, or an object with `text` and `spans`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::plain(text))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Text, E> {
                Ok(Text::plain(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                let rich = Rich::deserialize(MapAccessDeserializer::new(map))?;
                Text::with_spans(rich.text, rich.spans).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
