//! A request as VK reads it, and its answers.

use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value, json};

pub(super) use crate::shared::served::{Part, base, bearer, host, parts};

/// An error of the API: `{"error": {...}}` inside HTTP 200.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: i64,
    pub(super) subcode: Option<i64>,
    pub(super) message: String,
    /// What stands beside the code, such as `captcha_sid`.
    pub(super) extra: Map<String, Value>,
}

impl Refusal {
    pub(super) fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            subcode: None,
            message: message.into(),
            extra: Map::new(),
        }
    }

    /// Error 100, with what is wrong.
    pub(super) fn param(wrong: impl std::fmt::Display) -> Self {
        Self::new(
            100,
            format!("One of the parameters specified was missing or invalid: {wrong}"),
        )
    }

    /// Error 15, with the reason.
    pub(super) fn denied(why: impl std::fmt::Display) -> Self {
        Self::new(15, format!("Access denied: {why}"))
    }

    pub(super) fn sub(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn body(&self, method: &str, params: &Params) -> Value {
        let mut error = Map::new();
        error.insert("error_code".to_owned(), json!(self.code));
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".to_owned(), json!(subcode));
        }
        error.insert("error_msg".to_owned(), json!(self.message));
        let mut told = vec![
            json!({ "key": "oauth", "value": "1" }),
            json!({ "key": "method", "value": method }),
        ];
        told.extend(
            params
                .pairs
                .iter()
                .map(|(key, value)| json!({ "key": key, "value": value })),
        );
        error.insert("request_params".to_owned(), Value::Array(told));
        error.extend(self.extra.clone());
        json!({ "error": error })
    }

    /// As it stands in the `execute_errors` of a script.
    pub(super) fn brief(&self, method: &str) -> Value {
        json!({ "method": method, "error_code": self.code, "error_msg": self.message })
    }
}

pub(super) type Answer = Result<Value, Refusal>;

/// A number as VK has them: none comes near the ends of 64 bits.
pub(super) fn number(text: &str) -> Option<i64> {
    text.parse()
        .ok()
        .filter(|number: &i64| number.unsigned_abs() <= 1 << 53)
}

/// The parameters of a call, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Params {
    pub(super) pairs: Vec<(String, String)>,
}

impl Params {
    pub(super) fn new(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }

    /// A value; one that is empty counts as not given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// A value, which may be empty.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(number)
    }

    pub(super) fn id(&self, name: &str) -> Result<i64, Refusal> {
        self.int(name)
            .ok_or_else(|| Refusal::param(format!("{name} is undefined")))
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), Some("1" | "true"))
    }

    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        self.text(name)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }

    pub(super) fn ints(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        self.list(name)
            .into_iter()
            .map(|item| {
                number(item)
                    .ok_or_else(|| Refusal::param(format!("{name} should be a list of integers")))
            })
            .collect()
    }

    /// A count between 0 and `most`, and how many to pass over.
    pub(super) fn page(&self, usual: usize, most: usize) -> (usize, usize) {
        let read = |name: &str| {
            self.int(name)
                .and_then(|number| usize::try_from(number.max(0)).ok())
        };
        (
            read("offset").unwrap_or(0),
            read("count").unwrap_or(usual).min(most),
        )
    }
}

/// The parameters of the query and of a form.
pub(super) fn params(request: &Request<Bytes>) -> Params {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    for part in parts(request.headers(), request.body()) {
        if part.file.is_none() {
            let value = String::from_utf8_lossy(&part.bytes).into_owned();
            pairs.push((part.name, value));
        }
    }
    Params::new(pairs)
}
