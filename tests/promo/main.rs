//! Paid promotion as one table: each promise by its name.
#![cfg(all(feature = "memory", feature = "promo"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod calibration;
mod comparing;
mod examples;
mod files;
mod formulas;
mod gathering;
mod kit;
mod pacing;
mod sums;
