//! A case's log, folded event by event into what is known of its clocks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::log::{CaseEvent, CaseEventKind, Placing, Status};
use super::policy::{Bots, NextFrom, Policy, Rules, TargetKind};
use super::standing::{Reopening, Standing, Waiting};
use super::target::{Basis, Ended, Ending, TargetClock};
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
    /// Counts the time during which the case was solved, which is no part of the clock of its solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    solved: Option<TargetClock>,
    /// Counts from our first answer on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handling: Option<TargetClock>,
    /// The clock of the solution as it was before a message of the customer reopened the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<TargetClock>,
    /// What does not depend on the moment of asking, with the clocks that have ended.
    known: Standing,
}

/// Under what a case stands.
#[derive(Clone, Copy)]
struct Terms<'a> {
    calendar: &'a Calendar,
    policy: Option<&'a Policy>,
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
        standing.clocks.reserve(self.open.len());
        for clock in &self.open {
            let mut clock = clock.clone();
            let target = terms.policy.and_then(|policy| policy.target(&clock.target));
            clock.warn(target, terms.calendar);
            clock.count(terms.calendar, now);
            if clock.basis == Basis::Posted && answers(&clock) {
                let oldest = self.unanswered.first();
                let since = oldest.map_or(clock.started, |oldest| oldest.at);
                let time = if since == clock.started {
                    clock.used
                } else {
                    terms.calendar.open_time_between(since, now)
                };
                standing.waiting = Some(Waiting { since, time });
            }
            standing.clocks.push(clock);
        }
        Ok(standing)
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
                for clock in &mut self.open {
                    clock.aim(calendar);
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

    /// The customer wrote.
    fn message(&mut self, at: Timestamp, message: &SharedStr, terms: Terms<'_>) {
        self.known.messages += 1;
        if self.known.first_message_at.is_none() {
            self.known.first_message_at = Some(at);
            self.first = Some(message.clone());
        }
        match &self.known.status {
            Status::Spam => return,
            Status::Resolved => {
                let before = self.known.clocks.iter().rfind(|clock| solves(clock));
                let before = before.cloned();
                self.set_status(Status::Open, at, None, terms);
                if let Some(reopened) = self.known.reopenings.last_mut() {
                    reopened.by_message = true;
                }
                self.undo = before;
            }
            Status::NoAnswerNeeded => {
                // What came before needs no answer still.
                self.unanswered.clear();
                self.marked = None;
                self.set_status(Status::Open, at, None, terms);
            }
            Status::WaitingCustomer | Status::WaitingThird | Status::Snoozed => {
                self.set_status(Status::Open, at, None, terms);
            }
            other if terms.pauses(other) => self.set_status(Status::Open, at, None, terms),
            _ => {}
        }
        self.unanswered.push(Unanswered {
            message: message.clone(),
            at,
            found: None,
        });
        if !self.open.iter().any(solves) {
            let clock = TargetClock::start(TargetKind::Resolution, Basis::Posted, at);
            self.run(clock, at, terms);
        }
        let latest = terms
            .policy
            .is_some_and(|policy| policy.next_from == NextFrom::Latest);
        if latest {
            // What is late already is not begun anew by one more message.
            let calendar = terms.calendar;
            self.open.retain_mut(|clock| {
                clock.count(calendar, at);
                clock.target != TargetKind::Next || clock.is_breached()
            });
        }
        if !self.open.iter().any(answers) {
            self.begin_answer(at, at, terms);
        }
    }

    /// The desk found a message.
    fn detected(&mut self, at: Timestamp, message: &SharedStr, terms: Terms<'_>) {
        if self.known.first_detected_at.is_none() && self.first.as_ref() == Some(message) {
            self.known.first_detected_at = Some(at);
        }
        let found = self
            .unanswered
            .iter_mut()
            .find(|known| known.message == *message);
        let Some(found) = found else { return };
        found.found.get_or_insert(at);
        let waits = self.open.iter().filter(|clock| answers(clock));
        let mut target = None;
        for clock in waits {
            match clock.basis {
                Basis::Posted => target = Some(clock.target.clone()),
                Basis::Detected => return,
            }
        }
        if let Some(target) = target {
            self.run(TargetClock::start(target, Basis::Detected, at), at, terms);
        }
    }

    /// A message of the customer is gone.
    fn deleted(&mut self, at: Timestamp, message: &SharedStr, terms: Terms<'_>) {
        let place = self
            .unanswered
            .iter()
            .position(|known| known.message == *message);
        let Some(place) = place else { return };
        self.unanswered.remove(place);
        self.known.withdrawn += 1;
        let open = self.open.iter().find(|clock| answers(clock));
        let Some(target) = open.map(|clock| clock.target.clone()) else {
            return;
        };
        let latest = terms
            .policy
            .is_some_and(|policy| policy.next_from == NextFrom::Latest);
        let latest = latest && target == TargetKind::Next;
        let (counted, from) = if latest {
            (place == self.unanswered.len(), self.unanswered.last())
        } else {
            (place == 0, self.unanswered.first())
        };
        if !counted {
            return;
        }
        let from = from.map(|from| (from.at, from.found));
        self.close(answers, Ending::Withdrawn, at, None, terms);
        if let Some((posted, found)) = from {
            let clock = TargetClock::start(target.clone(), Basis::Posted, posted);
            self.run(clock, at, terms);
            if let Some(found) = found {
                self.run(
                    TargetClock::start(target, Basis::Detected, found),
                    at,
                    terms,
                );
            }
        } else if self.known.first_reply_at.is_none() {
            self.close(solves, Ending::Withdrawn, at, None, terms);
        }
    }

    /// Somebody answered whose answer counts.
    fn replied(&mut self, at: Timestamp, by: Option<&SharedStr>, terms: Terms<'_>) {
        if self.known.messages == 0 {
            self.known.we_began = true;
        } else {
            self.first_over = true;
        }
        if self.known.first_reply_at.is_none() {
            self.known.first_reply_at = Some(at);
            let clock = TargetClock::start(TargetKind::Resolution, Basis::Posted, at);
            self.handling = Some(clock);
        }
        self.undo = None;
        self.unanswered.clear();
        let done = |clock: &TargetClock| answers(clock) || clock.target == TargetKind::Update;
        self.close(done, Ending::Fulfilled, at, by, terms);
        if self.known.status == Status::New {
            self.known.status = Status::Open;
        }
        self.begin_update(at, terms);
    }

    /// Sets the state, with all that follows from leaving one and entering the other.
    fn set_status(
        &mut self,
        status: Status,
        at: Timestamp,
        by: Option<&SharedStr>,
        terms: Terms<'_>,
    ) {
        self.asleep = None;
        if status == self.known.status {
            return;
        }
        let before = std::mem::replace(&mut self.known.status, status);
        let status = self.known.status.clone();
        if !is_closed(&status) {
            match before {
                Status::Resolved => self.reopen(at, terms),
                Status::Spam | Status::NoAnswerNeeded => self.unmark(terms),
                _ => {}
            }
            self.known.spam = false;
        }
        match status {
            Status::Resolved => self.resolve(at, by, terms),
            Status::Spam => {
                self.known.spam = true;
                self.marked = Some(at);
                let all = |clock: &TargetClock| clock.target != TargetKind::HandOff;
                self.close(all, Ending::Spam, at, by, terms);
            }
            Status::NoAnswerNeeded => self.needs_none(at, by, terms),
            _ => {}
        }
        let still = terms.pauses(&self.known.status);
        for clock in self.open.iter_mut().filter(|clock| pausable(clock)) {
            clock.count(terms.calendar, at);
            clock.hold(still, terms.calendar);
        }
    }

    fn resolve(&mut self, at: Timestamp, by: Option<&SharedStr>, terms: Terms<'_>) {
        if self.known.messages > 0 {
            self.first_over = true;
        }
        self.undo = None;
        self.unanswered.clear();
        let rest = |clock: &TargetClock| answers(clock) || clock.target == TargetKind::Update;
        self.close(rest, Ending::Resolved, at, by, terms);
        self.known.resolved_at = Some(at);
        self.known.resolutions += 1;
        let fresh = || TargetClock::start(TargetKind::Resolution, Basis::Posted, at);
        let solved = self.solved.get_or_insert_with(fresh);
        solved.counted = at;
        let solved = solved.used;
        if self.open.iter().any(solves) {
            self.close(solves, Ending::Fulfilled, at, by, terms);
            let used = self.known.clocks.last().map(|clock| clock.used);
            self.known.first_resolution = self.known.first_resolution.or(used);
            self.known.full_resolution = used.map(|used| used.saturating_add(solved));
        }
        if let Some(handling) = &mut self.handling {
            handling.count(terms.calendar, at);
            self.known.handling = Some(handling.used);
        }
    }

    /// The solution was none: its clock goes on, and the time in between is not its.
    fn reopen(&mut self, at: Timestamp, terms: Terms<'_>) {
        let done = |clock: &TargetClock| solves(clock) && clock.fulfilled_at().is_some();
        if let Some(place) = self.known.clocks.iter().rposition(done) {
            let mut clock = self.known.clocks.remove(place);
            clock.ended = None;
            clock.counted = at;
            clock.aim(terms.calendar);
            self.open.push(clock);
        }
        if let Some(solved) = &mut self.solved {
            solved.count(terms.calendar, at);
        }
        let resolved_at = self.known.resolved_at.unwrap_or(at);
        self.known.reopenings.push(Reopening {
            resolved_at,
            at,
            by_message: false,
        });
        if self.known.first_reply_at.is_some() {
            self.begin_update(at, terms);
        }
    }

    /// What was said last needs no answer. A case that it had reopened is solved as before.
    fn needs_none(&mut self, at: Timestamp, by: Option<&SharedStr>, terms: Terms<'_>) {
        self.known.no_answer_needed += 1;
        self.marked = Some(at);
        let answered = self.known.first_reply_at.is_some();
        let rest = |clock: &TargetClock| answers(clock) || (!answered && pausable(clock));
        self.close(rest, Ending::NotNeeded, at, by, terms);
        if let Some(before) = self.undo.take() {
            self.open.retain(|clock| !pausable(clock));
            self.known.clocks.push(before);
            self.known.reopenings.pop();
            self.known.status = Status::Resolved;
            self.unanswered.clear();
        }
    }

    /// It was no spam, or does need an answer: the customer has waited all the while.
    fn unmark(&mut self, terms: Terms<'_>) {
        let Some(marked) = self.marked.take() else {
            return;
        };
        let void = |clock: &mut TargetClock| {
            let ended = clock.ended.as_ref();
            ended.is_some_and(|ended| ended.how.is_void() && ended.at == marked)
        };
        for mut clock in self.known.clocks.extract_if(.., void) {
            clock.ended = None;
            clock.aim(terms.calendar);
            self.open.push(clock);
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
            clock.aim(calendar);
            clock.count(calendar, at);
            if pausable(clock) {
                clock.hold(terms.pauses(&self.known.status), calendar);
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

    /// Begins the clock of an answer: the first, or a next one.
    fn begin_answer(&mut self, started: Timestamp, at: Timestamp, terms: Terms<'_>) {
        let ours =
            self.known.we_began && !terms.policy.is_some_and(|policy| policy.first_if_we_began);
        let target = if self.first_over || ours || self.known.messages == 0 {
            TargetKind::Next
        } else {
            TargetKind::First
        };
        self.run(
            TargetClock::start(target, Basis::Posted, started),
            at,
            terms,
        );
    }

    /// Begins the clock of a word in between, where one is promised.
    fn begin_update(&mut self, at: Timestamp, terms: Terms<'_>) {
        let promised = terms
            .policy
            .is_some_and(|policy| policy.targets.update.is_some());
        if promised && !is_closed(&self.known.status) {
            self.run(
                TargetClock::start(TargetKind::Update, Basis::Posted, at),
                at,
                terms,
            );
        }
    }

    /// Sets a clock going that began at a moment, now or before.
    fn run(&mut self, mut clock: TargetClock, at: Timestamp, terms: Terms<'_>) {
        clock.policy.clone_from(&self.known.policy);
        if let Some(target) = terms.policy.and_then(|policy| policy.target(&clock.target)) {
            clock.within = Some(target.within);
        }
        clock.aim(terms.calendar);
        clock.count(terms.calendar, at);
        if pausable(&clock) {
            clock.hold(terms.pauses(&self.known.status), terms.calendar);
        }
        self.open.push(clock);
    }

    /// Ends clocks.
    fn close(
        &mut self,
        which: impl Fn(&TargetClock) -> bool,
        how: Ending,
        at: Timestamp,
        by: Option<&SharedStr>,
        terms: Terms<'_>,
    ) {
        for mut clock in self.open.extract_if(.., |clock| which(clock)) {
            clock.count(terms.calendar, at);
            clock.ended = Some(Ended {
                at,
                how,
                by: by.cloned(),
                in_hours: terms.calendar.is_open(at),
            });
            self.known.clocks.push(clock);
        }
    }

    /// Counts everything on to a moment, before it is counted otherwise.
    fn count_all(&mut self, at: Timestamp, calendar: &Calendar) {
        let solved = self
            .solved
            .iter_mut()
            .filter(|_| self.known.status == Status::Resolved);
        let rest = solved.chain(&mut self.handling);
        for clock in self.open.iter_mut().chain(rest) {
            clock.count(calendar, at);
        }
    }

    /// Takes up a case that was put aside until a moment that has come.
    fn wake(&mut self, at: Timestamp, terms: Terms<'_>) {
        if let Some(until) = self.asleep.filter(|until| *until <= at) {
            self.set_status(Status::Open, until, None, terms);
        }
    }
}
