//! Messages.

use serde_json::json;
use sociable::adapters::x::fake::Fake;
use sociable::jiff::SignedDuration;

use crate::net::{Net, PNG, id, ids, strings, text};

stories!(
    a_message_reaches_the_other_side,
    a_group_is_made_and_written_to,
    a_message_that_cannot_be_is_refused,
    who_takes_no_messages_gets_none,
    messages_are_listed_for_a_month_page_by_page,
    a_conversation_is_closed_to_others,
    a_deleted_message_is_gone_for_who_deleted_it,
);

fn with(user: u64) -> String {
    format!("/2/dm_conversations/with/{user}/messages")
}

fn a_message_reaches_the_other_side(net: &Net) {
    let photo = net
        .file("/2/media/upload", &[("media_category", "dm_image")], PNG)
        .data();
    let body = json!({ "text": "Look & see <b>", "attachments": [{ "media_id": id(&photo) }] });
    let seen = net.post(&with(Fake::BOB), &body);
    assert_eq!(seen.status, 201);
    let sent = seen.data();
    let conversation = format!("{}-{}", Fake::ANNA, Fake::BOB);
    assert_eq!(sent["dm_conversation_id"], json!(conversation));
    let fields = "dm_event.fields=created_at,sender_id,dm_conversation_id,attachments,entities&expansions=sender_id,attachments.media_keys&media.fields=url";
    let bob = |target: &str| net.call(Fake::BOB_TOKEN, "GET", target, None);
    let told = bob(&format!("/2/dm_events?{fields}")).ok();
    let event = &told["data"][0];
    assert_eq!(event["id"], sent["dm_event_id"]);
    assert_eq!(event["event_type"], "MessageCreate");
    assert_eq!(event["sender_id"], Fake::ANNA.to_string());
    assert!(text(&event["text"]).starts_with("Look &amp; see &lt;b&gt; https://t.co/"));
    assert_eq!(
        event["attachments"]["media_keys"][0],
        told["includes"]["media"][0]["media_key"]
    );
    assert_eq!(told["includes"]["users"][0]["username"], "anna_test");
    let one = bob(&format!("/2/dm_events/{}", text(&sent["dm_event_id"]))).data();
    assert_eq!(one["id"], sent["dm_event_id"]);
    let answer = net.call(
        Fake::BOB_TOKEN,
        "POST",
        &format!("/2/dm_conversations/{conversation}/messages"),
        Some(&json!({ "text": "Nice" })),
    );
    assert_eq!(answer.data()["dm_conversation_id"], json!(conversation));
    assert_eq!(
        net.ids(&format!("/2/dm_conversations/with/{}/dm_events", Fake::BOB))
            .len(),
        2
    );
    assert_eq!(
        net.ids(&format!("/2/dm_conversations/{conversation}/dm_events"))
            .len(),
        2
    );
    let last = net
        .fake
        .billed()
        .into_iter()
        .rev()
        .find(|line| line.what == "dm_event")
        .unwrap();
    assert_eq!((last.units, last.mills), (1, 10));
}

fn a_group_is_made_and_written_to(net: &Net) {
    let group = |people: &[u64]| {
        net.post(
            "/2/dm_conversations",
            &json!({ "conversation_type": "Group", "participant_ids": strings(people), "message": { "text": "Hi all" } }),
        )
    };
    group(&[Fake::BOB]).refused(400);
    group(&[Fake::BOB, 1]).refused(404);
    let made = group(&[Fake::BOB, Fake::CAROL]).data();
    let conversation = text(&made["dm_conversation_id"]).to_owned();
    let target = format!("/2/dm_conversations/{conversation}/dm_events");
    let carol = |target: &str| net.call(Fake::CAROL_TOKEN, "GET", target, None).ok();
    let told = carol(&format!(
        "{target}?dm_event.fields=participant_ids&expansions=participant_ids"
    ));
    assert_eq!(told["data"][1]["event_type"], "ParticipantsJoin");
    assert_eq!(
        told["data"][1]["participant_ids"].as_array().unwrap().len(),
        3
    );
    assert_eq!(told["includes"]["users"].as_array().unwrap().len(), 3);
    let told = carol(&format!("{target}?event_types=MessageCreate"));
    assert_eq!(ids(&told), [text(&made["dm_event_id"])]);
    net.post(
        &format!("/2/dm_conversations/{conversation}/messages"),
        &json!({ "text": "And?" }),
    )
    .ok();
    assert_eq!(
        carol(&format!("{target}?event_types=MessageCreate"))["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

fn a_message_that_cannot_be_is_refused(net: &Net) {
    net.post(&with(Fake::BOB), &json!({})).refused(400);
    net.post(&with(Fake::BOB), &json!({ "text": "x", "to": "y" }))
        .refused(400);
    net.post(&with(1), &json!({ "text": "x" })).refused(404);
    net.post(&with(Fake::BOB), &json!({ "text": "x".repeat(10_000) }))
        .ok();
    let over = net.post(&with(Fake::BOB), &json!({ "text": "🙂".repeat(5_001) }));
    over.refused(403);
    assert_eq!(over.json["errors"][0]["code"], 354);
    let photos: Vec<_> = (0..2)
        .map(|_| {
            id(&net
                .file("/2/media/upload", &[("media_category", "dm_image")], PNG)
                .data())
        })
        .map(|id| json!({ "media_id": id }))
        .collect();
    net.post(
        &with(Fake::BOB),
        &json!({ "text": "x", "attachments": photos }),
    )
    .refused(400);
    let post = net.photo();
    net.post(
        &with(Fake::BOB),
        &json!({ "attachments": [{ "media_id": post }] }),
    )
    .refused(400);
}

fn who_takes_no_messages_gets_none(net: &Net) {
    let hi = json!({ "text": "Hi" });
    net.fake.set_takes_messages(Fake::BOB, false);
    let seen = net.post(&with(Fake::BOB), &hi);
    seen.refused(403);
    assert_eq!(seen.json["errors"][0]["code"], 349);
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    net.post(&with(Fake::BOB), &hi).ok();
    let block = |on: &str, user: u64| {
        net.call(
            Fake::BOB_TOKEN,
            "POST",
            &format!("/2/users/{user}/dm/{on}"),
            None,
        )
    };
    assert_eq!(
        block("block", Fake::ANNA).data(),
        json!({ "blocked": true })
    );
    net.post(&with(Fake::BOB), &hi).refused(403);
    assert_eq!(
        block("unblock", Fake::ANNA).data(),
        json!({ "blocked": false })
    );
    net.post(&with(Fake::BOB), &hi).ok();
    block("block", 1).refused(404);
}

fn messages_are_listed_for_a_month_page_by_page(net: &Net) {
    for n in 0..5 {
        net.seconds(1);
        net.fake
            .message_as(Fake::BOB, Fake::ANNA, &n.to_string(), net.now());
    }
    let first = net.get("/2/dm_events?max_results=2").ok();
    assert_eq!(first["data"][0]["text"], "4");
    assert_eq!(first["meta"]["result_count"], 2);
    let next = text(&first["meta"]["next_token"]);
    let rest = net
        .get(&format!(
            "/2/dm_events?max_results=100&pagination_token={next}"
        ))
        .ok();
    assert_eq!(ids(&rest).len(), 3);
    assert!(rest["meta"].get("next_token").is_none());
    net.wait(SignedDuration::from_hours(30 * 24 + 1));
    assert_eq!(
        net.get("/2/dm_events").ok(),
        json!({ "meta": { "result_count": 0 } })
    );
}

fn a_conversation_is_closed_to_others(net: &Net) {
    let event = net
        .fake
        .message_as(Fake::BOB, Fake::CAROL, "Secret", net.now());
    let conversation = format!("/2/dm_conversations/{}-{}", Fake::BOB, Fake::CAROL);
    net.get(&format!("{conversation}/dm_events")).refused(403);
    net.post(
        &format!("{conversation}/messages"),
        &json!({ "text": "Boo" }),
    )
    .refused(403);
    net.get(&format!("/2/dm_events/{event}")).refused(404);
    assert!(net.ids("/2/dm_events").is_empty());
}

fn a_deleted_message_is_gone_for_who_deleted_it(net: &Net) {
    let event = net
        .fake
        .message_as(Fake::BOB, Fake::ANNA, "Oops", net.now());
    assert_eq!(
        net.delete(&format!("/2/dm_events/{event}")).data(),
        json!({ "deleted": true })
    );
    assert!(net.ids("/2/dm_events").is_empty());
    net.delete(&format!("/2/dm_events/{event}")).refused(404);
    let bobs = net.call(Fake::BOB_TOKEN, "GET", "/2/dm_events", None).ok();
    assert_eq!(ids(&bobs), strings(&[event]));
}
