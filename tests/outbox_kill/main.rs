//! The outbox never publishes twice and never loses what it was given, although its process is killed at every step of its
//! work.
#![cfg(all(
    unix,
    feature = "outbox",
    feature = "embedded",
    feature = "testing",
    feature = "memory",
    feature = "bluesky",
    feature = "vk",
    feature = "x"
))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chain;
mod clock;
#[cfg(feature = "postgres")]
mod database;
mod habits;
mod nets;
mod pds;
mod races;
#[path = "../support/scripted.rs"]
mod scripted;
mod steps;
mod together;
mod worker;

/// Not a test, but the process that tests start and kill: this program again, with an order.
#[test]
fn worker() {
    let Ok(order) = std::env::var(worker::ORDER) else {
        return;
    };
    let order = serde_json::from_str(&order).unwrap();
    sociable::testing::block_on(worker::work(&order)).unwrap();
}
