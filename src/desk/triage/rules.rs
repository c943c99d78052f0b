//! What words mean, read from the word files and from own terms.
//!
//! A word file is made of lines. `# …` is a comment. `$name = a|b` names a choice for phrases. `[name] bearing, bearing` begins
//! a section: everything below it means this. All else are entries between commas: a word, or a phrase with blanks.
//! `*` at a word's end stands for any ending, `a|b` for a choice, `~` at the end for a part that may be missing, `..` for up to
//! three words between (`..5` for up to five), `<target>`, `<other>`, `<number>` and `<mention>` for what they say.

use crate::{Error, Result, SharedStr};

use super::assessment::{Intent, Topic};

/// What a word or phrase does to the judgement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bearing {
    /// Good above 0, bad below.
    Polarity(f64),
    /// Speaks for an intent.
    Intent(Intent, f64),
    Severity(f64),
    Topic(Topic, f64),
    /// What a customer counts on: bad when it is denied, nothing by itself.
    Needed(f64),
    /// Speaks of trouble where a text is about a company, and of nothing elsewhere.
    Trouble(f64),
    /// Turns what follows.
    Negator,
    /// Makes what follows stronger or weaker, by this factor.
    Booster(f64),
    /// What follows weighs more than what came before.
    Contrast,
    /// The writer speaks of themselves.
    Person,
    /// The writer speaks to somebody.
    You,
    /// Customers' life: orders, tariffs, flights.
    Domain,
    /// Speaks for the language.
    Vote(f64),
    /// Names a brand, by its place in the list.
    Brand(usize),
}

impl Bearing {
    /// A bit for each kind of bearing, whatever its weight.
    pub(super) fn bit(&self) -> u32 {
        let kind = match self {
            Self::Polarity(_) => 0,
            Self::Intent(..) => 1,
            Self::Severity(_) => 2,
            Self::Topic(..) => 3,
            Self::Needed(_) => 4,
            Self::Trouble(_) => 5,
            Self::Negator => 6,
            Self::Booster(_) => 7,
            Self::Contrast => 8,
            Self::Person => 9,
            Self::You => 10,
            Self::Domain => 11,
            Self::Vote(_) => 12,
            Self::Brand(_) => 13,
        };
        1 << kind
    }

    /// Whether it changes what words around it mean.
    pub(super) fn turns(&self) -> bool {
        matches!(self, Self::Negator | Self::Booster(_) | Self::Contrast)
    }
}

/// A rule: what it is called, and what it does.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) id: SharedStr,
    pub(super) bearings: std::sync::Arc<[Bearing]>,
    /// Added by the user: goes before the built-in ones.
    pub(super) own: bool,
}

/// A section's entries.
pub(super) struct Section<'a> {
    pub(super) name: &'a str,
    pub(super) bearings: Vec<Bearing>,
    pub(super) entries: Vec<&'a str>,
}

/// A word file in pieces: its named choices and its sections.
#[derive(Default)]
pub(super) struct Words<'a> {
    pub(super) choices: Vec<(&'a str, &'a str)>,
    pub(super) sections: Vec<Section<'a>>,
}

/// Reads a word file.
///
/// # Errors
///
/// A line that is not understood, by its number.
pub(super) fn read(text: &str) -> Result<Words<'_>> {
    let mut words = Words::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let wrong = |what: &str| Error::config(format!("line {}: {what}: {line}", number + 1));
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, choice)) = line
            .strip_prefix('$')
            .and_then(|named| named.split_once(" = "))
        {
            words.choices.push((name, choice.trim()));
        } else if let Some(header) = line.strip_prefix('[') {
            let (name, bearings) =
                (header.split_once(']')).ok_or_else(|| wrong("a name without its end"))?;
            let bearings = bearings
                .split(',')
                .map(|text| bearing(text).ok_or_else(|| wrong("no such bearing")))
                .collect::<Result<_>>()?;
            words.sections.push(Section {
                name: name.trim(),
                bearings,
                entries: Vec::new(),
            });
        } else {
            let section = (words.sections.last_mut())
                .ok_or_else(|| wrong("an entry before the first section"))?;
            let entries = line.split(',').map(str::trim);
            section
                .entries
                .extend(entries.filter(|entry| !entry.is_empty()));
        }
    }
    Ok(words)
}

fn bearing(text: &str) -> Option<Bearing> {
    let mut parts = text.split_whitespace();
    let what = parts.next()?;
    let topic = (what == "topic").then(|| parts.next()).flatten();
    let weight = match parts.next() {
        Some(number) => number.parse().ok()?,
        None => 1.0,
    };
    Some(match what {
        "good" => Bearing::Polarity(weight),
        "bad" => Bearing::Polarity(-weight),
        "severity" => Bearing::Severity(weight),
        "topic" => Bearing::Topic(topic?.into(), weight),
        "needed" => Bearing::Needed(weight),
        "trouble" => Bearing::Trouble(weight),
        "negator" => Bearing::Negator,
        "booster" => Bearing::Booster(weight),
        "contrast" => Bearing::Contrast,
        "person" => Bearing::Person,
        "you" => Bearing::You,
        "domain" => Bearing::Domain,
        "vote" => Bearing::Vote(weight),
        _ => match Intent::from(what) {
            Intent::Other(_) => return None,
            intent => Bearing::Intent(intent, weight),
        },
    })
}
