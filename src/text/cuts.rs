//! Where a text may be cut, and where it is cut best.
//!
//! Everything is measured once, into running totals; a part is then found by binary search and a look at the gaps within it, so
//! the work grows with the text and not with its square.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::chars::{
    ends_sentence, ends_sentence_unspaced, is_breaking_space, is_closer, line_ends,
};
use super::count::Count;
use super::find::{Edges, Finder, HashtagShape};
use super::rich::Text;
use crate::shared::order;

/// How good a cut is, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Word,
    Sentence,
    Paragraph,
}

/// A place to cut, in indices of boundaries: what lies between `from` and `to` is whitespace and belongs to no part.
#[derive(Clone, Copy, Debug)]
struct Gap {
    from: usize,
    to: usize,
    class: Class,
}

/// What a part may hold besides its numbering: cost in the finest steps of the count, and bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) cost: usize,
    pub(super) bytes: usize,
}

/// The legal cuts of a text: never inside a grapheme, a link, a mention or a hashtag.
#[derive(Debug)]
pub(super) struct Cuts {
    /// Byte offsets of the boundaries, the start and the end included.
    at: Vec<usize>,
    /// What the text up to each boundary costs.
    cost: Vec<usize>,
    gaps: Vec<Gap>,
    /// The boundaries between which there is more than whitespace.
    content: Range<usize>,
}

impl Cuts {
    pub(super) fn new(text: &Text, count: &Count) -> Self {
        let whole = whole_stretches(text);
        let plain = text.as_str();
        let mut at = vec![0];
        let mut cost = vec![0];
        let mut total: usize = 0;
        let mut graphemes = plain
            .grapheme_indices(true)
            .map(|(at, grapheme)| at + grapheme.len())
            .peekable();
        let mut coming = whole.iter().peekable();
        count.each(plain, |end, piece| {
            total = total.saturating_add(piece);
            while graphemes.next_if(|grapheme| *grapheme < end).is_some() {}
            while coming.next_if(|stretch| stretch.end <= end).is_some() {}
            let inside = coming.peek().is_some_and(|stretch| stretch.start < end);
            if graphemes.peek() == Some(&end) && !inside {
                at.push(end);
                cost.push(total);
            }
        });
        let gaps = gaps(plain, &at, &whole);
        let end = at.len() - 1;
        let first = gaps
            .first()
            .filter(|gap| gap.from == 0)
            .map_or(0, |gap| gap.to);
        let last = gaps
            .last()
            .filter(|gap| gap.to == end && gap.from >= first)
            .map_or(end, |gap| gap.from);
        Self {
            at,
            cost,
            gaps,
            content: first..last,
        }
    }

    /// The boundaries between which there is more than whitespace; empty for a blank text.
    pub(super) fn content(&self) -> Range<usize> {
        self.content.clone()
    }

    /// The byte at a boundary.
    pub(super) fn byte(&self, boundary: usize) -> usize {
        self.at
            .get(boundary)
            .or(self.at.last())
            .copied()
            .unwrap_or(0)
    }

    fn cost(&self, boundary: usize) -> usize {
        self.cost
            .get(boundary)
            .or(self.cost.last())
            .copied()
            .unwrap_or(0)
    }

    /// The last boundary up to which there is room from `start` on; `start` itself when there is room for nothing.
    pub(super) fn reach(&self, start: usize, room: Room) -> usize {
        let (cost, byte) = (
            self.cost(start).saturating_add(room.cost),
            self.byte(start).saturating_add(room.bytes),
        );
        let by_cost = self.cost.partition_point(|total| *total <= cost);
        let by_bytes = self.at.partition_point(|at| *at <= byte);
        by_cost
            .min(by_bytes)
            .saturating_sub(1)
            .clamp(start, self.content.end.max(start))
    }

    fn fits(&self, from: usize, to: usize, room: Room) -> bool {
        self.cost(to) - self.cost(from) <= room.cost
            && self.byte(to) - self.byte(from) <= room.bytes
    }

    /// Where to cut a part that begins at `start` and may reach to `reach`: where it ends, and where the next begins.
    ///
    /// The last end of a paragraph, else of a sentence, else of a word that leaves the part at least half full. Else the last
    /// end of a word if the word after it fits into a part. Else, within a long word, as far as the part reaches.
    pub(super) fn choose(&self, start: usize, reach: usize, room: Room) -> (usize, usize) {
        if reach >= self.content.end {
            return (self.content.end, self.content.end);
        }
        let after = self.gaps.partition_point(|gap| gap.from <= reach);
        let within = self.gaps.get(..after).unwrap_or_default();
        let last = within.last().filter(|gap| gap.from > start);
        let full = match last {
            Some(gap) if gap.to >= reach => gap.from,
            _ => reach,
        };
        let half = self.cost(start) + (self.cost(full) - self.cost(start)) / 2;
        let mut best: Option<&Gap> = None;
        for gap in within
            .iter()
            .rev()
            .take_while(|gap| gap.from > start && self.cost(gap.from) >= half)
        {
            #[cfg(test)]
            super::split::tests::WORK.with(|work| work.set(work.get() + 1));
            if best.is_none_or(|best| gap.class > best.class) {
                best = Some(gap);
            }
            if gap.class == Class::Paragraph {
                break;
            }
        }
        let next_word_fits = |gap: &&Gap| {
            let end = self
                .gaps
                .get(after)
                .map_or(self.content.end, |next| next.from);
            self.fits(gap.to, end, room)
        };
        match best.or(last.filter(next_word_fits)) {
            Some(gap) => (gap.from, gap.to),
            None => (reach, reach),
        }
    }
}

/// What is never cut: entities, and what looks like one. Ascending, without overlaps.
fn whole_stretches(text: &Text) -> Vec<Range<usize>> {
    let mut whole: Vec<Range<usize>> = text
        .spans()
        .iter()
        .filter(|span| span.kind.is_entity())
        .map(|span| span.range())
        .collect();
    let loose = Finder::default()
        .hashtags(HashtagShape::Word)
        .edges(Edges::Loose);
    for finder in [Finder::default(), loose] {
        whole.extend(finder.find(text.as_str()).iter().map(|span| span.range()));
    }
    order::sort_by(&mut whole, |a, b| a.start.cmp(&b.start));
    whole.dedup_by(|next, kept| {
        let one = next.start < kept.end;
        if one {
            kept.end = kept.end.max(next.end);
        }
        one
    });
    whole
}

fn gaps(plain: &str, at: &[usize], whole: &[Range<usize>]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut coming = whole.iter().peekable();
    // The whitespace that is being read: where it began, and how many lines it ends.
    let mut space: Option<(usize, usize)> = None;
    // Whether a sentence has ended, and in a script that needs no space after it.
    let mut ended: Option<bool> = None;
    let atoms = at
        .windows(2)
        .enumerate()
        .filter_map(|(index, pair)| match pair {
            [start, end] => Some((index, *start, *end)),
            _ => None,
        });
    let mut close = |space: &mut Option<(usize, usize)>, ended: &mut Option<bool>, to: usize| {
        if let Some((from, lines)) = space.take() {
            let class = match lines {
                0 if ended.is_none() => Class::Word,
                0 | 1 => Class::Sentence,
                _ => Class::Paragraph,
            };
            gaps.push(Gap { from, to, class });
            *ended = None;
        } else if *ended == Some(true) {
            gaps.push(Gap {
                from: to,
                to,
                class: Class::Sentence,
            });
        }
    };
    for (index, start, end) in atoms {
        while coming.next_if(|stretch| stretch.end <= start).is_some() {}
        let entity = coming.peek().is_some_and(|stretch| stretch.start < end);
        let atom = plain.get(start..end).unwrap_or_default();
        if !entity && atom.chars().all(is_breaking_space) {
            let lines = if atom == "\r\n" {
                1
            } else {
                atom.chars().map(line_ends).sum()
            };
            space.get_or_insert((index, 0)).1 += lines;
            continue;
        }
        let first = if entity { None } else { atom.chars().next() };
        let ends = first.is_some_and(ends_sentence);
        let closes = first.is_some_and(is_closer);
        if space.is_some() || !(ends || closes) {
            close(&mut space, &mut ended, index);
            ended = None;
        }
        if ends {
            ended = Some(first.is_some_and(ends_sentence_unspaced) || ended == Some(true));
        }
    }
    if space.is_some() {
        close(&mut space, &mut ended, at.len() - 1);
    }
    gaps
}
