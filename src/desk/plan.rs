//! Standing searches: what nobody addressed to us.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::length;
use super::inflect::{Form, asked, words};
use crate::error::{Error, Result};
use crate::model::{Money, setters};

/// A word, or several in a row, with their inflections.
///
/// Words are compared in small letters; Greek accents, final sigmas and `ё` make no difference. Russian and Greek words
/// are found in their regular inflections, English ones as plurals and possessives. In quotation marks (`"Мир"`) they are
/// found just as they stand.
///
/// ```
/// use sociable::desk::Phrase;
///
/// let brand = Phrase::new("Чайная лавка");
/// assert!(brand.stands_in("Была вчера в чайной лавке!"));
/// assert!(!brand.stands_in("В лавке есть чайная пара"));
/// assert!(!Phrase::new("\"Мир\"").stands_in("Во всём мире"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Phrase {
    text: String,
    forms: Vec<Form>,
}

impl Phrase {
    /// A phrase of these words.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let bare = text.trim();
        let inner = bare
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let exact = inner.is_some();
        let forms = words(inner.unwrap_or(bare))
            .map(|word| Form::new(&word, exact))
            .collect();
        Self { text, forms }
    }

    /// Whether it stands in a text, at any place. An empty phrase stands nowhere.
    pub fn stands_in(&self, text: &str) -> bool {
        let words: Vec<String> = words(text).collect();
        self.stands_among(&words)
    }

    fn stands_among(&self, words: &[String]) -> bool {
        if self.forms.is_empty() {
            return false;
        }
        let mut places = words.windows(self.forms.len());
        places.any(|place| {
            self.forms
                .iter()
                .zip(place)
                .all(|(form, word)| form.fits(word))
        })
    }

    /// What to ask a network for: the phrase itself first, then its inflections, where one word is inflected.
    fn asks(&self) -> Vec<String> {
        let bare = self.text.trim().trim_matches('"').to_owned();
        let quoted = self.text.trim().starts_with('"');
        match self.forms.len() {
            0 => Vec::new(),
            1 if !quoted => asked(&bare),
            _ => vec![bare],
        }
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.text
    }
}

/// A standing search: what to look for, how often, and what it may cost.
///
/// What networks find is loose, so that each find is matched again here: one of the `terms` must stand in it, none of the
/// `exclusions`, and none of our accounts may have written it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SearchPlan {
    /// Its name, which stands in every find.
    pub name: String,
    /// The brand, its products, common misspellings.
    pub terms: Vec<Phrase>,
    /// Words that make a find somebody else's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Phrase>,
    /// Only these accounts search; where none is named, every one whose network can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// How long to wait between two rounds; 15 minutes.
    #[serde(default = "quarter_of_an_hour", with = "length")]
    pub every: Duration,
    /// How many calls it may make on a day of UTC, on all accounts together; 500. Each asked form and each page is one.
    #[serde(default = "five_hundred")]
    pub max_calls_a_day: u32,
    /// What it may cost on a day of UTC, on all accounts together. Where a network bills its searches and no cap is set,
    /// it is not searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_a_day: Option<Money>,
    /// How many posts a page holds at most, of which a call may be billed for each; 50.
    #[serde(default = "fifty")]
    pub page: u32,
    /// How many pages of each asked form are followed at most; 4.
    #[serde(default = "four")]
    pub pages: u32,
    /// Whether inflections of single words are asked for too, which costs a call each. Finds are matched in every form
    /// either way.
    #[serde(default = "yes")]
    pub inflect: bool,
}

fn quarter_of_an_hour() -> Duration {
    Duration::from_secs(900)
}

fn five_hundred() -> u32 {
    500
}

fn fifty() -> u32 {
    50
}

fn four() -> u32 {
    4
}

fn yes() -> bool {
    true
}

impl SearchPlan {
    /// A search without terms yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            terms: Vec::new(),
            exclusions: Vec::new(),
            accounts: Vec::new(),
            every: quarter_of_an_hour(),
            max_calls_a_day: five_hundred(),
            max_cost_a_day: None,
            page: fifty(),
            pages: four(),
            inflect: yes(),
        }
    }

    /// Whether a text is one that is looked for.
    pub fn matches(&self, text: &str) -> bool {
        let words: Vec<String> = words(text).collect();
        let stands = |phrase: &Phrase| phrase.stands_among(&words);
        self.terms.iter().any(stands) && !self.exclusions.iter().any(stands)
    }

    /// What it asks a network for, in order, each once.
    pub fn queries(&self) -> Vec<String> {
        let mut queries: Vec<String> = Vec::new();
        for term in &self.terms {
            let asks = term.asks();
            let many = if self.inflect { asks.len() } else { 1 };
            for ask in asks.into_iter().take(many) {
                if !queries.contains(&ask) {
                    queries.push(ask);
                }
            }
        }
        queries
    }

    /// Passes when it can work.
    ///
    /// # Errors
    /// `Config` where there is no word to look for, no time between rounds, no call or no post allowed.
    pub fn check(&self) -> Result<()> {
        let trouble = if self.queries().is_empty() {
            "has no word to look for: add a term"
        } else if self.terms.iter().any(|term| term.forms.is_empty()) {
            "has a term without a letter or digit: take it out"
        } else if self.every.is_zero() {
            "waits no time between two rounds: set `every`"
        } else if self.max_calls_a_day == 0 || self.page == 0 || self.pages == 0 {
            "may make no call: raise `max_calls_a_day`, `page` and `pages` above 0"
        } else {
            return Ok(());
        };
        Err(Error::config(format!(
            "the search `{}` {trouble}",
            self.name
        )))
    }
}

setters!(SearchPlan {
    push terms: Phrase, "Adds what to look for.";
    push exclusions: Phrase, "Adds what makes a find somebody else's.";
    push accounts: String, "Lets this account search.";
    set every: Duration, "Sets how long to wait between two rounds.";
    set max_calls_a_day: u32, "Bounds the calls of a day.";
    some max_cost_a_day: Money, "Bounds the cost of a day.";
    set page: u32, "Bounds how many posts a page holds.";
    set pages: u32, "Bounds how many pages are followed.";
    set inflect: bool, "Says whether inflections are asked for.";
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_matched_again_with_inflections_and_exclusions() {
        let plan = SearchPlan::new("brand")
            .terms("Ромашка")
            .exclusions("аптечная ромашка")
            .exclusions("чай");
        assert!(plan.matches("В «Ромашке» опять очередь"));
        assert!(!plan.matches("Собираем аптечную ромашку"));
        assert!(!plan.matches("ромашковый сбор"));
        assert!(!plan.matches("ромашки и чаю"));
        assert!(!plan.matches(""));
    }

    #[test]
    fn a_plan_asks_for_each_form_once() {
        let plan = SearchPlan::new("brand")
            .terms("Билайн")
            .terms("билайна")
            .terms("Чайная лавка");
        let queries = plan.queries();
        assert!(queries.starts_with(&["Билайн".to_owned(), "билайна".to_owned()]));
        assert!(queries.contains(&"Чайная лавка".to_owned()));
        let bare = plan.inflect(false).queries();
        assert_eq!(bare, ["Билайн", "билайна", "Чайная лавка"]);
    }

    #[test]
    fn a_plan_that_cannot_work_is_refused() {
        for plan in [
            SearchPlan::new("a"),
            SearchPlan::new("a").terms("!!!"),
            SearchPlan::new("a").terms("x").every(Duration::ZERO),
            SearchPlan::new("a").terms("x").max_calls_a_day(0_u32),
        ] {
            assert_eq!(plan.check().unwrap_err().kind(), &crate::ErrorKind::Config);
        }
        assert!(SearchPlan::new("a").terms("x").check().is_ok());
    }
}
