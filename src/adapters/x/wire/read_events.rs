//! What the network delivers by itself: X Activity, and the lines of the filtered stream.

use super::{
    Few, Includes, List, Media, Members, Obj, Place, Placed, Poll, Post, Problem, Str, User, Word,
    views,
};

/// Something that is told as it is, or within a `data` of its own.
#[derive(Default)]
pub(crate) struct Bare<'a> {
    data: Obj<User<'a>>,
    own: User<'a>,
}

impl<'a> Members<'a> for Bare<'a> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        match name {
            "data" => Some(self.data.place()),
            _ => self.own.member(name),
        }
    }
}

impl<'a> Bare<'a> {
    /// The account itself.
    pub(crate) fn into_user(self) -> User<'a> {
        self.data.0.unwrap_or(self.own)
    }
}

/// Accounts under their numbers.
#[derive(Default)]
pub(crate) struct ByNumber<'a>(Vec<Obj<Bare<'a>>>);

impl<'a> Members<'a> for ByNumber<'a> {
    fn member(&mut self, _: &str) -> Option<Place<'_, 'a>> {
        self.0.push(Obj::default());
        self.0.last_mut().map(Obj::place)
    }
}

views! {
    /// A line of a stream, or a delivery: a post that a rule matched, something that happened, or what went wrong.
    Line {
        data: Obj<Happening<'a>>,
        includes: Obj<Beside<'a>>,
        matching_rules: Few<Obj<Matched<'a>>>,
        errors: List<Obj<Problem<'a>>>,
        // Some problems stand in the line itself.
        kind as "type": Str<'a>,
        title: Str<'a>,
        detail: Str<'a>,
    }

    /// A rule that a post matched.
    Matched {
        id: Word<'a>,
        tag: Str<'a>,
    }

    /// To whom something is told.
    Filter {
        user_id: Word<'a>,
        direction: Str<'a>,
    }

    /// What is told beside something that happened.
    Beside {
        users: List<Obj<Bare<'a>>>,
        posts as "tweets" | "posts": List<Obj<Post<'a>>>,
        media: List<Obj<Media<'a>>>,
        polls: List<Obj<Poll<'a>>>,
    }

    /// What happened, whichever it was: a post is told with its own members.
    Deed {
        liked as "liked_tweet_id" | "liked_post_id": Word<'a>,
        author as "liked_tweet_author_id" | "tweet_author_id" | "liked_post_author_id": Word<'a>,
        timestamp_ms: Word<'a>,
        source: Obj<Bare<'a>>,
        target: Obj<Bare<'a>>,
        messages as "direct_message_events": List<Obj<OldMessage<'a>>>,
        users: Obj<ByNumber<'a>>,
    }

    /// A message in the older form.
    OldMessage {
        id: Word<'a>,
        kind as "type": Str<'a>,
        at as "created_timestamp": Word<'a>,
        said as "message_create": Obj<OldSaid<'a>>,
    }

    /// Who said what to whom.
    OldSaid {
        target: Obj<OldTarget<'a>>,
        sender_id: Word<'a>,
        data as "message_data": Obj<OldText<'a>>,
    }

    /// To whom it was said.
    OldTarget {
        recipient_id: Word<'a>,
    }

    /// What was said.
    OldText {
        text: Str<'a>,
        entities: Obj<OldEntities<'a>>,
        attachment: Obj<OldAttachment<'a>>,
    }

    /// Its links.
    OldEntities {
        urls: Few<Obj<OldUrl<'a>>>,
    }

    /// A link.
    OldUrl {
        url: Str<'a>,
        expanded_url: Str<'a>,
    }

    /// Its file.
    OldAttachment {
        media: Obj<OldMedia<'a>>,
    }

    /// A file.
    OldMedia {
        id as "id_str": Word<'a>,
        kind as "type": Str<'a>,
        url as "media_url_https": Str<'a>,
    }
}

/// Something that happened, or a post of the filtered stream.
#[derive(Default)]
pub(crate) struct Happening<'a> {
    pub(crate) uuid: Word<'a>,
    pub(crate) kind: Str<'a>,
    pub(crate) filter: Obj<Filter<'a>>,
    pub(crate) payload: Obj<Payload<'a>>,
    pub(crate) includes: Obj<Beside<'a>>,
    /// Of the filtered stream.
    pub(crate) post: Post<'a>,
}

impl<'a> Members<'a> for Happening<'a> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        match name {
            "event_uuid" => Some(self.uuid.place()),
            "event_type" => Some(self.kind.place()),
            "filter" => Some(self.filter.place()),
            "payload" => Some(self.payload.place()),
            "includes" => Some(self.includes.place()),
            _ => self.post.member(name),
        }
    }
}

/// What an event tells: of each kind some of it.
#[derive(Default)]
pub(crate) struct Payload<'a> {
    pub(crate) post: Post<'a>,
    pub(crate) deed: Deed<'a>,
}

impl<'a> Members<'a> for Payload<'a> {
    fn member(&mut self, name: &str) -> Option<Place<'_, 'a>> {
        if self.deed.member(name).is_some() {
            return self.deed.member(name);
        }
        self.post.member(name)
    }
}

impl<'a> Beside<'a> {
    /// As listings tell it.
    pub(crate) fn into_includes(self) -> Includes<'a> {
        Includes {
            users: users(self.users.0),
            posts: self.posts,
            media: self.media,
            polls: self.polls,
        }
    }
}

impl<'a> ByNumber<'a> {
    /// The accounts alone.
    pub(crate) fn into_users(self) -> List<Obj<User<'a>>> {
        users(self.0)
    }
}

fn users<'a>(told: Vec<Obj<Bare<'a>>>) -> List<Obj<User<'a>>> {
    let users = told.into_iter().filter_map(|bare| bare.0);
    List(users.map(|bare| Obj(Some(bare.into_user()))).collect())
}
