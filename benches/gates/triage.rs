//! What a text costs to judge.

use std::alloc::System;
use std::hint::black_box;

use sociable::desk::triage::{Input, Lexicon};
use stats_alloc::Region;

use crate::counted::{self, Work};
use crate::figures::{Bound, Report};

/// Instructions for a short text (issue 6).
const MOST: f64 = 200_000.0;
/// What ten times the text may take, as a multiple of ten times the work.
const MOST_LINEAR: f64 = 1.1;
/// How often a work is done while it is counted.
const TURNS: u64 = 20;
/// A short text, in characters.
const SHORT: usize = 140;

pub(crate) const ASSESS: Work = ("triage", assess);

/// A complaint in each language, and a text of emoji alone.
const TEXTS: [(&str, &str); 5] = [
    (
        "ru",
        "Уже третий день жду курьера, заказ 48213 так и не привезли, оператор не отвечает. Верните деньги, иначе пойду в суд! Сколько можно ждать?! ",
    ),
    (
        "el",
        "Περιμένω το δέμα μου εδώ και τρεις εβδομάδες, κανείς δεν απαντάει στο τηλέφωνο. Θέλω επιστροφή χρημάτων, αλλιώς θα κάνω καταγγελία! Αίσχος! ",
    ),
    (
        "greeklish",
        "Perimenw to dema mou edw kai treis evdomades, kaneis den apantaei sto thlefwno. Thelw epistrofh xrhmatwn, alliws tha kanw kataggelia! Aisxos ",
    ),
    (
        "en",
        "Still waiting for my parcel after three weeks, nobody answers the phone and the app keeps crashing. I want a refund, or see you in court!!! ",
    ),
    ("emoji", "😡🤬👎😠💩😤🙄😒🤦😭"),
];

/// A text of so many characters.
fn text(language: &str, characters: usize) -> String {
    let (_, text) = TEXTS.iter().find(|(name, _)| *name == language).unwrap();
    text.chars().cycle().take(characters).collect()
}

/// Words: the language, and how many characters.
fn assess(turns: u64, words: &[String]) {
    let lexicon = Lexicon::standard();
    let text = text(&words[0], words[1].parse().unwrap());
    for _ in 0..turns {
        black_box(lexicon.assess(&Input::new(black_box(&text)).addressed(true)));
    }
}

fn count(language: &str, characters: usize) -> Result<f64, String> {
    let words = [language.to_owned(), characters.to_string()];
    counted::instructions("triage", TURNS, &words)
}

pub(crate) fn gates(report: &mut Report) {
    let lexicon = Lexicon::standard();
    for (language, _) in TEXTS {
        let name = format!("triage.instructions_{language}");
        match count(language, SHORT) {
            Ok(value) => report.figure(&name, value.round(), Bound::AtMost(MOST)),
            Err(why) => report.unmeasured(&name, &why),
        }
    }
    // Both within what is looked at, so that this is about the way and not about the bound.
    match (count("ru", 600), count("ru", 6000)) {
        (Ok(once), Ok(tenfold)) => {
            let ratio = tenfold / (10.0 * once);
            report.figure("triage.linear", ratio, Bound::AtMost(MOST_LINEAR));
        }
        (Err(why), _) | (_, Err(why)) => report.unmeasured("triage.linear", &why),
    }
    match (count("emoji", 10_000), count("emoji", 100_000)) {
        // What lies beyond the bound is not looked at.
        (Ok(once), Ok(tenfold)) => {
            report.figure("triage.bounded", tenfold / once, Bound::AtMost(MOST_LINEAR));
        }
        (Err(why), _) | (_, Err(why)) => report.unmeasured("triage.bounded", &why),
    }
    let short = text("ru", SHORT);
    let region: Region<'_, System> = Region::new(crate::HEAP);
    black_box(lexicon.assess(&Input::new(black_box(&short))));
    let spent = region.change();
    let allocations = spent.allocations + spent.reallocations;
    report.figure("triage.allocations", allocations as f64, Bound::Free);
}
