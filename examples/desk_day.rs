//! A manager's day on the embedded network, in accelerated time: a plan is published on three accounts, questions are
//! answered within minutes, complaints that nobody addressed are found, handed over, solved and answered in their thread.
//!
//! `cargo run --example desk_day --features full -- 7`
//!
//! The number is the seed of what happens by chance. `--json` prints the summary as lines of JSON, `--records FILE` writes
//! what the network itself recorded, by which every figure can be checked.

#[path = "desk_day/staff.rs"]
mod staff;
#[path = "desk_day/summary.rs"]
mod summary;
#[path = "desk_day/town.rs"]
mod town;

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use sociable::adapters::memory::World;
use sociable::client::{Clock, SetClock};
use sociable::desk::triage::{Intent, Lexicon};
use sociable::desk::{Desk, Route, SearchPlan};
use sociable::jiff::Timestamp;
use sociable::outbox::{Outbox, PlanReader};
use sociable::store::MemoryStore;
use sociable::{Error, Result};

use town::Town;

/// Our accounts.
const OURS: [&str; 3] = ["daisy", "daisy_shop", "daisy_cafe"];

/// What stands in an answer that brings the solution.
const SOLVED: &str = "solved";

/// What is published when; it lies beside this file.
const PLAN: &str = include_str!("desk_day/plan.csv");

#[derive(Parser)]
struct Args {
    /// What happens by chance follows from this number.
    #[arg(default_value_t = 1)]
    seed: u64,
    /// Prints lines of JSON.
    #[arg(long)]
    json: bool,
    /// Writes what the network recorded to this file.
    #[arg(long)]
    records: Option<std::path::PathBuf>,
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Lives the day, and gives the network with its records and what is to be told.
async fn day(seed: u64) -> Result<(World, summary::Summary)> {
    let morning: Timestamp = "2026-12-01T08:00:00Z"
        .parse()
        .map_err(|_| Error::config("no time"))?;
    let evening = "2026-12-01T20:00:00Z"
        .parse()
        .map_err(|_| Error::config("no time"))?;
    let clock = SetClock::at(morning);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let world = World::with_clock(Arc::clone(&shared));
    world.keep_records();
    let store = Arc::new(MemoryStore::new());

    let mut outbox = Outbox::builder(store.clone())
        .clock(Arc::clone(&shared))
        .worker("day");
    let mut desk = Desk::builder(store)
        .classifier(Arc::new(Lexicon::standard()))
        .clock(Arc::clone(&shared))
        .search(
            SearchPlan::new("brand")
                .terms("Daisy Tea")
                .every(minutes(15)),
        )
        .route(Route::new("parcels", staff::WAREHOUSE).intents(Intent::Complaint))
        .service(staff::WAREHOUSE, minutes(60))
        // Complaints that are said to nobody: the network does not tell what becomes of them, so that the desk looks.
        .look_after((1..=24).map(|half| minutes(30 * half)));
    for name in OURS {
        world.add_account(name);
        let network = Arc::new(world.network(name)?);
        outbox = outbox.network(name, network.clone());
        desk = desk.account(name, network);
    }
    let (outbox, desk) = (outbox.build()?, desk.build()?);

    let reader = PlanReader::new(morning).accounts(OURS.map(|name| (name, "memory")));
    let plan = reader.csv(PLAN)?;
    let added = outbox.add(&plan.entries(morning, &[])?).await?;
    if !added.is_clean() {
        return Err(Error::config(format!("the plan is not clean: {added:?}")));
    }

    let town = Town::new(&world, seed)?;
    let time = &*shared;
    let work = async {
        tokio::try_join!(
            async { outbox.run_until(time.sleep_until(evening)).await.map(drop) },
            town.live(time),
            staff::watch(&desk, time),
            staff::agent(&desk, time, "ann", seed + 1),
            staff::agent(&desk, time, "bob", seed + 2),
            staff::warehouse(&desk, time, seed + 3),
        )
        .map(drop)
    };
    // The staff works until the evening comes.
    let day = async {
        tokio::select! {
            biased;
            () = time.sleep_until(evening) => Ok(()),
            worked = work => worked,
        }
    };
    clock.drive(day).await?;
    let summary = summary::Summary::of(&outbox, &desk, morning, evening).await?;
    Ok((world, summary))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let (world, summary) = day(args.seed).await?;
    if let Some(path) = args.records {
        let mut lines = String::new();
        for record in world.records() {
            let line = sociable::serde_json::to_string(&record);
            lines.push_str(&line.map_err(|error| Error::config(error.to_string()))?);
            lines.push('\n');
        }
        std::fs::write(&path, lines).map_err(|error| {
            Error::config(format!("{} is not written: {error}", path.display()))
        })?;
    }
    for summary::Figure { name, value, n } in &summary.0 {
        if args.json {
            // Lengths are seconds.
            let line = sociable::serde_json::json!({"name": name, "value": value, "n": n});
            println!("{line}");
        } else if name.ends_with(".median") || name.ends_with(".p90") {
            println!("{name:32} {:>8.1} min   (of {n})", value / 60.0);
        } else {
            println!("{name:32} {value:>8} of {n}");
        }
    }
    Ok(())
}
