//! What the X adapter reads: on the fake, every request held to the contract; from answers that are made from the contract
//! by chance; and field by field.
#![cfg(all(feature = "x", feature = "testing", feature = "webhook"))]
// Clippy lets `unwrap` pass inside of test functions only; here most of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod asked;
mod covered;
mod fields;
mod made;
mod native;
mod net;
mod numbers;
mod sources;
mod world;

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../support/x_watch.rs"]
mod x_watch;
