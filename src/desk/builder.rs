use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::clock::{Calendar, Policy, Rules};
use super::keep::Keeper;
use super::plan::SearchPlan;
use super::route::Route;
use super::triage::{Classifier, Lexicon};
use super::{Desk, Inner};
use crate::client::Clock;
use crate::error::{Error, Result};
use crate::model::Since;
use crate::network::SocialNetwork;
use crate::network::by_name::{by_name, known};
use crate::store::KeyValue;

/// Settings for a [`Desk`]. What is wrong with them shows on [`build`](Self::build).
#[must_use]
pub struct DeskBuilder {
    store: Arc<dyn KeyValue>,
    accounts: Vec<(String, Arc<dyn SocialNetwork>)>,
    clock: Option<Arc<dyn Clock>>,
    classifier: Option<Arc<dyn Classifier>>,
    rules: Rules,
    settings: Settings,
}

/// What a desk goes by.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) policy: Policy,
    /// For accounts that have one of their own.
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) routes: Vec<Route>,
    pub(super) searches: Vec<SearchPlan>,
    /// How soon each service should answer.
    pub(super) services: BTreeMap<String, Option<Duration>>,
    pub(super) begin: Since,
    pub(super) every: Duration,
    pub(super) claim: Duration,
    pub(super) absence: Duration,
    pub(super) looks: Vec<Duration>,
}

impl Settings {
    pub(super) fn policy(&self, account: &str) -> &Policy {
        self.policies.get(account).unwrap_or(&self.policy)
    }
}

impl std::fmt::Debug for DeskBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.accounts.iter().map(|(name, _)| name);
        f.debug_struct("DeskBuilder")
            .field("accounts", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

const HOUR: u64 = 3600;

impl DeskBuilder {
    pub(super) fn new(store: Arc<dyn KeyValue>) -> Self {
        let policy = Policy::ten_minutes();
        let looks = [1, 6, 24, 3 * 24, 7 * 24, 14 * 24, 30 * 24];
        Self {
            store,
            accounts: Vec::new(),
            clock: None,
            classifier: None,
            rules: Rules::new(),
            settings: Settings {
                policy,
                policies: BTreeMap::new(),
                routes: Vec::new(),
                searches: Vec::new(),
                services: BTreeMap::new(),
                begin: Since::Oldest,
                every: Duration::from_secs(60),
                claim: Duration::from_secs(900),
                absence: Duration::from_secs(HOUR),
                looks: looks
                    .map(|hours| Duration::from_secs(hours * HOUR))
                    .to_vec(),
            },
        }
    }

    /// Adds an account of ours under the name that the desk calls it by.
    pub fn account(mut self, name: impl Into<String>, network: Arc<dyn SocialNetwork>) -> Self {
        self.accounts.push((name.into(), network));
        self
    }

    /// Goes by this clock; by default by that of the first account.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Judges texts by this classifier; by default by [`Lexicon::standard`].
    pub fn classifier(mut self, classifier: Arc<dyn Classifier>) -> Self {
        self.classifier = Some(classifier);
        self
    }

    /// Promises this for new cases of every account; by default [`Policy::ten_minutes`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.rules = self.rules.policy(policy.clone());
        self.settings.policy = policy;
        self
    }

    /// Promises this for new cases of one account.
    pub fn account_policy(mut self, account: impl Into<String>, policy: Policy) -> Self {
        self.rules = self.rules.policy(policy.clone());
        self.settings.policies.insert(account.into(), policy);
        self
    }

    /// Knows this policy for cases that were opened under it: an earlier version, say.
    pub fn known_policy(mut self, policy: Policy) -> Self {
        self.rules = self.rules.policy(policy);
        self
    }

    /// Knows this calendar, which policies name.
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        self.rules = self.rules.calendar(calendar);
        self
    }

    /// Adds a rule that routes cases; the first of all that fits decides.
    pub fn route(mut self, route: Route) -> Self {
        self.settings.routes.push(route);
        self
    }

    /// Names a service that cases are handed to, and how soon it should answer, in business time of the case's policy.
    /// Where services are named, no other is taken for one.
    pub fn service(mut self, name: impl Into<String>, within: impl Into<Option<Duration>>) -> Self {
        self.settings.services.insert(name.into(), within.into());
        self
    }

    /// Adds a standing search.
    pub fn search(mut self, plan: SearchPlan) -> Self {
        self.settings.searches.push(plan);
        self
    }

    /// From when an account's happenings are read that was never read before; by default all that its network still has.
    pub fn begin(mut self, since: Since) -> Self {
        self.settings.begin = since;
        self
    }

    /// How long to wait before an account is asked again; a minute, or longer where its network asks for it.
    pub fn every(mut self, pause: Duration) -> Self {
        self.settings.every = pause;
        self
    }

    /// How long a claim holds; 15 minutes.
    pub fn claims_hold(mut self, time: Duration) -> Self {
        self.settings.claim = time;
        self
    }

    /// How long after the first look that missed a post a second one must miss it too, before it counts as gone; an hour.
    pub fn absence_after(mut self, time: Duration) -> Self {
        self.settings.absence = time;
        self
    }

    /// How long after a complaint was found its public posts are looked at again; 1 and 6 hours, 1, 3, 7, 14 and 30 days.
    pub fn look_after(mut self, times: impl IntoIterator<Item = Duration>) -> Self {
        self.settings.looks = times.into_iter().collect();
        self.settings.looks.sort();
        self
    }

    /// Builds the desk. Nothing is read or asked yet.
    ///
    /// # Errors
    /// `Config` where there is no account, two have one name, a policy names a calendar that is not there, a search cannot
    /// work or names an account that is not there, or a rule names a service that is not there.
    pub fn build(self) -> Result<Desk> {
        let (accounts, clock) = by_name(self.accounts, self.clock)?;
        if accounts.is_empty() {
            return Err(Error::config("the desk has no account to look at: add one"));
        }
        let settings = self.settings;
        for name in settings.policies.keys() {
            known(&accounts, name, "a policy")?;
        }
        let mut names: Vec<&str> = Vec::new();
        for search in &settings.searches {
            search.check()?;
            if names.contains(&search.name.as_str()) {
                return Err(Error::config(format!(
                    "the desk has two searches called `{}`: give each a name of its own",
                    search.name
                )));
            }
            names.push(&search.name);
            for name in &search.accounts {
                known(&accounts, name, &format!("the search `{}`", search.name))?;
            }
        }
        for route in &settings.routes {
            settings.known_service(&route.service)?;
        }
        self.rules.check()?;
        let classifier = (self.classifier).unwrap_or_else(|| Arc::new(Lexicon::standard()));
        Ok(Desk(Arc::new(Inner {
            keeper: Keeper::new(self.store, self.rules),
            accounts,
            clock,
            classifier,
            settings,
        })))
    }
}

impl Settings {
    /// How soon a service should answer.
    ///
    /// # Errors
    /// `Config` for a service that is not one of those that are named.
    pub(super) fn known_service(&self, name: &str) -> Result<Option<Duration>> {
        match self.services.get(name) {
            Some(within) => Ok(*within),
            None if self.services.is_empty() && !name.trim().is_empty() => Ok(None),
            None => {
                let there: Vec<&str> = self.services.keys().map(String::as_str).collect();
                Err(Error::config(format!(
                    "the desk has no service called `{name}`; it has: {}",
                    there.join(", ")
                )))
            }
        }
    }
}
