//! The fake of Bluesky: its rules by direct calls, its answers against the lexicons, and side by side with real
//! servers.
#![cfg(all(feature = "bluesky", feature = "testing"))]

mod differential;
mod lexicon;
mod net;
mod rules;
mod scenario;
mod servers;
