//! Weighted lengths: how X counts.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::composed::{self, class, compose, parts, replaced};
use super::x_links::XLinks;

/// The configuration of a weighted count, in the terms of twitter-text's `config/v3.json`.
///
/// A text is counted as if it were composed (NFC) first, with two differences to X's own count: a base whose marks do not stand in
/// canonical order may count more, and an emoji sequence that X does not know as one (none that keyboards offer) counts less.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeightedRules {
    /// What a weight is divided by: 100.
    pub scale: usize,
    /// The weight of a character outside the ranges, and of an emoji sequence as a whole.
    pub default_weight: usize,
    /// Ranges of code points with weights of their own.
    pub ranges: Vec<WeightRange>,
    /// Whether an emoji sequence counts as one character.
    pub emoji_as_one: bool,
    /// What a link counts, in whole characters. `None`: a link is text like any other.
    pub link_length: Option<usize>,
    /// A link with more characters than this is counted as text.
    pub link_max: usize,
}

/// A range of code points, both ends included, and the weight of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeightRange {
    /// First code point.
    pub start: u32,
    /// Last code point.
    pub end: u32,
    /// The weight of each, in parts of the scale.
    pub weight: usize,
}

impl WeightRange {
    /// The code points from `start` to `end` weigh `weight` each.
    pub fn new(start: u32, end: u32, weight: usize) -> Self {
        Self { start, end, weight }
    }
}

impl WeightedRules {
    /// X's own: twitter-text version 3, links of 23 characters (t.co), up to 4,096 characters long.
    pub fn x() -> Self {
        Self {
            scale: 100,
            default_weight: 200,
            ranges: [(0, 4351), (8192, 8205), (8208, 8223), (8242, 8247)]
                .map(|(start, end)| WeightRange::new(start, end, 100))
                .to_vec(),
            emoji_as_one: true,
            link_length: Some(23),
            link_max: 4096,
        }
    }

    /// The weight of `text`, in parts of the scale.
    pub(super) fn weigh(&self, text: &str) -> usize {
        let mut weight: usize = 0;
        self.each(text, |_, cost| weight = weight.saturating_add(cost));
        weight
    }

    /// Each grapheme or link, in order: the byte where it ends, and its weight.
    pub(super) fn each(&self, text: &str, mut each: impl FnMut(usize, usize)) {
        let plain = |from: usize, to: usize, each: &mut dyn FnMut(usize, usize)| {
            for (at, grapheme) in text
                .get(from..to)
                .unwrap_or_default()
                .grapheme_indices(true)
            {
                each(from + at + grapheme.len(), self.grapheme(grapheme));
            }
        };
        let mut from = 0;
        if let Some(length) = self.link_length {
            for link in XLinks::new(text) {
                if text
                    .get(link.clone())
                    .is_some_and(|link| link.chars().count() <= self.link_max)
                {
                    plain(from, link.start, &mut each);
                    each(link.end, length.saturating_mul(self.scale));
                    from = link.end;
                }
            }
        }
        plain(from, text.len(), &mut each);
    }

    fn grapheme(&self, grapheme: &str) -> usize {
        let emoji = if self.emoji_as_one {
            emoji_prefix(grapheme)
        } else {
            0
        };
        let sequence = if emoji > 0 { self.default_weight } else { 0 };
        sequence + self.cluster(grapheme.get(emoji..).unwrap_or_default())
    }

    /// A base and its marks, composed in the order in which they stand until one does not compose.
    fn cluster(&self, cluster: &str) -> usize {
        let mut chars = cluster.chars();
        let Some(mut base) = chars.next() else {
            return 0;
        };
        let mut base_weight = self.replacement(base);
        let mut weight = base_weight;
        let mut composes = true;
        // The class of the mark that the base took last, looked up when the first mark comes.
        let mut taken = None;
        for c in chars {
            let class = class(c);
            if class > 0 {
                let taken = *taken.get_or_insert_with(|| {
                    parts(base).map_or(0, |(_, mark)| composed::class(mark))
                });
                if class < taken {
                    return cluster.chars().map(|c| self.decomposed(c)).sum();
                }
            }
            match compose(base, c).filter(|_| composes) {
                Some(composite) => {
                    let heavier = self.character(composite);
                    weight = weight - base_weight + heavier;
                    (base, base_weight) = (composite, heavier);
                    if class > 0 {
                        taken = Some(class);
                    }
                }
                None => {
                    composes = false;
                    weight += self.replacement(c);
                }
            }
        }
        weight
    }

    /// The most that a character can weigh where NFC puts its marks into another order.
    fn decomposed(&self, c: char) -> usize {
        match parts(c) {
            Some((base, mark)) => self.decomposed(base) + self.character(mark),
            None => self.replacement(c),
        }
    }

    fn replacement(&self, c: char) -> usize {
        match replaced(c) {
            Some(replacement) => replacement.iter().map(|c| self.character(*c)).sum(),
            None => self.character(c),
        }
    }

    fn character(&self, c: char) -> usize {
        let code = c as u32;
        self.ranges
            .iter()
            .find(|range| (range.start..=range.end).contains(&code))
            .map_or(self.default_weight, |range| range.weight)
    }
}

impl Default for WeightedRules {
    fn default() -> Self {
        Self::x()
    }
}

/// The bytes of a grapheme that are one emoji sequence, from its start; 0 when it begins with none.
fn emoji_prefix(grapheme: &str) -> usize {
    let mut chars = grapheme.char_indices().peekable();
    let Some((_, first)) = chars.next() else {
        return 0;
    };
    let mut end = first.len_utf8();
    match first {
        '0'..='9' | '#' | '*' => {
            let keycap = grapheme
                .get(1..)
                .map(|rest| rest.strip_prefix('\u{fe0f}').unwrap_or(rest));
            return match keycap {
                Some(rest) if rest.starts_with('\u{20e3}') => {
                    grapheme.len() - rest.len() + '\u{20e3}'.len_utf8()
                }
                _ => 0,
            };
        }
        '\u{1f1e6}'..='\u{1f1ff}' => {
            return match chars.next() {
                Some((at, second @ '\u{1f1e6}'..='\u{1f1ff}')) => at + second.len_utf8(),
                _ => end,
            };
        }
        // A sign of text unless the selector says otherwise.
        '\u{a9}' | '\u{ae}' if chars.peek().is_some_and(|(_, c)| *c == '\u{fe0f}') => {}
        _ if is_pictograph(first) => {}
        _ => return 0,
    }
    while let Some((at, c)) = chars.next() {
        match c {
            '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' => {
                end = at + c.len_utf8()
            }
            '\u{200d}' => match chars.next() {
                Some((at, joined)) if is_pictograph(joined) => end = at + joined.len_utf8(),
                _ => break,
            },
            _ => break,
        }
    }
    // A lone sign of the older blocks weighs the same as text, and may take a mark: `→` and a stroke.
    if end == first.len_utf8() && first < '\u{1f000}' {
        0
    } else {
        end
    }
}

/// Whether a character can begin an emoji sequence or be joined into one. The blocks are taken whole: each of their
/// characters counts as one default weight anyway.
fn is_pictograph(c: char) -> bool {
    matches!(
        c,
        '\u{203c}'
            | '\u{2049}'
            | '\u{2122}'
            | '\u{2139}'
            | '\u{3030}'
            | '\u{303d}'
            | '\u{3297}'
            | '\u{3299}'
    ) || matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{24ff}' | '\u{25a0}'..='\u{27bf}')
        || matches!(c, '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}
