//! Each rule of the Bluesky fake, broken, makes some case of the behaviour suite fail.
//!
//! What the adapter never asks a server for, or gets along without, no case of the suite can notice; `bluesky_fake`
//! proves those rules on the fake itself, and here each of them has the reason.
#![cfg(all(feature = "bluesky", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/bluesky_cases.rs"]
mod bluesky_cases;
mod contract;
#[path = "support/rule_table.rs"]
mod rule_table;
#[path = "support/stages.rs"]
mod stages;

use rule_table::Table;
use sociable::adapters::bluesky::fake::Rule;

/// Rules, and the case that notices.
const NOTICED: &[(Rule, &str)] = &[
    (
        Rule::ThreadgateBars,
        "moderate.close_comments: closed comments show no new answer of another",
    ),
    (
        Rule::PasswordIsChecked,
        "a login that is not good is told so",
    ),
    (Rule::TokenExpiryIs400, "a login that ran out is renewed"),
    (
        Rule::RequiresCreatedAt,
        "publish: a text is read back as it was written",
    ),
    (
        Rule::DatetimeForm,
        "publish: a text is read back as it was written",
    ),
    (
        Rule::RecordKeyIsTid,
        "publish: a text is read back as it was written",
    ),
    (Rule::TextLimit, "publish: the longest text is taken"),
    (Rule::TextByteLimit, "publish: the heaviest text is taken"),
    (
        Rule::SwapRecordNull,
        "a write cut before it arrives happens at most once",
    ),
    (
        Rule::BlobMustExist,
        "publish.image: pictures are read back in their order",
    ),
    (
        Rule::BlobSizeLimit,
        "publish.image: pictures are read back in their order",
    ),
    (
        Rule::BlobTypeIsSniffed,
        "publish.image: pictures are read back in their order",
    ),
    (
        Rule::ImageCountLimit,
        "publish.image: as many pictures as are allowed are taken",
    ),
    (
        Rule::FacetByteOffsets,
        "publish: links, mentions and hashtags stand where they were put",
    ),
    (
        Rule::DeleteIsIdempotent,
        "delete: what is gone already is no error",
    ),
    (
        Rule::DeleteRemoves,
        "engage.like: a like stands once, and can be taken back",
    ),
    (
        Rule::ReplyNeedsParentAndRoot,
        "posts.replies: direct answers stand there, and only they",
    ),
    (
        Rule::MissingRecordIsTold,
        "publish.reply: nothing can be answered that is gone",
    ),
    (
        Rule::HandlesResolve,
        "posts.account: an account's posts stand there",
    ),
    (Rule::PostsAreIndexed, "post: a post is read by everybody"),
    (
        Rule::NewestFirst,
        "posts.own: one's own posts stand there, the newest first",
    ),
    (
        Rule::LimitIsKept,
        "posts.own: a page holds what was asked for",
    ),
    (
        Rule::CursorEndsWithoutCursor,
        "posts.own: page by page every post comes once",
    ),
    (
        Rule::CountsAreKept,
        "metrics.post: what others did is counted",
    ),
    (
        Rule::ViewerState,
        "engage.like: a like stands once, and can be taken back",
    ),
    (
        Rule::EmbedsAreShown,
        "publish.link: a link card has its picture",
    ),
    (
        Rule::TimelineFollows,
        "posts.home: what the followed write stands there",
    ),
    (
        Rule::ThreadsNest,
        "posts.replies: direct answers stand there, and only they",
    ),
    (
        Rule::SearchMatches,
        "posts.search: posts with the words are found, and only they",
    ),
    (
        Rule::QuotesAreListed,
        "posts.quotes: who quotes a post stands there",
    ),
    (
        Rule::EngagersAreListed,
        "audience.liked: who likes a post stands there once",
    ),
    (
        Rule::FollowersAreListed,
        "audience.followers: who follows stands there",
    ),
    (
        Rule::RelationshipsAreTold,
        "membership: who follows is told, one answer for each",
    ),
    (
        Rule::BookmarksAreKept,
        "engage.bookmark: a bookmark stands once, and can be taken back",
    ),
    (
        Rule::NotificationsForLikes,
        "events: a like is told once, with who and what",
    ),
    (
        Rule::NotificationsForReposts,
        "events: a repost is told once, with who and what",
    ),
    (Rule::NotificationsForFollows, "events: a follower is told"),
    (
        Rule::NotificationsForReplies,
        "events: an answer is told once, with who and what",
    ),
    (
        Rule::NotificationsForMentions,
        "events: a mention is told once, with who and what",
    ),
    (
        Rule::NotificationsForQuotes,
        "events: a quote is told once, with who and what",
    ),
    (
        Rule::ChatNeedsProxyHeader,
        "send.account: a message reaches an account",
    ),
    (
        Rule::ChatDelivers,
        "conversations: a conversation stands there for both sides",
    ),
    (
        Rule::ChatUnread,
        "engage.read: a conversation can be marked as read",
    ),
    (
        Rule::ReadAfterWrite,
        "bluesky: the author sees a post at once",
    ),
    (
        Rule::MutesHide,
        "bluesky: the muted vanish from the timeline",
    ),
    (Rule::BlocksHide, "bluesky: the blocked see nothing"),
    (Rule::TrendsAreTold, "bluesky: trends are told"),
    (
        Rule::RefreshRotates,
        "bluesky: tokens renew tokens, again and again",
    ),
    (
        Rule::RefreshGrace,
        "bluesky: a lost renewal is asked for again",
    ),
    (
        Rule::RevokedSessionsEnd,
        "bluesky: a revoked session has ended",
    ),
    (
        Rule::ChatNeedsPrivilege,
        "bluesky: messages need a password with the right",
    ),
    (
        Rule::ChatRequestsWait,
        "bluesky: a first message waits as a request",
    ),
    (
        Rule::ChatMembersOnly,
        "messages: a conversation of others is closed",
    ),
    (
        Rule::ChatTextLimit,
        "send.account: the longest message is taken",
    ),
    (
        Rule::SeenMarksRead,
        "engage.read: notifications can be marked as read",
    ),
    (
        Rule::VideoNeedsServiceToken,
        "bluesky: the video service makes a video ready",
    ),
    (
        Rule::VideoIsProcessed,
        "bluesky: the video service makes a video ready",
    ),
    (
        Rule::WritePoints,
        "bluesky: sixty posts an hour are within the budget",
    ),
    (
        Rule::RateRefuses,
        "bluesky: what goes over a bound is refused",
    ),
    (Rule::RateHeaders, "bluesky: the server tells its bounds"),
    (Rule::ErrorsAreJson, "a login that ran out is renewed"),
];

/// Rules that no case of the suite can notice, and why. `bluesky_fake` proves each on the fake.
const ELSEWHERE: &[(Rule, &str)] = &[
    (Rule::AuthIsNeeded, "the adapter never asks without a token"),
    (
        Rule::OwnRepoOnly,
        "the adapter refuses by itself what is another's",
    ),
    (
        Rule::SwapRecordCid,
        "the adapter reads anew before it swaps",
    ),
    (
        Rule::LikeReplaces,
        "the adapter's likes have one key for each post",
    ),
    (Rule::EditsStayHidden, "the adapter does not edit"),
    (
        Rule::LabelsAreShown,
        "the adapter reads warnings from the record",
    ),
    (
        Rule::AuthorFeedFilters,
        "the adapter sorts by itself what a feed holds",
    ),
    (Rule::GoneThreadIsNotFound, "the adapter reads both forms"),
    (Rule::SearchFilters, "the adapter looks at what it is given"),
    (
        Rule::HiddenRepliesAreSilent,
        "the adapter tells hidden answers like others",
    ),
    (Rule::PostgateBars, "the adapter sets no gate"),
    (Rule::PinsComeFirst, "the adapter asks for no pins"),
    (
        Rule::ReasonsFilter,
        "the adapter sorts by itself what happened",
    ),
    (
        Rule::ChatPermission,
        "accounts of the suite take messages from all",
    ),
    (Rule::ChatReactions, "the adapter reacts to no message"),
    (Rule::ChatDeletesForSelf, "the adapter deletes no message"),
    (
        Rule::ChatLog,
        "the adapter reads conversations, not the log",
    ),
    (
        Rule::UnknownMethodIsRefused,
        "the adapter calls no unknown method",
    ),
];

const RULES: Table<Rule> = Table {
    noticed: NOTICED,
    elsewhere: ELSEWHERE,
};

fn play(case: &str, broken: Option<Rule>) -> Result<(), String> {
    let fake = stages::fake();
    if let Some(rule) = broken {
        fake.break_rule(rule);
    }
    let (bench, stage, _) = stages::on_fake(&fake, None);
    rule_table::play(&bench.clock, &stage, case)
}

#[test]
fn every_rule_is_named_once() {
    RULES.names_each_once(Rule::ALL);
}

#[test]
fn a_broken_rule_makes_its_case_fail() {
    RULES.is_noticed(play);
}
