//! The examples for X run by themselves, end, and show what they promise.
#![cfg(all(feature = "x", feature = "testing"))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::{Command, Stdio};

#[path = "support/example.rs"]
mod example;

/// What an example prints, line by line; it has to end well.
fn told(name: &str) -> Vec<String> {
    let source = format!("{name}.rs");
    let program = example::built(name, "x,testing,rustls-ring", &[&source]);
    let done = Command::new(program).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let wrong = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{name}: {said}\n{wrong}");
    said.lines().map(str::to_owned).collect()
}

/// The place of the first line that holds this.
fn place(lines: &[String], part: &str) -> usize {
    let found = lines.iter().position(|line| line.contains(part));
    found.unwrap_or_else(|| panic!("`{part}` is not told: {lines:#?}"))
}

#[test]
fn a_threads_price_is_told_before_and_is_what_it_cost_although_a_part_failed() {
    let lines = told("x_thread");
    let told = place(&lines, "the thread costs ");
    let price = lines[told].trim_start_matches("the thread costs ");
    let stopped = place(&lines, "stopped: ");
    let went_on = place(&lines, "and the thread goes on");
    assert!(told < stopped && stopped < went_on, "{lines:#?}");
    assert!(lines[stopped].contains("top up"), "{}", lines[stopped]);
    place(&lines, "published so far: 1");
    // What it cost is what was told, and the question who this is.
    let sum = lines[place(&lines, "in all ")].clone();
    let micros = |text: &str| -> u64 {
        let digits = text.split_whitespace().find(|word| word.contains('.'));
        digits.unwrap().replace('.', "").parse().unwrap()
    };
    assert_eq!(micros(&sum), micros(price) + 10_000, "{sum}, {price}");
    assert!(sum.contains("0.000000 USD in doubt"), "{sum}");
}

#[test]
fn a_desk_answers_within_its_cap_and_goes_on_when_it_says() {
    let lines = told("x_desk");
    let answers = |lines: &[String]| {
        lines
            .iter()
            .filter(|line| line.contains(": answered for "))
            .count()
    };
    let refused = place(&lines, "nothing was sent; come back later");
    assert!(lines[refused].contains("the cap on spending of `desk`, 1.00 USD a day"));
    let goes_on = place(&lines, "the desk goes on at 2026-12-01T00:00:00Z");
    assert_eq!(goes_on, refused + 1);
    assert_eq!(answers(&lines), 9);
    // What is refused is answered on the next day.
    assert!((1..9).contains(&answers(&lines[..refused])));
    place(&lines, "message \"");
    place(&lines, "mention \"");
    place(&lines, "in thousandths of a dollar: {\"2026-11-30\": ");
}
