//! What happens: each thing once, in order, and never lost between two questions.

use futures_util::StreamExt;

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use crate::error::ErrorKind;
use crate::model::{
    AccountRef, Draft, Engagement, Event, EventCursor, EventKind, EventQuery, Events, MessageDraft,
    Post, PostId, Recipient, Since, Target,
};
use crate::network::SocialNetwork;
use crate::operation::Operation;
use crate::text::Text;

cases! {
    "events: from now on, nothing old comes" => now_is_now, EVENTS;
    "events: an answer is told once, with who and what" => answer_is_told, EVENTS, [PUBLISH_REPLY];
    "events: a mention is told once, with who and what" => mention_is_told, EVENTS, [ME, POSTS_MENTIONS];
    "events: a quote is told once, with who and what" => quote_is_told, EVENTS, [PUBLISH_QUOTE];
    "events: a like is told once, with who and what" => like_is_told, EVENTS, [ENGAGE_LIKE];
    "events: a repost is told once, with who and what" => repost_is_told, EVENTS, [ENGAGE_REPOST];
    "events: a follower is told" => follower_is_told, EVENTS, [ENGAGE_FOLLOW, ME];
    "events: a message is told" => message_is_told, EVENTS, [SEND_ACCOUNT, ME];
    "events: from a stored cursor nothing is missed and nothing comes twice" => cursor_goes_on, EVENTS, [PUBLISH_REPLY];
    "events: small portions lose nothing" => small_portions, EVENTS, [PUBLISH_REPLY];
    "events: only the kinds that are wanted come" => kinds_are_kept, EVENTS, [PUBLISH_REPLY];
    "events: all that the network has comes from the oldest on" => oldest_has_all, EVENTS, [PUBLISH_REPLY];
    "events: a cursor that is none is refused" => bad_cursor, EVENTS;
    "events: listening brings what happens" => listening_brings, EVENTS, [PUBLISH_REPLY];
}

/// Where the stream stands now.
pub(super) async fn start(scene: &Scene<'_>) -> Result<EventCursor, Stop> {
    // What earlier cases did may still be on its way.
    for _ in 0..2 {
        scene.stage().settle().await;
    }
    Ok(scene.me().events(&EventQuery::now()).await?.cursor)
}

async fn now_is_now(scene: &Scene<'_>) -> Verdict {
    let answer = scene.me().events(&EventQuery::now()).await?;
    ensure!(
        answer.items.is_empty() && !answer.more,
        "{} old things come",
        answer.items.len()
    );
    ensure!(!answer.cursor.as_str().is_empty(), "the cursor is empty");
    let next = EventQuery::after(answer.cursor);
    let next = scene.me().events(&next).await?;
    ensure!(
        !next.cursor.as_str().is_empty(),
        "without happenings there is no cursor"
    );
    Ok(())
}

/// Waits for the happenings that a test picks out.
pub(super) async fn wait_for(
    scene: &Scene<'_>,
    from: &EventCursor,
    what: &str,
    count: usize,
    wanted: impl Fn(&Event) -> bool,
) -> Result<Vec<Event>, Stop> {
    scene
        .eventually(async || {
            let answer = scene.events_after(EventQuery::after(from.clone())).await?;
            well_formed(&answer)?;
            let found: Vec<Event> = answer.items.into_iter().filter(|e| wanted(e)).collect();
            ensure!(
                found.len() == count,
                "{what} is told {} times, not {count}",
                found.len()
            );
            Ok(found)
        })
        .await
}

/// Oldest first, each once, each with a cursor.
pub(super) fn well_formed(answer: &Events) -> Verdict {
    let times: Vec<_> = answer.items.iter().filter_map(|e| e.at).collect();
    ensure!(times.is_sorted(), "they do not come oldest first");
    let mut ids: Vec<&str> = answer.items.iter().map(|e| e.id.as_str()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    ensure!(ids.len() == all, "a happening comes twice in one answer");
    ensure!(
        answer
            .items
            .iter()
            .all(|e| !e.id.as_str().is_empty() && !e.cursor.as_str().is_empty()),
        "a happening has no id or no cursor"
    );
    Ok(())
}

async fn by_the_other(scene: &Scene<'_>, event: &Event) -> Verdict {
    let Some(account) = &event.account else {
        return Err(Stop::failed("it does not tell who did it"));
    };
    if scene.can(&Operation::ME) {
        let them = scene.their_account().await?;
        ensure!(
            account.id == them.id,
            "it was done by {}, not by {}",
            them.id,
            account.id
        );
    }
    Ok(())
}

/// A post of the first identity, and where its stream stands.
pub(super) async fn my_post_and_start(scene: &Scene<'_>) -> Result<(Post, EventCursor), Stop> {
    let post = scene.my_post().await?;
    scene.shown_to(&*scene.other(), &post).await?;
    let from = start(scene).await?;
    Ok((post, from))
}

pub(super) fn holds(event: &Event, post: &PostId) -> bool {
    event.post.as_ref().is_some_and(|p| p.id == *post)
}

pub(super) async fn they_answer(scene: &Scene<'_>, post: &Post) -> Result<Post, Stop> {
    let draft = Draft::text(format!("An answer: {}", scene.word())).reply_to(post);
    Ok(scene.other().publish(&draft).await?)
}

async fn answer_is_told(scene: &Scene<'_>) -> Verdict {
    ensure!(
        scene.profile().tells(&EventKind::Reply),
        "the profile does not name what is told in its `event_kinds`"
    );
    let (post, from) = my_post_and_start(scene).await?;
    let answer = they_answer(scene, &post).await?;
    let events = wait_for(scene, &from, "an answer", 1, |e| holds(e, &answer.id)).await?;
    for event in &events {
        ensure!(event.kind == EventKind::Reply, "its kind is {}", event.kind);
        ensure!(
            event.target.as_ref() == Some(&post.id),
            "its target is {:?}",
            event.target
        );
        ensure!(
            event
                .post
                .as_ref()
                .is_some_and(|p| p.text.as_str() == answer.text.as_str()),
            "it comes without its text"
        );
        by_the_other(scene, event).await?;
    }
    Ok(())
}

async fn mention_is_told(scene: &Scene<'_>) -> Verdict {
    told_at_all(scene, &EventKind::Mention)?;
    let me = scene.my_account().await?;
    let Some(handle) = me.handle.clone() else {
        return Err(Stop::passed_over("the identity has no name to mention"));
    };
    let from = start(scene).await?;
    let text = Text::plain("👩‍🚀 Эй, ")
        .mention_id(format!("@{handle}"), handle.as_str(), me.id.as_str())
        .push(format!(": {}", scene.word()));
    let post = scene.other().publish(&Draft::text(text)).await?;
    let events = wait_for(scene, &from, "a mention", 1, |e| holds(e, &post.id)).await?;
    for event in &events {
        ensure!(
            event.kind == EventKind::Mention,
            "its kind is {}",
            event.kind
        );
        by_the_other(scene, event).await?;
    }
    Ok(())
}

async fn quote_is_told(scene: &Scene<'_>) -> Verdict {
    told_at_all(scene, &EventKind::Quote)?;
    let (post, from) = my_post_and_start(scene).await?;
    let draft = Draft::text(format!("A quote: {}", scene.word())).quote(&post);
    let quote = scene.other().publish(&draft).await?;
    let events = wait_for(scene, &from, "a quote", 1, |e| holds(e, &quote.id)).await?;
    for event in &events {
        ensure!(event.kind == EventKind::Quote, "its kind is {}", event.kind);
        ensure!(
            event.target.as_ref() == Some(&post.id),
            "its target is {:?}",
            event.target
        );
        by_the_other(scene, event).await?;
    }
    Ok(())
}

async fn engagement_is_told(scene: &Scene<'_>, engagement: Engagement, kind: EventKind) -> Verdict {
    let (post, from) = my_post_and_start(scene).await?;
    let target = Target::from(&post);
    scene.other().engage(&target, &engagement).await?;
    let what = format!("a {kind}");
    let is_it = |e: &Event| e.kind == kind && e.target.as_ref() == Some(&post.id);
    for event in wait_for(scene, &from, &what, 1, is_it).await? {
        by_the_other(scene, &event).await?;
    }
    Ok(())
}

async fn like_is_told(scene: &Scene<'_>) -> Verdict {
    told_at_all(scene, &EventKind::Like)?;
    engagement_is_told(scene, Engagement::like(), EventKind::Like).await
}

async fn repost_is_told(scene: &Scene<'_>) -> Verdict {
    told_at_all(scene, &EventKind::Repost)?;
    engagement_is_told(scene, Engagement::repost(), EventKind::Repost).await
}

async fn follower_is_told(scene: &Scene<'_>) -> Verdict {
    told_at_all(scene, &EventKind::Follow)?;
    let me = AccountRef::from(&scene.my_account().await?);
    let target = Target::Account(me);
    let off = Engagement::follow().off();
    scene.other().engage(&target, &off).await?;
    let from = start(scene).await?;
    scene.other().engage(&target, &Engagement::follow()).await?;
    let is_it = |e: &Event| e.kind == EventKind::Follow;
    for event in wait_for(scene, &from, "a follower", 1, is_it).await? {
        by_the_other(scene, &event).await?;
    }
    scene.other().engage(&target, &off).await?;
    Ok(())
}

async fn message_is_told(scene: &Scene<'_>) -> Verdict {
    let me = AccountRef::from(&scene.my_account().await?);
    let from = start(scene).await?;
    let text = format!("Psst: {}", scene.word());
    let message = MessageDraft::text(text.as_str());
    let sent = scene.other().send(&Recipient::Account(me), &message).await;
    sent?;
    let found = scene
        .eventually(async || {
            let answer = scene.events_after(EventQuery::after(from.clone())).await?;
            let messages = answer
                .items
                .into_iter()
                .filter(|e| e.kind == EventKind::Message);
            let found: Vec<Event> = messages
                .filter(|e| e.message.as_ref().is_some_and(|m| m.text.as_str() == text))
                .collect();
            ensure!(found.len() == 1, "a message is told {} times", found.len());
            Ok(found)
        })
        .await;
    match found {
        Ok(events) => {
            for event in &events {
                ensure!(
                    event
                        .message
                        .as_ref()
                        .is_some_and(|m| m.outgoing != Some(true)),
                    "what came is told as sent"
                );
            }
            Ok(())
        }
        // Networks whose stream holds no messages have them in their conversations alone.
        Err(stop) => told_at_all(scene, &EventKind::Message).and(Err(stop)),
    }
}

/// Passes over a kind of happenings that a profile does not name among those that are told.
pub(super) fn told_at_all(scene: &Scene<'_>, kind: &EventKind) -> Verdict {
    if scene.profile().tells(kind) {
        return Ok(());
    }
    let why = format!("the profile does not name {kind} among the happenings that are told");
    Err(Stop::passed_over(why))
}

/// Some answers to a post of the first identity, and where the stream stood before them.
pub(super) async fn some_answers(
    scene: &Scene<'_>,
    count: usize,
) -> Result<(EventCursor, Vec<Post>), Stop> {
    let (post, from) = my_post_and_start(scene).await?;
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(they_answer(scene, &post).await?);
        scene.stage().settle().await;
    }
    Ok((from, answers))
}

pub(super) fn told<'a>(events: &'a [Event], posts: &[Post]) -> Vec<&'a PostId> {
    let about = events.iter().filter_map(|e| e.post.as_ref().map(|p| &p.id));
    about
        .filter(|id| posts.iter().any(|p| p.id == **id))
        .collect()
}

async fn cursor_goes_on(scene: &Scene<'_>) -> Verdict {
    let (from, answers) = some_answers(scene, 3).await?;
    let ids: Vec<&PostId> = answers.iter().map(|p| &p.id).collect();
    let events = wait_for(scene, &from, "each of three answers", 3, |e| {
        answers.iter().any(|p| holds(e, &p.id))
    })
    .await?;
    ensure!(
        told(&events, &answers) == ids,
        "they are told in the order {:?}",
        told(&events, &answers)
    );
    // Asked again, each has the same id.
    let again = scene.events_after(EventQuery::after(from.clone())).await?;
    for event in &events {
        let same = again.items.iter().find(|e| e.id == event.id);
        ensure!(
            same.is_some_and(|s| s.kind == event.kind),
            "asked again, {} is not told under its id",
            event.id
        );
    }
    // After each of them a process may stop, and start again from what it stored.
    for (i, event) in events.iter().enumerate() {
        let stored = event.cursor.as_str().to_owned();
        let query = EventQuery::after(EventCursor::new(stored));
        let rest = scene.events_after(query).await?;
        let wanted: Vec<&PostId> = ids.iter().skip(i + 1).copied().collect();
        ensure!(
            told(&rest.items, &answers) == wanted,
            "after the {i}. of three come {:?}, not {wanted:?}",
            told(&rest.items, &answers)
        );
    }
    let query = EventQuery::after(again.cursor);
    let rest = scene.events_after(query).await?;
    ensure!(
        told(&rest.items, &answers).is_empty(),
        "after the answer's own cursor something comes again"
    );
    Ok(())
}

async fn small_portions(scene: &Scene<'_>) -> Verdict {
    let (from, answers) = some_answers(scene, 3).await?;
    wait_for(scene, &from, "each of three answers", 3, |e| {
        answers.iter().any(|p| holds(e, &p.id))
    })
    .await?;
    let mut since = Since::Cursor(from);
    let mut found: Vec<PostId> = Vec::new();
    for _ in 0..30 {
        let query = EventQuery::default().since(since).limit(1_u32);
        let answer = scene.me().events(&query).await?;
        ensure!(
            answer.items.len() <= 1,
            "a portion of one holds {}",
            answer.items.len()
        );
        found.extend(told(&answer.items, &answers).into_iter().cloned());
        since = answer.cursor.into();
        if !answer.more {
            break;
        }
    }
    let ids: Vec<PostId> = answers.into_iter().map(|p| p.id).collect();
    ensure!(
        found == ids,
        "in portions of one come {found:?}, not {ids:?}"
    );
    Ok(())
}

async fn kinds_are_kept(scene: &Scene<'_>) -> Verdict {
    let (post, from) = my_post_and_start(scene).await?;
    if scene.can(&Operation::ENGAGE_LIKE) {
        let target = Target::from(&post);
        scene.other().engage(&target, &Engagement::like()).await?;
    }
    let answer = they_answer(scene, &post).await?;
    wait_for(scene, &from, "an answer", 1, |e| holds(e, &answer.id)).await?;
    let query = EventQuery::after(from.clone()).kinds(EventKind::Reply);
    let replies = scene.events_after(query).await?;
    ensure!(
        replies.items.iter().all(|e| e.kind == EventKind::Reply),
        "other kinds come"
    );
    ensure!(
        replies.items.iter().any(|e| holds(e, &answer.id)),
        "the kind that was wanted does not come"
    );
    let query = EventQuery::after(from).kinds(EventKind::Unfollow);
    let none = scene.events_after(query).await?;
    ensure!(
        none.items.iter().all(|e| e.kind == EventKind::Unfollow),
        "other kinds come"
    );
    Ok(())
}

async fn oldest_has_all(scene: &Scene<'_>) -> Verdict {
    let (_, answers) = some_answers(scene, 2).await?;
    let ids: Vec<&PostId> = answers.iter().map(|p| &p.id).collect();
    scene
        .eventually(async || {
            let all = scene.events_after(EventQuery::oldest()).await?;
            well_formed(&all)?;
            ensure!(
                told(&all.items, &answers) == ids,
                "of two answers come {:?}",
                told(&all.items, &answers)
            );
            Ok(())
        })
        .await
}

async fn bad_cursor(scene: &Scene<'_>) -> Verdict {
    let query = EventQuery::after(EventCursor::new("\u{1}no cursor of any network"));
    match scene.me().events(&query).await {
        Err(error) => {
            ensure!(
                matches!(error.kind(), ErrorKind::Invalid(_) | ErrorKind::NotFound),
                "it answers {}: {error}",
                error.kind().name()
            );
            Ok(())
        }
        Ok(_) => Err(Stop::failed("it is taken")),
    }
}

async fn listening_brings(scene: &Scene<'_>) -> Verdict {
    let (post, from) = my_post_and_start(scene).await?;
    let me = scene.me();
    let mut stream = me.listen(EventQuery::after(from.clone()));
    let mut answers = Vec::new();
    let mut found: Vec<PostId> = Vec::new();
    // In real time the pause between two questions is too long to be waited for.
    let rounds = if scene.stage().hold().is_some() { 2 } else { 1 };
    for _ in 0..rounds {
        let answer = they_answer(scene, &post).await?.id;
        wait_for(scene, &from, "an answer", 1, |e| holds(e, &answer)).await?;
        answers.push(answer);
        // The stream waits by its own clock; whoever holds it up is ended by the case's limit.
        while found.len() < answers.len() {
            let Some(event) = stream.next().await else {
                return Err(Stop::failed("the stream ends"));
            };
            if let Some(id) = event?.post.map(|p| p.id)
                && answers.contains(&id)
            {
                found.push(id);
            }
        }
    }
    ensure!(found == answers, "it brings {found:?}, not {answers:?}");
    Ok(())
}
