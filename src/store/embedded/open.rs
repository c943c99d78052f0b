//! Making the file, and looking whether it is one of ours before anything is done to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::super::fault::unusable;
use super::fault;
use crate::error::{Error, Result};
use crate::shared::disk::{NEW, afresh, beside, lock_file, settle};

/// What the header of the file names as its program: "SOCI".
const APPLICATION: i64 = 0x534F_4349;
/// The form of the tables. Programs that know an older one leave the file alone.
const FORM: i64 = 1;

/// How long a call waits for another process that writes. A write takes milliseconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The values stand last in a row: what is before them is read without them.
pub(super) const TABLES: &str = "
    CREATE TABLE writes (count INTEGER NOT NULL) STRICT;
    INSERT INTO writes (count) VALUES (0);
    CREATE TABLE kept (
        key TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        value TEXT NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
        id TEXT NOT NULL PRIMARY KEY,
        lane TEXT NOT NULL,
        due TEXT,
        version INTEGER NOT NULL,
        worker TEXT,
        leased_until TEXT,
        value TEXT NOT NULL
    ) STRICT;
    CREATE INDEX jobs_due ON jobs (due, id, lane, leased_until) WHERE due IS NOT NULL;
    CREATE INDEX jobs_lane ON jobs (lane, id);
";

/// Opens the file, which is made where it is missing.
pub(super) fn open(path: &Path) -> Result<Connection> {
    let path = &plain(path)?;
    if !path.try_exists().map_err(|e| unusable(path, &e))? {
        make(path)?;
    }
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    };
    let connection = open().map_err(|e| fault(path, &e))?;
    ours(path, &connection)?;
    set(&connection).map_err(|e| fault(path, &e))?;
    Ok(connection)
}

/// The path as SQLite takes it for nothing but a file's.
fn plain(path: &Path) -> Result<PathBuf> {
    if path.file_name().is_none() {
        return Err(Error::config(format!(
            "the store needs the path of a file, and {path:?} is none"
        )));
    }
    // It has a meaning of its own for "file:…" and ":memory:".
    Ok(if path.is_absolute() {
        path.to_owned()
    } else {
        Path::new(".").join(path)
    })
}

/// Makes a whole store beside the path and then gives it its name, so that nobody ever sees half of one.
fn make(path: &Path) -> Result<()> {
    let refused = |e: std::io::Error| unusable(path, &e);
    let lock = lock_file(path, ".lock").map_err(refused)?;
    lock.lock().map_err(refused)?;
    if path.try_exists().map_err(refused)? {
        return Ok(()); // Another process was faster.
    }
    let new = beside(path, NEW);
    // SQLite's further files get the rights of the first.
    drop(afresh(&new).map_err(refused)?);
    let fill = || -> rusqlite::Result<()> {
        let connection = Connection::open(&new)?;
        connection.execute_batch(&format!(
            "PRAGMA synchronous = FULL;
             BEGIN;
             PRAGMA application_id = {APPLICATION};
             PRAGMA user_version = {FORM};
             {TABLES}
             COMMIT;
             PRAGMA journal_mode = WAL;"
        ))?;
        connection.close().map_err(|(_, e)| e)
    };
    fill().map_err(|e| fault(path, &e))?;
    settle(&new, path).map_err(refused)
}

/// Refuses what this program must not write to.
///
/// The file is looked at through SQLite alone: whoever opens and closes it by other means takes away the locks that
/// this process has on it.
fn ours(path: &Path, connection: &Connection) -> Result<()> {
    let number = |name| pragma(connection, name).map_err(|e| fault(path, &e));
    let shown = path.display();
    let length = std::fs::metadata(path)
        .map_err(|e| unusable(path, &e))?
        .len();
    if length == 0 {
        return Err(Error::config(format!(
            "the store {shown} is empty, which a store never is: its content was lost, so put back a copy, or remove \
             the file to begin anew"
        )));
    }
    if number("application_id")? != APPLICATION {
        return Err(Error::config(format!(
            "the file {shown} belongs to another program: name another file for the store"
        )));
    }
    let form = number("user_version")?;
    if form > FORM {
        return Err(Error::config(format!(
            "the store {shown} was written by a newer version of this program (its form is {form}, and this version \
             knows {FORM}): use that version, or name another file"
        )));
    }
    if form != FORM || is_cut(path, connection)? {
        return Err(damaged(path, "a part of it is missing"));
    }
    Ok(())
}

/// Whether the end of the file is missing. SQLite would find that out later, or take what is missing for zeros.
fn is_cut(path: &Path, connection: &Connection) -> Result<bool> {
    // Another process may just be bringing the file up to what the log beside it holds.
    for _ in 0..10 {
        let number = |name| pragma(connection, name).map_err(|e| fault(path, &e));
        let page = number("page_size")?.max(1).unsigned_abs();
        let whole = page * number("page_count")?.unsigned_abs();
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let there = length(path);
        let is_logged = length(&beside(path, "-wal")) > 0;
        if there % page == 0 && (there >= whole || is_logged) {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(true)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}

/// How this connection works.
fn set(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = ON;
         PRAGMA cell_size_check = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA journal_mode = WAL;",
    )
}

/// A file that is ours and cannot be read.
pub(super) fn damaged(path: &Path, what: &str) -> Error {
    Error::config(format!(
        "the store {} is damaged ({what}): put back a copy, or save what `sqlite3 FILE .recover` finds, and name \
         another file meanwhile",
        path.display()
    ))
}
