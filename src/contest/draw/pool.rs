//! The frozen list of a draw.

use std::fmt;

use super::hash::{Commitment, Digest};
use super::inclusion::Inclusion;
use super::person::{DrawId, MasterKey, PersonKey};
use super::tree::{self, Hashes, WIDTH};
use crate::error::{Error, Result};

/// How many entries a pool may have.
pub const MOST_ENTRIES: usize = u32::MAX as usize;

/// Who takes part in a draw, frozen: one entry a person, in an order that depends neither on time nor on names.
///
/// The list that is published holds commitments alone, in ascending order. From the same key, draw and people comes the
/// same pool, in whatever order the people are given, so that it need not be kept itself.
#[derive(Clone)]
pub struct Pool {
    draw: DrawId,
    commitments: Vec<Commitment>,
    /// In the order of their commitments; nobody in a pool of commitments alone.
    people: Vec<PersonKey>,
    repeated: usize,
    hashes: Hashes,
}

impl Pool {
    /// Freezes a list. A person who is given several times is in it once.
    ///
    /// # Errors
    /// `Config` for a list of nobody, or of more than [`MOST_ENTRIES`] people.
    pub fn freeze(
        key: &MasterKey,
        draw: &DrawId,
        people: impl IntoIterator<Item = PersonKey>,
    ) -> Result<Self> {
        let salter = key.salter(draw);
        let mut entries: Vec<(Commitment, PersonKey)> = people
            .into_iter()
            .map(|person| (salter.salt(&person).commitment(&person), person))
            .collect();
        // Nearly always the first bytes decide, which compare as one number.
        entries
            .sort_unstable_by(|(a, _), (b, _)| a.begins().cmp(&b.begins()).then_with(|| a.cmp(b)));
        let given = entries.len();
        // One person has one salt, and so one commitment.
        entries.dedup_by(|(a, _), (b, _)| a == b);
        let repeated = given - entries.len();
        let (commitments, people): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        Ok(Self {
            people,
            repeated,
            ..Self::ascending(draw, commitments)?
        })
    }

    /// A pool of which the public list alone is left, as when people had to be forgotten since it was frozen.
    ///
    /// # Errors
    /// `Config` for an empty list, one of more than [`MOST_ENTRIES`] entries, or one in which an entry stands twice.
    pub fn restore(draw: &DrawId, mut commitments: Vec<Commitment>) -> Result<Self> {
        commitments.sort_unstable();
        let pairs = commitments.iter().zip(commitments.iter().skip(1));
        if pairs.into_iter().any(|(one, next)| one == next) {
            return Err(Error::config(
                "an entry stands twice in the list that was kept: it is not the one that was frozen",
            ));
        }
        Self::ascending(draw, commitments)
    }

    fn ascending(draw: &DrawId, commitments: Vec<Commitment>) -> Result<Self> {
        if commitments.is_empty() {
            return Err(Error::config(
                "there is nobody to draw from: look at the rules, which exclude everyone, or close the contest without a draw",
            ));
        }
        if commitments.len() > MOST_ENTRIES {
            return Err(Error::config(format!(
                "a pool has at most {MOST_ENTRIES} entries: draw in several groups"
            )));
        }
        Ok(Self {
            draw: draw.clone(),
            hashes: tree::hashes(&commitments),
            commitments,
            people: Vec::new(),
            repeated: 0,
        })
    }

    /// The draw that it was frozen for. Later draws from the same list have ids of their own.
    pub fn draw(&self) -> &DrawId {
        &self.draw
    }

    /// How many entries there are: at least one.
    pub fn len(&self) -> usize {
        self.commitments.len()
    }

    /// No pool is: there is none of nobody.
    pub fn is_empty(&self) -> bool {
        self.commitments.is_empty()
    }

    /// The public list, ascending.
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// How many of the people given were there already.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// The hash of the list.
    pub fn list_hash(&self) -> Digest {
        self.hashes.list
    }

    /// The root of the list's tree, against which an [`Inclusion`] is checked.
    pub fn root(&self) -> Digest {
        self.hashes.root
    }

    /// Who stands at an index of the public list; nobody in a pool that was [restored](Self::restore).
    pub fn person(&self, index: u32) -> Option<&PersonKey> {
        self.people.get(index as usize)
    }

    /// Where a person stands in the public list, under the key that it was frozen with.
    pub fn index_of(&self, key: &MasterKey, person: &PersonKey) -> Option<u32> {
        let commitment = key.salter(&self.draw).salt(person).commitment(person);
        let found = self.commitments.binary_search(&commitment).ok()?;
        u32::try_from(found).ok()
    }

    /// The proof that a person is in the list, for that person alone: it holds the salt. `None` for who is not in it.
    pub fn inclusion(&self, key: &MasterKey, person: &PersonKey) -> Option<Inclusion> {
        let index = self.index_of(key, person)?;
        let (mut path, mut at) = (Vec::new(), index as usize);
        let mut level: Vec<[u8; 32]> = (self.commitments.iter())
            .map(|commitment| *commitment.bytes())
            .collect();
        loop {
            let group = level.chunks(WIDTH).nth(at / WIDTH).unwrap_or_default();
            let beside = group.iter().enumerate().filter(|(i, _)| *i != at % WIDTH);
            path.push(beside.map(|(_, hash)| Digest::new(*hash)).collect());
            level = level.chunks(WIDTH).map(tree::node).collect();
            at /= WIDTH;
            if level.len() <= 1 {
                break;
            }
        }
        Some(Inclusion {
            draw: self.draw.clone(),
            person: person.clone(),
            salt: key.salter(&self.draw).salt(person),
            index,
            entries: self.commitments.len() as u64,
            path,
        })
    }
}

/// Who takes part is nobody else's business, so that `Debug` shows how many.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("draw", &self.draw)
            .field("entries", &self.commitments.len())
            .field("root", &self.hashes.root)
            .finish_non_exhaustive()
    }
}
