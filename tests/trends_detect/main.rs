//! The statistics of trends: what is found, what is not, and what is learnt from odd times.
#![cfg(feature = "trends")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod bursts;
mod odd_times;
mod properties;
mod volumes;
mod years;

// Some of it is for the gates and the example.
#[allow(dead_code)]
#[path = "../../examples/evaluate/weeks/mod.rs"]
mod weeks;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sociable::trends::detect::{Detector, DetectorConfig, Phase, Signal, Tally, TermCount, TermId};

use weeks::Chance;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: i64 = 24;
const WEEK: i64 = 168;

/// A stream of terms, each with a rate, whose authors come by chance.
struct Stream {
    chance: Chance,
    /// Authors an hour, term by term.
    rates: Vec<f64>,
    /// How many authors write of something else.
    others: f64,
    start: Timestamp,
    detector: Detector,
    signals: Vec<Signal>,
}

impl Stream {
    fn new(rates: &[f64]) -> Self {
        Self::with(rates, DetectorConfig::new())
    }

    fn with(rates: &[f64], config: DetectorConfig) -> Self {
        Self {
            chance: Chance::new(12),
            rates: rates.to_vec(),
            others: 1_000.0,
            // A Monday.
            start: "2026-01-05T00:00:00Z".parse().unwrap(),
            detector: Detector::new(config).unwrap(),
            signals: Vec::new(),
        }
    }

    fn time(&self, hour: i64) -> Timestamp {
        self.start + SignedDuration::from_hours(hour)
    }

    /// An hour in which the terms are multiplied by what `factor` says, and everything by `all`.
    fn hour(&mut self, hour: i64, factor: impl Fn(usize) -> f64, all: f64) -> Tally {
        let mut everyone = self.chance.poisson(self.others * all);
        let mut terms = Vec::new();
        for (index, rate) in self.rates.iter().enumerate() {
            let authors = self.chance.poisson(rate * factor(index) * all);
            everyone += authors;
            terms.push(term(index as u64, authors as u32));
        }
        let mut tally = Tally::new(self.time(hour), HOUR)
            .posts(everyone * 2)
            .authors(everyone);
        tally.terms = terms;
        tally
    }

    fn step(&mut self, tally: &Tally) -> Vec<Signal> {
        let signals = self.detector.step(tally);
        self.signals.extend(signals.clone());
        signals
    }

    /// Hours in which nothing happens.
    fn calm(&mut self, hours: std::ops::Range<i64>) {
        for hour in hours {
            let tally = self.hour(hour, |_| 1.0, 1.0);
            self.step(&tally);
        }
    }

    /// Hours in which one term is multiplied.
    fn burst(&mut self, hours: std::ops::Range<i64>, which: usize, factor: f64) {
        for hour in hours {
            let tally = self.hour(hour, |index| if index == which { factor } else { 1.0 }, 1.0);
            self.step(&tally);
        }
    }

    /// The alarms of a term, by the hour at whose end they were given.
    fn alarms(&self, which: u64) -> Vec<i64> {
        self.starts()
            .into_iter()
            .filter(|(term, _)| *term == which)
            .map(|(_, hour)| hour)
            .collect()
    }

    /// All alarms: the term, and the hour at whose end it was given.
    fn starts(&self) -> Vec<(u64, i64)> {
        let starts = self
            .signals
            .iter()
            .filter(|signal| signal.phase == Phase::Start);
        starts
            .map(|s| (s.term.0, s.at.duration_since(self.start).as_hours() - 1))
            .collect()
    }
}

fn term(id: u64, authors: u32) -> TermCount {
    TermCount::new(TermId(id), authors, u64::from(authors) * 2)
}

/// A hundred terms, from rare ones to frequent ones.
fn hundred() -> Vec<f64> {
    (0..100).map(|index| 0.2 * 1.06f64.powi(index)).collect()
}
