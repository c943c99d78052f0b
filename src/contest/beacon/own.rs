//! A chain of one's own: for tests, examples and worlds in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use blst::min_sig::SecretKey;
use jiff::Timestamp;

use super::chain::{Chain, Scheme};
use super::round::{ON_G1, Round, message};
use super::{Beacon, refused};
use crate::client::Clock;
use crate::contest::draw::hash::Digest;
use crate::error::{Error, Result};

/// A beacon with a key of one's own, which signs as drand's quicknet does: each round when the clock reaches its time.
///
/// Whoever knows the name knows the key, and with it all rounds beforehand. It is therefore for tests, examples and
/// worlds in memory, and no proof of it is [pinned](crate::contest::draw::Verified::pinned).
#[derive(Debug)]
pub struct OwnChain {
    chain: Chain,
    key: SigningKey,
    clock: Arc<dyn Clock>,
    last: AtomicU64,
}

struct SigningKey(SecretKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl OwnChain {
    /// A chain that began at a moment (its full second), with a round each `period` seconds. Its key is made from its
    /// name: the same name and beginning give the same rounds.
    ///
    /// # Errors
    /// `Config` for a period of 0, and a name that is empty, `default`, or longer than 64 bytes.
    pub fn new(
        name: impl Into<String>,
        genesis: Timestamp,
        period: u32,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let name = name.into();
        if period == 0 || name.is_empty() || name == "default" || name.len() > 64 {
            return Err(Error::config(
                "a chain of one's own has a period of at least 1 second, and a name of 1 to 64 bytes that is not \
                 `default`",
            ));
        }
        let seed = Digest::of(name.as_bytes());
        let key = SecretKey::key_gen(seed.bytes(), b"sociable own chain")
            .map_err(|why| Error::config(format!("the name `{name}` gives no key ({why:?})")))?;
        let chain = Chain::new(
            Scheme::UnchainedG1,
            name,
            key.sk_to_pk().compress(),
            genesis,
            period,
            seed,
        );
        Ok(Self {
            chain,
            key: SigningKey(key),
            clock,
            last: AtomicU64::new(u64::MAX),
        })
    }

    /// Falls silent after a round, as a beacon that never comes; `u64::MAX` lets it speak again.
    pub fn stop_after(&self, round: u64) {
        self.last.store(round, Ordering::Relaxed);
    }

    /// Signs a round, whatever the clock shows.
    ///
    /// # Errors
    /// `Config` for round 0.
    pub fn sign(&self, number: u64) -> Result<Round> {
        self.chain.time_of(number)?;
        let signature = self.key.0.sign(&message(number, &[]), ON_G1, &[]);
        Round::verified(&self.chain, number, &signature.compress(), None)
            .map_err(|fault| refused(&self.chain, number, &fault))
    }
}

#[async_trait]
impl Beacon for OwnChain {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    async fn round(&self, number: u64) -> Result<Option<Round>> {
        let there = self.chain.time_of(number)? <= self.clock.now();
        if !there || number > self.last.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.sign(number).map(Some)
    }
}
