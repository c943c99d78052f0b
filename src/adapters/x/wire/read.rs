//! What the network says of posts, accounts and files, and of what went wrong.

use super::{Few, First, Flag, Int, List, Needed, Num, Obj, Str, Word, numbers, views};

views! {
    /// Where a listing goes on.
    Meta {
        next_token: Str<'a>,
    }

    /// What is told beside the things that were asked for.
    Includes {
        users: List<Obj<User<'a>>>,
        posts as "tweets" | "posts": List<Obj<Post<'a>>>,
        media: List<Obj<Media<'a>>>,
        polls: List<Obj<Poll<'a>>>,
    }

    /// A post.
    Post {
        id: Word<'a>,
        text: Str<'a>,
        author_id: Word<'a>,
        in_reply_to_user_id: Word<'a>,
        created_at: Str<'a>,
        conversation_id: Word<'a>,
        shown_from as "display_text_range": First,
        referenced as "referenced_tweets" | "referenced_posts": Few<Obj<Reference<'a>>>,
        attachments: Obj<Attached<'a>>,
        entities: Obj<Entities<'a>>,
        note as "note_tweet" | "note_post": Obj<Note<'a>>,
        public_metrics: Obj<PostMetrics>,
        lang: Str<'a>,
        possibly_sensitive: Flag,
        community_id: Word<'a>,
        edit_controls: Obj<EditControls<'a>>,
    }

    /// What a post answers, quotes or repeats.
    Reference {
        kind as "type": Str<'a>,
        id: Word<'a>,
    }

    /// Which files and polls a post has.
    Attached {
        media_keys: Few<Str<'a>>,
        poll_ids: Few<Word<'a>>,
    }

    /// The whole text of a post that is longer than 280.
    Note {
        text: Str<'a>,
        entities: Obj<Entities<'a>>,
    }

    /// What of a text is a link, a mention or a hashtag, counted in code points of the text as it came.
    Entities {
        urls: Few<Obj<UrlEntity<'a>>>,
        mentions: Few<Obj<MentionEntity<'a>>>,
        hashtags: Few<Obj<TagEntity<'a>>>,
    }

    /// A link, and what is known of its page.
    UrlEntity {
        start: Num,
        end: Num,
        url: Str<'a>,
        expanded_url: Str<'a>,
        unwound_url: Str<'a>,
        title: Str<'a>,
        description: Str<'a>,
        images: Few<Obj<LinkImage<'a>>>,
        media_key: Str<'a>,
    }

    /// A picture of a page that is linked.
    LinkImage {
        url: Str<'a>,
    }

    /// A mention.
    MentionEntity {
        start: Num,
        end: Num,
        username: Str<'a>,
        id: Word<'a>,
    }

    /// A hashtag.
    TagEntity {
        start: Num,
        end: Num,
        tag: Str<'a>,
    }

    /// Whether and how long a post may be edited.
    EditControls {
        eligible as "is_edit_eligible": Flag,
        remaining as "edits_remaining": Int,
        until as "editable_until": Str<'a>,
    }

    /// An account.
    User {
        id: Word<'a>,
        username: Str<'a>,
        name: Str<'a>,
        description: Str<'a>,
        profile_image_url: Str<'a>,
        created_at: Str<'a>,
        protected: Flag,
        connection_status: Needed<List<Str<'a>>>,
        public_metrics: Obj<UserMetrics>,
    }

    /// A file of a post.
    Media {
        media_key: Str<'a>,
        kind as "type": Str<'a>,
        url: Str<'a>,
        preview_image_url: Str<'a>,
        alt_text: Str<'a>,
        width: Num,
        height: Num,
        duration_ms: Num,
        variants: List<Obj<Variant<'a>>>,
    }

    /// One form in which a video is there.
    Variant {
        bit_rate: Num,
        content_type: Str<'a>,
        url: Str<'a>,
    }

    /// A poll.
    Poll {
        id: Word<'a>,
        options: List<Obj<PollOption<'a>>>,
        end_datetime: Str<'a>,
    }

    /// One answer of a poll.
    PollOption {
        position: Num,
        label: Str<'a>,
        votes: Num,
    }

    /// What a write came to: the number of what was made.
    Outcome {
        id: Word<'a>,
        repost as "rest_id": Word<'a>,
        following: Flag,
    }

    /// A file that was uploaded.
    Upload {
        id: Word<'a>,
        processing as "processing_info": Obj<Processing<'a>>,
    }

    /// How far the network's work on a file has come.
    Processing {
        state: Str<'a>,
        check_after_secs: Num,
        error: Obj<ProcessingError<'a>>,
    }

    /// Why a file cannot be used.
    ProcessingError {
        message: Str<'a>,
        name: Str<'a>,
    }

    /// An application's bearer token.
    Bearer {
        access_token: Str<'a>,
    }

    /// What went wrong, as a whole answer or with one thing of several; in the older form a list of codes.
    Problem {
        kind as "type": Str<'a>,
        title: Str<'a>,
        detail: Str<'a>,
        resource_id: Word<'a>,
        parameter: Str<'a>,
        value: Word<'a>,
        code: Int,
        message: Str<'a>,
        reset_date: Str<'a>,
        errors: List<Obj<Problem<'a>>>,
        // Of the server that gives tokens.
        error: Str<'a>,
        error_description: Str<'a>,
    }
}

numbers! {
    /// A post's public figures.
    PostMetrics {
        reposts as "retweet_count" | "repost_count": Num,
        replies as "reply_count": Num,
        likes as "like_count": Num,
        quotes as "quote_count": Num,
        bookmarks as "bookmark_count": Num,
        impressions as "impression_count": Num,
    }

    /// An account's public figures.
    UserMetrics {
        followers as "followers_count": Num,
        following as "following_count": Num,
        posts as "tweet_count" | "post_count": Num,
        listed as "listed_count": Num,
    }
}
