use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::{EmbeddedStore, next, version};
use crate::error::Result;
use crate::store::queue::sooner;
use crate::store::sql::{beginning, kept_moment, moment, number};
use crate::store::{Job, JobChange, JobQuery, Lease, LeaseChange, LeaseRequest, Queue, Queued};

/// The columns of which `queued` makes a job.
macro_rules! job_columns {
    () => {
        "id, lane, due, version, worker, leased_until, value"
    };
}

/// Jobs that are due at `?1` and free, from the index alone.
const DUE: &str = "SELECT id, lane FROM jobs
    WHERE due <= ?1 AND (leased_until IS NULL OR leased_until <= ?1) ORDER BY due, id";

/// Jobs with a time, from the index alone.
const TIMED: &str =
    "SELECT lane, due, leased_until FROM jobs WHERE due IS NOT NULL ORDER BY due, id";

/// The jobs of a query, from the index of ids, or of lanes and ids.
fn listing(query: &JobQuery) -> String {
    let lane = match query.lane {
        Some(_) => "lane = ?1",
        None => "?1 IS NULL",
    };
    let (compare, _) = beginning("", query.after.as_deref());
    format!(
        "SELECT {} FROM jobs WHERE {lane} AND id {compare} ?3 AND (?2 IS NULL OR due < ?2) ORDER BY id LIMIT ?4",
        job_columns!()
    )
}

#[async_trait]
impl Queue for EmbeddedStore {
    async fn add(&self, job: &Job) -> Result<bool> {
        let due = job.due.map(|at| kept_moment("due", at)).transpose()?;
        let job = job.clone();
        self.write(move |transaction| {
            let sql = "SELECT 1 FROM jobs WHERE id = ?1";
            if transaction
                .query_row(sql, [&job.id], |_| Ok(()))
                .optional()?
                .is_some()
            {
                return Ok(false);
            }
            let next = next(transaction)?;
            transaction.execute(
                "INSERT INTO jobs (id, lane, due, version, value) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![job.id, job.lane, due, next, job.value],
            )?;
            Ok(true)
        })
        .await
    }

    async fn job(&self, id: &str) -> Result<Option<Queued>> {
        let id = id.to_owned();
        self.read(move |connection| {
            let sql = concat!("SELECT ", job_columns!(), " FROM jobs WHERE id = ?1");
            connection.query_row(sql, [id], queued).optional()
        })
        .await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Queued>> {
        let query = query.clone();
        self.read(move |connection| {
            let mut select = connection.prepare(&listing(&query))?;
            let (_, from) = beginning("", query.after.as_deref());
            let before = query.due_before.map(moment);
            let rows = select.query_map(params![query.lane, before, from, query.limit], queued)?;
            rows.collect()
        })
        .await
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Vec<Queued>> {
        let until = kept_moment("until", request.until)?;
        let request = request.clone();
        self.write(move |transaction| {
            let limit = request.limit as usize;
            let mut ids: Vec<String> = Vec::new();
            {
                let mut select = transaction.prepare(DUE)?;
                let mut rows = select.query([moment(request.now)])?;
                while ids.len() < limit
                    && let Some(row) = rows.next()?
                {
                    let lane = row.get_ref(1)?.as_str()?;
                    if !request.except.iter().any(|held| held == lane) {
                        ids.push(row.get(0)?);
                    }
                }
            }
            let mut take = transaction.prepare(concat!(
                "UPDATE jobs SET version = ?2, worker = ?3, leased_until = ?4 WHERE id = ?1 RETURNING ",
                job_columns!()
            ))?;
            let mut leased = Vec::with_capacity(ids.len());
            for id in ids {
                let next = next(transaction)?;
                leased.push(take.query_row(params![id, next, request.worker, until], queued)?);
            }
            Ok(leased)
        })
        .await
    }

    async fn change(&self, change: &JobChange) -> Result<Option<u64>> {
        let due = change.due.map(|at| kept_moment("due", at)).transpose()?;
        let extended = match change.lease {
            LeaseChange::Extend(until) => Some(kept_moment("lease", until)?),
            LeaseChange::Keep | LeaseChange::Release => None,
        };
        let change = change.clone();
        self.write(move |transaction| {
            let sql = "SELECT worker, leased_until FROM jobs WHERE id = ?1 AND version = ?2";
            let known = transaction.query_row(sql, params![change.id, number(change.expected)], |row| {
                Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?))
            });
            let Some((worker, until)) = known.optional()? else {
                return Ok(None);
            };
            let (worker, until) = match change.lease {
                LeaseChange::Keep => (worker, until),
                LeaseChange::Release => (None, None),
                LeaseChange::Extend(_) => (worker, until.and(extended)),
            };
            let next = next(transaction)?;
            transaction.execute(
                "UPDATE jobs SET version = ?2, value = ?3, due = ?4, worker = ?5, leased_until = ?6 WHERE id = ?1",
                params![change.id, next, change.value, due, worker, until],
            )?;
            Ok(Some(version(next)))
        })
        .await
    }

    async fn next_due(&self, except: &[String]) -> Result<Option<Timestamp>> {
        let except = except.to_vec();
        self.read(move |connection| {
            let mut select = connection.prepare(TIMED)?;
            let mut rows = select.query([])?;
            let mut soonest = None;
            while let Some(row) = rows.next()? {
                let lane = row.get_ref(0)?.as_str()?;
                if except.iter().any(|held| held == lane) {
                    continue;
                }
                let Some(due) = read_moment(row, 1)? else {
                    continue;
                };
                if sooner(&mut soonest, due, read_moment(row, 2)?) {
                    break;
                }
            }
            Ok(soonest)
        })
        .await
    }

    async fn discard(&self, id: &str) -> Result<()> {
        self.erase("DELETE FROM jobs WHERE id = ?1", id).await
    }
}

fn read_moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let Some(text) = row.get_ref(column)?.as_str_or_null()? else {
        return Ok(None);
    };
    match text.parse() {
        Ok(at) => Ok(Some(at)),
        Err(e) => Err(rusqlite::Error::FromSqlConversionFailure(
            column,
            Type::Text,
            Box::new(e),
        )),
    }
}

fn queued(row: &Row<'_>) -> rusqlite::Result<Queued> {
    let mut job = Job::new(
        row.get::<_, String>(0)?,
        row.get::<_, String>(1)?,
        row.get::<_, String>(6)?,
    );
    job.due = read_moment(row, 2)?;
    let mut queued = Queued::new(job, version(row.get(3)?));
    let worker: Option<String> = row.get(4)?;
    queued.lease = match (worker, read_moment(row, 5)?) {
        (Some(worker), Some(until)) => Some(Lease::new(worker, until)),
        _ => None,
    };
    Ok(queued)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::embedded::open::TABLES;

    #[test]
    fn what_is_due_and_what_is_listed_is_found_through_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        let query = JobQuery::new(9);
        let cases = [
            (DUE, "SEARCH jobs USING COVERING INDEX jobs_due (due<?)"),
            // It is left at the first job that is free.
            (TIMED, "SEARCH jobs USING COVERING INDEX jobs_due (due>?)"),
            (
                &listing(&query),
                "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id>?)",
            ),
            (
                &listing(&query.after("a").lane("shop")),
                "SEARCH jobs USING INDEX jobs_lane (lane=? AND id>?)",
            ),
        ];
        for (sql, wanted) in cases {
            let sql = format!("EXPLAIN QUERY PLAN {sql}");
            let mut explain = connection.prepare(&sql).unwrap();
            let steps = explain.raw_query().mapped(|row| row.get("detail"));
            let steps: Vec<String> = steps.map(Result::unwrap).collect();
            assert_eq!(steps, [wanted], "{sql}");
        }
    }
}
