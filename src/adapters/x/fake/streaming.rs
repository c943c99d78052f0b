//! Streams that are sent piece by piece: a way to the fake for programs that listen.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};

use super::Fake;
use super::stream::Piece;
use crate::client::{Clock, Incoming, Outgoing, OutgoingBody, Transport, TransportError};

/// How often a connection looks whether something happened.
const LOOK: SignedDuration = SignedDuration::from_secs(1);

impl Fake {
    /// Opens a stream: the head of the answer, and the connection where it is 200, whose pieces are
    /// [taken](Self::take_piece) one by one. Asked as a [`Service`](crate::client::Service), a stream answers what is
    /// there and ends.
    pub fn open_stream(
        &self,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> (Response<Bytes>, Option<u64>) {
        let mut world = self.world();
        let (response, token, connection) = world.open(request, now);
        world.keep(request, &response, token, now);
        (response, connection)
    }

    /// What a connection is sent next.
    #[must_use]
    pub fn take_piece(&self, connection: u64, now: Timestamp) -> Piece {
        self.world().piece(connection, now)
    }

    /// The other side hung up.
    pub fn hang_up(&self, connection: u64) {
        self.world().close(connection);
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.world().open_streams()
    }

    /// Ends every connection: with a last line that says why, such as `UpstreamOperationalDisconnect`, or without a word.
    pub fn disconnect_streams(&self, why: Option<&str>) {
        self.world().end_streams(why);
    }

    /// Cuts the next line of a stream in half, and its connection with it.
    pub fn cut_next_line(&self) {
        self.world().disturb_streams(true, false);
    }

    /// Lets streams fall silent, without heartbeats, or be heard again.
    pub fn silence_streams(&self, silent: bool) {
        self.world().disturb_streams(false, silent);
    }
}

/// A transport that gives streams of the fake piece by piece, under a clock, and everything else to another transport.
pub struct Streaming {
    fake: Fake,
    clock: Arc<dyn Clock>,
    rest: Arc<dyn Transport>,
}

impl fmt::Debug for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streaming").finish_non_exhaustive()
    }
}

/// A connection that hangs up when nobody reads it any more.
struct Line {
    fake: Fake,
    clock: Arc<dyn Clock>,
    connection: u64,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.fake.hang_up(self.connection);
    }
}

impl Line {
    async fn next(self) -> Option<(Result<Bytes, TransportError>, Self)> {
        loop {
            let now = self.clock.now();
            match self.fake.take_piece(self.connection, now) {
                Piece::Bytes(bytes) => return Some((Ok(bytes), self)),
                Piece::End => return None,
                Piece::Wait(until) => {
                    let look = now.checked_add(LOOK).unwrap_or(until);
                    self.clock.sleep_until(until.min(look)).await;
                }
            }
        }
    }
}

impl Streaming {
    /// Streams of this fake, at the times of a clock; everything else goes the other way.
    pub fn new(fake: Fake, clock: Arc<dyn Clock>, rest: Arc<dyn Transport>) -> Self {
        Self { fake, clock, rest }
    }
}

impl Transport for Streaming {
    fn send<'a>(&'a self, request: Outgoing) -> BoxFuture<'a, Result<Incoming, TransportError>> {
        let path = request.url.path();
        let streams = path.ends_with("/search/stream") || path.ends_with("/activity/stream");
        if !streams || !matches!(request.body, OutgoingBody::Empty) {
            return self.rest.send(request);
        }
        async move {
            let mut asked = Request::new(Bytes::new());
            *asked.method_mut() = request.method;
            *asked.uri_mut() = request.url.as_str().parse().map_err(|_| {
                TransportError::not_sent("the address is not one that HTTP can carry")
            })?;
            *asked.headers_mut() = request.headers;
            let (response, connection) = self.fake.open_stream(&asked, self.clock.now());
            let Some(connection) = connection else {
                return Ok(Incoming::of(response));
            };
            let line = Line {
                fake: self.fake.clone(),
                clock: Arc::clone(&self.clock),
                connection,
            };
            let (head, _) = response.into_parts();
            let body = futures_util::stream::unfold(line, Line::next).boxed();
            Ok(Incoming::new(head.status, head.headers, body))
        }
        .boxed()
    }
}
