//! Rounds, and the signatures that make them.

use std::fmt;

use blst::{BLST_ERROR, min_pk, min_sig};

use super::chain::{Chain, Scheme};
use crate::contest::draw::hash::{Digest, Randomness, sha256};

/// What separates these signatures from all others (RFC 9380, and draft-irtf-cfrg-bls-signature, 4.2.1).
pub(super) const ON_G1: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
const ON_G2: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

/// A round of a chain whose signature was verified: there is no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    chain: Chain,
    number: u64,
    signature: Vec<u8>,
    previous: Option<Vec<u8>>,
}

/// Why something is no round of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoundFault {
    /// The chain's public key is none.
    Key,
    /// The signature is no point of the curve, or not one that may be a signature.
    Encoding,
    /// The signature before it is lacking where the chain signs it too, or given where it does not.
    Previous,
    /// The signature is not the chain's for this round.
    Signature,
}

impl fmt::Display for RoundFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the chain's public key is no valid key of its scheme",
            Self::Encoding => "the signature is no valid point of the curve",
            Self::Previous => {
                "the signature before it is missing where the chain needs it, or stands where it does not belong"
            }
            Self::Signature => "the signature is not the chain's for this round",
        })
    }
}

impl std::error::Error for RoundFault {}

impl Round {
    /// Verifies a round: `previous` is the signature before it, of chains that sign it too.
    ///
    /// # Errors
    /// Why it is none.
    pub fn verified(
        chain: &Chain,
        number: u64,
        signature: &[u8],
        previous: Option<&[u8]>,
    ) -> Result<Self, RoundFault> {
        match (chain.scheme, previous) {
            (Scheme::UnchainedG1, None) => on_g1(&chain.key, &message(number, &[]), signature),
            (Scheme::Chained, Some(previous)) => {
                on_g2(&chain.key, &message(number, previous), signature)
            }
            _ => Err(RoundFault::Previous),
        }?;
        Ok(Self {
            chain: chain.clone(),
            number,
            signature: signature.to_vec(),
            previous: previous.map(<[u8]>::to_vec),
        })
    }

    /// The chain that it is of.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Which round it is, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The signature before it, where the chain signs it too.
    pub fn previous(&self) -> Option<&[u8]> {
        self.previous.as_deref()
    }

    /// What it brings: the hash of its signature.
    pub fn randomness(&self) -> Randomness {
        Randomness::new(*Digest::of(&self.signature).bytes())
    }
}

/// What a chain signs.
pub(super) fn message(number: u64, previous: &[u8]) -> [u8; 32] {
    sha256(&[previous, &number.to_be_bytes()])
}

/// Keys on G2, signatures on G1. Points at infinity and outside of the group are refused, of both.
fn on_g1(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), RoundFault> {
    let key = min_sig::PublicKey::uncompress(key).map_err(|_| RoundFault::Key)?;
    key.validate().map_err(|_| RoundFault::Key)?;
    let signature = min_sig::Signature::uncompress(signature).map_err(|_| RoundFault::Encoding)?;
    signature.validate(true).map_err(|_| RoundFault::Encoding)?;
    judged(signature.verify(true, message, ON_G1, &[], &key, true))
}

/// Keys on G1, signatures on G2.
fn on_g2(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), RoundFault> {
    let key = min_pk::PublicKey::uncompress(key).map_err(|_| RoundFault::Key)?;
    key.validate().map_err(|_| RoundFault::Key)?;
    let signature = min_pk::Signature::uncompress(signature).map_err(|_| RoundFault::Encoding)?;
    signature.validate(true).map_err(|_| RoundFault::Encoding)?;
    judged(signature.verify(true, message, ON_G2, &[], &key, true))
}

fn judged(outcome: BLST_ERROR) -> Result<(), RoundFault> {
    match outcome {
        BLST_ERROR::BLST_SUCCESS => Ok(()),
        _ => Err(RoundFault::Signature),
    }
}
