//! A call as the servers read it, and their answers.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::syntax::Format;

/// An error answer: `{"error": name, "message": text}` under a status.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) name: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, name: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            name: name.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidRequest", message)
    }

    pub(super) fn unwanted_body() -> Self {
        Self::invalid("A request body was provided when none was expected")
    }

    pub(super) fn named(name: &str, message: impl Into<String>) -> Self {
        Self::new(400, name, message)
    }

    pub(super) fn auth_missing() -> Self {
        Self::new(401, "AuthMissing", "Authentication Required")
    }

    pub(super) fn auth_required() -> Self {
        Self::new(401, "AuthenticationRequired", "Authentication Required")
    }

    pub(super) fn internal() -> Self {
        Self::new(500, "InternalServerError", "Internal Server Error")
    }

    pub(super) fn not_implemented() -> Self {
        Self::new(501, "MethodNotImplemented", "Method Not Implemented")
    }

    pub(super) fn not_supported() -> Self {
        Self::new(404, "XRPCNotSupported", "XRPC Not Supported")
    }

    pub(super) fn body(&self) -> Value {
        json!({ "error": self.name, "message": self.message })
    }
}

/// A good answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: ReplyBody,
    pub(super) headers: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
pub(super) enum ReplyBody {
    Json(Value),
    Empty,
    File { bytes: Bytes, mime: String },
}

impl Reply {
    pub(super) fn json(value: Value) -> Self {
        Self {
            status: 200,
            body: ReplyBody::Json(value),
            headers: Vec::new(),
        }
    }

    pub(super) fn empty() -> Self {
        Self {
            status: 200,
            body: ReplyBody::Empty,
            headers: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

pub(super) type Answer = Result<Reply, Refusal>;

/// One request to a method.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) nsid: &'a str,
    pub(super) host: String,
    pub(super) params: Vec<(String, String)>,
    pub(super) headers: &'a http::HeaderMap,
    pub(super) body: &'a Bytes,
    /// The JSON of the body, checked against the lexicon; null where there is none.
    pub(super) input: Value,
    pub(super) now: Timestamp,
    /// Whose session it is; empty where the method is open to all.
    pub(super) viewer: Option<String>,
}

impl Call<'_> {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a repeated parameter.
    pub(super) fn params(&self, name: &str) -> Vec<&str> {
        let bracketed = format!("{name}[]");
        self.params
            .iter()
            .filter(|(key, _)| key == name || *key == bracketed)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(super) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.param(name).ok_or_else(|| missing(name))
    }

    pub(super) fn need_format(&self, name: &str, format: Format) -> Result<&str, Refusal> {
        let value = self.need(name)?;
        check_format(name, value, format).map(|()| value)
    }

    pub(super) fn param_format(&self, name: &str, format: Format) -> Result<Option<&str>, Refusal> {
        match self.param(name) {
            Some(value) => check_format(name, value, format).map(|()| Some(value)),
            None => Ok(None),
        }
    }

    /// A repeated parameter with 1 to `max` values.
    pub(super) fn need_many(
        &self,
        name: &str,
        max: usize,
        format: Format,
    ) -> Result<Vec<&str>, Refusal> {
        let values = self.many(name, max, format)?;
        if values.is_empty() {
            Err(missing(name))
        } else {
            Ok(values)
        }
    }

    pub(super) fn many(
        &self,
        name: &str,
        max: usize,
        format: Format,
    ) -> Result<Vec<&str>, Refusal> {
        let values = self.params(name);
        if values.len() > max {
            return Err(Refusal::invalid(format!(
                "Error: {name} must not have more than {max} elements"
            )));
        }
        for (at, value) in values.iter().enumerate() {
            check_format(&format!("{name}/{at}"), value, format)?;
        }
        Ok(values)
    }

    /// A number within its range; `standard` where it is not given.
    pub(super) fn number(
        &self,
        name: &str,
        standard: i64,
        min: i64,
        max: i64,
    ) -> Result<i64, Refusal> {
        let Some(text) = self.param(name) else {
            return Ok(standard);
        };
        let number: i64 = text
            .parse()
            .map_err(|_| Refusal::invalid(format!("Error: {name} must be an integer")))?;
        if number < min {
            return Err(Refusal::invalid(format!(
                "Error: {name} can not be less than {min}"
            )));
        }
        if number > max {
            return Err(Refusal::invalid(format!(
                "Error: {name} can not be greater than {max}"
            )));
        }
        Ok(number)
    }

    pub(super) fn limit(&self, standard: i64) -> Result<usize, Refusal> {
        Ok(usize::try_from(self.number("limit", standard, 1, 100)?).unwrap_or(1))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.param(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::invalid(format!("Error: {name} must be a boolean"))),
        }
    }

    /// A string of the input.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    /// A string of the input that its lexicon requires.
    pub(super) fn need_field(&self, name: &str) -> Result<&str, Refusal> {
        self.field(name)
            .ok_or_else(|| Refusal::invalid(format!("Missing required key {name:?} at $")))
    }

    /// The DID of the caller.
    pub(super) fn me(&self) -> Result<&str, Refusal> {
        self.viewer.as_deref().ok_or_else(Refusal::auth_missing)
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::invalid(format!("Error: Params must have the property {name:?}"))
}

fn check_format(name: &str, value: &str, format: Format) -> Result<(), Refusal> {
    if format.accepts(value) {
        return Ok(());
    }
    let wanted = match format {
        Format::AtIdentifier => "did or a handle",
        other => other.named(),
    };
    Err(Refusal::invalid(format!(
        "Error: {name} must be a valid {wanted}"
    )))
}
