//! What waits, the most urgent first.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Desk;
use super::case::{Case, CaseId};
use super::clock::{Fold, Pressing, Standing, Status, Urgency};
use super::keep::Row;
use crate::error::{Error, ErrorKind, Result};
use crate::model::setters;

/// Which cases are wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct QueueQuery {
    /// Only cases of this account of ours.
    pub account: Option<String>,
    /// Only cases in one of these states; where none is named, all that are neither resolved nor spam.
    pub statuses: Vec<Status>,
    /// Only cases that this agent holds.
    pub agent: Option<String>,
    /// Only cases that nobody holds.
    pub free: bool,
    /// Only cases that went to this service.
    pub service: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
}

impl QueueQuery {
    /// All cases that are neither resolved nor spam.
    pub fn new() -> Self {
        Self::default()
    }

    fn wants(&self, entry: &QueueEntry) -> bool {
        let is = |wish: &Option<String>, value: &Option<String>| wish.is_none() || wish == value;
        let status = if self.statuses.is_empty() {
            !is_over(&entry.status)
        } else {
            self.statuses.contains(&entry.status)
        };
        status
            && is(&self.agent, &entry.agent)
            && is(&self.service, &entry.service)
            && !(self.free && entry.agent.is_some())
    }
}

setters!(QueueQuery {
    some account: String, "Asks for cases of this account of ours.";
    push statuses: Status, "Asks for cases in this state.";
    some agent: String, "Asks for cases that this agent holds.";
    set free: bool, "Asks for cases that nobody holds.";
    some service: String, "Asks for cases that went to this service.";
    some limit: usize, "Bounds how many.";
});

/// A case in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QueueEntry {
    /// The case.
    pub id: CaseId,
    /// Our account that it came to.
    pub account: String,
    /// That account's network.
    pub network: String,
    /// Where it stands.
    pub status: Status,
    /// How severe it is, from 0 to 1.
    pub severity: f64,
    /// Who holds it now.
    pub agent: Option<String>,
    /// The service that it was last sent to.
    pub service: Option<String>,
    /// When the next answer is due; `None` where none is.
    pub due: Option<Timestamp>,
    /// How much business time is left until then; below zero it is late.
    pub remaining: Option<SignedDuration>,
}

impl Desk {
    /// The queue: the least business time left first, then the most severe, then who has waited longest. What waits for
    /// nothing comes last.
    ///
    /// # Errors
    /// `Config` where a case was opened under a policy that the desk does not know any more.
    pub async fn queue(&self, query: &QueueQuery) -> Result<Vec<QueueEntry>> {
        let now = self.0.clock.now();
        let rules = self.0.keeper.rules();
        // In boxes, since sorting moves them often.
        let mut found: Vec<(Urgency, Box<QueueEntry>)> = Vec::new();
        let mut unclear = Vec::new();
        self.0
            .keeper
            .rows(|id, row| {
                // What is over stays so, whatever time passes: its clocks need not be read.
                if query.statuses.is_empty() && is_over(&row.status) {
                    return Ok(());
                }
                if query
                    .account
                    .as_ref()
                    .is_some_and(|account| *account != row.account)
                {
                    return Ok(());
                }
                let pressing = match &row.clock {
                    Some(clock) => clock.at(now, rules)?,
                    None => None,
                };
                let Some(Pressing {
                    remaining,
                    due,
                    since,
                }) = pressing
                else {
                    unclear.push(id);
                    return Ok(());
                };
                let urgency = Urgency {
                    remaining,
                    severity: row.severity,
                    since,
                };
                let status = row.status.clone();
                let entry = entry(id, row, now, status, due, remaining);
                if query.wants(&entry) {
                    found.push((urgency, Box::new(entry)));
                }
                Ok(())
            })
            .await?;
        // Those that were put aside, and whose time has come.
        for id in unclear {
            let Some(kept) = self.0.keeper.find(&id).await? else {
                continue;
            };
            let standing = kept.fold.standing(now, rules)?;
            let row = Row::of(&kept.case);
            let urgency = standing.urgency(row.severity);
            let entry = stands(id, row, &standing, now);
            if query.wants(&entry) {
                found.push((urgency, Box::new(entry)));
            }
        }
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let limit = query.limit.unwrap_or(usize::MAX);
        Ok(found
            .into_iter()
            .take(limit)
            .map(|(_, entry)| *entry)
            .collect())
    }

    /// A case, and how it stands in the queue, whatever its state.
    ///
    /// # Errors
    /// `NotFound` where there is none of this name; `Config` where it was opened under a policy that the desk does not
    /// know any more.
    pub async fn entry(&self, id: &CaseId) -> Result<(Case, QueueEntry)> {
        let now = self.0.clock.now();
        let kept = self.0.keeper.case(id).await?;
        let standing = kept.fold.standing(now, self.0.keeper.rules())?;
        let entry = stands(id.clone(), Row::of(&kept.case), &standing, now);
        Ok((kept.case, entry))
    }

    /// How the clocks of all cases stand that are neither resolved nor spam, without reading what was written: for
    /// [`next_warning`](super::clock::next_warning) and [`warnings`](super::clock::warnings).
    ///
    /// # Errors
    /// `Config` where a case was opened under a policy that the desk does not know any more.
    pub async fn standings(&self) -> Result<Vec<(CaseId, Standing)>> {
        let now = self.0.clock.now();
        let mut all = Vec::new();
        self.0
            .keeper
            .folds(|id, row, fold| {
                if !is_over(&row.status) {
                    let standing = read(&id, fold)?.standing(now, self.0.keeper.rules())?;
                    all.push((id, standing));
                }
                Ok(())
            })
            .await?;
        Ok(all)
    }

    /// Every case with its clocks, in the order of their names: for reports and warnings.
    ///
    /// # Errors
    /// `Config` where a case was opened under a policy that the desk does not know any more.
    pub async fn cases(&self) -> Result<Vec<(Case, Standing)>> {
        let now = self.0.clock.now();
        let mut all = Vec::new();
        self.0
            .keeper
            .cases(|kept| {
                let standing = kept.fold.standing(now, self.0.keeper.rules())?;
                all.push((kept.case, standing));
                Ok(())
            })
            .await?;
        Ok(all)
    }
}

fn is_over(status: &Status) -> bool {
    matches!(status, Status::Resolved | Status::Spam)
}

fn read(id: &CaseId, fold: &str) -> Result<Fold> {
    serde_json::from_str(fold).map_err(|e| {
        let what = format!(
            "the clock of case {id} cannot be read ({e}): restore it from a copy of the store"
        );
        Error::new(ErrorKind::Decode, what)
    })
}

fn stands(id: CaseId, row: Row, standing: &Standing, now: Timestamp) -> QueueEntry {
    let status = standing.status.clone();
    entry(id, row, now, status, due(standing), standing.remaining())
}

fn entry(
    id: CaseId,
    row: Row,
    now: Timestamp,
    status: Status,
    due: Option<Timestamp>,
    remaining: Option<SignedDuration>,
) -> QueueEntry {
    QueueEntry {
        id,
        account: row.account,
        network: row.network,
        status,
        severity: row.severity,
        agent: row
            .agent
            .filter(|_| row.until.is_some_and(|until| now < until)),
        service: row.service,
        due,
        remaining,
    }
}

/// When the most urgent of the running clocks is due.
fn due(standing: &Standing) -> Option<Timestamp> {
    let remaining = standing.remaining()?;
    let running = standing
        .running
        .iter()
        .filter(|clock| clock.remaining() == Some(remaining));
    running.filter_map(|clock| clock.due).min()
}
