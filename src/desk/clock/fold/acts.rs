//! What customers and we do, and the clocks that it begins and ends.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Fold, Terms, Unanswered, answers, is_closed, pausable, solves};
use crate::desk::clock::log::Status;
use crate::desk::clock::policy::{NextFrom, TargetKind};
use crate::desk::clock::target::{Basis, Counter, Ended, Ending, TargetClock};
use crate::model::SharedStr;

impl Fold {
    /// The customer wrote.
    pub(super) fn message(&mut self, at: Timestamp, message: &SharedStr, terms: Terms<'_>) {
        self.known.messages += 1;
        if self.known.first_message_at.is_none() {
            self.known.first_message_at = Some(at);
            self.first = Some(message.clone());
        }
        match &self.known.status {
            Status::Spam => return,
            Status::Resolved => {
                let before = self.ended.iter().rfind(|clock| solves(clock));
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
    pub(super) fn detected(&mut self, at: Timestamp, message: &SharedStr, terms: Terms<'_>) {
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
    pub(super) fn deleted(&mut self, at: Timestamp, message: &SharedStr, terms: Terms<'_>) {
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
    pub(super) fn replied(&mut self, at: Timestamp, by: Option<&SharedStr>, terms: Terms<'_>) {
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

    /// Begins the clock of an answer: the first, or a next one.
    pub(super) fn begin_answer(&mut self, started: Timestamp, at: Timestamp, terms: Terms<'_>) {
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
    pub(super) fn begin_update(&mut self, at: Timestamp, terms: Terms<'_>) {
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
    pub(super) fn run(&mut self, mut clock: TargetClock, at: Timestamp, terms: Terms<'_>) {
        clock.policy.clone_from(&self.known.policy);
        if let Some(target) = terms.policy.and_then(|policy| policy.target(&clock.target)) {
            clock.within = Some(target.within);
        }
        clock.aim(terms);
        clock.count(terms.calendar, at);
        if pausable(&clock) {
            clock.hold(terms.pauses(&self.known.status), terms);
        }
        self.open.push(clock);
    }

    /// Ends clocks.
    pub(super) fn close(
        &mut self,
        which: impl Fn(&TargetClock) -> bool,
        how: Ending,
        at: Timestamp,
        by: Option<&SharedStr>,
        terms: Terms<'_>,
    ) {
        let mut counter = Counter::new(terms.calendar, at);
        for mut clock in self.open.extract_if(.., |clock| which(clock)) {
            counter.count(&mut clock);
            clock.warnings = Default::default();
            clock.ended = Some(Ended {
                at,
                how,
                by: by.cloned(),
                in_hours: counter.is_open(),
            });
            Arc::make_mut(&mut self.ended).push(clock);
        }
    }
}
