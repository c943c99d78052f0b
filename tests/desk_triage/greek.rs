//! Greek as Greeks write it: with accents, without, in Latin letters.

use sociable::desk::triage::{Intent, Language, Polarity};

use super::told;

/// Verdict, and the three spellings.
fn sentences() -> Vec<(Intent, [&'static str; 3])> {
    (include_str!("greek.txt").lines())
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut parts = line.split(" | ");
            let verdict = Intent::from(parts.next().unwrap());
            (verdict, [(); 3].map(|()| parts.next().unwrap()))
        })
        .collect()
}

#[test]
fn three_spellings_of_a_sentence_get_one_verdict() {
    let sentences = sentences();
    assert_eq!(sentences.len(), 120);
    let mut different = Vec::new();
    for (_, spellings) in &sentences {
        let verdicts = spellings.map(|text| {
            let found = told(text);
            (found.intent, found.polarity, found.needs_answer)
        });
        if verdicts[0] != verdicts[1] || verdicts[0] != verdicts[2] {
            different.push((spellings[0], verdicts));
        }
    }
    println!("the same verdict: {} of {}", 120 - different.len(), 120);
    assert!(different.len() <= 6, "{different:#?}");
}

#[test]
fn the_verdict_is_right_for_most() {
    let sentences = sentences();
    let wrong: Vec<_> = (sentences.iter())
        .flat_map(|(verdict, spellings)| spellings.map(|text| (verdict, text)))
        .filter(|(verdict, text)| told(text).intent != **verdict)
        .collect();
    println!("wrong: {} of {}", wrong.len(), 3 * sentences.len());
    assert!(wrong.len() * 10 <= 3 * sentences.len(), "{wrong:#?}");
}

#[test]
fn greek_in_latin_letters_is_told_from_english() {
    for (_, [accents, none, latin]) in sentences() {
        assert_eq!(told(accents).language, Language::Greek, "{accents}");
        assert_eq!(told(none).language, Language::Greek, "{none}");
        assert_eq!(told(latin).language, Language::Greeklish, "{latin}");
    }
    for text in [
        "My order has not arrived and nobody answers me",
        "Thanks a lot, that was quick!",
        "Do you deliver to Athens on Sunday?",
    ] {
        assert_eq!(told(text).language, Language::English, "{text}");
    }
}

#[test]
fn many_spellings_are_one_word() {
    for text in [
        "ευχαριστώ",
        "ευχαριστω",
        "ΕΥΧΑΡΙΣΤΩ",
        "efxaristo",
        "eyxaristw",
        "euxaristw",
        "efharisto",
        "efcharisto",
        "Eucharisto",
    ] {
        let text = format!("{text} πολύ");
        assert_eq!(told(&text).polarity, Polarity::Positive, "{text}");
    }
}
