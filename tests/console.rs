//! The console, as a person or a script runs it: every verb in a process of its own, over the embedded network and, where
//! there is one, over a real server.
#![cfg(all(feature = "memory", feature = "accounts", feature = "bluesky"))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use run::{Console, Folder, keys, program, text, until};

#[path = "console/run.rs"]
mod run;

#[test]
fn the_embedded_network_begins_each_run_as_the_same_world() {
    let console = Console::embedded("same");
    let fresh = |arguments: &[&str]| {
        let plain = Console {
            folder: Folder::new("same-plain"),
            common: Vec::new(),
            environment: BTreeMap::new(),
        };
        plain.good(arguments)
    };
    let ids = |posts: &[Value]| -> Vec<String> {
        posts.iter().map(|p| text(p, "id").to_owned()).collect()
    };
    let first = ids(&fresh(&["posts"]));
    assert!(!first.is_empty());
    assert_eq!(first, ids(&fresh(&["posts"])));
    fresh(&["publish", "--text", "forgotten at once"]);
    assert_eq!(first, ids(&fresh(&["posts"])));
    assert_eq!(first, ids(&console.good(&["posts"])));
}

#[test]
fn every_verb_finds_something_in_the_sample_world() {
    let console = Console::embedded("sample");
    let post = console.good(&["posts"]).pop().unwrap();
    let post = text(&post, "id");
    let conversation = console.good(&["conversations"]).remove(0);
    let conversation = text(&conversation, "id");
    let verbs: &[&[&str]] = &[
        &["networks"],
        &["doctor"],
        &["me"],
        &["posts", "--timeline", "home"],
        &["posts", "--timeline", "mentions"],
        &["posts", "--timeline", "scheduled"],
        &["posts", "--timeline", "account:@alice"],
        &["posts", "--timeline", "hashtag:tea"],
        &["posts", "--timeline", "search:Darjeeling"],
        &["posts", "--timeline", &format!("replies:{post}")],
        &["posts", "--timeline", &format!("thread:{post}")],
        &["posts", "--timeline", &format!("quotes:{post}")],
        &["audience", "followers"],
        &["audience", "following"],
        &["audience", "members"],
        &["audience", &format!("liked:{post}")],
        &["audience", &format!("reposted:{post}")],
        &["audience", &format!("commented:{post}")],
        &["messages", conversation],
        &["metrics"],
        &["metrics", post],
        &["promotions", "--period", "2020-01-01..2100-01-01"],
        &["trending"],
        &["events"],
    ];
    for verb in verbs {
        assert!(!console.good(verb).is_empty(), "{verb:?} finds nothing");
    }
}

#[test]
fn lines_have_the_form_that_scripts_stand_on() {
    let console = Console::embedded("form");
    let post = console.good(&["posts"]).pop().unwrap();
    let fixed = [
        "author",
        "created_at",
        "id",
        "media",
        "metrics",
        "reply_to",
        "text",
        "url",
    ];
    assert_eq!(keys(&post), fixed);
    assert_eq!(keys(&post["author"]), ["handle", "id", "name"]);
    assert!(post["text"].is_string() && post["media"].is_array() && post["metrics"].is_object());
    assert!(
        post["reply_to"].is_null(),
        "what begins a thread answers nothing"
    );
    assert!(text(&post, "created_at").ends_with('Z'));
    assert!(post["metrics"]["likes"].is_u64());

    let account = console.one(&["me"]);
    assert_eq!(keys(&account), ["handle", "id", "name", "url"]);

    let event = console.good(&["events"]).remove(0);
    for key in ["id", "cursor", "kind", "at"] {
        assert!(event[key].is_string(), "{key} in {event}");
    }
    let conversation = text(&console.good(&["conversations"])[0], "id").to_owned();
    let message = console.good(&["messages", &conversation]).remove(0);
    assert_eq!(
        keys(&message),
        ["author", "conversation", "created_at", "id", "text"]
    );

    let measured = console.one(&["metrics", text(&post, "id")]);
    assert_eq!(measured["id"], post["id"]);
    assert!(measured["metrics"]["likes"].is_u64());

    let networks = console.good(&["networks"]);
    let memory = networks.iter().find(|n| n["network"] == "memory").unwrap();
    let operations = memory["operations"].as_array().unwrap();
    assert!(operations.contains(&"publish".into()) && operations.contains(&"posts.search".into()));
    assert!(memory["text"]["post"].is_object() && memory["media"]["kinds"].is_object());
}

#[test]
fn a_post_goes_through_its_whole_life_in_separate_processes() {
    whole_life(&Console::embedded("life"), "shop", "alice", true);
}

/// Publish, read back, like, audience, events, metrics, delete. `edits` where the network changes posts.
fn whole_life(console: &Console, writer: &str, reader: &str, edits: bool) {
    let stamp = format!(
        "{}",
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_nanos()
    );
    let words = format!("A new tea has come: see https://tea.example.com #tea {stamp}");
    let key = format!("key-{stamp}");
    let publish = ["publish", "--to", writer, "--text", &words, "--key", &key];
    let published = console.one(&publish);
    assert_eq!(published["ok"], true);
    assert_eq!(published["account"], writer);
    assert_eq!(text(&published["post"], "text"), words);
    let post = text(&published["post"], "id").to_owned();

    let own = || -> Vec<Value> {
        let mut posts = console.good(&[
            "posts",
            "--from",
            writer,
            "--timeline",
            "own",
            "--limit",
            "60",
        ]);
        posts.retain(|p| {
            p["text"].as_str().is_some_and(|t| t.contains(&stamp)) && p["reply_to"].is_null()
        });
        posts
    };
    let listed = until("the post is listed", || own().pop());
    assert_eq!(listed["id"], post.as_str());
    assert_eq!(listed["text"], words.as_str());

    let again = console.one(&publish);
    assert_eq!(again["ok"], true, "{again}");
    assert_eq!(again["post"]["id"], post.as_str(), "one key makes one post");
    assert_eq!(own().len(), 1);

    let liked = console.one(&["engage", "--from", reader, &post, "like"]);
    assert_eq!(liked["ok"], true);
    let who = until("the like is listed", || {
        console
            .good(&["audience", "--from", writer, &format!("liked:{post}")])
            .pop()
    });
    until("the like is an event", || {
        console
            .good(&["events", "--from", writer, "--since", "oldest"])
            .into_iter()
            .find(|e| e["kind"] == "like" && e["account"]["id"] == who["id"])
    });
    until("the like is counted", || {
        let measured = console.one(&["metrics", "--from", writer, &post]);
        (measured["metrics"]["likes"] == 1).then_some(())
    });

    let reply = console.one(&[
        "publish",
        "--to",
        reader,
        "--text",
        "Which one?",
        "--reply-to",
        &post,
    ]);
    assert_eq!(reply["ok"], true, "{reply}");
    let question = text(&reply["post"], "id").to_owned();
    until("the answer stands under the post", || {
        console
            .good(&[
                "posts",
                "--from",
                writer,
                "--timeline",
                &format!("replies:{post}"),
            ])
            .into_iter()
            .find(|p| p["id"] == question.as_str() && p["reply_to"] == post.as_str())
    });

    let edited = console.run(&[
        "edit",
        "--from",
        writer,
        &post,
        "--text",
        &format!("changed {stamp}"),
    ]);
    if edits {
        assert_eq!(edited.code, 0, "{}", edited.stderr);
    } else {
        assert_eq!(edited.code, 1);
        assert_eq!(edited.lines[0]["error"]["kind"], "Unsupported");
    }

    for id in [&question, &post] {
        let from = if *id == question { reader } else { writer };
        assert_eq!(console.one(&["delete", "--from", from, id])["ok"], true);
    }
    until("the post is gone", || own().is_empty().then_some(()));
    assert_eq!(
        console.one(&["delete", "--from", writer, &post])["ok"],
        true,
        "what is gone is no failure"
    );
}

#[test]
fn a_refusal_is_a_line_with_kind_and_message_and_holds_back_no_other_account() {
    let console = Console::embedded("refusal");
    let long = "x".repeat(450);
    // An answer may be shorter than a post; to something that is not there it is refused only for the one who sends it.
    let done = console.run(&[
        "publish",
        "--to",
        "alice,plaza,shop",
        "--text",
        "hello",
        "--reply-to",
        "memory:post:99999",
    ]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines.len(), 3);
    for line in &done.lines {
        assert_eq!(line["ok"], false);
        assert!(line["error"]["kind"].is_string() && line["error"]["message"].is_string());
        assert!(line["error"].as_object().unwrap().contains_key("retry_at"));
    }
    let accounts = console.folder.0.join("accounts.toml");
    std::fs::write(
        &accounts,
        "[client]\nmax_wait = \"5s\"\n[client.retry]\nattempts = 1\n\
         [[account]]\nname = \"good\"\nnetwork = \"memory\"\naccount = \"shop\"\n\
         [[account]]\nname = \"bad\"\nnetwork = \"bluesky\"\nbase_url = \"http://127.0.0.1:9\"\n\
         identifier = \"nobody.test\"\npassword = \"not-a-secret\"\n",
    )
    .unwrap();
    let file = accounts.display().to_string();
    let done = console.run(&[
        "--accounts",
        &file,
        "publish",
        "--to",
        "bad,good",
        "--text",
        "hello",
    ]);
    assert_eq!(done.code, 1, "{}", done.stderr);
    let line = |name: &str| done.lines.iter().find(|l| l["account"] == name).unwrap();
    assert_eq!(line("good")["ok"], true);
    assert_eq!(line("bad")["ok"], false);
    // Each account is asked for itself, and one that cannot be reached does not hide the others' limits.
    let done = console.run(&["--accounts", &file, "budgets"]);
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert!(done.stderr.contains("bad:") && !done.stderr.contains("good:"));
    assert!(done.lines.iter().any(|l| l["network"] == "bluesky"));
    let checked = console.run(&["check", "--text", &long, "--reply-to", "memory:post:17"]);
    assert_eq!(checked.code, 1);
    assert_eq!(checked.lines[0]["violations"][0]["rule"], "too_long");
    assert_eq!(
        console.good(&["check", "--text", &long])[0]["violations"],
        Value::Array(Vec::new())
    );
}

#[test]
fn drafts_take_files_with_descriptions_polls_times_and_standard_input() {
    let console = Console::embedded("drafts");
    let png: &[u8] = &[
        0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0,
        0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89,
    ];
    for name in ["a.png", "b.png"] {
        std::fs::write(console.folder.0.join(name), png).unwrap();
    }
    let draft = [
        "publish",
        "--text",
        "two",
        "--media",
        "a.png",
        "--media",
        "b.png",
        "--alt",
        "the second",
        "--language",
        "en",
    ];
    let post = console.one(&draft);
    assert_eq!(post["post"]["media"][0]["alt"], Value::Null);
    assert_eq!(post["post"]["media"][1]["alt"], "the second");
    assert_eq!(
        console
            .run(&[
                "publish",
                "--alt",
                "of nothing",
                "--media",
                "a.png",
                "--text",
                "x"
            ])
            .code,
        2
    );

    let missing = console.run(&["publish", "--text", "x", "--media", "none.png"]);
    assert_eq!(missing.code, 1);
    assert_eq!(missing.lines[0]["error"]["kind"], "Invalid");

    let poll = console.one(&[
        "publish",
        "--text",
        "Which?",
        "--poll",
        "Which tea?|Green|Black",
    ]);
    let poll = text(&poll["post"], "id").to_owned();
    assert_eq!(
        console.one(&["engage", "--from", "bob", &poll, "vote:1"])["ok"],
        true
    );

    console.one(&["publish", "--text", "later", "--at", "2100-01-01T00:00:00Z"]);
    let scheduled = console.good(&["posts", "--timeline", "scheduled"]);
    assert!(scheduled.iter().any(|p| p["text"] == "later"));

    let mut child = console
        .command(&["--json", "publish", "--text", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all("two\nlines — ж\n".as_bytes())
        .unwrap();
    let done = child.wait_with_output().unwrap();
    let line: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(line["post"]["text"], "two\nlines — ж");

    std::fs::write(
        console.folder.0.join("draft.json"),
        r#"{"text": {"text": "no draft"}, "colour": 1}"#,
    )
    .unwrap();
    assert_eq!(console.run(&["publish", "--draft", "draft.json"]).code, 2);
    let written = sociable::Draft::text("from a file").language("en");
    std::fs::write(
        console.folder.0.join("draft.json"),
        serde_json::to_string(&written).unwrap(),
    )
    .unwrap();
    assert_eq!(
        console.one(&["publish", "--draft", "draft.json"])["post"]["text"],
        "from a file"
    );

    let long = "Tea keeps best in the dark, dry and cool. ".repeat(40);
    let thread = console.one(&["publish", "--thread", "--text", &long]);
    let parts = thread["thread"].as_array().unwrap();
    assert!(parts.len() > 1);
    assert_eq!(parts[1]["reply_to"], parts[0]["id"]);
    assert_eq!(console.run(&["publish", "--text", &long]).code, 1);
}

#[test]
fn messages_moderation_and_reactions_work_by_the_ids_that_were_printed() {
    let console = Console::embedded("talk");
    let conversation = text(&console.good(&["conversations"])[0], "id").to_owned();
    let sent = console.one(&["send", &conversation, "--text", "On its way!"]);
    assert_eq!(sent["text"], "On its way!");
    assert_eq!(sent["conversation"], conversation.as_str());
    let theirs = console.good(&["conversations", "--from", "alice"]);
    assert!(theirs.iter().any(|c| c["last"]["text"] == "On its way!"));
    assert_eq!(
        console.one(&["send", "@bob", "--text", "Hello Bob"])["text"],
        "Hello Bob"
    );

    let post = text(&console.good(&["posts"])[0], "id").to_owned();
    for action in ["pin", "close"] {
        assert_eq!(console.one(&["moderate", &post, action])["ok"], true);
        assert_eq!(
            console.one(&["moderate", &post, action, "--off"])["ok"],
            true
        );
    }
    assert_eq!(console.one(&["moderate", "@bob", "mute"])["ok"], true);
    for action in ["react:🍵", "repost", "bookmark", "like"] {
        let on = console.one(&["engage", "--from", "alice", &post, action]);
        assert_eq!(
            (&on["ok"], &on["on"]),
            (&true.into(), &true.into()),
            "{action}"
        );
        let off = console.one(&["engage", "--from", "alice", &post, action, "--off"]);
        assert_eq!(
            (&off["ok"], &off["on"]),
            (&true.into(), &false.into()),
            "{action}"
        );
    }
}

#[test]
fn events_go_on_from_a_cursor_and_follow_what_other_processes_do() {
    let console = Console::embedded("follow");
    let all = console.good(&["events"]);
    let cursor = text(all.last().unwrap(), "cursor").to_owned();
    assert!(console.good(&["events", "--since", &cursor]).is_empty());

    let mut child = console
        .command(&["--json", "events", "--since", &cursor, "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    console.one(&["publish", "--to", "bob", "--text", "Is @shop open today?"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(event["kind"], "mention");
    assert_eq!(event["post"]["text"], "Is @shop open today?");
    assert_eq!(event["account"]["handle"], "bob");
}

#[test]
fn wrong_usage_exits_with_2_and_says_what_to_do() {
    let console = Console::embedded("usage");
    let wrong: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["publsh"], "publish"),
        (&["publish", "--txt", "x"], "--text"),
        (&["posts", "--timeline", "nowhere"], "--help"),
        (&["posts", "--limit", "0"], "0"),
        (&["posts", "--from", "nobody"], "shop"),
        (&["engage", "memory:post:17", "love"], "--help"),
        (&["promotions", "--period", "yesterday"], "DAY..DAY"),
        (&["login", "--as", "shop"], "OAuth"),
        (&["edit", "memory:post:17"], "--text"),
        (
            &["publish", "--text", "x", "--visibility", "nobody"],
            "followers",
        ),
        (&["--accounts", "none.toml", "me"], "none.toml"),
    ];
    for (arguments, hint) in wrong {
        let done = console.run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.stderr);
        assert!(
            done.stderr.contains(hint),
            "{arguments:?}: `{hint}` is missing from {}",
            done.stderr
        );
        assert!(done.lines.is_empty());
    }
}

#[test]
fn help_explains_every_verb() {
    let help = Command::new(program()).arg("--help").output().unwrap();
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    let verbs = "networks doctor login me check publish edit delete posts engage audience moderate conversations messages \
                 send metrics promotions trending events budgets";
    for verb in verbs.split_whitespace() {
        let line = help
            .lines()
            .find(|l| l.trim_start().starts_with(&format!("{verb} ")));
        let line = line.unwrap_or_else(|| panic!("{verb} is missing from --help"));
        assert!(
            line.split_whitespace().count() > 3,
            "{verb} is not explained"
        );
        let own = Command::new(program())
            .args([verb, "--help"])
            .output()
            .unwrap();
        assert!(own.status.success(), "{verb} --help");
    }
}

#[test]
fn a_typo_in_the_accounts_file_names_its_line_and_shows_no_secret() {
    let console = Console::embedded("typo");
    let file = console.folder.0.join("accounts.toml");
    let name = file.display().to_string();
    let good = "[[account]]\nname = \"shop\"\nnetwork = \"bluesky\"\nidentifier = \"shop.test\"\npassword = \"hunter2-hunter2\"\n";
    let wrong = [
        (good.replace("password", "pasword"), 5),
        (good.replace("identifier", "identfier"), 4),
        (good.replace("[[account]]", "[[acount]]"), 1),
        (good.replace("\"bluesky\"", "\"blusky\""), 3),
        (
            good.replace("\"hunter2-hunter2\"", "\"env:SOCIABLE_NO_SUCH_VARIABLE\""),
            5,
        ),
        (good.replace("name = \"shop\"", "name = shop"), 2),
        (format!("[client]\nmax_wiat = \"30s\"\n{good}"), 2),
    ];
    for (text, line) in wrong {
        std::fs::write(&file, &text).unwrap();
        let done = console.run(&["--accounts", &name, "me"]);
        assert_eq!(done.code, 2, "{text}: {}", done.stderr);
        assert!(
            done.stderr.contains(&format!("line {line}")),
            "{text}: {}",
            done.stderr
        );
        assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
    }
}

#[tokio::test]
async fn a_limit_is_told_as_a_budget_and_as_the_moment_to_come_back() {
    use sociable::adapters::memory::{Limit, World};
    use sociable::store::{FileStore, KeyValue};

    let console = Console::embedded("budgets");
    let world = World::sample();
    // Ten years, so that no period ends while this runs.
    let rare = Limit::new("posts", 1, Duration::from_secs(3650 * 24 * 3600));
    world.set_limit(rare.on("publish").published());
    let store = FileStore::new(console.folder.0.join("state"));
    let snapshot = world.snapshot().unwrap();
    store.put("world", &snapshot, None).await.unwrap();

    let lines = console.good(&["publish", "--text", "one", "--budgets"]);
    assert_eq!(lines[0]["ok"], true);
    let posts = lines.iter().find(|l| l["name"] == "posts").unwrap();
    assert_eq!(posts["network"], "memory");
    assert_eq!((&posts["limit"], &posts["left"]), (&1.into(), &0.into()));

    // The second part of a thread is one post too many: it is told when to come back, and what is published already.
    let long = "Tea keeps best in the dark, dry and cool. ".repeat(20);
    let done = console.run(&["publish", "--thread", "--text", &long]);
    assert_eq!(done.code, 1);
    let line = &done.lines[0];
    assert_eq!(line["ok"], false);
    assert_eq!(line["error"]["kind"], "RateLimited", "{line}");
    assert!(text(&line["error"], "retry_at").ends_with('Z'));
    assert_eq!(line["thread"].as_array().unwrap().len(), 1);
}

/// The accounts of a running Bluesky server, as a file of `KEY=VALUE` lines names them.
fn on_server(variable: &str, name: &str) -> Option<Console> {
    let Ok(path) = std::env::var(variable) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{variable} names no file, and in CI it must"
        );
        eprintln!("passed over: the console on a real server ({variable} names no file)");
        return None;
    };
    let values =
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{variable}: {path}: {e}"));
    let value = |key: &str| -> String {
        let line = values
            .lines()
            .find_map(|l| l.strip_prefix(&format!("{key}=")));
        line.unwrap_or_else(|| panic!("{path} has no {key}"))
            .to_owned()
    };
    let folder = Folder::new(name);
    let mut file = String::from("[client]\nmax_wait = \"30s\"\n");
    let mut environment = BTreeMap::new();
    for (account, number) in [("alice", 1), ("bob", 2)] {
        let secret = format!("CONSOLE_TEST_{}", account.to_uppercase());
        file.push_str(&format!(
            "\n[[account]]\nname = \"{account}\"\nnetwork = \"bluesky\"\nbase_url = \"{}\"\n\
             token_store = \"{account}.tokens\"\nidentifier = \"{}\"\npassword = \"env:{secret}\"\n",
            value("BASE_URL"),
            value(&format!("ACCOUNT{number}_HANDLE")),
        ));
        environment.insert(secret, value(&format!("ACCOUNT{number}_PASSWORD")));
    }
    let accounts = folder.0.join("accounts.toml");
    std::fs::write(&accounts, file).unwrap();
    Some(Console {
        common: vec!["--accounts".to_owned(), accounts.display().to_string()],
        folder,
        environment,
    })
}

#[test]
fn a_post_goes_through_its_whole_life_on_a_real_network() {
    let Some(console) = on_server("SOCIABLE_BLUESKY_NETWORK", "network") else {
        return;
    };
    for line in console.good(&["doctor"]) {
        assert_eq!(line["ok"], true, "{line}");
        assert!(line["login"]["kind"].is_string(), "{line}");
        assert!(line["login"]["scopes"][0].is_string(), "{line}");
        assert!(line["login"]["expires_at"].is_string(), "{line}");
    }
    whole_life(&console, "alice", "bob", false);
    let tokens = console.folder.0.join("alice.tokens");
    assert!(
        tokens.exists(),
        "the login is kept, so that the next run needs none"
    );
}

#[test]
fn a_server_without_an_index_still_publishes_reads_and_deletes_one_s_own() {
    let Some(console) = on_server("SOCIABLE_BLUESKY_PDS", "pds") else {
        return;
    };
    let stamp = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_nanos()
        .to_string();
    let publish = [
        "publish", "--to", "alice", "--text", &stamp, "--key", &stamp,
    ];
    let post = console.one(&publish);
    let again = console.one(&publish);
    assert_eq!(
        post["post"]["id"], again["post"]["id"],
        "one key makes one post"
    );
    let id = text(&post["post"], "id");
    assert_eq!(console.one(&["delete", "--from", "alice", id])["ok"], true);
}
