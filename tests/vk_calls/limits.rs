//! What the network refuses for a while, and what it asks of a person.

use super::*;

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
