//! A case's log, folded event by event into what is known of its clocks.

mod acts;
mod status;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::brief::{Brief, Hand, Moment};
use super::calendar::Calendar;
use super::log::{CaseEvent, CaseEventKind, Placing, Status};
use super::policy::{Bots, Policy, Rules, TargetKind};
use super::standing::{Standing, Waiting};
use super::target::{Basis, Counter, Ending, TargetClock};
use crate::error::Result;
use crate::model::SharedStr;

/// What became of an event that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Pushed {
    /// It counts.
    Applied,
    /// Its number was folded in before. Nothing has changed.
    Repeated,
    /// It belongs before something that was folded in before: fold the whole log anew, by [`Fold::of`]. Nothing has
    /// changed.
    Late,
}

/// A message of the customer that nobody has answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Unanswered {
    message: SharedStr,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found: Option<Timestamp>,
}

/// What is known of a case after some of its events. It can be stored; a further event is added at a cost that does not
/// grow with the log.
///
/// ```
/// use sociable::desk::clock::{CaseEvent, CaseEventKind, Fold, Policy, Pushed, Rules, evaluate};
///
/// let rules = Rules::new();
/// let policy = Policy::ten_minutes();
/// let log = [
///     CaseEvent::new(1, "2026-11-30T09:00:00Z".parse()?, CaseEventKind::message("m1")),
///     CaseEvent::new(2, "2026-11-30T09:00:05Z".parse()?, CaseEventKind::policy(policy.id, policy.version)),
///     CaseEvent::new(3, "2026-11-30T09:04:00Z".parse()?, CaseEventKind::reply("r1")).by("ann"),
/// ];
/// let mut fold = Fold::default();
/// for event in &log {
///     assert_eq!(fold.push(event, &rules)?, Pushed::Applied);
/// }
/// let now = "2026-11-30T12:00:00Z".parse()?;
/// assert_eq!(fold.standing(now, &rules)?, evaluate(&log, &rules, now)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    placing: Placing,
    /// The highest number of an event.
    seen: u64,
    /// When the last event counts.
    last: Option<Timestamp>,
    /// Until when it is put aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asleep: Option<Timestamp>,
    /// When it was marked as spam, or as not to be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marked: Option<Timestamp>,
    /// The first answer was given, or its time is over: there is no second clock for it.
    #[serde(default)]
    first_over: bool,
    /// The customer's first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<SharedStr>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unanswered: Vec<Unanswered>,
    open: Vec<TargetClock>,
    /// In the order in which they ended.
    #[serde(default)]
    ended: Arc<Vec<TargetClock>>,
    /// Counts the time during which the case was solved, which is no part of the clock of its solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    solved: Option<TargetClock>,
    /// Counts from our first answer on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handling: Option<TargetClock>,
    /// The clock of the solution as it was before a message of the customer reopened the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<TargetClock>,
    /// What does not depend on the moment of asking, without clocks.
    known: Standing,
}

/// Under what a case stands.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) policy: Option<&'a Policy>,
}

impl Terms<'_> {
    fn pauses(self, status: &Status) -> bool {
        self.policy
            .is_some_and(|policy| policy.pause_on.contains(status))
    }
}

/// Whether a clock waits for an answer to the customer.
fn answers(clock: &TargetClock) -> bool {
    matches!(clock.target, TargetKind::First | TargetKind::Next)
}

/// Whether a clock stands still while a case waits for others.
fn pausable(clock: &TargetClock) -> bool {
    matches!(clock.target, TargetKind::Resolution | TargetKind::Update)
}

fn solves(clock: &TargetClock) -> bool {
    clock.target == TargetKind::Resolution
}

/// Whether a case in this state is dealt with.
fn is_closed(status: &Status) -> bool {
    matches!(
        status,
        Status::Resolved | Status::Spam | Status::NoAnswerNeeded
    )
}

impl Fold {
    /// What a whole log comes to, in whatever order its entries are given.
    ///
    /// # Errors
    ///
    /// `Config`: an entry names a policy or calendar that the rules lack.
    pub fn of(log: &[CaseEvent], rules: &Rules) -> Result<Self> {
        let mut fold = Self::default();
        let mut entries: Vec<&CaseEvent> = log.iter().collect();
        entries.sort_by_key(|event| event.seq);
        entries.dedup_by_key(|event| event.seq);
        fold.seen = entries.last().map_or(0, |event| event.seq);
        let placed = entries
            .into_iter()
            .map(|event| (fold.placing.place(event), event));
        let mut placed: Vec<(Timestamp, &CaseEvent)> = placed.collect();
        // Entries of one time keep the order of the record.
        placed.sort_by_key(|(at, _)| *at);
        for (at, event) in placed {
            fold.apply(at, event, rules)?;
        }
        Ok(fold)
    }

    /// Adds the next event.
    ///
    /// # Errors
    ///
    /// `Config`: it names a policy or calendar that the rules lack, or the case stands under one that they lack. Nothing
    /// has changed.
    pub fn push(&mut self, event: &CaseEvent, rules: &Rules) -> Result<Pushed> {
        if event.seq <= self.seen {
            return Ok(Pushed::Repeated);
        }
        let mut placing = self.placing.clone();
        let at = placing.place(event);
        if self.last.is_some_and(|last| at < last) {
            return Ok(Pushed::Late);
        }
        self.apply(at, event, rules)?;
        self.placing = placing;
        self.seen = event.seq;
        Ok(Pushed::Applied)
    }

    /// How the case stands at a moment. One before the last event gives no negative times: what is open has used up what
    /// it had used at that event.
    ///
    /// # Errors
    ///
    /// `Config`: the case stands under a policy or calendar that the rules lack.
    pub fn standing(&self, now: Timestamp, rules: &Rules) -> Result<Standing> {
        if self.asleep.is_some_and(|until| until <= now) {
            let mut awake = self.clone();
            awake.wake(now, self.terms(rules)?);
            return awake.standing(now, rules);
        }
        let terms = self.terms(rules)?;
        let mut standing = self.known.clone();
        standing.ended = Arc::clone(&self.ended);
        // The exact length: what grows takes room for more.
        standing.running = self.open.clone();
        let mut counter = Counter::new(terms.calendar, now);
        for clock in &mut standing.running {
            counter.count(clock);
            if clock.basis == Basis::Posted && answers(clock) {
                let oldest = self.unanswered.first();
                let since = oldest.map_or(clock.started, |oldest| oldest.at);
                let time = if since == clock.started {
                    clock.used
                } else {
                    terms.calendar.open_time_between(since, now)
                };
                standing.waiting = Some(Waiting { since, time });
            }
        }
        Ok(standing)
    }

    /// What the queue needs of it, from a moment on. `None` where it was put aside and is not any more: the queue has to
    /// ask the fold itself, until something happens.
    pub(in crate::desk) fn brief(&self, now: Timestamp) -> Option<Brief> {
        if self.asleep.is_some_and(|until| until <= now) {
            return None;
        }
        let waits = |clock: &&TargetClock| clock.basis == Basis::Posted && answers(clock);
        let waits = self.open.iter().rfind(waits);
        let oldest = self.unanswered.first().map(|oldest| oldest.at);
        let waits = waits.map(|clock| oldest.unwrap_or(clock.started));
        Some(Brief {
            policy: self.known.policy.clone(),
            calendar: self.known.calendar.clone(),
            asleep: self.asleep.map(Moment),
            since: waits.or(self.known.first_message_at).map(Moment),
            clocks: self.open.iter().filter_map(Hand::of).collect(),
        })
    }

    fn terms<'a>(&self, rules: &'a Rules) -> Result<Terms<'a>> {
        let calendar = match &self.known.calendar {
            Some(calendar) => rules.find_calendar(calendar)?,
            None => Calendar::open_always(),
        };
        let policy = match &self.known.policy {
            Some(policy) => Some(rules.find_policy(policy)?),
            None => None,
        };
        Ok(Terms { calendar, policy })
    }

    /// Adds an event that counts at a moment. What can fail comes before what changes anything.
    fn apply(&mut self, at: Timestamp, event: &CaseEvent, rules: &Rules) -> Result<()> {
        let terms = self.terms(rules)?;
        let by = event.by.as_ref();
        match &event.kind {
            CaseEventKind::PolicyApplied { policy, version } => {
                let reference = super::PolicyRef::new(policy.clone(), *version);
                let policy = rules.find_policy(&reference)?;
                let calendar = rules.find_calendar(&policy.calendar)?;
                self.wake(at, terms);
                self.change_policy(at, terms, policy, calendar);
            }
            CaseEventKind::CalendarChanged { calendar, version } => {
                let reference = super::CalendarRef::new(calendar.clone(), *version);
                let calendar = rules.find_calendar(&reference)?;
                self.wake(at, terms);
                self.count_all(at, terms.calendar);
                self.known.calendar = Some(reference);
                let terms = Terms { calendar, ..terms };
                for clock in &mut self.open {
                    clock.aim(terms);
                }
            }
            kind => {
                self.wake(at, terms);
                self.happens(at, kind, by, terms);
            }
        }
        self.last = Some(at);
        Ok(())
    }

    fn happens(
        &mut self,
        at: Timestamp,
        kind: &CaseEventKind,
        by: Option<&SharedStr>,
        terms: Terms<'_>,
    ) {
        match kind {
            CaseEventKind::CustomerMessage { message } => self.message(at, message, terms),
            CaseEventKind::Detected { message } => self.detected(at, message, terms),
            CaseEventKind::MessageEdited { .. } => self.known.edits += 1,
            CaseEventKind::MessageDeleted { message } => self.deleted(at, message, terms),
            CaseEventKind::Reply { .. } => {
                self.known.replies += 1;
                self.replied(at, by, terms);
            }
            CaseEventKind::BotReply { .. } => {
                self.known.bot_replies += 1;
                match terms.policy.map(|policy| &policy.bots) {
                    Some(Bots::Count) => self.replied(at, by, terms),
                    Some(Bots::Serve) => {
                        self.close(answers, Ending::Bot, at, by, terms);
                        self.unanswered.clear();
                    }
                    _ => {}
                }
            }
            CaseEventKind::Assigned { agent } => self.known.assignee = agent.clone(),
            CaseEventKind::Status { status, until } => {
                self.set_status(status.clone(), at, by, terms);
                if *status == Status::Snoozed {
                    self.asleep = *until;
                }
            }
            CaseEventKind::HandedOff {
                hand_off, within, ..
            } => {
                let mut clock = TargetClock::start(TargetKind::HandOff, Basis::Posted, at);
                clock.hand_off = Some(hand_off.clone());
                clock.within = *within;
                self.run(clock, at, terms);
                if !is_closed(&self.known.status) && !self.open.iter().any(answers) {
                    self.begin_answer(at, at, terms);
                }
            }
            CaseEventKind::HandOffAnswered { hand_off } => {
                let this = |clock: &TargetClock| clock.hand_off.as_ref() == Some(hand_off);
                self.close(this, Ending::Fulfilled, at, by, terms);
            }
            CaseEventKind::HandOffWithdrawn { hand_off } => {
                let this = |clock: &TargetClock| clock.hand_off.as_ref() == Some(hand_off);
                self.close(this, Ending::Withdrawn, at, by, terms);
            }
            CaseEventKind::Note
            | CaseEventKind::PolicyApplied { .. }
            | CaseEventKind::CalendarChanged { .. } => {}
        }
    }

    fn change_policy(
        &mut self,
        at: Timestamp,
        terms: Terms<'_>,
        policy: &Policy,
        calendar: &Calendar,
    ) {
        self.count_all(at, terms.calendar);
        let first = terms.policy.is_none();
        self.known.policy = Some(policy.reference());
        self.known.calendar = Some(policy.calendar.clone());
        let policy = Some(policy);
        let terms = Terms { calendar, policy };
        for clock in &mut self.open {
            if first {
                // The first one holds from the beginning: nothing else was promised before.
                clock.count_anew();
            }
            if clock.target != TargetKind::HandOff {
                clock.policy.clone_from(&self.known.policy);
                let target = policy.and_then(|policy| policy.target(&clock.target));
                clock.allow(target.map(|target| target.within));
            }
            clock.aim(terms);
            clock.count(calendar, at);
            if pausable(clock) {
                clock.hold(terms.pauses(&self.known.status), terms);
            }
        }
        self.open
            .retain(|clock| clock.target != TargetKind::Update || clock.within.is_some());
        if self.known.first_reply_at.is_some()
            && !self
                .open
                .iter()
                .any(|clock| clock.target == TargetKind::Update)
        {
            self.begin_update(at, terms);
        }
    }

    /// Counts everything on to a moment, before it is counted otherwise.
    fn count_all(&mut self, at: Timestamp, calendar: &Calendar) {
        let solved = self
            .solved
            .iter_mut()
            .filter(|_| self.known.status == Status::Resolved);
        let rest = solved.chain(&mut self.handling);
        let mut counter = Counter::new(calendar, at);
        for clock in self.open.iter_mut().chain(rest) {
            counter.count(clock);
        }
    }
}
