use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::builder::Outbox;
use super::history::History;
use super::hold::{Hold, Scope};
use super::post::{Approval, Attempt, Planned, Posted, State};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::model::IdempotencyKey;
use crate::store::{JobQuery, Lease, Queued};

/// How many jobs are read at once.
const PAGE: u32 = 500;

/// What a person needs to find out what became of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Doubt {
    /// Which part, from 0.
    pub part: usize,
    /// Its text, to look for.
    pub text: String,
    /// The key that the network was given.
    pub key: IdempotencyKey,
    /// When it was tried, and how often it was looked for.
    pub attempt: Attempt,
}

/// A planned post on one account, as it is listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Item {
    /// Its id: the entry's key and the account's name.
    pub id: String,
    /// The entry's key.
    pub key: String,
    /// The account's name.
    pub account: String,
    /// The account's network.
    pub network: String,
    /// Where it stands.
    pub state: State,
    /// When it is to be published.
    pub due: Timestamp,
    /// From when it is too late.
    pub too_late_at: Timestamp,
    /// When the outbox turns to it again; `None` when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Why it stands where it stands, in words for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was remarked when it was added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Violation>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The text of its first part.
    pub text: String,
    /// How many parts it has, its first comment included.
    pub parts: usize,
    /// The parts that are published, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posted: Vec<Posted>,
    /// Posts that came to be beside those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surplus: Vec<Posted>,
    /// What is not known of it, while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// Whether somebody has to approve it, and what they said.
    pub approval: Approval,
    /// What holds its account, or all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// When it was added.
    pub added_at: Timestamp,
}

impl Item {
    fn new(queued: &Queued, planned: Planned, holds: &[Hold], now: Timestamp) -> Self {
        let mut state = planned.state();
        let hold = holds.iter().find(|hold| match &hold.scope {
            Scope::All => true,
            Scope::Account(account) => *account == planned.account,
            Scope::Post(_) => false,
        });
        let waits = matches!(state, State::Waiting | State::Sending);
        if hold.is_some() && waits {
            state = State::Held;
        }
        // The first try is on its way while its worker has the lease.
        let on_its_way = planned
            .in_doubt()
            .is_some_and(|(_, _, attempt)| attempt.tries == 1 && attempt.looks == 0);
        if state == State::Settling && on_its_way && !queued.is_free(now) {
            state = State::Sending;
        }
        let doubt = planned.in_doubt().map(|(part, prepared, attempt)| Doubt {
            part,
            text: planned
                .parts
                .get(part)
                .map(|p| p.draft.text.as_str().to_owned())
                .unwrap_or_default(),
            key: prepared.key.clone(),
            attempt: attempt.clone(),
        });
        let first = planned.parts.first();
        Self {
            id: queued.job.id.clone(),
            state,
            due: planned.due,
            too_late_at: planned.too_late_at(),
            next_at: queued.job.due,
            text: first
                .map(|p| p.draft.text.as_str().to_owned())
                .unwrap_or_default(),
            parts: planned.parts.len(),
            posted: planned
                .parts
                .iter()
                .filter_map(|p| p.posted().cloned())
                .collect(),
            doubt,
            key: planned.key,
            account: planned.account,
            network: planned.network,
            reason: planned.reason,
            warnings: planned.warnings,
            labels: planned.labels,
            surplus: planned.surplus,
            approval: planned.approval,
            hold: hold.cloned(),
            lease: queued.lease.clone(),
            added_at: planned.added_at,
        }
    }
}

/// Which planned posts are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Only those of this account.
    pub account: Option<String>,
    /// Only those in one of these states; all when there is none.
    pub states: Vec<State>,
    /// Only those of this entry.
    pub key: Option<String>,
    /// Only those with this label.
    pub label: Option<String>,
    /// Only those whose time is this or later.
    pub from: Option<Timestamp>,
    /// Only those whose time is before this.
    pub until: Option<Timestamp>,
    /// Those after this id: the last one of the page before.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            account: None,
            states: Vec::new(),
            key: None,
            label: None,
            from: None,
            until: None,
            after: None,
            limit: usize::MAX,
        }
    }
}

impl Filter {
    /// All of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those of this account.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Adds a state: those in one of the states are listed.
    pub fn state(mut self, state: State) -> Self {
        self.states.push(state);
        self
    }

    /// Only those of this entry.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Only those with this label.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Only those whose time is this or later.
    pub fn from(mut self, at: Timestamp) -> Self {
        self.from = Some(at);
        self
    }

    /// Only those whose time is before this.
    pub fn until(mut self, at: Timestamp) -> Self {
        self.until = Some(at);
        self
    }

    /// Those after this id: the last one of the page before.
    pub fn after(mut self, id: impl Into<String>) -> Self {
        self.after = Some(id.into());
        self
    }

    /// At most so many.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    fn wants(&self, item: &Item) -> bool {
        (self.states.is_empty() || self.states.contains(&item.state))
            && self.key.as_ref().is_none_or(|key| *key == item.key)
            && self
                .label
                .as_ref()
                .is_none_or(|label| item.labels.contains(label))
            && self.from.is_none_or(|from| item.due >= from)
            && self.until.is_none_or(|until| item.due < until)
    }
}

impl Outbox {
    /// Lists planned posts, in the order of their ids' bytes, whatever became of them.
    ///
    /// Reads all of the account, or all that there are, until there are enough.
    ///
    /// # Errors
    /// Those of the store, and `Config` for one that was written by a newer version.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Item>> {
        let holds = self.holds().await?;
        let mut items = Vec::new();
        if filter.limit == 0 {
            return Ok(items);
        }
        let now = self.inner.clock.now();
        let mut query = JobQuery::new(PAGE);
        query.lane.clone_from(&filter.account);
        query.after.clone_from(&filter.after);
        loop {
            let page = self.inner.store.jobs(&query).await?;
            let Some(last) = page.last() else {
                return Ok(items);
            };
            query.after = Some(last.job.id.clone());
            for queued in &page {
                let item = Item::new(queued, Planned::read(queued)?, &holds, now);
                if filter.wants(&item) {
                    items.push(item);
                }
                if items.len() >= filter.limit {
                    return Ok(items);
                }
            }
            if page.len() < PAGE as usize {
                return Ok(items);
            }
        }
    }

    /// One planned post.
    ///
    /// # Errors
    /// `NotFound` where there is none of this id.
    pub async fn item(&self, id: &str) -> Result<Item> {
        let (queued, planned) = self.read(id).await?;
        let holds = self.holds().await?;
        Ok(Item::new(&queued, planned, &holds, self.inner.clock.now()))
    }

    /// What happened to a planned post, in order.
    ///
    /// # Errors
    /// `NotFound` where there is none of this id.
    pub async fn history(&self, id: &str) -> Result<History> {
        Ok(self.read(id).await?.1.history)
    }

    /// Reads one planned post as it is stored.
    pub(crate) async fn read(&self, id: &str) -> Result<(Queued, Planned)> {
        let Some(queued) = self.inner.store.job(id).await? else {
            let message = format!(
                "there is no planned post `{id}`: `list` tells the ids of those that there are"
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let planned = Planned::read(&queued)?;
        Ok((queued, planned))
    }
}
