//! What happens to the community: polled, listened to and delivered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::{Fake, Fault};
use sociable::webhook::{Receiver, Webhook};
use sociable::{
    Ended, ErrorKind, Event, EventCursor, EventKind, EventQuery, Events, SocialNetwork,
};

use crate::net::{Net, WALL, reply, wall};

async fn now(vk: &Vk) -> EventCursor {
    vk.events(&EventQuery::now()).await.unwrap().cursor
}

/// All that is told after a cursor.
async fn after(vk: &Vk, cursor: &EventCursor) -> Vec<Event> {
    let mut items = Vec::new();
    let mut query = EventQuery::after(EventCursor::new(cursor.as_str()));
    for _ in 0..100 {
        let told: Events = vk.events(&query).await.unwrap();
        items.extend(told.items);
        if !told.more {
            return items;
        }
        query.since = told.cursor.into();
    }
    panic!("it says `more` without end");
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

/// Something of each kind, a second apart.
fn much(net: &Net) -> (i64, i64) {
    let fake = &net.fake;
    let post = net.post(Fake::BOB, "Hello [club7001|club]");
    let comment = net.comment(Fake::CAROL, post, "First", None);
    let own = net.comment(WALL, post, "Ours", Some(comment));
    let step = || {
        net.seconds(1);
        net.now()
    };
    fake.edit_comment_as(WALL, comment, "First, edited", step());
    fake.delete_comment_as(Fake::ADMIN, WALL, comment, step());
    fake.restore_comment_as(WALL, comment, step());
    fake.like_as(Fake::BOB, "post", WALL, post, true, step());
    fake.like_as(Fake::BOB, "comment", WALL, own, true, step());
    fake.like_as(Fake::BOB, "post", WALL, post, false, step());
    fake.repost_as(Fake::CAROL, WALL, post, "", step());
    fake.repost_as(Fake::BOB, WALL, post, "See", step());
    fake.join_as(Fake::BOB, Fake::GROUP, true, step());
    fake.join_as(Fake::BOB, Fake::GROUP, false, step());
    let message = fake.message_as(Fake::BOB, Fake::GROUP, "Psst", step());
    fake.edit_message_as(message, "Psst!", step());
    (post, comment)
}

const MUCH: [&str; 15] = [
    "post",
    "reply",
    "post",
    "post_edited",
    "post_deleted",
    "post_restored",
    "like",
    "like",
    "like_remove",
    "repost",
    "quote",
    "follow",
    "unfollow",
    "message",
    "message_edited",
];

#[tokio::test]
async fn what_happens_is_told_with_who_and_what() {
    let net = Net::new();
    let vk = net.community();
    let from = now(&vk).await;
    let (post, comment) = much(&net);
    let events = after(&vk, &from).await;
    assert_eq!(kinds(&events), MUCH);
    let who: Vec<&str> = events
        .iter()
        .map(|e| e.account.as_ref().map_or("-", |a| a.id.as_str()))
        .collect();
    let (bob, carol, admin, club) = ("id102", "id103", "id101", "club7001");
    assert_eq!(
        who,
        [
            bob, carol, club, carol, admin, carol, bob, bob, bob, carol, bob, bob, bob, bob, bob
        ]
    );
    assert_eq!(events[0].post.as_ref().unwrap().id, wall(post));
    assert_eq!(events[1].target, Some(wall(post)));
    assert_eq!(events[1].post.as_ref().unwrap().id, reply(post, comment));
    assert_eq!(events[2].target, Some(reply(post, comment)));
    assert_eq!(
        events[3].post.as_ref().unwrap().text.as_str(),
        "First, edited"
    );
    assert_eq!(events[4].target, Some(reply(post, comment)));
    for at in [6, 9, 10] {
        assert_eq!(events[at].target, Some(wall(post)), "{at}");
    }
    let message = events[13].message.as_ref().unwrap();
    assert_eq!(
        (message.text.as_str(), message.outgoing),
        ("Psst", Some(false))
    );
    let times: Vec<_> = events.iter().filter_map(|e| e.at).collect();
    assert!(times.is_sorted() && times.len() == 7, "{times:?}");
}

#[tokio::test]
async fn after_any_of_them_a_restart_misses_nothing_and_repeats_nothing() {
    let net = Net::new();
    let vk = net.community();
    let from = now(&vk).await;
    much(&net);
    let events = after(&vk, &from).await;
    for (n, event) in events.iter().enumerate() {
        let fresh = net.community();
        let rest = after(&fresh, &event.cursor).await;
        assert_eq!(ids(&rest), ids(&events[n + 1..]), "after number {n}");
    }
    // In portions of one, and of wanted kinds alone.
    let mut query = EventQuery::after(from.clone()).limit(1_u32);
    let mut portions = Vec::new();
    for _ in 0..40 {
        let told = vk.events(&query).await.unwrap();
        assert!(told.items.len() <= 1);
        portions.extend(told.items);
        query.since = told.cursor.into();
        if !told.more {
            break;
        }
    }
    assert_eq!(ids(&portions), ids(&events));
    let replies = vk
        .events(&EventQuery::after(from).kinds(EventKind::Reply))
        .await
        .unwrap();
    assert_eq!(kinds(&replies.items), ["reply"]);
    assert!(after(&vk, &replies.cursor).await.is_empty());
    // All that is still there.
    let all = vk.events(&EventQuery::oldest()).await.unwrap();
    assert_eq!(ids(&all.items), ids(&events));
}

#[tokio::test]
async fn a_new_key_loses_nothing_and_numbers_may_be_texts_or_not() {
    let net = Net::loose();
    let vk = net.community();
    for number in [false, true] {
        net.fake.set_ts_as_number(number);
        let from = now(&vk).await;
        net.post(Fake::BOB, "One");
        net.fake.renew_long_poll_key(Fake::GROUP);
        net.post(Fake::BOB, "Two");
        let events = after(&vk, &from).await;
        assert_eq!(kinds(&events), ["post", "post"]);
    }
}

#[tokio::test]
async fn what_is_lost_is_a_gap_with_its_span_and_what_the_network_still_has_is_told() {
    let net = Net::new();
    let vk = net.community();
    type Lose = fn(&Net);
    let partly: Lose = |net| net.fake.forget_events(Fake::GROUP, 3);
    let wholly: Lose = |net| net.fake.lose_long_poll(Fake::GROUP);
    for (lose, kept) in [(partly, 3), (wholly, 0)] {
        let from = now(&vk).await;
        let since = net.now();
        let mut written = Vec::new();
        for n in 0..20 {
            let post = net.post(Fake::BOB, &format!("Post {n}"));
            written.push((post, net.now()));
        }
        lose(&net);
        // Of it one has to know whatever is asked for.
        let query = EventQuery::after(from.clone()).kinds(EventKind::Reply);
        let told = vk.events(&query).await.unwrap();
        assert_eq!(kinds(&told.items), ["gap"]);
        assert!(told.more);
        let gap = &told.items[0];
        let until = written.get(20 - kept).map_or(net.now(), |(_, at)| *at);
        assert_eq!((gap.lost_since, gap.at), (Some(since), Some(until)));
        let post = net.post(Fake::BOB, "After");
        let mut wanted: Vec<_> = written[20 - kept..]
            .iter()
            .map(|(id, _)| wall(*id))
            .collect();
        wanted.push(wall(post));
        let rest = after(&vk, &gap.cursor).await;
        let found: Vec<_> = rest
            .iter()
            .map(|e| e.post.as_ref().unwrap().id.clone())
            .collect();
        assert_eq!(found, wanted);
        assert!(after(&vk, &rest[kept].cursor).await.is_empty());
    }
    // Who asks for the oldest takes what there is.
    net.fake.forget_events(Fake::GROUP, 0);
    let told = vk.events(&EventQuery::oldest()).await.unwrap();
    assert!(!kinds(&told.items).contains(&"gap"));
}

#[tokio::test]
async fn what_is_delivered_is_what_is_polled_under_the_same_ids() {
    let net = Net::new();
    let vk = net.community();
    net.fake.call_back(Fake::GROUP, Some("s3cret"));
    let code = net.fake.confirmation_code(Fake::GROUP);
    let webhook = vk.webhook("s3cret", code.as_str()).unwrap();
    let request = |body: bytes::Bytes| http::Request::post("/vk").body(body).unwrap();
    let asked = webhook
        .receive(&request(net.fake.confirmation(Fake::GROUP)), net.now())
        .unwrap();
    assert_eq!(&asked.answer.body()[..], code.as_bytes());
    let from = now(&vk).await;
    much(&net);
    let taken: Arc<Mutex<Vec<Event>>> = Arc::default();
    let into = Arc::clone(&taken);
    let receiver = Receiver::builder(webhook).sink(move |event| {
        let into = Arc::clone(&into);
        async move {
            into.lock().unwrap().push(event);
            Ok(())
        }
    });
    // Each comes twice.
    for _ in 0..2 {
        for delivery in net.fake.deliveries(Fake::GROUP) {
            let body = String::from_utf8(delivery.body.to_vec()).unwrap();
            let request = http::Request::post("/vk").body(body).unwrap();
            let answer = receiver.handle(request).await;
            assert_eq!(
                (answer.status().as_u16(), &answer.body()[..]),
                (200, &b"ok"[..])
            );
        }
    }
    let polled = after(&vk, &from).await;
    let taken = taken.lock().unwrap().clone();
    assert_eq!(ids(&taken), ids(&polled));
    for (pushed, polled) in taken.iter().zip(&polled) {
        let mut pushed = pushed.clone();
        pushed.cursor = polled.cursor.clone();
        assert_eq!(&pushed, polled);
    }
    // From a delivered one's cursor polling goes on.
    let rest = after(&vk, &taken[4].cursor).await;
    assert_eq!(ids(&rest), ids(&polled[5..]));
}

#[tokio::test]
async fn every_refusal_of_a_delivery_is_typed() {
    let net = Net::new();
    let vk = net.community();
    net.fake.call_back(Fake::GROUP, Some("another secret"));
    net.post(Fake::BOB, "One");
    let webhook = vk.webhook("s3cret", "code").unwrap();
    let body = net.fake.deliveries(Fake::GROUP)[0].body.clone();
    let receiver = Receiver::builder(webhook)
        .body_limit(1_000_000)
        .sink(|_| async { Ok(()) });
    for (body, status) in [
        (String::from_utf8(body.to_vec()).unwrap(), 403),
        (
            r#"{"type":"wall_post_new","group_id":5,"secret":"s3cret","object":{}}"#.to_owned(),
            404,
        ),
        ("not JSON".to_owned(), 400),
        (format!(r#"{{"type":"{}"}}"#, "x".repeat(10_000_000)), 413),
    ] {
        let request = http::Request::post("/vk").body(body).unwrap();
        let answer = receiver.handle(request).await;
        assert_eq!(answer.status().as_u16(), status);
    }
    let person = net.builder().user_token(Fake::USER_TOKEN).build().unwrap();
    assert_eq!(
        person.webhook("a", "b").unwrap_err().kind(),
        &ErrorKind::Config
    );
    let error = person.events(&EventQuery::now()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unsupported);
}

#[tokio::test]
async fn listening_brings_what_happens_goes_on_behind_a_gap_and_ends_with_the_reason() {
    let net = Net::new();
    let vk = net.community();
    let from = now(&vk).await;
    net.post(Fake::BOB, "One");
    let mut stream = vk.listen(EventQuery::after(from));
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first.kind, EventKind::Post);
    net.post(Fake::BOB, "Two");
    assert_eq!(stream.next().await.unwrap().unwrap().kind, EventKind::Post);
    net.seconds(60);
    net.post(Fake::BOB, "Lost");
    net.fake.lose_long_poll(Fake::GROUP);
    assert_eq!(stream.next().await.unwrap().unwrap().kind, EventKind::Gap);
    net.post(Fake::BOB, "Three");
    assert_eq!(stream.next().await.unwrap().unwrap().kind, EventKind::Post);
    // While nothing happens it asks no more than once a second.
    net.fake.clear_log();
    let began = net.now();
    let quiet = tokio::time::timeout(Duration::from_millis(300), stream.next()).await;
    assert!(quiet.is_err());
    let asked = net.fake.seen().len() as i64;
    let passed = net.now().duration_since(began).as_secs();
    assert!(asked <= passed + 2, "{asked} questions in {passed} seconds");
    drop(stream);

    let vk = net
        .builder()
        .community(Fake::GROUP)
        .community_token(Fake::GROUP_TOKEN)
        .build()
        .unwrap();
    net.fake.revoke_token(Fake::GROUP_TOKEN);
    let mut stream = vk.listen(EventQuery::now());
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.ended(), Some(Ended::Unauthorized), "{error}");
    assert!(stream.next().await.is_none());
    let mut stream = net
        .community()
        .listen(EventQuery::after("\u{1}none"))
        .collect::<Vec<_>>()
        .await;
    let error = stream.pop().unwrap().unwrap_err();
    assert_eq!((error.ended(), stream.len()), (Some(Ended::Invalid), 0));
}

#[tokio::test]
async fn the_key_of_the_long_poll_is_in_no_error() {
    let net = Net::new();
    let vk = net.community();
    let from = now(&vk).await;
    for _ in 0..20 {
        net.fake.fail_next("/whp/*", Fault::Html { status: 500 });
    }
    let query = EventQuery::after(from);
    let error = net.clock.drive(vk.events(&query)).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(matches!(error.kind(), ErrorKind::Unavailable), "{shown}");
    assert!(
        !shown.contains("key=") && !shown.contains("poll-"),
        "{shown}"
    );
}
