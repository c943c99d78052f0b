//! What several tests need.

use sociable::jiff::{SignedDuration, Timestamp};
use sociable::promo::{Amount, Dimension, Fact, Layout, Measure, Report, Row, Tally};
use sociable::{Period, Result, Source};

/// Noon of a day in November 2026, plus so many hours.
pub(crate) fn hours(since: i64, until: i64) -> Period {
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let at = |hours| start + SignedDuration::from_hours(hours);
    Period::new(at(since), at(until))
}

pub(crate) fn day(number: i64) -> Period {
    hours(number * 24, number * 24 + 24)
}

pub(crate) fn eur(amount: &str) -> Amount {
    Amount::parse(amount, "EUR").unwrap()
}

pub(crate) fn usd(amount: &str) -> Amount {
    Amount::parse(amount, "USD").unwrap()
}

pub(crate) fn paid(campaign: &str) -> Row {
    Row::new(Source::Promoted)
        .origin("shop")
        .account("shop")
        .network("town")
        .campaign(campaign)
}

pub(crate) fn tallied(layout: Layout, rows: &[Row]) -> Result<Report> {
    let mut tally = Tally::new(layout)?;
    for row in rows {
        tally.push(row)?;
    }
    tally.finish()
}

/// Every fact and every measure, of each campaign.
pub(crate) fn everything() -> Layout {
    let facts = Fact::ALL.iter().copied().map(Measure::Fact);
    let all = facts.chain(Measure::DERIVED.iter().copied());
    Layout::by([Dimension::Campaign]).measures(all)
}

/// How often a kind of warning is told.
pub(crate) fn warned(report: &Report, kind: &str) -> usize {
    report.warnings.iter().filter(|w| w.kind() == kind).count()
}
