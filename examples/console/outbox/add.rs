//! From a file or arguments to planned posts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sociable::jiff::tz::TimeZone;
use sociable::outbox::{
    Added, Edited, Entry, Filter, Item, Outbox, Outcome, Plan, PlanReader, PlannedPost,
    PlannedTime, Variant,
};
use sociable::{Error, ErrorKind, Result};

use super::super::args::{DraftArgs, To};
use super::super::out::Out;
use super::super::reach::Reach;
use super::super::verbs::parts;
use super::{By, line, now, people, zone};

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The plan: a CSV file, or TOML where its name ends so. Its columns: key, accounts, time, zone, slot, repeat, until,
    /// text, text.NETWORK, thread.2 …, media, alt, link, poll, languages, visibility, place, first_comment, approval,
    /// labels, too_late
    #[arg(value_name = "PLAN", conflicts_with_all = ["to", "text", "text_file", "media", "reply_to", "quote", "link", "poll",
        "language", "visibility", "at", "key", "thread", "draft", "first_comment", "approval"])]
    plan: Option<PathBuf>,
    /// The zone of times without one; by default the machine's
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    zone: Option<TimeZone>,
    /// A TOML plan whose [slots.ACCOUNT] fill the rows that wait for a slot, for plans in CSV
    #[arg(long, value_name = "FILE", requires = "plan")]
    slots: Option<PathBuf>,
    /// Looks only: tells what would be added, and adds nothing
    #[arg(long)]
    dry_run: bool,
    /// Puts edited rows in the place of what is planned; without it they are told and left
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    to: To,
    /// Comments below the post itself, at once
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    first_comment: Option<String>,
    /// Has somebody approve it first
    #[arg(long)]
    approval: bool,
    #[command(flatten)]
    pub(super) draft: DraftArgs,
}

pub(super) async fn run(args: &AddArgs, outbox: &Outbox, reach: &Reach, out: &Out) -> Result<bool> {
    let planned = outbox.list(&Filter::new()).await?;
    let plan = match &args.plan {
        Some(_) => args.read(reach, &planned)?,
        None => Plan::new().post(args.post(reach)?),
    };
    let mut entries = plan.entries(now(), &planned)?;
    if args.plan.is_none() && args.draft.thread {
        entries = entries
            .into_iter()
            .map(|e| in_parts(e, reach))
            .collect::<Result<_>>()?;
    }
    let mut left = 0;
    // Several rows may have come from one.
    let mut cancelled = BTreeSet::new();
    for revision in plan.revisions(&planned) {
        if args.replace && !args.dry_run {
            if cancelled.contains(&revision.was) {
                continue;
            }
            match outbox.cancel(&revision.was, &args.by.name()).await {
                Ok(item) => {
                    cancelled.insert(item.id);
                    continue;
                }
                Err(e) => out.remark(people::error(&e)),
            }
        }
        left += 1;
        let what = match revision.edited {
            Edited::Time => "the same text is planned for another time",
            _ => "something else is planned at this time",
        };
        let reason = format!(
            "{what}, as {}, which the plan no longer has: add --replace if the row was edited, or give rows a key",
            revision.was
        );
        let line = json!({
            "id": null, "key": revision.key, "account": revision.account, "outcome": "edited", "reason": reason,
            "was": revision.was,
        });
        out.line(line, || {
            format!("{}  edited\n    {reason}", revision.account)
        });
        entries.retain(|entry| entry.key != revision.key);
    }
    let report = if args.dry_run {
        outbox.check(&entries).await?
    } else {
        outbox.add(&entries).await?
    };
    let mut good = left == 0;
    for added in &report.lines {
        good &= args.show(added, &entries, outbox, out).await?;
    }
    Ok(good)
}

impl AddArgs {
    /// The plan of a file.
    fn read(&self, reach: &Reach, planned: &[Item]) -> Result<Plan> {
        let path = self.plan.clone().unwrap_or_default();
        let names = reach.every().into_iter().map(|(name, network)| {
            // One that cannot be reached may be planned for all the same.
            let network = network
                .map(|n| n.profile().network.clone())
                .unwrap_or_default();
            (name, network)
        });
        let mut reader = PlanReader::new(now())
            .zone(self.zone.clone().unwrap_or_else(TimeZone::system))
            .accounts(names)
            .known(
                planned
                    .iter()
                    .map(|item| (item.account.as_str(), item.key.as_str())),
            );
        // A file that cannot work is wrong usage.
        let wrong = |e: Error| match e.kind() {
            ErrorKind::Invalid(_) => e.with_kind(ErrorKind::Config),
            _ => e,
        };
        if let Some(path) = &self.slots {
            for (account, slots) in reader.file(path).map_err(wrong)?.slots {
                reader = reader.slots(account, slots);
            }
        }
        reader.file(path).map_err(wrong)
    }

    /// The one draft of the arguments.
    fn post(&self, reach: &Reach) -> Result<PlannedPost> {
        let mut draft = self.draft.draft()?;
        if draft.is_empty() {
            return Err(Error::config(
                "name a plan's file, or say what is to be published: --text, --media, --link or --poll",
            ));
        }
        let time = match draft.schedule.take() {
            Some(at) => PlannedTime::At(at),
            None => PlannedTime::Now,
        };
        let key = draft.key.take();
        let mut post = PlannedPost::new("", time, draft);
        post.accounts = reach.names(&self.to.to)?;
        post.key = key.map(|key| key.to_string());
        post.first_comment.clone_from(&self.first_comment);
        post.approval = self.approval;
        Ok(post)
    }

    /// What became of an entry on an account; true unless somebody has to look at it.
    async fn show(
        &self,
        added: &Added,
        entries: &[Entry],
        outbox: &Outbox,
        out: &Out,
    ) -> Result<bool> {
        let item = match added.outcome {
            Outcome::Refused => None,
            Outcome::Differs if self.replace && !self.dry_run => {
                Some(self.change(added, entries, outbox).await?)
            }
            _ if self.dry_run => None,
            _ => Some(outbox.item(&added.id).await?),
        };
        let replaced = self.replace && item.is_some();
        let differs = added.outcome == Outcome::Differs && !replaced;
        let mut line = match &item {
            Some(item) => line(item),
            None => json!({
                "id": added.id, "account": added.account, "state": null, "at": added.due,
                "text": entries.iter().find(|e| e.key == added.key).and_then(|e| e.parts.first()).map(|d| d.text.as_str()),
                "post": null, "reason": null, "warnings": added.warnings,
            }),
        };
        line["key"] = json!(added.key);
        line["outcome"] = json!(added.outcome);
        let errors: Vec<String> = added.errors.iter().map(ToString::to_string).collect();
        if !errors.is_empty() {
            line["reason"] = json!(errors.join("; "));
        }
        if differs {
            line["reason"] = json!(
                "it says something else than what is planned under this key: add --replace to change that"
            );
        }
        out.line(line.clone(), || {
            let outcome = line["outcome"].as_str().unwrap_or_default();
            let mut text = match &item {
                Some(item) => format!("{outcome}: {}", super::human(item)),
                None => format!("{outcome}: {}", added.id),
            };
            for error in &added.errors {
                text.push_str(&format!("\n    {}", people::violation(error)));
            }
            if item.is_none() {
                let warnings = added
                    .warnings
                    .iter()
                    .map(|w| format!("\n    warning: {}", w.message));
                text.extend(warnings);
            }
            if let (true, Some(reason)) = (differs, line["reason"].as_str()) {
                text.push_str(&format!("\n    {reason}"));
            }
            text
        });
        Ok(!differs && added.outcome != Outcome::Refused)
    }

    /// Puts an edited row that has a key in the place of what is planned under it.
    async fn change(&self, added: &Added, entries: &[Entry], outbox: &Outbox) -> Result<Item> {
        let item = outbox.item(&added.id).await?;
        let Some(entry) = entries.iter().find(|entry| entry.key == added.key) else {
            return Ok(item);
        };
        let by = self.by.name();
        let (parts, comment) = entry.content_for(&item.account, &item.network);
        let mut item = outbox
            .change(&item.id, &parts, comment.as_ref(), &by)
            .await?;
        let due = entry.due_on(&item.account, item.due);
        if let Some(due) = due.filter(|due| *due != item.due) {
            item = outbox.reschedule(&item.id, due, &by).await?;
        }
        Ok(item)
    }
}

/// Splits what is too long for each account into a thread.
fn in_parts(mut entry: Entry, reach: &Reach) -> Result<Entry> {
    let Some(draft) = entry.parts.first().cloned() else {
        return Ok(entry);
    };
    for account in entry.accounts.clone() {
        let (_, network) = reach.one(&Some(account.clone()))?;
        let thread = parts(&draft, true, &network.profile())?;
        entry = entry.variant(account, Variant::new().parts(thread));
    }
    Ok(entry)
}
