//! What X sends as it happens, over a connection that stays open: posts that rules match, and X Activity. Nothing runs
//! but while the stream is asked for its next item, and no more is held than one line.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::future::{Either, select};
use futures_util::stream::{StreamExt, unfold};
use jiff::{SignedDuration, Timestamp};

use super::super::fault;
use super::super::rules::beside::{EXPANSIONS, Extras};
use super::super::rules::endpoints::{ACTIVITY_STREAM, Endpoint, STREAM};
use super::super::rules::prices::Item;
use super::super::rules::{NETWORK, Tier};
use super::super::wire::{self, Obj, read_text};
use super::super::{X, convert_events};
use super::Call;
use super::events::Stand;
use super::lines::{Backoff, Lines, Trouble};
use crate::client::limits::{Charge, Sent};
use crate::client::{BodyStream, Clock, Permit};
use crate::ended::Ended;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccountId, Event, EventKind, Since};
use crate::operation::Operation;
use crate::shared::seen::Seen;
use crate::shared::texts::Texts;

/// The network sends something every 20 seconds, if only the end of a line (docs): who hears nothing for this long is cut
/// off.
const SILENCE: Duration = Duration::from_secs(30);
/// How many minutes of what was missed are sent again at most (contract).
const BACKFILL: i64 = 5;
/// How many of the last happenings are known again, where what was missed is sent again.
const KNOWN_AGAIN: usize = 4096;

/// What is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Filtered,
    Activity,
}

impl Source {
    const fn endpoint(self) -> &'static Endpoint {
        match self {
            Self::Filtered => STREAM,
            Self::Activity => ACTIVITY_STREAM,
        }
    }

    /// What is billed for something that came (docs, pricing): what is not named is free.
    fn item(self, kind: &str) -> Option<Item> {
        let begins = |with: &str| kind.starts_with(with);
        match self {
            Self::Filtered => Some(Item::PostRead),
            Self::Activity if begins("follow.") => Some(Item::FollowRead),
            Self::Activity if kind == "dm.received" || kind == "chat.received" => {
                Some(Item::DmRead)
            }
            Self::Activity if begins("mute.") => Some(Item::MuteRead),
            Self::Activity if begins("block.") => Some(Item::BlockRead),
            Self::Activity if kind == "post.delete" => None,
            Self::Activity if begins("post.") || begins("profile.update") => Some(Item::PostRead),
            Self::Activity => None,
        }
    }

    /// How many posts and accounts are billed beside one at most. What X Activity tells has a price for all of it.
    fn beside(self) -> Extras {
        match self {
            Self::Filtered => Extras::most(EXPANSIONS),
            Self::Activity => Extras::default(),
        }
    }

    /// The dearest of it.
    const fn dearest(self) -> Item {
        match self {
            Self::Filtered => Item::PostRead,
            Self::Activity => Item::DmRead,
        }
    }
}

/// How far it has come.
enum Phase {
    /// It is opened, at a moment or at once.
    Opening(Option<Timestamp>),
    Reading(BodyStream, Lines),
    Ended,
}

/// What a line says.
enum Said {
    Nothing,
    Happened(Box<Event>, Option<Item>),
    /// The network sends no more, and why.
    Over(Error, Trouble),
}

struct Listening {
    x: X,
    source: Source,
    operation: Operation,
    phase: Phase,
    backoff: Backoff,
    /// Until when all that was sent has come; `None` before the first connection.
    heard: Option<Timestamp>,
    /// The price of what comes next: without it nothing more is taken.
    reserved: Option<Permit>,
    ready: VecDeque<Result<Event>>,
    seen: Seen,
}

impl X {
    /// The posts that the application's rules match, as they are published: X's filtered stream.
    ///
    /// Set the rules by [`call`](Self::call) of `POST /2/tweets/search/stream/rules`, such as `{"add": [{"value":
    /// "@shop -is:retweet"}]}`; `GET` lists them, and `{"delete": {"ids": ["1"]}}` takes them out. Without a rule the
    /// stream ends with a `Conflict`. It needs the application's own token, and on plans that anybody can buy there is one
    /// such connection at a time. Each post is billed as one that is read, before the next one is taken; a spending cap
    /// ends the stream with `QuotaExhausted`.
    ///
    /// A post that mentions or answers this account, where it is known who that is, comes as such, else as
    /// [`EventKind::Post`]. Its id is that of [`events`](crate::SocialNetwork::events).
    ///
    /// Passing troubles are waited out, as long as X wants: at once after the first break, then by 250 ms more each time
    /// up to 16 s; from 5 s up to 320 s where the answer is no stream; from a minute on where it was refused for its pace.
    /// Silence of 30 s is a break. What was sent meanwhile is lost, which comes as an [`EventKind::Gap`]. On the
    /// enterprise plan X sends the last five minutes again, and only what is older is lost.
    ///
    /// `since` says from when, as far as X can send it again: a cursor is that of an earlier event.
    pub fn stream(&self, since: Since) -> BoxStream<'static, Result<Event>> {
        self.listening(Source::Filtered, since)
    }

    /// What X Activity tells, over a connection in place of a webhook: what was subscribed to by [`call`](Self::call) of
    /// `POST /2/activity/subscriptions` without a webhook. All else is as with [`stream`](Self::stream) and
    /// a webhook.
    pub fn activity(&self, since: Since) -> BoxStream<'static, Result<Event>> {
        self.listening(Source::Activity, since)
    }

    fn listening(&self, source: Source, since: Since) -> BoxStream<'static, Result<Event>> {
        let mut ready = VecDeque::new();
        let mut phase = Phase::Opening(None);
        let now = self.now();
        let heard = match since {
            Since::Now => None,
            Since::Oldest => now.checked_sub(SignedDuration::from_mins(BACKFILL)).ok(),
            Since::Cursor(cursor) => match Stand::parse(&cursor) {
                Ok(stand) => stand.heard(),
                Err(error) => {
                    ready.push_back(Err(ended(error)));
                    phase = Phase::Ended;
                    None
                }
            },
        };
        let state = Listening {
            x: self.clone(),
            source,
            operation: Operation::named(source.endpoint().name),
            phase,
            backoff: Backoff::default(),
            heard,
            reserved: None,
            ready,
            seen: Seen::new(KNOWN_AGAIN),
        };
        unfold(state, |mut state| async move {
            let item = state.next().await?;
            Some((item, state))
        })
        .boxed()
    }
}

/// An error that ends a stream.
fn ended(error: Error) -> Error {
    let why = error.ended().unwrap_or(Ended::of(error.kind()));
    error.with_ended(why)
}

impl Listening {
    async fn next(&mut self) -> Option<Result<Event>> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            match std::mem::replace(&mut self.phase, Phase::Ended) {
                Phase::Ended => return None,
                Phase::Opening(at) => {
                    if let Some(at) = at {
                        self.x.inner.client.clock().sleep_until(at).await;
                    }
                    match self.opened().await {
                        Ok(body) => self.phase = Phase::Reading(body, Lines::default()),
                        Err(error) => self.fails(error, None),
                    }
                }
                Phase::Reading(body, lines) => self.read(body, lines).await,
            }
        }
    }

    /// Opens the connection. What was missed before is told, unless the network sends it again.
    async fn opened(&mut self) -> Result<BodyStream> {
        if self.reserved.is_none() {
            let reserved = Self::reserve(&self.x, &self.operation, self.source).await?;
            self.reserved = Some(reserved);
        }
        let again = self.x.inner.knows(|facts| facts.tier) == Tier::Enterprise;
        let missed = self
            .heard
            .map(|heard| (heard, self.x.now().duration_since(heard)));
        let minutes = missed
            .filter(|(_, missed)| again && missed.is_positive())
            .map(|(_, missed)| (missed.as_secs() / 60 + 1).clamp(1, BACKFILL));
        let mut call = Call::of(self.source.endpoint(), &[]).maybe("backfill_minutes", minutes);
        if self.source == Source::Filtered {
            call = call.of_happenings();
        }
        let body = self.x.open(&self.operation, call).await?;
        let now = self.x.now();
        if let Some((heard, _)) = missed {
            let told = SignedDuration::from_mins(minutes.unwrap_or_default());
            let until = now.checked_sub(told).unwrap_or(now);
            if until > heard {
                let id = format!("gap:stream:{}", heard.as_millisecond());
                let cursor = Stand::pushed(until).cursor();
                self.ready
                    .push_back(Ok(Event::gap(id, cursor, heard, until)));
            }
        }
        self.heard = Some(now);
        Ok(body)
    }

    /// Sets the price of what comes next aside. It is refused where that could pass a cap.
    async fn reserve(x: &X, operation: &Operation, source: Source) -> Result<Permit> {
        let worst = x.inner.knows(|facts| {
            let dearest = facts.prices.micros(source.dearest());
            dearest.saturating_add(source.beside().micros(&facts.prices))
        });
        let charge: Charge = x.inner.money.charge_by(operation, worst, worst);
        x.inner.client.permit(NETWORK, &[charge]).await
    }

    /// Books what something cost that came, with what a line tells beside it.
    fn book(&mut self, item: Option<Item>, line: &[u8]) {
        let (Some(item), Some(mut permit)) = (item, self.reserved.take()) else {
            return;
        };
        permit.sent();
        let beside = match self.source {
            Source::Filtered => wire::things_in(line).beside,
            Source::Activity => Extras::default(),
        };
        let price = self.x.inner.knows(|facts| {
            let price = facts.prices.micros(item);
            price.saturating_add(beside.micros(&facts.prices))
        });
        let at = permit.sent_at().unwrap_or_else(|| self.x.now());
        let key = self.x.inner.money.key().clone();
        permit.settle(Sent::answered(at).cost(key, price));
    }

    /// Reads until there is something to tell, or the connection ends.
    async fn read(&mut self, mut body: BodyStream, mut lines: Lines) {
        loop {
            match lines.next() {
                Ok(Some(line)) => {
                    if !self.takes(&line).await {
                        return;
                    }
                    if !self.ready.is_empty() {
                        self.phase = Phase::Reading(body, lines);
                        return;
                    }
                }
                Ok(None) => match Self::piece(self.x.inner.client.clock(), &mut body).await {
                    Some(piece) => lines.push(&piece),
                    None => return self.waits(Trouble::Network, None),
                },
                Err(_) => return self.waits(Trouble::Network, None),
            }
        }
    }

    /// The next piece of the answer; `None` where it broke off, ended, or nothing came for too long.
    async fn piece(clock: &Arc<dyn Clock>, body: &mut BodyStream) -> Option<Bytes> {
        let until = clock.now().checked_add(SILENCE).unwrap_or(Timestamp::MAX);
        match select(body.next(), clock.sleep_until(until)).await {
            Either::Left((piece, _)) => piece?.ok(),
            Either::Right(_) => None,
        }
    }

    /// Takes a line, and tells whether the connection goes on.
    async fn takes(&mut self, line: &Bytes) -> bool {
        match self.said(line) {
            Said::Nothing => {
                self.well();
                true
            }
            Said::Happened(mut event, item) => {
                self.well();
                self.book(item, line);
                event.cursor = Stand::pushed(event.at.unwrap_or_else(|| self.x.now())).cursor();
                if self.seen.note(event.id.as_str(), None) {
                    self.ready.push_back(Ok(*event));
                }
                if self.reserved.is_some() {
                    return true;
                }
                match Self::reserve(&self.x, &self.operation, self.source).await {
                    Ok(permit) => {
                        self.reserved = Some(permit);
                        true
                    }
                    Err(error) => {
                        self.fails(error, None);
                        false
                    }
                }
            }
            Said::Over(error, trouble) => {
                self.fails(error, Some(trouble));
                false
            }
        }
    }

    /// A whole line came: nothing before it is missing.
    fn well(&mut self) {
        self.heard = Some(self.x.now());
        self.backoff = Backoff::default();
    }

    fn said(&self, line: &Bytes) -> Said {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Said::Nothing;
        }
        let texts = Texts::default();
        let read = std::str::from_utf8(line).ok();
        let read = read.and_then(|text| read_text::<wire::Line<'_>>(text, &texts).ok());
        let Some(line) = read else {
            // A page of whoever stands before the network, or garbage.
            let message = "what the network sends is no JSON";
            return Said::Over(
                Error::new(ErrorKind::Unavailable, message).with_network(NETWORK),
                Trouble::Http,
            );
        };
        let Obj(Some(told)) = line.data else {
            return over(
                &line.errors,
                line.kind.get(),
                line.title.get(),
                line.detail.get(),
            );
        };
        let me = self.x.inner.me.get().map(AccountId::as_str);
        let me = me.unwrap_or_default();
        let cursor = |_| crate::id::EventCursor::new("");
        match self.source {
            Source::Filtered => {
                let includes = line.includes.0.map(wire::Beside::into_includes);
                let usual = EventKind::Post;
                let event =
                    convert_events::post(&told.post, includes.as_ref(), me, &usual, cursor(None));
                match event {
                    Some(event) => Said::Happened(Box::new(event), self.source.item("")),
                    None => Said::Nothing,
                }
            }
            Source::Activity => {
                let kind = convert_events::plain_kind(told.kind.or_empty());
                let item = self.source.item(&kind);
                // One connection tells of all accounts that were subscribed to.
                let of = told.filter.get().and_then(|filter| filter.user_id.get());
                let of = of.unwrap_or(me).to_owned();
                match convert_events::activity(told, &of, cursor) {
                    Some(event) => Said::Happened(Box::new(event), item),
                    None => Said::Nothing,
                }
            }
        }
    }

    /// Waits and opens it anew, or ends with an error that waiting does not mend.
    fn fails(&mut self, error: Error, trouble: Option<Trouble>) {
        let usual = match error.kind() {
            ErrorKind::RateLimited => Some(Trouble::Limit),
            ErrorKind::Unavailable | ErrorKind::Decode => Some(Trouble::Http),
            ErrorKind::Transport | ErrorKind::Timeout => Some(Trouble::Network),
            _ => None,
        };
        match trouble.filter(|_| usual.is_some()).or(usual) {
            Some(trouble) => self.waits(trouble, error.retry_at()),
            None => {
                self.ready.push_back(Err(ended(error)));
                self.phase = Phase::Ended;
            }
        }
    }

    fn waits(&mut self, trouble: Trouble, told: Option<Timestamp>) {
        let wait = self.backoff.wait(trouble);
        let now = self.x.now();
        let own = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let at = told.map_or(own, |told| told.max(own));
        self.phase = Phase::Opening((at > now).then_some(at));
    }
}

/// Why the network sends no more.
fn over(
    errors: &[Obj<wire::Problem<'_>>],
    kind: Option<&str>,
    title: Option<&str>,
    detail: Option<&str>,
) -> Said {
    let problem = errors.iter().find_map(Obj::get);
    let name = problem
        .and_then(|problem| problem.kind.get())
        .or(kind)
        .map(fault::segment)
        .unwrap_or_default();
    let words = problem
        .and_then(|problem| problem.detail.get().or(problem.title.get()))
        .or(detail)
        .or(title);
    let Some(words) = words else {
        // A line that tells nothing, such as one of a kind that is not known.
        return Said::Nothing;
    };
    let words: String = words.chars().take(fault::QUOTED).collect();
    let (kind, message) = match problem.map(fault::partial) {
        // What waiting does not mend.
        Some((
            kind @ (ErrorKind::QuotaExhausted
            | ErrorKind::Unauthorized
            | ErrorKind::Forbidden(_)
            | ErrorKind::Suspended),
            message,
        )) => (kind, message),
        _ => (ErrorKind::Unavailable, words),
    };
    let trouble = if name.contains("disconnect") {
        Trouble::Network
    } else {
        Trouble::Http
    };
    let error = Error::new(kind, message).with_network(NETWORK);
    Said::Over(error, trouble)
}
