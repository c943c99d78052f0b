//! Logins with VK ID, step by step.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use sociable::adapters::vk::fake::Fake;
use sociable::adapters::vk::{Vk, VkLogin};
use sociable::client::Service;
use sociable::http::{Request, header};
use sociable::oauth::{Keeper, OAuth};
use sociable::store::MemoryStore;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::url::{Url, form_urlencoded};
use sociable::{ErrorKind, SocialNetwork};

use super::{Club, holds};

own_cases! {
    "vk: a login is renewed, again and again" => renewed;
    "vk: a renewal is for the device of its login" => device;
    "vk: a code is for whom it was asked for" => verifier;
    "vk: a code is good once" => once;
}

const BACK: &str = "https://app.example/back";

/// Says yes to everything, and tells the address at which the browser ends.
fn consented(club: &Club, url: &str) -> Url {
    let request = Request::get(url).body(Bytes::new()).unwrap();
    let answer = club.ground.service.answer(&request, club.now());
    let place = answer.headers()[header::LOCATION].to_str().unwrap();
    Url::parse(place).unwrap()
}

fn param(url: &Url, name: &str) -> String {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap()
}

fn keeper(club: &Club) -> Result<Keeper, Stop> {
    let app = u64::try_from(Fake::APP).unwrap();
    let provider = VkLogin::VkId.provider(app).redirect_uri(BACK);
    let oauth = OAuth::new(provider, &club.client)?;
    let store = Arc::new(MemoryStore::new());
    Ok(Keeper::new(oauth, store, "vk:case", None))
}

async fn renewed(club: Club, scene: &Scene<'_>) -> Verdict {
    let keeper = keeper(&club)?;
    let begun = keeper.begin().await?;
    let back = consented(&club, begun.url.as_str());
    keeper.finish(back.as_str()).await?;
    let vk = club.build(Vk::builder().user_login(keeper));
    for _ in 0..3 {
        vk.me().await?;
        let hour = std::time::Duration::from_secs(3700);
        scene.stage().pass(hour).await;
    }
    Ok(())
}

/// A login as a program makes it by itself: what it needs for the exchange of the code.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of this verifier, from RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const STATE: &str = "0123456789abcdef0123456789abcdef";

fn asked(club: &Club) -> Url {
    let mut url = Url::parse("https://id.vk.com/authorize").unwrap();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &Fake::APP.to_string())
        .append_pair("redirect_uri", BACK)
        .append_pair("state", STATE)
        .append_pair("scope", "vkid.personal_info")
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "s256");
    consented(club, url.as_str())
}

fn exchange(club: &Club, form: &[(&str, &str)]) -> Value {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &Fake::APP.to_string())
        .append_pair("state", STATE)
        .extend_pairs(form)
        .finish();
    let request = Request::post("https://id.vk.com/oauth2/auth")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(body))
        .unwrap();
    let answer = club.ground.service.answer(&request, club.now());
    serde_json::from_slice(answer.body()).unwrap()
}

fn exchange_code(club: &Club, back: &Url, verifier: &str) -> Value {
    exchange(
        club,
        &[
            ("grant_type", "authorization_code"),
            ("redirect_uri", BACK),
            ("code", &param(back, "code")),
            ("device_id", &param(back, "device_id")),
            ("code_verifier", verifier),
        ],
    )
}

async fn device(club: Club, _: &Scene<'_>) -> Verdict {
    let back = asked(&club);
    let told = exchange_code(&club, &back, VERIFIER);
    let token = told["refresh_token"].as_str().unwrap_or_default();
    let renew = |device: &str| {
        let grant = ("grant_type", "refresh_token");
        let form = [grant, ("refresh_token", token), ("device_id", device)];
        exchange(&club, &form)["access_token"].is_string()
    };
    holds(!renew("another"), "it is taken from another device")?;
    holds(renew(&param(&back, "device_id")), "it is not taken")
}

async fn verifier(club: Club, _: &Scene<'_>) -> Verdict {
    let back = asked(&club);
    let stolen = exchange_code(&club, &back, &"x".repeat(43));
    holds(stolen["error"] == "invalid_grant", "anybody may have it")?;
    let own = exchange_code(&club, &back, VERIFIER);
    holds(own["access_token"].is_string(), "its owner does not get it")
}

async fn once(club: Club, _: &Scene<'_>) -> Verdict {
    // By the way that a login takes here.
    let keeper = keeper(&club)?;
    let begun = keeper.begin().await?;
    let back = consented(&club, begun.url.as_str());
    keeper.finish(back.as_str()).await?;
    let again = keeper.finish(back.as_str()).await;
    let told = again.is_err_and(|error| *error.kind() != ErrorKind::Decode);
    holds(told, "the address is taken again")?;
    // And by itself.
    let back = asked(&club);
    let first = exchange_code(&club, &back, VERIFIER);
    let second = exchange_code(&club, &back, VERIFIER);
    holds(first["access_token"].is_string(), "it is not taken")?;
    holds(second["error"] == "invalid_grant", "it is taken twice")
}
