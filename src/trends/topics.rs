//! Terms that rise together become one topic, and a topic goes on from bucket to bucket.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::count::{Counter, Hot};
use super::detect::{Phase, Signal, TermId};
use super::overlap::{Parts, together};
use super::recent::Shown;
use super::settings::WatchConfig;
use super::terms::{hashtag_id, word_id};
use super::topic::{Chain, Example, Flag, Strength, Term, TermKind, Topic, TopicId, TopicState};
use super::{judge, pack};
use crate::model::PostId;

/// Topics that rise at once; more are not told apart.
const RISING: usize = 500;
/// Topics that ended and are remembered.
const ENDED: usize = 1_000;
/// A topic of which the statistics said nothing for so long is over: they may have lost its terms to busier ones.
const SILENT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Examples of a topic.
const EXAMPLES: usize = 3;
/// Terms of a topic that are told.
const TERMS: usize = 24;

/// A bucket that is over, with what was counted.
pub(super) struct Scene<'a> {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) counter: &'a Counter,
    pub(super) shown: &'a Shown,
    pub(super) networks: &'a [String],
    pub(super) ours: &'a [(u64, String)],
    pub(super) config: &'a WatchConfig,
}

/// What a bucket changed.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) new: Vec<Topic>,
    pub(super) changed: Vec<Topic>,
    pub(super) ended: Vec<Topic>,
    pub(super) unnamed: u64,
}

/// A topic that rises.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Live {
    pub(super) topic: Topic,
    /// Its terms that have not ended, and how they read.
    rising: BTreeMap<u64, Term>,
    /// All terms that it ever had.
    ids: Vec<u64>,
    /// How many buckets it was told in.
    pub(super) buckets: u32,
    /// Posts of its strongest term that are remembered by their hashes, and those that were deleted.
    #[serde(with = "pack::numbers")]
    posts: Vec<u32>,
    #[serde(with = "pack::numbers")]
    deleted: Vec<u32>,
}

/// A topic that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Past {
    topic: Topic,
    ids: Vec<u64>,
}

/// All topics.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Topics {
    live: Vec<Live>,
    past: Vec<Past>,
}

/// How well a kind of term names a topic.
fn weight(kind: &TermKind) -> f64 {
    match kind {
        TermKind::Hashtag => 1.0,
        TermKind::Word => 0.9,
        TermKind::Account | TermKind::Link => 0.7,
        TermKind::Pair => 0.6,
        _ => 0.4,
    }
}

impl Topics {
    pub(super) fn rising(&self) -> Vec<&Topic> {
        let mut all: Vec<&Topic> = self.live.iter().map(|live| &live.topic).collect();
        all.sort_by(|a, b| {
            let by = b.strength.z.total_cmp(&a.strength.z);
            by.then_with(|| a.id.cmp(&b.id))
        });
        all
    }

    pub(super) fn ended(&self) -> Vec<&Topic> {
        self.past.iter().rev().map(|past| &past.topic).collect()
    }

    /// Takes in what the statistics say of a bucket.
    pub(super) fn step(&mut self, signals: &[Signal], scene: &Scene<'_>) -> Told {
        let mut told = Told::default();
        let mut new: Vec<&Signal> = Vec::new();
        let mut of: Vec<Vec<&Signal>> = self.live.iter().map(|_| Vec::new()).collect();
        for signal in signals {
            let id = signal.term.0;
            let owner = self.live.iter().position(|live| live.ids.contains(&id));
            match owner.and_then(|at| of.get_mut(at)) {
                Some(signals) => signals.push(signal),
                None if signal.phase == Phase::End => {}
                None if named(scene.counter, signal).is_some() => new.push(signal),
                None => told.unnamed += u64::from(signal.phase == Phase::Start),
            }
        }
        let groups = self.group(&new, scene.counter);
        let begun = self.live.len();
        for (owner, members) in groups {
            match owner.and_then(|at| of.get_mut(at)) {
                Some(signals) => signals.extend(members),
                None if self.live.len() < RISING => {
                    self.live.push(Live::new(&members, scene));
                    of.push(members);
                }
                None => told.unnamed += 1,
            }
        }
        for (live, signals) in self.live.iter_mut().zip(&of) {
            if !signals.is_empty() {
                live.update(signals, scene);
            }
        }
        self.tell(&of, begun, scene, &mut told);
        told
    }

    /// Judges what changed, and moves those away that ended.
    fn tell(&mut self, of: &[Vec<&Signal>], begun: usize, scene: &Scene<'_>, told: &mut Told) {
        let live = std::mem::take(&mut self.live);
        for (at, (mut live, signals)) in live.into_iter().zip(of).enumerate() {
            let silent = scene.end.duration_since(live.topic.updated) > SILENT;
            if silent {
                live.end(scene.end);
            }
            if silent || !signals.is_empty() {
                let before = self.before(&live, scene.start);
                judge::topic(&mut live, before, scene);
                let into = match (live.rising.is_empty(), at >= begun) {
                    (true, _) => &mut told.ended,
                    (false, true) => &mut told.new,
                    (false, false) => &mut told.changed,
                };
                into.push(live.topic.clone());
            }
            if live.rising.is_empty() {
                self.past.push(Past {
                    topic: live.topic,
                    ids: live.ids,
                });
            } else {
                self.live.push(live);
            }
        }
        let over = self.past.len().saturating_sub(ENDED);
        self.past.drain(..over);
    }

    /// When a topic of the same terms rose before, about a week or a year ago.
    fn before(&self, live: &Live, start: Timestamp) -> Option<Timestamp> {
        let day = SignedDuration::from_hours(24);
        let near = |past: &&Past| {
            let ago = start.duration_since(past.topic.started);
            let about = |days: i64, slack: SignedDuration| {
                let off = ago - SignedDuration::from_hours(24 * days);
                off.abs() <= slack
            };
            about(7, day / 2) || about(14, day / 2) || about(365, day * 3)
        };
        let same = |past: &&Past| past.ids.iter().any(|id| live.ids.contains(id));
        let found = self.past.iter().rev().filter(near).find(same);
        found.map(|past| past.topic.started)
    }

    /// Puts terms together that have authors or posts in common; with a topic that rises already, if one of its terms is
    /// among them.
    fn group<'s>(
        &self,
        new: &[&'s Signal],
        counter: &Counter,
    ) -> Vec<(Option<usize>, Vec<&'s Signal>)> {
        let mut parts: Vec<Parts> = Vec::new();
        let mut whose: Vec<Result<&'s Signal, usize>> = Vec::new();
        for signal in new {
            if let Some(hot) = counter.hot(signal.term.0) {
                parts.push(Parts::of(hot));
                whose.push(Ok(signal));
            }
        }
        if parts.is_empty() {
            return Vec::new();
        }
        for (at, live) in self.live.iter().enumerate() {
            for hot in live.rising.keys().filter_map(|id| counter.hot(*id)) {
                parts.push(Parts::of(hot));
                whose.push(Err(at));
            }
        }
        let groups = together(&parts).into_iter().filter_map(|group| {
            let of = || group.iter().filter_map(|at| whose.get(*at));
            let members: Vec<&Signal> = of().filter_map(|one| one.ok()).collect();
            let owner = of().filter_map(|one| one.err()).min();
            (!members.is_empty()).then_some((owner, members))
        });
        groups.collect()
    }

    pub(super) fn deleted(&mut self, network: &str, post: &PostId, print: u64) {
        let print = print as u32;
        for live in &mut self.live {
            let shown = |one: &Example| one.network == network && one.post.id == *post;
            live.topic.examples.retain(|one| !shown(one));
            if live.posts.contains(&print) && !live.deleted.contains(&print) {
                live.deleted.push(print);
            }
        }
        for past in &mut self.past {
            let shown = |one: &Example| one.network == network && one.post.id == *post;
            past.topic.examples.retain(|one| !shown(one));
        }
    }
}

fn named<'a>(counter: &'a Counter, signal: &Signal) -> Option<&'a Term> {
    counter.hot(signal.term.0)?.term.as_ref()
}

impl Live {
    fn new(members: &[&Signal], scene: &Scene<'_>) -> Self {
        let first = members.iter().map(|signal| signal.term).min();
        let TermId(first) = first.unwrap_or(TermId(0));
        let id = format!("{:08x}-{first:016x}", scene.start.as_second());
        let started = members.iter().map(|signal| signal.started).min();
        let mut topic = Topic::new(TopicId::new(id), "", started.unwrap_or(scene.start));
        topic.first_seen = scene.end;
        Self {
            topic,
            rising: BTreeMap::new(),
            ids: Vec::new(),
            buckets: 0,
            posts: Vec::new(),
            deleted: Vec::new(),
        }
    }

    fn end(&mut self, at: Timestamp) {
        self.rising.clear();
        self.topic.state = TopicState::Ended;
        self.topic.ends = None;
        self.topic.updated = at;
    }

    /// Takes in what is said of its terms.
    fn update(&mut self, signals: &[&Signal], scene: &Scene<'_>) {
        self.buckets += 1;
        self.topic.updated = scene.end;
        for signal in signals {
            let id = signal.term.0;
            if signal.phase == Phase::End {
                self.rising.remove(&id);
                continue;
            }
            if let Some(term) = named(scene.counter, signal) {
                self.rising.insert(id, term.clone());
            }
            if !self.ids.contains(&id) {
                self.ids.push(id);
            }
            self.topic.started = self.topic.started.min(signal.started);
        }
        if self.rising.is_empty() {
            self.end(scene.end);
            return;
        }
        let known = signals.iter().filter_map(|signal| {
            let term = self.rising.get(&signal.term.0)?.clone();
            let weight = signal.observed * weight(&term.kind);
            Some((*signal, term, weight))
        });
        let mut known: Vec<(&Signal, Term, f64)> = known.collect();
        known.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.1.cmp(&b.1)));
        let Some((lead, term, _)) = known.first() else {
            return;
        };
        let topic = &mut self.topic;
        topic.name = term.text.clone();
        topic.ends = lead.ends;
        topic.strength = Strength {
            observed: lead.observed,
            expected: lead.expected,
            ratio: lead.ratio,
            buckets: lead.buckets,
            p: lead.p,
            q: lead.q,
            z: lead.z,
            level: lead.level,
            peak: topic.strength.peak.max(lead.peak),
        };
        let terms = known.iter().map(|(_, term, _)| term.clone());
        topic.terms = terms.take(TERMS).collect();
        if let Some(hot) = scene.counter.hot(lead.term.0) {
            let count = hot.count();
            topic.authors = count.authors;
            topic.posts = count.posts;
            topic.uncertain = count.uncertain;
            topic.places = hot.sample.places.len() as u64;
            self.posts = hot.sample.posts.clone();
            self.deleted = hot.sample.deleted.clone();
            self.look(hot, &known, scene);
        }
    }

    /// What its posts are like, and which of them show it best.
    fn look(&mut self, lead: &Hot, known: &[(&Signal, Term, f64)], scene: &Scene<'_>) {
        let hot: Vec<&Hot> = known
            .iter()
            .filter_map(|(signal, _, _)| scene.counter.hot(signal.term.0))
            .collect();
        let mut numbers: BTreeMap<u64, usize> = BTreeMap::new();
        for number in hot.iter().flat_map(|hot| hot.sample.shown()) {
            *numbers.entry(*number).or_default() += 1;
        }
        let mut numbers: Vec<(usize, u64)> = numbers.into_iter().map(|(n, c)| (c, n)).collect();
        numbers.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut examples: Vec<Example> = Vec::new();
        for example in numbers.iter().filter_map(|(_, n)| scene.shown.get(*n)) {
            let again = |one: &Example| one.author.is_some() && one.author == example.author;
            if examples.len() < EXAMPLES && !examples.iter().any(again) {
                examples.push(example.clone());
            }
        }
        if !examples.is_empty() {
            self.topic.examples = examples;
        }
        let mut flags = judge::flags(lead);
        let all = hot.iter().fold(0, |all, hot| all | hot.sample.networks);
        let networks = scene.networks.iter().zip(0..);
        let networks: Vec<String> = networks
            .filter(|(_, bit): &(_, u32)| all >> bit & 1 == 1)
            .map(|(name, _)| name.clone())
            .collect();
        if networks.len() > 1 {
            flags.push(Flag::CrossNetwork { networks });
        }
        let own = self.own_terms(scene);
        if !own.is_empty() {
            flags.push(Flag::OwnCampaign { terms: own });
        }
        self.topic.flags = flags;
        // A chain's links are those of the hashtag's chain, where that rose, or else as many as were seen.
        let chains = known
            .iter()
            .filter(|(_, term, _)| term.kind == TermKind::Chain);
        let links = chains
            .filter_map(|(signal, _, _)| scene.counter.hot(signal.term.0))
            .map(|hot| hot.count().authors);
        let anchored = known.iter().filter_map(|(signal, _, _)| {
            let chain = super::terms::chain_id(signal.term.0);
            scene.counter.hot(chain).map(|hot| hot.count().authors)
        });
        let links = links.chain(anchored).max();
        let depth = hot.iter().map(|hot| hot.sample.depth).max().unwrap_or(0);
        self.topic.chain = links.map(|links| Chain { links, depth });
    }

    /// Its terms that are ours.
    fn own_terms(&self, scene: &Scene<'_>) -> Vec<String> {
        let mut own: Vec<String> = Vec::new();
        let ids = || self.rising.keys();
        for term in &scene.config.own_terms {
            let bare = term.trim_start_matches(['#', '＃']);
            let (tag, word) = (hashtag_id(bare), word_id(bare));
            if ids().any(|id| *id == tag || *id == word) {
                own.push(term.clone());
            }
        }
        for (id, text) in scene.ours {
            if ids().any(|one| one == id) && !own.contains(text) {
                own.push(text.clone());
            }
        }
        own
    }

    /// Its strongest term in a bucket.
    pub(super) fn lead<'a>(&self, scene: &Scene<'a>) -> Option<&'a Hot> {
        let lead = (self.rising.iter()).find(|(_, term)| term.text == self.topic.name);
        scene.counter.hot(*lead?.0)
    }

    /// The share of its remembered posts that were deleted.
    pub(super) fn deleted_share(&self) -> f64 {
        if self.posts.is_empty() {
            return 0.0;
        }
        self.deleted.len() as f64 / self.posts.len() as f64
    }
}
