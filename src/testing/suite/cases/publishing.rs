//! Publishing: texts, answers, quotes, keys, and what a draft wishes for.

use std::time::Duration;

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::samples;
use super::super::scene::Scene;
use crate::error::ErrorKind;
use crate::model::{Draft, Post, PostRef, PostState, Prepared, Reconciled, Timeline, Visibility};
use crate::network::SocialNetwork;
use crate::operation::Operation;
use crate::text::{SpanKind, Text};

cases! {
    "publish: a text is read back as it was written" => text_is_read_back, PUBLISH;
    "publish: every script and sign survives" => every_script_survives, PUBLISH;
    "publish: the longest text is taken" => the_longest_text_is_taken, PUBLISH;
    "publish: the heaviest text is taken" => the_heaviest_text_is_taken, PUBLISH;
    "publish: links, mentions and hashtags stand where they were put" => spans_stand, PUBLISH;
    "publish: what is prepared survives being stored" => prepared_survives, PUBLISH;
    "publish.reply: an answer names what it answers and its thread" => reply_names_its_parent, PUBLISH_REPLY;
    "publish.reply: an answer to an answer stays in the thread" => reply_to_reply, PUBLISH_REPLY;
    "publish.reply: nothing can be answered that is gone" => reply_to_what_is_gone, PUBLISH_REPLY, [DELETE];
    "publish.quote: a quote names what it quotes" => quote_names_its_post, PUBLISH_QUOTE;
    "publish.schedule: what is scheduled appears in its time" => schedule_is_kept, PUBLISH_SCHEDULE;
    "publish.place: a post goes where it is sent" => place_is_kept, PUBLISH_PLACE;
    "publish.visibility: who may see it is kept" => visibility_is_kept, PUBLISH_VISIBILITY;
    "publish.language: the languages are read back" => languages_are_kept, PUBLISH_LANGUAGE;
    "publish.warning: the warnings are read back" => warnings_are_kept, PUBLISH_WARNING;
    "publish.key: the same key makes one post" => key_makes_one_post, PUBLISH_KEY;
    "publish.key: the same key at the same time makes one post" => key_in_parallel, PUBLISH_KEY;
    "publish.key: another process makes no second post" => key_in_another_process, PUBLISH_KEY;
    "publish.key: other keys make other posts" => other_keys_other_posts, PUBLISH_KEY;
    "publish.key: what is prepared is committed once" => prepared_is_committed_once, PUBLISH_KEY;
    "reconcile: what was published is found, what was not is not" => reconcile_tells, RECONCILE;
}

async fn text_is_read_back(scene: &Scene<'_>) -> Verdict {
    let text = format!("The suite says hello: {}", scene.word());
    let began = scene.now();
    let post = scene.publish(&Draft::text(text.as_str())).await?;
    ensure!(!post.id.as_str().is_empty(), "the post has an empty id");
    ensure!(
        post.text.as_str() == text,
        "the answer's text is {:?}, not {text:?}",
        post.text.as_str()
    );
    ensure!(
        matches!(
            post.state,
            PostState::Live | PostState::Processing | PostState::InReview
        ),
        "a post without a schedule is {:?}",
        post.state
    );
    ensure!(
        post.reply_to.is_none() && post.quote.is_none() && post.media.is_empty(),
        "the answer invents a parent, a quote or media"
    );
    let read = scene.read(&post.id).await?;
    same_words(&read, &text)?;
    if let Some(at) = read.created_at {
        let hour = Duration::from_secs(3600);
        ensure!(
            at.checked_add(hour).is_ok_and(|t| t >= began) && at <= scene.in_hours(1),
            "the post was written at {at}, it says, and not about {began}"
        );
    }
    if scene.can(&Operation::ME) {
        let me = scene.my_account().await?;
        for post in [&post, &read] {
            if let Some(author) = &post.author {
                ensure!(
                    author.id == me.id,
                    "the author is {}, not {}",
                    author.id,
                    me.id
                );
            }
        }
    }
    if scene.can(&Operation::POST) {
        let seen = scene.read_by(&*scene.other(), &post.id).await?;
        same_words(&seen, &text)?;
    }
    Ok(())
}

fn same_words(post: &Post, text: &str) -> Verdict {
    ensure!(
        post.text.as_str() == text,
        "it is read back as {:?}, not as {text:?}",
        post.text.as_str()
    );
    Ok(())
}

async fn every_script_survives(scene: &Scene<'_>) -> Verdict {
    let text = format!(
        "Жизнь, 世界, עולם, नमस्ते, e\u{301}, 🇧🇷, 👩‍🚀, 𝄞\nand a second line & <signs> \"quoted\" \\ {}",
        scene.word()
    );
    let post = scene.publish(&Draft::text(text.as_str())).await?;
    same_words(&scene.read(&post.id).await?, &text)
}

async fn the_longest_text_is_taken(scene: &Scene<'_>) -> Verdict {
    let Some(limit) = scene.profile().text.post.clone() else {
        return Err(Stop::passed_over("the profile names no bound"));
    };
    let text = samples::as_long_as(&limit, &scene.word());
    let post = scene.publish(&Draft::text(text.as_str())).await?;
    same_words(&scene.read(&post.id).await?, &text)
}

async fn the_heaviest_text_is_taken(scene: &Scene<'_>) -> Verdict {
    let Some(limit) = scene.profile().text.post.clone() else {
        return Err(Stop::passed_over("the profile names no bound"));
    };
    let text = samples::as_heavy_as(&limit, &scene.word());
    let post = scene.publish(&Draft::text(text.as_str())).await?;
    same_words(&scene.read(&post.id).await?, &text)
}

async fn spans_stand(scene: &Scene<'_>) -> Verdict {
    let tag = scene.word();
    let url = format!("https://example.com/{tag}?a=1&b=2");
    let mut text = Text::plain("👩‍🚀 Ещё: ")
        .link("a page", url.as_str())
        .push(", ");
    let mut handle = None;
    if scene.can(&Operation::ME) {
        let them = scene.their_account().await?;
        if let Some(name) = &them.handle {
            text = text
                .mention_id(format!("@{name}"), name.as_str(), them.id.as_str())
                .push(", ");
            handle = Some(name.clone());
        }
    }
    let text = text.hashtag(&tag).push(" 𝄞 end");
    let post = scene.publish(&Draft::text(text.clone())).await?;
    let read = scene.read(&post.id).await?;
    for (seen, whose) in [(&post, "the answer"), (&read, "the post")] {
        let covered = |kind: fn(&SpanKind) -> bool| -> Vec<&str> {
            let spans = seen.text.spans().iter().filter(|s| kind(&s.kind));
            spans
                .filter_map(|s| seen.text.as_str().get(s.range()))
                .collect()
        };
        let links = covered(|k| matches!(k, SpanKind::Link(_)));
        let has_url = seen
            .text
            .spans()
            .iter()
            .any(|s| s.kind == SpanKind::Link(url.clone()));
        ensure!(
            has_url || seen.text.as_str().contains(&url),
            "{whose} has lost the link: {:?}",
            seen.text
        );
        ensure!(
            !has_url
                || links.iter().any(|l| l.contains("a page"))
                || seen.text.as_str().contains(&url),
            "the link of {whose} covers {links:?}, not its label"
        );
        let tags = covered(|k| matches!(k, SpanKind::Hashtag(_)));
        ensure!(
            seen.text.as_str().contains(&format!("#{tag}")),
            "{whose} has lost the hashtag"
        );
        ensure!(
            tags.iter().all(|t| t.trim_start_matches('#') == tag),
            "the hashtag of {whose} covers {tags:?}"
        );
        if let Some(handle) = &handle {
            let mentions = covered(|k| matches!(k, SpanKind::Mention(_)));
            ensure!(
                mentions.iter().all(|m| m.contains(handle.as_str())),
                "the mention of {whose} covers {mentions:?}, not {handle}"
            );
        }
    }
    Ok(())
}

async fn prepare(
    scene: &Scene<'_>,
    network: &dyn SocialNetwork,
    draft: &Draft,
) -> Result<Prepared, Stop> {
    let draft = draft.inspect().await?;
    let checked = draft.checked(&scene.profile())?;
    Ok(network.prepare(&checked).await?)
}

async fn prepared_survives(scene: &Scene<'_>) -> Verdict {
    let me = scene.me();
    let text = format!("Prepared, stored and published: {}", scene.word());
    let prepared = prepare(scene, &*me, &Draft::text(text.as_str())).await?;
    ensure!(
        prepared.network == scene.profile().network,
        "it is prepared for {:?}",
        prepared.network
    );
    let stored = serde_json::to_string(&prepared)
        .map_err(|e| Stop::failed(format!("what is prepared cannot be stored: {e}")))?;
    for secret in scene.stage().secrets() {
        ensure!(!stored.contains(&secret), "what is prepared holds a secret");
    }
    let restored: Prepared = serde_json::from_str(&stored)
        .map_err(|e| Stop::failed(format!("what is prepared cannot be restored: {e}")))?;
    ensure!(
        restored == prepared,
        "what is prepared is restored as another"
    );
    let post = me.commit(&restored).await?;
    same_words(&scene.read(&post.id).await?, &text)
}

async fn reply_names_its_parent(scene: &Scene<'_>) -> Verdict {
    let parent = scene.their_post().await?;
    let text = format!("An answer: {}", scene.word());
    let by_post = Draft::text(text.as_str()).reply_to(&parent);
    let post = scene.publish(&by_post).await?;
    let read = scene.read(&post.id).await?;
    same_words(&read, &text)?;
    for post in [&post, &read] {
        ensure!(
            post.reply_to.as_ref() == Some(&parent.id),
            "it answers {:?}, not {}",
            post.reply_to,
            parent.id
        );
        ensure!(
            post.thread.as_ref().is_none_or(|t| *t == parent.id),
            "its thread began with {:?}, not {}",
            post.thread,
            parent.id
        );
    }
    // The id alone is enough, too.
    let text = format!("An answer by id: {}", scene.word());
    let by_id = Draft::text(text).reply_to(PostRef::from(&parent.id));
    let post = scene.publish(&by_id).await?;
    let read = scene.read(&post.id).await?;
    ensure!(
        read.reply_to.as_ref() == Some(&parent.id),
        "published by the bare id, it answers {:?}",
        read.reply_to
    );
    Ok(())
}

async fn reply_to_reply(scene: &Scene<'_>) -> Verdict {
    let root = scene.their_post().await?;
    let word = scene.word();
    let first = Draft::text(format!("First answer: {word}")).reply_to(&root);
    let first = scene.publish(&first).await?;
    scene.seen(&first.id).await?;
    // As read, as answered, and by the bare id.
    let read = scene.read(&first.id).await?;
    let parents = [
        PostRef::from(&read),
        PostRef::from(&first),
        PostRef::from(&first.id),
    ];
    for (i, parent) in parents.into_iter().enumerate() {
        let second = Draft::text(format!("Second answer {i}: {word}")).reply_to(parent);
        let second = scene.publish(&second).await?;
        let second = scene.read(&second.id).await?;
        ensure!(
            second.reply_to.as_ref() == Some(&first.id),
            "it answers {:?}, not {}",
            second.reply_to,
            first.id
        );
        ensure!(
            second.thread.as_ref().is_none_or(|t| *t == root.id),
            "its thread began with {:?}, not {}",
            second.thread,
            root.id
        );
    }
    Ok(())
}

async fn reply_to_what_is_gone(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.seen(&post.id).await?;
    scene.me().delete(&post.id).await?;
    scene.gone_for_all(&post.id).await?;
    let word = scene.word();
    let draft = Draft::text(format!("To nobody: {word}")).reply_to(PostRef::from(&post.id));
    match scene.me().publish(&draft).await {
        Err(error) => {
            ensure!(
                matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::Invalid(_) | ErrorKind::Forbidden(_)
                ),
                "it answers {}: {error}",
                error.kind().name()
            );
            Ok(())
        }
        Ok(_) => Err(Stop::failed("a post that is gone can be answered")),
    }
}

async fn quote_names_its_post(scene: &Scene<'_>) -> Verdict {
    let quoted = scene.their_post().await?;
    for reference in [PostRef::from(&quoted), PostRef::from(&quoted.id)] {
        // Not the same words twice, which some networks refuse.
        let text = format!("Look at this: {}", scene.word());
        let draft = Draft::text(text.as_str()).quote(reference);
        let post = scene.publish(&draft).await?;
        let read = scene.read(&post.id).await?;
        for post in [&post, &read] {
            ensure!(
                post.quote.as_ref() == Some(&quoted.id),
                "it quotes {:?}, not {}",
                post.quote,
                quoted.id
            );
            ensure!(
                post.reply_to.is_none() && post.text.as_str() == text,
                "a quote is told as an answer, or with other words"
            );
        }
    }
    Ok(())
}

async fn schedule_is_kept(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let at = scene.in_hours(2);
    let draft = Draft::text(format!("Later: {word}")).at(at);
    let post = scene.publish(&draft).await?;
    let PostState::Scheduled(told) = post.state else {
        return Err(Stop::failed(format!("its state is {:?}", post.state)));
    };
    ensure!(
        told.duration_since(at).abs() <= jiff::SignedDuration::from_mins(1),
        "it is scheduled for {told}, not for {at}"
    );
    if scene.can(&Operation::POSTS_OWN) {
        let live = scene.mine_with(&word).await?;
        ensure!(
            !live.iter().any(|p| p.state == PostState::Live),
            "it stands among the live posts before its time"
        );
    }
    if scene.can(&Operation::POSTS_SCHEDULED) {
        let waiting = scene.list(&*scene.me(), Timeline::Scheduled).await?;
        ensure!(
            waiting.iter().any(|p| p.text.as_str().contains(&word)),
            "it does not stand among what is scheduled"
        );
    }
    if scene.stage().pass(Duration::from_secs(3 * 3600)).await && scene.can(&Operation::POSTS_OWN) {
        scene
            .eventually(async || {
                let found = scene.mine_with(&word).await?;
                ensure!(
                    found.len() == 1 && found.iter().all(|p| p.state == PostState::Live),
                    "an hour after its time there are {} of it",
                    found.len()
                );
                Ok(())
            })
            .await?;
    }
    Ok(())
}

async fn place_is_kept(scene: &Scene<'_>) -> Verdict {
    let Some(place) = scene.stage().place() else {
        return Err(Stop::passed_over("the stage names no other place"));
    };
    let draft = Draft::text(format!("Elsewhere: {}", scene.word())).to(place.clone());
    let post = scene.publish(&draft).await?;
    let read = scene.read(&post.id).await?;
    ensure!(
        read.place.as_ref().is_none_or(|p| p.id == place.id),
        "it stands at {:?}, not at {}",
        read.place,
        place.id
    );
    Ok(())
}

async fn visibility_is_kept(scene: &Scene<'_>) -> Verdict {
    let all = [
        Visibility::Public,
        Visibility::Unlisted,
        Visibility::Followers,
        Visibility::Direct,
    ];
    let mut kept = 0;
    for wished in all {
        let draft = Draft::text(format!("For some: {}", scene.word())).visibility(wished.clone());
        let post = match scene.me().publish(&draft).await {
            Ok(post) => post,
            // No network has all of them; what it has not, it refuses.
            Err(error)
                if matches!(error.kind(), ErrorKind::Invalid(_) | ErrorKind::Unsupported) =>
            {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        kept += 1;
        let read = scene.read(&post.id).await?;
        ensure!(
            read.visibility.as_ref() == Some(&wished),
            "published for {wished}, it is told as for {:?}",
            read.visibility
        );
        if wished == Visibility::Direct && scene.can(&Operation::POST) {
            let seen = scene.look(&*scene.other(), &post.id).await?;
            ensure!(seen.is_none(), "who is not named sees it");
        }
    }
    ensure!(kept > 0, "no visibility is taken");
    Ok(())
}

async fn languages_are_kept(scene: &Scene<'_>) -> Verdict {
    let many = scene.profile().max_languages.unwrap_or(2).clamp(1, 2);
    let wished: Vec<String> = ["pt-BR", "ru"]
        .into_iter()
        .take(many as usize)
        .map(str::to_owned)
        .collect();
    let mut draft = Draft::text(format!("Olá: {}", scene.word()));
    draft.languages = wished.clone();
    let post = scene.publish(&draft).await?;
    let read = scene.read(&post.id).await?;
    ensure!(
        read.languages == wished,
        "the languages are read back as {:?}",
        read.languages
    );
    Ok(())
}

async fn warnings_are_kept(scene: &Scene<'_>) -> Verdict {
    use crate::model::ContentWarning as Warning;
    let known = [
        Warning::Sexual,
        Warning::Nudity,
        Warning::Porn,
        Warning::Graphic,
    ];
    let mut kept = 0;
    for warning in known {
        let draft = Draft::text(format!("Mind: {}", scene.word())).warning(warning.clone());
        let post = match scene.me().publish(&draft).await {
            Ok(post) => post,
            Err(error)
                if matches!(error.kind(), ErrorKind::Invalid(_) | ErrorKind::Unsupported) =>
            {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        kept += 1;
        scene
            .eventually(async || {
                let read = scene.read(&post.id).await?;
                ensure!(
                    read.warnings == [warning.clone()],
                    "the warning {warning} is read back as {:?}",
                    read.warnings
                );
                Ok(())
            })
            .await?;
    }
    ensure!(kept > 0, "no warning is taken");
    Ok(())
}

fn keyed(scene: &Scene<'_>, word: &str) -> Draft {
    Draft::text(format!("Once and only once: {word}"))
        .key(format!("suite-{word}"))
        .created_at(scene.now())
}

/// Looks whether there is one post with a word, in a listing that may still catch up.
async fn exactly(scene: &Scene<'_>, word: &str, count: usize) -> Verdict {
    if !scene.can(&Operation::POSTS_OWN) && !scene.can(&Operation::POSTS_ACCOUNT) {
        return Ok(());
    }
    // A second post may show later than the first.
    for _ in 0..3 {
        scene.stage().settle().await;
    }
    scene
        .eventually(async || {
            let found = scene.mine_with(word).await?;
            ensure!(
                found.len() == count,
                "there are {} posts of it, not {count}",
                found.len()
            );
            Ok(())
        })
        .await
}

fn same_post(first: &Post, second: &Post) -> Verdict {
    ensure!(
        first.id == second.id,
        "the repetition made {} beside {}",
        second.id,
        first.id
    );
    ensure!(
        first.text.as_str() == second.text.as_str(),
        "the repetition answers another text"
    );
    Ok(())
}

async fn key_makes_one_post(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let draft = keyed(scene, &word);
    let first = scene.publish(&draft).await?;
    let second = scene.publish(&draft).await?;
    same_post(&first, &second)?;
    scene.stage().settle().await;
    let third = scene.publish(&draft).await?;
    same_post(&first, &third)?;
    exactly(scene, &word, 1).await
}

async fn key_in_parallel(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let draft = keyed(scene, &word);
    let me = scene.me();
    let all = futures_util::future::join_all((0..4).map(|_| me.publish(&draft))).await;
    let mut posts = Vec::new();
    for answer in all {
        posts.push(answer?);
    }
    for pair in posts.windows(2) {
        if let [first, second] = pair {
            same_post(first, second)?;
        }
    }
    exactly(scene, &word, 1).await
}

async fn key_in_another_process(scene: &Scene<'_>) -> Verdict {
    let Some(again) = scene.stage().again() else {
        return Err(Stop::passed_over(
            "the stage cannot build the identity anew",
        ));
    };
    let word = scene.word();
    let draft = keyed(scene, &word);
    let first = scene.publish(&draft).await?;
    let second = again.publish(&draft).await?;
    same_post(&first, &second)?;
    exactly(scene, &word, 1).await
}

async fn other_keys_other_posts(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let draft = keyed(scene, &word);
    let first = scene.publish(&draft).await?;
    let second = scene
        .publish(&draft.clone().key(format!("other-{word}")))
        .await?;
    ensure!(first.id != second.id, "two keys make one post");
    exactly(scene, &word, 2).await
}

async fn prepared_is_committed_once(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let me = scene.me();
    let prepared = prepare(scene, &*me, &keyed(scene, &word)).await?;
    let first = me.commit(&prepared).await?;
    let second = me.commit(&prepared).await?;
    same_post(&first, &second)?;
    exactly(scene, &word, 1).await
}

async fn reconcile_tells(scene: &Scene<'_>) -> Verdict {
    let me = scene.me();
    let text = format!("Was it published? {}", scene.word());
    let prepared = prepare(
        scene,
        &*me,
        &Draft::text(text.as_str()).created_at(scene.now()),
    )
    .await?;
    match me.reconcile(&prepared).await? {
        Reconciled::Published(post) => {
            return Err(Stop::failed(format!(
                "{} is said to be it before it was committed",
                post.id
            )));
        }
        Reconciled::NotPublished | Reconciled::Unknown => {}
    }
    let post = me.commit(&prepared).await?;
    scene
        .eventually(async || match me.reconcile(&prepared).await? {
            Reconciled::Published(found) => {
                ensure!(
                    found.id == post.id,
                    "it finds {}, not {}",
                    found.id,
                    post.id
                );
                same_words(&found, &text)
            }
            other => Err(Stop::failed(format!(
                "it was published, and the answer is {other:?}"
            ))),
        })
        .await
}
