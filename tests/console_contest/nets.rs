//! Contests with accounts of each network, over servers on this machine. Nothing but `base_url` says where they are.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use sociable::adapters::{bluesky, vk, x};
use sociable::client::{Service, SystemClock};
use sociable::testing::loopback::Loopback;
use tokio::runtime::Runtime;

use super::*;
use crate::run::{Folder, until};

/// The accounts of ours, and those of a person who takes part, on a server.
struct Net {
    ours: Console,
    theirs: Console,
    _loopback: Loopback,
    _runtime: Runtime,
}

impl Net {
    fn new(
        name: &str,
        fake: Arc<dyn Service>,
        secrets: &[(&str, &str)],
        [ours, theirs]: [&str; 2],
    ) -> Self {
        let runtime = Runtime::new().unwrap();
        let serving = Loopback::serve(fake, Arc::new(SystemClock::new()));
        let loopback = runtime.block_on(serving).unwrap();
        let own = |variable: &str, secret: &str| (variable.to_owned(), secret.to_owned());
        let console = |whose: &str, accounts: &str| {
            let folder = Folder::new(&format!("contest-{name}-{whose}"));
            let client = "[client]\nmax_wait = \"30s\"\nno_proxy = true\n";
            let accounts = accounts.replace("BASE", loopback.url());
            let file = folder.0.join("accounts.toml");
            std::fs::write(&file, format!("{client}{accounts}")).unwrap();
            Console {
                common: vec!["--accounts".to_owned(), file.display().to_string()],
                folder,
                environment: BTreeMap::from_iter(secrets.iter().map(|(n, s)| own(n, s))),
            }
        };
        Self {
            ours: console("ours", ours),
            theirs: console("theirs", theirs),
            _loopback: loopback,
            _runtime: runtime,
        }
    }

    /// Opens a contest about a post of ours, lets one person take part, and fixes the list after the close. `more` stands
    /// among the arguments.
    fn is_opened_collected_and_frozen(&self, more: &[&str]) {
        let (ours, theirs) = (&self.ours, &self.theirs);
        let post = invitation(ours, "shop");
        likes(theirs, "person", &post);
        comments(theirs, "person", &post, "Tea with honey");
        // The relay is named, and asked for nothing before the draw.
        let relay = TcpListener::bind("127.0.0.1:0").unwrap();
        relay.set_nonblocking(true).unwrap();
        let url = format!("http://{}", relay.local_addr().unwrap());
        let with = |arguments: &[&str]| {
            let common = ["contest", "--jobs", "jobs", "--beacon", &url];
            ours.run(&[&common, more, arguments].concat())
        };
        let good = |arguments: &[&str]| {
            let mut done = with(arguments);
            assert_eq!(
                done.code, 0,
                "{arguments:?}: {:?} {}",
                done.lines, done.stderr
            );
            done.lines.remove(0)
        };
        write(ours, "tea.toml", &rules(15));
        let open = [
            "open", "--rules", "tea.toml", "--from", "shop", "--post", &post,
        ];
        let without = ours.run(&[&["contest", "--jobs", "jobs"], &open[..]].concat());
        assert_eq!(without.code, 2, "{:?}", without.lines);
        assert!(without.stderr.contains("--beacon"), "{}", without.stderr);
        assert_eq!(good(&open)["stage"], "open");
        good(&["collect"]);
        let entries = with(&["entries"]).lines;
        assert_eq!(entries.len(), 1, "{entries:?}");
        let pretended = with(&["freeze", "--at", &moment(60)]);
        assert_eq!(pretended.code, 2, "others' contests go by the real time");
        assert!(pretended.stderr.contains("--at"), "{}", pretended.stderr);
        let frozen = until("the contest is frozen", || {
            let mut done = with(&["freeze"]);
            if done.code == 0 {
                return Some(done.lines.remove(0));
            }
            let kind = text(&done.lines[0]["error"], "kind");
            assert_eq!(kind, "Conflict", "{:?}", done.lines);
            None
        });
        assert_eq!(
            (&frozen["entries"], &frozen["rejected"]),
            (&1.into(), &0.into())
        );
        let id = text(&entries[0]["accounts"][0], "id");
        let inclusion = good(&["prove", id]);
        assert!(inclusion["salt"].is_string(), "{inclusion}");
        let asked = relay.accept();
        assert!(asked.is_err(), "the relay was asked: {asked:?}");
    }
}

#[test]
fn a_contest_on_bluesky_is_opened_collected_and_frozen() {
    let fake = bluesky::fake::Fake::new();
    fake.limits(false);
    let account = |name: &str, handle: &str| {
        format!(
            "[[account]]\nname = \"{name}\"\nnetwork = \"bluesky\"\nbase_url = \"BASE\"\n\
             identifier = \"{handle}\"\npassword = \"env:BSKY_TEST_PASSWORD\"\n"
        )
    };
    let secrets = [("BSKY_TEST_PASSWORD", bluesky::fake::Fake::PASSWORD)];
    let (ours, theirs) = (account("shop", "alice.test"), account("person", "bob.test"));
    let net = Net::new("bluesky", Arc::new(fake), &secrets, [&ours, &theirs]);
    net.is_opened_collected_and_frozen(&[]);
}

#[test]
fn a_contest_on_vk_is_opened_collected_and_frozen() {
    use vk::fake::Fake;
    let fake = Fake::new();
    fake.limits(false);
    let secrets = [
        ("VK_TEST_COMMUNITY", Fake::GROUP_TOKEN),
        ("VK_TEST_USER", Fake::USER_TOKEN),
        ("VK_TEST_SERVICE", Fake::SERVICE_TOKEN),
        ("VK_TEST_BOB", Fake::BOB_TOKEN),
    ];
    let ours = "[[account]]\nname = \"shop\"\nnetwork = \"vk\"\nbase_url = \"BASE\"\ncommunity = 7001\n\
                community_token = \"env:VK_TEST_COMMUNITY\"\nuser_token = \"env:VK_TEST_USER\"\n\
                service_token = \"env:VK_TEST_SERVICE\"\n";
    let theirs = "[[account]]\nname = \"person\"\nnetwork = \"vk\"\nbase_url = \"BASE\"\n\
                  user_token = \"env:VK_TEST_BOB\"\n";
    let net = Net::new("vk", Arc::new(fake), &secrets, [ours, theirs]);
    net.is_opened_collected_and_frozen(&[]);
}

#[test]
fn a_contest_on_x_is_opened_collected_and_frozen() {
    use x::fake::{Fake, Plan};
    let fake = Fake::new();
    fake.set_plan(Plan::Enterprise);
    fake.limits(false);
    let (token, secret) = fake.oauth1(Fake::BOB);
    let secrets = [
        ("X_TEST_BEARER", Fake::BEARER),
        ("X_TEST_CONSUMER_KEY", Fake::CONSUMER_KEY),
        ("X_TEST_CONSUMER_SECRET", Fake::CONSUMER_SECRET),
        ("X_TEST_TOKEN", Fake::ANNA_OAUTH1.0),
        ("X_TEST_TOKEN_SECRET", Fake::ANNA_OAUTH1.1),
        ("X_TEST_BOB", &token),
        ("X_TEST_BOB_SECRET", &secret),
    ];
    let account = |name: &str, more: &str, token: &str| {
        format!(
            "[[account]]\nname = \"{name}\"\nnetwork = \"x\"\nbase_url = \"BASE\"\ntier = \"enterprise\"\n{more}\
             consumer_key = \"env:X_TEST_CONSUMER_KEY\"\nconsumer_secret = \"env:X_TEST_CONSUMER_SECRET\"\n\
             access_token = \"env:{token}\"\naccess_token_secret = \"env:{token}_SECRET\"\n"
        )
    };
    let ours = account("shop", "bearer = \"env:X_TEST_BEARER\"\n", "X_TEST_TOKEN");
    let theirs = account("person", "", "X_TEST_BOB");
    let net = Net::new("x", Arc::new(fake), &secrets, [&ours, &theirs]);
    net.is_opened_collected_and_frozen(&["--max-cost", "5.00 USD"]);
}
