//! The stems of words, and what is known of some.

use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};

use super::hashes::{ByHash, hash_of};
use super::letters::folded;
use crate::shared::fold::{Script, script};

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
        english: Stemmer::new(Algorithm::English),
        russian: Stemmer::new(Algorithm::Russian),
        greek: Stemmer::new(Algorithm::Greek),
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
                (hash_of(form.as_bytes()), &mut lexicon.stops)
            } else {
                (lexicon.stem_hash(&form), &mut lexicon.signs)
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

    /// The hash of a word's stem.
    pub(super) fn stem_hash(&self, form: &str) -> u64 {
        hash_of(self.stem(form).as_bytes())
    }

    /// Whether a form with this hash says nothing of a topic.
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
    use super::super::letters::words;
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
    fn lists_are_read_with_their_sections() {
        let lexicon = Lexicon::standard();
        assert!(
            lexicon.is_stop(hash_of("это".as_bytes()))
                && lexicon.is_stop(hash_of("και".as_bytes()))
        );
        for (word, sign) in [
            ("розыгрыша", Sign::PRIZE),
            ("giveaways", Sign::PRIZE),
            ("репосты", Sign::PASS_ON),
            ("nominates", Sign::NOMINATE),
        ] {
            let stem = lexicon.stem_hash(&folded(word));
            assert!(lexicon.sign(stem).has(sign), "{word}");
        }
    }
}
