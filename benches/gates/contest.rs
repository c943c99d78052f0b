//! Contests whose draw anyone can check: what an entry costs when the list is frozen, drawn from, verified, and whether
//! every order is as likely.

use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use sociable::client::SystemClock;
use sociable::contest::beacon::{Beacon, OwnChain};
use sociable::contest::draw::{
    Commitment, Digest, DrawId, Evidence, MasterKey, Order, PersonKey, Pool, Proof, Randomness,
    Sealed, Seed, Source, Trust,
};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::counted::{Work, instructions};
use crate::figures::{Bound, Report};
use crate::memory::live;

/// Instructions an entry, of each stage (issue 7).
const ENTRY: f64 = 10_000.0;
/// What a chance as small would speak against every order being as likely (issue 7).
const CHANCE: f64 = 0.001;

/// Between so many entries and three times as many it is counted what one more costs.
const ENTRIES: u64 = 20_000;
const DRAWS: u64 = 100_000;
const ROUND: u64 = 1000;
const RULES: &str = "Who likes this post takes part.";

pub(crate) const WORKS: [Work; 4] = [
    ("contest.people", |entries, _| {
        black_box(people(entries));
    }),
    ("contest.freeze", |entries, _| {
        black_box(frozen(entries));
    }),
    ("contest.draw", |entries, _| {
        black_box(drawn(entries));
    }),
    ("contest.verify", verify),
];

/// Keys as long as Bluesky's are, the longest that our networks have.
fn person(number: u64) -> PersonKey {
    let mut key = String::with_capacity(40);
    key.push_str("bluesky:did:plc:");
    for digit in 0..24 {
        // Each five bits once, and then once more.
        let bits = number >> (digit % 12 * 5) & 31;
        key.push(char::from(
            b"234567abcdefghijklmnopqrstuvwxyz"[bits as usize],
        ));
    }
    PersonKey::new(key).unwrap()
}

fn people(entries: u64) -> Vec<PersonKey> {
    (0..entries).map(person).collect()
}

fn draw_id() -> DrawId {
    DrawId::new("gates/1").unwrap()
}

fn frozen(entries: u64) -> Pool {
    let key = MasterKey::from_secret(&"5a".repeat(32).into()).unwrap();
    Pool::freeze(&key, &draw_id(), people(entries)).unwrap()
}

fn chain() -> OwnChain {
    let clock = Arc::new(SystemClock::default());
    OwnChain::new("gates", Timestamp::UNIX_EPOCH, 3, clock).unwrap()
}

fn drawn(entries: u64) -> Proof {
    let (pool, chain) = (frozen(entries), chain());
    let source = Source::beacon(chain.chain(), ROUND);
    let rules = Digest::of(RULES.as_bytes());
    let sealed = Sealed::new(&draw_id(), &pool, rules, 10, 10, source).unwrap();
    let evidence = Evidence::beacon(&chain.sign(ROUND).unwrap());
    Proof::draw(&sealed, &pool, RULES, evidence).unwrap()
}

/// Reads the proof of so many entries in a folder, and verifies it.
fn verify(entries: u64, words: &[String]) {
    let path = Path::new(&words[0]).join(entries.to_string());
    let file = std::fs::read(path).unwrap();
    let proof = Proof::read(black_box(&file)).unwrap();
    assert_eq!(proof.verify(&Trust::default()).unwrap().winners.len(), 10);
}

pub(crate) fn gates(report: &mut Report) {
    // Each stage needs what the one before it makes, which is taken off.
    let [people, freeze, draw] = [0, 1, 2].map(|work| instructions(WORKS[work].0, ENTRIES, &[]));
    let more = |all: &Result<f64, String>, before: &Result<f64, String>| {
        Ok(all.clone()? - before.clone()?)
    };
    for (name, count) in [
        ("contest.freeze.instructions", more(&freeze, &people)),
        ("contest.draw.instructions", more(&draw, &freeze)),
        ("contest.verify.instructions", verifying()),
    ] {
        match count {
            Ok(count) => report.figure(name, count, Bound::AtMost(ENTRY)),
            Err(why) => report.unmeasured(name, &why),
        }
    }
    heap(report);
    fairness(report);
}

fn verifying() -> Result<f64, String> {
    let folder = std::env::temp_dir().join(format!("sociable-gates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for entries in [ENTRIES, ENTRIES * 3] {
        let file = File::create(folder.join(entries.to_string())).unwrap();
        drawn(entries).write(std::io::BufWriter::new(file)).unwrap();
    }
    let count = instructions(WORKS[3].0, ENTRIES, &[folder.display().to_string()]);
    std::fs::remove_dir_all(&folder).unwrap();
    count
}

/// What is held for each entry: of a frozen list with its people, and of a proof.
fn heap(report: &mut Report) {
    let before = live();
    let pool = frozen(ENTRIES);
    let held = live() - before;
    drop(pool);
    report.figure(
        "contest.freeze.heap",
        held as f64 / ENTRIES as f64,
        Bound::Free,
    );
    let before = live();
    let proof = drawn(ENTRIES);
    let held = live() - before;
    drop(proof);
    report.figure(
        "contest.proof.heap",
        held as f64 / ENTRIES as f64,
        Bound::Free,
    );
}

/// How often who comes first, second, and both, in many draws from a list of few.
fn fairness(report: &mut Report) {
    let pool = frozen(20);
    let rules = Digest::of(RULES.as_bytes());
    let source = Source::beacon(chain().chain(), ROUND);
    let sealed = Sealed::new(&draw_id(), &pool, rules, 2, 0, source).unwrap();
    let commitments: &[Commitment] = pool.commitments();
    let (mut first, mut second, mut pairs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for number in 0..DRAWS {
        let randomness = Randomness::new(*Digest::of(&number.to_be_bytes()).bytes());
        let mut order = Order::new(&Seed::new(&sealed, &randomness), commitments);
        let [one, two] = order.first(2)[..] else {
            panic!("two of twenty")
        };
        *first.entry(one).or_default() += 1;
        *second.entry(two).or_default() += 1;
        *pairs.entry((one, two)).or_default() += 1;
    }
    let figures = [
        ("contest.first.p", chance(first.into_values(), 20)),
        ("contest.second.p", chance(second.into_values(), 20)),
        ("contest.pairs.p", chance(pairs.into_values(), 20 * 19)),
    ];
    for (name, p) in figures {
        report.figure(name, p, Bound::AtLeast(CHANCE));
    }
}

/// How likely counts lie as far from even, if each of so many is as likely.
fn chance(counts: impl Iterator<Item = u64>, kinds: usize) -> f64 {
    let expected = DRAWS as f64 / kinds as f64;
    let counts: Vec<u64> = counts.collect();
    let never = kinds - counts.len();
    let far = |count: f64| (count - expected).powi(2) / expected;
    let sum: f64 = counts.iter().map(|count| far(*count as f64)).sum();
    let sum = sum + far(0.0) * never as f64;
    ChiSquared::new((kinds - 1) as f64).unwrap().sf(sum)
}
