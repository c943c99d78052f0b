//! What happens to a community, delivered by the network itself (Callback API).

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

use super::super::rules::NETWORK;
use super::super::{Vk, convert_events, wire};
use super::events::Stand;
use crate::error::{Error, ErrorKind, Result};
use crate::id::EventCursor;
use crate::network::AccountConfig;
use crate::secret::Secret;
use crate::shared::texts::Texts;
use crate::webhook::{Delivery, Webhook, of_another, read_with, same_secret, wrong_secret};

/// What the network wants to be answered once a happening is kept (docs, Callback API).
const TAKEN: &str = "ok";

/// How the deliveries of the Callback API to one community are read.
///
/// The community's settings (Manage, API usage, Callback API) name the address, the secret key and the text by which the
/// address is confirmed; that text changes with each change of the address. The first delivery asks for it, and is
/// answered by itself. Each delivery shows the secret key in its body; without one none is taken.
///
/// The happenings are those of [`events`](crate::SocialNetwork::events), with the same ids. Their cursors go on there, too,
/// as far as the network still has what came after.
#[derive(Clone, Debug)]
pub struct VkWebhook {
    community: u64,
    secret: Secret,
    confirmation: Secret,
}

impl VkWebhook {
    /// For the community with this positive id, with its secret key and the text that confirms the address.
    ///
    /// # Errors
    /// `Config` where the id is none, or one of the texts is empty.
    pub fn new(
        community: i64,
        secret: impl Into<Secret>,
        confirmation: impl Into<Secret>,
    ) -> Result<Self> {
        let id = u64::try_from(community).ok().filter(|id| *id > 0);
        let Some(community) = id else {
            let message = format!(
                "`community` is {community}, but ids of communities are positive: set the number in vk.com/club123"
            );
            return Err(Error::config(message).with_network(NETWORK));
        };
        let (secret, confirmation) = (secret.into(), confirmation.into());
        for (name, text) in [("secret", &secret), ("confirmation", &confirmation)] {
            if text.expose().trim().is_empty() {
                let message = format!(
                    "`{name}` is empty: set what the community's settings say (Manage, API usage, Callback API)"
                );
                return Err(Error::config(message).with_network(NETWORK));
            }
        }
        Ok(Self {
            community,
            secret,
            confirmation,
        })
    }

    /// That of a configured account: keys `community`, `secret` and `confirmation`.
    ///
    /// # Errors
    /// `Config` for a missing or wrong key, naming the line.
    pub fn from_config(config: &AccountConfig) -> Result<Self> {
        let missing = |key: &str| config.error(key, "the Callback API needs it: set it");
        let community = config.whole_number("community")?;
        let community = community.ok_or_else(|| missing("community"))?;
        let secret = config.required_secret("secret")?;
        let confirmation = config.required_secret("confirmation")?;
        Self::new(community, secret, confirmation).map_err(|error| {
            let keys = ["community", "secret", "confirmation"];
            let named = keys
                .into_iter()
                .find(|key| error.message().starts_with(&format!("`{key}`")));
            config.error(named.unwrap_or("network"), error.message())
        })
    }
}

impl Vk {
    /// Reads what the Callback API delivers to this community, with its secret key and the text that confirms the
    /// address.
    ///
    /// # Errors
    /// `Config` where this is no community, or one of the texts is empty.
    pub fn webhook(
        &self,
        secret: impl Into<Secret>,
        confirmation: impl Into<Secret>,
    ) -> Result<VkWebhook> {
        let community = self.inner.community.and_then(|id| i64::try_from(id).ok());
        let Some(community) = community else {
            let message = "the network delivers to communities alone: set `community`";
            return Err(Error::config(message).with_network(NETWORK));
        };
        VkWebhook::new(community, secret, confirmation)
    }
}

impl Webhook for VkWebhook {
    fn receive(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Delivery> {
        let texts = Texts::default();
        let update: wire::Update<'_> = read_with(NETWORK, request.body(), |text| {
            wire::read_text(text, &texts)
        })?;
        let asks = update.kind.get() == Some("confirmation");
        let shown = update.secret.get();
        // The question whether the address is right may come before a secret key is set; its answer opens nothing.
        let good = shown.map_or(asks, |sent| same_secret(sent, &self.secret));
        if !good {
            return Err(wrong_secret(NETWORK));
        }
        let of = update.group_id.0.and_then(|id| u64::try_from(id).ok());
        if of != Some(self.community) {
            return Err(of_another(NETWORK, "another community"));
        }
        if asks {
            let confirmation = self.confirmation.expose().trim().to_owned();
            return Ok(Delivery::handshake(confirmation));
        }
        let me = i64::try_from(self.community).map_or(0, |id| -id);
        let Some(mut event) = convert_events::event(update, me, EventCursor::new("")) else {
            let message = "the delivery does not say what happened: nothing was taken from it";
            return Err(Error::new(ErrorKind::Decode, message).with_network(NETWORK));
        };
        event.cursor = Stand::pushed(event.at.unwrap_or(now), event.id.as_str()).cursor();
        let answer = Response::new(Bytes::from_static(TAKEN.as_bytes()));
        Ok(Delivery::new(vec![event]).answer(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventKind;

    fn webhook() -> VkWebhook {
        VkWebhook::new(1, "s3cret", "c0nfirm").unwrap()
    }

    fn receive(body: &str) -> Result<Delivery> {
        let request = Request::new(Bytes::copy_from_slice(body.as_bytes()));
        webhook().receive(&request, Timestamp::from_second(1_800_000_000).unwrap())
    }

    #[test]
    fn the_address_is_confirmed_and_happenings_are_answered_with_ok() {
        for secret in ["", r#","secret":"s3cret""#] {
            let asked = receive(&format!(
                r#"{{"type":"confirmation","group_id":1{secret}}}"#
            ))
            .unwrap();
            assert!(asked.events.is_empty());
            assert_eq!(&asked.answer.body()[..], b"c0nfirm");
        }
        let delivery = receive(
            r#"{"group_id":1,"type":"group_join","event_id":"e1","v":"5.199","object":{"user_id":7,"join_type":"join"},"secret":"s3cret"}"#,
        )
        .unwrap();
        assert_eq!(&delivery.answer.body()[..], b"ok");
        let event = &delivery.events[0];
        assert_eq!((event.id.as_str(), &event.kind), ("e1", &EventKind::Follow));
        assert_eq!(event.cursor.as_str(), "1;;1800000000;e1");
    }

    #[test]
    fn what_is_not_the_networks_own_is_refused_and_nothing_of_it_is_quoted() {
        let of = |kind: &str, group: i64, secret: &str| {
            format!(
                r#"{{"type":"{kind}","group_id":{group},"event_id":"e1","object":{{}},"secret":{secret}}}"#
            )
        };
        for (body, kind) in [
            (of("group_join", 1, r#""wrong""#), ErrorKind::Unauthorized),
            (of("group_join", 1, "null"), ErrorKind::Unauthorized),
            (of("group_join", 1, r#""""#), ErrorKind::Unauthorized),
            (of("confirmation", 1, r#""wrong""#), ErrorKind::Unauthorized),
            (of("group_join", 2, r#""s3cret""#), ErrorKind::NotFound),
            (of("group_join", -1, r#""s3cret""#), ErrorKind::NotFound),
            (of("confirmation", 2, "null"), ErrorKind::NotFound),
            (of("", 1, r#""s3cret""#), ErrorKind::Decode),
            ("[1]".to_owned(), ErrorKind::Decode),
            ("not JSON s3cret".to_owned(), ErrorKind::Decode),
            (String::new(), ErrorKind::Decode),
            (
                format!(r#"{{"a":{}"#, "[".repeat(10_000)),
                ErrorKind::Decode,
            ),
        ] {
            let error = receive(&body).unwrap_err();
            assert_eq!(error.kind(), &kind, "{body:.80}: {error}");
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains("s3cret") && !shown.contains("wrong"),
                "{shown}"
            );
        }
        assert!(!format!("{:?}", webhook()).contains("s3cret"));
    }

    #[test]
    fn an_empty_secret_or_a_wrong_id_is_refused_beforehand() {
        for (id, secret, confirmation) in
            [(0, "a", "b"), (-1, "a", "b"), (1, "", "b"), (1, "a", " ")]
        {
            let error = VkWebhook::new(id, secret, confirmation).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Config);
        }
    }
}
