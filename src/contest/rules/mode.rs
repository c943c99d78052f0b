use serde::{Deserialize, Serialize};

use crate::contest::draw::Party;
use crate::model::{Metric, setters};

/// How winners are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Mode {
    /// By a draw that anyone can check.
    Chance {
        /// Where its randomness comes from.
        #[serde(default)]
        randomness: Randomness,
    },
    /// By a figure of what was written: the most likes of a comment, say. The best of a person's comments counts.
    Merit {
        /// Which figure of the comment.
        measure: Metric,
        /// Who comes first of those who are equal.
        ties: Ties,
    },
    /// Who was first: at the moment at which the last of the conditions was met.
    First,
    /// By what a jury gives.
    Jury {
        /// The jurors' names. All of them score every entry that is eligible.
        jurors: Vec<String>,
        /// The fewest points that a juror gives.
        lowest: i32,
        /// The most points that a juror gives.
        highest: i32,
        /// Who comes first of those who are equal.
        ties: Ties,
    },
}

impl Mode {
    /// By a draw, with the usual randomness.
    pub fn chance() -> Self {
        Self::Chance {
            randomness: Randomness::default(),
        }
    }

    /// By a figure of the comment.
    pub fn merit(measure: Metric, ties: Ties) -> Self {
        Self::Merit { measure, ties }
    }

    /// By what these jurors give, between these points.
    pub fn jury<J: Into<String>>(
        jurors: impl IntoIterator<Item = J>,
        (lowest, highest): (i32, i32),
        ties: Ties,
    ) -> Self {
        Self::Jury {
            jurors: jurors.into_iter().map(Into::into).collect(),
            lowest,
            highest,
            ties,
        }
    }

    /// Whether winners are drawn.
    pub fn is_chance(&self) -> bool {
        matches!(self, Self::Chance { .. })
    }
}

/// Who comes first of those who are equal. Chance decides in no mode but its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ties {
    /// Who met the conditions earlier; of those who did so in the same moment, the one whose commitment is the smaller.
    Earliest,
    /// All who are equal to the last winner win too, so that there may be more winners than the rules name.
    Shared,
}

impl Ties {
    /// The rule in words, to be announced.
    pub(in crate::contest) fn told(self) -> &'static str {
        match self {
            Self::Earliest => "who was earlier comes first",
            Self::Shared => "all win who are equal to the last winner",
        }
    }
}

/// Where a draw's randomness comes from: a round of a public beacon that does not exist when the entries are committed to,
/// or, where parties are named, what they reveal together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Randomness {
    /// How many minutes the round must lie behind the commitment's publication, from 10.
    #[serde(default = "ten")]
    pub lead_minutes: u32,
    /// How many hours after the round's time its signature is waited for, from 1. Where parties decide, how long they may
    /// reveal, counted from the round that would have been taken.
    #[serde(default = "two_days")]
    pub wait_hours: u32,
    /// What is done where it did not come by then.
    #[serde(default)]
    pub fallback: Fallback,
    /// Who decides in place of a beacon: each has committed itself beforehand to what it will reveal, and a published
    /// default counts for who does not. What that is worth stands at
    /// [`Source::Reveals`](crate::contest::draw::Source::Reveals): use a beacon where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
}

fn ten() -> u32 {
    10
}

fn two_days() -> u32 {
    48
}

impl Default for Randomness {
    fn default() -> Self {
        Self {
            lead_minutes: ten(),
            wait_hours: two_days(),
            fallback: Fallback::default(),
            parties: Vec::new(),
        }
    }
}

setters!(Randomness {
    set lead_minutes: u32, "Sets how far the round lies behind the commitment's publication.";
    set wait_hours: u32, "Sets how long its signature is waited for.";
    set fallback: Fallback, "Sets what is done where it did not come.";
    push parties: Party, "Adds a party that decides in place of a beacon.";
});

/// What is done where a round's signature does not come in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fallback {
    /// The draw waits on: a beacon that was out of order makes up for all of its rounds when it comes back.
    #[default]
    Wait,
    /// The first round of the contests' [second beacon](crate::contest::ContestsBuilder::second_beacon) after that time
    /// decides. It is named in the commitment.
    SecondBeacon,
    /// The draw is void, and another is made over the same entries, with a commitment and a round of its own, that names
    /// the first.
    NewDraw,
}
