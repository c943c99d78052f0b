//! What was asked and answered, without secrets.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use jiff::Timestamp;

use super::operations;
use super::state::World;
use super::wire;

/// How many requests the log keeps.
const LENGTH: usize = 4096;
/// How much of a body the log keeps, in bytes.
const LONGEST: usize = 256 * 1024;
const REDACTED: &str = "redacted";
const SECRETS: [&str; 7] = [
    "access_token",
    "refresh_token",
    "code_verifier",
    "client_secret",
    "code",
    "token",
    "crc_token",
];

/// A request as the fake saw it, and what it answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SeenRequest {
    /// When it came.
    pub at: Timestamp,
    /// The method.
    pub method: http::Method,
    /// The host that it was sent to.
    pub host: String,
    /// The path.
    pub path: String,
    /// The operation, like `GET /2/tweets/{id}`; none where it is none of the API.
    pub operation: Option<String>,
    /// The parameters of the query; of secrets, `redacted`.
    pub query: Vec<(String, String)>,
    /// The headers; `authorization` is redacted.
    pub headers: HeaderMap,
    /// `bearer`, `user` or `oauth1`: what kind of token it showed, if it was a good one.
    pub token: Option<&'static str>,
    /// In whose name it was made.
    pub user: Option<u64>,
    /// The body, up to 256 KiB of it; of logins, nothing.
    pub body: Bytes,
    /// The files of the form: the field, the name of the file and its length in bytes.
    pub files: Vec<(String, String, usize)>,
    /// The status of the answer.
    pub status: StatusCode,
    /// The body of the answer, up to 256 KiB of it; of logins, nothing.
    pub answer: Bytes,
}

impl SeenRequest {
    /// The value of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The operation's name, or nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        self.operation.as_deref().unwrap_or_default()
    }
}

impl World {
    pub(super) fn keep(
        &mut self,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        token: Option<(&'static str, Option<u64>)>,
        now: Timestamp,
    ) {
        let path = request.uri().path().to_owned();
        let login = path.contains("oauth2");
        let mut query = wire::query(request);
        for (name, value) in &mut query {
            if SECRETS.contains(&name.as_str()) {
                REDACTED.clone_into(value);
            }
        }
        let mut headers = request.headers().clone();
        if let Some(value) = headers.get_mut(header::AUTHORIZATION) {
            *value = HeaderValue::from_static(REDACTED);
        }
        let short = |body: &Bytes| {
            if login {
                Bytes::new()
            } else {
                body.slice(..body.len().min(LONGEST))
            }
        };
        let files = wire::parts(request.headers(), request.body())
            .into_iter()
            .filter_map(|part| Some((part.name, part.file?, part.bytes.len())))
            .collect();
        if self.log.len() >= LENGTH {
            self.log.pop_front();
        }
        self.log.push_back(SeenRequest {
            at: now,
            method: request.method().clone(),
            host: wire::host(request),
            operation: operations::find(request.method().as_str(), &path)
                .ok()
                .map(|(op, _)| op.name()),
            path,
            query,
            headers,
            token: token.map(|(kind, _)| kind),
            user: token.and_then(|(_, user)| user),
            body: short(request.body()),
            files,
            status: response.status(),
            answer: short(response.body()),
        });
    }
}
