//! Every step, on the fake of each network.

use std::sync::Arc;

use sociable::outbox::Step;
use sociable::testing::loopback::Loopback;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::chain::{Folder, MOST, killed_at, wrong};
use crate::clock::FastClock;
use crate::nets::{Fake, has_keys};
use crate::worker::Order;

/// How many chains of workers run at once.
const AT_ONCE: usize = 16;

/// What came of a case: how many workers were killed, and what is wrong in the end.
pub(crate) type Found = (usize, Vec<String>);

/// Kills workers on the fake of a network at one step.
async fn case(net: &str, step: Step) -> Found {
    let clock = FastClock::start();
    let fake = Fake::new(net, Arc::new(clock));
    let served = Loopback::serve(fake.service(), Arc::new(clock));
    let served = served.await.unwrap();
    let folder = Folder::new(&format!("{net}-{step}"));
    let mut order = Order::new(net, served.url(), clock, folder.path());
    let (killed, items) = killed_at(&mut order, step, MOST).await;
    served.shutdown().await;
    (killed, wrong(&order, has_keys(net), &items, &fake.texts()))
}

/// Runs a case for each step, several at once.
pub(crate) async fn each_step<F: Future<Output = Found> + Send + 'static>(
    case: impl Fn(Step) -> F + Send + Sync + 'static,
) -> Vec<(Step, Found)> {
    let (room, case) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(case));
    let mut cases = JoinSet::new();
    for step in Step::ALL {
        let (room, case) = (Arc::clone(&room), Arc::clone(&case));
        cases.spawn(async move {
            let _place = room.acquire().await.unwrap();
            (*step, case(*step).await)
        });
    }
    cases.join_all().await
}

/// Ends the test where something is wrong, and where a step was never reached: who adds one has to let the plan reach it.
pub(crate) fn judge(place: &str, cases: Vec<(Step, Found)>) {
    let mut told = Vec::new();
    let mut total = 0;
    for (step, (killed, wrong)) in cases {
        total += killed;
        if killed == 0 {
            told.push(format!("nothing that the plan does reaches {step}"));
        }
        told.extend(wrong.into_iter().map(|wrong| format!("{step}: {wrong}")));
    }
    let steps = Step::ALL.len();
    println!("{place}: {total} workers were killed at {steps} steps");
    assert!(told.is_empty(), "{place}:\n{}", told.join("\n"));
}

async fn on(net: &'static str) {
    judge(net, each_step(move |step| case(net, step)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_step_on_memory_each_post_stands_once() {
    on("memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_step_on_bluesky_each_post_stands_once() {
    on("bluesky").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_step_on_vk_each_post_stands_once() {
    on("vk").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_step_on_x_each_post_stands_once_or_is_listed_as_unknown() {
    on("x").await;
}
