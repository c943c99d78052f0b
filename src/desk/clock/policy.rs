//! What was promised: how soon an answer comes, in whose business hours, and what counts as one.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::length;
use super::log::Status;
use crate::client::between;
use crate::error::{Error, Result};
use crate::model::{SharedStr, setters, words};

words! {
    /// What a promise is about.
    TargetKind {
        /// The first answer of a person to the first message of a case.
        First = "first",
        /// The answer to what the customer wrote after that.
        Next = "next",
        /// The solution.
        Resolution = "resolution",
        /// The next word to a customer whose case is not solved yet, counted from our last one.
        Update = "update",
        /// The answer of a service that the case was handed to. Its length stands in the hand-off.
        HandOff = "hand_off",
    }
}

words! {
    /// What an answer of a machine does.
    Bots {
        /// Nothing: the customer waits for a person, and the clock runs on.
        Ignored = "ignored",
        /// It serves the customer, but it is no answer of ours: the clock stops and counts neither as kept nor as missed,
        /// unless it was late already. The next message of the customer, or a hand-off, begins a new one.
        Serve = "serve",
        /// The same as an answer of a person.
        Count = "count",
    }
}

words! {
    /// Which message of several the next answer is counted from.
    NextFrom {
        /// The oldest that is not answered.
        Oldest = "oldest",
        /// The latest.
        Latest = "latest",
    }
}

/// What happens to a solved case when its customer writes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reopen {
    /// A new case begins, linked to the old one.
    NewCase,
    /// The case goes on if the message comes so soon after the solution, by the clock on the wall; else a new one begins.
    Continue(#[serde(with = "length")] Duration),
}

impl Default for Reopen {
    /// Within 72 hours it goes on.
    fn default() -> Self {
        Self::Continue(Duration::from_secs(72 * 3600))
    }
}

/// How soon, and when to warn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Target {
    /// How soon, in business time.
    #[serde(with = "length")]
    pub within: Duration,
    /// When to warn, in per cent of that time used up: 1 to 100. At 100 the promise is about to be broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warn_at: Vec<u8>,
}

impl Target {
    /// So soon, without a warning.
    pub fn new(within: Duration) -> Self {
        let warn_at = Vec::new();
        Self { within, warn_at }
    }

    /// So many minutes, without a warning.
    pub fn minutes(minutes: u32) -> Self {
        Self::new(Duration::from_secs(u64::from(minutes) * 60))
    }

    /// Warns also when so much of the time, in per cent, is used up.
    #[must_use]
    pub fn warn_at(mut self, percent: u8) -> Self {
        self.warn_at.push(percent);
        self
    }
}

/// One version of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalendarRef {
    /// Which calendar.
    pub id: SharedStr,
    /// Which version.
    pub version: u32,
}

impl CalendarRef {
    /// This version of this calendar; the one that is always open is there without being added.
    pub fn new(id: impl Into<SharedStr>, version: u32) -> Self {
        let id = id.into();
        Self { id, version }
    }
}

/// One version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PolicyRef {
    /// Which policy.
    pub id: SharedStr,
    /// Which version.
    pub version: u32,
}

impl PolicyRef {
    /// This version of this policy.
    pub fn new(id: impl Into<SharedStr>, version: u32) -> Self {
        let id = id.into();
        Self { id, version }
    }
}

/// The targets of a policy. What has none is measured all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Targets {
    /// The first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Target>,
    /// The next answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Target>,
    /// The solution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Target>,
    /// A word in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Target>,
}

/// One version of what was promised. To which cases it applies is the desk's to say, by an event of their log.
///
/// A version is never changed: what a case was promised yesterday must be known tomorrow. A new version holds from the
/// moment at which it is applied; what was late before stays late.
///
/// ```
/// use std::time::Duration;
/// use sociable::desk::clock::{Calendar, Policy, Rules, Target};
///
/// let hours = Calendar::form("shop").zone("Europe/Athens").open("mon-fri", "09:00-17:00").build()?;
/// let policy = Policy::new("service", 1)
///     .first(Target::minutes(10).warn_at(50).warn_at(80))
///     .resolution(Target::new(Duration::from_secs(8 * 3600)))
///     .calendar(hours.reference());
/// let rules = Rules::new().policy(policy).calendar(hours);
/// rules.check()?;
/// # Ok::<(), sociable::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// Its name.
    pub id: SharedStr,
    /// Its version.
    pub version: u32,
    /// What is promised.
    #[serde(default)]
    pub targets: Targets,
    /// In whose hours time is counted.
    #[serde(default = "always")]
    pub calendar: CalendarRef,
    /// In which states the clocks of the solution and of the word in between stand still. Those of answers never do:
    /// the customer waits, also while a case is put aside.
    #[serde(default = "pauses")]
    pub pause_on: Vec<Status>,
    /// What an answer of a machine does.
    #[serde(default = "ignored")]
    pub bots: Bots,
    /// Which message of several the next answer is counted from. The first answer is always counted from the first.
    #[serde(default = "oldest")]
    pub next_from: NextFrom,
    /// What happens when the customer of a solved case writes again.
    #[serde(default)]
    pub reopen: Reopen,
    /// Whether a customer's first word in a case that we began is owed a first answer; else it is owed a next one.
    #[serde(default)]
    pub first_if_we_began: bool,
}

fn always() -> CalendarRef {
    CalendarRef::new(super::calendar::ALWAYS, 1)
}

fn pauses() -> Vec<Status> {
    vec![Status::WaitingCustomer]
}

fn ignored() -> Bots {
    Bots::Ignored
}

fn oldest() -> NextFrom {
    NextFrom::Oldest
}

impl Policy {
    /// One that promises nothing yet, day and night.
    pub fn new(id: impl Into<SharedStr>, version: u32) -> Self {
        Self {
            id: id.into(),
            version,
            targets: Targets::default(),
            calendar: always(),
            pause_on: pauses(),
            bots: ignored(),
            next_from: oldest(),
            reopen: Reopen::default(),
            first_if_we_began: false,
        }
    }

    /// The ready-made one: a first answer within 10 minutes, day and night, warned of at 50 % and at 80 %. Reports count
    /// how many came within 5.
    pub fn ten_minutes() -> Self {
        Self::new("ten-minutes", 1).first(Target::minutes(10).warn_at(50).warn_at(80))
    }

    /// Its name and version.
    pub fn reference(&self) -> PolicyRef {
        PolicyRef::new(self.id.clone(), self.version)
    }

    /// What it promises of this. A hand-off brings its own length.
    pub fn target(&self, kind: &TargetKind) -> Option<&Target> {
        match kind {
            TargetKind::First => self.targets.first.as_ref(),
            TargetKind::Next => self.targets.next.as_ref(),
            TargetKind::Resolution => self.targets.resolution.as_ref(),
            TargetKind::Update => self.targets.update.as_ref(),
            TargetKind::HandOff | TargetKind::Other(_) => None,
        }
    }

    /// Whether a message of the customer, written at `at`, goes on with a case that was solved at `resolved_at`; else it
    /// begins a new case.
    pub fn continues(&self, resolved_at: Timestamp, at: Timestamp) -> bool {
        match self.reopen {
            Reopen::NewCase => false,
            Reopen::Continue(window) => between(resolved_at, at) <= window,
        }
    }

    /// Promises a first answer.
    #[must_use]
    pub fn first(mut self, target: Target) -> Self {
        self.targets.first = Some(target);
        self
    }

    /// Promises the next answers.
    #[must_use]
    pub fn next(mut self, target: Target) -> Self {
        self.targets.next = Some(target);
        self
    }

    /// Promises a solution.
    #[must_use]
    pub fn resolution(mut self, target: Target) -> Self {
        self.targets.resolution = Some(target);
        self
    }

    /// Promises a word in between.
    #[must_use]
    pub fn update(mut self, target: Target) -> Self {
        self.targets.update = Some(target);
        self
    }

    fn check(&self) -> Result<()> {
        let targets = &self.targets;
        let all = [
            ("first", &targets.first),
            ("next", &targets.next),
            ("resolution", &targets.resolution),
            ("update", &targets.update),
        ];
        for (name, target) in all {
            let Some(target) = target else { continue };
            if target.within.is_zero() {
                return Err(Error::config(format!(
                    "policy {} version {}: the target {name} has no time at all: give it a length, or leave it out",
                    self.id, self.version
                )));
            }
            if let Some(percent) = target.warn_at.iter().find(|p| !(1..=100).contains(*p)) {
                return Err(Error::config(format!(
                    "policy {} version {}: the target {name} warns at {percent} %: it must be 1 to 100",
                    self.id, self.version
                )));
            }
        }
        Ok(())
    }
}

setters!(Policy {
    set version: u32, "Sets its version, for one that is made of another.";
    set calendar: CalendarRef, "Sets in whose hours time is counted.";
    set pause_on: Vec<Status>, "Sets in which states the clocks of the solution stand still.";
    set bots: Bots, "Sets what an answer of a machine does.";
    set next_from: NextFrom, "Sets which message the next answer is counted from.";
    set reopen: Reopen, "Sets what happens when the customer of a solved case writes again.";
    set first_if_we_began: bool, "Says whether a customer's first word in a case that we began is owed a first answer.";
});

/// Every version of policies and calendars that a log may name.
///
/// A log that names another is an error: what was promised is never guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rules {
    /// The policies.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// The calendars.
    #[serde(default)]
    pub calendars: Vec<Calendar>,
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
}

impl Rules {
    /// The ready-made policy, [`Policy::ten_minutes`]; [`Calendar::always`] is there anyway.
    pub fn new() -> Self {
        Self {
            policies: vec![Policy::ten_minutes()],
            calendars: Vec::new(),
        }
    }

    /// Adds a policy; one of the same name and version is replaced.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        let (id, version) = (&policy.id, policy.version);
        self.policies
            .retain(|known| known.version != version || known.id != *id);
        self.policies.push(policy);
        self
    }

    /// Adds a calendar; one of the same name and version is replaced.
    #[must_use]
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        let (id, version) = (calendar.id(), calendar.version());
        self.calendars
            .retain(|known| known.version() != version || known.id() != id);
        self.calendars.push(calendar);
        self
    }

    /// Looks whether all targets can be kept, and all calendars are there.
    ///
    /// # Errors
    ///
    /// `Config` that names the policy and what is wrong with it.
    pub fn check(&self) -> Result<()> {
        for policy in &self.policies {
            policy.check()?;
            self.find_calendar(&policy.calendar)?;
        }
        Ok(())
    }

    /// This version of this policy.
    ///
    /// # Errors
    ///
    /// `Config` where it is not here.
    pub fn find_policy(&self, wanted: &PolicyRef) -> Result<&Policy> {
        let found = self
            .policies
            .iter()
            .rev()
            .find(|policy| policy.version == wanted.version && policy.id == wanted.id);
        found.ok_or_else(|| {
            Error::config(format!(
                "the rules have no policy {} version {}: keep every version that a case was under",
                wanted.id, wanted.version
            ))
        })
    }

    /// This version of this calendar; the one that is always open is there without being added.
    ///
    /// # Errors
    ///
    /// `Config` where it is not here.
    pub fn find_calendar(&self, wanted: &CalendarRef) -> Result<&Calendar> {
        let found = self
            .calendars
            .iter()
            .rev()
            .find(|known| known.version() == wanted.version && *known.id() == wanted.id);
        let always = || {
            let always = Calendar::open_always();
            let wanted = always.version() == wanted.version && *always.id() == wanted.id;
            wanted.then_some(always)
        };
        found.or_else(always).ok_or_else(|| {
            Error::config(format!(
                "the rules have no calendar {} version {}: keep every version that a case was under",
                wanted.id, wanted.version
            ))
        })
    }
}
