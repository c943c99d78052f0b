//! Which token asks, how it comes about, and how it is renewed.

use super::*;

#[tokio::test]
async fn an_applications_key_gets_its_bearer_token_once() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        "POST /oauth2/token",
        json!({"token_type": "bearer", "access_token": "AAAA-fetched"}),
    );
    server.says("GET /2/tweets/7", json!({"data": {"id": "7", "text": "x"}}));
    let x = builder(&server, &clock)
        .consumer(ConsumerKey::new("key", "consumer-s3cret"))
        .build()
        .unwrap();
    x.post(&PostId::new("7")).await.unwrap();
    x.post(&PostId::new("7")).await.unwrap();
    let asked = server.take();
    let calls: Vec<&str> = asked.iter().map(|asked| asked.call.as_str()).collect();
    assert_eq!(
        calls,
        ["POST /oauth2/token", "GET /2/tweets/7", "GET /2/tweets/7"]
    );
    // key:consumer-s3cret
    assert_eq!(asked[0].authorization, "Basic a2V5OmNvbnN1bWVyLXMzY3JldA==");
    assert_eq!(asked[0].text(), "grant_type=client_credentials");
    assert_eq!(asked[2].authorization, "Bearer AAAA-fetched");
    let error = x.publish(&Draft::text("hi")).await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::Forbidden(Need::Token(
            "user (OAuth 2.0) or user (OAuth 1.0a)".to_owned()
        ))
    );
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_key_is_told_without_showing_it() {
    let (server, clock) = (Server::default(), clock());
    server.says("POST /oauth2/token", Says::status(403, r#"{"errors":[{"code":99,"message":"Unable to verify your credentials","label":"authenticity_token_error"}]}"#));
    let x = builder(&server, &clock)
        .consumer(ConsumerKey::new("key", "consumer-s3cret"))
        .build()
        .unwrap();
    let error = x.post(&PostId::new("7")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized, "{error}");
    assert!(!format!("{error:?}").contains("s3cret"));
}

#[tokio::test]
async fn calls_of_the_older_kind_are_signed_and_a_wrong_clock_is_mended() {
    let (server, clock) = (Server::default(), clock());
    let late = json!({"errors": [{"code": 135, "message": "Timestamp out of bounds."}]});
    server
        .says(
            "POST /2/tweets",
            Says::status(401, late.to_string()).with("date", "Sat, 14 Mar 2026 09:36:53 GMT"),
        )
        .says("POST /2/tweets", json!({"data": {"id": "77", "text": "x"}}));
    let x = builder(&server, &clock)
        .consumer(ConsumerKey::new("key", "consumer-s3cret"))
        .access_token(AccessToken::new("5-token", "token-s3cret"))
        .build()
        .unwrap();
    x.publish(&Draft::text("hi")).await.unwrap();
    let asked = server.take();
    assert_eq!(asked.len(), 3);
    let stamp = |asked: &Asked| {
        let rest = asked
            .authorization
            .split("oauth_timestamp=\"")
            .nth(1)
            .unwrap();
        rest.split('"').next().unwrap().parse::<i64>().unwrap()
    };
    assert!(
        asked[1]
            .authorization
            .starts_with("OAuth oauth_consumer_key=\"key\""),
        "{}",
        asked[1].authorization
    );
    assert!(
        (595..=605).contains(&(stamp(&asked[2]) - stamp(&asked[1]))),
        "the second is signed at the server's time"
    );
    assert!(
        asked
            .iter()
            .all(|asked| !asked.authorization.contains("s3cret") && !asked.uri.contains("oauth"))
    );
}

#[tokio::test]
async fn a_token_that_is_not_renewed_is_told_to_be_replaced() {
    let (server, clock) = (Server::default(), clock());
    server.says(
        "GET /2/tweets/7",
        Says::status(
            401,
            r#"{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}"#,
        ),
    );
    let x = whole(&server, &clock);
    let error = x.post(&PostId::new("7")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized, "{error}");
    assert_eq!(server.calls().len(), 1);
}

#[test]
fn what_does_not_go_together_is_found_on_build() {
    let client = client(&Server::default(), &clock());
    let builder = || X::builder().client(&client);
    for (built, words) in [
        (builder().build(), "there is no token"),
        (
            builder().access_token(AccessToken::new("a", "b")).build(),
            "consumer_key",
        ),
        (builder().bearer("two words").build(), "`bearer`"),
        (
            builder().bearer("a").post_limit(25_001).build(),
            "`text_limit`",
        ),
        (
            builder().bearer("a").price("coffee", "1").build(),
            "`prices`",
        ),
        (
            builder().bearer("a").price("post.read", "free").build(),
            "`prices`",
        ),
        (
            builder().bearer("a").base_url("http://api.x.com").build(),
            "plain http",
        ),
        (
            builder()
                .bearer("a")
                .spending_cap("1 EUR a day".parse().unwrap())
                .build(),
            "USD",
        ),
    ] {
        let error = built.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Config);
        assert!(error.message().contains(words), "{error}");
    }
}

#[cfg(feature = "oauth")]
#[tokio::test]
async fn a_refresh_token_is_used_once_and_the_new_pair_is_stored_first() {
    use sociable::adapters::x::XLogin;
    use sociable::oauth::{Keeper, OAuth, Session};
    use sociable::store::{KeyValue, MemoryStore};

    let (server, clock) = (Server::default(), clock());
    server.says("POST /2/oauth2/token", json!({"token_type": "bearer", "expires_in": 7200, "access_token": "fresh", "refresh_token": "second",
        "scope": "tweet.read users.read offline.access"}));
    server.says(
        "GET /2/users/me",
        json!({"data": {"id": ME, "username": "me", "name": "Me"}}),
    );
    let client = client(&server, &clock);
    let store = Arc::new(MemoryStore::default());
    let provider =
        XLogin::confidential("client", "client-s3cret").redirect_uri("https://app.example/back");
    let oauth = OAuth::new(provider, &client).unwrap();
    let keeper = Keeper::new(
        oauth,
        store.clone(),
        "x:desk",
        Some(Session::renewable("first")),
    );
    let x = X::builder()
        .user_login(keeper)
        .client(&client)
        .build()
        .unwrap();
    // Two tasks at once: one renewal.
    let (one, other) = futures_util::future::join(x.me(), x.me()).await;
    one.unwrap();
    other.unwrap();
    let asked = server.take();
    let renewals: Vec<&Asked> = asked
        .iter()
        .filter(|asked| asked.call.ends_with("/token"))
        .collect();
    assert_eq!(renewals.len(), 1);
    assert!(
        renewals[0].text().contains("refresh_token=first"),
        "{}",
        renewals[0].text()
    );
    assert!(renewals[0].authorization.starts_with("Basic "));
    let stored = store.get("x:desk").await.unwrap().unwrap();
    assert!(stored.value.contains("second"));
    // What was granted is told, and what was not is needed.
    let told = x.profile().supports(&Operation::PUBLISH).availability;
    assert_eq!(
        told,
        Availability::Needs(Need::Scope("tweet.write".to_owned()))
    );
    assert_eq!(x.profile().login.as_ref().unwrap().scopes.len(), 3);
}
