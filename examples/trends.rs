//! An ice bucket challenge, seen early: a town talks for a day and a half, then people begin to name each other, and two
//! hours later the shop has a proposal on its desk.
//!
//! `cargo run --example trends --features full`
//!
//! It works on the embedded network, without an account, by a clock that jumps over the waiting. How a trend is told from
//! noise is told in the guide, `sociable::guide::trends`.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::{Memory, World};
use sociable::client::SetClock;
use sociable::store::MemoryStore;
use sociable::trends::{Feed, Safety, Trends};
use sociable::{AccountRef, Draft, Engagement, Result, SocialNetwork, Target};

const EVERYDAY: [&str; 8] = [
    "bread",
    "the river",
    "music",
    "the station",
    "rain again",
    "football",
    "a letter",
    "the garden",
];

#[tokio::main]
async fn main() -> Result<()> {
    let clock = SetClock::at("2026-05-04T00:00:00Z".parse().unwrap_or_default());
    let world = World::with_clock(Arc::new(clock.clone()));
    world.add_account("shop");
    let shop = world.network("shop")?;
    let mut people: Vec<Memory> = Vec::new();
    for n in 0..40 {
        let handle = format!("person{n}");
        world.add_account(&handle);
        let whom = Target::Account(AccountRef::handle(&handle));
        shop.engage(&whom, &Engagement::follow()).await?;
        people.push(world.network(&handle)?);
    }

    // Young accounts weigh less, and these are no campaign's.
    clock.advance(Duration::from_secs(63 * 86_400));

    // A watch that is restarted needs a store that lasts, such as an `EmbeddedStore`.
    let trends = Trends::builder(Arc::new(MemoryStore::new()))
        .account("shop", Arc::new(shop))
        .feed(Feed::home())
        .topics(["ice", "charity", "summer"])
        .own_terms(["#ShopSummer"])
        .build()?;

    let mut wave = vec![0];
    let mut next = 1;
    for hour in 0..36 {
        for n in 0..10 {
            let (who, what) = ((hour * 7 + n * 3) % 40, EVERYDAY[(hour + n) % 8]);
            say(
                &people,
                who,
                &format!("Thinking of {what}, hour {hour}.{n}"),
            )
            .await?;
        }
        // From hour 31 on everybody names three, and two of those go on.
        if hour > 30 {
            let mut following = Vec::new();
            for who in &wave {
                let named = [next, next + 1, next + 2].map(|n| n % 40);
                next += 3;
                let text = format!(
                    "Cold! A bucket of ice for charity #IceBucketChallenge @person{} @person{} @person{} are next",
                    named[0], named[1], named[2]
                );
                say(&people, *who, &text).await?;
                say(
                    &people,
                    *who,
                    &format!("The film of hour {hour} #IceBucketChallenge"),
                )
                .await?;
                following.extend([named[0], named[1]]);
            }
            println!("hour {hour}: {} people take part", wave.len());
            wave = following;
        }
        clock.advance(Duration::from_secs(3600));
        for topic in trends.step().await?.new {
            println!("new: {}", topic.why);
        }
    }
    // The last bucket waits ten minutes for posts that come late.
    clock.advance(Duration::from_secs(600));
    trends.step().await?;

    for proposal in trends.propose().await? {
        let safe = match &proposal.safety {
            Safety::Safe => "safe".to_owned(),
            other => other.reasons().join("; "),
        };
        println!(
            "\n{} ({}): {safe}",
            proposal.topic.name, proposal.topic.trigger.kind
        );
        println!("  {}", proposal.topic.trigger.why);
        println!("  fits by {}", proposal.fit.words.join(", "));
        for example in &proposal.examples {
            let author = example.author.as_deref().unwrap_or("somebody");
            println!("  {author}: {}", example.text);
        }
        println!(
            "  to be written to its end: {}",
            proposal.draft.text.as_str()
        );
    }
    println!(
        "\nThe shop has published {} posts.",
        world.published("shop").len()
    );
    Ok(())
}

async fn say(people: &[Memory], who: usize, text: &str) -> Result<()> {
    if let Some(person) = people.get(who) {
        person.publish(&Draft::text(text)).await?;
    }
    Ok(())
}
