//! Logins with OAuth 2.0, and the app's own token.

use base64::Engine as _;
use serde_json::json;
use sociable::adapters::x::fake::Fake;

use crate::net::{HOST, Net, Seen, text};

stories!(
    a_code_is_exchanged_for_who_has_its_verifier,
    a_code_dies_after_thirty_seconds_and_is_good_once,
    a_refresh_token_is_good_once_and_its_reuse_ends_the_login,
    a_login_is_revoked_as_a_whole,
    an_app_that_keeps_a_secret_shows_it,
    an_app_gets_its_own_token_for_its_key,
    a_page_that_is_asked_wrongly_says_so,
);

const SCOPES: &str = "tweet.read users.read tweet.write offline.access";
// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn asked(net: &Net, more: &[(&str, &str)]) -> Seen {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", Fake::CLIENT_ID),
        ("redirect_uri", Fake::REDIRECT),
        ("scope", SCOPES),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in more {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    net.shown(
        "",
        "GET",
        &format!("{HOST}/i/oauth2/authorize?{query}"),
        None,
    )
}

#[track_caller]
fn code(net: &Net) -> String {
    let seen = asked(net, &[]);
    assert_eq!(seen.status, 302);
    let to = url::Url::parse(seen.headers["location"].to_str().unwrap()).unwrap();
    assert!(to.as_str().starts_with(Fake::REDIRECT));
    let pairs: std::collections::BTreeMap<_, _> = to.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "s");
    pairs["code"].clone()
}

fn exchanged(net: &Net, code: &str, verifier: &str) -> Seen {
    net.form(
        "/2/oauth2/token",
        None,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", Fake::REDIRECT),
            ("client_id", Fake::CLIENT_ID),
            ("code_verifier", verifier),
        ],
    )
}

fn refreshed(net: &Net, token: &str) -> Seen {
    net.form(
        "/2/oauth2/token",
        None,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", Fake::CLIENT_ID),
        ],
    )
}

fn a_code_is_exchanged_for_who_has_its_verifier(net: &Net) {
    net.fake.set_consenting(Fake::BOB);
    exchanged(net, &code(net), "another").refused(400);
    let told = exchanged(net, &code(net), VERIFIER).ok();
    assert_eq!(told["token_type"], "bearer");
    assert_eq!(told["expires_in"], 7200);
    assert_eq!(told["scope"], SCOPES);
    assert!(told["refresh_token"].is_string());
    let me = net
        .call(text(&told["access_token"]), "GET", "/2/users/me", None)
        .data();
    assert_eq!(me["username"], Fake::BOB_NAME);
    let plain = asked(
        net,
        &[
            ("code_challenge_method", "plain"),
            ("code_challenge", "simple"),
            ("scope", "users.read tweet.read"),
        ],
    );
    let to = url::Url::parse(plain.headers["location"].to_str().unwrap()).unwrap();
    let code = to
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let told = exchanged(net, &code, "simple").ok();
    assert!(told["refresh_token"].is_null(), "without offline.access");
    assert!(
        net.fake
            .seen()
            .iter()
            .all(|seen| seen.answer.is_empty() || !seen.path.contains("oauth2"))
    );
}

fn a_code_dies_after_thirty_seconds_and_is_good_once(net: &Net) {
    let first = code(net);
    net.seconds(29);
    exchanged(net, &first, VERIFIER).ok();
    let again = exchanged(net, &first, VERIFIER);
    again.refused(400);
    assert_eq!(again.json["error"], "invalid_request");
    let late = code(net);
    net.seconds(30);
    exchanged(net, &late, VERIFIER).refused(400);
}

fn a_refresh_token_is_good_once_and_its_reuse_ends_the_login(net: &Net) {
    let login = net
        .fake
        .login(Fake::BOB, &SCOPES.split(' ').collect::<Vec<_>>(), net.now());
    let other = net.fake.login(Fake::BOB, &["offline.access"], net.now());
    let first = login.refresh.unwrap();
    let told = refreshed(net, &first).ok();
    let (access, second) = (text(&told["access_token"]), text(&told["refresh_token"]));
    assert_ne!(first, second);
    net.call(&login.access, "GET", "/2/users/me", None)
        .refused(401);
    net.call(access, "GET", "/2/users/me", None).ok();
    let again = refreshed(net, &first);
    again.refused(400);
    assert_eq!(
        again.json["error_description"],
        "Value passed for the token was invalid."
    );
    net.call(access, "GET", "/2/users/me", None).refused(401);
    refreshed(net, second).refused(400);
    refreshed(net, &other.refresh.unwrap()).ok();
    refreshed(net, "nonsense").refused(400);
}

fn a_login_is_revoked_as_a_whole(net: &Net) {
    let login = net.fake.login(
        Fake::BOB,
        &["tweet.read", "users.read", "offline.access"],
        net.now(),
    );
    let seen = net.form(
        "/2/oauth2/revoke",
        None,
        &[("token", &login.access), ("client_id", Fake::CLIENT_ID)],
    );
    assert_eq!(seen.ok(), json!({ "revoked": true }));
    net.call(&login.access, "GET", "/2/users/me", None)
        .refused(401);
    refreshed(net, &login.refresh.unwrap()).refused(400);
}

fn an_app_that_keeps_a_secret_shows_it(net: &Net) {
    net.fake.set_confidential(true);
    let code = code(net);
    exchanged(net, &code, VERIFIER).refused(401);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", Fake::REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    net.form("/2/oauth2/token", Some((Fake::CLIENT_ID, "wrong")), &form)
        .refused(401);
    net.form(
        "/2/oauth2/token",
        Some((Fake::CLIENT_ID, Fake::CLIENT_SECRET)),
        &form,
    )
    .ok();
}

fn an_app_gets_its_own_token_for_its_key(net: &Net) {
    let form = [("grant_type", "client_credentials")];
    let basic = Some((Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET));
    let told = net.form("/oauth2/token", basic, &form).ok();
    assert_eq!(told["token_type"], "bearer");
    net.call(
        text(&told["access_token"]),
        "GET",
        "/2/users/by?usernames=bob_test",
        None,
    )
    .ok();
    net.form("/oauth2/token", Some((Fake::CONSUMER_KEY, "wrong")), &form)
        .refused(403);
    net.form("/oauth2/token", basic, &[]).refused(403);
    assert_eq!(net.shown("", "GET", "/oauth2/token", None).status, 405);
    let sent = base64::engine::general_purpose::STANDARD.encode(Fake::CONSUMER_SECRET);
    assert!(!format!("{:?}", net.fake.seen()).contains(&sent));
}

fn a_page_that_is_asked_wrongly_says_so(net: &Net) {
    for wrong in [
        ("client_id", "other"),
        ("redirect_uri", "https://evil.example/"),
        ("response_type", "token"),
        ("scope", "tweet.read everything"),
        ("state", ""),
        ("code_challenge", ""),
        ("code_challenge_method", "S512"),
    ] {
        assert_eq!(asked(net, &[wrong]).status, 400, "{wrong:?}");
    }
    let query = format!(
        "grant_type=refresh_token&refresh_token=x&client_id={}",
        Fake::CLIENT_ID
    );
    net.shown("", "POST", &format!("/2/oauth2/token?{query}"), None)
        .refused(401);
    assert!(!net.fake.complaints().is_empty());
}
