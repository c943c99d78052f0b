//! A desk's own words, and whom a text speaks about.

use sociable::desk::triage::{
    Aspect, Assessment, Brand, Classifier, Input, Intent, Lexicon, Polarity, Term, Topic,
    Vocabulary,
};
use sociable::{Error, ErrorKind};

fn with(own: Vocabulary) -> Lexicon {
    Lexicon::new(&own).unwrap()
}

#[test]
fn own_terms_mean_what_the_desk_says() {
    let text = "The crema is gone again";
    let before = Lexicon::standard().assess(&Input::new(text).addressed(true));
    assert_eq!(before.polarity, Polarity::Neutral);

    let own = Vocabulary::new().terms(
        Term::new("crema .. gone")
            .polarity(-2.0)
            .topic("coffee")
            .severity(0.3)
            .intent(Intent::Complaint),
    );
    let after = with(own).assess(&Input::new(text).addressed(true));
    assert_eq!(after.polarity, Polarity::Negative);
    assert_eq!(after.intent, Intent::Complaint);
    assert_eq!(after.topic(), Some(&Topic::Other("coffee".to_owned())));
    assert!(after.severity > before.severity);
    let reason = (after.reasons.iter())
        .find(|reason| reason.rule.starts_with("own.term"))
        .unwrap();
    assert_eq!(reason.words(text), "crema is gone");
}

#[test]
fn a_desk_may_have_intents_of_its_own() {
    let own = Vocabulary::new().terms(Term::new("ваканси*").intent("application"));
    let found = with(own).assess(&Input::new("Ищу работу, есть ли вакансии?").addressed(true));
    assert_eq!(found.intent.as_str(), "application", "{found:#?}");
    assert!(found.needs_answer);
}

#[test]
fn an_own_term_goes_before_the_built_in_word() {
    // A shop whose brand is a bad word.
    let text = "Встретимся в баре Ужас";
    let standard = Lexicon::standard().assess(&Input::new(text));
    assert_eq!(standard.polarity, Polarity::Negative);
    let own = Vocabulary::new().terms(Term::new("ужас").polarity(0.0));
    let found = with(own).assess(&Input::new(text));
    assert_eq!(found.polarity, Polarity::Neutral, "{found:#?}");
}

#[test]
fn an_own_greek_word_is_found_in_latin_letters() {
    let own = Vocabulary::new().terms(Term::new("φρέντο").topic("coffee"));
    for text in ["Ο φρέντο σας", "ο φρεντο σας", "o frento sas einai edw"] {
        let found = with(own.clone()).assess(&Input::new(text));
        assert_eq!(
            found.topic().map(Topic::as_str),
            Some("coffee"),
            "{text}: {found:#?}"
        );
    }
}

#[test]
fn own_words_are_read_from_data() {
    let own: Vocabulary = sociable::serde_json::from_str(
        r#"{"brands": [{"name": "acme", "terms": ["акме"]}], "terms": [{"text": "зависла*", "polarity": -2, "topic": "app"}]}"#,
    )
    .unwrap();
    assert_eq!(own.brands[0], Brand::new("acme").terms("акме"));
    let found = with(own).assess(&Input::new("Акме зависла").target("acme"));
    assert_eq!(found.topic().map(Topic::as_str), Some("app"));
    let unknown = sociable::serde_json::from_str::<Vocabulary>(r#"{"word": []}"#);
    assert!(unknown.unwrap_err().to_string().contains("word"));
}

#[test]
fn a_term_without_a_word_is_refused_with_what_to_do() {
    for own in [
        Vocabulary::new().terms(Term::new("").polarity(1.0)),
        Vocabulary::new().terms(Term::new(".. late")),
        Vocabulary::new().terms(Term::new("late $nobody")),
        Vocabulary::new().terms(Term::new("late").polarity(f64::NAN)),
        Vocabulary::new().terms(Term::new("late").severity(f64::INFINITY)),
        Vocabulary::new().brands(Brand::new("\u{301}")),
    ] {
        let error: Error = Lexicon::new(&own).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Config), "{error}");
        assert!(error.to_string().len() > 20, "{error}");
    }
}

/// Two operators.
fn operators() -> Lexicon {
    with(
        Vocabulary::new()
            .brands(Brand::new("romashka").terms("ромашка").terms("ромашк"))
            .brands(Brand::new("vasilek").terms("василёк").terms("васильк")),
    )
}

#[test]
fn a_text_about_two_is_judged_for_the_one_that_is_asked_about() {
    for (text, romashka, vasilek) in [
        ("У Ромашки связь ужасная, а у Василька отличная", -1, 1),
        ("Перехожу с Ромашки на Василёк", -1, 1),
        ("Ромашка и Василёк оба отвратительны", -1, -1),
        ("Ромашка лучше Василька", 1, -1),
    ] {
        for (target, polarity) in [("romashka", romashka), ("vasilek", vasilek)] {
            let found = operators().assess(&Input::new(text).target(target));
            assert_eq!(
                i8::from(found.polarity),
                polarity,
                "{text} for {target}: {found:#?}"
            );
        }
    }
}

#[test]
fn a_handle_of_ours_makes_it_a_message_to_us() {
    for text in [
        "@romashka_help до скольки работаете",
        "@RomashkaHelp до скольки работаете",
    ] {
        let found = operators().assess(&Input::new(text).target("romashka"));
        assert!(found.needs_answer, "{text}: {found:#?}");
    }
    let found = operators().assess(&Input::new("@somebody идём гулять").target("romashka"));
    assert!(!found.needs_answer, "{found:#?}");
}

#[test]
fn a_target_that_is_no_brand_is_looked_for_as_it_is_written() {
    let text = "Acme is great, Other is awful";
    let found = Lexicon::standard().assess(&Input::new(text).target("Acme"));
    assert!(
        found
            .reasons
            .iter()
            .any(|reason| reason.aspect == Aspect::Polarity)
    );
}

#[derive(Debug)]
struct Model;

#[sociable::async_trait]
impl Classifier for Model {
    async fn classify(&self, input: &Input<'_>) -> sociable::Result<Assessment> {
        if input.text.is_empty() {
            return Err(Error::config("the model takes no empty text"));
        }
        Ok(Assessment::new(Intent::Question)
            .polarity(Polarity::Positive)
            .needs_answer(true))
    }
}

#[tokio::test]
async fn a_model_of_ones_own_stands_where_the_lexicon_stands() {
    let classifiers: [Box<dyn Classifier>; 2] = [Box::new(Model), Box::new(Lexicon::standard())];
    for classifier in &classifiers {
        let found = classifier
            .classify(&Input::new("Where is the shop?"))
            .await
            .unwrap();
        assert_eq!(found.intent, Intent::Question);
    }
    assert!(classifiers[0].classify(&Input::new("")).await.is_err());
}
