//! Texts that are none: a stated verdict each.

use sociable::desk::triage::{Intent, Language, Polarity};

use super::told;

#[test]
fn nothing_is_a_remark_that_waits_for_nothing() {
    for text in [
        "",
        " \n\t ",
        "...",
        "@somebody",
        "https://example.com/a",
        "#",
        "@",
        "&amp;",
        "\u{301}\u{200d}",
    ] {
        let found = told(text);
        assert_eq!(found.intent, Intent::Remark, "{text:?}: {found:#?}");
        assert_eq!(found.polarity, Polarity::Neutral, "{text:?}");
        assert!(!found.needs_answer, "{text:?}");
        assert_eq!(found.language, Language::Unknown, "{text:?}");
    }
}

#[test]
fn emoji_alone_tell_a_mood_and_no_language() {
    let found = told("😡😡😡");
    assert_eq!(found.language, Language::Unknown);
    assert_eq!(found.polarity, Polarity::Negative);
    assert_eq!(
        found.intent,
        Intent::Complaint,
        "said to us, anger is a complaint"
    );
    let found = told("❤️❤️👍🏽");
    assert_eq!(found.polarity, Polarity::Positive);
    let found = told("🚲🏠");
    assert_eq!(
        (found.polarity, found.needs_answer),
        (Polarity::Neutral, false)
    );
}

#[test]
fn another_script_is_a_remark_that_somebody_should_read() {
    for text in [
        "ご注文はまだ届いていません",
        "لم يصل طلبي بعد",
        "המשלוח לא הגיע",
    ] {
        let found = told(text);
        assert_eq!(found.language, Language::Unknown, "{text}");
        assert_eq!(found.intent, Intent::Remark, "{text}: {found:#?}");
        assert!(
            found.needs_answer,
            "it was said to us, and we do not know what: {text}"
        );
    }
}

#[test]
fn a_long_text_is_read_to_a_stated_place() {
    let text = format!("Связь не работает! {}", "слово ".repeat(20_000));
    assert!(text.len() > 100_000);
    let found = told(&text);
    assert_eq!(found.intent, Intent::Complaint);
    let looked_at = found.looked_at.unwrap();
    assert!(looked_at <= 16 * 1024 && text.is_char_boundary(looked_at));
    assert!(
        found
            .reasons
            .iter()
            .all(|reason| reason.span.end <= looked_at)
    );
    assert_eq!(told("Связь не работает!").looked_at, None);
}

#[test]
fn one_endless_word_and_one_endless_mark_are_read() {
    for piece in [
        "a", "я", "😡", "(", ")", "!", "?", "\"", "*", "'", "@", "#", ":", "th", "не ", "\u{301}",
    ] {
        let found = told(&piece.repeat(50_000));
        assert!(found.score.is_finite(), "{piece}");
    }
}
