//! What a draw waits for: stated before it exists.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hash::{self, Digest, REVEAL};
use super::hex::thirty_two_bytes;
use super::person::random;
use crate::contest::beacon::Chain;
use crate::error::{Error, Result};

/// How many parties may reveal.
pub const MOST_PARTIES: usize = 64;

/// How long a party's name may be, in characters.
const LONGEST_NAME: usize = 100;

thirty_two_bytes! {
    /// What one party brings to the randomness of several: 32 bytes that he keeps to himself until the deadline.
    Reveal: "a reveal",
}

impl Reveal {
    /// A new one, from the operating system's source of secrets.
    ///
    /// # Errors
    /// `Unavailable` where the operating system gives none.
    pub fn generate() -> Result<Self> {
        random().map(Self::new)
    }

    /// What the party publishes beforehand, and is held to.
    pub fn commitment(&self) -> Digest {
        Digest::new(hash::sha256(&[&[REVEAL], self.bytes()]))
    }
}

/// It is secret until it is published, so that it does not show itself.
impl std::fmt::Debug for Reveal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reveal(…)")
    }
}

/// One of several parties whose reveals decide a draw together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Party {
    /// Who it is, for readers.
    pub name: String,
    /// The commitment to what he will reveal.
    pub commitment: Digest,
    /// What counts in place of his reveal if he does not reveal in time: published, known to all.
    pub default: Reveal,
}

impl Party {
    /// A party, with his commitment and the default that is published for him.
    pub fn new(name: impl Into<String>, commitment: Digest, default: Reveal) -> Self {
        Self {
            name: name.into(),
            commitment,
            default,
        }
    }
}

/// What decides a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Source {
    /// A round of a chain that is still to come. Nobody can know it beforehand unless most of those who keep the chain
    /// conspire, and nobody can withhold it from the organiser alone.
    Beacon {
        /// The chain's hash.
        chain: Digest,
        /// Which round.
        round: u64,
    },
    /// What several parties reveal who committed themselves beforehand.
    ///
    /// **Whoever reveals last has a choice**: he sees the others' reveals, computes the outcome with his own and with his
    /// default, and takes the better of two by revealing or not; m parties that act together and reveal last choose among
    /// 2^m outcomes. A default keeps a draw from being stopped, and no more. Use a beacon where there is one, and parties
    /// whose interests differ where there is none.
    Reveals {
        /// Until when it may be revealed. A proof cannot show when something was revealed: publish each reveal.
        deadline: Timestamp,
        /// The parties, in an order that is part of the commitment.
        parties: Vec<Party>,
    },
}

impl Source {
    /// A round of a chain.
    pub fn beacon(chain: &Chain, round: u64) -> Self {
        Self::Beacon {
            chain: chain.hash(),
            round,
        }
    }

    /// What several parties reveal until a moment.
    pub fn reveals(deadline: Timestamp, parties: impl IntoIterator<Item = Party>) -> Self {
        Self::Reveals {
            deadline,
            parties: parties.into_iter().collect(),
        }
    }

    /// What is wrong with it, if anything.
    pub(in crate::contest) fn wrong(&self) -> Option<String> {
        let parties = match self {
            Self::Beacon { round: 0, .. } => {
                return Some("a chain's rounds count from 1".to_owned());
            }
            Self::Beacon { .. } => return None,
            Self::Reveals { parties, .. } => parties,
        };
        if parties.is_empty() || parties.len() > MOST_PARTIES {
            return Some(format!("1 to {MOST_PARTIES} parties can reveal"));
        }
        for (i, party) in parties.iter().enumerate() {
            if let Some(why) = unwritable(&party.name, LONGEST_NAME) {
                return Some(format!("a party's name {why}"));
            }
            let before = parties.iter().take(i);
            if before
                .into_iter()
                .any(|other| other.name == party.name || other.commitment == party.commitment)
            {
                return Some(format!("`{}` stands twice among the parties", party.name));
            }
            if party.default.commitment() == party.commitment {
                return Some(format!(
                    "the default of `{}` is what he is to reveal",
                    party.name
                ));
            }
        }
        None
    }

    /// The error of a source that cannot decide anything.
    pub(super) fn checked(&self) -> Result<()> {
        match self.wrong() {
            Some(why) => Err(Error::config(format!("this cannot decide a draw: {why}"))),
            None => Ok(()),
        }
    }
}

/// What decides in place of a source that stays away.
///
/// An organiser who claims falsely that a beacon stayed away is caught: a round can be fetched by anybody, for ever, and
/// a proof says when it used the fallback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fallback {
    /// From when it holds.
    pub after: Timestamp,
    /// What decides then: it must not be known before that moment.
    pub source: Source,
}

/// Why a text cannot stand in a commitment.
pub(super) fn unwritable(text: &str, longest: usize) -> Option<String> {
    let good = !text.trim().is_empty()
        && text.chars().count() <= longest
        && !text.chars().any(char::is_control);
    (!good).then(|| format!("has 1 to {longest} characters in one line"))
}
