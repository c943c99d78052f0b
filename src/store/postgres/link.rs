//! The connection: made anew when it was lost, and asked what became of a write whose answer was lost with it.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_postgres::config::Host;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Config, Row, Socket};

use super::tables::Tables;
use crate::error::{Error, ErrorKind, Result, Rule, Violation};

type Refused = tokio_postgres::Error;
type Running = Pin<Box<dyn Future<Output = ()> + Send>>;
type Connecting =
    Pin<Box<dyn Future<Output = std::result::Result<(Client, Running), Refused>> + Send>>;
/// Begins a connection: the client, and what has to run for it to work.
type Connector = Box<dyn Fn() -> Connecting + Send + Sync>;
/// A value of a statement, and its type.
pub(super) type Value = (Box<dyn ToSql + Sync + Send>, Type);

type Borrowed<'a> = (&'a (dyn ToSql + Sync), Type);

pub(super) fn typed(of: impl ToSql + Sync + Send + 'static, kind: Type) -> Value {
    (Box::new(of), kind)
}

pub(super) fn text(of: &str) -> Value {
    typed(of.to_owned(), Type::TEXT)
}

fn borrowed(values: &[Value]) -> Vec<Borrowed<'_>> {
    let borrowed = values.iter().map(|(of, kind)| (&**of as _, kind.clone()));
    borrowed.collect()
}

/// Does work on a task of its own: it holds the one session until it is done, so it must go on while whoever waits for it
/// is not polled, and must not be left half done by whoever waits no longer.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|e| {
        Err(Error::new(
            ErrorKind::Unconfirmed,
            format!(
                "the program ended while the store was at work ({e}): read before you write again"
            ),
        ))
    })
}

/// How often a call is tried whose connection is lost.
const TRIES: u32 = 3;

/// How a session works: what is answered is kept, a write sees what others wrote before it, and nobody waits for ever.
const SESSION: &str = "
    SET default_transaction_isolation = 'read committed';
    SET lock_timeout = '10s';
    SET client_min_messages = warning;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

pub(super) struct Link {
    /// Host, port and database, for messages.
    pub(super) server: String,
    pub(super) tables: Tables,
    connector: Connector,
    state: Mutex<State>,
}

struct State {
    session: Option<Session>,
    /// This store's number on the server, from its first session.
    writer: Option<i64>,
    /// The number of the last write.
    step: i64,
}

struct Session {
    client: Client,
    running: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What came of a write.
pub(super) enum Wrote {
    /// The rows that it answered.
    Answered(Vec<Row>),
    /// The answer was lost, and these versions were made.
    Noted(Vec<i64>),
}

pub(super) fn connector<T>(config: Config, tls: T) -> Connector
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::TlsConnect: Send,
    T::Stream: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    Box::new(move || {
        let (config, tls) = (config.clone(), tls.clone());
        Box::pin(async move {
            let (client, connection) = config.connect(tls).await?;
            let running: Running = Box::pin(async move {
                // Whoever waits for an answer is told, and the next call connects anew.
                drop(connection.await);
            });
            Ok((client, running))
        })
    })
}

impl Link {
    pub(super) async fn open(server: String, tables: Tables, connector: Connector) -> Result<Self> {
        let link = Self {
            server,
            tables,
            connector,
            state: Mutex::new(State {
                session: None,
                writer: None,
                step: 0,
            }),
        };
        link.session(&mut *link.state.lock().await).await?;
        Ok(link)
    }

    /// Asks for rows. Where the connection is lost, it is made anew, and they are asked for again.
    pub(super) async fn read(
        self: &Arc<Self>,
        sql: String,
        values: Vec<Value>,
    ) -> Result<Vec<Row>> {
        let link = Arc::clone(self);
        to_its_end(async move { link.read_now(&sql, &values).await }).await
    }

    /// Makes a write that answers rows with a `version`, and notes these versions in the same transaction.
    ///
    /// `first` is what stands before it in the statement, `done` the write; its values begin at `$3`.
    pub(super) async fn write(
        self: &Arc<Self>,
        first: &str,
        done: &str,
        values: Vec<Value>,
    ) -> Result<Wrote> {
        let writers = self.tables.of("writers");
        let sql = format!(
            "WITH {first} done AS ({done}),
             noted AS (
                 INSERT INTO {writers} (writer, step, versions, at)
                 SELECT $1, $2, array_agg(version), now() FROM done HAVING count(*) > 0
                 ON CONFLICT (writer) DO UPDATE
                 SET step = excluded.step, versions = excluded.versions, at = excluded.at
             )
             SELECT * FROM done"
        );
        let link = Arc::clone(self);
        to_its_end(async move { link.write_now(&sql, &values).await }).await
    }

    async fn read_now(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let values = borrowed(values);
        let mut state = self.state.lock().await;
        let mut tries = 0;
        loop {
            let (client, _) = self.session(&mut state).await?;
            match client.query_typed(sql, &values).await {
                Ok(rows) => return Ok(rows),
                Err(e) if !is_lost(&e) => return Err(self.told(fault(&e))),
                Err(e) => {
                    state.session = None;
                    tries += 1;
                    if tries == TRIES {
                        return Err(self.told(fault(&e)));
                    }
                }
            }
        }
    }

    async fn write_now(&self, sql: &str, values: &[Value]) -> Result<Wrote> {
        let values = borrowed(values);
        let writers = self.tables.of("writers");
        let look_up = format!("SELECT versions FROM {writers} WHERE writer = $1 AND step = $2");
        let mut state = self.state.lock().await;
        state.step += 1;
        let step = state.step;
        let mut tries = 0;
        loop {
            let (client, writer) = match self.session(&mut state).await {
                Ok(session) => session,
                Err(e) if tries == 0 => return Err(e),
                Err(e) => return Err(self.unconfirmed(&e)),
            };
            let asked: [Borrowed<'_>; 2] = [(&writer, Type::INT8), (&step, Type::INT8)];
            // The session in which it was tried has ended, so that what is not noted now never will be.
            let noted = match tries {
                0 => Ok(None),
                _ => client.query_typed_opt(&look_up, &asked).await,
            };
            let lost = match noted {
                Ok(Some(note)) => return Ok(Wrote::Noted(column(&note, "versions")?)),
                Ok(None) => {
                    let all: Vec<Borrowed<'_>> = asked.iter().chain(&values).cloned().collect();
                    match client.query_typed(sql, &all).await {
                        Ok(rows) => return Ok(Wrote::Answered(rows)),
                        Err(e) if !is_lost(&e) => return Err(self.told(fault(&e))),
                        Err(e) => e,
                    }
                }
                Err(e) => e,
            };
            state.session = None;
            tries += 1;
            if tries == TRIES {
                return Err(self.unconfirmed(&fault(&lost)));
            }
        }
    }

    /// The session and this store's number, connected where it is not.
    async fn session<'a>(&self, state: &'a mut State) -> Result<(&'a Client, i64)> {
        if state
            .session
            .as_ref()
            .is_some_and(|session| session.client.is_closed())
        {
            state.session = None;
        }
        if state.session.is_none() {
            let (session, writer) = self.connect(state.writer).await.map_err(|e| self.told(e))?;
            state.session = Some(session);
            state.writer = Some(writer);
        }
        match (&state.session, state.writer) {
            (Some(session), Some(writer)) => Ok((&session.client, writer)),
            _ => Err(Error::config("the session is gone")),
        }
    }

    async fn connect(&self, writer: Option<i64>) -> Result<(Session, i64)> {
        let (client, running) = (self.connector)().await.map_err(|e| fault(&e))?;
        let session = Session {
            client,
            running: tokio::spawn(running),
        };
        let client = &session.client;
        client.batch_execute(SESSION).await.map_err(|e| fault(&e))?;
        let sql = "SELECT current_setting('server_encoding') = 'UTF8' AS keeps";
        if ask(client, sql, "keeps").await? != Some(true) {
            return Err(Error::config(
                "the database does not keep every text: use one whose encoding is UTF8",
            ));
        }
        let writer = match writer {
            Some(writer) => writer,
            None => {
                self.tables.prepare(client).await?;
                self.tables.sweep(client).await?;
                let sql = format!("SELECT {} AS writer", self.tables.next_version());
                ask(client, &sql, "writer").await?.unwrap_or_default()
            }
        };
        self.take_over(client, writer).await?;
        Ok((session, writer))
    }

    /// Ends the session before this one, if the server has not seen yet that it is lost, and waits for its end: a
    /// session holds its store's lock until then.
    async fn take_over(&self, client: &Client, writer: i64) -> Result<()> {
        let writers = self.tables.of("writers");
        let values: [Borrowed<'_>; 2] = [(&writers, Type::TEXT), (&writer, Type::INT8)];
        let statements = [
            "SELECT pg_terminate_backend(pid) FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, $2)",
            "SELECT pg_advisory_lock(hashtextextended($1, $2))",
        ];
        for sql in statements {
            client
                .query_typed(sql, &values)
                .await
                .map_err(|e| fault(&e))?;
        }
        Ok(())
    }

    /// Says which server it was.
    fn told(&self, error: Error) -> Error {
        let message = format!("PostgreSQL at {}: {}", self.server, error.message());
        error.with_message(message)
    }

    fn unconfirmed(&self, error: &Error) -> Error {
        let message = format!(
            "PostgreSQL at {} was lost while it was writing, and cannot be asked whether it did: read before you write \
             again ({})",
            self.server,
            error.message()
        );
        Error::new(ErrorKind::Unconfirmed, message)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Where a server is, without what belongs to nobody else.
pub(super) fn shown(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(number, host)| {
        let port = ports.get(number).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            #[cfg(unix)]
            Host::Unix(path) => format!("{}:{port}", path.display()),
        }
    });
    let hosts: Vec<String> = hosts.collect();
    let user = config.get_user().unwrap_or_default();
    format!(
        "{}/{}",
        hosts.join(","),
        config.get_dbname().unwrap_or(user)
    )
}

/// Whether the connection went with this error, so that what was asked may have been done.
fn is_lost(e: &Refused) -> bool {
    e.as_db_error().is_none_or(|told| {
        matches!(
            told.parsed_severity(),
            Some(Severity::Fatal | Severity::Panic)
        )
    })
}

/// What the server, or the way to it, refuses. Values and passwords stand in no message of theirs that is shown.
pub(super) fn fault(e: &Refused) -> Error {
    let Some(told) = e.as_db_error() else {
        let cause = e
            .source()
            .map(|cause| format!(": {cause}"))
            .unwrap_or_default();
        let is_way = e.is_closed() || e.source().is_some_and(|cause| cause.is::<io::Error>());
        return if is_way {
            let message = format!(
                "the server cannot be reached ({e}{cause}): see that it runs, and try again"
            );
            Error::new(ErrorKind::Transport, message)
        } else {
            let hint = "check the address, and whether the server wants an encrypted connection";
            Error::config(format!("no connection ({e}{cause}): {hint}"))
        };
    };
    let (code, said) = (told.code(), told.message());
    let class = code.code().get(..2).unwrap_or_default();
    let error = match class {
        "28" | "3D" => Error::config(format!(
            "the login is refused ({said}): check user, password and database"
        )),
        _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => Error::config(format!(
            "a right is missing ({said}): let the user create tables, or make them as one who may"
        )),
        _ if *code == SqlState::PROGRAM_LIMIT_EXCEEDED => Error::invalid(vec![Violation::error(
            Rule::TooLong,
            "key",
            "PostgreSQL takes names of at most some 2,000 bytes: use a shorter one",
        )]),
        // Lost connections, conflicts, no room, and what is locked, starting or stopping.
        "08" | "40" | "53" | "55" | "57" => Error::new(
            ErrorKind::Unavailable,
            format!("the server cannot do it now ({said}), and nothing was written: try again"),
        ),
        _ => Error::config(format!("the server refuses it: {said}")),
    };
    error.with_code(code.code())
}

/// What a column holds.
pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T> {
    row.try_get(name).map_err(|_| {
        Error::config(format!(
            "the column {name} is not as this program makes it: the tables were changed by another, so use another prefix"
        ))
    })
}

/// What a column of the one row holds that is asked for, if it holds anything.
pub(super) async fn ask<T>(client: &Client, sql: &str, name: &str) -> Result<Option<T>>
where
    T: for<'a> FromSql<'a>,
{
    let row = client.query_typed_opt(sql, &[]).await;
    let row = row.map_err(|e| fault(&e))?;
    row.map_or(Ok(None), |row| column(&row, name))
}
