//! What the VK adapter asks, in which order and by which token, and what it makes of answers that a test writes down.
#![cfg(feature = "vk")]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::vk::{TokenKind, Vk, VkBuilder};
use sociable::client::{Client, Clock, InProcess, SeededRandom, Service, SetClock};
use sociable::jiff::Timestamp;
use sociable::{
    AccountId, AccountRef, Availability, Challenge, ChallengeKind, ConversationId, Draft, Edit,
    Engagement, ErrorKind, LinkCard, Media, MediaKind, MessageDraft, Moderation, Need, Operation,
    Poll, PostId, PostState, Recipient, Reconciled, SocialNetwork, Target, Text, Visibility,
};

const COMMUNITY: &str = "community-token-s3cret";
const USER: &str = "user-token-s3cret";
const SERVICE: &str = "service-token-s3cret";

/// One request as it arrived.
#[derive(Clone, Debug)]
struct Asked {
    method: String,
    token: Option<String>,
    fields: BTreeMap<String, String>,
    uri: String,
    body: Bytes,
    content_type: String,
}

type Answers = Arc<Mutex<BTreeMap<String, VecDeque<Value>>>>;

/// A server that says what it was told to.
#[derive(Clone, Default)]
struct Server {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Answers,
}

impl Server {
    /// Answers the next call of a method so; the last answer is given again and again.
    fn says(&self, method: &str, answer: Value) -> &Self {
        let mut answers = self.answers.lock().unwrap();
        answers
            .entry(method.to_owned())
            .or_default()
            .push_back(answer);
        self
    }

    /// The calls so far, forgotten here.
    fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn methods(&self) -> Vec<String> {
        self.take().into_iter().map(|asked| asked.method).collect()
    }
}

impl Service for Server {
    fn answer(&self, request: &http::Request<Bytes>, _: Timestamp) -> http::Response<Bytes> {
        let path = request.uri().path();
        let method = path.strip_prefix("/method/").unwrap_or(path).to_owned();
        let header = |name| {
            let value = request.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let fields = url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        self.asked.lock().unwrap().push(Asked {
            token: header("authorization")
                .map(|value| value.trim_start_matches("Bearer ").to_owned()),
            fields,
            uri: request.uri().to_string(),
            body: request.body().clone(),
            content_type: header("content-type").unwrap_or_default(),
            method: method.clone(),
        });
        let mut answers = self.answers.lock().unwrap();
        let body = match answers.get_mut(&method) {
            Some(queue) if queue.len() > 1 => queue.pop_front().unwrap(),
            Some(queue) => queue.front().unwrap().clone(),
            None => {
                json!({"error": {"error_code": 3, "error_msg": format!("Unknown method passed: {method}")}})
            }
        };
        http::Response::new(Bytes::from(body.to_string()))
    }
}

fn error(code: i64, said: &str) -> Value {
    json!({"error": {"error_code": code, "error_msg": said, "request_params": [{"key": "message", "value": "private words"}]}})
}

fn client(server: &Server, clock: &SetClock) -> Client {
    let wire = InProcess::new(Arc::new(server.clone()), Arc::new(clock.clone()));
    Client::builder()
        .transport(Arc::new(wire))
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(3)))
        .build()
        .unwrap()
}

fn clock() -> SetClock {
    SetClock::at("2026-03-14T09:26:53Z".parse().unwrap())
}

/// A community's object that asks as fast as it likes: most tests stand still in time.
fn builder(server: &Server, clock: &SetClock) -> VkBuilder {
    let kinds = [TokenKind::Community, TokenKind::User, TokenKind::Service];
    let builder = Vk::builder().community(1).client(&client(server, clock));
    kinds
        .into_iter()
        .fold(builder, |builder, kind| builder.pace(kind, 1000))
}

fn whole(server: &Server, clock: &SetClock) -> Vk {
    builder(server, clock)
        .community_token(COMMUNITY)
        .user_token(USER)
        .service_token(SERVICE)
        .build()
        .unwrap()
}

fn png() -> Media {
    Media::bytes(
        &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\0\0\0\0\x3a\x7e\x9b\x55"[..],
    )
    .media_type("image/png")
    .name("a.png")
}

#[tokio::test]
async fn a_call_shows_its_token_in_the_header_alone_and_names_its_version() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    let text = Text::plain("Thanks, ")
        .mention_id("Anna", "anna", "id5")
        .push(" & all");
    let post = vk.publish(&Draft::text(text)).await.unwrap();
    assert_eq!(post.id.as_str(), "wall-1_7");
    assert_eq!(post.url.as_deref(), Some("https://vk.com/wall-1_7"));
    assert_eq!(post.author.unwrap().id.as_str(), "club1");
    assert_eq!(post.text.as_str(), "Thanks, Anna & all");
    let [asked] = server.take().try_into().unwrap();
    assert_eq!(asked.uri, "https://api.vk.ru/method/wall.post");
    assert_eq!(asked.token.as_deref(), Some(USER));
    assert_eq!(asked.content_type, "application/x-www-form-urlencoded");
    let fields: Vec<(&str, &str)> = asked
        .fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let guid = asked.fields["guid"].as_str();
    assert_eq!(
        fields,
        [
            ("from_group", "1"),
            ("guid", guid),
            ("message", "Thanks, [id5|Anna] & all"),
            ("owner_id", "-1"),
            ("v", "5.199"),
        ]
    );
    assert!(!String::from_utf8_lossy(&asked.body).contains("s3cret"));
    assert!(!format!("{vk:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_a_token_is_missing_for_is_told_beforehand_and_refused_without_a_request() {
    let (server, clock) = (Server::default(), clock());
    let vk = builder(&server, &clock)
        .community_token(COMMUNITY)
        .build()
        .unwrap();
    let profile = vk.profile();
    assert!(profile.can(&Operation::PUBLISH) && profile.can(&Operation::SEND));
    let user = Need::Token("user".to_owned());
    let told = profile.supports(&Operation::PUBLISH_IMAGE).availability;
    assert_eq!(told, Availability::Needs(user.clone()));
    let post = PostId::new("wall-1_7");
    let refused = [
        vk.publish(&Draft::text("x").media(png()))
            .await
            .unwrap_err(),
        vk.edit(&post, &Edit::text("x")).await.unwrap_err(),
        vk.delete(&post).await.unwrap_err(),
        vk.engage(&Target::from(&post), &Engagement::like())
            .await
            .unwrap_err(),
        vk.call::<Value>("stats.get", &json!({"group_id": 1}))
            .await
            .unwrap_err(),
        vk.call_as::<Value>(TokenKind::User, "users.get", &json!({}))
            .await
            .unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.kind(), &ErrorKind::Forbidden(user.clone()), "{error}");
        assert_eq!(error.network(), Some("vk"));
    }
    assert!(server.take().is_empty());
    // A text goes by the community's own token.
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    vk.publish(&Draft::text("x")).await.unwrap();
    assert_eq!(server.take()[0].token.as_deref(), Some(COMMUNITY));
}

#[test]
fn a_wrong_setting_is_a_config_error_that_says_what_to_write() {
    let build = |builder: VkBuilder| builder.client(&Client::new().unwrap()).build().unwrap_err();
    let wrong_sign = build(Vk::builder().community(-123).community_token("t0ken"));
    assert_eq!(wrong_sign.kind(), &ErrorKind::Config);
    assert!(wrong_sign.message().contains("write 123"), "{wrong_sign}");
    for (builder, word) in [
        (Vk::builder(), "there is no token"),
        (
            Vk::builder().community(0).user_token("t0ken"),
            "`community` is 0",
        ),
        (
            Vk::builder().community_token("t0ken"),
            "`community_token` needs `community`",
        ),
        (Vk::builder().user_token(" "), "`user_token` is no token"),
        (
            Vk::builder().user_token("t0ken t0ken"),
            "`user_token` is no token",
        ),
        (
            Vk::builder()
                .user_token("t0ken")
                .base_url("http://api.vk.ru"),
            "plain http",
        ),
        (
            Vk::builder().user_token("t0ken").base_url("not an address"),
            "https://api.vk.ru",
        ),
    ] {
        let error = build(builder);
        assert_eq!(error.kind(), &ErrorKind::Config, "{error}");
        assert!(error.message().contains(word), "{error}");
        assert!(
            !format!("{error} {error:?}").contains("t0ken t0ken"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn flood_control_rests_one_method_longer_each_time_and_others_go_on() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says("wall.post", error(9, "Flood control"));
    server.says("likes.add", json!({"response": {"likes": 1}}));
    let like = Target::from(&PostId::new("wall-1_7"));
    for minutes in [1, 5, 30, 30] {
        let began = clock.now();
        let error = vk.publish(&Draft::text("x")).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::RateLimited, "{error}");
        let until = began
            .checked_add(Duration::from_secs(minutes * 60))
            .unwrap();
        assert_eq!(error.retry_at(), Some(until), "after {minutes} minutes");
        assert_eq!(server.methods(), ["wall.post"]);
        // Within it nothing is asked, even by a caller that would wait so long.
        let again = vk.publish(&Draft::text("y")).await.unwrap_err();
        assert_eq!(
            (again.kind(), again.retry_at()),
            (&ErrorKind::RateLimited, Some(until))
        );
        assert!(server.take().is_empty());
        vk.engage(&like, &Engagement::like()).await.unwrap();
        assert_eq!(server.methods(), ["likes.add"]);
        clock.set(until);
    }
    // One that is taken ends it.
    server.answers.lock().unwrap().remove("wall.post");
    server.says("wall.post", json!({"response": {"post_id": 8}}));
    vk.publish(&Draft::text("x")).await.unwrap();
    server.says("wall.post", error(9, "Flood control"));
    vk.publish(&Draft::text("x")).await.unwrap();
    let error = vk.publish(&Draft::text("x")).await.unwrap_err();
    let minute = clock.now().checked_add(Duration::from_secs(60)).unwrap();
    assert_eq!(error.retry_at(), Some(minute));
}

#[tokio::test]
async fn a_used_up_quota_rests_the_method_of_that_token_for_hours() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says("likes.add", error(29, "Rate limit reached"));
    let like = Target::from(&PostId::new("wall-1_7"));
    for hours in [1, 2, 4, 8, 16, 24, 24] {
        let error = vk.engage(&like, &Engagement::like()).await.unwrap_err();
        let until = clock
            .now()
            .checked_add(Duration::from_secs(hours * 3600))
            .unwrap();
        assert_eq!(error.retry_at(), Some(until));
        assert_eq!(error.code(), Some("29"));
        clock.set(until);
    }
}

#[tokio::test]
async fn more_calls_than_a_second_allows_are_spread_over_seconds() {
    let (server, clock) = (Server::default(), clock());
    let vk = builder(&server, &clock)
        .user_token(USER)
        .pace(TokenKind::User, 3)
        .build()
        .unwrap();
    server.says("likes.add", json!({"response": {"likes": 1}}));
    let began = clock.now();
    let like = Target::from(&PostId::new("wall-1_7"));
    let engagement = Engagement::like();
    let calls: Vec<_> = (0..10).map(|_| vk.engage(&like, &engagement)).collect();
    let all = clock.drive(futures_util::future::join_all(calls)).await;
    assert!(all.iter().all(Result::is_ok));
    // A user's token may ask three times in any second.
    let took = clock.now().duration_since(began).as_secs_f64();
    assert!((3.0..3.1).contains(&took), "{took}");
    // A refusal all the same is waited out.
    server.answers.lock().unwrap().clear();
    server.says("likes.add", error(6, "Too many requests per second"));
    server.says("likes.add", json!({"response": {"likes": 1}}));
    clock
        .drive(vk.engage(&like, &Engagement::like()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_captcha_is_told_waited_for_and_answered_with_the_next_call() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let mut captcha = error(14, "Captcha needed");
    captcha["error"]["redirect_uri"] = json!("https://id.vk.com/not_robot_captcha?session_token=x");
    captcha["error"]["remixstlid"] = json!(9_055_041_122_137_112_123_u64);
    server.says("wall.post", captcha);
    server.says("wall.post", json!({"response": {"post_id": 8}}));
    let draft = Draft::text("x").key("k");
    let refused = vk.publish(&draft).await.unwrap_err();
    let ErrorKind::Challenge(challenge) = refused.kind().clone() else {
        panic!("{refused}")
    };
    assert_eq!(challenge.kind, ChallengeKind::Captcha);
    assert_eq!(
        challenge.url.as_deref(),
        Some("https://id.vk.com/not_robot_captcha?session_token=x")
    );
    assert!(
        !format!("{refused:?}").contains("private words"),
        "{refused:?}"
    );
    let guid = server.take()[0].fields["guid"].clone();
    // Nothing is asked before the answer is there, and other methods are.
    let waiting = vk.publish(&draft).await.unwrap_err();
    assert_eq!(waiting.kind(), refused.kind());
    server.says("likes.add", json!({"response": {"likes": 1}}));
    vk.engage(&Target::from(&PostId::new("wall-1_7")), &Engagement::like())
        .await
        .unwrap();
    assert_eq!(server.methods(), ["likes.add"]);
    assert!(vk.answer_challenge(&challenge, " ").is_err());
    assert!(
        vk.answer_challenge(&Challenge::new(ChallengeKind::Captcha), "x")
            .is_err()
    );
    vk.answer_challenge(&challenge, "the success token")
        .unwrap();
    vk.publish(&draft).await.unwrap();
    let [asked] = server.take().try_into().unwrap();
    assert_eq!(asked.fields["success_token"], "the success token");
    assert_eq!(asked.fields["remixstlid"], "9055041122137112123");
    assert_eq!(asked.fields["guid"], guid);
    // It is used once.
    vk.publish(&Draft::text("y")).await.unwrap();
    assert!(!server.take()[0].fields.contains_key("success_token"));
}

#[tokio::test]
async fn a_picture_of_a_captcha_is_answered_with_its_text_and_a_wrong_one_brings_the_next() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let captcha = |sid: &str| json!({"error": {"error_code": 14, "error_msg": "Captcha needed", "captcha_sid": sid, "captcha_img": format!("https://vk.com/captcha.php?sid={sid}")}});
    server
        .says("likes.add", captcha("1"))
        .says("likes.add", captcha("2"));
    server.says("likes.add", json!({"response": {"likes": 1}}));
    let target = Target::from(&PostId::new("wall-1_7"));
    for sid in ["1", "2"] {
        let refused = vk.engage(&target, &Engagement::like()).await.unwrap_err();
        let ErrorKind::Challenge(challenge) = refused.kind() else {
            panic!("{refused}")
        };
        assert_eq!(challenge.id.as_deref(), Some(sid));
        vk.answer_challenge(challenge, "qwerty").unwrap();
    }
    vk.engage(&target, &Engagement::like()).await.unwrap();
    let asked = server.take();
    assert_eq!(asked.len(), 3);
    assert!(!asked[0].fields.contains_key("captcha_key"));
    assert_eq!(
        (
            asked[1].fields["captcha_sid"].as_str(),
            asked[1].fields["captcha_key"].as_str()
        ),
        ("1", "qwerty")
    );
    assert_eq!(asked[2].fields["captcha_sid"], "2");
}

#[tokio::test]
async fn a_challenge_that_nobody_answers_is_let_go_after_ten_minutes() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let mut validation = error(17, "Validation required");
    validation["error"]["redirect_uri"] = json!("https://m.vk.com/login?act=security_check");
    server.says("likes.add", validation);
    server.says("likes.add", json!({"response": {"likes": 1}}));
    let target = Target::from(&PostId::new("wall-1_7"));
    let refused = vk.engage(&target, &Engagement::like()).await.unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::Challenge(c) if c.kind == ChallengeKind::Validation)
    );
    clock.advance(Duration::from_secs(599));
    assert!(vk.engage(&target, &Engagement::like()).await.is_err());
    clock.advance(Duration::from_secs(1));
    vk.engage(&target, &Engagement::like()).await.unwrap();
    assert_eq!(server.methods(), ["likes.add", "likes.add"]);
}

/// A server on which a photo can be uploaded and published.
fn takes_photos(server: &Server) {
    server.says("photos.getWallUploadServer", json!({"response": {"album_id": 1, "user_id": 5, "upload_url": "https://pu.vk.test/photo"}}));
    server.says(
        "/photo",
        json!({"server": 77, "photo": "[{\"photo\":\"a\"}]", "hash": "h"}),
    );
    server.says("photos.saveWallPhoto", json!({"response": [{"id": 3, "owner_id": 5, "album_id": -14, "date": 1, "has_tags": false, "access_key": "k"}]}));
    server.says("wall.post", json!({"response": {"post_id": 7}}));
}

#[tokio::test]
async fn a_photo_goes_through_its_steps_and_only_the_api_sees_a_token() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    takes_photos(&server);
    let post = vk
        .publish(&Draft::text("A cat").media(png()))
        .await
        .unwrap();
    assert_eq!(post.media.len(), 1);
    assert_eq!(post.media[0].kind, MediaKind::Image);
    let [place, file, save, publish] = server.take().try_into().unwrap();
    assert_eq!(
        (place.method.as_str(), place.fields["group_id"].as_str()),
        ("photos.getWallUploadServer", "1")
    );
    assert_eq!(file.uri, "https://pu.vk.test/photo");
    assert_eq!(file.token, None);
    assert!(
        file.content_type
            .starts_with("multipart/form-data; boundary=")
    );
    let body = String::from_utf8_lossy(&file.body).into_owned();
    assert!(
        body.contains("name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png"),
        "{body}"
    );
    assert_eq!(save.fields["photo"], "[{\"photo\":\"a\"}]");
    assert_eq!(
        (save.fields["server"].as_str(), save.fields["hash"].as_str()),
        ("77", "h")
    );
    assert_eq!(save.fields["group_id"], "1");
    assert_eq!(publish.fields["attachments"], "photo5_3");
    for asked in [&place, &save, &publish] {
        assert_eq!(asked.token.as_deref(), Some(USER), "{}", asked.method);
    }
}

#[tokio::test]
async fn an_upload_that_goes_wrong_publishes_nothing() {
    let wrong: [(&str, Value, &str); 7] = [
        (
            "/photo",
            json!({"server": 77, "photo": "[]", "hash": "h"}),
            "Invalid",
        ),
        (
            "/photo",
            json!({"server": 77, "photo": "", "hash": "h"}),
            "Invalid",
        ),
        (
            "/photo",
            json!({"error": "ERR_UPLOAD_BAD_IMAGE_SIZE"}),
            "Invalid",
        ),
        (
            "photos.saveWallPhoto",
            error(5, "User authorization failed: access_token was revoked"),
            "Unauthorized",
        ),
        (
            "photos.saveWallPhoto",
            error(14, "Captcha needed"),
            "Challenge",
        ),
        (
            "photos.saveWallPhoto",
            error(129, "Invalid photo"),
            "Invalid",
        ),
        (
            "photos.getWallUploadServer",
            json!({"response": {"upload_url": "http://127.0.0.1:9/photo"}}),
            "Decode",
        ),
    ];
    for (method, answer, kind) in wrong {
        let (server, clock) = (Server::default(), clock());
        let vk = whole(&server, &clock);
        takes_photos(&server);
        server.answers.lock().unwrap().remove(method);
        server.says(method, answer.clone());
        let error = clock
            .drive(vk.publish(&Draft::text("A cat").media(png())))
            .await
            .unwrap_err();
        assert_eq!(error.kind().name(), kind, "{answer}: {error}");
        assert!(
            !server.methods().contains(&"wall.post".to_owned()),
            "{answer}"
        );
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("private words"),
            "{shown}"
        );
        if kind == "Invalid" {
            assert_eq!(error.violations()[0].field, "media[0]", "{error}");
        }
    }
}

#[tokio::test]
async fn an_upload_that_the_network_spoils_is_made_once_more_from_the_beginning() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    takes_photos(&server);
    let good = json!({"response": [{"id": 3, "owner_id": 5}]});
    server
        .answers
        .lock()
        .unwrap()
        .remove("photos.saveWallPhoto");
    server
        .says("photos.saveWallPhoto", error(22, "Upload error"))
        .says("photos.saveWallPhoto", good);
    vk.publish(&Draft::text("A cat").media(png()))
        .await
        .unwrap();
    let steps = [
        "photos.getWallUploadServer",
        "/photo",
        "photos.saveWallPhoto",
    ];
    let methods = server.methods();
    assert_eq!(methods[..3], steps);
    assert_eq!(methods[3..6], steps);
    assert_eq!(methods[6..], ["wall.post"]);
    // Twice is the file's fault.
    server
        .answers
        .lock()
        .unwrap()
        .remove("photos.saveWallPhoto");
    server.says("photos.saveWallPhoto", error(22, "Upload error"));
    let error = clock
        .drive(vk.publish(&Draft::text("A cat").media(png())))
        .await
        .unwrap_err();
    assert_eq!(error.kind().name(), "Invalid", "{error}");
}

#[tokio::test]
async fn videos_documents_polls_and_links_stand_behind_one_another() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    takes_photos(&server);
    server.says("video.save", json!({"response": {"upload_url": "https://vu.vk.test/video", "video_id": 4, "owner_id": -1, "access_key": "k"}}));
    server.says("/video", json!({"size": 3, "video_id": 4}));
    server.says(
        "docs.getWallUploadServer",
        json!({"response": {"upload_url": "https://du.vk.test/doc"}}),
    );
    server.says("/doc", json!({"file": "f|1"}));
    server.says(
        "docs.save",
        json!({"response": {"type": "doc", "doc": {"id": 6, "owner_id": 5}}}),
    );
    server.says(
        "polls.create",
        json!({"response": {"id": 9, "owner_id": -1, "answers": []}}),
    );
    let draft = Draft::text("Which?")
        .media(png())
        .media(
            Media::bytes(&b"mp4"[..])
                .media_type("video/mp4")
                .name("v.mp4"),
        )
        .media(
            Media::bytes(&b"%PDF"[..])
                .media_type("application/pdf")
                .name("price list.pdf"),
        )
        .poll(Poll::new(["Now, \"or\"", "Later"]).open_for(Duration::from_secs(60)))
        .link(
            LinkCard::new("https://example.com/a?b=1")
                .title("Notes")
                .thumbnail(png()),
        )
        .native(
            "vk",
            json!({"signed": true, "mark_as_ads": true, "attachments": ["market-1_2"]}),
        )
        .at(clock.now().checked_add(Duration::from_secs(3600)).unwrap());
    let post = clock.drive(vk.publish(&draft)).await.unwrap();
    let in_an_hour = clock.now().as_second() / 3600;
    assert!(
        matches!(post.state, PostState::Scheduled(at) if at.as_second() / 3600 == in_an_hour + 1)
    );
    let asked = server.take();
    let of = |method: &str| asked.iter().find(|a| a.method == method).unwrap();
    let fields = &of("wall.post").fields;
    assert_eq!(
        fields["attachments"],
        "photo5_3,video-1_4,doc5_6,market-1_2,poll-1_9,https://example.com/a?b=1"
    );
    assert_eq!(
        (fields["signed"].as_str(), fields["mark_as_ads"].as_str()),
        ("1", "1")
    );
    assert_eq!(
        (
            fields["link_title"].as_str(),
            fields["link_photo_id"].as_str()
        ),
        ("Notes", "5_3")
    );
    assert!(fields.contains_key("publish_date"));
    assert_eq!(of("docs.save").fields["title"], "price list.pdf");
    let poll = &of("polls.create").fields;
    assert_eq!(poll["add_answers"], r#"["Now, \"or\"","Later"]"#);
    assert_eq!(poll["question"], "Which?");
    assert_eq!(of("video.save").fields["group_id"], "1");
}

#[tokio::test]
async fn what_does_not_go_together_is_refused_before_anything_is_sent() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let comment = || Draft::text("x").reply_to("wall-1_7");
    let quote = || Draft::text("x").quote("wall-1_7");
    let past = clock.now().checked_sub(Duration::from_secs(1)).unwrap();
    let wrong = [
        ("poll", comment().poll(Poll::new(["a"]))),
        ("link", comment().link("https://example.com")),
        (
            "schedule",
            comment().at(clock.now().checked_add(Duration::from_secs(9)).unwrap()),
        ),
        ("place", comment().to("club2")),
        ("reply_to", Draft::text("x").reply_to("nonsense")),
        ("reply_to", Draft::text("x").reply_to("topic-1_2")),
        ("quote", quote().media(png())),
        ("link", quote().link("https://example.com")),
        ("quote", Draft::text("x").quote("wall-1_7_r8")),
        ("text", Draft::new().poll(Poll::new(["a"]))),
        ("schedule", Draft::text("x").at(past)),
        ("place", Draft::text("x").to("nowhere")),
        (
            "native.vk",
            Draft::text("x").native("vk", json!({"owner_id": -2})),
        ),
        (
            "native.vk",
            Draft::text("x").native("vk", json!({"attachments": ["photo1_2,photo1_3&v=1"]})),
        ),
        ("native.vk", Draft::text("x").native("vk", json!(1))),
        (
            "text",
            Draft::text(Text::plain("x".repeat(15_990)).link("a label", "https://example.com/")),
        ),
        (
            "media[0]",
            Draft::text("x").media(Media::existing("photo1_2,doc1_2").kind(MediaKind::Image)),
        ),
    ];
    for (field, draft) in wrong {
        let error = vk.publish(&draft).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Invalid(_)),
            "{field}: {error}"
        );
        assert_eq!(error.violations()[0].field, field, "{error}");
        assert_eq!(error.network(), Some("vk"), "{error}");
    }
    let error = vk
        .publish(&Draft::text("x").visibility(Visibility::Followers))
        .await
        .unwrap_err();
    assert!(error.is_unsupported(), "{error}");
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn comments_are_written_as_the_community_and_name_what_they_answer() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says(
        "wall.createComment",
        json!({"response": {"comment_id": 9, "parents_stack": []}}),
    );
    let comment = vk
        .publish(&Draft::text("Yes").reply_to("wall-1_7_r8"))
        .await
        .unwrap();
    assert_eq!(comment.id.as_str(), "wall-1_7_r9");
    assert_eq!(comment.reply_to.unwrap().as_str(), "wall-1_7_r8");
    assert_eq!(comment.thread.unwrap().as_str(), "wall-1_7");
    let [asked] = server.take().try_into().unwrap();
    assert_eq!(asked.token.as_deref(), Some(COMMUNITY));
    let fields = &asked.fields;
    assert_eq!(
        (fields["owner_id"].as_str(), fields["post_id"].as_str()),
        ("-1", "7")
    );
    assert_eq!(
        (
            fields["from_group"].as_str(),
            fields["reply_to_comment"].as_str()
        ),
        ("1", "8")
    );
    assert!(!fields["guid"].is_empty());
    // On another wall a community's token may not write.
    vk.publish(&Draft::text("Yes").reply_to("wall5_7"))
        .await
        .unwrap();
    assert_eq!(server.take()[0].token.as_deref(), Some(USER));
}

#[tokio::test]
async fn an_edit_says_again_all_that_a_post_shows() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let post = json!({"id": 7, "owner_id": -1, "from_id": -1, "date": 1_773_479_213, "text": "Before", "post_type": "postpone",
    "signer_id": 5, "marked_as_ads": 1, "copyright": {"link": "https://example.com/", "name": "x", "type": "y"},
    "geo": {"type": "point", "coordinates": "55.75 37.61"},
    "attachments": [
        {"type": "photo", "photo": {"id": 3, "owner_id": 5, "access_key": "k"}},
        {"type": "poll", "poll": {"id": 9, "owner_id": -1, "answers": []}},
        {"type": "link", "link": {"url": "https://example.com/a"}}
    ]});
    server.says("wall.getById", json!({"response": {"items": [post]}}));
    server.says("wall.edit", json!({"response": {"post_id": 7}}));
    let id = PostId::new("wall-1_7");
    let edited = vk.edit(&id, &Edit::text("After")).await.unwrap();
    assert_eq!(edited.text.as_str(), "After");
    assert_eq!(edited.media.len(), 1);
    assert_eq!(edited.link.unwrap().url, "https://example.com/a");
    let [read, change] = server.take().try_into().unwrap();
    assert_eq!(read.fields["posts"], "-1_7");
    let said: BTreeMap<&str, &str> = change
        .fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let wanted = BTreeMap::from([
        ("attachments", "photo5_3_k,poll-1_9,https://example.com/a"),
        ("copyright", "https://example.com/"),
        ("lat", "55.75"),
        ("long", "37.61"),
        ("mark_as_ads", "1"),
        ("message", "After"),
        ("owner_id", "-1"),
        ("post_id", "7"),
        ("publish_date", "1773479213"),
        ("signed", "1"),
        ("v", "5.199"),
    ]);
    assert_eq!(said, wanted);
    // New files take the place of the old ones, and of nothing else.
    takes_photos(&server);
    let mut edit = Edit::new();
    edit.media = Some(vec![png()]);
    vk.edit(&id, &edit).await.unwrap();
    let asked = server.take();
    assert_eq!(
        asked.last().unwrap().fields["attachments"],
        "photo5_3,poll-1_9,https://example.com/a"
    );
    assert_eq!(asked.last().unwrap().fields["message"], "Before");
}

#[tokio::test]
async fn an_edit_that_would_lose_something_is_refused() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let post = json!({"id": 7, "owner_id": -1, "text": "x", "attachments": [{"type": "textlive", "textlive": {}}]});
    server.says("wall.getById", json!({"response": {"items": [post]}}));
    server.says("wall.getById", json!({"response": {"items": []}}));
    let id = PostId::new("wall-1_7");
    let error = vk.edit(&id, &Edit::text("After")).await.unwrap_err();
    assert!(error.message().contains("textlive"), "{error}");
    let error = vk.edit(&id, &Edit::text("After")).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound);
    assert_eq!(server.methods(), ["wall.getById", "wall.getById"]);
}

#[tokio::test]
async fn a_post_that_was_prepared_long_ago_is_looked_for_before_it_is_published_again() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    let draft = Draft::text("Once, [club1|truly]")
        .key("k")
        .created_at(clock.now());
    let prepared = {
        let checked = draft
            .inspect()
            .await
            .unwrap()
            .checked(&vk.profile())
            .unwrap();
        vk.prepare(&checked).await.unwrap()
    };
    vk.commit(&prepared).await.unwrap();
    let guid = server.take()[0].fields["guid"].clone();
    clock.advance(Duration::from_secs(2 * 3600));
    let date = clock.now().as_second() - 2 * 3600 + 1;
    let there = |text: &str| json!({"response": {"count": 1, "items": [{"id": 7, "owner_id": -1, "from_id": -1, "date": date, "text": text}]}});
    server.says("wall.get", there("Once, &#91;club1|truly]"));
    let again = vk.commit(&prepared).await.unwrap();
    assert_eq!(again.id.as_str(), "wall-1_7");
    assert_eq!(server.methods(), ["wall.get"]);
    // So is one that is prepared anew under the key of then.
    let found = vk.publish(&draft).await.unwrap();
    assert_eq!(found.id.as_str(), "wall-1_7");
    assert_eq!(server.methods(), ["wall.get"]);
    assert!(matches!(
        vk.reconcile(&prepared).await.unwrap(),
        Reconciled::Published(_)
    ));
    // What is not there is published, under the same name.
    server.answers.lock().unwrap().remove("wall.get");
    server.says("wall.get", there("Another"));
    assert_eq!(
        vk.reconcile(&prepared).await.unwrap(),
        Reconciled::NotPublished
    );
    server.take();
    vk.commit(&prepared).await.unwrap();
    let asked = server.take();
    assert_eq!(asked[1].fields["guid"], guid);
    // Without a token that reads walls nobody can tell.
    let blind = builder(&server, &clock)
        .community_token(COMMUNITY)
        .build()
        .unwrap();
    let error = blind.commit(&prepared).await.unwrap_err();
    assert!(error.is_unconfirmed(), "{error}");
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn a_message_goes_out_once_whatever_becomes_of_its_answer() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let sent =
        json!({"response": [{"peer_id": 5, "message_id": 100, "conversation_message_id": 12}]});
    server
        .says("messages.send", error(10, "Internal server error"))
        .says("messages.send", sent);
    let to = Recipient::Conversation(ConversationId::new("5"));
    let mut draft = MessageDraft::text("Hello & welcome");
    draft.key = Some("order-1".into());
    draft.share = Some("wall-1_7_r8".into());
    draft.reply_to = Some("5_11".into());
    let message = clock.drive(vk.send(&to, &draft)).await.unwrap();
    assert_eq!(
        (message.id.as_str(), message.conversation.as_str()),
        ("5_12", "5")
    );
    assert_eq!(message.author.unwrap().id.as_str(), "club1");
    let asked = server.take();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].fields, asked[1].fields);
    let fields = &asked[0].fields;
    assert_eq!(asked[0].token.as_deref(), Some(COMMUNITY));
    assert_eq!(
        (fields["peer_ids"].as_str(), fields["attachment"].as_str()),
        ("5", "wall-1_7")
    );
    let random_id: i32 = fields["random_id"].parse().unwrap();
    assert!(random_id > 0);
    let forward: Value = serde_json::from_str(&fields["forward"]).unwrap();
    assert_eq!(
        forward,
        json!({"peer_id": 5, "conversation_message_ids": [11], "is_reply": true})
    );
    // Another key, and another peer, have numbers of their own.
    draft.key = Some("order-2".into());
    vk.send(&to, &draft).await.unwrap();
    assert_ne!(server.take()[0].fields["random_id"], random_id.to_string());
    // A message of another conversation is not answered here.
    draft.reply_to = Some("6_11".into());
    let error = vk.send(&to, &draft).await.unwrap_err();
    assert_eq!(error.violations()[0].field, "reply_to", "{error}");
}

#[tokio::test]
async fn a_message_that_is_refused_within_a_success_is_refused() {
    for (code, kind) in [
        (901, "Forbidden"),
        (950, "WindowClosed"),
        (9, "RateLimited"),
        (914, "Invalid"),
    ] {
        let (server, clock) = (Server::default(), clock());
        let vk = whole(&server, &clock);
        let refused = json!({"response": [{"peer_id": 5, "message_id": 0, "error": {"code": code, "description": "No"}}]});
        server.says("messages.send", refused);
        let to = Recipient::Account(AccountRef::id(AccountId::new("id5")));
        let error = vk
            .send(&to, &MessageDraft::text("Hello"))
            .await
            .unwrap_err();
        assert_eq!(error.kind().name(), kind, "{error}");
        assert_eq!(error.code(), Some(code.to_string().as_str()));
    }
}

#[tokio::test]
async fn many_reads_are_one_request_and_each_has_its_own_result() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let calls: Vec<Value> = (0..30)
        .map(|i| json!({"owner_id": -1, "comment_id": i}))
        .collect();
    let mut first: Vec<Value> = (0..25).map(|i| json!({"n": i})).collect();
    first[3] = json!(false);
    first[20] = json!(false);
    server.says(
        "execute",
        json!({"response": first, "execute_errors": [
            {"method": "wall.getComment", "error_code": 104, "error_msg": "Not found"},
            {"method": "wall.getComment", "error_code": 15, "error_msg": "Access denied"},
            {"method": "execute", "error_code": 1, "error_msg": "noise"},
        ]}),
    );
    let rest: Vec<Value> = (25..30).map(|i| json!({"n": i})).collect();
    server.says("execute", json!({"response": rest}));
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Numbered {
        n: u32,
    }
    let results = vk
        .call_many::<Numbered>("wall.getComment", &calls)
        .await
        .unwrap();
    assert_eq!(results.len(), 30);
    for (i, result) in (0..).zip(&results) {
        match (i, result) {
            (3, Err(error)) => assert_eq!(error.kind(), &ErrorKind::NotFound),
            (20, Err(error)) => assert_eq!(error.kind().name(), "Forbidden"),
            (_, result) => assert_eq!(result.as_ref().unwrap().n, i),
        }
    }
    let asked = server.take();
    assert_eq!(asked.len(), 2);
    // By the token that the method takes.
    assert_eq!(asked[0].token.as_deref(), Some(USER));
    assert_eq!(
        asked[0].fields["code"]
            .matches("API.wall.getComment(")
            .count(),
        25
    );
    // Only reads go together.
    assert!(vk.call_many::<Value>("wall.delete", &calls).await.is_err());
}

#[tokio::test]
async fn a_program_that_does_not_run_is_taken_apart_into_single_calls() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says(
        "execute",
        error(13, "Runtime error occurred during code invocation"),
    );
    server
        .says("wall.getComment", error(104, "Not found"))
        .says("wall.getComment", json!({"response": 5}));
    let calls = [json!({"comment_id": 1}), json!({"comment_id": 2})];
    let results = vk
        .call_many::<u32>("wall.getComment", &calls)
        .await
        .unwrap();
    assert_eq!(
        results[0].as_ref().unwrap_err().kind(),
        &ErrorKind::NotFound
    );
    assert_eq!(results[1].as_ref().unwrap(), &5);
    assert_eq!(
        server.methods(),
        ["execute", "wall.getComment", "wall.getComment"]
    );
    // A service token runs no programs.
    let service = builder(&server, &clock)
        .service_token(SERVICE)
        .build()
        .unwrap();
    server.says("wall.getById", json!({"response": 1}));
    service
        .call_many::<u32>("wall.getById", &calls)
        .await
        .unwrap();
    assert_eq!(server.methods(), ["wall.getById", "wall.getById"]);
}

#[tokio::test]
async fn a_repost_stands_once_and_is_taken_back_by_its_own_number() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let wall = |items: Value| json!({"response": {"count": 1, "items": items}});
    let quoted = json!({"id": 8, "owner_id": -1, "text": "with words", "copy_history": [{"id": 7, "owner_id": 5}]});
    let repost =
        json!({"id": 9, "owner_id": -1, "text": "", "copy_history": [{"id": 7, "owner_id": 5}]});
    server.says("wall.get", wall(json!([quoted])));
    server.says("wall.get", wall(json!([repost, quoted])));
    server.says(
        "wall.repost",
        json!({"response": {"success": 1, "post_id": 9, "reposts_count": 1, "likes_count": 0}}),
    );
    server.says("wall.delete", json!({"response": 1}));
    let target = Target::from(&PostId::new("wall5_7"));
    let first = vk.engage(&target, &Engagement::repost()).await.unwrap();
    assert_eq!(
        (first.changed, first.id.as_deref()),
        (Some(true), Some("wall-1_9"))
    );
    let second = vk.engage(&target, &Engagement::repost()).await.unwrap();
    assert_eq!(second.changed, Some(false));
    let off = clock
        .drive(vk.engage(&target, &Engagement::repost().off()))
        .await
        .unwrap();
    assert_eq!((off.on, off.changed), (false, Some(true)));
    let asked = server.take();
    let methods: Vec<&str> = asked.iter().map(|a| a.method.as_str()).collect();
    assert_eq!(
        methods,
        [
            "wall.get",
            "wall.repost",
            "wall.get",
            "wall.get",
            "wall.delete"
        ]
    );
    assert_eq!(
        (
            asked[1].fields["object"].as_str(),
            asked[1].fields["group_id"].as_str()
        ),
        ("wall5_7", "1")
    );
    assert_eq!(asked[4].fields["post_id"], "9");
}

#[tokio::test]
async fn measures_of_an_administrator_are_no_error_when_they_stand_already() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    for method in [
        "wall.pin",
        "wall.unpin",
        "wall.closeComments",
        "wall.openComments",
        "wall.restore",
        "groups.ban",
    ] {
        server.says(method, json!({"response": 1}));
    }
    server.says(
        "wall.restoreComment",
        error(243, "Comment has not been deleted"),
    );
    server.says("groups.unban", error(104, "Not found"));
    server.says("wall.delete", error(104, "Not found"));
    let post = || PostId::new("wall-1_7");
    let person = AccountRef::id("id5");
    let all = [
        Moderation::pin(&post()),
        Moderation::pin(&post()).off(),
        Moderation::close_comments(&post()),
        Moderation::close_comments(&post()).off(),
        Moderation::restore(&post()),
        Moderation::restore(&PostId::new("wall-1_7_r8")),
        Moderation::block(person.clone()),
        Moderation::block(person).off(),
        Moderation::restore(&post()).off(),
    ];
    for moderation in all {
        let done = clock.drive(vk.moderate(&moderation)).await;
        assert!(done.is_ok(), "{moderation:?}: {done:?}");
    }
    vk.delete(&post()).await.unwrap();
    let asked = server.take();
    let close = asked
        .iter()
        .find(|a| a.method == "wall.closeComments")
        .unwrap();
    assert_eq!(close.token.as_deref(), Some(COMMUNITY));
    let ban = asked.iter().find(|a| a.method == "groups.ban").unwrap();
    assert_eq!(
        (
            ban.fields["group_id"].as_str(),
            ban.fields["owner_id"].as_str()
        ),
        ("1", "5")
    );
}

#[tokio::test]
async fn a_vote_names_its_answers_by_the_numbers_that_the_network_gave() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    let poll = json!({"id": 9, "owner_id": -1, "answers": [{"id": 101, "text": "a"}, {"id": 102, "text": "b"}]});
    server.says("wall.getById", json!({"response": {"items": [{"id": 7, "owner_id": -1, "attachments": [{"type": "poll", "poll": poll}]}]}}));
    server.says("polls.addVote", json!({"response": 1}));
    server.says("polls.deleteVote", json!({"response": 0}));
    let target = Target::from(&PostId::new("wall-1_7"));
    let voted = vk.engage(&target, &Engagement::vote([1])).await.unwrap();
    assert_eq!(voted.changed, Some(true));
    let asked = server.take();
    assert_eq!(
        (
            asked[1].fields["poll_id"].as_str(),
            asked[1].fields["answer_ids"].as_str()
        ),
        ("9", "102")
    );
    let back = clock
        .drive(vk.engage(&target, &Engagement::vote([]).off()))
        .await
        .unwrap();
    assert_eq!(back.changed, Some(false));
    let error = clock
        .drive(vk.engage(&target, &Engagement::vote([2])))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
}

#[tokio::test]
async fn a_person_is_known_by_the_users_token_and_asked_once() {
    let (server, clock) = (Server::default(), clock());
    let vk = Vk::builder()
        .user_token(USER)
        .pace(TokenKind::User, 100)
        .client(&client(&server, &clock))
        .build()
        .unwrap();
    server.says("users.get", json!({"response": [{"id": 5, "first_name": "Anna", "last_name": "K", "screen_name": "anna"}]}));
    server.says("wall.post", json!({"response": {"post_id": 7}}));
    assert_eq!(vk.profile().account, None);
    let draft = Draft::text("Mine").visibility(Visibility::Followers);
    let post = vk.publish(&draft).await.unwrap();
    assert_eq!(post.id.as_str(), "wall5_7");
    vk.publish(&Draft::text("Mine")).await.unwrap();
    let asked = server.take();
    let methods: Vec<&str> = asked.iter().map(|a| a.method.as_str()).collect();
    assert_eq!(methods, ["users.get", "wall.post", "wall.post"]);
    assert_eq!(asked[1].fields["friends_only"], "1");
    assert!(!asked[1].fields.contains_key("from_group"));
    assert_eq!(vk.profile().account.as_ref().unwrap().as_str(), "id5");
    assert_eq!(vk.me().await.unwrap().name.as_deref(), Some("Anna K"));
}

#[tokio::test]
async fn rights_that_a_token_lacks_are_told_once_they_were_asked_for() {
    let (server, clock) = (Server::default(), clock());
    let vk = builder(&server, &clock).user_token(USER).build().unwrap();
    assert!(vk.profile().can(&Operation::PUBLISH_IMAGE));
    server.says(
        "account.getAppPermissions",
        json!({"response": 8192 + 262_144}),
    );
    let profile = vk.refresh_profile().await.unwrap();
    assert!(profile.can(&Operation::PUBLISH));
    let need = Availability::Needs(Need::Scope("photos".to_owned()));
    assert_eq!(
        profile.supports(&Operation::PUBLISH_IMAGE).availability,
        need
    );
    assert_eq!(profile.login.as_ref().unwrap().scopes, ["wall", "groups"]);
    server.take();
    let error = vk
        .publish(&Draft::text("x").media(png()))
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Forbidden(Need::Scope("photos".to_owned()))
    );
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn a_name_is_resolved_and_nobodys_is_not_found() {
    let (server, clock) = (Server::default(), clock());
    let vk = whole(&server, &clock);
    server.says(
        "utils.resolveScreenName",
        json!({"response": {"type": "group", "object_id": 3}}),
    );
    server.says("utils.resolveScreenName", json!({"response": []}));
    server.says(
        "groups.getById",
        json!({"response": {"groups": [{"id": 3, "name": "Shop", "screen_name": "shop"}]}}),
    );
    let shop = vk.account(&AccountRef::handle("@shop")).await.unwrap();
    assert_eq!(
        (shop.id.as_str(), shop.handle.as_deref()),
        ("club3", Some("shop"))
    );
    let error = vk.account(&AccountRef::handle("nobody")).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound);
    server.take();
    for bad in ["", "no name", "a", "x/y"] {
        let error = vk.account(&AccountRef::handle(bad)).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Invalid(_)),
            "{bad}: {error}"
        );
    }
    assert!(server.take().is_empty());
}
