//! What is asked of another service: the warehouse, a branch, the developers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::words;

words! {
    /// Where a hand-off stands.
    HandoffState {
        /// The service has not answered yet.
        Waiting = "waiting",
        /// The service has answered.
        Answered = "answered",
        /// It was taken back: handed to another service, or the case was resolved without it.
        Withdrawn = "withdrawn",
    }
}

/// A case in the hands of a service, with a clock of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Handoff {
    /// Which service.
    pub service: String,
    /// Who handed it over.
    pub agent: String,
    /// When.
    pub at: Timestamp,
    /// Until when the service should have answered; `None` where no time is set for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Where it stands.
    pub state: HandoffState,
    /// What was asked; `None` after an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When the service answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// Who of the service answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// What the service said; `None` without an answer, and after an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl Handoff {
    /// Whether the service is late at this moment, or was.
    pub fn is_late(&self, now: Timestamp) -> bool {
        let until = self.answered_at.unwrap_or(now);
        self.state != HandoffState::Withdrawn && self.due.is_some_and(|due| until > due)
    }
}
