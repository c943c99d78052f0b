//! How a case stands at a moment.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::fold::Fold;
use super::log::{CaseEvent, Status};
use super::policy::{CalendarRef, PolicyRef, Rules, TargetKind};
use super::target::{Basis, TargetClock};
use crate::error::Result;
use crate::model::SharedStr;

/// How a case stands at a moment, from the whole of its log. The same log and moment always give the same answer.
///
/// # Errors
///
/// `Config`: the log names a version of a policy or calendar that the rules lack.
///
/// ```
/// use std::time::Duration;
/// use sociable::desk::clock::{CaseEvent, CaseEventKind, Rules, TargetKind, evaluate};
///
/// let log = [
///     CaseEvent::new(1, "2026-11-30T09:00:00Z".parse()?, CaseEventKind::message("m1")),
///     CaseEvent::new(2, "2026-11-30T09:00:05Z".parse()?, CaseEventKind::policy("ten-minutes", 1)),
///     CaseEvent::new(3, "2026-11-30T09:00:06Z".parse()?, CaseEventKind::bot_reply("b1")),
/// ];
/// let standing = evaluate(&log, &Rules::new(), "2026-11-30T09:06:00Z".parse()?)?;
/// let first = standing.open(TargetKind::First).expect("a bot does not count");
/// assert_eq!(first.used, Duration::from_secs(6 * 60));
/// assert_eq!(first.due, Some("2026-11-30T09:10:00Z".parse()?));
/// assert_eq!(standing.remaining().map(|left| left.as_secs()), Some(4 * 60));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate(log: &[CaseEvent], rules: &Rules, now: Timestamp) -> Result<Standing> {
    Fold::of(log, rules)?.standing(now, rules)
}

fn ended_none(ended: &Arc<Vec<TargetClock>>) -> bool {
    ended.is_empty()
}

/// How long a customer has waited for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Waiting {
    /// Since the oldest message that is not answered, or since the hand-off.
    pub since: Timestamp,
    /// How much business time.
    pub time: Duration,
}

/// A solved case was taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reopening {
    /// When it had been solved.
    pub resolved_at: Timestamp,
    /// When it was taken up again.
    pub at: Timestamp,
    /// Whether by a message of the customer.
    pub by_message: bool,
}

/// How a case stands. Lengths are business time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Standing {
    /// Its state.
    pub status: Status,
    /// Who is to deal with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<SharedStr>,
    /// The policy that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyRef>,
    /// The calendar that holds; without one, every second counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarRef>,
    /// When the customer wrote first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_message_at: Option<Timestamp>,
    /// When the desk found that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_detected_at: Option<Timestamp>,
    /// When a person answered first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_reply_at: Option<Timestamp>,
    /// Whether we wrote before the customer did.
    #[serde(default)]
    pub we_began: bool,
    /// How many messages the customer wrote.
    pub messages: u64,
    /// How many answers people gave.
    pub replies: u64,
    /// How many answers machines gave.
    pub bot_replies: u64,
    /// How often the customer changed a message.
    pub edits: u64,
    /// How many messages the customer took back before they were answered.
    pub withdrawn: u64,
    /// How often what was said last needed no answer.
    pub no_answer_needed: u64,
    /// Whether it is spam, also once it is closed.
    #[serde(default)]
    pub spam: bool,
    /// How often it was solved.
    pub resolutions: u64,
    /// When it was solved last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// When it was taken up again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reopenings: Vec<Reopening>,
    /// From the customer's first message to the first solution, without pauses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_resolution: Option<Duration>,
    /// From the customer's first message to the last solution, without pauses; what passed between a solution and its
    /// undoing is a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_resolution: Option<Duration>,
    /// From our first answer to the last solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<Duration>,
    /// How long the customer has waited for an answer; `None` when nobody waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Its clocks that have ended, in the order in which they did.
    #[serde(default, skip_serializing_if = "ended_none")]
    pub ended: Arc<Vec<TargetClock>>,
    /// Its clocks that run or stand still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<TargetClock>,
}

impl Default for Standing {
    /// A case of which nothing is known yet.
    fn default() -> Self {
        Self {
            status: Status::New,
            assignee: None,
            policy: None,
            calendar: None,
            first_message_at: None,
            first_detected_at: None,
            first_reply_at: None,
            we_began: false,
            messages: 0,
            replies: 0,
            bot_replies: 0,
            edits: 0,
            withdrawn: 0,
            no_answer_needed: 0,
            spam: false,
            resolutions: 0,
            resolved_at: None,
            reopenings: Vec::new(),
            first_resolution: None,
            full_resolution: None,
            handling: None,
            waiting: None,
            ended: Arc::default(),
            running: Vec::new(),
        }
    }
}

impl Standing {
    /// The clock of this that is open, counted from when the customer wrote.
    pub fn open(&self, target: TargetKind) -> Option<&TargetClock> {
        let mut running = self.running.iter();
        running.find(|clock| clock.target == target && clock.basis == Basis::Posted)
    }

    /// Its clocks: those that have ended, in the order in which they did, then the others.
    pub fn clocks(&self) -> impl Iterator<Item = &TargetClock> {
        self.ended.iter().chain(&self.running)
    }

    /// All clocks of this, the older ones first.
    pub fn of(&self, target: TargetKind) -> impl Iterator<Item = &TargetClock> {
        self.clocks().filter(move |clock| clock.target == target)
    }

    /// How long the first answer of a person took. `None` where there is none, or where it was not owed: we had written
    /// first.
    pub fn first_response(&self) -> Option<Duration> {
        self.responses(TargetKind::First).next()
    }

    /// How long each of the next answers took.
    pub fn next_responses(&self) -> impl Iterator<Item = Duration> {
        self.responses(TargetKind::Next)
    }

    fn responses(&self, target: TargetKind) -> impl Iterator<Item = Duration> {
        let posted = self.of(target).filter(|clock| clock.basis == Basis::Posted);
        let done = posted.filter(|clock| clock.fulfilled_at().is_some());
        done.map(|clock| clock.used)
    }

    /// The least business time that is left on any of its clocks; below zero: late by so much. `None` where nothing is
    /// promised that is not done.
    pub fn remaining(&self) -> Option<SignedDuration> {
        self.running.iter().filter_map(TargetClock::remaining).min()
    }

    /// Its place in the queue, given how severe it is (0 to 1).
    pub fn urgency(&self, severity: f64) -> Urgency {
        let waits = self.waiting.map(|waiting| waiting.since);
        Urgency {
            remaining: self.remaining(),
            severity,
            since: waits.or(self.first_message_at),
        }
    }
}

/// A place in the queue: the least business time that is left comes first, then what is more severe, then what is older.
/// Where nothing is promised, it comes last.
///
/// Sorting puts what is urgent first. It holds for the moment at which it was asked for: business hours that end let one
/// case overtake another.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Urgency {
    /// How much business time is left.
    pub remaining: Option<SignedDuration>,
    /// How severe it is, 0 to 1.
    pub severity: f64,
    /// Since when the customer waits, or the case exists.
    pub since: Option<Timestamp>,
}

impl Ord for Urgency {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = |urgency: &Self| (urgency.remaining.is_none(), urgency.remaining);
        let since = |urgency: &Self| (urgency.since.is_none(), urgency.since);
        left(self)
            .cmp(&left(other))
            .then_with(|| other.severity.total_cmp(&self.severity))
            .then_with(|| since(self).cmp(&since(other)))
    }
}

impl PartialOrd for Urgency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Urgency {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Urgency {}
