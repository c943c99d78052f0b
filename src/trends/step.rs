//! The round: what is due is read, buckets that are over are closed, and the state is kept.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, Stream};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Trends;
use super::bucket::{Closed, Pushed};
use super::judge::{length, number};
use super::keep;
use super::lists::{self, NetworkTrend};
use super::proposal::Proposal;
use super::propose::{is_proposable, proposal};
use super::read::{FeedState, Found};
use super::topic::Topic;
use super::watch::Watch;
use crate::client::after;
use crate::error::{Error, ErrorKind, Result};

/// A post that claims to be written so much later than it is has a wrong clock, and counts as written now.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How many buckets wait for a feed that fails, before they are closed without it.
const PATIENCE: i32 = 2;

/// Something that went wrong. It held nothing else back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trouble {
    /// Our account that it concerns.
    pub account: String,
    /// The feed that it concerns, by its name.
    pub feed: String,
    /// What went wrong. What was not read is read in a later round.
    pub error: Error,
}

/// What became of the posts that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Read {
    /// All that came.
    pub posts: u64,
    /// Those that were counted.
    pub counted: u64,
    /// Those that were counted before.
    pub known: u64,
    /// Reposts.
    pub reposts: u64,
    /// Copies of others' texts.
    pub copies: u64,
    /// Posts of our accounts.
    pub own: u64,
    /// Posts whose bucket was closed.
    pub late: u64,
}

impl Read {
    pub(super) fn note(&mut self, pushed: Pushed) {
        self.posts += 1;
        let into = match pushed {
            Pushed::Counted => &mut self.counted,
            Pushed::Known => &mut self.known,
            Pushed::Repost => &mut self.reposts,
            Pushed::Copy => &mut self.copies,
            Pushed::Own => &mut self.own,
            Pushed::Late | Pushed::Ahead => &mut self.late,
        };
        *into += 1;
    }

    fn add(&mut self, other: Self) {
        self.posts += other.posts;
        self.counted += other.counted;
        self.known += other.known;
        self.reposts += other.reposts;
        self.copies += other.copies;
        self.own += other.own;
        self.late += other.late;
    }
}

/// What a round brought.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// Topics that were not there before.
    pub new: Vec<Topic>,
    /// Topics that went on.
    pub changed: Vec<Topic>,
    /// Topics that ended.
    pub ended: Vec<Topic>,
    /// The buckets that were closed, in their order.
    pub buckets: Vec<Closed>,
    /// What became of the posts that were read.
    pub read: Read,
    /// What people should know and is no error: a network that has no list of trends, a gap.
    pub notes: Vec<String>,
    /// What went wrong.
    pub troubles: Vec<Trouble>,
    /// When the next round has something to do.
    pub next: Timestamp,
}

/// How much was seen, and why nothing is shown where nothing is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Standing {
    /// What became of all posts so far.
    pub read: Read,
    /// Since when the stream is watched: the start of the first bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// How many buckets were closed.
    pub buckets: u64,
    /// The most authors that a term had in one bucket of late.
    pub busiest: u64,
    /// How many topics rise.
    pub rising: u64,
    /// Why no topic rises, in sentences; empty where one does.
    pub why_none: Vec<String>,
}

/// What is kept beside the watch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) feeds: BTreeMap<String, FeedState>,
    pub(super) lists: Vec<NetworkTrend>,
    /// Who our accounts are on their networks.
    pub(super) own: BTreeMap<String, String>,
    read: Read,
    since: Option<Timestamp>,
    buckets: u64,
    busiest: u64,
    /// What was told once and need not be told again.
    pub(super) told: Vec<String>,
}

/// The state as this process has it.
pub(super) struct Loaded {
    pub(super) watch: Watch,
    pub(super) state: State,
    version: Option<u64>,
    /// The statistics as they were written last, which change with a bucket alone.
    detector: Option<String>,
}

/// What must not change under a state. Other settings may.
#[derive(Deserialize)]
struct Kept {
    bucket: Duration,
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|e| Error::config(format!("the trends' state cannot be written: {e}")))
}

fn section<T: DeserializeOwned>(read: &keep::Read, name: &str) -> Result<T> {
    let found = read.sections.iter().find(|(known, _)| known == name);
    let text = found.map_or("", |(_, text)| text);
    serde_json::from_str(text).map_err(|e| {
        let what = format!(
            "the trends' state cannot be read (its part `{name}`: {e}): restore it from a copy of the store, or remove all keys \
             that begin with `trends/` to begin anew"
        );
        Error::new(ErrorKind::Decode, what)
    })
}

impl Trends {
    /// The state as it stands in the store: as this process has it, unless another wrote it meanwhile.
    pub(super) async fn load(&self, loaded: &mut Option<Loaded>) -> Result<()> {
        let keeper = &self.0.keeper;
        if let Some(known) = loaded
            && keeper.version().await? == known.version
        {
            return Ok(());
        }
        let read = keeper.read().await?;
        if read.version.is_none() {
            *loaded = Some(Loaded {
                watch: Watch::new(self.0.config.clone())?,
                state: State::default(),
                version: None,
                detector: None,
            });
            return Ok(());
        }
        let config: Kept = section(&read, "config")?;
        if config.bucket != self.0.config.bucket {
            return Err(Error::config(format!(
                "the trends' state was made with buckets of {:?}, and now they are {:?}: go back to that, or remove all keys that \
                 begin with `trends/` to begin anew",
                config.bucket, self.0.config.bucket
            )));
        }
        let watch = Watch::restored(
            self.0.config.clone(),
            section(&read, "detector")?,
            section(&read, "open")?,
            section(&read, "rest")?,
        )?;
        *loaded = Some(Loaded {
            watch,
            state: section(&read, "state")?,
            version: read.version,
            detector: None,
        });
        self.0.keeper.sweep(self.0.clock.now()).await
    }

    /// Writes the state; false where somebody else did meanwhile.
    async fn store(&self, loaded: &mut Loaded, closed: bool) -> Result<bool> {
        if closed || loaded.detector.is_none() {
            loaded.detector = Some(json(&loaded.watch.detector)?);
        }
        let sections = [
            ("config", json(&self.0.config)?),
            ("detector", loaded.detector.clone().unwrap_or_default()),
            ("open", json(&loaded.watch.open)?),
            ("rest", json(&loaded.watch.rest)?),
            ("state", json(&loaded.state)?),
        ];
        let sections = sections.map(|(name, text)| (name.to_owned(), text));
        let now = self.0.clock.now();
        let written = self.0.keeper.write(&sections, loaded.version, now).await?;
        loaded.version = written.or(loaded.version);
        Ok(written.is_some())
    }

    /// Reads what is due, closes the buckets that are over, and tells what changed. A feed that fails, or waits, holds
    /// back no other; its error stands in the answer, and the buckets wait for it as long as two of them last.
    ///
    /// Where another process did a round at the same time, this one leaves its work to that, and says so in a note.
    ///
    /// # Errors
    /// Only those of the store: what a network refuses is told in [`Step::troubles`].
    pub async fn step(&self) -> Result<Step> {
        let mut guard = self.0.loaded.lock().await;
        self.load(&mut guard).await?;
        let Some(mut loaded) = guard.take() else {
            return Err(Error::config("the trends' state is not there: try again"));
        };
        let now = self.0.clock.now();
        let mut step = Step {
            new: Vec::new(),
            changed: Vec::new(),
            ended: Vec::new(),
            buckets: Vec::new(),
            read: Read::default(),
            notes: Vec::new(),
            troubles: Vec::new(),
            next: now,
        };
        self.know_ourselves(&mut loaded).await;
        let found = self.read_due(&mut loaded.state, now, &mut step).await;
        self.take(&mut loaded, found, now, &mut step);
        let covered = self.covered(&loaded.state, now);
        let patience = self.bucket().saturating_mul(PATIENCE);
        let until = if now.duration_since(covered) > patience {
            loaded.watch.gap(covered, now);
            now
        } else {
            covered
        };
        let buckets = loaded.watch.close(until);
        for closed in &buckets {
            loaded.state.buckets += 1;
            let since = loaded.state.since.unwrap_or(closed.start);
            loaded.state.since = Some(since.min(closed.start));
            loaded.state.busiest = closed.busiest.max(loaded.state.busiest * 9 / 10);
        }
        loaded.state.read.add(step.read);
        let kept = self.store(&mut loaded, !buckets.is_empty()).await?;
        if !kept {
            // What this round read is read again by whoever goes on from what the other wrote.
            let note = "another process did a round at the same time, and this one is left to it";
            step.notes.push(note.to_owned());
            step.next = after(now, Duration::from_secs(1));
            return Ok(step);
        }
        for closed in &buckets {
            step.new.extend(closed.new.iter().cloned());
            step.changed.extend(closed.changed.iter().cloned());
            step.ended.extend(closed.ended.iter().cloned());
        }
        for topics in [&mut step.new, &mut step.changed, &mut step.ended] {
            lists::join(&mut loaded.state.lists, topics);
        }
        step.buckets = buckets;
        step.next = self.next(&loaded, now);
        *guard = Some(loaded);
        Ok(step)
    }

    /// Runs rounds, each when the one before says, for as long as the stream is polled. Nothing runs by itself: dropping
    /// the stream ends it.
    ///
    /// An error of the store comes as an item; the next round is tried after a minute.
    pub fn run(&self) -> impl Stream<Item = Result<Step>> + Send + '_ {
        stream::unfold(None, move |until: Option<Timestamp>| async move {
            if let Some(until) = until {
                self.0.clock.sleep_until(until).await;
            }
            let step = self.step().await;
            let next = match &step {
                Ok(step) => step.next,
                Err(_) => after(self.0.clock.now(), Duration::from_secs(60)),
            };
            Some((step, Some(next)))
        })
    }

    fn bucket(&self) -> SignedDuration {
        SignedDuration::try_from(self.0.config.bucket).unwrap_or(SignedDuration::from_hours(1))
    }

    /// Names our accounts to the watch, as far as they are known without failing.
    async fn know_ourselves(&self, loaded: &mut Loaded) {
        let unknown = self.0.accounts.iter().filter(|(name, network)| {
            network.profile().account.is_none() && !loaded.state.own.contains_key(*name)
        });
        let asked = unknown.map(|(name, network)| async move { (name, network.me().await) });
        for (name, me) in join_all(asked).await {
            if let Ok(me) = me {
                let id = me.id.as_str().to_owned();
                loaded.state.own.insert(name.clone(), id);
            }
        }
        for (name, network) in &self.0.accounts {
            let profile = network.profile();
            let known = loaded.state.own.get(name).map(|id| id.as_str().into());
            if let Some(id) = profile.account.clone().or(known) {
                loaded.watch.own(&profile.network, &id);
            }
        }
    }

    /// Shows the watch what was read, the oldest first.
    fn take(&self, loaded: &mut Loaded, found: Vec<Found>, now: Timestamp, step: &mut Step) {
        let mut posts = Vec::new();
        for found in found {
            match found {
                Found::Post(network, mut post) => {
                    if post
                        .created_at
                        .is_none_or(|at| at.duration_since(now) > SKEW)
                    {
                        post.created_at = Some(now);
                    }
                    posts.push((network, post));
                }
                Found::Deleted(network, post) => loaded.watch.deleted(&network, &post),
                Found::Gap(from, until) => loaded.watch.gap(from, until),
                Found::List(network, account, list) => {
                    lists::take(&mut loaded.state.lists, &network, &account, &list, now);
                }
            }
        }
        posts.sort_by(|(_, a), (_, b)| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        loaded.watch.tell(now);
        for (network, post) in &posts {
            step.read.note(loaded.watch.push(network, post));
        }
    }

    fn next(&self, loaded: &Loaded, now: Timestamp) -> Timestamp {
        let due = self.next_due(&loaded.state);
        let wait = SignedDuration::try_from(self.0.config.lateness).unwrap_or_default();
        let over = loaded.watch.next_bucket().map(|start| {
            let end = start
                .saturating_add(self.bucket())
                .unwrap_or(Timestamp::MAX);
            end.saturating_add(wait).unwrap_or(Timestamp::MAX)
        });
        // A bucket that is over and stays open waits for a feed, so that this round could not close it either.
        let over = over.filter(|over| *over > now);
        let next = due.into_iter().chain(over).min();
        // Never the same moment again: a round that cannot get on must not spin.
        next.unwrap_or(Timestamp::MAX)
            .max(after(now, Duration::from_secs(1)))
    }

    /// The topics that are above the usual now, the strongest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn trends(&self) -> Result<Vec<Topic>> {
        let mut guard = self.0.loaded.lock().await;
        self.load(&mut guard).await?;
        let Some(loaded) = guard.as_mut() else {
            return Ok(Vec::new());
        };
        let mut topics: Vec<Topic> = loaded.watch.topics().into_iter().cloned().collect();
        lists::join(&mut loaded.state.lists, &mut topics);
        Ok(topics)
    }

    /// The networks' own lists as they were last seen, each network's strongest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn lists(&self) -> Result<Vec<NetworkTrend>> {
        let mut guard = self.0.loaded.lock().await;
        self.load(&mut guard).await?;
        let Some(loaded) = guard.as_mut() else {
            return Ok(Vec::new());
        };
        let mut topics: Vec<Topic> = loaded.watch.topics().into_iter().cloned().collect();
        let mut lists = loaded.state.lists.clone();
        lists::join(&mut lists, &mut topics);
        lists.sort_by_key(|entry| {
            let rank = entry.last().and_then(|last| last.rank).unwrap_or(u32::MAX);
            (
                entry.network.clone(),
                std::cmp::Reverse(entry.last_seen),
                rank,
                entry.name.clone(),
            )
        });
        Ok(lists)
    }

    /// What our brand could make of the topics that rise, the best first. Our own campaigns are not among them. Nothing is
    /// published: each proposal holds a draft for a person to write to its end.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn propose(&self) -> Result<Vec<Proposal>> {
        let now = self.0.clock.now();
        let profiles: Vec<_> = (self.0.accounts.iter())
            .map(|(name, network)| (name.as_str(), network.profile()))
            .collect();
        let topics = self.trends().await?;
        let mut proposals: Vec<Proposal> = topics
            .iter()
            .filter(|topic| is_proposable(topic))
            .map(|topic| {
                let accounts = profiles.iter().map(|(name, profile)| (*name, &**profile));
                proposal(topic, &self.0.ours, now, accounts)
            })
            .collect();
        proposals.sort_by(|a, b| {
            let by = b.score.total_cmp(&a.score);
            by.then_with(|| a.topic.id.cmp(&b.topic.id))
        });
        Ok(proposals)
    }

    /// How much was seen, and why nothing is shown where nothing is.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn standing(&self) -> Result<Standing> {
        let mut guard = self.0.loaded.lock().await;
        self.load(&mut guard).await?;
        let Some(loaded) = guard.as_ref() else {
            return Err(Error::config("the trends' state is not there: try again"));
        };
        let state = &loaded.state;
        let rising = loaded.watch.topics().len() as u64;
        Ok(Standing {
            read: state.read,
            since: state.since,
            buckets: state.buckets,
            busiest: state.busiest,
            rising,
            why_none: match rising {
                0 => self.why_none(loaded),
                _ => Vec::new(),
            },
        })
    }

    fn why_none(&self, loaded: &Loaded) -> Vec<String> {
        let state = &loaded.state;
        let detector = &self.0.config.detector;
        if state.read.counted == 0 {
            let read = match state.read.posts {
                0 => "no post was read yet".to_owned(),
                posts => format!("of {posts} posts that were read none is others' own and new"),
            };
            return vec![format!(
                "{read}: name a feed that finds some, such as a search"
            )];
        }
        let mut why = Vec::new();
        let bucket = length(self.0.config.bucket.as_secs());
        if (state.busiest as f64) < detector.min_authors {
            why.push(format!(
                "a trend needs {} authors and {} posts within {bucket}; of {} posts so far no term had more than {} authors",
                number(detector.min_authors),
                detector.min_posts,
                state.read.counted,
                state.busiest
            ));
        }
        let watched = state.since.map_or(0, |since| {
            let until = loaded.watch.next_bucket().unwrap_or(since);
            until.duration_since(since).as_secs().unsigned_abs()
        });
        if watched < detector.warm_up.as_secs() {
            why.push(format!(
                "what is usual is learnt for {} before the first trend is told; so far it is {}",
                length(detector.warm_up.as_secs()),
                length(watched)
            ));
        }
        if why.is_empty() {
            why.push(format!(
                "nothing rose clearly above the usual: {} times as much, and more than chance allows over all terms",
                number(detector.min_ratio)
            ));
        }
        why
    }
}
