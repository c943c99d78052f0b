//! The desk on the embedded network, under a clock that is set: each promise by its name.
#![cfg(all(feature = "memory", feature = "desk"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod bad_input;
mod claims;
mod ends;
mod figures;
mod handing;
mod inbox;
mod keeping;
mod persons;
mod rounds;
mod searches;
mod town;
