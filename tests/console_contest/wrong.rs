//! What is refused, and what is said.

use super::*;

/// What wrong usage says.
#[track_caller]
fn wrong_usage(console: &Console, arguments: &[&str]) -> String {
    let done = run_contest(console, arguments);
    assert_eq!(
        done.code, 2,
        "{arguments:?}: {:?} {}",
        done.lines, done.stderr
    );
    done.stderr
}

#[test]
fn rules_that_cannot_work_are_refused_with_everything_that_is_wrong() {
    let console = Console::embedded("contest-rules");
    let post = invitation(&console, "shop");
    let open = ["open", "--rules", "tea.toml", "--post", &post];
    let said = wrong_usage(&console, &open);
    assert!(said.contains("tea.toml"), "{said}");
    write(
        &console,
        "tea.toml",
        &rules(3600).replace("winners", "winers"),
    );
    let said = wrong_usage(&console, &open);
    assert!(
        said.contains("tea.toml") && said.contains("winers"),
        "{said}"
    );
    // It ended before it began, nobody wins, and a pattern is none.
    let bad = rules(-7200)
        .replace("winners = 1", "winners = 0")
        .replace("(?i)tea", "(tea");
    write(&console, "tea.toml", &bad);
    let (kind, said) = refused(&console, &open);
    assert_eq!(kind, "Invalid");
    for part in ["win", "pattern", "window"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(
        contest(&console, &["list"]).is_empty(),
        "nothing was opened"
    );
}

#[test]
fn a_contest_that_is_not_there_or_not_named_is_asked_for() {
    let console = Console::embedded("contest-names");
    let (kind, said) = refused(&console, &["show"]);
    assert_eq!(kind, "NotFound");
    assert!(said.contains("contest open"), "{said}");
    let post = invitation(&console, "shop");
    for name in ["one", "two"] {
        write(&console, "tea.toml", &rules(3600));
        contest(
            &console,
            &[
                "open", "--rules", "tea.toml", "--name", name, "--post", &post,
            ],
        );
    }
    let said = wrong_usage(&console, &["freeze"]);
    assert!(said.contains("one, two"), "{said}");
    assert_eq!(contest(&console, &["show", "two"])[0]["id"], "two");
    let (kind, said) = refused(&console, &["show", "three"]);
    assert_eq!(kind, "NotFound");
    assert!(said.contains("three"), "{said}");
    let open = [
        "open", "--rules", "tea.toml", "--name", "Tea Time", "--post", &post,
    ];
    assert!(wrong_usage(&console, &open).contains("a contest's name"));
}

#[test]
fn a_proof_that_is_none_and_a_chain_that_is_none_are_told_apart() {
    let console = Console::embedded("contest-none");
    assert!(wrong_usage(&console, &["verify", "proof.json"]).contains("proof.json"));
    write(&console, "proof.json", "{}");
    let done = run_contest(&console, &["verify", "proof.json"]);
    assert_eq!((done.code, &done.lines[0]["ok"]), (1, &false.into()));
    write(&console, "chain.json", "[1, 2");
    let said = wrong_usage(&console, &["verify", "proof.json", "--chain", "chain.json"]);
    assert!(said.contains("chain.json"), "{said}");
}

#[test]
fn every_verb_explains_itself() {
    let console = Console::embedded("contest-help");
    let help = |arguments: &[&str]| {
        let done = console.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let all = help(&["contest", "--help"]);
    for verb in [
        "open", "list", "show", "collect", "entries", "report", "decide",
    ]
    .iter()
    .chain(&[
        "freeze", "commit", "draw", "recheck", "confirm", "decline", "announce",
    ])
    .chain(&[
        "redraw", "proof", "prove", "verify", "dispute", "close", "cancel", "erase",
    ]) {
        assert!(all.contains(verb), "{verb} is not in the help");
        assert!(help(&["contest", verb, "--help"]).len() > 100);
    }
}
