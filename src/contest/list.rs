//! The list of entries: hashed once, and checked by that hash whenever it is used.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Contest;
use super::draw::{Commitment as Hidden, DrawId, MasterKey, PersonKey, Pool};
use super::entry::{Entry, EntryId};
use super::freeze::Tally;
use super::keys;
use super::state::{DrawState, Frozen, Head, Stage};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// How many entries of the list stand in one value.
pub(super) const SEATS: usize = 1000;
/// How many entries that wait for a decision an error names.
const NAMED: usize = 5;

/// An entry's place on the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Seat {
    pub(super) commitment: Hidden,
    /// Whose it is; `None` once the person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<EntryId>,
}

impl Contest {
    /// Hashes the list, and fixes it.
    pub(super) async fn fix(&self, head: &Head, began: Timestamp, tally: Tally) -> Result<Frozen> {
        if !tally.undecided.is_empty() {
            let named = tally.undecided.iter().take(NAMED);
            let named: Vec<&str> = named.map(EntryId::as_str).collect();
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "{} entries of the contest {} wait for a person's decision: look at them, `decide`, and freeze again; the first are {}",
                    tally.undecided.len(),
                    self.id,
                    named.join(", ")
                ),
            ));
        }
        if tally.people.is_empty() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "nobody is eligible in the contest {}, and {} entries were rejected: `report` tells why; cancel it, or link, add and decide what was missed",
                    self.id, tally.rejected
                ),
            ));
        }
        let pool = {
            let master = MasterKey::from_secret(&Secret::new(head.master.as_str()))?;
            let people = tally.people.iter().map(|(person, _)| person.clone());
            Pool::freeze(&master, &self.list_id()?, people)?
        };
        let by_person: HashMap<&PersonKey, &EntryId> = tally
            .people
            .iter()
            .map(|(person, id)| (person, id))
            .collect();
        let list = pool.list_hash().to_string();
        for (number, chunk) in pool.commitments().chunks(SEATS).enumerate() {
            let first = number * SEATS;
            let seats: Vec<Seat> = chunk
                .iter()
                .enumerate()
                .map(|(at, commitment)| {
                    let index = u32::try_from(first + at).unwrap_or(u32::MAX);
                    let person = pool.person(index);
                    Seat {
                        commitment: *commitment,
                        entry: person.and_then(|one| by_person.get(one).map(|id| (*id).clone())),
                    }
                })
                .collect();
            self.keeper()
                .put(&keys::seats(&self.id, &list, number), &seats)
                .await?;
        }
        let now = self.now();
        let (_, frozen) = self
            .change(|head| {
                if let Some(frozen) = &head.frozen {
                    return Ok(frozen.clone());
                }
                head.must_be(&[Stage::Open], "freeze its entries")?;
                let frozen = Frozen {
                    began_at: began,
                    ended_at: head.touch(now),
                    entries: pool.len() as u64,
                    rejected: tally.rejected,
                    list_hash: pool.list_hash(),
                    root: pool.root(),
                };
                head.frozen = Some(frozen.clone());
                head.stage = Stage::Frozen;
                head.draws = vec![DrawState::new(1, head.rules.winners, None)];
                Ok(frozen)
            })
            .await?;
        Ok(frozen)
    }

    /// Under which name entries are committed to: every draw over the list shares it.
    pub(super) fn list_id(&self) -> Result<DrawId> {
        DrawId::new(self.id.as_str())
    }

    /// The list as it was fixed, with who is left of it.
    ///
    /// # Errors
    /// `Decode` where the store no longer holds the list whose hash was fixed.
    pub(super) async fn seats(&self, frozen: &Frozen) -> Result<Vec<Seat>> {
        let list = frozen.list_hash.to_string();
        let mut seats: Vec<Seat> = Vec::new();
        for number in 0.. {
            let key = keys::seats(&self.id, &list, number);
            match self.keeper().value::<Vec<Seat>>(&key).await? {
                Some((chunk, _)) => seats.extend(chunk),
                None => break,
            }
            if seats.len() as u64 >= frozen.entries {
                break;
            }
        }
        Ok(seats)
    }

    /// The public list, checked against the hash that was fixed.
    ///
    /// # Errors
    /// `Decode` where the store no longer holds the list whose hash was fixed.
    pub(super) async fn pool(&self, frozen: &Frozen) -> Result<(Pool, Vec<Seat>)> {
        let seats = self.seats(frozen).await?;
        let changed = |why: &str| {
            Error::new(
                ErrorKind::Decode,
                format!(
                    "the list of the contest {} in the store is not the one that was frozen ({why}): restore it from a copy of the store; nothing is drawn from another list",
                    self.id
                ),
            )
        };
        let commitments = seats.iter().map(|seat| seat.commitment).collect();
        let pool = Pool::restore(&self.list_id()?, commitments)
            .map_err(|error| changed(error.message()))?;
        if pool.list_hash() != frozen.list_hash || pool.root() != frozen.root {
            return Err(changed("its hash differs"));
        }
        let in_order = pool
            .commitments()
            .iter()
            .zip(&seats)
            .all(|(commitment, seat)| *commitment == seat.commitment);
        if !in_order {
            return Err(changed("its order differs"));
        }
        Ok((pool, seats))
    }
}

/// Who an entry's person is on the list: by the first of the accounts, which does not change once the list is fixed.
pub(super) fn person(entry: &Entry) -> Result<PersonKey> {
    let first = entry
        .accounts
        .iter()
        .map(|account| (account.network.as_str(), account.id.as_str()))
        .min()
        .unwrap_or_default();
    PersonKey::new(format!("{}:{}", first.0, first.1))
}
