//! Figures of posts, of the account, of advertising; trends.

use super::*;

const POSTS: &str = "GET /2/tweets";

#[tokio::test]
async fn own_figures_are_asked_for_once_and_what_is_refused_is_told_of_the_post() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    let field = "https://api.x.com/2/problems/not-authorized-for-field";
    server
        .says(
            POSTS,
            json!({
                "data": [{"id": "1", "author_id": ME, "created_at": "2026-03-10T09:00:00Z",
                          "public_metrics": {"like_count": 30, "impression_count": 900, "retweet_count": 0, "reply_count": 0, "quote_count": 0, "bookmark_count": 0},
                          "non_public_metrics": {"impression_count": 900, "engagements": 9, "url_link_clicks": 2, "user_profile_clicks": 1},
                          "organic_metrics": {"like_count": 20, "impression_count": 600}, "promoted_metrics": {"like_count": 10, "impression_count": 300}}],
                "errors": [
                    {"type": field, "title": "Field Authorization Error", "detail": "Sorry", "field": "non_public_metrics", "resource_id": "2", "parameter": "ids"},
                    {"type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found Error", "detail": "Could not find", "resource_id": "3", "resource_type": "tweet", "parameter": "ids", "value": "3"}
                ]
            }),
        )
        .says(
            POSTS,
            json!({"data": [{"id": "2", "author_id": "7", "created_at": "2026-03-10T09:00:00Z", "public_metrics": {"like_count": 4}}]}),
        );
    let ids = ["2", "3", "1", "x", "1"].map(PostId::new);
    let told = x.post_metrics(&ids).await.unwrap();
    let named: Vec<&str> = told.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(named, ["2", "3", "1", "x", "1"]);
    let metrics = told[2].1.as_ref().unwrap();
    let by_source = |source: Source| {
        metrics.iter().find_map(|figure| match &figure.reading {
            Reading::Value { source: told, .. }
                if figure.metric == Metric::Likes && *told == source =>
            {
                figure.as_count()
            }
            _ => None,
        })
    };
    assert_eq!(by_source(Source::Public), Some(30));
    assert_eq!(by_source(Source::Organic), Some(20));
    assert_eq!(by_source(Source::Promoted), Some(10));
    let foreign = told[0].1.as_ref().unwrap();
    assert_eq!(foreign.count(Metric::Likes), Some(4));
    assert!(matches!(
        foreign.get(&Metric::LinkClicks).unwrap().reading,
        Reading::Absent(Absent::NotPermitted)
    ));
    assert_eq!(told[1].1.as_ref().unwrap_err().kind(), &ErrorKind::NotFound);
    assert!(matches!(
        told[3].1.as_ref().unwrap_err().kind(),
        ErrorKind::Invalid(_)
    ));
    let asked = server.take();
    assert_eq!(asked[1].query["ids"], "1,2,3");
    assert!(asked[1].query["tweet.fields"].contains("promoted_metrics"));
    assert_eq!(asked[2].query["ids"], "2");
    assert!(!asked[2].query["tweet.fields"].contains("promoted_metrics"));
}

#[tokio::test]
async fn a_hundred_posts_are_measured_at_once_and_none_for_nothing() {
    let (server, clock) = (Server::default(), clock());
    let x = builder(&server, &clock).bearer(BEARER).build().unwrap();
    assert!(x.post_metrics(&[]).await.unwrap().is_empty());
    assert!(server.take().is_empty());
    server.says(POSTS, json!({"meta": {"result_count": 0}}));
    let ids: Vec<PostId> = (100..350)
        .map(|id: u32| PostId::new(id.to_string()))
        .collect();
    let told = x.post_metrics(&ids).await.unwrap();
    assert!(
        told.iter()
            .all(|(_, result)| *result.as_ref().unwrap_err().kind() == ErrorKind::NotFound)
    );
    let counts: Vec<usize> = server
        .take()
        .iter()
        .map(|asked| asked.query["ids"].split(',').count())
        .collect();
    assert_eq!(counts, [100, 100, 50]);
}

#[tokio::test]
async fn an_account_is_told_as_it_stands_and_spans_have_a_reason() {
    let (server, clock) = (Server::default(), clock());
    let x = whole(&server, &clock);
    server.forgets("GET /2/users/me").says(
        "GET /2/users/me",
        json!({"data": {"id": ME, "public_metrics": {"followers_count": 3, "following_count": 0, "tweet_count": 9, "listed_count": 1}}}),
    );
    let now = clock.now();
    let metrics = x.account_metrics(&Period::new(now, now)).await.unwrap();
    assert_eq!(metrics.count(Metric::Followers), Some(3));
    assert_eq!(metrics.count(Metric::Following), Some(0));
    assert_eq!(metrics.count(Metric::from("listed")), Some(1));
    assert!(matches!(
        metrics.get(&Metric::Joins).unwrap().reading,
        Reading::Absent(Absent::NotOffered)
    ));
}

#[tokio::test]
async fn trends_are_those_of_a_place_and_the_call_is_billed_once() {
    let (server, clock) = (Server::default(), clock());
    let client = client(&server, &clock);
    let x = X::builder()
        .client(&client)
        .account_name("desk")
        .bearer(BEARER)
        .build()
        .unwrap();
    server
        .says(
            "GET /2/trends/by/woeid/1",
            json!({"data": [{"trend_name": "#rust", "tweet_count": 12}, {"trend_name": "crabs & co"}]}),
        )
        .says("GET /2/trends/by/woeid/23424977", json!({"data": [{"trend_name": "a"}, {"trend_name": "b"}]}));
    let told = x.trending(&TrendScope::anywhere()).await.unwrap();
    assert_eq!(
        (told[0].name.as_str(), told[0].rank, told[0].posts),
        ("#rust", Some(1), Some(12))
    );
    assert_eq!(
        told[0].url.as_deref(),
        Some("https://x.com/search?q=%23rust")
    );
    assert_eq!((told[1].rank, told[1].posts), (Some(2), None));
    let scope = TrendScope::anywhere().place("23424977").limit(1_u32);
    assert_eq!(x.trending(&scope).await.unwrap().len(), 1);
    assert_eq!(server.take()[1].query["max_trends"], "1");
    let error = x
        .trending(&TrendScope::anywhere().place("Berlin"))
        .await
        .unwrap_err();
    assert!(error.message().contains("WOEID"), "{error}");
    let spent = client.spending().await.unwrap();
    assert_eq!(spent.rows[0].certain.to_string(), "0.020000 USD");
}

/// An account of X Ads.
fn advertiser(server: &Server, clock: &SetClock) -> X {
    builder(server, clock)
        .consumer(ConsumerKey::new("key", "secret-of-the-application"))
        .access_token(AccessToken::new("1001-token", "secret-of-the-token"))
        .base_url("http://127.0.0.1:9")
        .ads_account("18ce54d4x5t")
        .build()
        .unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn promotions_are_measured_week_by_week_in_exact_money() {
    let (server, clock) = (Server::default(), clock());
    let x = advertiser(&server, &clock);
    let account = "/12/accounts/18ce54d4x5t";
    let campaigns: Vec<Value> = (0..21)
        .map(|at| json!({"id": format!("c{at}"), "name": format!("Campaign {at}"), "currency": "EUR"}))
        .collect();
    let stats = |id: &str, micros: Value| {
        json!({"data_type": "stats", "data": [{"id": id, "id_data": [{"segment": null, "metrics":
               {"impressions": [100], "clicks": null, "billed_charge_local_micro": micros}}]}]})
    };
    let calls = format!("GET {}", account.replace("/12/", "/12/stats/"));
    server
        .says(&format!("GET {account}/campaigns"), json!({"data": campaigns, "next_cursor": null}))
        .says(
            &format!("GET {account}/promoted_tweets"),
            json!({"data": [{"id": "p1", "tweet_id": "33", "line_item_id": "x"}], "next_cursor": null}),
        )
        .says(&calls, stats("c0", json!([10_000_001])))
        .says(&calls, stats("c0", json!([null])))
        .says(&calls, stats("c20", json!(null)));
    let period = Period::new(at("2026-02-01T00:00:00Z"), at("2026-02-10T00:00:00Z"));
    let page = x.promotions(&PromotionQuery::new(period)).await.unwrap();
    assert_eq!(page.items.len(), 22);
    let first = &page.items[0];
    assert_eq!(
        (first.id.as_str(), first.name.as_deref()),
        ("campaign:c0", Some("Campaign 0"))
    );
    let spend = |promotion: &Promotion| {
        promotion
            .metrics
            .get(&Metric::Spend)
            .unwrap()
            .reading
            .clone()
    };
    assert!(
        matches!(spend(first), Reading::Value { value: Quantity::Money(money), .. } if money.to_string() == "10.000001 EUR"),
        "{:?}",
        spend(first)
    );
    assert_eq!(first.metrics.count(Metric::Impressions), Some(200));
    assert_eq!(first.metrics.count(Metric::Clicks), Some(0));
    let post = page.items.last().unwrap();
    assert_eq!(post.id.as_str(), "promoted_post:p1");
    assert_eq!(post.post.as_ref().unwrap().as_str(), "33");
    // Two weeks, in batches of twenty: campaigns four times, the post twice.
    let asked = server.take();
    let measured: Vec<&Asked> = asked.iter().filter(|asked| asked.call == calls).collect();
    assert_eq!(measured.len(), 6);
    assert_eq!(measured[0].query["end_time"], "2026-02-08T00:00:00Z");
    assert_eq!(measured[0].query["entity_ids"].split(',').count(), 20);
    assert!(
        asked
            .iter()
            .all(|asked| asked.authorization.starts_with("OAuth "))
    );
    // One of them, and one that is not there.
    let one = PromotionQuery::new(period)
        .ids("campaign:c3")
        .ids("campaign:gone");
    let page = x.promotions(&one).await.unwrap();
    assert_eq!(page.items[0].id.as_str(), "campaign:c3");
    assert_eq!(page.omitted[0].id, "campaign:gone");
}

#[tokio::test]
async fn without_access_to_advertising_nothing_is_asked() {
    let (server, clock) = (Server::default(), clock());
    let period = Period::new(at("2026-02-01T00:00:00Z"), at("2026-02-02T00:00:00Z"));
    let query = PromotionQuery::new(period);
    let error = whole(&server, &clock).promotions(&query).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden(Need::Permission(what)) if what.contains("Ads access")),
        "{error:?}"
    );
    // An account alone is not enough: the Ads API takes no token but that of OAuth 1.0a.
    let x = builder(&server, &clock)
        .user_token(USER)
        .ads_account("18ce54d4x5t")
        .build()
        .unwrap();
    let error = x.promotions(&query).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden(Need::Token(_))),
        "{error:?}"
    );
    let backwards = PromotionQuery::new(Period::new(period.until, period.since));
    let error = advertiser(&server, &clock)
        .promotions(&backwards)
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)));
    assert!(server.take().is_empty());
    for bad in ["", "../x", "a b"] {
        let built = builder(&server, &clock)
            .bearer(BEARER)
            .ads_account(bad)
            .build();
        assert_eq!(built.unwrap_err().kind(), &ErrorKind::Config);
    }
}
