//! Links, mentions and hashtags in plain text.
//!
//! One pass from left to right; what is found is skipped, so a link's path is never taken for a mention or a hashtag. Each stretch
//! is looked at a bounded number of times, whatever it holds.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use super::chars::{char_at, char_before, is_direction_mark, is_punctuation};
use super::domain::{Labels, Letters, is_top_level, labels};
use super::span::{Mention, Span, SpanKind};

/// Bluesky's lexicon takes no longer tag, in graphemes.
const HASHTAG_GRAPHEMES: usize = 64;
/// Bluesky's lexicon takes no longer tag, in UTF-8 bytes.
const HASHTAG_BYTES: usize = 640;
/// The longest domain name (RFC 1035), in bytes.
const DOMAIN_BYTES: usize = 253;
/// A host in other scripts is at most this long before it is encoded, in bytes; longer ones are no host.
const HOST_BYTES: usize = 1024;

/// Something found in a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Found {
    /// Where it stands, in UTF-8 bytes; a mention's `@` and a hashtag's `#` included.
    pub range: Range<usize>,
    /// A link's URL (with `https://` where the text has no scheme), a mention's handle without its leading `@`, a hashtag
    /// without its `#`.
    pub value: String,
}

/// Which shapes of a mention are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MentionShapes {
    /// `@alice.example.com`, a domain name under a real top-level domain or `.test` (Bluesky).
    pub domain: bool,
    /// `@alice`: ASCII letters, digits and `_`.
    pub name: bool,
    /// `@alice@host.example` (the fediverse).
    pub name_at_host: bool,
}

impl MentionShapes {
    /// No mention at all.
    pub const NONE: Self = Self {
        domain: false,
        name: false,
        name_at_host: false,
    };
    /// Every shape.
    pub const ALL: Self = Self {
        domain: true,
        name: true,
        name_at_host: true,
    };
    /// Domain names alone, as on Bluesky.
    pub const DOMAIN: Self = Self {
        domain: true,
        ..Self::NONE
    };
    /// Plain names alone.
    pub const NAME: Self = Self {
        name: true,
        ..Self::NONE
    };
    /// Plain names and names at a host, as in the fediverse.
    pub const FEDIVERSE: Self = Self {
        name: true,
        name_at_host: true,
        ..Self::NONE
    };
}

/// How far a hashtag reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashtagShape {
    /// No hashtag is looked for.
    None,
    /// To the next whitespace, punctuation at the end left out; at most 64 graphemes and 640 bytes (Bluesky).
    ToSpace,
    /// Letters, digits, their marks and `_` (X, Mastodon, VK and others).
    Word,
}

/// What may stand before a mention or a hashtag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Edges {
    /// The start or whitespace, for a mention also `(` (Bluesky).
    Spaced,
    /// Anything but a letter, a digit or a sign that makes it part of a word, address or path. A hashtag that reaches to the next
    /// space needs whitespace before it all the same.
    Loose,
}

/// What is looked for in a text.
///
/// An e-mail address is neither a link nor a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Finder {
    /// Links: with `http://` or `https://`, or a domain name under a real top-level domain.
    pub links: bool,
    /// Mentions.
    pub mentions: MentionShapes,
    /// Hashtags.
    pub hashtags: HashtagShape,
    /// What may stand before a mention or a hashtag.
    pub edges: Edges,
}

impl Default for Finder {
    /// Links, every shape of mention, and hashtags as on Bluesky, after the start, whitespace or, for a mention, `(`.
    fn default() -> Self {
        Self {
            links: true,
            mentions: MentionShapes::ALL,
            hashtags: HashtagShape::ToSpace,
            edges: Edges::Spaced,
        }
    }
}

impl Finder {
    /// Nothing; switch on what is wanted.
    pub fn none() -> Self {
        Self {
            links: false,
            mentions: MentionShapes::NONE,
            hashtags: HashtagShape::None,
            edges: Edges::Spaced,
        }
    }

    /// As Bluesky's own client finds facets.
    pub fn bluesky() -> Self {
        Self {
            mentions: MentionShapes::DOMAIN,
            ..Self::default()
        }
    }

    /// As in the fediverse.
    pub fn fediverse() -> Self {
        Self {
            mentions: MentionShapes::FEDIVERSE,
            hashtags: HashtagShape::Word,
            edges: Edges::Loose,
            links: true,
        }
    }

    /// Links or not.
    #[must_use]
    pub fn links(mut self, links: bool) -> Self {
        self.links = links;
        self
    }

    /// The shapes of mention that are wanted.
    #[must_use]
    pub fn mentions(mut self, shapes: MentionShapes) -> Self {
        self.mentions = shapes;
        self
    }

    /// The shape of hashtag that is wanted.
    #[must_use]
    pub fn hashtags(mut self, shape: HashtagShape) -> Self {
        self.hashtags = shape;
        self
    }

    /// What may stand before a mention or a hashtag.
    #[must_use]
    pub fn edges(mut self, edges: Edges) -> Self {
        self.edges = edges;
        self
    }

    /// Everything wanted that `text` holds, in order and without overlaps, as spans.
    pub fn find(&self, text: &str) -> Vec<Span> {
        let mut found = Vec::new();
        let mut at = 0;
        loop {
            at = passed(text, at);
            let Some(c) = char_at(text, at) else {
                return found;
            };
            at = match self.step(text, at, c) {
                Step::Over(end) => end,
                Step::Link(end, url) => {
                    if self.links {
                        found.push(Span::new(at..end, SpanKind::Link(url)));
                    }
                    end
                }
                Step::Found(end, kind) => {
                    found.push(Span::new(at..end, kind));
                    end
                }
            };
        }
    }

    fn step(&self, text: &str, at: usize, c: char) -> Step {
        let next = Step::Over(at + c.len_utf8());
        if Letters::Latin.holds(c) {
            return word(text, at).unwrap_or(next);
        }
        let kind = match c {
            '@' if self.mention_may_begin(text, at) => mention(text, at, self.mentions)
                .map(|(end, mention)| (end, SpanKind::Mention(mention))),
            '#' | '＃' if self.hashtag_may_begin(text, at) => {
                hashtag(text, at + c.len_utf8(), self.hashtags)
                    .map(|(end, tag)| (end, SpanKind::Hashtag(tag.to_owned())))
            }
            _ => None,
        };
        kind.map_or(next, |(end, kind)| Step::Found(end, kind))
    }

    fn mention_may_begin(&self, text: &str, at: usize) -> bool {
        let Some(before) = char_before(text, at) else {
            return true;
        };
        match self.edges {
            Edges::Spaced => before.is_whitespace() || before == '(',
            Edges::Loose => may_follow(text, at, before),
        }
    }

    fn hashtag_may_begin(&self, text: &str, at: usize) -> bool {
        let Some(before) = char_before(text, at) else {
            return true;
        };
        match (self.edges, self.hashtags) {
            // What reaches to the next space begins after one.
            (Edges::Spaced, _) | (_, HashtagShape::ToSpace) => before.is_whitespace(),
            (Edges::Loose, _) => may_follow(text, at, before),
        }
    }
}

/// Whether no character that this byte begins, or goes on with, can begin anything that is looked for: most of a text that
/// is not Latin is passed over so, without being taken apart.
const fn begins_nothing(byte: u8) -> bool {
    !matches!(
        byte,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'@' | b'#'
            // Accented Latin, and the wide number sign.
            | 0xC3..=0xC9 | 0xEF
    )
}

/// Where the next character is that may begin something.
#[inline(never)]
fn passed(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let first = rest.iter().position(|byte| !begins_nothing(*byte));
    at + first.unwrap_or(rest.len())
}

/// Whether `before`, the character before `at`, leaves a mention or a hashtag to stand for itself.
fn may_follow(text: &str, at: usize, before: char) -> bool {
    match before {
        // A dot before a mention keeps it from being a reply on X: `.@alice`.
        '.' => !char_before(text, at - 1).is_some_and(char::is_alphanumeric),
        '_' | '-' | '+' | '%' | '&' | '/' | '=' | '@' | '#' | '＃' | '＠' => false,
        _ => !before.is_alphanumeric(),
    }
}

enum Step {
    /// Nothing up to here.
    Over(usize),
    /// A link that ends here.
    Link(usize, String),
    /// Something that was asked for and ends here.
    Found(usize, SpanKind),
}

/// Links with `http://` or `https://`, and domain names under a real top-level domain with or without a path.
///
/// Punctuation at the end (`.,;:!?`, and a bracket that the link does not open) stays outside.
pub fn find_links(text: &str) -> Vec<Found> {
    collect(Finder::none().links(true), text)
}

/// Mentions of these shapes, after the start, whitespace or `(`.
pub fn find_mentions(text: &str, shapes: MentionShapes) -> Vec<Found> {
    collect(Finder::none().mentions(shapes), text)
}

/// Hashtags by Bluesky's rule, after the start or whitespace: up to whitespace, not of digits and punctuation alone, punctuation at
/// the end left out.
pub fn find_hashtags(text: &str) -> Vec<Found> {
    collect(Finder::none().hashtags(HashtagShape::ToSpace), text)
}

fn collect(finder: Finder, text: &str) -> Vec<Found> {
    let found = finder.find(text).into_iter().filter_map(|span| {
        let range = span.range();
        let value = match span.kind {
            SpanKind::Link(url) => url,
            SpanKind::Mention(mention) => mention.handle,
            SpanKind::Hashtag(tag) => tag,
            _ => return None,
        };
        Some(Found { range, value })
    });
    found.collect()
}

/// A link or an e-mail address that begins at `at`, a Latin letter or digit.
fn word(text: &str, at: usize) -> Option<Step> {
    let before = char_before(text, at);
    if before
        .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '＠' | '$' | '#' | '＃'))
    {
        return None;
    }
    if let Some(scheme) = scheme(text, at) {
        return with_scheme(text, at, at + scheme);
    }
    if before.is_some_and(|c| {
        matches!(c, '.' | '_' | '-' | '+' | '%' | '/')
            || is_direction_mark(c)
            || Letters::Latin.holds(c)
    }) {
        return None;
    }
    if let Some(end) = email(text, at) {
        return Some(Step::Over(end));
    }
    without_scheme(text, at)
}

/// The length of `http://` or `https://` at `at`.
pub(super) fn scheme(text: &str, at: usize) -> Option<usize> {
    let rest = text.as_bytes().get(at..)?;
    ["https://", "http://"]
        .into_iter()
        .map(str::len)
        .zip([&b"https://"[..], &b"http://"[..]])
        .find_map(|(length, scheme)| {
            rest.get(..length)
                .filter(|head| head.eq_ignore_ascii_case(scheme))
                .map(|_| length)
        })
}

fn with_scheme(text: &str, at: usize, host: usize) -> Option<Step> {
    // The host is judged before anything behind it is read, so that a hostile text is not read again and again.
    let length = text
        .get(host..)?
        .char_indices()
        .take_while(|(_, c)| !ends_host(*c))
        .map(|(offset, c)| offset + c.len_utf8());
    let host_end = host
        + length
            .take_while(|length| *length <= HOST_BYTES + 4)
            .last()?;
    let path = matches!(char_at(text, host_end), Some('/' | '?' | '#' | '\\'));
    let end = if path {
        host_end
    } else {
        trim_end(text, host, host_end)
    };
    if end - host > HOST_BYTES
        || !text
            .get(host..end)?
            .starts_with(|c: char| c.is_alphanumeric() || c == '[')
    {
        return None;
    }
    Url::parse(text.get(at..end)?).ok()?;
    let end = if path {
        trim_end(text, host, run_end(text, host))
    } else {
        end
    };
    Some(Step::Link(end, text.get(at..end)?.to_owned()))
}

fn ends_host(c: char) -> bool {
    matches!(c, '/' | '?' | '#' | '\\') || ends_link(c)
}

fn without_scheme(text: &str, at: usize) -> Option<Step> {
    let Labels {
        domain,
        end: labels_end,
    } = labels(text, at, Letters::Latin);
    let domain = domain.filter(|end| *end - at <= DOMAIN_BYTES)?;
    let follows = char_at(text, domain);
    // A name that goes on in ASCII is not this domain, unless the rest is a path.
    if labels_end != domain && follows.is_some_and(|c| c.is_ascii()) {
        return None;
    }
    if !text
        .get(at..domain)?
        .split('.')
        .rev()
        .skip(1)
        .any(|label| label.contains(char::is_alphabetic))
    {
        return None;
    }
    Url::parse(&format!("https://{}", text.get(at..domain)?)).ok()?;
    let path = match follows {
        Some('/' | '?' | '#') => true,
        Some(':') => {
            let port = text.get(domain + 1..run(text, domain + 1, |c| c.is_ascii_digit()))?;
            port.parse::<u16>().is_ok()
        }
        _ => false,
    };
    let end = if path {
        trim_end(text, domain, run_end(text, domain))
    } else {
        domain
    };
    Some(Step::Link(end, format!("https://{}", text.get(at..end)?)))
}

/// Where a link's characters end.
fn run_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(ends_link).unwrap_or(rest.len())
}

/// Characters that stand in no link. Full-width punctuation is among them, for it follows a link without a space.
fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_direction_mark(c)
        || matches!(
            c,
            '<' | '>'
                | '"'
                | '`'
                | '\u{200b}'
                | '\u{2060}'
                | '\u{feff}'
                | '«'
                | '»'
                | '“'
                | '”'
                | '„'
        )
        || matches!(
            c,
            '\u{3001}' | '\u{3002}' | '\u{3008}'
                ..='\u{3011}'
                    | '\u{ff01}'
                    | '\u{ff08}'
                    | '\u{ff09}'
                    | '\u{ff0c}'
                    | '\u{ff1a}'
                    | '\u{ff1b}'
                    | '\u{ff1f}'
        )
}

/// Leaves out punctuation at the end, and brackets that are closed but not opened.
fn trim_end(text: &str, from: usize, end: usize) -> usize {
    let link = text.get(from..end).unwrap_or_default();
    let mut surplus = [0_isize; 2];
    for byte in link.bytes() {
        match byte {
            b'(' => surplus[0] -= 1,
            b')' => surplus[0] += 1,
            b'[' => surplus[1] -= 1,
            b']' => surplus[1] += 1,
            _ => {}
        }
    }
    let mut length = link.len();
    for byte in link.bytes().rev() {
        let bracket = match byte {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' => None,
            b')' if surplus[0] > 0 => Some(0),
            b']' if surplus[1] > 0 => Some(1),
            _ => break,
        };
        if let Some(surplus) = bracket.and_then(|bracket| surplus.get_mut(bracket)) {
            *surplus -= 1;
        }
        length -= 1;
    }
    from + length
}

/// Where an e-mail address that begins at `at` ends.
fn email(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let local = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')))?;
    let host = at + local + 1;
    if !rest.get(local..)?.starts_with('@') {
        return None;
    }
    let Labels { end, .. } = labels(text, host, Letters::Any);
    text.get(host..end)?.contains('.').then_some(end)
}

fn mention(text: &str, at: usize, shapes: MentionShapes) -> Option<(usize, Mention)> {
    let start = at + 1;
    let found = |end: usize| Some((end, Mention::new(text.get(start..end)?)));
    if shapes.name_at_host
        && let Some(end) = name_at_host(text, start)
    {
        return found(end);
    }
    if shapes.domain
        && let Some(end) = handle(text, start)
    {
        return found(end);
    }
    if shapes.name
        && let Some(end) = name(text, start)
    {
        return found(end);
    }
    None
}

/// Where the run of characters that `inside` accepts ends.
fn run(text: &str, start: usize, inside: impl Fn(char) -> bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.find(|c| !inside(c)).unwrap_or(rest.len())
}

/// What follows does not make the mention part of something longer.
fn stands_apart(text: &str, end: usize) -> bool {
    !char_at(text, end).is_some_and(|c| c == '@' || c == '_' || c.is_alphanumeric())
}

fn name(text: &str, start: usize) -> Option<usize> {
    let end = run(text, start, |c| c.is_ascii_alphanumeric() || c == '_');
    (end > start && stands_apart(text, end)).then_some(end)
}

/// A handle by AT Protocol's syntax: labels of ASCII letters, digits and inner hyphens, at least two, 253 bytes at most.
fn handle(text: &str, start: usize) -> Option<usize> {
    let end = run(text, start, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-')
    });
    let handle = text.get(start..end)?.trim_end_matches(['.', '-']);
    if handle.len() > DOMAIN_BYTES || !stands_apart(text, start + handle.len()) {
        return None;
    }
    let (_, top) = handle.rsplit_once('.')?;
    let labels = handle.split('.').all(|label| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    });
    (labels && (is_top_level(top) || top.eq_ignore_ascii_case("test")))
        .then_some(start + handle.len())
}

fn name_at_host(text: &str, start: usize) -> Option<usize> {
    let end = run(text, start, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
    });
    let name = text.get(start..end)?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(word) || !name.ends_with(word) || char_at(text, end) != Some('@') {
        return None;
    }
    let host = end + 1;
    let Labels { end, .. } = labels(text, host, Letters::Any);
    let (_, top) = text.get(host..end)?.rsplit_once('.')?;
    let real = top.chars().count() > 1 && top.starts_with(char::is_alphabetic);
    (real && end - host <= HOST_BYTES && char_at(text, end) != Some('@')).then_some(end)
}

/// The tag that begins at `start`, behind its sign, and where it ends.
fn hashtag(text: &str, start: usize, shape: HashtagShape) -> Option<(usize, &str)> {
    let rest = text.get(start..)?;
    let tag = match shape {
        HashtagShape::None => return None,
        HashtagShape::ToSpace => {
            // A variation selector or keycap makes the sign an emoji.
            if rest.starts_with(['\u{fe0f}', '\u{20e3}']) {
                return None;
            }
            let end = rest.find(ends_hashtag).unwrap_or(rest.len());
            let tag = rest.get(..end)?.trim_end_matches(is_punctuation);
            if tag.len() > HASHTAG_BYTES || tag.graphemes(true).count() > HASHTAG_GRAPHEMES {
                return None;
            }
            tag
        }
        HashtagShape::Word => {
            let mut end = 0;
            for (at, grapheme) in rest.grapheme_indices(true) {
                if !grapheme.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                    break;
                }
                end = at + grapheme.len();
            }
            rest.get(..end)?
        }
    };
    let named = match shape {
        HashtagShape::Word => tag.contains(char::is_alphabetic),
        _ => tag.contains(|c: char| !c.is_ascii_digit() && !is_punctuation(c)),
    };
    named.then_some((start + tag.len(), tag))
}

/// Whitespace and the invisible signs that end a hashtag on Bluesky. A zero-width joiner ends none: it would cut an emoji.
fn ends_hashtag(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{2060}' | '\u{200b}' | '\u{200c}' | '\u{20e2}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_begin_something_is_never_passed_over() {
        for c in '\0'..=char::MAX {
            let mut bytes = [0; 4];
            let first = c.encode_utf8(&mut bytes).as_bytes()[0];
            let may = Letters::Latin.holds(c) || matches!(c, '@' | '#' | '＃');
            assert!(!(may && begins_nothing(first)), "{c:?}");
        }
        // Whoever stops within a character loses it.
        assert!((0x80..0xC0).all(begins_nothing));
    }
}
