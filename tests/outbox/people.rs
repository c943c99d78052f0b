//! What people decide, and what becomes of it while a worker is at it.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::join;
use sociable::client::Clock;
use sociable::outbox::{
    Approval, Entry, HappeningKind, Outbox, Resolution, Scope, State, Step, StepObserver,
};
use sociable::{Draft, Error, ErrorKind, Media, Post};

use crate::double::Fault;
use crate::shelf::Shelf;
use crate::stage::{HOUR, MINUTE, PNG, SECOND, Stage, entry, prepared, t0};

#[tokio::test]
async fn what_wants_approval_goes_out_when_it_is_approved_in_time() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let plan = [
        entry("a", "one").approval(true).at(t0() + HOUR),
        entry("b", "two").approval(true).at(t0() + HOUR),
        entry("c", "three").approval(true).at(t0() + HOUR),
    ];
    outbox.add(&plan).await.unwrap();
    let item = outbox.approve("a@shop", "ann").await.unwrap();
    assert_eq!(item.state, State::Waiting);
    stage.run_for(&outbox, 2 * HOUR).await;
    assert_eq!(stage.posts("shop").await.len(), 1);
    let item = outbox.item("b@shop").await.unwrap();
    assert_eq!(item.state, State::AwaitingApproval);
    outbox.approve("b@shop", "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!(stage.posts("shop").await.len(), 2);
    stage.run_for(&outbox, 48 * HOUR).await;
    let item = outbox.item("c@shop").await.unwrap();
    assert_eq!(item.state, State::Missed);
    assert!(item.reason.unwrap().contains("nobody approved it"));
    let error = outbox.approve("c@shop", "ann").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn what_somebody_refuses_is_not_published_and_says_why() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let plan = [entry("a", "one").approval(true)];
    outbox.add(&plan).await.unwrap();
    outbox.reject("a@shop", "bob", "wrong price").await.unwrap();
    stage.run_for(&outbox, 48 * HOUR).await;
    let item = outbox.item("a@shop").await.unwrap();
    assert_eq!(item.state, State::Refused);
    assert_eq!(item.reason.as_deref(), Some("bob refused it: wrong price"));
    assert!(stage.posts("shop").await.is_empty());
    assert!(outbox.approve("a@shop", "ann").await.is_err());
    // Mended, it waits for approval anew.
    let mended = Draft::text("two");
    outbox
        .change("a@shop", &[mended], None, "ann")
        .await
        .unwrap();
    let item = outbox.item("a@shop").await.unwrap();
    assert_eq!(item.state, State::AwaitingApproval);
    outbox.approve("a@shop", "bob").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!(stage.posts("shop").await, [("two".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_post_an_account_or_all_are_paused_and_go_on() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let plan = [
        entry("a", "one").on("other").at(t0() + HOUR),
        entry("b", "two").at(t0() + HOUR),
    ];
    outbox.add(&plan).await.unwrap();
    let post = Scope::Post("b@shop".to_owned());
    let account = Scope::Account("shop".to_owned());
    for scope in [&post, &account, &Scope::All] {
        outbox.pause(scope.clone(), "ann", "a storm").await.unwrap();
    }
    let holds = outbox.holds().await.unwrap();
    assert_eq!(holds.len(), 2);
    assert!(
        holds
            .iter()
            .all(|h| h.why == "a storm" && h.by.as_deref() == Some("ann"))
    );
    stage.run_for(&outbox, 2 * HOUR).await;
    assert_eq!(outbox.item("a@other").await.unwrap().state, State::Held);
    assert_eq!(outbox.item("b@shop").await.unwrap().state, State::Paused);
    let count = async |account| stage.posts(account).await.len();
    assert_eq!((count("shop").await, count("other").await), (0, 0));
    outbox.resume(Scope::All, "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!((count("shop").await, count("other").await), (0, 1));
    outbox.resume(account, "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!(count("shop").await, 1);
    outbox.resume(post, "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!(count("shop").await, 2);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_decided_about() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    let error = outbox.cancel("x@shop", "ann").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound);
    let nobody = Scope::Account("shpo".to_owned());
    let error = outbox.pause(nobody, "ann", "").await.unwrap_err();
    assert!(error.message().contains("other, shop"), "{error}");
    let nobody = Scope::Account("shpo".to_owned());
    let error = outbox.resume(nobody, "ann").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config);
    let shop = Scope::Account("shop".to_owned());
    outbox.resume(shop, "ann").await.unwrap();
    let post = Scope::Post("x@shop".to_owned());
    let error = outbox.pause(post, "ann", "").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_is_cancelled_is_not_sent_even_if_a_worker_has_prepared_it() {
    let stage = Stage::new(true);
    let slow = Fault::Slow(MINUTE);
    stage.double.prepares.lock().unwrap().push_back(slow);
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    let mut preparing = Box::pin(outbox.run_once());
    assert!((&mut preparing).now_or_never().is_none());
    outbox.cancel("a@shop", "ann").await.unwrap();
    stage.clock.drive(preparing).await.unwrap();
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Cancelled);
    assert!(item.lease.is_none());
    assert!(stage.posts("shop").await.is_empty());
}

#[tokio::test]
async fn a_pause_of_an_account_or_of_all_stops_a_worker_that_is_preparing() {
    for scope in [Scope::Account("shop".to_owned()), Scope::All] {
        let stage = Stage::new(true);
        let slow = Fault::Slow(MINUTE);
        stage.double.prepares.lock().unwrap().push_back(slow);
        let outbox = stage.outbox();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        let mut preparing = Box::pin(outbox.run_once());
        assert!((&mut preparing).now_or_never().is_none());
        outbox.pause(scope.clone(), "ann", "a storm").await.unwrap();
        stage.clock.drive(preparing).await.unwrap();
        let item = stage.only(&outbox).await;
        assert_eq!(item.state, State::Held, "{scope:?}");
        assert!(item.lease.is_none());
        assert!(stage.posts("shop").await.is_empty());
        outbox.resume(scope, "ann").await.unwrap();
        stage.run_for(&outbox, MINUTE).await;
        assert_eq!(stage.posts("shop").await, [("one".to_owned(), 1)].into());
    }
}

#[tokio::test]
async fn a_thread_whose_account_is_paused_halfway_goes_on_when_the_account_does() {
    for scope in [Scope::Account("shop".to_owned()), Scope::All] {
        let stage = Stage::new(true);
        let slow = Fault::Slow(MINUTE);
        stage.double.commits.lock().unwrap().push_back(slow);
        let outbox = stage.outbox();
        let thread = Entry::thread("a", ["one", "two", "three"].map(Draft::text)).on("shop");
        outbox.add(&[thread]).await.unwrap();
        let mut sending = Box::pin(outbox.run_once());
        assert!((&mut sending).now_or_never().is_none());
        outbox.pause(scope.clone(), "ann", "a storm").await.unwrap();
        stage.clock.drive(sending).await.unwrap();
        let item = stage.only(&outbox).await;
        // What was on its way is out, and no more.
        assert_eq!((item.state, item.posted.len()), (State::Held, 1));
        assert_eq!(prepared(&outbox, "a@shop").await, 1);
        outbox.resume(scope, "ann").await.unwrap();
        stage.run_for(&outbox, MINUTE).await;
        let posts = stage.posts("shop").await;
        assert_eq!((posts.len(), posts.values().sum()), (3, 3));
    }
}

#[tokio::test]
async fn a_lost_answer_is_not_repeated_while_the_account_is_paused() {
    for scope in [Scope::Account("shop".to_owned()), Scope::All] {
        let stage = Stage::new(true);
        let dropped = Fault::Dropped;
        stage.double.commits.lock().unwrap().push_back(dropped);
        let (person, paused) = (stage.outbox(), scope.clone());
        let observer: StepObserver = Arc::new(move |step, _| {
            if step == Step::AfterCommit {
                let pause = person.pause(paused.clone(), "ann", "a storm");
                pause.now_or_never().unwrap().unwrap();
            }
        });
        let outbox = stage.builder().observe(observer).build().unwrap();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        stage.run_for(&outbox, HOUR).await;
        assert_eq!(stage.only(&outbox).await.state, State::Settling);
        assert_eq!(stage.double.committed.load(Ordering::SeqCst), 1);
        assert!(stage.posts("shop").await.is_empty());
        let outbox = stage.outbox();
        outbox.resume(scope, "ann").await.unwrap();
        stage.run_for(&outbox, HOUR).await;
        assert_eq!(stage.posts("shop").await, [("one".to_owned(), 1)].into());
    }
}

#[tokio::test]
async fn another_time_has_what_was_prepared_made_anew_under_the_same_key() {
    let picture = Draft::text("two").media(Media::bytes(PNG));
    for draft in [Draft::text("one"), picture] {
        let stage = Stage::new(true);
        let refused = Error::new(ErrorKind::Unauthorized, "log in again");
        let faults = [Fault::Error(refused)];
        stage.double.commits.lock().unwrap().extend(faults);
        let outbox = stage.outbox();
        let plan = Entry::new("a", draft).on("shop");
        outbox.add(&[plan]).await.unwrap();
        stage.run_for(&outbox, SECOND).await;
        let shop = Scope::Account("shop".to_owned());
        outbox.resume(shop, "ann").await.unwrap();
        assert_eq!(stage.only(&outbox).await.state, State::Sending);
        let later = t0() + 20 * HOUR;
        let item = outbox.reschedule("a@shop", later, "ann").await.unwrap();
        assert_eq!(item.state, State::Waiting);
        stage.run_for(&outbox, 21 * HOUR).await;
        let item = stage.only(&outbox).await;
        assert_eq!(item.state, State::Published, "{item:#?}");
        let history = outbox.history("a@shop").await.unwrap().happenings;
        let last = history.iter().rfind(|h| h.kind == HappeningKind::Prepared);
        assert_eq!(last.unwrap().at, later);
        let keys = history
            .iter()
            .filter(|h| h.kind == HappeningKind::Committing)
            .map(|h| h.note.as_deref().unwrap());
        assert!(keys.eq(["try 1 under the key a@shop#0"; 2]));
    }
}

#[tokio::test]
async fn another_time_leaves_what_was_once_in_doubt_as_it_was_sent() {
    let (stage, outbox) = unknown(Fault::Dropped).await;
    let not = Resolution::NotPublished;
    outbox.resolve("a@shop", &not, "ann").await.unwrap();
    let later = stage.clock.now() + HOUR;
    let item = outbox.reschedule("a@shop", later, "ann").await.unwrap();
    assert_eq!(item.state, State::Sending);
    stage.run_for(&outbox, 2 * HOUR).await;
    // Each of the three parts once.
    assert_eq!(stage.posts("shop").await.len(), 3);
    assert_eq!(prepared(&outbox, "a@shop").await, 3);
}

#[tokio::test]
async fn what_is_being_sent_cannot_be_cancelled_changed_or_moved_and_says_so() {
    let stage = Stage::new(true);
    let slow = Fault::Slow(MINUTE);
    stage.double.commits.lock().unwrap().push_back(slow);
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    let mut sending = Box::pin(outbox.run_once());
    assert!((&mut sending).now_or_never().is_none());
    let text = Draft::text("two");
    let refusals = [
        outbox.cancel("a@shop", "ann").await,
        outbox.reschedule("a@shop", t0() + HOUR, "ann").await,
        outbox.change("a@shop", &[text], None, "ann").await,
    ];
    for refusal in refusals {
        let error = refusal.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Conflict);
        assert!(error.message().contains("may have happened"), "{error}");
    }
    assert_eq!(stage.only(&outbox).await.state, State::Sending);
    let not = Resolution::NotPublished;
    let error = outbox.resolve("a@shop", &not, "ann").await.unwrap_err();
    assert!(error.message().contains("a worker is at it"), "{error}");
    // A pause does not stop what is on its way.
    let post = Scope::Post("a@shop".to_owned());
    outbox.pause(post, "ann", "").await.unwrap();
    stage.clock.drive(sending).await.unwrap();
    assert_eq!(stage.only(&outbox).await.state, State::Published);
    let error = outbox.cancel("a@shop", "ann").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_thread_that_is_cancelled_halfway_keeps_what_is_published() {
    let stage = Stage::new(true);
    let slow = [Fault::Fine, Fault::Slow(MINUTE)];
    stage.double.prepares.lock().unwrap().extend(slow);
    let outbox = stage.outbox();
    let thread = Entry::thread("a", ["one", "two", "three"].map(Draft::text)).on("shop");
    outbox.add(&[thread]).await.unwrap();
    let mut preparing = Box::pin(outbox.run_once());
    // It comes to the second part, and waits there for the clock.
    for _ in 0..100 {
        assert!((&mut preparing).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    let item = stage.only(&outbox).await;
    assert_eq!((item.state, item.posted.len()), (State::Sending, 1));
    let text = Draft::text("x");
    let error = outbox.change("a@shop", &[text], None, "ann").await;
    assert!(error.unwrap_err().message().contains("published already"));
    outbox.cancel("a@shop", "ann").await.unwrap();
    stage.clock.drive(preparing).await.unwrap();
    let item = stage.only(&outbox).await;
    assert_eq!((item.state, item.posted.len()), (State::Cancelled, 1));
    assert!(item.reason.unwrap().contains("1 of 3 parts"));
}

#[tokio::test]
async fn another_time_counts_and_brings_back_what_was_missed() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    outbox
        .add(&[entry("a", "one").at(t0() + HOUR)])
        .await
        .unwrap();
    outbox
        .reschedule("a@shop", t0() + 2 * HOUR, "ann")
        .await
        .unwrap();
    stage.run_for(&outbox, 90 * MINUTE).await;
    assert!(stage.posts("shop").await.is_empty());
    stage.clock.advance(72 * HOUR);
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!(stage.only(&outbox).await.state, State::Missed);
    let past = outbox.reschedule("a@shop", t0(), "ann").await.unwrap_err();
    assert!(matches!(past.kind(), ErrorKind::Invalid(_)));
    let at = t0() + 80 * HOUR;
    outbox.reschedule("a@shop", at, "ann").await.unwrap();
    stage.run_for(&outbox, 24 * HOUR).await;
    assert_eq!(stage.only(&outbox).await.posted[0].at, at);
}

#[tokio::test]
async fn a_changed_draft_is_checked_and_sent_in_the_place_of_the_old_one() {
    let stage = Stage::new(true);
    let outbox = stage.outbox();
    // It is prepared already, and the network has no time.
    let busy = sociable::Error::new(ErrorKind::RateLimited, "busy").with_retry_at(t0() + HOUR);
    stage
        .double
        .commits
        .lock()
        .unwrap()
        .push_back(Fault::Error(busy));
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!(stage.only(&outbox).await.state, State::Sending);
    let long = Draft::text("x".repeat(501));
    let error = outbox.change("a@shop", &[long], None, "ann").await;
    assert!(matches!(error.unwrap_err().kind(), ErrorKind::Invalid(_)));
    let (text, comment) = (Draft::text("two"), Draft::text("more"));
    outbox
        .change("a@shop", &[text], Some(&comment), "ann")
        .await
        .unwrap();
    stage.run_for(&outbox, 2 * HOUR).await;
    let posts = stage.posts("shop").await;
    assert_eq!(
        posts,
        [("more".to_owned(), 1), ("two".to_owned(), 1)].into()
    );
}

#[tokio::test]
async fn what_the_network_refused_goes_out_once_it_is_mended() {
    let stage = Stage::new(true);
    stage.world.reject_word("forbidden");
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "forbidden")]).await.unwrap();
    stage.run_for(&outbox, 48 * HOUR).await;
    assert_eq!(stage.only(&outbox).await.state, State::Rejected);
    let text = Draft::text("allowed");
    outbox.change("a@shop", &[text], None, "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    assert_eq!(
        stage.posts("shop").await,
        [("allowed".to_owned(), 1)].into()
    );
}

/// A stage on which it is not known what became of the second part of a thread.
async fn unknown(fault: Fault) -> (Stage, Outbox) {
    let stage = Stage::new(false);
    stage.world.set_listing_delay(24 * HOUR);
    let faults = [Fault::Fine, fault];
    stage.double.commits.lock().unwrap().extend(faults);
    let outbox = stage.outbox();
    let thread = Entry::thread("a", ["one", "two", "three"].map(Draft::text)).on("shop");
    outbox.add(&[thread]).await.unwrap();
    stage.run_for(&outbox, 2 * HOUR).await;
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Unknown);
    assert_eq!(item.doubt.unwrap().part, 1);
    (stage, outbox)
}

#[tokio::test]
async fn a_person_settles_that_it_is_there_and_the_thread_goes_on_under_it() {
    let (stage, outbox) = unknown(Fault::Lost).await;
    assert!(outbox.cancel("a@shop", "ann").await.is_err());
    let there = stage.world.published("shop")[1].clone();
    let resolution = Resolution::published(Post::new(there.clone()));
    outbox.resolve("a@shop", &resolution, "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Published);
    assert_eq!(item.posted[1].post.id, there);
    assert_eq!(stage.posts("shop").await.len(), 3);
    let error = outbox.resolve("a@shop", &resolution, "ann").await;
    assert_eq!(*error.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_person_settles_that_it_is_not_there_and_it_is_sent_again_however_late() {
    let (stage, outbox) = unknown(Fault::Dropped).await;
    stage.clock.advance(72 * HOUR);
    let not = Resolution::NotPublished;
    outbox.resolve("a@shop", &not, "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let item = stage.only(&outbox).await;
    assert_eq!(item.state, State::Published, "{item:#?}");
    assert_eq!(stage.posts("shop").await.len(), 3);
}

#[tokio::test]
async fn everything_that_happened_is_in_the_history() {
    let (stage, outbox) = unknown(Fault::Dropped).await;
    let not = Resolution::NotPublished;
    outbox.resolve("a@shop", &not, "ann").await.unwrap();
    stage.run_for(&outbox, MINUTE).await;
    let history = outbox.history("a@shop").await.unwrap();
    let kinds: Vec<_> = history.happenings.iter().map(|h| h.kind.clone()).collect();
    use HappeningKind::*;
    let sent = [Prepared, Committing, Published];
    let mut told = vec![Added];
    told.extend(sent.clone());
    told.extend([Prepared, Committing]);
    told.extend(vec![LookedFor; 5]);
    told.extend([Unknown, Resolved, Committing, Published]);
    told.extend(sent);
    assert_eq!(kinds, told);
    let resolved = history.happenings.iter().find(|h| h.kind == Resolved);
    assert_eq!(resolved.unwrap().by.as_deref(), Some("ann"));
    assert!(history.happenings.is_sorted_by_key(|h| h.at));
}

#[tokio::test]
async fn a_paused_post_whose_answer_was_lost_is_looked_for_but_not_repeated() {
    let stage = Stage::new(true);
    stage
        .double
        .commits
        .lock()
        .unwrap()
        .push_back(Fault::Dropped);
    let later = sociable::Error::new(ErrorKind::Unavailable, "no").with_retry_at(t0() + MINUTE);
    stage
        .double
        .reconciles
        .lock()
        .unwrap()
        .push_back(Fault::Error(later));
    let outbox = stage.outbox();
    outbox.add(&[entry("a", "one")]).await.unwrap();
    stage.run_for(&outbox, 30 * SECOND).await;
    let post = Scope::Post("a@shop".to_owned());
    outbox.pause(post.clone(), "ann", "wait").await.unwrap();
    stage.run_for(&outbox, HOUR).await;
    assert!(stage.posts("shop").await.is_empty());
    assert_eq!(stage.only(&outbox).await.state, State::Settling);
    outbox.resume(post, "ann").await.unwrap();
    stage.run_for(&outbox, HOUR).await;
    assert_eq!(stage.posts("shop").await.len(), 1);
}

#[tokio::test]
async fn what_is_done_is_forgotten_on_request_and_what_is_unknown_is_not() {
    let (stage, outbox) = unknown(Fault::Dropped).await;
    outbox
        .add(&[entry("b", "b"), entry("c", "c").at(t0() + 90 * HOUR)])
        .await
        .unwrap();
    stage.run_for(&outbox, HOUR).await;
    let approval = outbox.item("b@shop").await.unwrap().approval;
    assert_eq!(approval, Approval::NotNeeded);
    assert_eq!(outbox.forget(t0() + 99 * HOUR).await.unwrap(), 1);
    let left = outbox.list(&sociable::outbox::Filter::new()).await.unwrap();
    let left: Vec<_> = left.iter().map(|item| &*item.id).collect();
    assert_eq!(left, ["a@shop", "c@shop"]);
    let slots = stage.store.list("outbox/slot/", None, 100).await.unwrap();
    assert_eq!(slots.len(), 2);
}

#[tokio::test]
async fn what_is_planned_again_while_it_is_being_forgotten_is_kept_or_the_planning_fails() {
    let mut kept = 0;
    for yields in 0..40 {
        let stage = Stage::new(true);
        let outbox = Outbox::builder(Arc::new(Shelf::default()))
            .network("shop", stage.double.clone())
            .clock(Arc::new(stage.clock.clone()))
            .build()
            .unwrap();
        outbox.add(&[entry("a", "one")]).await.unwrap();
        outbox.cancel("a@shop", "ann").await.unwrap();
        let at = t0() + HOUR;
        let moved = async {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            outbox.reschedule("a@shop", at, "ann").await
        };
        let (forgotten, moved) = join(outbox.forget(at), moved).await;
        // Whoever was first, the other knows it.
        assert_eq!(forgotten.unwrap() == 1, moved.is_err(), "{yields}");
        assert_eq!(outbox.item("a@shop").await.is_ok(), moved.is_ok());
        kept += usize::from(moved.is_ok());
    }
    assert!((1..40).contains(&kept), "{kept}");
}

#[tokio::test]
async fn a_pause_that_a_newer_version_wrote_is_named() {
    let stage = Stage::new(true);
    let newer = r#"{"format":9,"why":"a reason of another kind"}"#;
    let key = "outbox/hold/shop";
    stage.store.put(key, newer, None).await.unwrap();
    let error = stage.outbox().holds().await.unwrap_err();
    assert!(error.message().contains(key) && error.message().contains("format 9"));
}
