//! Webhooks and X Activity: addresses that are checked, deliveries that are signed, and who may be told what.

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Delivery, Fake};
use sociable::adapters::x::{X, XWebhook};
use sociable::client::Clock;
use sociable::http::Request;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::webhook::Webhook;
use sociable::{Event, EventKind};

use super::{Net, get, holds, no_params, post, refused};

own_cases! {
    "x: an address is taken from who has the application's secret" => checked_address;
    "x: an address is safe, and without a port" => safe_address;
    "x: a plan that anybody can buy has one address" => one_address;
    "x: what is delivered is signed, and taken for nothing else" => signed;
    "x: what is not taken is delivered again" => again;
    "x: all that happens to an account is delivered, each under an id of its own" => everything;
    "x: what is private is told to the user alone" => private;
    "x: a subscription is made once" => unique;
    "x: subscriptions have an end" => an_end;
}

const URL: &str = "https://hooks.example/x?app=1";

/// A program that has this secret.
fn program(secret: &str) -> XWebhook {
    XWebhook::new(Fake::ANNA.to_string(), secret).unwrap()
}

/// Lets a program with this secret answer where the address leads.
fn answers(net: &Net, secret: &'static str) {
    let clock = net.clock.clone();
    net.fake.set_crc(move |request| {
        let taken = program(secret).receive(request, clock.now());
        taken.unwrap().answer
    });
}

async fn hook(net: &Net, url: &str) -> sociable::Result<Value> {
    post(&net.app(), "/2/webhooks", json!({ "url": url })).await
}

async fn ready(net: &Net) -> Result<String, Stop> {
    answers(net, Fake::CONSUMER_SECRET);
    let told = hook(net, URL).await?;
    Ok(told["data"]["id"].as_str().unwrap_or_default().to_owned())
}

async fn subscribe(x: &X, kind: &str, user: u64) -> sociable::Result<Value> {
    let filter = json!({"user_id": user.to_string()});
    let body = json!({"event_type": kind, "filter": filter});
    post(x, "/2/activity/subscriptions", body).await
}

async fn checked_address(net: Net, _: &Scene<'_>) -> Verdict {
    refused(
        hook(&net, URL).await,
        400,
        "Invalid",
        "one that nobody answers at",
    )?;
    answers(&net, "another secret");
    refused(hook(&net, URL).await, 400, "Invalid", "another's")?;
    let id = ready(&net).await?;
    let path = format!("/2/webhooks/{id}");
    net.app().call::<Value>("PUT", &path, &no_params()).await?;
    // The check that comes from time to time is answered as X wants it.
    let (request, wanted) = net.fake.crc(URL);
    let told = program(Fake::CONSUMER_SECRET).receive(&request, net.now())?;
    let same = serde_json::from_slice::<Value>(told.answer.body()).ok()
        == serde_json::from_str::<Value>(&wanted).ok();
    holds(same, "it is answered in another way")
}

async fn safe_address(net: Net, _: &Scene<'_>) -> Verdict {
    answers(&net, Fake::CONSUMER_SECRET);
    for bad in ["http://hooks.example/x", "https://hooks.example:5000/x"] {
        refused(hook(&net, bad).await, 400, "Invalid", bad)?;
    }
    Ok(())
}

async fn one_address(net: Net, _: &Scene<'_>) -> Verdict {
    ready(&net).await?;
    let second = "https://hooks.example/x?app=2";
    refused(hook(&net, second).await, 400, "Invalid", "another")?;
    net.contract();
    hook(&net, second).await?;
    Ok(())
}

fn request(delivery: &Delivery) -> Request<Bytes> {
    let mut request = Request::post(&delivery.url);
    request
        .headers_mut()
        .unwrap()
        .extend(delivery.headers.clone());
    request.body(delivery.body.clone()).unwrap()
}

/// What waits to be delivered, as the program takes it, which then says so.
fn taken(net: &Net) -> Result<Vec<Event>, Stop> {
    let mut events = Vec::new();
    for delivery in net.fake.deliveries() {
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        net.line.watched.event(&body);
        let told = program(Fake::CONSUMER_SECRET).receive(&request(&delivery), net.now())?;
        events.extend(told.events);
        net.fake
            .answered(delivery.id, told.answer.status().as_u16());
    }
    Ok(events)
}

async fn signed(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.subscribe_all(Fake::ANNA, URL, net.now());
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    let delivery = net.fake.deliveries().remove(0);
    let good = request(&delivery);
    let stranger = program("another secret").receive(&good, net.now());
    holds(stranger.is_err(), "anybody could have sent it")?;
    let mut changed = good.clone();
    *changed.body_mut() = Bytes::from(
        String::from_utf8_lossy(good.body()).replace(&Fake::BOB.to_string(), "1777000000000000103"),
    );
    let changed = program(Fake::CONSUMER_SECRET).receive(&changed, net.now());
    holds(changed.is_err(), "another body is taken")?;
    let events = taken(&net)?;
    holds(
        events.len() == 1 && events[0].kind == EventKind::Follow,
        &format!("{events:?} came"),
    )
}

async fn again(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.subscribe_all(Fake::ANNA, URL, net.now());
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    let first = net.fake.deliveries().remove(0);
    net.fake.answered(first.id, 503);
    let second = taken(&net)?;
    holds(second.len() == 1, "it does not come again")?;
    holds(net.fake.deliveries().is_empty(), "it comes for ever")
}

async fn everything(net: Net, _: &Scene<'_>) -> Verdict {
    let now = net.now();
    net.fake.subscribe_all(Fake::ANNA, URL, now);
    let mine = net.fake.post_as(Fake::ANNA, "Mine", now);
    net.fake.post_as(Fake::BOB, "Hey @anna_test", now);
    net.fake.reply_as(Fake::BOB, mine, "Re", now);
    net.fake.quote_as(Fake::BOB, mine, "Qu", now);
    net.fake.repost_as(Fake::BOB, mine, now);
    net.fake.like_as(Fake::BOB, mine, now);
    net.fake.follow_as(Fake::BOB, Fake::ANNA, now);
    net.fake.message_as(Fake::BOB, Fake::ANNA, "Psst", now);
    let events = taken(&net)?;
    let mut ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    holds(ids.len() == events.len(), "two have the same id")?;
    for kind in [
        EventKind::Mention,
        EventKind::Reply,
        EventKind::Quote,
        EventKind::Repost,
        EventKind::Like,
        EventKind::Follow,
        EventKind::Message,
    ] {
        let told = events.iter().filter(|event| event.kind == kind).count();
        holds(told == 1, &format!("{kind:?} is told {told} times"))?;
    }
    Ok(())
}

async fn private(net: Net, _: &Scene<'_>) -> Verdict {
    let app = net.app();
    let told = subscribe(&app, "dm.received", Fake::ANNA).await;
    refused(told, 403, "Forbidden", "it")?;
    let told = subscribe(
        &net.build(X::builder().user_token(Fake::ANNA_TOKEN)),
        "dm.received",
        Fake::BOB,
    )
    .await;
    refused(told, 403, "Forbidden", "another's")?;
    subscribe(&app, "post.create", Fake::BOB).await?;
    let anna = net.build(X::builder().user_token(Fake::ANNA_TOKEN));
    subscribe(&anna, "dm.received", Fake::ANNA).await?;
    Ok(())
}

async fn unique(net: Net, _: &Scene<'_>) -> Verdict {
    let app = net.app();
    subscribe(&app, "post.create", Fake::BOB).await?;
    let told = subscribe(&app, "post.create", Fake::BOB).await;
    refused(told, 400, "Invalid", "it")?;
    let list = get(&app, "/2/activity/subscriptions", no_params()).await?;
    let count = list["data"].as_array().map(Vec::len);
    holds(count == Some(1), "it stands there twice")
}

async fn an_end(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.limits(false);
    let auth = format!("Bearer {}", Fake::BEARER);
    let subscribe = |user: u64| {
        let filter = json!({"user_id": user.to_string()});
        let body = json!({"event_type": "post.delete", "filter": filter});
        net.raw(&auth, "POST", "/2/activity/subscriptions", Some(&body))
            .0
    };
    for user in 1..=1500 {
        holds(
            subscribe(user) == 200,
            "one is refused that is none too many",
        )?;
    }
    holds(subscribe(1501) == 400, "there is none")
}
