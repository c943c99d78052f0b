//! Windows, money, and what is learned of both.

use super::*;

const OWN: &str = "GET /2/users/1001/tweets";

fn page(posts: u64) -> Value {
    let data: Vec<Value> = (0..posts)
        .map(|n| json!({"id": n.to_string(), "text": "x"}))
        .collect();
    json!({"data": data, "meta": {"result_count": posts}})
}

fn desk(client: &Client) -> XBuilder {
    let x = X::builder().client(client).account_name("desk");
    x.user_token(USER)
}

/// How many things were asked for at once, in each call of this kind.
fn counts(server: &Server, call: &str) -> Vec<String> {
    let asked = server.take().into_iter().filter(|asked| asked.call == call);
    asked
        .map(|asked| asked.query["max_results"].clone())
        .collect()
}

#[tokio::test]
async fn a_429_whose_quarter_has_room_rests_the_day_and_others_go_on() {
    let (server, clock) = (Server::default(), clock());
    let reset = clock.now().as_second() + 5 * 3600;
    let empty = Says::status(429, r#"{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}"#)
        .with("x-rate-limit-limit", 50)
        .with("x-rate-limit-remaining", 49)
        .with("x-rate-limit-reset", clock.now().as_second() + 900)
        .with("x-user-limit-24hour-limit", 1000)
        .with("x-user-limit-24hour-remaining", 0)
        .with("x-user-limit-24hour-reset", reset);
    server.says("POST /2/users/1001/likes", empty);
    server.says(
        "POST /2/users/1001/retweets",
        json!({"data": {"retweeted": true, "rest_id": "9"}}),
    );
    let x = whole(&server, &clock);
    let post = Target::from(PostId::new("12"));
    let error = x.engage(&post, &Engagement::like()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
    let until = error.retry_at().unwrap().as_second();
    assert!((reset..=reset + 2).contains(&until), "{error}");
    server.take();
    // Nothing leaves before that moment, and another endpoint is not held.
    x.engage(&post, &Engagement::like()).await.unwrap_err();
    x.engage(&post, &Engagement::repost()).await.unwrap();
    assert_eq!(server.calls(), ["POST /2/users/1001/retweets"]);
}

#[tokio::test]
async fn a_used_up_month_is_no_reason_to_wait() {
    let (server, clock) = (Server::default(), clock());
    let capped = json!({"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly product cap", "type": "https://api.twitter.com/2/problems/usage-capped", "period": "Monthly", "scope": "Product"});
    server.says(
        OWN,
        Says::status(429, capped.to_string()).with("x-rate-limit-remaining", 899),
    );
    let x = whole(&server, &clock);
    let error = x.posts(&PostQuery::own()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
    server.forgets(OWN).says(OWN, Says::status(402, r#"{"title":"CreditsDepleted","detail":"Your enrolled account does not have any credits"}"#));
    let error = x.posts(&PostQuery::own()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
}

#[tokio::test]
async fn fifteen_looks_at_the_muted_fit_into_a_quarter_of_an_hour() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        "GET /2/users/1001/muting",
        json!({"meta": {"result_count": 0}}),
    );
    let x = whole(&server, &clock);
    let began = clock.now();
    for _ in 0..15 {
        let _: Value = x
            .call("GET", "/2/users/1001/muting", &json!({}))
            .await
            .unwrap();
    }
    assert_eq!(clock.now(), began);
    let more = x
        .call::<Value>("GET", "/2/users/1001/muting", &json!({}))
        .await;
    let error = more.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
}

#[tokio::test]
async fn what_answers_hold_is_booked_and_a_cap_refuses_what_could_pass_it() {
    let (server, clock) = (Server::default(), clock());
    server.says(OWN, page(3));
    let client = client(&server, &clock);
    server.says(
        "GET /2/users/me",
        json!({"data": {"id": ME, "username": "me", "name": "Me"}}),
    );
    let x = desk(&client)
        .spending_cap("4.55 USD a day".parse().unwrap())
        .build()
        .unwrap();
    // 100 posts at 0.005 each are reserved, and with each of them two more and three accounts; three are billed.
    let query = PostQuery::own().limit(100);
    x.posts(&query).await.unwrap();
    let spending = client.spending().await.unwrap();
    let spent = |operation: Operation| {
        let mut rows = spending.of("x", "desk");
        rows.find(|row| row.operation == operation)
            .map(|row| row.certain.amount)
    };
    // Who this is was asked for it, at 0.010.
    assert_eq!(spent(Operation::POSTS_OWN), Some(15_000 + 10_000));
    x.posts(&query).await.unwrap();
    server.take();
    // Two pages and a look cost 0.040 by now; a third could cost 4.500.
    let left = x.posts(&query).await;
    assert!(left.is_ok(), "4.510 are left");
    server.take();
    // What costs less still goes: a page of twenty.
    x.posts(&query).await.unwrap();
    assert_eq!(counts(&server, OWN), ["20"]);
    // Where five could pass it, which are the fewest that there are, nothing is asked.
    let poor = builder(&server, &clock)
        .user_token(USER)
        .spending_cap("0.23 USD a day".parse().unwrap())
        .build()
        .unwrap();
    let error = poor.posts(&query).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
    assert_eq!(server.calls(), ["GET /2/users/me"]);
}

#[tokio::test]
async fn posts_and_accounts_that_are_told_beside_others_are_booked_as_well() {
    let (server, clock) = (Server::default(), clock());
    let mut told = page(2);
    told["includes"] = json!({"users": [{"id": "7"}, {"id": "8"}], "tweets": [{"id": "5", "text": "x"}],
        "media": [{"media_key": "3_1"}]});
    server.says(OWN, told);
    let client = client(&server, &clock);
    server.says("GET /2/users/me", json!({"data": {"id": ME}}));
    let x = desk(&client).build().unwrap();
    x.posts(&PostQuery::own()).await.unwrap();
    let spending = client.spending().await.unwrap();
    let spent: i64 = spending.of("x", "desk").map(|row| row.certain.amount).sum();
    // Three posts, two accounts, and who this is.
    assert_eq!(spent, 3 * 5_000 + 2 * 10_000 + 10_000);
}

#[tokio::test]
async fn mentions_are_asked_for_in_pages_that_a_cap_has_room_for() {
    let (server, clock) = (Server::default(), clock());
    let mentions = "GET /2/users/1001/mentions";
    server.says(mentions, page(0));
    let x = builder(&server, &clock)
        .user_token(USER)
        .spending_cap("0.95 USD".parse().unwrap())
        .build()
        .unwrap();
    let query = EventQuery::oldest().kinds(EventKind::Mention);
    x.events(&query).await.unwrap();
    let counts = counts(&server, mentions);
    // A hundred could cost 4.50, twenty 0.90.
    assert_eq!(counts, ["20"]);
}

#[tokio::test]
async fn a_post_is_looked_for_in_pages_that_a_cap_has_room_for() {
    let (server, clock) = (Server::default(), clock());
    server.says(OWN, json!({"data": [{"id": "79", "text": "once", "author_id": ME}], "meta": {"result_count": 1}}));
    let x = builder(&server, &clock)
        .user_token(USER)
        .spending_cap("0.30 USD".parse().unwrap())
        .build()
        .unwrap();
    let draft = Draft::text("once").checked(&x.profile()).unwrap();
    let prepared = x.prepare(&draft).await.unwrap();
    let told = x.reconcile(&prepared).await.unwrap();
    assert!(matches!(told, Reconciled::Published(_)), "{told:?}");
    // A hundred could cost 4.50, twenty 0.90, and five 0.225.
    assert_eq!(counts(&server, OWN), ["5"]);
}

#[tokio::test]
async fn messages_are_asked_for_in_pages_that_a_cap_has_room_for() {
    let (server, clock) = (Server::default(), clock());
    let messages = "GET /2/dm_events";
    let message = |id: u64| {
        json!({"id": id.to_string(), "event_type": "MessageCreate", "text": "psst", "sender_id": "7",
            "dm_conversation_id": "7-1001", "created_at": "2026-03-14T09:00:00.000Z"})
    };
    server
        .says(
            messages,
            json!({"data": [message(9)], "meta": {"result_count": 1, "next_token": "more"}}),
        )
        .says(
            messages,
            json!({"data": [message(8)], "meta": {"result_count": 1}}),
        );
    let x = builder(&server, &clock)
        .user_token(USER)
        .spending_cap("0.10 USD".parse().unwrap())
        .build()
        .unwrap();
    let query = EventQuery::oldest().kinds(EventKind::Message);
    let told = x.events(&query).await.unwrap();
    assert_eq!(told.items.len(), 2);
    let counts = counts(&server, messages);
    // Ten could cost 0.20.
    assert_eq!(counts, ["1", "2"]);
}

#[tokio::test]
async fn a_link_costs_more_in_the_check_and_at_the_cap() {
    let (server, clock) = (Server::default(), clock());
    server.says("POST /2/tweets", json!({"data": {"id": "77", "text": "x"}}));
    let x = builder(&server, &clock)
        .user_token(USER)
        .spending_cap("0.10 USD".parse().unwrap())
        .build()
        .unwrap();
    let profile = x.profile();
    let plain = Draft::text("no link").price(&profile).unwrap();
    let linked = Draft::text("see example.com/a").price(&profile).unwrap();
    assert_eq!(
        (plain.to_micros(), linked.to_micros()),
        (Some(15_000), Some(200_000))
    );
    let error = x
        .publish(&Draft::text("see example.com/a"))
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
    assert!(!server.calls().contains(&"POST /2/tweets".to_owned()));
    x.publish(&Draft::text("no link")).await.unwrap();
}

#[tokio::test]
async fn a_refusal_costs_nothing_and_a_lost_answer_is_booked_as_uncertain() {
    let (server, clock) = (Server::default(), clock());
    server.says(OWN, page(0));
    server
        .says(
            "POST /2/tweets",
            problem(403, "not-authorized-for-resource", "no"),
        )
        .says("POST /2/tweets", Says::status(503, ""))
        .says("POST /2/tweets", json!({"data": {"id": "77", "text": "x"}}));
    let client = client(&server, &clock);
    server.says(
        "GET /2/users/me",
        json!({"data": {"id": ME, "username": "me", "name": "Me"}}),
    );
    let x = desk(&client).build().unwrap();
    x.publish(&Draft::text("one")).await.unwrap_err();
    let error = x.publish(&Draft::text("two")).await.unwrap_err();
    let pending = serde_json::from_str(error.pending().unwrap()).unwrap();
    clock.advance(Duration::from_secs(61));
    let told = x.reconcile(&pending).await.unwrap();
    assert_eq!(told, Reconciled::NotPublished);
    x.commit(&pending).await.unwrap();
    let spending = client.spending().await.unwrap();
    let row = spending
        .of("x", "desk")
        .find(|row| row.operation == Operation::PUBLISH)
        .unwrap();
    // The look at who this is, and the post; the one whose answer was lost may have cost as much.
    assert_eq!(
        (row.certain.amount, row.uncertain.amount),
        (10_000 + 15_000, 15_000)
    );
}

#[tokio::test]
async fn an_account_that_is_not_verified_publishes_fifty_posts_a_day_and_answers_more() {
    let (server, clock) = (Server::default(), clock());
    server.says("POST /2/tweets", json!({"data": {"id": "77", "text": "x"}}));
    let x = builder(&server, &clock)
        .user_token(USER)
        .tier(Tier::Enterprise)
        .verified(false)
        .build()
        .unwrap();
    for n in 0..50 {
        x.publish(&Draft::text(format!("post {n}"))).await.unwrap();
    }
    server.take();
    let error = x.publish(&Draft::text("one more")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
    let wait = error.retry_at().unwrap().duration_since(clock.now());
    assert!(wait.as_hours() >= 23, "{error}");
    assert_eq!(server.calls(), Vec::<String>::new());
    let answer = Draft::text("an answer").reply_to(PostRef::from("12"));
    x.publish(&answer).await.unwrap();
}

#[tokio::test]
async fn a_post_by_a_native_call_costs_and_counts_as_any_other() {
    let (server, clock) = (Server::default(), clock());
    server.says("POST /2/tweets", json!({"data": {"id": "77", "text": "x"}}));
    let x = builder(&server, &clock)
        .user_token(USER)
        .verified(false)
        .spending_cap("0.90 USD".parse().unwrap())
        .build()
        .unwrap();
    let post = async |body: Value| x.call::<Value>("POST", "/2/tweets", &body).await;
    let reply = json!({"in_reply_to_tweet_id": "12"});
    for _ in 0..50 {
        post(json!({"text": "no link"})).await.unwrap();
    }
    // 0.15 of the cap are left, and a link costs 0.20.
    let answer = json!({"text": "see https://example.com/a", "reply": reply});
    let error = post(answer).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::QuotaExhausted, "{error}");
    post(json!({"text": "no link", "reply": reply}))
        .await
        .unwrap();
    let error = post(json!({"text": "one more"})).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
}
