//! An OpenAPI document as its operations and schemas, with every reference resolved.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Exceptions;

/// Words that say nothing that can be checked.
const SILENT: &[&str] = &[
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
    "xml",
    "$comment",
    "contentEncoding",
    "contentMediaType",
];

/// Words that are checked.
const KEYWORDS: &[&str] = &[
    "$ref",
    "type",
    "format",
    "enum",
    "const",
    "nullable",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "discriminator",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "pattern",
];

#[derive(Debug)]
pub(super) struct Param {
    pub(super) name: String,
    /// `query`, `path`, `header` or `cookie`.
    pub(super) place: String,
    pub(super) required: bool,
    /// Whether each item of a list has a parameter of its own.
    pub(super) explode: bool,
    /// Whether it is an object, of which each field has a parameter of its own: `name[field]`.
    pub(super) deep: bool,
    pub(super) node: Value,
}

#[derive(Debug)]
pub(super) struct Body {
    pub(super) required: bool,
    /// Schemas by the type of the content.
    pub(super) content: BTreeMap<String, Value>,
}

#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) params: Vec<Param>,
    pub(super) body: Option<Body>,
    /// Schemas by the status; an answer may have several.
    pub(super) answers: BTreeMap<String, Vec<Value>>,
    /// Whatever one of these takes: a scheme and its scopes.
    pub(super) security: Vec<(String, Vec<String>)>,
}

#[derive(Debug)]
pub(super) struct Document {
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) schemas: BTreeMap<String, Value>,
    pub(super) exceptions: Exceptions,
}

/// What a document says of a property, and of which schema it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Property<'a> {
    pub(super) node: &'a Value,
    pub(super) required: bool,
}

fn object<'a>(value: Option<&'a Value>, at: &str) -> Result<&'a Map<String, Value>, String> {
    value
        .and_then(Value::as_object)
        .ok_or_else(|| format!("{at}: not an object"))
}

fn text(value: &Value, name: &str, at: &str) -> Result<String, String> {
    let found = value.get(name).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| format!("{at} has no {name}"))
}

impl Document {
    pub(super) fn read(whole: Value, exceptions: Exceptions) -> Result<Self, String> {
        let version = text(&whole, "openapi", "the document")?;
        if !version.starts_with("3.0") && !version.starts_with("3.1") {
            return Err(format!("OpenAPI {version} is not understood"));
        }
        let schemas = whole.pointer("/components/schemas");
        let mut document = Self {
            operations: BTreeMap::new(),
            schemas: object(schemas, "components.schemas")?
                .iter()
                .map(|(name, node)| (name.clone(), node.clone()))
                .collect(),
            exceptions,
        };
        for (path, item) in object(whole.get("paths"), "paths")? {
            let shared = item.get("parameters").and_then(Value::as_array);
            for (method, node) in object(Some(item), path)? {
                let method = method.to_ascii_uppercase();
                if ["PARAMETERS", "SUMMARY", "DESCRIPTION", "SERVERS"].contains(&method.as_str()) {
                    continue;
                }
                let name = format!("{method} {path}");
                let read = operation(&whole, node, shared, method, path)
                    .map_err(|e| format!("{name}: {e}"))?;
                document.operations.insert(name, read);
            }
        }
        document.except()?;
        for (name, node) in &document.schemas {
            document.understood(name, node)?;
        }
        for (name, operation) in &document.operations {
            let bodies = operation.body.iter().flat_map(|body| body.content.values());
            let answers = operation.answers.values().flatten();
            let params = operation.params.iter().map(|param| &param.node);
            for node in params.chain(bodies).chain(answers) {
                document.understood(name, node)?;
            }
        }
        Ok(document)
    }

    /// Adds what the exceptions say, and refuses those that are not needed.
    fn except(&mut self) -> Result<(), String> {
        let rules = self.exceptions;
        for (schema, name, node, _) in rules.properties {
            let node: Value =
                serde_json::from_str(node).map_err(|e| format!("{schema}.{name}: {e}"))?;
            let known = self
                .schemas
                .get_mut(*schema)
                .and_then(Value::as_object_mut)
                .ok_or_else(|| format!("the exception {schema}.{name} is of no schema"))?;
            let properties = known.entry("properties").or_insert_with(|| json!({}));
            if properties.get(name).is_some() {
                return Err(format!("the exception {schema}.{name} is no longer needed"));
            }
            properties[name] = node;
        }
        for (schema, name, word, _) in rules.words {
            let known = self.schemas.get_mut(*schema);
            let list =
                known.and_then(|known| known.pointer_mut(&format!("/properties/{name}/enum")));
            let list = list.and_then(Value::as_array_mut);
            let list = list.filter(|list| !list.contains(&json!(word)));
            let Some(list) = list else {
                return Err(format!(
                    "the exception {schema}.{name} = {word} is no longer needed"
                ));
            };
            list.push(json!(word));
        }
        for (schema, name, _) in rules.optional {
            let required = self
                .schemas
                .get_mut(*schema)
                .and_then(|s| s.get_mut("required"));
            let list = required.and_then(Value::as_array_mut);
            let known = list.map(|list| {
                let before = list.len();
                list.retain(|word| word != name);
                before != list.len()
            });
            if known != Some(true) {
                return Err(format!("the exception {schema}.{name} is no longer needed"));
            }
        }
        let params = || self.operations.values().flat_map(|o| &o.params);
        for (name, other, _) in rules.params {
            if !params().any(|param| param.name == *name) {
                return Err(format!("the exception for the parameter {name} is of none"));
            }
            let both = self.operations.values().any(|o| {
                let has = |name: &str| o.params.iter().any(|param| param.name == name);
                has(name) && has(other)
            });
            if both {
                return Err(format!(
                    "the exception {name} = {other} is no longer needed"
                ));
            }
        }
        for (name, value, _) in rules.values {
            let mut of = params().filter(|param| param.name == *name).peekable();
            if of.peek().is_none() {
                return Err(format!("the exception for the parameter {name} is of none"));
            }
            let listed = |param: &Param| {
                let node = self.resolve(param.node.get("items").unwrap_or(&param.node));
                let list = node.get("enum").and_then(Value::as_array);
                list.is_none_or(|list| list.contains(&json!(value)))
            };
            if of.all(listed) {
                return Err(format!("the exception {name}={value} is no longer needed"));
            }
        }
        for (name, ..) in rules.needs {
            if !self.operations.contains_key(*name) {
                return Err(format!("the exception for {name} is of no operation"));
            }
        }
        Ok(())
    }

    /// What a node is in the end.
    pub(super) fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match self.target(node) {
            Some((_, node)) => self.resolve(node),
            None => node,
        }
    }

    pub(super) fn target(&self, node: &Value) -> Option<(&str, &Value)> {
        let name = node
            .get("$ref")?
            .as_str()?
            .strip_prefix("#/components/schemas/")?;
        let found = self.schemas.get_key_value(name);
        found.map(|(name, node)| (name.as_str(), node))
    }

    /// A node with everything that holds at the same place.
    pub(super) fn parts<'a>(&'a self, node: &'a Value) -> Vec<&'a Value> {
        let mut parts = Vec::new();
        if let Some((_, node)) = self.target(node) {
            parts.extend(self.parts(node));
        }
        let all = node.get("allOf").and_then(Value::as_array);
        for node in all.into_iter().flatten() {
            parts.extend(self.parts(node));
        }
        parts.push(node);
        parts
    }

    /// The properties of an object that these parts describe.
    pub(super) fn properties<'a>(&self, parts: &[&'a Value]) -> BTreeMap<&'a str, Property<'a>> {
        let mut found = BTreeMap::new();
        for part in parts {
            let own = part.get("properties").and_then(Value::as_object);
            for (name, node) in own.into_iter().flatten() {
                let required = false;
                found.insert(name.as_str(), Property { node, required });
            }
        }
        for part in parts {
            let required = part.get("required").and_then(Value::as_array);
            for name in required.into_iter().flatten().filter_map(Value::as_str) {
                if let Some(property) = found.get_mut(name) {
                    property.required = true;
                }
            }
        }
        found
    }

    /// The operation that a method and a path name, with what stands in the path.
    pub(super) fn find(
        &self,
        method: &str,
        path: &str,
    ) -> Option<(&str, &Operation, BTreeMap<String, String>)> {
        let mut best: Option<(&str, &Operation, BTreeMap<String, String>)> = None;
        for (name, operation) in &self.operations {
            if operation.method != method {
                continue;
            }
            let Some(parts) = placed(&operation.path, path) else {
                continue;
            };
            // What is named in full goes before what stands for anything.
            if best
                .as_ref()
                .is_none_or(|(_, _, held)| parts.len() < held.len())
            {
                best = Some((name, operation, parts));
            }
        }
        best
    }

    /// Whether every keyword of a node is understood, and every reference leads somewhere.
    fn understood(&self, at: &str, node: &Value) -> Result<(), String> {
        // `true` and `false` are schemas of 3.1.
        if node.is_boolean() {
            return Ok(());
        }
        let map = object(Some(node), at)?;
        for word in map.keys() {
            let known = KEYWORDS.contains(&word.as_str())
                || SILENT.contains(&word.as_str())
                || word.starts_with("x-");
            if !known {
                return Err(format!("{at}: the keyword {word} is not understood"));
            }
        }
        if let Some(reference) = map.get("$ref")
            && self.target(node).is_none()
        {
            return Err(format!("{at}: the reference {reference} leads nowhere"));
        }
        if let Some(properties) = map.get("properties") {
            for (name, node) in object(Some(properties), at)? {
                self.understood(&format!("{at}.{name}"), node)?;
            }
        }
        let one = ["items", "additionalProperties", "propertyNames"];
        for node in one.iter().filter_map(|word| map.get(*word)) {
            self.understood(at, node)?;
        }
        for list in ["allOf", "oneOf", "anyOf"] {
            let nodes = map.get(list).and_then(Value::as_array);
            for node in nodes.into_iter().flatten() {
                self.understood(at, node)?;
            }
        }
        Ok(())
    }
}

/// What stands in a path, by the names of a template.
fn placed(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut found = BTreeMap::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(want), Some(part)) => {
                let name = want
                    .strip_prefix('{')
                    .and_then(|want| want.strip_suffix('}'));
                match name {
                    Some(_) if part.is_empty() => return None,
                    Some(name) => {
                        found.insert(name.to_owned(), part.to_owned());
                    }
                    None if want != part => return None,
                    None => {}
                }
            }
            _ => return None,
        }
    }
}

/// What a reference within the document leads to.
fn follow<'a>(whole: &'a Value, node: &'a Value) -> Result<&'a Value, String> {
    let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
        return Ok(node);
    };
    let pointer = reference.strip_prefix('#').unwrap_or(reference);
    let found = whole.pointer(pointer);
    found.ok_or_else(|| format!("the reference {reference} leads nowhere"))
}

fn contents(node: &Value) -> BTreeMap<String, Value> {
    let content = node.get("content").and_then(Value::as_object);
    let pairs = content.into_iter().flatten();
    pairs
        .map(|(kind, node)| {
            let schema = node.get("schema").cloned();
            (
                kind.to_ascii_lowercase(),
                schema.unwrap_or_else(|| json!({})),
            )
        })
        .collect()
}

fn operation(
    whole: &Value,
    node: &Value,
    shared: Option<&Vec<Value>>,
    method: String,
    path: &str,
) -> Result<Operation, String> {
    let own = node.get("parameters").and_then(Value::as_array);
    let mut params: Vec<Param> = Vec::new();
    for node in shared.into_iter().chain(own).flatten() {
        let node = follow(whole, node)?;
        let name = text(node, "name", "a parameter")?;
        let place = text(node, "in", &name)?;
        let style = node.get("style").and_then(Value::as_str).unwrap_or("form");
        if place == "query" && style != "form" && style != "deepObject" {
            return Err(format!("{name}: the style {style} is not understood"));
        }
        let explode = node.get("explode").and_then(Value::as_bool).unwrap_or(true);
        let schema = node.get("schema").cloned().unwrap_or_else(|| json!({}));
        let required = node.get("required") == Some(&json!(true));
        params.retain(|known| known.name != name || known.place != place);
        params.push(Param {
            name,
            place,
            required,
            explode,
            deep: style == "deepObject",
            node: schema,
        });
    }
    let body = match node.get("requestBody") {
        None => None,
        Some(body) => {
            let body = follow(whole, body)?;
            Some(Body {
                required: body.get("required") == Some(&json!(true)),
                content: contents(body),
            })
        }
    };
    let mut answers = BTreeMap::new();
    for (status, answer) in object(node.get("responses"), "responses")? {
        let answer = follow(whole, answer)?;
        answers.insert(status.clone(), contents(answer).into_values().collect());
    }
    let listed = node.get("security").or_else(|| whole.get("security"));
    let mut security = Vec::new();
    for one in listed.and_then(Value::as_array).into_iter().flatten() {
        for (scheme, scopes) in object(Some(one), "security")? {
            let scopes = scopes.as_array().into_iter().flatten();
            let scopes = scopes
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            security.push((scheme.clone(), scopes));
        }
    }
    Ok(Operation {
        method,
        path: path.to_owned(),
        params,
        body,
        answers,
        security,
    })
}
