//! The parameters that operations share, by groups.

use super::params::{Param, ParamKind};

/// Fields of a post, in both spellings.
pub(super) const POST_FIELDS: &[&str] = &[
    "article",
    "article_title",
    "attachments",
    "author_id",
    "card_uri",
    "community_id",
    "context_annotations",
    "conversation_id",
    "created_at",
    "display_text_range",
    "edit_controls",
    "edit_history_post_ids",
    "edit_history_tweet_ids",
    "entities",
    "geo",
    "id",
    "in_reply_to_user_id",
    "lang",
    "matched_media_notes",
    "media_metadata",
    "non_public_metrics",
    "note_post",
    "note_request_suggestions",
    "note_tweet",
    "organic_metrics",
    "paid_partnership",
    "possibly_sensitive",
    "promoted_metrics",
    "public_metrics",
    "referenced_posts",
    "referenced_tweets",
    "reply_settings",
    "scopes",
    "source",
    "suggested_source_links",
    "suggested_source_links_with_counts",
    "text",
    "withheld",
];
const POST_EXPANSIONS: &[&str] = &[
    "article.cover_media",
    "article.media_entities",
    "attachments.media_keys",
    "attachments.media_source_tweet",
    "attachments.poll_ids",
    "author_id",
    "edit_history_post_ids",
    "edit_history_tweet_ids",
    "entities.mentions.username",
    "geo.place_id",
    "in_reply_to_user_id",
    "referenced_posts",
    "referenced_tweets.id",
    "referenced_tweets.id.author_id",
    "referenced_tweets.id.attachments.media_keys",
    "username",
];
pub(super) const USER_FIELDS: &[&str] = &[
    "affiliation",
    "confirmed_email",
    "connection_status",
    "created_at",
    "description",
    "entities",
    "id",
    "is_identity_verified",
    "location",
    "most_recent_post_id",
    "most_recent_tweet_id",
    "name",
    "parody",
    "pinned_post_id",
    "pinned_tweet_id",
    "profile_banner_url",
    "profile_image_url",
    "protected",
    "public_metrics",
    "receives_your_dm",
    "subscribes_to_you",
    "subscription",
    "subscription_type",
    "url",
    "username",
    "verified",
    "verified_followers_count",
    "verified_type",
    "withheld",
];
const USER_EXPANSIONS: &[&str] = &[
    "affiliation",
    "most_recent_post_id",
    "most_recent_tweet_id",
    "pinned_post_id",
    "pinned_tweet_id",
];
const MEDIA_FIELDS: &[&str] = &[
    "alt_text",
    "duration_ms",
    "height",
    "media_key",
    "non_public_metrics",
    "organic_metrics",
    "preview_image_url",
    "promoted_metrics",
    "public_metrics",
    "type",
    "url",
    "variants",
    "width",
];
const POLL_FIELDS: &[&str] = &[
    "duration_minutes",
    "end_datetime",
    "id",
    "options",
    "voting_status",
];
const PLACE_FIELDS: &[&str] = &[
    "contained_within",
    "country",
    "country_code",
    "full_name",
    "geo",
    "id",
    "name",
    "place_type",
];

pub(super) const POSTS: &[Param] = &[
    Param::may("tweet.fields", ParamKind::Each(POST_FIELDS)),
    Param::may("post.fields", ParamKind::Each(POST_FIELDS)),
    Param::may("expansions", ParamKind::Each(POST_EXPANSIONS)),
    Param::may("user.fields", ParamKind::Each(USER_FIELDS)),
    Param::may("media.fields", ParamKind::Each(MEDIA_FIELDS)),
    Param::may("poll.fields", ParamKind::Each(POLL_FIELDS)),
    Param::may("place.fields", ParamKind::Each(PLACE_FIELDS)),
];
pub(super) const USERS: &[Param] = &[
    Param::may("user.fields", ParamKind::Each(USER_FIELDS)),
    Param::may("expansions", ParamKind::Each(USER_EXPANSIONS)),
    Param::may("tweet.fields", ParamKind::Each(POST_FIELDS)),
    Param::may("post.fields", ParamKind::Each(POST_FIELDS)),
];
pub(super) const DM: &[Param] = &[
    Param::may(
        "dm_event.fields",
        ParamKind::Each(&[
            "attachments",
            "created_at",
            "dm_conversation_id",
            "entities",
            "event_type",
            "id",
            "participant_ids",
            "referenced_posts",
            "referenced_tweets",
            "sender_id",
            "text",
        ]),
    ),
    Param::may(
        "expansions",
        ParamKind::Each(&[
            "attachments.media_keys",
            "participant_ids",
            "referenced_posts",
            "referenced_tweets.id",
            "sender_id",
        ]),
    ),
    Param::may("user.fields", ParamKind::Each(USER_FIELDS)),
    Param::may("tweet.fields", ParamKind::Each(POST_FIELDS)),
    Param::may("post.fields", ParamKind::Each(POST_FIELDS)),
    Param::may("media.fields", ParamKind::Each(MEDIA_FIELDS)),
];
pub(super) const PAGE: &[Param] = &[Param::may("pagination_token", ParamKind::Text(1, 4096))];
pub(super) const IDS: &[Param] = &[Param::must("ids", ParamKind::Ids(100))];
pub(super) const NAMES: &[Param] = &[Param::must("usernames", ParamKind::Names(100))];
pub(super) const QUERY: &[Param] = &[
    Param::must("query", ParamKind::Text(1, 4096)),
    Param::may("next_token", ParamKind::Text(1, 4096)),
    Param::may("pagination_token", ParamKind::Text(1, 4096)),
    Param::may("sort_order", ParamKind::One(&["recency", "relevancy"])),
];
pub(super) const SEARCH_USERS: &[Param] = &[
    Param::must("query", ParamKind::Words),
    Param::may("next_token", ParamKind::Text(1, 4096)),
    Param::may("max_results", ParamKind::Int(1, 1000)),
];
const fn sizes(least: u64, most: u64) -> [Param; 1] {
    [Param::may("max_results", ParamKind::Int(least, most))]
}
pub(super) const UPTO_100: &[Param] = &sizes(1, 100);
pub(super) const UPTO_1000: &[Param] = &sizes(1, 1000);
pub(super) const FROM_5: &[Param] = &sizes(5, 100);
pub(super) const FROM_10: &[Param] = &sizes(10, 100);
pub(super) const ALL: &[Param] = &sizes(10, 500);
pub(super) const STATUS: &[Param] = &[
    Param::must("media_id", ParamKind::Id),
    Param::may("command", ParamKind::One(&["STATUS"])),
];
pub(super) const COUNTS: &[Param] = &[
    Param::must("query", ParamKind::Text(1, 4096)),
    Param::may("next_token", ParamKind::Text(1, 4096)),
    Param::may("pagination_token", ParamKind::Text(1, 4096)),
    Param::may("granularity", ParamKind::One(&["minute", "hour", "day"])),
    Param::may("search_count.fields", ParamKind::Text(1, 4096)),
];
pub(super) const DM_PAGE: &[Param] = &[
    Param::may("max_results", ParamKind::Int(1, 100)),
    Param::may("pagination_token", ParamKind::Text(16, 4096)),
    Param::may(
        "event_types",
        ParamKind::Each(&["MessageCreate", "ParticipantsJoin", "ParticipantsLeave"]),
    ),
];
pub(super) const HOOK: &[Param] = &[Param::may(
    "webhook_config.fields",
    ParamKind::Each(&["created_at", "id", "url", "valid"]),
)];
pub(super) const STREAM: &[Param] = &[Param::may("backfill_minutes", ParamKind::Int(0, 5))];
pub(super) const RULES: &[Param] = &[
    Param::may("ids", ParamKind::Ids(1000)),
    Param::may("max_results", ParamKind::Int(1, 1000)),
    Param::may("pagination_token", ParamKind::Text(16, 16)),
];
pub(super) const CHANGE: &[Param] = &[
    Param::may("dry_run", ParamKind::Flag),
    Param::may("delete_all", ParamKind::Flag),
];
pub(super) const TRENDS: &[Param] = &[
    Param::may("max_trends", ParamKind::Int(1, 50)),
    Param::may(
        "trend.fields",
        ParamKind::Each(&["trend_name", "tweet_count"]),
    ),
];
pub(super) const OWN_TRENDS: &[Param] = &[Param::may(
    "personalized_trend.fields",
    ParamKind::Each(&["category", "post_count", "trend_name", "trending_since"]),
)];
/// What a day of a post is told in.
pub(super) const FIGURES: &[&str] = &[
    "app_install_attempts",
    "app_opens",
    "bookmarks",
    "detail_expands",
    "email_tweet",
    "engagements",
    "follows",
    "hashtag_clicks",
    "id",
    "impressions",
    "likes",
    "media_views",
    "permalink_clicks",
    "quote_tweets",
    "replies",
    "retweets",
    "shares",
    "timestamp",
    "timestamped_metrics",
    "unfollows",
    "unlikes",
    "url_clicks",
    "user_profile_clicks",
];
pub(super) const ANALYTICS: &[Param] = &[
    Param::must("start_time", ParamKind::Time),
    Param::must("end_time", ParamKind::Time),
    Param::may(
        "granularity",
        ParamKind::One(&["hourly", "daily", "weekly", "total"]),
    ),
    Param::may("analytics.fields", ParamKind::Each(FIGURES)),
];
pub(super) const USAGE: &[Param] = &[
    Param::may("days", ParamKind::Int(1, 90)),
    Param::may(
        "usage.fields",
        ParamKind::Each(&[
            "cap_reset_day",
            "daily_client_app_usage",
            "daily_project_usage",
            "project_cap",
            "project_id",
            "project_usage",
        ]),
    ),
];
pub(super) const ADS_PAGE: &[Param] = &[
    Param::may("count", ParamKind::Int(1, 1000)),
    Param::may("cursor", ParamKind::Text(1, 4096)),
    Param::may("with_deleted", ParamKind::Flag),
    Param::may("with_total_count", ParamKind::Flag),
    Param::may("sort_by", ParamKind::Text(1, 4096)),
    Param::may("account_ids", ParamKind::Text(1, 4096)),
    Param::may("campaign_ids", ParamKind::Text(1, 4096)),
    Param::may("promoted_tweet_ids", ParamKind::Text(1, 4096)),
    Param::may("line_item_ids", ParamKind::Text(1, 4096)),
    Param::may("q", ParamKind::Text(1, 4096)),
];
pub(super) const ADS_STATS: &[Param] = &[
    Param::must("entity", ParamKind::Text(1, 4096)),
    Param::must("entity_ids", ParamKind::Text(1, 4096)),
    Param::must("start_time", ParamKind::Text(1, 4096)),
    Param::must("end_time", ParamKind::Text(1, 4096)),
    Param::must("granularity", ParamKind::One(&["TOTAL", "DAY", "HOUR"])),
    Param::must("metric_groups", ParamKind::Text(1, 4096)),
    Param::must("placement", ParamKind::Text(1, 4096)),
];
pub(super) const ACTIVITY_PAGE: &[Param] = &[
    Param::may("max_results", ParamKind::Int(1, 1000)),
    Param::may("pagination_token", ParamKind::Text(16, 4096)),
];
pub(super) const TIMES: &[Param] = &[
    Param::may("start_time", ParamKind::Time),
    Param::may("end_time", ParamKind::Time),
];
pub(super) const SPAN: &[Param] = &[
    Param::may("since_id", ParamKind::Id),
    Param::may("until_id", ParamKind::Id),
];
pub(super) const EXCLUDE: &[Param] = &[Param::may(
    "exclude",
    ParamKind::Each(&["replies", "retweets"]),
)];
