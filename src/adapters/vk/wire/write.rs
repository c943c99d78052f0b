//! What the network says to writes: the numbers of what was made, uploads, and what a post has to keep when it is edited.

use super::{Flag, Int, List, Obj, Str, Word, numbers, views};

numbers! {
    /// One answer of a poll.
    PollAnswer {
        id: Int,
    }

    /// For how long a post is shown to paying subscribers alone.
    KeptDonut {
        is_donut: Flag,
        paid_duration: Int,
    }

    /// A post that was published, changed or reposted.
    Posted {
        post_id: Int,
    }

    /// A comment that was written.
    Commented {
        comment_id: Int,
        parents_stack: List<Int>,
    }
}

views! {
    /// A message that was sent to one of several peers, or why it was not.
    Delivered {
        peer_id: Int,
        message_id: Int,
        conversation_message_id: Int,
        error: Obj<DeliveryError<'a>>,
    }

    /// Why a message was not sent.
    DeliveryError {
        code: Int,
        description: Str<'a>,
    }

    /// Where a file goes.
    UploadServer {
        upload_url: Str<'a>,
    }

    /// Where a video goes, and what it is going to be.
    VideoPlace {
        upload_url: Str<'a>,
        owner_id: Int,
        video_id: Int,
        access_key: Str<'a>,
    }

    /// What an upload's server answers: each kind of file has its own members.
    Uploaded {
        error: Word<'a>,
        error_descr: Str<'a>,
        server: Word<'a>,
        photo: Str<'a>,
        hash: Str<'a>,
        file: Str<'a>,
    }

    /// A file that the network holds.
    Saved {
        id: Int,
        owner_id: Int,
        access_key: Str<'a>,
    }

    /// A document that was saved: one of these, by its type.
    SavedDocument {
        kind as "type": Str<'a>,
        doc: Obj<Saved<'a>>,
        graffiti: Obj<Saved<'a>>,
        audio_message: Obj<Saved<'a>>,
    }

    /// Posts by their ids, as far as an edit or a search for a lost answer needs them.
    Kept {
        items: List<Obj<KeptPost<'a>>>,
    }

    /// A post or comment.
    KeptPost {
        id: Int,
        owner_id: Int,
        from_id: Int,
        date: Int,
        text: Str<'a>,
        post_type: Str<'a>,
        signer_id: Int,
        marked_as_ads: Flag,
        friends_only: Flag,
        copyright: Obj<Copyright<'a>>,
        attachments: List<Obj<KeptFile<'a>>>,
        copy_history: List<Obj<Saved<'a>>>,
        reply_to_comment: Int,
        is_deleted: Flag,
        deleted: Flag,
        topic_id: Int,
        geo: Obj<Geo<'a>>,
        thread: Obj<KeptThread<'a>>,
        // The number under which it waited for its time.
        postponed_id: Int,
        donut: Obj<KeptDonut>,
    }

    /// Answers to a comment.
    KeptThread {
        items: List<Obj<KeptPost<'a>>>,
    }

    /// A place on the map: latitude and longitude with a space between.
    Geo {
        coordinates: Str<'a>,
    }

    /// A poll with the numbers of its answers.
    KeptPoll {
        id: Int,
        owner_id: Int,
        question: Str<'a>,
        answers: List<Obj<PollAnswer>>,
    }

    /// Where a post comes from.
    Copyright {
        link: Str<'a>,
    }

    /// Something that is attached to a post.
    KeptFile {
        kind as "type": Str<'a>,
        photo: Obj<Saved<'a>>,
        posted_photo: Obj<Saved<'a>>,
        video: Obj<Saved<'a>>,
        audio: Obj<Saved<'a>>,
        doc: Obj<Saved<'a>>,
        poll: Obj<KeptPoll<'a>>,
        page: Obj<Saved<'a>>,
        note: Obj<Saved<'a>>,
        album: Obj<Saved<'a>>,
        market: Obj<Saved<'a>>,
        market_album: Obj<Saved<'a>>,
        graffiti: Obj<Saved<'a>>,
        link: Obj<KeptLink<'a>>,
    }

    /// A link's card.
    KeptLink {
        url: Str<'a>,
    }
}
