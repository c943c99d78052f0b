use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::own_week::OwnWeek;
use super::pace::Pace;
use super::slots::Week;
use crate::error::{Error, Result};
use crate::model::setters;

/// What a [`VolumeWatch`] goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct VolumeConfig {
    /// The zone whose days and weeks people live by, as IANA names it; UTC by default.
    pub zone: String,
    /// How long each count is; by default five minutes.
    pub len: Duration,
    /// From how many times the usual error of a forecast on it is an alarm; by default 12.
    pub threshold: f64,
}

impl Default for VolumeConfig {
    fn default() -> Self {
        Self {
            zone: "UTC".to_owned(),
            len: Duration::from_secs(300),
            threshold: 12.0,
        }
    }
}

impl VolumeConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    fn week(&self) -> Result<Week> {
        if self.len.is_zero() {
            return Err(Error::config(
                "a count's len must be longer than nothing: name the time between two counts",
            ));
        }
        if !(self.threshold.is_finite() && self.threshold > 0.0) {
            return Err(Error::config(
                "threshold must be above 0: it is a number of standard errors",
            ));
        }
        Week::new(&self.zone, &[])
    }
}

setters!(VolumeConfig {
    set zone: String, "Sets the zone.";
    set len: Duration, "Sets how long each count is.";
    set threshold: f64, "Sets how unusual an alarm is.";
});

/// A count that is far above the usual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VolumeAlarm {
    /// When the count began.
    pub at: Timestamp,
    /// How many counts are summed: the span that shows the burst best.
    pub counts: u32,
    /// Their sum.
    pub observed: f64,
    /// What was usual.
    pub expected: f64,
    /// `observed / expected`, where something was expected.
    pub ratio: Option<f64>,
    /// By how many standard errors of the forecast it was exceeded.
    pub score: f64,
}

/// Over how many counts sums are made.
const SPANS: [usize; 4] = [1, 3, 6, 12];

const RING: usize = 12;

/// After this time what was seen weighs half as much: for the level, for the errors.
const LEVEL: Duration = Duration::from_secs(2 * 86_400);
const ERRORS: Duration = Duration::from_secs(14 * 86_400);

/// So long a series is watched before its first alarm.
const WARM_UP: SignedDuration = SignedDuration::from_hours(24);

/// A count of more than so many times the usual says nothing more about its hour.
const CAP: f32 = 4.0;

/// Watches one series of counts, where nothing is known but how many there were: no authors, no terms.
///
/// Counts like these have heavy tails: a company is spoken of in bursts all the time. So the errors of the forecasts are
/// learnt as they come, over weeks, bursts included, and an alarm is what exceeds those too. There is one alarm a day at
/// most, by the zone's days. A time that does not come after the last one, and a count that is no number of things, are
/// passed over; after a gap nothing is summed across it. The state is data, as the [`Detector`](super::Detector)'s is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct VolumeWatch {
    week: Week,
    kept: Kept,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    config: VolumeConfig,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    alarmed: Option<Date>,
    counts: u32,
    /// How many counts without a gap the rings hold, and where the next one goes.
    run: usize,
    place: usize,
    seen: [f32; RING],
    expected: [f32; RING],
    level: f32,
    hours: OwnWeek,
    /// The mean square of the forecasts' errors, span by span.
    errors: [f32; SPANS.len()],
}

impl TryFrom<Kept> for VolumeWatch {
    type Error = Error;

    fn try_from(kept: Kept) -> Result<Self> {
        let week = kept.config.week()?;
        Ok(Self { week, kept })
    }
}

impl From<VolumeWatch> for Kept {
    fn from(watch: VolumeWatch) -> Self {
        watch.kept
    }
}

impl VolumeWatch {
    /// A watch that has seen nothing yet. An error says which setting is out of its range.
    pub fn new(config: VolumeConfig) -> Result<Self> {
        Self::try_from(Kept {
            config,
            first: None,
            last: None,
            alarmed: None,
            counts: 0,
            run: 0,
            place: 0,
            seen: [0.0; RING],
            expected: [0.0; RING],
            level: 0.0,
            hours: OwnWeek::default(),
            errors: [0.0; SPANS.len()],
        })
    }

    /// Takes in the count that began at a time.
    pub fn step(&mut self, at: Timestamp, count: f64) -> Option<VolumeAlarm> {
        let early = self.kept.last.is_some_and(|last| at <= last);
        if early || !count.is_finite() || count < 0.0 {
            return None;
        }
        let slot = self.week.slot(at, self.kept.config.len).index;
        self.note(at, count as f32, slot);
        let mut best: Option<VolumeAlarm> = None;
        let pace = Pace::new(self.kept.config.len, LEVEL, ERRORS);
        for (index, len) in SPANS.into_iter().enumerate() {
            let Some((observed, expected)) = self.kept.sum(len) else {
                break;
            };
            let Some(error) = self.kept.errors.get_mut(index) else {
                break;
            };
            // Chance alone scatters as much.
            let usual = error.max(expected + 1.0).sqrt();
            let score = f64::from((observed - expected) / usual);
            if best.is_none_or(|best| score > best.score) {
                best = Some(VolumeAlarm {
                    at,
                    counts: u32::try_from(len).unwrap_or(1),
                    observed: f64::from(observed),
                    expected: f64::from(expected),
                    ratio: (expected > 0.0).then(|| f64::from(observed / expected)),
                    score,
                });
            }
            let share = (1.0 - pace.spread).max(1.0 / self.kept.counts as f32);
            *error += share * ((observed - expected) * (observed - expected) - *error);
        }
        self.kept.learn(count as f32, slot, &pace);
        let alarm = best.filter(|best| best.score >= self.kept.config.threshold)?;
        let warm = self
            .kept
            .first
            .is_some_and(|first| at.duration_since(first) >= WARM_UP);
        let today = self.week.date(at);
        if !warm || self.kept.alarmed == Some(today) {
            return None;
        }
        self.kept.alarmed = Some(today);
        Some(alarm)
    }

    fn note(&mut self, at: Timestamp, count: f32, slot: usize) {
        let kept = &mut self.kept;
        let next = kept.last.is_some_and(|last| {
            let passed = at.duration_since(last).as_secs_f64() / kept.config.len.as_secs_f64();
            // A count that comes late by less than half its length leaves no gap.
            passed < 1.5
        });
        kept.run = if next { (kept.run + 1).min(RING) } else { 1 };
        kept.place = (kept.place + 1) % RING;
        let expected = if kept.counts == 0 {
            count
        } else {
            kept.level * kept.hours.at(slot)
        };
        if let (Some(seen), Some(usual)) = (
            kept.seen.get_mut(kept.place),
            kept.expected.get_mut(kept.place),
        ) {
            (*seen, *usual) = (count, expected);
        }
        kept.first = kept.first.or(Some(at));
        kept.last = Some(at);
        kept.counts = kept.counts.saturating_add(1);
    }
}

impl Kept {
    /// The last counts and forecasts together, where there are as many without a gap.
    fn sum(&self, len: usize) -> Option<(f32, f32)> {
        if len > self.run {
            return None;
        }
        let back = |back: usize| (self.place + RING - back) % RING;
        let of = |ring: &[f32; RING]| (0..len).filter_map(|b| ring.get(back(b))).sum::<f32>();
        Some((of(&self.seen), of(&self.expected)))
    }

    fn learn(&mut self, count: f32, slot: usize, pace: &Pace) {
        let share = (1.0 - pace.level).max(1.0 / self.counts as f32);
        let hour = self.hours.at(slot);
        self.level += share * (count / hour - self.level);
        if self.level > 0.0 {
            // One count says little about its hour: bursts are what there is most of.
            self.hours
                .learn(slot, (count / self.level).min(CAP), 1.0, pace);
        }
    }
}
