//! How well it judges texts that others wrote and labelled (issue 6), where these are at hand.

#[path = "../../examples/evaluate/figure.rs"]
mod figure;
#[path = "../../examples/evaluate/measure.rs"]
mod measure;

use std::collections::BTreeMap;
use std::path::Path;

/// The figures of a file of `SOCIABLE_DATA`, or `None` after a line that says that it was passed over.
fn figures(file: &str) -> Option<BTreeMap<String, f64>> {
    let in_ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false");
    let Some(folder) = std::env::var_os("SOCIABLE_DATA") else {
        assert!(
            !in_ci,
            "CI is set, but SOCIABLE_DATA names no folder with labelled texts"
        );
        println!("passed over: {file} (SOCIABLE_DATA names no folder)");
        return None;
    };
    let path = Path::new(&folder)
        .join("complaints")
        .join(format!("{file}.jsonl"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let measured = measure::measure(&text).unwrap().expect("labelled lines");
    let figures = measured.figures(file).into_iter();
    let figures: BTreeMap<String, f64> = figures
        .map(|figure| {
            (
                figure.name.split_once('.').unwrap().1.to_owned(),
                figure.value,
            )
        })
        .collect();
    println!("{file}: {figures:#?}");
    Some(figures)
}

#[test]
fn russian_tweets_about_operators_are_judged_by_company() {
    if let Some(figures) = figures("telecom_ru") {
        assert!(figures["f_macro"] >= 0.50);
        assert!(figures["f_macro"] > figures["f_macro_majority"] + 0.1);
    }
}

#[test]
fn english_tweets_to_airlines_are_judged_and_their_topic_is_found() {
    if let Some(figures) = figures("airlines_en") {
        assert!(figures["f_macro"] >= 0.70);
        assert!(figures["topic"] >= 0.60);
    }
}

#[test]
fn few_neutral_posts_of_the_general_stream_are_called_complaints() {
    if let Some(figures) = figures("general_ru") {
        assert!(figures["neutral_called_complaints"] <= 0.10);
    }
}

#[test]
fn files_are_known_by_what_they_hold() {
    let lines = "{\"text\": \"Ужасная связь\", \"labels\": {\"acme\": -1}}\nno json\n\n{\"text\": \"only a text\"}\n";
    let measured = measure::measure(lines).unwrap().unwrap();
    let figures = measured.figures("x");
    let value = |name: &str| {
        figures
            .iter()
            .find(|figure| figure.name == name)
            .map(|figure| figure.value)
    };
    assert_eq!(value("x.negative.recall"), Some(1.0));
    assert_eq!(value("x.unreadable_lines"), Some(2.0));
    assert!(
        measure::measure("timestamp,value\n1,2\n")
            .unwrap()
            .is_none()
    );
    assert!(measure::measure("").unwrap().is_none());
}
