//! What a running outbox does with what networks answer.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join;
use sociable::client::Clock;
use sociable::outbox::{Entry, Outbox, Scope, State};
use sociable::{Draft, Error, ErrorKind, Need, SocialNetwork};

use crate::double::Fault;
use crate::shelf::{Failure, Shelf};
use crate::stage::{HOUR, MINUTE, SECOND, Stage, entry, t0};

fn error(kind: ErrorKind) -> Fault {
    Fault::Error(Error::new(kind, "by the test"))
}

#[tokio::test]
async fn posts_go_out_at_their_times_on_all_accounts() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let plan = [
        entry("a", "one").on("other").at(t0() + HOUR),
        entry("b", "two").at(t0() + 3 * HOUR),
    ];
    outbox.add(&plan).await.unwrap();
    stage.run_for(&outbox, HOUR - SECOND).await;
    assert!(stage.posts("shop").await.is_empty());
    let report = stage.run_for(&outbox, 4 * HOUR).await;
    assert_eq!(report.published, 3);
    for (id, hours) in [("a@shop", 1), ("a@other", 1), ("b@shop", 3)] {
        let item = outbox.item(id).await.unwrap();
        assert_eq!(item.state, State::Published);
        assert_eq!(item.posted[0].at, t0() + hours * HOUR, "{id}");
    }
}

#[tokio::test]
async fn what_is_added_while_it_runs_goes_out_without_waiting_for_the_next_look() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let adds = async {
        stage.clock.sleep_until(t0() + MINUTE).await;
        outbox.add(&[entry("a", "one")]).await.unwrap();
    };
    let run = outbox.run_until(stage.clock.sleep_until(t0() + HOUR));
    let (_, run) = stage.clock.drive(join(adds, run)).await;
    assert_eq!(run.unwrap().published, 1);
    let item = stage.only(&outbox).await;
    assert_eq!(item.posted[0].at, t0() + MINUTE);
}

#[tokio::test]
async fn one_account_that_is_slow_holds_up_no_other() {
    let stage = Stage::new(true);
    stage
        .double
        .prepares
        .lock()
        .unwrap()
        .push_back(Fault::Slow(30 * MINUTE));
    let outbox = stage.outbox();
    let plan = [
        entry("a", "one").on("other"),
        Entry::new("b", Draft::text("two"))
            .on("other")
            .at(t0() + MINUTE),
    ];
    outbox.add(&plan).await.unwrap();
    stage.run_for(&outbox, HOUR).await;
    let at = async |id| outbox.item(id).await.unwrap().posted[0].at;
    assert_eq!(at("a@other").await, t0());
    assert_eq!(at("b@other").await, t0() + MINUTE);
    assert_eq!(at("a@shop").await, t0() + 30 * MINUTE);
}

#[tokio::test]
async fn a_thread_answers_part_by_part_and_the_comment_answers_the_first() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let thread = Entry::thread("a", ["one", "two", "three"].map(Draft::text))
        .on("shop")
        .first_comment(Draft::text("link"));
    outbox.add(&[thread]).await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let item = stage.only(&outbox).await;
    assert_eq!((item.parts, item.posted.len()), (4, 4));
    let network = stage.world.network("shop").unwrap();
    let id = |at: usize| item.posted[at].post.id.clone();
    for (at, answered) in [(1, 0), (2, 1), (3, 0)] {
        let post = network.post(&id(at)).await.unwrap();
        assert_eq!(post.reply_to, Some(id(answered)), "part {at}");
    }
}

#[tokio::test]
async fn a_thread_whose_part_is_refused_tells_how_far_it_came() {
    let stage = Stage::new(true);
    stage.world.reject_word("forbidden");
    let outbox = stage.outbox();
    let thread = Entry::thread("a", ["one", "forbidden", "three"].map(Draft::text)).on("shop");
    outbox.add(&[thread]).await.unwrap();
    let report = stage.run_for(&outbox, HOUR).await;
    assert_eq!((report.published, report.rejected), (1, 1));
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Rejected);
    let reason = item.reason.unwrap();
    assert!(reason.contains("part 2 of 3"), "{reason}");
    assert!(reason.contains("1 of 3 parts are published"), "{reason}");
    assert_eq!(stage.posts("shop").await.len(), 1);
}

#[tokio::test]
async fn what_the_network_has_no_time_for_is_tried_again_when_it_says_so() {
    for script in ["commits", "prepares"] {
        let stage = Stage::new(false);
        let at = t0() + 17 * MINUTE;
        let busy = Error::new(ErrorKind::RateLimited, "slow down").with_retry_at(at);
        match script {
            "commits" => &stage.double.commits,
            _ => &stage.double.prepares,
        }
        .lock()
        .unwrap()
        .push_back(Fault::Error(busy));
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        stage.run_for(&outbox, MINUTE).await;
        let item = stage.only(&outbox).await;
        assert_eq!(item.next_at, Some(at));
        assert!(item.reason.unwrap().contains("slow down"));
        stage.run_for(&outbox, HOUR).await;
        assert_eq!(stage.only(&outbox).await.posted[0].at, at);
    }
}

#[tokio::test]
async fn failures_before_anything_was_sent_are_tried_again_later_each_time_until_it_is_too_late() {
    for kind in [
        ErrorKind::RateLimited,
        ErrorKind::QuotaExhausted,
        ErrorKind::Unavailable,
        ErrorKind::Transport,
        ErrorKind::Timeout,
    ] {
        let stage = Stage::new(false);
        let faults = vec![error(kind.clone()); 1000];
        stage.double.commits.lock().unwrap().extend(faults);
        let outbox = stage.outbox();
        let plan = entry("a", "one").too_late_after(2 * HOUR);
        outbox.add(&[plan]).await.unwrap();
        let report = stage.run_for(&outbox, 5 * HOUR).await;
        let item = stage.only(&outbox).await;
        assert_eq!(item.state, State::Missed, "{kind:?}");
        assert!(item.reason.unwrap().contains("by the test"));
        assert_eq!(report.missed, 1);
        // 30 s, 1, 2, 4, 8 minutes, then a quarter of an hour each, and a bit.
        let tries = stage.double.committed.load(Ordering::SeqCst);
        assert!((8..=14).contains(&tries), "{kind:?}: {tries}");
    }
}

#[tokio::test]
async fn only_a_recognised_error_of_the_login_holds_an_account_and_others_go_on() {
    let holds = [
        ErrorKind::Unauthorized,
        ErrorKind::Suspended,
        ErrorKind::Forbidden(Need::Scope("write".to_owned())),
    ];
    for kind in holds {
        let stage = Stage::new(false);
        stage
            .double
            .commits
            .lock()
            .unwrap()
            .push_back(error(kind.clone()));
        let outbox = stage.outbox();
        let plan = [
            entry("a", "one").on("other"),
            entry("b", "two").at(t0() + MINUTE),
        ];
        outbox.add(&plan).await.unwrap();
        let report = stage.run_for(&outbox, HOUR).await;
        assert_eq!(report.held, 1);
        assert_eq!(stage.posts("other").await.len(), 1);
        assert!(stage.posts("shop").await.is_empty());
        for id in ["a@shop", "b@shop"] {
            let item = outbox.item(id).await.unwrap();
            assert_eq!(item.state, State::Held, "{kind:?}");
            let hold = item.hold.unwrap();
            assert_eq!(hold.error.as_deref(), Some(kind.name()));
            assert_eq!((hold.by, &*hold.why), (None, "by the test"));
        }
        let shop = Scope::Account("shop".to_owned());
        outbox.resume(shop, "ann").await.unwrap();
        stage.run_for(&outbox, MINUTE).await;
        assert_eq!(stage.posts("shop").await.len(), 2);
    }
    for kind in [ErrorKind::Unavailable, ErrorKind::Config, ErrorKind::Decode] {
        let stage = Stage::new(true);
        stage.double.prepares.lock().unwrap().push_back(error(kind));
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        stage.run_for(&outbox, HOUR).await;
        assert!(outbox.holds().await.unwrap().is_empty());
        assert_eq!(stage.posts("shop").await.len(), 1);
    }
}

#[tokio::test]
async fn what_the_network_refuses_is_rejected_with_its_reason_and_not_tried_again() {
    let earlier = ErrorKind::Duplicate(Some("7".into()));
    for kind in [
        ErrorKind::Rejected,
        ErrorKind::Invalid(Vec::new()),
        ErrorKind::Unsupported,
        earlier,
        ErrorKind::NotFound,
    ] {
        let stage = Stage::new(true);
        stage
            .double
            .commits
            .lock()
            .unwrap()
            .push_back(error(kind.clone()));
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        stage.run_for(&outbox, 5 * HOUR).await;
        let item = stage.only(&outbox).await;
        assert_eq!(item.state, State::Rejected, "{kind:?}");
        let reason = item.reason.unwrap();
        assert!(reason.contains("by the test"), "{reason}");
        if matches!(kind, ErrorKind::Duplicate(_)) {
            assert!(reason.contains("the earlier post is 7"), "{reason}");
        }
        assert_eq!(stage.double.committed.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn what_was_not_sent_in_time_is_missed_and_told() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let plan = [
        entry("a", "one").at(t0() + HOUR).too_late_after(HOUR),
        entry("b", "two").at(t0() + HOUR),
    ];
    outbox.add(&plan).await.unwrap();
    stage.clock.advance(3 * HOUR);
    let report = stage.run_for(&outbox, MINUTE).await;
    assert_eq!((report.missed, report.published), (1, 1));
    let item = outbox.item("a@shop").await.unwrap();
    assert_eq!(item.state, State::Missed);
    assert!(
        item.reason
            .unwrap()
            .contains("2026-03-02T10:00:00Z at the latest")
    );
}

#[tokio::test]
async fn a_store_that_is_out_of_order_for_a_while_ends_no_run() {
    let stage = Stage::new(true);
    let shelf = Arc::new(Shelf::default());
    let outbox = Outbox::builder(shelf.clone())
        .network("shop", stage.double.clone())
        .clock(Arc::new(stage.clock.clone()))
        .build()
        .unwrap();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    for call in 0..40 {
        let failure = [Failure::Before, Failure::After][call as usize % 2];
        shelf.fails.lock().unwrap().push((10 + call, failure));
    }
    let report = stage.run_for(&outbox, HOUR).await;
    assert_eq!(stage.only(&outbox).await.state, State::Published);
    assert!(report.errors[0].contains("out of order"));
    // One run tells it at once.
    shelf.fail_next(Failure::Before);
    let error = stage.clock.drive(outbox.run_once()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_lease_is_extended_as_long_as_an_upload_takes() {
    let stage = Stage::new(false);
    stage
        .double
        .prepares
        .lock()
        .unwrap()
        .push_back(Fault::Slow(HOUR));
    let (first, second) = (stage.outbox(), stage.outbox());
    first.add(&[entry("a", "one")]).await.unwrap();
    let end = t0() + 2 * HOUR;
    let both = join(
        first.run_until(stage.clock.sleep_until(end)),
        second.run_until(stage.clock.sleep_until(end)),
    );
    let (first, second) = stage.clock.drive(both).await;
    let published = [first.unwrap().published, second.unwrap().published];
    assert_eq!(published.iter().sum::<u64>(), 1);
    assert_eq!(stage.double.committed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_worker_that_does_not_know_an_account_leaves_its_posts_to_others() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    outbox
        .add(&[entry("a", "one"), entry("b", "two")])
        .await
        .unwrap();
    let foreign = sociable::outbox::Outbox::builder(stage.store.clone())
        .clock(Arc::new(stage.clock.clone()))
        .build()
        .unwrap();
    let report = stage.clock.drive(foreign.run_once()).await.unwrap();
    assert_eq!(report.foreign, ["shop".to_owned()].into());
    let report = stage.clock.drive(outbox.run_once()).await.unwrap();
    assert_eq!(report.published, 2);
}

#[tokio::test]
async fn a_clock_that_goes_back_publishes_nothing_twice() {
    let stage = Stage::new(false);
    let outbox = stage.outbox();
    outbox
        .add(&[entry("a", "one").at(t0() + HOUR)])
        .await
        .unwrap();
    stage.run_for(&outbox, 2 * HOUR).await;
    stage.clock.set(t0());
    stage.run_for(&outbox, 3 * HOUR).await;
    assert_eq!(stage.posts("shop").await, [("one".to_owned(), 1)].into());
    // A lease that was given at a later time ends at that time.
    outbox.add(&[entry("b", "two")]).await.unwrap();
    let mut sending = Box::pin(outbox.run_once());
    stage
        .double
        .prepares
        .lock()
        .unwrap()
        .push_back(Fault::Slow(MINUTE));
    assert!((&mut sending).now_or_never().is_none());
    drop(sending);
    stage.clock.set(t0());
    stage.run_for(&stage.outbox(), 6 * HOUR).await;
    assert_eq!(stage.posts("shop").await.len(), 2);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let stage = Stage::new(true);
    let error = stage.builder().lease(SECOND).build().unwrap_err();
    assert!(error.message().contains("10 seconds"), "{error}");
    let settle = stage.builder().settle([Duration::ZERO]).build();
    assert!(settle.unwrap_err().message().contains("`settle`"));
    let look = stage.builder().look_every(Duration::ZERO).build();
    assert!(look.unwrap_err().message().contains("`look_every`"));
}
