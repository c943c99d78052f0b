//! How long texts may be, and what files must be like (docs, media and counting characters; twitter-text, config v3).

use super::Facts;
use crate::model::MediaKind;
use crate::network::{MediaLimit, MediaRules, TextRules};
use crate::text::{Count, TextLimit, WeightedRules};

/// A post's text, in weighted characters.
pub(in super::super) const POST_UNITS: usize = 280;
/// The longest that an account with Premium may set (docs).
pub(in super::super) const PREMIUM_UNITS: usize = 25_000;
/// A message's text. The unit is not said; UTF-16 units are the most careful reading (archived reference of v2).
const MESSAGE_UNITS: usize = 10_000;
/// The description of a file (contract).
const ALT_UNITS: usize = 1000;
/// One answer of a poll (contract).
const POLL_OPTION_UNITS: usize = 25;
/// How many answers a poll has (contract).
pub(in super::super) const POLL_OPTIONS: (u32, u32) = (2, 4);
/// For how many minutes a poll is open, from and to (contract).
pub(in super::super) const POLL_MINUTES: (u64, u64) = (5, 10_080);
/// For how many minutes where nobody says: a day, as the network's own app proposes.
pub(in super::super) const POLL_USUAL_MINUTES: u64 = 1440;
/// How many pictures stand in one post (docs).
const IMAGES: u32 = 4;
/// How large a picture may be, in bytes (docs).
const IMAGE_BYTES: u64 = 5 * 1024 * 1024;
/// How large a moving picture may be, in bytes (docs).
const GIF_BYTES: u64 = 15 * 1024 * 1024;
/// How wide a moving picture may be, in pixels (docs; its height is bounded by 1080).
const GIF_SIDE: u32 = 1280;
/// How large a video may be, in bytes (docs).
pub(in super::super) const VIDEO_BYTES: u64 = 512 * 1024 * 1024;
/// How long a video may play, in seconds (docs); longer with Premium.
pub(in super::super) const VIDEO_SECONDS: u64 = 140;
/// How wide and high a video may be, in pixels (docs: 1280 by 1024, either way).
const VIDEO_SIDE: u32 = 1280;

/// The limit of a post's text.
pub(in super::super) fn post_limit(units: usize) -> TextLimit {
    TextLimit::new(Count::Weighted(WeightedRules::x()), units)
}

/// How long texts may be.
pub(super) fn text_rules(facts: &Facts) -> TextRules {
    TextRules::new()
        .post(post_limit(facts.post_units))
        .message(TextLimit::new(Count::Utf16, MESSAGE_UNITS))
        .alt(TextLimit::new(Count::Scalars, ALT_UNITS))
        .poll_option(TextLimit::new(Count::Scalars, POLL_OPTION_UNITS))
}

/// What files must be like: pictures, or one moving picture, or one video.
pub(super) fn media_rules(facts: &Facts) -> MediaRules {
    let image = MediaLimit::new()
        .max_count(IMAGES)
        .max_bytes(IMAGE_BYTES)
        .accepts("image/jpeg")
        .accepts("image/png")
        .accepts("image/webp");
    let gif = MediaLimit::new()
        .max_count(1)
        .max_bytes(GIF_BYTES)
        .max_side(GIF_SIDE)
        .accepts("image/gif");
    let video = MediaLimit::new()
        .max_count(1)
        .max_bytes(VIDEO_BYTES)
        .max_seconds(facts.video_seconds)
        .max_side(VIDEO_SIDE)
        .accepts("video/mp4")
        .accepts("video/quicktime")
        .accepts("video/webm");
    MediaRules::none()
        .with(MediaKind::Image, image)
        .with(MediaKind::Gif, gif)
        .with(MediaKind::Video, video)
        .max_count(IMAGES)
        .apart_from_quote()
        .apart_from_link()
}
