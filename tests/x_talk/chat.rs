//! Conversations, their messages, and messages sent.

use super::*;

fn event(id: &str, from: &str, conversation: &str, text: &str) -> Value {
    json!({"id": id, "event_type": "MessageCreate", "text": text, "sender_id": from, "dm_conversation_id": conversation,
           "created_at": "2026-03-14T09:00:00.000Z"})
}

fn page(events: &[Value], next: Option<&str>) -> Value {
    let mut meta = json!({"result_count": events.len()});
    if let Some(next) = next {
        meta["next_token"] = json!(next);
    }
    let users = json!([{"id": "7", "username": "ann", "name": "Ann"}, {"id": "8", "username": "bob", "name": "Bob"}]);
    if events.is_empty() {
        return json!({ "meta": meta });
    }
    json!({"data": events, "includes": {"users": users}, "meta": meta})
}

#[tokio::test]
async fn conversations_are_gathered_from_messages_and_told_once_over_pages() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    let first = [
        event("105", "7", "7-1001", "newest"),
        event("104", ME, "7-1001", "mine"),
        event("103", "8", "8-1001", "hello"),
    ];
    let second = [
        event("102", "7", "7-1001", "older"),
        event("101", "8", "1580705921830768600", "in a group"),
        event("100", "7", "1580705921830768600", "there, too"),
    ];
    server
        .says("GET /2/dm_events", page(&first, Some("next1")))
        .says("GET /2/dm_events", page(&first, Some("next1")))
        .says("GET /2/dm_events", page(&second, None));
    let one = PageRequest::first().limit(1);
    let told = x.conversations(&one).await.unwrap();
    let talk = &told.items[0];
    assert_eq!((told.items.len(), talk.id.as_str()), (1, "7-1001"));
    assert_eq!(talk.members[0].name.as_deref(), Some("Ann"));
    assert_eq!(talk.last.as_ref().unwrap().text.as_str(), "newest");
    assert_eq!((talk.can_reply_until, talk.unread), (None, None));

    let rest = PageRequest::first().after(told.next.unwrap());
    let told = x.conversations(&rest).await.unwrap();
    let ids: Vec<&str> = told.items.iter().map(|talk| talk.id.as_str()).collect();
    assert_eq!(ids, ["8-1001", "1580705921830768600"]);
    // Of a group those are known who wrote.
    let members: Vec<&str> = told.items[1]
        .members
        .iter()
        .map(|member| member.id.as_str())
        .collect();
    assert_eq!(members, ["8", "7"]);
    assert_eq!(told.next, None);
    let asked = server.take();
    let last = asked.last().unwrap();
    assert_eq!(last.query["pagination_token"], "next1");
    assert_eq!(last.query["event_types"], "MessageCreate");
    assert_eq!(last.query["expansions"], "attachments.media_keys,sender_id");
    // Messages are for users: an application's token is not shown.
    assert_eq!(last.authorization, format!("Bearer {USER}"));
}

#[tokio::test]
async fn what_is_read_is_booked_at_its_price() {
    let (server, clock) = (Server::default(), clock());
    let client = client(&server, &clock);
    server.says("GET /2/users/me", json!({"data": {"id": ME}}));
    let x = X::builder()
        .client(&client)
        .account_name("desk")
        .user_token(USER)
        .build()
        .unwrap();
    server.says(
        "GET /2/dm_conversations/7-1001/dm_events",
        page(
            &[
                event("1", "7", "7-1001", "a"),
                event("2", "7", "7-1001", "b"),
            ],
            None,
        ),
    );
    let talk = ConversationId::new("7-1001");
    let told = x.messages(&talk, &PageRequest::first().limit(50)).await;
    assert_eq!(told.unwrap().items.len(), 2);
    let spent = client.spending().await.unwrap();
    let row = spent
        .rows
        .iter()
        .find(|row| row.operation.as_str() == "messages")
        .unwrap();
    // Two messages, the two who are told beside them, and who this is.
    assert_eq!(row.certain.to_string(), "0.050000 USD");
    let support = x.profile().supports(&Operation::SEND);
    assert_eq!(support.price.unwrap().to_string(), "0.015000 USD");
}

#[tokio::test]
async fn a_conversation_with_an_account_is_read_by_the_account() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server
        .says("GET /2/users/by/username/ann", json!({"data": {"id": "7"}}))
        .says(
            "GET /2/dm_conversations/with/7/dm_events",
            page(&[event("1", ME, "7-1001", "mine")], None),
        );
    let told = x
        .messages_with(&AccountRef::handle("ann"), &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(told.items[0].outgoing, Some(true));
    assert!(
        x.messages(
            &ConversationId::new("no conversation"),
            &PageRequest::first()
        )
        .await
        .is_err()
    );
}

#[tokio::test]
async fn a_message_goes_to_an_account_a_conversation_or_whoever_wrote_a_post() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    let done = |conversation: &str| json!({"data": {"dm_conversation_id": conversation, "dm_event_id": "500"}});
    server
        .says("POST /2/dm_conversations/with/7/messages", done("7-1001"))
        .says("POST /2/dm_conversations/7-1001/messages", done("7-1001"))
        .says(
            "GET /2/tweets/33",
            json!({"data": {"id": "33", "text": "?", "author_id": "7"}}),
        );
    let text = MessageDraft::text("Hello & <welcome>");
    let post = PostRef::from(PostId::new("33"));
    for to in [
        Recipient::Account(AccountRef::id("7")),
        Recipient::Conversation(ConversationId::new("7-1001")),
        Recipient::CommentAuthor(post),
    ] {
        let sent = x.send(&to, &text).await.unwrap();
        assert_eq!(
            (sent.id.as_str(), sent.conversation.as_str()),
            ("500", "7-1001")
        );
        assert_eq!(sent.text.as_str(), "Hello & <welcome>");
        assert_eq!(sent.outgoing, Some(true));
    }
    let asked = server.take();
    let sent: Vec<Value> = asked
        .iter()
        .filter(|asked| asked.call.starts_with("POST"))
        .map(Asked::json)
        .collect();
    assert_eq!(sent, vec![json!({"text": "Hello & <welcome>"}); 3]);
}

#[tokio::test]
async fn a_file_goes_up_for_messages_and_a_shared_post_as_its_address() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server
        .says(
            "POST /2/media/upload",
            json!({"data": {"id": "88", "media_key": "3_88"}}),
        )
        .says(
            "POST /2/dm_conversations/with/7/messages",
            json!({"data": {"dm_conversation_id": "7-1001", "dm_event_id": "500"}}),
        );
    let to = Recipient::Account(AccountRef::id("7"));
    let message = MessageDraft::text("Look")
        .media(png())
        .share(PostId::new("33"));
    let sent = x.send(&to, &message).await.unwrap();
    assert_eq!(sent.media[0].kind, MediaKind::Image);
    let asked = server.take();
    assert!(asked[0].text().contains("dm_image"), "{}", asked[0].text());
    assert_eq!(
        asked[1].json(),
        json!({"text": "Look https://x.com/i/web/status/33", "attachments": [{"media_id": "88"}]})
    );
}

#[tokio::test]
async fn what_no_message_can_be_is_refused_before_anything_is_sent() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    let to = Recipient::Account(AccountRef::id("7"));
    for message in [
        MessageDraft::text("  "),
        MessageDraft::text("a".repeat(10_001)),
        // Two units of UTF-16 each.
        MessageDraft::text("🦀".repeat(5_001)),
        MessageDraft::text("a".repeat(9_990)).share(PostId::new("33")),
        MessageDraft::text("two files").media(png()).media(png()),
        MessageDraft::text("an answer").reply_to("5"),
    ] {
        let error = x.send(&to, &message).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    }
    let nowhere = Recipient::Conversation(ConversationId::new("../users/me"));
    assert!(x.send(&nowhere, &MessageDraft::text("a")).await.is_err());
    assert!(server.take().is_empty());
    let longest = x.profile().text.message.clone().unwrap();
    assert!(longest.check(&"🦀".repeat(5_000)).is_ok());
}

#[tokio::test]
async fn who_takes_no_messages_is_told_as_such_and_not_asked_again() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    let call = "POST /2/dm_conversations/with/7/messages";
    for (says, words) in [
        (
            problem(403, "about:blank", "You do not have permission to DM one or more participants."),
            "takes no messages",
        ),
        (
            Says::status(403, json!({"errors": [{"code": 349, "message": "You cannot send messages to this user."}]}).to_string()),
            "takes no messages",
        ),
        (Says::status(403, "<html>Attention Required!</html>"), "before the network"),
    ] {
        server.forgets(call).says(call, says);
        let to = Recipient::Account(AccountRef::id("7"));
        let error = x.send(&to, &MessageDraft::text("Hello")).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Forbidden(_) | ErrorKind::Rejected),
            "{error:?}"
        );
        assert!(error.message().contains(words), "{error}");
        assert_eq!(error.retry(), Retry::Never);
        assert_eq!(server.calls(), [call]);
    }
}

/// The adapter, and the way to the server, to be disturbed.
fn shaky(server: &Server, clock: &SetClock) -> (X, Arc<InProcess>) {
    let wire = Arc::new(InProcess::new(
        Arc::new(server.clone()),
        Arc::new(clock.clone()),
    ));
    let client = Client::builder()
        .transport(wire.clone())
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(3)))
        .build()
        .unwrap();
    server.says("GET /2/users/me", json!({"data": {"id": ME}}));
    let x = X::builder()
        .client(&client)
        .user_token(USER)
        .build()
        .unwrap();
    (x, wire)
}

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_looked_for_once_and_never_sent_again() {
    let (server, clock) = (Server::default(), clock());
    let (x, wire) = shaky(&server, &clock);
    let (sends, reads) = (
        "POST /2/dm_conversations/with/7/messages",
        "GET /2/dm_conversations/with/7/dm_events",
    );
    let mut ours = event("500", ME, "7-1001", "Hello");
    ours["created_at"] = json!("2026-03-14T09:26:53.500Z");
    let to = Recipient::Account(AccountRef::id("7"));
    // It stands there.
    server.says(reads, page(&[ours.clone()], None));
    wire.disturb_path("/messages", Disturbance::LoseAnswer);
    let sent = x.send(&to, &MessageDraft::text("Hello")).await.unwrap();
    assert_eq!(sent.id.as_str(), "500");
    // What stands there was said before, by somebody else, or is something else.
    let before = event("499", ME, "7-1001", "Hello");
    let theirs = {
        let mut theirs = ours.clone();
        theirs["sender_id"] = json!("7");
        theirs
    };
    let other = {
        let mut other = ours.clone();
        other["text"] = json!("Hello there");
        other
    };
    server
        .forgets(reads)
        .says(reads, page(&[before, theirs, other], None));
    server.take();
    for disturbance in [
        Disturbance::LoseAnswer,
        Disturbance::StatusAfter(502),
        Disturbance::LoseRequest,
    ] {
        wire.disturb_path("/messages", disturbance);
        let error = x.send(&to, &MessageDraft::text("Hello")).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unconfirmed);
        let calls = server.calls();
        let sent = calls.iter().filter(|call| *call == sends).count();
        assert!(sent <= 1, "{calls:?}");
        assert_eq!(calls.last().unwrap(), reads);
    }
}
