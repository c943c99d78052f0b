use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Step;
use super::before;
use super::builder::{Outbox, job_id};
use super::entry::{Entry, When};
use super::history::{Happening, HappeningKind, History};
use super::post::{Approval, FORMAT, Planned};
use crate::error::{Error, Result, Rule, Violation};
use crate::model::{Draft, MediaSource, PostRef};
use crate::network::SocialNetwork;
use crate::store::Job;

/// How long a key may be, in bytes: networks and stores take that much.
const LONGEST_KEY: usize = 200;
/// How large a file held in memory may be: it is written anew with each step of the work.
const LARGEST_INLINE: usize = 1024 * 1024;

/// What became of an entry on one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It is planned now. Of [`Outbox::check`]: it would be.
    Queued,
    /// It was planned before; nothing changed.
    AlreadyThere,
    /// An entry of this key was planned before and said something else; nothing changed.
    /// [`Outbox::change`] and [`Outbox::reschedule`] change it.
    Differs,
    /// It is not planned: it, or the entry on another account, has errors.
    Refused,
}

/// An entry on one account, as it was added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Added {
    /// The planned post's id.
    pub id: String,
    /// The entry's key.
    pub key: String,
    /// The account's name.
    pub account: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When it is to be published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// What is wrong and has to be mended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
    /// What is worth a look; it stops nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Violation>,
}

/// What became of the entries that were added: one line for each entry and account, in the plan's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddReport {
    /// The lines.
    pub lines: Vec<Added>,
}

impl AddReport {
    /// Whether nothing was refused.
    pub fn is_clean(&self) -> bool {
        self.count(Outcome::Refused) == 0
    }

    /// How many lines had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.lines.iter().filter(|l| l.outcome == outcome).count()
    }
}

/// What one account publishes of an entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Content {
    pub(crate) parts: Vec<Draft>,
    pub(crate) comment: Option<Draft>,
}

impl Content {
    pub(crate) fn new(parts: Vec<Draft>, comment: Option<Draft>) -> Self {
        Self { parts, comment }
    }
}

/// What there is to say about an entry on one account before it is planned.
struct Line {
    added: Added,
    /// What is put into the queue, where nothing is wrong.
    planned: Option<(Planned, Content)>,
}

/// What was looked at so far of the entries that are added together.
#[derive(Default)]
pub(super) struct Batch {
    /// Whether the entries are planned, or only looked at.
    keep: bool,
    /// The ids by what is said on which account.
    pub(super) texts: BTreeMap<(String, String), String>,
    /// The ids by account and time.
    pub(super) slots: BTreeMap<(String, Timestamp), String>,
    /// What is said, on which account and when.
    rows: BTreeSet<(String, Timestamp, String)>,
}

impl Outbox {
    /// Adds the entries of a plan: each is checked, and becomes a planned post on each of its accounts.
    ///
    /// An entry with an error on one account is planned on none. What was planned before stays as it is, so that a plan
    /// can be added again: after a crash, or with new entries in it. The report says for each what became of it; warnings
    /// (the same text on the same account, two posts close together) stop nothing.
    ///
    /// # Errors
    /// Those of the store. What was planned until then stays; adding the plan again goes on.
    pub async fn add(&self, entries: &[Entry]) -> Result<AddReport> {
        self.take_in(entries, true).await
    }

    /// Says what [`add`](Self::add) would, and plans nothing.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn check(&self, entries: &[Entry]) -> Result<AddReport> {
        self.take_in(entries, false).await
    }

    async fn take_in(&self, entries: &[Entry], keep: bool) -> Result<AddReport> {
        let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in entries {
            *keys.entry(&entry.key).or_default() += 1;
        }
        let mut report = AddReport::default();
        let mut batch = Batch {
            keep,
            ..Batch::default()
        };
        for entry in entries {
            let alike = keys.get(entry.key.as_str()).copied().unwrap_or_default();
            let mut lines = self.lines(entry, alike, &mut batch).await?;
            let faulty = lines.iter().any(|line| !line.added.errors.is_empty());
            for line in &mut lines {
                match line.planned.take() {
                    Some(_) if faulty => line.added.outcome = Outcome::Refused,
                    Some((planned, content)) if keep => {
                        self.plan(&line.added.id, planned, &content).await?;
                    }
                    _ => {}
                }
                if keep && !line.added.errors.is_empty() {
                    self.count_caught(&line.added).await?;
                }
            }
            report
                .lines
                .extend(lines.into_iter().map(|line| line.added));
        }
        if keep {
            self.inner.changed.notify_waiters();
        }
        Ok(report)
    }

    /// Looks at an entry on each of its accounts.
    async fn lines(&self, entry: &Entry, alike: usize, batch: &mut Batch) -> Result<Vec<Line>> {
        let mut general = of_the_entry(entry);
        if alike > 1 {
            let message = format!(
                "{alike} entries have the key `{}`: give each a key of its own",
                entry.key
            );
            general.push(Violation::error(Rule::Together, "key", message));
        }
        for name in entry.variants.keys() {
            let known = entry.accounts.iter().any(|account| {
                account == name
                    || self
                        .inner
                        .networks
                        .get(account)
                        .is_some_and(|network| network.profile().network == *name)
            });
            if !known {
                let message = format!(
                    "`{name}` is neither an account of this entry nor the network of one: write it as the account is called"
                );
                general.push(Violation::error(
                    Rule::Malformed,
                    format!("variants.{name}"),
                    message,
                ));
            }
        }
        if entry.accounts.is_empty() {
            let message = "no account is named: say where it is to be published";
            general.push(Violation::error(Rule::Missing, "accounts", message));
            let mut line = Line::new(entry, "");
            line.added.errors = general;
            line.added.outcome = Outcome::Refused;
            return Ok(vec![line]);
        }
        let mut lines = Vec::with_capacity(entry.accounts.len());
        for (i, account) in entry.accounts.iter().enumerate() {
            let mut line = Line::new(entry, account);
            line.added.errors.clone_from(&general);
            let twice = entry.accounts.iter().take(i).any(|other| other == account);
            if twice {
                let message = format!("the account `{account}` is named twice");
                line.refuse(Violation::error(Rule::Together, "accounts", message));
            } else {
                self.look_at(entry, account, &mut line, batch).await?;
            }
            lines.push(line);
        }
        Ok(lines)
    }

    async fn look_at(
        &self,
        entry: &Entry,
        account: &str,
        line: &mut Line,
        batch: &mut Batch,
    ) -> Result<()> {
        let now = self.inner.clock.now();
        let Some(network) = self.inner.networks.get(account) else {
            let message = self.unknown(account);
            line.refuse(Violation::error(Rule::Missing, "accounts", message));
            return Ok(());
        };
        let profile = network.profile();
        let (parts, comment) = entry.content_for(account, &profile.network);
        let content = Content::new(parts, comment).anchored();
        let fingerprint = content.fingerprint();
        let Some(due) = entry.due_on(account, now) else {
            let message = format!("there is no time for the account `{account}`");
            line.refuse(Violation::error(Rule::Time, "when", message));
            return Ok(());
        };
        line.added.due = Some(due);
        if line.added.errors.is_empty()
            && let Some(there) = self.inner.store.job(&line.added.id).await?
        {
            let there = Planned::read(&there)?;
            let moved = matches!(entry.when, When::At(at) if at != there.due);
            line.added.outcome = if there.content != fingerprint || moved {
                Outcome::Differs
            } else {
                Outcome::AlreadyThere
            };
            line.added.due = Some(there.due);
            // Of a run that was cut off the notes may be missing.
            if batch.keep {
                self.note(&line.added.id, account, &content, there.due)
                    .await?;
            }
            return Ok(());
        }
        if due < before(now, self.inner.tolerance) {
            let message = past(due, now).message().to_owned();
            line.refuse(Violation::error(Rule::Time, "when", message));
        }
        for violation in self.violations(network.as_ref(), &content).await {
            if violation.is_error() {
                line.refuse(violation);
            } else {
                line.added.warnings.push(violation);
            }
        }
        let row = (account.to_owned(), due, fingerprint.clone());
        if !batch.rows.insert(row) {
            let message = format!(
                "another entry says the same on `{account}` at the same time: take one of them out"
            );
            line.refuse(Violation::error(Rule::Together, "when", message));
        }
        let warnings = self
            .compare(&line.added.id, account, due, &content, batch)
            .await?;
        line.added.warnings.extend(warnings);
        if line.added.errors.is_empty() {
            let planned = Planned {
                format: FORMAT,
                key: entry.key.clone(),
                account: account.to_owned(),
                network: profile.network.clone(),
                parts: content.parts(),
                due,
                late_from: due,
                too_late_after: entry.too_late_after.unwrap_or(self.inner.too_late_after),
                added_at: now,
                approval: if entry.approval {
                    Approval::Wanted
                } else {
                    Approval::NotNeeded
                },
                paused: false,
                end: None,
                next_at: None,
                failures: 0,
                reason: None,
                warnings: line.added.warnings.clone(),
                labels: entry.labels.clone(),
                content: fingerprint,
                surplus: Vec::new(),
                forgotten: false,
                history: History::default(),
            };
            line.planned = Some((planned, content));
        } else {
            line.added.outcome = Outcome::Refused;
        }
        Ok(())
    }

    /// Puts a planned post into the queue.
    async fn plan(&self, id: &str, mut planned: Planned, content: &Content) -> Result<()> {
        planned
            .history
            .push(Happening::new(planned.added_at, HappeningKind::Added));
        let mut job = Job::new(id, &planned.account, planned.to_value()?);
        job.due = planned.job_due();
        self.inner.reached(Step::BeforeAdd, id);
        self.inner.store.add(&job).await?;
        self.inner.reached(Step::AfterAdd, id);
        self.note(id, &planned.account, content, planned.due).await
    }

    /// Passes what an account may publish.
    pub(crate) async fn checked_content(&self, account: &str, content: Content) -> Result<Content> {
        self.known(account)?;
        let content = content.anchored();
        if let Some(network) = self.inner.networks.get(account) {
            let found = self.violations(network.as_ref(), &content).await;
            if found.iter().any(Violation::is_error) {
                return Err(Error::invalid(found).with_network(&network.profile().network));
            }
        }
        Ok(content)
    }

    /// Everything that the network would refuse, and that cannot be stored.
    async fn violations(&self, network: &dyn SocialNetwork, content: &Content) -> Vec<Violation> {
        let mut found = Vec::new();
        if content.parts.is_empty() {
            let message = "there is nothing to publish: add a draft";
            found.push(Violation::error(Rule::Empty, "parts", message));
        }
        let profile = network.profile();
        for (at, draft) in content.all().enumerate() {
            let is_comment = at >= content.parts.len();
            let prefix = if is_comment {
                "first_comment.".to_owned()
            } else if content.parts.len() > 1 {
                format!("part[{at}].")
            } else {
                String::new()
            };
            let mut of_draft = unstorable(draft);
            match draft.inspect().await {
                Ok(mut draft) => {
                    if at > 0 {
                        // It is going to answer one that is not there yet.
                        draft.reply_to = Some(PostRef::from("the part before"));
                    }
                    // Its key is the outbox's, which keeps what a network without keys cannot.
                    draft.key = None;
                    of_draft.extend(draft.check(&profile));
                }
                Err(error) => of_draft.extend(error.violations().iter().cloned()),
            }
            found.extend(of_draft.into_iter().map(|mut violation| {
                violation.field.insert_str(0, &prefix);
                violation
            }));
        }
        found
    }
}

impl Line {
    fn new(entry: &Entry, account: &str) -> Self {
        Self {
            added: Added {
                id: job_id(&entry.key, account),
                key: entry.key.clone(),
                account: account.to_owned(),
                outcome: Outcome::Queued,
                due: None,
                errors: Vec::new(),
                warnings: Vec::new(),
            },
            planned: None,
        }
    }

    fn refuse(&mut self, violation: Violation) {
        self.added.outcome = Outcome::Refused;
        self.added.errors.push(violation);
    }
}

impl Content {
    /// All drafts, the first comment last.
    pub(super) fn all(&self) -> impl Iterator<Item = &Draft> {
        self.parts.iter().chain(&self.comment)
    }

    /// The same with paths that mean the same in every process: the worker may run elsewhere.
    fn anchored(mut self) -> Self {
        for draft in self.parts.iter_mut().chain(&mut self.comment) {
            let thumbnail = draft.link.as_mut().and_then(|link| link.thumbnail.as_mut());
            for media in draft.media.iter_mut().chain(thumbnail) {
                if let MediaSource::File(path) = &mut media.source
                    && let Ok(absolute) = std::path::absolute(&*path)
                {
                    *path = absolute;
                }
            }
        }
        self
    }
}

/// What is wrong with an entry, whatever the account.
fn of_the_entry(entry: &Entry) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut wrong = |rule, message: String| found.push(Violation::error(rule, "key", message));
    if entry.key.trim().is_empty() {
        wrong(
            Rule::Missing,
            "an entry needs a key: a name that no other entry of the plan has".into(),
        );
    }
    if entry.key.len() > LONGEST_KEY {
        let message = format!(
            "{} bytes are too many for a key: {LONGEST_KEY} are allowed",
            entry.key.len()
        );
        wrong(Rule::TooLong, message);
    }
    if entry.key.chars().any(char::is_control) {
        wrong(
            Rule::Malformed,
            "a key has no control characters or line breaks".into(),
        );
    }
    found
}

/// What of a draft cannot be kept until its time.
fn unstorable(draft: &Draft) -> Vec<Violation> {
    let thumbnail = draft.link.as_ref().and_then(|link| link.thumbnail.as_ref());
    let files = draft.media.iter().enumerate();
    let files = files.map(|(i, media)| (format!("media[{i}]"), media));
    files
        .chain(thumbnail.map(|media| ("link.thumbnail".to_owned(), media)))
        .filter_map(|(field, media)| match &media.source {
            MediaSource::Factory(_) => Some(Violation::error(
                Rule::Unsupported,
                field,
                "a file from a function cannot be kept until its time: write it to disk and name its path",
            )),
            MediaSource::Bytes(bytes) if bytes.len() > LARGEST_INLINE => Some(
                Violation::error(
                    Rule::TooLarge,
                    field,
                    "a file in memory of this size is not kept until its time: write it to disk and name its path",
                )
                .measured(LARGEST_INLINE as u64, bytes.len() as u64, "bytes"),
            ),
            _ => None,
        })
        .collect()
}

/// The error for a time that is past.
pub(crate) fn past(at: Timestamp, now: Timestamp) -> Error {
    let message = format!("{at} is past: it is {now}; name a later time, or publish it now");
    Error::invalid(vec![Violation::error(Rule::Time, "when", &message)]).with_message(message)
}
