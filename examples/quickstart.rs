//! A first look, without an account: publish on two networks at once, read an answer, reply to it, look at the figures.
//!
//! `cargo run --example quickstart --features full`
//!
//! Both networks are embedded ones in memory. The code below would be the same on real ones: `Bluesky::builder(…)` in
//! place of `World::network(…)`.

use std::error::Error;
use std::sync::Arc;

use sociable::adapters::memory::World;
use sociable::{Draft, EventKind, EventQuery, Metric, PostQuery, SocialNetwork, publish_all};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Two networks. Each knows the shop; Alice, a reader, is on the first.
    let (town, coast) = (World::new(), World::new());
    for world in [&town, &coast] {
        world.add_account("shop");
    }
    town.add_account("alice");
    let shop: [Arc<dyn SocialNetwork>; 2] = [
        Arc::new(town.network("shop")?),
        Arc::new(coast.network("shop")?),
    ];
    let alice = town.network("alice")?;

    // 1. Publish one draft on both at once. What would be refused is found before anything is sent.
    let draft = Draft::text("Fresh Darjeeling is in! Tasting on Saturday. #tea").key("tasting");
    for network in &shop {
        let profile = network.profile();
        let found = draft.check(&profile);
        println!("checked for {}: {} remarks", profile.network, found.len());
    }
    let mut posts = Vec::new();
    for result in publish_all(&shop, &draft).await {
        let post = result?;
        println!("published: {}", post.id);
        posts.push(post);
    }
    // The key makes it safe to say it again: there is no second post.
    let again = shop[0].publish(&draft).await?;
    assert_eq!(again.id, posts[0].id);
    println!("published again with the same key: still {}", again.id);

    // 2. A reader finds it by its hashtag, likes it and asks something.
    let found = alice.posts(&PostQuery::hashtag("tea")).await?;
    let seen = found.items.first().ok_or("Alice finds no post")?;
    alice
        .engage(&seen.into(), &sociable::Engagement::like())
        .await?;
    alice
        .publish(&Draft::text("At what time?").reply_to(seen))
        .await?;

    // 3. We see what happened, and answer.
    let happened = shop[0].events(&EventQuery::oldest()).await?;
    let mut answered = 0;
    for event in &happened.items {
        let who = event.account.as_ref().and_then(|a| a.handle.as_deref());
        println!("{} by {}", event.kind, who.unwrap_or("somebody"));
        if let (EventKind::Reply, Some(question)) = (&event.kind, &event.post) {
            println!("  \"{}\"", question.text.as_str());
            let reply = Draft::text("From three in the afternoon.").reply_to(question.as_ref());
            let reply = shop[0].publish(&reply).await?;
            println!("  answered: \"{}\"", reply.text.as_str());
            answered += 1;
        }
    }
    assert_eq!(answered, 1, "one question was asked");

    // 4. The figures. What a network does not tell is `None`, never 0.
    for (network, post) in shop.iter().zip(&posts) {
        for (id, figures) in network.post_metrics(std::slice::from_ref(&post.id)).await? {
            let figures = figures?;
            let count = |metric| {
                figures
                    .count(metric)
                    .map_or("?".to_owned(), |n| n.to_string())
            };
            println!(
                "{id}: {} likes, {} replies, {} impressions",
                count(Metric::Likes),
                count(Metric::Replies),
                count(Metric::Impressions)
            );
        }
    }
    let thread = shop[0]
        .posts(&PostQuery::thread(posts[0].id.clone()))
        .await?;
    assert_eq!(thread.items.len(), 3, "post, question, answer");
    println!(
        "the thread on the first network has {} posts",
        thread.items.len()
    );
    Ok(())
}
