//! Checks answers against the published lexicons, found by `SOCIABLE_SPECS`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

/// The lexicons of a folder, read when they are needed.
pub(crate) struct Lexicons {
    root: PathBuf,
    read: RefCell<BTreeMap<String, Value>>,
}

impl Lexicons {
    /// The lexicons that `SOCIABLE_SPECS` leads to; says so and answers nothing where it is not set outside of CI.
    pub(crate) fn find() -> Option<Self> {
        let Some(specs) = std::env::var_os("SOCIABLE_SPECS").map(PathBuf::from) else {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "SOCIABLE_SPECS is not set"
            );
            println!("passed over: SOCIABLE_SPECS is not set");
            return None;
        };
        let root = specs.join("bluesky/lexicons");
        assert!(root.is_dir(), "no lexicons at {}", root.display());
        Some(Self {
            root,
            read: RefCell::default(),
        })
    }

    fn document(&self, nsid: &str) -> Option<Value> {
        if let Some(known) = self.read.borrow().get(nsid) {
            return Some(known.clone());
        }
        let path = self.root.join(format!("{}.json", nsid.replace('.', "/")));
        let text = std::fs::read_to_string(path).ok()?;
        let document: Value = serde_json::from_str(&text).unwrap();
        self.read
            .borrow_mut()
            .insert(nsid.to_owned(), document.clone());
        Some(document)
    }

    /// A definition by its reference, and the document that it stands in.
    fn definition(&self, from: &str, reference: &str) -> Option<(String, Value)> {
        let (nsid, name) = reference.split_once('#').unwrap_or((reference, "main"));
        let nsid = if nsid.is_empty() { from } else { nsid };
        let definition = self.document(nsid)?.get("defs")?.get(name)?.clone();
        Some((nsid.to_owned(), definition))
    }

    /// What is wrong with the answer of a method.
    pub(crate) fn check_output(&self, nsid: &str, body: &Value) -> Vec<String> {
        let Some((_, method)) = self.definition(nsid, nsid) else {
            return vec![format!("{nsid}: no such lexicon")];
        };
        let mut wrong = Vec::new();
        if let Some(schema) = method.pointer("/output/schema") {
            self.check(nsid, schema, body, "$", &mut wrong);
        }
        wrong
    }

    /// Whether a method answers with JSON.
    pub(crate) fn answers_json(&self, nsid: &str) -> bool {
        self.definition(nsid, nsid)
            .is_some_and(|(_, method)| method.pointer("/output/schema").is_some())
    }

    /// The errors that a method names.
    pub(crate) fn exists(&self, nsid: &str) -> bool {
        self.document(nsid).is_some()
    }

    fn check(
        &self,
        home: &str,
        schema: &Value,
        value: &Value,
        path: &str,
        wrong: &mut Vec<String>,
    ) {
        let kind = schema["type"].as_str().unwrap_or_default();
        let fits = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "unknown" | "union" | "blob" => value.is_object(),
            _ => true,
        };
        if !fits {
            wrong.push(format!("{path}: {kind} expected, got {value}"));
            return;
        }
        match kind {
            "object" => self.check_object(home, schema, value, path, wrong),
            "array" => {
                for (at, item) in value.as_array().unwrap().iter().enumerate() {
                    self.check(
                        home,
                        &schema["items"],
                        item,
                        &format!("{path}[{at}]"),
                        wrong,
                    );
                }
            }
            "string" => check_string(schema, value.as_str().unwrap(), path, wrong),
            "integer" => {
                let number = value.as_i64().unwrap_or(i64::MAX);
                if schema["minimum"]
                    .as_i64()
                    .is_some_and(|least| number < least)
                    || schema["maximum"].as_i64().is_some_and(|most| number > most)
                {
                    wrong.push(format!("{path}: {number} is out of range"));
                }
            }
            "boolean" if schema["const"].is_boolean() && schema["const"] != *value => {
                wrong.push(format!("{path}: not {}", schema["const"]));
            }
            "ref" => {
                let reference = schema["ref"].as_str().unwrap();
                match self.definition(home, reference) {
                    Some((home, schema)) => self.check(&home, &schema, value, path, wrong),
                    None => wrong.push(format!("{path}: no definition {reference}")),
                }
            }
            "union" => self.check_union(home, schema, value, path, wrong),
            "blob" => {
                for name in ["$type", "ref", "mimeType", "size"] {
                    if value.get(name).is_none() {
                        wrong.push(format!("{path}: blob without {name}"));
                    }
                }
            }
            "unknown" => self.check_record(value, path, wrong),
            _ => {}
        }
    }

    fn check_object(
        &self,
        home: &str,
        schema: &Value,
        value: &Value,
        path: &str,
        wrong: &mut Vec<String>,
    ) {
        let names = |key: &str| -> Vec<&str> {
            schema[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        };
        for name in names("required") {
            if value.get(name).is_none() {
                wrong.push(format!("{path}: {name} is missing"));
            }
        }
        let nullable = names("nullable");
        for (name, field) in value.as_object().unwrap() {
            let path = format!("{path}.{name}");
            match schema["properties"].get(name) {
                Some(_) if field.is_null() && nullable.contains(&name.as_str()) => {}
                Some(schema) => self.check(home, schema, field, &path, wrong),
                None if name == "$type" => {}
                None => wrong.push(format!("{path}: not in the lexicon")),
            }
        }
    }

    fn check_union(
        &self,
        home: &str,
        schema: &Value,
        value: &Value,
        path: &str,
        wrong: &mut Vec<String>,
    ) {
        let Some(kind) = value["$type"].as_str() else {
            wrong.push(format!("{path}: union member without $type"));
            return;
        };
        let member = schema["refs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .find(|reference| {
                let whole = if reference.starts_with('#') {
                    format!("{home}{reference}")
                } else {
                    (*reference).to_owned()
                };
                whole == kind || whole.strip_suffix("#main") == Some(kind)
            });
        match member.and_then(|reference| self.definition(home, reference)) {
            Some((home, schema)) => {
                self.check(&home, &schema, value, &format!("{path}<{kind}>"), wrong)
            }
            None => wrong.push(format!("{path}: {kind} is not in the union")),
        }
    }

    /// A record inside an answer, where its own lexicon is known.
    fn check_record(&self, value: &Value, path: &str, wrong: &mut Vec<String>) {
        let Some(kind) = value["$type"].as_str() else {
            return;
        };
        if let Some((home, record)) = self
            .definition(kind, kind)
            .filter(|(_, found)| found["type"] == "record")
        {
            self.check(
                &home,
                &record["record"],
                value,
                &format!("{path}<{kind}>"),
                wrong,
            );
        }
    }
}

fn check_string(schema: &Value, text: &str, path: &str, wrong: &mut Vec<String>) {
    if schema["maxLength"]
        .as_u64()
        .is_some_and(|most| text.len() as u64 > most)
    {
        wrong.push(format!("{path}: too long"));
    }
    let plc = |did: &str| {
        did.strip_prefix("did:plc:")
            .is_some_and(|id| id.len() == 24)
            || did.starts_with("did:web:")
    };
    let fits = match schema["format"].as_str().unwrap_or_default() {
        "did" => plc(text),
        "handle" => text.contains('.') && !text.contains(':'),
        "at-identifier" => text.contains('.') || plc(text),
        "at-uri" => text.strip_prefix("at://").is_some_and(|rest| {
            let parts: Vec<&str> = rest.split('/').collect();
            plc(parts[0]) && parts.len() == 3
        }),
        "cid" => text.len() == 59 && (text.starts_with("bafyrei") || text.starts_with("bafkrei")),
        "tid" => text.len() == 13,
        "datetime" => {
            text.len() == 24
                && text.ends_with('Z')
                && text.parse::<sociable::jiff::Timestamp>().is_ok()
        }
        "uri" => text.contains(':'),
        _ => true,
    };
    if !fits {
        wrong.push(format!("{path}: {text:?} is not a {}", schema["format"]));
    }
}
