//! The console's contests, as a person or a script runs them: every verb in a process of its own.
#![cfg(all(
    feature = "memory",
    feature = "accounts",
    feature = "contest",
    feature = "embedded"
))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value;
use sociable::jiff::{SignedDuration, Timestamp};

use run::{Console, Done, text};

mod life;
#[cfg(all(
    feature = "bluesky",
    feature = "vk",
    feature = "x",
    feature = "oauth",
    feature = "testing"
))]
mod nets;
// Some of its helpers are for other tests.
#[allow(dead_code)]
#[path = "../console/run.rs"]
mod run;
mod wrong;

fn contest(console: &Console, arguments: &[&str]) -> Vec<Value> {
    console.good(&[&["contest"], arguments].concat())
}

fn run_contest(console: &Console, arguments: &[&str]) -> Done {
    console.run(&[&["contest"], arguments].concat())
}

/// What a verb says that is refused: the kind of the error and its message.
#[track_caller]
fn refused(console: &Console, arguments: &[&str]) -> (String, String) {
    let done = run_contest(console, arguments);
    assert_eq!(
        done.code, 1,
        "{arguments:?}: {:?} {}",
        done.lines, done.stderr
    );
    let line = done.lines.last();
    let line = line.unwrap_or_else(|| panic!("{arguments:?}: {}", done.stderr));
    assert_eq!(line["ok"], false, "{line}");
    let error = &line["error"];
    (
        text(error, "kind").to_owned(),
        text(error, "message").to_owned(),
    )
}

/// A moment so many seconds from now, as rules write it.
fn civil(seconds: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_secs(seconds);
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A moment so many minutes from now, as arguments write it.
fn moment(minutes: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_mins(minutes);
    at.to_string()
}

/// Rules of a contest that opened an hour ago and closes in so many seconds.
fn rules(closes_in: i64) -> String {
    format!(
        r#"
title = "Tea for one"
winners = 1
reserves = 2
unknown = "reject"

[window]
open = "{}"
close = "{}"
zone = "UTC"

[[about]]
kind = "post"

[[conditions]]
kind = "liked"

[[conditions]]
kind = "commented"
pattern = "(?i)tea"

[mode]
kind = "chance"
"#,
        civil(-3600),
        civil(closes_in),
    )
}

fn write(console: &Console, name: &str, text: &str) {
    std::fs::write(console.folder.0.join(name), text).unwrap();
}

fn read(console: &Console, name: &str) -> String {
    std::fs::read_to_string(console.folder.0.join(name)).unwrap()
}

/// Publishes what a contest is about.
fn invitation(console: &Console, from: &str) -> String {
    let post = [
        "publish",
        "--to",
        from,
        "--text",
        "Like this, and name your tea",
    ];
    text(&console.one(&post)["post"], "id").to_owned()
}

fn likes(console: &Console, who: &str, post: &str) {
    console.good(&["engage", "--from", who, post, "like"]);
}

fn comments(console: &Console, who: &str, post: &str, words: &str) -> String {
    let comment = ["publish", "--to", who, "--reply-to", post, "--text", words];
    text(&console.one(&comment)["post"], "id").to_owned()
}
