//! The rules of a contest as data: written once, checked before anybody takes part, and hashed, so that nobody can change
//! them afterwards unseen.

mod check;
mod condition;
mod exclusion;
mod mode;
mod pattern;
mod who;
mod window;

use serde::{Deserialize, Serialize};

pub use condition::{Condition, ConditionKind};
pub use exclusion::{Exclusion, ExclusionKind};
pub use mode::{Fallback, Mode, Randomness, Ties};
pub(super) use pattern::Pattern;
pub use who::Who;
pub use window::EntryWindow;

use super::draw::Digest;
use crate::error::{Error, Result};
use crate::id::PostId;
use crate::model::{Metric, setters};

/// What a contest is about: where people take part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "kind")]
#[non_exhaustive]
pub enum Subject {
    /// A post of ours: people like it, repost it, comment on it.
    Post {
        /// The name of the account that looks at it.
        account: String,
        /// The post.
        post: PostId,
    },
    /// A hashtag: people write posts under it. Such a post counts as a comment does.
    Hashtag {
        /// The name of the account that looks for it.
        account: String,
        /// The hashtag, without its `#`.
        tag: String,
    },
}

impl Subject {
    /// A post that an account of ours looks at.
    pub fn post(account: impl Into<String>, post: impl Into<PostId>) -> Self {
        Self::Post {
            account: account.into(),
            post: post.into(),
        }
    }

    /// A hashtag that an account of ours looks for; a leading `#` is dropped.
    pub fn hashtag(account: impl Into<String>, tag: impl AsRef<str>) -> Self {
        Self::Hashtag {
            account: account.into(),
            tag: tag.as_ref().trim_start_matches(['#', '＃']).to_owned(),
        }
    }

    /// The name of the account that looks at it.
    pub fn account(&self) -> &str {
        match self {
            Self::Post { account, .. } | Self::Hashtag { account, .. } => account,
        }
    }

    /// The post, where it is one.
    pub(super) fn id(&self) -> Option<&PostId> {
        match self {
            Self::Post { post, .. } => Some(post),
            Self::Hashtag { .. } => None,
        }
    }
}

/// What a condition or exclusion means for somebody of whom it cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnUnknown {
    /// The entry is refused.
    Reject,
    /// The entry is taken as if all were well.
    Accept,
    /// A person decides ([`Contest::decide`](super::Contest::decide)); nothing is frozen before.
    Ask,
}

/// What becomes of an entry that changed when it should not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnChange {
    /// It stands, on the evidence that was kept.
    Stands,
    /// It falls.
    Falls,
}

/// The rules of a contest. All conditions must hold, and no exclusion may.
///
/// A field that is not known is refused, so that a rule with a spelling mistake is not left out in silence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rules {
    /// What the contest is called, for people; at most 200 characters.
    pub title: String,
    /// When people may take part.
    pub window: EntryWindow,
    /// Where they take part.
    pub about: Vec<Subject>,
    /// What they must have done: all of it.
    pub conditions: Vec<Condition>,
    /// Who cannot take part.
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    /// How many win, from 1.
    pub winners: u32,
    /// How many come after them, in order, where a winner falls out.
    #[serde(default)]
    pub reserves: u32,
    /// How winners are found.
    pub mode: Mode,
    /// What is unknown of somebody means this, where the condition or exclusion says nothing of its own. Where nothing is
    /// said at all, a person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<OnUnknown>,
    /// What becomes of an entry whose comment was changed or deleted after the close.
    #[serde(default = "stands")]
    pub changed: OnChange,
    /// What becomes of an entry whose comment is not there when the entries are frozen, and nobody told when it went.
    #[serde(default = "falls")]
    pub vanished: OnChange,
    /// How many minutes after the close a like or repost may be seen for the first time, where the network does not tell
    /// when it was made: later it is unknown whether it came in time.
    #[serde(default = "half_an_hour")]
    pub late_minutes: u32,
    /// How many hours after the announcement anybody may dispute it.
    #[serde(default = "three_days")]
    pub dispute_hours: u32,
    /// Where the full terms stand that people agree to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
}

fn stands() -> OnChange {
    OnChange::Stands
}

fn falls() -> OnChange {
    OnChange::Falls
}

fn half_an_hour() -> u32 {
    30
}

fn three_days() -> u32 {
    72
}

impl Rules {
    /// Rules with a title and a window, one winner and no condition yet.
    pub fn new(title: impl Into<String>, window: EntryWindow, mode: Mode) -> Self {
        Self {
            title: title.into(),
            window,
            about: Vec::new(),
            conditions: Vec::new(),
            exclusions: Vec::new(),
            winners: 1,
            reserves: 0,
            mode,
            unknown: None,
            changed: stands(),
            vanished: falls(),
            late_minutes: half_an_hour(),
            dispute_hours: three_days(),
            terms: None,
        }
    }

    /// Reads rules from TOML.
    ///
    /// # Errors
    /// `Config` with the line, where it is no TOML or a field is missing, unknown or of another kind. What the rules say
    /// is judged by [`check`](Self::check).
    pub fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| {
            Error::config(format!("the contest's rules cannot be read: {e}").trim_end())
        })
    }

    /// Reads rules from JSON.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|e| Error::config(format!("the contest's rules cannot be read: {e}")))
    }

    /// The rules in the one form that is published and hashed: JSON without spaces, every field that has a value, in the
    /// order of this type. Rules that say the same in TOML and in JSON have the same. Lists of named accounts stand in it as
    /// how many they are and the SHA-256 of all their names, so that it names nobody and they cannot be changed unseen.
    ///
    /// # Errors
    /// `Config` where they cannot be written, which no rules that were read can cause.
    pub fn canonical(&self) -> Result<String> {
        let mut public = self.clone();
        for exclusion in &mut public.exclusions {
            exclusion.hide();
        }
        serde_json::to_string(&public)
            .map_err(|e| Error::config(format!("the contest's rules cannot be written: {e}")))
    }

    /// The SHA-256 of the [canonical form](Self::canonical).
    ///
    /// # Errors
    /// As [`canonical`](Self::canonical).
    pub fn hash(&self) -> Result<Digest> {
        Ok(Digest::of(self.canonical()?.as_bytes()))
    }

    /// What unknown means for a condition.
    pub(super) fn on_unknown(&self, own: Option<OnUnknown>) -> OnUnknown {
        own.or(self.unknown).unwrap_or(OnUnknown::Ask)
    }

    /// Whether a condition asks for something that is done to a post.
    pub(super) fn asks(&self, deed: impl Fn(&ConditionKind) -> bool) -> bool {
        self.conditions
            .iter()
            .any(|condition| deed(&condition.kind))
    }

    pub(super) fn measure(&self) -> Option<&Metric> {
        match &self.mode {
            Mode::Merit { measure, .. } => Some(measure),
            _ => None,
        }
    }
}

setters!(Rules {
    push about: Subject, "Adds where people take part.";
    push conditions: Condition, "Adds what they must have done.";
    push exclusions: Exclusion, "Adds who cannot take part.";
    set winners: u32, "Sets how many win.";
    set reserves: u32, "Sets how many come after them.";
    some unknown: OnUnknown, "Sets what is unknown means.";
    set changed: OnChange, "Sets what becomes of an entry that was changed after the close.";
    set vanished: OnChange, "Sets what becomes of an entry that is gone when it is frozen.";
    set late_minutes: u32, "Sets how long after the close a like or repost may be seen for the first time.";
    set dispute_hours: u32, "Sets how long the announcement may be disputed.";
    some terms: String, "Says where the full terms stand.";
});
