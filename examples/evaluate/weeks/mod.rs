//! A year that was never lived: 52 weeks of 500 terms, with bursts whose beginning is known.
//!
//! Nothing here knows how they will be looked for. All of it is drawn by a seed:
//!
//! - **Rates** from 0.2 to 200 authors an hour, evenly in the logarithm. Each term has a day and a week of its own, drawn
//!   from six ways to live, and every hour of it is a little different. Rates grow or shrink by a percent or so a week, and
//!   wander.
//! - **Noise**: each hour's rate is multiplied by a gamma variable, then the authors are a Poisson variable: the negative
//!   binomial law. Its standard deviation beside chance lies between a tenth and a half of the rate. For three in ten
//!   terms a third of the variance lasts from hour to hour.
//! - **Volume**: all of it swings from day to day, terms following more or less; eight holidays that live like Sundays,
//!   three outages of some hours with a rush after each, and a day that is missing altogether.
//! - **Bursts** from the third week on: six a week on average, ×2 to ×10 at the peak, evenly in the logarithm, at any hour,
//!   on any term to which the burst adds at least 20 authors in its strongest hour (in the harder form: that has 20 in all
//!   then, so that a doubling may be ten authors more). A third rises at once and stays (6 to 36 hours),
//!   a third rises at once and fades (half after 3 to 18 hours), a third needs 2 to 4 hours to rise and fades then. A term
//!   bursts again after five days at the earliest.
//! - **Spam**, in its form: each week one author writes 10,000 posts with one term within an hour.
//!
//! A burst begins with the hour whose rate is raised first; it ends when less than half the usual rate is left on top.

mod chance;
mod score;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sociable::trends::detect::{Tally, TermCount, TermId};

pub(crate) use chance::Chance;
pub(crate) use score::{Score, score};

const HOUR: Duration = Duration::from_secs(3600);
const WEEK: usize = 168;
const DAY: usize = 24;
/// Bursts come from this hour on.
const FIRST: usize = 2 * WEEK;
const AUTHORS: f64 = 20.0;
/// How many posts the spammer writes.
const SPAM: u64 = 10_000;

/// What a year is like, where it may differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) weeks: usize,
    pub(crate) terms: usize,
    pub(crate) bursts_a_week: f64,
    /// The lowest and the highest mean rate, in authors an hour.
    pub(crate) rates: (f64, f64),
    /// The least and the most standard deviation of the noise beside chance, as a part of the rate.
    pub(crate) noise: (f64, f64),
    /// Whether one author writes 10,000 posts each week.
    pub(crate) spam: bool,
    /// Whether a burst's 20 authors are counted together with those who are usual.
    pub(crate) harder: bool,
    /// Whether the number of all authors is known.
    pub(crate) volume: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            weeks: 52,
            terms: 500,
            bursts_a_week: 6.0,
            rates: (0.2, 200.0),
            noise: (0.1, 0.5),
            spam: false,
            harder: false,
            volume: true,
        }
    }
}

impl Form {
    fn hours(&self) -> usize {
        self.weeks * WEEK
    }
}

/// A burst, with the hours since the year's beginning.
#[derive(Clone, Debug)]
pub(crate) struct Burst {
    pub(crate) term: usize,
    /// The first hour whose rate is raised.
    pub(crate) start: usize,
    /// The first hour with less than half the usual rate on top.
    pub(crate) end: usize,
    /// At its peak.
    pub(crate) factor: f64,
    course: Course,
}

#[derive(Clone, Copy, Debug)]
enum Course {
    Stays { hours: f64 },
    Fades { rise: f64, half: f64 },
}

impl Burst {
    pub(crate) fn fades(&self) -> bool {
        matches!(self.course, Course::Fades { .. })
    }

    /// By what the rate is multiplied in an hour.
    fn at(&self, hour: usize) -> f64 {
        let Some(age) = hour.checked_sub(self.start) else {
            return 1.0;
        };
        let age = age as f64;
        let excess = self.factor - 1.0;
        match self.course {
            Course::Stays { hours } if age < hours => self.factor,
            Course::Stays { .. } => 1.0,
            Course::Fades { rise, .. } if age + 1.0 < rise => 1.0 + excess * (age + 1.0) / rise,
            Course::Fades { rise, half } => {
                let since = (age + 1.0 - rise.max(1.0)).max(0.0);
                // What is left after ten halves is nothing.
                if since > 10.0 * half {
                    1.0
                } else {
                    1.0 + excess * 0.5f64.powf(since / half)
                }
            }
        }
    }
}

struct Term {
    rate: f64,
    week: Vec<f64>,
    growth: f64,
    /// The gamma variable's shape.
    noise: f64,
    /// The standard deviation, in the logarithm, of the noise that lasts.
    lasting: f64,
    follows: f64,
    wander: f64,
    mood: f64,
}

/// When people of a kind are awake and about: weight by the hour of the day, and at weekends.
type Way = (fn(f64) -> f64, f64);

const WAYS: [Way; 6] = [
    (|_| 1.0, 1.0),
    (|h| peak(h, 13.0, 5.0), 0.4),
    (|h| peak(h, 20.5, 3.0), 1.0),
    (|h| peak(h, 8.0, 2.0) + 0.5 * peak(h, 18.0, 2.0), 0.6),
    (|h| peak(h, 1.0, 3.5), 1.3),
    (|h| peak(h, 16.0, 5.0), 2.5),
];

/// A bell around an hour of the day, over a floor.
fn peak(hour: f64, at: f64, width: f64) -> f64 {
    let far = (hour - at).abs();
    let far = far.min(DAY as f64 - far);
    0.08 + (-0.5 * (far / width).powi(2)).exp()
}

/// A mixture of two ways to live, with a difference of its own in every hour; 1 on average.
fn week(chance: &mut Chance) -> Vec<f64> {
    let (one, other) = (chance.below(WAYS.len()), chance.below(WAYS.len()));
    let part = chance.part();
    let mut week: Vec<f64> = (0..WEEK)
        .map(|slot| {
            let (day, hour) = (slot / DAY, (slot % DAY) as f64);
            let way = |(daily, weekend): (fn(f64) -> f64, f64)| {
                daily(hour) * if day >= 5 { weekend } else { 1.0 }
            };
            let mixed = part * way(WAYS[one]) + (1.0 - part) * way(WAYS[other]);
            mixed * (0.12 * chance.normal()).exp()
        })
        .collect();
    let mean = week.iter().sum::<f64>() / WEEK as f64;
    for factor in &mut week {
        *factor /= mean;
    }
    week
}

/// What happens to all terms alike.
struct Days {
    /// By day.
    volume: Vec<f64>,
    holiday: Vec<bool>,
    /// By hour.
    service: Vec<f64>,
    missing: usize,
}

impl Days {
    fn new(chance: &mut Chance, form: &Form) -> Self {
        let hours = form.hours();
        let days = hours / DAY;
        let mut swing = 0.0;
        let volume = (0..days)
            .map(|_| {
                swing = 0.7 * swing + 0.12 * chance.normal();
                f64::exp(swing)
            })
            .collect();
        let mut holiday = vec![false; days];
        for _ in 0..form.weeks * 8 / 52 {
            holiday[chance.below(days)] = true;
        }
        let mut service = vec![1.0; hours];
        for _ in 0..form.weeks.div_ceil(17) - 1 {
            let (start, long) = (WEEK + chance.below(hours - 2 * WEEK), 3 + chance.below(6));
            service[start..start + long].fill(0.05);
            service[start + long] = 2.0;
        }
        let missing = 3 * WEEK / DAY + chance.below(days - 4 * WEEK / DAY);
        Self {
            volume,
            holiday,
            service,
            missing,
        }
    }

    /// The hour of the week that people live.
    fn slot(&self, hour: usize) -> usize {
        if self.holiday[hour / DAY] {
            6 * DAY + hour % DAY
        } else {
            hour % WEEK
        }
    }

    fn factor(&self, hour: usize) -> f64 {
        let holiday = if self.holiday[hour / DAY] { 0.7 } else { 1.0 };
        self.volume[hour / DAY] * holiday * self.service[hour]
    }
}

/// A year of buckets of an hour, one after another.
pub(crate) struct Year {
    chance: Chance,
    days: Days,
    terms: Vec<Term>,
    crowd: Vec<f64>,
    crowd_rate: f64,
    bursts: Vec<Burst>,
    form: Form,
    hour: usize,
}

/// The Monday that the year begins with.
pub(crate) fn beginning() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_767_571_200)
}

/// When an hour of the year begins.
pub(crate) fn time(hour: usize) -> Timestamp {
    beginning() + SignedDuration::from_hours(hour as i64)
}

impl Year {
    pub(crate) fn new(seed: u64, form: Form) -> Self {
        let mut chance = Chance::new(seed);
        let days = Days::new(&mut chance, &form);
        let terms: Vec<Term> = (0..form.terms)
            .map(|_| {
                let spread = chance.scale(form.noise.0, form.noise.1).powi(2);
                let lasts = chance.part() < 0.3;
                let lasting = if lasts { spread / 3.0 } else { 0.0 };
                Term {
                    rate: chance.scale(form.rates.0, form.rates.1),
                    week: week(&mut chance),
                    growth: 0.01 * chance.normal(),
                    noise: 1.0 / (spread - lasting),
                    lasting: lasting.sqrt(),
                    follows: chance.between(0.7, 1.3),
                    wander: 0.0,
                    mood: 0.0,
                }
            })
            .collect();
        let all: f64 = terms.iter().map(|t| t.rate).sum();
        let crowd_rate = all * chance.between(1.0, 5.0);
        let crowd = week(&mut chance);
        let bursts = bursts(&mut chance, &form, &days, &terms);
        Self {
            chance,
            days,
            terms,
            crowd,
            crowd_rate,
            bursts,
            form,
            hour: 0,
        }
    }

    pub(crate) fn weeks(&self) -> usize {
        self.form.weeks
    }

    pub(crate) fn bursts(&self) -> &[Burst] {
        &self.bursts
    }

    /// The terms' authors of the next hour, and those who spoke of something else.
    fn next_hour(&mut self) -> Option<(usize, Vec<u64>, u64)> {
        let hour = self.hour;
        if hour >= self.form.hours() {
            return None;
        }
        self.hour += 1;
        let (slot, factor) = (self.days.slot(hour), self.days.factor(hour));
        let service = self.days.service[hour];
        let chance = &mut self.chance;
        let mut authors = Vec::with_capacity(self.form.terms);
        for (index, term) in self.terms.iter_mut().enumerate() {
            if hour.is_multiple_of(DAY) {
                term.wander = 0.95 * term.wander + 0.03 * chance.normal();
            }
            term.mood = 0.7 * term.mood + (1.0f64 - 0.49).sqrt() * term.lasting * chance.normal();
            let trend = term.growth * hour as f64 / WEEK as f64 + term.wander + term.mood;
            let volume = (factor / service).powf(term.follows) * service;
            let burst: f64 = (self.bursts.iter())
                .filter(|b| b.term == index && b.start <= hour)
                .map(|b| b.at(hour))
                .product();
            let rate = term.rate * term.week[slot] * trend.exp() * volume * burst;
            let mean = rate * chance.gamma(term.noise);
            authors.push(chance.poisson(mean));
        }
        let others = self.crowd_rate * self.crowd[slot] * factor * chance.gamma(200.0);
        Some((hour, authors, chance.poisson(others)))
    }
}

/// The hours of the year as the detector takes them.
impl Iterator for Year {
    type Item = Tally;

    fn next(&mut self) -> Option<Tally> {
        let (hour, authors, others) = loop {
            let next = self.next_hour()?;
            if next.0 / DAY != self.days.missing {
                break next;
            }
        };
        let everyone = others + authors.iter().sum::<u64>();
        let mut tally = Tally::new(time(hour), HOUR)
            .posts(everyone + everyone / 3)
            .authors(if self.form.volume { everyone } else { 0 });
        for (term, count) in (0u64..).zip(authors) {
            if count > 0 {
                let term = TermCount::new(TermId(term), count as f64, count + count / 3);
                tally.terms.push(term);
            }
        }
        if self.form.spam && hour % WEEK == 100 {
            let victim = self.chance.below(self.form.terms) as u64;
            tally.posts += SPAM;
            tally.authors += u64::from(self.form.volume);
            match tally.terms.iter_mut().find(|t| t.term.0 == victim) {
                Some(count) => {
                    (count.authors, count.posts) = (count.authors + 1.0, count.posts + SPAM)
                }
                None => tally.terms.push(TermCount::new(TermId(victim), 1.0, SPAM)),
            }
        }
        Some(tally)
    }
}

fn bursts(chance: &mut Chance, form: &Form, days: &Days, terms: &[Term]) -> Vec<Burst> {
    let count = (form.bursts_a_week * (form.weeks - 2) as f64) as usize;
    let hours = form.hours();
    let mut bursts: Vec<Burst> = Vec::new();
    while bursts.len() < count {
        let start = FIRST + chance.below(hours - FIRST - 2 * DAY);
        let rise = chance.between(2.0, 4.0).round();
        let half = chance.between(3.0, 18.0);
        let course = match chance.below(3) {
            0 => Course::Stays {
                hours: chance.between(6.0, 36.0).round(),
            },
            1 => Course::Fades { rise: 1.0, half },
            _ => Course::Fades { rise, half },
        };
        let mut burst = Burst {
            term: chance.below(terms.len()),
            start,
            end: start,
            factor: chance.scale(2.0, 10.0),
            course,
        };
        let term = &terms[burst.term];
        let expected = |hour: usize| {
            let trend = (term.growth * hour as f64 / WEEK as f64).exp();
            term.rate * term.week[days.slot(hour)] * trend
        };
        let course = start..(start + 2 * WEEK).min(hours);
        let most = course.clone().map(|hour| {
            let burst = burst.at(hour);
            let counted = if form.harder && burst > 1.0 {
                burst
            } else {
                burst - 1.0
            };
            expected(hour) * counted
        });
        let most = most.fold(0.0, f64::max);
        let last = course.rev().find(|hour| burst.at(*hour) >= 1.5);
        burst.end = last.map_or(start, |last| last + 1);
        let near = |other: &Burst| {
            other.term == burst.term
                && other.start < burst.end + 5 * DAY
                && start < other.end + 5 * DAY
        };
        let disturbed = (start.saturating_sub(1)..burst.end + 1).any(|hour| {
            hour / DAY == days.missing || days.service.get(hour).is_none_or(|s| *s < 1.0)
        });
        if most >= AUTHORS && !bursts.iter().any(near) && !disturbed {
            bursts.push(burst);
        }
    }
    bursts.sort_by_key(|burst| burst.start);
    bursts
}
