//! How much X takes: in fifteen minutes, in a day, and in a second.

use std::time::Duration;

use serde_json::json;
use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::jiff::SignedDuration;
use sociable::testing::suite::{Scene, Verdict};
use sociable::{Draft, Engagement, PostQuery, SocialNetwork};

use super::{Net, at, get, holds, no_params};

own_cases! {
    "x: as many calls as a quarter of an hour allows go out, and none twice" => quarter;
    "x: what X tells of a window is kept" => told_windows;
    "x: a call too many is waited for and made again" => too_many;
    "x: a window that is over takes calls again" => over;
    "x: the application and its users have windows of their own" => apart;
    "x: a day may be empty while its quarter of an hour has room" => empty_day;
    "x: a program in a hurry is told when to come again" => in_a_hurry;
    "x: the whole archive is searched once a second" => archive;
    "x: an account that is not verified has a day of its own" => unverified;
}

const ME: &str = "GET /2/users/me";

async fn ask(x: &X, times: usize) -> Verdict {
    for _ in 0..times {
        get(x, "/2/users/me", no_params()).await?;
    }
    Ok(())
}

async fn quarter(net: Net, _: &Scene<'_>) -> Verdict {
    let began = net.now();
    ask(&net.me, 75).await?;
    holds(net.now() == began, "it waits although there is room")?;
    ask(&net.me, 1).await?;
    holds(
        net.now().duration_since(began) >= SignedDuration::from_mins(15),
        "it does not wait for the next window",
    )?;
    holds(
        net.answered(ME, 429) == 0 && net.answered(ME, 200) == 76,
        "X had to refuse it",
    )
}

async fn told_windows(net: Net, _: &Scene<'_>) -> Verdict {
    // Less than the documentation says.
    net.fake.set_windows(ME, [0, 3, 0, 0]);
    ask(&net.me, 8).await?;
    holds(
        net.answered(ME, 429) == 0,
        "what the answers tell is overlooked",
    )
}

async fn too_many(net: Net, _: &Scene<'_>) -> Verdict {
    // Another program used the window up.
    let anna = Some(Fake::ANNA);
    net.fake.use_up(ME, anna, false, 75, net.now());
    ask(&net.me, 1).await?;
    holds(
        net.answered(ME, 429) == 1 && net.answered(ME, 200) == 1,
        "X takes more than it says",
    )
}

async fn over(net: Net, scene: &Scene<'_>) -> Verdict {
    net.fake.set_windows(ME, [0, 2, 0, 0]);
    for _ in 0..3 {
        ask(&net.me, 2).await?;
        scene.stage().pass(Duration::from_secs(901)).await;
    }
    holds(net.answered(ME, 200) == 6, "some did not go out")
}

async fn apart(net: Net, _: &Scene<'_>) -> Verdict {
    let began = net.now();
    let path = format!("/2/users/{}", Fake::BOB);
    let app = net.app();
    let anna = net.build(X::builder().user_token(Fake::ANNA_TOKEN));
    for _ in 0..10 {
        get(&app, &path, no_params()).await?;
        get(&anna, &path, no_params()).await?;
    }
    let name = "GET /2/users/{id}";
    net.fake.use_up(name, None, false, 300, net.now());
    get(&anna, &path, no_params()).await?;
    holds(net.now() == began, "one waits for the other")?;
    get(&app, &path, no_params()).await?;
    holds(
        net.answered(name, 429) == 1,
        "the application's window has no end",
    )
}

async fn empty_day(net: Net, _: &Scene<'_>) -> Verdict {
    let anna = net.contract();
    let bobs = net.fake.post_as(Fake::BOB, "Likeable", net.now());
    let target = at(bobs);
    let likes = "POST /2/users/{id}/likes";
    net.fake
        .use_up(likes, Some(Fake::ANNA), true, 1000, net.now());
    let liked = anna.engage(&target, &Engagement::like()).await;
    let Err(error) = liked else {
        return holds(false, "it is liked");
    };
    holds(error.kind().name() == "RateLimited", error.message())?;
    let day = SignedDuration::from_hours(23);
    let later = error.retry_at();
    holds(
        later.is_some_and(|at| at.duration_since(net.now()) > day),
        "it is not told that the day is used up",
    )?;
    holds(net.answered(likes, 429) == 1, "it is asked again and again")?;
    // Others go on.
    anna.engage(&target, &Engagement::bookmark()).await?;
    anna.publish(&Draft::text("Others go on")).await?;
    Ok(())
}

async fn in_a_hurry(net: Net, _: &Scene<'_>) -> Verdict {
    let hasty = net.patient(Duration::ZERO);
    let anna = X::builder()
        .user_token(Fake::ANNA_TOKEN)
        .client(&hasty)
        .build()?;
    ask(&anna, 75).await?;
    let before = net.fake.seen().len();
    let late = anna.me().await;
    let told = late.is_err_and(|error| {
        let at = error.retry_at();
        error.kind().name() == "RateLimited" && at.is_some_and(|at| at > net.now())
    });
    holds(told, "it is not told when")?;
    holds(net.fake.seen().len() == before, "it went out all the same")
}

async fn archive(net: Net, _: &Scene<'_>) -> Verdict {
    let since = net.now().checked_sub(SignedDuration::from_hours(400));
    let old = PostQuery::search("needle").since(since.unwrap());
    let began = net.now();
    for _ in 0..3 {
        net.me.posts(&old).await?;
    }
    let took = net.now().duration_since(began);
    holds(
        took >= SignedDuration::from_millis(1999),
        &format!("three go out in {took:#}"),
    )?;
    holds(
        net.answered("GET /2/tweets/search/all", 429) == 0,
        "X had to refuse it",
    )?;
    let auth = format!("Bearer {}", Fake::BEARER);
    let ask = || {
        net.raw(&auth, "GET", "/2/tweets/search/all?query=needle", None)
            .0
    };
    holds((ask(), ask()).1 == 429, "it takes several in a second")
}

async fn unverified(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.set_verified(Fake::ANNA, false, false);
    net.fake.set_unverified_day(2, 1);
    net.publish("One").await?;
    let second = net.publish("Two").await?;
    let over = net.publish("Three").await;
    let Err(error) = over else {
        return holds(false, "there is no end");
    };
    holds(
        error.kind().name() == "RateLimited" && error.code() == Some("185"),
        error.message(),
    )?;
    // Answers have a number of their own. It is said natively: publishing rests as a whole.
    let answer = json!({"text": "And", "reply": {"in_reply_to_tweet_id": second.id.as_str()}});
    let auth = format!("Bearer {}", Fake::ANNA_TOKEN);
    let said = net.raw(&auth, "POST", "/2/tweets", Some(&answer));
    holds(said.0 == 201, "no answer is taken either")
}
