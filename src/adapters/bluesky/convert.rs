//! Between the network's words and the models. Nothing here does I/O, and nothing is invented: what a view does not
//! say stays `None`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::facets::text;
use super::id::{account_url, post_id, post_url, uri_parts};
use super::rules::POST;
use super::wire;
use super::wire::{Obj, Str};
use crate::error::ErrorKind;
use crate::id::{ConversationId, MediaId, MessageId, PostId};
use crate::model::{
    Account, Attachment, ContentWarning, Conversation, Event, EventKind, Figure, LinkCard,
    MediaKind, Message, Metric, Metrics, Mine, Omitted, Post, Trend,
};

/// The handle that the network shows where an account's own no longer holds.
const INVALID_HANDLE: &str = "handle.invalid";

/// A moment as the network writes it.
pub(super) fn time(text: &Str<'_>) -> Option<Timestamp> {
    text.get()?.parse().ok()
}

/// An account; `None` without its DID.
pub(super) fn account(view: &wire::Profile<'_>) -> Option<Account> {
    let did = view.did.get()?;
    let mut account = Account::new(did);
    account.url = Some(account_url(did));
    account.handle = view
        .handle
        .get()
        .filter(|handle| *handle != INVALID_HANDLE)
        .map(str::to_owned);
    account.name = view.display_name.owned();
    account.about = view.description.owned();
    account.avatar = view.avatar.owned();
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
fn counts<const N: usize>(told: [(Metric, Option<u64>); N]) -> Metrics {
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

/// A post as the AppView shows it; `None` without its address or author.
pub(super) fn post(view: &wire::PostView<'_>) -> Option<Post> {
    let uri = view.uri.get()?;
    let author = view.author.get().and_then(account)?;
    let mut post = Post::new(post_id(uri, view.cid.get()));
    post.url = uri_parts(uri).map(|(_, _, rkey)| post_url(author.id.as_str(), rkey));
    post.author = Some(Box::new(author));
    if let Some(record) = view.record.get() {
        written(&mut post, record);
    }
    if let Some(view) = view.embed.get() {
        shown(&mut post, view);
    }
    post.metrics = metrics_of(view);
    if let Some(viewer) = view.viewer.get() {
        post.mine = Mine::default();
        post.mine.liked = Some(viewer.like.get().is_some());
        post.mine.reposted = Some(viewer.repost.get().is_some());
        post.mine.bookmarked = viewer.bookmarked.0;
    }
    Some(post)
}

/// A post's figures.
pub(super) fn metrics_of(view: &wire::PostView<'_>) -> Metrics {
    counts([
        (Metric::Likes, view.like_count.0),
        (Metric::Reposts, view.repost_count.0),
        (Metric::Replies, view.reply_count.0),
        (Metric::Quotes, view.quote_count.0),
        (Metric::Bookmarks, view.bookmark_count.0),
    ])
}

/// A post from its record alone.
pub(super) fn post_of_record(
    uri: &str,
    cid: Option<&str>,
    record: &wire::PostRecord<'_>,
    author: Account,
) -> Post {
    let mut post = Post::new(post_id(uri, cid));
    post.url = uri_parts(uri).map(|(_, _, rkey)| post_url(author.id.as_str(), rkey));
    post.author = Some(Box::new(author));
    written(&mut post, record);
    post
}

/// What the author wrote.
fn written(post: &mut Post, record: &wire::PostRecord<'_>) {
    post.text = text(&record.text, &record.facets);
    post.created_at = time(&record.created_at);
    post.languages = record.langs.0.iter().filter_map(Str::owned).collect();
    if let Some(labels) = record.labels.get() {
        post.warnings = labels
            .values
            .objects()
            .filter_map(|label| label.val.get())
            .map(warning)
            .collect();
    }
    if let Some(reply) = record.reply.get() {
        post.reply_to = reply.parent.get().and_then(strong_id);
        post.thread = reply.root.get().and_then(strong_id);
    }
    if let Some(embed) = record.embed.get() {
        embedded(post, embed);
    }
}

/// What the record embeds: all that is known where no view of it is there.
fn embedded(post: &mut Post, embed: &wire::RecordEmbed<'_>) {
    match embed.kind.or_empty() {
        "app.bsky.embed.images" => post.media.extend(embed.images.objects().map(record_image)),
        "app.bsky.embed.gallery" => post.media.extend(embed.items.objects().map(record_image)),
        "app.bsky.embed.video" => {
            let mut video = Attachment::new(MediaKind::Video);
            video.alt = embed.alt.owned();
            video.dimensions = dimensions(&embed.aspect_ratio);
            set_blob(&mut video, &embed.video);
            post.media.push(video);
        }
        "app.bsky.embed.external" => {
            if let Some(card) = embed.external.get()
                && let Some(url) = card.uri.get()
            {
                let mut link = LinkCard::new(url);
                link.title = card.title.owned();
                link.description = card.description.owned();
                post.link = Some(Box::new(link));
            }
        }
        "app.bsky.embed.record" => post.quote = embed.record.get().and_then(quote),
        "app.bsky.embed.recordWithMedia" => {
            post.quote = embed.record.get().and_then(quote);
            if let Some(media) = embed.media.get() {
                embedded(post, media);
            }
        }
        _ => {}
    }
}

fn record_image(image: &wire::RecordImage<'_>) -> Attachment {
    let mut attachment = Attachment::new(MediaKind::Image);
    attachment.alt = image.alt.owned();
    attachment.dimensions = dimensions(&image.aspect_ratio);
    set_blob(&mut attachment, &image.image);
    attachment
}

fn set_blob(attachment: &mut Attachment, blob: &Obj<wire::Blob<'_>>) {
    let Some(blob) = blob.get() else { return };
    attachment.media_type = blob.mime_type.owned();
    attachment.id = blob_id(blob);
}

/// A file's handle: content hash, size and type, all of which a record has to repeat.
pub(super) fn blob_id(blob: &wire::Blob<'_>) -> Option<MediaId> {
    let cid = blob.link.get()?.cid.get()?;
    let size = blob.size.0?;
    Some(MediaId::new(format!(
        "{cid}:{size}:{}",
        blob.mime_type.get()?
    )))
}

/// The file that a handle names, as a record holds it.
pub(super) fn blob_of_id(id: &MediaId) -> Option<Value> {
    let mut parts = id.as_str().splitn(3, ':');
    let (cid, size, mime_type) = (parts.next()?, parts.next()?, parts.next()?);
    let size: u64 = size.parse().ok()?;
    let good = !cid.is_empty() && mime_type.contains('/');
    good.then(
        || json!({"$type": "blob", "ref": {"$link": cid}, "mimeType": mime_type, "size": size}),
    )
}

/// What the AppView shows of an embed: addresses in place of hashes.
fn shown(post: &mut Post, view: &wire::EmbedView<'_>) {
    match view.kind.or_empty() {
        "app.bsky.embed.images#view" => show_images(post, &view.images),
        "app.bsky.embed.gallery#view" => show_images(post, &view.items),
        "app.bsky.embed.video#view" => {
            if post.media.is_empty() {
                post.media.push(Attachment::new(MediaKind::Video));
            }
            if let Some(video) = post.media.first_mut() {
                video.url = view.playlist.owned();
                video.preview = view.thumbnail.owned();
                video.alt = view.alt.owned().or(video.alt.take());
                video.dimensions = dimensions(&view.aspect_ratio).or(video.dimensions);
                if view.presentation.get() == Some("gif") {
                    video.kind = MediaKind::Gif;
                }
            }
        }
        "app.bsky.embed.external#view" => {
            if let Some(card) = view.external.get()
                && let Some(url) = card.uri.get()
            {
                let mut link = LinkCard::new(url);
                link.title = card.title.owned();
                link.description = card.description.owned();
                link.preview = card.thumb.owned();
                post.link = Some(Box::new(link));
            }
        }
        "app.bsky.embed.record#view" => post.quote = view_quote(view).or(post.quote.take()),
        "app.bsky.embed.recordWithMedia#view" => {
            post.quote = view_quote(view).or(post.quote.take());
            if let Some(media) = view.media.get() {
                shown(post, media);
            }
        }
        _ => {}
    }
}

/// What the record says of a picture stays where the view does not say it; its address comes from the view.
fn show_images(post: &mut Post, images: &wire::List<Obj<wire::ImageView<'_>>>) {
    for (i, image) in images.objects().enumerate() {
        if post.media.len() <= i {
            post.media.push(Attachment::new(MediaKind::Image));
        }
        let Some(attachment) = post.media.get_mut(i) else {
            return;
        };
        attachment.url = image.fullsize.owned();
        attachment.preview = image.thumb.owned().or_else(|| image.thumbnail.owned());
        attachment.alt = image.alt.owned().or(attachment.alt.take());
        attachment.dimensions = dimensions(&image.aspect_ratio).or(attachment.dimensions);
    }
}

fn view_quote(view: &wire::EmbedView<'_>) -> Option<PostId> {
    view.record.get().and_then(quote)
}

/// The post that is quoted: beside media its address stands one level deeper. Other records are no posts.
fn quote(embedded: &wire::Embedded<'_>) -> Option<PostId> {
    let (uri, cid) = match embedded.uri.get() {
        Some(uri) => (uri, embedded.cid.get()),
        None => {
            let inner = embedded.record.get()?;
            (inner.uri.get()?, inner.cid.get())
        }
    };
    let (_, collection, _) = uri_parts(uri)?;
    (collection == POST).then(|| post_id(uri, cid))
}

fn dimensions(ratio: &Obj<wire::AspectRatio>) -> Option<(u32, u32)> {
    let ratio = ratio.get()?;
    Some((
        u32::try_from(ratio.width.0?).ok()?,
        u32::try_from(ratio.height.0?).ok()?,
    ))
}

/// The post that an address and hash name.
pub(super) fn strong_id(strong: &wire::StrongRef<'_>) -> Option<PostId> {
    Some(post_id(strong.uri.get()?, strong.cid.get()))
}

fn warning(label: &str) -> ContentWarning {
    match label {
        "graphic-media" => ContentWarning::Graphic,
        other => ContentWarning::from(other),
    }
}

/// The network's word for a warning.
pub(super) fn label(warning: &ContentWarning) -> &str {
    match warning {
        ContentWarning::Graphic => "graphic-media",
        other => other.as_str(),
    }
}

/// A feed's items as posts, and what of it could not be read.
pub(super) fn feed(items: &[Obj<wire::FeedItem<'_>>]) -> (Vec<Post>, Vec<Omitted>) {
    let mut out = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let view = item.get().and_then(|item| item.post.get());
        match view.and_then(post) {
            Some(mut post) => {
                let by = item.get().and_then(|item| item.reason.get());
                post.reposted_by = by
                    .and_then(|reason| reason.by.get())
                    .and_then(account)
                    .map(Box::new);
                out.0.push(post);
            }
            None => out.1.push(unreadable(view)),
        }
    }
    out
}

/// Posts, and what of them could not be read.
pub(super) fn posts(views: &[Obj<wire::PostView<'_>>]) -> (Vec<Post>, Vec<Omitted>) {
    let mut out = (Vec::with_capacity(views.len()), Vec::new());
    for view in views {
        match view.get().and_then(post) {
            Some(post) => out.0.push(post),
            None => out.1.push(unreadable(view.get())),
        }
    }
    out
}

fn unreadable(view: Option<&wire::PostView<'_>>) -> Omitted {
    let uri = view.and_then(|view| view.uri.get()).unwrap_or("?");
    Omitted::new(
        uri,
        ErrorKind::Decode,
        "the server shows it without its address or its author",
    )
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
        author.url = Some(account_url(did));
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

    fn read<'a, T: serde::Deserialize<'a>>(json: &'a str) -> T {
        serde_json::from_str(json).unwrap()
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
