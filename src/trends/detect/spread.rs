//! By how much counts scatter more than chance alone would have it.

use serde::{Deserialize, Serialize};

/// Over how many buckets counts are summed, so that a small burst that lasts shows too.
pub(super) const SPANS: [usize; 5] = [1, 2, 3, 6, 12];

/// As many observations, from all terms, does a term begin with.
const PRIOR: f32 = 40.0;

/// Before anything is known: a standard deviation of half the usual level, beside chance.
const FIRST: f32 = 0.25;

/// No stream of people is more regular than that.
const LEAST: f32 = 0.002;

/// The dispersion of the counts around what was expected, span by span: the variance is `mean + dispersion × mean²`.
///
/// It is measured from the errors of the forecasts themselves, so that it holds what the forecasts did not know, besides
/// the noise; the sums of a longer span have their own, so that noise that lasts is not taken for a burst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    /// Weighted sums, span by span, of the single estimates, and of their weights.
    sum: [f32; SPANS.len()],
    weight: [f32; SPANS.len()],
}

/// What one observation tells of the dispersion.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    sum: f32,
    weight: f32,
}

impl Evidence {
    /// `usual` is the dispersion of all terms: an observation weighs by how exactly it can tell it.
    pub(super) fn new(observed: f32, expected: f32, usual: f32, doubt: f32) -> Self {
        let error = observed - expected;
        // The weight is the inverse variance of the estimate, up to a constant: 1/expected is chance's part.
        let weight = expected / (1.0 + usual * expected);
        let weight = weight * weight;
        Self {
            sum: weight * ((error * error - expected) / (expected * expected) - doubt),
            weight,
        }
    }
}

impl Evidence {
    pub(super) fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.weight += other.weight;
    }
}

impl Spread {
    /// Takes in what one bucket told about each span; `keep` is how much of the earlier evidence stays.
    pub(super) fn learn(&mut self, span: usize, evidence: Evidence, keep: f32) {
        if let (Some(sum), Some(weight)) = (self.sum.get_mut(span), self.weight.get_mut(span)) {
            *sum = *sum * keep + evidence.sum;
            *weight = *weight * keep + evidence.weight;
        }
    }

    /// The dispersion of all terms together.
    pub(super) fn pooled(&self, span: usize) -> f32 {
        let (sum, weight) = self.at(span);
        let prior = PRIOR / (FIRST * FIRST);
        ((sum + prior * FIRST) / (weight + prior)).max(LEAST)
    }

    /// The dispersion of a term: its own, drawn towards that of all where it has shown little, and a little on the safe
    /// side of the estimate's own error.
    pub(super) fn of_term(&self, span: usize, pooled: f32) -> f32 {
        let (sum, weight) = self.at(span);
        let prior = PRIOR / (pooled * pooled);
        let estimate = ((sum + prior * pooled) / (weight + prior)).max(LEAST.min(pooled));
        // The weight in whole observations, each of which tells a variance with a relative error of about √2; those of a
        // longer span overlap.
        let span = SPANS.get(span).copied().unwrap_or(1) as f32;
        let observations = PRIOR + weight * pooled * pooled / span;
        estimate * (1.0 + SAFETY * (2.0 / observations).sqrt())
    }

    fn at(&self, span: usize) -> (f32, f32) {
        let at = |of: &[f32]| of.get(span).copied().unwrap_or(0.0);
        (at(&self.sum), at(&self.weight))
    }
}

/// How many standard errors of the estimate are added to it.
const SAFETY: f32 = 1.0;
