//! Whether a record may be written.

use serde_json::{Value, json};

use super::faults::Rule;
use super::index::POST;
use super::lexicon::{self, KeyKind};
use super::shape::{BlobRef, graphemes, refuse_fractions};
use super::state::World;
use super::syntax::is_tid;
use super::xrpc::Refusal;

/// A record that may be written, and what its validation came to.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) value: Value,
    pub(super) status: Option<&'static str>,
}

/// What is asked of one record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) did: &'a str,
    pub(super) collection: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) value: &'a Value,
    /// The `validate` of the call.
    pub(super) validate: Option<bool>,
    /// Where the record stands in the input, for messages.
    pub(super) path: &'a str,
}

impl World {
    pub(super) fn check_record(&self, asked: Asked<'_>) -> Result<Checked, Refusal> {
        let Asked {
            collection, path, ..
        } = asked;
        let mut value = asked.value.clone();
        let kind = value.get("$type").cloned();
        match kind.as_ref() {
            None => {
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("$type".to_owned(), json!(collection));
                }
            }
            Some(Value::String(kind)) if kind == collection => {}
            Some(other) => {
                let got = other
                    .as_str()
                    .map_or_else(|| other.to_string(), str::to_owned);
                return Err(Refusal::invalid(format!(
                    "Invalid $type: expected {collection}, got {got}"
                )));
            }
        }
        refuse_fractions(&value, path).map_err(Refusal::invalid)?;
        let status = match (lexicon::record(collection), asked.validate) {
            (_, Some(false)) => None,
            (None, Some(true)) => {
                return Err(Refusal::invalid(format!(
                    "Unknown lexicon type: {collection}"
                )));
            }
            (None, None) => Some("unknown"),
            (Some((key_kind, shape)), _) => {
                if let Some(key) = asked.key {
                    self.check_key(collection, key, key_kind)?;
                }
                let wrong =
                    |misfit| Refusal::invalid(format!("Invalid {collection} record: {misfit}"));
                shape.check(&value, path).map_err(wrong)?;
                self.check_switched(&value, path).map_err(wrong)?;
                Some("valid")
            }
        };
        self.check_blobs(asked.did, &value)?;
        if self.settings.trims
            && collection == POST
            && let Some(text) = value.get_mut("text")
            && let Some(short) = text.as_str().map(str::trim_end)
        {
            *text = json!(short);
        }
        Ok(Checked { value, status })
    }

    fn check_key(&self, collection: &str, key: &str, kind: KeyKind) -> Result<(), Refusal> {
        let fits = match kind {
            KeyKind::Tid => is_tid(key) == self.keeps(Rule::RecordKeyIsTid),
            KeyKind::Literal(name) => key == name,
        };
        if fits {
            return Ok(());
        }
        let wanted = match kind {
            KeyKind::Tid => format!("Invalid TID string (got {key:?})"),
            KeyKind::Literal(name) => format!("Expected {name:?} (got {key:?})"),
        };
        Err(Refusal::invalid(format!(
            "Invalid record key for {collection}: {wanted} at $"
        )))
    }

    /// What the lexicon does not say, and the rules that a test may have turned over.
    fn check_switched(&self, value: &Value, path: &str) -> Result<(), String> {
        let text = value
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !self.keeps(Rule::TextLimit) && graphemes(text) > 150 {
            return Err(format!(
                "grapheme too big (maximum 150, got {}) at {path}.text",
                graphemes(text)
            ));
        }
        if !self.keeps(Rule::TextByteLimit) && text.len() > 1000 {
            return Err(format!(
                "string too big (maximum 1000, got {}) at {path}.text",
                text.len()
            ));
        }
        if let Some(created) = value.get("createdAt").and_then(Value::as_str) {
            if !self.keeps(Rule::RequiresCreatedAt) {
                return Err(format!("Unexpected key \"createdAt\" at {path}"));
            }
            if !self.keeps(Rule::DatetimeForm) && created.contains('.') {
                return Err(format!(
                    "Invalid datetime (got {created:?}) at {path}.createdAt"
                ));
            }
        }
        let images = ["/embed/images", "/embed/media/images"]
            .iter()
            .filter_map(|at| value.pointer(at)?.as_array());
        for images in images {
            if !self.keeps(Rule::ImageCountLimit) && images.len() > 1 {
                return Err(format!(
                    "array too big (maximum 1, got {}) at {path}.embed.images",
                    images.len()
                ));
            }
        }
        self.check_facets(value, text, path)
    }

    fn check_facets(&self, value: &Value, text: &str, path: &str) -> Result<(), String> {
        let bytes = self.keeps(Rule::FacetByteOffsets);
        let units: Vec<u16> = if bytes {
            Vec::new()
        } else {
            text.encode_utf16().collect()
        };
        for (at, facet) in value
            .get("facets")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let offset = |name: &str| {
                let number = facet
                    .get("index")
                    .and_then(|index| index.get(name))
                    .and_then(Value::as_u64);
                usize::try_from(number.unwrap_or(0)).unwrap_or(usize::MAX)
            };
            let (start, end) = (offset("byteStart"), offset("byteEnd"));
            let fits = if bytes {
                text.get(start..end).is_some()
            } else {
                units.get(start..end).is_some()
            };
            if !fits || start >= end {
                return Err(format!(
                    "Invalid byte range (got {start}..{end} of {}) at {path}.facets[{at}].index",
                    text.len()
                ));
            }
        }
        Ok(())
    }

    fn check_blobs(&self, did: &str, value: &Value) -> Result<(), Refusal> {
        let account = self.accounts.get(did);
        for blob in BlobRef::all(value) {
            let held = account.and_then(|account| account.blobs.get(&blob.cid));
            let Some(held) = held.filter(|_| self.keeps(Rule::BlobMustExist)) else {
                return Err(Refusal::named(
                    "BlobNotFound",
                    format!("Could not find blob: {}", blob.cid),
                ));
            };
            // A real server compares only what nothing refers to yet.
            if held.referred {
                continue;
            }
            if held.mime != blob.mime {
                return Err(Refusal::named(
                    "InvalidMimeType",
                    format!(
                        "Referenced Mimetype does not match stored blob. Expected: {}, Got: {}",
                        held.mime, blob.mime
                    ),
                ));
            }
            if held.bytes.len() as u64 != blob.size {
                return Err(Refusal::named(
                    "InvalidSize",
                    format!(
                        "Referenced Size does not match stored blob. Expected: {}, Got: {}",
                        held.bytes.len(),
                        blob.size
                    ),
                ));
            }
        }
        Ok(())
    }
}
