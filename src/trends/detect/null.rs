//! Buckets in which everything is different: holidays that nobody told of, a match that the whole country watches.

use super::spread::SPANS;
use super::term::{Moment, Term};

/// With fewer terms to compare nothing is said.
const TERMS: usize = 30;

/// Terms of which fewer authors are expected are too ragged to tell.
const TELLING: f32 = 4.0;

/// How far up the terms are looked at: bursts are rarer than that. With the normal law's place of it, and a margin for
/// counts, which lean to the right.
const LOOKS: [(usize, f32); 2] = [(90, 1.28 * 1.2), (95, 1.645 * 1.25)];

/// How much wider than usual the terms scatter in this bucket, span by span, as a factor of the standard deviation: 1 or
/// more.
///
/// Most terms are in no burst at any time, so the spread of nearly all of them shows what chance does just now (the
/// empirical null of Efron, 2004, "Large-Scale Simultaneous Hypothesis Testing").
pub(super) fn widening<'a>(
    terms: impl Iterator<Item = &'a Term>,
    moment: &Moment,
) -> [f32; SPANS.len()] {
    let mut z: [Vec<f32>; SPANS.len()] = Default::default();
    let terms = terms.filter(|term| term.speaks(moment));
    for span in terms.flat_map(|term| term.spans(moment, TELLING)) {
        if let Some(z) = z.get_mut(span.index) {
            z.push(span.z());
        }
    }
    z.map(|mut z| {
        if z.len() < TERMS {
            return 1.0;
        }
        let mut most: f32 = 1.0;
        for (percent, usual) in LOOKS {
            let place = (z.len() * percent / 100).min(z.len() - 1);
            let (_, at, _) = z.select_nth_unstable_by(place, f32::total_cmp);
            most = most.max(*at / usual);
        }
        most
    })
}
