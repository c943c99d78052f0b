//! What the network says of posts, comments and those who wrote them.

use super::{Few, Flag, Group, Int, List, Obj, Str, User, Word};
use super::{numbers, views};
use crate::shared::lenient::answers;

answers! {
    /// Posts of a wall, or by their ids.
    Wall {
        items: WallItem<'a>,
        count: Int,
        profiles: List<Obj<User<'a>>>,
        groups: List<Obj<Group<'a>>>,
    }

    /// Posts that were found in the news feed.
    News {
        items: WallItem<'a>,
        total as "total_count": Int,
        count: Int,
        next as "next_from": Word<'a>,
        profiles: List<Obj<User<'a>>>,
        groups: List<Obj<Group<'a>>>,
    }

    /// Members of a community.
    People {
        items: User<'a>,
        count: Int,
    }

    /// Who liked or reposted something.
    Likers {
        items: Liker<'a>,
        count: Int,
    }
}

views! {
    /// Comments under a post, in a thread, or in a topic.
    Comments {
        items: List<Obj<WallItem<'a>>>,
        count: Int,
        level as "current_level_count": Int,
        profiles: List<Obj<User<'a>>>,
        groups: List<Obj<Group<'a>>>,
    }

    /// A post or a comment.
    WallItem {
        id: Int,
        owner_id: Int,
        from_id: Int,
        // Where posts are searched for the wall's owner may go by another name.
        to_id: Int,
        date: Int,
        edited: Int,
        text: Str<'a>,
        post_type: Str<'a>,
        // Of a comment, the post that it stands under.
        post_id: Int,
        parents_stack: List<Int>,
        reply_to_comment: Int,
        thread: Obj<Thread<'a>>,
        attachments: Few<Obj<Attached<'a>>>,
        copy_history: List<Obj<WallItem<'a>>>,
        comments: Obj<Counted>,
        likes: Obj<LikesTold>,
        reposts: Obj<RepostsTold>,
        views: Obj<Counted>,
        is_pinned: Flag,
        is_favorite: Flag,
        friends_only: Flag,
        is_deleted: Flag,
        deleted: Flag,
    }

    /// What stands below a comment, or its beginning.
    Thread {
        count: Int,
        items: List<Obj<WallItem<'a>>>,
    }

    /// Something that is attached to a post, comment or message: one of these, by its type.
    Attached {
        kind as "type": Str<'a>,
        photo: Obj<Box<Photo<'a>>>,
        posted_photo: Obj<Box<Photo<'a>>>,
        graffiti: Obj<Box<Photo<'a>>>,
        video: Obj<Box<Video<'a>>>,
        clip: Obj<Box<Video<'a>>>,
        doc: Obj<Box<Document<'a>>>,
        audio: Obj<Box<Audio<'a>>>,
        audio_message: Obj<Box<Voice<'a>>>,
        sticker: Obj<Box<Sticker<'a>>>,
        link: Obj<Box<Link<'a>>>,
        poll: Obj<Box<Poll<'a>>>,
    }

    /// A photo, in the sizes that there are of it.
    Photo {
        id: Int,
        owner_id: Int,
        access_key: Str<'a>,
        sizes: List<Obj<Size<'a>>>,
        // Of graffiti and of photos that other applications posted.
        url: Str<'a>,
        width: Int,
        height: Int,
        photo_604: Str<'a>,
        photo_586: Str<'a>,
        photo_200: Str<'a>,
        photo_130: Str<'a>,
    }

    /// One size of a picture.
    Size {
        url: Str<'a>,
        src: Str<'a>,
        width: Int,
        height: Int,
    }

    /// A video.
    Video {
        id: Int,
        owner_id: Int,
        access_key: Str<'a>,
        duration: Int,
        width: Int,
        height: Int,
        player: Str<'a>,
        image: List<Obj<Size<'a>>>,
        processing: Flag,
        converting: Flag,
    }

    /// A document.
    Document {
        id: Int,
        owner_id: Int,
        access_key: Str<'a>,
        ext: Str<'a>,
        url: Str<'a>,
        preview: Obj<Preview<'a>>,
    }

    /// What is shown of a document.
    Preview {
        photo: Obj<PreviewPhoto<'a>>,
    }

    /// A picture of a document.
    PreviewPhoto {
        sizes: List<Obj<Size<'a>>>,
    }

    /// A piece of music.
    Audio {
        id: Int,
        owner_id: Int,
        access_key: Str<'a>,
        url: Str<'a>,
        duration: Int,
    }

    /// A message that was spoken.
    Voice {
        id: Int,
        owner_id: Int,
        access_key: Str<'a>,
        link_ogg: Str<'a>,
        link_mp3: Str<'a>,
        duration: Int,
    }

    /// A sticker.
    Sticker {
        id as "sticker_id": Int,
        images: List<Obj<Size<'a>>>,
    }

    /// A link with its card.
    Link {
        url: Str<'a>,
        title: Str<'a>,
        description: Str<'a>,
        photo: Obj<Box<Photo<'a>>>,
    }

    /// A poll.
    Poll {
        id: Int,
        owner_id: Int,
        question: Str<'a>,
        answers: List<Obj<PollChoice<'a>>>,
        multiple: Flag,
        anonymous: Flag,
        end_date: Int,
        votes: Int,
        mine as "answer_ids": List<Int>,
    }

    /// One answer of a poll.
    PollChoice {
        id: Int,
        text: Str<'a>,
        votes: Int,
    }

    /// An account that liked or reposted: a person or a community, by its type.
    Liker {
        id: Int,
        kind as "type": Str<'a>,
        name: Str<'a>,
        first_name: Str<'a>,
        last_name: Str<'a>,
        screen_name: Str<'a>,
        photo_200: Str<'a>,
        photo_100: Str<'a>,
        deactivated: Str<'a>,
    }

    /// Who voted for one answer of a poll.
    Voters {
        answer_id: Int,
        users: Obj<VotersPart<'a>>,
    }

    /// Some of those who voted for one answer.
    VotersPart {
        count: Int,
        items: List<Obj<User<'a>>>,
    }
}

numbers! {
    /// A count.
    Counted {
        count: Int,
    }

    /// Likes.
    LikesTold {
        count: Int,
        user_likes: Flag,
    }

    /// Reposts.
    RepostsTold {
        count: Int,
        user_reposted: Flag,
    }

    /// Whether an account is a member.
    MemberStatus {
        user_id: Int,
        member: Flag,
    }
}
