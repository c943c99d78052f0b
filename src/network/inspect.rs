use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt;

use crate::error::{Error, Result, Rule, Violation};
use crate::model::{Draft, Media, MediaSource};
use crate::shared::disk::on_disk;

/// How much of a file's beginning is looked at. The size of a JPEG stands behind its embedded preview, which may be large.
const HEAD_BYTES: usize = 256 * 1024;

impl Draft {
    /// The same draft with what its files say: type, size, dimensions, duration. What the caller has set stays. A file
    /// of no known type, whose kind is not set either, is `application/octet-stream`.
    ///
    /// Files on the web are left as they are: only the network, or an upload, reads them.
    ///
    /// # Errors
    /// `Invalid`, naming every file that is not there or cannot be read.
    pub async fn inspect(&self) -> Result<Draft> {
        let mut draft = self.clone();
        let mut found = Vec::new();
        for (i, media) in draft.media.iter_mut().enumerate() {
            if let Err(violation) = look_at(media, &format!("media[{i}]")).await {
                found.push(violation);
            }
        }
        if let Some(thumbnail) = draft.link.as_mut().and_then(|l| l.thumbnail.as_mut())
            && let Err(violation) = look_at(thumbnail, "link.thumbnail").await
        {
            found.push(violation);
        }
        if found.is_empty() {
            Ok(draft)
        } else {
            Err(Error::invalid(found))
        }
    }
}

impl Media {
    /// The same file with what it says of itself, as [`Draft::inspect`] finds it.
    ///
    /// # Errors
    /// `Invalid` where the file is not there or cannot be read.
    pub async fn inspect(&self) -> Result<Media> {
        let mut media = self.clone();
        match look_at(&mut media, "media").await {
            Ok(()) => Ok(media),
            Err(violation) => Err(Error::invalid(vec![violation])),
        }
    }
}

async fn look_at(media: &mut Media, field: &str) -> Result<(), Violation> {
    let unreadable = |what: String| Violation::error(Rule::Missing, field, what);
    let facts = match &media.source {
        MediaSource::Bytes(bytes) => {
            let head = bytes.get(..bytes.len().min(HEAD_BYTES)).unwrap_or_default();
            Facts {
                size: Some(bytes.len() as u64),
                duration: mp4_duration_in(bytes),
                ..Facts::of_head(head)
            }
        }
        MediaSource::File(path) => {
            let there = path.clone();
            on_disk(move || file_facts(&there)).await.map_err(|e| {
                unreadable(format!(
                    "{} cannot be read ({e}): check the path and the rights",
                    path.display()
                ))
            })?
        }
        MediaSource::Factory(factory) => {
            let mut stream = factory
                .open()
                .await
                .map_err(|e| unreadable(format!("the file cannot be opened: {e}")))?;
            let mut head = Vec::new();
            while head.len() < HEAD_BYTES {
                match stream.next().await {
                    Some(Ok(piece)) => head.extend_from_slice(&piece),
                    Some(Err(e)) => {
                        return Err(unreadable(format!("the file cannot be read: {e}")));
                    }
                    None => break,
                }
            }
            Facts {
                size: factory.len(),
                ..Facts::of_head(&head)
            }
        }
        _ => return Ok(()),
    };
    media.size = media.size.or(facts.size);
    media.dimensions = media.dimensions.or(facts.dimensions);
    media.duration = media.duration.or(facts.duration);
    if media.media_type.is_none() {
        // What nobody recognises and nobody calls by its kind is a file of any kind: no picture is made of it on a guess.
        let unknown = media.kind.is_none().then_some("application/octet-stream");
        media.media_type = facts.media_type.or(unknown).map(str::to_owned);
    }
    Ok(())
}

#[derive(Default)]
struct Facts {
    media_type: Option<&'static str>,
    size: Option<u64>,
    dimensions: Option<(u32, u32)>,
    duration: Option<Duration>,
}

impl Facts {
    fn of_head(head: &[u8]) -> Self {
        let dimensions = imagesize::blob_size(head).ok().and_then(|size| {
            Some((
                u32::try_from(size.width).ok()?,
                u32::try_from(size.height).ok()?,
            ))
        });
        Self {
            media_type: sniff(head),
            dimensions,
            ..Self::default()
        }
    }
}

/// The media type that a file's first bytes show, for the types that networks take.
fn sniff(head: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| {
        head.get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    let types: [(usize, &[u8], &'static str); 12] = [
        (0, b"\x89PNG\r\n\x1a\n", "image/png"),
        (0, b"\xff\xd8\xff", "image/jpeg"),
        (0, b"GIF8", "image/gif"),
        (8, b"WEBP", "image/webp"),
        (4, b"ftypqt", "video/quicktime"),
        (4, b"ftypheic", "image/heic"),
        (4, b"ftypavif", "image/avif"),
        (4, b"ftypM4A", "audio/mp4"),
        (4, b"ftyp", "video/mp4"),
        (0, b"\x1aE\xdf\xa3", "video/webm"),
        (0, b"OggS", "audio/ogg"),
        (0, b"%PDF-", "application/pdf"),
    ];
    let audio = at(0, b"ID3") || at(0, b"\xff\xfb") || at(0, b"\xff\xf3");
    types
        .iter()
        .find(|(offset, magic, _)| at(*offset, magic))
        .map(|t| t.2)
        .or(audio.then_some("audio/mpeg"))
}

fn file_facts(path: &Path) -> std::io::Result<Facts> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let mut facts = Facts {
        size: Some(metadata.len()),
        ..Facts::of_head(&head)
    };
    if matches!(
        facts.media_type,
        Some("video/mp4" | "video/quicktime" | "audio/mp4")
    ) {
        facts.duration = mp4_duration_of(&mut file);
    }
    Ok(facts)
}

/// How many boxes of a file are stepped over in search of its header: real files have a handful.
const MOST_BOXES: usize = 64;

/// How much of a movie's header is read. The part that tells the duration stands first in it.
const MOVIE_HEADER_BYTES: u64 = 4096;

/// The duration in an ISO base media file (ISO/IEC 14496-12): the box `mvhd` within the box `moov`.
fn mp4_duration_of(file: &mut File) -> Option<Duration> {
    let mut position = 0_u64;
    for _ in 0..MOST_BOXES {
        file.seek(SeekFrom::Start(position)).ok()?;
        let mut header = Vec::with_capacity(16);
        (&mut *file).take(16).read_to_end(&mut header).ok()?;
        let (size, kind, header_len) = box_header(&header)?;
        if kind == *b"moov" {
            file.seek(SeekFrom::Start(position + header_len)).ok()?;
            let mut body = Vec::new();
            file.take(MOVIE_HEADER_BYTES).read_to_end(&mut body).ok()?;
            return movie_duration(&body);
        }
        position = position.checked_add(size)?;
    }
    None
}

fn mp4_duration_in(bytes: &[u8]) -> Option<Duration> {
    if !bytes.get(4..)?.starts_with(b"ftyp") {
        return None;
    }
    let mut rest = bytes;
    for _ in 0..MOST_BOXES {
        let (size, kind, header_len) = box_header(rest)?;
        if kind == *b"moov" {
            return movie_duration(rest.get(usize::try_from(header_len).ok()?..)?);
        }
        rest = rest.get(usize::try_from(size).ok()?..)?;
    }
    None
}

/// A box's whole size, its type, and the size of its header.
fn box_header(bytes: &[u8]) -> Option<(u64, [u8; 4], u64)> {
    let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    let kind: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    match size {
        // The size stands behind the type, in eight bytes.
        1 => {
            let size = u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?);
            (size >= 16).then_some((size, kind, 16))
        }
        // The box reaches to the end of the file; nothing comes after it.
        0 => Some((u64::MAX, kind, 8)),
        size => (size >= 8).then_some((size.into(), kind, 8)),
    }
}

fn movie_duration(mut body: &[u8]) -> Option<Duration> {
    for _ in 0..MOST_BOXES {
        let (size, kind, header_len) = box_header(body)?;
        if kind != *b"mvhd" {
            body = body.get(usize::try_from(size).ok()?..)?;
            continue;
        }
        let content = body.get(usize::try_from(header_len).ok()?..)?;
        let long = *content.first()? == 1;
        // Version 1 keeps times in eight bytes each, version 0 in four.
        let (scale_at, duration) = if long {
            (
                20,
                u64::from_be_bytes(content.get(24..32)?.try_into().ok()?),
            )
        } else {
            (
                12,
                u32::from_be_bytes(content.get(16..20)?.try_into().ok()?).into(),
            )
        };
        let scale = u32::from_be_bytes(content.get(scale_at..scale_at + 4)?.try_into().ok()?);
        return Duration::try_from_secs_f64(duration as f64 / f64::from(scale)).ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movie(version: u8) -> Vec<u8> {
        let mut mvhd = vec![version, 0, 0, 0];
        if version == 1 {
            mvhd.extend([0; 16]);
            mvhd.extend(1000_u32.to_be_bytes());
            mvhd.extend(2500_u64.to_be_bytes());
        } else {
            mvhd.extend([0; 8]);
            mvhd.extend(1000_u32.to_be_bytes());
            mvhd.extend(2500_u32.to_be_bytes());
        }
        let boxed = |kind: &[u8; 4], body: &[u8]| {
            let mut out = (body.len() as u32 + 8).to_be_bytes().to_vec();
            out.extend(kind);
            out.extend(body);
            out
        };
        let mut file = boxed(b"ftyp", b"isom");
        file.extend(boxed(b"mdat", &[7; 5000]));
        file.extend(boxed(b"moov", &boxed(b"mvhd", &mvhd)));
        file
    }

    #[tokio::test]
    async fn a_movie_tells_its_duration_wherever_its_header_stands() {
        for version in [0, 1] {
            let media = Media::bytes(movie(version)).inspect().await.unwrap();
            assert_eq!(media.media_type.as_deref(), Some("video/mp4"));
            assert_eq!(media.duration, Some(Duration::from_millis(2500)));
            let path = std::env::temp_dir().join(format!(
                "sociable-inspect-{}-{version}.mp4",
                std::process::id()
            ));
            std::fs::write(&path, movie(version)).unwrap();
            let from_file = Media::file(&path).inspect().await.unwrap();
            std::fs::remove_file(&path).unwrap();
            assert_eq!(from_file.duration, Some(Duration::from_millis(2500)));
            assert_eq!(from_file.size, Some(movie(version).len() as u64));
        }
    }

    #[tokio::test]
    async fn broken_movies_have_no_duration_and_do_no_harm() {
        let whole = movie(0);
        for end in 0..whole.len() {
            let _ = mp4_duration_in(&whole[..end]);
        }
        assert_eq!(mp4_duration_in(&[0, 0, 0, 0, b'f', b't', b'y', b'p']), None);
    }

    #[tokio::test]
    async fn a_missing_file_is_named_before_anything_is_sent() {
        let error = Draft::text("x")
            .media(Media::file("no/such/file.png"))
            .inspect()
            .await
            .unwrap_err();
        assert_eq!(error.violations()[0].field, "media[0]");
        assert!(error.to_string().contains("no/such/file.png"), "{error}");
    }
}
