//! The freeze: what shifts while it runs, what stops it, and two that do it at once.

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::memory::{Limit, World};
use sociable::client::{Clock, SetClock};
use sociable::contest::{Condition, Mode, OnChange, OnUnknown, Stage};
use sociable::{Engagement, ErrorKind, SocialNetwork, Target};

use crate::town::{MINUTE, close, eligible, step, town};

#[tokio::test]
async fn two_processes_freeze_and_commit_at_once_and_come_to_one_list_and_one_post() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    for number in 0..120 {
        town.likes_it(&format!("fan{number}")).await;
    }
    let others: Vec<_> = (0..3).map(|_| town.contests()).collect();
    town.closes();
    let mut all = Vec::new();
    for contests in &others {
        all.push(contests.contest("tea").await.unwrap());
    }
    let (a, b, c) = tokio::join!(all[0].freeze(), all[1].freeze(), all[2].freeze());
    let frozen = a.unwrap();
    assert_eq!((&frozen, &frozen), (&b.unwrap(), &c.unwrap()));
    assert_eq!(frozen.entries, 120);
    let (a, b, c) = tokio::join!(all[0].commit(), all[1].commit(), all[2].commit());
    let done: Vec<_> = [a, b, c].into_iter().filter_map(Result::ok).collect();
    assert!(!done.is_empty());
    let committed = contest.commit().await.unwrap();
    assert!(done.iter().all(|one| one.line == committed.line));
    assert_eq!(
        town.world.texts("shop").len(),
        2,
        "the post and one commitment"
    );
}

#[tokio::test]
async fn a_limit_in_the_middle_of_a_freeze_makes_it_wait_and_go_on() {
    let clock = SetClock::at(crate::town::open());
    let town = {
        let mut town = town().await;
        town.clock = clock.clone();
        town.world = World::with_clock(Arc::new(clock.clone()));
        town.world.add_account("shop");
        town.shop = town.world.network("shop").unwrap();
        town.post = town
            .shop
            .publish(&sociable::Draft::text("Win!"))
            .await
            .unwrap();
        town
    };
    let contest = town.opened(&town.likes()).await;
    for number in 0..450 {
        town.likes_it(&format!("fan{number}")).await;
    }
    town.closes();
    // Two pages of five, then a quarter of an hour nothing.
    let quarter = Duration::from_secs(900);
    town.world
        .set_limit(Limit::new("likers", 2, quarter).on("audience.liked"));
    let mut refused = 0;
    let frozen = loop {
        match contest.freeze().await {
            Ok(frozen) => break frozen,
            Err(error) => {
                assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
                let again = error.retry_at().unwrap();
                assert!(again > clock.now());
                clock.set(again);
                refused += 1;
                assert!(refused < 10);
            }
        }
    };
    assert!(refused >= 1);
    assert_eq!((frozen.entries, frozen.began_at), (450, close()));
    assert!(frozen.ended_at > frozen.began_at);
}

#[tokio::test]
async fn an_entry_that_vanishes_during_the_freeze_is_decided_by_the_rules() {
    for (vanished, expected) in [
        (OnChange::Falls, vec!["@alice"]),
        (OnChange::Stands, vec!["@alice", "@bob"]),
    ] {
        let town = town().await;
        let rules = town
            .rules(Mode::chance())
            .conditions(Condition::commented())
            .unknown(OnUnknown::Reject)
            .vanished(vanished);
        let contest = town.opened(&rules).await;
        town.comments("alice", "me").await;
        let gone = town.comments("bob", "me").await;
        step(&contest).await;
        town.closes();
        town.person("bob").delete(&gone.id).await.unwrap();
        // Nobody tells that it was deleted.
        town.world.set_event_capacity(0);
        contest.freeze().await.unwrap();
        assert_eq!(eligible(&contest).await, expected, "{vanished:?}");
    }
}

#[tokio::test]
async fn a_like_that_comes_and_goes_between_two_looks_is_there() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    town.likes_it("bob").await;
    step(&contest).await;
    let bob = town.person("bob");
    let like = Engagement::like();
    bob.engage(&Target::from(&town.post), &like.clone().off())
        .await
        .unwrap();
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
    // A second look was made, since somebody was missing.
    let report = contest.report().await.unwrap();
    assert_eq!(report.listings[0].collected, Some(1));
    let bob = town.entry(&contest, "bob").await;
    assert!(bob.objections()[0].contains("no longer at the close"));
}

#[tokio::test]
async fn a_clock_that_goes_back_undoes_nothing() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    town.closes();
    let frozen = contest.freeze().await.unwrap();
    town.clock.set(crate::town::open());
    assert_eq!(contest.freeze().await.unwrap(), frozen);
    let committed = contest.commit().await.unwrap();
    // The round lies behind what was done already, whatever the clock shows.
    assert!(committed.round_at >= frozen.ended_at + 10 * MINUTE);
    town.clock.set(committed.round_at);
    contest.draw().await.unwrap();
    town.clock.set(crate::town::open());
    assert_eq!(contest.state().await.unwrap().stage, Stage::Drawn);
    let published = contest.announce().await.unwrap();
    let early = contest.close().await.unwrap_err();
    assert!(early.retry_at().unwrap() >= published.published_at.unwrap());
}

#[tokio::test]
async fn who_is_added_by_hand_during_a_freeze_is_asked_about_too() {
    let town = town().await;
    let waits = sociable::contest::Exclusion::empty(true, None, None).on_unknown(OnUnknown::Ask);
    let rules = town
        .likes()
        .conditions(Condition::member())
        .exclusions(waits);
    let contest = town.opened(&rules).await;
    for name in ["alice", "bob"] {
        town.follows(name).await;
    }
    town.likes_it("alice").await;
    town.closes();
    assert!(contest.freeze().await.is_err());
    let bob = town.entrant("bob").await;
    let deed = sociable::contest::Deed::Liked;
    let id = contest
        .add_by_hand(&bob, deed, 0, "ann", "a picture, file 3")
        .await
        .unwrap();
    let alice = town.entry(&contest, "alice").await.id;
    for entry in [&alice, &id] {
        contest
            .decide(entry, "exclusions[0]", true, "ann", "seen")
            .await
            .unwrap();
    }
    assert_eq!(contest.freeze().await.unwrap().entries, 2);
}
