use serde::{Deserialize, Serialize};

use super::{OnUnknown, Who};
use crate::contest::draw::Digest;

/// Somebody who cannot take part. Our own accounts never can.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "ExclusionData", into = "ExclusionData")]
#[non_exhaustive]
pub struct Exclusion {
    /// Who it is.
    pub kind: ExclusionKind,
    /// What it means where it cannot be told; by default what the rules say for all. Rejecting takes the person for one
    /// of those who are excluded.
    pub unknown: Option<OnUnknown>,
}

/// Who cannot take part.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExclusionKind {
    /// Who works for the organiser.
    Staff(Vec<Who>),
    /// Accounts that are named, for a reason that is not told.
    Listed(Vec<Who>),
    /// Who won a contest of this store within the last so many days before the close.
    EarlierWinners(u32),
    /// Accounts younger than so many days at the close.
    YoungerThan(u32),
    /// Accounts that look empty.
    Empty {
        /// Those without a picture.
        no_avatar: bool,
        /// Those with fewer posts.
        min_posts: Option<u64>,
        /// Those with fewer followers.
        min_followers: Option<u64>,
    },
    /// Accounts that are deleted or suspended when the entries are frozen.
    Deactivated,
    /// Communities, channels and programs: whatever is no person.
    NotPersons,
}

impl Exclusion {
    fn of(kind: ExclusionKind) -> Self {
        Self {
            kind,
            unknown: None,
        }
    }

    /// Who works for the organiser.
    pub fn staff<W: Into<Who>>(accounts: impl IntoIterator<Item = W>) -> Self {
        let accounts = accounts.into_iter().map(Into::into).collect();
        Self::of(ExclusionKind::Staff(accounts))
    }

    /// Accounts that are named.
    pub fn listed<W: Into<Who>>(accounts: impl IntoIterator<Item = W>) -> Self {
        let accounts = accounts.into_iter().map(Into::into).collect();
        Self::of(ExclusionKind::Listed(accounts))
    }

    /// Who won a contest within the last so many days.
    pub fn earlier_winners(days: u32) -> Self {
        Self::of(ExclusionKind::EarlierWinners(days))
    }

    /// Accounts younger than so many days.
    pub fn younger_than(days: u32) -> Self {
        Self::of(ExclusionKind::YoungerThan(days))
    }

    /// Accounts without a picture, or with fewer posts or followers than these.
    pub fn empty(
        no_avatar: bool,
        min_posts: impl Into<Option<u64>>,
        min_followers: impl Into<Option<u64>>,
    ) -> Self {
        Self::of(ExclusionKind::Empty {
            no_avatar,
            min_posts: min_posts.into(),
            min_followers: min_followers.into(),
        })
    }

    /// Accounts that are deleted or suspended.
    pub fn deactivated() -> Self {
        Self::of(ExclusionKind::Deactivated)
    }

    /// Whatever is no person.
    pub fn not_persons() -> Self {
        Self::of(ExclusionKind::NotPersons)
    }

    /// Sets what it means where it cannot be told.
    #[must_use]
    pub fn on_unknown(mut self, means: OnUnknown) -> Self {
        self.unknown = Some(means);
        self
    }
}

impl Exclusion {
    /// Puts one hash in the place of named accounts.
    pub(super) fn hide(&mut self) {
        if let ExclusionKind::Staff(accounts) | ExclusionKind::Listed(accounts) = &mut self.kind {
            accounts.sort();
            accounts.dedup();
            let names: Vec<&str> = accounts.iter().map(Who::as_str).collect();
            let hash = Digest::of(names.join("\n").as_bytes());
            let hidden = format!("{} accounts, sha256 {hash}", accounts.len());
            *accounts = vec![Who::new(hidden)];
        }
    }
}

impl ExclusionKind {
    /// The word that reports and counts use for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Staff(_) => "staff",
            Self::Listed(_) => "listed",
            Self::EarlierWinners(_) => "earlier_winners",
            Self::YoungerThan(_) => "younger_than",
            Self::Empty { .. } => "empty",
            Self::Deactivated => "deactivated",
            Self::NotPersons => "not_persons",
        }
    }

    /// Whether it is judged by what the account looks like now.
    pub(in crate::contest) fn reads_account(&self) -> bool {
        matches!(
            self,
            Self::YoungerThan(_) | Self::Empty { .. } | Self::Deactivated | Self::NotPersons
        )
    }
}

/// How an exclusion is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum ExclusionData {
    Staff {
        accounts: Vec<Who>,
    },
    Listed {
        accounts: Vec<Who>,
    },
    EarlierWinners {
        days: u32,
    },
    YoungerThan {
        days: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
    Empty {
        #[serde(default)]
        no_avatar: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_posts: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_followers: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
    Deactivated {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
    NotPersons {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<OnUnknown>,
    },
}

impl From<ExclusionData> for Exclusion {
    fn from(data: ExclusionData) -> Self {
        use ExclusionData as Data;
        let (kind, unknown) = match data {
            Data::Staff { accounts } => (ExclusionKind::Staff(accounts), None),
            Data::Listed { accounts } => (ExclusionKind::Listed(accounts), None),
            Data::EarlierWinners { days } => (ExclusionKind::EarlierWinners(days), None),
            Data::YoungerThan { days, unknown } => (ExclusionKind::YoungerThan(days), unknown),
            Data::Empty {
                no_avatar,
                min_posts,
                min_followers,
                unknown,
            } => {
                let kind = ExclusionKind::Empty {
                    no_avatar,
                    min_posts,
                    min_followers,
                };
                (kind, unknown)
            }
            Data::Deactivated { unknown } => (ExclusionKind::Deactivated, unknown),
            Data::NotPersons { unknown } => (ExclusionKind::NotPersons, unknown),
        };
        Self { kind, unknown }
    }
}

impl From<Exclusion> for ExclusionData {
    fn from(exclusion: Exclusion) -> Self {
        let unknown = exclusion.unknown;
        match exclusion.kind {
            ExclusionKind::Staff(accounts) => Self::Staff { accounts },
            ExclusionKind::Listed(accounts) => Self::Listed { accounts },
            ExclusionKind::EarlierWinners(days) => Self::EarlierWinners { days },
            ExclusionKind::YoungerThan(days) => Self::YoungerThan { days, unknown },
            ExclusionKind::Empty {
                no_avatar,
                min_posts,
                min_followers,
            } => Self::Empty {
                no_avatar,
                min_posts,
                min_followers,
                unknown,
            },
            ExclusionKind::Deactivated => Self::Deactivated { unknown },
            ExclusionKind::NotPersons => Self::NotPersons { unknown },
        }
    }
}
