//! From what rises to what a brand could make of it.

use std::time::Duration;

use sociable::trends::{Effort, Feed, Safety, TriggerKind};

use crate::reading::place;

#[tokio::test]
async fn a_challenge_is_proposed_within_two_buckets_of_reaching_the_support_and_never_published() {
    let mut place = place(80).await;
    let trends = place
        .builder()
        .feed(Feed::home())
        .topics(["charity", "ice"])
        .build()
        .unwrap();
    for _ in 0..30 {
        let step = place.hour(&trends).await;
        assert!(step.new.is_empty(), "{:#?}", step.new);
    }
    assert!(trends.propose().await.unwrap().is_empty());
    // Everybody names three; of those two go on an hour later.
    let mut wave = vec![0];
    let (mut next, mut reached, mut proposed) = (1, None, None);
    for hour in 0..6 {
        let mut following = Vec::new();
        for who in &wave {
            let names: Vec<usize> = (next..next + 3).collect();
            next = (next + 3) % 77;
            let text = format!(
                "A bucket of ice for charity! #IceBucketChallenge @person{} @person{} @person{}: your turn",
                names[0], names[1], names[2]
            );
            place.say(*who, &text).await;
            place
                .say(*who, &format!("My film, number {hour} #IceBucketChallenge"))
                .await;
            following.extend(&names[..2]);
        }
        if wave.len() >= 5 && reached.is_none() {
            reached = Some(hour);
        }
        wave = following;
        place.hour(&trends).await;
        let proposals = trends.propose().await.unwrap();
        if proposed.is_none() && !proposals.is_empty() {
            proposed = Some(hour);
        }
    }
    let (reached, proposed) = (reached.unwrap(), proposed.expect("it was proposed"));
    assert!(proposed <= reached + 2, "{proposed} {reached}");
    let proposals = trends.propose().await.unwrap();
    let ice = proposals
        .iter()
        .find(|one| one.topic.name.eq_ignore_ascii_case("#IceBucketChallenge"))
        .unwrap_or_else(|| panic!("{proposals:#?}"));
    assert_eq!(
        ice.topic.trigger.kind,
        TriggerKind::Nomination,
        "{:#?}",
        ice.topic
    );
    assert_eq!(ice.effort, Effort::High);
    assert!(
        ice.fit.score > 0.0 && ice.fit.words.contains(&"ice".to_owned()),
        "{:?}",
        ice.fit
    );
    assert!(!matches!(ice.safety, Safety::Unsafe(_)), "{:?}", ice.safety);
    assert!(!ice.examples.is_empty());
    let text = ice.draft.text.as_str();
    assert!(
        text.starts_with("[DRAFT") && text.contains("#IceBucketChallenge"),
        "{text}"
    );
    assert_eq!(ice.checks.len(), 1);
    assert!(ice.checks[0].violations.is_empty(), "{:?}", ice.checks);
    assert!(
        ice.why.contains("it fits") && ice.why.contains("authors"),
        "{}",
        ice.why
    );
    assert!(
        place.world.published("shop").is_empty(),
        "nothing is published"
    );
}

#[tokio::test]
async fn our_own_campaign_and_tragedy_are_no_ideas() {
    let mut place = place(30).await;
    let trends = place
        .builder()
        .feed(Feed::home())
        .topics(["tea"])
        .own_terms(["#TeaFest"])
        .build()
        .unwrap();
    for _ in 0..30 {
        place.hour(&trends).await;
    }
    for n in 0..24 {
        place.say(n, &format!("tea at the #TeaFest {n}")).await;
        place
            .say(
                n + 3,
                &format!("#TownFire took three victims, condolences, street {n}"),
            )
            .await;
    }
    place.hour(&trends).await;
    place.clock.advance(Duration::from_secs(1));
    let topics = trends.trends().await.unwrap();
    assert_eq!(topics.len(), 2, "{topics:#?}");
    let proposals = trends.propose().await.unwrap();
    assert_eq!(proposals.len(), 1, "{proposals:#?}");
    assert!(
        matches!(proposals[0].safety, Safety::Unsafe(_)),
        "{:?}",
        proposals[0].safety
    );
    assert_eq!(proposals[0].score, 0.0);
    assert!(proposals[0].why.contains("leave it"));
}
