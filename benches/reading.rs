//! What counting costs, in allocations and in work for each byte: figures that do not depend on the machine's mood.
//! `cargo bench --bench reading --features full`
//!
//! Times are printed as ratios within this run alone.

// A bench that cannot measure has nothing else to do than to stop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::alloc::System;
use std::time::{Duration, Instant};

use sociable::Text;
use sociable::text::{Count, Numbering, TextLimit, WeightedRules, split};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    counting();
}

/// How long the work takes, the best of a few runs.
fn best(work: impl Fn() -> usize) -> Duration {
    let time = || {
        let from = Instant::now();
        std::hint::black_box(work());
        from.elapsed()
    };
    (0..5).map(|_| time()).min().unwrap_or_default()
}

fn counting() {
    let piece = "Чай ☕ и 👩‍👩‍👧 today, see https://example.com/a #tea. ";
    let (small, large) = (piece.repeat(20), piece.repeat(200));
    for (name, count) in [
        ("scalars", Count::Scalars),
        ("UTF-16 units", Count::Utf16),
        ("graphemes", Count::Graphemes),
        ("bytes", Count::Bytes),
        ("weighted", Count::Weighted(WeightedRules::x())),
    ] {
        let region = Region::new(HEAP);
        let length = count.measure(&small);
        let allocations = region.change().allocations;
        let ratio = best(|| count.measure(&large)).as_secs_f64()
            / best(|| count.measure(&small)).as_secs_f64();
        println!(
            "{name}: {length} in {} bytes, {allocations} allocations; ten times the text takes {ratio:.1} times as long",
            small.len()
        );
    }
    let limit = TextLimit::new(Count::Graphemes, 300).bytes(3000);
    let thread = |text: &str| {
        split(&Text::plain(text), &limit, Numbering::Slash)
            .unwrap()
            .len()
    };
    let ratio = best(|| thread(&large)).as_secs_f64() / best(|| thread(&small)).as_secs_f64();
    println!(
        "splitting: {} parts of {} bytes; ten times the text takes {ratio:.1} times as long",
        thread(&large),
        large.len()
    );
}
