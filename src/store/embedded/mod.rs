mod open;
mod queue;

use std::fmt;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::Type;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::fault::{doubtful, full, passing, unusable, wait, wrong};
use super::sql::{beginning, end_of, number};
use super::{KeyValue, Versioned};
use crate::error::{Error, Result};
use crate::shared::disk::on_disk;

/// Values and work in one SQLite file, which several processes of one machine may use at once.
///
/// While one process runs a plan, another lists it and adds to it. What was answered is kept for good: a crash, of the
/// program or of the machine, leaves every write that was answered and no part of one that was not.
///
/// Beside the file stand, while it is open, `NAME-wal` and `NAME-shm`, which belong to it: copy all three together, or
/// the one when no process has it open; and `NAME.lock`, which is empty. All are made readable by their owner alone.
/// The file must lie on a disk of this machine, since network drives do not keep the locks that this needs.
///
/// What is removed is overwritten in the file, and the log is emptied after it. What is only replaced is overwritten in
/// the file too, but stands in the log until it is full (some 4 MB), something is removed, or the last process closes
/// the file.
///
/// Its methods need a tokio runtime. A clone is the same store; to open the file twice in a process works as well.
///
/// ```no_run
/// # async fn example() -> sociable::Result<()> {
/// use sociable::store::{EmbeddedStore, Job, Queue};
///
/// let store = EmbeddedStore::open("shop.store").await?;
/// store.add(&Job::new("opening", "shop@bluesky", "We are open!")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EmbeddedStore {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    open: Mutex<Open>,
}

struct Open {
    connection: Connection,
    /// Something was removed that may stand in the log.
    has_remains: bool,
}

impl EmbeddedStore {
    /// Opens the file, which is made where it is missing, its folder included.
    ///
    /// # Errors
    /// `Config`, and the file stays as it is: it belongs to another program, was written by a newer version, is empty,
    /// cut off or damaged; or it may not be read and written here. `Unavailable`: another process holds it for too long,
    /// or the disk is full.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let file = path.clone();
        let opened = on_disk(move || Ok(open::open(&file))).await;
        let connection = opened.map_err(|e| unusable(&path, &e))??;
        let open = Mutex::new(Open {
            connection,
            has_remains: false,
        });
        Ok(Self {
            shared: Arc::new(Shared { path, open }),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Open) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        let done = on_disk(move || {
            let mut open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(work(&mut open).map_err(|e| fault(&shared.path, &e)))
        });
        done.await.map_err(|e| unusable(&self.shared.path, &e))?
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.work(move |open| read(&open.connection)).await
    }

    /// Does all of it or nothing, while no other process writes.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.work(move |open| {
            let transaction =
                Transaction::new(&mut open.connection, TransactionBehavior::Immediate)?;
            let done = write(&transaction)?;
            transaction.commit()?;
            if open.has_remains {
                open.clear();
            }
            Ok(done)
        })
        .await
    }

    /// The values of a prefix, with a part of each.
    async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
        part: fn(&[u8]) -> &[u8],
    ) -> Result<Vec<(String, Versioned)>> {
        let (compare, from) = beginning(prefix, after);
        let (from, end) = (from.to_owned(), end_of(prefix));
        let before_end = if end.is_some() {
            "key < ?2"
        } else {
            "?2 IS NULL"
        };
        let sql = format!(
            "SELECT key, value, version FROM kept WHERE key {compare} ?1 AND {before_end} ORDER BY key LIMIT ?3"
        );
        self.read(move |connection| {
            let mut select = connection.prepare(&sql)?;
            let rows = select.query_map(params![from, end, limit], |row| {
                // Only what is wanted is copied, and looked at for whether it is text.
                let value = part(row.get_ref(1)?.as_bytes()?).to_owned();
                let value = String::from_utf8(value).map_err(|e| {
                    rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(e))
                })?;
                let value = Versioned::new(value, version(row.get(2)?));
                Ok((row.get(0)?, value))
            })?;
            rows.collect()
        })
        .await
    }

    /// Takes a row away, and what is left of it in the log.
    async fn erase(&self, sql: &'static str, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.work(move |open| {
            if open.connection.execute(sql, [name])? > 0 {
                open.clear();
            }
            Ok(())
        })
        .await
    }
}

impl Open {
    /// Empties the log, so that nothing which was removed stands there. Where another process is just reading from it,
    /// the next write tries again.
    fn clear(&mut self) {
        let clear = || -> rusqlite::Result<bool> {
            self.connection.busy_timeout(Duration::from_millis(100))?;
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.connection
                .query_row(sql, [], |row| Ok(row.get::<_, i64>(0)? != 0))
        };
        self.has_remains = clear().unwrap_or(true);
        // It fails for a connection that is closed, which this is not.
        let _ = self.connection.busy_timeout(open::PATIENCE);
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStore")
            .field("path", &self.shared.path)
            .finish_non_exhaustive()
    }
}

/// What SQLite refuses. Its own words name tables and conditions, never a value.
fn fault(path: &Path, e: &rusqlite::Error) -> Error {
    match e.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => wait(format!(
            "the store {} is held by another process for more than {} seconds: try again, or end that process",
            path.display(),
            open::PATIENCE.as_secs()
        )),
        Some(ErrorCode::DiskFull) => full(path),
        Some(ErrorCode::NotADatabase) => Error::config(format!(
            "the file {} is no store, or its beginning was lost: name another file, or put back a copy",
            path.display()
        )),
        Some(ErrorCode::DatabaseCorrupt) | None => open::damaged(path, &e.to_string()),
        Some(ErrorCode::SystemIoFailure) => doubtful(path, e),
        Some(
            ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OperationInterrupted,
        ) => passing(path, e),
        Some(_) => wrong(path, e),
    }
}

/// The number of the write that is being made.
fn next(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    let sql = "UPDATE writes SET count = count + 1 RETURNING count";
    transaction.query_row(sql, [], |row| row.get(0))
}

#[async_trait]
impl KeyValue for EmbeddedStore {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        let key = key.to_owned();
        self.read(move |connection| {
            let sql = "SELECT value, version FROM kept WHERE key = ?1";
            let found = connection.query_row(sql, [key], |row| {
                Ok(Versioned::new(
                    row.get::<_, String>(0)?,
                    version(row.get(1)?),
                ))
            });
            found.optional()
        })
        .await
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |transaction| {
            let sql = "SELECT version FROM kept WHERE key = ?1";
            let known = transaction.query_row(sql, [&key], |row| row.get(0));
            if known.optional()? != expected.map(number) {
                return Ok(None);
            }
            let next = next(transaction)?;
            transaction.execute(
                "INSERT INTO kept (key, version, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET version = ?2, value = ?3",
                params![key, next, value],
            )?;
            Ok(Some(version(next)))
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.erase("DELETE FROM kept WHERE key = ?1", key).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        self.page(prefix, after, limit, |whole| whole).await
    }

    async fn list_heads(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        self.page(prefix, after, limit, first_line).await
    }
}

/// What is before the first end of a line.
fn first_line(value: &[u8]) -> &[u8] {
    let mut rest = value;
    // What is in memory can be read.
    let read = rest.skip_until(b'\n').unwrap_or_default();
    let line = value.get(..read).unwrap_or(value);
    line.strip_suffix(b"\n").unwrap_or(line)
}

/// A version as SQLite keeps it, from 1.
fn version(kept: i64) -> u64 {
    kept.unsigned_abs()
}
