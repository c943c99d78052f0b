//! What nobody addressed to us is found, within what it may cost.

use std::sync::Arc;

use sociable::desk::{Desk, FoundBy, SearchPlan};
use sociable::{Currency, Engagement, ErrorKind, Money, Operation, SocialNetwork, Support, Target};

use crate::rounds::otherwise;
use crate::town::{DAY, HOUR, MINUTE, Words, all, only, round, say, town};

fn plan() -> SearchPlan {
    SearchPlan::new("brand")
        .terms("Ромашка")
        .terms("Acme")
        .exclusions("аптечная ромашка")
}

#[tokio::test]
async fn what_is_found_is_matched_again_and_own_posts_are_left_aside() {
    let town = town();
    say(&town.alice, "В «Ромашке» опять awful очередь").await;
    say(&town.bob, "Собираю ромашка-чай, аптечная ромашка").await;
    say(&town.person("carol"), "acmeology is a science").await;
    say(&town.shop, "Ромашка ждёт вас!").await;
    let desk = town.builder().search(plan()).build().unwrap();
    let step = round(&desk).await;
    assert!(step.passed_over >= 3, "{}", step.passed_over);
    let case = only(&desk).await;
    assert_eq!(case.mentions[0].found_by, FoundBy::Search);
    assert_eq!(case.mentions[0].search.as_deref(), Some("brand"));
    assert!(!case.mentions[0].addressed);
    assert!(case.is_complaint());
}

#[tokio::test]
async fn a_find_that_also_names_us_is_one_case_and_counts_as_addressed() {
    let town = town();
    let searching = otherwise(&town, "shop", |profile| {
        profile
            .with(Operation::EVENTS, Support::no())
            .with(Operation::POSTS_MENTIONS, Support::no())
    });
    let desk = Desk::builder(Arc::clone(&town.store))
        .account("shop", searching)
        .classifier(Arc::<Words>::default())
        .search(plan())
        .build()
        .unwrap();
    say(&town.alice, "Acme is awful, @shop").await;
    round(&desk).await;
    assert!(!only(&desk).await.mentions[0].addressed);
    round(&town.desk()).await;
    let case = only(&desk).await;
    assert!(
        case.mentions[0].addressed,
        "the network tells that it names us"
    );
    assert_eq!(
        case.mentions[0].found_by,
        FoundBy::Search,
        "a search was first all the same"
    );
}

#[tokio::test]
async fn the_same_text_by_others_and_reposts_are_one_case_with_its_reach() {
    let town = town();
    let text =
        "Купила чайник в Ромашке, пришёл broken, поддержка молчит, деньги не возвращают уже неделю";
    let post = say(&town.alice, text).await;
    let desk = town.builder().search(plan()).build().unwrap();
    round(&desk).await;
    let before = only(&desk).await.severity;
    for n in 0..6 {
        let who = town.person(&format!("guest{n}"));
        who.engage(&Target::from(&post), &Engagement::repost())
            .await
            .unwrap();
        say(&who, &format!("RT @alice: {text} #чайник{n}")).await;
    }
    town.clock.advance(HOUR);
    round(&desk).await;
    let case = only(&desk).await;
    assert_eq!(case.reach.copies, 6);
    assert_eq!(case.copies.len(), 6);
    assert_eq!(case.mentions.len(), 1);
    assert!(
        case.severity > before,
        "reach makes it more severe: {:?}",
        case.severity_reasons
    );
    assert!(
        case.severity_reasons
            .iter()
            .any(|reason| reason.from == "reach")
    );
    round(&desk).await;
    assert_eq!(only(&desk).await.copies.len(), 6, "each counts once");
    // Short texts that look alike are each their author's.
    for n in 0..2 {
        say(&town.person(&format!("short{n}")), "Ромашка late").await;
    }
    town.clock.advance(HOUR);
    round(&desk).await;
    assert_eq!(all(&desk).await.len(), 3);
}

#[tokio::test]
async fn a_search_waits_its_time_and_two_desks_search_once() {
    let town = town();
    let plan = SearchPlan::new("brand").terms("Acme").every(HOUR);
    let (one, two) = (
        town.builder().search(plan.clone()).build().unwrap(),
        town.builder().search(plan).build().unwrap(),
    );
    let before = town.world.requests();
    round(&one).await;
    let calls = town.world.requests() - before;
    let before = town.world.requests();
    round(&two).await;
    assert!(
        town.world.requests() - before < calls,
        "the second had no search to run"
    );
    say(&town.alice, "Acme is awful").await;
    town.clock.advance(59 * MINUTE);
    assert!(round(&one).await.opened.is_empty());
    town.clock.advance(MINUTE);
    assert_eq!(round(&two).await.opened.len(), 1);
}

#[tokio::test]
async fn the_calls_of_a_day_are_bounded_and_the_bound_is_told() {
    let town = town();
    let plan = SearchPlan::new("brand")
        .terms("Acme")
        .terms("Apex")
        .terms("Atlas")
        .max_calls_a_day(2_u32)
        .every(HOUR);
    let desk = town.builder().search(plan).build().unwrap();
    say(&town.alice, "Atlas is awful").await;
    let step = desk.step().await.unwrap();
    assert!(step.opened.is_empty());
    let error = &step.troubles[0].error;
    assert_eq!(error.kind(), &ErrorKind::QuotaExhausted);
    assert_eq!(
        error.retry_at(),
        Some("2026-11-21T00:00:00Z".parse().unwrap())
    );
    town.clock.advance(DAY);
    let step = desk.step().await.unwrap();
    assert_eq!(
        step.opened.len(),
        1,
        "the next day goes on with the words that were left"
    );
}

#[tokio::test]
async fn a_billed_search_keeps_within_its_money_and_is_not_run_without_a_cap() {
    let town = town();
    let price = Money::micros(5_000, Currency::USD);
    let billed = || {
        otherwise(&town, "shop", |profile| {
            profile.with(Operation::POSTS_SEARCH, Support::yes().price(price))
        })
    };
    let desk = |plan: SearchPlan, store: Arc<dyn sociable::store::KeyValue>| {
        Desk::builder(store)
            .account("shop", billed())
            .classifier(Arc::<Words>::default())
            .search(plan)
            .build()
            .unwrap()
    };
    let store =
        || Arc::new(sociable::store::MemoryStore::new()) as Arc<dyn sociable::store::KeyValue>;
    say(&town.alice, "Acme is awful").await;
    let plan = SearchPlan::new("brand")
        .terms("Acme")
        .page(10_u32)
        .every(MINUTE);
    let step = desk(plan.clone(), store()).step().await.unwrap();
    assert!(step.opened.is_empty());
    assert!(
        step.troubles[0].error.message().contains("max_cost_a_day"),
        "{:?}",
        step.troubles
    );
    // Five calls that may find ten posts each, and find one: 0.05 is held for the next, so that 0.22 allow for 35 calls.
    let capped = desk(
        plan.max_cost_a_day(Money::minor(22, Currency::USD)),
        store(),
    );
    let mut calls = 0;
    loop {
        let before = town.world.requests();
        let step = capped.step().await.unwrap();
        if !step.troubles.is_empty() {
            break;
        }
        calls += u64::from(town.world.requests() > before);
        town.clock.advance(MINUTE);
        assert!(calls < 100);
    }
    assert_eq!(calls, 35);
}

#[tokio::test]
async fn a_network_that_cannot_search_is_left_alone() {
    let town = town();
    let shop = otherwise(&town, "shop", |profile| {
        profile.with(Operation::POSTS_SEARCH, Support::no())
    });
    let desk = Desk::builder(Arc::clone(&town.store))
        .account("shop", shop)
        .classifier(Arc::<Words>::default())
        .search(plan())
        .build()
        .unwrap();
    say(&town.alice, "Acme is awful").await;
    assert!(round(&desk).await.opened.is_empty());
}

#[tokio::test]
async fn the_detection_delay_runs_from_the_post_to_the_find() {
    let town = town();
    say(&town.alice, "Acme is awful").await;
    town.clock.advance(2 * HOUR);
    let desk = town.builder().search(plan()).build().unwrap();
    round(&desk).await;
    let standing = desk.standing(&only(&desk).await.id).await.unwrap();
    let first = standing.first_message_at.unwrap();
    assert_eq!(standing.first_detected_at, Some(first + 2 * HOUR));
}

#[tokio::test]
async fn a_complaint_behind_a_page_of_noise_is_found() {
    let town = town();
    say(&town.bob, "Acme is awful").await;
    for _ in 0..3 {
        town.clock.advance(MINUTE);
        say(&town.alice, "acme noise").await;
    }
    let plan = SearchPlan::new("brand")
        .terms("Acme")
        .exclusions("acme noise")
        .page(2_u32);
    let desk = town.builder().search(plan).build().unwrap();
    assert_eq!(round(&desk).await.opened.len(), 1);
}
