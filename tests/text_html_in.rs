//! HTML read as rich text: what Mastodon and its relatives answer, what a browser would make of it, and what is no HTML at
//! all.

// Strategies of property tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use proptest::prelude::*;
use sociable::text::{Anchor, Mention, Span, SpanKind, Text};

fn link(url: &str) -> SpanKind {
    SpanKind::Link(url.to_owned())
}

fn read(html: &str) -> (String, Vec<(String, SpanKind)>) {
    let text = Text::from_html(html);
    let spans = text.spans().iter();
    let spans = spans.map(|span| (text.as_str()[span.range()].to_owned(), span.kind.clone()));
    (text.as_str().to_owned(), spans.collect())
}

fn plain(html: &str) -> String {
    read(html).0
}

fn spans(html: &str) -> Vec<(String, SpanKind)> {
    read(html).1
}

fn under(label: &str, kind: SpanKind) -> (String, SpanKind) {
    (label.to_owned(), kind)
}

#[test]
fn a_mention_and_a_hashtag_of_mastodon_are_what_their_class_says() {
    let html = r##"<p><span class="h-card" translate="no"><a href="https://social.example/@trwnh" class="u-url mention" rel="nofollow noopener" target="_blank">@<span>trwnh</span></a></span> sup! <a href="https://social.example/tags/Cats" class="mention hashtag" rel="tag">#<span>Cats</span></a></p>"##;
    assert_eq!(
        Text::from_html(html),
        Text::default()
            .mention("trwnh")
            .push(" sup! ")
            .hashtag("Cats")
    );
    // Pleroma writes the hashtag's class alone, and the attributes in another order.
    let html = r##"we met <a class='hashtag' data-tag="nobot" href=https://pl.example/tag/nobot rel="tag ugc">#nobot</a>"##;
    assert_eq!(
        Text::from_html(html),
        Text::plain("we met ").hashtag("nobot")
    );
    // A class alone makes no mention of a label that is none.
    let html = r#"<a class="mention" href="https://a.example/@b">B. of A.</a>"#;
    assert_eq!(
        spans(html),
        [under("B. of A.", link("https://a.example/@b"))]
    );
}

#[test]
fn who_reads_says_what_a_link_is() {
    let html = r#"<p><span class="h-card"><a href="https://b.example/@bob" class="u-url mention">@<span>bob</span></a></span> <a href="https://c.example/?a=1&amp;b=2">c</a></p>"#;
    let mut seen = Vec::new();
    let seen_in = std::cell::RefCell::new(&mut seen);
    let text = Text::from_html_with(html, |anchor: &Anchor<'_>| {
        let (href, label) = (anchor.href().into_owned(), anchor.label.to_owned());
        seen_in
            .borrow_mut()
            .push((href, label, anchor.has_class("mention")));
        anchor
            .has_class("mention")
            .then(|| SpanKind::Mention(Mention::new("bob@b.example").id("7")))
    });
    assert_eq!(
        text,
        Text::default()
            .mention_id("@bob", "bob@b.example", "7")
            .push(" ")
            .link("c", "https://c.example/?a=1&b=2")
    );
    let owned = |href: &str, label: &str, mention| (href.to_owned(), label.to_owned(), mention);
    assert_eq!(
        seen,
        [
            owned("https://b.example/@bob", "@bob", true),
            owned("https://c.example/?a=1&b=2", "c", false)
        ]
    );
}

#[test]
fn a_shortened_link_reads_as_it_is_shown_and_leads_to_the_whole() {
    let url = "https://www.example.com/money/2019/dec/07/how-i-lost-my-inheritance";
    let html = format!(
        r#"<p>&quot;Lost&quot;</p><p><a href="{url}" rel="nofollow noopener" target="_blank" translate="no"><span class="invisible">https://www.</span><span class="ellipsis">example.com/money/2019/dec</span><span class="invisible">/07/how-i-lost-my-inheritance</span></a></p>"#
    );
    assert_eq!(
        Text::from_html(&html),
        Text::plain("\"Lost\"\n\n").link("example.com/money/2019/dec…", url)
    );
    let html = r#"<a href="https://baluke.example/"><span class="invisible">https://</span><span class="">baluke.example/</span><span class="invisible"></span></a>"#;
    assert_eq!(
        Text::from_html(html),
        Text::default().link("baluke.example/", "https://baluke.example/")
    );
}

#[test]
fn nothing_is_hidden_but_a_piece_of_a_link() {
    assert_eq!(
        plain(r#"<p><span class="invisible">seen</span> too</p>"#),
        "seen too"
    );
    // The piece never ends, but the link does.
    let html = r#"<a href="https://a.example/long"><span class="invisible">https://</span>a.example<span class="invisible">/long</a> goes on"#;
    assert_eq!(plain(html), "a.example goes on");
    // A label of which nothing is seen is its target.
    let html =
        r#"x <a href="https://a.example"><span class="invisible">https://a.example </span></a> y"#;
    assert_eq!(
        Text::from_html(html),
        Text::plain("x ")
            .link("https://a.example", "https://a.example")
            .push(" y")
    );
    // A span that was open before the link does not end in it.
    let html = r#"<a href="https://a.example">a</span>b</a>"#;
    assert_eq!(spans(html), [under("ab", link("https://a.example"))]);
}

#[test]
fn paragraphs_are_parted_by_a_blank_line_and_breaks_are_newlines() {
    assert_eq!(
        plain("<p>cats<br>cats never<br />change</p><p>dogs</p>"),
        "cats\ncats never\nchange\n\ndogs"
    );
    assert_eq!(plain("<p>a</p>\n\n<p>b</p>\n"), "a\n\nb");
    assert_eq!(plain("<p>a<br></p><p>b<br><br></p>"), "a\n\nb");
    assert_eq!(plain("a<br><br>b<br><br><br>c"), "a\n\nb\n\n\nc");
    assert_eq!(
        plain("<div>a<br></div><div>b</div><div><br></div><div>c</div>"),
        "a\nb\n\nc"
    );
    assert_eq!(plain("<p></p><br><p>a</p><p></p><p>b</p><br>"), "a\n\nb");
    assert_eq!(plain("<h1>Title</h1><p>a</p>"), "Title\n\na");
    assert_eq!(plain("<P>a<p>b"), "a\n\nb");
    assert_eq!(plain(""), "");
}

#[test]
fn whitespace_collapses_as_in_a_browser() {
    assert_eq!(
        plain("<p>\n  a \t b\r\n\tc \n</p>\n<p> d</p>"),
        "a b c\n\nd"
    );
    assert_eq!(plain("a <b> b </b> c"), "a b c");
    assert_eq!(plain("a <br> b"), "a\nb");
    assert_eq!(
        plain("a&nbsp;&nbsp;b\u{a0} c&#32;&#10; d"),
        "a\u{a0}\u{a0}b\u{a0} c d"
    );
    // The space stays where it was written first.
    assert_eq!(spans("a<b> b </b> c"), [under(" b ", SpanKind::Bold)]);
    // At the end of a line it goes, and nothing points behind the text.
    assert_eq!(
        spans("<p><b>a </b></p><p>b</p>"),
        [under("a", SpanKind::Bold)]
    );
    assert_eq!(spans("<p>a<b> </b></p><p>b</p>"), []);
    assert_eq!(
        spans("a<b> <i> </i><br>b</b>"),
        [under("b", SpanKind::Bold)]
    );
    assert_eq!(
        spans("<b>a <i>b </i> </b> "),
        [under("a b", SpanKind::Bold), under("b", SpanKind::Italic)]
    );
}

#[test]
fn preformatted_text_stays_as_it_is() {
    let html = "<p>See:</p><pre><code>fn main() {\n    let a = &amp;&quot;b  c&quot;; // &lt;\n}\n</code></pre><p>done</p>";
    let code = "fn main() {\n    let a = &\"b  c\"; // <\n}";
    assert_eq!(plain(html), format!("See:\n\n{code}\n\ndone"));
    assert_eq!(spans(html), [under(code, SpanKind::Pre)]);
    assert_eq!(plain("<pre>\n\n  a \n</pre>"), "\n  a ");
    assert_eq!(plain("a <pre>b</pre> c"), "a\n\nb\n\nc");
    assert_eq!(plain("<pre>a <b>b\n"), "a b");
    assert_eq!(spans("x <code>a  b</code>"), [under("a b", SpanKind::Code)]);
}

#[test]
fn emphasis_and_quotes_become_spans() {
    let html = "<p><strong>a</strong><b>b</b> <em>c</em><i>d</i> <u>e</u> <del>f</del> <s>g</s></p><blockquote><p>q <b>r</b></p><p>s</p></blockquote><p>t</p>";
    assert_eq!(plain(html), "ab cd e f g\n\nq r\n\ns\n\nt");
    assert_eq!(
        spans(html),
        [
            under("ab", SpanKind::Bold),
            under("cd", SpanKind::Italic),
            under("e", SpanKind::Underline),
            under("f", SpanKind::Strike),
            under("g", SpanKind::Strike),
            under("q r\n\ns", SpanKind::Quote),
            under("r", SpanKind::Bold),
        ]
    );
    // Ends that do not match their beginnings.
    assert_eq!(
        spans("<b>a<i>b</b>c</i></i>d</u>"),
        [under("ab", SpanKind::Bold), under("bc", SpanKind::Italic)]
    );
    assert_eq!(
        spans("<b>a<strong>b</b>c</strong>d"),
        [under("abc", SpanKind::Bold)]
    );
    assert_eq!(
        spans("<b>a<i>b"),
        [under("ab", SpanKind::Bold), under("b", SpanKind::Italic)]
    );
    assert_eq!(
        spans(r#"<span class="x spoiler">a</span>b"#),
        [under("a", SpanKind::Spoiler)]
    );
}

#[test]
fn lists_have_their_markers() {
    assert_eq!(
        plain("<p>Check out:</p><ul>\n<li>Foo</li>\n<li><p>Bar</p></li></ul><p>end</p>"),
        "Check out:\n\n• Foo\n• Bar\n\nend"
    );
    assert_eq!(
        plain("<ol start=\"3\"><li>a<ul><li>b</li><li>c</ul></li><li value=9>d<li>e</ol>"),
        "3. a\n  • b\n  • c\n9. d\n10. e"
    );
    assert_eq!(plain("<ol reversed start=2><li>a<li>b</ol>"), "2. a\n1. b");
    assert_eq!(plain("<ol reversed><li>a<li>b</ol>"), "• a\n• b");
    assert_eq!(
        plain("<ul><li></li><li>b</li><li></li></ul>c"),
        "•\n• b\n•\n\nc"
    );
    assert_eq!(plain("<li>a</li></ul>"), "• a");
    assert_eq!(
        plain("<ol start=9223372036854775807><li>a<li>b"),
        "9223372036854775807. a\n9223372036854775807. b"
    );
}

#[test]
fn links_that_lead_nowhere_keep_their_text_only() {
    for href in [
        "/tags/x",
        "#top",
        "",
        "javascript:alert(1)",
        "JavaScript:x",
        "data:text/html,x",
        "java\nscript:x",
        "//a.example",
    ] {
        assert_eq!(
            Text::from_html(&format!("<a href=\"{href}\">label</a>")),
            Text::plain("label"),
            "{href}"
        );
    }
    assert_eq!(plain("<a>a</a><a href>b</a>"), "ab");
    assert_eq!(
        spans("<a href=\" mailto:a@b.example \">m</a>"),
        [under("m", link("mailto:a@b.example"))]
    );
    // A link within a link ends the outer one.
    assert_eq!(
        spans("<a href=https://a.example>a<a href=https://b.example>b</a>c</a>"),
        [
            under("a", link("https://a.example")),
            under("b", link("https://b.example"))
        ]
    );
    assert_eq!(spans("<a href=https://a.example></a>"), []);
    assert_eq!(
        spans("<a href=https://a.example>open"),
        [under("open", link("https://a.example"))]
    );
    // Of two attributes of one name the first counts.
    assert_eq!(
        spans(r#"<a HREF='https://a.example/?"x">' href="https://b.example">a</a>"#),
        [under("a", link("https://a.example/?\"x\">"))]
    );
}

#[test]
fn scripts_styles_and_comments_are_dropped_and_other_tags_passed_over() {
    assert_eq!(
        plain(
            "a<script>if (a < b) { \"</p>\" }</SCRIPT >b<style>p{}</style>c<!-- <p> -- > -->d<!-->e"
        ),
        "abcde"
    );
    assert_eq!(
        plain("<!DOCTYPE html><custom-tag x=y>a</custom-tag><?php x ?>b</ c>d</>e"),
        "abde"
    );
    assert_eq!(
        plain("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"),
        "漢(kan)"
    );
    assert_eq!(
        plain("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
        "a b\nc"
    );
    assert_eq!(
        plain("hi <img class=emoji alt=\":blob&amp;cat:\" src=x>!"),
        "hi :blob&cat:!"
    );
    assert_eq!(plain("<scripts>a</scripts><styleless>b"), "ab");
}

#[test]
fn what_is_no_markup_is_text() {
    assert_eq!(plain("1 < 2 && 3 > 2 <3 <- <"), "1 < 2 && 3 > 2 <3 <- <");
    assert_eq!(
        plain("a &lt;b&gt; &hellip; &#8217;&#x1f600; &nope; &amp &"),
        "a <b> … ’😀 &nope; &amp &"
    );
    for open in ["a <b", "a <a href=\"x", "a <!-- b", "a </p", "a <?x", "a <"] {
        assert_eq!(plain(open), open);
    }
    assert_eq!(plain("<script>a b"), "a b");
    // A quote without an end takes no text with it.
    assert_eq!(
        plain("<a href=\"https://a.example>label</a> it's <b title='x'>bold</b>."),
        "label it's bold."
    );
    assert_eq!(spans("<b it's>a</b>"), [under("a", SpanKind::Bold)]);
}

#[test]
fn ten_times_the_html_is_ten_times_the_work_however_it_is_broken() {
    let pieces = [
        "<b>",
        "</i>",
        "<a \"",
        "<a href='",
        "<!--",
        "<!",
        "</",
        "<script>",
        "<style></",
        "&",
        "&amp",
        "<span class=spoiler>",
        "<ul><li>",
        "<b> </b><br>",
        "<a href=x><span class=invisible>a",
        "<pre>\n",
        "<blockquote>",
        "</span>",
        "<i>a",
        " ",
        "\n",
    ];
    for piece in pieces {
        // Long enough that work in proportion to the square would take minutes.
        let html = piece.repeat(1_000_000 / piece.len());
        let from = Instant::now();
        let text = Text::from_html(&html);
        let _ = Text::from_html(&format!("{html}x<p>\">'-->"));
        assert!(
            from.elapsed().as_secs() < 20,
            "{piece}: {:?}",
            from.elapsed()
        );
        assert!(text.len() <= html.len() * 8, "{piece}");
    }
}

/// Whitespace away: where it stands is layout.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Pieces of markup, whole and broken, that end before text begins.
fn markup() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<p>",
        "</p>",
        "<br>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<em x=\"y>z\">",
        "<span class=\"invisible\">",
        "<span>",
        "</span>",
        "<span class=spoiler>",
        "<blockquote>",
        "</blockquote>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<p it's>",
        "</>",
        "<div/>",
        "</a>",
        "<u/ >",
        "</script>",
        "<!-- c -->",
        "<!x>",
        "<x-y 'q>",
        "<a>",
        "</ul>",
        "</li>",
        "</ol>",
        "<style>p</style>",
        " ",
        "\n",
        "<s =>",
        "<a name='n'>",
    ])
}

/// Rich text as HTML can say it: paragraphs of lines without whitespace at their ends, blocks between blank lines.
fn sayable() -> impl Strategy<Value = Text> {
    let word = || "[a-zA-Zäж&<>\"'#@☕👩‍👩‍👧]{1,6}";
    let kind = prop_oneof![
        Just(None),
        word().prop_map(|w| Some(link(&format!("https://e.example/?q={w}&r")))),
        Just(Some(SpanKind::Bold)),
        Just(Some(SpanKind::Italic)),
        Just(Some(SpanKind::Underline)),
        Just(Some(SpanKind::Strike)),
        Just(Some(SpanKind::Code)),
        Just(Some(SpanKind::Spoiler)),
    ];
    let entity = prop_oneof![
        "[a-z]{1,5}(@[a-z]{1,4}\\.example)?".prop_map(|handle| Text::default().mention(handle)),
        "[a-zж]{1,5}".prop_map(|tag| Text::default().hashtag(tag)),
    ];
    let piece = prop_oneof![
        4 => (word(), kind).prop_map(|(word, kind)| match kind {
            Some(kind) => Text::default().append(&word, kind),
            None => Text::plain(word),
        }),
        1 => entity,
    ];
    let parted = |pieces: Vec<Text>, by: &'static str| {
        let by = Text::plain(by);
        let many = pieces.iter().enumerate();
        Text::concat(many.flat_map(|(n, piece)| (n > 0).then_some(&by).into_iter().chain([piece])))
    };
    let line = prop::collection::vec((piece, any::<bool>()), 1..5).prop_map(|pieces| {
        let mut line = Text::default();
        for (n, (piece, space)) in pieces.iter().enumerate() {
            line = if *space && n > 0 {
                line.push(" ")
            } else {
                line
            };
            line = line.push_text(piece);
        }
        line
    });
    let paragraph = prop::collection::vec(line, 1..3).prop_map(move |lines| parted(lines, "\n"));
    let whole = |text: Text, kind| {
        let end = text.len();
        text.with_span(0..end, kind).unwrap()
    };
    let block = prop_oneof![
        4 => paragraph.clone(),
        1 => prop::collection::vec(paragraph, 1..3).prop_map(move |parts| whole(parted(parts, "\n\n"), SpanKind::Quote)),
        1 => "[a-z<&\n ]{0,8}[a-z<]\n?".prop_map(move |code| Text::default().append(&code, SpanKind::Pre)),
    ];
    prop::collection::vec(block, 0..4).prop_map(move |blocks| parted(blocks, "\n\n"))
}

fn told(text: &Text) -> String {
    text.to_html_with(|kind| match kind {
        SpanKind::Mention(mention) => Some(format!("https://e.example/@{}", mention.handle)),
        SpanKind::Hashtag(tag) => Some(format!("https://e.example/tags/{tag}")),
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_read_and_one_without_markup_stays(text in ".{0,60}") {
        let read = Text::from_html(&text);
        if !text.contains(['<', '&']) {
            prop_assert_eq!(squeezed(read.as_str()), squeezed(&text));
            prop_assert!(read.spans().is_empty());
        }
    }

    #[test]
    fn broken_markup_is_read_and_its_spans_fit(text in "[<>&/!\\-\"'=;#pabisx1 \n]{0,60}") {
        let read = Text::from_html(&text);
        let spans: Vec<Span> = read.spans().to_vec();
        // A text that takes its own spans keeps every rule of spans, their order and merging included.
        let again = Text::with_spans(read.as_str(), spans);
        prop_assert_eq!(again.as_ref(), Ok(&read));
        // What stands before any markup, and behind all of it, is text.
        let first = text.find(['<', '&']).unwrap_or(text.len());
        prop_assert!(squeezed(read.as_str()).starts_with(&squeezed(&text[..first])));
        if !text.contains('>') && !text.contains(';') {
            prop_assert_eq!(squeezed(read.as_str()), squeezed(&text));
        }
    }

    #[test]
    fn markup_however_broken_takes_no_text_with_it(pieces in prop::collection::vec((markup(), "[a-zé☕0-9.]{0,4}"), 0..20)) {
        let (mut html, mut text) = (String::new(), String::new());
        for (markup, piece) in &pieces {
            html.push_str(markup);
            html.push_str(piece);
            text.push_str(piece);
        }
        let read = Text::from_html(&html);
        prop_assert_eq!(squeezed(read.as_str()), text);
        let again = Text::with_spans(read.as_str(), read.spans().to_vec());
        prop_assert_eq!(again.as_ref(), Ok(&read));
    }

    #[test]
    fn a_text_told_in_html_reads_the_same(text in sayable()) {
        prop_assert_eq!(Text::from_html(&told(&text)), text);
    }

    #[test]
    fn what_html_cannot_say_is_lost_and_then_no_more_is(
        plain in "[a<&.#@ \u{a0}\n]{1,30}",
        spans in prop::collection::vec((0..30usize, 1..8usize, 0..9usize), 0..5),
    ) {
        let kinds = [
            SpanKind::Quote, SpanKind::Pre, SpanKind::Bold, SpanKind::Italic, SpanKind::Strike, SpanKind::Code,
            SpanKind::Spoiler, link("https://e.example/"), SpanKind::Underline,
        ];
        let mut text = Text::plain(plain.as_str());
        for (start, length, kind) in spans {
            let span = Span::new(start..start + length, kinds[kind].clone());
            // One that does not fit changes nothing.
            let _ = text.add_span(span);
        }
        let once = Text::from_html(&told(&text));
        prop_assert_eq!(squeezed(once.as_str()), squeezed(&plain));
        // A line of nothing but spaces is a line break more at first, and a paragraph's end then.
        let twice = Text::from_html(&told(&once));
        prop_assert_eq!(Text::from_html(&told(&twice)), twice);
    }
}
