//! Bluesky's holes: told where its listing proves one, in their place, and nowhere else.
#![cfg(all(feature = "bluesky", feature = "testing"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::bluesky::Bluesky;
use sociable::adapters::bluesky::fake::Fake;
use sociable::client::Clock;
use sociable::testing::stage::Bench;
use sociable::{
    AccountRef, Draft, Event, EventCursor, EventId, EventKind, EventQuery, MessageDraft, Recipient,
    SocialNetwork,
};

fn account(bench: &Bench, handle: &str) -> Bluesky {
    let builder = Bluesky::builder("https://pds.test").identifier(handle);
    let builder = builder.password(Fake::PASSWORD).client(&bench.client);
    builder
        .chat("did:web:api.bsky.chat#bsky_chat")
        .build()
        .unwrap()
}

/// All that is told after a cursor, in portions of this size.
async fn told(bench: &Bench, network: &Bluesky, cursor: &EventCursor, limit: u32) -> Vec<Event> {
    let mut query = EventQuery::after(cursor.clone()).limit(limit);
    let mut told = Vec::new();
    for _ in 0..40 {
        let events = bench.clock.drive(network.events(&query)).await.unwrap();
        assert!(events.items.len() <= limit as usize);
        told.extend(events.items);
        query = EventQuery::after(events.cursor).limit(limit);
        if !events.more {
            break;
        }
    }
    told
}

#[tokio::test]
async fn a_hole_is_told_in_its_place_and_what_was_taken_back_is_none() {
    let fake = Fake::builder().chat_open_to_all().build();
    let bench = Bench::new(Arc::new(fake.clone())).unwrap();
    let (alice, bob) = (account(&bench, "alice.test"), account(&bench, "bob.test"));
    let second = || bench.clock.advance(Duration::from_secs(1));
    let mention = async |text: &str| {
        let draft = Draft::text(format!("@alice.test {text}"));
        let post = bench.clock.drive(bob.publish(&draft)).await.unwrap();
        second();
        post
    };
    let begin = async || {
        let now = EventQuery::now();
        bench.clock.drive(alice.events(&now)).await.unwrap().cursor
    };
    // All that was known is taken back: a few may be.
    let mut posts = Vec::new();
    for n in 0..4 {
        posts.push(mention(&n.to_string()).await);
    }
    let stored = begin().await;
    for post in &posts {
        bench.clock.drive(bob.delete(&post.id)).await.unwrap();
    }
    second();
    mention("again").await;
    let kinds = |events: &[Event]| -> Vec<EventKind> {
        events.iter().map(|event| event.kind.clone()).collect()
    };
    let heard = told(&bench, &alice, &stored, 10).await;
    assert_eq!(kinds(&heard), [EventKind::Mention]);

    // The listing is cut, after a message that is still there.
    for n in 0..5 {
        mention(&n.to_string()).await;
    }
    let stored = begin().await;
    let since = bench.clock.now();
    mention("lost").await;
    let to_alice = Recipient::Account(AccountRef::handle("alice.test"));
    bench
        .clock
        .drive(bob.send(&to_alice, &MessageDraft::text("hi")))
        .await
        .unwrap();
    second();
    fake.forget_notifications("alice.test");
    let empty = told(&bench, &alice, &stored, 10).await;
    assert_eq!(
        kinds(&empty),
        [EventKind::Message],
        "an empty list proves nothing"
    );
    mention("kept").await;
    mention("kept, too").await;
    let wanted = [
        EventKind::Message,
        EventKind::Gap,
        EventKind::Mention,
        EventKind::Mention,
    ];
    let all = told(&bench, &alice, &stored, 10).await;
    assert_eq!(kinds(&all), wanted);
    let gap = &all[1];
    assert!(gap.lost_since.unwrap() <= since && gap.at >= all[0].at && gap.at <= all[2].at);
    let ids = |events: &[Event]| -> Vec<EventId> {
        events.iter().map(|event| event.id.clone()).collect()
    };
    for limit in [1, 2, 3] {
        let portions = told(&bench, &alice, &stored, limit).await;
        assert_eq!(ids(&portions), ids(&all), "in portions of {limit}");
    }
    for (i, event) in all.iter().enumerate() {
        let rest = told(&bench, &alice, &event.cursor, 10).await;
        assert_eq!(ids(&rest), ids(&all[i + 1..]), "after {}", event.kind);
    }
}
