//! Distinct authors per term of one bucket, in bounded memory.
//!
//! A term is first a slot of 32 bytes that names its authors, up to three. With the fourth it becomes a [`Hot`] term that
//! names all of them. So what reaches the support is counted exactly. Where a bucket holds more terms than there are slots,
//! slots of few authors make way; how many authors they had is kept in a sketch of maxima, in which nothing is ever
//! forgotten and only collisions add. A term that comes back begins with what the sketch says, and carries it as its
//! uncertainty: `authors - uncertain <= truth <= authors`. So nothing above the support is hidden by an error.

mod authors;
mod hot;
mod maxima;
mod slots;

use std::collections::hash_map::Entry;

use serde::{Deserialize, Serialize};

pub(super) use authors::{Authors, LEAST};
pub(super) use hot::{Hot, Sample};
use maxima::Maxima;
pub(super) use slots::Part;
use slots::{Added, Slot, Slots};

use super::hashes::ByHash;

/// So many terms are followed with all their authors at once.
const MOST_HOT: usize = 16_384;
/// From so many bytes of authors on, terms of many authors are counted by a sketch sooner.
const MOST_AUTHOR_BYTES: usize = 8 << 20;

/// What became of a term that was counted.
pub(super) enum Counted<'a> {
    /// It is new in this bucket, or came back.
    New,
    /// It has few authors yet.
    Cold,
    /// It has many. What has just become hot has no name yet.
    Hot(&'a mut Hot),
}

/// What is known of a term's authors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Count {
    /// Distinct authors that are named or estimated, with those that may be counted twice.
    pub(super) authors: u64,
    /// Of them, authors of young accounts.
    pub(super) young: u64,
    /// By how many `authors` may be too many.
    pub(super) uncertain: u64,
    pub(super) posts: u64,
}

/// The counts of one bucket.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Counter {
    slots: Slots,
    maxima: Maxima,
    hot: ByHash<Hot>,
    /// Bytes that hot terms' authors take.
    bytes: usize,
}

impl Counter {
    /// One that is empty, with room for as many terms.
    pub(super) fn as_roomy(&self) -> Self {
        Self {
            slots: self.slots.as_roomy(),
            ..Self::default()
        }
    }

    /// Counts a post of an author under a term. Authors are known by 32 bits of a hash: that two of a term's n authors are
    /// taken for one has the chance n²/2³³.
    pub(super) fn add(&mut self, term: u64, author: u32, young: bool) -> Counted<'_> {
        // An empty slot holds 0.
        let term = term.max(1);
        let full = self.hot.len() >= MOST_HOT;
        let place = match self.hot.entry(term) {
            Entry::Occupied(hot) => {
                let hot = hot.into_mut();
                let before = hot.authors.bytes();
                hot.authors
                    .add(author, young, self.bytes > MOST_AUTHOR_BYTES);
                hot.posts += 1;
                self.bytes = (self.bytes + hot.authors.bytes()).saturating_sub(before);
                return Counted::Hot(hot);
            }
            Entry::Vacant(place) => place,
        };
        let maxima = &mut self.maxima;
        match self.slots.add(term, author, young, full, maxima) {
            Added::New => Counted::New,
            Added::Known => Counted::Cold,
            Added::Heated(slot) => {
                let hot = Hot::of(&slot, author, young);
                self.bytes += hot.authors.bytes();
                Counted::Hot(place.insert(hot))
            }
        }
    }

    pub(super) fn hot_mut(&mut self, term: u64) -> Option<&mut Hot> {
        self.hot.get_mut(&term.max(1))
    }

    pub(super) fn hot(&self, term: u64) -> Option<&Hot> {
        self.hot.get(&term.max(1))
    }

    /// Whether anybody used a term.
    #[cfg(test)]
    fn count(&self, term: u64) -> Count {
        match self.hot(term) {
            Some(hot) => hot.count(),
            None => self.slots.count(term.max(1)),
        }
    }

    /// Distinct terms that are kept; with what made way there may be more.
    pub(super) fn terms(&self) -> u64 {
        (self.hot.len() + self.slots.len()) as u64 + self.maxima.evicted()
    }

    /// All hot terms, in no order.
    pub(super) fn all_hot(&self) -> impl Iterator<Item = (u64, &Hot)> {
        self.hot.iter().map(|(term, hot)| (*term, hot))
    }

    pub(super) fn all_hot_mut(&mut self) -> impl Iterator<Item = (u64, &mut Hot)> {
        self.hot.iter_mut().map(|(term, hot)| (*term, hot))
    }

    /// All other terms that are kept, in no order.
    pub(super) fn all_cold(&self) -> impl Iterator<Item = &Slot> {
        self.slots.filled()
    }

    /// The most authors that a term has.
    pub(super) fn busiest(&self) -> u64 {
        let hot = self.hot.values().map(Hot::distinct);
        let cold = self.slots.filled().map(|slot| slot.authors().into());
        hot.chain(cold).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::super::hashes::mix;
    use super::*;

    /// Counts of both, for all terms: exact, and as they are kept.
    fn compare(slots: usize, posts: impl IntoIterator<Item = (u64, u32)>) -> (u64, u64) {
        let mut exact: HashMap<u64, HashSet<u32>> = HashMap::new();
        let mut counter = Counter {
            slots: Slots::with_room(slots),
            ..Counter::default()
        };
        for (term, author) in posts {
            exact.entry(mix(term + 1)).or_default().insert(author);
            counter.add(mix(term + 1), author, false);
        }
        let (mut wrong, mut all) = (0, 0);
        for (term, authors) in &exact {
            let count = counter.count(*term);
            let truth = authors.len() as u64;
            if truth > 2_000 {
                // Estimated, with an error on both sides, far above the support.
                assert!((count.authors as f64 / truth as f64 - 1.0).abs() < 0.15);
                continue;
            }
            if count.authors == 0 {
                // It made way: what is kept of it is in the sketch.
                assert!(u64::from(counter.maxima.of(*term)) >= truth);
                assert!(truth < 4, "a term of {truth} authors was hidden");
                continue;
            }
            assert!(count.authors >= truth, "{count:?} {truth}");
            assert!(
                count.authors - count.uncertain <= truth,
                "{count:?} {truth}"
            );
            wrong += u64::from(count.authors != truth);
            all += 1;
        }
        (wrong, all)
    }

    proptest! {
        #[test]
        fn with_room_for_all_terms_every_count_is_exact(
            posts in prop::collection::vec((0_u64..200, 0_u32..40), 0..3000)
        ) {
            let (wrong, _) = compare(1 << 13, posts);
            prop_assert_eq!(wrong, 0);
        }
    }

    /// Terms as in languages: few are frequent, most come once.
    fn zipf(posts: u64, terms: u64) -> impl Iterator<Item = (u64, u32)> {
        (0..posts).map(move |n| {
            let random = mix(n ^ 0x7365_6564);
            let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
            let term = (terms as f64).powf(share) as u64;
            (term, (mix(random) % 20_000) as u32)
        })
    }

    #[test]
    fn with_more_terms_than_room_no_term_above_the_support_is_hidden_and_errors_are_told() {
        // 64 parts of 128 slots. Singles first: they fill the room, and frequent terms must find theirs all the same.
        let singles = (0..20_000_u64).map(|n| (10_000_000 + n, (n % 5_000) as u32));
        let (wrong, all) = compare(128, singles.chain(zipf(40_000, 20_000)));
        assert!(all > 3_000, "{all}");
        let share = wrong as f64 / all as f64;
        assert!(share < 0.5, "{wrong} of {all} counts are above the truth");
    }

    proptest! {
        #[test]
        fn without_room_no_term_is_hidden_and_every_error_is_told(
            posts in prop::collection::vec((0_u64..3000, 0_u32..12), 1000..6000)
        ) {
            // 64 parts of 16 slots: most terms make way again and again.
            compare(16, posts);
        }
    }

    #[test]
    fn a_term_is_new_once_then_known_and_hot_with_the_fourth_author() {
        for mut counter in [Counter::default(), Counter::default().as_roomy()] {
            let mut told = String::new();
            for author in [1, 1, 2, 3, 4, 5] {
                told.push(match counter.add(7, author, false) {
                    Counted::New => 'n',
                    Counted::Cold => 'c',
                    Counted::Hot(_) => 'h',
                });
            }
            assert_eq!(told, "nccchh");
            let roomy = counter.as_roomy();
            assert_eq!((roomy.terms(), roomy.count(7).authors), (0, 0));
            assert_eq!((counter.count(7).authors, counter.count(7).posts), (5, 6));
        }
    }

    #[test]
    fn hot_terms_are_bounded_and_their_memory_too() {
        let mut counter = Counter::default();
        for author in 0..20_u32 {
            for term in 1..20_000_u64 {
                counter.add(mix(term), author, false);
            }
        }
        assert!(counter.hot.len() <= MOST_HOT);
        assert!(counter.bytes < 3 * MOST_AUTHOR_BYTES, "{}", counter.bytes);
        for term in 1..20_000_u64 {
            let count = counter.count(mix(term));
            assert!(count.authors >= 5, "{term}: {count:?}");
        }
    }
}
