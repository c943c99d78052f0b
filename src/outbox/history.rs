use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many happenings of one post are kept: the first ones, and the latest.
const FIRST: usize = 8;
const LATEST: usize = 56;

/// What happened to a planned post.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HappeningKind {
    /// It was added to the outbox.
    Added,
    /// Somebody approved it.
    Approved,
    /// Somebody refused to approve it.
    Refused,
    /// Somebody paused it.
    Paused,
    /// Somebody let it go on.
    Resumed,
    /// Somebody gave it another time.
    Rescheduled,
    /// Somebody changed what it says.
    Changed,
    /// Somebody cancelled it.
    Cancelled,
    /// A part was prepared.
    Prepared,
    /// The one mutation of a part began.
    Committing,
    /// A part was published.
    Published,
    /// A try failed before anything was sent; it is tried again.
    Failed,
    /// Its account was held, since the network asks for a person.
    Held,
    /// The outcome of the one mutation was looked for and not found.
    LookedFor,
    /// It was refused.
    Rejected,
    /// Its outcome was not found: a person has to settle it.
    Unknown,
    /// It was too late.
    Missed,
    /// A person said what became of it.
    Resolved,
    /// One post more than planned came to be.
    Surplus,
    /// What a later version wrote.
    #[serde(untagged)]
    Other(String),
}

/// One thing that happened to a planned post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: HappeningKind,
    /// Which part it was about, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<usize>,
    /// Who did it: a person, or the worker's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What there is to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Happening {
    /// Something that happened at this moment.
    pub fn new(at: Timestamp, kind: HappeningKind) -> Self {
        Self {
            at,
            kind,
            part: None,
            by: None,
            note: None,
        }
    }

    pub(crate) fn part(mut self, part: usize) -> Self {
        self.part = Some(part);
        self
    }

    pub(crate) fn by(mut self, by: impl Into<String>) -> Self {
        self.by = Some(by.into());
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// What happened to a planned post, in order. It only grows, up to 64: then the oldest but the first eight are dropped,
/// and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct History {
    /// What happened.
    pub happenings: Vec<Happening>,
    /// How many are not kept: they stood behind the eighth.
    pub dropped: u64,
}

impl History {
    pub(crate) fn push(&mut self, happening: Happening) {
        self.happenings.push(happening);
        if self.happenings.len() > FIRST + LATEST {
            self.happenings.remove(FIRST);
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_keeps_its_beginning_and_its_end_and_counts_the_rest() {
        let mut history = History::default();
        for second in 0..100 {
            let at = Timestamp::from_second(second).unwrap();
            history.push(Happening::new(at, HappeningKind::Failed));
        }
        let seconds: Vec<i64> = history
            .happenings
            .iter()
            .map(|h| h.at.as_second())
            .collect();
        assert_eq!(seconds.len(), 64);
        assert_eq!(seconds[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(seconds[8..], (44..100).collect::<Vec<i64>>());
        assert_eq!(history.dropped, 36);
    }
}
