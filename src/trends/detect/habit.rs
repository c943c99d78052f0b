//! Bursts that come every week, or every day, at the same hour are no news.

use serde::{Deserialize, Serialize};

use super::slots::SLOTS;

const WORDS: usize = SLOTS.div_ceil(64);

const DAY: usize = 24;

/// The hours of the week that were part of a burst when they came last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Habit([u64; WORDS]);

impl Habit {
    pub(super) fn mark(&mut self, slot: usize) {
        if let Some(word) = self.0.get_mut(slot / 64) {
            *word |= 1 << (slot % 64);
        }
    }

    pub(super) fn clear(&mut self, slot: usize) {
        if let Some(word) = self.0.get_mut(slot / 64) {
            *word &= !(1 << (slot % 64));
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    /// It burst in this hour a week ago.
    pub(super) fn weekly(&self, slot: usize) -> bool {
        let word = self.0.get(slot / 64).copied().unwrap_or(0);
        word & (1 << (slot % 64)) != 0
    }

    /// It burst in this hour yesterday.
    pub(super) fn daily(&self, slot: usize) -> bool {
        self.weekly((slot + SLOTS - DAY) % SLOTS)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}
