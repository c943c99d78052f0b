//! Two processes on one plan in a PostgreSQL database: one is killed at each step, or both live.

use std::sync::Arc;

use sociable::outbox::{Item, Step};
use sociable::testing::loopback::Loopback;

use crate::chain::{Ended, Folder, LONGEST, last, start, unique, watch, wrong};
use crate::clock::FastClock;
use crate::nets::{Fake, has_keys};
use crate::pds::named;
use crate::steps::{Found, each_step, judge};
use crate::worker::{Order, Plan};

/// Lets a worker come to its end.
async fn to_the_end(order: &Order) -> Ended {
    let mut order = order.clone();
    let child = start(&order);
    let mut seen = Vec::new();
    let ended = tokio::time::timeout(LONGEST, watch(child, &mut order, &mut seen)).await;
    ended.unwrap_or_else(|_| panic!("{} comes to no end: {:?}", order.worker, last(&seen)))
}

/// How everything stands by the word of a worker that came to the end.
fn items(ended: Ended) -> Vec<Item> {
    match ended {
        Ended::Done(items) => items,
        Ended::Killed => panic!("a worker stopped that was not told to"),
    }
}

fn orders(
    fake: &str,
    served: &Loopback,
    clock: FastClock,
    folder: &Folder,
    url: &str,
) -> [Order; 2] {
    let mut one = Order::new(fake, served.url(), clock, folder.path());
    // Processes are killed here, not the machine: what was answered need not be on the disk.
    let mark = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{mark}options=-c%20synchronous_commit%3Doff");
    one.database = Some((url, format!("kill_{}_", unique())));
    one.lease = 30;
    one.worker = "one".to_owned();
    let mut other = one.clone();
    other.worker = "other".to_owned();
    [one, other]
}

/// Runs two workers at once, of which the first is killed at a step. Where the other does all that would have brought the
/// first to its step, the other starts later in a second round.
async fn case(net: &str, url: &str, step: Step) -> Found {
    let mut found = (0, Vec::new());
    for at_once in [true, false] {
        let clock = FastClock::start();
        let fake = Fake::new(net, Arc::new(clock));
        let served = Loopback::serve(fake.service(), Arc::new(clock));
        let served = served.await.unwrap();
        let folder = Folder::new(&format!("database-{net}-{step}-{at_once}"));
        let [mut one, other] = orders(net, &served, clock, &folder, url);
        one.stop_at = Some(step);
        let (first, second) = if at_once {
            tokio::join!(to_the_end(&one), to_the_end(&other))
        } else {
            (to_the_end(&one).await, to_the_end(&other).await)
        };
        served.shutdown().await;
        let items = items(second);
        found
            .1
            .extend(wrong(&one, has_keys(net), &items, &fake.texts()));
        if matches!(first, Ended::Killed) {
            found.0 += 1;
            break;
        }
    }
    found
}

async fn on(net: &'static str) {
    let test = format!("two workers on one PostgreSQL, on {net}");
    let Some(url) = named("SOCIABLE_POSTGRES_URL", &test) else {
        return;
    };
    let cases = each_step(move |step| {
        let url = url.clone();
        async move { case(net, &url, step).await }
    });
    judge(&test, cases.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_workers_on_one_database_one_is_killed_at_every_step() {
    on("memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_workers_on_one_database_and_a_network_without_keys_one_is_killed_at_every_step() {
    on("x").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_on_one_database_publish_many_posts_and_each_of_them_once() {
    let test = "many posts by two workers on one PostgreSQL";
    let Some(url) = named("SOCIABLE_POSTGRES_URL", test) else {
        return;
    };
    let clock = FastClock::start();
    let fake = Fake::new("memory", Arc::new(clock));
    let served = Loopback::serve(fake.service(), Arc::new(clock));
    let served = served.await.unwrap();
    let folder = Folder::new("database-many");
    let [mut one, mut other] = orders("memory", &served, clock, &folder, &url);
    (one.plan, other.plan) = (Plan::Many(80), Plan::Many(80));
    let (_, items_of_other) = tokio::join!(to_the_end(&one), to_the_end(&other));
    served.shutdown().await;
    let wrong = wrong(&other, true, &items(items_of_other), &fake.texts());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
