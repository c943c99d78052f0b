//! The console with accounts of VK: every verb in a process of its own, over a server on this machine. Nothing but
//! `base_url` says where that is.
#![cfg(all(
    feature = "memory",
    feature = "accounts",
    feature = "vk",
    feature = "testing"
))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;

use serde_json::Value;
use sociable::adapters::vk::fake::{AdFigures, CommunityDay, Fake, Fault};
use sociable::client::SystemClock;
use sociable::jiff::tz::TimeZone;
use sociable::jiff::{Timestamp, civil::Date};
use sociable::testing::loopback::Loopback;
use tokio::runtime::Runtime;

use run::{Console, Folder, keys, text};

// Some of its helpers are for other tests.
#[allow(dead_code)]
#[path = "console/run.rs"]
mod run;

const WALL: i64 = -Fake::GROUP;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82";

/// The tokens, as the environment of a run holds them.
const SECRETS: [(&str, &str); 6] = [
    ("VK_TEST_COMMUNITY", Fake::GROUP_TOKEN),
    ("VK_TEST_USER", Fake::USER_TOKEN),
    ("VK_TEST_SERVICE", Fake::SERVICE_TOKEN),
    ("VK_TEST_BOB", Fake::BOB_TOKEN),
    ("VK_TEST_SECRET", "the secret of the callbacks"),
    ("VK_TEST_CONFIRMATION", "c0nfirmati0n"),
];

/// VK's fake on a socket, and a console whose accounts lead there.
struct Desk {
    fake: Fake,
    console: Console,
    url: String,
    _loopback: Loopback,
    _runtime: Runtime,
}

impl Desk {
    /// `accounts` stands behind the settings of the client; `BASE` in it is the server's address.
    fn new(name: &str, accounts: &str) -> Self {
        let fake = Fake::new();
        // Each run has a clock of its own, and knows nothing of what the one before asked in this second.
        fake.limits(false);
        let runtime = Runtime::new().unwrap();
        let serving = Loopback::serve(Arc::new(fake.clone()), Arc::new(SystemClock::new()));
        let loopback = runtime.block_on(serving).unwrap();
        let folder = Folder::new(name);
        let file = folder.0.join("accounts.toml");
        let console = Console {
            common: vec!["--accounts".to_owned(), file.display().to_string()],
            folder,
            environment: BTreeMap::from(
                SECRETS.map(|(name, secret)| (name.to_owned(), secret.to_owned())),
            ),
        };
        let desk = Self {
            url: loopback.url().to_owned(),
            fake,
            console,
            _loopback: loopback,
            _runtime: runtime,
        };
        desk.accounts(accounts);
        desk
    }

    fn accounts(&self, accounts: &str) {
        let client = "[client]\nmax_wait = \"30s\"\nno_proxy = true\n";
        let accounts = accounts.replace("BASE", &self.url);
        let file = self.console.folder.0.join("accounts.toml");
        std::fs::write(file, format!("{client}{accounts}")).unwrap();
    }

    /// What a verb prints for people, on both outputs; no token is in it.
    fn for_people(&self, arguments: &[&str]) -> String {
        let done = self.console.command(arguments).output().unwrap();
        let shown = [done.stdout, done.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        for (name, secret) in SECRETS {
            assert!(!shown.contains(secret), "{arguments:?} shows {name}");
        }
        shown
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.fake.complaints(), Vec::<String>::new());
            for seen in self.fake.seen() {
                assert!(self.url.ends_with(&seen.host), "{}", seen.host);
            }
        }
    }
}

const SHOP: &str = r#"
[[account]]
name = "shop"
network = "vk"
base_url = "BASE"
community = 7001
community_token = "env:VK_TEST_COMMUNITY"
user_token = "env:VK_TEST_USER"
service_token = "env:VK_TEST_SERVICE"
secret = "env:VK_TEST_SECRET"
confirmation = "env:VK_TEST_CONFIRMATION"

[[account]]
name = "bob"
network = "vk"
base_url = "BASE"
user_token = "env:VK_TEST_BOB"
"#;

const POST: [&str; 8] = [
    "author",
    "created_at",
    "id",
    "media",
    "metrics",
    "reply_to",
    "text",
    "url",
];
const ACCOUNT: [&str; 4] = ["handle", "id", "name", "url"];
const MESSAGE: [&str; 5] = ["author", "conversation", "created_at", "id", "text"];

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| text(line, "id")).collect()
}

#[test]
fn a_community_is_known_and_a_draft_is_judged_before_anything_is_sent() {
    let desk = Desk::new("vk-known", SHOP);
    let console = &desk.console;
    let networks = console.good(&["networks"]);
    let vk = networks
        .iter()
        .find(|line| line["network"] == "vk")
        .unwrap();
    let operations = vk["operations"].as_array().unwrap();
    for operation in ["publish", "posts.search", "events", "send"] {
        assert!(operations.contains(&operation.into()), "{operation}");
    }
    assert!(vk["text"]["post"].is_object() && vk["media"]["kinds"].is_object());
    let doctor = console.good(&["doctor"]);
    assert_eq!(doctor.len(), 2);
    for (line, name) in doctor.iter().zip(["shop", "bob"]) {
        assert_eq!((text(line, "account"), &line["ok"]), (name, &true.into()));
        assert!(line["needs"].is_array() && line["login"]["kind"].is_string());
        assert!(!line["login"]["scopes"].as_array().unwrap().is_empty());
    }
    let me = console.one(&["me", "--from", "shop"]);
    assert_eq!(keys(&me), ACCOUNT);
    assert_eq!(
        (text(&me, "id"), text(&me, "handle")),
        ("club7001", "club.test")
    );
    assert_eq!(text(&console.one(&["me", "--from", "bob"]), "id"), "id102");

    let asked = desk.fake.seen().len();
    let good = console.one(&["check", "--to", "shop", "--text", "Hello"]);
    assert_eq!(good["violations"], Value::Array(Vec::new()));
    let long = "x".repeat(16_001);
    let done = console.run(&["check", "--to", "shop,bob", "--text", &long]);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    assert_eq!(done.lines[0]["violations"][0]["rule"], "too_long");
    let done = console.run(&["publish", "--to", "shop", "--text", &long]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines[0]["error"]["kind"], "Invalid");
    assert_eq!(desk.fake.seen().len(), asked);
}

#[test]
fn a_post_with_a_picture_goes_through_its_whole_life() {
    let desk = Desk::new("vk-life", SHOP);
    let console = &desk.console;
    std::fs::write(console.folder.0.join("cat.png"), PNG).unwrap();
    let words = "A kumquat for [everybody] #fruit https://example.com/";
    let publish = [
        "publish", "--to", "shop", "--text", words, "--media", "cat.png", "--key", "once",
    ];
    let published = console.one(&publish);
    assert_eq!(
        (text(&published, "account"), &published["ok"]),
        ("shop", &true.into())
    );
    assert_eq!(keys(&published["post"]), POST);
    assert_eq!(published["post"]["media"][0]["kind"], "image");
    let post = text(&published["post"], "id").to_owned();
    assert!(post.starts_with("wall-7001_"), "{post}");
    // Another process, the same key: the same post.
    let again = console.one(&publish);
    assert_eq!(text(&again["post"], "id"), post);

    let own = || console.good(&["posts", "--from", "shop", "--timeline", "own"]);
    let listed = own();
    assert_eq!(ids(&listed), [post.as_str()]);
    assert_eq!(keys(&listed[0]), POST);
    assert_eq!(keys(&listed[0]["author"]), ["handle", "id", "name"]);
    assert_eq!(listed[0]["text"], words);
    assert!(text(&listed[0], "created_at").ends_with('Z'));
    assert!(listed[0]["reply_to"].is_null() && listed[0]["metrics"]["likes"] == 0);

    let changed = console.one(&[
        "edit",
        "--from",
        "shop",
        &post,
        "--text",
        "A kumquat for one",
    ]);
    assert_eq!(changed["post"]["text"], "A kumquat for one");
    let listed = own();
    assert_eq!(listed[0]["text"], "A kumquat for one");
    assert_eq!(listed[0]["media"][0]["kind"], "image");

    let reply = [
        "publish",
        "--to",
        "bob",
        "--text",
        "Which one?",
        "--reply-to",
        &post,
    ];
    let reply = console.one(&reply);
    let question = text(&reply["post"], "id").to_owned();
    for timeline in [
        "search:kumquat".to_owned(),
        format!("thread:{post}"),
        "account:@club.test".to_owned(),
        "community:club7001".to_owned(),
    ] {
        let found = console.good(&["posts", "--from", "shop", "--timeline", &timeline]);
        assert_eq!(ids(&found)[0], post, "{timeline}");
    }
    let replies = format!("replies:{post}");
    let replies = console.good(&["posts", "--from", "shop", "--timeline", &replies]);
    assert_eq!(ids(&replies), [question.as_str()]);
    assert_eq!(replies[0]["reply_to"], post.as_str());

    for (account, what) in [("bob", "like"), ("bob", "repost"), ("shop", "like")] {
        let on = console.one(&["engage", "--from", account, &post, what]);
        assert_eq!(
            (&on["ok"], &on["on"]),
            (&true.into(), &true.into()),
            "{what}"
        );
    }
    let liked = console.good(&["audience", "--from", "shop", &format!("liked:{post}")]);
    assert!(ids(&liked).contains(&"id102"), "{liked:?}");
    assert_eq!(keys(&liked[0]), ACCOUNT);
    let measured = console.one(&["metrics", "--from", "shop", &post]);
    assert_eq!(
        (text(&measured, "id"), &measured["metrics"]["likes"]),
        (&*post, &2.into())
    );
    let off = console.one(&["engage", "--from", "bob", &post, "like", "--off"]);
    assert_eq!((&off["ok"], &off["on"]), (&true.into(), &false.into()));

    for id in [&question, &post, &post] {
        // What is gone is no failure.
        let gone = console.one(&["delete", "--from", "shop", id]);
        assert_eq!((text(&gone, "id"), &gone["ok"]), (&**id, &true.into()));
    }
    assert!(own().is_empty());
}

#[test]
fn people_messages_and_measures_go_by_the_ids_that_were_printed() {
    let desk = Desk::new("vk-people", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let now = Timestamp::now();
    fake.join_as(Fake::CAROL, Fake::GROUP, true, now);
    fake.message_as(Fake::BOB, Fake::GROUP, "Are you open?", now);
    let members = console.good(&["audience", "--from", "shop", "members"]);
    assert_eq!(keys(&members[0]), ACCOUNT);
    assert!(ids(&members).contains(&"id103"), "{members:?}");

    let talks = console.good(&["conversations", "--from", "shop"]);
    assert_eq!((talks.len(), &talks[0]["unread"]), (1, &1.into()));
    let talk = text(&talks[0], "id").to_owned();
    let send = [
        "send",
        "--from",
        "shop",
        &talk,
        "--text",
        "Until six.",
        "--key",
        "m1",
    ];
    let sent = console.one(&send);
    assert_eq!(keys(&sent), MESSAGE);
    assert_eq!(text(&console.one(&send), "id"), text(&sent, "id"));
    let messages = console.good(&["messages", "--from", "shop", &talk]);
    let said: Vec<&str> = messages.iter().map(|line| text(line, "text")).collect();
    assert_eq!(said, ["Until six.", "Are you open?"]);
    assert_eq!(keys(&messages[0]), MESSAGE);
    let read = console.one(&["engage", "--from", "shop", &talk, "read"]);
    assert_eq!(read["ok"], true);
    // Who never wrote gets no message.
    let done = console.run(&["send", "--from", "shop", "@carol.test", "--text", "Hello"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("write first"), "{}", done.stderr);

    let post = console.one(&[
        "publish",
        "--to",
        "shop",
        "--text",
        "Which?",
        "--poll",
        "Which?|A|B",
    ]);
    let post = text(&post["post"], "id").to_owned();
    assert_eq!(
        console.one(&["engage", "--from", "bob", &post, "vote:1"])["ok"],
        true
    );
    let voted = console.good(&["audience", "--from", "shop", &format!("voted:{post}")]);
    assert_eq!(ids(&voted), ["id102"]);
    for (id, measure) in [(&*post, "pin"), (&*post, "close"), ("@bob.test", "block")] {
        for off in [None, Some("--off")] {
            let moderate = ["moderate", "--from", "shop", id, measure];
            let moderate: Vec<&str> = moderate.into_iter().chain(off).collect();
            assert_eq!(console.one(&moderate)["ok"], true, "{measure} {off:?}");
        }
    }
    let done = console.run(&["moderate", "--from", "shop", &post, "hide"]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines[0]["error"]["kind"], "Unsupported");
    console.one(&["delete", "--from", "shop", &post]);
    assert_eq!(
        console.one(&["moderate", "--from", "shop", &post, "restore"])["ok"],
        true
    );
    assert_eq!(
        ids(&console.good(&["posts", "--from", "shop"])),
        [post.as_str()]
    );
}

#[test]
fn figures_happenings_and_budgets_are_lines_of_their_own() {
    let desk = Desk::new("vk-figures", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let yesterday: Date = today.yesterday().unwrap();
    let brought = CommunityDay {
        views: 10,
        visitors: 4,
        ..CommunityDay::default()
    };
    fake.set_day(Fake::GROUP, yesterday, brought);
    let figures = console.one(&["metrics", "--from", "shop"]);
    assert_eq!(keys(&figures), ["id", "metrics"]);
    assert_eq!(text(&figures, "id"), "club7001");
    assert_eq!(figures["metrics"]["followers"], 1);

    let campaign = fake.add_campaign("Autumn");
    let ad = fake.add_ad(campaign, "Leaves");
    let brought = AdFigures {
        spent: 1005,
        impressions: 1000,
        ..AdFigures::default()
    };
    fake.set_ad_day(ad, yesterday, brought);
    let period = format!("{}..{today}", yesterday.yesterday().unwrap());
    let rows = console.good(&["promotions", "--from", "shop", "--period", &period]);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["name"], "Leaves");
    assert_eq!(rows[1]["metrics"]["impressions"], 1000);
    assert_eq!(rows[1]["metrics"]["spend"]["amount"], "10.05");

    assert!(
        console
            .good(&["events", "--from", "shop", "--since", "now"])
            .is_empty()
    );
    let now = Timestamp::now();
    fake.post_as(Fake::BOB, WALL, "Is anybody here?", now);
    fake.message_as(Fake::BOB, Fake::GROUP, "Are you open?", now);
    fake.join_as(Fake::CAROL, Fake::GROUP, true, now);
    let events = console.good(&["events", "--from", "shop"]);
    let kinds: Vec<&str> = events.iter().map(|line| text(line, "kind")).collect();
    assert_eq!(kinds[..3], ["post", "message", "follow"]);
    for event in &events {
        for key in ["id", "cursor", "kind"] {
            assert!(event[key].is_string(), "{key} in {event}");
        }
    }
    assert_eq!(keys(&events[0]["post"]), POST);
    assert_eq!(keys(&events[1]["message"]), MESSAGE);
    assert_eq!(keys(&events[2]["account"]), ACCOUNT);
    let cursor = text(&events[1], "cursor").to_owned();
    let rest = console.good(&["events", "--from", "shop", "--since", &cursor]);
    assert_eq!(ids(&rest), ids(&events[2..]));
    // One that listens is told what happens meanwhile.
    let cursor = text(events.last().unwrap(), "cursor");
    let follow = [
        "--json", "events", "--from", "shop", "--since", cursor, "--follow",
    ];
    let mut child = console
        .command(&follow)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    fake.post_as(Fake::BOB, WALL, "Hello?", Timestamp::now());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(event["post"]["text"], "Hello?");

    let lines = console.good(&["--budgets", "publish", "--to", "shop", "--text", "Counted"]);
    assert_eq!(lines[0]["ok"], true);
    let budgets = &lines[1..];
    assert!(!budgets.is_empty());
    for budget in budgets {
        assert_eq!(budget["network"], "vk");
        assert!(
            budget["name"].is_string() && budget["unit"].is_string(),
            "{budget}"
        );
    }
    for verb in [
        &["networks"][..],
        &["doctor"],
        &["budgets"],
        &["me", "--from", "shop", "--budgets"],
        &["posts", "--from", "shop"],
        &["events", "--from", "shop"],
        &["posts", "--from", "shop", "--timeline", "home"],
    ] {
        assert!(!desk.for_people(verb).is_empty(), "{verb:?}");
    }
}

#[test]
fn what_the_network_refuses_is_a_line_and_holds_back_no_other_account() {
    let desk = Desk::new("vk-refused", SHOP);
    let (console, fake) = (&desk.console, &desk.fake);
    std::fs::write(console.folder.0.join("cat.png"), PNG).unwrap();
    let publish = [
        "publish", "--to", "shop,bob", "--text", "Hello", "--media", "cat.png",
    ];
    fake.demand_captcha("wall.post", true);
    let done = console.run(&publish);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    let refused: Vec<&Value> = done
        .lines
        .iter()
        .filter(|line| line["ok"] == false)
        .collect();
    for line in &refused {
        assert_eq!(line["error"]["kind"], "Challenge", "{line}");
        assert_eq!(keys(&line["error"]), ["kind", "message", "retry_at"]);
    }
    assert!(!refused.is_empty());
    let said = "User authorization failed: access_token was revoked";
    fake.fail_next("photos.saveWallPhoto", Fault::refuse(5, said));
    let done = console.run(&[
        "publish", "--to", "shop", "--text", "Hello", "--media", "cat.png",
    ]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines[0]["error"]["kind"], "Unauthorized");
    assert!(console.good(&["posts", "--from", "shop"]).is_empty());
    fake.revoke_token(Fake::USER_TOKEN);
    let done = console.run(&["doctor"]);
    assert_eq!((done.code, done.lines.len()), (1, 2));
    assert_eq!(
        (&done.lines[0]["ok"], &done.lines[1]["ok"]),
        (&false.into(), &true.into())
    );
    assert!(desk.for_people(&["doctor"]).contains("new one"));
}

#[test]
fn a_wrong_accounts_file_is_wrong_usage_and_names_the_line() {
    let desk = Desk::new("vk-wrong", SHOP);
    let literal = Fake::USER_TOKEN;
    let with = |line: &str| {
        format!("\n[[account]]\nname = \"shop\"\nnetwork = \"vk\"\nbase_url = \"BASE\"\n{line}\n")
    };
    for (line, words) in [
        (
            format!("user_token = \"{literal}\"\ntokens = \"{literal}\""),
            &["line 10", "`tokens`"][..],
        ),
        (
            "user_token = \"env:VK_TEST_NOT_THERE\"".to_owned(),
            &["line 9", "`user_token`", "VK_TEST_NOT_THERE"],
        ),
        (
            "user_token = \"file:not-there.txt\"".to_owned(),
            &["line 9", "`user_token`", "not-there.txt"],
        ),
        ("community = 7001".to_owned(), &["line 7", "no token"]),
        (
            "community_token = \"env:VK_TEST_COMMUNITY\"".to_owned(),
            &["line 9", "`community`"],
        ),
        (
            "community = -7001\ncommunity_token = \"env:VK_TEST_COMMUNITY\"".to_owned(),
            &["line 9", "write 7001"],
        ),
        (
            "user_token = \"two words\"".to_owned(),
            &["line 9", "`user_token`", "copy it anew"],
        ),
        (
            format!("user_token = \"{literal}\"\nplace = \"club1\""),
            &["line 10", "`place`"],
        ),
    ] {
        desk.accounts(&with(&line));
        let done = desk.console.run(&["me"]);
        assert_eq!(
            (done.code, done.lines.len()),
            (2, 0),
            "{line}: {}",
            done.stderr
        );
        for word in ["accounts.toml"].iter().chain(words) {
            assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
        }
        assert!(!done.stderr.contains("two words"), "{}", done.stderr);
    }
    // Plain http leads to this machine only.
    let far = with(&format!("user_token = \"{literal}\"")).replace("BASE", "http://api.vk.test");
    desk.accounts(&far);
    let done = desk.console.run(&["me"]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    for word in ["line 8", "http://api.vk.test", "write https"] {
        assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
    }
    assert!(desk.fake.seen().is_empty());
}

/// The head of what a server on this machine answers to a browser, and the page.
#[cfg(feature = "oauth")]
fn browse(address: &str) -> String {
    use std::io::{Read, Write};
    let url = sociable::url::Url::parse(address).unwrap();
    let host = format!("127.0.0.1:{}", url.port().unwrap());
    let mut stream = std::net::TcpStream::connect(&host).unwrap();
    let path = address.splitn(4, '/').nth(3).unwrap();
    let head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

/// Where a page sends a browser.
#[cfg(feature = "oauth")]
fn sent_to(page: &str) -> String {
    let mut lines = page.lines();
    let line = lines.find(|line| line.to_ascii_lowercase().starts_with("location: "));
    line.unwrap_or_else(|| panic!("{page}"))["location: ".len()..]
        .trim()
        .to_owned()
}

#[cfg(feature = "oauth")]
#[test]
fn a_person_logs_in_by_both_ways_and_the_next_run_knows_who() {
    use std::io::{Read, Write};
    let accounts = format!(
        r#"
[[account]]
name = "vkid"
network = "vk"
base_url = "BASE"
client_id = {app}
token_store = "vkid.tokens"

[[account]]
name = "older"
network = "vk"
base_url = "BASE"
client_id = {app}
login = "legacy"
token_store = "older.tokens"
"#,
        app = Fake::APP
    );
    let desk = Desk::new("vk-login", &accounts);
    let console = &desk.console;
    let done = console.run(&["me", "--from", "vkid"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("log in first"), "{}", done.stderr);
    for (name, how) in [("vkid", &["--port", "0"][..]), ("older", &["--paste"])] {
        let login = ["--json", "login", "--as", name];
        let login: Vec<&str> = login.into_iter().chain(how.iter().copied()).collect();
        let mut child = console
            .command(&login)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let shown: Value = serde_json::from_str(&line).unwrap();
        let back = sent_to(&browse(text(&shown, "url")));
        let mut stdin = child.stdin.take().unwrap();
        if name == "vkid" {
            let page = browse(&back);
            assert!(page.contains("You are logged in"), "{page}");
        } else {
            // What stands behind the `#` no browser sends on: the address is pasted.
            assert!(back.contains("/blank.html#"), "{back}");
            writeln!(stdin, "{back}").unwrap();
        }
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        let mut told = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut told).unwrap();
        assert!(child.wait().unwrap().success(), "{told}");
        let line: Value = serde_json::from_str(&rest).unwrap();
        assert_eq!((text(&line, "account"), text(&line, "id")), (name, "101"));
        for shown in [&rest, &told] {
            assert!(
                !shown.contains("vk1.") && !shown.contains("vk2."),
                "{shown}"
            );
        }
        assert_eq!(text(&console.one(&["me", "--from", name]), "id"), "id101");
    }
    // What a token of VK ID may not do is told, and the older one's does it.
    let done = console.run(&["publish", "--to", "vkid,older", "--text", "Hello"]);
    assert_eq!(done.code, 1);
    let of = |name: &str| {
        done.lines
            .iter()
            .find(|line| line["account"] == name)
            .unwrap()
    };
    assert_eq!(of("vkid")["error"]["kind"], "Forbidden");
    assert_eq!(of("older")["ok"], true);
}
