//! The commitment that is published before the randomness exists.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hash::{self, Digest, SEAL};
use super::person::DrawId;
use super::pool::Pool;
use super::source::{Fallback, Source, unwritable};
use crate::error::{Error, Result};

/// The version of commitments, and the first word of their [line](super::SealedLine).
pub const FORMAT: &str = "sociable-draw/1";

/// How the order is drawn: by HMAC-SHA256 over the commitments, under a key that HKDF-SHA256 makes.
pub const ALGORITHM: &str = "hkdf-hmac-sha256-order";

/// How long the reason of a second draw may be, in characters.
const LONGEST_REASON: usize = 500;

/// All that decides a draw, but the randomness that is still to come. Its [`seal`](Self::seal) is one hash over all of it:
/// once that is published, nothing here can be changed unnoticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sealed {
    /// The version of what stands here: [`FORMAT`].
    pub format: String,
    /// How the order is drawn: [`ALGORITHM`].
    pub algorithm: String,
    /// Which draw it is.
    pub draw: DrawId,
    /// The SHA-256 hash of the rules' text.
    pub rules: Digest,
    /// The hash of the frozen list.
    pub list: Digest,
    /// The root of the list's tree, for entrants' proofs of inclusion.
    pub root: Digest,
    /// How many entries the list has.
    pub entries: u32,
    /// How many win.
    pub winners: u32,
    /// How many come after them, to step in for those who are found ineligible or do not answer.
    pub reserves: u32,
    /// What decides.
    pub source: Source,
    /// What decides if that stays away.
    pub fallback: Option<Fallback>,
    /// The draw that this one follows.
    pub earlier: Option<Earlier>,
}

/// The draw that a second one follows, and why there is a second one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Earlier {
    /// The seal of the earlier draw.
    pub seal: Digest,
    /// Why it is drawn again.
    pub reason: String,
}

impl Sealed {
    /// The commitment for a draw from a frozen list; `rules` is the hash of the rules' text.
    ///
    /// # Errors
    /// `Config` for no winners, or a source that cannot decide anything.
    pub fn new(
        draw: &DrawId,
        pool: &Pool,
        rules: Digest,
        winners: u32,
        reserves: u32,
        source: Source,
    ) -> Result<Self> {
        source.checked()?;
        if winners == 0 {
            return Err(Error::config("a draw has at least one winner"));
        }
        Ok(Self {
            format: FORMAT.to_owned(),
            algorithm: ALGORITHM.to_owned(),
            draw: draw.clone(),
            rules,
            list: pool.list_hash(),
            root: pool.root(),
            entries: u32::try_from(pool.len()).unwrap_or(u32::MAX),
            winners,
            reserves,
            source,
            fallback: None,
            earlier: None,
        })
    }

    /// States what decides if the source stays away until a moment.
    ///
    /// # Errors
    /// `Config` for a source that cannot decide anything, or is the same.
    pub fn fallback(mut self, after: Timestamp, source: Source) -> Result<Self> {
        source.checked()?;
        if source == self.source {
            return Err(Error::config(
                "the fallback is what it should replace: name another source",
            ));
        }
        self.fallback = Some(Fallback { after, source });
        Ok(self)
    }

    /// Says that it follows another draw, and why.
    ///
    /// # Errors
    /// `Config` for a reason that is empty, of several lines, or longer than 500 characters.
    pub fn earlier(mut self, seal: Digest, reason: impl Into<String>) -> Result<Self> {
        let reason = reason.into();
        if let Some(why) = unwritable(&reason, LONGEST_REASON) {
            return Err(Error::config(format!("the reason of a second draw {why}")));
        }
        self.earlier = Some(Earlier { seal, reason });
        Ok(self)
    }

    /// The hash over all of it: over its compact JSON, as it stands in a proof.
    pub fn seal(&self) -> Digest {
        // Strings, numbers and hashes can always be written.
        let json = serde_json::to_vec(self).unwrap_or_default();
        Digest::new(hash::sha256(&[&[SEAL], &json]))
    }

    /// What is wrong with one that was read, if anything.
    pub(super) fn wrong(&self) -> Option<String> {
        if self.entries == 0 || self.winners == 0 {
            return Some("it has no entries, or no winners".to_owned());
        }
        let fallback = self.fallback.as_ref();
        if fallback.is_some_and(|fallback| fallback.source == self.source) {
            return Some("its fallback is its source".to_owned());
        }
        let sources = [
            Some(&self.source),
            fallback.map(|fallback| &fallback.source),
        ];
        let reason = self.earlier.as_ref().map(|earlier| &earlier.reason);
        let reason = reason.and_then(|reason| unwritable(reason, LONGEST_REASON));
        (sources.into_iter().flatten().find_map(Source::wrong))
            .or_else(|| reason.map(|why| format!("its reason {why}")))
    }
}
