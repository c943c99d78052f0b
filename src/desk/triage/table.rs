//! Words and beginnings of words, found in one walk over a word.

/// One entry: a text, and what it stands for whole or with any ending.
#[derive(Clone, Debug)]
struct Entry {
    text: Box<str>,
    whole: Option<u32>,
    begins: Option<u32>,
}

/// Finds the entries that a word is, or begins with, by a hash of each of its beginnings.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    entries: Vec<Entry>,
    /// Places of entries, plus one; open addressing.
    slots: Vec<u32>,
    longest: usize,
}

const SEED: u32 = 0x811c_9dc5;

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn hash(text: &str) -> u32 {
    text.bytes().fold(SEED, step)
}

impl Table {
    /// The number that stands for this text (with any ending, if `begins`), a new one from `fresh` where it is not known.
    pub(super) fn number(&mut self, text: &str, begins: bool, fresh: &mut u32) -> u32 {
        let at = self.find(hash(text), text.as_bytes()).unwrap_or_else(|| {
            self.entries.push(Entry {
                text: text.into(),
                whole: None,
                begins: None,
            });
            self.longest = self.longest.max(text.len());
            if self.entries.len() * 2 > self.slots.len() {
                self.grow();
            } else {
                self.place(self.entries.len() - 1);
            }
            self.entries.len() - 1
        });
        let Some(entry) = self.entries.get_mut(at) else {
            return 0;
        };
        let known = if begins {
            &mut entry.begins
        } else {
            &mut entry.whole
        };
        *known.get_or_insert_with(|| {
            *fresh += 1;
            *fresh - 1
        })
    }

    fn grow(&mut self) {
        let size = (self.entries.len() * 4).next_power_of_two().max(16);
        self.slots = vec![0; size];
        for at in 0..self.entries.len() {
            self.place(at);
        }
    }

    fn place(&mut self, at: usize) {
        let mask = self.slots.len() - 1;
        let Some(entry) = self.entries.get(at) else {
            return;
        };
        let mut slot = hash(&entry.text) as usize & mask;
        while let Some(place) = self.slots.get_mut(slot) {
            if *place == 0 {
                *place = u32::try_from(at + 1).unwrap_or_default();
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn find(&self, hash: u32, text: &[u8]) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = hash as usize & mask;
        loop {
            let at = (*self.slots.get(slot)? as usize).checked_sub(1)?;
            if self.entries.get(at)?.text.as_bytes() == text {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Tells the number of each entry that fits, the shortest first, with its length in bytes.
    pub(super) fn look(&self, word: &str, found: impl FnMut(u32, usize)) {
        self.walk(word, false, found);
    }

    /// The same where words stand together without blanks: a whole word may be followed by another.
    pub(super) fn look_inside(&self, words: &str, found: impl FnMut(u32, usize)) {
        self.walk(words, true, found);
    }

    fn walk(&self, word: &str, together: bool, mut found: impl FnMut(u32, usize)) {
        let bytes = word.as_bytes();
        let mut hash = SEED;
        for (at, byte) in bytes.iter().enumerate().take(self.longest) {
            hash = step(hash, *byte);
            let end = at + 1;
            // No entry ends between the bytes of a letter.
            if bytes.get(end).is_some_and(|next| next & 0xc0 == 0x80) {
                continue;
            }
            let Some(entry) = (bytes.get(..end))
                .and_then(|text| self.find(hash, text))
                .and_then(|place| self.entries.get(place))
            else {
                continue;
            };
            if let Some(number) = entry.begins {
                found(number, end);
            }
            if (together || end == word.len())
                && let Some(number) = entry.whole
            {
                found(number, end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_and_beginnings_are_found_the_longest_last() {
        let mut table = Table::default();
        let mut fresh = 0;
        let begins = table.number("плох", true, &mut fresh);
        let whole = table.number("плохо", false, &mut fresh);
        for number in 0..100 {
            table.number(&format!("x{number}"), number % 2 == 0, &mut fresh);
        }
        assert_eq!(table.number("плох", true, &mut fresh), begins);
        let look = |word: &str| {
            let mut found = Vec::new();
            table.look(word, |number, end| found.push((number, end)));
            found
        };
        assert_eq!(look("плохо"), [(begins, 8), (whole, 10)]);
        assert_eq!(look("плохой"), [(begins, 8)]);
        assert_eq!(look("пло"), []);
        assert_eq!(look("x7").len(), 1);
        assert_eq!(look("x70").len(), 1);
    }
}
