use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::history::History;
use crate::error::{Error, Result, Violation};
use crate::model::{Draft, Post, PostRef, PostState, Prepared};
use crate::store::Queued;

/// Which form of the stored state this version writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

/// How long what was prepared without files is sent as it is.
const FRESH_FOR: Duration = Duration::from_secs(2 * 60);

/// A post as the network has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Posted {
    /// Its handle, with what an answer to it needs.
    pub post: PostRef,
    /// Its page on the web, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the outbox learned of it.
    pub at: Timestamp,
    /// Where it stands on its way to its readers.
    #[serde(default)]
    pub state: PostState,
}

impl Posted {
    /// What is kept of a post that the outbox learned of at this moment.
    pub fn new(post: &Post, at: Timestamp) -> Self {
        Self {
            post: PostRef::from(post),
            url: post.url.as_ref().map(String::from),
            at,
            state: post.state.clone(),
        }
    }
}

/// A try at the one mutation whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// When the first try began.
    pub began: Timestamp,
    /// When the last try began.
    pub last: Timestamp,
    /// How many tries there were, all under one key.
    pub tries: u32,
    /// How often it was looked for and not found.
    pub looks: u32,
    /// What the network said to a repetition, where it refused it: it is not repeated any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether it was refused since the network has the same already: most likely this very post.
    #[serde(default)]
    pub duplicate: bool,
}

impl Attempt {
    /// The first try, which begins at this moment.
    pub(crate) fn first(now: Timestamp) -> Self {
        Self {
            began: now,
            last: now,
            tries: 1,
            looks: 0,
            refused: None,
            duplicate: false,
        }
    }
}

/// How far one part has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Progress {
    /// Nothing was done.
    Waiting,
    /// All but the one mutation is done.
    Prepared(Box<Prepared>),
    /// The one mutation has begun: the post may exist.
    Committing {
        /// What was, or may have been, committed.
        prepared: Box<Prepared>,
        /// The tries so far.
        attempt: Attempt,
    },
    /// It is published.
    Published(Box<Posted>),
}

/// One post of an entry on one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// What is published.
    pub(crate) draft: Draft,
    /// Whether it is the first comment, which answers the first part; other parts answer the one before.
    #[serde(default)]
    pub(crate) comment: bool,
    /// Whether it was ever unknown what became of a try, and a person had to say it.
    #[serde(default)]
    pub(crate) doubted: bool,
    /// When it was prepared last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prepared_at: Option<Timestamp>,
    /// How far it has come.
    pub(crate) progress: Progress,
}

impl Part {
    pub(crate) fn new(draft: Draft, comment: bool) -> Self {
        Self {
            draft,
            comment,
            doubted: false,
            prepared_at: None,
            progress: Progress::Waiting,
        }
    }

    /// Whether it is better prepared anew: a network may show a post under the time at which it was prepared, where nobody
    /// sees what is shown late. What was once in doubt stays as it was sent, and files are not uploaded again as long as the
    /// network keeps them.
    pub(crate) fn is_old(&self, now: Timestamp) -> bool {
        let link = self.draft.link.as_ref();
        let files = !self.draft.media.is_empty() || link.is_some_and(|l| l.thumbnail.is_some());
        // An earlier version kept no time.
        let fresh = self
            .prepared_at
            .is_some_and(|at| now <= super::after(at, FRESH_FOR));
        !self.doubted && !files && !fresh
    }

    /// What became of it, once it is published.
    pub(crate) fn posted(&self) -> Option<&Posted> {
        match &self.progress {
            Progress::Published(posted) => Some(posted),
            _ => None,
        }
    }
}

/// Whether somebody has to approve a post, and what they said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Approval {
    /// Nobody has to.
    #[default]
    NotNeeded,
    /// Somebody has to, and nobody did yet.
    Wanted,
    /// Somebody did.
    Given {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody refused it.
    Refused {
        /// Who.
        by: String,
        /// Why.
        why: String,
        /// When.
        at: Timestamp,
    },
}

/// Where a planned post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// It waits for its time, or for the next try.
    Waiting,
    /// It waits for somebody's approval.
    AwaitingApproval,
    /// Somebody has paused it.
    Paused,
    /// Its account, or the whole outbox, is paused: by somebody, or because the network asks for a person.
    Held,
    /// It is being sent: a part is prepared or on its way, or some parts are published and others are not yet.
    Sending,
    /// The one mutation has begun and its outcome is being looked for.
    Settling,
    /// All of it is published, or given to the network, which may show it later ([`Posted::state`]).
    Published,
    /// The network, or a check, refused it.
    Rejected,
    /// It may be published or not, and the network does not tell: a person has to look, and to
    /// [`resolve`](super::Outbox::resolve) it. It is not sent again before that.
    Unknown,
    /// Its time passed without it being published, and by now it is too late.
    Missed,
    /// Somebody cancelled it.
    Cancelled,
    /// Somebody refused to approve it.
    Refused,
}

impl State {
    /// Whether nothing more is done about it, unless a person decides so.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Published
                | Self::Rejected
                | Self::Unknown
                | Self::Missed
                | Self::Cancelled
                | Self::Refused
        )
    }

    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Paused => "paused",
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Settling => "settling",
            Self::Published => "published",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Missed => "missed",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How the work on a post ended; the stored part of a [`State`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    Published,
    Rejected,
    Unknown,
    Missed,
    Cancelled,
    Refused,
}

/// One planned post on one account, as it is stored: the value of its job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) format: u32,
    pub(crate) key: String,
    pub(crate) account: String,
    pub(crate) network: String,
    pub(crate) parts: Vec<Part>,
    /// When it is to be published.
    pub(crate) due: Timestamp,
    /// From when lateness counts: the planned time, or a later moment at which a part was published or a person decided.
    pub(crate) late_from: Timestamp,
    pub(crate) too_late_after: Duration,
    pub(crate) added_at: Timestamp,
    #[serde(default)]
    pub(crate) approval: Approval,
    #[serde(default)]
    pub(crate) paused: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<End>,
    /// Not before this: a network named the moment, or we wait between tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_at: Option<Timestamp>,
    /// How many tries in a row failed without anything being sent.
    #[serde(default)]
    pub(crate) failures: u32,
    /// Why it stands where it stands, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<Violation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) labels: Vec<String>,
    /// Tells whether an entry of the same key says the same.
    pub(crate) content: String,
    /// Posts that came to be beside those of the parts: more than one try was carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) surplus: Vec<Posted>,
    /// Whether it is about to be taken out of the queue: nothing is decided about it any more.
    #[serde(default)]
    pub(crate) forgotten: bool,
    #[serde(default)]
    pub(crate) history: History,
}

/// What tells the form of a stored value before it is read.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

/// Reads a stored value, unless a newer version wrote it; `what` names it.
pub(crate) fn read_value<T: DeserializeOwned>(value: &str, what: &str) -> Result<T> {
    let unreadable = |e: serde_json::Error| {
        Error::config(format!(
            "{what} cannot be read from the store ({e}): restore the store from a copy, or take it out"
        ))
    };
    let form: Form = serde_json::from_str(value).map_err(unreadable)?;
    if form.format > FORMAT {
        return Err(Error::config(format!(
            "{what} was written by a newer version, in format {}, and this version reads up to format {FORMAT}: use the \
             newer version",
            form.format
        )));
    }
    serde_json::from_str(value).map_err(unreadable)
}

impl Planned {
    /// Reads a job's value.
    pub(crate) fn read(queued: &Queued) -> Result<Self> {
        let what = format!("the planned post `{}`", queued.job.id);
        read_value(&queued.job.value, &what)
    }

    pub(crate) fn to_value(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| {
            Error::config(format!(
                "the planned post `{}` on {} cannot be stored: {e}",
                self.key, self.account
            ))
        })
    }

    /// When its job is to be worked on.
    pub(crate) fn job_due(&self) -> Option<Timestamp> {
        if self.end.is_some() {
            return None;
        }
        // What may exist already is looked for, whatever was decided meanwhile.
        if let Some((_, _, attempt)) = self.in_doubt() {
            return Some(self.next_at.unwrap_or(attempt.last));
        }
        if self.paused {
            return None;
        }
        if self.approval == Approval::Wanted {
            return Some(self.too_late_at());
        }
        Some(self.next_at.map_or(self.due, |at| at.max(self.due)))
    }

    /// The moment from which it is too late.
    pub(crate) fn too_late_at(&self) -> Timestamp {
        super::after(self.late_from, self.too_late_after)
    }

    /// The first part that is not published, and which it is.
    pub(crate) fn next_part(&self) -> Option<(usize, &Part)> {
        self.parts
            .iter()
            .enumerate()
            .find(|(_, part)| part.posted().is_none())
    }

    /// How many parts are published.
    pub(crate) fn sent(&self) -> usize {
        self.parts.iter().filter(|p| p.posted().is_some()).count()
    }

    /// The part whose mutation has begun and whose outcome is not known, and which it is.
    pub(crate) fn in_doubt(&self) -> Option<(usize, &Prepared, &Attempt)> {
        self.parts
            .iter()
            .enumerate()
            .find_map(|(i, part)| match &part.progress {
                Progress::Committing { prepared, attempt } => Some((i, prepared.as_ref(), attempt)),
                _ => None,
            })
    }

    /// Where it stands; whether its account is held is not known here.
    pub(crate) fn state(&self) -> State {
        match self.end {
            Some(End::Published) => State::Published,
            Some(End::Rejected) => State::Rejected,
            Some(End::Unknown) => State::Unknown,
            Some(End::Missed) => State::Missed,
            Some(End::Cancelled) => State::Cancelled,
            Some(End::Refused) => State::Refused,
            None if self.in_doubt().is_some() => State::Settling,
            None if self.paused => State::Paused,
            None if self.approval == Approval::Wanted => State::AwaitingApproval,
            None if self.sent() > 0 => State::Sending,
            None => match self.parts.first().map(|p| &p.progress) {
                Some(Progress::Prepared(_)) => State::Sending,
                _ => State::Waiting,
            },
        }
    }

    /// Names a part in a message: nothing where there is but one.
    pub(crate) fn part_name(&self, at: usize) -> String {
        match self.parts.get(at) {
            Some(part) if part.comment => "the first comment: ".to_owned(),
            _ if self.parts.len() > 1 => format!("part {} of {}: ", at + 1, self.parts.len()),
            _ => String::new(),
        }
    }

    /// Tells how far it came, where a part of it is published.
    pub(crate) fn so_far(&self) -> String {
        match (self.sent(), self.parts.len()) {
            (0, _) => String::new(),
            (sent, all) => format!(" ({sent} of {all} parts are published)"),
        }
    }
}
