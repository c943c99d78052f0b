//! The desk: what people write to the accounts, as cases that are claimed, answered, handed over and resolved.
//!
//! Cases stand in the file that the other jobs keep their state in, so that several people can work on them.

mod rules;
mod show;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;
use sociable::desk::clock::{ReportQuery, Reported, Status, report};
use sociable::desk::{
    Answer, CaseId, Desk, PersonRef, QueueQuery, ReputationQuery, Template, reputation,
};
use sociable::jiff::Timestamp;
use sociable::store::KeyValue;
use sociable::{Error, ErrorKind, Period, Result};

use super::args::Common;
use super::jobs::{self, By, zone};
use super::out::Out;
use super::reach::Reach;
use super::{json, people};

#[derive(Debug, Args)]
pub(crate) struct DeskArgs {
    /// Where the cases are kept; by default beside the file of --state, as FILE.jobs
    #[arg(long, global = true, value_name = "FILE")]
    jobs: Option<PathBuf>,
    /// What the desk goes by (TOML): [[search]], [[route]], [[service]], [[calendar]] and [policy]
    #[arg(long, global = true, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(subcommand)]
    verb: DeskVerb,
}

#[derive(Debug, Subcommand)]
enum DeskVerb {
    /// Asks all accounts what came, runs the searches that are due, and lists the cases: the least time left first
    Inbox(InboxArgs),
    /// Shows all of a case: what was written in every version, why it was judged so, what was done
    Show {
        #[command(flatten)]
        case: Case,
    },
    /// Takes a case, so that nobody else works on it meanwhile. Taken again by the same, the claim is renewed
    Claim {
        #[command(flatten)]
        case: Case,
        #[command(flatten)]
        by: By,
        /// Gives it back
        #[arg(long)]
        release: bool,
    },
    /// Answers a case, the way it came: in public below the post, or into the conversation. Never twice
    Answer(AnswerArgs),
    /// Hands a case to a service, or takes in what the service answered
    Handoff {
        #[command(flatten)]
        case: Case,
        /// The service
        #[arg(required_unless_present = "answered")]
        service: Option<String>,
        /// What is asked
        #[arg(
            long,
            value_name = "WORDS",
            default_value = "",
            allow_hyphen_values = true
        )]
        note: String,
        /// What the service answered
        #[arg(
            long,
            value_name = "WORDS",
            conflicts_with = "service",
            allow_hyphen_values = true
        )]
        answered: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Notes something that only the desk sees
    Note {
        #[command(flatten)]
        case: Case,
        /// The words
        #[arg(allow_hyphen_values = true)]
        words: String,
        #[command(flatten)]
        by: By,
    },
    /// Sets where a case stands: by default it is resolved
    Resolve {
        #[command(flatten)]
        case: Case,
        /// new, open, waiting_customer, waiting_third, resolved, spam or no_answer_needed
        #[arg(long, value_name = "STATE", default_value = "resolved", value_parser = status)]
        status: Status,
        #[command(flatten)]
        by: By,
    },
    /// Settles an answer of which it is not known whether it is out, after a look at the network
    Settle {
        #[command(flatten)]
        case: Case,
        /// The answer's key, as `desk show` names it
        key: String,
        /// It is out
        #[arg(long, required_unless_present = "not_sent")]
        sent: bool,
        /// It is not out
        #[arg(long, conflicts_with = "sent")]
        not_sent: bool,
        #[command(flatten)]
        by: By,
    },
    /// Hides a public post of a case from readers
    Hide {
        #[command(flatten)]
        case: Case,
        /// The post
        #[arg(allow_hyphen_values = true)]
        post: String,
        /// Shows it again
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        by: By,
    },
    /// Tells how soon answers came, and what became of the complaints
    Report {
        /// Cases from this on
        #[arg(long, value_name = "TIME", requires = "until")]
        from: Option<Timestamp>,
        /// Cases before this
        #[arg(long, value_name = "TIME", requires = "from")]
        until: Option<Timestamp>,
        /// The zone of the week's hours
        #[arg(long, value_name = "ZONE", value_parser = zone)]
        zone: Option<sociable::jiff::tz::TimeZone>,
    },
    /// Prints all that the desk holds of a person, as JSON
    Export {
        #[command(flatten)]
        who: Who,
    },
    /// Erases a person: texts, names and ids go, the figures stay
    Erase {
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Debug, Args)]
struct Case {
    /// The case, as `desk inbox` names it
    #[arg(value_name = "CASE")]
    id: String,
}

impl Case {
    fn id(&self) -> CaseId {
        CaseId::new(self.id.as_str())
    }
}

#[derive(Debug, Args)]
struct InboxArgs {
    /// Only those of this account
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only those in this state; may be repeated. By default all but what is resolved and spam
    #[arg(long = "in", value_name = "STATE", value_parser = status)]
    states: Vec<Status>,
    /// Only those that this person holds
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Only those that nobody holds
    #[arg(long)]
    free: bool,
    /// Only those that went to this service
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Lists what is there, and asks no network
    #[arg(long)]
    offline: bool,
}

#[derive(Debug, Args)]
struct AnswerArgs {
    #[command(flatten)]
    case: Case,
    /// The text
    #[arg(
        long,
        value_name = "T",
        allow_hyphen_values = true,
        required_unless_present = "template"
    )]
    text: Option<String>,
    /// Takes the text from this file, and fills its fields: Hello {name}
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    template: Option<PathBuf>,
    /// Fills a field of the template; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = field, requires = "template")]
    field: Vec<(String, String)>,
    /// Answers in public, below the post
    #[arg(long, conflicts_with = "private")]
    public: bool,
    /// Answers the author of the comment in private
    #[arg(long)]
    private: bool,
    /// Resolves the case with it
    #[arg(long)]
    resolve: bool,
    /// Lets personal data (telephone, card, e-mail, order) stand in public
    #[arg(long)]
    personal_data: bool,
    /// Names the answer, where the same message is answered more than once
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// Finds what would be wrong with it, and sends nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct Who {
    /// A case of the person's, as `desk inbox` names it; with --network the person's id there
    #[arg(allow_hyphen_values = true)]
    who: String,
    /// The network on which the person has this id
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
}

fn status(word: &str) -> Result<Status, String> {
    match Status::from(word) {
        Status::Other(_) => Err("name one of those that `desk resolve --help` lists".to_owned()),
        status => Ok(status),
    }
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl AnswerArgs {
    fn answer(&self) -> Result<Answer> {
        let text = match (&self.text, &self.template) {
            (Some(text), _) => text.clone(),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path).map_err(|e| {
                    Error::config(format!("{} cannot be read: {e}", path.display()))
                })?;
                let values: BTreeMap<String, String> = self.field.iter().cloned().collect();
                Template::new(text.trim_end())?.fill(&values)?
            }
            (None, None) => String::new(),
        };
        let answer = Answer::text(text)
            .resolve(self.resolve)
            .personal_data(self.personal_data)
            .name(self.name.as_str());
        Ok(if self.public {
            answer.in_public()
        } else if self.private {
            answer.in_private()
        } else {
            answer
        })
    }
}

impl Who {
    async fn person(&self, desk: &Desk) -> Result<PersonRef> {
        if let Some(network) = &self.network {
            return Ok(PersonRef::new(network.as_str(), self.who.as_str()));
        }
        let case = desk.case(&CaseId::new(self.who.as_str())).await?;
        let id = case.person.id.clone().ok_or_else(|| {
            let what = format!(
                "case {} names nobody: its author is not told, or was erased",
                case.id
            );
            Error::new(ErrorKind::NotFound, what)
        })?;
        Ok(PersonRef::new(case.network, id))
    }
}

pub(crate) async fn run(
    args: &DeskArgs,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<bool> {
    let store = jobs::values(&args.jobs, common, reach, out).await?;
    let desk = desk(args, store, common, reach, out)?;
    if common.state.is_none() && reach.is_sample() {
        // The sample world begins anew with each run, and so does what the desk knows of it.
        desk.step().await?;
    }
    match &args.verb {
        DeskVerb::Inbox(inbox) => show_inbox(inbox, &desk, out).await,
        DeskVerb::Show { case } => show::all(&desk, &case.id(), out).await,
        DeskVerb::Claim { case, by, release } => {
            let changed = if *release {
                desk.release(&case.id(), &by.name()).await
            } else {
                desk.claim(&case.id(), &by.name()).await
            };
            told(&desk, case, changed.map(|_| ()), out).await
        }
        DeskVerb::Answer(answer) => send(answer, &desk, out).await,
        DeskVerb::Handoff {
            case,
            service,
            note,
            answered,
            by,
        } => {
            let changed = match (service, answered) {
                (_, Some(words)) => desk.handoff_answered(&case.id(), &by.name(), words).await,
                (service, None) => {
                    let service = service.as_deref().unwrap_or_default();
                    desk.handoff(&case.id(), &by.name(), service, note).await
                }
            };
            told(&desk, case, changed.map(|_| ()), out).await
        }
        DeskVerb::Note { case, words, by } => {
            let changed = desk.note(&case.id(), &by.name(), words).await;
            told(&desk, case, changed.map(|_| ()), out).await
        }
        DeskVerb::Resolve { case, status, by } => {
            let changed = desk
                .set_status(&case.id(), &by.name(), status.clone())
                .await;
            told(&desk, case, changed.map(|_| ()), out).await
        }
        DeskVerb::Settle {
            case,
            key,
            sent,
            by,
            ..
        } => {
            let changed = desk.settle(&case.id(), &by.name(), key, *sent).await;
            told(&desk, case, changed.map(|_| ()), out).await
        }
        DeskVerb::Hide {
            case,
            post,
            off,
            by,
        } => {
            let post = post.as_str().into();
            let changed = desk.hide(&case.id(), &by.name(), &post, !off).await;
            told(&desk, case, changed.map(|_| ()), out).await
        }
        DeskVerb::Report { from, until, zone } => {
            let period = from
                .zip(*until)
                .map(|(from, until)| Period::new(from, until));
            let zone = zone.as_ref().and_then(|zone| zone.iana_name());
            figures(&desk, period, zone, out).await
        }
        DeskVerb::Export { who } => {
            let person = who.person(&desk).await?;
            let all = desk.export(&person).await?;
            let text = serde_json::to_string_pretty(&all).unwrap_or_default();
            out.line(all, || text);
            Ok(true)
        }
        DeskVerb::Erase { who } => {
            let person = who.person(&desk).await?;
            let erased = desk.erase(&person).await?;
            let line = json!({"ok": true, "cases": erased.cases, "texts": erased.texts});
            out.line(line, || {
                format!(
                    "{} texts of {} cases are erased",
                    erased.texts,
                    erased.cases.len()
                )
            });
            Ok(true)
        }
    }
}

/// A desk of all accounts. One that cannot be reached hinders no other.
fn desk(
    args: &DeskArgs,
    store: Arc<dyn KeyValue>,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<Desk> {
    let mut desk = Desk::builder(store);
    for (name, network) in reach.every() {
        // In the sample world the shop is ours, and the others write to it.
        if reach.is_sample() && common.accounts.is_none() && name != reach.names(&[])?.join("") {
            continue;
        }
        match network {
            Ok(network) => desk = desk.account(name, network),
            Err(e) => out.remark(format!("{name} is left out: {}", people::error(&e))),
        }
    }
    match &args.rules {
        Some(path) => rules::read(path)?.apply(desk).build(),
        None => desk.build(),
    }
}

async fn show_inbox(args: &InboxArgs, desk: &Desk, out: &Out) -> Result<bool> {
    let mut good = true;
    if !args.offline {
        let waiting = out.progress("asking what came", None);
        let step = desk.step().await?;
        drop(waiting);
        for trouble in &step.troubles {
            good = false;
            let of = trouble.account.as_deref().unwrap_or("the desk");
            out.remark(format!("{of}: {}", people::error(&trouble.error)));
        }
    }
    let mut query = QueueQuery::new().free(args.free);
    query.account.clone_from(&args.account);
    query.statuses.clone_from(&args.states);
    query.agent.clone_from(&args.agent);
    query.service.clone_from(&args.service);
    query.limit = args.limit;
    for entry in desk.queue(&query).await? {
        let case = desk.case(&entry.id).await?;
        out.line(show::line(&case, &entry), || show::human(&case, &entry));
    }
    for (case, reply) in desk.unknown_answers().await? {
        good = false;
        out.remark(format!(
            "an answer to case {case} by {} may be out or not: look at the network, then `desk settle {case} {}`",
            reply.agent, reply.key
        ));
    }
    Ok(good)
}

async fn send(args: &AnswerArgs, desk: &Desk, out: &Out) -> Result<bool> {
    let id = args.case.id();
    let answer = args.answer()?;
    if args.dry_run {
        let found = desk.check_answer(&id, &answer).await?;
        let good = !found.iter().any(sociable::Violation::is_error);
        out.line(json!({"id": id, "violations": found}), || {
            let lines: Vec<String> = found.iter().map(people::violation).collect();
            if lines.is_empty() {
                "nothing is wrong with it".to_owned()
            } else {
                lines.join("\n")
            }
        });
        return Ok(good);
    }
    let answered = desk.answer(&id, &args.by.name(), answer).await;
    if let Ok(answered) = &answered {
        if !answered.sent_now {
            out.remark("it was out before: nothing was sent");
        }
        for remark in &answered.remarks {
            out.remark(people::violation(remark));
        }
    }
    told(desk, &args.case, answered.map(|_| ()), out).await
}

/// Shows what became of a case, or why it did not.
async fn told(desk: &Desk, case: &Case, changed: Result<()>, out: &Out) -> Result<bool> {
    match changed {
        Ok(()) => {
            show::one(desk, &case.id(), out).await?;
            Ok(true)
        }
        Err(e) if *e.kind() == ErrorKind::Config => Err(e),
        Err(e) => {
            let line = json!({"id": case.id, "ok": false, "error": json::error(&e)});
            out.line(line, || format!("{}: {}", case.id, people::error(&e)));
            Ok(false)
        }
    }
}

async fn figures(
    desk: &Desk,
    period: Option<Period>,
    zone: Option<&str>,
    out: &Out,
) -> Result<bool> {
    let cases = desk.cases().await?;
    let mut query = ReportQuery::new();
    let mut wanted = ReputationQuery::new();
    if let Some(period) = period {
        query = query.period(period);
        wanted = wanted.period(period);
    }
    if let Some(zone) = zone {
        query = query.zone(zone);
    }
    let reported = cases
        .iter()
        .map(|(case, standing)| Reported::new(standing).network(&case.network));
    let answers = report(reported, &query)?;
    let complaints = reputation(
        cases.iter().map(|(case, standing)| (case, standing)),
        &wanted,
    );
    let line = json!({"answers": answers, "complaints": complaints});
    out.line(line, || show::report(&answers, &complaints));
    Ok(true)
}
