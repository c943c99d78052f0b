//! What stands beside a post's text: its files, its poll, its card and its language.

use super::convert::{millis, time};
use super::markup;
use super::wire::{self, Few, Num, Obj};
use crate::id::MediaId;
use crate::model::{Attachment, LinkCard, MediaKind, Poll, PollOption};
use crate::shared::sheet::{Place, Sheet, Written};

/// What is asked of a file.
pub(super) const MEDIA_FIELDS: &str =
    "alt_text,duration_ms,height,preview_image_url,type,url,variants,width";
/// What is asked of a poll.
pub(super) const POLL_FIELDS: &str = "end_datetime,options";

/// A file as far as it is read, and where its texts stand on the sheet.
pub(super) struct File<'v> {
    view: &'v wire::Media<'v>,
    at: [Option<Place>; 5],
}

impl<'v> File<'v> {
    pub(super) fn of(view: &'v wire::Media<'_>) -> Self {
        Self {
            view,
            at: [None; 5],
        }
    }

    pub(super) fn write(&mut self, sheet: &mut Sheet) {
        let view = self.view;
        let (url, media_type) = match best(view) {
            Some(variant) => (variant.url.get(), variant.content_type.get()),
            None => (view.url.get(), None),
        };
        let told = [
            view.media_key.get(),
            url,
            view.preview_image_url.get(),
            view.alt_text.get(),
            media_type,
        ];
        self.at = told.map(|text| text.map(|text| sheet.add(&[text])));
    }

    pub(super) fn made(self, written: &Written) -> Attachment {
        let view = self.view;
        let mut file = Attachment::new(match view.kind.or_empty() {
            "photo" => MediaKind::Image,
            "animated_gif" => MediaKind::Gif,
            "video" => MediaKind::Video,
            other => MediaKind::from(other),
        });
        let [id, url, preview, alt, media_type] =
            self.at.map(|place| place.map(|place| written.cut(place)));
        file.id = id.map(MediaId::new);
        file.url = url;
        file.preview = preview;
        file.alt = alt;
        file.media_type = media_type;
        file.dimensions = side(view.width).zip(side(view.height));
        file.duration = millis(view.duration_ms);
        file
    }
}

/// The best form of a video that is one file: the one with the most bits.
fn best<'v>(view: &'v wire::Media<'_>) -> Option<&'v wire::Variant<'v>> {
    let files = view
        .variants
        .objects()
        .filter(|variant| variant.content_type.get() != Some("application/x-mpegURL"));
    files
        .filter(|variant| variant.url.get().is_some())
        .max_by_key(|variant| variant.bit_rate.0)
}

fn side(told: Num) -> Option<u32> {
    told.0.and_then(|side| u32::try_from(side).ok())
}

/// A poll.
pub(super) fn poll(view: &wire::Poll<'_>) -> Poll {
    let mut options: Vec<&wire::PollOption<'_>> = view.options.objects().collect();
    options.sort_by_key(|option| option.position.0);
    let mut poll = Poll::new(options.iter().map(|option| {
        let mut choice = PollOption::new(option.label.or_empty());
        choice.votes = option.votes.0;
        choice
    }));
    let votes: Option<u64> = options.iter().map(|option| option.votes.0).sum();
    // One may be chosen, so that as many have voted as there are votes.
    poll.voters = votes.filter(|_| !options.is_empty());
    poll.closes_at = time(&view.end_datetime);
    poll
}

/// Whether a word is a language: X has words for what holds none (`und`, `zxx`, `qme`, `qht` and others).
pub(super) fn is_language(word: &str) -> bool {
    !(matches!(word, "und" | "zxx") || word.len() == 3 && word.starts_with('q'))
}

/// The card of the first link whose page X knows.
pub(super) fn card(urls: &Few<Obj<wire::UrlEntity<'_>>>) -> Option<LinkCard> {
    let known =
        |url: &&wire::UrlEntity<'_>| url.title.get().is_some() || !url.images.as_slice().is_empty();
    let url = urls
        .objects()
        .filter(|url| url.media_key.get().is_none())
        .find(known)?;
    let leads = url.expanded_url.get().or(url.unwound_url.get())?;
    let mut card = LinkCard::new(markup::unescaped(leads));
    card.title = url
        .title
        .get()
        .map(|title| markup::unescaped(title).into_owned());
    card.description = url
        .description
        .get()
        .map(|text| markup::unescaped(text).into_owned());
    card.preview = url.images.objects().find_map(|image| image.url.owned());
    Some(card)
}
