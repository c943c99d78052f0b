//! Events that are pushed, as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::stream::Stream;
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use crate::ended::Ended;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Event;

/// An event, and how it is said that it is dealt with.
type Handed = (Event, oneshot::Sender<()>);

/// What a webhook brings, as a stream: the other end of a [`Receiver`](super::Receiver).
///
/// To ask for the next event is to say that the last one is dealt with: only then is the network told so. Where the
/// stream is dropped before, the network is told to deliver the last event again. So do not hold the stream without
/// asking: the network waits.
///
/// Its last item is an error that tells why it [`ended`](Error::ended): [`Ended::Closed`], once all receivers are gone.
#[must_use = "a stream does nothing until it is asked for items"]
pub struct Pushed {
    events: mpsc::Receiver<Handed>,
    /// The last event's, until it is dealt with.
    last: Option<oneshot::Sender<()>>,
    ended: bool,
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushed").finish_non_exhaustive()
    }
}

impl Stream for Pushed {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Some(last) = self.last.take() {
            // Who delivered it may have ceased to wait: then it comes again, and is known.
            let _ = last.send(());
        }
        match self.events.poll_recv(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some((event, dealt_with))) => {
                self.last = Some(dealt_with);
                Poll::Ready(Some(Ok(event)))
            }
            Poll::Ready(None) => {
                self.ended = true;
                let message = "the last receiver is gone, so nothing is delivered any more: build another, or poll";
                let error = Error::new(ErrorKind::Unavailable, message)
                    .with_retry(crate::error::Retry::Never)
                    .with_ended(Ended::Closed);
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

/// A sink and the stream that it flows into.
pub(super) fn channel() -> (super::receiver::Sink, Pushed) {
    // One event is on its way at a time, so there is never more to hold.
    let (hand, events) = mpsc::channel::<Handed>(1);
    let sink = move |event| {
        let hand = hand.clone();
        async move {
            let (dealt_with, waiting) = oneshot::channel();
            let gone = || {
                let message =
                    "the stream of what is delivered was dropped: keep asking it for the next event";
                Error::new(ErrorKind::Unavailable, message)
            };
            hand.send((event, dealt_with)).await.map_err(|_| gone())?;
            waiting.await.map_err(|_| gone())
        }
        .boxed()
    };
    let pushed = Pushed {
        events,
        last: None,
        ended: false,
    };
    (Box::new(sink), pushed)
}
