use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

/// What carries one attempt to a server and brings its answer back.
///
/// The default goes over the network; a test may put any other in its place.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one attempt. It answers as soon as the head of the answer is there; the body follows piece by piece.
    fn send<'a>(&'a self, request: Outgoing) -> BoxFuture<'a, Result<Incoming, TransportError>>;
}

/// One attempt on its way out.
#[non_exhaustive]
pub struct Outgoing {
    /// The HTTP method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// The header fields, credentials among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: OutgoingBody,
}

impl Outgoing {
    /// An attempt without header fields and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: OutgoingBody::Empty,
        }
    }
}

/// Header fields may hold credentials, so that `Debug` shows none; neither does it show the query.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .finish_non_exhaustive()
    }
}

/// Pieces of a body as they come.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// The body of one attempt.
#[non_exhaustive]
pub enum OutgoingBody {
    /// None.
    Empty,
    /// Held in memory.
    Bytes(Bytes),
    /// Read piece by piece, never held as a whole.
    Stream {
        /// The pieces.
        stream: crate::model::MediaStream,
        /// The length in bytes, where it is known.
        len: Option<u64>,
    },
}

/// An answer: its head, and its body piece by piece.
#[non_exhaustive]
pub struct Incoming {
    /// The HTTP status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: BodyStream,
}

impl Incoming {
    /// An answer whose body comes as a stream.
    pub fn new(status: StatusCode, headers: HeaderMap, body: BodyStream) -> Self {
        Self {
            status,
            headers,
            body,
        }
    }

    /// An answer whose body is there already.
    pub fn of(response: http::Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        let body = Box::pin(futures_util::stream::once(std::future::ready(Ok(body))));
        Self {
            status: head.status,
            headers: head.headers,
            body,
        }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Why an attempt brought no whole answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct TransportError {
    /// Whether the server may have received the request. Only a certain no lets a write be repeated.
    pub maybe_sent: bool,
    /// Whether time ran out.
    pub timeout: bool,
    /// What happened, without addresses and secrets.
    pub message: String,
}

impl TransportError {
    /// The server certainly did not receive the request: there was no connection.
    pub fn not_sent(message: impl Into<String>) -> Self {
        Self {
            maybe_sent: false,
            timeout: false,
            message: message.into(),
        }
    }

    /// The server may have received the request.
    pub fn maybe_sent(message: impl Into<String>) -> Self {
        Self {
            maybe_sent: true,
            timeout: false,
            message: message.into(),
        }
    }

    /// Time ran out.
    pub fn timed_out(mut self) -> Self {
        self.timeout = true;
        self
    }
}
