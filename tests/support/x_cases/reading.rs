//! Reading: what is missing, pages, spans, searches, and what is told beside a post.

use std::time::Duration;

use serde_json::json;
use sociable::adapters::x::X;
use sociable::adapters::x::fake::Fake;
use sociable::jiff::SignedDuration;
use sociable::testing::suite::{Scene, Verdict};
use sociable::{AudienceQuery, ErrorKind, Order, PostId, PostQuery, SocialNetwork};

use super::{Net, get, holds, ids, mine, no_params, refused};

own_cases! {
    "x: what is missing is told beside the rest" => missing;
    "x: where nothing is found there is nothing to read" => nothing;
    "x: the newest stands first" => newest;
    "x: page by page everything comes once, whatever comes meanwhile" => pages;
    "x: a span is kept" => spans;
    "x: answers and reposts can be left out" => left_out;
    "x: a search finds what its words say" => search;
    "x: the recent search looks back a week, the application's further" => week;
    "x: a search for words finds no reposts" => no_reposts;
    "x: mentions are listed, whatever their spelling" => mentions;
    "x: what is asked for is told, and nothing else" => fields;
    "x: who wrote a post is told with it" => expansions;
}

async fn missing(net: Net, _: &Scene<'_>) -> Verdict {
    let here = net.publish("Here").await?;
    net.fake.set_protected(Fake::BOB, true);
    let closed = net.fake.post_as(Fake::BOB, "Not for you", net.now());
    let closed = PostId::new(closed.to_string());
    let all = [PostId::new("1"), closed, here.id.clone()];
    let page = net.me.posts(&PostQuery::ids(all)).await?;
    holds(
        page.items.iter().map(|post| &post.id).eq([&here.id]),
        "what is there is not read",
    )?;
    let reasons: Vec<&str> = page.omitted.iter().map(|o| o.reason.name()).collect();
    holds(
        reasons == ["NotFound", "Forbidden"],
        &format!("the reasons are {reasons:?}"),
    )?;
    let one = net.me.post(&PostId::new("1")).await;
    holds(
        one.is_err_and(|e| *e.kind() == ErrorKind::NotFound && e.http_status().is_none()),
        "it is told in another way",
    )
}

async fn nothing(net: Net, _: &Scene<'_>) -> Verdict {
    let own = net.me.posts(&PostQuery::own()).await?;
    holds(own.items.is_empty() && own.next.is_none(), "something is")?;
    let fans = net.me.audience(&AudienceQuery::followers()).await?;
    holds(fans.items.is_empty(), "somebody is")?;
    for path in [mine("tweets"), mine("followers")] {
        let told = get(&net.me, &path, no_params()).await?;
        holds(told.get("data").is_none(), "X tells an empty list")?;
    }
    Ok(())
}

/// Posts of Anna's, the oldest first.
async fn several(
    net: &Net,
    scene: &Scene<'_>,
    count: usize,
) -> Result<Vec<String>, sociable::testing::suite::Stop> {
    let mut all = Vec::new();
    for n in 0..count {
        scene.stage().pass(Duration::from_secs(60)).await;
        all.push(net.publish(&n.to_string()).await?.id.to_string());
    }
    Ok(all)
}

async fn newest(net: Net, scene: &Scene<'_>) -> Verdict {
    let posts = several(&net, scene, 4).await?;
    for order in [Order::Default, Order::Newest] {
        let page = net.me.posts(&PostQuery::own().order(order)).await?;
        let listed = page.items.iter().map(|post| post.id.as_str());
        holds(
            listed.eq(posts.iter().rev().map(String::as_str)),
            "it does not",
        )?;
    }
    Ok(())
}

async fn pages(net: Net, scene: &Scene<'_>) -> Verdict {
    let posts = several(&net, scene, 12).await?;
    for limit in [3, 5, 7] {
        let mut query = PostQuery::own().limit(limit);
        let mut read = Vec::new();
        loop {
            let page = net.me.posts(&query).await?;
            let came = page.items.len();
            holds(came <= limit as usize, "a page holds too many")?;
            read.extend(page.items.iter().map(|post| post.id.to_string()));
            holds(read.len() <= 13, "it comes again and again")?;
            match page.next {
                Some(next) => query = query.after(next),
                None => break,
            }
            if limit == 5 && read.len() == 5 {
                net.fake.post_as(Fake::ANNA, "Meanwhile", net.now());
            }
        }
        read.retain(|id| posts.contains(id));
        holds(
            read.iter().eq(posts.iter().rev().take(read.len())) && read.len() >= 11,
            &format!("by {limit} it is {read:?}"),
        )?;
    }
    Ok(())
}

async fn spans(net: Net, scene: &Scene<'_>) -> Verdict {
    let posts = several(&net, scene, 5).await?;
    let all = net.me.posts(&PostQuery::own()).await?;
    let written = |at: usize| all.items[4 - at].created_at.unwrap();
    let query = PostQuery::own().since(written(1)).until(written(3));
    let page = net.me.posts(&query).await?;
    let listed: Vec<&str> = page.items.iter().map(|post| post.id.as_str()).collect();
    holds(listed == [&posts[2], &posts[1]], &format!("{listed:?}"))?;
    let told = get(&net.me, &mine("tweets"), json!({"since_id": posts[3]})).await?;
    holds(ids(&told) == [posts[4].clone()], "X lists others, too")
}

async fn left_out(net: Net, _: &Scene<'_>) -> Verdict {
    let post = net.publish("Post").await?;
    let number = post.id.as_str().parse().unwrap();
    net.fake.reply_as(Fake::ANNA, number, "Reply", net.now());
    let bobs = net.fake.post_as(Fake::BOB, "Bob's", net.now());
    net.fake.repost_as(Fake::ANNA, bobs, net.now());
    let all = net.me.posts(&PostQuery::own()).await?;
    holds(all.items.len() == 3, "one is missing")?;
    let reposted = all.items.iter().filter(|post| post.reposted_by.is_some());
    holds(reposted.count() == 1, "the repost is not told as such")?;
    let rest = json!({"exclude": ["replies", "retweets"]});
    let told = get(&net.me, &mine("tweets"), rest).await?;
    holds(ids(&told) == [post.id.as_str()], "they are listed")
}

async fn search(net: Net, _: &Scene<'_>) -> Verdict {
    let at = |user, words: &str| net.fake.post_as(user, words, net.now());
    let rust = at(Fake::ANNA, "I like Rust #rustlang https://example.com/x");
    let trust = at(Fake::BOB, "trust nobody, @anna_test");
    let reply = net
        .fake
        .reply_as(Fake::CAROL, rust, "rust for ever", net.now());
    for (words, wanted) in [
        ("rust", vec![reply, rust]),
        ("RUST like", vec![rust]),
        ("\"rust for\"", vec![reply]),
        ("from:bob_test -is:retweet", vec![trust]),
        ("to:anna_test", vec![reply]),
        ("nobody OR (rust has:links)", vec![trust, rust]),
        ("url:\"example.com\"", vec![rust]),
    ] {
        let page = net.me.posts(&PostQuery::search(words)).await?;
        let found: Vec<&str> = page.items.iter().map(|post| post.id.as_str()).collect();
        let wanted: Vec<String> = wanted.iter().map(u64::to_string).collect();
        holds(found == wanted, &format!("{words}: {found:?}"))?;
    }
    let tagged = net.me.posts(&PostQuery::hashtag("rustlang")).await?;
    holds(tagged.items.len() == 1, "a hashtag is not found")?;
    for bad in ["is:reply", "-rust", "(rust", "shoe:size"] {
        let asked = net.me.posts(&PostQuery::search(bad)).await;
        refused(asked, 400, "Invalid", bad)?;
    }
    Ok(())
}

async fn week(net: Net, scene: &Scene<'_>) -> Verdict {
    let post = net.publish("needle").await?;
    let alone: X = net.build(X::builder().user_token(Fake::ANNA_TOKEN));
    let words = PostQuery::search("needle");
    let six_days = Duration::from_secs(6 * 24 * 3600);
    scene.stage().pass(six_days).await;
    holds(alone.posts(&words).await?.items.len() == 1, "it is lost")?;
    scene.stage().pass(Duration::from_secs(25 * 3600)).await;
    holds(
        alone.posts(&words).await?.items.is_empty(),
        "it is found for ever",
    )?;
    let old = net.now().checked_sub(SignedDuration::from_hours(500));
    let old = words.since(old.unwrap());
    holds(
        alone.posts(&old).await?.items.is_empty(),
        "it is found for ever",
    )?;
    let found = net.me.posts(&old).await?;
    holds(
        found.items.iter().any(|found| found.id == post.id),
        "it is not in the archive",
    )
}

async fn no_reposts(net: Net, _: &Scene<'_>) -> Verdict {
    let post = net.fake.post_as(Fake::BOB, "needle", net.now());
    net.fake.repost_as(Fake::CAROL, post, net.now());
    let found = net.me.posts(&PostQuery::search("needle")).await?;
    holds(found.items.len() == 1, "it finds one")
}

async fn mentions(net: Net, _: &Scene<'_>) -> Verdict {
    let named = net.fake.post_as(Fake::BOB, "Ask @Anna_Test!", net.now());
    net.fake
        .post_as(Fake::CAROL, "mail anna_test@example.com", net.now());
    let page = net.me.posts(&PostQuery::mentions()).await?;
    let listed: Vec<&str> = page.items.iter().map(|post| post.id.as_str()).collect();
    holds(listed == [named.to_string()], &format!("{listed:?}"))
}

async fn fields(net: Net, _: &Scene<'_>) -> Verdict {
    let post = net.publish("Short").await?;
    let id = post.id.as_str();
    let told = get(&net.me, &format!("/2/tweets/{id}"), no_params()).await?;
    let bare = json!({"id": id, "text": "Short", "edit_history_tweet_ids": [id]});
    holds(told == json!({"data": bare}), &told.to_string())
}

async fn expansions(net: Net, _: &Scene<'_>) -> Verdict {
    let bobs = net.fake.post_as(Fake::BOB, "His", net.now());
    let read = net.me.post(&PostId::new(bobs.to_string())).await?;
    let author = read.author.as_ref();
    let handle = author.and_then(|author| author.handle.as_ref());
    holds(
        handle.is_some_and(|handle| &**handle == Fake::BOB_NAME),
        "his name is not told",
    )
}
