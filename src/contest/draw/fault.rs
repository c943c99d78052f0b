//! Why a proof is none.

use std::fmt;

use crate::contest::beacon::RoundFault;
use crate::error::{Error, ErrorKind};

/// What is wrong with a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofFault {
    /// It is no JSON, or not of a proof's form; with the place and the reason.
    Unreadable(String),
    /// Something is written otherwise than it is written in a proof, from this byte on, counted from 0.
    NotCanonical(usize),
    /// It is of another version, or drawn in a way that is not known here.
    Format(String),
    /// Its commitment contradicts itself.
    Sealed(String),
    /// Its commitment is not the one that its seal is of.
    Seal,
    /// Its rules are not those that the commitment names.
    Rules,
    /// It has another number of entries than the commitment says.
    Entries {
        /// How many the commitment says.
        sealed: u32,
        /// How many there are.
        found: usize,
    },
    /// The entry at this index is not greater than the one before it: entries were swapped, or one stands twice.
    Unsorted(usize),
    /// Its entries are not those that the commitment names: one was changed, or replaced.
    List,
    /// Its entries do not lead to the root that the commitment names.
    Root,
    /// Its randomness is of another kind than the commitment names.
    Source,
    /// The chain is not the one that the commitment names: another key, or other data.
    Chain,
    /// It holds another round than the commitment names.
    Round {
        /// The one that the commitment names.
        sealed: u64,
        /// The one that it holds.
        found: u64,
    },
    /// Its round is not the chain's.
    Beacon(RoundFault),
    /// What it holds as revealed is not what this party committed himself to, or not of as many parties.
    Reveal(String),
    /// Its winners or reserves are not those that the draw gives; with the first place that differs, from 1.
    Winners(usize),
}

impl fmt::Display for ProofFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "the file is no proof of a draw: {why}"),
            Self::NotCanonical(at) => write!(
                f,
                "the file is written otherwise than a proof is, from byte {at} on: get it anew, unchanged"
            ),
            Self::Format(what) => {
                write!(f, "the proof is of a form that this version does not know (`{what}`): use a newer verifier")
            }
            Self::Sealed(why) => write!(f, "the commitment contradicts itself: {why}"),
            Self::Seal => f.write_str("the commitment was changed: the seal is of another one"),
            Self::Rules => f.write_str("the rules are not those that the commitment names"),
            Self::Entries { sealed, found } => {
                write!(f, "the list has {found} entries, where the commitment says {sealed}")
            }
            Self::Unsorted(at) => write!(
                f,
                "the list is not in its order at entry {at} (from 0): entries were swapped, or one stands twice"
            ),
            Self::List => f.write_str("the list is not the one that the commitment names: an entry was changed or replaced"),
            Self::Root => f.write_str("the list does not lead to the root that the commitment names"),
            Self::Source => f.write_str("the randomness is of another kind than the commitment names"),
            Self::Chain => f.write_str(
                "the chain is not the one that the commitment names: it has another key or other data",
            ),
            Self::Round { sealed, found } => {
                write!(f, "the proof holds round {found}, where the commitment names round {sealed}")
            }
            Self::Beacon(fault) => write!(f, "the round is not the chain's: {fault}"),
            Self::Reveal(what) => write!(f, "what was revealed does not fit the commitment: {what}"),
            Self::Winners(place) => {
                write!(f, "the winners are not those that the draw gives, from place {place} on")
            }
        }
    }
}

impl std::error::Error for ProofFault {}

impl From<RoundFault> for ProofFault {
    fn from(fault: RoundFault) -> Self {
        Self::Beacon(fault)
    }
}

impl From<ProofFault> for Error {
    fn from(fault: ProofFault) -> Self {
        Self::new(ErrorKind::Decode, fault.to_string())
    }
}
