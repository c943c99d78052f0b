//! Reading: what is asked for, what comes back, and what could not be had.

use super::*;

fn post(number: u64, more: Value) -> Value {
    let mut post = json!({"id": number.to_string(), "text": format!("post {number}"), "author_id": "5", "created_at": "2026-03-14T09:00:00.000Z",
        "conversation_id": number.to_string()});
    post.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    post
}

#[tokio::test]
async fn ids_go_a_hundred_at_once_and_what_is_missing_is_named() {
    let (server, clock) = (Server::default(), clock());
    let listed: Vec<Value> = (1..=120)
        .filter(|n| n % 50 != 0)
        .map(|n| post(n, json!({})))
        .collect();
    let errors = json!([
        {"resource_id": "50", "value": "50", "parameter": "ids", "resource_type": "tweet", "title": "Not Found Error", "detail": "Could not find tweet with ids: [50].", "type": "https://api.twitter.com/2/problems/resource-not-found"},
        {"resource_id": "100", "value": "100", "parameter": "ids", "resource_type": "tweet", "title": "Authorization Error", "detail": "Sorry, you are not authorized to see the Tweet with ids: [100].", "type": "https://api.x.com/2/problems/not-authorized-for-resource"},
        {"resource_id": "7", "parameter": "pinned_tweet_id", "resource_type": "tweet", "detail": "no part of it", "type": "https://api.x.com/2/problems/resource-not-found"}]);
    server.says("GET /2/tweets", json!({"data": listed, "errors": errors}));
    let x = whole(&server, &clock);
    let ids: Vec<PostId> = (1..=120)
        .rev()
        .map(|n: u64| PostId::new(n.to_string()))
        .collect();
    let page = x.posts(&PostQuery::ids(ids)).await.unwrap();
    assert_eq!(page.items.len(), 118);
    assert_eq!(
        (page.items[0].id.as_str(), page.items[117].id.as_str()),
        ("120", "1")
    );
    let missing: Vec<(&str, &str)> = page
        .omitted
        .iter()
        .map(|o| (o.id.as_str(), o.reason.name()))
        .collect();
    assert_eq!(missing, [("100", "Forbidden"), ("50", "NotFound")]);
    let asked = server.take();
    let sizes: Vec<usize> = asked
        .iter()
        .map(|asked| asked.query["ids"].split(',').count())
        .collect();
    assert_eq!(sizes, [100, 20]);
}

#[tokio::test]
async fn a_missing_post_is_not_found_although_the_status_is_good() {
    let (server, clock) = (Server::default(), clock());
    server.says("GET /2/tweets/7", json!({"errors": [{"value": "7", "detail": "Could not find tweet with id: [7].", "title": "Not Found Error",
        "resource_type": "tweet", "parameter": "id", "resource_id": "7", "type": "https://api.x.com/2/problems/resource-not-found"}]}));
    let x = whole(&server, &clock);
    let error = x.post(&PostId::new("7")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn both_spellings_of_what_was_renamed_read_alike() {
    let (server, clock) = (Server::default(), clock());
    let old = json!({"data": {"id": "7", "text": "Long…", "author_id": "5", "conversation_id": "3", "note_tweet": {"text": "Long &amp; whole"},
        "referenced_tweets": [{"type": "replied_to", "id": "4"}, {"type": "quoted", "id": "6"}], "public_metrics": {"retweet_count": 2, "like_count": 1}}});
    let new = json!({"data": {"id": "7", "text": "Long…", "author_id": "5", "conversation_id": "3", "note_post": {"text": "Long &amp; whole"},
        "referenced_posts": [{"type": "replied_to", "id": "4"}, {"type": "quoted", "id": "6"}], "public_metrics": {"repost_count": 2, "like_count": 1}}});
    server
        .says("GET /2/tweets/7", old)
        .says("GET /2/tweets/7", new);
    let x = whole(&server, &clock);
    let one = x.post(&PostId::new("7")).await.unwrap();
    let other = x.post(&PostId::new("7")).await.unwrap();
    assert_eq!(one, other);
    assert_eq!(one.text.as_str(), "Long & whole");
    let handles = [one.reply_to, one.quote, one.thread].map(|id| id.unwrap().as_str().to_owned());
    assert_eq!(handles, ["4", "6", "3"]);
}

#[tokio::test]
async fn numbers_beyond_a_float_stay_what_they_are() {
    let (server, clock) = (Server::default(), clock());
    // Two neighbours above 2^53, one of them written as a number.
    server.says(
        "GET /2/tweets",
        Says::status(
            200,
            r#"{"data":[{"id":"9007199254740993","text":"a"},{"id":9007199254740995,"text":"b"}]}"#,
        ),
    );
    let x = whole(&server, &clock);
    let ids = ["9007199254740993", "9007199254740995"].map(PostId::new);
    let page = x.posts(&PostQuery::ids(ids.clone())).await.unwrap();
    let read: Vec<PostId> = page.items.into_iter().map(|post| post.id).collect();
    assert_eq!(read, ids);
}

#[tokio::test]
async fn fewer_than_the_network_gives_come_page_by_page() {
    let (server, clock) = (Server::default(), clock());
    let list = |from: u64, count: u64| -> Vec<Value> {
        (from..from + count).map(|n| post(n, json!({}))).collect()
    };
    let first =
        json!({"data": list(1, 5), "meta": {"result_count": 5, "next_token": "b26v89c19zqg8o3f"}});
    let second = json!({"data": list(6, 2), "meta": {"result_count": 2}});
    // A page of two, the next two and the last one all ask for the first five.
    let call = "GET /2/users/5/tweets";
    server
        .says(call, first.clone())
        .says(call, first.clone())
        .says(call, first)
        .says(call, second);
    let x = whole(&server, &clock);
    let mut query = PostQuery::account(AccountRef::id("5")).limit(2);
    let mut read = Vec::new();
    loop {
        let page = x.posts(&query).await.unwrap();
        assert!(page.items.len() <= 2);
        read.extend(page.items.iter().map(|post| post.id.as_str().to_owned()));
        match page.next {
            Some(next) => query = query.after(next),
            None => break,
        }
    }
    assert_eq!(read, ["1", "2", "3", "4", "5", "6", "7"]);
    let tokens: Vec<Option<String>> = server
        .take()
        .iter()
        .map(|asked| asked.query.get("pagination_token").cloned())
        .collect();
    assert_eq!(
        tokens,
        [None, None, None, Some("b26v89c19zqg8o3f".to_owned())]
    );
}

#[tokio::test]
async fn a_search_reaches_into_the_archive_only_where_it_has_to_and_can() {
    let (server, clock) = (Server::default(), clock());
    for call in ["GET /2/tweets/search/recent", "GET /2/tweets/search/all"] {
        server.says(call, json!({"meta": {"result_count": 0}}));
    }
    let x = whole(&server, &clock);
    let week: Timestamp = "2026-03-10T00:00:00Z".parse().unwrap();
    let year: Timestamp = "2025-03-10T00:00:00Z".parse().unwrap();
    x.posts(&PostQuery::search("cats").since(week).order(Order::Top))
        .await
        .unwrap();
    x.posts(&PostQuery::search("cats").since(year))
        .await
        .unwrap();
    let asked = server.take();
    assert_eq!(
        (asked[0].call.as_str(), asked[0].authorization.as_str()),
        ("GET /2/tweets/search/recent", &*format!("Bearer {USER}"))
    );
    assert_eq!(
        (
            asked[0].query["sort_order"].as_str(),
            asked[0].query["start_time"].as_str()
        ),
        ("relevancy", "2026-03-10T00:00:00Z")
    );
    assert_eq!(
        (asked[1].call.as_str(), asked[1].authorization.as_str()),
        ("GET /2/tweets/search/all", &*format!("Bearer {BEARER}"))
    );
    // Without the application's token the last week is all there is.
    let user = builder(&server, &clock).user_token(USER).build().unwrap();
    user.posts(&PostQuery::search("cats").since(year))
        .await
        .unwrap();
    let asked = server.take();
    assert_eq!(asked[0].call, "GET /2/tweets/search/recent");
    assert!(!asked[0].query.contains_key("start_time"));
    let error = x
        .posts(&PostQuery::search("a".repeat(513)))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)));
}

#[tokio::test]
async fn answers_are_the_direct_ones_and_a_thread_is_in_its_order() {
    let (server, clock) = (Server::default(), clock());
    let answer = |n: u64, to: u64, minute: u64| {
        post(
            n,
            json!({"conversation_id": "1", "referenced_tweets": [{"type": "replied_to", "id": to.to_string()}], "created_at": format!("2026-03-14T09:{minute:02}:00.000Z")}),
        )
    };
    server.says("GET /2/tweets/1", json!({"data": post(1, json!({}))}));
    server.says("GET /2/tweets/3", json!({"data": answer(3, 2, 12)}));
    server.says("GET /2/tweets/search/recent", json!({"data": [answer(5, 3, 14), answer(4, 1, 13), answer(3, 2, 12), answer(2, 1, 11)], "meta": {"result_count": 4}}));
    let x = whole(&server, &clock);
    let ids = |posts: Vec<sociable::Post>| -> Vec<String> {
        posts.into_iter().map(|post| post.id.to_string()).collect()
    };
    let page = x
        .posts(&PostQuery::replies(PostId::new("1")))
        .await
        .unwrap();
    assert_eq!(ids(page.items), ["4", "2"]);
    let page = x
        .posts(&PostQuery::replies(PostId::new("3")))
        .await
        .unwrap();
    assert_eq!(ids(page.items), ["5"]);
    let asked = server.take();
    assert!(
        asked
            .iter()
            .filter(|asked| asked.call.contains("search"))
            .all(|asked| asked.query["query"] == "conversation_id:1")
    );
    let page = x.posts(&PostQuery::thread(PostId::new("3"))).await.unwrap();
    assert_eq!(ids(page.items), ["1", "2", "3", "5", "4"]);
}

#[tokio::test]
async fn a_repost_shows_the_original_under_its_own_id() {
    let (server, clock) = (Server::default(), clock());
    server.says("GET /2/users/5/tweets", json!({"data": [{"id": "9", "text": "RT @ann: cut off…", "author_id": "5", "conversation_id": "9", "referenced_tweets": [{"type": "retweeted", "id": "8"}]}],
        "includes": {"tweets": [{"id": "8", "text": "The whole original", "author_id": "6", "public_metrics": {"like_count": 4}}],
            "users": [{"id": "5", "username": "bob"}, {"id": "6", "username": "ann", "protected": false}]}, "meta": {"result_count": 1}}));
    let x = whole(&server, &clock);
    let page = x
        .posts(&PostQuery::account(AccountRef::id("5")))
        .await
        .unwrap();
    let post = &page.items[0];
    assert_eq!(
        (post.id.as_str(), post.text.as_str()),
        ("9", "The whole original")
    );
    assert_eq!(post.author.as_ref().unwrap().handle.as_deref(), Some("ann"));
    assert_eq!(
        post.reposted_by.as_ref().unwrap().handle.as_deref(),
        Some("bob")
    );
    assert_eq!(post.quote, None);
}

#[tokio::test]
async fn a_native_call_is_paced_and_read_as_it_comes() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        "GET /2/lists/12/tweets",
        json!({"data": [{"id": "1"}], "meta": {"result_count": 1}}),
    );
    server.says("POST /2/lists", json!({"data": {"id": "13"}}));
    let x = whole(&server, &clock);
    let told: Value = x
        .call(
            "GET",
            "/2/lists/12/tweets",
            &json!({"max_results": 5, "tweet.fields": ["lang", "entities"]}),
        )
        .await
        .unwrap();
    assert_eq!(told["data"][0]["id"], "1");
    let made: Value = x
        .call("POST", "/2/lists", &json!({"name": "friends"}))
        .await
        .unwrap();
    assert_eq!(made["data"]["id"], "13");
    let asked = server.take();
    assert_eq!(
        (
            asked[0].query["tweet.fields"].as_str(),
            asked[0].query["max_results"].as_str()
        ),
        ("lang,entities", "5")
    );
    assert_eq!(asked[1].json(), json!({"name": "friends"}));
    let error = x
        .call::<Value>("GET", "https://elsewhere.example/2/tweets", &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)));
}
