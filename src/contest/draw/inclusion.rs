//! What shows one entrant that he is in the list.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hash::{Commitment, Digest};
use super::person::{DrawId, PersonKey, Salt};
use super::tree::{self, WIDTH};

/// The proof that a person is in a list whose root is published. It is that person's own: it says who he is, and holds
/// his salt. Of the others it tells commitments alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Inclusion {
    /// The draw that the list was frozen for, for the reader: nothing hangs on it.
    pub draw: DrawId,
    /// Who is in the list.
    pub person: PersonKey,
    /// What hides him in it.
    pub salt: Salt,
    /// Where he stands in the list, from 0.
    pub index: u32,
    /// How many entries the list has.
    pub entries: u64,
    /// What stands beside him in his group of the list, then beside that group's node, and so on.
    pub path: Vec<Vec<Digest>>,
}

/// Why a proof of inclusion is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InclusionFault {
    /// Its index, number of entries and path do not go together.
    Shape,
    /// It leads to another root than the published one: another person, another salt, or another list.
    Root,
}

impl fmt::Display for InclusionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "the proof of inclusion is damaged: its index, entries and path do not go together",
            Self::Root => {
                "the proof of inclusion leads to another root than the published one: it is of another list, or somebody \
                 changed the person, the salt or the path"
            }
        })
    }
}

impl std::error::Error for InclusionFault {}

impl Inclusion {
    /// Checks it against the published root, and answers what stands in the public list for the person.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, root: &Digest) -> Result<Commitment, InclusionFault> {
        let commitment = self.salt.commitment(&self.person);
        let entries = usize::try_from(self.entries).map_err(|_| InclusionFault::Shape)?;
        let (mut at, mut level) = (self.index as usize, entries);
        if at >= entries {
            return Err(InclusionFault::Shape);
        }
        let mut node = *commitment.bytes();
        let mut path = self.path.iter();
        loop {
            let beside = path.next().ok_or(InclusionFault::Shape)?;
            let group = WIDTH.min(level - at / WIDTH * WIDTH);
            let place = at % WIDTH;
            if beside.len() + 1 != group {
                return Err(InclusionFault::Shape);
            }
            let mut children: Vec<[u8; 32]> = beside.iter().map(|hash| *hash.bytes()).collect();
            children.insert(place, node);
            node = tree::node(&children);
            (at, level) = (at / WIDTH, level.div_ceil(WIDTH));
            if level == 1 {
                break;
            }
        }
        if path.next().is_some() {
            return Err(InclusionFault::Shape);
        }
        if tree::root(entries, &node) != *root {
            return Err(InclusionFault::Root);
        }
        Ok(commitment)
    }
}
