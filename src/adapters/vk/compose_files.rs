//! What is attached to posts, comments and messages: files and polls.

use std::time::Duration;

use super::convert::time;
use super::wire;
use super::wire::{Few, Int, List, Obj};
use crate::model::{Attachment, MediaKind, Poll, PollOption};
use crate::shared::sheet::{Place, Sheet, Written};

/// How wide a picture is that is shown in place of the whole one, in pixels, at least.
const PREVIEW_WIDTH: i64 = 320;

/// A file before its texts are written.
pub(super) struct File<'v> {
    kind: MediaKind,
    /// What the network calls its kind, and the numbers by which it is attached again.
    name: &'static str,
    owner: Option<i64>,
    id: Option<i64>,
    key: Option<&'v str>,
    url: Option<&'v str>,
    preview: Option<&'v str>,
    dimensions: Option<(u32, u32)>,
    duration: Option<Duration>,
    places: [Option<Place>; 3],
}

impl<'v> File<'v> {
    fn new(kind: MediaKind, name: &'static str, owner: Int, id: Int) -> Self {
        Self {
            kind,
            name,
            owner: owner.0.filter(|owner| *owner != 0),
            id: id.0.filter(|id| *id > 0),
            key: None,
            url: None,
            preview: None,
            dimensions: None,
            duration: None,
            places: [None; 3],
        }
    }

    /// A photo, or what is shown like one.
    pub(super) fn photo(name: &'static str, photo: &'v wire::Photo<'_>) -> Self {
        let mut file = Self::new(MediaKind::Image, name, photo.owner_id, photo.id);
        file.key = photo.access_key.get();
        file.pictures(&photo.sizes);
        if file.url.is_none() {
            let sizes = [&photo.url, &photo.photo_604, &photo.photo_586];
            file.url = sizes.into_iter().find_map(wire::Str::get);
            let small = [&photo.photo_200, &photo.photo_130];
            file.preview = small.into_iter().find_map(wire::Str::get);
            file.dimensions = dimensions(photo.width, photo.height);
        }
        file
    }

    fn video(video: &'v wire::Video<'_>) -> Self {
        let mut file = Self::new(MediaKind::Video, "video", video.owner_id, video.id);
        file.key = video.access_key.get();
        // The pictures are of the video, so the largest is its preview.
        let mut largest = -1;
        for size in video.image.objects() {
            let width = size.width.0.unwrap_or_default();
            if let Some(address) = size.url.get().filter(|_| width > largest) {
                largest = width;
                file.preview = Some(address);
            }
        }
        file.dimensions = dimensions(video.width, video.height);
        file.duration = seconds(video.duration);
        file.url = video.player.get();
        file
    }

    fn document(document: &'v wire::Document<'_>) -> Self {
        let is_gif = |ext: &str| ext.eq_ignore_ascii_case("gif");
        let kind = if document.ext.get().is_some_and(is_gif) {
            MediaKind::Gif
        } else {
            MediaKind::Document
        };
        let mut file = Self::new(kind, "doc", document.owner_id, document.id);
        file.key = document.access_key.get();
        let photo = document.preview.get().and_then(|shown| shown.photo.get());
        if let Some(photo) = photo {
            file.pictures(&photo.sizes);
            file.preview = file.url.take();
        }
        file.url = document.url.get();
        file
    }

    fn audio(audio: &'v wire::Audio<'_>) -> Self {
        let mut file = Self::new(MediaKind::Audio, "audio", audio.owner_id, audio.id);
        file.key = audio.access_key.get();
        file.url = audio.url.get();
        file.duration = seconds(audio.duration);
        file
    }

    fn voice(voice: &'v wire::Voice<'_>) -> Self {
        let mut file = Self::new(MediaKind::Audio, "doc", voice.owner_id, voice.id);
        file.key = voice.access_key.get();
        file.url = voice.link_ogg.get().or(voice.link_mp3.get());
        file.duration = seconds(voice.duration);
        file
    }

    fn sticker(sticker: &'v wire::Sticker<'_>) -> Self {
        // A sticker is not attached by owner and number.
        let mut file = Self::new(MediaKind::Image, "sticker", Int(None), sticker.id);
        file.pictures(&sticker.images);
        file
    }

    /// The largest of several sizes, and the smallest that is large enough to be looked at.
    fn pictures(&mut self, sizes: &'v List<Obj<wire::Size<'_>>>) {
        let (mut largest, mut smallest) = (-1, i64::MAX);
        for size in sizes.objects() {
            let Some(address) = size.url.get().or(size.src.get()) else {
                continue;
            };
            // Sizes of old photos are told without their width.
            let width = size.width.0.unwrap_or_default();
            if width > largest {
                largest = width;
                self.url = Some(address);
                self.dimensions = dimensions(size.width, size.height);
            }
            if width >= PREVIEW_WIDTH && width < smallest {
                smallest = width;
                self.preview = Some(address);
            }
        }
        if smallest >= largest {
            self.preview = None;
        }
    }

    /// Where the largest picture of it is.
    pub(super) fn best_address(&self) -> Option<&'v str> {
        self.url
    }

    /// Writes its texts.
    pub(super) fn write(&mut self, sheet: &mut Sheet) {
        let id = self.owner.zip(self.id).map(|(owner, id)| {
            let name = self.name;
            match self.key {
                Some(key) => sheet.format(format_args!("{name}{owner}_{id}_{key}")),
                None => sheet.format(format_args!("{name}{owner}_{id}")),
            }
        });
        let url = self.url.map(|url| sheet.add(&[url]));
        let preview = self.preview.map(|preview| sheet.add(&[preview]));
        self.places = [id, url, preview];
    }

    pub(super) fn made(self, written: &Written) -> Attachment {
        let [id, url, preview] = self.places;
        let cut = |place: Option<Place>| place.map(|place| written.cut(place));
        let mut attachment = Attachment::new(self.kind);
        attachment.id = cut(id).map(Into::into);
        attachment.url = cut(url);
        attachment.preview = cut(preview);
        attachment.dimensions = self.dimensions;
        attachment.duration = self.duration;
        attachment
    }
}

/// Whether the network is still working on a video among what is attached.
pub(super) fn is_worked_on(attached: &Few<Obj<wire::Attached<'_>>>) -> bool {
    let mut videos = attached
        .objects()
        .filter_map(|view| view.video.get().or(view.clip.get()));
    videos.any(|video| video.processing.0 == Some(true) || video.converting.0 == Some(true))
}

/// The files among what is attached.
pub(super) fn files<'v>(attached: &'v Few<Obj<wire::Attached<'_>>>, into: &mut Vec<File<'v>>) {
    for view in attached.objects() {
        let file = if let Some(photo) = view.photo.get() {
            File::photo("photo", photo)
        } else if let Some(video) = view.video.get().or(view.clip.get()) {
            File::video(video)
        } else if let Some(document) = view.doc.get() {
            File::document(document)
        } else if let Some(audio) = view.audio.get() {
            File::audio(audio)
        } else if let Some(voice) = view.audio_message.get() {
            File::voice(voice)
        } else if let Some(photo) = view.posted_photo.get() {
            File::photo("photo", photo)
        } else if let Some(graffiti) = view.graffiti.get() {
            File::photo("graffiti", graffiti)
        } else if let Some(sticker) = view.sticker.get() {
            File::sticker(sticker)
        } else {
            continue;
        };
        into.push(file);
    }
}

/// The files of a message.
pub(super) fn attachments(attached: &Few<Obj<wire::Attached<'_>>>) -> Vec<Attachment> {
    if attached.is_empty() {
        return Vec::new();
    }
    let (mut sheet, mut found) = (Sheet::roomy(), Vec::new());
    files(attached, &mut found);
    for file in &mut found {
        file.write(&mut sheet);
    }
    let written = sheet.finish();
    found.into_iter().map(|file| file.made(&written)).collect()
}

/// A poll.
pub(super) fn poll(view: &wire::Poll<'_>) -> Poll {
    let count = |told: Int| told.0.and_then(|count| u64::try_from(count).ok());
    let options = view.answers.objects().map(|answer| {
        let mut option = PollOption::new(answer.text.or_empty());
        option.votes = count(answer.votes);
        option
    });
    let mut poll = Poll::new(options);
    poll.question = view.question.owned();
    poll.multiple = view.multiple.0 == Some(true);
    poll.closes_at = time(view.end_date);
    poll.voters = count(view.votes);
    let chosen: Vec<u32> = view
        .answers
        .objects()
        .zip(0..)
        .filter(|(answer, _)| answer.id.0.is_some() && view.mine.0.contains(&answer.id))
        .map(|(_, place)| place)
        .collect();
    // An empty list is also told to who has no vote, such as an application.
    poll.mine = Some(chosen).filter(|chosen| !chosen.is_empty());
    poll
}

fn dimensions(width: Int, height: Int) -> Option<(u32, u32)> {
    let side = |told: Int| told.0.and_then(|side| u32::try_from(side).ok());
    side(width)
        .zip(side(height))
        .filter(|(width, height)| *width > 0 && *height > 0)
}

fn seconds(told: Int) -> Option<Duration> {
    let seconds = told.0.and_then(|seconds| u64::try_from(seconds).ok())?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Vec<Attachment> {
        let view: wire::Said<'_> = crate::adapters::vk::wire::told(json);
        attachments(&view.attachments)
    }

    #[test]
    fn each_kind_of_file_is_told_with_what_attaches_it_again() {
        let files = read(
            r#"{"attachments":[
                {"type":"video","video":{"id":1,"owner_id":-2,"access_key":"k","duration":61,"width":1280,"height":720,
                    "image":[{"url":"https://x/1","width":130},{"url":"https://x/2","width":800}]}},
                {"type":"doc","doc":{"id":3,"owner_id":4,"ext":"PDF","url":"https://x/d","preview":{"photo":{"sizes":[{"src":"https://x/p","width":100,"height":50}]}}}},
                {"type":"audio","audio":{"id":5,"owner_id":6,"url":"https://x/a","duration":7}},
                {"type":"audio_message","audio_message":{"id":8,"owner_id":9,"access_key":"z","link_ogg":"https://x/o","link_mp3":"https://x/m","duration":2}},
                {"type":"sticker","sticker":{"sticker_id":10,"images":[{"url":"https://x/s","width":64,"height":64}]}},
                {"type":"graffiti","graffiti":{"id":11,"owner_id":12,"url":"https://x/g","width":5,"height":6}},
                {"type":"of_the_future","of_the_future":{"id":1}}, 7]}"#,
        );
        let ids: Vec<_> = files
            .iter()
            .map(|f| f.id.as_ref().map(|id| id.as_str()))
            .collect();
        assert_eq!(
            ids,
            [
                Some("video-2_1_k"),
                Some("doc4_3"),
                Some("audio6_5"),
                Some("doc9_8_z"),
                None,
                Some("graffiti12_11")
            ]
        );
        assert_eq!(files[0].preview.as_deref(), Some("https://x/2"));
        assert_eq!(files[0].duration, Some(Duration::from_secs(61)));
        assert_eq!(files[1].kind, MediaKind::Document);
        assert_eq!(files[1].preview.as_deref(), Some("https://x/p"));
        assert_eq!(files[1].url.as_deref(), Some("https://x/d"));
        assert_eq!(files[3].url.as_deref(), Some("https://x/o"));
        assert_eq!(files[4].url.as_deref(), Some("https://x/s"));
        assert_eq!(files[5].dimensions, Some((5, 6)));
    }

    #[test]
    fn a_photo_without_sizes_has_no_address() {
        let files =
            read(r#"{"attachments":[{"type":"photo","photo":{"id":1,"owner_id":2,"sizes":[]}}]}"#);
        assert_eq!(
            (files[0].url.as_deref(), files[0].preview.as_deref()),
            (None, None)
        );
    }
}
