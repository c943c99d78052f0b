//! Whether a value is what a schema says.

use serde_json::{Map, Value, json};

use super::document::{Document, Property};
use super::pattern::Pattern;

/// Gathers what is wrong with a value.
pub(super) struct Checker<'a> {
    document: &'a Document,
    wrong: Vec<String>,
}

/// The types that a node names.
pub(super) fn types(node: &Value) -> Vec<&str> {
    match node.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// Whether a node takes nothing in the place of a value.
pub(super) fn nullable(node: &Value) -> bool {
    let listed = node.get("enum").and_then(Value::as_array);
    node.get("nullable") == Some(&json!(true))
        || types(node).contains(&"null")
        || listed.is_some_and(|listed| listed.contains(&Value::Null))
}

pub(super) fn choices(node: &Value) -> Option<&Vec<Value>> {
    node.get("oneOf").or_else(|| node.get("anyOf"))?.as_array()
}

impl<'a> Checker<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
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
        self.within(value, node, at, false);
    }

    /// `open`: what is not described here is described around it.
    fn within(&mut self, value: &Value, node: &'a Value, at: &str, open: bool) {
        let parts = self.document.parts(node);
        if value.is_null() && parts.iter().any(|part| nullable(part)) {
            return;
        }
        let before = self.wrong.len();
        for part in &parts {
            self.own(value, part, at);
        }
        if self.wrong.len() > before {
            return;
        }
        let described = parts.iter().any(|part| part.get("properties").is_some());
        let chosen: Vec<&Value> = parts
            .iter()
            .copied()
            .filter(|part| choices(part).is_some())
            .collect();
        for part in &chosen {
            self.choice(value, part, at, described || open);
        }
        // Where there is nothing but a choice, the chosen one says what may be there.
        if !chosen.is_empty() && !described {
            return;
        }
        match value {
            Value::Object(fields) => {
                // What one of the choices describes was held to it already.
                let elsewhere: Vec<&str> = chosen
                    .iter()
                    .filter_map(|part| choices(part))
                    .flatten()
                    .flat_map(|node| {
                        let parts = self.document.parts(node);
                        self.document.properties(&parts).into_keys()
                    })
                    .collect();
                self.object(fields, &parts, &elsewhere, at, open);
            }
            Value::Array(items) => {
                let node = parts.iter().rev().find_map(|part| part.get("items"));
                let Some(node) = node else { return };
                for (n, item) in items.iter().enumerate() {
                    self.value(item, node, &format!("{at}[{n}]"));
                }
            }
            _ => {}
        }
    }

    fn object(
        &mut self,
        fields: &Map<String, Value>,
        parts: &[&'a Value],
        elsewhere: &[&str],
        at: &str,
        open: bool,
    ) {
        let properties = self.document.properties(parts);
        let spellings = self.document.exceptions.spellings;
        let called = |name: &str| -> Option<&'static str> {
            let found = spellings.iter().find(|(_, other, _)| *other == name);
            found.map(|(known, ..)| *known)
        };
        let required = parts
            .iter()
            .filter_map(|part| part.get("required")?.as_array());
        for name in required.flatten().filter_map(Value::as_str) {
            let other = spellings.iter().find(|(known, ..)| *known == name);
            let there = fields.contains_key(name)
                || other.is_some_and(|(_, other, _)| fields.contains_key(*other));
            if !there {
                self.say(at, format!("{name} is missing"));
            }
        }
        let more = parts
            .iter()
            .rev()
            .find_map(|part| part.get("additionalProperties"));
        let names = parts.iter().find_map(|part| part.get("propertyNames"));
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            if let Some(node) = names {
                self.value(&json!(name), node, &at);
            }
            let other = called(name).filter(|known| properties.contains_key(known));
            if let Some(known) = other
                && !properties.contains_key(name.as_str())
                && fields.contains_key(known)
            {
                self.say(&at, format!("and {known}: one of two spellings is enough"));
            }
            let found: Option<&Property<'a>> = properties
                .get(name.as_str())
                .or_else(|| other.and_then(|known| properties.get(known)));
            match (found, more) {
                (Some(property), _) => self.value(value, property.node, &at),
                (None, Some(Value::Bool(true))) => {}
                (None, _) if elsewhere.contains(&name.as_str()) => {}
                (None, Some(node)) if node.is_object() => self.value(value, node, &at),
                (None, Some(Value::Bool(false))) if !open => {
                    self.say(&at, "is in no schema");
                }
                // What is described as an object and no more may hold anything.
                (None, _) if properties.is_empty() || open => {}
                (None, _) => self.say(&at, "is in no schema"),
            }
        }
    }

    /// What a node says of a value by itself.
    fn own(&mut self, value: &Value, node: &Value, at: &str) {
        let types = types(node);
        if !types.is_empty() && !types.iter().any(|kind| is(value, kind)) {
            self.say(at, format!("{value} is not of the type {types:?}"));
            return;
        }
        let one_of = node.get("enum").and_then(Value::as_array);
        if one_of.is_some_and(|one_of| !one_of.contains(value)) {
            self.say(at, format!("{value} is not one of {}", json!(one_of)));
        }
        if node.get("const").is_some_and(|only| only != value) {
            self.say(at, format!("{value} is not {}", node["const"]));
        }
        let bound = |name: &str| node.get(name).and_then(Value::as_f64);
        // In 3.0 a flag says that a bound itself is out, in 3.1 it is a bound of its own.
        let out = |name: &str| node.get(name) == Some(&json!(true));
        if let Some(number) = value.as_f64() {
            let small = bound("minimum").is_some_and(|least| {
                number < least || (out("exclusiveMinimum") && number == least)
            }) || bound("exclusiveMinimum").is_some_and(|least| number <= least);
            let large = bound("maximum")
                .is_some_and(|most| number > most || (out("exclusiveMaximum") && number == most))
                || bound("exclusiveMaximum").is_some_and(|most| number >= most)
                || (node.get("format") == Some(&json!("int32")) && number > f64::from(i32::MAX));
            if small {
                self.say(at, format!("{value} is too small"));
            }
            if large {
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
        if let Value::Array(items) = value
            && node.get("uniqueItems") == Some(&json!(true))
            && items
                .iter()
                .enumerate()
                .any(|(n, item)| items.iter().take(n).any(|known| known == item))
        {
            self.say(at, "an item is there twice");
        }
        if let Value::String(text) = value {
            self.text(text, node, at);
        }
    }

    fn text(&mut self, text: &str, node: &Value, at: &str) {
        if let Some(pattern) = node.get("pattern").and_then(Value::as_str) {
            match Pattern::read(pattern) {
                Some(read) if read.fits(text) => {}
                Some(_) => self.say(at, format!("{text:?} does not match {pattern}")),
                None => self.say(at, format!("the pattern {pattern} is not understood")),
            }
        }
        let fits = match node.get("format").and_then(Value::as_str) {
            Some("date-time") => text.parse::<sociable::jiff::Timestamp>().is_ok(),
            Some("date") => text.parse::<sociable::jiff::civil::Date>().is_ok(),
            Some("uri" | "url") => url::Url::parse(text).is_ok(),
            _ => true,
        };
        if !fits {
            self.say(at, format!("{text:?} is no {}", node["format"]));
        }
    }

    fn choice(&mut self, value: &Value, node: &'a Value, at: &str, open: bool) {
        let nodes = choices(node).map(Vec::as_slice).unwrap_or_default();
        let by = node
            .pointer("/discriminator/propertyName")
            .and_then(Value::as_str);
        // A name that leads out of the value chooses nothing here.
        if let Some(by) = by.filter(|by| !by.contains('/')) {
            let named = value.get(by).and_then(Value::as_str).unwrap_or_default();
            let mapped = node
                .pointer("/discriminator/mapping")
                .and_then(|mapping| mapping.get(named));
            let chosen = nodes
                .iter()
                .find(|node| node.get("$ref").is_some() && node.get("$ref") == mapped);
            match chosen {
                Some(chosen) => self.within(value, chosen, at, open),
                None => self.say(at, format!("{by} is {named:?}, which chooses nothing")),
            }
            return;
        }
        let mut best: Option<Vec<String>> = None;
        for node in nodes {
            let mut checker = Self::new(self.document);
            checker.within(value, node, at, open);
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
