//! A large plan costs no more than what is due of it.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sociable::Draft;
use sociable::jiff::Timestamp;
use sociable::outbox::{Entry, Outbox};
use sociable::store::{JobQuery, Queue};

use crate::shelf::Shelf;
use crate::stage::{HOUR, MINUTE, Stage, t0};

const PLANNED: usize = 100_000;

#[tokio::test]
async fn finding_what_is_due_of_a_hundred_thousand_reads_only_that() {
    let stage = Stage::new(true);
    let shelf = Arc::new(Shelf::default());
    let outbox = Outbox::builder(shelf.clone())
        .network("shop", stage.double.clone())
        .clock(Arc::new(stage.clock.clone()))
        .look_every(10 * MINUTE)
        .build()
        .unwrap();
    let far = Entry::new("far", Draft::text("far"))
        .on("shop")
        .at(t0() + 1000 * HOUR);
    outbox.add(&[far]).await.unwrap();
    let template = shelf.jobs(&JobQuery::new(1)).await.unwrap().remove(0).job;
    for i in 0..PLANNED {
        let mut job = template.clone();
        job.id = format!("far{i}@shop");
        job.due = job.due.map(|due: Timestamp| due + (i as u32) * MINUTE);
        shelf.add(&job).await.unwrap();
    }
    let due: Vec<_> = (0..3)
        .map(|i| {
            let draft = Draft::text(format!("due {i}"));
            Entry::new(format!("due{i}"), draft).on("shop")
        })
        .collect();
    outbox.add(&due).await.unwrap();
    shelf.jobs.store(0, Ordering::SeqCst);
    shelf.values.store(0, Ordering::SeqCst);
    let report = stage.clock.drive(outbox.run_once()).await.unwrap();
    assert_eq!(report.published, 3);
    // Each is handed out once, when it is leased; nothing else is read.
    assert_eq!(shelf.jobs.load(Ordering::SeqCst), 3);
    assert_eq!(shelf.values.load(Ordering::SeqCst), 0);
    // Warnings look at a few neighbours, not at all.
    let near = Entry::new("near", Draft::text("near"))
        .on("shop")
        .at(t0() + 1000 * HOUR);
    outbox.add(&[near]).await.unwrap();
    assert!(shelf.jobs.load(Ordering::SeqCst) < 10);
}
