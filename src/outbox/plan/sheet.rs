//! A plan as CSV, as spreadsheets of all countries write it.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};

use super::columns::{Column, Row, Value};
use super::faults::Faults;
use crate::error::{Error, Result, Rule};

/// Cuts a sheet into rows. What is wrong with its form is told, and the rest read all the same.
pub(super) fn rows(text: &str, faults: &mut Faults) -> (Vec<Row>, Vec<Column>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = separator(text);
    // The reader of the crate is lenient: it would swallow the rest of a file behind a quote that is not closed.
    let whole = match wrong_quote(text, separator) {
        Some((start, line, message)) => {
            faults.add(line, "", Rule::Malformed, message);
            text.get(..start).unwrap_or_default()
        }
        None => text,
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(whole.as_bytes());
    let mut records = reader.records().filter_map(std::result::Result::ok);
    let Some(head) = records.find(|record| !is_empty(record)) else {
        if whole.len() == text.len() {
            faults.add(
                0,
                "",
                Rule::Empty,
                "the file is empty: its first row names the columns, such as accounts;time;text",
            );
        }
        return (Vec::new(), Vec::new());
    };
    let (columns, missing) = columns(&head, faults);
    let mut rows = Vec::new();
    for record in records.filter(|record| !is_empty(record)) {
        let line = line(&record, text);
        let mut row = Row::new(line);
        for (at, cell) in record.iter().enumerate() {
            match columns.get(at) {
                Some(Some(column)) => {
                    row.push(line, column.clone(), Value::Text(cell.to_owned()));
                }
                _ if cell.trim().is_empty() => {}
                // An unknown heading is told already.
                Some(None) if head.get(at).is_some_and(|h| !h.trim().is_empty()) => {}
                _ => {
                    let message = format!(
                        "`{}` stands in no column: write a heading above it, or put the text in quotes that has `{}` in it",
                        beginning(cell),
                        char::from(separator)
                    );
                    faults.add(line, "", Rule::TooMany, message);
                }
            }
        }
        rows.push(row);
    }
    (rows, missing)
}

fn is_empty(record: &StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

/// The line on which a record begins. The reader counts empty lines before a record to it.
fn line(record: &StringRecord, text: &str) -> usize {
    let Some(position) = record.position() else {
        return 0;
    };
    let begin = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let line = usize::try_from(position.line()).unwrap_or(usize::MAX);
    let before = text.get(begin..).unwrap_or_default().bytes();
    let empty = before.take_while(|b| matches!(b, b'\n' | b'\r'));
    line + empty.filter(|b| *b == b'\n').count()
}

fn beginning(cell: &str) -> String {
    let mut letters = cell.chars();
    let mut short: String = letters.by_ref().take(20).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// The columns by their headings, and those that must be there and are not.
fn columns(head: &StringRecord, faults: &mut Faults) -> (Vec<Option<Column>>, Vec<Column>) {
    let line = head
        .position()
        .map_or(1, |p| usize::try_from(p.line()).unwrap_or(1));
    let mut columns: Vec<Option<Column>> = Vec::new();
    for (at, heading) in head.iter().enumerate() {
        let column = Column::read(heading);
        match &column {
            // What stands below it is told there; an empty column is none.
            None if heading.trim().is_empty() => {}
            None => {
                let message = format!("there is no such column; there are: {}", Column::all());
                faults.add(line, heading.trim(), Rule::Malformed, message);
            }
            Some(known) => {
                let twice = columns.iter().position(|c| c.as_ref() == Some(known));
                if let Some(first) = twice {
                    let message = format!(
                        "columns {} and {} have the same name: rename or remove one",
                        first + 1,
                        at + 1
                    );
                    faults.add(line, known.to_string(), Rule::TooMany, message);
                }
            }
        }
        columns.push(column);
    }
    let has = |column: &Column| columns.contains(&Some(column.clone()));
    let content = [Column::Text, Column::Media, Column::Link, Column::Poll];
    let mut missing = Vec::new();
    if !has(&Column::Accounts) {
        missing.push(Column::Accounts);
    }
    if !has(&Column::Time) && !has(&Column::Slot) {
        missing.push(Column::Time);
    }
    if !content.iter().any(has) {
        missing.push(Column::Text);
    }
    for column in &missing {
        let message = "this column is missing: add it to the first row";
        faults.add(line, column.to_string(), Rule::Missing, message);
    }
    (columns, missing)
}

/// What parts the cells: of `,`, `;` and tab, the one that the first row has most of.
fn separator(text: &str) -> u8 {
    let head = text.lines().find(|line| !line.trim().is_empty());
    let head = head.unwrap_or_default().as_bytes();
    let mut best = (0, b',');
    for mark in [b',', b';', b'\t'] {
        let count = head.iter().filter(|b| **b == mark).count();
        if count > best.0 {
            best = (count, mark);
        }
    }
    best.1
}

/// The first quote that stands where none can: where its row begins (as a byte), its line, and what to do.
fn wrong_quote(text: &str, separator: u8) -> Option<(usize, usize, String)> {
    let bytes = text.as_bytes();
    let ends = |b: Option<&u8>| b.is_none_or(|b| matches!(b, b'\n' | b'\r') || *b == separator);
    let (mut row, mut line) = (0, 1);
    // The line of the quote that is open, and whether a cell begins here.
    let (mut open, mut begins) = (None, true);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        match (byte, open) {
            (b'"', None) if begins => open = Some(line),
            (b'"', None) => {
                let message = "a quote stands within a text that does not begin with one: put the whole cell in quotes, \
                               and write each quote in it twice";
                return Some((row, line, message.to_owned()));
            }
            (b'"', Some(_)) if next == Some(&b'"') => at += 1,
            (b'"', Some(_)) if ends(next) => open = None,
            (b'"', Some(first)) => {
                let message = format!(
                    "a quote ends the cell that begins on line {first}, but the text goes on: write a quote within a \
                     text twice"
                );
                return Some((row, line, message));
            }
            _ => {}
        }
        begins = open.is_none() && (*byte == separator || matches!(byte, b'\n' | b'\r'));
        if *byte == b'\n' {
            line += 1;
            if open.is_none() {
                row = at + 1;
            }
        }
        at += 1;
    }
    open.map(|line| {
        let message = "a quote opens here and is never closed: close the cell with a quote";
        (row, line, message.to_owned())
    })
}

/// Rows as a sheet with commas, the columns that any of them has in their order.
pub(super) fn written(rows: &[Vec<(Column, Value)>]) -> Result<String> {
    let mut columns: Vec<&Column> = rows.iter().flatten().map(|(column, _)| column).collect();
    columns.sort();
    columns.dedup();
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    let cannot = |e: csv::Error| Error::config(format!("the plan cannot be written as CSV: {e}"));
    writer
        .write_record(columns.iter().map(ToString::to_string))
        .map_err(cannot)?;
    for row in rows {
        let cell = |column: &&Column| {
            let found = row.iter().find(|(c, _)| c == *column);
            found.map(|(_, value)| value.cell()).unwrap_or_default()
        };
        writer
            .write_record(columns.iter().map(cell))
            .map_err(cannot)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| Error::config(format!("the plan cannot be written as CSV: {}", e.error())))?;
    String::from_utf8(bytes).map_err(|_| Error::config("the plan cannot be written as CSV"))
}
