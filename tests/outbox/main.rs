//! The outbox keeps its promise: each planned post once, or listed as unknown; never twice, never missing in silence.
#![cfg(all(feature = "outbox", feature = "memory"))]
// Clippy lets `unwrap` pass inside of test functions only; here some of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod adding;
mod crashes;
mod double;
#[cfg(all(feature = "bluesky", feature = "testing"))]
mod late;
mod listing;
mod people;
mod running;
mod scale;
mod seeds;
mod settling;
mod shelf;
mod stage;
