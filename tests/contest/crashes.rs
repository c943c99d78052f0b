//! The process dies at every write, and the contest ends as if it had not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sociable::contest::draw::Trust;
use sociable::contest::{Condition, Contests, ContestsBuilder, Mode, OnUnknown, Rules, Stage};
use sociable::store::{KeyValue, MemoryStore};
use sociable::{ErrorKind, Result};

use crate::shelf::{Death, Keyless, Shelf};
use crate::town::{DAY, MINUTE, Town, town};

fn rules(town: &Town) -> Rules {
    town.rules(Mode::chance())
        .conditions(Condition::commented())
        .conditions(Condition::member())
        .unknown(OnUnknown::Reject)
        .reserves(1_u32)
}

async fn people(town: &Town) {
    for name in ["alice", "bob", "carol"] {
        town.follows(name).await;
        town.comments(name, "me").await;
    }
    town.comments("stranger", "me too").await;
}

/// Whoever runs the contest, from the beginning or from where somebody else was cut off.
async fn run(town: &Town, contests: &Contests) -> Result<()> {
    let contest = contests.open("tea", &rules(town)).await?;
    contest.step().await?;
    if contest.state().await?.stage == Stage::Open {
        town.closes();
    }
    contest.freeze().await?;
    let committed = contest.commit().await?;
    if contest.state().await?.stage == Stage::Committed {
        town.clock.set(committed.round_at);
    }
    contest.draw().await?;
    contest.announce().await?;
    town.clock.advance(4 * DAY);
    contest.close().await
}

fn keyless(town: &Town, store: Arc<dyn KeyValue>, lost: i64) -> ContestsBuilder {
    let shop = Keyless::new(town.world.network("shop").unwrap());
    shop.lost.store(lost, Ordering::SeqCst);
    Contests::builder(store)
        .account("shop", Arc::new(shop))
        .beacon(town.beacon.clone())
}

/// Runs a contest whose process dies at a write, then others until it is over; how many writes the first made.
async fn dies_at(write: i64, death: Death, keys: bool) -> u64 {
    let story = format!("write {write}, {death:?}, keys {keys}");
    let town = town().await;
    people(&town).await;
    let inner = Arc::new(MemoryStore::new());
    let build = |store: Arc<dyn KeyValue>| {
        let builder = if keys {
            town.over(store)
        } else {
            keyless(&town, store, 0)
        };
        builder.build().unwrap()
    };
    let shelf = Shelf::over(&inner, write, death);
    let first = run(&town, &build(shelf.clone())).await;
    let writes = shelf.writes.load(Ordering::SeqCst);
    if first.is_err() {
        let mut tries = 0;
        while let Err(error) = run(&town, &build(inner.clone())).await {
            // Without keys whoever comes after waits until the one before is certainly dead.
            assert_eq!(*error.kind(), ErrorKind::Conflict, "{story}: {error}");
            town.clock.set(error.retry_at().unwrap());
            tries += 1;
            assert!(tries < 5, "{story}: {error}");
        }
    }
    let contest = build(inner).contest("tea").await.unwrap();
    let state = contest.state().await.unwrap();
    assert_eq!(state.stage, Stage::Closed, "{story}");
    assert_eq!(state.frozen.unwrap().entries, 3, "{story}");
    let proof = contest.proof().await.unwrap();
    let verified = proof.verify(&Trust::default()).unwrap();
    let committed = state.draws[0].committed.clone().unwrap();
    let published = committed.publication.published_at.unwrap();
    assert!(
        published + 10 * MINUTE <= verified.drawn_at.unwrap(),
        "{story}"
    );
    let texts = town.world.texts("shop");
    assert_eq!(texts.len(), 3, "{story}: {texts:?}");
    writes
}

#[tokio::test]
async fn the_process_dies_at_each_write_and_every_post_is_made_once() {
    for keys in [true, false] {
        let whole = dies_at(i64::MAX, Death::Before, keys).await;
        assert!(whole > 15, "{whole} writes");
        for write in 0..i64::try_from(whole).unwrap() {
            for death in [Death::Before, Death::After] {
                dies_at(write, death, keys).await;
            }
        }
    }
}

#[tokio::test]
async fn a_post_whose_answer_is_lost_is_found_and_not_made_again() {
    let town = town().await;
    people(&town).await;
    let store = Arc::new(MemoryStore::new());
    let contests = keyless(&town, store, 2).build().unwrap();
    run(&town, &contests).await.unwrap();
    assert_eq!(town.world.texts("shop").len(), 3);
}

#[tokio::test]
async fn a_post_that_cannot_be_found_waits_for_a_person() {
    let town = town().await;
    people(&town).await;
    let store = Arc::new(MemoryStore::new());
    let contests = town.over(store.clone()).build().unwrap();
    let contest = contests.open("tea", &rules(&town)).await.unwrap();
    town.closes();
    contest.freeze().await.unwrap();
    // A post in doubt, as a process leaves it whose network could not tell.
    let none = contest.settle_post(None).await.unwrap_err();
    assert_eq!(*none.kind(), ErrorKind::Conflict);
    contest.commit().await.unwrap();
    let key = "contest/head/tea";
    let kept = store.get(key).await.unwrap().unwrap();
    let doubted = kept
        .value
        .replacen("\"state\":\"published\"", "\"state\":\"unknown\"", 1);
    let doubted = doubted.replacen("\"stage\":\"committed\"", "\"stage\":\"frozen\"", 1);
    assert_ne!(doubted, kept.value);
    store.put(key, &doubted, Some(kept.version)).await.unwrap();
    let post = town.world.published("shop")[1].clone();
    contest.settle_post(Some(post.clone())).await.unwrap();
    let committed = contest.commit().await.unwrap();
    assert_eq!(committed.publication.post, Some(post));
    assert_eq!(town.world.texts("shop").len(), 2);
}
