//! Webhooks and X Activity.

use base64::Engine as _;
use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Delivery, Fake, Plan, Signing};

use crate::net::{Net, id, text};

stories!(
    an_address_is_checked_before_it_is_taken,
    one_address_is_enough_and_can_be_given_up,
    deliveries_are_signed_and_come_again,
    private_events_need_the_token_of_the_user,
    subscriptions_are_kept_changed_and_ended,
    everything_that_happens_is_told,
    what_was_delivered_can_be_sent_again,
);

const URL: &str = "https://hooks.example/x?app=1";

fn mac(secret: &str, bytes: &[u8]) -> String {
    let made = hmac_sha256::HMAC::mac(bytes, secret.as_bytes());
    format!(
        "sha256={}",
        base64::engine::general_purpose::STANDARD.encode(made)
    )
}

/// Answers checks with a secret.
fn answers(net: &Net, secret: &'static str) {
    net.fake.set_crc(move |request| {
        let query = request.uri().query().unwrap().to_owned();
        let token = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "crc_token")
            .unwrap()
            .1
            .into_owned();
        assert!(request.uri().to_string().starts_with(URL));
        let body = json!({ "response_token": mac(secret, token.as_bytes()) }).to_string();
        http::Response::new(Bytes::from(body))
    });
}

fn hook(net: &Net, url: &str) -> crate::net::Seen {
    net.call(
        Fake::BEARER,
        "POST",
        "/2/webhooks",
        Some(&json!({ "url": url })),
    )
}

fn an_address_is_checked_before_it_is_taken(net: &Net) {
    for bad in [
        "http://hooks.example/x",
        "https://hooks.example:5000/x",
        "hooks.example",
    ] {
        assert_eq!(hook(net, bad).refused(400), "UrlValidationFailed", "{bad}");
    }
    hook(net, &format!("https://a.example/{}", "x".repeat(200))).refused(400);
    assert_eq!(hook(net, URL).refused(400), "CrcValidationFailed");
    answers(net, "another");
    assert_eq!(hook(net, URL).refused(400), "CrcValidationFailed");
    answers(net, Fake::CLIENT_SECRET);
    let made = hook(net, URL).data();
    assert_eq!((&made["url"], &made["valid"]), (&json!(URL), &json!(true)));
    let target = format!("/2/webhooks/{}", id(&made));
    let put = || net.call(Fake::BEARER, "PUT", &target, None);
    assert_eq!(put().data(), json!({ "valid": true }));
    answers(net, "another");
    put().refused(400);
    let list = net.bearer("/2/webhooks").ok();
    assert_eq!(list["data"][0]["valid"], false);
    answers(net, Fake::CONSUMER_SECRET);
    put().ok();
    let (request, answer) = net.fake.crc(URL);
    let token = request
        .uri()
        .query()
        .unwrap()
        .split("crc_token=")
        .nth(1)
        .unwrap()
        .to_owned();
    let told: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        told["response_token"],
        mac(Fake::CONSUMER_SECRET, token.as_bytes())
    );
    net.get("/2/webhooks").refused(403);
}

#[track_caller]
fn ready(net: &Net) -> String {
    answers(net, Fake::CONSUMER_SECRET);
    id(&hook(net, URL).data())
}

fn one_address_is_enough_and_can_be_given_up(net: &Net) {
    let first = ready(net);
    let other = "https://hooks.example/x?app=1&two";
    assert_eq!(hook(net, other).refused(400), "WebhookLimitExceeded");
    net.fake.set_plan(Plan::Enterprise);
    hook(net, other).ok();
    assert_eq!(hook(net, URL).refused(400), "DuplicateUrlFailed");
    let target = format!("/2/webhooks/{first}");
    assert_eq!(
        net.call(Fake::BEARER, "DELETE", &target, None).data(),
        json!({ "deleted": true })
    );
    net.call(Fake::BEARER, "DELETE", &target, None).refused(404);
    assert_eq!(net.bearer("/2/webhooks").ok()["meta"]["result_count"], 1);
}

fn subscribe(net: &Net, token: &str, body: Value) -> crate::net::Seen {
    net.call(token, "POST", "/2/activity/subscriptions", Some(&body))
}

/// What waits to be delivered, each held to the contract.
fn waiting(net: &Net) -> Vec<(Delivery, Value)> {
    let all: Vec<(Delivery, Value)> = net
        .fake
        .deliveries()
        .into_iter()
        .map(|delivery| {
            let body: Value = serde_json::from_slice(&delivery.body).unwrap();
            net.watched.event(&body);
            (delivery, body["data"].clone())
        })
        .collect();
    all
}

fn deliveries_are_signed_and_come_again(net: &Net) {
    let webhook = ready(net);
    let body = json!({ "event_type": "post.create", "filter": { "user_id": Fake::BOB.to_string() }, "webhook_id": webhook, "tag": "bob" });
    subscribe(net, Fake::BEARER, body).ok();
    net.fake.post_as(Fake::BOB, "Hi", net.now());
    let (delivery, told) = waiting(net).remove(0);
    assert_eq!(delivery.request().uri(), URL);
    assert_eq!(delivery.request().headers(), &delivery.headers);
    assert_eq!(told["tag"], "bob");
    assert_eq!(told["payload"]["text"], "Hi");
    assert_eq!(told["payload"]["public_metrics"]["retweet_count_str"], "0");
    assert_eq!(told["includes"]["users"][0]["username"], "bob_test");
    let sign = |name: &str, delivery: &Delivery| {
        delivery
            .headers
            .get(name)
            .map(|v| v.to_str().unwrap().to_owned())
    };
    let (old, new) = (
        "x-twitter-webhooks-signature",
        "x-twitter-webhooks-signature-oauth2",
    );
    assert_eq!(
        sign(old, &delivery),
        Some(mac(Fake::CONSUMER_SECRET, &delivery.body))
    );
    assert_eq!(
        sign(new, &delivery),
        Some(mac(Fake::CLIENT_SECRET, &delivery.body))
    );
    net.fake.set_signing(Signing::Consumer);
    assert_eq!(sign(new, &waiting(net)[0].0), None);
    net.fake.set_signing(Signing::Client);
    assert_eq!(sign(old, &waiting(net)[0].0), None);
    net.fake.answered(delivery.id, 500);
    assert_eq!(waiting(net).len(), 1);
    net.fake.answered(delivery.id, 200);
    assert!(waiting(net).is_empty());
    let line = net.fake.billed().pop().unwrap();
    assert_eq!(
        (line.operation.as_str(), line.mills),
        ("event post.create", 5)
    );
}

fn private_events_need_the_token_of_the_user(net: &Net) {
    let of = |kind: &str, user: u64| json!({ "event_type": kind, "filter": { "user_id": user.to_string() } });
    subscribe(net, Fake::BEARER, of("dm.received", Fake::ANNA)).refused(403);
    subscribe(net, Fake::ANNA_TOKEN, of("dm.received", Fake::BOB)).refused(403);
    subscribe(net, Fake::ANNA_TOKEN, of("dm.received", Fake::ANNA)).ok();
    let poor = net.fake.login(Fake::ANNA, &["tweet.read"], net.now());
    subscribe(net, &poor.access, of("dm.sent", Fake::ANNA)).refused(403);
    subscribe(net, &poor.access, of("post.mention.create", Fake::ANNA)).ok();
    subscribe(net, Fake::BEARER, of("post.create", Fake::BOB)).ok();
    subscribe(net, Fake::BEARER, of("post.made", Fake::BOB)).refused(400);
    subscribe(
        net,
        Fake::BEARER,
        json!({ "event_type": "post.create", "filter": {} }),
    )
    .refused(400);
    let mut lost = of("post.create", Fake::CAROL);
    lost["webhook_id"] = json!("1");
    subscribe(net, Fake::BEARER, lost).refused(400);
}

fn subscriptions_are_kept_changed_and_ended(net: &Net) {
    let body =
        json!({ "event_type": "post.create", "filter": { "user_id": Fake::BOB.to_string() } });
    let made = subscribe(net, Fake::BEARER, body.clone()).data()["subscription"].clone();
    let number = text(&made["subscription_id"]).to_owned();
    subscribe(net, Fake::BEARER, body).refused(400);
    let list = net.bearer("/2/activity/subscriptions").ok();
    assert_eq!(list["data"][0]["event_type"], "post.create");
    let target = format!("/2/activity/subscriptions/{number}");
    let changed = net
        .call(Fake::BEARER, "PUT", &target, Some(&json!({ "tag": "b" })))
        .data();
    assert_eq!(
        (
            &changed["subscription"]["tag"],
            &changed["total_subscriptions"]
        ),
        (&json!("b"), &json!(1))
    );
    assert_eq!(
        net.call(Fake::BEARER, "DELETE", &target, None).data(),
        json!({ "deleted": true })
    );
    net.call(Fake::BEARER, "DELETE", &target, None).refused(404);
    let mut numbers = Vec::new();
    for user in 1..=1500_u64 {
        if user % 400 == 0 {
            net.seconds(900);
        }
        let body =
            json!({ "event_type": "post.delete", "filter": { "user_id": user.to_string() } });
        let made = subscribe(net, Fake::BEARER, body).data();
        numbers.push(text(&made["subscription"]["subscription_id"]).to_owned());
    }
    let body = json!({ "event_type": "post.delete", "filter": { "user_id": "9999" } });
    assert_eq!(
        subscribe(net, Fake::BEARER, body).refused(400),
        "SubscriptionLimitExceeded"
    );
    let target = format!(
        "/2/activity/subscriptions?ids={},{},1",
        numbers[0], numbers[1]
    );
    let told = net.call(Fake::BEARER, "DELETE", &target, None).ok();
    assert_eq!(told["meta"]["total_subscriptions"], 1498);
    assert_eq!(told["errors"][0]["subscription_id"], "1");
}

fn everything_that_happens_is_told(net: &Net) {
    net.fake.subscribe_all(Fake::ANNA, URL, net.now());
    let now = net.now();
    let kinds = || -> Vec<String> {
        let all = waiting(net);
        let mut uuids: Vec<&str> = all
            .iter()
            .map(|(_, told)| text(&told["event_uuid"]))
            .collect();
        uuids.sort_unstable();
        uuids.dedup();
        assert_eq!(uuids.len(), all.len(), "each has an id of its own");
        for (delivery, _) in &all {
            net.fake.answered(delivery.id, 200);
        }
        all.iter()
            .map(|(_, told)| text(&told["event_type"]).to_owned())
            .collect()
    };
    let mine = net.fake.post_as(Fake::ANNA, "Mine", now);
    assert_eq!(kinds(), ["post.create"]);
    net.fake.post_as(Fake::BOB, "Hey @anna_test", now);
    assert_eq!(kinds(), ["post.mention.create"]);
    net.fake.reply_as(Fake::BOB, mine, "Re", now);
    assert_eq!(kinds(), ["post.reply.create"]);
    net.fake.quote_as(Fake::BOB, mine, "Qu", now);
    assert_eq!(kinds(), ["post.quote.create"]);
    net.fake.repost_as(Fake::BOB, mine, now);
    assert_eq!(kinds(), ["post.repost.create"]);
    net.fake.like_as(Fake::BOB, mine, now);
    assert_eq!(kinds(), ["like.create"]);
    net.fake.follow_as(Fake::BOB, Fake::ANNA, now);
    net.fake.unfollow_as(Fake::BOB, Fake::ANNA, now);
    assert_eq!(kinds(), ["follow.follow", "follow.unfollow"]);
    net.fake.message_as(Fake::BOB, Fake::ANNA, "Psst", now);
    let told = waiting(net).remove(0).1;
    let message = &told["payload"]["direct_message_events"][0]["message_create"];
    assert_eq!(message["sender_id"], Fake::BOB.to_string());
    assert_eq!(message["message_data"]["text"], "Psst");
    assert_eq!(
        told["payload"]["users"][Fake::BOB.to_string()]["data"]["username"],
        "bob_test"
    );
    assert_eq!(kinds(), ["dm.received"]);
    net.fake.message_as(Fake::ANNA, Fake::BOB, "Yes?", now);
    assert_eq!(kinds(), ["dm.sent"]);
    net.fake.describe_as(Fake::ANNA, "New", now);
    assert_eq!(kinds(), ["profile.update.bio"]);
    net.post(
        &format!("/2/users/{}/muting", Fake::ANNA),
        &json!({ "target_user_id": Fake::BOB.to_string() }),
    )
    .ok();
    net.delete(&format!("/2/users/{}/muting/{}", Fake::ANNA, Fake::BOB))
        .ok();
    assert_eq!(kinds(), ["mute.mute", "mute.unmute"]);
    net.fake.block_as(Fake::ANNA, Fake::BOB, true, now);
    net.fake.block_as(Fake::ANNA, Fake::BOB, false, now);
    assert_eq!(kinds(), ["block.block", "block.unblock"]);
    net.fake.delete_as_moderator(mine, now);
    assert_eq!(kinds(), ["post.delete"]);
    net.fake.post_as(Fake::BOB, "Nothing to do with her", now);
    net.fake.set_protected(Fake::BOB, true);
    net.fake.post_as(Fake::BOB, "Quietly, @anna_test", now);
    assert!(kinds().is_empty());
}

fn what_was_delivered_can_be_sent_again(net: &Net) {
    let webhook = ready(net);
    let body = json!({ "event_type": "post.create", "filter": { "user_id": Fake::BOB.to_string() }, "webhook_id": webhook });
    subscribe(net, Fake::BEARER, body).ok();
    net.fake.post_as(Fake::BOB, "Hi", net.now());
    net.fake.answered(waiting(net)[0].0.id, 200);
    let replay = |from: &str, to: &str| {
        let body = json!({ "webhook_id": webhook, "from_date": from, "to_date": to });
        net.call(Fake::BEARER, "POST", "/2/webhooks/replay", Some(&body))
    };
    replay("202611231300", "202611231400").ok();
    assert!(waiting(net).is_empty());
    assert!(replay("202611231100", "202611231300").data()["job_id"].is_string());
    assert_eq!(waiting(net)[0].1["payload"]["text"], "Hi");
    replay("yesterday", "202611231300").refused(400);
}
