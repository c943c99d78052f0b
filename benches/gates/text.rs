//! What text costs: HTML read, lengths counted, threads split.

use std::alloc::System;
use std::fmt::Write;
use std::hint::black_box;

use sociable::Text;
use sociable::text::{Count, Numbering, TextLimit, WeightedRules, split};
use stats_alloc::Region;

use crate::counted::{self, Work};
use crate::figures::{Bound, Report};

/// Instructions for the HTML of a post (issue 3).
const MOST_HTML: f64 = 10_000.0;
/// What ten times the text may take, as a multiple of ten times the work.
const MOST_LINEAR: f64 = 1.1;

/// How often a work is done while it is counted.
const TURNS: u64 = 20;
const FEW_TURNS: u64 = 3;

pub(crate) const HTML: Work = ("text.html", html);
pub(crate) const COUNT: Work = ("text.count", count);
pub(crate) const SPLIT: Work = ("text.split", thread);

/// The rules that networks count by, and the names of their figures.
fn rules() -> [(&'static str, Count); 5] {
    [
        ("bytes", Count::Bytes),
        ("scalars", Count::Scalars),
        ("utf16", Count::Utf16),
        ("graphemes", Count::Graphemes),
        ("weighted", Count::Weighted(WeightedRules::x())),
    ]
}

const MENTION: &str = r#"<span class="h-card" translate="no"><a href="https://mastodon.example/@gardener" class="u-url mention">@<span>gardener</span></a></span>"#;
const LINK: &str = r#"<a href="https://www.example.com/recipes/2026/11/tea-and-cake-for-everybody" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span><span class="ellipsis">example.com/recipes/2026/11/te</span><span class="invisible">a-and-cake-for-everybody</span></a>"#;
const TEA: &str = r##"<a href="https://mastodon.example/tags/tea" class="mention hashtag" rel="tag">#<span>tea</span></a>"##;
const CAKE: &str = r##"<a href="https://mastodon.example/tags/cake" class="mention hashtag" rel="tag">#<span>cake</span></a>"##;

/// A post of 840 bytes as Mastodon answers it: a mention, three sentences, a shortened link, a hashtag.
fn post() -> String {
    sized(format!(
        "<p>{MENTION} it&#39;s done: the page of tea &amp; cake is online,<br>with all of last year&#39;s recipes ☕</p><p>{LINK}</p><p>Thank you all who sent theirs! Whoever finds a mistake in them may keep it, and who misses a recipe can tell me until Sunday. {TEA}</p>"
    ))
}

/// The same length, and hardly anything but markup.
fn markup() -> String {
    sized(format!(
        "<p>{MENTION} it&#39;s done: tea &amp; cake,<br>all of last year&#39;s ☕</p><p>{LINK}</p><p>{TEA} {CAKE}</p>"
    ))
}

/// Filled up to 840 bytes.
fn sized(mut html: String) -> String {
    const MORE: &str = " and so on and on, whatever may come of it";
    let end = html.len() - "</p>".len();
    let missing = 840 - html.len();
    html.insert_str(end, &MORE.repeat(9)[..missing]);
    html
}

/// A text of so many graphemes, in several scripts, with links and emoji.
fn graphemes(many: usize) -> String {
    const PIECE: &str = "Чай ☕ и 👩‍👩‍👧 today, see https://example.com/a #tea éà. ";
    let piece = Count::Graphemes.measure(PIECE);
    let mut text = PIECE.repeat(many / piece);
    text.extend(std::iter::repeat_n('a', many % piece));
    assert_eq!(Count::Graphemes.measure(&text), many);
    text
}

/// A text of so many bytes: paragraphs of sentences, with links, mentions and hashtags.
fn prose(bytes: usize) -> Text {
    let mut text = String::new();
    for number in 0.. {
        let _ = write!(
            text,
            "Point {number}: чай ☕ for @reader{number}.example.com, and what it says on https://example.com/{number}. Really! #tea\n{}",
            if number % 5 == 4 { "\n" } else { "" }
        );
        if text.len() >= bytes {
            break;
        }
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    Text::plain(text).detect()
}

/// Words: which post.
fn html(turns: u64, words: &[String]) {
    let post = if words[0] == "post" { post() } else { markup() };
    for _ in 0..turns {
        black_box(Text::from_html(black_box(&post)));
    }
}

/// Words: the rule, and how many graphemes.
fn count(turns: u64, words: &[String]) {
    let (_, count) = rules()
        .into_iter()
        .find(|(name, _)| *name == words[0])
        .unwrap();
    let text = graphemes(words[1].parse().unwrap());
    for _ in 0..turns {
        black_box(count.measure(black_box(&text)));
    }
}

fn limit() -> TextLimit {
    TextLimit::new(Count::Graphemes, 300).bytes(3000)
}

/// Words: how many bytes.
fn thread(turns: u64, words: &[String]) {
    let text = prose(words[0].parse().unwrap());
    let limit = limit();
    for _ in 0..turns {
        black_box(split(black_box(&text), &limit, Numbering::Slash).unwrap());
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A count, and how it grows with ten times the text.
fn growing(
    report: &mut Report,
    name: &str,
    work: &str,
    turns: u64,
    once: &[&str],
    tenfold: &[&str],
) {
    let (small, large) = (format!("{name}.instructions"), format!("{name}.linear"));
    match counted::instructions(work, turns, &words(once)) {
        Ok(of_once) => {
            report.figure(&small, of_once.round(), Bound::Free);
            match counted::instructions(work, turns.div_ceil(4), &words(tenfold)) {
                Ok(of_tenfold) => {
                    // Counting bytes is no work at all: neither is ten times as much.
                    let ratio = of_tenfold / (10.0 * of_once).max(1.0);
                    report.figure(&large, ratio, Bound::AtMost(MOST_LINEAR));
                }
                Err(why) => report.unmeasured(&large, &why),
            }
        }
        Err(why) => {
            report.unmeasured(&small, &why);
            report.unmeasured(&large, &why);
        }
    }
}

pub(crate) fn html_gates(report: &mut Report) {
    let post = post();
    // What is counted is what is meant.
    let text = Text::from_html(&post);
    assert_eq!((post.len(), text.spans().len()), (840, 3), "{text:?}");
    for part in [
        "@gardener it's done: the page of tea & cake is online,\nwith",
        "☕\n\nexample.com/recipes/2026/11/te…\n\nThank",
        "Sunday. #tea",
    ] {
        assert!(text.as_str().contains(part), "{text}");
    }
    for (figure, which, bound) in [
        ("html.instructions", "post", Bound::AtMost(MOST_HTML)),
        ("html.markup_instructions", "markup", Bound::Free),
    ] {
        match counted::instructions("text.html", TURNS, &words(&[which])) {
            Ok(value) => report.figure(figure, value.round(), bound),
            Err(why) => report.unmeasured(figure, &why),
        }
    }
    let region: Region<'_, System> = Region::new(crate::HEAP);
    black_box(Text::from_html(black_box(&post)));
    let spent = region.change();
    let allocations = spent.allocations + spent.reallocations;
    report.figure("html.allocations", allocations as f64, Bound::Free);
}

pub(crate) fn count_gates(report: &mut Report) {
    for (name, _) in rules() {
        let figure = format!("count.{name}");
        growing(
            report,
            &figure,
            "text.count",
            TURNS,
            &[name, "300"],
            &[name, "3000"],
        );
    }
}

pub(crate) fn split_gates(report: &mut Report) {
    growing(
        report,
        "split",
        "text.split",
        FEW_TURNS,
        &["10000"],
        &["100000"],
    );
}
