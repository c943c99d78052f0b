//! What a test may switch: rules of the network, and single answers that go wrong.

use bytes::Bytes;
use http::HeaderMap;

use crate::shared::rules::rules;

rules! {
    /// A call needs a token that was given out (401). Broken: whoever comes speaks as Anna.
    TokensAreChecked,
    /// An access token of OAuth 2.0 lives for two hours. Broken: for ever.
    TokensExpire,
    /// An operation refuses tokens of the wrong kind (403). Broken: it takes all.
    TokenKinds,
    /// A token without a scope that the operation needs is refused (403). Broken: scopes do not matter.
    ScopesAreChecked,
    /// A signature of OAuth 1.0a is checked (401, code 32). Broken: any will do.
    SignaturesAreChecked,
    /// A signature's time is at most five minutes off (401, code 135). Broken: any will do.
    ClocksAreClose,
    /// A nonce is good once. Broken: for ever.
    NoncesAreSingleUse,
    /// A code is exchanged within 30 seconds. Broken: at any time.
    CodesDieSoon,
    /// A code is good once. Broken: for ever.
    CodesAreSingleUse,
    /// A code is exchanged for who has the verifier. Broken: for everybody.
    PkceIsChecked,
    /// A refresh token is good once. Broken: for ever.
    RefreshIsSingleUse,
    /// A refresh token that comes again ends every token of its login. Broken: it is refused alone.
    ReuseRevokesAll,

    /// A parameter that the operation does not know is refused (400). Broken: it is passed over.
    UnknownParametersAreRefused,
    /// A field or an expansion that nobody knows is refused (400). Broken: it is passed over.
    UnknownFieldsAreRefused,
    /// A look-up holds up to 100 ids (400). Broken: any number.
    LookUpsHoldSoMany,
    /// A page's size lies between bounds (400). Broken: any will do.
    PageSizesHaveBounds,
    /// A recent search has up to 512 characters (400). Broken: any number.
    QueriesHaveALength,

    /// Calls beyond a window are refused (429). Broken: none is.
    WindowsRefuse,
    /// A window ends after its time. Broken: never.
    WindowsEnd,
    /// Answers tell what is left of each window. Broken: no header says anything.
    WindowsAreTold,
    /// An app has its own number of calls in fifteen minutes. Broken: three at most.
    AppWindows,
    /// A user has an own number of calls in fifteen minutes. Broken: three at most.
    UserWindows,
    /// Twenty-four hours have their own windows. Broken: they have none.
    DayWindows,
    /// A full search takes one call a second. Broken: it does not matter.
    FullSearchIsSlow,

    /// Without credits nothing is answered (402). Broken: it is.
    CreditsRunOut,
    /// Beyond the month's posts nothing is read (429, `UsageCapExceeded`). Broken: it is.
    MonthlyCap,
    /// What the app's owner reads of the own account costs less. Broken: it costs the same.
    OwnedReadsCostLess,
    /// The same thing is paid for once on a day of UTC. Broken: each time.
    PaidOnceADay,
    /// A post with a link costs more. Broken: it costs the same.
    LinksCostMore,

    /// The same text again is refused (403). Broken: it is published again.
    DuplicatesAreRefused,
    /// After a while the same text is no duplicate. Broken: it is for ever.
    DuplicatesAreForgotten,
    /// Without an Enterprise plan one replies only to who named one, and to oneself (403). Broken: to everybody.
    RepliesNeedASummons,
    /// Without an Enterprise plan nobody quotes (403). Broken: everybody does.
    QuotesAreEnterprise,
    /// Without an Enterprise plan nobody likes (403). Broken: everybody does.
    LikesAreEnterprise,
    /// Without an Enterprise plan nobody follows (403). Broken: everybody does.
    FollowsAreEnterprise,
    /// Without an Enterprise plan a post holds one cashtag (403). Broken: any number.
    OneCashtag,
    /// A post weighs up to 280 (403). Broken: any weight.
    TextWeight,
    /// A post with nothing in it is refused (400). Broken: it is published.
    EmptyPostIsRefused,
    /// A poll has 2 to 4 options of 1 to 25 characters, and 5 minutes to a week (400). Broken: any will do.
    PollRules,
    /// A post carries up to four files (400). Broken: any number.
    MediaCount,
    /// A video or a GIF stands alone (400). Broken: beside others.
    OneVideoAlone,
    /// Files, a poll and a quote exclude each other (400). Broken: they do not.
    AttachmentsExclude,
    /// Who may reply to a post is kept (403). Broken: everybody may.
    ReplySettingsAreKept,
    /// An account that is not verified has 50 posts and 200 replies a day (code 185). Broken: there is no end.
    UnverifiedDays,
    /// An edit has a new id. Broken: it keeps the old one.
    EditMakesANewId,
    /// An edit after its time is refused (403). Broken: it is made.
    EditWindow,
    /// Only what is eligible is edited (403). Broken: everything.
    EditNeedsEligibility,
    /// Only own posts are deleted (403). Broken: all are.
    OwnPostsOnly,
    /// A deleted post is gone. Broken: it stays.
    DeleteRemoves,
    /// Replies are hidden in own conversations alone (403). Broken: anywhere.
    HideInOwnConversations,

    /// What is missing is told beside the rest, inside of 200. Broken: a single one is 404, of several nothing is said.
    MissingIsAPartialError,
    /// Where nothing is found there is no `data`. Broken: an empty list.
    EmptyDataIsOmitted,
    /// Listings go from new to old. Broken: a page goes from old to new.
    NewestFirst,
    /// A page's token leads to the next one. Broken: to the first.
    PagesGoOn,
    /// `since_id`, `until_id`, `start_time` and `end_time` are kept. Broken: they are overlooked.
    SpansAreKept,
    /// `exclude` leaves out replies or reposts. Broken: it is overlooked.
    ExcludeIsKept,
    /// A search finds what its query says. Broken: everything.
    SearchMatches,
    /// A recent search looks back seven days. Broken: for ever.
    SearchLooksBackAWeek,
    /// A search for words finds no reposts. Broken: it does.
    WordsFindNoReposts,
    /// Mentions are listed. Broken: none.
    MentionsAreListed,
    /// A home timeline holds whom one follows. Broken: everybody.
    HomeFollows,
    /// Fields are told that were asked for. Broken: all are.
    FieldsAsAsked,
    /// What expansions refer to is told. Broken: it is not.
    ExpansionsAreTold,
    /// Likes, replies and the like are counted. Broken: all counts are 0.
    CountsAreKept,
    /// Private figures are for the author alone. Broken: for everybody.
    PrivateFiguresAreOwn,
    /// Private figures are told for 30 days. Broken: for ever.
    PrivateFiguresEnd,
    /// Texts come with `&amp;`, `&lt;` and `&gt;`. Broken: as they were written.
    TextIsEscaped,
    /// Links come as `https://t.co/…`. Broken: as they were written.
    LinksAreShortened,
    /// A reply's text begins with whom it answers. Broken: it is as it was written.
    RepliesAreAddressed,
    /// A text that ends with the address of a post quotes it. Broken: it does not.
    AddressesQuote,

    /// A second like changes nothing. Broken: it counts again.
    LikesOnce,
    /// Who likes what is told to the author of either alone. Broken: to everybody.
    LikesArePrivate,
    /// A second repost is refused (403). Broken: it is made.
    RepostsOnce,
    /// Followers are listed. Broken: nobody.
    FollowersAreListed,
    /// Mutes are kept. Broken: they are forgotten.
    MutesAreKept,
    /// A look-up tells how one stands to a user. Broken: it does not.
    ConnectionsAreTold,

    /// A body beyond a mebibyte and a little is refused by the edge with an empty 413. Broken: it is taken.
    SegmentsAreSmall,
    /// Pieces must make the size that was told (400). Broken: any will do.
    PiecesMakeAWhole,
    /// A file is what its category says (400). Broken: anything is.
    FilesAreLookedAt,
    /// A video is worked on for a while. Broken: it is ready at once.
    ProcessingTakesTime,
    /// A post waits for what is worked on (400). Broken: it does not.
    MediaMustBeReady,
    /// Files must be known and one's own (400). Broken: others are left out.
    MediaMustBeKnown,
    /// A file that nobody uses is gone after a day. Broken: it stays.
    MediaExpire,
    /// A file for messages is none for posts, and the other way round (400). Broken: it does not matter.
    CategoriesFit,
    /// A description has up to 1,000 characters (400). Broken: any number.
    AltTextLimit,
    /// A description is kept. Broken: it is lost.
    AltTextIsKept,

    /// A message has up to 10,000 UTF-16 units (code 354). Broken: any number.
    MessageLimit,
    /// A message carries one file (400). Broken: any number.
    MessagesCarryOne,
    /// Who takes no messages gets none (code 349). Broken: everybody does.
    MessagesNeedConsent,
    /// Messages reach the other side. Broken: only the sender sees them.
    MessagesAreDelivered,
    /// Messages are listed for 30 days. Broken: for ever.
    MessagesAreListedAMonth,
    /// Who takes no part in a conversation neither reads nor writes in it (403). Broken: everybody does.
    ConversationsAreClosed,
    /// `event_types` is kept. Broken: it is overlooked.
    EventTypesAreKept,

    /// An address must give the answer that only who has the secret can give. Broken: it passes.
    AddressesAreChecked,
    /// A webhook's address is `https` without a port. Broken: anything is.
    AddressesAreHttps,
    /// A self-serve plan has one webhook. Broken: any number.
    OneWebhook,
    /// Deliveries are signed with the app's secrets. Broken: with others.
    DeliveriesAreSigned,
    /// A delivery comes again until it is answered with 200. Broken: it does not.
    DeliveriesComeAgain,
    /// Private events need the token of the user (403). Broken: any will do.
    PrivateEventsNeedTheUser,
    /// A subscription is made once (400). Broken: any number of times.
    SubscriptionsAreUnique,
    /// A self-serve plan has 1,500 subscriptions. Broken: any number.
    SubscriptionsHaveAnEnd,
    /// What happens is told to who subscribed. Broken: nothing is.
    EventsAreTold,
    /// Each event has an id of its own. Broken: all have the same.
    EventIdsDiffer,

    /// A stream without rules is refused (409). Broken: it opens.
    StreamsNeedRules,
    /// A rule is made once. Broken: any number of times.
    StreamRulesAreUnique,
    /// A rule has up to 1,024 characters, and a plan up to 1,000 rules. Broken: any number.
    StreamRulesHaveAnEnd,
    /// One connection to posts, two to activity (429). Broken: any number.
    StreamsAreFew,
    /// A stream shows every 20 seconds that it is alive. Broken: it is silent.
    StreamsAreAlive,
    /// What was missed comes to who asks for it. Broken: it does not.
    BackfillIsTold,

    /// `max_trends` is kept. Broken: all are told.
    TrendsAreCounted,
    /// An account for advertising is seen by its owner alone. Broken: by everybody.
    AdsNeedAccess,
    /// Up to 20 ids over up to 7 days (400). Broken: any number.
    AdsSpans,
}

/// An answer that goes wrong, once: see [`Fake::fail_next`](super::Fake::fail_next).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Refuses with a problem; nothing is done.
    Problem {
        /// The HTTP status.
        status: u16,
        /// The last part of its type, such as `client-forbidden`, or `about:blank`.
        kind: String,
        /// The title.
        title: String,
        /// The detail.
        detail: String,
    },
    /// Refuses with a code of the first API; nothing is done.
    Legacy {
        /// The HTTP status.
        status: u16,
        /// The code, such as 226.
        code: i64,
        /// The message.
        message: String,
    },
    /// Answers 429 without a word on windows; nothing is done.
    BareTooMany,
    /// Answers with a page of HTML under a status, as the edge does; nothing is done.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// Answers with nothing under a status; nothing is done.
    Empty {
        /// The HTTP status.
        status: u16,
    },
    /// Does what was asked, then answers with a page of HTML under a status.
    DoneThenHtml {
        /// The HTTP status.
        status: u16,
    },
    /// Does what was asked, then answers with half of the JSON.
    DoneThenTruncated,
    /// Answers with this; nothing is done.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Header fields.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
}

impl Fault {
    /// A refusal by a problem without a type of its own.
    #[must_use]
    pub fn problem(status: u16, title: &str, detail: &str) -> Self {
        Self::Problem {
            status,
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            detail: detail.to_owned(),
        }
    }

    /// A refusal by a code of the first API.
    #[must_use]
    pub fn legacy(status: u16, code: i64, message: &str) -> Self {
        Self::Legacy {
            status,
            code,
            message: message.to_owned(),
        }
    }
}
