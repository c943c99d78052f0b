use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::builder::Outbox;
use super::list::{Filter, Item};
use super::post::State;
use super::{after, before};
use crate::error::Result;

/// A share: how many of how many. Of nothing there is no share, not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// How many.
    pub of_these: u64,
    /// Of how many.
    pub all: u64,
}

impl Share {
    /// So many of so many.
    pub fn new(of_these: u64, all: u64) -> Self {
        Self { of_these, all }
    }

    /// The share as a number from 0 to 1; `None` of nothing.
    pub fn ratio(&self) -> Option<f64> {
        (self.all > 0).then(|| self.of_these as f64 / self.all as f64)
    }
}

/// How many posts a network was given on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DayCount {
    /// The network.
    pub network: String,
    /// The day, in the report's time zone.
    pub day: Date,
    /// How many entries were published that day: a thread counts once.
    pub posts: u64,
}

/// How the planned posts of a time went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The planned posts whose time is this or later.
    pub from: Timestamp,
    /// And before this.
    pub until: Timestamp,
    /// How many there are in each state.
    pub states: BTreeMap<State, u64>,
    /// How many of the published ones were published within the tolerance of their time: the first part counts.
    pub on_time: Share,
    /// How many of those that came to an end were published: published of published, rejected, unknown and missed.
    /// What people cancelled or refused is no end of this kind.
    pub succeeded: Share,
    /// How many errors of content were found before anything was sent: of all that were found then, and that a network
    /// found later. An entry on an account counts once.
    pub caught: Share,
    /// How many posts came to be beside the planned ones. The promise is 0.
    pub surplus: u64,
    /// Published entries by network and day.
    pub days: Vec<DayCount>,
}

impl Outbox {
    /// Reports how the planned posts went whose time lies in `[from, until)`; days are those of a time zone. Reads
    /// everything that there is.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn report(
        &self,
        from: Timestamp,
        until: Timestamp,
        zone: &TimeZone,
    ) -> Result<Report> {
        let items = self.list(&Filter::new().from(from).until(until)).await?;
        let mut states: BTreeMap<State, u64> = BTreeMap::new();
        let mut days: BTreeMap<(String, Date), u64> = BTreeMap::new();
        let mut on_time = Share::default();
        let mut surplus = 0;
        for item in &items {
            *states.entry(item.state).or_default() += 1;
            surplus += item.surplus.len() as u64;
            if item.state != State::Published {
                continue;
            }
            if let Some(first) = item.posted.first() {
                on_time.all += 1;
                on_time.of_these += u64::from(self.is_on_time(item, first.at));
                let day = first.at.to_zoned(zone.clone()).date();
                *days.entry((item.network.clone(), day)).or_default() += 1;
            }
        }
        let count = |state| states.get(&state).copied().unwrap_or_default();
        let ends = [
            State::Published,
            State::Rejected,
            State::Unknown,
            State::Missed,
        ];
        let caught = self.caught().await?;
        let caught = caught.iter().filter(|c| c.at >= from && c.at < until);
        let caught = caught.count() as u64;
        Ok(Report {
            from,
            until,
            on_time,
            succeeded: Share::new(count(State::Published), ends.map(count).iter().sum()),
            caught: Share::new(caught, caught + count(State::Rejected)),
            surplus,
            days: days
                .into_iter()
                .map(|((network, day), posts)| DayCount {
                    network,
                    day,
                    posts,
                })
                .collect(),
            states,
        })
    }

    fn is_on_time(&self, item: &Item, at: Timestamp) -> bool {
        let tolerance = self.inner.tolerance;
        at >= before(item.due, tolerance) && at <= after(item.due, tolerance)
    }
}
