//! What happens in a community: the long poll and the deliveries.

use serde_json::{Value, json};
use sociable::adapters::vk::fake::Fake;

use crate::net::{CLUB, HOST, Net, WALL, attached, text};

fn server(net: &Net) -> Value {
    net.group("groups.getLongPollServer", &[("group_id", CLUB)])
        .ok()
}

/// The kinds of the events since a `ts`, and the next one.
fn kinds(net: &Net, server: &Value, ts: &str) -> (Vec<String>, String) {
    let told = net.poll(server, ts);
    let updates = told["updates"]
        .as_array()
        .unwrap_or_else(|| panic!("{told}"));
    let kinds = updates.iter().map(|event| text(&event["type"]).to_owned());
    (kinds.collect(), text(&told["ts"]).to_owned())
}

fn everything_that_happens_is_told_in_order(net: &Net) {
    let server = server(net);
    let ts = text(&server["ts"]).to_owned();
    let told = |ts: &str, wanted: &[&str]| {
        let (kinds, next) = kinds(net, &server, ts);
        assert_eq!(kinds, wanted);
        next
    };
    let ts = told(&ts, &[]);
    let (wall, now) = (-Fake::GROUP, net.now());
    let id = net.publish(&[("message", "New")]);
    net.fake.like_as(Fake::BOB, "post", wall, id, true, now);
    net.fake.like_as(Fake::BOB, "post", wall, id, false, now);
    net.fake.repost_as(Fake::BOB, wall, id, "See", now);
    let ts = told(
        &ts,
        &["wall_post_new", "like_add", "like_remove", "wall_repost"],
    );

    let comment = net.fake.comment_as(Fake::BOB, (wall, id), "Hm", None, now);
    net.fake.edit_comment_as(wall, comment, "Hm!", now);
    net.fake.delete_comment_as(Fake::BOB, wall, comment, now);
    net.fake.restore_comment_as(wall, comment, now);
    let ts = told(
        &ts,
        &[
            "wall_reply_new",
            "wall_reply_edit",
            "wall_reply_delete",
            "wall_reply_restore",
        ],
    );

    let message = net.fake.message_as(Fake::BOB, Fake::GROUP, "Hi", now);
    net.fake.edit_message_as(message, "Hi!", now);
    let send = [("peer_id", "102"), ("random_id", "1"), ("message", "Yes?")];
    let sent = net.group("messages.send", &send).ok().as_i64().unwrap();
    net.fake.read_as(Fake::BOB, Fake::GROUP, sent, now);
    net.fake.allow_as(Fake::CAROL, Fake::GROUP, true, now);
    net.fake.allow_as(Fake::CAROL, Fake::GROUP, false, now);
    let ts = told(
        &ts,
        &[
            "message_new",
            "message_edit",
            "message_reply",
            "message_read",
            "message_allow",
            "message_deny",
        ],
    );

    net.fake.join_as(Fake::BOB, Fake::GROUP, true, now);
    net.fake.join_as(Fake::BOB, Fake::GROUP, false, now);
    let about = [("group_id", CLUB), ("owner_id", "103")];
    net.admin("groups.ban", &about).ok();
    net.admin("groups.unban", &about).ok();
    let poll = net
        .admin(
            "polls.create",
            &[
                ("owner_id", WALL),
                ("question", "?"),
                ("add_answers", r#"["Yes"]"#),
            ],
        )
        .ok();
    let answer = poll["answers"][0]["id"].as_i64().unwrap();
    net.fake.vote_as(
        Fake::BOB,
        wall,
        poll["id"].as_i64().unwrap(),
        &[answer],
        now,
    );
    let ts = told(
        &ts,
        &[
            "group_join",
            "group_leave",
            "user_block",
            "user_unblock",
            "poll_vote_new",
        ],
    );

    let later = (net.now().as_second() + 3600).to_string();
    let waiting = net.publish(&[("message", "Later"), ("publish_date", &later)]);
    let ts = told(&ts, &["wall_schedule_post_new"]);
    net.seconds(3600);
    let events = net.poll(&server, &ts);
    let event = &events["updates"][0];
    assert_eq!(event["type"], "wall_post_new");
    assert_eq!(event["object"]["postponed_id"], waiting);
    assert_eq!(event["group_id"], Fake::GROUP);
    let ts = text(&events["ts"]).to_owned();
    let topic = net
        .admin(
            "board.addTopic",
            &[("group_id", CLUB), ("title", "T"), ("text", "x")],
        )
        .ok();
    told(&ts, &["board_post_new"]);
    assert!(topic.is_i64());
}

fn events_have_ids_of_their_own_and_are_told_again_from_an_old_ts(net: &Net) {
    let server = server(net);
    for n in 0..3 {
        net.fake
            .message_as(Fake::BOB, Fake::GROUP, &n.to_string(), net.now());
    }
    let first = net.poll(&server, text(&server["ts"]));
    let mut ids: Vec<&str> = first["updates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| text(&event["event_id"]))
        .collect();
    assert_eq!(net.poll(&server, text(&server["ts"])), first);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let object = &first["updates"][2]["object"];
    assert_eq!(object["message"]["text"], "2");
    assert_eq!(object["message"]["peer_id"], Fake::BOB);
    assert!(object["client_info"]["keyboard"].is_boolean());
}

fn a_long_poll_that_fails_says_what_to_do(net: &Net) {
    let old = server(net);
    net.fake.message_as(Fake::BOB, Fake::GROUP, "1", net.now());
    net.fake.message_as(Fake::BOB, Fake::GROUP, "2", net.now());
    net.fake.forget_events(Fake::GROUP, 1);
    let told = net.poll(&old, text(&old["ts"]));
    assert_eq!(told["failed"], 1);
    let ts = text(&told["ts"]).to_owned();
    assert_eq!(net.poll(&old, &ts)["updates"], json!([]));
    net.fake.renew_long_poll_key(Fake::GROUP);
    assert_eq!(net.poll(&old, &ts), json!({ "failed": 2 }));
    let new = server(net);
    assert_eq!(net.poll(&new, &ts)["updates"], json!([]));
    net.fake.lose_long_poll(Fake::GROUP);
    assert_eq!(net.poll(&new, &ts), json!({ "failed": 3 }));
    let again = server(net);
    assert_eq!(net.poll(&again, text(&again["ts"]))["updates"], json!([]));
    assert_eq!(net.poll(&again, "999999"), json!({ "failed": 3 }));
    net.fake.set_ts_as_number(true);
    assert!(net.poll(&again, &ts)["ts"].is_i64());
}

fn only_events_that_are_switched_on_are_told(net: &Net) {
    let server = server(net);
    let settings = || {
        net.group("groups.getLongPollSettings", &[("group_id", CLUB)])
            .ok()
    };
    assert_eq!(settings()["is_enabled"], true);
    net.group(
        "groups.setLongPollSettings",
        &[("group_id", CLUB), ("message_new", "0"), ("enabled", "1")],
    )
    .ok();
    assert_eq!(settings()["events"]["message_new"], 0);
    net.fake.message_as(Fake::BOB, Fake::GROUP, "1", net.now());
    net.fake.join_as(Fake::BOB, Fake::GROUP, true, net.now());
    let (kinds, _) = kinds(net, &server, text(&server["ts"]));
    assert_eq!(kinds, ["group_join"]);
    net.group(
        "groups.setLongPollSettings",
        &[("group_id", CLUB), ("enabled", "0")],
    )
    .ok();
    assert_eq!(net.poll(&server, "1"), json!({ "failed": 3 }));
}

fn deliveries_come_again_until_they_are_confirmed(net: &Net) {
    net.fake.call_back(Fake::GROUP, Some("very-secret"));
    let code = net
        .group("groups.getCallbackConfirmationCode", &[("group_id", CLUB)])
        .ok()["code"]
        .clone();
    assert_eq!(code, net.fake.confirmation_code(Fake::GROUP));
    let first: Value = serde_json::from_slice(&net.fake.confirmation(Fake::GROUP)).unwrap();
    assert_eq!(first["type"], "confirmation");
    let photo = net.photo("");
    net.fake.message_with_as(
        Fake::BOB,
        Fake::GROUP,
        "Look",
        &attached("photo", &photo),
        net.now(),
    );
    net.fake.join_as(Fake::BOB, Fake::GROUP, true, net.now());
    let due = net.fake.deliveries(Fake::GROUP);
    assert_eq!(due.len(), 2);
    assert_eq!(due[0].retries, 0);
    let body: Value = serde_json::from_slice(&due[0].body).unwrap();
    assert_eq!(body["secret"], "very-secret");
    assert_eq!(body["object"]["message"]["attachments"][0]["type"], "photo");
    for delivery in &due {
        net.watched
            .event(&serde_json::from_slice(&delivery.body).unwrap());
    }
    net.watched.event(&first);
    net.fake.confirm(Fake::GROUP, &due[0].event_id);
    let again = net.fake.deliveries(Fake::GROUP);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].event_id, due[1].event_id);
    assert_eq!(again[0].retries, 1);
    assert_eq!(again[0].body, due[1].body);
}

fn addresses_lead_to_the_host_that_was_asked(net: &Net) {
    assert!(text(&server(net)["server"]).starts_with(HOST));
    let request = http::Request::post("/method/groups.getLongPollServer")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Bearer {}", Fake::GROUP_TOKEN))
        .body(bytes::Bytes::from("v=5.199&group_id=7001"))
        .unwrap();
    let told = net.send(&request).ok();
    assert_eq!(told["server"], "http://127.0.0.1:8080/whp/7001");
}

stories![
    everything_that_happens_is_told_in_order,
    events_have_ids_of_their_own_and_are_told_again_from_an_old_ts,
    a_long_poll_that_fails_says_what_to_do,
    only_events_that_are_switched_on_are_told,
    deliveries_come_again_until_they_are_confirmed,
    addresses_lead_to_the_host_that_was_asked,
];
