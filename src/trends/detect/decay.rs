//! How a burst fades, and when it will have done so.

use serde::{Deserialize, Serialize};

/// A straight line through the logarithm of what is above the usual, since the peak: people lose interest at a steady rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Decay {
    points: u32,
    weight: f32,
    t: f32,
    y: f32,
    tt: f32,
    ty: f32,
    yy: f32,
}

/// Buckets from the peak to the end: at the earliest, likeliest, at the latest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) earliest: f64,
    pub(super) likely: f64,
    pub(super) latest: Option<f64>,
}

/// With fewer points nothing is said.
const POINTS: u32 = 4;

/// Four of five of a normal distribution lie within so many standard deviations.
const FOUR_OF_FIVE: f64 = 1.28;

/// An excess below this is chance: its logarithm would count for too much.
const SMALLEST: f32 = 0.1;

impl Decay {
    /// Adds a bucket, `t` buckets after the peak, with its ratio to the usual and the ratio's variance.
    pub(super) fn add(&mut self, t: f32, ratio: f32, variance: f32) {
        let excess = (ratio - 1.0).max(SMALLEST);
        let y = excess.ln();
        let weight = (excess * excess / variance.max(1e-4)).min(1e4);
        self.points = self.points.saturating_add(1);
        self.weight += weight;
        self.t += weight * t;
        self.y += weight * y;
        self.tt += weight * t * t;
        self.ty += weight * t * y;
        self.yy += weight * y * y;
    }

    /// When the excess will be down to `excess`. `None` while too little was seen, or where it does not fade.
    pub(super) fn until(&self, excess: f64) -> Option<Range> {
        if self.points < POINTS || self.weight <= 0.0 {
            return None;
        }
        let weight = f64::from(self.weight);
        let (mean_t, mean_y) = (f64::from(self.t) / weight, f64::from(self.y) / weight);
        let tt = f64::from(self.tt) - weight * mean_t * mean_t;
        let ty = f64::from(self.ty) - weight * mean_t * mean_y;
        let yy = f64::from(self.yy) - weight * mean_y * mean_y;
        if tt <= 0.0 {
            return None;
        }
        let slope = ty / tt;
        // The noise may be larger than was known beforehand; it is never taken for smaller.
        let freedom = f64::from(self.points) - 2.0;
        let noise = ((yy - slope * ty) / freedom).max(1.0);
        let certain = slope * slope - FOUR_OF_FIVE.powi(2) * noise / tt;
        let above = mean_y - excess.ln();
        if slope >= 0.0 {
            return None;
        }
        // Where the band around the line crosses the level (Fieller, 1954).
        let constant = above * above - FOUR_OF_FIVE.powi(2) * noise / weight;
        let middle = above * slope;
        let root = (middle * middle - certain * constant).max(0.0).sqrt();
        let likely = mean_t - above / slope;
        let (earliest, latest) = if certain > 0.0 {
            let (one, other) = ((-middle - root) / certain, (-middle + root) / certain);
            (one.min(other), Some(one.max(other)))
        } else {
            // The line might as well not fall at all: only the nearer crossing says something.
            let nearer = if certain < 0.0 {
                ((-middle + root) / certain).max((-middle - root) / certain)
            } else {
                above / -slope
            };
            (nearer.min(likely - mean_t), None)
        };
        Some(Range {
            earliest: mean_t + earliest,
            likely,
            latest: latest.map(|latest| mean_t + latest),
        })
    }
}
