//! Every judgement carries its reasons, and these point at the words that they mean.

use sociable::desk::triage::{Assessment, Input, Lexicon};

use super::{found, told};

#[test]
fn reasons_name_the_words_of_the_original() {
    for (text, rule, words) in [
        (
            "😡 Заказ до сих пор НЕ пришёл!!!",
            "ru.breach",
            "до сих пор НЕ",
        ),
        ("&lt;3 I’m still waiting, guys", "en.still", "still waiting"),
        ("ужаААсно медленный сайт", "ru.bad", "медленный"),
        ("Η βαλίτσα ΧΆΘΗΚΕ χθες", "el.lost", "βαλίτσα ΧΆΘΗΚΕ"),
        (
            "den apantaei kaneis re paidia",
            "el.noanswer",
            "den apantaei kaneis",
        ),
        ("#LostLuggage again", "en.lostbag", "LostLuggage"),
        ("нe рабoтает", "ru.broken", "нe рабoтает"),
        ("ок 😡", "sign.angry", "😡"),
    ] {
        let assessment = told(text);
        assert!(
            found(&assessment, text, rule, words),
            "{text}: {assessment:#?}"
        );
    }
}

#[test]
fn reasons_come_in_the_order_of_the_text_and_add_up() {
    let text = "Ужасная связь, оператор не отвечает, верните деньги";
    let assessment = told(text);
    assert!(
        assessment
            .reasons
            .is_sorted_by_key(|reason| reason.span.start)
    );
    let sum: f64 = (assessment.reasons.iter())
        .filter(|reason| reason.aspect.as_str() == "polarity")
        .map(|reason| reason.weight)
        .sum();
    assert!(
        (sum - assessment.score).abs() < 1e-9,
        "{sum} {assessment:#?}"
    );
}

#[test]
fn an_assessment_goes_through_serde_both_ways() {
    let assessment = told("Верните деньги, суд ждёт вас! Αίσχος");
    let json = sociable::serde_json::to_value(&assessment).unwrap();
    assert_eq!(json["intent"], "complaint");
    assert_eq!(json["polarity"], -1);
    let back: Assessment = sociable::serde_json::from_value(json).unwrap();
    assert_eq!(back, assessment);
}

#[test]
fn the_words_of_another_text_are_not_invented() {
    let text = "Связь не работает";
    let assessment = Lexicon::standard().assess(&Input::new(text));
    let reason = &assessment.reasons[0];
    assert_eq!(reason.words("short"), "");
}
