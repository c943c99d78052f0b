//! The networks' own lists of trends, with their history.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::letters::{folded, words};
use super::lexicon::Lexicon;
use super::topic::{Listed, TermKind, Topic, TopicId};
use crate::model::Trend;

/// Entries that are remembered.
const ENTRIES: usize = 500;
/// Sightings of one entry.
const SIGHTINGS: usize = 96;
/// An entry that was not seen for so long is forgotten.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Where an entry stood when a list was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sighting {
    /// When the list was read.
    pub at: Timestamp,
    /// Its place, from 1, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// How many posts it had, where the network tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<u64>,
}

/// An entry of a network's own list of trends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkTrend {
    /// The network.
    pub network: String,
    /// Our account that saw it: lists differ by place and reader.
    pub account: String,
    /// How the network calls it.
    pub name: String,
    /// Its page on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When we saw it first.
    pub first_seen: Timestamp,
    /// When we saw it last.
    pub last_seen: Timestamp,
    /// Where it stood, the last sightings in their order.
    pub history: Vec<Sighting>,
    /// The topic of ours that names the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
}

impl NetworkTrend {
    /// Where it stood last.
    pub fn last(&self) -> Option<&Sighting> {
        self.history.last()
    }

    /// Whether it names the same as a topic: the same hashtag, or all its words are among the topic's.
    fn names(&self, topic: &Topic) -> bool {
        if let Some(tag) = self.name.strip_prefix('#') {
            let tag = folded(tag);
            return topic.terms.iter().any(|term| {
                term.kind == TermKind::Hashtag && folded(term.text.trim_start_matches('#')) == tag
            });
        }
        let lexicon = Lexicon::standard();
        let stems =
            |text: &str| -> Vec<String> { words(text).map(|word| lexicon.stem(&word)).collect() };
        let told: Vec<String> = topic
            .terms
            .iter()
            .flat_map(|term| stems(&term.text))
            .collect();
        let named = stems(&self.name);
        // `#FirstFlush` says `First flush` too.
        let whole: String = words(&self.name).collect();
        let as_tag = topic.terms.iter().any(|term| {
            term.kind == TermKind::Hashtag && folded(term.text.trim_start_matches('#')) == whole
        });
        as_tag || (!named.is_empty() && named.iter().all(|word| told.contains(word)))
    }
}

/// Takes in a list as it stands now.
pub(super) fn take(
    kept: &mut Vec<NetworkTrend>,
    network: &str,
    account: &str,
    list: &[Trend],
    now: Timestamp,
) {
    for trend in list {
        let sighting = Sighting {
            at: now,
            rank: trend.rank,
            posts: trend.posts,
        };
        let same = |one: &&mut NetworkTrend| {
            one.network == network && one.account == account && one.name == trend.name
        };
        match kept.iter_mut().find(same) {
            Some(known) => {
                known.last_seen = known.last_seen.max(now);
                known.url = trend.url.clone().or(known.url.take());
                if known.history.len() >= SIGHTINGS {
                    known.history.remove(0);
                }
                known.history.push(sighting);
            }
            None => kept.push(NetworkTrend {
                network: network.to_owned(),
                account: account.to_owned(),
                name: trend.name.clone(),
                url: trend.url.clone(),
                first_seen: now,
                last_seen: now,
                history: vec![sighting],
                topic: None,
            }),
        }
    }
    kept.retain(|one| now.duration_since(one.last_seen) < FORGOTTEN);
    if kept.len() > ENTRIES {
        kept.sort_by(|a, b| {
            let by = b.last_seen.cmp(&a.last_seen);
            by.then_with(|| (&a.network, &a.name).cmp(&(&b.network, &b.name)))
        });
        kept.truncate(ENTRIES);
    }
}

/// Names the topics in the lists, and the entries in the topics.
pub(super) fn join(lists: &mut [NetworkTrend], topics: &mut [Topic]) {
    for entry in lists.iter_mut() {
        let topic = topics.iter().find(|topic| entry.names(topic));
        entry.topic = topic.map(|topic| topic.id.clone());
    }
    for topic in topics {
        let of_topic = lists.iter().filter(|entry| entry.names(topic));
        topic.listed = of_topic
            .map(|entry| Listed {
                network: entry.network.clone(),
                name: entry.name.clone(),
                rank: entry.last().and_then(|last| last.rank),
                posts: entry.last().and_then(|last| last.posts),
                first_seen: entry.first_seen,
                last_seen: entry.last_seen,
            })
            .collect();
    }
}
