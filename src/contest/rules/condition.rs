use serde::{Deserialize, Serialize};

use super::OnUnknown;

/// Something that a person must have done to take part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "ConditionData", into = "ConditionData")]
#[non_exhaustive]
pub struct Condition {
    /// What it is.
    pub kind: ConditionKind,
    /// What it means where it cannot be told; by default what the rules say for all.
    pub unknown: Option<OnUnknown>,
}

/// What a person must have done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConditionKind {
    /// Follows, or belongs to, the account that looks at the subject.
    Member,
    /// Liked the post.
    Liked {
        /// Whether the like must still be there at the close.
        still: bool,
    },
    /// Commented on the post, or wrote under the hashtag, within the window.
    Commented {
        /// A regular expression that the comment must match somewhere; any comment will do where there is none.
        ///
        /// `{handle}` stands for the entrant's own handle, `{handle:3}` for its first three characters and `{handle:-3}`
        /// for its last three, whatever their case.
        pattern: Option<String>,
    },
    /// Reposted the post.
    Reposted {
        /// Whether the repost must still be there at the close.
        still: bool,
    },
    /// Named so many distinct accounts in comments: neither the entrant's own nor the organiser's.
    Tagged {
        /// How many.
        friends: u32,
    },
}

impl Condition {
    fn of(kind: ConditionKind) -> Self {
        Self {
            kind,
            unknown: None,
        }
    }

    /// Follows, or belongs to, the account that looks at the subject.
    pub fn member() -> Self {
        Self::of(ConditionKind::Member)
    }

    /// Liked the post, and likes it at the close.
    pub fn liked() -> Self {
        Self::of(ConditionKind::Liked { still: true })
    }

    /// Commented on the post.
    pub fn commented() -> Self {
        Self::of(ConditionKind::Commented { pattern: None })
    }

    /// Commented on the post with a text that matches a regular expression: see [`ConditionKind::Commented`].
    pub fn commented_with(pattern: impl Into<String>) -> Self {
        let pattern = Some(pattern.into());
        Self::of(ConditionKind::Commented { pattern })
    }

    /// Reposted the post, and the repost is there at the close.
    pub fn reposted() -> Self {
        Self::of(ConditionKind::Reposted { still: true })
    }

    /// Named so many friends in comments.
    pub fn tagged(friends: u32) -> Self {
        Self::of(ConditionKind::Tagged { friends })
    }

    /// Once is enough: what was undone before the close counts all the same.
    #[must_use]
    pub fn once(mut self) -> Self {
        match &mut self.kind {
            ConditionKind::Liked { still } | ConditionKind::Reposted { still } => *still = false,
            _ => {}
        }
        self
    }

    /// Sets what it means where it cannot be told.
    #[must_use]
    pub fn on_unknown(mut self, means: OnUnknown) -> Self {
        self.unknown = Some(means);
        self
    }
}

impl ConditionKind {
    /// The word that reports and counts use for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Liked { .. } => "liked",
            Self::Commented { .. } => "commented",
            Self::Reposted { .. } => "reposted",
            Self::Tagged { .. } => "tagged",
        }
    }

    /// Whether it is read from comments, or from posts under a hashtag.
    pub(in crate::contest) fn reads_comments(&self) -> bool {
        matches!(self, Self::Commented { .. } | Self::Tagged { .. })
    }
}

/// How a condition is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum ConditionData {
    Member {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
    Liked {
        #[serde(default = "yes")]
        still: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
    Commented {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
    Reposted {
        #[serde(default = "yes")]
        still: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
    Tagged {
        friends: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
}

fn yes() -> bool {
    true
}

impl From<ConditionData> for Condition {
    fn from(data: ConditionData) -> Self {
        let (kind, unknown) = match data {
            ConditionData::Member { unknown } => (ConditionKind::Member, unknown),
            ConditionData::Liked { still, unknown } => (ConditionKind::Liked { still }, unknown),
            ConditionData::Commented { pattern, unknown } => {
                (ConditionKind::Commented { pattern }, unknown)
            }
            ConditionData::Reposted { still, unknown } => {
                (ConditionKind::Reposted { still }, unknown)
            }
            ConditionData::Tagged { friends, unknown } => {
                (ConditionKind::Tagged { friends }, unknown)
            }
        };
        Self { kind, unknown }
    }
}

impl From<Condition> for ConditionData {
    fn from(condition: Condition) -> Self {
        let unknown = condition.unknown;
        match condition.kind {
            ConditionKind::Member => Self::Member { unknown },
            ConditionKind::Liked { still } => Self::Liked { still, unknown },
            ConditionKind::Commented { pattern } => Self::Commented { pattern, unknown },
            ConditionKind::Reposted { still } => Self::Reposted { still, unknown },
            ConditionKind::Tagged { friends } => Self::Tagged { friends, unknown },
        }
    }
}
