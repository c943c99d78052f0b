//! Cutting a text that is too long into the parts of a thread.

use serde::{Deserialize, Serialize};

use super::bulk;
use super::count::{Count, TextLimit, TooLong};
use super::cuts::{Cuts, Room};
use super::rich::Text;
use super::span::Span;

/// How much of an unsplittable word an error shows, in characters.
const EXCERPT: usize = 60;

/// How the parts of a thread are numbered. A text that fits into one part is never numbered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Numbering {
    /// Not at all.
    #[default]
    None,
    /// ` 1/3` at the end.
    Slash,
    /// `1/3 ` at the start.
    SlashFirst,
    /// ` (1/3)` at the end.
    Parentheses,
    /// Templates in which `{n}` stands for the part's number and `{total}` for the number of parts. A space is put between a
    /// template and the text where the template has no whitespace on that side, so that a link is not continued.
    Custom {
        /// Before the text; may be empty.
        prefix: String,
        /// After the text; may be empty.
        suffix: String,
    },
}

impl Numbering {
    /// What stands before and after part `number` (from 1) of `total`.
    fn label(&self, number: usize, total: usize) -> (String, String) {
        let fill = |template: &str| {
            template
                .replace("{n}", &number.to_string())
                .replace("{total}", &total.to_string())
        };
        match self {
            Numbering::None => (String::new(), String::new()),
            Numbering::Slash => (String::new(), format!(" {number}/{total}")),
            Numbering::SlashFirst => (format!("{number}/{total} "), String::new()),
            Numbering::Parentheses => (String::new(), format!(" ({number}/{total})")),
            Numbering::Custom { prefix, suffix } => {
                let (mut prefix, mut suffix) = (fill(prefix), fill(suffix));
                if !prefix.is_empty() && !prefix.ends_with(char::is_whitespace) {
                    prefix.push(' ');
                }
                if !suffix.is_empty() && !suffix.starts_with(char::is_whitespace) {
                    suffix.insert(0, ' ');
                }
                (prefix, suffix)
            }
        }
    }
}

/// A part of a thread.
///
/// Nothing of the original is lost: `lead`, [`body`](Self::body) and `separator` of each part, in their order, are the original again
/// ([`join`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Part {
    /// What is published: the body with its numbering.
    pub text: Text,
    /// The whitespace that stood before the first part; empty in all others.
    pub lead: Text,
    /// The whitespace that was dropped at the cut after this part, or after the last one.
    pub separator: Text,
    prefix: usize,
    suffix: usize,
}

impl Part {
    /// The text without its numbering.
    pub fn body(&self) -> Text {
        self.text
            .slice(self.prefix..self.text.len().saturating_sub(self.suffix))
            .unwrap_or_default()
    }
}

/// The text that was split into these parts.
pub fn join(parts: &[Part]) -> Text {
    let bodies: Vec<Text> = parts.iter().map(Part::body).collect();
    bulk::concat(
        parts
            .iter()
            .zip(&bodies)
            .flat_map(|(part, body)| [&part.lead, body, &part.separator]),
    )
}

/// Why a text cannot be split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A grapheme, link, mention or hashtag is longer than a part may be.
    #[error(
        "`{token}` cannot be split and has {length} {unit}, {over_by} over the {max} that a part has room for: shorten it"
    )]
    Unsplittable {
        /// Its beginning.
        token: String,
        /// How long it is.
        length: usize,
        /// How long it may be, the numbering subtracted.
        max: usize,
        /// What is counted, as a word in the plural.
        unit: &'static str,
        /// How much must go.
        over_by: usize,
    },
    /// The numbering alone fills a part.
    #[error(
        "the numbering `{label}` leaves no room in {max} {unit}: number the parts more briefly or not at all"
    )]
    NoRoom {
        /// The numbering of one part.
        label: String,
        /// The limit.
        max: usize,
        /// What is counted, as a word in the plural.
        unit: &'static str,
    },
    /// The text is nothing but whitespace, and too long.
    #[error("the text is nothing but whitespace: there is nothing to publish")]
    Blank,
}

/// Cuts `text` into parts that keep `limit`, numbering included; [`split_parts`] says how.
///
/// # Errors
/// As [`split_parts`].
pub fn split(
    text: &Text,
    limit: &TextLimit,
    numbering: Numbering,
) -> Result<Vec<Text>, SplitError> {
    Ok(split_parts(text, limit, numbering)?
        .into_iter()
        .map(|part| part.text)
        .collect())
}

/// Cuts `text` into parts that keep `limit`, numbering included, and tells what was dropped between them.
///
/// A text within the limit is one part, as it is. Otherwise it is never cut inside a grapheme, a link, a mention or a hashtag, marked as
/// one or merely looking like one. A part ends with a paragraph, else with a sentence or line, else with a word, when that leaves it at
/// least half full; within a word only when the word does not fit into a part by itself. Whitespace at a cut, at the start and at the
/// end belongs to no part (no-break spaces stay). Emphasis goes on in the next part.
///
/// # Errors
/// When a grapheme, link, mention or hashtag is longer than a part may be, the numbering leaves no room, or there is nothing but
/// whitespace.
pub fn split_parts(
    text: &Text,
    limit: &TextLimit,
    numbering: Numbering,
) -> Result<Vec<Part>, SplitError> {
    if limit.is_within(text.as_str()) {
        let (lead, separator) = (Text::default(), Text::default());
        return Ok(vec![Part {
            text: text.clone(),
            lead,
            separator,
            prefix: 0,
            suffix: 0,
        }]);
    }
    let cuts = Cuts::new(text, &limit.count);
    let packer = Packer {
        plain: text.as_str(),
        cuts: &cuts,
        limit,
    };
    let content = cuts.content();
    if content.is_empty() {
        return Err(SplitError::Blank);
    }
    if packer
        .check(content.start, content.end, &Default::default())
        .is_ok()
    {
        return Ok(assemble(
            text,
            &cuts,
            &[(content.start, content.end)],
            &Numbering::None,
        ));
    }
    // The number of digits of the total decides how much room there is, and the room decides the total: the fewest digits
    // that are enough.
    let mut most = 9;
    loop {
        if let Some(pieces) = packer.pack(&numbering, most)? {
            return Ok(assemble(text, &cuts, &pieces, &numbering));
        }
        most = most.saturating_mul(10).saturating_add(9);
    }
}

struct Packer<'a> {
    plain: &'a str,
    cuts: &'a Cuts,
    limit: &'a TextLimit,
}

impl Packer<'_> {
    /// The parts, as boundaries, when their total has as many digits as `total`; `None` when there are more parts.
    fn pack(
        &self,
        numbering: &Numbering,
        total: usize,
    ) -> Result<Option<Vec<(usize, usize)>>, SplitError> {
        let content = self.cuts.content();
        let mut pieces = Vec::new();
        let mut start = content.start;
        while start < content.end {
            // Told at once, so that every attempt but the last costs no more than its own total.
            if pieces.len() == total && *numbering != Numbering::None {
                return Ok(None);
            }
            let label = numbering.label(pieces.len() + 1, total);
            let (end, next) = self.part(start, &label)?;
            pieces.push((start, end));
            start = next;
        }
        Ok(Some(pieces))
    }

    /// Where the part that begins at `start` ends, and where the next begins.
    fn part(&self, start: usize, label: &(String, String)) -> Result<(usize, usize), SplitError> {
        let mut room = self.room(label)?;
        loop {
            let reach = self.cuts.reach(start, room);
            if reach == start {
                // One piece alone may still be shorter than it was counted within the text.
                return match self.check(start, start + 1, label) {
                    Ok(()) => Ok((start + 1, start + 1)),
                    Err(over) => Err(self.unsplittable(start, label, &over)),
                };
            }
            let (end, next) = self.cuts.choose(start, reach, room);
            match self.check(start, end, label) {
                Ok(()) => return Ok((end, next)),
                // A cut can make a link of what was none before it. Rare, and each round takes away at least what was too much.
                Err(over) => {
                    let steps = over.over_by.saturating_mul(self.limit.count.scale());
                    room.cost = room.cost.saturating_sub(steps.max(1));
                    room.bytes = room
                        .bytes
                        .min(self.cuts.byte(end) - self.cuts.byte(start))
                        .saturating_sub(1);
                }
            }
        }
    }

    fn room(&self, (prefix, suffix): &(String, String)) -> Result<Room, SplitError> {
        let count = &self.limit.count;
        let max = self.limit.max.saturating_mul(count.scale());
        let cost = max.saturating_sub(count.cost(prefix) + count.cost(suffix));
        let most = self.limit.max_bytes.unwrap_or(usize::MAX);
        let bytes = most.saturating_sub(prefix.len() + suffix.len());
        let no_room = |max, unit| SplitError::NoRoom {
            label: format!("{prefix}{suffix}").trim().to_owned(),
            max,
            unit,
        };
        if prefix.len() + suffix.len() > 0 {
            if cost == 0 {
                return Err(no_room(self.limit.max, count.unit()));
            }
            if bytes == 0 {
                return Err(no_room(most, Count::Bytes.unit()));
            }
        }
        Ok(Room { cost, bytes })
    }

    fn body(&self, start: usize, end: usize) -> &str {
        self.plain
            .get(self.cuts.byte(start)..self.cuts.byte(end))
            .unwrap_or_default()
    }

    fn check(
        &self,
        start: usize,
        end: usize,
        (prefix, suffix): &(String, String),
    ) -> Result<(), TooLong> {
        let body = self.body(start, end);
        #[cfg(test)]
        tests::WORK.with(|work| work.set(work.get() + body.len()));
        if prefix.is_empty() && suffix.is_empty() {
            return self.limit.check(body);
        }
        self.limit
            .check(&[prefix.as_str(), body, suffix.as_str()].concat())
    }

    fn unsplittable(
        &self,
        start: usize,
        (prefix, suffix): &(String, String),
        over: &TooLong,
    ) -> SplitError {
        let label = if over.unit == self.limit.count.unit() {
            self.limit.count.measure(prefix) + self.limit.count.measure(suffix)
        } else {
            prefix.len() + suffix.len()
        };
        let body = self.body(start, start + 1);
        let mut token: String = body.chars().take(EXCERPT).collect();
        if token.len() < body.len() {
            token.push('…');
        }
        let max = over.max.saturating_sub(label);
        SplitError::Unsplittable {
            token,
            length: max + over.over_by,
            max,
            unit: over.unit,
            over_by: over.over_by,
        }
    }
}

/// The parts with their spans, numbering and separators.
fn assemble(
    text: &Text,
    cuts: &Cuts,
    pieces: &[(usize, usize)],
    numbering: &Numbering,
) -> Vec<Part> {
    let mut ranges = Vec::with_capacity(pieces.len() * 2 + 1);
    let mut at = 0;
    for (start, end) in pieces {
        let (start, end) = (cuts.byte(*start), cuts.byte(*end));
        ranges.push(at..start);
        ranges.push(start..end);
        at = end;
    }
    ranges.push(at..text.len());
    let mut texts = bulk::cut(text, &ranges).into_iter();
    let mut lead = texts.next().unwrap_or_default();
    let mut parts = Vec::with_capacity(pieces.len());
    while let (Some(body), Some(separator)) = (texts.next(), texts.next()) {
        let (prefix, suffix) = numbering.label(parts.len() + 1, pieces.len());
        let spans = body.spans().iter().map(|span| {
            Span::new(
                span.start + prefix.len()..span.end + prefix.len(),
                span.kind.clone(),
            )
        });
        let spans = spans.collect();
        let plain = [prefix.as_str(), body.as_str(), suffix.as_str()].concat();
        parts.push(Part {
            text: Text::arranged(plain, spans),
            lead: std::mem::take(&mut lead),
            separator,
            prefix: prefix.len(),
            suffix: suffix.len(),
        });
    }
    parts
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    use super::super::{Count, Numbering, Text, TextLimit, WeightedRules, split};

    thread_local! {
        /// Bytes measured and gaps looked at since the last reset.
        pub(in super::super) static WORK: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn ten_times_the_text_is_ten_times_the_work() {
        let texts: [fn(usize) -> String; 7] = [
            |n| "Some words of it. ".repeat(n / 18),
            |n| "漢".repeat(n / 3),
            |n| format!("a{}b", " ".repeat(n)),
            |n| format!("a {}\n\n", "b".repeat(76)).repeat(n / 80),
            |n| "x@a.com https://a.io/b #t @c ".repeat(n / 29),
            |n| "a.a.@".repeat(n / 5),
            |n| "。".repeat(n / 3),
        ];
        for count in [Count::Graphemes, Count::Weighted(WeightedRules::x())] {
            let limit = TextLimit::new(count, 280);
            for (number, make) in texts.iter().enumerate() {
                let work = |n: usize| {
                    let text = Text::plain(make(n)).detect();
                    WORK.with(|work| work.set(0));
                    split(&text, &limit, Numbering::Slash).unwrap();
                    WORK.with(Cell::get)
                };
                // A longer total may take one more attempt, and the first one counts in both.
                let (short, long) = (work(10_000), work(100_000));
                assert!(
                    long <= short * 25 + 1000,
                    "text {number}: {short} for 10 kB, {long} for 100 kB"
                );
                assert!(long <= 100_000 * 20, "text {number}: {long} for 100 kB");
            }
        }
    }
}
