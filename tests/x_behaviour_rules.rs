//! Each rule of X's fake, broken, makes some case of the behaviour suite fail.
#![cfg(all(
    feature = "x",
    feature = "oauth",
    feature = "webhook",
    feature = "testing"
))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contract;
#[path = "support/rule_table.rs"]
mod rule_table;
#[path = "support/x_cases/mod.rs"]
mod x_cases;
#[path = "support/x_stage.rs"]
mod x_stage;
#[path = "support/x_watch.rs"]
mod x_watch;

use rule_table::Table;
use serde_json::{Value, json};
use sociable::adapters::x::fake::{Fake, Fault, Rule};
use sociable::adapters::x::{Tier, X};
use sociable::http::HeaderMap;

const RULES: Table<Rule> = Table {
    noticed: &[
        (
            Rule::TokensAreChecked,
            "a login that is not good is told so",
        ),
        (
            Rule::TokensExpire,
            "x: an access token of OAuth 2.0 ends after two hours",
        ),
        (Rule::TokenKinds, "x: each kind of token does what it may"),
        (
            Rule::ScopesAreChecked,
            "x: a token without the scope is told what it lacks",
        ),
        (
            Rule::SignaturesAreChecked,
            "x: a signature by another secret is refused",
        ),
        (
            Rule::ClocksAreClose,
            "x: what was signed is good for five minutes",
        ),
        (Rule::NoncesAreSingleUse, "x: what was signed is good once"),
        (
            Rule::CodesDieSoon,
            "x: a code is exchanged within thirty seconds",
        ),
        (Rule::CodesAreSingleUse, "x: a code is good once"),
        (Rule::PkceIsChecked, "x: a code is for who asked for it"),
        (Rule::RefreshIsSingleUse, "x: a refresh token is good once"),
        (
            Rule::ReuseRevokesAll,
            "x: a refresh token that comes again ends its login",
        ),
        (
            Rule::UnknownParametersAreRefused,
            "x: a parameter that nobody knows is refused",
        ),
        (
            Rule::UnknownFieldsAreRefused,
            "x: a field that nobody knows is refused",
        ),
        (
            Rule::LookUpsHoldSoMany,
            "x: a look-up holds a hundred, and more are asked for in parts",
        ),
        (
            Rule::PageSizesHaveBounds,
            "x: a page is as large as X takes, whatever is asked for",
        ),
        (
            Rule::QueriesHaveALength,
            "x: a search is as long as X takes",
        ),
        (
            Rule::WindowsRefuse,
            "x: a call too many is waited for and made again",
        ),
        (
            Rule::WindowsEnd,
            "x: a window that is over takes calls again",
        ),
        (Rule::WindowsAreTold, "x: what X tells of a window is kept"),
        (
            Rule::AppWindows,
            "x: the application and its users have windows of their own",
        ),
        (
            Rule::UserWindows,
            "x: as many calls as a quarter of an hour allows go out, and none twice",
        ),
        (
            Rule::DayWindows,
            "x: a day may be empty while its quarter of an hour has room",
        ),
        (
            Rule::FullSearchIsSlow,
            "x: the whole archive is searched once a second",
        ),
        (
            Rule::CreditsRunOut,
            "x: without credits nothing is answered, and nothing is tried again",
        ),
        (
            Rule::MonthlyCap,
            "x: beyond the month's posts nothing is read, and others go on",
        ),
        (
            Rule::OwnedReadsCostLess,
            "x: what the application's owner reads of itself costs less than is booked",
        ),
        (
            Rule::PaidOnceADay,
            "x: the same thing is billed once a day, and booked each time",
        ),
        (
            Rule::LinksCostMore,
            "x: a post with a link costs more, and is told so beforehand",
        ),
        (
            Rule::DuplicatesAreRefused,
            "x: the same words again are a duplicate, which is named",
        ),
        (
            Rule::DuplicatesAreForgotten,
            "x: after a while the same words are published again",
        ),
        (
            Rule::RepliesNeedASummons,
            "x: an answer needs a summons, and is not tried again",
        ),
        (
            Rule::QuotesAreEnterprise,
            "x: who set a plan that X does not know of is told so",
        ),
        (
            Rule::LikesAreEnterprise,
            "x: who set a plan that X does not know of is told so",
        ),
        (
            Rule::FollowsAreEnterprise,
            "x: who set a plan that X does not know of is told so",
        ),
        (
            Rule::OneCashtag,
            "x: a post holds one cashtag, on plans that anybody can buy",
        ),
        (
            Rule::TextWeight,
            "x: a text weighs no more than the account may write",
        ),
        (Rule::EmptyPostIsRefused, "x: a post of nothing is refused"),
        (Rule::PollRules, "x: a poll keeps its bounds"),
        (
            Rule::MediaCount,
            "x: a post holds four files, or one that moves",
        ),
        (
            Rule::OneVideoAlone,
            "x: a post holds four files, or one that moves",
        ),
        (
            Rule::AttachmentsExclude,
            "x: files, a poll and a quote exclude each other",
        ),
        (Rule::ReplySettingsAreKept, "x: who may answer is kept"),
        (
            Rule::UnverifiedDays,
            "x: an account that is not verified has a day of its own",
        ),
        (
            Rule::EditMakesANewId,
            "x: an edit makes another post, which takes the place of the first",
        ),
        (Rule::EditWindow, "x: a post is edited within its time"),
        (
            Rule::EditNeedsEligibility,
            "x: what cannot be edited is refused",
        ),
        (Rule::OwnPostsOnly, "delete: another's post stays"),
        (Rule::DeleteRemoves, "delete: a post is gone for everybody"),
        (
            Rule::HideInOwnConversations,
            "x: answers are hidden in one's own conversations alone",
        ),
        (
            Rule::RepliesAreAddressed,
            "x: an answer is told as it was written",
        ),
        (
            Rule::AddressesQuote,
            "x: the address of a post behind a text quotes it",
        ),
        (
            Rule::MissingIsAPartialError,
            "x: what is missing is told beside the rest",
        ),
        (
            Rule::EmptyDataIsOmitted,
            "x: where nothing is found there is nothing to read",
        ),
        (
            Rule::NewestFirst,
            "posts.own: one's own posts stand there, the newest first",
        ),
        (
            Rule::PagesGoOn,
            "x: page by page everything comes once, whatever comes meanwhile",
        ),
        (Rule::SpansAreKept, "x: a span is kept"),
        (
            Rule::ExcludeIsKept,
            "x: answers and reposts can be left out",
        ),
        (
            Rule::SearchMatches,
            "posts.search: posts with the words are found, and only they",
        ),
        (
            Rule::SearchLooksBackAWeek,
            "x: the recent search looks back a week, the application's further",
        ),
        (
            Rule::WordsFindNoReposts,
            "x: a search for words finds no reposts",
        ),
        (
            Rule::MentionsAreListed,
            "posts.mentions: who mentions this identity stands there",
        ),
        (
            Rule::HomeFollows,
            "x: the home timeline holds whom one follows",
        ),
        (
            Rule::FieldsAsAsked,
            "x: what is asked for is told, and nothing else",
        ),
        (
            Rule::ExpansionsAreTold,
            "x: who wrote a post is told with it",
        ),
        (Rule::CountsAreKept, "x: what others did is counted"),
        (
            Rule::PrivateFiguresAreOwn,
            "x: an author is told more than others are",
        ),
        (
            Rule::PrivateFiguresEnd,
            "x: an author's figures are told for thirty days",
        ),
        (
            Rule::TextIsEscaped,
            "x: what X escapes is read as it was written",
        ),
        (
            Rule::LinksAreShortened,
            "x: short links are read as what they lead to",
        ),
        (
            Rule::RangesCountCodePoints,
            "x: marks stand where they were put, whatever stands before them",
        ),
        (
            Rule::LongTextsAreCut,
            "x: a long text is read whole, which X cuts",
        ),
        (Rule::LikesOnce, "x: a like counts once"),
        (
            Rule::LikesArePrivate,
            "x: who likes a post is told to its author alone",
        ),
        (
            Rule::RepostsOnce,
            "x: a repost is made once, and twice is no error",
        ),
        (
            Rule::FollowersAreListed,
            "audience.followers: who follows stands there",
        ),
        (
            Rule::MutesAreKept,
            "x: a mute is kept, and keeps posts from the home timeline",
        ),
        (
            Rule::ConnectionsAreTold,
            "membership: who follows is told, one answer for each",
        ),
        (
            Rule::SegmentsAreSmall,
            "x: a piece beyond a mebibyte is refused by the edge",
        ),
        (Rule::PiecesMakeAWhole, "x: pieces make the whole"),
        (
            Rule::FilesAreLookedAt,
            "x: what is no file of its kind is refused, and nothing is published",
        ),
        (
            Rule::ProcessingTakesTime,
            "x: a video goes in pieces that the edge takes, and is waited for",
        ),
        (
            Rule::MediaMustBeReady,
            "x: a file that is worked on is no part of a post",
        ),
        (Rule::MediaMustBeKnown, "x: files are one's own"),
        (
            Rule::MediaExpire,
            "x: a file that nobody uses is gone after a day",
        ),
        (Rule::CategoriesFit, "x: a file has its place"),
        (Rule::AltTextLimit, "x: a description has a length"),
        (
            Rule::AltTextIsKept,
            "publish.alt_text: descriptions are read back",
        ),
        (Rule::MessageLimit, "x: a message has a length"),
        (Rule::MessagesCarryOne, "x: a message carries one file"),
        (
            Rule::MessagesNeedConsent,
            "x: who takes no messages gets none",
        ),
        (
            Rule::MessagesAreDelivered,
            "send.account: a message reaches an account",
        ),
        (
            Rule::MessagesAreListedAMonth,
            "x: messages are listed for a month",
        ),
        (
            Rule::ConversationsAreClosed,
            "x: a conversation is closed to others",
        ),
        (
            Rule::EventTypesAreKept,
            "x: of a group's doings the messages are told",
        ),
        (
            Rule::AddressesAreChecked,
            "x: an address is taken from who has the application's secret",
        ),
        (
            Rule::AddressesAreHttps,
            "x: an address is safe, and without a port",
        ),
        (
            Rule::OneWebhook,
            "x: a plan that anybody can buy has one address",
        ),
        (
            Rule::DeliveriesAreSigned,
            "x: what is delivered is signed, and taken for nothing else",
        ),
        (
            Rule::DeliveriesComeAgain,
            "x: what is not taken is delivered again",
        ),
        (
            Rule::PrivateEventsNeedTheUser,
            "x: what is private is told to the user alone",
        ),
        (
            Rule::SubscriptionsAreUnique,
            "x: a subscription is made once",
        ),
        (Rule::SubscriptionsHaveAnEnd, "x: subscriptions have an end"),
        (
            Rule::EventsAreTold,
            "x: all that happens to an account is delivered, each under an id of its own",
        ),
        (
            Rule::EventIdsDiffer,
            "x: all that happens to an account is delivered, each under an id of its own",
        ),
        (
            Rule::StreamsNeedRules,
            "x: a stream without rules ends with the reason",
        ),
        (Rule::StreamRulesAreUnique, "x: a rule is made once"),
        (Rule::StreamRulesHaveAnEnd, "x: a rule has a length"),
        (Rule::StreamsAreFew, "x: there is one stream at a time"),
        (
            Rule::StreamsAreAlive,
            "x: a stream in which nothing happens stays open",
        ),
        (
            Rule::BackfillIsTold,
            "x: what was missed comes on a contract, and is told as a gap without one",
        ),
        (
            Rule::TrendsAreCounted,
            "x: as many trends are told as were asked for",
        ),
        (
            Rule::AdsNeedAccess,
            "x: an account for advertising is seen by who may",
        ),
        (
            Rule::AdsSpans,
            "x: advertising is measured in parts that X takes",
        ),
    ],
    // There is a case for each.
    elsewhere: &[],
};

/// Plays a case of the suite on the plan that has all of it; X's own cases choose theirs.
fn play(case: &str, broken: Option<Rule>) -> Result<(), String> {
    let tier = if case.starts_with("x: ") {
        Tier::SelfServe
    } else {
        Tier::Enterprise
    };
    let (bench, stage, _, watched) = x_stage::without(None, tier, broken);
    if broken.is_some() {
        watched.ends_after(x_cases::MOST_REQUESTS);
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
async fn what_x_does_not_know_fails_a_run_in_calls_as_in_answers() {
    let name = "what_x_does_not_know_fails_a_run_in_calls_as_in_answers";
    let contract = contract::x(name).unwrap();
    let is_checked = contract.is_some();
    let (bench, _, fake, watched) = x_stage::on_fake(contract, Tier::SelfServe);
    let x = X::builder().user_token(Fake::ANNA_TOKEN);
    let x = x.client(&bench.client).build().unwrap();
    let call = async |params: Value| {
        let called = x.call::<Value>("GET", "/2/users/me", &params);
        bench.clock.drive(called).await
    };
    call(json!({"user.fields": "verified"})).await.unwrap();
    assert_eq!(fake.complaints(), Vec::<String>::new());
    assert_eq!(watched.wrong(), Vec::<String>::new());

    // X refuses by itself what it does not know; where it let it pass, the contract would not.
    fake.break_rule(Rule::UnknownParametersAreRefused);
    call(json!({"nick": "x"})).await.unwrap();
    let asked = watched.forgive().join("\n");
    for answer in [
        json!({"id": "12", "name": "Anna", "username": "anna", "nick_of_mine": "x"}),
        json!({"id": 12, "name": "Anna", "username": "anna"}),
    ] {
        let body = json!({ "data": answer }).to_string().into();
        let (status, headers) = (200, HeaderMap::new());
        let answer = Fault::Answer {
            status,
            headers,
            body,
        };
        fake.fail_next("GET /2/users/me", answer);
        call(Value::Null).await.unwrap();
    }
    let answered = watched.forgive().join("\n");
    // A token in an address is seen by everybody on the way.
    call(json!({"access_token": Fake::ANNA_TOKEN}))
        .await
        .unwrap();
    watched.forgive();
    assert_eq!(fake.complaints(), ["a token stands in the URL"]);
    if is_checked {
        assert!(asked.contains("nick"), "{asked}");
        assert!(answered.contains("nick_of_mine"), "{answered}");
        assert!(answered.contains("12"), "{answered}");
    }
}

#[test]
fn a_run_that_a_broken_rule_keeps_busy_for_ever_ends() {
    let case = "events: listening with a login that is not good ends with the reason";
    play(case, None).unwrap();
    let why = play(case, Some(Rule::TokensAreChecked)).unwrap_err();
    assert!(why.contains("it asks again and again"), "{why}");
}
