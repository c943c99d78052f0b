//! What the set clock promises.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy takes the helpers of tests for the program"
)]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use jiff::Timestamp;
use sociable::client::{Clock, SetClock, SystemClock};

fn start() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn later(seconds: u64) -> Timestamp {
    start() + Duration::from_secs(seconds)
}

#[tokio::test]
async fn simulated_days_cost_nothing() {
    let clock = SetClock::at(start());
    let begun = Instant::now();
    clock
        .drive(async {
            for _ in 0..30 {
                clock
                    .sleep_until(clock.now() + Duration::from_secs(86_400))
                    .await;
            }
        })
        .await;
    assert_eq!(clock.now(), later(30 * 86_400));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn sleepers_wake_in_the_order_of_their_deadlines_and_see_them() {
    let clock = SetClock::at(start());
    let woken = Mutex::new(Vec::new());
    let sleepers = [50_u64, 10, 40, 10, 30].map(|seconds| {
        let (clock, woken) = (&clock, &woken);
        async move {
            clock.sleep_until(later(seconds)).await;
            woken.lock().unwrap().push((seconds, clock.now()));
        }
    });
    clock.drive(join_all(sleepers)).await;
    let expected = [10, 10, 30, 40, 50].map(|seconds| (seconds, later(seconds)));
    assert_eq!(*woken.lock().unwrap(), expected);
}

#[tokio::test]
async fn spawned_tasks_are_driven_too() {
    let clock = SetClock::at(start());
    let log = Arc::new(Mutex::new(Vec::new()));
    let tasks = (1..=3_u64).map(|step| {
        let (clock, log) = (clock.clone(), Arc::clone(&log));
        tokio::spawn(async move {
            for round in 1..=2 {
                clock.sleep_until(later(step * round)).await;
                log.lock().unwrap().push((step * round, step));
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let results = clock.drive(join_all(tasks)).await;
    assert!(results.into_iter().all(|result| result.is_ok()));
    let log = log.lock().unwrap();
    assert!(log.is_sorted_by_key(|(time, _)| *time), "{log:?}");
    assert_eq!(log.len(), 6);
    assert_eq!(clock.now(), later(6));
}

#[tokio::test]
async fn time_stands_still_while_a_chain_of_tasks_still_works() {
    let clock = SetClock::at(start());
    let (first, mut end) = tokio::sync::mpsc::channel::<u32>(1);
    let mut begin = first;
    // Each link is a task that passes the number on: many turns without any sleep.
    for _ in 0..500 {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let next = std::mem::replace(&mut begin, sender);
        tokio::spawn(async move {
            let number = receiver.recv().await.unwrap();
            next.send(number + 1).await.unwrap();
        });
    }
    let at = clock
        .drive(async {
            let timeout = clock.sleep_until(later(1));
            begin.send(0).await.unwrap();
            let chain = async {
                assert_eq!(end.recv().await, Some(500));
                clock.now()
            };
            tokio::select! { at = chain => at, () = timeout => panic!("the clock overtook the work") }
        })
        .await;
    assert_eq!(at, start());
}

#[tokio::test]
async fn ten_thousand_sleepers_all_act_before_the_next_moment_comes() {
    let clock = SetClock::at(start());
    let tasks = (0..10_000_u64).map(|number| {
        let clock = clock.clone();
        tokio::spawn(async move {
            let time = later(1 + number % 2);
            clock.sleep_until(time).await;
            assert_eq!(clock.now(), time);
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let results = clock.drive(join_all(tasks)).await;
    assert!(results.into_iter().all(|result| result.is_ok()));
}

#[tokio::test]
async fn tasks_that_nobody_waits_for_still_act_at_their_own_moment() {
    let clock = SetClock::at(start());
    let punctual = Arc::new(AtomicUsize::new(0));
    for _ in 0..10_000 {
        let (clock, punctual) = (clock.clone(), Arc::clone(&punctual));
        tokio::spawn(async move {
            clock.sleep_until(later(1)).await;
            if clock.now() == later(1) {
                punctual.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    clock.drive(clock.sleep_until(later(2))).await;
    assert_eq!(punctual.load(Ordering::Relaxed), 10_000);
}

#[tokio::test]
async fn nested_joins_of_drivers_do_not_lose_wake_ups() {
    let clock = SetClock::at(start());
    let drivers = (1..=5_u64).map(|seconds| {
        let clock = clock.clone();
        async move { clock.drive(clock.sleep_until(later(seconds))).await }
    });
    join_all(drivers).await;
    assert_eq!(clock.now(), later(5));
}

#[tokio::test]
async fn a_driver_without_sleepers_waits_for_another_thread() {
    let clock = SetClock::at(start());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let other = clock.clone();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        sender.send(other.now()).unwrap();
    });
    assert_eq!(clock.drive(receiver).await, Ok(start()));
    thread.join().unwrap();
}

#[tokio::test]
async fn a_held_clock_is_not_moved_and_moves_on_when_released() {
    let clock = SetClock::at(start());
    let hold = clock.hold();
    let other = clock.clone();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        let seen = other.now();
        drop(hold);
        seen
    });
    clock.drive(clock.sleep_until(later(60))).await;
    assert_eq!(thread.join().unwrap(), start());
    assert_eq!(clock.now(), later(60));
}

#[tokio::test]
async fn grace_lets_work_outside_the_runtime_finish_first() {
    let clock = SetClock::at(start()).with_grace(Duration::from_millis(200));
    let work = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5)));
    let in_time = clock
        .drive(async {
            tokio::select! { done = work => done.is_ok(), () = clock.sleep_until(later(1)) => false }
        })
        .await;
    assert!(in_time);
}

#[tokio::test]
async fn advancing_by_hand_wakes_who_is_due_and_nobody_else() {
    let clock = SetClock::at(start());
    let early = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(later(10)).await }
    });
    let late = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(later(20)).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(clock.next_deadline(), Some(later(10)));
    clock.advance(Duration::from_secs(10));
    early.await.unwrap();
    assert!(!late.is_finished());
    assert_eq!(clock.next_deadline(), Some(later(20)));
    clock.set(later(20));
    late.await.unwrap();
    assert_eq!(clock.next_deadline(), None);
}

#[tokio::test]
async fn a_dropped_sleep_leaves_no_deadline_behind() {
    let clock = SetClock::at(start());
    clock
        .drive(async {
            tokio::select! {
                () = clock.sleep_until(later(1)) => {}
                () = clock.sleep_until(later(3_600)) => unreachable!(),
            }
        })
        .await;
    assert_eq!(clock.next_deadline(), None);
    assert_eq!(clock.now(), later(1));
}

#[tokio::test]
async fn a_sleeper_whom_the_clock_is_set_back_under_sleeps_on() {
    let clock = SetClock::at(start());
    let sleeper = tokio::spawn({
        let clock = clock.clone();
        async move {
            clock.sleep_until(later(10)).await;
            clock.now()
        }
    });
    tokio::task::yield_now().await;
    clock.set(later(10));
    clock.set(start());
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
    assert!(!sleeper.is_finished());
    clock.set(later(11));
    assert_eq!(sleeper.await.unwrap(), later(11));
}

#[tokio::test]
async fn absurd_moves_stop_at_the_end_of_time() {
    let clock = SetClock::at(start());
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Timestamp::MAX);
    clock.sleep_until(Timestamp::MAX).await;
    clock.sleep_until(Timestamp::MIN).await;
}

#[tokio::test]
async fn the_system_clock_never_returns_early() {
    let clock = SystemClock::new();
    for millis in [0, 1, 7, 20] {
        let time = clock.now() + Duration::from_millis(millis);
        clock.sleep_until(time).await;
        assert!(clock.now() >= time);
    }
    clock.sleep_until(Timestamp::MIN).await;
}
