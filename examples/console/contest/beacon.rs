//! Which beacon decides, and what time it is.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use sociable::client::{Clock, SystemClock};
use sociable::contest::beacon::{Beacon, Chain, Drand, OwnChain, Scheme};
use sociable::contest::draw::Digest;
use sociable::jiff::{SignedDuration, Timestamp};
use sociable::{Error, Result};

use crate::console::out::Out;
use crate::console::reach::Reach;

/// The embedded network's own chain: whoever knows the name knows its rounds, so that it decides nothing in earnest.
const NAME: &str = "embedded";
/// When it began, in seconds since 1970, and how often it speaks.
const GENESIS: i64 = 1_700_000_000;
const PERIOD: u32 = 3;

/// The machine's clock, so much later or earlier.
#[derive(Debug)]
struct Shifted(SignedDuration);

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        let now = SystemClock::new().now();
        now.checked_add(self.0).unwrap_or(now)
    }

    fn sleep_until<'a>(&'a self, time: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let time = time.checked_sub(self.0).unwrap_or(time);
        Box::pin(async move { SystemClock::new().sleep_until(time).await })
    }
}

fn shifted(at: Timestamp) -> Arc<dyn Clock> {
    Arc::new(Shifted(at.duration_since(SystemClock::new().now())))
}

/// The clock that is asked for. People's contests go by the real one.
pub(super) fn clock(at: Option<Timestamp>, reach: &Reach) -> Result<Option<Arc<dyn Clock>>> {
    match at {
        Some(_) if !reach.is_embedded() => Err(Error::config(
            "--at is for trying out on the embedded network: contests of other networks go by the real time",
        )),
        Some(at) => Ok(Some(shifted(at))),
        None => Ok(None),
    }
}

/// The beacon: the named relays, or that of the embedded network; none where neither is there.
pub(super) fn of(
    relays: &[String],
    chain: Option<&Path>,
    at: Option<Timestamp>,
    reach: &Reach,
) -> Result<Option<Arc<dyn Beacon>>> {
    if !relays.is_empty() {
        let chain = chain.map_or_else(|| Ok(Chain::quicknet()), read)?;
        let beacon = Drand::new(reach.client(), chain, relays)?;
        return Ok(Some(Arc::new(beacon)));
    }
    if !reach.is_embedded() {
        return Ok(None);
    }
    Ok(Some(Arc::new(own(at)?)))
}

fn own(at: Option<Timestamp>) -> Result<OwnChain> {
    let clock = at.map_or_else(|| Arc::new(SystemClock::new()) as Arc<dyn Clock>, shifted);
    let genesis = Timestamp::from_second(GENESIS).unwrap_or_default();
    OwnChain::new(NAME, genesis, PERIOD, clock)
}

/// Prints the embedded network's own chain.
pub(super) fn print(at: Option<Timestamp>, out: &Out) -> Result<bool> {
    let beacon = own(at)?;
    let chain = serde_json::to_value(beacon.chain())
        .map_err(|e| Error::config(format!("the chain cannot be written: {e}")))?;
    out.line(chain.clone(), || chain.to_string());
    Ok(true)
}

/// What a drand relay tells of a chain.
#[derive(Deserialize)]
struct Info {
    public_key: String,
    period: u32,
    genesis_time: i64,
    #[serde(rename = "groupHash")]
    group_hash: Digest,
    #[serde(rename = "schemeID")]
    scheme: Scheme,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "beaconID")]
    beacon: String,
}

/// Reads a chain from a file, in our form or in that of a relay.
pub(super) fn read(path: &Path) -> Result<Chain> {
    let cannot = |e: &dyn std::fmt::Display| {
        Error::config(format!(
            "{}: {e}; write what `contest chain` or a relay's /info prints",
            path.display()
        ))
    };
    let text = std::fs::read_to_string(path).map_err(|e| cannot(&e))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| cannot(&e))?;
    if value.get("public_key").is_none() {
        return serde_json::from_value(value).map_err(|e| cannot(&e));
    }
    let info: Info = serde_json::from_value(value).map_err(|e| cannot(&e))?;
    let id = info
        .metadata
        .map_or_else(|| "default".to_owned(), |told| told.beacon);
    let genesis = Timestamp::from_second(info.genesis_time).map_err(|e| cannot(&e))?;
    let key = bytes(&info.public_key).ok_or_else(|| cannot(&"the key is no hexadecimal number"))?;
    Ok(Chain::new(
        info.scheme,
        id,
        key,
        genesis,
        info.period,
        info.group_hash,
    ))
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}
