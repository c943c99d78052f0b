//! What becomes of a post whose answer was lost, or whose worker lost its lease.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use sociable::client::{Clock, SetClock};
use sociable::outbox::{Entry, HappeningKind, Outbox, Resolution, State};
use sociable::{Draft, Error, ErrorKind, Media, Repeatable};

use crate::double::Fault;
use crate::stage::{HOUR, MINUTE, PNG, SECOND, Stage, entry, prepared, t0};

fn error(kind: ErrorKind) -> Fault {
    Fault::Error(Error::new(kind, "by the test"))
}

#[tokio::test]
async fn a_lost_answer_is_repeated_under_the_same_key_where_the_network_has_keys() {
    for fault in [Fault::Lost, Fault::Dropped] {
        let stage = Stage::new(true);
        stage.double.commits.lock().unwrap().push_back(fault);
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        stage.run_for(&outbox, MINUTE).await;
        assert_eq!(stage.only(&outbox).await.state, State::Published);
        assert_eq!(stage.posts("shop").await, [("one".to_owned(), 1)].into());
    }
}

#[tokio::test]
async fn a_network_that_loses_every_answer_is_not_asked_without_end() {
    let stage = Stage::new(true);
    let faults = vec![Fault::Dropped; 1000];
    stage.double.commits.lock().unwrap().extend(faults);
    let outbox = stage.outbox();
    let plan = entry("a", "one").too_late_after(4 * HOUR);
    outbox.add(&[plan]).await.unwrap();
    stage.run_for(&outbox, 10 * HOUR).await;
    let tries = stage.double.committed.load(Ordering::SeqCst);
    assert!((10..=30).contains(&tries), "{tries}");
    // The network says for certain that it is not there, and by now it is too late.
    assert_eq!(stage.only(&outbox).await.state, State::Missed);
}

#[tokio::test]
async fn without_keys_a_lost_answer_is_found_in_the_listing_once_it_shows_there() {
    let stage = Stage::new(false);
    stage.world.set_listing_delay(3 * MINUTE);
    stage.double.commits.lock().unwrap().push_back(Fault::Lost);
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Settling);
    assert_eq!(item.doubt.unwrap().text, "one");
    stage.run_for(&outbox, HOUR).await;
    assert_eq!(stage.only(&outbox).await.state, State::Published);
    assert_eq!(stage.double.committed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_keys_what_is_not_found_is_left_to_a_person_and_never_sent_again() {
    let stage = Stage::new(false);
    stage
        .double
        .commits
        .lock()
        .unwrap()
        .push_back(Fault::Dropped);
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    let report = stage.run_for(&outbox, 48 * HOUR).await;
    assert_eq!(report.unknown, 1);
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Unknown);
    let doubt = item.doubt.unwrap();
    assert_eq!((doubt.attempt.tries, doubt.attempt.looks), (1, 6));
    assert_eq!(doubt.attempt.began, t0());
    let reason = item.reason.unwrap();
    assert!(
        reason.contains("`resolve`") && reason.contains("the answer was lost"),
        "{reason}"
    );
    assert_eq!(stage.double.committed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_key_is_used_again_only_as_long_as_the_network_surely_knows_it() {
    // The network knows it for ten minutes; the outbox wants a minute's margin.
    for (minutes, again) in [(8, true), (10, false), (12, false)] {
        let known = t0() + 10 * MINUTE;
        let stage = Stage::of(true, |d| d.repeatable = Repeatable::Until(known));
        stage
            .double
            .commits
            .lock()
            .unwrap()
            .push_back(Fault::Dropped);
        let until = t0() + minutes * MINUTE;
        let later = Error::new(ErrorKind::Unavailable, "no").with_retry_at(until);
        stage
            .double
            .reconciles
            .lock()
            .unwrap()
            .push_back(Fault::Error(later));
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        stage.run_for(&outbox, 5 * HOUR).await;
        let item = stage.only(&outbox).await;
        let state = if again {
            State::Published
        } else {
            State::Unknown
        };
        assert_eq!(item.state, state, "{minutes}: {item:#?}");
        let tries = stage.double.committed.load(Ordering::SeqCst);
        assert_eq!(tries, 1 + u64::from(again), "{minutes}");
    }
}

#[tokio::test]
async fn a_repetition_that_waits_until_the_network_forgot_the_key_is_not_sent() {
    let known = t0() + 10 * MINUTE;
    let stage = Stage::of(true, |d| d.repeatable = Repeatable::Until(known));
    let faults = [Fault::Dropped, Fault::Slow(10 * MINUTE)];
    stage.double.commits.lock().unwrap().extend(faults);
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, 5 * HOUR).await;
    assert_eq!(stage.double.committed.load(Ordering::SeqCst), 2);
    assert!(stage.posts("shop").await.is_empty());
    assert_eq!(stage.only(&outbox).await.state, State::Unknown);
}

#[tokio::test]
async fn what_was_prepared_too_long_ago_is_prepared_anew_only_if_no_commit_was_begun() {
    let stage = Stage::of(true, |d| d.lasts = Some(5 * MINUTE));
    let busy = Error::new(ErrorKind::RateLimited, "busy").with_retry_at(t0() + 20 * MINUTE);
    stage
        .double
        .commits
        .lock()
        .unwrap()
        .push_back(Fault::Error(busy));
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, HOUR).await;
    assert_eq!(stage.only(&outbox).await.state, State::Published);
    let history = outbox.history("a@shop").await.unwrap();
    let prepared = history
        .happenings
        .iter()
        .filter(|h| h.kind == HappeningKind::Prepared);
    assert_eq!(prepared.count(), 2);

    let stage = Stage::of(true, |d| d.lasts = Some(5 * MINUTE));
    stage
        .double
        .commits
        .lock()
        .unwrap()
        .push_back(Fault::Dropped);
    let later = Error::new(ErrorKind::Unavailable, "no").with_retry_at(t0() + 20 * MINUTE);
    stage
        .double
        .reconciles
        .lock()
        .unwrap()
        .push_back(Fault::Error(later));
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, 5 * HOUR).await;
    assert_eq!(stage.only(&outbox).await.state, State::Unknown);
    assert_eq!(stage.double.committed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_was_prepared_goes_out_as_it_is_only_soon_with_files_or_after_a_doubt() {
    let picture = || Draft::text("one").media(Media::bytes(PNG));
    let text = || Draft::text("one");
    let cases = [
        (text(), 90 * SECOND, 1),
        (text(), 20 * MINUTE, 2),
        (picture(), 20 * MINUTE, 1),
    ];
    for (draft, wait, times) in cases {
        let stage = Stage::new(true);
        let busy = Error::new(ErrorKind::RateLimited, "busy").with_retry_at(t0() + wait);
        let faults = [Fault::Error(busy)];
        stage.double.commits.lock().unwrap().extend(faults);
        let outbox = stage.outbox();
        let plan = Entry::new("a", draft).on("shop");
        outbox.add(&[plan]).await.unwrap();
        stage.run_for(&outbox, HOUR).await;
        assert_eq!(stage.only(&outbox).await.state, State::Published);
        assert_eq!(prepared(&outbox, "a@shop").await, times, "{wait:?}");
    }

    let stage = Stage::new(false);
    let busy = Error::new(ErrorKind::RateLimited, "busy").with_retry_at(t0() + 60 * HOUR);
    let faults = [Fault::Dropped, Fault::Error(busy)];
    stage.double.commits.lock().unwrap().extend(faults);
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, 48 * HOUR).await;
    let not = Resolution::NotPublished;
    outbox.resolve("a@shop", &not, "ann").await.unwrap();
    stage.run_for(&outbox, 20 * HOUR).await;
    assert_eq!(stage.only(&outbox).await.state, State::Published);
    assert_eq!(prepared(&outbox, "a@shop").await, 1);
}

#[tokio::test]
async fn a_network_whose_clock_is_ahead_is_not_asked_to_prepare_without_end() {
    let stage = Stage::of(true, |d| d.lasts = Some(Duration::ZERO));
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, 48 * HOUR).await;
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Missed);
    assert!(item.reason.unwrap().contains("clock"));
}

/// A worker on another machine, whose clock is an hour ahead: it takes leases that hold still.
async fn takes_over(stage: &Stage) -> Outbox {
    let ahead = SetClock::at(t0() + HOUR);
    let outbox = stage
        .builder()
        .clock(Arc::new(ahead.clone()))
        .build()
        .unwrap();
    let run = outbox.run_until(ahead.sleep_until(t0() + 2 * HOUR));
    ahead.drive(run).await.unwrap();
    outbox
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_while_sending_still_records_the_post() {
    for keyed in [true, false] {
        let stage = Stage::new(keyed);
        let slow = Fault::Slow(30 * SECOND);
        stage.double.commits.lock().unwrap().push_back(slow);
        let slow = stage.outbox();
        slow.add(&[entry("a", "one")]).await.unwrap();
        let mut sending = Box::pin(slow.run_once());
        assert!((&mut sending).now_or_never().is_none());
        let other = takes_over(&stage).await;
        let state = stage.only(&other).await.state;
        let after = if keyed {
            State::Published
        } else {
            State::Unknown
        };
        assert_eq!(state, after);
        stage.clock.drive(sending).await.unwrap();
        let item = stage.only(&other).await;
        assert_eq!(item.state, State::Published);
        assert!(item.surplus.is_empty());
        assert_eq!(stage.posts("shop").await, [("one".to_owned(), 1)].into());
    }
}

#[tokio::test]
async fn a_worker_that_slept_through_its_lease_sends_nothing_any_more() {
    for keyed in [true, false] {
        let stage = Stage::new(keyed);
        let slow = Fault::Slow(30 * SECOND);
        stage.double.commits.lock().unwrap().push_back(slow);
        let (slow, quick) = (stage.outbox(), stage.outbox());
        slow.add(&[entry("a", "one")]).await.unwrap();
        let mut sending = Box::pin(slow.run_once());
        // It comes to the network, and then its machine stands still.
        assert!((&mut sending).now_or_never().is_none());
        stage.clock.advance(HOUR);
        stage.run_for(&quick, HOUR).await;
        if !keyed {
            let not = Resolution::NotPublished;
            quick.resolve("a@shop", &not, "ann").await.unwrap();
            stage.run_for(&quick, MINUTE).await;
        }
        stage.clock.drive(sending).await.unwrap();
        let item = stage.only(&quick).await;
        assert_eq!(item.state, State::Published);
        assert!(item.surplus.is_empty());
        assert_eq!(stage.posts("shop").await, [("one".to_owned(), 1)].into());
    }
}

#[tokio::test]
async fn a_second_post_that_came_to_be_by_a_persons_mistake_is_recorded_too() {
    let stage = Stage::new(false);
    let slow = Fault::Slow(30 * SECOND);
    stage.double.commits.lock().unwrap().push_back(slow);
    let slow = stage.outbox();
    slow.add(&[entry("a", "one")]).await.unwrap();
    let mut sending = Box::pin(slow.run_once());
    assert!((&mut sending).now_or_never().is_none());
    takes_over(&stage).await;
    // A person says that it is not there while it is on its way.
    let not = Resolution::NotPublished;
    slow.resolve("a@shop", &not, "ann").await.unwrap();
    let other = takes_over(&stage).await;
    stage.clock.drive(sending).await.unwrap();
    let item = stage.only(&other).await;
    assert_eq!(item.state, State::Published);
    assert_eq!(item.surplus.len(), 1);
    let zone = sociable::jiff::tz::TimeZone::UTC;
    let report = other.report(t0(), t0() + 24 * HOUR, &zone).await.unwrap();
    assert_eq!(report.surplus, 1);
}

#[tokio::test]
async fn a_repetition_that_is_refused_after_a_doubt_is_left_to_a_person() {
    let stage = Stage::new(false);
    let again = error(ErrorKind::Duplicate(Some("7".into())));
    let faults = [Fault::Dropped, again];
    stage.double.commits.lock().unwrap().extend(faults);
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, HOUR).await;
    let not = Resolution::NotPublished;
    outbox.resolve("a@shop", &not, "ann").await.unwrap();
    stage.run_for(&outbox, HOUR).await;
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Unknown);
    assert!(item.reason.unwrap().contains("the earlier post is 7"));
}

#[tokio::test]
async fn a_refused_repetition_of_what_is_certainly_not_there_is_a_refusal_unless_it_is_for_being_one()
 {
    let refusals = [
        (ErrorKind::Rejected, State::Rejected),
        (ErrorKind::Duplicate(None), State::Unknown),
    ];
    for (kind, state) in refusals {
        let stage = Stage::new(true);
        let faults = [Fault::Dropped, error(kind)];
        stage.double.commits.lock().unwrap().extend(faults);
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        stage.run_for(&outbox, HOUR).await;
        let item = stage.only(&outbox).await;
        assert_eq!(item.state, state);
        assert!(item.reason.unwrap().contains("by the test"));
    }
}
