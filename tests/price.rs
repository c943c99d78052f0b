//! What a draft costs, told before anything is sent.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

use sociable::text::{Count, Numbering, TextLimit, WeightedRules};
use sociable::*;

const fn usd(micros: i64) -> Money {
    Money::micros(micros, Currency::USD)
}

const POST: i64 = 15_000;
const LINK: i64 = 200_000;
const REPLY: i64 = 10_000;
const FILE: i64 = 3_000;
const ALT: i64 = 5_000;

fn priced(micros: i64) -> Support {
    Support::yes().price(usd(micros))
}

fn profile() -> Profile {
    let x = || TextLimit::new(Count::Weighted(WeightedRules::x()), 280);
    let image = MediaLimit::new().accepts("image/*");
    Profile::new("one")
        .with(Operation::PUBLISH, priced(POST))
        .with(Operation::PUBLISH_LINK, priced(LINK))
        .with(Operation::PUBLISH_REPLY, priced(REPLY))
        .with(Operation::PUBLISH_IMAGE, priced(FILE))
        .with(Operation::PUBLISH_ALT_TEXT, priced(ALT))
        .with(Operation::PUBLISH_POLL, priced(7_000))
        .with(Operation::PUBLISH_QUOTE, Support::yes())
        .with(Operation::SEND, priced(POST))
        .text(TextRules::new().post(x()))
        .media(MediaRules::none().with(MediaKind::Image, image))
}

fn png() -> Media {
    Media::bytes(b"\x89PNG\r\n\x1a\n".as_slice()).media_type("image/png")
}

#[test]
fn a_post_costs_what_the_most_telling_of_its_parts_does() {
    let link = LinkCard::new("https://example.com/a");
    for (draft, price) in [
        (Draft::text("plain"), POST),
        (Draft::text("see https://example.com/a"), LINK),
        // X takes it for a link without a scheme too.
        (Draft::text("see example.com"), LINK),
        (Draft::text("see example.invalidtld, v1.2 and a.m."), POST),
        (Draft::new().link(link), LINK),
        (
            Draft::text(Text::plain("").link("here", "https://example.com")),
            LINK,
        ),
        (Draft::text("yes").reply_to("p"), REPLY),
        (Draft::text("yes, example.com").reply_to("p"), LINK),
        // Quotes have no price of their own here.
        (Draft::text("look").quote("p"), POST),
        (Draft::text("a").media(png()), POST + FILE),
        (
            Draft::text("a").media(png().alt("b")).media(png()),
            POST + 2 * FILE + ALT,
        ),
        (Draft::text("a").poll(Poll::new(["b", "c"])), POST + 7_000),
    ] {
        assert_eq!(draft.price(&profile()), Some(usd(price)), "{draft:?}");
    }
}

#[test]
fn a_check_tells_the_price_as_a_note_and_says_that_links_cost_more() {
    let note = |draft: &Draft| {
        let found = draft.check(&profile());
        let [note] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((note.rule.clone(), note.is_error()), (Rule::Price, false));
        note.message.clone()
    };
    assert_eq!(
        note(&Draft::text("plain")),
        "publishing it costs 0.015000 USD"
    );
    let told = note(&Draft::text("example.com"));
    assert!(
        told.starts_with("publishing it costs 0.200000 USD"),
        "{told}"
    );
    assert!(told.contains("in place of 0.015000 USD"), "{told}");
    assert!(Draft::text("plain").checked(&profile()).is_ok());
    let found = MessageDraft::text("hello").check(&profile());
    assert_eq!(found[0].rule, Rule::Price);
    assert_eq!(found[0].message, "sending it costs 0.015000 USD");
}

#[test]
fn where_nothing_is_billed_nothing_is_told() {
    let free = Profile::new("free").offers([Operation::PUBLISH, Operation::PUBLISH_LINK]);
    let draft = Draft::text("example.com");
    assert_eq!(draft.price(&free), None);
    assert_eq!(draft.check(&free), []);
    assert_eq!(thread_price(&[draft], &free), None);
}

#[test]
fn a_thread_costs_what_its_parts_do_where_they_stand() {
    let parts = [
        Draft::text("one").media(png()),
        Draft::text("two"),
        Draft::text("three, example.com"),
    ];
    let sum = POST + FILE + REPLY + LINK;
    assert_eq!(thread_price(&parts, &profile()), Some(usd(sum)));
    assert_eq!(thread_price(&[], &profile()), None);
    let long = Draft::text("word ".repeat(150).trim_end());
    let parts = long.split(&profile(), Numbering::None).unwrap();
    assert_eq!(parts.len(), 3);
    let sum = POST + 2 * REPLY;
    assert_eq!(thread_price(&parts, &profile()), Some(usd(sum)));
}

#[test]
fn amounts_of_other_scales_are_added_exactly_and_other_currencies_are_not() {
    let cents = Money::minor(2, Currency::USD);
    assert_eq!(cents.plus(usd(1)), Some(usd(20_001)));
    assert_eq!(cents.plus(Money::minor(2, Currency::EUR)), None);
    assert_eq!(usd(i64::MAX).plus(usd(1)), None);
    assert_eq!(cents.to_micros(), Some(20_000));
    assert_eq!(Money::parse("0.0000001", "USD").unwrap().to_micros(), None);
    assert_eq!(Money::parse("-0.5", "USD").unwrap().to_micros(), None);
    assert_eq!(
        Money::parse("1.50", "usd"),
        Some(Money::minor(150, Currency::USD))
    );
    for wrong in ["", ".", "1.", ".5", "1,5", "1e3", "+1", "--1", "0x1", "1 "] {
        assert_eq!(Money::parse(wrong, "USD"), None, "{wrong}");
    }
    assert_eq!(Money::parse("1", "US"), None);
}
