//! A network that is nothing but HTTP, to test the client by itself.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use sociable::client::{Dialect, Fault, Login, Reply};
use sociable::{ErrorKind, Result};

/// The token that goes with every call, and must never come back in a message.
pub(crate) const TOKEN: &str = "plain-token-4711-secret";

/// Statuses mean what HTTP says, and nothing more.
#[derive(Debug, Default)]
pub(crate) struct Plain;

impl Dialect for Plain {
    fn network(&self) -> &str {
        "plain"
    }

    fn authorise<'a>(&'a self, headers: &'a mut HeaderMap) -> BoxFuture<'a, Result<Login>> {
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("Bearer plain-token-4711-secret"),
        );
        std::future::ready(Ok(Login(1))).boxed()
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        match reply.status.as_u16() {
            200..=299 => None,
            401 => Some(Fault::refused(ErrorKind::Unauthorized, "log in again")),
            404 => Some(Fault::refused(
                ErrorKind::NotFound,
                "there is no such thing",
            )),
            429 => Some(Fault::refused(
                ErrorKind::RateLimited,
                "too many calls: wait",
            )),
            500..=599 => Some(Fault::unclear(
                ErrorKind::Unavailable,
                "the server is out of order: try later",
            )),
            _ => Some(Fault::refused(ErrorKind::Rejected, "the server refused it")),
        }
    }
}

/// Everything that an error could show somebody.
// Not every test binary that shares this file looks at errors.
#[allow(dead_code)]
pub(crate) fn all_of(error: &sociable::Error) -> String {
    let mut text = format!(
        "{error} {error:?} {error:#?} {}",
        error.excerpt().unwrap_or_default()
    );
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(" {inner} {inner:?}"));
        cause = inner.source();
    }
    text
}
