//! A manager's day on the embedded network, in accelerated time: a plan is published on three accounts, questions are
//! answered within minutes, complaints that nobody addressed are found, handed over, solved and answered in their thread.
//!
//! `cargo run --example desk_day --features full -- 7`
//!
//! The number is the seed of what happens by chance. `--json` prints the summary as lines of JSON, `--records FILE` writes
//! what the network itself recorded, by which every figure can be checked.

#[path = "desk_day/office.rs"]
mod office;
#[path = "desk_day/staff.rs"]
mod staff;
#[path = "desk_day/summary.rs"]
mod summary;
#[path = "desk_day/town.rs"]
mod town;

use std::sync::Arc;

use clap::Parser;
use sociable::adapters::memory::World;
use sociable::client::{Clock, SetClock};
use sociable::jiff::Timestamp;
use sociable::store::MemoryStore;
use sociable::{Error, Result};

use office::{OURS, Office};
use town::Town;

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
    for name in OURS {
        world.add_account(name);
    }
    let account = |name: &str| world.network(name).map(Arc::new);
    let store = Arc::new(MemoryStore::new());
    let office = Office::open(store, &shared, account, PLAN, morning).await?;

    let town = Town::new(&world, seed)?;
    let time = &*shared;
    let work = office.work(&town, time, evening, seed);
    // The staff works until the evening comes.
    let day = async {
        tokio::select! {
            biased;
            () = time.sleep_until(evening) => Ok(()),
            worked = work => worked,
        }
    };
    clock.drive(day).await?;
    let summary = summary::Summary::of(&office.outbox, &office.desk, morning, evening).await?;
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
