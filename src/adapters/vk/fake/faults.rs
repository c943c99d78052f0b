//! What a test may switch: rules of the network, and single answers that go wrong.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::shared::rules::rules;

rules! {
    /// Every call names the version `v`. Broken: it may be left out.
    VersionIsNeeded,
    /// A token that nobody gave out, or that was revoked, is error 5. Broken: whoever comes speaks as the administrator.
    TokensAreChecked,
    /// A token of VK ID lives for an hour. Broken: for ever.
    TokensExpire,
    /// A method refuses tokens of the wrong kind (27, 28, 1051). Broken: it takes all.
    TokenKinds,
    /// A user's token publishes. Broken: it is refused with 1051.
    UserTokenPosts,
    /// A community's token publishes text. Broken: it is refused with 27.
    CommunityTokenPosts,
    /// A service token reads walls. Broken: it is refused with 28.
    ServiceTokenReads,
    /// A token without the scope is refused with 15. Broken: scopes do not matter.
    ScopesAreChecked,
    /// Only administrators manage a community. Broken: everybody does.
    ManagersOnly,
    /// `owner_id` of a community is negative. Broken: it is positive.
    OwnerSigns,
    /// `group_id` is positive. Broken: it is negative.
    GroupIdsArePositive,
    /// Errors come inside HTTP 200. Broken: as a page of HTML with HTTP 500.
    ErrorsAreEnvelopes,
    /// Methods that are unknown are error 3. Broken: they answer 1.
    UnknownMethodIsRefused,

    /// Calls beyond the limit of any second are error 6. Broken: none is refused.
    PerSecondRefuses,
    /// A user's and a service token have 3 calls a second, a community's 20. Broken: one.
    PerSecondRate,
    /// Beyond a day's quota a method is error 29. Broken: none is refused.
    QuotaRefuses,
    /// `wall.get` has 5,000 calls a day. Broken: 10.
    QuotaSize,
    /// The same text to the same peer more than ten times a minute is error 9. Broken: it is sent.
    FloodRefuses,
    /// A captcha that was solved lets the call through. Broken: each solution gets a new captcha.
    CaptchaSolves,

    /// A text holds up to 16,384 characters. Broken: up to 100.
    TextLimit,
    /// A post with nothing in it is refused. Broken: it is published.
    EmptyPostIsRefused,
    /// A post holds up to ten attachments. Broken: one.
    AttachmentCount,
    /// A second link is refused. Broken: it is taken.
    OneLink,
    /// Attachments that are not there are left out without a word. Broken: all attachments are.
    KnownAttachmentsStay,
    /// A repeat with the same `guid` is not published again. Broken: it is.
    Guid,
    /// A `guid` is good for one hour. Broken: for a minute.
    GuidHour,
    /// Of 500 posts a day no more are taken (214). Broken: of 2.
    PostsADay,
    /// A post that the call marks is advertising. Broken: the mark is lost.
    AdsMark,
    /// A post can be signed. Broken: the signature is lost.
    Signature,
    /// Who may not publish in the community's name is refused. Broken: nobody is.
    FromGroupNeedsAdmin,
    /// `from_group=1` publishes in the community's name. Broken: in the user's.
    FromGroup,
    /// An edit without attachments removes them. Broken: they stay.
    EditDropsAttachments,
    /// An edit of a scheduled post that names no `publish_date` publishes it. Broken: it keeps its time.
    EditWithoutDatePublishes,
    /// An edit after its time is error 214. Broken: it is made.
    EditWindow,
    /// An edited post tells when. Broken: it does not.
    EditIsTold,
    /// A deleted post is gone. Broken: it stays in every listing.
    DeleteRemoves,
    /// To delete what is not there is error 104. Broken: it is 1.
    MissingIsTold,
    /// A deleted post can be restored. Broken: it stays away.
    RestoreBringsBack,
    /// A pinned post comes first and is marked. Broken: it is not.
    PinsComeFirst,
    /// A repost carries the first post. Broken: it is a text alone.
    RepostCarries,
    /// A repost is counted. Broken: it is not.
    RepostsAreCounted,

    /// Scheduled posts wait for their time. Broken: they are published at once.
    ScheduledWait,
    /// Scheduled posts appear when their time comes. Broken: never.
    ScheduledAppear,
    /// A scheduled post gets a new number when it is published, and tells the old one. Broken: it keeps its number.
    ScheduledGetNewNumbers,
    /// Scheduled posts are seen by the owner and administrators alone. Broken: by all.
    PostponedOnlyToOwners,
    /// Two posts scheduled for the same time are refused (214). Broken: they are taken.
    ScheduleConflict,
    /// A time that has passed is refused. Broken: the post is published at once.
    ScheduleInFuture,

    /// Listings go from new to old. Broken: from old to new.
    NewestFirst,
    /// `offset` passes over. Broken: it is overlooked.
    Offsets,
    /// `count` is kept. Broken: one item comes.
    CountIsKept,
    /// A listing tells how many there are in all. Broken: how many came.
    TotalsAreTold,
    /// `extended` adds profiles and groups. Broken: they are empty.
    ExtendedTells,
    /// `filter` chooses the posts of the owner or of others. Broken: it is overlooked.
    WallFilters,
    /// Posts carry their attachments. Broken: none.
    AttachmentsAreShown,
    /// Likes, comments and views are counted. Broken: all counts are 0.
    CountsAreKept,
    /// What is missing is left out of `wall.getById`. Broken: it is error 100.
    MissingIsLeftOut,
    /// Search finds what holds the words. Broken: everything.
    SearchMatches,
    /// Search keeps to its span of time. Broken: it overlooks it.
    SearchSpan,
    /// Search and mentions that name no beginning begin a day ago. Broken: with the first post.
    SearchBeginsADayAgo,
    /// Mentions are listed. Broken: none.
    MentionsAreListed,
    /// Reposts are listed. Broken: none.
    RepostsAreListed,

    /// Comments form threads of one level. Broken: they stand side by side.
    CommentThreads,
    /// A closed discussion takes no comments (213). Broken: it does.
    ClosedComments,
    /// A community's comment names it as its author. Broken: it names the administrator.
    CommentFromGroup,
    /// A repeated `guid` of a comment writes none. Broken: it does.
    CommentGuid,
    /// A deleted comment is gone. Broken: it stays.
    CommentDeletes,
    /// An edited comment shows its new text. Broken: the old one.
    CommentEdits,
    /// A second like counts once. Broken: it counts again.
    LikesOnce,
    /// Likers are listed. Broken: nobody.
    LikersAreListed,

    /// A vote is counted, once. Broken: it is forgotten.
    VotesCount,
    /// Who did not vote does not see voters (253). Broken: everybody sees them.
    VoteFirst,
    /// Nobody votes in a poll that has ended (250). Broken: everybody does.
    PollEnds,

    /// A file that is no photo gets an empty list. Broken: it becomes a photo.
    EmptyPhoto,
    /// An address for uploads is good once. Broken: for ever.
    UploadsAreSingleUse,
    /// What was uploaded for one wall is saved for it alone (121). Broken: it is saved anywhere, and is lost.
    UploadsKnowTheirWall,
    /// The upload's hash is checked (121). Broken: it is not.
    UploadHash,
    /// A photo's text is kept. Broken: it is lost.
    CaptionsAreKept,
    /// A video is encoded for a while. Broken: for ever.
    VideosGetReady,

    /// Members are listed. Broken: nobody.
    MembersAreListed,
    /// Membership is told of each one. Broken: nobody is a member.
    MembershipIsTold,
    /// A banned user is listed until unbanned. Broken: bans are forgotten.
    BansAreKept,
    /// A banned user neither comments nor gets messages. Broken: both.
    BansBar,
    /// Short names are resolved. Broken: none is known.
    NamesResolve,

    /// A community writes only to who wrote first or allowed it (901). Broken: to everybody.
    WriteFirst,
    /// When the reply window has closed, a message is error 950. Broken: it is sent.
    ReplyWindow,
    /// The conversation tells until when one may write. Broken: it does not.
    ReplyWindowIsTold,
    /// A repeat with the same `random_id` sends nothing and answers the first number. Broken: it sends again.
    RandomId,
    /// A message without `random_id` is error 100. Broken: it is sent.
    RandomIdIsNeeded,
    /// A message holds up to 4,096 characters (914). Broken: up to 40.
    MessageLimit,
    /// Messages reach the other side. Broken: only the sender sees them.
    MessagesAreDelivered,
    /// A message is edited within a day (909). Broken: never.
    MessageEdits,
    /// A message deleted for all is gone for both. Broken: for one.
    DeleteForAll,
    /// What was read is marked. Broken: it stays unread.
    ReadIsMarked,

    /// Statistics of a community tell views and reach. Broken: there are no periods.
    StatsAreTold,
    /// The reach of posts is told. Broken: of none.
    PostReachIsTold,
    /// The advertising account tells its figures. Broken: none.
    AdsAreTold,

    /// A script runs up to 25 calls. Broken: it is error 13.
    ExecuteRuns,
    /// A call of a script that fails is false, and told in `execute_errors`. Broken: the whole script fails.
    ExecuteKeepsTheRest,
    /// Each call of a script counts for its quota. Broken: none does.
    ExecuteCounts,

    /// What happens is told by the long poll. Broken: nothing.
    EventsAreTold,
    /// Events of posts are told. Broken: they are not.
    EventsOfPosts,
    /// Events of comments are told. Broken: they are not.
    EventsOfComments,
    /// Events of messages are told. Broken: they are not.
    EventsOfMessages,
    /// Events of likes and reposts are told. Broken: they are not.
    EventsOfLikes,
    /// Events of members, bans and votes are told. Broken: they are not.
    EventsOfPeople,
    /// Each event has an id of its own. Broken: all have the same.
    EventIds,
    /// A `ts` that is too old fails with 1 and tells the present one. Broken: it is answered, and what was lost is not told.
    OldTsFails,
    /// A key that has ended fails with 2. Broken: with 1.
    OldKeyFails,
    /// The long poll goes on from the `ts` that it is given. Broken: it tells everything again.
    TsGoesOn,
    /// Deliveries carry the secret. Broken: another one.
    SecretIsSent,
    /// A delivery that was not confirmed comes again. Broken: it does not.
    Redelivery,

    /// A refresh gives a new pair of tokens and ends the old one. Broken: the new one is good for nothing.
    RefreshRotates,
    /// A refresh needs the `device_id` of its login. Broken: it does not.
    DeviceIdIsChecked,
    /// A code is exchanged for who has the verifier. Broken: for everybody.
    PkceIsChecked,
    /// A code is good once. Broken: for ever.
    CodesAreSingleUse,
}

/// An answer that goes wrong, once: see [`Fake::fail_next`](super::Fake::fail_next).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Refuses with an error of the API; nothing is done.
    Refuse {
        /// The `error_code`.
        code: i64,
        /// The `error_msg`.
        message: String,
        /// What stands beside them, such as `redirect_uri`.
        extra: Map<String, Value>,
    },
    /// Does what was asked, then answers with an error of the API.
    DoneThenRefuse {
        /// The `error_code`.
        code: i64,
        /// The `error_msg`.
        message: String,
    },
    /// Answers with a page of HTML under a status; nothing is done.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// Does what was asked, then answers 200 with half of the JSON.
    DoneThenTruncated,
    /// Answers 200 with these bytes; nothing is done.
    Answer(Bytes),
}

impl Fault {
    /// A refusal with a code and a message.
    #[must_use]
    pub fn refuse(code: i64, message: &str) -> Self {
        Self::Refuse {
            code,
            message: message.to_owned(),
            extra: Map::new(),
        }
    }
}
