//! Figures: of posts, of the account, of paid reach, and of what everybody speaks.

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::{Scene, day_before};
use crate::error::ErrorKind;
use crate::model::{
    AccountRef, Draft, Engagement, Metric, Metrics, PageRequest, PostId, PromotionQuery, Quantity,
    Reading, Target, TrendScope, Unit, Window,
};
use crate::operation::Operation;

cases! {
    "metrics.post: what others did is counted" => posts_are_measured, METRICS_POST;
    "metrics.post: each post has an answer of its own, in order" => one_result_for_each, METRICS_POST, [DELETE];
    "metrics.post: more posts than a network takes at once are measured" => many_are_measured, METRICS_POST;
    "metrics.account: the account is measured" => account_is_measured, METRICS_ACCOUNT;
    "promotions: what paid reach brought is told" => promotions_are_told, PROMOTIONS;
    "trending: what is trending is told, the strongest first" => trends_are_told, TRENDING;
}

/// Every figure has a value of its unit, or a reason.
fn sound(metrics: &Metrics) -> Verdict {
    for figure in metrics {
        if let Reading::Value { value, window, .. } = &figure.reading {
            if let Quantity::Ratio(part) = value {
                ensure!(part.is_finite(), "{} is {part}", figure.metric.as_str());
            }
            if figure.metric == Metric::Spend {
                ensure!(
                    value.unit() == Unit::Money,
                    "what was spent is told in {:?}",
                    value.unit()
                );
            }
            if let Window::Period(period) = window {
                ensure!(
                    period.since <= period.until,
                    "{} speaks of a span that ends before it begins",
                    figure.metric.as_str()
                );
            }
        }
    }
    let stored = serde_json::to_string(metrics)
        .map_err(|e| Stop::failed(format!("figures cannot be stored: {e}")))?;
    let restored: Metrics = serde_json::from_str(&stored)
        .map_err(|e| Stop::failed(format!("figures cannot be restored: {e}")))?;
    ensure!(restored == *metrics, "figures are restored as others");
    Ok(())
}

async fn figures(scene: &Scene<'_>, id: &PostId) -> Result<Metrics, Stop> {
    let answer = scene.me().post_metrics(std::slice::from_ref(id)).await?;
    let [(named, result)] = answer.as_slice() else {
        return Err(Stop::failed(format!(
            "asked for one post, it answers {}",
            answer.len()
        )));
    };
    ensure!(named == id, "asked for {id}, it answers for {named}");
    Ok(result.clone()?)
}

async fn posts_are_measured(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.shown_to(&*scene.other(), &post).await?;
    let fresh = scene
        .eventually(async || figures(scene, &post.id).await)
        .await?;
    sound(&fresh)?;
    ensure!(!fresh.is_empty(), "a post has no figure at all");
    for metric in [
        Metric::Likes,
        Metric::Reposts,
        Metric::Replies,
        Metric::Quotes,
    ] {
        let count = fresh.count(metric.clone());
        ensure!(
            count.unwrap_or_default() == 0,
            "a fresh post has {count:?} {metric}"
        );
    }
    let other = scene.other();
    let mut done = Vec::new();
    if scene.can(&Operation::ENGAGE_LIKE) {
        other
            .engage(&Target::from(&post), &Engagement::like())
            .await?;
        done.push(Metric::Likes);
    }
    if scene.can(&Operation::ENGAGE_REPOST) {
        other
            .engage(&Target::from(&post), &Engagement::repost())
            .await?;
        done.push(Metric::Reposts);
    }
    if scene.can(&Operation::PUBLISH_REPLY) {
        let draft = Draft::text(format!("An answer: {}", scene.word())).reply_to(&post);
        other.publish(&draft).await?;
        done.push(Metric::Replies);
    }
    if scene.can(&Operation::PUBLISH_QUOTE) {
        let draft = Draft::text(format!("A quote: {}", scene.word())).quote(&post);
        other.publish(&draft).await?;
        done.push(Metric::Quotes);
    }
    scene
        .eventually(async || {
            let now = figures(scene, &post.id).await?;
            sound(&now)?;
            for metric in &done {
                let before = fresh.count(metric.clone());
                let after = now.count(metric.clone());
                // Some networks count a quote as the repost that it is, and have no figure for quotes.
                let quoted = *metric == Metric::Reposts
                    && done.contains(&Metric::Quotes)
                    && now.count(Metric::Quotes).is_none();
                // What is not counted has no value, before and after; never a zero.
                ensure!(
                    before.is_none() && after.is_none()
                        || after == Some(1)
                        || quoted && after == Some(2),
                    "{metric} stand at {after:?} after one"
                );
            }
            Ok(())
        })
        .await
}

async fn one_result_for_each(scene: &Scene<'_>) -> Verdict {
    let first = scene.my_post().await?;
    let gone = scene.my_post().await?;
    let last = scene.my_post().await?;
    for post in [&first, &gone, &last] {
        scene.seen(&post.id).await?;
    }
    scene.me().delete(&gone.id).await?;
    scene.gone_for_all(&gone.id).await?;
    let ids = [last.id, gone.id.clone(), first.id];
    scene
        .eventually(async || {
            let answer = scene.me().post_metrics(&ids).await?;
            let named: Vec<&PostId> = answer.iter().map(|(id, _)| id).collect();
            ensure!(
                named == ids.iter().collect::<Vec<_>>(),
                "asked for {ids:?}, it answers for {named:?}"
            );
            for (id, result) in &answer {
                match result {
                    Ok(_) => ensure!(*id != gone.id, "a deleted post has figures"),
                    Err(error) => ensure!(
                        *id == gone.id && *error.kind() == ErrorKind::NotFound,
                        "{id} is answered by {}",
                        error.kind().name()
                    ),
                }
            }
            Ok(())
        })
        .await?;
    let none = scene.me().post_metrics(&[]).await?;
    ensure!(none.is_empty(), "asked for no post, it answers for some");
    Ok(())
}

async fn many_are_measured(scene: &Scene<'_>) -> Verdict {
    let mut ids = Vec::new();
    for _ in 0..27 {
        ids.push(scene.my_post().await?.id);
    }
    scene
        .eventually(async || {
            let answer = scene.me().post_metrics(&ids).await?;
            ensure!(
                answer.len() == ids.len(),
                "asked for {}, it answers for {}",
                ids.len(),
                answer.len()
            );
            for ((named, result), id) in answer.iter().zip(&ids) {
                ensure!(named == id, "they come in another order");
                if let Err(error) = result {
                    return Err(error.clone().into());
                }
            }
            Ok(())
        })
        .await
}

async fn account_is_measured(scene: &Scene<'_>) -> Verdict {
    let asked = day_before(scene.now());
    let figures = scene.me().account_metrics(&asked).await?;
    sound(&figures)?;
    ensure!(!figures.is_empty(), "the account has no figure at all");
    let hour = std::time::Duration::from_secs(3600);
    for figure in &figures {
        if let Reading::Value {
            window: Window::Period(told),
            ..
        } = &figure.reading
        {
            // A network's days may begin elsewhere than the span that was asked for.
            let day = 24 * hour;
            ensure!(
                told.since.checked_add(day).is_ok_and(|t| t >= asked.since)
                    && told.until <= asked.until.checked_add(day).unwrap_or(told.until),
                "{} speaks of another span",
                figure.metric.as_str()
            );
        }
    }
    if !scene.can(&Operation::ENGAGE_FOLLOW) || !scene.can(&Operation::ME) {
        return Ok(());
    }
    let me = AccountRef::from(&scene.my_account().await?);
    let target = Target::Account(me);
    let off = Engagement::follow().off();
    scene.other().engage(&target, &off).await?;
    scene.other().engage(&target, &Engagement::follow()).await?;
    scene
        .eventually(async || {
            let figures = scene.me().account_metrics(&asked).await?;
            let count = figures.count(Metric::Followers);
            ensure!(
                count.is_none_or(|n| n >= 1),
                "with a follower, the followers are {count:?}"
            );
            Ok(())
        })
        .await?;
    scene.other().engage(&target, &off).await?;
    Ok(())
}

async fn promotions_are_told(scene: &Scene<'_>) -> Verdict {
    let query = PromotionQuery::new(day_before(scene.now()));
    let page = scene.me().promotions(&query).await?;
    for promotion in &page.items {
        sound(&promotion.metrics)?;
        ensure!(
            !promotion.id.as_str().is_empty(),
            "a promotion has an empty id"
        );
        let one = query.clone().ids(promotion.id.clone());
        let found = scene.me().promotions(&one).await?;
        ensure!(
            found.items.iter().all(|p| p.id == promotion.id) && found.items.len() == 1,
            "asked for one promotion, it answers {}",
            found.items.len()
        );
    }
    if page.items.len() > 1 {
        let small = query.clone().page(PageRequest::first().limit(1));
        let first = scene.me().promotions(&small).await?;
        ensure!(
            first.items.len() == 1 && first.next.is_some(),
            "a page of one holds {}",
            first.items.len()
        );
    }
    Ok(())
}

async fn trends_are_told(scene: &Scene<'_>) -> Verdict {
    let trends = scene.me().trending(&TrendScope::anywhere()).await?;
    for trend in &trends {
        ensure!(!trend.name.trim().is_empty(), "a trend has no name");
    }
    let ranks: Vec<u32> = trends.iter().filter_map(|t| t.rank).collect();
    ensure!(
        ranks.is_sorted() && !ranks.contains(&0),
        "the places are {ranks:?}"
    );
    let scope = TrendScope::anywhere().limit(1_u32);
    let few = scene.me().trending(&scope).await?;
    ensure!(
        few.len() <= 1,
        "asked for one trend, it answers {}",
        few.len()
    );
    Ok(())
}
