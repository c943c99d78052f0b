//! What all terms have in common.

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::profile::Profile;
use super::slots::Slot;
use super::spread::{Evidence, SPANS, Spread};
use super::term::Learnt;

/// How far the week of all terms may differ from that of all authors: the variance of a slot's factor.
const SHAPES: f32 = 0.1;

/// The share of the way that a slot's factor moves in a week, once it is known.
const SLOWEST: f32 = 0.05;

/// The week of all terms beside that of all authors, and how much terms scatter: where a new term begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Pool {
    profile: Profile,
    spread: Spread,
    learnt: u32,
}

/// What the terms of a bucket taught together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lesson {
    seen: f32,
    expected: f32,
    evidence: [Evidence; SPANS.len()],
}

impl Lesson {
    /// Adds a term; `usual` is the dispersion of all. A large term does not outweigh all the others.
    pub(super) fn add(&mut self, learnt: &Learnt, usual: f32) {
        let weight = 1.0 / (1.0 + usual * learnt.expected);
        self.seen += weight * learnt.seen;
        self.expected += weight * learnt.expected;
        for (sum, more) in self.evidence.iter_mut().zip(learnt.evidence) {
            sum.add(more);
        }
    }
}

impl Pool {
    pub(super) fn shape(&self, slot: usize) -> f32 {
        self.profile.at(slot)
    }

    pub(super) fn dispersions(&self) -> [f32; SPANS.len()] {
        std::array::from_fn(|span| self.spread.pooled(span))
    }

    /// The week of the terms is learnt where no volume is known to carry it, or for what differs from it.
    pub(super) fn learn(&mut self, slot: Slot, lesson: &Lesson, pace: &Pace) {
        for (span, evidence) in lesson.evidence.iter().enumerate() {
            self.spread.learn(span, *evidence, pace.spread);
        }
        if slot.holiday || lesson.expected <= 0.0 {
            return;
        }
        let visits = self.learnt as f32 / pace.slots;
        let chance = 1.0 / (lesson.expected * SHAPES);
        let share = (1.0 / (visits + 1.0 + chance)).max(SLOWEST / pace.visits / (1.0 + chance));
        let target = self.profile.at(slot.index) * lesson.seen / lesson.expected;
        self.profile.learn(slot.index, target, share);
        self.learnt = self.learnt.saturating_add(1);
    }
}
