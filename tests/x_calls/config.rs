//! The adapter of an account in a configuration.

use sociable::{AccountConfig, Registry};

use super::*;

fn account() -> AccountConfig {
    AccountConfig::new("desk", "x").base_url("http://127.0.0.1:9")
}

fn connected(config: &AccountConfig) -> sociable::Result<Arc<dyn SocialNetwork>> {
    let client = client(&Server::default(), &clock());
    Registry::default().connect(config, &client)
}

#[tokio::test]
async fn a_configured_account_speaks_to_the_server_that_is_set_and_to_no_other() {
    let (server, clock) = (Server::default(), clock());
    let client = client(&server, &clock);
    server.says(
        "POST /oauth2/token",
        json!({"token_type": "bearer", "access_token": "fetched"}),
    );
    server.says(
        "GET /2/users/me",
        json!({"data": {"id": ME, "username": "me", "name": "Me"}}),
    );
    server.says(
        "GET /2/tweets/search/all",
        json!({"meta": {"result_count": 0}}),
    );
    server.says("POST /2/media/upload", json!({"data": {"id": "500"}}));
    server.says("POST /2/tweets", json!({"data": {"id": "77", "text": "x"}}));
    let config = account()
        .set("consumer_key", "key")
        .set("consumer_secret", "consumer-s3cret")
        .set("access_token", "5-token")
        .set("access_token_secret", "token-s3cret")
        .set("tier", "enterprise")
        .set("text_limit", 500)
        .set("spending_cap", "25 USD a month")
        .set("prices", json!({"post.create": "0.02", "post.read": 0.001}));
    let x = Registry::default().connect(&config, &client).unwrap();
    let profile = x.profile();
    assert!(profile.can(&Operation::ENGAGE_LIKE));
    assert_eq!(profile.text.post.as_ref().unwrap().max, 500);
    assert_eq!(
        profile
            .supports(&Operation::PUBLISH)
            .price
            .unwrap()
            .to_micros(),
        Some(20_000)
    );
    assert_eq!(
        profile
            .supports(&Operation::METRICS_POST)
            .price
            .unwrap()
            .to_micros(),
        Some(1_000)
    );
    x.publish(&Draft::text("hi").media(png())).await.unwrap();
    let old: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    x.posts(&PostQuery::search("cats").since(old))
        .await
        .unwrap();
    let hosts: Vec<String> = server
        .take()
        .iter()
        .map(|asked| {
            asked
                .uri
                .split("/2/")
                .next()
                .unwrap()
                .split("/oauth2")
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(
        hosts.iter().all(|host| host == "http://127.0.0.1:9"),
        "{hosts:?}"
    );
    let spending = client.spending().await.unwrap();
    assert!(spending.of("x", "desk").count() > 0);
}

#[test]
fn keys_that_do_not_fit_name_themselves() {
    for (config, words) in [
        (account(), "there is no token"),
        (
            account().set("bearer", "a").set("colour", "red"),
            "`colour` is not a key of x",
        ),
        (
            account().set("consumer_key", "a"),
            "`consumer_secret` is missing",
        ),
        (
            account()
                .set("access_token", "a")
                .set("access_token_secret", "b"),
            "`access_token` is signed",
        ),
        (account().set("bearer", "a").set("tier", "free"), "`tier`"),
        (
            account().set("bearer", "a").set("text_limit", 0),
            "`text_limit`",
        ),
        (
            account().set("bearer", "a").set("prices", "cheap"),
            "`prices`",
        ),
        (
            account()
                .set("bearer", "a")
                .set("prices", json!({"coffee": "1"})),
            "`prices`",
        ),
        (
            account().set("bearer", "a").set("spending_cap", "a lot"),
            "account `desk`",
        ),
    ] {
        let error = connected(&config).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Config);
        assert!(error.message().contains(words), "{error}");
    }
    let mut placed = account().set("bearer", "a");
    placed.place = Some("12".to_owned());
    assert!(connected(&placed).unwrap_err().message().contains("place"));
}

#[cfg(feature = "oauth")]
#[test]
fn a_login_is_made_of_its_keys_and_kept_in_a_file() {
    let client = client(&Server::default(), &clock());
    let registry = Registry::default();
    let login = account()
        .set("client_id", "client")
        .set("redirect_uri", "http://127.0.0.1:8723/callback");
    assert!(
        registry
            .connect(&login, &client)
            .unwrap_err()
            .message()
            .contains("token_store")
    );
    let login = login.token_store("/tmp/nowhere/desk.tokens");
    let keeper = registry.oauth(&login, &client).unwrap().unwrap();
    let provider = keeper.oauth().provider();
    assert_eq!(
        provider.authorize_url,
        "http://127.0.0.1:9/i/oauth2/authorize"
    );
    assert_eq!(
        provider.token_url.as_deref(),
        Some("http://127.0.0.1:9/2/oauth2/token")
    );
    assert!(provider.scopes.contains(&"offline.access".to_owned()));
    let x = registry.connect(&login, &client).unwrap();
    // Until somebody logs in nothing is known of the scopes, and nothing is ruled out.
    assert!(x.profile().can(&Operation::PUBLISH));
    let given = account()
        .set("consumer_key", "a")
        .set("consumer_secret", "b")
        .set("access_token", "c")
        .set("access_token_secret", "d");
    assert!(
        registry
            .oauth(&given, &client)
            .unwrap_err()
            .message()
            .contains("client_id")
    );
}
