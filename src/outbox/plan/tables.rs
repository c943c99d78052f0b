//! A plan as TOML: `zone`, `[slots.ACCOUNT]` and a `[[post]]` for each row.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::columns::{Column, Row, Value};
use super::days::{Closed, SlotTime};
use super::faults::Faults;
use super::slots::Slots;
use super::time;
use crate::error::{Error, Result, Rule};
use crate::shared::lines::Lines;

/// What stands in a file besides its rows.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) zone: Option<TimeZone>,
    pub(super) slots: BTreeMap<String, Slots>,
    /// Accounts whose slots are wrong, which is told already.
    pub(super) faulty: BTreeSet<String>,
    pub(super) rows: Vec<Row>,
}

/// Reads the text of a file, in this zone unless it names its own. What is wrong with its form is told, and the rest read all the same.
pub(super) fn read(text: &str, zone: Option<&TimeZone>, faults: &mut Faults) -> File {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines(text);
    let mut file = File {
        zone: zone.cloned(),
        ..File::default()
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let line = lines.of(error.span().map_or(text.len(), |span| span.start));
        let message = format!(
            "this is not TOML: {}; mend the line, a value is written as key = \"value\"",
            error.message()
        );
        faults.add(line, "", Rule::Malformed, message);
    }
    if !errors.is_empty() {
        // What the parser made of the rest is a guess, and so would be what is wrong with it.
        return file;
    }
    let document = document.get_ref();
    // Slots may stand in the file's zone, wherever that is written.
    if let Some((key, value)) = document.get_key_value("zone") {
        let line = lines.of(key.span().start);
        let zone = plain(value.get_ref()).unwrap_or_default();
        match time::zone(&zone) {
            Ok(zone) => file.zone = Some(zone),
            Err(trouble) => faults.add(line, "zone", Rule::Malformed, trouble),
        }
    }
    for (key, value) in document {
        let line = lines.of(key.span().start);
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("zone", _) => {}
            ("slots", DeValue::Table(accounts)) => {
                for (account, table) in accounts {
                    let line = lines.of(account.span().start);
                    let name = account.get_ref().as_ref();
                    match slots(name, table, line, &file, &lines, faults) {
                        Some(slots) => {
                            file.slots.insert(name.to_owned(), slots);
                        }
                        None => {
                            file.faulty.insert(name.to_owned());
                        }
                    }
                }
            }
            ("slots", _) => faults.add(
                line,
                "slots",
                Rule::Malformed,
                "slots belong to an account: write [slots.ACCOUNT]",
            ),
            ("post", DeValue::Array(posts)) => {
                for post in posts.iter() {
                    match post.get_ref() {
                        DeValue::Table(table) => {
                            let line = lines.of(post.span().start);
                            file.rows.push(row(table, line, &lines, faults));
                        }
                        _ => faults.add(line, "post", Rule::Malformed, POSTS),
                    }
                }
            }
            ("post", _) => faults.add(line, "post", Rule::Malformed, POSTS),
            (other, _) => faults.add(
                line,
                other,
                Rule::Malformed,
                "this is not known here: a plan holds `zone`, [slots.ACCOUNT] and a [[post]] for each post",
            ),
        }
    }
    file
}

const POSTS: &str =
    "posts are a list of tables: write [[post]], with two brackets, before each post";

fn row(table: &DeTable<'_>, line: usize, lines: &Lines<'_>, faults: &mut Faults) -> Row {
    let mut row = Row::new(line);
    for (key, value) in table {
        let (name, line) = (key.get_ref().as_ref(), lines.of(key.span().start));
        match (name, value.get_ref()) {
            ("variants", DeValue::Table(variants)) => {
                for (name, text) in variants {
                    let line = lines.of(name.span().start);
                    let column = Column::Variant(name.get_ref().as_ref().to_owned());
                    cell(&mut row, line, column, text.get_ref(), faults);
                }
            }
            ("thread", DeValue::Array(parts)) => {
                for (number, part) in (2..).zip(parts.iter()) {
                    let line = lines.of(part.span().start);
                    cell(
                        &mut row,
                        line,
                        Column::Thread(number),
                        part.get_ref(),
                        faults,
                    );
                }
            }
            ("variants", _) => faults.add(
                line,
                name,
                Rule::Malformed,
                "write a table: variants = { telegram = \"…\" }",
            ),
            ("thread", _) => faults.add(
                line,
                name,
                Rule::Malformed,
                "write a list of texts: thread = [\"…\", \"…\"]",
            ),
            _ => match Column::read(name) {
                Some(column) if row.get(&column).is_some() => faults.add(
                    line,
                    name,
                    Rule::TooMany,
                    "this stands here twice, in the singular and in the plural: remove one",
                ),
                Some(column) => cell(&mut row, line, column, value.get_ref(), faults),
                None => {
                    let message = format!(
                        "there is no such key; there are: {}",
                        Column::all().replace(
                            "text.NETWORK, thread.2, thread.3 …",
                            "variants (a table) and thread (a list)"
                        )
                    );
                    faults.add(line, name, Rule::Malformed, message);
                }
            },
        }
    }
    row
}

fn cell(row: &mut Row, line: usize, column: Column, value: &DeValue<'_>, faults: &mut Faults) {
    let value = match value {
        DeValue::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(|i| plain(i.get_ref())).collect();
            items.map(Value::List)
        }
        one => plain(one).map(Value::Text),
    };
    match value {
        Some(value) => row.push(line, column, value),
        None => faults.add(
            line,
            column.to_string(),
            Rule::Malformed,
            "this value has a form that is not read here: write a text in quotes, or a list of texts",
        ),
    }
}

/// A plain value as it is written.
fn plain(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => text.as_ref().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => return None,
    })
}

fn slots(
    account: &str,
    table: &Spanned<DeValue<'_>>,
    line: usize,
    file: &File,
    lines: &Lines<'_>,
    faults: &mut Faults,
) -> Option<Slots> {
    let whole = format!("slots.{account}");
    let DeValue::Table(table) = table.get_ref() else {
        let message = format!("write a table: [{whole}] with times = [\"mon,thu 09:00\"]");
        faults.add(line, whole, Rule::Malformed, message);
        return None;
    };
    let mut zone = file.zone.clone();
    let (mut times, mut closed) = (Vec::new(), Vec::new());
    let mut good = true;
    for (key, value) in table {
        let (name, line) = (key.get_ref().as_ref(), lines.of(key.span().start));
        let mut wrong = |message: String| {
            faults.add(line, format!("{whole}.{name}"), Rule::Malformed, message);
            good = false;
        };
        let texts = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|i| plain(i.get_ref())).collect(),
            one => plain(one).map(|text| vec![text]),
        };
        let texts: Vec<String> = texts.unwrap_or_default();
        match name {
            "zone" => match time::zone(&texts.concat()) {
                Ok(found) => zone = Some(found),
                Err(trouble) => wrong(trouble),
            },
            "times" => {
                for text in texts {
                    match text.parse::<SlotTime>() {
                        Ok(slot) => times.push(slot),
                        Err(e) => wrong(e.message().to_owned()),
                    }
                }
            }
            "closed" => {
                for text in texts {
                    match text.parse::<Closed>() {
                        Ok(days) => closed.push(days),
                        Err(e) => wrong(e.message().to_owned()),
                    }
                }
            }
            _ => wrong("there is no such key; there are: zone, times, closed".to_owned()),
        }
    }
    if good && times.is_empty() {
        let message = "there is no slot: write times = [\"mon,thu 09:00\", \"daily 18:30\"]";
        faults.add(line, whole, Rule::Missing, message);
        return None;
    }
    let Some(zone) = zone else {
        let message = "slots are local times: write zone = \"Europe/Athens\" here or at the top";
        faults.add(line, format!("{whole}.zone"), Rule::Missing, message);
        return None;
    };
    good.then(|| {
        let mut slots = Slots::in_zone(zone);
        (slots.times, slots.closed) = (times, closed);
        slots
    })
}

/// Slots and rows as the text of a file.
pub(super) fn written(
    slots: &BTreeMap<String, Slots>,
    rows: &[Vec<(Column, Value)>],
) -> Result<String> {
    let cannot =
        |e: toml::ser::Error| Error::config(format!("the plan cannot be written as TOML: {e}"));
    let mut document = toml::Table::new();
    if !slots.is_empty() {
        document.insert(
            "slots".to_owned(),
            toml::Value::try_from(slots).map_err(cannot)?,
        );
    }
    let posts: toml::value::Array = rows.iter().map(|row| post(row)).collect();
    if !posts.is_empty() {
        document.insert("post".to_owned(), posts.into());
    }
    toml::to_string_pretty(&document).map_err(cannot)
}

fn post(cells: &[(Column, Value)]) -> toml::Value {
    let mut post = toml::Table::new();
    let mut variants = toml::Table::new();
    let mut thread = toml::value::Array::new();
    for (column, value) in cells {
        let value = match value {
            Value::Text(text) => toml::Value::from(text.clone()),
            Value::List(list) => toml::Value::from(list.clone()),
        };
        match column {
            Column::Variant(name) => {
                variants.insert(name.clone(), value);
            }
            Column::Thread(_) => thread.push(value),
            column => {
                post.insert(column.to_string(), value);
            }
        }
    }
    if !thread.is_empty() {
        post.insert("thread".to_owned(), thread.into());
    }
    if !variants.is_empty() {
        post.insert("variants".to_owned(), variants.into());
    }
    post.into()
}
