//! A desk's first ten minutes: somebody mentions the shop, the mention becomes a case, an agent takes it, answers, and the
//! report tells how soon.
//!
//! `cargo run --example desk --features full`
//!
//! It works on the embedded network, without an account, by a clock that jumps over the waiting. How the desk decides is
//! told in the guide, `sociable::guide::desk`.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::World;
use sociable::client::SetClock;
use sociable::desk::clock::{ReportQuery, Reported, report};
use sociable::desk::{Answer, Desk, QueueQuery, ReputationQuery, Route, SearchPlan, reputation};
use sociable::store::MemoryStore;
use sociable::{Draft, Result, SocialNetwork};

#[tokio::main]
async fn main() -> Result<()> {
    let clock = SetClock::at("2026-11-30T09:00:00Z".parse().unwrap_or_default());
    let world = World::with_clock(Arc::new(clock.clone()));
    for handle in ["shop", "alice", "bob"] {
        world.add_account(handle);
    }

    // A desk that is restarted needs a store that lasts, such as an `EmbeddedStore`.
    let desk = Desk::builder(Arc::new(MemoryStore::new()))
        .account("shop", Arc::new(world.network("shop")?))
        .search(
            SearchPlan::new("brand")
                .terms("Teahouse")
                .exclusions("Teahouse Street"),
        )
        .service("warehouse", Duration::from_secs(3600))
        .route(Route::new("broken things", "warehouse").words("broken"))
        .build()?;

    // One mentions us, one only speaks of us: a search finds that.
    let alice = world.network("alice")?;
    alice
        .publish(&Draft::text("@shop do you deliver to the islands?"))
        .await?;
    let bob = world.network("bob")?;
    bob.publish(&Draft::text(
        "The Teahouse sent me a broken cup, and nobody answers my letters. Awful!",
    ))
    .await?;

    // Two minutes later the desk looks.
    clock.advance(Duration::from_secs(120));
    let step = desk.step().await?;
    println!("{} cases were opened", step.opened.len());

    for entry in desk.queue(&QueueQuery::new()).await? {
        let case = desk.case(&entry.id).await?;
        let intent = case
            .assessment()
            .map_or("not judged", |judged| judged.intent.as_str());
        let left = entry.remaining.map_or(0, |left| left.as_secs());
        println!(
            "{} [{intent}] {} s left: {}",
            case.person.label().unwrap_or("somebody"),
            left,
            case.text()
        );

        // Who claims a case has it alone.
        desk.claim(&case.id, "ann").await?;
        if let Err(error) = desk.claim(&case.id, "ben").await {
            println!("  ben may not: {}", error.message());
        }
        if let Some(service) = case.service() {
            desk.handoff(&case.id, "ann", service, "Is there another one?")
                .await?;
            clock.advance(Duration::from_secs(60));
            desk.handoff_answered(&case.id, "walt", "Two are left.")
                .await?;
            println!("  the {service} answered");
        }
        clock.advance(Duration::from_secs(60));
        let answer = Answer::text("Thank you for writing! We are on it.").resolve(true);
        let answered = desk.answer(&case.id, "ann", answer).await?;
        println!("  answered: {}", answered.reply.text.unwrap_or_default());
    }

    let cases = desk.cases().await?;
    let answers = report(
        cases
            .iter()
            .map(|(case, standing)| Reported::new(standing).network(&case.network)),
        &ReportQuery::new(),
    )?;
    let complaints = reputation(
        cases.iter().map(|(case, standing)| (case, standing)),
        &ReputationQuery::new(),
    );
    for within in &answers.all.first_within {
        let share = within.share;
        println!(
            "within {} min: {} of {}",
            within.minutes, share.numerator, share.denominator
        );
    }
    println!(
        "complaints: {} of {} mentions, {} found by search alone",
        complaints.complaint_rate.numerator,
        complaints.complaint_rate.denominator,
        complaints.unprompted_share.numerator,
    );
    Ok(())
}
