//! What the embedded network is like: chosen so that every rule which real networks have is met here in small.

use std::time::Duration;

use super::world::Limit;
use crate::client::Request;
use crate::client::headers::{HeaderFamily, ResetFormat};
use crate::client::limits::{Bucket, BucketKey, Scope, Window};
use crate::model::{EventKind, MediaKind};
use crate::network::{MediaLimit, MediaRules, Profile, Support, TextRules};
use crate::operation::Operation;
use crate::text::{Count, TextLimit};

/// The network's name in configuration and errors.
pub(super) const NETWORK: &str = "memory";
/// Where the network is said to live. The name is reserved and reaches nobody.
pub(super) const BASE: &str = "https://memory.invalid";
/// How long a login lasts.
pub(super) const LOGIN_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// How many happenings are kept for all accounts together.
pub(super) const EVENT_CAPACITY: usize = 10_000;
/// The field of a delivery that shows that it is the network's.
#[cfg(feature = "webhook")]
pub(super) const WEBHOOK_SECRET: &str = "memory-webhook-secret";
/// How many happenings one delivery holds at most.
#[cfg(feature = "webhook")]
pub(super) const PUSHED_AT_ONCE: u32 = 10;
/// When a delivery that was not taken comes again where its receiver does not say.
#[cfg(feature = "webhook")]
pub(super) const PUSH_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How long a deleted post can be brought back.
pub(super) const RESTORE_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a poll stays open where nothing is said.
pub(super) const POLL_OPEN: Duration = Duration::from_secs(24 * 60 * 60);
/// How many answers a poll has, from and to.
pub(super) const POLL_OPTIONS: (u32, u32) = (2, 4);
/// How many items a page holds at most, and where nothing is said.
pub(super) const MAX_PAGE: u32 = 100;
/// How many items a page holds where nothing is said.
pub(super) const DEFAULT_PAGE: u32 = 20;
/// How many languages a post may name.
pub(super) const MAX_LANGUAGES: u32 = 3;

/// How long texts may be. Each place has a limit of its own.
pub(super) fn text() -> TextRules {
    TextRules::new()
        .post(TextLimit::new(Count::Graphemes, 500))
        .caption(TextLimit::new(Count::Graphemes, 300))
        .reply(TextLimit::new(Count::Graphemes, 400))
        .message(TextLimit::new(Count::Scalars, 2000))
        .alt(TextLimit::new(Count::Graphemes, 1000))
        .poll_option(TextLimit::new(Count::Graphemes, 50))
}

/// What files may be like: four pictures, or one file of any other kind.
pub(super) fn media() -> MediaRules {
    let one = |bytes| MediaLimit::new().max_count(1).max_bytes(bytes);
    MediaRules::none()
        .with(
            MediaKind::Image,
            MediaLimit::new()
                .max_count(4)
                .max_bytes(8 << 20)
                .max_side(8192)
                .accepts("image/*"),
        )
        .with(MediaKind::Gif, one(8 << 20).accepts("image/gif"))
        .with(
            MediaKind::Video,
            one(100 << 20).max_seconds(600).accepts("video/*"),
        )
        .with(
            MediaKind::Audio,
            one(50 << 20).max_seconds(3600).accepts("audio/*"),
        )
        .with(MediaKind::Document, one(50 << 20))
        .max_count(4)
}

/// What an identity may do here: everything that the trait knows.
pub(super) fn profile(text: TextRules, media: MediaRules) -> Profile {
    Profile::new(NETWORK)
        .offers(Operation::ALL.iter().cloned())
        .with(
            Operation::AUDIENCE_MEMBERS,
            Support::yes().note("an account that is no community has its followers for members"),
        )
        .with(
            Operation::MODERATE_RESTORE,
            Support::yes().note("for 30 days; taken back, it deletes again"),
        )
        .text(text)
        .media(media)
        .poll_options(POLL_OPTIONS)
        .max_languages(MAX_LANGUAGES)
        .max_page(MAX_PAGE)
        .poll_seconds(5)
        .event_kinds(EVENT_KINDS)
}

/// What an account is told: all but its own messages.
const EVENT_KINDS: [EventKind; 16] = [
    EventKind::Mention,
    EventKind::Reply,
    EventKind::Quote,
    EventKind::Repost,
    EventKind::Like,
    EventKind::Reaction,
    EventKind::Follow,
    EventKind::Unfollow,
    EventKind::Message,
    EventKind::MessageEdited,
    EventKind::MessageDeleted,
    EventKind::Post,
    EventKind::PostEdited,
    EventKind::PostDeleted,
    EventKind::PostRestored,
    EventKind::Vote,
];

/// The fields in which answers tell limits.
pub(super) const FAMILIES: &[HeaderFamily] = &[HeaderFamily::new()
    .bucket_header("ratelimit-bucket")
    .limit("ratelimit-limit")
    .remaining("ratelimit-remaining")
    .reset("ratelimit-reset", ResetFormat::DeltaSeconds)];

/// The budget that one account has of a limit. `subject` is a number for the account in its world.
pub(super) fn bucket_key(limit: &str, subject: u64) -> BucketKey {
    BucketKey::new(NETWORK, limit.to_owned(), Scope::Account).of(subject)
}

/// Adds to a request what the network's limits charge for it. Of a limit that is not published only the name is known,
/// so that its first answer is waited for.
pub(super) fn charged(mut request: Request, limits: &[Limit], subject: u64) -> Request {
    for limit in limits {
        let windows = if limit.published {
            vec![Window::fixed(limit.calls, limit.whole_period())]
        } else {
            Vec::new()
        };
        let bucket = Bucket::new(bucket_key(&limit.name, subject), windows);
        request = request.charge(bucket.charge(1));
    }
    request
}
