use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use url::Url;

use super::Client;
use super::limits::Charge;
use super::multipart::Multipart;
use super::retry::WriteSafety;
use super::transport::OutgoingBody;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Media;
use crate::operation::Operation;

/// One call, from which every attempt is built afresh.
#[non_exhaustive]
pub struct Request {
    /// What it is for, in errors and prices.
    pub operation: Operation,
    /// The HTTP method.
    pub method: Method,
    /// The address. A token never stands in it where the network takes it elsewhere.
    pub url: Url,
    /// Header fields of this call; credentials are added by the dialect.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// What it costs, each an upper bound that the answer settles.
    pub charges: Vec<Charge>,
    /// Whether it may be sent again when its answer is lost.
    pub safety: WriteSafety,
    /// Whether it changes something that a caller would miss or find twice: then a lost answer is `Unconfirmed`. By
    /// default everything but GET and HEAD.
    pub writes: bool,
    /// How large its answer may be, in bytes; by default as the client is set.
    pub max_response: Option<usize>,
    /// How long one attempt may take; by default as the client is set.
    pub attempt_timeout: Option<Duration>,
}

/// Some networks want a token within the address, so that `Debug` shows the host alone.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("safety", &self.safety)
            .finish_non_exhaustive()
    }
}

/// A body that can be built again for each attempt.
#[derive(Debug)]
#[non_exhaustive]
pub enum Body {
    /// None.
    Empty,
    /// Held in memory.
    Bytes(Bytes),
    /// A file, or a form with one, opened again for each attempt and never held as a whole.
    Upload(Upload),
}

/// A file, or a form with one, that is sent as a body.
#[derive(Debug)]
pub struct Upload(pub(super) Box<dyn Opens>);

/// What opens an upload: behind a pointer, so that reading and fetching files is in the programs that send some, and in
/// no other.
pub(super) trait Opens: std::fmt::Debug + Send + Sync {
    /// The body of one attempt.
    fn open<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Result<OutgoingBody>>;
}

/// How long one attempt at an upload may take: a minute, and more for what is large.
#[cfg(any(feature = "bluesky", feature = "vk", feature = "x"))]
pub(crate) fn upload_time(size: Option<u64>) -> Duration {
    const SLOW_BYTES_A_SECOND: u64 = 256 * 1024;
    Duration::from_secs(60 + size.unwrap_or_default() / SLOW_BYTES_A_SECOND)
}

#[cfg(any(feature = "bluesky", feature = "vk", feature = "x"))]
pub(crate) const BEARER: &str = "Bearer ";

/// What shows a token to a server.
#[cfg(any(feature = "bluesky", feature = "vk", feature = "x"))]
pub(crate) fn bearer(token: &str) -> Result<HeaderValue> {
    let value = Some([BEARER, token].concat()).filter(|value| value.is_ascii());
    let value = value.and_then(|value| HeaderValue::try_from(value).ok());
    let mut value = value.ok_or_else(|| {
        Error::new(
            ErrorKind::Unauthorized,
            "the token holds what no header field can carry: log in again",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl Request {
    /// A question, which may be repeated freely.
    pub fn get(operation: Operation, url: Url) -> Self {
        Self::new(operation, Method::GET, url, WriteSafety::Idempotent)
    }

    /// A write. Unless told otherwise it is not sent again once it may have been received.
    pub fn post(operation: Operation, url: Url) -> Self {
        Self::new(operation, Method::POST, url, WriteSafety::Unsafe)
    }

    /// A call of any method.
    pub fn new(operation: Operation, method: Method, url: Url, safety: WriteSafety) -> Self {
        let writes = !matches!(method, Method::GET | Method::HEAD);
        Self {
            operation,
            writes,
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::Empty,
            charges: Vec::new(),
            safety,
            max_response: None,
            attempt_timeout: None,
        }
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// `Invalid` where the value cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self> {
        let bytes = serde_json::to_vec(value).map_err(|e| {
            Error::new(
                ErrorKind::Invalid(Vec::new()),
                format!("the request cannot be written as JSON: {e}"),
            )
        })?;
        self.headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        self.body = Body::Bytes(bytes.into());
        Ok(self)
    }

    /// Sends a file as the whole body, under its media type.
    pub fn media(mut self, media: Media) -> Self {
        let kind = media
            .media_type
            .as_deref()
            .and_then(|t| HeaderValue::from_str(t).ok());
        let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
        self.headers.insert(header::CONTENT_TYPE, kind);
        self.body = Body::Upload(Upload(Box::new(media)));
        self
    }

    /// Sends texts as a form.
    pub fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        self.body = Body::Bytes(form.finish().into());
        self
    }

    /// Sends a form that has a file among its fields.
    #[inline]
    pub fn multipart(mut self, form: Multipart) -> Self {
        self.headers
            .insert(header::CONTENT_TYPE, form.content_type());
        self.body = Body::Upload(Upload(Box::new(form)));
        self
    }

    /// Adds a header field.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a charge.
    pub fn charge(mut self, charge: Charge) -> Self {
        self.charges.push(charge);
        self
    }

    /// Says whether it may be sent again when its answer is lost.
    pub fn safety(mut self, safety: WriteSafety) -> Self {
        self.safety = safety;
        self
    }

    /// Bounds its answer, in bytes.
    pub fn max_response(mut self, bytes: usize) -> Self {
        self.max_response = Some(bytes);
        self
    }

    /// Bounds one attempt.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Says that it changes nothing, whatever its method: a question, a login, an upload that nobody sees yet.
    pub fn changes_nothing(mut self) -> Self {
        self.writes = false;
        self.safety = WriteSafety::Idempotent;
        self
    }
}
