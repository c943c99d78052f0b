//! The accounts of a job.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SocialNetwork;
use crate::client::{Clock, SystemClock};
use crate::error::{Error, Result};

/// The accounts that a job works on, by their names.
pub(crate) type ByName = BTreeMap<String, Arc<dyn SocialNetwork>>;

/// The accounts by their names, and the clock that a job goes by: its own, or that of the first account, or the system's.
///
/// # Errors
/// `Config` where two accounts have one name.
pub(crate) fn by_name(
    accounts: Vec<(String, Arc<dyn SocialNetwork>)>,
    clock: Option<Arc<dyn Clock>>,
) -> Result<(ByName, Arc<dyn Clock>)> {
    let first = accounts.first().map(|(_, network)| network.clock());
    let mut named = ByName::new();
    for (name, network) in accounts {
        if named.contains_key(&name) {
            return Err(Error::config(format!(
                "there are two accounts called `{name}`: give each a name of its own"
            )));
        }
        named.insert(name, network);
    }
    let clock = clock.or(first);
    Ok((named, clock.unwrap_or_else(|| Arc::new(SystemClock::new()))))
}

/// That an account of this name is there; `whose` says who names it.
///
/// # Errors
/// `Config` with the names that there are.
#[cfg(any(feature = "contest", feature = "desk", feature = "trends"))]
pub(crate) fn known(accounts: &ByName, name: &str, whose: &str) -> Result<()> {
    if accounts.contains_key(name) {
        return Ok(());
    }
    let there: Vec<&str> = accounts.keys().map(String::as_str).collect();
    Err(Error::config(format!(
        "{whose} names the account `{name}`, which is not there; there are: {}",
        there.join(", ")
    )))
}
