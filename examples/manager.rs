//! A whole working day of a brand's social-media manager on the embedded network, in accelerated time, with all five jobs: a
//! plan is published on three accounts, questions are answered within minutes, complaints that nobody addressed are found
//! and followed to their end, a contest closes, is drawn and proved, paid promotion is measured, and what the town begins
//! to speak of is proposed, not posted.
//!
//! `cargo run --example manager --features full -- --seed 7 --out day`
//!
//! The seed says what happens by chance in the town; only who wins follows from nothing that anybody chooses. Into the
//! folder go the advertising report as a page and a table (`report.html`, `report.csv`), the contest's proof and what each
//! winner gets to prove his entry (`proof.json`, `entry-*.json`), the summary as data (`summary.json`) and what the network
//! itself recorded (`records.jsonl`), by which every figure can be checked.

#[path = "manager/adverts.rs"]
mod adverts;
#[path = "manager/costs.rs"]
mod costs;
#[path = "manager/crowd.rs"]
mod crowd;
#[path = "desk_day/summary.rs"]
mod day;
#[path = "manager/listening.rs"]
mod listening;
#[path = "desk_day/office.rs"]
mod office;
#[path = "manager/prize.rs"]
mod prize;
#[path = "desk_day/staff.rs"]
mod staff;
#[path = "manager/summary.rs"]
mod summary;
#[path = "desk_day/town.rs"]
mod town;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use sociable::adapters::memory::{Memory, World};
use sociable::client::{Client, Clock, Disturbance, Notice, Observer, SetClock};
use sociable::jiff::Timestamp;
use sociable::store::MemoryStore;
use sociable::{Error, Operation, Result};

use adverts::Adverts;
use crowd::Crowd;
use listening::Listening;
use office::{OURS, Office, minutes};
use prize::Prize;
use summary::Summary;
use town::Town;

/// Our account that holds contests.
const CLUB: &str = "daisy_club";
/// Our account that reads what the town says.
const NEWS: &str = "daisy_news";
/// The manager's own account, to whom proposals are sent.
const MANAGER: &str = "rosa";
/// Who works for us and may not win.
const STAFF: [&str; 2] = ["ann_of_daisy", "bob_of_daisy"];

/// What is published when; it lies beside this file.
const PLAN: &str = include_str!("manager/plan.csv");

#[derive(Parser)]
struct Args {
    /// What happens by chance in the town follows from this number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the report, the proof, the summary and the records into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints the summary as lines of JSON.
    #[arg(long)]
    json: bool,
}

fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

/// The moments of the story.
#[derive(Clone, Copy)]
struct Times {
    /// When the townspeople's accounts were made.
    long_ago: Timestamp,
    /// From when on the town is listened to.
    listening: Timestamp,
    /// When the contest opens, and closes.
    contest: (Timestamp, Timestamp),
    /// When the promotions begin, and end.
    adverts: (Timestamp, Timestamp),
    morning: Timestamp,
    /// When somebody pours tea over his head.
    bucket: Timestamp,
    evening: Timestamp,
}

impl Times {
    fn new() -> Result<Self> {
        let at = |text: &str| {
            let time = text.parse::<Timestamp>();
            time.map_err(|error| Error::config(error.to_string()))
        };
        Ok(Self {
            long_ago: at("2026-09-01T09:00:00Z")?,
            listening: at("2026-11-16T00:00:00Z")?,
            contest: (at("2026-11-28T07:00:00Z")?, at("2026-12-01T10:00:00Z")?),
            adverts: (at("2026-11-29T00:00:00Z")?, at("2026-12-03T00:00:00Z")?),
            morning: at("2026-12-01T08:00:00Z")?,
            bucket: at("2026-12-01T09:20:00Z")?,
            evening: at("2026-12-01T20:00:00Z")?,
        })
    }
}

/// Counts how often an answer was lost on the way, so that the client asked again.
#[derive(Debug, Default)]
struct Lost(AtomicU64);

impl Observer for Lost {
    fn notice(&self, notice: &Notice<'_>) {
        if matches!(notice, Notice::Retrying { .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// An account of ours, over a client that is watched.
fn account(world: &World, name: &str, lost: &Arc<Lost>) -> Result<Arc<Memory>> {
    let client = Client::builder()
        .clock(world.clock())
        .transport(world.transport())
        .observer(Arc::clone(lost) as Arc<dyn Observer>)
        .build()?;
    let network = Memory::builder(world).account(name).client(&client);
    Ok(Arc::new(network.build()?))
}

/// Lives the days before, and the day itself; what they came to, and what there is to show for it.
async fn day(seed: u64) -> Result<(World, Summary, Files)> {
    let times = Times::new()?;
    let clock = SetClock::at(times.long_ago);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let world = World::with_clock(Arc::clone(&shared));
    world.keep_records();
    for name in OURS.iter().chain(&[CLUB, NEWS, MANAGER]) {
        world.add_account(name);
    }
    let mut crowd = Crowd::settle(&world)?;
    clock.set(times.listening);
    crowd.talk(times.listening, times.evening, seed);
    let (open, close) = times.contest;
    crowd.enter(&world, open, close, seed + 10)?;
    crowd.nominate(times.bucket, times.evening, seed + 20);

    let store = Arc::new(MemoryStore::new());
    let lost = Arc::new(Lost::default());
    let ours = |name: &str| account(&world, name, &lost);
    let office = Office::open(store.clone(), &shared, ours, PLAN, times.morning).await?;

    let club = account(&world, CLUB, &lost)?;
    let mut prize = Prize::new(store.clone(), club, times)?;
    let mut adverts = Adverts::new(&world, times, seed + 30)?;
    let news = account(&world, NEWS, &lost)?;
    // By midnight before it, the day has begun.
    let mut listening = Listening::new(store, news, times.morning - hours(8))?;
    // Who writes to us lives in the town as well.
    let town = Town::new(&world, seed)?;
    let time = &*shared;

    let at_work = async {
        time.sleep_until(times.morning).await;
        tokio::try_join!(
            async {
                // An answer to the post of a quarter past nine is lost on its way.
                let just_before = times.morning + minutes(75) - Duration::from_millis(1);
                time.sleep_until(just_before).await;
                world.disturb_call(&Operation::PUBLISH, Disturbance::LoseAnswer);
                Ok(())
            },
            office.work(&town, time, times.evening, seed),
        )
        .map(drop)
    };
    let weeks = async {
        tokio::try_join!(
            crowd.live(time),
            prize.hold(time),
            adverts.book(time),
            listening.listen(time),
            at_work
        )
        .map(drop)
    };
    // The staff works until the evening comes.
    let until_evening = async {
        tokio::select! {
            biased;
            () = time.sleep_until(times.evening) => Ok(()),
            worked = weeks => worked,
        }
    };
    clock.drive(until_evening).await?;

    let mut files = Files::default();
    let mut summary = Summary::new(seed);
    summary
        .outbox_and_desk(&office, times, lost.0.load(Ordering::Relaxed))
        .await?;
    prize.tell(&mut summary, &mut files).await?;
    clock.drive(adverts.tell(&mut summary, &mut files)).await?;
    listening.tell(&mut summary, &world, times.bucket);
    Ok((world, summary, files))
}

/// What is written into the folder, by name.
#[derive(Default)]
struct Files(Vec<(String, String)>);

impl Files {
    fn add(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.push((name.into(), text.into()));
    }

    fn write(&self, folder: &Path) -> Result<()> {
        let cannot = |path: &Path, error: std::io::Error| {
            Error::config(format!("{} is not written: {error}", path.display()))
        };
        std::fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
        for (name, text) in &self.0 {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(|error| cannot(&path, error))?;
        }
        Ok(())
    }
}

/// As JSON, a line.
fn line(value: &impl serde::Serialize) -> Result<String> {
    sociable::serde_json::to_string(value).map_err(|error| Error::config(error.to_string()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let (world, summary, mut files) = day(args.seed).await?;
    if let Some(folder) = &args.out {
        let mut records = String::new();
        for record in world.records() {
            records += &line(&record)?;
            records.push('\n');
        }
        files.add("records.jsonl", records);
        files.add("summary.json", summary.json());
        files.write(folder)?;
    }
    if args.json {
        print!("{}", summary.lines());
    } else {
        summary.print();
    }
    Ok(())
}
