use serde::{Deserialize, Serialize};

use super::super::pack;
use super::Count;
use super::maxima::Maxima;

/// How many authors a slot names.
const NAMED: usize = 3;
/// The table grows in parts, so that only one of them is copied at once.
const PARTS: usize = 64;
/// How many slots a part has at most: 2¹⁹ slots together, of 32 bytes.
const MOST: usize = 1 << 13;
/// How many it has at least, once it has any.
const FEWEST: usize = 16;
/// With no more than so many does a part begin because the bucket before had more.
const ROOMY: usize = 1 << 10;
/// How many slots are looked at when one must make way.
const LOOKED_AT: usize = 8;

/// A term with few authors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in super::super) struct Slot {
    pub(in super::super) term: u64,
    pub(super) authors: [u32; NAMED],
    /// The posts of each.
    pub(super) posts: [u8; NAMED],
    /// How many authors are named.
    pub(super) named: u8,
    /// Which of them have young accounts, a bit each.
    pub(super) young: u8,
    /// Authors that it may have had before it made way, or that found no room.
    pub(super) carried: u8,
    /// Posts of those.
    pub(super) more: u16,
}

impl Slot {
    pub(in super::super) fn authors(&self) -> u8 {
        self.named.saturating_add(self.carried)
    }

    pub(super) fn names(&self, author: u32) -> bool {
        let named = self.authors.iter().take(usize::from(self.named));
        named.into_iter().any(|one| *one == author)
    }

    pub(super) fn posts(&self) -> u64 {
        let named = self.posts.iter().map(|posts| u64::from(*posts));
        named.sum::<u64>() + u64::from(self.more)
    }

    pub(in super::super) fn count(&self) -> Count {
        Count {
            authors: u64::from(self.named) + u64::from(self.carried),
            young: u64::from(self.young.count_ones()),
            uncertain: u64::from(self.carried),
            posts: self.posts(),
        }
    }

    /// Notes a post; true where it has more authors now than a slot should have.
    fn note(&mut self, author: u32, young: bool, full: bool) -> bool {
        let named = usize::from(self.named);
        let known = self.authors.iter().take(named);
        if let Some(at) = known.clone().position(|one| *one == author)
            && let Some(posts) = self.posts.get_mut(at)
        {
            *posts = posts.saturating_add(1);
            return false;
        }
        match (self.authors.get_mut(named), self.posts.get_mut(named)) {
            (Some(place), Some(posts)) => {
                (*place, *posts) = (author, 1);
                self.young |= u8::from(young) << named;
                self.named += 1;
                !full && usize::from(self.authors()) > NAMED
            }
            _ if full => {
                // Nobody names it any more, so that it may be counted again.
                self.carried = self.carried.saturating_add(1);
                self.more = self.more.saturating_add(1);
                false
            }
            _ => true,
        }
    }
}

/// What became of a term that was counted.
pub(super) enum Added {
    New,
    Known,
    /// It has as many authors as make it hot. It is no slot any more; the last author stands in it where there was room.
    Heated(Slot),
}

/// Terms with few authors: an open table with linear probing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Slots {
    #[serde(with = "pack::slots")]
    parts: Vec<Part>,
    /// How many slots a part has at most: a power of two.
    most: usize,
}

impl Default for Slots {
    fn default() -> Self {
        Self::with_room(MOST)
    }
}

#[derive(Clone, Debug, Default)]
pub(in super::super) struct Part {
    slots: Vec<Slot>,
    taken: usize,
    /// Where the search for one that makes way goes on.
    hand: usize,
}

impl Slots {
    pub(super) fn with_room(most: usize) -> Self {
        Self {
            parts: Vec::new(),
            most,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.taken).sum()
    }

    fn part(term: u64) -> usize {
        (term >> 58) as usize & (PARTS - 1)
    }

    /// Without terms, but with room for as many, within reason.
    pub(super) fn as_roomy(&self) -> Self {
        let room = |part: &Part| {
            let most = ROOMY.min(self.most);
            let room = (part.taken * 8 / 7 + 1)
                .next_power_of_two()
                .clamp(FEWEST, most);
            Part {
                slots: vec![Slot::default(); room],
                ..Part::default()
            }
        };
        Self {
            parts: self.parts.iter().map(room).collect(),
            most: self.most,
        }
    }

    /// Counts a post of an author under a term; with `full`, a term can become no more than a slot. `maxima` tell how many
    /// authors a term may have had that is not here, and are told what makes way.
    pub(super) fn add(
        &mut self,
        term: u64,
        author: u32,
        young: bool,
        full: bool,
        maxima: &mut Maxima,
    ) -> Added {
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, Part::default);
        }
        match self.parts.get_mut(Self::part(term)) {
            Some(part) => part.add(term, author, young, full, self.most, maxima),
            None => Added::Known,
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self, term: u64) -> Count {
        let part = self.parts.get(Self::part(term));
        let slot = part.and_then(|part| part.slots.get(part.find(term)?));
        slot.filter(|slot| slot.term == term)
            .map(Slot::count)
            .unwrap_or_default()
    }

    /// All terms, in no order.
    pub(super) fn filled(&self) -> impl Iterator<Item = &Slot> {
        let slots = self.parts.iter().flat_map(|part| &part.slots);
        slots.filter(|slot| slot.term != 0)
    }
}

/// Where a term would stand in a table without end. The last bits of ids tell their kinds.
fn home(term: u64) -> usize {
    (term >> 3) as usize
}

impl Part {
    /// Where a term is, or where it would stand. `None` while there are no slots.
    fn find(&self, term: u64) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = home(term) & mask;
        while let Some(slot) = self.slots.get(at)
            && slot.term != 0
            && slot.term != term
        {
            at = (at + 1) & mask;
        }
        Some(at)
    }

    /// Counts a post under a term.
    #[inline]
    fn add(
        &mut self,
        term: u64,
        author: u32,
        young: bool,
        full: bool,
        most: usize,
        maxima: &mut Maxima,
    ) -> Added {
        let mut place = self.find(term);
        let known = place.and_then(|at| self.slots.get(at));
        let new = known.is_none_or(|slot| slot.term != term);
        if new {
            if self.is_full(most) {
                if let Some(gone) = self.make_room(most) {
                    maxima.raise(gone.term, gone.authors());
                }
                place = self.find(term);
            }
            let carried = maxima.of(term);
            if let Some(slot) = place.and_then(|at| self.slots.get_mut(at)) {
                self.taken += 1;
                (slot.term, slot.carried, slot.more) = (term, carried, carried.into());
            }
        }
        if let Some(at) = place
            && let Some(slot) = self.slots.get_mut(at)
            && slot.note(author, young, full)
        {
            let slot = *slot;
            self.remove(at);
            return Added::Heated(slot);
        }
        match new {
            true => Added::New,
            false => Added::Known,
        }
    }

    /// Whether one more would make the table slow. The largest is filled as far as it goes.
    fn is_full(&self, most: usize) -> bool {
        let eighths = if self.slots.len() < most { 5 } else { 7 };
        self.taken * 8 >= self.slots.len() * eighths
    }

    /// Makes room for one more term: by growing, or by taking one out.
    fn make_room(&mut self, most: usize) -> Option<Slot> {
        let room = self.slots.len();
        if room < most {
            self.grow((room * 2).max(FEWEST));
            return None;
        }
        let mask = room - 1;
        let looked = (0..LOOKED_AT * 4).map(|step| (self.hand + step) & mask);
        let filled = looked.filter(|at| self.slots.get(*at).is_some_and(|slot| slot.term != 0));
        let weakest = filled
            .take(LOOKED_AT)
            .min_by_key(|at| self.slots.get(*at).map_or(u8::MAX, Slot::authors))?;
        self.hand = (weakest + 1) & mask;
        let slot = self.slots.get(weakest).copied();
        self.remove(weakest);
        slot
    }

    fn grow(&mut self, room: usize) {
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); room]);
        for slot in old.into_iter().filter(|slot| slot.term != 0) {
            self.put(slot);
        }
    }

    fn put(&mut self, slot: Slot) {
        if let Some(at) = self.find(slot.term)
            && let Some(place) = self.slots.get_mut(at)
        {
            *place = slot;
        }
    }

    /// Takes a slot out, and moves those up that stood behind it for want of room.
    fn remove(&mut self, at: usize) {
        let Some(mask) = self.slots.len().checked_sub(1) else {
            return;
        };
        self.taken = self.taken.saturating_sub(1);
        let mut hole = at;
        let mut next = (at + 1) & mask;
        while let Some(slot) = self.slots.get(next).copied()
            && slot.term != 0
        {
            let home = home(slot.term) & mask;
            // It may move to the hole if that does not lie before its home.
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(hole) & mask) {
                if let Some(place) = self.slots.get_mut(hole) {
                    *place = slot;
                }
                hole = next;
            }
            next = (next + 1) & mask;
        }
        if let Some(place) = self.slots.get_mut(hole) {
            *place = Slot::default();
        }
    }

    /// As bytes, to be kept.
    pub(in super::super) fn pack(&self, out: &mut Vec<u8>) {
        out.extend((self.slots.len() as u32).to_le_bytes());
        out.extend((self.hand as u32).to_le_bytes());
        out.extend((self.taken as u32).to_le_bytes());
        let filled = self.slots.iter().zip(0_u32..);
        for (slot, at) in filled.filter(|(slot, _)| slot.term != 0) {
            out.extend(at.to_le_bytes());
            out.extend(slot.term.to_le_bytes());
            slot.authors
                .iter()
                .for_each(|author| out.extend(author.to_le_bytes()));
            out.extend(slot.posts);
            out.extend([slot.named, slot.young, slot.carried]);
            out.extend(slot.more.to_le_bytes());
        }
    }

    /// From bytes that were kept; `None` where they are none.
    pub(in super::super) fn unpack(bytes: &mut pack::Rest<'_>) -> Option<Self> {
        let room = bytes.u32()? as usize;
        let hand = bytes.u32()? as usize;
        let taken = bytes.u32()? as usize;
        let shaped = room == 0 || room.is_power_of_two();
        if !shaped || room > MOST || taken > room || hand > room {
            return None;
        }
        let mut slots = vec![Slot::default(); room];
        for _ in 0..taken {
            let place = slots.get_mut(bytes.u32()? as usize)?;
            *place = Slot {
                term: bytes.u64()?,
                authors: [bytes.u32()?, bytes.u32()?, bytes.u32()?],
                posts: [bytes.u8()?, bytes.u8()?, bytes.u8()?],
                named: bytes.u8()?.min(NAMED as u8),
                young: bytes.u8()?,
                carried: bytes.u8()?,
                more: bytes.u16()?,
            };
        }
        Some(Self { slots, taken, hand })
    }
}
