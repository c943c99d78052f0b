//! One clock of a case: from a question to its answer, in business time.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::fold::Terms;
use super::policy::{PolicyRef, TargetKind};
use crate::model::SharedStr;

/// Where a clock begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Basis {
    /// When the customer wrote.
    Posted,
    /// When the desk found what the customer wrote.
    Detected,
}

/// How a clock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// What was promised was done, in time or late.
    Fulfilled,
    /// The customer took the question back before it was answered, or we the hand-off.
    Withdrawn,
    /// The case was solved, and nobody had to answer any more.
    Resolved,
    /// A bot served the customer ([`Bots::Serve`](super::Bots::Serve)).
    Bot,
    /// No answer was needed.
    NotNeeded,
    /// It was spam.
    Spam,
}

impl Ending {
    /// Whether the clock never counts, not even when it was late: nobody was owed anything.
    pub fn is_void(self) -> bool {
        matches!(self, Self::NotNeeded | Self::Spam)
    }
}

/// When, how and by whom a clock was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: Ending,
    /// By whom of us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<SharedStr>,
    /// Whether that was within business hours.
    pub in_hours: bool,
}

/// One clock of a case. Lengths are business time: what lies within the calendar's hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetClock {
    /// What is promised.
    pub target: TargetKind,
    /// Where it begins.
    pub basis: Basis,
    /// Which hand-off, for [`TargetKind::HandOff`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_off: Option<SharedStr>,
    /// The policy under which it runs, or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyRef>,
    /// When it began.
    pub started: Timestamp,
    /// How much time there is. `None` where nothing is promised: it is measured all the same. Where a policy with less
    /// time came later, it is at least what was used up by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// When the time is used up. `None` where nothing is promised, and while it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// How much time is used up, without pauses.
    pub used: Duration,
    /// How long it stood still.
    pub paused: Duration,
    /// When it became late: at the moment `due`, if it was not fulfilled by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_at: Option<Timestamp>,
    /// How it ended; `None` while it runs or stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// When it warns: per cent used up, and when that is, as far as is known now. Only of a clock that is open.
    #[serde(default)]
    pub warnings: Arc<[(u8, Timestamp)]>,
    /// Up to when `used` or `paused` is counted.
    pub(super) counted: Timestamp,
    /// Whether it stands still.
    pub(super) still: bool,
}

impl TargetClock {
    /// A clock that runs since a moment.
    pub(super) fn start(target: TargetKind, basis: Basis, started: Timestamp) -> Self {
        Self {
            target,
            basis,
            hand_off: None,
            policy: None,
            started,
            within: None,
            due: None,
            used: Duration::ZERO,
            paused: Duration::ZERO,
            breached_at: None,
            ended: None,
            warnings: Arc::default(),
            counted: started,
            still: false,
        }
    }

    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether it is open and stands still.
    pub fn is_paused(&self) -> bool {
        self.is_open() && self.still
    }

    /// When it was fulfilled, in time or late.
    pub fn fulfilled_at(&self) -> Option<Timestamp> {
        let ended = self.ended.as_ref()?;
        (ended.how == Ending::Fulfilled).then_some(ended.at)
    }

    /// How much time is left; below zero: late by so much. `None` where nothing is promised, or it has ended.
    pub fn remaining(&self) -> Option<SignedDuration> {
        if !self.is_open() {
            return None;
        }
        let signed = |length| SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
        Some(signed(self.within?).saturating_sub(signed(self.used)))
    }

    /// Whether it is late, or ended late.
    pub fn is_breached(&self) -> bool {
        self.breached_at.is_some()
    }

    /// By how much business time it is late, or ended late; zero where it is not.
    pub fn over(&self) -> Duration {
        match self.within {
            Some(within) if self.is_breached() => self.used.saturating_sub(within),
            _ => Duration::ZERO,
        }
    }

    /// Whether the promise was kept: `Some(true)`; broken: `Some(false)`, at once when it is late. `None` while that is
    /// open, where nothing was promised, and where the question fell away.
    pub fn kept(&self) -> Option<bool> {
        self.within?;
        let how = self.ended.as_ref().map(|ended| ended.how);
        if how.is_some_and(Ending::is_void) {
            return None;
        }
        if self.is_breached() {
            return Some(false);
        }
        (how == Some(Ending::Fulfilled)).then_some(true)
    }

    /// Counts on to a moment.
    pub(super) fn count(&mut self, calendar: &Calendar, to: Timestamp) {
        Counter::new(calendar, to).count(self);
    }

    /// Counts on to a later moment, until which so much open time passed.
    #[inline]
    fn pass(&mut self, passed: Duration, to: Timestamp) {
        if self.still {
            self.paused = self.paused.saturating_add(passed);
        } else {
            self.used = self.used.saturating_add(passed);
            if self.breached_at.is_none() && self.due.is_some_and(|due| due < to) {
                self.breached_at = self.due;
            }
        }
        self.counted = to;
    }

    /// Finds when the time is used up, and when to warn of it, after a change of what is counted.
    pub(super) fn aim(&mut self, terms: Terms<'_>) {
        if self.breached_at.is_some() {
            return;
        }
        let Some(within) = self.within else {
            self.due = None;
            self.warnings = Arc::default();
            return;
        };
        let left = within.saturating_sub(self.used);
        let since = terms.calendar.since(self.counted);
        self.due = (!self.still).then(|| since.add(left));
        let warn_at = terms.policy.and_then(|policy| policy.target(&self.target));
        let warn_at = warn_at.map_or(&[][..], |target| &target.warn_at);
        let left = |percent: u8| Self::share(within, percent).saturating_sub(self.used);
        let warning = |percent: &u8| {
            let left = left(*percent);
            let known = || self.warnings.iter().find(|(known, _)| known == percent);
            // What has come does not come again.
            let come = if left.is_zero() { known() } else { None };
            come.copied().unwrap_or_else(|| (*percent, since.add(left)))
        };
        self.warnings = if warn_at.is_empty() {
            Arc::default()
        } else if self.still {
            let come = warn_at.iter().filter(|percent| left(**percent).is_zero());
            come.map(warning).collect()
        } else {
            // As many as there are percentages: made in one piece.
            warn_at.iter().map(warning).collect()
        };
    }

    /// Sets how much time there is from now on. What is late already stays as it is.
    pub(super) fn allow(&mut self, within: Option<Duration>) {
        if self.breached_at.is_none() {
            self.within = within.map(|within| within.max(self.used));
        }
    }

    /// Stands still, or runs again, from the moment up to which it is counted.
    pub(super) fn hold(&mut self, still: bool, terms: Terms<'_>) {
        if self.still != still {
            self.still = still;
            self.aim(terms);
        }
    }

    /// Forgets what was counted, and begins at its beginning.
    pub(super) fn count_anew(&mut self) {
        self.used = Duration::ZERO;
        self.paused = Duration::ZERO;
        self.counted = self.started;
    }

    /// So many per cent of a length.
    pub(super) fn share(length: Duration, percent: u8) -> Duration {
        length.saturating_mul(u32::from(percent)) / 100
    }
}

/// Counts clocks on to one moment; those that were counted up to the same one are measured once.
pub(super) struct Counter<'a> {
    calendar: &'a Calendar,
    to: Timestamp,
    last: Option<(Timestamp, Duration)>,
    open: Option<bool>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(calendar: &'a Calendar, to: Timestamp) -> Self {
        Self {
            calendar,
            to,
            last: None,
            open: None,
        }
    }

    #[inline]
    pub(super) fn count(&mut self, clock: &mut TargetClock) {
        if self.to <= clock.counted {
            return;
        }
        let passed = match self.last {
            Some((from, passed)) if from == clock.counted => passed,
            _ => {
                let (passed, open) = self.calendar.measure(clock.counted, self.to);
                (self.last, self.open) = (Some((clock.counted, passed)), Some(open));
                passed
            }
        };
        clock.pass(passed, self.to);
    }

    /// Whether the moment is open.
    pub(super) fn is_open(&mut self) -> bool {
        *(self.open).get_or_insert_with(|| self.calendar.is_open(self.to))
    }
}
