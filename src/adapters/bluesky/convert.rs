//! Between the network's words and the models. Nothing here does I/O, and nothing is invented: what a view does not
//! say stays `None`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) use super::compose::{
    blob_of_id, feed, label, metrics_of, post, post_of_record, posts, strong_id,
};
use super::facets::text;
use super::id::{ACCOUNT_PAGE, account_url, post_id, uri_parts};
use super::rules::POST;
use super::wire;
use super::wire::Str;
use crate::id::{ConversationId, MessageId};
use crate::model::{
    Account, Conversation, Event, EventKind, Figure, Message, Metric, Metrics, Trend,
};
use crate::shared::moment::moment;
use crate::shared::sheet::{Place, Sheet};

/// The handle that the network shows where an account's own no longer holds.
const INVALID_HANDLE: &str = "handle.invalid";

/// A moment as the network writes it.
pub(super) fn time(text: &Str<'_>) -> Option<Timestamp> {
    moment(text.get()?)
}

/// An account; `None` without its DID.
pub(super) fn account(view: &wire::Profile<'_>) -> Option<Account> {
    account_on(&mut Sheet::default(), view)
}

/// An account whose texts stand on one sheet.
pub(super) fn account_on(sheet: &mut Sheet, view: &wire::Profile<'_>) -> Option<Account> {
    let did = view.did.get()?;
    let handle = view.handle.get().filter(|handle| *handle != INVALID_HANDLE);
    let id = sheet.add(&[did]);
    let url = sheet.add(&[ACCOUNT_PAGE, did]);
    let mut add = |text: Option<&str>| text.map(|text| sheet.add(&[text]));
    let handle = add(handle);
    let name = add(view.display_name.get());
    let about = add(view.description.get());
    let avatar = add(view.avatar.get());
    let written = sheet.finish();
    let cut = |place: Option<Place>| place.map(|place| written.cut(place));
    let mut account = Account::new(written.cut(id));
    account.url = Some(written.cut(url));
    account.handle = cut(handle);
    account.name = cut(name);
    account.about = cut(about);
    account.avatar = cut(avatar);
    account.created_at = time(&view.created_at);
    if let Some(viewer) = view.viewer.get() {
        account.followed = Some(viewer.following.get().is_some());
        account.follows = Some(viewer.followed_by.get().is_some());
        account.blocked = Some(viewer.blocking.get().is_some());
        account.muted = viewer.muted.0;
    }
    account.metrics = counts([
        (Metric::Followers, view.followers_count.0),
        (Metric::Following, view.follows_count.0),
        (Metric::Posts, view.posts_count.0),
    ]);
    Some(account)
}

/// The figures that are told.
pub(super) fn counts<const N: usize>(told: [(Metric, Option<u64>); N]) -> Metrics {
    let known = told.iter().filter(|(_, count)| count.is_some()).count();
    if known == 0 {
        return Metrics::default();
    }
    let mut metrics = Metrics::with_capacity(known);
    for (metric, count) in told {
        if let Some(count) = count {
            metrics.insert(Figure::count(metric, count));
        }
    }
    metrics
}

/// A message; `None` for what is left of a deleted one and for the system's own.
pub(super) fn message(
    view: &wire::ChatMessage<'_>,
    conversation: &str,
    me: &str,
) -> Option<Message> {
    view.text.0.as_ref()?;
    let mut message = Message::new(
        MessageId::new(view.id.get()?),
        ConversationId::new(conversation),
    );
    let sender = view.sender.get().and_then(|s| s.did.get());
    message.author = sender.map(|did| {
        let mut author = Account::new(did);
        author.url = Some(account_url(did).into());
        Box::new(author)
    });
    message.outgoing = sender.map(|did| did == me);
    message.text = text(&view.text, &view.facets);
    message.created_at = time(&view.sent_at);
    message.reply_to = view
        .reply_to
        .get()
        .and_then(|m| m.id.get())
        .map(MessageId::new);
    Some(message)
}

/// Fills in what is known of a message's author.
pub(super) fn introduce(message: &mut Message, profiles: &[Account]) {
    if let Some(author) = &mut message.author
        && let Some(known) = profiles.iter().find(|p| p.id == author.id)
    {
        **author = known.clone();
    }
}

/// A conversation; `None` without its handle.
pub(super) fn conversation(view: &wire::Convo<'_>, me: &str) -> Option<Conversation> {
    let id = view.id.get()?;
    let everyone: Vec<Account> = view.members.objects().filter_map(account).collect();
    let mut conversation = Conversation::new(id);
    if let Some(mut last) = view.last_message.get().and_then(|m| message(m, id, me)) {
        introduce(&mut last, &everyone);
        conversation.last = Some(Box::new(last));
    }
    conversation.members = everyone
        .into_iter()
        .filter(|a| a.id.as_str() != me)
        .collect();
    conversation.title = view.kind.get().and_then(|kind| kind.name.owned());
    conversation.unread = view.unread_count.0;
    conversation.request = view.status.get().map(|status| status == "request");
    Some(conversation)
}

/// A trend at its place from 1; `None` without a name.
pub(super) fn trend(view: &wire::Trend<'_>, rank: u32) -> Option<Trend> {
    let mut trend = Trend::new(view.display_name.get().or(view.topic.get())?);
    trend.rank = Some(rank);
    trend.url = view.link.get().map(|link| match link.strip_prefix('/') {
        Some(path) => format!("https://bsky.app/{path}"),
        None => link.to_owned(),
    });
    trend.posts = view.post_count.0;
    trend.since = time(&view.started_at);
    trend.category = view.category.owned();
    Some(trend)
}

/// What happened, by the network's word for it.
pub(super) fn event_kind(reason: &str) -> EventKind {
    match reason {
        "like-via-repost" => EventKind::Like,
        "repost-via-repost" => EventKind::Repost,
        "subscribed-post" => EventKind::Post,
        other => EventKind::from(other),
    }
}

/// Fills an event with what a notification says. `None` where it lacks an address or an author.
pub(super) fn event(view: &wire::Notification<'_>, mut event: Event) -> Option<Event> {
    let uri = view.uri.get()?;
    let actor = view.author.get().and_then(account)?;
    event.at = time(&view.indexed_at);
    event.seen = view.is_read.0;
    let record = view.record.get();
    let names_post = uri_parts(uri).is_some_and(|(_, collection, _)| collection == POST);
    if names_post && let Some(record) = record {
        let post = post_of_record(uri, view.cid.get(), record, actor.clone());
        event.target = match event.kind {
            EventKind::Reply => post.reply_to.clone(),
            EventKind::Quote => post.quote.clone(),
            _ => None,
        };
        event.post = Some(Box::new(post));
    } else {
        event.target = record
            .and_then(|record| record.subject.get())
            .and_then(strong_id);
    }
    if event.target.is_none() {
        // Only the address is told here; without its hash it names the same post.
        event.target = view
            .reason_subject
            .get()
            .filter(|uri| uri_parts(uri).is_some_and(|(_, collection, _)| collection == POST))
            .map(|uri| post_id(uri, None));
    }
    event.account = Some(Box::new(actor));
    Some(event)
}

/// A record of a subject that stands as `at://` address with hash.
pub(super) fn strong_ref(uri: &str, cid: &str) -> Value {
    json!({"uri": uri, "cid": cid})
}

/// An object of a record, without members that are `null`.
pub(super) fn without_null(mut object: Map<String, Value>) -> Map<String, Value> {
    object.retain(|_, value| !value.is_null());
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PostId;
    use crate::shared::lenient::Members;

    fn read<'a, T: Members<'a> + Default>(json: &'a str) -> T {
        // A test may keep what it read until its end.
        let texts = Box::leak(Box::default());
        wire::read_text(json, texts).unwrap()
    }

    #[test]
    fn a_post_with_an_embed_of_the_future_is_read_without_it() {
        let view: wire::PostView<'_> = read(
            r#"{"uri":"at://did:plc:a/app.bsky.feed.post/3n","cid":"bafyreia","author":{"did":"did:plc:a","handle":"handle.invalid"},
                "record":{"text":"hi","createdAt":"2026-01-02T03:04:05.678Z","embed":{"$type":"of.the.future","images":7}},
                "embed":{"$type":"of.the.future","images":"no"},"likeCount":0,"viewer":{},"indexedAt":"x"}"#,
        );
        let post = super::post(&view).unwrap();
        assert_eq!(post.text.as_str(), "hi");
        assert_eq!(post.created_at, "2026-01-02T03:04:05.678Z".parse().ok());
        assert!(post.media.is_empty() && post.quote.is_none() && post.link.is_none());
        assert_eq!(post.metrics.count(Metric::Likes), Some(0));
        assert_eq!(post.metrics.count(Metric::Replies), None);
        assert_eq!(post.mine.liked, Some(false));
        assert_eq!(post.mine.bookmarked, None);
        assert_eq!(post.author.as_ref().unwrap().handle, None);
        assert_eq!(
            post.url.as_deref(),
            Some("https://bsky.app/profile/did:plc:a/post/3n")
        );
    }

    #[test]
    fn a_quote_beside_media_is_found_where_it_stands() {
        let view: wire::PostView<'_> = read(
            r#"{"uri":"at://did:plc:a/app.bsky.feed.post/3n","cid":"bafyreia","author":{"did":"did:plc:a"},
                "record":{"text":"","embed":{"$type":"app.bsky.embed.recordWithMedia",
                    "record":{"$type":"app.bsky.embed.record","record":{"uri":"at://did:plc:b/app.bsky.feed.post/3m","cid":"bafyreib"}},
                    "media":{"$type":"app.bsky.embed.images","images":[{"alt":"a cat","image":{"$type":"blob","ref":{"$link":"bafkreic"},"mimeType":"image/png","size":12}}]}}},
                "embed":{"$type":"app.bsky.embed.recordWithMedia#view",
                    "record":{"record":{"$type":"app.bsky.embed.record#viewRecord","uri":"at://did:plc:b/app.bsky.feed.post/3m","cid":"bafyreib"}},
                    "media":{"$type":"app.bsky.embed.images#view","images":[{"thumb":"https://x/t","fullsize":"https://x/f","alt":"a cat","aspectRatio":{"width":4,"height":3}}]}}}"#,
        );
        let post = super::post(&view).unwrap();
        assert_eq!(
            post.quote,
            Some(PostId::new("at://did:plc:b/app.bsky.feed.post/3m#bafyreib"))
        );
        assert_eq!(post.media.len(), 1);
        let image = &post.media[0];
        assert_eq!(image.url.as_deref(), Some("https://x/f"));
        assert_eq!(image.alt.as_deref(), Some("a cat"));
        assert_eq!(image.dimensions, Some((4, 3)));
        let blob = blob_of_id(image.id.as_ref().unwrap()).unwrap();
        assert_eq!(blob["ref"]["$link"], "bafkreic");
        assert_eq!(blob["size"], 12);
    }

    #[test]
    fn a_quote_that_is_not_shown_keeps_the_hash_that_the_record_names() {
        let quoted = r#"{"uri":"at://did:plc:b/app.bsky.feed.post/3m","cid":"bafyreib"}"#;
        let hidden = r#"{"uri":"at://did:plc:b/app.bsky.feed.post/3m","detached":true}"#;
        let gone = r#"{"uri":"at://did:plc:b/app.bsky.feed.post/3m","notFound":true}"#;
        for view in [hidden, gone] {
            for (kind, record, view) in [
                ("record", quoted.to_owned(), view.to_owned()),
                (
                    "recordWithMedia",
                    format!(r#"{{"record":{quoted}}}"#),
                    format!(r#"{{"record":{view}}}"#),
                ),
            ] {
                let json = format!(
                    r#"{{"uri":"at://did:plc:a/app.bsky.feed.post/3n","cid":"bafyreia","author":{{"did":"did:plc:a"}},
                    "record":{{"text":"","embed":{{"$type":"app.bsky.embed.{kind}","record":{record}}}}},
                    "embed":{{"$type":"app.bsky.embed.{kind}#view","record":{view}}}}}"#
                );
                let post = super::post(&read(&json)).unwrap();
                let wanted = PostId::new("at://did:plc:b/app.bsky.feed.post/3m#bafyreib");
                assert_eq!(post.quote, Some(wanted), "{json}");
            }
        }
    }

    #[test]
    fn a_page_keeps_what_can_be_read_and_tells_what_cannot() {
        let page: wire::Feed<'_> = read(
            r#"{"feed":[7,{"post":{"uri":"at://did:plc:a/app.bsky.feed.post/3n"}},
                {"post":{"uri":"at://did:plc:a/app.bsky.feed.post/3m","author":{"did":"did:plc:a"}},
                 "reason":{"$type":"app.bsky.feed.defs#reasonRepost","by":{"did":"did:plc:b"}}}]}"#,
        );
        let (posts, omitted) = feed(&page.feed);
        assert_eq!(posts.len(), 1);
        assert_eq!(
            posts[0].reposted_by.as_ref().unwrap().id.as_str(),
            "did:plc:b"
        );
        assert_eq!(omitted.len(), 2);
        assert_eq!(omitted[1].id, "at://did:plc:a/app.bsky.feed.post/3n");
    }

    #[test]
    fn notifications_become_events_with_post_and_target() {
        let view: wire::Notification<'_> = read(
            r#"{"uri":"at://did:plc:b/app.bsky.feed.post/3r","cid":"bafyreir","author":{"did":"did:plc:b"},"reason":"reply",
                "reasonSubject":"at://did:plc:a/app.bsky.feed.post/3n","isRead":false,"indexedAt":"2026-01-02T03:04:05Z",
                "record":{"text":"yes","reply":{"root":{"uri":"at://did:plc:a/app.bsky.feed.post/3n","cid":"bafyreia"},
                    "parent":{"uri":"at://did:plc:a/app.bsky.feed.post/3n","cid":"bafyreia"}}}}"#,
        );
        let event = super::event(&view, Event::new("e", "c", event_kind("reply"))).unwrap();
        assert_eq!(event.kind, EventKind::Reply);
        assert_eq!(
            event.target,
            Some(PostId::new("at://did:plc:a/app.bsky.feed.post/3n#bafyreia"))
        );
        assert_eq!(event.post.unwrap().text.as_str(), "yes");
        assert_eq!(event.seen, Some(false));

        let like: wire::Notification<'_> = read(
            r#"{"uri":"at://did:plc:b/app.bsky.feed.like/3r","author":{"did":"did:plc:b"},"reason":"like-via-repost",
                "reasonSubject":"at://did:plc:c/app.bsky.feed.repost/3q",
                "record":{"subject":{"uri":"at://did:plc:a/app.bsky.feed.post/3n","cid":"bafyreia"}}}"#,
        );
        let event =
            super::event(&like, Event::new("e", "c", event_kind("like-via-repost"))).unwrap();
        assert_eq!(event.kind, EventKind::Like);
        assert_eq!(
            event.target,
            Some(PostId::new("at://did:plc:a/app.bsky.feed.post/3n#bafyreia"))
        );
        assert!(event.post.is_none());
        assert_eq!(
            event_kind("starterpack-joined").as_str(),
            "starterpack-joined"
        );
    }
}
