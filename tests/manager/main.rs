//! The manager's day: every figure of its summary is computed once more, from what the network recorded, the plan, the rules
//! and the proof, and without the jobs' code.
#![cfg(all(
    feature = "memory",
    feature = "outbox",
    feature = "desk",
    feature = "contest",
    feature = "promo",
    feature = "trends"
))]
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

mod adverts;
mod contest;
// Some of its helpers are for another test.
#[allow(dead_code)]
#[path = "../support/day.rs"]
mod day;
#[path = "../support/example.rs"]
mod example;
mod trend;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use sociable::jiff::Timestamp;
use sociable::serde_json;

use day::Record;

const PLAN: &str = include_str!("../../examples/manager/plan.csv");
const EVENING: &str = "2026-12-01T20:00:00Z";

/// Figures and facts by their names, with of how many they are.
type Told = BTreeMap<String, (Value, Option<u64>)>;

/// A day as the program left it.
struct Day {
    told: Told,
    records: Vec<Record>,
    /// What it wrote, by name.
    files: BTreeMap<String, String>,
}

/// The day of a seed, lived once for all tests.
fn first() -> &'static Day {
    static FIRST: OnceLock<Day> = OnceLock::new();
    FIRST.get_or_init(|| Day::live(1))
}

impl Day {
    /// Lets the program live through a day, in a process of its own.
    fn live(seed: u64) -> Self {
        let features = if cfg!(feature = "full") {
            "full"
        } else {
            "memory,outbox,desk,contest,promo,trends"
        };
        let program = example::built("manager", features, &["manager.rs", "manager", "desk_day"]);
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let name = format!("manager-{}-{run}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let done = Command::new(program)
            .args(["--seed", &seed.to_string(), "--json", "--out"])
            .arg(&folder)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let mut files = BTreeMap::new();
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
        std::fs::remove_dir_all(&folder).unwrap();
        let summary: Value = serde_json::from_str(&files["summary.json"]).unwrap();
        assert_eq!(summary["seed"], seed);
        // What is printed is what is written.
        let printed = String::from_utf8(done.stdout).unwrap();
        let printed = printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(Value::Array(printed.collect()), summary["figures"]);
        let records = files["records.jsonl"].lines();
        let records = records.map(|line| serde_json::from_str(line).unwrap());
        Self {
            told: told(&summary),
            records: records.collect(),
            files,
        }
    }

    fn read(&self, name: &str) -> &str {
        &self.files[name]
    }

    /// Everything that the summary tells, once more.
    fn recomputed(&self) -> Told {
        let mut told = Told::new();
        for (name, value, n) in day::recomputed(&self.records, PLAN) {
            told.insert(name, (json!(value), Some(n)));
        }
        let planned = told["posts.published"].1.unwrap() as usize;
        let mut count = |name: &str, value: usize, n: usize| {
            told.insert(name.to_owned(), (json!(value), Some(n as u64)));
        };
        let ours = |record: &&Record| day::OURS.contains(&record.by.as_str());
        let of = |kind: &str| {
            let records = self.records.iter().filter(ours);
            let found = records.filter(|record| record.kind == kind);
            found.collect::<Vec<_>>()
        };
        // The network was asked again for a post that it had made, and made none.
        count("posts.answers_lost", of("post_repeated").len(), planned);
        let mut texts: Vec<(&str, &str)> = of("post")
            .into_iter()
            .filter(|post| post.within.is_none())
            .map(|post| (&*post.by, &*post.text))
            .collect();
        let all = texts.len();
        texts.sort_unstable();
        texts.dedup();
        count("posts.doubled", all - texts.len(), planned);
        let [solved, needless, open] = day::outcomes(&self.records);
        let cases = solved + needless + open;
        count("outcome.solved", solved, cases);
        count("outcome.no_answer_needed", needless, cases);
        count("outcome.open", open, cases);
        contest::recompute(self, &mut told);
        adverts::recompute(self, &mut told);
        trend::recompute(self, &mut told);
        told
    }
}

fn told(summary: &Value) -> Told {
    let figures = summary["figures"].as_array().unwrap().iter();
    let one = |figure: &Value| {
        let name = figure["name"].as_str().unwrap().to_owned();
        (name, (figure["value"].clone(), figure["n"].as_u64()))
    };
    let told: Told = figures.map(one).collect();
    assert_eq!(told.len(), summary["figures"].as_array().unwrap().len());
    told
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Whether two figures are the same, as far as floating point tells.
fn same(one: &(Value, Option<u64>), other: &(Value, Option<u64>)) -> bool {
    let close = match (one.0.as_f64(), other.0.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => one.0 == other.0,
    };
    close && one.1 == other.1
}

/// What is told and cannot be recomputed, or is recomputed otherwise.
fn wrong(told: &Told, recomputed: &Told) -> Vec<String> {
    let names = told.keys().chain(recomputed.keys());
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    let differ = names.into_iter().filter_map(|name| {
        let (told, ours) = (told.get(name), recomputed.get(name));
        let good = told.zip(ours).is_some_and(|(told, ours)| same(told, ours));
        (!good).then(|| format!("{name}: told {told:?}, recomputed {ours:?}"))
    });
    differ.collect()
}

fn number(told: &Told, name: &str) -> f64 {
    let found = told
        .get(name)
        .unwrap_or_else(|| panic!("{name} is not told"));
    found.0.as_f64().unwrap()
}

#[test]
fn every_figure_of_the_day_follows_from_what_the_network_recorded() {
    let other = Day::live(3);
    for day in [first(), &other] {
        let recomputed = day.recomputed();
        let wrong = wrong(&day.told, &recomputed);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // It is a day in which all five jobs have work.
        let told = &day.told;
        assert_eq!(told["posts.published"], (json!(12), Some(12)));
        assert_eq!(number(told, "posts.on_time"), 12.0);
        assert_eq!(number(told, "posts.answers_lost"), 1.0);
        assert_eq!(number(told, "posts.doubled"), 0.0);
        assert!(number(told, "first_response.median") <= 600.0);
        for name in [
            "complaints.unprompted",
            "complaints.handed_over",
            "complaints.recovered",
            "complaints.edited_by_author",
            "complaints.removed_by_author",
            "contest.rejected.member",
            "contest.rejected.commented",
            "contest.rejected.reposted",
            "contest.rejected.staff",
            "contest.rejected.younger_than",
            "contest.skipped",
            "trends.proposed",
        ] {
            assert!(number(told, name) >= 1.0, "{name}");
        }
        assert_eq!(number(told, "contest.winners"), 3.0);
        assert_eq!(told["contest.proof"].0, "verified");
        assert_eq!(told["contest.tampered_proof"].0, "refused");
        assert_eq!(told["trend.posted"].0, "no");
        assert!(
            number(told, "trend.delay") <= 3.0 * 3600.0,
            "{:?}",
            told["trend.delay"]
        );
    }
    assert_ne!(first().told, other.told, "another seed is another day");
}

#[test]
fn a_changed_figure_is_found() {
    let day = first();
    let recomputed = day.recomputed();
    let unseen = day.told.keys().filter(|name| {
        let mut changed = day.told.clone();
        let told = changed.get_mut(*name).unwrap();
        told.0 = match &told.0 {
            Value::Number(number) => json!(number.as_f64().unwrap() + 1.0),
            Value::String(text) => json!(format!("{text}!")),
            other => panic!("{other}"),
        };
        wrong(&changed, &recomputed) != [changed_only(name, &changed, &recomputed)]
    });
    let unseen: Vec<&String> = unseen.collect();
    assert!(unseen.is_empty(), "a change is not found: {unseen:?}");
    let mut less = day.told.clone();
    less.pop_first();
    assert_eq!(
        wrong(&less, &recomputed).len(),
        1,
        "what is not told is missed"
    );
}

/// What is said of a day in which one figure was changed.
fn changed_only(name: &str, changed: &Told, recomputed: &Told) -> String {
    let (told, ours) = (changed.get(name), recomputed.get(name));
    format!("{name}: told {told:?}, recomputed {ours:?}")
}

#[test]
fn the_same_seed_is_the_same_day_but_for_who_wins() {
    let by_chance = |told: &Told| {
        let mut told = told.clone();
        // Nobody chooses who wins, the seed as little as anybody else.
        told.retain(|name, _| !name.starts_with("contest.winner."));
        told
    };
    let again = Day::live(1);
    assert_eq!(by_chance(&first().told), by_chance(&again.told));
}
