//! Reading a plan, and what holds for its rows together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::columns::{Column, Row};
use super::faults::Faults;
use super::post::{PlannedPost, PlannedTime};
use super::slots::Slots;
use super::{Plan, row, sheet, tables, time};
use crate::error::{Error, Result, Rule};

/// Reads plans, and finds everything that is wrong with one at once.
///
/// It reads no clock: the moment against which a time is past is given to it. What a plan may say stands in
/// [the guide](crate::guide::outbox).
///
/// ```
/// use sociable::jiff::Timestamp;
/// use sociable::outbox::PlanReader;
///
/// let now: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
/// let reader = PlanReader::new(now).accounts([("shop", "mastodon"), ("news", "telegram")]);
/// let plan = reader.csv("\
/// accounts;time;zone;text;text.telegram
/// shop, news;2026-12-01 09:00;Europe/Athens;Fresh tea is in! #tea;Fresh tea is in!
/// ").unwrap();
/// assert_eq!(plan.posts[0].times()[0].to_string(), "2026-12-01T07:00:00Z");
///
/// let error = reader.csv("\
/// accounts;time;text
/// shap;2026-12-01 09:00+02:00;Tea
/// shop;2025-12-01 09:00+02:00;More tea
/// ").unwrap_err();
/// assert!(error.message().contains("line 2, `accounts`: there is no account `shap`"));
/// assert!(error.message().contains("line 3, `time`: `2025-12-01 09:00+02:00` has passed"));
/// ```
#[derive(Clone, Debug)]
pub struct PlanReader {
    now: Timestamp,
    zone: Option<TimeZone>,
    /// Their networks, by their names.
    accounts: Option<BTreeMap<String, String>>,
    slots: BTreeMap<String, Slots>,
    known: BTreeSet<(String, String)>,
}

impl PlanReader {
    /// A reader at this moment: times before it are errors.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            zone: None,
            accounts: None,
            slots: BTreeMap::new(),
            known: BTreeSet::new(),
        }
    }

    /// Sets the zone of times that name neither one nor an offset. Without it, such a time is an error.
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = Some(zone);
        self
    }

    /// Names the accounts that there are, each with its network: others are errors, and so are texts for a network that none
    /// of a row's accounts is on.
    pub fn accounts<A: Into<String>, N: Into<String>>(
        mut self,
        accounts: impl IntoIterator<Item = (A, N)>,
    ) -> Self {
        let accounts = accounts.into_iter().map(|(a, n)| (a.into(), n.into()));
        self.accounts = Some(accounts.collect());
        self
    }

    /// Sets an account's slots, unless the plan has its own for it.
    pub fn slots(mut self, account: impl Into<String>, slots: Slots) -> Self {
        self.slots.insert(account.into(), slots);
        self
    }

    /// Names publications that are planned already, by account and [key](PlannedPost::key_at): their times may have
    /// passed, so that a growing sheet can be read again and again.
    pub fn known<A: Into<String>, K: Into<String>>(
        mut self,
        known: impl IntoIterator<Item = (A, K)>,
    ) -> Self {
        self.known
            .extend(known.into_iter().map(|(a, k)| (a.into(), k.into())));
        self
    }

    /// Reads the text of a CSV file.
    ///
    /// # Errors
    /// `Invalid`, with a violation for each thing that is wrong: its field names the line and the column.
    pub fn csv(&self, text: &str) -> Result<Plan> {
        self.sheet(text, None)
    }

    /// Reads the text of a TOML file.
    ///
    /// # Errors
    /// As [`csv`](Self::csv).
    pub fn toml(&self, text: &str) -> Result<Plan> {
        self.tables(text, None)
    }

    /// Reads a file by its ending: `.toml`, else CSV. Paths of media in it start from the file's own folder.
    ///
    /// # Errors
    /// `Config` where the file cannot be read, and as [`csv`](Self::csv); the message names the file.
    pub fn file(&self, path: impl AsRef<Path>) -> Result<Plan> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|e| Error::config(format!("{name}: the plan cannot be read: {e}")))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let before = e.as_bytes().iter().take(e.utf8_error().valid_up_to());
            let line = 1 + before.filter(|b| **b == b'\n').count();
            Error::config(format!(
                "{name}: line {line}: this is not UTF-8: save the file as \"CSV UTF-8\""
            ))
        })?;
        let toml = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("toml"));
        let mut plan = if toml {
            self.tables(&text, Some(&name))
        } else {
            self.sheet(&text, Some(&name))
        }?;
        plan.folder = path.parent().map(Path::to_owned);
        Ok(plan)
    }

    fn sheet(&self, text: &str, file: Option<&str>) -> Result<Plan> {
        let mut faults = Faults::default();
        let (rows, missing) = sheet::rows(text, &mut faults);
        let zone = self.zone.as_ref();
        let plan = self.plan(
            &rows,
            zone,
            &missing,
            (self.slots.clone(), &BTreeSet::new()),
            &mut faults,
        );
        faults.into_result(file).map(|()| plan)
    }

    fn tables(&self, text: &str, file: Option<&str>) -> Result<Plan> {
        let mut faults = Faults::default();
        let found = tables::read(text, self.zone.as_ref(), &mut faults);
        if let Some(accounts) = &self.accounts {
            for account in found.slots.keys() {
                if !accounts.contains_key(account) {
                    let message =
                        format!("there is no account `{account}`; {}", there_are(accounts));
                    faults.add(0, format!("slots.{account}"), Rule::Malformed, message);
                }
            }
        }
        let mut slots = self.slots.clone();
        slots.extend(found.slots);
        let zone = found.zone.as_ref();
        // What is told of an account's slots is not told of each of its rows again.
        let told = &found.faulty;
        let plan = self.plan(&found.rows, zone, &[], (slots, told), &mut faults);
        faults.into_result(file).map(|()| plan)
    }

    fn plan(
        &self,
        rows: &[Row],
        zone: Option<&TimeZone>,
        missing: &[Column],
        (slots, told): (BTreeMap<String, Slots>, &BTreeSet<String>),
        faults: &mut Faults,
    ) -> Plan {
        let mut plan = Plan {
            posts: Vec::with_capacity(rows.len()),
            slots,
            folder: None,
        };
        let mut seen = Seen::default();
        for row in rows {
            let Some(post) = row::read(row, zone, missing, faults) else {
                continue;
            };
            self.check_names(row, &post, (&plan.slots, told), faults);
            self.check_times(row, &post, faults);
            // Rows of which a column is missing are alike by that alone.
            if missing.is_empty() {
                seen.check(&post, faults);
            }
            plan.posts.push(post);
        }
        plan
    }

    fn check_names(
        &self,
        row: &Row,
        post: &PlannedPost,
        (slots, told): (&BTreeMap<String, Slots>, &BTreeSet<String>),
        faults: &mut Faults,
    ) {
        let column = Column::Accounts;
        for account in &post.accounts {
            if let Some(accounts) = &self.accounts
                && !accounts.contains_key(account)
            {
                let message = format!("there is no account `{account}`; {}", there_are(accounts));
                let line = row.line_of(&column);
                faults.add(line, column.to_string(), Rule::Malformed, message);
            } else if post.time == PlannedTime::NextSlot
                && !told.contains(account)
                && slots.get(account).is_none_or(Slots::is_empty)
            {
                let message = format!(
                    "`{account}` has no slots: write a time, or give it slots in [slots.{account}] of a TOML file"
                );
                let line = row.line_of(&Column::Slot);
                faults.add(line, Column::Slot.to_string(), Rule::Missing, message);
            }
        }
        let Some(accounts) = &self.accounts else {
            return;
        };
        let networks: BTreeSet<&str> = post
            .accounts
            .iter()
            .filter_map(|account| accounts.get(account).map(String::as_str))
            .collect();
        for name in post.variants.keys() {
            if !post.accounts.contains(name) && !networks.contains(name.as_str()) {
                let message = format!(
                    "`{name}` is neither an account of this row nor the network of one: name the account as well, or \
                     write the text under {}",
                    post.accounts
                        .iter()
                        .map(String::as_str)
                        .chain(networks.iter().copied())
                        .map(|name| format!("text.{name}"))
                        .collect::<Vec<_>>()
                        .join(" or ")
                );
                let column = Column::Variant(name.clone());
                faults.add(
                    row.line_of(&column),
                    column.to_string(),
                    Rule::Malformed,
                    message,
                );
            }
        }
    }

    /// A time that has passed is an error, unless what was planned for it is known.
    fn check_times(&self, row: &Row, post: &PlannedPost, faults: &mut Faults) {
        let past = post.each_time().find(|at| {
            let key = post.key_at(Some(*at));
            let is_known = |account: &String| self.known.contains(&(account.clone(), key.clone()));
            *at < self.now && !post.accounts.iter().all(is_known)
        });
        if past.is_some() {
            let now = Timestamp::from_second(self.now.as_second()).unwrap_or(self.now);
            let column = Column::Time;
            let cell = row.get(&column).and_then(|cell| cell.value.text());
            let message = format!(
                "`{}` has passed: write a time after {}, or `now`",
                cell.unwrap_or_default(),
                time::written(now, post.zone.as_ref())
            );
            faults.add(
                row.line_of(&column),
                column.to_string(),
                Rule::Time,
                message,
            );
        }
    }
}

fn there_are(accounts: &BTreeMap<String, String>) -> String {
    let names: Vec<&str> = accounts.keys().map(String::as_str).collect();
    format!("there are: {}", names.join(", "))
}

/// Which rows said what before, and on which line.
#[derive(Default)]
struct Seen {
    keys: BTreeMap<String, usize>,
    /// By account, and by content and time.
    contents: BTreeMap<(String, String), usize>,
    /// By the content and time of rows without a key, which become one entry of all their accounts: what else they say.
    settings: BTreeMap<String, (usize, Settings)>,
}

/// Whether it wants approval, its labels, and when it is too late.
type Settings = (bool, Vec<String>, Option<std::time::Duration>);

impl Seen {
    fn check(&mut self, post: &PlannedPost, faults: &mut Faults) {
        let line = post.line;
        let mut nameless = post.clone();
        nameless.key = None;
        let contents = nameless.keys();
        if let Some(key) = &post.key
            && let Some(first) = self.keys.insert(key.clone(), line)
        {
            let message = format!("line {first} has this key already: give each row its own");
            faults.add(line, Column::Key.to_string(), Rule::TooMany, message);
        }
        // Posts that wait for slots, or are for now, may be told apart by names of their own.
        if post.key.is_none() || matches!(post.time, PlannedTime::At(_)) {
            let mut alike = None;
            for (account, content) in post
                .accounts
                .iter()
                .flat_map(|a| contents.iter().map(move |c| (a, c)))
            {
                let first = self
                    .contents
                    .insert((account.clone(), content.clone()), line);
                alike = alike.or(first.map(|first| (account, first)));
            }
            if let Some((account, first)) = alike {
                let (when, what) = match post.time {
                    PlannedTime::At(_) => (" at the same time", "change its text or time"),
                    _ => ("", "give each a key of its own"),
                };
                let message = format!(
                    "this is line {first} again, for `{account}`{when}: remove one, or {what}"
                );
                faults.add(line, "", Rule::TooMany, message);
                return;
            }
        }
        if post.key.is_some() {
            return;
        }
        let settings = (post.approval, post.labels.clone(), post.too_late);
        let mut differs = None;
        for content in contents {
            let (first, others) = self
                .settings
                .entry(content)
                .or_insert_with(|| (line, settings.clone()));
            if *others != settings {
                differs = Some(*first);
            }
        }
        if let Some(first) = differs {
            let message = format!(
                "line {first} publishes the same at the same time, with other labels, approval or `too_late`: make them \
                 alike, or give each a key of its own"
            );
            faults.add(line, "", Rule::Together, message);
        }
    }
}
