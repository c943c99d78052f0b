//! What a test may switch: rules of the network, and single answers that go wrong.

use bytes::Bytes;

use crate::shared::rules::rules;

rules! {
    /// A login needs the right password. Broken: every password opens every account.
    PasswordIsChecked,
    /// An expired access token is told by 400 `ExpiredToken`. Broken: by 401 `AuthenticationRequired`.
    TokenExpiryIs400,
    /// A refresh gives a new pair of tokens. Broken: the new refresh token is good for nothing.
    RefreshRotates,
    /// The old refresh token works for two more hours and gives the same new one. Broken: it is revoked at once.
    RefreshGrace,
    /// A revoked session is refused. Broken: it works on.
    RevokedSessionsEnd,
    /// Calls for an account need its token. Broken: a call without a token speaks as the first account.
    AuthIsNeeded,
    /// Nobody writes into another's repository. Broken: everybody may.
    OwnRepoOnly,
    /// App passwords without the right to it reach no messages. Broken: they do.
    ChatNeedsPrivilege,

    /// A post holds up to 300 graphemes. Broken: up to 150.
    TextLimit,
    /// A post holds up to 3000 bytes of UTF-8. Broken: up to 1000.
    TextByteLimit,
    /// Records carry `createdAt`. Broken: records that carry it are refused.
    RequiresCreatedAt,
    /// Times have a zone and the form of RFC 3339. Broken: only whole seconds without a fraction pass.
    DatetimeForm,
    /// `swapRecord: null` writes only where nothing stands. Broken: it writes a second record beside the first.
    SwapRecordNull,
    /// A `swapRecord` that is not the present cid is refused. Broken: it is overlooked.
    SwapRecordCid,
    /// A record key of a post is a TID. Broken: TIDs are refused.
    RecordKeyIsTid,
    /// A reply names its parent and root, and stands under them. Broken: replies stand alone.
    ReplyNeedsParentAndRoot,
    /// A record refers only to blobs that were uploaded. Broken: uploads are forgotten at once.
    BlobMustExist,
    /// A blob has its largest size. Broken: it is 16 bytes.
    BlobSizeLimit,
    /// The server looks into a blob to tell its type. Broken: each blob is `application/octet-stream`.
    BlobTypeIsSniffed,
    /// A post holds up to 4 images. Broken: one.
    ImageCountLimit,
    /// Facets lie inside the text, counted in UTF-8 bytes, whole characters only. Broken: counted in UTF-16 units. (A
    /// real server stores what does not fit, and the apps leave it out; the fake refuses it so that a test sees it.)
    FacetByteOffsets,
    /// To delete what is gone is no error. Broken: it is a 400 `InvalidRequest`.
    DeleteIsIdempotent,
    /// A deleted post is gone. Broken: it stays in every listing.
    DeleteRemoves,
    /// A second like, repost, follow or block of the same subject replaces the first. Broken: both stand and count.
    LikeReplaces,
    /// A record that is not there is a 400 `RecordNotFound`. Broken: a 200 with an empty value.
    MissingRecordIsTold,
    /// Handles are resolved to DIDs. Broken: no handle is known.
    HandlesResolve,

    /// The author sees a new post at once in the listings that are patched. Broken: only when it is indexed.
    ReadAfterWrite,
    /// What others wrote is seen when it is indexed. Broken: never.
    PostsAreIndexed,
    /// An edited post goes on showing its first version. Broken: the new one is shown.
    EditsStayHidden,
    /// Listings go from new to old. Broken: from old to new.
    NewestFirst,
    /// A page holds up to `limit` items. Broken: one.
    LimitIsKept,
    /// The last full page carries a cursor, and an empty page without one ends the listing. Broken: no page carries
    /// one.
    CursorEndsWithoutCursor,
    /// Likes, reposts, replies and quotes are counted. Broken: all counts are 0.
    CountsAreKept,
    /// A view tells what the viewer did with it: liked, reposted, followed, blocked. Broken: it tells nothing.
    ViewerState,
    /// Views carry images, cards, videos and quoted posts ready to show. Broken: no view has an embed.
    EmbedsAreShown,
    /// Self-labels of a post are shown as labels. Broken: no labels.
    LabelsAreShown,
    /// An author's feed can be filtered. Broken: the filter is overlooked.
    AuthorFeedFilters,
    /// The timeline holds posts of the accounts that are followed. Broken: only one's own.
    TimelineFollows,
    /// A thread nests replies under what they answer. Broken: it has none.
    ThreadsNest,
    /// A thread of a post that is not there is a 400 `NotFound`. Broken: a 200 with `notFoundPost`.
    GoneThreadIsNotFound,
    /// Search finds the posts that hold the words. Broken: it finds all posts.
    SearchMatches,
    /// Search keeps to the parameters `author`, `tag`, `mentions`, `since`, `until` and `lang`. Broken: it overlooks
    /// them.
    SearchFilters,
    /// Quotes of a post are listed. Broken: none.
    QuotesAreListed,
    /// Who liked and who reposted is listed. Broken: nobody.
    EngagersAreListed,
    /// Followers and follows are listed. Broken: nobody.
    FollowersAreListed,
    /// Relationships tell who follows whom. Broken: nobody follows anybody.
    RelationshipsAreTold,
    /// Muted accounts vanish from the timeline and the notifications. Broken: they stay.
    MutesHide,
    /// Blocked accounts vanish, both ways. Broken: they stay.
    BlocksHide,
    /// A thread gate bars replies. Broken: they stand.
    ThreadgateBars,
    /// The author's hidden replies raise no notification. Broken: they do.
    HiddenRepliesAreSilent,
    /// A post gate detaches and forbids quotes. Broken: they stand.
    PostgateBars,
    /// A pinned post comes first where pins are asked for. Broken: it does not.
    PinsComeFirst,
    /// Bookmarks are kept. Broken: they are forgotten.
    BookmarksAreKept,
    /// Trends are told. Broken: there are none.
    TrendsAreTold,

    /// A like is notified. Broken: it is not.
    NotificationsForLikes,
    /// A repost is notified. Broken: it is not.
    NotificationsForReposts,
    /// A new follower is notified. Broken: it is not.
    NotificationsForFollows,
    /// A reply is notified. Broken: it is not.
    NotificationsForReplies,
    /// A mention is notified. Broken: it is not.
    NotificationsForMentions,
    /// A quote is notified. Broken: it is not.
    NotificationsForQuotes,
    /// Notifications can be asked for by reason. Broken: all come.
    ReasonsFilter,
    /// `updateSeen` marks notifications as read. Broken: it does nothing.
    SeenMarksRead,

    /// Messages are reached only with the proxy header. Broken: never.
    ChatNeedsProxyHeader,
    /// Messages reach the other side. Broken: only the sender sees them.
    ChatDelivers,
    /// A message holds up to 1000 graphemes. Broken: up to 100.
    ChatTextLimit,
    /// Accounts choose who may write to them. Broken: all may.
    ChatPermission,
    /// A conversation is open to its members alone. Broken: to all.
    ChatMembersOnly,
    /// A first message of somebody who is not followed waits as a request. Broken: it is accepted at once.
    ChatRequestsWait,
    /// Unread messages are counted until they are marked. Broken: marking does nothing.
    ChatUnread,
    /// A reaction counts once for each member and value, up to 5 values. Broken: reactions are forgotten.
    ChatReactions,
    /// A message that one side deleted stays for the other. Broken: it is gone for both.
    ChatDeletesForSelf,
    /// The log tells what happened since a cursor. Broken: nothing.
    ChatLog,

    /// The video service takes a token made for it. Broken: it takes none.
    VideoNeedsServiceToken,
    /// A video is ready after a while. Broken: its job fails.
    VideoIsProcessed,

    /// Answers carry the four headers of the limits. Broken: none.
    RateHeaders,
    /// What goes over a limit is refused with 429. Broken: nothing is refused.
    RateRefuses,
    /// A write costs 3 points to create, 2 to update, 1 to delete. Broken: 100 each.
    WritePoints,
    /// Errors are JSON with a name. Broken: pages of HTML.
    ErrorsAreJson,
    /// An unknown method is a 501 or 404. Broken: a 200 with an empty object.
    UnknownMethodIsRefused,
}

/// An answer that goes wrong, once: see [`Fake::fail_next`](super::Fake::fail_next).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Refuses with a status and an error name; nothing is done.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The name of the error, like `UpstreamFailure`.
        name: String,
        /// Its message.
        message: String,
    },
    /// Does what was asked, then answers with a status and an error name.
    DoneThenRefuse {
        /// The HTTP status.
        status: u16,
        /// The name of the error.
        name: String,
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
    /// A refusal with a status and a name.
    #[must_use]
    pub fn refuse(status: u16, name: &str) -> Self {
        Self::Refuse {
            status,
            name: name.to_owned(),
            message: name.to_owned(),
        }
    }
}
