//! What X is asked, and under which limits: method and path, the kinds of token, the scopes, the windows and the price.
//!
//! Kinds and scopes are of the contract (OpenAPI 2.167), the windows of the rate table (docs, rate limits, August 2026).

use std::time::Duration;

use super::TokenKind::{self, AppOnly, OAuth1, OAuth2};
use super::prices::Item;
use crate::client::limits::Window;

/// Most windows are a quarter of an hour long.
pub(in super::super) const QUARTER: Duration = Duration::from_secs(15 * 60);
/// The others are a day.
pub(in super::super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// One of the things that X is asked.
#[derive(Debug)]
pub(in super::super) struct Endpoint {
    /// GET, POST, PUT or DELETE.
    pub(in super::super) method: &'static str,
    /// The path; a part that begins with a colon is filled in.
    pub(in super::super) path: &'static str,
    /// Both, which is what the windows of a quarter of an hour are called.
    pub(in super::super) name: &'static str,
    /// How the window of a user's day is called.
    pub(in super::super) user_day_name: &'static str,
    /// How the window of an application's day is called.
    pub(in super::super) app_day_name: &'static str,
    /// The kinds of token that it takes, the one first that is taken where several are there.
    pub(in super::super) kinds: &'static [TokenKind],
    /// The scopes that a token of OAuth 2.0 needs.
    pub(in super::super) scopes: &'static [&'static str],
    /// The windows of an application that asks as itself.
    pub(in super::super) app: &'static [Window],
    /// The windows of one user.
    pub(in super::super) user: &'static [Window],
    /// A user's day.
    pub(in super::super) user_day: &'static [Window],
    /// The application's day, whoever asks.
    pub(in super::super) app_day: &'static [Window],
    /// What is billed: of a question each thing that it answers, of a write the call.
    pub(in super::super) price: Option<Item>,
}

impl Endpoint {
    /// Whether it changes nothing.
    pub(in super::super) fn reads(&self) -> bool {
        self.method == "GET"
    }

    /// Whether it is of the Ads API, which has a server and a version of its own.
    pub(in super::super) fn is_of_ads(&self) -> bool {
        self.path.starts_with("/:")
    }

    /// Whether each thing that it answers is billed, and not the call.
    pub(in super::super) fn bills_things(&self) -> bool {
        let of_calls = [Item::Trends, Item::CountsRecent, Item::CountsAll];
        self.reads() && self.price.is_some_and(|item| !of_calls.contains(&item))
    }

    /// The path with its parts filled in, in their order.
    pub(in super::super) fn path(&self, parts: &[&str]) -> String {
        let mut parts = parts.iter();
        let mut path = String::with_capacity(self.path.len() + 24);
        for part in self.path.split('/').skip(1) {
            path.push('/');
            path.push_str(match part.strip_prefix(':') {
                Some(_) => parts.next().copied().unwrap_or_default(),
                None => part,
            });
        }
        path
    }
}

const fn quarter(limit: u64) -> Window {
    Window::from_first_call(limit, QUARTER)
}

const fn day(limit: u64) -> Window {
    Window::from_first_call(limit, DAY)
}

const fn second(limit: u64) -> Window {
    Window::rolling(limit, Duration::from_secs(1))
}

const ALL: &[TokenKind] = &[OAuth2, OAuth1, AppOnly];
const USERS: &[TokenKind] = &[OAuth2, OAuth1];
const NEW_USERS: &[TokenKind] = &[OAuth2];
const APP: &[TokenKind] = &[AppOnly];
const NOT_OLD: &[TokenKind] = &[OAuth2, AppOnly];
const OLD: &[TokenKind] = &[OAuth1];
const OLD_AND_APP: &[TokenKind] = &[AppOnly, OAuth1];

const READ: &[&str] = &["tweet.read", "users.read"];
const WRITE: &[&str] = &["tweet.read", "tweet.write", "users.read"];
const HIDE: &[&str] = &["tweet.read", "tweet.moderate.write", "users.read"];
const LIKES: &[&str] = &["tweet.read", "like.read", "users.read"];
const LIKE: &[&str] = &["tweet.read", "like.write", "users.read"];
const FOLLOWS: &[&str] = &["tweet.read", "follows.read", "users.read"];
const FOLLOW: &[&str] = &["tweet.read", "follows.write", "users.read"];
const BOOKMARKS: &[&str] = &["tweet.read", "bookmark.read", "users.read"];
const BOOKMARK: &[&str] = &["tweet.read", "bookmark.write", "users.read"];
const MUTES: &[&str] = &["tweet.read", "mute.read", "users.read"];
const MUTE: &[&str] = &["tweet.read", "mute.write", "users.read"];
const BLOCKS: &[&str] = &["tweet.read", "block.read", "users.read"];
const MESSAGES: &[&str] = &["tweet.read", "dm.read", "users.read"];
const MESSAGE: &[&str] = &["tweet.read", "dm.write", "users.read"];
const UNSEND: &[&str] = &["dm.read", "dm.write"];
const MEDIA: &[&str] = &["media.write"];
const REPOSTS_OF_ME: &[&str] = &["tweet.read", "timeline.read"];
const ACTIVITY: &[&str] = &["tweet.read", "like.read"];
const NONE: &[&str] = &[];

macro_rules! endpoints {
    ($($constant:ident: $method:literal $path:literal, $kinds:ident $scopes:ident
        $(, app [$($app:expr),*])? $(, user [$($user:expr),*])?
        $(, app_day [$app_day:expr])? $(, user_day [$user_day:expr])? $(, price $price:ident)?;)*) => {
        $(pub(in super::super) const $constant: &Endpoint = &Endpoint {
            method: $method,
            path: $path,
            name: concat!($method, " ", $path),
            user_day_name: concat!($method, " ", $path, ", a user's day"),
            app_day_name: concat!($method, " ", $path, ", the application's day"),
            kinds: $kinds,
            scopes: $scopes,
            app: &[$($($app),*)?],
            user: &[$($($user),*)?],
            user_day: &[$($user_day)?],
            app_day: &[$($app_day)?],
            price: endpoints!(@price $($price)?),
        };)*

        /// All of them.
        pub(in super::super) const ENDPOINTS: &[&Endpoint] = &[$($constant),*];
    };
    (@price) => { None };
    (@price $price:ident) => { Some(Item::$price) };
}

endpoints! {
    // Posts
    CREATE_POST: "POST" "/2/tweets", USERS WRITE, user [quarter(100)], app_day [day(10_000)], price PostCreate;
    DELETE_POST: "DELETE" "/2/tweets/:id", USERS WRITE, user [quarter(50)], price Delete;
    POSTS: "GET" "/2/tweets", ALL READ, app [quarter(3500)], user [quarter(5000)], price PostRead;
    POST: "GET" "/2/tweets/:id", ALL READ, app [quarter(450)], user [quarter(900)], price PostRead;
    SEARCH_RECENT: "GET" "/2/tweets/search/recent", ALL READ, app [quarter(450)], user [quarter(300)], price PostRead;
    SEARCH_ALL: "GET" "/2/tweets/search/all", APP NONE, app [second(1), quarter(300)], price PostRead;
    COUNTS_RECENT: "GET" "/2/tweets/counts/recent", NOT_OLD NONE, app [quarter(300)], price CountsRecent;
    COUNTS_ALL: "GET" "/2/tweets/counts/all", APP NONE, app [quarter(300)], price CountsAll;
    USER_POSTS: "GET" "/2/users/:id/tweets", ALL READ, app [quarter(10_000)], user [quarter(900)], price PostRead;
    MENTIONS: "GET" "/2/users/:id/mentions", ALL READ, app [quarter(450)], user [quarter(300)], price PostRead;
    HOME: "GET" "/2/users/:id/timelines/reverse_chronological", USERS READ, user [quarter(180)], price PostRead;
    QUOTES: "GET" "/2/tweets/:id/quote_tweets", ALL READ, app [quarter(75)], user [quarter(75)], price PostRead;
    REPOSTS: "GET" "/2/tweets/:id/retweets", ALL READ, app [quarter(75)], user [quarter(75)], price PostRead;
    REPOSTS_OF: "GET" "/2/users/reposts_of_me", USERS REPOSTS_OF_ME, user [quarter(75)], price PostRead;
    LIKED_POSTS: "GET" "/2/users/:id/liked_tweets", USERS LIKES, user [quarter(75)], price PostRead;
    BOOKMARKED: "GET" "/2/users/:id/bookmarks", USERS BOOKMARKS, user [quarter(180)], price PostRead;
    HIDE_REPLY: "PUT" "/2/tweets/:id/hidden", USERS HIDE, user [quarter(50)], price Interaction;
    ANALYTICS: "GET" "/2/tweets/analytics", USERS READ, app [quarter(300)], user [quarter(300)], price PostRead;

    // People
    ME: "GET" "/2/users/me", USERS READ, user [quarter(75)], price UserRead;
    USERS_BY_ID: "GET" "/2/users", ALL READ, app [quarter(300)], user [quarter(900)], price UserRead;
    USER: "GET" "/2/users/:id", ALL READ, app [quarter(300)], user [quarter(900)], price UserRead;
    USER_BY_NAME: "GET" "/2/users/by/username/:username", ALL READ, app [quarter(300)], user [quarter(900)], price UserRead;
    USER_SEARCH: "GET" "/2/users/search", USERS READ, app [quarter(300)], user [quarter(900)], price UserRead;
    FOLLOWERS: "GET" "/2/users/:id/followers", ALL FOLLOWS, app [quarter(300)], user [quarter(300)], price FollowRead;
    FOLLOWING: "GET" "/2/users/:id/following", ALL FOLLOWS, app [quarter(300)], user [quarter(300)], price FollowRead;
    LIKERS: "GET" "/2/tweets/:id/liking_users", USERS LIKES, app [quarter(75)], user [quarter(75)], price UserRead;
    REPOSTERS: "GET" "/2/tweets/:id/retweeted_by", ALL READ, app [quarter(75)], user [quarter(75)], price UserRead;
    MUTED: "GET" "/2/users/:id/muting", USERS MUTES, user [quarter(15)], price MuteRead;
    BLOCKED: "GET" "/2/users/:id/blocking", USERS BLOCKS, user [quarter(15)], price BlockRead;
    LIKE_POST: "POST" "/2/users/:id/likes", USERS LIKE, user [quarter(50)], user_day [day(1000)], price Interaction;
    UNLIKE_POST: "DELETE" "/2/users/:id/likes/:tweet_id", USERS LIKE, user [quarter(50)], user_day [day(1000)], price Interaction;
    REPOST: "POST" "/2/users/:id/retweets", USERS WRITE, user [quarter(50)], price Interaction;
    UNREPOST: "DELETE" "/2/users/:id/retweets/:tweet_id", USERS WRITE, user [quarter(50)], price Interaction;
    BOOKMARK_POST: "POST" "/2/users/:id/bookmarks", NEW_USERS BOOKMARK, user [quarter(50)], price BookmarkCreate;
    UNBOOKMARK_POST: "DELETE" "/2/users/:id/bookmarks/:tweet_id", NEW_USERS BOOKMARK, user [quarter(50)], price BookmarkCreate;
    FOLLOW_USER: "POST" "/2/users/:id/following", USERS FOLLOW, user [quarter(50)], price Interaction;
    UNFOLLOW_USER: "DELETE" "/2/users/:id/following/:target", USERS FOLLOW, user [quarter(50)], price Interaction;
    MUTE_USER: "POST" "/2/users/:id/muting", USERS MUTE, user [quarter(50)], price Interaction;
    UNMUTE_USER: "DELETE" "/2/users/:id/muting/:target", USERS MUTE, user [quarter(50)], price Interaction;

    // Messages
    DM_EVENTS: "GET" "/2/dm_events", USERS MESSAGES, user [quarter(15)], price DmRead;
    DM_EVENT: "GET" "/2/dm_events/:id", USERS MESSAGES, user [quarter(15)], price DmRead;
    DM_WITH: "GET" "/2/dm_conversations/with/:id/dm_events", USERS MESSAGES, user [quarter(15)], price DmRead;
    DM_OF: "GET" "/2/dm_conversations/:id/dm_events", USERS MESSAGES, user [quarter(15)], price DmRead;
    SEND_TO_USER: "POST" "/2/dm_conversations/with/:id/messages", USERS MESSAGE, user [quarter(15)], app_day [day(1440)], user_day [day(1440)], price DmCreate;
    SEND_TO_CONVERSATION: "POST" "/2/dm_conversations/:id/messages", USERS MESSAGE, user [quarter(15)], app_day [day(1440)], user_day [day(1440)], price DmCreate;
    BEGIN_GROUP: "POST" "/2/dm_conversations", USERS MESSAGE, user [quarter(15)], app_day [day(1440)], user_day [day(1440)], price DmCreate;
    DELETE_DM: "DELETE" "/2/dm_events/:id", USERS UNSEND, user [quarter(300)], app_day [day(4000)], user_day [day(1500)], price Delete;
    BLOCK_DMS: "POST" "/2/users/:id/dm/block", USERS MESSAGE, app [quarter(25)], user [quarter(10)], app_day [day(1000)], user_day [day(400)], price Interaction;
    UNBLOCK_DMS: "POST" "/2/users/:id/dm/unblock", USERS MESSAGE, app [quarter(25)], user [quarter(10)], app_day [day(1000)], user_day [day(400)], price Interaction;

    // Files
    UPLOAD: "POST" "/2/media/upload", USERS MEDIA, user [quarter(500)], app_day [day(50_000)];
    UPLOAD_STATUS: "GET" "/2/media/upload", USERS MEDIA, user [quarter(1000)], app_day [day(100_000)];
    UPLOAD_BEGIN: "POST" "/2/media/upload/initialize", USERS MEDIA, user [quarter(1875)], app_day [day(180_000)];
    UPLOAD_APPEND: "POST" "/2/media/upload/:id/append", USERS MEDIA, user [quarter(1875)], app_day [day(180_000)];
    UPLOAD_END: "POST" "/2/media/upload/:id/finalize", USERS MEDIA, user [quarter(1875)], app_day [day(180_000)];
    MEDIA_METADATA: "POST" "/2/media/metadata", USERS MEDIA, user [quarter(500)], app_day [day(50_000)], price MediaMetadata;
    SUBTITLES: "POST" "/2/media/subtitles", USERS MEDIA, user [quarter(100)], app_day [day(10_000)], price MediaMetadata;
    NO_SUBTITLES: "DELETE" "/2/media/subtitles", USERS MEDIA, user [quarter(100)], app_day [day(10_000)], price MediaMetadata;

    // What is trending, what was used, and what happens
    TRENDS: "GET" "/2/trends/by/woeid/:woeid", NOT_OLD NONE, app [quarter(75)], price Trends;
    OWN_TRENDS: "GET" "/2/users/personalized_trends", USERS READ, app [quarter(200)], user [quarter(10)], app_day [day(200)], user_day [day(100)], price Trends;
    USAGE: "GET" "/2/usage/tweets", APP NONE, app [quarter(50)];
    STREAM: "GET" "/2/tweets/search/stream", APP NONE, app [quarter(50)], price PostRead;
    RULES: "GET" "/2/tweets/search/stream/rules", APP NONE, app [quarter(450)];
    CHANGE_RULES: "POST" "/2/tweets/search/stream/rules", APP NONE, app [quarter(100)];
    ACTIVITY_STREAM: "GET" "/2/activity/stream", APP NONE, app [quarter(450)];
    SUBSCRIPTIONS: "GET" "/2/activity/subscriptions", ALL ACTIVITY, app [quarter(500)];
    SUBSCRIBE: "POST" "/2/activity/subscriptions", ALL NONE, app [quarter(500)];
    UNSUBSCRIBE: "DELETE" "/2/activity/subscriptions/:id", APP NONE, app [quarter(500)];
    WEBHOOKS: "GET" "/2/webhooks", APP NONE, app [quarter(450)];
    CREATE_WEBHOOK: "POST" "/2/webhooks", OLD_AND_APP NONE, app [quarter(450)];
    CHECK_WEBHOOK: "PUT" "/2/webhooks/:id", OLD_AND_APP NONE, app [quarter(450)];
    DELETE_WEBHOOK: "DELETE" "/2/webhooks/:id", OLD_AND_APP NONE, app [quarter(450)];
    REPLAY: "POST" "/2/webhooks/replay", APP NONE, app [quarter(100)];

    // Advertising (docs, Ads API; what the windows of listings are, its headers tell)
    ADS_CAMPAIGNS: "GET" "/:version/accounts/:id/campaigns", OLD NONE;
    ADS_POSTS: "GET" "/:version/accounts/:id/promoted_tweets", OLD NONE;
    ADS_STATS: "GET" "/:version/stats/accounts/:id", OLD NONE, user [quarter(250)];
}

/// The endpoint that a method and a path are of, as a native call writes them.
pub(in super::super) fn of_path(method: &str, path: &str) -> Option<&'static Endpoint> {
    let fits = |endpoint: &&&Endpoint| {
        let (mut ours, mut theirs) = (endpoint.path.split('/'), path.split('/'));
        endpoint.method == method
            && !endpoint.is_of_ads()
            && loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => break true,
                    (Some(ours), Some(theirs))
                        if ours == theirs || ours.starts_with(':') && !theirs.is_empty() => {}
                    _ => break false,
                }
            }
    };
    // A part that is written out wins over one that is filled in: `/2/users/me` is no user of the name `me`.
    let filled = |endpoint: &&&Endpoint| endpoint.path.matches(':').count();
    ENDPOINTS.iter().filter(fits).min_by_key(filled).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_endpoint_is_there_once_and_knows_its_windows() {
        for (at, endpoint) in ENDPOINTS.iter().enumerate() {
            let again = ENDPOINTS.iter().skip(at + 1);
            assert!(
                again.clone().all(|other| other.name != endpoint.name),
                "{}",
                endpoint.name
            );
            assert!(!endpoint.kinds.is_empty(), "{}", endpoint.name);
            let windows = [endpoint.app, endpoint.user].concat();
            assert!(
                !windows.is_empty() || endpoint.is_of_ads(),
                "{}",
                endpoint.name
            );
            // An endpoint that takes no application's token has no use for an application's windows, and says what
            // of them the page tells all the same.
            if endpoint.kinds == APP {
                assert!(endpoint.user.is_empty(), "{}", endpoint.name);
            }
        }
        assert_eq!(CREATE_POST.user, [quarter(100)]);
        assert_eq!(LIKE_POST.user_day, [day(1000)]);
        assert_eq!(DM_EVENTS.user, [quarter(15)]);
        assert_eq!(SEARCH_ALL.app, [second(1), quarter(300)]);
    }

    #[test]
    fn a_path_is_filled_in_and_found_again() {
        assert_eq!(POSTS.path(&[]), "/2/tweets");
        assert_eq!(UNLIKE_POST.path(&["7", "12"]), "/2/users/7/likes/12");
        for (method, path, name) in [
            ("GET", "/2/users/me", "GET /2/users/me"),
            ("GET", "/2/users/12", "GET /2/users/:id"),
            ("DELETE", "/2/tweets/1", "DELETE /2/tweets/:id"),
            (
                "GET",
                "/2/tweets/search/recent",
                "GET /2/tweets/search/recent",
            ),
            (
                "POST",
                "/2/media/upload/4/append",
                "POST /2/media/upload/:id/append",
            ),
        ] {
            assert_eq!(
                of_path(method, path).map(|endpoint| endpoint.name),
                Some(name)
            );
        }
        assert!(of_path("GET", "/2/nothing").is_none());
        assert!(of_path("GET", "/2/tweets/").is_none());
    }
}
