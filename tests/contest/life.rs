//! A contest from its opening to its close.

use sociable::contest::draw::{Inclusion, Proof, SealedLine, Trust};
use sociable::contest::{AwardStatus, PublicationState, Redraw, Stage};
use sociable::{ErrorKind, SocialNetwork};

use crate::town::{DAY, HOUR, MINUTE, close, drawn, eligible, step, town};

#[tokio::test]
async fn a_contest_goes_from_its_opening_to_its_close_and_anybody_can_check_it() {
    let town = town().await;
    let rules = town.likes().winners(2_u32).reserves(1_u32);
    let contest = town.opened(&rules).await;
    for name in ["alice", "bob", "carol", "dan"] {
        town.likes_it(name).await;
    }
    step(&contest).await;
    assert_eq!(contest.state().await.unwrap().stage, Stage::Open);
    town.closes();
    let frozen = contest.freeze().await.unwrap();
    assert_eq!((frozen.entries, frozen.rejected), (4, 0));
    assert_eq!(frozen.began_at, close());
    assert_eq!(
        eligible(&contest).await,
        ["@alice", "@bob", "@carol", "@dan"]
    );

    let committed = contest.commit().await.unwrap();
    assert_eq!(committed.publication.state, PublicationState::Published);
    let published = committed.publication.published_at.unwrap();
    assert!(committed.round_at >= published + 10 * MINUTE);
    // What binds stands in the post, as anybody reads it.
    let post = committed.publication.post.clone().unwrap();
    let post = town.person("alice").post(&post).await.unwrap();
    let line = SealedLine::find_in(post.text.as_str()).unwrap();
    assert_eq!(line.root, frozen.root);

    let early = contest.draw().await.unwrap_err();
    assert_eq!(*early.kind(), ErrorKind::Unavailable);
    assert_eq!(early.retry_at(), Some(committed.round_at));
    town.clock.set(committed.round_at);
    let draw = contest.draw().await.unwrap();
    assert_eq!(draw.awards.len(), 3);
    assert_eq!(contest.draw().await.unwrap(), draw, "once drawn, it stays");

    let proof = contest.proof().await.unwrap();
    let verified = proof.verify(&Trust::default()).unwrap();
    assert!(line.is_of(proof.sealed()));
    let places: Vec<String> = verified
        .winners
        .iter()
        .map(|one| one.commitment.to_string())
        .collect();
    let awarded: Vec<String> = draw
        .awards
        .iter()
        .take(2)
        .map(|one| one.commitment.clone())
        .collect();
    assert_eq!(places, awarded);
    assert!(verified.drawn_at.unwrap() > published);

    // Every entrant is shown the own entry, and only it.
    let alice = town.entrant("alice").await;
    let inclusion: Inclusion = contest.inclusion(&alice).await.unwrap();
    let commitment = inclusion.verify(&line.root).unwrap();
    assert!(proof.entries().contains(&commitment));

    let announced = contest.announce().await.unwrap();
    assert_eq!(contest.state().await.unwrap().stage, Stage::Announced);
    let winners = contest.winners().await.unwrap();
    assert_eq!(winners.len(), 2);
    for winner in &winners {
        let entry = contest.entry(winner.entry.as_ref().unwrap()).await.unwrap();
        assert!(
            announced.text.contains(&entry.display()),
            "{}",
            announced.text
        );
    }
    let early = contest.close().await.unwrap_err();
    assert_eq!(
        early.retry_at(),
        Some(announced.published_at.unwrap() + 72 * HOUR)
    );
    town.clock.advance(3 * DAY);
    contest.close().await.unwrap();
    contest.close().await.unwrap();
    assert_eq!(contest.state().await.unwrap().stage, Stage::Closed);
    assert_eq!(contest.proof().await.unwrap().to_json(), proof.to_json());
    assert_eq!(
        town.world.texts("shop").len(),
        3,
        "the post, the commitment, the winners"
    );
}

#[tokio::test]
async fn the_proof_is_read_back_and_names_nobody() {
    let town = town().await;
    let staff = sociable::contest::Exclusion::staff(["@ann-of-the-shop"]);
    let contest = town.opened(&town.likes().exclusions(staff)).await;
    for name in ["alice", "bob-the-builder"] {
        town.likes_it(name).await;
    }
    town.closes();
    contest.freeze().await.unwrap();
    drawn(&town, &contest).await;
    let file = contest.proof().await.unwrap().to_json();
    for name in ["alice", "bob-the-builder", "ann-of-the-shop"] {
        assert!(!file.contains(name), "{name} stands in the proof");
        let id = town.person(name).me().await.unwrap().id;
        assert!(!file.contains(id.as_str()), "{id} stands in the proof");
    }
    let proof = Proof::read(file.as_bytes()).unwrap();
    assert!(proof.verify(&Trust::default()).is_ok());
    assert_eq!(proof.rules(), contest.state().await.unwrap().rules_text);
}

#[tokio::test]
async fn what_comes_too_early_or_too_late_says_when_and_what() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    let early = contest.freeze().await.unwrap_err();
    assert_eq!(early.retry_at(), Some(close()));
    for error in [
        contest.commit().await.unwrap_err(),
        contest.draw().await.unwrap_err(),
        contest.announce().await.unwrap_err(),
        contest.close().await.unwrap_err(),
        contest.proof().await.unwrap_err(),
        contest.redraw("why not", Redraw::All).await.unwrap_err(),
        contest.dispute("eve", "I lost").await.unwrap_err(),
    ] {
        assert_eq!(*error.kind(), ErrorKind::Conflict, "{error}");
    }
    town.closes();
    contest.freeze().await.unwrap();
    let late = contest
        .link(
            &town.entrant("alice").await,
            &town.entrant("bob").await,
            "ann",
        )
        .await
        .unwrap_err();
    assert!(late.to_string().contains("frozen"), "{late}");
}

#[tokio::test]
async fn a_second_draw_is_over_the_same_list_and_names_the_first() {
    let town = town().await;
    let contest = town.opened(&town.likes().winners(2_u32)).await;
    for name in ["alice", "bob", "carol", "dan", "eve"] {
        town.likes_it(name).await;
    }
    town.closes();
    contest.freeze().await.unwrap();
    let first = drawn(&town, &contest).await;
    let first_proof = contest.proof().await.unwrap();
    let lucky = first.awards[0].entry.clone().unwrap();
    let shy = first.awards[1].entry.clone().unwrap();
    let none = contest
        .redraw("no reason", Redraw::Missing)
        .await
        .unwrap_err();
    assert!(none.to_string().contains("no prize"), "{none}");
    contest.confirm(&lucky, "ann").await.unwrap();
    contest
        .decline(&shy, "did not answer in a week")
        .await
        .unwrap();
    contest
        .redraw("one winner did not answer", Redraw::Missing)
        .await
        .unwrap();
    assert_eq!(contest.state().await.unwrap().stage, Stage::Frozen);

    let second = drawn(&town, &contest).await;
    assert_eq!((second.number, second.winners), (2, 1));
    let proof = contest.proof().await.unwrap();
    let verified = proof.verify(&Trust::default()).unwrap();
    let earlier = verified.earlier.unwrap();
    assert_eq!(earlier.seal, first_proof.seal());
    assert_eq!(earlier.reason, "one winner did not answer");
    assert_eq!(
        proof.entries(),
        first_proof.entries(),
        "the list is never edited"
    );
    let winners = contest.winners().await.unwrap();
    let names: Vec<_> = winners
        .iter()
        .map(|one| one.entry.clone().unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&lucky) && !names.contains(&shy));
    // Who is passed over keeps the place in the order.
    for award in &second.awards {
        let entry = award.entry.clone().unwrap();
        if entry == lucky || entry == shy {
            assert!(matches!(award.status, AwardStatus::Ineligible { .. }));
        }
    }
    assert_eq!(
        contest.proof_of(1).await.unwrap().to_json(),
        first_proof.to_json()
    );
}

#[tokio::test]
async fn a_draw_over_all_prizes_makes_the_one_before_void() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    for name in ["alice", "bob", "carol"] {
        town.likes_it(name).await;
    }
    town.closes();
    contest.freeze().await.unwrap();
    drawn(&town, &contest).await;
    contest.announce().await.unwrap();
    let number = contest
        .dispute("bob", "the picture of the prize was wrong")
        .await
        .unwrap();
    contest.settle(number, "ann", "drawn again").await.unwrap();
    contest
        .redraw("the prize was described wrongly", Redraw::All)
        .await
        .unwrap();
    let second = drawn(&town, &contest).await;
    assert!(second.all);
    assert_eq!(contest.winners().await.unwrap().len(), 1);
    assert!(
        second
            .awards
            .iter()
            .all(|one| one.status == AwardStatus::Pending)
    );
    contest.announce().await.unwrap();
    assert_eq!(town.world.texts("shop").len(), 5);
}
