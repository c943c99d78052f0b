//! Posts from the network's views of them. A page of posts is the answer that is read most, so what a post's view says
//! shares one allocation, and an account that writes several posts of an answer is made once.

use std::sync::Arc;

use serde_json::{Value, json};

use super::convert::{account_on, counts, time};
use super::facets::text;
use super::id::{ACCOUNT_PAGE, uri_parts};
use super::rules::POST;
use super::wire;
use super::wire::{Obj, Str};
use crate::error::ErrorKind;
use crate::id::{MediaId, PostId};
use crate::model::{
    Account, Attachment, ContentWarning, LinkCard, MediaKind, Metric, Metrics, Mine, Omitted, Post,
};
use crate::shared::sheet::{Place, Sheet, Written};

/// A post as the AppView shows it; `None` without its address or author.
pub(super) fn post(view: &wire::PostView<'_>) -> Option<Post> {
    Maker::default().post(view)
}

/// A post from its record alone.
pub(super) fn post_of_record(
    uri: &str,
    cid: Option<&str>,
    record: &wire::PostRecord<'_>,
    author: impl Into<Arc<Account>>,
) -> Post {
    Maker::default().written(uri, cid, author.into(), Some(record), None)
}

/// A feed's items as posts, and what of it could not be read.
pub(super) fn feed(items: &[Obj<wire::FeedItem<'_>>]) -> (Vec<Post>, Vec<Omitted>) {
    let mut maker = Maker::of_many(items.len());
    let mut out = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let view = item.get().and_then(|item| item.post.get());
        match view.and_then(|view| maker.post(view)) {
            Some(mut post) => {
                let by = item.get().and_then(|item| item.reason.get());
                post.reposted_by = by
                    .and_then(|reason| reason.by.get())
                    .and_then(|by| maker.account(by));
                out.0.push(post);
            }
            None => out.1.push(unreadable(view)),
        }
    }
    out
}

/// Posts, and what of them could not be read.
pub(super) fn posts(views: &[Obj<wire::PostView<'_>>]) -> (Vec<Post>, Vec<Omitted>) {
    let mut maker = Maker::of_many(views.len());
    let mut out = (Vec::with_capacity(views.len()), Vec::new());
    for view in views {
        match view.get().and_then(|view| maker.post(view)) {
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

/// Makes the posts of one answer.
#[derive(Default)]
struct Maker<'v, 'a> {
    sheet: Sheet,
    /// Who was made already, and of which view.
    accounts: Vec<(&'v wire::Profile<'a>, Arc<Account>)>,
    /// The files of the post that is being made.
    files: Vec<File<'v>>,
    /// Where its languages stand.
    places: Vec<Place>,
}

impl<'v, 'a> Maker<'v, 'a> {
    /// With room for so many posts.
    fn of_many(posts: usize) -> Self {
        Self {
            sheet: Sheet::roomy(),
            accounts: Vec::with_capacity(posts),
            files: Vec::with_capacity(4),
            places: Vec::with_capacity(4),
        }
    }

    /// An account; one that was shown before in the same words is not made again.
    fn account(&mut self, view: &'v wire::Profile<'a>) -> Option<Arc<Account>> {
        let known = self.accounts.iter().rev();
        if let Some((_, account)) = known
            .filter(|(known, _)| known.did == view.did)
            .find(|(known, _)| *known == view)
        {
            return Some(Arc::clone(account));
        }
        let account = Arc::new(account_on(&mut self.sheet, view)?);
        self.accounts.push((view, Arc::clone(&account)));
        Some(account)
    }

    fn post(&mut self, view: &'v wire::PostView<'a>) -> Option<Post> {
        let uri = view.uri.get()?;
        let author = view.author.get().and_then(|author| self.account(author))?;
        let (record, shown) = (view.record.get(), view.embed.get());
        let mut post = self.written(uri, view.cid.get(), author, record, shown);
        post.metrics = metrics_of(view);
        if let Some(viewer) = view.viewer.get() {
            post.mine = Mine::default();
            post.mine.liked = Some(viewer.like.get().is_some());
            post.mine.reposted = Some(viewer.repost.get().is_some());
            post.mine.bookmarked = viewer.bookmarked.0;
        }
        Some(post)
    }

    /// What the author wrote, and how it is shown.
    fn written(
        &mut self,
        uri: &str,
        cid: Option<&str>,
        author: Arc<Account>,
        record: Option<&'v wire::PostRecord<'a>>,
        shown: Option<&'v wire::EmbedView<'a>>,
    ) -> Post {
        let mut post = Post::new(self.id(uri, cid));
        if let Some(record) = record {
            post.text = text(&record.text, &record.facets);
            post.created_at = time(&record.created_at);
            if let Some(labels) = record.labels.get() {
                post.warnings = labels
                    .values
                    .objects()
                    .filter_map(|label| label.val.get())
                    .map(warning)
                    .collect();
            }
            if let Some(reply) = record.reply.get() {
                post.reply_to = self.strong_id(&reply.parent);
                post.thread = if reply.root == reply.parent {
                    post.reply_to.clone()
                } else {
                    self.strong_id(&reply.root)
                };
            }
            if let Some(embed) = record.embed.get() {
                self.embedded(&mut post, embed);
            }
        }
        if let Some(shown) = shown {
            self.shown(&mut post, shown);
        }
        let url = uri_parts(uri).map(|(_, _, rkey)| {
            self.sheet
                .add(&[ACCOUNT_PAGE, author.id.as_str(), "/post/", rkey])
        });
        for file in &mut self.files {
            file.write(&mut self.sheet);
        }
        let languages = record.map_or(&[][..], |record| record.langs.as_slice());
        for language in languages.iter().filter_map(Str::get) {
            self.places.push(self.sheet.add(&[language]));
        }
        let written = self.sheet.finish();
        post.url = url.map(|url| written.cut(url));
        post.languages.reserve_exact(self.places.len());
        for place in self.places.drain(..) {
            post.languages.push(written.cut(place));
        }
        post.media.reserve_exact(self.files.len());
        for file in self.files.drain(..) {
            post.media.push(file.made(&written));
        }
        post.author = Some(author);
        post
    }

    /// The post that an address and hash name. Ids are kept longer than posts, so each stands alone.
    fn id(&mut self, uri: &str, cid: Option<&str>) -> PostId {
        let place = match cid {
            Some(cid) => self.sheet.add(&[uri, "#", cid]),
            None => self.sheet.add(&[uri]),
        };
        PostId::new(self.sheet.finish().cut(place))
    }

    fn strong_id(&mut self, strong: &Obj<wire::StrongRef<'_>>) -> Option<PostId> {
        let strong = strong.get()?;
        Some(self.id(strong.uri.get()?, strong.cid.get()))
    }

    /// The post that is quoted: beside media its address stands one level deeper. Other records are no posts.
    fn quote(&mut self, embedded: &Obj<wire::Embedded<'_>>) -> Option<PostId> {
        let embedded = embedded.get()?;
        let (uri, cid) = match embedded.uri.get() {
            Some(uri) => (uri, embedded.cid.get()),
            None => {
                let inner = embedded.record.get()?;
                (inner.uri.get()?, inner.cid.get())
            }
        };
        let (_, collection, _) = uri_parts(uri)?;
        (collection == POST).then(|| self.id(uri, cid))
    }

    /// The quoted post as the view has it. Of one that is blocked, detached or gone it tells the address alone, so the
    /// record's word stands, which has the hash: a quote's id is the same however it is shown.
    fn show_quote(&mut self, post: &mut Post, embedded: &Obj<wire::Embedded<'_>>) {
        if let Some(shown) = self.quote(embedded)
            && (post.quote.is_none() || shown.as_str().as_bytes().contains(&b'#'))
        {
            post.quote = Some(shown);
        }
    }

    /// What the record embeds: all that is known where no view of it is there.
    fn embedded(&mut self, post: &mut Post, embed: &'v wire::RecordEmbed<'a>) {
        match embed.kind.or_empty() {
            "app.bsky.embed.images" => self.files.extend(embed.images.objects().map(File::image)),
            "app.bsky.embed.gallery" => self.files.extend(embed.items.objects().map(File::image)),
            "app.bsky.embed.video" => {
                let mut video = File::new(MediaKind::Video);
                video.alt = embed.alt.get();
                video.dimensions = dimensions(&embed.aspect_ratio);
                video.blob = embed.video.get();
                self.files.push(video);
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
            "app.bsky.embed.record" => post.quote = self.quote(&embed.record),
            "app.bsky.embed.recordWithMedia" => {
                post.quote = self.quote(&embed.record);
                if let Some(media) = embed.media.get() {
                    self.embedded(post, media);
                }
            }
            _ => {}
        }
    }

    /// What the AppView shows of an embed: addresses in place of hashes.
    fn shown(&mut self, post: &mut Post, view: &'v wire::EmbedView<'a>) {
        match view.kind.or_empty() {
            "app.bsky.embed.images#view" => self.show_images(&view.images),
            "app.bsky.embed.gallery#view" => self.show_images(&view.items),
            "app.bsky.embed.video#view" => {
                if self.files.is_empty() {
                    self.files.push(File::new(MediaKind::Video));
                }
                if let Some(video) = self.files.first_mut() {
                    video.url = view.playlist.get();
                    video.preview = view.thumbnail.get();
                    video.alt = view.alt.get().or(video.alt);
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
            "app.bsky.embed.record#view" | "app.bsky.embed.recordWithMedia#view" => {
                self.show_quote(post, &view.record);
                if let Some(media) = view.media.get() {
                    self.shown(post, media);
                }
            }
            _ => {}
        }
    }

    /// What the record says of a picture stays where the view does not say it; its address comes from the view.
    fn show_images(&mut self, images: &'v wire::Few<Obj<wire::ImageView<'a>>>) {
        for (i, image) in images.objects().enumerate() {
            if self.files.len() <= i {
                self.files.push(File::new(MediaKind::Image));
            }
            let Some(file) = self.files.get_mut(i) else {
                return;
            };
            file.url = image.fullsize.get();
            file.preview = image.thumb.get().or(image.thumbnail.get());
            file.alt = image.alt.get().or(file.alt);
            file.dimensions = dimensions(&image.aspect_ratio).or(file.dimensions);
        }
    }
}

/// A file as far as it is read, and where its texts stand on the sheet.
struct File<'v> {
    kind: MediaKind,
    blob: Option<&'v wire::Blob<'v>>,
    url: Option<&'v str>,
    preview: Option<&'v str>,
    alt: Option<&'v str>,
    dimensions: Option<(u32, u32)>,
    at: Places,
}

#[derive(Clone, Copy, Default)]
struct Places {
    id: Option<Place>,
    media_type: Option<Place>,
    url: Option<Place>,
    preview: Option<Place>,
    alt: Option<Place>,
}

impl<'v> File<'v> {
    fn new(kind: MediaKind) -> Self {
        Self {
            kind,
            blob: None,
            url: None,
            preview: None,
            alt: None,
            dimensions: None,
            at: Places::default(),
        }
    }

    fn image(image: &'v wire::RecordImage<'_>) -> Self {
        let mut file = Self::new(MediaKind::Image);
        file.alt = image.alt.get();
        file.dimensions = dimensions(&image.aspect_ratio);
        file.blob = image.image.get();
        file
    }

    fn write(&mut self, sheet: &mut Sheet) {
        self.at = Places {
            id: self.blob.and_then(|blob| blob_id(sheet, blob)),
            media_type: (self.blob.and_then(|blob| blob.mime_type.get()))
                .map(|text| sheet.add(&[text])),
            url: self.url.map(|text| sheet.add(&[text])),
            preview: self.preview.map(|text| sheet.add(&[text])),
            alt: self.alt.map(|text| sheet.add(&[text])),
        };
    }

    fn made(self, written: &Written) -> Attachment {
        let cut = |place: Option<Place>| place.map(|place| written.cut(place));
        let mut attachment = Attachment::new(self.kind);
        attachment.id = cut(self.at.id).map(MediaId::new);
        attachment.media_type = cut(self.at.media_type);
        attachment.url = cut(self.at.url);
        attachment.preview = cut(self.at.preview);
        attachment.alt = cut(self.at.alt);
        attachment.dimensions = self.dimensions;
        attachment
    }
}

/// A file's handle: content hash, size and type, all of which a record has to repeat.
fn blob_id(sheet: &mut Sheet, blob: &wire::Blob<'_>) -> Option<Place> {
    let cid = blob.link.get()?.cid.get()?;
    let (size, kind) = (blob.size.0?, blob.mime_type.get()?);
    Some(sheet.format(format_args!("{cid}:{size}:{kind}")))
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

fn dimensions(ratio: &Obj<wire::AspectRatio>) -> Option<(u32, u32)> {
    let ratio = ratio.get()?;
    Some((
        u32::try_from(ratio.width.0?).ok()?,
        u32::try_from(ratio.height.0?).ok()?,
    ))
}

/// The post that an address and hash name.
pub(super) fn strong_id(strong: &wire::StrongRef<'_>) -> Option<PostId> {
    Some(Maker::default().id(strong.uri.get()?, strong.cid.get()))
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
