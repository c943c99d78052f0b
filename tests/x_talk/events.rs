//! What happened, asked for.

use super::*;

const MENTIONS: &str = "GET /2/users/1001/mentions";
const MESSAGES: &str = "GET /2/dm_events";

fn mention(id: u64, at: &str, text: &str) -> Value {
    json!({"id": id.to_string(), "text": text, "author_id": "7", "created_at": at,
           "entities": {"mentions": [{"start": 0, "end": 3, "username": "me", "id": ME}]}})
}

fn answer(id: u64, at: &str) -> Value {
    let mut post = mention(id, at, "@me yes");
    post["in_reply_to_user_id"] = json!(ME);
    post["referenced_tweets"] = json!([{"type": "replied_to", "id": "50"}]);
    post
}

fn message(id: u64, at: &str, from: &str) -> Value {
    json!({"id": id.to_string(), "event_type": "MessageCreate", "text": "psst", "sender_id": from,
           "dm_conversation_id": "7-1001", "created_at": at})
}

fn page(items: &[Value], next: Option<&str>) -> Value {
    let mut meta = json!({"result_count": items.len()});
    if let Some(next) = next {
        meta["next_token"] = json!(next);
    }
    if items.is_empty() {
        return json!({ "meta": meta });
    }
    json!({"data": items, "includes": {"users": [{"id": "7", "username": "ann", "name": "Ann"}]}, "meta": meta})
}

/// Where a reader stands that has all up to these.
fn stand(mention: u64, message: u64) -> EventCursor {
    EventCursor::new(format!("1;{mention};1773480000;{message};1773480000"))
}

fn told(events: &Events) -> Vec<(String, EventKind)> {
    events
        .items
        .iter()
        .map(|event| (event.id.to_string(), event.kind.clone()))
        .collect()
}

#[tokio::test]
async fn from_now_on_nothing_old_comes_and_little_is_read() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server
        .says(
            MENTIONS,
            page(&[mention(90, "2026-03-14T09:00:00Z", "@me")], Some("more")),
        )
        .says(
            MESSAGES,
            page(&[message(80, "2026-03-14T09:00:00Z", "7")], Some("more")),
        );
    let now = x.events(&EventQuery::now()).await.unwrap();
    assert!(now.items.is_empty() && !now.more);
    let asked = server.take();
    let counts: Vec<(&str, &str)> = asked
        .iter()
        .filter(|asked| asked.call != "GET /2/users/me")
        .map(|asked| (asked.call.as_str(), asked.query["max_results"].as_str()))
        .collect();
    assert_eq!(counts, [(MENTIONS, "5"), (MESSAGES, "1")]);
    // Nothing happened: one message is looked at, which is the one that is known.
    server.forgets(MENTIONS).says(MENTIONS, page(&[], None));
    let next = x
        .events(&EventQuery::after(now.cursor.clone()))
        .await
        .unwrap();
    assert!(next.items.is_empty() && !next.more);
    let asked = server.take();
    assert_eq!(asked[0].query["since_id"], "90");
    assert_eq!(asked[1].query["max_results"], "1");
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn mentions_answers_and_messages_come_in_their_order_each_once() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    let own = {
        let mut own = mention(94, "2026-03-14T09:04:00Z", "@me to myself");
        own["author_id"] = json!(ME);
        own
    };
    server
        .says(
            MENTIONS,
            page(
                &[
                    answer(95, "2026-03-14T09:05:00Z"),
                    own,
                    mention(91, "2026-03-14T09:01:00Z", "@me hey"),
                ],
                None,
            ),
        )
        .says(
            MESSAGES,
            page(&[message(85, "2026-03-14T09:06:00Z", ME)], Some("t1")),
        )
        .says(
            MESSAGES,
            page(
                &[
                    message(84, "2026-03-14T09:03:00Z", "7"),
                    message(80, "2026-03-14T08:00:00Z", "7"),
                ],
                None,
            ),
        );
    let events = x.events(&EventQuery::after(stand(90, 80))).await.unwrap();
    assert_eq!(
        told(&events),
        [
            ("post:91".to_owned(), EventKind::Mention),
            ("message:84".to_owned(), EventKind::Message),
            ("post:95".to_owned(), EventKind::Reply),
        ]
    );
    assert!(!events.more);
    let reply = &events.items[2];
    assert_eq!(reply.target.as_ref().unwrap().as_str(), "50");
    assert_eq!(reply.account.as_ref().unwrap().name.as_deref(), Some("Ann"));
    // After the second of them: the third is new, and what was before is not.
    let asked = EventQuery::after(events.items[1].cursor.clone()).limit(1_u32);
    server
        .forgets(MESSAGES)
        .says(
            MESSAGES,
            page(&[message(85, "2026-03-14T09:06:00Z", ME)], Some("t1")),
        )
        .says(
            MESSAGES,
            page(&[message(84, "2026-03-14T09:03:00Z", "7")], None),
        );
    server.take();
    let events = x.events(&asked).await.unwrap();
    assert_eq!(told(&events), [("post:95".to_owned(), EventKind::Reply)]);
    assert_eq!(server.take()[0].query["since_id"], "91");
}

#[tokio::test]
async fn kinds_that_are_not_wanted_are_not_asked_for() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server.says(MENTIONS, page(&[answer(95, "2026-03-14T09:05:00Z")], None));
    let query = EventQuery::after(stand(90, 80)).kinds(EventKind::Reply);
    let events = x.events(&query).await.unwrap();
    assert_eq!(events.items.len(), 1);
    let calls = server.calls();
    assert!(!calls.contains(&MESSAGES.to_owned()), "{calls:?}");
    let query = EventQuery::after(stand(90, 80)).kinds(EventKind::Unfollow);
    assert!(x.events(&query).await.unwrap().items.is_empty());
    assert!(server.take().is_empty());
}

#[tokio::test]
async fn more_mentions_than_the_network_lists_come_behind_a_gap() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    for part in 0..8_u64 {
        let posts: Vec<Value> = (0..100)
            .map(|at| mention(2_000 - part * 100 - at, "2026-03-14T09:20:00Z", "@me"))
            .collect();
        let next = format!("page{part}");
        server.says(MENTIONS, page(&posts, (part < 7).then_some(next.as_str())));
    }
    server.says(
        MESSAGES,
        page(&[message(80, "2026-03-14T09:00:00Z", "7")], None),
    );
    let events = x.events(&EventQuery::after(stand(90, 80))).await.unwrap();
    assert_eq!(events.items.len(), 801);
    let gap = &events.items[0];
    assert_eq!(gap.kind, EventKind::Gap);
    assert_eq!(gap.lost_since.unwrap().as_second(), 1_773_480_000);
    assert_eq!(events.items[1].id.as_str(), "post:1201");
    // Whoever dealt with the gap is not told of it again.
    server.forgets(MENTIONS).says(
        MENTIONS,
        page(&[mention(1_201, "2026-03-14T09:20:00Z", "@me")], None),
    );
    let after = EventQuery::after(gap.cursor.clone());
    let events = x.events(&after).await.unwrap();
    assert_eq!(
        told(&events),
        [("post:1201".to_owned(), EventKind::Mention)]
    );
}

#[tokio::test]
async fn after_more_than_thirty_days_messages_may_be_lost_and_a_gap_says_so() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server.says(MENTIONS, page(&[], None)).says(
        MESSAGES,
        page(&[message(85, "2026-03-14T09:06:00Z", "7")], None),
    );
    let old = EventCursor::new("1;90;1767225600;80;1767225600");
    let events = x.events(&EventQuery::after(old)).await.unwrap();
    let kinds: Vec<EventKind> = events
        .items
        .iter()
        .map(|event| event.kind.clone())
        .collect();
    assert_eq!(kinds, [EventKind::Gap, EventKind::Message]);
    assert_eq!(
        events.items[0].lost_since.unwrap().as_second(),
        1_767_225_600
    );
    // From what is told now nothing is missing.
    let next = x.events(&EventQuery::after(events.cursor)).await.unwrap();
    assert!(next.items.is_empty(), "{:?}", told(&next));
}

#[tokio::test]
async fn more_messages_than_can_be_walked_through_come_behind_a_gap() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server.says(MENTIONS, page(&[], None)).says(
        MESSAGES,
        page(&[message(85, "2026-03-14T09:06:00Z", "7")], Some("more")),
    );
    let events = x.events(&EventQuery::oldest()).await.unwrap();
    assert_eq!(events.items[0].kind, EventKind::Gap);
    let month = SignedDuration::from_hours(30 * 24);
    assert_eq!(
        events.items[0].lost_since.unwrap(),
        clock.now().checked_sub(month).unwrap()
    );
    let asked = server.calls();
    assert_eq!(asked.iter().filter(|call| *call == MESSAGES).count(), 10);
}

#[tokio::test]
async fn where_the_token_is_not_for_messages_they_are_left_out_and_the_profile_says_so() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    let note = |x: &X| x.profile().supports(&Operation::EVENTS).note.unwrap();
    assert!(!note(&x).contains("messages are left out"), "{}", note(&x));
    // So whoever follows it need not list them, which costs money.
    for kind in [EventKind::Mention, EventKind::Reply, EventKind::Message] {
        assert!(x.profile().tells(&kind), "{kind}");
    }
    assert!(!x.profile().tells(&EventKind::Like));
    // An application alone has no happenings at all.
    let app = builder(&server, &clock).bearer(BEARER).build().unwrap();
    let error = app.events(&EventQuery::now()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Forbidden(Need::Token(_))));
    // A refusal says what to do without.
    server.says(MENTIONS, page(&[], None)).says(
        MESSAGES,
        problem(403, "client-forbidden", "not for messages"),
    );
    let error = x
        .events(&EventQuery::after(stand(90, 80)))
        .await
        .unwrap_err();
    assert!(error.message().contains("mention and reply"), "{error}");
}

#[tokio::test]
async fn listening_asks_no_oftener_than_messages_may_be_asked_for() {
    use futures_util::StreamExt;

    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server
        .says(MENTIONS, page(&[], None))
        .says(MENTIONS, page(&[], None))
        .says(
            MENTIONS,
            page(&[mention(91, "2026-03-14T09:28:00Z", "@me")], None),
        )
        .says(
            MESSAGES,
            page(&[message(80, "2026-03-14T09:00:00Z", "7")], None),
        );
    let began = clock.now();
    let mut stream = x.listen(EventQuery::after(stand(90, 80)));
    let event = clock.drive(stream.next()).await.unwrap().unwrap();
    assert_eq!(event.id.as_str(), "post:91");
    let passed = clock.now().duration_since(began);
    assert_eq!(passed, SignedDuration::from_secs(240));
}
