//! CSV in and out, and the table of a terminal.

use std::io::Read;

use sociable::jiff::civil::date;
use sociable::jiff::tz::TimeZone;
use sociable::promo::{
    CsvReader, Dimension, Fact, Layout, Measure, Rate, Report, Row, RowWriter, Tally, Told,
};
use sociable::{Absent, Currency, Error, ErrorKind, Source};

use crate::kit::{day, eur, hours, paid, tallied, usd};

fn read(text: &str) -> Result<Vec<Row>, Error> {
    CsvReader::new("ads.csv").rows(text.as_bytes())?.collect()
}

fn faults(error: &Error) -> Vec<String> {
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    error.violations().iter().map(ToString::to_string).collect()
}

#[test]
fn rows_read_by_their_headings_in_any_order() {
    let text = "\u{feff}Link Clicks;campaign;from;until;spend;reported.ctr_link_clicks;impressions\r\n\
                20;tea;2026-11-02;2026-11-03;12.50 EUR;2%;1000\r\n\
                \r\n\
                -;cups;2026-11-02T10:00:00Z;2026-11-02T12:00:00Z;3 USD;;-\r\n";
    let rows = read(text).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].campaign.as_deref(), Some("tea"));
    assert_eq!(rows[0].period, Some(hours(24, 72)));
    assert_eq!(rows[0].facts[&Fact::Spend], Told::Money(eur("12.50")));
    assert_eq!(rows[0].reported.len(), 1);
    assert_eq!(rows[1].period, Some(hours(34, 36)));
    assert_eq!(rows[1].facts.len(), 1);
    assert_eq!(rows[1].facts[&Fact::Spend], Told::Money(usd("3")));
}

#[test]
fn every_fault_is_told_by_line_and_column() {
    let text = "campaign,day,spend,currency,clicks,level\n\
                tea,2026-11-01,1.5,EUR,10,campaign\n\
                tea,yesterday,abc,EUR,-1,part\n\
                \n\
                tea,2026-11-01,1.5,EURO,1e3,\n\
                tea,2026-11-01,1.5,EUR,10,campaign,more\n\
                tea,2026-11-01,99999999999999999999999999999999999999999,EUR,99999999999999999999,\n";
    let mut rows = CsvReader::new("ads.csv").rows(text.as_bytes()).unwrap();
    assert!(rows.next().unwrap().is_ok());
    let error = rows.next().unwrap().unwrap_err();
    assert!(rows.next().is_none());
    let told = faults(&error);
    for (at, begin) in [
        "line 3, `spend`: `abc`",
        "line 3, `clicks`: `-1`",
        "line 3, `level`",
        "line 3, `day`: `yesterday`",
        "line 5, `currency`: `EURO`",
        "line 5, `spend`",
        "line 5, `clicks`: `1e3`",
        "line 6: there are more cells",
        "line 7, `spend`",
        "line 7, `clicks`",
    ]
    .iter()
    .enumerate()
    {
        assert!(told[at].starts_with(begin), "{} / {begin}", told[at]);
    }
    assert!(error.message().starts_with("ads.csv is not sound"));
}

#[test]
fn headings_that_are_not_known_are_errors_unless_passed_over() {
    let text = "campaign,Amount spent,clikcs,clicks,clicks\ntea,3 EUR,1,2,2\n";
    let error = read(text).unwrap_err();
    let told = faults(&error);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("Amount spent") && told[1].contains("clikcs"));
    assert!(told[2].contains("twice"));
    let text = "campaign,Amount spent,clikcs\ntea,3 EUR,1\n";
    let reader = CsvReader::new("x")
        .heading("Amount spent", "spend")
        .ignore_others();
    let rows: Vec<Row> = reader
        .rows(text.as_bytes())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows[0].facts.len(), 1);
    assert!(
        read("campaign,day\ntea,2026-11-01\n")
            .unwrap_err()
            .message()
            .contains("no column tells a fact")
    );
    assert!(read("").unwrap_err().message().contains("empty"));
}

#[test]
fn an_empty_cell_lacks_its_value_and_is_no_zero() {
    let rows = read("campaign,clicks,reach\ntea,,-\n").unwrap();
    assert!(matches!(
        rows[0].facts[&Fact::Clicks],
        Told::Absent(Absent::Other(_))
    ));
    assert!(!rows[0].facts.contains_key(&Fact::Reach));
    let mut tally = Tally::new(Layout::by([Dimension::Campaign])).unwrap();
    tally.extend(rows.into_iter().map(Ok)).unwrap();
    let report = tally.finish().unwrap();
    assert_eq!(report.total.count(Fact::Clicks), None);
}

#[test]
fn days_are_those_of_the_zone_and_money_takes_the_files_currency() {
    let reader = CsvReader::new("x")
        .zone(TimeZone::get("Europe/Athens").unwrap())
        .currency(Currency::USD);
    let text = "campaign,day,spend\ntea,2026-11-02,3\n";
    let row = reader
        .rows(text.as_bytes())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(row.period, Some(hours(22, 46)));
    assert_eq!(row.facts[&Fact::Spend], Told::Money(usd("3")));
}

#[test]
fn times_without_an_offset_are_those_of_the_zone_and_no_whole_days() {
    let text = "id,from,until,spend,currency\n\
                ad1,2026-11-01 10:00,2026-11-01 11:00,5,EUR\n\
                ad1,2026-11-01T11:00:00,2026-11-01T12:00:00,7,EUR\n";
    let rows = read(text).unwrap();
    assert_eq!(rows[0].period, Some(hours(10, 11)));
    assert_eq!(rows[1].period, Some(hours(11, 12)));
    let report = tallied(Layout::by([]), &rows).unwrap();
    assert_eq!(report.total.amounts(Fact::Spend), [eur("12")]);

    let berlin = CsvReader::new("ads.csv").zone(TimeZone::get("Europe/Berlin").unwrap());
    let rows = berlin.rows(text.as_bytes()).unwrap();
    let rows: Vec<Row> = rows.collect::<Result<_, _>>().unwrap();
    assert_eq!(rows[0].period, Some(hours(9, 10)));

    let text = "from,until,spend,currency\n\
                2026-10-25 02:00,2026-10-25 03:00,5,EUR\n\
                2026-11-01 10:00[Asia/Tokyo],2026-11-01,5,EUR\n\
                2026-11-01 00:00,2026-11-01 00:00,5,EUR\n";
    let error = berlin.rows(text.as_bytes()).unwrap();
    let error = error.collect::<Result<Vec<_>, _>>().unwrap_err();
    let told = faults(&error);
    for (fault, begin) in told.iter().zip([
        "line 2, `from`: the clock of Europe/Berlin shows `2026-10-25 02:00` twice",
        "line 3, `from`: `2026-11-01 10:00[Asia/Tokyo]` is no time",
        "line 4, `until`: it is the moment of `from`",
    ]) {
        assert!(fault.contains(begin), "{fault}");
    }
    assert_eq!(told.len(), 3);
}

#[test]
fn a_day_with_an_hour_is_no_day() {
    let rows = read("day,spend,currency\n2026-11-01 00:00:00,5,EUR\n").unwrap();
    assert_eq!(rows[0].period, Some(hours(0, 24)));
    for cell in ["2026-11-01 10:00", "2026-11-01T00:00:00+02:00"] {
        let text = format!("day,spend,currency\n{cell},5,EUR\n");
        let told = faults(&read(&text).unwrap_err());
        assert!(told[0].contains("line 2, `day`"), "{told:?}");
    }
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_memory() {
    let head = "campaign,clicks\n\"tea,1\n".as_bytes();
    let endless = head.chain(std::io::repeat(b'x'));
    let mut rows = CsvReader::new("x").rows(endless).unwrap();
    let error = rows.next().unwrap().unwrap_err();
    assert!(error.message().contains("quote"), "{error}");
    assert!(rows.next().is_none());
}

#[test]
fn bytes_that_are_no_text_are_told_and_the_rest_is_read() {
    let text = b"campaign,clicks\ntea,1\n\xff\xfe,2\ncups,x\n";
    let all: Vec<_> = CsvReader::new("x").rows(&text[..]).unwrap().collect();
    let error = all.last().unwrap().as_ref().unwrap_err();
    assert_eq!(faults(error).len(), 2, "{error}");
}

#[test]
fn faults_are_gathered_up_to_a_bound() {
    let mut text = "campaign,clicks\n".to_owned();
    text.push_str(&"tea,x\n".repeat(1000));
    let error = read(&text).unwrap_err();
    assert_eq!(faults(&error).len(), 100);
    assert!(error.message().contains("reading ended here"));
}

#[test]
fn rows_go_through_a_file_unchanged() {
    let rows = [
        paid("=cmd|' /C calc'!A0")
            .id("+1")
            .period(day(1))
            .money(Fact::Spend, eur("-1.234567"))
            .count(Fact::Clicks, 5)
            .absent(Fact::Reach, Absent::Other("the cell is empty".to_owned())),
        Row::new(Source::Other("own".to_owned()))
            .origin("shop")
            .campaign("a \"quoted\", name\nin two lines")
            .attribution("7d click")
            .count(Fact::Orders, 0),
    ];
    let mut bytes = Vec::new();
    let mut writer = RowWriter::new(&mut bytes).unwrap();
    rows.iter().for_each(|row| writer.write(row).unwrap());
    writer.finish().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("'=cmd") && text.contains("'+1"), "{text}");
    let back: Vec<Row> = CsvReader::new("shop")
        .rows(text.as_bytes())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(back, rows);
    let mixed = paid("x")
        .money(Fact::Spend, eur("1"))
        .money(Fact::Revenue, usd("1"));
    let mut writer = RowWriter::new(Vec::new()).unwrap();
    assert!(
        writer
            .write(&mixed)
            .unwrap_err()
            .message()
            .contains("several currencies")
    );
}

fn report() -> Report {
    let rows = [
        paid("=SUM(A1)")
            .id("a")
            .money(Fact::Spend, eur("10"))
            .count(Fact::LinkClicks, 3),
        paid("@tea").id("b").money(Fact::Spend, usd("4.5")),
        paid("🍵 чай")
            .id("c")
            .money(Fact::Spend, eur("1"))
            .money(Fact::Spend, eur("2")),
    ];
    tallied(Layout::by([Dimension::Campaign]), &rows).unwrap()
}

#[test]
fn a_report_as_csv_holds_every_currency_and_no_formula() {
    let text = report().csv().unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "line,campaign,name,rows,from,until,currency,spend,link_clicks,cost_per_link_click"
    );
    let lines: Vec<&str> = lines.collect();
    assert!(
        lines.contains(&"line,'=SUM(A1),,1,,,EUR,10,3,3.333333333333"),
        "{text}"
    );
    assert!(lines.contains(&"line,'@tea,,1,,,USD,4.5,,"), "{text}");
    // Of the total, each currency in a row of its own.
    assert!(lines.contains(&"total,,,3,,,EUR,12.00,,"), "{text}");
    assert!(lines.contains(&"total,,,3,,,USD,4.50,,"), "{text}");
}

#[test]
fn a_sum_that_lacks_a_row_is_an_empty_cell() {
    let mut rows = vec![
        paid("tea")
            .id("tea 1")
            .period(day(1))
            .money(Fact::Spend, eur("24")),
        paid("tea")
            .id("tea 2")
            .period(day(2))
            .absent(Fact::Spend, Absent::NotYet),
        paid("cups")
            .id("cups 1")
            .period(day(1))
            .money(Fact::Spend, eur("3")),
    ];
    let report = |rows: &[Row]| {
        let layout = Layout::by([Dimension::Campaign]);
        tallied(layout.measures([Measure::Fact(Fact::Spend)]), rows).unwrap()
    };
    let csv = report(&rows).csv().unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4, "{csv}");
    assert!(lines[1].starts_with("line,cups") && lines[1].ends_with(",EUR,3"));
    assert!(lines[2].starts_with("line,tea") && lines[2].ends_with(",,"));
    assert!(lines[3].starts_with("total,") && lines[3].ends_with(",,"));

    // In several currencies no less.
    rows.push(
        paid("tea")
            .id("tea 3")
            .period(day(3))
            .money(Fact::Spend, usd("5")),
    );
    let report = report(&rows);
    assert_eq!(report.csv().unwrap().lines().count(), 4);
    assert!(!report.table().contains("24.00"), "{}", report.table());
}

#[test]
fn a_table_is_aligned_whatever_letters_it_holds() {
    let layout = Layout::by([Dimension::Campaign])
        .convert_to(Currency::EUR)
        .rate(Rate::new("USD", "EUR", "0.9", date(2026, 11, 1), "ECB").unwrap())
        .measures([Measure::Fact(Fact::Spend), Measure::CostPerLinkClick]);
    let rows = [
        paid("お茶")
            .money(Fact::Spend, eur("10"))
            .count(Fact::LinkClicks, 3),
        paid("tea\u{202e}\n\t\u{7}")
            .money(Fact::Spend, usd("4.5"))
            .count(Fact::LinkClicks, 0),
    ];
    let text = tallied(layout, &rows).unwrap().table();
    let wanted = "\
campaign      Spend  CPC (link clicks)
──────────────────────────────────────
お茶      10.00 EUR         3.3333 EUR
tea        4.05 EUR                  –
total     14.05 EUR         4.6833 EUR

1 USD = 0.900000 EUR on 2026-11-01 (ECB)
";
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    let wanted: Vec<&str> = wanted.lines().collect();
    assert_eq!(text, wanted, "{}", text.join("\n"));
}
