//! Rows from CSV, read one by one.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use csv::{Reader, ReaderBuilder, StringRecord};
use jiff::tz::TimeZone;

use super::csv_cells::{period, source, told};
use super::csv_out::{NOTHING, plain_text};
use super::fact::Fact;
use super::measure::Measure;
use super::row::{Level, Reported, Row};
use crate::error::{Error, ErrorKind, Result, Rule, Violation};
use crate::model::Currency;

/// How many faults are gathered before reading ends.
const MOST_FAULTS: usize = 100;
/// How long a row may be: behind a quote that is never closed lies the rest of the file.
const LONGEST_ROW: usize = 1 << 20;

/// How files of rows are read.
///
/// The first row names the columns: `id`, `name`, `source`, `network`, `account`, `level`, `campaign`, `creative`,
/// `post`, `day` or `from` and `until`, `attribution`, `currency`, every [`Fact`] by its word, and `reported.` with
/// the word of a [`Measure`]. A date in `until` is the last day, a moment there is the first that is not meant. A
/// time without an offset (`2026-11-30 10:00`) is one of the reader's zone. Money is a decimal number with a point, in
/// the currency of its row or written behind it. An empty cell lacks its value; `-` says that the row does not speak
/// of it.
///
/// ```
/// use sociable::promo::{CsvReader, Dimension, Fact, Layout, Tally};
///
/// let file = "campaign;day;spend;currency;link_clicks\ntea;2026-11-01;12.50;EUR;40\ntea;2026-11-02;;EUR;35\n";
/// let mut tally = Tally::new(Layout::by([Dimension::Campaign]))?;
/// tally.extend(CsvReader::new("ads.csv").rows(file.as_bytes())?)?;
/// let report = tally.finish()?;
/// let tea = report.line(&["tea"]).unwrap();
/// assert_eq!(tea.count(Fact::LinkClicks), Some(75));
/// assert_eq!(tea.get(Fact::Spend).unwrap().why().unwrap().to_string(), "a row does not tell spend");
/// # Ok::<(), sociable::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CsvReader {
    origin: String,
    zone: TimeZone,
    currency: Option<Currency>,
    headings: BTreeMap<String, String>,
    ignore_others: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Name,
    Source,
    Network,
    Account,
    Level,
    Campaign,
    Creative,
    Post,
    Day,
    From,
    Until,
    Attribution,
    Currency,
    Fact(Fact),
    Reported(Measure),
    Ignored,
}

const NAMED: [(&str, Column); 14] = [
    ("id", Column::Id),
    ("name", Column::Name),
    ("source", Column::Source),
    ("network", Column::Network),
    ("account", Column::Account),
    ("level", Column::Level),
    ("campaign", Column::Campaign),
    ("creative", Column::Creative),
    ("post", Column::Post),
    ("day", Column::Day),
    ("from", Column::From),
    ("until", Column::Until),
    ("attribution", Column::Attribution),
    ("currency", Column::Currency),
];

fn column(heading: &str) -> Option<Column> {
    let word = heading.trim().to_lowercase().replace([' ', '-'], "_");
    if let Some(measure) = word.strip_prefix("reported.") {
        return Measure::named(measure).map(Column::Reported);
    }
    let named = NAMED.iter().find(|(name, _)| *name == word);
    named
        .map(|(_, column)| *column)
        .or_else(|| Fact::named(&word).map(Column::Fact))
}

impl CsvReader {
    /// Reads files that rows are said to come from: the origin, such as the file's name, is a part of what tells rows
    /// apart.
    pub fn new(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            zone: TimeZone::UTC,
            currency: None,
            headings: BTreeMap::new(),
            ignore_others: false,
        }
    }

    /// Counts the file's days in this zone, and reads times without an offset by its clock; by default in UTC.
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// Takes money whose row names no currency to be of this one.
    pub fn currency(mut self, currency: Currency) -> Self {
        self.currency = Some(currency);
        self
    }

    /// Takes a heading of the file (`Amount spent`) for one of ours (`spend`).
    pub fn heading(mut self, theirs: impl Into<String>, ours: impl Into<String>) -> Self {
        self.headings.insert(theirs.into(), ours.into());
        self
    }

    /// Passes over columns with headings that are not known. Otherwise they are an error, since a misspelt heading
    /// would lose its figures.
    pub fn ignore_others(mut self) -> Self {
        self.ignore_others = true;
        self
    }

    /// Reads the headings, and then rows as they are asked for.
    ///
    /// The rows end with one error that tells every fault by its line and column, up to 100 of them, where there is
    /// any.
    ///
    /// # Errors
    /// `Invalid` where the headings are wrong, with a violation for each.
    pub fn rows<R: Read>(&self, from: R) -> Result<CsvRows<R>> {
        let mut from = BufReader::new(from);
        let separator = begin(&mut from).map_err(|error| unreadable(&self.origin, &error))?;
        let guard = Guard {
            from,
            left: LONGEST_ROW,
        };
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(guard);
        let mut faults = Faults::default();
        let mut head = StringRecord::new();
        match reader.read_record(&mut head) {
            Ok(true) => {}
            Ok(false) => faults.add(
                1,
                "",
                Rule::Empty,
                "the file is empty: its first row names the columns, such as campaign,day,spend",
            ),
            Err(error) => return Err(unreadable(&self.origin, &error)),
        }
        let mut columns: Vec<Column> = Vec::with_capacity(head.len());
        for heading in &head {
            let ours = self
                .headings
                .get(heading.trim())
                .map_or(heading, |ours| ours);
            let found = match column(ours) {
                Some(found) => found,
                None if self.ignore_others || ours.trim().is_empty() => Column::Ignored,
                None => {
                    let message = "there is no such column: rename it, name it by `heading`, or pass it over by `ignore_others`";
                    faults.add(1, heading, Rule::Malformed, message);
                    Column::Ignored
                }
            };
            if found != Column::Ignored && columns.contains(&found) {
                faults.add(
                    1,
                    heading,
                    Rule::TooMany,
                    "this column stands twice: remove one",
                );
            }
            columns.push(found);
        }
        if !head.is_empty() && !columns.iter().any(|c| matches!(c, Column::Fact(_))) {
            faults.add(
                1,
                "",
                Rule::Missing,
                "no column tells a fact, such as spend or impressions",
            );
        }
        if let Some(error) = faults.end(&self.origin) {
            return Err(error);
        }
        reader.get_mut().left = LONGEST_ROW;
        Ok(CsvRows {
            settings: self.clone(),
            columns,
            reader: Some(reader),
            record: StringRecord::new(),
            faults,
        })
    }
}

fn unreadable(origin: &str, error: &dyn std::fmt::Display) -> Error {
    Error::config(format!("{origin} cannot be read: {error}"))
}

/// Passes the mark of Unicode over, and finds what parts the cells: of `,`, `;` and tab, the one that the first line
/// has most of.
fn begin<R: Read>(from: &mut BufReader<R>) -> io::Result<u8> {
    if from.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        from.consume(3);
    }
    let seen = from.fill_buf()?;
    let line = seen.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |mark: u8| line.iter().filter(|b| **b == mark).count();
    let mut best = b',';
    for mark in *b";\t" {
        if count(mark) > count(best) {
            best = mark;
        }
    }
    Ok(best)
}

/// Ends reading where a row is too long.
#[derive(Debug)]
struct Guard<R> {
    from: R,
    left: usize,
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = into.len().min(self.left);
        let Some(into) = into.get_mut(..room).filter(|into| !into.is_empty()) else {
            return Err(io::Error::other(
                "a row is longer than a megabyte: look for a quote that is not closed",
            ));
        };
        let read = self.from.read(into)?;
        self.left -= read;
        Ok(read)
    }
}

#[derive(Debug, Default)]
struct Faults {
    violations: Vec<Violation>,
}

impl Faults {
    fn add(&mut self, line: u64, column: &str, rule: Rule, message: impl Into<String>) {
        let field = match column.trim() {
            "" => format!("line {line}"),
            column => {
                let short: String = column.chars().take(40).collect();
                format!("line {line}, `{short}`")
            }
        };
        self.violations.push(Violation::error(rule, field, message));
    }

    fn full(&self) -> bool {
        self.violations.len() >= MOST_FAULTS
    }

    fn end(&mut self, origin: &str) -> Option<Error> {
        if self.violations.is_empty() {
            return None;
        }
        let violations = std::mem::take(&mut self.violations);
        let mut message = format!("{origin} is not sound; mend");
        for violation in &violations {
            message.push_str(&format!("\n  {violation}"));
        }
        if violations.len() >= MOST_FAULTS {
            message.push_str("\n  and what comes after: reading ended here");
        }
        Some(Error::new(ErrorKind::Invalid(violations), message))
    }
}

/// The rows of a file, as they are read; at the end an error where anything was wrong.
#[derive(Debug)]
pub struct CsvRows<R: Read> {
    settings: CsvReader,
    columns: Vec<Column>,
    /// `None` when all is read.
    reader: Option<Reader<Guard<BufReader<R>>>>,
    record: StringRecord,
    faults: Faults,
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        while let Some(reader) = &mut self.reader {
            let line = reader.position().line();
            match reader.read_record(&mut self.record) {
                Ok(true) => {
                    let after = reader.position().line();
                    reader.get_mut().left = LONGEST_ROW;
                    let breaks = self.record.iter().flat_map(str::bytes);
                    let breaks = breaks.filter(|b| *b == b'\n').count() as u64;
                    // Empty lines before a row are passed over with it.
                    let line = line.max(after.saturating_sub(1 + breaks));
                    let before = self.faults.violations.len();
                    let row = self.row(line);
                    if self.faults.violations.len() == before {
                        return Some(Ok(row));
                    }
                }
                Ok(false) => self.reader = None,
                Err(error) => {
                    let message = error.to_string();
                    let goes_on = matches!(error.kind(), csv::ErrorKind::Utf8 { .. });
                    self.faults.add(line, "", Rule::Malformed, message);
                    if !goes_on {
                        self.reader = None;
                    }
                }
            }
            if self.faults.full() {
                self.reader = None;
            }
        }
        self.faults.end(&self.settings.origin).map(Err)
    }
}

impl<R: Read> CsvRows<R> {
    fn row(&mut self, line: u64) -> Row {
        let mut row = Row::default().origin(self.settings.origin.clone());
        let (mut from, mut until, mut day) = (None, None, None);
        let of_row = self.columns.iter().position(|c| *c == Column::Currency);
        let mut currency = self.settings.currency;
        let faults = &mut self.faults;
        if let Some(code) = of_row.and_then(|at| self.record.get(at)).map(str::trim)
            && !code.is_empty()
            && code != NOTHING
        {
            currency = Currency::new(code);
            if currency.is_none() {
                let message =
                    format!("`{code}` is no currency: write its three letters, such as EUR");
                faults.add(line, "currency", Rule::Malformed, message);
            }
        }
        if self.record.len() > self.columns.len() {
            let message =
                "there are more cells than columns: put a text with a separator in it in quotes";
            faults.add(line, "", Rule::TooMany, message);
            return row;
        }
        let zone = &self.settings.zone;
        for (at, column) in self.columns.iter().enumerate() {
            let cell = self.record.get(at).unwrap_or_default().trim();
            let text = || {
                let text = plain_text(cell);
                (!cell.is_empty() && cell != NOTHING).then(|| text.to_owned())
            };
            match *column {
                Column::Ignored | Column::Currency => {}
                Column::Id => row.id = text(),
                Column::Name => row.name = text(),
                Column::Network => row.network = text(),
                Column::Account => row.account = text(),
                Column::Campaign => row.campaign = text(),
                Column::Creative => row.creative = text(),
                Column::Post => row.post = text(),
                Column::Attribution => row.attribution = text(),
                Column::Source => {
                    if let Some(word) = text() {
                        row.source = source(&word);
                    }
                }
                Column::Level => match text().as_deref() {
                    None => {}
                    Some("campaign") => row.level = Some(Level::Campaign),
                    Some("creative") => row.level = Some(Level::Creative),
                    Some(_) => {
                        faults.add(line, "level", Rule::Malformed, "it is campaign or creative")
                    }
                },
                Column::Day => day = text(),
                Column::From => from = text(),
                Column::Until => until = text(),
                Column::Fact(_) | Column::Reported(_) if cell == NOTHING => {}
                Column::Reported(_) if cell.is_empty() => {}
                Column::Fact(fact) => match told(fact, cell, currency) {
                    Ok(told) => {
                        row.facts.insert(fact, told);
                    }
                    Err(message) => faults.add(line, fact.as_str(), Rule::Malformed, message),
                },
                Column::Reported(measure) => {
                    let read = if cell.ends_with('%') {
                        Reported::percent(cell)
                    } else {
                        Reported::parse(cell)
                    };
                    match read {
                        Some(reported) => {
                            row.reported.insert(measure, reported);
                        }
                        None => {
                            let message = format!(
                                "`{cell}` is no number: write it with a point, such as 0.0123 or 1.23 %"
                            );
                            faults.add(line, measure.as_str(), Rule::Malformed, message);
                        }
                    }
                }
            }
        }
        match period(day.as_deref(), from.as_deref(), until.as_deref(), zone) {
            Ok(period) => row.period = period,
            Err((column, message)) => faults.add(line, column, Rule::Malformed, message),
        }
        row
    }
}
