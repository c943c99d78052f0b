//! What is usual for one term.

use serde::{Deserialize, Serialize};

use super::burst::Burst;
use super::habit::Habit;
use super::profile::Profile;
use super::spread::{Evidence, SPANS, Spread};

/// How many buckets back a term remembers as they came.
pub(super) const RING: usize = 6;

/// With as many authors is a term's level believed before any was seen.
const PRIOR_AUTHORS: f32 = 1.0;

/// As many buckets of silence does a term that was never seen stand for: half an author a bucket is expected of it.
const PRIOR_BUCKETS: f32 = 2.0;

/// From as many authors on (older ones weigh less) a term has a week's profile of its own.
const OWN_PROFILE: f32 = 20.0;

/// The standard deviation of a slot's factor among terms, squared: how far a term's week may differ from that of all.
const SHAPES: f32 = 0.25;

/// What is so many standard deviations above the usual teaches no more than that.
const CAP: f32 = 3.0;

/// What holds for all terms of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The slot of the week.
    pub(super) slot: usize,
    /// The place in the rings.
    pub(super) place: usize,
    /// The volume: how many authors there are to use a term; 1 where nobody knows.
    pub(super) volume: f32,
    /// How many of them were seen, where that is known: a term's own authors are taken out of it.
    pub(super) authors: Option<f32>,
    /// The slot's factor for all terms.
    pub(super) shape: f32,
    /// The dispersion of all terms, span by span.
    pub(super) pooled: [f32; SPANS.len()],
    /// How many buckets without a gap the rings hold.
    pub(super) run: usize,
}

/// How fast things are learnt, from the length of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// What remains of the evidence about the level after a bucket.
    pub(super) level: f32,
    /// The same for the dispersion.
    pub(super) spread: f32,
    /// How often a slot is visited in a week.
    pub(super) visits: f32,
    /// How many slots are visited.
    pub(super) slots: f32,
}

/// A span of buckets: what came, what was expected.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) index: usize,
    pub(super) observed: f32,
    pub(super) expected: f32,
    pub(super) dispersion: f32,
}

impl Span {
    pub(super) fn ratio(&self) -> f32 {
        self.observed / self.expected
    }

    pub(super) fn z(&self) -> f32 {
        let variance = self.expected + self.dispersion * self.expected * self.expected;
        (self.observed - self.expected) / variance.sqrt()
    }
}

/// A term that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Term {
    pub(super) id: u64,
    /// In how many buckets it was followed.
    age: u32,
    /// From how many of them its profile was learnt.
    learnt: u32,
    /// The authors seen, and the volume they were seen in; older ones weigh less.
    authors: f32,
    volume: f32,
    profile: Option<Profile>,
    spread: Spread,
    /// The last buckets, as they came and as they were expected.
    seen: [f32; RING],
    expected: [f32; RING],
    pub(super) habit: Option<Box<Habit>>,
    pub(super) burst: Option<Box<Burst>>,
}

impl Term {
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            age: 0,
            learnt: 0,
            authors: 0.0,
            volume: 0.0,
            profile: None,
            spread: Spread::default(),
            seen: [0.0; RING],
            expected: [0.0; RING],
            habit: None,
            burst: None,
        }
    }

    /// The authors a bucket, per unit of volume, that are usual whatever the hour.
    pub(super) fn share(&self, volume: f32) -> f32 {
        (self.authors + PRIOR_AUTHORS) / (self.volume + PRIOR_BUCKETS * volume)
    }

    /// Whether it has been followed for so many buckets.
    pub(super) fn older_than(&self, buckets: u32) -> bool {
        self.age > buckets
    }

    fn factor(&self, moment: &Moment) -> f32 {
        let own = self.profile.as_ref().map_or(1.0, |p| p.at(moment.slot));
        own * moment.shape
    }

    /// Notes what came, beside what was expected. Returns the latter.
    pub(super) fn note(&mut self, observed: f32, moment: &Moment) -> f32 {
        let share = self.share(moment.volume) * self.factor(moment);
        // Among those who do not use the term, its users are as many as the odds say: so a burst is not measured by the
        // volume that it brings itself.
        let expected = match moment.authors {
            Some(all) if share < 0.5 && all > observed => {
                let others = (moment.volume - observed).max(moment.volume * 0.1);
                share / (1.0 - share) * others
            }
            _ => share * moment.volume,
        };
        let expected = expected.max(LEAST);
        if let (Some(seen), Some(usual)) = (
            self.seen.get_mut(moment.place),
            self.expected.get_mut(moment.place),
        ) {
            *seen = observed;
            *usual = expected;
        }
        self.age = self.age.saturating_add(1);
        expected
    }

    /// The last `SPANS[index]` buckets together; `None` where they are not all known.
    pub(super) fn span(&self, index: usize, moment: &Moment) -> Option<Span> {
        let len = *SPANS.get(index)?;
        if len > moment.run.min(self.age as usize) {
            return None;
        }
        let (mut observed, mut expected) = (0.0, 0.0);
        for back in 0..len {
            let (seen, usual) = self.back(back, moment)?;
            observed += seen;
            expected += usual;
        }
        let pooled = moment.pooled.get(index).copied()?;
        Some(Span {
            index,
            observed,
            expected,
            dispersion: self.spread.of_term(index, pooled) + self.doubt(),
        })
    }

    /// A bucket some places back: what came, what was expected.
    pub(super) fn back(&self, back: usize, moment: &Moment) -> Option<(f32, f32)> {
        let place = (moment.place + RING - back % RING) % RING;
        Some((*self.seen.get(place)?, *self.expected.get(place)?))
    }

    /// How many buckets back are known without a gap.
    pub(super) fn known(&self, moment: &Moment) -> usize {
        moment.run.min(self.age as usize)
    }

    /// What is not known about the level, as a dispersion.
    fn doubt(&self) -> f32 {
        1.0 / (self.authors + PRIOR_AUTHORS)
    }

    /// Learns from the bucket that was noted last. `free`: as it came, without a cap.
    pub(super) fn learn(&mut self, moment: &Moment, pace: &Pace, free: bool) -> Learnt {
        let Some((seen, expected)) = self.back(0, moment) else {
            return Learnt::default();
        };
        let dispersion = self.span(0, moment).map_or(1.0, |span| span.dispersion);
        let deviation = (expected + dispersion * expected * expected).sqrt();
        let seen = if free {
            seen
        } else {
            seen.min(expected + CAP * deviation + 1.0)
        };
        let learnt = Learnt {
            seen,
            expected,
            evidence: self.scatter(moment, pace),
        };
        let factor = self.factor(moment);
        self.authors = self.authors * pace.level + seen;
        self.volume = self.volume * pace.level + moment.volume * factor;
        if self.profile.is_none() && self.authors >= OWN_PROFILE {
            self.profile = Some(Profile::default());
            self.learnt = 0;
        }
        self.shape(seen, dispersion, moment, pace);
        learnt
    }

    fn shape(&mut self, seen: f32, dispersion: f32, moment: &Moment, pace: &Pace) {
        let level = self.share(moment.volume) * moment.volume * moment.shape;
        let Some(profile) = self.profile.as_mut() else {
            return;
        };
        let visits = self.learnt as f32 / pace.slots;
        // A slot's first visits move it most, the less the more chance is in them.
        let chance = (1.0 / level.max(LEAST) + dispersion) / SHAPES;
        let share = (1.0 / (visits + 1.0 + chance)).max(SLOWEST / pace.visits / (1.0 + chance));
        let target = seen / level.max(LEAST);
        profile.learn(moment.slot, target, share);
        self.learnt = self.learnt.saturating_add(1);
    }

    fn scatter(&mut self, moment: &Moment, pace: &Pace) -> [Evidence; SPANS.len()] {
        let mut found = [Evidence::default(); SPANS.len()];
        for index in 0..SPANS.len() {
            let Some(span) = self.span(index, moment) else {
                continue;
            };
            if span.expected < TELLING {
                continue;
            }
            let most = span.expected
                + (CAP + 1.0) * (span.observed - span.expected).signum() * deviation(&span);
            let seen = if span.observed > span.expected {
                span.observed.min(most)
            } else {
                span.observed
            };
            let usual = moment.pooled.get(index).copied().unwrap_or(1.0);
            let evidence = Evidence::new(seen, span.expected, usual);
            self.spread.learn(index, evidence, pace.spread);
            if let Some(slot) = found.get_mut(index) {
                *slot = evidence;
            }
        }
        found
    }

    /// Takes a new level for the usual one.
    pub(super) fn adopt(&mut self, ratio: f32) {
        self.authors *= ratio;
    }

    /// Knows less after a time without counts: `keep` of the evidence stays.
    pub(super) fn forget(&mut self, keep: f32) {
        self.authors *= keep;
        self.volume *= keep;
    }
}

fn deviation(span: &Span) -> f32 {
    (span.expected + span.dispersion * span.expected * span.expected).sqrt()
}

/// Nothing is expected less often.
const LEAST: f32 = 1e-4;

/// Where fewer authors are expected, a bucket tells nothing of the dispersion.
const TELLING: f32 = 0.05;

/// The share of the way that a slot's factor moves in a week, once it is known.
const SLOWEST: f32 = 0.1;

/// What a bucket taught.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Learnt {
    pub(super) seen: f32,
    pub(super) expected: f32,
    pub(super) evidence: [Evidence; SPANS.len()],
}
