//! The console's desk, as a person or a script runs it: every verb in a process of its own, over the embedded network and
//! a file that they share.
#![cfg(all(
    feature = "memory",
    feature = "accounts",
    feature = "desk",
    feature = "embedded"
))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value;

use run::{Console, keys, text};

// Some of its helpers are for other tests.
#[allow(dead_code)]
#[path = "console/run.rs"]
mod run;

fn desk(console: &Console, arguments: &[&str]) -> Vec<Value> {
    console.good(&[&["desk"], arguments].concat())
}

fn refused(console: &Console, arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let done = console.run(&[&["desk"], arguments].concat());
    assert_ne!(done.code, 0, "{arguments:?}: {:?}", done.lines);
    (done.code, done.lines, done.stderr)
}

/// The case whose last text begins so.
#[track_caller]
fn case(cases: &[Value], begins: &str) -> String {
    let found = cases
        .iter()
        .find(|case| text(case, "text").starts_with(begins));
    let found = found.unwrap_or_else(|| panic!("{begins} is not among {cases:?}"));
    text(found, "id").to_owned()
}

#[test]
fn the_inbox_finds_something_at_once_and_its_lines_have_the_form_that_scripts_stand_on() {
    let console = Console::embedded("desk-form");
    let cases = desk(&console, &["inbox"]);
    assert!(
        cases.len() >= 3,
        "a message, a comment, a mention: {cases:?}"
    );
    for line in &cases {
        for key in [
            "id",
            "account",
            "network",
            "author",
            "text",
            "status",
            "intent",
            "severity",
            "service",
            "due",
            "remaining",
            "agent",
        ] {
            assert!(keys(line).contains(&key), "{key} in {line}");
        }
        assert_eq!(line["network"], "memory");
        assert!(line["agent"].is_null() && line["author"]["handle"].is_string());
    }
    let left: Vec<i64> = cases
        .iter()
        .filter_map(|case| case["remaining"].as_i64())
        .collect();
    assert!(left.is_sorted(), "{left:?}");
    assert_eq!(desk(&console, &["inbox"]).len(), cases.len(), "each once");
    assert_eq!(desk(&console, &["inbox", "--limit", "1"]).len(), 1);
    // Without a state the world begins anew with each run, and the same cases with it.
    let bare = Console {
        common: Vec::new(),
        ..Console::embedded("desk-bare")
    };
    let ids = |cases: &[Value]| {
        cases
            .iter()
            .map(|case| text(case, "id").to_owned())
            .collect::<Vec<_>>()
    };
    let first = ids(&desk(&bare, &["inbox"]));
    assert_eq!(first.len(), cases.len());
    assert_eq!(first, ids(&desk(&bare, &["inbox"])));
    let claimed = desk(&bare, &["claim", &first[0], "--by", "ann"]);
    assert_eq!(claimed[0]["agent"], "ann");
}

#[test]
fn a_case_is_claimed_answered_handed_over_and_resolved() {
    let console = Console::embedded("desk-work");
    console.good(&[
        "publish",
        "--to",
        "alice",
        "--text",
        "@shop my parcel is broken and nobody answers",
    ]);
    let cases = desk(&console, &["inbox"]);
    let id = case(&cases, "@shop my parcel");
    let claimed = desk(&console, &["claim", &id, "--by", "ann"]);
    assert_eq!(claimed[0]["agent"], "ann");
    let (code, lines, _) = refused(&console, &["claim", &id, "--by", "ben"]);
    assert_eq!(code, 1);
    assert_eq!(lines[0]["error"]["kind"], "Conflict");
    assert!(text(&lines[0]["error"], "message").contains("ann"));
    let handed = desk(
        &console,
        &[
            "handoff",
            &id,
            "warehouse",
            "--note",
            "Another one?",
            "--by",
            "ann",
        ],
    );
    assert_eq!(handed[0]["service"], "warehouse");
    desk(
        &console,
        &["handoff", &id, "--answered", "Two are left", "--by", "walt"],
    );
    let answered = desk(
        &console,
        &[
            "answer",
            &id,
            "--text",
            "A new one leaves today",
            "--by",
            "ann",
        ],
    );
    assert_eq!(answered[0]["status"], "waiting_customer");
    desk(
        &console,
        &[
            "answer",
            &id,
            "--text",
            "A new one leaves today",
            "--by",
            "ann",
        ],
    );
    let posts = console.good(&["posts", "--from", "shop", "--limit", "50"]);
    let sent = posts
        .iter()
        .filter(|post| post["text"] == "A new one leaves today");
    assert_eq!(sent.count(), 1, "never twice");
    let resolved = desk(&console, &["resolve", &id, "--by", "ann"]);
    assert_eq!(resolved[0]["status"], "resolved");
    let open = desk(&console, &["inbox"]);
    assert!(open.iter().all(|case| text(case, "id") != id));
    assert_eq!(
        desk(&console, &["inbox", "--offline", "--in", "resolved"]).len(),
        1
    );
    let shown = desk(&console, &["show", &id]);
    assert_eq!(shown[0]["case"]["handoffs"][0]["answer"], "Two are left");
    let report = desk(&console, &["report"]);
    assert_eq!(report[0]["complaints"]["complaint_rate"]["numerator"], 1);
    assert!(
        report[0]["answers"]["all"]["first_response"]["count"]
            .as_u64()
            .unwrap()
            >= 1
    );
}

#[test]
fn personal_data_in_public_and_missing_fields_are_refused_before_anything_is_sent() {
    let console = Console::embedded("desk-private");
    console.good(&[
        "publish",
        "--to",
        "alice",
        "--text",
        "@shop where is my order?",
    ]);
    let id = case(&desk(&console, &["inbox"]), "@shop where");
    let words = "Your order number 482133 is on its way";
    let (_, lines, _) = refused(&console, &["answer", &id, "--text", words]);
    assert!(text(&lines[0]["error"], "message").contains("move to private messages"));
    let (_, lines, _) = refused(&console, &["answer", &id, "--text", words, "--dry-run"]);
    assert_eq!(lines[0]["violations"].as_array().unwrap().len(), 1);
    std::fs::write(
        console.folder.0.join("sorry.txt"),
        "Dear {name}, {order} is on its way.",
    )
    .unwrap();
    let with = [
        "answer",
        &id,
        "--template",
        "sorry.txt",
        "--field",
        "name=Alice",
    ];
    let done = console.run(&[&["desk"], &with[..]].concat());
    assert_ne!(done.code, 0);
    assert!(done.stderr.contains("order"), "{}", done.stderr);
    let all = [&with[..], &["--field", "order=it", "--private"]].concat();
    desk(&console, &all);
    let told = console.good(&["conversations", "--from", "alice"]);
    assert_eq!(told[0]["last"]["text"], "Dear Alice, it is on its way.");
}

#[test]
fn rules_of_a_file_search_route_and_promise() {
    let console = Console::embedded("desk-rules");
    let rules = r#"
        [policy]
        id = "hour"
        version = 1
        calendar = { id = "always", version = 1 }
        targets = { first = { within = "1h", warn_at = [50] } }

        [[service]]
        name = "warehouse"
        within = "2h"

        [[route]]
        id = "broken"
        service = "warehouse"
        words = ["broken"]
        at_once = true

        [[search]]
        name = "brand"
        terms = ["Acme"]
        every = "15m"
        max_calls_a_day = 50
    "#;
    std::fs::write(console.folder.0.join("desk.toml"), rules).unwrap();
    console.good(&[
        "publish",
        "--to",
        "bob",
        "--text",
        "Acme sold me a broken kettle, this is awful",
    ]);
    let cases = desk(&console, &["inbox", "--rules", "desk.toml"]);
    let found = cases
        .iter()
        .find(|case| text(case, "text").starts_with("Acme"))
        .unwrap();
    assert_eq!(found["service"], "warehouse");
    assert!(found["remaining"].as_i64().unwrap() > 3000, "{found}");
    let id = text(found, "id");
    let (code, _, stderr) = refused(&console, &["handoff", id, "moon", "--rules", "desk.toml"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("warehouse"), "{stderr}");
    std::fs::write(
        console.folder.0.join("wrong.toml"),
        "[[search]]\nname = \"x\"\nterms = []\n",
    )
    .unwrap();
    let (code, _, stderr) = refused(&console, &["inbox", "--rules", "wrong.toml"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("add a term"), "{stderr}");
}

#[test]
fn a_person_is_exported_and_erased() {
    let console = Console::embedded("desk-erase");
    console.good(&[
        "publish",
        "--to",
        "alice",
        "--text",
        "@shop Secretword came broken",
    ]);
    let id = case(&desk(&console, &["inbox"]), "@shop Secretword");
    let before = desk(&console, &["report"]);
    let all = desk(&console, &["export", &id]);
    assert!(all[0].to_string().contains("Secretword"));
    let erased = desk(&console, &["erase", &id]);
    assert!(erased[0]["texts"].as_u64().unwrap() >= 1);
    let shown = desk(&console, &["show", &id]);
    assert!(shown[0]["author"].is_null());
    assert!(!shown[0].to_string().contains("Secretword"));
    let after = desk(&console, &["report"]);
    assert_eq!(
        before[0]["complaints"], after[0]["complaints"],
        "the figures stay"
    );
    let jobs = std::fs::read(console.folder.0.join("state.jobs")).unwrap();
    assert!(!jobs.windows(10).any(|part| part == b"Secretword"));
    let (_, _, stderr) = refused(&console, &["erase", &id]);
    assert!(stderr.contains("names nobody"), "{stderr}");
}

#[test]
fn help_explains_each_verb() {
    let console = Console::embedded("desk-help");
    let said = |arguments: &[&str]| {
        let done = console.command(arguments).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    let help = said(&["desk", "--help"]);
    for verb in [
        "inbox", "show", "claim", "answer", "handoff", "note", "resolve", "settle", "hide",
        "report", "export", "erase",
    ] {
        assert!(help.contains(verb), "{verb}");
        assert!(
            said(&["desk", verb, "--help"]).contains("--rules"),
            "{verb}"
        );
    }
}

#[test]
fn an_unknown_case_and_a_missing_state_are_told() {
    let console = Console::embedded("desk-none");
    let (code, lines, _) = refused(&console, &["claim", "nothing"]);
    assert_eq!(code, 1);
    assert_eq!(lines[0]["error"]["kind"], "NotFound");
    std::fs::write(
        console.folder.0.join("accounts.toml"),
        "[[account]]\nname = \"shop\"\nnetwork = \"memory\"\naccount = \"shop\"\n",
    )
    .unwrap();
    let bare = Console {
        common: vec![
            "--accounts".to_owned(),
            console.folder.0.join("accounts.toml").display().to_string(),
        ],
        ..Console::embedded("desk-none-bare")
    };
    let (code, _, stderr) = refused(&bare, &["inbox"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("--jobs"), "{stderr}");
    let with = bare.good(&["desk", "inbox", "--jobs", "cases"]);
    assert!(!with.is_empty());
}
