//! The comparisons that a report gives without being asked.

use super::compare::{Comparing, Comparison};
use super::fact::Fact;
use super::measure::Measure;
use super::rank::in_order;
use super::report::Report;

/// How many lines are compared: each with each other, so that more would say more than anybody reads.
const LINES: usize = 12;

impl Comparison {
    /// What is worth comparing in a report: how often its lines are clicked, and what a result costs. Of links and clicks of
    /// every sort the links count, of orders, conversions and joins the first that at least two lines tell.
    ///
    /// The 12 lines with the most spend are compared. Costs in several currencies are not, nor are lines that speak of time.
    pub fn usual(report: &Report) -> Vec<Self> {
        if report.by.iter().any(|dimension| dimension.is_time()) || report.lines.len() < 2 {
            return Vec::new();
        }
        let lines = in_order(report).into_iter().take(LINES);
        let first = Report {
            lines: lines.cloned().collect(),
            others: None,
            warnings: Vec::new(),
            troubles: Vec::new(),
            left_out: Vec::new(),
            total: report.total.clone(),
            by: report.by.clone(),
            measures: report.measures.clone(),
            rates: report.rates.clone(),
            ..*report
        };
        let told = |fact: Fact| {
            first
                .lines
                .iter()
                .filter(|line| line.count(fact).is_some())
                .count()
                > 1
        };
        let rate = [
            (Fact::LinkClicks, Measure::CtrLinkClicks),
            (Fact::Clicks, Measure::CtrAllClicks),
        ];
        let cost = [
            (Fact::Orders, Measure::CostPerOrder),
            (Fact::Conversions, Measure::CostPerConversion),
            (Fact::Joins, Measure::CostPerJoin),
        ];
        let rate = rate.into_iter().find(|(fact, _)| told(*fact));
        let cost = cost.into_iter().find(|(fact, _)| told(*fact));
        let measures = [rate, cost]
            .into_iter()
            .flatten()
            .map(|(_, measure)| measure);
        // What cannot be compared, such as costs in two currencies, is no failure of the report.
        let compared =
            measures.filter_map(|measure| Comparing::new(measure).ok()?.report(&first).ok());
        compared
            .filter(|comparison| comparison.arms.len() > 1)
            .collect()
    }
}
