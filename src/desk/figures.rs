//! What became of complaints, in figures. Each has its numerator and denominator.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case::{Case, FoundBy};
use super::clock::{Standing, Status};
use super::fate::FateKind;
use super::triage::Polarity;
use crate::client::between;
use crate::model::setters;

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// How many of them.
    pub of: u64,
    /// How many there are.
    pub all: u64,
}

impl Share {
    /// The share, from 0 to 1; `None` where there are none at all, which is not the same as 0.
    pub fn value(&self) -> Option<f64> {
        (self.all > 0).then(|| self.of as f64 / self.all as f64)
    }
}

/// How long something took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delay {
    /// How many were measured.
    pub count: u64,
    /// Half took at most so long; `None` where none was measured. The lower of two in the middle.
    pub median: Option<Duration>,
    /// Nine in ten took at most so long (nearest rank).
    pub p90: Option<Duration>,
}

impl Delay {
    fn of(mut lengths: Vec<Duration>) -> Self {
        lengths.sort();
        let count = lengths.len();
        // The nearest rank: the least length at which so many of a hundred are reached.
        let rank = |percent: usize| {
            lengths
                .get((count * percent).div_ceil(100).saturating_sub(1))
                .copied()
        };
        Self {
            count: count as u64,
            median: rank(50),
            p90: rank(90),
        }
    }
}

/// Net sentiment: what speaks well less what speaks badly. Two variants are in use, which are told apart by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sentiment {
    /// How many mentions speak well.
    pub positive: u64,
    /// How many speak badly.
    pub negative: u64,
    /// How many do neither.
    pub neutral: u64,
}

impl Sentiment {
    fn net(&self, all: u64) -> Option<f64> {
        (all > 0).then(|| (self.positive as f64 - self.negative as f64) / all as f64)
    }

    /// (P − N) / (P + N), from −1 to 1: of those alone that say something.
    pub fn polar(&self) -> Option<f64> {
        self.net(self.positive + self.negative)
    }

    /// (P − N) / (P + N + U), from −1 to 1: of all mentions.
    pub fn of_all(&self) -> Option<f64> {
        self.net(self.positive + self.negative + self.neutral)
    }
}

/// What to count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReputationQuery {
    /// Only cases that were opened at this moment or later.
    pub since: Option<Timestamp>,
    /// Only cases that were opened before this moment.
    pub until: Option<Timestamp>,
    /// Only cases of this account of ours.
    pub account: Option<String>,
    /// Only cases of this network.
    pub network: Option<String>,
    /// Within how long after it was resolved a case counts as reopened; 7 days.
    pub reopened_within: Option<Duration>,
}

impl ReputationQuery {
    /// All cases.
    pub fn new() -> Self {
        Self::default()
    }

    fn wants(&self, case: &Case) -> bool {
        self.since.is_none_or(|since| case.opened_at >= since)
            && self.until.is_none_or(|until| case.opened_at < until)
            && self
                .account
                .as_ref()
                .is_none_or(|account| *account == case.account)
            && self
                .network
                .as_ref()
                .is_none_or(|network| *network == case.network)
    }
}

setters!(ReputationQuery {
    some since: Timestamp, "Counts only cases that were opened at this moment or later.";
    some until: Timestamp, "Counts only cases that were opened before this moment.";
    some account: String, "Counts only cases of this account of ours.";
    some network: String, "Counts only cases of this network.";
    some reopened_within: Duration, "Sets within how long a case counts as reopened.";
});

/// What became of complaints. All of it is derived by the desk, from what it saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reputation {
    /// How many cases were counted.
    pub cases: u64,
    /// Complaints of all mentions. A mention is a post or message in the words of its first version; copies do not count.
    pub complaint_rate: Share,
    /// Of the complaints that were resolved, those whose review its author supplemented with kind words or removed himself.
    pub recovery_rate: Share,
    /// Of the cases that were resolved, those that were reopened within the time that is set.
    pub reopen_rate: Share,
    /// Of the complaints that a search could find (posts, no messages), those that only a search found and that did not
    /// mention us.
    pub unprompted_share: Share,
    /// How long after it was posted a complaint was found.
    pub detection_delay: Delay,
    /// What the mentions say of us.
    pub sentiment: Sentiment,
    /// What became of the complaints' posts, by [`FateKind`]: how many stand so now.
    pub fates: std::collections::BTreeMap<FateKind, u64>,
}

/// Counts cases with their clocks, such as [`Desk::cases`](super::Desk::cases) gives.
pub fn reputation<'a>(
    cases: impl IntoIterator<Item = (&'a Case, &'a Standing)>,
    query: &ReputationQuery,
) -> Reputation {
    let mut figures = Reputation::default();
    let mut delays = Vec::new();
    let soon = query
        .reopened_within
        .unwrap_or(Duration::from_secs(7 * 86_400));
    for (case, standing) in cases {
        if !query.wants(case) {
            continue;
        }
        figures.cases += 1;
        let complaint = case.is_complaint();
        if standing.resolved_at.is_some() {
            let mut reopenings = standing.reopenings.iter();
            let again = reopenings.any(|one| between(one.resolved_at, one.at) <= soon);
            figures.reopen_rate.all += 1;
            figures.reopen_rate.of += u64::from(again);
            if complaint {
                let recovered = case
                    .mentions
                    .iter()
                    .any(|mention| mention.fate.is_recovered());
                figures.recovery_rate.all += 1;
                figures.recovery_rate.of += u64::from(recovered);
            }
        }
        if case.status == Status::Spam {
            continue;
        }
        for mention in &case.mentions {
            let judged = mention
                .versions
                .first()
                .and_then(|version| version.assessment.as_ref());
            figures.complaint_rate.all += 1;
            let Some(judged) = judged else { continue };
            match judged.polarity {
                Polarity::Positive => figures.sentiment.positive += 1,
                Polarity::Negative => figures.sentiment.negative += 1,
                Polarity::Neutral => figures.sentiment.neutral += 1,
            }
            if !judged.is_complaint() {
                continue;
            }
            figures.complaint_rate.of += 1;
            delays.push(between(mention.posted_at, mention.found_at));
            if mention.found_by == FoundBy::Message {
                continue;
            }
            let unprompted = mention.found_by == FoundBy::Search && !mention.addressed;
            figures.unprompted_share.all += 1;
            figures.unprompted_share.of += u64::from(unprompted);
            *figures.fates.entry(mention.fate.now()).or_default() += 1;
        }
    }
    figures.detection_delay = Delay::of(delays);
    figures
}
