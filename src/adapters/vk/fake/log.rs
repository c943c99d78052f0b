//! What was asked and answered, without secrets.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::Value;

use super::state::World;
use super::wire;

/// How many requests the log keeps.
const LENGTH: usize = 1024;
/// How much of a body the log keeps, in bytes.
const LONGEST: usize = 256 * 1024;
const REDACTED: &str = "redacted";
/// Parameters that hold secrets.
const SECRETS: [&str; 6] = [
    "access_token",
    "refresh_token",
    "code_verifier",
    "client_secret",
    "success_token",
    "id_token",
];

/// A call within a script, and what it was answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InnerCall {
    /// The method, like `wall.getById`.
    pub name: String,
    /// The parameters, and the version that they are meant for.
    pub params: Vec<(String, String)>,
    /// The answer as if it had been called alone: with `response` or `error`.
    pub answer: Value,
}

/// A request as the fake saw it, and what it answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SeenRequest {
    /// When it came.
    pub at: Timestamp,
    /// `GET` or `POST`, or whatever came.
    pub method: http::Method,
    /// The host that it was sent to.
    pub host: String,
    /// The path, like `/method/wall.get`.
    pub path: String,
    /// The parameters of the query and of the form; of secrets, `redacted`.
    pub params: Vec<(String, String)>,
    /// Whether the query held parameters.
    pub has_query: bool,
    /// The headers; `authorization` is `Bearer redacted`.
    pub headers: HeaderMap,
    /// The files of the form: the field, the name of the file and its length in bytes.
    pub files: Vec<(String, String, usize)>,
    /// What a script called, in order.
    pub inner: Vec<InnerCall>,
    /// The status of the answer.
    pub status: StatusCode,
    /// The body of the answer, up to 256 KiB of it; of logins, nothing.
    pub answer: Bytes,
}

impl SeenRequest {
    /// The method that was called, like `wall.get`; empty where it was none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.strip_prefix("/method/").unwrap_or_default()
    }

    /// The value of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

fn kept(request: &Request<Bytes>, response: &Response<Bytes>, now: Timestamp) -> SeenRequest {
    let login = !request.uri().path().starts_with("/method/")
        && !request.uri().path().starts_with("/upload/")
        && !request.uri().path().starts_with("/whp/");
    let mut params = wire::params(request).pairs;
    let mut answer = response.body().clone();
    for (name, value) in &mut params {
        // `code` is a script where it is no part of a login.
        if SECRETS.contains(&name.as_str()) || (login && name == "code") {
            if !value.is_empty()
                && let Ok(text) = std::str::from_utf8(&answer)
                && text.contains(value.as_str())
            {
                answer = Bytes::from(text.replace(value.as_str(), REDACTED));
            }
            REDACTED.clone_into(value);
        }
    }
    if login {
        answer = Bytes::new();
    }
    let mut headers = request.headers().clone();
    if let Some(value) = headers.get_mut(header::AUTHORIZATION) {
        *value = HeaderValue::from_static("Bearer redacted");
    }
    let files = wire::parts(request.headers(), request.body())
        .into_iter()
        .filter_map(|part| Some((part.name, part.file?, part.bytes.len())))
        .collect();
    SeenRequest {
        at: now,
        method: request.method().clone(),
        host: wire::host(request),
        path: request.uri().path().to_owned(),
        params,
        has_query: request.uri().query().is_some_and(|query| !query.is_empty()),
        headers,
        files,
        inner: Vec::new(),
        status: response.status(),
        answer: answer.slice(..answer.len().min(LONGEST)),
    }
}

impl World {
    pub(super) fn keep(
        &mut self,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        now: Timestamp,
    ) {
        if self.log.len() >= LENGTH {
            self.log.pop_front();
        }
        let mut seen = kept(request, response, now);
        seen.inner = std::mem::take(&mut self.inner);
        self.log.push_back(seen);
    }
}
