//! Each rule of VK's fake, broken, makes some case of the behaviour suite fail.
#![cfg(all(
    feature = "vk",
    feature = "oauth",
    feature = "webhook",
    feature = "testing"
))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contract;
#[path = "support/rule_table.rs"]
mod rule_table;
#[path = "support/vk_cases/mod.rs"]
mod vk_cases;
#[path = "support/vk_stage.rs"]
mod vk_stage;
#[path = "support/vk_watch.rs"]
mod vk_watch;

use rule_table::Table;
use serde_json::{Value, json};
use sociable::adapters::vk::Vk;
use sociable::adapters::vk::fake::{Fake, Fault, Rule};

/// More than any case asks for while all rules are kept.
const MOST_REQUESTS: usize = 2000;

const RULES: Table<Rule> = Table {
    noticed: &[
        (
            Rule::VersionIsNeeded,
            "vk: a call without its version is refused",
        ),
        (
            Rule::TokensAreChecked,
            "a login that is not good is told so",
        ),
        (
            Rule::TokensExpire,
            "vk: a token of VK ID ends after an hour",
        ),
        (Rule::TokenKinds, "vk: a token of the wrong kind is refused"),
        (
            Rule::UserTokenPosts,
            "publish: a text is read back as it was written",
        ),
        (
            Rule::CommunityTokenPosts,
            "vk: a community's token alone publishes texts",
        ),
        (
            Rule::ServiceTokenReads,
            "vk: a service token reads walls for a community",
        ),
        (
            Rule::ScopesAreChecked,
            "vk: a token without the right is refused",
        ),
        (Rule::ManagersOnly, "delete: another's post stays"),
        (
            Rule::OwnerSigns,
            "publish: a text is read back as it was written",
        ),
        (
            Rule::GroupIdsArePositive,
            "publish.image: pictures are read back in their order",
        ),
        (
            Rule::ErrorsAreEnvelopes,
            "delete: what is gone already is no error",
        ),
        (
            Rule::UnknownMethodIsRefused,
            "vk: a method that is none is refused",
        ),
        (
            Rule::PerSecondRefuses,
            "vk: a call too many in a second is made again",
        ),
        (
            Rule::PerSecondRate,
            "vk: as many calls as a second allows go out, and none twice",
        ),
        (
            Rule::QuotaRefuses,
            "vk: what goes beyond a day's quota is told, and others go on",
        ),
        (
            Rule::QuotaSize,
            "engage.repost: a repost stands once, and can be taken back",
        ),
        (
            Rule::FloodRefuses,
            "vk: the same message again and again is flood",
        ),
        (
            Rule::CaptchaSolves,
            "vk: a captcha that is answered lets the call through",
        ),
        (Rule::TextLimit, "publish: the longest text is taken"),
        (Rule::EmptyPostIsRefused, "vk: a post of nothing is refused"),
        (
            Rule::AttachmentCount,
            "publish.image: as many pictures as are allowed are taken",
        ),
        (Rule::OneLink, "vk: a second link is refused"),
        (
            Rule::KnownAttachmentsStay,
            "publish.image: pictures are read back in their order",
        ),
        (
            Rule::Guid,
            "publish.key: another process makes no second post",
        ),
        (
            Rule::GuidHour,
            "vk: a key makes one post as long as the network remembers it",
        ),
        (
            Rule::PostsADay,
            "posts.own: one's own posts stand there, the newest first",
        ),
        (Rule::AdsMark, "vk: the native wishes of a draft are kept"),
        (Rule::Signature, "vk: the native wishes of a draft are kept"),
        (
            Rule::FromGroupNeedsAdmin,
            "vk: a community is managed by its administrators alone",
        ),
        (
            Rule::FromGroup,
            "publish: a text is read back as it was written",
        ),
        (
            Rule::EditDropsAttachments,
            "vk: an edit takes the files away",
        ),
        (
            Rule::EditWithoutDatePublishes,
            "vk: an edit of a scheduled post that names no time publishes it",
        ),
        (Rule::EditWindow, "vk: a post is changed within its day"),
        (Rule::EditIsTold, "vk: an edit is told with its time"),
        (Rule::DeleteRemoves, "delete: a post is gone for everybody"),
        (
            Rule::MissingIsTold,
            "vk: what is gone already is told to who asks natively",
        ),
        (
            Rule::RestoreBringsBack,
            "moderate.restore: what was deleted can be brought back",
        ),
        (
            Rule::PinsComeFirst,
            "vk: a pinned post stands first on the wall, and in its time here",
        ),
        (
            Rule::RepostCarries,
            "publish.quote: a quote names what it quotes",
        ),
        (
            Rule::RepostsAreCounted,
            "engage.repost: a repost stands once, and can be taken back",
        ),
        (
            Rule::ScheduledWait,
            "publish.schedule: what is scheduled appears in its time",
        ),
        (
            Rule::ScheduledAppear,
            "publish.schedule: what is scheduled appears in its time",
        ),
        (
            Rule::ScheduledGetNewNumbers,
            "vk: what is scheduled is seen by its owners alone, and gets another number",
        ),
        (
            Rule::PostponedOnlyToOwners,
            "vk: what is scheduled is seen by its owners alone, and gets another number",
        ),
        (
            Rule::ScheduleConflict,
            "vk: two posts for the same time are one too many",
        ),
        (
            Rule::ScheduleInFuture,
            "vk: a time that has passed is refused",
        ),
        (
            Rule::NewestFirst,
            "posts.own: one's own posts stand there, the newest first",
        ),
        (
            Rule::Offsets,
            "posts.own: page by page every post comes once",
        ),
        (
            Rule::CountIsKept,
            "posts.own: a page holds what was asked for",
        ),
        (
            Rule::TotalsAreTold,
            "posts.own: page by page every post comes once",
        ),
        (Rule::ExtendedTells, "vk: posts tell who wrote them"),
        (
            Rule::WallFilters,
            "vk: a wall holds posts of others, which are not its own",
        ),
        (
            Rule::AttachmentsAreShown,
            "publish.image: pictures are read back in their order",
        ),
        (
            Rule::CountsAreKept,
            "metrics.post: what others did is counted",
        ),
        (
            Rule::MissingIsLeftOut,
            "post: what does not exist is NotFound",
        ),
        (
            Rule::SearchMatches,
            "posts.search: posts with the words are found, and only they",
        ),
        (
            Rule::SearchSpan,
            "vk: a search counts within its span alone",
        ),
        (
            Rule::SearchBeginsADayAgo,
            "vk: a search without a beginning goes a day back, and here to the first post",
        ),
        (
            Rule::MentionsAreListed,
            "posts.mentions: who mentions this identity stands there",
        ),
        (
            Rule::RepostsAreListed,
            "posts.quotes: who quotes a post stands there",
        ),
        (
            Rule::CommentThreads,
            "publish.reply: an answer to an answer stays in the thread",
        ),
        (
            Rule::ClosedComments,
            "moderate.close_comments: closed comments show no new answer of another",
        ),
        (
            Rule::CommentFromGroup,
            "audience.commented: who answers a post stands there once",
        ),
        (Rule::CommentGuid, "vk: a comment's key makes one comment"),
        (
            Rule::CommentDeletes,
            "vk: a comment is changed, taken away and brought back",
        ),
        (
            Rule::CommentEdits,
            "vk: a comment is changed, taken away and brought back",
        ),
        (
            Rule::LikesOnce,
            "engage.like: a like stands once, and can be taken back",
        ),
        (
            Rule::LikersAreListed,
            "audience.liked: who likes a post stands there once",
        ),
        (Rule::VotesCount, "engage.vote: a vote is counted"),
        (Rule::VoteFirst, "vk: who voted is told to those who voted"),
        (Rule::PollEnds, "vk: nobody votes in a poll that has ended"),
        (
            Rule::EmptyPhoto,
            "vk: a file that is no photo is told, and nothing is published",
        ),
        (
            Rule::UploadsAreSingleUse,
            "vk: an address for an upload takes one file",
        ),
        (
            Rule::UploadsKnowTheirWall,
            "vk: what was uploaded for one wall is saved for it alone",
        ),
        (Rule::UploadHash, "vk: the proof of an upload is checked"),
        (Rule::CaptionsAreKept, "vk: the caption of a photo is kept"),
        (
            Rule::VideosGetReady,
            "vk: a video is worked on for a while, and then ready",
        ),
        (
            Rule::MembersAreListed,
            "vk: members stand in the audience and are told",
        ),
        (
            Rule::MembershipIsTold,
            "vk: members stand in the audience and are told",
        ),
        (
            Rule::BansAreKept,
            "vk: the banned stand in a list, and say and are told nothing",
        ),
        (
            Rule::BansBar,
            "vk: the banned stand in a list, and say and are told nothing",
        ),
        (
            Rule::NamesResolve,
            "account: an account is found by its id and by its name",
        ),
        (
            Rule::WriteFirst,
            "vk: a community writes to those who let it",
        ),
        (
            Rule::ReplyWindow,
            "vk: the time to answer is told, and over when it is over",
        ),
        (
            Rule::ReplyWindowIsTold,
            "vk: the time to answer is told, and over when it is over",
        ),
        (Rule::RandomId, "vk: a message's key sends one message"),
        (
            Rule::RandomIdIsNeeded,
            "vk: a message without its number is refused",
        ),
        (
            Rule::MessageLimit,
            "send.account: the longest message is taken",
        ),
        (
            Rule::MessagesAreDelivered,
            "send.account: a message reaches an account",
        ),
        (
            Rule::MessageEdits,
            "vk: a message is changed within its day",
        ),
        (
            Rule::DeleteForAll,
            "vk: a message taken back is gone for both sides",
        ),
        (
            Rule::ReadIsMarked,
            "engage.read: a conversation can be marked as read",
        ),
        (Rule::StatsAreTold, "vk: a community's days are counted"),
        (Rule::PostReachIsTold, "vk: the reach of posts is told"),
        (Rule::AdsAreTold, "vk: advertising tells what it brought"),
        (Rule::ExecuteRuns, "vk: many calls go in one request"),
        (
            Rule::ExecuteKeepsTheRest,
            "vk: one call of many that fails spoils no other",
        ),
        (
            Rule::ExecuteCounts,
            "vk: each call of many counts for its quota",
        ),
        (
            Rule::EventsAreTold,
            "events: an answer is told once, with who and what",
        ),
        (Rule::EventsOfPosts, "vk: posts are told as they come"),
        (
            Rule::EventsOfComments,
            "events: an answer is told once, with who and what",
        ),
        (Rule::EventsOfMessages, "events: a message is told"),
        (
            Rule::EventsOfLikes,
            "events: a like is told once, with who and what",
        ),
        (Rule::EventsOfPeople, "vk: who comes and goes is told"),
        (
            Rule::EventIds,
            "events: from a stored cursor nothing is missed and nothing comes twice",
        ),
        (
            Rule::OldTsFails,
            "events: what the network no longer has is told as a gap",
        ),
        (Rule::OldKeyFails, "vk: a key that has ended loses nothing"),
        (Rule::TsGoesOn, "vk: what was told is not told again"),
        (
            Rule::SecretIsSent,
            "events: what is pushed is what is polled, under the same ids",
        ),
        (
            Rule::Redelivery,
            "events: what the program could not keep is delivered again",
        ),
        (
            Rule::RefreshRotates,
            "vk: a login is renewed, again and again",
        ),
        (
            Rule::DeviceIdIsChecked,
            "vk: a renewal is for the device of its login",
        ),
        (
            Rule::PkceIsChecked,
            "vk: a code is for whom it was asked for",
        ),
        (Rule::CodesAreSingleUse, "vk: a code is good once"),
    ],
    // There is a case for each.
    elsewhere: &[],
};

fn play(case: &str, broken: Option<Rule>) -> Result<(), String> {
    let (bench, stage, fake, watched) = vk_stage::on_fake(None);
    if let Some(rule) = broken {
        fake.break_rule(rule);
        watched.ends_after(MOST_REQUESTS);
    }
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

/// The suite's run on the fake ends with these two lists, which have to be empty.
#[tokio::test]
async fn what_vk_does_not_know_fails_a_run_in_calls_as_in_answers() {
    let name = "what_vk_does_not_know_fails_a_run_in_calls_as_in_answers";
    let contract = contract::vk(name).unwrap();
    let is_checked = contract.is_some();
    let (bench, _, fake, watched) = vk_stage::on_fake(contract);
    let vk = Vk::builder().user_token(Fake::USER_TOKEN);
    let vk = vk.client(&bench.client).build().unwrap();
    let call = async |params: Value| {
        let called = vk.call::<Value>("users.get", &params);
        bench.clock.drive(called).await.unwrap();
    };
    call(json!({"user_ids": [102]})).await;
    assert_eq!(fake.complaints(), Vec::<String>::new());
    assert_eq!(watched.wrong(), Vec::<String>::new());

    call(json!({"user_ids": [102], "user_names": "x"})).await;
    assert_eq!(
        fake.complaints(),
        ["users.get: VK reads no parameter user_names"]
    );
    let asked = watched.forgive();
    for answer in [
        json!([{"id": 102, "first_name": "Bob", "last_name": "B", "nick_of_mine": "x"}]),
        json!([{"id": "102", "first_name": "Bob", "last_name": "B"}]),
    ] {
        let answer = json!({ "response": answer }).to_string();
        fake.fail_next("users.get", Fault::Answer(answer.into()));
        call(json!({"user_ids": [102]})).await;
    }
    let answered = watched.forgive().join("\n");
    if is_checked {
        let told = "users.get: accepted, but user_names is no parameter of users.get";
        assert_eq!(asked, [told]);
        assert!(
            answered.contains("nick_of_mine is in no schema"),
            "{answered}"
        );
        assert!(
            answered.contains("\"102\" is not of the type"),
            "{answered}"
        );
    }
}

#[test]
fn a_run_that_a_broken_rule_keeps_busy_for_ever_ends() {
    let case = "events: listening with a login that is not good ends with the reason";
    play(case, None).unwrap();
    for rule in [Rule::TokensAreChecked, Rule::ErrorsAreEnvelopes] {
        let why = play(case, Some(rule)).unwrap_err();
        assert!(why.contains("it asks again and again"), "{rule:?}: {why}");
    }
}
