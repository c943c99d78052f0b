//! How well the bursts of a year were found.
//!
//! - An **alarm** is a `Phase::Start`. It is a **hit** when it comes while a burst of its term lasts, and is the first to do
//!   so. Every other alarm is **false**: without a burst, after its end, or a second one for the same burst.
//! - **Recall** is hits by bursts.
//! - The **delay** is counted from the beginning of the first hour that is raised to the end of the hour that gave the
//!   alarm: at least 1.
//! - **False alarms a week**: by all weeks of the year, over all terms; nothing is let off, whatever day it was.
//! - A **forecast** of a burst that fades is right when the true end lies within its range.

use sociable::trends::detect::{Detector, Phase, Signal};

use super::{Year, time};

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Score {
    pub(crate) weeks: usize,
    pub(crate) bursts: usize,
    pub(crate) hits: usize,
    pub(crate) false_alarms: usize,
    pub(crate) repeated: usize,
    pub(crate) delays: Vec<f64>,
    /// Bursts and hits by the factor at the peak: below 3, below 5, and above.
    pub(crate) classes: [(usize, usize); 3],
    /// How far the estimated beginning lies from the true one, in hours.
    pub(crate) starts: Vec<f64>,
    /// Forecasts of bursts that fade, and how many of them held the true end.
    pub(crate) forecasts: (usize, usize),
}

impl Score {
    pub(crate) fn recall(&self) -> f64 {
        self.hits as f64 / self.bursts as f64
    }

    pub(crate) fn delay(&self) -> f64 {
        middle(&self.delays)
    }

    pub(crate) fn false_alarms_a_week(&self) -> f64 {
        self.false_alarms as f64 / self.weeks as f64
    }
}

/// The median; of nothing it is infinite.
pub(crate) fn middle(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
        .get(values.len() / 2)
        .copied()
        .unwrap_or(f64::INFINITY)
}

/// Runs a year through a detector.
pub(crate) fn score(mut year: Year, detector: &mut Detector) -> Score {
    let mut signals = Vec::new();
    for tally in year.by_ref() {
        signals.extend(detector.step(&tally));
    }
    judge(&year, &signals)
}

/// Compares what was signalled with what was.
pub(crate) fn judge(year: &Year, signals: &[Signal]) -> Score {
    let bursts = year.bursts();
    let mut found: Vec<Option<f64>> = vec![None; bursts.len()];
    let mut score = Score {
        weeks: year.weeks(),
        bursts: bursts.len(),
        ..Score::default()
    };
    for signal in signals {
        let at = (signal.at.duration_since(time(0))).as_secs_f64() / 3600.0;
        let place = bursts.iter().position(|b| {
            b.term as u64 == signal.term.0 && at > b.start as f64 && at <= b.end as f64
        });
        if signal.phase == Phase::Start {
            match place {
                Some(place) if found[place].is_none() => {
                    found[place] = Some(at);
                    let started = signal.started.duration_since(time(0)).as_secs_f64() / 3600.0;
                    score.delays.push(at - bursts[place].start as f64);
                    score
                        .starts
                        .push((started - bursts[place].start as f64).abs());
                }
                Some(_) => {
                    score.repeated += 1;
                    score.false_alarms += 1;
                }
                None => score.false_alarms += 1,
            }
        }
        if let (Some(ends), Some(place)) = (signal.ends, place) {
            if !bursts[place].fades() {
                continue;
            }
            let end = time(bursts[place].end);
            score.forecasts.0 += 1;
            if ends.earliest <= end && ends.latest.is_none_or(|latest| end <= latest) {
                score.forecasts.1 += 1;
            }
        }
    }
    for (burst, found) in bursts.iter().zip(&found) {
        let class = if burst.factor < 3.0 {
            0
        } else if burst.factor < 5.0 {
            1
        } else {
            2
        };
        score.classes[class].0 += 1;
        score.classes[class].1 += usize::from(found.is_some());
        score.hits += usize::from(found.is_some());
    }
    score
}
