//! Several processes on one plan.

use std::sync::Arc;
use std::time::Duration;

use sociable::outbox::Filter;
use sociable::testing::loopback::Loopback;

use crate::chain::{Ended, Folder, LONGEST, start, watch, wrong};
use crate::clock::FastClock;
use crate::nets::Fake;
use crate::worker::{ENOUGH, Order, Plan, entries, outbox};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_process_runs_the_plan_another_lists_and_adds() {
    let clock = FastClock::start();
    let fake = Fake::new("memory", Arc::new(clock));
    let served = Loopback::serve(fake.service(), Arc::new(clock));
    let served = served.await.unwrap();
    let folder = Folder::new("lists-and-adds");
    let mut order = Order::new("memory", served.url(), clock, folder.path());
    order.plan = Plan::Many(10);
    order.stays = true;
    let child = start(&order);
    // Here it is another process that the worker knows nothing of.
    let mut ours = order.clone();
    ours.plan = Plan::Many(40);
    let desk = outbox(&ours).await;
    for chunk in entries(&ours).chunks(5) {
        let report = desk.add(chunk).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
        let listed = desk.list(&Filter::new()).await.unwrap();
        assert!(
            chunk
                .iter()
                .all(|entry| listed.iter().any(|item| item.key == entry.key))
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    std::fs::write(folder.path().join(ENOUGH), "").unwrap();
    let mut seen = Vec::new();
    let ended = tokio::time::timeout(LONGEST, watch(child, &mut order, &mut seen)).await;
    let Ok(Ended::Done(items)) = ended else {
        panic!("the worker comes to no end");
    };
    served.shutdown().await;
    let wrong = wrong(&ours, true, &items, &fake.texts());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
