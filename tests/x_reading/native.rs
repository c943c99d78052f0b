//! What callers ask for themselves by `X::call`: the adapter knows its limits, its tokens and its price, and hands the
//! answer over as it is.

use serde_json::{Value, json};

/// A native call: its method, its path, and its parameters.
pub(crate) fn calls(me: &str) -> Vec<(&'static str, String, Value)> {
    let span = json!({"query": "cats", "start_time": "2026-11-20T00:00:00Z"});
    let user = |rest: &str| format!("/2/users/{me}/{rest}");
    vec![
        ("GET", "/2/tweets/counts/recent".into(), span.clone()),
        ("GET", "/2/tweets/counts/all".into(), span),
        (
            "GET",
            "/2/tweets/12/retweets".into(),
            json!({"max_results": 10}),
        ),
        ("GET", "/2/users/reposts_of_me".into(), Value::Null),
        ("GET", user("liked_tweets"), json!({"max_results": 5})),
        ("GET", user("bookmarks"), json!({"max_results": 5})),
        (
            "GET",
            "/2/tweets/analytics".into(),
            json!({"ids": ["12"], "start_time": "2026-11-20T00:00:00Z", "end_time": "2026-11-22T00:00:00Z"}),
        ),
        ("GET", "/2/users/search".into(), json!({"query": "cats"})),
        ("GET", user("muting"), Value::Null),
        ("GET", user("blocking"), Value::Null),
        (
            "GET",
            "/2/dm_events/12".into(),
            json!({"dm_event.fields": "text"}),
        ),
        (
            "POST",
            "/2/dm_conversations".into(),
            json!({"conversation_type": "Group", "participant_ids": ["12", "13"], "message": {"text": "Hi"}}),
        ),
        ("DELETE", "/2/dm_events/12".into(), Value::Null),
        ("POST", "/2/users/12/dm/block".into(), Value::Null),
        ("POST", "/2/users/12/dm/unblock".into(), Value::Null),
        (
            "POST",
            "/2/media/subtitles".into(),
            json!({"id": "12", "media_category": "TweetVideo", "subtitles": {"id": "13", "language_code": "EN", "display_name": "English"}}),
        ),
        (
            "DELETE",
            "/2/media/subtitles".into(),
            json!({"id": "12", "media_category": "TweetVideo", "language_code": "EN"}),
        ),
        ("GET", "/2/users/personalized_trends".into(), Value::Null),
        ("GET", "/2/usage/tweets".into(), json!({"days": 7})),
        ("GET", "/2/tweets/search/stream/rules".into(), Value::Null),
        (
            "POST",
            "/2/tweets/search/stream/rules".into(),
            json!({"add": [{"value": "cats", "tag": "c"}]}),
        ),
        ("GET", "/2/activity/subscriptions".into(), Value::Null),
        (
            "POST",
            "/2/activity/subscriptions".into(),
            json!({"event_type": "follow.follow", "filter": {"user_id": me}}),
        ),
        ("DELETE", "/2/activity/subscriptions/12".into(), Value::Null),
        ("GET", "/2/webhooks".into(), Value::Null),
        (
            "POST",
            "/2/webhooks".into(),
            json!({"url": "https://desk.example/x"}),
        ),
        ("PUT", "/2/webhooks/12".into(), Value::Null),
        ("DELETE", "/2/webhooks/12".into(), Value::Null),
        (
            "POST",
            "/2/webhooks/replay".into(),
            json!({"webhook_id": "12", "from_date": "202611200000", "to_date": "202611210000"}),
        ),
    ]
}
