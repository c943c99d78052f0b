//! What happens to a community, by Bots Long Poll.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::FutureExt;
use jiff::Timestamp;
use url::Url;

use super::super::Vk;
use super::super::convert_events;
use super::super::rules::NETWORK;
use super::super::wire;
use super::{Params, invalid, response};
use crate::client::{Answer, Dialect, Fault, Reply, Request};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::id::EventCursor;
use crate::model::{Event, EventQuery, Events, Since};
use crate::network::follow;
use crate::operation::Operation;
use crate::secret::Secret;

/// How many happenings come at once where the caller does not say.
const USUAL_LIMIT: usize = 500;
/// How long a question waits for something to happen, in seconds, when asked by the way and when listening (docs: at most
/// 90, and 25 because of what stands between).
const SHORT_WAIT: u64 = 1;
const LONG_WAIT: u64 = 25;
/// How much longer an answer may take than it waits.
const ANSWER_TIME: Duration = Duration::from_secs(15);
/// How long at least lies between two questions to which nothing was told.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a server is asked for anew within one question.
const SERVERS: usize = 3;
/// How many answers are read for one question: the network does not say how many happenings it tells at once.
const ROUNDS: usize = 20;
/// The number at which a community begins, before the first happening.
const BEFORE_ALL: &str = "1";

/// Where happenings are asked for, once that is known.
#[derive(Default)]
pub(in super::super) struct Poll(Mutex<Option<Server>>);

#[derive(Clone)]
struct Server {
    url: Url,
    key: Secret,
}

impl Poll {
    fn known(&self) -> Option<Server> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is(&self, server: Option<Server>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = server;
    }
}

/// Where a reader stands.
///
/// The network counts what happens (`ts`), and answers everything after a number at once. Within such an answer the
/// last happening that was dealt with is known by its id. What was pushed has no number: it is looked for by its id.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Stand {
    ts: Option<String>,
    /// Until when all is dealt with, for the span of a hole.
    at: Option<Timestamp>,
    last: Option<String>,
}

impl Stand {
    /// After a happening that was pushed.
    #[cfg(feature = "webhook")]
    pub(in super::super) fn pushed(at: Timestamp, id: &str) -> Self {
        Self {
            ts: None,
            at: Some(at),
            last: Some(id.to_owned()),
        }
    }

    fn parse(cursor: &EventCursor) -> Result<Self> {
        let read = || {
            let mut parts = cursor.as_str().splitn(4, ';');
            if parts.next()? != "1" {
                return None;
            }
            let (ts, at, last) = (parts.next()?, parts.next()?, parts.next()?);
            let at = match at {
                "" => None,
                seconds => Some(Timestamp::from_second(seconds.parse().ok()?).ok()?),
            };
            let ts = Some(ts.to_owned()).filter(|ts| !ts.is_empty());
            if !ts.as_deref().is_none_or(is_number) {
                return None;
            }
            let last = Some(last.to_owned()).filter(|last| !last.is_empty());
            Some(Self { ts, at, last })
        };
        read().ok_or_else(|| {
            let message = "it is not one that events() gave: begin with `now` or `oldest`";
            invalid(Rule::Malformed, "cursor", message).with_operation(Operation::EVENTS)
        })
    }

    pub(in super::super) fn cursor(&self) -> EventCursor {
        let at = self.at.map(|at| at.as_second().to_string());
        EventCursor::new(format!(
            "1;{};{};{}",
            self.ts.as_deref().unwrap_or_default(),
            at.unwrap_or_default(),
            self.last.as_deref().unwrap_or_default()
        ))
    }
}

/// Whether a text can be the number of a happening.
fn is_number(ts: &str) -> bool {
    !ts.is_empty() && ts.len() <= 40 && ts.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// What the network answers to one question.
enum Came {
    /// What happened, if anything.
    Told(Box<Answer>),
    /// What happened since is lost, all of it or the older part; from this number it goes on in any case.
    Lost { next: String, partly: bool },
}

/// The server of a long poll: it takes no token, and its errors are statuses.
struct Ear;

impl Dialect for Ear {
    fn network(&self) -> &str {
        NETWORK
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        if reply.status.is_success() {
            return None;
        }
        let message = format!(
            "the server of the long poll answers with status {}: it is asked for anew",
            reply.status.as_u16()
        );
        Some(Fault::refused(ErrorKind::Unavailable, message))
    }
}

impl Vk {
    pub(in super::super) async fn happened(&self, query: &EventQuery) -> Result<Events> {
        self.heard(query, SHORT_WAIT).await
    }

    /// As they happen: each question waits at the network until there is something to tell.
    pub(in super::super) fn listened(&self, query: EventQuery) -> BoxStream<'_, Result<Event>> {
        let clock = std::sync::Arc::clone(self.inner.client.clock());
        follow(clock, query, PAUSE, move |query| {
            async move {
                self.require(&Operation::EVENTS)?;
                self.heard(&query, LONG_WAIT).await
            }
            .boxed()
        })
    }

    async fn heard(&self, query: &EventQuery, wait: u64) -> Result<Events> {
        let mut stand = match &query.since {
            Since::Now => {
                let ts = self.new_server().await?.1;
                let stand = Stand {
                    ts: Some(ts),
                    at: Some(self.now()),
                    last: None,
                };
                return Ok(Events::new(Vec::new(), stand.cursor()));
            }
            Since::Oldest => Stand {
                ts: None,
                at: None,
                last: None,
            },
            Since::Cursor(cursor) => Stand::parse(cursor)?,
        };
        let limit = query
            .limit
            .map_or(USUAL_LIMIT, |limit| limit.max(1) as usize);
        let mut items = Vec::new();
        for round in 0..ROUNDS {
            let ts = stand.ts.clone().unwrap_or_else(|| BEFORE_ALL.to_owned());
            // What is there already is not kept waiting for more.
            let wait = if round == 0 { wait } else { SHORT_WAIT };
            match self.came(&ts, wait).await {
                Ok(Came::Told(answer)) => {
                    let more = self.take(&answer, &ts, &mut stand, query, limit, &mut items)?;
                    let came = matches!(more, Taken::All { came: true });
                    if wait > SHORT_WAIT || !came || items.len() >= limit {
                        // Whoever listens asks again at once where something came.
                        let more = matches!(more, Taken::Part) || came;
                        return Ok(Events::new(items, stand.cursor()).more(more));
                    }
                }
                Ok(Came::Lost { next, partly }) => {
                    let now = self.now();
                    let (next, until) = match partly {
                        true => self.oldest_kept(&ts, next).await?,
                        false => (next, None),
                    };
                    let since = stand.at;
                    let until = until.unwrap_or(now).min(now);
                    stand = Stand {
                        ts: Some(next),
                        at: Some(since.map_or(until, |since| until.max(since))),
                        last: None,
                    };
                    // Who asks for the oldest takes what there is.
                    if let Some(since) = since {
                        items.push(convert_events::gap(since, until, stand.cursor()));
                        return Ok(Events::new(items, stand.cursor()).more(true));
                    }
                }
                // What came is not lost for what could not be had after it.
                Err(_) if !items.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Events::new(items, stand.cursor()).more(true))
    }

    /// Takes what one answer tells, as far as it is new, wanted and not too much.
    fn take(
        &self,
        answer: &Answer,
        ts: &str,
        stand: &mut Stand,
        query: &EventQuery,
        limit: usize,
        items: &mut Vec<Event>,
    ) -> Result<Taken> {
        let told: wire::Polled<'_> = wire::read(answer)?;
        let Some(next) = told.ts.get().filter(|ts| is_number(ts)) else {
            return Err(answer.unreadable("it does not tell where to go on"));
        };
        let me = self.inner.owner().unwrap_or_default();
        let mut updates: Vec<wire::Update<'_>> = told
            .updates
            .0
            .into_iter()
            .filter_map(|update| update.0)
            .collect();
        if let Some(last) = &stand.last {
            let is_it = |update: &wire::Update<'_>| convert_events::name_of(update) == *last;
            // Where it does not stand any more, all that is there comes: rather twice than never.
            if let Some(place) = updates.iter().position(is_it) {
                updates.drain(..=place);
            }
        }
        let came = !updates.is_empty();
        let (mut at, count) = (stand.at, updates.len());
        for (i, update) in updates.into_iter().enumerate() {
            let name = convert_events::name_of(&update);
            let Some(mut event) = convert_events::event(update, me, EventCursor::new("")) else {
                continue;
            };
            if !query.wants(&event.kind) {
                continue;
            }
            if items.len() >= limit {
                return Ok(Taken::Part);
            }
            at = event.at.or(at);
            *stand = if i + 1 == count {
                Stand {
                    ts: Some(next.to_owned()),
                    at,
                    last: None,
                }
            } else {
                Stand {
                    ts: Some(ts.to_owned()),
                    at,
                    last: Some(name),
                }
            };
            event.cursor = stand.cursor();
            items.push(event);
        }
        // All that happened until now is dealt with.
        *stand = Stand {
            ts: Some(next.to_owned()),
            at: Some(self.now()),
            last: None,
        };
        Ok(Taken::All { came })
    }

    /// Asks what happened after a number.
    async fn came(&self, ts: &str, wait: u64) -> Result<Came> {
        for _ in 0..SERVERS {
            let server = match self.inner.poll.known() {
                Some(server) => server,
                None => self.new_server().await?.0,
            };
            let answer = match self.ask_server(&server, ts, wait).await {
                Ok(answer) => answer,
                Err(error) => {
                    // It may be that it moved.
                    self.inner.poll.is(None);
                    return Err(error);
                }
            };
            let told: wire::Polled<'_> = wire::read(&answer)?;
            let number = told.ts.get().filter(|ts| is_number(ts)).map(str::to_owned);
            match told.failed.0 {
                None => return Ok(Came::Told(Box::new(answer))),
                Some(1) => match number {
                    Some(next) if next != ts => return Ok(Came::Lost { next, partly: true }),
                    _ => self.inner.poll.is(None),
                },
                Some(3) => {
                    let (_, next) = self.new_server().await?;
                    if next != ts {
                        return Ok(Came::Lost {
                            next,
                            partly: false,
                        });
                    }
                }
                // The key is too old; or something that this version does not know.
                Some(_) => self.inner.poll.is(None),
            }
        }
        let message =
            "the network names servers for a long poll that do not answer: try again later";
        Err(Error::new(ErrorKind::Unavailable, message)
            .with_network(NETWORK)
            .with_operation(Operation::EVENTS))
    }

    /// The number from which on nothing is lost, and when what it begins with happened. The network names one at which
    /// nothing waits any more, and yet answers older ones as far as it can: the oldest of them is looked for by halves.
    async fn oldest_kept(&self, lost: &str, next: String) -> Result<(String, Option<Timestamp>)> {
        let (Ok(mut lost), Ok(mut kept)) = (lost.parse::<u64>(), next.parse::<u64>()) else {
            return Ok((next, None));
        };
        let mut since = None;
        while kept > lost.saturating_add(1) {
            let middle = lost + (kept - lost) / 2;
            match self.came(&middle.to_string(), SHORT_WAIT).await? {
                Came::Told(answer) => {
                    kept = middle;
                    since = self.first_moment(&answer)?;
                }
                Came::Lost { .. } => lost = middle,
            }
        }
        Ok((kept.to_string(), since))
    }

    /// When the first happened of what an answer tells, as far as times are told.
    fn first_moment(&self, answer: &Answer) -> Result<Option<Timestamp>> {
        let told: wire::Polled<'_> = wire::read(answer)?;
        let me = self.inner.owner().unwrap_or_default();
        let updates = told.updates.0.into_iter().filter_map(|update| update.0);
        let mut times = updates.filter_map(|update| {
            convert_events::event(update, me, EventCursor::new("")).and_then(|event| event.at)
        });
        Ok(times.next())
    }

    async fn ask_server(&self, server: &Server, ts: &str, wait: u64) -> Result<Answer> {
        let mut url = server.url.clone();
        url.query_pairs_mut()
            .append_pair("act", "a_check")
            .append_pair("key", server.key.expose())
            .append_pair("ts", ts)
            .append_pair("wait", &wait.to_string());
        let timeout = Duration::from_secs(wait).saturating_add(ANSWER_TIME);
        let request = Request::get(Operation::EVENTS, url).attempt_timeout(timeout);
        self.inner.client.send(&Ear, request).await
    }

    /// Asks where happenings are asked for, and with which number they go on.
    async fn new_server(&self) -> Result<(Server, String)> {
        let operation = Operation::EVENTS;
        let Some(community) = self.inner.community else {
            return Err(Error::unsupported(NETWORK, operation));
        };
        let params = Params::new().with("group_id", community);
        let answer = self
            .ask(&operation, "groups.getLongPollServer", &params)
            .await?;
        let told: wire::PollServer<'_> = response(&answer).map_err(unquoted)?;
        let url = self.answered_url(&answer, told.server.get());
        let url = url.map_err(unquoted)?;
        let (Some(key), Some(ts)) = (told.key.get(), told.ts.get().filter(|ts| is_number(ts)))
        else {
            let error = answer.unreadable("it names no key, or no number to go on from");
            return Err(unquoted(error));
        };
        let server = Server {
            url,
            key: Secret::new(key),
        };
        self.inner.poll.is(Some(server.clone()));
        Ok((server, ts.to_owned()))
    }
}

/// An error that quotes nothing of the answer, since a key stands in it.
fn unquoted(error: Error) -> Error {
    error.with_excerpt("")
}

/// What became of an answer.
enum Taken {
    /// All of it is dealt with; whether there was anything new.
    All { came: bool },
    /// There was more than was asked for.
    Part,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_kept_as_text_and_read_back() {
        let at = Timestamp::from_second(1_700_000_000).ok();
        for (ts, at, last) in [
            (Some("15"), at, None),
            (Some("15"), at, Some("e;1")),
            (None, at, Some("e1")),
            (Some("0"), None, None),
        ] {
            let stand = Stand {
                ts: ts.map(str::to_owned),
                at,
                last: last.map(str::to_owned),
            };
            assert_eq!(Stand::parse(&stand.cursor()).unwrap(), stand);
        }
        for bad in [
            "",
            "1",
            "1;2",
            "1;2;3",
            "2;1;1;",
            "1;1;x;",
            "1;a b;1;",
            "\u{1}no cursor",
        ] {
            assert!(Stand::parse(&EventCursor::new(bad)).is_err(), "{bad}");
        }
    }
}
