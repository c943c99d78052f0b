//! A cap on money, through a whole client: whatever is given up, lost or restarted, nothing is billed beyond it.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code)]
#[path = "support/plain.rs"]
mod plain;
#[path = "support/shop.rs"]
mod shop;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use shop::{ITEM, SHOP, Shop, money, page, setup};
use sociable::ErrorKind;
use sociable::client::{Clock, Disturbance, Random, SeededRandom};

/// A folder of this name in memory where there is some: these tests bring a great deal to the disk.
fn folder(name: &str) -> PathBuf {
    let shm = Path::new("/dev/shm");
    let root = if shm.is_dir() {
        shm.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = root.join(format!("sociable-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whoever stops waiting for a call, at whatever moment, loses neither money nor its trace.
#[tokio::test]
async fn a_call_that_is_given_up_at_any_moment_is_counted_if_it_may_have_left() {
    let folder = folder("given-up");
    let (mut given_up, mut finished) = (0, 0);
    for round in 0..64 {
        // One in eight is seen to its end.
        let polls = match round % 8 {
            7 => usize::MAX,
            polls => 1 + polls,
        };
        let file = folder.join(round.to_string());
        let shop = Shop::with(10);
        let (_, _, builder) = setup(&shop);
        let client = builder.limits_file(&file).build().unwrap();
        let budget = money("0.05 USD");
        let mut call = Box::pin(client.send(&SHOP, page(&budget, 10)));
        let mut done = false;
        for _ in 0..polls {
            done = (&mut call).now_or_never().is_some();
            if done {
                break;
            }
            std::thread::yield_now();
            tokio::task::yield_now().await;
        }
        drop(call);
        let there = shop.billed.load(Ordering::SeqCst) as i64;
        let spending = client.spending().await.unwrap();
        let (certain, uncertain) = spending.totals().first().map_or((0, 0), |total| {
            (total.certain.amount, total.uncertain.amount)
        });
        let told = certain + uncertain;
        assert!(told >= there, "{polls}: {told} of {there}");
        if done {
            assert_eq!((certain, uncertain), (there, 0));
        }
        // Either it left, and the cap is reached, or it may go now.
        let next = client.send(&SHOP, page(&budget, 10)).await;
        assert_eq!(next.is_err(), told > 0, "{polls}");
        assert_eq!(shop.billed.load(Ordering::SeqCst), 50_000, "{polls}");
        // So it is after a restart.
        drop(client);
        let (_, _, builder) = setup(&shop);
        let client = builder.limits_file(&file).build().unwrap();
        let error = client.send(&SHOP, page(&budget, 1)).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::QuotaExhausted);
        if done {
            finished += 1;
        } else {
            given_up += 1;
        }
    }
    assert!(given_up > 0 && finished > 7, "{given_up} {finished}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn never_is_more_billed_than_the_cap_by_calls_that_are_lost_given_up_and_restarted() {
    const CAP: u64 = 500_000;
    let folder = folder("restarts");
    let (mut sent, mut refused, mut lost) = (0, 0, 0);
    for seed in 0..12 {
        let random = SeededRandom::new(seed);
        let below = |bound: u64| random.next() % bound;
        let shop = Shop::with(0);
        let (clock, transport, builder) = setup(&shop);
        transport.set_round_trip(Duration::from_millis(40));
        // The disk is worked at on other threads, which the clock does not see.
        let clock = clock.with_grace(Duration::from_millis(2));
        let mut file = folder.join(format!("{seed}"));
        let start = || builder.clone();
        let mut client = start().limits_file(&file).build().unwrap();
        let budget = money("0.50 USD a day");
        let (mut day, mut before) = (clock.now().to_string()[..10].to_owned(), 0);
        for step in 0..40 {
            // Most return all that they ask for.
            let items = 1 + below(30);
            let pages = vec![items; 1 + below(4) as usize];
            let returned = [items, items, below(items + 1)][below(3) as usize];
            shop.items.store(returned, Ordering::SeqCst);
            match below(12) {
                0 => transport.disturb(Disturbance::LoseAnswer),
                1 => transport.disturb(Disturbance::StatusAfter(503)),
                2 => transport.disturb(Disturbance::LoseRequest),
                _ => {}
            }
            let calls = join_all(
                pages
                    .iter()
                    .map(|items| client.send(&SHOP, page(&budget, *items))),
            );
            let crash = folder.join(format!("{seed}-{step}"));
            if below(3) == 0 {
                // All of it dies in the middle, and another process goes on with the file as it is then.
                let dead = futures_util::future::select(
                    Box::pin(calls),
                    clock.sleep_until(clock.now() + Duration::from_millis(below(60))),
                );
                let left = clock.drive(dead).await;
                std::fs::copy(&file, &crash).ok();
                drop(left);
                file = crash;
                client = start().limits_file(&file).build().unwrap();
                lost += 1;
            } else {
                for answer in clock.drive(calls).await {
                    match answer {
                        Ok(_) => sent += 1,
                        Err(error) if *error.kind() == ErrorKind::QuotaExhausted => refused += 1,
                        Err(_) => lost += 1,
                    }
                }
            }
            transport.calm();
            let billed = shop.billed.load(Ordering::SeqCst);
            let today = clock.now().to_string()[..10].to_owned();
            if today != day {
                (day, before) = (today, billed);
            }
            assert!(
                billed - before <= CAP,
                "{seed}, {step}: {} on {day}",
                billed - before
            );
            if below(25) == 0 {
                clock.advance(Duration::from_secs(86_400));
                (day, before) = (clock.now().to_string()[..10].to_owned(), billed);
            }
        }
        let spending = client.spending().await.unwrap();
        let row = &spending.rows[0];
        let told = row.certain.amount + row.uncertain.amount;
        let billed = shop.billed.load(Ordering::SeqCst);
        assert!(told as u64 >= billed, "{seed}: {told} of {billed}");
        assert_eq!(told % ITEM as i64, 0);
    }
    assert!(
        sent > 100 && refused > 100 && lost > 50,
        "{sent} {refused} {lost}"
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
