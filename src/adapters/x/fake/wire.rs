//! A request as X reads it, and its answers.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Token;
use super::operations::Operation;
use super::state::Id;
pub(super) use crate::shared::served::{Part, base, bearer, host, parts};

/// How answers name the kinds of problems.
pub(super) const PROBLEMS: &str = "https://api.x.com/2/problems/";

/// An answer that tells what is wrong.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Refusal {
    /// A problem with a type of its own.
    pub(super) fn problem(status: u16, slug: &str, title: &str, detail: impl Into<String>) -> Self {
        let kind = if slug == "about:blank" {
            slug.to_owned()
        } else {
            format!("{PROBLEMS}{slug}")
        };
        let detail: String = detail.into();
        Self {
            status,
            body: json!({ "title": title, "detail": detail, "type": kind, "status": status }),
        }
    }

    /// A refusal that says why in its text alone.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::problem(403, "about:blank", "Forbidden", detail)
    }

    pub(super) fn not_found() -> Self {
        Self::problem(404, "about:blank", "Not Found", "Not Found")
    }

    /// Errors with the codes of the first API.
    pub(super) fn legacy(status: u16, code: i64, message: &str) -> Self {
        Self {
            status,
            body: json!({ "errors": [{ "code": code, "message": message }] }),
        }
    }

    /// A parameter that is wrong.
    pub(super) fn invalid(name: &str, value: &str, message: impl Into<String>) -> Self {
        Self::invalid_all(vec![(name.to_owned(), value.to_owned(), message.into())])
    }

    /// Parameters that are wrong: name, value and what is wrong with it.
    pub(super) fn invalid_all(wrong: Vec<(String, String, String)>) -> Self {
        let errors: Vec<Value> = wrong
            .into_iter()
            .map(|(name, value, message)| json!({ "parameters": { name: [value] }, "message": message }))
            .collect();
        Self {
            status: 400,
            body: json!({
                "errors": errors,
                "title": "Invalid Request",
                "detail": "One or more parameters to your request was invalid.",
                "type": format!("{PROBLEMS}invalid-request"),
            }),
        }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Some(body) = self.body.as_object_mut() {
            body.insert(name.to_owned(), value.into());
        }
        self
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let kind = if self.body.get("type").is_some() {
            "application/problem+json"
        } else {
            "application/json; charset=utf-8"
        };
        answer(self.status, kind, Bytes::from(self.body.to_string()))
    }
}

/// What a resource costs that is read, in thousandths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Read {
    Post,
    User,
    DmEvent,
    Follow,
    Small,
    /// A post or user of one's own.
    Owned,
}

impl Read {
    pub(super) fn mills(self) -> i64 {
        match self {
            Self::Post => 5,
            Self::User | Self::DmEvent | Self::Follow => 10,
            Self::Small | Self::Owned => 1,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::User => "user",
            Self::DmEvent => "dm_event",
            Self::Follow => "follow",
            Self::Small => "like, mute or block",
            Self::Owned => "owned",
        }
    }
}

/// What is answered, and which resources it returns that are paid for.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) read: Vec<(Read, Id)>,
    /// What a write costs beside its usual price, in thousandths of a dollar.
    pub(super) price: Option<(i64, &'static str)>,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body,
            read: Vec::new(),
            price: None,
        }
    }

    pub(super) fn data(data: Value) -> Self {
        Self::ok(json!({ "data": data }))
    }

    pub(super) fn created(data: Value) -> Self {
        Self {
            status: 201,
            ..Self::data(data)
        }
    }

    pub(super) fn reads(mut self, kind: Read, ids: impl IntoIterator<Item = Id>) -> Self {
        self.read.extend(ids.into_iter().map(|id| (kind, id)));
        self
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        match &self.body {
            // The lines of a stream, as they are.
            Value::String(lines) => answer(
                self.status,
                "application/json; charset=utf-8",
                Bytes::from(lines.clone()),
            ),
            body => json_answer(self.status, body),
        }
    }
}

pub(super) type Answer = Result<Reply, Refusal>;

pub(super) fn answer(status: u16, kind: &str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

pub(super) fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    answer(
        status,
        "application/json; charset=utf-8",
        Bytes::from(body.to_string()),
    )
}

/// A page of the edge, which is no answer of the API.
pub(super) fn page(status: u16) -> Response<Bytes> {
    let body = format!(
        "<!DOCTYPE html><html><head><title>X / {status}</title></head><body><h1>{status}</h1></body></html>"
    );
    answer(status, "text/html; charset=utf-8", Bytes::from(body))
}

pub(super) fn set(response: &mut Response<Bytes>, name: &'static str, value: impl fmt::Display) {
    if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
        response.headers_mut().insert(name, value);
    }
}

/// A call of the API.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) op: &'static Operation,
    pub(super) path: BTreeMap<&'static str, String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    pub(super) bytes: &'a Bytes,
    /// The body where it is JSON; else an empty object.
    pub(super) body: Value,
    pub(super) token: Token,
    pub(super) now: Timestamp,
}

impl Call<'_> {
    /// The user in whose name the call is made.
    pub(super) fn me(&self) -> Option<Id> {
        self.token.user()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        self.text(name)
            .unwrap_or_default()
            .split(',')
            .filter(|item| !item.is_empty())
            .collect()
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// An id of the path.
    pub(super) fn id(&self, name: &str) -> Result<Id, Refusal> {
        let text = self.part(name);
        number(text).ok_or_else(|| not_an_id(name, text))
    }

    /// The path's user, who must be the one that the token speaks for.
    pub(super) fn own_id(&self, name: &str) -> Result<Id, Refusal> {
        let id = self.id(name)?;
        match self.me() {
            Some(me) if me != id => Err(Refusal::invalid(
                name,
                self.part(name),
                format!(
                    "The `{name}` query parameter value [{id}] must be the same as the authenticating user [{me}]"
                ),
            )),
            _ => Ok(id),
        }
    }

    /// An id of the body, which holds it as a text.
    pub(super) fn body_id(&self, name: &str) -> Result<Id, Refusal> {
        let text = self
            .body
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default();
        number(text).ok_or_else(|| bad_body(name))
    }
}

/// An id as X has them: up to 19 digits.
pub(super) fn number(text: &str) -> Option<Id> {
    let digits = !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

pub(super) fn not_an_id(name: &str, value: &str) -> Refusal {
    Refusal::invalid(
        name,
        value,
        format!("The `{name}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$"),
    )
}

/// A field of the body that is missing or of the wrong kind.
pub(super) fn bad_body(at: &str) -> Refusal {
    Refusal {
        status: 400,
        body: json!({
            "errors": [{ "message": format!("$.{at}: is missing or of the wrong kind") }],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": format!("{PROBLEMS}invalid-request"),
        }),
    }
}

/// Looks through an object of a body: every field must be known.
pub(super) fn only(at: &str, object: &Value, known: &[&str]) -> Result<(), Refusal> {
    let Some(fields) = object.as_object() else {
        return Err(bad_body(at));
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Refusal {
            status: 400,
            body: json!({
                "errors": [{ "message": format!("${at}.{name}: is not defined in the schema and the schema does not allow additional properties") }],
                "title": "Invalid Request",
                "detail": "One or more parameters to your request was invalid.",
                "type": format!("{PROBLEMS}invalid-request"),
            }),
        }),
        None => Ok(()),
    }
}

pub(super) fn query(request: &Request<Bytes>) -> Vec<(String, String)> {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// A moment as X writes it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
