//! The draw itself: an order of all entries.

use ring::hmac;

use super::hash::{self, Commitment, Randomness};
use super::sealed::{FORMAT, Sealed};

/// What decides the order: made of the randomness and of the commitment that was published before it.
#[derive(Clone, Debug)]
pub struct Seed(hmac::Key);

impl Seed {
    /// HKDF-SHA256 over the randomness, with the list's hash as salt and the seal in the info.
    pub fn new(sealed: &Sealed, randomness: &Randomness) -> Self {
        let info = [FORMAT.as_bytes(), b" seed", sealed.seal().bytes()].concat();
        let seed = hash::hkdf(sealed.list.bytes(), randomness.bytes(), &info);
        Self(hash::hmac_key(&seed))
    }
}

/// The order of all entries: ascending by the HMAC-SHA256 of each one's commitment under the seed.
///
/// Every order is as likely as any other, since nothing is reduced to a range, and each entry keeps its place whoever is
/// found ineligible: the next one in order steps in. Only as much of it is sorted as was asked for.
#[derive(Clone, Debug)]
pub struct Order {
    ranks: Vec<Rank>,
    /// How many of the first stand at their places.
    sorted: usize,
}

/// Where an entry comes: by its HMAC; where two are equal, which nobody will see, by its commitment, and so by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    key: [u8; 32],
    index: u32,
}

impl Order {
    /// Draws the order of a list, which is ascending.
    pub fn new(seed: &Seed, commitments: &[Commitment]) -> Self {
        let ranks = (commitments.iter().zip(0..))
            .map(|(commitment, index)| Rank {
                key: hash::hmac(&seed.0, commitment.bytes()),
                index,
            })
            .collect();
        Self { ranks, sorted: 0 }
    }

    /// The first `count` of the order, or all that there are, as indexes of the list.
    pub fn first(&mut self, count: usize) -> Vec<u32> {
        let count = count.min(self.ranks.len());
        if count > self.sorted {
            if let Some(rest) = self.ranks.get_mut(self.sorted..) {
                let more = count - self.sorted;
                if more < rest.len() {
                    rest.select_nth_unstable(more);
                }
                if let Some(next) = rest.get_mut(..more) {
                    next.sort_unstable();
                }
            }
            self.sorted = count;
        }
        self.ranks
            .iter()
            .take(count)
            .map(|rank| rank.index)
            .collect()
    }

    /// The place of an entry, from 1.
    pub fn place_of(&self, index: u32) -> Option<u32> {
        let rank = self.ranks.iter().find(|rank| rank.index == index)?;
        let before = self.ranks.iter().filter(|other| *other < rank).count();
        u32::try_from(before).ok()?.checked_add(1)
    }
}
