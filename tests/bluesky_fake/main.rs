//! The fake of Bluesky: its rules by direct calls, its answers against the lexicons, and side by side with real
//! servers.
#![cfg(all(feature = "bluesky", feature = "testing"))]
// Clippy lets `unwrap` pass inside of test functions only; here most of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod cases;
mod cases_services;
mod cases_views;
mod cases_writes;
#[path = "../contract/mod.rs"]
mod contract;
mod differential;
mod net;
mod rules;
mod servers;
mod story;
mod story_gates;
mod story_network;
mod story_refusals;
mod story_writes;
mod switches;
mod watch;
