//! Which words and phrases of the lexicon stand in a text, and where.

use std::ops::Range;

use super::assessment::Language;
use super::compiled::{Compiled, Element, MENTION, NUMBER, OTHER, Phrase, TARGET, bit};
use super::greek;
use super::rules::{Bearing, Rule};
use super::scan::{Kind, Scan, Token};
use super::table::Table;
use crate::shared::fold::{Script, fold};

/// From how many bytes on a hashtag in small letters is looked through for words.
const LONG_TAG: usize = 7;
/// The shortest word that is found inside of a hashtag, in bytes of its form.
const TAG_WORD: usize = 4;

/// A piece of text with what the lexicon knows about it.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
    pub(super) sentence: u16,
    pub(super) clause: u16,
    pub(super) loud: bool,
    pub(super) quoted: bool,
    /// Its place among the words found, the most telling last.
    words: Range<usize>,
    /// A bit for each of these words.
    mask: u64,
    /// Whose name it is: the target's, or another's.
    pub(super) brand: Option<Whose>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Target,
    Other,
}

/// A phrase that was found, by its first and last item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) rule: u32,
    pub(super) first: usize,
    pub(super) last: usize,
    /// See [`Phrase::named`].
    pub(super) named: bool,
}

/// A text with everything that was found in it.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    pub(super) lexicon: &'a Compiled,
    pub(super) scan: Scan,
    pub(super) items: Vec<Item>,
    words: Vec<u32>,
    /// The longest first.
    pub(super) phrases: Vec<Found>,
    pub(super) language: Language,
}

impl<'a> Findings<'a> {
    pub(super) fn new(lexicon: &'a Compiled, text: &str, target: Option<&str>) -> Self {
        let scan = Scan::new(text);
        let language = language(lexicon, &scan);
        let many = scan.tokens.len();
        let mut findings = Self {
            lexicon,
            items: Vec::with_capacity(many),
            words: Vec::with_capacity(many * 2),
            phrases: Vec::new(),
            language,
            scan,
        };
        let target = Target::new(lexicon, target);
        let tokens = std::mem::take(&mut findings.scan.tokens);
        for token in &tokens {
            findings.add(token, text, &target);
        }
        findings.find_phrases();
        findings
    }

    /// The rules of an item, the user's first, then those of the longest entry.
    pub(super) fn rules<'f>(&'f self, item: &Item) -> impl Iterator<Item = &'f Rule> {
        let words = self.words.get(item.words.clone()).unwrap_or_default();
        let of = |words: &'f [u32], own: bool| {
            (words.iter().rev())
                .flat_map(|word| self.lexicon.rules_of(*word))
                .filter(move |rule| rule.own == own)
        };
        let first = if self.lexicon.has_own() { words } else { &[] };
        of(first, true).chain(of(words, false))
    }

    /// Whether an item changes what those around it mean.
    pub(super) fn turns(&self, item: &Item) -> bool {
        let words = self.words.get(item.words.clone()).unwrap_or_default();
        words.iter().any(|word| self.lexicon.turns(*word))
    }

    fn words_of(&self, at: usize) -> &[u32] {
        (self.items.get(at))
            .and_then(|item| self.words.get(item.words.clone()))
            .unwrap_or_default()
    }

    fn add(&mut self, token: &Token, text: &str, target: &Target<'_>) {
        let start = self.words.len();
        let mut brand = None;
        match token.kind {
            Kind::Word(script) | Kind::Tag(script) => {
                self.look(script, token);
                if matches!(token.kind, Kind::Tag(_))
                    && self.words.len() == start
                    && token.form.len() >= LONG_TAG
                {
                    self.inside_of_tag(script, token);
                }
                let form = self.scan.form(token);
                brand = target.whose(form, self.words.get(start..).unwrap_or_default());
            }
            Kind::Mention => {
                let handle = text.get(token.span.clone()).unwrap_or_default();
                self.words.push(MENTION);
                brand = target.whose_handle(self.lexicon, handle);
            }
            Kind::Sign => {
                let form = self.scan.form(token);
                let words = &mut self.words;
                (self.lexicon.signs()).look(form, |word, _| words.push(word));
            }
            Kind::Link => {}
        }
        if token.kind == Kind::Word(Script::Digits) {
            self.words.push(NUMBER);
        }
        match brand {
            Some(Whose::Target) => self.words.push(TARGET),
            Some(Whose::Other) => self.words.push(OTHER),
            None => {}
        }
        let words = self.words.get(start..).unwrap_or_default();
        self.items.push(Item {
            kind: token.kind,
            span: token.span.clone(),
            sentence: token.sentence,
            clause: token.clause,
            loud: token.loud,
            quoted: token.quoted,
            mask: words.iter().fold(0, |mask, word| mask | bit(*word)),
            words: start..self.words.len(),
            brand,
        });
    }

    /// Looks a word up in the words of its script; Latin letters also as Greek, where the text is.
    fn look(&mut self, script: Script, token: &Token) {
        let start = self.words.len();
        let form = self.scan.form(token);
        let words = &mut self.words;
        let greeklish = self.language == Language::Greeklish && script == Script::Latin;
        if greeklish || script == Script::Greek {
            greek_words(self.lexicon, script, form, words);
        }
        if words.len() == start && script != Script::Greek {
            look(self.lexicon.table(script), form, token.drawn, words);
        }
    }

    /// Words that a hashtag in small letters is put together of; each becomes an item.
    fn inside_of_tag(&mut self, script: Script, token: &Token) {
        let form = self.scan.form(token);
        // Where folding changed lengths, the whole hashtag is the place.
        let same = token.form.len() == token.span.len();
        let mut at = 0;
        let mut parts = Vec::new();
        while at < form.len() {
            let rest = form.get(at..).unwrap_or_default();
            let mut best = None;
            (self.lexicon.table(script)).look_inside(rest, |word, end| {
                if end >= TAG_WORD {
                    best = Some((word, end));
                }
            });
            match best {
                Some((word, end)) => {
                    parts.push((word, at..at + end));
                    at += end;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        for (word, place) in parts {
            let span = if same {
                token.span.start + place.start..token.span.start + place.end
            } else {
                token.span.clone()
            };
            let start = self.words.len();
            self.words.push(word);
            self.items.push(Item {
                kind: token.kind,
                span,
                sentence: token.sentence,
                clause: token.clause,
                loud: false,
                quoted: false,
                mask: bit(word),
                words: start..self.words.len(),
                brand: None,
            });
        }
        // The hashtag itself stands for nothing more.
    }

    fn find_phrases(&mut self) {
        let mut found = Vec::new();
        for first in 0..self.items.len() {
            for word in self.words_of(first) {
                for phrase in self.lexicon.phrases_of(*word) {
                    if let Some(last) = self.ends(phrase, first) {
                        found.push(Found {
                            rule: phrase.rule,
                            first,
                            last,
                            named: phrase.named,
                        });
                    }
                }
            }
        }
        found.sort_by_key(|one| (std::cmp::Reverse(one.last - one.first), one.first, one.rule));
        self.phrases = found;
    }

    fn ends(&self, phrase: &Phrase, first: usize) -> Option<usize> {
        let sentence = self.items.get(first)?.sentence;
        self.goes_on(&phrase.rest, first, sentence)
    }

    /// Where the rest of a phrase ends, whose part before it ends at `last`.
    fn goes_on(&self, rest: &[Element], last: usize, sentence: u16) -> Option<usize> {
        let Some((element, rest)) = rest.split_first() else {
            return Some(last);
        };
        let within = |at: usize| (self.items.get(at)).filter(|item| item.sentence == sentence);
        match element {
            Element::Any { words, mask, must } => {
                let at = last + 1;
                let fits = within(at).is_some_and(|item| item.mask & mask != 0)
                    && (self.words_of(at).iter()).any(|word| words.binary_search(word).is_ok());
                if fits && let Some(end) = self.goes_on(rest, at, sentence) {
                    return Some(end);
                }
                if *must {
                    None
                } else {
                    self.goes_on(rest, last, sentence)
                }
            }
            Element::Gap(most) => (0..=usize::from(*most))
                .map(|skipped| last + skipped)
                .take_while(|at| within(*at).is_some())
                .find_map(|at| self.goes_on(rest, at, sentence)),
        }
    }
}

fn look(table: &Table, form: &str, drawn: bool, words: &mut Vec<u32>) {
    let start = words.len();
    table.look(form, |word, _| words.push(word));
    if drawn && words.len() == start {
        let mut short = String::with_capacity(form.len());
        for letter in form.chars() {
            if !short.ends_with(letter) {
                short.push(letter);
            }
        }
        table.look(&short, |word, _| words.push(word));
    }
}

/// The Greek words that a form may be, by its sound.
fn greek_words(lexicon: &Compiled, script: Script, form: &str, words: &mut Vec<u32>) {
    let table = lexicon.table(Script::Greek);
    let mut sounds = String::with_capacity(form.len() * 2);
    if script == Script::Greek {
        greek::of_greek(form, &mut sounds);
        table.look(&sounds, |word, _| words.push(word));
        return;
    }
    let start = words.len();
    for reading in greek::readings(form) {
        sounds.clear();
        greek::of_latin(form, reading, &mut sounds);
        table.look(&sounds, |word, _| {
            if !words.get(start..).unwrap_or_default().contains(&word) {
                words.push(word);
            }
        });
    }
}

/// The language that most of a text is in.
fn language(lexicon: &Compiled, scan: &Scan) -> Language {
    let most = (scan.cyrillic)
        .max(scan.greek)
        .max(scan.latin)
        .max(scan.foreign);
    if most == 0 || most == scan.foreign {
        return Language::Unknown;
    }
    if most == scan.cyrillic {
        // Ukrainian, Belarusian, Serbian …: Russian words are still looked for.
        let russian = scan.other_cyrillic * 30 <= scan.cyrillic;
        return if russian {
            Language::Russian
        } else {
            Language::Unknown
        };
    }
    if most == scan.greek {
        return Language::Greek;
    }
    let (mut english, mut greek) = (0.0, 0.0);
    let mut words = Vec::new();
    for token in &scan.tokens {
        if token.kind != Kind::Word(Script::Latin) {
            continue;
        }
        let form = scan.form(token);
        words.clear();
        look(lexicon.table(Script::Latin), form, token.drawn, &mut words);
        english += votes(lexicon, &words);
        words.clear();
        greek_words(lexicon, Script::Latin, form, &mut words);
        greek += votes(lexicon, &words);
    }
    if greek > english {
        Language::Greeklish
    } else if english > 0.0 {
        Language::English
    } else {
        Language::Unknown
    }
}

/// How much a word speaks for the language whose words these are.
fn votes(lexicon: &Compiled, words: &[u32]) -> f64 {
    /// A word that is known, without being one that marks the language.
    const KNOWN: f64 = 0.4;
    (words.iter())
        .flat_map(|word| lexicon.rules_of(*word))
        .filter(|rule| !rule.own)
        .flat_map(|rule| rule.bearings.iter())
        .map(|bearing| match bearing {
            Bearing::Vote(weight) => *weight,
            _ => KNOWN,
        })
        .fold(0.0, f64::max)
}

/// Whom a text is asked about.
struct Target<'a> {
    /// Its place among the brands.
    place: Option<usize>,
    /// How it is written, where it is no brand that is known.
    form: Option<String>,
    lexicon: &'a Compiled,
}

impl<'a> Target<'a> {
    fn new(lexicon: &'a Compiled, name: Option<&str>) -> Self {
        let place = name.and_then(|name| lexicon.brands().iter().position(|brand| brand == name));
        let form = match (place, name) {
            (None, Some(name)) => Some(name.chars().filter_map(fold).collect::<String>()),
            _ => None,
        };
        Self {
            place,
            form: form.filter(|form| !form.is_empty()),
            lexicon,
        }
    }

    /// Whose name a word is.
    fn whose(&self, form: &str, words: &[u32]) -> Option<Whose> {
        if (self.form.as_deref()).is_some_and(|target| form.starts_with(target)) {
            return Some(Whose::Target);
        }
        if self.lexicon.brands().is_empty() {
            return None;
        }
        let mut found = None;
        for word in words {
            for rule in self.lexicon.rules_of(*word) {
                for bearing in rule.bearings.iter() {
                    if let Bearing::Brand(place) = bearing {
                        if self.place == Some(*place) {
                            return Some(Whose::Target);
                        }
                        found = Some(Whose::Other);
                    }
                }
            }
        }
        found
    }

    /// Whose handle it is, as far as a part of it tells: `@acme_support`, `@HelpAcme`.
    fn whose_handle(&self, lexicon: &Compiled, handle: &str) -> Option<Whose> {
        if self.form.is_none() && lexicon.brands().is_empty() {
            return None;
        }
        let mut found = None;
        let mut before = '@';
        let mut words = Vec::new();
        for (at, c) in handle.char_indices() {
            let begins = !before.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase());
            before = c;
            if !begins || !c.is_alphanumeric() {
                continue;
            }
            let part: String = (handle.get(at..).unwrap_or_default().chars())
                .filter_map(fold)
                .collect();
            words.clear();
            lexicon
                .table(Script::Latin)
                .look(&part, |word, _| words.push(word));
            match self.whose(&part, &words) {
                Some(Whose::Target) => return Some(Whose::Target),
                other => found = found.or(other),
            }
        }
        found
    }
}
