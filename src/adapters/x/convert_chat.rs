//! Conversations and messages from the network's words.

use super::compose_files::File;
use super::convert::{account, bare_account, time};
use super::id::is_number;
use super::markup;
use super::wire::{self, Str};
use crate::id::ConversationId;
use crate::model::{Account, Attachment, Conversation, Message};
use crate::shared::sheet::Sheet;

/// What is asked of a message. Who sent it is told with the expansion of it.
pub(super) const MESSAGE_FIELDS: &str =
    "attachments,created_at,dm_conversation_id,entities,event_type,text";
/// What of all that happens in conversations is asked for: that somebody joined or left is no message.
pub(super) const MESSAGE_EVENTS: &str = "MessageCreate";

/// A message; `None` without its number or its conversation, and for what is none.
pub(super) fn message(
    view: &wire::DmEvent<'_>,
    includes: Option<&wire::Includes<'_>>,
    me: &str,
) -> Option<Message> {
    if !matches!(view.kind.get(), None | Some(MESSAGE_EVENTS)) {
        return None;
    }
    let mut message = Message::new(view.id.get()?, view.conversation.get()?);
    if let Some(sender) = view.sender_id.get() {
        message.author = Some(Box::new(who(sender, includes)));
        message.outgoing = Some(sender == me);
    }
    message.text = markup::text(
        view.text.or_empty(),
        0,
        view.entities.get(),
        (None, None),
        &mut Vec::new(),
    );
    message.created_at = time(&view.created_at);
    message.media = files(view, includes);
    Some(message)
}

/// An account as it is told beside messages, else by its number alone.
fn who(number: &str, includes: Option<&wire::Includes<'_>>) -> Account {
    let told = includes.and_then(|includes| {
        let mut users = includes.users.objects();
        users.find(|user| user.id.get() == Some(number))
    });
    told.and_then(account)
        .unwrap_or_else(|| bare_account(number))
}

fn files(view: &wire::DmEvent<'_>, includes: Option<&wire::Includes<'_>>) -> Vec<Attachment> {
    let (Some(attached), Some(includes)) = (view.attachments.get(), includes) else {
        return Vec::new();
    };
    let keys = attached.media_keys.as_slice().iter().filter_map(Str::get);
    let mut sheet = Sheet::default();
    keys.filter_map(|key| {
        let mut media = includes.media.objects();
        let media = media.find(|media| media.media_key.get() == Some(key))?;
        let mut file = File::of(media);
        file.write(&mut sheet);
        Some(file.made(&sheet.finish()))
    })
    .collect()
}

/// A conversation, as far as its newest message tells of it: who takes part in one of two stands in its id; of a group
/// the one who wrote is known.
pub(super) fn conversation(
    newest: Message,
    includes: Option<&wire::Includes<'_>>,
    me: &str,
) -> Conversation {
    let mut conversation = Conversation::new(newest.conversation.clone());
    match other_of(newest.conversation.as_str(), me) {
        Some(other) => conversation.members = vec![who(other, includes)],
        None => takes_part(&mut conversation, &newest),
    }
    conversation.last(newest)
}

/// Notes that whoever wrote a message takes part in a group.
pub(super) fn takes_part(conversation: &mut Conversation, message: &Message) {
    let Some(author) = message.author.as_deref() else {
        return;
    };
    let is_known = conversation
        .members
        .iter()
        .any(|member| member.id == author.id);
    if message.outgoing == Some(false) && !is_known {
        conversation.members.push(author.clone());
    }
}

/// The other one of two who talk: their conversation's id is both numbers.
pub(super) fn other_of<'a>(conversation: &'a str, me: &str) -> Option<&'a str> {
    let (low, high) = pair(conversation)?;
    if high == me {
        Some(low)
    } else {
        (low == me).then_some(high)
    }
}

/// The two numbers of which the id of a conversation of two is made.
pub(super) fn pair(conversation: &str) -> Option<(&str, &str)> {
    let (low, high) = conversation.split_once('-')?;
    (is_number(low) && is_number(high)).then_some((low, high))
}

/// The id of the conversation of two: the smaller number comes first.
pub(super) fn conversation_of(one: &str, other: &str) -> ConversationId {
    let order = |number: &str| number.parse::<u64>().unwrap_or(u64::MAX);
    let (low, high) = if order(one) <= order(other) {
        (one, other)
    } else {
        (other, one)
    };
    ConversationId::new(format!("{low}-{high}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MediaKind;

    const EVENTS: &str = r#"{"data":[
        {"id":"1580705921830768647","event_type":"MessageCreate","text":"a &lt;b&gt; https://t.co/x","sender_id":"17200003","dm_conversation_id":"12-17200003",
         "created_at":"2022-10-14T00:11:02.000Z","attachments":{"media_keys":["3_1"]},
         "entities":{"urls":[{"start":12,"end":26,"url":"https://t.co/x","expanded_url":"https://example.com/long"}]}},
        {"id":"1580705921830768646","event_type":"ParticipantsJoin","dm_conversation_id":"1580705921830768600"},
        {"id":"1580705921830768645","text":"mine","sender_id":"12","dm_conversation_id":"1580705921830768600"},
        {"text":"without a number"}],
        "includes":{"users":[{"id":"17200003","username":"ann","name":"Ann"}],"media":[{"media_key":"3_1","type":"photo","width":4,"height":3,"url":"https://pbs.example/1.jpg"}]}}"#;

    #[test]
    fn a_message_tells_who_what_and_which_way() {
        let told: wire::DmEvents<'_> = wire::told(EVENTS);
        let includes = told.includes.get();
        let all: Vec<Message> = told
            .data
            .objects()
            .filter_map(|view| message(view, includes, "12"))
            .collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].text.as_str(), "a <b> https://example.com/long");
        assert_eq!(
            all[0].author.as_ref().unwrap().handle.as_deref(),
            Some("ann")
        );
        assert_eq!(
            (all[0].outgoing, all[1].outgoing),
            (Some(false), Some(true))
        );
        assert_eq!(all[0].media[0].kind, MediaKind::Image);
        assert_eq!(all[0].media[0].dimensions, Some((4, 3)));
        assert!(all[0].created_at.is_some() && all[1].created_at.is_none());

        let one = conversation(all[0].clone(), includes, "12");
        assert_eq!(one.members[0].name.as_deref(), Some("Ann"));
        assert_eq!((one.can_reply_until, one.unread), (None, None));
        // Of a group nobody is known but those who wrote.
        let group = conversation(all[1].clone(), includes, "12");
        assert!(group.members.is_empty());
    }

    #[test]
    fn the_address_of_a_message_s_file_is_no_part_of_its_text() {
        for host in ["twitter.com", "x.com"] {
            let json = r#"{"id":"1","text":"yes https://t.co/m","sender_id":"12","dm_conversation_id":"12-900","attachments":{"media_keys":["3_1"]},
                "entities":{"urls":[{"start":4,"end":18,"url":"https://t.co/m","expanded_url":"https://HOST/messages/media/188"}]}}"#;
            let json = json.replace("HOST", host);
            let view: wire::DmEvent<'_> = wire::told(json.leak());
            let message = message(&view, None, "12").unwrap();
            assert_eq!(message.text.as_str(), "yes");
        }
    }

    #[test]
    fn the_id_of_a_conversation_of_two_names_both() {
        assert_eq!(conversation_of("900", "12").as_str(), "12-900");
        assert_eq!(conversation_of("12", "900").as_str(), "12-900");
        assert_eq!(other_of("12-900", "12"), Some("900"));
        assert_eq!(other_of("12-900", "900"), Some("12"));
        for none in ["12-900", "1580705921830768600", "12-", "x-12"] {
            assert_eq!(other_of(none, "7"), None);
        }
    }
}
