//! The states of a case, and what follows from leaving one and entering another.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Fold, Terms, answers, is_closed, pausable, solves};
use crate::desk::clock::log::Status;
use crate::desk::clock::policy::TargetKind;
use crate::desk::clock::standing::Reopening;
use crate::desk::clock::target::{Basis, Ending, TargetClock};
use crate::model::SharedStr;

impl Fold {
    /// Sets the state, with all that follows from leaving one and entering the other.
    pub(super) fn set_status(
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
            if clock.is_paused() != still {
                clock.count(terms.calendar, at);
                clock.hold(still, terms);
            }
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
            let used = self.ended.last().map(|clock| clock.used);
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
        if let Some(place) = self.ended.iter().rposition(done) {
            let mut clock = Arc::make_mut(&mut self.ended).remove(place);
            clock.ended = None;
            clock.counted = at;
            clock.aim(terms);
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
            Arc::make_mut(&mut self.ended).push(before);
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
        for mut clock in Arc::make_mut(&mut self.ended).extract_if(.., void) {
            clock.ended = None;
            clock.aim(terms);
            self.open.push(clock);
        }
    }

    /// Takes up a case that was put aside until a moment that has come.
    pub(super) fn wake(&mut self, at: Timestamp, terms: Terms<'_>) {
        if let Some(until) = self.asleep.filter(|until| *until <= at) {
            self.set_status(Status::Open, until, None, terms);
        }
    }
}
