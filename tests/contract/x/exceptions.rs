//! Where X's document contradicts what is documented elsewhere or what real answers hold: each with its source.

use serde_json::Value;

use super::super::openapi::Exceptions;
use super::refusal;

/// How the document names the kinds of problems.
pub(super) const PROBLEMS: &str = "https://api.x.com/2/problems/";
const OLD_PROBLEMS: &str = "https://api.twitter.com/2/problems/";

/// The guides of docs.x.com and every public client write these; so do deliveries of July 2026
/// (x-api/activity/event-payloads of xdevplatform/docs).
const RENAMED: &str = "the guides of docs.x.com, x-api/activity/event-payloads";
const PAYLOADS: &str = "x-api/activity/event-payloads of August 2026";
const FIELDS: &str = "x-api/fundamentals/fields; they come by expansions too";

pub(super) const ALL: Exceptions = Exceptions {
    params: &[("post.fields", "tweet.fields", RENAMED)],
    values: &[
        ("post.fields", "author_id", FIELDS),
        ("post.fields", "in_reply_to_user_id", FIELDS),
        ("post.fields", "referenced_posts", FIELDS),
        ("post.fields", "referenced_tweets", RENAMED),
        ("post.fields", "note_tweet", RENAMED),
        ("post.fields", "edit_history_post_ids", FIELDS),
        ("post.fields", "edit_history_tweet_ids", RENAMED),
        ("expansions", "referenced_tweets.id", RENAMED),
        ("expansions", "referenced_tweets.id.author_id", RENAMED),
        (
            "expansions",
            "referenced_tweets.id.attachments.media_keys",
            RENAMED,
        ),
        ("expansions", "edit_history_tweet_ids", RENAMED),
        ("expansions", "pinned_tweet_id", RENAMED),
        ("expansions", "most_recent_tweet_id", RENAMED),
        ("user.fields", "affiliation", FIELDS),
        ("user.fields", "pinned_tweet_id", RENAMED),
        ("user.fields", "pinned_post_id", FIELDS),
        ("user.fields", "most_recent_tweet_id", RENAMED),
        ("user.fields", "most_recent_post_id", FIELDS),
        ("dm_event.fields", "sender_id", FIELDS),
        ("dm_event.fields", "participant_ids", FIELDS),
        ("dm_event.fields", "referenced_posts", FIELDS),
        ("dm_event.fields", "referenced_tweets", RENAMED),
    ],
    spellings: &[
        ("edit_history_post_ids", "edit_history_tweet_ids", RENAMED),
        ("referenced_posts", "referenced_tweets", RENAMED),
        ("note_post", "note_tweet", RENAMED),
        ("repost_count", "retweet_count", RENAMED),
        ("post_count", "tweet_count", RENAMED),
        ("total_post_count", "total_tweet_count", RENAMED),
        ("posts", "tweets", RENAMED),
        ("pinned_post_id", "pinned_tweet_id", RENAMED),
        ("most_recent_post_id", "most_recent_tweet_id", RENAMED),
    ],
    properties: &[],
    words: &[
        (
            "CreateActivitySubscriptionRequest",
            "event_type",
            "post.reply.create",
            PAYLOADS,
        ),
        (
            "CreateActivitySubscriptionRequest",
            "event_type",
            "post.quote.create",
            PAYLOADS,
        ),
        (
            "CreateActivitySubscriptionRequest",
            "event_type",
            "post.repost.create",
            PAYLOADS,
        ),
    ],
    optional: &[],
    needs: &[(
        "POST /2/tweets",
        &["text", "media", "poll", "quote_tweet_id", "card_uri"],
        "x-api/posts/manage-tweets: a post holds something",
    )],
    normal,
    refusal: refusal::check,
};

/// Kinds of problems inside of good answers that the document leaves out (x-api/posts/filtered-stream): they have the
/// fields of an invalid request, and the id of the rule that is there already.
const OF_RULES: [&str; 3] = ["duplicate-rules", "invalid-rules", "operational-disconnect"];

/// Problems are named under two hosts: as the document names them.
fn normal(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                let mut of_rules = false;
                if let Some(Value::String(kind)) = map.get_mut("type") {
                    if let Some(rest) = kind.strip_prefix(OLD_PROBLEMS) {
                        *kind = format!("{PROBLEMS}{rest}");
                    }
                    let last = kind.strip_prefix(PROBLEMS).unwrap_or_default();
                    of_rules = OF_RULES.contains(&last);
                    if of_rules {
                        *kind = format!("{PROBLEMS}invalid-request");
                    }
                }
                if of_rules {
                    map.remove("id");
                }
                map.values_mut().for_each(walk);
            }
            Value::Array(list) => list.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}

/// An event of X Activity as the document describes it. Deliveries go beyond it (x-api/activity/event-payloads): whole
/// numbers stand beside their texts (`…_str`), users come within `data`, ids of events may be below zero, and a like
/// calls its author `liked_tweet_author_id` and its time a text.
pub(super) fn event(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                let twins: Vec<String> = map
                    .keys()
                    .filter(|name| {
                        name.strip_suffix("_str")
                            .is_some_and(|name| map.contains_key(name))
                    })
                    .cloned()
                    .collect();
                for name in twins {
                    map.remove(&name);
                }
                map.remove("in_reply_to_tweet_id");
                if let Some(author) = map.remove("liked_tweet_author_id") {
                    map.insert("tweet_author_id".to_owned(), author);
                    map.remove("timestamp_ms");
                }
                if let Some(Value::String(id)) = map.get_mut("event_uuid") {
                    *id = id.trim_start_matches('-').to_owned();
                }
                map.values_mut().for_each(walk);
                let user = map.len() == 1
                    && map
                        .get("data")
                        .is_some_and(|data| data.get("username").is_some());
                if user && let Some(user) = map.remove("data") {
                    *value = user;
                }
            }
            Value::Array(list) => list.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}
