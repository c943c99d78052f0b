//! From the network's words to the crate's values.

use std::borrow::Cow;
use std::sync::Arc;

use super::wire::{
    AccountSays, ConversationSays, CountsSay, EventSays, EventsSay, FileSays, MessageSays,
    PageSays, PollSays, PostSays, Str,
};
use crate::error::ErrorKind;
use crate::model::{
    Account, Attachment, Conversation, Event, Events, Figure, LinkCard, Message, Metric, Metrics,
    Mine, Omitted, Page, Place, PlaceKind, Poll, PollOption, Post, PostState,
};
use crate::text::Text;

fn owned(text: Cow<'_, Text>) -> Text {
    text.into_owned()
}

pub(super) fn account(says: AccountSays<'_>) -> Account {
    let mut metrics = Metrics::with_capacity(3);
    metrics.insert(Figure::count(Metric::Followers, says.followers));
    metrics.insert(Figure::count(Metric::Following, says.following));
    metrics.insert(Figure::count(Metric::Posts, says.posts));
    let account = Account::new(says.id.into_string())
        .handle(says.handle.into_string())
        .name(says.name.into_string())
        .url(says.url.into_string())
        .kind(says.kind)
        .created_at(says.created_at)
        .followed(says.followed)
        .follows(says.follows)
        .blocked(says.blocked)
        .muted(says.muted)
        .metrics(metrics);
    match says.about {
        Some(about) => account.about(about.into_string()),
        None => account,
    }
}

fn files(says: Vec<FileSays<'_>>) -> Vec<Attachment> {
    says.into_iter()
        .map(|file| {
            let mut out = Attachment::new(file.kind)
                .id(file.id.into_string())
                .url(file.url.into_string())
                .media_type(file.media_type.into_string());
            out.alt = file.alt.map(|alt| alt.into_string().into());
            out.dimensions = file.dimensions;
            out.duration = file.duration;
            out
        })
        .collect()
}

fn poll(says: PollSays<'_>) -> Poll {
    let options = says
        .options
        .into_iter()
        .map(|(text, votes)| PollOption::new(text.into_string()).votes(votes));
    let mut poll = Poll::new(options)
        .multiple(says.multiple)
        .closes_at(says.closes_at)
        .voters(says.voters)
        .mine(says.mine);
    poll.question = says.question.map(Str::into_string);
    poll
}

fn counts(says: &CountsSay) -> Metrics {
    let mut metrics = Metrics::with_capacity(6);
    for (metric, count) in [
        (Metric::Likes, says.likes),
        (Metric::Reactions, says.reactions),
        (Metric::Reposts, says.reposts),
        (Metric::Quotes, says.quotes),
        (Metric::Replies, says.replies),
    ] {
        metrics.insert(Figure::count(metric, count));
    }
    if let Some(votes) = says.votes {
        metrics.insert(Figure::count(Metric::Votes, votes));
    }
    metrics
}

pub(super) fn post(says: PostSays<'_>) -> Post {
    let mut post = Post::new(says.id.into_string())
        .url(says.url.into_string())
        .author(account(says.author))
        .text(owned(says.text))
        .created_at(says.created_at)
        .state(
            says.publish_at
                .map_or(PostState::Live, PostState::Scheduled),
        )
        .thread(says.thread.into_string())
        .media(files(says.media))
        .visibility(says.visibility)
        .warnings(says.warnings)
        .metrics(counts(&says.counts))
        .mine(
            Mine::unknown()
                .liked(says.liked)
                .reposted(says.reposted)
                .bookmarked(says.bookmarked),
        );
    post.languages = (says.languages.into_iter())
        .map(|tag| tag.into_string().into())
        .collect();
    post.edited_at = says.edited_at;
    post.reply_to = says.reply_to.map(|id| id.into_string().into());
    post.quote = says.quote.map(|id| id.into_string().into());
    post.reposted_by = says.reposted_by.map(|by| Arc::new(account(*by)));
    post.poll = says.poll.map(|p| Box::new(poll(p)));
    post.link = says.link.map(|card| {
        let mut out = LinkCard::new(card.url.into_string());
        out.title = card.title.map(Str::into_string);
        out.description = card.description.map(Str::into_string);
        out.preview = card.preview.map(Str::into_string);
        Box::new(out)
    });
    post.place = says.place.map(|place| {
        Place::new(place.id.into_string())
            .name(place.name.into_string())
            .kind(PlaceKind::Wall)
    });
    post
}

pub(super) fn message(says: MessageSays<'_>) -> Message {
    let mut message = Message::new(says.id.into_string(), says.conversation.into_string())
        .author(account(says.author))
        .text(owned(says.text))
        .created_at(says.created_at)
        .media(files(says.media))
        .outgoing(says.outgoing);
    message.edited_at = says.edited_at;
    message.reply_to = says.reply_to.map(|id| id.into_string().into());
    message
}

pub(super) fn conversation(says: ConversationSays<'_>) -> Conversation {
    let members: Vec<Account> = says.members.into_iter().map(account).collect();
    let mut conversation = Conversation::new(says.id.into_string())
        .members(members)
        .unread(says.unread)
        .request(false);
    conversation.last = says.last.map(|m| Box::new(message(m)));
    conversation.can_reply_until = says.can_reply_until;
    conversation
}

pub(super) fn event(says: EventSays<'_>) -> Event {
    let mut event = Event::new(says.id.into_string(), says.cursor.into_string(), says.kind)
        .at(says.at)
        .seen(says.seen);
    event.account = says.account.map(|a| Box::new(account(a)));
    event.post = says.post.map(|p| Box::new(post(p)));
    event.message = says.message.map(|m| Box::new(message(m)));
    event.target = says.target.map(|id| id.into_string().into());
    event.sign = says.sign.map(Str::into_string);
    event.lost_since = says.lost_since;
    event
}

pub(super) fn events(says: EventsSay<'_>) -> Events {
    let items = says.items.into_iter().map(event).collect();
    Events::new(items, says.cursor.into_string()).more(says.more)
}

pub(super) fn page<S, T>(says: PageSays<'_, S>, item: impl FnMut(S) -> T) -> Page<T> {
    let omitted = says
        .omitted
        .into_iter()
        .map(|o| Omitted::new(o.id.into_string(), ErrorKind::NotFound, o.message.0))
        .collect();
    Page::new(says.items.into_iter().map(item).collect())
        .next(says.next.map(|c| c.into_string().into()))
        .total(says.total)
        .omitted(omitted)
}
