//! Reports over many cases.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::figures::{Ratio, Spread};
use super::policy::TargetKind;
use super::standing::Standing;
use super::target::{Basis, TargetClock};
use crate::client::between;
use crate::error::{Error, Result};
use crate::model::{Period, SharedStr, Window};

/// Within how many minutes answers are counted.
pub const WITHIN_MINUTES: [u32; 3] = [5, 10, 60];

/// Within how long after its solution a case that is taken up again counts as not solved: 7 days.
const REOPENED_WITHIN: Duration = Duration::from_secs(7 * 86_400);

/// What a report is made of.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ReportQuery {
    period: Option<Period>,
    zone: Option<String>,
    in_hours: bool,
    detected: bool,
}

impl ReportQuery {
    /// All time, in UTC.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only of this period. A clock belongs to where it began, a case to where its customer wrote first, so that neither
    /// moves to another period later.
    #[must_use]
    pub fn period(mut self, period: Period) -> Self {
        self.period = Some(period);
        self
    }

    /// Tells hours of the week in this time zone, by its IANA name; UTC unless set.
    #[must_use]
    pub fn zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Leaves out answers that were given outside business hours. The lengths are business time either way: this is
    /// the other convention of the field, which sorts by when the answer was given, as a filter.
    #[must_use]
    pub fn only_in_hours(mut self) -> Self {
        self.in_hours = true;
        self
    }

    /// Counts from when the desk found what the customer wrote, not from when it was written. Clocks of which that is not
    /// known are left out.
    #[must_use]
    pub fn from_detection(mut self) -> Self {
        self.detected = true;
        self
    }

    fn window(&self) -> Window {
        self.period.map_or(Window::Lifetime, Window::Period)
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.period.is_none_or(|period| period.contains(at))
    }
}

/// A case in a report.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Reported<'a> {
    standing: &'a Standing,
    network: Option<&'a str>,
}

impl<'a> Reported<'a> {
    /// A case that stands so.
    pub fn new(standing: &'a Standing) -> Self {
        let network = None;
        Self { standing, network }
    }

    /// Names its network.
    #[must_use]
    pub fn network(mut self, network: &'a str) -> Self {
        self.network = Some(network);
        self
    }
}

/// How many promises of a kind were kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Kept {
    /// Kept, of those that were kept or broken. What is open and late is broken.
    pub kept: Ratio,
    /// Open, and not late.
    pub open: u64,
    /// The question fell away before it was late: withdrawn, solved without an answer, served by a bot.
    pub fell_away: u64,
    /// By how much the broken ones were late, or are by now.
    pub over: Spread,
}

/// The share of answers that came within so many minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Within {
    /// Minutes of business time.
    pub minutes: u32,
    /// Answered within them, of what was answered or has waited longer.
    pub share: Ratio,
}

/// What is told of a group of cases. Lengths are business time, but for the delay of detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// How many cases, spam included.
    pub cases: u64,
    /// How long first answers took.
    pub first_response: Spread,
    /// The share of first answers within 5, 10 and 60 minutes.
    pub first_within: Vec<Within>,
    /// How long next answers took.
    pub next_response: Spread,
    /// The share of next answers within 5, 10 and 60 minutes.
    pub next_within: Vec<Within>,
    /// How many promises were kept, by what they were about.
    pub targets: BTreeMap<TargetKind, Kept>,
    /// Answered cases, of those that need an answer.
    pub answered: Ratio,
    /// Cases that are spam; they are in no rate.
    pub spam: u64,
    /// Cases that needed no answer; they are not in the rate of answers.
    pub no_answer_needed: u64,
    /// Cases whose customers took back all that they had asked; they are not in the rate of answers.
    pub withdrawn: u64,
    /// Cases taken up again within 7 days, of those that were solved.
    pub reopened: Ratio,
    /// From the first message to the first solution.
    pub first_resolution: Spread,
    /// From the first message to the last solution.
    pub full_resolution: Spread,
    /// From our first answer to the last solution.
    pub handling: Spread,
    /// From when a customer wrote first to when the desk found it, by the clock on the wall.
    pub detection: Spread,
}

/// A report over many cases.
///
/// A clock counts for whoever ended it, else for whom its case is assigned to; a case for whom it is assigned to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Of which time it tells.
    pub window: Window,
    /// Of all cases.
    pub all: Summary,
    /// By network.
    pub networks: BTreeMap<SharedStr, Summary>,
    /// By agent.
    pub agents: BTreeMap<SharedStr, Summary>,
    /// By the hour in which a customer wrote: hours since the beginning of Monday, 0 to 167.
    pub hours: BTreeMap<u8, Summary>,
}

/// Reports over cases as they stand.
///
/// # Errors
///
/// `Config`: a time zone that there is not.
///
/// ```
/// use sociable::desk::clock::{CaseEvent, CaseEventKind, Reported, ReportQuery, Rules, evaluate, report};
///
/// let log = [
///     CaseEvent::new(1, "2026-11-30T09:00:00Z".parse()?, CaseEventKind::message("m1")),
///     CaseEvent::new(2, "2026-11-30T09:00:05Z".parse()?, CaseEventKind::policy("ten-minutes", 1)),
///     CaseEvent::new(3, "2026-11-30T09:04:00Z".parse()?, CaseEventKind::reply("r1")).by("ann"),
/// ];
/// let standing = evaluate(&log, &Rules::new(), "2026-11-30T12:00:00Z".parse()?)?;
/// let report = report([Reported::new(&standing).network("vk")], &ReportQuery::new())?;
/// assert_eq!(report.all.first_response.median.map(|time| time.as_secs()), Some(240));
/// assert_eq!(report.agents["ann"].first_within[0].share.value(), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn report<'a>(
    cases: impl IntoIterator<Item = Reported<'a>>,
    query: &ReportQuery,
) -> Result<Report> {
    let zone = match &query.zone {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|_| {
            Error::config(format!(
                "{name:?} is no time zone: write an IANA name such as Europe/Athens"
            ))
        })?,
    };
    let mut all = Tally::default();
    let mut networks: BTreeMap<SharedStr, Tally> = BTreeMap::new();
    let mut agents: BTreeMap<SharedStr, Tally> = BTreeMap::new();
    let mut hours: BTreeMap<u8, Tally> = BTreeMap::new();
    for case in cases {
        let standing = case.standing;
        let network = case.network.map(SharedStr::from);
        if let Some(at) = standing.first_message_at.or(standing.first_reply_at)
            && query.holds(at)
        {
            all.case(standing);
            if let Some(network) = &network {
                networks.entry(network.clone()).or_default().case(standing);
            }
            if let Some(agent) = &standing.assignee {
                agents.entry(agent.clone()).or_default().case(standing);
            }
            let hour = hour_of_week(at, &zone);
            hours.entry(hour).or_default().case(standing);
        }
        let basis = if query.detected {
            Basis::Detected
        } else {
            Basis::Posted
        };
        for clock in standing.clocks() {
            // What has nothing to be found has one clock only.
            let counts = clock.basis == basis
                || !matches!(clock.target, TargetKind::First | TargetKind::Next);
            let ended = clock.ended.as_ref();
            let in_time = !query.in_hours || ended.is_none_or(|ended| ended.in_hours);
            if standing.spam || !counts || !in_time || !query.holds(clock.started) {
                continue;
            }
            all.clock(clock);
            if let Some(network) = &network {
                networks.entry(network.clone()).or_default().clock(clock);
            }
            let agent = ended.and_then(|ended| ended.by.as_ref());
            if let Some(agent) = agent.or(standing.assignee.as_ref()) {
                agents.entry(agent.clone()).or_default().clock(clock);
            }
            let hour = hour_of_week(clock.started, &zone);
            hours.entry(hour).or_default().clock(clock);
        }
    }
    let window = query.window();
    let told = |tally: Tally| tally.told(window);
    Ok(Report {
        window,
        all: told(all),
        networks: networks
            .into_iter()
            .map(|(key, tally)| (key, told(tally)))
            .collect(),
        agents: agents
            .into_iter()
            .map(|(key, tally)| (key, told(tally)))
            .collect(),
        hours: hours
            .into_iter()
            .map(|(key, tally)| (key, told(tally)))
            .collect(),
    })
}

fn hour_of_week(at: Timestamp, zone: &TimeZone) -> u8 {
    let local = zone.to_datetime(at);
    let day = local.weekday().to_monday_zero_offset();
    day.cast_unsigned() * 24 + local.hour().cast_unsigned()
}

/// The times of one kind of answer.
#[derive(Default)]
struct Answers {
    took: Vec<Duration>,
    /// How long those have waited that were not answered.
    waited: Vec<Duration>,
}

impl Answers {
    fn add(&mut self, clock: &TargetClock) {
        if clock.fulfilled_at().is_some() {
            self.took.push(clock.used);
        } else if !clock
            .ended
            .as_ref()
            .is_some_and(|ended| ended.how.is_void())
        {
            self.waited.push(clock.used);
        }
    }

    fn within(&self, window: Window) -> Vec<Within> {
        let within = WITHIN_MINUTES.into_iter().map(|minutes| {
            let most = Duration::from_secs(u64::from(minutes) * 60);
            let hits = self.took.iter().filter(|took| **took <= most).count();
            let waited = self.waited.iter().filter(|waited| **waited > most).count();
            let share = Ratio::new(count(hits), count(self.took.len() + waited), window);
            Within { minutes, share }
        });
        within.collect()
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[derive(Default)]
struct Promises {
    kept: u64,
    open: u64,
    fell_away: u64,
    over: Vec<Duration>,
}

/// What is gathered of a group.
#[derive(Default)]
struct Tally {
    cases: u64,
    first: Answers,
    next: Answers,
    targets: BTreeMap<TargetKind, Promises>,
    answered: u64,
    unanswered: u64,
    spam: u64,
    no_answer_needed: u64,
    withdrawn: u64,
    solved: u64,
    reopened: u64,
    first_resolution: Vec<Duration>,
    full_resolution: Vec<Duration>,
    handling: Vec<Duration>,
    detection: Vec<Duration>,
}

impl Tally {
    fn case(&mut self, case: &Standing) {
        self.cases += 1;
        if case.spam {
            self.spam += 1;
            return;
        }
        let answered = case.clocks().any(|clock| {
            matches!(clock.target, TargetKind::First | TargetKind::Next)
                && clock.fulfilled_at().is_some()
        });
        if answered {
            self.answered += 1;
        } else if case.messages > 0 {
            if case.withdrawn == case.messages {
                self.withdrawn += 1;
            } else if case.no_answer_needed > 0 && case.waiting.is_none() {
                self.no_answer_needed += 1;
            } else {
                self.unanswered += 1;
            }
        }
        if case.resolutions > 0 {
            self.solved += 1;
            let soon =
                |again: &super::Reopening| between(again.resolved_at, again.at) <= REOPENED_WITHIN;
            self.reopened += u64::from(case.reopenings.iter().any(soon));
        }
        self.first_resolution.extend(case.first_resolution);
        self.full_resolution.extend(case.full_resolution);
        self.handling.extend(case.handling);
        if let (Some(wrote), Some(found)) = (case.first_message_at, case.first_detected_at) {
            self.detection.push(between(wrote, found));
        }
    }

    fn clock(&mut self, clock: &TargetClock) {
        match clock.target {
            TargetKind::First => self.first.add(clock),
            TargetKind::Next => self.next.add(clock),
            _ => {}
        }
        let ended = clock.ended.as_ref();
        if clock.within.is_none() || ended.is_some_and(|ended| ended.how.is_void()) {
            return;
        }
        let promises = self.targets.entry(clock.target.clone()).or_default();
        match clock.kept() {
            Some(true) => promises.kept += 1,
            Some(false) => promises.over.push(clock.over()),
            None if ended.is_some() => promises.fell_away += 1,
            None => promises.open += 1,
        }
    }

    fn told(self, window: Window) -> Summary {
        let targets = self.targets.into_iter().map(|(target, promises)| {
            let broken = count(promises.over.len());
            let kept = Kept {
                kept: Ratio::new(promises.kept, promises.kept + broken, window),
                open: promises.open,
                fell_away: promises.fell_away,
                over: Spread::of(promises.over, window),
            };
            (target, kept)
        });
        Summary {
            cases: self.cases,
            targets: targets.collect(),
            first_within: self.first.within(window),
            first_response: Spread::of(self.first.took, window),
            next_within: self.next.within(window),
            next_response: Spread::of(self.next.took, window),
            answered: Ratio::new(self.answered, self.answered + self.unanswered, window),
            spam: self.spam,
            no_answer_needed: self.no_answer_needed,
            withdrawn: self.withdrawn,
            reopened: Ratio::new(self.reopened, self.solved, window),
            first_resolution: Spread::of(self.first_resolution, window),
            full_resolution: Spread::of(self.full_resolution, window),
            handling: Spread::of(self.handling, window),
            detection: Spread::of(self.detection, window),
        }
    }
}
