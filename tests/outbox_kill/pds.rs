//! Every step, on a real Bluesky server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use sociable::SocialNetwork;
use sociable::adapters::bluesky::Bluesky;
use sociable::client::Client;
use sociable::outbox::Step;
use sociable::store::FileStore;

use crate::chain::{Folder, killed_at, unique, wrong};
use crate::clock::FastClock;
use crate::steps::{each_step, judge};
use crate::worker::{Order, road};

/// How many workers are killed at each step: the server takes 5,000 points of writes an hour.
const KILLS: usize = 3;

/// What the environment names, or `None` after a line that says that a test was passed over.
pub(crate) fn named(variable: &str, test: &str) -> Option<String> {
    let value = std::env::var(variable).ok();
    if value.is_none() {
        let ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false");
        assert!(!ci, "CI is set, but {variable} names nothing");
        println!("passed over: {test} ({variable} names nothing)");
    }
    value
}

/// A person who is logged in there.
#[derive(Clone)]
struct Person {
    url: String,
    login: (String, String),
    uncounted: Option<String>,
    bluesky: Arc<Bluesky>,
}

impl Person {
    /// Logs in, and keeps the login in a file, since a server lets nobody log in at each start.
    async fn log_in(server: &BTreeMap<String, String>, tokens: &Path) -> Self {
        let login = (
            server["ACCOUNT2_HANDLE"].clone(),
            server["ACCOUNT2_PASSWORD"].clone(),
        );
        let url = server["BASE_URL"].clone();
        let uncounted = server.get("RATE_LIMIT_BYPASS_KEY").cloned();
        let road = road(uncounted.as_deref());
        let client = Client::builder().reqwest(road).build().unwrap();
        let bluesky = Bluesky::builder(&url)
            .identifier(login.0.as_str())
            .password(login.1.as_str())
            .token_store(Arc::new(FileStore::new(tokens)))
            .client(&client)
            .build()
            .unwrap();
        bluesky.me().await.unwrap();
        Self {
            url,
            login,
            uncounted,
            bluesky: Arc::new(bluesky),
        }
    }

    /// The texts of all posts, from the server's own records, without spaces that say nothing.
    async fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut params = json!({
                "repo": self.login.0, "collection": "app.bsky.feed.post", "limit": 100
            });
            if let Some(cursor) = &cursor {
                params["cursor"] = json!(cursor);
            }
            let listed: Value = self
                .bluesky
                .query("com.atproto.repo.listRecords", &params)
                .await
                .unwrap();
            for record in listed["records"].as_array().unwrap() {
                let text = record["value"]["text"].as_str().unwrap();
                texts.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            cursor = listed["cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return texts;
            }
        }
    }
}

async fn case(person: &Person, tokens: &Path, step: Step) -> (usize, Vec<String>) {
    let folder = Folder::new(&format!("pds-{step}"));
    let mut order = Order::new("bluesky", &person.url, FastClock::start(), folder.path());
    // The server keeps what earlier runs wrote.
    order.tag = format!("{}-{step}/", unique());
    order.login = Some(person.login.clone());
    order.uncounted = person.uncounted.clone();
    order.tokens = tokens.to_owned();
    let (killed, items) = killed_at(&mut order, step, KILLS).await;
    let mut standing = person.texts().await;
    standing.retain(|text| text.starts_with(&order.tag));
    (killed, wrong(&order, true, &items, &standing))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_step_on_a_real_bluesky_server_each_post_stands_once() {
    let test = "the outbox that is killed on a real Bluesky server";
    let Some(path) = named("SOCIABLE_BLUESKY_PDS", test) else {
        return;
    };
    let text = std::fs::read_to_string(&path).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let server = pairs
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect();
    let folder = Folder::new("pds");
    let tokens = folder.path().join("tokens");
    let person = Person::log_in(&server, &tokens).await;
    let cases = each_step(move |step| {
        let (person, tokens) = (person.clone(), tokens.clone());
        async move { case(&person, &tokens, step).await }
    });
    judge("a real Bluesky server", cases.await);
}
