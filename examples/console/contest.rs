//! Contests whose draw anyone can check: opened, frozen, committed to, drawn, verified.
//!
//! Their state stands in the file that the other jobs keep theirs in.

mod args;
mod beacon;
mod open;
mod paper;
mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use sociable::contest::{Contest, Contests, EntryId, EntryQuery, Redraw};
use sociable::store::KeyValue;
use sociable::{Error, ErrorKind, Result};

use super::args::Common;
use super::jobs;
use super::out::Out;
use super::reach::Reach;
use super::{json, people};
pub(crate) use args::ContestArgs;
use args::ContestVerb;

impl ContestArgs {
    /// What needs neither accounts nor state nor network, if it is that.
    pub(crate) fn alone(&self, out: &Out) -> Option<Result<bool>> {
        match &self.verb {
            ContestVerb::Verify(args) => Some(paper::verify(args, self.chain.as_deref(), out)),
            ContestVerb::Chain => Some(beacon::print(self.at, out)),
            _ => None,
        }
    }

    /// The account that is to publish, if the verb names one.
    fn publisher(&self) -> Option<&String> {
        match &self.verb {
            ContestVerb::Commit { to, .. } | ContestVerb::Announce { to, .. } => to.as_ref(),
            _ => None,
        }
    }
}

/// Does what is asked. What is wrong with the arguments is told as for all verbs; what else went wrong is a line.
pub(crate) async fn run(
    args: &ContestArgs,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<bool> {
    match work(args, common, reach, out).await {
        Err(error) if *error.kind() != ErrorKind::Config => {
            let line = json!({"ok": false, "error": json::error(&error)});
            out.line(line, || people::error(&error));
            Ok(false)
        }
        done => done,
    }
}

async fn work(args: &ContestArgs, common: &Common, reach: &Reach, out: &Out) -> Result<bool> {
    let store = jobs::values(&args.jobs, common, reach, out).await?;
    let contests = contests(args, store, reach, out)?;
    match &args.verb {
        ContestVerb::Open(open) => {
            let rules = open.rules(reach)?;
            if rules.mode.is_chance() && args.beacon.is_empty() && !reach.is_embedded() {
                return Err(Error::config(
                    "winners are drawn by the randomness of a beacon: name a relay of it, such as --beacon https://api.drand.sh",
                ));
            }
            told(&contests.open(open.id()?, &rules).await?, out).await
        }
        ContestVerb::List => {
            for summary in contests.list().await? {
                out.line(show::summary(&summary), || {
                    show::summary_for_people(&summary)
                });
            }
            Ok(true)
        }
        ContestVerb::Show { which } => told(&find(&contests, &which.contest).await?, out).await,
        ContestVerb::Collect { which } => {
            let contest = find(&contests, &which.contest).await?;
            let waiting = out.progress("asking who takes part", None);
            let step = contest.step().await;
            drop(waiting);
            let step = step?;
            for trouble in &step.troubles {
                let of = trouble.account.as_str();
                out.remark(format!("{of}: {}", people::error(&trouble.error)));
            }
            out.line(show::step(&contest, &step), || show::step_for_people(&step));
            Ok(step.troubles.is_empty())
        }
        ContestVerb::Entries { which, status } => {
            let contest = find(&contests, &which.contest).await?;
            let mut query = EntryQuery::new().limit(usize::MAX);
            query.status = *status;
            for entry in contest.entries(&query).await? {
                out.line(show::entry(&entry), || show::entry_for_people(&entry));
            }
            Ok(true)
        }
        ContestVerb::Report { which } => {
            let contest = find(&contests, &which.contest).await?;
            let report = contest.report().await?;
            let line = serde_json::to_value(&report).unwrap_or_default();
            out.line(line.clone(), || jobs::figures("", &line).join("\n"));
            Ok(true)
        }
        ContestVerb::Decide {
            entry,
            rule,
            stays,
            note,
            which,
            by,
            ..
        } => {
            let contest = find(&contests, &which.contest).await?;
            let id = EntryId::new(entry.as_str());
            contest.decide(&id, rule, *stays, by.name(), note).await?;
            one(&contest, &id, out).await
        }
        ContestVerb::Freeze { which } => {
            let contest = find(&contests, &which.contest).await?;
            let waiting = out.progress("looking at everything once more", None);
            let frozen = contest.freeze().await;
            drop(waiting);
            frozen?;
            told(&contest, out).await
        }
        ContestVerb::Commit { which, .. } => {
            let contest = find(&contests, &which.contest).await?;
            contest.commit().await?;
            told(&contest, out).await
        }
        ContestVerb::Draw { which, proof } => {
            let contest = find(&contests, &which.contest).await?;
            contest.draw().await?;
            if let Some(path) = proof {
                paper::write(path, &contest.proof().await?.to_json())?;
            }
            told(&contest, out).await
        }
        ContestVerb::Recheck { which } => {
            let contest = find(&contests, &which.contest).await?;
            contest.recheck().await?;
            told(&contest, out).await
        }
        ContestVerb::Confirm { entry, which, by } => {
            let contest = find(&contests, &which.contest).await?;
            let done = contest
                .confirm(&EntryId::new(entry.as_str()), by.name())
                .await;
            done?;
            told(&contest, out).await
        }
        ContestVerb::Decline { entry, why, which } => {
            let contest = find(&contests, &which.contest).await?;
            let id = EntryId::new(entry.as_str());
            contest.decline(&id, why).await?;
            told(&contest, out).await
        }
        ContestVerb::Score {
            entry,
            points,
            juror,
            which,
        } => {
            let contest = find(&contests, &which.contest).await?;
            let id = EntryId::new(entry.as_str());
            contest.score(&id, juror, *points).await?;
            one(&contest, &id, out).await
        }
        ContestVerb::Dispute {
            words,
            settle,
            which,
            by,
        } => {
            let contest = find(&contests, &which.contest).await?;
            let done = match settle {
                Some(number) => contest.settle(*number, by.name(), words).await,
                None => contest.dispute(by.name(), words).await.map(drop),
            };
            done?;
            told(&contest, out).await
        }
        ContestVerb::Settle { post, which, .. } => {
            let contest = find(&contests, &which.contest).await?;
            let post = post.as_deref().map(Into::into);
            contest.settle_post(post).await?;
            told(&contest, out).await
        }
        ContestVerb::Close { which } => {
            let contest = find(&contests, &which.contest).await?;
            contest.close().await?;
            told(&contest, out).await
        }
        ContestVerb::Cancel { which, why, by } => {
            let contest = find(&contests, &which.contest).await?;
            contest.cancel(by.name(), why).await?;
            told(&contest, out).await
        }
        ContestVerb::Erase { person, which } => {
            let contest = find(&contests, &which.contest).await?;
            let entrant = open::entrant(&contest, person).await?;
            let erased = contest.erase(&entrant).await?;
            let line = json!({
                "ok": true,
                "texts": erased.texts,
                "on_list": erased.on_list,
                "posts": erased.posts,
            });
            out.line(line, || {
                let mut said = format!("{} texts are erased", erased.texts);
                for post in &erased.posts {
                    said += &format!("\n{post} names the person: edit or delete it");
                }
                said
            });
            Ok(true)
        }
        ContestVerb::Announce { which, .. } => {
            let contest = find(&contests, &which.contest).await?;
            contest.announce().await?;
            told(&contest, out).await
        }
        ContestVerb::Redraw { which, reason, all } => {
            let contest = find(&contests, &which.contest).await?;
            let about = if *all { Redraw::All } else { Redraw::Missing };
            contest.redraw(reason, about).await?;
            told(&contest, out).await
        }
        ContestVerb::Proof { which, out: file } => {
            let contest = find(&contests, &which.contest).await?;
            paper::give(file.as_deref(), &contest.proof().await?.to_json(), out)?;
            Ok(true)
        }
        ContestVerb::Prove {
            person,
            which,
            out: file,
        } => {
            let contest = find(&contests, &which.contest).await?;
            let entrant = open::entrant(&contest, person).await?;
            let inclusion = contest.inclusion(&entrant).await?;
            let text = serde_json::to_string(&inclusion).unwrap_or_default();
            paper::give(file.as_deref(), &text, out)?;
            Ok(true)
        }
        ContestVerb::Verify(_) | ContestVerb::Chain => Ok(false),
    }
}

/// Of so many places it is told who has them.
const NAMED: usize = 50;

/// The contests of all accounts. One that cannot be reached hinders no other.
fn contests(
    args: &ContestArgs,
    store: Arc<dyn KeyValue>,
    reach: &Reach,
    out: &Out,
) -> Result<Contests> {
    let mut contests = Contests::builder(store);
    for (name, network) in reach.every() {
        // In the sample world the shop is ours, and the others take part.
        if reach.is_sample() && name != reach.names(&[])?.join("") {
            continue;
        }
        match network {
            Ok(network) => contests = contests.account(name, network),
            Err(e) => out.remark(format!("{name} is left out: {}", people::error(&e))),
        }
    }
    if let Some(clock) = beacon::clock(args.at, reach)? {
        contests = contests.clock(clock);
    }
    if let Some(name) = args.publisher() {
        let found = reach.names(std::slice::from_ref(name))?;
        contests = contests.publisher(found.join(""));
    }
    if let Some(cost) = args.max_cost {
        contests = contests.max_cost(cost);
    }
    if let Some(beacon) = beacon::of(&args.beacon, args.chain.as_deref(), args.at, reach)? {
        contests = contests.beacon(beacon);
    }
    contests.build()
}

/// The contest of this name; where none is named, the only one.
async fn find(contests: &Contests, name: &Option<String>) -> Result<Contest> {
    if let Some(name) = name {
        return contests.contest(name.as_str()).await;
    }
    let all = contests.list().await?;
    match all.as_slice() {
        [only] => contests.contest(only.id.as_str()).await,
        [] => Err(Error::new(
            ErrorKind::NotFound,
            "there is no contest: open one with `contest open`",
        )),
        many => {
            let names: Vec<&str> = many.iter().map(|one| one.id.as_str()).collect();
            Err(Error::config(format!(
                "say which contest: {}",
                names.join(", ")
            )))
        }
    }
}

/// Shows how a contest stands now.
async fn told(contest: &Contest, out: &Out) -> Result<bool> {
    let state = contest.state().await?;
    let mut names = BTreeMap::new();
    let awards = state.draws.last().into_iter().flat_map(|draw| &draw.awards);
    for id in awards.take(NAMED).filter_map(|award| award.entry.as_ref()) {
        names.insert(id.clone(), contest.entry(id).await?.display());
    }
    out.line(show::state(&state, &names), || {
        show::state_for_people(&state, &names)
    });
    Ok(true)
}

/// Shows how an entry stands now.
async fn one(contest: &Contest, id: &EntryId, out: &Out) -> Result<bool> {
    let entry = contest.entry(id).await?;
    out.line(show::entry(&entry), || show::entry_for_people(&entry));
    Ok(true)
}
