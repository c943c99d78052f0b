//! A bot of a VK community that answers messages and comments, each exactly once, at whatever moment it is killed.
//!
//! `cargo run --example vk_bot --features full` shows it on a VK of its own on this machine, without an account. With
//! `-- --server http://127.0.0.1:PORT --state FILE` it is the bot alone, on such a VK of another program, without an end.
//!
//! The network tells at least once: what a bot had not stored when it died comes again. That nobody is answered twice
//! follows from the key of each answer, which names the event: VK drops a second answer under the same key.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use futures_util::StreamExt;
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::Fake;
use sociable::client::SystemClock;
use sociable::jiff::Timestamp;
use sociable::store::{FileStore, KeyValue, MemoryStore};
use sociable::testing::loopback::Loopback;
use sociable::{
    Draft, EventKind, EventQuery, MessageDraft, PageRequest, Recipient, Since, SocialNetwork, Text,
    deduplicated,
};

type Done<T> = Result<T, Box<dyn Error>>;

/// Where the bot keeps how far it has come.
const CURSOR: &str = "cursor";

#[derive(Parser)]
struct Words {
    /// A VK to be the bot on, like http://127.0.0.1:8080
    #[arg(long, requires = "state")]
    server: Option<String>,
    /// The file that keeps how far the bot has come
    #[arg(long, requires = "server")]
    state: Option<PathBuf>,
}

/// Answers so many messages and comments, beginning after what an earlier run has dealt with.
async fn answer(bot: &dyn SocialNetwork, store: &dyn KeyValue, left: usize) -> Done<()> {
    let kept = store.get(CURSOR).await?;
    let mut version = kept.as_ref().map(|kept| kept.version);
    let since = kept.map_or(Since::Oldest, |kept| Since::Cursor(kept.value.into()));
    let query = EventQuery::now()
        .since(since)
        .kinds(EventKind::Message)
        .kinds(EventKind::Reply);
    // What comes twice within one run is dropped here, what comes again after a kill by the keys.
    let mut happening = deduplicated(bot.listen(query), 1000).take(left);
    while let Some(event) = happening.next().await {
        let event = event?;
        let key = format!("answer to {}", event.id);
        if let Some(message) = &event.message {
            let answer = MessageDraft::text(words(&message.text)).key(key);
            let to = Recipient::from(&message.conversation);
            let sent = bot.send(&to, &answer).await?;
            println!("message \"{}\" -> {}", message.text.as_str(), sent.id);
        } else if let Some(comment) = &event.post {
            let answer = Draft::text(words(&comment.text))
                .reply_to(comment.as_ref())
                .key(key);
            let sent = bot.publish(&answer).await?;
            println!("comment \"{}\" -> {}", comment.text.as_str(), sent.id);
        } else {
            println!("{}: nothing that could be answered", event.kind);
        }
        // Only now is it dealt with: a bot that dies before this line sees the event again.
        let stored = store.put(CURSOR, event.cursor.as_str(), version).await?;
        version = Some(stored.ok_or("another bot works with the same state: stop one of them")?);
    }
    Ok(())
}

fn words(question: &Text) -> String {
    format!("You wrote \"{}\". We are on it!", question.as_str())
}

/// The community of the fake. A real one has its own number and token, and no `base_url`.
fn community(server: &str) -> sociable::Result<Vk> {
    Vk::builder()
        .community(Fake::GROUP)
        .community_token(Fake::GROUP_TOKEN)
        .base_url(server)
        .build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done<()> {
    let Words { server, state } = Words::parse();
    if let (Some(server), Some(state)) = (server, state) {
        return answer(&community(&server)?, &FileStore::new(state), usize::MAX).await;
    }

    let vk = Fake::new();
    let server = Loopback::serve(Arc::new(vk.clone()), Arc::new(SystemClock::new())).await?;
    let bot = community(server.url())?;
    // A bot that is restarted needs a `FileStore` here.
    let store = MemoryStore::new();

    let (wall, now) = (-Fake::GROUP, Timestamp::now());
    let post = (wall, vk.post_as(wall, wall, "Which tea is next?", now));
    vk.message_as(Fake::BOB, Fake::GROUP, "Are you open today?", now);
    vk.comment_as(Fake::CAROL, post, "Darjeeling!", None, now);
    answer(&bot, &store, 2).await?;

    println!("the bot is stopped; somebody writes; it is started again");
    vk.message_as(Fake::BOB, Fake::GROUP, "And tomorrow?", Timestamp::now());
    answer(&bot, &store, 1).await?;

    println!("it has lost its cursor: all is told again, and VK knows the answers by their keys");
    answer(&bot, &MemoryStore::new(), 3).await?;

    let first = PageRequest::first();
    for talk in bot.conversations(&first).await?.items {
        let said = bot.messages(&talk.id, &first).await?;
        assert_eq!(said.items.len(), 4, "two questions, an answer each");
    }
    server.shutdown().await;
    Ok(())
}
