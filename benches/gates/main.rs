//! What the crate promises in figures, measured: `cargo bench --bench gates --features full`
//!
//! Prints a line for each figure, `name value limit pass|FAIL`, and fails when one is out of its limit. Instructions
//! (valgrind's callgrind), allocations, live heap and simulated time decide, since they do not depend on the
//! machine's mood; what is only printed has no limit. What cannot be measured here is named, and fails where `CI` is
//! set. Words after `--` choose the figures whose names begin so: `-- page. call.` With `SOCIABLE_ACCEPT=1` a whole run
//! that keeps its limits writes README's table.

// A bench that cannot measure has nothing else to do than to stop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cases;
mod contest;
mod counted;
mod desk;
mod figures;
mod limits;
mod listen;
mod memory;
mod page;
mod posts;
mod promo;
mod reserve;
mod server;
mod sockets;
mod stores;
mod text;
mod trends;
mod trends_cost;
mod triage;
mod vk;
mod vk_limits;
mod vk_pages;
mod weight;
mod x;
mod x_limits;
mod x_money;
mod x_pages;

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use figures::Report;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What runs in a process of its own, to be counted there: name, and what it does so many times over.
const WORKS: &[counted::Work] = &[
    ("page", page::ours),
    ("page.floor", page::floor),
    ("call", page::call),
    ("call.floor", page::bare),
    text::HTML,
    text::COUNT,
    text::SPLIT,
    triage::ASSESS,
    reserve::WORKS[0],
    reserve::WORKS[1],
    stores::WORKS[0],
    stores::WORKS[1],
    vk::PAGE,
    vk::PAGE_FLOOR,
    vk::MESSAGES,
    vk::MESSAGES_FLOOR,
    x::PAGE,
    x::PAGE_FLOOR,
    desk::EVENTS,
    cases::REOPEN,
    contest::WORKS[0],
    contest::WORKS[1],
    contest::WORKS[2],
    contest::WORKS[3],
    promo::ROW,
    promo::CSV,
    trends_cost::POSTS,
    trends_cost::MADE,
    trends::STEP,
];

/// How the names of a group of figures begin, and what measures it.
type Group = (&'static str, fn(&mut Report));

const GROUPS: &[Group] = &[
    ("page.", page::gates),
    ("call.", page::calls),
    ("html.", text::html_gates),
    ("count.", text::count_gates),
    ("split.", text::split_gates),
    ("triage.", triage::gates),
    ("memory.", memory::gates),
    ("listen.", listen::gates),
    ("limits.", limits::gates),
    ("sockets.", sockets::gates),
    ("reserve.", reserve::gates),
    ("observe.", reserve::observing),
    ("store.", stores::gates),
    ("vk.page.", vk::page_gates),
    ("vk.messages.", vk::message_gates),
    ("vk.limits.", vk_limits::gates),
    ("x.page.", x::gates),
    ("x.limits.", x_limits::gates),
    ("x.money.", x_money::gates),
    ("desk.event.", desk::gates),
    ("desk.reopen.", cases::gates),
    ("contest.", contest::gates),
    ("promo.", promo::gates),
    ("trends.", trends::gates),
    ("trends.post.", trends_cost::post_gates),
    ("trends.heap", trends_cost::heap_gates),
    ("weight.", weight::gates),
];

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    words.retain(|word| !word.starts_with("--")); // Cargo says `--bench`.
    if let Some(done) = counted::run(WORKS, &words) {
        return done;
    }
    let mut report = Report::new(words);
    for (start, measure) in GROUPS {
        if report.wants(start) {
            measure(&mut report);
        }
    }
    report.end()
}
