//! Cases go to services, and the services' answers come back.

use std::time::Duration;

use sociable::ErrorKind;
use sociable::desk::clock::Status;
use sociable::desk::triage::{Intent, SeverityLevel, Topic};
use sociable::desk::{HandoffState, QueueQuery, Route};

use crate::town::{HOUR, MINUTE, only, round, say, tell, town};

#[tokio::test]
async fn the_first_rule_that_fits_decides_and_tells_why() {
    let town = town();
    let desk = town
        .builder()
        .route(Route::new("legal", "lawyers").severity(SeverityLevel::Critical))
        .route(
            Route::new("broken", "warehouse")
                .intents(Intent::Complaint)
                .topics(Topic::Damage),
        )
        .route(Route::new("kettles", "developers").words("электрический чайник"))
        .route(Route::new("rest", "branch").networks("memory"))
        .build()
        .unwrap();
    for (who, text, rule, service, reason) in [
        (
            "a",
            "@shop it is broken",
            "broken",
            "warehouse",
            "topic damage",
        ),
        (
            "b",
            "@shop awful poison",
            "legal",
            "lawyers",
            "severity 0.90",
        ),
        (
            "c",
            "@shop про электрические чайники есть?",
            "kettles",
            "developers",
            "words `электрический чайник`",
        ),
        ("d", "@shop hello?", "rest", "branch", "network memory"),
    ] {
        let who = town.person(who);
        say(&who, text).await;
        let id = round(&desk).await.opened.remove(0);
        let case = desk.case(&id).await.unwrap();
        let decision = case.decisions.last().unwrap();
        assert_eq!(
            (decision.rule.as_str(), decision.service.as_str()),
            (rule, service),
            "{text}"
        );
        assert!(
            decision.reasons.iter().any(|one| one == reason),
            "{:?}",
            decision.reasons
        );
        assert!(case.handoffs.is_empty(), "a decision only proposes");
        assert_eq!(case.service(), Some(service));
    }
    let listed = desk
        .queue(&QueueQuery::new().service("warehouse"))
        .await
        .unwrap();
    assert_eq!(listed.len(), 1);
}

#[tokio::test]
async fn a_hand_off_has_its_own_clock_and_its_answer_comes_back_into_the_case() {
    let town = town();
    say(&town.alice, "@shop it is broken").await;
    let desk = town.builder().service("warehouse", HOUR).build().unwrap();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.claim(&id, "ann").await.unwrap();
    let case = desk
        .handoff(&id, "ann", "warehouse", "Is there another one?")
        .await
        .unwrap();
    assert_eq!(case.handoffs[0].state, HandoffState::Waiting);
    assert_eq!(case.handoffs[0].due, Some(town.now() + HOUR));
    assert!(!case.handoffs[0].is_late(town.now()));
    assert!(case.handoffs[0].is_late(town.now() + 2 * HOUR));
    town.clock.advance(30 * MINUTE);
    let case = desk
        .handoff_answered(&id, "walt", "Two are left.")
        .await
        .unwrap();
    let handoff = &case.handoffs[0];
    assert_eq!(handoff.state, HandoffState::Answered);
    assert_eq!(handoff.answer.as_deref(), Some("Two are left."));
    assert_eq!(handoff.answered_by.as_deref(), Some("walt"));
    let answered = desk
        .answer(&id, "ann", handoff.answer.clone().unwrap())
        .await
        .unwrap();
    assert!(answered.sent_now);
}

#[tokio::test]
async fn a_service_that_nobody_named_and_an_answer_that_nobody_asked_for_are_refused() {
    let town = town();
    say(&town.alice, "@shop it is broken").await;
    let desk = town
        .builder()
        .service("warehouse", None)
        .service("branch", HOUR)
        .build()
        .unwrap();
    round(&desk).await;
    let id = only(&desk).await.id;
    let error = desk.handoff(&id, "ann", "warehuose", "").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert!(error.message().contains("branch, warehouse"), "{error}");
    let error = desk
        .handoff_answered(&id, "walt", "Yes.")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Conflict);
    assert!(only(&desk).await.handoffs.is_empty());
    let wrong = town
        .builder()
        .service("branch", None)
        .route(Route::new("r", "moon"))
        .build();
    assert_eq!(wrong.unwrap_err().kind(), &ErrorKind::Config);
}

#[tokio::test]
async fn what_is_handed_on_or_solved_is_asked_of_nobody_any_more() {
    let town = town();
    say(&town.alice, "@shop it is broken").await;
    let desk = town.desk();
    round(&desk).await;
    let id = only(&desk).await.id;
    desk.handoff(&id, "ann", "warehouse", "").await.unwrap();
    desk.handoff(&id, "ann", "branch", "").await.unwrap();
    let case = desk.resolve(&id, "ann").await.unwrap();
    let states: Vec<_> = case.handoffs.iter().map(|one| one.state.clone()).collect();
    assert_eq!(states, [HandoffState::Withdrawn, HandoffState::Withdrawn]);
    assert_eq!(case.status, Status::Resolved);
    assert!(desk.queue(&QueueQuery::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rule_may_hand_over_at_once() {
    let town = town();
    let desk = town
        .builder()
        .service("warehouse", 30 * MINUTE)
        .route(
            Route::new("broken", "warehouse")
                .topics(Topic::Damage)
                .at_once(true),
        )
        .build()
        .unwrap();
    tell(&town.alice, "shop", "it is broken").await;
    round(&desk).await;
    tell(&town.alice, "shop", "really broken").await;
    round(&desk).await;
    let case = only(&desk).await;
    assert_eq!(case.handoffs.len(), 1, "once");
    assert_eq!(case.handoffs[0].agent, "rule broken");
    assert_eq!(
        case.handoffs[0].due,
        Some(town.now() + Duration::from_secs(1800))
    );
    assert_eq!(case.decisions.len(), 1);
}
