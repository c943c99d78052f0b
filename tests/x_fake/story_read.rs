//! Look-ups, timelines, search and figures.

use serde_json::json;
use sociable::adapters::x::fake::{Fake, Figures};
use sociable::jiff::SignedDuration;

use crate::net::{Net, ids, strings, text};

stories!(
    what_is_missing_is_told_beside_the_rest,
    a_timeline_goes_on_page_by_page,
    an_empty_page_may_lead_to_the_next,
    a_timeline_keeps_to_its_span,
    a_timeline_leaves_out_what_is_excluded,
    protected_posts_are_for_followers,
    a_home_timeline_holds_whom_one_follows,
    mentions_are_listed,
    a_search_finds_what_its_query_says,
    a_recent_search_looks_back_a_week,
    a_search_for_words_finds_no_reposts,
    only_what_is_asked_for_is_told,
    figures_of_one_s_own_are_told_for_thirty_days,
    posts_are_counted,
);

fn mine() -> String {
    format!("/2/users/{}/tweets", Fake::ANNA)
}

fn what_is_missing_is_told_beside_the_rest(net: &Net) {
    let post = net.publish("Here");
    net.fake.set_protected(Fake::BOB, true);
    let hidden = net.fake.post_as(Fake::BOB, "Not for you", net.now());
    let told = net.get(&format!("/2/tweets?ids={post},1,{hidden}")).ok();
    assert_eq!(ids(&told), [post]);
    let errors = told["errors"].as_array().unwrap();
    assert_eq!(errors[0]["value"], "1");
    assert!(text(&errors[0]["type"]).ends_with("/resource-not-found"));
    assert_eq!(errors[0]["detail"], "Could not find tweet with ids: [1].");
    assert!(text(&errors[1]["type"]).ends_with("/not-authorized-for-resource"));
    let told = net.get("/2/tweets/1").ok();
    assert!(told.get("data").is_none());
    let told = net.get("/2/users/1/tweets").ok();
    assert_eq!(told["errors"][0]["resource_type"], "user");
    let told = net.get("/2/users/by/username/nobody_here").ok();
    assert_eq!(told["errors"][0]["parameter"], "username");
    net.get("/2/users/1").ok();
    let told = net
        .get(&format!(
            "/2/users/by?usernames={},nobody_here",
            Fake::BOB_NAME
        ))
        .ok();
    assert_eq!(told["errors"].as_array().unwrap().len(), 1);
}

fn a_timeline_goes_on_page_by_page(net: &Net) {
    let told = net.get(&mine()).ok();
    assert!(told.get("data").is_none(), "{told}");
    assert_eq!(told["meta"], json!({ "result_count": 0 }));
    let posts: Vec<String> = (0..12)
        .map(|n| {
            net.seconds(1);
            net.publish(&n.to_string())
        })
        .collect();
    let first = net.get(&format!("{}?max_results=5", mine())).ok();
    let newest: Vec<String> = posts.iter().rev().take(5).cloned().collect();
    assert_eq!(ids(&first), newest);
    assert_eq!(first["meta"]["result_count"], 5);
    assert_eq!(first["meta"]["newest_id"], json!(posts[11]));
    assert_eq!(first["meta"]["oldest_id"], json!(posts[7]));
    let token = text(&first["meta"]["next_token"]);
    assert_eq!(token.len(), 16);
    // What came since does not shift the pages.
    net.publish("new");
    let second = net
        .get(&format!(
            "{}?max_results=5&pagination_token={token}",
            mine()
        ))
        .ok();
    assert_eq!(ids(&second)[0], posts[6]);
    let token = text(&second["meta"]["next_token"]);
    let third = net
        .get(&format!(
            "{}?max_results=5&pagination_token={token}",
            mine()
        ))
        .ok();
    assert_eq!(ids(&third), [posts[1].clone(), posts[0].clone()]);
    assert!(third["meta"].get("next_token").is_none());
}

fn an_empty_page_may_lead_to_the_next(net: &Net) {
    let post = net.publish("Here");
    net.fake.set_empty_pages(true);
    let first = net.get(&mine()).ok();
    assert_eq!(first["meta"]["result_count"], 0);
    let token = text(&first["meta"]["next_token"]);
    assert_eq!(
        net.ids(&format!("{}?pagination_token={token}", mine())),
        [post]
    );
}

fn a_timeline_keeps_to_its_span(net: &Net) {
    let posts: Vec<String> = (0..6)
        .map(|n| {
            net.seconds(60);
            net.publish(&n.to_string())
        })
        .collect();
    let at = |query: &str| net.ids(&format!("{}?{query}", mine()));
    assert_eq!(
        at(&format!("since_id={}", posts[3])),
        [posts[5].clone(), posts[4].clone()]
    );
    assert_eq!(at(&format!("until_id={}", posts[1])), [posts[0].clone()]);
    assert_eq!(at("start_time=2026-11-23T12:06:00Z"), [posts[5].clone()]);
    assert_eq!(at("end_time=2026-11-23T12:02:00Z"), [posts[0].clone()]);
}

fn a_timeline_leaves_out_what_is_excluded(net: &Net) {
    let post = net.publish("Post");
    net.seconds(1);
    let reply = net
        .fake
        .reply_as(Fake::ANNA, post.parse().unwrap(), "Reply", net.now())
        .to_string();
    let bobs = net.fake.post_as(Fake::BOB, "Bob's", net.now());
    let repost = net
        .fake
        .repost_as(Fake::ANNA, bobs, net.now())
        .unwrap()
        .to_string();
    assert_eq!(net.ids(&mine()).len(), 3);
    assert_eq!(
        net.ids(&format!("{}?exclude=replies", mine())),
        [repost.clone(), post.clone()]
    );
    assert_eq!(
        net.ids(&format!("{}?exclude=retweets", mine())),
        [reply, post.clone()]
    );
    assert_eq!(
        net.ids(&format!("{}?exclude=replies,retweets", mine())),
        [post]
    );
    let told = net
        .get(&format!(
            "/2/tweets/{repost}?tweet.fields=referenced_tweets,entities"
        ))
        .data();
    assert_eq!(told["text"], "RT @bob_test: Bob's");
    assert_eq!(
        told["referenced_tweets"],
        json!([{ "type": "retweeted", "id": bobs.to_string() }])
    );
    assert_eq!(told["entities"]["mentions"][0]["username"], "bob_test");
}

fn protected_posts_are_for_followers(net: &Net) {
    net.fake.post_as(Fake::BOB, "Quiet", net.now());
    net.fake.set_protected(Fake::BOB, true);
    let target = format!("/2/users/{}/tweets", Fake::BOB);
    let told = net.get(&target).ok();
    assert_eq!(told["errors"][0]["title"], "Authorization Error");
    net.fake.follow_as(Fake::ANNA, Fake::BOB, net.now());
    assert_eq!(net.ids(&target).len(), 1);
    assert!(ids(&net.bearer(&target).ok()).is_empty());
}

fn a_home_timeline_holds_whom_one_follows(net: &Net) {
    let own = net.publish("Mine");
    let bobs = net.fake.post_as(Fake::BOB, "Bob's", net.now()).to_string();
    net.fake.post_as(Fake::CAROL, "Carol's", net.now());
    net.fake.follow_as(Fake::ANNA, Fake::BOB, net.now());
    let home = format!("/2/users/{}/timelines/reverse_chronological", Fake::ANNA);
    assert_eq!(net.ids(&home), [bobs, own.clone()]);
    net.get(&format!(
        "/2/users/{}/timelines/reverse_chronological",
        Fake::BOB
    ))
    .refused(400);
    net.post(
        &format!("/2/users/{}/muting", Fake::ANNA),
        &json!({ "target_user_id": Fake::BOB.to_string() }),
    )
    .ok();
    assert_eq!(net.ids(&home), [own]);
}

fn mentions_are_listed(net: &Net) {
    let own: u64 = net.publish("@anna_test is me").parse().unwrap();
    net.seconds(1);
    let named = net.fake.post_as(Fake::BOB, "Ask @Anna_Test!", net.now());
    let reply = net.fake.reply_as(Fake::CAROL, own, "Really?", net.now());
    net.fake
        .post_as(Fake::CAROL, "mail anna_test@example.com", net.now());
    let target = format!("/2/users/{}/mentions", Fake::ANNA);
    assert_eq!(net.ids(&target), strings(&[reply, named]));
    assert_eq!(
        net.ids(&format!("{target}?since_id={named}")),
        strings(&[reply])
    );
}

fn a_search_finds_what_its_query_says(net: &Net) {
    let at = |user, words: &str| {
        net.seconds(1);
        net.fake.post_as(user, words, net.now())
    };
    let rust = at(Fake::ANNA, "I like Rust #rustlang https://example.com/x");
    let trust = at(Fake::BOB, "trust nobody, @anna_test");
    let reply = net
        .fake
        .reply_as(Fake::CAROL, rust, "rust for ever", net.now());
    let quote = net.fake.quote_as(Fake::BOB, rust, "crab words", net.now());
    let repost = net.fake.repost_as(Fake::CAROL, trust, net.now()).unwrap();
    let find = |query: &str| {
        let query = url::form_urlencoded::byte_serialize(query.as_bytes()).collect::<String>();
        net.ids(&format!("/2/tweets/search/recent?query={query}"))
    };
    assert_eq!(find("rust"), strings(&[reply, rust]));
    assert_eq!(find("RUST like"), strings(&[rust]));
    assert_eq!(find("\"rust for\""), strings(&[reply]));
    assert!(find("\"for rust\"").is_empty());
    assert_eq!(find("#rustlang"), strings(&[rust]));
    assert_eq!(find("from:bob_test -is:retweet"), strings(&[quote, trust]));
    assert_eq!(find("from:carol_test is:retweet"), strings(&[repost]));
    assert_eq!(find("to:anna_test"), strings(&[reply]));
    assert_eq!(find("@anna_test -from:carol_test"), strings(&[trust]));
    assert_eq!(
        find(&format!("conversation_id:{rust}")),
        strings(&[reply, rust])
    );
    assert_eq!(
        find(&format!("conversation_id:{rust} is:reply")),
        strings(&[reply])
    );
    assert_eq!(
        find(&format!("in_reply_to_tweet_id:{rust}")),
        strings(&[reply])
    );
    assert_eq!(
        find(&format!("quotes_of_tweet_id:{rust}")),
        strings(&[quote])
    );
    assert_eq!(find("crab OR (rust has:links)"), strings(&[quote, rust]));
    assert_eq!(find("url:\"example.com\""), strings(&[rust]));
    assert_eq!(find("rust -like lang:en"), strings(&[reply]));
    for bad in [
        "is:reply",
        "-rust",
        "(rust",
        "rust)",
        "\"rust",
        "shoe:size",
        "",
    ] {
        let query = url::form_urlencoded::byte_serialize(bad.as_bytes()).collect::<String>();
        net.get(&format!("/2/tweets/search/recent?query={query}"))
            .refused(400);
    }
    let told = net
        .bearer("/2/tweets/counts/recent?query=rust&granularity=day")
        .ok();
    assert_eq!(told["meta"]["total_post_count"], 2);
    assert_eq!(told["data"][0]["post_count"], 2);
}

fn a_recent_search_looks_back_a_week(net: &Net) {
    let post = net.publish("needle");
    net.wait(SignedDuration::from_hours(7 * 24));
    assert_eq!(
        net.ids("/2/tweets/search/recent?query=needle"),
        [post.as_str()]
    );
    net.seconds(1);
    assert!(net.ids("/2/tweets/search/recent?query=needle").is_empty());
    net.get(&format!(
        "/2/tweets/search/recent?query=needle&since_id={post}"
    ))
    .refused(400);
    net.get("/2/tweets/search/recent?query=needle&start_time=2026-11-23T12:00:00Z")
        .refused(400);
    let found = net
        .bearer("/2/tweets/search/all?query=needle&max_results=500")
        .ok();
    assert_eq!(ids(&found), [post]);
}

fn a_search_for_words_finds_no_reposts(net: &Net) {
    let post = net.fake.post_as(Fake::BOB, "needle", net.now());
    net.fake.repost_as(Fake::CAROL, post, net.now()).unwrap();
    assert_eq!(
        net.ids("/2/tweets/search/recent?query=needle"),
        strings(&[post])
    );
}

fn only_what_is_asked_for_is_told(net: &Net) {
    let post = net.publish("Short");
    let told = net.get(&format!("/2/tweets/{post}")).ok();
    assert_eq!(
        told,
        json!({ "data": { "id": post, "text": "Short", "edit_history_tweet_ids": [post] } })
    );
    let told = net
        .get(&format!(
            "/2/tweets/{post}?expansions=author_id&user.fields=verified"
        ))
        .ok();
    assert_eq!(told["data"]["author_id"], Fake::ANNA.to_string());
    assert_eq!(
        told["includes"]["users"],
        json!([{ "id": Fake::ANNA.to_string(), "name": "Anna", "username": "anna_test", "verified": true }])
    );
}

fn figures_of_one_s_own_are_told_for_thirty_days(net: &Net) {
    let post = net.publish("Famous");
    let number: u64 = post.parse().unwrap();
    let mut organic = Figures::default();
    organic.impressions = 1000;
    organic.url_clicks = 7;
    organic.likes = 20;
    organic.engagements = 50;
    let mut promoted = Figures::default();
    promoted.impressions = 5000;
    promoted.likes = 3;
    net.fake.set_figures(number, organic, Some(promoted));
    net.fake.like_as(Fake::BOB, number, net.now());
    let target = format!(
        "/2/tweets?ids={post}&tweet.fields=public_metrics,non_public_metrics,organic_metrics,promoted_metrics"
    );
    let told = net.get(&target).ok();
    let told = &told["data"][0];
    assert_eq!(told["public_metrics"]["impression_count"], 6000);
    assert_eq!(told["public_metrics"]["like_count"], 24);
    assert_eq!(told["organic_metrics"]["like_count"], 21);
    assert_eq!(told["organic_metrics"]["impression_count"], 1000);
    assert_eq!(told["promoted_metrics"]["like_count"], 3);
    assert_eq!(told["promoted_metrics"]["impression_count"], 5000);
    assert_eq!(told["non_public_metrics"]["url_link_clicks"], 7);
    let foreign = net.call(Fake::BOB_TOKEN, "GET", &target, None).ok();
    assert!(foreign["data"][0]["organic_metrics"].is_null());
    assert_eq!(foreign["data"][0]["public_metrics"]["like_count"], 24);
    assert!(text(&foreign["errors"][0]["type"]).ends_with("/not-authorized-for-field"));
    net.wait(SignedDuration::from_hours(30 * 24));
    let late = net.get(&target).ok();
    assert!(late["data"][0]["non_public_metrics"].is_null());
    assert_eq!(late["errors"].as_array().unwrap().len(), 3);
}

fn posts_are_counted(net: &Net) {
    let post: u64 = net.publish("Count me").parse().unwrap();
    net.fake.like_as(Fake::BOB, post, net.now());
    net.fake.like_as(Fake::BOB, post, net.now());
    net.fake.reply_as(Fake::BOB, post, "One", net.now());
    net.fake.quote_as(Fake::BOB, post, "Two", net.now());
    net.fake.repost_as(Fake::BOB, post, net.now());
    let told = net
        .get(&format!("/2/tweets/{post}?tweet.fields=public_metrics"))
        .data();
    assert_eq!(
        told["public_metrics"],
        json!({ "retweet_count": 1, "reply_count": 1, "like_count": 1, "quote_count": 1, "bookmark_count": 0, "impression_count": 0 })
    );
    let me = net.get("/2/users/me?user.fields=public_metrics").data();
    assert_eq!(me["public_metrics"]["tweet_count"], 1);
}
