//! Finding what is due reads only that: one lease, and one look for the next moment, with many jobs planned and with few.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sociable::store::{EmbeddedStore, Job, LeaseRequest, MemoryStore, Queue};
use tokio::runtime::{Builder, Runtime};

use crate::counted::{Work, instructions};
use crate::figures::{Bound, Report};

pub(crate) const WORKS: [Work; 2] = [("store.lease", lease), ("store.next", next)];

const FEW: u32 = 1_000;
const MANY: u32 = 100_000;
/// What many jobs may cost, as a multiple of what few do.
const GROWTH: f64 = 1.5;
/// Few enough that the embedded store does not clear its log meanwhile, which costs the same with few jobs and many.
const TURNS: u64 = 50;

fn now() -> Timestamp {
    Timestamp::from_second(1_796_000_000).unwrap()
}

/// One job is due, the others of the year are planned for later, on ten accounts.
fn planned(number: u32) -> Job {
    let due = now() + SignedDuration::from_secs(300 * i64::from(number));
    Job::new(
        format!("plan/{number:06}"),
        format!("shop{}@net", number % 10),
        "A post. ".repeat(40),
    )
    .due(due)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// The store that the words name: how many jobs, and the file, if it is one.
fn store(runtime: &Runtime, words: &[String]) -> Arc<dyn Queue> {
    runtime.block_on(async {
        match words {
            [_, file] => Arc::new(EmbeddedStore::open(file).await.unwrap()) as Arc<dyn Queue>,
            [count] => {
                let store = MemoryStore::new();
                for number in 0..count.parse().unwrap() {
                    assert!(store.add(&planned(number)).await.unwrap());
                }
                Arc::new(store)
            }
            _ => panic!("how many jobs, and in which file?"),
        }
    })
}

fn lease(turns: u64, words: &[String]) {
    let runtime = runtime();
    let store = store(&runtime, words);
    for _ in 0..turns {
        // It ends at once, so that the same job is free in each turn.
        let request = LeaseRequest::new("worker", now(), now()).limit(10);
        let leased = runtime.block_on(store.lease(black_box(&request))).unwrap();
        assert_eq!(leased.len(), 1);
    }
}

fn next(turns: u64, words: &[String]) {
    let runtime = runtime();
    let store = store(&runtime, words);
    for _ in 0..turns {
        let next = runtime.block_on(store.next_due(black_box(&[]))).unwrap();
        assert_eq!(next, Some(now()));
    }
}

/// A store of so many jobs, filled at once: each addition by itself waits for the disk.
fn filled(folder: &Path, count: u32) -> PathBuf {
    let file = folder.join(format!("{count}.store"));
    let runtime = runtime();
    let store = runtime.block_on(EmbeddedStore::open(&file)).unwrap();
    let mut connection = rusqlite::Connection::open(&file).unwrap();
    let fill = connection.transaction().unwrap();
    for number in 0..count {
        let job = planned(number);
        let due = job.due.map(|due| format!("{due:.9}"));
        let sql = "INSERT INTO jobs (id, lane, due, version, value) VALUES (?1, ?2, ?3, 0, ?4)";
        fill.execute(sql, (job.id, job.lane, due, job.value))
            .unwrap();
    }
    fill.commit().unwrap();
    drop(store);
    file
}

pub(crate) fn gates(report: &mut Report) {
    let folder = std::env::temp_dir().join(format!("sociable-gates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for engine in ["memory", "embedded"] {
        let words = |count: u32| {
            let mut words = vec![count.to_string()];
            if engine == "embedded" {
                words.push(filled(&folder, count).to_str().unwrap().to_owned());
            }
            words
        };
        let (few, many) = (words(FEW), words(MANY));
        for work in ["store.lease", "store.next"] {
            let kind = work.trim_start_matches("store.");
            let figure = format!("store.{engine}.{kind}.growth");
            let counts = instructions(work, TURNS, &few)
                .and_then(|few| Ok((few, instructions(work, TURNS, &many)?)));
            match counts {
                Ok((few, many)) => {
                    report.figure(
                        &format!("store.{engine}.{kind}.instructions"),
                        many,
                        Bound::Free,
                    );
                    report.figure(&figure, many / few, Bound::AtMost(GROWTH));
                }
                Err(why) => report.unmeasured(&figure, &why),
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
