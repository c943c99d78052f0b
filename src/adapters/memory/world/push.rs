//! What happened, delivered to a webhook.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use jiff::Timestamp;

use super::World;
use super::state::State;
use crate::adapters::memory::rules;
use crate::adapters::memory::wire::PushSays;
use crate::error::{Error, ErrorKind, Result};
use crate::id::EventCursor;
use crate::model::EventQuery;
use crate::secret::Secret;

/// Where what happens to an account is delivered.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    address: String,
    secret: Secret,
    /// What the receiver has to say after us, until it has.
    challenge: Option<String>,
    /// Everything up to here was taken.
    since: EventCursor,
    /// Where the delivery that is on its way ends.
    ends: Option<EventCursor>,
    not_before: Timestamp,
}

impl World {
    /// Delivers from now on what happens to this account to a webhook at this address, with this secret. A former
    /// subscription ends.
    ///
    /// The world opens no connections: [`delivery`](Self::delivery) gives what is to be sent, and
    /// [`delivered`](Self::delivered) takes what was answered. The first delivery is a handshake.
    ///
    /// # Errors
    /// `NotFound` where there is no such account; `Config` where the address cannot be one.
    pub fn subscribe(&self, handle: &str, address: &str, secret: impl Into<Secret>) -> Result<()> {
        let now = self.clock.now();
        address
            .parse::<http::Uri>()
            .map_err(|e| Error::config(format!("`{address}` is not an address ({e}): name one")))?;
        let mut state = self.state();
        let query = EventQuery::now();
        let Some(since) = state
            .accounts
            .contains_key(handle)
            .then(|| state.events_for(handle, &query, now).ok())
            .flatten()
            .map(|says| says.cursor.into_string())
        else {
            let message = format!("there is no account `{handle}` to subscribe: add it first");
            return Err(Error::new(ErrorKind::NotFound, message).with_network(rules::NETWORK));
        };
        let subscription = Subscription {
            address: address.to_owned(),
            secret: secret.into(),
            challenge: Some(format!("challenge-{}", state.number())),
            since: since.into(),
            ends: None,
            not_before: now,
        };
        let subscriptions = &mut state.subscriptions;
        subscriptions.insert(handle.to_owned(), subscription);
        Ok(())
    }

    /// What is to be sent to an account's webhook next; `None` where nothing is due. It is the same until its answer is
    /// [told](Self::delivered).
    pub fn delivery(&self, handle: &str) -> Option<Request<Bytes>> {
        let now = self.clock.now();
        let mut state = self.state();
        state.tick(now);
        state.delivery(handle, now)
    }

    /// Takes what a webhook answered to the [`delivery`](Self::delivery). After a success the next one is due; after
    /// anything else the same comes again, not before the moment that `Retry-After` names.
    pub fn delivered(&self, handle: &str, response: &Response<Bytes>) {
        let now = self.clock.now();
        if let Some(subscription) = self.state().subscriptions.get_mut(handle) {
            subscription.answered(response, now);
        }
    }
}

impl State {
    fn delivery(&mut self, handle: &str, now: Timestamp) -> Option<Request<Bytes>> {
        let subscription = self.subscriptions.get(handle)?;
        if now < subscription.not_before {
            return None;
        }
        let mut says = PushSays {
            account: handle.into(),
            challenge: subscription.challenge.as_deref().map(Into::into),
            events: Vec::new(),
        };
        let mut ends = None;
        if says.challenge.is_none() {
            let query = EventQuery::after(subscription.since.clone()).limit(rules::PUSHED_AT_ONCE);
            let happened = self.events_for(handle, &query, now).ok()?;
            ends = Some(EventCursor::new(happened.cursor.into_string()));
            says.events = happened.items;
            if says.events.is_empty() {
                return None;
            }
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri(subscription.address.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header(rules::WEBHOOK_SECRET, subscription.secret.expose())
            .body(serde_json::to_vec(&says).ok()?.into())
            .ok()?;
        if let Some(subscription) = self.subscriptions.get_mut(handle) {
            subscription.ends = ends;
        }
        Some(request)
    }
}

impl Subscription {
    fn answered(&mut self, response: &Response<Bytes>, now: Timestamp) {
        let good = match &self.challenge {
            Some(challenge) => response.body() == challenge.as_bytes(),
            None => true,
        };
        if response.status().is_success() && good {
            self.challenge = None;
            if let Some(ends) = self.ends.take() {
                self.since = ends;
            }
            return;
        }
        let named = response.headers().get(header::RETRY_AFTER);
        let named = named.and_then(|v| v.to_str().ok()?.parse().ok());
        let wait = named.map_or(rules::PUSH_AGAIN_AFTER, Duration::from_secs);
        self.not_before = now.checked_add(wait).unwrap_or(Timestamp::MAX);
    }
}
