//! The tables: what they are called, and how they are made.

use tokio_postgres::Client;

use super::link::{ask, fault};
use crate::error::{Error, Result};

/// The form of the tables. Programs that know an older one leave them alone.
const FORM: i32 = 1;

/// What the tables of a store are called.
#[derive(Debug)]
pub(super) struct Tables {
    schema: Option<String>,
    prefix: String,
}

impl Tables {
    pub(super) fn new(schema: Option<&str>, prefix: &str) -> Result<Self> {
        for (what, name) in [("schema", schema.unwrap_or("public")), ("prefix", prefix)] {
            let first = name.chars().next().unwrap_or('0');
            let is_plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
            if first.is_ascii_digit() || name.len() > 40 || !name.chars().all(is_plain) {
                return Err(Error::config(format!(
                    "{name:?} cannot be the {what} of a store's tables: use up to 40 of a-z, 0-9 and _, and no digit \
                     first"
                )));
            }
        }
        Ok(Self {
            schema: schema.map(str::to_owned),
            prefix: prefix.to_owned(),
        })
    }

    /// A table's name as statements have it.
    pub(super) fn of(&self, table: &str) -> String {
        let prefix = &self.prefix;
        match &self.schema {
            Some(schema) => format!("\"{schema}\".\"{prefix}{table}\""),
            None => format!("\"{prefix}{table}\""),
        }
    }

    /// The expression that makes a version.
    pub(super) fn next_version(&self) -> String {
        format!("nextval('{}')", self.of("versions"))
    }

    /// Makes what is missing, and looks whether what is there is of our form.
    pub(super) async fn prepare(&self, client: &Client) -> Result<()> {
        let form = self.of("form");
        if !self.is_there(client).await? {
            // One at a time, since two who make a table at once hinder one another.
            let schema = match &self.schema {
                Some(schema) => format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\";"),
                None => String::new(),
            };
            let (kept, jobs, writers, versions) = (
                self.of("kept"),
                self.of("jobs"),
                self.of("writers"),
                self.of("versions"),
            );
            let prefix = &self.prefix;
            let sql = format!(
                "BEGIN;
                 SELECT pg_advisory_xact_lock(hashtextextended('sociable tables', 0));
                 {schema}
                 CREATE SEQUENCE IF NOT EXISTS {versions};
                 CREATE TABLE IF NOT EXISTS {kept} (
                     key text COLLATE \"C\" PRIMARY KEY,
                     version bigint NOT NULL,
                     value text NOT NULL
                 );
                 CREATE TABLE IF NOT EXISTS {jobs} (
                     id text COLLATE \"C\" PRIMARY KEY,
                     lane text COLLATE \"C\" NOT NULL,
                     due text COLLATE \"C\",
                     version bigint NOT NULL,
                     worker text,
                     leased_until text COLLATE \"C\",
                     value text NOT NULL
                 );
                 CREATE INDEX IF NOT EXISTS \"{prefix}jobs_due\" ON {jobs} (due, id) WHERE due IS NOT NULL;
                 CREATE INDEX IF NOT EXISTS \"{prefix}jobs_lane\" ON {jobs} (lane, id);
                 CREATE INDEX IF NOT EXISTS \"{prefix}jobs_leased\" ON {jobs} (leased_until)
                     WHERE leased_until IS NOT NULL AND due IS NOT NULL;
                 CREATE TABLE IF NOT EXISTS {writers} (
                     writer bigint PRIMARY KEY,
                     step bigint NOT NULL,
                     versions bigint[] NOT NULL,
                     at timestamptz NOT NULL
                 );
                 CREATE TABLE IF NOT EXISTS {form} (form integer NOT NULL);
                 INSERT INTO {form} SELECT {FORM} WHERE NOT EXISTS (SELECT FROM {form});
                 COMMIT;"
            );
            client.batch_execute(&sql).await.map_err(|e| fault(&e))?;
        }
        let sql = format!("SELECT max(form) AS form FROM {form}");
        match ask(client, &sql, "form").await? {
            Some(FORM) => Ok(()),
            Some(found) if found > FORM => Err(Error::config(format!(
                "the tables {form} and those beside it were made by a newer version of this program (their form is \
                 {found}, and this version knows {FORM}): use that version, or another prefix"
            ))),
            _ => Err(Error::config(format!(
                "the table {form} belongs to another program or was emptied: use another prefix"
            ))),
        }
    }

    async fn is_there(&self, client: &Client) -> Result<bool> {
        let form = self.of("form");
        let sql = format!("SELECT to_regclass('{form}') IS NOT NULL AS there");
        Ok(ask(client, &sql, "there").await? == Some(true))
    }

    /// Takes away the notes of stores that are gone: a note is needed for as long as its call lasts.
    pub(super) async fn sweep(&self, client: &Client) -> Result<()> {
        let writers = self.of("writers");
        let sql = format!("DELETE FROM {writers} WHERE at < now() - interval '1 day'");
        let swept = client.execute_typed(&sql, &[]).await;
        swept.map(drop).map_err(|e| fault(&e))
    }
}
