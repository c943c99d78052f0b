//! What the network says of happenings: the same objects by Bots Long Poll and by the Callback API.

use super::{
    Action, Answered, Attached, Few, Flag, Int, List, Obj, Said, Str, WallItem, Word, views,
};

views! {
    /// Where happenings are asked for.
    PollServer {
        server: Str<'a>,
        key: Str<'a>,
        ts: Word<'a>,
    }

    /// What is answered there: where to go on, or why it cannot be answered.
    Polled {
        ts: Word<'a>,
        failed: Int,
        updates: List<Obj<Update<'a>>>,
    }

    /// Something that happened.
    Update {
        kind as "type": Str<'a>,
        event_id: Word<'a>,
        group_id: Int,
        secret: Str<'a>,
        object: Obj<Box<Happening<'a>>>,
    }

    /// What it happened to. Its members mean what the kind of the happening says: this holds those of all kinds.
    Happening {
        // Posts and comments.
        id: Int,
        owner_id: Int,
        from_id: Int,
        date: Int,
        edited: Int,
        text: Str<'a>,
        post_type: Str<'a>,
        post_id: Int,
        parents_stack: List<Int>,
        reply_to_comment: Int,
        attachments: Few<Obj<Attached<'a>>>,
        copy_history: List<Obj<WallItem<'a>>>,
        friends_only: Flag,
        topic_id: Int,
        topic_owner_id: Int,
        // Messages: by itself, or as the whole object.
        message: Obj<Box<Said<'a>>>,
        peer_id: Int,
        number as "conversation_message_id": Int,
        update_time: Int,
        admin as "admin_author_id": Int,
        out: Flag,
        answered as "reply_message": Obj<Answered>,
        action: Obj<Action<'a>>,
        cmid: Int,
        reaction_id: Int,
        // Who did it, under the name that each kind has for it.
        user_id: Int,
        deleter_id: Int,
        admin_id: Int,
        liker_id: Int,
        reacted_id: Int,
        // What was liked.
        object_type: Str<'a>,
        object_owner_id: Int,
        object_id: Int,
        // Joining and voting.
        join_type: Str<'a>,
        poll_id: Int,
        option_id: Int,
        unblock_date: Int,
    }
}
