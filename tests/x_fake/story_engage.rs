//! Likes, reposts and bookmarks.

use serde_json::json;
use sociable::adapters::x::fake::{Fake, Plan};

use crate::net::{Net, ids, strings};

stories!(
    a_like_counts_once_and_is_taken_back,
    who_likes_is_told_to_the_author_alone,
    a_repost_is_made_once_and_taken_back,
    bookmarks_are_one_s_own,
    quotes_and_reposts_are_listed,
);

fn a_like_counts_once_and_is_taken_back(net: &Net) {
    net.fake.set_plan_of(Fake::ANNA, Plan::Enterprise);
    let post = net.fake.post_as(Fake::BOB, "Nice", net.now()).to_string();
    let likes = format!("/2/users/{}/likes", Fake::ANNA);
    let count = || {
        net.get(&format!("/2/tweets/{post}?tweet.fields=public_metrics"))
            .data()["public_metrics"]["like_count"]
            .clone()
    };
    let body = json!({ "tweet_id": post });
    assert_eq!(net.post(&likes, &body).data(), json!({ "liked": true }));
    net.post(&likes, &body).ok();
    assert_eq!(count(), 1);
    let liked = format!("/2/users/{}/liked_tweets", Fake::ANNA);
    assert_eq!(net.ids(&liked), [post.as_str()]);
    // Without the plan a like is taken back all the same.
    net.fake.set_plan_of(Fake::ANNA, Plan::PayPerUse);
    assert_eq!(
        net.delete(&format!("{likes}/{post}")).data(),
        json!({ "liked": false })
    );
    net.delete(&format!("{likes}/{post}")).ok();
    assert_eq!(count(), 0);
    net.fake.set_plan_of(Fake::ANNA, Plan::Enterprise);
    net.post(&likes, &json!({ "tweet_id": "1" })).refused(404);
    net.post(&likes, &json!({ "tweet_id": 1 })).refused(400);
    net.post(&format!("/2/users/{}/likes", Fake::BOB), &body)
        .refused(400);
}

fn who_likes_is_told_to_the_author_alone(net: &Net) {
    let post: u64 = net.publish("Mine").parse().unwrap();
    net.fake.like_as(Fake::BOB, post, net.now());
    net.fake.like_as(Fake::CAROL, post, net.now());
    let target = format!("/2/tweets/{post}/liking_users");
    assert_eq!(net.ids(&target), strings(&[Fake::CAROL, Fake::BOB]));
    let page = net.get(&format!("{target}?max_results=1")).ok();
    assert_eq!(ids(&page), strings(&[Fake::CAROL]));
    let next = format!(
        "{target}?max_results=1&pagination_token={}",
        page["meta"]["next_token"].as_str().unwrap()
    );
    assert_eq!(net.ids(&next), strings(&[Fake::BOB]));
    let other = net.call(Fake::BOB_TOKEN, "GET", &target, None).ok();
    assert_eq!(other, json!({ "meta": { "result_count": 0 } }));
    let bobs = format!("/2/users/{}/liked_tweets", Fake::BOB);
    assert!(net.ids(&bobs).is_empty());
    assert_eq!(
        ids(&net.call(Fake::BOB_TOKEN, "GET", &bobs, None).ok()),
        strings(&[post])
    );
}

fn a_repost_is_made_once_and_taken_back(net: &Net) {
    let post = net
        .fake
        .post_as(Fake::BOB, "Share me", net.now())
        .to_string();
    let reposts = format!("/2/users/{}/retweets", Fake::ANNA);
    let body = json!({ "tweet_id": post });
    let made = net.post(&reposts, &body).data();
    assert_eq!(made["retweeted"], true);
    net.post(&reposts, &body).refused(403);
    assert_eq!(
        net.ids(&format!("/2/users/{}/tweets", Fake::ANNA)),
        [made["rest_id"].as_str().unwrap()]
    );
    assert_eq!(
        net.ids(&format!("/2/tweets/{post}/retweeted_by")),
        strings(&[Fake::ANNA])
    );
    let mine = net
        .call(Fake::BOB_TOKEN, "GET", "/2/users/reposts_of_me", None)
        .ok();
    assert_eq!(ids(&mine), [post.as_str()]);
    assert_eq!(
        net.delete(&format!("{reposts}/{post}")).data(),
        json!({ "retweeted": false })
    );
    assert!(
        net.ids(&format!("/2/tweets/{post}/retweeted_by"))
            .is_empty()
    );
    net.post(&reposts, &body).ok();
}

fn bookmarks_are_one_s_own(net: &Net) {
    let posts: Vec<u64> = (0..3)
        .map(|n| net.fake.post_as(Fake::BOB, &n.to_string(), net.now()))
        .collect();
    let target = format!("/2/users/{}/bookmarks", Fake::ANNA);
    for post in &posts {
        let told = net
            .post(&target, &json!({ "tweet_id": post.to_string() }))
            .data();
        assert_eq!(told, json!({ "bookmarked": true }));
    }
    assert_eq!(net.ids(&target), strings(&[posts[2], posts[1], posts[0]]));
    assert_eq!(
        net.delete(&format!("{target}/{}", posts[1])).data(),
        json!({ "bookmarked": false })
    );
    assert_eq!(net.ids(&target), strings(&[posts[2], posts[0]]));
    net.call(Fake::BOB_TOKEN, "GET", &target, None).refused(400);
}

fn quotes_and_reposts_are_listed(net: &Net) {
    let post: u64 = net.publish("Quote me").parse().unwrap();
    let quote = net.fake.quote_as(Fake::BOB, post, "Done", net.now());
    let repost = net.fake.repost_as(Fake::CAROL, post, net.now()).unwrap();
    assert_eq!(
        net.ids(&format!("/2/tweets/{post}/quote_tweets?max_results=10")),
        strings(&[quote])
    );
    assert_eq!(
        net.ids(&format!("/2/tweets/{post}/retweets")),
        strings(&[repost])
    );
    let told = net.get("/2/tweets/1/quote_tweets").ok();
    assert_eq!(told["errors"][0]["value"], "1");
}
