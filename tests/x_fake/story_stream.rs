//! Streams: rules, connections, heartbeats, cuts and what was missed.

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Fake, Piece};

use crate::net::{HOST, Net, Seen, text};

stories!(
    rules_are_made_once_and_deleted,
    a_stream_needs_rules_and_is_one,
    a_stream_sends_what_its_rules_say_and_shows_that_it_lives,
    a_stream_breaks_off,
    what_was_missed_comes_to_who_asks,
    activity_comes_by_a_stream_too,
);

const RULES: &str = "/2/tweets/search/stream/rules";

fn change(net: &Net, body: Value) -> Seen {
    net.call(Fake::BEARER, "POST", RULES, Some(&body))
}

fn add(net: &Net, value: &str, tag: &str) -> String {
    let told = change(net, json!({ "add": [{ "value": value, "tag": tag }] })).ok();
    text(&told["data"][0]["id"]).to_owned()
}

fn request(target: &str) -> http::Request<Bytes> {
    http::Request::get(format!("{HOST}{target}"))
        .header("authorization", format!("Bearer {}", Fake::BEARER))
        .body(Bytes::new())
        .unwrap()
}

#[track_caller]
fn open(net: &Net, target: &str) -> u64 {
    let (response, connection) = net.fake.open_stream(&request(target), net.now());
    assert_eq!(response.status(), 200, "{:?}", response.body());
    connection.unwrap()
}

#[track_caller]
fn line(net: &Net, connection: u64) -> Value {
    match net.fake.take_piece(connection, net.now()) {
        Piece::Bytes(bytes) => {
            assert!(bytes.ends_with(b"\r\n"));
            serde_json::from_slice(&bytes).unwrap_or(Value::Null)
        }
        other => panic!("{other:?}"),
    }
}

fn rules_are_made_once_and_deleted(net: &Net) {
    let told = change(
        net,
        json!({ "add": [{ "value": "cats has:media", "tag": "c" }, { "value": "dogs" }, { "value": "has:media" }, { "value": "x".repeat(1025) }] }),
    )
    .ok();
    assert_eq!(told["data"].as_array().unwrap().len(), 2);
    assert_eq!(told["errors"].as_array().unwrap().len(), 2);
    assert_eq!(told["meta"]["summary"]["created"], 2);
    let again = change(net, json!({ "add": [{ "value": "dogs" }] })).ok();
    assert!(again["data"].is_null());
    assert!(text(&again["errors"][0]["type"]).ends_with("/duplicate-rules"));
    let list = net.bearer(RULES).ok();
    assert_eq!(list["meta"]["result_count"], 2);
    let dry = net.call(
        Fake::BEARER,
        "POST",
        &format!("{RULES}?dry_run=true"),
        Some(&json!({ "add": [{ "value": "birds" }] })),
    );
    dry.ok();
    let first = text(&list["data"][0]["id"]).to_owned();
    let told = change(net, json!({ "delete": { "ids": [first, "1"] } })).ok();
    assert_eq!(
        told["meta"]["summary"],
        json!({ "deleted": 1, "not_deleted": 1 })
    );
    let told = net
        .call(
            Fake::BEARER,
            "POST",
            &format!("{RULES}?delete_all=true"),
            Some(&json!({})),
        )
        .ok();
    assert_eq!(told["meta"]["summary"]["deleted"], 1);
    assert!(net.bearer(RULES).ok().get("data").is_none());
    change(net, json!({})).refused(400);
    net.get(RULES).refused(403);
}

fn a_stream_needs_rules_and_is_one(net: &Net) {
    let target = "/2/tweets/search/stream";
    let seen = net.bearer(target);
    seen.refused(409);
    assert_eq!(seen.json["title"], "RuleConfigurationIssue");
    add(net, "cats", "c");
    let seen = net.bearer(target);
    assert_eq!((seen.status, seen.bytes.as_ref()), (200, b"\r\n".as_ref()));
    let first = open(net, target);
    let (response, second) = net.fake.open_stream(&request(target), net.now());
    assert_eq!((response.status().as_u16(), second), (429, None));
    let told: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(told["connection_issue"], "TooManyConnections");
    net.fake.hang_up(first);
    assert_eq!(net.fake.open_streams(), 0);
    open(net, target);
}

fn a_stream_sends_what_its_rules_say_and_shows_that_it_lives(net: &Net) {
    let rule = add(net, "cats", "c");
    add(net, "from:bob_test", "b");
    let connection = open(
        net,
        "/2/tweets/search/stream?expansions=author_id&tweet.fields=created_at",
    );
    net.fake.post_as(Fake::CAROL, "dogs", net.now());
    assert_eq!(
        net.fake.take_piece(connection, net.now()),
        Piece::Wait("2026-11-23T12:00:20Z".parse().unwrap())
    );
    net.seconds(20);
    assert_eq!(line(net, connection), Value::Null);
    net.fake.post_as(Fake::CAROL, "cats!", net.now());
    net.fake.post_as(Fake::BOB, "birds", net.now());
    let told = line(net, connection);
    assert_eq!(told["data"]["text"], "cats!");
    assert_eq!(told["matching_rules"], json!([{ "id": rule, "tag": "c" }]));
    assert_eq!(told["includes"]["users"][0]["username"], "carol_test");
    assert_eq!(line(net, connection)["data"]["text"], "birds");
    net.fake.silence_streams(true);
    net.seconds(120);
    assert!(matches!(
        net.fake.take_piece(connection, net.now()),
        Piece::Wait(_)
    ));
    net.fake.silence_streams(false);
    assert_eq!(line(net, connection), Value::Null);
}

fn a_stream_breaks_off(net: &Net) {
    add(net, "cats", "c");
    let target = "/2/tweets/search/stream";
    let connection = open(net, target);
    net.fake.cut_next_line();
    net.fake.post_as(Fake::CAROL, "cats", net.now());
    let Piece::Bytes(half) = net.fake.take_piece(connection, net.now()) else {
        panic!("half a line comes");
    };
    assert!(half.starts_with(b"{") && serde_json::from_slice::<Value>(&half).is_err());
    assert_eq!(net.fake.take_piece(connection, net.now()), Piece::End);
    let connection = open(net, target);
    net.fake
        .disconnect_streams(Some("UpstreamOperationalDisconnect"));
    let told = line(net, connection);
    assert_eq!(
        told["errors"][0]["disconnect_type"],
        "UpstreamOperationalDisconnect"
    );
    assert_eq!(net.fake.take_piece(connection, net.now()), Piece::End);
    let connection = open(net, target);
    net.fake.disconnect_streams(None);
    assert_eq!(net.fake.take_piece(connection, net.now()), Piece::End);
    assert_eq!(net.fake.take_piece(connection, net.now()), Piece::End);
}

fn what_was_missed_comes_to_who_asks(net: &Net) {
    add(net, "cats", "c");
    net.fake.post_as(Fake::CAROL, "old cats", net.now());
    net.seconds(400);
    net.fake.post_as(Fake::CAROL, "new cats", net.now());
    net.seconds(60);
    let told = net.bearer("/2/tweets/search/stream?backfill_minutes=5&tweet.fields=author_id");
    let first = told
        .bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap()
        .to_vec();
    let first: Value = serde_json::from_slice(&first).unwrap();
    assert_eq!(first["data"]["text"], "new cats");
    assert_eq!(told.bytes.iter().filter(|byte| **byte == b'{').count(), 3);
    net.bearer("/2/tweets/search/stream?backfill_minutes=6")
        .refused(400);
}

fn activity_comes_by_a_stream_too(net: &Net) {
    let body =
        json!({ "event_type": "post.create", "filter": { "user_id": Fake::BOB.to_string() } });
    net.call(
        Fake::BEARER,
        "POST",
        "/2/activity/subscriptions",
        Some(&body),
    )
    .ok();
    let connection = open(net, "/2/activity/stream");
    net.fake.post_as(Fake::BOB, "Hi", net.now());
    let told = line(net, connection);
    net.watched.event(&told);
    assert_eq!(told["data"]["payload"]["text"], "Hi");
    net.fake.hang_up(connection);
    net.seconds(60);
    let missed = net.bearer("/2/activity/stream?backfill_minutes=2");
    assert!(missed.bytes.starts_with(b"{\"data\""));
}
