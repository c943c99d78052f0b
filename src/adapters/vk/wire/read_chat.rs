//! What the network says of conversations and messages.

use super::{Attached, Few, Flag, Group, Int, List, Obj, Str, User, numbers, views};
use crate::shared::lenient::answers;

answers! {
    /// Conversations.
    Conversations {
        items: Talk<'a>,
        count: Int,
        profiles: List<Obj<User<'a>>>,
        groups: List<Obj<Group<'a>>>,
    }

    /// Messages of a conversation.
    History {
        items: Said<'a>,
        count: Int,
        profiles: List<Obj<User<'a>>>,
        groups: List<Obj<Group<'a>>>,
    }
}

views! {
    /// A conversation with its newest message.
    Talk {
        conversation: Obj<Dialog<'a>>,
        last_message: Obj<Said<'a>>,
    }

    /// A conversation.
    Dialog {
        peer: Obj<Peer<'a>>,
        unread_count: Int,
        in_read: Int,
        last_message_id: Int,
        can_write: Obj<CanWrite>,
        chat_settings: Obj<Chat<'a>>,
        request as "message_request_data": Obj<Asking<'a>>,
    }

    /// Whom a conversation is with.
    Peer {
        id: Int,
        kind as "type": Str<'a>,
    }

    /// A chat of several.
    Chat {
        title: Str<'a>,
        active_ids: List<Int>,
    }

    /// A conversation that has to be accepted first.
    Asking {
        status: Str<'a>,
    }

    /// A message.
    Said {
        peer_id: Int,
        number as "conversation_message_id": Int,
        from_id: Int,
        admin as "admin_author_id": Int,
        date: Int,
        update_time: Int,
        text: Str<'a>,
        out: Flag,
        deleted: Flag,
        attachments: Few<Obj<Attached<'a>>>,
        answered as "reply_message": Obj<Answered>,
        action: Obj<Action<'a>>,
    }

    /// What happened to a chat, which stands among its messages.
    Action {
        kind as "type": Str<'a>,
    }
}

numbers! {
    /// Whether one may write into a conversation.
    CanWrite {
        allowed: Flag,
        until: Int,
    }

    /// The message that another answers.
    Answered {
        number as "conversation_message_id": Int,
    }
}
