//! What is usual for one term.

use serde::{Deserialize, Serialize};

use super::burst::Burst;
use super::habit::Habit;
use super::own_week::OwnWeek;
use super::pace::Pace;
use super::spread::{Evidence, SPANS, Spread};

/// How many buckets back a term remembers as they came.
pub(super) const RING: usize = 12;

/// With as many authors is a term's level believed before any was seen.
const PRIOR_AUTHORS: f32 = 1.0;

/// As many buckets of silence does a term that was never seen stand for: half an author a bucket is expected of it.
const PRIOR_BUCKETS: f32 = 2.0;

/// From as many authors on (older ones weigh less) a term has a week's profile of its own.
const OWN_PROFILE: f32 = 20.0;

/// What is so many standard deviations above the usual teaches no more than that.
const CAP: f32 = 3.0;

/// What holds for all terms of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The slot of the week.
    pub(super) slot: usize,
    /// The place in the rings.
    pub(super) place: usize,
    /// The volume: how many authors there are to use a term.
    pub(super) volume: f32,
    /// The slot's factor for all terms.
    pub(super) shape: f32,
    /// The dispersion of all terms, span by span.
    pub(super) pooled: [f32; SPANS.len()],
    /// How many buckets without a gap the rings hold.
    pub(super) run: usize,
    /// How many slots of the week are visited.
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

impl Span {
    /// The same where everything scatters so much wider than usual.
    pub(super) fn widened(mut self, by: f32) -> Self {
        if by > 1.0 {
            let variance = self.expected + self.dispersion * self.expected * self.expected;
            let wide = by * by * variance - self.expected;
            self.dispersion = wide / (self.expected * self.expected);
        }
        self
    }
}

/// A term that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Term {
    pub(super) id: u64,
    /// In how many buckets it was followed.
    age: u32,
    /// How many buckets of the rings belong to no earlier burst.
    held: usize,
    /// The authors seen, and the volume they were seen in; older ones weigh less.
    authors: f32,
    volume: f32,
    week: Option<OwnWeek>,
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
            held: 0,
            authors: 0.0,
            volume: 0.0,
            week: None,
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
        let own = self.week.as_ref().map_or(1.0, |week| week.at(moment.slot));
        own * moment.shape
    }

    /// Notes what came, beside what was expected. Returns the latter.
    pub(super) fn note(&mut self, observed: f32, moment: &Moment) -> f32 {
        let share = self.share(moment.volume) * self.factor(moment);
        // Among those who do not use the term, its users are as many as the odds say: so a burst is not measured by the
        // volume that it brings itself.
        let expected = if share < HALF {
            let others = (moment.volume - observed).max(moment.volume * FEWEST);
            share / (1.0 - share) * others
        } else {
            share * moment.volume
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
        self.held = (self.held + 1).min(moment.run);
        expected
    }

    /// The last bucket alone.
    pub(super) fn bucket(&self, moment: &Moment) -> Option<Span> {
        let (observed, expected) = self.back(0, moment)?;
        let (level, hour) = self.doubt(moment);
        Some(Span {
            index: 0,
            observed,
            expected,
            dispersion: self.spread.of_term(0, moment.pooled[0]) + level + hour,
        })
    }

    /// Whether anything to speak of came or was expected lately.
    pub(super) fn speaks(&self, moment: &Moment) -> bool {
        self.back(0, moment)
            .is_some_and(|(seen, usual)| seen > 0.0 || usual >= 0.1)
    }

    /// The last buckets, summed over one span after another, as far as they are known; those in which at least so many
    /// authors are expected.
    pub(super) fn spans(&self, moment: &Moment, least: f32) -> impl Iterator<Item = Span> + use<> {
        let (sums, known) = self.sums(moment, least);
        let (level, hour) = match known {
            0 => (0.0, 0.0),
            _ => self.doubt(moment),
        };
        let (spread, pooled) = (self.spread, moment.pooled);
        let sums = sums.into_iter().zip(SPANS).zip(pooled).take(known);
        sums.enumerate()
            .filter(move |(_, (((_, expected), _), _))| *expected >= least)
            .map(move |(index, (((observed, expected), len), pooled))| Span {
                index,
                observed,
                expected,
                dispersion: spread.of_term(index, pooled) + level + hour / len as f32,
            })
    }

    /// What came and what was expected, summed span by span, and how many of the spans are known; none, where in no span so
    /// many authors are expected.
    fn sums(&self, moment: &Moment, least: f32) -> ([(f32, f32); SPANS.len()], usize) {
        let mut sums = [(0.0, 0.0); SPANS.len()];
        // All terms pass here in every bucket, and of most next to nothing is expected.
        if self.expected.iter().sum::<f32>() < least {
            return (sums, 0);
        }
        let (mut observed, mut expected) = (0.0, 0.0);
        // Rings are read from the last bucket backwards, around their beginning.
        let (mut at, mut back) = (moment.place, 0);
        for (sum, len) in sums.iter_mut().zip(SPANS) {
            while back < len {
                observed += self.seen.get(at).copied().unwrap_or(0.0);
                expected += self.expected.get(at).copied().unwrap_or(0.0);
                at = if at == 0 { RING - 1 } else { at - 1 };
                back += 1;
            }
            *sum = (observed, expected);
        }
        let known = SPANS.iter().take_while(|len| **len <= self.held).count();
        (sums, known)
    }

    /// A bucket some places back: what came, what was expected.
    pub(super) fn back(&self, back: usize, moment: &Moment) -> Option<(f32, f32)> {
        let place = (moment.place + RING - back % RING) % RING;
        Some((*self.seen.get(place)?, *self.expected.get(place)?))
    }

    /// How many buckets back are known without a gap.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Looks back no further than so many buckets: what was before belongs to a burst that is over.
    pub(super) fn hold(&mut self, buckets: usize) {
        self.held = self.held.min(buckets);
    }

    /// What is not known about the level, and about the hour: as a dispersion.
    fn doubt(&self, moment: &Moment) -> (f32, f32) {
        let level = 1.0 / (self.authors + PRIOR_AUTHORS);
        let chance = 1.0 / self.level(moment) + moment.pooled[0];
        let hour = match &self.week {
            Some(week) => week.doubt(moment.slot, moment.slots, chance),
            None => OwnWeek::unknown(),
        };
        (level, hour)
    }

    /// The authors that are usual for all terms' hour.
    fn level(&self, moment: &Moment) -> f32 {
        (self.share(moment.volume) * moment.volume * moment.shape).max(LEAST)
    }

    /// Learns from the bucket that was noted last. `free`: as it came, without a cap.
    pub(super) fn learn(&mut self, moment: &Moment, pace: &Pace, free: bool) -> Learnt {
        let Some((seen, expected)) = self.back(0, moment) else {
            return Learnt::default();
        };
        let seen = match free || seen <= expected + 1.0 {
            true => seen,
            false => {
                let dispersion = self.bucket(moment).map_or(1.0, |bucket| bucket.dispersion);
                let deviation = (expected + dispersion * expected * expected).sqrt();
                seen.min(expected + CAP * deviation + 1.0)
            }
        };
        let learnt = Learnt {
            seen,
            expected,
            evidence: self.scatter(moment, pace),
        };
        let factor = self.factor(moment);
        self.authors = self.authors * pace.level + seen;
        self.volume = self.volume * pace.level + moment.volume * factor;
        if self.week.is_none() && self.authors >= OWN_PROFILE {
            self.week = Some(OwnWeek::default());
        }
        // Without the prior, which would make the first hours of a term look busier than all later ones.
        let level = (self.authors / self.volume * moment.volume * moment.shape).max(LEAST);
        if let Some(week) = &mut self.week {
            let chance = 1.0 / level + moment.pooled[0];
            week.learn(moment.slot, seen / level, chance, pace);
        }
        learnt
    }

    fn scatter(&mut self, moment: &Moment, pace: &Pace) -> [Evidence; SPANS.len()] {
        let mut found = [Evidence::default(); SPANS.len()];
        // A term that is hardly ever used has no span that tells anything.
        let quiet = self
            .back(0, moment)
            .is_some_and(|(seen, usual)| seen == 0.0 && usual < SILENT);
        if quiet {
            return found;
        }
        let (sums, known) = self.sums(moment, TELLING);
        if known == 0 {
            return found;
        }
        let (level, hour) = self.doubt(moment);
        let spans = sums.iter().zip(&SPANS).zip(&moment.pooled).zip(&mut found);
        for (index, ((((observed, expected), len), usual), found)) in spans.enumerate() {
            if index >= known || *expected < TELLING {
                continue;
            }
            let doubt = level + hour / *len as f32;
            let mut seen = *observed;
            // Chance alone is part of every deviation: what it explains needs no look at the rest.
            if seen > *expected && seen > expected + (CAP + 1.0) * expected.sqrt() {
                let dispersion = self.spread.of_term(index, *usual) + doubt;
                let deviation = (expected + dispersion * expected * expected).sqrt();
                seen = seen.min(expected + (CAP + 1.0) * deviation);
            }
            *found = Evidence::new(seen, *expected, *usual, DOUBT * doubt);
            self.spread.learn(index, *found, pace.spread);
        }
        found
    }

    /// Learns from a bucket within a burst, where the same hour was part of a burst a week ago, or yesterday: a habit is
    /// no news, however sudden it is.
    pub(super) fn learn_habit(&mut self, moment: &Moment) {
        let Some(habit) = &self.habit else { return };
        let (daily, weekly) = (habit.daily(moment.slot), habit.weekly(moment.slot));
        if !daily && !weekly {
            return;
        }
        let Some((seen, _)) = self.back(0, moment) else {
            return;
        };
        let level = self.level(moment);
        let week = self.week.get_or_insert_default();
        week.take(moment.slot, seen / level, daily);
    }

    /// The hour passed without a burst.
    pub(super) fn calm(&mut self, slot: usize) {
        if let Some(habit) = &mut self.habit {
            habit.clear(slot);
            if habit.is_empty() {
                self.habit = None;
            }
        }
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

/// A term that more use than not is measured by all authors, itself included.
const HALF: f32 = 0.5;

/// At least this part of the volume is taken for that of others, however large a burst.
const FEWEST: f32 = 0.1;

/// Nothing is expected less often.
const LEAST: f32 = 1e-4;

/// Where fewer authors are expected, a bucket tells nothing of the dispersion.
const TELLING: f32 = 0.05;

/// A bucket that came empty and had this little to expect is passed over with its spans.
const SILENT: f32 = 0.02;

const DOUBT: f32 = 0.5;

/// What a bucket taught.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Learnt {
    pub(super) seen: f32,
    pub(super) expected: f32,
    pub(super) evidence: [Evidence; SPANS.len()],
}
