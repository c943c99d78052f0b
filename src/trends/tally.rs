//! What a bucket tells the statistics.

use super::count::{Count, Hot};
use super::detect::{Tally, TermCount, TermId};
use super::terms;
use super::watch::{Open, Watch};

/// Terms of which so many authors are known are named to the statistics.
const NAMED_FROM: u8 = 2;
/// No more terms are named than these; of those with few authors only as many as there is room for.
const NAMED: usize = 100_000;
/// A pair is named where it has so many times fewer authors than either of its terms.
const OWN_PART: u64 = 2;

impl Watch {
    pub(super) fn tally(&self, open: &Open, complete: bool) -> Tally {
        let light = 1.0 - self.config.young_weight;
        let weighed = |(term, count): (u64, Count)| {
            let authors = count.authors as f64 - light * count.young as f64;
            TermCount::new(TermId(term), authors, count.posts)
        };
        // A pair says something of its own only where it is but a part of what its terms are.
        let authors = |term: u64| open.counter.hot(term).map(Hot::distinct);
        let says_more = |hot: &Hot| {
            hot.parts.is_none_or(|(a, b)| {
                let least = authors(a).zip(authors(b)).map_or(0, |(a, b)| a.min(b));
                hot.distinct() * OWN_PART <= least
            })
        };
        let hot = (open.counter.all_hot())
            .filter(|(term, hot)| says_more(hot) || self.detector.follows(TermId(*term)))
            .map(|(term, hot)| (term, hot.count()));
        let mut terms: Vec<TermCount> = hot.map(weighed).collect();
        let mut cold: Vec<(u64, Count)> = (open.counter.all_cold())
            .filter(|slot| {
                (slot.authors() >= NAMED_FROM && !terms::is_pair(slot.term))
                    || self.detector.follows(TermId(slot.term))
            })
            .map(|slot| (slot.term, slot.count()))
            .collect();
        let room = NAMED.saturating_sub(terms.len());
        if cold.len() > room {
            let followed = |term: u64| self.detector.follows(TermId(term));
            cold.sort_by_key(|(term, count)| {
                (
                    !followed(*term),
                    std::cmp::Reverse((count.authors, count.posts)),
                    *term,
                )
            });
            cold.truncate(room);
        }
        terms.extend(cold.into_iter().map(weighed));
        let mut tally = Tally::new(open.start, self.config.bucket)
            .posts(open.posts)
            .authors(open.authors.len())
            .complete(complete);
        tally.terms = terms;
        tally
    }
}
