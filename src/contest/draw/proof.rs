//! The proof of a draw: a file that needs nothing else to be checked.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::evidence::{Decided, Evidence};
use super::fault::ProofFault;
use super::hash::{Commitment, Digest};
use super::order::{Order, Seed};
use super::pool::Pool;
use super::sealed::{ALGORITHM, FORMAT, Sealed};
use super::tree;
use super::verify::{Trust, Verified};
use crate::error::{Error, Result};

/// The version of proofs.
pub const PROOF_FORMAT: &str = "sociable-draw-proof/1";

/// All that is needed to draw again, and to see that it comes out the same: the commitment, the rules' text, the list, the
/// randomness with its signature, the winners. It holds no salts and no persons.
///
/// Written, it is one line of JSON, in one way only: whatever is written otherwise is refused, so that no byte can be
/// changed unnoticed. How it is written is [told apart](crate::guide::contest_proof), for those who write a verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    format: String,
    seal: Digest,
    sealed: Sealed,
    rules: String,
    randomness: Evidence,
    winners: Vec<u32>,
    reserves: Vec<u32>,
    entries: Vec<Commitment>,
}

impl Proof {
    /// Draws: from what was sealed, the list that was frozen for it, the rules' text, and the randomness.
    ///
    /// # Errors
    /// `Config` where these do not belong together, or the randomness is not what the commitment names.
    pub fn draw(
        sealed: &Sealed,
        pool: &Pool,
        rules: impl Into<String>,
        evidence: Evidence,
    ) -> Result<Self> {
        let mut proof = Self {
            format: PROOF_FORMAT.to_owned(),
            seal: sealed.seal(),
            sealed: sealed.clone(),
            rules: rules.into(),
            randomness: evidence,
            winners: Vec::new(),
            reserves: Vec::new(),
            entries: pool.commitments().to_vec(),
        };
        let drawn = proof.drawn();
        let (mut order, _) =
            drawn.map_err(|fault| Error::config(format!("nothing was drawn: {fault}")))?;
        (proof.winners, proof.reserves) = chosen(&proof.sealed, &mut order);
        Ok(proof)
    }

    /// Reads a proof as it is written. One newline at its end is let be.
    ///
    /// # Errors
    /// `Unreadable` and `NotCanonical`. Whether it proves anything, [`verify`](Self::verify) tells.
    pub fn read(file: &[u8]) -> Result<Self, ProofFault> {
        let file = file.strip_suffix(b"\n").unwrap_or(file);
        let proof: Self = serde_json::from_slice(file)
            .map_err(|error| ProofFault::Unreadable(error.to_string()))?;
        let mut same = Same { rest: file };
        let written = serde_json::to_writer(&mut same, &proof).is_ok() && same.rest.is_empty();
        if !written {
            return Err(ProofFault::NotCanonical(file.len() - same.rest.len()));
        }
        Ok(proof)
    }

    /// Writes the proof, with a newline at its end.
    ///
    /// # Errors
    /// Those of writing.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut to, self)?;
        to.write_all(b"\n")
    }

    /// The proof as it is written.
    pub fn to_json(&self) -> String {
        // Strings, numbers and hashes can always be written.
        let mut json = serde_json::to_string(self).unwrap_or_default();
        json.push('\n');
        json
    }

    /// The seal, as it was published.
    pub fn seal(&self) -> Digest {
        self.seal
    }

    /// What was published before the draw.
    pub fn sealed(&self) -> &Sealed {
        &self.sealed
    }

    /// The rules' text.
    pub fn rules(&self) -> &str {
        &self.rules
    }

    /// What decided.
    pub fn randomness(&self) -> &Evidence {
        &self.randomness
    }

    /// Who won, as indexes of the list, the first place first: all where there are fewer entries than winners.
    pub fn winners(&self) -> &[u32] {
        &self.winners
    }

    /// Who comes after them, as indexes of the list.
    pub fn reserves(&self) -> &[u32] {
        &self.reserves
    }

    /// The list.
    pub fn entries(&self) -> &[Commitment] {
        &self.entries
    }

    /// The whole order, for when all reserves have stepped in. It is drawn anew.
    ///
    /// # Errors
    /// What is wrong with the proof.
    pub fn order(&self) -> Result<Order, ProofFault> {
        self.drawn().map(|(order, _)| order)
    }

    /// Checks all of it: the seal, the rules, the list, the randomness with its signature, the winners.
    ///
    /// That the commitment was published before the randomness existed, no file can prove: compare the seal with the
    /// published one ([`SealedLine`](super::SealedLine)), and the time of that post with [`Verified::drawn_at`].
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, trust: &Trust) -> Result<Verified, ProofFault> {
        let (mut order, decided) = self.drawn()?;
        let (winners, reserves) = chosen(&self.sealed, &mut order);
        let all = || winners.iter().chain(&reserves);
        let same = self.winners.len() == winners.len() && self.reserves.len() == reserves.len();
        let mut told = self.winners.iter().chain(&self.reserves).zip(all());
        let differs = told.position(|(told, drawn)| told != drawn);
        if let Some(place) = differs.or_else(|| (!same).then_some(all().count())) {
            return Err(ProofFault::Winners(place + 1));
        }
        Ok(Verified::new(self, trust, order, &decided))
    }

    /// Draws from what stands here, once all of it is found to be what the commitment names.
    fn drawn(&self) -> Result<(Order, Decided), ProofFault> {
        let sealed = &self.sealed;
        for (word, known) in [
            (&self.format, PROOF_FORMAT),
            (&sealed.format, FORMAT),
            (&sealed.algorithm, ALGORITHM),
        ] {
            if word != known {
                return Err(ProofFault::Format(word.clone()));
            }
        }
        if let Some(why) = sealed.wrong() {
            return Err(ProofFault::Sealed(why));
        }
        if sealed.seal() != self.seal {
            return Err(ProofFault::Seal);
        }
        if Digest::of(self.rules.as_bytes()) != sealed.rules {
            return Err(ProofFault::Rules);
        }
        self.list_is_sealed()?;
        let decided = self.randomness.decided(sealed)?;
        let order = Order::new(&Seed::new(sealed, &decided.randomness), &self.entries);
        Ok((order, decided))
    }

    /// Whether the entries are those that the commitment names.
    fn list_is_sealed(&self) -> Result<(), ProofFault> {
        let (entries, sealed) = (&self.entries, &self.sealed);
        if entries.len() != sealed.entries as usize {
            return Err(ProofFault::Entries {
                sealed: sealed.entries,
                found: entries.len(),
            });
        }
        let pairs = entries.iter().zip(entries.iter().skip(1));
        if let Some(at) = pairs.into_iter().position(|(one, next)| one >= next) {
            return Err(ProofFault::Unsorted(at + 1));
        }
        let hashes = tree::hashes(entries);
        if hashes.list != sealed.list {
            return Err(ProofFault::List);
        }
        if hashes.root != sealed.root {
            return Err(ProofFault::Root);
        }
        Ok(())
    }
}

/// Winners and reserves, as indexes of the list.
fn chosen(sealed: &Sealed, order: &mut Order) -> (Vec<u32>, Vec<u32>) {
    let (winners, reserves) = (sealed.winners as usize, sealed.reserves as usize);
    let mut winners_first = order.first(winners.saturating_add(reserves));
    let after = winners_first.split_off(winners.min(winners_first.len()));
    (winners_first, after)
}

/// Takes only what stands there already.
struct Same<'a> {
    rest: &'a [u8],
}

impl Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let equal = self.rest.iter().zip(bytes).take_while(|(a, b)| a == b);
        match self.rest.strip_prefix(bytes) {
            Some(rest) => self.rest = rest,
            None => {
                let equal = equal.count();
                self.rest = self.rest.get(equal..).unwrap_or_default();
                return Err(io::Error::other("something else stands there"));
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
