//! What cannot be, and what is said of it.

use sociable::contest::{
    Condition, Contests, EntryWindow, Exclusion, Fallback, Mode, OnUnknown, Randomness, Redraw,
};
use sociable::store::KeyValue;
use sociable::{ErrorKind, Rule, SocialNetwork};

use crate::town::{DAY, HOUR, MINUTE, at, close, drawn, open, step, town};

#[tokio::test]
async fn rules_that_cannot_work_are_not_opened() {
    let town = town().await;
    let contests = town.contests();
    let mut over = town.likes();
    over.window = EntryWindow::utc(open() - 2 * DAY, open() - DAY);
    let error = contests.open("tea", &over).await.unwrap_err();
    assert!(
        error.violations().iter().any(|one| one.rule == Rule::Time),
        "{error}"
    );
    let none = town
        .likes()
        .winners(0_u32)
        .exclusions(Exclusion::younger_than(99_999));
    let error = contests.open("tea", &none).await.unwrap_err();
    assert_eq!(
        error
            .violations()
            .iter()
            .filter(|one| one.is_error())
            .count(),
        2
    );
    let mut elsewhere = town.likes();
    elsewhere.about = vec![sociable::contest::Subject::post("cafe", "1")];
    let error = contests.open("tea", &elsewhere).await.unwrap_err();
    assert!(error.to_string().contains("`cafe`"), "{error}");
    for name in ["", "Tea", "tea time", &"x".repeat(25)] {
        let error = contests.open(name, &town.likes()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Config, "{name}");
    }
    assert!(contests.list().await.unwrap().is_empty());
    let missing = contests.contest("tea").await.unwrap_err();
    assert_eq!(*missing.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_rules_of_an_open_contest_do_not_change() {
    let town = town().await;
    let contests = town.contests();
    contests.open("tea", &town.likes()).await.unwrap();
    contests.open("tea", &town.likes()).await.unwrap();
    let other = town.likes().winners(9_u32);
    let error = contests.open("tea", &other).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Conflict);
    assert_eq!(contests.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_contest_without_a_beacon_or_an_account_is_not_built() {
    let town = town().await;
    let none = Contests::builder(town.store.clone()).build().unwrap_err();
    assert!(none.to_string().contains("no account"));
    let shop = || std::sync::Arc::new(town.world.network("shop").unwrap());
    let twice = Contests::builder(town.store.clone())
        .account("shop", shop())
        .account("shop", shop());
    assert!(
        twice
            .build()
            .unwrap_err()
            .to_string()
            .contains("two accounts")
    );
    let publisher = town.builder().publisher("cafe").build().unwrap_err();
    assert!(publisher.to_string().contains("`cafe`"));
    let blind = Contests::builder(town.store.clone())
        .account("shop", shop())
        .build()
        .unwrap();
    let error = blind.open("tea", &town.likes()).await.unwrap_err();
    assert!(error.to_string().contains("no beacon"), "{error}");
}

#[tokio::test]
async fn a_contest_in_which_nobody_is_eligible_says_why_and_can_be_cancelled() {
    let town = town().await;
    let contest = town
        .opened(&town.likes().conditions(Condition::member()))
        .await;
    town.likes_it("alice").await;
    town.closes();
    let error = contest.freeze().await.unwrap_err();
    assert!(error.to_string().contains("nobody is eligible"), "{error}");
    assert_eq!(contest.report().await.unwrap().rejected_by["member"], 1);
    contest.cancel("ann", "nobody could win").await.unwrap();
    let state = contest.state().await.unwrap();
    assert_eq!(state.cancelled.unwrap().how, "nobody could win");
    assert!(contest.freeze().await.is_err());
}

#[tokio::test]
async fn a_beacon_that_never_comes_is_waited_for_and_then_the_rules_decide() {
    for fallback in [Fallback::Wait, Fallback::NewDraw, Fallback::SecondBeacon] {
        let town = town().await;
        let randomness = Randomness::default().wait_hours(2_u32).fallback(fallback);
        let second = sociable::contest::beacon::OwnChain::new(
            "second",
            at("2026-01-01T00:00:00Z"),
            30,
            std::sync::Arc::new(town.clock.clone()),
        );
        let second = std::sync::Arc::new(second.unwrap());
        let contests = town.builder().second_beacon(second).build().unwrap();
        let mut rules = town.likes();
        rules.mode = Mode::Chance { randomness };
        let contest = contests.open("tea", &rules).await.unwrap();
        town.likes_it("alice").await;
        town.likes_it("bob").await;
        town.closes();
        contest.freeze().await.unwrap();
        let committed = contest.commit().await.unwrap();
        town.beacon.stop_after(committed.round.unwrap() - 1);
        town.clock.set(committed.round_at);
        let silent = contest.draw().await.unwrap_err();
        assert_eq!(*silent.kind(), ErrorKind::Unavailable, "{silent}");
        let early = contest.redraw("the beacon is silent", Redraw::All).await;
        assert!(early.is_err(), "{fallback:?}");
        town.clock.set(committed.round_at + 3 * HOUR);
        match fallback {
            Fallback::Wait => {
                assert_eq!(
                    *contest.draw().await.unwrap_err().kind(),
                    ErrorKind::Unavailable
                );
                // It comes back, and makes up for what it missed.
                town.beacon.stop_after(u64::MAX);
                contest.draw().await.unwrap();
            }
            Fallback::SecondBeacon => {
                contest.draw().await.unwrap();
                let trust = sociable::contest::draw::Trust::default();
                let proof = contest.proof().await.unwrap();
                assert!(proof.verify(&trust).unwrap().by_fallback);
            }
            _ => {
                let void = contest.draw().await.unwrap_err();
                assert!(void.to_string().contains("redraw"), "{void}");
                contest
                    .redraw("the beacon was silent", Redraw::All)
                    .await
                    .unwrap();
                town.beacon.stop_after(u64::MAX);
                let draw = drawn(&town, &contest).await;
                assert_eq!(draw.number, 2);
            }
        }
        assert_eq!(contest.winners().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_state_that_was_changed_in_the_store_is_refused() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    for name in ["alice", "bob"] {
        town.likes_it(name).await;
    }
    town.closes();
    contest.freeze().await.unwrap();
    let committed = contest.commit().await.unwrap();
    town.clock.set(committed.round_at);
    let store = &town.store;
    let change = async |prefix: &str, from: &str, to: &str| {
        let found = store.list(prefix, None, 1).await.unwrap();
        let (key, kept) = found.into_iter().next().unwrap();
        let changed = kept.value.replacen(from, to, 1);
        assert_ne!(changed, kept.value);
        store.put(&key, &changed, Some(kept.version)).await.unwrap();
        (key, kept.value)
    };
    let restore = async |(key, value): (String, String)| {
        let now = store.get(&key).await.unwrap().unwrap();
        store.put(&key, &value, Some(now.version)).await.unwrap();
    };
    // An entry more, or another one.
    let old = change("contest/seat/", "\"commitment\":\"", "\"commitment\":\"0").await;
    assert_eq!(*contest.draw().await.unwrap_err().kind(), ErrorKind::Decode);
    restore(old).await;
    let old = change("contest/head/", "\"winners\":1", "\"winners\":2").await;
    let error = contest.draw().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Decode);
    assert!(
        error.to_string().contains("not those that were opened"),
        "{error}"
    );
    restore(old).await;
    let old = change("contest/head/", "{\"v\":1", "{\"v\":2").await;
    assert!(
        contest
            .state()
            .await
            .unwrap_err()
            .to_string()
            .contains("update this program")
    );
    restore(old).await;
    let round = format!("\"round\":{}", committed.round.unwrap());
    let old = change("contest/head/", &round, "\"round\":17").await;
    assert_eq!(*contest.draw().await.unwrap_err().kind(), ErrorKind::Decode);
    restore(old).await;
    contest.draw().await.unwrap();
}

#[tokio::test]
async fn a_commitment_that_waited_too_long_names_a_later_round() {
    let town = town().await;
    let contest = town.opened(&town.likes()).await;
    town.likes_it("alice").await;
    town.closes();
    contest.freeze().await.unwrap();
    // The network has no time, for longer than the round lay ahead.
    town.world.lock_out("shop", false);
    town.world.reject_word("beacon");
    let first = contest.commit().await.unwrap_err();
    assert_eq!(*first.kind(), ErrorKind::Rejected, "{first}");
    let waiting = contest.state().await.unwrap().draws[0]
        .committed
        .clone()
        .unwrap();
    town.clock.advance(HOUR);
    let second = contest.commit().await.unwrap_err();
    assert_eq!(*second.kind(), ErrorKind::Rejected);
    let renewed = contest.state().await.unwrap().draws[0]
        .committed
        .clone()
        .unwrap();
    assert!(renewed.round > waiting.round);
    assert!(renewed.round_at > town_now(&town) + 10 * MINUTE);
    assert_eq!(town.world.texts("shop").len(), 1);
}

fn town_now(town: &crate::town::Town) -> sociable::jiff::Timestamp {
    sociable::client::Clock::now(&town.clock)
}

#[tokio::test]
async fn modes_without_chance_have_nothing_to_commit_to() {
    let town = town().await;
    let rules = town
        .rules(Mode::First)
        .conditions(Condition::liked())
        .unknown(OnUnknown::Reject);
    let contest = town.opened(&rules).await;
    town.likes_it("alice").await;
    step(&contest).await;
    town.clock.set(close());
    contest.freeze().await.unwrap();
    let error = contest.commit().await.unwrap_err();
    assert!(error.to_string().contains("call `draw`"), "{error}");
    contest.draw().await.unwrap();
    assert!(contest.proof().await.is_err());
    let _ = town.shop.me().await.unwrap();
}
