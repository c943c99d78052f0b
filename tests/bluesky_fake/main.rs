//! The fake of Bluesky: its rules by direct calls, its answers against the lexicons, and side by side with real
//! servers.
#![cfg(all(feature = "bluesky", feature = "testing"))]
// Clippy lets `unwrap` pass inside of test functions only; here most of it is in their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod differential;
mod lexicon;
mod net;
mod rules;
mod scenario;
mod servers;
mod switches;
