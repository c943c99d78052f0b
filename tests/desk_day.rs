//! The example day: every figure of its summary is computed once more, from what the network recorded and the plan, and
//! without the desk's code.
#![cfg(all(feature = "memory", feature = "outbox", feature = "desk"))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::Command;

use day::{Figure, Record, recomputed};
use serde_json::Value;
use sociable::serde_json;

// Some of its helpers are for another test.
#[allow(dead_code)]
#[path = "support/day.rs"]
mod day;
#[path = "support/example.rs"]
mod example;

fn run(seed: &str) -> (Vec<Figure>, Vec<Record>) {
    let program = example::built(
        "desk_day",
        "memory,outbox,desk",
        &["desk_day.rs", "desk_day"],
    );
    let records =
        std::env::temp_dir().join(format!("desk-day-{}-{seed}.jsonl", std::process::id()));
    let told = Command::new(program)
        .args([seed, "--json", "--records"])
        .arg(&records)
        .output()
        .unwrap();
    let said = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    let figures = said.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let name = line["name"].as_str().unwrap().to_owned();
        (
            name,
            line["value"].as_f64().unwrap(),
            line["n"].as_u64().unwrap(),
        )
    });
    let figures = figures.collect();
    let lines = std::fs::read_to_string(&records).unwrap();
    std::fs::remove_file(&records).unwrap();
    let records = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (figures, records.collect())
}

fn checked(seed: &str) -> Vec<Figure> {
    let (told, records) = run(seed);
    let mut ours = recomputed(&records, include_str!("../examples/desk_day/plan.csv"));
    let mut theirs = told.clone();
    ours.sort_by(|one, other| one.0.cmp(&other.0));
    theirs.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        theirs, ours,
        "seed {seed}: the summary, and what the network recorded"
    );
    told
}

fn figure(figures: &[Figure], name: &str) -> (f64, u64) {
    let found = figures.iter().find(|(known, ..)| known == name);
    let (_, value, n) = found.unwrap_or_else(|| panic!("{name} is not told"));
    (*value, *n)
}

#[test]
fn every_figure_of_the_day_follows_from_what_the_network_recorded() {
    let mut days = Vec::new();
    for seed in ["1", "3"] {
        let told = checked(seed);
        // It is a day in which something happens.
        assert_eq!(figure(&told, "posts.published"), (9.0, 9));
        let (soon, all) = figure(&told, "first_response.within_10");
        assert!(all >= 10 && soon >= 0.8 * all as f64, "{soon} of {all}");
        for name in [
            "complaints.unprompted",
            "complaints.handed_over",
            "complaints.recovered",
            "complaints.edited_by_author",
            "complaints.removed_by_author",
        ] {
            assert!(figure(&told, name).0 >= 1.0, "{name}");
        }
        days.push(told);
    }
    assert_ne!(days[0], days[1], "another seed is another day");
    assert_eq!(days[0], checked("1"), "the same seed is the same day");
}
