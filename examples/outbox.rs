//! A day's content plan, published on three accounts at its times, without an account of your own.
//!
//! `cargo run --example outbox --features full`
//!
//! The accounts are on the embedded network, whose clock is set: the day passes in a moment. On real networks the same
//! code takes `Client`, the accounts of a file and the machine's clock, and a store that outlives the program:
//! `EmbeddedStore`, or `PostgresStore` for several machines. `docs/outbox.md` tells what the states mean.

use std::error::Error;
use std::sync::Arc;

use sociable::adapters::memory::World;
use sociable::client::{Clock, SetClock};
use sociable::jiff::Timestamp;
use sociable::jiff::tz::TimeZone;
use sociable::outbox::{Filter, Outbox, PlanReader, State};
use sociable::store::MemoryStore;
use sociable::{PostQuery, SocialNetwork};

/// As a spreadsheet saves it. The columns may stand in any order; `docs/outbox.md` has all of them.
const PLAN: &str = "\
key;accounts;time;text;text.cafe;thread.2;first comment;approval
tea;shop, cafe;30.11.2026 09:00;Fresh Darjeeling is in! #tea;Today's cup is a fresh Darjeeling. #tea;;;
story;shop;30.11.2026 12:00;How this tea came here, in two parts.;;It came by ship, and then by bike.;Photos: https://tea.example;
offer;club;30.11.2026 15:00;Members get one cup free this week.;;;;yes
again;shop;30.11.2026 18:00;Fresh Darjeeling is in! #tea;;;;
";

/// The same with three slips.
const SLIPS: &str = "\
accounts;time;text
shap;30.11.2026 09:00;Fresh Darjeeling is in!
shop;29.11.2026 09:00;Fresh Darjeeling is in!
shop;03/04/2027 09:00;Fresh Darjeeling is in!
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let athens = TimeZone::get("Europe/Athens")?;
    let clock = SetClock::at("2026-11-30T06:00:00Z".parse()?);
    let local = |at: Timestamp| at.to_zoned(athens.clone()).strftime("%H:%M").to_string();

    // 1. Three accounts, and an outbox that publishes on them.
    let world = World::with_clock(Arc::new(clock.clone()));
    let mut outbox = Outbox::builder(Arc::new(MemoryStore::new())).clock(Arc::new(clock.clone()));
    let accounts = ["shop", "cafe", "club"];
    for name in accounts {
        world.add_account(name);
        outbox = outbox.network(name, Arc::new(world.network(name)?));
    }
    let outbox = outbox.build()?;

    // 2. The plan. Everything that is wrong with a file is told at once, and nothing of it is taken.
    let reader = PlanReader::new(clock.now())
        .zone(athens.clone())
        .accounts(accounts.map(|name| (name, "memory")));
    if let Err(error) = reader.csv(SLIPS) {
        println!("A plan with slips: {error}\n");
    }
    let plan = reader.csv(PLAN)?;

    // 3. Each post is checked as it is added. Reading the plan again adds nothing.
    println!("{}  the plan is added:", local(clock.now()));
    let entries = plan.entries(clock.now(), &[])?;
    for added in outbox.add(&entries).await?.lines {
        let due = added.due.map(local).unwrap_or_default();
        println!("         {:5} at {due} on {}", added.key, added.account);
        for warning in added.warnings {
            println!("               (!) {}", warning.message);
        }
    }
    let planned = outbox.list(&Filter::new()).await?;
    outbox.add(&plan.entries(clock.now(), &planned)?).await?;
    assert_eq!(outbox.list(&Filter::new()).await?.len(), planned.len());

    // 4. The day. One process publishes; Ann, at her own desk, approves an offer and cancels what comes again.
    let ann = async {
        clock.sleep_until("2026-11-30T09:00:00Z".parse()?).await;
        for item in outbox
            .list(&Filter::new().state(State::AwaitingApproval))
            .await?
        {
            outbox.approve(&item.id, "Ann").await?;
            println!("{}  Ann approves \"{}\"", local(clock.now()), item.text);
        }
        let again = outbox.cancel("again@shop", "Ann").await?;
        println!(
            "{}  Ann cancels \"{}\" of {}",
            local(clock.now()),
            again.text,
            local(again.due)
        );
        Ok::<_, Box<dyn Error>>(())
    };
    let evening = clock.sleep_until("2026-11-30T20:00:00Z".parse()?);
    let (decided, report) = clock
        .drive(async { tokio::join!(ann, outbox.run_until(evening)) })
        .await;
    decided?;
    let report = report?;

    // 5. What became of it, as the outbox knows it and as the network has it.
    println!(
        "{}  the day is over, {} posts were published:",
        local(clock.now()),
        report.published
    );
    let mut items = outbox.list(&Filter::new()).await?;
    items.sort_by_key(|item| item.due);
    for item in &items {
        println!("         {} on {}: {}", item.key, item.account, item.state);
        for posted in &item.posted {
            let post = world.network(&item.account)?.post(&posted.post.id).await?;
            let answer = if post.reply_to.is_some() { "  > " } else { "" };
            println!(
                "         {}    {answer}{}",
                local(posted.at),
                post.text.as_str()
            );
        }
    }
    let states: Vec<State> = items.iter().map(|item| item.state).collect();
    let published = states
        .iter()
        .filter(|state| **state == State::Published)
        .count();
    assert_eq!((published, states.len()), (4, 5));
    let shop = world.network("shop")?.posts(&PostQuery::own()).await?;
    assert_eq!(
        shop.items.len(),
        4,
        "one post, a thread of two, and its first comment"
    );
    Ok(())
}
