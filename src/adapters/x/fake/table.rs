//! The operations that the fake answers: tokens, scopes, windows, parameters and prices of each.
//!
//! The windows are those of docs.x.com (fundamentals/rate-limits), the prices those of its pricing page of August 2026.

use super::groups::{
    ACTIVITY_PAGE, ADS_PAGE, ADS_STATS, ALL, ANALYTICS, CHANGE, COUNTS, DM, DM_PAGE, EXCLUDE,
    FROM_5, FROM_10, HOOK, IDS, NAMES, OWN_TRENDS, PAGE, POSTS, QUERY, RULES, SEARCH_USERS, SPAN,
    STATUS, STREAM, TIMES, TRENDS, UPTO_100, UPTO_1000, USAGE, USERS,
};
use super::operations::{Operation, Windows};
use super::state::World;

/// One line for an operation: method, path, kinds of token, scopes, windows (of an app and a user in 15 minutes, of both
/// in 24 hours), what runs, the groups of parameters, the price in thousandths of a dollar, and whether what is read of
/// the app's owner costs less.
macro_rules! known {
    ($($method:ident $path:literal $kinds:ident [$($scope:literal)*]
        ($app:literal $user:literal $app_day:literal $user_day:literal)
        $run:ident [$($takes:ident)*] $price:literal $owned:literal;)+) => {
        /// What the fake answers, and nothing else.
        pub(super) static OPERATIONS: &[Operation] = &[$(Operation {
            method: stringify!($method),
            path: $path,
            kinds: stringify!($kinds),
            scopes: &[$($scope),*],
            takes: &[$($takes),*],
            windows: Windows { app: $app, user: $user, app_day: $app_day, user_day: $user_day },
            price: $price,
            owned: $owned,
            run: World::$run,
        }),+];
    };
}

known! {
    POST "/2/tweets" UO ["tweet.read" "tweet.write" "users.read"] (0 100 10_000 0) create_post [] 15 false;
    DELETE "/2/tweets/{id}" UO ["tweet.read" "tweet.write" "users.read"] (0 50 0 0) delete_post [] 10 false;
    GET "/2/tweets" BUO ["tweet.read" "users.read"] (3500 5000 0 0) posts_by_ids [IDS POSTS] 0 false;
    GET "/2/tweets/{id}" BUO ["tweet.read" "users.read"] (450 900 0 0) post_by_id [POSTS] 0 false;
    GET "/2/tweets/search/recent" BUO ["tweet.read" "users.read"] (450 300 0 0) search_recent [QUERY FROM_10 TIMES SPAN POSTS] 0 false;
    GET "/2/tweets/search/all" B ["tweet.read" "users.read"] (300 300 0 0) search_all [QUERY ALL TIMES SPAN POSTS] 0 false;
    GET "/2/tweets/counts/recent" BU [] (300 0 0 0) counts_recent [COUNTS TIMES SPAN] 5 false;
    GET "/2/tweets/counts/all" B [] (300 0 0 0) counts_all [COUNTS TIMES SPAN] 10 false;
    GET "/2/users/{id}/tweets" BUO ["tweet.read" "users.read"] (10_000 900 0 0) user_posts [FROM_5 PAGE TIMES SPAN EXCLUDE POSTS] 0 true;
    GET "/2/users/{id}/mentions" BUO ["tweet.read" "users.read"] (450 300 0 0) mentions [FROM_5 PAGE TIMES SPAN POSTS] 0 true;
    GET "/2/users/{id}/timelines/reverse_chronological" UO ["tweet.read" "users.read"] (0 180 0 0) home [UPTO_100 PAGE TIMES SPAN EXCLUDE POSTS] 0 false;
    GET "/2/users/reposts_of_me" UO ["timeline.read" "tweet.read"] (0 75 0 0) reposts_of_me [UPTO_100 PAGE POSTS] 0 false;
    GET "/2/tweets/{id}/liking_users" UO ["tweet.read" "users.read" "like.read"] (75 75 0 0) liking_users [UPTO_100 PAGE USERS] 0 false;
    GET "/2/users/{id}/liked_tweets" UO ["tweet.read" "users.read" "like.read"] (75 75 0 0) liked_posts [FROM_5 PAGE POSTS] 0 true;
    GET "/2/tweets/{id}/retweeted_by" BUO ["tweet.read" "users.read"] (75 75 0 0) reposted_by [UPTO_100 PAGE USERS] 0 false;
    GET "/2/tweets/{id}/retweets" BUO ["tweet.read" "users.read"] (75 75 0 0) reposts_of [UPTO_100 PAGE POSTS] 0 false;
    GET "/2/tweets/{id}/quote_tweets" BUO ["tweet.read" "users.read"] (75 75 0 0) quotes_of [FROM_10 PAGE EXCLUDE POSTS] 0 false;
    POST "/2/users/{id}/likes" UO ["tweet.read" "users.read" "like.write"] (0 50 0 1000) like [] 15 false;
    DELETE "/2/users/{id}/likes/{tweet_id}" UO ["tweet.read" "users.read" "like.write"] (0 50 0 1000) unlike [] 10 false;
    POST "/2/users/{id}/retweets" UO ["tweet.read" "tweet.write" "users.read"] (0 50 0 0) repost [] 15 false;
    DELETE "/2/users/{id}/retweets/{source_tweet_id}" UO ["tweet.read" "tweet.write" "users.read"] (0 50 0 0) unrepost [] 10 false;
    PUT "/2/tweets/{tweet_id}/hidden" UO ["tweet.read" "users.read" "tweet.moderate.write"] (0 50 0 0) hide_reply [] 15 false;
    GET "/2/users/{id}/bookmarks" UO ["bookmark.read" "tweet.read" "users.read"] (0 180 0 0) bookmarks [UPTO_100 PAGE POSTS] 0 true;
    POST "/2/users/{id}/bookmarks" U ["bookmark.write" "tweet.read" "users.read"] (0 50 0 0) bookmark [] 5 false;
    DELETE "/2/users/{id}/bookmarks/{tweet_id}" U ["bookmark.write" "tweet.read" "users.read"] (0 50 0 0) unbookmark [] 5 false;
    GET "/2/users" BUO ["tweet.read" "users.read"] (300 900 0 0) users_by_ids [IDS USERS] 0 false;
    GET "/2/users/by" BUO ["tweet.read" "users.read"] (300 900 0 0) users_by_names [NAMES USERS] 0 false;
    GET "/2/users/by/username/{username}" BUO ["tweet.read" "users.read"] (300 900 0 0) user_by_name [USERS] 0 false;
    GET "/2/users/me" UO ["tweet.read" "users.read"] (0 75 0 0) users_me [USERS] 0 false;
    GET "/2/users/search" UO ["tweet.read" "users.read"] (300 900 0 0) search_users [SEARCH_USERS USERS] 0 false;
    GET "/2/users/{id}" BUO ["tweet.read" "users.read"] (300 900 0 0) user_by_id [USERS] 0 false;
    GET "/2/users/{id}/followers" BUO ["follows.read" "tweet.read" "users.read"] (300 300 0 0) followers [UPTO_1000 PAGE USERS] 0 true;
    GET "/2/users/{id}/following" BUO ["follows.read" "tweet.read" "users.read"] (300 300 0 0) following [UPTO_1000 PAGE USERS] 0 true;
    POST "/2/users/{id}/following" UO ["follows.write" "tweet.read" "users.read"] (0 50 0 0) follow [] 15 false;
    DELETE "/2/users/{source_user_id}/following/{target_user_id}" UO ["follows.write" "tweet.read" "users.read"] (0 50 0 0) unfollow [] 10 false;
    GET "/2/users/{id}/muting" UO ["mute.read" "tweet.read" "users.read"] (0 15 0 0) muting [UPTO_1000 PAGE USERS] 0 true;
    POST "/2/users/{id}/muting" UO ["mute.write" "tweet.read" "users.read"] (0 50 0 0) mute [] 15 false;
    DELETE "/2/users/{source_user_id}/muting/{target_user_id}" UO ["mute.write" "tweet.read" "users.read"] (0 50 0 0) unmute [] 10 false;
    GET "/2/users/{id}/blocking" UO ["block.read" "tweet.read" "users.read"] (0 15 0 0) blocking [UPTO_1000 PAGE USERS] 0 true;
    POST "/2/media/upload" UO ["media.write"] (0 500 50_000 0) upload [] 0 false;
    GET "/2/media/upload" UO ["media.write"] (0 1000 100_000 0) upload_status [STATUS] 0 false;
    POST "/2/media/upload/initialize" UO ["media.write"] (0 1875 180_000 0) upload_begin [] 0 false;
    POST "/2/media/upload/{id}/append" UO ["media.write"] (0 1875 180_000 0) upload_append [] 0 false;
    POST "/2/media/upload/{id}/finalize" UO ["media.write"] (0 1875 180_000 0) upload_end [] 0 false;
    POST "/2/media/metadata" UO ["media.write"] (0 500 50_000 0) media_metadata [] 5 false;
    POST "/2/media/subtitles" UO ["media.write"] (0 100 10_000 0) subtitles [] 5 false;
    DELETE "/2/media/subtitles" UO ["media.write"] (0 100 10_000 0) subtitles_off [] 5 false;
    POST "/2/dm_conversations" UO ["dm.write" "tweet.read" "users.read"] (0 15 1440 1440) dm_group [] 15 false;
    GET "/2/dm_conversations/with/{participant_id}/dm_events" UO ["dm.read" "tweet.read" "users.read"] (0 15 0 0) dm_with [DM_PAGE DM] 0 false;
    POST "/2/dm_conversations/with/{participant_id}/messages" UO ["dm.write" "tweet.read" "users.read"] (0 15 1440 1440) dm_send_with [] 15 false;
    POST "/2/dm_conversations/{dm_conversation_id}/messages" UO ["dm.write" "tweet.read" "users.read"] (0 15 1440 1440) dm_send [] 15 false;
    GET "/2/dm_conversations/{id}/dm_events" UO ["dm.read" "tweet.read" "users.read"] (0 15 0 0) dm_in [DM_PAGE DM] 0 false;
    GET "/2/dm_events" UO ["dm.read" "tweet.read" "users.read"] (0 15 0 0) dm_all [DM_PAGE DM] 0 false;
    DELETE "/2/dm_events/{event_id}" UO ["dm.read" "dm.write"] (0 300 4000 1500) dm_delete [] 10 false;
    GET "/2/dm_events/{event_id}" UO ["dm.read" "tweet.read" "users.read"] (0 15 0 0) dm_one [DM] 0 false;
    POST "/2/users/{id}/dm/block" UO ["dm.write" "tweet.read" "users.read"] (25 10 1000 400) dm_block [] 15 false;
    POST "/2/users/{id}/dm/unblock" UO ["dm.write" "tweet.read" "users.read"] (25 10 1000 400) dm_unblock [] 15 false;
    GET "/2/webhooks" B [] (450 0 0 0) webhooks [HOOK] 0 false;
    POST "/2/webhooks" BO [] (450 0 0 0) webhook_create [] 0 false;
    PUT "/2/webhooks/{webhook_id}" BO [] (450 0 0 0) webhook_validate [] 0 false;
    DELETE "/2/webhooks/{webhook_id}" BO [] (450 0 0 0) webhook_delete [] 0 false;
    POST "/2/webhooks/replay" B [] (100 0 0 0) webhook_replay [] 0 false;
    GET "/2/activity/subscriptions" BUO ["like.read" "tweet.read"] (500 0 0 0) subscriptions [ACTIVITY_PAGE] 0 false;
    POST "/2/activity/subscriptions" BUO [] (500 0 0 0) subscribe [] 0 false;
    DELETE "/2/activity/subscriptions" B [] (500 0 0 0) unsubscribe_all [IDS] 0 false;
    PUT "/2/activity/subscriptions/{subscription_id}" B [] (500 0 0 0) resubscribe [] 0 false;
    DELETE "/2/activity/subscriptions/{subscription_id}" B [] (500 0 0 0) unsubscribe [] 0 false;
    GET "/2/activity/stream" B [] (450 0 0 0) stream_closed [STREAM TIMES] 0 false;
    GET "/2/tweets/search/stream" B [] (50 0 0 0) stream_closed [STREAM TIMES POSTS] 0 false;
    GET "/2/tweets/search/stream/rules" B [] (450 0 0 0) stream_rules [RULES] 0 false;
    POST "/2/tweets/search/stream/rules" B [] (100 0 0 0) stream_change [CHANGE] 0 false;
    GET "/2/trends/by/woeid/{woeid}" BU [] (75 0 0 0) trends_at [TRENDS] 10 false;
    GET "/2/users/personalized_trends" UO ["tweet.read" "users.read"] (200 10 200 100) trends_of_one [OWN_TRENDS] 10 false;
    GET "/2/tweets/analytics" UO ["tweet.read" "users.read"] (300 300 0 0) analytics [IDS ANALYTICS] 0 false;
    GET "/2/usage/tweets" B [] (50 0 0 0) usage [USAGE] 0 false;
    GET "/12/accounts" O [] (0 250 0 0) ads_accounts [ADS_PAGE] 0 false;
    GET "/12/accounts/{account_id}/campaigns" O [] (0 250 0 0) ads_campaigns [ADS_PAGE] 0 false;
    GET "/12/accounts/{account_id}/funding_instruments" O [] (0 250 0 0) ads_instruments [ADS_PAGE] 0 false;
    GET "/12/accounts/{account_id}/promoted_tweets" O [] (0 250 0 0) ads_promoted [ADS_PAGE] 0 false;
    GET "/12/stats/accounts/{account_id}" O [] (0 250 0 0) ads_stats [ADS_STATS] 0 false;
}
