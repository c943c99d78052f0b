//! Which lines matter most.

use std::collections::BTreeSet;

use super::amount::Amount;
use super::fact::Fact;
use super::report::{Line, Report};
use crate::model::Currency;

/// The money of a currency that a line spent.
pub(super) fn spend(line: &Line, currency: Currency) -> Option<Amount> {
    let amounts = line.amounts(Fact::Spend).iter();
    amounts
        .copied()
        .find(|amount| amount.currency() == currency)
}

/// The currencies in which a report tells what was spent.
pub(super) fn currencies(report: &Report) -> Vec<Currency> {
    let amounts = report.total.amounts(Fact::Spend).iter();
    amounts.map(|amount| amount.currency()).collect()
}

/// The lines that were billed in this currency, the largest spend first.
pub(super) fn ranked(report: &Report, currency: Currency) -> Vec<(&Line, Amount)> {
    let lines = report.lines.iter();
    let mut found: Vec<(&Line, Amount)> = lines
        .filter_map(|line| Some((line, spend(line, currency)?)))
        .collect();
    found.sort_by(|(a, x), (b, y)| {
        let by_spend = y.fraction().cmp(&x.fraction());
        by_spend.then_with(|| a.key.cmp(&b.key))
    });
    found
}

/// All lines, currency by currency, the largest spend first; those that tell none come last, in their order. Lines of time stay
/// in the order of time.
pub(super) fn in_order(report: &Report) -> Vec<&Line> {
    if report.by.iter().any(|dimension| dimension.is_time()) {
        return report.lines.iter().collect();
    }
    let ranked = currencies(report)
        .into_iter()
        .flat_map(|currency| ranked(report, currency));
    let mut seen = BTreeSet::new();
    ranked
        .map(|(line, _)| line)
        .chain(&report.lines)
        .filter(|line| seen.insert(&line.key))
        .collect()
}
