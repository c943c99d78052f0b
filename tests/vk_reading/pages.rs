//! The pages whose cost the gates measure are what the network would answer, and are read whole.

use std::sync::Arc;

use bytes::Bytes;
use sociable::adapters::vk::Vk;
use sociable::client::{Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{PageRequest, PostQuery, SocialNetwork};

use crate::net::{client, fast, vk};

#[path = "../../benches/gates/vk_pages.rs"]
mod vk_pages;

/// Answers every call with one page.
struct Answers(Vec<u8>);

impl Service for Answers {
    fn answer(&self, _: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        http::Response::new(Bytes::from(self.0.clone()))
    }
}

/// A community that is answered so, once the answer keeps to the contract.
fn community(method: &str, answer: &serde_json::Value) -> Vk {
    if let Some(contract) = vk() {
        let asked = [("extended".to_owned(), "1".to_owned())];
        let kept = contract.check_response(method, &asked, answer);
        assert_eq!(kept.err().unwrap_or_default(), Vec::<String>::new());
    }
    let clock = SetClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let client = client(Arc::new(Answers(vk_pages::written(answer))), &clock);
    fast(Vk::builder().client(&client))
        .community(vk_pages::GROUP)
        .community_token("c")
        .user_token("u")
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_page_of_posts_is_read_whole() {
    let vk = community("wall.get", &vk_pages::wall());
    let query = PostQuery::own().limit(vk_pages::POSTS as u32);
    vk_pages::assert_posts(&vk.posts(&query).await.unwrap());
}

#[tokio::test]
async fn a_page_of_messages_is_read_whole() {
    let vk = community("messages.getHistory", &vk_pages::history());
    let peer = vk_pages::PEER.to_string();
    let page = PageRequest::first().limit(vk_pages::MESSAGES as u32);
    let messages = vk.messages(&peer.as_str().into(), &page).await.unwrap();
    vk_pages::assert_messages(&messages);
}
