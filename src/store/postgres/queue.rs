use async_trait::async_trait;
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::link::{Wrote, column, text, typed};
use super::{PostgresStore, before_nul, is_nameless, keepable, only, version};
use crate::error::{Error, Result};
use crate::store::sql::{beginning, kept_moment, moment, number};
use crate::store::{Job, JobChange, JobQuery, Lease, LeaseChange, LeaseRequest, Queue, Queued};

const COLUMNS: &str = "id, lane, due, version, worker, leased_until, value";

/// The lanes that can be: no other is there to be held.
fn lanes(except: &[String]) -> Vec<String> {
    let lanes = except.iter().filter(|lane| !is_nameless(lane));
    lanes.cloned().collect()
}

#[async_trait]
impl Queue for PostgresStore {
    async fn add(&self, job: &Job) -> Result<bool> {
        keepable("id", &job.id)?;
        keepable("lane", &job.lane)?;
        keepable("value", &job.value)?;
        let due = job.due.map(|at| kept_moment("due", at)).transpose()?;
        let tables = &self.link.tables;
        let done = format!(
            "INSERT INTO {} (id, lane, due, version, value) VALUES ($3, $4, $5, {}, $6)
             ON CONFLICT (id) DO NOTHING RETURNING version",
            tables.of("jobs"),
            tables.next_version()
        );
        let values = vec![
            text(&job.id),
            text(&job.lane),
            typed(due, Type::TEXT),
            text(&job.value),
        ];
        let added = only(self.link.write("", &done, values).await?)?;
        Ok(added.is_some())
    }

    async fn job(&self, id: &str) -> Result<Option<Queued>> {
        if is_nameless(id) {
            return Ok(None);
        }
        let jobs = self.link.tables.of("jobs");
        let sql = format!("SELECT {COLUMNS} FROM {jobs} WHERE id = $1");
        let rows = self.link.read(sql, vec![text(id)]).await?;
        rows.first().map(queued).transpose()
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Queued>> {
        if query.lane.as_deref().is_some_and(is_nameless) {
            return Ok(Vec::new());
        }
        let jobs = self.link.tables.of("jobs");
        let (compare, from) = beginning("", query.after.as_deref().map(before_nul));
        let sql = format!(
            "SELECT {COLUMNS} FROM {jobs}
             WHERE id {compare} $1 AND ($2::text IS NULL OR lane = $2) AND ($3::text IS NULL OR due < $3)
             ORDER BY id LIMIT $4"
        );
        let before = query.due_before.map(moment);
        let limit = i64::from(query.limit);
        let values = vec![
            text(from),
            typed(query.lane.clone(), Type::TEXT),
            typed(before, Type::TEXT),
            typed(limit, Type::INT8),
        ];
        let rows = self.link.read(sql, values).await?;
        rows.iter().map(queued).collect()
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Vec<Queued>> {
        keepable("worker", &request.worker)?;
        let until = kept_moment("until", request.until)?;
        let (now, except) = (moment(request.now), lanes(&request.except));
        let limit = i64::from(request.limit);
        let tables = &self.link.tables;
        let jobs = tables.of("jobs");
        let free = format!(
            "free AS (
                 SELECT id FROM {jobs}
                 WHERE due <= $3 AND (leased_until IS NULL OR leased_until <= $3) AND lane <> ALL ($4)
                 ORDER BY due, id LIMIT $5 FOR UPDATE SKIP LOCKED
             ),"
        );
        let done = format!(
            "UPDATE {jobs} AS job SET version = {}, worker = $6, leased_until = $7 FROM free WHERE job.id = free.id
             RETURNING job.id, lane, due, version, worker, leased_until, value",
            tables.next_version()
        );
        let values = vec![
            text(&now),
            typed(except, Type::TEXT_ARRAY),
            typed(limit, Type::INT8),
            text(&request.worker),
            typed(until, Type::TEXT),
        ];
        let rows = match self.link.write(&free, &done, values).await? {
            Wrote::Answered(rows) => rows,
            Wrote::Noted(versions) => {
                // Those that stand at these versions are ours; what was changed since is not any more.
                let sql = format!(
                    "SELECT {COLUMNS} FROM {jobs} WHERE leased_until IS NOT NULL AND version = ANY ($1)"
                );
                self.link
                    .read(sql, vec![typed(versions, Type::INT8_ARRAY)])
                    .await?
            }
        };
        let leased: Result<Vec<Queued>> = rows.iter().map(queued).collect();
        let mut leased = leased?;
        leased.sort_by(|a, b| (a.job.due, &a.job.id).cmp(&(b.job.due, &b.job.id)));
        Ok(leased)
    }

    async fn change(&self, change: &JobChange) -> Result<Option<u64>> {
        if is_nameless(&change.id) {
            return Ok(None);
        }
        keepable("value", &change.value)?;
        let due = change.due.map(|at| kept_moment("due", at)).transpose()?;
        let (lease, until) = match change.lease {
            LeaseChange::Keep => ("leased_until = leased_until", None),
            LeaseChange::Release => ("worker = NULL, leased_until = NULL", None),
            LeaseChange::Extend(until) => (
                "leased_until = CASE WHEN worker IS NULL THEN NULL ELSE $7 END",
                Some(kept_moment("lease", until)?),
            ),
        };
        let tables = &self.link.tables;
        let done = format!(
            "UPDATE {} SET version = {}, value = $5, due = $6, {lease}
             WHERE id = $3 AND version = $4 RETURNING version",
            tables.of("jobs"),
            tables.next_version()
        );
        let expected = number(change.expected);
        let values = vec![
            text(&change.id),
            typed(expected, Type::INT8),
            text(&change.value),
            typed(due, Type::TEXT),
            typed(until, Type::TEXT),
        ];
        only(self.link.write("", &done, values).await?)
    }

    async fn next_due(&self, except: &[String]) -> Result<Option<Timestamp>> {
        let jobs = self.link.tables.of("jobs");
        // The first that nobody has, and the first of the few that somebody has or had.
        let sql = format!(
            "SELECT least(
                 (SELECT due FROM {jobs} WHERE due IS NOT NULL AND leased_until IS NULL AND lane <> ALL ($1)
                  ORDER BY due LIMIT 1),
                 (SELECT min(greatest(due, leased_until)) FROM {jobs}
                  WHERE leased_until IS NOT NULL AND due IS NOT NULL AND lane <> ALL ($1))
             ) AS free"
        );
        let except = lanes(except);
        let rows = self
            .link
            .read(sql, vec![typed(except, Type::TEXT_ARRAY)])
            .await?;
        rows.first()
            .map_or(Ok(None), |row| read_moment(row, "free"))
    }

    async fn discard(&self, id: &str) -> Result<()> {
        if is_nameless(id) {
            return Ok(());
        }
        let done = format!(
            "DELETE FROM {} WHERE id = $3 RETURNING version",
            self.link.tables.of("jobs")
        );
        self.link.write("", &done, vec![text(id)]).await?;
        Ok(())
    }
}

fn read_moment(row: &Row, name: &str) -> Result<Option<Timestamp>> {
    let text: Option<&str> = column(row, name)?;
    let moment = text.map(str::parse).transpose();
    moment.map_err(|_| {
        Error::config(format!(
            "the column {name} holds no moment: another program wrote to the table"
        ))
    })
}

fn queued(row: &Row) -> Result<Queued> {
    let mut job = Job::new(
        column::<String>(row, "id")?,
        column::<String>(row, "lane")?,
        column::<String>(row, "value")?,
    );
    job.due = read_moment(row, "due")?;
    let mut queued = Queued::new(job, version(column(row, "version")?));
    let worker: Option<String> = column(row, "worker")?;
    queued.lease = match (worker, read_moment(row, "leased_until")?) {
        (Some(worker), Some(until)) => Some(Lease::new(worker, until)),
        _ => None,
    };
    Ok(queued)
}
