//! What reading a page of posts costs, and what a call costs beside the same request by hand.
//!
//! The floor is what a good engineer writes by hand for this one page: the same HTTP client, and serde's derive into a
//! post that owns the same fields.

use std::future::Future;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sociable::adapters::bluesky::{Bluesky, Session};
use sociable::client::Client;
use sociable::jiff::Timestamp;
use sociable::{Metric, Page, Post, PostQuery, SocialNetwork};
use stats_alloc::Region;

use super::HEAP;
use super::counted::instructions;
use super::figures::{Bound, Report};
use super::posts::{POSTS, page};
use super::server::Server;

/// How often a work is done in the shorter of the two counted runs.
const TURNS: u64 = 20;

/// How many calls go over one connection.
const CALLS: u64 = 50;

/// What answers a query with an empty page, by its limit.
const EMPTY: &str = "limit=1";

/// A page of posts: at most 1.20 times the instructions of the floor.
pub(crate) fn gates(report: &mut Report) {
    let server = serve();
    let body = page();
    report.figure("page.bytes", body.len() as f64, Bound::Free);
    runtime().block_on(async {
        let network = network(&server.url());
        let network: &dyn SocialNetwork = &network;
        let floor = Floor::new(&server.url(), POSTS as u32);
        assert_whole(&network.posts(&query(POSTS as u32)).await.unwrap());
        floor.page().await;
        let spent = allocations(network.posts(&query(POSTS as u32))).await;
        report.figure("page.allocations", spent, Bound::AtMost(700.0));
        let spent = allocations(floor.page()).await;
        report.figure("page.floor.allocations", spent, Bound::Free);
    });
    let address = [server.url()];
    let ours = instructions("page", TURNS, &address);
    let floor = instructions("page.floor", TURNS, &address);
    match (ours, floor) {
        (Ok(ours), Ok(floor)) => {
            report.figure("page.instructions", ours, Bound::AtMost(2_200_000.0));
            report.figure("page.floor.instructions", floor, Bound::Free);
            report.figure("page.ratio", ours / floor, Bound::AtMost(1.2));
        }
        (Err(why), _) | (_, Err(why)) => {
            report.unmeasured("page.instructions", &why);
            report.unmeasured("page.ratio", &why);
        }
    }
}

/// A call's fixed cost: what a call with a small answer takes more than the same request by the bare HTTP client.
pub(crate) fn calls(report: &mut Report) {
    let server = serve();
    runtime().block_on(async {
        let network = network(&server.url());
        let network: &dyn SocialNetwork = &network;
        let floor = Floor::new(&server.url(), 1);
        for _ in 0..CALLS {
            assert!(network.posts(&query(1)).await.unwrap().items.is_empty());
        }
        let connections = server.connections() as f64;
        report.figure("call.connections", connections, Bound::AtMost(1.0));
        floor.page().await;
        let ours = allocations(network.posts(&query(1))).await;
        let bare = allocations(floor.page()).await;
        report.figure("call.allocations", ours - bare, Bound::AtMost(20.0));
        report.figure("call.floor.allocations", bare, Bound::Free);
    });
    let address = [server.url()];
    let ours = instructions("call", TURNS * 10, &address);
    let bare = instructions("call.floor", TURNS * 10, &address);
    match (ours, bare) {
        (Ok(ours), Ok(bare)) => {
            report.figure("call.instructions", ours - bare, Bound::AtMost(20_000.0));
            report.figure("call.floor.instructions", bare, Bound::Free);
        }
        (Err(why), _) | (_, Err(why)) => report.unmeasured("call.instructions", &why),
    }
}

fn serve() -> Server {
    let empty = br#"{"feed":[]}"#.to_vec();
    Server::start(Arc::new(vec![("limit=50", page()), (EMPTY, empty)]))
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// How often an answer asks the allocator for memory, growing included.
pub(crate) async fn allocations<T>(work: impl Future<Output = T>) -> f64 {
    let region = Region::new(HEAP);
    let done = std::hint::black_box(work.await);
    let spent = region.change();
    drop(done);
    (spent.allocations + spent.reallocations) as f64
}

fn query(limit: u32) -> PostQuery {
    PostQuery::home().limit(limit)
}

fn network(base: &str) -> Bluesky {
    let client = Client::builder().build().unwrap();
    Bluesky::builder(base)
        .tokens(Session::new(token(), token()).unwrap())
        .client(&client)
        .build()
        .unwrap()
}

/// Reads the page so many times through the trait. As in all works here, the further word is the server's address.
pub(crate) fn ours(turns: u64, more: &[String]) {
    by_trait(turns, more, POSTS as u32);
}

/// Reads the page so many times by hand.
pub(crate) fn floor(turns: u64, more: &[String]) {
    by_hand(turns, more, POSTS as u32);
}

/// Makes so many small calls through the trait.
pub(crate) fn call(turns: u64, more: &[String]) {
    by_trait(turns, more, 1);
}

/// Makes so many small calls by hand.
pub(crate) fn bare(turns: u64, more: &[String]) {
    by_hand(turns, more, 1);
}

fn by_trait(turns: u64, more: &[String], limit: u32) {
    runtime().block_on(async {
        let network = network(&more[0]);
        let network: &dyn SocialNetwork = &network;
        let query = query(limit);
        for _ in 0..turns {
            std::hint::black_box(network.posts(&query).await.unwrap());
        }
    });
}

fn by_hand(turns: u64, more: &[String], limit: u32) {
    runtime().block_on(async {
        let floor = Floor::new(&more[0], limit);
        for _ in 0..turns {
            std::hint::black_box(floor.page().await);
        }
    });
}

/// A token that says whose it is, good until 2100, and as long as the network's own are.
fn token() -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let head = r#"{"typ":"at+jwt","alg":"ES256K"}"#;
    let claims = r#"{"scope":"com.atproto.appPass","sub":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","iat":1795388800,"exp":4102444800,"aud":"did:web:oyster.us-east.host.bsky.network"}"#;
    format!("{}.{}.{}", part(head), part(claims), part(&"s".repeat(64)))
}

/// What nobody would want to see lost: each field that the page tells is in the posts.
fn assert_whole(page: &Page<Post>) {
    assert_eq!(page.items.len(), POSTS);
    assert!(page.next.is_some() && page.omitted.is_empty());
    for (i, post) in page.items.iter().enumerate() {
        assert!(post.id.as_str().contains('#') && post.url.is_some());
        assert!(!post.text.is_empty() && !post.text.spans().is_empty());
        assert_eq!(post.text.spans().len(), 1 + usize::from(i % 3 == 2), "{i}");
        assert!(post.created_at.is_some() && !post.languages.is_empty());
        let author = post.author.as_ref().unwrap();
        assert!(author.handle.is_some() && author.name.is_some() && author.avatar.is_some());
        assert!(author.url.is_some() && author.created_at.is_some());
        assert_eq!((author.muted, author.blocked), (Some(false), Some(false)));
        assert_eq!(post.metrics.len(), 5);
        let likes = post.metrics.count(Metric::Likes);
        assert_eq!(likes, Some(i as u64 * 31 % 977));
        assert_eq!(post.mine.liked, Some(i % 5 == 0));
        let answer = i % 4 == 1;
        assert_eq!(
            (post.reply_to.is_some(), post.thread.is_some()),
            (answer, answer)
        );
        assert_eq!(post.reposted_by.is_some(), i % 8 == 2);
        let pictures = [1, 0, 0, 0, 0, 1, 2, 0][i % 8];
        assert_eq!(post.media.len(), pictures);
        for picture in &post.media {
            assert!(picture.id.is_some() && picture.url.is_some() && picture.preview.is_some());
            assert!(picture.alt.is_some() && picture.media_type.is_some());
            assert_eq!(picture.dimensions, Some((2000, 1500)));
        }
        assert_eq!(post.link.is_some(), i % 8 == 3);
        if let Some(link) = &post.link {
            assert!(link.title.is_some() && link.description.is_some() && link.preview.is_some());
        }
    }
}

/// The same page by hand.
struct Floor {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Floor {
    fn new(base: &str, limit: u32) -> Self {
        // What `Client` does by itself.
        #[cfg(feature = "rustls-ring")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            client: reqwest::Client::builder()
                .user_agent("by-hand/1.0")
                .build()
                .unwrap(),
            url: format!("{base}/xrpc/app.bsky.feed.getTimeline?limit={limit}"),
            token: token(),
        }
    }

    async fn page(&self) -> FloorFeed {
        let request = self.client.get(&self.url).bearer_auth(&self.token);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap()
    }
}

/// Fields are there to be read, as they would be by whoever wrote this.
macro_rules! floor {
    ($($name:ident { $($field:ident $(as $key:literal)?: $type:ty,)* })*) => {$(
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[allow(dead_code, reason = "what is decoded is what costs; nobody reads it here")]
        struct $name {
            $($(#[serde(rename = $key)])? $field: $type,)*
        }
    )*};
}

floor! {
    FloorFeed { feed: Vec<FloorItem>, cursor: Option<String>, }
    FloorItem { post: FloorPost, reason: Option<FloorReason>, }
    FloorReason { by: Option<FloorAccount>, }
    FloorPost {
        uri: String,
        cid: String,
        author: FloorAccount,
        record: FloorRecord,
        embed: Option<FloorEmbed>,
        like_count: Option<u64>,
        repost_count: Option<u64>,
        reply_count: Option<u64>,
        quote_count: Option<u64>,
        bookmark_count: Option<u64>,
        viewer: Option<FloorPostViewer>,
    }
    FloorPostViewer { like: Option<String>, repost: Option<String>, bookmarked: Option<bool>, }
    FloorAccount {
        did: String,
        handle: String,
        display_name: Option<String>,
        description: Option<String>,
        avatar: Option<String>,
        created_at: Option<Timestamp>,
        viewer: Option<FloorViewer>,
        followers_count: Option<u64>,
        follows_count: Option<u64>,
        posts_count: Option<u64>,
    }
    FloorViewer {
        muted: Option<bool>,
        blocking: Option<String>,
        following: Option<String>,
        followed_by: Option<String>,
    }
    FloorRecord {
        text: String,
        created_at: Timestamp,
        facets: Option<Vec<FloorFacet>>,
        langs: Option<Vec<String>>,
        labels: Option<FloorLabels>,
        reply: Option<FloorReply>,
        embed: Option<FloorRecordEmbed>,
    }
    FloorLabels { values: Vec<FloorLabel>, }
    FloorLabel { val: String, }
    FloorReply { root: FloorRef, parent: FloorRef, }
    FloorRef { uri: String, cid: String, }
    FloorFacet { index: FloorSlice, features: Vec<FloorFeature>, }
    FloorSlice { byte_start: usize, byte_end: usize, }
    FloorFeature {
        kind as "$type": String,
        uri: Option<String>,
        did: Option<String>,
        tag: Option<String>,
    }
    FloorRecordEmbed { images: Option<Vec<FloorImage>>, video: Option<FloorBlob>, record: Option<FloorQuote>, }
    FloorImage { image: FloorBlob, }
    FloorBlob { link as "ref": FloorLink, mime_type: String, size: u64, }
    FloorLink { cid as "$link": String, }
    FloorEmbed {
        images: Option<Vec<FloorImageView>>,
        playlist: Option<String>,
        thumbnail: Option<String>,
        alt: Option<String>,
        external: Option<FloorCard>,
        record: Option<FloorQuote>,
    }
    FloorImageView { thumb: String, fullsize: String, alt: String, aspect_ratio: Option<FloorRatio>, }
    FloorRatio { width: u32, height: u32, }
    FloorCard { uri: String, title: String, description: String, thumb: Option<String>, }
    FloorQuote { uri: Option<String>, cid: Option<String>, }
}
