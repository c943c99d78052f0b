//! What keeping limits costs a call that need not wait.

use std::hint::black_box;
use std::time::Duration;

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use sociable::client::headers::{HeaderFamily, observe};
use sociable::client::limits::{
    Bucket, BucketKey, Charge, Limits, Permit, Reservation, Scope, Settled, Window,
};
use stats_alloc::Region;

use crate::counted::{Work, instructions};
use crate::figures::{Bound, Report};
use crate::limits::limits_support::{Dialect, START, Server, ts};

pub(crate) const WORKS: [Work; 2] = [("reserve", reserve), ("observe", look)];

/// More than are ever counted.
const MOST: u64 = 6_000;
const MINUTE: Duration = Duration::from_secs(60);

/// One bucket with one window; and what a write costs where calls, points of the hour and points of the day count.
fn charges(several: bool) -> Vec<Charge> {
    let bucket = |name, windows: Vec<Window>| {
        Bucket::new(BucketKey::new("testnet", name, Scope::Token), windows)
    };
    let calls = Window::fixed(1 << 40, MINUTE * 5);
    let mut charges = vec![bucket("calls", vec![calls]).charge(1)];
    if several {
        let points = vec![
            Window::rolling(1 << 40, MINUTE * 60),
            Window::day(1 << 40, "UTC"),
        ];
        charges.push(bucket("points", points).charge(3));
    }
    charges
}

fn granted(limits: &mut Limits, now: Timestamp, charges: &[Charge]) -> Permit {
    match limits.reserve(now, charges, None) {
        Reservation::Granted(permit) => permit,
        other => panic!("{other:?}"),
    }
}

/// Limits that have had so many calls under way at once.
fn used(calls: u64, charges: &[Charge]) -> Limits {
    let mut limits = Limits::new();
    let permits: Vec<Permit> = (0..calls)
        .map(|_| granted(&mut limits, ts(START), charges))
        .collect();
    for permit in permits {
        limits.settle(ts(START), permit, Settled::NotSent);
    }
    limits
}

/// Reserves so often, of limits that are used to it.
fn reserve(turns: u64, words: &[String]) {
    let charges = charges(words.iter().any(|word| word == "several"));
    let mut limits = used(MOST, &charges);
    let mut now = ts(START);
    for _ in 0..turns {
        now += SignedDuration::from_millis(1);
        let limits = black_box(&mut limits);
        let _permit = black_box(granted(limits, now, black_box(&charges)));
    }
}

fn told(dialect: Dialect) -> (Vec<HeaderFamily>, HeaderMap) {
    let mut server = Server::new(&[Window::fixed(300, Duration::from_secs(3))]);
    server.dialect = dialect;
    server.dated = true;
    let answer = server.answer(START, &[(0, 1)]);
    (server.families().to_vec(), answer.headers().clone())
}

fn dialect(word: &str) -> Option<Dialect> {
    let mut known = Dialect::KNOWN.into_iter();
    known.find(|dialect| format!("{dialect:?}") == word)
}

fn look(turns: u64, words: &[String]) {
    let Some(dialect) = words.first().and_then(|word| dialect(word)) else {
        panic!("which dialect?");
    };
    let (families, headers) = told(dialect);
    for _ in 0..turns {
        black_box(observe(
            black_box(&families),
            black_box(&headers),
            ts(START),
        ));
    }
}

pub(crate) fn gates(report: &mut Report) {
    for (name, words) in [
        ("reserve", vec![]),
        ("reserve.several", vec!["several".to_owned()]),
    ] {
        let figure = format!("{name}.instructions");
        match instructions("reserve", MOST / 3, &words) {
            Ok(count) => report.figure(&figure, count, Bound::AtMost(2_000.0)),
            Err(why) => report.unmeasured(&figure, &why),
        }
        let charges = charges(!words.is_empty());
        let mut limits = used(100, &charges);
        let region = Region::new(crate::HEAP);
        for _ in 0..100 {
            let _permit = black_box(granted(&mut limits, ts(START), &charges));
        }
        let heap = region.change();
        let allocations = (heap.allocations + heap.reallocations) as f64 / 100.0;
        report.figure(
            &format!("{name}.allocations"),
            allocations,
            Bound::AtMost(0.0),
        );
    }
}

/// Only printed: the dearest dialect.
pub(crate) fn observing(report: &mut Report) {
    let mut most = 0.0;
    for dialect in Dialect::KNOWN {
        let word = format!("{dialect:?}");
        match instructions("observe", 500, std::slice::from_ref(&word)) {
            Ok(count) => {
                println!("observe: {count:.0} instructions for the headers of {word}");
                most = f64::max(most, count);
            }
            Err(why) => return report.unmeasured("observe.instructions", &why),
        }
    }
    report.figure("observe.instructions", most, Bound::Free);
}
