//! What a report is made with, from files.

use std::fs::File;
use std::path::Path;

use serde::Deserialize;
use sociable::jiff::civil::Date;
use sociable::jiff::tz::TimeZone;
use sociable::promo::{CsvReader, Layout, Rate, Row};
use sociable::{Currency, Error, Result, Source};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    to: Currency,
    rate: Vec<Told>,
}

/// What one unit of a currency is worth.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    from: String,
    worth: String,
    date: Date,
    source: String,
}

fn cannot(path: &Path, e: &dyn std::fmt::Display) -> Error {
    Error::config(format!("{}: {e}", path.display()))
}

/// Rates, and the currency that all money is converted to.
pub(super) fn rates(path: &Path, layout: Layout) -> Result<Layout> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot(path, &e))?;
    let rates: Rates = toml::from_str(&text).map_err(|e| cannot(path, &e))?;
    let mut layout = layout.convert_to(rates.to);
    for told in rates.rate {
        let to = rates.to.as_str();
        let rate = Rate::new(&told.from, to, &told.worth, told.date, told.source);
        layout = layout.rate(rate.map_err(|e| cannot(path, &e.message()))?);
    }
    Ok(layout)
}

/// The rows of a file of one's own.
pub(super) fn revenue(path: &Path, zone: &TimeZone) -> Result<Vec<Row>> {
    let file = File::open(path).map_err(|e| cannot(path, &e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let reader = CsvReader::new(name).zone(zone.clone());
    // Whatever is in the file is your own word, unless it says otherwise.
    let own = |row: Row| match row.source {
        Source::Promoted => row.source(Source::Other("own".to_owned())),
        _ => row,
    };
    let rows = reader
        .rows(file)
        .and_then(|rows| rows.map(|row| row.map(own)).collect::<Result<Vec<Row>>>());
    rows.map_err(|e| cannot(path, &e))
}
