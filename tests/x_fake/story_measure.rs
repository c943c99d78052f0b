//! Trends, figures over time, what was read, and advertising.

use serde_json::{Value, json};
use sociable::adapters::x::fake::{AdDay, Fake, Figures};
use sociable::jiff::SignedDuration;

use crate::net::{HOST, Net, Seen, text};
use crate::sign::Signer;

stories!(
    trends_of_a_place_are_told,
    figures_of_a_post_are_told_over_time,
    what_was_read_is_counted_by_day,
    advertising_tells_what_it_cost,
    advertising_keeps_to_its_spans,
);

fn trends_of_a_place_are_told(net: &Net) {
    let all: Vec<String> = (0..30).map(|n| format!("#t{n}")).collect();
    let trends: Vec<(&str, Option<i64>)> = all
        .iter()
        .enumerate()
        .map(|(n, name)| (name.as_str(), (n % 2 == 0).then_some(1000)))
        .collect();
    net.fake.set_trends(1, &trends);
    let told = net.bearer("/2/trends/by/woeid/1").ok();
    assert_eq!(told["data"].as_array().unwrap().len(), 20);
    assert_eq!(
        told["data"][0],
        json!({ "trend_name": "#t0", "tweet_count": 1000 })
    );
    assert!(told["data"][1].get("tweet_count").is_none());
    let told = net
        .get("/2/trends/by/woeid/1?max_trends=2&trend.fields=trend_name")
        .ok();
    assert_eq!(
        told["data"],
        json!([{ "trend_name": "#t0" }, { "trend_name": "#t1" }])
    );
    net.bearer("/2/trends/by/woeid/1?max_trends=51")
        .refused(400);
    net.bearer("/2/trends/by/woeid/2").refused(400);
    assert_eq!(net.fake.billed().pop().unwrap().mills, 10);
}

fn figures_of_a_post_are_told_over_time(net: &Net) {
    let post = net.publish("Seen");
    let mut figures = Figures::default();
    figures.impressions = 500;
    figures.likes = 5;
    net.fake.set_figures(post.parse().unwrap(), figures, None);
    let bobs = net.fake.post_as(Fake::BOB, "His", net.now());
    net.wait(SignedDuration::from_hours(48));
    let span = "start_time=2026-11-23T00:00:00Z&end_time=2026-11-25T00:00:00Z";
    let target = format!(
        "/2/tweets/analytics?ids={post},{bobs},1&{span}&granularity=daily&analytics.fields=impressions,likes"
    );
    let told = net.get(&target).ok();
    let series = told["data"][0]["timestamped_metrics"].as_array().unwrap();
    assert_eq!(series.len(), 2);
    assert_eq!(
        series[0]["metrics"],
        json!({ "impressions": 500, "likes": 5 })
    );
    assert_eq!(series[1]["metrics"]["impressions"], 0);
    assert_eq!(told["errors"].as_array().unwrap().len(), 2);
    let told = net
        .get(&format!(
            "/2/tweets/analytics?ids={post}&{span}&analytics.fields=impressions"
        ))
        .ok();
    assert_eq!(
        told["data"][0]["timestamped_metrics"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    net.get(&format!("/2/tweets/analytics?ids={post}"))
        .refused(400);
    net.get(&format!("/2/tweets/analytics?ids={post}&start_time=2026-11-25T00:00:00Z&end_time=2026-11-23T00:00:00Z"))
        .refused(400);
}

fn what_was_read_is_counted_by_day(net: &Net) {
    let post = net.publish("Read me");
    net.get(&format!("/2/tweets/{post}")).ok();
    net.wait(SignedDuration::from_hours(24));
    net.get(&format!("/2/tweets/{post}")).ok();
    let told = net
        .bearer("/2/usage/tweets?days=2&usage.fields=daily_project_usage,project_usage,project_cap")
        .data();
    assert_eq!(
        (&told["project_cap"], &told["project_usage"]),
        (&json!("3000000"), &json!("2"))
    );
    let days = told["daily_project_usage"]["usage"].as_array().unwrap();
    assert_eq!(days.len(), 2);
    assert_eq!(
        days[0],
        json!({ "date": "2026-11-24T00:00:00.000Z", "usage": "1" })
    );
    net.get("/2/usage/tweets").refused(403);
}

fn ads(net: &Net, path: &str, params: &[(&str, &str)], nonce: &str) -> Seen {
    let signer = Signer {
        key: Fake::CONSUMER_KEY,
        secret: Fake::CONSUMER_SECRET,
        token: Fake::ANNA_OAUTH1.0,
        token_secret: Fake::ANNA_OAUTH1.1,
        nonce,
        timestamp: net.now().as_second(),
    };
    let header = signer.header("GET", &format!("{HOST}{path}"), params);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    net.shown(&header, "GET", &format!("{path}?{query}"), None)
}

fn advertising_tells_what_it_cost(net: &Net) {
    assert_eq!(ads(net, "/12/accounts", &[], "0").status, 403);
    let account = net.fake.add_ads_account(Fake::ANNA, "Shop", "EUR");
    let campaign = net.fake.add_promotion(&account, "Autumn", None);
    let post = net.fake.post_as(Fake::ANNA, "Buy", net.now());
    let promoted = net.fake.add_promotion(&account, "line", Some(post));
    let mut day = AdDay::default();
    day.micros = 1_250_001;
    day.impressions = 900;
    day.likes = 4;
    net.fake.set_ad_day(&account, &campaign, net.now(), day);
    let seen = ads(net, "/12/accounts", &[("count", "10")], "1");
    assert_eq!(seen.header("x-account-rate-limit-limit"), Some(250));
    assert_eq!(seen.header("x-current-api-version"), Some(12));
    assert_eq!(seen.ok()["data"][0]["id"], json!(account));
    let list = ads(net, &format!("/12/accounts/{account}/campaigns"), &[], "2").ok();
    assert_eq!(
        (&list["data"][0]["id"], &list["data"][0]["currency"]),
        (&json!(campaign), &json!("EUR"))
    );
    let list = ads(
        net,
        &format!("/12/accounts/{account}/promoted_tweets"),
        &[],
        "3",
    )
    .ok();
    assert_eq!(
        (&list["data"][0]["id"], &list["data"][0]["tweet_id"]),
        (&json!(promoted), &json!(post.to_string()))
    );
    let list = ads(
        net,
        &format!("/12/accounts/{account}/funding_instruments"),
        &[],
        "6",
    )
    .ok();
    assert_eq!(list["data"][0]["currency"], "EUR");
    let told = ads(
        net,
        &format!("/12/stats/accounts/{account}"),
        &[
            ("entity", "CAMPAIGN"),
            ("entity_ids", &campaign),
            ("start_time", "2026-11-22T00:00:00Z"),
            ("end_time", "2026-11-25T00:00:00Z"),
            ("granularity", "DAY"),
            ("metric_groups", "ENGAGEMENT,BILLING"),
            ("placement", "ALL_ON_TWITTER"),
        ],
        "4",
    )
    .ok();
    assert_eq!(told["time_series_length"], 3);
    let metrics = &told["data"][0]["id_data"][0]["metrics"];
    assert_eq!(
        metrics["billed_charge_local_micro"],
        json!([0, 1_250_001, 0])
    );
    assert_eq!(metrics["likes"], json!([0, 4, 0]));
    assert_eq!(
        metrics["url_clicks"],
        Value::Null,
        "where nothing was, nothing is told"
    );
    let bobs = net.fake.add_ads_account(Fake::BOB, "Other", "USD");
    assert_eq!(
        ads(net, &format!("/12/accounts/{bobs}/campaigns"), &[], "5").status,
        401
    );
    net.get("/12/accounts").refused(403);
}

fn advertising_keeps_to_its_spans(net: &Net) {
    let account = net.fake.add_ads_account(Fake::ANNA, "Shop", "EUR");
    let mut nonce = 0;
    let mut ask = |ids: &str, from: &str, to: &str| {
        nonce += 1;
        let params = [
            ("entity", "CAMPAIGN"),
            ("entity_ids", ids),
            ("start_time", from),
            ("end_time", to),
            ("granularity", "TOTAL"),
            ("metric_groups", "BILLING"),
            ("placement", "ALL_ON_TWITTER"),
        ];
        ads(
            net,
            &format!("/12/stats/accounts/{account}"),
            &params,
            &format!("n{nonce}"),
        )
    };
    let (from, to) = ("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z");
    ask("a", from, to).ok();
    let many = vec!["a"; 21].join(",");
    assert_eq!(
        text(&ask(&many, from, to).json["errors"][0]["code"]),
        "TOO_MANY_IDS"
    );
    assert_eq!(ask("a", "2026-11-15T23:00:00Z", to).status, 400);
    assert_eq!(ask("a", "2026-11-16T00:30:00Z", to).status, 400);
    assert_eq!(ask("a", to, from).status, 400);
}
