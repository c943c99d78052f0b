//! How probable so many are at the usual level: the upper tail of an over-dispersed count.

use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::checked_gamma_lr;

/// Below this the negative binomial is a Poisson distribution, to any use.
const POISSON: f64 = 1e-6;

/// The probability of `observed` or more, where `mean` are expected with a variance of `mean + dispersion × mean²`.
///
/// The negative binomial distribution's, by its incomplete beta function, which takes fractions too: weighted authors are
/// no whole numbers. Always within 0 to 1.
pub(super) fn upper(observed: f64, mean: f64, dispersion: f64) -> f64 {
    if observed <= 0.0 || !observed.is_finite() || !mean.is_finite() {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    let tail = if dispersion * mean < POISSON {
        checked_gamma_lr(observed, mean).ok()
    } else {
        let size = 1.0 / dispersion;
        checked_beta_reg(observed, size, mean / (size + mean)).ok()
    };
    // What cannot be computed is no evidence.
    tail.filter(|tail| !tail.is_nan())
        .map_or(1.0, |tail| tail.clamp(0.0, 1.0))
}
