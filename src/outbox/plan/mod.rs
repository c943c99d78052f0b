//! The content plan: a sheet or a file that says what is published where and when.
//!
//! Its columns, what is an error, and what becomes of an edited row stand in [the guide](crate::guide::outbox), since they
//! are for whoever writes the plan. A file is read in steps: [`sheet`] and [`tables`] cut it into rows of cells that know
//! their lines, [`row`] makes a [`PlannedPost`] of each, [`read`] looks at all of them together, and [`entries`] makes of them
//! what the outbox takes. Each step tells what is wrong to the same [`faults::Faults`].

mod calendar;
mod columns;
mod days;
mod entries;
mod faults;
mod post;
mod read;
mod row;
mod sheet;
mod slots;
mod tables;
mod time;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use calendar::{CalendarEvent, EventStatus, calendar};
pub use days::{Closed, SlotTime, Weekdays};
pub use entries::{Edited, Revision};
pub use post::{PlannedPost, PlannedTime, Repeat};
pub use read::PlanReader;
pub use slots::Slots;

use columns::{Column, Row, Value};

use crate::error::{Error, Result};

/// A content plan: [the guide](crate::guide::outbox) has the table of its columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Plan {
    /// Its posts, in the order of the file.
    pub posts: Vec<PlannedPost>,
    /// The recurring times of accounts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, Slots>,
    /// Where relative paths of media start; `None` is the folder that the program works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

impl Plan {
    /// A plan without posts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a post.
    pub fn post(mut self, post: PlannedPost) -> Self {
        self.posts.push(post);
        self
    }

    /// Sets an account's slots.
    pub fn slots(mut self, account: impl Into<String>, slots: Slots) -> Self {
        self.slots.insert(account.into(), slots);
        self
    }

    /// Writes the posts as a CSV file, times with their offsets. A sheet has no place for slots.
    ///
    /// # Errors
    /// `Config` for a post that says what no column can hold (a quoted post, a file held in memory): nothing is left out
    /// in silence.
    pub fn to_csv(&self) -> Result<String> {
        sheet::written(&self.rows()?)
    }

    /// Writes the plan as a TOML file.
    ///
    /// # Errors
    /// As [`to_csv`](Self::to_csv).
    pub fn to_toml(&self) -> Result<String> {
        tables::written(&self.slots, &self.rows()?)
    }

    /// The cells of each post, when they say all of it.
    fn rows(&self) -> Result<Vec<Vec<(Column, Value)>>> {
        let written = |(number, post): (usize, &PlannedPost)| {
            let cells = row::cells(post);
            let mut again = Row::new(post.line);
            for (column, value) in &cells {
                // A sheet holds texts alone.
                again.push(post.line, column.clone(), Value::Text(value.cell()));
            }
            let mut faults = faults::Faults::default();
            match row::read(&again, None, &[], &mut faults) {
                Some(read) if read == *post => Ok(cells),
                Some(_) => Err(Error::config(format!(
                    "post {} says something that a plan's file has no column for: add it to the outbox as an entry",
                    number
                ))),
                None => Err(faults.into_result(None).err().unwrap_or_else(|| {
                    Error::config(format!("post {} cannot be written", number))
                })),
            }
        };
        (1..).zip(&self.posts).map(written).collect()
    }
}
