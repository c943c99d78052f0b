//! What became of complaints, counted.

use std::time::Duration;

use sociable::SocialNetwork;
use sociable::desk::{Desk, FateKind, Reputation, ReputationQuery, SearchPlan, reputation};

use crate::town::{DAY, HOUR, MINUTE, round, say, tell, town};

async fn figures(desk: &Desk, query: &ReputationQuery) -> Reputation {
    let cases = desk.cases().await.unwrap();
    reputation(cases.iter().map(|(case, standing)| (case, standing)), query)
}

#[tokio::test]
async fn of_nothing_there_is_no_rate() {
    let none = figures(&town().desk(), &ReputationQuery::new()).await;
    assert_eq!(none.complaint_rate.value(), None);
    assert_eq!(none.recovery_rate.value(), None);
    assert_eq!(none.reopen_rate.value(), None);
    assert_eq!(none.unprompted_share.value(), None);
    assert_eq!(none.detection_delay.median, None);
    assert_eq!(
        (none.sentiment.polar(), none.sentiment.of_all()),
        (None, None)
    );
}

#[tokio::test]
async fn every_rate_is_counted_by_hand() {
    let town = town();
    let desk = town
        .builder()
        .search(SearchPlan::new("brand").terms("Acme").every(MINUTE))
        .build()
        .unwrap();
    // Found by search alone, 10 minutes late; solved, and removed by its author.
    let review = say(&town.alice, "Acme is awful").await;
    town.clock.advance(10 * MINUTE);
    let unprompted = round(&desk).await.opened.remove(0);
    // Addressed to us, found at once; solved, reopened, and never taken back.
    say(&town.bob, "@shop it is late").await;
    let prompted = round(&desk).await.opened.remove(0);
    // A message, found after a minute; not solved.
    let carol = town.person("carol");
    tell(&carol, "shop", "it is broken").await;
    town.clock.advance(MINUTE);
    round(&desk).await;
    // Praise, a question, spam.
    say(&town.person("dora"), "@shop lovely").await;
    say(&town.person("emil"), "@shop open?").await;
    say(&town.person("fred"), "@shop casino").await;
    round(&desk).await;
    desk.resolve(&unprompted, "ann").await.unwrap();
    desk.resolve(&prompted, "ann").await.unwrap();
    town.alice.delete(&review.id).await.unwrap();
    town.clock.advance(DAY);
    town.bob
        .publish(
            &sociable::Draft::text("@shop it is late again").reply_to(
                desk.case(&prompted).await.unwrap().mentions[0]
                    .post()
                    .unwrap()
                    .clone(),
            ),
        )
        .await
        .unwrap();
    for _ in 0..3 {
        town.clock.advance(2 * HOUR);
        round(&desk).await;
    }
    let all = figures(&desk, &ReputationQuery::new()).await;
    assert_eq!(all.cases, 6);
    // Seven mentions without the spam's: bob wrote twice.
    assert_eq!(
        (all.complaint_rate.numerator, all.complaint_rate.denominator),
        (4, 6)
    );
    assert_eq!(
        (all.recovery_rate.numerator, all.recovery_rate.denominator),
        (0, 2)
    );
    assert_eq!(
        all.fates.get(&FateKind::Removed),
        Some(&1),
        "a search's network tells nobody who did it: {:?}",
        all.fates
    );
    assert_eq!(
        (all.reopen_rate.numerator, all.reopen_rate.denominator),
        (1, 2)
    );
    assert_eq!(
        (
            all.unprompted_share.numerator,
            all.unprompted_share.denominator
        ),
        (1, 3)
    );
    assert_eq!(all.detection_delay.count, 4);
    assert_eq!(all.detection_delay.p90, Some(2 * HOUR));
    assert_eq!(
        all.detection_delay.median,
        Some(Duration::from_secs((60 + 600) / 2))
    );
    assert_eq!(
        (
            all.sentiment.positive,
            all.sentiment.negative,
            all.sentiment.neutral
        ),
        (1, 4, 1)
    );
    assert_eq!(all.sentiment.polar(), Some(-3.0 / 5.0));
    assert_eq!(all.sentiment.of_all(), Some(-3.0 / 6.0));
    let query = ReputationQuery::new().period(sociable::Period::new(town.now(), town.now() + DAY));
    assert_eq!(figures(&desk, &query).await.cases, 0);
    let query = ReputationQuery::new().account("shop").network("memory");
    assert_eq!(figures(&desk, &query).await.cases, 6);
    let query = ReputationQuery::new().reopened_within(HOUR);
    assert_eq!(figures(&desk, &query).await.reopen_rate.numerator, 0);
}
