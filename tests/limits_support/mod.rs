//! A world to try limits in: servers that know the truth, tasks that call them, and a clock that is moved by hand.
//!
//! Tests and gates share it.

// Each test file uses a part of it, and helpers fail by panicking, as tests do.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::panic
)]

mod desk;
mod measure;
mod pair;
mod server;
mod through_client;
mod truth;
mod world;

use std::time::Duration;

use jiff::Timestamp;
use sociable::client::limits::{Bucket, BucketKey, Scope, Window};

pub use desk::{Desk, granted, held, refused, told, until};
pub use measure::{Journey, Share, pace_share, shares};
pub use pair::{cancelling_differs, reading_differs};
pub use server::{Dialect, Server};
#[cfg(feature = "testing")]
pub use through_client::socket_storm;
pub use through_client::{Storm, narrow_delay, storm};
pub use truth::{Closed, Truth};
pub use world::{Told, World, random_world, run};

pub type Us = i64;
pub const MS: Us = 1_000;
pub const SEC: Us = 1_000_000;
/// Some moment in 2026 that is no multiple of anything.
pub const START: Us = 1_790_000_123_456_789;

pub fn ts(at: Us) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap()
}

pub fn us(of: Duration) -> Us {
    of.as_micros() as Us
}

pub fn secs(of: u64) -> Duration {
    Duration::from_secs(of)
}

pub fn key(name: &'static str) -> BucketKey {
    BucketKey::new("testnet", name, Scope::Token)
}

pub fn bucket(name: &'static str, windows: Vec<Window>) -> Bucket {
    Bucket::new(key(name), windows)
}

/// SplitMix64: the same numbers on every machine.
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
