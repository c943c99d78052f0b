//! What following a network holds, however much happens on it: polled, and delivered to a webhook.

use crate::figures::{Bound, Report};
use crate::memory::live;

#[path = "../../tests/support/endless.rs"]
mod endless;

/// The peak at a million events, as a multiple of that at ten thousand (issue 4).
const MOST_GROWTH: f64 = 1.1;
const SOME: u64 = 10_000;
const MANY: u64 = 1_000_000;

/// The most that was live at any event, above what was before.
fn peak(follow: impl AsyncFnOnce(&mut dyn FnMut())) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let before = live();
    let mut peak = before;
    runtime.block_on(follow(&mut || peak = peak.max(live())));
    (peak - before) as f64
}

pub(crate) fn gates(report: &mut Report) {
    let polled = |events| peak(async move |look| endless::listen(events, look).await);
    let pushed = |events| peak(async move |look| endless::receive(events, look).await);
    let (some, many) = (polled(SOME), polled(MANY));
    report.figure("listen.heap_bytes", many, Bound::Free);
    let growth = many / some.max(1.0);
    report.figure("listen.heap_growth", growth, Bound::AtMost(MOST_GROWTH));
    let (some, many) = (pushed(SOME), pushed(MANY));
    report.figure("listen.pushed.heap_bytes", many, Bound::Free);
    let growth = many / some.max(1.0);
    report.figure(
        "listen.pushed.heap_growth",
        growth,
        Bound::AtMost(MOST_GROWTH),
    );
}
