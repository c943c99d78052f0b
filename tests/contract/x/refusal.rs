//! What X says when it refuses: the document describes a part of it.

use serde_json::Value;

/// The last parts of the types of problems that the document leaves out (x-api/fundamentals/response-codes-and-errors
/// of xdevplatform/docs), and `credits`, which public clients report with 402.
const KINDS: [&str; 18] = [
    "client-disconnected",
    "client-forbidden",
    "credits",
    "disallowed-resource",
    "duplicate-rules",
    "field-hydration-failure",
    "field-unauthorized",
    "internal-error",
    "invalid-request",
    "invalid-rules",
    "not-authorized-for-field",
    "not-authorized-for-resource",
    "rate-limit-exceeded",
    "resource-not-found",
    "resource-unavailable",
    "rule-cap",
    "streaming-connection",
    "usage-capped",
];
/// Reported by many clients where a token is of the wrong kind.
const MORE: [&str; 2] = ["unsupported-authentication", "webhook-limit-exceeded"];

/// What is wrong with a refusal.
pub(super) fn check(status: u16, body: &Value) -> Option<Vec<String>> {
    let mut wrong = Vec::new();
    let Some(fields) = body.as_object() else {
        return Some(vec!["$: a refusal is an object".to_owned()]);
    };
    match fields.get("type").and_then(Value::as_str) {
        None => legacy(body, &mut wrong),
        Some(kind) => {
            let last = kind
                .strip_prefix(super::exceptions::PROBLEMS)
                .unwrap_or(kind);
            if kind != "about:blank" && !KINDS.contains(&last) && !MORE.contains(&last) {
                wrong.push(format!("$.type: {kind} is no type of a problem"));
            }
            for name in ["title", "detail"] {
                if !body[name].is_string() {
                    wrong.push(format!("$: {name} is missing"));
                }
            }
            if body.get("status").is_some_and(|told| *told != status) {
                wrong.push(format!("$.status: {} under {status}", body["status"]));
            }
            for error in body["errors"].as_array().into_iter().flatten() {
                if !error["message"].is_string() {
                    wrong.push("$.errors: message is missing".to_owned());
                }
            }
        }
    }
    Some(wrong)
}

/// Errors with the codes of the first API.
fn legacy(body: &Value, wrong: &mut Vec<String>) {
    let errors = body["errors"]
        .as_array()
        .filter(|errors| !errors.is_empty());
    match errors {
        None => wrong.push("$: neither a problem nor errors".to_owned()),
        Some(errors) => {
            for error in errors {
                if !error["code"].is_i64() || !error["message"].is_string() {
                    wrong.push(format!("$.errors: {error} has no code and message"));
                }
            }
        }
    }
}
