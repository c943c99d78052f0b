//! Logging in by OAuth: what is sent, what is taken, and what is said when it goes wrong.
#![cfg(all(feature = "oauth", feature = "testing"))]
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sociable::bytes::Bytes;
use sociable::client::limits::{Bucket, BucketKey, Scope, Window};
use sociable::client::{Client, Clock, Disturbance, InProcess, Service, SetClock};
use sociable::http::{HeaderMap, Request, Response};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::oauth::{ClientAuth, OAuth, Pending, Provider, Session};
use sociable::testing::auth_server::AuthServer;
use sociable::{Error, ErrorKind, Retry};

#[path = "support/oauth_bench.rs"]
mod oauth_bench;
use oauth_bench::{BACK, BASE, Bench, provider, server};

fn params(begun: &sociable::oauth::Begun) -> BTreeMap<String, String> {
    begun.url.query_pairs().into_owned().collect()
}

/// A network with everything that is peculiar about one: a device, a state everywhere, a spelling of its own.
fn peculiar() -> (AuthServer, Provider) {
    let server = server()
        .device("device_id", "device-0001-of-this-person")
        .challenge_method(Some("s256"))
        .state_length(32)
        .wants_state()
        .user_id(77);
    let provider = provider()
        .challenge_method("s256")
        .scope_separator(",")
        .carries("device_id")
        .authorize_param("display", "page")
        .sends_state();
    (server, provider)
}

#[test]
fn the_address_to_consent_at_carries_what_was_asked_for_and_nothing_else() {
    let bench = Bench::new(server());
    let begun = bench.oauth(provider()).begin().unwrap();
    let sent = params(&begun);
    let names: Vec<&str> = sent.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "redirect_uri",
            "response_type",
            "scope",
            "state"
        ]
    );
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["scope"], "read write");
    assert_eq!(sent["redirect_uri"], BACK);
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["state"], begun.pending.state.expose());
    assert!(
        sent["state"].len() >= 32,
        "some networks want 32 characters"
    );
    let verifier = begun.pending.verifier.unwrap();
    assert!((43..=128).contains(&verifier.expose().len()));
    assert!(!begun.url.as_str().contains(verifier.expose()));
}

#[test]
fn no_two_logins_share_their_secrets() {
    let oauth = Bench::new(server()).oauth(provider());
    let (one, two) = (oauth.begin().unwrap(), oauth.begin().unwrap());
    assert_ne!(one.pending.state, two.pending.state);
    assert_ne!(one.pending.verifier, two.pending.verifier);
}

#[tokio::test]
async fn a_network_s_peculiarities_are_data() {
    let (server, provider) = peculiar();
    let bench = Bench::new(server);
    let oauth = bench.oauth(provider);
    let begun = oauth.begin().unwrap();
    let sent = params(&begun);
    assert_eq!(sent["code_challenge_method"], "s256");
    assert_eq!(sent["scope"], "read,write");
    assert_eq!(sent["display"], "page");
    let session = bench.logged_in(&oauth).await;
    assert_eq!(session.user_id.as_deref(), Some("77"));
    assert_eq!(
        session.extras["device_id"].expose(),
        "device-0001-of-this-person"
    );
    // The device goes with the refresh, which the server refuses otherwise, and stays with the new tokens.
    let second = oauth.refresh(&session).await.unwrap();
    let third = oauth.refresh(&second).await.unwrap();
    assert_eq!(third.extras, session.extras);
    assert_eq!(third.user_id, session.user_id);
}

#[tokio::test]
async fn the_verifier_of_rfc_7636_fits_its_challenge_and_no_other() {
    for (challenge, good) in [
        ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", true),
        ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", false),
    ] {
        let bench = Bench::new(server());
        let oauth = bench.oauth(provider());
        let mut begun = oauth.begin().unwrap();
        let mut sent = params(&begun);
        sent.insert("code_challenge".to_owned(), challenge.to_owned());
        begun.url.query_pairs_mut().clear().extend_pairs(sent);
        let mut pending = serde_json::to_value(&begun.pending).unwrap();
        pending["verifier"] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
        let pending: Pending = serde_json::from_value(pending).unwrap();
        let finished = oauth.finish(&pending, &bench.consented(&begun)).await;
        assert_eq!(finished.is_ok(), good, "{challenge}: {finished:?}");
    }
}

#[tokio::test]
async fn a_session_tells_what_came_with_the_tokens() {
    let bench = Bench::new(server().user_id("u-9"));
    let oauth = bench.oauth(provider());
    let session = bench.logged_in(&oauth).await;
    let now = bench.clock.now();
    assert_eq!(session.user_id.as_deref(), Some("u-9"));
    assert_eq!(session.scopes, ["read", "write"]);
    assert_eq!(session.issued_at, Some(now));
    assert_eq!(
        session.expires_at,
        Some(now + SignedDuration::from_hours(1))
    );
    assert!(session.refresh_token.is_some());
    assert_eq!(
        bench.server.whose(session.access_token.expose(), now),
        Some("u-9".to_owned())
    );
    let text = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&text).unwrap(), session);
}

#[test]
fn a_token_is_due_shortly_before_its_end_and_never_in_the_first_three_quarters_of_its_life() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let early = Duration::from_secs(120);
    let mut session = Session::new("a").expires_at(at(3600));
    session.issued_at = Some(at(0));
    assert!(!session.is_due(at(3479), early));
    assert!(session.is_due(at(3480), early));
    session.expires_at = Some(at(100));
    assert!(!session.is_due(at(74), early) && session.is_due(at(75), early));
    session.expires_at = None;
    assert!(!session.is_due(Timestamp::MAX, early) && !session.has_ended(Timestamp::MAX));
}

fn violated(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::Invalid(violations) => &violations[0].field,
        other => panic!("{other:?}: {error}"),
    }
}

#[tokio::test]
async fn an_address_of_another_login_changes_nothing_and_sends_nothing() {
    let bench = Bench::new(server());
    let oauth = bench.oauth(provider());
    let begun = oauth.begin().unwrap();
    let back = bench.consented(&begun);
    let other = bench.consented(&oauth.begin().unwrap());
    let state = begun.pending.state.expose();
    let code = back
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let cases = [
        (other, "state"),
        (format!("{BACK}?code={code}"), "state"),
        (format!("{BACK}?code={code}&state="), "state"),
        (
            format!("{BACK}?code={code}&state={state}&state={state}"),
            "state",
        ),
        (
            format!("{BACK}?code={code}&code=mine&state={state}"),
            "code",
        ),
        (format!("{BACK}?state={state}"), "code"),
        (format!("{BACK}?code=&state={state}"), "code"),
        (format!("{BACK}?error=access_denied&state=forged"), "state"),
        (BACK.to_owned(), "state"),
        (String::new(), "redirect"),
        ("two words".to_owned(), "redirect"),
        ("x".repeat(20_000), "redirect"),
    ];
    for (answer, field) in cases {
        let error = oauth.finish(&begun.pending, &answer).await.unwrap_err();
        assert_eq!(violated(&error), field, "{answer}");
        assert_eq!(error.network(), Some("demo"));
    }
    assert!(bench.said.all().is_empty(), "something was sent");
    let session = oauth.finish(&begun.pending, &back).await;
    assert!(session.is_ok(), "the login can still be finished");
}

#[tokio::test]
async fn the_address_is_taken_in_every_form_in_which_people_copy_it() {
    let (peculiar, described) = peculiar();
    let bench = Bench::new(peculiar);
    let oauth = bench.oauth(described);
    for form in 0..4 {
        let begun = oauth.begin().unwrap();
        let back = bench.consented(&begun);
        let query = back.split_once('?').unwrap().1;
        let answer = match form {
            0 => format!("  {back}\n"),
            1 => query.to_owned(),
            2 => format!("?{query}"),
            _ => back.trim_start_matches("http://").to_owned(),
        };
        let session = oauth.finish(&begun.pending, &answer).await;
        assert!(session.is_ok(), "{form}: {session:?}");
    }
}

#[tokio::test]
async fn a_code_alone_is_taken_only_where_nothing_else_is_needed() {
    let bench = Bench::new(server());
    let oauth = bench.oauth(provider());
    let begun = oauth.begin().unwrap();
    let back = bench.consented(&begun);
    let code = back
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    assert!(oauth.finish(&begun.pending, code).await.is_ok());

    let (peculiar, described) = peculiar();
    for (server, provider) in [
        (peculiar, described),
        (server().challenge_method(None), provider().without_pkce()),
    ] {
        let bench = Bench::new(server);
        let oauth = bench.oauth(provider);
        let begun = oauth.begin().unwrap();
        let error = oauth.finish(&begun.pending, "a-code").await.unwrap_err();
        assert_eq!(violated(&error), "redirect");
        assert!(error.message().contains("whole address"), "{error}");
    }
}

#[tokio::test]
async fn an_address_without_what_the_network_wants_back_is_refused_before_anything_is_sent() {
    let (server, provider) = peculiar();
    let bench = Bench::new(server);
    let oauth = bench.oauth(provider);
    let begun = oauth.begin().unwrap();
    let back = bench.consented(&begun);
    let without = back.replace("device_id=", "other=");
    let error = oauth.finish(&begun.pending, &without).await.unwrap_err();
    assert_eq!(violated(&error), "device_id");
    assert!(bench.said.all().is_empty());
    assert!(oauth.finish(&begun.pending, &back).await.is_ok());
}

#[tokio::test]
async fn what_the_network_says_in_the_redirect_is_a_typed_error() {
    let bench = Bench::new(server());
    let oauth = bench.oauth(provider());
    let begun = oauth.begin().unwrap();
    bench.server.deny();
    let back = bench.consented(&begun);
    let error = oauth.finish(&begun.pending, &back).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert_eq!(error.code(), Some("access_denied"));
    assert!(error.message().contains("log in again"), "{error}");
    assert!(error.message().contains("The person said no"), "{error}");
    let state = begun.pending.state.expose();
    for (code, kind) in [
        ("temporarily_unavailable", ErrorKind::Unavailable),
        ("invalid_scope", ErrorKind::Config),
        ("unauthorized_client", ErrorKind::Config),
    ] {
        let answer = format!("{BACK}?error={code}&state={state}");
        let error = oauth.finish(&begun.pending, &answer).await.unwrap_err();
        assert_eq!(error.kind(), &kind, "{code}");
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_for_a_short_time() {
    let bench = Bench::new(server());
    let oauth = bench.oauth(provider());
    let begun = oauth.begin().unwrap();
    let back = bench.consented(&begun);
    let first = oauth.finish(&begun.pending, &back).await.unwrap();
    let error = oauth.finish(&begun.pending, &back).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert_eq!(error.code(), Some("invalid_grant"));
    assert!(error.message().contains("log in again"), "{error}");
    let now = bench.clock.now();
    assert_eq!(
        bench.server.whose(first.access_token.expose(), now),
        None,
        "a code that is shown twice ends the login"
    );

    let begun = oauth.begin().unwrap();
    let back = bench.consented(&begun);
    bench.clock.advance(Duration::from_secs(30));
    let error = oauth.finish(&begun.pending, &back).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_refresh_token_that_rotates_is_good_once() {
    let bench = Bench::new(server());
    let oauth = bench.oauth(provider());
    let first = bench.logged_in(&oauth).await;
    bench.clock.advance(Duration::from_secs(600));
    let second = oauth.refresh(&first).await.unwrap();
    assert_ne!(second.access_token, first.access_token);
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_eq!(second.issued_at, Some(bench.clock.now()));
    let error = oauth.refresh(&first).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert_eq!(error.retry(), Retry::Never);
    assert!(error.message().contains("log in again"), "{error}");
    let error = oauth.refresh(&second).await.unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Unauthorized,
        "the whole login ended"
    );
    assert_eq!(bench.server.counts().reused, 1);
}

#[tokio::test]
async fn a_refresh_token_that_does_not_rotate_stays() {
    let bench = Bench::new(server().without_rotation());
    let oauth = bench.oauth(provider());
    let first = bench.logged_in(&oauth).await;
    let second = oauth.refresh(&first).await.unwrap();
    assert_eq!(second.refresh_token, first.refresh_token);
    assert!(oauth.refresh(&second).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_renewed_says_so_without_asking() {
    let (server, provider) = peculiar();
    let bench = Bench::new(server);
    let oauth = bench.oauth(provider);
    for session in [Session::new("a"), Session::renewable("r")] {
        let error = oauth.refresh(&session).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unauthorized);
        assert!(error.message().contains("log in again"), "{error}");
    }
    assert!(bench.said.all().is_empty());
}

#[tokio::test]
async fn a_confidential_application_shows_its_secret_as_the_network_wants_it() {
    let secret = "s3cret+with/signs & spaces";
    for auth in [ClientAuth::Basic, ClientAuth::Body] {
        let bench = Bench::new(server().client_secret(secret, auth));
        let oauth = bench.oauth(provider().client_secret(secret, auth));
        let session = bench.logged_in(&oauth).await;
        assert!(oauth.refresh(&session).await.is_ok(), "{auth:?}");

        let wrong = bench.oauth(provider().client_secret("another-secret", auth));
        let begun = wrong.begin().unwrap();
        let error = wrong
            .finish(&begun.pending, &bench.consented(&begun))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config, "{auth:?}");
        assert!(error.message().contains("client id"), "{error}");
    }
}

fn answers(status: u16, body: &'static str) -> Disturbance {
    Disturbance::Answer {
        status,
        headers: HeaderMap::new(),
        body: Bytes::from_static(body.as_bytes()),
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_typed_error() {
    let unreadable = [
        answers(200, "<html>hello</html>"),
        answers(200, ""),
        answers(200, "{}"),
        answers(200, "[]"),
        answers(200, r#"{"access_token": ""}"#),
        answers(200, r#"{"access_token": null}"#),
        answers(200, r#"{"access_token": 17}"#),
        answers(200, r#"{"access_token": "a\nb"}"#),
        answers(200, r#"{"access_token": "mac-key", "token_type": "mac"}"#),
        answers(403, "<html>who are you?</html>"),
        answers(404, "{}"),
        Disturbance::Garbage(Bytes::from_static(b"\xff\xfe")),
    ];
    for disturbance in unreadable {
        let bench = Bench::new(server());
        let oauth = bench.oauth(provider());
        let session = bench.logged_in(&oauth).await;
        bench.transport.disturb(disturbance.clone());
        let error = oauth.refresh(&session).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Decode, "{disturbance:?}: {error}");
        assert!(!error.message().contains("mac-key"), "{error}");
        assert_eq!(error.network(), Some("demo"));
    }
}

#[tokio::test]
async fn a_refusal_means_what_it_says_whatever_its_status() {
    for (answer, kind) in [
        (
            answers(200, r#"{"error": "invalid_grant"}"#),
            ErrorKind::Unauthorized,
        ),
        // A network's own word for a refresh token that is used up.
        (
            answers(400, r#"{"error": "invalid_request"}"#),
            ErrorKind::Unauthorized,
        ),
        (
            answers(401, r#"{"error": "invalid_client"}"#),
            ErrorKind::Config,
        ),
        (
            answers(400, r#"{"error": "unsupported_grant_type"}"#),
            ErrorKind::Config,
        ),
        (
            answers(429, r#"{"error": "slow_down"}"#),
            ErrorKind::RateLimited,
        ),
    ] {
        let bench = Bench::new(server());
        let oauth = bench.oauth(provider());
        let session = bench.logged_in(&oauth).await;
        for _ in 0..10 {
            bench.transport.disturb(answer.clone());
        }
        let outcome = bench.clock.drive(oauth.refresh(&session)).await;
        assert_eq!(outcome.unwrap_err().kind(), &kind, "{answer:?}");
    }
}

#[tokio::test]
async fn lenient_answers_are_read() {
    let bench = Bench::new(server());
    let oauth = bench.oauth(provider());
    let session = Session::new("old").refresh_token("refresh-1").user_id("u");
    let now = bench.clock.now();
    for (body, seconds, scopes) in [
        (
            r#"{"access_token":"a1","expires_in":"3600","scope":"x,y"}"#,
            Some(3600),
            "x y",
        ),
        (
            r#"{"access_token":"a1","expires_in":0,"scope":["x"]}"#,
            None,
            "x",
        ),
        (
            r#"{"access_token":"a1","token_type":"Bearer","refresh_token":null}"#,
            None,
            "",
        ),
        (
            r#"{"access_token":"a1","expires_in":1e300,"scope":7,"refresh_token":""}"#,
            None,
            "",
        ),
    ] {
        bench.transport.disturb(answers(200, body));
        let new = oauth.refresh(&session).await.unwrap();
        let ends = seconds.map(|s| now + SignedDuration::from_secs(s));
        assert_eq!(new.expires_at, ends, "{body}");
        assert_eq!(new.scopes.join(" "), scopes, "{body}");
        assert_eq!(new.user_id.as_deref(), Some("u"));
        assert_eq!(new.refresh_token, session.refresh_token, "left as it was");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_and_said_honestly() {
    // The server never saw the first attempt: the second goes well.
    let bench = Bench::new(server());
    let oauth = bench.oauth(provider());
    let session = bench.logged_in(&oauth).await;
    bench.transport.disturb(Disturbance::LoseRequest);
    assert!(bench.clock.drive(oauth.refresh(&session)).await.is_ok());

    // It did: its tokens are lost, and that is said.
    let session = bench.logged_in(&oauth).await;
    bench.transport.disturb(Disturbance::LoseAnswer);
    let error = bench
        .clock
        .drive(oauth.refresh(&session))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.message().contains("outcome was lost"), "{error}");

    // No answer ever comes: not a plain failure, and no word of a write that may have happened.
    let session = bench.logged_in(&oauth).await;
    for _ in 0..20 {
        bench.transport.disturb(Disturbance::LoseRequest);
    }
    let error = bench
        .clock
        .drive(oauth.refresh(&session))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unavailable);
    assert!(error.message().contains("may be used up"), "{error}");
    assert!(error.message().contains("id.example"), "{error}");
}

#[tokio::test]
async fn exchanges_are_paced_like_every_other_call() {
    let bench = Bench::new(server());
    let window = Window::rolling(2, Duration::from_secs(60));
    let bucket = Bucket::new(BucketKey::new("demo", "tokens", Scope::App), [window]);
    let oauth = bench.oauth(provider().charge(bucket.charge(1)));
    let began = bench.clock.now();
    let renewals = async {
        let mut session = bench.logged_in(&oauth).await;
        for _ in 0..3 {
            session = oauth.refresh(&session).await.unwrap();
        }
    };
    bench.clock.drive(renewals).await;
    assert_eq!(began.duration_until(bench.clock.now()).as_secs(), 60);
}

#[tokio::test]
async fn the_implicit_flow_takes_the_token_from_the_fragment() {
    let bench = Bench::new(server().user_id(42));
    let provider = Provider::implicit("demo", format!("{BASE}/authorize"))
        .client_id("app-1")
        .redirect_uri(BACK)
        .scopes(["wall", "photos"])
        .scope_separator(",");
    let oauth = bench.oauth(provider);
    let begun = oauth.begin().unwrap();
    let sent = params(&begun);
    assert_eq!(sent["response_type"], "token");
    assert!(!sent.contains_key("code_challenge") && begun.pending.verifier.is_none());
    let back = bench.consented(&begun);
    assert!(back.contains('#'), "{back}");
    let session = oauth.finish(&begun.pending, &back).await.unwrap();
    let now = bench.clock.now();
    assert_eq!(session.user_id.as_deref(), Some("42"));
    assert_eq!(session.scopes, ["wall", "photos"]);
    assert_eq!(
        session.expires_at,
        Some(now + SignedDuration::from_hours(1))
    );
    assert!(
        bench
            .server
            .whose(session.access_token.expose(), now)
            .is_some()
    );
    let fragment = back.split_once('#').unwrap().1;
    assert!(oauth.finish(&begun.pending, fragment).await.is_ok());

    let state = begun.pending.state.expose();
    for (answer, field) in [
        (format!("{BACK}#state={state}"), "access_token"),
        (
            format!("{BACK}#access_token=&state={state}"),
            "access_token",
        ),
        (format!("{BACK}#access_token=t&state=forged"), "state"),
        (format!("{BACK}#access_token=t"), "state"),
        ("a-token".to_owned(), "redirect"),
    ] {
        let error = oauth.finish(&begun.pending, &answer).await.unwrap_err();
        assert_eq!(violated(&error), field, "{answer}");
    }
    let denied = format!("{BACK}#error=access_denied&state={state}");
    let error = oauth.finish(&begun.pending, &denied).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(bench.said.all().is_empty(), "something was sent");

    let endless = Bench::new(server().token_life(Duration::ZERO));
    let begun = oauth.begin().unwrap();
    let session = oauth
        .finish(&begun.pending, &endless.consented(&begun))
        .await
        .unwrap();
    assert_eq!(session.expires_at, None);
}

#[test]
fn what_is_wrong_with_a_description_shows_when_it_is_used() {
    let bench = Bench::new(server());
    let bad: [(Provider, &str); 6] = [
        (
            Provider::new("demo", "no address", BASE).client_id("a"),
            "authorize address",
        ),
        (
            Provider::new("demo", BASE, "").client_id("a"),
            "token address",
        ),
        (
            Provider::new("demo", "http://id.example", BASE).client_id("a"),
            "plain http",
        ),
        (
            Provider::new("demo", BASE, "ftp://id.example").client_id("a"),
            "https",
        ),
        (provider().client_id(" "), "client id"),
        (provider().redirect_uri("back"), "redirect address"),
    ];
    for (provider, word) in bad {
        let error = OAuth::new(provider, &bench.client).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Config);
        assert!(error.message().contains(word), "{word}: {error}");
        assert_eq!(error.network(), Some("demo"));
    }
    let mut without = provider();
    without.redirect_uri = None;
    let oauth = bench.oauth(without);
    assert_eq!(oauth.begin().unwrap_err().kind(), &ErrorKind::Config);
    assert!(oauth.begin_at("com.example.app:/back").is_ok());
}

#[tokio::test]
async fn a_login_of_another_network_is_not_finished_here() {
    let bench = Bench::new(server());
    let mut other = provider();
    other.network = "other".to_owned();
    let begun = bench.oauth(other).begin().unwrap();
    let error = bench
        .oauth(provider())
        .finish(&begun.pending, &bench.consented(&begun))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Config);
}

/// A server that repeats whatever it is sent, in one form or another.
struct Parrot;

impl Service for Parrot {
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let said = String::from_utf8_lossy(request.body()).into_owned();
        let plain: Vec<String> = said
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(_, value)| value.to_owned())
            .collect();
        let head = request.headers().get("authorization");
        let head = head.map_or("", |value| value.to_str().unwrap());
        let body = match now.as_second() % 3 {
            0 => format!(
                r#"{{"error":"invalid_grant","error_description":"{} {}"}}"#,
                plain.join(" "),
                head
            ),
            1 => format!(r#"{{"error":"{}"}}"#, plain.join(" ")),
            _ => format!("you sent {said} and {head} and {}", plain.join(" ")),
        };
        let mut response = Response::new(body.into());
        *response.status_mut() = sociable::http::StatusCode::BAD_REQUEST;
        response
    }
}

#[tokio::test]
async fn no_secret_stands_in_any_output() {
    let secret = "client-secret-of-the-application";
    for auth in [ClientAuth::Basic, ClientAuth::Body] {
        let (server, described) = peculiar();
        let bench = Bench::new(server.client_secret(secret, auth));
        let oauth = bench.oauth(described.clone().client_secret(secret, auth));
        let begun = oauth.begin().unwrap();
        let back = bench.consented(&begun);
        let mut shown = format!(
            "{oauth:?} {begun:?} {:?} {:?}",
            oauth.provider(),
            bench.server
        );
        let session = oauth.finish(&begun.pending, &back).await.unwrap();
        let renewed = oauth.refresh(&session).await.unwrap();
        shown += &format!("{session:?} {renewed:?}");
        let mut errors = vec![
            oauth.finish(&begun.pending, &back).await.unwrap_err(),
            oauth.refresh(&session).await.unwrap_err(),
        ];
        bench.transport.disturb(Disturbance::Truncate);
        errors.extend(bench.clock.drive(oauth.refresh(&renewed)).await.err());

        let clock = SetClock::at(Timestamp::UNIX_EPOCH);
        let transport = InProcess::new(Arc::new(Parrot), Arc::new(clock.clone()));
        let parrot = Client::builder()
            .transport(Arc::new(transport))
            .clock(Arc::new(clock.clone()))
            .observer(bench.said.clone())
            .build()
            .unwrap();
        let parrot = OAuth::new(described.client_secret(secret, auth), &parrot).unwrap();
        for _ in 0..3 {
            errors.push(parrot.finish(&begun.pending, &back).await.unwrap_err());
            errors.push(parrot.refresh(&session).await.unwrap_err());
            clock.advance(Duration::from_secs(1));
        }
        for error in &errors {
            shown += &format!(
                "{error} {error:?} {:?} {:?} {:?}\n",
                error.excerpt(),
                error.code(),
                error.kind()
            );
        }
        shown += &bench.said.all();
        let secrets = bench.server.secrets();
        assert!(secrets.len() > 8, "{secrets:?}");
        for secret in secrets {
            assert!(!shown.contains(&secret), "{secret} in {shown}");
        }
    }
}
