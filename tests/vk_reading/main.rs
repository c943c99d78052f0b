//! What the VK adapter reads: on the fake, every request held to the contract; and from answers and happenings that are
//! made from the schema by chance.
#![cfg(all(feature = "vk", feature = "testing", feature = "webhook"))]
// Clippy lets `unwrap` pass inside of test functions only; here most of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod asked;
mod chat;
mod covered;
mod events;
mod figures;
mod lists;
mod made;
mod made_events;
mod net;
mod pages;
mod people;
mod refusals;
mod sources;

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../support/vk_watch.rs"]
mod vk_watch;
