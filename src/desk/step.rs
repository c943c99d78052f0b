//! The desk's round: every account asked once, and when to ask next.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, Stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Desk;
use super::case::CaseId;
use super::inbox::Taken;
use super::keys;
use crate::client::after;
use crate::error::{Error, Result};
use crate::network::SocialNetwork;

/// Something that went wrong. It held nothing else back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trouble {
    /// Our account that it concerns; `None` where it concerns the desk as a whole.
    pub account: Option<String>,
    /// What went wrong. What was not read is read in a later round.
    pub error: Error,
}

/// What a round brought.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Step {
    /// The cases that were opened.
    pub opened: Vec<CaseId>,
    /// The cases to which something was added: a message, a copy.
    pub added: Vec<CaseId>,
    /// How many posts and messages came that the desk had already.
    pub known: u64,
    /// How many finds of searches were not what was looked for.
    pub passed_over: u64,
    /// How many cases were looked at again.
    pub looked: u64,
    /// What went wrong.
    pub troubles: Vec<Trouble>,
    /// When the next round has something to do.
    pub next: Timestamp,
}

/// What is gathered during a round.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) opened: Vec<CaseId>,
    pub(super) added: Vec<CaseId>,
    pub(super) known: u64,
    pub(super) passed_over: u64,
    pub(super) looked: u64,
    pub(super) troubles: Vec<Trouble>,
    /// What the classifier could not judge.
    pub(super) classifier: Vec<Error>,
    pub(super) next: Vec<Timestamp>,
}

impl Report {
    pub(super) fn taken(&mut self, taken: Taken) {
        match taken {
            Taken::Opened(id) => self.opened.push(id),
            Taken::Added(id) | Taken::Copied(id) => self.added.push(id),
            Taken::Known(_) => self.known += 1,
        }
    }

    pub(super) fn trouble(&mut self, account: &str, error: Error) {
        self.troubles.push(Trouble {
            account: Some(account.to_owned()),
            error,
        });
    }

    fn merge(&mut self, other: Self) {
        self.opened.extend(other.opened);
        self.added.extend(other.added);
        self.known += other.known;
        self.passed_over += other.passed_over;
        self.looked += other.looked;
        self.troubles.extend(other.troubles);
        self.classifier.extend(other.classifier);
        self.next.extend(other.next);
    }
}

impl Desk {
    /// Our account of this name.
    ///
    /// # Errors
    /// `Config` where the desk has none of this name any more.
    pub(super) fn network(&self, account: &str) -> Result<&Arc<dyn SocialNetwork>> {
        self.0.accounts.get(account).ok_or_else(|| {
            let there: Vec<&str> = self.0.accounts.keys().map(String::as_str).collect();
            Error::config(format!(
                "the case came to the account `{account}`, which the desk does not have now; it has: {}",
                there.join(", ")
            ))
        })
    }

    /// Asks every account once for what happened, runs the searches that are due, and looks at complaints again whose time
    /// has come. All accounts are asked at once; one that fails, or waits, holds back no other, and its error stands in the
    /// answer.
    ///
    /// # Errors
    /// Only those of the store: what a network refuses is told in [`Step::troubles`].
    pub async fn step(&self) -> Result<Step> {
        let now = self.0.clock.now();
        let mut all = Report::default();
        let reads = self
            .0
            .accounts
            .iter()
            .map(|(name, network)| self.read(name, network));
        for report in join_all(reads).await {
            all.merge(report?);
        }
        let searches = self
            .0
            .settings
            .searches
            .iter()
            .map(|plan| self.search(plan));
        for report in join_all(searches).await {
            all.merge(report?);
        }
        self.look_at_due(&mut all).await?;
        all.next.extend(self.0.keeper.next_due().await?);
        let pause = after(now, self.0.settings.every);
        let next = all.next.into_iter().min().unwrap_or(pause);
        all.troubles
            .extend(all.classifier.into_iter().map(|error| Trouble {
                account: None,
                error,
            }));
        Ok(Step {
            opened: all.opened,
            added: all.added,
            known: all.known,
            passed_over: all.passed_over,
            looked: all.looked,
            troubles: all.troubles,
            // Never the same moment again: a round that cannot get on must not spin.
            next: next.max(after(self.0.clock.now(), Duration::from_secs(1))),
        })
    }

    /// Runs rounds, each when the one before says, for as long as the stream is polled. Nothing runs by itself: dropping
    /// the stream ends it.
    ///
    /// An error of the store comes as an item; the next round is tried after the desk's pause.
    pub fn run(&self) -> impl Stream<Item = Result<Step>> + Send + '_ {
        stream::unfold(None, move |until: Option<Timestamp>| async move {
            if let Some(until) = until {
                self.0.clock.sleep_until(until).await;
            }
            let step = self.step().await;
            let next = match &step {
                Ok(step) => step.next,
                Err(_) => after(self.0.clock.now(), self.0.settings.every),
            };
            Some((step, Some(next)))
        })
    }

    /// Whether one of our accounts on a network has this id.
    ///
    /// # Errors
    /// Only those of the store: an account that cannot be asked who it is, is taken for nobody.
    pub(super) async fn is_ours(&self, network: &str, id: Option<&str>) -> Result<bool> {
        let Some(id) = id else { return Ok(false) };
        for (name, account) in &self.0.accounts {
            if account.profile().network == network
                && self.own_id(name, &**account).await?.as_deref() == Some(id)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Who an account is. Where its profile does not say without asking, it is asked once and for all.
    pub(super) async fn own_id(
        &self,
        name: &str,
        network: &dyn SocialNetwork,
    ) -> Result<Option<String>> {
        if let Some(id) = &network.profile().account {
            return Ok(Some(id.as_str().to_owned()));
        }
        let key = keys::own(name);
        if let Some((own, _)) = self.0.keeper.value::<OwnId>(&key).await? {
            return Ok(Some(own.id));
        }
        let Ok(me) = network.me().await else {
            return Ok(None);
        };
        let id = me.id.as_str().to_owned();
        self.0
            .keeper
            .set(&key, &OwnId { id: id.clone() }, None)
            .await?;
        Ok(Some(id))
    }
}

/// Who an account writes as.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct OwnId {
    id: String,
}
