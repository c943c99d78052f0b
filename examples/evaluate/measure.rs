//! How well the lexicon judges a file of labelled texts.

use std::collections::BTreeMap;
use std::error::Error;

use serde::Deserialize;
use sociable::desk::triage::{Assessment, Brand, Input, Lexicon, Polarity, Vocabulary};

use super::figure::Figure;

/// How companies are written that files name by a short word. Others are looked for by that word.
const COMPANIES: [(&str, &[&str]); 16] = [
    ("mts", &["мтс", "mtc"]),
    ("beeline", &["билайн", "вымпелком", "vimpelcom"]),
    ("megafon", &["мегафон"]),
    ("rostelecom", &["ростелеком", "rostelekom"]),
    ("tele2", &["теле2", "теле 2", "tele 2"]),
    ("skylink", &["скайлинк", "sky link"]),
    ("komstar", &["комстар"]),
    ("yota", &["йота"]),
    ("sberbank", &["сбер"]),
    ("vtb", &["втб"]),
    ("gazprom", &["газпром"]),
    ("alfabank", &["альфабанк", "альфа банк", "альфа-банк"]),
    ("bankmoskvy", &["банк москвы"]),
    ("raiffeisen", &["райффайзен", "райфайзен"]),
    ("uralsib", &["уралсиб"]),
    ("rshb", &["россельхозбанк", "рсхб"]),
];

/// Reasons of complaints as files name them, and our topic.
const REASONS: [(&str, &str); 9] = [
    ("Customer Service Issue", "service"),
    ("Late Flight", "delay"),
    ("Cancelled Flight", "cancellation"),
    ("Lost Luggage", "lost_item"),
    ("Bad Flight", "quality"),
    ("Flight Booking Problems", "booking"),
    ("Flight Attendant Complaints", "staff"),
    ("longlines", "delay"),
    ("Damaged Luggage", "damage"),
];
/// So many of the most frequent reasons are judged.
const LARGEST: usize = 5;

/// A line of either kind.
#[derive(Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, i8>>,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    company: Option<String>,
}

/// Right and wrong answers of one class.
#[derive(Default)]
struct Class {
    right: usize,
    said: usize,
    there: usize,
}

impl Class {
    fn precision(&self) -> f64 {
        share(self.right, self.said)
    }

    fn recall(&self) -> f64 {
        share(self.right, self.there)
    }

    fn f1(&self) -> f64 {
        share(2 * self.right, self.said + self.there)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// What is known of one file.
#[derive(Default)]
pub(crate) struct Measured {
    /// For -1, 0 and 1.
    classes: [Class; 3],
    decisions: usize,
    neutral: usize,
    neutral_called_complaints: usize,
    /// For each reason: how often, and with the right topic first.
    reasons: BTreeMap<String, (usize, usize)>,
    unreadable: usize,
}

impl Measured {
    fn decide(&mut self, truth: i8, said: Polarity) {
        let said = i8::from(said);
        for (class, value) in self.classes.iter_mut().zip([-1, 0, 1]) {
            class.there += usize::from(truth == value);
            class.said += usize::from(said == value);
            class.right += usize::from(truth == value && said == value);
        }
        self.decisions += 1;
    }

    fn add(&mut self, line: &Line, lexicon: &Lexicon) {
        if let Some(labels) = &line.labels {
            for (company, label) in labels {
                let found = lexicon.assess(&Input::new(&line.text).target(company));
                self.decide(label.signum(), found.polarity);
            }
        }
        if let Some(label) = &line.label {
            // Who names a company kept the texts that were sent to it.
            let input = Input::new(&line.text).addressed(line.company.is_some());
            self.add_labelled(label, line.reason.as_deref(), &lexicon.assess(&input));
        }
    }

    fn add_labelled(&mut self, label: &str, reason: Option<&str>, found: &Assessment) {
        let truth = match label {
            "negative" => -1,
            "neutral" => 0,
            "positive" => 1,
            // Greetings, what nobody understands.
            _ => return,
        };
        self.decide(truth, found.polarity);
        if truth == 0 {
            self.neutral += 1;
            self.neutral_called_complaints += usize::from(found.is_complaint());
        }
        if let (-1, Some(reason)) = (truth, reason) {
            let topic = (REASONS.iter()).find(|(known, _)| *known == reason);
            if let Some((_, topic)) = topic {
                let (all, right) = self.reasons.entry(reason.to_owned()).or_default();
                *all += 1;
                *right += usize::from(found.topic().is_some_and(|found| found.as_str() == *topic));
            }
        }
    }

    /// Everything that was measured, under a file's name.
    pub(crate) fn figures(&self, file: &str) -> Vec<Figure> {
        let mut figures = Vec::new();
        let mut tell = |what: &str, value: f64, n: usize| {
            let name = format!("{file}.{what}");
            figures.push(Figure { name, value, n });
        };
        let [bad, neutral, good] = &self.classes;
        if self.decisions > 0 {
            tell("f_macro", (bad.f1() + good.f1()) / 2.0, self.decisions);
            // Always the more frequent of the two.
            let most = bad.there.max(good.there);
            tell(
                "f_macro_majority",
                share(2 * most, self.decisions + most) / 2.0,
                self.decisions,
            );
            for (word, class) in [("negative", bad), ("neutral", neutral), ("positive", good)] {
                tell(&format!("{word}.precision"), class.precision(), class.said);
                tell(&format!("{word}.recall"), class.recall(), class.there);
                tell(&format!("{word}.f1"), class.f1(), class.there);
            }
        }
        if self.neutral > 0 {
            let called = share(self.neutral_called_complaints, self.neutral);
            tell("neutral_called_complaints", called, self.neutral);
        }
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(reason, (all, _))| (std::cmp::Reverse(*all), *reason));
        reasons.truncate(LARGEST);
        if !reasons.is_empty() {
            let all = reasons.iter().map(|(_, (all, _))| all).sum();
            let right = reasons.iter().map(|(_, (_, right))| right).sum();
            tell("topic", share(right, all), all);
            for (reason, (all, right)) in reasons {
                let reason = reason.to_lowercase().replace(' ', "_");
                tell(&format!("topic.{reason}"), share(*right, *all), *all);
            }
        }
        if self.unreadable > 0 {
            tell("unreadable_lines", self.unreadable as f64, self.unreadable);
        }
        figures
    }
}

/// A lexicon that knows the companies that a file asks about.
fn lexicon(lines: &[Line]) -> Result<Lexicon, Box<dyn Error>> {
    let mut names: BTreeMap<&str, &[&str]> = BTreeMap::new();
    for company in lines
        .iter()
        .filter_map(|line| line.labels.as_ref())
        .flat_map(BTreeMap::keys)
    {
        names.insert(company, &[]);
    }
    if !names.is_empty() {
        names.extend(COMPANIES);
    }
    let brands = names.into_iter().map(|(name, terms)| {
        (terms.iter()).fold(Brand::new(name), |brand, term| brand.terms(*term))
    });
    let own = brands.fold(Vocabulary::new(), |own, brand| own.brands(brand));
    Ok(Lexicon::new(&own)?)
}

/// Measures a file's text; `None` where it holds no line of ours.
///
/// # Errors
///
/// A company's name that holds no letter.
pub(crate) fn measure(text: &str) -> Result<Option<Measured>, Box<dyn Error>> {
    let mut measured = Measured::default();
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str::<Line>(line) {
            Ok(line) if line.labels.is_some() || line.label.is_some() => lines.push(line),
            _ => measured.unreadable += 1,
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let lexicon = lexicon(&lines)?;
    for line in &lines {
        measured.add(line, &lexicon);
    }
    Ok(Some(measured))
}
