use serde::{Deserialize, Serialize};

use super::super::pack;
use super::super::topic::Term;
use super::Count;
use super::authors::{Authors, keep_least};
use super::slots::Slot;

/// How many posts a hot term remembers to show.
const SHOWN: usize = 4;
/// How many places it tells apart.
const PLACES: usize = 8;

/// A term that many used in a bucket, and what is known of how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Hot {
    /// How it reads, where it was first hot.
    pub(in super::super) term: Option<Term>,
    /// The terms of a pair.
    pub(in super::super) parts: Option<(u64, u64)>,
    pub(in super::super) authors: Authors,
    pub(in super::super) posts: u64,
    /// Authors that may be counted twice.
    carried: u64,
    pub(in super::super) sample: Sample,
}

/// How a term's posts are, since it is hot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct Sample {
    /// Posts that were looked at.
    pub(in super::super) seen: u64,
    pub(in super::super) copies: u64,
    pub(in super::super) reposts: u64,
    pub(in super::super) contest: u64,
    pub(in super::super) paid: u64,
    pub(in super::super) linked: u64,
    pub(in super::super) media: u64,
    pub(in super::super) nominating: u64,
    /// The longest chain.
    pub(in super::super) depth: u32,
    /// The networks, a bit each.
    pub(in super::super) networks: u32,
    #[serde(with = "pack::numbers")]
    pub(in super::super) places: Vec<u32>,
    /// The posts whose hashes are least, in order.
    #[serde(with = "pack::numbers")]
    pub(in super::super) posts: Vec<u32>,
    /// Which of those were deleted.
    #[serde(with = "pack::numbers")]
    pub(in super::super) deleted: Vec<u32>,
    /// The numbers of posts that can be shown.
    shown: Vec<u64>,
}

impl Hot {
    /// What a slot becomes by a post of this author, whether the slot names him or had no room for him.
    pub(super) fn of(slot: &Slot, author: u32, young: bool) -> Self {
        let mut authors = Authors::of(slot);
        let named = slot.names(author);
        if !named {
            authors.add(author, young, false);
        }
        Self {
            authors,
            posts: slot.posts() + u64::from(!named),
            carried: u64::from(slot.carried),
            ..Self::default()
        }
    }

    /// Distinct authors that are named or estimated, with those that may be counted twice.
    pub(in super::super) fn distinct(&self) -> u64 {
        self.authors.len() + self.carried
    }

    pub(in super::super) fn count(&self) -> Count {
        Count {
            authors: self.distinct(),
            young: self.authors.young(),
            uncertain: self.carried,
            posts: self.posts,
        }
    }
}

impl Sample {
    /// Notes a post by its hash, and by the number under which it can be shown.
    pub(in super::super) fn post(&mut self, print: u64, number: u64) {
        self.seen += 1;
        keep_least(&mut self.posts, print as u32);
        if self.shown.len() < SHOWN {
            self.shown.push(number);
        } else if self.seen.is_power_of_two() {
            // The first one stays; later ones show what became of it.
            self.shown.remove(1);
            self.shown.push(number);
        }
    }

    pub(in super::super) fn place(&mut self, place: u64) {
        let place = place as u32;
        if self.places.len() < PLACES && !self.places.contains(&place) {
            self.places.push(place);
        }
    }

    /// Notes that a post was deleted, if it is among those that are remembered.
    pub(in super::super) fn deleted(&mut self, print: u64) {
        let print = print as u32;
        if self.posts.binary_search(&print).is_ok() && !self.deleted.contains(&print) {
            self.deleted.push(print);
        }
    }

    pub(in super::super) fn shown(&self) -> &[u64] {
        &self.shown
    }
}
