//! What is listed, and how it went.
use sociable::jiff::civil::date;
use sociable::jiff::tz::TimeZone;
use sociable::outbox::{Filter, Item, Report, State};
use sociable::{Error, ErrorKind};

use crate::double::Fault;
use crate::stage::{HOUR, MINUTE, Stage, entry, t0};

#[tokio::test]
async fn a_list_is_filtered_and_paged() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let mut plan = vec![
        entry("now", "now").label("spring"),
        entry("wait", "wait").on("other").at(t0() + HOUR),
        entry("ask", "ask").approval(true).at(t0() + 2 * HOUR),
    ];
    plan.extend((0..1200).map(|i| {
        let at = t0() + (100 + i) * HOUR;
        entry(&format!("x{i:04}"), &format!("text {i}")).at(at)
    }));
    outbox.add(&plan).await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let ids = async |filter: Filter| {
        let items = outbox.list(&filter).await.unwrap();
        items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    let all = ids(Filter::new()).await;
    assert_eq!(all.len(), 1204);
    assert!(all.is_sorted());
    let one = Filter::new().state(State::Published);
    assert_eq!(ids(one).await, ["now@shop"]);
    let two = Filter::new()
        .state(State::Published)
        .state(State::AwaitingApproval);
    assert_eq!(ids(two).await, ["ask@shop", "now@shop"]);
    assert_eq!(ids(Filter::new().account("other")).await, ["wait@other"]);
    assert_eq!(ids(Filter::new().label("spring")).await, ["now@shop"]);
    let key = ids(Filter::new().key("wait")).await;
    assert_eq!(key, ["wait@other", "wait@shop"]);
    let hour = Filter::new().from(t0() + HOUR).until(t0() + 2 * HOUR);
    assert_eq!(ids(hour).await, ["wait@other", "wait@shop"]);
    let mut paged = Vec::new();
    let mut filter = Filter::new().limit(100);
    loop {
        let page = ids(filter.clone()).await;
        let Some(last) = page.last() else { break };
        filter = filter.after(last);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert!(ids(Filter::new().limit(0)).await.is_empty());
}

#[tokio::test]
async fn the_report_counts_what_happened() {
    let stage = Stage::new(false);
    let error = |kind| Fault::Error(Error::new(kind, "by the test"));
    // One late by a limit, one refused, one unknown, one as it should be.
    let busy = Error::new(ErrorKind::RateLimited, "busy").with_retry_at(t0() + 10 * MINUTE);
    stage.double.commits.lock().unwrap().extend([
        Fault::Error(busy),
        error(ErrorKind::Rejected),
        Fault::Dropped,
    ]);
    let outbox = stage.outbox();
    let plan = [
        entry("a", "one"),
        entry("b", "two").at(t0() + MINUTE),
        entry("c", "three").at(t0() + 2 * MINUTE),
        entry("d", "four").on("other").at(t0() + 20 * HOUR),
        entry("e", ""),
        entry("f", &"x".repeat(501)),
        entry("g", "five").approval(true).too_late_after(HOUR),
    ];
    outbox.add(&plan).await.unwrap();
    outbox.add(&plan).await.unwrap();
    stage.run_for(&outbox, 30 * HOUR).await;
    let athens = TimeZone::get("Europe/Athens").unwrap();
    let until = t0() + 100 * HOUR;
    let report = outbox.report(t0(), until, &athens).await.unwrap();
    let states: Vec<_> = report.states.iter().map(|(s, n)| (*s, *n)).collect();
    let counted = [
        (State::Published, 3),
        (State::Rejected, 1),
        (State::Unknown, 1),
        (State::Missed, 1),
    ];
    assert_eq!(states, counted);
    assert_eq!(report.on_time.ratio(), Some(2.0 / 3.0));
    assert_eq!(report.succeeded.ratio(), Some(0.5));
    // Two found before anything was sent, however often they were added, and one by the network.
    assert_eq!((report.caught.of_these, report.caught.all), (2, 3));
    assert_eq!(report.surplus, 0);
    // 20 hours after 8 o'clock UTC it is 6 in the morning in Athens.
    let days: Vec<_> = report.days.iter().map(|d| (d.day, d.posts)).collect();
    assert_eq!(days, [(date(2026, 3, 2), 1), (date(2026, 3, 3), 2)]);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    let empty = outbox.report(until, until, &athens).await.unwrap();
    assert_eq!(empty.succeeded.ratio(), None);
}

#[tokio::test]
async fn a_listed_post_goes_through_data_both_ways() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    outbox
        .add(&[entry("a", "one").label("spring")])
        .await
        .unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let item = stage.only(&outbox).await;
    let json = serde_json::to_string(&item).unwrap();
    assert_eq!(serde_json::from_str::<Item>(&json).unwrap(), item);
    assert!(json.contains(r#""state":"published""#), "{json}");
}
