//! Reports and rows as CSV.

use std::collections::BTreeMap;
use std::io::Write;

use csv::{Writer, WriterBuilder};

use super::fact::{Fact, Told};
use super::fraction::Fraction;
use super::measure::{Measure, Style};
use super::report::{Line, Measured, Outcome, Report};
use super::row::Row;
use crate::error::{Error, Result};
use crate::model::Currency;

fn cannot(error: csv::Error) -> Error {
    Error::config(format!(
        "the CSV cannot be written: {error}; check the place that it is written to"
    ))
}

/// A text that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it (OWASP, CSV
/// Injection). Numbers are written by us and need none.
fn safe(text: &str) -> String {
    if is_risky(text) {
        return format!("'{text}");
    }
    text.to_owned()
}

fn is_risky(text: &str) -> bool {
    let marks = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    // Spreadsheets pass blanks over before they look.
    text.trim_start_matches(' ').starts_with(marks)
}

/// The text as it was before [`safe`].
pub(super) fn plain_text(text: &str) -> &str {
    text.strip_prefix('\'')
        .filter(|rest| is_risky(rest))
        .unwrap_or(text)
}

/// The exact value as far as twelve places tell it, for programs: ratios as parts of one, money without its currency.
fn number(figure: &Measured) -> String {
    let Outcome::Value { value, .. } = &figure.outcome else {
        return String::new();
    };
    let digits = match figure.measure.formula().style {
        Style::Whole => 0,
        Style::Percent | Style::Times | Style::Money(_) => 12,
    };
    plain(*value, digits)
}

fn plain(value: Fraction, digits: u32) -> String {
    let text = value.decimal(digits).unwrap_or_default();
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Report {
    /// The report as CSV, line by line: a row for each line, then `others` and `total`. Numbers have a point and no
    /// unit, ratios are parts of one, money stands with its currency in the column `currency`; where there is no
    /// value the cell is empty. Money in several currencies has a row for each currency, in which only that money
    /// stands.
    ///
    /// # Errors
    /// `Config` where it cannot be written.
    pub fn write_csv(&self, to: impl Write) -> Result<()> {
        let mut writer = WriterBuilder::new().flexible(false).from_writer(to);
        let mut head = vec!["line".to_owned()];
        head.extend(self.by.iter().map(|by| by.as_str().to_owned()));
        head.extend(["name", "rows", "from", "until", "currency"].map(str::to_owned));
        head.extend(
            self.measures
                .iter()
                .map(|measure| measure.as_str().to_owned()),
        );
        writer.write_record(&head).map_err(cannot)?;
        for line in &self.lines {
            self.write_line(&mut writer, "line", line)?;
        }
        if let Some(others) = &self.others {
            self.write_line(&mut writer, "others", others)?;
        }
        self.write_line(&mut writer, "total", &self.total)?;
        writer.flush().map_err(|error| cannot(error.into()))
    }

    fn write_line(&self, writer: &mut Writer<impl Write>, kind: &str, line: &Line) -> Result<()> {
        let mut start = vec![kind.to_owned()];
        for at in 0..self.by.len() {
            let part = line.key.0.get(at).and_then(|part| part.as_deref());
            start.push(safe(part.unwrap_or_default()));
        }
        start.push(safe(line.name.as_deref().unwrap_or_default()));
        start.push(line.rows.to_string());
        let period = line
            .period
            .map(|p| (p.since.to_string(), p.until.to_string()));
        let (since, until) = period.unwrap_or_default();
        start.extend([since, until]);
        let currency = line.figures.iter().find_map(Measured::currency);
        // What is in another currency, by it.
        let mut apart: BTreeMap<Currency, BTreeMap<Measure, String>> = BTreeMap::new();
        let mut cells = start.clone();
        cells.push(currency.map(|c| c.to_string()).unwrap_or_default());
        for measure in &self.measures {
            let figure = line.get(*measure);
            let here = figure.filter(|f| f.currency().is_none() || f.currency() == currency);
            let mut cell = here.map(number).unwrap_or_default();
            if let (Measure::Fact(fact), true) = (*measure, cell.is_empty()) {
                for amount in line.whole_amounts(fact) {
                    if Some(amount.currency()) == currency {
                        cell = amount.number();
                    } else {
                        let row = apart.entry(amount.currency()).or_default();
                        row.insert(*measure, amount.number());
                    }
                }
            }
            cells.push(cell);
        }
        writer.write_record(&cells).map_err(cannot)?;
        for (currency, amounts) in apart {
            let mut cells = start.clone();
            cells.push(currency.to_string());
            for measure in &self.measures {
                cells.push(amounts.get(measure).cloned().unwrap_or_default());
            }
            writer.write_record(&cells).map_err(cannot)?;
        }
        Ok(())
    }

    /// As [`write_csv`](Self::write_csv), as a text.
    ///
    /// # Errors
    /// As there.
    pub fn csv(&self) -> Result<String> {
        let mut bytes = Vec::new();
        self.write_csv(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| Error::config("the CSV is no text"))
    }
}

/// Writes rows as CSV, one by one, in the form that [`CsvRows`](super::CsvRows) reads.
#[derive(Debug)]
pub struct RowWriter<W: Write>(Writer<W>);

/// What stands in a cell of which a row does not speak.
pub(super) const NOTHING: &str = "-";

const TEXTS: [&str; 12] = [
    "id",
    "name",
    "source",
    "network",
    "account",
    "level",
    "campaign",
    "creative",
    "post",
    "from",
    "until",
    "attribution",
];

impl<W: Write> RowWriter<W> {
    /// Writes the headings.
    ///
    /// # Errors
    /// `Config` where it cannot be written.
    pub fn new(to: W) -> Result<Self> {
        let mut writer = WriterBuilder::new().from_writer(to);
        let facts = Fact::ALL.iter().map(|fact| fact.as_str());
        let head = TEXTS.into_iter().chain(["currency"]).chain(facts);
        writer.write_record(head).map_err(cannot)?;
        Ok(Self(writer))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// `Config` where it cannot be written, or tells money in several currencies: such a row is two.
    pub fn write(&mut self, row: &Row) -> Result<()> {
        let mut currency = None;
        for told in row.facts.values() {
            if let Told::Money(amount) = told
                && *currency.get_or_insert(amount.currency()) != amount.currency()
            {
                return Err(Error::config(format!(
                    "{} tells money in several currencies: make a row for each",
                    row.shown()
                )));
            }
        }
        let text = |text: &Option<String>| safe(text.as_deref().unwrap_or_default());
        let source = serde_json::to_value(&row.source).ok();
        let source = source.and_then(|source| source.as_str().map(safe));
        let moment = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let cells = [
            text(&row.id),
            text(&row.name),
            source.unwrap_or_default(),
            text(&row.network),
            text(&row.account),
            row.level
                .map(|level| level.as_str().to_owned())
                .unwrap_or_default(),
            text(&row.campaign),
            text(&row.creative),
            text(&row.post),
            moment(row.period.map(|period| period.since)),
            moment(row.period.map(|period| period.until)),
            text(&row.attribution),
            currency.map(|c| c.to_string()).unwrap_or_default(),
        ];
        let facts = Fact::ALL.iter().map(|fact| match row.facts.get(fact) {
            Some(Told::Count(count)) => count.to_string(),
            Some(Told::Money(amount)) => amount.number(),
            // An empty cell is a value that lacks; what a row does not speak of is marked.
            Some(Told::Absent(_)) => String::new(),
            None => NOTHING.to_owned(),
        });
        self.0
            .write_record(cells.into_iter().chain(facts))
            .map_err(cannot)
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// `Config` where it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.0.flush().map_err(|error| cannot(error.into()))
    }
}
