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
static TABLE: LazyLock<Box<[u16; SHORT]>> = LazyLock::new(|| {
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
            .filter(|folded| usize::from(*folded) < SHORT && *folded >= 0x30)
            .unwrap_or(OTHER)
    };
    let mut table = Box::new([END; SHORT]);
    for (entry, code) in table.iter_mut().zip(0..) {
        *entry = char::from_u32(code).map_or(END, told);
    }
    table
});

/// й may be written as two.
const BREVE: char = '\u{306}';
/// No digit has a bit above, and each other letter of the table has one.
const DIGITS: u16 = 0x3f;

/// The character at a place of a text, and how many bytes it has, if they are two at most.
#[inline]
fn short(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let first = *text.get(at)?;
    Some(match first {
        0..0x80 => (usize::from(first), 1),
        0xc2..0xe0 => {
            let second = text.get(at + 1).copied().unwrap_or_default();
            let code = usize::from(first & 0x1f) << 6 | usize::from(second & 0x3f);
            (code, 2)
        }
        _ => (SHORT, 0),
    })
}

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

/// A word as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    /// In its one form.
    pub(super) form: &'a str,
    /// How many bytes of the text it took.
    pub(super) length: usize,
    /// How many letters and digits it has.
    pub(super) letters: usize,
    /// Whether it holds more than digits.
    pub(super) named: bool,
}

/// Room for a word in its one form.
#[derive(Clone, Debug)]
pub(super) struct Form {
    bytes: [u8; MOST_BYTES],
    len: usize,
    /// How many letters and digits were read.
    letters: usize,
    /// Whether one of them was no digit.
    named: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            bytes: [0; MOST_BYTES],
            len: 0,
            letters: 0,
            named: false,
        }
    }
}

impl Form {
    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Reads on, to the first character that belongs to no word. How many bytes of the text it took.
    fn read_on(&mut self, text: &str) -> usize {
        let table = &**TABLE;
        let mut at = 0;
        while let Some((code, length)) = short(text.as_bytes(), at) {
            match table.get(code).copied().unwrap_or(OTHER) {
                END => break,
                JOINT => at += length,
                OTHER => {
                    let letter = text.get(at..).and_then(|rest| rest.chars().next());
                    let Some(letter) = letter.filter(|c| is_letter(*c) || is_joint(*c)) else {
                        break;
                    };
                    self.push(letter);
                    at += letter.len_utf8();
                }
                letter => {
                    self.letters += 1;
                    self.named |= letter > DIGITS;
                    if let Some(letter) = char::from_u32(letter.into()) {
                        self.append(letter);
                    }
                    at += length;
                }
            }
        }
        at
    }

    /// Reads the word at the start of a text. A word that is in its form already is not copied.
    pub(super) fn read<'a>(&'a mut self, text: &'a str) -> Word<'a> {
        let table = &**TABLE;
        let bytes = text.as_bytes();
        // Of the letters all bits, which tell whether one is no digit.
        let (mut at, mut letters, mut bits) = (0, 0, 0);
        let mut whole = true;
        while let Some((code, length)) = short(bytes, at) {
            let letter = table.get(code).copied().unwrap_or(OTHER);
            if letter == END {
                break;
            }
            if usize::from(letter) != code || letter <= OTHER || at + length > MOST_BYTES {
                whole = false;
                break;
            }
            (letters, bits) = (letters + 1, bits | letter);
            at += length;
        }
        let read = text.get(..at).unwrap_or_default();
        if whole {
            return Word {
                form: read,
                length: at,
                letters,
                named: bits > DIGITS,
            };
        }
        if let Some(places) = self.bytes.get_mut(..at) {
            places.copy_from_slice(read.as_bytes());
        }
        (self.len, self.letters, self.named) = (at, letters, bits > DIGITS);
        let length = at + self.read_on(text.get(at..).unwrap_or_default());
        Word {
            form: self.as_str(),
            length,
            letters: self.letters,
            named: self.named,
        }
    }

    /// Reads all words of a text as one.
    fn read_all(&mut self, text: &str) {
        let mut rest = text;
        loop {
            rest = rest.get(self.read_on(rest)..).unwrap_or_default();
            let mut chars = rest.chars();
            if chars.next().is_none() {
                return;
            }
            rest = chars.as_str();
        }
    }

    /// Adds a letter in its one form. What only decorates the letter before it adds nothing.
    fn push(&mut self, letter: char) {
        if is_letter(letter) {
            self.letters += 1;
            self.named |= !letter.is_ascii_digit();
        } else if letter != BREVE {
            return;
        }
        match fold(letter) {
            Some(folded) => self.append(folded),
            None if letter == BREVE && self.as_str().ends_with('и') => {
                self.len -= 'и'.len_utf8();
                self.append('й');
            }
            None => {}
        }
    }

    fn append(&mut self, letter: char) {
        let length = letter.len_utf8();
        if let Some(places) = self.bytes.get_mut(self.len..self.len + length) {
            letter.encode_utf8(places);
            self.len += length;
        }
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
            let read = form.read(&text);
            let word = |c: char| is_letter(c) || is_joint(c);
            let end = text.find(|c| !word(c)).unwrap_or(text.len());
            prop_assert_eq!(read.length, end);
            let mut slow = Form::default();
            text[..end].chars().for_each(|c| slow.push(c));
            prop_assert_eq!(read.form, slow.as_str());
            prop_assert_eq!(read.letters, slow.letters);
            prop_assert_eq!(read.named, slow.named);
        }
    }

    #[test]
    fn a_word_without_end_is_cut_between_two_letters() {
        for letter in ["ж", "a", "语"] {
            let form = folded(&letter.repeat(1_000));
            assert!(form.len() <= MOST_BYTES && form.chars().count() >= 24);
        }
    }
}
