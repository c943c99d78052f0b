//! Which of many tests may be believed.

/// The p-values, each corrected for all `tests`: the smallest level of false discoveries at which it would be believed
/// (Benjamini and Hochberg, 1995, "Controlling the False Discovery Rate", the step-up procedure).
///
/// Tests that are not given count as p = 1. Answers in the order given; each is within its p-value and 1.
pub(super) fn corrected(p: &[f64], tests: usize) -> Vec<f64> {
    let tests = tests.max(p.len()) as f64;
    let mut order: Vec<usize> = (0..p.len()).collect();
    let at = |index: usize| p.get(index).copied().unwrap_or(1.0);
    order.sort_by(|&a, &b| at(b).total_cmp(&at(a)));
    let mut corrected = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (place, &index) in order.iter().enumerate() {
        let rank = (p.len() - place) as f64;
        least = least.min(at(index) * tests / rank);
        if let Some(slot) = corrected.get_mut(index) {
            // Rounding must not make it smaller than the test itself.
            *slot = least.max(at(index));
        }
    }
    corrected
}
