//! Moderation: what is hidden, pinned, closed, blocked and muted, and taken back.

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use super::people::answered;
use crate::error::ErrorKind;
use crate::model::{
    Account, AccountRef, Draft, Moderation, ModerationAction, Post, PostRef, Target, Timeline,
};
use crate::network::SocialNetwork;
use crate::operation::Operation;

cases! {
    "moderate.hide: an answer can be hidden and shown again" => hide_works, MODERATE_HIDE, [PUBLISH_REPLY];
    "moderate.restore: what was deleted can be brought back" => restore_works, MODERATE_RESTORE, [DELETE];
    "moderate.pin: a post can be pinned and loosened" => pin_works, MODERATE_PIN;
    "moderate.close_comments: closed comments show no new answer of another" => close_works, MODERATE_CLOSE, [PUBLISH_REPLY];
    "moderate.block: an account can be blocked and let back" => block_works, MODERATE_BLOCK, [ME];
    "moderate.mute: an account can be muted and heard again" => mute_works, MODERATE_MUTE, [ME];
}

/// Takes a measure twice, and takes it back twice: no repetition is an error.
async fn measure(
    scene: &Scene<'_>,
    target: Target,
    action: ModerationAction,
    check: impl AsyncFn(bool) -> Verdict,
) -> Verdict {
    for on in [true, false] {
        let mut moderation = Moderation::new(action.clone(), target.clone());
        moderation.on = on;
        scene.me().moderate(&moderation).await?;
        check(on).await?;
        scene.me().moderate(&moderation).await?;
        check(on).await?;
    }
    Ok(())
}

async fn hide_works(scene: &Scene<'_>) -> Verdict {
    let (_, answer) = answered(scene).await?;
    let target = Target::from(&answer);
    measure(scene, target, ModerationAction::Hide, async |_| Ok(())).await
}

async fn restore_works(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.me().delete(&post.id).await?;
    scene.gone_for_all(&post.id).await?;
    for _ in 0..2 {
        let restore = Moderation::restore(PostRef::from(&post.id));
        scene.me().moderate(&restore).await?;
        scene.read(&post.id).await?;
    }
    Ok(())
}

async fn pin_works(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.seen(&post.id).await?;
    let target = Target::from(&post);
    measure(scene, target, ModerationAction::Pin, async |_| {
        scene.read(&post.id).await.map(drop)
    })
    .await
}

async fn close_works(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.shown_to(&*scene.other(), &post).await?;
    let target = Target::from(&post);
    measure(scene, target, ModerationAction::CloseComments, async |on| {
        // A comment may be judged before the word that closes them has come everywhere: then the next one is not.
        scene
            .eventually(async || {
                let shown = comment_is_shown(scene, &post, on).await?;
                ensure!(!(on && shown), "closed comments show a new answer");
                ensure!(on || shown, "reopened comments show no new answer");
                Ok(())
            })
            .await
    })
    .await
}

/// Comments as the other identity, and tells whether the comment is shown. A refusal is allowed where comments are
/// closed; some networks take the comment instead, and show it to nobody.
async fn comment_is_shown(scene: &Scene<'_>, post: &Post, closed: bool) -> Result<bool, Stop> {
    let draft = Draft::text(format!("A comment: {}", scene.word())).reply_to(post);
    let comment = match scene.other().publish(&draft).await {
        Ok(comment) => comment,
        Err(error) if closed => {
            ensure!(
                matches!(error.kind(), ErrorKind::Forbidden(_) | ErrorKind::Rejected),
                "it answers {}: {error}",
                error.kind().name()
            );
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    if !scene.can(&Operation::POSTS_REPLIES) {
        return Ok(!closed);
    }
    // What was published before this would have been shown by the time that this is.
    let last = Draft::text(format!("A last word: {}", scene.word())).reply_to(post);
    let last = scene.publish(&last).await?;
    scene.shown_to(&*scene.other(), &last).await?;
    let replies = Timeline::Replies(post.id.clone());
    let shown = scene.list(&*scene.me(), replies).await?;
    Ok(shown.iter().any(|p| p.id == comment.id))
}

async fn block_works(scene: &Scene<'_>) -> Verdict {
    let them = AccountRef::from(&scene.their_account().await?);
    let target = Target::Account(them.clone());
    measure(scene, target, ModerationAction::Block, async |on| {
        account_shows(scene, &them, &format!("blocked = {on}"), |a| {
            a.blocked.is_none_or(|b| b == on)
        })
        .await
    })
    .await
}

async fn mute_works(scene: &Scene<'_>) -> Verdict {
    let them = AccountRef::from(&scene.their_account().await?);
    let target = Target::Account(them.clone());
    measure(scene, target, ModerationAction::Mute, async |on| {
        account_shows(scene, &them, &format!("muted = {on}"), |a| {
            a.muted.is_none_or(|m| m == on)
        })
        .await
    })
    .await
}

async fn account_shows(
    scene: &Scene<'_>,
    name: &AccountRef,
    what: &str,
    shows: impl Fn(&Account) -> bool,
) -> Verdict {
    if !scene.can(&Operation::ACCOUNT) {
        return Ok(());
    }
    scene
        .eventually(async || {
            let seen = scene.me().account(name).await?;
            ensure!(shows(&seen), "{what} is not told: {seen:?}");
            Ok(())
        })
        .await
}
