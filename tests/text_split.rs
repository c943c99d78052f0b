//! Cutting what is too long into a thread: each part fits, nothing is lost, nothing whole is cut.
#![allow(clippy::unwrap_used)] // helpers of tests lie outside test functions

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sociable::text::{
    Count, Edges, Finder, HashtagShape, Numbering, Part, SpanKind, SplitError, Text, TextLimit,
    WeightedRules, join, split, split_parts,
};
use unicode_segmentation::UnicodeSegmentation;

fn graphemes(max: usize) -> TextLimit {
    TextLimit::new(Count::Graphemes, max)
}

fn parts(text: &str, max: usize) -> Vec<String> {
    split(&text.into(), &graphemes(max), Numbering::None)
        .unwrap()
        .into_iter()
        .map(Text::into_string)
        .collect()
}

fn numbered(text: &str, max: usize, numbering: Numbering) -> Vec<String> {
    split(&text.into(), &graphemes(max), numbering)
        .unwrap()
        .into_iter()
        .map(Text::into_string)
        .collect()
}

#[test]
fn a_text_that_fits_is_one_part_as_it_is() {
    assert_eq!(parts("", 10), [""]);
    assert_eq!(parts("  a b ", 10), ["  a b "]);
    assert_eq!(numbered("0123456789", 10, Numbering::Slash), ["0123456789"]);
    // Only the whitespace around it is too much: still one part, and no number.
    assert_eq!(
        numbered("   0123456789\n\n", 10, Numbering::Slash),
        ["0123456789"]
    );
}

#[test]
fn paragraphs_come_before_sentences_before_words() {
    assert_eq!(
        parts("One two. Three\n\nfour five six", 20),
        ["One two. Three", "four five six"]
    );
    assert_eq!(
        parts("One two three. Four five", 20),
        ["One two three.", "Four five"]
    );
    assert_eq!(
        parts("One two three four five", 20),
        ["One two three four", "five"]
    );
    assert_eq!(
        parts("One two three\nfour five", 20),
        ["One two three", "four five"]
    );
    assert_eq!(
        parts("He said: “No way!” Then he left", 24),
        ["He said: “No way!”", "Then he left"]
    );
    // A paragraph that would leave the part less than half full is passed over.
    assert_eq!(
        parts("Hi\n\nOne two three four five", 20),
        ["Hi\n\nOne two three", "four five"]
    );
}

#[test]
fn every_part_is_filled_like_the_first() {
    assert_eq!(
        parts("aaaa bbbb cccc dddd\n\nHi\n\nOne two three four five", 20),
        ["aaaa bbbb cccc dddd", "Hi\n\nOne two three", "four five"]
    );
}

#[test]
fn text_without_spaces_is_cut_between_graphemes_and_after_its_own_full_stop() {
    assert_eq!(
        parts("これは文です。次の文はもっと長いです", 10),
        ["これは文です。", "次の文はもっと長いで", "す"]
    );
    assert_eq!(
        parts(&"漢".repeat(25), 10),
        ["漢".repeat(10), "漢".repeat(10), "漢".repeat(5)]
    );
    let family = "👨‍👩‍👧‍👦";
    assert_eq!(
        parts(&family.repeat(5), 2),
        [family.repeat(2), family.repeat(2), family.to_owned()]
    );
    assert_eq!(
        parts("Hi 漢漢漢漢漢漢漢漢漢漢漢漢", 10),
        ["Hi 漢漢漢漢漢漢漢", "漢漢漢漢漢"]
    );
    // A long word that fits into a part by itself is left whole.
    assert_eq!(parts("a bcdefghijk", 10), ["a", "bcdefghijk"]);
}

#[test]
fn no_break_spaces_are_kept() {
    assert_eq!(parts("aaa bbb\u{a0}ccc", 8), ["aaa", "bbb\u{a0}ccc"]);
}

#[test]
fn links_mentions_and_hashtags_are_never_cut() {
    assert_eq!(
        parts("see https://example.com/a/b.", 26),
        ["see", "https://example.com/a/b."]
    );
    assert_eq!(
        parts("漢漢漢漢漢(@alice.example.com)漢漢", 20),
        ["漢漢漢漢漢(", "@alice.example.com)漢", "漢"]
    );
    assert_eq!(parts("ab #one-two", 8), ["ab", "#one-two"]);
    // Glued to what is before it, as where words have no spaces between them.
    assert_eq!(parts("漢漢漢漢漢「#タグ」", 8), ["漢漢漢漢漢「", "#タグ」"]);
    assert_eq!(parts("漢漢漢漢漢「@bob」", 8), ["漢漢漢漢漢「", "@bob」"]);
    let text = Text::plain("read ")
        .link("a label of words", "https://e.com")
        .push(" now");
    let cut = split(&text, &graphemes(17), Numbering::None).unwrap();
    assert_eq!(
        cut.iter().map(Text::as_str).collect::<Vec<_>>(),
        ["read", "a label of words", "now"]
    );
    assert_eq!(cut[1].spans().len(), 1);
}

#[test]
fn what_cannot_be_cut_is_named_with_what_is_too_much() {
    let text = "see https://example.com/abcdefghijk now".into();
    let SplitError::Unsplittable {
        token,
        length,
        max,
        unit,
        over_by,
        ..
    } = split(&text, &graphemes(20), Numbering::None).unwrap_err()
    else {
        panic!("another error");
    };
    assert_eq!(
        (token.as_str(), length, max, unit, over_by),
        ("https://example.com/abcdefghijk", 31, 20, "graphemes", 11)
    );
    let error = split(&text, &graphemes(20), Numbering::Slash).unwrap_err();
    assert!(
        matches!(
            &error,
            SplitError::Unsplittable {
                length: 31,
                max: 16,
                over_by: 15,
                ..
            }
        ),
        "{error:?}"
    );
    let bytes = TextLimit::new(Count::Graphemes, 5).bytes(20);
    let error = split(&"👨‍👩‍👧‍👦 a".into(), &bytes, Numbering::None).unwrap_err();
    assert!(
        matches!(
            &error,
            SplitError::Unsplittable {
                length: 25,
                max: 20,
                unit: "bytes",
                over_by: 5,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(matches!(
        split(&"abc def".into(), &graphemes(4), Numbering::Slash),
        Err(SplitError::NoRoom { max: 4, .. })
    ));
    assert_eq!(
        split(&" \n ".into(), &graphemes(2), Numbering::None),
        Err(SplitError::Blank)
    );
    assert!(split(&"a".into(), &graphemes(0), Numbering::None).is_err());
}

#[test]
fn numbers_are_put_where_asked() {
    let text = "aaaa bbbb cccc";
    assert_eq!(
        numbered(text, 8, Numbering::Slash),
        ["aaaa 1/3", "bbbb 2/3", "cccc 3/3"]
    );
    assert_eq!(
        numbered(text, 8, Numbering::SlashFirst),
        ["1/3 aaaa", "2/3 bbbb", "3/3 cccc"]
    );
    assert_eq!(
        numbered(text, 10, Numbering::Parentheses),
        ["aaaa (1/3)", "bbbb (2/3)", "cccc (3/3)"]
    );
    let custom = Numbering::Custom {
        prefix: "🧵{n}".into(),
        suffix: "of {total}".into(),
    };
    assert_eq!(
        numbered(text, 13, custom),
        ["🧵1 aaaa of 3", "🧵2 bbbb of 3", "🧵3 cccc of 3"]
    );
}

#[test]
fn the_tenth_part_makes_room_for_its_second_digit() {
    // Nine parts with one digit each fill "1/9" exactly.
    let nine = ["abcd"; 9].join(" ");
    let cut = numbered(&nine, 8, Numbering::Slash);
    assert_eq!((cut.len(), cut[8].as_str()), (9, "abcd 9/9"));
    // A tenth word makes every number longer: " 10/10" leaves two places, " 1/10" three.
    let ten = ["ab"; 10].join(" ");
    let cut = numbered(&ten, 8, Numbering::Slash);
    assert!(cut.iter().all(|part| part.len() <= 8));
    assert_eq!(cut.last().unwrap(), &format!("ab {0}/{0}", cut.len()));
    let thousand = ["word"; 1000].join(" ");
    let cut = numbered(&thousand, 14, Numbering::Slash);
    assert_eq!(cut.len(), 1000);
    assert_eq!(cut[999], "word 1000/1000");
}

#[test]
fn emphasis_goes_on_behind_a_cut() {
    let text = Text::plain("aaa ").bold("bbb ccc ddd").push(" eee");
    let cut = split_parts(&text, &graphemes(12), Numbering::SlashFirst).unwrap();
    let bold: Vec<Vec<&str>> = cut
        .iter()
        .map(|part| {
            part.text
                .spans()
                .iter()
                .map(|span| &part.text.as_str()[span.range()])
                .collect()
        })
        .collect();
    assert_eq!(
        cut.iter()
            .map(|part| part.text.as_str())
            .collect::<Vec<_>>(),
        ["1/3 aaa bbb", "2/3 ccc ddd", "3/3 eee"]
    );
    assert_eq!(bold, [vec!["bbb"], vec!["ccc ddd"], vec![]]);
    assert_eq!(join(&cut), text);
}

#[test]
fn on_x_links_count_23_in_each_part() {
    let limit = TextLimit::new(Count::Weighted(WeightedRules::x()), 280);
    let link = format!("https://example.com/{}", "x".repeat(300));
    let text = Text::plain(format!(
        "{} {link} {} {link}",
        "слово ".repeat(42).trim(),
        "漢".repeat(130)
    ));
    let cut = split(&text, &limit, Numbering::Slash).unwrap();
    assert_eq!(cut.len(), 3);
    assert!(cut.iter().all(|part| limit.is_within(part.as_str())));
    assert_eq!(
        cut.iter()
            .filter(|part| part.as_str().contains(&link))
            .count(),
        2
    );
}

#[test]
fn a_mark_behind_a_link_is_not_cut_off() {
    // X's link ends before the mark, the grapheme after it.
    let limit = TextLimit::new(Count::Weighted(WeightedRules::x()), 25);
    let text = Text::plain("漢example.com\u{301}漢漢漢");
    let cut = split(&text, &limit, Numbering::None).unwrap();
    let cut: Vec<&str> = cut.iter().map(Text::as_str).collect();
    assert_eq!(cut, ["漢", "example.com\u{301}", "漢漢漢"]);
}

#[test]
fn a_link_that_a_cut_would_make_is_counted() {
    // `@example.com` is text on X, `example.com` behind a cut is a link of 23.
    let limit = TextLimit::new(Count::Weighted(WeightedRules::x()), 24);
    let text = Text::plain(format!(
        "{}@example.com/{}",
        "漢".repeat(11),
        "_".repeat(60)
    ));
    for part in split(&text, &limit, Numbering::None).unwrap() {
        assert!(limit.is_within(part.as_str()), "{part}");
    }
}

/// A third of a second without optimisation; the square of the length would take minutes.
#[test]
fn a_long_text_is_split_in_reasonable_time() {
    let limit = TextLimit::new(Count::Weighted(WeightedRules::x()), 280);
    for unit in [
        "Some words of it. ",
        "漢",
        " a",
        "x@a.com https://a.io/b #t @c ",
        "a.a.@",
    ] {
        let text = Text::plain(unit.repeat(100_000 / unit.len())).detect();
        let started = Instant::now();
        split(&text, &limit, Numbering::Slash).unwrap();
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{unit:?} took {:?}",
            started.elapsed()
        );
    }
}

#[derive(Clone, Debug)]
enum Word {
    Plain(String),
    Link(String),
    Mention,
    Hashtag(String),
    Bold(String),
    Italic(String),
}

fn word() -> impl Strategy<Value = Word> {
    let plain = prop_oneof![
        8 => "[a-z]{1,9}[.,!?]?",
        2 => "[а-я]{1,9}[.!?]?",
        2 => "[漢字かな。、]{1,30}",
        1 => "[אבגדה]{1,6}|[ابتثج]{1,6}",
        1 => "(👨‍👩‍👧‍👦|👍🏽|🇩🇪|1️⃣|😀|❤️){1,4}",
        1 => "([ae]\u{301}\u{323}?|[กำ]|한|\u{1112}\u{1161}\u{11ab}|हिन्दी){1,4}",
        1 => "https://example\\.com/[a-z/]{0,20}[.)]?|\\(?example\\.org|bob@example\\.com",
        1 => "\\(?@[a-z]{1,5}\\.test|@[a-z]{1,6}|@[a-z]{1,4}@host\\.example",
        1 => "[#＃][a-zж漢0-9]{1,8}[.!]?",
        1 => "[漢、。]{1,30}[「(][#@][a-zж]{3,9}[」)][漢、。]{0,9}",
        1 => "漢{0,9}example\\.com\u{301}漢{0,9}",
        1 => "\\PC{0,6}",
        1 => "\u{a0}|\u{202e}|\u{200d}|\u{301}|\u{feff}",
    ];
    prop_oneof![
        10 => plain.clone().prop_map(Word::Plain),
        1 => "[a-z ]{1,12}".prop_map(Word::Link),
        1 => Just(Word::Mention),
        1 => "[a-zж]{1,8}".prop_map(Word::Hashtag),
        1 => plain.clone().prop_map(Word::Bold),
        1 => plain.prop_map(Word::Italic),
    ]
}

fn text() -> impl Strategy<Value = Text> {
    let space = prop_oneof![10 => Just(" "), 3 => Just(""), 2 => Just("\n"), 2 => Just("\n\n"), 1 => Just("  \r\n \r\n"), 1 => Just("\t")];
    proptest::collection::vec((word(), space), 0..40).prop_map(|words| {
        words
            .into_iter()
            .fold(Text::default(), |text, (word, space)| {
                let text = match word {
                    Word::Plain(word) => text.push(word),
                    Word::Link(label) => {
                        text.link(label, "https://example.net/long/enough/to/matter")
                    }
                    Word::Mention => text.mention("carol.test"),
                    Word::Hashtag(tag) => text.hashtag(tag),
                    Word::Bold(word) => text.bold(format!("{word} {word}")),
                    Word::Italic(word) => text.italic(word),
                };
                text.push(space)
            })
    })
}

fn limit() -> impl Strategy<Value = TextLimit> {
    let count = prop_oneof![
        Just(Count::Scalars),
        Just(Count::Utf16),
        Just(Count::Graphemes),
        Just(Count::Bytes),
        Just(Count::Weighted(WeightedRules::x())),
    ];
    (count, 24_usize..150, proptest::option::of(40_usize..300)).prop_map(|(count, max, bytes)| {
        let limit = TextLimit::new(count, max);
        bytes.map_or(limit.clone(), |bytes| limit.bytes(bytes))
    })
}

fn numbering() -> impl Strategy<Value = Numbering> {
    prop_oneof![
        Just(Numbering::None),
        Just(Numbering::Slash),
        Just(Numbering::SlashFirst),
        Just(Numbering::Custom {
            prefix: "🧵{n}".into(),
            suffix: "\n({n}/{total})".into()
        }),
    ]
}

/// Where each part's body stands in the original, with what is between them.
fn bodies(parts: &[Part]) -> Vec<std::ops::Range<usize>> {
    let mut at = 0;
    let mut bodies = Vec::new();
    for part in parts {
        let start = at + part.lead.len();
        let end = start + part.body().len();
        bodies.push(start..end);
        at = end + part.separator.len();
    }
    bodies
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_part_fits_nothing_is_lost_and_nothing_whole_is_cut(text in text(), limit in limit(), numbering in numbering()) {
        let parts = match split_parts(&text, &limit, numbering.clone()) {
            Ok(parts) => parts,
            Err(SplitError::Unsplittable { length, max, over_by, .. }) => {
                prop_assert_eq!(length, max + over_by);
                prop_assert!(over_by > 0);
                return Ok(());
            }
            Err(SplitError::Blank) => {
                prop_assert!(text.as_str().trim().is_empty());
                return Ok(());
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        for part in &parts {
            prop_assert!(limit.is_within(part.text.as_str()), "{:?} in {:?}", part.text, limit);
            prop_assert!(Text::with_spans(part.text.as_str(), part.text.spans().to_vec()).as_ref() == Ok(&part.text));
        }
        prop_assert_eq!(&join(&parts), &text);
        if parts.len() > 1 {
            let plain = text.as_str();
            let boundaries: Vec<usize> = plain.grapheme_indices(true).map(|(at, _)| at).chain([plain.len()]).collect();
            let loose = Finder::default().edges(Edges::Loose).hashtags(HashtagShape::Word);
            let mut whole: Vec<_> = text.spans().iter().filter(|span| span.kind.is_entity()).cloned().collect();
            whole.extend(Finder::default().find(plain));
            whole.extend(loose.find(plain));
            for (number, (part, body)) in parts.iter().zip(bodies(&parts)).enumerate() {
                for edge in [body.start, body.end] {
                    prop_assert!(boundaries.binary_search(&edge).is_ok(), "a grapheme is cut at {}", edge);
                    for span in &whole {
                        prop_assert!(edge <= span.start || edge >= span.end, "{:?} is cut at {}", span, edge);
                    }
                }
                prop_assert!(!body.is_empty());
                let separator = part.separator.as_str();
                prop_assert!(separator.chars().all(char::is_whitespace), "{:?} is no whitespace", separator);
                prop_assert!(number == 0 || part.lead.is_empty());
                if numbering == Numbering::Slash {
                    let label = format!(" {}/{}", number + 1, parts.len());
                    prop_assert!(part.text.as_str().ends_with(&label));
                }
            }
        }
    }

    #[test]
    fn any_text_is_split_or_refused(text in any::<String>(), max in 0_usize..40) {
        for count in [Count::Scalars, Count::Utf16, Count::Graphemes, Count::Bytes, Count::Weighted(WeightedRules::x())] {
            let limit = TextLimit::new(count, max);
            let text = Text::plain(text.clone()).detect();
            if let Ok(parts) = split_parts(&text, &limit, Numbering::Slash) {
                prop_assert_eq!(join(&parts), text);
                for part in parts {
                    prop_assert!(limit.is_within(part.text.as_str()));
                }
            }
        }
    }

    #[test]
    fn a_word_is_cut_only_when_it_is_longer_than_a_part(words in proptest::collection::vec("[a-z]{1,20}", 1..60), max in 20_usize..60) {
        let text = words.join(" ");
        for part in parts(&text, max) {
            for word in part.split(' ') {
                prop_assert!(words.iter().any(|known| known == word), "{word}");
            }
        }
    }
}

#[test]
fn the_kinds_that_are_not_cut_are_the_entities() {
    assert!(SpanKind::Link(String::new()).is_entity());
    assert!(!SpanKind::Bold.is_entity());
}
