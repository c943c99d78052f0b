//! What the desk goes by, from a file.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use sociable::desk::clock::{Calendar, Policy};
use sociable::desk::{DeskBuilder, Route, SearchPlan};
use sociable::jiff::SignedDuration;
use sociable::{Error, Result};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Rules {
    policy: Option<Policy>,
    calendar: Vec<Calendar>,
    service: Vec<Service>,
    route: Vec<Route>,
    search: Vec<SearchPlan>,
}

/// A service that cases are handed to, and how soon it should answer (`2h`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    within: Option<SignedDuration>,
}

pub(super) fn read(path: &Path) -> Result<Rules> {
    let cannot = |e: &dyn std::fmt::Display| Error::config(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| cannot(&e))?;
    toml::from_str(&text).map_err(|e| cannot(&e))
}

impl Rules {
    pub(super) fn apply(self, mut desk: DeskBuilder) -> DeskBuilder {
        for calendar in self.calendar {
            desk = desk.calendar(calendar);
        }
        if let Some(policy) = self.policy {
            desk = desk.policy(policy);
        }
        for service in self.service {
            let within = service
                .within
                .and_then(|within| Duration::try_from(within).ok());
            desk = desk.service(service.name, within);
        }
        for route in self.route {
            desk = desk.route(route);
        }
        for search in self.search {
            desk = desk.search(search);
        }
        desk
    }
}
