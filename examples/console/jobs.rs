//! What the jobs' verbs share: where their state is kept, who decides, and how figures are shown.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;
use sociable::jiff::tz::TimeZone;
use sociable::store::{EmbeddedStore, KeyValue, MemoryStore};
use sociable::{Error, Result};

use super::args::Common;
use super::out::Out;
use super::reach::{Reach, with_suffix};

#[derive(Debug, Args)]
pub(crate) struct By {
    /// Who decides this; by default whoever is logged in on this machine
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl By {
    pub(crate) fn name(&self) -> String {
        let user = || {
            ["USER", "USERNAME"]
                .iter()
                .find_map(|name| std::env::var(name).ok())
        };
        self.by
            .clone()
            .or_else(user)
            .unwrap_or_else(|| "console".to_owned())
    }
}

/// Where a job's state is kept. Without a file there is but this run, which makes sense in the sample world alone: `None`.
pub(crate) async fn store(
    file: &Option<PathBuf>,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<Option<EmbeddedStore>> {
    let beside = || {
        common
            .state
            .as_ref()
            .map(|state| with_suffix(state, ".jobs"))
    };
    match file.clone().or_else(beside) {
        Some(path) => EmbeddedStore::open(path).await.map(Some),
        None if reach.is_sample() => {
            out.remark("nothing is kept when the program ends: add --state FILE");
            Ok(None)
        }
        None => Err(Error::config(
            "say where the jobs' state is kept: add --jobs FILE (or --state FILE, which keeps it as FILE.jobs)",
        )),
    }
}

/// The same, for a job that can begin anew with each run.
pub(crate) async fn values(
    file: &Option<PathBuf>,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<Arc<dyn KeyValue>> {
    Ok(match store(file, common, reach, out).await? {
        Some(store) => Arc::new(store),
        None => Arc::new(MemoryStore::new()),
    })
}

pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| "write a name of the IANA list, such as Europe/Athens".to_owned())
}

/// Figures by their names, one a line.
pub(crate) fn figures(name: &str, value: &Value) -> Vec<String> {
    let within = |key: &str| match name {
        "" => key.to_owned(),
        name => format!("{name}.{key}"),
    };
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(k, v)| figures(&within(k), v))
            .collect(),
        Value::Array(list) => {
            let numbered = (1..).zip(list);
            numbered
                .flat_map(|(n, v): (usize, _)| figures(&within(&n.to_string()), v))
                .collect()
        }
        Value::String(text) => vec![format!("{name}: {text}")],
        other => vec![format!("{name}: {other}")],
    }
}
