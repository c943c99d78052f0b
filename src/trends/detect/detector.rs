use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::hashes::ByNumber;
use super::burst::{Burst, QUIET};
use super::config::DetectorConfig;
use super::discoveries::corrected;
use super::null::widening;
use super::pace::Pace;
use super::pool::{Lesson, Pool};
use super::signal::{Forecast, Phase, Signal};
use super::slots::{Slot, Week};
use super::spread::SPANS;
use super::tail::upper;
use super::tally::{Tally, TermCount, TermId};
use super::term::{Moment, RING, Span, Term};
use super::total::Total;
use crate::error::{Error, Result};

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// After this time what was seen weighs half as much: for the level, for the dispersion.
const LEVEL: Duration = WEEK;
const SPREAD: Duration = Duration::from_secs(14 * 86_400);

/// A level that lasts so long has become the usual one.
const SETTLED: SignedDuration = SignedDuration::from_hours(72);

/// However long nothing was counted, so much of the evidence stays: with none a term would be as good as new.
const REMEMBERED: f32 = 0.1;

/// A term's first day teaches without a cap.
const FREE: Duration = DAY;

/// Terms with fewer authors are not followed for that.
const WORTH: f64 = 2.0;

/// When the room is full, so large a part of it is made free at once: one in eight.
const ROOM: usize = 8;

/// Finds terms whose use rises above the usual. Its state is data: what is read back goes on as if nothing had been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Detector {
    week: Week,
    kept: Kept,
    /// Where each term stands in `kept.terms`.
    places: ByNumber<usize>,
}

/// What is kept of a detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    config: DetectorConfig,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    len: Duration,
    steps: u64,
    run: usize,
    passed_over: u64,
    total: Total,
    pool: Pool,
    terms: Vec<Term>,
}

impl TryFrom<Kept> for Detector {
    type Error = Error;

    fn try_from(kept: Kept) -> Result<Self> {
        let week = kept.config.week()?;
        let places = kept.terms.iter().enumerate();
        let places = places.map(|(place, term)| (term.id, place)).collect();
        Ok(Self { week, kept, places })
    }
}

impl From<Detector> for Kept {
    fn from(detector: Detector) -> Self {
        detector.kept
    }
}

/// A count of this bucket.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    authors: f32,
    posts: u64,
}

impl Count {
    /// Said twice, the larger count holds, whichever comes first.
    fn take(&mut self, count: &TermCount) {
        self.authors = self.authors.max(count.authors as f32);
        self.posts = self.posts.max(count.posts);
    }
}

/// A term that stands out.
struct Candidate {
    place: usize,
    span: Span,
    p: f64,
}

impl Detector {
    /// A detector that has seen nothing yet. An error says which setting is out of its range.
    pub fn new(config: DetectorConfig) -> Result<Self> {
        Self::try_from(Kept {
            config,
            first: None,
            last: None,
            len: Duration::ZERO,
            steps: 0,
            run: 0,
            passed_over: 0,
            total: Total::default(),
            pool: Pool::default(),
            terms: Vec::new(),
        })
    }

    /// What it goes by.
    pub fn config(&self) -> &DetectorConfig {
        &self.kept.config
    }

    /// Goes by other settings from now on; what was learnt stays.
    pub(crate) fn set_config(&mut self, config: DetectorConfig) -> Result<()> {
        self.week = config.week()?;
        self.kept.config = config;
        Ok(())
    }

    /// Whether the term is followed already: its counts should be named however small they are.
    pub fn follows(&self, term: TermId) -> bool {
        self.places.contains_key(&term.0)
    }

    /// How many terms are followed.
    pub fn followed(&self) -> usize {
        self.kept.terms.len()
    }

    /// How many buckets were passed over: those that did not come after the last one, or had no length.
    pub fn passed_over(&self) -> u64 {
        self.kept.passed_over
    }

    /// Takes in a closed bucket, and tells what is unusual at its end, the most unusual first.
    pub fn step(&mut self, tally: &Tally) -> Vec<Signal> {
        let early = self.kept.last.is_some_and(|last| tally.start <= last);
        if early || tally.len.is_zero() {
            self.kept.passed_over += 1;
            return Vec::new();
        }
        self.arrive(tally);
        let counts = self.counts(&tally.terms);
        let slot = self.week.slot(tally.start, tally.len);
        let pace = Pace::new(tally.len, LEVEL, SPREAD);
        let authors = authors(tally);
        let learnt = self.watched(tally) >= WEEK;
        let volume = self.kept.total.volume(slot, authors, learnt);
        let moment = Moment {
            slot: slot.index,
            place: (self.kept.steps % RING as u64) as usize,
            volume: volume.volume,
            shape: self.kept.pool.shape(slot.index),
            pooled: self.kept.pool.dispersions(),
            run: self.kept.run,
            slots: pace.slots,
        };
        for (term, count) in self.kept.terms.iter_mut().zip(&counts) {
            term.note(count.authors, &moment);
        }
        let warm = self.watched(tally) >= self.kept.config.warm_up;
        let mut signals = Vec::new();
        if warm {
            self.judge(tally, &moment, &counts, &mut signals);
        }
        self.go_on(tally, &moment, &counts, &mut signals);
        if tally.complete && !volume.odd {
            self.learn(slot, &moment, &pace, warm);
        }
        if tally.complete {
            self.kept.total.learn(slot, volume.authors, &pace);
        }
        self.make_room();
        signals.sort_by(|a, b| a.p.total_cmp(&b.p).then(a.term.cmp(&b.term)));
        signals
    }

    /// Sets the time, and notices gaps.
    fn arrive(&mut self, tally: &Tally) {
        let kept = &mut self.kept;
        let len = SignedDuration::try_from(tally.len).unwrap_or(SignedDuration::MAX);
        let next = kept.last.and_then(|last| last.checked_add(len).ok());
        if next == Some(tally.start) && kept.len == tally.len {
            kept.run = (kept.run + 1).min(RING);
        } else {
            kept.run = 1;
        }
        if let Some(last) = kept.last {
            let gap = tally.start.duration_since(last).as_secs_f32();
            if gap > WEEK.as_secs_f32() {
                let keep = 0.5f32.powf(gap / LEVEL.as_secs_f32()).max(REMEMBERED);
                for term in &mut kept.terms {
                    term.forget(keep);
                }
            }
        }
        // From what was not seen whole nothing is learnt, so that it is no time of watching.
        if tally.complete {
            kept.first = kept.first.or(Some(tally.start));
        }
        kept.last = Some(tally.start);
        kept.len = tally.len;
        kept.steps += 1;
    }

    /// How long the stream was watched before this bucket.
    fn watched(&self, tally: &Tally) -> Duration {
        let first = self.kept.first.unwrap_or(tally.start);
        Duration::try_from(tally.start.duration_since(first)).unwrap_or_default()
    }

    /// The counts of the followed terms, in their places; terms worth following are added.
    fn counts(&mut self, terms: &[TermCount]) -> Vec<Count> {
        let mut counts = vec![Count::default(); self.kept.terms.len()];
        let mut new: Vec<&TermCount> = Vec::new();
        for term in terms {
            if !term.authors.is_finite() || term.authors <= 0.0 {
                continue;
            }
            match self
                .places
                .get(&term.term.0)
                .and_then(|at| counts.get_mut(*at))
            {
                Some(count) => count.take(term),
                None if term.authors >= WORTH => new.push(term),
                None => {}
            }
        }
        // A bucket's newcomers may exceed the room for a moment: it is made again at the bucket's end.
        let capacity = self.kept.config.capacity;
        if new.len() > capacity {
            new.sort_by(|a, b| {
                b.authors
                    .total_cmp(&a.authors)
                    .then(a.term.cmp(&b.term))
                    .then(b.posts.cmp(&a.posts))
            });
            new.dedup_by_key(|count| count.term);
            new.truncate(capacity);
        }
        // In whichever order they were told, their places are the same.
        new.sort_by_key(|count| count.term);
        for term in new {
            let place = *self.places.entry(term.term.0).or_insert_with(|| {
                self.kept.terms.push(Term::new(term.term.0));
                counts.push(Count::default());
                counts.len() - 1
            });
            if let Some(count) = counts.get_mut(place) {
                count.take(term);
            }
        }
        counts
    }

    /// Raises alarms: tests every term that is in no burst, span by span.
    fn judge(
        &mut self,
        tally: &Tally,
        moment: &Moment,
        counts: &[Count],
        signals: &mut Vec<Signal>,
    ) {
        let config = &self.kept.config;
        let calm = self.kept.terms.iter().filter(|term| term.burst.is_none());
        let wide = widening(calm, moment);
        let mut candidates = Vec::new();
        let mut tests = 0;
        for (place, (term, count)) in self.kept.terms.iter().zip(counts).enumerate() {
            if term.burst.is_some() {
                continue;
            }
            tests += 1;
            if f64::from(count.authors) < config.min_authors || count.posts < config.min_posts {
                continue;
            }
            let best = term
                .spans(moment, 0.0)
                .map(|span| span.widened(wide.get(span.index).copied().unwrap_or(1.0)))
                .filter(|span| f64::from(span.ratio()) >= config.min_ratio && span.z() > 2.0)
                .map(|span| (p_value(&span), span))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((p, span)) = best {
                candidates.push(Candidate { place, span, p });
            }
        }
        let p: Vec<f64> = candidates.iter().map(|c| c.p).collect();
        let level = config.level(self.kept.len);
        for (candidate, q) in candidates.iter().zip(corrected(&p, tests)) {
            if q > level {
                continue;
            }
            let Some(term) = self.kept.terms.get_mut(candidate.place) else {
                continue;
            };
            let end = end(tally);
            let started = started(term, moment, &candidate.span, tally);
            term.burst = Some(Box::new(Burst::new(started, end)));
            let posts = counts.get(candidate.place).map_or(0, |c| c.posts);
            signals.push(signal(
                term.id,
                Phase::Start,
                end,
                started,
                &candidate.span,
                posts,
                (candidate.p, q),
            ));
        }
    }

    /// Follows the bursts that are open, those just opened among them.
    fn go_on(
        &mut self,
        tally: &Tally,
        moment: &Moment,
        counts: &[Count],
        signals: &mut Vec<Signal>,
    ) {
        let quiet = f64::midpoint(1.0, self.kept.config.min_ratio) as f32;
        let tests = self.kept.terms.len() as f64;
        let at = end(tally);
        for (term, count) in self.kept.terms.iter_mut().zip(counts) {
            let Some(mut burst) = term.burst.take() else {
                continue;
            };
            let Some(bucket) = term.bucket(moment) else {
                term.burst = Some(burst);
                continue;
            };
            let lately = term.spans(moment, 0.0).nth(1).unwrap_or(bucket);
            term.learn_habit(moment);
            burst.go_on(moment.slot, &bucket, &lately, quiet);
            let settled = at.duration_since(burst.raised) >= SETTLED;
            let done = burst.over() || settled;
            let fresh = signals.iter_mut().find(|s| s.term.0 == term.id);
            let ends = forecast(&burst, at, f64::from(quiet) - 1.0, self.kept.len);
            if let Some(start) = fresh {
                start.peak = f64::from(burst.peak);
            } else {
                let best = term
                    .spans(moment, 0.0)
                    .max_by(|a, b| a.z().total_cmp(&b.z()))
                    .unwrap_or(bucket);
                let p = p_value(&best);
                let q = (p * tests).min(1.0);
                let phase = if done { Phase::End } else { Phase::Update };
                let mut told = signal(
                    term.id,
                    phase,
                    at,
                    burst.started,
                    &best,
                    count.posts,
                    (p, q),
                );
                told.peak = f64::from(burst.peak);
                told.ends = if done { None } else { ends };
                signals.push(told);
            }
            if !done {
                term.burst = Some(burst);
                continue;
            }
            if settled && !burst.over() {
                term.adopt(burst.level());
            }
            term.hold(if settled { 0 } else { QUIET as usize });
            term.habit.get_or_insert_default().add(&burst.hours);
        }
    }

    fn learn(&mut self, slot: Slot, moment: &Moment, pace: &Pace, warm: bool) {
        let mut lesson = Lesson::default();
        let usual = moment.pooled[0];
        let free = (FREE.as_secs_f32() / self.kept.len.as_secs_f32()) as u32;
        for term in &mut self.kept.terms {
            if term.burst.is_some() {
                continue;
            }
            term.calm(slot.index);
            let learnt = term.learn(moment, pace, !warm || !term.older_than(free));
            if term.older_than(free) {
                lesson.add(&learnt, usual);
            }
        }
        self.kept.pool.learn(slot, &lesson, pace);
    }

    fn make_room(&mut self) {
        let capacity = self.kept.config.capacity;
        if self.kept.terms.len() <= capacity {
            return;
        }
        let room = capacity - capacity / ROOM;
        // The rarest make way; in which order the others stand says nothing.
        self.kept.terms.select_nth_unstable_by(room, |a, b| {
            let busy = |term: &Term| (term.burst.is_some(), term.share(1.0));
            let ((a_burst, a_share), (b_burst, b_share)) = (busy(a), busy(b));
            b_burst
                .cmp(&a_burst)
                .then(b_share.total_cmp(&a_share))
                .then(a.id.cmp(&b.id))
        });
        self.kept.terms.truncate(room);
        let places = self.kept.terms.iter().enumerate();
        self.places = places.map(|(place, term)| (term.id, place)).collect();
    }
}

/// The authors that the terms are measured by. Where nobody counted them, the terms' own authors, added up, stand for
/// them: they are too many, but as many times too many in every bucket.
fn authors(tally: &Tally) -> f32 {
    let of = |count: &TermCount| count.authors;
    let known = tally
        .terms
        .iter()
        .map(of)
        .filter(|authors| authors.is_finite() && *authors > 0.0);
    let authors = if tally.authors == 0 {
        known.sum::<f64>()
    } else {
        known.fold(tally.authors as f64, f64::max)
    };
    authors as f32
}

fn end(tally: &Tally) -> Timestamp {
    let len = SignedDuration::try_from(tally.len).unwrap_or(SignedDuration::MAX);
    tally.start.saturating_add(len).unwrap_or(Timestamp::MAX)
}

/// Corrected for the spans tried (Bonferroni): they overlap, so this is on the safe side.
fn p_value(span: &Span) -> f64 {
    let p = upper(
        f64::from(span.observed),
        f64::from(span.expected),
        f64::from(span.dispersion),
    );
    (p * SPANS.len() as f64).min(1.0)
}

/// Where the burst likeliest began: the beginning from which on the counts speak most for the higher level (a CUSUM).
fn started(term: &Term, moment: &Moment, span: &Span, tally: &Tally) -> Timestamp {
    let ratio = span.ratio().clamp(1.5, 10.0);
    let (mut sum, mut best, mut first) = (0.0, f32::NEG_INFINITY, 0);
    for back in 0..term.held().min(RING) {
        let Some((seen, expected)) = term.back(back, moment) else {
            break;
        };
        sum += seen * ratio.ln() - expected * (ratio - 1.0);
        if sum > best {
            (best, first) = (sum, back);
        }
    }
    let earlier = tally.len.saturating_mul(u32::try_from(first).unwrap_or(0));
    let earlier = SignedDuration::try_from(earlier).unwrap_or(SignedDuration::ZERO);
    tally.start.saturating_sub(earlier).unwrap_or(tally.start)
}

fn forecast(burst: &Burst, at: Timestamp, excess: f64, len: Duration) -> Option<Forecast> {
    let range = burst.decay.until(excess)?;
    let now = f64::from(burst.since_peak());
    let time = |buckets: f64| {
        let ahead = (buckets - now).clamp(0.0, 1e6) * len.as_secs_f64();
        let ahead = SignedDuration::try_from_secs_f64(ahead).unwrap_or(SignedDuration::MAX);
        at.saturating_add(ahead).unwrap_or(Timestamp::MAX)
    };
    Some(Forecast {
        earliest: time(range.earliest),
        likely: time(range.likely),
        latest: range.latest.map(time),
    })
}

fn signal(
    term: u64,
    phase: Phase,
    at: Timestamp,
    started: Timestamp,
    span: &Span,
    posts: u64,
    (p, q): (f64, f64),
) -> Signal {
    let ratio = f64::from(span.ratio());
    Signal {
        term: TermId(term),
        phase,
        at,
        started,
        buckets: SPANS
            .get(span.index)
            .and_then(|len| u32::try_from(*len).ok())
            .unwrap_or(1),
        observed: f64::from(span.observed),
        expected: f64::from(span.expected),
        ratio,
        posts,
        p,
        q,
        z: f64::from(span.z()),
        level: ratio.max(1.0).log2() as u32,
        peak: ratio,
        ends: None,
    }
}
