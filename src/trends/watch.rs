//! A stream of posts, cut into buckets of time, counted, and judged at the end of each.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::bucket::{Closed, Pushed};
use super::count::{Authors, Counted, Counter};
use super::detect::Detector;
use super::hashes::{hash, mix};
use super::lexicon::Sign;
use super::recent::{Chains, Copies, Met, Shown, example};
use super::settings::WatchConfig;
use super::terms::{self, FEWEST_NAMED, Kind, Reader, Reading, person, person_id};
use super::topic::Topic;
use super::topics::{Scene, Topics};
use crate::error::Result;
use crate::model::{AccountId, Post, PostId};

/// Buckets that are open at once: the current one, and the one before while it waits for late posts.
const OPEN: usize = 2;
/// A post that is further ahead of all that was seen has a wrong clock.
const AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many empty buckets in a row are gone through one by one; a longer silence is a gap.
const EMPTY: usize = 14 * 24;
/// Hashtags and pages of our own posts that are remembered.
const OURS: usize = 1_024;
/// Gaps that are remembered.
const GAPS: usize = 256;
/// Networks that are told apart.
const NETWORKS: usize = 32;
/// Where so many posts a bucket are usual, none at all is a gap.
const USUAL: f64 = 20.0;

/// Watches a stream of posts: [`push`](Self::push) shows it posts, [`close`](Self::close) tells it how late it is.
///
/// It has no clock and asks no network, and its memory is bounded whatever comes. It goes through serde: what is read
/// back goes on as if nothing had been.
#[derive(Serialize, Deserialize)]
pub struct Watch {
    pub(super) config: WatchConfig,
    pub(super) detector: Detector,
    pub(super) open: Vec<Open>,
    pub(super) rest: Rest,
    /// The time by a clock, where one is told: what is not ahead of that is no wrong clock's.
    #[serde(skip)]
    clock: Option<Timestamp>,
    #[serde(skip)]
    reader: Reader,
    #[serde(skip)]
    reading: Reading,
}

/// What a watch keeps beside its counts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Rest {
    /// The start of the first bucket that is not closed yet.
    next: Option<Timestamp>,
    /// As late as it is known to be.
    now: Option<Timestamp>,
    met: Met,
    copies: Copies,
    chains: Chains,
    shown: Shown,
    networks: Vec<String>,
    /// Our accounts, by their hashes.
    own: Vec<u64>,
    /// Hashtags and pages of our own posts, and how they read.
    ours: Vec<(u64, String)>,
    gaps: Vec<(Timestamp, Timestamp)>,
    /// Posts of a bucket, as is usual of late.
    usual: f64,
    /// Closed buckets that were not told yet.
    ready: Vec<Closed>,
    topics: Topics,
    /// Posts that came after their bucket was closed.
    late: u64,
}

/// A bucket that is still counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Open {
    pub(super) start: Timestamp,
    pub(super) posts: u64,
    dropped: u64,
    pub(super) authors: Authors,
    pub(super) counter: Counter,
}

impl Open {
    /// An empty bucket; as many terms as in the one before find room at once.
    fn new(start: Timestamp, before: Option<&Self>) -> Self {
        Self {
            start,
            posts: 0,
            dropped: 0,
            authors: Authors::default(),
            counter: before.map_or_else(Counter::default, |open| open.counter.as_roomy()),
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("next", &self.rest.next)
            .field("now", &self.rest.now)
            .field("topics", &self.topics().len())
            .finish_non_exhaustive()
    }
}

impl Watch {
    /// A watch that has seen nothing yet.
    ///
    /// # Errors
    /// `Config` for settings that cannot work.
    pub fn new(config: WatchConfig) -> Result<Self> {
        config.check()?;
        Ok(Self {
            detector: Detector::new(config.detector.clone())?,
            config,
            open: Vec::new(),
            rest: Rest::default(),
            clock: None,
            reader: Reader::default(),
            reading: Reading::default(),
        })
    }

    /// A watch from what was kept of it.
    ///
    /// # Errors
    /// `Config` for settings that cannot work.
    pub(super) fn restored(
        config: WatchConfig,
        mut detector: Detector,
        open: Vec<Open>,
        rest: Rest,
    ) -> Result<Self> {
        config.check()?;
        detector.set_config(config.detector.clone())?;
        Ok(Self {
            config,
            detector,
            open,
            rest,
            clock: None,
            reader: Reader::default(),
            reading: Reading::default(),
        })
    }

    /// What it goes by.
    pub fn config(&self) -> &WatchConfig {
        &self.config
    }

    /// The topics that are above the usual, the strongest first.
    pub fn topics(&self) -> Vec<&Topic> {
        self.rest.topics.rising()
    }

    /// Topics that ended of late, the last one first.
    pub fn ended(&self) -> Vec<&Topic> {
        self.rest.topics.ended()
    }

    /// How many posts came after their bucket was closed, and were not counted.
    pub fn late(&self) -> u64 {
        self.rest.late
    }

    /// The start of the first bucket that is not closed yet.
    pub fn next_bucket(&self) -> Option<Timestamp> {
        self.rest.next
    }

    fn len(&self) -> SignedDuration {
        SignedDuration::try_from(self.config.bucket).unwrap_or(SignedDuration::from_hours(1))
    }

    /// The start of the bucket that a moment lies in. Buckets begin with the days of UTC.
    fn bucket_of(&self, at: Timestamp) -> Timestamp {
        let len = self.len().as_secs().max(1);
        let second = at.as_second();
        Timestamp::from_second(second - second.rem_euclid(len)).unwrap_or(Timestamp::MIN)
    }

    fn end_of(&self, start: Timestamp) -> Timestamp {
        start.checked_add(self.len()).unwrap_or(Timestamp::MAX)
    }

    /// Names an account of ours: its posts are not counted, and their hashtags and pages are our own campaign.
    pub fn own(&mut self, network: &str, account: &AccountId) {
        let own = person_id(network, account.as_str());
        if !self.rest.own.contains(&own) {
            self.rest.own.push(own);
        }
    }

    /// Says that posts between these moments are lost: from their buckets nothing is learnt.
    pub fn gap(&mut self, from: Timestamp, until: Timestamp) {
        if from >= until {
            return;
        }
        if self.rest.gaps.len() >= GAPS {
            self.rest.gaps.remove(0);
        }
        self.rest.gaps.push((from, until));
    }

    /// Says that a post was deleted. It stays in the counts, and its terms are marked if many were.
    pub fn deleted(&mut self, network: &str, post: &PostId) {
        let print = post_print(network, post);
        for open in &mut self.open {
            for (_, hot) in open.counter.all_hot_mut() {
                hot.sample.deleted(print);
            }
        }
        self.rest.topics.deleted(network, post, print);
    }

    /// Tells the time by a clock, and closes nothing: after a long silence what is new is not taken for a wrong clock's.
    pub(super) fn tell(&mut self, now: Timestamp) {
        self.clock = Some(now);
    }

    /// Shows a post of a network.
    pub fn push(&mut self, network: &str, post: &Post) -> Pushed {
        let Some(at) = post.created_at.or(self.rest.now) else {
            return Pushed::Late;
        };
        let ahead = |now| at.duration_since(now) > AHEAD;
        if self.rest.now.is_some_and(ahead) && self.clock.is_none_or(ahead) {
            return Pushed::Ahead;
        }
        let print = post_print(network, &post.id);
        let reposter = post.reposted_by.as_ref();
        let met = reposter.map_or(print, |who| mix(print ^ hash(&[who.id.as_str()])));
        if !self.rest.met.note(met) {
            return Pushed::Known;
        }
        let mut reading = std::mem::take(&mut self.reading);
        self.reader.read(network, post, &mut reading);
        let pushed = self.count(network, post, at, print, &reading);
        self.reading = reading;
        pushed
    }

    fn count(
        &mut self,
        network: &str,
        post: &Post,
        at: Timestamp,
        print: u64,
        reading: &Reading,
    ) -> Pushed {
        let account = post.author.as_ref();
        let who = account.map_or(hash(&[network, "nobody"]), |account| {
            person_id(network, account.id.as_str())
        });
        if self.rest.own.contains(&who) {
            self.remember_ours(post, reading);
            return Pushed::Own;
        }
        if post.reposted_by.is_some() {
            // When it was passed on is not told: it counts for the newest bucket.
            if let Some(open) = self.open.last_mut() {
                open.dropped += 1;
                reading.each(|found| {
                    if let Some(hot) = open.counter.hot_mut(found.id) {
                        hot.sample.reposts += 1;
                    }
                });
            }
            return Pushed::Repost;
        }
        let start = self.bucket_of(at);
        if !self.make_open(start) {
            self.rest.late += 1;
            return Pushed::Late;
        }
        self.rest.now = Some(self.rest.now.map_or(at, |now| now.max(at)));
        let number = self.rest.networks.iter().position(|one| one == network);
        let number = number.unwrap_or_else(|| {
            if self.rest.networks.len() < NETWORKS {
                self.rest.networks.push(network.to_owned());
            }
            self.rest.networks.len() - 1
        });
        let Some(open) = self.open.iter_mut().find(|open| open.start == start) else {
            return Pushed::Late;
        };
        let author = who as u32;
        // A post is kept to be shown where it may be the first of many, and where a term of it is used by several.
        let shown = OnceCell::new();
        let shown = || Arc::clone(shown.get_or_init(|| example(network, post, at)));
        let bucket = start.as_second();
        if (self.rest.copies).note(reading, author, bucket, shown) {
            open.dropped += 1;
            reading.each(|found| {
                if let Some(hot) = open.counter.hot_mut(found.id) {
                    hot.sample.copies += 1;
                }
            });
            return Pushed::Copy;
        }
        let since = account.and_then(|account| account.created_at);
        let young = since.is_some_and(|since| {
            let age = at.duration_since(since);
            age < SignedDuration::try_from(self.config.young).unwrap_or(SignedDuration::MAX)
        });
        open.posts += 1;
        open.authors.add(author, young, false);
        let mut place = None;
        let mut seen = Seen {
            print,
            network: 1 << number.min(NETWORKS - 1),
            place: post.place.as_ref().map(|place| hash(&[place.id.as_str()])),
            sign: reading.sign,
            link: reading.link,
            media: !post.media.is_empty(),
            nominating: reading.named.len() >= FEWEST_NAMED,
            depth: 0,
        };
        let mut note = |open: &mut Open, found: &terms::Found, seen: &Seen| {
            let hot = match open.counter.add(found.id, author, young) {
                Counted::New => return false,
                Counted::Cold => return true,
                Counted::Hot(hot) => hot,
            };
            let number = *place.get_or_insert_with(|| self.rest.shown.put(shown()));
            if hot.term.is_none() {
                hot.term = Some(found.term(post));
                hot.parts = found.parts;
            }
            seen.note(&mut hot.sample, number);
            true
        };
        let mut known = 0;
        for (found, bit) in reading.terms.iter().zip(0..u64::BITS) {
            known |= u64::from(note(open, found, &seen)) << bit;
        }
        // Most words of a bucket come but once, and so do their pairs: a word is paired from its second post on.
        reading.pairs(known, |pair| {
            note(open, pair, &seen);
        });
        if seen.nominating {
            let handle = account.and_then(|account| account.handle.as_ref());
            let by_name = handle.map(|handle| person(network, handle.as_str()));
            let author: Vec<u64> = [Some(who), by_name].into_iter().flatten().collect();
            for anchor in anchors(reading) {
                let depth = self
                    .rest
                    .chains
                    .nominate(anchor.id, &author, &reading.named);
                if let Some(depth) = depth {
                    seen.depth = depth;
                    note(open, &anchor.chain(), &seen);
                }
            }
        }
        Pushed::Counted
    }

    fn remember_ours(&mut self, post: &Post, reading: &Reading) {
        let own = |kind| matches!(kind, Kind::Hashtag | Kind::Link);
        for found in reading.terms.iter().filter(|found| own(found.kind)) {
            if self.rest.ours.iter().any(|(id, _)| *id == found.id) {
                continue;
            }
            if self.rest.ours.len() >= OURS {
                self.rest.ours.remove(0);
            }
            let text = found.term(post).text;
            self.rest.ours.push((found.id, text));
        }
    }

    /// Makes sure that a bucket is open; false where it was closed already.
    fn make_open(&mut self, start: Timestamp) -> bool {
        if self.open.iter().any(|open| open.start == start) {
            return true;
        }
        if self.rest.next.is_some_and(|next| start < next) {
            return false;
        }
        let first = self.open.first().map(|open| open.start);
        if self.open.len() >= OPEN && first.is_some_and(|first| start < first) {
            return false;
        }
        while self.open.len() >= OPEN {
            self.close_first();
        }
        let place = self.open.iter().position(|open| start < open.start);
        let place = place.unwrap_or(self.open.len());
        let open = Open::new(start, self.open.last());
        self.open.insert(place, open);
        true
    }

    /// Says how late it is, and tells what the buckets showed that ended so long before as late posts are waited for. A
    /// moment before an earlier one changes nothing: a clock that goes back opens nothing again.
    pub fn close(&mut self, until: Timestamp) -> Vec<Closed> {
        let now = self.rest.now.map_or(until, |now| now.max(until));
        self.rest.now = Some(now);
        let wait = SignedDuration::try_from(self.config.lateness).unwrap_or_default();
        let over = now.checked_sub(wait).unwrap_or(Timestamp::MIN);
        while let Some(open) = self.open.first()
            && self.end_of(open.start) <= over
        {
            self.close_first();
        }
        if let Some(next) = self.rest.next {
            let end = self.bucket_of(over);
            let first = self.open.first().map_or(end, |open| open.start.min(end));
            self.close_empty(next, first);
        }
        std::mem::take(&mut self.rest.ready)
    }

    /// Closes the first open bucket, and the empty ones before it.
    fn close_first(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let open = self.open.remove(0);
        if let Some(next) = self.rest.next {
            self.close_empty(next, open.start);
        }
        self.judge(open);
    }

    /// Closes buckets in which nothing was seen, up to a moment.
    fn close_empty(&mut self, from: Timestamp, until: Timestamp) {
        let len = self.len().as_secs().max(1);
        let count = until.duration_since(from).as_secs() / len;
        let mut start = from;
        if count > EMPTY as i64 {
            // What was so long silent is told as one gap.
            self.rest.next = Some(until);
            self.rest.usual = 0.0;
            return;
        }
        while start < until {
            self.judge(Open::new(start, None));
            start = self.end_of(start);
        }
    }

    fn judge(&mut self, open: Open) {
        let end = self.end_of(open.start);
        let gap = |(from, until): &(Timestamp, Timestamp)| *from < end && open.start < *until;
        let silent = open.posts == 0 && self.rest.usual >= USUAL;
        let complete = !silent && !self.rest.gaps.iter().any(gap);
        self.rest.gaps.retain(|(_, until)| *until > end);
        if complete {
            self.rest.usual += (open.posts as f64 - self.rest.usual) * 0.2;
        }
        let tally = self.tally(&open, complete);
        let signals = self.detector.step(&tally);
        drop(tally);
        let scene = Scene {
            start: open.start,
            end,
            counter: &open.counter,
            shown: &self.rest.shown,
            networks: &self.rest.networks,
            ours: &self.rest.ours,
            config: &self.config,
        };
        let told = self.rest.topics.step(&signals, &scene);
        self.rest.ready.push(Closed {
            start: open.start,
            len: self.config.bucket,
            posts: open.posts,
            authors: open.authors.len(),
            terms: open.counter.terms(),
            busiest: open.counter.busiest(),
            dropped: open.dropped,
            complete,
            new: told.new,
            changed: told.changed,
            ended: told.ended,
            unnamed: told.unnamed,
            storms: self.rest.copies.storms(open.start.as_second()),
        });
        self.rest.next = Some(end);
    }
}

/// What is noted of a post under each of its terms.
struct Seen {
    print: u64,
    network: u32,
    place: Option<u64>,
    sign: Sign,
    link: bool,
    media: bool,
    nominating: bool,
    depth: u32,
}

impl Seen {
    fn note(&self, sample: &mut super::count::Sample, number: u64) {
        sample.post(self.print, number);
        sample.networks |= self.network;
        if let Some(place) = self.place {
            sample.place(place);
        }
        let contest = self.sign.has(Sign::PASS_ON) && self.sign.has(Sign::PRIZE);
        sample.contest += u64::from(contest);
        sample.paid += u64::from(self.sign.has(Sign::PAID));
        sample.linked += u64::from(self.link);
        sample.media += u64::from(self.media);
        sample.nominating += u64::from(self.nominating);
        sample.depth = sample.depth.max(self.depth);
    }
}

/// What a chain of nominations is about: the hashtags, or, where a word says that somebody is named, the first words.
fn anchors(reading: &Reading) -> impl Iterator<Item = &terms::Found> {
    let has_tag = reading
        .terms
        .iter()
        .any(|found| found.kind == Kind::Hashtag);
    let kind = if has_tag { Kind::Hashtag } else { Kind::Word };
    let meant = has_tag || reading.sign.has(Sign::NOMINATE);
    let anchors = reading
        .terms
        .iter()
        .filter(move |found| meant && found.kind == kind);
    anchors.take(4)
}

fn post_print(network: &str, post: &PostId) -> u64 {
    hash(&[network, "post", post.as_str()])
}
