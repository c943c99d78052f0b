//! drand's rounds, from its relays.

use std::fmt::Write as _;

use async_trait::async_trait;
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use url::Url;

use super::chain::Chain;
use super::round::Round;
use super::{Beacon, refused};
use crate::client::{Client, Dialect, Fault, Reply, Request, server_url};
use crate::contest::draw::hex;
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;

/// How large an answer may be, in bytes: a round has less than 1 KB.
const LARGEST: usize = 8 * 1024;
/// How long one relay is waited for.
const ATTEMPT: std::time::Duration = std::time::Duration::from_secs(10);

/// drand's rounds, from relays that are asked one after the other. None of them is trusted: what counts is the chain's
/// signature.
#[derive(Clone, Debug)]
pub struct Drand {
    client: Client,
    chain: Chain,
    relays: Vec<Url>,
}

impl Drand {
    /// A chain, and the addresses of relays that serve it, the preferred one first: such as `https://api.drand.sh`,
    /// `https://drand.cloudflare.com` for drand's own chains.
    ///
    /// # Errors
    /// `Config` without an address, or for one that is none.
    pub fn new<A: AsRef<str>>(
        client: &Client,
        chain: Chain,
        relays: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        let relays = relays.into_iter();
        let relays = relays
            .map(|relay| server_url(relay.as_ref(), "https://api.drand.sh"))
            .collect::<Result<Vec<_>>>()?;
        if relays.is_empty() {
            return Err(Error::config(
                "a drand beacon needs the address of at least one relay, such as https://api.drand.sh",
            ));
        }
        Ok(Self {
            client: client.clone(),
            chain,
            relays,
        })
    }

    /// Asks one relay.
    async fn ask(&self, relay: &Url, number: u64) -> Result<Option<Round>> {
        let mut url = relay.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            let (hash, number) = (self.chain.hash().to_string(), number.to_string());
            path.pop_if_empty().extend([&hash, "public", &number]);
        }
        let request = Request::get(Operation::named("beacon.round"), url)
            .max_response(LARGEST)
            .attempt_timeout(ATTEMPT);
        let answer = match self.client.send(self, request).await {
            Ok(answer) => answer,
            Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let told: Told = answer.json()?;
        let read = |digits: &str| {
            hex::bytes(digits).ok_or_else(|| answer.unreadable("a signature is hexadecimal digits"))
        };
        if told.round != number {
            return Err(answer.unreadable(format!("it is round {}, not {number}", told.round)));
        }
        let signature = read(&told.signature)?;
        let previous = told.previous_signature.as_deref();
        let previous = previous.filter(|digits| !digits.is_empty()).map(read);
        let round = Round::verified(
            &self.chain,
            number,
            &signature,
            previous.transpose()?.as_deref(),
        );
        round
            .map(Some)
            .map_err(|fault| refused(&self.chain, number, &fault))
    }
}

#[async_trait]
impl Beacon for Drand {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    async fn round(&self, number: u64) -> Result<Option<Round>> {
        let mut failed = Vec::new();
        for relay in &self.relays {
            match self.ask(relay, number).await {
                Ok(Some(round)) => return Ok(Some(round)),
                Ok(None) => {}
                Err(error) => failed.push((relay, error)),
            }
        }
        // One relay that answers "not yet" is enough: the others' trouble would not have brought the round.
        if failed.len() < self.relays.len() {
            return Ok(None);
        }
        let mut message = format!("no relay gave round {number}: ");
        for (i, (relay, error)) in failed.iter().enumerate() {
            let host = relay.host_str().unwrap_or_default();
            let _ = write!(
                message,
                "{}{host}: {}",
                if i > 0 { "; " } else { "" },
                error.message()
            );
        }
        message.push_str("; name other relays, or try again later");
        let at = failed
            .iter()
            .filter_map(|(_, error)| error.retry_at())
            .min();
        let wait = SignedDuration::from_secs(i64::from(self.chain.period.max(30)));
        let at = at.or_else(|| self.client.clock().now().checked_add(wait).ok());
        Err(Error::new(ErrorKind::Unavailable, message)
            .with_network("drand")
            .with_retry_at(at))
    }
}

/// What a relay answers.
#[derive(Deserialize)]
struct Told {
    round: u64,
    signature: String,
    #[serde(default)]
    previous_signature: Option<String>,
}

impl Dialect for Drand {
    fn network(&self) -> &str {
        "drand"
    }

    fn fault(&self, reply: &Reply<'_>) -> Option<Fault> {
        let (kind, message) = match reply.status {
            status if status.is_success() => return None,
            // What relays say of a round that is not there yet.
            StatusCode::NOT_FOUND | StatusCode::TOO_EARLY => {
                (ErrorKind::NotFound, "the round is not there yet")
            }
            StatusCode::TOO_MANY_REQUESTS => (
                ErrorKind::RateLimited,
                "the relay answers no more for now: try again later, or name another",
            ),
            _ => (
                ErrorKind::Unavailable,
                "the relay is out of order: try again later, or name another",
            ),
        };
        Some(Fault::refused(kind, message))
    }
}
