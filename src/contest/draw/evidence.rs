//! The randomness of a draw, with what proves it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fault::ProofFault;
use super::hash::{self, Digest, REVEALS, Randomness};
use super::hex;
use super::sealed::Sealed;
use super::source::{Party, Reveal, Source};
use crate::contest::beacon::{Chain, Round};
use crate::error::{Error, ErrorKind, Result};

/// What decided a draw, in a form that anybody can check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Evidence {
    /// A round of a chain.
    Beacon {
        /// The chain, with its key.
        chain: Chain,
        /// Which round.
        round: u64,
        /// The round's signature.
        #[serde(with = "hex::text")]
        signature: Vec<u8>,
        /// The signature before it, where the chain signs it too.
        #[serde(with = "hex::maybe")]
        previous: Option<Vec<u8>>,
    },
    /// What each party revealed, in the commitment's order; `None` where his default counts.
    Reveals {
        /// The reveals.
        values: Vec<Option<Reveal>>,
    },
}

/// What an evidence was found to be.
pub(super) struct Decided {
    pub(super) randomness: Randomness,
    /// When it could be known first, where that has a date.
    pub(super) at: Option<Timestamp>,
    /// The chain's hash.
    pub(super) chain: Option<Digest>,
    /// Whether the commitment names it as its fallback.
    pub(super) by_fallback: bool,
    /// How many parties did not reveal.
    pub(super) by_default: usize,
}

impl Evidence {
    /// A round of a chain.
    pub fn beacon(round: &Round) -> Self {
        Self::Beacon {
            chain: round.chain().clone(),
            round: round.number(),
            signature: round.signature().to_vec(),
            previous: round.previous().map(<[u8]>::to_vec),
        }
    }

    /// What parties revealed, in the source's order; `None` for who did not.
    ///
    /// # Errors
    /// `Unavailable` with the deadline while somebody may still reveal; `Config` for a source that waits for no reveals,
    /// for another number of reveals than of parties, and for a reveal that is not what its party committed himself to.
    pub fn reveals(source: &Source, values: Vec<Option<Reveal>>, now: Timestamp) -> Result<Self> {
        let Source::Reveals { deadline, parties } = source else {
            return Err(Error::config(
                "this draw waits for a beacon, not for reveals",
            ));
        };
        together(parties, &values).map_err(|fault| Error::config(fault.to_string()))?;
        if now < *deadline && values.iter().any(Option::is_none) {
            let message =
                format!("not everybody revealed, and it may be done until {deadline}: draw then");
            return Err(Error::new(ErrorKind::Unavailable, message).with_retry_at(*deadline));
        }
        Ok(Self::Reveals { values })
    }

    /// Checks it against what the commitment names.
    pub(super) fn decided(&self, sealed: &Sealed) -> Result<Decided, ProofFault> {
        let fallback = sealed.fallback.as_ref().map(|fallback| &fallback.source);
        let by_fallback =
            fallback.is_some_and(|fallback| self.names(fallback)) && !self.names(&sealed.source);
        let source = fallback.filter(|_| by_fallback).unwrap_or(&sealed.source);
        match (self, source) {
            (
                Self::Beacon {
                    chain,
                    round,
                    signature,
                    previous,
                },
                Source::Beacon {
                    chain: hash,
                    round: sealed,
                },
            ) => {
                if chain.hash() != *hash {
                    return Err(ProofFault::Chain);
                }
                if round != sealed {
                    return Err(ProofFault::Round {
                        sealed: *sealed,
                        found: *round,
                    });
                }
                let verified = Round::verified(chain, *round, signature, previous.as_deref())?;
                Ok(Decided {
                    randomness: verified.randomness(),
                    at: chain.time_of(*round).ok(),
                    chain: Some(*hash),
                    by_fallback,
                    by_default: 0,
                })
            }
            (Self::Reveals { values }, Source::Reveals { deadline, parties }) => Ok(Decided {
                randomness: together(parties, values)?,
                at: Some(*deadline),
                chain: None,
                by_fallback,
                by_default: values.iter().filter(|value| value.is_none()).count(),
            }),
            _ => Err(ProofFault::Source),
        }
    }

    /// Whether a source names it, by what it is alone.
    fn names(&self, source: &Source) -> bool {
        match (self, source) {
            (
                Self::Beacon { chain, round, .. },
                Source::Beacon {
                    chain: hash,
                    round: number,
                },
            ) => chain.hash() == *hash && round == number,
            (Self::Reveals { values }, Source::Reveals { parties, .. }) => {
                together(parties, values).is_ok()
            }
            _ => false,
        }
    }
}

/// The randomness of what several parties revealed.
fn together(parties: &[Party], values: &[Option<Reveal>]) -> Result<Randomness, ProofFault> {
    if parties.len() != values.len() {
        let message = format!("{} parties, and {} reveals", parties.len(), values.len());
        return Err(ProofFault::Reveal(message));
    }
    let mut all = vec![REVEALS];
    for (party, value) in parties.iter().zip(values) {
        if value.is_some_and(|value| value.commitment() != party.commitment) {
            let message = format!("`{}` committed himself to something else", party.name);
            return Err(ProofFault::Reveal(message));
        }
        all.extend_from_slice(value.as_ref().unwrap_or(&party.default).bytes());
    }
    Ok(Randomness::new(hash::sha256(&[&all])))
}
