//! X's contract: the OpenAPI document 2.167 (<https://github.com/xdevplatform/xdk>), and where real answers and the
//! platform's documentation go beyond it.

pub mod ads;
mod exceptions;
mod refusal;

use std::path::Path;

use serde_json::{Value, json};

use super::openapi::Contract;

/// Reads `openapi.json` under a folder.
///
/// # Errors
/// As [`Contract::load`].
pub fn load(folder: &Path) -> Result<Contract, String> {
    Contract::load(&folder.join("openapi.json"), exceptions::ALL)
}

/// The security scheme of a kind of token, as X's fake names them.
#[must_use]
pub fn scheme(kind: &str) -> Option<&'static str> {
    match kind {
        "bearer" => Some("BearerToken"),
        "user" => Some("OAuth2UserToken"),
        "oauth1" => Some("UserToken"),
        _ => None,
    }
}

/// Checks what a delivery or the activity stream holds. What the document says nothing of (messages, for one) is checked
/// in its frame alone.
///
/// # Errors
/// Everything that is wrong, each with the place where it stands.
pub fn check_event(contract: &Contract, event: &Value) -> Result<(), Vec<String>> {
    let mut event = exceptions::event(event.clone());
    let kind = event["data"]["event_type"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let schema = match kind.as_str() {
        "post.delete" => Some("PostDeleteActivityResponsePayload"),
        "like.create" => Some("LikeWithPostAuthor"),
        kind if kind.starts_with("post.") => Some("Post"),
        kind if kind.starts_with("profile.") => Some("ProfileUpdateActivityResponsePayload"),
        kind if ["follow.", "mute.", "block."]
            .iter()
            .any(|start| kind.starts_with(start)) =>
        {
            Some("FollowActivityResponsePayload")
        }
        _ => None,
    };
    let mut wrong = Vec::new();
    for name in ["event_uuid", "filter", "event_type", "payload"] {
        if event["data"].get(name).is_none() {
            wrong.push(format!("$.data: {name} is missing"));
        }
    }
    let payload = event["data"]["payload"].take();
    if let Some(schema) = schema {
        wrong.extend(
            contract
                .check_schema(schema, &payload)
                .err()
                .unwrap_or_default(),
        );
    }
    // The frame's choice of a payload goes by a name outside of it: an empty one is of every kind.
    event["data"]["payload"] = json!({});
    wrong.extend(
        contract
            .check_schema("ActivityStreamResponse", &event)
            .err()
            .unwrap_or_default(),
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong
            .into_iter()
            .map(|fault| format!("{kind}: {fault}"))
            .collect())
    }
}
