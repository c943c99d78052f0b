//! Texts as X weighs, shortens and marks them. It reckons for itself: what adapters count is proved against it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::state::Id;

/// A part of a text that means something, from one code point to before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: String,
    pub(super) user: Option<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) short: String,
    pub(super) to: String,
    pub(super) shown: String,
    pub(super) media_key: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entities {
    pub(super) mentions: Vec<Mark>,
    pub(super) hashtags: Vec<Mark>,
    pub(super) cashtags: Vec<Mark>,
    pub(super) links: Vec<Link>,
}

impl Entities {
    pub(super) fn view(&self) -> Option<Value> {
        let tags = |marks: &[Mark]| -> Vec<Value> {
            marks
                .iter()
                .map(|m| json!({ "start": m.start, "end": m.end, "tag": m.what }))
                .collect()
        };
        let mut told = serde_json::Map::new();
        if !self.mentions.is_empty() {
            let mentions: Vec<Value> = self
                .mentions
                .iter()
                .map(|m| {
                    let mut told = json!({ "start": m.start, "end": m.end, "username": m.what });
                    if let Some(user) = m.user {
                        told["id"] = json!(user.to_string());
                    }
                    told
                })
                .collect();
            told.insert("mentions".to_owned(), json!(mentions));
        }
        if !self.hashtags.is_empty() {
            told.insert("hashtags".to_owned(), json!(tags(&self.hashtags)));
        }
        if !self.cashtags.is_empty() {
            told.insert("cashtags".to_owned(), json!(tags(&self.cashtags)));
        }
        if !self.links.is_empty() {
            let links: Vec<Value> = self
                .links
                .iter()
                .map(|l| {
                    let mut told = json!({
                        "start": l.start,
                        "end": l.end,
                        "url": l.short,
                        "expanded_url": l.to,
                        "display_url": l.shown,
                    });
                    if let Some(key) = &l.media_key {
                        told["media_key"] = json!(key);
                    }
                    told
                })
                .collect();
            told.insert("urls".to_owned(), json!(links));
        }
        (!told.is_empty()).then_some(Value::Object(told))
    }
}

/// Endings of addresses without a scheme that count as links.
const ENDINGS: [&str; 17] = [
    "com", "org", "net", "io", "dev", "ru", "de", "uk", "fr", "jp", "co", "app", "info", "me",
    "tv", "eu", "next",
];

/// Where links stand in a text, as bytes.
pub(super) fn links(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(rest) = text.get(at..) else {
            at += 1;
            continue;
        };
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let apart = before.is_none_or(|c| !(c.is_ascii_alphanumeric() || "@#$".contains(c)));
        // Without a scheme, a name that goes on from another one is none.
        let bare = before.is_none_or(|c| !"_-./".contains(c));
        let length = if apart { link(rest, bare) } else { 0 };
        if length > 0 {
            found.push((at, at + length));
            at += length;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// How long the link is that a text begins with; 0 where there is none.
fn link(text: &str, bare: bool) -> usize {
    let lower = text
        .get(..text.len().min(8))
        .unwrap_or(text.get(..7).unwrap_or_default())
        .to_ascii_lowercase();
    let scheme = ["https://", "http://"]
        .iter()
        .find(|scheme| lower.starts_with(**scheme))
        .map(|scheme| scheme.len());
    let rest = text.get(scheme.unwrap_or(0)..).unwrap_or_default();
    let host: usize = rest
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'.')
        .count();
    let name = rest
        .get(..host)
        .unwrap_or_default()
        .trim_end_matches(['.', '-']);
    let Some((front, ending)) = name.rsplit_once('.') else {
        return 0;
    };
    let known = ENDINGS.contains(&ending.to_ascii_lowercase().as_str());
    // With a scheme, every name with a dot counts.
    if front.is_empty() || (scheme.is_none() && !(known && bare)) || ending.is_empty() {
        return 0;
    }
    if front.split('.').any(str::is_empty) {
        return 0;
    }
    let mut length = name.len();
    let tail = rest.get(length..).unwrap_or_default();
    // A host that goes on with a sign of a name was none.
    if tail.starts_with('@') || (scheme.is_none() && tail.starts_with('_')) {
        return 0;
    }
    let port: usize = tail.strip_prefix(':').map_or(0, |rest| {
        rest.bytes().take_while(u8::is_ascii_digit).count()
    });
    if port > 0 {
        length += 1 + port;
    }
    let tail = rest.get(length..).unwrap_or_default();
    if tail.starts_with(['/', '?', '#']) {
        // Beside what is usual, letters of Latin and Cyrillic.
        let within = |c: &char| {
            (c.is_ascii_graphic() && !"<>\"".contains(*c))
                || ('\u{c0}'..='\u{24f}').contains(c)
                || ('\u{400}'..='\u{4ff}').contains(c)
        };
        let path: usize = tail.chars().take_while(within).map(char::len_utf8).sum();
        let path = tail.get(..path).unwrap_or_default();
        let mut path = path.trim_end_matches(['.', ',', '!', '?', ';', ':', '\'', '&']);
        if path.ends_with(')') && !path.contains('(') {
            path = path.trim_end_matches(')');
        }
        length += path.len();
    }
    scheme.unwrap_or(0) + length
}

fn is_emoji(grapheme: &str) -> bool {
    grapheme.chars().any(|c| {
        matches!(u32::from(c),
            0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x2B00..=0x2BFF | 0x2300..=0x23FF | 0xFE0F | 0x20E3)
    })
}

fn light(c: char) -> bool {
    matches!(u32::from(c), 0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247)
}

/// The weight of a text: what is beyond the usual letters counts twice, a link counts 23, an emoji 2.
pub(super) fn weight(text: &str) -> usize {
    let mut sum = 0;
    let mut from = 0;
    let plain = |part: &str| -> usize {
        part.graphemes(true)
            .map(|grapheme| {
                if is_emoji(grapheme) {
                    return 2;
                }
                // A mark that joins the letter before it is one with it (NFC).
                let mut last = None;
                let mut sum = 0;
                for c in grapheme.chars() {
                    let joins = ('\u{300}'..='\u{36f}').contains(&c)
                        && last.is_some_and(|l: char| l.is_alphabetic());
                    if !joins {
                        sum += if light(c) { 1 } else { 2 };
                    }
                    last = Some(c).filter(|_| !joins);
                }
                sum
            })
            .sum()
    };
    for (start, end) in links(text) {
        sum += plain(text.get(from..start).unwrap_or_default());
        let link = text.get(start..end).unwrap_or_default();
        sum += if link.len() > 4096 { plain(link) } else { 23 };
        from = end;
    }
    sum + plain(text.get(from..).unwrap_or_default())
}

/// The names that a text mentions, with the sign before them, and where they stand in code points.
pub(super) fn marks(text: &str, sign: char) -> Vec<Mark> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let apart = before.is_none_or(|c| !(c.is_alphanumeric() || "_&/@#$.".contains(*c)));
        if letters.get(at) != Some(&sign) || !apart {
            at += 1;
            continue;
        }
        let fits = |c: &char| match sign {
            '@' => c.is_ascii_alphanumeric() || *c == '_',
            '$' => c.is_ascii_alphabetic(),
            _ => c.is_alphanumeric() || *c == '_',
        };
        let name: String = letters
            .iter()
            .skip(at + 1)
            .take_while(|c| fits(c))
            .collect();
        let length = name.chars().count();
        let most = match sign {
            '@' => 15,
            '$' => 6,
            _ => 100,
        };
        let word = sign != '#' || name.chars().any(|c| !c.is_numeric());
        if length > 0 && length <= most && word {
            found.push(Mark {
                start: at,
                end: at + 1 + length,
                what: name,
                user: None,
            });
        }
        at += 1 + length;
    }
    found
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A text as answers tell it, with what it means. `short` makes a link short; `users` knows who is called what.
pub(super) fn told(
    raw: &str,
    more: &[(String, String, Option<String>)],
    escaped: bool,
    mut short: impl FnMut(&str) -> String,
    users: &BTreeMap<String, Id>,
) -> (String, Entities) {
    let plain = |part: &str| {
        if escaped {
            escape(part)
        } else {
            part.to_owned()
        }
    };
    let mut text = String::new();
    let mut entities = Entities::default();
    let mut from = 0;
    let put = |text: &mut String, to: &str, shown: &str, short: String, key: Option<String>| {
        let start = text.chars().count();
        text.push_str(&short);
        Link {
            start,
            end: text.chars().count(),
            short,
            to: to.to_owned(),
            shown: shown.to_owned(),
            media_key: key,
        }
    };
    for (start, end) in links(raw) {
        text.push_str(&plain(raw.get(from..start).unwrap_or_default()));
        let link = raw.get(start..end).unwrap_or_default();
        let to = if link.contains("://") {
            link.to_owned()
        } else {
            format!("http://{link}")
        };
        let shown = to.split_once("://").map_or(link, |(_, rest)| rest);
        let shown: String = if shown.chars().count() > 26 {
            shown.chars().take(26).chain(['…']).collect()
        } else {
            shown.to_owned()
        };
        let made = short(&to);
        entities.links.push(put(&mut text, &to, &shown, made, None));
        from = end;
    }
    text.push_str(&plain(raw.get(from..).unwrap_or_default()));
    for (to, shown, key) in more {
        if !text.is_empty() {
            text.push(' ');
        }
        let made = short(to);
        entities
            .links
            .push(put(&mut text, to, shown, made, key.clone()));
    }
    let within = |mark: &Mark| {
        entities
            .links
            .iter()
            .any(|l| mark.start >= l.start && mark.start < l.end)
    };
    let (mut mentions, mut hashtags, mut cashtags) =
        (marks(&text, '@'), marks(&text, '#'), marks(&text, '$'));
    for list in [&mut mentions, &mut hashtags, &mut cashtags] {
        list.retain(|mark| !within(mark));
    }
    for mark in &mut mentions {
        mark.user = users.get(&mark.what.to_ascii_lowercase()).copied();
    }
    mentions.retain(|mark| mark.user.is_some());
    entities.mentions = mentions;
    entities.hashtags = hashtags;
    entities.cashtags = cashtags;
    (text, entities)
}

/// Turns ranges that count code points into ranges that count UTF-16 units.
pub(super) fn in_units(entities: &mut Value, text: &str) {
    match entities {
        Value::Object(map) => {
            for name in ["start", "end"] {
                if let Some(at) = map.get(name).and_then(Value::as_u64) {
                    let at = usize::try_from(at).unwrap_or(usize::MAX);
                    let units: usize = text.chars().take(at).map(char::len_utf16).sum();
                    map.insert(name.to_owned(), json!(units));
                }
            }
            map.values_mut().for_each(|value| in_units(value, text));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| in_units(value, text)),
        _ => {}
    }
}
