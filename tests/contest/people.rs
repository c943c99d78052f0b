//! Persons with several accounts, and persons who want to be forgotten.

use std::sync::atomic::Ordering;

use sociable::contest::draw::Trust;
use sociable::contest::{Condition, Mode, OnUnknown};
use sociable::store::KeyValue;
use sociable::{ErrorKind, SocialNetwork};

use crate::town::{DAY, Town, drawn, drawn_of_two, eligible, step, town};

/// Everything that the store holds.
async fn all(town: &Town) -> String {
    let values = town.store.list("", None, 100_000).await.unwrap();
    let lines = values
        .into_iter()
        .map(|(key, kept)| format!("{key} {}\n", kept.value));
    lines.collect()
}

#[tokio::test]
async fn two_accounts_of_one_person_have_one_entry() {
    let town = town().await;
    let rules = town
        .rules(Mode::chance())
        .conditions(Condition::liked())
        .conditions(Condition::commented())
        .unknown(OnUnknown::Reject);
    let contest = town.opened(&rules).await;
    // One likes, the other comments: together they meet the conditions.
    town.likes_it("alice").await;
    town.comments("alice-too", "me").await;
    step(&contest).await;
    let (first, second) = (town.entrant("alice").await, town.entrant("alice-too").await);
    let id = contest.link(&first, &second, "ann").await.unwrap();
    assert_eq!(contest.link(&first, &second, "ann").await.unwrap(), id);
    assert_eq!(contest.entry_of(&second).await.unwrap().id, id);
    // What comes later comes to the same entry.
    town.likes_it("alice-too").await;
    step(&contest).await;
    town.closes();
    assert_eq!(contest.freeze().await.unwrap().entries, 1);
    let entry = town.entry(&contest, "alice-too").await;
    assert_eq!(entry.accounts.len(), 2);
    assert_eq!(eligible(&contest).await, ["@alice / @alice-too"]);
    assert!(contest.inclusion(&second).await.is_ok());
}

#[tokio::test]
async fn who_is_erased_leaves_a_commitment_and_nothing_else_and_the_draw_is_verified_as_before() {
    let town = town().await;
    let rules = town
        .rules(Mode::chance())
        .conditions(Condition::commented())
        .unknown(OnUnknown::Reject);
    let contest = town.opened(&rules).await;
    for name in ["alice", "bobolink", "carol"] {
        town.comments(name, "the secret of bobolink's tea").await;
        town.clock.advance(std::time::Duration::from_secs(1));
    }
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    drawn(&town, &contest).await;
    contest.announce().await.unwrap();
    let before = contest.proof().await.unwrap().to_json();
    for name in ["alice", "bobolink", "carol"] {
        let entrant = town.entrant(name).await;
        let held = contest.export(&entrant).await.unwrap().to_string();
        assert!(held.contains("secret of"));
        let erased = contest.erase(&entrant).await.unwrap();
        assert!(erased.on_list);
        assert_eq!(erased.texts, 1);
        let again = contest.erase(&entrant).await.unwrap_err();
        assert_eq!(*again.kind(), ErrorKind::NotFound);
        let kept = all(&town).await;
        assert!(!kept.contains(entrant.id.as_str()), "{name}: {kept}");
        assert!(!kept.contains(name) || name == "bobolink", "{name}");
    }
    let kept = all(&town).await;
    for word in ["alice", "bobolink", "carol", "secret of"] {
        assert!(!kept.contains(word), "{word}: {kept}");
    }
    let proof = contest.proof().await.unwrap();
    assert_eq!(proof.to_json(), before);
    proof.verify(&Trust::default()).unwrap();
    assert_eq!(contest.report().await.unwrap().erased, 3);
    assert_eq!(contest.report().await.unwrap().people, 0);
    town.clock.advance(4 * DAY);
    contest.close().await.unwrap();
}

#[tokio::test]
async fn who_is_erased_before_the_close_does_not_take_part() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    town.likes_it("bob").await;
    step(&contest).await;
    contest.erase(&town.entrant("bob").await).await.unwrap();
    step(&contest).await;
    town.closes();
    contest.freeze().await.unwrap();
    assert_eq!(eligible(&contest).await, ["@alice"]);
    let id = town.person("bob").me().await.unwrap().id;
    assert!(!all(&town).await.contains(&format!("\"{id}\"")));
}

#[tokio::test]
async fn a_winner_erased_before_the_announcement_is_skipped() {
    let town = town().await;
    let contest = town.opened(&town.likes().reserves(1_u32)).await;
    for name in ["alice", "bob"] {
        town.likes_it(name).await;
    }
    town.closes();
    contest.freeze().await.unwrap();
    let committed = contest.commit().await.unwrap();
    // Between the commitment and the draw, too.
    contest.erase(&town.entrant("bob").await).await.unwrap();
    town.clock.set(committed.round_at);
    let draw = contest.draw().await.unwrap();
    assert_eq!(draw.awards.len(), 2);
    let alice = town.entry(&contest, "alice").await;
    assert_eq!(contest.winners().await.unwrap()[0].entry, Some(alice.id));
    let text = contest.announce().await.unwrap().text;
    assert!(text.contains("@alice") && !text.contains("bob"), "{text}");
}

#[tokio::test]
async fn an_entrant_who_was_rejected_is_told_why() {
    let town = town().await;
    let contest = town
        .opened(&town.likes().conditions(Condition::member()))
        .await;
    town.likes_it("alice").await;
    town.follows("alice").await;
    town.likes_it("bob").await;
    town.closes();
    contest.freeze().await.unwrap();
    let bob = contest
        .inclusion(&town.entrant("bob").await)
        .await
        .unwrap_err();
    assert!(bob.to_string().contains("not a member"), "{bob}");
    let eve = contest
        .inclusion(&town.entrant("eve").await)
        .await
        .unwrap_err();
    assert_eq!(*eve.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_winner_erased_while_the_announcement_waits_is_not_named_and_it_goes_out_without() {
    let town = town().await;
    let (network, contest, draw) = drawn_of_two(&town).await;
    let first = contest.entry(draw.awards[0].entry.as_ref().unwrap()).await;
    let first = first.unwrap().accounts[0].handle.clone().unwrap();
    network.refused.store(1, Ordering::SeqCst);
    contest.announce().await.unwrap_err();
    assert!(all(&town).await.contains(&format!("Winners: @{first}")));
    contest.erase(&town.entrant(&first).await).await.unwrap();
    assert!(!all(&town).await.contains(&first));
    let second = if first == "alice" { "@bob" } else { "@alice" };
    let text = contest.announce().await.unwrap().text;
    assert!(text.contains(second) && !text.contains(&first), "{text}");
    assert_eq!(town.world.texts("shop").last(), Some(&text));
    town.clock.advance(4 * DAY);
    contest.close().await.unwrap();
}
