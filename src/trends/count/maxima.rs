use serde::{Deserialize, Serialize};

use super::super::hashes::mix;
use super::super::pack;

/// Rows, and cells of each: 1 MiB together.
const ROWS: usize = 4;
const CELLS: usize = 1 << 18;

/// What terms had that made way: a count–min sketch that keeps the greatest of what meets in a cell, not the sum. So it
/// answers never less than the truth, and more only where terms that made way meet it in every row: for E of them in w
/// cells and d rows with a chance of at most (1 − e^(−E/w))^d, and then by no more than they had themselves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Maxima {
    /// Made when the first term makes way.
    #[serde(with = "pack::bytes")]
    cells: Vec<u8>,
    evicted: u64,
}

impl Maxima {
    /// How often a term made way.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    fn places(term: u64) -> impl Iterator<Item = usize> {
        (0..ROWS).map(move |row| {
            let spread = mix(term ^ (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            row * CELLS + (spread as usize & (CELLS - 1))
        })
    }

    /// At least as many as the term had when it made way.
    pub(super) fn of(&self, term: u64) -> u8 {
        if self.cells.is_empty() {
            return 0;
        }
        Self::places(term)
            .map(|place| self.cells.get(place).copied().unwrap_or(0))
            .min()
            .unwrap_or(0)
    }

    pub(super) fn raise(&mut self, term: u64, authors: u8) {
        if self.cells.is_empty() {
            self.cells = vec![0; ROWS * CELLS];
        }
        self.evicted += 1;
        for place in Self::places(term) {
            if let Some(cell) = self.cells.get_mut(place) {
                *cell = (*cell).max(authors);
            }
        }
    }
}
