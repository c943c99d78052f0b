//! Accounts, and what is done to posts and accounts.

use super::*;

#[tokio::test]
async fn engagements_go_to_this_accounts_lists_and_are_no_error_twice() {
    let (server, clock) = (Server::default(), clock());
    server.says("POST /2/users/1001/likes", json!({"data": {"liked": true}}));
    server.says(
        "DELETE /2/users/1001/likes/12",
        json!({"data": {"liked": false}}),
    );
    server.says(
        "POST /2/users/1001/retweets",
        json!({"data": {"retweeted": true, "rest_id": "90"}}),
    );
    server.says(
        "POST /2/users/1001/bookmarks",
        json!({"data": {"bookmarked": true}}),
    );
    server.says(
        "POST /2/users/1001/following",
        json!({"data": {"following": false, "pending_follow": true}}),
    );
    let x = whole(&server, &clock);
    let post = Target::from(PostId::new("12"));
    assert!(x.engage(&post, &Engagement::like()).await.unwrap().on);
    assert!(!x.engage(&post, &Engagement::like().off()).await.unwrap().on);
    let repost = x.engage(&post, &Engagement::repost()).await.unwrap();
    assert_eq!(repost.id.as_deref(), Some("90"));
    x.engage(&post, &Engagement::bookmark()).await.unwrap();
    let follow = x
        .engage(&Target::from(AccountRef::id("5")), &Engagement::follow())
        .await
        .unwrap();
    // A protected account is asked first.
    assert!(!follow.on);
    let bodies: Vec<Value> = server
        .take()
        .iter()
        .filter(|asked| asked.call.starts_with("POST"))
        .map(Asked::json)
        .collect();
    assert_eq!(
        bodies,
        [
            json!({"tweet_id": "12"}),
            json!({"tweet_id": "12"}),
            json!({"tweet_id": "12"}),
            json!({"target_user_id": "5"})
        ]
    );
    // What stands already stands.
    let already =
        json!({"errors": [{"code": 139, "message": "You have already favorited this status."}]});
    server.forgets("POST /2/users/1001/likes").says(
        "POST /2/users/1001/likes",
        Says::status(403, already.to_string()),
    );
    assert!(x.engage(&post, &Engagement::like()).await.unwrap().on);
}

#[tokio::test]
async fn a_plan_that_lost_likes_is_learned() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        "POST /2/users/1001/likes",
        problem(
            403,
            "client-forbidden",
            "This endpoint is not part of your plan",
        ),
    );
    let x = whole(&server, &clock);
    let error = x
        .engage(&Target::from(PostId::new("12")), &Engagement::like())
        .await
        .unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::Forbidden(Need::Tier("enterprise".to_owned())),
        "{error}"
    );
    server.take();
    let error = x
        .engage(&Target::from(PostId::new("13")), &Engagement::like())
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden(Need::Tier(_))),
        "{error}"
    );
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn bookmarks_want_a_login_of_the_newer_kind() {
    let (server, clock) = (Server::default(), clock());
    let x = builder(&server, &clock)
        .consumer(ConsumerKey::new("key", "consumer-s3cret"))
        .access_token(AccessToken::new("5-token", "token-s3cret"))
        .build()
        .unwrap();
    let error = x
        .engage(&Target::from(PostId::new("12")), &Engagement::bookmark())
        .await
        .unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::Forbidden(Need::Token("user (OAuth 2.0)".to_owned()))
    );
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn who_follows_is_asked_a_hundred_at_once() {
    let (server, clock) = (Server::default(), clock());
    server.says("GET /2/users", json!({"data": [
        {"id": "5", "connection_status": ["followed_by", "following"]},
        {"id": "6", "connection_status": ["muting"]},
        {"id": "7"}, {"id": "9"}],
        "errors": [{"resource_id": "8", "parameter": "ids", "type": "https://api.x.com/2/problems/resource-not-found", "detail": "none"},
            {"resource_id": "9", "field": "connection_status", "type": "https://api.x.com/2/problems/field-unauthorized", "detail": "hidden"}]}));
    let x = whole(&server, &clock);
    let accounts = ["6", "5", "8", "7", "5", "9"].map(AccountId::new);
    let told = x.membership(&accounts).await.unwrap();
    use Membership::{No, Unknown, Yes};
    assert_eq!(told, [No, Yes, Unknown, No, Yes, Unknown]);
    let asked = server.take();
    assert_eq!(
        (
            asked[0].query["ids"].as_str(),
            asked[0].query["user.fields"].as_str()
        ),
        ("5,6,7,8,9", "connection_status")
    );
    assert_eq!(asked[0].authorization, format!("Bearer {USER}"));
}

#[tokio::test]
async fn lists_of_accounts_go_on_and_names_are_looked_up() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        "GET /2/users/by/username/ann",
        json!({"data": {"id": "6", "username": "Ann", "name": "Ann"}}),
    );
    server.says("GET /2/users/6/followers", json!({"data": [{"id": "5", "username": "bob", "name": "Bob", "public_metrics": {"followers_count": 3, "post_count": 1, "following_count": 0, "listed_count": 0}}],
        "meta": {"result_count": 1, "next_token": "ABCDEFGHIJKLMNOP"}}));
    server.says("GET /2/users/by/username/nobody", json!({"errors": [{"value": "nobody", "parameter": "username", "detail": "Could not find user with username: [nobody].",
        "title": "Not Found Error", "resource_type": "user", "type": "https://api.x.com/2/problems/resource-not-found"}]}));
    let x = whole(&server, &clock);
    let query = AudienceQuery::new(sociable::Audience::Followers(AccountRef::handle("@ann")));
    let page = x.audience(&query.clone().limit(1)).await.unwrap();
    assert_eq!(page.items[0].handle.as_deref(), Some("bob"));
    let query = query.limit(1).after(page.next.unwrap());
    x.audience(&query).await.unwrap();
    let asked = server.take();
    assert_eq!(
        asked.last().unwrap().query["pagination_token"],
        "ABCDEFGHIJKLMNOP"
    );
    let error = x.account(&AccountRef::handle("nobody")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound, "{error}");
    let error = x
        .account(&AccountRef::handle("not a name"))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
}

#[tokio::test]
async fn answers_are_hidden_and_accounts_muted() {
    let (server, clock) = (Server::default(), clock());
    server.says("PUT /2/tweets/12/hidden", json!({"data": {"hidden": true}}));
    server.says(
        "POST /2/users/1001/muting",
        json!({"data": {"muting": true}}),
    );
    server.says(
        "DELETE /2/users/1001/muting/5",
        json!({"data": {"muting": false}}),
    );
    let x = self_serve(&server, &clock);
    x.moderate(&Moderation::hide(PostRef::from("12")))
        .await
        .unwrap();
    x.moderate(&Moderation::mute(AccountRef::id("5")))
        .await
        .unwrap();
    x.moderate(&Moderation::mute(AccountRef::id("5")).off())
        .await
        .unwrap();
    let asked = server.take();
    assert_eq!(asked[0].json(), json!({"hidden": true}));
    // Blocking is not in the published contract.
    let error = x
        .moderate(&Moderation::block(AccountRef::id("5")))
        .await
        .unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(
        x.profile()
            .supports(&Operation::MODERATE_BLOCK)
            .availability,
        Availability::No
    );
}
