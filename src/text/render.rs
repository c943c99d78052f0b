//! Rich text as a network writes it: offsets in its own unit, or markup.

use super::rich::Text;
use super::span::{Span, SpanKind};
use crate::shared::order;

/// A span in the unit of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Placed<'a> {
    /// Where it begins.
    pub offset: usize,
    /// How long it is.
    pub length: usize,
    /// What it is.
    pub kind: &'a SpanKind,
}

impl Placed<'_> {
    /// Where it ends, exclusive.
    pub fn end(&self) -> usize {
        self.offset + self.length
    }
}

/// A step of [`Text::render`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Piece<'a> {
    /// A span begins, or goes on after one that lies across it ended.
    Open(&'a Span),
    /// Text, never empty.
    Text(&'a str),
    /// The span opened last and not closed yet ends.
    Close(&'a Span),
}

/// A markup language for [`Text::to_markup`].
///
/// The calls come properly nested: quotes and preformatted text outermost, then links, mentions and hashtags, then emphasis. A
/// span that lies across another is closed and opened again.
///
/// VK's `[id|name]`:
/// ```
/// use sociable::text::{Markup, SpanKind, Text};
///
/// struct Brackets;
///
/// impl Markup for Brackets {
///     fn open(&mut self, kind: &SpanKind, out: &mut String) {
///         if let SpanKind::Mention(mention) = kind
///             && let Some(id) = &mention.id
///         {
///             out.push_str(&format!("[{id}|"));
///         }
///     }
///     fn close(&mut self, kind: &SpanKind, out: &mut String) {
///         if matches!(kind, SpanKind::Mention(mention) if mention.id.is_some()) {
///             out.push(']');
///         }
///     }
///     fn text(&mut self, text: &str, out: &mut String) {
///         for c in text.chars() {
///             match c {
///                 '[' => out.push_str("&#91;"),
///                 '|' => out.push_str("&#124;"),
///                 ']' => out.push_str("&#93;"),
///                 c => out.push(c),
///             }
///         }
///     }
/// }
///
/// let text = Text::plain("Thanks, ").mention_id("Anna [A]", "anna", "id1").push("!");
/// assert_eq!(text.to_markup(&mut Brackets), "Thanks, [id1|Anna &#91;A&#93;]!");
/// ```
pub trait Markup {
    /// A span begins.
    fn open(&mut self, kind: &SpanKind, out: &mut String);
    /// The span opened last ends.
    fn close(&mut self, kind: &SpanKind, out: &mut String);
    /// Text, to be escaped as the language asks for.
    fn text(&mut self, text: &str, out: &mut String);
}

impl Text {
    /// The spans in UTF-8 bytes.
    pub fn byte_spans(&self) -> Vec<Placed<'_>> {
        self.placed(char::len_utf8)
    }

    /// The spans in UTF-16 code units.
    pub fn utf16_spans(&self) -> Vec<Placed<'_>> {
        self.placed(char::len_utf16)
    }

    /// The spans in Unicode scalar values.
    pub fn char_spans(&self) -> Vec<Placed<'_>> {
        self.placed(|_| 1)
    }

    fn placed(&self, unit: impl Fn(char) -> usize) -> Vec<Placed<'_>> {
        let mut offsets: Vec<(usize, usize)> = self
            .spans()
            .iter()
            .flat_map(|span| [(span.start, 0), (span.end, 0)])
            .collect();
        order::sort(&mut offsets);
        let mut chars = self.as_str().char_indices();
        let mut units = 0;
        for (byte, place) in &mut offsets {
            while chars.offset() < *byte
                && let Some((_, c)) = chars.next()
            {
                units += unit(c);
            }
            *place = units;
        }
        let place = |byte: usize| {
            let index = offsets.partition_point(|(known, _)| *known < byte);
            offsets.get(index).map_or(0, |(_, place)| *place)
        };
        let placed = self.spans().iter().map(|span| {
            let offset = place(span.start);
            Placed {
                offset,
                length: place(span.end) - offset,
                kind: &span.kind,
            }
        });
        placed.collect()
    }

    /// Walks through the text: each span opens and closes properly nested, and one that lies across another is closed and
    /// opened again. Quotes and preformatted text are outermost, then entities, then emphasis.
    pub fn render<'a>(&'a self, mut visit: impl FnMut(Piece<'a>)) {
        let mut edges: Vec<usize> = self
            .spans()
            .iter()
            .flat_map(|span| [span.start, span.end])
            .chain([self.len()])
            .collect();
        order::sort(&mut edges);
        edges.dedup();
        let mut coming = self.spans().iter().peekable();
        let mut open: Vec<&'a Span> = Vec::new();
        let mut at = 0;
        for edge in edges {
            if let Some(text) = self.as_str().get(at..edge).filter(|text| !text.is_empty()) {
                visit(Piece::Text(text));
            }
            at = edge;
            let mut now: Vec<&'a Span> = open
                .iter()
                .copied()
                .filter(|span| span.end > edge)
                .collect();
            while let Some(span) = coming.next_if(|span| span.start <= edge) {
                now.push(span);
            }
            order::sort_by(&mut now, |a, b| a.kind.cmp(&b.kind));
            let kept = open
                .iter()
                .zip(&now)
                .take_while(|(a, b)| std::ptr::eq(**a, **b))
                .count();
            for span in open.drain(kept..).rev() {
                visit(Piece::Close(span));
            }
            for span in now.iter().skip(kept) {
                visit(Piece::Open(span));
            }
            open = now;
        }
    }

    /// The text in a markup language.
    pub fn to_markup(&self, markup: &mut impl Markup) -> String {
        let mut out = String::with_capacity(self.len() + self.len() / 4);
        self.render(|piece| match piece {
            Piece::Open(span) => markup.open(&span.kind, &mut out),
            Piece::Text(text) => markup.text(text, &mut out),
            Piece::Close(span) => markup.close(&span.kind, &mut out),
        });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SpanKind, Text};
    use super::Piece;

    fn tags(text: &Text) -> String {
        let mut out = String::new();
        let name = |kind: &SpanKind| format!("{kind:?}").chars().next().unwrap_or('?');
        text.render(|piece| match piece {
            Piece::Open(span) => out.push_str(&format!("<{}", name(&span.kind))),
            Piece::Text(text) => out.push_str(text),
            Piece::Close(span) => out.push_str(&format!("{}>", name(&span.kind))),
        });
        out
    }

    #[test]
    fn spans_that_lie_across_one_another_are_opened_again() {
        let text = Text::plain("abcdef")
            .with_span(0..4, SpanKind::Bold)
            .unwrap()
            .with_span(2..6, SpanKind::Italic)
            .unwrap();
        assert_eq!(tags(&text), "<Bab<IcdI>B><IefI>");
        let text = Text::plain("abcdef")
            .with_span(2..6, SpanKind::Bold)
            .unwrap()
            .with_span(0..4, SpanKind::Italic)
            .unwrap();
        assert_eq!(tags(&text), "<IabI><B<IcdI>efB>");
    }

    #[test]
    fn a_link_stays_whole_inside_emphasis() {
        let text = Text::plain("abcdef")
            .with_span(0..6, SpanKind::Bold)
            .unwrap()
            .with_span(2..4, SpanKind::Link("u".into()))
            .unwrap();
        assert_eq!(tags(&text), "<BabB><L<BcdB>L><BefB>");
    }
}
