//! What VK supports and bounds. Every constant names its source: "schema" is VKCOM/vk-api-schema 5.199, "docs" dev.vk.com,
//! "clients" what several independent clients use where nothing official is published.

mod tokens;

use std::collections::BTreeMap;
use std::time::Duration;

use TokenKind::{Community, User};
pub use tokens::TokenKind;
pub(super) use tokens::{Has, METHODS, STANDALONE, kinds, only_reads};

use crate::error::Need;
use crate::model::{EventKind, MediaKind};
use crate::network::{MediaLimit, MediaRules, Profile, Support, TextRules};
use crate::operation::Operation;
use crate::text::{Count, TextLimit};

/// The network's name in configuration and errors.
pub(super) const NETWORK: &str = "vk";

/// Where the methods are asked (docs recommend it; `https://api.vk.com` answers alike).
pub(super) const API: &str = "https://api.vk.ru";
/// The version of the methods, which every call names (schema).
pub(super) const VERSION: &str = "5.199";

/// A post's text. Nothing is published; 16 384 is what clients use, and this stays a little below.
pub(super) const POST_UNITS: usize = 16_000;
/// A comment's text. Nothing is published.
pub(super) const COMMENT_UNITS: usize = 4096;
/// A message's text: the schema bounds it by 9000, the network refuses over about 4096 (error 914; clients).
pub(super) const MESSAGE_UNITS: usize = 4096;
/// One answer of a poll (docs).
const POLL_OPTION_UNITS: usize = 100;
/// How many answers a poll may have (docs, `polls.create`).
const POLL_OPTIONS: (u32, u32) = (1, 10);
/// How many files stand in one post or message (docs).
const FILES: u32 = 10;
/// How large a photo may be, in bytes (docs, upload).
const PHOTO_BYTES: u64 = 50 * 1024 * 1024;
/// How wide and high a photo may be together, in pixels (docs, upload): so neither side more than that.
const PHOTO_SIDES: u32 = 14_000;
/// How large a document may be, in bytes (docs, upload).
pub(super) const DOCUMENT_BYTES: u64 = 200 * 1024 * 1024;
/// How many items a page holds: posts and comments of a wall (schema, `wall.get`).
pub(super) const PAGE: u32 = 100;
/// How many calls go into one `execute` (docs).
pub(super) const BATCH: usize = 25;
/// For how long a `guid` is remembered, in seconds (docs, `wall.post`; assumed alike for comments).
pub(super) const GUID_SECONDS: i64 = 3600;
/// How many posts are looked through for one whose answer was lost (schema, the most that `wall.get` answers).
pub(super) const LOOK_BACK: u32 = 100;
/// How many pages of them.
pub(super) const LOOK_PAGES: u32 = 10;
/// How long to wait before asking again after an error 6, "too many requests per second" (clients).
pub(super) const BREATH: Duration = Duration::from_millis(400);
/// How long a method rests while a challenge to it waits for its answer.
pub(super) const CHALLENGE_REST: Duration = Duration::from_secs(600);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long a method rests after error 9, "flood control", once, twice, and so on: the network tells no time, and keeps
/// it up for minutes to hours (clients).
pub(super) const FLOOD_RESTS: &[Duration] = &[
    Duration::from_secs(MINUTE),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
];
/// How long a method rests after error 29, "rate limit reached", once, twice, and so on: when a quota is reset is not
/// published.
pub(super) const QUOTA_RESTS: &[Duration] = &[
    Duration::from_secs(HOUR),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(4 * HOUR),
    Duration::from_secs(8 * HOUR),
    Duration::from_secs(16 * HOUR),
    Duration::from_secs(DAY),
];

/// What is known of an identity and its rights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    /// Whether it is a community, or else a person.
    pub(super) community: bool,
    pub(super) has: Has,
    /// Scopes that the user's token was found to lack.
    pub(super) lacking: Vec<&'static str>,
    pub(super) post_units: usize,
    pub(super) comment_units: usize,
    pub(super) message_units: usize,
    pub(super) document_bytes: u64,
    pub(super) video_bytes: Option<u64>,
}

/// What the network offers, and the methods that it takes: the identity needs a token for each.
const OPERATIONS: &[(Operation, &[&str])] = &[
    (Operation::ACCOUNT, &["users.get"]),
    (Operation::PUBLISH, &["wall.post"]),
    (Operation::PUBLISH_REPLY, &["wall.createComment"]),
    (Operation::PUBLISH_QUOTE, &["wall.repost"]),
    (
        Operation::PUBLISH_IMAGE,
        &["photos.getWallUploadServer", "photos.saveWallPhoto"],
    ),
    (Operation::PUBLISH_VIDEO, &["video.save"]),
    // A community's token alone publishes no files: they vanish from the post.
    (Operation::PUBLISH_GIF, &["photos.saveWallPhoto"]),
    (Operation::PUBLISH_DOCUMENT, &["photos.saveWallPhoto"]),
    (Operation::PUBLISH_LINK, &["photos.saveWallPhoto"]),
    (Operation::PUBLISH_POLL, &["polls.create"]),
    (Operation::PUBLISH_SCHEDULE, &["wall.post"]),
    (Operation::PUBLISH_KEY, &["wall.post"]),
    // A community's token writes on its own wall alone.
    (Operation::PUBLISH_PLACE, &["wall.edit"]),
    (Operation::RECONCILE, &["wall.get"]),
    (Operation::EDIT, &["wall.edit"]),
    (Operation::DELETE, &["wall.delete"]),
    (Operation::ENGAGE_LIKE, &["likes.add"]),
    (Operation::ENGAGE_REPOST, &["wall.repost"]),
    (Operation::ENGAGE_VOTE, &["polls.addVote"]),
    (Operation::ENGAGE_READ, &["messages.markAsRead"]),
    (Operation::MODERATE_RESTORE, &["wall.restore"]),
    (Operation::MODERATE_PIN, &["wall.pin"]),
    (Operation::MODERATE_CLOSE, &["wall.closeComments"]),
    (Operation::SEND, &["messages.send"]),
    (Operation::SEND_ACCOUNT, &["messages.send"]),
    (Operation::SEND_COMMENT_AUTHOR, &["messages.send"]),
    (Operation::SEND_MEDIA, &["messages.send"]),
];

/// What is read, and the methods that it takes.
const READS: &[(Operation, &[&str])] = &[
    (Operation::POST, &["wall.getById"]),
    (Operation::POSTS_OWN, &["wall.get"]),
    (Operation::POSTS_ACCOUNT, &["wall.get"]),
    (Operation::POSTS_COMMUNITY, &["wall.get"]),
    (Operation::POSTS_MENTIONS, &["newsfeed.getMentions"]),
    (Operation::POSTS_REPLIES, &["wall.getComments"]),
    (
        Operation::POSTS_THREAD,
        &["wall.getById", "wall.getComments"],
    ),
    (Operation::POSTS_QUOTES, &["wall.getReposts"]),
    (Operation::POSTS_HASHTAG, &["newsfeed.search"]),
    (Operation::POSTS_SEARCH, &["newsfeed.search"]),
    // What is scheduled is told to whom may change it.
    (Operation::POSTS_SCHEDULED, &["wall.get", "wall.edit"]),
    (Operation::POSTS_IDS, &["wall.getById"]),
    (Operation::AUDIENCE_MEMBERS, &["groups.getMembers"]),
    (Operation::AUDIENCE_LIKED, &["likes.getList"]),
    (Operation::AUDIENCE_REPOSTED, &["likes.getList"]),
    (Operation::AUDIENCE_COMMENTED, &["wall.getComments"]),
    (
        Operation::AUDIENCE_VOTED,
        &["wall.getById", "polls.getVoters"],
    ),
    (Operation::CONVERSATIONS, &["messages.getConversations"]),
    (Operation::MESSAGES, &["messages.getHistory"]),
    (Operation::METRICS_POST, &["wall.getById"]),
    (
        Operation::PROMOTIONS,
        &[
            "ads.getAccounts",
            "ads.getCampaigns",
            "ads.getAds",
            "ads.getStatistics",
        ],
    ),
];

/// What only a community has.
const OF_COMMUNITIES: &[(Operation, &[&str])] = &[
    (Operation::MODERATE_BLOCK, &["groups.ban"]),
    (Operation::AUDIENCE_FOLLOWERS, &["groups.getMembers"]),
    (Operation::MEMBERSHIP, &["groups.isMember"]),
    (Operation::METRICS_ACCOUNT, &["groups.getById", "stats.get"]),
    (Operation::EVENTS, &["groups.getLongPollServer"]),
];

/// What only a person has.
const OF_PERSONS: &[(Operation, &[&str])] = &[
    (Operation::ENGAGE_FOLLOW, &["groups.join"]),
    (Operation::PUBLISH_VISIBILITY, &["wall.post"]),
    (Operation::METRICS_ACCOUNT, &["users.get"]),
];

/// The scope of a user's token that operations need (docs, scopes).
const SCOPES: &[(&str, &[Operation])] = &[
    (
        "wall",
        &[
            Operation::PUBLISH,
            Operation::PUBLISH_REPLY,
            Operation::PUBLISH_QUOTE,
            Operation::PUBLISH_SCHEDULE,
            Operation::PUBLISH_KEY,
            Operation::PUBLISH_PLACE,
            Operation::EDIT,
            Operation::DELETE,
            Operation::ENGAGE_LIKE,
            Operation::ENGAGE_REPOST,
            Operation::MODERATE_RESTORE,
            Operation::MODERATE_PIN,
        ],
    ),
    ("photos", &[Operation::PUBLISH_IMAGE]),
    ("video", &[Operation::PUBLISH_VIDEO]),
    (
        "docs",
        &[Operation::PUBLISH_GIF, Operation::PUBLISH_DOCUMENT],
    ),
    (
        "groups",
        &[Operation::MODERATE_BLOCK, Operation::ENGAGE_FOLLOW],
    ),
    ("stats", &[Operation::METRICS_ACCOUNT]),
    ("ads", &[Operation::PROMOTIONS]),
];

/// The bits of the scopes in `account.getAppPermissions` (docs, `apps.getScopes`).
pub(super) const SCOPE_BITS: &[(&str, u64)] = &[
    ("photos", 4),
    ("video", 16),
    ("wall", 8192),
    ("ads", 32_768),
    ("docs", 131_072),
    ("groups", 262_144),
    ("stats", 1_048_576),
];

/// What an identity may do, by its kind and its tokens.
pub(super) fn profile(facts: &Facts) -> Profile {
    let mut operations = BTreeMap::new();
    let of_kind = if facts.community {
        OF_COMMUNITIES
    } else {
        OF_PERSONS
    };
    for (operation, methods) in OPERATIONS.iter().chain(READS).chain(of_kind) {
        let need = facts.has.lacks(methods);
        operations.insert(
            operation.clone(),
            need.map_or_else(Support::yes, Support::needs),
        );
    }
    let asks = facts.has.community || facts.has.kind(User);
    let login = facts.has.need(&[Community, User]);
    operations.insert(
        Operation::REFRESH_PROFILE,
        if asks {
            Support::yes()
        } else {
            Support::needs(login)
        },
    );
    let known = facts.community || facts.has.kind(User);
    operations.insert(
        Operation::ME,
        if known {
            Support::yes()
        } else {
            Support::needs(facts.has.need(&[User]))
        },
    );
    for (operation, note) in NOTES {
        if let Some(support) = operations.get_mut(operation) {
            support.note = Some((*note).to_owned());
        }
    }
    for (scope, affected) in SCOPES
        .iter()
        .filter(|(scope, _)| facts.lacking.contains(scope))
    {
        for operation in *affected {
            let by_user = OPERATIONS
                .iter()
                .chain(READS)
                .chain(of_kind)
                .find(|(known, _)| known == operation)
                .is_some_and(|(_, methods)| {
                    methods.iter().any(|m| facts.has.pick(m) == Some(User))
                });
            if by_user && let Some(support) = operations.get_mut(operation) {
                *support = Support::needs(Need::Scope((*scope).to_owned()));
            }
        }
    }
    let mut profile = Profile::new(NETWORK)
        .text(text_rules(facts))
        .media(media_rules(facts))
        .poll_options(POLL_OPTIONS)
        .max_page(PAGE);
    if facts.community {
        profile = profile.event_kinds(EVENT_KINDS);
    }
    profile.operations = operations.into();
    profile
}

/// What a community is told (docs, events of communities). Mentions are not; and that a post was changed, deleted or
/// restored is told of comments alone.
const EVENT_KINDS: [EventKind; 12] = [
    EventKind::Reply,
    EventKind::Quote,
    EventKind::Repost,
    EventKind::Like,
    EventKind::Reaction,
    EventKind::Follow,
    EventKind::Unfollow,
    EventKind::Message,
    EventKind::MessageSent,
    EventKind::MessageEdited,
    EventKind::Post,
    EventKind::Vote,
];

const NOTES: &[(Operation, &str)] = &[
    (
        Operation::PUBLISH_SCHEDULE,
        "when its time comes a post gets another number: under the old one it is deleted still, and not read any more",
    ),
    (
        Operation::PUBLISH_KEY,
        "the network remembers a key for an hour; later the post is looked for first, which needs a user or service token",
    ),
    (
        Operation::PUBLISH_QUOTE,
        "a quote is a repost with words of one's own: it takes neither files nor a time",
    ),
    (
        Operation::SEND_ACCOUNT,
        "a community writes only to people who wrote to it first or allowed its messages",
    ),
    (
        Operation::ENGAGE_FOLLOW,
        "of communities alone: befriending a person is a native call",
    ),
    (
        Operation::POSTS_QUOTES,
        "of those reposts with words that the network shows to whoever asks",
    ),
    (
        Operation::AUDIENCE_REPOSTED,
        "those who repost in messages alone are counted, and not told",
    ),
    (
        Operation::AUDIENCE_VOTED,
        "who votes in an anonymous poll is not told",
    ),
    (
        Operation::METRICS_POST,
        "reach is told of one's own community's posts, to a user token with the right to statistics",
    ),
    (
        Operation::PROMOTIONS,
        "of the advertising cabinets of the user token's owner; agencies' clients are asked for by native calls",
    ),
    (
        Operation::EVENTS,
        "mentions are left out: list them; Bots Long Poll has to be switched on in the community's settings, and each kind",
    ),
];

fn text_rules(facts: &Facts) -> TextRules {
    let units = |units| TextLimit::new(Count::Utf16, units);
    TextRules::new()
        .post(units(facts.post_units))
        .reply(units(facts.comment_units))
        .message(units(facts.message_units))
        .poll_option(units(POLL_OPTION_UNITS))
}

fn media_rules(facts: &Facts) -> MediaRules {
    let documents = MediaLimit::new()
        .max_count(FILES)
        .max_bytes(facts.document_bytes);
    let mut video = MediaLimit::new().max_count(FILES).accepts("video/*");
    video.max_bytes = facts.video_bytes;
    MediaRules::none()
        .with(
            MediaKind::Image,
            MediaLimit::new()
                .max_count(FILES)
                .max_bytes(PHOTO_BYTES)
                .accepts("image/jpeg")
                .accepts("image/png")
                .max_side(PHOTO_SIDES),
        )
        .with(MediaKind::Video, video)
        .with(MediaKind::Gif, documents.clone().accepts("image/gif"))
        .with(MediaKind::Document, documents)
        .max_count(FILES)
        .mixed()
        .apart_from_quote()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Availability;

    fn facts(community: bool, has: Has) -> Facts {
        Facts {
            community,
            has,
            lacking: Vec::new(),
            post_units: POST_UNITS,
            comment_units: COMMENT_UNITS,
            message_units: MESSAGE_UNITS,
            document_bytes: DOCUMENT_BYTES,
            video_bytes: None,
        }
    }

    fn has(community: bool, user: bool, service: bool) -> Has {
        Has {
            community,
            user,
            vk_id: false,
            service,
        }
    }

    #[test]
    fn a_communitys_token_alone_publishes_texts_and_no_photos() {
        let profile = profile(&facts(true, has(true, false, false)));
        assert!(profile.can(&Operation::PUBLISH) && profile.can(&Operation::SEND));
        for (operation, kind) in [
            (Operation::PUBLISH_IMAGE, "user"),
            (Operation::RECONCILE, "user or service"),
            (Operation::EDIT, "user"),
        ] {
            let told = profile.supports(&operation).availability;
            assert_eq!(
                told,
                Availability::Needs(Need::Token(kind.to_owned())),
                "{operation}"
            );
        }
    }

    #[test]
    fn a_token_of_vk_id_reads_profiles_and_says_what_else_needs() {
        let mut has = has(false, false, false);
        has.vk_id = true;
        let alone = profile(&facts(false, has));
        for operation in [
            Operation::ME,
            Operation::ACCOUNT,
            Operation::METRICS_ACCOUNT,
            Operation::REFRESH_PROFILE,
        ] {
            assert!(alone.can(&operation), "{operation}");
        }
        for (operation, kinds) in [
            (Operation::PUBLISH, "community or user"),
            (Operation::EDIT, "user"),
            (Operation::POST, "service or user"),
            (Operation::AUDIENCE_MEMBERS, "community or service or user"),
        ] {
            let kinds = format!("{kinds}, of the kind that a standalone application gets");
            let told = alone.supports(&operation).availability;
            assert_eq!(told, Availability::Needs(Need::Token(kinds)), "{operation}");
        }
        // Beside another token it takes nothing away.
        has.community = true;
        assert!(profile(&facts(true, has)).can(&Operation::PUBLISH));
        assert_eq!(has.pick("wall.post"), Some(Community));
        assert_eq!(has.pick("friends.get"), Some(User));
    }

    #[test]
    fn a_token_that_lacks_a_scope_says_so() {
        let mut facts = facts(true, has(false, true, false));
        facts.lacking = vec!["wall"];
        let need = |facts: &Facts| profile(facts).supports(&Operation::PUBLISH).availability;
        assert_eq!(
            need(&facts),
            Availability::Needs(Need::Scope("wall".to_owned()))
        );
        facts.lacking.clear();
        assert_eq!(need(&facts), Availability::Yes);
    }

    #[test]
    fn the_table_of_methods_is_in_order_and_knows_each_once() {
        for pair in METHODS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{}", pair[1].0);
        }
        for (operation, methods) in OPERATIONS
            .iter()
            .chain(READS)
            .chain(OF_COMMUNITIES)
            .chain(OF_PERSONS)
        {
            for method in *methods {
                let known = METHODS.iter().any(|(name, _)| name == method);
                assert!(
                    known,
                    "{operation} takes {method}, which the table does not know"
                );
            }
        }
    }

    #[test]
    fn reads_are_told_by_their_names() {
        for method in [
            "wall.get",
            "wall.getById",
            "groups.isMember",
            "utils.resolveScreenName",
            "newsfeed.search",
        ] {
            assert!(only_reads(method), "{method}");
        }
        for method in [
            "wall.post",
            "utils.getShortLink",
            "likes.add",
            "execute",
            "groups.isolate",
            "x.getting",
        ] {
            assert!(!only_reads(method), "{method}");
        }
    }
}
