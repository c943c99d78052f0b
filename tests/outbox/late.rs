//! A post that goes out late stands in feeds at the moment at which it goes out: a network that takes the time from us gets
//! that one.
use std::sync::Arc;

use sociable::SocialNetwork;
use sociable::adapters::bluesky::Bluesky;
use sociable::adapters::bluesky::fake::{Fake, Fault};
use sociable::client::{Client, Clock, InProcess, SetClock};
use sociable::jiff::Timestamp;
use sociable::outbox::{Outbox, Scope, State};
use sociable::store::MemoryStore;

use crate::stage::{HOUR, MINUTE, SECOND, entry, t0};

/// The time that the one post bears, whose first try ends with the account being held, after what a person does then.
async fn time_of_a_post_held(decide: impl AsyncFnOnce(&Outbox, &SetClock)) -> Timestamp {
    let fake = Fake::builder()
        .with_account("shop.test", Fake::PASSWORD)
        .build();
    let clock = SetClock::at(t0());
    let way = InProcess::new(Arc::new(fake.clone()), Arc::new(clock.clone()));
    let client = Client::builder()
        .transport(Arc::new(way))
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    let bluesky = Bluesky::builder("https://pds.test")
        .identifier("shop.test")
        .password(Fake::PASSWORD)
        .client(&client)
        .build()
        .unwrap();
    let bluesky = Arc::new(bluesky);
    let outbox = Outbox::builder(Arc::new(MemoryStore::new()))
        .network("shop", bluesky.clone())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    let suspended = Fault::refuse(400, "AccountTakedown");
    fake.fail_next("com.atproto.repo.putRecord", suspended);
    let report = clock.drive(outbox.run_once()).await.unwrap();
    assert_eq!(report.held, 1);
    decide(&outbox, &clock).await;
    let shop = Scope::Account("shop".to_owned());
    outbox.resume(shop, "ann").await.unwrap();
    let until = clock.now() + 100 * HOUR;
    let run = outbox.run_until(clock.sleep_until(until));
    clock.drive(run).await.unwrap();
    let item = outbox.item("a@shop").await.unwrap();
    assert_eq!(item.state, State::Published, "{item:#?}");
    assert_eq!(fake.texts("shop.test"), ["one"]);
    let read = bluesky.post(&item.posted[0].post.id);
    let post = clock.drive(read).await.unwrap();
    post.created_at.unwrap()
}

fn soon_after(time: Timestamp, moment: Timestamp) -> bool {
    (moment..moment + MINUTE).contains(&time)
}

#[tokio::test]
async fn a_post_that_was_held_bears_the_time_at_which_it_goes_out() {
    let created = time_of_a_post_held(async |_, clock| clock.advance(5 * HOUR)).await;
    assert!(soon_after(created, t0() + 5 * HOUR), "{created}");
}

#[tokio::test]
async fn a_post_that_is_given_another_time_bears_that_one() {
    let thursday = t0() + 72 * HOUR;
    let created = time_of_a_post_held(async |outbox, clock| {
        clock.advance(SECOND);
        outbox.reschedule("a@shop", thursday, "ann").await.unwrap();
    })
    .await;
    assert!(soon_after(created, thursday), "{created}");
}
