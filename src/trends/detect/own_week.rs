//! The week of one term.

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::profile::Factors;
use super::slots::SLOTS;

const DAY: usize = 24;

/// The hours of a weekday, then those of a day at the weekend.
const HOURS: usize = 2 * DAY;

/// By how much the hours of terms' days differ from those of all: the variance of the factor.
const DAYS: f32 = 0.2;

/// By how much an hour of the week differs from the same hour on other days.
const WEEKS: f32 = 0.05;

/// The share of the way that a factor moves in a week, once it is known.
const SLOWEST: f32 = 0.1;

/// How a term's hours differ from those of all terms: a factor for the hour of the day, which is soon learnt since it
/// comes every day, times one for the hour of the week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct OwnWeek {
    day: Factors<HOURS>,
    week: Factors<SLOTS>,
    learnt: u32,
}

/// The place of an hour of the week among those of the day; on how many days of the week it comes.
fn hour(slot: usize) -> (usize, f32) {
    if slot < 5 * DAY {
        (slot % DAY, 5.0)
    } else {
        (DAY + slot % DAY, 2.0)
    }
}

impl OwnWeek {
    pub(super) fn at(&self, slot: usize) -> f32 {
        self.day.at(hour(slot).0) * self.week.at(slot)
    }

    /// What is not known of the factor of a term without a week of its own: its variance.
    pub(super) fn unknown() -> f32 {
        DAYS + WEEKS
    }

    /// The same for this one. `chance` is the variance of what is seen in a bucket.
    pub(super) fn doubt(&self, slot: usize, slots: f32, chance: f32) -> f32 {
        let visits = self.learnt as f32 / slots;
        let days = hour(slot).1;
        1.0 / (1.0 / DAYS + visits * days / (chance + WEEKS))
            + 1.0 / (1.0 / WEEKS + visits / chance)
    }

    /// Learns from a bucket in which the level was multiplied by `seen`. The first visits move a factor most, the less the
    /// more chance is in them.
    pub(super) fn learn(&mut self, slot: usize, seen: f32, chance: f32, pace: &Pace) {
        let visits = self.learnt as f32 / pace.slots;
        let (hour, days) = hour(slot);
        let step = |visits: f32, noise: f32, slowest: f32| {
            (1.0 / (visits + 1.0 + noise)).max(slowest / pace.visits / (1.0 + noise))
        };
        let day = step(visits * days, (chance + WEEKS) / DAYS, SLOWEST / 5.0);
        let week = step(visits, chance / WEEKS, SLOWEST);
        let (daily, weekly) = (self.day.at(hour), self.week.at(slot));
        self.day.learn(hour, seen / weekly, day);
        self.week.learn(slot, seen / daily, week);
        self.learnt = self.learnt.saturating_add(1);
    }

    /// Takes an hour for what it has become, every day or in this hour of the week alone.
    pub(super) fn take(&mut self, slot: usize, seen: f32, daily: bool) {
        let hour = hour(slot).0;
        if daily {
            self.day.learn(hour, seen / self.week.at(slot), 1.0);
        } else {
            self.week.learn(slot, seen / self.day.at(hour), 1.0);
        }
    }
}
