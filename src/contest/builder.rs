use std::sync::Arc;
use std::time::Duration;

use super::beacon::Beacon;
use super::draw::Trust;
use super::keep::Keeper;
use super::{Contests, Inner};
use crate::client::Clock;
use crate::error::{Error, Result};
use crate::model::Money;
use crate::network::SocialNetwork;
use crate::network::by_name::{by_name, known};
use crate::store::KeyValue;

/// Settings for [`Contests`]. What is wrong with them shows on [`build`](Self::build).
#[must_use]
pub struct ContestsBuilder {
    store: Arc<dyn KeyValue>,
    accounts: Vec<(String, Arc<dyn SocialNetwork>)>,
    clock: Option<Arc<dyn Clock>>,
    beacon: Option<Arc<dyn Beacon>>,
    second: Option<Arc<dyn Beacon>>,
    trust: Trust,
    publisher: Option<String>,
    settings: Settings,
}

/// What contests go by.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) every: Duration,
    pub(super) listings_every: Duration,
    pub(super) pages: u32,
    pub(super) max_cost: Option<Money>,
}

impl std::fmt::Debug for ContestsBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.accounts.iter().map(|(name, _)| name);
        f.debug_struct("ContestsBuilder")
            .field("accounts", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl ContestsBuilder {
    pub(super) fn new(store: Arc<dyn KeyValue>) -> Self {
        Self {
            store,
            accounts: Vec::new(),
            clock: None,
            beacon: None,
            second: None,
            trust: Trust::default(),
            publisher: None,
            settings: Settings {
                every: Duration::from_secs(60),
                listings_every: Duration::from_secs(3600),
                pages: 50,
                max_cost: None,
            },
        }
    }

    /// Adds an account of ours under the name that rules call it by.
    pub fn account(mut self, name: impl Into<String>, network: Arc<dyn SocialNetwork>) -> Self {
        self.accounts.push((name.into(), network));
        self
    }

    /// Goes by this clock; by default by that of the first account.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Draws by the randomness of this beacon. Contests that are not drawn need none.
    pub fn beacon(mut self, beacon: Arc<dyn Beacon>) -> Self {
        self.trust = self.trust.also(beacon.chain().hash());
        self.beacon = Some(beacon);
        self
    }

    /// Decides by this beacon where the first one stays away, in contests whose rules say so
    /// ([`Fallback::SecondBeacon`](super::Fallback::SecondBeacon)).
    pub fn second_beacon(mut self, beacon: Arc<dyn Beacon>) -> Self {
        self.trust = self.trust.also(beacon.chain().hash());
        self.second = Some(beacon);
        self
    }

    /// Publishes commitments and winners by this account; by default by that of the first subject.
    pub fn publisher(mut self, name: impl Into<String>) -> Self {
        self.publisher = Some(name.into());
        self
    }

    /// How long to wait before an account is asked again for what happened; a minute, or longer where its network asks
    /// for it.
    pub fn every(mut self, pause: Duration) -> Self {
        self.settings.every = pause;
        self
    }

    /// How long to wait before a listing is read again while the contest is open; an hour.
    pub fn listings_every(mut self, pause: Duration) -> Self {
        self.settings.listings_every = pause;
        self
    }

    /// How many pages of one listing are read in one round; 50. The next round goes on. A freeze reads them all.
    pub fn pages(mut self, pages: u32) -> Self {
        self.settings.pages = pages.max(1);
        self
    }

    /// What looking at one contest may cost in all, where a network bills what it tells. Without it what is billed is not
    /// read, and what would be seen by it is unknown.
    pub fn max_cost(mut self, cost: Money) -> Self {
        self.settings.max_cost = Some(cost);
        self
    }

    /// Builds. Nothing is read or asked yet.
    ///
    /// # Errors
    /// `Config` where there is no account, two have one name, or the one that publishes is not there.
    pub fn build(self) -> Result<Contests> {
        let (accounts, clock) = by_name(self.accounts, self.clock)?;
        if accounts.is_empty() {
            return Err(Error::config(
                "the contests have no account to look by: add one",
            ));
        }
        if let Some(name) = &self.publisher {
            known(&accounts, name, "the publisher")?;
        }
        Ok(Contests(Arc::new(Inner {
            keeper: Keeper::new(self.store),
            accounts,
            clock,
            beacon: self.beacon,
            second: self.second,
            trust: self.trust,
            publisher: self.publisher,
            settings: self.settings,
        })))
    }
}
