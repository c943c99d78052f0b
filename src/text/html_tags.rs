//! The tags of an HTML text, read one by one. What never ends is not markup but text, and nothing is looked at twice to
//! find that out.

use super::html_scan::{begins, find, word};
use crate::shared::search;

/// What an element means to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Anchor,
    Span,
    Paragraph,
    Break,
    Heading,
    /// A block that only stands on lines of its own.
    Block,
    Cell,
    Quote,
    Pre,
    Unordered,
    Ordered,
    Item,
    Bold,
    Italic,
    Underline,
    Strike,
    Code,
    Image,
    /// Holds no text: a script or a style.
    Raw(&'static str),
    /// Says nothing about its text.
    Unknown,
}

/// The attributes that say something, as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes<'h> {
    pub(super) href: Option<&'h str>,
    pub(super) class: &'h str,
    pub(super) alt: &'h str,
    /// Where a list begins to count (`start`), or the number of an item (`value`).
    pub(super) number: Option<i64>,
    pub(super) reversed: bool,
}

/// A piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// With the [attributes](Tags::attributes) that were read.
    Open(Element),
    Close(Element),
    /// A comment, a declaration, or a script with its text.
    Nothing,
}

/// Whitespace as HTML has it; all else, no-break spaces too, is text.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0c')
}

/// Reads markup, and remembers what is known not to come any more: so all of it takes time in proportion to the text.
#[derive(Debug)]
pub(super) struct Tags<'h> {
    html: &'h str,
    /// Those of the tag that was opened last.
    pub(super) attributes: Attributes<'h>,
    /// A quote that began in a tag did not end: from then on a tag ends with the first `>`.
    unquoted: bool,
    /// No `>` comes any more.
    no_tag: bool,
    /// No `-->` comes any more.
    no_comment: bool,
    /// No end of a script, or of a style, comes any more.
    no_end: [bool; 2],
}

impl<'h> Tags<'h> {
    pub(super) fn new(html: &'h str) -> Self {
        Self {
            html,
            attributes: Attributes::default(),
            unquoted: false,
            no_tag: false,
            no_comment: false,
            no_end: [false; 2],
        }
    }

    /// The markup that begins with the `<` at byte `at`, and the byte behind it. `None`: the `<` is text.
    pub(super) fn read(&mut self, at: usize) -> Option<(Markup, usize)> {
        let bytes = self.html.as_bytes();
        let first = *bytes.get(at + 1)?;
        if first.is_ascii_alphabetic() {
            let (element, name_end) = name(bytes, at + 1);
            let end = self.open(name_end)?;
            if let Element::Raw(name) = element
                && let Some(end) = self.raw_end(name, end)
            {
                return Some((Markup::Nothing, end));
            }
            return Some((Markup::Open(element), end));
        }
        match first {
            b'/' if bytes.get(at + 2).is_some_and(u8::is_ascii_alphabetic) => {
                let (element, name_end) = name(bytes, at + 2);
                let end = self.tag(name_end)?;
                Some((Markup::Close(element), end))
            }
            b'!' if self.html.get(at + 2..)?.starts_with("--") => {
                // The dashes that open it may be those that close it.
                let from = at + 2;
                if self.no_comment {
                    return None;
                }
                let end = search::find(self.html.get(from..)?, "-->");
                self.no_comment = end.is_none();
                Some((Markup::Nothing, from + end? + 3))
            }
            b'!' | b'?' | b'/' => Some((Markup::Nothing, self.tag_end(at)?)),
            _ => None,
        }
    }

    /// The byte behind the first `>` after `at`.
    fn tag_end(&mut self, at: usize) -> Option<usize> {
        if self.no_tag {
            return None;
        }
        let end = self.html.get(at..)?.find('>');
        self.no_tag = end.is_none();
        Some(at + end? + 1)
    }

    /// The byte behind the end tag of a script or a style whose text begins at `at`.
    fn raw_end(&mut self, name: &'static str, at: usize) -> Option<usize> {
        let known = usize::from(name == "style");
        if *self.no_end.get(known)? {
            return None;
        }
        let mut from = at;
        while let Some(next) = search::find(self.html.get(from..)?, "</") {
            from += next + 2;
            let after = from + name.len();
            let is_end = (self.html.as_bytes().get(from..after))
                .is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
                && (self.html.as_bytes().get(after))
                    .is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'));
            if is_end {
                return self.tag_end(after);
            }
        }
        if let Some(known) = self.no_end.get_mut(known) {
            *known = true;
        }
        None
    }

    /// Reads the attributes of a start tag whose name ends at byte `at`, and tells the byte behind the tag.
    pub(super) fn open(&mut self, at: usize) -> Option<usize> {
        self.attributes = Attributes::default();
        self.tag(at)
    }

    /// Reads the attributes of a tag whose name ends at byte `at`, and tells the byte behind the tag.
    fn tag(&mut self, at: usize) -> Option<usize> {
        if self.html.as_bytes().get(at) == Some(&b'>') {
            return Some(at + 1);
        }
        if !self.unquoted {
            if let Some(end) = quoted(self.html, at, &mut self.attributes) {
                return Some(end);
            }
            self.unquoted = true;
            self.attributes = Attributes::default();
        }
        self.tag_end(at)
    }
}

/// Reads the attributes from byte `at` to the end of the tag, and tells the byte behind it; `None` when the text ends
/// before.
fn quoted<'h>(html: &'h str, mut at: usize, read: &mut Attributes<'h>) -> Option<usize> {
    let bytes = html.as_bytes();
    loop {
        match *bytes.get(at)? {
            b' ' | b'/' => at += 1,
            b'>' => return Some(at + 1),
            byte if is_space(byte) => at += 1,
            _ => {
                at = match word(bytes, at) {
                    Some(word) if begins!(word, "class=\"") => {
                        let (value, end) = value(html, at + 7)?;
                        if read.class.is_empty() {
                            read.class = value;
                        }
                        end
                    }
                    Some(word) if begins!(word, "href=\"") => {
                        let (value, end) = value(html, at + 6)?;
                        read.href = read.href.or(Some(value));
                        end
                    }
                    Some(word) => match mute(bytes, at, word) {
                        Some(end) => end,
                        None if begins!(word, "rel=\"") => value(html, at + 5)?.1,
                        None => any(html, at, read)?,
                    },
                    None => any(html, at, read)?,
                };
            }
        }
    }
}

/// A value that begins at byte `start`, behind its quote, and the byte behind the one that ends it.
fn value(html: &str, start: usize) -> Option<(&str, usize)> {
    let close = find(html.as_bytes(), start, b'"')?;
    Some((html.get(start..close)?, close + 1))
}

/// The byte behind an attribute that nearly every link has and that says nothing here.
fn mute(bytes: &[u8], at: usize, first: u64) -> Option<usize> {
    let then = |place: usize| word(bytes, at + place);
    let end = if begins!(first, "target=\"") && begins!(then(8)?, "_blank\"") {
        15
    } else if begins!(first, "rel=\"nof")
        && begins!(then(8)?, "ollow no")
        && begins!(then(16)?, "opener\"")
    {
        23
    } else if begins!(first, "translat") && begins!(then(8)?, "e=\"no\"") {
        14
    } else {
        return None;
    };
    Some(at + end)
}

/// Reads any attribute, and tells the byte behind it.
fn any<'h>(html: &'h str, start: usize, read: &mut Attributes<'h>) -> Option<usize> {
    let bytes = html.as_bytes();
    let end = name_end(bytes, start + 1);
    let name = bytes.get(start..end)?;
    let after = spaces_end(bytes, end);
    if bytes.get(after) != Some(&b'=') {
        keep(read, name, "");
        return Some(end);
    }
    let start = spaces_end(bytes, after + 1);
    let (value, end) = match *bytes.get(start)? {
        quote @ (b'"' | b'\'') => {
            let close = find(bytes, start + 1, quote)?;
            (start + 1..close, close + 1)
        }
        _ => {
            let rest = bytes.get(start..)?;
            let length = (rest.iter()).position(|byte| *byte == b'>' || is_space(*byte))?;
            (start..start + length, start + length)
        }
    };
    keep(read, name, html.get(value)?);
    Some(end)
}

/// Of an attribute that is written twice, the first counts.
fn keep<'h>(read: &mut Attributes<'h>, name: &[u8], value: &'h str) {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    match name.len() {
        3 if read.alt.is_empty() && is("alt") => read.alt = value,
        4 if read.href.is_none() && is("href") => read.href = Some(value),
        5 if read.class.is_empty() && is("class") => read.class = value,
        5 if read.number.is_none() && (is("start") || is("value")) => {
            read.number = value.trim().parse().ok();
        }
        8 if is("reversed") => read.reversed = true,
        _ => {}
    }
}

fn name_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest
        .iter()
        .position(|byte| is_space(*byte) || matches!(byte, b'/' | b'>' | b'='));
    at + length.unwrap_or(rest.len())
}

fn spaces_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| !is_space(*byte));
    at + length.unwrap_or(rest.len())
}

/// The element whose name begins at byte `at`, and the byte behind the name.
fn name(bytes: &[u8], at: usize) -> (Element, usize) {
    let mut key: u64 = 0;
    let mut end = at;
    while let Some(byte) = bytes.get(end)
        && !is_space(*byte)
        && !matches!(byte, b'/' | b'>')
    {
        key = key << 8 | u64::from(byte.to_ascii_lowercase());
        end += 1;
    }
    let element = match end - at {
        1..=8 => short(key),
        10 if (bytes.get(at..end)).is_some_and(|n| n.eq_ignore_ascii_case(b"blockquote")) => {
            Element::Quote
        }
        _ => Element::Unknown,
    };
    (element, end)
}

const fn key(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let (mut key, mut at) = (0, 0);
    while at < bytes.len() {
        key = key << 8 | bytes[at] as u64;
        at += 1;
    }
    key
}

/// An element by its name as one number, the first letter highest.
fn short(name: u64) -> Element {
    macro_rules! elements {
        ($($element:expr => $($name:literal)+;)+) => {
            // In this order: what posts are made of comes first.
            $(if $(name == const { key($name) })||+ { return $element; })+
        };
    }
    elements! {
        Element::Span => "span";
        Element::Anchor => "a";
        Element::Paragraph => "p";
        Element::Break => "br";
        Element::Bold => "strong" "b";
        Element::Italic => "em" "i";
        Element::Underline => "u" "ins";
        Element::Strike => "del" "s" "strike";
        Element::Code => "code" "tt" "kbd" "samp";
        Element::Pre => "pre";
        Element::Item => "li";
        Element::Unordered => "ul" "menu";
        Element::Ordered => "ol";
        Element::Heading => "h1" "h2" "h3" "h4" "h5" "h6";
        Element::Image => "img";
        Element::Block => "div" "section" "article" "header" "footer" "aside" "main" "nav" "figure"
            "address" "details" "summary" "dl" "dt" "dd" "hr" "table" "tr" "caption" "body" "html";
        Element::Cell => "td" "th";
        Element::Raw("script") => "script";
        Element::Raw("style") => "style";
    }
    Element::Unknown
}
