//! Rich text from the network's words: a text with three signs escaped, and what of it is a link, a mention or a hashtag,
//! in code points of the text as it came.

use std::borrow::Cow;

use super::id;
use super::wire::{Entities, UrlEntity};
use crate::text::{Mention, Span, SpanKind, Text};

/// What of a text is something.
enum Kind<'v> {
    Link(&'v str),
    Mention(&'v str, Option<&'v str>),
    Hashtag(&'v str),
    /// A link that X adds behind the text: to the post's own files, or to the post that it quotes. With its address, for
    /// in the midst of a text it was written.
    Added(Option<&'v str>),
}

/// A stretch of a text that is something, in code points.
pub(super) struct Entity<'v> {
    start: usize,
    end: usize,
    kind: Kind<'v>,
}

/// A text as its author wrote it: with whole addresses in place of shortened ones, without what X adds behind it.
///
/// Where anything does not stand where it is said to stand, the text is plain. `from` is the code point that the author's
/// words begin at: before an answer X writes whom it answers. `own` is the number of the post that says it, of which a
/// message has none, and `quoted` that of the one which it quotes. `found` is room that is used again.
pub(super) fn text<'v>(
    told: &str,
    from: usize,
    entities: Option<&'v Entities<'_>>,
    (own, quoted): (Option<&str>, Option<&str>),
    found: &mut Vec<Entity<'v>>,
) -> Text {
    let mut places = told.char_indices().map(|(at, _)| at).chain([told.len()]);
    // What begins behind the end begins nowhere.
    let (from, hidden) = places.nth(from).map_or((0, 0), |hidden| (from, hidden));
    found.clear();
    if let Some(entities) = entities {
        gather(entities, (own, quoted), found);
    }
    let text = if found.is_empty() {
        None
    } else {
        placed(told, (from, hidden), found)
    };
    text.unwrap_or_else(|| Text::plain(unescaped(told.get(hidden..).unwrap_or_default())))
}

/// The links, mentions and hashtags of a text, in their order.
fn gather<'v>(
    entities: &'v Entities<'_>,
    (own, quoted): (Option<&str>, Option<&str>),
    all: &mut Vec<Entity<'v>>,
) {
    let mut add = |start: Option<u64>, end: Option<u64>, kind: Kind<'v>| {
        // What cannot be a place in a text lies behind its end.
        let place = |at: Option<u64>| {
            at.and_then(|at| usize::try_from(at).ok())
                .unwrap_or(usize::MAX)
        };
        all.push(Entity {
            start: place(start),
            end: place(end),
            kind,
        });
    };
    for url in entities.urls.objects() {
        let whole = url.expanded_url.get().or(url.url.get());
        let kind = match whole {
            Some(whole) if !is_added(url, own, quoted) => Kind::Link(whole),
            _ => Kind::Added(whole),
        };
        add(url.start.0, url.end.0, kind);
    }
    for mention in entities.mentions.objects() {
        if let Some(name) = mention.username.get() {
            add(
                mention.start.0,
                mention.end.0,
                Kind::Mention(name, mention.id.get()),
            );
        }
    }
    for tag in entities.hashtags.objects() {
        if let Some(name) = tag.tag.get() {
            add(tag.start.0, tag.end.0, Kind::Hashtag(name));
        }
    }
    all.sort_by_key(|entity| (entity.start, entity.end));
    all.dedup_by_key(|entity| (entity.start, entity.end));
}

/// Where the file of a message stands, whose address X writes behind the message.
const FILES_OF_MESSAGES: [&str; 2] = [
    "https://twitter.com/messages/media/",
    "https://x.com/messages/media/",
];

/// Whether an address is that of a message's file.
pub(super) fn is_file_of_message(whole: &str) -> bool {
    FILES_OF_MESSAGES
        .iter()
        .any(|begins| whole.starts_with(begins))
}

/// Whether X added a link itself, if it stands behind the text.
fn is_added(url: &UrlEntity<'_>, own: Option<&str>, quoted: Option<&str>) -> bool {
    if url.media_key.get().is_some() {
        return true;
    }
    let Some(whole) = url.expanded_url.get() else {
        return false;
    };
    let Some(number) = id::post_number(whole) else {
        return own.is_none() && is_file_of_message(whole);
    };
    let of_a_file = || whole.contains("/photo/") || whole.contains("/video/");
    // The address of another post's file was written, unless X took the file into this one.
    quoted == Some(number) || (own == Some(number) && of_a_file())
}

/// The text with everything in its place; `None` where something does not fit.
fn placed(told: &str, (from, hidden): (usize, usize), found: &[Entity<'_>]) -> Option<Text> {
    let mut points = Points {
        text: told,
        point: from,
        byte: hidden,
    };
    let longer = found.iter().map(|entity| match entity.kind {
        Kind::Link(whole) => whole.len(),
        _ => 0,
    });
    let mut plain = String::with_capacity(told.len() + longer.sum::<usize>());
    let mut spans = Vec::with_capacity(found.len());
    let mut past = hidden;
    // The first of the links behind the text, as far as it was read: they are written only where more follows.
    let mut behind: Option<usize> = None;
    for (at, entity) in found.iter().enumerate() {
        if entity.start < from {
            continue;
        }
        let start = points.byte_of(entity.start)?;
        let end = points.byte_of(entity.end)?;
        if start < past || end <= start {
            return None;
        }
        let before = told.get(past..start)?;
        let is_added = matches!(entity.kind, Kind::Added(_));
        if let Some(first) = behind.filter(|_| !is_added || !before.trim().is_empty()) {
            written(
                told,
                (from, hidden),
                found.get(first..at)?,
                &mut plain,
                &mut spans,
            )?;
            behind = None;
        }
        if behind.is_none() {
            push_unescaped(&mut plain, before);
        }
        let label = told.get(start..end)?;
        past = end;
        let from = plain.len();
        let kind = match &entity.kind {
            Kind::Added(_) => {
                behind = behind.or(Some(at));
                continue;
            }
            Kind::Link(whole) => {
                plain.push_str(&unescaped(whole));
                SpanKind::Link(unescaped(whole).into_owned())
            }
            Kind::Mention(name, id) => {
                let mut signs = label.chars();
                if !matches!(signs.next(), Some('@' | '＠'))
                    || !signs.as_str().eq_ignore_ascii_case(name)
                {
                    return None;
                }
                plain.push_str(label);
                let mention = Mention::new(signs.as_str());
                SpanKind::Mention(match id {
                    Some(id) => mention.id(*id),
                    None => mention,
                })
            }
            Kind::Hashtag(name) => {
                if !label.starts_with(['#', '＃']) {
                    return None;
                }
                push_unescaped(&mut plain, label);
                SpanKind::Hashtag((*name).to_owned())
            }
        };
        spans.push(Span::new(from..plain.len(), kind));
    }
    let rest = told.get(past..)?;
    match behind {
        Some(_) if rest.trim().is_empty() => {
            let end = plain.trim_end().len();
            plain.truncate(end);
            spans.retain(|span| span.end <= end);
        }
        Some(first) => {
            written(
                told,
                (from, hidden),
                found.get(first..)?,
                &mut plain,
                &mut spans,
            )?;
            push_unescaped(&mut plain, rest);
        }
        None => push_unescaped(&mut plain, rest),
    }
    Text::with_spans(plain, spans).ok()
}

/// Writes links that seemed to stand behind the text, and what stands between them.
fn written(
    told: &str,
    (point, byte): (usize, usize),
    links: &[Entity<'_>],
    plain: &mut String,
    spans: &mut Vec<Span>,
) -> Option<()> {
    let mut points = Points {
        text: told,
        point,
        byte,
    };
    let mut past = None;
    for link in links {
        let start = points.byte_of(link.start)?;
        let end = points.byte_of(link.end)?;
        push_unescaped(plain, told.get(past.unwrap_or(start)..start)?);
        past = Some(end);
        let whole = match link.kind {
            Kind::Added(Some(whole)) => whole,
            _ => told.get(start..end)?,
        };
        let from = plain.len();
        plain.push_str(&unescaped(whole));
        let kind = SpanKind::Link(unescaped(whole).into_owned());
        spans.push(Span::new(from..plain.len(), kind));
    }
    Some(())
}

/// Where code points stand in a text, asked in their order.
struct Points<'t> {
    text: &'t str,
    point: usize,
    byte: usize,
}

impl Points<'_> {
    fn byte_of(&mut self, point: usize) -> Option<usize> {
        let ahead = point.checked_sub(self.point)?;
        let rest = self.text.get(self.byte..)?;
        let mut indices = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        self.byte += indices.nth(ahead)?;
        self.point = point;
        Some(self.byte)
    }
}

/// The three signs that X escapes, as they were written: once, and no others.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    push_unescaped(&mut out, text);
    Cow::Owned(out)
}

fn push_unescaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let sign = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')]
            .into_iter()
            .find(|(escaped, _)| from.starts_with(escaped));
        let (sign, length) = sign.map_or(('&', 1), |(escaped, sign)| (sign, escaped.len()));
        out.push(sign);
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::super::wire::{Post, told};
    use super::*;

    fn read(json: &'static str) -> Text {
        let post: Post<'_> = told(json);
        text(
            post.text.or_empty(),
            0,
            post.entities.get(),
            (post.id.get(), None),
            &mut Vec::new(),
        )
    }

    #[test]
    fn places_are_code_points_of_the_text_before_it_is_unescaped() {
        let found = read(
            r##"{"text":"👋🏽 a &lt; b &amp;amp; @Bob_1 #мир https://t.co/abc!","entities":{
                "mentions":[{"start":22,"end":28,"username":"bob_1","id":"7"}],
                "hashtags":[{"start":29,"end":33,"tag":"мир"}],
                "urls":[{"start":34,"end":50,"url":"https://t.co/abc","expanded_url":"https://example.com/a?b=c&amp;d=e","display_url":"example.com/a"}]}}"##,
        );
        assert_eq!(
            found.as_str(),
            "👋🏽 a < b &amp; @Bob_1 #мир https://example.com/a?b=c&d=e!"
        );
        let kinds: Vec<SpanKind> = found.spans().iter().map(|span| span.kind.clone()).collect();
        assert_eq!(
            kinds,
            [
                SpanKind::Mention(Mention::new("Bob_1").id("7")),
                SpanKind::Hashtag("мир".to_owned()),
                SpanKind::Link("https://example.com/a?b=c&d=e".to_owned()),
            ]
        );
        let shown: Vec<&str> = found
            .spans()
            .iter()
            .map(|span| &found.as_str()[span.range()])
            .collect();
        assert_eq!(shown, ["@Bob_1", "#мир", "https://example.com/a?b=c&d=e"]);
    }

    #[test]
    fn what_does_not_fit_leaves_a_plain_text() {
        for json in [
            r##"{"text":"a &gt; b","entities":{"hashtags":[{"start":0,"end":99,"tag":"x"}]}}"##,
            r##"{"text":"a &gt; b","entities":{"hashtags":[{"start":0,"end":1,"tag":"a"}]}}"##,
            r##"{"text":"a &gt; b","entities":{"mentions":[{"start":0,"end":1,"username":"a"}]}}"##,
            r##"{"text":"a &gt; b","entities":{"urls":[{"start":2,"end":1,"url":"https://t.co/a"}]}}"##,
            r##"{"text":"a &gt; b","entities":{"urls":[{"url":"https://t.co/a"}]}}"##,
        ] {
            let found = read(json);
            assert_eq!(
                (found.as_str(), found.spans().len()),
                ("a > b", 0),
                "{json}"
            );
        }
    }

    #[test]
    fn links_that_x_adds_behind_a_text_are_no_part_of_it() {
        let found = read(
            r##"{"text":"Look https://t.co/a https://t.co/b","entities":{"urls":[
                {"start":5,"end":19,"url":"https://t.co/a","expanded_url":"https://example.com/"},
                {"start":20,"end":34,"url":"https://t.co/b","expanded_url":"https://x.com/a/status/7/photo/1","media_key":"3_1"},
                {"start":20,"end":34,"url":"https://t.co/b","expanded_url":"https://x.com/a/status/7/photo/1","media_key":"3_2"}]}}"##,
        );
        assert_eq!(found.as_str(), "Look https://example.com/");
        assert_eq!(found.spans().len(), 1);
        let post: Post<'_> = told(
            r##"{"text":"So it is https://t.co/q","entities":{"urls":[{"start":9,"end":23,"url":"https://t.co/q","expanded_url":"https://twitter.com/a/status/12"}]}}"##,
        );
        let words = post.text.or_empty();
        assert_eq!(
            text(
                words,
                0,
                post.entities.get(),
                (None, Some("12")),
                &mut Vec::new()
            )
            .as_str(),
            "So it is"
        );
        assert_eq!(
            text(words, 0, post.entities.get(), (None, None), &mut Vec::new()).as_str(),
            "So it is https://twitter.com/a/status/12"
        );
    }

    #[test]
    fn an_address_that_was_written_is_read_where_it_stands() {
        let photo = "https://x.com/nasa/status/5/photo/1";
        let between = read(
            r##"{"id":"9","text":"Before https://t.co/p https://t.co/r &amp; after","entities":{"urls":[
                {"start":7,"end":21,"url":"https://t.co/p","expanded_url":"https://x.com/nasa/status/5/photo/1","media_key":"3_1"},
                {"start":22,"end":36,"url":"https://t.co/r","expanded_url":"https://x.com/nasa/status/5/photo/1","media_key":"3_1"}]}}"##,
        );
        assert_eq!(between.as_str(), format!("Before {photo} {photo} & after"));
        let shown: Vec<&str> = between
            .spans()
            .iter()
            .map(|span| &between.as_str()[span.range()])
            .collect();
        assert_eq!(shown, [photo, photo]);
        // Of a file that this post does not have, the address was written.
        let last = read(
            r##"{"id":"9","text":"Look https://t.co/p","entities":{"urls":[
                {"start":5,"end":19,"url":"https://t.co/p","expanded_url":"https://x.com/nasa/status/5/photo/1"}]}}"##,
        );
        assert_eq!(last.as_str(), format!("Look {photo}"));
        let own = read(
            r##"{"id":"5","text":"Look https://t.co/p","entities":{"urls":[
                {"start":5,"end":19,"url":"https://t.co/p","expanded_url":"https://x.com/nasa/status/5/photo/1"}]}}"##,
        );
        assert_eq!((own.as_str(), own.spans().len()), ("Look", 0));
        // The post that is quoted may be named before the end, and another entity may follow.
        let post: Post<'_> = told(
            r##"{"text":"See https://t.co/q #so","entities":{"urls":[{"start":4,"end":18,"url":"https://t.co/q","expanded_url":"https://x.com/a/status/12"}],
                "hashtags":[{"start":19,"end":22,"tag":"so"}]}}"##,
        );
        let quotes = text(
            post.text.or_empty(),
            0,
            post.entities.get(),
            (Some("13"), Some("12")),
            &mut Vec::new(),
        );
        assert_eq!(quotes.as_str(), "See https://x.com/a/status/12 #so");
        assert_eq!(quotes.spans().len(), 2);
    }

    #[test]
    fn whom_an_answer_answers_is_no_part_of_it() {
        let post: Post<'_> = told(
            r##"{"text":"@ann @bob yes @bob &amp; all","entities":{"mentions":[{"start":0,"end":4,"username":"ann"},{"start":5,"end":9,"username":"bob"},{"start":14,"end":18,"username":"bob"}]}}"##,
        );
        let read = |from| {
            text(
                post.text.or_empty(),
                from,
                post.entities.get(),
                (None, None),
                &mut Vec::new(),
            )
        };
        let answer = read(10);
        assert_eq!(
            (answer.as_str(), answer.spans().len()),
            ("yes @bob & all", 1)
        );
        assert_eq!(&answer.as_str()[answer.spans()[0].range()], "@bob");
        assert_eq!(read(0).spans().len(), 3);
        // The end hides all of it, and a place behind it nothing.
        assert_eq!(read(28).as_str(), "");
        assert_eq!(read(99).spans().len(), 3);
    }

    #[test]
    fn signs_are_unescaped_once() {
        for (text, plain) in [
            ("&amp;lt;", "&lt;"),
            ("a & b &quot; &amp", "a & b &quot; &amp"),
            ("&lt;&gt;&amp;", "<>&"),
            ("none", "none"),
        ] {
            assert_eq!(unescaped(text), plain);
        }
    }
}
