//! Names of what a network can be asked to do, the same in profiles, errors, prices, the README's table and the suite.

use std::borrow::Cow;

/// One thing that a network may be able to do, under a dotted name such as `posts.search`.
///
/// The constants name all that the trait asks for. The set is open: an outside adapter names its native calls itself.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Operation(Cow<'static, str>);

macro_rules! operations {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        impl Operation {
            $($(#[$doc])* pub const $constant: Operation = Operation(Cow::Borrowed($name));)*

            /// Every operation that the trait knows, in the order of the trait.
            pub const ALL: &'static [Operation] = &[$(Operation::$constant),*];
        }
    };
}

operations! {
    /// Who this identity is.
    ME = "me";
    /// Looking up an account.
    ACCOUNT = "account";
    /// Asking the server what it allows.
    REFRESH_PROFILE = "profile.refresh";
    /// Publishing text.
    PUBLISH = "publish";
    /// Publishing an answer to a post.
    PUBLISH_REPLY = "publish.reply";
    /// Publishing with another post embedded.
    PUBLISH_QUOTE = "publish.quote";
    /// Publishing pictures.
    PUBLISH_IMAGE = "publish.image";
    /// Publishing a video.
    PUBLISH_VIDEO = "publish.video";
    /// Publishing an animated picture that stays animated.
    PUBLISH_GIF = "publish.gif";
    /// Publishing sound.
    PUBLISH_AUDIO = "publish.audio";
    /// Publishing a file of any type.
    PUBLISH_DOCUMENT = "publish.document";
    /// Describing media for those who do not see them.
    PUBLISH_ALT_TEXT = "publish.alt_text";
    /// Publishing a link with a card.
    PUBLISH_LINK = "publish.link";
    /// Publishing a poll.
    PUBLISH_POLL = "publish.poll";
    /// Leaving it to the network to publish later.
    PUBLISH_SCHEDULE = "publish.schedule";
    /// Publishing to another place than the configured one.
    PUBLISH_PLACE = "publish.place";
    /// Choosing who may see it.
    PUBLISH_VISIBILITY = "publish.visibility";
    /// Saying in which language it is.
    PUBLISH_LANGUAGE = "publish.language";
    /// Warning of what it shows.
    PUBLISH_WARNING = "publish.warning";
    /// Publishing at most once for a key of the caller's.
    PUBLISH_KEY = "publish.key";
    /// Finding out whether an unconfirmed publication happened.
    RECONCILE = "reconcile";
    /// Changing a post in place.
    EDIT = "edit";
    /// Taking a post away.
    DELETE = "delete";
    /// Reading one post.
    POST = "post";
    /// Reading what the accounts one follows publish.
    POSTS_HOME = "posts.home";
    /// Reading one's own posts.
    POSTS_OWN = "posts.own";
    /// Reading an account's posts.
    POSTS_ACCOUNT = "posts.account";
    /// Reading a community's posts.
    POSTS_COMMUNITY = "posts.community";
    /// Reading posts that mention this identity.
    POSTS_MENTIONS = "posts.mentions";
    /// Reading the direct answers to a post.
    POSTS_REPLIES = "posts.replies";
    /// Reading a whole thread.
    POSTS_THREAD = "posts.thread";
    /// Reading the posts that quote a post.
    POSTS_QUOTES = "posts.quotes";
    /// Reading posts under a hashtag.
    POSTS_HASHTAG = "posts.hashtag";
    /// Searching posts.
    POSTS_SEARCH = "posts.search";
    /// Listing what the network will publish later.
    POSTS_SCHEDULED = "posts.scheduled";
    /// Reading several posts by their ids.
    POSTS_IDS = "posts.ids";
    /// Liking a post.
    ENGAGE_LIKE = "engage.like";
    /// Reacting to a post with a sign of one's choice.
    ENGAGE_REACT = "engage.react";
    /// Reposting.
    ENGAGE_REPOST = "engage.repost";
    /// Bookmarking.
    ENGAGE_BOOKMARK = "engage.bookmark";
    /// Voting in a poll.
    ENGAGE_VOTE = "engage.vote";
    /// Following an account.
    ENGAGE_FOLLOW = "engage.follow";
    /// Marking a conversation or the notifications as read.
    ENGAGE_READ = "engage.read";
    /// Listing an account's followers.
    AUDIENCE_FOLLOWERS = "audience.followers";
    /// Listing whom an account follows.
    AUDIENCE_FOLLOWING = "audience.following";
    /// Listing a community's members.
    AUDIENCE_MEMBERS = "audience.members";
    /// Listing who liked a post.
    AUDIENCE_LIKED = "audience.liked";
    /// Listing who reposted a post.
    AUDIENCE_REPOSTED = "audience.reposted";
    /// Listing who commented on a post.
    AUDIENCE_COMMENTED = "audience.commented";
    /// Listing who voted in a poll.
    AUDIENCE_VOTED = "audience.voted";
    /// Asking whether accounts follow or belong to this identity.
    MEMBERSHIP = "membership";
    /// Hiding an answer.
    MODERATE_HIDE = "moderate.hide";
    /// Bringing back what was deleted.
    MODERATE_RESTORE = "moderate.restore";
    /// Pinning a post.
    MODERATE_PIN = "moderate.pin";
    /// Closing a post's comments.
    MODERATE_CLOSE = "moderate.close_comments";
    /// Blocking an account.
    MODERATE_BLOCK = "moderate.block";
    /// Muting an account.
    MODERATE_MUTE = "moderate.mute";
    /// Listing conversations.
    CONVERSATIONS = "conversations";
    /// Reading a conversation.
    MESSAGES = "messages";
    /// Sending a message into a conversation.
    SEND = "send";
    /// Sending the first message to an account.
    SEND_ACCOUNT = "send.account";
    /// Answering a comment's author privately.
    SEND_COMMENT_AUTHOR = "send.comment_author";
    /// Sending media in a message.
    SEND_MEDIA = "send.media";
    /// Measuring posts.
    METRICS_POST = "metrics.post";
    /// Measuring the account.
    METRICS_ACCOUNT = "metrics.account";
    /// Reading what paid reach brought.
    PROMOTIONS = "promotions";
    /// Reading what is trending.
    TRENDING = "trending";
    /// Asking what happened.
    EVENTS = "events";
}

impl Operation {
    /// Names an operation that the trait does not know, such as a network's native call.
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The dotted name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
