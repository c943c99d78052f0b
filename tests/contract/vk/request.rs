//! Whether a call is what the contract says: forms hold text, the contract tells what it means.

use serde_json::{Value, json};

use super::check::{Checker, types};
use super::exceptions;
use super::schema::Schemas;

fn params<'a>(schemas: &'a Schemas, method: &str) -> Vec<(&'a str, &'a Value)> {
    let listed = schemas
        .methods
        .get(method)
        .and_then(|method| method.get("parameters")?.as_array());
    let mut params: Vec<(&str, &Value)> = listed
        .into_iter()
        .flatten()
        .filter_map(|node| Some((node.get("name")?.as_str()?, node)))
        .collect();
    for (name, node) in exceptions::params(method) {
        params.push((name, node));
    }
    params
}

pub(super) fn known(schemas: &Schemas, method: &str) -> Vec<(String, bool)> {
    params(schemas, method)
        .into_iter()
        .map(|(name, node)| {
            let required = node.get("required") == Some(&Value::Bool(true));
            (name.to_owned(), required)
        })
        .collect()
}

pub(super) fn tokens<'a>(schemas: &'a Schemas, method: &str) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = schemas
        .methods
        .get(method)
        .and_then(|method| method.get("access_token_type")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    kinds.extend(
        exceptions::TOKENS
            .iter()
            .filter(|(known, ..)| *known == method)
            .map(|(_, kind, _)| *kind),
    );
    kinds
}

pub(super) fn check(
    schemas: &Schemas,
    method: &str,
    given: &[(String, String)],
    token: Option<&str>,
) -> Vec<String> {
    if !schemas.methods.contains_key(method) {
        return vec![format!("{method} is no method of the contract")];
    }
    let mut wrong = Vec::new();
    let known = params(schemas, method);
    let value = |name: &str| {
        given
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    if value("v") != Some("5.199") {
        wrong.push("v is not 5.199".to_owned());
    }
    for (n, (name, text)) in given.iter().enumerate() {
        if given.iter().take(n).any(|(known, _)| known == name) {
            wrong.push(format!("{name} is given twice"));
        }
        if exceptions::COMMON.contains(&name.as_str()) {
            continue;
        }
        match known.iter().find(|(known, _)| known == name) {
            Some((_, node)) => wrong.extend(param(schemas, name, text, node)),
            None => wrong.push(format!("{name} is no parameter of {method}")),
        }
    }
    for (name, node) in &known {
        if node.get("required") == Some(&Value::Bool(true)) && value(name).is_none() {
            wrong.push(format!("{name} is missing"));
        }
    }
    for (_, one_of, _) in exceptions::NEEDS
        .iter()
        .filter(|(known, ..)| *known == method)
    {
        if !one_of.iter().any(|name| value(name).is_some()) {
            wrong.push(format!("one of {one_of:?} is missing"));
        }
    }
    if let Some(token) = token {
        let kinds = tokens(schemas, method);
        if !kinds.contains(&token) {
            wrong.push(format!(
                "{method} takes {kinds:?}, not a token of the kind {token}"
            ));
        }
    }
    wrong
}

fn param(schemas: &Schemas, name: &str, text: &str, node: &Value) -> Vec<String> {
    let parts = schemas.parts("", node);
    let kinds: Vec<&str> = parts
        .iter()
        .rev()
        .map(|(_, part)| types(part))
        .find(|kinds| !kinds.is_empty())
        .unwrap_or_default();
    // Called a string, and described as an object: its JSON is meant.
    let json = node.get("format") == Some(&json!("json"))
        || (types(node).contains(&"string")
            && schemas
                .target(node)
                .is_some_and(|(_, target)| types(target).contains(&"object")));
    if json {
        return match serde_json::from_str::<Value>(text) {
            Ok(value) => match schemas.target(node) {
                Some((_, target)) => checked(schemas, name, &value, target),
                None => Vec::new(),
            },
            Err(_) => vec![format!("{name}: not JSON")],
        };
    }
    if kinds.contains(&"array") {
        let items: Vec<&str> = text.split(',').filter(|item| !item.is_empty()).collect();
        let most = node.get("maxItems").and_then(Value::as_u64);
        if most.is_some_and(|most| items.len() as u64 > most) {
            return vec![format!("{name}: {} items are too many", items.len())];
        }
        let Some(node) = parts.iter().rev().find_map(|(_, part)| part.get("items")) else {
            return Vec::new();
        };
        return items
            .into_iter()
            .flat_map(|item| param(schemas, name, item, node))
            .collect();
    }
    let value = kinds.iter().find_map(|kind| match *kind {
        "integer" => text.parse::<i64>().ok().map(|n| json!(n)),
        "number" => text.parse::<f64>().ok().map(|n| json!(n)),
        "boolean" => match text {
            "0" | "false" => Some(json!(false)),
            "1" | "true" => Some(json!(true)),
            _ => None,
        },
        "string" => Some(json!(text)),
        _ => None,
    });
    match value {
        Some(value) => checked(schemas, name, &value, node),
        None => vec![format!("{name}: {text:?} is not of the type {kinds:?}")],
    }
}

fn checked(schemas: &Schemas, name: &str, value: &Value, node: &Value) -> Vec<String> {
    let mut checker = Checker::new(schemas);
    // A parameter's list may have both a type and what it refers to; the value was read by the type.
    checker.value(value, node, name);
    checker.done()
}
