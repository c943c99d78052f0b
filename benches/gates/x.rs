//! What reading a page of X's search costs.
//!
//! The floor is what a good engineer writes by hand for this: the same HTTP client, and serde's derive into structs that own
//! the same fields.

use std::hint::black_box;
use std::sync::Arc;

use sociable::adapters::x::X;
use sociable::client::Client;
use sociable::{Page, Post, PostQuery, SocialNetwork};
use url::Url;

use super::counted::{Work, instructions};
use super::figures::{Bound, Report};
use super::page::{allocations, runtime};
use super::server::Server;
use super::x_pages;

/// How often the page is read in the shorter of the two counted runs: three times as often in the longer one must not use
/// up what X allows in a quarter of an hour.
const TURNS: u64 = 10;
/// How many times the instructions of the floor.
const RATIO: Bound = Bound::AtMost(1.2);
const ALLOCATIONS: Bound = Bound::AtMost(1_150.0);

/// A token that is as long as the network's are.
const TOKEN: &str =
    "bWFkZS11cC10b2tlbi1mb3ItbWVhc3VyaW5nOjE3OTUwMDAwMDAwMDA6MTowOmF0OjE6bWFkZS11cC10b2tlbi1mb3I";
const WORDS: &str = "(kiln OR glaze) -is:nullcast lang:en";

pub(crate) const PAGE: Work = ("x.page", by_trait);
pub(crate) const PAGE_FLOOR: Work = ("x.page.floor", by_hand);

pub(crate) fn gates(report: &mut Report) {
    let page = x_pages::page();
    report.figure("x.page.bytes", page.len() as f64, Bound::Free);
    let server = Server::x(Arc::new(vec![("/2/tweets/search/recent", page)]));
    runtime().block_on(async {
        let (network, floor) = (network(&server.url()), Floor::new(&server.url()));
        x_pages::assert_whole(&found(&network).await);
        let by_hand = floor.found().await;
        assert_eq!(by_hand.data.len(), x_pages::POSTS);
        let ours = allocations(found(&network)).await;
        report.figure("x.page.allocations", ours, ALLOCATIONS);
        let by_hand = allocations(floor.found()).await;
        report.figure("x.page.floor.allocations", by_hand, Bound::Free);
        assert_eq!(server.connections(), 2, "one connection for each client");
    });
    let address = [server.url()];
    let ours = instructions(PAGE.0, TURNS, &address);
    let floor = instructions(PAGE_FLOOR.0, TURNS, &address);
    match (ours, floor) {
        (Ok(ours), Ok(floor)) => {
            report.figure("x.page.instructions", ours, Bound::Free);
            report.figure("x.page.floor.instructions", floor, Bound::Free);
            report.figure("x.page.ratio", ours / floor, RATIO);
        }
        (Err(why), _) | (_, Err(why)) => report.unmeasured("x.page.ratio", &why),
    }
}

fn network(base: &str) -> X {
    let client = Client::builder().build().unwrap();
    let x = X::builder()
        .base_url(base)
        .user_token(TOKEN)
        .client(&client);
    x.build().unwrap()
}

async fn found(network: &dyn SocialNetwork) -> Page<Post> {
    let query = PostQuery::search(WORDS).limit(x_pages::POSTS as u32);
    network.posts(&query).await.unwrap()
}

/// Reads the page so many times through the trait. The further word is the server's address.
fn by_trait(turns: u64, more: &[String]) {
    runtime().block_on(async {
        let network = network(&more[0]);
        for _ in 0..turns {
            drop(black_box(found(&network).await));
        }
    });
}

/// Reads the page so many times by hand.
fn by_hand(turns: u64, more: &[String]) {
    runtime().block_on(async {
        let floor = Floor::new(&more[0]);
        for _ in 0..turns {
            drop(black_box(floor.found().await));
        }
    });
}

/// The same call by hand.
struct Floor {
    client: reqwest::Client,
    base: String,
}

impl Floor {
    fn new(base: &str) -> Self {
        // What `Client` does by itself.
        #[cfg(feature = "rustls-ring")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            client: reqwest::Client::builder()
                .user_agent("by-hand/1.0")
                .build()
                .unwrap(),
            base: format!("{base}/2/tweets/search/recent"),
        }
    }

    async fn found(&self) -> by_hand::Answer {
        let count = x_pages::POSTS.to_string();
        let params = [
            ("query", WORDS),
            ("max_results", count.as_str()),
            (
                "tweet.fields",
                "attachments,author_id,community_id,conversation_id,created_at,entities,lang,note_tweet,possibly_sensitive,public_metrics,referenced_tweets",
            ),
            (
                "expansions",
                "attachments.media_keys,attachments.poll_ids,author_id,referenced_tweets.id,referenced_tweets.id.attachments.media_keys,referenced_tweets.id.author_id",
            ),
            (
                "media.fields",
                "alt_text,duration_ms,height,preview_image_url,type,url,variants,width",
            ),
            ("poll.fields", "end_datetime,options"),
            ("user.fields", "name,profile_image_url,protected,username"),
        ];
        let url = Url::parse_with_params(&self.base, params).unwrap();
        let request = self.client.get(url).bearer_auth(TOKEN);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap()
    }
}

/// What is read by hand.
mod by_hand {
    #![allow(
        dead_code,
        reason = "what is decoded is what costs; nobody reads it here"
    )]

    use serde::Deserialize;
    use sociable::jiff::Timestamp;

    #[derive(Deserialize)]
    pub(super) struct Answer {
        #[serde(default)]
        pub(super) data: Vec<Post>,
        #[serde(default)]
        includes: Includes,
        #[serde(default)]
        errors: Vec<Problem>,
        meta: Meta,
    }

    #[derive(Deserialize)]
    struct Meta {
        next_token: Option<String>,
    }

    #[derive(Deserialize)]
    struct Problem {
        #[serde(rename = "type")]
        kind: Option<String>,
        title: Option<String>,
        detail: Option<String>,
        resource_id: Option<String>,
        parameter: Option<String>,
        value: Option<String>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Includes {
        users: Vec<User>,
        tweets: Vec<Post>,
        media: Vec<Media>,
        polls: Vec<Poll>,
    }

    #[derive(Deserialize)]
    pub(super) struct Post {
        id: String,
        text: String,
        author_id: Option<String>,
        conversation_id: Option<String>,
        created_at: Option<Timestamp>,
        #[serde(default)]
        referenced_tweets: Vec<Reference>,
        attachments: Option<Attached>,
        entities: Option<Entities>,
        note_tweet: Option<Note>,
        public_metrics: Option<PostMetrics>,
        lang: Option<String>,
        possibly_sensitive: Option<bool>,
        community_id: Option<String>,
    }

    #[derive(Deserialize)]
    struct Reference {
        #[serde(rename = "type")]
        kind: String,
        id: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Attached {
        media_keys: Vec<String>,
        poll_ids: Vec<String>,
    }

    #[derive(Deserialize)]
    struct Note {
        text: String,
        entities: Option<Entities>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Entities {
        urls: Vec<Address>,
        mentions: Vec<Mention>,
        hashtags: Vec<Hashtag>,
    }

    #[derive(Deserialize)]
    struct Address {
        start: usize,
        end: usize,
        url: String,
        expanded_url: Option<String>,
        unwound_url: Option<String>,
        title: Option<String>,
        description: Option<String>,
        #[serde(default)]
        images: Vec<Image>,
        media_key: Option<String>,
    }

    #[derive(Deserialize)]
    struct Image {
        url: String,
    }

    #[derive(Deserialize)]
    struct Mention {
        start: usize,
        end: usize,
        username: String,
        id: Option<String>,
    }

    #[derive(Deserialize)]
    struct Hashtag {
        start: usize,
        end: usize,
        tag: String,
    }

    #[derive(Deserialize)]
    struct PostMetrics {
        retweet_count: u64,
        reply_count: u64,
        like_count: u64,
        quote_count: u64,
        bookmark_count: u64,
        impression_count: u64,
    }

    #[derive(Deserialize)]
    struct User {
        id: String,
        username: String,
        name: String,
        profile_image_url: Option<String>,
        protected: Option<bool>,
    }

    #[derive(Deserialize)]
    struct Media {
        media_key: String,
        #[serde(rename = "type")]
        kind: String,
        url: Option<String>,
        preview_image_url: Option<String>,
        alt_text: Option<String>,
        width: Option<u32>,
        height: Option<u32>,
        duration_ms: Option<u64>,
        #[serde(default)]
        variants: Vec<Variant>,
    }

    #[derive(Deserialize)]
    struct Variant {
        bit_rate: Option<u64>,
        content_type: String,
        url: String,
    }

    #[derive(Deserialize)]
    struct Poll {
        id: String,
        options: Vec<Choice>,
        end_datetime: Option<Timestamp>,
    }

    #[derive(Deserialize)]
    struct Choice {
        position: u32,
        label: String,
        votes: u64,
    }
}
