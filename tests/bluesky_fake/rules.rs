//! Behaviour that no single switch stands for.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use sociable::adapters::bluesky::fake::{Fake, Fault, Limiter, Standing};
use sociable::jiff::SignedDuration;

use crate::net::{Ask, Net, uris};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn others_see_a_post_only_after_the_lag_and_its_author_at_once() {
    let net = Net::new(
        Fake::builder()
            .index_lag(SignedDuration::from_secs(30))
            .build(),
    );
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    let old = alice.publish(json!({"text": "old"}));
    let older = alice.publish(json!({"text": "older"}));
    net.wait(SignedDuration::from_secs(60));
    let new = alice.publish(json!({"text": "new"}));
    net.wait(SignedDuration::from_millis(250));

    let ask = [("actor", alice.did.as_str()), ("limit", "2")];
    let own = alice.get("app.bsky.feed.getAuthorFeed", &ask);
    assert_eq!(own.header("atproto-upstream-lag"), "250");
    let expected: Vec<&str> = [&new, &older, &old]
        .iter()
        .map(|post| text(&post["uri"]))
        .collect();
    assert_eq!(uris(&own.ok()), expected, "a page of two holds three");
    let other = bob.get("app.bsky.feed.getAuthorFeed", &ask);
    assert_eq!(other.header("atproto-upstream-lag"), "");
    assert_eq!(uris(&other.ok()), expected[1..]);

    let about = [("uris", expected[0])];
    assert_eq!(
        alice.get("app.bsky.feed.getPosts", &about).ok()["posts"],
        json!([])
    );
    let thread = alice
        .get("app.bsky.feed.getPostThread", &[("uri", expected[0])])
        .ok();
    assert_eq!(thread["thread"]["post"]["uri"], expected[0]);
    bob.get("app.bsky.feed.getPostThread", &[("uri", expected[0])])
        .refused(400, "NotFound");
    let timeline = alice.get("app.bsky.feed.getTimeline", &[]).ok();
    assert_eq!(uris(&timeline)[0], expected[0]);

    net.wait(SignedDuration::from_secs(30));
    assert_eq!(
        bob.get("app.bsky.feed.getPosts", &about).ok()["posts"][0]["uri"],
        expected[0]
    );
    let own = alice.get("app.bsky.feed.getAuthorFeed", &ask);
    assert_eq!(own.header("atproto-upstream-lag"), "");
    assert_eq!(uris(&own.ok()), expected[..2]);
}

#[test]
fn the_headers_tell_of_the_limit_with_least_left() {
    let net = Net::new(Fake::new());
    let alice = net.login("alice.test");
    let body = json!({"identifier": "alice.test", "password": Fake::PASSWORD});
    let login = net.ask(&Ask::post("com.atproto.server.createSession", &body));
    assert_eq!(
        (
            login.header("ratelimit-policy"),
            login.header("ratelimit-remaining")
        ),
        ("30;w=300", "28")
    );
    let made = alice.create("app.bsky.feed.post", json!({"text": "x"}));
    assert_eq!(
        made.header("ratelimit-policy"),
        "3000;w=300",
        "4997 points are more than 2998 requests"
    );
    assert!(!made.header("date").is_empty());
    for _ in 0..700 {
        made.clone().ok();
        alice
            .create("app.bsky.feed.post", json!({"text": "x"}))
            .ok();
    }
    let made = alice.create("app.bsky.feed.post", json!({"text": "x"}));
    assert_eq!(
        (
            made.header("ratelimit-policy"),
            made.header("ratelimit-remaining")
        ),
        ("5000;w=3600", "2894")
    );
}

#[test]
fn failed_logins_count_and_a_refused_one_tells_when_to_come_back() {
    let net = Net::new(Fake::new());
    let wrong = json!({"identifier": "alice.test", "password": "wrong"});
    let ask = Ask::post("com.atproto.server.createSession", &wrong);
    for _ in 0..30 {
        net.ask(&ask).refused(401, "AuthenticationRequired");
    }
    let refused = net.ask(&ask);
    refused.refused(429, "RateLimitExceeded");
    let reset: i64 = refused.header("ratelimit-reset").parse().unwrap();
    assert_eq!(reset, net.now().as_second() + 300);
    let other = json!({"identifier": "bob.test", "password": Fake::PASSWORD});
    net.ask(&Ask::post("com.atproto.server.createSession", &other))
        .ok();
    net.wait(SignedDuration::from_secs(299));
    net.ask(&ask).refused(429, "RateLimitExceeded");
    net.wait(SignedDuration::from_secs(1));
    net.ask(&ask).refused(401, "AuthenticationRequired");
}

#[test]
fn a_refusal_of_the_message_service_leaves_room_in_the_headers() {
    let fake = Fake::builder()
        .limit(Limiter::Messages, 1, SignedDuration::from_hours(6))
        .build();
    let net = Net::new(fake);
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    bob.write("app.bsky.graph.follow", json!({"subject": alice.did}));
    let made = alice
        .chat_get(
            "chat.bsky.convo.getConvoForMembers",
            &[("members", &bob.did)],
        )
        .ok();
    let body = json!({"convoId": made["convo"]["id"], "message": {"text": "hello"}});
    alice.chat_post("chat.bsky.convo.sendMessage", &body).ok();
    let refused = alice.chat_post("chat.bsky.convo.sendMessage", &body);
    refused.refused(429, "RateLimitExceeded");
    assert!(
        refused
            .header("ratelimit-remaining")
            .parse::<u32>()
            .unwrap()
            > 0
    );
}

#[test]
fn a_bare_server_has_no_appview_and_no_messages() {
    let net = Net::new(Fake::builder().no_appview().no_chat().build());
    let alice = net.login("alice.test");
    let seen = alice.get("app.bsky.feed.getTimeline", &[]);
    seen.refused(400, "InvalidRequest");
    assert_eq!(
        seen.message(),
        "No service configured for app.bsky.feed.getTimeline"
    );
    alice
        .get("chat.bsky.convo.listConvos", &[])
        .refused(400, "InvalidRequest");
    alice
        .chat_get("chat.bsky.convo.listConvos", &[])
        .refused(500, "InternalServerError");
    alice.publish(json!({"text": "writes work"}));
}

#[test]
fn public_hosts_answer_public_reads_without_a_login() {
    let net = Net::new(Fake::new());
    let ask = Ask::get("app.bsky.actor.getProfile", &[("actor", "alice.test")]);
    net.ask(&ask).refused(401, "AuthMissing");
    let profile = net.ask(&ask.at("public.api.bsky.app")).ok();
    assert!(profile["viewer"].is_null());
    let private = Ask::get("app.bsky.feed.getTimeline", &[]).at("public.api.bsky.app");
    net.ask(&private).refused(401, "AuthMissing");
}

#[test]
fn a_fault_happens_once_and_to_the_named_method_only() {
    let net = Net::broken(Fake::new());
    let alice = net.login("alice.test");
    net.fake.fail_next(
        "com.atproto.repo.createRecord",
        Fault::refuse(502, "UpstreamFailure"),
    );
    net.fake.fail_next(
        "com.atproto.repo.*",
        Fault::DoneThenRefuse {
            status: 500,
            name: "InternalServerError".into(),
        },
    );
    net.fake
        .fail_next("app.bsky.feed.getPosts", Fault::DoneThenTruncated);
    net.fake
        .fail_next("app.bsky.feed.getPosts", Fault::Html { status: 503 });
    net.fake.fail_next(
        "app.bsky.feed.getPosts",
        Fault::Answer(Bytes::from_static(b"{}")),
    );
    let count = || {
        let ask = [("actor", alice.did.as_str())];
        uris(&alice.get("app.bsky.feed.getAuthorFeed", &ask).ok()).len()
    };
    alice
        .create("app.bsky.feed.post", json!({"text": "x"}))
        .refused(502, "UpstreamFailure");
    assert_eq!(count(), 0);
    alice
        .create("app.bsky.feed.post", json!({"text": "x"}))
        .refused(500, "InternalServerError");
    assert_eq!(count(), 1, "it was done all the same");
    let post = alice.publish(json!({"text": "x"}));
    let about = [("uris", text(&post["uri"]))];
    let cut = alice.get("app.bsky.feed.getPosts", &about);
    assert!(cut.status == 200 && cut.json.is_null() && !cut.bytes.is_empty());
    let page = alice.get("app.bsky.feed.getPosts", &about);
    assert!(page.status == 503 && page.header("content-type").starts_with("text/html"));
    assert_eq!(alice.get("app.bsky.feed.getPosts", &about).ok(), json!({}));
    assert_eq!(
        alice.get("app.bsky.feed.getPosts", &about).ok()["posts"][0]["uri"],
        post["uri"]
    );
}

#[test]
fn the_log_holds_requests_and_no_secret() {
    let net = Net::new(Fake::new());
    let alice = net.login("alice.test");
    alice.get("app.bsky.feed.getTimeline", &[("limit", "5")]);
    let seen = net.fake.requests();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[1].nsid(), seen[1].query.as_str()),
        ("app.bsky.feed.getTimeline", "limit=5")
    );
    assert_eq!(seen[1].headers["authorization"], "Bearer redacted");
    assert_eq!(seen[0].host, "pds.test");
    let everything = format!("{seen:?} {:?} {:?}", net.fake.log_pairs(), net.fake);
    for secret in [Fake::PASSWORD, &alice.access, &alice.refresh] {
        assert!(!everything.contains(secret));
    }
    for _ in 0..2000 {
        alice.get("app.bsky.feed.getTimeline", &[]);
    }
    assert_eq!(net.fake.requests().len(), 1024);
    net.fake.clear_log();
    assert!(net.fake.log_pairs().is_empty());
}

#[test]
fn what_others_do_past_the_wire_is_seen_on_it() {
    let net = Net::new(Fake::new());
    let fake = &net.fake;
    let post = fake.post_as("alice.test", "hello", net.now()).unwrap();
    net.second();
    let answer = fake.reply_as("bob.test", &post, "hi", net.now()).unwrap();
    net.second();
    fake.reply_as("carol.test", &answer, "hi both", net.now())
        .unwrap();
    fake.like_as("bob.test", &post, net.now()).unwrap();
    fake.repost_as("bob.test", &post, net.now()).unwrap();
    fake.follow_as("bob.test", "alice.test", net.now()).unwrap();
    assert!(fake.post_as("nobody.test", "x", net.now()).is_none());
    let alice = net.login("alice.test");
    let mut reasons = alice.reasons();
    reasons.sort();
    assert_eq!(reasons, ["follow", "like", "reply", "reply", "repost"]);
    let thread = alice
        .get("app.bsky.feed.getPostThread", &[("uri", &post.uri)])
        .ok();
    let nested = thread
        .pointer("/thread/replies/0/replies/0/post/record/text")
        .unwrap();
    assert_eq!(nested, "hi both");
}

#[test]
fn a_second_network_gives_a_handle_the_same_did() {
    let (one, other) = (
        Fake::new(),
        Fake::builder().with_account("Alice.test", "x").build(),
    );
    assert_eq!(one.account("alice.test"), other.account("ALICE.test"));
    assert_eq!(one.account("alice.test").len(), "did:plc:".len() + 24);
}

#[test]
fn sessions_tell_the_servers_address_when_it_is_set() {
    let net = Net::new(Fake::builder().service_url("http://127.0.0.1:9").build());
    let body = json!({"identifier": "alice.test", "password": Fake::PASSWORD});
    let session = net
        .ask(&Ask::post("com.atproto.server.createSession", &body))
        .ok();
    assert_eq!(
        session["didDoc"]["service"][0]["serviceEndpoint"],
        "http://127.0.0.1:9"
    );
    net.fake.set_service_url(None);
    let session = net
        .ask(&Ask::post("com.atproto.server.createSession", &body))
        .ok();
    assert!(session["didDoc"].is_null());
}

#[test]
fn expired_access_is_renewed_by_a_refresh_and_revoked_sessions_only_by_a_login() {
    let net = Net::new(Fake::new());
    let alice = net.login("alice.test");
    net.fake.expire_access("alice.test");
    alice
        .get("app.bsky.feed.getTimeline", &[])
        .refused(400, "ExpiredToken");
    let refresh = Ask::raw("com.atproto.server.refreshSession", "", "").token(&alice.refresh);
    let renewed = net.ask(&refresh).ok();
    let timeline = Ask::get("app.bsky.feed.getTimeline", &[]).token(text(&renewed["accessJwt"]));
    net.ask(&timeline).ok();
    net.fake.revoke_sessions("alice.test");
    net.ask(&timeline).refused(400, "ExpiredToken");
    net.ask(&refresh).refused(400, "ExpiredToken");
    net.login("alice.test")
        .get("app.bsky.feed.getTimeline", &[])
        .ok();
}

#[test]
fn an_account_that_is_taken_down_neither_logs_in_nor_is_seen() {
    let net = Net::new(Fake::new());
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    let post = alice.publish(json!({"text": "x"}));
    let body = json!({"identifier": "alice.test", "password": Fake::PASSWORD});
    let login = Ask::post("com.atproto.server.createSession", &body);
    net.fake.set_standing("alice.test", Standing::TakenDown);
    net.ask(&login).refused(401, "AccountTakedown");
    alice
        .get("app.bsky.feed.getTimeline", &[])
        .refused(401, "AccountTakedown");
    bob.get("app.bsky.actor.getProfile", &[("actor", "alice.test")])
        .refused(400, "AccountTakedown");
    let about = [("uris", text(&post["uri"]))];
    assert_eq!(
        bob.get("app.bsky.feed.getPosts", &about).ok()["posts"],
        json!([])
    );
    bob.get(
        "app.bsky.feed.getPostThread",
        &[("uri", text(&post["uri"]))],
    )
    .refused(400, "NotFound");
    bob.get("app.bsky.graph.getFollowers", &[("actor", "alice.test")])
        .refused(400, "InvalidRequest");
    net.fake.set_standing("alice.test", Standing::Deactivated);
    assert_eq!(net.ask(&login).ok()["status"], "deactivated");
    alice
        .create("app.bsky.feed.post", json!({"text": "x"}))
        .refused(400, "InvalidRequest");
    net.fake.set_standing("alice.test", Standing::Active);
    alice.publish(json!({"text": "back"}));
}

#[test]
fn a_login_that_needs_a_code_says_so_and_an_app_password_needs_none() {
    let net = Net::new(Fake::new());
    net.fake.set_sign_in_code("alice.test", Some("ABCDE-12345"));
    net.fake
        .add_app_password("alice.test", "abcd-efgh-ijkl-mnop", true);
    let login = |password: &str, code: Value| {
        let mut body = json!({"identifier": "alice.test", "password": password});
        if code.is_string() {
            body["authFactorToken"] = code;
        }
        net.ask(&Ask::post("com.atproto.server.createSession", &body))
    };
    login(Fake::PASSWORD, Value::Null).refused(401, "AuthFactorTokenRequired");
    login(Fake::PASSWORD, json!("wrong")).refused(400, "InvalidToken");
    login(Fake::PASSWORD, json!("ABCDE-12345")).ok();
    login("abcd-efgh-ijkl-mnop", Value::Null).ok();
}

#[test]
fn a_reply_under_a_wrong_root_stands_in_no_thread() {
    let net = Net::new(Fake::new());
    let alice = net.login("alice.test");
    let (post, other) = (
        alice.publish(json!({"text": "a"})),
        alice.publish(json!({"text": "b"})),
    );
    let wrong = json!({"text": "c", "reply": {"root": other, "parent": post}});
    alice.publish(wrong);
    for root in [&post, &other] {
        let thread = alice
            .get(
                "app.bsky.feed.getPostThread",
                &[("uri", text(&root["uri"]))],
            )
            .ok();
        assert_eq!(thread["thread"]["replies"], json!([]));
    }
}

#[test]
fn a_very_deep_thread_can_still_be_read() {
    let net = Net::new(Fake::builder().no_limits().build());
    let mut last = net.fake.post_as("alice.test", "top", net.now()).unwrap();
    let top = last.clone();
    for _ in 0..150 {
        net.second();
        last = net
            .fake
            .reply_as("bob.test", &last, "below", net.now())
            .unwrap();
    }
    let alice = net.login("alice.test");
    let ask = [("uri", top.uri.as_str()), ("depth", "1000")];
    assert!(alice.get("app.bsky.feed.getPostThread", &ask).ok()["thread"].is_object());
    let ask = [("uri", last.uri.as_str()), ("parentHeight", "1000")];
    assert!(alice.get("app.bsky.feed.getPostThread", &ask).ok()["thread"]["parent"].is_object());
}

const NSIDS: &[&str] = &[
    "com.atproto.server.createSession",
    "com.atproto.server.refreshSession",
    "com.atproto.server.getServiceAuth",
    "com.atproto.repo.createRecord",
    "com.atproto.repo.putRecord",
    "com.atproto.repo.deleteRecord",
    "com.atproto.repo.applyWrites",
    "com.atproto.repo.uploadBlob",
    "com.atproto.repo.listRecords",
    "com.atproto.sync.getBlob",
    "app.bsky.feed.getAuthorFeed",
    "app.bsky.feed.getPostThread",
    "app.bsky.feed.getPosts",
    "app.bsky.feed.searchPosts",
    "app.bsky.graph.getRelationships",
    "app.bsky.notification.listNotifications",
    "app.bsky.notification.updateSeen",
    "chat.bsky.convo.getConvoForMembers",
    "chat.bsky.convo.sendMessage",
    "chat.bsky.convo.addReaction",
    "chat.bsky.convo.getLog",
    "app.bsky.video.uploadVideo",
    "app.bsky.video.getJobStatus",
];

/// JSON with the names that the methods look for, and whatever for values.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "repo",
        "collection",
        "rkey",
        "record",
        "value",
        "writes",
        "$type",
        "text",
        "createdAt",
        "reply",
        "root",
        "parent",
        "uri",
        "cid",
        "embed",
        "images",
        "image",
        "facets",
        "index",
        "byteStart",
        "byteEnd",
        "features",
        "subject",
        "convoId",
        "message",
        "messageId",
        "identifier",
        "password",
        "swapRecord",
        "seenAt",
        "actor",
    ]);
    let word = prop::sample::select(vec![
        "alice.test",
        "app.bsky.feed.post",
        "app.bsky.feed.like",
        "3n2wodo3wxc2d",
        "self",
        "at://alice.test/a.b.c/d",
        "2026-11-23T12:00:00Z",
        "blob",
        "com.atproto.repo.applyWrites#create",
        "",
        "👩‍🚀",
        "%",
        "bafyreiejd2k5r6kooqobaq3nhopjubnkweugq3fioptv4be5kidsaru3pa",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(
                |fields| Value::Object(
                    fields
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect()
                )
            ),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any_json().prop_map(|body| body.to_string().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..64)
    ]
}

fn any_query() -> impl Strategy<Value = String> {
    let pair = (
        prop::sample::select(vec![
            "actor", "uri", "uris", "cursor", "limit", "q", "members", "did", "cid", "depth",
            "since", "tag",
        ]),
        prop_oneof![
            prop::sample::select(vec![
                "alice.test",
                "-1",
                "99999999999999999999",
                "1__x",
                "at://alice.test/app.bsky.feed.post/x",
                "%F0%9F"
            ])
            .prop_map(str::to_owned),
            "[ -~]{0,12}"
                .prop_map(|text| url::form_urlencoded::byte_serialize(text.as_bytes())
                    .collect::<String>()),
        ],
    );
    prop::collection::vec(pair, 0..4).prop_map(|pairs| {
        pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&")
    })
}

#[test]
fn a_query_of_the_server_itself_takes_no_body() {
    let net = Net::new(Fake::new());
    let mut ask = Ask::get("com.atproto.server.describeServer", &[]);
    ask.body = Bytes::from_static(b"{}");
    net.ask(&ask).refused(400, "InvalidRequest");
    net.ask(&Ask::get("com.atproto.server.describeServer", &[]))
        .ok();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_request_brings_the_fake_down(
        nsid in prop_oneof![prop::sample::select(NSIDS.to_vec()).prop_map(str::to_owned), "[a-z.]{0,20}"],
        method in prop::sample::select(vec!["GET", "POST", "PUT", "OPTIONS"]),
        query in any_query(),
        body in any_body(),
        kind in prop::sample::select(vec!["application/json", "image/png", "x", ""]),
        auth in prop::sample::select(vec!["alice", "refresh", "service", "none", "junk"]),
        chat in any::<bool>(),
    ) {
        let net = Net::pestered(Fake::new());
        let alice = net.login("alice.test");
        let service = [("aud", "did:web:pds.test"), ("lxm", "com.atproto.repo.uploadBlob")];
        let service = alice.get("com.atproto.server.getServiceAuth", &service).ok();
        let mut request = http::Request::builder().method(method).uri(format!("http://pds.test/xrpc/{nsid}?{query}"));
        let token = match auth {
            "alice" => Some(alice.access.as_str()),
            "refresh" => Some(alice.refresh.as_str()),
            "service" => service["token"].as_str(),
            "junk" => Some("a.b.c"),
            _ => None,
        };
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if chat {
            request = request.header("atproto-proxy", "did:web:api.bsky.chat#bsky_chat");
        }
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        if let Ok(request) = request.body(Bytes::from(body)) {
            let seen = net.send(&request);
            prop_assert!((200..600).contains(&seen.status));
            if seen.status >= 400 {
                prop_assert!(!seen.error().is_empty(), "{:?}", seen.bytes);
            }
            // What it took in, it must be able to show.
            alice.get("app.bsky.feed.getTimeline", &[]).ok();
            alice.get("app.bsky.feed.searchPosts", &[("q", "*")]).ok();
            alice.get("app.bsky.notification.listNotifications", &[]).ok();
        }
    }
}

#[test]
fn a_filtered_list_of_notifications_may_come_empty_and_go_on() {
    let net = Net::new(Fake::new());
    let (alice, bob) = (net.login("alice.test"), net.login("bob.test"));
    let post = alice.publish(json!({"text": "x"}));
    bob.publish(json!({"text": "yes", "reply": {"root": post, "parent": post}}));
    for _ in 0..25 {
        let post = alice.publish(json!({"text": "x"}));
        bob.write("app.bsky.feed.like", json!({"subject": post}));
    }
    let page = |cursor: Option<&str>, limit: &str| {
        let mut ask = vec![("reasons", "reply"), ("limit", limit)];
        ask.extend(cursor.map(|cursor| ("cursor", cursor)));
        let nsid = "app.bsky.notification.listNotifications";
        let body = alice.get(nsid, &ask).ok();
        let found = body["notifications"].as_array().unwrap().len();
        (found, body["cursor"].as_str().map(str::to_owned))
    };
    // Ten pages are looked through.
    let (found, cursor) = page(None, "2");
    assert_eq!(found, 0);
    let (found, end) = page(cursor.as_deref(), "2");
    assert_eq!(found, 1);
    assert!(end.is_some(), "half a page is enough");
    assert_eq!(page(end.as_deref(), "2"), (0, None));
    // All of it, up to its end.
    assert_eq!(page(None, "10"), (1, None));
}
