use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::FutureExt;
use futures_util::stream::{StreamExt, unfold};

use super::SocialNetwork;
use crate::client::Clock;
use crate::ended::Ended;
use crate::error::{Result, Retry};
use crate::model::{Event, EventQuery, Events, Since};

/// How long to wait between two questions, where a profile does not say.
const DEFAULT_PAUSE: Duration = Duration::from_secs(30);

/// The longest wait after troubles that follow one another.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The provided body of [`SocialNetwork::listen`]: asks again and again, and remembers where it stood.
pub(super) fn listen<N: SocialNetwork + ?Sized>(
    network: &N,
    query: EventQuery,
) -> BoxStream<'_, Result<Event>> {
    let pause = network
        .profile()
        .poll_seconds
        .map_or(DEFAULT_PAUSE, |s| Duration::from_secs(s.max(1).into()));
    follow(network.clock(), query, pause, move |query| {
        async move { network.events(&query).await }.boxed()
    })
}

/// Asks again and again, at most once in `pause` where nothing more is waiting, and remembers where it stood. Passing
/// troubles are waited out; the stream ends with the error that waiting does not mend, and says why.
pub(crate) fn follow<'a>(
    clock: Arc<dyn Clock>,
    query: EventQuery,
    pause: Duration,
    ask: impl Fn(EventQuery) -> BoxFuture<'a, Result<Events>> + Send + 'a,
) -> BoxStream<'a, Result<Event>> {
    struct State<A> {
        ask: A,
        clock: Arc<dyn Clock>,
        query: EventQuery,
        waiting: std::vec::IntoIter<Event>,
        ask_at: Option<jiff::Timestamp>,
        troubles: u32,
        ended: bool,
    }

    let state = State {
        ask,
        clock,
        query,
        waiting: Vec::new().into_iter(),
        ask_at: None,
        troubles: 0,
        ended: false,
    };
    unfold(state, move |mut state| async move {
        loop {
            if let Some(event) = state.waiting.next() {
                return Some((Ok(event), state));
            }
            if state.ended {
                return None;
            }
            if let Some(at) = state.ask_at.take() {
                state.clock.sleep_until(at).await;
            }
            let now = state.clock.now();
            let later = |by: Duration| now.checked_add(by).unwrap_or(jiff::Timestamp::MAX);
            match (state.ask)(state.query.clone()).await {
                Ok(events) => {
                    state.troubles = 0;
                    let next = Since::Cursor(events.cursor);
                    // Who says that there is more and stays where he was would be asked without end.
                    let onward = events.more && state.query.since != next;
                    state.ask_at = (!onward).then(|| later(pause));
                    state.query.since = next;
                    state.waiting = events.items.into_iter();
                }
                // What waiting mends is waited out here; our own repetitions are used up by then, so the wait grows.
                Err(error) if error.retry() != Retry::Never => {
                    let wait = pause
                        .saturating_mul(1 << state.troubles.min(10))
                        .min(LONGEST_PAUSE);
                    state.troubles = state.troubles.saturating_add(1);
                    state.ask_at =
                        Some(later(wait).max(error.retry_at().unwrap_or(jiff::Timestamp::MIN)));
                }
                Err(error) => {
                    state.ended = true;
                    let why = error.ended().unwrap_or(Ended::of(error.kind()));
                    return Some((Err(error.with_ended(why)), state));
                }
            }
        }
    })
    .boxed()
}
