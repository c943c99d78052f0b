use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::stream::Stream;

use crate::error::Result;
use crate::model::Event;
use crate::shared::seen::Seen;

/// A stream of happenings without those that come twice. See [`deduplicated`].
#[derive(Debug)]
#[must_use = "a stream does nothing until it is asked for items"]
pub struct Deduplicated<S> {
    stream: S,
    seen: Seen,
}

/// Drops the events that one stream brings again, by their ids.
///
/// It knows at least the last `remember` events again, and at most twice as many; what comes again later than that is
/// passed on again. The memory for it is bounded: at most 80 bytes for each event to remember, and it does not grow once
/// so many have come. A few hundred serve a network that is polled, some thousands one that pushes to many.
///
/// It remembers within one run: after a restart, the stored cursor is what keeps doubles away. Ids are those of one
/// identity's network, so each stream gets a memory of its own before streams are merged. Errors pass.
///
/// ```
/// # async fn example(network: &dyn sociable::SocialNetwork) {
/// use futures_util::StreamExt;
/// use sociable::{EventQuery, deduplicated};
///
/// let mut happening = deduplicated(network.listen(EventQuery::now()), 1000);
/// while let Some(event) = happening.next().await {
///     match event {
///         Ok(event) => println!("{}: {}", event.id, event.kind),
///         Err(error) => println!("it ended ({:?}): {error}", error.ended()),
///     }
/// }
/// # }
/// ```
pub fn deduplicated<S>(stream: S, remember: usize) -> Deduplicated<S>
where
    S: Stream<Item = Result<Event>> + Unpin,
{
    Deduplicated {
        stream,
        seen: Seen::new(remember),
    }
}

impl<S> Stream for Deduplicated<S>
where
    S: Stream<Item = Result<Event>> + Unpin,
{
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match Pin::new(&mut self.stream).poll_next(cx) {
                Poll::Ready(Some(Ok(event))) => {
                    if self.seen.note(event.id.as_str(), None) {
                        return Poll::Ready(Some(Ok(event)));
                    }
                }
                other => return other,
            }
        }
    }
}
