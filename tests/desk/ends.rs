//! What became of a complaint: every version is kept, and nothing counts as gone before it was confirmed.

use std::sync::Arc;

use sociable::desk::{Desk, Evidence, FateKind, Mention};
use sociable::{Edit, ErrorKind, Operation, SocialNetwork, Support};

use crate::rounds::otherwise;
use crate::town::{DAY, HOUR, MINUTE, Town, Words, only, reply, round, say, town};

/// The shop's desk where the network tells nothing of what happens to posts.
fn deaf(town: &Town) -> Desk {
    builder(town).build().unwrap()
}

fn builder(town: &Town) -> sociable::desk::DeskBuilder {
    let shop = otherwise(town, "shop", |profile| {
        profile.with(Operation::EVENTS, Support::no())
    });
    Desk::builder(Arc::clone(&town.store))
        .account("shop", shop)
        .classifier(Arc::<Words>::default())
}

async fn review(desk: &Desk) -> Mention {
    only(desk).await.mentions.remove(0)
}

#[tokio::test]
async fn a_review_that_its_author_removed_is_confirmed_before_it_counts() {
    let town = town();
    let post = say(&town.alice, "@shop it is awful").await;
    let desk = town.desk();
    round(&desk).await;
    town.alice.delete(&post.id).await.unwrap();
    let first = desk.step().await.unwrap();
    let fate = review(&desk).await.fate;
    assert_eq!(
        fate.now(),
        FateKind::Original,
        "the network's word alone is one look"
    );
    assert_eq!(
        fate.missing.as_ref().map(|missing| missing.kind.clone()),
        Some(FateKind::RemovedByAuthor)
    );
    town.clock.set(first.next);
    round(&desk).await;
    let mention = review(&desk).await;
    assert_eq!(mention.fate.now(), FateKind::RemovedByAuthor);
    assert_eq!(
        mention.fate.turns[0].evidence,
        [Evidence::Event, Evidence::Look]
    );
    assert_eq!(mention.text(), "@shop it is awful", "what it said is kept");
    assert!(mention.fate.is_recovered());
}

#[tokio::test]
async fn an_absence_counts_after_two_looks_apart_and_nobody_is_named_for_it() {
    let town = town();
    let post = say(&town.alice, "@shop it is awful").await;
    let desk = deaf(&town);
    round(&desk).await;
    town.alice.delete(&post.id).await.unwrap();
    town.clock.advance(HOUR);
    round(&desk).await;
    assert_eq!(
        review(&desk).await.fate.now(),
        FateKind::Original,
        "one look is none"
    );
    town.clock.advance(30 * MINUTE);
    round(&desk).await;
    assert_eq!(
        review(&desk).await.fate.now(),
        FateKind::Original,
        "too soon"
    );
    town.clock.advance(31 * MINUTE);
    round(&desk).await;
    let fate = review(&desk).await.fate;
    assert_eq!(fate.now(), FateKind::Removed);
    assert_eq!(fate.turns[0].evidence, [Evidence::Look, Evidence::Look]);
    assert!(!fate.is_recovered(), "nobody knows who did it");
}

#[tokio::test]
async fn another_accounts_look_confirms_an_absence_at_once() {
    let town = town();
    let post = say(&town.alice, "@shop it is awful").await;
    let second = town.person("branch");
    let desk = builder(&town)
        .account("branch", Arc::new(second))
        .build()
        .unwrap();
    round(&desk).await;
    town.alice.delete(&post.id).await.unwrap();
    town.clock.advance(HOUR);
    round(&desk).await;
    let fate = review(&desk).await.fate;
    assert_eq!(fate.now(), FateKind::Removed);
    assert_eq!(
        fate.turns[0].evidence,
        [Evidence::Look, Evidence::OtherAccount]
    );
}

#[tokio::test]
async fn what_another_account_still_sees_is_not_gone() {
    let town = town();
    say(&town.alice, "@shop it is awful").await;
    let second = town.person("branch");
    let desk = builder(&town)
        .account("branch", Arc::new(second))
        .build()
        .unwrap();
    round(&desk).await;
    // The author shuts us out: to us alone the post is not there.
    let shop = town.shop.me().await.unwrap();
    town.alice
        .moderate(&sociable::Moderation::block(shop.id))
        .await
        .unwrap();
    for _ in 0..5 {
        town.clock.advance(6 * HOUR);
        round(&desk).await;
    }
    let fate = review(&desk).await.fate;
    assert_eq!(fate.now(), FateKind::Original);
}

#[tokio::test]
async fn a_post_that_comes_back_was_not_removed() {
    let town = town();
    let post = say(&town.alice, "@shop it is awful").await;
    let desk = deaf(&town);
    round(&desk).await;
    town.alice.delete(&post.id).await.unwrap();
    town.clock.advance(HOUR);
    round(&desk).await;
    town.alice
        .moderate(&sociable::Moderation::restore(&post.id))
        .await
        .unwrap();
    town.clock.advance(HOUR);
    round(&desk).await;
    let fate = review(&desk).await.fate;
    assert_eq!((fate.now(), fate.missing), (FateKind::Original, None));
    // And after it was believed gone, it is told to be back.
    town.alice.delete(&post.id).await.unwrap();
    for _ in 0..4 {
        town.clock.advance(5 * HOUR);
        round(&desk).await;
    }
    assert_eq!(review(&desk).await.fate.now(), FateKind::Removed);
    town.alice
        .moderate(&sociable::Moderation::restore(&post.id))
        .await
        .unwrap();
    town.clock.advance(3 * DAY);
    round(&desk).await;
    assert_eq!(review(&desk).await.fate.now(), FateKind::Restored);
}

#[tokio::test]
async fn what_we_hid_is_never_taken_for_its_authors_deed() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    let comment = reply(&town.alice, &post, "it is awful").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    let case = desk.hide(&id, "ann", &comment.id, true).await.unwrap();
    let turn = case.mentions[0].fate.turns.last().unwrap();
    assert_eq!(turn.kind, FateKind::HiddenByUs);
    assert_eq!(turn.agent.as_deref(), Some("ann"));
    for _ in 0..5 {
        town.clock.advance(8 * HOUR);
        round(&desk).await;
    }
    assert_eq!(review(&desk).await.fate.now(), FateKind::HiddenByUs);
    let case = desk.hide(&id, "ann", &comment.id, false).await.unwrap();
    assert_eq!(case.mentions[0].fate.now(), FateKind::Restored);
    // Hidden again, and then removed by its author: both are kept, and it is no recovery.
    desk.hide(&id, "ann", &comment.id, true).await.unwrap();
    town.alice.delete(&comment.id).await.unwrap();
    let step = round(&desk).await;
    town.clock.set(step.next);
    round(&desk).await;
    let fate = review(&desk).await.fate;
    assert_eq!(fate.now(), FateKind::RemovedByAuthor);
    assert!(fate.was(&FateKind::HiddenByUs) && !fate.is_recovered());
}

#[tokio::test]
async fn hiding_what_may_not_be_hidden_leaves_no_trace() {
    let town = town();
    let post = say(&town.alice, "@shop it is awful").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    let error = desk.hide(&id, "ann", &post.id, true).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error:?}");
    assert!(review(&desk).await.fate.turns.is_empty());
    let error = desk
        .hide(&id, "ann", &"memory:post:999".into(), true)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound);
}

#[tokio::test]
async fn an_answer_of_the_author_after_ours_supplements_the_review() {
    let town = town();
    let post = say(&town.shop, "New leaves!").await;
    let comment = reply(&town.alice, &post, "mine is broken").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    town.clock.advance(MINUTE);
    reply(&town.alice, &post, "and late").await;
    round(&desk).await;
    assert!(
        !review(&desk).await.fate.was(&FateKind::Supplemented),
        "we have not answered yet"
    );
    desk.answer(&id, "ann", "A new one is on its way.")
        .await
        .unwrap();
    town.clock.advance(MINUTE);
    reply(&town.alice, &comment, "@shop all solved, thanks!").await;
    round(&desk).await;
    let case = only(&desk).await;
    let turn = case.mentions[0].fate.turns.last().unwrap();
    assert_eq!(
        (turn.kind.clone(), turn.kind_words),
        (FateKind::Supplemented, Some(true))
    );
    assert!(case.mentions[0].fate.is_recovered());
}

#[tokio::test]
async fn an_edit_is_seen_by_looking_where_it_is_not_told() {
    let town = town();
    let post = say(&town.alice, "@shop it is awful").await;
    let desk = deaf(&town);
    round(&desk).await;
    town.clock.advance(HOUR);
    town.alice
        .edit(&post.id, &Edit::text("@shop solved"))
        .await
        .unwrap();
    round(&desk).await;
    let mention = review(&desk).await;
    assert_eq!(mention.versions.len(), 2);
    assert_eq!(mention.fate.now(), FateKind::Edited);
    assert_eq!(mention.text(), "@shop solved");
}

#[tokio::test]
async fn a_network_that_does_not_answer_has_removed_nothing() {
    let town = town();
    say(&town.alice, "@shop it is awful").await;
    let desk = town.desk();
    round(&desk).await;
    for _ in 0..3 {
        town.clock.advance(12 * HOUR);
        town.world.lock_out("shop", true);
        let step = desk.step().await.unwrap();
        assert!(!step.troubles.is_empty());
    }
    let fate = review(&desk).await.fate;
    assert_eq!((fate.now(), fate.missing), (FateKind::Original, None));
}

#[tokio::test]
async fn a_question_that_is_withdrawn_before_it_was_answered_stops_its_clock() {
    let town = town();
    let message = crate::town::tell(&town.alice, "shop", "Hello?").await;
    let desk = town.desk();
    round(&desk).await;
    town.clock.advance(MINUTE);
    town.world.delete_message(&message.id).unwrap();
    round(&desk).await;
    let case = only(&desk).await;
    assert_eq!(case.mentions[0].text(), "Hello?", "what it said is kept");
    assert_eq!(case.mentions[0].fate.now(), FateKind::RemovedByAuthor);
    assert_eq!(desk.standing(&case.id).await.unwrap().withdrawn, 1);
}
