//! The content plan: a sheet or a file that says what is published where and when.
//!
//! # The columns
//!
//! A plan is a CSV file (with `,`, `;` or tab, as the first row shows) or a TOML file with a `[[post]]` table for each row.
//! The columns stand in any order, in any case, in the singular or plural; those that are not needed are left out.
//!
//! | column, key | holds |
//! |---|---|
//! | `accounts` | the accounts that publish the row, with `,` between them. Always needed |
//! | `text` | the text. Needed where there is no `media`, `link` or `poll` |
//! | `time` | `2026-11-30 18:00`, `30.11.2026 18:00`, `2026-11-30T18:00:00+02:00` (RFC 3339) or `now` |
//! | `zone` | the time's zone, by its name in the IANA list; by default the plan's |
//! | `slot` | `next` in place of a time: the next free slot of each account |
//! | `repeat` | days on which it comes again at the same local time: `mon,thu`, `weekdays`, `daily`, or `weekly` on the day of its time |
//! | `until` | the last day of a repetition, `2026-12-31` |
//! | `text.NAME` | another text on the network, or for the account, of this name; in TOML `variants = { NAME = "…" }` |
//! | `thread.2`, `thread.3` … | the further parts of a thread; in TOML a list, `thread = ["…", "…"]` |
//! | `first_comment` | what the account itself comments below the post |
//! | `media` | paths (from the plan's own folder) or addresses of files, with `\|` or a line break between them |
//! | `alt` | what they show, for those who do not see them, with `\|` between the descriptions |
//! | `link` | an address to show as a card |
//! | `poll` | `Question \| Answer \| Answer` |
//! | `poll_for` | how long the poll is open: `1d`, `12h` |
//! | `languages` | BCP 47 tags: `el`, `pt-BR` |
//! | `visibility` | `public`, `unlisted`, `followers` or `direct` |
//! | `place` | the wall, channel or board, where it is not the account's own |
//! | `approval` | `yes` where somebody has to approve it first |
//! | `too_late` | how long after its time it may still go out: `30m`, `2h`, `1d` |
//! | `labels` | words to find it by |
//! | `key` | the row's own name |
//!
//! In a list `\|` written with a backslash before it is a bar that parts nothing. TOML writes lists as lists. A TOML file may
//! begin with `zone = "Europe/Athens"`, and hold the slots of accounts:
//!
//! ```toml
//! [slots.shop]
//! times = ["weekdays 09:00", "sat 12:30"]
//! closed = ["2026-12-25", "2026-12-31..2027-01-02"]
//! ```
//!
//! # What is an error
//!
//! Everything that is wrong with a file is told at once, with the line, the column and what to write instead; nothing of
//! the file is taken then. Besides what cannot be read, errors are: a time that has passed; a date without a time; a date
//! that may be two (`03/04/2026`); a local time that a clock change skips or doubles (both moments are told, with the
//! offset by which the one that is meant is written); an account, a network or a zone that there is not; a row that says
//! what another one says. 24:00 is the midnight at the end of its day.
//!
//! # Reading a plan again
//!
//! A row is known by its `key`. A row without one gets a key that is made of its content and its time, so that reading the
//! same file again adds nothing, and rows may be moved and added. [`PlanReader::known`] lets times that have passed
//! stand, where they are planned already. What becomes of an edited row:
//!
//! - **With a key of its own** it stays the same post: the outbox answers that it differs from what is planned, and
//!   changes nothing by itself.
//! - **Without one** it is another post. Where its time or its content is still that of a planned post which the plan no
//!   longer has, [`Plan::revisions`] tells so before anything is published twice.
//! - `labels`, `approval` and `too_late` are no part of such a key: changed alone they make a row that differs.
//!
//! ```
//! use sociable::jiff::Timestamp;
//! use sociable::outbox::PlanReader;
//!
//! let now: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
//! let reader = PlanReader::new(now).accounts([("shop", "mastodon"), ("news", "telegram")]);
//! let plan = reader.csv("\
//! accounts;time;zone;text;text.telegram
//! shop, news;2026-12-01 09:00;Europe/Athens;Fresh tea is in! #tea;Fresh tea is in!
//! ").unwrap();
//! assert_eq!(plan.posts[0].times()[0].to_string(), "2026-12-01T07:00:00Z");
//!
//! let error = reader.csv("\
//! accounts;time;text
//! shap;2026-12-01 09:00+02:00;Tea
//! shop;2025-12-01 09:00+02:00;More tea
//! ").unwrap_err();
//! assert!(error.message().contains("line 2, `accounts`: there is no account `shap`"));
//! assert!(error.message().contains("line 3, `time`: `2025-12-01 09:00+02:00` has passed"));
//! ```

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

/// A content plan: see [the table of its columns](self).
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
