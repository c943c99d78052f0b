//! Whether a request is what the document says.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::check::{Checker, types};
use super::document::{Document, Operation, Param};

/// A request as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    pub method: &'r str,
    pub path: &'r str,
    /// The query, decoded.
    pub query: &'r [(String, String)],
    pub content_type: Option<&'r str>,
    pub body: &'r [u8],
    /// The security scheme of the token that it showed; nothing where that is not to be checked.
    pub scheme: Option<&'r str>,
}

pub(super) fn check(
    document: &Document,
    name: &str,
    operation: &Operation,
    parts: &BTreeMap<String, String>,
    asked: &Asked<'_>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(scheme) = asked.scheme {
        let taken: Vec<&str> = operation
            .security
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        if !taken.is_empty() && !taken.contains(&scheme) {
            wrong.push(format!("{name} takes {taken:?}, not {scheme}"));
        }
    }
    query(document, name, operation, asked.query, &mut wrong);
    for param in operation
        .params
        .iter()
        .filter(|param| param.place == "path")
    {
        if let Some(text) = parts.get(&param.name) {
            let text = percent_decoded(text);
            wrong.extend(read(document, &param.name, &param.node, &text));
        }
    }
    let body = body(document, operation, asked, &mut wrong);
    for (_, one_of, _) in document
        .exceptions
        .needs
        .iter()
        .filter(|(known, ..)| *known == name)
    {
        let there = |field: &&str| {
            body.as_ref().is_some_and(|body| body.get(*field).is_some())
                || asked.query.iter().any(|(known, _)| known == field)
        };
        if !one_of.iter().any(there) {
            wrong.push(format!("one of {one_of:?} is missing"));
        }
    }
    wrong
}

fn percent_decoded(text: &str) -> String {
    let whole = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(whole.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

fn query(
    document: &Document,
    name: &str,
    operation: &Operation,
    given: &[(String, String)],
    wrong: &mut Vec<String>,
) {
    let renamed = |given: &str| -> String {
        let found = document
            .exceptions
            .params
            .iter()
            .find(|(_, other, _)| *other == given);
        let known = |name: &str| operation.params.iter().any(|param| param.name == name);
        match found {
            Some((param, ..)) if !known(given) && known(param) => (*param).to_owned(),
            _ => given.to_owned(),
        }
    };
    let mut seen: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (given, value) in given {
        seen.entry(renamed(given)).or_default().push(value);
    }
    let params: Vec<&Param> = operation
        .params
        .iter()
        .filter(|param| param.place == "query")
        .collect();
    let deep = |param: &&Param| param.deep;
    for param in params.iter().copied().filter(deep) {
        let start = format!("{}[", param.name);
        let own: Vec<String> = seen
            .keys()
            .filter(|name| name.starts_with(&start))
            .cloned()
            .collect();
        let mut pairs = Vec::new();
        for name in own {
            let field = name
                .trim_start_matches(&start)
                .trim_end_matches(']')
                .to_owned();
            let values = seen.remove(&name).unwrap_or_default();
            pairs.extend(
                values
                    .into_iter()
                    .map(|value| (field.clone(), value.as_bytes().to_vec())),
            );
        }
        if pairs.is_empty() {
            if param.required {
                wrong.push(format!("?{} is missing", param.name));
            }
            continue;
        }
        let value = fields(document, &param.node, pairs);
        let mut checker = Checker::new(document);
        checker.value(&value, &param.node, &format!("?{}", param.name));
        wrong.extend(checker.done());
    }
    for (given, values) in &seen {
        let Some(param) = params.iter().find(|param| param.name == *given) else {
            wrong.push(format!("?{given} is no parameter of {name}"));
            continue;
        };
        let node = document.resolve(&param.node);
        let list = types(node).contains(&"array");
        if values.len() > 1 && !(list && param.explode) {
            wrong.push(format!("?{given} is given twice"));
        }
        if !list {
            for value in values {
                wrong.extend(read(document, &format!("?{given}"), node, value));
            }
            continue;
        }
        let items: Vec<&str> = if param.explode {
            values.clone()
        } else {
            values.iter().flat_map(|value| value.split(',')).collect()
        };
        wrong.extend(read_list(document, given, node, &items));
    }
    for param in params.iter().filter(|param| param.required && !param.deep) {
        if !seen.contains_key(&param.name) {
            wrong.push(format!("?{} is missing", param.name));
        }
    }
}

fn read_list(document: &Document, name: &str, node: &Value, items: &[&str]) -> Vec<String> {
    let at = format!("?{name}");
    let bound = |word: &str| node.get(word).and_then(Value::as_u64);
    let size = items.len() as u64;
    let mut wrong = Vec::new();
    let outside = bound("minItems").is_some_and(|least| size < least)
        || bound("maxItems").is_some_and(|most| size > most);
    if outside {
        wrong.push(format!("{at}: {size} items are outside of its limits"));
    }
    let twice = items
        .iter()
        .enumerate()
        .any(|(n, item)| items.iter().take(n).any(|known| known == item));
    if twice && node.get("uniqueItems") == Some(&json!(true)) {
        wrong.push(format!("{at}: an item is there twice"));
    }
    let Some(inner) = node.get("items") else {
        return wrong;
    };
    for item in items {
        let more = document
            .exceptions
            .values
            .iter()
            .any(|(param, value, _)| *param == name && value == item);
        if !more {
            wrong.extend(read(document, &at, inner, item));
        }
    }
    wrong
}

/// A text as the type that a schema names, checked by it.
fn read(document: &Document, at: &str, node: &Value, text: &str) -> Vec<String> {
    let resolved = document.resolve(node);
    let kinds = types(resolved);
    let value = kinds.iter().find_map(|kind| match *kind {
        "integer" => text
            .parse::<i64>()
            .ok()
            .filter(|n| n.to_string() == text)
            .map(|n| json!(n)),
        "number" => text.parse::<f64>().ok().map(|n| json!(n)),
        "boolean" => text.parse::<bool>().ok().map(|yes| json!(yes)),
        _ => Some(json!(text)),
    });
    let value = if kinds.is_empty() {
        Some(json!(text))
    } else {
        value
    };
    match value {
        Some(value) => {
            let mut checker = Checker::new(document);
            checker.value(&value, resolved, at);
            checker.done()
        }
        None => vec![format!("{at}: {text:?} is not of the type {kinds:?}")],
    }
}

/// Checks a body, and gives it as JSON.
fn body(
    document: &Document,
    operation: &Operation,
    asked: &Asked<'_>,
    wrong: &mut Vec<String>,
) -> Option<Value> {
    let Some(body) = &operation.body else {
        if !asked.body.is_empty() {
            wrong.push("a body, but the operation takes none".to_owned());
        }
        return None;
    };
    if asked.body.is_empty() {
        if body.required {
            wrong.push("the body is missing".to_owned());
        }
        return None;
    }
    let whole = asked.content_type.unwrap_or_default();
    let kind = whole
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let Some(node) = body.content.get(&kind) else {
        let known: Vec<&String> = body.content.keys().collect();
        wrong.push(format!("the content is {kind:?}, not one of {known:?}"));
        return None;
    };
    let value = match kind.as_str() {
        "multipart/form-data" => fields(document, node, parts(whole, asked.body)),
        "application/x-www-form-urlencoded" => {
            let pairs = url::form_urlencoded::parse(asked.body)
                .map(|(name, value)| (name.into_owned(), value.as_bytes().to_vec()))
                .collect();
            fields(document, node, pairs)
        }
        _ => match serde_json::from_slice(asked.body) {
            Ok(value) => value,
            Err(e) => {
                wrong.push(format!("the body is not JSON: {e}"));
                return None;
            }
        },
    };
    let mut checker = Checker::new(document);
    checker.value(&value, node, "$");
    wrong.extend(checker.done());
    Some(value)
}

/// The fields of a form as an object, by the types that a schema names.
fn fields(document: &Document, node: &Value, pairs: Vec<(String, Vec<u8>)>) -> Value {
    let parts = document.parts(node);
    let properties = document.properties(&parts);
    let mut map = Map::new();
    for (name, bytes) in pairs {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let kinds = properties
            .get(name.as_str())
            .map(|property| types(document.resolve(property.node)))
            .unwrap_or_default();
        let value = if kinds.contains(&"integer") {
            text.parse::<i64>()
                .map_or_else(|_| json!(text), |n| json!(n))
        } else if kinds.contains(&"boolean") {
            text.parse::<bool>()
                .map_or_else(|_| json!(text), |yes| json!(yes))
        } else {
            json!(text)
        };
        map.insert(name, value);
    }
    Value::Object(map)
}

/// The names and contents of a form with files.
fn parts(kind: &str, body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let boundary = kind
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="));
    let Some(boundary) = boundary else {
        return Vec::new();
    };
    let mark = format!("--{}", boundary.trim_matches('"'));
    let find = |what: &[u8], from: usize| {
        let rest = body.get(from..)?;
        let at = rest.windows(what.len()).position(|window| window == what)?;
        Some(at + from)
    };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = find(mark.as_bytes(), from) {
        let start = start + mark.len();
        let Some(end) = find(mark.as_bytes(), start) else {
            break;
        };
        from = end;
        let Some(split) = find(b"\r\n\r\n", start).filter(|split| *split < end) else {
            continue;
        };
        let head = String::from_utf8_lossy(body.get(start..split).unwrap_or_default()).into_owned();
        let name = head
            .split(';')
            .find_map(|part| part.trim().strip_prefix("name="))
            .map(|name| {
                name.lines()
                    .next()
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_owned()
            });
        let content = body
            .get(split + 4..end.saturating_sub(2))
            .unwrap_or_default();
        found.extend(name.map(|name| (name, content.to_vec())));
    }
    found
}
