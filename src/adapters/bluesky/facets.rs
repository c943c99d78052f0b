//! Rich text and facets: what of a text is a link, a mention or a hashtag, by UTF-8 bytes.

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::rules::{TAG_BYTES, TAG_GRAPHEMES};
use super::wire;
use super::wire::{Obj, Str};
use crate::text::{Mention, Span, SpanKind, Text};

/// A text with its facets. A facet that does not fit the text is passed over, as the network's own app does.
pub(super) fn text(plain: &Str<'_>, facets: &wire::Few<Obj<wire::Facet<'_>>>) -> Text {
    let plain = plain.or_empty();
    let mut text = Text::plain(plain);
    for facet in facets.objects() {
        let Some(index) = facet.index.get() else {
            continue;
        };
        let (Some(start), Some(end)) = (index.byte_start.0, index.byte_end.0) else {
            continue;
        };
        let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
            continue;
        };
        let Some(kind) = facet
            .features
            .objects()
            .find_map(|feature| span_kind(feature, plain.get(start..end)))
        else {
            continue;
        };
        // What does not fit leaves the text as it was.
        let _ = text.add_span(Span::new(start..end, kind));
    }
    text
}

fn span_kind(feature: &wire::Feature<'_>, covered: Option<&str>) -> Option<SpanKind> {
    Some(match feature.kind.or_empty() {
        "app.bsky.richtext.facet#link" => SpanKind::Link(feature.uri.owned()?),
        "app.bsky.richtext.facet#tag" => SpanKind::Hashtag(feature.tag.owned()?),
        "app.bsky.richtext.facet#mention" => {
            SpanKind::Mention(Mention::new(covered?).id(feature.did.get()?))
        }
        _ => return None,
    })
}

/// The facets of a text: links, hashtags, and mentions whose DIDs are known.
pub(super) fn facets(text: &Text) -> Vec<Value> {
    let facet = |span: &Span| {
        let feature = match &span.kind {
            SpanKind::Link(url) => json!({
                "$type": "app.bsky.richtext.facet#link",
                "uri": web_address(url)?,
            }),
            SpanKind::Hashtag(tag) if fits_tag(tag) => json!({
                "$type": "app.bsky.richtext.facet#tag",
                "tag": tag,
            }),
            SpanKind::Mention(mention) => json!({
                "$type": "app.bsky.richtext.facet#mention",
                "did": mention.id.as_deref().filter(|id| super::id::is_did(id))?,
            }),
            _ => return None,
        };
        Some(json!({
            "index": {"byteStart": span.start, "byteEnd": span.end},
            "features": [feature],
        }))
    };
    text.spans().iter().filter_map(facet).collect()
}

fn fits_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= TAG_BYTES && tag.graphemes(true).count() <= TAG_GRAPHEMES
}

/// An address with its scheme, in a form that the network takes.
pub(super) fn web_address(url: &str) -> Option<String> {
    // What stands before a port would be read as a scheme.
    let parsed = url::Url::parse(url)
        .ok()
        .filter(|u| u.has_host() || u.cannot_be_a_base() && !begins_with_port(url));
    match parsed {
        // As it was written, unless it holds what has to be encoded.
        Some(_) if url.bytes().all(|b| b.is_ascii_graphic()) => Some(url.to_owned()),
        Some(parsed) => Some(parsed.into()),
        None => url::Url::parse(&format!("https://{url}"))
            .ok()
            .map(String::from),
    }
}

/// Whether an address begins with a host and its port. A scheme may hold a dot as well, but no number follows it.
fn begins_with_port(url: &str) -> bool {
    let Some((host, rest)) = url.split_once(':') else {
        return false;
    };
    let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (host.contains('.') || host.eq_ignore_ascii_case("localhost"))
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::lenient::Members;
    use crate::text::Finder;

    fn read<'a, T: Members<'a> + Default>(json: &'a str) -> T {
        // A test may keep what it read until its end.
        let texts = Box::leak(Box::default());
        wire::read_text(json, texts).unwrap()
    }

    #[test]
    fn facets_count_bytes_and_come_back_as_they_went() {
        let text = Text::plain("Привет 👋🏽 #мир @alice.test https://example.com/a?b=c, ещё")
            .detect_with(&Finder::bluesky());
        let spans: Vec<Span> = text
            .spans()
            .iter()
            .cloned()
            .map(|mut span| {
                if let SpanKind::Mention(mention) = &mut span.kind {
                    mention.id = Some("did:plc:alice".to_owned());
                }
                span
            })
            .collect();
        let text = Text::with_spans(text.as_str(), spans).unwrap();
        let facets = facets(&text);
        assert_eq!(facets.len(), 3);
        let start = text.as_str().find('#').unwrap();
        assert_eq!(facets[0]["index"]["byteStart"], start);
        assert_eq!(facets[0]["index"]["byteEnd"], start + "#мир".len());
        assert_eq!(facets[0]["features"][0]["tag"], "мир");
        assert_eq!(facets[1]["features"][0]["did"], "did:plc:alice");
        assert_eq!(facets[2]["features"][0]["uri"], "https://example.com/a?b=c");

        let record = json!({"text": text.as_str(), "facets": facets}).to_string();
        let record: wire::PostRecord<'_> = read(&record);
        assert_eq!(super::text(&record.text, &record.facets), text);
    }

    #[test]
    fn an_address_without_a_scheme_gets_one_also_before_a_port() {
        for (written, sent) in [
            ("example.com:8080/x", "https://example.com:8080/x"),
            ("example.com:8080", "https://example.com:8080/"),
            ("localhost:3000?a", "https://localhost:3000/?a"),
            ("example.com/x", "https://example.com/x"),
            ("http://example.com:8080/x", "http://example.com:8080/x"),
            ("mailto:a@example.com", "mailto:a@example.com"),
            ("tel:5551234", "tel:5551234"),
            ("org.example.app:page", "org.example.app:page"),
        ] {
            assert_eq!(web_address(written).as_deref(), Some(sent), "{written}");
        }
    }

    #[test]
    fn a_mention_that_is_not_resolved_and_a_tag_that_is_too_long_stay_plain() {
        let long = "a".repeat(65);
        let text = Text::plain("@nobody.test ")
            .hashtag(&long)
            .detect_with(&Finder::bluesky());
        assert_eq!(facets(&text), Vec::<Value>::new());
    }

    #[test]
    fn facets_that_do_not_fit_the_text_are_passed_over() {
        let record: wire::PostRecord<'_> = read(
            r##"{"text":"é #a","facets":[
                {"index":{"byteStart":1,"byteEnd":3},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"x"}]},
                {"index":{"byteStart":3,"byteEnd":99},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"x"}]},
                {"index":{"byteStart":3,"byteEnd":5},"features":[{"$type":"of.the.future"}]},
                {"index":{"byteStart":3,"byteEnd":5},"features":[{"$type":"of.the.future"},{"$type":"app.bsky.richtext.facet#tag","tag":"a"}]},
                {"index":{"byteStart":4,"byteEnd":5},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"b"}]}]}"##,
        );
        let text = super::text(&record.text, &record.facets);
        assert_eq!(
            text.spans(),
            [Span::new(3..5, SpanKind::Hashtag("a".to_owned()))]
        );
    }
}
