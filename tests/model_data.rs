//! Every model goes through data and back, with every field set, and nothing is lost.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sociable::text::{Count, TextLimit};
use sociable::*;

fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

#[track_caller]
fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    let back: T = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(&back, value, "{text}");
    let tree = serde_json::to_value(value).unwrap();
    let back: T = serde_json::from_value(tree).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(&back, value, "{text}");
}

fn metrics() -> Metrics {
    let period = Period::new(at(1), at(2));
    let money = Money::micros(12_345_678, Currency::new("KZT").unwrap());
    Metrics::new()
        .with(Figure::count(Metric::Likes, 3))
        .with(Figure::value(
            Metric::Likes,
            Quantity::Count(u64::MAX),
            Window::Period(period),
            Source::Promoted,
        ))
        .with(Figure::value(
            Metric::Spend,
            Quantity::Money(money),
            Window::Lifetime,
            Source::Other("partner".to_owned()),
        ))
        .with(Figure::value(
            Metric::Other("depth".to_owned()),
            Quantity::Ratio(1.0),
            Window::Lifetime,
            Source::Owner,
        ))
        .with(Figure::value(
            Metric::Views,
            Quantity::Span(Duration::from_millis(1500)),
            Window::Lifetime,
            Source::Derived,
        ))
        .with(Figure::absent(Metric::Reach, Absent::NotPermitted))
        .with(Figure::absent(
            Metric::Clicks,
            Absent::Other("too few".to_owned()),
        ))
        .taken_at(at(9))
}

fn account() -> Account {
    Account::new("id")
        .handle("name")
        .name("Name")
        .url("https://a.example")
        .about("about")
        .avatar("https://a.example/a.png")
        .kind(AccountKind::Other("robot".to_owned()))
        .created_at(at(3))
        .followed(true)
        .follows(false)
        .blocked(true)
        .muted(false)
        .metrics(metrics())
}

fn media() -> Media {
    Media::bytes(vec![0_u8, 255, 1])
        .kind(MediaKind::Gif)
        .media_type("image/gif")
        .alt("alt")
        .name("name.gif")
        .size(3_u64)
        .dimensions((3_u32, 4_u32))
        .duration(Duration::from_millis(1))
}

fn attachment() -> Attachment {
    Attachment::new(MediaKind::Other("hologram".to_owned()))
        .id("m")
        .url("https://m.example")
        .preview("https://m.example/p")
        .alt("alt")
        .media_type("image/png")
        .dimensions((1_u32, 2_u32))
        .duration(Duration::from_secs(3))
}

fn card() -> LinkCard {
    LinkCard::new("https://l.example")
        .title("t")
        .description("d")
        .thumbnail(media())
        .preview("https://l.example/p")
}

fn poll() -> Poll {
    Poll::new([PollOption::new("a").votes(1), PollOption::new("b")])
        .question("?")
        .multiple(true)
        .open_for(Duration::from_secs(60))
        .closes_at(at(5))
        .voters(2_u64)
        .mine(vec![0_u32])
}

fn post() -> Post {
    Post::new("p")
        .url("https://p.example")
        .author(account())
        .text("Hello @you #tag https://x.example")
        .created_at(at(1))
        .edited_at(at(2))
        .reply_to("a")
        .thread("b")
        .quote("c")
        .reposted_by(account())
        .media(vec![attachment()])
        .link(card())
        .poll(poll())
        .languages(vec!["ru".to_owned()])
        .visibility(Visibility::Other("friends".to_owned()))
        .warnings(vec![ContentWarning::Other("spiders".to_owned())])
        .place(Place::new("w").kind(PlaceKind::Board).name("board"))
        .metrics(metrics())
        .mine(Mine::unknown().liked(true).reposted(false).bookmarked(true))
        .raw(Arc::<str>::from("{}"))
}

fn reference() -> PostRef {
    PostRef::from(post())
}

fn message() -> Message {
    Message::new("m", "c")
        .author(account())
        .text("text")
        .created_at(at(1))
        .edited_at(at(2))
        .reply_to("m0")
        .media(vec![attachment()])
        .outgoing(true)
        .raw(Arc::<str>::from("{}"))
}

#[test]
fn what_was_read_goes_through_data_and_back() {
    there_and_back(&account());
    there_and_back(&metrics());
    there_and_back(&attachment());
    for state in [
        PostState::Live,
        PostState::Scheduled(at(7)),
        PostState::Processing,
        PostState::InReview,
        PostState::Failed("why".to_owned()),
        PostState::Other("frozen".to_owned()),
    ] {
        there_and_back(&post().state(state));
    }
    there_and_back(&reference());
    there_and_back(&PostRef::from("bare"));
    there_and_back(&message());
    there_and_back(
        &Conversation::new("c")
            .members(vec![account()])
            .title("t")
            .unread(1_u64)
            .last(message())
            .can_reply_until(at(4))
            .request(false),
    );
    let event = Event::new("e", "cursor", EventKind::Other("poke".to_owned()))
        .at(at(1))
        .account(account())
        .post(post())
        .message(message())
        .target("p")
        .sign("+1")
        .seen(false)
        .lost_since(at(0));
    there_and_back(&Events::new(vec![event], "next").more(true));
    let kinds = [
        ErrorKind::Invalid(vec![
            Violation::error(Rule::Other("odd".to_owned()), "text", "m")
                .measured(1, 2, "bytes")
                .operation(Operation::PUBLISH),
            Violation::note(Rule::Dropped, "text", "m"),
        ]),
        ErrorKind::Forbidden(Need::Login),
        ErrorKind::Forbidden(Need::Tier("paid".to_owned())),
        ErrorKind::Duplicate(None),
        ErrorKind::Duplicate(Some("p".into())),
        ErrorKind::Challenge(
            Challenge::new(ChallengeKind::Other("riddle".to_owned()))
                .url("https://c.example")
                .id("1"),
        ),
        ErrorKind::RateLimited,
    ];
    let omitted = kinds.map(|kind| Omitted::new("id", kind, "why")).to_vec();
    there_and_back(
        &Page::new(vec![post()])
            .next(Cursor::from("n"))
            .total(5)
            .omitted(omitted)
            .raw(Arc::<str>::from("[]")),
    );
    there_and_back(
        &Promotion::new("p", Period::new(at(1), at(2)))
            .name("n")
            .kind(PromotionKind::Creative)
            .campaign("c")
            .attribution("7d click")
            .post("p")
            .metrics(metrics()),
    );
    there_and_back(
        &Trend::new("#t")
            .rank(1_u32)
            .url("https://t.example")
            .posts(2_u64)
            .since(at(1))
            .category("news"),
    );
    there_and_back(&Engaged::new(true).changed(false).id("like-1"));
    there_and_back(&vec![Membership::Yes, Membership::No, Membership::Unknown]);
    there_and_back(&Reconciled::Published(Box::new(post())));
    there_and_back(&Reconciled::Unknown);
}

#[test]
fn what_is_asked_goes_through_data_and_back() {
    let text = Text::from("Hello @you #tag").push(" and a ");
    let draft = Draft::text(text)
        .media(media())
        .media(Media::file("a/b.png"))
        .media(Media::url("https://m.example/x".parse().unwrap()))
        .media(Media::existing("m"))
        .reply_to(reference())
        .quote("q")
        .link(card())
        .poll(poll())
        .language("pt-BR")
        .visibility(Visibility::Direct)
        .warning("spiders")
        .at(at(3))
        .to(Place::new("w"))
        .key("k")
        .created_at(at(4))
        .native("vk", serde_json::json!({"signed": 1, "deep": [null, 1.5]}));
    there_and_back(&draft);
    there_and_back(
        &Edit::text("t")
            .media(vec![media()])
            .link(card())
            .languages(vec!["ru".to_owned()])
            .warnings(vec![ContentWarning::Nudity])
            .native("vk", serde_json::json!(true)),
    );
    there_and_back(
        &MessageDraft::text("t")
            .media(media())
            .reply_to("m")
            .share(reference())
            .key("k"),
    );
    for to in [
        Recipient::Conversation("c".into()),
        Recipient::Account(AccountRef::Me),
        Recipient::CommentAuthor(reference()),
    ] {
        there_and_back(&to);
    }
    for engagement in [
        Engagement::react("+1").off(),
        Engagement::vote([0, 2]),
        Engagement::mark_read(),
    ] {
        there_and_back(&engagement);
    }
    there_and_back(&Moderation::block(AccountRef::handle("@x")).off());
    there_and_back(
        &Prepared::new("n", "k", serde_json::json!({"a": 1}))
            .account("me")
            .expires_at(at(6)),
    );
    there_and_back(
        &PostQuery::ids(["a".into()])
            .since(at(1))
            .until(at(2))
            .order(Order::Top)
            .limit(5)
            .after("c"),
    );
    there_and_back(&AudienceQuery::new(Audience::Voted("p".into(), Some(1))).after("c"));
    there_and_back(&PromotionQuery::new(Period::new(at(1), at(2))).ids("p"));
    there_and_back(&TrendScope::anywhere().place("p").limit(3_u32));
    there_and_back(&EventQuery::after("c").kinds(EventKind::Like).limit(3_u32));
}

#[test]
fn when_figures_were_taken_is_kept_though_there_are_none() {
    let nothing = Metrics::new().taken_at(at(1));
    there_and_back(&Post::new("p").metrics(nothing.clone()));
    there_and_back(&Account::new("a").metrics(nothing));
}

#[test]
fn what_a_network_offers_goes_through_data_and_back() {
    let profile = Profile::new("n")
        .offers([Operation::PUBLISH, Operation::named("publish.hologram")])
        .text(TextRules::new().post(TextLimit::new(Count::Scalars, 4)));
    there_and_back(&profile);
    there_and_back(&Place::new("w").kind(PlaceKind::Other("attic".to_owned())));
}

#[test]
fn a_ratio_that_is_no_number_does_not_make_the_rest_unreadable() {
    let text = serde_json::to_string(&Quantity::Ratio(f64::NAN)).unwrap();
    let read: Quantity = serde_json::from_str(&text).unwrap();
    assert!(
        matches!(read, Quantity::Ratio(part) if part.is_nan()),
        "{read:?}"
    );
}
