//! Merit, who was first, and juries.

use sociable::contest::{Condition, Contest, EntryId, Mode, OnUnknown, Rules, Ties};
use sociable::{Engagement, ErrorKind, Metric, Post, SocialNetwork, Target};

use crate::town::{MINUTE, Town, step, town};

fn rules(town: &Town, mode: Mode) -> Rules {
    town.rules(mode)
        .conditions(Condition::commented())
        .unknown(OnUnknown::Reject)
}

async fn liked_by(town: &Town, post: &Post, names: &[&str]) {
    for name in names {
        let who = town.person(name);
        who.engage(&Target::from(post), &Engagement::like())
            .await
            .unwrap();
    }
}

async fn names(contest: &Contest) -> Vec<String> {
    let mut names = Vec::new();
    for award in contest.winners().await.unwrap() {
        let entry = contest.entry(award.entry.as_ref().unwrap()).await.unwrap();
        names.push(entry.display());
    }
    names
}

#[tokio::test]
async fn the_best_comment_wins_by_the_stated_figure_and_ties_by_the_stated_rule() {
    for (ties, expected) in [
        (Ties::Earliest, vec!["@alice", "@carol"]),
        (Ties::Shared, vec!["@alice", "@carol", "@bob"]),
    ] {
        let town = town().await;
        let mode = Mode::merit(Metric::Likes, ties);
        let contest = town
            .opened(&rules(&town, mode).winners(2_u32).reserves(1_u32))
            .await;
        let of_carol = town.comments("carol", "one").await;
        town.clock.advance(MINUTE);
        let of_bob = town.comments("bob", "two").await;
        let poor = town.comments("alice", "three").await;
        let of_alice = town.comments("alice", "four").await;
        town.comments("dan", "five").await;
        liked_by(&town, &of_alice, &["f1", "f2", "f3"]).await;
        liked_by(&town, &poor, &["f1"]).await;
        liked_by(&town, &of_bob, &["f1", "f2"]).await;
        liked_by(&town, &of_carol, &["f3", "f2"]).await;
        step(&contest).await;
        town.closes();
        contest.freeze().await.unwrap();
        let draw = contest.draw().await.unwrap();
        assert_eq!(names(&contest).await, expected, "{ties:?}");
        let points: Vec<_> = draw
            .awards
            .iter()
            .map(|one| (one.points, one.tie))
            .collect();
        assert_eq!(
            points[..3],
            [(Some(3), false), (Some(2), true), (Some(2), true)]
        );
        let text = contest.announce().await.unwrap().text;
        assert!(
            text.contains("@alice (3)") && text.contains("By likes"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn who_met_all_conditions_first_wins() {
    let town = town().await;
    let all = rules(&town, Mode::First).conditions(Condition::liked());
    let contest = town.opened(&all).await;
    // Bob comments first, and likes last.
    town.comments("bob", "me").await;
    town.clock.advance(MINUTE);
    town.comments("alice", "me").await;
    town.likes_it("alice").await;
    town.clock.advance(MINUTE);
    town.likes_it("bob").await;
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    contest.draw().await.unwrap();
    assert_eq!(names(&contest).await, ["@alice"]);
}

async fn jury(town: &Town, ties: Ties) -> (Contest, Vec<EntryId>) {
    let mode = Mode::jury(["ann", "ben"], (0, 10), ties);
    let contest = town.opened(&rules(town, mode)).await;
    for name in ["alice", "bob", "carol"] {
        town.comments(name, "my poem").await;
        town.clock.advance(MINUTE);
    }
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    let mut ids = Vec::new();
    for name in ["alice", "bob", "carol"] {
        ids.push(town.entry(&contest, name).await.id);
    }
    (contest, ids)
}

#[tokio::test]
async fn a_jury_scores_every_entry_and_what_each_gave_is_told() {
    let town = town().await;
    let (contest, ids) = jury(&town, Ties::Earliest).await;
    for (juror, points) in [("eve", 5), ("ann", 11), ("ann", -1)] {
        let error = contest.score(&ids[0], juror, points).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Config, "{juror} {points}");
    }
    for (id, ann, ben) in [(0, 3, 9), (1, 9, 4), (2, 1, 1)] {
        contest.score(&ids[id], "ann", ann).await.unwrap();
        if id < 2 {
            contest.score(&ids[id], "ben", ben).await.unwrap();
        }
    }
    let missing = contest.draw().await.unwrap_err();
    assert!(missing.to_string().contains("ben (1)"), "{missing}");
    contest.score(&ids[2], "ben", 10).await.unwrap();
    contest.score(&ids[2], "ben", 1).await.unwrap();
    let draw = contest.draw().await.unwrap();
    assert_eq!(names(&contest).await, ["@bob"]);
    let first = &draw.awards[0];
    assert_eq!(first.points, Some(13));
    assert_eq!(first.given, [("ann".to_owned(), 9), ("ben".to_owned(), 4)]);
    let text = contest.announce().await.unwrap().text;
    assert!(text.contains("@bob (13): ann 9, ben 4"), "{text}");
    assert!(contest.score(&ids[0], "ann", 1).await.is_err());
}

#[tokio::test]
async fn a_jury_that_is_undecided_leaves_it_to_the_rule() {
    for (ties, expected) in [
        (Ties::Earliest, vec!["@alice"]),
        (Ties::Shared, vec!["@alice", "@carol"]),
    ] {
        let town = town().await;
        let (contest, ids) = jury(&town, ties).await;
        for (id, points) in [(0, 5), (1, 2), (2, 5)] {
            contest.score(&ids[id], "ann", points).await.unwrap();
            contest.score(&ids[id], "ben", points).await.unwrap();
        }
        let draw = contest.draw().await.unwrap();
        assert_eq!(names(&contest).await, expected);
        assert!(draw.awards[0].tie);
    }
}
