//! What a link of an HTML text means.

use std::borrow::Cow;

use super::html_entities::decode;
use super::html_scan::find;
use super::span::{Mention, SpanKind};

/// A link of an HTML text, for [`Text::from_html_with`](crate::Text::from_html_with).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Anchor<'a> {
    pub(super) href: &'a str,
    /// The text under it, as a reader sees it.
    pub label: &'a str,
    /// Its classes, parted by whitespace: `u-url mention`, `mention hashtag`.
    pub class: &'a str,
}

impl<'a> Anchor<'a> {
    /// Where it leads, as its author wrote it; it may be relative.
    pub fn href(&self) -> Cow<'a, str> {
        let href = self.href.trim_ascii();
        if find(href.as_bytes(), 0, b'&').is_none() {
            return Cow::Borrowed(href);
        }
        let mut decoded = String::with_capacity(href.len());
        decode(href, &mut decoded);
        Cow::Owned(decoded)
    }

    /// Whether `name` is one of its classes.
    pub fn has_class(&self, name: &str) -> bool {
        self.class
            .split_ascii_whitespace()
            .any(|class| class == name)
    }

    /// What it is by what is written alone.
    pub(super) fn kind(&self) -> Option<SpanKind> {
        let (mention, hashtag) = match self.class {
            "" => (false, false),
            "u-url mention" => (true, false),
            "mention hashtag" => (true, true),
            _ => (self.has_class("mention"), self.has_class("hashtag")),
        };
        if mention || hashtag {
            let label = self.label.trim();
            if let Some(tag) = label.strip_prefix('#').or(label.strip_prefix('＃'))
                && !tag.is_empty()
            {
                return Some(SpanKind::Hashtag(tag.to_owned()));
            }
            if let Some(handle) = label.strip_prefix('@').filter(|handle| !handle.is_empty())
                && mention
            {
                return Some(SpanKind::Mention(Mention::new(handle)));
            }
        }
        let href = self.href();
        leads_somewhere(&href).then(|| SpanKind::Link(href.into_owned()))
    }
}

/// Whether a span may lead there: an absolute URL that runs nothing.
fn leads_somewhere(href: &str) -> bool {
    if href.starts_with("https://") || href.starts_with("http://") {
        return true;
    }
    let Some((scheme, _)) = href.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && (scheme.bytes()).all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme
        && !["javascript", "vbscript", "data"]
            .iter()
            .any(|runs| scheme.eq_ignore_ascii_case(runs))
}
