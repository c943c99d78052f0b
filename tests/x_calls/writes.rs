//! Publishing, changing, and what becomes of it.

use super::*;

const POST: &str = "POST /2/tweets";
const OWN: &str = "GET /2/users/1001/tweets";

fn made(number: &str, text: &str) -> Value {
    json!({"data": {"id": number, "text": text, "edit_history_tweet_ids": [number]}})
}

#[tokio::test]
async fn a_post_is_one_call_with_what_the_draft_says() {
    let (server, clock) = (Server::default(), clock());
    server.says(POST, made("77", "x"));
    let x = whole(&server, &clock);
    let parent = PostRef::from("12");
    let draft = Draft::text(Text::plain("Hello ").mention("bob"))
        .reply_to(parent)
        .to("55")
        .native("x", json!({"reply_settings": "following", "made_with_ai": true, "exclude_reply_user_ids": ["9"]}));
    let post = x.publish(&draft).await.unwrap();
    let asked = server.take();
    assert_eq!(asked.last().unwrap().call, POST);
    assert_eq!(
        asked.last().unwrap().json(),
        json!({"text": "Hello @bob", "reply": {"in_reply_to_tweet_id": "12", "exclude_reply_user_ids": ["9"]},
            "community_id": "55", "reply_settings": "following", "made_with_ai": true})
    );
    assert_eq!(
        asked.last().unwrap().authorization,
        format!("Bearer {USER}")
    );
    assert_eq!(
        (post.id.as_str(), post.reply_to.unwrap().as_str()),
        ("77", "12")
    );
    assert_eq!(post.author.unwrap().id.as_str(), ME);
    // Who this is was asked once.
    server.take();
    x.publish(&Draft::text("again")).await.unwrap();
    assert_eq!(server.calls(), [POST]);
}

#[tokio::test]
async fn what_cannot_go_together_is_found_before_anything_is_asked() {
    let (server, clock) = (Server::default(), clock());
    let x = self_serve(&server, &clock);
    let poll = || Poll::new(["a", "b"]);
    for (draft, field) in [
        (Draft::text("p").poll(Poll::new(["one"])), "poll.options"),
        (
            Draft::text("p").poll(poll().open_for(Duration::from_secs(60))),
            "poll.open_for",
        ),
        (Draft::text("p").poll(poll()).media(png()), "media"),
        (
            Draft::text("five")
                .media(png())
                .media(png())
                .media(png())
                .media(png())
                .media(png()),
            "media",
        ),
        (Draft::text("$AAPL and $TWTR"), "text"),
        (Draft::text("a".repeat(281)), "text"),
        (
            Draft::text("a".repeat(260))
                .poll(Poll::new(["a", "b"]).question("a question of its own?")),
            "text",
        ),
        (
            Draft::text("a").native("x", json!({"text": "b"})),
            "native.x",
        ),
        (
            Draft::text("a").reply_to(PostRef::from("no post")),
            "reply_to",
        ),
    ] {
        let error = x.publish(&draft).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
        assert!(
            error.violations().iter().any(|v| v.field == field),
            "{field}: {error}"
        );
        assert_eq!(server.calls(), Vec::<String>::new(), "{field}");
    }
}

#[tokio::test]
async fn the_plan_decides_before_any_request_and_the_check_warns_of_answers() {
    let (server, clock) = (Server::default(), clock());
    let x = self_serve(&server, &clock);
    let quote = Draft::text("so").quote(PostRef::from("12"));
    let error = x.publish(&quote).await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::Forbidden(Need::Tier("enterprise".to_owned()))
    );
    let like = x
        .engage(&Target::from(PostId::new("12")), &Engagement::like())
        .await
        .unwrap_err();
    assert_eq!(
        *like.kind(),
        ErrorKind::Forbidden(Need::Tier("enterprise".to_owned()))
    );
    assert_eq!(server.calls(), Vec::<String>::new());
    let found = Draft::text("hi")
        .reply_to(PostRef::from("12"))
        .check(&x.profile());
    let note = found.iter().find(|v| v.field == "reply_to").unwrap();
    assert!(
        !note.is_error() && note.message.contains("mention"),
        "{note:?}"
    );
    // On the larger plan there is nothing to warn of.
    let found = Draft::text("hi")
        .reply_to(PostRef::from("12"))
        .check(&whole(&server, &clock).profile());
    assert!(found.iter().all(|v| v.field != "reply_to"), "{found:?}");
}

#[tokio::test]
async fn a_reply_that_the_plan_does_not_allow_is_forbidden_and_not_repeated() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        POST,
        problem(
            403,
            "not-authorized-for-resource",
            "You can only reply to or quote posts where you are mentioned or are the author.",
        ),
    );
    let x = self_serve(&server, &clock);
    let error = x
        .publish(&Draft::text("hi").reply_to(PostRef::from("12")))
        .await
        .unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::Forbidden(Need::Tier("enterprise".to_owned()))
    );
    assert_eq!(
        server.calls().iter().filter(|call| *call == POST).count(),
        1
    );
    // The next one may be to a post that mentions this account.
    assert!(x.profile().can(&Operation::PUBLISH_REPLY));
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_found_by_its_expanded_text() {
    let (server, clock) = (Server::default(), clock());
    server.says(POST, Says::status(503, "<html>over capacity</html>"));
    server.says(OWN, json!({"data": [
        {"id": "80", "text": "another", "author_id": ME},
        {"id": "79", "text": "See https://t.co/a &amp; tell", "author_id": ME, "created_at": "2026-03-14T09:26:54.000Z",
            "entities": {"urls": [{"start": 4, "end": 18, "url": "https://t.co/a", "expanded_url": "https://example.com/a"}]}}],
        "meta": {"result_count": 2}}));
    let x = whole(&server, &clock);
    let post = x
        .publish(&Draft::text("See https://example.com/a & tell"))
        .await
        .unwrap();
    assert_eq!(post.id.as_str(), "79");
    let calls = server.calls();
    assert_eq!(
        calls.iter().filter(|call| *call == POST).count(),
        1,
        "{calls:?}"
    );
}

#[tokio::test]
async fn a_duplicate_in_doubt_is_the_post_itself_and_any_other_is_told() {
    let (server, clock) = (Server::default(), clock());
    let duplicate = || {
        let body = json!({"type": "about:blank", "title": "Forbidden", "status": 403,
            "detail": "You are not allowed to create a Tweet with duplicate content."});
        Says::status(403, body.to_string())
    };
    let empty = json!({"meta": {"result_count": 0}});
    let there = json!({"data": [{"id": "79", "text": "once", "author_id": ME}], "meta": {"result_count": 1}});
    // The first answer is lost, and the post does not show: whether it is there is not known for a minute.
    server
        .says(POST, Says::status(500, ""))
        .says(POST, duplicate());
    server.says(OWN, empty);
    let x = whole(&server, &clock);
    let error = x.publish(&Draft::text("once")).await.unwrap_err();
    let pending = serde_json::from_str(error.pending().unwrap()).unwrap();
    assert_eq!(x.reconcile(&pending).await.unwrap(), Reconciled::Unknown);
    clock.advance(Duration::from_secs(60));
    assert_eq!(
        x.reconcile(&pending).await.unwrap(),
        Reconciled::NotPublished
    );
    // It appears later still, and the second call is refused as a repetition: whose, is not to be seen at once.
    let error = x.commit(&pending).await.unwrap_err();
    assert!(error.is_unconfirmed(), "{error}");
    server.forgets(OWN).says(OWN, there.clone());
    let post = x.commit(&pending).await.unwrap();
    assert_eq!(post.id.as_str(), "79");
    // Whoever asks for the same words a second time is told which post has them.
    server.forgets(POST).says(POST, duplicate());
    let error = x.publish(&Draft::text("once")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Duplicate(Some(PostId::new("79"))));
}

#[tokio::test]
async fn reconciling_tells_what_became_of_it() {
    let (server, clock) = (Server::default(), clock());
    server.says(OWN, json!({"data": [{"id": "79", "text": "@bob once", "author_id": ME, "referenced_tweets": [{"type": "replied_to", "id": "12"}]}], "meta": {"result_count": 1}}));
    let x = whole(&server, &clock);
    let prepare = async |draft: Draft| {
        let checked = draft.checked(&x.profile()).unwrap();
        x.prepare(&checked).await.unwrap()
    };
    let answer = prepare(Draft::text("once").reply_to(PostRef::from("12"))).await;
    let Reconciled::Published(post) = x.reconcile(&answer).await.unwrap() else {
        panic!("it is there");
    };
    assert_eq!(post.id.as_str(), "79");
    // What is not listed may be too young for it.
    let other = prepare(Draft::text("once")).await;
    assert_eq!(x.reconcile(&other).await.unwrap(), Reconciled::Unknown);
    clock.advance(Duration::from_secs(60));
    assert_eq!(x.reconcile(&other).await.unwrap(), Reconciled::NotPublished);
    let asked = server.take();
    let own = asked.iter().find(|asked| asked.call == OWN).unwrap();
    assert_eq!(own.query["start_time"], "2026-03-14T09:26:23Z");
}

#[tokio::test]
async fn a_post_that_quotes_by_an_address_is_found_again() {
    let (server, clock) = (Server::default(), clock());
    server.says(POST, Says::status(503, ""));
    server.says(OWN, json!({"data": [{"id": "79", "text": "See https://t.co/q", "author_id": ME,
        "referenced_tweets": [{"type": "quoted", "id": "12"}],
        "entities": {"urls": [{"start": 4, "end": 18, "url": "https://t.co/q", "expanded_url": "https://x.com/bob/status/12"}]}}],
        "meta": {"result_count": 1}}));
    let x = self_serve(&server, &clock);
    let draft = Draft::text("See https://x.com/bob/status/12");
    let prepared = x
        .prepare(&draft.checked(&x.profile()).unwrap())
        .await
        .unwrap();
    clock.advance(Duration::from_secs(61));
    let Reconciled::Published(post) = x.reconcile(&prepared).await.unwrap() else {
        panic!("it is there");
    };
    assert_eq!(post.id.as_str(), "79");
    let post = x.publish(&draft).await.unwrap();
    assert_eq!(post.id.as_str(), "79");
}

#[tokio::test]
async fn an_edit_keeps_the_address_that_quotes_where_the_plan_has_no_quotes() {
    let (server, clock) = (Server::default(), clock());
    server.says("GET /2/tweets/70", json!({"data": {"id": "70", "text": "Old https://t.co/q", "author_id": ME, "created_at": "2026-03-14T09:20:00.000Z",
        "referenced_tweets": [{"type": "quoted", "id": "12"}],
        "entities": {"urls": [{"start": 4, "end": 18, "url": "https://t.co/q", "expanded_url": "https://x.com/bob/status/12"}]}}}));
    server.says(POST, made("71", "New"));
    let sent = async |x: &X, text: &str| {
        server.take();
        let edit = Edit::text(text);
        let edited = x.edit(&PostId::new("70"), &edit).await.unwrap();
        assert_eq!(edited.text.as_str(), text);
        assert_eq!(edited.quote.unwrap().as_str(), "12");
        server.take().last().unwrap().json()
    };
    let x = self_serve(&server, &clock);
    let options = json!({"previous_post_id": "70"});
    assert_eq!(
        sent(&x, "New").await,
        json!({"text": "New https://x.com/i/status/12", "edit_options": options})
    );
    let named = "New: https://x.com/bob/status/12";
    assert_eq!(
        sent(&x, named).await,
        json!({"text": named, "edit_options": options})
    );
    // With the address it may be too long.
    let error = x
        .edit(&PostId::new("70"), &Edit::text("a".repeat(270)))
        .await
        .unwrap_err();
    assert!(
        error.violations().iter().any(|v| v.field == "text"),
        "{error}"
    );
    let x = whole(&server, &clock);
    assert_eq!(
        sent(&x, "New").await,
        json!({"text": "New", "quote_tweet_id": "12", "edit_options": options})
    );
}

#[tokio::test]
async fn an_edit_looks_first_and_keeps_what_it_does_not_name() {
    let (server, clock) = (Server::default(), clock());
    let post = |controls: Value| {
        json!({"data": {"id": "70", "text": "Old https://t.co/m", "author_id": ME, "created_at": "2026-03-14T09:20:00.000Z", "edit_controls": controls,
            "attachments": {"media_keys": ["3_900"]},
            "entities": {"urls": [{"start": 4, "end": 18, "url": "https://t.co/m", "expanded_url": "https://x.com/me/status/70/photo/1", "media_key": "3_900"}]}},
            "includes": {"users": [{"id": ME, "username": "me"}], "media": [{"media_key": "3_900", "type": "photo", "url": "https://pbs.twimg.com/a.jpg"}]}})
    };
    let open = json!({"is_edit_eligible": true, "editable_until": "2026-03-14T09:50:00.000Z", "edits_remaining": "4"});
    server.says("GET /2/tweets/70", post(open));
    server.says(POST, made("71", "New"));
    let x = whole(&server, &clock);
    let edited = x
        .edit(&PostId::new("70"), &Edit::text("New"))
        .await
        .unwrap();
    assert_eq!((edited.id.as_str(), edited.text.as_str()), ("71", "New"));
    assert_eq!(edited.media.len(), 1);
    let asked = server.take();
    assert_eq!(
        asked.last().unwrap().json(),
        json!({"text": "New", "media": {"media_ids": ["900"]}, "edit_options": {"previous_post_id": "70"}})
    );
    assert!(asked[0].query["tweet.fields"].contains("edit_controls"));
    for closed in [
        json!({"is_edit_eligible": false, "editable_until": "2026-03-14T09:50:00.000Z", "edits_remaining": 4}),
        json!({"is_edit_eligible": true, "editable_until": "2026-03-14T09:26:00.000Z", "edits_remaining": 4}),
        json!({"is_edit_eligible": true, "editable_until": "2026-03-14T09:50:00.000Z", "edits_remaining": 0}),
    ] {
        server
            .forgets("GET /2/tweets/70")
            .says("GET /2/tweets/70", post(closed.clone()));
        let error = x
            .edit(&PostId::new("70"), &Edit::text("New"))
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::WindowClosed, "{closed}");
        assert!(!server.calls().contains(&POST.to_owned()));
    }
}

#[tokio::test]
async fn what_is_gone_is_deleted() {
    let (server, clock) = (Server::default(), clock());
    server.says("DELETE /2/tweets/7", json!({"data": {"deleted": true}}));
    server.says(
        "DELETE /2/tweets/8",
        problem(404, "resource-not-found", "Could not find tweet"),
    );
    server.says(
        "DELETE /2/tweets/9",
        problem(
            403,
            "not-authorized-for-resource",
            "You are not authorized to delete this Tweet.",
        ),
    );
    let x = whole(&server, &clock);
    x.delete(&PostId::new("7")).await.unwrap();
    x.delete(&PostId::new("https://x.com/me/status/8"))
        .await
        .unwrap();
    let error = x.delete(&PostId::new("9")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(_)), "{error}");
}

#[tokio::test]
async fn a_page_from_the_edge_is_a_typed_error() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        POST,
        Says::status(
            403,
            "<html><title>Attention Required! | Cloudflare</title></html>",
        ),
    );
    let x = whole(&server, &clock);
    let error = x.publish(&Draft::text("hi")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Rejected, "{error}");
    server.says("GET /2/tweets/7", Says::status(200, "<html></html>"));
    let error = x.post(&PostId::new("7")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Decode, "{error}");
    for shown in [format!("{error}"), format!("{error:?}"), format!("{x:?}")] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
