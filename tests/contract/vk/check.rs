//! Whether a value is what the contract says.

use serde_json::{Value, json};

use super::exceptions;
use super::schema::{self, Schemas};

/// Gathers what is wrong with a value.
pub(super) struct Checker<'a> {
    schemas: &'a Schemas,
    wrong: Vec<String>,
}

/// Whether a value is of a type of the schema.
pub(super) fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// The types that a node names.
pub(super) fn types(node: &Value) -> Vec<&str> {
    match node.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

impl<'a> Checker<'a> {
    pub(super) fn new(schemas: &'a Schemas) -> Self {
        Self {
            schemas,
            wrong: Vec::new(),
        }
    }

    pub(super) fn done(self) -> Vec<String> {
        self.wrong
    }

    fn say(&mut self, at: &str, what: impl std::fmt::Display) {
        self.wrong.push(format!("{at}: {what}"));
    }

    pub(super) fn value(&mut self, value: &Value, node: &'a Value, at: &str) {
        self.within("", value, node, at);
    }

    /// As [`value`](Self::value), by a definition.
    pub(super) fn named(&mut self, value: &Value, name: &str, at: &str) {
        match self.schemas.defs.get_key_value(name) {
            Some((name, node)) => self.within(name, value, node, at),
            None => self.say(at, format!("{name} is described nowhere")),
        }
    }

    fn within(&mut self, name: &'a str, value: &Value, node: &'a Value, at: &str) {
        let parts = self.schemas.parts(name, node);
        for (_, part) in &parts {
            self.own(value, part, at);
        }
        let choices: Vec<&Value> = parts
            .iter()
            .filter(|(_, part)| part.get("oneOf").is_some())
            .map(|(_, part)| *part)
            .collect();
        if let Some(choice) = choices.first() {
            self.one_of(value, choice, at);
            return;
        }
        match value {
            Value::Object(fields) => {
                let properties = self.schemas.properties(&parts);
                // What is described as an object and no more may hold anything.
                if properties.is_empty() {
                    return;
                }
                for (name, property) in &properties {
                    match fields.get(*name) {
                        Some(value) => {
                            let at = format!("{at}.{name}");
                            self.value(value, property.node, &at);
                        }
                        None if property.required => {
                            self.say(at, format!("{name} is missing"));
                        }
                        None => {}
                    }
                }
                for name in fields.keys() {
                    if !properties.contains_key(name.as_str()) {
                        self.say(at, format!("{name} is in no schema"));
                    }
                }
            }
            Value::Array(items) => {
                let Some(node) = parts.iter().rev().find_map(|(_, part)| part.get("items")) else {
                    return;
                };
                for (n, item) in items.iter().enumerate() {
                    self.value(item, node, &format!("{at}[{n}]"));
                }
            }
            _ => {}
        }
    }

    /// What a node says of a value by itself.
    fn own(&mut self, value: &Value, node: &Value, at: &str) {
        // Where there is a choice, the chosen one says what type it is.
        let types = if node.get("oneOf").is_some() {
            Vec::new()
        } else {
            types(node)
        };
        if !types.is_empty() && !types.iter().any(|kind| is(value, kind)) {
            self.say(at, format!("{value} is not of the type {types:?}"));
            return;
        }
        let one_of = node.get("enum").and_then(Value::as_array);
        if one_of.is_some_and(|one_of| !one_of.contains(value)) {
            self.say(at, format!("{value} is not one of {}", json!(one_of)));
        }
        let bound = |name: &str| node.get(name).and_then(Value::as_f64);
        if let Some(number) = value.as_f64() {
            if bound("minimum").is_some_and(|least| number < least) {
                self.say(at, format!("{value} is too small"));
            }
            if bound("maximum").is_some_and(|most| number > most) {
                self.say(at, format!("{value} is too large"));
            }
        }
        let size = match value {
            Value::String(text) => Some((text.chars().count(), "minLength", "maxLength")),
            Value::Array(items) => Some((items.len(), "minItems", "maxItems")),
            Value::Object(fields) => Some((fields.len(), "minProperties", "maxProperties")),
            _ => None,
        };
        if let Some((size, least, most)) = size
            && (bound(least).is_some_and(|least| (size as f64) < least)
                || bound(most).is_some_and(|most| (size as f64) > most))
        {
            self.say(at, format!("a length of {size} is outside of its limits"));
        }
    }

    fn one_of(&mut self, value: &Value, node: &'a Value, at: &str) {
        let nodes: Vec<&Value> = node
            .get("oneOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        let by = node
            .pointer("/discriminator/propertyName")
            .and_then(Value::as_str);
        if let Some(by) = by {
            let named = value.get(by).and_then(Value::as_str).unwrap_or_default();
            let mapped = node
                .pointer("/discriminator/mapping")
                .and_then(|mapping| mapping.get(named));
            let chosen = nodes
                .iter()
                .find(|node| node.get("$ref").is_some() && node.get("$ref") == mapped);
            match chosen {
                Some(chosen) => self.value(value, chosen, at),
                None => self.say(at, format!("{by} is {named:?}, which chooses nothing")),
            }
            return;
        }
        let mut best: Option<Vec<String>> = None;
        for node in nodes {
            let mut checker = Self::new(self.schemas);
            checker.value(value, node, at);
            if checker.wrong.is_empty() {
                return;
            }
            if best
                .as_ref()
                .is_none_or(|best| checker.wrong.len() < best.len())
            {
                best = Some(checker.wrong);
            }
        }
        self.wrong.extend(best.unwrap_or_default());
    }
}

/// An error answer.
pub(super) fn error(schemas: &Schemas, answer: &Value) -> Vec<String> {
    let mut checker = Checker::new(schemas);
    if answer.as_object().is_none_or(|fields| fields.len() != 1) {
        checker.say("$", "an error stands alone");
    }
    let error = &answer["error"];
    let Some(fields) = error.as_object() else {
        checker.say("$.error", "not an object");
        return checker.done();
    };
    let mut plain = fields.clone();
    plain.retain(|name, _| {
        !exceptions::ERROR_FIELDS
            .iter()
            .any(|(known, _)| known == name)
    });
    // Real answers leave out the marker that the schema requires.
    plain.entry("inner_type").or_insert(json!("base_error"));
    for name in ["error_msg", "request_params"] {
        if !plain.contains_key(name) {
            checker.say("$.error", format!("{name} is missing"));
        }
    }
    checker.named(&Value::Object(plain), "base_error", "$.error");
    let code = error["error_code"].as_i64().unwrap_or_default();
    let known = schemas.errors.contains_key(&code)
        || exceptions::ERRORS.iter().any(|(known, _)| *known == code);
    if !known {
        checker.say("$.error.error_code", format!("{code} is no code of VK"));
    }
    checker.done()
}

/// What a script answers.
pub(super) fn script(answer: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.get("response").is_none() {
        wrong.push("$: response is missing".to_owned());
    }
    for error in answer["execute_errors"].as_array().into_iter().flatten() {
        let whole = error["method"].is_string()
            && error["error_code"].is_i64()
            && error["error_msg"].is_string()
            && error.as_object().is_some_and(|fields| fields.len() == 3);
        if !whole {
            wrong.push(format!("$.execute_errors: {error}"));
        }
    }
    let fields = answer.as_object().into_iter().flatten();
    for (name, _) in fields {
        if !["response", "execute_errors"].contains(&name.as_str()) {
            wrong.push(format!("$: {name} is in no schema"));
        }
    }
    wrong
}

/// An event with its object.
pub(super) fn event(schemas: &Schemas, event: &Value) -> Vec<String> {
    let mut checker = Checker::new(schemas);
    let Some(fields) = event.as_object() else {
        return vec!["$: not an object".to_owned()];
    };
    let kind = event["type"].as_str().unwrap_or_default();
    let mut frame = fields.clone();
    let object = frame.remove("object");
    if exceptions::EVENT_TYPES
        .iter()
        .any(|(known, _)| *known == kind)
    {
        // The schema's list of types leaves these out.
        frame.insert("type".to_owned(), json!("wall_post_new"));
    }
    checker.named(&Value::Object(frame), "callback_base", "$");
    match (schema::event_object(kind), object) {
        (None, None) => {}
        (None, Some(_)) => checker.say("$", format!("{kind} has no object")),
        (Some(_), None) => checker.say("$", "object is missing"),
        (Some(name), Some(object)) => checker.named(&object, &name, "$.object"),
    }
    checker.done()
}
