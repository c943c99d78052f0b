//! What reading costs, in allocations. `cargo bench --bench reading --features full`

// A bench that cannot measure has nothing else to do than to stop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::alloc::System;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sociable::adapters::bluesky::{Bluesky, Session};
use sociable::client::{Client, InProcess, Service, SystemClock};
use sociable::jiff::Timestamp;
use sociable::{PostQuery, SocialNetwork};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many posts a page has.
const POSTS: usize = 50;

/// Answers one page of posts, and nothing else.
struct OnePage(Bytes);

impl Service for OnePage {
    fn answer(&self, _: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        http::Response::new(self.0.clone())
    }
}

/// A page as Bluesky answers it: each post with an author, links, a picture, an answer's roots and figures.
fn page() -> Bytes {
    let mut out = String::from("{\"cursor\":\"2026-01-01T00:00:00Z::x\",\"feed\":[");
    let cid = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";
    for i in 0..POSTS {
        let comma = if i == 0 { "" } else { "," };
        let did = format!("did:plc:ewvi7nxzyoun6zhxrhs{i:05}");
        let author = format!(
            r#"{{"did":"{did}","handle":"reader{i}.example.com","displayName":"Reader {i} ☕","avatar":"https://cdn.example.com/img/avatar/plain/{did}/{cid}@jpeg","viewer":{{"muted":false,"blockedBy":false}},"labels":[],"createdAt":"2024-05-05T10:00:00.000Z"}}"#
        );
        let text = format!(
            "Number {i}: чай ☕ with @reader0.example.com, see https://example.com/notes #tea"
        );
        let link = text.find("https").unwrap();
        let uri = format!("at://{did}/app.bsky.feed.post/3k2y{i:09}");
        write!(
            out,
            r#"{comma}{{"post":{{"uri":"{uri}","cid":"{cid}","author":{author},"record":{{"$type":"app.bsky.feed.post","createdAt":"2026-01-01T10:{:02}:00.000Z","langs":["ru","en"],"text":"{text}","facets":[{{"index":{{"byteStart":{link},"byteEnd":{}}},"features":[{{"$type":"app.bsky.richtext.facet#link","uri":"https://example.com/notes"}}]}}],"reply":{{"root":{{"uri":"{uri}","cid":"{cid}"}},"parent":{{"uri":"{uri}","cid":"{cid}"}}}},"embed":{{"$type":"app.bsky.embed.images","images":[{{"alt":"a cup","image":{{"$type":"blob","ref":{{"$link":"{cid}"}},"mimeType":"image/jpeg","size":123456}},"aspectRatio":{{"width":4,"height":3}}}}]}}}},"embed":{{"$type":"app.bsky.embed.images#view","images":[{{"thumb":"https://cdn.example.com/img/feed_thumbnail/plain/{did}/{cid}@jpeg","fullsize":"https://cdn.example.com/img/feed_fullsize/plain/{did}/{cid}@jpeg","alt":"a cup","aspectRatio":{{"width":4,"height":3}}}}]}},"bookmarkCount":1,"replyCount":2,"repostCount":3,"likeCount":4,"quoteCount":5,"indexedAt":"2026-01-01T10:00:01.000Z","viewer":{{"threadMuted":false,"embeddingDisabled":false}},"labels":[]}}}}"#,
            i % 60,
            link + "https://example.com/notes".len(),
        )
        .unwrap();
    }
    out.push_str("]}");
    out.into()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(reading());
}

async fn reading() {
    let body = page();
    let transport = Arc::new(InProcess::new(
        Arc::new(OnePage(body.clone())),
        Arc::new(SystemClock::new()),
    ));
    let client = Client::builder().transport(transport).build().unwrap();
    let network = Bluesky::builder("http://127.0.0.1:1")
        .tokens(Session::new(token(), token()).unwrap())
        .client(&client)
        .build()
        .unwrap();
    let network: &dyn SocialNetwork = &network;
    let query = PostQuery::home().limit(POSTS as u32);
    network.posts(&query).await.unwrap();
    let region = Region::new(HEAP);
    let page = network.posts(&query).await.unwrap();
    let spent = region.change();
    assert_eq!(page.items.len(), POSTS);
    for post in &page.items {
        assert!(!post.text.is_empty() && !post.text.spans().is_empty() && !post.media.is_empty());
        assert!(post.author.is_some() && post.reply_to.is_some() && post.metrics.len() >= 4);
    }
    println!(
        "a page of {POSTS} posts, {} bytes: {} allocations",
        body.len(),
        spent.allocations
    );
}

/// A token that says whose it is, good until 2100.
fn token() -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = r#"{"sub":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","exp":4102444800}"#;
    format!("{}.{}.x", part("{}"), part(claims))
}
