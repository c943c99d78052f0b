//! The VK adapter on the fake: what it writes is there, once, and whole; what goes wrong leaves nothing behind.
#![cfg(all(feature = "vk", feature = "testing"))]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;
#[path = "support/vk_watch.rs"]
mod vk_watch;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::{Fake, Fault};
use sociable::client::Clock;
use sociable::testing::stage::Bench;
use sociable::{
    AccountConfig, AccountRef, Draft, Edit, Engagement, ErrorKind, LinkCard, Media, MediaKind,
    MessageDraft, Moderation, Poll, Post, PostId, PostState, Recipient, Registry, Retry,
    SocialNetwork, Target, Text,
};

use vk_watch::Watched;

/// A fake, the way to it under a set clock, and the community that speaks.
struct Desk {
    fake: Fake,
    bench: Bench,
    vk: Vk,
}

impl Desk {
    fn new(test: &str) -> Self {
        let fake = Fake::new();
        let contract = contract::vk(test).unwrap();
        let watched = Watched::new(fake.clone(), contract, Arc::default());
        let bench = Bench::new(Arc::new(watched)).unwrap();
        let vk = Vk::builder()
            .community(Fake::GROUP)
            .community_token(Fake::GROUP_TOKEN)
            .user_token(Fake::USER_TOKEN)
            .service_token(Fake::SERVICE_TOKEN)
            .client(&bench.client)
            .build()
            .unwrap();
        Self { fake, bench, vk }
    }

    async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.bench.clock.drive(work).await
    }

    async fn publish(&self, draft: &Draft) -> Post {
        self.run(self.vk.publish(draft)).await.unwrap()
    }

    /// A post as the network tells it to an administrator.
    async fn read(&self, id: &PostId) -> Value {
        let posts = id.as_str().strip_prefix("wall").unwrap();
        let told: Value = self
            .run(self.vk.call("wall.getById", &json!({"posts": posts})))
            .await
            .unwrap();
        told["items"][0].clone()
    }

    /// What stands on the community's wall.
    async fn wall(&self) -> Vec<Value> {
        let params = json!({"owner_id": -Fake::GROUP, "count": 100});
        let told: Value = self.run(self.vk.call("wall.get", &params)).await.unwrap();
        told["items"].as_array().unwrap().clone()
    }

    fn in_minutes(&self, minutes: u64) -> sociable::jiff::Timestamp {
        let now = self.bench.clock.now();
        now.checked_add(Duration::from_secs(minutes * 60)).unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.fake.complaints(), Vec::<String>::new());
        }
    }
}

fn png() -> Media {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB`\x82";
    Media::bytes(PNG).media_type("image/png").name("cat.png")
}

fn mp4() -> Media {
    Media::bytes(&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..])
        .media_type("video/mp4")
        .name("v.mp4")
}

fn pdf() -> Media {
    Media::bytes(&b"%PDF-1.4 a price list"[..])
        .media_type("application/pdf")
        .name("price list.pdf")
}

fn kinds(post: &Value) -> Vec<&str> {
    let attachments = post["attachments"].as_array().unwrap();
    attachments
        .iter()
        .map(|a| a["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_post_shows_all_that_its_draft_says() {
    let desk = Desk::new("a_post_shows_all_that_its_draft_says");
    let text = Text::plain("Thanks, ")
        .mention_id("Bob [B]", "bob.test", "id102")
        .push("! [not|markup] 👩‍🚀");
    let draft = Draft::text(text)
        .media(png())
        .media(mp4())
        .media(pdf())
        .poll(Poll::new(["Now", "Later"]).open_for(Duration::from_secs(3600)))
        .link(LinkCard::new("https://example.com/notes").title("Notes"))
        .native(
            "vk",
            json!({"signed": true, "mark_as_ads": true, "copyright": "https://example.com/"}),
        );
    let post = desk.publish(&draft).await;
    assert_eq!(post.text.as_str(), "Thanks, Bob [B]! [not|markup] 👩‍🚀");
    assert_eq!(post.author.as_ref().unwrap().id.as_str(), "club7001");
    let told = desk.read(&post.id).await;
    assert_eq!(kinds(&told), ["photo", "video", "doc", "poll", "link"]);
    assert_eq!(
        told["text"],
        "Thanks, [id102|Bob [B&#93;]! &#91;not|markup] 👩‍🚀"
    );
    assert_eq!(told["signer_id"], Fake::ADMIN);
    assert_eq!(told["marked_as_ads"], 1);
    assert_eq!(told["attachments"][2]["doc"]["title"], "price list.pdf");
    assert_eq!(told["attachments"][4]["link"]["title"], "Notes");
    let of_kind: Vec<MediaKind> = post.media.iter().map(|m| m.kind.clone()).collect();
    assert_eq!(
        of_kind,
        [MediaKind::Image, MediaKind::Video, MediaKind::Document]
    );
    // What the network holds can be shown again.
    let held = post.media[0].id.clone().unwrap();
    let again = Draft::text("Again").media(Media::existing(held).kind(MediaKind::Image));
    let again = desk.publish(&again).await;
    assert_eq!(kinds(&desk.read(&again.id).await), ["photo"]);
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_keeps_the_rest() {
    let desk = Desk::new("an_edit_changes_what_it_names_and_keeps_the_rest");
    let draft = Draft::text("Before")
        .media(png())
        .poll(Poll::new(["Now", "Later"]))
        .link(LinkCard::new("https://example.com/notes"))
        .native("vk", json!({"signed": true, "mark_as_ads": true}))
        .at(desk.in_minutes(180));
    let post = desk.publish(&draft).await;
    assert!(matches!(post.state, PostState::Scheduled(_)));
    let before = desk.read(&post.id).await;
    let edited = desk
        .run(desk.vk.edit(&post.id, &Edit::text("After")))
        .await
        .unwrap();
    assert_eq!(
        (edited.text.as_str(), &edited.state),
        ("After", &post.state)
    );
    let after = desk.read(&post.id).await;
    assert_eq!(after["text"], "After");
    for same in ["date", "post_type", "from_id", "marked_as_ads"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(kinds(&after), ["photo", "poll", "link"]);
    let mut edit = Edit::new();
    edit.media = Some(vec![png(), png()]);
    desk.run(desk.vk.edit(&post.id, &edit)).await.unwrap();
    let after = desk.read(&post.id).await;
    assert_eq!(kinds(&after), ["photo", "photo", "poll", "link"]);
    assert_eq!(after["text"], "After");
    // A comment, too, keeps its picture.
    let live = desk.publish(&Draft::text("Live")).await;
    let comment = Draft::text("Look").reply_to(&live).media(png());
    let comment = desk.publish(&comment).await;
    let edit = Edit::text("Look here");
    let edited = desk.run(desk.vk.edit(&comment.id, &edit)).await.unwrap();
    assert_eq!((edited.text.as_str(), edited.media.len()), ("Look here", 1));
    desk.run(desk.vk.delete(&comment.id)).await.unwrap();
    let gone = desk.run(desk.vk.edit(&comment.id, &edit)).await;
    assert_eq!(gone.unwrap_err().kind(), &ErrorKind::NotFound);
}

#[tokio::test]
async fn whatever_goes_wrong_within_an_upload_nothing_is_published() {
    let desk = Desk::new("whatever_goes_wrong_within_an_upload_nothing_is_published");
    let draft = || Draft::text("With a picture").media(png());
    let revoked = || {
        let said = "User authorization failed: user revoke access for this token.";
        Fault::refuse(5, said)
    };
    for (step, fault, kind) in [
        ("photos.getWallUploadServer", revoked(), "Unauthorized"),
        ("photos.saveWallPhoto", revoked(), "Unauthorized"),
        (
            "photos.saveWallPhoto",
            Fault::refuse(27, "Group authorization failed"),
            "Forbidden",
        ),
        (
            "photos.saveWallPhoto",
            Fault::refuse(121, "Invalid hash"),
            "Invalid",
        ),
        (
            "/upload/*",
            Fault::Answer(r#"{"error":"ERR_UPLOAD"}"#.into()),
            "Invalid",
        ),
    ] {
        desk.fake.fail_next(step, fault);
        let error = desk.run(desk.vk.publish(&draft())).await.unwrap_err();
        assert_eq!(error.kind().name(), kind, "{step}: {error}");
        assert!(!format!("{error:?}").contains(Fake::USER_TOKEN));
    }
    // A file that is no photo gets an empty list.
    let text = Media::bytes(&b"only words"[..])
        .media_type("image/png")
        .name("a.png");
    let error = desk
        .run(desk.vk.publish(&Draft::text("x").media(text)))
        .await;
    let error = error.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    assert_eq!(error.violations()[0].field, "media[0]");
    assert!(desk.wall().await.is_empty());
    // What passes by is tried again from the beginning.
    for (step, fault) in [
        ("photos.saveWallPhoto", Fault::refuse(22, "Upload error")),
        ("/upload/*", Fault::Html { status: 502 }),
        ("/upload/*", Fault::DoneThenTruncated),
    ] {
        desk.fake.fail_next(step, fault);
        desk.publish(&draft()).await;
    }
    assert_eq!(desk.wall().await.len(), 3);
}

#[tokio::test]
async fn a_token_that_is_revoked_between_upload_and_post_publishes_nothing() {
    let desk = Desk::new("a_token_that_is_revoked_between_upload_and_post_publishes_nothing");
    let draft = Draft::text("With a picture").media(png());
    let inspected = draft.inspect().await.unwrap();
    let checked = inspected.checked(&desk.vk.profile()).unwrap();
    let prepared = desk.run(desk.vk.prepare(&checked)).await.unwrap();
    desk.fake.revoke_token(Fake::USER_TOKEN);
    let error = desk.run(desk.vk.commit(&prepared)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{error}");
    assert_eq!(error.retry(), Retry::Never);
    let told: Value = desk
        .run(desk.vk.call_as(
            sociable::adapters::vk::TokenKind::Service,
            "wall.get",
            &json!({"owner_id": -Fake::GROUP}),
        ))
        .await
        .unwrap();
    assert_eq!(told["count"], 0);
}

#[tokio::test]
async fn a_captcha_in_the_middle_is_passed_and_the_post_stands_once() {
    let desk = Desk::new("a_captcha_in_the_middle_is_passed_and_the_post_stands_once");
    for (step, modern) in [
        ("photos.saveWallPhoto", true),
        ("wall.post", true),
        ("wall.post", false),
    ] {
        let draft = Draft::text(format!("{step} {modern}"))
            .media(png())
            .key(format!("{step}-{modern}"));
        desk.fake.demand_captcha(step, modern);
        let error = desk.run(desk.vk.publish(&draft)).await.unwrap_err();
        let ErrorKind::Challenge(challenge) = error.kind().clone() else {
            panic!("{error}")
        };
        let answer = if modern {
            desk.fake.solve_captcha()
        } else {
            Fake::CAPTCHA_KEY.to_owned()
        };
        desk.vk.answer_challenge(&challenge, &answer).unwrap();
        let post = desk.publish(&draft).await;
        let found = desk.publish(&draft).await;
        assert_eq!(post.id, found.id);
    }
    assert_eq!(desk.wall().await.len(), 3);
    // A wrong answer brings the next challenge, never a loop.
    desk.fake.demand_captcha("wall.post", false);
    for _ in 0..2 {
        let error = desk.run(desk.vk.publish(&Draft::text("x"))).await;
        let error = error.unwrap_err();
        let ErrorKind::Challenge(challenge) = error.kind() else {
            panic!("{error}")
        };
        desk.vk.answer_challenge(challenge, "wrong").unwrap();
    }
    // A validation is confirmed on its page.
    desk.fake.demand_validation("likes.add");
    let post = desk.wall().await[0]["id"].as_i64().unwrap();
    let target = Target::from(&PostId::new(format!("wall-7001_{post}")));
    let like = Engagement::like();
    let error = desk.run(desk.vk.engage(&target, &like)).await.unwrap_err();
    let ErrorKind::Challenge(challenge) = error.kind() else {
        panic!("{error}")
    };
    desk.fake.validated();
    desk.vk.answer_challenge(challenge, "").unwrap();
    desk.run(desk.vk.engage(&target, &like)).await.unwrap();
}

#[tokio::test]
async fn a_key_makes_one_post_within_its_hour_and_after_it() {
    let desk = Desk::new("a_key_makes_one_post_within_its_hour_and_after_it");
    let hours = |hours: u64| desk.bench.clock.advance(Duration::from_secs(hours * 3600));
    let draft = Draft::text("Once & for all [id102|x]")
        .key("k")
        .created_at(desk.bench.clock.now());
    let first = desk.publish(&draft).await;
    assert_eq!(desk.publish(&draft).await.id, first.id);
    hours(3);
    assert_eq!(desk.publish(&draft).await.id, first.id);
    // A comment likewise.
    let reply = Draft::text("Yes")
        .reply_to(&first)
        .key("r")
        .created_at(desk.bench.clock.now());
    let comment = desk.publish(&reply).await;
    hours(3);
    assert_eq!(desk.publish(&reply).await.id, comment.id);
    // And a quote, which has no name on the network at all.
    let now = desk.bench.clock.now();
    let bobs = desk.fake.post_as(Fake::BOB, Fake::BOB, "Bob's", now);
    let quote = Draft::text("Look")
        .quote(format!("wall102_{bobs}").as_str())
        .key("q");
    let quoted = desk.publish(&quote).await;
    assert_eq!(desk.publish(&quote).await.id, quoted.id);
    assert_eq!(desk.wall().await.len(), 2);
    // What was deleted since is published again.
    desk.run(desk.vk.delete(&first.id)).await.unwrap();
    assert_ne!(desk.publish(&draft).await.id, first.id);
}

#[tokio::test]
async fn a_message_goes_out_once_with_its_files() {
    let desk = Desk::new("a_message_goes_out_once_with_its_files");
    let to = Recipient::Account(AccountRef::handle("bob.test"));
    let hello = MessageDraft::text("Hello");
    let refused = desk.run(desk.vk.send(&to, &hello)).await.unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::Forbidden(_)),
        "{refused}"
    );
    let now = desk.bench.clock.now();
    desk.fake.allow_as(Fake::BOB, Fake::GROUP, true, now);
    let mut draft = MessageDraft::text("Hello & [welcome]")
        .media(png())
        .media(pdf());
    draft.key = Some("order-1".into());
    let fault = Fault::DoneThenRefuse {
        code: 10,
        message: "Internal server error".to_owned(),
    };
    desk.fake.fail_next("messages.send", fault);
    let sent = desk.run(desk.vk.send(&to, &draft)).await.unwrap();
    assert_eq!(sent.conversation.as_str(), "102");
    assert_eq!(sent.media.len(), 2);
    let again = desk.run(desk.vk.send(&to, &draft)).await.unwrap();
    assert_eq!(again.id, sent.id);
    let params = json!({"peer_id": 102});
    let history = desk.vk.call::<Value>("messages.getHistory", &params);
    let history = desk.run(history).await.unwrap();
    assert_eq!(history["count"], 1, "{history}");
    assert_eq!(kinds(&history["items"][0]), ["photo", "doc"]);
    // A closed window is told.
    let second = sociable::jiff::SignedDuration::from_secs(1);
    desk.fake.set_reply_window(Some(second));
    let late = desk.run(desk.vk.send(&to, &hello)).await.unwrap_err();
    assert_eq!(late.kind(), &ErrorKind::WindowClosed, "{late}");
}

#[tokio::test]
async fn flood_control_holds_one_method_and_a_day_of_posts_ends() {
    let desk = Desk::new("flood_control_holds_one_method_and_a_day_of_posts_ends");
    let post = desk.publish(&Draft::text("First")).await;
    let draft = Draft::text("x");
    desk.fake.flood("wall.post", desk.in_minutes(3));
    let error = desk.run(desk.vk.publish(&draft)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (&ErrorKind::RateLimited, Some("9"))
    );
    let asked = desk.fake.seen().len();
    let waiting = desk.run(desk.vk.publish(&draft)).await.unwrap_err();
    assert_eq!(waiting.retry_at(), error.retry_at());
    assert_eq!(desk.fake.seen().len(), asked);
    let like = Engagement::like();
    let target = Target::from(&post);
    desk.run(desk.vk.engage(&target, &like)).await.unwrap();
    desk.bench.clock.set(error.retry_at().unwrap());
    let error = desk.run(desk.vk.publish(&draft)).await.unwrap_err();
    assert_eq!(error.retry_at(), Some(desk.in_minutes(5)));
    desk.bench.clock.set(desk.in_minutes(5));
    desk.publish(&Draft::text("Second")).await;
    desk.fake.set_posts_a_day(2);
    let error = desk.run(desk.vk.publish(&draft)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (&ErrorKind::RateLimited, Some("214")),
        "{error}"
    );
    // What is scheduled for the same moment is a duplicate.
    desk.fake.set_posts_a_day(500);
    desk.bench.clock.advance(Duration::from_secs(24 * 3600));
    let at = desk.in_minutes(300);
    desk.publish(&Draft::text("Later").at(at)).await;
    let too = Draft::text("Later, too").at(at);
    let error = desk.run(desk.vk.publish(&too)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Duplicate(None), "{error}");
}

#[tokio::test]
async fn many_tasks_stay_within_every_second() {
    let desk = Desk::new("many_tasks_stay_within_every_second");
    desk.bench.wire.set_round_trip(Duration::from_millis(50));
    let post = desk.publish(&Draft::text("Busy")).await;
    let before = desk.fake.seen().len();
    let began = desk.bench.clock.now();
    let target = Target::from(&post);
    let like = Engagement::like();
    let task = |i: usize| {
        let (desk, target, like) = (&desk, &target, &like);
        async move {
            for n in 0..15 {
                if (i + n).is_multiple_of(5) {
                    desk.vk.engage(target, like).await.unwrap();
                } else {
                    let name = AccountRef::id("club7001");
                    desk.vk.account(&name).await.unwrap();
                }
            }
        }
    };
    desk.run(futures_util::future::join_all((0..8).map(task)))
        .await;
    // None was refused, since none was made twice.
    assert_eq!(desk.fake.seen().len() - before, 120);
    let took = desk.bench.clock.now().duration_since(began).as_secs_f64();
    // 24 calls of the user's token: three in each second and its round trip.
    assert!((7.0..10.0).contains(&took), "{took}");
}

#[tokio::test]
async fn measures_stand_and_are_taken_back() {
    let desk = Desk::new("measures_stand_and_are_taken_back");
    let post = desk.publish(&Draft::text("Measured")).await;
    let bob = Vk::builder().user_token(Fake::BOB_TOKEN);
    let bob = bob.client(&desk.bench.client).build().unwrap();
    let comment = Draft::text("A comment").reply_to(&post);
    let measure = async |moderation: Moderation| {
        for _ in 0..2 {
            desk.run(desk.vk.moderate(&moderation)).await.unwrap();
        }
    };
    measure(Moderation::pin(&post)).await;
    assert_eq!(desk.read(&post.id).await["is_pinned"], 1);
    measure(Moderation::pin(&post).off()).await;
    measure(Moderation::close_comments(&post)).await;
    let refused = desk.run(bob.publish(&comment)).await.unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::Forbidden(_)),
        "{refused}"
    );
    measure(Moderation::close_comments(&post).off()).await;
    measure(Moderation::block(AccountRef::handle("bob.test"))).await;
    assert!(desk.run(bob.publish(&comment)).await.is_err());
    measure(Moderation::block(AccountRef::handle("bob.test")).off()).await;
    let comment = desk.run(bob.publish(&comment)).await.unwrap();
    desk.run(desk.vk.delete(&comment.id)).await.unwrap();
    measure(Moderation::restore(&comment)).await;
    for _ in 0..3 {
        desk.run(desk.vk.delete(&post.id)).await.unwrap();
    }
    measure(Moderation::restore(&post)).await;
    assert_eq!(desk.read(&post.id).await["text"], "Measured");
    // Another's post is not one's own to take away.
    let error = desk.run(bob.delete(&post.id)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error}");
}

#[tokio::test]
async fn one_of_many_calls_that_fails_spoils_no_other() {
    let desk = Desk::new("one_of_many_calls_that_fails_spoils_no_other");
    let post = desk.publish(&Draft::text("Discussed")).await;
    let mut comments = Vec::new();
    for i in 0..3 {
        let comment = Draft::text(format!("Comment {i}")).reply_to(&post);
        let id = desk.publish(&comment).await.id;
        let (_, number) = id.as_str().rsplit_once("_r").unwrap();
        comments.push(number.to_owned());
    }
    comments.insert(1, "999999".to_owned());
    let calls: Vec<Value> = comments
        .iter()
        .map(|id| json!({"owner_id": -Fake::GROUP, "comment_id": id}))
        .collect();
    let results = desk.vk.call_many::<Value>("wall.getComment", &calls);
    let results = desk.run(results).await.unwrap();
    let texts: Vec<Option<&str>> = results
        .iter()
        .map(|result| result.as_ref().ok()?["items"][0]["text"].as_str())
        .collect();
    assert_eq!(
        texts,
        [
            Some("Comment 0"),
            None,
            Some("Comment 1"),
            Some("Comment 2")
        ]
    );
    assert!(results[1].is_err());
    assert_eq!(desk.fake.seen().last().unwrap().name(), "execute");
}

#[tokio::test]
async fn a_configured_account_speaks_and_a_wrong_one_names_its_line() {
    let desk = Desk::new("a_configured_account_speaks_and_a_wrong_one_names_its_line");
    let registry = Registry::default();
    let config = AccountConfig::new("shop", "vk")
        .set("community", Fake::GROUP)
        .set("community_token", Fake::GROUP_TOKEN)
        .set("user_token", Fake::USER_TOKEN)
        .base_url("https://api.vk.test");
    let connect = |config: &AccountConfig| registry.connect(config, &desk.bench.client);
    let network = connect(&config).unwrap();
    let post = desk.run(network.publish(&Draft::text("Configured"))).await;
    assert!(post.unwrap().id.as_str().starts_with("wall-7001_"));
    let me = desk.run(network.me()).await.unwrap();
    assert_eq!(me.handle.as_deref(), Some("club.test"));
    let mut wrong = config.clone().set("community", -Fake::GROUP);
    wrong.lines.insert("community".to_owned(), 7);
    let error = connect(&wrong).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    for word in ["line 7", "write 7001"] {
        assert!(error.message().contains(word), "{error}");
    }
    for (key, value) in [
        ("community", json!("seven")),
        ("tokens", json!("x")),
        ("user_token", json!(7)),
    ] {
        let error = connect(&config.clone().set(key, value)).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config, "{error}");
        assert!(error.message().contains(key), "{error}");
    }
}

#[cfg(not(feature = "oauth"))]
#[test]
fn a_configured_login_names_the_feature_that_it_needs() {
    let desk = Desk::new("a_configured_login_names_the_feature_that_it_needs");
    let mut config = AccountConfig::new("shop", "vk").set("client_id", Fake::APP);
    config.lines.insert("client_id".to_owned(), 4);
    let error = Registry::default().connect(&config, &desk.bench.client);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
    for word in ["line 4", "`client_id`", "feature `oauth`"] {
        assert!(error.message().contains(word), "{error}");
    }
}
