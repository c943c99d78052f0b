use std::sync::Arc;
use std::time::Duration;

use super::feed::Feed;
use super::keep::Keeper;
use super::propose::Ours;
use super::settings::WatchConfig;
use super::watch::Watch;
use super::{Inner, Trends};
use crate::client::Clock;
use crate::error::{Error, Result};
use crate::network::SocialNetwork;
use crate::network::by_name::{by_name, known};
use crate::store::KeyValue;

/// Settings for [`Trends`]. What is wrong with them shows on [`build`](Self::build).
#[must_use]
pub struct TrendsBuilder {
    store: Arc<dyn KeyValue>,
    accounts: Vec<(String, Arc<dyn SocialNetwork>)>,
    clock: Option<Arc<dyn Clock>>,
    feeds: Vec<Feed>,
    topics: Vec<String>,
    config: WatchConfig,
    look_back: Duration,
}

impl std::fmt::Debug for TrendsBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.accounts.iter().map(|(name, _)| name);
        f.debug_struct("TrendsBuilder")
            .field("accounts", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl TrendsBuilder {
    pub(super) fn new(store: Arc<dyn KeyValue>) -> Self {
        Self {
            store,
            accounts: Vec::new(),
            clock: None,
            feeds: Vec::new(),
            topics: Vec::new(),
            config: WatchConfig::default(),
            look_back: Duration::from_secs(7 * 86_400),
        }
    }

    /// Adds an account of ours under the name that it is told by. Its own posts are never counted.
    pub fn account(mut self, name: impl Into<String>, network: Arc<dyn SocialNetwork>) -> Self {
        self.accounts.push((name.into(), network));
        self
    }

    /// Goes by this clock; by default by that of the first account.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Adds what is read. Where none is named: what happens to the accounts, what those write whom they follow, and the
    /// networks' own lists.
    pub fn feed(mut self, feed: Feed) -> Self {
        self.feeds.push(feed);
        self
    }

    /// Adds what our brand speaks of, in any language: words, or several that must stand in one text. Inflections count.
    pub fn topics<T: Into<String>>(mut self, topics: impl IntoIterator<Item = T>) -> Self {
        self.topics.extend(topics.into_iter().map(Into::into));
        self
    }

    /// Adds terms of our own campaigns: topics that hold one are flagged, and not proposed.
    pub fn own_terms<T: Into<String>>(mut self, terms: impl IntoIterator<Item = T>) -> Self {
        self.config
            .own_terms
            .extend(terms.into_iter().map(Into::into));
        self
    }

    /// Sets what the watch goes by. Own terms that were added stay.
    pub fn watch(mut self, config: WatchConfig) -> Self {
        let own = std::mem::take(&mut self.config.own_terms);
        self.config = config;
        for term in own {
            if !self.config.own_terms.contains(&term) {
                self.config.own_terms.push(term);
            }
        }
        self
    }

    /// How far back is read the first time, as far as the feeds' pages reach; 7 days, at most 28. What they do not reach
    /// is a gap, from which nothing is learnt.
    pub fn look_back(mut self, time: Duration) -> Self {
        self.look_back = time;
        self
    }

    /// Builds it. Nothing is read or asked yet.
    ///
    /// # Errors
    /// `Config` where there is no account, two have one name, a feed cannot be read, is there twice or names an account
    /// that is not there, a topic has no letter, or a setting of the watch cannot work.
    pub fn build(self) -> Result<Trends> {
        let (accounts, clock) = by_name(self.accounts, self.clock)?;
        if accounts.is_empty() {
            return Err(Error::config("there is no account to read by: add one"));
        }
        let mut feeds = self.feeds;
        if feeds.is_empty() {
            feeds = vec![Feed::events(), Feed::home(), Feed::lists()];
        }
        let mut names: Vec<String> = Vec::new();
        for feed in &feeds {
            feed.check()?;
            let name = feed.name();
            if names.contains(&name) {
                return Err(Error::config(format!(
                    "the feed {name} is there twice: name its accounts in one"
                )));
            }
            for account in &feed.accounts {
                known(&accounts, account, &format!("the feed {name}"))?;
            }
            names.push(name);
        }
        let empty = |topic: &&String| !topic.chars().any(char::is_alphanumeric);
        if let Some(topic) = self.topics.iter().find(empty) {
            return Err(Error::config(format!(
                "the topic `{topic}` has no letter: take it out"
            )));
        }
        if self.look_back > Duration::from_secs(28 * 86_400) {
            return Err(Error::config(
                "more than 28 days cannot be looked back: set `look_back` to less",
            ));
        }
        // What is wrong with the settings shows here, not at the first step.
        Watch::new(self.config.clone())?;
        Ok(Trends(Arc::new(Inner {
            keeper: Keeper::new(self.store),
            accounts,
            clock,
            feeds,
            ours: Ours::new(&self.topics),
            config: self.config,
            look_back: self.look_back,
            loaded: tokio::sync::Mutex::default(),
        })))
    }
}
