//! What the network holds, as it tells it to one account.

use std::borrow::Cow;

use super::ids;
use super::state::{ConversationRow, PostRow, State};
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::{
    AccountSays, CardSays, ConversationSays, CountsSay, FileSays, MediaUse, MessageSays, PlaceSays,
    PollSays, PostSays,
};
use crate::text::Text;

pub(super) fn account<'a>(state: &'a State, me: &str, handle: &str) -> Option<AccountSays<'a>> {
    let (handle, row) = state.accounts.get_key_value(handle)?;
    let mine = state.accounts.get(me)?;
    Some(AccountSays {
        id: ids::account_id(handle).into(),
        handle: handle.as_str().into(),
        name: row.name.as_str().into(),
        url: format!("{}/{handle}", rules::BASE).into(),
        about: row.about.as_deref().map(Into::into),
        kind: row.kind.clone(),
        created_at: row.created_at,
        followed: row.followers.has(me),
        follows: row.following.has(me),
        blocked: mine.blocked.has(handle),
        muted: mine.muted.has(handle),
        followers: row.followers.len(),
        following: row.following.len(),
        posts: live(state, &row.posts),
    })
}

fn live(state: &State, numbers: &[u64]) -> u64 {
    numbers
        .iter()
        .filter(|n| state.posts.get(n).is_some_and(PostRow::is_live))
        .count() as u64
}

fn files<'a>(state: &State, files: &'a [MediaUse]) -> Vec<FileSays<'a>> {
    files
        .iter()
        .filter_map(|file| {
            let number = ids::media_number(file.id.as_str()).ok()?;
            let row = state.media.get(&number)?;
            Some(FileSays {
                id: file.id.as_str().into(),
                kind: row.kind.clone(),
                media_type: row.media_type.clone().into(),
                url: format!("{}/media/{number}", rules::BASE).into(),
                alt: file.alt.as_deref().map(Into::into),
                dimensions: row.dimensions,
                duration: row.duration,
            })
        })
        .collect()
}

pub(super) fn counts(state: &State, post: &PostRow) -> CountsSay {
    CountsSay {
        likes: post.likes.len(),
        reactions: post.reactions.len(),
        reposts: post.reposts.len(),
        quotes: live(state, &post.quotes),
        replies: live(state, &post.replies),
        votes: post.poll.as_ref().map(|poll| poll.votes.len()),
    }
}

/// A post's text as it is told.
fn text<'a>(state: &State, text: &'a Text) -> Cow<'a, Text> {
    if !state.settings.rewrites {
        return Cow::Borrowed(text);
    }
    let word = |word: &str| {
        if word.starts_with("https://") || word.starts_with("http://") {
            return format!("{}/l/{:x}", rules::BASE, State::fingerprint(&word));
        }
        let word = word.replace('&', "&amp;").replace('<', "&lt;");
        word.replace('>', "&gt;")
    };
    let words: Vec<String> = text.as_str().split_whitespace().map(word).collect();
    Cow::Owned(Text::plain(words.join(" ")))
}

pub(super) fn post<'a>(state: &'a State, me: &str, number: u64) -> Option<PostSays<'a>> {
    let row = state.posts.get(&number)?;
    Some(PostSays {
        id: ids::post(number).into(),
        url: format!("{}/{}/{number}", rules::BASE, row.author).into(),
        author: account(state, me, &row.author)?,
        text: text(state, &row.text),
        created_at: row.created_at,
        edited_at: row.edited_at,
        publish_at: row.live.is_none().then_some(row.live_at),
        reply_to: row.reply_to.map(|n| ids::post(n).into()),
        thread: ids::post(row.thread).into(),
        quote: row.quote.map(|n| ids::post(n).into()),
        reposted_by: None,
        media: files(state, &row.media),
        link: row.link.as_ref().map(|card| CardSays {
            url: card.url.as_str().into(),
            title: card.title.as_deref().map(Into::into),
            description: card.description.as_deref().map(Into::into),
            preview: card.thumbnail.as_ref().and_then(|id| {
                let number = ids::media_number(id.as_str()).ok()?;
                Some(format!("{}/media/{number}", rules::BASE).into())
            }),
        }),
        poll: row.poll.as_ref().map(|poll| PollSays {
            question: poll.question.as_deref().map(Into::into),
            options: poll
                .options
                .iter()
                .zip(0_u32..)
                .map(|(text, i)| {
                    let votes = poll.votes.0.iter().filter(|v| v.choices.contains(&i));
                    (text.as_str().into(), votes.count() as u64)
                })
                .collect(),
            multiple: poll.multiple,
            closes_at: poll.closes_at,
            voters: poll.votes.len(),
            mine: poll
                .votes
                .of(me)
                .map(|v| v.choices.clone())
                .unwrap_or_default(),
        }),
        languages: row.languages.iter().map(|l| l.as_str().into()).collect(),
        visibility: row.visibility.clone(),
        warnings: row.warnings.clone(),
        place: row.place.as_ref().and_then(|handle| {
            let place = state.accounts.get(handle)?;
            Some(PlaceSays {
                id: ids::account_id(handle).into(),
                name: place.name.as_str().into(),
            })
        }),
        counts: counts(state, row),
        liked: row.likes.has(me),
        reposted: row.reposts.has(me),
        bookmarked: row.bookmarks.has(me),
    })
}

pub(super) fn message<'a>(state: &'a State, me: &str, number: u64) -> Option<MessageSays<'a>> {
    let row = state.messages.get(&number)?;
    Some(MessageSays {
        id: ids::message(number).into(),
        conversation: ids::conversation(row.conversation).into(),
        author: account(state, me, &row.author)?,
        text: Cow::Borrowed(&row.text),
        created_at: row.at,
        edited_at: row.edited_at,
        reply_to: row.reply_to.map(|n| ids::message(n).into()),
        media: files(state, &row.media),
        outgoing: row.author == me,
    })
}

pub(super) fn conversation<'a>(
    state: &'a State,
    me: &str,
    number: u64,
    row: &'a ConversationRow,
) -> ConversationSays<'a> {
    let read = row.read.get(me).copied().unwrap_or_default();
    let theirs = |n: &&u64| state.messages.get(n).is_some_and(|m| m.author != me);
    ConversationSays {
        id: ids::conversation(number).into(),
        members: row
            .members
            .iter()
            .filter(|handle| *handle != me)
            .filter_map(|handle| account(state, me, handle))
            .collect(),
        unread: row
            .messages
            .iter()
            .filter(theirs)
            .filter(|n| **n > read)
            .count() as u64,
        last: row.messages.last().and_then(|n| message(state, me, *n)),
        can_reply_until: state.can_reply_until(me, row),
    }
}
