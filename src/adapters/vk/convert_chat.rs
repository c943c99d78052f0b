//! Conversations and messages from the network's words.

use jiff::Timestamp;

use super::compose::{Authors, message_text};
use super::compose_files::attachments;
use super::convert::time;
use super::id::conversation_id;
use super::wire;
use crate::model::{Conversation, Message};

/// A message; `None` without its number, for one that was deleted, and for what the network itself says of a chat.
pub(super) fn message(
    view: &wire::Said<'_>,
    peer: Option<i64>,
    authors: &mut Authors<'_, '_>,
) -> Option<Message> {
    if view.deleted.0 == Some(true) || view.action.get().is_some() {
        return None;
    }
    let peer = view.peer_id.0.or(peer).filter(|peer| *peer != 0)?;
    let number = view.number.0.filter(|number| *number > 0)?;
    let answered = view.answered.get().and_then(|answered| answered.number.0);
    let answered = answered.filter(|number| *number > 0);
    let (id, conversation, answered) = authors.handles(peer, number, answered);
    let mut message = Message::new(id, conversation);
    message.reply_to = answered;
    let author = view.from_id.0.filter(|from| *from != 0);
    message.author = author.map(|from| Box::new((*authors.account(from)).clone()));
    message.text = message_text(&view.text);
    message.created_at = time(view.date);
    message.edited_at = time(view.update_time);
    message.media = attachments(&view.attachments);
    message.outgoing = view.out.0;
    // Of a community's messages it is told which of its people wrote them; a program's have none.
    let ours = author.is_some_and(|from| from < 0) && message.outgoing == Some(true);
    message.automatic = ours.then_some(view.admin.0.is_none_or(|admin| admin == 0));
    Some(message)
}

/// A conversation; `None` without its peer.
///
/// The network says whether one may answer, and may name the moment until which (schema, `can_write`). Where one may not
/// (any more), the moment of its answer stands for the end.
pub(super) fn conversation(
    view: &wire::Talk<'_>,
    me: i64,
    now: Timestamp,
    authors: &mut Authors<'_, '_>,
) -> Option<Conversation> {
    let dialog = view.conversation.get()?;
    let peer = dialog.peer.get()?;
    let id = peer.id.0.filter(|id| *id != 0)?;
    let mut conversation = Conversation::new(conversation_id(id));
    let chat = dialog.chat_settings.get();
    let is_chat = peer.kind.get() == Some("chat");
    if is_chat {
        let active = chat.map(|chat| chat.active_ids.0.as_slice());
        let members = active.unwrap_or_default().iter().filter_map(|id| id.0);
        conversation.members = members
            .filter(|member| *member != me && *member != 0)
            .map(|member| (*authors.account(member)).clone())
            .collect();
    } else if peer.kind.get() != Some("email") {
        conversation.members = vec![(*authors.account(id)).clone()];
    }
    conversation.title = chat.and_then(|chat| chat.title.owned());
    let read_all = || {
        let (read, last) = (dialog.in_read.0?, dialog.last_message_id.0?);
        (read >= last).then_some(0)
    };
    let unread = dialog.unread_count.0;
    conversation.unread = unread
        .and_then(|unread| u64::try_from(unread).ok())
        .or_else(read_all);
    let last = view.last_message.get();
    let last = last.and_then(|last| message(last, Some(id), authors));
    conversation.last = last.map(Box::new);
    conversation.can_reply_until = match dialog.can_write.get() {
        Some(told) if told.allowed.0 == Some(false) => Some(now),
        told => told.and_then(|told| time(told.until)),
    };
    let asking = dialog.request.get().and_then(|asking| asking.status.get());
    conversation.request = asking.map(|status| status == "message_request");
    Some(conversation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    #[test]
    fn a_conversation_tells_who_what_and_whether_one_may_answer() {
        let told: wire::Conversations<'_> = crate::adapters::vk::wire::told(
            r#"{"count":3,"items":[
                {"conversation":{"peer":{"id":7,"type":"user"},"unread_count":2,"can_write":{"allowed":true}},
                 "last_message":{"id":90,"conversation_message_id":5,"peer_id":7,"from_id":7,"date":1700000000,"out":0,"text":"a &lt;b&gt;",
                    "reply_message":{"conversation_message_id":4},"update_time":1700000009}},
                {"conversation":{"peer":{"id":8,"type":"user"},"in_read":60,"last_message_id":60,"can_write":{"allowed":false,"reason":950}}},
                {"conversation":{"peer":{"id":2000000001,"type":"chat"},"chat_settings":{"title":"Team","active_ids":[7,-1,9]},"in_read":1,"last_message_id":5,"can_write":{"allowed":true,"until":1800003600}}},
                {"conversation":{"peer":{}}}],
                "profiles":[{"id":7,"first_name":"Anna","last_name":"B"}]}"#,
        );
        let mut authors = Authors::of(&told.profiles, &told.groups);
        let all: Vec<Conversation> = told
            .items
            .iter()
            .filter_map(wire::Obj::get)
            .filter_map(|view| conversation(view, -1, now(), &mut authors))
            .collect();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].members[0].name.as_deref(), Some("Anna B"));
        assert_eq!((all[0].unread, all[0].can_reply_until), (Some(2), None));
        let last = all[0].last.as_ref().unwrap();
        assert_eq!(last.text.as_str(), "a <b>");
        assert_eq!((last.id.as_str(), last.outgoing), ("7_5", Some(false)));
        assert_eq!(last.reply_to.as_ref().unwrap().as_str(), "7_4");
        assert!(last.edited_at.is_some());
        assert_eq!(
            (all[1].unread, all[1].can_reply_until),
            (Some(0), Some(now()))
        );
        assert_eq!(all[2].title.as_deref(), Some("Team"));
        assert_eq!(
            all[2].can_reply_until,
            Timestamp::from_second(1_800_003_600).ok()
        );
        let members: Vec<_> = all[2].members.iter().map(|m| m.id.as_str()).collect();
        assert_eq!((members, all[2].unread), (vec!["id7", "id9"], None));
    }

    #[test]
    fn what_was_deleted_or_said_by_the_network_is_no_message() {
        for json in [
            r#"{"conversation_message_id":5,"peer_id":7,"deleted":1}"#,
            r#"{"conversation_message_id":5,"peer_id":7,"action":{"type":"chat_pin_message"}}"#,
            r#"{"peer_id":7,"text":"without a number"}"#,
            r#"{"conversation_message_id":5,"text":"without a peer"}"#,
        ] {
            let view: wire::Said<'_> = crate::adapters::vk::wire::told(json);
            assert!(
                message(&view, None, &mut Authors::unnamed()).is_none(),
                "{json}"
            );
        }
    }
}
