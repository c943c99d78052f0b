//! Trouble on the way: lost requests, lost and broken answers. A write happens at most once, and is told honestly.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use crate::client::Disturbance;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Draft, Engagement, Post, PostQuery, Prepared, Reconciled, Target};
use crate::network::SocialNetwork;
use crate::operation::Operation;

cases! {
    "a write cut before it arrives happens at most once" => cut_before, PUBLISH, [POSTS_OWN];
    "a write cut after it happened happens at most once" => cut_after, PUBLISH, [POSTS_OWN];
    "a write that never arrives happens at most once" => refused_connection, PUBLISH, [POSTS_OWN];
    "a write that is answered by 500 happens at most once" => error_after, PUBLISH, [POSTS_OWN];
    "a write that is answered by 502 in its stead happens at most once" => error_instead, PUBLISH, [POSTS_OWN];
    "a write whose answer breaks off happens at most once" => truncated_answer, PUBLISH, [POSTS_OWN];
    "a write whose answer is no answer happens at most once" => garbage_answer, PUBLISH, [POSTS_OWN];
    "a write whose answer never comes happens at most once" => no_answer, PUBLISH, [POSTS_OWN];
    "a write without a key happens at most once" => without_a_key, PUBLISH, [POSTS_OWN];
    "a like whose answer is lost stands at most once" => like_is_cut, ENGAGE_LIKE;
    "a read survives a connection that is refused once" => read_survives_refusal, POSTS_OWN;
    "a read survives an answer that is lost once" => read_survives_a_cut, POSTS_OWN;
    "a read survives a server that is out of order once" => read_survives_503, POSTS_OWN;
    "HTML where data should be is told" => html_is_told, POSTS_OWN;
    "data of another shape is told" => other_shapes_are_told, POSTS_OWN;
    "an answer that breaks off is told" => truncation_is_told, POSTS_OWN;
    "an answer without an end is cut off" => endless_is_cut_off, POSTS_OWN;
    "a redirect to another host is not followed" => redirect_is_refused, POSTS_OWN;
    "absurd limits do no harm" => absurd_limits, POSTS_OWN;
    "a refusal for a time is waited out or told" => refusal_is_kept, POSTS_OWN;
}

/// Publishes with the one mutation disturbed, and looks at what became of it.
async fn disturbed(scene: &Scene<'_>, disturbance: Disturbance, keyed: bool) -> Verdict {
    let me = scene.me();
    let word = scene.word();
    let mut draft = Draft::text(format!("At most once: {word}"));
    if keyed && scene.can(&Operation::PUBLISH_KEY) {
        draft = draft.key(word.as_str()).created_at(scene.now());
    }
    // The login is fresh, so that it is the write that is disturbed.
    scene.my_post().await?;
    let checked = draft.inspect().await?.checked(&scene.profile())?;
    let prepared = me.prepare(&checked).await?;
    scene.disturb(disturbance.clone())?;
    let answer = me.commit(&prepared).await;
    scene.stage().calm();
    let answer = settled(scene, &prepared, &word, answer).await?;
    at_most_one(scene, &word, &answer).await?;
    // Told that it is not known, the same draft under the same key still makes one post.
    if keyed && scene.can(&Operation::PUBLISH_KEY) {
        scene.publish(&draft).await?;
        scene.stage().settle().await;
        let found = found(scene, &word).await?;
        ensure!(
            found == 1,
            "published again under its key, there are {found}"
        );
    }
    // The whole road from the draft to the post, as programs go it.
    let word = scene.word();
    let draft = Draft::text(format!("At most once: {word}"));
    scene.disturb(disturbance)?;
    let answer = me.publish(&draft).await;
    scene.stage().calm();
    at_most_one(scene, &word, &answer).await
}

/// After an answer that tells nothing: what reconciling finds must be so.
async fn settled(
    scene: &Scene<'_>,
    prepared: &Prepared,
    word: &str,
    answer: Result<Post>,
) -> Result<Result<Post>, Stop> {
    let unconfirmed = matches!(&answer, Err(error) if error.is_unconfirmed());
    if !unconfirmed || !scene.can(&Operation::RECONCILE) {
        return Ok(answer);
    }
    for _ in 0..3 {
        scene.stage().settle().await;
    }
    match scene.me().reconcile(prepared).await? {
        Reconciled::Published(post) => Ok(Ok(*post)),
        Reconciled::NotPublished => {
            ensure!(
                found(scene, word).await? == 0,
                "it is said not to be published, and it stands there"
            );
            Ok(answer)
        }
        Reconciled::Unknown => Ok(answer),
    }
}

async fn found(scene: &Scene<'_>, word: &str) -> Result<usize, Stop> {
    // A second post may show later than the first.
    for _ in 0..3 {
        scene.stage().settle().await;
    }
    Ok(scene.mine_with(word).await?.len())
}

async fn at_most_one(scene: &Scene<'_>, word: &str, answer: &Result<Post>) -> Verdict {
    let count = match answer {
        Ok(_) => {
            scene
                .eventually(async || {
                    let count = found(scene, word).await?;
                    ensure!(count > 0, "the answer is a post, and there is none");
                    Ok(count)
                })
                .await?
        }
        Err(_) => found(scene, word).await?,
    };
    ensure!(count <= 1, "there are {count} of it");
    match answer {
        Ok(post) => ensure!(
            post.text.as_str().contains(word),
            "the answer is another post: {:?}",
            post.text.as_str()
        ),
        Err(error) if error.is_unconfirmed() => ensure!(
            !error.message().is_empty(),
            "it is not told what to do next"
        ),
        Err(error) => ensure!(
            count == 0,
            "it answers {}, and the post stands there",
            error.kind().name()
        ),
    }
    Ok(())
}

async fn cut_before(scene: &Scene<'_>) -> Verdict {
    disturbed(scene, Disturbance::LoseRequest, true).await
}

async fn cut_after(scene: &Scene<'_>) -> Verdict {
    disturbed(scene, Disturbance::LoseAnswer, true).await
}

async fn refused_connection(scene: &Scene<'_>) -> Verdict {
    disturbed(scene, Disturbance::Refuse, true).await
}

async fn error_after(scene: &Scene<'_>) -> Verdict {
    disturbed(scene, Disturbance::StatusAfter(500), true).await
}

async fn error_instead(scene: &Scene<'_>) -> Verdict {
    disturbed(scene, Disturbance::StatusInstead(502), true).await
}

async fn truncated_answer(scene: &Scene<'_>) -> Verdict {
    disturbed(scene, Disturbance::Truncate, true).await
}

async fn garbage_answer(scene: &Scene<'_>) -> Verdict {
    for garbage in [
        "<html><body>Bad Gateway</body></html>",
        "",
        "{}",
        "null",
        "[1",
    ] {
        let garbage = Disturbance::Garbage(Bytes::from_static(garbage.as_bytes()));
        disturbed(scene, garbage, true).await?;
    }
    Ok(())
}

async fn no_answer(scene: &Scene<'_>) -> Verdict {
    disturbed(scene, Disturbance::Hang, true).await
}

async fn without_a_key(scene: &Scene<'_>) -> Verdict {
    for disturbance in [
        Disturbance::LoseAnswer,
        Disturbance::LoseRequest,
        Disturbance::StatusAfter(500),
        Disturbance::Truncate,
    ] {
        disturbed(scene, disturbance, false).await?;
    }
    Ok(())
}

async fn like_is_cut(scene: &Scene<'_>) -> Verdict {
    let post = scene.their_post().await?;
    let target = Target::from(&post);
    for disturbance in [Disturbance::LoseAnswer, Disturbance::LoseRequest] {
        scene.disturb(disturbance)?;
        let answer = scene.me().engage(&target, &Engagement::like()).await;
        scene.stage().calm();
        if let Err(error) = answer {
            ensure!(
                error.is_unconfirmed(),
                "it answers {}: {error}",
                error.kind().name()
            );
        }
    }
    scene.me().engage(&target, &Engagement::like()).await?;
    scene
        .eventually(async || {
            let read = scene.read(&post.id).await?;
            let count = read.metrics.count(crate::model::Metric::Likes);
            ensure!(count.is_none_or(|n| n == 1), "there are {count:?} likes");
            Ok(())
        })
        .await
}

/// A list is read while the next request is disturbed.
async fn read(scene: &Scene<'_>, disturbance: Disturbance) -> Result<Result<usize>, Stop> {
    scene.me().posts(&PostQuery::own()).await?;
    scene.disturb(disturbance)?;
    let answer = scene.me().posts(&PostQuery::own()).await;
    scene.stage().calm();
    Ok(answer.map(|page| page.items.len()))
}

/// Afterwards everything is as before.
async fn still_works(scene: &Scene<'_>) -> Verdict {
    scene.me().posts(&PostQuery::own()).await?;
    Ok(())
}

async fn read_survives_refusal(scene: &Scene<'_>) -> Verdict {
    read(scene, Disturbance::Refuse).await??;
    still_works(scene).await
}

async fn read_survives_a_cut(scene: &Scene<'_>) -> Verdict {
    read(scene, Disturbance::LoseAnswer).await??;
    read(scene, Disturbance::LoseRequest).await??;
    still_works(scene).await
}

async fn read_survives_503(scene: &Scene<'_>) -> Verdict {
    read(scene, Disturbance::StatusInstead(503)).await??;
    still_works(scene).await
}

/// An error of a read that met nonsense: typed, without a panic, and not as if the network had said no.
fn typed(what: &str, error: &Error) -> Verdict {
    ensure!(
        matches!(
            error.kind(),
            ErrorKind::Decode | ErrorKind::Transport | ErrorKind::Unavailable | ErrorKind::Timeout
        ),
        "{what} is answered by {}: {error}",
        error.kind().name()
    );
    ensure!(
        !error.message().is_empty() && error.network().is_some(),
        "{what} is answered without saying by whom, or what to do next"
    );
    ensure!(
        error
            .excerpt()
            .is_none_or(|e| e.len() <= crate::error::EXCERPT_BYTES),
        "{what} is quoted at length"
    );
    Ok(())
}

fn page(status: u16, content_type: &'static str, body: &'static str) -> Disturbance {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    Disturbance::Answer {
        status,
        headers,
        body: Bytes::from_static(body.as_bytes()),
    }
}

async fn html_is_told(scene: &Scene<'_>) -> Verdict {
    let html = "<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>";
    match read(scene, page(200, "text/html", html)).await? {
        Err(error) => typed("HTML", &error)?,
        Ok(count) => return Err(Stop::failed(format!("HTML is read as {count} posts"))),
    }
    still_works(scene).await
}

async fn other_shapes_are_told(scene: &Scene<'_>) -> Verdict {
    for shape in [
        "null",
        "[]",
        "7",
        "\"text\"",
        "{\"error\":{}}",
        "",
        "\u{feff}{",
        "[[[[[[[[",
    ] {
        // What a network reads as an empty list is no harm; anything else is told.
        if let Err(error) = read(scene, page(200, "application/json", shape)).await? {
            typed(shape, &error)?;
        }
    }
    let deep: &'static str = "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
    if let Err(error) = read(scene, page(200, "application/json", deep)).await? {
        typed("a deep answer", &error)?;
    }
    still_works(scene).await
}

async fn truncation_is_told(scene: &Scene<'_>) -> Verdict {
    if let Err(error) = read(scene, Disturbance::Truncate).await? {
        typed("half an answer", &error)?;
    }
    still_works(scene).await
}

async fn endless_is_cut_off(scene: &Scene<'_>) -> Verdict {
    match read(scene, Disturbance::Endless).await? {
        Err(error) => typed("an answer without an end", &error)?,
        Ok(_) => return Err(Stop::failed("an answer without an end is read")),
    }
    still_works(scene).await
}

async fn redirect_is_refused(scene: &Scene<'_>) -> Verdict {
    // The login is fresh, so that only the list itself is asked for below.
    still_works(scene).await?;
    for status in [301, 302, 307, 308] {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::LOCATION,
            HeaderValue::from_static("https://elsewhere.example/steal"),
        );
        let redirect = Disturbance::Answer {
            status,
            headers,
            body: Bytes::new(),
        };
        let before = scene.stage().requests();
        match read(scene, redirect).await? {
            Err(error) => typed("a redirect to another host", &error)?,
            Ok(_) => return Err(Stop::failed("it is followed")),
        }
        if let (Some(before), Some(after)) = (before, scene.stage().requests()) {
            ensure!(
                after - before <= 2,
                "{} requests went out for one that was redirected",
                after - before - 1
            );
        }
    }
    still_works(scene).await
}

/// The longest wait that a client obeys, and a day.
const A_MONTH: Duration = Duration::from_secs(32 * 24 * 3600);

/// Header fields with which servers tell limits, filled with nonsense.
fn absurd() -> Vec<HeaderMap> {
    let names = [
        "retry-after",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "ratelimit-policy",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-rate-limit-reset",
        "x-app-usage",
    ];
    let values = [
        "-5",
        "1e99",
        "NaN",
        "",
        "18446744073709551616",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "soon, 3;w=-1",
        "{\"call_count\":-1}",
    ];
    let mut all: Vec<HeaderMap> = values
        .iter()
        .map(|value| {
            let value = HeaderValue::from_static(value);
            let fields = names.map(|n| (HeaderName::from_static(n), value.clone()));
            fields.into_iter().collect()
        })
        .collect();
    // Two at once that contradict each other.
    let mut two = HeaderMap::new();
    for value in ["1", "3600"] {
        two.append(header::RETRY_AFTER, HeaderValue::from_static(value));
    }
    all.push(two);
    all
}

async fn absurd_limits(scene: &Scene<'_>) -> Verdict {
    if !scene.stage().pass(Duration::from_secs(1)).await {
        return Err(Stop::passed_over("waits are played on a set clock"));
    }
    for headers in absurd() {
        for status in [200, 429, 503] {
            let disturbance = Disturbance::Answer {
                status,
                headers: headers.clone(),
                body: Bytes::from_static(b"{}"),
            };
            if let Err(error) = read(scene, disturbance).await? {
                ensure!(
                    *error.kind() == ErrorKind::RateLimited || typed("nonsense", &error).is_ok(),
                    "{status} with {headers:?} is answered by {}: {error}",
                    error.kind().name()
                );
            }
            // However long it says, it is believed for a month at most.
            if still_works(scene).await.is_err() {
                scene.stage().pass(A_MONTH).await;
            }
            still_works(scene).await.map_err(|stop| match stop {
                Stop::Failed(why) => {
                    Stop::Failed(format!("a month after {status} with {headers:?}: {why}"))
                }
                other => other,
            })?;
        }
    }
    Ok(())
}

async fn refusal_is_kept(scene: &Scene<'_>) -> Verdict {
    if !scene.stage().pass(Duration::from_secs(1)).await {
        return Err(Stop::passed_over("waits are played on a set clock"));
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("40"));
    let refusal = Disturbance::Answer {
        status: 429,
        headers,
        body: Bytes::from_static(b"{}"),
    };
    let before = scene.now();
    let until = before.checked_add(Duration::from_secs(40));
    let until = until.unwrap_or(before);
    match read(scene, refusal).await? {
        // Obeyed: nothing left before the moment that was named.
        Ok(_) => ensure!(
            scene.now() >= until,
            "it went on at {}, before {until}",
            scene.now()
        ),
        Err(error) => {
            ensure!(
                *error.kind() == ErrorKind::RateLimited,
                "it answers {}: {error}",
                error.kind().name()
            );
            ensure!(
                error.retry_at().is_some_and(|at| at >= until),
                "it may be repeated at {:?}, before {until}",
                error.retry_at()
            );
        }
    }
    scene.stage().pass(Duration::from_secs(3600)).await;
    still_works(scene).await
}
