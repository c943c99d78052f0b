//! What is seen of whom, how often it comes, and what is missing.

use sociable::contest::{Condition, Deed, EvidenceSource, Mode, OnUnknown, Subject};
use sociable::{Draft, Engagement, SocialNetwork, Target};

use crate::town::{HOUR, MINUTE, close, eligible, step, town};

#[tokio::test]
async fn one_person_has_one_entry_however_often_and_by_whatever_way_it_is_seen() {
    let town = town().await;
    let rules = town
        .rules(Mode::chance())
        .conditions(Condition::liked())
        .conditions(Condition::commented())
        .unknown(OnUnknown::Reject);
    let contest = town.opened(&rules).await;
    town.likes_it("alice").await;
    for text in ["me!", "me again!", "and me!"] {
        town.comments("alice", text).await;
    }
    let first = step(&contest).await;
    assert_eq!(first.new, 1);
    town.clock.advance(2 * HOUR);
    let second = step(&contest).await;
    assert_eq!(second.new, 0);
    let entry = town.entry(&contest, "alice").await;
    assert_eq!(entry.comments.len(), 3);
    // Each deed is kept once for each source that told of it.
    let mut seen: Vec<(Deed, bool)> = entry
        .evidence
        .iter()
        .map(|one| (one.deed, one.source == EvidenceSource::Event))
        .collect();
    seen.sort();
    let all = [Deed::Liked, Deed::Commented].map(|deed| [(deed, false), (deed, true)]);
    assert_eq!(seen, all.concat());
    assert!(entry.evidence.iter().all(|one| one.hash.len() == 64));
    let report = contest.report().await.unwrap();
    assert_eq!(report.people, 1);
    assert_eq!(report.by_deed["liked"], 1);
}

#[tokio::test]
async fn rounds_by_several_processes_and_repeated_ones_change_nothing() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    let other = town.contests().contest("tea").await.unwrap();
    for name in ["alice", "bob", "carol"] {
        town.likes_it(name).await;
        let (one, two) = tokio::join!(contest.step(), other.step());
        assert!(one.unwrap().troubles.is_empty() && two.unwrap().troubles.is_empty());
    }
    let before = contest.entries(&Default::default()).await.unwrap();
    step(&contest).await;
    step(&other).await;
    assert_eq!(contest.entries(&Default::default()).await.unwrap(), before);
    assert_eq!(before.len(), 3);
}

#[tokio::test]
async fn a_listing_is_read_again_when_its_time_comes_and_not_before() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    let first = step(&contest).await;
    assert_eq!(first.pages, 1);
    town.clock.advance(MINUTE);
    assert_eq!(step(&contest).await.pages, 0);
    town.clock.advance(HOUR);
    assert_eq!(step(&contest).await.pages, 1);
    let step = step(&contest).await;
    assert!(step.next.unwrap() > sociable::client::Clock::now(&town.clock));
}

#[tokio::test]
async fn a_long_listing_is_read_in_parts_and_goes_on_where_it_was() {
    let town = town().await;
    let contests = town.builder().pages(1).build().unwrap();
    let contest = contests.open("tea", &town.likes()).await.unwrap();
    // Happenings are forgotten at once, so that only the listing tells.
    town.world.set_event_capacity(0);
    for number in 0..250 {
        town.likes_it(&format!("fan{number}")).await;
    }
    let mut rounds = 0;
    while contest.report().await.unwrap().people < 250 {
        contest.step().await.unwrap();
        rounds += 1;
        assert!(rounds < 10);
    }
    assert_eq!(rounds, 3);
    town.closes();
    assert_eq!(contest.freeze().await.unwrap().entries, 250);
}

#[tokio::test]
async fn a_hole_in_what_was_told_is_kept_and_the_listing_makes_up_for_it() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    step(&contest).await;
    town.clock.advance(MINUTE);
    town.likes_it("bob").await;
    town.world.set_event_capacity(0);
    town.world.set_event_capacity(10_000);
    town.clock.advance(MINUTE);
    contest.step().await.unwrap();
    let report = contest.report().await.unwrap();
    assert_eq!(report.gaps.len(), 1, "{report:#?}");
    assert_eq!(report.gaps[0].account, "shop");
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice", "@bob"]);
    let report = contest.report().await.unwrap();
    let likes = &report.listings[0];
    assert_eq!(
        (likes.total, likes.collected, &likes.lacks),
        (Some(2), Some(2), &None)
    );
}

#[tokio::test]
async fn under_a_hashtag_people_take_part_by_posts_of_their_own() {
    let town = town().await;
    let mut rules = town
        .rules(Mode::chance())
        .conditions(Condition::commented_with("(?i)pot"))
        .unknown(OnUnknown::Reject);
    rules.about = vec![Subject::hashtag("shop", "#teatime")];
    let contest = town.opened(&rules).await;
    for (name, text) in [
        ("alice", "My pot #TeaTime"),
        ("bob", "My cup #teatime"),
        ("carol", "My pot"),
    ] {
        town.person(name).publish(&Draft::text(text)).await.unwrap();
    }
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
    assert_eq!(crate::town::rejected(&contest).await, ["@bob"]);
}

#[tokio::test]
async fn what_the_organiser_does_makes_no_entry_that_counts() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    let like = Engagement::like();
    town.shop
        .engage(&Target::from(&town.post), &like)
        .await
        .unwrap();
    town.likes_it("alice").await;
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
    let own = town.entry(&contest, "shop").await;
    assert!(
        own.objections()[0].contains("organiser"),
        "{:?}",
        own.objections()
    );
}

#[tokio::test]
async fn once_frozen_nothing_more_is_collected() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    town.clock.set(close());
    contest.freeze().await.unwrap();
    town.likes_it("bob").await;
    let late = step(&contest).await;
    assert_eq!((late.new, late.events, late.next), (0, 0, None));
}
