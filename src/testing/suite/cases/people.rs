//! People: who this is, who they are, what one does to posts and accounts, and who did it.

use std::sync::Arc;

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use crate::error::ErrorKind;
use crate::model::{
    Account, AccountId, AccountRef, Audience, AudienceQuery, Draft, Engaged, Engagement,
    EventQuery, Membership, Poll, Post, Target,
};
use crate::network::{Availability, SocialNetwork};
use crate::operation::Operation;

cases! {
    "me: the identity is told, the same each time" => me_is_told, ME;
    "account: an account is found by its id and by its name" => account_is_found, ACCOUNT, [ME];
    "account: what does not exist is NotFound" => account_is_not_found, ACCOUNT;
    "profile.refresh: what the server allows is kept" => profile_is_refreshed, REFRESH_PROFILE;
    "engage.like: a like stands once, and can be taken back" => like_stands, ENGAGE_LIKE;
    "engage.like: what is gone cannot be liked" => like_of_what_is_gone, ENGAGE_LIKE, [DELETE];
    "engage.react: a reaction stands once, and can be taken back" => reaction_stands, ENGAGE_REACT;
    "engage.repost: a repost stands once, and can be taken back" => repost_stands, ENGAGE_REPOST;
    "engage.bookmark: a bookmark stands once, and can be taken back" => bookmark_stands, ENGAGE_BOOKMARK;
    "engage.vote: a vote is counted" => vote_is_counted, ENGAGE_VOTE, [PUBLISH_POLL];
    "engage.follow: following stands once, and can be taken back" => follow_stands, ENGAGE_FOLLOW, [ME];
    "engage.read: notifications can be marked as read" => notifications_are_read, ENGAGE_READ;
    "audience.followers: who follows stands there" => followers_are_listed, AUDIENCE_FOLLOWERS, [ME, ENGAGE_FOLLOW];
    "audience.following: who is followed stands there" => following_is_listed, AUDIENCE_FOLLOWING, [ME, ENGAGE_FOLLOW];
    "audience.members: a community's members stand there" => members_are_listed, AUDIENCE_MEMBERS;
    "audience.liked: who likes a post stands there once" => likers_are_listed, AUDIENCE_LIKED, [ENGAGE_LIKE];
    "audience.reposted: who reposts a post stands there once" => reposters_are_listed, AUDIENCE_REPOSTED, [ENGAGE_REPOST];
    "audience.commented: who answers a post stands there once" => commenters_are_listed, AUDIENCE_COMMENTED, [PUBLISH_REPLY];
    "audience.voted: who votes in a poll stands there" => voters_are_listed, AUDIENCE_VOTED, [ENGAGE_VOTE, PUBLISH_POLL];
    "membership: who follows is told, one answer for each" => membership_is_told, MEMBERSHIP, [ME, ENGAGE_FOLLOW];
}

async fn me_is_told(scene: &Scene<'_>) -> Verdict {
    let me = scene.me().me().await?;
    ensure!(!me.id.as_str().is_empty(), "its id is empty");
    if let Some(id) = &scene.me().profile().account {
        ensure!(*id == me.id, "the profile names {id}, me() {}", me.id);
    }
    if let Some(handle) = &me.handle {
        ensure!(
            !handle.starts_with('@'),
            "the handle {handle} has a leading @"
        );
    }
    let again = scene.me().me().await?;
    ensure!(again.id == me.id, "asked again, it is {}", again.id);
    let them = scene.other().me().await?;
    ensure!(them.id != me.id, "both identities are {}", me.id);
    Ok(())
}

async fn account_is_found(scene: &Scene<'_>) -> Verdict {
    let mine = scene.my_account().await?;
    let theirs = scene.their_account().await?;
    for account in [&mine, &theirs] {
        let mut names = vec![AccountRef::from(account)];
        if let Some(handle) = &account.handle {
            names.push(AccountRef::handle(handle));
            names.push(AccountRef::handle(format!("@{handle}")));
        }
        for name in names {
            let found = scene.me().account(&name).await?;
            ensure!(
                found.id == account.id && found.handle == account.handle,
                "asked for {name:?}, it finds {} {:?}",
                found.id,
                found.handle
            );
        }
    }
    let myself = scene.me().account(&AccountRef::Me).await?;
    ensure!(myself.id == mine.id, "Me is {}", myself.id);
    Ok(())
}

async fn account_is_not_found(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    for name in [
        AccountRef::handle(&word),
        AccountRef::handle(format!("{word}.example.com")),
        AccountRef::handle("not a name at all!"),
        AccountRef::handle(""),
        AccountRef::id(word.as_str()),
    ] {
        match scene.me().account(&name).await {
            Err(error) => ensure!(
                matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid(_)),
                "{name:?} is answered by {}: {error}",
                error.kind().name()
            ),
            Ok(found) => {
                return Err(Stop::failed(format!("{name:?} finds {}", found.id)));
            }
        }
    }
    Ok(())
}

async fn profile_is_refreshed(scene: &Scene<'_>) -> Verdict {
    let before = scene.me().profile();
    let told = scene.me().refresh_profile().await?;
    ensure!(
        told.network == before.network,
        "the network is {} now",
        told.network
    );
    ensure!(
        told == scene.me().profile(),
        "profile() tells something else than refresh_profile() did"
    );
    Ok(())
}

/// How a post stands, seen by the first identity, once that is as it should be.
async fn post_shows(
    scene: &Scene<'_>,
    post: &Post,
    what: &str,
    shows: impl Fn(&Post) -> bool,
) -> Verdict {
    scene
        .eventually(async || {
            let read = scene.read(&post.id).await?;
            ensure!(
                shows(&read),
                "{what} is not told: {:?}, {:?}",
                read.mine,
                read.metrics
            );
            Ok(())
        })
        .await
}

async fn accounts(scene: &Scene<'_>, audience: &Audience) -> Result<Vec<Account>, Stop> {
    let query = AudienceQuery::new(audience.clone());
    scene
        .all(async |page| {
            let mut query = query.clone();
            query.page = page;
            reader(scene, audience).audience(&query).await
        })
        .await
}

/// Who is told who stands in a list: whoever asks. Where a network does not say beforehand that it tells, it tells a
/// post's author, who is the other one in these cases.
fn reader(scene: &Scene<'_>, audience: &Audience) -> Arc<dyn SocialNetwork> {
    let support = scene.profile().supports(&audience.operation());
    match (support.availability, audience) {
        (Availability::Unknown, Audience::Liked(_)) => scene.other(),
        _ => scene.me(),
    }
}

/// Waits until an account stands in a list so many times.
async fn stands(scene: &Scene<'_>, audience: Audience, id: &AccountId, times: usize) -> Verdict {
    if !scene.can(&audience.operation()) {
        return Ok(());
    }
    scene
        .eventually(async || {
            let listed = accounts(scene, &audience).await?;
            let found = listed.iter().filter(|a| a.id == *id).count();
            ensure!(
                found == times,
                "{id} stands {found} times in {}, not {times}",
                audience.operation()
            );
            Ok(())
        })
        .await
}

/// Does something twice, and takes it back twice: neither repetition is an error or changes anything.
async fn on_and_off(
    scene: &Scene<'_>,
    target: &Target,
    engagement: &Engagement,
    check: impl AsyncFn(bool, &Engaged) -> Verdict,
) -> Verdict {
    let me = scene.me();
    for on in [true, false, true, false] {
        let mut engagement = engagement.clone();
        engagement.on = on;
        let first = me.engage(target, &engagement).await?;
        ensure!(first.on == on, "asked for {on}, it answers {}", first.on);
        ensure!(
            first.changed != Some(false),
            "it says that nothing changed with on = {on}"
        );
        check(on, &first).await?;
        let second = me.engage(target, &engagement).await?;
        ensure!(second.on == on, "repeated, it answers {}", second.on);
        ensure!(
            second.changed != Some(true),
            "it says that the repetition changed something with on = {on}"
        );
        check(on, &second).await?;
    }
    Ok(())
}

async fn my_id(scene: &Scene<'_>) -> Result<Option<AccountId>, Stop> {
    if !scene.can(&Operation::ME) {
        return Ok(None);
    }
    Ok(Some(scene.my_account().await?.id))
}

async fn like_stands(scene: &Scene<'_>) -> Verdict {
    let id = my_id(scene).await?;
    let post = scene.their_post().await?;
    // By the post as read, and by its bare id.
    for target in [Target::from(&post), Target::from(&post.id)] {
        on_and_off(scene, &target, &Engagement::like(), async |on, done| {
            post_shows(scene, &post, &format!("liked = {on}"), |p| {
                p.mine.liked.is_none_or(|l| l == on)
                    && p.metrics
                        .count(crate::model::Metric::Likes)
                        .is_none_or(|n| n == u64::from(on))
            })
            .await?;
            match done.by.as_ref().or(id.as_ref()) {
                Some(id) => {
                    let audience = Audience::Liked(post.id.clone());
                    stands(scene, audience, id, usize::from(on)).await
                }
                None => Ok(()),
            }
        })
        .await?;
    }
    Ok(())
}

async fn like_of_what_is_gone(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.seen(&post.id).await?;
    scene.me().delete(&post.id).await?;
    scene.gone_for_all(&post.id).await?;
    let target = Target::from(&post.id);
    // A server may look at posts in a listing that lags behind.
    scene
        .eventually(
            async || match scene.me().engage(&target, &Engagement::like()).await {
                Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error.into()),
                Ok(_) => Err(Stop::failed("a post that is gone can be liked")),
            },
        )
        .await
}

async fn reaction_stands(scene: &Scene<'_>) -> Verdict {
    let post = scene.their_post().await?;
    let engagement = Engagement::react(scene.stage().sign());
    on_and_off(
        scene,
        &Target::from(&post),
        &engagement,
        async |_, _| Ok(()),
    )
    .await
}

async fn repost_stands(scene: &Scene<'_>) -> Verdict {
    let id = my_id(scene).await?;
    let post = scene.their_post().await?;
    for target in [Target::from(&post), Target::from(&post.id)] {
        on_and_off(scene, &target, &Engagement::repost(), async |on, _| {
            post_shows(scene, &post, &format!("reposted = {on}"), |p| {
                p.mine.reposted.is_none_or(|r| r == on)
                    && p.metrics
                        .count(crate::model::Metric::Reposts)
                        .is_none_or(|n| n == u64::from(on))
            })
            .await?;
            match &id {
                Some(id) => {
                    let audience = Audience::Reposted(post.id.clone());
                    stands(scene, audience, id, usize::from(on)).await
                }
                None => Ok(()),
            }
        })
        .await?;
    }
    Ok(())
}

async fn bookmark_stands(scene: &Scene<'_>) -> Verdict {
    let post = scene.their_post().await?;
    on_and_off(
        scene,
        &Target::from(&post),
        &Engagement::bookmark(),
        async |on, _| {
            post_shows(scene, &post, &format!("bookmarked = {on}"), |p| {
                p.mine.bookmarked.is_none_or(|b| b == on)
            })
            .await
        },
    )
    .await
}

/// A poll of the other identity, seen by the first.
async fn their_poll(scene: &Scene<'_>) -> Result<Post, Stop> {
    let poll = Poll::new(["This", "That"]).open_for(std::time::Duration::from_secs(3600));
    let draft = Draft::text(format!("Which? {}", scene.word())).poll(poll);
    let post = scene.other().publish(&draft).await?;
    scene.seen(&post.id).await?;
    Ok(post)
}

async fn vote_is_counted(scene: &Scene<'_>) -> Verdict {
    let post = their_poll(scene).await?;
    let target = Target::from(&post);
    let voted = scene.me().engage(&target, &Engagement::vote([1])).await?;
    ensure!(voted.on, "the vote does not stand");
    scene
        .eventually(async || {
            let read = scene.read(&post.id).await?;
            let Some(poll) = &read.poll else {
                return Err(Stop::failed("the poll is gone"));
            };
            let votes: Vec<Option<u64>> = poll.options.iter().map(|o| o.votes).collect();
            ensure!(
                matches!(votes.as_slice(), [Some(0) | None, Some(1) | None]),
                "the votes are {votes:?}"
            );
            ensure!(
                poll.mine.as_ref().is_none_or(|m| m == &[1]),
                "one's own choice is told as {:?}",
                poll.mine
            );
            Ok(())
        })
        .await?;
    match scene.me().engage(&target, &Engagement::vote([7])).await {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::Invalid(_) | ErrorKind::NotFound | ErrorKind::Conflict
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err(Stop::failed(
            "an answer that the poll does not have is taken",
        )),
    }
}

async fn follow_stands(scene: &Scene<'_>) -> Verdict {
    let me = scene.my_account().await?;
    let them = scene.their_account().await?;
    let mut names = vec![AccountRef::from(&them)];
    names.extend(them.handle.as_ref().map(AccountRef::handle));
    for name in names {
        let target = Target::Account(name);
        // Another run may have left it standing.
        scene
            .me()
            .engage(&target, &Engagement::follow().off())
            .await?;
        on_and_off(scene, &target, &Engagement::follow(), async |on, _| {
            if scene.can(&Operation::ACCOUNT) {
                scene
                    .eventually(async || {
                        let seen = scene.me().account(&AccountRef::from(&them)).await?;
                        ensure!(
                            seen.followed.is_none_or(|f| f == on),
                            "followed is {:?}, not {on}",
                            seen.followed
                        );
                        let seen = scene.other().account(&AccountRef::from(&me)).await?;
                        ensure!(
                            seen.follows.is_none_or(|f| f == on),
                            "the other side sees follows as {:?}, not {on}",
                            seen.follows
                        );
                        Ok(())
                    })
                    .await?;
            }
            let followers = Audience::Followers(AccountRef::from(&them));
            stands(scene, followers, &me.id, usize::from(on)).await?;
            stands(
                scene,
                Audience::Following(AccountRef::Me),
                &them.id,
                usize::from(on),
            )
            .await
        })
        .await?;
    }
    Ok(())
}

async fn notifications_are_read(scene: &Scene<'_>) -> Verdict {
    let me = scene.me();
    let mut from = None;
    if scene.can(&Operation::EVENTS) && scene.can(&Operation::PUBLISH_REPLY) {
        from = Some(me.events(&EventQuery::now()).await?.cursor);
        answered(scene).await?;
        // A moment later, since what happens in the moment of reading may count as after it.
        for _ in 0..3 {
            scene.stage().settle().await;
        }
    }
    let read = Engagement::mark_read();
    for _ in 0..2 {
        // Some identities have conversations to be marked, and no notifications.
        match me.engage(&Target::Notifications, &read).await {
            Err(error) if error.is_unsupported() => {
                return Err(Stop::passed_over("this identity has no notifications"));
            }
            answer => drop(answer?),
        }
    }
    let Some(from) = from else { return Ok(()) };
    scene
        .eventually(async || {
            let told = scene.events_after(EventQuery::after(from.clone())).await?;
            ensure!(!told.items.is_empty(), "what happened is not told");
            ensure!(
                told.items.iter().all(|e| e.seen.is_none_or(|seen| seen)),
                "what was marked as read is told as not seen"
            );
            Ok(())
        })
        .await
}

async fn followers_are_listed(scene: &Scene<'_>) -> Verdict {
    let me = AccountRef::from(&scene.my_account().await?);
    let them = scene.their_account().await?;
    let target = Target::Account(me);
    scene.other().engage(&target, &Engagement::follow()).await?;
    stands(scene, Audience::Followers(AccountRef::Me), &them.id, 1).await?;
    let off = Engagement::follow().off();
    scene.other().engage(&target, &off).await?;
    stands(scene, Audience::Followers(AccountRef::Me), &them.id, 0).await
}

async fn following_is_listed(scene: &Scene<'_>) -> Verdict {
    let me = scene.my_account().await?;
    let them = scene.their_account().await?;
    let target = Target::Account(AccountRef::from(&them));
    scene.me().engage(&target, &Engagement::follow()).await?;
    stands(scene, Audience::Following(AccountRef::Me), &them.id, 1).await?;
    let named = Audience::Following(AccountRef::from(&me));
    stands(scene, named, &them.id, 1).await?;
    let off = Engagement::follow().off();
    scene.me().engage(&target, &off).await?;
    stands(scene, Audience::Following(AccountRef::Me), &them.id, 0).await
}

async fn members_are_listed(scene: &Scene<'_>) -> Verdict {
    let Some(community) = scene.stage().community() else {
        return Err(Stop::passed_over("the stage names no community"));
    };
    accounts(scene, &Audience::Members(community.into()))
        .await
        .map(drop)
}

/// Waits until exactly these accounts stand in a list, page by page.
async fn exactly(scene: &Scene<'_>, audience: Audience, ids: &[AccountId]) -> Verdict {
    let mut wanted: Vec<&AccountId> = ids.iter().collect();
    wanted.sort();
    scene
        .eventually(async || {
            let query = AudienceQuery::new(audience.clone()).limit(1);
            let listed = scene
                .all(async |page| {
                    let mut query = query.clone();
                    query.page.cursor = page.cursor;
                    reader(scene, &audience).audience(&query).await
                })
                .await?;
            let mut found: Vec<&AccountId> = listed.iter().map(|a| &a.id).collect();
            found.sort();
            ensure!(found == wanted, "there stand {found:?}, not {wanted:?}");
            Ok(())
        })
        .await
}

async fn both_ids(scene: &Scene<'_>) -> Result<[AccountId; 2], Stop> {
    Ok([
        scene.my_account().await?.id,
        scene.their_account().await?.id,
    ])
}

async fn likers_are_listed(scene: &Scene<'_>) -> Verdict {
    let post = scene.their_post().await?;
    exactly(scene, Audience::Liked(post.id.clone()), &[]).await?;
    let mut ids = both_ids(scene).await?;
    for (network, id) in [scene.me(), scene.other()].into_iter().zip(&mut ids) {
        let target = Target::from(&post);
        let done = network.engage(&target, &Engagement::like()).await?;
        if let Some(by) = done.by {
            *id = by;
        }
        // Networks whose pages go by time tell no two things of one moment apart.
        scene.stage().settle().await;
    }
    exactly(scene, Audience::Liked(post.id), &ids).await
}

async fn reposters_are_listed(scene: &Scene<'_>) -> Verdict {
    let post = scene.their_post().await?;
    exactly(scene, Audience::Reposted(post.id.clone()), &[]).await?;
    let target = Target::from(&post);
    scene.me().engage(&target, &Engagement::repost()).await?;
    let [me, _] = both_ids(scene).await?;
    exactly(scene, Audience::Reposted(post.id), &[me]).await
}

async fn commenters_are_listed(scene: &Scene<'_>) -> Verdict {
    let post = scene.their_post().await?;
    for _ in 0..2 {
        let draft = Draft::text(format!("A comment: {}", scene.word())).reply_to(&post);
        scene.publish(&draft).await?;
    }
    let [me, _] = both_ids(scene).await?;
    scene
        .eventually(async || {
            let query = AudienceQuery::commented(post.id.clone());
            let page = scene.me().audience(&query).await?;
            let found: Vec<&AccountId> = page.items.iter().map(|a| &a.id).collect();
            ensure!(found == [&me], "who commented is told as {found:?}");
            Ok(())
        })
        .await
}

async fn voters_are_listed(scene: &Scene<'_>) -> Verdict {
    let post = their_poll(scene).await?;
    let target = Target::from(&post);
    let done = scene.me().engage(&target, &Engagement::vote([1])).await?;
    let [me, _] = both_ids(scene).await?;
    let me = done.by.unwrap_or(me);
    for (choice, times) in [(None, 1), (Some(1), 1), (Some(0), 0)] {
        stands(scene, Audience::Voted(post.id.clone(), choice), &me, times).await?;
    }
    Ok(())
}

async fn membership_is_told(scene: &Scene<'_>) -> Verdict {
    let [me, them] = both_ids(scene).await?;
    let target = Target::Account(AccountRef::from(&me));
    let follow = Engagement::follow();
    for on in [true, false] {
        let mut follow = follow.clone();
        follow.on = on;
        scene.other().engage(&target, &follow).await?;
        let wanted = if on { Membership::Yes } else { Membership::No };
        scene
            .eventually(async || {
                let told = scene.me().membership(std::slice::from_ref(&them)).await?;
                ensure!(told == [wanted], "it answers {told:?}, not {wanted:?}");
                Ok(())
            })
            .await?;
        // More than a network takes at once, and one answer for each.
        let many = vec![them.clone(); 40];
        let told = scene.me().membership(&many).await?;
        ensure!(
            told == vec![wanted; 40],
            "asked for 40, it answers {} times, {told:?}",
            told.len()
        );
    }
    let none = scene.me().membership(&[]).await?;
    ensure!(none.is_empty(), "asked for nobody, it answers {none:?}");
    if let Some(stranger) = scene.stage().stranger() {
        let stranger = stranger.me().await?.id;
        let told = scene.me().membership(&[stranger, them]).await?;
        ensure!(
            told == [Membership::No, Membership::No],
            "who does not follow is told as {told:?}"
        );
    }
    Ok(())
}

/// A post of the first identity, and an answer of the other to it.
pub(super) async fn answered(scene: &Scene<'_>) -> Result<(Post, Post), Stop> {
    let post = scene.my_post().await?;
    scene.shown_to(&*scene.other(), &post).await?;
    let draft = Draft::text(format!("An answer: {}", scene.word())).reply_to(&post);
    let answer = scene.other().publish(&draft).await?;
    scene.shown_to(&*scene.me(), &answer).await?;
    Ok((post, answer))
}
