//! A connection whose answer does not end: opened like any call, under the same limits and by the same tokens, and read as
//! it comes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use http::{HeaderMap, Method};
use jiff::Timestamp;

use super::super::X;
use super::super::budgets::Spender;
use super::super::fault::Asked;
use super::super::rules::{self, Has, NETWORK};
use super::{Call, Voice};
use crate::client::limits::{Bill, Observation};
use crate::client::{
    BodyStream, Dialect, Fault, Incoming, Login, Outgoing, Reply, Request, Transport,
    TransportError, WriteSafety,
};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;

/// A transport that puts the body of a good answer aside, so that the call ends with the answer's head.
struct Tap {
    under: Arc<dyn Transport>,
    body: Mutex<Option<BodyStream>>,
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .field("under", &self.under)
            .finish_non_exhaustive()
    }
}

impl Transport for Tap {
    fn send<'a>(
        &'a self,
        request: Outgoing,
    ) -> BoxFuture<'a, std::result::Result<Incoming, TransportError>> {
        async move {
            let incoming = self.under.send(request).await?;
            if !incoming.status.is_success() {
                return Ok(incoming);
            }
            let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
            *body = Some(incoming.body);
            let nothing = Box::pin(futures_util::stream::empty());
            Ok(Incoming::new(incoming.status, incoming.headers, nothing))
        }
        .boxed()
    }
}

/// Who opens a stream, for the client. When to try again is not the client's to decide.
struct Opener<'a>(Voice<'a>);

impl Dialect for Opener<'_> {
    fn network(&self) -> &str {
        NETWORK
    }

    fn sign<'a>(
        &'a self,
        request: &'a Request,
        headers: &'a mut HeaderMap,
    ) -> BoxFuture<'a, Result<Login>> {
        self.0.sign(request, headers)
    }

    fn renew(&self, stale: Login) -> BoxFuture<'_, Result<()>> {
        self.0.renew(stale)
    }

    fn observe(&self, headers: &HeaderMap, now: Timestamp) -> Vec<Observation> {
        self.0.observe(headers, now)
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let mut fault = self.0.fault(reply)?;
        match fault.kind {
            // Told to us at once.
            ErrorKind::RateLimited => fault.rests = fault.rests.or(Some(rules::UNTOLD_RESTS)),
            ErrorKind::Unavailable | ErrorKind::Timeout => fault.maybe_done = true,
            _ => {}
        }
        Some(fault)
    }

    fn billed(&self, _: &Reply<'_>, _: &Bill, _: u64) -> u64 {
        // What comes is billed, and not that it may.
        0
    }
}

impl X {
    /// Opens a stream, and hands over what comes.
    pub(super) async fn open(&self, operation: &Operation, call: Call) -> Result<BodyStream> {
        let endpoint = call.endpoint;
        let has = self.inner.tokens.has();
        let kind = has
            .pick(endpoint)
            .ok_or_else(|| self.lacking(operation, Has::need(endpoint)))?;
        let spender: Spender = self.spender(kind);
        let mut request = Request::new(
            operation.clone(),
            Method::GET,
            self.url(&call),
            // It changes nothing, and is not sent again by anybody but us.
            WriteSafety::Unsafe,
        )
        .changes_nothing();
        request.charges = spender.charges(endpoint);
        let tap = Arc::new(Tap {
            under: Arc::clone(self.inner.client.transport()),
            body: Mutex::default(),
        });
        let client = self.inner.client.over(tap.clone());
        let voice = Opener(Voice {
            x: self,
            asked: Asked::Endpoint(endpoint, spender),
        });
        client.send(&voice, request).await?;
        let body = tap
            .body
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        body.ok_or_else(|| {
            let message = "the answer is no stream: try again";
            Error::new(ErrorKind::Transport, message).with_network(NETWORK)
        })
    }
}
