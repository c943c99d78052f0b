//! What outlives a run: tokens, cursors, cases ([`KeyValue`]) and work with a time ([`Queue`]); in memory or in a file.

#[cfg(feature = "embedded")]
mod embedded;
mod file;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod queue;
#[cfg(any(feature = "embedded", feature = "postgres"))]
mod sql;

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
}
