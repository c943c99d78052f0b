//! Posts that are there: changing, taking away, and reading one or some.

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use crate::error::ErrorKind;
use crate::model::{Draft, Edit, Post, PostId, PostQuery};
use crate::operation::Operation;

cases! {
    "edit: the text changes and the rest stays" => edit_changes_the_text, EDIT;
    "edit: what is gone cannot be changed" => edit_of_what_is_gone, EDIT, [DELETE];
    "delete: a post is gone for everybody" => delete_takes_away, DELETE;
    "delete: what is gone already is no error" => delete_twice, DELETE;
    "delete: another's post stays" => delete_of_anothers, DELETE;
    "post: a post is read by everybody" => post_is_read, POST;
    "post: what does not exist is NotFound" => post_is_not_found, POST, [DELETE];
    "post: a post survives being stored" => post_survives, POST;
    "posts.ids: posts come in the order that was asked for" => ids_in_order, POSTS_IDS;
    "posts.ids: what cannot be had is named" => ids_omitted, POSTS_IDS, [DELETE];
    "posts.ids: more than a network takes at once are read" => many_ids, POSTS_IDS;
}

async fn edit_changes_the_text(scene: &Scene<'_>) -> Verdict {
    let (before, after) = (scene.word(), scene.word());
    let mut draft = Draft::text(format!("Before: {before}"));
    if scene.can(&Operation::PUBLISH_LANGUAGE) {
        draft = draft.language("pt-BR");
    }
    let post = scene.publish(&draft).await?;
    let first = scene.read(&post.id).await?;
    let text = format!("After: {after}");
    let edited = scene
        .me()
        .edit(&post.id, &Edit::text(text.as_str()))
        .await?;
    ensure!(
        edited.text.as_str() == text,
        "the answer's text is {:?}",
        edited.text.as_str()
    );
    let id = edited.id;
    scene
        .eventually(async || {
            let read = scene.read(&id).await?;
            ensure!(
                read.text.as_str() == text,
                "it is read back as {:?}",
                read.text.as_str()
            );
            ensure!(
                read.languages == first.languages
                    && read.created_at == first.created_at
                    && read.author.as_ref().map(|a| &a.id) == first.author.as_ref().map(|a| &a.id),
                "what the edit does not name has changed"
            );
            Ok(())
        })
        .await
}

async fn edit_of_what_is_gone(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.me().delete(&post.id).await?;
    scene.gone_for_all(&post.id).await?;
    match scene.me().edit(&post.id, &Edit::text("nothing")).await {
        Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Stop::failed("a post that is gone can be changed")),
    }
}

async fn delete_takes_away(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let text = format!("Not for long: {word}");
    let post = scene.publish(&Draft::text(text)).await?;
    let stays = scene.my_post().await?;
    scene.read(&post.id).await?;
    scene.me().delete(&post.id).await?;
    scene.gone_for_all(&post.id).await?;
    if scene.can(&Operation::POSTS_OWN) {
        scene
            .eventually(async || {
                let left = scene.mine_with(&word).await?;
                ensure!(left.is_empty(), "it still stands among one's own posts");
                Ok(())
            })
            .await?;
    }
    scene.read(&stays.id).await.map(drop)
}

async fn delete_twice(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    let me = scene.me();
    me.delete(&post.id).await?;
    me.delete(&post.id).await?;
    scene.gone(&*me, &post.id).await?;
    me.delete(&post.id).await?;
    Ok(())
}

async fn delete_of_anothers(scene: &Scene<'_>) -> Verdict {
    let post = scene.their_post().await?;
    match scene.me().delete(&post.id).await {
        Ok(()) => return Err(Stop::failed("another's post is said to be deleted")),
        Err(error) => ensure!(
            matches!(
                error.kind(),
                ErrorKind::Forbidden(_)
                    | ErrorKind::NotFound
                    | ErrorKind::Unauthorized
                    | ErrorKind::Invalid(_)
            ),
            "it answers {}: {error}",
            error.kind().name()
        ),
    }
    scene.stage().settle().await;
    scene.read_by(&*scene.other(), &post.id).await.map(drop)
}

async fn post_is_read(scene: &Scene<'_>) -> Verdict {
    let mine = scene.my_post().await?;
    let theirs = scene.their_post().await?;
    for written in [&mine, &theirs] {
        for reader in [scene.me(), scene.other()] {
            let read = scene.read_by(&*reader, &written.id).await?;
            ensure!(
                read.id == written.id && read.text.as_str() == written.text.as_str(),
                "asked for {}, it answers {} with {:?}",
                written.id,
                read.id,
                read.text.as_str()
            );
        }
    }
    Ok(())
}

async fn post_is_not_found(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.read(&post.id).await?;
    let id = post.id;
    scene.me().delete(&id).await?;
    scene
        .eventually(async || match scene.me().post(&id).await {
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Err(Stop::failed("it is still there")),
        })
        .await?;
    // What never was an id at all is told so, too.
    match scene.me().post(&PostId::new("no id of any network")).await {
        Err(error) => {
            ensure!(
                matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid(_)),
                "what is no id is answered by {}: {error}",
                error.kind().name()
            );
            Ok(())
        }
        Ok(_) => Err(Stop::failed("what is no id finds a post")),
    }
}

async fn post_survives(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    let read = scene.read(&post.id).await?;
    for post in [post, read] {
        let stored = serde_json::to_string(&post)
            .map_err(|e| Stop::failed(format!("it cannot be stored: {e}")))?;
        let restored: Post = serde_json::from_str(&stored)
            .map_err(|e| Stop::failed(format!("it cannot be restored: {e}")))?;
        ensure!(restored == post, "it is restored as another");
    }
    Ok(())
}

/// Reads by ids once all of them are there.
async fn by_ids(scene: &Scene<'_>, ids: &[PostId]) -> Result<Vec<Post>, Stop> {
    let me = scene.me();
    scene
        .eventually(async || {
            let mut items = Vec::new();
            let query = PostQuery::ids(ids.iter().cloned());
            let page = me.posts(&query).await?;
            let mut next = page.next;
            items.extend(page.items);
            while let Some(cursor) = next {
                let page = me.posts(&query.clone().after(cursor)).await?;
                next = page.next;
                items.extend(page.items);
            }
            let found: Vec<&PostId> = items.iter().map(|p| &p.id).collect();
            let wanted: Vec<&PostId> = ids.iter().collect();
            ensure!(
                found == wanted,
                "asked for {wanted:?}, it answers {found:?}"
            );
            Ok(items)
        })
        .await
}

async fn ids_in_order(scene: &Scene<'_>) -> Verdict {
    let first = scene.my_post().await?;
    let second = scene.their_post().await?;
    let third = scene.my_post().await?;
    let ids = [third.id, first.id, second.id];
    by_ids(scene, &ids).await?;
    let [a, b, c] = ids;
    by_ids(scene, &[b, c, a]).await?;
    let none = scene.me().posts(&PostQuery::ids([])).await?;
    ensure!(
        none.items.is_empty() && none.next.is_none(),
        "asked for no post, it answers {}",
        none.items.len()
    );
    Ok(())
}

async fn ids_omitted(scene: &Scene<'_>) -> Verdict {
    let stays = scene.my_post().await?;
    let goes = scene.my_post().await?;
    scene.seen(&goes.id).await?;
    scene.me().delete(&goes.id).await?;
    let query = PostQuery::ids([goes.id.clone(), stays.id.clone()]);
    scene
        .eventually(async || {
            let page = scene.me().posts(&query).await?;
            let found: Vec<&PostId> = page.items.iter().map(|p| &p.id).collect();
            ensure!(found == [&stays.id], "it answers {found:?}");
            ensure!(
                page.omitted.len() == 1,
                "{} are named as omitted, not one",
                page.omitted.len()
            );
            for omitted in &page.omitted {
                ensure!(
                    omitted.id == goes.id.as_str() && omitted.reason == ErrorKind::NotFound,
                    "omitted is {} as {}",
                    omitted.id,
                    omitted.reason.name()
                );
            }
            Ok(())
        })
        .await
}

async fn many_ids(scene: &Scene<'_>) -> Verdict {
    let mut ids = Vec::new();
    for _ in 0..27 {
        ids.push(scene.my_post().await?.id);
    }
    by_ids(scene, &ids).await.map(drop)
}
