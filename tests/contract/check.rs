//! What every kind of definition demands of a value.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::format;
use super::lexicon::{Lexicons, Strictness};
use super::schema::{Body, Def, Object, Schema, Size, Text};

/// One check: gathers everything that is wrong.
pub(super) struct Checker<'a> {
    lexicons: &'a Lexicons,
    strict: bool,
    wrong: Vec<String>,
}

/// The name under which a definition stands in the map.
fn full_name(kind: &str) -> String {
    if kind.contains('#') {
        kind.to_owned()
    } else {
        format!("{kind}#main")
    }
}

/// The `$type` of a definition: `main` is left out.
pub(super) fn type_of(name: &str) -> &str {
    name.strip_suffix("#main").unwrap_or(name)
}

pub(super) fn media_type_fits(wanted: &str, given: &str) -> bool {
    wanted == "*/*"
        || wanted.eq_ignore_ascii_case(given)
        || wanted.strip_suffix('*').is_some_and(|kind| {
            kind.ends_with('/')
                && given
                    .get(..kind.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(kind))
        })
}

impl<'a> Checker<'a> {
    pub(super) fn new(lexicons: &'a Lexicons) -> Self {
        Self {
            lexicons,
            strict: lexicons.strictness() == Strictness::Strict,
            wrong: Vec::new(),
        }
    }

    pub(super) fn done(self) -> Result<(), Vec<String>> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(self.wrong)
        }
    }

    pub(super) fn say(&mut self, at: &str, what: impl AsRef<str>) {
        let what = what.as_ref();
        self.wrong.push(if at.is_empty() {
            what.to_owned()
        } else {
            format!("{at}: {what}")
        });
    }

    pub(super) fn query(&mut self, params: &Object, query: &str) {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            given
                .entry(name.into_owned())
                .or_default()
                .push(value.into_owned());
        }
        for name in params
            .required
            .iter()
            .filter(|name| !given.contains_key(*name))
        {
            self.say(&format!("?{name}"), "required, but missing");
        }
        for (name, texts) in &given {
            let at = format!("?{name}");
            match params.properties.get(name) {
                None => self.say(&at, "unknown parameter"),
                Some(Schema::Array { items, size }) => {
                    self.size(*size, texts.len(), "items", &at);
                    texts.iter().for_each(|text| self.param(items, text, &at));
                }
                Some(_) if texts.len() > 1 => {
                    self.say(&at, "given more than once, but it is no array")
                }
                Some(schema) => texts.iter().for_each(|text| self.param(schema, text, &at)),
            }
        }
    }

    fn param(&mut self, schema: &Schema, text: &str, at: &str) {
        let value = match schema {
            Schema::Boolean { .. } => text.parse().ok().map(Value::Bool),
            Schema::Integer { .. } => text
                .parse::<i64>()
                .ok()
                .filter(|n| n.to_string() == text)
                .map(Value::from),
            _ => Some(Value::from(text)),
        };
        match value {
            Some(value) => self.schema(schema, &value, at, None),
            None => self.say(at, format!("{text:?} is not of the parameter's type")),
        }
    }

    /// Checks a body by what the method declares; gives the JSON that it holds, where a schema applies.
    pub(super) fn body(
        &mut self,
        declared: Option<&Body>,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Option<Value> {
        let Some(declared) = declared else {
            if !body.is_empty() && self.strict {
                self.say("", "a body, but the method declares none");
            }
            return None;
        };
        let given = content_type.map_or("", |c| c.split(';').next().unwrap_or_default().trim());
        if given.is_empty() {
            self.say(
                "",
                format!("no content type; the method declares {}", declared.encoding),
            );
        } else if !media_type_fits(&declared.encoding, given) {
            self.say(
                "",
                format!(
                    "content type {given}; the method declares {}",
                    declared.encoding
                ),
            );
        }
        let schema = declared.schema.as_ref()?;
        match serde_json::from_slice(body) {
            Ok(value) => {
                self.schema(schema, &value, "$", None);
                Some(value)
            }
            Err(e) => {
                self.say("$", format!("not JSON: {e}"));
                None
            }
        }
    }

    pub(super) fn error(&mut self, content_type: Option<&str>, body: &[u8]) {
        if !content_type.is_some_and(|c| {
            media_type_fits("application/json", c.split(';').next().unwrap_or(c).trim())
        }) {
            self.say(
                "",
                format!("content type {content_type:?}; an error is application/json"),
            );
        }
        let map = match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => map,
            Ok(_) => return self.say("$", "an error is an object"),
            Err(e) => return self.say("$", format!("not JSON: {e}")),
        };
        match map.get("error") {
            Some(Value::String(name))
                if !name.is_empty() && !name.contains(char::is_whitespace) => {}
            other => self.say("$.error", format!("{other:?} is no error name")),
        }
        if !map.get("message").is_none_or(Value::is_string) {
            self.say("$.message", "not a string");
        }
        if self.strict {
            for name in map
                .keys()
                .filter(|name| !["error", "message"].contains(&name.as_str()))
            {
                self.say(&format!("$.{name}"), "unknown property");
            }
        }
    }

    /// What the repository's writes demand beyond their schemas: the record is of its collection's type, and its key
    /// of the kind that the type declares.
    pub(super) fn write_into_repo(&mut self, nsid: &str, value: &Value) {
        match nsid {
            "com.atproto.repo.createRecord"
            | "com.atproto.repo.putRecord"
            | "com.atproto.repo.deleteRecord" => {
                self.write(value, "record", "$");
            }
            "com.atproto.repo.applyWrites" => {
                let writes = value.get("writes").and_then(Value::as_array);
                for (i, write) in writes.into_iter().flatten().enumerate() {
                    self.write(write, "value", &format!("$.writes[{i}]"));
                }
            }
            _ => {}
        }
    }

    fn write(&mut self, write: &Value, record: &str, at: &str) {
        let collection = write
            .get("collection")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some(record) = write.get(record)
            && record.get("$type").and_then(Value::as_str) != Some(collection)
        {
            self.say(
                &format!("{at}.record.$type"),
                format!("not {collection}, the collection"),
            );
        }
        let Some(key) = write.get("rkey").and_then(Value::as_str) else {
            return;
        };
        let kind = match self.lexicons.def(&full_name(collection)) {
            Some(Def::Record { key, .. }) => key.as_str(),
            _ => "any",
        };
        let fits = match kind.split_once(':') {
            Some(("literal", only)) => key == only,
            _ => format::is(kind, key).unwrap_or(true),
        };
        if !fits {
            self.say(
                &format!("{at}.rkey"),
                format!("{key:?} is no key of the kind {kind}"),
            );
        }
    }

    pub(super) fn def(&mut self, name: &str, def: &Def, value: &Value, at: &str) {
        match def {
            Def::Schema(schema) => self.schema(schema, value, at, Some(name)),
            Def::Record { schema, .. } => {
                if value.get("$type").and_then(Value::as_str) != Some(type_of(name)) {
                    self.say(&format!("{at}.$type"), format!("not {}", type_of(name)));
                }
                self.schema(schema, value, at, Some(name));
            }
            Def::Query(_) | Def::Procedure(_) | Def::Other => {
                self.say(at, format!("{name} is no kind of data"))
            }
        }
    }

    /// `name` is the definition's own, where it has one: only such an object can tell its `$type`.
    fn schema(&mut self, schema: &Schema, value: &Value, at: &str, name: Option<&str>) {
        match (schema, value) {
            (Schema::Boolean { only }, Value::Bool(b)) => {
                if only.is_some_and(|only| only != *b) {
                    self.say(at, format!("{b} where only {} may stand", !b));
                }
            }
            (Schema::Integer { min, max, one_of }, Value::Number(n)) => match n.as_i64() {
                None => self.say(at, format!("{n} is no 64-bit integer")),
                Some(n) => {
                    if min.is_some_and(|min| n < min) || max.is_some_and(|max| n > max) {
                        self.say(at, format!("{n} is not within {min:?} and {max:?}"));
                    }
                    if !one_of.is_empty() && !one_of.contains(&n) {
                        self.say(at, format!("{n} is not one of {one_of:?}"));
                    }
                }
            },
            (Schema::String(rule), Value::String(text)) => self.text(rule, text, at),
            (Schema::Token, Value::String(text)) => {
                if name.is_some_and(|name| type_of(name) != text) {
                    self.say(at, format!("{text:?} is not the token"));
                }
            }
            (Schema::Bytes { size }, Value::Object(map)) => match decoded_bytes(map) {
                Some(length) => self.size(*size, length, "bytes", at),
                None => self.say(at, "not {\"$bytes\": base64}"),
            },
            (Schema::CidLink, Value::Object(map)) => {
                if !is_link(map) {
                    self.say(at, "not {\"$link\": CID}");
                }
            }
            (Schema::Array { items, size }, Value::Array(list)) => {
                self.size(*size, list.len(), "items", at);
                for (i, item) in list.iter().enumerate() {
                    self.schema(items, item, &format!("{at}[{i}]"), None);
                }
            }
            (Schema::Object(rule), Value::Object(map)) => self.object(rule, map, at, name),
            (Schema::Blob { accept, max }, Value::Object(map)) => self.blob(accept, *max, map, at),
            (Schema::Unknown, Value::Object(map)) => self.unknown(map, value, at),
            (Schema::Ref(name), _) => match self.lexicons.def(name) {
                Some(def) => self.def(name, def, value, at),
                None => self.say(at, format!("{name} leads nowhere")),
            },
            (Schema::Union { refs, closed }, Value::Object(map)) => {
                self.union(refs, *closed, map, value, at)
            }
            (schema, value) => self.say(
                at,
                format!("{} where {} should stand", kind(value), wanted(schema)),
            ),
        }
    }

    fn size(&mut self, size: Size, given: usize, unit: &str, at: &str) {
        let given = given as u64;
        if let Some(max) = size.max.filter(|max| given > *max) {
            self.say(at, format!("{given} {unit}, at most {max}"));
        }
        if let Some(min) = size.min.filter(|min| given < *min) {
            self.say(at, format!("{given} {unit}, at least {min}"));
        }
    }

    fn text(&mut self, rule: &Text, text: &str, at: &str) {
        self.size(rule.bytes, text.len(), "bytes", at);
        if rule.graphemes.min.is_some() || rule.graphemes.max.is_some() {
            self.size(
                rule.graphemes,
                text.graphemes(true).count(),
                "graphemes",
                at,
            );
        }
        if let Some(name) = &rule.format
            && format::is(name, text) != Some(true)
        {
            self.say(at, format!("{text:?} is no {name}"));
        }
        if !rule.one_of.is_empty() && !rule.one_of.iter().any(|one| one == text) {
            self.say(at, format!("{text:?} is not one of {:?}", rule.one_of));
        }
    }

    fn object(&mut self, rule: &Object, map: &Map<String, Value>, at: &str, name: Option<&str>) {
        for missing in rule.required.iter().filter(|name| !map.contains_key(*name)) {
            self.say(&format!("{at}.{missing}"), "required, but missing");
        }
        for (key, value) in map {
            let at = format!("{at}.{key}");
            match rule.properties.get(key) {
                Some(_) if value.is_null() && rule.nullable.contains(key) => {}
                Some(schema) => self.schema(schema, value, &at, None),
                None if !self.strict => {}
                None if key == "$type" => {
                    if value.as_str().is_none() || value.as_str() != name.map(type_of) {
                        self.say(&at, format!("{value} is not the object's type"));
                    }
                }
                None => self.say(&at, "unknown property"),
            }
        }
    }

    fn union(
        &mut self,
        refs: &[String],
        closed: bool,
        map: &Map<String, Value>,
        value: &Value,
        at: &str,
    ) {
        let Some(kind) = map
            .get("$type")
            .and_then(Value::as_str)
            .filter(|kind| !kind.is_empty())
        else {
            return self.say(
                &format!("{at}.$type"),
                "a member of a union must name its type",
            );
        };
        if self.strict && kind.ends_with("#main") {
            self.say(&format!("{at}.$type"), "#main is left out");
        }
        let name = full_name(kind);
        match self.lexicons.def(&name) {
            Some(def) if refs.contains(&name) => self.def(&name, def, value, at),
            _ if closed || self.strict => {
                self.say(
                    &format!("{at}.$type"),
                    format!("{kind} is not one of {}", refs.join(", ")),
                );
            }
            _ => {}
        }
    }

    fn blob(&mut self, accept: &[String], max: Option<u64>, map: &Map<String, Value>, at: &str) {
        // The first form of blobs, still met in old records: no size is known.
        let legacy = !map.contains_key("$type") && map.get("cid").is_some_and(Value::is_string);
        if legacy && !self.strict {
            return;
        }
        if map.get("$type").and_then(Value::as_str) != Some("blob") {
            self.say(&format!("{at}.$type"), "not blob");
        }
        if !map
            .get("ref")
            .and_then(Value::as_object)
            .is_some_and(is_link)
        {
            self.say(&format!("{at}.ref"), "not {\"$link\": CID}");
        }
        match map.get("mimeType").and_then(Value::as_str) {
            Some(given) if given.contains('/') => {
                if !accept.is_empty() && !accept.iter().any(|wanted| media_type_fits(wanted, given))
                {
                    self.say(
                        &format!("{at}.mimeType"),
                        format!("{given}, but accepted are {}", accept.join(", ")),
                    );
                }
            }
            _ => self.say(&format!("{at}.mimeType"), "no media type"),
        }
        match map.get("size").and_then(Value::as_u64) {
            Some(0) | None => self.say(&format!("{at}.size"), "no positive integer"),
            Some(size) => {
                if let Some(max) = max.filter(|max| size > *max) {
                    self.say(
                        &format!("{at}.size"),
                        format!("{size} bytes, at most {max}"),
                    );
                }
            }
        }
        if self.strict {
            let known = ["$type", "ref", "mimeType", "size"];
            for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
                self.say(&format!("{at}.{name}"), "unknown property");
            }
        }
    }

    /// Data that the schema leaves open. What names a type that the lexicons know must be of that type.
    fn unknown(&mut self, map: &Map<String, Value>, value: &Value, at: &str) {
        if let Some(kind) = map.get("$type") {
            let Some(kind) = kind.as_str() else {
                return self.say(&format!("{at}.$type"), "not a string");
            };
            let name = full_name(kind);
            if let Some(def @ (Def::Record { .. } | Def::Schema(Schema::Object(_)))) =
                self.lexicons.def(&name)
            {
                return self.def(&name, def, value, at);
            }
        }
        if self.strict {
            self.data(value, at);
        }
    }

    /// The data model: no fractions, integers that every language holds, links and bytes in their one form.
    fn data(&mut self, value: &Value, at: &str) {
        const SAFE: i64 = (1 << 53) - 1;
        match value {
            Value::Number(n) => {
                if !n.as_i64().is_some_and(|n| (-SAFE..=SAFE).contains(&n)) {
                    self.say(at, format!("{n} is no integer of 53 bits"));
                }
            }
            Value::Array(list) => {
                for (i, item) in list.iter().enumerate() {
                    self.data(item, &format!("{at}[{i}]"));
                }
            }
            Value::Object(map) => {
                if map.contains_key("$link") && !is_link(map) {
                    self.say(at, "not {\"$link\": CID}");
                }
                if map.contains_key("$bytes") && decoded_bytes(map).is_none() {
                    self.say(at, "not {\"$bytes\": base64}");
                }
                if map.get("$type").and_then(Value::as_str) == Some("blob") {
                    self.blob(&[], None, map, at);
                }
                for (key, item) in map {
                    self.data(item, &format!("{at}.{key}"));
                }
            }
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }
}

fn is_link(map: &Map<String, Value>) -> bool {
    map.len() == 1
        && map
            .get("$link")
            .and_then(Value::as_str)
            .is_some_and(format::cid)
}

/// How many bytes `{"$bytes": base64}` stands for.
fn decoded_bytes(map: &Map<String, Value>) -> Option<usize> {
    let text = map.get("$bytes").filter(|_| map.len() == 1)?.as_str()?;
    let digits = text.trim_end_matches('=');
    let clean = digits
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    let padded =
        text.len() == digits.len() || text.len() % 4 == 0 && text.len() - digits.len() <= 2;
    (clean && padded && digits.len() % 4 != 1).then_some(digits.len() * 3 / 4)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn wanted(schema: &Schema) -> &'static str {
    match schema {
        Schema::Boolean { .. } => "a boolean",
        Schema::Integer { .. } => "an integer",
        Schema::String(_) | Schema::Token => "a string",
        Schema::Array { .. } => "an array",
        _ => "an object",
    }
}
