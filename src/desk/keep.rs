//! How cases are kept: one value each, written only if nobody else wrote in between.
//!
//! A value has three lines: what the queue needs, what the clock needs, and the case. So a listing of all cases reads the
//! first line of each alone, and no second value has to agree with it: a store that can, reads no more than that.

use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::case::{Case, CaseId};
use super::clock::{Brief, CaseEventKind, Fold, Pushed, Rules, Status};
use super::keys;
use super::reply::Reply;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{KeyValue, Versioned};

/// The version of what this program writes. One that is newer is refused, since to write it back would lose what this
/// version does not know.
pub(super) const FORMAT: u32 = 1;

/// How often a write is tried anew that others were faster with, before it is given up: each time somebody else got on.
const TRIES: u32 = 200;

/// How many values are read at once.
const BATCH: u32 = 1000;

/// What the queue needs of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// The version of the value.
    pub(super) v: u32,
    pub(super) account: String,
    pub(super) network: String,
    pub(super) status: Status,
    pub(super) severity: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) service: Option<String>,
    /// Whether an answer of it may be out or not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unsettled: bool,
    /// What its clocks say; where it is missing, they must be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clock: Option<Brief>,
}

impl Row {
    pub(super) fn of(case: &Case) -> Self {
        Self {
            v: FORMAT,
            account: case.account.clone(),
            network: case.network.clone(),
            status: case.status.clone(),
            severity: case.severity.value(),
            agent: case.claim.as_ref().map(|claim| claim.agent.clone()),
            until: case.claim.as_ref().map(|claim| claim.until),
            service: case.service().map(str::to_owned),
            unsettled: case.replies.iter().any(Reply::is_unsettled),
            clock: None,
        }
    }
}

/// A case as it stands in the store, with its clock.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) case: Case,
    pub(super) fold: Fold,
    version: Option<u64>,
}

/// The values of a desk in a store.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    store: Arc<dyn KeyValue>,
    rules: Arc<Rules>,
}

fn torn(key: &str, why: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!(
            "the desk's value `{key}` cannot be read ({why}): restore it from a copy of the store, or remove it"
        ),
    )
}

/// Refuses what a newer version wrote.
fn readable(key: &str, version: u32) -> Result<()> {
    if version <= FORMAT {
        return Ok(());
    }
    Err(Error::config(format!(
        "the desk's value `{key}` is of format {version}, and this version reads up to {FORMAT}: update this program"
    )))
}

/// A value that is no case, with its version beside it.
#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    v: u32,
    #[serde(flatten)]
    value: T,
}

#[derive(Deserialize)]
struct Seal {
    v: u32,
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|e| Error::config(format!("the desk cannot write its state: {e}")))
}

fn sealed<T: DeserializeOwned>(key: &str, text: &str) -> Result<T> {
    let seal: Seal = serde_json::from_str(text).map_err(|e| torn(key, e))?;
    readable(key, seal.v)?;
    let sealed: Sealed<T> = serde_json::from_str(text).map_err(|e| torn(key, e))?;
    Ok(sealed.value)
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn KeyValue>, rules: Rules) -> Self {
        Self {
            store,
            rules: Arc::new(rules),
        }
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A small value of the desk's own, and at which write it stands.
    pub(super) async fn value<T: DeserializeOwned>(&self, key: &str) -> Result<Option<(T, u64)>> {
        let Some(kept) = self.store.get(key).await? else {
            return Ok(None);
        };
        Ok(Some((sealed(key, &kept.value)?, kept.version)))
    }

    /// Writes a small value, if nobody else did.
    pub(super) async fn set<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        expected: Option<u64>,
    ) -> Result<bool> {
        let text = json(&Sealed { v: FORMAT, value })?;
        Ok(self.store.put(key, &text, expected).await?.is_some())
    }

    /// Changes a small value until nobody else is faster; what `work` refuses to change is left as it is.
    pub(super) async fn update<T: Serialize + DeserializeOwned + Default, R>(
        &self,
        key: &str,
        mut work: impl FnMut(&mut T) -> Option<R>,
    ) -> Result<Option<R>> {
        for _ in 0..TRIES {
            let (mut value, expected) = match self.value::<T>(key).await? {
                Some((value, version)) => (value, Some(version)),
                None => (T::default(), None),
            };
            let Some(done) = work(&mut value) else {
                return Ok(None);
            };
            if self.set(key, &value, expected).await? {
                return Ok(Some(done));
            }
        }
        Err(crowded(key))
    }

    /// The case, if there is one of this name.
    pub(super) async fn find(&self, id: &CaseId) -> Result<Option<Kept>> {
        let key = keys::case(id);
        let Some(kept) = self.store.get(&key).await? else {
            return Ok(None);
        };
        self.read(&key, &kept).map(Some)
    }

    /// The case of this name.
    pub(super) async fn case(&self, id: &CaseId) -> Result<Kept> {
        self.find(id).await?.ok_or_else(|| {
            let what = format!("there is no case {id}: `inbox` lists those that there are");
            Error::new(ErrorKind::NotFound, what)
        })
    }

    fn read(&self, key: &str, kept: &Versioned) -> Result<Kept> {
        let (_, rest) = row(key, &kept.value)?;
        let (fold, case) = rest
            .split_once('\n')
            .ok_or_else(|| torn(key, "a line is missing"))?;
        Ok(Kept {
            fold: serde_json::from_str(fold).map_err(|e| torn(key, e))?,
            case: serde_json::from_str(case).map_err(|e| torn(key, e))?,
            version: Some(kept.version),
        })
    }

    /// Writes a case, if nobody else did. What has happened since is counted by its clock, and tells its status.
    async fn write(&self, kept: &mut Kept, now: Timestamp) -> Result<bool> {
        let mut late = false;
        for event in &kept.case.events {
            match kept.fold.push(event, &self.rules)? {
                Pushed::Late => late = true,
                Pushed::Applied | Pushed::Repeated => {}
            }
        }
        if late {
            kept.fold = Fold::of(&kept.case.events, &self.rules)?;
        }
        let standing = kept.fold.standing(now, &self.rules)?;
        for clock in standing.clocks() {
            let named = clock
                .hand_off
                .as_ref()
                .and_then(|name| name.parse::<usize>().ok());
            if let Some(handoff) = named.and_then(|at| kept.case.handoffs.get_mut(at)) {
                handoff.due = clock.due;
            }
        }
        kept.case.status = standing.status;
        let row = Row {
            clock: kept.fold.brief(now),
            ..Row::of(&kept.case)
        };
        let text = [json(&row)?, json(&kept.fold)?, json(&kept.case)?].join("\n");
        let key = keys::case(&kept.case.id);
        // The agenda first, and once more afterwards: whoever cuts it off, or looks at the entry before the case is there,
        // leaves one of them.
        self.remind(&kept.case).await?;
        let written = self.store.put(&key, &text, kept.version).await?.is_some();
        if written {
            self.remind(&kept.case).await?;
        }
        Ok(written)
    }

    async fn remind(&self, case: &Case) -> Result<()> {
        if let Some(at) = case.look_at {
            // Whoever was faster has written the same.
            let key = keys::agenda(at, &case.id);
            self.store.put(&key, "{\"v\":1}", None).await?;
        }
        Ok(())
    }

    /// Changes a case until nobody else is faster. What `work` refuses leaves it as it is.
    pub(super) async fn change<R>(
        &self,
        id: &CaseId,
        now: Timestamp,
        mut work: impl FnMut(&mut Case) -> Result<R>,
    ) -> Result<(Case, R)> {
        for _ in 0..TRIES {
            let mut kept = self.case(id).await?;
            let before = kept.case.clone();
            let done = work(&mut kept.case)?;
            if kept.case == before || self.write(&mut kept, now).await? {
                return Ok((kept.case, done));
            }
        }
        Err(crowded(&keys::case(id)))
    }

    /// Changes a case, or makes the one that `first` makes where there is none yet.
    pub(super) async fn change_or_make<R>(
        &self,
        id: &CaseId,
        now: Timestamp,
        first: impl Fn() -> Case,
        mut work: impl FnMut(&mut Case, bool) -> Result<R>,
    ) -> Result<R> {
        for _ in 0..TRIES {
            let found = self.find(id).await?;
            let new = found.is_none();
            let mut kept = found.unwrap_or_else(|| Kept {
                case: first(),
                fold: Fold::default(),
                version: None,
            });
            let before = kept.case.clone();
            let done = work(&mut kept.case, new)?;
            if (!new && kept.case == before) || self.write(&mut kept, now).await? {
                return Ok(done);
            }
        }
        Err(crowded(&keys::case(id)))
    }

    /// Reads the first lines of all cases, and nothing else of them, in the order of their names.
    pub(super) async fn rows(&self, mut each: impl FnMut(CaseId, Row) -> Result<()>) -> Result<()> {
        self.all(true, |id, key, kept| each(id, row(key, &kept.value)?.0))
            .await
    }

    /// Reads the first two lines of all cases, in the order of their names, and lets `each` look at them.
    pub(super) async fn folds(
        &self,
        mut each: impl FnMut(CaseId, Row, &str) -> Result<()>,
    ) -> Result<()> {
        self.all(false, |id, key, kept| {
            let (row, rest) = row(key, &kept.value)?;
            let fold = rest.split_once('\n').map_or(rest, |(fold, _)| fold);
            each(id, row, fold)
        })
        .await
    }

    /// Reads all cases, in the order of their names.
    pub(super) async fn cases(&self, mut each: impl FnMut(Kept) -> Result<()>) -> Result<()> {
        self.all(false, |_, key, kept| each(self.read(key, kept)?))
            .await
    }

    async fn all(
        &self,
        heads: bool,
        mut each: impl FnMut(CaseId, &str, &Versioned) -> Result<()>,
    ) -> Result<()> {
        let mut after: Option<String> = None;
        loop {
            let (store, after_key) = (&self.store, after.as_deref());
            let page = if heads {
                store.list_heads(keys::CASES, after_key, BATCH).await?
            } else {
                store.list(keys::CASES, after_key, BATCH).await?
            };
            let full = page.len() >= BATCH as usize;
            for (key, kept) in &page {
                let id = key.strip_prefix(keys::CASES).unwrap_or(key);
                each(CaseId::new(id), key, kept)?;
            }
            match page.into_iter().next_back() {
                Some((last, _)) if full => after = Some(last),
                _ => return Ok(()),
            }
        }
    }

    /// What is to be looked at by this moment, the longest due first: the keys of the agenda, and the cases.
    pub(super) async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<(String, CaseId)>> {
        let end = keys::agenda_end(now);
        let page = self.store.list(keys::AGENDA, None, limit).await?;
        let due = page
            .into_iter()
            .map(|(key, _)| key)
            .take_while(|key| *key < end);
        let named = |key: String| {
            let id = CaseId::new(key.rsplit('/').next()?);
            Some((key, id))
        };
        Ok(due.filter_map(named).collect())
    }

    /// When the next case is to be looked at.
    pub(super) async fn next_due(&self) -> Result<Option<Timestamp>> {
        let page = self.store.list(keys::AGENDA, None, 1).await?;
        Ok(page.first().and_then(|(key, _)| keys::agenda_moment(key)))
    }

    /// Takes a value away: an entry of the agenda that is dealt with, say.
    pub(super) async fn remove(&self, key: &str) -> Result<()> {
        self.store.remove(key).await
    }
}

fn row<'a>(key: &str, text: &'a str) -> Result<(Row, &'a str)> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    // The version alone first: a newer one may have another row.
    let row = match serde_json::from_str::<Row>(first) {
        Ok(row) => row,
        Err(e) => {
            let seal: Seal = serde_json::from_str(first).map_err(|_| torn(key, &e))?;
            readable(key, seal.v)?;
            return Err(torn(key, e));
        }
    };
    readable(key, row.v)?;
    Ok((row, rest))
}

fn crowded(key: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("the desk's value `{key}` is changed by others all the time: try again later"),
    )
    .with_retry(crate::Retry::Later)
}

impl Case {
    /// Writes into the log.
    pub(super) fn log(&mut self, at: Timestamp, by: Option<&str>, kind: CaseEventKind) {
        let seq = self.events.last().map_or(1, |last| last.seq + 1);
        let mut event = super::clock::CaseEvent::new(seq, at, kind);
        if let Some(by) = by {
            event = event.by(by);
        }
        self.events.push(event);
    }
}
