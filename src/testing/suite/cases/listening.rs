//! What a program stands on that follows a network for months: ids, cursors, holes and ends.

use futures_util::StreamExt;

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::scene::Scene;
use super::happenings::{
    holds, my_post_and_start, some_answers, start, they_answer, told, told_at_all, wait_for,
    well_formed,
};
use crate::ended::Ended;
use crate::error::ErrorKind;
use crate::id::{EventCursor, EventId};
use crate::model::{
    AccountRef, Draft, Engagement, Event, EventKind, EventQuery, MessageDraft, Post, Recipient,
    Target,
};
use crate::network::SocialNetwork;
use crate::operation::Operation;

cases! {
    "events: read again from the same cursor, each has the same id" => same_ids, EVENTS, [PUBLISH_REPLY];
    "events: after any of them, whatever its kind, a restart misses nothing" => any_cursor, EVENTS, [PUBLISH_REPLY];
    "events: in a conversation they come in the order in which things were said" => in_order, EVENTS, [SEND_ACCOUNT, ME];
    "events: what the network no longer has is told as a gap" => gap_is_told, EVENTS, [PUBLISH_REPLY];
    "events: listening tells of a gap and goes on behind it" => gap_is_heard, EVENTS, [PUBLISH_REPLY];
    "events: listening with a login that is not good ends with the reason" => login_ends, EVENTS;
    "events: listening from a cursor that is none ends with the reason" => bad_cursor_ends, EVENTS;
}

/// Things of several kinds, done to the first identity by the other: where the stream stood before, and all that it tells
/// of since.
pub(super) async fn several_kinds(scene: &Scene<'_>) -> Result<(EventCursor, Vec<Event>), Stop> {
    let (post, from) = my_post_and_start(scene).await?;
    let other = scene.other();
    let mut kinds = vec![EventKind::Reply];
    let first = they_answer(scene, &post).await?;
    let tells = |kind: &EventKind| scene.profile().tells(kind);
    if scene.can(&Operation::ENGAGE_LIKE) && tells(&EventKind::Like) {
        let post = Target::from(&post);
        other.engage(&post, &Engagement::like()).await?;
        kinds.push(EventKind::Like);
    }
    let sends = scene.can(&Operation::SEND_ACCOUNT) && scene.can(&Operation::ME);
    if sends && tells(&EventKind::Message) {
        let me = Recipient::Account(AccountRef::from(&scene.my_account().await?));
        let message = MessageDraft::text(format!("Psst: {}", scene.word()));
        other.send(&me, &message).await?;
        kinds.push(EventKind::Message);
    }
    if scene.can(&Operation::PUBLISH_QUOTE) && tells(&EventKind::Quote) {
        let quote = Draft::text(format!("A quote: {}", scene.word())).quote(&post);
        other.publish(&quote).await?;
        kinds.push(EventKind::Quote);
    }
    let last = they_answer(scene, &post).await?;
    let events = scene
        .eventually(async || {
            let answer = scene.events_after(EventQuery::after(from.clone())).await?;
            well_formed(&answer)?;
            for kind in &kinds {
                let is_told = answer.items.iter().any(|e| e.kind == *kind);
                ensure!(is_told, "{kind} is not told");
            }
            for post in [&first, &last] {
                let count = answer.items.iter().filter(|e| holds(e, &post.id));
                ensure!(
                    count.count() == 1,
                    "the answer {} is not told once",
                    post.id
                );
            }
            Ok(answer.items)
        })
        .await?;
    Ok((from, events))
}

fn ids(events: &[Event]) -> Vec<&EventId> {
    events.iter().map(|e| &e.id).collect()
}

/// Those of `events` that are among `known`.
fn among<'a>(events: &'a [Event], known: &[&EventId]) -> Vec<&'a EventId> {
    let ids = events.iter().map(|e| &e.id);
    ids.filter(|id| known.contains(id)).collect()
}

/// What an identity in a process of its own is told after a cursor.
async fn after(
    scene: &Scene<'_>,
    reader: &dyn SocialNetwork,
    cursor: &EventCursor,
) -> Result<Vec<Event>, Stop> {
    // As it was stored.
    let mut query = EventQuery::after(EventCursor::new(cursor.as_str().to_owned()));
    let mut events = Vec::new();
    for _ in 0..100 {
        let answer = reader.events(&query).await?;
        events.extend(answer.items);
        if !answer.more {
            return Ok(events);
        }
        query.since = answer.cursor.into();
    }
    let name = scene.profile().network.clone();
    Err(Stop::failed(format!("{name} says `more` without end")))
}

async fn same_ids(scene: &Scene<'_>) -> Verdict {
    let (from, events) = several_kinds(scene).await?;
    let known = ids(&events);
    for reader in [Some(scene.me()), scene.stage().again()]
        .into_iter()
        .flatten()
    {
        let again = after(scene, &*reader, &from).await?;
        ensure!(
            among(&again, &known) == known,
            "read again they are {:?}, not {known:?}",
            among(&again, &known)
        );
        for event in &events {
            let same = again.iter().find(|e| e.id == event.id);
            ensure!(
                same.is_some_and(|s| s.kind == event.kind && s.at == event.at),
                "under {} something else is told",
                event.id
            );
        }
    }
    Ok(())
}

async fn any_cursor(scene: &Scene<'_>) -> Verdict {
    let (_, events) = several_kinds(scene).await?;
    let known = ids(&events);
    let reader = scene.stage().again().unwrap_or_else(|| scene.me());
    for (i, event) in events.iter().enumerate() {
        let rest = after(scene, &*reader, &event.cursor).await?;
        let wanted = known.get(i + 1..).unwrap_or_default();
        ensure!(
            among(&rest, &known) == wanted,
            "after {} ({}) come {:?}, not {wanted:?}",
            event.id,
            event.kind,
            among(&rest, &known)
        );
    }
    Ok(())
}

async fn in_order(scene: &Scene<'_>) -> Verdict {
    told_at_all(scene, &EventKind::Message)?;
    let me = Recipient::Account(AccountRef::from(&scene.my_account().await?));
    let from = start(scene).await?;
    let mut said = Vec::new();
    for number in 1..=3 {
        let text = format!("{number}: {}", scene.word());
        let message = MessageDraft::text(text.as_str());
        scene.other().send(&me, &message).await?;
        said.push(text);
    }
    let text = |event: &Event| {
        let message = event.message.as_ref()?;
        Some(message.text.as_str().to_owned())
    };
    let is_one = |event: &Event| {
        event.kind == EventKind::Message && text(event).is_some_and(|t| said.contains(&t))
    };
    let events = wait_for(scene, &from, "each of three messages", 3, is_one).await?;
    let heard: Vec<String> = events.iter().filter_map(text).collect();
    ensure!(heard == said, "said was {said:?}, told is {heard:?}");
    Ok(())
}

/// What lies around a hole.
struct Hole {
    /// A cursor from before.
    stored: EventCursor,
    /// What happened then, and is not to be had any more.
    lost: Vec<Event>,
    /// What happened after the network forgot.
    kept: Post,
}

async fn hole(scene: &Scene<'_>) -> Result<Hole, Stop> {
    if !scene.stage().cut_history() {
        return Err(Stop::passed_over(
            "this stage cannot make the network forget what happened",
        ));
    }
    // Some networks show a hole only by what is missing of what was known.
    let (from, known) = some_answers(scene, 6).await?;
    wait_for(scene, &from, "each of six answers", 6, |e| {
        known.iter().any(|p| holds(e, &p.id))
    })
    .await?;
    let stored = start(scene).await?;
    let (from, posts) = some_answers(scene, 2).await?;
    let is_lost = |e: &Event| posts.iter().any(|p| holds(e, &p.id));
    let lost = wait_for(scene, &from, "each of two answers", 2, is_lost).await?;
    scene.stage().cut_history();
    let (post, from) = my_post_and_start(scene).await?;
    let kept = they_answer(scene, &post).await?;
    let is_kept = |e: &Event| holds(e, &kept.id);
    wait_for(scene, &from, "an answer", 1, is_kept).await?;
    Ok(Hole { stored, lost, kept })
}

/// A gap with its span, in which everything that is lost lies.
fn is_gap_over(event: &Event, lost: &[Event]) -> Verdict {
    ensure!(
        event.kind == EventKind::Gap,
        "first comes {}, not a gap",
        event.kind
    );
    let (Some(since), Some(until)) = (event.lost_since, event.at) else {
        return Err(Stop::failed("the gap comes without its span"));
    };
    ensure!(since <= until, "it lasts from {since} until {until}");
    for at in lost.iter().filter_map(|e| e.at) {
        ensure!(
            since <= at && at <= until,
            "what happened at {at} is lost, but the gap is told from {since} until {until}"
        );
    }
    Ok(())
}

async fn gap_is_told(scene: &Scene<'_>) -> Verdict {
    let Hole { stored, lost, kept } = hole(scene).await?;
    let me = scene.me();
    let answer = scene
        .events_after(EventQuery::after(stored.clone()))
        .await?;
    well_formed(&answer)?;
    let Some((gap, rest)) = answer.items.split_first() else {
        return Err(Stop::failed("nothing is told"));
    };
    is_gap_over(gap, &lost)?;
    let kept = [kept];
    let one = |events: &[Event]| told(events, &kept).len() == 1;
    ensure!(one(rest), "what is still there is not told once");
    let gaps = |events: &[Event]| events.iter().filter(|e| e.kind == EventKind::Gap).count();
    ensure!(gaps(rest) == 0, "the gap is told more than once");
    ensure!(
        !rest.iter().any(|e| lost.iter().any(|l| l.id == e.id)),
        "what is lost is told: this stage does not cut the history"
    );
    // The gap is dealt with like anything else.
    let behind = after(scene, &*me, &gap.cursor).await?;
    ensure!(
        one(&behind) && gaps(&behind) == 0,
        "behind the gap come {} gaps",
        gaps(&behind)
    );
    let again = after(scene, &*me, &stored).await?;
    ensure!(
        again.first().is_some_and(|e| e.id == gap.id),
        "asked again, the gap is not told under its id"
    );
    // Whoever asks for some kinds alone has to know, too, and whoever asks for one at a time.
    let query = EventQuery::after(stored.clone())
        .kinds(EventKind::Reply)
        .limit(1_u32);
    let first = me.events(&query).await?;
    ensure!(
        first.items.first().is_some_and(|e| e.id == gap.id),
        "who asks for answers alone is not told of the gap"
    );
    ensure!(
        first.more,
        "behind the gap there is more, which is not said"
    );
    let rest = after(scene, &*me, &first.cursor).await?;
    ensure!(
        one(&rest) && gaps(&rest) == 0,
        "after a portion with the gap alone, something is missing"
    );
    let oldest = scene.events_after(EventQuery::oldest()).await?;
    ensure!(
        gaps(&oldest.items) == 0,
        "who asks for all that there is is told of a gap"
    );
    Ok(())
}

async fn gap_is_heard(scene: &Scene<'_>) -> Verdict {
    let Hole { stored, lost, kept } = hole(scene).await?;
    let me = scene.me();
    let mut stream = me.listen(EventQuery::after(stored));
    let Some(first) = stream.next().await else {
        return Err(Stop::failed("the stream ends"));
    };
    is_gap_over(&first?, &lost)?;
    loop {
        let Some(event) = stream.next().await else {
            return Err(Stop::failed("the stream ends behind the gap"));
        };
        let event = event?;
        ensure!(
            event.kind != EventKind::Gap,
            "the gap is told more than once"
        );
        if holds(&event, &kept.id) {
            return Ok(());
        }
    }
}

/// The stream ends with this error as its last item.
async fn ends(network: &dyn SocialNetwork, query: EventQuery, why: &[Ended]) -> Verdict {
    let mut stream = network.listen(query);
    let error = match stream.next().await {
        Some(Err(error)) => error,
        Some(Ok(event)) => {
            return Err(Stop::failed(format!("it brings {}", event.id)));
        }
        None => return Err(Stop::failed("it ends in silence")),
    };
    ensure!(
        error.ended().is_some_and(|ended| why.contains(&ended)),
        "it ended with {:?} ({}: {error})",
        error.ended(),
        error.kind().name()
    );
    ensure!(
        stream.next().await.is_none(),
        "after its last item it goes on"
    );
    Ok(())
}

async fn login_ends(scene: &Scene<'_>) -> Verdict {
    let Some(impostor) = scene.stage().impostor() else {
        return Err(Stop::passed_over(
            "this stage has no login that is not good",
        ));
    };
    // Some networks cannot tell a login that was good from one that never was.
    let why = [Ended::Unauthorized, Ended::Suspended, Ended::Forbidden];
    ends(&*impostor, EventQuery::now(), &why).await
}

async fn bad_cursor_ends(scene: &Scene<'_>) -> Verdict {
    let cursor = EventCursor::new("\u{1}no cursor of any network");
    let refused = scene.me().events(&EventQuery::after(cursor.clone())).await;
    ensure!(
        refused.is_err_and(|e| !matches!(e.kind(), ErrorKind::Unavailable)),
        "it is taken, or nothing can be said"
    );
    ends(&*scene.me(), EventQuery::after(cursor), &[Ended::Invalid]).await
}
