//! What a program never answers by itself: grief, and threats against life.

use std::sync::OnceLock;

use super::case::Case;
use super::plan::Phrase;
use super::triage::{SeverityLevel, Topic};

/// Words of death, of grief and of threats. A word too many only asks for a person.
const WORDS: &[&str] = &[
    "умер",
    "умерла",
    "умерли",
    "погиб",
    "погибла",
    "погибли",
    "похороны",
    "скончался",
    "скончалась",
    "соболезнование",
    "суицид",
    "самоубийство",
    "покончу с собой",
    "убью",
    "убьют",
    "взорву",
    "зарежу",
    "сожгу",
    "died",
    "passed away",
    "funeral",
    "killed",
    "suicide",
    "kill myself",
    "kill you",
    "kill them",
    "bomb",
    "shoot you",
    "condolences",
    "πέθανε",
    "πέθαναν",
    "σκοτώθηκε",
    "κηδεία",
    "συλλυπητήρια",
    "αυτοκτονία",
    "αυτοκτονήσω",
    "θα σε σκοτώσω",
    "θα σας σκοτώσω",
    "βόμβα",
    "θα σε κάψω",
];

/// Why a program must not answer the case by itself, if it must not.
pub(super) fn reason(case: &Case) -> Option<&'static str> {
    static PHRASES: OnceLock<Vec<Phrase>> = OnceLock::new();
    let phrases = PHRASES.get_or_init(|| WORDS.iter().map(|word| Phrase::new(*word)).collect());
    if case.severity.level() >= SeverityLevel::Critical {
        return Some("its severity is critical");
    }
    let judged = case
        .mentions
        .iter()
        .filter_map(|mention| mention.assessment());
    if judged
        .flat_map(|judged| &judged.topics)
        .any(|scored| scored.topic == Topic::Safety)
    {
        return Some("it speaks of harm to people");
    }
    let texts = || case.mentions.iter().map(|mention| mention.text());
    let grave = phrases
        .iter()
        .any(|phrase| texts().any(|text| phrase.stands_in(text)));
    grave.then_some("it speaks of death, or threatens")
}
