use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, StatusCode};

use super::clock::Clock;
use super::service::Service;
use super::transport::{Incoming, Outgoing, OutgoingBody, Transport, TransportError};

/// The transport to a [`Service`] within this process.
///
/// It takes requests as they would go over the network, and can be told to disturb them: a test sets
/// [`disturb`](Self::disturb) for the next request, or a delay for all.
pub struct InProcess {
    service: Arc<dyn Service>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    disturbances: VecDeque<(Option<String>, Disturbance)>,
    round_trip: Duration,
}

/// What may happen to a request on its way, or to its answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Disturbance {
    /// There is no connection: the service never sees the request.
    Refuse,
    /// The service does what is asked, and the connection breaks before its answer comes back.
    LoseAnswer,
    /// The connection breaks before the service sees the request, but after it went out.
    LoseRequest,
    /// The service does what is asked, and its answer never comes: only a timeout ends it.
    Hang,
    /// The service does what is asked, and answers this status in place of its own answer.
    StatusAfter(u16),
    /// The service never sees the request; this status is answered instead.
    StatusInstead(u16),
    /// The service does what is asked, and its answer's body is replaced by this.
    Garbage(Bytes),
    /// The service does what is asked, and its answer breaks off in the middle.
    Truncate,
    /// The answer's body never ends.
    Endless,
    /// The answer takes this much longer.
    Delay(Duration),
    /// The service never sees the request; this whole answer comes instead.
    Answer {
        /// The status.
        status: u16,
        /// Header fields.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
}

// Inline, so that the programs compile it that go through it, which are tests: linkers keep tables of what the library
// compiles itself in every program.
impl InProcess {
    /// Reaches a service, at the times of a clock.
    pub fn new(service: Arc<dyn Service>, clock: Arc<dyn Clock>) -> Self {
        Self {
            service,
            clock,
            state: Mutex::default(),
        }
    }

    /// Disturbs the next request that nothing else disturbs.
    #[inline]
    pub fn disturb(&self, disturbance: Disturbance) {
        self.state().disturbances.push_back((None, disturbance));
    }

    /// Disturbs the next request whose path holds this text.
    pub fn disturb_path(&self, part: impl Into<String>, disturbance: Disturbance) {
        self.state()
            .disturbances
            .push_back((Some(part.into()), disturbance));
    }

    /// Takes back all disturbances that have not met a request yet.
    #[inline]
    pub fn calm(&self) {
        self.state().disturbances.clear();
    }

    /// How many disturbances have not met a request yet.
    #[inline]
    pub fn disturbances_left(&self) -> usize {
        self.state().disturbances.len()
    }

    /// Sets how long every request takes, there and back.
    #[inline]
    pub fn set_round_trip(&self, time: Duration) {
        self.state().round_trip = time;
    }

    #[inline]
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pass(&self, time: Duration) {
        if !time.is_zero() {
            let until = self
                .clock
                .now()
                .checked_add(time)
                .unwrap_or(jiff::Timestamp::MAX);
            self.clock.sleep_until(until).await;
        }
    }

    async fn carry(&self, request: Outgoing) -> Result<Incoming, TransportError> {
        let (disturbance, round_trip) = {
            let mut state = self.state();
            let path = request.url.path();
            let hit = state
                .disturbances
                .iter()
                .position(|(part, _)| part.as_ref().is_none_or(|p| path.contains(p)));
            (
                hit.and_then(|i| state.disturbances.remove(i))
                    .map(|(_, d)| d),
                state.round_trip,
            )
        };
        match &disturbance {
            Some(Disturbance::Refuse) => {
                return Err(TransportError::not_sent("no connection: refused"));
            }
            Some(Disturbance::LoseRequest) => {
                return Err(TransportError::maybe_sent("the connection broke"));
            }
            Some(Disturbance::StatusInstead(status)) => return Ok(plain(*status)),
            Some(Disturbance::Answer {
                status,
                headers,
                body,
            }) => {
                let mut answer = http::Response::new(body.clone());
                *answer.status_mut() = status_of(*status);
                *answer.headers_mut() = headers.clone();
                return Ok(Incoming::of(answer));
            }
            _ => {}
        }
        let request = whole(request).await?;
        self.pass(round_trip / 2).await;
        let response = self.service.answer(&request, self.clock.now());
        self.pass(round_trip - round_trip / 2).await;
        let (head, body) = response.into_parts();
        let with_body = |body: Bytes| {
            let mut headers = head.headers.clone();
            headers.remove(http::header::CONTENT_LENGTH);
            let mut answer = http::Response::new(body);
            *answer.status_mut() = head.status;
            *answer.headers_mut() = headers;
            Ok(Incoming::of(answer))
        };
        match disturbance {
            None => with_body(body),
            Some(Disturbance::LoseAnswer) => {
                Err(TransportError::maybe_sent("the connection broke"))
            }
            Some(Disturbance::Hang) => std::future::pending().await,
            Some(Disturbance::StatusAfter(status)) => Ok(plain(status)),
            Some(Disturbance::Garbage(garbage)) => with_body(garbage),
            Some(Disturbance::Truncate) => {
                let half = body.slice(..body.len() / 2);
                let pieces = [
                    Ok(half),
                    Err(TransportError::maybe_sent("the answer broke off")),
                ];
                Ok(Incoming::new(
                    head.status,
                    head.headers,
                    futures_util::stream::iter(pieces).boxed(),
                ))
            }
            Some(Disturbance::Endless) => {
                let piece = Bytes::from_static(&[b' '; 64 * 1024]);
                let stream = futures_util::stream::repeat_with(move || Ok(piece.clone())).boxed();
                Ok(Incoming::new(head.status, HeaderMap::new(), stream))
            }
            Some(Disturbance::Delay(time)) => {
                self.pass(time).await;
                with_body(body)
            }
            Some(_) => with_body(body),
        }
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

impl Transport for InProcess {
    #[inline]
    fn send<'a>(&'a self, request: Outgoing) -> BoxFuture<'a, Result<Incoming, TransportError>> {
        self.carry(request).boxed()
    }
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn plain(status: u16) -> Incoming {
    let mut answer =
        http::Response::new(Bytes::from_static(b"<html><body>disturbed</body></html>"));
    *answer.status_mut() = status_of(status);
    Incoming::of(answer)
}

/// A request with its whole body, as a service takes it.
async fn whole(request: Outgoing) -> Result<http::Request<Bytes>, TransportError> {
    let body = match request.body {
        OutgoingBody::Empty => Bytes::new(),
        OutgoingBody::Bytes(bytes) => bytes,
        OutgoingBody::Stream { mut stream, .. } => {
            let mut all = BytesMut::new();
            while let Some(piece) = stream.next().await {
                let piece = piece
                    .map_err(|e| TransportError::maybe_sent(format!("the file broke off: {e}")))?;
                all.extend_from_slice(&piece);
            }
            all.freeze()
        }
    };
    let mut out = http::Request::new(body);
    *out.method_mut() = request.method;
    *out.uri_mut() = request
        .url
        .as_str()
        .parse()
        .map_err(|_| TransportError::not_sent("the address is not one that HTTP can carry"))?;
    *out.headers_mut() = request.headers;
    Ok(out)
}
