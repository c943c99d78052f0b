//! A store that counts what is read, gives way between two steps, and fails when a test says so.
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sociable::jiff::Timestamp;
use sociable::store::{
    Job, JobChange, JobQuery, KeyValue, LeaseRequest, MemoryStore, Queue, Queued, Versioned,
};
use sociable::{Error, ErrorKind, Result, async_trait};

/// How a store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing is done.
    Before,
    /// It is done, and the answer is lost.
    After,
}

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    inner: MemoryStore,
    /// How many jobs were handed out.
    pub(crate) jobs: AtomicU64,
    /// How many values were handed out.
    pub(crate) values: AtomicU64,
    calls: AtomicU64,
    /// Which call fails, and how.
    pub(crate) fails: Mutex<Vec<(u64, Failure)>>,
}

impl Shelf {
    async fn call<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let failure = {
            let mut fails = self.fails.lock().unwrap();
            let at = fails.iter().position(|(at, _)| *at == number);
            at.map(|at| fails.remove(at).1)
        };
        let broken = || Error::new(ErrorKind::Unavailable, "the store is out of order");
        tokio::task::yield_now().await;
        if failure == Some(Failure::Before) {
            return Err(broken());
        }
        let answer = call.await;
        tokio::task::yield_now().await;
        match failure {
            Some(_) => Err(broken()),
            None => answer,
        }
    }

    /// Lets the next call fail.
    pub(crate) fn fail_next(&self, failure: Failure) {
        let next = self.calls.load(Ordering::SeqCst);
        self.fails.lock().unwrap().push((next, failure));
    }

    fn handed(&self, jobs: usize) {
        self.jobs.fetch_add(jobs as u64, Ordering::SeqCst);
    }
}

#[async_trait]
impl KeyValue for Shelf {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        let value = self.call(self.inner.get(key)).await?;
        self.values
            .fetch_add(u64::from(value.is_some()), Ordering::SeqCst);
        Ok(value)
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        self.call(self.inner.put(key, value, expected)).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.call(self.inner.remove(key)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        let values = self.call(self.inner.list(prefix, after, limit)).await?;
        self.values.fetch_add(values.len() as u64, Ordering::SeqCst);
        Ok(values)
    }
}

#[async_trait]
impl Queue for Shelf {
    async fn add(&self, job: &Job) -> Result<bool> {
        self.call(self.inner.add(job)).await
    }

    async fn job(&self, id: &str) -> Result<Option<Queued>> {
        let job = self.call(self.inner.job(id)).await?;
        self.handed(job.iter().len());
        Ok(job)
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Queued>> {
        let jobs = self.call(self.inner.jobs(query)).await?;
        self.handed(jobs.len());
        Ok(jobs)
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Vec<Queued>> {
        let jobs = self.call(self.inner.lease(request)).await?;
        self.handed(jobs.len());
        Ok(jobs)
    }

    async fn change(&self, change: &JobChange) -> Result<Option<u64>> {
        self.call(self.inner.change(change)).await
    }

    async fn next_due(&self, except: &[String]) -> Result<Option<Timestamp>> {
        self.call(self.inner.next_due(except)).await
    }

    async fn discard(&self, id: &str) -> Result<()> {
        self.call(self.inner.discard(id)).await
    }
}
