//! Words in one form, their stems, and what is known of some.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use siphasher::sip::SipHasher13;

use crate::shared::fold::{Script, fold, script};

/// Passes on what is a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u32(&mut self, hash: u32) {
        self.0 = mix(u64::from(hash));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A map whose keys are hashes.
pub(super) type ByHash<V> = HashMap<u64, V, BuildHasherDefault<AsItIs>>;

/// A hash of parts, the same in every process. The length keeps parts apart, whatever they hold.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write_u32(u32::try_from(part.len()).unwrap_or(u32::MAX));
        hasher.write(part.as_bytes());
    }
    hasher.finish()
}

/// A hash of one word.
pub(super) fn hash_of(word: &str) -> u64 {
    SipHasher13::new().hash(word.as_bytes())
}

/// Spreads the bits of a number (the finalizer of MurmurHash3, which is one to one).
pub(super) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let number = (number ^ (number >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    number ^ (number >> 33)
}

/// What is known of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sign(u8);

impl Sign {
    /// It says nothing of a topic.
    pub(super) const STOP: Self = Self(1);
    /// It asks to pass a post on.
    pub(super) const PASS_ON: Self = Self(2);
    /// It promises a prize.
    pub(super) const PRIZE: Self = Self(4);
    /// It says that a post is paid for.
    pub(super) const PAID: Self = Self(8);
    /// It names somebody to go on.
    pub(super) const NOMINATE: Self = Self(16);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn named(name: &str) -> Self {
        match name {
            "stop" => Self::STOP,
            "pass_on" => Self::PASS_ON,
            "prize" => Self::PRIZE,
            "paid" => Self::PAID,
            "nominate" => Self::NOMINATE,
            _ => Self::default(),
        }
    }
}

/// A longer word is cut: no language has it.
const MOST_LETTERS: usize = 48;

/// Adds a letter in its one form to a word. What only decorates the letter before it adds nothing.
#[inline]
pub(super) fn push_letter(word: &mut String, letter: char) {
    match fold(letter) {
        Some(folded) if word.len() < MOST_LETTERS * 2 => word.push(folded),
        Some(_) => {}
        // й may be written as two.
        None if letter == '\u{306}' && word.ends_with('и') => {
            word.pop();
            word.push('й');
        }
        None => {}
    }
}

/// A word in its one form: small letters, no accents, `ё` as `е`, usual widths.
pub(super) fn folded(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for letter in text.chars() {
        push_letter(&mut word, letter);
    }
    word
}

/// The words of a text in their one form.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(is_letter(c) || is_joint(c)))
        .map(|part| folded(part.trim_matches(is_apostrophe)))
        .map(|word| word.replace(is_apostrophe, ""))
        .filter(|word| !word.is_empty())
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

/// The stems of three languages, and what is known of some words.
pub(super) struct Lexicon {
    english: Stemmer,
    russian: Stemmer,
    greek: Stemmer,
    /// By the hash of a word's form.
    stops: ByHash<Sign>,
    /// By the hash of its stem.
    signs: ByHash<Sign>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon {
        english: Stemmer::create(Algorithm::English),
        russian: Stemmer::create(Algorithm::Russian),
        greek: Stemmer::create(Algorithm::Greek),
        stops: ByHash::default(),
        signs: ByHash::default(),
    };
    for file in [
        include_str!("words/en.txt"),
        include_str!("words/ru.txt"),
        include_str!("words/el.txt"),
    ] {
        for (section, word) in listed(file) {
            let (form, sign) = (folded(word), Sign::named(section));
            let (key, map) = if sign == Sign::STOP {
                (hash_of(&form), &mut lexicon.stops)
            } else {
                (hash_of(&lexicon.stem(&form)), &mut lexicon.signs)
            };
            let known = map.entry(key).or_default();
            *known = known.and(sign);
        }
    }
    lexicon
});

/// The words of a list, each with the name of its section.
pub(super) fn listed(file: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(move |line| {
        let head = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(name) = head {
            section = name;
        }
        let words = if head.is_some() { "" } else { line };
        let section = section;
        words.split_whitespace().map(move |word| (section, word))
    })
}

impl Lexicon {
    pub(super) fn standard() -> &'static Self {
        &LEXICON
    }

    /// The stem of a word in its one form: by the language of its script, or the word itself where that is none of three.
    pub(super) fn stem(&self, form: &str) -> String {
        let stemmer = match form.chars().find_map(script) {
            Some(Script::Cyrillic) => &self.russian,
            Some(Script::Greek) => &self.greek,
            Some(Script::Latin) => &self.english,
            _ => return form.to_owned(),
        };
        stemmer.stem(form).into_owned()
    }

    /// What is known of a form with this hash.
    pub(super) fn is_stop(&self, form: u64) -> bool {
        self.stops.contains_key(&form)
    }

    /// What is known of a stem with this hash.
    pub(super) fn sign(&self, stem: u64) -> Sign {
        self.signs.get(&stem).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text)
            .map(|word| Lexicon::standard().stem(&word))
            .collect()
    }

    #[track_caller]
    fn one(text: &str) {
        let mut stems = stems(text);
        stems.dedup();
        assert_eq!(stems.len(), 1, "{text}: {stems:?}");
    }

    #[test]
    fn inflections_have_one_stem() {
        one("чай чая чаю чаем");
        one("Ёлка ёлки елку ЁЛКОЙ");
        one("лавина лавины лавину");
        one("challenge challenges Challenged");
        one("πρόκληση πρόκλησης ΠΡΌΚΛΗΣΗ");
        one("δρόμος δρόμου δρόμοι δρόμους");
    }

    #[test]
    fn a_form_is_the_same_however_it_is_written() {
        assert_eq!(folded("ΤΈΛΟΣ"), folded("τέλος"));
        assert_eq!(folded("Ёж"), folded("еж"));
        assert_eq!(folded("и\u{306}од"), "йод");
        let all: Vec<String> = words("don’t «stop», it's 100% café!").collect();
        assert_eq!(all, ["dont", "stop", "its", "100", "cafe"]);
    }

    #[test]
    fn lists_are_read_with_their_sections() {
        let lexicon = Lexicon::standard();
        assert!(lexicon.is_stop(hash_of("это")) && lexicon.is_stop(hash_of("και")));
        for (word, sign) in [
            ("розыгрыша", Sign::PRIZE),
            ("giveaways", Sign::PRIZE),
            ("репосты", Sign::PASS_ON),
            ("nominates", Sign::NOMINATE),
        ] {
            let stem = lexicon.stem(&folded(word));
            assert!(lexicon.sign(hash_of(&stem)).has(sign), "{word}");
        }
    }
}
