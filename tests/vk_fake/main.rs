//! The fake of VK: its rules by direct calls, and its answers against the contract.
#![cfg(all(feature = "vk", feature = "testing"))]
// Clippy lets `unwrap` pass inside of test functions only; here most of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod net;
mod story_wall;
mod watch;
