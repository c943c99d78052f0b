//! Conversations: what goes to people.

use super::super::case::{Stop, Verdict, cases, ensure};
use super::super::samples;
use super::super::scene::Scene;
use crate::error::ErrorKind;
use crate::model::{
    AccountRef, Conversation, ConversationId, Draft, Engagement, MediaKind, Message, MessageDraft,
    PageRequest, PostRef, Recipient, Target,
};
use crate::network::SocialNetwork;
use crate::operation::Operation;

cases! {
    "conversations: a conversation stands there for both sides" => conversation_is_listed, CONVERSATIONS, [SEND_ACCOUNT, ME];
    "messages: messages come newest first, page by page once" => messages_are_listed, MESSAGES, [SEND_ACCOUNT, ME];
    "messages: a conversation of others is closed" => others_are_closed, MESSAGES, [SEND_ACCOUNT, ME];
    "send: an answer reaches the other side" => answer_reaches, SEND, [SEND_ACCOUNT, MESSAGES, ME];
    "send: what is empty or too long is refused before it is sent" => bad_messages_are_refused, SEND;
    "send.account: a message reaches an account" => message_reaches, SEND_ACCOUNT, [ME];
    "send.account: the longest message is taken" => longest_message, SEND_ACCOUNT, [ME];
    "send.account: nobody can be written to who is not there" => message_to_nobody, SEND_ACCOUNT;
    "send.comment_author: a comment's author is reached" => comment_author_is_reached, SEND_COMMENT_AUTHOR, [PUBLISH_REPLY];
    "send.media: a file reaches the other side" => file_reaches, SEND_MEDIA, [SEND_ACCOUNT, ME];
    "engage.read: a conversation can be marked as read" => conversation_is_read, ENGAGE_READ, [SEND_ACCOUNT, CONVERSATIONS, ME];
}

/// The other identity writes to the first.
async fn they_write(scene: &Scene<'_>, text: &str) -> Result<Message, Stop> {
    let me = AccountRef::from(&scene.my_account().await?);
    let to = Recipient::Account(me);
    Ok(scene.other().send(&to, &MessageDraft::text(text)).await?)
}

async fn conversations(
    scene: &Scene<'_>,
    network: &dyn SocialNetwork,
) -> Result<Vec<Conversation>, Stop> {
    scene
        .all(async |page| network.conversations(&page).await)
        .await
}

async fn messages(
    scene: &Scene<'_>,
    network: &dyn SocialNetwork,
    conversation: &ConversationId,
) -> Result<Vec<Message>, Stop> {
    scene
        .all(async |page| network.messages(conversation, &page).await)
        .await
}

/// The first identity's conversation in which the newest message holds a word.
async fn conversation_with(scene: &Scene<'_>, word: &str) -> Result<Conversation, Stop> {
    scene
        .eventually(async || {
            let all = conversations(scene, &*scene.me()).await?;
            let found = all.into_iter().find(|c| {
                let last = c.last.as_ref();
                last.is_some_and(|m| m.text.as_str().contains(word))
            });
            found
                .ok_or_else(|| Stop::failed("no conversation has the newest message as its newest"))
        })
        .await
}

async fn conversation_is_listed(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let them = scene.their_account().await?;
    they_write(scene, &format!("Hello: {word}")).await?;
    let found = conversation_with(scene, &word).await?;
    ensure!(
        found.members.iter().any(|m| m.id == them.id),
        "the members are told without the other side"
    );
    let me = scene.my_account().await?;
    ensure!(
        !found.members.iter().any(|m| m.id == me.id),
        "the identity itself stands among the members"
    );
    if let Some(last) = &found.last {
        ensure!(last.outgoing != Some(true), "what came is told as sent");
    }
    // The newest conversation stands first.
    let all = conversations(scene, &*scene.me()).await?;
    ensure!(
        all.first().is_some_and(|c| c.id == found.id),
        "the conversation with the newest message does not stand first"
    );
    Ok(())
}

async fn messages_are_listed(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let mut conversation = None;
    for i in 0..4 {
        let sent = they_write(scene, &format!("Number {i}: {word}")).await?;
        conversation = Some(sent.conversation);
        scene.stage().settle().await;
    }
    // The other side may know the conversation by another handle.
    let conversation = if scene.can(&Operation::CONVERSATIONS) {
        conversation_with(scene, &word).await?.id
    } else {
        conversation.ok_or_else(|| Stop::failed("nothing was sent"))?
    };
    scene
        .eventually(async || {
            let first = PageRequest::first().limit(2);
            let page = scene.me().messages(&conversation, &first).await?;
            ensure!(
                page.items.len() == 2 && page.next.is_some(),
                "a page of two holds {}, and a cursor: {}",
                page.items.len(),
                page.next.is_some()
            );
            let mut all = page.items;
            let mut next = page.next;
            while let Some(cursor) = next {
                let request = PageRequest::first().limit(2).after(cursor);
                let page = scene.me().messages(&conversation, &request).await?;
                all.extend(page.items);
                next = page.next;
            }
            let ours: Vec<&str> = all
                .iter()
                .map(|m| m.text.as_str())
                .filter(|t| t.contains(&word))
                .collect();
            let wanted: Vec<String> = (0..4)
                .rev()
                .map(|i| format!("Number {i}: {word}"))
                .collect();
            ensure!(ours == wanted, "they come as {ours:?}");
            ensure!(
                all.iter().all(|m| m.conversation == conversation),
                "a message says that it stands in another conversation"
            );
            Ok(())
        })
        .await
}

async fn others_are_closed(scene: &Scene<'_>) -> Verdict {
    let Some(stranger) = scene.stage().stranger() else {
        return Err(Stop::passed_over("the stage has no third identity"));
    };
    let them = Recipient::Account(AccountRef::from(&scene.their_account().await?));
    let text = format!("Not for others: {}", scene.word());
    let sent = stranger
        .send(&them, &MessageDraft::text(text.as_str()))
        .await?;
    let first = PageRequest::first();
    match scene.me().messages(&sent.conversation, &first).await {
        // A network may name conversations from each side, so that the id means nothing here, or something else.
        Ok(page) => ensure!(
            !page.items.iter().any(|m| m.text.as_str() == text),
            "what two others wrote can be read"
        ),
        Err(error) => ensure!(
            matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::Forbidden(_) | ErrorKind::Invalid(_)
            ),
            "it answers {}: {error}",
            error.kind().name()
        ),
    }
    Ok(())
}

async fn longest_message(scene: &Scene<'_>) -> Verdict {
    let Some(limit) = scene.profile().text.message.clone() else {
        return Err(Stop::passed_over("the profile names no bound"));
    };
    let to = Recipient::Account(AccountRef::from(&scene.their_account().await?));
    for text in [
        samples::as_long_as(&limit, &scene.word()),
        samples::as_heavy_as(&limit, &scene.word()),
    ] {
        let message = MessageDraft::text(text.as_str());
        let sent = scene.me().send(&to, &message).await?;
        ensure!(
            sent.text.as_str() == text,
            "it is told with {} bytes, not {}",
            sent.text.len(),
            text.len()
        );
    }
    Ok(())
}

async fn answer_reaches(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    let came = they_write(scene, &format!("A question: {word}")).await?;
    let conversation = if scene.can(&Operation::CONVERSATIONS) {
        conversation_with(scene, &word).await?.id
    } else {
        came.conversation.clone()
    };
    let text = format!("Eine Antwort 👩‍🚀, ответ: {word}");
    let to = Recipient::from(&conversation);
    let sent = scene
        .me()
        .send(&to, &MessageDraft::text(text.as_str()))
        .await?;
    ensure!(
        sent.text.as_str() == text && sent.conversation == conversation,
        "what was sent is told as {:?} in {}",
        sent.text.as_str(),
        sent.conversation
    );
    ensure!(
        sent.outgoing != Some(false),
        "what was sent is told as come"
    );
    scene
        .eventually(async || {
            let mine = messages(scene, &*scene.me(), &conversation).await?;
            let found = mine.iter().filter(|m| m.text.as_str() == text).count();
            ensure!(found == 1, "the sender reads it {found} times");
            let theirs = messages(scene, &*scene.other(), &came.conversation).await?;
            let found: Vec<&Message> = theirs.iter().filter(|m| m.text.as_str() == text).collect();
            ensure!(
                found.len() == 1,
                "the other side reads it {} times",
                found.len()
            );
            ensure!(
                found.iter().all(|m| m.outgoing != Some(true)),
                "the other side reads it as its own"
            );
            Ok(())
        })
        .await
}

async fn bad_messages_are_refused(scene: &Scene<'_>) -> Verdict {
    let nowhere = Recipient::Conversation(ConversationId::new("the-suite-sends-nothing"));
    let me = scene.me();
    let empty = MessageDraft::text("  \n ");
    scene
        .refused("an empty message", me.send(&nowhere, &empty))
        .await?;
    let Some(limit) = scene.profile().text.message.clone() else {
        return Ok(());
    };
    let mut text = samples::as_long_as(&limit, "");
    text.push('a');
    let long = MessageDraft::text(text);
    scene
        .refused("a message that is too long", me.send(&nowhere, &long))
        .await?;
    Ok(())
}

async fn message_reaches(scene: &Scene<'_>) -> Verdict {
    let them = scene.their_account().await?;
    let text = format!("To you: {}", scene.word());
    let mut names = vec![AccountRef::from(&them)];
    names.extend(them.handle.as_ref().map(AccountRef::handle));
    let mut reached = Vec::new();
    for name in names {
        let to = Recipient::Account(name);
        let sent = scene
            .me()
            .send(&to, &MessageDraft::text(text.as_str()))
            .await?;
        ensure!(
            sent.text.as_str() == text,
            "what was sent is told as {:?}",
            sent.text.as_str()
        );
        reached.push(sent.conversation);
    }
    reached.dedup();
    ensure!(
        reached.len() == 1,
        "the same account is written to in several conversations"
    );
    let other = scene.other();
    if !other.profile().can(&Operation::CONVERSATIONS) {
        return Ok(());
    }
    scene
        .eventually(async || {
            let all = conversations(scene, &*other).await?;
            let mut newest = all.iter().filter_map(|c| c.last.as_ref());
            ensure!(
                newest.any(|last| last.text.as_str() == text),
                "the other side has no conversation with it as its newest"
            );
            Ok(())
        })
        .await
}

async fn message_to_nobody(scene: &Scene<'_>) -> Verdict {
    let to = Recipient::Account(AccountRef::handle(format!("{}.example.com", scene.word())));
    match scene.me().send(&to, &MessageDraft::text("Anybody?")).await {
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
        Ok(_) => Err(Stop::failed("who does not exist can be written to")),
    }
}

async fn comment_author_is_reached(scene: &Scene<'_>) -> Verdict {
    let post = scene.my_post().await?;
    scene.shown_to(&*scene.other(), &post).await?;
    let draft = Draft::text(format!("A comment: {}", scene.word())).reply_to(&post);
    let comment = scene.other().publish(&draft).await?;
    scene.shown_to(&*scene.me(), &comment).await?;
    let text = format!("Between us: {}", scene.word());
    let to = Recipient::CommentAuthor(PostRef::from(&comment));
    let sent = scene
        .me()
        .send(&to, &MessageDraft::text(text.as_str()))
        .await?;
    ensure!(
        sent.text.as_str() == text,
        "what was sent is told as {:?}",
        sent.text.as_str()
    );
    Ok(())
}

async fn file_reaches(scene: &Scene<'_>) -> Verdict {
    let them = AccountRef::from(&scene.their_account().await?);
    let message = MessageDraft::text(format!("A picture: {}", scene.word()))
        .media(samples::file(&MediaKind::Image));
    let sent = scene.me().send(&Recipient::Account(them), &message).await?;
    ensure!(
        sent.media.len() == 1,
        "the message has {} files",
        sent.media.len()
    );
    Ok(())
}

async fn conversation_is_read(scene: &Scene<'_>) -> Verdict {
    let word = scene.word();
    they_write(scene, &format!("Read me: {word}")).await?;
    let found = conversation_with(scene, &word).await?;
    ensure!(
        found.unread.is_none_or(|n| n > 0),
        "a new message is told as read"
    );
    let target = Target::Conversation(found.id);
    for _ in 0..2 {
        scene.me().engage(&target, &Engagement::mark_read()).await?;
    }
    scene
        .eventually(async || {
            let found = conversation_with(scene, &word).await?;
            ensure!(
                found.unread.is_none_or(|n| n == 0),
                "{:?} messages are still not read",
                found.unread
            );
            Ok(())
        })
        .await
}
