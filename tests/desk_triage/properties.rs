//! What holds for every text.

use proptest::prelude::*;
use sociable::desk::triage::{Input, Lexicon};

/// Pieces that meet in no real text, and so in this one.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        ".{0,12}",
        "[a-zA-Zа-яА-ЯёЁα-ωΑ-Ωά-ώ0-9'’*@#&;:.,!?()/ \n-]{0,16}",
        Just("не работает".to_owned()),
        Just("den doulevei".to_owned()),
        Just("still waiting".to_owned()),
        Just("👩‍👩‍👧&lt;3 @a.b #ЁжикΣ".to_owned()),
        Just("http://".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn every_text_is_judged_alike_each_time_and_its_reasons_lie_in_it(text in pieces(), addressed: bool) {
        let lexicon = Lexicon::standard();
        let input = Input::new(&text).addressed(addressed).target("работа");
        let found = lexicon.assess(&input);
        prop_assert_eq!(&found, &lexicon.assess(&input));
        prop_assert!(found.score.is_finite());
        prop_assert!((0.0..=1.0).contains(&found.severity.value()));
        for reason in &found.reasons {
            prop_assert!(text.get(reason.span.clone()).is_some_and(|words| !words.is_empty()), "{:?}", reason);
        }
    }
}
