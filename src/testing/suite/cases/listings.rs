//! Lists of posts: what stands in them, in which order, page by page.

use futures_util::TryStreamExt;

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use crate::error::ErrorKind;
use crate::model::{
    AccountRef, Draft, Engagement, Order, Page, PageRequest, Post, PostId, PostQuery, Target,
    Timeline,
};
use crate::network::{SocialNetwork, pages};
use crate::operation::Operation;
use crate::text::Text;

cases! {
    "posts.own: one's own posts stand there, the newest first" => own_newest_first, POSTS_OWN;
    "posts.own: page by page every post comes once" => own_by_pages, POSTS_OWN;
    "posts.own: a page holds what was asked for" => own_limits, POSTS_OWN;
    "posts.own: spans and orders are kept or refused" => own_spans_and_orders, POSTS_OWN;
    "posts.account: an account's posts stand there" => account_posts, POSTS_ACCOUNT, [ME];
    "posts.home: what the followed write stands there" => home_shows_the_followed, POSTS_HOME, [ME, ENGAGE_FOLLOW];
    "posts.community: a community's posts stand there" => community_posts, POSTS_COMMUNITY;
    "posts.mentions: who mentions this identity stands there" => mentions_are_listed, POSTS_MENTIONS, [ME];
    "posts.replies: direct answers stand there, and only they" => replies_are_listed, POSTS_REPLIES, [PUBLISH_REPLY];
    "posts.replies: page by page every answer comes once" => replies_by_pages, POSTS_REPLIES, [PUBLISH_REPLY];
    "posts.thread: a thread is whole, each after what it answers" => thread_is_whole, POSTS_THREAD, [PUBLISH_REPLY];
    "posts.thread: what does not exist is NotFound" => thread_of_nothing, POSTS_THREAD, [DELETE];
    "posts.quotes: who quotes a post stands there" => quotes_are_listed, POSTS_QUOTES, [PUBLISH_QUOTE];
    "posts.hashtag: posts under a hashtag stand there, and only they" => hashtag_is_found, POSTS_HASHTAG;
    "posts.search: posts with the words are found, and only they" => search_finds, POSTS_SEARCH;
    "posts.scheduled: what waits stands there until it is deleted" => scheduled_are_listed, POSTS_SCHEDULED, [PUBLISH_SCHEDULE];
}

fn ids(posts: &[Post]) -> Vec<&PostId> {
    posts.iter().map(|p| &p.id).collect()
}

fn ours<'a>(posts: &'a [Post], written: &[Post]) -> Vec<&'a PostId> {
    let ids = posts.iter().map(|p| &p.id);
    ids.filter(|id| written.iter().any(|w| w.id == **id))
        .collect()
}

/// Publishes some posts, each at a later time than the one before.
async fn some_posts(scene: &Scene<'_>, count: usize) -> Result<Vec<Post>, Stop> {
    let mut posts = Vec::new();
    for _ in 0..count {
        posts.push(scene.my_post().await?);
        scene.stage().settle().await;
    }
    Ok(posts)
}

async fn own_newest_first(scene: &Scene<'_>) -> Verdict {
    let theirs = scene.their_post().await?;
    let written = some_posts(scene, 3).await?;
    let newest_first: Vec<&PostId> = written.iter().rev().map(|p| &p.id).collect();
    scene
        .eventually(async || {
            let page = scene.me().posts(&PostQuery::own()).await?;
            let found = ours(&page.items, &written);
            ensure!(found == newest_first, "they come as {found:?}");
            ensure!(
                !page.items.iter().any(|p| p.id == theirs.id),
                "another's post stands among one's own"
            );
            for item in &page.items {
                if let Some(post) = written.iter().find(|w| w.id == item.id) {
                    ensure!(
                        item.text.as_str() == post.text.as_str(),
                        "in the list its text is {:?}",
                        item.text.as_str()
                    );
                }
            }
            Ok(())
        })
        .await
}

/// Follows a list by small pages until all that was written came; each once.
async fn by_small_pages(
    network: &dyn SocialNetwork,
    timeline: Timeline,
    written: &[Post],
) -> Verdict {
    let first = PageRequest::first().limit(2);
    let timeline = &timeline;
    let stream = pages(first, |page| async move {
        let query = PostQuery::new(timeline.clone()).page(page);
        network.posts(&query).await
    });
    let mut stream = std::pin::pin!(stream);
    let mut found: Vec<PostId> = Vec::new();
    let mut seen = 0;
    while let Some(post) = stream.try_next().await? {
        seen += 1;
        if written.iter().any(|w| w.id == post.id) {
            found.push(post.id);
        }
        // On an old server the rest of the list is not ours to read.
        if found.len() >= written.len() || seen > 200 {
            break;
        }
    }
    let mut once = found.clone();
    once.sort();
    once.dedup();
    ensure!(once.len() == found.len(), "a post comes twice: {found:?}");
    ensure!(
        found.len() == written.len(),
        "{} of {} posts came by pages of two",
        found.len(),
        written.len()
    );
    Ok(())
}

async fn own_by_pages(scene: &Scene<'_>) -> Verdict {
    let written = some_posts(scene, 5).await?;
    scene
        .eventually(async || by_small_pages(&*scene.me(), Timeline::Own, &written).await)
        .await
}

async fn own_limits(scene: &Scene<'_>) -> Verdict {
    let written = some_posts(scene, 3).await?;
    scene
        .eventually(async || {
            let page = scene.me().posts(&PostQuery::own().limit(2)).await?;
            // A network that patches its author's newest post into a page has one too many.
            ensure!(
                (1..=3).contains(&page.items.len()),
                "a page of two holds {}",
                page.items.len()
            );
            ensure!(page.next.is_some(), "there is more, and no cursor");
            let whole = scene.me().posts(&PostQuery::own().limit(30)).await?;
            ensure!(
                ours(&whole.items, &written).len() == 3,
                "a page of thirty holds {} of the 3 newest",
                ours(&whole.items, &written).len()
            );
            Ok(())
        })
        .await?;
    // More than any network gives at once is cut to what it gives.
    let most = PostQuery::own().limit(100_000);
    let page = scene.me().posts(&most).await?;
    ensure!(!page.items.is_empty(), "a page without bound is empty");
    Ok(())
}

/// What a network cannot do with a list, it refuses before it answers something else.
fn or_refused(answer: crate::error::Result<Page<Post>>) -> Result<Option<Page<Post>>, Stop> {
    match answer {
        Ok(page) => Ok(Some(page)),
        Err(error) if matches!(error.kind(), ErrorKind::Invalid(_) | ErrorKind::Unsupported) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn own_spans_and_orders(scene: &Scene<'_>) -> Verdict {
    let written = some_posts(scene, 3).await?;
    let me = scene.me();
    for order in [Order::Newest, Order::Oldest] {
        let query = PostQuery::own().order(order);
        let Some(page) = or_refused(me.posts(&query).await)? else {
            continue;
        };
        // Older posts may have been written under keys that stand for other times.
        let ours = page
            .items
            .iter()
            .filter(|p| p.reposted_by.is_none() && written.iter().any(|w| w.id == p.id));
        let times: Vec<_> = ours.filter_map(|p| p.created_at).collect();
        let sorted = if order == Order::Newest {
            times.is_sorted_by(|a, b| a >= b)
        } else {
            times.is_sorted()
        };
        ensure!(sorted, "in the order {order:?} they come as {times:?}");
    }
    let middle = scene
        .eventually(async || {
            let page = me.posts(&PostQuery::own()).await?;
            let [_, second, _] = written.as_slice() else {
                return Ok(None);
            };
            let found = page.items.iter().find(|p| p.id == second.id);
            let found = found.ok_or_else(|| Stop::failed("a post is not listed"))?;
            Ok(found.created_at)
        })
        .await?;
    let Some(middle) = middle else {
        return Ok(());
    };
    let since = or_refused(me.posts(&PostQuery::own().since(middle)).await)?;
    if let Some(page) = since {
        let found = ours(&page.items, &written);
        ensure!(
            found.len() == 2,
            "since the second of three there are {} posts",
            found.len()
        );
        ensure!(
            page.items
                .iter()
                .all(|p| p.created_at.is_none_or(|t| t >= middle)),
            "a post is older than asked for"
        );
    }
    let until = or_refused(me.posts(&PostQuery::own().until(middle)).await)?;
    if let Some(page) = until {
        let found = ours(&page.items, &written);
        ensure!(
            found.len() == 1,
            "before the second of three there are {} posts",
            found.len()
        );
        ensure!(
            page.items
                .iter()
                .all(|p| p.created_at.is_none_or(|t| t < middle)),
            "a post is newer than asked for"
        );
    }
    Ok(())
}

async fn account_posts(scene: &Scene<'_>) -> Verdict {
    let theirs = scene.their_post().await?;
    let mine = scene.my_post().await?;
    let them = scene.their_account().await?;
    let mut names = vec![AccountRef::from(&them)];
    names.extend(them.handle.as_ref().map(AccountRef::handle));
    for name in names {
        scene
            .eventually(async || {
                let page = scene.me().posts(&PostQuery::account(name.clone())).await?;
                ensure!(
                    page.items.iter().any(|p| p.id == theirs.id),
                    "asked by {name:?}, the account's newest post is missing"
                );
                ensure!(
                    !page.items.iter().any(|p| p.id == mine.id),
                    "another's post stands there"
                );
                Ok(())
            })
            .await?;
    }
    let me = PostQuery::account(AccountRef::Me);
    scene
        .eventually(async || {
            let page = scene.me().posts(&me).await?;
            ensure!(
                page.items.iter().any(|p| p.id == mine.id),
                "asked for itself, the identity's newest post is missing"
            );
            Ok(())
        })
        .await?;
    let nobody = PostQuery::account(AccountRef::handle(format!("{}.example.com", scene.word())));
    match scene.me().posts(&nobody).await {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid(_)) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(page) => Err(Stop::failed(format!(
            "who does not exist has {} posts",
            page.items.len()
        ))),
    }
}

async fn home_shows_the_followed(scene: &Scene<'_>) -> Verdict {
    let them = AccountRef::from(&scene.their_account().await?);
    let me = scene.me();
    me.engage(&Target::Account(them.clone()), &Engagement::follow())
        .await?;
    let theirs = scene.their_post().await?;
    scene
        .eventually(async || {
            let page = me.posts(&PostQuery::home()).await?;
            ensure!(
                page.items.iter().any(|p| p.id == theirs.id),
                "what the followed wrote is missing"
            );
            Ok(())
        })
        .await?;
    me.engage(&Target::Account(them), &Engagement::follow().off())
        .await?;
    Ok(())
}

async fn community_posts(scene: &Scene<'_>) -> Verdict {
    let Some(community) = scene.stage().community() else {
        return Err(Stop::passed_over("the stage names no community"));
    };
    let query = PostQuery::new(Timeline::Community(community));
    scene.me().posts(&query).await?;
    Ok(())
}

async fn mentions_are_listed(scene: &Scene<'_>) -> Verdict {
    let me = scene.my_account().await?;
    let Some(handle) = me.handle.clone() else {
        return Err(Stop::passed_over("the identity has no name to mention"));
    };
    let text = Text::plain("Добрый день 👩‍🚀 ")
        .mention_id(format!("@{handle}"), handle.as_str(), me.id.as_str())
        .push(format!(", look: {}", scene.word()));
    let post = scene.other().publish(&Draft::text(text)).await?;
    scene
        .eventually(async || {
            let page = scene.me().posts(&PostQuery::mentions()).await?;
            ensure!(
                page.items.iter().any(|p| p.id == post.id),
                "who mentioned it is missing"
            );
            Ok(())
        })
        .await
}

/// A post with two answers, the first of which is answered again: root, first, second, nested.
async fn family(scene: &Scene<'_>) -> Result<[Post; 4], Stop> {
    let root = scene.my_post().await?;
    let word = scene.word();
    let other = scene.other();
    scene.stage().settle().await;
    let draft = |what: &str| Draft::text(format!("{what}: {word}"));
    let first = draft("First").reply_to(&root);
    let first = other.publish(&first).await?;
    scene.stage().settle().await;
    let second = draft("Second").reply_to(&root);
    let second = scene.publish(&second).await?;
    scene.seen(&first.id).await?;
    scene.stage().settle().await;
    let nested = draft("Nested").reply_to(&first);
    let nested = scene.publish(&nested).await?;
    Ok([root, first, second, nested])
}

async fn replies_are_listed(scene: &Scene<'_>) -> Verdict {
    let [root, first, second, nested] = family(scene).await?;
    scene
        .eventually(async || {
            let listed = scene
                .list(&*scene.me(), Timeline::Replies(root.id.clone()))
                .await?;
            let mut found = ids(&listed);
            found.sort();
            let mut wanted = vec![&first.id, &second.id];
            wanted.sort();
            ensure!(found == wanted, "the answers are {found:?}, not {wanted:?}");
            ensure!(
                listed
                    .iter()
                    .all(|p| p.reply_to.as_ref().is_none_or(|r| *r == root.id)),
                "an answer says that it answers something else"
            );
            let deeper = scene
                .list(&*scene.me(), Timeline::Replies(first.id.clone()))
                .await?;
            ensure!(
                ids(&deeper) == [&nested.id],
                "the answers to the first answer are {:?}",
                ids(&deeper)
            );
            Ok(())
        })
        .await?;
    let none = Timeline::Replies(nested.id);
    let none = scene.list(&*scene.me(), none).await?;
    ensure!(
        none.is_empty(),
        "what nobody answered has {} answers",
        none.len()
    );
    Ok(())
}

async fn replies_by_pages(scene: &Scene<'_>) -> Verdict {
    let root = scene.my_post().await?;
    let mut answers = Vec::new();
    for i in 0..5 {
        let draft = Draft::text(format!("Answer {i}: {}", scene.word())).reply_to(&root);
        answers.push(scene.publish(&draft).await?);
    }
    scene
        .eventually(async || {
            by_small_pages(&*scene.me(), Timeline::Replies(root.id.clone()), &answers).await
        })
        .await
}

async fn thread_is_whole(scene: &Scene<'_>) -> Verdict {
    let [root, first, second, nested] = family(scene).await?;
    let all = [&root.id, &first.id, &second.id, &nested.id];
    // Asked from its beginning, its middle and its end it is the same thread.
    for from in [&root.id, &first.id, &nested.id] {
        scene
            .eventually(async || {
                let timeline = Timeline::Thread(from.clone());
                let listed = scene.list(&*scene.me(), timeline).await?;
                let found = ids(&listed);
                ensure!(
                    found.first() == Some(&&root.id),
                    "it begins with {:?}, not with {}",
                    found.first(),
                    root.id
                );
                for id in all {
                    let count = found.iter().filter(|f| **f == id).count();
                    ensure!(count == 1, "asked from {from}, {id} comes {count} times");
                }
                for (i, post) in listed.iter().enumerate().skip(1) {
                    let parent = post.reply_to.as_ref();
                    let before = found.iter().take(i).any(|f| Some(*f) == parent);
                    ensure!(before, "{} comes before what it answers", post.id);
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

async fn thread_of_nothing(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.seen(&post.id).await?;
    scene.me().delete(&post.id).await?;
    let query = PostQuery::thread(post.id);
    scene
        .eventually(async || match scene.me().posts(&query).await {
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
            Ok(page) => Err(Stop::failed(format!(
                "the thread of a deleted post has {} posts",
                page.items.len()
            ))),
        })
        .await
}

async fn quotes_are_listed(scene: &Scene<'_>) -> Verdict {
    let quoted = scene.their_post().await?;
    let draft = Draft::text(format!("As was said: {}", scene.word())).quote(&quoted);
    let post = scene.publish(&draft).await?;
    scene
        .eventually(async || {
            let timeline = Timeline::Quotes(quoted.id.clone());
            let listed = scene.list(&*scene.me(), timeline).await?;
            ensure!(
                ids(&listed) == [&post.id],
                "the quotes are {:?}",
                ids(&listed)
            );
            Ok(())
        })
        .await
}

async fn hashtag_is_found(scene: &Scene<'_>) -> Verdict {
    let tag = scene.word();
    let text = Text::plain("Für 👩‍🚀 ").hashtag(&tag).push(" und alle");
    let post = scene.publish(&Draft::text(text)).await?;
    scene.my_post().await?;
    for written in [tag.clone(), format!("#{tag}")] {
        scene
            .eventually(async || {
                let page = scene.me().posts(&PostQuery::hashtag(&written)).await?;
                ensure!(
                    ids(&page.items) == [&post.id],
                    "under {written} stand {:?}",
                    ids(&page.items)
                );
                Ok(())
            })
            .await?;
    }
    let page = scene.me().posts(&PostQuery::hashtag(scene.word())).await?;
    ensure!(
        page.items.is_empty(),
        "under a hashtag that nobody used stand {} posts",
        page.items.len()
    );
    Ok(())
}

async fn search_finds(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let post = scene
        .publish(&Draft::text(format!("Find me by {word} here")))
        .await?;
    scene.my_post().await?;
    scene
        .eventually(async || {
            let page = scene.me().posts(&PostQuery::search(word.as_str())).await?;
            ensure!(
                ids(&page.items) == [&post.id],
                "{} posts are found, not the one",
                page.items.len()
            );
            Ok(())
        })
        .await?;
    let page = scene.me().posts(&PostQuery::search(scene.word())).await?;
    ensure!(
        page.items.is_empty(),
        "a word that nobody used finds {} posts",
        page.items.len()
    );
    // Bounds in time are kept or refused, never overlooked.
    let later = PostQuery::search(word.as_str()).since(scene.in_hours(24));
    if let Some(page) = or_refused(scene.me().posts(&later).await)? {
        ensure!(
            page.items.is_empty(),
            "what was written before the span is found"
        );
    }
    let earlier = super::super::scene::day_before(scene.now()).since;
    let before = PostQuery::search(word.as_str()).until(earlier);
    if let Some(page) = or_refused(scene.me().posts(&before).await)? {
        ensure!(
            page.items.is_empty(),
            "what was written after the span is found"
        );
    }
    Ok(())
}

async fn scheduled_are_listed(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let draft = Draft::text(format!("Waits: {word}")).at(scene.in_hours(20));
    let post = scene.publish(&draft).await?;
    let me = scene.me();
    scene
        .eventually(async || {
            let listed = scene.list(&*me, Timeline::Scheduled).await?;
            ensure!(
                listed.iter().any(|p| p.id == post.id),
                "what waits is not listed"
            );
            Ok(())
        })
        .await?;
    scene.need(&Operation::DELETE)?;
    me.delete(&post.id).await?;
    scene
        .eventually(async || {
            let listed = scene.list(&*me, Timeline::Scheduled).await?;
            ensure!(
                !listed.iter().any(|p| p.id == post.id),
                "what was deleted still waits"
            );
            Ok(())
        })
        .await
}
