//! Messages: who gets them, how long they are, and for how long they are listed.

use std::time::Duration;

use serde_json::json;
use sociable::adapters::x::fake::Fake;
use sociable::testing::suite::{Scene, Verdict};
use sociable::{AccountRef, ConversationId, MessageDraft, PageRequest, Recipient, SocialNetwork};

use super::files::{PNG, upload};
use super::{Net, get, holds, ids, is_kind, no_params, post, refused};

own_cases! {
    "x: a message reaches the other side" => arrives;
    "x: a message has a length" => long_message;
    "x: a message carries one file" => one_file;
    "x: who takes no messages gets none" => consent;
    "x: messages are listed for a month" => month;
    "x: a conversation is closed to others" => closed;
    "x: of a group's doings the messages are told" => group;
}

fn with(user: u64) -> String {
    format!("/2/dm_conversations/with/{user}/messages")
}

fn to(user: u64) -> Recipient {
    Recipient::Account(AccountRef::id(user.to_string()))
}

async fn arrives(net: Net, _: &Scene<'_>) -> Verdict {
    let said = "Look & see <b>, https://example.com/a?b=c&d=e";
    let sent = net
        .me
        .send(&to(Fake::BOB), &MessageDraft::text(said))
        .await?;
    let page = PageRequest::first();
    let told = net.bob().messages(&sent.conversation, &page).await?;
    let texts: Vec<&str> = told.items.iter().map(|m| m.text.as_str()).collect();
    holds(texts == [said], &format!("{texts:?} came"))
}

async fn long_message(net: Net, _: &Scene<'_>) -> Verdict {
    // An emoji has two UTF-16 units.
    let long = "🙂".repeat(5001);
    let draft = MessageDraft::text(long.as_str());
    let told = net.quiet(net.me.send(&to(Fake::BOB), &draft)).await?;
    is_kind(told, "Invalid", "it")?;
    let told = post(&net.me, &with(Fake::BOB), json!({"text": long})).await;
    let told = told.is_err_and(|error| error.code() == Some("354"));
    holds(told, "X takes it")?;
    let most = MessageDraft::text("🙂".repeat(5000));
    net.me.send(&to(Fake::BOB), &most).await?;
    Ok(())
}

async fn one_file(net: Net, _: &Scene<'_>) -> Verdict {
    let files: Vec<_> = (0..2)
        .map(|_| json!({"media_id": upload(&net, "dm_image", PNG)}))
        .collect();
    let two = json!({"text": "x", "attachments": files});
    refused(
        post(&net.me, &with(Fake::BOB), two).await,
        400,
        "Invalid",
        "two",
    )?;
    let one = json!({"text": "x", "attachments": [files[0]]});
    post(&net.me, &with(Fake::BOB), one).await?;
    Ok(())
}

async fn consent(net: Net, _: &Scene<'_>) -> Verdict {
    let hi = MessageDraft::text("Hi");
    net.fake.set_takes_messages(Fake::BOB, false);
    let sent = net.me.send(&to(Fake::BOB), &hi).await;
    refused(sent, 403, "Forbidden", "it")?;
    net.fake.follow_as(Fake::BOB, Fake::ANNA, net.now());
    net.me.send(&to(Fake::BOB), &hi).await?;
    Ok(())
}

async fn month(net: Net, scene: &Scene<'_>) -> Verdict {
    net.fake
        .message_as(Fake::BOB, Fake::ANNA, "Hello", net.now());
    let page = PageRequest::first();
    let day = Duration::from_secs(24 * 3600);
    scene.stage().pass(day * 29).await;
    let told = net.me.conversations(&page).await?;
    holds(told.items.len() == 1, "it is lost")?;
    scene.stage().pass(day * 2).await;
    let told = net.me.conversations(&page).await?;
    holds(told.items.is_empty(), "it is listed for ever")
}

async fn closed(net: Net, _: &Scene<'_>) -> Verdict {
    net.fake
        .message_as(Fake::BOB, Fake::CAROL, "Secret", net.now());
    let theirs = ConversationId::new(format!("{}-{}", Fake::BOB, Fake::CAROL));
    let read = net.me.messages(&theirs, &PageRequest::first()).await;
    refused(read, 403, "Forbidden", "it")?;
    let to = Recipient::Conversation(theirs);
    let sent = net.me.send(&to, &MessageDraft::text("Boo")).await;
    refused(sent, 403, "Forbidden", "a word of another")
}

async fn group(net: Net, _: &Scene<'_>) -> Verdict {
    let people = [Fake::BOB, Fake::CAROL].map(|user| user.to_string());
    let body = json!({
        "conversation_type": "Group",
        "participant_ids": people,
        "message": {"text": "Hi all"},
    });
    let made = post(&net.me, "/2/dm_conversations", body).await?;
    let id = made["data"]["dm_conversation_id"].as_str();
    let id = ConversationId::new(id.unwrap_or_default());
    let bob = net.bob();
    let read = bob.messages(&id, &PageRequest::first()).await?;
    holds(read.items.len() == 1, "it is not the message alone")?;
    let path = format!("/2/dm_conversations/{id}/dm_events");
    let all = get(&bob, &path, no_params()).await?;
    let said = json!({"event_types": "MessageCreate"});
    let said = get(&bob, &path, said).await?;
    holds(
        (ids(&all).len(), ids(&said).len()) == (2, 1),
        "X tells something else",
    )
}
