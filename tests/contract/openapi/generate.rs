//! Answers as a server could give them: made from the document, by chance, from a seed.
//!
//! They use every freedom: what is optional may be missing or null, lists of values hold what was named after us,
//! objects hold properties that nobody has heard of, fields have either of their spellings.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::dice::{Dice, Freedom, SAFE};
use super::Contract;
use super::check::{choices, nullable, types};
use super::document::Property;
use super::pattern::Pattern;

/// Makes answers. The same contract, seed and calls give the same values.
pub struct Generator<'a> {
    contract: &'a Contract,
    dice: Dice,
    freedom: Freedom,
    /// How many of a hundred optional properties are there.
    present: u64,
    /// Values that may still be made before everything optional is left out.
    budget: usize,
    /// Whether this answer spells what was renamed in the other way.
    other: bool,
}

impl<'a> Generator<'a> {
    #[must_use]
    pub fn new(contract: &'a Contract, seed: u64, freedom: Freedom) -> Self {
        Self {
            contract,
            dice: Dice::new(seed),
            freedom,
            present: 0,
            budget: 0,
            other: false,
        }
    }

    fn any(&mut self, percent: u64) -> bool {
        self.freedom == Freedom::Any && self.dice.percent(percent)
    }

    /// An answer of an operation, under one of [`Contract::statuses`].
    ///
    /// # Errors
    /// The operation is unknown, or has no such status with a body.
    pub fn answer(&mut self, operation: &str, status: u16) -> Result<Value, String> {
        let contract = self.contract;
        let found = contract.document.operations.get(operation);
        let nodes = found.and_then(|found| found.answers.get(&status.to_string()));
        let node = nodes.and_then(|nodes| nodes.first());
        let node = node.ok_or_else(|| format!("{operation} has no body under {status}"))?;
        Ok(self.of(node))
    }

    /// A value of a schema, by its name.
    ///
    /// # Errors
    /// There is no such schema.
    pub fn schema(&mut self, name: &str) -> Result<Value, String> {
        let contract = self.contract;
        let node = contract.document.schemas.get(name);
        let node = node.ok_or_else(|| format!("{name} is no schema"))?;
        Ok(self.of(node))
    }

    fn of(&mut self, node: &'a Value) -> Value {
        self.present = match self.dice.below(6) {
            0 => 0,
            1 => 100,
            _ => self.dice.roll() % 100,
        };
        self.budget = 500;
        self.other = self.dice.percent(50);
        self.value(node, 0, true)
    }

    /// Past a depth or a size only what must be there is made, so that recursive types end.
    fn spent(&self, depth: usize) -> bool {
        depth > 10 || self.budget == 0
    }

    fn value(&mut self, node: &'a Value, depth: usize, frame: bool) -> Value {
        self.budget = self.budget.saturating_sub(1);
        let document = &self.contract.document;
        let parts = document.parts(node);
        if !frame && parts.iter().any(|part| nullable(part)) && self.dice.percent(15) {
            return Value::Null;
        }
        if let Some(only) = parts.iter().find_map(|part| part.get("const")) {
            return only.clone();
        }
        let one_of = parts
            .iter()
            .rev()
            .find_map(|part| part.get("enum")?.as_array());
        if let Some(values) = one_of {
            if self.any(12) && values.iter().all(Value::is_string) {
                return json!("future_value");
            }
            let at = self.dice.below(values.len());
            return values.get(at).cloned().unwrap_or(Value::Null);
        }
        let described = parts.iter().any(|part| part.get("properties").is_some());
        let chosen = parts.iter().find_map(|part| Some((*part, choices(part)?)));
        if let Some((part, nodes)) = chosen
            && !described
        {
            return self.choice(part, nodes, depth);
        }
        let kinds = parts
            .iter()
            .rev()
            .map(|part| types(part))
            .find(|kinds| !kinds.is_empty());
        let mut kinds = kinds.unwrap_or_default();
        if kinds == ["null"] {
            return Value::Null;
        }
        kinds.retain(|kind| *kind != "null");
        let kind = if kinds.is_empty() {
            "object"
        } else {
            self.dice.pick(&kinds)
        };
        let bound = |word: &str| parts.iter().rev().find_map(|part| part.get(word)?.as_i64());
        match kind {
            "boolean" => json!(self.dice.percent(50)),
            "integer" => {
                let format = parts.iter().find_map(|part| part.get("format")?.as_str());
                if format == Some("int64") && bound("maximum").is_none() && self.dice.percent(3) {
                    // Numbers that no double holds.
                    return json!(SAFE + 2);
                }
                let most =
                    bound("maximum").or((format == Some("int32")).then_some(i64::from(i32::MAX)));
                json!(self.dice.integer(bound("minimum"), most, &[]))
            }
            "number" => {
                let number = self.dice.integer(bound("minimum"), bound("maximum"), &[]);
                if self.dice.percent(30) && bound("maximum").is_none() {
                    json!(number as f64 + 0.25)
                } else {
                    json!(number)
                }
            }
            "string" => json!(self.text(&parts, bound("minLength"), bound("maxLength"))),
            "array" => {
                let Some(node) = parts.iter().rev().find_map(|part| part.get("items")) else {
                    return json!([]);
                };
                let usual = if self.spent(depth) {
                    0
                } else {
                    self.dice.below(4)
                };
                let least = bound("minItems").unwrap_or(0).max(0) as usize;
                let most = bound("maxItems").map_or(usize::MAX, |most| most.max(0) as usize);
                let unique = parts
                    .iter()
                    .any(|part| part.get("uniqueItems") == Some(&json!(true)));
                let mut items: Vec<Value> = Vec::new();
                for _ in 0..usual.max(least).min(most) {
                    let item = self.value(node, depth + 1, false);
                    if !unique || !items.contains(&item) {
                        items.push(item);
                    }
                }
                Value::Array(items)
            }
            _ => {
                let mut own = self.object(&document.properties(&parts), depth, frame);
                let full = chosen.filter(|(_, nodes)| {
                    let described = |node: &Value| {
                        node.get("$ref").is_some() || node.get("properties").is_some()
                    };
                    nodes.iter().any(described)
                });
                if let Some((part, nodes)) = full
                    && let Value::Object(more) = self.choice(part, nodes, depth)
                    && let Some(own) = own.as_object_mut()
                {
                    own.extend(more);
                }
                own
            }
        }
    }

    fn object(
        &mut self,
        properties: &BTreeMap<&'a str, Property<'a>>,
        depth: usize,
        frame: bool,
    ) -> Value {
        let spellings = self.contract.document.exceptions.spellings;
        let mut map = Map::new();
        for (name, property) in properties {
            let wanted = !self.spent(depth) && self.dice.percent(self.present);
            // Who gets an answer gets its data, mostly.
            let wanted = wanted || (frame && *name == "data" && self.dice.percent(80));
            if !property.required && !wanted {
                continue;
            }
            let value = if !property.required && !frame && self.any(8) {
                Value::Null
            } else {
                self.value(property.node, depth + 1, false)
            };
            let other = spellings.iter().find(|(known, ..)| known == name);
            let name = match other {
                Some((_, other, _)) if self.other => other,
                _ => *name,
            };
            map.insert(name.to_owned(), value);
        }
        if !frame && self.any(15) {
            map.insert("future_property".to_owned(), self.dice.anything(0));
        }
        Value::Object(map)
    }

    fn choice(&mut self, node: &'a Value, nodes: &'a [Value], depth: usize) -> Value {
        let by = node
            .pointer("/discriminator/propertyName")
            .and_then(Value::as_str);
        let mapping = node
            .pointer("/discriminator/mapping")
            .and_then(Value::as_object);
        let (Some(by), Some(mapping)) = (by.filter(|by| !by.contains('/')), mapping) else {
            let at = self.dice.below(nodes.len());
            return nodes
                .get(at)
                .map_or(Value::Null, |node| self.value(node, depth + 1, false));
        };
        let at = self.dice.below(mapping.len());
        let Some((kind, target)) = mapping.iter().nth(at) else {
            return Value::Null;
        };
        let chosen = nodes.iter().find(|node| node.get("$ref") == Some(target));
        let mut value = chosen.map_or(Value::Null, |node| self.value(node, depth + 1, false));
        if let Some(fields) = value.as_object_mut() {
            fields.insert(by.to_owned(), json!(kind));
        }
        value
    }

    fn text(&mut self, parts: &[&'a Value], least: Option<i64>, most: Option<i64>) -> String {
        match parts.iter().find_map(|part| part.get("format")?.as_str()) {
            Some("date-time") => {
                let at = 1_700_000_000 + self.dice.below(100_000_000) as i64;
                let at = sociable::jiff::Timestamp::from_second(at).unwrap_or_default();
                return at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
            }
            Some("date") => return "2026-11-23".to_owned(),
            Some("uri" | "url") => return "https://example.com/%D1%8F?a=b#c".to_owned(),
            _ => {}
        }
        let pattern = parts.iter().find_map(|part| part.get("pattern")?.as_str());
        if let Some(read) = pattern.and_then(Pattern::read) {
            let long = |text: &str| most.is_some_and(|most| text.len() as i64 > most);
            let mut text = read.sample(&mut |n| self.dice.below(n));
            for _ in 0..20 {
                if !long(&text) {
                    break;
                }
                text = read.sample(&mut |n| self.dice.below(n));
            }
            return text;
        }
        let least = least.unwrap_or(0).max(0) as usize;
        let most = most.map_or(400, |most| most.max(0) as usize);
        // Most of what a document calls a string is an id or a short word.
        let mut text: String = if self.dice.percent(40) {
            let length = 1 + self.dice.below(18);
            self.dice.digits("123456789", length)
        } else {
            self.dice.prose(least, most).chars().take(most).collect()
        };
        while text.chars().count() < least {
            text.push('x');
        }
        text
    }
}
