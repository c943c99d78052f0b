//! Contests on the embedded network, under a clock that is set: each promise by its name.
#![cfg(all(feature = "memory", feature = "contest"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod collecting;
mod crashes;
mod ends;
mod freezing;
mod judging;
mod life;
mod modes;
#[cfg(all(
    feature = "bluesky",
    feature = "vk",
    feature = "x",
    feature = "testing"
))]
mod networks;
mod people;
mod rules;
mod shelf;
mod town;
