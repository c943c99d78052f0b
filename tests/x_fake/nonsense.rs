//! Whatever comes, the fake answers what the contract describes.

use bytes::Bytes;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Fake, Plan};

use crate::contract::dice::Dice;
use crate::net::{HOST, Net, strings};
use crate::watch::x;

/// A network in which something stands.
fn busy() -> (Net, Vec<String>) {
    let net = Net::new();
    net.fake.limits(false);
    net.fake.set_plan(Plan::Enterprise);
    let post: u64 = net
        .publish("Hello @bob_test #tag https://example.com")
        .parse()
        .unwrap();
    let reply = net.fake.reply_as(Fake::BOB, post, "Hi", net.now());
    let quote = net.fake.quote_as(Fake::CAROL, post, "See", net.now());
    let repost = net.fake.repost_as(Fake::BOB, post, net.now()).unwrap();
    net.fake.like_as(Fake::BOB, post, net.now());
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    let message = net
        .fake
        .message_as(Fake::BOB, Fake::ANNA, "Psst", net.now());
    let photo: u64 = net.photo().parse().unwrap();
    net.fake.set_trends(1, &[("#a", None)]);
    let mut ids = strings(&[
        post,
        reply,
        quote,
        repost,
        message,
        photo,
        Fake::ANNA,
        Fake::BOB,
        Fake::CAROL,
    ]);
    ids.extend(["1", "0", "x", "9999999999999999999999"].map(str::to_owned));
    (net, ids)
}

fn one<'a>(dice: &mut Dice, from: &'a [String]) -> &'a str {
    &from[dice.below(from.len())]
}

fn value(dice: &mut Dice, ids: &[String], operation: &str, name: &str) -> String {
    let listed = x().map(|x| x.values(operation, name)).unwrap_or_default();
    if !listed.is_empty() && !dice.percent(10) {
        let mut some: Vec<&str> = (0..=dice.below(4)).map(|_| one(dice, &listed)).collect();
        some.sort_unstable();
        some.dedup();
        return some.join(",");
    }
    match name {
        "ids" | "media_id" | "since_id" | "until_id" => one(dice, ids).to_owned(),
        "usernames" => dice
            .pick(&["bob_test", "nobody", "bob_test,carol_test", "?"])
            .to_owned(),
        "query" => dice
            .pick(&[
                "hello",
                "from:bob_test",
                "#tag OR see",
                "(",
                "-is:retweet",
                "a b",
            ])
            .to_owned(),
        "max_results" => dice.pick(&["1", "5", "10", "100", "0", "1001"]).to_owned(),
        "start_time" => dice
            .pick(&["2026-11-23T00:00:00Z", "2026-11-22T00:00:00Z", "then"])
            .to_owned(),
        "end_time" => dice
            .pick(&["2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z", ""])
            .to_owned(),
        "granularity" => dice.pick(&["hour", "day", "daily", "total"]).to_owned(),
        _ => dice.pick(&["1", "true", "", "x"]).to_owned(),
    }
}

fn body(dice: &mut Dice, ids: &[String]) -> Value {
    let id = json!(one(dice, ids));
    let n = dice.roll() % 1000;
    match dice.below(16) {
        0 => json!({}),
        1 => json!({ "text": format!("Words {n}") }),
        2 => json!({ "text": format!("Re {n}"), "reply": { "in_reply_to_tweet_id": id } }),
        3 => json!({ "text": format!("Qu {n}"), "quote_tweet_id": id }),
        4 => json!({ "media": { "media_ids": [id] } }),
        5 => json!({ "tweet_id": id }),
        6 => json!({ "target_user_id": id }),
        7 => json!({ "hidden": dice.percent(50) }),
        8 => {
            json!({ "conversation_type": "Group", "participant_ids": [id, Fake::CAROL.to_string()], "message": { "text": "Hi" } })
        }
        9 => json!({ "id": id, "metadata": { "alt_text": { "text": "A" } } }),
        10 => {
            json!({ "media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": 5 })
        }
        11 => json!({ "event_type": "post.create", "filter": { "user_id": id } }),
        12 => json!({ "url": "https://a.example/x" }),
        13 => json!({ "add": [{ "value": format!("cats {n}") }, { "value": "(" }] }),
        14 => json!({ "webhook_id": id, "from_date": "202611231100", "to_date": "202611231300" }),
        _ => dice.anything(0),
    }
}

#[test]
fn whatever_comes_is_answered_as_the_contract_says() {
    if x().is_none() {
        return;
    }
    let (net, ids) = busy();
    let mut dice = Dice::new(11);
    let operations: Vec<String> = Fake::operations()
        .into_iter()
        .filter(|name| name.contains(" /2/"))
        .collect();
    let mut good = 0;
    for _ in 0..6000 {
        net.seconds(1);
        let operation = one(&mut dice, &operations).to_owned();
        let (method, template) = operation.split_once(' ').unwrap();
        let path: Vec<String> = template
            .split('/')
            .map(|part| match part {
                "{username}" => dice
                    .pick(&["bob_test", "nobody", "too_long_for_a_name"])
                    .to_owned(),
                "{woeid}" => dice.pick(&["1", "2", "x"]).to_owned(),
                "{dm_conversation_id}" => format!("{}-{}", Fake::ANNA, Fake::BOB),
                part if part.starts_with("{id") && dice.percent(60) => Fake::ANNA.to_string(),
                part if part.starts_with('{') => one(&mut dice, &ids).to_owned(),
                part => part.to_owned(),
            })
            .collect();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, required) in Fake::params(&operation) {
            if required || dice.percent(20) {
                let value = value(&mut dice, &ids, &operation, name);
                query.append_pair(name, &value);
            }
        }
        if dice.percent(3) {
            query.append_pair("shoe_size", "44");
        }
        let token = match dice.below(8) {
            0 => "nonsense",
            1 | 2 => Fake::BEARER,
            3 => Fake::BOB_TOKEN,
            _ => Fake::ANNA_TOKEN,
        };
        let (kinds, _) = Fake::access(&operation);
        let token = if kinds == ["bearer"] && dice.percent(80) {
            Fake::BEARER
        } else {
            token
        };
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{HOST}{}?{}", path.join("/"), query.finish()))
            .header("authorization", format!("Bearer {token}"));
        let sent = if ["POST", "PUT"].contains(&method)
            && !template.ends_with("/finalize")
            && !template.contains("/dm/")
        {
            request = request.header("content-type", "application/json");
            Bytes::from(body(&mut dice, &ids).to_string())
        } else {
            Bytes::new()
        };
        let seen = net.send(&request.body(sent).unwrap());
        assert!(seen.status < 500, "{operation}: {}", seen.status);
        good += usize::from(seen.status < 300);
    }
    assert!(good > 1200, "{good} of 6000 were taken");
}
