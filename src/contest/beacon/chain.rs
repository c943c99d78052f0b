//! Chains of randomness: who signs them, from when, and how often.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::contest::draw::hash::{Digest, sha256};
use crate::contest::draw::hex;
use crate::error::{Error, Result};

/// How long before its round a commitment should be published: nobody knows a round before its time, and readers have
/// this long to see that the commitment stood there first.
pub const LEAD: SignedDuration = SignedDuration::from_mins(10);

/// How a chain signs its rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Scheme {
    /// Each round for itself; signatures of 48 bytes on G1, hashed to the curve as RFC 9380 says (drand's quicknet).
    #[serde(rename = "bls-unchained-g1-rfc9380")]
    UnchainedG1,
    /// Each round together with the signature before it; signatures of 96 bytes on G2 (drand's first chain).
    #[serde(rename = "pedersen-bls-chained")]
    Chained,
}

impl Scheme {
    /// The name by which drand calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnchainedG1 => "bls-unchained-g1-rfc9380",
            Self::Chained => "pedersen-bls-chained",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A chain of randomness. Its [`hash`](Self::hash), by which a commitment names it, is over all that stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Chain {
    /// How it signs.
    pub scheme: Scheme,
    /// Its name.
    pub id: String,
    /// Its public key, compressed.
    #[serde(with = "hex::text")]
    pub key: Vec<u8>,
    /// Seconds from one round to the next, at least 1.
    pub period: u32,
    /// When round 1 was, in seconds since 1970.
    pub genesis: i64,
    /// What the chain began with; drand calls it the group's hash.
    pub seed: Digest,
}

/// The key, hash and seed of drand's quicknet, whose hash binds the two others.
const QUICKNET_KEY: [u8; 96] = [
    0x83, 0xcf, 0x0f, 0x28, 0x96, 0xad, 0xee, 0x7e, 0xb8, 0xb5, 0xf0, 0x1f, 0xca, 0xd3, 0x91, 0x22,
    0x12, 0xc4, 0x37, 0xe0, 0x07, 0x3e, 0x91, 0x1f, 0xb9, 0x00, 0x22, 0xd3, 0xe7, 0x60, 0x18, 0x3c,
    0x8c, 0x4b, 0x45, 0x0b, 0x6a, 0x0a, 0x6c, 0x3a, 0xc6, 0xa5, 0x77, 0x6a, 0x2d, 0x10, 0x64, 0x51,
    0x0d, 0x1f, 0xec, 0x75, 0x8c, 0x92, 0x1c, 0xc2, 0x2b, 0x0e, 0x17, 0xe6, 0x3a, 0xaf, 0x4b, 0xcb,
    0x5e, 0xd6, 0x63, 0x04, 0xde, 0x9c, 0xf8, 0x09, 0xbd, 0x27, 0x4c, 0xa7, 0x3b, 0xab, 0x4a, 0xf5,
    0xa6, 0xe9, 0xc7, 0x6a, 0x4b, 0xc0, 0x9e, 0x76, 0xea, 0xe8, 0x99, 0x1e, 0xf5, 0xec, 0xe4, 0x5a,
];
const QUICKNET_SEED: [u8; 32] = [
    0xf4, 0x77, 0xd5, 0xc8, 0x9f, 0x21, 0xa1, 0x7c, 0x86, 0x3a, 0x7f, 0x93, 0x7c, 0x6a, 0x6d, 0x15,
    0x85, 0x94, 0x14, 0xd2, 0xbe, 0x09, 0xcd, 0x44, 0x8d, 0x42, 0x79, 0xaf, 0x33, 0x1c, 0x5d, 0x3e,
];
const FIRST_KEY: [u8; 48] = [
    0x86, 0x8f, 0x00, 0x5e, 0xb8, 0xe6, 0xe4, 0xca, 0x0a, 0x47, 0xc8, 0xa7, 0x7c, 0xea, 0xa5, 0x30,
    0x9a, 0x47, 0x97, 0x8a, 0x7c, 0x71, 0xbc, 0x5c, 0xce, 0x96, 0x36, 0x6b, 0x5d, 0x7a, 0x56, 0x99,
    0x37, 0xc5, 0x29, 0xee, 0xda, 0x66, 0xc7, 0x29, 0x37, 0x84, 0xa9, 0x40, 0x28, 0x01, 0xaf, 0x31,
];
const FIRST_SEED: [u8; 32] = [
    0x17, 0x6f, 0x93, 0x49, 0x8e, 0xac, 0x9c, 0xa3, 0x37, 0x15, 0x0b, 0x46, 0xd2, 0x1d, 0xd5, 0x86,
    0x73, 0xea, 0x4e, 0x35, 0x81, 0x18, 0x5f, 0x86, 0x96, 0x72, 0xe5, 0x9f, 0xa4, 0xcb, 0x39, 0x0a,
];

impl Chain {
    /// A chain.
    pub fn new(
        scheme: Scheme,
        id: impl Into<String>,
        key: impl Into<Vec<u8>>,
        genesis: Timestamp,
        period: u32,
        seed: Digest,
    ) -> Self {
        Self {
            scheme,
            id: id.into(),
            key: key.into(),
            period,
            genesis: genesis.as_second(),
            seed,
        }
    }

    /// drand's quicknet: a round each 3 seconds since 23 August 2023, by the League of Entropy. Its hash is
    /// `52db9ba7…e971` (<https://api.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971/info>).
    pub fn quicknet() -> Self {
        Self {
            scheme: Scheme::UnchainedG1,
            id: "quicknet".to_owned(),
            key: QUICKNET_KEY.to_vec(),
            period: 3,
            genesis: 1_692_803_367,
            seed: Digest::new(QUICKNET_SEED),
        }
    }

    /// drand's first chain: a round each 30 seconds since 22 July 2020, by the same people with another key. Its hash is
    /// `8990e7a9…b2ce` (<https://api.drand.sh/8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce/info>).
    pub fn drand_default() -> Self {
        Self {
            scheme: Scheme::Chained,
            id: "default".to_owned(),
            key: FIRST_KEY.to_vec(),
            period: 30,
            genesis: 1_595_431_050,
            seed: Digest::new(FIRST_SEED),
        }
    }

    /// The chain's hash, as drand computes it: over period, genesis, key, seed, and the id unless it is `default`.
    pub fn hash(&self) -> Digest {
        let id = match self.id.as_str() {
            "default" => "",
            id => id,
        };
        Digest::new(sha256(&[
            &self.period.to_be_bytes(),
            &self.genesis.to_be_bytes(),
            &self.key,
            self.seed.bytes(),
            id.as_bytes(),
        ]))
    }

    /// When a round comes.
    ///
    /// # Errors
    /// `Config` for round 0, which is none, and for rounds beyond what a clock can show.
    pub fn time_of(&self, round: u64) -> Result<Timestamp> {
        let seconds = (round.checked_sub(1))
            .and_then(|periods| periods.checked_mul(u64::from(self.period)))
            .and_then(|seconds| self.genesis.checked_add_unsigned(seconds));
        seconds
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Error::config(format!(
                    "round {round} of the chain `{}` has no time: rounds count from 1, one each {} seconds",
                    self.id, self.period
                ))
            })
    }

    /// The first round that comes at this moment or after it.
    pub fn first_round_from(&self, time: Timestamp) -> u64 {
        let since = time.duration_since(self.genesis_time());
        let Ok(since) = u64::try_from(since.as_nanos()) else {
            return 1;
        };
        let period = u64::from(self.period.max(1)) * 1_000_000_000;
        since.div_ceil(period) + 1
    }

    /// The last round that came at this moment or before it; `None` before the chain began.
    pub fn round_at(&self, time: Timestamp) -> Option<u64> {
        let since = time.duration_since(self.genesis_time());
        let since = u64::try_from(since.as_secs()).ok();
        let since = since.filter(|_| time >= self.genesis_time())?;
        Some(since / u64::from(self.period.max(1)) + 1)
    }

    /// The first round that a commitment may name which is published now: one whose time is at least `lead` ahead
    /// ([`LEAD`] for posts that people should have seen). A lead below zero counts as zero.
    pub fn honest_round(&self, now: Timestamp, lead: SignedDuration) -> u64 {
        let from = now.checked_add(lead.max(SignedDuration::ZERO));
        // What comes just now may be known already.
        let just_after = from.and_then(|from| from.checked_add(SignedDuration::from_nanos(1)));
        self.first_round_from(just_after.unwrap_or(Timestamp::MAX))
    }

    fn genesis_time(&self) -> Timestamp {
        Timestamp::from_second(self.genesis).unwrap_or(Timestamp::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_keys_are_those_that_the_public_hashes_bind() {
        let hash = |chain: Chain| chain.hash().to_string();
        assert_eq!(
            hash(Chain::quicknet()),
            "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
        );
        assert_eq!(
            hash(Chain::drand_default()),
            "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce"
        );
    }
}
