//! The outbox: posts that are planned, and published at their times.
//!
//! What is planned stands in a file of its own beside the state, so that others can list, add and decide while one process
//! publishes.

mod add;
mod run;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sociable::client::{Clock, SystemClock};
use sociable::jiff::Timestamp;
use sociable::jiff::tz::TimeZone;
use sociable::outbox::{
    CalendarEvent, Filter, Item, Outbox, OutboxBuilder, OutboxStore, Resolution, Scope, State,
    calendar,
};
use sociable::store::MemoryStore;
use sociable::{Error, Post, Result};

use super::args::{Common, DraftArgs};
use super::jobs::{self, By, figures, zone};
use super::out::Out;
use super::reach::{LOOK_AGAIN, Reach};
use super::{json, people};

/// How long the work of a process that died lies still.
const LEASE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct OutboxArgs {
    /// Where the plan is kept; by default beside the file of --state, as FILE.jobs
    #[arg(long, global = true, value_name = "FILE")]
    jobs: Option<PathBuf>,
    #[command(subcommand)]
    verb: OutboxVerb,
}

impl OutboxArgs {
    /// The draft among the arguments, if the verb takes one.
    pub(crate) fn draft(&mut self) -> Option<&mut DraftArgs> {
        match &mut self.verb {
            OutboxVerb::Add(add) => Some(&mut add.draft),
            _ => None,
        }
    }
}

#[derive(Debug, Subcommand)]
enum OutboxVerb {
    /// Plans posts: the rows of a CSV or TOML file, or one draft. Each is checked now. Adding the same again changes nothing
    Add(Box<add::AddArgs>),
    /// Lists what is planned and what became of it, in the order of the times
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// How many at most
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Publishes what is due. Exit 0 only if nothing of it was refused, was too late or has to be settled
    Run(run::RunArgs),
    /// Approves planned posts that wait for it
    Approve {
        #[command(flatten)]
        ids: Ids,
        #[command(flatten)]
        by: By,
    },
    /// Refuses to approve planned posts: they are not published
    Reject {
        #[command(flatten)]
        ids: Ids,
        /// Why
        #[arg(long, value_name = "WORDS", default_value = "")]
        why: String,
        #[command(flatten)]
        by: By,
    },
    /// Pauses planned posts, accounts or everything
    Pause {
        #[command(flatten)]
        what: What,
        /// Why
        #[arg(long, value_name = "WORDS", default_value = "")]
        why: String,
        #[command(flatten)]
        by: By,
    },
    /// Ends a pause
    Resume {
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        by: By,
    },
    /// Cancels planned posts
    Cancel {
        #[command(flatten)]
        ids: Ids,
        #[command(flatten)]
        by: By,
    },
    /// Gives a planned post another time
    Reschedule {
        /// The planned post
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// When (2026-12-01T09:00:00Z)
        #[arg(long, value_name = "TIME")]
        at: Timestamp,
        #[command(flatten)]
        by: By,
    },
    /// Settles a post whose outcome is unknown, after a look at the network: it is published, or it is not and is sent again
    Resolve {
        /// The planned post
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// It is published, as this post
        #[arg(
            long,
            value_name = "POST",
            allow_hyphen_values = true,
            required_unless_present = "not_published"
        )]
        published: Option<String>,
        /// It is not published; it is sent again
        #[arg(long, conflicts_with = "published")]
        not_published: bool,
        #[command(flatten)]
        by: By,
    },
    /// Prints the planned and published posts as a calendar (iCalendar)
    Calendar {
        #[command(flatten)]
        filter: FilterArgs,
    },
    /// Tells how the planned posts of a time went: how many a day, on time, published, caught before sending
    Report {
        /// Times from this on; by default the last 30 days
        #[arg(long, value_name = "TIME")]
        from: Option<Timestamp>,
        /// Times before this; by default now
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
        /// The zone of the days; by default the machine's
        #[arg(long, value_name = "ZONE", value_parser = zone)]
        zone: Option<TimeZone>,
    },
}

#[derive(Debug, Args)]
struct Ids {
    /// The planned posts, as `outbox list` names them
    #[arg(required = true)]
    ids: Vec<String>,
}

/// What is paused, or goes on.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct What {
    /// Planned posts, as `outbox list` names them
    ids: Vec<String>,
    /// All that an account publishes; may be repeated
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<String>,
    /// Everything
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Default, Args)]
struct FilterArgs {
    /// Only those of this account
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only those in this state (waiting, awaiting_approval, paused, held, sending, settling, published, rejected, unknown,
    /// missed, cancelled or refused); may be repeated
    #[arg(long = "in", value_name = "STATE", value_parser = state)]
    states: Vec<State>,
    /// Only those with this label
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// Only those whose time is this or later
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only those whose time is before this
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

fn state(word: &str) -> Result<State, String> {
    serde_json::from_value(json!(word))
        .map_err(|_| "name one of those that --help lists".to_owned())
}

impl FilterArgs {
    /// What it lets through, the nearest time first.
    async fn items(&self, outbox: &Outbox) -> Result<Vec<Item>> {
        let mut filter = Filter::new();
        filter.account.clone_from(&self.account);
        filter.states.clone_from(&self.states);
        filter.label.clone_from(&self.label);
        (filter.from, filter.until) = (self.from, self.until);
        let mut items = outbox.list(&filter).await?;
        items.sort_by(|a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        Ok(items)
    }
}

pub(crate) async fn run(
    args: &OutboxArgs,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<bool> {
    let store = store(args, common, reach, out).await?;
    if let OutboxVerb::Run(run) = &args.verb {
        return run::run(run, store, common, reach, out).await;
    }
    let outbox = builder(&store, reach, out).build()?;
    match &args.verb {
        OutboxVerb::Run(_) => Ok(true),
        OutboxVerb::Add(add) => add::run(add, &outbox, reach, out).await,
        OutboxVerb::List { filter, limit } => {
            let items = filter.items(&outbox).await?;
            let limit = limit.unwrap_or(usize::MAX);
            items.iter().take(limit).for_each(|item| show(item, out));
            Ok(true)
        }
        OutboxVerb::Approve { ids, by } => {
            let by = by.name();
            each(&ids.ids, out, async |id| outbox.approve(id, &by).await).await
        }
        OutboxVerb::Reject { ids, why, by } => {
            let by = by.name();
            each(&ids.ids, out, async |id| outbox.reject(id, &by, why).await).await
        }
        OutboxVerb::Cancel { ids, by } => {
            let by = by.name();
            each(&ids.ids, out, async |id| outbox.cancel(id, &by).await).await
        }
        OutboxVerb::Pause { what, why, by } => {
            let by = by.name();
            let pause = async |scope: Scope| outbox.pause(scope, &by, why).await;
            each_scope(what, &outbox, out, true, pause).await
        }
        OutboxVerb::Resume { what, by } => {
            let by = by.name();
            let resume = async |scope: Scope| outbox.resume(scope, &by).await;
            each_scope(what, &outbox, out, false, resume).await
        }
        OutboxVerb::Reschedule { id, at, by } => {
            let item = outbox.reschedule(id, *at, &by.name()).await;
            Ok(told(id, item, out))
        }
        OutboxVerb::Resolve {
            id, published, by, ..
        } => {
            let found = match published {
                Some(post) => Resolution::published(Post::new(post.as_str())),
                None => Resolution::NotPublished,
            };
            let item = outbox.resolve(id, &found, &by.name()).await;
            Ok(told(id, item, out))
        }
        OutboxVerb::Calendar { filter } => {
            let mut events = Vec::new();
            for item in filter.items(&outbox).await? {
                let history = outbox.history(&item.id).await?;
                events.push(CalendarEvent::of(&item).history(&history));
            }
            let text = calendar("Content plan", outbox.clock().now(), &events);
            out.line(json!({"calendar": text}), || text.trim_end().to_owned());
            Ok(true)
        }
        OutboxVerb::Report { from, until, zone } => {
            let until = until.unwrap_or_else(|| outbox.clock().now());
            let month = sociable::jiff::SignedDuration::from_hours(30 * 24);
            let from = from.unwrap_or_else(|| until.checked_sub(month).unwrap_or(Timestamp::MIN));
            let zone = zone.clone().unwrap_or_else(TimeZone::system);
            let report = outbox.report(from, until, &zone).await?;
            let line = serde_json::to_value(&report)
                .map_err(|e| Error::config(format!("the report cannot be printed: {e}")))?;
            out.line(line.clone(), || figures("", &line).join("\n"));
            Ok(true)
        }
    }
}

/// Where the plan is kept.
async fn store(
    args: &OutboxArgs,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<Arc<dyn OutboxStore>> {
    Ok(match jobs::store(&args.jobs, common, reach, out).await? {
        Some(store) => Arc::new(store),
        None => Arc::new(MemoryStore::new()),
    })
}

/// An outbox of all accounts. One that cannot be reached hinders no other.
fn builder(store: &Arc<dyn OutboxStore>, reach: &Reach, out: &Out) -> OutboxBuilder {
    // Whoever works on the file is on this machine: what a process that died has left is taken up soon.
    let mut outbox = Outbox::builder(Arc::clone(store))
        .lease(LEASE)
        .look_every(LOOK_AGAIN);
    for (name, network) in reach.every() {
        match network {
            Ok(network) => outbox = outbox.network(name, network),
            Err(e) => out.remark(format!("{name} is left out: {}", people::error(&e))),
        }
    }
    outbox
}

fn now() -> Timestamp {
    SystemClock::new().now()
}

/// Does the same to each planned post, and shows what became of it.
async fn each(
    ids: &[String],
    out: &Out,
    decide: impl AsyncFn(&str) -> Result<Item>,
) -> Result<bool> {
    let mut all = true;
    for id in ids {
        all &= told(id, decide(id).await, out);
    }
    Ok(all)
}

async fn each_scope(
    what: &What,
    outbox: &Outbox,
    out: &Out,
    paused: bool,
    decide: impl AsyncFn(Scope) -> Result<()>,
) -> Result<bool> {
    let post = async |id: &str| {
        decide(Scope::Post(id.to_owned())).await?;
        outbox.item(id).await
    };
    let mut all = each(&what.ids, out, post).await?;
    let accounts = what.account.iter().map(|name| Scope::Account(name.clone()));
    for scope in accounts.chain(what.all.then_some(Scope::All)) {
        let account = match &scope {
            Scope::Account(account) => Some(account.clone()),
            _ => None,
        };
        let done = decide(scope).await;
        let name = account.as_deref().unwrap_or("everything");
        let more = done.as_ref().map(|()| json::with("paused", json!(paused)));
        out.line(json::outcome(name, more), || match &done {
            Ok(()) if paused => format!("{name}: paused"),
            Ok(()) => format!("{name}: goes on"),
            Err(e) => format!("{name}: {}", people::error(e)),
        });
        all &= done.is_ok();
    }
    Ok(all)
}

/// Shows what became of a planned post, or why it did not.
fn told(id: &str, item: Result<Item>, out: &Out) -> bool {
    match item {
        Ok(item) => show(&item, out),
        Err(e) => {
            let line = json!({"id": id, "ok": false, "error": json::error(&e)});
            out.line(line, || format!("{id}: {}", people::error(&e)));
            return false;
        }
    }
    true
}

fn show(item: &Item, out: &Out) {
    out.line(line(item), || human(item));
}

/// The posts of an item as they are printed everywhere, as far as the outbox knows them: of their texts, the first.
fn posts(item: &Item) -> Vec<Value> {
    let texts = std::iter::once(json!(item.text)).chain(std::iter::repeat(Value::Null));
    let posts = item.posted.iter().zip(texts).map(|(posted, text)| {
        let mut post = Post::new(posted.post.id.clone());
        post.url = posted.url.as_deref().map(Into::into);
        let mut line = json::post(&post);
        line["text"] = text;
        line
    });
    posts.collect()
}

fn line(item: &Item) -> Value {
    let posts = posts(item);
    json!({
        "id": item.id,
        "account": item.account,
        "state": item.state,
        "at": item.due,
        "text": item.text,
        "post": posts.first(),
        "reason": item.reason.clone().or_else(|| item.hold.as_ref().map(|hold| hold.why.clone())),
        "warnings": item.warnings,
        "thread": posts,
        "labels": item.labels,
    })
}

fn human(item: &Item) -> String {
    let mut text = format!(
        "{}  {}  {}  {}",
        people::time(Some(item.due)),
        item.account,
        item.state,
        item.id
    );
    let words = item.text.lines().next().unwrap_or_default();
    text.push_str(&format!("\n    {words}"));
    let hold = item.hold.as_ref().map(|hold| &hold.why);
    if let Some(reason) = item
        .reason
        .as_ref()
        .or(hold)
        .filter(|reason| !reason.is_empty())
    {
        text.push_str(&format!("\n    {reason}"));
    }
    for warning in &item.warnings {
        text.push_str(&format!("\n    warning: {}", warning.message));
    }
    for post in &item.posted {
        let url = post.url.as_deref().map(|url| format!("  {url}"));
        text.push_str(&format!(
            "\n    -> {}{}",
            post.post.id,
            url.unwrap_or_default()
        ));
    }
    text
}
