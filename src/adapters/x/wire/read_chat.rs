//! What the network says of messages.

use super::{Entities, Few, List, Needed, Obj, Str, Told, Word, views};

views! {
    /// Something that happened in a conversation: a message, mostly.
    DmEvent {
        id: Word<'a>,
        kind as "event_type": Str<'a>,
        text: Str<'a>,
        sender_id: Word<'a>,
        conversation as "dm_conversation_id": Word<'a>,
        created_at: Str<'a>,
        attachments: Obj<DmAttached<'a>>,
        entities: Obj<Entities<'a>>,
    }

    /// Which files a message has.
    DmAttached {
        media_keys: Few<Str<'a>>,
    }

    /// A message that was sent.
    DmSent {
        conversation as "dm_conversation_id": Word<'a>,
        id as "dm_event_id": Word<'a>,
    }
}

/// A list of messages.
pub(crate) type DmEvents<'a> = Told<'a, Needed<List<Obj<DmEvent<'a>>>>>;
/// What sending a message came to.
pub(crate) type DmDone<'a> = Told<'a, Obj<DmSent<'a>>>;
