//! Merit, who was first, and juries.

use sociable::contest::draw::{Party, Reveal, Trust};
use sociable::contest::{
    Condition, Contest, EntryId, Fallback, Mode, OnUnknown, Randomness, Redraw, Rules, Subject,
    Ties,
};
use sociable::{Draft, Engagement, ErrorKind, Metric, Post, SocialNetwork, Target};

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

#[tokio::test]
async fn at_several_posts_the_first_time_counts_in_whatever_order_the_rules_name_them() {
    for turned in [false, true] {
        let town = town().await;
        let other = town.shop.publish(&Draft::text("Or here!")).await.unwrap();
        let mut rules = town
            .rules(Mode::First)
            .conditions(Condition::liked())
            .unknown(OnUnknown::Reject)
            .about(Subject::post("shop", &other.id));
        if turned {
            rules.about.reverse();
        }
        let contest = town.opened(&rules).await;
        // Alice likes one, Bob the other, and Alice that one too.
        liked_by(&town, &other, &["alice"]).await;
        town.clock.advance(MINUTE);
        town.likes_it("bob").await;
        town.clock.advance(MINUTE);
        town.likes_it("alice").await;
        step(&contest).await;
        town.closes();
        contest.freeze().await.unwrap();
        contest.draw().await.unwrap();
        assert_eq!(names(&contest).await, ["@alice"], "{turned}");
    }
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

/// A contest that three parties decide, frozen and committed to.
async fn by_parties(town: &Town) -> (Contest, Vec<Reveal>) {
    let names = ["the notary", "the shop", "the fans"];
    let reveals: Vec<Reveal> = (1..4).map(|n| Reveal::new([n; 32])).collect();
    let mut randomness = Randomness::default().wait_hours(24_u32);
    for (name, reveal) in names.into_iter().zip(&reveals) {
        let party = Party::new(name, reveal.commitment(), Reveal::new([0; 32]));
        randomness = randomness.parties(party);
    }
    let rules = town
        .rules(Mode::Chance { randomness })
        .conditions(Condition::liked())
        .unknown(OnUnknown::Reject);
    let contest = town.opened(&rules).await;
    for name in ["alice", "bob", "carol"] {
        town.likes_it(name).await;
    }
    town.closes();
    contest.freeze().await.unwrap();
    (contest, reveals)
}

#[tokio::test]
async fn parties_can_decide_in_place_of_a_beacon_and_a_default_counts_for_who_is_silent() {
    let town = town().await;
    let (contest, reveals) = by_parties(&town).await;
    let early = contest.reveal("the shop", reveals[1]).await.unwrap_err();
    assert_eq!(*early.kind(), ErrorKind::Conflict, "{early}");
    let committed = contest.commit().await.unwrap();
    assert_eq!(committed.round, None);
    contest.reveal("the notary", reveals[0]).await.unwrap();
    contest.reveal("the shop", reveals[1]).await.unwrap();
    for (name, reveal) in [("the fans", reveals[0]), ("the press", reveals[2])] {
        let wrong = contest.reveal(name, reveal).await.unwrap_err();
        assert_eq!(*wrong.kind(), ErrorKind::Config, "{name}");
    }
    let waits = contest.draw().await.unwrap_err();
    assert_eq!(waits.retry_at(), Some(committed.round_at));
    town.clock.set(committed.round_at);
    let late = contest.reveal("the fans", reveals[2]).await.unwrap_err();
    assert_eq!(*late.kind(), ErrorKind::WindowClosed);
    contest.draw().await.unwrap();
    let proof = contest.proof().await.unwrap();
    let verified = proof.verify(&Trust::default()).unwrap();
    assert_eq!(verified.by_default, 1);
    assert!(contest.announce().await.unwrap().text.contains("parties"));
    let again = contest.redraw("once more", Redraw::All).await.unwrap_err();
    assert_eq!(*again.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn when_all_parties_revealed_nobody_waits_for_the_deadline() {
    let town = town().await;
    let (contest, reveals) = by_parties(&town).await;
    contest.commit().await.unwrap();
    for (name, reveal) in ["the notary", "the shop", "the fans"].iter().zip(&reveals) {
        contest.reveal(name, *reveal).await.unwrap();
    }
    contest.draw().await.unwrap();
    assert_eq!(contest.winners().await.unwrap().len(), 1);
}

#[test]
fn parties_that_cannot_decide_are_told() {
    let reveal = Reveal::new([1; 32]);
    let party = |name: &str, default: Reveal| Party::new(name, reveal.commitment(), default);
    let errors = |randomness: Randomness| {
        let at = |time: &str| time.parse().unwrap();
        let window = sociable::contest::EntryWindow::utc(
            at("2026-12-01T10:00:00Z"),
            at("2026-12-02T10:00:00Z"),
        );
        let rules = Rules::new("Tea", window, Mode::Chance { randomness })
            .about(sociable::contest::Subject::post("shop", "1"))
            .conditions(Condition::liked());
        let toml = toml::to_string(&rules).unwrap();
        assert_eq!(Rules::from_toml(&toml).unwrap(), rules);
        let found = rules.check().into_iter().filter(|one| one.is_error());
        found.map(|one| one.field).collect::<Vec<_>>()
    };
    let good = Randomness::default().parties(party("a", Reveal::new([2; 32])));
    assert!(errors(good.clone()).is_empty());
    let twice = good.clone().parties(party("a", Reveal::new([2; 32])));
    assert_eq!(errors(twice), ["mode.randomness.parties"]);
    let known = Randomness::default().parties(party("a", reveal));
    assert_eq!(errors(known), ["mode.randomness.parties"]);
    let both = good.fallback(Fallback::NewDraw);
    assert_eq!(errors(both), ["mode.randomness.fallback"]);
}
