//! What Bluesky supports and bounds. Every constant names its source: "lexicon" is bluesky-social/atproto of August
//! 2026, "PDS" the server's source of that time, "docs" docs.bsky.app.

use std::time::Duration;

use super::fault::Asked;
use crate::client::limits::{Bucket, BucketKey, Charge, Scope, Unit, Window, subject};
use crate::error::Need;
use crate::model::{EventKind, MediaKind};
use crate::network::{MediaLimit, MediaRules, Profile, Support, TextRules};
use crate::operation::Operation;
use crate::text::{Count, TextLimit};

/// The network's name in configuration and errors.
pub(super) const NETWORK: &str = "bluesky";

/// The server that most accounts log in at; it tells which server holds an account.
pub(super) const ENTRYWAY: &str = "https://bsky.social";
/// The service that turns videos into streams, for accounts of the entryway (docs, video).
pub(super) const VIDEO_SERVICE: &str = "https://video.bsky.app";
/// The service that carries messages, as the proxy header names it (lexicons `chat.bsky.*`).
pub(super) const CHAT_SERVICE: &str = "did:web:api.bsky.chat#bsky_chat";

/// A post (lexicon).
pub(super) const POST: &str = "app.bsky.feed.post";
/// A like (lexicon).
pub(super) const LIKE: &str = "app.bsky.feed.like";
/// A repost (lexicon).
pub(super) const REPOST: &str = "app.bsky.feed.repost";
/// A follow (lexicon).
pub(super) const FOLLOW: &str = "app.bsky.graph.follow";
/// A block (lexicon).
pub(super) const BLOCK: &str = "app.bsky.graph.block";
/// Who may answer in a thread, and what is hidden in it (lexicon).
pub(super) const THREADGATE: &str = "app.bsky.feed.threadgate";
/// How an account shows itself (lexicon).
pub(super) const PROFILE: &str = "app.bsky.actor.profile";

/// A post's text: 300 graphemes and 3000 bytes (lexicon `app.bsky.feed.post`).
const POST_GRAPHEMES: usize = 300;
const POST_BYTES: usize = 3000;
/// A message's text: 1000 graphemes and 10 000 bytes (lexicon `chat.bsky.convo.defs#messageInput`).
const MESSAGE_GRAPHEMES: usize = 1000;
const MESSAGE_BYTES: usize = 10_000;
/// A hashtag's facet: 64 graphemes and 640 bytes (lexicon `app.bsky.richtext.facet#tag`).
pub(super) const TAG_GRAPHEMES: usize = 64;
pub(super) const TAG_BYTES: usize = 640;
/// How many pictures stand in one post (lexicon `app.bsky.embed.images`).
const IMAGES: u32 = 4;
/// How large a picture may be, in bytes (lexicon; 1 000 000 before, which older servers still keep to).
pub(super) const IMAGE_BYTES: u64 = 2_000_000;
/// How large a link card's picture may be, in bytes (lexicon `app.bsky.embed.external`).
pub(super) const THUMB_BYTES: u64 = 1_000_000;
/// How large a video may be, in bytes (lexicon; 100 000 000 before).
pub(super) const VIDEO_BYTES: u64 = 300_000_000;
/// How many languages a post names (lexicon).
const LANGUAGES: u32 = 3;
/// How many items a page holds (lexicons of all listings).
pub(super) const PAGE: u32 = 100;
/// How many posts are asked for at once by their addresses (lexicon `app.bsky.feed.getPosts`).
pub(super) const POSTS_AT_ONCE: usize = 25;
/// How many accounts are compared at once (lexicon `app.bsky.graph.getRelationships`).
pub(super) const RELATIONSHIPS_AT_ONCE: usize = 30;
/// How many trends are asked for at once (lexicon `app.bsky.unspecced.getTrends`).
pub(super) const TRENDS: u32 = 25;
/// How many answers may be hidden in a thread (lexicon `app.bsky.feed.threadgate`).
pub(super) const HIDDEN_REPLIES: usize = 300;
/// How often to ask what happened, in seconds (docs ask for no more than every 30 to 60).
const POLL_SECONDS: u32 = 30;
/// How many levels of answers are asked for at once. The lexicon allows 1000, but each level nests the answer deeper,
/// and readers of JSON stop at 128 levels.
pub(super) const THREAD_DEPTH: u32 = 40;
/// How long an uploaded file is kept without a post, in hours: the servers promise only "hours" (docs).
pub(super) const UPLOAD_HOURS: i64 = 1;
/// How long a token for one call of the video service lives, in seconds (docs, video; the PDS refuses over an hour).
pub(super) const SERVICE_TOKEN_SECONDS: i64 = 1800;

/// Whether something is there, as far as it has been asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It answered.
    Yes,
    /// It was not asked yet.
    Unknown,
    /// It is not there.
    No,
    /// It is there, but the login lacks the right.
    NotAllowed,
}

/// What is known of an identity's rights and its server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    /// Whether the server knows an AppView, without which it holds records but shows no feeds.
    pub(super) appview: Reach,
    pub(super) chat: Reach,
    pub(super) trends: Reach,
    pub(super) bookmarks: Reach,
    /// Why no video may be uploaded today.
    pub(super) video_refused: Option<String>,
    pub(super) image_bytes: u64,
    pub(super) video_bytes: u64,
}

const AT_THE_SERVER: &[Operation] = &[
    Operation::ME,
    Operation::ACCOUNT,
    Operation::REFRESH_PROFILE,
    Operation::PUBLISH,
    Operation::PUBLISH_REPLY,
    Operation::PUBLISH_QUOTE,
    Operation::PUBLISH_IMAGE,
    Operation::PUBLISH_VIDEO,
    Operation::PUBLISH_ALT_TEXT,
    Operation::PUBLISH_LINK,
    Operation::PUBLISH_LANGUAGE,
    Operation::PUBLISH_WARNING,
    Operation::PUBLISH_KEY,
    Operation::RECONCILE,
    Operation::DELETE,
    Operation::POST,
    Operation::POSTS_OWN,
    Operation::POSTS_ACCOUNT,
    Operation::POSTS_IDS,
    Operation::ENGAGE_LIKE,
    Operation::ENGAGE_REPOST,
    Operation::ENGAGE_FOLLOW,
    Operation::MODERATE_HIDE,
    Operation::MODERATE_CLOSE,
    Operation::MODERATE_PIN,
    Operation::MODERATE_BLOCK,
];

const AT_THE_APPVIEW: &[Operation] = &[
    Operation::POSTS_HOME,
    Operation::POSTS_MENTIONS,
    Operation::POSTS_REPLIES,
    Operation::POSTS_THREAD,
    Operation::POSTS_QUOTES,
    Operation::POSTS_HASHTAG,
    Operation::POSTS_SEARCH,
    Operation::ENGAGE_READ,
    Operation::AUDIENCE_FOLLOWERS,
    Operation::AUDIENCE_FOLLOWING,
    Operation::AUDIENCE_LIKED,
    Operation::AUDIENCE_REPOSTED,
    Operation::AUDIENCE_COMMENTED,
    Operation::MEMBERSHIP,
    Operation::MODERATE_MUTE,
    Operation::METRICS_POST,
    Operation::METRICS_ACCOUNT,
    Operation::TRENDING,
    Operation::ENGAGE_BOOKMARK,
    Operation::EVENTS,
];

const AT_THE_CHAT: &[Operation] = &[
    Operation::CONVERSATIONS,
    Operation::MESSAGES,
    Operation::SEND,
    Operation::SEND_ACCOUNT,
    Operation::SEND_COMMENT_AUTHOR,
];

/// What holds for an operation, by what is known of an identity. What it says nothing of is not there.
pub(super) fn support(facts: &Facts, operation: &Operation) -> Option<Support> {
    let is = |other: &Operation| operation == other;
    let has_appview = matches!(facts.appview, Reach::Yes | Reach::Unknown);
    Some(if among(AT_THE_SERVER, operation) {
        match &facts.video_refused {
            Some(reason) if is(&Operation::PUBLISH_VIDEO) => {
                Support::needs(Need::Other(reason.clone()))
            }
            _ if !has_appview && (is(&Operation::ACCOUNT) || is(&Operation::POSTS_ACCOUNT)) => {
                Support::yes().note("only accounts that this server holds, since it has no AppView")
            }
            _ => Support::yes(),
        }
    } else if among(AT_THE_APPVIEW, operation) {
        if !has_appview {
            Support::no().note("this server has no AppView, which is what shows feeds and counts")
        } else if is(&Operation::TRENDING) {
            served(facts.trends)
        } else if is(&Operation::ENGAGE_BOOKMARK) {
            served(facts.bookmarks)
        } else if is(&Operation::EVENTS) {
            Support::yes().note(match facts.chat {
                Reach::No | Reach::NotAllowed => {
                    "notifications; messages are left out: there is no chat for this login"
                }
                _ => "notifications, and messages where the login may read them",
            })
        } else {
            Support::yes()
        }
    } else if among(AT_THE_CHAT, operation) {
        match facts.chat {
            Reach::Yes => Support::yes(),
            Reach::No => Support::no(),
            Reach::Unknown => Support::unknown()
                .note("the app password must allow direct messages; refresh_profile() finds out"),
            Reach::NotAllowed => Support::needs(Need::Permission(
                "an app password that allows direct messages: make one in the app's settings"
                    .to_owned(),
            )),
        }
    } else {
        return None;
    })
}

/// What notifications tell (lexicon, `app.bsky.notification.listNotifications`).
const NOTIFIED: [EventKind; 6] = [
    EventKind::Mention,
    EventKind::Reply,
    EventKind::Quote,
    EventKind::Repost,
    EventKind::Like,
    EventKind::Follow,
];

/// Whether it is one of these.
// Not inlined: each copy of the search has 600 bytes.
#[inline(never)]
fn among(operations: &[Operation], operation: &Operation) -> bool {
    operations.contains(operation)
}

/// What an identity may do, by what is known of it; whose it is, its session tells.
pub(super) fn profile(facts: &Facts) -> Profile {
    let mut profile = Profile::new(NETWORK)
        .text(text_rules())
        .media(media_rules(facts))
        .max_languages(LANGUAGES)
        .max_page(PAGE)
        .poll_seconds(POLL_SECONDS)
        .event_kinds(NOTIFIED);
    if !matches!(facts.chat, Reach::No | Reach::NotAllowed) {
        profile.event_kinds.push(EventKind::Message);
    }
    for operation in [AT_THE_SERVER, AT_THE_APPVIEW, AT_THE_CHAT].concat() {
        if let Some(support) = support(facts, &operation) {
            profile = profile.with(operation, support);
        }
    }
    profile
}

fn served(reach: Reach) -> Support {
    match reach {
        Reach::Yes | Reach::Unknown => Support::yes(),
        Reach::No | Reach::NotAllowed => Support::no(),
    }
}

/// How long texts may be. The description of media has no bound on the network; its own app stops at 2000 graphemes.
fn text_rules() -> TextRules {
    TextRules::new()
        .post(TextLimit::new(Count::Graphemes, POST_GRAPHEMES).bytes(POST_BYTES))
        .message(TextLimit::new(Count::Graphemes, MESSAGE_GRAPHEMES).bytes(MESSAGE_BYTES))
}

fn media_rules(facts: &Facts) -> MediaRules {
    MediaRules::none()
        .with(
            MediaKind::Image,
            MediaLimit::new()
                .max_count(IMAGES)
                .max_bytes(facts.image_bytes)
                .accepts("image/*"),
        )
        .with(
            MediaKind::Video,
            MediaLimit::new()
                .max_count(1)
                .max_bytes(facts.video_bytes)
                .accepts("video/mp4"),
        )
        .max_count(IMAGES)
        .apart_from_link()
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const fn from_first(limit: u64, seconds: u64) -> Window {
    Window::from_first_call(limit, Duration::from_secs(seconds))
}

/// All requests of one address to one server (docs, rate limits; its windows begin with the first call, PDS).
const EVERYTHING: &[Window] = &[from_first(3000, 5 * MINUTE)];
/// Points for writes of one account: 3 for a record made, 2 for one changed, 1 for one deleted (docs).
const WRITES: &[Window] = &[from_first(5000, HOUR), from_first(35_000, DAY)];
/// Logins of one account (PDS).
const LOGINS: &[Window] = &[from_first(30, 5 * MINUTE), from_first(300, DAY)];
/// Logins of one account at the entryway (bluesky-social/bsky-docs#183).
const LOGINS_AT_THE_ENTRYWAY: &[Window] = &[from_first(30, 5 * MINUTE), from_first(100, DAY)];
/// Uploads of one account (PDS).
const UPLOADS: &[Window] = &[from_first(1000, DAY)];
/// Calls to a service behind the server. Neither publishes a limit; a refusal freezes the bucket.
const BEHIND: &[Window] = &[Window::in_flight(64)];

/// How fast messages are sent. The network publishes nothing: five a minute were refused for hours
/// (bluesky-social/atproto#3246).
pub(super) const MESSAGE_EVERY: Duration = Duration::from_secs(15);
/// How many messages are sent in a day.
pub(super) const MESSAGES_A_DAY: u64 = 200;

/// What a record made costs, in points; a put may make one.
const POINTS_MADE: u64 = 3;
/// What a record deleted costs, in points.
const POINTS_DELETED: u64 = 1;

/// Who spends budgets.
pub(super) struct Spender<'a> {
    /// The server that counts.
    pub(super) host: &'a str,
    /// The account, as a DID; for a login, the identifier.
    pub(super) who: &'a str,
    /// How fast messages are sent: so much time for each, and so many a day.
    pub(super) messages: (Duration, u64),
}

impl Spender<'_> {
    fn account(&self, name: &'static str) -> BucketKey {
        BucketKey::new(NETWORK, name, Scope::Account).of(subject(self.who))
    }

    /// What a call costs, by its method. `writes` is how many records an `applyWrites` writes.
    pub(super) fn charges(&self, nsid: &str, writes: u64) -> Vec<Charge> {
        let everything = BucketKey::new(NETWORK, "requests", Scope::Ip).of(subject(self.host));
        let mut charges = Vec::with_capacity(2);
        charges.push(Charge::new(Bucket::new(everything, EVERYTHING), 1));
        let points = match nsid {
            "com.atproto.repo.createRecord" | "com.atproto.repo.putRecord" => POINTS_MADE,
            "com.atproto.repo.deleteRecord" => POINTS_DELETED,
            "com.atproto.repo.applyWrites" => POINTS_MADE * writes.max(1),
            _ => 0,
        };
        if points > 0 {
            let bucket = Bucket::new(self.account("writes"), WRITES).unit(Unit::Points);
            charges.push(Charge::new(bucket, points));
        }
        match nsid {
            "com.atproto.server.createSession" => {
                let windows = if ENTRYWAY.strip_prefix("https://") == Some(self.host) {
                    LOGINS_AT_THE_ENTRYWAY
                } else {
                    LOGINS
                };
                charges.push(Charge::new(Bucket::new(self.account("logins"), windows), 1));
            }
            "com.atproto.repo.uploadBlob" => {
                charges.push(Charge::new(
                    Bucket::new(self.account("uploads"), UPLOADS),
                    1,
                ));
            }
            "chat.bsky.convo.sendMessage" | "chat.bsky.convo.sendMessageBatch" => {
                let (every, a_day) = self.messages;
                let windows = [
                    Window::paced(every, 1),
                    Window::rolling(a_day.max(1), Duration::from_secs(DAY)),
                ];
                let bucket = Bucket::new(self.account("messages"), windows);
                charges.push(Charge::new(bucket, writes.max(1)));
            }
            _ => {}
        }
        let asked = super::calls::asked_by(nsid);
        charges.extend(
            self.behind(asked)
                .map(|key| Charge::new(Bucket::new(key, BEHIND), 0)),
        );
        charges
    }

    /// The bucket of a service behind the account's server, which its refusals freeze.
    pub(super) fn behind(&self, asked: Asked) -> Option<BucketKey> {
        match asked {
            Asked::AppView => Some(self.account("appview")),
            Asked::Chat => Some(self.account("chat")),
            Asked::Video => Some(self.account("video")),
            Asked::Server | Asked::Login | Asked::Refresh => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(nsid: &str) -> Vec<(String, u64)> {
        let spender = Spender {
            host: "pds.test",
            who: "did:plc:a",
            messages: (MESSAGE_EVERY, MESSAGES_A_DAY),
        };
        let charges = spender.charges(nsid, 4);
        let cost = |charge: &Charge| (charge.bucket.key.name.to_string(), charge.cost);
        charges.iter().map(cost).collect()
    }

    #[test]
    fn every_call_spends_what_its_servers_count() {
        let requests = || ("requests".to_owned(), 1);
        let with = |name: &str, cost| vec![requests(), (name.to_owned(), cost)];
        assert_eq!(costs("com.atproto.server.getSession"), [requests()]);
        assert_eq!(costs("com.atproto.repo.putRecord"), with("writes", 3));
        assert_eq!(costs("com.atproto.repo.deleteRecord"), with("writes", 1));
        assert_eq!(costs("com.atproto.repo.applyWrites"), with("writes", 12));
        assert_eq!(costs("com.atproto.server.createSession"), with("logins", 1));
        assert_eq!(costs("com.atproto.repo.uploadBlob"), with("uploads", 1));
        assert_eq!(costs("app.bsky.feed.getTimeline"), with("appview", 0));
        assert_eq!(costs("chat.bsky.convo.getLog"), with("chat", 0));
    }

    #[test]
    fn a_profile_declares_what_is_there() {
        let mut facts = Facts {
            appview: Reach::Unknown,
            chat: Reach::Unknown,
            trends: Reach::Unknown,
            bookmarks: Reach::Unknown,
            video_refused: None,
            image_bytes: IMAGE_BYTES,
            video_bytes: VIDEO_BYTES,
        };
        let whole = profile(&facts);
        for operation in [
            Operation::PUBLISH,
            Operation::POSTS_HOME,
            Operation::SEND,
            Operation::EVENTS,
        ] {
            assert!(whole.can(&operation), "{operation}");
        }
        for operation in [
            Operation::EDIT,
            Operation::PUBLISH_POLL,
            Operation::ENGAGE_REACT,
            Operation::PROMOTIONS,
        ] {
            assert!(!whole.can(&operation), "{operation}");
        }
        facts.appview = Reach::No;
        facts.chat = Reach::NotAllowed;
        let bare = profile(&facts);
        assert!(bare.can(&Operation::PUBLISH) && bare.can(&Operation::ENGAGE_LIKE));
        assert!(!bare.can(&Operation::POSTS_HOME) && !bare.can(&Operation::EVENTS));
        let error = bare.require(&Operation::SEND).unwrap_err();
        assert!(error.to_string().contains("direct messages"), "{error}");
    }
}
