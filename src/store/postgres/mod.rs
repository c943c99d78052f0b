mod link;
mod queue;
mod tables;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::Type;
use tokio_postgres::{Config, NoTls, Socket};

use self::link::{Link, Wrote, column, connector, text, typed};
use self::tables::Tables;
use super::sql::{beginning, end_of, number};
use super::{KeyValue, Versioned};
use crate::error::{Error, Result, Rule, Violation};

/// How long a call waits for a connection, and for an answer that the network delays, unless the address says else.
const PATIENCE: Duration = Duration::from_secs(10);

/// Values and work in PostgreSQL (12 or newer), which many machines may use at once.
///
/// Workers take jobs with `FOR UPDATE SKIP LOCKED`: none waits for another, and no job goes to two. What was answered is
/// kept for good, as far as the server keeps what it has committed; where a database has `synchronous_commit` off, it is
/// on for this store.
///
/// A connection that was lost is made anew with the next call. Of a write whose answer was lost with it, the server is
/// asked whether it was made: each write notes its result in the same transaction, and the old session is ended before
/// the note is read. So such a call answers as if nothing had happened. Only where the server cannot be reached any
/// more the answer is an error of kind [`Unconfirmed`](crate::ErrorKind::Unconfirmed): read before you write again.
///
/// A store has one connection and does one thing at a time; connect another for more. Clones share it. The connection
/// ends when the last of them is dropped. A call that is dropped is done to its end all the same. It needs a session of its own on the server: a pooler between them has to keep
/// sessions (PgBouncer: `pool_mode = session`).
///
/// What is removed or replaced is overwritten when the server clears its tables up (`VACUUM`, by itself from time to time).
///
/// The tables are made where they are missing: `sociable_kept`, `sociable_jobs`, `sociable_writers` and
/// `sociable_form`, and the sequence `sociable_versions`. Texts must not contain U+0000, which PostgreSQL cannot keep;
/// names of keys, jobs and lanes have at most some 2,000 bytes.
///
/// ```no_run
/// # async fn example(url: &str) -> sociable::Result<()> {
/// use sociable::store::{Job, PostgresStore, Queue};
///
/// let store = PostgresStore::connect(url).await?; // postgres://shop:…@db.example/plans
/// store.add(&Job::new("opening", "shop@bluesky", "We are open!")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    link: Arc<Link>,
}

impl PostgresStore {
    /// Connects to the database that an address names, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, and makes its
    /// tables where they are missing. The connection is not encrypted; see [`PostgresBuilder::connect_with`].
    ///
    /// # Errors
    /// `Config`: the address cannot be read, the server refuses the login, or the tables are of a newer version.
    /// `Transport` and `Unavailable`: the server is not reached, or takes nobody now.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder(url).connect().await
    }

    /// For a store with names of its own, or an encrypted connection.
    pub fn builder(url: &str) -> PostgresBuilder {
        PostgresBuilder::of(url.parse().ok())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("server", &self.link.server)
            .field("tables", &self.link.tables)
            .finish_non_exhaustive()
    }
}

/// Says where a [`PostgresStore`] is and what its tables are called.
#[derive(Clone)]
#[must_use]
pub struct PostgresBuilder {
    /// None where the address could not be read.
    config: Option<Config>,
    schema: Option<String>,
    prefix: String,
}

/// An address holds a password, so `Debug` shows the names alone.
impl fmt::Debug for PostgresBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresBuilder")
            .field("schema", &self.schema)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl PostgresBuilder {
    /// For a server that is described by more than an address.
    pub fn new(config: Config) -> Self {
        Self::of(Some(config))
    }

    fn of(config: Option<Config>) -> Self {
        Self {
            config,
            schema: None,
            prefix: "sociable_".into(),
        }
    }

    /// What the names of the tables begin with, `sociable_` unless set: several stores in one database have several.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The schema that holds the tables, made where it is missing. Unless set, the one that the server takes for this
    /// user.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Connects without encryption: to a server on this machine, or over a network that is safe.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`]; `Config` also for a name that is not made of `a`–`z`, `0`–`9` and `_`.
    pub async fn connect(self) -> Result<PostgresStore> {
        self.connect_with(NoTls).await
    }

    /// Connects with a TLS connector, such as those of the crates `tokio-postgres-rustls` and `postgres-native-tls`.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with<T>(self, tls: T) -> Result<PostgresStore>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::TlsConnect: Send,
        T::Stream: Send + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let Some(mut config) = self.config else {
            return Err(Error::config(
                "the address of the PostgreSQL server cannot be read: it is \
                 postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for @, %3A for : and %2F for / in the password",
            ));
        };
        let tables = Tables::new(self.schema.as_deref(), &self.prefix)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("sociable");
        }
        let server = link::shown(&config);
        let link = Link::open(server, tables, connector(config, tls)).await?;
        Ok(PostgresStore {
            link: Arc::new(link),
        })
    }
}

/// Refuses a text that PostgreSQL cannot keep.
fn keepable(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        let message =
            "PostgreSQL cannot keep the character U+0000: take it out, or write the text as JSON";
        let violation = Violation::error(Rule::Malformed, field, message);
        return Err(Error::invalid(vec![violation]));
    }
    Ok(())
}

/// What is before the first character that no kept text has: the same texts are behind it.
fn before_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

fn is_nameless(name: &str) -> bool {
    name.contains('\0')
}

fn version(kept: i64) -> u64 {
    kept.unsigned_abs()
}

/// The version that a write made, if it did.
fn only(wrote: Wrote) -> Result<Option<u64>> {
    let version_of = match wrote {
        Wrote::Noted(versions) => versions.first().copied(),
        Wrote::Answered(rows) => rows.first().map(|row| column(row, "version")).transpose()?,
    };
    Ok(version_of.map(version))
}

impl PostgresStore {
    /// The values of a prefix, with a part of each.
    async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
        part: &'static str,
    ) -> Result<Vec<(String, Versioned)>> {
        if is_nameless(prefix) {
            return Ok(Vec::new());
        }
        let kept = self.link.tables.of("kept");
        let (compare, from) = beginning(prefix, after.map(before_nul));
        let (end, limit) = (end_of(prefix), i64::from(limit));
        let sql = format!(
            "SELECT key, {part}, version FROM {kept}
             WHERE key {compare} $1 AND ($2::text IS NULL OR key < $2) ORDER BY key LIMIT $3"
        );
        let values = vec![text(from), typed(end, Type::TEXT), typed(limit, Type::INT8)];
        let rows = self.link.read(sql, values).await?;
        let found = rows.iter().map(|row| {
            let value: String = column(row, "value")?;
            let value = Versioned::new(value, version(column(row, "version")?));
            Ok((column(row, "key")?, value))
        });
        found.collect()
    }
}

#[async_trait]
impl KeyValue for PostgresStore {
    async fn get(&self, key: &str) -> Result<Option<Versioned>> {
        if is_nameless(key) {
            return Ok(None);
        }
        let kept = self.link.tables.of("kept");
        let sql = format!("SELECT value, version FROM {kept} WHERE key = $1");
        let rows = self.link.read(sql, vec![text(key)]).await?;
        let found = rows.first().map(|row| {
            let value: String = column(row, "value")?;
            Ok(Versioned::new(value, version(column(row, "version")?)))
        });
        found.transpose()
    }

    async fn put(&self, key: &str, value: &str, expected: Option<u64>) -> Result<Option<u64>> {
        keepable("key", key)?;
        keepable("value", value)?;
        let tables = &self.link.tables;
        let (kept, next) = (tables.of("kept"), tables.next_version());
        let done = match expected {
            None => format!(
                "INSERT INTO {kept} (key, value, version) SELECT $3, $4, {next} WHERE $5::bigint IS NULL
                 ON CONFLICT (key) DO NOTHING RETURNING version"
            ),
            Some(_) => format!(
                "UPDATE {kept} SET value = $4, version = {next} WHERE key = $3 AND version = $5 RETURNING version"
            ),
        };
        let expected = expected.map(number);
        let values = vec![text(key), text(value), typed(expected, Type::INT8)];
        only(self.link.write("", &done, values).await?)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        if is_nameless(key) {
            return Ok(());
        }
        let kept = self.link.tables.of("kept");
        let done = format!("DELETE FROM {kept} WHERE key = $3 RETURNING version");
        self.link.write("", &done, vec![text(key)]).await?;
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        self.page(prefix, after, limit, "value").await
    }

    async fn list_heads(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Versioned)>> {
        let first_line = "split_part(value, chr(10), 1) AS value";
        self.page(prefix, after, limit, first_line).await
    }
}
