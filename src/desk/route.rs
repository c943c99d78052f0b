//! To which service a case goes: ordered rules, of which the first that fits decides.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::plan::Phrase;
use super::triage::{Intent, Language, SeverityLevel, Topic};
use crate::model::setters;

/// A rule: what is named must hold, each of several in one list is enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Route {
    /// Its name, which stands in every decision.
    pub id: String,
    /// The service that a case goes to.
    pub service: String,
    /// One of these intents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<Intent>,
    /// One of these topics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// At least so severe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<SeverityLevel>,
    /// One of these languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// One of these networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// One of our accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// One of these words or phrases, with their inflections, in any text of the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Phrase>,
    /// Whether the case is handed over at once. Otherwise the decision only proposes it.
    #[serde(default)]
    pub at_once: bool,
}

impl Route {
    /// A rule that every case fits.
    pub fn new(id: impl Into<String>, service: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            service: service.into(),
            intents: Vec::new(),
            topics: Vec::new(),
            severity: None,
            languages: Vec::new(),
            networks: Vec::new(),
            accounts: Vec::new(),
            words: Vec::new(),
            at_once: false,
        }
    }

    /// Whether a case fits, and by what; the reasons in the order of the rule's parts.
    pub fn fits(&self, case: &Case) -> Option<Vec<String>> {
        let mut reasons = Vec::new();
        let judged = case.assessment();
        if !self.intents.is_empty() {
            let intent = &judged?.intent;
            self.intents.iter().find(|wanted| *wanted == intent)?;
            reasons.push(format!("intent {intent}"));
        }
        if !self.topics.is_empty() {
            let mut topics = judged?.topics.iter().map(|scored| &scored.topic);
            let topic = topics.find(|topic| self.topics.contains(topic))?;
            reasons.push(format!("topic {topic}"));
        }
        if let Some(least) = self.severity {
            if case.severity.level() < least {
                return None;
            }
            reasons.push(format!("severity {:.2}", case.severity.value()));
        }
        if !self.languages.is_empty() {
            let language = &judged?.language;
            self.languages.iter().find(|wanted| *wanted == language)?;
            reasons.push(format!("language {language}"));
        }
        if !self.networks.is_empty() {
            self.networks
                .iter()
                .find(|wanted| **wanted == case.network)?;
            reasons.push(format!("network {}", case.network));
        }
        if !self.accounts.is_empty() {
            self.accounts
                .iter()
                .find(|wanted| **wanted == case.account)?;
            reasons.push(format!("account {}", case.account));
        }
        if !self.words.is_empty() {
            let stands = |phrase: &&Phrase| {
                case.mentions
                    .iter()
                    .any(|mention| phrase.stands_in(mention.text()))
            };
            let phrase = self.words.iter().find(stands)?;
            reasons.push(format!("words `{phrase}`"));
        }
        if reasons.is_empty() {
            reasons.push("every case".to_owned());
        }
        Some(reasons)
    }
}

setters!(Route {
    push intents: Intent, "Asks for this intent.";
    push topics: Topic, "Asks for this topic.";
    some severity: SeverityLevel, "Asks for at least this severity.";
    push languages: Language, "Asks for this language.";
    push networks: String, "Asks for this network.";
    push accounts: String, "Asks for this account of ours.";
    push words: Phrase, "Asks for this word or phrase, with its inflections.";
    set at_once: bool, "Says whether the case is handed over at once.";
});

/// Where a rule sent a case, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// The rule.
    pub rule: String,
    /// The service.
    pub service: String,
    /// By what the case fitted: parts of the rule, never a person's words.
    pub reasons: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// The decision of the first rule that fits.
pub(super) fn decide(routes: &[Route], case: &Case, at: Timestamp) -> Option<(Decision, bool)> {
    routes.iter().find_map(|route| {
        let decision = Decision {
            rule: route.id.clone(),
            service: route.service.clone(),
            reasons: route.fits(case)?,
            at,
        };
        Some((decision, route.at_once))
    })
}
