//! Two workers on one store that fails, with networks that fail, killed at random: the promise holds.
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::join;
use proptest::prelude::*;
use sociable::client::Clock;
use sociable::outbox::{Entry, Filter, Outbox, State, Step};
use sociable::{Draft, Error, ErrorKind};

use crate::double::Fault;
use crate::shelf::{Failure, Shelf};
use crate::stage::{HOUR, MINUTE, SECOND, Stage, dies_or_fails, killer, t0};

/// One life of a worker: where it dies, and after how many minutes it is stopped.
#[derive(Clone, Debug)]
struct Life {
    step: usize,
    nth: usize,
    minutes: u32,
}

#[derive(Clone, Debug)]
struct Story {
    keyed: bool,
    listing_delay: u32,
    entries: Vec<(usize, u32, bool)>,
    commits: Vec<Fault>,
    prepares: Vec<Fault>,
    reconciles: Vec<Fault>,
    store: Vec<(u64, Failure)>,
    lives: Vec<(Life, Life)>,
}

fn fault() -> impl Strategy<Value = Fault> {
    let error = |kind| Fault::Error(Error::new(kind, "by the test"));
    prop_oneof![
        4 => Just(Fault::Fine),
        2 => Just(Fault::Lost),
        2 => Just(Fault::Dropped),
        2 => (1..600_u32).prop_map(|seconds| Fault::Slow(seconds * SECOND)),
        1 => Just(error(ErrorKind::Unavailable)),
        1 => Just(error(ErrorKind::RateLimited)),
        1 => Just(error(ErrorKind::Unauthorized)),
    ]
}

fn life() -> impl Strategy<Value = Life> {
    (0..Step::ALL.len(), 1..4_usize, 1..20_u32).prop_map(|(step, nth, minutes)| Life {
        step,
        nth,
        minutes,
    })
}

fn story() -> impl Strategy<Value = Story> {
    let failure = prop_oneof![Just(Failure::Before), Just(Failure::After)];
    (
        any::<bool>(),
        0..200_u32,
        prop::collection::vec((1..4_usize, 0..30_u32, any::<bool>()), 1..4),
        prop::collection::vec(fault(), 0..6),
        prop::collection::vec(fault(), 0..3),
        prop::collection::vec(fault(), 0..3),
        prop::collection::vec((20..400_u64, failure), 0..4),
        prop::collection::vec((life(), life()), 1..4),
    )
        .prop_map(
            |(keyed, listing_delay, entries, commits, prepares, reconciles, store, lives)| Story {
                keyed,
                listing_delay,
                entries,
                commits,
                prepares,
                reconciles,
                store,
                lives,
            },
        )
}

async fn tell(story: &Story) {
    let stage = Stage::new(story.keyed);
    stage.world.set_listing_delay(story.listing_delay * SECOND);
    let shelf = Arc::new(Shelf::default());
    let worker = |name: &str, life: Option<&Life>| {
        let mut builder = Outbox::builder(shelf.clone())
            .network("shop", stage.double.clone())
            .clock(Arc::new(stage.clock.clone()))
            .look_every(5 * MINUTE)
            .worker(name);
        if let Some(life) = life {
            builder = builder.observe(killer(Step::ALL[life.step], life.nth));
        }
        builder.build().unwrap()
    };
    let plan: Vec<Entry> = story
        .entries
        .iter()
        .enumerate()
        .map(|(i, (parts, minutes, comment))| {
            let texts = (0..*parts).map(|part| Draft::text(format!("entry {i} part {part}")));
            let entry = Entry::thread(format!("e{i}"), texts)
                .on("shop")
                .at(t0() + *minutes * MINUTE);
            match comment {
                true => entry.first_comment(Draft::text(format!("entry {i} comment"))),
                false => entry,
            }
        })
        .collect();
    let person = worker("person", None);
    person.add(&plan).await.unwrap();
    stage
        .double
        .commits
        .lock()
        .unwrap()
        .extend(story.commits.clone());
    stage
        .double
        .prepares
        .lock()
        .unwrap()
        .extend(story.prepares.clone());
    stage
        .double
        .reconciles
        .lock()
        .unwrap()
        .extend(story.reconciles.clone());
    shelf.fails.lock().unwrap().extend(story.store.clone());
    for (number, (one, other)) in story.lives.iter().enumerate() {
        let live = async |name: String, life: &Life| {
            let outbox = worker(&name, Some(life));
            let stop = stage.clock.now() + life.minutes * MINUTE;
            dies_or_fails(outbox.run_until(stage.clock.sleep_until(stop))).await;
        };
        let both = join(
            live(format!("one{number}"), one),
            live(format!("other{number}"), other),
        );
        stage.clock.drive(both).await;
    }
    shelf.fails.lock().unwrap().clear();
    let last = worker("last", None);
    for _ in 0..8 {
        let _ = person
            .resume(sociable::outbox::Scope::Account("shop".into()), "ann")
            .await;
        let until = stage.clock.now() + HOUR;
        let run = last.run_until(stage.clock.sleep_until(until));
        stage.clock.drive(run).await.unwrap();
    }
    let posts = stage.posts("shop").await;
    assert!(posts.values().all(|n| *n == 1), "{posts:?}");
    let mut published = 0;
    for item in person.list(&Filter::new()).await.unwrap() {
        assert!(item.surplus.is_empty(), "{item:#?}");
        published += item.posted.len();
        match item.state {
            State::Published => assert_eq!(item.posted.len(), item.parts),
            State::Unknown => {
                assert!(!story.keyed, "{item:#?}");
                let there = posts.contains_key(&item.doubt.unwrap().text);
                published += usize::from(there);
            }
            state => panic!("{state}: {item:#?}"),
        }
    }
    // All that is in the world is known, or listed as unknown.
    assert_eq!(published, posts.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn each_post_is_there_once_or_listed_as_unknown_whatever_fails(story in story()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(tell(&story));
    }
}

#[tokio::test]
async fn dropping_a_run_at_any_moment_is_no_worse_than_a_crash() {
    for keyed in [true, false] {
        for polls in 0.. {
            let stage = Stage::new(keyed);
            let shelf = Arc::new(Shelf::default());
            let outbox = Outbox::builder(shelf)
                .network("shop", stage.double.clone())
                .clock(Arc::new(stage.clock.clone()))
                .look_every(10 * MINUTE)
                .build()
                .unwrap();
            let entry = Entry::new("a", Draft::text("one")).on("shop");
            outbox.add(&[entry]).await.unwrap();
            let mut run = Box::pin(outbox.run_once());
            let mut done = false;
            for _ in 0..polls {
                done = (&mut run).now_or_never().is_some();
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(run);
            stage.run_for(&outbox, 2 * HOUR).await;
            let item = stage.only(&outbox).await;
            let posts = stage.posts("shop").await;
            assert!(posts.len() <= 1 && posts.values().all(|n| *n == 1));
            match item.state {
                State::Published => assert_eq!(posts.len(), 1),
                state => assert_eq!((state, keyed), (State::Unknown, false)),
            }
            if done {
                assert!(polls > 10);
                break;
            }
        }
    }
}
