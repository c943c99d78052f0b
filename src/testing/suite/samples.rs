//! Small files that are what they say.

use bytes::Bytes;

use crate::model::{Media, MediaKind};
use crate::text::TextLimit;

/// A picture of 3 × 2 pixels.
const PNG_WIDE: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00\x12\x16\xf1M\x00\x00\x00\x10IDATx\xdac8!g\x03A\x0cp\x16\x00GT\x06\xcd\xc4\x87\x98\xf1\x00\x00\x00\x00IEND\xaeB`\x82";

/// A picture of 1 × 4 pixels.
const PNG_HIGH: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x04\x08\x02\x00\x00\x00\xc0\xba\xc2m\x00\x00\x00\x0eIDATx\xdac8!g\xc3\x80\x84\x01&\x80\x04\x89\xc0C\x8aj\x00\x00\x00\x00IEND\xaeB`\x82";

/// One pixel, in the format of moving pictures.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xc8\x1e<\x00\x00\x00!\xf9\x04\x00\x0a\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

pub(super) fn wide_picture() -> Media {
    Media::bytes(Bytes::from_static(PNG_WIDE)).media_type("image/png")
}

pub(super) fn high_picture() -> Media {
    Media::bytes(Bytes::from_static(PNG_HIGH)).media_type("image/png")
}

/// A film of one second without a picture: the file's frame, and a header that tells its length.
fn mp4() -> Vec<u8> {
    let boxed = |kind: &[u8; 4], body: &[u8]| {
        let size = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
        [&size.to_be_bytes()[..], kind, body].concat()
    };
    let mut header = vec![0; 12];
    header.extend(1000_u32.to_be_bytes());
    header.extend(1000_u32.to_be_bytes());
    header.resize(100, 0);
    [
        boxed(b"ftyp", b"isom\x00\x00\x02\x00isomiso2mp41"),
        boxed(b"moov", &boxed(b"mvhd", &header)),
        boxed(b"mdat", &[0; 64]),
    ]
    .concat()
}

/// A small file of a kind.
pub(super) fn file(kind: &MediaKind) -> Media {
    match kind {
        MediaKind::Image => wide_picture(),
        MediaKind::Video => Media::bytes(mp4())
            .media_type("video/mp4")
            .name("film.mp4")
            .dimensions((16, 9)),
        MediaKind::Gif => Media::bytes(Bytes::from_static(GIF)).media_type("image/gif"),
        MediaKind::Audio => Media::bytes(Bytes::from_static(b"ID3\x03\x00\x00\x00\x00\x00\x00"))
            .media_type("audio/mpeg")
            .name("sound.mp3"),
        _ => Media::bytes(Bytes::from_static(b"%PDF-1.4\n%%EOF\n"))
            .media_type("application/pdf")
            .name("paper.pdf"),
    }
}

/// One sign of several code points, eleven bytes long.
const LONG_SIGN: &str = "👩‍🚀";

/// A text of exactly so many units, beginning with these words.
pub(super) fn as_long_as(limit: &TextLimit, beginning: &str) -> String {
    let mut text = beginning.to_owned();
    let missing = limit.max.saturating_sub(limit.measure(&text));
    // A space now and then, never at the end, since networks trim and dislike long words.
    for i in (0..missing).rev() {
        text.push(if i % 10 == 5 { ' ' } else { 'a' });
    }
    text
}

/// A text of long signs that is as many bytes as the limit lets it be, beginning with these words.
pub(super) fn as_heavy_as(limit: &TextLimit, beginning: &str) -> String {
    let mut text = format!("{beginning} ");
    loop {
        text.push_str(LONG_SIGN);
        if !limit.is_within(&text) {
            text.truncate(text.len() - LONG_SIGN.len());
            return text;
        }
    }
}
