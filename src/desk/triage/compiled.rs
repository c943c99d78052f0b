//! The words in the form in which they are looked for: built once, shared by all who judge.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{Error, Result};

use super::greek;
use super::rules::{Bearing, Rule, read};
use super::table::Table;
use super::vocabulary::Vocabulary;
use crate::shared::fold::{Script, fold, script};

/// The built-in words: a language's short name, and its file.
const FILES: [(&str, &str); 7] = [
    ("ru", include_str!("words/ru.txt")),
    ("ru", include_str!("words/ru_phrases.txt")),
    ("en", include_str!("words/en.txt")),
    ("en", include_str!("words/en_phrases.txt")),
    ("el", include_str!("words/el.txt")),
    ("el", include_str!("words/el_phrases.txt")),
    ("sign", include_str!("words/signs.txt")),
];

/// What stands for no word: these numbers are given to pieces of text by what they are.
pub(super) const TARGET: u32 = 0;
pub(super) const OTHER: u32 = 1;
pub(super) const NUMBER: u32 = 2;
pub(super) const MENTION: u32 = 3;
const FIRST_WORD: u32 = 4;

/// How many words `..` stands for.
const GAP: u8 = 3;

/// A word's bit in a set that may say yes wrongly, never no.
pub(super) fn bit(word: u32) -> u64 {
    1 << (word % 64)
}

/// A part of a phrase.
#[derive(Clone, Debug)]
pub(super) enum Element {
    /// One of these; `must` be there or may be missing.
    Any {
        words: Box<[u32]>,
        /// A bit for each of the words, see [`bit`].
        mask: u64,
        must: bool,
    },
    /// Up to so many words.
    Gap(u8),
}

#[derive(Clone, Debug)]
pub(super) struct Phrase {
    pub(super) rule: u32,
    /// What follows the first word.
    pub(super) rest: Box<[Element]>,
    /// It names the target or another itself, so that it speaks about the target wherever it stands.
    pub(super) named: bool,
}

/// What a number stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Meaning {
    /// The rules of the word itself.
    pub(super) rules: Vec<u32>,
    /// The phrases that begin with it.
    pub(super) phrases: Vec<u32>,
    /// It turns, strengthens or weakens words around it, by one of these rules.
    turns: bool,
}

/// Everything that is looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiled {
    cyrillic: Table,
    greek: Table,
    latin: Table,
    signs: Table,
    fresh: u32,
    meanings: Vec<Meaning>,
    rules: Vec<Rule>,
    phrases: Vec<Phrase>,
    brands: Vec<String>,
    /// There are rules of the user.
    own: bool,
}

impl Compiled {
    /// The built-in words and a desk's own.
    ///
    /// # Errors
    ///
    /// An own term or brand without a word, or with a weight that is no number.
    pub(super) fn new(own: &Vocabulary) -> Result<Self> {
        let mut compiled = Self {
            fresh: FIRST_WORD,
            ..Self::default()
        };
        for (language, file) in FILES {
            compiled.add_file(language, file)?;
        }
        for brand in &own.brands {
            compiled.add_brand(brand)?;
        }
        for term in &own.terms {
            compiled.add_term(term)?;
        }
        Ok(compiled)
    }

    fn add_file(&mut self, language: &str, file: &str) -> Result<()> {
        let words = read(file)?;
        let choices: HashMap<&str, &str> = words.choices.iter().copied().collect();
        for section in words.sections {
            let bearings: Arc<[Bearing]> = section.bearings.into();
            for entry in section.entries {
                let id = format!("{language}.{}.{}", section.name, entry.replace(' ', "_"));
                let rule = Rule {
                    id: id.into(),
                    bearings: Arc::clone(&bearings),
                    own: false,
                };
                self.add(entry, rule, &choices)?;
            }
        }
        Ok(())
    }

    fn add_brand(&mut self, brand: &super::Brand) -> Result<()> {
        let place = self.brands.len();
        self.brands.push(brand.name.clone());
        for term in std::iter::once(&brand.name).chain(&brand.terms) {
            let rule = Rule {
                id: format!("own.brand.{}", brand.name).into(),
                bearings: [Bearing::Brand(place)].into(),
                own: true,
            };
            let term = term.trim_start_matches('@').trim_end_matches('*');
            self.add(&format!("{term}*"), rule, &HashMap::new())?;
        }
        Ok(())
    }

    fn add_term(&mut self, term: &super::Term) -> Result<()> {
        let mut bearings = Vec::new();
        bearings.extend(term.polarity.map(Bearing::Polarity));
        bearings.extend(term.topic.clone().map(|topic| Bearing::Topic(topic, 2.0)));
        bearings.extend((term.severity > 0.0).then_some(Bearing::Severity(term.severity)));
        bearings.extend(
            term.intent
                .clone()
                .map(|intent| Bearing::Intent(intent, 2.0)),
        );
        if !term.severity.is_finite() || term.polarity.is_some_and(|weight| !weight.is_finite()) {
            return Err(Error::config(format!(
                "the term {:?} has a weight that is no number",
                term.text
            )));
        }
        let rule = Rule {
            id: format!("own.term.{}", term.text.replace(' ', "_")).into(),
            bearings: bearings.into(),
            own: true,
        };
        self.add(&term.text, rule, &HashMap::new())
    }

    /// Adds an entry: a word or a phrase.
    fn add(&mut self, entry: &str, rule: Rule, choices: &HashMap<&str, &str>) -> Result<()> {
        let rule_place = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        let mut elements = Vec::new();
        for part in entry.split_whitespace() {
            elements.push(self.element(part, choices).ok_or_else(|| {
                Error::config(format!(
                    "{}: {part:?} holds no word to look for: write letters, digits or one sign",
                    rule.id
                ))
            })?);
        }
        let mut elements = elements.into_iter();
        let Some(Element::Any {
            words: first,
            must: true,
            ..
        }) = elements.next()
        else {
            return Err(Error::config(format!(
                "{}: an entry begins with a word that must be there",
                rule.id
            )));
        };
        let rest: Box<[Element]> = elements.collect();
        self.own |= rule.own;
        let turns = rule.bearings.iter().any(Bearing::turns);
        self.rules.push(rule);
        if rest.is_empty() {
            for word in first {
                let meaning = self.meaning(word);
                meaning.rules.push(rule_place);
                meaning.turns |= turns;
            }
        } else {
            let phrase = u32::try_from(self.phrases.len()).unwrap_or(u32::MAX);
            let names = |words: &[u32]| words.iter().any(|word| matches!(*word, TARGET | OTHER));
            let named = names(&first)
                || (rest.iter())
                    .any(|element| matches!(element, Element::Any { words, .. } if names(words)));
            self.phrases.push(Phrase {
                rule: rule_place,
                rest,
                named,
            });
            for word in first {
                self.meaning(word).phrases.push(phrase);
            }
        }
        Ok(())
    }

    fn meaning(&mut self, word: u32) -> &mut Meaning {
        let at = word as usize;
        if self.meanings.len() <= at {
            self.meanings.resize_with(at + 1, Meaning::default);
        }
        &mut self.meanings[at]
    }

    fn element(&mut self, part: &str, choices: &HashMap<&str, &str>) -> Option<Element> {
        if let Some(most) = part.strip_prefix("..") {
            return Some(Element::Gap(if most.is_empty() {
                GAP
            } else {
                most.parse().ok()?
            }));
        }
        let (part, must) = match part.strip_suffix('~') {
            Some(part) => (part, false),
            None => (part, true),
        };
        let mut words = Vec::new();
        for one in part.split('|') {
            match one.strip_prefix('$') {
                Some(name) => {
                    for one in choices.get(name)?.split('|') {
                        words.push(self.word(one)?);
                    }
                }
                None => words.push(self.word(one)?),
            }
        }
        words.sort_unstable();
        words.dedup();
        Some(Element::Any {
            mask: words.iter().fold(0, |mask, word| mask | bit(*word)),
            words: words.into(),
            must,
        })
    }

    /// The number of a word, with `*` for any ending.
    fn word(&mut self, text: &str) -> Option<u32> {
        match text {
            "<target>" => return Some(TARGET),
            "<other>" => return Some(OTHER),
            "<number>" => return Some(NUMBER),
            "<mention>" => return Some(MENTION),
            _ => {}
        }
        let (stem, begins) = match text.strip_suffix('*') {
            Some(stem) if !stem.is_empty() => (stem, true),
            _ => (text, false),
        };
        let form: String = (stem.chars())
            .filter(|c| !matches!(c, '\'' | '’' | '#' | '@'))
            .filter_map(fold)
            .collect();
        if form.is_empty() {
            return None;
        }
        let of = form.chars().find_map(script);
        let has_digit = form.chars().any(|c| c.is_ascii_digit());
        let (table, form) = match of {
            Some(Script::Cyrillic) => (&mut self.cyrillic, form),
            Some(Script::Greek) => {
                let mut sounds = String::new();
                greek::of_greek(&form, &mut sounds);
                (&mut self.greek, sounds)
            }
            None if !has_digit => (&mut self.signs, form),
            _ => (&mut self.latin, form),
        };
        Some(table.number(&form, begins, &mut self.fresh))
    }

    /// The table of a script.
    pub(super) fn table(&self, script: Script) -> &Table {
        match script {
            Script::Cyrillic => &self.cyrillic,
            Script::Greek => &self.greek,
            _ => &self.latin,
        }
    }

    pub(super) fn signs(&self) -> &Table {
        &self.signs
    }

    pub(super) fn brands(&self) -> &[String] {
        &self.brands
    }

    /// Whether there are rules of the user.
    pub(super) fn has_own(&self) -> bool {
        self.own
    }

    /// Whether a word turns, strengthens or weakens words around it.
    pub(super) fn turns(&self, word: u32) -> bool {
        (self.meanings.get(word as usize)).is_some_and(|meaning| meaning.turns)
    }

    /// The rules of a word.
    pub(super) fn rules_of(&self, word: u32) -> impl Iterator<Item = &Rule> {
        let meaning = self.meanings.get(word as usize);
        (meaning.map_or(&[][..], |meaning| &meaning.rules).iter())
            .filter_map(|rule| self.rules.get(*rule as usize))
    }

    /// The phrases that begin with a word.
    pub(super) fn phrases_of(&self, word: u32) -> impl Iterator<Item = &Phrase> {
        let meaning = self.meanings.get(word as usize);
        (meaning.map_or(&[][..], |meaning| &meaning.phrases).iter())
            .filter_map(|phrase| self.phrases.get(*phrase as usize))
    }

    pub(super) fn rule(&self, place: u32) -> Option<&Rule> {
        self.rules.get(place as usize)
    }
}
