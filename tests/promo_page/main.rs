//! The page of a report: what it shows is what the report tells, as text, and it loads nothing.
#![cfg(feature = "promo")]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use sociable::jiff::civil::{Date, date};
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{Timestamp, ToSpan};
use sociable::promo::{
    Amount, Budget, Comparing, Comparison, Dimension, Fact, Language, Layout, Measure, Page,
    Report, Row, Tally,
};
use sociable::{Absent, ErrorKind, Period};

use read::{chart, charts, text};

mod any;
mod read;

fn amount(text: &str, currency: &str) -> Amount {
    Amount::parse(text, currency).unwrap()
}

fn day(date: Date) -> Period {
    let at = |date: Date| date.to_zoned(TimeZone::UTC).unwrap().timestamp();
    Period::new(at(date), at(date.tomorrow().unwrap()))
}

/// What a campaign brought on a day.
fn row(campaign: &str, on: Date, spend: &str, currency: &str, counts: [u64; 3]) -> Row {
    let [impressions, clicks, conversions] = counts;
    Row::default()
        .id(campaign)
        .name(campaign)
        .campaign(campaign)
        .period(day(on))
        .money(Fact::Spend, amount(spend, currency))
        .count(Fact::Impressions, impressions)
        .count(Fact::LinkClicks, clicks)
        .count(Fact::Conversions, conversions)
}

fn report(by: &[Dimension], rows: &[Row]) -> Report {
    let mut tally = Tally::new(Layout::by(by.iter().copied())).unwrap();
    for row in rows {
        tally.push(row).unwrap();
    }
    tally.finish().unwrap()
}

fn by_campaign(rows: &[Row]) -> Report {
    report(&[Dimension::Campaign], rows)
}

fn by_day(rows: &[Row]) -> Report {
    report(&[Dimension::Day, Dimension::Campaign], rows)
}

const FIRST: Date = date(2026, 11, 2);

fn nth(place: i64) -> Date {
    FIRST.checked_add(place.days()).unwrap()
}

fn two_campaigns() -> Vec<Row> {
    vec![
        row("spring", nth(0), "10.00", "EUR", [1000, 30, 3]),
        row("spring", nth(1), "12.50", "EUR", [1100, 31, 2]),
        row("summer", nth(0), "7.25", "EUR", [900, 9, 1]),
        row("summer", nth(1), "8.00", "EUR", [950, 11, 0]),
    ]
}

#[test]
fn every_chart_has_a_mark_for_each_row_of_its_data() {
    let rows = two_campaigns();
    let (lines, days) = (by_campaign(&rows), by_day(&rows));
    let compared = Comparison::usual(&lines);
    assert_eq!(
        compared.len(),
        2,
        "by clicks, and by what a conversion costs"
    );
    let budget = Budget::new(amount("100", "EUR"), FIRST, nth(9), TimeZone::UTC).unwrap();
    let spent = [
        (nth(0), amount("17.25", "EUR")),
        (nth(1), amount("20.50", "EUR")),
    ];
    let pacing = budget.pacing(&spent, day(nth(1)).until).unwrap();
    let mut page = Page::new(&lines).days(&days).pacing("November", &pacing);
    for one in &compared {
        page = page.comparison(one);
    }
    let html = page.html().unwrap();
    let found: Vec<(String, usize)> = charts(&html)
        .into_iter()
        .map(|chart| (chart.name, chart.marks))
        .collect();
    let wanted = [
        ("spend-by-time-eur", 4),
        // Ten planned, two spent, one to be expected.
        ("pacing-1", 13),
        ("spend-shares-eur", 2),
        ("funnel", 3),
        ("intervals-1", 2),
        // What a conversion costs, which then has no chart of its own.
        ("intervals-2", 2),
    ];
    assert_eq!(found, wanted.map(|(name, marks)| (name.to_owned(), marks)));
    for chart in charts(&html) {
        assert_eq!(
            (chart.marks, chart.told),
            (chart.rows.len(), chart.rows.len()),
            "{chart:?}"
        );
    }
}

#[test]
fn figures_stand_there_with_their_window_and_source() {
    let html = Page::new(&by_campaign(&two_campaigns())).html().unwrap();
    let shown = text(&html);
    assert!(shown.contains("€37.75"), "what was spent");
    assert!(shown.contains("3,950"), "impressions");
    assert!(shown.contains("81 (Link clicks) ÷ 3,950 (Impressions)"));
    assert!(shown.contains("2–3\u{a0}Nov\u{a0}2026 · paid part, by the network"));
    assert!(
        shown.contains("link_clicks / impressions"),
        "the definition"
    );
}

#[test]
fn names_come_out_as_text() {
    let names = [
        "<script>alert('x')</script>",
        "]]> <!-- --> </style></svg></table>",
        "\" onload=\"alert(1)",
        "\u{202e}txet desrever\u{202c}",
        "a\0b\u{7}c\nd",
        "&lt;b&gt; {first} {second} {measure}",
        "https://example.com/?a=b&c=d",
    ];
    let rows: Vec<Row> = (names.iter().zip(1..))
        .flat_map(|(name, at)| {
            [0, 1].map(|on| row(name, nth(on), "3.00", "EUR", [at * 1000, at, at]))
        })
        .collect();
    let (lines, days) = (by_campaign(&rows), by_day(&rows));
    let compared = Comparing::new(Measure::CtrLinkClicks)
        .unwrap()
        .report(&lines)
        .unwrap();
    for language in [Language::English, Language::Russian] {
        let page = Page::new(&lines)
            .days(&days)
            .comparison(&compared)
            .title(names[0]);
        let html = page.language(language).html().unwrap();
        assert!(!html.contains("<script"), "no script of anybody's");
        assert!(!html.contains("<!--") && !html.contains("onload=\""));
        assert!(!html.contains('\0') && !html.contains('\u{7}'));
        assert_eq!(html.matches("</style>").count(), 1);
        assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
        // In the heading, the table and the charts' own data.
        assert!(
            html.matches("&lt;script&gt;alert('x')&lt;/script&gt;")
                .count()
                > 5
        );
        let shown = text(&html);
        assert!(
            shown.contains("&lt;b&gt; {first} {second} {measure}"),
            "nothing is put into names"
        );
        assert!(shown.contains("a\u{fffd}b\u{fffd}c d"));
        // What turns the direction of writing is kept within its own element.
        for at in html.match_indices('\u{202e}').map(|(at, _)| at) {
            let before = &html[..at];
            let element = before.rfind('<').map(|open| &before[open..]).unwrap();
            let lone = [
                "<bdi>",
                "<text",
                "<title>",
                "<p>",
                "<p class=\"why\">",
                "<li>",
            ];
            assert!(lone.iter().any(|tag| element.starts_with(tag)), "{element}");
        }
        for chart in charts(&html) {
            assert_eq!(chart.marks, chart.rows.len(), "{}", chart.name);
        }
    }
}

#[test]
fn the_page_names_no_address_and_runs_nothing() {
    let rows = two_campaigns();
    let html = Page::new(&by_campaign(&rows))
        .days(&by_day(&rows))
        .html()
        .unwrap();
    for forbidden in [
        "://",
        "href",
        "src=",
        "@import",
        "url(",
        "@font-face",
        "<script",
        "<link",
        "<iframe",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(
        html.contains("default-src 'none'"),
        "the browser is told to load nothing"
    );
    let ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "each id is there once");
    assert!(!html.contains("NaN") && !html.contains("inf"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let mut rows = two_campaigns();
    let page = |rows: &[Row]| {
        let (lines, days) = (by_campaign(rows), by_day(rows));
        Page::new(&lines).days(&days).html().unwrap()
    };
    let first = page(&rows);
    assert_eq!(first, page(&rows));
    // Nor does it matter which row came first.
    rows.reverse();
    assert_eq!(first, page(&rows));
    let lines = by_campaign(&rows);
    let kept: Report = serde_json::from_str(&serde_json::to_string(&lines).unwrap()).unwrap();
    assert_eq!(
        Page::new(&lines).html().unwrap(),
        Page::new(&kept).html().unwrap()
    );
}

#[test]
fn what_is_not_told_is_no_zero() {
    let mut rows = two_campaigns();
    rows.push(row("spring", nth(3), "0", "EUR", [10, 0, 0]).absent(Fact::Spend, Absent::NotYet));
    rows.push(row("summer", nth(3), "0.00", "EUR", [10, 0, 0]));
    let (lines, days) = (by_campaign(&rows), by_day(&rows));
    let html = Page::new(&lines).days(&days).html().unwrap();
    let time = chart(&html, "spend-by-time-eur");
    assert_eq!((time.marks, time.absent), (6, 1));
    let cell = |day: &str, who: &str| {
        let mut rows = time.rows.iter();
        rows.find(|row| row[0].replace('\u{a0}', " ") == day && row[1] == who)
            .map(|row| row[2].clone())
    };
    assert_eq!(cell("5 Nov", "spring").as_deref(), Some("not told"));
    assert_eq!(cell("5 Nov", "summer").as_deref(), Some("€0.00"));
    // Of a day that no row speaks of nothing is drawn.
    assert_eq!(cell("4 Nov", "spring"), None);
    // What the spring cost for each conversion is not known: a part of its spend is not.
    let cost = chart(&html, "cost-eur");
    assert_eq!(cost.absent, 1);
    assert!(
        cost.rows.iter().any(|row| row == &["spring", "not told"]),
        "{:?}",
        cost.rows
    );
}

#[test]
fn what_a_part_of_the_rows_tell_is_not_shown_as_the_spend() {
    let mut rows = two_campaigns();
    let whole = Page::new(&by_campaign(&rows)).html().unwrap();
    assert!(text(&whole).contains("€37.75"));
    rows.push(row("spring", nth(3), "0", "EUR", [10, 0, 0]).absent(Fact::Spend, Absent::NotYet));
    let lines = by_campaign(&rows);
    let html = Page::new(&lines).html().unwrap();
    let shown = text(&html);
    assert!(!shown.contains("€37.75"), "{shown}");
    let shares = chart(&html, "spend-shares-eur");
    assert_eq!((shares.rows.len(), shares.absent), (2, 1));
    for cells in &shares.rows {
        assert_eq!(cells.len(), 2, "no part of a whole that is not known");
        assert_eq!(cells[1] == "not told", cells[0] == "spring", "{cells:?}");
    }

    // A day of two rows, one of which does not tell.
    let mut rows = two_campaigns();
    rows.push(
        row("spring", nth(0), "0", "EUR", [10, 0, 0])
            .id("spring again")
            .absent(Fact::Spend, Absent::NotYet),
    );
    let (lines, days) = (by_campaign(&rows), by_day(&rows));
    let html = Page::new(&lines).days(&days).html().unwrap();
    assert_eq!(chart(&html, "spend-by-time-eur").absent, 1);

    // In several currencies no less.
    rows.push(row("boston", nth(0), "40.00", "USD", [2000, 40, 4]));
    let lines = by_campaign(&rows);
    let shown = text(&Page::new(&lines).html().unwrap());
    assert!(
        !shown.contains("€37.75") && shown.contains("$40.00"),
        "{shown}"
    );
}

#[test]
fn currencies_never_share_a_chart_and_are_never_added_up() {
    let mut rows = two_campaigns();
    rows.push(row("boston", nth(0), "40.00", "USD", [2000, 40, 4]));
    rows.push(row("boston", nth(1), "41.00", "USD", [2000, 44, 4]));
    let (lines, days) = (by_campaign(&rows), by_day(&rows));
    let html = Page::new(&lines).days(&days).html().unwrap();
    for (name, own, other) in [
        ("spend-by-time-eur", "€", "$"),
        ("spend-by-time-usd", "$", "€"),
        ("spend-shares-eur", "€", "$"),
        ("spend-shares-usd", "$", "€"),
    ] {
        let chart = chart(&html, name);
        assert!(
            chart.html.contains(own) && !chart.html.contains(other),
            "{name}"
        );
    }
    let shown = text(&html);
    assert!(shown.contains("€37.75") && shown.contains("$81.00"));
    assert!(!shown.contains("118.75"), "no sum of both");
    // A price is told in each, of what was paid in it.
    assert!(shown.contains("€37.75 ÷ 81 (Link clicks)"), "{shown}");
    assert!(shown.contains("$81.00 ÷ 84 (Link clicks)"));
}

#[test]
fn the_rest_is_drawn_as_others_and_nothing_is_lost() {
    let rows: Vec<Row> = (1..=25)
        .map(|at: u64| {
            let name = format!("campaign {at:02}");
            row(&name, nth(0), &format!("{at}.07"), "EUR", [at * 100, at, 1])
        })
        .collect();
    let html = Page::new(&by_campaign(&rows)).html().unwrap();
    let shares = chart(&html, "spend-shares-eur");
    assert_eq!(shares.rows.len(), 11);
    assert_eq!(shares.rows[0][0], "campaign 25");
    assert_eq!(shares.rows[10][0], "Others (15)");
    // 1 to 15, and fifteen times seven cents.
    assert_eq!(shares.rows[10][1], "€121.05");
    let parts = shares
        .rows
        .iter()
        .map(|row| row[2].trim_end_matches('%').replace('.', ""));
    let sum: u32 = parts.map(|part| part.parse::<u32>().unwrap()).sum();
    assert_eq!(sum, 10_000, "shares add up to a hundred percent");
    assert!(text(&html).contains("The 10 with the most spend, of 25."));
}

#[test]
fn a_page_of_very_many_rows_stays_small_and_says_so() {
    let mut tally = Tally::new(Layout::by([Dimension::Campaign])).unwrap();
    for at in 0..50_000_u64 {
        let name = format!("campaign {at}");
        tally
            .push(&row(&name, nth(0), "1.00", "EUR", [100, 2, 1]))
            .unwrap();
    }
    let lines = tally.finish().unwrap();
    let html = Page::new(&lines).html().unwrap();
    assert!(html.len() < 600_000, "{} bytes", html.len());
    let shown = text(&html);
    assert!(
        shown.contains("200 of 1000 lines are shown"),
        "it tells what it leaves out"
    );
    assert!(shown.contains("49000 rows are summed as others"));
    let shares = chart(&html, "spend-shares-eur");
    assert_eq!(shares.rows[10][0], "Others (990 and more)");
    assert_eq!(shares.rows[10][1], "€49,990.00");
    assert!(shown.contains("€50,000.00"), "the total counts all of them");
    let few = Page::new(&lines).lines(10).html().unwrap();
    assert!(text(&few).contains("10 of 1000 lines"));
}

#[test]
fn many_days_are_drawn_several_to_a_column_and_add_up() {
    let rows: Vec<Row> = (0..200)
        .map(|at| row("long", nth(at), "1.25", "EUR", [100, 1, 0]))
        .collect();
    let (lines, days) = (by_campaign(&rows), by_day(&rows));
    let html = Page::new(&lines).days(&days).html().unwrap();
    let time = chart(&html, "spend-by-time-eur");
    assert_eq!(time.marks, 50, "four days to a column");
    let sum: f64 = time
        .rows
        .iter()
        .map(|row| row[2].trim_start_matches('€').parse::<f64>().unwrap())
        .sum();
    assert!((sum - 250.0).abs() < 1e-9, "{sum}");
}

#[test]
fn verdicts_are_plain_sentences() {
    let rows = [
        row("red", nth(0), "10", "EUR", [10_000, 60, 0]),
        row("blue", nth(0), "10", "EUR", [10_000, 110, 0]),
        row("tiny", nth(0), "1", "EUR", [500, 4, 0]),
    ];
    let lines = by_campaign(&rows);
    let compared = Comparing::new(Measure::CtrLinkClicks)
        .unwrap()
        .report(&lines)
        .unwrap();
    let html = Page::new(&lines).comparison(&compared).html().unwrap();
    let shown = text(&html);
    assert!(
        shown.contains("By CTR (link clicks), blue is better than red.")
            || shown.contains("By CTR (link clicks), red is better than blue."),
        "{shown}"
    );
    assert!(!shown.contains("red is better than blue"));
    assert!(shown.contains("not enough data yet between"), "{shown}");
    assert!(shown.contains("more impressions."));
    let intervals = chart(&html, "intervals-1");
    assert_eq!(intervals.marks, 3);
    let tiny = intervals.rows.iter().find(|row| row[0] == "tiny").unwrap();
    assert_eq!(tiny[1], "0.80%");
    let of = |at: usize| tiny[at].trim_end_matches('%').parse::<f64>().unwrap();
    assert!(
        of(2) < 0.8 && 0.8 < of(3),
        "the value lies within: {tiny:?}"
    );
}

#[test]
fn a_budgets_pace_is_told_and_days_that_are_not_told_are_no_zeros() {
    let lines = by_campaign(&two_campaigns());
    let budget = Budget::new(
        amount("310", "EUR"),
        date(2026, 11, 1),
        date(2026, 11, 30),
        TimeZone::UTC,
    )
    .unwrap();
    let spent: Vec<(Date, Amount)> = (1..=10)
        .filter(|day| *day != 4)
        .map(|day| (date(2026, 11, day), amount("20.00", "EUR")))
        .collect();
    let now: Timestamp = "2026-11-11T00:00:00Z".parse().unwrap();
    let pacing = budget.pacing(&spent, now).unwrap();
    let html = Page::new(&lines).pacing("autumn", &pacing).html().unwrap();
    let shown = text(&html);
    assert!(
        shown.contains("autumn: €180.00 of €310.00 spent"),
        "{shown}"
    );
    assert!(shown.contains("No spend is told of 1 days, which are not taken as zero."));
    let chart = chart(&html, "pacing-1");
    let of = |what: &str| chart.rows.iter().filter(|row| row[0] == what).count();
    assert_eq!((of("Planned"), of("Spent"), of("Expected")), (30, 9, 1));
    assert_eq!(chart.marks, 40);
}

#[test]
fn the_page_speaks_russian_too() {
    let rows = two_campaigns();
    let (lines, days) = (by_campaign(&rows), by_day(&rows));
    let page = Page::new(&lines).days(&days).language(Language::Russian);
    let html = page.html().unwrap();
    assert!(html.contains("<html lang=\"ru\">"));
    let shown = text(&html);
    assert!(shown.contains("37,75\u{a0}€") && shown.contains("3\u{a0}950"));
    assert!(shown.contains("Расходы") && shown.contains("Что важно знать"));
    for english in ["Spend", "Impressions", "What to know", "not told"] {
        assert!(!shown.contains(english), "{english}");
    }
}

#[test]
fn a_report_with_nothing_in_it_says_so() {
    let lines = by_campaign(&[]);
    let html = Page::new(&lines).html().unwrap();
    assert!(charts(&html).is_empty());
    assert!(text(&html).contains("There is nothing to draw"));
}

#[test]
fn days_that_are_none_are_refused() {
    let lines = by_campaign(&two_campaigns());
    let error = Page::new(&lines).days(&lines).html().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config);
    assert!(error.message().contains("Dimension::Day"), "{error}");
}

#[test]
fn a_report_by_days_alone_is_a_page_too() {
    let days = report(&[Dimension::Day], &two_campaigns());
    let html = Page::new(&days).html().unwrap();
    let time = chart(&html, "spend-by-time-eur");
    assert_eq!(time.marks, 2);
    assert_eq!(time.rows[0][2], "€17.25");
}
