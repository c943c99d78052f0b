//! How much a term's hours differ from each other.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::slots::SLOTS;

/// A factor for each of some hours, 1 where it is like the average.
#[derive(Clone, PartialEq)]
pub(super) struct Factors<const N: usize>(Box<[f32; N]>);

/// One for every hour of the week.
pub(super) type Profile = Factors<SLOTS>;

/// Factors keep within these: a term may be written of in one hour of the week alone, but none is ruled out in any.
const BOUNDS: (f32, f32) = (0.02, 100_000.0);

impl<const N: usize> Default for Factors<N> {
    fn default() -> Self {
        Self(Box::new([1.0; N]))
    }
}

impl<const N: usize> fmt::Debug for Factors<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Factors(..)")
    }
}

impl<const N: usize> Factors<N> {
    pub(super) fn at(&self, slot: usize) -> f32 {
        self.0.get(slot).copied().unwrap_or(1.0)
    }

    /// Moves a slot's factor towards what was seen, by a share of the way.
    pub(super) fn learn(&mut self, slot: usize, seen: f32, share: f32) {
        if let Some(factor) = self.0.get_mut(slot) {
            *factor = (*factor + share * (seen - *factor)).clamp(BOUNDS.0, BOUNDS.1);
        }
    }
}

/// As text: numbers as JSON writes them would take thrice the room, and one bit of them could be lost on the way back.
impl<const N: usize> Serialize for Factors<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|f| f.to_le_bytes()).collect();
        to.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Factors<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = STANDARD.decode(&text).map_err(D::Error::custom)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        let mut profile = Self::default();
        if numbers.len() != N || !rest.is_empty() {
            return Err(D::Error::custom(
                "a profile of hours has another number of factors",
            ));
        }
        for (factor, bytes) in profile.0.iter_mut().zip(numbers) {
            let read = f32::from_le_bytes(*bytes);
            if !read.is_finite() {
                return Err(D::Error::custom("a profile's factors are numbers"));
            }
            *factor = read.clamp(BOUNDS.0, BOUNDS.1);
        }
        Ok(profile)
    }
}
