//! Texts as the network writes them: `[id1|Name]` for mentions, `[https://vk.com/…|label]` for links within it.

use std::borrow::Cow;

use super::id;
use crate::text::{Markup, Mention, Span, SpanKind, Text};

/// A text as the network takes it. Mentions of known accounts become links to them; of a link to elsewhere, for which
/// there is no form, the address follows its label. What only looks like markup is written so that it stays plain.
pub(super) fn written(text: &Text) -> String {
    if text.spans().is_empty() {
        return plain(text.as_str()).into_owned();
    }
    text.to_markup(&mut Brackets {
        link_from: None,
        in_label: false,
    })
}

struct Brackets {
    /// Where the label of a link to elsewhere began.
    link_from: Option<usize>,
    /// Whether a label stands within brackets.
    in_label: bool,
}

impl Markup for Brackets {
    fn open(&mut self, kind: &SpanKind, out: &mut String) {
        match kind {
            SpanKind::Mention(mention) => {
                if let Some(name) = account_of(mention) {
                    out.push('[');
                    out.push_str(&name);
                    out.push('|');
                    self.in_label = true;
                }
            }
            SpanKind::Link(url) => {
                if is_within(url) {
                    out.push('[');
                    out.push_str(url);
                    out.push('|');
                    self.in_label = true;
                } else {
                    self.link_from = Some(out.len());
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, kind: &SpanKind, out: &mut String) {
        match kind {
            SpanKind::Mention(mention) if account_of(mention).is_some() => {
                out.push(']');
                self.in_label = false;
            }
            SpanKind::Link(url) if is_within(url) => {
                out.push(']');
                self.in_label = false;
            }
            SpanKind::Link(url) => {
                let start = self.link_from.take().unwrap_or_default();
                let label = out.get(start..).unwrap_or_default();
                if !is_address(label, url) {
                    out.push_str(" (");
                    out.push_str(url);
                    out.push(')');
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, out: &mut String) {
        if self.in_label {
            // Within a label both would end it.
            for c in text.chars() {
                match c {
                    ']' => out.push_str(CLOSING),
                    '|' => out.push_str(BAR),
                    c => out.push(c),
                }
            }
            return;
        }
        out.push_str(&plain(text));
    }
}

const OPENING: &str = "&#91;";
const BAR: &str = "&#124;";
const CLOSING: &str = "&#93;";

/// The name of the account that a mention is of, where it is known.
fn account_of(mention: &Mention) -> Option<String> {
    let known = mention.id.as_deref().and_then(id::owner_of);
    let named = || {
        let handle = mention.handle.as_str();
        // `id1` and `club1` are names that say themselves whose they are.
        let bare = handle.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if bare { None } else { id::owner_of(handle) }
    };
    known.or_else(named).map(id::screen_name)
}

/// Whether an address lies within the network: only those have a form with a label.
fn is_within(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| matches!(host, "vk.com" | "vk.ru" | "m.vk.com" | "m.vk.ru"))
        && !url.contains(['|', ']'])
}

/// Whether a label is its link's own address, with or without the scheme.
fn is_address(label: &str, url: &str) -> bool {
    let bare = |text: &'_ str| -> String {
        let text = text.trim_end_matches('/');
        let text = text
            .strip_prefix("https://")
            .or(text.strip_prefix("http://"))
            .unwrap_or(text);
        text.to_owned()
    };
    bare(label) == bare(url)
}

/// Text in which nothing reads as markup.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('[') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + OPENING.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = from.get(1..).unwrap_or_default();
        out.push_str(if looks_like_markup(rest) {
            OPENING
        } else {
            "["
        });
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether what follows a bracket has the form of a name or address, a bar, a label and the closing bracket.
fn looks_like_markup(rest: &str) -> bool {
    let Some((target, label)) = rest.split_once('|') else {
        return false;
    };
    !target.is_empty()
        && !target.contains(|c: char| c.is_whitespace() || c == '[' || c == ']')
        && label.contains(']')
}

/// A text as the network tells it, its mentions and links found.
pub(super) fn read(text: &str) -> Text {
    if !text.contains('[') && !text.contains('&') {
        return Text::plain(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        unescape(before, &mut plain);
        match marked(from) {
            Some((kind, label, after)) => {
                let start = plain.len();
                unescape(label, &mut plain);
                if plain.len() > start {
                    spans.push(Span::new(start..plain.len(), kind));
                }
                rest = after;
            }
            None => {
                plain.push('[');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    unescape(rest, &mut plain);
    match Text::with_spans(plain, spans) {
        Ok(marked) => marked,
        // They follow one another, so that none overlaps.
        Err(_) => Text::plain(text),
    }
}

/// The text of a message, which older versions of the network write with HTML's signs.
pub(super) fn read_message(text: &str) -> Text {
    if !text.contains('&') && !text.contains("<br>") {
        return read(text);
    }
    let text = text
        .replace("<br>", "\n")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    read(&text)
}

/// A mention or link at the beginning of a text: what it is, its label, and what follows.
fn marked(text: &str) -> Option<(SpanKind, &str, &str)> {
    let inner = text.strip_prefix('[')?;
    let (target, rest) = inner.split_once('|')?;
    let (label, after) = rest.split_once(']')?;
    if target.starts_with("https://") || target.starts_with("http://") {
        if target.contains(char::is_whitespace) {
            return None;
        }
        return Some((SpanKind::Link(target.to_owned()), label, after));
    }
    if !target.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let owner = id::owner_of(target)?;
    let mention = Mention::new(target).id(id::screen_name(owner));
    Some((SpanKind::Mention(mention), label, after))
}

/// Appends a text, the signs of markup that were written otherwise read back.
fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        let (before, from) = rest.split_at(at);
        into.push_str(before);
        let sign = [(OPENING, '['), (BAR, '|'), (CLOSING, ']')]
            .into_iter()
            .find(|(written, _)| from.starts_with(written));
        match sign {
            Some((written, sign)) => {
                into.push(sign);
                rest = from.get(written.len()..).unwrap_or_default();
            }
            None => {
                into.push_str("&#");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    into.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_and_links_stand_in_brackets_and_are_read_back() {
        let text = Text::plain("Thanks, ")
            .mention_id("Anna [A|B]", "anna", "id1")
            .push(" and ")
            .mention_id("the shop", "shop", "club2")
            .push(": ")
            .link("rules", "https://vk.com/topic-1_2")
            .push("!");
        let out = written(&text);
        assert_eq!(
            out,
            "Thanks, [id1|Anna [A&#124;B&#93;] and [club2|the shop]: [https://vk.com/topic-1_2|rules]!"
        );
        let back = read(&out);
        assert_eq!(back.as_str(), text.as_str());
        let kinds: Vec<_> = back.spans().iter().map(|span| &span.kind).collect();
        assert!(matches!(kinds[0], SpanKind::Mention(m) if m.id.as_deref() == Some("id1")));
        assert!(matches!(kinds[1], SpanKind::Mention(m) if m.id.as_deref() == Some("club2")));
        assert_eq!(
            kinds[2],
            &SpanKind::Link("https://vk.com/topic-1_2".to_owned())
        );
    }

    #[test]
    fn a_link_to_elsewhere_keeps_its_address() {
        let text = Text::plain("See ").link("the notes", "https://example.com/n");
        assert_eq!(written(&text), "See the notes (https://example.com/n)");
        let text = Text::plain("See ").link("example.com/n", "https://example.com/n/");
        assert_eq!(written(&text), "See example.com/n");
        // Another host that only begins alike.
        let text = Text::plain("").link("x", "https://vk.com.example/");
        assert_eq!(written(&text), "x (https://vk.com.example/)");
    }

    #[test]
    fn what_only_looks_like_markup_stays_as_it_is() {
        for text in [
            "[id1|x]",
            "a [club1|b] c",
            "[https://vk.com|x]",
            "[durov|x]",
            "[",
            "]",
            "[]",
            "[|]",
            "[a|b",
            "a|b]",
            "[not markup] | x]",
            "&#91; &amp; &lt;",
            "[[id1|x]]",
            "[x [id1|y] z|w]",
            "&",
            "&#",
        ] {
            let back = read(&written(&Text::plain(text)));
            // What was written as a sign's number is taken for the sign.
            let same = back.as_str() == text || text.contains("&#91;");
            assert!(same && back.spans().is_empty(), "{text}: {back:?}");
        }
    }

    #[test]
    fn a_handle_alone_is_left_to_the_network() {
        let text = Text::plain("Hello ").mention("durov");
        assert_eq!(written(&text), "Hello @durov");
        assert_eq!(written(&Text::plain("").mention("id1")), "[id1|@id1]");
    }

    #[test]
    fn texts_of_messages_are_read_from_html() {
        let text = read_message("a &lt;b&gt; &quot;c&quot; &amp;amp; d<br>[id5|E]");
        assert_eq!(text.as_str(), "a <b> \"c\" &amp; d\nE");
    }
}
