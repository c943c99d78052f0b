//! Gets what a commitment waits for.

use jiff::{SignedDuration, Timestamp};

use super::Beacon;
use crate::contest::draw::{Evidence, Sealed, Source};
use crate::error::{Error, ErrorKind, Result};

/// After how many seconds a round that is late is asked for again, at least.
const AGAIN: u32 = 30;

/// Gets the randomness that a commitment names, from whichever of the beacons is of its chain: once the round's time has
/// come, and, where it stays away until the moment that the commitment states, what the commitment states in its place.
///
/// # Errors
/// `Unavailable` with the moment to try again, before the round's time and while the beacon is silent; `Config` where no
/// beacon is of the chain, and for reveals, which [`Evidence::reveals`] takes.
pub async fn evidence(
    sealed: &Sealed,
    beacons: &[&dyn Beacon],
    now: Timestamp,
) -> Result<Evidence> {
    let error = match from(&sealed.source, beacons, now).await {
        Ok(evidence) => return Ok(evidence),
        Err(error) => error,
    };
    let Some(fallback) = &sealed.fallback else {
        return Err(error);
    };
    let in_vain = matches!(
        error.kind(),
        ErrorKind::Unavailable | ErrorKind::Transport | ErrorKind::Timeout | ErrorKind::RateLimited
    );
    if !in_vain {
        return Err(error);
    }
    if now < fallback.after {
        let message = format!(
            "{}; if it stays away, the published fallback holds from {}",
            error.message(),
            fallback.after
        );
        return Err(error.with_message(message));
    }
    from(&fallback.source, beacons, now).await
}

async fn from(source: &Source, beacons: &[&dyn Beacon], now: Timestamp) -> Result<Evidence> {
    let (chain, round) = match source {
        Source::Beacon { chain, round } => (chain, *round),
        Source::Reveals { deadline, .. } => {
            return Err(Error::config(format!(
                "this draw is decided by what several parties reveal until {deadline}: gather it from them"
            )));
        }
    };
    let mut beacons = beacons.iter();
    let Some(beacon) = beacons.find(|beacon| beacon.chain().hash() == *chain) else {
        return Err(Error::config(format!(
            "the draw waits for the chain {chain}, of which no beacon is set: name its relays"
        )));
    };
    let due = beacon.chain().time_of(round)?;
    let unavailable = |message: String, at: Option<Timestamp>| {
        Error::new(ErrorKind::Unavailable, message).with_retry_at(at)
    };
    if now < due {
        let message = format!("round {round} comes at {due}: draw then");
        return Err(unavailable(message, Some(due)));
    }
    match beacon.round(round).await? {
        Some(round) => Ok(Evidence::beacon(&round)),
        None => {
            let wait = SignedDuration::from_secs(i64::from(beacon.chain().period.max(AGAIN)));
            let message = format!(
                "round {round} was due at {due}, and the beacon is silent: nothing is lost, draw later"
            );
            Err(unavailable(message, now.checked_add(wait).ok()))
        }
    }
}
