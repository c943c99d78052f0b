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
#[cfg(feature = "oauth")]
mod login;
#[allow(dead_code)]
#[path = "../console/run.rs"]
mod run;
mod verbs;
mod wrong;

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
