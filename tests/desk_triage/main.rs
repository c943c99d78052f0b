//! Triage: what a text wants of us, in three languages and the ways people write them.
#![cfg(feature = "desk")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod figures;
mod greek;
mod judging;
mod own;
mod properties;
mod spans;

use sociable::desk::triage::{Assessment, Input, Lexicon};

/// What the built-in words make of a message to us.
fn told(text: &str) -> Assessment {
    Lexicon::standard().assess(&Input::new(text).addressed(true))
}

/// Whether a rule whose name begins so found these words.
fn found(assessment: &Assessment, text: &str, rule: &str, words: &str) -> bool {
    (assessment.reasons.iter())
        .any(|reason| reason.rule.starts_with(rule) && reason.words(text) == words)
}
