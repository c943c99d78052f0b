//! Hashes that are the same in every process, and maps by them. They are quick and keep no secret: whoever wants two terms
//! to be taken for one can have that, as he can with any hash that is kept from run to run.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(super) use crate::shared::mix::mix;

/// Passes on what is a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A map whose keys are hashes.
pub(super) type ByHash<V> = HashMap<u64, V, BuildHasherDefault<AsItIs>>;

/// Spreads numbers that are no hashes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(self.0 ^ hash_of(bytes));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = mix(number);
    }
}

/// A map whose keys are any numbers.
pub(super) type ByNumber<V> = HashMap<u64, V, BuildHasherDefault<Mixed>>;

/// A hash of parts, the same in every process. The parts are kept apart, whatever they hold.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let one = |sum: u64, part: &&str| mix(sum ^ hash_of(part.as_bytes()));
    parts.iter().fold(0, one)
}

/// A hash of one word, the same in every process: each eight bytes are multiplied in by an odd number, so that no step loses
/// anything.
#[inline]
pub(super) fn hash_of(word: &[u8]) -> u64 {
    let taken = |sum: u64, bytes: u64| {
        let sum = (sum ^ bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^ (sum >> 32)
    };
    let (eights, rest) = word.as_chunks::<8>();
    let sum = (eights.iter()).fold(word.len() as u64, |sum, eight| {
        taken(sum, u64::from_le_bytes(*eight))
    });
    // The last eight bytes, some of which may have been taken in, or what there is.
    let rest = match word.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => (rest.iter()).fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte)),
    };
    mix(taken(sum, rest))
}
