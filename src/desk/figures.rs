//! What became of complaints, in figures. Each has its numerator and denominator.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::case::{Case, FoundBy};
use super::clock::{Ratio, Spread, Standing, Status};
use super::fate::FateKind;
use super::triage::{Assessment, Polarity};
use crate::client::between;
use crate::model::{Period, Window, setters};

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
    /// Only cases that were opened in this time.
    pub period: Option<Period>,
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
        (self.period).is_none_or(|period| period.contains(case.opened_at))
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
    some period: Period, "Counts only cases that were opened in this time.";
    some account: String, "Counts only cases of this account of ours.";
    some network: String, "Counts only cases of this network.";
    some reopened_within: Duration, "Sets within how long a case counts as reopened.";
});

/// What became of complaints. All of it is derived by the desk, from what it saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reputation {
    /// Of which time it tells.
    pub window: Window,
    /// How many cases were counted.
    pub cases: u64,
    /// Complaints of all mentions. A mention is a post or message in the words of its first version; copies and spam do
    /// not count.
    pub complaint_rate: Ratio,
    /// Of the complaints that were resolved, those whose review its author supplemented with kind words or removed himself.
    pub recovery_rate: Ratio,
    /// Of the cases that were resolved, those that were reopened within the time that is set.
    pub reopen_rate: Ratio,
    /// Of the complaints that a search could find (posts, no messages), those that only a search found and that did not
    /// mention us.
    pub unprompted_share: Ratio,
    /// How long after it was posted a complaint was found.
    pub detection_delay: Spread,
    /// What the mentions say of us.
    pub sentiment: Sentiment,
    /// What became of the complaints' posts, by [`FateKind`]: how many stand so now.
    pub fates: BTreeMap<FateKind, u64>,
}

/// Counts cases with their clocks, such as [`Desk::cases`](super::Desk::cases) gives.
pub fn reputation<'a>(
    cases: impl IntoIterator<Item = (&'a Case, &'a Standing)>,
    query: &ReputationQuery,
) -> Reputation {
    let window = query.period.map_or(Window::Lifetime, Window::Period);
    let none = || Ratio::new(0, 0, window);
    let mut figures = Reputation {
        window,
        cases: 0,
        complaint_rate: none(),
        recovery_rate: none(),
        reopen_rate: none(),
        unprompted_share: none(),
        detection_delay: Spread::of(Vec::new(), window),
        sentiment: Sentiment::default(),
        fates: BTreeMap::new(),
    };
    let count = |ratio: &mut Ratio, is: bool| {
        ratio.denominator += 1;
        ratio.numerator += u64::from(is);
    };
    let mut delays = Vec::new();
    let soon = query
        .reopened_within
        .unwrap_or(Duration::from_secs(7 * 86_400));
    for (case, standing) in cases {
        if !query.wants(case) {
            continue;
        }
        figures.cases += 1;
        if standing.resolved_at.is_some() {
            let mut reopenings = standing.reopenings.iter();
            let again = reopenings.any(|one| between(one.resolved_at, one.at) <= soon);
            count(&mut figures.reopen_rate, again);
            if case.is_complaint() {
                let recovered = case
                    .mentions
                    .iter()
                    .any(|mention| mention.fate.is_recovered());
                count(&mut figures.recovery_rate, recovered);
            }
        }
        if case.status == Status::Spam {
            continue;
        }
        for mention in &case.mentions {
            let first = mention.versions.first();
            let judged = first.and_then(|version| version.assessment.as_ref());
            let complaint = judged.is_some_and(Assessment::is_complaint);
            count(&mut figures.complaint_rate, complaint);
            match judged.map(|judged| judged.polarity) {
                Some(Polarity::Positive) => figures.sentiment.positive += 1,
                Some(Polarity::Negative) => figures.sentiment.negative += 1,
                Some(Polarity::Neutral) => figures.sentiment.neutral += 1,
                None => {}
            }
            if !complaint {
                continue;
            }
            delays.push(between(mention.posted_at, mention.found_at));
            if mention.found_by == FoundBy::Message {
                continue;
            }
            let unprompted = mention.found_by == FoundBy::Search && !mention.addressed;
            count(&mut figures.unprompted_share, unprompted);
            *figures.fates.entry(mention.fate.now()).or_default() += 1;
        }
    }
    figures.detection_delay = Spread::of(delays, window);
    figures
}
