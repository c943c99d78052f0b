//! What stands before every call: tokens, their kinds and scopes, signatures, and what nobody knows.

use std::pin::Pin;
use std::time::Duration;

use serde_json::json;
use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::client::{Client, Clock, SetClock};
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::testing::suite::{Scene, Verdict};
use sociable::{Draft, ErrorKind, Need, PostId, PostQuery, SocialNetwork};

use super::{Net, get, holds, is_kind, mine, no_params, refused};

own_cases! {
    "x: a token that was revoked is told so, once" => revoked;
    "x: an access token of OAuth 2.0 ends after two hours" => two_hours;
    "x: each kind of token does what it may" => kinds;
    "x: a token without the scope is told what it lacks" => no_scope;
    "x: a signature by another secret is refused" => wrong_secret;
    "x: what was signed is good for five minutes" => five_minutes;
    "x: what was signed is good once" => signed_once;
    "x: a machine whose clock is off signs by the network's" => clock_off;
    "x: a parameter that nobody knows is refused" => unknown_parameter;
    "x: a field that nobody knows is refused" => unknown_field;
    "x: a look-up holds a hundred, and more are asked for in parts" => look_ups;
    "x: a page is as large as X takes, whatever is asked for" => page_sizes;
    "x: a search is as long as X takes" => long_search;
    "x: a suspended account is told so" => suspended;
}

async fn revoked(net: Net, _: &Scene<'_>) -> Verdict {
    net.me.me().await?;
    net.fake.revoke_token(Fake::ANNA_TOKEN);
    let before = net.fake.seen().len();
    refused(net.me.me().await, 401, "Unauthorized", "it")?;
    holds(
        net.fake.seen().len() == before + 1,
        "it is asked again and again",
    )
}

async fn two_hours(net: Net, scene: &Scene<'_>) -> Verdict {
    let scopes = ["tweet.read", "users.read"];
    let bob = net.fake.login(Fake::BOB, &scopes, net.now()).access;
    let bob = net.user(&bob);
    bob.me().await?;
    scene.stage().pass(Duration::from_secs(7190)).await;
    bob.me().await?;
    scene.stage().pass(Duration::from_secs(10)).await;
    refused(bob.me().await, 401, "Unauthorized", "it")
}

async fn kinds(net: Net, _: &Scene<'_>) -> Verdict {
    let app = net.app();
    let needs_user = net.quiet(app.me()).await?;
    let told =
        |error: &sociable::Error| matches!(error.kind(), ErrorKind::Forbidden(Need::Token(_)));
    holds(
        needs_user.is_err_and(|error| told(&error)),
        "it is not told that a user's token is missing",
    )?;
    let archive = get(&net.bob(), "/2/tweets/search/all", json!({"query": "cats"})).await;
    holds(
        archive.is_ok(),
        "the archive is not asked by the application",
    )?;
    // What X itself says to the wrong kind.
    for (auth, target) in [
        (Fake::BEARER, "/2/users/me"),
        (Fake::ANNA_TOKEN, "/2/tweets/search/all?query=cats"),
    ] {
        let (status, _) = net.raw(&format!("Bearer {auth}"), "GET", target, None);
        holds(status == 403, "a token of the wrong kind is taken")?;
    }
    Ok(())
}

async fn no_scope(net: Net, _: &Scene<'_>) -> Verdict {
    let scopes = ["tweet.read", "users.read"];
    let poor = net.fake.login(Fake::ANNA, &scopes, net.now()).access;
    let poor = net.user(&poor);
    poor.me().await?;
    refused(
        poor.publish(&Draft::text("x")).await,
        403,
        "Forbidden",
        "it",
    )
}

async fn wrong_secret(net: Net, _: &Scene<'_>) -> Verdict {
    let anna = net.build(net.signed(Fake::ANNA_OAUTH1.1));
    let post = anna.publish(&Draft::text("Signed, with ö and ~")).await?;
    let query = PostQuery::search("Ladies + Gentlemen, (ö)!");
    anna.posts(&query).await?;
    holds(anna.post(&post.id).await?.id == post.id, "it is not read")?;
    let forger = net.build(net.signed("another-secret"));
    refused(forger.me().await, 401, "Unauthorized", "it")
}

/// A call that Anna signed, as it went over the line.
async fn signed(
    net: &Net,
) -> Result<sociable::http::Request<bytes::Bytes>, sociable::testing::suite::Stop> {
    let anna = net.build(net.signed(Fake::ANNA_OAUTH1.1));
    anna.me().await?;
    Ok(net.heard())
}

async fn five_minutes(net: Net, scene: &Scene<'_>) -> Verdict {
    let request = signed(&net).await?;
    scene.stage().pass(Duration::from_secs(301)).await;
    let (status, told) = net.send(&request);
    holds(
        status == 401 && told["errors"][0]["code"] == 135,
        "it is taken later",
    )
}

async fn signed_once(net: Net, _: &Scene<'_>) -> Verdict {
    let request = signed(&net).await?;
    let (status, told) = net.send(&request);
    holds(
        status == 401 && told["errors"][0]["code"] == 32,
        "it is taken again",
    )
}

/// The clock of a machine that is set wrong.
#[derive(Debug)]
struct Wrong(SetClock, SignedDuration);

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        self.0.now().checked_add(self.1).unwrap()
    }

    fn sleep_until<'a>(&'a self, time: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.0.sleep_until(time.checked_sub(self.1).unwrap())
    }
}

async fn clock_off(net: Net, _: &Scene<'_>) -> Verdict {
    for (minutes, at) in [(-20, 1), (20, 2)] {
        let clock = Wrong(net.clock.clone(), SignedDuration::from_mins(minutes));
        let client = Client::builder()
            .transport(std::sync::Arc::clone(&net.transport))
            .clock(std::sync::Arc::new(clock))
            .build()?;
        let anna = net.signed(Fake::ANNA_OAUTH1.1).client(&client).build()?;
        anna.me().await?;
        anna.publish(&Draft::text(format!("{minutes} minutes off")))
            .await?;
        let refused = net.fake.seen().iter().filter(|s| s.status == 401).count();
        holds(
            refused == at,
            &format!("{refused} calls were refused for their time, not {at}"),
        )?;
    }
    Ok(())
}

async fn unknown_parameter(net: Net, _: &Scene<'_>) -> Verdict {
    let asked = get(&net.me, "/2/users/me", json!({"max_results": 5})).await;
    refused(asked, 400, "Invalid", "it")
}

async fn unknown_field(net: Net, _: &Scene<'_>) -> Verdict {
    let asked = get(&net.me, "/2/users/me", json!({"user.fields": "shoe_size"})).await;
    refused(asked, 400, "Invalid", "it")
}

async fn look_ups(net: Net, _: &Scene<'_>) -> Verdict {
    let numbers: Vec<String> = (1..=101_u64).map(|n| n.to_string()).collect();
    let asked = get(&net.me, "/2/tweets", json!({"ids": numbers})).await;
    refused(asked, 400, "Invalid", "a hundred and one")?;
    net.fake.clear_log();
    let ids = numbers.iter().map(|number| PostId::new(number.as_str()));
    let page = net.me.posts(&PostQuery::ids(ids)).await?;
    holds(page.omitted.len() == 101, "some are not accounted for")?;
    holds(
        net.answered("GET /2/tweets", 200) == 2,
        "they are not asked for in two parts",
    )
}

async fn page_sizes(net: Net, _: &Scene<'_>) -> Verdict {
    for size in [4, 101] {
        let asked = get(&net.me, &mine("tweets"), json!({"max_results": size})).await;
        refused(asked, 400, "Invalid", "such a page")?;
    }
    net.publish("On a page").await?;
    for limit in [1, 100_000] {
        let page = net.me.posts(&PostQuery::own().limit(limit)).await?;
        holds(page.items.len() == 1, "it does not come")?;
    }
    Ok(())
}

async fn long_search(net: Net, _: &Scene<'_>) -> Verdict {
    let query = json!({"query": "x".repeat(513)});
    let asked = get(&net.me, "/2/tweets/search/recent", query).await;
    refused(asked, 400, "Invalid", "it")?;
    let long = PostQuery::search("x".repeat(513));
    let asked = net.quiet(net.me.posts(&long)).await?;
    is_kind(asked, "Invalid", "it")?;
    net.me.posts(&PostQuery::search("x".repeat(512))).await?;
    Ok(())
}

async fn suspended(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.set_suspended(Fake::ANNA, true);
    refused(net.me.me().await, 403, "Suspended", "it")?;
    // The application is not.
    let app: &X = &net.app();
    get(app, &format!("/2/users/{}", Fake::BOB), no_params()).await?;
    Ok(())
}
