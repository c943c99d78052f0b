//! What a proof was found to prove.

use jiff::Timestamp;

use super::evidence::Decided;
use super::hash::{Commitment, Digest};
use super::order::Order;
use super::person::DrawId;
use super::proof::Proof;
use super::sealed::Earlier;
use crate::contest::beacon::Chain;

/// Which chains a verifier trusts. By default drand's quicknet and drand's first chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust(Vec<Digest>);

impl Default for Trust {
    fn default() -> Self {
        Self(vec![
            Chain::quicknet().hash(),
            Chain::drand_default().hash(),
        ])
    }
}

impl Trust {
    /// No chain at all: name them.
    pub fn nobody() -> Self {
        Self(Vec::new())
    }

    /// Trusts a chain too, by its hash.
    pub fn also(mut self, chain: Digest) -> Self {
        self.0.push(chain);
        self
    }
}

/// What a proof proves: that these places follow from the commitment and the randomness, and from nothing else.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The hash of the commitment: to be compared with the published one.
    pub seal: Digest,
    /// Which draw it is.
    pub draw: DrawId,
    /// How many entries the list has.
    pub entries: u32,
    /// Whether the randomness is a round of a chain that the verifier trusts. Where it is not, whoever has that chain's
    /// key knew the outcome beforehand; reveals are of no chain.
    pub pinned: bool,
    /// The hash of the chain that decided; `None` where reveals did.
    pub chain: Option<Digest>,
    /// Whether the fallback decided: then look whether the first source really stayed away.
    pub by_fallback: bool,
    /// How many parties did not reveal, so that their defaults counted.
    pub by_default: usize,
    /// When the randomness came, or what was to be revealed: the commitment must have been published before.
    pub drawn_at: Option<Timestamp>,
    /// The winners, the first place first.
    pub winners: Vec<Place>,
    /// Who comes after them.
    pub reserves: Vec<Place>,
    /// The draw that this one follows.
    pub earlier: Option<Earlier>,
    order: Order,
}

/// The place of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Which place, from 1; reserves count on.
    pub place: u32,
    /// The entry's index in the list, from 0.
    pub index: u32,
    /// What stands in the list.
    pub commitment: Commitment,
}

impl Verified {
    pub(super) fn new(proof: &Proof, trust: &Trust, order: Order, decided: &Decided) -> Self {
        let sealed = proof.sealed();
        let placed = |indexes: &[u32], from: usize| -> Vec<Place> {
            let places = (from..).zip(indexes).filter_map(|(place, index)| {
                Some(Place {
                    place: u32::try_from(place).ok()?,
                    index: *index,
                    commitment: *proof.entries().get(*index as usize)?,
                })
            });
            places.collect()
        };
        Self {
            seal: proof.seal(),
            draw: sealed.draw.clone(),
            entries: sealed.entries,
            pinned: decided.chain.is_some_and(|chain| trust.0.contains(&chain)),
            chain: decided.chain,
            by_fallback: decided.by_fallback,
            by_default: decided.by_default,
            drawn_at: decided.at,
            winners: placed(proof.winners(), 1),
            reserves: placed(proof.reserves(), 1 + proof.winners().len()),
            earlier: sealed.earlier.clone(),
            order,
        }
    }

    /// The place of an entry, from 1: for the entrant who knows where he stands in the list.
    pub fn place_of(&self, index: u32) -> Option<u32> {
        self.order.place_of(index)
    }
}
