//! A wire that opens connections as a test tells it, and sends piece by piece under a set clock.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use sociable::client::{Incoming, Outgoing, Transport, TransportError};

use super::*;

/// What a connection does next.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Says(String),
    Waits(u64),
    Breaks,
    /// Nothing comes any more, and it does not end.
    Hangs,
}

/// What becomes of one connection.
#[derive(Clone, Debug)]
pub(crate) enum Connection {
    Opens(Vec<Step>),
    Answers(u16, &'static str),
    Fails,
}

/// When a connection was opened, and with what.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) at: Timestamp,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) authorization: String,
}

#[derive(Debug)]
pub(crate) struct Wire {
    clock: SetClock,
    connections: Mutex<VecDeque<Connection>>,
    opened: Mutex<Vec<Opened>>,
}

impl Wire {
    /// These connections, and afterwards a refusal that ends every stream.
    pub(crate) fn new(clock: &SetClock, connections: Vec<Connection>) -> Arc<Self> {
        Arc::new(Self {
            clock: clock.clone(),
            connections: Mutex::new(connections.into()),
            opened: Mutex::default(),
        })
    }

    pub(crate) fn opened(&self) -> Vec<Opened> {
        self.opened.lock().unwrap().clone()
    }

    /// The waits between the connections, in thousandths of a second.
    pub(crate) fn waits(&self) -> Vec<i128> {
        let opened = self.opened();
        let pairs = opened.iter().zip(opened.iter().skip(1));
        pairs
            .map(|(one, next)| next.at.duration_since(one.at).as_millis())
            .collect()
    }
}

impl Transport for Wire {
    fn send<'a>(
        &'a self,
        request: Outgoing,
    ) -> futures_core::future::BoxFuture<'a, std::result::Result<Incoming, TransportError>> {
        let shown = request.headers.get("authorization");
        self.opened.lock().unwrap().push(Opened {
            at: self.clock.now(),
            path: request.url.path().to_owned(),
            query: request.url.query_pairs().into_owned().collect(),
            authorization: shown.map_or(String::new(), |shown| shown.to_str().unwrap().to_owned()),
        });
        let next = self.connections.lock().unwrap().pop_front();
        let answer = |status: u16, body: &'static str| {
            let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            Incoming::of(response)
        };
        let outcome = match next {
            None => Ok(answer(401, r#"{"title":"Unauthorized","status":401}"#)),
            Some(Connection::Fails) => Err(TransportError::maybe_sent("the connection broke")),
            Some(Connection::Answers(status, body)) => Ok(answer(status, body)),
            Some(Connection::Opens(steps)) => {
                let clock = self.clock.clone();
                let steps: VecDeque<Step> = steps.into();
                let body = futures_util::stream::unfold(steps, move |mut steps| {
                    let clock = clock.clone();
                    async move {
                        loop {
                            match steps.pop_front()? {
                                Step::Says(text) => return Some((Ok(Bytes::from(text)), steps)),
                                Step::Waits(seconds) => {
                                    let until = clock.now() + Duration::from_secs(seconds);
                                    clock.sleep_until(until).await;
                                }
                                Step::Breaks => {
                                    let broke = TransportError::maybe_sent("the connection broke");
                                    return Some((Err(broke), VecDeque::new()));
                                }
                                Step::Hangs => std::future::pending().await,
                            }
                        }
                    }
                });
                let status = http::StatusCode::OK;
                Ok(Incoming::new(status, http::HeaderMap::new(), body.boxed()))
            }
        };
        std::future::ready(outcome).boxed()
    }
}
