//! What became of a review: every version that was seen is kept, and an absence counts only when it was confirmed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::words;

words! {
    /// What became of a post.
    FateKind {
        /// It stands as it was found.
        Original = "original",
        /// Its author changed it.
        Edited = "edited",
        /// Its author added an answer to it after ours.
        Supplemented = "supplemented",
        /// Its author took it away.
        RemovedByAuthor = "removed_by_author",
        /// The network took it away, or its author's account.
        RemovedByNetwork = "removed_by_network",
        /// We hid or removed it ourselves.
        HiddenByUs = "hidden_by_us",
        /// It is gone, and the network does not tell who did it.
        Removed = "removed",
        /// It was gone or hidden, and is there again.
        Restored = "restored",
    }
}

impl FateKind {
    /// Whether readers do not see it any more.
    pub fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::RemovedByAuthor | Self::RemovedByNetwork | Self::HiddenByUs | Self::Removed
        )
    }
}

words! {
    /// How the desk knows.
    Evidence {
        /// The network told it as a happening.
        Event = "event",
        /// The desk looked.
        Look = "look",
        /// Another of our accounts looked.
        OtherAccount = "other_account",
        /// We did it ourselves.
        OwnAction = "own_action",
    }
}

/// A turn in what became of a post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Turn {
    /// What became of it.
    pub kind: FateKind,
    /// When the desk learned it.
    pub at: Timestamp,
    /// How the desk knows; an absence has two.
    pub evidence: Vec<Evidence>,
    /// Who of us did it, where we did it ourselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Whether what was added is kind, for [`FateKind::Supplemented`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind_words: Option<bool>,
}

impl Turn {
    pub(super) fn new(kind: FateKind, at: Timestamp, evidence: Evidence) -> Self {
        Self {
            kind,
            at,
            evidence: vec![evidence],
            agent: None,
            kind_words: None,
        }
    }
}

/// An absence that nobody has confirmed yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Missing {
    /// When it was missed first.
    pub since: Timestamp,
    /// What it would be, if it is confirmed.
    pub kind: FateKind,
    /// How the desk knows.
    pub evidence: Evidence,
}

/// What became of a post, turn by turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Fate {
    /// All turns, in the order in which they were learned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// An absence that waits to be confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
}

/// What one look at a post showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It is there.
    There,
    /// It is not there; by what the network says, this is why.
    Gone(FateKind),
    /// It cannot be told: no right to see it, no answer.
    Unclear,
}

impl Fate {
    /// Where it stands now.
    pub fn now(&self) -> FateKind {
        self.turns
            .last()
            .map_or(FateKind::Original, |turn| turn.kind.clone())
    }

    /// Whether it is gone for its readers.
    pub fn is_gone(&self) -> bool {
        self.now().is_gone()
    }

    /// Whether it was ever so.
    pub fn was(&self, kind: &FateKind) -> bool {
        self.turns.iter().any(|turn| turn.kind == *kind)
    }

    /// Whether the author took the complaint back: removed it himself while we had not hidden it, or added kind words.
    pub fn is_recovered(&self) -> bool {
        let kind =
            |turn: &Turn| turn.kind == FateKind::Supplemented && turn.kind_words == Some(true);
        let removed = self.now() == FateKind::RemovedByAuthor;
        (removed && !self.was(&FateKind::HiddenByUs)) || self.turns.iter().any(kind)
    }

    /// Notes a turn that needs no confirmation.
    pub(super) fn turn(&mut self, turn: Turn) {
        self.turns.push(turn);
    }

    /// Notes that we hid it, or show it again.
    pub(super) fn ours(&mut self, hidden: bool, agent: &str, at: Timestamp) {
        let kind = match (hidden, self.is_gone()) {
            (true, _) => FateKind::HiddenByUs,
            (false, true) => FateKind::Restored,
            (false, false) => return,
        };
        self.missing = None;
        let mut turn = Turn::new(kind, at, Evidence::OwnAction);
        turn.agent = Some(agent.to_owned());
        self.turns.push(turn);
    }

    /// Takes back the last turn, where it is one of ours that did not come about.
    pub(super) fn undo_ours(&mut self, at: Timestamp) {
        let ours = |turn: &mut Turn| turn.at == at && turn.evidence == [Evidence::OwnAction];
        self.turns.pop_if(ours);
    }

    /// Notes what was seen, and tells whether that changed where it stands. An absence is believed when two looks at least
    /// `apart` from one another, or another account's look, agree.
    pub(super) fn look(
        &mut self,
        look: &Look,
        evidence: Evidence,
        at: Timestamp,
        apart: std::time::Duration,
    ) -> bool {
        let now = self.now();
        match look {
            Look::Unclear => false,
            Look::There => {
                self.missing = None;
                // What we hid is often still shown to us: our own word stands until we take it back.
                let back = now.is_gone() && now != FateKind::HiddenByUs;
                if back {
                    self.turns.push(Turn::new(FateKind::Restored, at, evidence));
                }
                back
            }
            Look::Gone(kind) => {
                // What we hid is gone for whoever looks; only the network's word that the author removed it says more.
                let told = self.missing.as_ref().map(|missing| &missing.kind);
                let word = [Some(kind), told].contains(&Some(&FateKind::RemovedByAuthor));
                if now.is_gone() && (!word || now == FateKind::RemovedByAuthor) {
                    return false;
                }
                let Some(missing) = &self.missing else {
                    self.missing = Some(Missing {
                        since: at,
                        kind: kind.clone(),
                        evidence,
                    });
                    return false;
                };
                let other = |evidence: &Evidence| *evidence == Evidence::OtherAccount;
                let waited = at.duration_since(missing.since).unsigned_abs() >= apart;
                let differ = other(&evidence) != other(&missing.evidence)
                    || (missing.evidence == Evidence::Event) != (evidence == Evidence::Event);
                if !waited && !differ {
                    return false;
                }
                // The more telling of the two words holds.
                let kind = match (&missing.kind, kind) {
                    (FateKind::Removed, told) => told.clone(),
                    (told, _) => told.clone(),
                };
                let mut turn = Turn::new(kind, at, missing.evidence.clone());
                turn.evidence.push(evidence);
                self.missing = None;
                self.turns.push(turn);
                true
            }
        }
    }
}
