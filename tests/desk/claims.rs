//! Who works on a case.

use sociable::ErrorKind;
use sociable::desk::QueueQuery;

use crate::town::{MINUTE, only, round, say, town};

#[tokio::test]
async fn a_second_claim_fails_and_says_who_holds_it() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.claim(&id, "ann").await.unwrap();
    let error = desk.claim(&id, "ben").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Conflict);
    assert!(error.message().contains("ann"), "{error}");
    assert_eq!(error.retry_at(), Some(town.now() + 15 * MINUTE));
    for refused in [
        desk.answer(&id, "ben", "hi").await.map(|_| ()),
        desk.release(&id, "ben").await.map(|_| ()),
        desk.resolve(&id, "ben").await.map(|_| ()),
        desk.handoff(&id, "ben", "warehouse", "").await.map(|_| ()),
    ] {
        assert_eq!(refused.unwrap_err().kind(), &ErrorKind::Conflict);
    }
    let held = desk.queue(&QueueQuery::new().agent("ann")).await.unwrap();
    assert_eq!(held.len(), 1);
    assert!(
        desk.queue(&QueueQuery::new().free(true))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_claim_ends_by_itself_and_can_be_renewed_or_given_back() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.claim(&id, "ann").await.unwrap();
    town.clock.advance(10 * MINUTE);
    desk.claim(&id, "ann").await.unwrap();
    town.clock.advance(10 * MINUTE);
    assert!(desk.claim(&id, "ben").await.is_err(), "it was renewed");
    town.clock.advance(5 * MINUTE);
    let case = desk.claim(&id, "ben").await.unwrap();
    assert_eq!(case.claim.unwrap().agent, "ben");
    desk.release(&id, "ben").await.unwrap();
    desk.claim(&id, "ann").await.unwrap();
    let assigned = desk.standing(&id).await.unwrap().assignee;
    assert_eq!(assigned.as_deref(), Some("ann"));
}

#[tokio::test]
async fn of_two_claims_at_once_one_holds() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let (one, two) = (town.desk(), town.desk());
    round(&one).await;
    let id = only(&one).await.id;
    let (first, second) = tokio::join!(one.claim(&id, "ann"), two.claim(&id, "ben"));
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
}

#[tokio::test]
async fn a_clock_that_goes_back_does_not_end_a_claim() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.claim(&id, "ann").await.unwrap();
    town.clock.set(town.now() - 30 * MINUTE);
    assert!(desk.claim(&id, "ben").await.is_err());
    desk.answer(&id, "ann", "yes").await.unwrap();
    let standing = desk.standing(&id).await.unwrap();
    assert_eq!(standing.replies, 1);
    assert!(standing.first_response().is_some());
}

#[tokio::test]
async fn nobody_is_no_agent() {
    let town = town();
    say(&town.alice, "@shop hello?").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    assert!(matches!(
        desk.claim(&id, " ").await.unwrap_err().kind(),
        ErrorKind::Invalid(_)
    ));
    assert_eq!(
        desk.claim(&"nothing".into(), "ann")
            .await
            .unwrap_err()
            .kind(),
        &ErrorKind::NotFound
    );
}
