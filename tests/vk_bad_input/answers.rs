//! Happenings, deliveries, messages, and many calls at once.

use super::*;

#[tokio::test]
async fn a_ts_that_is_too_old_is_a_gap_with_its_span_and_what_is_left_is_told_once() {
    let desk = Desk::new("a_ts_that_is_too_old");
    let now = || desk.bench.clock.now();
    // The network counts in seconds.
    let began = Timestamp::from_second(now().as_second()).unwrap();
    let from = desk.run(desk.vk.events(&EventQuery::now())).await.unwrap();
    for n in 0..20 {
        desk.bench.clock.advance(Duration::from_secs(60));
        let text = format!("Post {n}");
        desk.fake.post_as(Fake::BOB, WALL, &text, now());
    }
    desk.fake.forget_events(Fake::GROUP, 3);
    let mut query = EventQuery::after(from.cursor);
    let mut told = Vec::new();
    loop {
        let came = desk.run(desk.vk.events(&query)).await.unwrap();
        told.extend(came.items);
        if !came.more {
            break;
        }
        query = EventQuery::after(came.cursor);
    }
    assert_eq!(told[0].kind, EventKind::Gap);
    assert_eq!(told[0].lost_since, Some(began));
    assert!(told[0].at.is_some_and(|at| at > began && at <= now()));
    let texts: Vec<_> = told[1..]
        .iter()
        .map(|event| event.post.as_ref().unwrap().text.to_string())
        .collect();
    assert_eq!(texts, ["Post 17", "Post 18", "Post 19"]);
    // What was never one is refused, and nothing is asked.
    desk.fake.clear_log();
    for bad in ["", "1756", "1;not a number;;", "2;1;1;"] {
        let query = EventQuery::after(EventCursor::new(bad));
        let error = desk.refused(desk.vk.events(&query)).await;
        assert!(
            matches!(error.kind(), ErrorKind::Invalid(_)),
            "{bad}: {error}"
        );
        desk.says(&error, "begin with `now` or `oldest`");
    }
    assert!(desk.fake.seen().is_empty());
}

#[cfg(feature = "webhook")]
#[tokio::test]
async fn a_delivery_that_is_not_the_networks_own_is_refused_and_nothing_of_it_is_taken() {
    use sociable::adapters::vk::VkWebhook;
    use sociable::webhook::Receiver;
    const SECRET: &str = "the secret of the callbacks";
    const CODE: &str = "c0nfirm";
    let desk = Desk::new("a_delivery_that_is_not_the_networks_own");
    let webhook = VkWebhook::new(Fake::GROUP, SECRET, CODE).unwrap();
    let taken = Arc::new(Mutex::new(0));
    let into = Arc::clone(&taken);
    let receiver = Receiver::builder(webhook).sink(move |_| {
        *into.lock().unwrap() += 1;
        async { Ok(()) }
    });
    desk.fake.call_back(Fake::GROUP, Some(SECRET));
    desk.fake
        .post_as(Fake::BOB, WALL, "Hello", desk.bench.clock.now());
    let good = desk.fake.deliveries(Fake::GROUP)[0].body.clone();
    let with = |name: &str, value: Value| {
        let mut told: Value = serde_json::from_slice(&good).unwrap();
        told[name] = value;
        Bytes::from(told.to_string())
    };
    let large = Bytes::from([&good[..], &vec![b' '; 10_000_000][..]].concat());
    for (what, body, status, kind, next) in [
        (
            "a wrong secret",
            with("secret", "another".into()),
            403,
            "Unauthorized",
            "secret",
        ),
        (
            "no secret",
            with("secret", Value::Null),
            403,
            "Unauthorized",
            "secret",
        ),
        (
            "another group",
            with("group_id", (Fake::GROUP + 1).into()),
            404,
            "NotFound",
            "another community",
        ),
        (
            "the group's wrong sign",
            with("group_id", WALL.into()),
            404,
            "NotFound",
            "another community",
        ),
        ("10 MB", large, 413, "Invalid", "body limit"),
        (
            "not JSON",
            Bytes::from_static(b"secret=the secret of the callbacks"),
            400,
            "Decode",
            "JSON",
        ),
        (
            "half of it",
            good.slice(..good.len() / 2),
            400,
            "Decode",
            "breaks off",
        ),
    ] {
        let request = http::Request::post("/vk").body(body).unwrap();
        let received = receiver.receive(&request).await;
        assert_eq!(received.response.status().as_u16(), status, "{what}");
        assert!(received.response.body().is_empty(), "{what}");
        let error = received.error.as_ref().unwrap();
        assert_eq!(error.kind().name(), kind, "{what}: {error}");
        assert!(error.message().contains(next), "{what}: {error}");
        let shown = format!("{error} {error:?} {received:?} {receiver:?}");
        assert!(!shown.contains(SECRET) && !shown.contains(CODE), "{shown}");
        desk.hides(error);
    }
    assert_eq!(*taken.lock().unwrap(), 0);
    let request = http::Request::post("/vk").body(good).unwrap();
    let received = receiver.receive(&request).await;
    assert_eq!(
        (received.response.status().as_u16(), received.taken),
        (200, 1)
    );
    assert_eq!(*taken.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_closed_reply_window_sends_nothing_and_says_who_has_to_write() {
    let desk = Desk::new("a_closed_reply_window_sends_nothing");
    let now = || desk.bench.clock.now();
    desk.fake
        .message_as(Fake::BOB, Fake::GROUP, "Are you open?", now());
    desk.fake
        .set_reply_window(Some(SignedDuration::from_hours(24)));
    let mut answer = MessageDraft::text("Until six.").media(pdf());
    answer.key = Some("k".into());
    desk.bench.clock.advance(Duration::from_secs(25 * 3600));
    for _ in 0..2 {
        let error = desk.refused(desk.vk.send(&to_bob(), &answer)).await;
        assert_eq!(error.kind(), &ErrorKind::WindowClosed, "{error}");
        assert_eq!(error.retry(), Retry::Never);
        desk.says(&error, "has to write again");
        assert_eq!(desk.messages(), 0);
    }
    // Once that happened, it goes out under the same key, once.
    desk.fake
        .message_as(Fake::BOB, Fake::GROUP, "Still there?", now());
    for _ in 0..2 {
        desk.run(desk.vk.send(&to_bob(), &answer)).await.unwrap();
    }
    assert_eq!(desk.messages(), 1);
}

#[tokio::test]
async fn one_of_25_calls_in_a_script_that_fails_spoils_no_other() {
    let desk = Desk::new("one_of_25_calls_in_a_script_that_fails");
    let now = desk.bench.clock.now();
    let post = desk.fake.post_as(WALL, WALL, "Ask me", now);
    let mut comments: Vec<i64> = (0..24)
        .map(|n| {
            let text = format!("Comment {n}");
            desk.fake
                .comment_as(Fake::BOB, (WALL, post), &text, None, now)
        })
        .collect();
    comments.insert(12, 999_999);
    let wanted: Vec<PostId> = comments
        .iter()
        .map(|id| PostId::new(format!("wall{WALL}_{post}_r{id}")))
        .collect();
    let page = desk
        .run(desk.vk.posts(&PostQuery::ids(wanted.clone())))
        .await
        .unwrap();
    assert_eq!(desk.asked(), ["execute"]);
    assert_eq!(desk.fake.last_seen().unwrap().inner.len(), 25);
    let texts: Vec<String> = page
        .items
        .iter()
        .map(|post| post.text.to_string())
        .collect();
    let all: Vec<String> = (0..24).map(|n| format!("Comment {n}")).collect();
    assert_eq!(texts, all);
    let [omitted] = page.omitted.as_slice() else {
        panic!("{:?}", page.omitted)
    };
    assert_eq!(
        (omitted.id.as_str(), &omitted.reason),
        (wanted[12].as_str(), &ErrorKind::NotFound)
    );
    assert!(
        omitted.message.contains("check the id"),
        "{}",
        omitted.message
    );
    // By hand, each result stands in its place.
    let calls: Vec<Value> = comments
        .iter()
        .map(|id| json!({"owner_id": WALL, "comment_id": id}))
        .collect();
    let results = desk.vk.call_many::<Value>("wall.getComment", &calls);
    let results = desk.run(results).await.unwrap();
    assert_eq!(results.len(), 25);
    for (n, result) in results.iter().enumerate() {
        match result {
            Ok(told) => assert!(
                n != 12 && told["items"][0]["id"] == comments[n],
                "{n}: {told}"
            ),
            Err(error) => {
                assert_eq!((n, error.kind()), (12, &ErrorKind::NotFound));
                desk.says(error, "check the id");
            }
        }
    }
    // What fails within for all of them is told as it is alone.
    desk.fake
        .fail_next("wall.getComment", Fault::refuse(15, "Access denied"));
    let results = desk.vk.call_many::<Value>("wall.getComment", &calls[..2]);
    let results = desk.run(results).await.unwrap();
    let error = results[0].as_ref().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error}");
    desk.hides(error);
    assert!(results[1].is_ok());
    // What changes something is never put into one.
    let writes = desk.vk.call_many::<Value>("wall.post", &calls);
    let error = desk.refused(writes).await;
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    desk.says(&error, "one by one");
}
