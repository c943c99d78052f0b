//! Trends on streams of posts and on the embedded network, under a clock that is set: each promise by its name.
#![cfg(all(feature = "memory", feature = "trends"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod proposing;
mod reading;
mod town;
mod watching;
