//! The filtered stream and X Activity, over connections that break.

use futures_util::StreamExt;
use sociable::client::limits::SpendingCap;

use super::wire::{Connection, Step, Wire};
use super::*;

fn line(id: u64) -> String {
    let post = json!({"data": {"id": id.to_string(), "text": format!("post {id}"), "author_id": "7", "created_at": "2026-03-14T09:27:00.000Z"},
                      "includes": {"users": [{"id": "7", "username": "ann", "name": "Ann"}]},
                      "matching_rules": [{"id": "1", "tag": "shop"}]});
    format!("{post}\r\n")
}

fn says(text: impl Into<String>) -> Step {
    Step::Says(text.into())
}

fn reader(wire: &Arc<Wire>, clock: &SetClock, tier: Tier) -> (X, Client) {
    let client = Client::builder()
        .transport(wire.clone())
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(SeededRandom::new(3)))
        .build()
        .unwrap();
    let x = X::builder()
        .client(&client)
        .account_name("desk")
        .bearer(BEARER)
        .tier(tier)
        .build()
        .unwrap();
    (x, client)
}

/// All that a stream tells, in words; the last is why it ended.
async fn all(clock: &SetClock, x: &X, since: Since) -> Vec<String> {
    let words = x.stream(since).map(|item| match item {
        Ok(event) => format!("{} {}", event.kind, event.id),
        Err(error) => format!("{} {:?}", error.kind().name(), error.ended().unwrap()),
    });
    clock.drive(words.collect::<Vec<_>>()).await
}

#[tokio::test]
async fn half_a_line_is_kept_and_a_break_is_mended_at_once_with_a_gap() {
    let clock = clock();
    let whole = line(1);
    let (head, tail) = whole.split_at(40);
    let wire = Wire::new(
        &clock,
        vec![
            Connection::Opens(vec![
                says("\r\n"),
                says(head),
                Step::Waits(5),
                says(tail),
                says(
                    [
                        line(2),
                        line(3),
                        "\r\n".to_owned(),
                        r#"{"data":{"id":"4","te"#.to_owned(),
                    ]
                    .concat(),
                ),
                Step::Waits(20),
                says("xt"),
                Step::Breaks,
            ]),
            Connection::Opens(vec![says(line(5))]),
        ],
    );
    let (x, _) = reader(&wire, &clock, Tier::SelfServe);
    let told = all(&clock, &x, Since::Now).await;
    let gap = "2026-03-14T09:26:58Z"
        .parse::<Timestamp>()
        .unwrap()
        .as_millisecond();
    assert_eq!(
        told,
        [
            "post post:1".to_owned(),
            "post post:2".to_owned(),
            "post post:3".to_owned(),
            // Half of the fourth was lost with the connection.
            format!("gap gap:stream:{gap}"),
            "post post:5".to_owned(),
            "Unauthorized Unauthorized".to_owned(),
        ]
    );
    let opened = wire.opened();
    assert_eq!(opened[0].path, "/2/tweets/search/stream");
    assert_eq!(opened[0].authorization, format!("Bearer {BEARER}"));
    assert!(!opened[1].query.contains_key("backfill_minutes"));
    assert!(opened[0].query["tweet.fields"].contains("created_at"));
    assert_eq!(wire.waits(), [25_000, 0]);
}

#[tokio::test]
async fn silence_is_a_break_and_heartbeats_are_none() {
    let clock = clock();
    let mut steps = vec![];
    for _ in 0..10 {
        steps.extend([Step::Waits(20), says("\n")]);
    }
    steps.push(Step::Hangs);
    let wire = Wire::new(&clock, vec![Connection::Opens(steps)]);
    let (x, _) = reader(&wire, &clock, Tier::SelfServe);
    let told = all(&clock, &x, Since::Now).await;
    assert_eq!(told, ["Unauthorized Unauthorized"]);
    assert_eq!(wire.waits(), [230_000]);
}

#[tokio::test]
async fn connections_are_opened_anew_as_slowly_as_the_network_wants() {
    let clock = clock();
    let broken = || Connection::Opens(vec![Step::Breaks]);
    let busy = || Connection::Answers(503, "<html>busy</html>");
    let fast = || Connection::Answers(429, r#"{"title":"Too Many Requests","status":429}"#);
    let page = || Connection::Opens(vec![says("<html>hello</html>\n")]);
    for (connections, waits) in [
        (
            vec![broken(), broken(), broken(), Connection::Fails],
            vec![0, 250, 500, 750],
        ),
        (vec![busy(), busy(), busy()], vec![5_000, 10_000, 20_000]),
        // An HTML page of whoever stands before the network, in place of a stream.
        (vec![page(), page()], vec![5_000, 10_000]),
        (
            vec![Connection::Opens(vec![says(
                "{\"errors\":[{\"title\":\"operational-disconnect\",\"disconnect_type\":\"UpstreamOperationalDisconnect\",\"detail\":\"This stream has been disconnected for operational reasons.\",\"type\":\"https://api.twitter.com/2/problems/operational-disconnect\"}]}\n",
            )])],
            vec![0],
        ),
    ] {
        let wire = Wire::new(&clock, connections);
        let (x, _) = reader(&wire, &clock, Tier::SelfServe);
        let told = all(&clock, &x, Since::Now).await;
        assert_eq!(told.last().unwrap(), "Unauthorized Unauthorized");
        assert_eq!(wire.waits(), waits);
    }
    // A refusal rests the endpoint, too.
    let wire = Wire::new(&clock, vec![fast(), fast()]);
    let (x, _) = reader(&wire, &clock, Tier::SelfServe);
    all(&clock, &x, Since::Now).await;
    let waits = wire.waits();
    assert!(waits[0] >= 60_000 && waits[1] >= 120_000, "{waits:?}");
}

#[tokio::test]
async fn what_the_network_sends_again_fills_the_gap_and_comes_once() {
    let clock = clock();
    let wire = Wire::new(
        &clock,
        vec![
            Connection::Opens(vec![
                says(line(1)),
                says(line(2)),
                Step::Waits(10),
                Step::Breaks,
            ]),
            Connection::Opens(vec![says(line(2)), says(line(3))]),
        ],
    );
    let (x, _) = reader(&wire, &clock, Tier::Enterprise);
    let told = all(&clock, &x, Since::Now).await;
    assert_eq!(
        told,
        [
            "post post:1",
            "post post:2",
            "post post:3",
            "Unauthorized Unauthorized"
        ]
    );
    let opened = wire.opened();
    assert!(!opened[0].query.contains_key("backfill_minutes"));
    assert_eq!(opened[1].query["backfill_minutes"], "1");
}

#[tokio::test]
async fn after_a_restart_what_is_older_than_the_network_sends_again_is_a_gap() {
    let clock = clock();
    // An hour ago.
    let since = Since::Cursor(EventCursor::new("1;0;1773476813;0;1773476813"));
    for (tier, minutes, until) in [
        (Tier::SelfServe, None, "2026-03-14T09:26:53Z"),
        (Tier::Enterprise, Some("5"), "2026-03-14T09:21:53Z"),
    ] {
        let wire = Wire::new(&clock, vec![Connection::Opens(vec![says(line(1))])]);
        let (x, _) = reader(&wire, &clock, tier);
        let mut stream = x.stream(since.clone());
        let gap = clock.drive(stream.next()).await.unwrap().unwrap();
        assert_eq!(gap.kind, EventKind::Gap);
        assert_eq!(gap.lost_since.unwrap().as_second(), 1_773_476_813);
        assert_eq!(gap.at.unwrap().to_string(), until);
        let asked = wire.opened()[0].query.get("backfill_minutes").cloned();
        assert_eq!(asked.as_deref(), minutes);
        let event = clock.drive(stream.next()).await.unwrap().unwrap();
        assert_eq!(event.account.unwrap().name.as_deref(), Some("Ann"));
        // What comes next is asked for from there.
        assert!(event.cursor.as_str().starts_with("1;"));
    }
    let wire = Wire::new(&clock, Vec::new());
    let (x, _) = reader(&wire, &clock, Tier::SelfServe);
    let told = all(&clock, &x, Since::Cursor(EventCursor::new("no cursor"))).await;
    assert_eq!(told, ["Invalid Invalid"]);
    assert!(wire.opened().is_empty());
}

#[tokio::test]
async fn each_post_is_booked_and_a_cap_ends_the_stream() {
    let clock = clock();
    let posts: String = (1..=9).map(line).collect();
    let wire = Wire::new(&clock, vec![Connection::Opens(vec![says(posts)])]);
    let client = Client::builder()
        .transport(wire.clone())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    let cap: SpendingCap = "0.074 USD".parse().unwrap();
    let x = X::builder()
        .client(&client)
        .account_name("desk")
        .bearer(BEARER)
        .spending_cap(cap)
        .build()
        .unwrap();
    let told = all(&clock, &x, Since::Now).await;
    assert_eq!(
        told,
        ["post post:1", "post post:2", "QuotaExhausted Failed"]
    );
    let spent = client.spending().await.unwrap();
    let total: i64 = spent.rows.iter().map(|row| row.certain.amount).sum();
    // Each with its author. The next could bring two more of both, and cost 0.045.
    assert_eq!(total, 30_000);
    // Where there is room for none, no connection is opened.
    let again = all(&clock, &x, Since::Now).await;
    assert_eq!(again, ["QuotaExhausted Failed"]);
    assert_eq!(wire.opened().len(), 1);
}

#[tokio::test]
async fn what_waiting_does_not_mend_ends_the_stream_and_says_why() {
    let clock = clock();
    let line = |kind: &str, detail: &str| {
        let problem = json!({"errors": [{"type": format!("https://api.x.com/2/problems/{kind}"), "title": "T", "detail": detail}]});
        Connection::Opens(vec![says(format!("{problem}\n"))])
    };
    for (connection, told) in [
        (
            Connection::Answers(409, r#"{"title":"Conflict","status":409}"#),
            "Conflict Replaced",
        ),
        (
            Connection::Answers(
                403,
                r#"{"type":"https://api.x.com/2/problems/client-forbidden","title":"Forbidden","detail":"not enrolled"}"#,
            ),
            "Forbidden Forbidden",
        ),
        (
            Connection::Answers(402, r#"{"title":"CreditsDepleted"}"#),
            "QuotaExhausted Failed",
        ),
        (
            line("usage-capped", "Usage cap exceeded"),
            "QuotaExhausted Failed",
        ),
    ] {
        let wire = Wire::new(&clock, vec![connection]);
        let (x, _) = reader(&wire, &clock, Tier::SelfServe);
        assert_eq!(all(&clock, &x, Since::Now).await, [told]);
        assert_eq!(wire.opened().len(), 1);
    }
    // A user's token alone opens none.
    let wire = Wire::new(&clock, Vec::new());
    let client = Client::builder()
        .transport(wire.clone())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    let x = X::builder()
        .client(&client)
        .user_token(USER)
        .build()
        .unwrap();
    assert_eq!(all(&clock, &x, Since::Now).await, ["Forbidden Forbidden"]);
    assert!(wire.opened().is_empty());
}

#[tokio::test]
async fn activity_is_told_over_a_connection_as_by_a_webhook() {
    let clock = clock();
    let follow = json!({"data": {"event_uuid": "-5", "filter": {"user_id": ME}, "event_type": "follow.follow", "tag": "f",
                                 "payload": {"source": {"data": {"id": "7"}}, "target": {"data": {"id": ME}}}}});
    let unknown = json!({"data": {"event_uuid": "9", "filter": {"user_id": ME}, "event_type": "ProfileUpdateBio",
                                  "payload": {"before": "a", "after": "b"}}});
    let lines = format!("{follow}\n{unknown}\n");
    let wire = Wire::new(&clock, vec![Connection::Opens(vec![says(lines)])]);
    let (x, client) = reader(&wire, &clock, Tier::SelfServe);
    let items: Vec<_> = clock
        .drive(x.activity(Since::Now).collect::<Vec<_>>())
        .await;
    let kinds: Vec<EventKind> = items
        .iter()
        .flatten()
        .map(|event| event.kind.clone())
        .collect();
    assert_eq!(
        kinds,
        [EventKind::Follow, EventKind::from("profile.update.bio")]
    );
    assert_eq!(wire.opened()[0].path, "/2/activity/stream");
    let spent = client.spending().await.unwrap();
    let total: i64 = spent.rows.iter().map(|row| row.certain.amount).sum();
    assert_eq!(total, 15_000);
}
