//! What a plan holds: posts, and when they are to be published.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::days::Weekdays;
use super::row;
use super::slots::local;
use crate::model::Draft;

/// When a planned post is to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlannedTime {
    /// As soon as it is added and approved.
    Now,
    /// At this moment.
    At(Timestamp),
    /// In the next free slot of its account.
    NextSlot,
}

/// The same post again, at the same local time on days of the week, until a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repeat {
    /// On which days.
    pub days: Weekdays,
    /// The last day on which it may come.
    pub until: Date,
}

impl Repeat {
    /// On these days, until that day (within).
    pub fn new(days: impl Into<Weekdays>, until: Date) -> Self {
        Self {
            days: days.into(),
            until,
        }
    }
}

/// One row of a plan: a post for one account or several, at its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedPost {
    /// The line of the file that it stands on, from 1; 0 where it comes from no file.
    #[serde(default)]
    pub line: usize,
    /// Its own name; without one it has a name made of its content and time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The accounts that publish it.
    pub accounts: Vec<String>,
    /// When.
    pub time: PlannedTime,
    /// The zone in which its time is told, and by whose clock it is repeated.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "jiff::fmt::serde::tz::optional"
    )]
    pub zone: Option<TimeZone>,
    /// When it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// What is published.
    pub draft: Draft,
    /// Other texts, by the name of an account or of a network.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, String>,
    /// The parts of a thread that follow the draft, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thread: Vec<String>,
    /// What this account comments below it, at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_comment: Option<String>,
    /// Whether somebody has to approve it first.
    #[serde(default)]
    pub approval: bool,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// How long after its time it may still be published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_late: Option<Duration>,
}

impl PlannedPost {
    /// A draft for one account.
    pub fn new(account: impl Into<String>, time: PlannedTime, draft: Draft) -> Self {
        Self {
            line: 0,
            key: None,
            accounts: vec![account.into()],
            time,
            zone: None,
            repeat: None,
            draft,
            variants: BTreeMap::new(),
            thread: Vec::new(),
            first_comment: None,
            approval: false,
            labels: Vec::new(),
            too_late: None,
        }
    }

    /// Adds an account that publishes it too.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.accounts.push(account.into());
        self
    }

    /// Sets another text for an account, or for all accounts of a network. An account's own goes before its network's.
    pub fn variant(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.variants.insert(name.into(), text.into());
        self
    }

    /// Every moment at which it comes: its time, and the same local time of its zone on the days of its repetition. Empty
    /// for a post without a time of its own.
    ///
    /// A local time that a clock change skips comes later by as much as is skipped; one that is doubled comes once.
    pub fn times(&self) -> Vec<Timestamp> {
        self.each_time().collect()
    }

    /// As [`times`](Self::times), one by one.
    pub(super) fn each_time(&self) -> impl Iterator<Item = Timestamp> {
        let first = match self.time {
            PlannedTime::At(first) => Some(first),
            _ => None,
        };
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let again = first
            .zip(self.repeat)
            .into_iter()
            .flat_map(move |(first, repeat)| {
                let (zone, begin) = (zone.clone(), first.to_zoned(zone.clone()));
                std::iter::successors(begin.date().tomorrow().ok(), |day| day.tomorrow().ok())
                    .take_while(move |day| *day <= repeat.until)
                    .filter(move |day| repeat.days.contains(day.weekday()))
                    .filter_map(move |day| local(day, begin.time(), &zone))
            });
        first.into_iter().chain(again)
    }

    /// The name of one of its publications: its own key or its content's, with the time where that tells them apart.
    ///
    /// The same content at the same time has the same name whenever it is read, so that it is never added twice.
    pub fn key_at(&self, at: Option<Timestamp>) -> String {
        match (&self.key, at) {
            (Some(key), Some(at)) if self.repeat.is_some() => format!("{key}@{}", compact(at)),
            (Some(key), _) => key.clone(),
            (None, Some(at)) => format!("{}@{}", self.content(), compact(at)),
            (None, None) => format!("{}@{}", self.content(), self.without_time()),
        }
    }

    fn without_time(&self) -> &'static str {
        if self.time == PlannedTime::Now {
            "now"
        } else {
            "slot"
        }
    }

    /// The names of all its publications on each of its accounts.
    pub fn keys(&self) -> BTreeSet<String> {
        let times = self.times();
        if times.is_empty() {
            return BTreeSet::from([self.key_at(None)]);
        }
        times.iter().map(|at| self.key_at(Some(*at))).collect()
    }

    /// A number for what is published, whenever and by whomever: 16 hexadecimal digits.
    fn content(&self) -> String {
        // Of the written form, which stays as it is; keys of today are compared with those of next year.
        let mut hasher = SipHasher24::new();
        for (column, value) in row::cells(self) {
            if column.is_content() {
                for text in [column.to_string(), value.cell()] {
                    hasher.write_u64(text.len() as u64);
                    hasher.write(text.as_bytes());
                }
            }
        }
        format!("{:016x}", hasher.finish128().h1)
    }
}

fn compact(at: Timestamp) -> String {
    let form = if at.subsec_nanosecond() == 0 {
        "%Y%m%dT%H%M%SZ"
    } else {
        "%Y%m%dT%H%M%S%.fZ"
    };
    at.strftime(form).to_string()
}
