//! Logins with OAuth 2.0, step by step.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use sociable::adapters::x::fake::Fake;
use sociable::adapters::x::{X, XLogin};
use sociable::client::Service;
use sociable::http::{Request, header};
use sociable::oauth::{Keeper, OAuth, Session};
use sociable::store::MemoryStore;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::url::{Url, form_urlencoded};
use sociable::{ErrorKind, SocialNetwork};

use super::{HOST, Net, holds, refused};

own_cases! {
    "x: a login is renewed, again and again" => renewed;
    "x: a code is exchanged within thirty seconds" => in_time;
    "x: a code is good once" => once;
    "x: a code is for who asked for it" => verifier;
    "x: a refresh token is good once" => refreshed_once;
    "x: a refresh token that comes again ends its login" => reuse_ends;
}

/// Says yes to everything, and tells the address at which the browser ends.
fn consented(net: &Net, url: &str) -> Url {
    let request = Request::get(url).body(Bytes::new()).unwrap();
    let answer = net.line.answer(&request, net.now());
    let place = answer.headers()[header::LOCATION].to_str().unwrap();
    Url::parse(place).unwrap()
}

fn oauth(net: &Net) -> Result<OAuth, Stop> {
    let provider = XLogin::provider(Fake::CLIENT_ID).redirect_uri(Fake::REDIRECT);
    Ok(OAuth::new(provider, &net.client)?)
}

fn keeper(net: &Net, session: Option<Session>) -> Result<Keeper, Stop> {
    let store = Arc::new(MemoryStore::new());
    Ok(Keeper::new(oauth(net)?, store, "x:case", session))
}

async fn renewed(net: Net, scene: &Scene<'_>) -> Verdict {
    let keeper = keeper(&net, None)?;
    let begun = keeper.begin().await?;
    let back = consented(&net, begun.url.as_str());
    keeper.finish(back.as_str()).await?;
    let anna = net.build(X::builder().user_login(keeper));
    for _ in 0..3 {
        let me = anna.me().await?;
        holds(me.id.as_str() == Fake::ANNA.to_string(), "it is another")?;
        scene.stage().pass(Duration::from_secs(7300)).await;
    }
    Ok(())
}

async fn in_time(net: Net, scene: &Scene<'_>) -> Verdict {
    for (seconds, good) in [(29, true), (31, false)] {
        let keeper = keeper(&net, None)?;
        let begun = keeper.begin().await?;
        let back = consented(&net, begun.url.as_str());
        scene.stage().pass(Duration::from_secs(seconds)).await;
        let finished = keeper.finish(back.as_str()).await;
        holds(
            finished.is_ok() == good,
            &format!("{seconds} seconds: {}", finished.is_ok()),
        )?;
    }
    Ok(())
}

/// A login as a program makes it by itself: what it needs for the exchange of the code.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of this verifier, from RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn code(net: &Net) -> String {
    let mut url = Url::parse("https://x.com/i/oauth2/authorize").unwrap();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", Fake::CLIENT_ID)
        .append_pair("redirect_uri", Fake::REDIRECT)
        .append_pair("state", "s")
        .append_pair("scope", "tweet.read users.read offline.access")
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256");
    let back = consented(net, url.as_str());
    let mut pairs = back.query_pairs();
    let found = pairs.find(|(known, _)| known == "code");
    found.map(|(_, value)| value.into_owned()).unwrap()
}

fn form(net: &Net, form: &[(&str, &str)]) -> Value {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", Fake::CLIENT_ID)
        .extend_pairs(form)
        .finish();
    let request = Request::post(format!("{HOST}/2/oauth2/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(body))
        .unwrap();
    net.send(&request).1
}

fn exchanged(net: &Net, code: &str, verifier: &str) -> bool {
    let told = form(
        net,
        &[
            ("grant_type", "authorization_code"),
            ("redirect_uri", Fake::REDIRECT),
            ("code", code),
            ("code_verifier", verifier),
        ],
    );
    told["access_token"].is_string()
}

fn refreshed(net: &Net, token: &str) -> Value {
    let grant = ("grant_type", "refresh_token");
    form(net, &[grant, ("refresh_token", token)])
}

async fn once(net: Net, _: &Scene<'_>) -> Verdict {
    // By the way that a login takes here.
    let keeper = keeper(&net, None)?;
    let begun = keeper.begin().await?;
    let back = consented(&net, begun.url.as_str());
    keeper.finish(back.as_str()).await?;
    let again = keeper.finish(back.as_str()).await;
    let told = again.is_err_and(|error| *error.kind() != ErrorKind::Decode);
    holds(told, "the address is taken again")?;
    // And by itself.
    let code = code(&net);
    holds(exchanged(&net, &code, VERIFIER), "it is not taken")?;
    holds(!exchanged(&net, &code, VERIFIER), "it is taken twice")
}

async fn verifier(net: Net, _: &Scene<'_>) -> Verdict {
    let stolen = exchanged(&net, &code(&net), &"x".repeat(43));
    holds(!stolen, "anybody may have it")?;
    let own = exchanged(&net, &code(&net), VERIFIER);
    holds(own, "its owner does not get it")
}

/// Anna, whose login was just renewed by the program; the token that it was renewed by.
async fn just_renewed(net: &Net, scene: &Scene<'_>) -> Result<(X, String), Stop> {
    let scopes = ["tweet.read", "users.read", "offline.access"];
    let login = net.fake.login(Fake::ANNA, &scopes, net.now());
    let old = login.refresh.unwrap();
    let session = Session::new(login.access).refresh_token(old.as_str());
    let keeper = keeper(net, Some(session.scopes(scopes)))?;
    scene.stage().pass(Duration::from_secs(7300)).await;
    let anna = net.build(X::builder().user_login(keeper));
    anna.me().await?;
    Ok((anna, old))
}

async fn refreshed_once(net: Net, scene: &Scene<'_>) -> Verdict {
    let (_, old) = just_renewed(&net, scene).await?;
    holds(
        refreshed(&net, &old)["access_token"].is_null(),
        "it is taken again",
    )
}

async fn reuse_ends(net: Net, scene: &Scene<'_>) -> Verdict {
    let (anna, old) = just_renewed(&net, scene).await?;
    refreshed(&net, &old);
    let ended = anna.me().await;
    holds(
        ended.is_err_and(|error| *error.kind() == ErrorKind::Unauthorized),
        "it goes on",
    )?;
    refused(
        net.user("stolen").me().await,
        401,
        "Unauthorized",
        "another",
    )
}
