//! What happened to a case: a log that is only ever added to. Everything else is computed from it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::length;
use crate::model::{SharedStr, words};

words! {
    /// In which state a case is.
    Status {
        /// Nobody has dealt with it yet.
        New = "new",
        /// It is being worked on.
        Open = "open",
        /// The customer has to say or do something first.
        WaitingCustomer = "waiting_customer",
        /// Somebody else has to do something first: a supplier, a carrier.
        WaitingThird = "waiting_third",
        /// Put aside until a moment.
        Snoozed = "snoozed",
        /// Solved.
        Resolved = "resolved",
        /// Solved once, and taken up again.
        Reopened = "reopened",
        /// No customer of ours: counted, and left out of every rate.
        Spam = "spam",
        /// What was said last needs no answer ("thanks!").
        NoAnswerNeeded = "no_answer_needed",
    }
}

/// What happened to a case.
///
/// Ids are those of the desk that writes the log; here they are only compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CaseEventKind {
    /// The customer wrote: a post, a comment, a message. It stands at the time that the network gives it, at most the
    /// time at which the desk found it: some networks let the writer set it.
    CustomerMessage {
        /// Which message.
        message: SharedStr,
    },
    /// The desk found a message of the customer. It begins a second clock beside the one from the message's own time.
    Detected {
        /// Which message.
        message: SharedStr,
    },
    /// The customer changed a message.
    MessageEdited {
        /// Which message.
        message: SharedStr,
    },
    /// A message of the customer is gone. A question that is withdrawn before it was answered stops its clock.
    MessageDeleted {
        /// Which message.
        message: SharedStr,
    },
    /// A person answered for us: in public, or privately in a thread that belongs to the case.
    Reply {
        /// Which message of ours, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<SharedStr>,
    },
    /// A machine answered. Whether that counts is said by [`Policy::bots`](super::Policy::bots).
    BotReply {
        /// Which message of ours, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<SharedStr>,
    },
    /// A remark that only the desk sees. It answers nobody.
    Note,
    /// Somebody is to deal with it, or nobody any more.
    Assigned {
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<SharedStr>,
    },
    /// Its state was set.
    Status {
        /// To what.
        status: Status,
        /// Until when, for one that is put aside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// It was handed to a service, or by a bot to people. The hand-off has a clock of its own, and one for the next
    /// answer begins unless the customer is waited for already.
    HandedOff {
        /// Which hand-off.
        hand_off: SharedStr,
        /// To whom.
        service: SharedStr,
        /// How soon the service has to answer, in business time.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "length::option"
        )]
        within: Option<Duration>,
    },
    /// The service answered.
    HandOffAnswered {
        /// Which hand-off.
        hand_off: SharedStr,
    },
    /// The hand-off was taken back before it was answered: it went to another service, or was not needed any more.
    HandOffWithdrawn {
        /// Which hand-off.
        hand_off: SharedStr,
    },
    /// From now on this version of this policy holds. The first one of a case holds from the case's beginning.
    PolicyApplied {
        /// Which policy.
        policy: SharedStr,
        /// Which version.
        version: u32,
    },
    /// From now on this version of this calendar holds.
    CalendarChanged {
        /// Which calendar.
        calendar: SharedStr,
        /// Which version.
        version: u32,
    },
}

impl CaseEventKind {
    /// The customer wrote.
    pub fn message(message: impl Into<SharedStr>) -> Self {
        let message = message.into();
        Self::CustomerMessage { message }
    }

    /// The desk found a message.
    pub fn detected(message: impl Into<SharedStr>) -> Self {
        let message = message.into();
        Self::Detected { message }
    }

    /// The customer changed a message.
    pub fn edited(message: impl Into<SharedStr>) -> Self {
        let message = message.into();
        Self::MessageEdited { message }
    }

    /// A message is gone.
    pub fn deleted(message: impl Into<SharedStr>) -> Self {
        let message = message.into();
        Self::MessageDeleted { message }
    }

    /// A person answered by this message of ours.
    pub fn reply(message: impl Into<SharedStr>) -> Self {
        let message = Some(message.into());
        Self::Reply { message }
    }

    /// A machine answered by this message of ours.
    pub fn bot_reply(message: impl Into<SharedStr>) -> Self {
        let message = Some(message.into());
        Self::BotReply { message }
    }

    /// This person is to deal with it.
    pub fn assigned(agent: impl Into<SharedStr>) -> Self {
        let agent = Some(agent.into());
        Self::Assigned { agent }
    }

    /// Its state was set.
    pub fn status(status: impl Into<Status>) -> Self {
        let (status, until) = (status.into(), None);
        Self::Status { status, until }
    }

    /// It was put aside until a moment.
    pub fn snoozed(until: Timestamp) -> Self {
        let (status, until) = (Status::Snoozed, Some(until));
        Self::Status { status, until }
    }

    /// It was handed to a service that has all the time it wants.
    pub fn handed_off(hand_off: impl Into<SharedStr>, service: impl Into<SharedStr>) -> Self {
        Self::HandedOff {
            hand_off: hand_off.into(),
            service: service.into(),
            within: None,
        }
    }

    /// The service answered.
    pub fn hand_off_answered(hand_off: impl Into<SharedStr>) -> Self {
        let hand_off = hand_off.into();
        Self::HandOffAnswered { hand_off }
    }

    /// The hand-off was taken back.
    pub fn hand_off_withdrawn(hand_off: impl Into<SharedStr>) -> Self {
        let hand_off = hand_off.into();
        Self::HandOffWithdrawn { hand_off }
    }

    /// This version of this policy holds.
    pub fn policy(policy: impl Into<SharedStr>, version: u32) -> Self {
        let policy = policy.into();
        Self::PolicyApplied { policy, version }
    }

    /// This version of this calendar holds.
    pub fn calendar(calendar: impl Into<SharedStr>, version: u32) -> Self {
        let calendar = calendar.into();
        Self::CalendarChanged { calendar, version }
    }

    /// Whether it is the network's word, which stands by the network's time; everything else is the desk's own act.
    pub(super) fn is_told(&self) -> bool {
        matches!(
            self,
            Self::CustomerMessage { .. } | Self::MessageEdited { .. } | Self::MessageDeleted { .. }
        )
    }
}

/// An entry of a case's log.
///
/// # Order
///
/// Events count in the order of their times; equal ones in the order in which they were recorded (`seq`). What the
/// network tells late is put where its time belongs.
///
/// The desk's own acts never stand before what was recorded before them, as long as their clock is wrong by an hour at
/// most: an act whose time is earlier than that of the act recorded before it, or than that of a message found before
/// it, counts at that time. So a clock that goes back, or differs from the network's, neither turns acts around nor
/// makes a negative time. By more than an hour, the time is believed as it is: one act recorded in the year 2099 does
/// not drag the later ones there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseEvent {
    /// Its place in the log: 1, 2, 3, … The same number twice is the same entry, and counts once.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who of us did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<SharedStr>,
    /// What happened.
    pub kind: CaseEventKind,
}

impl CaseEvent {
    /// The entry at this place.
    pub fn new(seq: u64, at: Timestamp, kind: CaseEventKind) -> Self {
        Self {
            seq,
            at,
            by: None,
            kind,
        }
    }

    /// Sets who did it.
    #[must_use]
    pub fn by(mut self, agent: impl Into<SharedStr>) -> Self {
        self.by = Some(agent.into());
        self
    }
}

/// By how much a clock may be wrong and its acts still be set right.
const SKEW: Duration = Duration::from_secs(3600);

/// Where the desk's acts stand in time, entry by entry in the order of the record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Placing {
    /// The latest time of what the network told.
    told: Option<Timestamp>,
    /// When the last act of the desk counts.
    own: Option<Timestamp>,
}

impl Placing {
    /// When an entry counts that is recorded now.
    pub(super) fn place(&mut self, event: &CaseEvent) -> Timestamp {
        if event.kind.is_told() {
            self.told = self.told.max(Some(event.at));
            return event.at;
        }
        let mut at = event.at;
        for floor in [self.told, self.own].into_iter().flatten() {
            if floor > at && crate::client::between(event.at, floor) <= SKEW {
                at = floor;
            }
        }
        self.own = Some(at);
        at
    }
}
