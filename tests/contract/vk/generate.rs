//! Answers and events as VK could give them: made from the schema, by chance, from a seed.
//!
//! They use every freedom: what is optional may be missing or null, lists of values hold what was named after us,
//! objects hold properties that nobody has heard of.

use serde_json::{Map, Value, json};

use super::super::dice::{Dice, Freedom, SAFE};
use super::check::types;
use super::schema::{self, Property};
use super::{Contract, exceptions};

/// How often freedoms were used that the schema leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freedoms {
    /// What is optional was null.
    pub nulls: usize,
    /// What is optional was left out.
    pub missing: usize,
    /// Something was there that the schema does not know: a value of a list, a property, a kind.
    pub unknown: usize,
}

/// Makes answers and events. The same contract, seed and calls give the same values.
pub struct Generator<'a> {
    contract: &'a Contract,
    dice: Dice,
    freedom: Freedom,
    /// How many of a hundred optional properties are there.
    present: u64,
    /// Values that may still be made before everything optional is left out.
    budget: usize,
    used: Freedoms,
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
            used: Freedoms::default(),
        }
    }

    /// The freedoms that everything so far used.
    #[must_use]
    pub fn used(&self) -> Freedoms {
        self.used
    }

    fn begin(&mut self) {
        self.present = match self.dice.below(6) {
            0 => 0,
            1 => 100,
            _ => self.dice.roll() % 100,
        };
        self.budget = 500;
    }

    fn any(&mut self, percent: u64) -> bool {
        self.freedom == Freedom::Any && self.dice.percent(percent)
    }

    /// An answer to a method: `{"response": …}` of one of [`Contract::variants`].
    ///
    /// # Errors
    /// The method is unknown, or has no such variant.
    pub fn answer(&mut self, method: &str, variant: &str) -> Result<Value, String> {
        let contract = self.contract;
        let node = contract
            .schemas
            .response(method, variant)
            .ok_or_else(|| format!("{method} has no answer {variant}"))?;
        self.begin();
        let free = json!({"response": []});
        if exceptions::answers(method, &free) && self.any(20) {
            return Ok(free);
        }
        // The frame is always whole: what is in it may not be.
        let mut frame = self.value("", node, 0, true);
        if !frame.is_object() {
            frame = json!({"response": frame});
        }
        Ok(frame)
    }

    /// An event of a type of [`Contract::events`], with its object.
    ///
    /// # Errors
    /// The type has no object that is described.
    pub fn event(&mut self, kind: &str) -> Result<Value, String> {
        let contract = self.contract;
        let name = schema::event_object(kind).ok_or_else(|| format!("{kind} has no object"))?;
        let (name, node) = contract
            .schemas
            .defs
            .get_key_value(&name)
            .ok_or_else(|| format!("{kind} is described nowhere"))?;
        self.begin();
        let mut event = json!({
            "type": kind,
            "group_id": 1 + self.dice.below(1_000_000),
            "event_id": self.dice.digits("0123456789abcdef", 40),
            "v": "5.199",
            "object": self.value(name, node, 0, false),
        });
        if self.any(15) {
            self.used.unknown += 1;
            event["futureProperty"] = self.dice.anything(0);
        }
        Ok(event)
    }

    /// Past a depth or a size only what must be there is made, so that recursive types end.
    fn spent(&self, depth: usize) -> bool {
        depth > 10 || self.budget == 0
    }

    fn value(&mut self, name: &'a str, node: &'a Value, depth: usize, frame: bool) -> Value {
        self.budget = self.budget.saturating_sub(1);
        let schemas = &self.contract.schemas;
        let parts = schemas.parts(name, node);
        if let Some((_, part)) = parts.iter().find(|(_, part)| part.get("oneOf").is_some()) {
            return self.one_of(part, depth);
        }
        let one_of = parts
            .iter()
            .rev()
            .find_map(|(_, part)| part.get("enum").and_then(Value::as_array));
        let kind = parts
            .iter()
            .rev()
            .map(|(_, part)| types(part))
            .find(|kinds| !kinds.is_empty())
            .unwrap_or_default();
        let kind = self.dice.pick(&kind);
        if let Some(values) = one_of
            && kind != "array"
        {
            return self.listed(values, kind);
        }
        let bound = |word: &str| {
            parts
                .iter()
                .rev()
                .find_map(|(_, part)| part.get(word).and_then(Value::as_i64))
        };
        match kind {
            "boolean" => json!(self.dice.percent(50)),
            "integer" => {
                let wide = parts
                    .iter()
                    .any(|(_, part)| part.get("format") == Some(&json!("int64")));
                if wide && bound("maximum").is_none() && self.dice.percent(3) {
                    // Numbers that no double holds.
                    return json!(SAFE + 2);
                }
                json!(self.dice.integer(bound("minimum"), bound("maximum"), &[]))
            }
            "number" => {
                let number = self.dice.integer(bound("minimum"), bound("maximum"), &[]);
                match (self.dice.below(3), bound("maximum")) {
                    (0, None) => json!(number as f64 + 0.25),
                    _ => json!(number),
                }
            }
            "string" => json!(self.text(&parts, bound("minLength"), bound("maxLength"))),
            "array" => {
                let Some(node) = parts.iter().rev().find_map(|(_, part)| part.get("items")) else {
                    return json!([]);
                };
                let usual = if self.spent(depth) {
                    0
                } else {
                    self.dice.below(4)
                };
                let least = bound("minItems").unwrap_or(0) as usize;
                let most = bound("maxItems").map_or(usize::MAX, |most| most as usize);
                (0..usual.max(least).min(most))
                    .map(|_| self.value("", node, depth + 1, false))
                    .collect()
            }
            _ => {
                let mut properties = schemas.properties(&parts);
                let most = bound("maxProperties").map_or(usize::MAX, |most| most as usize);
                while properties.len() > most {
                    let spare: Vec<&str> = properties
                        .iter()
                        .filter(|(_, property)| !property.required)
                        .map(|(name, _)| *name)
                        .collect();
                    let name = self.dice.pick(&spare);
                    if properties.remove(name).is_none() {
                        break;
                    }
                }
                if bound("minProperties").is_some() {
                    properties
                        .values_mut()
                        .for_each(|property| property.required = true);
                }
                self.object(&properties, depth, frame)
            }
        }
    }

    fn object(
        &mut self,
        properties: &std::collections::BTreeMap<&'a str, Property<'a>>,
        depth: usize,
        frame: bool,
    ) -> Value {
        let mut map = Map::new();
        for (name, property) in properties {
            let wanted = !self.spent(depth) && self.dice.percent(self.present);
            if !property.required && !wanted {
                self.used.missing += 1;
                continue;
            }
            let value = if !property.required && self.any(8) {
                self.used.nulls += 1;
                Value::Null
            } else {
                self.value("", property.node, depth + 1, false)
            };
            map.insert((*name).to_owned(), value);
        }
        if !frame && self.any(15) {
            self.used.unknown += 1;
            map.insert("futureProperty".to_owned(), self.dice.anything(0));
        }
        Value::Object(map)
    }

    fn one_of(&mut self, node: &'a Value, depth: usize) -> Value {
        let nodes: Vec<&Value> = node
            .get("oneOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        let Some(by) = node
            .pointer("/discriminator/propertyName")
            .and_then(Value::as_str)
        else {
            let at = self.dice.below(nodes.len());
            return nodes
                .get(at)
                .map_or(Value::Null, |node| self.value("", node, depth + 1, false));
        };
        let schemas = &self.contract.schemas;
        // Some are mapped to definitions that do not know the word: no real answer is either.
        let fits = |kind: &String, target: &Value| {
            let node = json!({"$ref": target});
            let Some((name, node)) = schemas.target(&node) else {
                return false;
            };
            let properties = schemas.properties(&schemas.parts(name, node));
            properties.get(by).is_none_or(|property| {
                let parts = schemas.parts("", property.node);
                parts.iter().all(|(_, part)| {
                    let words = part.get("enum").and_then(Value::as_array);
                    words.is_none_or(|words| words.contains(&json!(kind)))
                })
            })
        };
        let mapping: Vec<(&String, &Value)> = node
            .pointer("/discriminator/mapping")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(kind, target)| fits(kind, target))
            .collect();
        if self.any(10) {
            self.used.unknown += 1;
            return json!({by: "future", "id": 1});
        }
        let at = self.dice.below(mapping.len());
        let Some((kind, target)) = mapping.get(at) else {
            return Value::Null;
        };
        let chosen = nodes.iter().find(|node| node.get("$ref") == Some(target));
        let mut value = chosen.map_or(Value::Null, |node| self.value("", node, depth + 1, false));
        if let Some(fields) = value.as_object_mut() {
            fields.insert(by.to_owned(), json!(kind));
        }
        value
    }

    fn listed(&mut self, values: &[Value], kind: &str) -> Value {
        // 0 and 1 are flags: nothing is named after them.
        let flag = values.len() <= 2 && kind == "integer";
        if !flag && self.any(12) {
            self.used.unknown += 1;
            return match kind {
                "integer" => json!(999),
                _ => json!("future_value"),
            };
        }
        let at = self.dice.below(values.len());
        values.get(at).cloned().unwrap_or(Value::Null)
    }

    fn text(
        &mut self,
        parts: &[(&'a str, &'a Value)],
        least: Option<i64>,
        most: Option<i64>,
    ) -> String {
        let uri = parts
            .iter()
            .any(|(_, part)| part.get("format") == Some(&json!("uri")));
        let least = least.unwrap_or(0).max(0) as usize;
        let most = most.map_or(400, |most| most.max(0) as usize);
        let text = if uri && self.dice.percent(80) {
            self.dice
                .pick(&[
                    "https://sun9-1.userapi.com/impg/a.jpg?size=1x1&quality=95",
                    "https://vk.com/wall-1_2",
                    "https://example.com/%D1%8F?a=b#c",
                    "https://пример.рф/",
                    "",
                ])
                .to_owned()
        } else {
            self.dice.prose(least, most)
        };
        let mut text: String = text.chars().take(most).collect();
        while text.chars().count() < least {
            text.push('x');
        }
        text
    }
}
