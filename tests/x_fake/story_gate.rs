//! What stands before every operation: tokens, parameters, windows, money, and answers that go wrong.

use bytes::Bytes;
use serde_json::json;
use sociable::adapters::x::fake::{Fake, Fault};
use sociable::jiff::SignedDuration;

use crate::net::{HOST, Net, ids, text};
use crate::sign::Signer;

stories!(
    a_call_needs_a_token_that_was_given_out,
    an_access_token_lives_for_two_hours,
    each_kind_of_token_does_what_it_may,
    a_token_without_the_scope_is_refused,
    a_signature_is_checked_with_its_clock_and_its_nonce,
    what_nobody_knows_is_refused_with_its_name,
    fifteen_minutes_hold_so_many_calls,
    a_user_and_the_app_have_windows_of_their_own,
    a_day_may_be_empty_while_its_quarter_has_room,
    credits_run_out_and_a_month_has_an_end,
    what_is_read_and_written_is_billed,
    answers_go_wrong_where_they_are_told_to,
    a_suspended_account_is_told_so,
    a_full_search_takes_one_call_a_second,
    problems_are_named_under_two_hosts,
);

fn a_call_needs_a_token_that_was_given_out(net: &Net) {
    let me = "/2/users/me";
    assert_eq!(net.shown("", "GET", me, None).refused(401), "Unauthorized");
    net.call("nonsense", "GET", me, None).refused(401);
    let mine = net.get(me).data();
    assert_eq!(mine["id"], Fake::ANNA.to_string());
    assert_eq!(mine["username"], Fake::ANNA_NAME);
    // The token of OAuth 1.0a is none of OAuth 2.0.
    net.call(Fake::ANNA_OAUTH1.0, "GET", me, None).refused(401);
    net.call(Fake::ANNA_TOKEN, "GET", "/2/nothing", None)
        .refused(404);
    net.call(Fake::ANNA_TOKEN, "POST", me, None).refused(405);
    net.fake.revoke_token(Fake::BOB_TOKEN);
    net.call(Fake::BOB_TOKEN, "GET", me, None).refused(401);
    assert!(net.fake.seen().iter().all(|seen| {
        seen.headers
            .get("authorization")
            .is_none_or(|shown| shown == "redacted")
    }));
}

fn an_access_token_lives_for_two_hours(net: &Net) {
    let login = net
        .fake
        .login(Fake::BOB, &["tweet.read", "users.read"], net.now());
    assert!(login.refresh.is_none());
    net.call(&login.access, "GET", "/2/users/me", None).ok();
    net.seconds(7199);
    net.call(&login.access, "GET", "/2/users/me", None).ok();
    net.seconds(1);
    net.call(&login.access, "GET", "/2/users/me", None)
        .refused(401);
}

fn each_kind_of_token_does_what_it_may(net: &Net) {
    let told = net.bearer("/2/users/me").refused(403);
    assert!(told.contains("Application-Only"), "{told}");
    let body = json!({ "text": "x" });
    net.call(Fake::BEARER, "POST", "/2/tweets", Some(&body))
        .refused(403);
    net.get("/2/tweets/search/all?query=cats").refused(403);
    net.bearer("/2/tweets/search/all?query=cats").ok();
    net.bearer("/2/users/by/username/bob_test").ok();
}

fn a_token_without_the_scope_is_refused(net: &Net) {
    let poor = net
        .fake
        .login(Fake::ANNA, &["tweet.read", "users.read"], net.now());
    let body = json!({ "text": "x" });
    net.call(&poor.access, "POST", "/2/tweets", Some(&body))
        .refused(403);
    net.call(&poor.access, "GET", "/2/users/me", None).ok();
}

fn a_signature_is_checked_with_its_clock_and_its_nonce(net: &Net) {
    let signer = Signer {
        key: Fake::CONSUMER_KEY,
        secret: Fake::CONSUMER_SECRET,
        token: Fake::ANNA_OAUTH1.0,
        token_secret: Fake::ANNA_OAUTH1.1,
        nonce: "a",
        timestamp: net.now().as_second(),
    };
    let ask = |signer: Signer<'_>| {
        let params = [("query", "Ladies + Gentlemen, (ö)!"), ("max_results", "10")];
        let header = signer.header("GET", &format!("{HOST}/2/tweets/search/recent"), &params);
        let target = "/2/tweets/search/recent?query=Ladies%20%2B%20Gentlemen%2C%20%28%C3%B6%29%21&max_results=10";
        net.shown(&header, "GET", target, None)
    };
    ask(signer).ok();
    // The same nonce again.
    assert_eq!(ask(signer).json["errors"][0]["code"], 32);
    ask(Signer {
        nonce: "b",
        ..signer
    })
    .ok();
    for wrong in [
        Signer {
            nonce: "c",
            secret: "other",
            ..signer
        },
        Signer {
            nonce: "d",
            token_secret: "other",
            ..signer
        },
        Signer {
            nonce: "e",
            key: "other",
            ..signer
        },
    ] {
        let seen = ask(wrong);
        seen.refused(401);
        assert_eq!(seen.json["errors"][0]["code"], 32);
    }
    let unknown = ask(Signer {
        nonce: "f",
        token: "other",
        ..signer
    });
    unknown.refused(401);
    assert_eq!(unknown.json["errors"][0]["code"], 89);
    let late = ask(Signer {
        nonce: "g",
        timestamp: signer.timestamp - 301,
        ..signer
    });
    late.refused(401);
    assert_eq!(late.json["errors"][0]["code"], 135);
    // A body of JSON is not signed.
    let url = format!("{HOST}/2/tweets");
    let header = Signer {
        nonce: "h",
        ..signer
    }
    .header("POST", &url, &[]);
    net.shown(
        &header,
        "POST",
        "/2/tweets",
        Some(&json!({ "text": "signed" })),
    )
    .ok();
    assert_eq!(net.fake.last_seen().unwrap().token, Some("oauth1"));
    // Bookmarks are written with OAuth 2.0 alone.
    let target = format!("/2/users/{}/bookmarks", Fake::ANNA);
    let header = Signer {
        nonce: "i",
        ..signer
    }
    .header("POST", &format!("{HOST}{target}"), &[]);
    net.shown(&header, "POST", &target, Some(&json!({ "tweet_id": "1" })))
        .refused(403);
}

fn what_nobody_knows_is_refused_with_its_name(net: &Net) {
    let told = net.get("/2/users/me?max_results=5").refused(400);
    assert!(told.contains("[max_results]"), "{told}");
    let told = net
        .get("/2/users/me?user.fields=name,shoe_size")
        .refused(400);
    assert!(told.contains("shoe_size"), "{told}");
    let seen = net.get("/2/tweets?ids=1&tweet.fields=autor_id");
    seen.refused(400);
    assert_eq!(
        seen.json["errors"][0]["parameters"]["tweet.fields"],
        json!(["autor_id"])
    );
    net.get("/2/tweets").refused(400);
    net.get("/2/tweets?ids=1,x").refused(400);
    net.get(&format!("/2/tweets?ids={}", vec!["1"; 101].join(",")))
        .refused(400);
    net.get(&format!("/2/users?ids={}", vec!["1"; 101].join(",")))
        .refused(400);
    let mine = format!("/2/users/{}/tweets", Fake::ANNA);
    net.get(&format!("{mine}?max_results=4")).refused(400);
    net.get(&format!("{mine}?max_results=101")).refused(400);
    net.get("/2/tweets/search/recent?query=x&max_results=9")
        .refused(400);
    net.get(&format!("{mine}?exclude=quotes")).refused(400);
    net.get(&format!("{mine}?pagination_token=nonsense"))
        .refused(400);
    net.get("/2/users/by/username/sixteen_letters_x")
        .refused(400);
    net.post("/2/tweets", &json!({ "text": "x", "txet": "x" }))
        .refused(400);
    net.get(&format!(
        "/2/tweets/search/recent?query={}",
        "x".repeat(513)
    ))
    .refused(400);
    net.get(&format!("/2/users/{}/muting", Fake::BOB))
        .refused(400);
}

fn fifteen_minutes_hold_so_many_calls(net: &Net) {
    let first = net.get("/2/users/me");
    assert_eq!(first.header("x-rate-limit-limit"), Some(75));
    assert_eq!(first.header("x-rate-limit-remaining"), Some(74));
    let reset = net.now().as_second() + 900;
    assert_eq!(first.header("x-rate-limit-reset"), Some(reset));
    for _ in 0..74 {
        net.get("/2/users/me").ok();
    }
    net.seconds(899);
    let over = net.get("/2/users/me");
    assert_eq!(over.refused(429), "Too Many Requests");
    assert_eq!(over.header("x-rate-limit-remaining"), Some(0));
    assert_eq!(over.header("x-rate-limit-reset"), Some(reset));
    // Other operations and other users are not concerned.
    net.get(&format!("/2/users/{}", Fake::ANNA)).ok();
    net.call(Fake::BOB_TOKEN, "GET", "/2/users/me", None).ok();
    net.seconds(1);
    net.get("/2/users/me").ok();
}

fn a_user_and_the_app_have_windows_of_their_own(net: &Net) {
    let target = format!("/2/users/{}", Fake::BOB);
    assert_eq!(net.get(&target).header("x-rate-limit-limit"), Some(900));
    assert_eq!(net.bearer(&target).header("x-rate-limit-limit"), Some(300));
    for _ in 0..10 {
        net.bearer(&target).ok();
        net.get(&target).ok();
    }
    net.fake
        .use_up("GET /2/users/{id}", None, false, 300, net.now());
    net.bearer(&target).refused(429);
    net.get(&target).ok();
    net.fake.set_windows("GET /2/users/{id}", [1, 2, 0, 0]);
    net.get(&target).refused(429);
    net.fake.limits(false);
    assert_eq!(net.get(&target).header("x-rate-limit-limit"), None);
}

fn a_day_may_be_empty_while_its_quarter_has_room(net: &Net) {
    net.fake
        .set_plan_of(Fake::ANNA, sociable::adapters::x::fake::Plan::Enterprise);
    let post = net.publish("Hi");
    let likes = format!("/2/users/{}/likes", Fake::ANNA);
    let body = json!({ "tweet_id": post });
    let first = net.post(&likes, &body);
    assert_eq!(first.header("x-user-limit-24hour-limit"), Some(1000));
    assert_eq!(first.header("x-user-limit-24hour-remaining"), Some(999));
    let reset = net.now().as_second() + 24 * 3600;
    assert_eq!(first.header("x-user-limit-24hour-reset"), Some(reset));
    net.fake.use_up(
        "POST /2/users/{id}/likes",
        Some(Fake::ANNA),
        true,
        999,
        net.now(),
    );
    let over = net.post(&likes, &body);
    over.refused(429);
    assert_eq!(over.header("x-rate-limit-remaining"), Some(49));
    assert_eq!(over.header("x-user-limit-24hour-remaining"), Some(0));
    net.seconds(901);
    net.post(&likes, &body).refused(429);
    net.wait(SignedDuration::from_hours(24));
    net.post(&likes, &body).ok();
    let made = net.post("/2/tweets", &json!({ "text": "Ho" }));
    assert_eq!(made.header("x-app-limit-24hour-limit"), Some(10_000));
    net.fake
        .use_up("POST /2/tweets", None, true, 9_999, net.now());
    net.call(
        Fake::BOB_TOKEN,
        "POST",
        "/2/tweets",
        Some(&json!({ "text": "He" })),
    )
    .refused(429);
}

fn credits_run_out_and_a_month_has_an_end(net: &Net) {
    net.fake.set_credits(Some(15));
    let post = net.publish("Hi");
    assert_eq!(net.fake.credits(), Some(0));
    let seen = net.get("/2/users/me");
    seen.refused(402);
    assert_eq!(seen.json["title"], "CreditsDepleted");
    net.fake.set_credits(None);
    net.fake.set_monthly_cap(Some(1));
    let target = format!("/2/tweets?ids={post}");
    net.get(&target).ok();
    let seen = net.get(&target);
    seen.refused(429);
    assert_eq!(seen.json["title"], "UsageCapExceeded");
    assert_eq!(
        (&seen.json["period"], &seen.json["scope"]),
        (&json!("Monthly"), &json!("Product"))
    );
    assert!(text(&seen.json["type"]).ends_with("/usage-capped"));
    // The windows have room.
    assert!(seen.header("x-rate-limit-remaining").unwrap() > 4000);
    net.get("/2/users/me").ok();
    net.wait(SignedDuration::from_hours(24 * 8));
    net.get(&target).ok();
}

fn what_is_read_and_written_is_billed(net: &Net) {
    let last = || net.fake.billed().pop().unwrap();
    let first = net.publish("Hi");
    assert_eq!((last().what, last().mills), ("request", 15));
    assert_eq!(last().user, Some(Fake::ANNA));
    net.publish("See https://example.com/a");
    assert_eq!(last().mills, 200);
    let bobs = net.fake.post_as(Fake::BOB, "@anna_test how?", net.now());
    let answer = json!({ "text": "So", "reply": { "in_reply_to_tweet_id": bobs.to_string() } });
    net.post("/2/tweets", &answer).ok();
    assert_eq!((last().what, last().mills), ("summoned reply", 10));
    // Of one's own, read as the owner of the app.
    let mine = format!("/2/users/{}/tweets", Fake::ANNA);
    net.get(&mine).ok();
    assert_eq!((last().what, last().units, last().mills), ("owned", 3, 3));
    // Once a day the same thing is paid for.
    let before = net.fake.spent();
    net.get(&mine).ok();
    assert_eq!(net.fake.spent(), before);
    net.get(&format!("/2/tweets?ids={first},{bobs}")).ok();
    assert_eq!((last().what, last().units, last().mills), ("post", 1, 5));
    net.wait(SignedDuration::from_hours(13));
    net.bearer(&mine).ok();
    assert_eq!((last().what, last().units, last().mills), ("post", 3, 15));
    net.delete(&format!("/2/tweets/{first}")).ok();
    assert_eq!(last().mills, 10);
    // What is refused costs nothing.
    let before = net.fake.spent();
    net.post("/2/tweets", &json!({ "text": "" })).refused(400);
    assert_eq!(net.fake.spent(), before);
}

fn answers_go_wrong_where_they_are_told_to(net: &Net) {
    net.fake
        .fail_next("GET /2/users/me", Fault::Html { status: 502 });
    let seen = net.get("/2/users/me");
    assert_eq!(seen.status, 502);
    assert!(seen.bytes.starts_with(b"<!DOCTYPE html>"));
    net.fake.fail_next("/2/users/*", Fault::BareTooMany);
    let seen = net.get("/2/users/me");
    seen.refused(429);
    assert_eq!(seen.header("x-rate-limit-reset"), None);
    net.fake
        .fail_next("POST /2/tweets", Fault::DoneThenHtml { status: 503 });
    assert_eq!(net.post("/2/tweets", &json!({ "text": "Hi" })).status, 503);
    net.post("/2/tweets", &json!({ "text": "Hi" })).refused(403);
    net.fake
        .fail_next("POST /2/tweets", Fault::DoneThenTruncated);
    let seen = net.post("/2/tweets", &json!({ "text": "Ho" }));
    assert_eq!(seen.status, 201);
    assert!(seen.json.is_null());
    assert_eq!(net.fake.posts(), 2);
    net.fake.fail_next(
        "POST /2/tweets",
        Fault::legacy(403, 226, "This request looks like it might be automated."),
    );
    let seen = net.post("/2/tweets", &json!({ "text": "He" }));
    assert_eq!(seen.json["errors"][0]["code"], 226);
    net.fake
        .fail_next("POST /2/tweets", Fault::problem(403, "Forbidden", "No."));
    assert_eq!(
        net.post("/2/tweets", &json!({ "text": "He" })).refused(403),
        "No."
    );
    net.fake
        .fail_next("POST /2/tweets", Fault::Empty { status: 413 });
    assert!(
        net.post("/2/tweets", &json!({ "text": "He" }))
            .bytes
            .is_empty()
    );
    net.fake.fail_next(
        "POST /2/tweets",
        Fault::Answer {
            status: 201,
            headers: http::HeaderMap::new(),
            body: Bytes::from_static(b"[]"),
        },
    );
    let seen = net.fake.seen().len();
    let request = http::Request::post(format!("{HOST}/2/tweets"))
        .body(Bytes::new())
        .unwrap();
    // No answer of X: it is not held to the contract.
    let answer = sociable::client::Service::answer(&net.fake, &request, net.now());
    assert_eq!(answer.body(), "[]");
    assert_eq!(net.fake.seen().len(), seen + 1);
    net.publish("He");
}

fn a_suspended_account_is_told_so(net: &Net) {
    net.fake.set_suspended(Fake::ANNA, true);
    let seen = net.get("/2/users/me");
    seen.refused(403);
    assert_eq!(seen.json["errors"][0]["code"], 64);
    let body = net
        .bearer(&format!("/2/users?ids={},{}", Fake::ANNA, Fake::BOB))
        .ok();
    assert_eq!(ids(&body), [Fake::BOB.to_string()]);
    assert!(text(&body["errors"][0]["detail"]).contains("suspended"));
}

fn a_full_search_takes_one_call_a_second(net: &Net) {
    let target = "/2/tweets/search/all?query=cats";
    net.bearer(target).ok();
    let over = net.bearer(target);
    over.refused(429);
    assert_eq!(over.header("x-rate-limit-remaining"), Some(299));
    net.seconds(1);
    net.bearer(target).ok();
}

fn problems_are_named_under_two_hosts(net: &Net) {
    let kind = || net.get("/2/tweets?ids=1").ok()["errors"][0]["type"].clone();
    assert_eq!(kind(), "https://api.x.com/2/problems/resource-not-found");
    net.fake.set_old_problems(true);
    assert_eq!(
        kind(),
        "https://api.twitter.com/2/problems/resource-not-found"
    );
}
