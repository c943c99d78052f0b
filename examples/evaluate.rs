//! How well the desk judges texts and trends are found, on any labelled files: `cargo run --release --example evaluate --features full -- DIR`
//!
//! Reads every file below `DIR` that holds one of these, whatever its name, and prints JSON lines
//! `{"name":"telecom_ru.f_macro","value":0.53,"n":2460}`, named after the file:
//!
//! - JSON lines `{"text", "labels": {"company": -1 | 0 | 1}}`: what a text says about each company (SentiRuEval);
//! - JSON lines `{"text", "label": "negative" | "neutral" | "positive" | other, "reason"?, "company"?}`: what a text says at all, and why
//!   it complains.
//!
//! A folder with `windows.json` and series of counts (`NAME.csv`) is measured as a whole: how well a watch over counts finds
//! the labelled bursts, beside a z-score (see `evaluate/volumes.rs`). With `--weeks FROM-TO` simulated years are lived
//! through by the detector, one for each seed from FROM to TO, each in three forms: plain, with an author who writes 10,000
//! posts a week, and with bursts that are harder to see (see `evaluate/weeks/mod.rs` for what is a hit, a delay, a false
//! alarm).
//!
//! Without `DIR` it reads a few sentences of its own. Lines that cannot be read are counted and told.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

#[path = "evaluate/figure.rs"]
mod figure;
#[path = "evaluate/measure.rs"]
mod measure;
#[path = "evaluate/volumes.rs"]
mod volumes;
#[path = "evaluate/weeks/mod.rs"]
mod weeks;
#[path = "evaluate/years.rs"]
mod years;

use figure::Figure;

const SAMPLE: &str = r#"{"text": "Третий день нет интернета, Ромашка, сколько можно ждать?", "labels": {"ромашка": -1}}
{"text": "Ромашка, спасибо за быструю помощь!", "labels": {"ромашка": 1}}
{"text": "Ромашка открывает магазин на улице Ленина", "labels": {"ромашка": 0}}
{"text": "My suitcase is lost since Monday", "label": "negative", "reason": "Lost Luggage", "company": "Acme"}
{"text": "Great flight, thank you!", "label": "positive", "reason": null, "company": "Acme"}
{"text": "Which gate is flight 12?", "label": "neutral", "reason": null, "company": "Acme"}
"#;

/// What there is to say of a file. Another job adds its kind of file here.
fn figures(file: &str, text: &str) -> Result<Option<Vec<Figure>>, Box<dyn Error>> {
    Ok(measure::measure(text)?.map(|measured| measured.figures(file)))
}

fn print(figures: &[Figure]) {
    for Figure { name, value, n } in figures {
        let value = (value * 10_000.0).round() / 10_000.0;
        println!("{}", json!({"name": name, "value": value, "n": n}));
    }
}

/// Every file below a folder, in the order of their names.
fn files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut folder = None;
    let mut words = std::env::args_os().skip(1);
    let mut asked = false;
    while let Some(word) = words.next() {
        asked = true;
        if word == "--weeks" {
            let seeds = words.next().unwrap_or_default();
            print(&years::figures(&seeds.to_string_lossy())?);
        } else {
            folder = Some(word);
        }
    }
    let Some(folder) = folder else {
        if !asked {
            print(&figures("sample", SAMPLE)?.unwrap_or_default());
        }
        return Ok(());
    };
    let mut paths = Vec::new();
    files(Path::new(&folder), &mut paths)?;
    let series: BTreeSet<PathBuf> = (paths.iter())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name == volumes::WINDOWS)
        })
        .filter_map(|path| path.parent().map(Path::to_path_buf))
        .collect();
    for folder in &series {
        print(&volumes::figures(folder)?);
    }
    for path in paths {
        if path.parent().is_some_and(|folder| series.contains(folder)) {
            continue;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        match figures(&stem, &text)? {
            Some(figures) => print(&figures),
            None => eprintln!("{}: nothing that is measured here", path.display()),
        }
    }
    Ok(())
}
