//! Likes, reposts, followers, mutes, and how one stands to another.

use serde_json::json;
use sociable::adapters::x::fake::Fake;
use sociable::testing::suite::{Scene, Verdict};
use sociable::{
    AccountId, AccountRef, AudienceQuery, Engagement, Membership, Metric, Moderation, PostId,
    PostQuery, SocialNetwork,
};

use super::{Net, at, get, holds, ids, mine, no_params, post, refused};

own_cases! {
    "x: a like counts once" => like_once;
    "x: who likes a post is told to its author alone" => likes_are_private;
    "x: a repost is made once, and twice is no error" => repost_once;
    "x: followers come page by page" => followers;
    "x: a mute is kept, and keeps posts from the home timeline" => mutes;
    "x: how one stands to others is told" => connections;
    "x: the home timeline holds whom one follows" => home;
}

async fn like_once(net: Net, _: &Scene<'_>) -> Verdict {
    let anna = net.contract();
    let bobs = net.fake.post_as(Fake::BOB, "Nice", net.now());
    for _ in 0..2 {
        anna.engage(&at(bobs), &Engagement::like()).await?;
    }
    let id = PostId::new(bobs.to_string());
    let told = anna.post_metrics(&[id]).await?;
    let likes = told[0].1.as_ref().ok().and_then(|m| m.count(Metric::Likes));
    holds(likes == Some(1), &format!("{likes:?} likes are told"))
}

async fn likes_are_private(net: Net, _: &Scene<'_>) -> Verdict {
    let bobs = net.fake.post_as(Fake::BOB, "Nice", net.now());
    net.fake.like_as(Fake::CAROL, bobs, net.now());
    let query = AudienceQuery::liked(bobs.to_string().as_str());
    let own = net.bob().audience(&query).await?;
    let likes = own.items.iter().map(|account| account.id.as_str());
    holds(
        likes.eq([Fake::CAROL.to_string()]),
        "its author is not told",
    )?;
    let others = net.me.audience(&query).await?;
    holds(others.items.is_empty(), "others are told")
}

async fn repost_once(net: Net, _: &Scene<'_>) -> Verdict {
    let bobs = net.fake.post_as(Fake::BOB, "Share me", net.now());
    for _ in 0..2 {
        net.me.engage(&at(bobs), &Engagement::repost()).await?;
    }
    let again = json!({"tweet_id": bobs.to_string()});
    let again = post(&net.me, &mine("retweets"), again).await;
    refused(again, 403, "Conflict", "it")?;
    let listed = get(&net.me, &mine("tweets"), no_params()).await?;
    holds(ids(&listed).len() == 1, "it stands there twice")
}

async fn followers(net: Net, _: &Scene<'_>) -> Verdict {
    let mut fans = Vec::new();
    for n in 0..5 {
        let fan = net.fake.add_user("Fan", &format!("fan_{n}"));
        net.fake.follow_as(fan, Fake::ANNA, net.now());
        fans.insert(0, fan.to_string());
    }
    let mut query = AudienceQuery::followers().limit(2);
    let mut read = Vec::new();
    loop {
        let page = net.me.audience(&query).await?;
        holds(page.items.len() <= 2, "a page holds too many")?;
        read.extend(page.items.iter().map(|account| account.id.to_string()));
        match page.next {
            Some(next) => query = query.after(next),
            None => break,
        }
    }
    holds(read == fans, "it is not each of them once")
}

async fn mutes(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.follow_as(Fake::ANNA, Fake::BOB, net.now());
    net.fake.post_as(Fake::BOB, "Loud", net.now());
    let mute = Moderation::mute(AccountRef::id(Fake::BOB.to_string()));
    let heard = async || -> sociable::Result<bool> {
        let home = net.me.posts(&PostQuery::home()).await?;
        Ok(!home.items.is_empty())
    };
    holds(heard().await?, "he is not heard")?;
    net.me.moderate(&mute).await?;
    holds(!heard().await?, "he is heard")?;
    let listed = get(&net.me, &mine("muting"), no_params()).await?;
    holds(ids(&listed) == [Fake::BOB.to_string()], "he is not listed")?;
    net.me.moderate(&mute.off()).await?;
    holds(heard().await?, "he is not heard again")
}

async fn connections(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    let asked = [Fake::BOB, Fake::CAROL, 1].map(|user| AccountId::new(user.to_string()));
    let told = net.me.membership(&asked).await?;
    holds(
        told == [Membership::Yes, Membership::No, Membership::Unknown],
        &format!("{told:?}"),
    )
}

async fn home(net: Net, _: &Scene<'_>) -> Verdict {
    let own = net.publish("Mine").await?;
    let bobs = net.fake.post_as(Fake::BOB, "Bob's", net.now()).to_string();
    net.fake.post_as(Fake::CAROL, "Carol's", net.now());
    net.fake.follow_as(Fake::ANNA, Fake::BOB, net.now());
    let home = net.me.posts(&PostQuery::home()).await?;
    let mut listed: Vec<&str> = home.items.iter().map(|post| post.id.as_str()).collect();
    listed.sort_unstable();
    let mut wanted = [own.id.as_str(), bobs.as_str()];
    wanted.sort_unstable();
    holds(listed == wanted, &format!("{listed:?}"))
}
