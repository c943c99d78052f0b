//! Each condition and exclusion, and what unknown means.

use sociable::contest::{
    Condition, Contest, Deed, EntryStatus, Exclusion, Mode, OnChange, OnUnknown, Rules, Verdict,
};
use sociable::{Draft, Engagement, SocialNetwork, Target};

use crate::town::{DAY, MINUTE, Town, eligible, rejected, step, town};

async fn frozen(town: &Town, rules: &Rules) -> Contest {
    let contest = town.opened(rules).await;
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    contest
}

fn commented(town: &Town, condition: Condition) -> Rules {
    town.rules(Mode::chance())
        .conditions(condition)
        .unknown(OnUnknown::Reject)
}

#[tokio::test]
async fn a_comment_must_match_the_pattern_of_the_rules_or_of_the_entrant() {
    let town = town().await;
    town.comments("alice", "the answer is ICE").await;
    town.comments("bob", "the answer is ice").await;
    town.comments("carol", "I do not know").await;
    town.comments("carol", "oh, it is rol").await;
    let rules = commented(&town, Condition::commented_with(r"is {handle:-3}$"));
    let contest = frozen(&town, &rules).await;
    assert_eq!(eligible(&contest).await, ["@alice", "@carol"]);
    assert_eq!(rejected(&contest).await, ["@bob"]);
}

#[tokio::test]
async fn friends_are_distinct_and_neither_oneself_nor_the_organiser() {
    let town = town().await;
    for name in ["dan", "eve", "fay"] {
        town.person(name);
    }
    town.comments("alice", "with @dan and @eve").await;
    town.comments("bob", "with @dan and @dan and @DAN").await;
    town.comments("carol", "with @dan and @shop and @carol")
        .await;
    // Over two comments they count together.
    town.comments("gus", "with @dan").await;
    town.comments("gus", "and with @fay!").await;
    let contest = frozen(&town, &commented(&town, Condition::tagged(2))).await;
    assert_eq!(eligible(&contest).await, ["@alice", "@gus"]);
    let bob = town.entry(&contest, "bob").await;
    assert_eq!(bob.objections(), ["tagged: 1 of 2 friends tagged"]);
}

#[tokio::test]
async fn what_is_written_outside_of_the_window_does_not_count() {
    let town = town().await;
    town.clock.set(crate::town::open() - MINUTE);
    town.comments("early", "me").await;
    town.clock.set(crate::town::open());
    town.comments("alice", "me").await;
    town.clock
        .set(crate::town::close() - std::time::Duration::from_secs(1));
    town.comments("bob", "me").await;
    town.closes();
    // The close itself is too late.
    town.comments("late", "me").await;
    let contest = {
        town.clock.set(crate::town::close() - MINUTE);
        let contest = town.opened(&commented(&town, Condition::commented())).await;
        town.closes();
        contest.freeze().await.unwrap();
        contest
    };
    assert_eq!(eligible(&contest).await, ["@alice", "@bob"]);
    assert_eq!(rejected(&contest).await, ["@early", "@late"]);
}

#[tokio::test]
async fn a_repost_must_still_be_there_at_the_close_unless_once_is_enough() {
    for (once, expected) in [(false, vec!["@alice"]), (true, vec!["@alice", "@bob"])] {
        let town = town().await;
        let condition = Condition::reposted();
        let condition = if once { condition.once() } else { condition };
        let rules = commented(&town, condition);
        let contest = town.opened(&rules).await;
        town.reposts_it("alice").await;
        town.reposts_it("bob").await;
        step(&contest).await;
        let bob = town.person("bob");
        bob.engage(&Target::from(&town.post), &Engagement::repost().off())
            .await
            .unwrap();
        town.closes();
        contest.freeze().await.unwrap();
        assert_eq!(eligible(&contest).await, expected);
        if !once {
            let bob = town.entry(&contest, "bob").await;
            assert_eq!(
                bob.objections(),
                ["reposted: reposted, and no longer at the close"]
            );
        }
    }
}

#[tokio::test]
async fn members_are_asked_for_at_the_close() {
    let town = town().await;
    let rules = commented(&town, Condition::liked()).conditions(Condition::member());
    town.follows("alice").await;
    town.likes_it("alice").await;
    town.likes_it("bob").await;
    let contest = frozen(&town, &rules).await;
    assert_eq!(eligible(&contest).await, ["@alice"]);
    let bob = town.entry(&contest, "bob").await;
    assert_eq!(bob.objections(), ["member: not a member or follower"]);
}

#[tokio::test]
async fn a_comment_deleted_or_changed_is_decided_as_the_rules_say() {
    // (deleted before the close, after it, changed after it)
    for (changed, expected) in [
        (OnChange::Stands, vec!["@after", "@alice", "@changed"]),
        (OnChange::Falls, vec!["@alice"]),
    ] {
        let town = town().await;
        let rules = commented(&town, Condition::commented_with("tea")).changed(changed);
        let contest = town.opened(&rules).await;
        town.comments("alice", "tea").await;
        let before = town.comments("before", "tea").await;
        let after = town.comments("after", "tea").await;
        let edited = town.comments("changed", "tea").await;
        step(&contest).await;
        town.person("before").delete(&before.id).await.unwrap();
        town.clock.set(crate::town::close() + MINUTE);
        town.person("after").delete(&after.id).await.unwrap();
        let edit = sociable::Edit::text("coffee");
        town.person("changed")
            .edit(&edited.id, &edit)
            .await
            .unwrap();
        contest.freeze().await.unwrap();
        assert_eq!(eligible(&contest).await, expected, "{changed:?}");
        let gone = town.entry(&contest, "before").await;
        assert!(gone.objections()[0].contains("deleted before"), "{gone:#?}");
    }
}

#[tokio::test]
async fn a_comment_changed_in_time_counts_as_it_reads_then() {
    let town = town().await;
    let rules = commented(&town, Condition::commented_with("tea"));
    let contest = town.opened(&rules).await;
    let good = town.comments("alice", "coffee").await;
    let bad = town.comments("bob", "tea").await;
    step(&contest).await;
    town.clock.advance(MINUTE);
    let edit = |text: &str| sociable::Edit::text(text);
    town.person("alice")
        .edit(&good.id, &edit("tea"))
        .await
        .unwrap();
    town.person("bob")
        .edit(&bad.id, &edit("coffee"))
        .await
        .unwrap();
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
}

#[tokio::test]
async fn who_is_excluded_does_not_take_part_and_is_told_why() {
    let town = town().await;
    town.clock.set(crate::town::open() - 30 * DAY);
    for name in ["old", "ann", "listed"] {
        town.person(name);
    }
    town.world.add_community("club");
    town.clock.set(crate::town::open());
    let listed = town.person("listed").me().await.unwrap().id;
    let rules = commented(&town, Condition::liked())
        .exclusions(Exclusion::staff(["@ANN"]))
        .exclusions(Exclusion::listed([format!("memory/{listed}")]))
        .exclusions(Exclusion::younger_than(7))
        .exclusions(Exclusion::not_persons())
        .exclusions(Exclusion::deactivated());
    for name in ["old", "ann", "listed", "club", "young"] {
        town.likes_it(name).await;
    }
    let contest = frozen(&town, &rules).await;
    assert_eq!(eligible(&contest).await, ["@old"]);
    for (name, why) in [
        ("ann", "staff: named in `staff`"),
        ("listed", "listed: named in `listed`"),
        ("young", "younger_than: the account is younger than 7 days"),
        ("club", "not_persons: the account is no person's"),
    ] {
        let entry = town.entry(&contest, name).await;
        assert!(
            entry.objections().iter().any(|one| one == why),
            "{:?}",
            entry.objections()
        );
    }
    let report = contest.report().await.unwrap();
    assert_eq!(report.rejected_by["staff"], 1);
    assert_eq!(report.by_status["rejected"], 4);
}

#[tokio::test]
async fn empty_accounts_are_told_by_their_figures() {
    let town = town().await;
    town.person("busy")
        .publish(&Draft::text("hello"))
        .await
        .unwrap();
    town.likes_it("busy").await;
    town.likes_it("idle").await;
    let rules = commented(&town, Condition::liked()).exclusions(Exclusion::empty(false, 1, None));
    let contest = frozen(&town, &rules).await;
    assert_eq!(eligible(&contest).await, ["@busy"]);
}

#[tokio::test]
async fn what_is_unknown_means_what_the_rules_say() {
    // The embedded network tells of no picture, so that nobody knows whether there is one.
    for (means, expected) in [
        (OnUnknown::Accept, vec!["@alice"]),
        (OnUnknown::Reject, vec![]),
    ] {
        let town = town().await;
        let empty = Exclusion::empty(true, None, None).on_unknown(means);
        let rules = commented(&town, Condition::liked()).exclusions(empty);
        let contest = town.opened(&rules).await;
        town.likes_it("alice").await;
        town.closes();
        let done = contest.freeze().await;
        assert_eq!(done.is_ok(), means == OnUnknown::Accept);
        assert_eq!(eligible(&contest).await, expected);
    }
}

#[tokio::test]
async fn what_a_person_has_to_decide_holds_up_the_freeze_until_it_is_decided() {
    let town = town().await;
    let empty = Exclusion::empty(true, None, None).on_unknown(OnUnknown::Ask);
    let rules = commented(&town, Condition::liked()).exclusions(empty);
    let contest = town.opened(&rules).await;
    town.likes_it("alice").await;
    town.likes_it("bob").await;
    town.closes();
    let waits = contest.freeze().await.unwrap_err();
    assert!(waits.to_string().contains("2 entries"), "{waits}");
    let alice = town.entry(&contest, "alice").await;
    assert_eq!(alice.status, EntryStatus::Undecided);
    let bob = town.entry(&contest, "bob").await;
    let wrong = contest
        .decide(&alice.id, "exclusions[1]", true, "ann", "")
        .await;
    assert!(wrong.unwrap_err().to_string().contains("exclusions[0]"));
    contest
        .decide(&alice.id, "exclusions[0]", true, "ann", "I see a picture")
        .await
        .unwrap();
    contest
        .decide(&bob.id, "exclusions[0]", false, "ann", "there is none")
        .await
        .unwrap();
    // What is known is not decided by anybody.
    contest
        .decide(&bob.id, "conditions[0]", false, "ann", "I do not like him")
        .await
        .unwrap();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
    let alice = town.entry(&contest, "alice").await;
    let check = alice
        .checks
        .iter()
        .find(|one| one.rule == "exclusions[0]")
        .unwrap();
    assert!(check.decided && matches!(check.verdict, Verdict::Unknown(_)));
    let bob = town.entry(&contest, "bob").await;
    assert_eq!(bob.checks[0].counts, Some(true));
}

#[tokio::test]
async fn what_a_person_saw_is_evidence_with_a_name_and_a_note() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    let alice = town.entrant("alice").await;
    let nobody = contest
        .add_by_hand(&alice, Deed::Liked, 0, " ", "seen")
        .await;
    assert!(nobody.unwrap_err().to_string().contains("name both"));
    contest
        .add_by_hand(
            &alice,
            Deed::Liked,
            0,
            "ann",
            "a picture of her screen, file 17",
        )
        .await
        .unwrap();
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(contest.report().await.unwrap().by_source["hand"], 1);
    assert_eq!(
        contest.entries(&Default::default()).await.unwrap()[0].status,
        EntryStatus::Eligible
    );
}

#[tokio::test]
async fn a_like_seen_long_after_the_close_is_unknown() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    step(&contest).await;
    // Nothing tells of bob's like but the listing, an hour late.
    town.clock.set(crate::town::close() + 60 * MINUTE);
    town.world.set_event_capacity(0);
    town.likes_it("bob").await;
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
    let bob = town.entry(&contest, "bob").await;
    assert!(
        bob.objections()[0].contains("does not tell when"),
        "{:?}",
        bob.objections()
    );
}

#[tokio::test]
async fn a_comment_written_deleted_and_brought_back_between_two_rounds_is_as_it_is() {
    let town = town().await;
    let contest = town.opened(&commented(&town, Condition::commented())).await;
    let gone = town.comments("gone", "me").await;
    let back = town.comments("back", "me").await;
    town.clock.advance(MINUTE);
    town.person("gone").delete(&gone.id).await.unwrap();
    town.person("back").delete(&back.id).await.unwrap();
    town.clock.advance(MINUTE);
    let restore = sociable::Moderation::restore(&back.id);
    town.person("back").moderate(&restore).await.unwrap();
    town.clock.advance(MINUTE);
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@back"]);
}

#[tokio::test]
async fn what_was_done_a_moment_before_the_freeze_is_not_called_undone() {
    let town = town().await;
    let contest = town.opened(&commented(&town, Condition::liked())).await;
    town.likes_it("alice").await;
    town.clock.set(crate::town::close() - 5 * MINUTE);
    town.likes_it("bob").await;
    step(&contest).await;
    // A listing that lags behind looks the same as a like that was taken back.
    let like = Engagement::like().off();
    let bob = town.person("bob");
    bob.engage(&Target::from(&town.post), &like).await.unwrap();
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
    let bob = town.entry(&contest, "bob").await;
    let why = &bob.objections()[0];
    assert!(
        why.contains("not known") && why.contains("shortly before"),
        "{why}"
    );
}
