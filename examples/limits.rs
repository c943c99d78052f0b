//! Limits: a network allows three posts an hour. We ask for five at once, and nothing is refused or lost.
//!
//! `cargo run --example limits --features full`
//!
//! The clock is set by hand, so that the hours cost nothing. `Client::budgets` and an `Observer` show what happens.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sociable::adapters::memory::{Limit, Memory, World};
use sociable::client::{Notice, Observer, SetClock};
use sociable::{Client, Draft, Operation, Result, SocialNetwork};

/// Prints when calls wait.
#[derive(Debug)]
struct Waits;

impl Observer for Waits {
    fn notice(&self, notice: &Notice<'_>) {
        if let Notice::Waiting {
            operation,
            until: Some(until),
            ..
        } = notice
        {
            println!("  {operation} waits until {until}");
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let clock = SetClock::at("2026-12-01T09:00:00Z".parse().unwrap_or_default());
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    world.set_limit(
        Limit::new("posts", 3, Duration::from_secs(3600))
            .on(Operation::PUBLISH.as_str())
            .published(),
    );

    let client = Client::builder()
        .clock(Arc::new(clock.clone()))
        .max_wait(Duration::from_secs(2 * 3600))
        .call_timeout(Duration::from_secs(3 * 3600))
        .observer(Arc::new(Waits))
        .build()?;
    let shop = Memory::builder(&world)
        .account("shop")
        .client(&client)
        .build()?;

    println!("five posts at once:");
    let drafts: Vec<Draft> = (1..=5)
        .map(|n| Draft::text(format!("Tea of the day, number {n}")))
        .collect();
    // The clock jumps to the next moment at which something can happen.
    let posts = clock
        .drive(join_all(drafts.iter().map(|draft| shop.publish(draft))))
        .await;
    for post in posts {
        let post = post?;
        println!(
            "{} at {}",
            post.text.as_str(),
            post.created_at.unwrap_or_default()
        );
    }

    println!("what is left:");
    for budget in client.budgets() {
        println!(
            "  {}: {:?} of {:?}",
            budget.bucket.name, budget.left, budget.limit
        );
    }
    Ok(())
}
