//! A long text becomes a thread: check what is wrong, split it, publish the parts, and go on where it stopped.
//!
//! `cargo run --example threads --features full`

use sociable::adapters::memory::World;
use sociable::client::{Disturbance, RetryPolicy};
use sociable::text::Numbering;
use sociable::{Draft, Operation, PostQuery, Result, SocialNetwork, publish_thread};

#[tokio::main]
async fn main() -> Result<()> {
    let world = World::new();
    world.add_account("shop");
    let shop = world.network("shop")?;
    let profile = shop.profile();

    let long =
        "Tea keeps best in the dark, dry and cool, far from anything that smells. ".repeat(15);
    let draft = Draft::text(long.trim()).key("how-to-keep-tea");

    // The check needs no connection, and says by how much it is too long.
    for violation in draft.check(&profile) {
        println!("{violation}");
    }

    // No part is cut within a word, link, mention or hashtag. Each is numbered and fits.
    let parts = draft.split(&profile, Numbering::Slash)?;
    println!("{} parts:", parts.len());

    // The connection breaks before the second part. What is published already is told.
    let sent = publish_thread(&shop, &parts[..1], None).await;
    for _ in 0..RetryPolicy::default().attempts {
        world.disturb_call(&Operation::PUBLISH, Disturbance::Refuse);
    }
    let sent = publish_thread(&shop, &parts, Some(sent.progress)).await;
    if let Some(error) = &sent.stopped {
        println!("stopped after {}: {error}", sent.progress.published.len());
    }

    // Going on publishes only what is missing.
    let posts = publish_thread(&shop, &parts, Some(sent.progress))
        .await
        .into_result()?;
    for post in &posts {
        println!("  {}: {:.40}…", post.id, post.text.as_str());
    }
    let thread = shop.posts(&PostQuery::thread(posts[0].id.clone())).await?;
    assert_eq!(thread.items.len(), parts.len());
    Ok(())
}
