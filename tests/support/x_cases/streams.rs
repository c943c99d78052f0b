//! Connections that stay open: posts that rules match, and what happens.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::client::Clock;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::{Event, EventKind, Since};

use super::{Net, get, holds, no_params, post};

own_cases! {
    "x: a stream without rules ends with the reason" => no_rules;
    "x: a rule is made once" => unique_rules;
    "x: a rule has a length" => long_rule;
    "x: a stream brings what its rules match" => matches;
    "x: there is one stream at a time" => one_stream;
    "x: a stream in which nothing happens stays open" => stays_open;
    "x: what was missed comes on a contract, and is told as a gap without one" => missed;
}

const RULES: &str = "/2/tweets/search/stream/rules";
const STREAM: &str = "GET /2/tweets/search/stream";

async fn add(x: &X, value: &str) -> sociable::Result<Value> {
    post(x, RULES, json!({"add": [{"value": value}]})).await
}

async fn no_rules(net: Net, _: &Scene<'_>) -> Verdict {
    let mut stream = net.me.stream(Since::Now);
    let first = until(&net, &mut stream, 60).await;
    let told = matches!(&first, Some(Err(error)) if error.kind().name() == "Conflict");
    holds(told, &format!("it tells {first:?}"))?;
    holds(net.answered(STREAM, 409) == 1, "it is tried again")
}

async fn unique_rules(net: Net, _: &Scene<'_>) -> Verdict {
    let app = net.app();
    add(&app, "cats").await?;
    let again = add(&app, "cats").await?;
    let kind = again["errors"][0]["type"].as_str().unwrap_or_default();
    holds(kind.ends_with("/duplicate-rules"), "it is made twice")?;
    let list = get(&app, RULES, no_params()).await?;
    holds(list["meta"]["result_count"] == 1, "it stands there twice")
}

async fn long_rule(net: Net, _: &Scene<'_>) -> Verdict {
    let app = net.app();
    let told = add(&app, &"x".repeat(1025)).await?;
    holds(
        told["data"].is_null() && told["errors"][0].is_object(),
        "it is taken",
    )?;
    let told = add(&app, &"x".repeat(1024)).await?;
    holds(told["data"][0].is_object(), "the longest is refused")
}

type Stream = futures_util::stream::BoxStream<'static, sociable::Result<Event>>;

/// What comes next, where it comes within so many seconds.
async fn until(net: &Net, stream: &mut Stream, seconds: u64) -> Option<sociable::Result<Event>> {
    let end = net.now().checked_add(Duration::from_secs(seconds)).unwrap();
    let ends = std::pin::pin!(net.clock.sleep_until(end));
    match futures_util::future::select(stream.next(), ends).await {
        futures_util::future::Either::Left((next, _)) => next,
        futures_util::future::Either::Right(_) => None,
    }
}

/// The words of the next post.
async fn said(net: &Net, stream: &mut Stream) -> Result<String, Stop> {
    match until(net, stream, 60).await {
        Some(event) => {
            let post = event?.post;
            let text = post.map(|post| post.text.as_str().to_owned());
            Ok(text.unwrap_or_default())
        }
        None => Err(Stop::failed("nothing comes")),
    }
}

async fn opened(net: &Net, x: &X) -> Stream {
    let mut stream = x.stream(Since::Now);
    // It opens where it is asked, and hears nothing yet.
    let nothing = until(net, &mut stream, 1).await;
    assert!(nothing.is_none(), "{nothing:?}");
    stream
}

async fn matches(net: Net, _: &Scene<'_>) -> Verdict {
    add(&net.app(), "cats").await?;
    add(&net.app(), "from:bob_test").await?;
    let mut stream = opened(&net, &net.me).await;
    net.fake.post_as(Fake::CAROL, "dogs", net.now());
    net.fake.post_as(Fake::CAROL, "cats!", net.now());
    net.fake.post_as(Fake::BOB, "birds & bees", net.now());
    let heard = [
        said(&net, &mut stream).await?,
        said(&net, &mut stream).await?,
    ];
    holds(heard == ["cats!", "birds & bees"], &format!("{heard:?}"))
}

async fn one_stream(net: Net, _: &Scene<'_>) -> Verdict {
    add(&net.app(), "cats").await?;
    let mut first = opened(&net, &net.me).await;
    let mut second = net.app().stream(Since::Now);
    let nothing = until(&net, &mut second, 30).await;
    holds(nothing.is_none(), "the second ends")?;
    holds(
        net.answered(STREAM, 429) >= 1 && net.fake.open_streams() == 1,
        "two are open",
    )?;
    net.fake.post_as(Fake::CAROL, "cats!", net.now());
    holds(said(&net, &mut first).await? == "cats!", "the first is cut")
}

async fn stays_open(net: Net, _: &Scene<'_>) -> Verdict {
    add(&net.app(), "cats").await?;
    let mut stream = opened(&net, &net.me).await;
    let nothing = until(&net, &mut stream, 600).await;
    holds(nothing.is_none(), &format!("{nothing:?} comes"))?;
    holds(net.asked(STREAM).len() == 1, "it is opened again")?;
    net.fake.post_as(Fake::CAROL, "cats!", net.now());
    holds(said(&net, &mut stream).await? == "cats!", "it is cut")?;
    // And one that has fallen silent does not.
    net.fake.silence_streams(true);
    let _ = until(&net, &mut stream, 60).await;
    holds(net.asked(STREAM).len() > 1, "silence is taken for peace")
}

async fn missed(net: Net, scene: &Scene<'_>) -> Verdict {
    let enterprise = net.contract();
    add(&net.app(), "cats").await?;
    for (x, again) in [(enterprise, true), (net.me.clone(), false)] {
        let mut stream = opened(&net, &x).await;
        net.fake.disconnect_streams(None);
        let word = format!("cats, {again}");
        net.fake.post_as(Fake::CAROL, &word, net.now());
        scene.stage().pass(Duration::from_secs(30)).await;
        let mut heard = Vec::new();
        while let Some(event) = until(&net, &mut stream, 60).await {
            let event = event?;
            heard.push((
                event.kind,
                event.post.map(|post| post.text.as_str().to_owned()),
            ));
        }
        let came = heard.iter().any(|(_, text)| text.as_deref() == Some(&word));
        let gap = heard.iter().any(|(kind, _)| *kind == EventKind::Gap);
        holds(
            (came, gap) == (again, !again),
            &format!("{again}: {heard:?}"),
        )?;
        drop(stream);
    }
    Ok(())
}
