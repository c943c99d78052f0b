//! Following a network takes no more memory after many events than after some. One test alone, since it measures the
//! whole process.
#![cfg(feature = "webhook")]

#[path = "support/endless.rs"]
mod endless;

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What many events may take at the peak, as a multiple of what some take.
const MOST_GROWTH: f64 = 1.1;
/// Some; the gates compare them with a million.
const SOME: u64 = 10_000;
const MANY: u64 = 100_000;

/// The peak above what was there before, in bytes.
async fn peak(work: impl Future<Output = ()>) -> f64 {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    work.await;
    (HEAP.peak_usage() - before) as f64
}

#[tokio::test]
async fn the_peak_of_many_events_is_that_of_some() {
    let polled = [
        peak(endless::listen(SOME, || {})).await,
        peak(endless::listen(MANY, || {})).await,
    ];
    let pushed = [
        peak(endless::receive(SOME, || {})).await,
        peak(endless::receive(MANY, || {})).await,
    ];
    for (name, [some, many]) in [("polled", polled), ("pushed", pushed)] {
        println!("{name}: {some} bytes for {SOME} events, {many} for {MANY}");
        assert!(
            many <= some * MOST_GROWTH,
            "{name}: {many} bytes after {MANY} events, {some} after {SOME}"
        );
    }
}
