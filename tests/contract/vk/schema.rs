//! The files of the contract, and what their references lead to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use super::exceptions;

/// Everything that the contract says.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    /// Definitions by their names, which no two files share.
    pub(super) defs: BTreeMap<String, Value>,
    pub(super) methods: BTreeMap<String, Value>,
    /// Codes of errors with their names.
    pub(super) errors: BTreeMap<i64, String>,
}

/// What a keyword that is not understood would leave unchecked.
const KEYWORDS: [&str; 25] = [
    "type",
    "$ref",
    "properties",
    "required",
    "items",
    "enum",
    "enumNames",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "allOf",
    "oneOf",
    "discriminator",
    "additionalProperties",
    "format",
    // What is told to people.
    "description",
    "entity",
    "default",
    "name",
    "deprecated_from_version",
];

/// The type of an event to the definition of its object.
pub(super) fn event_object(kind: &str) -> Option<String> {
    let own = |name: &str| Some(format!("callback_{name}"));
    match kind {
        "confirmation" => None,
        "message_new" => own("message_object"),
        "message_reply" | "message_edit" => own("message"),
        "like_add" | "like_remove" => own("like_add_remove"),
        "wall_reply_delete" => own("wall_comment_delete"),
        "photo_comment_new" | "photo_comment_edit" | "photo_comment_restore" => {
            own("photo_comment")
        }
        "video_comment_new" | "video_comment_edit" | "video_comment_restore" => {
            own("video_comment")
        }
        "market_comment_new" | "market_comment_edit" | "market_comment_restore" => {
            own("market_comment")
        }
        // The schema names these types and describes no objects of theirs.
        "lead_forms_new" | "market_order_new" | "market_order_edit" | "messages_edit" => None,
        other => own(other),
    }
}

impl Schemas {
    /// Every type of event: those that the schema lists, and those that its settings or exceptions name.
    pub(super) fn event_types(&self) -> BTreeSet<&str> {
        let listed = self
            .defs
            .get("callback_type")
            .and_then(|node| node.get("enum"));
        let mut types: BTreeSet<&str> = listed
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        types.extend(exceptions::EVENT_TYPES.iter().map(|(kind, _)| *kind));
        types
    }

    pub(super) fn response(&self, method: &str, variant: &str) -> Option<&Value> {
        let responses = self.methods.get(method)?.get("responses")?;
        responses.get(variant)
    }

    /// The name and the node that a reference leads to.
    pub(super) fn target(&self, node: &Value) -> Option<(&str, &Value)> {
        let reference = node.get("$ref")?.as_str()?;
        let (_, name) = reference.rsplit_once('/')?;
        self.defs
            .get_key_value(name)
            .map(|(name, node)| (name.as_str(), node))
    }

    /// A node with everything that holds at the same place: what it refers to and all of `allOf`, each with the name
    /// of its definition.
    pub(super) fn parts<'a>(&'a self, name: &'a str, node: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let mut parts = Vec::new();
        if let Some((name, node)) = self.target(node) {
            parts.extend(self.parts(name, node));
        }
        for node in node
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            parts.extend(self.parts(name, node));
        }
        // What stands here says more than what it refers to.
        parts.push((name, node));
        parts
    }

    /// The properties of an object that is described by these parts, with what the exceptions add.
    pub(super) fn properties<'a>(
        &'a self,
        parts: &[(&'a str, &'a Value)],
    ) -> BTreeMap<&'a str, Property<'a>> {
        let mut properties = BTreeMap::new();
        for (name, node) in parts {
            let own = node.get("properties").and_then(Value::as_object);
            for (property, node) in own.into_iter().flatten() {
                let required = node.get("required") == Some(&Value::Bool(true))
                    && !exceptions::may_be_missing(name, property);
                properties.insert(property.as_str(), Property { node, required });
            }
            for (property, node) in exceptions::properties(name) {
                properties.entry(property).or_insert(Property {
                    node,
                    required: false,
                });
            }
        }
        properties
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Property<'a> {
    pub(super) node: &'a Value,
    pub(super) required: bool,
}

pub(super) fn read(folder: &Path) -> Result<Schemas, String> {
    let mut schemas = Schemas::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str());
            let known = [
                "methods.json",
                "objects.json",
                "responses.json",
                "errors.json",
            ];
            if !name.is_some_and(|name| known.contains(&name)) {
                continue;
            }
            let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let value: Value =
                serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
            file(value, &mut schemas).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    if schemas.methods.is_empty() || schemas.defs.is_empty() || schemas.errors.is_empty() {
        return Err(format!("{} holds no contract of VK", folder.display()));
    }
    exceptions::add(&mut schemas.defs);
    for (name, node) in &schemas.defs {
        understood(&schemas, name, node)?;
    }
    for (name, method) in &schemas.methods {
        let params = method.get("parameters").and_then(Value::as_array);
        for node in params.into_iter().flatten() {
            understood(&schemas, name, node)?;
        }
        let responses = method
            .get("responses")
            .and_then(Value::as_object)
            .ok_or_else(|| format!("{name} has no responses"))?;
        for node in responses.values() {
            understood(&schemas, name, node)?;
        }
    }
    Ok(schemas)
}

fn file(value: Value, schemas: &mut Schemas) -> Result<(), String> {
    let Value::Object(mut file) = value else {
        return Err("not an object".to_owned());
    };
    if let Some(version) = file.get("version")
        && version != "5.199"
    {
        return Err(format!("the version is {version}, not 5.199"));
    }
    if let Some(errors) = file.get("errors").and_then(Value::as_object) {
        for (name, error) in errors {
            let code = error
                .get("code")
                .and_then(Value::as_i64)
                .ok_or_else(|| format!("{name} has no code"))?;
            schemas.errors.insert(code, name.clone());
        }
        return Ok(());
    }
    if let Some(Value::Array(methods)) = file.remove("methods") {
        for method in methods {
            let name = method
                .get("name")
                .and_then(Value::as_str)
                .ok_or("a method without a name")?
                .to_owned();
            if schemas.methods.insert(name.clone(), method).is_some() {
                return Err(format!("{name} is described twice"));
            }
        }
    }
    if let Some(Value::Object(defs)) = file.remove("definitions") {
        for (name, node) in defs {
            if schemas.defs.insert(name.clone(), node).is_some() {
                return Err(format!("{name} is defined twice"));
            }
        }
    }
    Ok(())
}

fn object<'a>(node: &'a Value, at: &str) -> Result<&'a Map<String, Value>, String> {
    node.as_object()
        .ok_or_else(|| format!("{at}: not an object"))
}

/// Whether every keyword of a node and of what it holds is understood, and every reference leads somewhere.
fn understood(schemas: &Schemas, at: &str, node: &Value) -> Result<(), String> {
    let map = object(node, at)?;
    if let Some(word) = map.keys().find(|word| !KEYWORDS.contains(&word.as_str())) {
        return Err(format!("{at}: the keyword {word} is not understood"));
    }
    if map.contains_key("$ref") && schemas.target(node).is_none() {
        return Err(format!("{at}: the reference {} leads nowhere", map["$ref"]));
    }
    if let Some(properties) = map.get("properties") {
        for (name, node) in object(properties, at)? {
            understood(schemas, &format!("{at}.{name}"), node)?;
        }
    }
    if let Some(items) = map.get("items") {
        understood(schemas, at, items)?;
    }
    for list in ["allOf", "oneOf"] {
        let nodes = map.get(list).and_then(Value::as_array);
        for node in nodes.into_iter().flatten() {
            understood(schemas, at, node)?;
        }
    }
    Ok(())
}
