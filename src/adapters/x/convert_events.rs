//! Happenings from the network's words: posts that concern an account, and what X Activity tells.

use jiff::Timestamp;

use super::compose;
use super::convert::{account, bare_account, time};
use super::convert_chat::conversation_of;
use super::markup::{self, unescaped};
use super::wire::{self, Obj, User};
use crate::id::{EventCursor, MediaId, PostId};
use crate::model::{Account, Attachment, Event, EventKind, MediaKind, Message, Post};
use crate::text::Text;

/// The id of what happened when a post was made: the same, whichever way it is told.
pub(super) fn of_post(post: &PostId) -> String {
    format!("post:{post}")
}

/// The id of a message's coming.
pub(super) fn of_message(message: &str) -> String {
    format!("message:{message}")
}

/// What kind of thing a post is to an account, and what it was done to.
fn kind_of(
    post: &Post,
    view: &wire::Post<'_>,
    includes: Option<&wire::Includes<'_>>,
    me: &str,
) -> Option<(EventKind, Option<PostId>)> {
    let mine = |id: &PostId| {
        let posts = includes.map(|includes| includes.posts.objects());
        let told = posts
            .into_iter()
            .flatten()
            .find(|post| post.id.get() == Some(id.as_str()));
        told.is_some_and(|post| post.author_id.get() == Some(me))
    };
    if let Some(answered) = &post.reply_to
        && (view.in_reply_to_user_id.get() == Some(me) || mine(answered))
    {
        return Some((EventKind::Reply, Some(answered.clone())));
    }
    if let Some(quoted) = &post.quote
        && mine(quoted)
    {
        return Some((EventKind::Quote, Some(quoted.clone())));
    }
    if post.reposted_by.is_some() {
        let mut references = view.referenced.objects();
        let original = references.find(|other| other.kind.get() == Some("retweeted"));
        let original = original.and_then(|original| original.id.get());
        return Some((EventKind::Repost, original.map(PostId::new)));
    }
    let mut mentions = view
        .note
        .get()
        .and_then(|note| note.entities.get())
        .or(view.entities.get())
        .into_iter()
        .flat_map(|entities| entities.mentions.objects());
    mentions
        .any(|mention| mention.id.get() == Some(me))
        .then_some((EventKind::Mention, None))
}

/// The event that a post is to an account: an answer to it, a quote, a repost, a mention; else `usual`.
pub(super) fn post(
    view: &wire::Post<'_>,
    includes: Option<&wire::Includes<'_>>,
    me: &str,
    usual: &EventKind,
    cursor: EventCursor,
) -> Option<Event> {
    let post = compose::one(view, includes)?;
    let (kind, target) =
        kind_of(&post, view, includes, me).unwrap_or_else(|| (usual.clone(), None));
    let mut event = Event::new(of_post(&post.id), cursor, kind);
    event.at = post.created_at;
    let doer = post.reposted_by.as_ref().or(post.author.as_ref());
    event.account = doer.map(|doer| Box::new((**doer).clone()));
    event.target = target;
    Some(event.post(post))
}

/// The event that a message is.
pub(super) fn message(message: Message, cursor: EventCursor) -> Event {
    let mut event = Event::new(of_message(message.id.as_str()), cursor, EventKind::Message);
    event.at = message.created_at;
    event.account.clone_from(&message.author);
    event.message(message)
}

/// The dot-separated name of an event, however it is spelt: before March 2026 it was `PostMentionCreate`.
pub(super) fn plain_kind(told: &str) -> String {
    let mut out = String::with_capacity(told.len() + 2);
    for (at, letter) in told.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 && !out.ends_with('.') {
            out.push('.');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Something that X Activity tells. What it is not known for is kept under X's own name for it; `None` where it does
/// not say what it is, or which.
pub(super) fn activity(
    told: wire::Happening<'_>,
    me: &str,
    mut cursor: impl FnMut(Option<Timestamp>) -> EventCursor,
) -> Option<Event> {
    let kind = plain_kind(told.kind.get()?);
    let uuid = told.uuid.get();
    let includes = told.includes.0.map(wire::Beside::into_includes);
    let includes = includes.as_ref();
    let payload = told.payload.0.unwrap_or_default();
    let (view, deed) = (payload.post, payload.deed);
    let other = || EventKind::from(kind.as_str());
    let mut event = match kind.as_str() {
        "post.create"
        | "post.mention.create"
        | "post.reply.create"
        | "post.quote.create"
        | "post.repost.create" => {
            let usual = match kind.as_str() {
                "post.create" => EventKind::Post,
                "post.mention.create" => EventKind::Mention,
                "post.reply.create" => EventKind::Reply,
                "post.quote.create" => EventKind::Quote,
                _ => EventKind::Repost,
            };
            let mut event = post(&view, includes, me, &usual, EventCursor::new(""))?;
            let own = view.author_id.get() == Some(me);
            if own {
                event.kind = EventKind::Post;
                event.target = None;
            } else if event.target.is_none() {
                let of = event.post.as_ref();
                event.target = of.and_then(|post| match &event.kind {
                    EventKind::Reply => post.reply_to.clone(),
                    EventKind::Quote => post.quote.clone(),
                    _ => None,
                });
            }
            event
        }
        "post.delete" => {
            let post = PostId::new(view.id.get()?);
            let id = format!("deleted:{post}");
            let mut event = Event::new(id, "", EventKind::PostDeleted).target(post);
            let author = view.author_id.get();
            event.account = author.map(|author| Box::new(named(author, includes)));
            event
        }
        "like.create" => {
            let liked = PostId::new(deed.liked.get()?);
            let author = deed.author.get();
            let mine = author == Some(me);
            let kind = if mine { EventKind::Like } else { other() };
            let mut event = Event::new(uuid?, "", kind).target(liked);
            event.at = deed.timestamp_ms.get().and_then(millis);
            // Whoever did it stands beside it, and so may whose post it is.
            let users = includes.map(|includes| includes.users.objects());
            let mut users = users.into_iter().flatten();
            let liker = users.find(|user| user.id.get().is_some() && user.id.get() != author);
            event.account = liker.and_then(account).map(Box::new);
            event
        }
        "follow.follow" | "follow.unfollow" => {
            let source = deed.source.0.map(wire::Bare::into_user);
            let target = deed.target.0.map(wire::Bare::into_user);
            let of_me = target.as_ref().and_then(|user| user.id.get()) == Some(me);
            let kind = match kind.as_str() {
                _ if !of_me => other(),
                "follow.follow" => EventKind::Follow,
                _ => EventKind::Unfollow,
            };
            let mut event = Event::new(uuid?, "", kind);
            event.account = source.as_ref().and_then(account).map(Box::new);
            event
        }
        "dm.received" | "dm.sent" => {
            let users = deed.users.0.map(wire::ByNumber::into_users);
            let users = users.unwrap_or_default();
            let messages = deed.messages.objects();
            let mut messages = messages.filter_map(|told| old_message(told, &users, me));
            message(messages.next()?, EventCursor::new(""))
        }
        _ => Event::new(uuid?, "", other()),
    };
    event.cursor = cursor(event.at);
    Some(event)
}

/// An account by its number, as it is told beside something.
fn named(number: &str, includes: Option<&wire::Includes<'_>>) -> Account {
    let users = includes.map(|includes| includes.users.objects());
    let told = users
        .into_iter()
        .flatten()
        .find(|user| user.id.get() == Some(number));
    told.and_then(account)
        .unwrap_or_else(|| bare_account(number))
}

/// A message as X Activity tells it. The conversation is that of the two: groups are not told here.
fn old_message(told: &wire::OldMessage<'_>, users: &[Obj<User<'_>>], me: &str) -> Option<Message> {
    if told.kind.get() != Some("message_create") {
        return None;
    }
    let said = told.said.get()?;
    let sender = said.sender_id.get()?;
    let recipient = said.target.get()?.recipient_id.get()?;
    let mut message = Message::new(told.id.get()?, conversation_of(sender, recipient));
    let known = users
        .iter()
        .filter_map(Obj::get)
        .find(|user| user.id.get() == Some(sender));
    let author = known
        .and_then(account)
        .unwrap_or_else(|| bare_account(sender));
    message.author = Some(Box::new(author));
    message.outgoing = Some(sender == me);
    message.created_at = told.at.get().and_then(seconds);
    let Some(data) = said.data.get() else {
        return Some(message);
    };
    let mut text = unescaped(data.text.or_empty()).into_owned();
    for url in data
        .entities
        .get()
        .into_iter()
        .flat_map(|e| e.urls.objects())
    {
        if let (Some(short), Some(whole)) = (url.url.get(), url.expanded_url.get()) {
            // X writes the address of the message's file behind its text.
            if markup::is_file_of_message(whole) && text.trim_end().ends_with(short) {
                let end = text.trim_end().len() - short.len();
                let end = text.get(..end).map_or(0, |before| before.trim_end().len());
                text.truncate(end);
                continue;
            }
            text = text.replace(short, &unescaped(whole));
        }
    }
    message.text = Text::plain(text);
    let media = data.attachment.get().and_then(|file| file.media.get());
    message.media = media.into_iter().map(old_file).collect();
    Some(message)
}

fn old_file(told: &wire::OldMedia<'_>) -> Attachment {
    let mut file = Attachment::new(match told.kind.or_empty() {
        "photo" | "" => MediaKind::Image,
        "animated_gif" => MediaKind::Gif,
        "video" => MediaKind::Video,
        other => MediaKind::from(other),
    });
    file.id = told.id.get().map(MediaId::new);
    file.url = told.url.get().map(Into::into);
    file
}

/// A moment in thousandths of a second since 1970.
fn millis(told: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(told.parse().ok()?).ok()
}

/// The same without its fraction, as the listing of messages tells it.
fn seconds(told: &str) -> Option<Timestamp> {
    Timestamp::from_second(millis(told)?.as_second()).ok()
}

/// When a post was written: as it tells, else as its number does.
pub(super) fn written(view: &wire::Post<'_>) -> Option<Timestamp> {
    time(&view.created_at).or_else(|| moment_of(view.id.get()?.parse().ok()?))
}

/// The moment in which X gives a first number: since November 2010 numbers of posts and messages begin with their time.
const FIRST: i64 = 1_288_834_974_657;

/// When something with this number was made.
pub(super) fn moment_of(number: u64) -> Option<Timestamp> {
    let since = i64::try_from(number >> 22).ok()?;
    Timestamp::from_millisecond(since.checked_add(FIRST)?).ok()
}

/// The least number that something made at a moment can have.
pub(super) fn number_at(at: Timestamp) -> u64 {
    let since = at.as_millisecond().saturating_sub(FIRST);
    u64::try_from(since).unwrap_or_default() << 22
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::texts::Texts;

    const ME: &str = "1111111111111111111";

    fn read(json: &str) -> Option<Event> {
        let texts = Texts::default();
        let line: wire::Line<'_> = wire::read_text(json, &texts).unwrap();
        activity(line.data.0?, ME, |at| {
            EventCursor::new(at.map_or(0, Timestamp::as_second).to_string())
        })
    }

    #[test]
    fn both_spellings_of_an_events_name_are_one() {
        for (told, plain) in [
            ("post.mention.create", "post.mention.create"),
            ("PostMentionCreate", "post.mention.create"),
            ("FollowFollow", "follow.follow"),
            ("DmReceived", "dm.received"),
            ("dm.indicate_typing", "dm.indicate_typing"),
        ] {
            assert_eq!(plain_kind(told), plain);
        }
    }

    #[test]
    fn a_mention_and_an_answer_are_told_apart_by_whom_they_answer() {
        let of = |kind: &str, more: &str| {
            read(&format!(
                r#"{{"data":{{"event_uuid":"9","filter":{{"user_id":"{ME}"}},"event_type":"{kind}","payload":{{"id":"2080765813578191303","text":"hey @me",
                   "author_id":"22","created_at":"2026-07-24T21:23:23.000Z","entities":{{"mentions":[{{"start":4,"end":7,"username":"me","id":"{ME}"}}]}}{more}}},
                   "includes":{{"users":[{{"id":"22","username":"ann","name":"Ann"}}]}}}}}}"#
            ))
            .unwrap()
        };
        let mention = of("PostMentionCreate", "");
        assert_eq!(
            (mention.kind.clone(), mention.id.as_str()),
            (EventKind::Mention, "post:2080765813578191303")
        );
        assert_eq!(
            mention.account.as_ref().unwrap().name.as_deref(),
            Some("Ann")
        );
        let answered = format!(
            r#","in_reply_to_user_id":"{ME}","referenced_tweets":[{{"type":"replied_to","id":"7"}}]"#
        );
        for kind in ["post.mention.create", "post.reply.create"] {
            let answer = of(kind, &answered);
            assert_eq!(answer.kind, EventKind::Reply);
            assert_eq!(answer.target.unwrap().as_str(), "7");
            assert_eq!(answer.id, mention.id);
        }
        let other =
            r#","in_reply_to_user_id":"5","referenced_tweets":[{"type":"replied_to","id":"7"}]"#;
        assert_eq!(of("post.mention.create", other).kind, EventKind::Mention);
    }

    #[test]
    fn a_message_is_told_as_the_listing_of_messages_tells_it() {
        let event = read(&format!(
            r#"{{"data":{{"event_uuid":"-6850472171600526495","filter":{{"user_id":"{ME}"}},"event_type":"dm.received","payload":{{"direct_message_events":[
                {{"type":"message_create","id":"2080765901528535096","created_timestamp":"1784928224372","message_create":{{"target":{{"recipient_id":"{ME}"}},
                "sender_id":"2222222222222222222","message_data":{{"text":"a &amp; https://t.co/x","entities":{{"urls":[{{"url":"https://t.co/x","expanded_url":"https://example.com"}}]}}}}}}}}],
                "users":{{"2222222222222222222":{{"data":{{"id":"2222222222222222222","username":"ann","name":"Ann"}}}},"{ME}":{{"data":{{"id":"{ME}"}}}}}}}}}}}}"#
        ))
        .unwrap();
        assert_eq!(event.id.as_str(), "message:2080765901528535096");
        let message = event.message.unwrap();
        assert_eq!(message.text.as_str(), "a & https://example.com");
        assert_eq!(
            message.conversation.as_str(),
            "1111111111111111111-2222222222222222222"
        );
        assert_eq!(message.outgoing, Some(false));
        assert_eq!(event.at.unwrap().as_millisecond(), 1_784_928_224_000);
        assert_eq!(event.account.unwrap().handle.as_deref(), Some("ann"));
    }

    #[test]
    fn a_message_s_file_is_told_beside_its_text_and_not_in_it() {
        let event = read(&format!(
            r#"{{"data":{{"event_uuid":"-6850472171600526495","filter":{{"user_id":"{ME}"}},"event_type":"dm.received","payload":{{"direct_message_events":[
                {{"type":"message_create","id":"2080765901528535096","created_timestamp":"1784928224372","message_create":{{"target":{{"recipient_id":"{ME}"}},
                "sender_id":"2222222222222222222","message_data":{{"text":"a cat https://t.co/m","entities":{{"urls":[{{"url":"https://t.co/m","expanded_url":"https://twitter.com/messages/media/188"}}]}},
                "attachment":{{"type":"media","media":{{"id":"9","type":"photo"}}}}}}}}}}]}}}}}}"#
        ))
        .unwrap();
        let message = event.message.unwrap();
        assert_eq!((message.text.as_str(), message.media.len()), ("a cat", 1));
    }

    #[test]
    fn followers_likes_and_what_is_unknown_keep_their_names() {
        let follow = |source: &str, target: &str, kind: &str| {
            read(&format!(
                r#"{{"data":{{"event_uuid":"-5","event_type":"{kind}","payload":{{"source":{{"data":{{"id":"{source}","username":"a"}}}},"target":{{"id":"{target}"}}}}}}}}"#
            ))
            .unwrap()
        };
        let event = follow("22", ME, "follow.follow");
        assert_eq!((event.kind, event.id.as_str()), (EventKind::Follow, "-5"));
        assert_eq!(event.account.unwrap().id.as_str(), "22");
        assert_eq!(follow("22", ME, "FollowUnfollow").kind, EventKind::Unfollow);
        // What the account does itself is not done to it.
        assert_eq!(
            follow(ME, "22", "follow.follow").kind,
            EventKind::from("follow.follow")
        );
        let like = read(&format!(
            r#"{{"data":{{"event_uuid":"-6","event_type":"like.create","payload":{{"id":"x","liked_tweet_id":"7","liked_tweet_author_id":"{ME}","timestamp_ms":"1784927565236"}},
               "includes":{{"users":[{{"id":"{ME}"}},{{"data":{{"id":"22","name":"Ann"}}}}]}}}}}}"#
        ))
        .unwrap();
        assert_eq!(like.kind, EventKind::Like);
        assert_eq!(like.account.unwrap().id.as_str(), "22");
        assert_eq!(like.target.unwrap().as_str(), "7");
        let unknown = read(
            r#"{"data":{"event_uuid":"8","event_type":"spaces.start","payload":{"broadcast_id":"x"}}}"#,
        )
        .unwrap();
        assert_eq!(unknown.kind, EventKind::from("spaces.start"));
        for nothing in [
            r#"{"data":{"event_uuid":"8","payload":{}}}"#,
            r#"{"data":{"event_type":"spaces.start"}}"#,
            r#"{"data":{"event_type":"post.create","payload":{}}}"#,
        ] {
            assert!(read(nothing).is_none(), "{nothing}");
        }
    }

    #[test]
    fn numbers_tell_their_moment() {
        // The page's example of a post, of 7 January 2021.
        let at = moment_of(1_346_889_436_626_259_968).unwrap();
        assert_eq!(at.to_string(), "2021-01-06T18:40:40.344Z");
        assert!(number_at(at) <= 1_346_889_436_626_259_968);
        assert_eq!(moment_of(number_at(at)), Some(at));
        assert_eq!(number_at(Timestamp::UNIX_EPOCH), 0);
    }
}
