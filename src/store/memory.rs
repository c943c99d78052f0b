use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use jiff::Timestamp;

use super::queue::sooner;
use super::tokens::Kept;
use super::{
    Job, JobChange, JobQuery, KeyValue, Lease, LeaseChange, LeaseRequest, Queue, Queued, Versioned,
    head,
};
use crate::error::Result;

/// Values and work in memory: gone when the program ends.
#[derive(Default)]
pub struct MemoryStore(Mutex<Values>);

#[derive(Default)]
struct Values {
    kept: Kept,
    /// The keys of what is kept, in the order in which they are listed.
    keys: BTreeSet<String>,
    jobs: BTreeMap<String, Queued>,
    /// The jobs that have a time, in its order.
    due: BTreeSet<(Timestamp, String)>,
}

impl Values {
    fn listed(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
        part: fn(&str) -> &str,
    ) -> Vec<(String, Versioned)> {
        let keys = self.keys.range::<str, _>(from(prefix, after));
        let values = keys.filter_map(|key| Some((key, self.kept.get(key)?)));
        listed(values, prefix, limit, part)
    }

    /// Puts a job in the place of what stood under its id.
    fn keep(&mut self, queued: Queued) {
        self.forget(&queued.job.id);
        if let Some(due) = queued.job.due {
            self.due.insert((due, queued.job.id.clone()));
        }
        self.jobs.insert(queued.job.id.clone(), queued);
    }

    fn forget(&mut self, id: &str) {
        if let Some(before) = self.jobs.remove(id)
            && let Some(due) = before.job.due
        {
            self.due.remove(&(due, before.job.id));
        }
    }
}

/// From where on keys are listed.
pub(super) fn from<'a>(
    prefix: &'a str,
    after: Option<&'a str>,
) -> (Bound<&'a str>, Bound<&'a str>) {
    let from = match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        _ => Bound::Included(prefix),
    };
    (from, Bound::Unbounded)
}

/// What [`KeyValue::list`] answers of values in the order of their keys, with this part of each.
pub(super) fn listed<'a>(
    values: impl Iterator<Item = (&'a String, &'a Versioned)>,
    prefix: &str,
    limit: u32,
    part: fn(&str) -> &str,
) -> Vec<(String, Versioned)> {
    let found = values
        .take_while(|(key, _)| key.starts_with(prefix))
        .take(limit as usize);
    found
        .map(|(key, kept)| (key.clone(), Versioned::new(part(&kept.value), kept.version)))
        .collect()
}

impl MemoryStore {
    /// Holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl KeyValue for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        Ok(self.lock().kept.get(key).cloned())
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        let mut values = self.lock();
        let version = values.kept.put(key, value, expected);
        if version.is_some() && expected.is_none() {
            values.keys.insert(key.to_owned());
        }
        Ok(version)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        let mut values = self.lock();
        values.kept.remove(key);
        values.keys.remove(key);
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        Ok(self.lock().listed(prefix, after, limit, |whole| whole))
    }

    async fn list_heads(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        Ok(self.lock().listed(prefix, after, limit, head))
    }
}

#[async_trait]
impl Queue for MemoryStore {
    async fn add(&self, job: &Job) -> Result<bool> {
        let mut values = self.lock();
        if values.jobs.contains_key(&job.id) {
            return Ok(false);
        }
        let version = values.kept.next();
        values.keep(Queued::new(job.clone(), version));
        Ok(true)
    }

    async fn job(&self, id: &str) -> Result<Option<Queued>> {
        Ok(self.lock().jobs.get(id).cloned())
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Queued>> {
        let from = match &query.after {
            Some(after) => Bound::Excluded(after.as_str()),
            None => Bound::Unbounded,
        };
        let values = self.lock();
        let found = values
            .jobs
            .range::<str, _>((from, Bound::Unbounded))
            .map(|(_, queued)| queued)
            .filter(|queued| query.wants(&queued.job))
            .take(query.limit as usize)
            .cloned();
        Ok(found.collect())
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Vec<Queued>> {
        let mut values = self.lock();
        let ids: Vec<String> = values
            .due
            .iter()
            .take_while(|(due, _)| *due <= request.now)
            .filter_map(|(_, id)| values.jobs.get(id))
            .filter(|queued| {
                queued.is_free(request.now) && !request.except.contains(&queued.job.lane)
            })
            .take(request.limit as usize)
            .map(|queued| queued.job.id.clone())
            .collect();
        let mut leased = Vec::with_capacity(ids.len());
        for id in ids {
            let version = values.kept.next();
            if let Some(queued) = values.jobs.get_mut(&id) {
                queued.version = version;
                queued.lease = Some(Lease::new(&request.worker, request.until));
                leased.push(queued.clone());
            }
        }
        Ok(leased)
    }

    async fn change(&self, change: &JobChange) -> Result<Option<u64>> {
        let mut values = self.lock();
        let Some(mut queued) = values
            .jobs
            .get(&change.id)
            .filter(|queued| queued.version == change.expected)
            .cloned()
        else {
            return Ok(None);
        };
        queued.version = values.kept.next();
        queued.job.value.clone_from(&change.value);
        queued.job.due = change.due;
        match change.lease {
            LeaseChange::Keep => {}
            LeaseChange::Release => queued.lease = None,
            LeaseChange::Extend(until) => {
                if let Some(lease) = &mut queued.lease {
                    lease.until = until;
                }
            }
        }
        let version = queued.version;
        values.keep(queued);
        Ok(Some(version))
    }

    async fn next_due(&self, except: &[String]) -> Result<Option<Timestamp>> {
        let values = self.lock();
        let mut next = None;
        for (due, id) in &values.due {
            let job = values.jobs.get(id);
            let Some(queued) = job.filter(|queued| !except.contains(&queued.job.lane)) else {
                continue;
            };
            if sooner(
                &mut next,
                *due,
                queued.lease.as_ref().map(|lease| lease.until),
            ) {
                break;
            }
        }
        Ok(next)
    }

    async fn discard(&self, id: &str) -> Result<()> {
        self.lock().forget(id);
        Ok(())
    }
}
