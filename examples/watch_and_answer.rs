//! A bot that answers mentions, each once, also when it is stopped and started again.
//!
//! `cargo run --example watch_and_answer --features full`
//!
//! It ends after three answers, since the embedded network falls silent then. A real bot's loop has no end.

use futures_util::StreamExt;
use sociable::adapters::memory::World;
use sociable::store::{KeyValue, MemoryStore};
use sociable::{Draft, Error, EventKind, EventQuery, PostQuery, Result, Since, SocialNetwork};

/// Where the bot keeps how far it has come.
const CURSOR: &str = "cursor";

/// Answers so many mentions, beginning after what an earlier run has dealt with.
async fn answer(bot: &dyn SocialNetwork, store: &dyn KeyValue, mut left: u32) -> Result<()> {
    let kept = store.get(CURSOR).await?;
    let mut version = kept.as_ref().map(|k| k.version);
    let since = match kept {
        Some(kept) => Since::Cursor(kept.value.into()),
        None => Since::Oldest,
    };
    // The stream waits out troubles that pass, and the limits of the network.
    let mut happening = bot.listen(EventQuery::now().since(since).kinds(EventKind::Mention));
    while left > 0 {
        let Some(event) = happening.next().await else {
            break;
        };
        let event = event?;
        if let Some(post) = &event.post {
            // An event may come twice; the key makes sure that its answer does not.
            let key = format!("answer to {}", event.id);
            let reply = Draft::text("Thank you for thinking of us!")
                .reply_to(post.as_ref())
                .key(key);
            let reply = bot.publish(&reply).await?;
            println!("\"{}\" -> {}", post.text.as_str(), reply.id);
            left -= 1;
        }
        // Only now is it dealt with: a bot that dies before this line sees the event again.
        version = store.put(CURSOR, event.cursor.as_str(), version).await?;
        if version.is_none() {
            return Err(Error::config(
                "another bot works with the same state: stop one of them",
            ));
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let world = World::new();
    world.add_account("shop");
    world.add_account("alice");
    let (shop, alice) = (world.network("shop")?, world.network("alice")?);
    // A bot that is restarted needs a `FileStore` here.
    let store = MemoryStore::new();

    alice
        .publish(&Draft::text("The best tea is at @shop"))
        .await?;
    alice
        .publish(&Draft::text("Has @shop opened already?"))
        .await?;
    answer(&shop, &store, 2).await?;

    println!("the bot is stopped; somebody writes; it is started again");
    alice
        .publish(&Draft::text("See you at @shop tomorrow"))
        .await?;
    answer(&shop, &store, 1).await?;

    let answers = shop.posts(&PostQuery::own()).await?;
    assert_eq!(answers.items.len(), 3, "each mention is answered once");
    Ok(())
}
