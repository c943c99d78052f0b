//! The desk on VK, under a clock that is set: what VK tells in its own way, and what it does not tell, becomes cases and
//! answers all the same. Every exchange is held to VK's contract.
#![cfg(all(feature = "vk", feature = "testing", feature = "desk"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod elsewhere;
mod mentions;
mod office;
mod wall;

#[path = "../contract/mod.rs"]
mod contract;
// Each integration test uses only a part of these.
#[allow(dead_code)]
#[path = "../vk_reading/net.rs"]
mod net;
#[path = "../support/vk_watch.rs"]
mod vk_watch;
