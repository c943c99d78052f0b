//! What a draft's check finds, and what it lets pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sociable::text::{Count, TextLimit};
use sociable::*;

fn bound(max: usize) -> TextLimit {
    TextLimit::new(Count::Graphemes, max)
}

fn profile() -> Profile {
    let image = MediaLimit::new()
        .accepts("image/*")
        .max_bytes(1000)
        .max_count(2)
        .max_side(100);
    Profile::new("one")
        .offers([
            Operation::PUBLISH,
            Operation::PUBLISH_REPLY,
            Operation::PUBLISH_IMAGE,
            Operation::PUBLISH_ALT_TEXT,
        ])
        .with(
            Operation::PUBLISH_QUOTE,
            Support::needs(Need::Tier("pro".to_owned())),
        )
        .text(
            TextRules::new()
                .post(bound(10))
                .reply(bound(8))
                .caption(bound(5))
                .alt(bound(4)),
        )
        .media(MediaRules::none().with(MediaKind::Image, image))
}

fn png() -> Media {
    Media::bytes(b"\x89PNG\r\n\x1a\n".as_slice()).media_type("image/png")
}

/// The fields and rules of what is wrong.
fn found(draft: &Draft) -> Vec<(String, Rule)> {
    let all = draft.check(&profile());
    let errors = all.into_iter().filter(Violation::is_error);
    errors.map(|v| (v.field, v.rule)).collect()
}

fn one(field: &str, rule: Rule) -> Vec<(String, Rule)> {
    vec![(field.to_owned(), rule)]
}

#[test]
fn each_place_has_its_own_bound() {
    assert!(found(&Draft::text("1234567890")).is_empty());
    let long = Draft::text("12345678901");
    assert_eq!(found(&long), one("text", Rule::TooLong));
    let reply = Draft::text("12345678").reply_to("p");
    assert!(found(&reply).is_empty());
    let reply = Draft::text("123456789").reply_to("p");
    assert_eq!(found(&reply), one("text", Rule::TooLong));
    assert!(found(&Draft::text("12345").media(png())).is_empty());
    let caption = Draft::text("123456").media(png());
    assert_eq!(found(&caption), one("text", Rule::TooLong));
    let alt = Draft::text("1").media(png().alt("12345"));
    assert_eq!(found(&alt), one("media[0].alt", Rule::TooLong));
}

#[test]
fn everything_wrong_is_found_at_once() {
    let draft = Draft::text("far too long a text")
        .reply_to("")
        .language("??")
        .media(png().size(5000_u64))
        .media(png().dimensions((200, 10)))
        .media(Media::bytes(b"x".as_slice()).media_type("video/mp4"))
        .visibility(Visibility::Followers);
    let rules: Vec<Rule> = found(&draft).into_iter().map(|(_, r)| r).collect();
    for rule in [
        Rule::TooLong,
        Rule::Missing,
        Rule::Malformed,
        Rule::TooLarge,
        Rule::Unsupported,
        Rule::Together,
    ] {
        assert!(rules.contains(&rule), "{rule:?} is not among {rules:?}");
    }
    let error = draft.checked(&profile()).unwrap_err();
    assert_eq!(error.violations().len(), draft.check(&profile()).len());
}

#[test]
fn a_bound_is_told_with_what_was_found() {
    let all = Draft::text("👩‍🚀".repeat(11)).check(&profile());
    let long = &all[0];
    assert_eq!((long.limit, long.actual), (Some(10), Some(11)));
    assert_eq!(long.unit.as_deref(), Some("graphemes"));
}

#[test]
fn a_wish_whose_loss_changes_the_meaning_is_an_error_and_a_cosmetic_one_a_note() {
    let audience = Draft::text("x").visibility(Visibility::Direct);
    assert_eq!(found(&audience), one("visibility", Rule::Unsupported));
    let cosmetic = Draft::text("x").language("ru");
    assert!(found(&cosmetic).is_empty());
    let checked = cosmetic.checked(&profile()).unwrap();
    assert_eq!(checked.notes()[0].rule, Rule::Dropped);
}

#[test]
fn what_is_missing_alone_answers_as_a_call_would() {
    let error = Draft::text("x")
        .poll(Poll::new(["a", "b"]))
        .checked(&profile())
        .unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(error.operation(), Some(&Operation::PUBLISH_POLL));
    let error = Draft::text("x").quote("p").checked(&profile()).unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::Forbidden(Need::Tier("pro".to_owned()))
    );
    // Together with something that can be mended, all of it is told.
    let error = Draft::text("far too long a text")
        .quote("p")
        .checked(&profile())
        .unwrap_err();
    assert_eq!(error.violations().len(), 2);
}

#[test]
fn a_key_that_the_network_does_not_know_is_noted() {
    let keyed = Draft::text("x").key("k");
    let notes = keyed.checked(&profile()).unwrap();
    assert_eq!(notes.notes()[0].field, "key");
    assert_eq!(notes.notes()[0].rule, Rule::Dropped);
    let knows = profile().offers([Operation::PUBLISH_KEY]);
    assert!(keyed.checked(&knows).unwrap().notes().is_empty());
}

#[test]
fn nothing_to_publish_is_told_and_media_alone_are_something() {
    assert_eq!(found(&Draft::new()), one("text", Rule::Empty));
    assert_eq!(found(&Draft::text(" \n")), one("text", Rule::Empty));
    assert!(found(&Draft::new().media(png())).is_empty());
}

#[tokio::test]
async fn a_file_tells_its_size_type_and_dimensions_before_it_is_checked() {
    let small = profile().media(MediaRules::none().with(
        MediaKind::Image,
        MediaLimit::new().accepts("image/jpeg").max_bytes(10),
    ));
    let path = std::env::temp_dir().join(format!("sociable-check-{}.png", std::process::id()));
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0\x12\x16\xf1M";
    std::fs::write(&path, png).unwrap();
    let draft = Draft::text("x").media(Media::file(&path));
    let inspected = draft.inspect().await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let media = &inspected.media[0];
    assert_eq!(media.media_type.as_deref(), Some("image/png"));
    assert_eq!(media.dimensions, Some((3, 2)));
    let rules: Vec<Rule> = inspected
        .check(&small)
        .into_iter()
        .map(|v| v.rule)
        .collect();
    assert!(rules.contains(&Rule::TooLarge) && rules.contains(&Rule::WrongType));
}

#[tokio::test]
async fn a_file_of_no_known_type_is_no_picture_unless_it_is_called_one() {
    let strange = Media::bytes(b"not a picture".as_slice());
    let draft = Draft::text("look").media(strange.clone());
    let seen = draft.inspect().await.unwrap();
    assert_eq!(
        seen.media[0].media_type.as_deref(),
        Some("application/octet-stream")
    );
    assert!(
        found(&seen).contains(&("media[0]".to_owned(), Rule::Unsupported)),
        "{:?}",
        found(&seen)
    );
    let called = Draft::text("look").media(strange.kind(MediaKind::Image));
    assert_eq!(found(&called.inspect().await.unwrap()), []);
}

#[test]
fn files_beside_a_link_card_are_refused_where_they_cannot_stand_together() {
    let mut profile = profile().with(Operation::PUBLISH_LINK, Support::yes());
    let draft = Draft::text("look")
        .media(png())
        .link(LinkCard::new("https://example.com"));
    assert_eq!(draft.check(&profile), []);
    profile.media = profile.media.apart_from_link();
    let found = draft.check(&profile);
    assert_eq!(
        (found[0].field.as_str(), &found[0].rule),
        ("link", &Rule::Together)
    );
    assert_eq!(found.len(), 1);
}
