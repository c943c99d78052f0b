//! What stands before every call: versions, kinds of token, rights, and how much the network takes.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use sociable::adapters::vk::fake::Fake;
use sociable::adapters::vk::{TokenKind, Vk};
use sociable::testing::suite::{Scene, Verdict};
use sociable::{
    AccountRef, Draft, ErrorKind, MessageDraft, PostQuery, Recipient, SocialNetwork, Target,
};

use super::{Club, holds, refused};

own_cases! {
    "vk: a call without its version is refused" => version;
    "vk: a method that is none is refused" => no_method;
    "vk: a token of the wrong kind is refused" => wrong_kind;
    "vk: a community's token alone publishes texts" => community_alone;
    "vk: a service token reads walls for a community" => service_reads;
    "vk: a token without the right is refused" => no_right;
    "vk: a community is managed by its administrators alone" => managers;
    "vk: a token of VK ID ends after an hour" => hour;
    "vk: as many calls as a second allows go out, and none twice" => seconds;
    "vk: a call too many in a second is made again" => too_many;
    "vk: what goes beyond a day's quota is told, and others go on" => quota;
    "vk: the same message again and again is flood" => flood;
    "vk: a captcha that is answered lets the call through" => captcha;
}

async fn version(club: Club, _: &Scene<'_>) -> Verdict {
    refused(club.call("users.get", json!({"v": ""})).await, 8, "it")
}

async fn no_method(club: Club, _: &Scene<'_>) -> Verdict {
    refused(club.call("wall.levitate", json!({})).await, 3, "it")
}

async fn wrong_kind(club: Club, _: &Scene<'_>) -> Verdict {
    let wall = json!({"owner_id": club.wall()});
    let read = club.call_as(TokenKind::Community, "wall.get", wall).await;
    let post = json!({"owner_id": club.wall(), "message": "x"});
    let post = club.call_as(TokenKind::Service, "wall.post", post).await;
    for (answer, code, what) in [
        (read, 27, "a community's token"),
        (post, 28, "a service token"),
    ] {
        let told = matches!(&answer, Err(e) if matches!(e.kind(), ErrorKind::Forbidden(_)));
        holds(told || answer.is_ok(), "it is not told what is missing")?;
        refused(answer, code, what)?;
    }
    Ok(())
}

async fn community_alone(club: Club, scene: &Scene<'_>) -> Verdict {
    let builder = Vk::builder().community(club.id);
    let alone = club.build(builder.community_token(club.group.as_str()));
    let text = format!("A text by the community's own token: {}", scene.word());
    let post = alone.publish(&Draft::text(text.as_str())).await?;
    let told = club.read(&post.id).await?;
    holds(
        told["text"] == text && told["from_id"] == club.wall(),
        "it does not stand there in the community's name",
    )
}

async fn service_reads(club: Club, _: &Scene<'_>) -> Verdict {
    let post = club.publish("Read by a service token").await?;
    let builder = Vk::builder()
        .community(club.id)
        .community_token(club.group.as_str())
        .service_token(Fake::SERVICE_TOKEN);
    let page = club.build(builder).posts(&PostQuery::own()).await?;
    holds(page.items.iter().any(|p| p.id == post.id), "it is not read")
}

async fn no_right(club: Club, _: &Scene<'_>) -> Verdict {
    let poor = club.fake().user_token(club.admin, &["photos"]);
    let poor = Vk::builder().community(club.id).user_token(poor);
    let answer = club.build(poor).publish(&Draft::text("x")).await;
    let told = matches!(&answer, Err(error) if matches!(error.kind(), ErrorKind::Forbidden(_)));
    holds(told, "it is not told as forbidden")?;
    refused(answer, 15, "it")
}

async fn managers(club: Club, scene: &Scene<'_>) -> Verdict {
    let (_, other) = club.somebody(scene);
    let params = json!({"owner_id": club.wall(), "message": "x", "from_group": 1});
    let posted: sociable::Result<Value> = other.call("wall.post", &params).await;
    refused(posted, 214, "a post of somebody in the community's name")?;
    let ban = json!({"group_id": club.id, "owner_id": club.admin});
    let banned: sociable::Result<Value> = other.call("groups.ban", &ban).await;
    refused(banned, 15, "a ban by somebody")
}

async fn hour(club: Club, scene: &Scene<'_>) -> Verdict {
    let (token, ..) = club.fake().vk_id_login(club.admin, club.now());
    let person = club.build(Vk::builder().user_token(token));
    let name = AccountRef::id(format!("id{}", club.admin));
    person.account(&name).await?;
    scene.stage().pass(Duration::from_secs(3600)).await;
    let late = person.account(&name).await;
    let told = late.is_err_and(|error| *error.kind() == ErrorKind::Unauthorized);
    holds(told, "it is good for ever")
}

/// How many calls of a method went out since the log was cleared, and how many of them were refused.
fn went_out(club: &Club, method: &str) -> (usize, usize) {
    let seen = club.fake().seen();
    let all: Vec<_> = seen.iter().filter(|s| s.name() == method).collect();
    let refusals = all.iter().filter(|s| {
        let answer: Option<Value> = serde_json::from_slice(&s.answer).ok();
        answer.is_some_and(|answer| answer["error"]["error_code"] == 6)
    });
    (all.len(), refusals.count())
}

const NAME: &str = "utils.resolveScreenName";

async fn ask_at_once(club: &Club, vk: &Vk, calls: usize) -> Verdict {
    club.fake().clear_log();
    let params = json!({"screen_name": club.name});
    let calls = (0..calls).map(|_| vk.call_as::<Value>(TokenKind::User, NAME, &params));
    for answer in join_all(calls).await {
        answer?;
    }
    Ok(())
}

async fn seconds(club: Club, _: &Scene<'_>) -> Verdict {
    ask_at_once(&club, &club.vk, 10).await?;
    holds(
        went_out(&club, NAME) == (10, 0),
        "some went out that the network refuses",
    )
}

async fn too_many(club: Club, _: &Scene<'_>) -> Verdict {
    let hasty = Vk::builder()
        .community(club.id)
        .user_token(club.user.as_str())
        .pace(TokenKind::User, 50);
    ask_at_once(&club, &club.build(hasty), 4).await?;
    let (all, refusals) = went_out(&club, NAME);
    holds(
        refusals > 0 && all == 4 + refusals,
        "the network takes more than it says",
    )
}

async fn quota(club: Club, _: &Scene<'_>) -> Verdict {
    let method = "wall.getReposts";
    let post = club.publish("Reposted").await?;
    let (_, number) = post.id.as_str().rsplit_once('_').unwrap();
    let params = json!({"owner_id": club.wall(), "post_id": number});
    club.fake().set_quota(method, 3);
    let mut over = None;
    for _ in 0..4 {
        let answer = club.call_as(TokenKind::User, method, params.clone());
        over = answer.await.err();
    }
    club.fake().set_quota(method, usize::MAX);
    let Some(error) = over else {
        return holds(false, "more calls are taken than the quota holds");
    };
    holds(error.retry_at().is_some(), "no time is told")?;
    refused::<()>(Err(error), 29, "it")?;
    club.publish("Others go on").await?;
    Ok(())
}

async fn flood(club: Club, scene: &Scene<'_>) -> Verdict {
    let (friend, _) = club.friend(scene);
    let to = Recipient::Account(AccountRef::id(format!("id{friend}")));
    let same = MessageDraft::text("Buy now");
    let mut sent = 0;
    let error = loop {
        match club.vk.send(&to, &same).await {
            Ok(_) if sent < 20 => sent += 1,
            Ok(_) => return holds(false, "it is sent without end"),
            Err(error) => break error,
        }
    };
    holds(sent == 10, "it is not the eleventh that is refused")?;
    refused::<()>(Err(error), 9, "it")?;
    // The method rests, others go on.
    club.publish("Others go on").await?;
    Ok(())
}

async fn captcha(club: Club, _: &Scene<'_>) -> Verdict {
    for modern in [true, false] {
        club.fake().demand_captcha("likes.add", modern);
        let post = club.publish("Liked after a captcha").await?;
        let (target, like) = (Target::from(&post), sociable::Engagement::like());
        let Err(error) = club.vk.engage(&target, &like).await else {
            return holds(false, "nobody is asked");
        };
        let ErrorKind::Challenge(challenge) = error.kind() else {
            return Err(error.into());
        };
        let answer = if modern {
            club.fake().solve_captcha()
        } else {
            Fake::CAPTCHA_KEY.to_owned()
        };
        club.vk.answer_challenge(challenge, &answer)?;
        club.vk.engage(&target, &like).await?;
    }
    Ok(())
}
