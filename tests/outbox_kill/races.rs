//! What comes in between: a worker that sleeps while others go on, people who decide while something is sent, a clock that
//! is set.

use std::sync::Arc;
use std::time::Duration;

use sociable::client::{Clock, SetClock};
use sociable::outbox::{Entry, Filter, Item, Outbox, Resolution, State};
use sociable::store::MemoryStore;
use sociable::{Draft, ErrorKind};

use crate::scripted::{Comes, Scripted};

const HOUR: Duration = Duration::from_secs(3600);

fn clock() -> SetClock {
    SetClock::at("2026-03-14T09:00:00Z".parse().unwrap())
}

fn worker(
    name: &str,
    store: &Arc<MemoryStore>,
    network: &Arc<Scripted>,
    clock: &SetClock,
) -> Outbox {
    Outbox::builder(store.clone())
        .network("shop", network.clone())
        .clock(Arc::new(clock.clone()))
        .worker(name)
        .build()
        .unwrap()
}

fn entry(key: &str) -> Entry {
    Entry::new(key, Draft::text(format!("The words of {key}"))).on("shop")
}

/// Lets everything run that can run without the clock.
async fn settle() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

/// Lets a worker come as far as the one mutation, and tells of which post.
async fn sending(outbox: &Outbox) -> String {
    for _ in 0..100_000 {
        tokio::task::yield_now().await;
        let items = outbox.list(&Filter::new()).await.unwrap();
        if let Some(item) = items.into_iter().find(|item| item.doubt.is_some()) {
            return item.id;
        }
    }
    panic!("nothing is being sent");
}

/// Runs until nothing more is going to happen.
async fn finish(outbox: &Outbox, clock: &SetClock) -> Vec<Item> {
    let done = async {
        loop {
            let items = outbox.list(&Filter::new()).await.unwrap();
            if items.iter().all(|item| item.state.is_final()) {
                return;
            }
            clock
                .sleep_until(clock.now() + Duration::from_secs(5))
                .await;
        }
    };
    clock.drive(outbox.run_until(done)).await.unwrap();
    outbox.list(&Filter::new()).await.unwrap()
}

#[tokio::test]
async fn a_worker_that_slept_through_its_lease_sends_nothing_when_it_wakes() {
    let (asleep, awake) = (clock(), clock());
    let store = Arc::new(MemoryStore::new());
    // The one mutation waits for its turn, such as for a budget, when the machine is suspended.
    let network = Scripted::new("line").on(&asleep);
    let network = Arc::new(network.then(Comes::Late(Duration::from_secs(20))));
    let one = worker("one", &store, &network, &asleep);
    one.add(&[entry("a")]).await.unwrap();
    let sleeper = tokio::spawn({
        let one = one.clone();
        async move { one.run_once().await }
    });
    sending(&one).await;
    settle().await;
    // An hour later another has taken over, and found that nothing was published.
    awake.set(awake.now() + HOUR);
    let other = worker("other", &store, &network, &awake);
    let items = finish(&other, &awake).await;
    // A person looks too, and has it sent.
    if items[0].state == State::Unknown {
        let not = Resolution::NotPublished;
        other.resolve(&items[0].id, &not, "ann").await.unwrap();
        finish(&other, &awake).await;
    }
    assert_eq!(network.texts().len(), 1);
    asleep.set(awake.now());
    settle().await;
    sleeper.await.unwrap().unwrap();
    assert_eq!(network.texts(), ["The words of a"]);
}

#[tokio::test]
async fn what_is_settled_by_hand_while_it_is_sent_is_not_sent_again() {
    let clock = clock();
    let store = Arc::new(MemoryStore::new());
    let network = Scripted::new("line").on(&clock);
    let network = Arc::new(network.then(Comes::Late(Duration::from_secs(20))));
    let one = worker("one", &store, &network, &clock);
    let report = one.add(&[entry("a")]).await.unwrap();
    let id = report.lines[0].id.clone();
    let running = tokio::spawn({
        let one = one.clone();
        async move { one.run_once().await }
    });
    sending(&one).await;
    // A person who looks at the network now does not see it.
    let settled = one.resolve(&id, &Resolution::NotPublished, "ann").await;
    clock.advance(Duration::from_secs(20));
    settle().await;
    let items = finish(&one, &clock).await;
    running.await.unwrap().unwrap();
    assert_eq!(network.texts().len(), 1, "{settled:?}");
    assert_eq!(items[0].state, State::Published);
}

#[tokio::test]
async fn what_is_being_sent_cannot_be_cancelled_and_what_is_not_can() {
    let clock = clock();
    let store = Arc::new(MemoryStore::new());
    let network = Scripted::new("line").on(&clock);
    let network = Arc::new(network.then(Comes::Late(Duration::from_secs(20))));
    let one = worker("one", &store, &network, &clock);
    let report = one.add(&[entry("a"), entry("b")]).await.unwrap();
    let ids: Vec<String> = report.lines.iter().map(|line| line.id.clone()).collect();
    let running = tokio::spawn({
        let one = one.clone();
        async move { one.run_once().await }
    });
    let sent = sending(&one).await;
    let waiting = ids.iter().find(|id| **id != sent).unwrap();
    let error = one.cancel(&sent, "ann").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Conflict);
    one.cancel(waiting, "ann").await.unwrap();
    clock.advance(Duration::from_secs(20));
    let items = finish(&one, &clock).await;
    running.await.unwrap().unwrap();
    assert_eq!(network.texts().len(), 1);
    let state = |id: &str| items.iter().find(|item| item.id == id).unwrap().state;
    assert_eq!(state(&sent), State::Published);
    assert_eq!(state(waiting), State::Cancelled);
}

#[tokio::test]
async fn a_clock_that_is_set_forth_and_back_makes_nothing_early_and_nothing_twice() {
    let clock = clock();
    let start = clock.now();
    let store = Arc::new(MemoryStore::new());
    let network = Arc::new(Scripted::new("line").on(&clock));
    let one = worker("one", &store, &network, &clock);
    let later = entry("later").at(start + 2 * HOUR);
    one.add(&[entry("now"), later]).await.unwrap();
    for hours in [0, 1, 0] {
        clock.set(start + hours * HOUR);
        one.run_once().await.unwrap();
        assert_eq!(network.texts(), ["The words of now"]);
    }
    for hours in [3, 0, 3] {
        clock.set(start + hours * HOUR);
        one.run_once().await.unwrap();
        assert_eq!(network.texts(), ["The words of now", "The words of later"]);
    }
}

#[tokio::test]
async fn of_two_entries_with_one_key_one_is_published() {
    let clock = clock();
    let store = Arc::new(MemoryStore::new());
    let network = Arc::new(Scripted::new("line").on(&clock));
    let one = worker("one", &store, &network, &clock);
    let other_words = Entry::new("a", Draft::text("Other words")).on("shop");
    one.add(&[entry("a"), other_words.clone()]).await.unwrap();
    one.add(&[other_words, entry("a")]).await.unwrap();
    finish(&one, &clock).await;
    assert!(network.texts().len() <= 1, "{:?}", network.texts());
}
