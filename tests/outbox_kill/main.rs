//! The outbox never publishes twice and never loses what it was given, although its process is killed at every step of its
//! work.
#![cfg(all(
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

mod habits;
mod nets;
