//! Lexicon files as typed definitions, with every reference resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

/// A definition that is named in a file (`nsid#name`).
#[derive(Debug)]
pub enum Def {
    Schema(Schema),
    Record {
        key: String,
        schema: Schema,
    },
    Query(Method),
    Procedure(Method),
    /// Streams and permission sets: nothing that a request or an answer holds.
    Other,
}

#[derive(Debug, Default)]
pub struct Method {
    pub params: Object,
    pub input: Option<Body>,
    pub output: Option<Body>,
}

#[derive(Debug)]
pub struct Body {
    pub encoding: String,
    pub schema: Option<Schema>,
}

#[derive(Debug)]
pub enum Schema {
    Boolean {
        only: Option<bool>,
    },
    Integer {
        min: Option<i64>,
        max: Option<i64>,
        one_of: Vec<i64>,
    },
    String(Text),
    Bytes {
        size: Size,
    },
    CidLink,
    Array {
        items: Box<Schema>,
        size: Size,
    },
    Object(Object),
    Blob {
        accept: Vec<String>,
        max: Option<u64>,
    },
    Unknown,
    Ref(String),
    Union {
        refs: Vec<String>,
        closed: bool,
    },
    Token,
}

#[derive(Debug, Default)]
pub struct Text {
    pub format: Option<String>,
    pub bytes: Size,
    pub graphemes: Size,
    pub one_of: Vec<String>,
    pub known: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy)]
pub struct Size {
    pub min: Option<u64>,
    pub max: Option<u64>,
}

#[derive(Debug, Default)]
pub struct Object {
    pub properties: BTreeMap<String, Schema>,
    pub required: BTreeSet<String>,
    pub nullable: BTreeSet<String>,
}

/// Reads every `*.json` under `folder`.
pub fn read(folder: &Path) -> Result<BTreeMap<String, Def>, String> {
    let mut defs = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry
                .map_err(|e| format!("{}: {e}", folder.display()))?
                .path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                file(&text, &mut defs).map_err(|e| format!("{}: {e}", path.display()))?;
            }
        }
    }
    if defs.is_empty() {
        return Err(format!("{} holds no lexicons", folder.display()));
    }
    let mut names = Vec::new();
    for def in defs.values() {
        references(def, &mut names);
    }
    match names.into_iter().find(|name| !defs.contains_key(*name)) {
        Some(name) => Err(format!("the reference {name} leads nowhere")),
        None => Ok(defs),
    }
}

fn references<'a>(def: &'a Def, out: &mut Vec<&'a str>) {
    fn schema<'a>(s: &'a Schema, out: &mut Vec<&'a str>) {
        match s {
            Schema::Ref(name) => out.push(name),
            Schema::Union { refs, .. } => out.extend(refs.iter().map(String::as_str)),
            Schema::Array { items, .. } => schema(items, out),
            Schema::Object(object) => object.properties.values().for_each(|s| schema(s, out)),
            _ => {}
        }
    }
    match def {
        Def::Schema(s) | Def::Record { schema: s, .. } => schema(s, out),
        Def::Query(m) | Def::Procedure(m) => {
            let bodies = [&m.input, &m.output];
            bodies
                .into_iter()
                .flatten()
                .filter_map(|b| b.schema.as_ref())
                .for_each(|s| schema(s, out));
        }
        Def::Other => {}
    }
}

fn file(text: &[u8], defs: &mut BTreeMap<String, Def>) -> Result<(), String> {
    let value: Value = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    if value.get("lexicon") != Some(&Value::from(1)) {
        return Err("not a lexicon of version 1".to_owned());
    }
    let id = value.get("id").and_then(Value::as_str).ok_or("no id")?;
    let named = value
        .get("defs")
        .and_then(Value::as_object)
        .ok_or("no defs")?;
    for (name, value) in named {
        let def = def(&Reader {
            id,
            at: name,
            map: object(value, name)?,
        })?;
        if defs.insert(format!("{id}#{name}"), def).is_some() {
            return Err(format!("{id}#{name} is defined twice"));
        }
    }
    Ok(())
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{at}: not an object"))
}

/// One JSON object of a lexicon, with the words that tell where it stands.
struct Reader<'a> {
    id: &'a str,
    at: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Reader<'a> {
    fn kind(&self) -> Result<&'a str, String> {
        self.text("type")?.ok_or_else(|| self.wrong("type"))
    }

    fn wrong(&self, key: &str) -> String {
        format!("{}#{}: cannot use {key}", self.id, self.at)
    }

    /// A keyword that is not understood is a rule that would not be checked.
    fn only(&self, known: &[&str]) -> Result<(), String> {
        let plain = ["type", "description", "default"];
        match self
            .map
            .keys()
            .find(|k| !plain.contains(&k.as_str()) && !known.contains(&k.as_str()))
        {
            Some(key) => Err(self.wrong(key)),
            None => Ok(()),
        }
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, String> {
        self.map
            .get(key)
            .map(|v| v.as_str().ok_or_else(|| self.wrong(key)))
            .transpose()
    }

    fn number(&self, key: &str) -> Result<Option<i64>, String> {
        self.map
            .get(key)
            .map(|v| v.as_i64().ok_or_else(|| self.wrong(key)))
            .transpose()
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        self.map
            .get(key)
            .map(|v| v.as_bool().ok_or_else(|| self.wrong(key)))
            .transpose()
    }

    fn size(&self, min: &str, max: &str) -> Result<Size, String> {
        let read = |key| {
            self.map
                .get(key)
                .map(|v| v.as_u64().ok_or_else(|| self.wrong(key)))
                .transpose()
        };
        Ok(Size {
            min: read(min)?,
            max: read(max)?,
        })
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, String> {
        let Some(value) = self.map.get(key) else {
            return Ok(Vec::new());
        };
        let list = value.as_array().ok_or_else(|| self.wrong(key))?;
        list.iter()
            .map(|v| v.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key)))
            .collect()
    }

    fn child(&self, key: &str) -> Result<Option<Reader<'a>>, String> {
        let Some(value) = self.map.get(key) else {
            return Ok(None);
        };
        let map = value.as_object().ok_or_else(|| self.wrong(key))?;
        Ok(Some(Reader {
            id: self.id,
            at: self.at,
            map,
        }))
    }

    fn name(&self, reference: &str) -> String {
        let reference = reference.strip_prefix("lex:").unwrap_or(reference);
        match reference.split_once('#') {
            Some(("", name)) => format!("{}#{name}", self.id),
            Some(_) => reference.to_owned(),
            None => format!("{reference}#main"),
        }
    }
}

fn def(r: &Reader<'_>) -> Result<Def, String> {
    Ok(match r.kind()? {
        "record" => {
            r.only(&["key", "record"])?;
            let key = r.text("key")?.ok_or_else(|| r.wrong("key"))?.to_owned();
            Def::Record {
                key,
                schema: schema(&r.child("record")?.ok_or_else(|| r.wrong("record"))?)?,
            }
        }
        "query" => {
            r.only(&["parameters", "output", "errors"])?;
            Def::Query(method(r)?)
        }
        "procedure" => {
            r.only(&["parameters", "input", "output", "errors"])?;
            Def::Procedure(method(r)?)
        }
        "subscription" | "permission-set" => Def::Other,
        _ => Def::Schema(schema(r)?),
    })
}

fn method(r: &Reader<'_>) -> Result<Method, String> {
    let params = match r.child("parameters")? {
        Some(p) if p.kind()? == "params" => properties(&p)?,
        Some(_) => return Err(r.wrong("parameters")),
        None => Object::default(),
    };
    let body = |key| -> Result<Option<Body>, String> {
        let Some(b) = r.child(key)? else {
            return Ok(None);
        };
        b.only(&["encoding", "schema"])?;
        let encoding = b.text("encoding")?.ok_or_else(|| r.wrong(key))?.to_owned();
        Ok(Some(Body {
            encoding,
            schema: b.child("schema")?.map(|s| schema(&s)).transpose()?,
        }))
    };
    Ok(Method {
        params,
        input: body("input")?,
        output: body("output")?,
    })
}

fn properties(r: &Reader<'_>) -> Result<Object, String> {
    r.only(&["required", "nullable", "properties"])?;
    let mut found = BTreeMap::new();
    if let Some(map) = r.child("properties")? {
        for (name, value) in map.map {
            let value = value.as_object().ok_or_else(|| r.wrong(name))?;
            found.insert(
                name.clone(),
                schema(&Reader {
                    id: r.id,
                    at: name,
                    map: value,
                })?,
            );
        }
    }
    let required: BTreeSet<_> = r.texts("required")?.into_iter().collect();
    if let Some(name) = required.iter().find(|name| !found.contains_key(*name)) {
        return Err(r.wrong(name));
    }
    Ok(Object {
        properties: found,
        required,
        nullable: r.texts("nullable")?.into_iter().collect(),
    })
}

fn schema(r: &Reader<'_>) -> Result<Schema, String> {
    Ok(match r.kind()? {
        "boolean" => {
            r.only(&["const"])?;
            Schema::Boolean {
                only: r.flag("const")?,
            }
        }
        "integer" => {
            r.only(&["minimum", "maximum", "enum", "const"])?;
            let mut one_of = Vec::new();
            if let Some(list) = r.map.get("enum") {
                for v in list.as_array().ok_or_else(|| r.wrong("enum"))? {
                    one_of.push(v.as_i64().ok_or_else(|| r.wrong("enum"))?);
                }
            }
            one_of.extend(r.number("const")?);
            Schema::Integer {
                min: r.number("minimum")?,
                max: r.number("maximum")?,
                one_of,
            }
        }
        "string" => {
            r.only(&[
                "format",
                "minLength",
                "maxLength",
                "minGraphemes",
                "maxGraphemes",
                "enum",
                "const",
                "knownValues",
            ])?;
            let format = r.text("format")?.map(str::to_owned);
            if let Some(name) = &format
                && super::format::is(name, "").is_none()
            {
                return Err(r.wrong(name));
            }
            let mut one_of = r.texts("enum")?;
            one_of.extend(r.text("const")?.map(str::to_owned));
            Schema::String(Text {
                format,
                bytes: r.size("minLength", "maxLength")?,
                graphemes: r.size("minGraphemes", "maxGraphemes")?,
                one_of,
                known: r.texts("knownValues")?,
            })
        }
        "bytes" => {
            r.only(&["minLength", "maxLength"])?;
            Schema::Bytes {
                size: r.size("minLength", "maxLength")?,
            }
        }
        "cid-link" => {
            r.only(&[])?;
            Schema::CidLink
        }
        "array" => {
            r.only(&["items", "minLength", "maxLength"])?;
            let items = r.child("items")?.ok_or_else(|| r.wrong("items"))?;
            Schema::Array {
                items: Box::new(schema(&items)?),
                size: r.size("minLength", "maxLength")?,
            }
        }
        "object" => Schema::Object(properties(r)?),
        "blob" => {
            r.only(&["accept", "maxSize"])?;
            Schema::Blob {
                accept: r.texts("accept")?,
                max: r.size("", "maxSize")?.max,
            }
        }
        "unknown" => {
            r.only(&[])?;
            Schema::Unknown
        }
        "ref" => {
            r.only(&["ref"])?;
            Schema::Ref(r.name(r.text("ref")?.ok_or_else(|| r.wrong("ref"))?))
        }
        "union" => {
            r.only(&["refs", "closed"])?;
            let refs = r.texts("refs")?.iter().map(|name| r.name(name)).collect();
            Schema::Union {
                refs,
                closed: r.flag("closed")?.unwrap_or(false),
            }
        }
        "token" => {
            r.only(&[])?;
            Schema::Token
        }
        other => return Err(r.wrong(other)),
    })
}
