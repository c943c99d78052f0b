//! X on its fake, as the behaviour suite wants it; every exchange is held to the contract.

// Each integration test is a crate of its own and uses only a part of this module.
#![allow(dead_code)]
// Clippy takes helpers outside of `#[test]` functions for production code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use sociable::adapters::x::fake::{Fake, Plan, Spelling};
use sociable::adapters::x::{AccessToken, ConsumerKey, Tier, X, XBuilder};
use sociable::client::{Client, SeededRandom};
use sociable::testing::stage::{Bench, Set};
use sociable::testing::suite::{Case, Scene, Stop, Verdict};
use sociable::{
    AudienceQuery, Draft, ErrorKind, Moderation, Need, Operation, PostQuery, PostRef,
    SocialNetwork, publish_thread,
};

use crate::contract::openapi::Contract;
use crate::contract::tally::Tally;
use crate::x_watch::Watched;

/// A community that posts can be sent to.
const COMMUNITY: &str = "1777000000000000900";

/// A token that nobody gave out.
const FORGED: &str = "not-a-token-of-anybody";

/// An account with its own token and the application's.
pub(crate) fn account(client: &Client, token: &str, tier: Tier) -> Arc<dyn SocialNetwork> {
    let x = X::builder()
        .bearer(Fake::BEARER)
        .user_token(token)
        .tier(tier)
        .client(client);
    Arc::new(x.build().unwrap())
}

/// Anna, by a login that is renewed.
#[cfg(feature = "oauth")]
fn anna(fake: &Fake, client: &Client, tier: Tier) -> XBuilder {
    use sociable::adapters::x::XLogin;
    use sociable::oauth::{Keeper, OAuth, Session};
    use sociable::store::MemoryStore;

    let provider = XLogin::provider(Fake::CLIENT_ID).redirect_uri(Fake::REDIRECT);
    let scopes: Vec<&str> = provider.scopes.iter().map(String::as_str).collect();
    let login = fake.login(Fake::ANNA, &scopes, client.clock().now());
    let session = Session::new(login.access)
        .refresh_token(login.refresh.unwrap())
        .scopes(scopes);
    let oauth = OAuth::new(provider.clone(), client).unwrap();
    let keeper = Keeper::new(oauth, Arc::new(MemoryStore::new()), "x:anna", Some(session));
    builder(client, tier).user_login(keeper)
}

#[cfg(not(feature = "oauth"))]
fn anna(_: &Fake, client: &Client, tier: Tier) -> XBuilder {
    builder(client, tier).user_token(Fake::ANNA_TOKEN)
}

fn builder(client: &Client, tier: Tier) -> XBuilder {
    X::builder().bearer(Fake::BEARER).tier(tier).client(client)
}

fn impostor(client: &Client, tier: Tier) -> Arc<dyn SocialNetwork> {
    let x = X::builder()
        .bearer(FORGED)
        .user_token(FORGED)
        .tier(tier)
        .client(client);
    Arc::new(x.build().unwrap())
}

/// An account that signs its calls by OAuth 1.0a, and gets the application's token by its key.
fn signed(client: &Client, token: &str, secret: &str) -> Arc<dyn SocialNetwork> {
    let x = X::builder()
        .consumer(ConsumerKey::new(Fake::CONSUMER_KEY, Fake::CONSUMER_SECRET))
        .access_token(AccessToken::new(token, secret))
        .client(client);
    Arc::new(x.build().unwrap())
}

/// X on its fake, under a set clock and this plan.
pub(crate) fn on_fake(contract: Option<Contract>, tier: Tier) -> (Bench, Set, Fake, Arc<Watched>) {
    let fake = Fake::new();
    fake.set_plan(match tier {
        Tier::Enterprise => Plan::Enterprise,
        _ => Plan::PayPerUse,
    });
    let tally = Arc::new(Tally::default());
    let watched = Arc::new(Watched::new(fake.clone(), contract, tally));
    let bench = Bench::new(watched.clone()).unwrap();
    // Windows of a quarter of an hour are waited out, which costs nothing under a set clock.
    let client = Client::builder()
        .transport(bench.wire.clone())
        .clock(Arc::new(bench.clock.clone()))
        .random(Arc::new(SeededRandom::new(7)))
        .observer(bench.attempts.clone())
        .max_wait(Duration::from_secs(3600))
        .build()
        .unwrap();
    let me: Arc<dyn SocialNetwork> = Arc::new(anna(&fake, &client, tier).build().unwrap());
    let again = client.clone();
    let (token, secret) = fake.oauth1(Fake::BOB);
    let bob = if tier == Tier::SelfServe {
        // By the older kind of token, and told in the newer names.
        fake.set_spelling(Spelling::Post);
        signed(&client, &token, &secret)
    } else {
        account(&client, Fake::BOB_TOKEN, tier)
    };
    let mut stage = bench
        .stage(
            format!("x, its fake under a set clock, on the plan {tier}"),
            me,
            bob,
        )
        .stranger(account(&client, Fake::CAROL_TOKEN, tier))
        .again(move || account(&again, Fake::ANNA_TOKEN, tier))
        .impostor(impostor(&client, tier))
        .place(sociable::Place::new(COMMUNITY))
        .secret(Fake::ANNA_TOKEN)
        .secret(Fake::BOB_TOKEN)
        .secret(Fake::BEARER)
        .secret(Fake::CONSUMER_SECRET)
        .secret(token)
        .secret(secret)
        .secret(FORGED);
    if cfg!(feature = "oauth") {
        let ends = fake.clone();
        stage = stage.expiring(move || ends.expire_logins());
    }
    if tier == Tier::SelfServe {
        stage = on_a_plan_that_anybody_can_buy(stage);
    }
    (bench, stage, fake, watched)
}

/// What cannot be shown where a post has to mention whoever answers it, and what shows it in its stead.
fn on_a_plan_that_anybody_can_buy(mut stage: Set) -> Set {
    for case in [
        "publish.reply: an answer names what it answers and its thread",
        "publish.reply: an answer to an answer stays in the thread",
        "posts.replies: direct answers stand there, and only they",
        "posts.thread: a thread is whole, each after what it answers",
        "audience.commented: who answers a post stands there once",
        "moderate.hide: an answer can be hidden and shown again",
    ] {
        stage = stage.passing_over_case(
            case,
            "its posts mention nobody, and this plan's accounts answer no such post",
        );
    }
    let mentioned = Case::new(
        "publish.reply: who is mentioned answers, and nobody else",
        |scene| Box::pin(who_is_mentioned_answers(scene)),
    );
    let asked = Case::new(
        "posts.replies: the answers of whoever was asked are listed, counted and hidden",
        |scene| Box::pin(answers_are_listed(scene)),
    );
    stage
        .case(mentioned.of(Operation::PUBLISH_REPLY))
        .case(asked.of(Operation::POSTS_REPLIES))
}

fn ensure(holds: bool, why: impl Into<String>) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(Stop::failed(why))
    }
}

async fn handle_of(network: &dyn SocialNetwork) -> Result<String, Stop> {
    let handle = network.me().await?.handle;
    handle
        .map(String::from)
        .ok_or_else(|| Stop::failed("the account has no name"))
}

async fn who_is_mentioned_answers(scene: &Scene<'_>) -> Verdict {
    let (me, other) = (scene.me(), scene.other());
    let my_name = handle_of(&*me).await?;
    let asks = format!("What do you say, @{my_name}? {}", scene.word());
    let asks = other.publish(&Draft::text(asks)).await?;
    let answer = Draft::text(format!("This: {}", scene.word())).reply_to(&asks);
    let answer = me.publish(&answer).await?;
    ensure(
        answer.reply_to.as_ref() == Some(&asks.id),
        "the answer names no parent",
    )?;
    // Without a mention it is refused, once and for all.
    let silent = Draft::text(format!("To nobody: {}", scene.word()));
    let silent = other.publish(&silent).await?;
    let before = scene.stage().requests();
    let refused = Draft::text(format!("All the same: {}", scene.word())).reply_to(&silent);
    let Err(error) = me.publish(&refused).await else {
        return Err(Stop::failed("whom nobody asked can answer"));
    };
    let tier = ErrorKind::Forbidden(Need::Tier("enterprise".to_owned()));
    ensure(*error.kind() == tier, format!("it is {error}"))?;
    let sent = scene
        .stage()
        .requests()
        .zip(before)
        .map(|(after, before)| after - before);
    ensure(
        sent.is_none_or(|sent| sent == 1),
        format!("it took {sent:?} requests"),
    )?;
    // A thread of one's own goes on.
    let parts = ["one", "two", "three"].map(|part| Draft::text(format!("{part} {}", scene.word())));
    let thread = publish_thread(&*me, &parts, None).await.into_result()?;
    let last = me.post(&thread[2].id).await?;
    ensure(
        last.thread.as_ref() == Some(&thread[0].id),
        "the thread fell apart",
    )
}

async fn answers_are_listed(scene: &Scene<'_>) -> Verdict {
    let (me, other) = (scene.me(), scene.other());
    let their_name = handle_of(&*other).await?;
    let asks = format!("Ask me anything, @{their_name}! {}", scene.word());
    let asks = me.publish(&Draft::text(asks)).await?;
    let question = format!("Why? {}", scene.word());
    let question = other
        .publish(&Draft::text(question).reply_to(&asks))
        .await?;
    let answers = me.posts(&PostQuery::replies(asks.id.clone())).await?;
    ensure(
        answers.items.iter().any(|post| post.id == question.id),
        "the answer is not listed",
    )?;
    let thread = me.posts(&PostQuery::thread(question.id.clone())).await?;
    let ids: Vec<_> = thread.items.iter().map(|post| &post.id).collect();
    ensure(
        ids == [&asks.id, &question.id],
        format!("the thread is {ids:?}"),
    )?;
    let who = me
        .audience(&AudienceQuery::commented(asks.id.clone()))
        .await?;
    let them = other.me().await?;
    ensure(
        who.items.iter().map(|a| &a.id).eq([&them.id]),
        "who answered is not told",
    )?;
    let hide = Moderation::hide(PostRef::from(&question));
    me.moderate(&hide).await?;
    me.moderate(&hide.off()).await?;
    Ok(())
}
