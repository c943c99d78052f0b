//! What stands behind the address that a network delivers to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::body::{self, Unread};
use super::known::Known;
use super::stream::{self, Pushed};
use super::{Webhook, refusal};
use crate::client::{Clock, SystemClock};
use crate::error::{Error, Result};
use crate::model::Event;
use crate::store::KeyValue;

/// How long a delivery may be where nothing is said, in bytes.
const BODY_LIMIT: usize = 1 << 20;
/// How many events are known again where nothing is said.
const REMEMBER: usize = 8192;
/// How long an event is known again where nothing is said.
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// When a network is asked to deliver again where nothing is said.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// Takes an event for the program.
pub(super) type Sink = Box<dyn FnMut(Event) -> BoxFuture<'static, Result<()>> + Send>;

/// What stands behind the address that a network delivers to. Clones are the same receiver; build one for each webhook.
/// See the [module](crate::webhook).
#[derive(Clone)]
pub struct Receiver {
    inner: Arc<Inner>,
}

struct Inner {
    webhook: Box<dyn Webhook>,
    clock: Arc<dyn Clock>,
    body_limit: usize,
    retry_after: Duration,
    /// Whoever has it hands events over: one delivery after the other, in the order of their arrival.
    hand: Mutex<Hand>,
}

struct Hand {
    sink: Sink,
    known: Known,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("webhook", &self.inner.webhook)
            .finish_non_exhaustive()
    }
}

/// Settings for a [`Receiver`]; it ends with [`sink`](Self::sink) or [`stream`](Self::stream).
#[must_use]
pub struct ReceiverBuilder {
    webhook: Box<dyn Webhook>,
    clock: Option<Arc<dyn Clock>>,
    body_limit: usize,
    remember: usize,
    keep: Duration,
    retry_after: Duration,
    store: Option<(Arc<dyn KeyValue>, String)>,
}

impl fmt::Debug for ReceiverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverBuilder")
            .field("webhook", &self.webhook)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}

impl ReceiverBuilder {
    /// Goes by this clock; the system's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Bounds a delivery, in bytes; 1 MiB by default. What is longer is refused with 413 before it is read to the end.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets how many of the last events are known again at least; 8192 by default. Each takes up to 80 bytes.
    pub fn remember(mut self, events: usize) -> Self {
        self.remember = events;
        self
    }

    /// Sets how long an event is known again, as far as there is [room](Self::remember); a day by default.
    pub fn keep(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    /// Knows events again beyond a restart, and those that other processes took, by their ids in this store. The name
    /// tells this webhook from others in the same store. It takes up to 256 keys; ids that are too old are removed.
    pub fn store(mut self, store: Arc<dyn KeyValue>, name: impl Into<String>) -> Self {
        self.store = Some((store, name.into()));
        self
    }

    /// Sets when a network is asked to deliver again what the program could not take; a minute by default, at least a
    /// second. Many networks go by their own times.
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// Hands each event to this function, one at a time. `Ok` says that it is kept, so that the network may forget it;
    /// after an error the network is told to deliver it again.
    ///
    /// The network waits meanwhile, for some seconds at most: keep the event, and do the work elsewhere.
    pub fn sink<F, Fut>(self, mut take: F) -> Receiver
    where
        F: FnMut(Event) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.build(Box::new(move |event| take(event).boxed()))
    }

    /// Hands the events to a stream.
    pub fn stream(self) -> (Receiver, Pushed) {
        let (sink, pushed) = stream::channel();
        (self.build(sink), pushed)
    }

    fn build(self, sink: Sink) -> Receiver {
        let known = Known::new(self.remember, self.keep, self.store);
        Receiver {
            inner: Arc::new(Inner {
                webhook: self.webhook,
                clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock::new())),
                body_limit: self.body_limit,
                retry_after: self.retry_after.max(Duration::from_secs(1)),
                hand: Mutex::new(Hand { sink, known }),
            }),
        }
    }
}

/// What became of one request.
#[non_exhaustive]
pub struct Received {
    /// What it is answered with.
    pub response: Response<Bytes>,
    /// How many events the program took.
    pub taken: usize,
    /// How many were passed over, since they had been taken before.
    pub repeated: usize,
    /// Why it was refused, why the program did not take an event, or why an event that it took could not be noted in the
    /// store (then the answer is a success, and the event may come again).
    pub error: Option<Error>,
}

/// A body may answer a handshake that is secret, so that the status alone is shown.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("status", &self.response.status())
            .field("taken", &self.taken)
            .field("repeated", &self.repeated)
            .field("error", &self.error)
            .finish()
    }
}

impl Receiver {
    /// Settings for the receiver of a webhook, which an adapter makes.
    pub fn builder<W: Webhook + 'static>(webhook: W) -> ReceiverBuilder {
        ReceiverBuilder {
            webhook: Box::new(webhook),
            clock: None,
            body_limit: BODY_LIMIT,
            remember: REMEMBER,
            keep: KEEP,
            retry_after: RETRY_AFTER,
            store: None,
        }
    }

    /// Answers a request of a web server: reads its body as far as it may go, and hands over what happened.
    pub async fn handle<B: Body>(&self, request: Request<B>) -> Response<Bytes> {
        self.accept(request).await.response
    }

    /// As [`handle`](Self::handle), and tells what became of it, for a log or figures.
    pub async fn accept<B: Body>(&self, request: Request<B>) -> Received {
        let (head, body) = request.into_parts();
        if let Some(refused) = self.refuse_method(&head.method) {
            return refused;
        }
        match body::read(body, self.inner.body_limit).await {
            Ok(body) => self.take(&Request::from_parts(head, body)).await,
            Err(Unread::TooLong) => self.refuse(refusal::too_long(self.inner.body_limit)),
            Err(Unread::Broken) => self.refuse(refusal::broken()),
        }
    }

    /// As [`accept`](Self::accept), for a body that is there already.
    pub async fn receive(&self, request: &Request<Bytes>) -> Received {
        if let Some(refused) = self.refuse_method(request.method()) {
            return refused;
        }
        if request.body().len() > self.inner.body_limit {
            return self.refuse(refusal::too_long(self.inner.body_limit));
        }
        self.take(request).await
    }

    async fn take(&self, request: &Request<Bytes>) -> Received {
        let now = self.inner.clock.now();
        let delivery = match self.inner.webhook.receive(request, now) {
            Ok(delivery) => delivery,
            Err(error) => return self.refuse(error),
        };
        let mut received = Received {
            response: delivery.answer,
            taken: 0,
            repeated: 0,
            error: None,
        };
        if delivery.events.is_empty() {
            return received;
        }
        let mut hand = self.inner.hand.lock().await;
        for event in delivery.events {
            if let Err(error) = hand.hand_over(event, now, &mut received).await {
                received.response = self.come_again(&error);
                received.error = Some(error);
                break;
            }
        }
        received
    }

    fn refuse_method(&self, method: &http::Method) -> Option<Received> {
        let methods = self.inner.webhook.methods();
        if methods.contains(method) {
            return None;
        }
        let mut refused = self.refuse(refusal::wrong_method(methods));
        let names: Vec<&str> = methods.iter().map(http::Method::as_str).collect();
        if let Ok(allowed) = HeaderValue::from_str(&names.join(", ")) {
            refused
                .response
                .headers_mut()
                .insert(header::ALLOW, allowed);
        }
        Some(refused)
    }

    /// The answer says nothing of the reason: whoever sent this may be anybody.
    fn refuse(&self, error: Error) -> Received {
        let status = refusal::status(&error);
        let response = if status == StatusCode::SERVICE_UNAVAILABLE {
            self.come_again(&error)
        } else {
            empty(status)
        };
        Received {
            response,
            taken: 0,
            repeated: 0,
            error: Some(error),
        }
    }

    /// Asks for the same delivery later.
    fn come_again(&self, error: &Error) -> Response<Bytes> {
        let now = self.inner.clock.now();
        let named = error.retry_at().map(|at| at.duration_since(now));
        let named = named.and_then(|wait| Duration::try_from(wait).ok());
        // Fractions of a second are rounded up.
        let wait = named.unwrap_or_default().max(self.inner.retry_after);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let mut response = empty(StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        response
    }
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

impl Hand {
    /// Hands one event over, unless it was taken before.
    async fn hand_over(
        &mut self,
        event: Event,
        now: Timestamp,
        received: &mut Received,
    ) -> Result<()> {
        let id = event.id.clone();
        if self.known.knows(id.as_str(), now).await? {
            received.repeated += 1;
            return Ok(());
        }
        (self.sink)(event).await?;
        received.taken += 1;
        // The program has it: that it may come again is worth telling, but no reason to refuse it.
        if let Err(error) = self.known.note(id.as_str(), now).await {
            received.error = Some(error);
        }
        Ok(())
    }
}
