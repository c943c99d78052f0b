//! Intervals and tests. All of them answer numbers within their range, whatever they are given.

use statrs::distribution::{ContinuousCDF, Gamma, Normal};

/// The point below which this part of the normal distribution lies.
pub(super) fn normal_quantile(part: f64) -> f64 {
    let part = part.clamp(1e-300, 1.0 - 1e-16);
    Normal::standard().inverse_cdf(part)
}

/// How likely a score at least so far from zero is, by chance, on either side.
pub(super) fn two_sided(score: f64) -> f64 {
    (2.0 * Normal::standard().cdf(-score.abs())).clamp(0.0, 1.0)
}

/// The score interval of a rate (E. B. Wilson, Journal of the American Statistical Association 22, 1927).
pub(super) fn wilson(hits: u64, tries: u64, z: f64) -> (f64, f64) {
    if tries == 0 {
        return (0.0, 1.0);
    }
    let (x, n) = (hits.min(tries) as f64, tries as f64);
    let (p, z2) = (x / n, z * z);
    let below = 1.0 + z2 / n;
    let middle = (p + z2 / (2.0 * n)) / below;
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / below;
    // At the edges it is exact, where rounding would leave a trace.
    let low = if hits == 0 { 0.0 } else { middle - half };
    let high = if hits >= tries { 1.0 } else { middle + half };
    (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0))
}

/// The interval of a difference of two rates from their score intervals (R. G. Newcombe, Statistics in Medicine 17,
/// 1998, pages 873 to 890, method 10).
pub(super) fn newcombe(first: (u64, u64), second: (u64, u64), z: f64) -> (f64, f64) {
    let rate = |(hits, tries): (u64, u64)| hits.min(tries) as f64 / (tries.max(1)) as f64;
    let (p, q) = (rate(first), rate(second));
    let ((l1, u1), (l2, u2)) = (wilson(first.0, first.1, z), wilson(second.0, second.1, z));
    let low = p - q - ((p - l1).powi(2) + (u2 - q).powi(2)).sqrt();
    let high = p - q + ((u1 - p).powi(2) + (q - l2).powi(2)).sqrt();
    (low.max(-1.0), high.min(1.0))
}

/// The score of two rates being the same (Pearson's chi-square with one degree of freedom, its root).
pub(super) fn score_of_rates(first: (u64, u64), second: (u64, u64)) -> f64 {
    let (x, n) = (first.0 as f64, first.1 as f64);
    let (y, m) = (second.0 as f64, second.1 as f64);
    if n == 0.0 || m == 0.0 {
        return 0.0;
    }
    let pooled = (x + y) / (n + m);
    let spread = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    if spread > 0.0 {
        (x / n - y / m) / spread
    } else {
        0.0
    }
}

/// The exact interval of a mean of which so many were counted (F. Garwood, Biometrika 28, 1936).
pub(super) fn garwood(hits: u64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    let quantile = |shape: f64, part: f64| {
        Gamma::new(shape, 1.0).map_or(shape, |gamma| gamma.inverse_cdf(part))
    };
    let x = hits as f64;
    // Beyond this, the normal approximation differs by less than a thousandth of the spread.
    if hits > 100_000 {
        let z = normal_quantile(1.0 - tail);
        return (x - z * x.sqrt(), x + z * (x + 1.0).sqrt());
    }
    let low = if hits == 0 { 0.0 } else { quantile(x, tail) };
    (low, quantile(x + 1.0, 1.0 - tail))
}

/// The interval of how many times as many results a unit of the first's spend brings as one of the second's, given
/// how many there were in all: of those, the first's are binomial, and their rate's score interval is turned into the
/// ratio (J. Przyborowski and H. Wilenski, Biometrika 31, 1940, for the condition). Bounds are missing where nothing
/// bounds them.
pub(super) fn ratio(first: (u64, f64), second: (u64, f64), z: f64) -> (Option<f64>, Option<f64>) {
    let (x, s) = first;
    let (y, t) = second;
    let (low, high) = wilson(x, x.saturating_add(y), z);
    let odds = |part: f64| (part < 1.0).then(|| part / (1.0 - part) * t / s);
    let known = |value: Option<f64>| value.filter(|value| value.is_finite());
    if x.saturating_add(y) == 0 {
        return (None, None);
    }
    (known(odds(low)), known(odds(high)))
}

/// The score of two spends bringing results at the same rate, given how many there were in all.
pub(super) fn score_of_costs(first: (u64, f64), second: (u64, f64)) -> f64 {
    let all = first.0 as f64 + second.0 as f64;
    let share = first.1 / (first.1 + second.1);
    let spread = (all * share * (1.0 - share)).sqrt();
    if spread > 0.0 {
        (first.0 as f64 - all * share) / spread
    } else {
        0.0
    }
}

/// Corrects for several comparisons (S. Holm, Scandinavian Journal of Statistics 6, 1979): the smallest of `m` is
/// multiplied by `m`, the next by `m - 1`, and none is below the one before it.
pub(super) fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    let of = |at: &usize| p.get(*at).copied().unwrap_or(1.0);
    order.sort_by(|a, b| of(a).total_cmp(&of(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 0.0_f64;
    for (place, at) in order.iter().enumerate() {
        least = least.max(of(at) * (p.len() - place) as f64).min(1.0);
        if let Some(slot) = adjusted.get_mut(*at) {
            *slot = least;
        }
    }
    adjusted
}

/// How many tries each of two needs, so that rates which differ so much are told apart with this power (J. L. Fleiss,
/// Statistical Methods for Rates and Proportions, chapter 4, without the correction for continuity).
pub(super) fn tries_for_rates(low: f64, high: f64, alpha: f64, power: f64) -> f64 {
    let (za, zb) = (normal_quantile(1.0 - alpha / 2.0), normal_quantile(power));
    let mean = (low + high) / 2.0;
    let null = (2.0 * mean * (1.0 - mean)).sqrt();
    let other = (low * (1.0 - low) + high * (1.0 - high)).sqrt();
    ((za * null + zb * other) / (high - low)).powi(2)
}

/// How many results two spends need together, so that costs of which one is so many times the other are told apart
/// with this power. `share` is the first's part of the spend; the larger need of both directions counts.
pub(super) fn results_for_costs(share: f64, times: f64, alpha: f64, power: f64) -> f64 {
    let (za, zb) = (normal_quantile(1.0 - alpha / 2.0), normal_quantile(power));
    let need = |times: f64| {
        let other = share * times / (share * times + 1.0 - share);
        let spread = |p: f64| (p * (1.0 - p)).sqrt();
        ((za * spread(share) + zb * spread(other)) / (other - share)).powi(2)
    };
    need(times).max(need(1.0 / times))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    #[test]
    fn intervals_are_those_of_the_papers() {
        // Newcombe 1998, table II: 56/70 and 48/80, method 10.
        let z = normal_quantile(0.975);
        let (low, high) = newcombe((56, 70), (48, 80), z);
        assert!(near(low, 0.0524) && near(high, 0.3339), "{low} {high}");
        let (low, high) = newcombe((9, 10), (3, 10), z);
        assert!(near(low, 0.1705) && near(high, 0.8090), "{low} {high}");
        // Newcombe 1998a, table I: 81/263 and 0/20 by the score method.
        let (low, high) = wilson(81, 263, z);
        assert!(near(low, 0.2553) && near(high, 0.3662), "{low} {high}");
        let (low, high) = wilson(0, 20, z);
        assert!(near(low, 0.0) && near(high, 0.1611), "{low} {high}");
        // Garwood's table: 10 counted.
        let (low, high) = garwood(10, 0.95);
        assert!(near(low, 4.7954) && near(high, 18.3904), "{low} {high}");
        assert!(near(garwood(0, 0.95).1, 3.6889));
    }

    #[test]
    fn holm_is_the_textbook_example() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, want) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!(near(*got, want), "{adjusted:?}");
        }
    }
}
