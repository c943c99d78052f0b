//! Checks JSON against the shapes of the lexicons, with the words that a real server finds for a fault.

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::syntax::Format;

/// What a lexicon allows at one place.
#[derive(Debug)]
pub(super) enum Shape {
    /// Any JSON object of the data model.
    Object,
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Text(Text),
    Blob {
        accept: &'static [&'static str],
        max: u64,
    },
    List {
        of: &'static Shape,
        min: usize,
        max: usize,
    },
    Fields(&'static [Field]),
    /// An open union: a member that is not listed passes as it is.
    Open(&'static [(&'static str, &'static Shape)]),
    /// A closed union.
    Closed(&'static [(&'static str, &'static Shape)]),
}

/// The limits of a string.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) min_bytes: usize,
    pub(super) max_bytes: usize,
    pub(super) max_graphemes: usize,
    pub(super) format: Format,
}

/// One property of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) nullable: bool,
    pub(super) shape: &'static Shape,
}

pub(super) const fn need(name: &'static str, shape: &'static Shape) -> Field {
    Field {
        name,
        required: true,
        nullable: false,
        shape,
    }
}

pub(super) const fn may(name: &'static str, shape: &'static Shape) -> Field {
    Field {
        name,
        required: false,
        nullable: false,
        shape,
    }
}

pub(super) const fn may_be_null(name: &'static str, shape: &'static Shape) -> Field {
    Field {
        name,
        required: false,
        nullable: true,
        shape,
    }
}

pub(super) const fn format(format: Format) -> Shape {
    Shape::Text(Text {
        min_bytes: 0,
        max_bytes: usize::MAX,
        max_graphemes: usize::MAX,
        format,
    })
}

pub(super) const fn text(max_bytes: usize, max_graphemes: usize) -> Shape {
    Shape::Text(Text {
        min_bytes: 0,
        max_bytes,
        max_graphemes,
        format: Format::Any,
    })
}

/// Why a value does not fit: the message of a refusal, its JSON path at the end.
pub(super) type Misfit = String;

impl Shape {
    /// Checks a value that stands at a JSON path.
    pub(super) fn check(&self, value: &Value, path: &str) -> Result<(), Misfit> {
        match self {
            Self::Object => object(value, path).map(drop),
            Self::Bool => match value {
                Value::Bool(_) => Ok(()),
                _ => Err(wrong_type("boolean", value, path)),
            },
            Self::Int { min, max } => check_int(value, *min, *max, path),
            Self::Text(limits) => check_text(value, limits, path),
            Self::Blob { accept, max } => check_blob(value, accept, *max, path),
            Self::List { of, min, max } => {
                let Value::Array(items) = value else {
                    return Err(wrong_type("array", value, path));
                };
                if items.len() > *max {
                    return Err(format!(
                        "array too big (maximum {max}, got {}) at {path}",
                        items.len()
                    ));
                }
                if items.len() < *min {
                    return Err(format!(
                        "array too small (minimum {min}, got {}) at {path}",
                        items.len()
                    ));
                }
                items
                    .iter()
                    .enumerate()
                    .try_for_each(|(at, item)| of.check(item, &format!("{path}[{at}]")))
            }
            Self::Fields(fields) => check_fields(object(value, path)?, fields, path),
            Self::Open(members) => {
                let kind = union_kind(value, path)?;
                member(members, kind).map_or(Ok(()), |shape| shape.check(value, path))
            }
            Self::Closed(members) => {
                let kind = union_kind(value, path)?;
                match member(members, kind) {
                    Some(shape) => shape.check(value, path),
                    None => {
                        let names: Vec<String> = members
                            .iter()
                            .map(|(name, _)| format!("{name:?}"))
                            .collect();
                        Err(format!(
                            "Expected one of {} (got {kind:?}) at {path}.$type",
                            names.join(", ")
                        ))
                    }
                }
            }
        }
    }
}

fn member(members: &[(&'static str, &'static Shape)], kind: &str) -> Option<&'static Shape> {
    members
        .iter()
        .find(|(name, _)| *name == kind)
        .map(|(_, shape)| *shape)
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, Misfit> {
    value
        .as_object()
        .ok_or_else(|| wrong_type("object", value, path))
}

fn union_kind<'a>(value: &'a Value, path: &str) -> Result<&'a str, Misfit> {
    value.get("$type").and_then(Value::as_str).ok_or_else(|| {
        wrong_type(
            "an object which includes the \"$type\" property",
            value,
            path,
        )
    })
}

fn check_fields(object: &Map<String, Value>, fields: &[Field], path: &str) -> Result<(), Misfit> {
    for field in fields {
        match object.get(field.name) {
            None if field.required => {
                return Err(format!("Missing required key {:?} at {path}", field.name));
            }
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(value) => field
                .shape
                .check(value, &format!("{path}.{}", field.name))?,
        }
    }
    Ok(())
}

fn check_int(value: &Value, min: i64, max: i64, path: &str) -> Result<(), Misfit> {
    let Some(number) = value.as_i64() else {
        return Err(wrong_type("integer", value, path));
    };
    if number < min {
        return Err(format!(
            "integer too small (minimum {min}, got {number}) at {path}"
        ));
    }
    if number > max {
        return Err(format!(
            "integer too big (maximum {max}, got {number}) at {path}"
        ));
    }
    Ok(())
}

fn check_text(value: &Value, limits: &Text, path: &str) -> Result<(), Misfit> {
    let Value::String(text) = value else {
        return Err(wrong_type("string", value, path));
    };
    if text.len() > limits.max_bytes {
        return Err(format!(
            "string too big (maximum {}, got {}) at {path}",
            limits.max_bytes,
            text.len()
        ));
    }
    if text.len() < limits.min_bytes {
        return Err(format!(
            "string too small (minimum {}, got {}) at {path}",
            limits.min_bytes,
            text.len()
        ));
    }
    // A grapheme is at least a byte: most texts need no count.
    if text.len() > limits.max_graphemes {
        let graphemes = graphemes(text);
        if graphemes > limits.max_graphemes {
            return Err(format!(
                "grapheme too big (maximum {}, got {graphemes}) at {path}",
                limits.max_graphemes
            ));
        }
    }
    if !limits.format.accepts(text) {
        return Err(format!(
            "Invalid {} (got {}) at {path}",
            limits.format.named(),
            shown(value)
        ));
    }
    Ok(())
}

pub(super) fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

fn check_blob(value: &Value, accept: &[&str], max: u64, path: &str) -> Result<(), Misfit> {
    let Some(blob) = BlobRef::read(value) else {
        return Err(wrong_type("blob", value, path));
    };
    let fits = accept
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => blob.mime.starts_with(start),
            None => blob.mime == *pattern,
        });
    if !fits {
        let wanted: Vec<String> = accept
            .iter()
            .map(|pattern| format!("{pattern:?}"))
            .collect();
        return Err(format!(
            "Expected {} (got {:?}) at {path}.mimeType",
            wanted.join(" or "),
            blob.mime
        ));
    }
    if blob.size > max {
        return Err(format!(
            "blob too big (maximum {max}, got {}) at {path}",
            blob.size
        ));
    }
    Ok(())
}

fn wrong_type(wanted: &str, value: &Value, path: &str) -> Misfit {
    format!(
        "Expected {wanted} value type (got {}) at {path}",
        shown(value)
    )
}

/// A value in a message: scalars as they are, the rest by its outline.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(_) => "[...]".to_owned(),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(_) => "{...}".to_owned(),
        Value::String(text) if text.chars().count() > 200 => {
            format!("{:?}", text.chars().take(200).collect::<String>())
        }
        scalar => scalar.to_string(),
    }
}

/// A reference to an uploaded blob, as a record holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BlobRef {
    pub(super) cid: String,
    pub(super) mime: String,
    pub(super) size: u64,
}

impl BlobRef {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        if fields.get("$type")?.as_str()? != "blob" {
            return None;
        }
        let cid = fields.get("ref")?.get("$link")?.as_str()?;
        Format::Cid.accepts(cid).then_some(())?;
        Some(Self {
            cid: cid.to_owned(),
            mime: fields.get("mimeType")?.as_str()?.to_owned(),
            size: fields.get("size")?.as_u64()?,
        })
    }

    /// Every blob that a record refers to, at any depth.
    pub(super) fn all(value: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        Self::collect(value, &mut found);
        found
    }

    fn collect(value: &Value, found: &mut Vec<Self>) {
        if let Some(blob) = Self::read(value) {
            found.push(blob);
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| Self::collect(item, found)),
            Value::Object(fields) => fields.values().for_each(|item| Self::collect(item, found)),
            _ => {}
        }
    }
}

/// The data model has no fractions.
pub(super) fn refuse_fractions(value: &Value, path: &str) -> Result<(), Misfit> {
    match value {
        Value::Number(number) if number.as_i64().is_none() && number.as_u64().is_none() => {
            Err(wrong_type(
                "one of null, boolean, integer, string, cid, bytes, array or object",
                value,
                path,
            ))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| refuse_fractions(item, &format!("{path}[{at}]"))),
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(name, item)| refuse_fractions(item, &format!("{path}.{name}"))),
        _ => Ok(()),
    }
}
