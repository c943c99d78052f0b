//! People: members, bans, voters, and the figures of what they do.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::{AdFigures, CommunityDay};
use sociable::jiff::civil::Date;
use sociable::jiff::tz::TimeZone;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::{
    AccountId, AccountRef, Audience, AudienceQuery, Draft, Engagement, ErrorKind, Membership,
    MessageDraft, Metric, Moderation, Period, Poll, PostId, PromotionQuery, Recipient,
    SocialNetwork, Target,
};

use super::{Club, holds, refused};

own_cases! {
    "vk: members stand in the audience and are told" => members;
    "vk: the banned stand in a list, and say and are told nothing" => banned;
    "vk: who voted is told to those who voted" => voters;
    "vk: nobody votes in a poll that has ended" => ended;
    "vk: a community's days are counted" => days;
    "vk: the reach of posts is told" => reach;
    "vk: advertising tells what it brought" => advertising;
    "vk: many calls go in one request" => many;
    "vk: one call of many that fails spoils no other" => one_fails;
    "vk: each call of many counts for its quota" => each_counts;
}

fn account(id: i64) -> AccountRef {
    AccountRef::id(format!("id{id}"))
}

async fn members(club: Club, scene: &Scene<'_>) -> Verdict {
    let (member, _) = club.somebody(scene);
    let (other, _) = club.somebody(scene);
    club.fake().join_as(member, club.id, true, club.now());
    let page = club.vk.audience(&AudienceQuery::followers()).await?;
    let id = AccountId::new(format!("id{member}"));
    let listed = page.items.iter().any(|account| account.id == id);
    holds(listed, "a member is not listed")?;
    let asked = [id, AccountId::new(format!("id{other}"))];
    let told = club.vk.membership(&asked).await?;
    holds(
        told == [Membership::Yes, Membership::No],
        "memberships are told wrongly",
    )
}

async fn banned(club: Club, scene: &Scene<'_>) -> Verdict {
    let (friend, vk) = club.friend(scene);
    let post = club.publish("Discussed").await?;
    let block = Moderation::block(account(friend));
    club.vk.moderate(&block).await?;
    let list = async || {
        let params = json!({"group_id": club.id});
        let told = club.call("groups.getBanned", params).await?;
        Ok::<_, Stop>(told["count"].clone())
    };
    holds(list().await? == 1, "the ban is not listed")?;
    let comment = Draft::text("But").reply_to(&post);
    refused(vk.publish(&comment).await, 213, "a comment of the banned")?;
    let to = Recipient::Account(account(friend));
    let message = MessageDraft::text("Sorry");
    let sent = club.vk.send(&to, &message).await;
    refused(sent, 900, "a message to the banned")?;
    club.vk.moderate(&block.off()).await?;
    holds(list().await? == 0, "the ban stays listed")?;
    vk.publish(&comment).await?;
    Ok(())
}

async fn poll(club: &Club) -> Result<PostId, Stop> {
    let poll = Poll::new(["Tea", "Coffee"]).open_for(Duration::from_secs(3600));
    let draft = Draft::text("What is it?").poll(poll);
    Ok(club.vk.publish(&draft).await?.id)
}

async fn voters(club: Club, scene: &Scene<'_>) -> Verdict {
    let post = poll(&club).await?;
    let (voter, vk) = club.somebody(scene);
    let query = AudienceQuery::new(Audience::Voted(post.clone(), None));
    refused(vk.audience(&query).await, 253, "who did not vote")?;
    let vote = Engagement::vote([0]);
    vk.engage(&Target::from(&post), &vote).await?;
    let page = vk.audience(&query).await?;
    let id = format!("id{voter}");
    let stands = page.items.iter().any(|account| account.id.as_str() == id);
    holds(stands, "who voted is missing")
}

async fn ended(club: Club, scene: &Scene<'_>) -> Verdict {
    let post = poll(&club).await?;
    let (_, vk) = club.somebody(scene);
    scene.stage().pass(Duration::from_secs(2 * 3600)).await;
    let vote = Engagement::vote([0]);
    let answer = vk.engage(&Target::from(&post), &vote).await;
    let told = matches!(&answer, Err(error) if matches!(error.kind(), ErrorKind::Forbidden(_)));
    holds(told, "it is not told")?;
    refused(answer, 250, "a vote")
}

fn today(club: &Club) -> Date {
    let moscow = TimeZone::fixed(sociable::jiff::tz::offset(3));
    club.now().to_zoned(moscow).date()
}

fn since_yesterday(club: &Club) -> Period {
    let day = Duration::from_secs(24 * 3600);
    Period::new(club.now().checked_sub(day).unwrap(), club.now())
}

async fn days(club: Club, _: &Scene<'_>) -> Verdict {
    let brought = CommunityDay {
        views: 10,
        visitors: 4,
        reach: 7,
        likes: 3,
        ..CommunityDay::default()
    };
    club.fake().set_day(club.id, today(&club), brought);
    let figures = club.vk.account_metrics(&since_yesterday(&club)).await?;
    holds(
        figures.count(Metric::Likes) == Some(3),
        "what a day brought is not told",
    )
}

async fn reach(club: Club, _: &Scene<'_>) -> Verdict {
    let post = club.publish("Seen").await?;
    let (_, number) = post.id.as_str().rsplit_once('_').unwrap();
    let number = number.parse().unwrap();
    club.fake().set_views(club.wall(), number, 9);
    let told = club.vk.post_metrics(std::slice::from_ref(&post.id)).await?;
    let (_, figures) = told.into_iter().next().unwrap();
    holds(
        figures?.count(Metric::Reach) == Some(9),
        "whom it reached is not told",
    )
}

async fn advertising(club: Club, scene: &Scene<'_>) -> Verdict {
    let name = format!("Campaign {}", scene.word());
    let campaign = club.fake().add_campaign(&name);
    let ad = club.fake().add_ad(campaign, "Leaf");
    let figures = AdFigures {
        spent: 250,
        impressions: 100,
        reach: 80,
        clicks: 5,
        joins: 2,
    };
    club.fake().set_ad_day(ad, today(&club), figures);
    let query = PromotionQuery::new(since_yesterday(&club));
    let page = club.vk.promotions(&query).await?;
    let mut all = page.items.iter();
    let told = all.find(|promotion| promotion.name.as_deref() == Some(name.as_str()));
    let clicks = told.and_then(|promotion| promotion.metrics.count(Metric::Clicks));
    holds(clicks == Some(5), "what it brought is not told")
}

/// Three comments, and a number between them under which there is none.
async fn comments(club: &Club) -> Result<Vec<Value>, Stop> {
    let post = club.publish("Discussed").await?;
    let mut numbers = Vec::new();
    for i in 0..3 {
        let comment = Draft::text(format!("Comment {i}")).reply_to(&post);
        let id = club.vk.publish(&comment).await?.id;
        numbers.push(id.as_str().rsplit_once("_r").unwrap().1.to_owned());
    }
    numbers.insert(1, "999999".to_owned());
    let calls = numbers.into_iter();
    let calls = calls.map(|id| json!({"owner_id": club.wall(), "comment_id": id}));
    Ok(calls.collect())
}

fn requests(club: &Club, name: &str) -> usize {
    let seen = club.fake().seen();
    seen.iter().filter(|seen| seen.name() == name).count()
}

const METHOD: &str = "wall.getComment";

async fn many(club: Club, _: &Scene<'_>) -> Verdict {
    let mut calls = comments(&club).await?;
    calls.remove(1);
    club.fake().clear_log();
    let results = club.vk.call_many::<Value>(METHOD, &calls).await?;
    holds(results.iter().all(Result::is_ok), "not all are answered")?;
    holds(
        requests(&club, "execute") == 1 && requests(&club, METHOD) == 0,
        "they do not go in one request",
    )
}

async fn one_fails(club: Club, _: &Scene<'_>) -> Verdict {
    let calls = comments(&club).await?;
    club.fake().clear_log();
    let results = club.vk.call_many::<Value>(METHOD, &calls).await?;
    let good: Vec<bool> = results.iter().map(Result::is_ok).collect();
    holds(good == [true, false, true, true], "others are spoiled")?;
    holds(requests(&club, METHOD) == 0, "they are made again singly")
}

async fn each_counts(club: Club, _: &Scene<'_>) -> Verdict {
    let mut calls = comments(&club).await?;
    calls.remove(1);
    club.fake().set_quota(METHOD, 4);
    let results = club.vk.call_many::<Value>(METHOD, &calls).await;
    let singly: [&Vk; 2] = [&club.vk, &club.vk];
    let singly = singly.map(|vk| vk.call::<Value>(METHOD, &calls[0]));
    let singly = join_all(singly).await;
    club.fake().set_quota(METHOD, usize::MAX);
    holds(results?.iter().all(Result::is_ok), "not all are answered")?;
    let taken = singly.iter().filter(|answer| answer.is_ok()).count();
    holds(taken == 1, "those of one request do not count")
}
