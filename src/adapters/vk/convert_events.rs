//! Happenings from the network's words: the same from Bots Long Poll and from the Callback API.

use jiff::Timestamp;

use super::compose::{Authors, one};
use super::convert::{bare_account, time};
use super::convert_chat::message;
use super::id::{Thing, conversation_id, message_id};
use super::wire::{Happening, Int, Said, Update, WallItem};
use crate::id::EventCursor;
use crate::model::{Account, Event, EventKind, Message, Post};

/// What happened, told to a community by its owner id; `None` where it is not even told what kind of thing it was.
///
/// What has no common name keeps the network's own as its kind, with who did it and when. What a community itself writes
/// comes under kinds of its own, lest a bot answers itself: its messages as sent, its comments as posts.
pub(super) fn event(update: Update<'_>, me: i64, cursor: EventCursor) -> Option<Event> {
    let kind = update.kind.get()?.to_owned();
    let object = update
        .object
        .0
        .map_or_else(Happening::default, |object| *object);
    let id = update.event_id.get().map(str::to_owned);
    let id = id.unwrap_or_else(|| of_itself(&kind, &object));
    let mut event = Event::new(id, cursor, EventKind::from(kind.as_str()));
    fill(&kind, object, me, &mut event);
    Some(event)
}

/// An id for what comes without one: what it is, and to what it happened when.
fn of_itself(kind: &str, object: &Happening<'_>) -> String {
    let said = object
        .message
        .get()
        .map(|message| (message.peer_id, message.number));
    let (peer, number) = said.unwrap_or((object.peer_id, object.number));
    let numbers = [
        object.owner_id,
        object.post_id,
        object.id,
        object.object_owner_id,
        object.object_id,
        peer,
        number,
        object.user_id,
        object.liker_id,
        object.from_id,
        object.poll_id,
        object.option_id,
        object.date,
        object.edited,
        object.update_time,
    ];
    let mut id = kind.to_owned();
    for number in numbers {
        id.push(':');
        if let Some(number) = number.0 {
            id.push_str(&number.to_string());
        }
    }
    id
}

fn fill(kind: &str, object: Happening<'_>, me: i64, event: &mut Event) {
    match kind {
        "wall_post_new" => {
            event.account = account(object.from_id);
            let post = post(object, None);
            event.at = post.as_ref().and_then(|post| post.created_at);
            event.post = post.map(Box::new);
            event.kind = EventKind::Post;
        }
        "wall_repost" => {
            event.account = account(object.from_id);
            let has_words = object.text.get().is_some();
            let post = post(object, None);
            event.at = post.as_ref().and_then(|post| post.created_at);
            event.target = post.as_ref().and_then(|post| post.quote.clone());
            event.post = post.map(Box::new);
            event.kind = if has_words {
                EventKind::Quote
            } else {
                EventKind::Repost
            };
        }
        "wall_reply_new" | "wall_reply_edit" | "wall_reply_restore" => {
            let under = post_of(&object);
            commented(kind, object, under, me, event);
        }
        "board_post_new" | "board_post_edit" | "board_post_restore" => {
            let under = topic_of(&object);
            commented(kind, object, under, me, event);
        }
        "wall_reply_delete" => {
            event.account = account(object.deleter_id);
            event.target = below(post_of(&object), object.id);
            event.kind = EventKind::PostDeleted;
        }
        "board_post_delete" => {
            event.account = account(object.deleter_id);
            event.target = below(topic_of(&object), object.id);
            event.kind = EventKind::PostDeleted;
        }
        "message_new" | "message_reply" | "message_edit" => said(kind, object, event),
        "message_reaction_event" => {
            event.account = account(object.reacted_id);
            event.message = bare_message(object.peer_id, object.cmid).map(Box::new);
            if let Some(sign) = object.reaction_id.0 {
                event.sign = Some(sign.to_string());
                event.kind = EventKind::Reaction;
            }
        }
        "like_add" | "like_remove" => {
            event.account = account(object.liker_id);
            event.target = liked(&object).map(Thing::post_id);
            // Photos, videos and goods are no posts.
            if kind == "like_add" && event.target.is_some() {
                event.kind = EventKind::Like;
            }
        }
        "group_join" => {
            event.account = account(object.user_id);
            // Who only asks, or may come, has not joined yet.
            if !matches!(object.join_type.get(), Some("request" | "unsure")) {
                event.kind = EventKind::Follow;
            }
        }
        "group_leave" => {
            event.account = account(object.user_id);
            event.kind = EventKind::Unfollow;
        }
        "poll_vote_new" => {
            event.account = account(object.user_id);
            event.kind = EventKind::Vote;
        }
        _ => {
            let who = [object.deleter_id, object.from_id, object.user_id];
            event.account = who.into_iter().find_map(account);
            // The time of what was changed or deleted is not the time at which that happened.
            if kind.ends_with("_new") {
                event.at = time(object.date);
            }
            if let Some(message) = bare_message(object.peer_id, object.number) {
                event.message = Some(Box::new(message));
            }
        }
    }
}

/// A comment under a post or in a topic that came, was changed or was brought back.
fn commented(kind: &str, object: Happening<'_>, under: Option<Thing>, me: i64, event: &mut Event) {
    let mine = object.from_id.0 == Some(me);
    event.account = account(object.from_id);
    let post = under.and_then(|under| post(object, Some(under)));
    event.kind = match kind {
        "wall_reply_edit" | "board_post_edit" => EventKind::PostEdited,
        "wall_reply_restore" | "board_post_restore" => EventKind::PostRestored,
        _ => {
            event.at = post.as_ref().and_then(|post| post.created_at);
            event.target = post.as_ref().and_then(|post| post.reply_to.clone());
            if mine {
                EventKind::Post
            } else {
                EventKind::Reply
            }
        }
    };
    event.post = post.map(Box::new);
}

fn said(kind: &str, object: Happening<'_>, event: &mut Event) {
    let view = match object.message.0 {
        Some(said) => *said,
        // What is told of answers and changes is the message itself.
        None => Said {
            peer_id: object.peer_id,
            number: object.number,
            from_id: object.from_id,
            admin: object.admin,
            date: object.date,
            update_time: object.update_time,
            text: object.text,
            out: object.out,
            attachments: object.attachments,
            answered: object.answered,
            action: object.action,
            ..Said::default()
        },
    };
    event.account = account(view.from_id);
    let message = message(&view, None, &mut Authors::unnamed());
    event.at = match kind {
        "message_edit" => time(view.update_time),
        _ => time(view.date),
    };
    // What the network itself says of a chat is no message, and keeps its name.
    if message.is_some() {
        match kind {
            "message_new" => event.kind = EventKind::Message,
            "message_reply" => event.kind = EventKind::MessageSent,
            "message_edit" => event.kind = EventKind::MessageEdited,
            _ => {}
        }
    }
    event.message = message.map(Box::new);
}

fn bare_message(peer: Int, number: Int) -> Option<Message> {
    let peer = peer.0.filter(|peer| *peer != 0)?;
    let number = number.0.filter(|number| *number > 0)?;
    Some(Message::new(
        message_id(peer, number),
        conversation_id(peer),
    ))
}

/// The post or comment that an object is.
fn post(object: Happening<'_>, under: Option<Thing>) -> Option<Post> {
    let view = WallItem {
        id: object.id,
        owner_id: object.owner_id,
        from_id: object.from_id,
        date: object.date,
        edited: object.edited,
        text: object.text,
        post_type: object.post_type,
        post_id: object.post_id,
        parents_stack: object.parents_stack,
        reply_to_comment: object.reply_to_comment,
        attachments: object.attachments,
        copy_history: object.copy_history,
        friends_only: object.friends_only,
        ..WallItem::default()
    };
    one(&view, Authors::unnamed(), under)
}

/// The post that a comment stands under.
fn post_of(object: &Happening<'_>) -> Option<Thing> {
    let owner = object.owner_id.0.filter(|owner| *owner != 0)?;
    let id = positive(object.post_id)?;
    Some(Thing::Post { owner, id })
}

/// The topic that a comment stands in.
fn topic_of(object: &Happening<'_>) -> Option<Thing> {
    let owners = [object.topic_owner_id, object.owner_id];
    let owner = owners
        .into_iter()
        .find_map(|owner| owner.0.filter(|owner| *owner != 0))?;
    let id = positive(object.topic_id)?;
    Some(Thing::Topic { owner, id })
}

fn below(under: Option<Thing>, id: Int) -> Option<crate::id::PostId> {
    Some(super::compose::beside(under?, positive(id)?).post_id())
}

/// What was liked, where it is a post or a comment under one.
fn liked(object: &Happening<'_>) -> Option<Thing> {
    let owner = object.object_owner_id.0.filter(|owner| *owner != 0)?;
    let id = positive(object.object_id)?;
    match object.object_type.get()? {
        "post" => Some(Thing::Post { owner, id }),
        "comment" => Some(Thing::Comment {
            owner,
            post: positive(object.post_id)?,
            id,
        }),
        _ => None,
    }
}

fn positive(id: Int) -> Option<i64> {
    id.0.filter(|id| *id > 0)
}

fn account(owner: Int) -> Option<Box<Account>> {
    let owner = owner.0.filter(|owner| *owner != 0)?;
    Some(Box::new(bare_account(owner)))
}

/// What the network could not tell any more.
pub(super) fn gap(since: Timestamp, until: Timestamp, cursor: EventCursor) -> Event {
    let id = format!("gap:{}", since.as_second());
    Event::gap(id, cursor, since, until)
}

/// Where a happening stood, for one who comes back: by its id.
pub(super) fn name_of(update: &Update<'_>) -> String {
    match (update.event_id.get(), update.kind.get()) {
        (Some(id), _) => id.to_owned(),
        (None, kind) => {
            let empty = Happening::default();
            let object = update.object.get().map_or(&empty, |object| object);
            of_itself(kind.unwrap_or_default(), object)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, object: &str) -> Event {
        let json = format!(
            r#"{{"type":"{kind}","event_id":"e1","v":"5.199","group_id":1,"object":{object}}}"#
        );
        let update: Update<'_> = crate::adapters::vk::wire::told(&json);
        assert_eq!(name_of(&update), "e1");
        event(update, -1, EventCursor::new("c")).unwrap()
    }

    fn who(event: &Event) -> Option<&str> {
        event.account.as_ref().map(|account| account.id.as_str())
    }

    #[test]
    fn a_comment_is_an_answer_with_what_it_answers() {
        let object = r#"{"id":5,"from_id":7,"post_id":2,"owner_id":-1,"date":1700000000,"text":"yes","parents_stack":[4],"reply_to_comment":4}"#;
        let event = read("wall_reply_new", object);
        assert_eq!((event.kind, event.id.as_str()), (EventKind::Reply, "e1"));
        assert_eq!(event.target.unwrap().as_str(), "wall-1_2_r4");
        let post = event.post.unwrap();
        assert_eq!(
            (post.id.as_str(), post.text.as_str()),
            ("wall-1_2_r5", "yes")
        );
        assert_eq!(event.at, post.created_at);
        let event = read("wall_reply_edit", object);
        assert_eq!((event.kind, event.at), (EventKind::PostEdited, None));
        assert_eq!(
            read("wall_reply_restore", object).kind,
            EventKind::PostRestored
        );
        let own = read(
            "wall_reply_new",
            &object.replace(r#""from_id":7"#, r#""from_id":-1"#),
        );
        assert_eq!(own.kind, EventKind::Post, "a bot does not answer itself");
        let gone = read(
            "wall_reply_delete",
            r#"{"id":5,"owner_id":-1,"post_id":2,"user_id":7,"deleter_id":8}"#,
        );
        assert_eq!(gone.kind, EventKind::PostDeleted);
        assert_eq!(who(&gone), Some("id8"));
        assert_eq!(gone.target.unwrap().as_str(), "wall-1_2_r5");
    }

    #[test]
    fn messages_come_wrapped_or_bare_and_ones_own_are_told_apart() {
        let said = r#"{"id":0,"conversation_message_id":3,"peer_id":7,"from_id":7,"date":1700000000,"out":0,"text":"a &amp; b"}"#;
        let event = read(
            "message_new",
            &format!(r#"{{"message":{said},"client_info":{{}}}}"#),
        );
        assert_eq!(event.kind, EventKind::Message);
        let message = event.message.unwrap();
        assert_eq!(
            (message.id.as_str(), message.text.as_str()),
            ("7_3", "a & b")
        );
        assert_eq!(message.outgoing, Some(false));
        let edited = read("message_edit", said);
        assert_eq!((edited.kind, edited.at), (EventKind::MessageEdited, None));
        let mine = r#"{"id":0,"conversation_message_id":3,"peer_id":7,"from_id":-1,"date":1700000000,"out":1,"text":"a"}"#;
        let sent = read("message_reply", mine);
        assert_eq!(sent.kind, EventKind::MessageSent);
        let sent = sent.message.unwrap();
        assert_eq!((sent.id.as_str(), sent.outgoing), ("7_3", Some(true)));
        assert_eq!(sent.automatic, Some(true), "no administrator wrote it");
        let written = mine.replace(r#""out":1"#, r#""out":1,"admin_author_id":8"#);
        let written = read("message_reply", &written).message.unwrap();
        assert_eq!(written.automatic, Some(false));
    }

    #[test]
    fn reposts_with_words_are_quotes() {
        let object = |text: &str| {
            format!(
                r#"{{"id":9,"owner_id":7,"from_id":7,"date":1700000000,"text":"{text}","copy_history":[{{"id":2,"owner_id":-1,"from_id":-1,"text":"x"}}]}}"#
            )
        };
        let plain = read("wall_repost", &object(""));
        assert_eq!(
            (plain.kind.clone(), who(&plain)),
            (EventKind::Repost, Some("id7"))
        );
        assert_eq!(plain.target.unwrap().as_str(), "wall-1_2");
        let quote = read("wall_repost", &object("look"));
        assert_eq!(quote.kind, EventKind::Quote);
        assert_eq!(quote.post.unwrap().id.as_str(), "wall7_9");
    }

    #[test]
    fn likes_joins_and_votes_say_who() {
        let like = read(
            "like_add",
            r#"{"liker_id":7,"object_type":"post","object_owner_id":-1,"object_id":2,"post_id":0}"#,
        );
        assert_eq!(
            (like.kind.clone(), who(&like)),
            (EventKind::Like, Some("id7"))
        );
        assert_eq!(like.target.unwrap().as_str(), "wall-1_2");
        let like = read(
            "like_add",
            r#"{"liker_id":7,"object_type":"comment","object_owner_id":-1,"object_id":5,"post_id":2}"#,
        );
        assert_eq!(like.target.unwrap().as_str(), "wall-1_2_r5");
        let photo = read(
            "like_add",
            r#"{"liker_id":7,"object_type":"photo","object_owner_id":-1,"object_id":5}"#,
        );
        assert_eq!((photo.kind.as_str(), photo.target), ("like_add", None));
        assert_eq!(
            read("like_remove", r#"{"liker_id":7}"#).kind.as_str(),
            "like_remove"
        );
        assert_eq!(
            read("group_join", r#"{"user_id":7,"join_type":"approved"}"#).kind,
            EventKind::Follow
        );
        assert_eq!(
            read("group_join", r#"{"user_id":7,"join_type":"request"}"#)
                .kind
                .as_str(),
            "group_join"
        );
        assert_eq!(
            read("group_leave", r#"{"user_id":7,"self":1}"#).kind,
            EventKind::Unfollow
        );
        assert_eq!(
            read(
                "poll_vote_new",
                r#"{"user_id":7,"poll_id":1,"owner_id":-1,"option_id":2}"#
            )
            .kind,
            EventKind::Vote
        );
        let reaction = read(
            "message_reaction_event",
            r#"{"reacted_id":7,"peer_id":7,"cmid":3,"reaction_id":4}"#,
        );
        assert_eq!(
            (reaction.kind, reaction.sign.as_deref()),
            (EventKind::Reaction, Some("4"))
        );
    }

    #[test]
    fn what_has_no_common_name_keeps_its_own_and_what_is_malformed_is_told() {
        let comment = read(
            "photo_comment_new",
            r#"{"id":1,"from_id":7,"date":1700000000,"text":"nice","photo_id":3,"photo_owner_id":-1}"#,
        );
        assert_eq!(
            (comment.kind.as_str(), who(&comment)),
            ("photo_comment_new", Some("id7"))
        );
        assert!(comment.at.is_some());
        assert_eq!(
            read("video_comment_delete", r#"{"deleter_id":8,"user_id":7}"#)
                .account
                .unwrap()
                .id
                .as_str(),
            "id8"
        );
        assert_eq!(read("of_the_future", "{}").kind.as_str(), "of_the_future");
        for object in ["null", "7", "[]", "{}", r#""x""#] {
            for kind in [
                "wall_post_new",
                "wall_reply_new",
                "wall_repost",
                "message_new",
                "like_add",
                "wall_reply_delete",
            ] {
                let event = read(kind, object);
                assert!(
                    event.post.is_none() && event.message.is_none(),
                    "{kind} {object}"
                );
            }
        }
    }

    #[test]
    fn what_comes_without_an_id_has_the_same_one_each_time() {
        let json = |id: i64| {
            format!(
                r#"{{"type":"wall_reply_new","object":{{"id":{id},"owner_id":-1,"post_id":2}}}}"#
            )
        };
        let id = |json: &str| {
            event(
                crate::adapters::vk::wire::told(json),
                -1,
                EventCursor::new("c"),
            )
            .unwrap()
            .id
        };
        assert_eq!(id(&json(5)), id(&json(5)));
        assert_ne!(id(&json(5)), id(&json(6)));
        assert!(event(Update::default(), -1, EventCursor::new("c")).is_none());
    }
}
