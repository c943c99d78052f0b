//! Denial, breach of expectation, remedy, questions, sarcasm: what a text means beyond its single words.

use sociable::desk::triage::{
    Aspect, Input, Intent, Language, Lexicon, Polarity, SeverityLevel, Topic,
};

use super::{found, told};

#[test]
fn a_denied_word_means_the_opposite() {
    for (text, polarity) in [
        ("Мне нравится ваш сервис", Polarity::Positive),
        ("Мне не нравится ваш сервис", Polarity::Negative),
        ("Связь плохая", Polarity::Negative),
        ("Связь неплохая, не жалуюсь", Polarity::Positive),
        ("Я очень доволен", Polarity::Positive),
        ("Я совсем не доволен", Polarity::Negative),
        ("I am happy with it", Polarity::Positive),
        ("I am not happy with it", Polarity::Negative),
        ("I’m not at all happy with it", Polarity::Negative),
        ("No problems at all, works great", Polarity::Positive),
        ("Είμαι ευχαριστημένος", Polarity::Positive),
        ("Δεν είμαι καθόλου ευχαριστημένος", Polarity::Negative),
        ("den eimai katholou efxaristimenos", Polarity::Negative),
    ] {
        assert_eq!(told(text).polarity, polarity, "{text}: {:#?}", told(text));
    }
}

#[test]
fn a_denial_ends_with_its_clause() {
    let found = told("Вопросов нет, отличная работа");
    assert_eq!(found.polarity, Polarity::Positive, "{found:#?}");
}

#[test]
fn a_breach_of_expectation_is_a_complaint_without_a_bad_word() {
    for text in [
        "Обещали привезти во вторник, но никого не было",
        "Заказ 4812 до сих пор не пришёл",
        "Который день без интернета",
        "I was promised a call, but nothing happened",
        "Still waiting for my parcel",
        "I paid for express delivery but it came by mail",
        "Ακόμα περιμένω την παραγγελία μου",
        "akoma perimeno tin paraggelia mou",
    ] {
        let found = told(text);
        assert_eq!(found.intent, Intent::Complaint, "{text}: {found:#?}");
        assert!(found.needs_answer, "{text}");
        assert!(
            found.severity.level() >= SeverityLevel::Low,
            "{text}: {found:#?}"
        );
    }
}

#[test]
fn who_wants_money_back_complains() {
    for text in [
        "Верните деньги за билет",
        "I want a refund",
        "Give me my money back",
        "Θέλω επιστροφή χρημάτων",
        "thelw epistrofh xrhmatwn",
    ] {
        let found = told(text);
        assert_eq!(found.intent, Intent::Complaint, "{text}: {found:#?}");
        assert_eq!(found.topic(), Some(&Topic::Price), "{text}: {found:#?}");
    }
}

#[test]
fn a_question_is_no_complaint() {
    for text in [
        "Подскажите, до скольки вы работаете?",
        "Как подключить роуминг?",
        "Do you ship to Cyprus?",
        "What time does the shop open",
        "Τι ώρα ανοίγετε;",
        "ti wra anoigete;",
    ] {
        let found = told(text);
        assert_eq!(found.intent, Intent::Question, "{text}: {found:#?}");
        assert!(found.needs_answer, "{text}");
        assert_eq!(
            found.severity.level(),
            SeverityLevel::None,
            "{text}: {found:#?}"
        );
    }
}

#[test]
fn praise_suggestions_and_spam_are_told_apart() {
    for (text, intent) in [
        ("Спасибо за быструю помощь!", Intent::Praise),
        ("You guys are amazing, thank you", Intent::Praise),
        ("Хотелось бы тёмную тему в приложении", Intent::Suggestion),
        ("It would be great to have a dark theme", Intent::Suggestion),
        (
            "Розыгрыш призов! Подпишись на наш канал и сделай репост https://spam.example",
            Intent::Spam,
        ),
        (
            "Work from home and make money, click the link in bio",
            Intent::Spam,
        ),
        ("Сегодня были в вашем новом магазине", Intent::Remark),
    ] {
        let found = told(text);
        assert_eq!(found.intent, intent, "{text}: {found:#?}");
        let waits = matches!(intent, Intent::Suggestion | Intent::Remark);
        assert_eq!(found.needs_answer, waits, "{text}");
    }
}

#[test]
fn thanks_for_a_failure_are_no_praise() {
    for text in [
        "Спасибо, что опять оставили без интернета на весь день",
        "Thanks for losing my luggage",
        "Thanks for nothing, three hours on hold",
        "\"Отличный\" сервис, заказ потеряли",
    ] {
        let found = told(text);
        assert_eq!(found.polarity, Polarity::Negative, "{text}: {found:#?}");
    }
}

#[test]
fn a_headline_and_a_repost_are_no_complaints_of_their_own() {
    let text = "СМИ: оператор сообщил о сбое связи в трёх областях";
    let found = Lexicon::standard().assess(&Input::new(text));
    assert_eq!(found.intent, Intent::Remark, "{found:#?}");
    assert_eq!(
        found.polarity,
        Polarity::Negative,
        "bad news is bad: {found:#?}"
    );

    let text = "RT @somebody: у меня третий день не работает интернет!";
    let found = Lexicon::standard().assess(&Input::new(text));
    assert_eq!(found.intent, Intent::Remark, "{found:#?}");
    let found = Lexicon::standard().assess(&Input::new("У меня не работает интернет").repost(true));
    assert_eq!((found.intent, found.needs_answer), (Intent::Remark, false));
}

#[test]
fn a_bad_mood_is_no_complaint_to_anybody() {
    let found = Lexicon::standard().assess(&Input::new("мне так грустно, ничего не хочется"));
    assert_eq!(found.intent, Intent::Remark, "{found:#?}");
    assert!(!found.needs_answer);
}

#[test]
fn harm_courts_and_theft_are_grave() {
    let mild = told("Интернет сегодня медленный").severity;
    for (text, topic) in [
        ("Ваш чайник загорелся, меня ударило током", Topic::Safety),
        (
            "Завтра иду в суд и пишу жалобу в Роспотребнадзор",
            Topic::Legal,
        ),
        ("С карты украли деньги, а банк молчит", Topic::Security),
        ("The charger caught fire and I was injured", Topic::Safety),
        (
            "You will hear from my lawyer, see you in court",
            Topic::Legal,
        ),
        (
            "There was a data breach, my account was hacked",
            Topic::Security,
        ),
        (
            "Θα κάνω καταγγελία στον συνήγορο του καταναλωτή",
            Topic::Legal,
        ),
    ] {
        let found = told(text);
        assert_eq!(
            found.severity.level(),
            SeverityLevel::Critical,
            "{text}: {found:#?}"
        );
        assert!(found.severity > mild);
        assert!(
            found.topics.iter().any(|scored| scored.topic == topic),
            "{text}: {found:#?}"
        );
        let why = (found.reasons.iter()).any(|reason| reason.aspect == Aspect::Severity);
        assert!(why, "{text}: {found:#?}");
    }
}

#[test]
fn topics_come_with_the_weightiest_first() {
    for (text, topic) in [
        ("My suitcase is lost since Monday", Topic::LostItem),
        (
            "Two hours on hold and nobody answers the phone",
            Topic::Service,
        ),
        ("You cancelled my flight", Topic::Cancellation),
        ("The flight attendant was rude to my mother", Topic::Staff),
        ("Кассир нахамил мне", Topic::Staff),
        ("Посылка пришла разбитая, товар сломан", Topic::Damage),
        ("Списали деньги за подписку", Topic::Price),
        ("Η βαλίτσα μου χάθηκε", Topic::LostItem),
        ("Ο υπάλληλος ήταν αγενής", Topic::Staff),
    ] {
        let found = told(text);
        assert_eq!(found.topic(), Some(&topic), "{text}: {found:#?}");
        assert!(
            found
                .topics
                .is_sorted_by(|one, other| one.score >= other.score)
        );
    }
}

#[test]
fn letters_of_another_script_do_not_hide_a_word() {
    // Latin a, e, o, c and p in Russian words; stretched letters; capitals; a hashtag.
    for text in [
        "Связь не pабoтaeт",
        "Связь не рабоооотает",
        "СВЯЗЬ НЕ РАБОТАЕТ",
        "#связь_не_работает",
        "связь #НеРаботает",
        "Отстоооой",
    ] {
        assert_eq!(
            told(text).polarity,
            Polarity::Negative,
            "{text}: {:#?}",
            told(text)
        );
    }
    let text = "@acme #worstdayever";
    assert!(
        found(&told(text), text, "en.awful", "worst"),
        "{:#?}",
        told(text)
    );
}

#[test]
fn languages_are_told() {
    for (text, language) in [
        ("Где мой заказ", Language::Russian),
        ("Where is my order", Language::English),
        ("Πού είναι", Language::Greek),
        (
            "Де моє замовлення, вже тиждень чекаю і нічого",
            Language::Unknown,
        ),
        ("注文はどこですか", Language::Unknown),
        ("12345", Language::Unknown),
    ] {
        assert_eq!(told(text).language, language, "{text}");
    }
}
