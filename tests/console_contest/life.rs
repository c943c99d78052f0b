//! The whole life of a contest over the embedded network and a state file.

use std::process::{Command, Stdio};

use super::*;

/// A contest that is drawn, with `proof.json`, `chain.json` and `alice.json` in the console's folder.
fn drawn(name: &str) -> Console {
    let console = Console::embedded(name);
    let post = invitation(&console, "shop");
    for who in ["alice", "bob"] {
        likes(&console, who, &post);
        comments(&console, who, &post, "Green tea, please");
    }
    write(&console, "tea.toml", &rules(3600));
    contest(
        &console,
        &[
            "open", "--rules", "tea.toml", "--from", "shop", "--post", &post,
        ],
    );
    contest(&console, &["freeze", "--at", &moment(61)]);
    contest(&console, &["commit", "--to", "shop", "--at", &moment(62)]);
    let draw = ["draw", "--proof", "proof.json", "--at", &moment(90)];
    contest(&console, &draw);
    contest(&console, &["prove", "@alice", "--out", "alice.json"]);
    let chain = contest(&console, &["chain"]).remove(0);
    write(&console, "chain.json", &chain.to_string());
    console
}

/// Checks a proof with nothing but the files: no state, no accounts.
fn verify(console: &Console, arguments: &[&str]) -> (i32, Value) {
    let done = Command::new(run::program())
        .args(["--json", "contest", "verify"])
        .args(arguments)
        .current_dir(&console.folder.0)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let line = String::from_utf8(done.stdout).unwrap();
    let line = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {line}"));
    (done.status.code().unwrap(), line)
}

#[test]
fn a_contest_lives_from_its_rules_to_the_names_of_the_winners() {
    let console = Console::embedded("contest-life");
    let post = invitation(&console, "shop");
    write(&console, "tea.toml", &rules(3600));
    let open = [
        "open", "--rules", "tea.toml", "--from", "shop", "--post", &post,
    ];
    let opened = contest(&console, &open).remove(0);
    assert_eq!(
        (&opened["id"], &opened["stage"]),
        (&"tea".into(), &"open".into())
    );
    // The same again is the same contest; other rules under its name are not.
    contest(&console, &open);
    write(&console, "other.toml", &rules(7200));
    let other = [
        "open",
        "--rules",
        "other.toml",
        "--name",
        "tea",
        "--post",
        &post,
    ];
    assert_eq!(refused(&console, &other).0, "Conflict");

    likes(&console, "alice", &post);
    likes(&console, "bob", &post);
    comments(&console, "alice", &post, "Black TEA with milk");
    let step = contest(&console, &["collect"]).remove(0);
    assert_eq!(step["new"], 2);
    let (kind, why) = refused(&console, &["freeze"]);
    assert_eq!(kind, "Conflict");
    assert!(why.contains("open until"), "{why}");
    assert_eq!(refused(&console, &["commit"]).0, "Conflict");

    let frozen = contest(&console, &["freeze", "--at", &moment(61)]).remove(0);
    assert_eq!(
        (&frozen["entries"], &frozen["rejected"]),
        (&1.into(), &1.into())
    );
    let eligible = contest(&console, &["entries", "--in", "eligible"]);
    assert_eq!(eligible.len(), 1);
    assert_eq!(eligible[0]["accounts"][0]["handle"], "alice");
    let rejected = contest(&console, &["entries", "--in", "rejected"]);
    assert_eq!(rejected[0]["accounts"][0]["handle"], "bob");
    let objections = rejected[0]["objections"].as_array().unwrap();
    assert!(
        objections[0].as_str().unwrap().contains("commented"),
        "{objections:?}"
    );
    let report = contest(&console, &["report"]).remove(0);
    assert_eq!(report["rejected_by"]["commented"], 1);

    let committed = contest(&console, &["commit", "--to", "shop", "--at", &moment(62)]);
    let commitment = &committed[0]["commitment"];
    let line = text(commitment, "line");
    let posts = console.good(&["posts", "--from", "shop", "--limit", "50"]);
    let telling = |line: &str| {
        let mut texts = posts.iter().map(|post| text(post, "text"));
        texts.any(|text| text.contains(line))
    };
    assert!(telling(line), "the commitment stands in a post");
    let again = contest(&console, &["commit", "--at", &moment(63)]);
    assert_eq!(again[0]["commitment"], *commitment, "it is published once");
    let (kind, why) = refused(&console, &["draw", "--at", &moment(64)]);
    assert_eq!(kind, "Unavailable");
    assert!(why.contains(text(commitment, "round_at")), "{why}");

    let drawn = contest(
        &console,
        &["draw", "--proof", "proof.json", "--at", &moment(90)],
    );
    assert_eq!(drawn[0]["stage"], "drawn");
    let award = &drawn[0]["awards"][0];
    assert_eq!(
        (&award["place"], &award["entry"]),
        (&1.into(), &eligible[0]["id"])
    );
    assert_eq!(award["name"], "@alice");
    contest(&console, &["recheck", "--at", &moment(91)]);
    let confirm = [
        "confirm",
        text(award, "entry"),
        "--by",
        "ann",
        "--at",
        &moment(92),
    ];
    let confirmed = contest(&console, &confirm);
    assert_eq!(confirmed[0]["awards"][0]["status"], "confirmed");
    let announced = contest(&console, &["announce", "--at", &moment(93)]);
    assert_eq!(announced[0]["stage"], "announced");
    let posts = console.good(&["posts", "--from", "shop", "--limit", "1"]);
    assert!(text(&posts[0], "text").contains("@alice"), "{}", posts[0]);
    assert_eq!(contest(&console, &["list"])[0]["stage"], "announced");
    let dispute = [
        "dispute",
        "Bob says he commented",
        "--by",
        "ann",
        "--at",
        &moment(94),
    ];
    assert_eq!(contest(&console, &dispute)[0]["stage"], "disputed");
    let settle = [
        "dispute",
        "--settle",
        "1",
        "He did not",
        "--by",
        "ann",
        "--at",
        &moment(95),
    ];
    assert_eq!(contest(&console, &settle)[0]["stage"], "announced");
    let soon = ["close", "--at", &moment(96)];
    assert_eq!(refused(&console, &soon).0, "Conflict");
    let late = ["close", "--at", &moment(95 + 73 * 60)];
    assert_eq!(contest(&console, &late)[0]["stage"], "closed");
}

#[test]
fn a_proof_is_checked_with_the_file_alone_and_each_change_of_it_is_found() {
    let console = drawn("contest-verify");
    let (code, told) = verify(&console, &["proof.json", "--chain", "chain.json"]);
    assert_eq!((code, &told["ok"]), (0, &true.into()), "{told}");
    assert_eq!(told["entries"], 2);
    let state = contest(&console, &["show"]).remove(0);
    assert_eq!(
        told["winners"][0]["commitment"],
        state["awards"][0]["commitment"]
    );
    let line = text(&state["commitment"], "line");
    let with_line = ["proof.json", "--chain", "chain.json", "--line", line];
    assert_eq!(verify(&console, &with_line).0, 0);
    let other_line = line.replace("entries=2", "entries=3");
    let with_other = ["proof.json", "--chain", "chain.json", "--line", &other_line];
    assert_eq!(verify(&console, &with_other).0, 1);
    // Nobody vouches for a chain of one's own, unless it is named.
    let (code, told) = verify(&console, &["proof.json"]);
    assert_eq!(code, 1);
    assert!(text(&told, "reason").contains("--chain"), "{told}");

    let proof = read(&console, "proof.json");
    let mut tampered = 0;
    for at in (0..proof.len()).step_by(proof.len() / 12) {
        let (before, rest) = proof.split_at(at);
        let Some(digit) = rest.find(|c: char| c.is_ascii_digit()) else {
            continue;
        };
        let (between, rest) = rest.split_at(digit);
        let other = if rest.starts_with('7') { '8' } else { '7' };
        let changed = format!("{before}{between}{other}{}", &rest[1..]);
        write(&console, "changed.json", &changed);
        let (code, told) = verify(&console, &["changed.json", "--chain", "chain.json"]);
        assert_eq!(code, 1, "a changed digit at {at} is not found: {told}");
        assert!(!text(&told, "reason").is_empty());
        tampered += 1;
    }
    assert!(tampered >= 8, "{tampered}");
    write(&console, "half.json", &proof[..proof.len() / 2]);
    assert_eq!(
        verify(&console, &["half.json", "--chain", "chain.json"]).0,
        1
    );
}

#[test]
fn an_entrant_proves_that_he_is_in_the_list_and_nobody_else_is_named() {
    let console = drawn("contest-prove");
    let check = [
        "proof.json",
        "--chain",
        "chain.json",
        "--entry",
        "alice.json",
    ];
    let (code, told) = verify(&console, &check);
    assert_eq!(code, 0, "{told}");
    let place = told["entry"]["place"].as_u64().unwrap();
    let state = contest(&console, &["show"]).remove(0);
    let awards = state["awards"].as_array().unwrap();
    let alice = awards
        .iter()
        .find(|award| award["name"] == "@alice")
        .unwrap();
    assert_eq!(alice["place"], place);
    let (proof, own) = (read(&console, "proof.json"), read(&console, "alice.json"));
    for name in ["alice", "bob"] {
        assert!(!proof.contains(name), "the proof names {name}");
    }
    assert!(own.contains("alice") && !own.contains("bob"));
    // With alice's salt nobody else gets in.
    write(&console, "mallory.json", &own.replace("alice", "mallory"));
    let other = [
        "proof.json",
        "--chain",
        "chain.json",
        "--entry",
        "mallory.json",
    ];
    assert_eq!(verify(&console, &other).0, 1);
    let (kind, said) = refused(&console, &["prove", "@mallory"]);
    assert_eq!(kind, "NotFound");
    assert!(said.contains("nobody who took part"), "{said}");
    let printed = contest(&console, &["prove", "memory/@alice"]).remove(0);
    assert_eq!(printed, serde_json::from_str::<Value>(&own).unwrap());
}

#[test]
fn a_second_draw_names_the_first_and_is_committed_to_by_itself() {
    let console = drawn("contest-redraw");
    let first = contest(&console, &["show"]).remove(0);
    let redraw = [
        "redraw",
        "--all",
        "--reason",
        "the prize was broken",
        "--at",
        &moment(91),
    ];
    assert_eq!(contest(&console, &redraw)[0]["stage"], "frozen");
    assert_eq!(
        refused(&console, &["draw", "--at", &moment(92)]).0,
        "Conflict"
    );
    contest(&console, &["commit", "--at", &moment(93)]);
    let draw = ["draw", "--proof", "second.json", "--at", &moment(120)];
    let second = contest(&console, &draw).remove(0);
    assert_eq!(second["draw"], 2);
    assert_eq!(second["root"], first["root"], "the list is the same");
    let (code, told) = verify(&console, &["second.json", "--chain", "chain.json"]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told["earlier"].to_string().contains("the prize was broken"),
        "{told}"
    );
    contest(&console, &["proof", "--out", "again.json"]);
    assert_eq!(read(&console, "again.json"), read(&console, "second.json"));
}

#[test]
fn who_wants_to_be_forgotten_is_and_the_proof_still_holds() {
    let console = drawn("contest-erase");
    let erased = contest(&console, &["erase", "@alice"]).remove(0);
    assert_eq!(
        (&erased["ok"], &erased["on_list"]),
        (&true.into(), &true.into())
    );
    let entries = contest(&console, &["entries"]);
    assert!(
        entries
            .iter()
            .all(|entry| !entry.to_string().contains("alice"))
    );
    contest(&console, &["proof", "--out", "after.json"]);
    assert_eq!(read(&console, "after.json"), read(&console, "proof.json"));
}
