//! What begins to be spoken of, and what to make of it.
//!
//! What is usual is learnt over days, and kept in the file that the other jobs keep their state in. Nothing is published.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sociable::jiff::SignedDuration;
use sociable::store::KeyValue;
use sociable::trends::{
    Example, Feed, NetworkTrend, Proposal, Safety, Standing, Step, Topic, Trends,
};
use sociable::{Error, Money, Result};

use super::args::Common;
use super::jobs;
use super::out::Out;
use super::people;
use super::reach::Reach;

#[derive(Debug, Args)]
pub(crate) struct TrendsArgs {
    /// Where it is kept what is usual; by default beside the file of --state, as FILE.jobs
    #[arg(long, global = true, value_name = "FILE")]
    jobs: Option<PathBuf>,
    #[command(subcommand)]
    verb: TrendsVerb,
}

#[derive(Debug, Subcommand)]
enum TrendsVerb {
    /// Reads what the accounts can see, and tells what rises above the usual, or why nothing does
    Watch {
        #[command(flatten)]
        reads: Reads,
        /// Goes on reading, and tells what changes: 5m, 1h. By default it reads once
        #[arg(long, value_name = "TIME", default_value = "once", value_parser = pause)]
        every: Pause,
    },
    /// Proposes what to make of the topics that rise, with a draft to be written to its end. Nothing is published
    Propose {
        #[command(flatten)]
        reads: Reads,
        /// What our brand speaks of: words with commas between them, or a file with one or several words a line
        #[arg(long, value_name = "FILE|WORDS", allow_hyphen_values = true)]
        topics: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Reads {
    /// Reads by these accounts; by default by all
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    from: Vec<String>,
    /// Reads what a search finds; may be repeated
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    search: Vec<String>,
    /// Reads what stands under a hashtag; may be repeated
    #[arg(long, value_name = "TAG")]
    hashtag: Vec<String>,
    /// A term of our own campaigns, which is flagged and not proposed; may be repeated
    #[arg(long, value_name = "TERM")]
    own: Vec<String>,
    /// What each search, hashtag and timeline may cost a day, where the network bills for it: 0.50 USD
    #[arg(long, value_name = "AMOUNT", value_parser = money)]
    max_cost_a_day: Option<Money>,
    /// Shows what is kept, and asks no network
    #[arg(long)]
    offline: bool,
}

/// Between two readings; `None` is one reading alone.
#[derive(Clone, Copy, Debug)]
struct Pause(Option<Duration>);

fn pause(text: &str) -> Result<Pause, String> {
    if text == "once" {
        return Ok(Pause(None));
    }
    let wrong = || "write `once`, or a time such as 5m or 1h".to_owned();
    let time: SignedDuration = text.parse().map_err(|_| wrong())?;
    match Duration::try_from(time) {
        Ok(time) if time >= Duration::from_secs(1) => Ok(Pause(Some(time))),
        _ => Err(wrong()),
    }
}

fn money(text: &str) -> Result<Money, String> {
    let (amount, currency) = text.split_once(' ').ok_or("write it as 0.50 USD")?;
    Money::parse(amount, currency.trim()).ok_or_else(|| "write it as 0.50 USD".to_owned())
}

/// What a brand speaks of, from a file or from the words themselves.
fn topics(text: &Option<String>) -> Result<Vec<String>> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let path = std::path::Path::new(text);
    let words = if path.is_file() {
        std::fs::read_to_string(path)
            .map_err(|e| Error::config(format!("{} cannot be read: {e}", path.display())))?
    } else {
        text.clone()
    };
    let words = words.split([',', '\n']).map(str::trim);
    let words = words.filter(|word| !word.is_empty() && !word.starts_with("//"));
    Ok(words.map(str::to_owned).collect())
}

pub(crate) async fn run(
    args: &TrendsArgs,
    common: &Common,
    reach: &Reach,
    out: &Out,
) -> Result<bool> {
    let store = jobs::values(&args.jobs, common, reach, out).await?;
    match &args.verb {
        TrendsVerb::Watch { reads, every } => {
            let trends = trends(reads, Vec::new(), store, reach, out)?;
            watch(&trends, reads, *every, out).await
        }
        TrendsVerb::Propose {
            reads,
            topics: words,
        } => {
            let trends = trends(reads, topics(words)?, store, reach, out)?;
            let good = reads.offline || step(&trends, out).await?.1;
            propose(&trends, out).await?;
            Ok(good)
        }
    }
}

fn trends(
    reads: &Reads,
    topics: Vec<String>,
    store: Arc<dyn KeyValue>,
    reach: &Reach,
    out: &Out,
) -> Result<Trends> {
    let mut trends = Trends::builder(store)
        .topics(topics)
        .own_terms(reads.own.iter().cloned());
    if reads.from.is_empty() {
        for (name, network) in reach.every() {
            // In the sample world the shop is ours, and the others are those who speak.
            if reach.is_sample() && name != reach.names(&[])?.join("") {
                continue;
            }
            match network {
                Ok(network) => trends = trends.account(name, network),
                Err(e) => out.remark(format!("{name} is left out: {}", people::error(&e))),
            }
        }
    } else {
        for (name, network) in reach.some(&reads.from)? {
            trends = trends.account(name, network);
        }
    }
    let searches = reads.search.iter().map(Feed::search);
    let tags = reads.hashtag.iter().map(Feed::hashtag);
    let always = [Feed::events(), Feed::home(), Feed::lists()];
    for mut feed in always.into_iter().chain(searches).chain(tags) {
        feed.max_cost_a_day = reads.max_cost_a_day;
        trends = trends.feed(feed);
    }
    trends.build()
}

/// A round; whether all of it went well.
async fn step(trends: &Trends, out: &Out) -> Result<(Step, bool)> {
    let waiting = out.progress("reading what is spoken of", None);
    let step = trends.step().await?;
    drop(waiting);
    for note in &step.notes {
        out.remark(note);
    }
    for trouble in &step.troubles {
        let what = people::error(&trouble.error);
        out.remark(format!("{}, {}: {what}", trouble.account, trouble.feed));
    }
    let good = step.troubles.is_empty();
    Ok((step, good))
}

async fn watch(trends: &Trends, reads: &Reads, every: Pause, out: &Out) -> Result<bool> {
    let mut good = true;
    if !reads.offline {
        let (first, well) = step(trends, out).await?;
        good = well;
        for ended in &first.ended {
            tell("ended", ended, out);
        }
    }
    for topic in trends.trends().await? {
        tell("rising", &topic, out);
    }
    for entry in trends.lists().await? {
        out.line(listed(&entry), || listed_for_people(&entry));
    }
    let standing = trends.standing().await?;
    out.line(stands(&standing), || stands_for_people(&standing));
    let Pause(Some(pause)) = every else {
        return Ok(good);
    };
    loop {
        tokio::time::sleep(pause).await;
        let (step, _) = step(trends, out).await?;
        for (change, topics) in [
            ("new", &step.new),
            ("changed", &step.changed),
            ("ended", &step.ended),
        ] {
            for topic in topics {
                tell(change, topic, out);
            }
        }
    }
}

async fn propose(trends: &Trends, out: &Out) -> Result<()> {
    let proposals = trends.propose().await?;
    for one in &proposals {
        out.line(proposal(one), || proposal_for_people(one));
    }
    if proposals.is_empty() {
        let standing = trends.standing().await?;
        for why in &standing.why_none {
            out.remark(format!("nothing to propose: {why}"));
        }
        if standing.why_none.is_empty() {
            out.remark("nothing to propose: what rises is our own");
        }
    }
    Ok(())
}

fn tell(change: &str, one: &Topic, out: &Out) {
    out.line(topic(change, one), || {
        let mut lines = vec![format!("{change}: {}", one.why)];
        lines.push(format!(
            "  {}: {}",
            one.trigger.kind.as_str(),
            one.trigger.why
        ));
        for flag in &one.flags {
            let flag = serde_json::to_value(flag).unwrap_or_default();
            lines.push(format!("  {}", jobs::figures("", &flag).join(", ")));
        }
        lines.extend(one.examples.iter().map(shown));
        lines.join("\n")
    });
}

fn shown(one: &Example) -> String {
    let who = one.author.as_deref().unwrap_or("somebody");
    let text = one.text.replace('\n', " ");
    format!("  {who} on {}: {text}", one.network)
}

fn example(one: &Example) -> Value {
    json!({
        "network": one.network,
        "post": one.post.id,
        "url": one.url,
        "author": one.author,
        "at": one.at,
        "text": one.text,
    })
}

fn topic(change: &str, one: &Topic) -> Value {
    json!({
        "kind": "topic",
        "change": change,
        "id": one.id,
        "name": one.name,
        "terms": one.terms,
        "state": one.state,
        "started": one.started,
        "first_seen": one.first_seen,
        "updated": one.updated,
        "authors": one.authors,
        "posts": one.posts,
        "uncertain": one.uncertain,
        "observed": one.strength.observed,
        "expected": one.strength.expected,
        "ratio": one.strength.ratio,
        "p": one.strength.p,
        "q": one.strength.q,
        "trigger": one.trigger,
        "chain": one.chain,
        "flags": one.flags,
        "ends": one.ends,
        "why": one.why,
        "examples": one.examples.iter().map(example).collect::<Vec<_>>(),
        "listed": one.listed,
    })
}

fn listed(one: &NetworkTrend) -> Value {
    json!({
        "kind": "listed",
        "network": one.network,
        "account": one.account,
        "name": one.name,
        "rank": one.last().and_then(|last| last.rank),
        "posts": one.last().and_then(|last| last.posts),
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "sightings": one.history.len(),
        "topic": one.topic,
        "url": one.url,
    })
}

fn listed_for_people(one: &NetworkTrend) -> String {
    let last = one.last();
    let rank = last.and_then(|last| last.rank);
    let rank = rank.map_or_else(String::new, |rank| format!(" at {rank}"));
    let posts = last.and_then(|last| last.posts);
    let posts = posts.map_or_else(String::new, |posts| format!(", {posts} posts"));
    format!("{} lists {}{rank}{posts}", one.network, one.name)
}

fn stands(one: &Standing) -> Value {
    json!({
        "kind": "standing",
        "posts": one.read.posts,
        "counted": one.read.counted,
        "since": one.since,
        "buckets": one.buckets,
        "busiest": one.busiest,
        "rising": one.rising,
        "why_none": one.why_none,
    })
}

fn stands_for_people(one: &Standing) -> String {
    let why = one
        .why_none
        .iter()
        .map(|why| format!("nothing rises: {why}"));
    let seen = format!(
        "{} posts were read, {} of them counted, in {} buckets",
        one.read.posts, one.read.counted, one.buckets
    );
    [seen].into_iter().chain(why).collect::<Vec<_>>().join("\n")
}

fn proposal(one: &Proposal) -> Value {
    json!({
        "kind": "proposal",
        "topic": topic("rising", &one.topic),
        "score": one.score,
        "fit": one.fit,
        "safety": one.safety,
        "effort": one.effort,
        "until": one.until,
        "draft": one.draft,
        "checks": one.checks,
        "examples": one.examples.iter().map(example).collect::<Vec<_>>(),
        "why": one.why,
    })
}

fn proposal_for_people(one: &Proposal) -> String {
    let safe = match &one.safety {
        Safety::Safe => "safe",
        Safety::Unsafe(_) => "leave it",
        _ => "look first",
    };
    let mut lines = vec![format!("{:.2} {safe}: {}", one.score, one.why)];
    lines.push(format!("  {}", one.draft.text.as_str()));
    for check in &one.checks {
        let wrong = check.violations.iter().map(people::violation);
        lines.extend(wrong.map(|what| format!("  {}: {what}", check.account)));
    }
    lines.extend(one.examples.iter().map(shown));
    lines.join("\n")
}
