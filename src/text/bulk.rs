//! Work on many spans at once: the order a text keeps them in, cutting and joining. Each step takes time in proportion to what
//! it is given (sorting aside), however the spans lie.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use super::rich::Text;
use super::span::{Span, SpanError};

/// Whether `range` may be cut out of `text`.
pub(super) fn check_range(text: &str, range: &Range<usize>) -> Result<(), SpanError> {
    if range.end > text.len() {
        return Err(SpanError::OutOfText {
            start: range.start,
            end: range.end,
            length: text.len(),
        });
    }
    for offset in [range.start, range.end] {
        if !text.is_char_boundary(offset) {
            return Err(SpanError::InsideCharacter { offset });
        }
    }
    Ok(())
}

/// Whether `text` may carry `span`, its neighbours aside.
pub(super) fn check_span(text: &str, span: &Span) -> Result<(), SpanError> {
    if span.start >= span.end {
        return Err(SpanError::Empty {
            start: span.start,
            end: span.end,
        });
    }
    check_range(text, &span.range())
}

/// Sorts spans; in one place, since it is compiled anew for every order that it is given as a type of its own.
fn sort(spans: &mut [Span], by: fn(&Span, &Span) -> Ordering) {
    crate::shared::order::sort_by(spans, by);
}

/// The order of a text: by start, the longest first.
fn by_place(a: &Span, b: &Span) -> Ordering {
    (a.start, Reverse(a.end), &a.kind).cmp(&(b.start, Reverse(b.end), &b.kind))
}

/// Puts spans into the order of a text: by start, the longest first. Emphasis of one kind that overlaps or touches becomes one.
pub(super) fn arrange(mut spans: Vec<Span>) -> Result<Vec<Span>, SpanError> {
    order(&mut spans);
    let mut last: Option<Range<usize>> = None;
    for span in spans.iter().filter(|span| span.kind.is_entity()) {
        if let Some(first) = last.filter(|last| span.start < last.end) {
            return Err(SpanError::Overlap {
                first,
                second: span.range(),
            });
        }
        last = Some(span.range());
    }
    Ok(spans)
}

/// As [`arrange`], where it is known that no two entities overlap.
pub(super) fn order(spans: &mut Vec<Span>) {
    sort(spans, |a, b| {
        (&a.kind, a.start, a.end).cmp(&(&b.kind, b.start, b.end))
    });
    spans.dedup_by(|next, kept| {
        let one = next.kind == kept.kind && next.start <= kept.end && !next.kind.is_entity();
        if one {
            kept.end = kept.end.max(next.end);
        }
        one
    });
    sort(spans, by_place);
}

/// The texts under `ranges`, which are valid, ascending and do not overlap.
pub(super) fn cut(text: &Text, ranges: &[Range<usize>]) -> Vec<Text> {
    let mut cut: Vec<(&str, Vec<Span>)> = ranges
        .iter()
        .map(|range| {
            (
                text.as_str().get(range.clone()).unwrap_or_default(),
                Vec::new(),
            )
        })
        .collect();
    for span in text.spans() {
        let first = ranges.partition_point(|range| range.end <= span.start);
        let (ranges, cut) = (
            ranges.get(first..).unwrap_or_default(),
            cut.get_mut(first..).unwrap_or_default(),
        );
        for (range, (_, spans)) in ranges.iter().zip(cut) {
            if range.start >= span.end {
                break;
            }
            let start = span.start.max(range.start) - range.start;
            let end = span.end.min(range.end) - range.start;
            if start < end {
                spans.push(Span::new(start..end, span.kind.clone()));
            }
        }
    }
    // A span cut short may now end before one that began with it.
    cut.into_iter()
        .map(|(plain, mut spans)| {
            sort(&mut spans, by_place);
            Text::arranged(plain.to_owned(), spans)
        })
        .collect()
}

/// One text of many, in their order.
pub(super) fn concat<'a>(texts: impl IntoIterator<Item = &'a Text>) -> Text {
    let mut plain = String::new();
    let mut spans = Vec::new();
    for text in texts {
        let offset = plain.len();
        plain.push_str(text.as_str());
        spans.extend(
            text.spans()
                .iter()
                .map(|span| Span::new(span.start + offset..span.end + offset, span.kind.clone())),
        );
    }
    // The spans of texts that stand one after the other cannot overlap, so nothing is refused here.
    let spans = arrange(spans).unwrap_or_default();
    Text::arranged(plain, spans)
}
