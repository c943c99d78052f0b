//! Who won, whether they still may, and who comes next.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::EntryId;

/// A place in the order in which winners were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Award {
    /// The place, from 1. Places never change: who falls out is skipped.
    pub place: u32,
    /// The entry; `None` where its person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// The entry's commitment on the list, in hexadecimal digits.
    pub commitment: String,
    /// What became of it.
    pub status: AwardStatus,
    /// When that was noted.
    pub at: Timestamp,
    /// The figure or the points that it was found by, in modes without chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// What each juror gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<(String, i32)>,
    /// Whether others were equal, and a rule decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tie: bool,
    /// Whether it only keeps the place in the order of somebody who won, or fell out, in an earlier draw: what becomes of
    /// the person is noted there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) passed_over: bool,
}

/// Why somebody is passed over.
pub(super) const PASSED_OVER: &str = "won or fell out in an earlier draw of this contest";

/// What became of a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AwardStatus {
    /// Nothing was said of it yet.
    Pending,
    /// A person of ours confirmed it.
    Confirmed {
        /// Who.
        by: String,
    },
    /// The winner does not want it, or did not answer.
    Declined {
        /// Why.
        reason: String,
    },
    /// The winner may not have it any more, or has one already.
    Ineligible {
        /// Why.
        reason: String,
    },
}

impl Award {
    /// Whether it can be a winner's.
    pub fn stands(&self) -> bool {
        matches!(
            self.status,
            AwardStatus::Pending | AwardStatus::Confirmed { .. }
        )
    }

    /// Whether it is a place of the person's own in this draw.
    pub(super) fn is_own(&self) -> bool {
        // Draws that were kept before there was a mark have the reason alone.
        let told =
            matches!(&self.status, AwardStatus::Ineligible { reason } if reason == PASSED_OVER);
        !self.passed_over && !told
    }
}

/// The places that win now: the first of the order that stand, as many as there are prizes.
pub fn winners(awards: &[Award], prizes: u32) -> Vec<&Award> {
    let standing = awards.iter().filter(|award| award.stands());
    standing.take(prizes as usize).collect()
}
