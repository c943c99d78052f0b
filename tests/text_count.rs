//! Lengths by every rule that the networks use.

use proptest::prelude::*;
use sociable::text::{Count, TextLimit, WeightRange, WeightedRules};

fn x(text: &str) -> usize {
    Count::Weighted(WeightedRules::x()).measure(text)
}

const FAMILY: &str = "👨‍👩‍👧‍👦";

#[test]
fn every_unit_counts_a_family_its_own_way() {
    let text = format!("Жé{FAMILY}");
    assert_eq!(Count::Scalars.measure(&text), 9);
    assert_eq!(Count::Utf16.measure(&text), 2 + 8 + 3);
    assert_eq!(Count::Graphemes.measure(&text), 3);
    assert_eq!(Count::Bytes.measure(&text), 4 + 4 * 4 + 3 * 3);
    assert_eq!(x(&text), 4);
}

#[test]
fn x_weighs_scripts_by_the_published_ranges() {
    assert_eq!(x(""), 0);
    assert_eq!(x(&"a".repeat(280)), 280);
    assert_eq!(x(&"漢".repeat(140)), 280);
    assert_eq!(x(&"Ж".repeat(280)), 280);
    assert_eq!(x("שלום مرحبا"), 10);
    assert_eq!(x("ひらカタ"), 8);
    // The edges of each range: inside 1, outside 2.
    for (code, weight) in [
        (4351, 1),
        (4352, 2),
        (8191, 2),
        (8192, 1),
        (8205, 1),
        (8206, 2),
        (8207, 2),
        (8208, 1),
        (8223, 1),
        (8224, 2),
        (8241, 2),
        (8242, 1),
        (8247, 1),
        (8248, 2),
    ] {
        let c = char::from_u32(code).unwrap();
        assert_eq!(x(&format!("a{c}")), 1 + weight, "U+{code:04X}");
    }
}

#[test]
fn an_emoji_sequence_counts_two_however_long_it_is() {
    for emoji in [
        "😀",
        FAMILY,
        "👍🏽",
        "🇩🇪",
        "1️⃣",
        "#️⃣",
        "*⃣",
        "❤️",
        "🏳️‍🌈",
        "👩🏽‍🚀",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "©️",
        "🧑‍🤝‍🧑",
    ] {
        assert_eq!(x(emoji), 2, "{emoji}");
        assert_eq!(x(&emoji.repeat(3)), 6, "{emoji} three times");
    }
    // As text they are one character each.
    assert_eq!(x("1#*©®"), 5);
}

#[test]
fn decomposed_text_counts_as_composed() {
    assert_eq!(x("cafe\u{301}"), 4);
    assert_eq!(x("и\u{306}"), x("й"));
    assert_eq!(x("\u{1112}\u{1161}\u{11ab}"), x("한"));
    assert_eq!(x("か\u{3099}"), x("が"));
    assert_eq!(x("→\u{338}"), x("↛"));
    // Without a composite the mark counts.
    assert_eq!(x("x\u{301}"), 2);
    assert_eq!(x("e\u{302}\u{301}"), x("ế"));
    // Marks out of order: NFC makes `ọ` (2) and a mark of it, both times.
    assert_eq!(x("o\u{301}\u{323}"), 3);
    assert!(x("ó\u{323}") >= 3);
    // A stress mark in Russian has no composite.
    assert_eq!(x("за\u{301}мок"), 6);
    // NFC takes these apart, or exchanges them.
    assert_eq!(x("\u{958}"), 2);
    assert_eq!(x("\u{212b}"), 1);
    assert_eq!(x("\u{1f71}"), 1);
}

#[test]
fn a_link_counts_23_whatever_its_length() {
    let long = format!("https://example.com/{}", "a".repeat(40));
    assert_eq!(long.len(), 60);
    for link in [
        long.as_str(),
        "http://a.io",
        "example.com",
        "https://example.com/a?b=c&d=e#f",
        "https://example.com:8080/",
        "HTTPS://EXAMPLE.COM",
        "https://en.wikipedia.org/wiki/Rust_(language)",
        "https://ru.wikipedia.org/wiki/Москва",
        "https://пример.рф/путь",
    ] {
        assert_eq!(x(link), 23, "{link}");
        assert_eq!(x(&format!("see {link}.")), 28, "{link} in a sentence");
        assert_eq!(x(&format!("見て{link}")), 27, "{link} after CJK");
    }
    assert_eq!(x("https://example.comを見て"), 23 + 6);
    assert_eq!(x("a.com b.org"), 47);
}

#[test]
fn what_x_does_not_link_counts_as_text() {
    for text in [
        "bob@example.com",
        "@example.com",
        "#example.com",
        "http://localhost/a",
        "file.invalid",
        "-example.com",
        "e.g",
        "1.5",
    ] {
        assert_eq!(x(text), text.len(), "{text}");
    }
    let endless = format!("https://example.com/{}", "a".repeat(4077));
    assert_eq!(x(&endless), 4097);
    assert_eq!(x(&endless[..4096]), 23);
}

#[test]
fn rules_can_be_ones_own_and_travel_in_serde() {
    let mut rules = WeightedRules::x();
    rules.link_length = None;
    rules.ranges = vec![WeightRange::new(0, 127, 50)];
    let count = Count::Weighted(rules);
    assert_eq!(count.measure("example.com"), 6);
    let limit = TextLimit::new(count, 10).bytes(20);
    let json = serde_json::to_string(&limit).unwrap();
    assert_eq!(serde_json::from_str::<TextLimit>(&json).unwrap(), limit);
    assert_eq!(
        serde_json::from_str::<Count>("\"utf16\"").unwrap(),
        Count::Utf16
    );
}

#[test]
fn bluesky_takes_300_graphemes_and_3000_bytes() {
    let limit = TextLimit::new(Count::Graphemes, 300).bytes(3000);
    assert!(limit.is_within(&"я".repeat(300)));
    let over = limit.check(&"я".repeat(301)).unwrap_err();
    assert_eq!(
        (over.length, over.max, over.unit, over.over_by),
        (301, 300, "graphemes", 1)
    );
    // 25 bytes each: within the graphemes, over the bytes.
    let over = limit.check(&FAMILY.repeat(121)).unwrap_err();
    assert_eq!(
        (over.length, over.max, over.unit, over.over_by),
        (3025, 3000, "bytes", 25)
    );
    assert!(limit.is_within(&FAMILY.repeat(120)));
    assert!(
        over.to_string().contains("25 over the limit of 3000"),
        "{over}"
    );
    assert_eq!(limit.remaining("abc"), 297);
    assert_eq!(limit.remaining(&FAMILY.repeat(119)), 25);
    assert_eq!(limit.remaining(&"a".repeat(999)), 0);
}

fn counts() -> Vec<Count> {
    vec![
        Count::Scalars,
        Count::Utf16,
        Count::Graphemes,
        Count::Bytes,
        Count::Weighted(WeightedRules::x()),
    ]
}

proptest! {
    #[test]
    fn parts_with_a_space_between_count_as_their_sum(a in "\\PC{0,40}", b in "\\PC{0,40}") {
        for count in counts() {
            // A mark at the start would join the space.
            let text = format!("{a}\n{b}");
            prop_assert_eq!(count.measure(&text), count.measure(&a) + 1 + count.measure(&b), "{:?}", count);
        }
    }

    #[test]
    fn no_count_is_more_than_the_bytes_but_that_of_links(text in "[a-zа-яぁ-ん漢字😀🇩🇪👨‍👩‍👧\u{301}\u{308} ]{0,60}") {
        for count in counts() {
            prop_assert!(count.measure(&text) <= text.len().max(count.measure("")), "{:?}", count);
        }
        prop_assert!(Count::Graphemes.measure(&text) <= Count::Scalars.measure(&text));
        prop_assert!(Count::Scalars.measure(&text) <= Count::Utf16.measure(&text));
    }

    #[test]
    fn counting_never_panics(text in any::<String>()) {
        for count in counts() {
            count.measure(&text);
        }
    }
}
