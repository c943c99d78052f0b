//! What outlives a run: tokens, cursors, cases ([`KeyValue`]) and work with a time ([`Queue`]).
//!
//! | store | keeps | for | after a crash |
//! |---|---|---|---|
//! | [`MemoryStore`] | both | tests, and what need not outlive the program; one process | nothing is left |
//! | [`FileStore`] | values | tokens and cursors, some hundreds: each write writes the whole file. Processes of one machine | every write that was answered |
//! | `EmbeddedStore` (feature `embedded`) | both | plans and cases, some hundred thousand. Processes of one machine, on a disk of its own | every write that was answered |
//! | `PostgresStore` (feature `postgres`) | both | several machines on one plan | every write that was answered, as the server keeps what it commits |
//!
//! All keep the same rules, and one suite of tests proves them of all: a value is written only over the version that was
//! read, no version comes twice, two workers never get one job, and whoever lost a lease cannot write any more. The
//! stores have no clock: moments are those of whoever calls, so the clocks of machines that share a plan should agree
//! to within seconds. A clock that goes back makes work wait, and is no reason that it is done twice.
//!
//! An error of kind `Unavailable` or `Transport` says that nothing was written and that the same call may succeed later;
//! `Unconfirmed` says that it may have been written: read, and write again over the version that you read. A worker
//! whose write is unconfirmed lets go of the job: its lease ends, and the next one finds it as it stands.
//! `Config` says that a person has to mend something: a path, its rights, an address, a damaged file.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> sociable::Result<()> {
//! use jiff::{SignedDuration, Timestamp};
//! use sociable::store::{Job, JobChange, LeaseChange, LeaseRequest, MemoryStore, Queue};
//!
//! let store = MemoryStore::new();
//! let now = Timestamp::now();
//! store.add(&Job::new("opening", "shop@bluesky", "We are open!").due(now)).await?;
//!
//! // For two minutes the job is this worker's alone.
//! let request = LeaseRequest::new("worker 1", now, now + SignedDuration::from_mins(2));
//! for leased in store.lease(&request).await? {
//!     let done = JobChange::new(&leased, "published", None).lease(LeaseChange::Release);
//!     let version = store.change(&done).await?;
//!     assert!(version.is_some(), "another worker took it, since ours was too slow");
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "embedded")]
mod embedded;
mod fault;
mod file;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod queue;
#[cfg(any(feature = "embedded", feature = "postgres"))]
mod sql;
mod tokens;

use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

#[cfg(feature = "embedded")]
pub use embedded::EmbeddedStore;
pub use file::FileStore;
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresBuilder, PostgresStore};
pub use queue::{Job, JobChange, JobQuery, Lease, LeaseChange, LeaseRequest, Queue, Queued};
pub(crate) use tokens::TokensInMemory;

/// The PostgreSQL client, for its `Config` and TLS connectors (feature `postgres`).
#[cfg(feature = "postgres")]
pub use tokio_postgres;

use crate::error::{Error, Result};

/// A value as it stood when it was read. The version grows with every write, and none comes twice in one store: who
/// read a value that was removed and written anew in between is told so.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Versioned {
    /// The value.
    pub value: String,
    /// Which write it is, from 1; versions of one key need not follow one another without a gap.
    pub version: u64,
}

impl Versioned {
    /// A value as it stood at a write.
    pub fn new(value: impl Into<String>, version: u64) -> Self {
        Self {
            value: value.into(),
            version,
        }
    }
}

/// Values may be tokens, so that `Debug` shows the version alone.
impl Debug for Versioned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Versioned")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Values under keys, written only if nobody else wrote in between.
#[async_trait]
pub trait KeyValue: Debug + Send + Sync {
    /// The value under a key, if there is one.
    async fn get(&self, key: &str) -> Result<Option<Versioned>>;

    /// Writes a value if the key still stands at `expected` (`None`: if there is no value yet), and answers its new
    /// version; `None` when somebody else was faster, and nothing was written.
    ///
    /// When this answers, the value is kept for good.
    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>>;

    /// Takes a value away. What is not there is no error.
    async fn remove(&self, key: &str) -> Result<()>;

    /// The values whose keys begin with `prefix`, in the order of their keys' bytes: those after the key `after`, at most
    /// `limit` of them.
    ///
    /// # Errors
    /// `Config` where a store cannot list, as one that only keeps tokens need not.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        let _ = (prefix, after, limit);
        Err(Error::config(
            "this store cannot list its keys: use one that can, such as `MemoryStore` or an embedded file",
        ))
    }

    /// As [`list`](Self::list), but of each value only its first line, without the line's end: for long values that begin
    /// with what is needed of all of them. A store that need not read the rest leaves it out.
    ///
    /// # Errors
    /// Those of `list`.
    async fn list_heads(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        let mut page = self.list(prefix, after, limit).await?;
        for (_, kept) in &mut page {
            let head = head(&kept.value).len();
            kept.value.truncate(head);
        }
        Ok(page)
    }
}

/// The first line of a value.
fn head(value: &str) -> &str {
    value.split('\n').next().unwrap_or(value)
}
