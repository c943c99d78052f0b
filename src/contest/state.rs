//! A contest as it stands in the store, and what of it is told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ContestId;
use super::award::Award;
use super::draw::{Digest, Evidence as Outcome, Reveal, Sealed};
use super::publication::Publication;
use super::rules::Rules;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Money;

/// Where a contest stands. A draft is rules that were not opened yet; it is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Entries are collected.
    Open,
    /// The list of entries is fixed.
    Frozen,
    /// The list is committed to in public, and so is the round that will decide.
    Committed,
    /// Winners are found.
    Drawn,
    /// They are told in public.
    Announced,
    /// Somebody disputes the result.
    Disputed,
    /// It is over.
    Closed,
}

impl Stage {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Frozen => "frozen",
            Self::Committed => "committed",
            Self::Drawn => "drawn",
            Self::Announced => "announced",
            Self::Disputed => "disputed",
            Self::Closed => "closed",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A time of which happenings may be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lost {
    /// Our account whose happenings they are.
    pub account: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// The list of entries, fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Frozen {
    /// When it was begun to look at everything once more.
    pub began_at: Timestamp,
    /// When the list was fixed.
    pub ended_at: Timestamp,
    /// How many entries are in it.
    pub entries: u64,
    /// How many were rejected.
    pub rejected: u64,
    /// The hash of the list.
    pub list_hash: Digest,
    /// The root of the tree over the list, by which an entrant can check that an entry is in it.
    pub root: Digest,
}

/// A dispute of the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dispute {
    /// Its number, from 1.
    pub number: u32,
    /// Who disputes, in words of our own.
    pub by: String,
    /// What is disputed.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// How it was settled, by whom, and when; `None` while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

/// How a dispute ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settled {
    /// Who decided.
    pub by: String,
    /// What was decided.
    pub how: String,
    /// When.
    pub at: Timestamp,
}

/// A commitment on its way, or out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Commitment {
    pub(super) sealed: Sealed,
    pub(super) line: String,
    /// The round that decides, where a beacon does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) round: Option<u64>,
    /// When that round is made, or until when parties reveal.
    pub(super) round_at: Timestamp,
    pub(super) publication: Publication,
}

/// One draw over the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DrawState {
    /// From 1.
    pub(super) number: u32,
    /// How often a commitment was made for it: one that came out too late is replaced.
    pub(super) attempt: u32,
    /// Why it was made, for every one but the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Whether it is about all prizes, so that those before it are void.
    #[serde(default)]
    pub(super) all: bool,
    /// How many win in it.
    pub(super) winners: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commitment: Option<Commitment>,
    /// Commitments that came out too late, or were given up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) void: Vec<Commitment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    /// What parties revealed, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) reveals: BTreeMap<String, Reveal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) drawn_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) awards: Vec<Award>,
}

impl DrawState {
    pub(super) fn new(number: u32, winners: u32, reason: Option<String>) -> Self {
        Self {
            number,
            attempt: 1,
            reason,
            all: false,
            winners,
            commitment: None,
            void: Vec::new(),
            outcome: None,
            reveals: BTreeMap::new(),
            drawn_at: None,
            awards: Vec::new(),
        }
    }
}

/// A contest as it is kept.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) id: ContestId,
    pub(super) rules: Rules,
    /// What was hashed, and goes into the proof.
    pub(super) rules_text: String,
    pub(super) rules_hash: Digest,
    pub(super) stage: Stage,
    pub(super) opened_at: Timestamp,
    /// The key that the salts of all entries come from.
    pub(super) master: String,
    /// The latest moment at which anything was done: a clock that goes back does not go behind it.
    pub(super) last: Timestamp,
    #[serde(default)]
    pub(super) gaps: Vec<Lost>,
    #[serde(default)]
    pub(super) freezing: Option<Timestamp>,
    #[serde(default)]
    pub(super) frozen: Option<Frozen>,
    #[serde(default)]
    pub(super) draws: Vec<DrawState>,
    #[serde(default)]
    pub(super) announcement: Option<Publication>,
    /// Announcements of draws before the last.
    #[serde(default)]
    pub(super) announced: Vec<Publication>,
    #[serde(default)]
    pub(super) disputes: Vec<Dispute>,
    /// Who cancelled it, and why.
    #[serde(default)]
    pub(super) cancelled: Option<Settled>,
    #[serde(default)]
    pub(super) closed_at: Option<Timestamp>,
    /// What looking has cost.
    #[serde(default)]
    pub(super) spent: Option<Money>,
    /// How many people were erased.
    #[serde(default)]
    pub(super) erased: u64,
}

/// The key stays out of it.
impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head")
            .field("id", &self.id)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl Head {
    /// Passes in this stage.
    pub(super) fn must_be(&self, stages: &[Stage], to: &str) -> Result<()> {
        if stages.contains(&self.stage) {
            return Ok(());
        }
        let at: Vec<&str> = stages.iter().map(|stage| stage.as_str()).collect();
        Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "the contest {} is {}, and to {to} it must be {}",
                self.id,
                self.stage,
                at.join(" or ")
            ),
        ))
    }

    pub(super) fn draw(&self) -> Result<&DrawState> {
        self.draws.last().ok_or_else(|| self.undrawn())
    }

    pub(super) fn draw_mut(&mut self) -> Result<&mut DrawState> {
        let error = self.undrawn();
        self.draws.last_mut().ok_or(error)
    }

    fn undrawn(&self) -> Error {
        let what = format!(
            "the contest {} has no draw yet: freeze its entries first",
            self.id
        );
        Error::new(ErrorKind::Conflict, what)
    }

    pub(super) fn closes_at(&self) -> Result<Timestamp> {
        self.rules
            .window
            .closes_at()
            .ok_or_else(|| Error::config("the contest's window has no moments"))
    }

    /// The moment for what is done now: never before what was done already.
    pub(super) fn touch(&mut self, now: Timestamp) -> Timestamp {
        self.last = self.last.max(now);
        self.last
    }

    pub(super) fn must_be_frozen(&self) -> Result<&Frozen> {
        self.frozen.as_ref().ok_or_else(|| {
            let what = format!("the entries of the contest {} are not frozen yet", self.id);
            Error::new(ErrorKind::Conflict, what)
        })
    }
}

/// A contest, told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct State {
    /// Its name.
    pub id: ContestId,
    /// Its rules.
    pub rules: Rules,
    /// The rules as they are published and hashed.
    pub rules_text: String,
    /// The hash of that text.
    pub rules_hash: Digest,
    /// Where it stands.
    pub stage: Stage,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The list of entries, once it is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
    /// The draws: each after the first names the one before it.
    pub draws: Vec<DrawTold>,
    /// The post that tells the winners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Publication>,
    /// Disputes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// Who cancelled it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Settled>,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// A draw, told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DrawTold {
    /// Its number, from 1.
    pub number: u32,
    /// Why it was made, where it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it is about all prizes, so that the draws before it are void.
    #[serde(default)]
    pub all: bool,
    /// How many win in it.
    pub winners: u32,
    /// The commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<Committed>,
    /// When winners were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_at: Option<Timestamp>,
    /// Who won, and who comes next, in order.
    pub awards: Vec<Award>,
}

/// A commitment, told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Committed {
    /// The line that was published.
    pub line: String,
    /// The round that decides; `None` where parties do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u64>,
    /// When that round is made, or until when parties may reveal.
    pub round_at: Timestamp,
    /// The post that tells the line.
    pub publication: Publication,
}

impl From<&Commitment> for Committed {
    fn from(commitment: &Commitment) -> Self {
        Self {
            line: commitment.line.clone(),
            round: commitment.round,
            round_at: commitment.round_at,
            publication: commitment.publication.clone(),
        }
    }
}

impl From<&DrawState> for DrawTold {
    fn from(draw: &DrawState) -> Self {
        Self {
            number: draw.number,
            reason: draw.reason.clone(),
            all: draw.all,
            winners: draw.winners,
            committed: draw.commitment.as_ref().map(Committed::from),
            drawn_at: draw.drawn_at,
            awards: draw.awards.clone(),
        }
    }
}

impl From<&Head> for State {
    fn from(head: &Head) -> Self {
        Self {
            id: head.id.clone(),
            rules: head.rules.clone(),
            rules_text: head.rules_text.clone(),
            rules_hash: head.rules_hash,
            stage: head.stage,
            opened_at: head.opened_at,
            frozen: head.frozen.clone(),
            draws: head.draws.iter().map(DrawTold::from).collect(),
            announcement: head.announcement.clone(),
            disputes: head.disputes.clone(),
            cancelled: head.cancelled.clone(),
            closed_at: head.closed_at,
        }
    }
}
