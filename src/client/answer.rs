use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::call::{Credentials, secrets_of};
use super::scrub::excerpt;
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;
use crate::shared::texts::Texts;

/// A whole answer that no fault was found in.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The credentials that went out, which are never quoted.
    pub(super) credentials: Credentials,
    pub(super) network: Arc<str>,
    pub(super) operation: Operation,
    pub(super) write: bool,
    pub(super) keep_raw: bool,
    /// What its texts mean where they stand with escapes.
    #[cfg_attr(
        not(any(feature = "bluesky", feature = "vk", feature = "x")),
        allow(dead_code)
    )]
    pub(crate) texts: Texts,
}

impl Answer {
    /// Reads the body as JSON; what is read may borrow from it.
    ///
    /// # Errors
    /// `Decode` where it is not what was expected, or `Unconfirmed` for a write, which may have happened all the same.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_str(self.text()?).map_err(|e| self.misread(&e))
    }

    /// The body as text: checked as a whole, its texts need not be checked one by one.
    pub(crate) fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|e| self.unreadable(e))
    }

    /// The error of an answer that is not the JSON that was expected.
    pub(crate) fn misread(&self, error: &serde_json::Error) -> Error {
        self.unreadable(without_values(error))
    }

    /// The error of an answer that cannot be read as it should.
    pub fn unreadable(&self, why: impl std::fmt::Display) -> Error {
        self.unread(&why.to_string())
    }

    fn unread(&self, why: &str) -> Error {
        let secrets = secrets_of(&self.credentials);
        let why = excerpt(why.as_bytes(), &secrets);
        let (kind, message) = if self.write {
            let message = format!(
                "the network accepted the call, but its answer cannot be read ({why}): look before you repeat it"
            );
            (ErrorKind::Unconfirmed, message)
        } else {
            (
                ErrorKind::Decode,
                format!("the network's answer cannot be read ({why}): is the address right?"),
            )
        };
        Error::new(kind, message)
            .with_network(&*self.network)
            .with_operation(self.operation.clone())
            .with_http_status(self.status.as_u16())
            .with_excerpt(&excerpt(&self.body, &secrets))
    }

    /// The body as it came, where the client was built with `keep_raw()`.
    pub fn raw(&self) -> Option<Arc<str>> {
        self.keep_raw
            .then(|| String::from_utf8_lossy(&self.body).into())
    }
}

/// What a reader of JSON says, without the texts that it quotes: an answer to a login holds new secrets.
fn without_values(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let (before, after) = (message.get(..first), message.get(last + 1..));
            format!(
                "{}…{}",
                before.unwrap_or_default(),
                after.unwrap_or_default()
            )
        }
        _ => message,
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
