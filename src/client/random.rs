//! Randomness for spreading retries, never for secrets.

use std::{
    collections::hash_map::RandomState,
    fmt::Debug,
    hash::{BuildHasher, Hasher},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// A source of numbers that spread retries apart.
///
/// Nothing secret may come from it: the sequence can be guessed.
pub trait Random: Debug + Send + Sync {
    /// The next number, each bit as likely set as not.
    fn next(&self) -> u64;
}

/// A number from 0 (included) to 1 (excluded).
pub fn fraction(random: &dyn Random) -> f64 {
    // An f64 holds 53 bits exactly.
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A duration from zero (included) to `most` (excluded; zero when `most` is zero).
///
/// Durations beyond 584 years count as 584 years.
pub fn jitter(random: &dyn Random, most: Duration) -> Duration {
    let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    let part = (u128::from(most) * u128::from(random.next())) >> 64;
    Duration::from_nanos(part as u64)
}

/// The step between two states: 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// One number of the SplitMix64 sequence (Steele, Lea and Flood, 2014): a counter whose bits are mixed.
fn split_mix(state: &AtomicU64) -> u64 {
    let mut z = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Numbers that differ from run to run, seeded by the operating system.
#[derive(Debug)]
pub struct SystemRandom(AtomicU64);

impl SystemRandom {
    /// A source with a seed of its own.
    pub fn new() -> Self {
        // The standard library's hash keys come from the operating system.
        Self(AtomicU64::new(RandomState::new().build_hasher().finish()))
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn next(&self) -> u64 {
        split_mix(&self.0)
    }
}

/// Numbers that are the same in every run, for tests.
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// The sequence that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for SeededRandom {
    fn next(&self) -> u64 {
        split_mix(&self.0)
    }
}
