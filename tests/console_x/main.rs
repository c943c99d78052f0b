//! The console with accounts of X: every verb in a process of its own, over a server on this machine. Nothing but
//! `base_url` says where that is.
#![cfg(all(
    feature = "memory",
    feature = "accounts",
    feature = "x",
    feature = "oauth",
    feature = "testing"
))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;

use serde_json::Value;
use sociable::adapters::x::fake::{AdDay, Fake, Fault, Plan};
use sociable::client::SystemClock;
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::testing::loopback::Loopback;
use tokio::runtime::Runtime;

use run::{Console, Folder, keys, text};

mod login;
mod money;
// Some of its helpers are for other tests.
#[allow(dead_code)]
#[path = "../console/run.rs"]
mod run;
mod verbs;
mod wrong;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82";

/// The tokens, as the environment of a run holds them.
const SECRETS: [(&str, &str); 6] = [
    ("X_TEST_BEARER", Fake::BEARER),
    ("X_TEST_CONSUMER_KEY", Fake::CONSUMER_KEY),
    ("X_TEST_CONSUMER_SECRET", Fake::CONSUMER_SECRET),
    ("X_TEST_TOKEN", Fake::ANNA_OAUTH1.0),
    ("X_TEST_TOKEN_SECRET", Fake::ANNA_OAUTH1.1),
    ("X_TEST_CLIENT_SECRET", Fake::CLIENT_SECRET),
];

/// X's fake on a socket, and a console whose accounts lead there.
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
        fake.set_plan(Plan::Enterprise);
        // Each run has a clock of its own, and knows nothing of what the one before asked in this second.
        fake.limits(false);
        let runtime = Runtime::new().unwrap();
        let serving = Loopback::serve(Arc::new(fake.clone()), Arc::new(SystemClock::new()));
        let loopback = runtime.block_on(serving).unwrap();
        let folder = Folder::new(name);
        let file = folder.0.join("accounts.toml");
        let mut environment =
            BTreeMap::from(SECRETS.map(|(name, secret)| (name.to_owned(), secret.to_owned())));
        let (token, secret) = fake.oauth1(Fake::BOB);
        environment.insert("X_TEST_BOB".to_owned(), token);
        environment.insert("X_TEST_BOB_SECRET".to_owned(), secret);
        let console = Console {
            common: vec!["--accounts".to_owned(), file.display().to_string()],
            folder,
            environment,
        };
        let desk = Self {
            url: loopback.url().to_owned(),
            fake,
            console,
            _loopback: loopback,
            _runtime: runtime,
        };
        desk.accounts("", accounts);
        desk
    }

    /// Writes the accounts file: more settings of the client, and the accounts.
    fn accounts(&self, client: &str, accounts: &str) {
        let client = format!("[client]\nmax_wait = \"30s\"\nno_proxy = true\n{client}");
        let accounts = accounts.replace("BASE", &self.url);
        let file = self.console.folder.0.join("accounts.toml");
        std::fs::write(file, format!("{client}{accounts}")).unwrap();
    }

    /// What a verb prints for people, on both outputs; no secret is in it.
    fn for_people(&self, arguments: &[&str]) -> String {
        let done = self.console.command(arguments).output().unwrap();
        let shown = [done.stdout, done.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        for (name, secret) in &self.console.environment {
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

/// An account with a token of each kind but a login, and one that signs its calls.
const SHOP: &str = r#"
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

[[account]]
name = "bob"
network = "x"
base_url = "BASE"
tier = "enterprise"
consumer_key = "env:X_TEST_CONSUMER_KEY"
consumer_secret = "env:X_TEST_CONSUMER_SECRET"
access_token = "env:X_TEST_BOB"
access_token_secret = "env:X_TEST_BOB_SECRET"
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

/// The message of the only violation that names a price.
fn price(line: &Value) -> String {
    let violations = line["violations"].as_array().unwrap();
    let mut told = violations.iter().map(|one| text(one, "message"));
    let price = told.find(|message| message.contains("costs"));
    price.unwrap_or_else(|| panic!("{line}")).to_owned()
}
