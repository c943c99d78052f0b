//! Rich text: built, kept in order, cut, joined, rendered and read again.

use proptest::prelude::*;
use serde_json::json;
use sociable::text::{Finder, Markup, Mention, Piece, Span, SpanError, SpanKind, Text};

fn link(url: &str) -> SpanKind {
    SpanKind::Link(url.to_owned())
}

fn spans(text: &Text) -> Vec<(&str, SpanKind)> {
    text.spans()
        .iter()
        .map(|span| (&text.as_str()[span.range()], span.kind.clone()))
        .collect()
}

#[test]
fn appenders_write_the_text_and_its_spans() {
    let text = Text::plain("Hi ")
        .mention("@alice.test")
        .push(", ")
        .bold("see")
        .push(" ")
        .link("this", "https://e.com")
        .push(" ")
        .hashtag("#rust")
        .italic("!")
        .code("x");
    assert_eq!(text.as_str(), "Hi @alice.test, see this #rust!x");
    assert_eq!(text.to_string(), text.as_str());
    assert_eq!(
        spans(&text),
        [
            ("@alice.test", SpanKind::Mention(Mention::new("alice.test"))),
            ("see", SpanKind::Bold),
            ("this", link("https://e.com")),
            ("#rust", SpanKind::Hashtag("rust".into())),
            ("!", SpanKind::Italic),
            ("x", SpanKind::Code),
        ]
    );
    let named = Text::default().mention_id("Alice", "alice.test", "did:plc:1");
    assert_eq!(
        spans(&named),
        [(
            "Alice",
            SpanKind::Mention(Mention::new("alice.test").id("did:plc:1"))
        )]
    );
    assert!(Text::default().bold("").spans().is_empty());
    assert_eq!(Text::from("a"), Text::plain(String::from("a")));
    assert_eq!(
        (text.len(), text.is_empty(), Text::default().is_empty()),
        (32, false, true)
    );
}

#[test]
fn emphasis_that_touches_is_one_span_and_entities_are_not() {
    let text = Text::default()
        .bold("a")
        .bold("b")
        .link("x", "u")
        .link("y", "u");
    assert_eq!(
        spans(&text),
        [("ab", SpanKind::Bold), ("x", link("u")), ("y", link("u"))]
    );
    let text = Text::plain("abcdef")
        .with_span(0..3, SpanKind::Bold)
        .unwrap()
        .with_span(2..6, SpanKind::Bold)
        .unwrap();
    assert_eq!(spans(&text), [("abcdef", SpanKind::Bold)]);
}

#[test]
fn a_span_that_does_not_fit_is_refused_and_leaves_the_text_alone() {
    let text = Text::plain("жук").with_span(0..2, link("u")).unwrap();
    let refused = |start, end, kind| text.clone().with_span(start..end, kind).unwrap_err();
    assert_eq!(
        refused(2, 2, SpanKind::Bold),
        SpanError::Empty { start: 2, end: 2 }
    );
    assert_eq!(
        refused(0, 7, SpanKind::Bold),
        SpanError::OutOfText {
            start: 0,
            end: 7,
            length: 6
        }
    );
    assert_eq!(
        refused(0, 1, SpanKind::Bold),
        SpanError::InsideCharacter { offset: 1 }
    );
    assert_eq!(
        refused(0, 6, SpanKind::Hashtag("x".into())),
        SpanError::Overlap {
            first: 0..6,
            second: 0..2
        }
    );
    let mut same = text.clone();
    assert!(same.add_span(Span::new(0..6, link("v"))).is_err());
    assert_eq!(same, text);
}

#[test]
fn detection_adds_what_no_span_covers_yet() {
    let text = Text::plain("see ")
        .link("example.com", "https://other.example")
        .push(" and example.org #a ")
        .code("#b")
        .push(" @c.test ")
        .bold("#d");
    let found = text.detect();
    let kinds: Vec<_> = spans(&found)
        .into_iter()
        .filter(|(_, kind)| kind.is_entity())
        .collect();
    assert_eq!(
        kinds,
        [
            ("example.com", link("https://other.example")),
            ("example.org", link("https://example.org")),
            ("#a", SpanKind::Hashtag("a".into())),
            ("@c.test", SpanKind::Mention(Mention::new("c.test"))),
            ("#d", SpanKind::Hashtag("d".into())),
        ]
    );
    assert_eq!(found.clone().detect(), found);
    assert_eq!(
        Text::plain("#a").detect_with(&Finder::none()),
        Text::plain("#a")
    );
}

#[test]
fn slices_keep_what_lies_in_them_and_concat_puts_them_together_again() {
    let text = Text::plain("ab ").bold("cd").link("ef", "u").push(" gh");
    let middle = text.slice(4..6).unwrap();
    assert_eq!(spans(&middle), [("d", SpanKind::Bold), ("e", link("u"))]);
    let whole = Text::concat(&[
        text.slice(..4).unwrap(),
        text.slice(4..=4).unwrap(),
        text.slice(5..).unwrap(),
    ]);
    assert_eq!(whole, text);
    assert!(text.slice(2..100).is_err());
    assert!(Text::plain("ж").slice(1..).is_err());
    #[allow(clippy::reversed_empty_ranges)] // what a careless caller may give
    let reversed = text.slice(3..2);
    assert!(reversed.is_err());
    assert_eq!(
        Text::plain("a").push_text(&Text::default().bold("b")),
        Text::plain("a").bold("b")
    );
}

#[test]
fn offsets_come_in_the_unit_of_the_network() {
    let text = Text::plain("Привет 😀 ")
        .mention("alice.test")
        .push(" ")
        .link("тут", "https://e.com");
    let units = |placed: Vec<sociable::text::Placed<'_>>| {
        placed
            .iter()
            .map(|span| (span.offset, span.length))
            .collect::<Vec<_>>()
    };
    assert_eq!(units(text.byte_spans()), [(18, 11), (30, 6)]);
    assert_eq!(units(text.utf16_spans()), [(10, 11), (22, 3)]);
    assert_eq!(units(text.char_spans()), [(9, 11), (21, 3)]);
    assert_eq!(text.utf16_spans()[1].end(), 25);
}

#[test]
fn serde_writes_a_string_when_there_are_no_spans_and_reads_both() {
    assert_eq!(serde_json::to_value(Text::plain("a")).unwrap(), json!("a"));
    let text = Text::plain("a ").bold("b").mention_id("@c", "c", "1");
    let value = serde_json::to_value(&text).unwrap();
    assert_eq!(
        value,
        json!({"text": "a b@c", "spans": [{"start": 2, "end": 3, "kind": "bold"}, {"start": 3, "end": 5, "kind": {"mention": {"handle": "c", "id": "1"}}}]})
    );
    assert_eq!(serde_json::from_value::<Text>(value).unwrap(), text);
    assert_eq!(
        serde_json::from_str::<Text>("\"a\"").unwrap(),
        Text::plain("a")
    );
    assert_eq!(
        serde_json::from_str::<Text>("{\"text\":\"a\"}").unwrap(),
        Text::plain("a")
    );
    for kind in [
        link("u"),
        SpanKind::Hashtag("h".into()),
        SpanKind::Quote,
        SpanKind::Pre,
        SpanKind::Spoiler,
        SpanKind::Underline,
        SpanKind::Strike,
        SpanKind::Code,
        SpanKind::Italic,
    ] {
        let text = Text::default().append("x", kind);
        assert_eq!(
            serde_json::from_str::<Text>(&serde_json::to_string(&text).unwrap()).unwrap(),
            text
        );
    }
}

#[test]
fn unknown_kinds_are_kept_by_name() {
    let text: Text = serde_json::from_value(json!({"text": "ab", "spans": [
        {"start": 0, "end": 1, "kind": "sparkle"}, {"start": 1, "end": 2, "kind": {"custom_emoji": {"id": 7}}},
    ]}))
    .unwrap();
    assert_eq!(
        spans(&text),
        [
            ("a", SpanKind::Other("sparkle".into())),
            ("b", SpanKind::Other("custom_emoji".into()))
        ]
    );
    assert_eq!(
        serde_json::to_value(&text).unwrap()["spans"][0]["kind"],
        json!("sparkle")
    );
}

#[test]
fn spans_that_do_not_fit_are_an_error_when_they_are_read() {
    for spans in [
        json!([{"start": 0, "end": 9, "kind": "bold"}]),
        json!([{"start": 1, "end": 2, "kind": "bold"}]),
        json!([{"start": 2, "end": 2, "kind": "bold"}]),
        json!([{"start": 2, "end": 0, "kind": "bold"}]),
        json!([{"start": -1, "end": 2, "kind": "bold"}]),
        json!([{"start": 0, "end": u64::MAX, "kind": "bold"}]),
        json!([{"start": 0, "end": 2, "kind": {"link": "u"}}, {"start": 0, "end": 3, "kind": {"hashtag": "x"}}]),
        json!([{"start": 0, "end": 2}]),
    ] {
        let read = serde_json::from_value::<Text>(json!({"text": "жa", "spans": spans}));
        assert!(read.is_err(), "{spans}");
    }
    let error = serde_json::from_value::<Text>(
        json!({"text": "ж", "spans": [{"start": 1, "end": 2, "kind": "bold"}]}),
    )
    .unwrap_err();
    assert!(error.to_string().contains("inside a character"), "{error}");
    assert!(
        serde_json::from_str::<Text>("7")
            .unwrap_err()
            .to_string()
            .contains("a string, or an object")
    );
}

struct Tags;

impl Markup for Tags {
    fn open(&mut self, kind: &SpanKind, out: &mut String) {
        out.push_str(&format!("<{kind:?}>"));
    }
    fn close(&mut self, kind: &SpanKind, out: &mut String) {
        out.push_str(&format!("</{kind:?}>"));
    }
    fn text(&mut self, text: &str, out: &mut String) {
        out.push_str(text);
    }
}

fn kind() -> impl Strategy<Value = SpanKind> {
    prop_oneof![
        Just(SpanKind::Bold),
        Just(SpanKind::Italic),
        Just(SpanKind::Code),
        Just(SpanKind::Quote),
        Just(SpanKind::Pre),
        Just(SpanKind::Other("x".into())),
        Just(link("u")),
        Just(SpanKind::Hashtag("h".into())),
    ]
}

proptest! {
    #[test]
    fn rendering_is_nested_complete_and_covers_what_the_spans_cover(
        plain in "[aж😀\n ]{1,20}",
        wanted in proptest::collection::vec((0_usize..40, 1_usize..40, kind()), 0..8),
    ) {
        let text = wanted.into_iter().fold(Text::plain(plain), |mut text, (start, length, kind)| {
            // What does not fit is left out.
            let _ = text.add_span(Span::new(start..start + length, kind));
            text
        });
        let mut open: Vec<SpanKind> = Vec::new();
        let mut seen = String::new();
        let mut covered: Vec<Vec<SpanKind>> = Vec::new();
        text.render(|piece| match piece {
            Piece::Open(span) => open.push(span.kind.clone()),
            Piece::Text(text) => {
                seen.push_str(text);
                let mut kinds = open.clone();
                kinds.sort();
                covered.resize(seen.len(), kinds);
            }
            Piece::Close(span) => assert_eq!(open.pop().as_ref(), Some(&span.kind)),
        });
        prop_assert!(open.is_empty());
        prop_assert_eq!(&seen, text.as_str());
        for (byte, kinds) in covered.iter().enumerate() {
            let mut expected: Vec<SpanKind> = text.spans().iter().filter(|span| span.range().contains(&byte)).map(|span| span.kind.clone()).collect();
            expected.sort();
            prop_assert_eq!(kinds, &expected);
        }
        prop_assert!(text.to_markup(&mut Tags).len() >= text.len());
        let html = text.to_html();
        for tag in ["p", "strong", "em", "code", "blockquote", "pre"] {
            prop_assert_eq!(html.matches(&format!("<{tag}>")).count(), html.matches(&format!("</{tag}>")).count(), "{} in {}", tag, html);
        }
        // The constructor, serde and cutting anywhere keep the text the same.
        prop_assert_eq!(&Text::with_spans(text.as_str(), text.spans().iter().rev().cloned()).unwrap(), &text);
        prop_assert_eq!(&serde_json::from_str::<Text>(&serde_json::to_string(&text).unwrap()).unwrap(), &text);
        let emphasis = Text::with_spans(text.as_str(), text.spans().iter().filter(|span| !span.kind.is_entity()).cloned()).unwrap();
        for (cut, _) in emphasis.as_str().char_indices() {
            let halves = [emphasis.slice(..cut).unwrap(), emphasis.slice(cut..).unwrap()];
            prop_assert_eq!(&Text::concat(&halves), &emphasis);
        }
    }

    #[test]
    fn offsets_in_every_unit_name_the_same_characters(plain in "[aж漢😀]{1,30}", start in 0_usize..30, length in 1_usize..30) {
        let chars: Vec<char> = plain.chars().collect();
        let start = start % chars.len();
        let end = (start + length).min(chars.len());
        let byte = |index: usize| chars[..index].iter().map(|c| c.len_utf8()).sum::<usize>();
        let text = Text::plain(plain.clone()).with_span(byte(start)..byte(end), SpanKind::Bold).unwrap();
        let placed = text.char_spans()[0];
        prop_assert_eq!((placed.offset, placed.end()), (start, end));
        let placed = text.utf16_spans()[0];
        let utf16: Vec<u16> = plain.encode_utf16().collect();
        prop_assert_eq!(String::from_utf16(&utf16[placed.offset..placed.end()]).unwrap(), &plain[byte(start)..byte(end)]);
    }
}
