//! What reading a page of VK's costs: of posts on a community's wall, and of messages.
//!
//! The floor is what a good engineer writes by hand for these two: the same HTTP client, the call as a form, and serde's
//! derive into structs that own the same fields.

use std::hint::black_box;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use sociable::adapters::vk::{TokenKind, Vk};
use sociable::client::Client;
use sociable::{ConversationId, Message, Page, PageRequest, Post, PostQuery, SocialNetwork};

use super::counted::{Work, instructions};
use super::figures::{Bound, Report};
use super::page::{allocations, runtime};
use super::server::Server;
use super::vk_pages::{self, GROUP, PEER};

/// How often a work is done in the shorter of the two counted runs.
const TURNS: u64 = 10;
/// How many times the instructions of the floor.
const RATIO: f64 = 1.2;
/// How many allocations for each item of a page.
const EACH: f64 = 15.0;

const TOKEN: &str = "vk1.a.made-up-QwErTyUiOpAsDfGhJkLzXcVbNm0123456789QwErTyUiOpAsDfGhJkLzXcVbNm0123456789QwErTyUiOpAsDfGhJkLzXcVbNm";

pub(crate) const PAGE: Work = ("vk.page", |turns, more| by_trait(turns, more, Read::Posts));
pub(crate) const PAGE_FLOOR: Work = ("vk.page.floor", |turns, more| {
    by_hand(turns, more, Read::Posts);
});
pub(crate) const MESSAGES: Work = ("vk.messages", |turns, more| {
    by_trait(turns, more, Read::Messages);
});
pub(crate) const MESSAGES_FLOOR: Work = ("vk.messages.floor", |turns, more| {
    by_hand(turns, more, Read::Messages);
});

pub(crate) fn page_gates(report: &mut Report) {
    gates(report, Read::Posts);
}

pub(crate) fn message_gates(report: &mut Report) {
    gates(report, Read::Messages);
}

/// Which page is read.
#[derive(Clone, Copy)]
enum Read {
    Posts,
    Messages,
}

impl Read {
    /// How the names of its figures and works begin.
    const fn name(self) -> &'static str {
        match self {
            Self::Posts => PAGE.0,
            Self::Messages => MESSAGES.0,
        }
    }

    const fn items(self) -> usize {
        match self {
            Self::Posts => vk_pages::POSTS,
            Self::Messages => vk_pages::MESSAGES,
        }
    }
}

fn gates(report: &mut Report, read: Read) {
    let (wall, history) = (vk_pages::wall(), vk_pages::history());
    let (wall, history) = (vk_pages::written(&wall), vk_pages::written(&history));
    let name = read.name();
    let bytes = match read {
        Read::Posts => wall.len(),
        Read::Messages => history.len(),
    };
    report.figure(&format!("{name}.bytes"), bytes as f64, Bound::Free);
    let server = Server::vk(Arc::new(vec![
        ("wall.get", wall),
        ("messages.getHistory", history),
    ]));
    runtime().block_on(async {
        let (network, floor) = (network(&server.url()), Floor::new(&server.url()));
        let (ours, by_hand) = match read {
            Read::Posts => {
                vk_pages::assert_posts(&posts(&network).await);
                assert_eq!(floor.posts().await.items.len(), read.items());
                let ours = allocations(posts(&network)).await;
                (ours, allocations(floor.posts()).await)
            }
            Read::Messages => {
                vk_pages::assert_messages(&messages(&network).await);
                assert_eq!(floor.messages().await.items.len(), read.items());
                let ours = allocations(messages(&network)).await;
                (ours, allocations(floor.messages()).await)
            }
        };
        report.figure(&format!("{name}.allocations"), ours, Bound::Free);
        let each = ours / read.items() as f64;
        let bound = Bound::AtMost(EACH);
        report.figure(&format!("{name}.allocations_per_item"), each, bound);
        report.figure(&format!("{name}.floor.allocations"), by_hand, Bound::Free);
    });
    let address = [server.url()];
    let ours = instructions(name, TURNS, &address);
    let floor = instructions(&format!("{name}.floor"), TURNS, &address);
    match (ours, floor) {
        (Ok(ours), Ok(floor)) => {
            report.figure(&format!("{name}.instructions"), ours, Bound::Free);
            report.figure(&format!("{name}.floor.instructions"), floor, Bound::Free);
            let bound = Bound::AtMost(RATIO);
            report.figure(&format!("{name}.ratio"), ours / floor, bound);
        }
        (Err(why), _) | (_, Err(why)) => report.unmeasured(&format!("{name}.ratio"), &why),
    }
}

fn network(base: &str) -> Vk {
    let client = Client::builder().build().unwrap();
    // What is measured is reading, not waiting for the next second.
    let fast = 1_000_000;
    Vk::builder()
        .base_url(base)
        .community(GROUP)
        .community_token(TOKEN)
        .user_token(TOKEN)
        .pace(TokenKind::Community, fast)
        .pace(TokenKind::User, fast)
        .client(&client)
        .build()
        .unwrap()
}

async fn posts(network: &dyn SocialNetwork) -> Page<Post> {
    let query = PostQuery::own().limit(vk_pages::POSTS as u32);
    network.posts(&query).await.unwrap()
}

async fn messages(network: &dyn SocialNetwork) -> Page<Message> {
    let conversation = ConversationId::new(PEER.to_string());
    let page = PageRequest::first().limit(vk_pages::MESSAGES as u32);
    network.messages(&conversation, &page).await.unwrap()
}

/// Reads a page so many times through the trait. The further word is the server's address.
fn by_trait(turns: u64, more: &[String], read: Read) {
    runtime().block_on(async {
        let network = network(&more[0]);
        for _ in 0..turns {
            match read {
                Read::Posts => drop(black_box(posts(&network).await)),
                Read::Messages => drop(black_box(messages(&network).await)),
            }
        }
    });
}

/// Reads a page so many times by hand.
fn by_hand(turns: u64, more: &[String], read: Read) {
    runtime().block_on(async {
        let floor = Floor::new(&more[0]);
        for _ in 0..turns {
            match read {
                Read::Posts => drop(black_box(floor.posts().await)),
                Read::Messages => drop(black_box(floor.messages().await)),
            }
        }
    });
}

/// The same calls by hand.
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
            base: base.to_owned(),
        }
    }

    async fn posts(&self) -> by_hand::Wall {
        let owner = format!("-{GROUP}");
        let count = vk_pages::POSTS.to_string();
        let params = [
            ("owner_id", owner.as_str()),
            ("filter", "owner"),
            ("count", &count),
        ];
        self.call("wall.get", &params).await
    }

    async fn messages(&self) -> by_hand::History {
        let (peer, group) = (PEER.to_string(), GROUP.to_string());
        let count = vk_pages::MESSAGES.to_string();
        let params = [
            ("peer_id", peer.as_str()),
            ("group_id", &group),
            ("count", &count),
        ];
        self.call("messages.getHistory", &params).await
    }

    async fn call<T: DeserializeOwned>(&self, method: &str, params: &[(&str, &str)]) -> T {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params)
            .append_pair("offset", "0")
            .append_pair("extended", "1")
            .append_pair("fields", "screen_name,photo_100,photo_200")
            .append_pair("v", "5.199")
            .finish();
        let request = self
            .client
            .post(format!("{}/method/{method}", self.base))
            .bearer_auth(TOKEN)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json::<by_hand::Answer<T>>().await.unwrap().response
    }
}

/// What is read by hand.
mod by_hand {
    #![allow(
        dead_code,
        reason = "what is decoded is what costs; nobody reads it here"
    )]

    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Answer<T> {
        pub(super) response: T,
    }

    #[derive(Deserialize)]
    pub(super) struct Wall {
        count: u64,
        pub(super) items: Vec<Post>,
        profiles: Vec<User>,
        groups: Vec<Group>,
    }

    #[derive(Deserialize)]
    pub(super) struct History {
        count: u64,
        pub(super) items: Vec<Message>,
        profiles: Vec<User>,
        groups: Vec<Group>,
    }

    #[derive(Deserialize)]
    struct User {
        id: i64,
        first_name: Option<String>,
        last_name: Option<String>,
        screen_name: Option<String>,
        domain: Option<String>,
        about: Option<String>,
        photo_100: Option<String>,
        photo_200: Option<String>,
        followers_count: Option<u64>,
        blacklisted_by_me: Option<u8>,
        deactivated: Option<String>,
    }

    #[derive(Deserialize)]
    struct Group {
        id: i64,
        name: Option<String>,
        screen_name: Option<String>,
        description: Option<String>,
        photo_100: Option<String>,
        photo_200: Option<String>,
        members_count: Option<u64>,
        is_member: Option<u8>,
        deactivated: Option<String>,
    }

    #[derive(Deserialize)]
    pub(super) struct Post {
        id: i64,
        owner_id: i64,
        from_id: i64,
        date: i64,
        edited: Option<i64>,
        text: String,
        post_type: Option<String>,
        #[serde(default)]
        attachments: Vec<Attached>,
        #[serde(default)]
        copy_history: Vec<Post>,
        comments: Option<Count>,
        likes: Option<Likes>,
        reposts: Option<Reposts>,
        views: Option<Count>,
        is_pinned: Option<u8>,
        is_favorite: Option<bool>,
        friends_only: Option<u8>,
        is_deleted: Option<bool>,
    }

    #[derive(Deserialize)]
    struct Count {
        count: u64,
    }

    #[derive(Deserialize)]
    struct Likes {
        count: u64,
        user_likes: Option<u8>,
    }

    #[derive(Deserialize)]
    struct Reposts {
        count: u64,
        user_reposted: Option<u8>,
    }

    #[derive(Deserialize)]
    pub(super) struct Message {
        peer_id: i64,
        conversation_message_id: i64,
        from_id: i64,
        date: i64,
        update_time: Option<i64>,
        text: String,
        out: u8,
        deleted: Option<u8>,
        #[serde(default)]
        attachments: Vec<Attached>,
        reply_message: Option<Answered>,
        action: Option<Action>,
    }

    #[derive(Deserialize)]
    struct Answered {
        conversation_message_id: i64,
    }

    #[derive(Deserialize)]
    struct Action {
        #[serde(rename = "type")]
        kind: String,
    }

    #[derive(Deserialize)]
    struct Attached {
        #[serde(rename = "type")]
        kind: String,
        photo: Option<Box<Photo>>,
        video: Option<Box<Video>>,
        doc: Option<Box<Document>>,
        audio: Option<Box<Audio>>,
        audio_message: Option<Box<Voice>>,
        link: Option<Box<Link>>,
        poll: Option<Box<Poll>>,
    }

    #[derive(Deserialize)]
    struct Photo {
        id: i64,
        owner_id: i64,
        access_key: Option<String>,
        sizes: Vec<Size>,
    }

    #[derive(Deserialize)]
    struct Size {
        url: Option<String>,
        src: Option<String>,
        width: u32,
        height: u32,
    }

    #[derive(Deserialize)]
    struct Video {
        id: i64,
        owner_id: i64,
        access_key: Option<String>,
        duration: Option<u64>,
        width: Option<u32>,
        height: Option<u32>,
        player: Option<String>,
        image: Vec<Size>,
    }

    #[derive(Deserialize)]
    struct Document {
        id: i64,
        owner_id: i64,
        access_key: Option<String>,
        ext: String,
        url: Option<String>,
        preview: Option<Preview>,
    }

    #[derive(Deserialize)]
    struct Preview {
        photo: Option<PreviewPhoto>,
    }

    #[derive(Deserialize)]
    struct PreviewPhoto {
        sizes: Vec<Size>,
    }

    #[derive(Deserialize)]
    struct Audio {
        id: i64,
        owner_id: i64,
        access_key: Option<String>,
        url: Option<String>,
        duration: u64,
    }

    #[derive(Deserialize)]
    struct Voice {
        id: i64,
        owner_id: i64,
        access_key: Option<String>,
        link_ogg: String,
        link_mp3: String,
        duration: u64,
    }

    #[derive(Deserialize)]
    struct Link {
        url: String,
        title: Option<String>,
        description: Option<String>,
        photo: Option<Photo>,
    }

    #[derive(Deserialize)]
    struct Poll {
        id: i64,
        owner_id: i64,
        question: String,
        answers: Vec<Choice>,
        multiple: bool,
        anonymous: Option<bool>,
        end_date: i64,
        votes: u64,
        #[serde(default)]
        answer_ids: Vec<i64>,
    }

    #[derive(Deserialize)]
    struct Choice {
        id: i64,
        text: String,
        votes: u64,
    }
}
