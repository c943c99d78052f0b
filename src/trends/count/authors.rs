use serde::{Deserialize, Serialize};

use super::super::hashes::mix;
use super::super::pack;
use super::slots::Slot;

/// Up to so many authors are named, each with his posts.
const EXACT: usize = 2_048;
/// Where memory is short, up to so many.
const EXACT_WHEN_SHORT: usize = 128;
/// Registers of the sketch beyond: the standard error is 1.04/√1024, about 3.3 %.
const BITS: u32 = 10;
/// From so many posts on an author's posts are no longer counted.
const MOST_POSTS: u32 = (1 << 31) - 1;
const YOUNG: u32 = 1 << 31;

/// The distinct authors of a term: named with their posts while they are few, a HyperLogLog beyond (Flajolet et al.,
/// 2007).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub(in super::super) enum Authors {
    Named {
        /// An open table: an author and his posts, of which the first bit says that the account is young. No posts: empty.
        #[serde(with = "pack::pairs")]
        table: Vec<(u32, u32)>,
        len: usize,
    },
    Many {
        #[serde(with = "pack::bytes")]
        registers: Vec<u8>,
        /// The share of young accounts, as it was when authors were still named.
        young: f64,
        /// The authors whose hashes are least, to tell which terms have the same.
        #[serde(with = "pack::numbers")]
        least: Vec<u32>,
        /// Who had most posts when authors were still named, his posts since then, and all.
        top: u32,
        top_posts: u64,
        posts: u64,
        gini: f64,
    },
}

impl Default for Authors {
    fn default() -> Self {
        Self::Named {
            table: Vec::new(),
            len: 0,
        }
    }
}

/// How unequally the posts are shared out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in super::super) struct Spread {
    pub(in super::super) top_share: f64,
    pub(in super::super) gini: f64,
}

/// How many least hashes tell which terms have the same authors.
pub(in super::super) const LEAST: usize = 32;

impl Authors {
    pub(super) fn of(slot: &Slot) -> Self {
        let mut authors = Self::default();
        let named = slot.authors.iter().zip(slot.posts).zip(0..slot.named);
        for ((author, posts), at) in named {
            let young = slot.young >> at & 1 == 1;
            authors.put(*author, u32::from(posts.max(1)), young);
        }
        authors
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Named { table, .. } => table.len() * 8,
            Self::Many {
                registers, least, ..
            } => registers.len() + least.len() * 4,
        }
    }

    /// Takes in a post; where memory is short, fewer authors are named.
    pub(in super::super) fn add(&mut self, author: u32, young: bool, short: bool) {
        let most = if short { EXACT_WHEN_SHORT } else { EXACT };
        if let Self::Named { len, table } = self
            && *len >= most
            && find(table, author).is_none_or(|at| table.get(at).is_none_or(|one| one.1 == 0))
        {
            *self = self.many();
        }
        self.put(author, 1, young);
    }

    fn put(&mut self, author: u32, posts: u32, young: bool) {
        match self {
            Self::Named { table, len } => {
                if *len * 4 >= table.len() * 3 {
                    grow(table);
                }
                let Some(at) = find(table, author) else {
                    return;
                };
                if let Some(place) = table.get_mut(at) {
                    if place.1 == 0 {
                        *len += 1;
                        *place = (author, if young { YOUNG } else { 0 });
                    }
                    let sum = (place.1 & MOST_POSTS).saturating_add(posts);
                    place.1 = (place.1 & YOUNG) | sum.min(MOST_POSTS);
                }
            }
            Self::Many {
                registers,
                least,
                top,
                top_posts,
                posts: all,
                ..
            } => {
                raise(registers, author);
                keep_least(least, spread(author));
                *all += u64::from(posts);
                if author == *top {
                    *top_posts += u64::from(posts);
                }
            }
        }
    }

    /// The same as a sketch.
    fn many(&self) -> Self {
        let spread = self.spread();
        let (len, young) = (self.len(), self.young());
        let mut registers = vec![0; 1 << BITS];
        let mut least = Vec::with_capacity(LEAST);
        let (mut top, mut posts) = ((0, 0), 0);
        for (author, his) in self.named() {
            raise(&mut registers, author);
            keep_least(&mut least, self::spread(author));
            posts += u64::from(his);
            if his > top.1 {
                top = (author, his);
            }
        }
        Self::Many {
            registers,
            young: young as f64 / len.max(1) as f64,
            least,
            top: top.0,
            top_posts: u64::from(top.1),
            posts,
            gini: spread.gini,
        }
    }

    fn named(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let table = match self {
            Self::Named { table, .. } => table.as_slice(),
            Self::Many { .. } => &[],
        };
        let filled = table.iter().filter(|(_, posts)| *posts != 0);
        filled.map(|(author, posts)| (*author, posts & MOST_POSTS))
    }

    /// How many there are.
    pub(in super::super) fn len(&self) -> u64 {
        match self {
            Self::Named { len, .. } => *len as u64,
            Self::Many { registers, .. } => estimate(registers),
        }
    }

    /// How many of them have young accounts.
    pub(in super::super) fn young(&self) -> u64 {
        match self {
            Self::Named { table, .. } => {
                let young = table
                    .iter()
                    .filter(|(_, posts)| *posts != 0 && posts & YOUNG != 0);
                young.count() as u64
            }
            Self::Many { young, .. } => (self.len() as f64 * young).round() as u64,
        }
    }

    /// How unequally they wrote.
    pub(in super::super) fn spread(&self) -> Spread {
        let share = |part: u64, all: u64| {
            if all == 0 {
                0.0
            } else {
                part as f64 / all as f64
            }
        };
        match self {
            Self::Named { .. } => {
                let mut posts: Vec<u64> = self.named().map(|(_, posts)| posts.into()).collect();
                posts.sort_unstable();
                let (all, n) = (posts.iter().sum::<u64>(), posts.len() as f64);
                let ranked = (1..).zip(&posts).map(|(rank, his): (u64, _)| rank * his);
                let ranked = ranked.sum::<u64>() as f64;
                let gini = match all {
                    0 => 0.0,
                    _ => 2.0 * ranked / (n * all as f64) - (n + 1.0) / n,
                };
                Spread {
                    top_share: share(posts.last().copied().unwrap_or(0), all),
                    gini: gini.max(0.0),
                }
            }
            Self::Many {
                top_posts,
                posts,
                gini,
                ..
            } => Spread {
                top_share: share(*top_posts, *posts),
                gini: *gini,
            },
        }
    }

    /// The authors whose hashes are least, in order.
    pub(in super::super) fn least(&self) -> Vec<u32> {
        match self {
            Self::Named { .. } => {
                let mut all: Vec<u32> = self.named().map(|(author, _)| spread(author)).collect();
                all.sort_unstable();
                all.truncate(LEAST);
                all
            }
            Self::Many { least, .. } => least.clone(),
        }
    }
}

/// A term's authors in an order that has nothing to do with how they are known.
fn spread(author: u32) -> u32 {
    (mix(u64::from(author) ^ 0x6c65_6173_7400) >> 32) as u32
}

/// Keeps the least numbers in order.
pub(in super::super) fn keep_least(least: &mut Vec<u32>, number: u32) {
    if least.len() >= LEAST && least.last().is_some_and(|last| *last <= number) {
        return;
    }
    if let Err(at) = least.binary_search(&number) {
        least.insert(at, number);
        least.truncate(LEAST);
    }
}

fn find(table: &[(u32, u32)], author: u32) -> Option<usize> {
    let mask = table.len().checked_sub(1)?;
    let mut at = mix(u64::from(author)) as usize & mask;
    while let Some((one, posts)) = table.get(at)
        && *posts != 0
        && *one != author
    {
        at = (at + 1) & mask;
    }
    Some(at)
}

fn grow(table: &mut Vec<(u32, u32)>) {
    let room = (table.len() * 2).max(8);
    let old = std::mem::replace(table, vec![(0, 0); room]);
    for (author, posts) in old.into_iter().filter(|(_, posts)| *posts != 0) {
        if let Some(at) = find(table, author)
            && let Some(place) = table.get_mut(at)
        {
            *place = (author, posts);
        }
    }
}

fn raise(registers: &mut [u8], author: u32) {
    let hash = mix(u64::from(author) ^ 0x6879_7065_7200);
    let at = (hash >> (64 - BITS)) as usize;
    let rank = (hash << BITS).leading_zeros().min(64 - BITS) as u8 + 1;
    if let Some(register) = registers.get_mut(at) {
        *register = (*register).max(rank);
    }
}

fn estimate(registers: &[u8]) -> u64 {
    let m = registers.len() as f64;
    let sum: f64 = registers
        .iter()
        .map(|rank| 2.0_f64.powi(-i32::from(*rank)))
        .sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    let empty = registers.iter().filter(|rank| **rank == 0).count();
    let small = raw <= 2.5 * m && empty > 0;
    let estimate = if small {
        m * (m / empty as f64).ln()
    } else {
        raw
    };
    estimate.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_named_up_to_a_number_and_estimated_beyond() {
        let mut authors = Authors::default();
        for author in 0..EXACT as u32 {
            authors.add(author, author % 4 == 0, false);
            authors.add(author, author % 4 == 0, false);
        }
        assert_eq!((authors.len(), authors.young()), (2048, 512));
        for many in [10_000_u32, 100_000, 1_000_000] {
            for author in 0..many {
                authors.add(author, false, false);
            }
            let off = authors.len() as f64 / f64::from(many) - 1.0;
            assert!(off.abs() < 0.1, "{many}: {}", authors.len());
        }
        assert!(authors.bytes() < 2_000);
    }

    #[test]
    fn who_wrote_most_is_known_on_both_sides() {
        let mut authors = Authors::default();
        for author in 0..9 {
            authors.add(author, false, false);
        }
        let even = authors.spread();
        assert!(even.gini.abs() < 1e-9 && (even.top_share - 1.0 / 9.0).abs() < 1e-9);
        for _ in 0..9_000 {
            authors.add(5, false, false);
        }
        let one = authors.spread();
        assert!(one.top_share > 0.99 && one.gini > 0.8, "{one:?}");
        for author in 0..3_000 {
            authors.add(author, false, false);
        }
        assert!(authors.spread().top_share > 0.7);
    }
}
