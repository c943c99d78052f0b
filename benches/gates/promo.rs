//! What paid promotion brought, as one report: rows in any number, in memory that does not grow with them.

use std::hint::black_box;
use std::io::Read;

use jiff::{SignedDuration, Timestamp};
use sociable::promo::{Amount, CsvReader, Dimension, Fact, Layout, Row, RowWriter, Tally};
use sociable::{Currency, Period, Source};

use crate::counted::{Work, instructions};
use crate::figures::{Bound, Report};
use crate::memory::live;

/// A row is added up.
pub(crate) const ROW: Work = ("promo.row", rows);
/// A row is read from CSV, and added up.
pub(crate) const CSV: Work = ("promo.csv", read);

/// Adding a row up: its keys, eight facts, and the look at its period.
const MOST_ROW: f64 = 12_000.0;
/// Reading it from a file as well.
const MOST_CSV: f64 = 25_000.0;
/// What a million rows may hold, as a multiple of what ten thousand do (issue 7: bounded memory).
const MOST_GROWTH: f64 = 1.2;
/// What a million rows may hold more when each is of another id, in bytes.
const MOST_STRANGERS: f64 = 8.0 * 1024.0 * 1024.0;

const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
const ADS: u64 = 2_000;
const CAMPAIGNS: u64 = 200;

const HEAD: &str = "id,campaign,creative,network,account,from,until,currency,spend,impressions,reach,clicks,link_clicks,joins,conversions\n";

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// The figures of an ad on a day.
fn counts(at: u64) -> [u64; 6] {
    let shown = 1_000 + at * 7 % 5_000;
    [
        shown,
        shown - shown / 4,
        shown / 40,
        shown / 60,
        shown / 900,
        shown / 700,
    ]
}

fn period(day: u64) -> Period {
    let since = start() + SignedDuration::from_hours(24 * day as i64);
    Period::new(since, since + SignedDuration::from_hours(24))
}

/// The row of a number: of an ad on a day.
fn row(at: u64) -> Row {
    let (ad, day) = (at % ADS, at / ADS);
    let [shown, reach, clicks, links, joins, conversions] = counts(at);
    Row::new(Source::Promoted)
        .id(format!("ad{ad}"))
        .origin("shop")
        .network("town")
        .account("shop")
        .campaign(format!("campaign{}", ad % CAMPAIGNS))
        .creative(format!("ad{ad}"))
        .period(period(day))
        .money(
            Fact::Spend,
            Amount::new(i128::from(shown) * 12_345, 6, Currency::EUR).unwrap(),
        )
        .count(Fact::Impressions, shown)
        .count(Fact::Reach, reach)
        .count(Fact::Clicks, clicks)
        .count(Fact::LinkClicks, links)
        .count(Fact::Joins, joins)
        .count(Fact::Conversions, conversions)
}

/// A file that is made as it is read, so that it holds no memory itself.
struct File {
    line: String,
    read: usize,
    at: u64,
    rows: u64,
    /// Whether each row is of another ad.
    strangers: bool,
}

impl File {
    fn new(rows: u64, strangers: bool) -> Self {
        Self {
            line: HEAD.to_owned(),
            read: 0,
            at: 0,
            rows,
            strangers,
        }
    }

    fn next(&mut self) {
        use std::fmt::Write as _;
        let at = self.at;
        self.at += 1;
        let ad = if self.strangers { at } else { at % ADS };
        let period = period(if self.strangers { 0 } else { at / ADS });
        let [shown, reach, clicks, links, joins, conversions] = counts(at);
        let micros = shown * 12_345;
        self.line.clear();
        self.read = 0;
        writeln!(
            self.line,
            "ad{ad},campaign{},ad{ad},town,shop,{},{},EUR,{}.{:06},{shown},{reach},{clicks},{links},{joins},{conversions}",
            ad % CAMPAIGNS,
            period.since,
            period.until,
            micros / 1_000_000,
            micros % 1_000_000,
        )
        .unwrap();
    }
}

impl Read for File {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.read == self.line.len() {
            if self.at == self.rows {
                return Ok(0);
            }
            self.next();
        }
        let rest = &self.line.as_bytes()[self.read..];
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        self.read += length;
        Ok(length)
    }
}

fn layout() -> Layout {
    Layout::by([Dimension::Network, Dimension::Campaign])
}

/// Reads a file of so many rows into a report, and writes each row on: the most that was held at any time, in bytes.
fn held(rows: u64, strangers: bool) -> i64 {
    let before = live();
    let mut most = 0;
    let mut tally = Tally::new(layout()).unwrap();
    let mut out = RowWriter::new(std::io::sink()).unwrap();
    let file = CsvReader::new("ads.csv")
        .rows(File::new(rows, strangers))
        .unwrap();
    for (at, row) in file.enumerate() {
        let row = row.unwrap();
        tally.push(&row).unwrap();
        out.write(&row).unwrap();
        if at % 97 == 0 {
            most = most.max(live() - before);
        }
    }
    out.finish().unwrap();
    let report = tally.finish().unwrap();
    most = most.max(live() - before);
    assert_eq!(report.total.rows, rows);
    assert_eq!(report.lines.len() as u64, rows.min(CAMPAIGNS));
    let shown: u64 = (0..rows).map(|at| counts(at)[0]).sum();
    assert_eq!(report.total.count(Fact::Impressions), Some(shown));
    let spend = Amount::new(i128::from(shown) * 12_345, 6, Currency::EUR).unwrap();
    assert_eq!(report.total.amounts(Fact::Spend), [spend]);
    most
}

/// Adds up rows of some ads, again and again for another day.
fn rows(turns: u64, _: &[String]) {
    let mut tally = Tally::new(layout()).unwrap();
    let mut all: Vec<Row> = (0..CAMPAIGNS).map(row).collect();
    for turn in 0..turns {
        let row = &mut all[(turn % CAMPAIGNS) as usize];
        row.period = Some(period(turn / CAMPAIGNS));
        tally.push(black_box(row)).unwrap();
    }
    black_box(tally.finish().unwrap());
}

fn read(turns: u64, _: &[String]) {
    let mut tally = Tally::new(layout()).unwrap();
    let file = CsvReader::new("ads.csv")
        .rows(File::new(turns, false))
        .unwrap();
    tally.extend(file).unwrap();
    black_box(tally.finish().unwrap());
}

pub(crate) fn gates(report: &mut Report) {
    // What the program makes once and keeps is no part of a report.
    held(10, false);
    let (few, many) = (held(FEW, false), held(MANY, false));
    report.figure("promo.rows.heap", many as f64, Bound::Free);
    let growth = many as f64 / few.max(1) as f64;
    report.figure("promo.rows.growth", growth, Bound::AtMost(MOST_GROWTH));
    let strangers = held(MANY, true) - many;
    report.figure(
        "promo.rows.strangers_bytes",
        strangers as f64,
        Bound::AtMost(MOST_STRANGERS),
    );
    for (work, name, most) in [
        (ROW.0, "promo.row.instructions", MOST_ROW),
        (CSV.0, "promo.csv.instructions", MOST_CSV),
    ] {
        match instructions(work, 5_000, &[]) {
            Ok(count) => report.figure(name, count, Bound::AtMost(most)),
            Err(why) => report.unmeasured(name, &why),
        }
    }
}
