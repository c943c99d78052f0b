//! Links, mentions and hashtags in plain text.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sociable::text::{
    Count, Edges, Finder, Found, HashtagShape, MentionShapes, SpanKind, WeightedRules,
    find_hashtags, find_links, find_mentions,
};

fn seen(text: &str, found: Vec<Found>) -> Vec<(String, String)> {
    found
        .into_iter()
        .map(|found| (text[found.range].to_owned(), found.value))
        .collect()
}

fn links(text: &str) -> Vec<String> {
    find_links(text)
        .into_iter()
        .map(|found| text[found.range].to_owned())
        .collect()
}

fn handles(text: &str, shapes: MentionShapes) -> Vec<String> {
    find_mentions(text, shapes)
        .into_iter()
        .map(|found| found.value)
        .collect()
}

fn tags(text: &str) -> Vec<String> {
    find_hashtags(text)
        .into_iter()
        .map(|found| found.value)
        .collect()
}

#[test]
fn links_are_found_with_a_scheme_and_without() {
    let text = "see https://a.io/x, example.com/path?q=1 and HTTP://b.org";
    assert_eq!(
        seen(text, find_links(text)),
        [
            ("https://a.io/x".into(), "https://a.io/x".into()),
            (
                "example.com/path?q=1".into(),
                "https://example.com/path?q=1".to_owned()
            ),
            ("HTTP://b.org".into(), "HTTP://b.org".into()),
        ]
    );
    assert_eq!(
        links("http://localhost:2583/xrpc http://127.0.0.1 https://[::1]/a"),
        [
            "http://localhost:2583/xrpc",
            "http://127.0.0.1",
            "https://[::1]/a"
        ]
    );
}

#[test]
fn punctuation_and_unbalanced_brackets_stay_outside_a_link() {
    for (text, link) in [
        ("(https://a.io)", "https://a.io"),
        ("https://a.io/x...", "https://a.io/x"),
        ("https://a.io/x?!", "https://a.io/x"),
        (
            "https://en.wikipedia.org/wiki/Rust_(language)",
            "https://en.wikipedia.org/wiki/Rust_(language)",
        ),
        (
            "(https://en.wikipedia.org/wiki/Rust_(language)).",
            "https://en.wikipedia.org/wiki/Rust_(language)",
        ),
        ("[example.com]", "example.com"),
        ("«https://a.io»", "https://a.io"),
        ("“example.com”", "example.com"),
        ("example.com.", "example.com"),
        ("example.com:", "example.com"),
        ("example.com:99999", "example.com"),
        ("example.com:8080/a", "example.com:8080/a"),
        ("見てhttps://a.io/b。次", "https://a.io/b"),
        (
            "https://ru.wikipedia.org/wiki/Москва!",
            "https://ru.wikipedia.org/wiki/Москва",
        ),
        ("\u{202b}https://a.io/x\u{202c}", "https://a.io/x"),
        ("😀example.com😀", "example.com"),
    ] {
        assert_eq!(links(text), [link], "{text}");
    }
}

#[test]
fn words_numbers_and_addresses_are_no_links() {
    for text in [
        "bob@example.com",
        "bob.me@example.com",
        "first.last+tag@mail.example.com",
        "mailto:bob@example.com",
        "иван@example.com",
        "file.html",
        "e.g. this",
        "1.5",
        "5.am",
        "end.Then",
        "example.com.invalid",
        "http://",
        "https://.",
        "http:// a",
        "#example.com",
        "a.b.c",
        "/usr/lib/a.so",
    ] {
        assert_eq!(links(text), [""; 0], "{text}");
    }
}

#[test]
fn mentions_of_each_shape_are_found_where_they_may_begin() {
    let text = "@alice.test (@bob.example.com) x@carol.com @dave @erin@social.example, @frank.";
    assert_eq!(
        handles(text, MentionShapes::DOMAIN),
        ["alice.test", "bob.example.com"]
    );
    assert_eq!(
        handles(text, MentionShapes::FEDIVERSE),
        ["alice", "bob", "dave", "erin@social.example", "frank"]
    );
    assert_eq!(
        handles(text, MentionShapes::ALL),
        [
            "alice.test",
            "bob.example.com",
            "dave",
            "erin@social.example",
            "frank"
        ]
    );
    assert_eq!(
        handles("«@dave» @имя @_x_ @a@b @ @@ @-a", MentionShapes::NAME),
        ["_x_"]
    );
    assert_eq!(
        handles("@bob.Thanks @a_b.com @x.invalid", MentionShapes::DOMAIN),
        [""; 0]
    );
}

#[test]
fn no_mention_is_found_in_a_link_or_an_address() {
    for text in [
        "https://medium.com/@bob",
        "medium.com/@bob.test",
        "bob@alice.test",
        "https://host.example/ @",
        "a+@b.com",
    ] {
        assert!(find_mentions(text, MentionShapes::ALL).is_empty(), "{text}");
    }
}

#[test]
fn loose_edges_find_more_but_nothing_inside_a_word() {
    let finder = Finder::default()
        .edges(Edges::Loose)
        .hashtags(HashtagShape::Word);
    let found = |text: &str| {
        finder
            .find(text)
            .into_iter()
            .map(|span| text[span.range()].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found("«@dave» .@erin 「#タグ」 x@y a#b &#39; /#c"),
        ["@dave", "@erin", "#タグ"]
    );
    assert_eq!(
        found("#rust,#c++ #हिन्दी #123 #1a"),
        ["#rust", "#c", "#हिन्दी", "#1a"]
    );
}

#[test]
fn hashtags_reach_to_the_space_and_lose_their_last_punctuation() {
    assert_eq!(
        tags("#rust #c++ #Привет! #日本語。 ＃全角 #a.b. #🦀"),
        ["rust", "c++", "Привет", "日本語", "全角", "a.b", "🦀"]
    );
    assert_eq!(tags("#1 #123 #!? #... # ## #️⃣ a#b (#c"), [""; 0]);
    assert_eq!(tags("#1st #№1"), ["1st", "№1"]);
    assert_eq!(tags(&format!("#{}", "a".repeat(64))).len(), 1);
    assert_eq!(tags(&format!("#{}", "a".repeat(65))).len(), 0);
    assert_eq!(tags(&format!("#{}!!!", "я".repeat(64))).len(), 1);
    let family = "#👨‍👩‍👧x";
    assert_eq!(tags(family), [&family[1..]]);
}

#[test]
fn byte_offsets_hold_after_emoji_and_cyrillic() {
    let text = "Привет 😀 @alice.test, смотри https://example.com/ж #тег";
    let spans = Finder::bluesky().find(text);
    let ranges: Vec<_> = spans.iter().map(|span| (span.start, span.end)).collect();
    assert_eq!(ranges, [(18, 29), (44, 66), (67, 74)]);
    assert!(matches!(&spans[1].kind, SpanKind::Link(url) if url == "https://example.com/ж"));
}

/// The slowest takes 2 s for 1 MB without optimisation; the square of any of these lengths would take minutes.
#[test]
fn hostile_texts_take_linear_time() {
    let x = Count::Weighted(WeightedRules::x());
    let loose = Finder::default().edges(Edges::Loose);
    for unit in [
        "(((((",
        "@@@@",
        "####",
        "a.a.a.a.",
        "@a",
        " @a@",
        "(@(@",
        " #",
        "http://",
        "http://[",
        "http://a:",
        "https://a.com/(",
        "a@a",
        "aé",
        "a.é",
        "a.я",
        "я.a",
        "www.",
        "[](",
        "a-",
        "xn--",
        "https://a.a.",
        ") ",
        "👨\u{200d}",
        "a\u{301}",
        "\u{202e}a.com",
        "_a.com",
        "a@b.",
        "#(",
        "/(a)",
    ] {
        let bytes = if ["(((((", "@@@@", "####", "a.a.a.a."].contains(&unit) {
            1_000_000
        } else {
            100_000
        };
        let text = unit.repeat(bytes / unit.len());
        let started = Instant::now();
        Finder::default().find(&text);
        loose.find(&text);
        x.measure(&text);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(20), "{unit:?} took {took:?}");
    }
}

proptest! {
    #[test]
    fn what_is_found_is_in_order_on_boundaries_and_apart(text in "([a-zа-я@#./:()😀 -]|https://|example\\.com|@alice\\.test|#tag|日本){0,40}") {
        for finder in [Finder::default(), Finder::bluesky(), Finder::fediverse()] {
            let mut last = 0;
            for span in finder.find(&text) {
                prop_assert!(span.start >= last && span.end > span.start);
                prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
                last = span.end;
            }
        }
    }

    #[test]
    fn finding_never_panics(text in any::<String>()) {
        Finder::default().find(&text);
        Finder::fediverse().find(&text);
    }
}
