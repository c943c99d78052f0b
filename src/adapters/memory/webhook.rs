//! What the network delivers by itself.

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

use super::wire::PushSays;
use super::{Memory, convert, rules};
use crate::error::Result;
use crate::secret::Secret;
use crate::webhook::{Delivery, Webhook, of_another, read_json, same_secret, wrong_secret};

/// How the deliveries to one account are read; [`Memory::webhook`] makes it, [`World::subscribe`](super::World::subscribe)
/// lets them come.
///
/// A delivery is a `POST` with the secret in the field `memory-webhook-secret`. The first one is a handshake: its
/// challenge is answered as it came.
#[derive(Clone, Debug)]
pub struct MemoryWebhook {
    handle: String,
    secret: Secret,
}

impl Memory {
    /// Reads what the world delivers to this account, with the secret that it was subscribed with.
    pub fn webhook(&self, secret: impl Into<Secret>) -> MemoryWebhook {
        MemoryWebhook {
            handle: self.handle.clone(),
            secret: secret.into(),
        }
    }
}

impl Webhook for MemoryWebhook {
    fn receive(&self, request: &Request<Bytes>, _: Timestamp) -> Result<Delivery> {
        let sent = request.headers().get(rules::WEBHOOK_SECRET);
        if !sent.is_some_and(|sent| same_secret(sent.as_bytes(), &self.secret)) {
            return Err(wrong_secret(rules::NETWORK));
        }
        let says: PushSays<'_> = read_json(rules::NETWORK, request.body())?;
        if says.account.0 != self.handle {
            return Err(of_another(rules::NETWORK, "another account"));
        }
        if let Some(challenge) = says.challenge {
            return Ok(Delivery::handshake(challenge.into_string()));
        }
        let events = says.events.into_iter().map(convert::event).collect();
        Ok(Delivery::new(events))
    }
}
