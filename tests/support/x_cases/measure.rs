//! Figures of posts, trends, and what advertising brought.

use std::time::Duration;

use serde_json::{Value, json};
use sociable::adapters::x::X;
use sociable::adapters::x::fake::{AdDay, Fake, Figures};
use sociable::jiff::SignedDuration;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::{Metric, Metrics, Money, Period, PostId, PromotionQuery, SocialNetwork, TrendScope};

use super::sign::Signer;
use super::{HOST, Net, get, holds};

own_cases! {
    "x: what others did is counted" => counted;
    "x: an author is told more than others are" => own_figures;
    "x: an author's figures are told for thirty days" => thirty_days;
    "x: the figures of a post over time are told" => over_time;
    "x: as many trends are told as were asked for" => trends;
    "x: advertising tells what it brought and cost" => ads;
    "x: an account for advertising is seen by who may" => ads_access;
    "x: advertising is measured in parts that X takes" => ads_spans;
}

fn figures(impressions: i64) -> Figures {
    let mut figures = Figures::default();
    figures.impressions = impressions;
    figures.url_clicks = 7;
    figures.engagements = 50;
    figures
}

async fn metrics(x: &X, post: u64) -> Result<Metrics, Stop> {
    let id = PostId::new(post.to_string());
    let mut told = x.post_metrics(&[id]).await?;
    Ok(told.remove(0).1?)
}

async fn counted(net: Net, _: &Scene<'_>) -> Verdict {
    let post = net.fake.post_as(Fake::ANNA, "Count me", net.now());
    net.fake.like_as(Fake::BOB, post, net.now());
    net.fake.like_as(Fake::CAROL, post, net.now());
    net.fake.reply_as(Fake::BOB, post, "One", net.now());
    net.fake.quote_as(Fake::BOB, post, "Two", net.now());
    net.fake.repost_as(Fake::BOB, post, net.now());
    let told = metrics(&net.me, post).await?;
    for (metric, count) in [
        (Metric::Likes, 2),
        (Metric::Replies, 1),
        (Metric::Quotes, 1),
        (Metric::Reposts, 1),
        (Metric::Bookmarks, 0),
    ] {
        let told = told.count(metric.clone());
        holds(told == Some(count), &format!("{metric:?}: {told:?}"))?;
    }
    Ok(())
}

async fn own_figures(net: Net, _: &Scene<'_>) -> Verdict {
    let post = net.fake.post_as(Fake::ANNA, "Famous", net.now());
    net.fake
        .set_figures(post, figures(1000), Some(figures(5000)));
    let own = metrics(&net.me, post).await?;
    holds(own.count(Metric::LinkClicks).is_some(), "she is not")?;
    let impressions: Vec<u64> = own
        .iter()
        .filter(|figure| figure.metric == Metric::Impressions)
        .filter_map(sociable::Figure::as_count)
        .collect();
    for count in [6000, 1000, 5000] {
        holds(
            impressions.contains(&count),
            &format!("{count} is not among {impressions:?}"),
        )?;
    }
    let others = metrics(&net.bob(), post).await?;
    holds(
        others.count(Metric::LinkClicks).is_none(),
        "others are, too",
    )?;
    holds(
        others.count(Metric::Impressions) == Some(6000),
        "others are told nothing",
    )?;
    // X itself tells nobody else.
    let params = json!({"ids": post.to_string(), "tweet.fields": "organic_metrics"});
    let told = get(&net.bob(), "/2/tweets", params).await?;
    holds(
        told["data"][0]["organic_metrics"].is_null(),
        "X tells it to everybody",
    )
}

async fn thirty_days(net: Net, scene: &Scene<'_>) -> Verdict {
    let post = net.fake.post_as(Fake::ANNA, "Old", net.now());
    net.fake.set_figures(post, figures(1000), None);
    let day = Duration::from_secs(24 * 3600);
    scene.stage().pass(day * 29).await;
    let told = metrics(&net.me, post).await?;
    holds(told.count(Metric::LinkClicks).is_some(), "not so long")?;
    scene.stage().pass(day * 2).await;
    let told = metrics(&net.me, post).await?;
    holds(told.count(Metric::LinkClicks).is_none(), "for longer")?;
    holds(told.get(&Metric::LinkClicks).is_some(), "no reason is told")
}

async fn over_time(net: Net, scene: &Scene<'_>) -> Verdict {
    let post = net.fake.post_as(Fake::ANNA, "Seen", net.now());
    net.fake.set_figures(post, figures(500), None);
    scene.stage().pass(Duration::from_secs(48 * 3600)).await;
    let hour = net.now().as_second() / 3600 * 3600;
    let ago = |hours: i64| sociable::jiff::Timestamp::from_second(hour - hours * 3600).unwrap();
    let params = json!({
        "ids": post.to_string(),
        "start_time": ago(50).to_string(),
        "end_time": ago(0).to_string(),
        "granularity": "total",
        "analytics.fields": "impressions",
    });
    let told = get(&net.me, "/2/tweets/analytics", params).await?;
    let metrics = &told["data"][0]["timestamped_metrics"][0]["metrics"];
    holds(metrics["impressions"] == 500, &told.to_string())
}

async fn trends(net: Net, _: &Scene<'_>) -> Verdict {
    let names: Vec<String> = (0..30).map(|n| format!("#t{n}")).collect();
    let all: Vec<(&str, Option<i64>)> = names.iter().map(|name| (name.as_str(), Some(9))).collect();
    net.fake.set_trends(1, &all);
    let told = net
        .me
        .trending(&TrendScope::anywhere().limit(2_u32))
        .await?;
    let told: Vec<&str> = told.iter().map(|trend| trend.name.as_str()).collect();
    holds(told == ["#t0", "#t1"], &format!("{told:?}"))?;
    let params = json!({"max_trends": 2});
    let told = get(&net.me, "/2/trends/by/woeid/1", params).await?;
    let told = told["data"].as_array().map(Vec::len);
    holds(told == Some(2), &format!("X tells {told:?}"))
}

/// A call of the Ads API by Anna, natively.
fn asked(net: &Net, path: &str, params: &[(&str, &str)], nonce: &str) -> (u16, Value) {
    let signer = Signer {
        key: Fake::CONSUMER_KEY,
        secret: Fake::CONSUMER_SECRET,
        token: Fake::ANNA_OAUTH1.0,
        token_secret: Fake::ANNA_OAUTH1.1,
        nonce,
        timestamp: net.now().as_second(),
    };
    let header = signer.header("GET", &format!("{HOST}{path}"), params);
    let query = sociable::url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    net.raw(&header, "GET", &format!("{path}?{query}"), None)
}

fn advertiser(net: &Net, account: &str) -> X {
    net.build(net.signed(Fake::ANNA_OAUTH1.1).ads_account(account))
}

/// The whole days of so many before today.
fn days(net: &Net, days: i64) -> Period {
    let today = net.now().as_second() / 86_400 * 86_400;
    let at = |second| sociable::jiff::Timestamp::from_second(second).unwrap();
    Period::new(at(today - days * 86_400), at(today + 86_400))
}

async fn ads(net: Net, _: &Scene<'_>) -> Verdict {
    let account = net.fake.add_ads_account(Fake::ANNA, "Shop", "EUR");
    let campaign = net.fake.add_promotion(&account, "Autumn", None);
    let post = net.fake.post_as(Fake::ANNA, "Buy", net.now());
    net.fake.add_promotion(&account, "line", Some(post));
    let mut all = 0;
    for ago in [0, 9, 20] {
        let mut day = AdDay::default();
        day.micros = 1_250_001;
        day.impressions = 900;
        all += day.micros;
        let at = net.now().checked_sub(SignedDuration::from_hours(24 * ago));
        net.fake.set_ad_day(&account, &campaign, at.unwrap(), day);
    }
    let x = advertiser(&net, &account);
    let page = x.promotions(&PromotionQuery::new(days(&net, 30))).await?;
    let named = page
        .items
        .iter()
        .find(|promotion| promotion.name.as_deref() == Some("Autumn"));
    let Some(named) = named else {
        return holds(false, "the campaign is not told");
    };
    holds(
        named.metrics.count(Metric::Impressions) == Some(2700),
        "not all days are counted",
    )?;
    let spent = format!("{:?}", named.metrics.get(&Metric::Spend));
    let money = Money::micros(all, sociable::Currency::new("EUR").unwrap());
    holds(spent.contains(&format!("{money:?}")), &spent)?;
    let promoted = page.items.iter().filter_map(|p| p.post.as_ref());
    holds(
        promoted.map(PostId::as_str).eq([post.to_string()]),
        "the promoted post is not told",
    )
}

async fn ads_access(net: Net, _: &Scene<'_>) -> Verdict {
    let bobs = net.fake.add_ads_account(Fake::BOB, "Other", "USD");
    let query = PromotionQuery::new(days(&net, 2));
    let told = advertiser(&net, &bobs).promotions(&query).await;
    let kind = told
        .as_ref()
        .map_err(|error| error.kind().name().to_owned());
    holds(
        kind.as_ref()
            .is_err_and(|kind| kind == "Unauthorized" || kind == "Forbidden"),
        &format!("another's is answered by {:?}", kind.err()),
    )
}

async fn ads_spans(net: Net, _: &Scene<'_>) -> Verdict {
    let account = net.fake.add_ads_account(Fake::ANNA, "Shop", "EUR");
    for n in 0..25 {
        net.fake.add_promotion(&account, &n.to_string(), None);
    }
    let x = advertiser(&net, &account);
    net.fake.clear_log();
    let page = x.promotions(&PromotionQuery::new(days(&net, 10))).await?;
    holds(page.items.len() == 25, "not all are told")?;
    let stats = "GET /12/stats/accounts/{account_id}";
    holds(
        net.answered(stats, 200) == 4 && net.asked(stats).len() == 4,
        &format!("it is asked for {} times", net.asked(stats).len()),
    )?;
    let path = format!("/12/stats/accounts/{account}");
    let many = ids_of(25);
    let (today, old) = (days(&net, 0), days(&net, 8));
    for (nonce, names, period) in [("a", many.as_str(), today), ("b", "x", old)] {
        let (from, to) = (period.since.to_string(), period.until.to_string());
        let params = [
            ("entity", "CAMPAIGN"),
            ("entity_ids", names),
            ("start_time", from.as_str()),
            ("end_time", to.as_str()),
            ("granularity", "TOTAL"),
            ("metric_groups", "BILLING"),
            ("placement", "ALL_ON_TWITTER"),
        ];
        let (status, told) = asked(&net, &path, &params, nonce);
        holds(status == 400, &format!("{names} for {from}: {told}"))?;
    }
    Ok(())
}

fn ids_of(count: usize) -> String {
    vec!["x"; count].join(",")
}
