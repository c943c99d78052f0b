//! What the rules say of an entry: each condition and exclusion by itself, and what it comes to.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::draw::Digest;
use super::entry::{Check, Deed, Entry, EntryAccount, EntryStatus, Evidence, EvidenceSource};
use super::keys;
use super::rules::{ConditionKind, OnUnknown, Pattern, Rules, Subject};
use crate::client::after;
use crate::error::{Error, Result};

/// What is known of whether somebody meets a condition, or is none of those who are excluded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It is so.
    Pass,
    /// It is not so, for this reason.
    Fail(String),
    /// It cannot be told, for this reason.
    Unknown(String),
}

impl Verdict {
    /// The better of two: what is so anywhere is so.
    pub(super) fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Pass, _) | (Self::Unknown(_), Self::Fail(_)) => self,
            (_, Self::Pass) | (Self::Fail(_), Self::Unknown(_)) => other,
            _ => self,
        }
    }

    pub(super) fn fail(why: impl Into<String>) -> Self {
        Self::Fail(why.into())
    }

    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown(why.into())
    }
}

/// A listing as it was when the entries were frozen.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// Who or what stood in it.
    pub(super) seen: HashSet<u128>,
    /// Of whom the network would not tell.
    pub(super) untold: HashSet<u128>,
    /// Of whom the network told that they do not belong here.
    pub(super) none: HashSet<u128>,
    /// When it was begun to read it.
    pub(super) began: Option<Timestamp>,
    /// Why it may not be the whole of it.
    pub(super) lacks: Option<String>,
}

/// What was done so shortly before a listing was read, it may not show yet: networks list late.
const LISTED_AFTER: Duration = Duration::from_secs(600);

impl View {
    /// Why somebody's absence from it proves nothing, for what was done or seen at a moment.
    pub(super) fn doubt(&self, done: Option<Timestamp>) -> Option<String> {
        if let Some(why) = &self.lacks {
            return Some(why.clone());
        }
        let fresh = self
            .began
            .zip(done)
            .is_some_and(|(began, done)| after(done, LISTED_AFTER) > began);
        fresh.then(|| {
            "it was done so shortly before the listing was read that it may not stand in it yet"
                .to_owned()
        })
    }
}

/// A short name of an account or a comment in a listing.
pub(super) fn mark(network: &str, id: &str) -> u128 {
    let print = keys::print(&["listed", network, id]);
    u128::from_str_radix(&print, 16).unwrap_or_default()
}

/// What entries are judged by.
pub(super) struct Bench<'a> {
    pub(super) rules: &'a Rules,
    /// The networks of the subjects, in their order.
    pub(super) networks: Vec<String>,
    pub(super) open: Timestamp,
    pub(super) close: Timestamp,
    patterns: Vec<Option<Pattern>>,
    pub(super) views: BTreeMap<(usize, Deed), View>,
    /// Why a listing was not read.
    pub(super) unread: BTreeMap<(usize, Deed), String>,
    /// Our own accounts, by network and id.
    pub(super) ours: BTreeSet<(String, String)>,
}

/// What an entry comes to.
pub(super) struct Judged {
    pub(super) checks: Vec<Check>,
    pub(super) status: EntryStatus,
    pub(super) completed_at: Option<Timestamp>,
    pub(super) measure: Option<u64>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(rules: &'a Rules, networks: Vec<String>) -> Result<Self> {
        let times = (rules.window.opens_at(), rules.window.closes_at());
        let (Some(open), Some(close)) = times else {
            return Err(Error::config("the contest's window has no moments"));
        };
        let mut patterns = Vec::with_capacity(rules.conditions.len());
        for condition in &rules.conditions {
            patterns.push(match &condition.kind {
                ConditionKind::Commented {
                    pattern: Some(pattern),
                } => Some(Pattern::read(pattern).map_err(Error::config)?),
                _ => None,
            });
        }
        Ok(Self {
            rules,
            networks,
            open,
            close,
            patterns,
            views: BTreeMap::new(),
            unread: BTreeMap::new(),
            ours: BTreeSet::new(),
        })
    }

    /// Judges an entry. `won` names the contest that the person won lately, if any.
    pub(super) fn judge(&self, entry: &Entry, won: Option<&str>) -> Judged {
        let mut checks = Vec::new();
        let mut completed = Some(self.open);
        let own = |account: &EntryAccount| {
            let id = (account.network.clone(), account.id.to_string());
            self.ours.contains(&id)
        };
        if entry.accounts.iter().any(own) {
            let verdict = Verdict::fail("it is an account of the organiser's own");
            checks.push(self.check(entry, "own".to_owned(), "own", verdict, OnUnknown::Reject));
        }
        for (at, condition) in self.rules.conditions.iter().enumerate() {
            let (verdict, met_at) = self.condition(entry, at, &condition.kind);
            completed = match (completed, met_at) {
                (Some(so_far), Some(met_at)) => Some(so_far.max(met_at)),
                _ => None,
            };
            let means = self.rules.on_unknown(condition.unknown);
            let rule = format!("conditions[{at}]");
            checks.push(self.check(entry, rule, condition.kind.name(), verdict, means));
        }
        for (at, exclusion) in self.rules.exclusions.iter().enumerate() {
            let verdict = self.exclusion(entry, &exclusion.kind, won);
            let means = self.rules.on_unknown(exclusion.unknown);
            let rule = format!("exclusions[{at}]");
            checks.push(self.check(entry, rule, exclusion.kind.name(), verdict, means));
        }
        let mut measure = None;
        if let Some(by) = self.rules.measure() {
            let standing = entry
                .comments
                .iter()
                .filter(|comment| matches!(self.standing(comment), Verdict::Pass));
            measure = standing.filter_map(|comment| comment.measure).max();
            let verdict = match measure {
                Some(_) => Verdict::Pass,
                None => Verdict::unknown(format!("the network does not tell the comment's {by}")),
            };
            let means = self.rules.on_unknown(None);
            checks.push(self.check(entry, "measure".to_owned(), "measure", verdict, means));
        }
        let counts = |wanted: Option<bool>| checks.iter().any(|check| check.counts == wanted);
        let status = if counts(Some(false)) {
            EntryStatus::Rejected
        } else if counts(None) {
            EntryStatus::Undecided
        } else {
            EntryStatus::Eligible
        };
        Judged {
            checks,
            status,
            completed_at: completed,
            measure,
        }
    }

    fn check(
        &self,
        entry: &Entry,
        rule: String,
        name: &str,
        verdict: Verdict,
        means: OnUnknown,
    ) -> Check {
        let decision = entry.decisions.iter().rev().find(|one| one.rule == rule);
        let (counts, decided) = match (&verdict, means, decision) {
            (Verdict::Pass, ..) => (Some(true), false),
            (Verdict::Fail(_), ..) => (Some(false), false),
            (Verdict::Unknown(_), _, Some(decision)) => (Some(decision.stays), true),
            (Verdict::Unknown(_), OnUnknown::Reject, None) => (Some(false), false),
            (Verdict::Unknown(_), OnUnknown::Accept, None) => (Some(true), false),
            (Verdict::Unknown(_), OnUnknown::Ask, None) => (None, false),
        };
        Check {
            rule,
            name: name.to_owned(),
            verdict,
            decided,
            counts,
        }
    }

    /// The subjects that a person can have to do with: those on networks where the person has an account.
    pub(super) fn subjects<'e>(
        &'e self,
        entry: &'e Entry,
    ) -> impl Iterator<Item = (usize, &'e Subject, &'e EntryAccount)> {
        let subjects = self.rules.about.iter().zip(&self.networks).enumerate();
        subjects.flat_map(move |(at, (subject, network))| {
            let accounts = entry.accounts.iter();
            let there = accounts.filter(move |account| account.network == *network);
            there.map(move |account| (at, subject, account))
        })
    }

    fn condition(
        &self,
        entry: &Entry,
        at: usize,
        kind: &ConditionKind,
    ) -> (Verdict, Option<Timestamp>) {
        match kind {
            ConditionKind::Member => self.deed(entry, Deed::Member, true),
            ConditionKind::Liked { still } => self.deed(entry, Deed::Liked, *still),
            ConditionKind::Reposted { still } => self.deed(entry, Deed::Reposted, *still),
            ConditionKind::Commented { pattern } => {
                self.commented(entry, self.patterns.get(at), pattern.as_deref())
            }
            ConditionKind::Tagged { friends } => self.tagged(entry, *friends),
        }
    }

    /// A like, a repost, a membership: what stands in a listing, or was told. Where it was done to several subjects, the
    /// first time counts.
    fn deed(&self, entry: &Entry, deed: Deed, still: bool) -> (Verdict, Option<Timestamp>) {
        let mut best: Option<(Verdict, Option<Timestamp>)> = None;
        for (at, subject, account) in self.subjects(entry) {
            if deed != Deed::Member && subject.id().is_none() {
                continue;
            }
            let found = self.deed_at(entry, deed, still, at, account);
            best = Some(match best.take() {
                None => found,
                Some((Verdict::Pass, met)) if found.0 == Verdict::Pass => {
                    (Verdict::Pass, met.into_iter().chain(found.1).min())
                }
                Some((verdict, met)) => {
                    let better = verdict.clone().or(found.0.clone());
                    if better == verdict {
                        (verdict, met)
                    } else {
                        found
                    }
                }
            });
        }
        best.unwrap_or_else(|| (Verdict::fail("it was not done to any post"), None))
    }

    fn deed_at(
        &self,
        entry: &Entry,
        deed: Deed,
        still: bool,
        at: usize,
        account: &EntryAccount,
    ) -> (Verdict, Option<Timestamp>) {
        let told: Vec<_> = entry
            .evidence
            .iter()
            .filter(|one| one.deed == deed && one.subject == at)
            .collect();
        let by_hand = |source: &EvidenceSource| matches!(source, EvidenceSource::Hand { .. });
        let first = told
            .iter()
            .map(|one| one.at.unwrap_or(one.observed_at))
            .min();
        if told.iter().any(|one| by_hand(&one.source)) {
            return (Verdict::Pass, first);
        }
        let view = self.views.get(&(at, deed));
        let mark = mark(&account.network, account.id.as_str());
        let listed = view.is_some_and(|view| view.seen.contains(&mark));
        let word = match deed {
            Deed::Liked => "liked",
            Deed::Reposted => "reposted",
            Deed::Commented => "commented",
            Deed::Member => "member",
        };
        if deed == Deed::Member {
            return match view {
                Some(_) if listed => (Verdict::Pass, Some(self.open)),
                Some(view) if view.none.contains(&mark) => {
                    (Verdict::fail("not a member or follower"), None)
                }
                Some(_) => {
                    let why = "the network does not tell whether the account is a member";
                    (Verdict::unknown(why), None)
                }
                None => (Verdict::unknown(self.unread(at, deed)), None),
            };
        }
        if told.is_empty() && !listed {
            let verdict = match view {
                Some(View { lacks: None, .. }) => Verdict::fail(format!("not {word}")),
                Some(View {
                    lacks: Some(why), ..
                }) => Verdict::unknown(format!("not seen to have {word}: {why}")),
                None => Verdict::unknown(self.unread(at, deed)),
            };
            return (verdict, None);
        }
        let timed = self.in_time(&told);
        if !matches!(timed, Verdict::Pass) {
            return (timed, None);
        }
        let last = told
            .iter()
            .map(|one| one.at.unwrap_or(one.observed_at))
            .max();
        let gone = match view {
            _ if listed || !still => Verdict::Pass,
            Some(view) => match view.doubt(last) {
                None => Verdict::fail(format!("{word}, and no longer at the close")),
                Some(why) => Verdict::unknown(format!("{word}, and not seen at the close: {why}")),
            },
            None => Verdict::unknown(format!(
                "{word}, and whether still at the close is not known: {}",
                self.unread(at, deed)
            )),
        };
        (gone, first)
    }

    /// Whether a like or repost came before the close, as far as anybody told when.
    fn in_time(&self, told: &[&Evidence]) -> Verdict {
        let dated: Vec<Timestamp> = told.iter().filter_map(|one| one.at).collect();
        if let Some(first) = dated.iter().min() {
            return if *first < self.close {
                Verdict::Pass
            } else {
                Verdict::fail(format!("after the close, at {first}"))
            };
        }
        let late = Duration::from_secs(60 * u64::from(self.rules.late_minutes));
        match told.iter().map(|one| one.observed_at).min() {
            Some(seen) if seen > after(self.close, late) => Verdict::unknown(format!(
                "seen first at {seen}, and the network does not tell when it was done"
            )),
            _ => Verdict::Pass,
        }
    }

    pub(super) fn unread(&self, at: usize, deed: Deed) -> String {
        self.unread
            .get(&(at, deed))
            .cloned()
            .unwrap_or_else(|| "the network does not list it".to_owned())
    }
}

/// The hash of what was seen, in hexadecimal digits.
pub(super) fn seen_hash(seen: &impl Serialize) -> String {
    let text = serde_json::to_vec(seen).unwrap_or_default();
    Digest::of(&text).to_string()
}
