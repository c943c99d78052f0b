//! The console's trends, as a person or a script runs them: over the embedded network, and over servers on this machine
//! that stand for Bluesky, VK and X.
#![cfg(all(
    feature = "memory",
    feature = "accounts",
    feature = "trends",
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

fn of<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

/// The only line that says how much was seen.
#[track_caller]
fn standing(lines: &[Value]) -> &Value {
    let found = of(lines, "standing");
    assert_eq!(found.len(), 1, "{lines:?}");
    found[0]
}

#[test]
fn the_sample_world_shows_its_list_at_once_and_says_why_nothing_rises() {
    let console = Console {
        common: Vec::new(),
        ..Console::embedded("trends-bare")
    };
    let lines = console.good(&["trends", "watch"]);
    let listed = of(&lines, "listed");
    assert_eq!(listed[0]["name"], "First flush");
    assert_eq!(listed[0]["posts"], 1200);
    for key in [
        "network",
        "account",
        "rank",
        "first_seen",
        "last_seen",
        "sightings",
        "topic",
        "url",
    ] {
        assert!(keys(listed[0]).contains(&key), "{key} in {}", listed[0]);
    }
    let standing = standing(&lines);
    assert!(standing["counted"].as_u64().unwrap() >= 2, "{standing}");
    assert!(
        text_of(&standing["why_none"]).contains("needs 5 authors"),
        "{standing}"
    );
    let people = console
        .command(&["trends", "watch", "--every", "once"])
        .output()
        .unwrap();
    let shown = String::from_utf8(people.stdout).unwrap();
    assert!(
        shown.contains("memory lists First flush")
            && shown.contains("nothing rises: a trend needs"),
        "{shown}"
    );
    let done = console.run(&["trends", "propose", "--topics", "tea, market"]);
    assert_eq!((done.code, done.lines.len()), (0, 0));
    assert!(
        done.stderr.contains("nothing to propose: a trend needs"),
        "{}",
        done.stderr
    );
}

fn text_of(value: &Value) -> String {
    value.to_string()
}

#[test]
fn what_is_kept_goes_on_and_a_post_counts_once() {
    let console = Console::embedded("trends-kept");
    let first = console.good(&["trends", "watch", "--search", "tea"]);
    let counted = |lines: &[Value]| standing(lines)["counted"].as_u64().unwrap();
    let before = counted(&first);
    console.good(&[
        "publish",
        "--to",
        "alice",
        "--text",
        "Another cup of tea at the market",
    ]);
    // The feeds wait five minutes between two readings.
    let again = console.good(&["trends", "watch", "--search", "tea"]);
    assert_eq!(counted(&again), before);
    let offline = console.good(&["trends", "watch", "--offline"]);
    assert_eq!(counted(&offline), before);
    assert_eq!(of(&offline, "listed")[0]["sightings"], 1);
    let other = console.good(&["trends", "watch", "--search", "market"]);
    assert_eq!(counted(&other), before + 1, "a new search is read at once");
}

#[test]
fn wrong_words_are_refused_with_what_to_do() {
    let console = Console::embedded("trends-wrong");
    for (arguments, code, says) in [
        (
            &["trends", "watch", "--every", "soon"][..],
            2,
            "write `once`, or a time",
        ),
        (
            &["trends", "watch", "--every", "0s"],
            2,
            "write `once`, or a time",
        ),
        (
            &["trends", "watch", "--max-cost-a-day", "much"],
            2,
            "0.50 USD",
        ),
        (&["trends", "watch", "--search", " "], 2, "name one"),
        (&["trends", "watch", "--own", "#"], 2, "take it out"),
        (
            &["trends", "watch", "--from", "nobody"],
            2,
            "there is no account `nobody`",
        ),
        (&["trends", "propose", "--topics", "!!"], 2, "take it out"),
    ] {
        let done = console.run(arguments);
        assert_eq!(done.code, code, "{arguments:?}: {}", done.stderr);
        assert!(done.stderr.contains(says), "{arguments:?}: {}", done.stderr);
    }
}

#[cfg(all(
    feature = "bluesky",
    feature = "vk",
    feature = "x",
    feature = "testing"
))]
mod networks {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use sociable::adapters::{bluesky, vk, x};
    use sociable::client::{Service, SystemClock};
    use sociable::testing::loopback::Loopback;
    use tokio::runtime::Runtime;

    use super::run::Folder;
    use super::*;

    struct Served {
        console: Console,
        _loopback: Loopback,
        _runtime: Runtime,
    }

    /// A console whose accounts lead to a server on this machine: `BASE` in them is its address.
    fn served(
        name: &str,
        service: Arc<dyn Service>,
        secrets: &[(&str, &str)],
        accounts: &str,
    ) -> Served {
        let runtime = Runtime::new().unwrap();
        let serving = Loopback::serve(service, Arc::new(SystemClock::new()));
        let loopback = runtime.block_on(serving).unwrap();
        let folder = Folder::new(name);
        let file = folder.0.join("accounts.toml");
        let client = "[client]\nmax_wait = \"30s\"\nno_proxy = true\n";
        let accounts = accounts.replace("BASE", loopback.url());
        std::fs::write(&file, format!("{client}{accounts}")).unwrap();
        let state = folder.0.join("state").display().to_string();
        let own = |(name, secret): &(&str, &str)| ((*name).to_owned(), (*secret).to_owned());
        Served {
            console: Console {
                common: vec![
                    "--accounts".to_owned(),
                    file.display().to_string(),
                    "--state".to_owned(),
                    state,
                ],
                folder,
                environment: secrets.iter().map(own).collect::<BTreeMap<_, _>>(),
            },
            _loopback: loopback,
            _runtime: runtime,
        }
    }

    #[test]
    fn accounts_of_x_are_read_within_their_cap_and_their_list_is_told() {
        let fake = x::fake::Fake::new();
        fake.set_plan(x::fake::Plan::Enterprise);
        fake.limits(false);
        fake.set_trends(1, &[("#Tea", Some(1_500)), ("Market day", None)]);
        let secrets = [
            ("X_TEST_BEARER", x::fake::Fake::BEARER),
            ("X_TEST_CONSUMER_KEY", x::fake::Fake::CONSUMER_KEY),
            ("X_TEST_CONSUMER_SECRET", x::fake::Fake::CONSUMER_SECRET),
            ("X_TEST_TOKEN", x::fake::Fake::ANNA_OAUTH1.0),
            ("X_TEST_TOKEN_SECRET", x::fake::Fake::ANNA_OAUTH1.1),
        ];
        let accounts = r#"
[[account]]
name = "shop"
network = "x"
base_url = "BASE"
tier = "enterprise"
bearer = "env:X_TEST_BEARER"
consumer_key = "env:X_TEST_CONSUMER_KEY"
consumer_secret = "env:X_TEST_CONSUMER_SECRET"
access_token = "env:X_TEST_TOKEN"
access_token_secret = "env:X_TEST_TOKEN_SECRET"
"#;
        let x = served("trends-x", Arc::new(fake.clone()), &secrets, accounts);
        x.console
            .good(&["publish", "--to", "shop", "--text", "Our own tea"]);
        let refused = x.console.run(&["trends", "watch", "--search", "tea"]);
        assert_eq!(refused.code, 1);
        assert!(
            refused.stderr.contains("max_cost_a_day"),
            "{}",
            refused.stderr
        );
        std::fs::remove_file(x.console.folder.0.join("state.jobs")).unwrap();
        let capped = [
            "trends",
            "watch",
            "--search",
            "tea",
            "--max-cost-a-day",
            "20 USD",
        ];
        let lines = x.console.good(&capped);
        let listed = of(&lines, "listed");
        let names: Vec<&str> = listed.iter().map(|line| text(line, "name")).collect();
        assert_eq!(names, ["#Tea", "Market day"], "{lines:?}");
        assert_eq!(listed[0]["posts"], 1500);
        assert!(
            standing(&lines)["why_none"]
                .as_array()
                .is_some_and(|why| !why.is_empty())
        );
        assert_eq!(fake.complaints(), Vec::<String>::new());
    }

    #[test]
    fn accounts_of_vk_are_read_and_it_is_told_that_there_is_no_list() {
        let fake = vk::fake::Fake::new();
        fake.limits(false);
        let secrets = [
            ("VK_TEST_COMMUNITY", vk::fake::Fake::GROUP_TOKEN),
            ("VK_TEST_USER", vk::fake::Fake::USER_TOKEN),
            ("VK_TEST_SERVICE", vk::fake::Fake::SERVICE_TOKEN),
        ];
        let accounts = format!(
            r#"
[[account]]
name = "shop"
network = "vk"
base_url = "BASE"
community = {}
community_token = "env:VK_TEST_COMMUNITY"
user_token = "env:VK_TEST_USER"
service_token = "env:VK_TEST_SERVICE"
"#,
            vk::fake::Fake::GROUP
        );
        let vk = served("trends-vk", Arc::new(fake.clone()), &secrets, &accounts);
        let done = vk.console.run(&["trends", "watch", "--search", "чай"]);
        assert_eq!(done.code, 0, "{} {:?}", done.stderr, done.lines);
        assert!(
            done.stderr.contains("vk tells no list of trends to `shop`"),
            "{}",
            done.stderr
        );
        standing(&done.lines);
        assert_eq!(fake.complaints(), Vec::<String>::new());
    }

    #[test]
    fn accounts_of_bluesky_are_read() {
        let fake = bluesky::fake::Fake::new();
        let accounts = r#"
[[account]]
name = "shop"
network = "bluesky"
base_url = "BASE"
identifier = "alice.test"
password = "env:BLUESKY_TEST_PASSWORD"
"#;
        let secrets = [("BLUESKY_TEST_PASSWORD", bluesky::fake::Fake::PASSWORD)];
        let bluesky = served("trends-bluesky", Arc::new(fake), &secrets, accounts);
        let done = bluesky.console.run(&["trends", "watch", "--search", "tea"]);
        assert_eq!(done.code, 0, "{} {:?}", done.stderr, done.lines);
        standing(&done.lines);
    }
}
