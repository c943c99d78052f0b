//! What is said: comments, messages, and what the network tells of all that happens.

use std::time::Duration;

use serde_json::{Value, json};
use sociable::jiff::SignedDuration;
use sociable::testing::suite::{Scene, Stop, Verdict};
use sociable::{
    AccountRef, Draft, Edit, ErrorKind, Event, EventKind, EventQuery, MessageDraft, Metric,
    Moderation, PageRequest, PostQuery, Recipient, SocialNetwork,
};

use super::{Club, holds, refused};

own_cases! {
    "vk: a comment's key makes one comment" => comment_once;
    "vk: a comment is changed, taken away and brought back" => comment_changes;
    "vk: a community writes to those who let it" => write_first;
    "vk: the time to answer is told, and over when it is over" => window;
    "vk: a message's key sends one message" => message_once;
    "vk: a message without its number is refused" => numberless;
    "vk: a message is changed within its day" => message_changes;
    "vk: a message taken back is gone for both sides" => taken_back;
    "vk: posts are told as they come" => posts_are_told;
    "vk: who comes and goes is told" => people_are_told;
    "vk: a key that has ended loses nothing" => key_ends;
    "vk: what was told is not told again" => told_once;
}

fn to(id: i64) -> Recipient {
    Recipient::Account(AccountRef::id(format!("id{id}")))
}

async fn comment_once(club: Club, scene: &Scene<'_>) -> Verdict {
    let post = club.publish("Discussed").await?;
    let draft = Draft::text("Yes").reply_to(&post).key("yes");
    let draft = draft.created_at(club.now());
    let first = club.vk.publish(&draft).await?;
    scene.stage().pass(Duration::from_secs(30 * 60)).await;
    let again = club.vk.publish(&draft).await?;
    let page = club.vk.posts(&PostQuery::replies(&post.id)).await?;
    holds(
        first.id == again.id && page.items.len() == 1,
        "it is written twice",
    )
}

async fn comment_changes(club: Club, _: &Scene<'_>) -> Verdict {
    let post = club.publish("Discussed").await?;
    let comment = Draft::text("Hm").reply_to(&post);
    let comment = club.vk.publish(&comment).await?;
    let texts = async || {
        let page = club.vk.posts(&PostQuery::replies(&post.id)).await?;
        let texts = page.items.into_iter().map(|post| post.text.into_string());
        Ok::<Vec<String>, Stop>(texts.collect())
    };
    club.vk.edit(&comment.id, &Edit::text("Well")).await?;
    holds(texts().await? == ["Well"], "it is not changed")?;
    club.vk.delete(&comment.id).await?;
    holds(texts().await?.is_empty(), "it is not gone")?;
    let figures = club.vk.post(&post.id).await?.metrics;
    holds(
        figures.count(Metric::Replies) == Some(0),
        "it is still counted",
    )?;
    let restore = Moderation::restore(&comment);
    club.vk.moderate(&restore).await?;
    holds(texts().await? == ["Well"], "it does not come back")
}

async fn write_first(club: Club, scene: &Scene<'_>) -> Verdict {
    let (person, vk) = club.somebody(scene);
    let hello = MessageDraft::text("Hello");
    let early = club.vk.send(&to(person), &hello).await;
    refused(early, 901, "a message to a stranger")?;
    let club_itself = AccountRef::id(format!("club{}", club.id));
    let hi = MessageDraft::text("Hi");
    vk.send(&Recipient::Account(club_itself), &hi).await?;
    club.vk.send(&to(person), &hello).await?;
    Ok(())
}

async fn window(club: Club, scene: &Scene<'_>) -> Verdict {
    let (person, _) = club.somebody(scene);
    let wrote = club.now();
    club.fake().message_as(person, club.id, "Hi", wrote);
    club.fake()
        .set_reply_window(Some(SignedDuration::from_hours(24)));
    let outcome = within_and_after(&club, scene, person).await;
    club.fake().set_reply_window(None);
    outcome
}

async fn within_and_after(club: &Club, scene: &Scene<'_>, person: i64) -> Verdict {
    let hours = |hours: u64| scene.stage().pass(Duration::from_secs(hours * 3600));
    let day = Duration::from_secs(24 * 3600);
    let until = club.now().checked_add(day).unwrap().as_second();
    let told = async || {
        let page = club.vk.conversations(&PageRequest::first()).await?;
        let told = page.items.first().and_then(|c| c.can_reply_until);
        Ok::<_, Stop>(told.map(|at| at.as_second()))
    };
    holds(told().await? == Some(until), "the time is not told")?;
    hours(23).await;
    let answer = MessageDraft::text("In time");
    club.vk.send(&to(person), &answer).await?;
    hours(2).await;
    let late = club.vk.send(&to(person), &MessageDraft::text("Late")).await;
    let is_over = late.is_err_and(|error| *error.kind() == ErrorKind::WindowClosed);
    holds(is_over, "it is never over")?;
    let now = club.now().as_second();
    let until = told().await?;
    holds(
        until.is_some_and(|until| until <= now),
        "the end is not told",
    )
}

/// How many messages a conversation of the community holds.
async fn count(club: &Club, person: i64) -> Result<Value, Stop> {
    let params = json!({"peer_id": person});
    Ok(club.call("messages.getHistory", params).await?["count"].clone())
}

async fn message_once(club: Club, scene: &Scene<'_>) -> Verdict {
    let (friend, _) = club.friend(scene);
    let mut order = MessageDraft::text("Your order");
    order.key = Some("order-1".into());
    let first = club.vk.send(&to(friend), &order).await?;
    scene.stage().pass(Duration::from_secs(48 * 3600)).await;
    let again = club.vk.send(&to(friend), &order).await?;
    holds(
        first.id == again.id && count(&club, friend).await? == 1,
        "it is sent twice",
    )
}

async fn numberless(club: Club, scene: &Scene<'_>) -> Verdict {
    let (friend, _) = club.friend(scene);
    let params = json!({"peer_id": friend, "message": "x"});
    refused(club.call("messages.send", params).await, 100, "it")
}

/// A message to a friend of the community: its number.
async fn message(club: &Club, friend: i64) -> Result<Value, Stop> {
    let params = json!({"peer_id": friend, "message": "Helo", "random_id": 7});
    Ok(club.call("messages.send", params).await?)
}

async fn message_changes(club: Club, scene: &Scene<'_>) -> Verdict {
    let (friend, vk) = club.friend(scene);
    let id = message(&club, friend).await?;
    let edit = json!({"peer_id": friend, "message_id": id, "message": "Hello"});
    club.call("messages.edit", edit.clone()).await?;
    let page = vk.conversations(&PageRequest::first()).await?;
    let last = page.items.into_iter().next().and_then(|c| c.last);
    let told = last.is_some_and(|last| last.text.as_str() == "Hello");
    holds(told, "the other side does not see it")?;
    scene.stage().pass(Duration::from_secs(25 * 3600)).await;
    let late = club.call("messages.edit", edit).await;
    let is_over = late.is_err_and(|error| *error.kind() == ErrorKind::WindowClosed);
    holds(is_over, "it is changed after its day")
}

async fn taken_back(club: Club, scene: &Scene<'_>) -> Verdict {
    let (friend, vk) = club.friend(scene);
    let id = message(&club, friend).await?;
    let params = json!({"message_ids": id, "delete_for_all": 1});
    club.call("messages.delete", params).await?;
    holds(count(&club, friend).await? == 0, "one's own side has it")?;
    let params = json!({"peer_id": club.wall()});
    let told: Value = vk.call("messages.getHistory", &params).await?;
    holds(told["count"] == 0, "the other side has it")
}

/// What happens to the community while this is done.
async fn happens(club: &Club, act: impl AsyncFnOnce() -> Verdict) -> Result<Vec<Event>, Stop> {
    let now = club.vk.events(&EventQuery::now()).await?.cursor;
    act().await?;
    Ok(club.vk.events(&EventQuery::after(now)).await?.items)
}

fn kinds(events: &[Event]) -> Vec<&EventKind> {
    events.iter().map(|event| &event.kind).collect()
}

async fn posts_are_told(club: Club, scene: &Scene<'_>) -> Verdict {
    let (person, _) = club.somebody(scene);
    let events = happens(&club, async || {
        club.fake().post_as(person, club.wall(), "Hi", club.now());
        Ok(())
    });
    let events = events.await?;
    let [event] = events.as_slice() else {
        return holds(false, "a post is not told once");
    };
    let text = event.post.as_ref().map(|post| post.text.as_str());
    holds(
        event.kind == EventKind::Post && text == Some("Hi"),
        "it is told as something else",
    )
}

async fn people_are_told(club: Club, scene: &Scene<'_>) -> Verdict {
    let (person, _) = club.somebody(scene);
    let events = happens(&club, async || {
        for member in [true, false] {
            club.fake().join_as(person, club.id, member, club.now());
        }
        Ok(())
    });
    holds(
        kinds(&events.await?) == [&EventKind::Follow, &EventKind::Unfollow],
        "they are not told in order",
    )
}

async fn key_ends(club: Club, scene: &Scene<'_>) -> Verdict {
    let (person, _) = club.somebody(scene);
    let events = happens(&club, async || {
        club.fake().message_as(person, club.id, "Hi", club.now());
        club.fake().renew_long_poll_key(club.id);
        Ok(())
    });
    holds(
        kinds(&events.await?) == [&EventKind::Message],
        "something is told as lost",
    )
}

async fn told_once(club: Club, scene: &Scene<'_>) -> Verdict {
    let (person, _) = club.somebody(scene);
    club.fake().message_as(person, club.id, "One", club.now());
    let events = happens(&club, async || {
        club.fake().message_as(person, club.id, "Two", club.now());
        Ok(())
    });
    let events = events.await?;
    let texts = events.iter().filter_map(|event| event.message.as_ref());
    let texts: Vec<&str> = texts.map(|message| message.text.as_str()).collect();
    holds(texts == ["Two"], "it is not what happened since")
}
