//! Words in their one form: small letters, no accents, `ё` as `е`, usual widths.

use std::sync::LazyLock;

use crate::shared::fold::fold;

/// A longer word is cut: no language has it.
const MOST_BYTES: usize = 96;
/// Characters whose bytes are two at most.
const SHORT: usize = 0x800;

/// In the table: it belongs to no word.
const END: u16 = 0;
/// It stands within a word and adds nothing.
const JOINT: u16 = 1;
/// The table does not tell.
const OTHER: u16 = 2;

/// What each short character adds to a word: a number above, or the letter in its one form. Most letters of three scripts
/// are short, so that a text is read by its bytes.
static TABLE: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let told = |c: char| {
        if !is_letter(c) {
            return match is_joint(c) {
                true if c == BREVE => OTHER,
                true => JOINT,
                false => END,
            };
        }
        let folded = fold(c).and_then(|folded| u16::try_from(u32::from(folded)).ok());
        folded
            .filter(|folded| usize::from(*folded) < SHORT)
            .unwrap_or(OTHER)
    };
    (0..SHORT as u32)
        .map(|code| char::from_u32(code).map_or(END, told))
        .collect()
});

/// й may be written as two.
const BREVE: char = '\u{306}';

#[inline]
pub(super) fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}' | '\u{388}'..='\u{3ce}' => true,
        _ => c.is_alphanumeric(),
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

/// What may stand within a word.
pub(super) fn is_joint(c: char) -> bool {
    is_apostrophe(c) || matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200d}')
}

/// A word in its one form.
#[derive(Clone, Debug)]
pub(super) struct Form {
    bytes: [u8; MOST_BYTES + 4],
    len: usize,
    /// How many letters and digits were read.
    letters: usize,
    /// Whether one of them was no digit.
    named: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            bytes: [0; MOST_BYTES + 4],
            len: 0,
            letters: 0,
            named: false,
        }
    }
}

impl Form {
    pub(super) fn clear(&mut self) {
        (self.len, self.letters, self.named) = (0, 0, false);
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many letters and digits were read.
    pub(super) fn letters(&self) -> usize {
        self.letters
    }

    /// Whether it holds more than digits.
    pub(super) fn is_named(&self) -> bool {
        self.named
    }

    /// Reads a word, to the first character that belongs to none. How many bytes of the text it took.
    pub(super) fn read(&mut self, text: &str) -> usize {
        self.read_by(&TABLE, text)
    }

    /// The same with the table at hand.
    #[inline]
    fn read_by(&mut self, table: &[u16], text: &str) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            let (code, length) = match first {
                0..0x80 => (usize::from(*first), 1),
                0xc2..0xe0 => {
                    let second = bytes.get(at + 1).copied().unwrap_or_default();
                    (
                        usize::from(first & 0x1f) << 6 | usize::from(second & 0x3f),
                        2,
                    )
                }
                _ => (SHORT, 0),
            };
            match table.get(code).copied().unwrap_or(OTHER) {
                END => break,
                JOINT => at += length,
                OTHER => {
                    let letter = text.get(at..).and_then(|rest| rest.chars().next());
                    match letter.filter(|c| is_letter(*c) || is_joint(*c)) {
                        Some(letter) => {
                            self.push(letter);
                            at += letter.len_utf8();
                        }
                        None => break,
                    }
                }
                letter => {
                    self.push_short(letter);
                    at += length;
                }
            }
        }
        at
    }

    /// Reads all words of a text as one.
    pub(super) fn read_all(&mut self, text: &str) {
        let mut rest = text;
        loop {
            rest = rest.get(self.read(rest)..).unwrap_or_default();
            let mut chars = rest.chars();
            if chars.next().is_none() {
                return;
            }
            rest = chars.as_str();
        }
    }

    /// Adds a letter that is in its one form.
    #[inline]
    fn push_short(&mut self, letter: u16) {
        self.letters += 1;
        self.named |= !(0x30..0x3a).contains(&letter);
        if self.len >= MOST_BYTES {
            return;
        }
        let [low, high] = [(letter & 0x3f) as u8, (letter >> 6) as u8];
        let size = if letter < 0x80 {
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = letter as u8;
            }
            1
        } else {
            if let Some([first, second]) = self.bytes.get_mut(self.len..self.len + 2) {
                (*first, *second) = (0xc0 | high, 0x80 | low);
            }
            2
        };
        self.len += size;
    }

    /// Adds a letter in its one form. What only decorates the letter before it adds nothing.
    fn push(&mut self, letter: char) {
        if is_letter(letter) {
            self.letters += 1;
            self.named |= !letter.is_ascii_digit();
        } else if letter != BREVE {
            return;
        }
        let breve = |bytes: &[u8]| bytes.ends_with("и".as_bytes());
        match fold(letter) {
            Some(folded) => self.append(folded),
            None if letter == BREVE && breve(self.as_bytes()) => {
                self.len -= 'и'.len_utf8();
                self.append('й');
            }
            None => {}
        }
    }

    fn append(&mut self, letter: char) {
        if self.len >= MOST_BYTES {
            return;
        }
        let mut bytes = [0; 4];
        let encoded = letter.encode_utf8(&mut bytes).as_bytes();
        let places = self.bytes.iter_mut().skip(self.len);
        places.zip(encoded).for_each(|(place, byte)| *place = *byte);
        self.len += encoded.len();
    }
}

/// A word in its one form.
pub(super) fn folded(text: &str) -> String {
    let mut form = Form::default();
    form.read_all(text);
    form.as_str().to_owned()
}

/// The words of a text in their one form.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(is_letter(c) || is_joint(c)))
        .map(folded)
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_the_same_however_it_is_written() {
        assert_eq!(folded("ΤΈΛΟΣ"), folded("τέλος"));
        assert_eq!(folded("Ёж"), folded("еж"));
        assert_eq!(folded("и\u{306}од"), "йод");
        let all: Vec<String> = words("don’t «stop», it's 100% café!").collect();
        assert_eq!(all, ["dont", "stop", "its", "100", "cafe"]);
    }

    proptest! {
        /// The table tells of every character what its functions tell.
        #[test]
        fn a_text_read_by_its_bytes_is_the_text_read_letter_by_letter(text in "[a-zA-Zа-яё0-9'’ΆάωΣς\u{306}и𝐀Ａéßʼ\u{ad}Ⱥ²ǅ ]{0,40}") {
            let mut form = Form::default();
            let length = form.read(&text);
            let word = |c: char| is_letter(c) || is_joint(c);
            let end = text.find(|c| !word(c)).unwrap_or(text.len());
            prop_assert_eq!(length, end);
            let mut slow = Form::default();
            text[..end].chars().for_each(|c| slow.push(c));
            prop_assert_eq!(form.as_str(), slow.as_str());
            prop_assert_eq!(form.letters(), slow.letters());
            prop_assert_eq!(form.is_named(), slow.is_named());
        }
    }

    #[test]
    fn a_word_without_end_is_cut_between_two_letters() {
        for letter in ["ж", "a", "语"] {
            let form = folded(&letter.repeat(1_000));
            assert!(form.len() <= MOST_BYTES + 4 && form.chars().count() >= 24);
        }
    }
}
