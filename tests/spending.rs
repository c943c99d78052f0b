//! Money: reserved at its worst before a call, booked as it was billed, and never more than the cap.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code)]
#[path = "support/plain.rs"]
mod plain;
#[path = "support/shop.rs"]
mod shop;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use shop::{Billing, ITEM, SHOP, START, Shop, at, money, page, setup, url, usd};
use sociable::client::limits::{
    Bucket, BucketKey, Limits, MemoryLimits, Refusal, Reservation, Scope, Sent, Spending,
    SpendingBudget, SpendingCap, Unit, Window,
};
use sociable::client::{Clock, Disturbance, Request};
use sociable::{Currency, Error, ErrorKind, Money, Operation, Result};

/// Calls, certain, uncertain and reserved money of the only row.
fn row(spending: &Spending) -> (u64, Money, Money, Money) {
    let [row] = spending.rows.as_slice() else {
        panic!("{spending:?}")
    };
    assert_eq!((&*row.network, &*row.account), ("shop", "main"));
    (row.calls, row.certain, row.uncertain, row.reserved)
}

#[tokio::test]
async fn what_was_returned_is_booked_by_account_and_operation() {
    let shop = Shop::with(7);
    let (clock, _, builder) = setup(&shop);
    let client = builder.build().unwrap();
    assert_eq!(client.spending().await.unwrap(), Spending::default());
    let budget = money("1 USD");
    clock
        .drive(client.send(&SHOP, page(&budget, 100)))
        .await
        .unwrap();
    let write = Request::post(Operation::PUBLISH, url("posts"))
        .charge(budget.charge(&Operation::PUBLISH, 15_000));
    clock.drive(client.send(&SHOP, write)).await.unwrap();
    let refused =
        Request::get(Operation::POST, url("missing")).charge(budget.charge(&Operation::POST, ITEM));
    clock.drive(client.send(&SHOP, refused)).await.unwrap_err();
    let spending = client.spending().await.unwrap();
    assert_eq!(spending.since, Some(at(START)));
    let rows: Vec<_> = spending
        .of("shop", "main")
        .map(|row| (row.operation.clone(), row.calls, row.certain))
        .collect();
    assert_eq!(
        rows,
        [
            (Operation::POST, 1, usd(0)),
            (Operation::POSTS_OWN, 1, usd(35_000)),
            (Operation::PUBLISH, 1, usd(15_000)),
        ]
    );
    let [total] = spending.totals().try_into().unwrap();
    assert_eq!((total.calls, total.certain), (3, usd(50_000)));
    assert_eq!((total.uncertain, total.reserved), (usd(0), usd(0)));
    let json = serde_json::to_string(&spending).unwrap();
    assert_eq!(serde_json::from_str::<Spending>(&json).unwrap(), spending);
}

#[tokio::test]
async fn a_lost_answer_stays_booked_at_its_worst_as_uncertain() {
    let shop = Shop::with(1);
    let (clock, transport, builder) = setup(&shop);
    let client = builder.build().unwrap();
    let budget = money("1 USD");
    for (disturbance, uncertain) in [
        (Disturbance::LoseAnswer, 500_000),
        (Disturbance::StatusAfter(503), 1_000_000),
    ] {
        transport.disturb(disturbance);
        let write = Request::post(Operation::PUBLISH, url("posts"))
            .charge(budget.charge(&Operation::PUBLISH, 500_000));
        let error = clock.drive(client.send(&SHOP, write)).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unconfirmed);
        let (_, certain, told, reserved) = row(&client.spending().await.unwrap());
        assert_eq!((certain, told, reserved), (usd(0), usd(uncertain), usd(0)));
    }
    let full = clock.drive(client.send(&SHOP, page(&budget, 1))).await;
    assert_eq!(full.unwrap_err().kind(), &ErrorKind::QuotaExhausted);
}

#[tokio::test]
async fn what_was_never_sent_costs_nothing() {
    let shop = Shop::with(1);
    let (clock, transport, builder) = setup(&shop);
    let client = builder
        .retry(sociable::client::RetryPolicy::none())
        .build()
        .unwrap();
    transport.disturb(Disturbance::Refuse);
    let budget = money("1 USD");
    clock
        .drive(client.send(&SHOP, page(&budget, 10)))
        .await
        .unwrap_err();
    assert_eq!(
        row(&client.spending().await.unwrap()),
        (0, usd(0), usd(0), usd(0))
    );
    clock
        .drive(client.send(&SHOP, page(&budget, 200)))
        .await
        .unwrap();
}

fn over(error: &Error, again: Option<&str>, words: &[&str]) {
    assert_eq!(error.kind(), &ErrorKind::QuotaExhausted);
    assert_eq!(error.retry_at(), again.map(at));
    for word in words {
        assert!(error.message().contains(word), "{error}");
    }
}

#[tokio::test]
async fn a_call_that_could_pass_the_cap_is_refused_at_once_and_before_any_io() {
    for (cap, again, words) in [
        (
            "0.50 USD a day",
            Some("2026-12-01T00:00:00Z"),
            "0.50 USD a day",
        ),
        (
            "0.50 USD a month",
            Some("2026-12-01T00:00:00Z"),
            "0.50 USD a month",
        ),
        ("0.50 USD", None, "0.50 USD, could be passed"),
    ] {
        let shop = Shop::with(70);
        let (clock, _, builder) = setup(&shop);
        let client = builder.build().unwrap();
        let budget = money(cap);
        clock
            .drive(client.send(&SHOP, page(&budget, 100)))
            .await
            .unwrap();
        let error = clock
            .drive(client.send(&SHOP, page(&budget, 31)))
            .await
            .unwrap_err();
        over(
            &error,
            again,
            &[words, "`main`", "0.35 USD are spent", "this one 0.155 USD"],
        );
        assert_eq!(clock.now(), at(START), "nobody waits for money");
        assert_eq!(shop.calls.load(Ordering::SeqCst), 1);
        // What fits exactly goes.
        clock
            .drive(client.send(&SHOP, page(&budget, 30)))
            .await
            .unwrap();
        let error = clock
            .drive(client.send(&SHOP, page(&budget, 101)))
            .await
            .unwrap_err();
        over(&error, None, &["ask for less"]);
    }
}

#[tokio::test]
async fn a_day_and_a_month_give_back_what_a_total_does_not() {
    let shop = Shop::with(100);
    let (clock, _, builder) = setup(&shop);
    let client = builder.build().unwrap();
    let budget = money("0.50 USD a day, 1 USD a month, 1.50 USD");
    let send = async |items| clock.drive(client.send(&SHOP, page(&budget, items))).await;
    for (time, fits) in [
        ("2026-12-01T00:00:00Z", true),
        ("2026-12-01T23:59:59Z", false),
        ("2026-12-02T00:00:00Z", true),
        // The month is full.
        ("2026-12-03T00:00:00Z", false),
        ("2026-12-31T23:59:59Z", false),
        ("2027-01-01T00:00:00Z", true),
        // All is spent.
        ("2027-02-01T00:00:00Z", false),
    ] {
        clock.set(at(time));
        let sent = send(100).await;
        assert_eq!(sent.is_ok(), fits, "{time}: {sent:?}");
        if let Err(error) = sent {
            let again = match time {
                "2026-12-01T23:59:59Z" => Some("2026-12-02T00:00:00Z"),
                "2027-02-01T00:00:00Z" => None,
                _ => Some("2027-01-01T00:00:00Z"),
            };
            over(&error, again, &[]);
        }
    }
    assert_eq!(shop.billed.load(Ordering::SeqCst), 1_500_000);
}

#[tokio::test]
async fn calls_under_way_count_at_their_worst() {
    let shop = Shop::with(1);
    let (clock, transport, builder) = setup(&shop);
    let client = builder.build().unwrap();
    transport.set_round_trip(Duration::from_millis(80));
    let budget = money("1 USD a day");
    // Each could cost 0.30, and costs 0.005.
    let calls = (0..20).map(|_| client.send(&SHOP, page(&budget, 60)));
    let sent = clock.drive(join_all(calls)).await;
    let (good, bad): (Vec<_>, Vec<_>) = sent.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (3, 17));
    for error in bad.into_iter().map(Result::unwrap_err) {
        over(
            &error,
            None,
            &["calls under way could cost 0.90 USD", "answered"],
        );
    }
    // Once they are answered there is room again.
    clock
        .drive(client.send(&SHOP, page(&budget, 190)))
        .await
        .unwrap();
    assert_eq!(shop.calls.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn other_budgets_are_waited_for_and_money_is_not() {
    let shop = Shop::with(1);
    let (clock, _, builder) = setup(&shop);
    let client = builder.build().unwrap();
    let budget = money("0.01 USD a day");
    let pace = Bucket::new(
        BucketKey::new("shop", "pace", Scope::App),
        [Window::paced(Duration::from_secs(3600 * 20), 1)],
    );
    let call = || page(&budget, 1).charge(pace.charge(1));
    clock.drive(client.send(&SHOP, call())).await.unwrap();
    clock.drive(client.send(&SHOP, call())).await.unwrap();
    assert_eq!(clock.now(), at("2026-12-01T06:00:00Z"));
    // One fits this day, and then money ends before the pace does.
    clock
        .drive(client.send(&SHOP, page(&budget, 1)))
        .await
        .unwrap();
    let error = clock.drive(client.send(&SHOP, call())).await.unwrap_err();
    over(&error, Some("2026-12-02T00:00:00Z"), &[]);
    assert_eq!(clock.now(), at("2026-12-01T06:00:00Z"));
}

#[tokio::test]
async fn currencies_and_accounts_are_never_added() {
    let shop = Shop::with(1);
    let (clock, _, builder) = setup(&shop);
    let client = builder.build().unwrap();
    let dollars = money("1 USD");
    let euros = SpendingBudget::new("shop", "main", Currency::EUR);
    let others = SpendingBudget::new("shop", "other", Currency::USD);
    for budget in [&dollars, &euros] {
        clock
            .drive(client.send(&SHOP, page(budget, 1)))
            .await
            .unwrap();
    }
    let permit = client
        .permit("shop", &[others.charge(&Operation::POST, 900_000)])
        .await
        .unwrap();
    let spending = client.spending().await.unwrap();
    let totals: Vec<_> = spending
        .totals()
        .iter()
        .map(|total| (total.certain, total.reserved))
        .collect();
    let eur = |micros| Money::micros(micros, Currency::EUR);
    assert_eq!(totals, [(eur(5_000), eur(0)), (usd(5_000), usd(900_000))]);
    drop(permit);
    // The other account's reservation took nothing from this one's cap.
    clock
        .drive(client.send(&SHOP, page(&dollars, 199)))
        .await
        .unwrap();
}

#[test]
fn a_cap_in_another_currency_is_refused_with_advice() {
    let cap: SpendingCap = "5 EUR a day".parse().unwrap();
    let error = SpendingBudget::new("shop", "main", Currency::USD)
        .cap(cap)
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    assert!(error.message().contains("write it in USD"), "{error}");
}

#[test]
fn another_cap_does_not_forget_what_is_spent() {
    let mut limits = Limits::new();
    let now = at(START);
    let mut reserve = |cap: Option<&str>, worst: u64| {
        let budget = match cap {
            Some(cap) => money(cap),
            None => SpendingBudget::new("shop", "main", Currency::USD),
        };
        match limits.reserve(now, &[budget.charge(&Operation::POST, worst)], None) {
            Reservation::Granted(permit) => {
                limits.settle(now, permit, Sent::answered(now));
                true
            }
            Reservation::OverCap(over) => {
                assert_eq!(over.cost, worst);
                false
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(reserve(None, 400_000));
    assert!(!reserve(Some("0.50 USD a month"), 200_000));
    assert!(reserve(Some("0.50 USD a month"), 100_000));
    assert!(!reserve(Some("0.60 USD a day"), 200_000));
    assert!(reserve(Some("0.60 USD a day"), 100_000));
    assert!(!reserve(Some("0.60 USD"), 1));
    assert!(reserve(Some("1 USD"), 400_000));
    assert!(reserve(None, 1 << 60));
    assert!(!reserve(Some("9000 USD"), 1));
}

#[test]
fn what_a_server_says_of_its_limits_does_not_touch_a_cap_of_ours() {
    let budget = money("1 USD a day");
    let calls = Bucket::new(
        BucketKey::new("shop", "calls", Scope::App),
        [Window::fixed(100, Duration::from_secs(86_400))],
    );
    let charges = [calls.charge(1), budget.charge(&Operation::POST, 1)];
    let (mut limits, now) = (Limits::new(), at(START));
    let Reservation::Granted(permit) = limits.reserve(now, &charges, None) else {
        panic!()
    };
    let mut told = sociable::client::limits::Observation::default();
    (told.limit, told.remaining) = (Some(100), Some(3));
    told.period = Some(Duration::from_secs(86_400));
    let sent = Sent::answered(now).saw(told).refused(Refusal::new());
    limits.settle(now, permit, sent);
    for budget in limits.budgets(now) {
        match budget.unit {
            Unit::MoneyMicros(_) => {
                assert_eq!(budget.left, Some(999_999));
                assert_eq!(budget.frozen_until, None);
            }
            _ => {
                assert_eq!(budget.left, Some(3));
                assert!(budget.frozen_until.is_some());
            }
        }
    }
    // Windows without a cap are counted and not told.
    assert_eq!(limits.budgets(now).len(), 2);
}

#[tokio::test]
async fn the_servers_clock_is_known_from_its_first_answer() {
    for (ahead, shared) in [(-300, false), (300, false), (300, true)] {
        let shop = Arc::new(Shop {
            ahead,
            ..Shop::default()
        });
        let (clock, _, mut builder) = setup(&shop);
        if shared {
            builder = builder.limit_store(Arc::new(MemoryLimits::default()));
        }
        let client = builder.build().unwrap();
        let dialect = Billing {
            client: Some(client.clone()),
        };
        let budget = money("1 USD");
        for _ in 0..2 {
            clock
                .drive(client.send(&dialect, page(&budget, 1)))
                .await
                .unwrap();
        }
        let seen: Vec<i64> = shop
            .seen
            .lock()
            .unwrap()
            .iter()
            .map(|s| s.parse().unwrap())
            .collect();
        let now = at(START).as_second();
        assert_eq!(seen[0], now);
        assert!((seen[1] - now - ahead).abs() <= 1, "{seen:?}");
        assert_eq!(client.server_clock("elsewhere"), at(START));
    }
}
