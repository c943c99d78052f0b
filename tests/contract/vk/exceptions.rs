//! Where the schema contradicts what is documented elsewhere or what real answers hold: each with its source.
//!
//! An exception that the schema no longer needs is an error, so that the list stays short.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::schema::Schemas;

/// Parameters of every method (<https://dev.vk.com/api/api-requests>, and of a captcha
/// <https://dev.vk.com/api/captcha-error>).
pub(super) const COMMON: [&str; 10] = [
    "access_token",
    "v",
    "lang",
    "https",
    "test_mode",
    "captcha_sid",
    "captcha_key",
    "success_token",
    "remixstlid",
    "confirm",
];

/// Parameters that the schema leaves out: method, name, what it is, source.
const PARAMS: &[(&str, &str, &str, &str)] = &[
    (
        "wall.get",
        "owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/method/wall.get; the schema has `domain` alone",
    ),
    (
        "wall.search",
        "owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/method/wall.search; the schema has `domain` alone",
    ),
    (
        "wall.post",
        "primary_attachments_mode",
        r#"{"type": "string", "enum": ["grid", "carousel"]}"#,
        "the platform page: many clients send it",
    ),
    (
        "wall.edit",
        "primary_attachments_mode",
        r#"{"type": "string", "enum": ["grid", "carousel"]}"#,
        "the platform page: many clients send it",
    ),
    (
        "messages.send",
        "format_data",
        r#"{"type": "string", "format": "json"}"#,
        "vknet/vk#1625, vkbottle#1152, which quote dev.vk.com",
    ),
    (
        "messages.edit",
        "format_data",
        r#"{"type": "string", "format": "json"}"#,
        "vknet/vk#1625, vkbottle#1152, which quote dev.vk.com",
    ),
    (
        "execute",
        "code",
        r#"{"type": "string", "required": true}"#,
        "https://dev.vk.com/method/execute",
    ),
    (
        "execute",
        "func_v",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/method/execute",
    ),
];

/// Kinds of token that a method takes beyond those of the schema: method, kind, source.
pub(super) const TOKENS: &[(&str, &str, &str)] = &[(
    "wall.post",
    "group",
    "the platform page: a community's token publishes text (report of July 2026)",
)];

/// What the schema does not require and VK does: method, one of these, source.
pub(super) const NEEDS: &[(&str, &[&str], &str)] = &[
    (
        "messages.send",
        &["random_id"],
        "https://dev.vk.com/method/messages.send: required from 5.90",
    ),
    (
        "messages.send",
        &["peer_id", "peer_ids", "user_id", "domain", "chat_id"],
        "https://dev.vk.com/method/messages.send",
    ),
    (
        "wall.get",
        &["owner_id", "domain"],
        "https://dev.vk.com/method/wall.get",
    ),
    (
        "wall.post",
        &["message", "attachments", "post_id"],
        "https://dev.vk.com/method/wall.post",
    ),
    (
        "wall.createComment",
        &["message", "attachments", "sticker_id"],
        "https://dev.vk.com/method/wall.createComment",
    ),
];

/// Properties that the schema leaves out: definition, name, what it is, source.
const PROPERTIES: &[(&str, &str, &str, &str)] = &[
    (
        "wall_wallpost",
        "postponed_id",
        r#"{"type": "integer", "minimum": 1}"#,
        "https://dev.vk.com/reference/objects/post",
    ),
    (
        "groups_long_poll_events",
        "like_add",
        r#"{"type": "integer", "enum": [0, 1]}"#,
        "groups.setLongPollSettings takes it; SevereCloud/vksdk reads it",
    ),
    (
        "groups_long_poll_events",
        "like_remove",
        r#"{"type": "integer", "enum": [0, 1]}"#,
        "groups.setLongPollSettings takes it; SevereCloud/vksdk reads it",
    ),
    (
        "messages_message_attachment",
        "video",
        r##"{"$ref": "../video/objects.json#/definitions/video_video_full"}"##,
        "https://dev.vk.com/reference/objects/attachments-message; the schema names the type alone",
    ),
    (
        "messages_message_attachment",
        "link",
        r##"{"$ref": "../base/objects.json#/definitions/base_link"}"##,
        "https://dev.vk.com/reference/objects/attachments-message; the schema names the type alone",
    ),
    (
        "messages_message_attachment",
        "wall",
        r##"{"$ref": "../wall/objects.json#/definitions/wall_wallpost_full"}"##,
        "https://dev.vk.com/reference/objects/attachments-message; the schema names the type alone",
    ),
    (
        "callback_wall_comment_delete",
        "deleter_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_wall_reply_new",
        "post_owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_wall_reply_edit",
        "post_owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_wall_reply_restore",
        "post_owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_board_post_new",
        "topic_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_board_post_new",
        "topic_owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_board_post_edit",
        "topic_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_board_post_edit",
        "topic_owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_board_post_restore",
        "topic_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_board_post_restore",
        "topic_owner_id",
        r#"{"type": "integer"}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
];

/// Properties that the schema requires and real answers leave out: definition, name, source.
const MISSING: &[(&str, &str, &str)] = &[
    (
        "callback_wall_comment_delete",
        "user_id",
        "https://dev.vk.com/api/community-events/json-schema names `deleter_id` alone",
    ),
    (
        "callback_message_allow",
        "key",
        "https://dev.vk.com/api/community-events/json-schema: empty or absent without a widget",
    ),
];

/// Definitions that take the place of the schema's, or that it lacks: name, what it is, source.
const DEFINITIONS: &[(&str, &str, &str)] = &[
    (
        "callback_wall_post_new",
        r##"{"$ref": "../wall/objects.json#/definitions/wall_wallpost_full"}"##,
        "https://dev.vk.com/api/community-events/json-schema: the whole object of a post",
    ),
    (
        "callback_wall_repost",
        r##"{"$ref": "../wall/objects.json#/definitions/wall_wallpost_full"}"##,
        "https://dev.vk.com/api/community-events/json-schema: the whole object of a post",
    ),
    (
        "callback_wall_schedule_post_new",
        r#"{"type": "object", "properties": {"id": {"type": "integer", "required": true},
            "schedule_time": {"type": "integer", "required": true}}}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_wall_schedule_post_delete",
        r#"{"type": "object", "properties": {"id": {"type": "integer", "required": true},
            "schedule_time": {"type": "integer", "required": true}}}"#,
        "https://dev.vk.com/api/community-events/json-schema",
    ),
    (
        "callback_video_new",
        r##"{"$ref": "../video/objects.json#/definitions/video_video_full"}"##,
        "https://dev.vk.com/api/community-events/json-schema; the schema refers to an audio",
    ),
    (
        "callback_board_post_delete",
        r#"{"type": "object", "properties": {"topic_owner_id": {"type": "integer", "required": true},
            "topic_id": {"type": "integer", "required": true}, "id": {"type": "integer", "required": true},
            "deleter_id": {"type": "integer"}}}"#,
        "the owner of a topic is a community, below zero; the schema has it from 0",
    ),
];

/// Types of events that the schema describes, or its settings switch, and its list leaves out, with their sources.
pub(super) const EVENT_TYPES: &[(&str, &str)] = &[
    (
        "like_add",
        "groups.setLongPollSettings, callback_like_add_remove",
    ),
    (
        "like_remove",
        "groups.setLongPollSettings, callback_like_add_remove",
    ),
    (
        "message_event",
        "groups.setLongPollSettings, callback_message_event",
    ),
    ("donut_subscription_create", "groups.setLongPollSettings"),
    ("donut_subscription_prolonged", "groups.setLongPollSettings"),
    ("donut_subscription_cancelled", "groups.setLongPollSettings"),
    ("donut_subscription_expired", "groups.setLongPollSettings"),
    (
        "donut_subscription_price_changed",
        "groups.setLongPollSettings",
    ),
    ("donut_money_withdraw", "groups.setLongPollSettings"),
    ("donut_money_withdraw_error", "groups.setLongPollSettings"),
];

/// Codes of errors that `errors.json` leaves out, with their sources.
pub(super) const ERRORS: &[(i64, &str)] = &[(
    1051,
    "gitroomhq/postiz-app#1408: what a login with VK ID gets where it may not write",
)];

/// What stands beside a code in an error and is in no schema, with its source.
pub(super) const ERROR_FIELDS: &[(&str, &str)] = &[
    ("captcha_sid", "https://dev.vk.com/api/captcha-error"),
    ("captcha_img", "https://dev.vk.com/api/captcha-error"),
    ("captcha_ts", "vk-io#581"),
    ("captcha_attempt", "vk-io#581"),
    ("captcha_ratio", "vk-io#581"),
    ("is_refresh_enabled", "vk-io#581"),
    ("is_sound_captcha_available", "vk-io#581"),
    ("remixstlid", "https://dev.vk.com/api/captcha-error"),
    (
        "redirect_uri",
        "https://dev.vk.com/api/validation-required-error",
    ),
    (
        "confirmation_text",
        "https://dev.vk.com/api/confirmation-required-error",
    ),
];

/// Answers that no schema describes.
pub(super) fn answers(method: &str, answer: &Value) -> bool {
    // https://dev.vk.com/method/utils.resolveScreenName: an empty list where the name is free.
    method == "utils.resolveScreenName" && answer["response"] == json!([])
}

type Listed = BTreeMap<&'static str, Vec<(&'static str, Value)>>;

/// The last parts of a list, by their first.
fn listed(list: &'static [(&'static str, &'static str, &'static str, &'static str)]) -> Listed {
    let mut by_name = Listed::new();
    for (name, part, node, _) in list {
        // A table of this file that is no JSON is a mistake that each test would tell.
        let node = serde_json::from_str(node).unwrap_or_else(|e| panic!("{name} {part}: {e}"));
        by_name.entry(name).or_default().push((part, node));
    }
    by_name
}

fn of<'a>(listed: &'a Listed, name: &str) -> impl Iterator<Item = (&'static str, &'a Value)> {
    listed
        .get(name)
        .into_iter()
        .flatten()
        .map(|(part, node)| (*part, node))
}

pub(super) fn params(method: &str) -> impl Iterator<Item = (&'static str, &'static Value)> {
    static LISTED: OnceLock<Listed> = OnceLock::new();
    of(LISTED.get_or_init(|| listed(PARAMS)), method)
}

pub(super) fn properties(name: &str) -> impl Iterator<Item = (&'static str, &'static Value)> {
    static LISTED: OnceLock<Listed> = OnceLock::new();
    of(LISTED.get_or_init(|| listed(PROPERTIES)), name)
}

pub(super) fn may_be_missing(definition: &str, property: &str) -> bool {
    MISSING
        .iter()
        .any(|(name, missing, _)| (*name, *missing) == (definition, property))
}

/// Puts the definitions of this file into the contract.
pub(super) fn add(defs: &mut BTreeMap<String, Value>) {
    for (name, node, _) in DEFINITIONS {
        let node = serde_json::from_str(node).unwrap_or_else(|e| panic!("{name}: {e}"));
        defs.insert((*name).to_owned(), node);
    }
}

/// Fails where the schema has what an exception says that it lacks.
pub(super) fn still_needed(schemas: &Schemas) -> Result<(), String> {
    for (method, param, ..) in PARAMS {
        let method = schemas
            .methods
            .get(*method)
            .ok_or_else(|| format!("an exception for {method}, which is no method"))?;
        let listed = method.get("parameters").and_then(Value::as_array);
        if listed
            .into_iter()
            .flatten()
            .any(|node| node.get("name") == Some(&json!(param)))
        {
            return Err(format!("the schema has the parameter {param} by now"));
        }
    }
    for (name, property, ..) in PROPERTIES {
        let node = schemas
            .defs
            .get(*name)
            .ok_or_else(|| format!("an exception for {name}, which is no definition"))?;
        if node
            .get("properties")
            .is_some_and(|properties| properties.get(property).is_some())
        {
            return Err(format!("{name} has the property {property} by now"));
        }
    }
    for (name, property, _) in MISSING {
        let pointer = format!("/properties/{property}/required");
        let node = schemas
            .defs
            .get(*name)
            .and_then(|node| node.pointer(&pointer));
        if node != Some(&json!(true)) {
            return Err(format!("{name} does not require {property} any more"));
        }
    }
    for (code, _) in ERRORS {
        if schemas.errors.contains_key(code) {
            return Err(format!("errors.json has the code {code} by now"));
        }
    }
    for (method, kind, _) in TOKENS {
        let kinds = schemas
            .methods
            .get(*method)
            .and_then(|method| method.get("access_token_type"));
        if kinds.is_none_or(|kinds| {
            kinds
                .as_array()
                .is_some_and(|kinds| kinds.contains(&json!(kind)))
        }) {
            return Err(format!("{method} takes {kind} by now"));
        }
    }
    Ok(())
}
